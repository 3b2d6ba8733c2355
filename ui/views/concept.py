"""The page of a concept: what it is, how it connects, where it is treated, and correcting it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from extract.knowledge.corrections import load_corrections
from extract.knowledge.edit_corrections import Change, Edit, planned_change, undo_change, write_change
from extract.text.keys import key_of
from graph.errors import StudyatlasError
from graph.model import Concept, Evidence
from graph.text.names import fold
from queries.explore import ConceptCard, near_layers, treatments
from ui.choice import Choice
from ui.i18n import say
from ui.jobs import BuildJob, BuildRequest, dismiss, start_build
from ui.views import address, loading, state
from ui.views.home import ended_badly, rebuild_request, running
from ui.views.panels.asking import plain_label
from ui.views.panels.concept import ConceptPage, concept_panel
from ui.views.panels.editing import change_panel, edit_panel

SAID: Final = 3
"""Lines that tell about a concept which the notes do not define."""
DOCUMENTS: Final = 12
"""Notes whose sections are looked at, those with the most mentions first."""
_PENDING: Final = "at.edit"
_DONE: Final = "at.edit.done"


@dataclass(frozen=True, slots=True)
class _Pending:
    """A correction whose graph is being built."""

    job: BuildJob
    change: Change
    name: str
    """What the concept is called afterwards."""


def concept_shown(notes: loading.GraphOverview, concept_id: str, lang: str) -> Choice | None:
    """A concept with all that the notes say about it; what was clicked."""
    found = loading.card(notes.target, notes.info.build, concept_id)
    return concept_panel(found, _page(notes, found), lang=lang, key="concept")


def edit_shown(notes: loading.GraphOverview, concept_id: str, lang: str) -> None:
    """The form that corrects a concept, folded; nothing while a correction is being built."""
    if state.value(_PENDING) is None:
        with st.expander(say("edit", lang), icon=":material/edit:"):
            _edit(notes, loading.card(notes.target, notes.info.build, concept_id), lang)


def correction_shown(notes: loading.GraphOverview, lang: str) -> None:
    """How far the build after a correction is, and what came of it.

    To be called before the concept is looked up: it may be called by another name, or be gone, once the graph is built.
    """
    pending = state.value(_PENDING)
    if isinstance(pending, _Pending):
        try:
            _rebuilding(notes, pending, lang)
        except StudyatlasError as error:
            st.error(plain_label(str(error)))
    elif state.value(_DONE):
        state.put(_DONE, False)
        st.success(say("edit_done", lang))


@st.cache_data(show_spinner=False, max_entries=100)
def _kept_page(target: loading.GraphView, build: str, concept_id: str) -> ConceptPage:
    here = loading.store(target)
    found = loading.card(target, build, concept_id)
    counted = Counter(mention.doc for mention in found.concept.mentions)
    docs = sorted(counted, key=lambda doc: (-counted[doc], doc))[:DOCUMENTS]
    with here.reading():
        places = treatments(found.concept, (p for doc in sorted(docs) for p in here.passages(doc)))
        needs = near_layers(here, concept_id)
        unlocks = near_layers(here, concept_id, unlocks=True)
        ids = {i for layers, _ in (needs, unlocks) for layer in layers for i in layer}
        names = loading.names(target, sorted(ids))
    said = () if found.concept.definition is not None else _said(target, build, found)
    return ConceptPage(said, places, needs, unlocks, names)


def _page(notes: loading.GraphOverview, found: ConceptCard) -> ConceptPage:
    return _kept_page(notes.target, notes.info.build, found.concept.id)


def _said(target: loading.GraphView, build: str, found: ConceptCard) -> tuple[Evidence, ...]:
    """What the notes say about a concept that they do not define.

    First what an answer to "what is it?" cites, then the lines of its surest relations.
    """
    name = found.concept.name
    answer = loading.answer(target, build, f"什么是{name}？" if not name.isascii() else f"What is {name}?")
    lines = [Evidence(c.doc, c.line, c.quote) for c in answer.citations] if answer.answered else []
    stated = sorted((r for g in found.relations for r in g.relations if r.evidence), key=lambda r: -r.confidence)
    lines += [relation.evidence[0] for relation in stated]
    first = {(line.doc, line.line): line for line in reversed(lines)}
    return tuple(sorted(first.values(), key=lines.index)[:SAID])


# ---- correcting


def name_in_notes(concept: Concept) -> str:
    """The name by which corrections must call a concept: its own where the notes have it, else the commonest there."""
    forms = Counter(mention.form for mention in concept.mentions)
    if not forms or any(key_of(form) == key_of(concept.name) for form in forms):
        return concept.name
    return min(forms, key=lambda form: (-forms[form], form))


def _edit(notes: loading.GraphOverview, found: ConceptCard, lang: str) -> None:
    folder = Path(notes.info.source) if notes.info.source else None
    if folder is None or not folder.is_dir():
        st.caption(say("edit_no_notes", lang))
        return
    try:
        written = name_in_notes(found.concept)
        for old, new in load_corrections(folder).rename:
            if fold(new) == fold(found.concept.name):
                written = old.name
        offered = [name for i, name in notes.names.items() if i != found.concept.id]
        edit = edit_panel(found, offered, written=written, lang=lang, key=f"edit.{found.concept.id}")
        if edit is None:
            return
        change = planned_change(folder, [_by_notes_names(notes, edit)])
        if change_panel(change, lang=lang, key="edit"):
            _save(rebuild_request(notes), change, _name_after(edit, found.concept))
    except StudyatlasError as error:
        st.error(plain_label(str(error)))


def _by_notes_names(notes: loading.GraphOverview, edit: Edit) -> Edit:
    """``edit`` with the names that the notes have for the concepts that it names by what is shown."""
    if edit.what in ("ignore", "split"):
        return edit
    here = loading.store(notes.target)
    names = []
    for name in edit.names:
        owners = here.concepts_named(name)
        written = name_in_notes(owners[0]) if len(owners) == 1 and fold(owners[0].name) == fold(name) else name
        names.append(written)
    return Edit(edit.what, tuple(names), edit.value)


def _name_after(edit: Edit, concept: Concept) -> str:
    """What the concept is called once the correction is made; empty where it is gone."""
    match edit.what:
        case "rename":
            return edit.value
        case "merge":
            return edit.names[0]
        case "ignore":
            return ""
    return concept.name


def _save(request: BuildRequest, change: Change, name: str) -> None:
    """Write the file and build; the file is put back where the build cannot even begin."""
    write_change(change)
    try:
        job = start_build(request, os.environ)
    except StudyatlasError:
        undo_change(change)
        raise
    state.put(_PENDING, _Pending(job, change, name))
    st.rerun()


def _rebuilding(notes: loading.GraphOverview, pending: _Pending, lang: str) -> None:
    """The progress of the build, then the concept under its new name, or why the correction was taken back."""
    status = pending.job.status
    if status.running:
        with st.container(border=True):
            running(lang, "edit.job")
        return
    state.put(_PENDING, None)
    dismiss()
    if status.record is None:
        undo_change(pending.change)
        st.warning(say("edit_undone", lang))
        ended_badly(status, lang)
        return
    state.put(_DONE, True)
    owners = loading.store(notes.target).concepts_named(pending.name) if pending.name else []
    called = [c for c in owners if fold(c.name) == fold(pending.name)] or owners
    state.later({address.CONCEPT: called[0].id if called else None, address.PAGE: "concept"})
