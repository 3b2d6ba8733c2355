"""Every store that can be reached here, made fresh and empty for each test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from graph.memory import MemoryStore
from graph.sqlite_store import SqliteStore
from graph.store import GraphStore
from tests.neo4j.server import CURRENT, LTS, NoServer, shared
from tests.requirements import missing

MakeStore = Callable[[Path], AbstractContextManager[GraphStore]]


@contextmanager
def neo4j_store(version: str, _folder: Path) -> Iterator[GraphStore]:
    """A graph of its own in the shared server of this version; nothing of it is left behind."""
    from graph import neo4j_builds
    from graph.neo4j_address import Neo4jAddress
    from graph.neo4j_link import Neo4jLink
    from graph.neo4j_store import Neo4jStore

    try:
        address = Neo4jAddress.parse(shared(version).address)
    except NoServer as error:
        missing(f"Neo4j {version}: {error}")
    graph = f"contract-{uuid.uuid4().hex}"
    with Neo4jStore.at(address.completed(graph=graph)) as store:
        yield store
    link = Neo4jLink.to(address)
    try:
        if graph in neo4j_builds.names(link):
            neo4j_builds.drop(link, graph, patience=5)
    finally:
        link.close()


STORES: dict[str, MakeStore] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "graph.db"),
    "neo4j": partial(neo4j_store, LTS),
    "neo4j-current": partial(neo4j_store, CURRENT),
}


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.neo4j) if name.startswith("neo4j") else name for name in sorted(STORES)])
def make_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], GraphStore]]:
    """Makes as many empty stores of one kind as a test asks for; a property test asks for one for each example."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(STORES[request.param](tmp_path_factory.mktemp("store")))


@pytest.fixture
def store(make_store: Callable[[], GraphStore]) -> GraphStore:
    return make_store()
