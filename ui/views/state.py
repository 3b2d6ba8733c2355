"""What a person is looking at: one set of values, in the session and in the address.

:mod:`ui.views.address` lists the values. :func:`begin` takes them from the address where a page is opened and where the
browser went back or forward, :func:`end` writes them into it; between the two they are in the session, so that the
card, the map and the address always tell the same.

This is the only module that touches ``st.session_state`` by name. Widgets that keep their value from page to page have
keys that begin with :data:`KEPT`; all others are private to the panel that draws them. Widgets whose key is in
:mod:`ui.views.address` are given no value of their own: :func:`begin` has set it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.choice import Choice, ConceptChoice, PlaceChoice, QuestionChoice, ThemeChoice
from ui.settings import LANGS
from ui.views import address
from ui.views.address import (
    BACKGROUND,
    BESIDE,
    CONCEPT,
    DOCUMENT,
    DOING,
    FILTERS,
    FOCUS,
    KEPT,
    LANG,
    LINE,
    PAGE,
    PAGES,
    QUESTION,
    ROUTE,
    SKIPPED,
    THEME,
)

__all__ = ["KEPT", "PAGES", "begin", "end"]

NEXT: Final = "at.next"
"""Values that widgets get in the next run: a widget's value can only be set before it is drawn."""
LANG_FOUND: Final = "at.lang"
"""The language that is spoken where neither the address nor the person says which."""
ASSUMED: Final = "at.assumed"
"""Key → the value that is shown where the view names none."""
QUOTES: Final = "at.quotes"
"""Document and line → the words of the citation that was followed there, so that they are marked again on Back."""
DONE: Final = "at.done"
"""Concepts that are ticked off, where the learner's progress cannot be kept in its file."""
TROUBLE: Final = "at.trouble"
HERE: Final = "at.here"
"""Goal → concepts that were ticked on the path to it."""
CYPHER: Final = "at.cypher"
"""The query that was run last in the console."""
ASKED: Final = "at.asked"
"""The questions that were asked, the last one first."""
WANTED: Final = "at.wanted"
EXPANDED: Final = "at.expanded"
"""Concepts whose surroundings are shown besides those of the one in focus."""
_EXPANDED_KEPT: Final = 12
_QUOTES_KEPT: Final = 50
_DIGITS: Final = 9
_ASKED_KEPT: Final = 30


def begin() -> None:
    """Start a run: keep the values of widgets that are not on this page, and take what was set for them.

    Where the page was just opened, or the browser went back or forward, the address says what to show.
    """
    for key in list(st.session_state):
        if str(key).startswith(KEPT):
            st.session_state[key] = st.session_state[key]
    if PAGE not in st.session_state:
        _take(address.read(_asked()))
    elif _navigated():
        _take(address.read(_asked(), all_parts=False))
    for key, value in st.session_state.pop(NEXT, {}).items():
        st.session_state[key] = value


def speak(found: str) -> None:
    """Say which language (``zh`` or ``en``) to speak where neither the address nor the person says which."""
    st.session_state[LANG_FOUND] = found
    if st.session_state.get(LANG) is None:
        st.session_state[LANG] = found


def browser_language() -> str | None:
    """The language of the browser: ``zh`` or ``en``; None where it is another or not known."""
    found = (st.context.locale or "").split("-")[0].lower()
    return found if found in LANGS else None


def _asked() -> dict[str, list[str]]:
    """The address: name → texts."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _navigated() -> bool:
    """Whether this run was started by the browser's Back or Forward."""
    context = get_script_run_ctx()
    return context is not None and bool(getattr(context, "is_history_navigation", False))


def _take(values: dict[str, Any]) -> None:
    for key, value in values.items():
        st.session_state[key] = value


def end() -> None:
    """Finish a run: write what is looked at into the address. The browser remembers each as a step of its history."""
    asked = _asked()
    values = {part.key: st.session_state.get(part.key) for part in address.PARTS}
    if values[LANG] == st.session_state.get(LANG_FOUND) and "lang" not in asked:
        values[LANG] = None
    for key, assumed in st.session_state.get(ASSUMED, {}).items():
        if values[key] == assumed:
            values[key] = None
    shown = address.write(values, keep=asked)
    if asked != shown:
        st.query_params.from_dict(shown)


