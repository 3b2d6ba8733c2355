"""Each store has the methods of the contract with the same parameters and defaults, and no public ones of its own."""

from __future__ import annotations

import inspect

import pytest

from graph.stores.contract import GraphStore
from graph.stores.memory import MemoryStore
from graph.stores.neo4j.store import Neo4jStore
from graph.stores.sqlite.store import SqliteStore

METHODS = {
    name: method
    for name, method in vars(GraphStore).items()
    if not name.startswith("_") and callable(inspect.unwrap(method))
}


def parameters(owner: type, name: str) -> list[tuple[str, object, object, str]]:
    """(name, kind, default, annotation) of each parameter."""
    found = inspect.signature(getattr(owner, name)).parameters.values()
    return [(p.name, p.kind, p.default, str(p.annotation)) for p in found]


@pytest.mark.parametrize("store", [MemoryStore, SqliteStore, Neo4jStore])
@pytest.mark.parametrize("name", sorted(METHODS))
def test_same_signature(store: type[GraphStore], name: str) -> None:
    assert parameters(store, name) == parameters(GraphStore, name)
    assert (
        inspect.signature(getattr(store, name)).return_annotation
        == inspect.signature(getattr(GraphStore, name)).return_annotation
    )


@pytest.mark.parametrize("store", [MemoryStore, SqliteStore, Neo4jStore])
def test_no_public_methods_of_its_own(store: type[GraphStore]) -> None:
    assert len(METHODS) >= 25
    own = (
        {name for name in vars(store) if not name.startswith("_")} - METHODS.keys() - {"hop_cost", "at"}
    )  # at() makes one
    assert own == set()


@pytest.mark.parametrize("store", [MemoryStore, SqliteStore, Neo4jStore])
def test_nothing_is_left_abstract(store: type[GraphStore]) -> None:
    assert not inspect.isabstract(store)
