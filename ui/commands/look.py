"""Verbs that show what is in the graph: info, concept, search, themes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from graph.model import Basis, Community, Concept, GraphInfo, Hit, Prerequisite, Relation
from graph.stores.terms import index_terms, query_terms
from queries.explore import ConceptCard, concept_card, names_of
from ui.commands.common import Opened, by_document, opened
from ui.i18n import say, why
from ui.records import (
    community_record,
    concept_record,
    hit_record,
    info_record,
    mention_records,
    merge_record,
    prerequisite_record,
    print_json,
    relation_record,
)
from ui.terminal import console, heading, place, quoted, rows, show, styled

if TYPE_CHECKING:
    from rich.text import Text

LINES_SHOWN: Final = 12
"""Lines of one document that are listed before the rest is only counted."""


def show_info(graph: str | None, *, as_json: bool, lang: str | None) -> None:
    """Say what the graph holds."""
    with opened(graph, lang=lang) as here:
        info, documents = here.store.info(), here.store.documents()
        if as_json:
            print_json(info_record(info, graph=here.shown, documents=documents, skipped=here.store.skipped()))
            return
        out = console()
        show(_facts(here, info), to=out)
        header = [say("file", here.lang), say("n_lines", here.lang)]
        out.print(rows(header, ([d.id, str(d.lines)] for d in documents), right=[1]))


def _facts(here: Opened, info: GraphInfo) -> Iterator[Text]:
    counts = ("documents", "passages", "concepts", "relations", "prerequisites", "communities")
    facts = [("graph", here.shown), ("notes_folder", info.source), ("build", info.build)]
    facts += [(name, str(getattr(info, name))) for name in counts]
    facts += [("setting", f"{key}={value}") for key, value in sorted(info.settings.items())]
    for key, value in facts:
        yield styled((say(key, here.lang) + "  ", "bold"), value)


def show_concept(name: str, graph: str | None, *, as_json: bool, lang: str | None) -> None:
    """Show all that the graph knows about a concept."""
    with opened(graph, lang=lang) as here:
        card = concept_card(here.store, name)
        if as_json:
            print_json(card_record(card))
        else:
            show(_card(card, here.lang))


def card_record(card: ConceptCard) -> dict[str, object]:
    """``{concept…, "mentions", "relations", "prerequisites", "unlocks", "themes", "merges", "names"}``: see :mod:`ui.records`."""
    return {
        **concept_record(card.concept),
        "mentions": mention_records(card.concept),
        "relations": [relation_record(r) for group in card.relations for r in group.relations],
        "prerequisites": [prerequisite_record(p) for p in card.prerequisites],
        "unlocks": [prerequisite_record(p) for p in card.unlocks],
        "themes": [{"id": c.id, "level": c.level, "title": c.title} for c in card.themes],
        "merges": [merge_record(m) for m in card.merges],
        "names": dict(sorted(card.names.items())),
    }


def _card(card: ConceptCard, lang: str) -> Iterator[Text]:
    concept = card.concept
    yield styled(
        (concept.name, "bold"), f"  {concept.kind.label(lang)} · {say('salience', lang)} {concept.salience:.2f}"
    )
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
        for relation in group.relations:
            yield from relation_lines(relation, card.names, lang)
    for key, edges in (("needs", card.prerequisites), ("unlocks", card.unlocks)):
        if edges:
            yield heading(say(key, lang))
        for edge in edges:
            yield from edge_lines(edge, edge.before if key == "needs" else edge.after, card.names, lang)
    yield from _mention_lines(concept, lang)


def relation_lines(relation: Relation, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    """A relation in words, then the line of the notes that states it."""
    sure = f"  {relation.confidence:.2f}" + (f" {say('inferred', lang)}" if relation.basis is Basis.INFERRED else "")
    yield styled(
        "  ",
        (names[relation.head], "bold"),
        f" {relation.type.label(lang)} ",
        (names[relation.tail], "bold"),
        (sure, "dim"),
    )
    for evidence in relation.evidence[:1]:
        yield quoted(evidence, indent="      ")


def edge_lines(edge: Prerequisite, end: str, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    """The concept at one ``end`` of a prerequisite, why it is one, and the line that shows it."""
    yield styled("  ", (names[end], "bold"), (f"  {why(edge, names, lang)}", "dim"))
    for evidence in edge.evidence[:1]:
        yield quoted(evidence, indent="      ")


def _mention_lines(concept: Concept, lang: str) -> Iterator[Text]:
    places = by_document([(m.doc, m.line) for m in concept.mentions])
    if not places:
        return
    yield heading(f"{say('mentions', lang)} ({say('lines', lang, n=sum(map(len, places.values())))})")
    for doc, lines in places.items():
        rest = f" … {say('more', lang, n=len(lines) - LINES_SHOWN)}" if len(lines) > LINES_SHOWN else ""
        yield styled("  ", (doc, "cyan"), ":", ", ".join(map(str, lines[:LINES_SHOWN])), (rest, "dim"))


def show_search(text: str, graph: str | None, *, limit: int, as_json: bool, lang: str | None) -> None:
    """Show the concepts that are called like ``text`` and the passages that hold its words."""
    with opened(graph, lang=lang) as here:
        concepts, hits = _named_like(here, text, limit), here.store.search(text, limit=limit)
        if as_json:
            print_json(
                {
                    "text": text,
                    "concepts": [concept_record(c) for c in concepts],
                    "passages": [hit_record(h) for h in hits],
                }
            )
        elif concepts or hits:
            show(_found(text, concepts, hits, here.lang))
        else:
            show([styled(say("no_hits", here.lang, text=text))])


def _named_like(here: Opened, text: str, limit: int) -> list[Concept]:
    """Concepts that go by ``text``, then those whose names are most like it."""
    found = {c.id: c for c in here.store.concepts_named(text)}
    for name in here.store.nearest_names(text, limit=limit):
        found |= {c.id: c for c in here.store.concepts_named(name) if c.id not in found}
    return list(found.values())[:limit]


def _found(text: str, concepts: list[Concept], hits: list[Hit], lang: str) -> Iterator[Text]:
    if concepts:
        yield heading(say("concepts", lang))
        for concept in concepts:
            where = "" if concept.definition is None else f"  {concept.definition.quote}"
            yield styled("  ", (concept.name, "bold"), (f"  {concept.kind.label(lang)}", "dim"), where)
    if hits:
        yield heading(say("passages", lang))
        for hit in hits:
            line, words = best_line(hit, text)
            yield styled(
                "  ", (f"{hit.passage.doc}:{line}", "cyan"), "  ", (" › ".join(hit.passage.heading_path), "dim")
            )
            yield styled("      ", words)


def best_line(hit: Hit, text: str) -> tuple[int, str]:
    """The line of a found passage that holds most terms of ``text`` (the first of equals): its number and its words."""
    wanted = set(query_terms(text))
    lines = hit.passage.text.split("\n")
    best = max(range(len(lines)), key=lambda i: (len(wanted & set(index_terms(lines[i]))), -i))
    return hit.passage.first_line + best, lines[best].strip()


def show_themes(graph: str | None, *, level: int | None, as_json: bool, lang: str | None) -> None:
    """Show the themes with their summaries."""
    with opened(graph, lang=lang) as here:
        themes = here.store.communities(level)
        if as_json:
            print_json({"level": level, "communities": [community_record(c) for c in themes]})
        elif themes:
            show(line for theme in themes for line in _theme(theme, here))
        else:
            show([styled(say("no_themes", here.lang))])


def _theme(theme: Community, here: Opened) -> Iterator[Text]:
    indent = "  " * theme.level
    names = names_of(here.store, theme.members)
    yield styled(
        indent,
        (theme.title, "bold green"),
        (f"  {theme.id} · {say('n_concepts', here.lang, n=len(theme.members))}", "dim"),
    )
    if theme.summary:
        yield styled(indent, "  ", theme.summary)
    for number, evidence in enumerate(theme.evidence, start=1):
        yield styled(indent, "  ", (f"[{number}] {place(evidence)}", "cyan"))
    yield styled(indent, "  ", (" · ".join(names[i] for i in theme.members), "dim"))
