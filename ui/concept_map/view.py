"""Which part of the graph is drawn, and how.

From concepts and relations to the nodes and edges that the browser gets.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graph.model import Basis, Community, Concept, ConceptKind, Evidence, Prerequisite, Relation, RelationType
from ui.concept_map.layout import Box, Edge, Positions, around, islands, label_width
from ui.i18n import basis_words, say, shown_lines
from ui.places import place_text

PALETTE: Final = (
    "#4E79C4",
    "#E08A3C",
    "#3FA66B",
    "#C9504F",
    "#8E6BBF",
    "#2FA3B0",
    "#D46A9F",
    "#9A7B4F",
    "#B2A12E",
    "#5E8C31",
    "#7F8FA6",
    "#B0603A",
)
"""Colours of themes and kinds: apart from each other, and readable on white and on near-black alike."""
KIND_COLOURS: Final = (
    *PALETTE[:10],
    "#1F7A8C",
    "#6C5CE7",
    "#A23B72",
    "#7F8FA6",
    "#7CB342",
    "#B0603A",
    "#C2185B",
    "#607D3B",
)
"""One for each kind, in the order of :class:`graph.model.ConceptKind`."""
REST: Final = "#8A8F98"
"""Colour of what has no theme, or one too small to have a colour of its own."""
EDGES_EACH: Final = 4
"""Relations that are drawn for each concept of the whole map: its most certain ones. All are drawn around a concept in
focus."""
SAYS: Final = 160
"""Characters of a definition or quote that are shown while the pointer is on it."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The graph as far as it is laid out: its most salient concepts and all between them."""

    build: str
    concepts: tuple[Concept, ...]
    """Most salient first, with mentions."""
    relations: tuple[Relation, ...]
    prerequisites: tuple[Prerequisite, ...]
    themes: tuple[Community, ...]
    """Of level 0."""
    total: int
    """Concepts in the graph."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked to see."""

    limit: int = 150
    """At most so many concepts, the most salient ones."""
    colour: str = "theme"
    """``theme`` or ``kind``."""
    kinds: frozenset[ConceptKind] = frozenset()
    """Only these kinds; empty: all."""
    types: frozenset[RelationType] = frozenset()
    """Only these relations; empty: all."""
    documents: frozenset[str] = frozenset()
    """Only concepts that these documents name; empty: all."""
    themes: frozenset[str] = frozenset()
    """Only these themes; empty: all."""
    confidence: float = 0.0
    """Relations at least so sure."""
    prerequisites: bool = False
    """Also draw what comes before what."""
    untyped: bool = False
    """Also draw relations that say no type; they are drawn too where ``types`` asks for them."""

    @property
    def drawn_types(self) -> frozenset[RelationType]:
        """The types of relations that are drawn; empty: all."""
        if self.types or self.untyped:
            return self.types
        return frozenset(RelationType) - {RelationType.RELATED_TO}