def page() -> str:
    """The page that is open."""
    return str(st.session_state.get(PAGE) or PAGES[0])


def lang() -> str:
    """The language of the pages: ``zh`` or ``en``."""
    return str(st.session_state.get(LANG) or "en")


def background() -> bool:
    """Whether what only general knowledge says is shown."""
    return bool(st.session_state.get(BACKGROUND, True))


def concept() -> str | None:
    """The concept that the card shows, the map marks and the concept page is about, as an id that may be unknown."""
    return _id(CONCEPT)


def focused() -> str | None:
    """The concept whose surroundings the map shows, as an id that may be unknown."""
    return _id(FOCUS)


def theme() -> str | None:
    """The theme that the map shows, as an id that may be unknown."""
    return _id(THEME)


def route() -> tuple[str, str] | None:
    """Start and goal of the route that the map shows, as ids that may be unknown."""
    found = st.session_state.get(ROUTE)
    return (str(found[0]), str(found[1])) if found else None


def _id(key: str) -> str | None:
    found = st.session_state.get(key)
    return None if found is None else str(found)


def select(concept_id: str | None) -> None:
    """Mark a concept on the map (None: none): the card, the map and the address follow in this run.

    A note that is open next to the map gives way to the card.
    """
    st.session_state[CONCEPT] = concept_id
    st.session_state[BESIDE] = ()


def show_around(concept_id: str | None) -> None:
    """Mark a concept and show its surroundings (None: show the whole map again). For callbacks, before a run."""
    if concept_id is not None:
        select(concept_id)
    st.session_state[FOCUS] = concept_id
    st.session_state[ROUTE] = ()
    st.session_state[EXPANDED] = ()


def open_territory(territory: str | None) -> None:
    """Show the inside of a theme on the map (None: the whole map). For callbacks, before a run."""
    st.session_state[THEME] = territory


def expand(concept_id: str | None) -> None:
    """Show what is around one more concept, besides those around the one in focus. For callbacks, before a run."""
    if concept_id is not None:
        st.session_state[EXPANDED] = (*expanded(), concept_id)


def expanded() -> tuple[str, ...]:
    """Concepts that were expanded around the one in focus, in order, at most :data:`_EXPANDED_KEPT`."""
    return tuple(st.session_state.get(EXPANDED, ()))[-_EXPANDED_KEPT:]


def open_concept(concept_id: str | None) -> None:
    """Open the page of a concept. For callbacks, before a run."""
    if concept_id is not None:
        select(concept_id)
        put_later(PAGE, "concept")


def value(key: str) -> Any:
    """The value of a view by its key in :mod:`ui.views.address`."""
    return st.session_state.get(key)


def put(key: str, found: object) -> None:
    """Set a value of the view before its widget is drawn: where the address names something that is not offered."""
    st.session_state[key] = found


def assume(key: str, offered: Collection[Any], otherwise: Any) -> None:
    """Show ``otherwise`` where the view names nothing that is ``offered``; then the address leaves it out.

    For what depends on the graph, such as the number of concepts that its map shows at first.
    """
    st.session_state[ASSUMED] = {**st.session_state.get(ASSUMED, {}), key: otherwise}
    if st.session_state.get(key) not in offered:
        st.session_state[key] = otherwise


def wanted() -> str | None:
    """What is typed into the search box and wants suggestions."""
    return _id(WANTED)


def want(text: str) -> None:
    """Say what is typed into the search box."""
    st.session_state[WANTED] = text


def put_later(key: str, found: object) -> None:
    """Set the value of a widget that was drawn already, for the next run."""
    st.session_state[NEXT] = {**st.session_state.get(NEXT, {}), key: found}


def filtered() -> bool:
    """Whether anything narrows the map down."""
    return any(st.session_state.get(key) for key in FILTERS)


def clear_filters() -> None:
    """Show all again. The run ends here."""
    cleared = address.defaults()
    later({**{key: cleared[key] for key in FILTERS}, THEME: None})


def question() -> str:
    """The question that was asked last."""
    return str(st.session_state.get(QUESTION) or "")


