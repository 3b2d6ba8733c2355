"""Verbs that walk the graph: path, prereqs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from graph.model import Concept, Prerequisite
from queries.explore import Connection, Needed, connections, prerequisite_layers
from ui.commands.common import opened
from ui.commands.look import relation_lines
from ui.i18n import say, why
from ui.records import concept_record, prerequisite_record, print_json, relation_record
from ui.terminal import heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text


def show_path(
    start: str, end: str, graph: str | None, *, max_hops: int, limit: int, as_json: bool, lang: str | None
) -> None:
    """Show how two concepts are connected.

    Raises:
        NoPath: they are not, within ``max_hops``.
    """
    with opened(graph, lang=lang) as here:
        found = connections(here.store, start, end, max_hops=max_hops, limit=limit)
        if as_json:
            print_json(
                {"start": start, "end": end, "max_hops": max_hops, "paths": [_connection_record(c) for c in found]}
            )
        else:
            show(line for number, c in enumerate(found, start=1) for line in _connection(number, c, here.lang))


def _connection_record(connection: Connection) -> dict[str, object]:
    path = connection.path
    return {
        "concepts": [
            {"id": concept, "name": name} for concept, name in zip(path.concepts, connection.names, strict=True)
        ],
        "relations": [relation_record(r) for r in path.relations],
    }


def _connection(number: int, connection: Connection, lang: str) -> Iterator[Text]:
    hops = connection.path.hops
    if not hops:
        yield styled(say("same_concept", lang))
        return
    names = dict(zip(connection.path.concepts, connection.names, strict=True))
    yield heading(say("one_hop" if hops == 1 else "hops", lang, n=number, hops=hops)) + styled(
        "  " + " → ".join(connection.names)
    )
    for relation in connection.path.relations:
        yield from relation_lines(relation, names, lang)


def show_prerequisites(name: str, graph: str | None, *, tree: bool, as_json: bool, lang: str | None) -> None:
    """Show what a concept rests on, as layers from the ground up or as a tree from the concept down."""
    with opened(graph, lang=lang) as here:
        concept = here.store.concept(name)
        layers = prerequisite_layers(here.store, concept.id)
        if as_json:
            print_json(_layers_record(concept, layers))
        elif not layers:
            show([styled((concept.name, "bold"), "  ", say("nothing_needed", here.lang))])
        elif tree:
            show(_tree(concept, layers, here.lang))
        else:
            show(_layers(concept, layers, here.lang))


def _layers_record(concept: Concept, layers: Sequence[Sequence[Needed]]) -> dict[str, object]:
    edges = {edge.key: edge for layer in layers for needed in layer for edge in needed.unlocks}
    return {
        "concept": concept_record(concept),
        "layers": [
            [{"id": n.concept.id, "name": n.concept.name, "kind": n.concept.kind.value} for n in layer]
            for layer in layers
        ],
        "prerequisites": [prerequisite_record(edges[key]) for key in sorted(edges)],
    }


def _names(concept: Concept, layers: Sequence[Sequence[Needed]]) -> dict[str, str]:
    return {concept.id: concept.name, **{n.concept.id: n.concept.name for layer in layers for n in layer}}


def _layers(concept: Concept, layers: Sequence[Sequence[Needed]], lang: str) -> Iterator[Text]:
    names = _names(concept, layers)
    for number, layer in enumerate(layers):
        yield heading(say("layer", lang, n=number))
        for needed in layer:
            yield styled("  ", (needed.concept.name, "bold"), (f"  {needed.concept.kind.label(lang)}", "dim"))
            for edge in needed.unlocks:
                yield styled("      → ", names[edge.after], (f"  {why(edge, names, lang)}", "dim"))
                for evidence in edge.evidence[:1]:
                    yield quoted(evidence, indent="          ")
    yield heading(f"{say('goal', lang)}: {concept.name}")


def _tree(concept: Concept, layers: Sequence[Sequence[Needed]], lang: str) -> Iterator[Text]:
    """The concept, below it what it rests on directly, and so on; what was shown before is only named again."""
    before: dict[str, list[Prerequisite]] = {}
    for layer in reversed(layers):  # what is nearest to the concept first
        for needed in layer:
            for edge in needed.unlocks:
                before.setdefault(edge.after, []).append(edge)
    names, seen = _names(concept, layers), {concept.id}
    yield styled((concept.name, "bold"))
    stack: list[tuple[str, Prerequisite, bool]] = _children("", before.get(concept.id, []))
    while stack:
        indent, edge, last = stack.pop()
        again = edge.before in seen and bool(before.get(edge.before))
        note = f"  {say('seen_above', lang)}" if again else ""
        branch = "└─ " if last else "├─ "
        yield styled(
            indent + branch, (names[edge.before], "bold"), (f"  {why(edge, names, lang, most=1)}{note}", "dim")
        )
        if edge.before not in seen:
            seen.add(edge.before)
            stack += _children(indent + ("   " if last else "│  "), before.get(edge.before, []))


def _children(indent: str, edges: Sequence[Prerequisite]) -> list[tuple[str, Prerequisite, bool]]:
    """Entries of the stack for the branches below one concept, the first to be shown on top."""
    return [(indent, edge, edge is edges[-1]) for edge in reversed(edges)]
