"""Where a new graph goes: a file, or a graph in Neo4j by its name."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from graph.errors import InputError, SettingsError, StoreError
from graph.stores.contract import GraphStore
from graph.stores.neo4j.address import Neo4jAddress
from ui.settings import Settings, graph_in, with_login


def build_target(
    folder: Path, *, output: Path | None, store: str | None, graph: str | None, settings: Settings
) -> Path | str:
    """Where the graph of ``folder`` goes: a path, or the address of Neo4j with the graph's name, which is the folder's if none is given.

    Raises:
        SettingsError: the options do not go together.
        StoreError: the store is no address.
    """
    if output is not None and (store is not None or graph is not None):
        raise SettingsError("Give either --output FILE, or --store URL with --graph NAME.")
    wanted = store or (None if output is not None else settings.store)
    if wanted is None:
        if graph is not None:
            raise SettingsError("--graph NAME is for --store URL; a graph in a file is named by --output FILE.")
        return output or (folder if folder.is_dir() else folder.parent)
    target = graph_in(wanted, graph)
    if target is None:
        raise SettingsError("No store was given.")
    address = Neo4jAddress.parse(target).completed(
        graph=folder.resolve().stem if folder.is_file() else folder.resolve().name
    )
    return with_login(address.url, settings)


def refuse_other_notes(store: GraphStore, folder: Path) -> None:
    """Return if the graph that would be replaced was built from ``folder``, or there is none.

    The name was not given but taken from the folder, and two people may each have a folder called notes.

    Raises:
        InputError: it was built from another folder.
    """
    earlier = ""
    with suppress(StoreError):  # there is none yet
        earlier = store.info().source
    mine = folder.resolve() if folder.is_dir() else folder.resolve().parent
    if earlier and Path(earlier) != mine:
        name = folder.resolve().name
        raise InputError(
            f"The graph {name!r} in this store was built from {earlier}. To replace it give --graph {name}, else another name."
        )
