"""What the verbs on whole graphs in Neo4j share: the server that is meant, and the language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import SettingsError
from graph.stores.neo4j.address import Neo4jAddress, is_neo4j
from ui.settings import Settings, graph_in, with_login

if TYPE_CHECKING:
    from graph.stores.neo4j.connection import Neo4jLink


PATIENCE = 5.0
"""Seconds that `drop` waits for somebody who builds the graph."""


def language(lang: str | None, settings: Settings) -> str:
    """The language of the output: the one asked for, else that of the settings, else English."""
    return str(lang or settings.lang or "en")


@contextmanager
def server(store: str | None, settings: Settings) -> Iterator[Neo4jLink]:
    """The Neo4j that is meant: the one that was given, else the settings' store, else the one of the settings' graph.

    Raises:
        SettingsError: none was named.
        StoreError: it cannot be used.
    """
    url = store or settings.store or (settings.graph if settings.graph and is_neo4j(settings.graph) else None)
    if url is None:
        raise SettingsError(
            "Say which Neo4j: --store neo4j://HOST, or STUDYATLAS_STORE. (A graph in a file needs no list: it is that file.)"
        )
    graph_in(url, None)
    from graph.stores.neo4j.connection import Neo4jLink

    with closing(Neo4jLink.to(Neo4jAddress.parse(with_login(url, settings)))) as link:
        yield link


def needs_neo4j(target: str, notes: str) -> str:
    """What to do to ask a graph in a file with Cypher."""
    name = Path(notes).name if notes else "notes"
    return (
        f"Cypher needs the graph in Neo4j; {target} is a file. Start a Neo4j (NEO4J_PASSWORD=… docker compose up -d neo4j) and copy it:"
        f" studyatlas copy {target} 'neo4j://localhost:7687?graph={name}'"
    )
