"""The address of a view: which values a page has, how they are written after the ``?``, and how they are read back.

Pure functions over mappings. :mod:`ui.views.state` keeps the values in the session.

A value that is the default is left out, so that addresses stay short. A value that cannot be read is passed over.
Ids are not looked up here: a page that gets the id of something that is not in the graph says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.model import ConceptKind, RelationType
from ui.settings import LANGS

PAGES: Final = ("map", "concept", "ask", "study", "gaps", "themes", "sources", "console", "home")
"""The pages, in the order of the menu."""
KEPT: Final = "keep."
"""How the keys of widgets begin that keep their value from page to page."""

PAGE: Final = "keep.page"
LANG: Final = "keep.lang"
BACKGROUND: Final = "keep.background"
"""Whether what only general knowledge says is shown."""
CONCEPT: Final = "at.concept"
"""The concept that the card shows, the map marks and the concept page is about."""
FOCUS: Final = "at.focus"
"""The concept whose surroundings the map shows; None: the whole map."""
THEME: Final = "at.theme"
"""The theme that the map shows; None: all."""
DEPTH: Final = "keep.map.depth"
COLOUR: Final = "keep.map.colour"
NEEDS: Final = "keep.map.needs"
"""Whether the map shows prerequisites."""
UNTYPED: Final = "keep.map.untyped"
"""Whether the map shows relations that say no type."""
NAMES: Final = "keep.map.names"
"""In which language the map names concepts."""
NAMINGS: Final = ("written", "zh", "en")
KINDS: Final = "keep.map.kinds"
TYPES: Final = "keep.map.types"
THEMES: Final = "keep.map.themes"
DOCUMENTS: Final = "keep.map.documents"
CONFIDENCE: Final = "keep.map.confidence"
ROUTE: Final = "at.route"
"""Start and goal of the route that the map shows, as two ids; empty: none."""
QUESTION: Final = "keep.question"
STUDY_VIEW: Final = "keep.study.view"
GOAL: Final = "keep.study.goal"
START: Final = "keep.study.from"
MINUTES: Final = "keep.study.minutes"
NEXT_GOAL: Final = "keep.study.next"
KNOWN: Final = "at.known"
"""Concepts that the plan takes for known besides those that are marked, as ids."""
DOING: Final = "at.doing"
"""Steps of study paths that are in progress, as ids."""
SKIPPED: Final = "at.skipped"
"""Steps of study paths that are passed over, as ids."""
LEVEL: Final = "keep.themes.level"
DOCUMENT: Final = "keep.document"
LINE: Final = "at.line"
BESIDE: Final = "at.beside"
"""Document and line (as text) of the note that is open next to the map or an answer; empty: none."""

_DIGITS: Final = 9
"""Longer numbers in an address are passed over: Python refuses to read one of some thousand digits."""
_MOST: Final = 200
"""Values of one list that are read at most."""


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a view."""

    name: str
    """In the address."""
    key: str
    """In the session."""
    pages: tuple[str, ...]
    """Pages whose view it is part of; empty: all."""
    read: Callable[[Sequence[str]], Any]
    """From the texts in the address (at least one) to the value; None: cannot be read."""
    default: Any = None
    write: Callable[[Any], list[str]] = lambda value: [str(value)]


def _one_of(values: Sequence[str]) -> Callable[[Sequence[str]], str | None]:
    return lambda given: given[-1] if given[-1] in values else None


def _text(given: Sequence[str]) -> str | None:
    return given[-1] or None


def _switch(given: Sequence[str]) -> bool | None:
    return {"0": False, "1": True}.get(given[-1])


def _number(least: int, most: int) -> Callable[[Sequence[str]], int | None]:
    def read(given: Sequence[str]) -> int | None:
        text = given[-1]
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS and within(text) else None

    def within(text: str) -> bool:
        return least <= int(text) <= most

    return read


def _share(given: Sequence[str]) -> float | None:
    """A number from 0 to 1 in steps of .05, as the slider has them."""
    try:
        value = float(given[-1][:_DIGITS])
    except ValueError:
        return None
    return round(round(value / 0.05) * 0.05, 2) if 0.0 <= value <= 1.0 else None


def _list(given: Sequence[str]) -> list[str] | None:
    return list(dict.fromkeys(text for text in given[:_MOST] if text)) or None


def _members(kind: type[ConceptKind] | type[RelationType]) -> Callable[[Sequence[str]], list[Any] | None]:
    def read(given: Sequence[str]) -> list[Any] | None:
        return [member for member in kind if member.value in given] or None

    return read


