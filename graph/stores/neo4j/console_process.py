"""One query of the console in a process of its own, so that it can be ended whatever it does.

A transaction's time limit is looked at by the server between its steps: ``RETURN range(1, 100000000)`` is one step, and
the driver then reads gigabytes that nobody asked it to stop reading. A process can be killed, which closes the
connection, and with it the server ends the transaction; and its memory can be limited.

``python -m graph.stores.neo4j.console_process`` reads a request from its standard input and writes to its standard
output ``ready`` when it is connected, then the answer, both JSON. The login is nowhere in its command line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import asdict
from typing import IO, Any, Final

from graph.errors import InputError, StoreError, StudyatlasError
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.connection import Neo4jLink
from graph.stores.neo4j.console import ROWS, SECONDS, ResultTable, refuse_writing, run_here, too_large, too_long
from graph.stores.neo4j.store import Neo4jStore

MEMORY: Final = 1 << 30
"""Bytes that the process may use, where the system can limit them (not on Windows)."""
START_SECONDS: Final = 60.0
"""How long the process may take to be connected."""
GRACE: Final = 0.5
"""Seconds after which the process is killed, from the end of the query's time on: the server itself may be as quick."""
_READY: Final = b"ready\n"
_KINDS: Final[dict[str, type[StudyatlasError]]] = {"input": InputError, "store": StoreError}


def run_cypher(store: Neo4jStore, query: str, *, limit: int = ROWS, seconds: float = SECONDS) -> ResultTable:
    """Run a query that only reads, in a process of its own, which is ended when its time is over.

    It may use the parameters ``$graph``, the graph's name, and ``$build``, its current build.

    Args:
        store: the graph.
        query: Cypher.
        limit: rows at most.
        seconds: time at most, without the time to start and to connect.

    Raises:
        InputError: it would write, is no Cypher, took too long or returns too much; the message says which.
        StoreError: the server cannot be read.
    """
    refuse_writing(query)
    return _run_apart(store.link.address, store.graph, query, limit=limit, seconds=seconds)


def _run_apart(address: Neo4jAddress, graph: str, query: str, *, limit: int, seconds: float) -> ResultTable:
    """Run a query in a process of its own, and end both when its time is over.

    Raises:
        InputError: see :func:`run_cypher`.
        StoreError: the server cannot be read.
    """
    request = {"address": asdict(address), "graph": graph, "query": query, "limit": limit, "seconds": seconds}
    process = subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        assert process.stdin is not None  # noqa: S101  for mypy
        assert process.stdout is not None  # noqa: S101
        killer = _kill_after(process, START_SECONDS)
        process.stdin.write(json.dumps(request).encode())
        process.stdin.close()
        began = process.stdout.readline()
        killer.cancel()
        if began != _READY:
            return _answer(began, too_long(START_SECONDS))
        killer = _kill_after(process, seconds + GRACE)
        answer = process.stdout.read()
        killer.cancel()
    return _answer(answer, too_long(seconds) if process.returncode < 0 else too_large())


def _kill_after(process: subprocess.Popen[bytes], seconds: float) -> threading.Timer:
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    return timer


def _answer(text: bytes, otherwise: str) -> ResultTable:
    """The table that the process wrote.

    Raises:
        InputError: it wrote nothing, for the reason ``otherwise``, or the error that it had.
        StoreError: the error that it had.
    """
    if not text.strip():
        raise InputError(otherwise)
    try:
        found = json.loads(text)
    except ValueError as error:  # it was stopped while it wrote
        raise InputError(otherwise) from error
    if "error" in found:
        raise _KINDS[found["error"]](found["message"])
    rows = tuple(tuple(row) for row in found["rows"])
    return ResultTable(tuple(found["columns"]), rows, found["more"], tuple(found["concepts"]))


def main(request: IO[bytes], answers: IO[bytes]) -> None:
    """Answer one request."""
    asked = json.loads(request.read())
    try:
        with closing(Neo4jLink.to(Neo4jAddress(**asked["address"]))) as link:
            answers.write(_READY)
            answers.flush()
            table = run_here(link, asked["graph"], asked["query"], limit=asked["limit"], seconds=asked["seconds"])
            found: dict[str, Any] = asdict(table)
    except InputError as error:
        found = {"error": "input", "message": str(error)}
    except StoreError as error:
        found = {"error": "store", "message": str(error)}
    except MemoryError:
        found = {"error": "input", "message": too_large()}
    answers.write(json.dumps(found).encode())
    answers.flush()


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    _limit_memory()
    main(sys.stdin.buffer, sys.stdout.buffer)
