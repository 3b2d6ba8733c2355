"""The concept map: a component that draws with the vis-network that the pyvis wheel carries.

And says which concept was clicked.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ui.choice import ConceptChoice, from_value
from ui.concept_map.view import MapView
from ui.i18n import say

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

VIS_NETWORK: Final = ("templates", "lib", "vis-9.1.2", "vis-network.min.js")
"""Where the pyvis wheel keeps vis-network."""


@lru_cache(maxsize=1)
def _library() -> ComponentRenderer:
    """A component without content whose script defines ``globalThis.vis``.

    It is separate from the map because its 700 KB then travel once: Streamlit sends an unchanged message only as its
    hash, while the map's messages change with every filter.
    """
    import streamlit as st

    script = files("pyvis").joinpath(*VIS_NETWORK).read_text(encoding="utf-8")
    return st.components.v2.component("studyatlas_vis_network", js=script + "\nexport default function () {}\n")


@lru_cache(maxsize=1)
def _map() -> ComponentRenderer:
    import streamlit as st

    folder = Path(__file__).parent
    return st.components.v2.component(
        "studyatlas_concept_map",
        css=(folder / "map.css").read_text(encoding="utf-8"),
        js=(folder / "map.js").read_text(encoding="utf-8"),
    )


def concept_map(
    view: MapView, *, key: str, selected: str | None, count: str, lang: str, height: int
) -> tuple[ConceptChoice | None, ConceptChoice | None]:
    """Draw ``view`` and return (the concept that was clicked, the concept that was double-clicked), each None without.

    Args:
        view: what to draw; nothing is drawn anew while its version stays.
        key: names this place on the page.
        selected: id of the concept that is marked.
        count: the line that says how much of the graph is shown.
        lang: of the tools' names.
        height: in pixels.
    """
    texts = {name: say(f"map_{name}", lang) for name in ("zoom_in", "zoom_out", "fit", "picture", "toggle", "empty")}
    data = {
        "version": f"{view.version}-{lang}",
        "nodes": view.nodes,
        "edges": view.edges,
        "regions": view.regions,
        "legend": view.legend,
        "lines": view.lines,
        "mode": view.mode,
        "options": view.options,
        "selected": selected,
        "height": height,
        "texts": {**texts, "count": count},
    }
    result = _map()(key=key, data=data, on_picked_change=_nothing, on_focused_change=_nothing)
    _library()(key=f"{key}.vis", height=1)
    return _concept(result.get("picked")), _concept(result.get("focused"))


def _concept(value: object) -> ConceptChoice | None:
    choice = from_value(value)
    return choice if isinstance(choice, ConceptChoice) else None


def _nothing() -> None:
    """Streamlit sends a trigger only where it has a callback; what was chosen is returned instead."""
