"""The search box of every page: a component that suggests concepts while one types, and says what was chosen.

It also tells the browser the language of the page, which Streamlit takes for English.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.choice import ConceptChoice, from_value
from ui.i18n import say

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_NAMES_SCRIPT = """
export default function ({ data }) { globalThis.studyatlasNames = data.rows; }
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line below the box."""

    id: str
    name: str
    also: str = ""
    """The alias by which it was found; empty: its name."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What the box says: something was chosen, or suggestions are wanted."""

    choice: ConceptChoice | None = None
    text: str | None = None
    """Entered without choosing one of the suggestions."""
    question: str | None = None
    """Entered as a question."""
    wanted: str | None = None
    """What is typed so far, where the browser has no suggestions of its own."""


@lru_cache(maxsize=1)
def _box() -> ComponentRenderer:
    import streamlit as st

    folder = Path(__file__).parent
    return st.components.v2.component(
        "studyatlas_search",
        css=(folder / "search.css").read_text(encoding="utf-8"),
        js=(folder / "search.js").read_text(encoding="utf-8"),
    )


@lru_cache(maxsize=1)
def _names() -> ComponentRenderer:
    """A component without content that hands the names to the box.

    It is separate because they then travel once: Streamlit sends an unchanged message only as its hash.
    """
    import streamlit as st

    return st.components.v2.component("studyatlas_names", js=_NAMES_SCRIPT)


def search_box(
    *,
    rows: Sequence[Sequence[Any]] | None,
    answers: tuple[str, Sequence[Suggestion]] | None,
    lang: str,
    key: str,
) -> Typed:
    """Draw the box.

    Args:
        rows: all names, as :func:`ui.views.searching.rows_of` makes them; None: the box asks for suggestions.
        answers: what was typed and the suggestions for it.
        lang: of the page.
        key: names this place on the page.
    """
    data = {
        "lang": "zh-Hans" if lang == "zh" else "en",
        "local": rows is not None,
        "texts": {name: say(f"search_{name}", lang) for name in ("hint", "label", "ask", "none")}
        | {name: say(name, lang) for name in ("gone_title", "gone_do")},
        "answers": None
        if answers is None
        else {"text": answers[0], "items": [{"id": s.id, "name": s.name, "also": s.also} for s in answers[1]]},
    }
    result = _box()(key=key, data=data, on_chosen_change=_nothing, on_wanted_change=_nothing)
    if rows is not None:
        _names()(key=f"{key}.names", data={"rows": rows}, height=1)
    return _typed(result.get("chosen"), result.get("wanted"))


def _typed(chosen: object, wanted: object) -> Typed:
    """What the browser sent; nothing where it sent something that no page of ours sends."""
    match chosen:
        case {"text": str(text)} if text.strip():
            return Typed(text=text.strip())
        case {"question": str(text)} if text.strip():
            return Typed(question=text.strip())
    choice = from_value(chosen)
    if isinstance(choice, ConceptChoice):
        return Typed(choice=choice)
    return Typed(wanted=wanted.strip() if isinstance(wanted, str) and wanted.strip() else None)


def _nothing() -> None:
    """Streamlit sends a trigger only where it has a callback; what was chosen is returned instead."""
