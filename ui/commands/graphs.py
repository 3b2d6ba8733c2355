"""The verbs that handle whole graphs in Neo4j: `graphs`, `drop`, `copy`, `cypher`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from graph.errors import InputError, SettingsError, StoreError
from graph.stores.neo4j.address import Neo4jAddress, is_neo4j
from graph.stores.opening import FILE, FOLDER, open_store, write_store
from ui.commands.common import opened
from ui.i18n import say
from ui.records import print_json
from ui.settings import Settings, graph_in, graph_target, is_url, masked, with_login
from ui.terminal import console, rows, styled

if TYPE_CHECKING:
    from graph.stores.neo4j.connection import Neo4jLink

PATIENCE = 5.0
"""Seconds that `drop` waits for somebody who builds the graph."""


def _lang(lang: str | None, settings: Settings) -> str:
    return str(lang or settings.lang or "en")


@contextmanager
def _server(store: str | None, settings: Settings) -> Iterator[Neo4jLink]:
    """The Neo4j that is meant: the one that was given, else the settings' store, else the one of the settings' graph.

    Raises:
        SettingsError: none was named.
        StoreError: it cannot be used.
    """
    url = store or settings.store or (settings.graph if settings.graph and is_neo4j(settings.graph) else None)
    if url is None:
        raise SettingsError(
            "Say which Neo4j: --store neo4j://HOST, or STUDYATLAS_STORE. (A graph in a file needs no list: it is that file.)"
        )
    graph_in(url, None)
    from graph.stores.neo4j.connection import Neo4jLink

    with closing(Neo4jLink.to(Neo4jAddress.parse(with_login(url, settings)))) as link:
        yield link


def show_graphs(store: str | None, *, as_json: bool, lang: str | None) -> None:
    """List the graphs of a Neo4j database."""
    from graph.stores.neo4j.builds import graphs

    settings = Settings.from_environment(os.environ)
    with _server(store, settings) as link:
        found, where = graphs(link), link.address.server
    if as_json:
        print_json(
            {
                "store": where,
                "graphs": [
                    {
                        "graph": name,
                        "build": info.build,
                        "source": info.source,
                        "counts": {
                            what: getattr(info, what)
                            for what in (
                                "documents",
                                "passages",
                                "concepts",
                                "relations",
                                "prerequisites",
                                "communities",
                            )
                        },
                    }
                    for name, info in found
                ],
            }
        )
        return
    chosen = _lang(lang, settings)
    if not found:
        console().print(styled(say("no_graphs", chosen, where=where)))
        return
    header = [say(key, chosen) for key in ("graph", "documents", "concepts", "relations", "notes_folder")]
    body = [[name, str(i.documents), str(i.concepts), str(i.relations), i.source] for name, i in found]
    console().print(rows(header, body, right=[1, 2, 3]))


def drop_graph(graph: str, store: str | None, *, sure: bool, lang: str | None) -> None:
    """Remove one graph from a Neo4j database, after asking.

    Raises:
        StoreError: there is no such graph, or it is being built.
        typer.Abort: the answer was no.
    """
    from graph.stores.neo4j.builds import drop, graphs

    settings = Settings.from_environment(os.environ)
    chosen = _lang(lang, settings)
    with _server(store, settings) as link:
        held = dict(graphs(link))
        if graph not in held:
            there = ", ".join(held) or "none"
            raise StoreError(f"{link.address.server} holds no graph {graph!r}. There is: {there}.")
        question = say("drop_sure", chosen, graph=graph, where=link.address.server, concepts=held[graph].concepts)
        if not sure:
            typer.confirm(question, abort=True, err=True)
        drop(link, graph, patience=PATIENCE)
        console(sys.stderr).print(styled(say("dropped", chosen, graph=graph)))


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
        console(sys.stderr).print(styled(say("built", _lang(lang, settings), path=masked(goal))))


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


def show_cypher(query: str, graph: str | None, *, limit: int, seconds: float, as_json: bool, lang: str | None) -> None:
    """Run a Cypher query that only reads, and print its rows.

    Raises:
        InputError: the graph is a file, or the query would write, is wrong, or took too long.
    """
    with opened(graph, lang=lang) as here:
        if not is_neo4j(here.target):
            raise InputError(needs_neo4j(here.target, here.store.info().source))
        from graph.stores.neo4j.console import run_cypher, shown
        from graph.stores.neo4j.store import Neo4jStore

        assert isinstance(here.store, Neo4jStore)  # noqa: S101  # for mypy: the target is an address
        table = run_cypher(here.store, query, limit=limit, seconds=seconds)
        if as_json:
            records = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            print_json(
                {"columns": list(table.columns), "rows": records, "more": table.more, "concepts": list(table.concepts)}
            )
            return
        console().print(rows(table.columns, [[shown(cell) for cell in row] for row in table.rows]))
        if table.more:
            console(sys.stderr).print(styled(say("cypher_more", here.lang, n=limit)))


def needs_neo4j(target: str, notes: str) -> str:
    """What to do to ask a graph in a file with Cypher."""
    name = Path(notes).name if notes else "notes"
    return (
        f"Cypher needs the graph in Neo4j; {target} is a file. Start a Neo4j (NEO4J_PASSWORD=… docker compose up -d neo4j) and copy it:"
        f" studyatlas copy {target} 'neo4j://localhost:7687?graph={name}'"
    )
