"""The search of every page: the names of the graph, prepared once for each build, and where a choice leads."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import streamlit as st

from graph.text.name_search import NameIndex, find_names, forms_of, name_index, sounds_of
from ui.search_box import Suggestion, search_box
from ui.views import address, loading, state

LOCAL: Final = 5000
"""Concepts whose names the browser gets at most; of larger graphs it asks for suggestions."""
SUGGESTED: Final = 8


@st.cache_resource(show_spinner=False, max_entries=2)
def _index(target: loading.GraphView, build: str) -> NameIndex:
    """All names of the graph, ready to be searched."""
    ranks = {concept: rank for rank, concept in enumerate(loading.overview(target, build).names)}
    return name_index(forms_of(loading.store(target).names(), ranks))


@st.cache_resource(show_spinner=False, max_entries=2)
def _rows(target: loading.GraphView, build: str) -> list[list[Any]]:
    """All names for the browser: [id, names with the concept's own first, [pinyin, number of the name]].

    The most important concepts first.
    """
    offered = loading.overview(target, build).names
    ranks = {concept: rank for rank, concept in enumerate(offered)}
    names: dict[str, list[str]] = defaultdict(list)
    for form in sorted(
        forms_of(loading.store(target).names(), ranks),
        key=lambda form: (form.rank, form.concept, form.text != offered.get(form.concept), not form.main, form.text),
    ):
        names[form.concept].append(form.text)
    return [
        [concept, forms, [[sound, number] for number, form in enumerate(forms) for sound in sounds_of(form)]]
        for concept, forms in names.items()
    ]


def suggestions(target: loading.GraphView, build: str, text: str) -> list[Suggestion]:
    """The concepts that ``text`` may mean, best first."""
    found = find_names(_index(target, build), text, limit=SUGGESTED)
    names = loading.names(target, [form.concept for form in found])
    return [
        Suggestion(form.concept, names[form.concept], "" if form.text == names[form.concept] else form.text)
        for form in found
    ]


@st.fragment
def search(notes: loading.GraphOverview, lang: str) -> None:
    """Draw the box and go where a choice leads. Typing runs this alone, not the page."""
    target, build = notes.target, notes.info.build
    wanted = state.wanted()
    typed = search_box(
        rows=_rows(target, build) if notes.info.concepts <= LOCAL else None,
        answers=None if wanted is None else (wanted, suggestions(target, build, wanted)),
        lang=lang,
        key="search",
    )
    if typed.wanted is not None and typed.wanted != wanted:
        state.want(typed.wanted)
        st.rerun(scope="fragment")
    if typed.question is not None:
        state.later({address.QUESTION: typed.question, address.PAGE: "ask"})
    chosen = typed.choice.id if typed.choice is not None else None
    if typed.text is not None:
        found = suggestions(target, build, typed.text)
        chosen = found[0].id if found else typed.text
    if chosen is not None:
        open_concept(chosen)


def open_concept(concept_id: str) -> None:
    """Show a concept: around it on the map where that is open, else on its page. The run ends here."""
    if state.page() == "map":
        state.focus(concept_id)
    state.later({address.CONCEPT: concept_id, address.PAGE: "concept"})
