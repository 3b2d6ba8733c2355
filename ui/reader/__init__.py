"""A component that shows text of notes in the browser and says what of it was clicked."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui.choice import Choice, from_value
from ui.reader.blocks import Element
from ui.reader.formulas import formula_library, formula_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.components.v2.types import ComponentRenderer


@lru_cache(maxsize=1)
def _component() -> ComponentRenderer:
    import streamlit as st

    folder = Path(__file__).parent
    parts = [_script("layers.js"), _script("reader.js")]
    return st.components.v2.component(
        "studyatlas_reader",
        css=formula_style()
        + "".join((folder / name).read_text(encoding="utf-8") for name in ("reader.css", "note.css")),
        js="\n".join(["const drawNote = (() => {", _script("note.js"), "return note;", "})();", *parts]),
    )


def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def reader(blocks: Sequence[Element], *, key: str, height: int | None = None) -> Choice | None:
    """Show ``blocks`` and return what was clicked since the last run, if anything.

    Args:
        blocks: what to show, from :mod:`ui.reader.blocks`.
        key: names this place on the page.
        height: pixels after which the content scrolls; None: as high as it is.
    """
    data: dict[str, Any] = {"blocks": list(blocks), "height": height}
    result = _component()(key=key, data=data, on_chosen_change=_nothing)
    if any(block["kind"] == "note" for block in blocks):
        formula_library()(key=f"{key}.formulas", height=1)
    return from_value(result.get("chosen"))


def _nothing() -> None:
    """Streamlit sends a trigger only where it has a callback; what was chosen is returned instead."""
