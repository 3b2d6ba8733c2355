"""Which graph is meant. What a person names (file, folder, address, name in a store) becomes a :data:`GraphAddress`.

This is decided here and nowhere else. What was given takes precedence over the :class:`GraphDefaults`, which ``ui``
reads from the environment, and those over the current folder. Nothing is opened here; only file names are looked at.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from graph.errors import SettingsError, StoreError
from graph.stores.masking import MASK, masked
from graph.stores.neo4j.address import SCHEMES, Neo4jAddress, checked_name

FOLDER: Final = ".studyatlas"
"""Where a folder of notes keeps its graph."""
FILE: Final = "graph.db"
PLACES: Final = (Path(FOLDER) / FILE, Path(FILE))
"""Where a folder may have a graph; the first that is there is meant."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+")


@dataclass(frozen=True, slots=True)
class FileAddress:
    """A graph in a file, which need not be there yet."""

    path: Path

    @property
    def shown(self) -> str:
        """The path, as it was given."""
        return str(self.path)


GraphAddress: TypeAlias = FileAddress | Neo4jAddress
"""Where a graph is. ``shown`` is its text for people, without a password; two that are equal are one graph."""


@dataclass(frozen=True, slots=True, repr=False)
class GraphDefaults:
    """What is meant where nothing else is given. As text it never shows a password."""

    graph: str | None = None
    """File, folder, address, or with ``store`` the name of the graph; None: look in the current folder."""
    store: str | None = None
    """Address of a Neo4j in which graphs are looked for by name; None: graphs are files."""
    user: str | None = None
    password: str | None = None
    database: str | None = None
    """For addresses of Neo4j that leave them open."""

    def __repr__(self) -> str:
        graph, store = (None if given is None else masked(given) for given in (self.graph, self.store))
        password = None if self.password is None else MASK
        return (
            f"GraphDefaults(graph={graph!r}, store={store!r}, user={self.user!r}, password={password!r},"
            f" database={self.database!r})"
        )

    def login(self, address: Neo4jAddress) -> Neo4jAddress:
        """``address`` with the user, password and database that it leaves open."""
        return address.completed(user=self.user, password=self.password, database=self.database)


NO_DEFAULTS: Final = GraphDefaults()


# ---- one text ------------------------------------------------------------------------------------------------------


def graph_to_read(target: str | Path, *, defaults: GraphDefaults = NO_DEFAULTS) -> GraphAddress:
    """The graph that ``target`` names: a file, a folder with a graph (:data:`PLACES`), or an address of Neo4j.

    Raises:
        StoreError: it is an address that no store answers to, or there is no graph in the folder or at the path.
    """
    address = _address(target)
    if address is not None:
        return defaults.login(address)
    path = Path(target)
    if _is_folder(path):
        return _in_folder(path, f"studyatlas build {path}")
    if not _exists(path):
        raise StoreError(f"There is no graph at {path}. Build one with: studyatlas build FOLDER -o {path}")
    return FileAddress(path)


def graph_to_write(target: str | Path, *, defaults: GraphDefaults = NO_DEFAULTS) -> GraphAddress:
    """Where to store a graph: the file ``target``, ``.studyatlas/graph.db`` in that folder, or an address of Neo4j.

    Raises:
        StoreError: it is an address that no store answers to.
    """
    address = _address(target)
    if address is not None:
        return defaults.login(address)
    path = Path(target)
    return FileAddress(path / PLACES[0] if _is_folder(path) else path)


def same_graph(one: GraphAddress, other: GraphAddress) -> bool:
    """Whether two addresses lead to one graph, whoever asks and however the path is written."""
    if isinstance(one, Neo4jAddress) and isinstance(other, Neo4jAddress):
        return (one.server, one.database, one.graph) == (other.server, other.database, other.graph)
    if isinstance(one, FileAddress) and isinstance(other, FileAddress):
        return one.path.resolve() == other.path.resolve()
    return False


def _address(target: str | Path) -> Neo4jAddress | None:
    """``target`` as an address; None where it is a path.

    Raises:
        StoreError: it is an address of a kind that no store answers to, or looks like one that was mistyped.
    """
    if isinstance(target, Path):
        return None
    scheme, found, _ = target.partition("://")
    if not found:
        if masked(target) != target and not _exists(Path(target)):
            raise StoreError(f"{masked(target)} looks like an address without its scheme. Write neo4j://USER@HOST.")
        return None
    if scheme.lower() in SCHEMES:
        return Neo4jAddress.parse(target)
    if _SCHEME.fullmatch(scheme):
        raise StoreError(
            f"No store answers to {scheme}:// addresses. Give a file, a folder, or a neo4j:// or bolt:// address."
        )
    raise StoreError(f"{masked(target)} is not an address. It should look like neo4j://HOST?graph=NAME.")


def _in_folder(folder: Path, command: str) -> FileAddress:
    """The graph of a folder; ``command`` is what builds one.

    Raises:
        StoreError: there is none; the message says where one was looked for.
    """
    for place in PLACES:
        if (folder / place).is_file():
            return FileAddress(folder / place)
    places = " nor ".join(map(str, PLACES))
    raise StoreError(f"There is no graph in {folder.absolute()} (neither {places}). Build one with: {command}")


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112  Path.is_dir raises where a name is too long


