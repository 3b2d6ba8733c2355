"""The verb `drop`: remove a graph from a Neo4j server."""

from __future__ import annotations

import os
import sys

import typer

from graph.errors import StoreError
from ui.commands.servers import PATIENCE, language, server
from ui.i18n import say
from ui.settings import Settings
from ui.terminal import console, styled


def drop_graph(graph: str, store: str | None, *, sure: bool, lang: str | None) -> None:
    """Remove one graph from a Neo4j database, after asking.

    Raises:
        StoreError: there is no such graph, or it is being built.
        typer.Abort: the answer was no.
    """
    from graph.stores.neo4j.builds import drop, graphs

    settings = Settings.from_environment(os.environ)
    chosen = language(lang, settings)
    with server(store, settings) as link:
        held = dict(graphs(link))
        if graph not in held:
            there = ", ".join(held) or "none"
            raise StoreError(f"{link.address.server} has no graph {graph!r}. It has: {there}.")
        question = say("drop_sure", chosen, graph=graph, where=link.address.server, concepts=held[graph].concepts)
        if not sure:
            typer.confirm(question, abort=True, err=True)
        drop(link, graph, patience=PATIENCE)
        console(sys.stderr).print(styled(say("dropped", chosen, graph=graph)))
