"""From what a person names (a file, a folder, an address) to the store that it means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from graph.errors import PublishError, StoreError
from graph.stores.contract import GraphStore
from graph.stores.neo4j.address import SCHEMES, Neo4jAddress
from graph.stores.sqlite.file import check_writable
from graph.stores.sqlite.store import SqliteStore

FOLDER: Final = ".studyatlas"
"""Where a folder of notes keeps its graph."""
FILE: Final = "graph.db"

_ADDRESS: Final = re.compile(r"([a-z][a-z0-9+.-]+)://.*", re.DOTALL | re.IGNORECASE)


def open_store(target: str | Path) -> GraphStore:
    """The store of an existing graph.

    Args:
        target: a graph file; a folder that holds ``.studyatlas/graph.db`` or ``graph.db`` (the first that is there);
            or an address of Neo4j (:mod:`graph.stores.neo4j.address`).

    Raises:
        StoreError: there is no graph, or it cannot be reached; NotAGraph, NewerSchema: the file is none that we can read.
    """
    if _is_address(target):
        return _checked(_neo4j(str(target)))
    path = Path(target)
    if path.is_dir():
        places = (path / FOLDER / FILE, path / FILE)
        path = next((place for place in places if place.exists()), places[0])
        if not path.exists():
            raise StoreError(f"There is no graph in {target}. Build one with: studyatlas build {target}")
    return _checked(SqliteStore(path))


def _checked(store: GraphStore) -> GraphStore:
    """``store`` itself, once it has said what it holds: what is no graph is refused now, not by the first question."""
    try:
        store.info()
    except StoreError:
        store.close()
        raise
    return store


def write_store(target: str | Path) -> GraphStore:
    """The store that a build will publish to, made sure of before the work begins.

    Args:
        target: the graph file, which need not be there yet; a folder of notes, whose graph goes to ``.studyatlas/graph.db``
            (that one folder is made); or an address of Neo4j with the graph's name (:mod:`graph.stores.neo4j.address`).

    Raises:
        PublishError: a graph cannot be stored there: no such folder, no permission, or a file that is not ours to overwrite.
        StoreError: the address cannot be used.
    """
    if _is_address(target):
        return _neo4j(str(target), to_write=True)
    path = Path(target)
    if path.is_dir():
        path = path / FOLDER / FILE
        try:
            path.parent.mkdir(exist_ok=True)
        except OSError as e:
            raise PublishError(f"Cannot store the graph in {path}: {e.strerror}.") from e
    check_writable(path)
    return SqliteStore(path)


def _is_address(target: str | Path) -> bool:
    """Whether ``target`` is an address.

    Raises:
        StoreError: it is one of a kind that no store answers to.
    """
    found = _ADDRESS.fullmatch(target) if isinstance(target, str) else None
    if found is None:
        return False
    if found[1].lower() not in SCHEMES:
        raise StoreError(
            f"No store answers to {found[1]}:// addresses. Give a file, a folder, or a neo4j:// or bolt:// address."
        )
    return True


def _neo4j(url: str, *, to_write: bool = False) -> GraphStore:
    """The store behind an address of Neo4j. Its module is imported here only: no graph in a file needs the driver.

    Raises:
        StoreError: the address or the server cannot be used, or does not say which graph.
    """
    address = Neo4jAddress.parse(url)
    if to_write and address.graph is None:
        raise StoreError(f"{address.shown} does not say which graph. Add its name: {address.shown}?graph=NAME")
    from graph.stores.neo4j.store import Neo4jStore

    return Neo4jStore.at(address)
