"""The verb `concept`: all that the notes say about one concept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from graph.model import Concept, Prerequisite, Relation, RelationType
from graph.stores.address import GraphAddress
from queries.explore import ConceptCard, RelationGroup, concept_card
from ui import verbs
from ui.commands.common import by_document, opened
from ui.i18n import basis_words, importance, say, shown_lines, why
from ui.records import print_json
from ui.terminal import heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text


LINES_SHOWN: Final = 12
"""Lines of one document that are listed before the rest is only counted."""


def show_concept(name: str, graph: GraphAddress, *, as_json: bool, lang: str | None, background: bool = True) -> None:
    """Show all that the graph knows about a concept."""
    with opened(graph, lang=lang, background=background) as here:
        if as_json:
            print_json(verbs.concept_card(here.store, name))
        else:
            show(_card(concept_card(here.store, name), here.lang))


def _card(card: ConceptCard, lang: str) -> Iterator[Text]:
    concept = card.concept
    yield styled((concept.name, "bold"), f"  {concept.kind.label(lang)} · {importance(concept, lang)}")
    if concept.aliases:
        yield styled((say("aliases", lang) + "  ", "bold"), " · ".join(concept.aliases))
    if card.themes:
        yield styled((say("themes", lang) + "  ", "bold"), " › ".join(c.title for c in card.themes))
    yield heading(say("definition", lang))
    yield (
        styled("  ", say("no_definition", lang))
        if concept.definition is None
        else quoted(concept.definition, indent="  ")
    )
    if card.relations:
        yield heading(say("relations", lang))
    for group in card.relations:
        if group.type is RelationType.RELATED_TO:
            yield _untyped_line(group, card, lang)
            continue
        for relation in group.relations:
            yield from relation_lines(relation, card.names, lang)
    for key, edges in (("needs", card.prerequisites), ("unlocks", card.unlocks)):
        if edges:
            yield heading(say(key, lang))
        for edge in edges:
            yield from edge_lines(edge, edge.before if key == "needs" else edge.after, card.names, lang)
    yield from _mention_lines(concept, lang)


def _untyped_line(group: RelationGroup, card: ConceptCard, lang: str) -> Text:
    """The concepts that the notes relate without saying how, in one line."""
    others = (r.tail if r.head == card.concept.id else r.head for r in group.relations)
    return styled("  ", (group.type.label(lang) + "  ", "dim"), " · ".join(card.names[i] for i in others))


def relation_lines(relation: Relation, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    """A relation in words, then the line of the notes that states it, or that only names both ends."""
    sure = f"  {relation.confidence:.2f} {basis_words(relation.basis, lang)}".rstrip()
    yield styled(
        "  ",
        (names[relation.head], "bold"),
        f" {relation.type.label(lang)} ",
        (names[relation.tail], "bold"),
        (sure, "dim"),
    )
    for evidence in shown_lines(relation):
        yield quoted(evidence, indent="      ")


def edge_lines(edge: Prerequisite, end: str, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    """The concept at one ``end`` of a prerequisite, why it is one, and the line that shows it."""
    yield styled("  ", (names[end], "bold"), (f"  {why(edge, names, lang)}", "dim"))
    for evidence in shown_lines(edge):
        yield quoted(evidence, indent="      ")


def _mention_lines(concept: Concept, lang: str) -> Iterator[Text]:
    places = by_document([(m.doc, m.line) for m in concept.mentions])
    if not places:
        return
    yield heading(f"{say('mentions', lang)} ({say('lines', lang, n=sum(map(len, places.values())))})")
    for doc, lines in places.items():
        rest = f" … {say('more', lang, n=len(lines) - LINES_SHOWN)}" if len(lines) > LINES_SHOWN else ""
        yield styled("  ", (doc, "cyan"), ":", ", ".join(map(str, lines[:LINES_SHOWN])), (rest, "dim"))