def _pair(given: Sequence[str]) -> tuple[str, str] | None:
    return (given[0], given[1]) if len(given) == 2 and all(given) else None


def _write_list(values: Sequence[Any]) -> list[str]:
    return [str(getattr(value, "value", value)) for value in values]


def _write_switch(value: object) -> list[str]:
    return ["1" if value else "0"]


def _write_share(value: float) -> list[str]:
    return [f"{value:g}"]


_MAP: Final = ("map",)
_STUDY: Final = ("study",)
PARTS: Final[tuple[Part, ...]] = (
    Part("page", PAGE, (), _one_of(PAGES), PAGES[0]),
    Part("lang", LANG, (), _one_of(LANGS)),
    Part("background", BACKGROUND, (), _switch, True, _write_switch),
    Part("concept", CONCEPT, ("map", "concept"), _text),
    Part("focus", FOCUS, _MAP, _text),
    Part("theme", THEME, _MAP, _text),
    Part("route", ROUTE, _MAP, _pair, (), _write_list),
    Part("depth", DEPTH, _MAP, _number(1, 3), 1),
    Part("colour", COLOUR, _MAP, _one_of(("theme", "kind")), "theme"),
    Part("needs", NEEDS, _MAP, _switch, False, _write_switch),
    Part("untyped", UNTYPED, _MAP, _switch, False, _write_switch),
    Part("names", NAMES, _MAP, _one_of(NAMINGS), "written"),
    Part("kind", KINDS, _MAP, _members(ConceptKind), [], _write_list),
    Part("type", TYPES, _MAP, _members(RelationType), [], _write_list),
    Part("in", THEMES, _MAP, _list, [], _write_list),
    Part("note", DOCUMENTS, _MAP, _list, [], _write_list),
    Part("confidence", CONFIDENCE, _MAP, _share, 0.0, _write_share),
    Part("q", QUESTION, ("ask",), _text, ""),
    Part("view", STUDY_VIEW, _STUDY, _one_of(("path", "next")), "path"),
    Part("goal", GOAL, _STUDY, _text),
    Part("from", START, _STUDY, _text),
    Part("minutes", MINUTES, _STUDY, _number(1, 10_000)),
    Part("next", NEXT_GOAL, _STUDY, _text),
    Part("known", KNOWN, _STUDY, _list, [], _write_list),
    Part("doing", DOING, _STUDY, _list, [], _write_list),
    Part("skip", SKIPPED, _STUDY, _list, [], _write_list),
    Part("level", LEVEL, ("themes",), _number(0, 99)),
    Part("doc", DOCUMENT, ("sources",), _text),
    Part("line", LINE, ("sources",), _number(0, 10**_DIGITS)),
    Part("note", BESIDE, ("map", "ask"), _pair, (), _write_list),
)
"""Every value of every view."""
FILTERS: Final = (KINDS, TYPES, THEMES, DOCUMENTS, CONFIDENCE)
"""The keys of what narrows the map down."""


def defaults() -> dict[str, Any]:
    """Key → the value that is left out of the address."""
    return {part.key: _copy(part.default) for part in PARTS}


def read(asked: Mapping[str, Sequence[str]], *, all_parts: bool = True) -> dict[str, Any]:
    """Key → value of the view that an address names.

    Args:
        asked: name → the texts behind it in the address.
        all_parts: False: only the parts of the page that the address names; those of other pages are left out of the
            result, so that going back to the map does not forget the question.
    """
    found: dict[str, Any] = {}
    for part in PARTS:
        if not all_parts and part.pages and found[PAGE] not in part.pages:
            continue
        given = asked.get(part.name) or ()
        value = part.read(given) if given else None
        found[part.key] = _copy(part.default) if value is None else value
    return found


def write(values: Mapping[str, Any], *, keep: Mapping[str, Sequence[str]] | None = None) -> dict[str, list[str]]:
    """The address of a view: name → texts, without what is the default.

    Args:
        values: key → value.
        keep: the address as it is now. The page and the language stay in it where it names them, even where they are
            the default.
    """
    page = values.get(PAGE) or PAGES[0]
    shown: dict[str, list[str]] = {}
    for part in PARTS:
        value = values.get(part.key)
        if value is None or (part.pages and page not in part.pages):
            continue
        named = part.key in (PAGE, LANG) and part.name in (keep or {})
        if named or value not in (part.default, "", []):
            shown[part.name] = part.write(value)
    return shown


def _copy(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value
