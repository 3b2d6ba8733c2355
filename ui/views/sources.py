"""Notes: the page of one, and the note that a citation opens next to a map or an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from graph.model import Concept, Document
from ui.choice import Choice, ConceptChoice, PlaceChoice
from ui.i18n import say
from ui.views import address, loading, state
from ui.views.panels.sources import concepts_panel, note_panel, source_panel

HEIGHT: Final = 680
"""Of a note, in pixels."""
AS_WRITTEN: Final = "keep.sources.written"
"""Key of the switch that shows a note as it is written."""


def note_page(notes: loading.GraphOverview, document: Document, at: PlaceChoice | None, lang: str) -> Choice | None:
    """A note with its concepts next to it; what was clicked in it."""
    left, right = st.columns([2.6, 1], gap="medium")
    with left:
        choice = note(notes, document, at, lang, key="source", height=HEIGHT)
    with right:
        st.toggle(say("sources_as_written", lang), key=AS_WRITTEN)
        named = loading.concepts_in(notes.target, notes.info.build, document.id)
        return concepts_panel(named, lang=lang, key="source.concepts", height=HEIGHT) or choice


def note_beside(notes: loading.GraphOverview, lang: str, *, height: int) -> bool:
    """The note that a citation opened next to the map or an answer; returns whether one is open."""
    at = state.beside()
    document = next((d for d in notes.documents if at is not None and d.id == at.doc), None)
    if document is None:
        return False
    with st.container(horizontal=True, gap="small", key="beside"):
        if st.button(say("sources_close", lang), key="beside.close", type="tertiary", icon=":material/close:"):
            state.close_beside()
        if st.button(say("sources_whole", lang), key="beside.whole", type="tertiary"):
            state.close_beside(whole=True)
    choice = note(notes, document, at, lang, key="beside.note", height=height)
    if isinstance(choice, ConceptChoice) and state.page() == "map":
        state.later({address.CONCEPT: choice.id, address.BESIDE: ()})
    if choice is not None:
        state.follow(choice)
    return True


def note(
    notes: loading.GraphOverview,
    document: Document,
    at: PlaceChoice | None,
    lang: str,
    *,
    key: str,
    height: int,
    titled: bool = True,
) -> Choice | None:
    """The note itself, as a page or as it is written."""
    target, build = notes.target, notes.info.build
    lines = loading.lines(target, build, document.id)
    links = loading.links(target, build, document.id)
    if state.value(AS_WRITTEN):
        return source_panel(document, lines, at, lang=lang, key=key, height=height, links=links)

    def concepts(ids: Sequence[str]) -> list[Concept]:
        return loading.store(target).concepts(list(ids))

    return note_panel(
        document,
        lines,
        loading.rendered(target, build, document.id),
        at,
        find=loading.name_finder(target, build),
        concepts=concepts,
        lang=lang,
        key=key,
        height=height,
        links=links,
        titled=titled,
    )
