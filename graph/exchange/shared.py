"""What the formats share: the snapshot, ids and text that any format can represent, places and colours of concepts."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from graph.model import Evidence, GraphSnapshot
from graph.stores.contract import GraphStore

SEPARATOR: Final = " | "
"""Between the items of a list in one cell or attribute."""
PREREQUISITE: Final = "prerequisite_of"
"""``type`` of the edges that are prerequisites: source must be understood before target."""
COLOURS: Final = ("#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f", "#edc948", "#b07aa1", "#ff9da7", "#9c755f")
"""Of the coarsest themes, in their order, then from the beginning again (Tableau 10 without its grey)."""
NO_THEME: Final = "#9a9a9a"
"""Colour of a concept that is in no theme."""

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA: Final = re.compile("[=+\\-@＝＋－＠\t\r\n]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a concept is on the map, and how large it is drawn."""

    x: float
    """Map units, to the right."""
    y: float
    """Map units, down."""
    size: float
    """1..10, by importance."""


def snapshot_of(graph: GraphStore | GraphSnapshot) -> GraphSnapshot:
    """The whole graph of a store, or the snapshot itself."""
    return graph.snapshot() if isinstance(graph, GraphStore) else graph


def homes_of(graph: GraphSnapshot) -> dict[str, list[str]]:
    """Ids of the communities that contain each concept, coarsest first."""
    homes: dict[str, list[str]] = defaultdict(list)
    for community in graph.communities:
        for member in community.members:
            homes[member].append(community.id)
    return homes


def colours_of(graph: GraphSnapshot) -> dict[str, str]:
    """``#rrggbb`` of each concept: one colour for each theme of level 0, :data:`NO_THEME` outside of all."""
    themes = [community for community in graph.communities if community.level == 0]
    found = {c.id: NO_THEME for c in graph.concepts}
    for number, theme in enumerate(themes):
        found.update(dict.fromkeys(theme.members, COLOURS[number % len(COLOURS)]))
    return found


def places_of(graph: GraphSnapshot) -> dict[str, Place]:
    """The place of each concept on the map; empty where the graph has no layout."""
    layout = graph.layout
    if layout is None:
        return {}
    rows = zip(layout.concept_ids, layout.positions.tolist(), layout.importance.tolist(), strict=True)
    return {concept: Place(x, y, 1.0 + 9.0 * importance) for concept, (x, y), importance in rows}


def visible(text: str) -> str:
    """``text`` with U+FFFD for what neither XML nor UTF-8 can represent."""
    return _NOT_XML.sub("\ufffd", text)


def one_line(text: str) -> str:
    """``text`` with every run of white space, line breaks too, made one space; controls become U+FFFD."""
    return " ".join(visible(text).split())


def node_ids(ids: Iterable[str]) -> dict[str, str]:
    """An id that XML can contain for each of ``ids``: its own wherever possible, and no two alike."""
    taken: set[str] = set()
    nodes: dict[str, str] = {}
    for concept in sorted(ids, key=lambda i: (_NOT_XML.search(i) is not None, i)):
        node = visible(concept)
        while node in taken:
            node += "\ufffd"
        taken.add(node)
        nodes[concept] = node
    return nodes


def at(evidence: Iterable[Evidence]) -> str:
    """Where the pieces appear: ``doc:line`` of each."""
    return SEPARATOR.join(f"{e.doc}:{e.line}" for e in evidence)


def attributes(graph: GraphSnapshot) -> Mapping[str, Mapping[str, str]]:
    """What GraphML and GEXF say of each concept, in the same words: id → attribute → text; empty ones are left out."""
    homes = homes_of(graph)
    found = {
        c.id: {
            "name": c.name,
            "aliases": SEPARATOR.join(c.aliases),
            "kind": c.kind.value,
            "salience": repr(float(c.salience)),
            "confidence": repr(float(c.confidence)),
            "definition": c.definition.quote if c.definition else "",
            "definition_at": at([c.definition] if c.definition else []),
            "communities": SEPARATOR.join(homes.get(c.id, [])),
        }
        for c in graph.concepts
    }
    return {concept: {key: value for key, value in said.items() if value} for concept, said in found.items()}


def table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    r"""Rows as CSV (RFC 4180, ``\r\n``), in which no spreadsheet takes text for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    """``cell`` as a spreadsheet shows it without computing anything (OWASP, CSV injection)."""
    cell = visible(cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell
