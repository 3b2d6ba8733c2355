"""Every store that can be reached here, made fresh and empty for each test."""

from __future__ import annotations

import atexit
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path

import pytest

from graph.stores.contract import GraphStore
from graph.stores.memory import MemoryStore
from graph.stores.neo4j import builds as neo4j_builds
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.connection import Neo4jLink
from graph.stores.neo4j.store import Neo4jStore
from graph.stores.sqlite.store import SqliteStore
from tests.neo4j.server import CURRENT, LTS, NoServer, shared
from tests.requirements import missing

MakeStore = Callable[[Path], AbstractContextManager[GraphStore]]


@lru_cache
def neo4j_link(version: str) -> Neo4jLink:
    """One connection to the shared server of this version for all tests; closed when the tests end."""
    try:
        link = Neo4jLink.to(Neo4jAddress.parse(shared(version).address))
    except NoServer as error:
        missing(f"Neo4j {version}: {error}")
    atexit.register(link.close)
    return link


class SharedLinkStore(Neo4jStore):
    """A store that leaves its connection to the next test."""

    def close(self) -> None:
        """Close the store but not the link."""
        self._closed = True


@contextmanager
def neo4j_store(version: str, _folder: Path) -> Iterator[GraphStore]:
    """A graph of its own in the shared server of this version; nothing of it is left behind."""
    link = neo4j_link(version)
    graph = f"contract-{uuid.uuid4().hex}"
    with SharedLinkStore(link, graph) as store:
        yield store
    if graph in neo4j_builds.names(link):
        neo4j_builds.drop(link, graph, patience=5)


STORES: dict[str, MakeStore] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "graph.db"),
    "neo4j": partial(neo4j_store, LTS),
    "neo4j-current": partial(neo4j_store, CURRENT),
}

EXAMPLES = {"neo4j": 8, "neo4j-current": 3}
"""Examples of a property test that are enough for a server, which takes a quarter of a second for each."""


@pytest.fixture
def spent(request: pytest.FixtureRequest) -> Callable[[], bool]:
    """Says whether the property test has tried enough examples with this store."""
    left = EXAMPLES.get(request.node.callspec.params["make_store"], 10_000)

    def count() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    return count


KINDS = [pytest.param(name, marks=pytest.mark.neo4j) if name.startswith("neo4j") else name for name in sorted(STORES)]


@pytest.fixture(params=KINDS)
def make_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], GraphStore]]:
    """Makes as many empty stores of one kind as a test asks for; a property test asks for one for each example."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(STORES[request.param](tmp_path_factory.mktemp("store")))


@pytest.fixture
def store(make_store: Callable[[], GraphStore]) -> GraphStore:
    return make_store()


@pytest.fixture(scope="module", params=KINDS)
def kept_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    """An empty store of each kind, one for all tests that only read what the first of them has published."""
    with STORES[request.param](tmp_path_factory.mktemp("store")) as store:
        yield store


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the servers now, beside the tests that need none: a server takes fifteen seconds.

    Where several processes test, the first of them has those of one server (:mod:`tests.distribution`); the other
    server is started when its tests are.
    """
    process = os.environ.get("PYTEST_XDIST_WORKER")
    versions = {None: (LTS, CURRENT), "gw0": (LTS,)}.get(process, ())
    if not session.config.option.collectonly and any(item.get_closest_marker("neo4j") for item in session.items):
        threading.Thread(target=_start_servers, args=(versions,), daemon=True).start()


def _start_servers(versions: tuple[str, ...]) -> None:
    for version in versions:
        with suppress(NoServer):
            shared(version)
