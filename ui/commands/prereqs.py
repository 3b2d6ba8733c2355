"""The verb `prereqs`: what must be understood before a concept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from graph.model import Concept, Prerequisite
from graph.stores.address import GraphAddress
from queries.explore import Needed, prerequisite_layers
from ui import verbs
from ui.commands.common import opened
from ui.i18n import say, shown_lines, why
from ui.records import print_json
from ui.terminal import heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text


def show_prerequisites(
    name: str, graph: GraphAddress, *, tree: bool, as_json: bool, lang: str | None, background: bool = True
) -> None:
    """Show what a concept rests on, as layers from the ground up or as a tree from the concept down."""
    with opened(graph, lang=lang, background=background) as here:
        concept = here.store.concept(name)
        layers = prerequisite_layers(here.store, concept.id)
        if as_json:
            print_json(verbs.layers_record(concept, layers))
        elif not layers:
            show([styled((concept.name, "bold"), "  ", say("nothing_needed", here.lang))])
        elif tree:
            show(_tree(concept, layers, here.lang))
        else:
            show(_layers(concept, layers, here.lang))


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
                for evidence in shown_lines(edge):
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
