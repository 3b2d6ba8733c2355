"""Correcting a concept: a form, and the lines of the file that it would change."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

import streamlit as st

from extract.knowledge.edit_corrections import Change, Edit
from extract.text.keys import key_of
from graph.model import Concept, ConceptKind, RelationType
from queries.explore import ConceptCard
from ui.i18n import say
from ui.views.panels.asking import plain_label

WHAT: Final = ("rename", "kind", "merge", "split", "relation", "needs", "ignore")


def edit_panel(found: ConceptCard, offered: Sequence[str], *, written: str, lang: str, key: str) -> Edit | None:
    """The form; the correction that it says, None as long as something is missing.

    Args:
        found: the concept.
        offered: names of concepts that can be chosen as the other one; any other name can be typed.
        written: the name by which the notes call the concept: what corrections must name it by.
        lang: of the page.
        key: names this place on the page.
    """
    what = st.segmented_control(
        say("edit_what", lang),
        WHAT,
        default="rename",
        format_func=lambda w: say(f"edit_what.{w}", lang),
        key=f"{key}.what",
        required=True,
    )
    subject = found.concept
    match what:
        case "rename":
            name = st.text_input(say("edit_new_name", lang), value=subject.name, key=f"{key}.name").strip()
            return Edit("rename", (written,), name) if name and name != subject.name else None
        case "kind":
            kinds = list(ConceptKind)
            kind = st.selectbox(
                say("kind", lang),
                kinds,
                index=kinds.index(subject.kind),
                format_func=lambda k: k.label(lang),
                key=f"{key}.kind",
            )
            return Edit("kind", (written,), kind.value) if kind is not subject.kind else None
        case "merge":
            other = _other(offered, lang, key)
            if not other:
                return None
            shown = st.radio(say("edit_shown", lang), [subject.name, other], format_func=plain_label, key=f"{key}.keep")
            return Edit("merge", (written, other) if shown == subject.name else (other, written))
        case "split":
            return _split(subject, written, lang, key)
        case "relation":
            return _relation(found, offered, written, lang, key)
        case "needs":
            return _needs(found, offered, written, lang, key)
        case _:
            st.caption(plain_label(say("edit_ignore_sure", lang, name=subject.name)))
            return Edit("ignore", (subject.name,))


def _other(offered: Sequence[str], lang: str, key: str) -> str:
    chosen = st.selectbox(
        say("edit_other", lang),
        offered,
        index=None,
        key=f"{key}.other",
        placeholder=say("edit_other_hint", lang),
        accept_new_options=True,
    )
    return str(chosen or "").strip()


def _split(subject: Concept, written: str, lang: str, key: str) -> Edit | None:
    names = [name for name in subject.names if key_of(name) != key_of(written)]
    if not names:
        st.caption(say("edit_no_alias", lang))
        return None
    alias = st.selectbox(say("edit_alias", lang), names, index=None, key=f"{key}.alias")
    return Edit("split", (written, alias)) if alias else None


def _adds(lang: str, key: str) -> bool:
    return bool(
        st.segmented_control(
            say("edit_what", lang),
            ["add", "remove"],
            default="add",
            format_func=lambda d: say(f"edit_{d}", lang),
            key=f"{key}.do",
            label_visibility="collapsed",
            required=True,
        )
        == "add"
    )


def _relation(found: ConceptCard, offered: Sequence[str], written: str, lang: str, key: str) -> Edit | None:
    name = found.concept.name
    if _adds(lang, f"{key}.relation"):
        types = [t for t in RelationType if t is not RelationType.RELATED_TO]
        left, middle = st.columns(2)
        type_ = left.selectbox(say("edit_type", lang), types, format_func=lambda t: t.label(lang), key=f"{key}.type")
        out = True
        if not type_.symmetric:
            out = (
                middle.radio(
                    say("edit_direction", lang),
                    ["out", "in"],
                    format_func=lambda d: plain_label(
                        f"{name} {type_.label(lang)} …" if d == "out" else f"… {type_.label(lang)} {name}"
                    ),
                    key=f"{key}.direction",
                )
                == "out"
            )
        other = _other(offered, lang, f"{key}.relation")
        if not other:
            return None
        return Edit("relate", (written, other) if out else (other, written), type_.value)
    relations = [relation for group in found.relations for relation in group.relations]
    if not relations:
        st.caption(say("edit_none", lang))
        return None
    shown = [f"{found.names[r.head]} {r.type.label(lang)} {found.names[r.tail]}" for r in relations]
    which = st.selectbox(
        say("edit_which", lang), range(len(shown)), format_func=lambda i: shown[i], index=None, key=f"{key}.which"
    )
    if which is None:
        return None
    gone = relations[which]
    ends = [written if end == found.concept.id else found.names[end] for end in (gone.head, gone.tail)]
    return Edit("unrelate", (ends[0], ends[1]), gone.type.value)


def _needs(found: ConceptCard, offered: Sequence[str], written: str, lang: str, key: str) -> Edit | None:
    if _adds(lang, f"{key}.needs"):
        order = st.radio(
            say("edit_order", lang),
            ["before", "after"],
            format_func=lambda d: say(f"edit_{d}", lang),
            horizontal=True,
            key=f"{key}.order",
        )
        other = _other(offered, lang, f"{key}.needs")
        if not other:
            return None
        return Edit("require", (written, other) if order == "before" else (other, written))
    edges = [*found.prerequisites, *found.unlocks]
    if not edges:
        st.caption(say("edit_none", lang))
        return None
    shown = [f"{found.names[e.before]} → {found.names[e.after]}" for e in edges]
    which = st.selectbox(
        say("edit_which", lang), range(len(shown)), format_func=lambda i: shown[i], index=None, key=f"{key}.edge"
    )
    if which is None:
        return None
    before, after = (
        written if end == found.concept.id else found.names[end] for end in (edges[which].before, edges[which].after)
    )
    return Edit("unrequire", (after, before))


def change_panel(change: Change, *, lang: str, key: str) -> bool:
    """The lines that would change; returns whether "Save and rebuild" was pressed."""
    st.caption(plain_label(say("edit_file", lang, path=change.path)))
    st.code(changed_lines(change), language="diff")
    return bool(st.button(say("edit_save", lang), key=f"{key}.save", type="primary"))


def changed_lines(change: Change) -> str:
    """The difference between the file before and after, with two lines around each change."""
    before, after = ((text or "").splitlines() for text in (change.before, change.after))
    found = list(difflib.unified_diff(before, after, n=2, lineterm=""))[2:]
    return "\n".join("…" if line.startswith("@@") else line for line in found[1:])
