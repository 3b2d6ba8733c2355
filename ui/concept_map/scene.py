"""The graph as the browser gets it, once for each build: concepts, edges and territories as columns.

What a person does with the map (zoom, filters, the legend, neighbours) is computed in the browser from this, so that a
click need not wait for an answer. Beyond :data:`MOST` concepts only the most important ones travel; what else is asked
for (a search, a territory that is opened) comes as an :func:`extra`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from graph.model import (
    Basis,
    Concept,
    ConceptKind,
    Evidence,
    Layout,
    Prerequisite,
    Relation,
    RelationType,
)
from graph.text.scripts import has_han
from ui.concept_map.palette import KIND_COLOURS, NEEDS_COLOUR, PALETTE, REST, TYPE_COLOURS
from ui.i18n import because, say, shown_lines
from ui.places import place_text

MOST: Final = 15_000
"""Concepts that travel to the browser at most, the most important ones: some 3 MB."""
TOLD: Final = 1500
"""Concepts whose definition travels with them, the most important ones; all others tell it on their card."""
SENTENCES: Final = 4000
"""A graph with at most so many edges sends the sentence of each; a larger one those of what is in focus."""
SAYS: Final = 160
"""Characters of a definition or quote that are shown while the pointer is on it."""
NEEDS: Final = "prerequisite_of"
"""How the browser calls a prerequisite among the types of edges."""
_BASES: Final = (Basis.EXTRACTED, Basis.INFERRED, Basis.BACKGROUND)
_TYPES: Final = (*RelationType, NEEDS)


@dataclass(frozen=True, slots=True)
class MapData:
    """A graph with its places, as far as a map shows it."""

    build: str
    name: str
    """Shown as the title of posters."""
    concepts: tuple[Concept, ...]
    """In the order of the graph, with mentions."""
    relations: tuple[Relation, ...]
    prerequisites: tuple[Prerequisite, ...]
    layout: Layout
    """Row *i* is about the *i*-th concept."""


def scene(data: MapData, *, lang: str, script: str, style: str) -> bytes:
    """The scene as JSON. The same graph gives the same bytes.

    Args:
        data: the graph.
        lang: of the names of kinds and types.
        script: the source of the map, which a standalone page contains.
        style: its CSS.
    """
    chosen = sent(data.layout)
    at = {data.concepts[i].id: row for row, i in enumerate(chosen)}
    documents = sorted({m.doc for i in chosen for m in data.concepts[i].mentions})
    record = {
        "version": data.build,
        "name": data.name,
        "total": len(data.concepts),
        "kinds": [[k.value, k.label(lang), KIND_COLOURS[i]] for i, k in enumerate(ConceptKind)],
        "types": [
            [t, say(f"relation.{NEEDS}", lang), NEEDS_COLOUR, False]
            if t == NEEDS
            else [str(t), RelationType(t).label(lang), TYPE_COLOURS[RelationType(t)], RelationType(t).symmetric]
            for t in _TYPES
        ],
        "docs": documents,
        "territories": _territories(data.layout),
        "links": _links(data.layout),
        "nodes": _nodes(data, chosen, documents),
        "edges": _edges(data, at),
        "source": script,
        "css": style,
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def sent(layout: Layout) -> list[int]:
    """Rows of the concepts that travel, in the order of the graph."""
    rows = len(layout.importance)
    if rows <= MOST:
        return list(range(rows))
    order = np.argsort(-layout.importance, kind="stable")[:MOST]
    return sorted(int(i) for i in order)


def _territories(layout: Layout) -> list[list[Any]]:
    index = {t.id: i for i, t in enumerate(layout.territories)}
    colours = territory_colours(layout)
    return [
        [
            t.id,
            -1 if t.parent is None else index[t.parent],
            t.title,
            t.count,
            round(t.x, 1),
            round(t.y, 1),
            round(t.radius, 1),
            colours[t.id],
            [round(float(v), 1) for point in t.outline for v in point],
        ]
        for t in layout.territories
    ]


def territory_colours(layout: Layout) -> dict[str, str]:
    """Territory id → colour: the largest of the whole map get one of their own, parts have that of what they are in."""
    found: dict[str, str] = {}
    tops = sorted((t for t in layout.territories if t.parent is None and t.title), key=lambda t: (-t.count, t.id))
    for i, top in enumerate(tops):
        found[top.id] = PALETTE[i % len(PALETTE)]
    for t in layout.territories:  # parents come before their parts
        found[t.id] = found.get(t.id) or found.get(t.parent or "", REST)
    return found


def _links(layout: Layout) -> list[list[Any]]:
    index = {t.id: i for i, t in enumerate(layout.territories)}
    number = {t: i for i, t in enumerate(RelationType)}
    return [
        [index[link.a], index[link.b], [[number[kind], n] for kind, n in link.relations], link.prerequisites]
        for link in layout.links
    ]


def _nodes(data: MapData, chosen: Sequence[int], documents: Sequence[str]) -> dict[str, list[Any]]:
    number = {doc: i for i, doc in enumerate(documents)}
    kinds = {k: i for i, k in enumerate(ConceptKind)}
    importance = data.layout.importance
    told = {int(i) for i in np.argsort(-importance, kind="stable")[:TOLD]}
    columns: dict[str, list[Any]] = {
        key: [] for key in ("id", "name", "zh", "en", "also", "x", "y", "w", "s", "kind", "home", "says", "docs")
    }
    for i in chosen:
        concept = data.concepts[i]
        zh, en = names_by_language(concept)
        row = {
            "id": concept.id,
            "name": concept.name,
            "zh": "" if zh == concept.name else zh,
            "en": "" if en == concept.name else en,
            "also": "\n".join(concept.aliases[:4]),
            "x": round(float(data.layout.positions[i, 0]), 1),
            "y": round(float(data.layout.positions[i, 1]), 1),
            "w": round(float(importance[i]), 3),
            "s": float(f"{float(data.layout.scale[i]):.3g}"),
            "kind": kinds[concept.kind],
            "home": int(data.layout.homes[i]),
            "says": definition(concept) if i in told else "",
            "docs": sorted({number[m.doc] for m in concept.mentions}),
        }
        for key, value in row.items():
            columns[key].append(value)
    return columns


def names_by_language(concept: Concept) -> tuple[str, str]:
    """The first Chinese and the first other name of a concept; empty where the notes have none."""
    zh = next((name for name in concept.names if has_han(name)), "")
    en = next((name for name in concept.names if not has_han(name)), "")
    return zh, en


def _edges(data: MapData, at: Mapping[str, int]) -> dict[str, list[Any]]:
    number = {str(t): i for i, t in enumerate(_TYPES)}
    found: list[tuple[str, str, str, Relation | Prerequisite]] = [
        (r.head, str(r.type), r.tail, r) for r in data.relations if r.head in at and r.tail in at
    ]
    found += [(p.before, NEEDS, p.after, p) for p in data.prerequisites if p.before in at and p.after in at]
    columns: dict[str, list[Any]] = {
        "a": [at[a] for a, _, _, _ in found],
        "b": [at[b] for _, _, b, _ in found],
        "t": [number[kind] for _, kind, _, _ in found],
        "c": [round(edge.confidence, 3) for _, _, _, edge in found],
        "k": [_BASES.index(edge.basis) for _, _, _, edge in found],
    }
    if len(found) <= SENTENCES:
        said = [sentence(edge) for _, _, _, edge in found]
        columns["says"] = [words for words, _ in said]
        columns["place"] = [place for _, place in said]
    return columns


def extra(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    prerequisites: Sequence[Prerequisite],
    *,
    data: MapData,
    lang: str,
) -> dict[str, Any]:
    """What the browser may lack of some concepts: themselves, their definitions, and the sentences between them."""
    row = {c.id: i for i, c in enumerate(data.concepts)}
    names = {c.id: c.name for c in concepts}
    nodes = []
    for c in concepts:
        i = row[c.id]
        zh, en = names_by_language(c)
        nodes.append(
            {
                "id": c.id,
                "name": c.name,
                "zh": "" if zh == c.name else zh,
                "en": "" if en == c.name else en,
                "x": round(float(data.layout.positions[i, 0]), 1),
                "y": round(float(data.layout.positions[i, 1]), 1),
                "w": round(float(data.layout.importance[i]), 3),
                "kind": c.kind.value,
                "home": data.layout.territories[int(data.layout.homes[i])].id,
                "says": definition(c),
            }
        )
    edges: list[list[Any]] = [[r.head, str(r.type), r.tail, *_told(r), ""] for r in relations]
    edges += [[p.before, NEEDS, p.after, *_told(p), because(p, names, lang)] for p in prerequisites]
    return {"nodes": nodes, "edges": edges}


def _told(edge: Relation | Prerequisite) -> tuple[float, int, str, str]:
    return (round(edge.confidence, 3), _BASES.index(edge.basis), *sentence(edge))


def within_territory(data: MapData, territory: str, most: int) -> list[Concept]:
    """The most important concepts inside a territory, its parts included, at most ``most`` of them."""
    index = {t.id: i for i, t in enumerate(data.layout.territories)}
    inside = {index[territory]} if territory in index else set()
    for i, t in enumerate(data.layout.territories):  # parents come before their parts
        if t.parent is not None and index[t.parent] in inside:
            inside.add(i)
    rows = [i for i, home in enumerate(data.layout.homes) if int(home) in inside]
    rows.sort(key=lambda i: (-float(data.layout.importance[i]), i))
    return [data.concepts[i] for i in rows[:most]]


def basis_number(basis: Basis) -> int:
    """How the browser calls a basis: 0 stated, 1 inferred, 2 general knowledge."""
    return _BASES.index(basis)


def definition(concept: Concept) -> str:
    """The line that defines a concept, shortened; empty where the notes have none."""
    return "" if concept.definition is None else shortened(concept.definition.quote, SAYS)


def sentence(edge: Relation | Prerequisite) -> tuple[str, str]:
    """What the notes say about an edge, shortened, and where."""
    evidence: Collection[Evidence] = shown_lines(edge)
    words = shortened(" … ".join(e.quote for e in evidence), SAYS)
    return words, " · ".join(place_text(e.doc, e.line) for e in evidence)


def shortened(text: str, most: int) -> str:
    """One line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
