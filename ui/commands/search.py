"""The verb `search`: concepts and passages that contain some words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graph.model import Hit
from graph.stores.address import GraphAddress
from graph.stores.terms import index_terms, query_terms
from queries.explore import SearchResult, search
from ui import verbs
from ui.commands.common import opened
from ui.i18n import say
from ui.records import print_json
from ui.terminal import heading, show, styled

if TYPE_CHECKING:
    from rich.text import Text


def show_search(text: str, graph: GraphAddress, *, limit: int, as_json: bool, lang: str | None) -> None:
    """Show the concepts that are called like ``text`` and the passages that contain its words."""
    with opened(graph, lang=lang) as here:
        if as_json:
            print_json(verbs.found_by_words(here.store, text, limit=limit))
            return
        found = search(here.store, text, limit=limit)
        if found.concepts or found.passages:
            show(_found(text, found, here.lang))
        else:
            show([styled(say("no_hits", here.lang, text=text))])


def _found(text: str, found: SearchResult, lang: str) -> Iterator[Text]:
    if found.concepts:
        yield heading(say("concepts", lang))
        for concept in found.concepts:
            where = "" if concept.definition is None else f"  {concept.definition.quote}"
            yield styled("  ", (concept.name, "bold"), (f"  {concept.kind.label(lang)}", "dim"), where)
    if found.passages:
        yield heading(say("passages", lang))
        for hit in found.passages:
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