def asked_before() -> list[str]:
    """The questions that were asked, the last one first."""
    return list(st.session_state.get(ASKED, ()))


def remember_question(text: str) -> None:
    """Note that a question was asked."""
    earlier = [other for other in asked_before() if other != text]
    st.session_state[ASKED] = [text, *earlier][:_ASKED_KEPT]


def cypher() -> str | None:
    """The query that was run last in the console."""
    return _id(CYPHER)


def run_cypher(query: str) -> None:
    """Say which query is run in the console."""
    st.session_state[CYPHER] = query


def place() -> PlaceChoice | None:
    """The place in the notes that is open, in the document that is open; None where no line is marked."""
    doc, line = st.session_state.get(DOCUMENT), st.session_state.get(LINE)
    if doc is None or line is None:
        return None
    return PlaceChoice(str(doc), int(line), st.session_state.get(QUOTES, {}).get((doc, line), ""))


def leave_place() -> None:
    """Say that another document was chosen: the line of the earlier one is no place in it."""
    st.session_state[LINE] = None


def status(concept_id: str) -> str | None:
    """How far the learner is with a step that is not done: ``doing`` or ``skip``; None: not begun."""
    found = ("doing", DOING), ("skip", SKIPPED)
    return next((name for name, key in found if concept_id in (st.session_state.get(key) or ())), None)


def set_status(concept_id: str, status: str | None) -> None:
    """Say how far the learner is with a step."""
    for name, key in (("doing", DOING), ("skip", SKIPPED)):
        others = [i for i in st.session_state.get(key) or () if i != concept_id]
        st.session_state[key] = [*others, concept_id] if status == name else others


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


def follow(choice: Choice) -> NoReturn:
    """Go where a click leads: a concept to its page, a citation to its line. The run ends here.

    From the map and from an answer a citation opens the note next to them (:func:`beside`).
    """
    if isinstance(choice, ConceptChoice):
        later({CONCEPT: choice.id, PAGE: "concept"})
    if isinstance(choice, ThemeChoice):
        open_theme(choice.id)
    if isinstance(choice, QuestionChoice):
        later({QUESTION: choice.text, BESIDE: (), PAGE: "ask"})
    _keep_quote(choice)
    if page() in ("map", "ask"):
        later({BESIDE: (choice.doc, str(choice.line))})
    later({DOCUMENT: choice.doc, LINE: choice.line, PAGE: "sources"})


def _keep_quote(choice: PlaceChoice) -> None:
    kept = {**st.session_state.get(QUOTES, {}), (choice.doc, choice.line): choice.quote}
    st.session_state[QUOTES] = dict(list(kept.items())[-_QUOTES_KEPT:])


def beside() -> PlaceChoice | None:
    """The place in the notes that is open next to the map or the answer, in a document that may be unknown."""
    found = st.session_state.get(BESIDE)
    if not found or not str(found[1]).isdecimal() or len(str(found[1])) > _DIGITS:
        return None
    doc, line = str(found[0]), int(found[1])
    return PlaceChoice(doc, line, st.session_state.get(QUOTES, {}).get((doc, line), ""))


def close_beside(*, whole: bool = False) -> NoReturn:
    """Close the note next to the map or the answer; ``whole``: open its own page instead. The run ends here."""
    at = beside()
    if whole and at is not None:
        later({DOCUMENT: at.doc, LINE: at.line, BESIDE: (), PAGE: "sources"})
    later({BESIDE: ()})


def focus(concept_id: str | None) -> NoReturn:
    """Show the surroundings of a concept on the map (None: the whole map). The run ends here."""
    later({FOCUS: concept_id, ROUTE: (), PAGE: "map", **({} if concept_id is None else {CONCEPT: concept_id})})


def open_theme(theme_id: str | None) -> NoReturn:
    """Show a theme on the map (None: all). The run ends here."""
    later({THEME: theme_id, FOCUS: None, ROUTE: (), PAGE: "map"})


def later(values: dict[str, object]) -> NoReturn:
    """Give widgets these values and run again."""
    st.session_state[NEXT] = {**st.session_state.get(NEXT, {}), **values}
    st.rerun()