def _exists(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110  likewise


# ---- what was given, and the defaults ------------------------------------------------------------------------------


def existing_graph(
    given: str | None,
    *,
    store: str | None = None,
    defaults: GraphDefaults = NO_DEFAULTS,
    here: Path = Path(),
) -> GraphAddress:
    """The graph to read: the one that was given, else that of the defaults, else that of the folder ``here``.

    Args:
        given: file, folder or address; with a ``store``, the name of a graph there. With only a default store, an
            address or a path that exists keeps its meaning, and anything else is a name.
        store: address of a Neo4j.
        defaults: what is meant where these leave something open.
        here: where to look if nothing was given at all.

    Raises:
        SettingsError: the store is not the address of a Neo4j, or both say which graph.
        StoreError: there is no such file; the message says what was looked for and how to build one.
    """
    if store is not None:
        return defaults.login(_graph_in(store, given))
    target = given or defaults.graph
    if defaults.store is not None and (target is None or (_is_name(target) and not _exists(Path(target)))):
        return defaults.login(_graph_in(defaults.store, target))
    if target is not None:
        return graph_to_read(target, defaults=defaults)
    return _in_folder(here, "studyatlas build FOLDER")


def new_graph(
    notes: Path,
    *,
    output: str | Path | None,
    store: str | None,
    graph: str | None,
    defaults: GraphDefaults = NO_DEFAULTS,
) -> GraphAddress:
    """Where to store the graph of ``notes``: in ``output``, or in a store, else in the notes' own folder.

    Args:
        notes: the folder, or the one file, that is built.
        output: a file or a folder.
        store: address of a Neo4j; None: that of the defaults, unless there is an ``output``.
        graph: the graph's name in the store; None: the name of the folder.
        defaults: the store and the login where these are not given.

    Raises:
        SettingsError: these do not go together.
        StoreError: the store is not an address, or a graph cannot be called so.
    """
    if output is not None and (store is not None or graph is not None):
        raise SettingsError("Give either --output FILE, or --store URL with --graph NAME.")
    if isinstance(output, str) and "://" in output:
        raise SettingsError(
            f"--output is a file, and {masked(output)} is an address."
            " For a graph in Neo4j give --store URL --graph NAME."
        )
    wanted = store or (None if output is not None else defaults.store)
    if wanted is not None:
        address = defaults.login(_graph_in(wanted, graph))
        whole = notes.resolve()
        return (
            address
            if address.graph
            else address.completed(graph=checked_name(whole.stem if whole.is_file() else whole.name))
        )
    if graph is not None:
        raise SettingsError("--graph NAME is for --store URL; a graph in a file is named by --output FILE.")
    return graph_to_write(output or (notes if notes.is_dir() else notes.parent))


def copied_graph(
    target: str, source: GraphAddress, notes: str, *, defaults: GraphDefaults = NO_DEFAULTS
) -> GraphAddress:
    """Where to store a copy of ``source`` that is to go to ``target``.

    An address that names no graph is given a name: that of the graph that is copied, else of the folder of ``notes``
    that it was built from (empty: unknown), else of its file.

    Raises:
        StoreError: ``target`` is an address that no store answers to.
    """
    goal = graph_to_write(target, defaults=defaults)
    if isinstance(goal, FileAddress) or goal.graph:
        return goal
    if isinstance(source, Neo4jAddress):
        return goal.completed(graph=source.graph or checked_name(Path(notes).name))
    return goal.completed(graph=checked_name(Path(notes).name or source.path.stem))


def server_of(store: str | None, *, defaults: GraphDefaults = NO_DEFAULTS) -> Neo4jAddress:
    """The Neo4j that is meant: the one that was given, else the default store, else the one of the default graph.

    Raises:
        SettingsError: none was named, or it is not the address of a Neo4j.
        StoreError: the address cannot be read.
    """
    graph = defaults.graph if defaults.graph is not None and _is_neo4j(defaults.graph) else None
    url = store or defaults.store or graph
    if url is None:
        raise SettingsError(
            "Say which Neo4j: --store neo4j://HOST, or STUDYATLAS_STORE."
            " (A graph in a file needs no list: it is that file.)"
        )
    return defaults.login(_graph_in(url, None))


def _graph_in(store: str, graph: str | None) -> Neo4jAddress:
    """The graph called ``graph`` in ``store``; None: the one that the store's address names, if it does.

    Raises:
        SettingsError: the store is not the address of a Neo4j, or both say which graph.
    """
    if not _is_neo4j(store):
        raise SettingsError(
            f"{masked(store)!r} is not the address of a Neo4j server (neo4j://HOST)."
            " For a graph in a file give only --graph FILE."
        )
    address = Neo4jAddress.parse(store)
    if graph is None:
        return address
    if not _is_name(graph):
        raise SettingsError("Both --store and --graph are addresses; with --store, --graph is the name of a graph.")
    if address.graph not in (None, graph):
        raise SettingsError(f"The address of the store names the graph {address.graph!r}, and --graph names {graph!r}.")
    return address.completed(graph=checked_name(graph))


def _is_neo4j(text: str) -> bool:
    scheme, found, _ = text.partition("://")
    return bool(found) and scheme.lower() in SCHEMES


def _is_name(text: str) -> bool:
    """Whether ``text`` may be the name of a graph in a store, and is not an address, not even a mistyped one."""
    return "://" not in text and masked(text) == text