@dataclass(frozen=True, slots=True)
class MapView:
    """What the browser draws."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    legend: list[dict[str, Any]]
    """Groups of concepts, which can be hidden."""
    lines: list[dict[str, Any]] = field(default_factory=list)
    """How edges are drawn that are not statements of the notes."""
    regions: list[dict[str, Any]] = field(default_factory=list)
    mode: str = "whole"
    """``whole:LIMIT`` or the id of the concept in focus: while it stays the same, zoom and place are kept."""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Changes exactly when something is drawn otherwise."""
        text = json.dumps(
            [self.nodes, self.edges, self.regions, self.legend, self.lines, self.mode],
            sort_keys=True,
            ensure_ascii=True,
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def place_all(whole: Whole, limit: int) -> Positions:
    """Positions of the ``limit`` most salient concepts.

    Computed once for a build and limit, so that filters move nothing.
    """
    concepts = whole.concepts[:limit]
    theme_of = themes_of(whole.themes)
    sizes = font_sizes(concepts)
    boxes = [Box(c.id, theme_of.get(c.id, ""), *_room(c.name, sizes[c.id])) for c in concepts]
    return islands(boxes, _pulls(whole.relations, whole.prerequisites))


def _room(name: str, size: float) -> tuple[float, float]:
    """Width and height that a concept takes on the whole map.

    Less than its name needs, for names that find no room wait for the zoom.
    """
    return min(150.0, 0.9 * label_width(name, 14.0)) + size, 30.0 + size


def _pulls(relations: Sequence[Relation], prerequisites: Sequence[Prerequisite]) -> list[Edge]:
    typed = [(r.head, r.tail, r.confidence * (0.4 if r.type is RelationType.RELATED_TO else 1.0)) for r in relations]
    return typed + [(p.before, p.after, 0.5 * p.confidence) for p in prerequisites]


def themes_of(themes: Sequence[Community]) -> dict[str, str]:
    """Concept id → id of its theme."""
    return {member: theme.id for theme in themes for member in theme.members}


def font_sizes(concepts: Sequence[Concept]) -> dict[str, float]:
    """Font size of each concept's name.

    The most salient ones stand out from afar, the others show as one comes closer.
    """
    last = max(1, len(concepts) - 1)
    return {
        c.id: round(15.0 + 19.0 * (1.0 - rank / last) ** 3 + 4.0 * c.salience, 1) for rank, c in enumerate(concepts)
    }


def chosen(whole: Whole, wishes: Wishes) -> list[Concept]:
    """Those of the ``wishes.limit`` most salient concepts that the wishes leave, most salient first."""
    members = {m for t in whole.themes if t.id in wishes.themes for m in t.members}
    return [
        c
        for c in whole.concepts[: wishes.limit]
        if (not wishes.kinds or c.kind in wishes.kinds)
        and (not wishes.themes or c.id in members)
        and (not wishes.documents or any(m.doc in wishes.documents for m in c.mentions))
    ]


def whole_view(whole: Whole, wishes: Wishes, *, positions: Positions, lang: str) -> MapView:
    """The whole map, as far as the wishes leave it."""
    concepts = chosen(whole, wishes)
    inside = {c.id for c in concepts}
    relations = _surest(_wanted(whole.relations, inside, wishes), EDGES_EACH)
    needs = [p for p in whole.prerequisites if wishes.prerequisites and {p.before, p.after} <= inside]
    look = _Look.of(concepts, whole.themes, wishes.colour, lang)
    return _view(
        concepts,
        relations,
        needs,
        positions,
        look,
        sizes=font_sizes(whole.concepts[: wishes.limit]),
        regions=_regions(concepts, positions, look),
        mode=f"whole:{wishes.limit}",
        lang=lang,
    )


def focus_view(
    whole: Whole,
    focus: Concept,
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    prerequisites: Sequence[Prerequisite],
    wishes: Wishes,
    *,
    positions: Positions,
    lang: str,
) -> MapView:
    """The surroundings of one concept: it in the middle, the others in rings around it."""
    inside = {c.id for c in concepts if c.id == focus.id or not wishes.kinds or c.kind in wishes.kinds}
    wanted = _wanted(relations, inside, wishes)
    needs = [p for p in prerequisites if wishes.prerequisites and {p.before, p.after} <= inside]
    drawn = _reached(focus.id, [(r.head, r.tail) for r in wanted] + [p.key for p in needs])
    kept = [c for c in concepts if c.id in drawn]
    sizes = {c.id: 26.0 if c.id == focus.id else 17.0 for c in kept}
    boxes = [Box(c.id, "", label_width(c.name, 16.0), 56.0) for c in kept]
    points = around(focus.id, boxes, _pulls(wanted, needs), start=positions)
    look = _Look.of(kept, whole.themes, wishes.colour, lang)
    return _view(kept, wanted, needs, points, look, sizes=sizes, regions=[], mode=focus.id, lang=lang)


def _reached(start: str, pairs: Sequence[tuple[str, str]]) -> set[str]:
    """What can be reached from ``start`` over these pairs, in either direction; itself included."""
    near: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        near[a].add(b)
        near[b].add(a)
    reached, frontier = {start}, [start]
    while frontier:
        fresh = near[frontier.pop()] - reached
        reached |= fresh
        frontier += sorted(fresh)
    return reached


def _wanted(relations: Sequence[Relation], inside: Collection[str], wishes: Wishes) -> list[Relation]:
    types = wishes.drawn_types
    return [
        r
        for r in relations
        if r.head in inside
        and r.tail in inside
        and r.confidence >= wishes.confidence
        and (not types or r.type in types)
    ]


def _surest(relations: Sequence[Relation], each: int) -> list[Relation]:
    """The relations that are among the ``each`` most certain of one of their ends.

    Typed ones count before untyped ones, and what the notes state before general knowledge.
    """
    taken: Counter[str] = Counter()
    kept = []
    for relation in sorted(relations, key=_doubt):
        if taken[relation.head] < each or taken[relation.tail] < each:
            kept.append(relation)
            taken[relation.head] += 1
            taken[relation.tail] += 1
    return sorted(kept, key=lambda r: r.key)


def _doubt(relation: Relation) -> tuple[bool, bool, float, tuple[str, str, str]]:
    untyped, known = relation.type is RelationType.RELATED_TO, relation.basis is Basis.BACKGROUND
    return (untyped, known, -relation.confidence, relation.key)


@dataclass(frozen=True, slots=True)
class _Look:
    """Colours and groups: concept id → group, group → (name, colour)."""

    group: Mapping[str, str]
    groups: Mapping[str, tuple[str, str]]
    """In the order of the legend."""
    themes: bool

    @classmethod
    def of(cls, concepts: Sequence[Concept], themes: Sequence[Community], colour: str, lang: str) -> _Look:
        if colour == "kind":
            kinds = [k for k in ConceptKind if any(c.kind is k for c in concepts)]
            groups = {k.value: (k.label(lang), KIND_COLOURS[list(ConceptKind).index(k)]) for k in kinds}
            return cls({c.id: c.kind.value for c in concepts}, groups, themes=False)
        of = themes_of(themes)
        colours = theme_colours(themes)
        shown = {of.get(c.id, "") for c in concepts}
        groups = {t.id: (t.title, colours[t.id]) for t in themes if t.id in shown and colours[t.id] != REST}
        group = {c.id: of.get(c.id, "") if of.get(c.id, "") in groups else "" for c in concepts}
        if "" in group.values():
            groups[""] = (say("other_themes", lang), REST)
        return cls(group, groups, themes=True)


def theme_colours(themes: Sequence[Community]) -> dict[str, str]:
    """Theme id → colour: the largest themes get one of their own."""
    largest = sorted(themes, key=lambda t: (-len(t.members), t.id))
    return {t.id: PALETTE[i] if i < len(PALETTE) else REST for i, t in enumerate(largest)}


def _regions(concepts: Sequence[Concept], positions: Positions, look: _Look) -> list[dict[str, Any]]:
    """A disc below each theme that has three concepts or more on the map, with the theme's title."""
    if not look.themes:
        return []
    members: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for c in concepts:
        members[look.group[c.id]].append(positions[c.id])
    regions = []
    for group, points in sorted(members.items()):
        if group and len(points) >= 3:
            x = (min(p[0] for p in points) + max(p[0] for p in points)) / 2
            y = (min(p[1] for p in points) + max(p[1] for p in points)) / 2
            r = max(((p[0] - x) ** 2 + (p[1] - y) ** 2) ** 0.5 for p in points) + 60.0
            title, colour = look.groups[group]
            regions.append({"title": title, "x": round(x, 1), "y": round(y, 1), "r": round(r, 1), "colour": colour})
    return regions


def _view(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    needs: Sequence[Prerequisite],
    positions: Positions,
    look: _Look,
    *,
    sizes: Mapping[str, float],
    regions: list[dict[str, Any]],
    mode: str,
    lang: str,
) -> MapView:
    """Hand concepts and edges to pyvis, which checks them and keeps them in the form that vis-network reads."""
    from pyvis.network import Network

    network = Network(directed=True, notebook=False, cdn_resources="in_line")
    for c in concepts:
        x, y = positions[c.id]
        network.add_node(
            c.id,
            label=_short(c.name, 40),
            x=x,
            y=y,
            physics=False,
            size=round(6.0 + 15.0 * c.salience + (6.0 if c.id == mode else 0.0), 1),
            colour=look.groups[look.group[c.id]][1],
            group=look.group[c.id],
            fontSize=sizes[c.id],
            kindName=c.kind.label(lang),
            says="" if c.definition is None else _short(c.definition.quote, SAYS),
            focus=c.id == mode,
        )
    for r in relations:
        symmetric = r.type.symmetric
        network.add_edge(
            r.head,
            r.tail,
            id="|".join(r.key),
            name=r.type.label(lang),
            symmetric=symmetric,
            needs=False,
            **_basis(r.basis, lang),
            **_said(shown_lines(r)),
        )
    for p in needs:
        words = say("relation.prerequisite_of", lang)
        network.add_edge(
            p.before,
            p.after,
            id="|".join(("needs", *p.key)),
            name=words,
            symmetric=False,
            needs=True,
            **_basis(p.basis, lang),
            **_said(shown_lines(p)),
        )
    nodes, edges, *_ = network.get_network_data()
    return MapView(
        nodes=[_without(node, "color", "shape") for node in nodes],
        edges=[_without(edge, "arrows") for edge in edges],
        legend=_legend(concepts, look),
        lines=_lines([*relations, *needs], lang),
        regions=regions,
        mode=mode,
        options=_options(),
    )


def _without(record: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """What pyvis made, without the colours and arrows that the browser sets by its own theme."""
    return {key: value for key, value in record.items() if key not in keys}


def _basis(basis: Basis, lang: str) -> dict[str, Any]:
    """Whether an edge is general knowledge, and the words that say so."""
    # Not called background: that is an option of vis-network, which then draws a broad band below the edge.
    known = basis is Basis.BACKGROUND
    return {"general": known, **({"note": basis_words(basis, lang)} if known else {})}


def _lines(edges: Sequence[Relation | Prerequisite], lang: str) -> list[dict[str, Any]]:
    """The entry of the legend for general knowledge, where any is drawn."""
    count = sum(edge.basis is Basis.BACKGROUND for edge in edges)
    return [{"name": say("general_knowledge", lang), "count": count}] if count else []


def _said(evidence: Sequence[Evidence]) -> dict[str, str]:
    return (
        {
            "says": _short(" … ".join(e.quote for e in evidence), SAYS),
            "place": " · ".join(place_text(e.doc, e.line) for e in evidence),
        }
        if evidence
        else {}
    )


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _legend(concepts: Sequence[Concept], look: _Look) -> list[dict[str, Any]]:
    counts = Counter(look.group[c.id] for c in concepts)
    return [
        {"group": g, "name": _short(name, 30), "colour": colour, "count": counts[g]}
        for g, (name, colour) in look.groups.items()
        if counts[g]
    ]


def _options() -> dict[str, Any]:
    """How vis-network behaves: nothing moves by itself, nothing loads from elsewhere."""
    return {
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False, "randomSeed": 7},
        "interaction": {
            "hover": True,
            "hoverConnectedEdges": False,
            "selectConnectedEdges": False,
            "dragNodes": True,
            "tooltipDelay": 120,
            "zoomSpeed": 0.6,
            "keyboard": {"enabled": True, "bindToWindow": False},
        },
        "edges": {
            "smooth": {"enabled": True, "type": "continuous", "roundness": 0.2},
            "selectionWidth": 0,
            "hoverWidth": 0.6,
        },
        "nodes": {"chosen": True, "scaling": {"label": {"enabled": False}}},
    }
