"""The verb `copy`: a graph from one store to another."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import InputError
from graph.stores.neo4j.address import Neo4jAddress, is_neo4j
from graph.stores.opening import FILE, FOLDER, open_store, write_store
from ui.i18n import say
from ui.records import print_json
from ui.settings import Settings, graph_target, is_url, masked, with_login
from ui.terminal import console, styled

if TYPE_CHECKING:
    pass
from ui.commands.servers import language


def copy_graph(source: str, target: str, *, replace: bool, as_json: bool, lang: str | None) -> None:
    """Copy a graph from one store to another, with everything that it holds.

    Raises:
        InputError: both are the same, or there is a graph at the goal and ``replace`` was not given.
        StoreError: a store cannot be read or written; the goal is as it was.
    """
    settings = Settings.from_environment(os.environ)
    start = graph_target(source, settings, here=Path())
    with open_store(start) as here:
        goal = _goal(target, start, here.info().source, settings)
        if _same(start, goal):
            raise InputError(f"{masked(start)} cannot be copied onto itself.")
        if not replace and _holds_a_graph(goal):
            raise InputError(f"There is a graph at {masked(goal)} already. Give --replace to replace it.")
        snapshot = here.snapshot()
    with write_store(goal) as there:
        info = there.publish(snapshot)
    if as_json:
        print_json(
            {
                "source": masked(start),
                "graph": masked(goal),
                "build": info.build,
                "concepts": info.concepts,
                "relations": info.relations,
            }
        )
    else:
        console(sys.stderr).print(styled(say("built", language(lang, settings), path=masked(goal))))


def _goal(target: str, start: str, notes: str, settings: Settings) -> str:
    """Where a copy goes: ``target``, with the name of the graph that is copied where an address of Neo4j names none."""
    if not is_url(target):
        path = Path(target)
        return str(path / FOLDER / FILE) if path.is_dir() else target
    if not is_neo4j(target):
        return target  # which opening refuses, in its own words
    name = (
        (Neo4jAddress.parse(start).graph if is_neo4j(start) else None)
        or (Path(notes).name if notes else None)
        or Path(start).stem
    )
    return with_login(Neo4jAddress.parse(target).completed(graph=name).url, settings)


def _same(one: str, other: str) -> bool:
    if is_neo4j(one) and is_neo4j(other):
        a, b = Neo4jAddress.parse(one), Neo4jAddress.parse(other)
        return (a.server, a.database, a.graph) == (b.server, b.database, b.graph)
    return not is_url(one) and not is_url(other) and Path(one).resolve() == Path(other).resolve()


def _holds_a_graph(goal: str) -> bool:
    if not is_url(goal):
        return Path(goal).exists() and Path(goal).stat().st_size > 0
    from graph.stores.neo4j.builds import names
    from graph.stores.neo4j.connection import Neo4jLink

    address = Neo4jAddress.parse(goal)
    with closing(Neo4jLink.to(address)) as link:
        return address.graph in names(link)
