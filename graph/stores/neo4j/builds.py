"""Which builds of a graph there are in Neo4j: who may write one, and which ones can go.

Everything that a transaction of ours does it says in its metadata, and `SHOW TRANSACTIONS` tells it to all: so a
publisher sees who else builds this graph, and who reads it. The server drops the transactions of a client that dies, so
nothing of this outlives its process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from neo4j import Transaction

from graph.errors import PublishError, StoreError
from graph.model import GraphInfo
from graph.stores.neo4j import cypher
from graph.stores.neo4j.connection import Neo4jLink, alone, begin, one, rows
from graph.stores.neo4j.read import info_of

POLL_SECONDS: Final = 0.2
"""How often a publisher that waits looks again."""
DYING_SECONDS: Final = 10.0
"""How long to wait for the last statement of a killed build to end."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A graph that only we may publish to now."""

    earlier: str | None
    """The build that readers read; None where there is none."""
    alive: Callable[[], None]
    """Raises where the lock was lost."""
    flip: Callable[[], None]
    """Makes the new build the current one, and ends the lock."""


@contextmanager
def locked(link: Neo4jLink, graph: str, build: str, *, patience: float) -> Iterator[Lock]:
    """Hold ``graph`` for one publish.

    By a transaction that has the graph's node locked until the new build is made current.

    A killed process loses its connection, the server ends its transaction, and the lock is gone with it.

    Raises:
        PublishError: somebody else builds this graph, and after ``patience`` seconds still does.
        StoreError: the server cannot be reached, or ended the transaction.
    """
    with link.session(write=True) as session, begin(session, "publish", graph, build) as tx:
        _wait_for_others(tx, graph, build, patience)
        found = one(tx, cypher.LOCK, graph=graph, build=build)

        def alive() -> None:
            tx.run(cypher.STILL_THERE).consume()

        def flip() -> None:
            tx.run(cypher.FLIP, graph=graph, build=build).consume()
            tx.commit()

        yield Lock(None if found is None else found["build"], alive, flip)


def _wait_for_others(tx: Transaction, graph: str, build: str, patience: float) -> None:
    """Return when no other publisher of this graph was there before us."""
    until = time.monotonic() + patience
    while True:
        publishers = [t for t in _transactions(tx, graph) if t["role"] == "publish"]
        mine = next((t for t in publishers if t["build"] == build), None)
        before = [t for t in publishers if t["build"] != build and (mine is None or _place(t) < _place(mine))]
        if not before:
            return
        if time.monotonic() >= until:
            first = min(before, key=_place)
            raise PublishError(
                f"The graph {graph!r} is being built by {first['user'] or 'somebody else'} since "
                f"{str(first['time'])[:19]}"
                f" (transaction {first['id']}). Wait until it is done, or build under another name."
            )
        time.sleep(POLL_SECONDS)


def _place(transaction: dict[str, Any]) -> tuple[int, str]:
    return int(transaction["since"]), str(transaction["id"])


def _transactions(tx: Transaction, graph: str) -> list[dict[str, Any]]:
    """Our transactions on ``graph``, by whomever."""
    return tx.run(cypher.TRANSACTIONS, graph=graph).data()


def retire(link: Neo4jLink, build: str) -> int | None:
    """Note that readers who begin from now on read another build than this one.

    When that was, in milliseconds since 1970.

    None where the build is gone: anybody may have swept it since it was looked up.
    """
    with link.session(write=True) as session, begin(session, "stage", "", "") as tx:
        found = list(rows(tx, cypher.RETIRE, build=build))
        tx.commit()
        return int(found[0][0]) if found else None


def sweep_retired(link: Neo4jLink, graph: str) -> None:
    """Remove the builds of ``graph`` that have been replaced and that no open transaction may be reading.

    Anybody may call this.
    """
    for build in _builds(link, graph, keep=()):
        if build["retired"] is not None and not _read_since(link, graph, build["retired"]):
            remove_build(link, graph, build["build"])


