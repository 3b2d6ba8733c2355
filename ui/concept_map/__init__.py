"""The concept map as a component of the page: what it draws with, the graph, and what is looked at of it.

Three components, because Streamlit sends an unchanged message only as its hash: the library (the map's own script and
WebGL, always the same), the scene (the same for a build), and the map itself, whose message changes with every click
and is short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from graph.model import Basis
from ui.choice import ConceptChoice, from_value
from ui.concept_map.view import Wishes
from ui.i18n import basis_words, say

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

HERE: Final = Path(__file__).parent
TEXTS: Final = (
    "around",
    "closed",
    "close",
    "concept",
    "concepts",
    "count",
    "empty",
    "expanded",
    "export",
    "filtered",
    "find",
    "fit",
    "general",
    "inferred",
    "inside",
    "keys",
    "kind",
    "map",
    "needs",
    "no_more",
    "only",
    "opens",
    "other",
    "relation",
    "relations",
    "sentence",
    "table",
    "table_concepts",
    "table_edges",
    "theme",
    "themes",
    "toggle",
    "undo",
    "unlocks",
    "where",
    "whole",
    "zoom_in",
    "zoom_out",
)
"""Words of the map: each is ``map_NAME`` in the strings, with its braces, which the browser fills."""
_KEEP_SCENE: Final = """
export default function ({ data }) {
  const scenes = (globalThis.studyatlasScenes ||= {});
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const end = bytes.indexOf(10); // the first line is the key
  const key = new TextDecoder().decode(bytes.subarray(0, end));
  for (const old of Object.keys(scenes)) if (old !== key && Object.keys(scenes).length > 2) delete scenes[old];
  scenes[key] ||= new TextDecoder().decode(bytes.subarray(end + 1));
}
"""
_DRAW: Final = """
export default function (component) {
  let stop = null, stopped = false;
  const start = () => {
    if (stopped) return;
    if (globalThis.studyatlasMap) stop = globalThis.studyatlasMap(component); else setTimeout(start, 20);
  };
  start();
  return () => { stopped = true; stop?.(); };
}
"""
Chosen = Callable[[str | None], None]
"""Called with an id; None for none, such as a click on the ground."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A graph as the browser gets it."""

    key: str
    """Changes with what is in it."""
    content: bytes
    """JSON."""
    documents: tuple[str, ...]
    """Ids, in the order in which the scene numbers them."""
    sent: frozenset[str]
    """Ids of the concepts in it."""
    sentences: bool
    """Whether the sentence of each edge is in it."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What of the scene is looked at."""

    selected: str | None = None
    focus: str | None = None
    depth: int = 1
    theme: str | None = None
    """Id of the territory that is opened."""
    route: dict[str, Any] | None = None
    extra: dict[str, Any] | None = None
    """What the browser may lack for it."""


@dataclass(frozen=True, slots=True)
class Events:
    """What is called when something is done on the map, before the next run of the page.

    What they set is what this run draws, so that the map never marks another concept than the card tells about.
    """

    picked: Chosen
    focused: Chosen | None = None
    opened: Chosen | None = None
    """With the id of a territory."""
    expanded: Chosen | None = None
    ticked: Chosen | None = None


def script() -> str:
    """The map's own script: the parts in the order of their names."""
    return "\n".join(part.read_text(encoding="utf-8") for part in sorted((HERE / "js").glob("*.js")))


def style() -> str:
    """The map's CSS."""
    return (HERE / "map.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _library() -> ComponentRenderer:
    import streamlit as st

    drawer = (HERE / "vendor" / "sigma-graphology.min.js").read_text(encoding="utf-8")
    end = "\nglobalThis.studyatlasMap = mountMap;\nexport default function () {}\n"
    return st.components.v2.component("studyatlas_map_library", js=f"{drawer}\n{script()}{end}")


@lru_cache(maxsize=1)
def _scene() -> ComponentRenderer:
    import streamlit as st

    return st.components.v2.component("studyatlas_map_scene", js=_KEEP_SCENE)


@lru_cache(maxsize=1)
def _map() -> ComponentRenderer:
    import streamlit as st

    return st.components.v2.component("studyatlas_concept_map", css=style(), js=_DRAW)


def concept_map(
    scene: Scene, looked: Looked, wishes: Wishes, *, key: str, lang: str, height: int, events: Events
) -> None:
    """Draw what is ``looked`` at of the ``scene``.

    Args:
        scene: the graph; it travels once.
        looked: what to show of it.
        wishes: colours, names and filters.
        key: names this place on the page.
        lang: of the words on the map.
        height: in pixels.
        events: what to do when somebody clicks.
    """
    data = {
        "scene": scene.key,
        "version": scene.key,
        "selected": looked.selected,
        "focus": looked.focus,
        "depth": looked.depth,
        "theme": looked.theme,
        "route": looked.route,
        "extra": looked.extra,
        "filters": wishes.filters(scene.documents),
        "colour": wishes.colour,
        "names": wishes.names,
        "lang": lang,
        "height": height,
        "texts": {
            **{name: say(f"map_{name}", lang) for name in TEXTS},
            "general_note": basis_words(Basis.BACKGROUND, lang),
            "inferred_note": basis_words(Basis.INFERRED, lang),
        },
    }
    _map()(
        key=key,
        data=data,
        on_picked_change=_reporting(key, "picked", events.picked),
        on_focused_change=_reporting(key, "focused", events.focused),
        on_opened_change=_reporting(key, "opened", events.opened),
        on_expanded_change=_reporting(key, "expanded", events.expanded),
        on_ticked_change=_reporting(key, "ticked", events.ticked),
    )
    _scene()(key=f"{key}.scene", data=scene.key.encode() + b"\n" + scene.content, height=1)
    _library()(key=f"{key}.library", height=1)


def _reporting(key: str, event: str, chosen: Chosen | None) -> Callable[[], None]:
    """What Streamlit calls when the browser sends ``event``: it hands the id that was sent to ``chosen``.

    Streamlit sends an event only where it has a callback.
    """

    def report() -> None:
        import streamlit as st

        choice = from_value(st.session_state[key].get(event))
        if chosen is not None and isinstance(choice, ConceptChoice):
            chosen(choice.id or None)

    return report
