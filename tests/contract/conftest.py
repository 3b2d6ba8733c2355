"""Every store that can be reached here, made fresh and empty for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from graph.memory import MemoryStore
from graph.sqlite_store import SqliteStore
from graph.store import GraphStore

STORES: dict[str, Callable[[Path], GraphStore]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "graph.db"),
}


@pytest.fixture(params=sorted(STORES))
def make_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], GraphStore]]:
    """Makes as many empty stores of one kind as a test asks for; a property test asks for one for each example."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(STORES[request.param](tmp_path_factory.mktemp("store")))


@pytest.fixture
def store(make_store: Callable[[], GraphStore]) -> GraphStore:
    return make_store()
