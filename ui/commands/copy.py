"""The verb `copy`: a graph from one store to another."""

from __future__ import annotations

import os
import sys
from contextlib import closing

from graph.errors import InputError
from graph.stores.address import FileAddress, GraphAddress, copied_graph, existing_graph, same_graph
from graph.stores.opening import open_store, write_store
from queries.retrieval.line_index import line_index
from ui.commands.servers import language
from ui.i18n import say
from ui.records import print_json
from ui.settings import Settings
from ui.terminal import console, styled


def copy_graph(source: str, target: str, *, replace: bool, as_json: bool, lang: str | None) -> None:
    """Copy a graph from one store to another, with everything that it contains.

    Raises:
        InputError: both are the same, or there is a graph at the goal and ``replace`` was not given.
        StoreError: a store cannot be read or written; the goal is as it was.
    """
    settings = Settings.from_environment(os.environ)
    start = existing_graph(source, defaults=settings.graphs)
    with open_store(start) as here:
        goal = copied_graph(target, start, here.info().source, defaults=settings.graphs)
        if same_graph(start, goal):
            raise InputError(f"{start.shown} cannot be copied onto itself.")
        if not replace and _holds_a_graph(goal):
            raise InputError(f"There is a graph at {goal.shown} already. Give --replace to replace it.")
        snapshot = here.snapshot()
    with write_store(goal) as there:
        info = there.publish(snapshot, index=line_index(snapshot))
    if as_json:
        print_json(
            {
                "source": start.shown,
                "graph": goal.shown,
                "build": info.build,
                "concepts": info.concepts,
                "relations": info.relations,
            }
        )
    else:
        console(sys.stderr).print(styled(say("built", language(lang, settings), path=goal.shown)))


def _holds_a_graph(goal: GraphAddress) -> bool:
    if isinstance(goal, FileAddress):
        return goal.path.exists() and goal.path.stat().st_size > 0
    from graph.stores.neo4j.builds import names
    from graph.stores.neo4j.connection import Neo4jLink

    with closing(Neo4jLink.to(goal)) as link:
        return goal.graph in names(link)
