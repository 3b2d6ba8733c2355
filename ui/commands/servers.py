"""What the verbs on whole graphs in Neo4j share: the server that is meant, and the language."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from graph.stores.address import GraphAddress, server_of
from ui.settings import Settings

if TYPE_CHECKING:
    from graph.stores.neo4j.connection import Neo4jLink


PATIENCE = 5.0
"""Seconds that `drop` waits for somebody who builds the graph."""


def language(lang: str | None, settings: Settings) -> str:
    """The language of the output: the one asked for, else that of the settings, else English."""
    return str(lang or settings.lang or "en")


@contextmanager
def server(store: str | None, settings: Settings) -> Iterator[Neo4jLink]:
    """A connection to the Neo4j that is meant (:func:`graph.stores.address.server_of`).

    Raises:
        SettingsError: none was named.
        StoreError: it cannot be used.
    """
    address = server_of(store, defaults=settings.graphs)
    from graph.stores.neo4j.connection import Neo4jLink

    with closing(Neo4jLink.to(address)) as link:
        yield link


def needs_neo4j(graph: GraphAddress, notes: str) -> str:
    """What to do to ask a graph in a file with Cypher."""
    name = Path(notes).name if notes else "notes"
    return (
        f"Cypher needs the graph in Neo4j; {graph.shown} is a file. Start a Neo4j"
        " (STUDYATLAS_NEO4J_PASSWORD=… docker compose up -d neo4j) and copy it:"
        f" studyatlas copy {shlex.quote(graph.shown)} {shlex.quote(f'neo4j://localhost:7687?graph={quote(name)}')}"
    )
