"""The study page: how to get to a goal, what to learn next, what the notes leave open; and what the learner knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from queries.study.gaps import gap_ids
from ui.choice import Choice
from ui.exports.sheet import Sheet
from ui.exports.study_exports import StudyFormat, exported
from ui.exports.study_html import html_page
from ui.i18n import say
from ui.views import address, loading, state, study_loading
from ui.views.panels.asking import plain_label
from ui.views.panels.background import background_toggle
from ui.views.panels.choosing import unknown_concept_panel
from ui.views.panels.gaps import gaps_panel
from ui.views.panels.next_steps import next_panel
from ui.views.panels.study import known_panel, path_panel, wishes_panel

VIEWS: Final = ("path", "next")
_DOWNLOADS: Final = {
    StudyFormat.MARKDOWN: ("study_download", "text/markdown"),
    StudyFormat.CSV: ("study_csv", "text/csv"),
    StudyFormat.ANKI: ("study_anki", "application/octet-stream"),
}


def study_page(notes: loading.GraphOverview, lang: str) -> None:
    """Draw the view that is open."""
    views, known = st.columns([4, 1], vertical_alignment="center")
    view = views.segmented_control(
        say("study_view", lang),
        VIEWS,
        format_func=lambda v: say(f"study_view.{v}", lang),
        key=address.STUDY_VIEW,
        label_visibility="collapsed",
        required=True,
    )
    with known:
        background_toggle(lang=lang, key=address.BACKGROUND)
    marks = study_loading.marks(notes.target)
    choice = _next(notes, marks, lang) if view == "next" else _path(notes, marks, lang)
    if choice is not None:
        state.follow(choice)


def _looked_up(notes: loading.GraphOverview, keys: tuple[str, ...], lang: str) -> dict[str, str]:
    """Id → name of the concepts that the view names and the boxes do not offer; what is in no graph is said."""
    found = {}
    for key in keys:
        wanted = state.value(key)
        if wanted is None or wanted in notes.labels:
            continue
        concept = loading.concept(notes.target, notes.info.build, wanted)
        if concept is None:  # typed into the box, which offers the most important ones only
            concept = loading.called(notes.target, notes.info.build, wanted)
        if concept is not None:
            found[concept.id] = concept.name
            state.put(key, concept.id)
            continue
        near = loading.nearest(notes.target, notes.info.build, wanted)
        choice = unknown_concept_panel(wanted, near, lang=lang, key=f"unknown.{key}")
        if choice is not None:
            state.later({key: choice.id})
        state.put(key, None)
    return found


def _known(notes: loading.GraphOverview, marks: study_loading.Marks, lang: str) -> None:
    """The box of what is known, and what there is to say about how it is kept."""

    def change(now: frozenset[str]) -> None:
        before = set(marks.ids)
        study_loading.change_marks(notes.target, know=now - before, forget=before - now)

    names = loading.names(notes.target, [i for i in marks.ids if i not in notes.labels])
    known_panel(notes.labels, names, marks.ids, lang=lang, key="study.known", change=change)
    if marks.trouble is not None:
        st.warning(plain_label(say("study_not_kept", lang, why=marks.trouble)), icon=None)
    if marks.unknown:
        st.caption(plain_label(f"{say('progress_unknown', lang)}: {', '.join(marks.unknown)}"))


def _assumed(notes: loading.GraphOverview, lang: str) -> list[str]:
    """What the address takes for known besides what is marked; it is said, and not written into the progress."""
    names = loading.names(notes.target, state.value(address.KNOWN))
    if names:
        st.caption(plain_label(say("study_assumed", lang, names=", ".join(names.values()))))
    return list(names)


def _path(notes: loading.GraphOverview, marks: study_loading.Marks, lang: str) -> Choice | None:
    """The path to a goal. What is ticked here stays on it; what was known before is left out."""
    chosen = _looked_up(notes, (address.GOAL, address.START), lang)
    state.assume(address.GOAL, {**notes.labels, **chosen}, next(iter(notes.labels), None))
    wishes = wishes_panel({**notes.labels, **chosen}, total=notes.info.concepts, lang=lang)
    _known(notes, marks, lang)
    if wishes.goal is None:
        return None
    here = state.ticked_here(wishes.goal)
    known = tuple(i for i in dict.fromkeys((*marks.ids, *_assumed(notes, lang))) if i not in here)
    sheet = study_loading.study_sheet(
        notes.target, notes.info.build, wishes.goal, known, wishes.start, wishes.minutes, lang
    )
    path = sheet.path
    ends = {end for r in path.connection for end in (r.head, r.tail)} | {end for e in path.chain for end in e.key}
    names = {**sheet.names, **loading.names(notes.target, sorted(ends | {i for s in path.steps for i in s.unlocks}))}
    ticks = study_loading.ticks(notes.target, notes.info.build, marks, wishes.goal)
    choice = path_panel(path, names=names, themes=sheet.themes, ticks=ticks, lang=lang, key="study")
    if path.steps:
        done = frozenset(s.concept for s in path.steps if ticks.known(s.concept))
        _downloads(replace(sheet, done=done), lang)
    return choice


def _downloads(sheet: Sheet, lang: str) -> None:
    """The path as files; each is made when it is asked for."""
    with st.container(horizontal=True, gap="small"):
        for form, (words, mime) in _DOWNLOADS.items():
            st.download_button(
                say(words, lang),
                lambda form=form: exported(sheet, form),  # type: ignore[misc]
                file_name=f"study-path{form.value}",
                mime=mime,
                key=f"study.download{form.value}",
                on_click="ignore",
            )
        st.download_button(
            say("study_html", lang),
            lambda: html_page(sheet),
            file_name="study-path.html",
            mime="text/html",
            key="study.download.html",
            on_click="ignore",
        )
        # The map draws the route, and saves what it shows as a picture.
        if st.button(say("study_picture", lang), key="study.picture"):
            start = sheet.path.start or sheet.path.goal
            state.later({address.PAGE: "map", address.ROUTE: (start, sheet.path.goal), address.FOCUS: None})
    st.caption(say("speed", lang))


def _next(notes: loading.GraphOverview, marks: study_loading.Marks, lang: str) -> Choice | None:
    """What can be learned now."""
    labels = {**notes.labels, **_looked_up(notes, (address.NEXT_GOAL,), lang)}
    goal = st.selectbox(
        say("next_goal", lang),
        list(labels),
        index=None,
        format_func=lambda i: labels.get(i, i),
        key=address.NEXT_GOAL,
        placeholder=say("next_anywhere", lang),
        accept_new_options=notes.info.concepts > len(notes.labels),
    )
    _known(notes, marks, lang)
    known = tuple(dict.fromkeys((*marks.ids, *_assumed(notes, lang))))
    found = study_loading.next_up(notes.target, notes.info.build, known, goal)
    ids = {i for s in found.steps for i in (s.concept, *s.opens, *(e.before for e in s.builds_on))}
    names = loading.names(notes.target, sorted(ids))
    return next_panel(
        found,
        names=names,
        ticks=study_loading.ticks(notes.target, notes.info.build, marks, None),
        lang=lang,
        key="study.next",
    )


def gaps_page(notes: loading.GraphOverview, lang: str) -> None:
    """What the notes leave open."""
    found = study_loading.gaps(notes.target, notes.info.build)
    names = loading.names(notes.target, sorted(gap_ids(found)))
    choice = gaps_panel(found, names=names, lang=lang, key="gaps")
    if choice is not None:
        state.follow(choice)