def sweep(link: Neo4jLink, graph: str, *, keep: Collection[str]) -> None:
    """Remove all builds of ``graph`` but those to ``keep``.

    What killed builds have left, and what nobody reads any more.

    Only who holds the lock may call this. A build that was published and may be read by an open transaction stays until
    the next sweep.
    """
    others = _builds(link, graph, keep=keep)
    for build in others:
        if build["published"]:
            retire(link, build["build"])  # its publisher may have died before it did
        else:
            _wait_until_dead(link, graph, build["build"])
            remove_build(link, graph, build["build"])
    if others:
        sweep_retired(link, graph)


def _builds(link: Neo4jLink, graph: str, *, keep: Collection[str]) -> list[dict[str, Any]]:
    with link.reading("") as tx:
        return tx.run(cypher.OTHER_BUILDS, graph=graph, keep=sorted(keep)).data()


def _read_since(link: Neo4jLink, graph: str, retired: int) -> bool:
    """Whether a transaction on ``graph`` began before ``retired`` (milliseconds since 1970, by the server's clock)."""
    with link.reading("") as tx:
        return any(t["role"] == "read" and t["since"] <= retired for t in _transactions(tx, graph))


def _wait_until_dead(link: Neo4jLink, graph: str, build: str) -> None:
    """Return when no transaction writes ``build`` any more.

    The last one of a killed process may take a moment to end.
    """
    until = time.monotonic() + DYING_SECONDS
    while time.monotonic() < until:
        with link.reading("") as tx:
            if not any(t["role"] == "stage" and t["build"] == build for t in _transactions(tx, graph)):
                return
        time.sleep(POLL_SECONDS)


def remove_build(link: Neo4jLink, graph: str, build: str) -> None:
    """Remove every relationship and node of ``build``, its own last, so that what is interrupted is found again.

    Raises:
        StoreError: the server did not do it, or not to the end.
    """
    with link.session(write=True) as session:
        while session.run(alone(cypher.REMOVE_LINKS, graph, ""), build=build).single(strict=True)["removed"]:
            pass
        session.run(alone(cypher.REMOVE_BUILD, graph, ""), build=build).consume()
        session.run(alone(cypher.REMOVE_BUILD_NODE, graph, ""), build=build).consume()


def names(link: Neo4jLink) -> list[str]:
    """Names of the graphs of the database, in order."""
    with link.reading("") as tx:
        return [name for (name,) in rows(tx, cypher.GRAPH_NAMES)]


def the_only(link: Neo4jLink) -> str:
    """The name of the only graph of the database.

    Raises:
        StoreError: there is none, or there are several; the message names them.
    """
    found = names(link)
    if len(found) == 1:
        return found[0]
    where = f"Neo4j at {link.address.server}"
    if not found:
        raise StoreError(
            f"{where} has no studyatlas graph. Build one with: studyatlas build FOLDER --store {link.address.server}"
        )
    raise StoreError(f"{where} has {len(found)} graphs. Choose one with --graph NAME: {', '.join(found)}.")


def drop(link: Neo4jLink, graph: str, *, patience: float) -> None:
    """Remove ``graph`` with all its builds, and nothing else.

    Raises:
        StoreError: there is no such graph, or somebody builds it just now.
    """
    if graph not in names(link):
        raise StoreError(
            f"Neo4j at {link.address.server} has no graph {graph!r}. It has: {', '.join(names(link)) or 'none'}."
        )
    link.make_ready()
    with link.session(write=True) as session, begin(session, "publish", graph, "drop") as tx:
        _wait_for_others(tx, graph, "drop", patience)
        rows(tx, cypher.LOCK, graph=graph, build="drop")
        rows(tx, cypher.REMOVE_GRAPH, graph=graph)
        tx.commit()
    for build in _builds(link, graph, keep=()):
        remove_build(link, graph, build["build"])


def graphs(link: Neo4jLink) -> list[tuple[str, GraphInfo]]:
    """(name, what it contains) of the graphs of the database, by name."""
    with link.reading("") as tx:
        return [(name, info_of(build)) for name, build in rows(tx, cypher.GRAPHS)]
