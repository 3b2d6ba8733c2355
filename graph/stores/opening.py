"""From the address of a graph to the store that it is in."""

from __future__ import annotations

from pathlib import Path

from graph.errors import PublishError, StoreError
from graph.stores.address import FOLDER, FileAddress, GraphAddress, graph_to_read, graph_to_write
from graph.stores.contract import GraphStore
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.sqlite.file import check_writable
from graph.stores.sqlite.store import SqliteStore
from graph.stores.without_background import WithoutBackground


def open_store(target: str | Path | GraphAddress, *, background: bool = True) -> GraphStore:
    """The store of an existing graph.

    Args:
        target: an address, or what :func:`graph.stores.address.graph_to_read` makes one of.
        background: False: without the statements that only general knowledge makes, and then only for reading
            (:class:`graph.stores.without_background.WithoutBackground`).

    Raises:
        StoreError: there is no graph, or it cannot be reached.
        NotAGraph, NewerSchema: the file is not one that we can read.
    """
    address = graph_to_read(target) if isinstance(target, str | Path) else target
    store = _checked(SqliteStore(address.path) if isinstance(address, FileAddress) else _neo4j(address))
    return store if background else WithoutBackground(store)


def _checked(store: GraphStore) -> GraphStore:
    """``store`` itself, after a first read: what is not a graph is refused now, not by the first question."""
    try:
        store.info()
    except StoreError:
        store.close()
        raise
    return store


def write_store(target: str | Path | GraphAddress) -> GraphStore:
    """The store that a build will publish to, made sure of before the work begins.

    Args:
        target: an address, or what :func:`graph.stores.address.graph_to_write` makes one of. The folder of a file must
            exist; only ``.studyatlas`` is made where it is missing. An address of Neo4j must name the graph.

    Raises:
        PublishError: a graph cannot be stored there: no such folder, no permission, or a file that is not ours to
            overwrite.
        StoreError: the address cannot be used.
    """
    address = graph_to_write(target) if isinstance(target, str | Path) else target
    if isinstance(address, Neo4jAddress):
        if address.graph is None:
            raise StoreError(f"{address.shown} does not say which graph. Add its name: {address.shown}?graph=NAME")
        return _neo4j(address)
    path = address.path
    if path.parent.name == FOLDER and path.parent.parent.is_dir():
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as e:
            raise PublishError(f"Cannot store the graph in {path}: {e.strerror}.") from e
    check_writable(path)
    return SqliteStore(path)


def _neo4j(address: Neo4jAddress) -> GraphStore:
    """The store behind an address of Neo4j. Its module is imported here only: no graph in a file needs the driver.

    Raises:
        StoreError: the server cannot be used, or contains no or several graphs where none was named.
    """
    from graph.stores.neo4j.store import Neo4jStore

    return Neo4jStore.at(address)
