"""Concepts and what relates them as text that is drawn elsewhere: Mermaid for notes and wikis, DOT for Graphviz."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from graph.exchange.shared import colours_of, one_line, places_of, snapshot_of
from graph.model import Basis, Concept, GraphSnapshot, Prerequisite, Relation
from graph.stores.contract import GraphStore

_MERMAID_SPECIAL: Final = re.compile(r"[^\w ,./()'+:\-]|_|^[+\-]|(?<=\d)[.)](?= )", re.ASCII)
"""What Mermaid may take for its own syntax, for Markdown or for HTML in a label. Letters outside of ASCII are handled
by :func:`_label`."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """One line of a drawing."""

    tail: str
    """Id of the concept where it begins."""
    head: str
    label: str = ""
    dotted: bool = False
    """Whether only general knowledge says so, as on the map."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is drawn."""

    concepts: tuple[Concept, ...]
    arrows: tuple[Arrow, ...]
    goal: str | None = None
    """Id of the concept that is asked about, which is set off."""
    colours: Mapping[str, str] | None = None
    """Id → ``#rrggbb``."""
    places: Mapping[str, tuple[float, float]] | None = None
    """Id → (x, y) in map units, y down."""


def _relation(relation: Relation, lang: str) -> Arrow:
    return Arrow(relation.head, relation.tail, relation.type.label(lang), relation.basis is Basis.BACKGROUND)


def _prerequisite(edge: Prerequisite, label: str = "") -> Arrow:
    return Arrow(edge.before, edge.after, label, edge.basis is Basis.BACKGROUND)


def whole_diagram(graph: GraphStore | GraphSnapshot, *, lang: str = "en") -> Diagram:
    """All concepts, relations and prerequisites, with the colours and places of the map."""
    whole = snapshot_of(graph)
    before = {"zh": "先于"}.get(lang, "before")
    return Diagram(
        whole.concepts,
        (*(_relation(r, lang) for r in whole.relations), *(_prerequisite(p, before) for p in whole.prerequisites)),
        colours=colours_of(whole),
        places={concept: (place.x, place.y) for concept, place in places_of(whole).items()},
    )


def prerequisites_diagram(store: GraphStore, name: str) -> Diagram:
    """What must be understood before the concept that is called ``name``, directly and indirectly.

    Raises:
        NoSuchConcept: nothing is called so.
        AmbiguousConcept: several concepts are.
    """
    goal = store.concept(name)
    edges = store.prerequisite_closure(goal.id)
    ids = {goal.id, *(end for edge in edges for end in edge.key)}
    return Diagram(tuple(store.concepts(ids)), tuple(_prerequisite(e) for e in edges), goal=goal.id)


def path_diagram(store: GraphStore, start: str, end: str, *, max_hops: int = 4, limit: int = 3, lang: str) -> Diagram:
    """How two concepts are connected: the paths of :meth:`graph.stores.contract.GraphStore.paths` together.

    Raises:
        NoSuchConcept: nothing is called so.
        AmbiguousConcept: several concepts are.
        NoPath: they are not connected within ``max_hops``.
    """
    one, other = store.concept(start), store.concept(end)
    paths = store.paths(one.id, other.id, max_hops=max_hops, limit=limit)
    relations = {r.key: r for path in paths for r in path.relations}
    ids = list(dict.fromkeys(concept for path in paths for concept in path.concepts))
    found = {c.id: c for c in store.concepts(ids)}
    arrows = tuple(_relation(relations[key], lang) for key in sorted(relations))
    return Diagram(tuple(found[i] for i in ids), arrows, goal=other.id)


# ---- Mermaid -------------------------------------------------------------------------------------------------------


def to_mermaid(diagram: Diagram) -> str:
    """A Mermaid flow chart, ending in a line break. What only general knowledge says is dotted.

    Labels are in quotes, with the codes of Mermaid (``#34;``) for all that is syntax in a label: quotes, brackets,
    HTML, Markdown.
    """
    nodes = _nodes(diagram.concepts)
    lines = ["flowchart TD"]
    lines += [f'    {nodes[c.id]}["{_label(c.name)}"]' for c in diagram.concepts]
    for arrow in diagram.arrows:
        line = "-.->" if arrow.dotted else "-->"
        said = f'|"{_label(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {nodes[arrow.tail]} {line}{said} {nodes[arrow.head]}")
    if diagram.goal is not None:
        lines += ["    classDef goal stroke-width:3px", f"    class {nodes[diagram.goal]} goal"]
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    """``text`` on one line, for between the quotes of a Mermaid label; an empty one would be an error: a space."""
    written = "".join(
        part if not part.isascii() else _MERMAID_SPECIAL.sub(lambda found: f"#{ord(found[0])};", part)
        for part in re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]+", one_line(text))
    )
    return written or " "


def _nodes(concepts: Iterable[Concept]) -> dict[str, str]:
    """A name without special characters for each concept: ``n0``, ``n1`` and so on."""
    return {concept.id: f"n{number}" for number, concept in enumerate(concepts)}


# ---- DOT -----------------------------------------------------------------------------------------------------------


def to_dot(diagram: Diagram) -> str:
    """A directed graph in the language of Graphviz, ending in a line break.

    Draw it with ``dot``; with places, ``neato -n`` draws the map. What only general knowledge says is
    dotted.
    """
    nodes = _nodes(diagram.concepts)
    colours, places = diagram.colours or {}, diagram.places or {}
    lines = ["digraph studyatlas {", "  node [shape=box, style=rounded];"]
    for c in diagram.concepts:
        said = [f"label={_quoted(one_line(c.name))}", f"tooltip={_quoted(c.kind.value)}"]
        if c.id in colours:
            said.append(f'color="{colours[c.id]}"')
        if c.id in places:
            x, y = places[c.id]
            said.append(f'pos="{x:.1f},{0.0 - y:.1f}"')
        if c.id == diagram.goal:
            said.append("penwidth=3")
        lines.append(f"  {nodes[c.id]} [{', '.join(said)}];")
    for arrow in diagram.arrows:
        said = [f"label={_quoted(arrow.label)}"] if arrow.label else []
        said += ["style=dotted"] if arrow.dotted else []
        listed = f" [{', '.join(said)}]" if said else ""
        lines.append(f"  {nodes[arrow.tail]} -> {nodes[arrow.head]}{listed};")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    r"""A string of DOT. Graphviz reads ``\N`` and ``&amp;`` in labels, so that backslashes and ``&`` are escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{escaped}"'
