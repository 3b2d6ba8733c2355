"""What a person is looking at.

Kept in the session under the names below, and in the address, so that a page can be shared.

This is the only module that touches ``st.session_state`` by name. Widgets that keep their value from page to page have
keys that begin with :data:`KEPT`; all others are private to the panel that draws them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import streamlit as st

from ui.choice import Choice, ConceptChoice, PlaceChoice
from ui.settings import LANGS

KEPT: Final = "keep."
PAGE: Final = "keep.page"
LANG: Final = "keep.lang"
CONCEPT: Final = "keep.concept"
DOCUMENT: Final = "keep.document"
QUESTION: Final = "keep.question"
FOCUS: Final = "keep.map.focus"
BACKGROUND: Final = "keep.background"
"""Whether what only general knowledge says is shown."""
UNTYPED: Final = "keep.map.untyped"
"""Whether the map shows relations that say no type."""
SELECTED: Final = "at.selected"
PLACE: Final = "at.place"
NEXT: Final = "at.next"
"""Values that widgets get in the next run: a widget's value can only be set before it is drawn."""
DONE: Final = "at.done"
"""Concepts that are ticked off, where the learner's progress cannot be kept in its file."""
TROUBLE: Final = "at.trouble"
HERE: Final = "at.here"
"""Goal → concepts that were ticked on the path to it."""
CYPHER: Final = "at.cypher"
"""The query that was run last in the console."""
_LINE_DIGITS: Final = 9
"""Longer numbers of lines in an address are none: Python refuses to read one of some thousand digits."""
PAGES: Final = ("map", "concept", "ask", "study", "themes", "sources", "console")


def begin(*, lang: str, concepts: Collection[str], documents: Collection[str]) -> None:
    """Start a run: keep the values of widgets that are not on this page, take what was set for them.

    And read the address once.
    """
    for key in list(st.session_state):
        if str(key).startswith(KEPT):
            st.session_state[key] = st.session_state[key]
    for key, value in st.session_state.pop(NEXT, {}).items():
        st.session_state[key] = value
    if PAGE not in st.session_state:
        _from_address(lang, concepts, documents)
    if st.session_state.get(CONCEPT) not in concepts:
        st.session_state[CONCEPT] = next(iter(concepts), None)
    if st.session_state.get(FOCUS) not in concepts:
        st.session_state[FOCUS] = None


def _from_address(lang: str, concepts: Collection[str], documents: Collection[str]) -> None:
    """Take what the address contains, as far as it names something that there is."""
    asked = st.query_params
    st.session_state[PAGE] = asked.get("page") if asked.get("page") in PAGES else "map"
    st.session_state[LANG] = asked.get("lang") if asked.get("lang") in LANGS else lang
    st.session_state[BACKGROUND] = background()
    st.session_state[UNTYPED] = asked.get("untyped") == "1"
    if asked.get("concept") in concepts:
        st.session_state[CONCEPT] = st.session_state[SELECTED] = asked["concept"]
    if asked.get("focus") in concepts:
        st.session_state[FOCUS] = asked["focus"]
    if asked.get("doc") in documents:
        line = asked.get("line", "")
        st.session_state[PLACE] = PlaceChoice(
            asked["doc"], int(line) if line.isdecimal() and len(line) <= _LINE_DIGITS else 1
        )
        st.session_state[DOCUMENT] = asked["doc"]
    if asked.get("q"):
        st.session_state[QUESTION] = asked["q"]


def end() -> None:
    """Finish a run: write what is looked at into the address."""
    shown = {"page": page(), "lang": lang()}
    if page() == "concept" and concept():
        shown["concept"] = concept() or ""
    if page() == "map" and selected():
        shown["concept"] = selected() or ""
    if page() == "map" and st.session_state.get(FOCUS):
        shown["focus"] = str(st.session_state[FOCUS])
    if page() == "map" and st.session_state.get(UNTYPED):
        shown["untyped"] = "1"
    if not background():
        shown["background"] = "0"
    if page() == "ask" and question():
        shown["q"] = question()
    at = place()
    if page() == "sources" and at is not None:
        shown |= {"doc": at.doc, "line": str(at.line)}
    if st.query_params.to_dict() != shown:
        st.query_params.from_dict(shown)


def page() -> str:
    """The page that is open."""
    return str(st.session_state.get(PAGE) or "map")


def lang() -> str:
    """The language of the pages: ``zh`` or ``en``."""
    return str(st.session_state.get(LANG) or "en")


def background() -> bool:
    """Whether what only general knowledge says is shown; before :func:`begin` as the address asks for it."""
    return bool(st.session_state.get(BACKGROUND, st.query_params.get("background") != "0"))


def concept() -> str | None:
    """The concept that the concept page shows."""
    found = st.session_state.get(CONCEPT)
    return None if found is None else str(found)


def selected() -> str | None:
    """The concept that is marked on the map."""
    found = st.session_state.get(SELECTED)
    return None if found is None else str(found)


def select(concept_id: str) -> None:
    """Mark a concept on the map."""
    st.session_state[SELECTED] = concept_id
    st.session_state.setdefault(NEXT, {})[CONCEPT] = concept_id


def question() -> str:
    """The question that was asked last."""
    return str(st.session_state.get(QUESTION) or "")


def cypher() -> str | None:
    """The query that was run last in the console."""
    found = st.session_state.get(CYPHER)
    return None if found is None else str(found)


def run_cypher(query: str) -> None:
    """Say which query is run in the console."""
    st.session_state[CYPHER] = query


def place() -> PlaceChoice | None:
    """The place in the notes that is open."""
    found = st.session_state.get(PLACE)
    return found if isinstance(found, PlaceChoice) else None


def done() -> frozenset[str]:
    """Concepts that are ticked off."""
    return frozenset(st.session_state.get(DONE, ()))


def tick(concepts: Collection[str]) -> None:
    """Say which concepts are ticked off."""
    st.session_state[DONE] = frozenset(concepts)


def trouble() -> str | None:
    """Why the marks of this page are not kept in a file; None where they are."""
    found = st.session_state.get(TROUBLE)
    return None if found is None else str(found)


def set_trouble(why: str | None) -> None:
    """Say why the marks of this page are not kept, or that they are."""
    st.session_state[TROUBLE] = why


def ticked_here(goal: str) -> frozenset[str]:
    """Concepts that were ticked on the path to ``goal`` since the page was opened: they stay on it."""
    return frozenset(st.session_state.get(HERE, {}).get(goal, ()))


def tick_here(goal: str | None, concept_id: str) -> None:
    """Remember that a concept was ticked on the path to ``goal`` (None: on none)."""
    if goal is not None:
        here = st.session_state.get(HERE, {})
        st.session_state[HERE] = {**here, goal: frozenset({*here.get(goal, ()), concept_id})}


def follow(choice: Choice) -> None:
    """Go where a click leads: a concept to its page, a citation to its line. The run ends here."""
    if isinstance(choice, ConceptChoice):
        st.session_state[SELECTED] = choice.id
        later({CONCEPT: choice.id, PAGE: "concept"})
    else:
        st.session_state[PLACE] = choice
        later({DOCUMENT: choice.doc, PAGE: "sources"})


def focus(concept_id: str | None) -> None:
    """Show the surroundings of a concept on the map (None: the whole map). The run ends here."""
    if concept_id is not None:
        st.session_state[SELECTED] = concept_id
    later({FOCUS: concept_id, PAGE: "map"})


def later(values: dict[str, object]) -> None:
    """Give widgets these values and run again."""
    st.session_state[NEXT] = {**st.session_state.get(NEXT, {}), **values}
    st.rerun()
