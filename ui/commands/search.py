"""The verb `search`: concepts and passages that hold some words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graph.model import Concept, Hit
from graph.stores.terms import index_terms, query_terms
from ui.commands.common import Opened, opened
from ui.i18n import say
from ui.records import concept_record, hit_record, print_json
from ui.terminal import heading, show, styled

if TYPE_CHECKING:
    from rich.text import Text


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
    """The line of a found passage that has most terms of ``text`` (the first of equals): its number and its words."""
    wanted = set(query_terms(text))
    lines = [(number, line.text) for number, line in hit.passage.numbered_lines()]
    return max(lines, key=lambda line: (len(wanted & set(index_terms(line[1]))), -line[0]))
