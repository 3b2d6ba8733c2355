r"""People's own Cypher: read-only, with limits of rows, of bytes and of time.

Four things keep it from writing. The words of the query are looked at, for a clear answer; the server explains the
query, and neither its kind nor any operator or procedure of its plan may write; the session is one for reading, in
which the server refuses to write; and the transaction is rolled back. The words are looked at as they are written:
Cypher replaces ``\u0041`` by ``A`` before it reads anything, so a query that contains such an escape is refused.

What keeps it from lasting is in :mod:`graph.stores.neo4j.console_process`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from neo4j import Transaction
from neo4j.exceptions import ClientError, Neo4jError
from neo4j.graph import Node, Path, Relationship

from graph.errors import InputError, StoreError
from graph.stores.neo4j.connection import Neo4jLink
from graph.stores.neo4j.rows import loaded

ROWS: Final = 200
SECONDS: Final = 10.0
BYTES: Final = 4 * 10**6
"""Bytes of a result at most, as JSON: more rows are left out, and one row that is larger is refused."""
FETCHED: Final = 20
"""Rows that the server sends at once: those that are left out should not be waited for."""
CONCEPTS: Final = 150
"""Concepts of a result that a map is drawn of, at most."""
BEGINNINGS: Final = frozenset({"MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL"})
PROCEDURES: Final = (
    "db.index.fulltext.query",
    "db.index.vector.query",
    "db.labels",
    "db.relationshiptypes",
    "db.propertykeys",
    "db.schema.",
)
"""Beginnings of the names of procedures that may be called."""
FUNCTIONS: Final = (
    *("date.", "datetime.", "duration.", "localdatetime.", "localtime.", "point.", "time."),
    *("vector.similarity.", "db.namefromelementid", "graph.names", "graph.propertiesbyname", "graph.byname"),
)
"""Beginnings of the names of functions with a dot that may be called: Cypher's own. Others are plug-ins, which may do
anything."""
HIDDEN: Final = frozenset({"concept_vector", "passage_vector", "mentions", "data", "key"})
"""Properties that are not for people."""

_NOT_CODE: Final = re.compile(
    r"'(?:\\.|[^'\\])*'"
    r'|"(?:\\.|[^"\\])*"'
    r"|`(?:[^`]|``)*`"
    r"|//[^\n]*"
    r"|/\*.*?\*/",
    re.DOTALL,
)
_WRITES: Final = re.compile(
    r"(?<![\w.:$|])(CREATE|MERGE|INSERT|SET|DELETE|DETACH|REMOVE|DROP|FOREACH|ALTER|GRANT|DENY|REVOKE|TERMINATE|SHOW"
    r"|USE|LOAD\s+CSV"
    r"|IN\s+(?:\d+\s+|\$\w+\s+)?(?:CONCURRENT\s+)?TRANSACTIONS)(?![\w:(])",
    re.IGNORECASE,
)
_CALLED: Final = re.compile(r"(?<![\w.:$])CALL\s+([\w.`]+)", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\[uU][0-9A-Fa-f]{4}")
_STRINGS: Final = re.compile(_NOT_CODE.pattern.replace(r"|`(?:[^`]|``)*`", ""), re.DOTALL)
_QUOTED: Final = re.compile(r"`(?:[^`]|``)*`")
_FUNCTION: Final = re.compile(r"(?<![\w`.])[\w`]+(?:\s*\.\s*[\w`]+)+(?=\s*\()")
_FORBIDDEN_OPERATORS: Final = re.compile(
    r"(Create|Merge(?!Join)|Delete|DetachDelete|Set(?!Operator)|Remove|Foreach|TransactionForeach|TransactionApply"
    r"|LoadCSV|Terminate|Show|Drop|Alter|Grant|Deny|Revoke)"
)


@dataclass(frozen=True, slots=True)
class ResultTable:
    """What a query returned."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    """Plain values: text, numbers, lists, dictionaries; nodes and relationships are dictionaries with ``labels`` or
    ``type``."""
    more: bool
    """Whether the query had more rows than were asked for."""
    concepts: tuple[str, ...]
    """Ids of the concepts of this graph among the results, in the order in which they come, each once."""


def run_here(link: Neo4jLink, graph: str, query: str, *, limit: int, seconds: float) -> ResultTable:
    """Run a query in this process: nothing but the server limits the time, and nothing the memory.

    Raises:
        InputError: it would write, is no Cypher, took too long or returns too much; the message says which.
        StoreError: the server cannot be read.
    """
    refuse_writing(query)
    with link.reading(graph, timeout=seconds, fetch_size=FETCHED) as tx:
        found = tx.run(_BUILD, graph=graph).single()
        if found is None:
            raise StoreError(f"There is no graph {graph!r} at {link.address.server}.")
        values = {"graph": graph, "build": found["build"]}
        try:
            _refuse_by_plan(tx, query, values)
            result = tx.run(query, values)
            columns = tuple(result.keys())
            taken: list[tuple[Any, ...]] = []
            plain: list[tuple[Any, ...]] = []
            more = False
            room = BYTES
            for record in result:
                row = tuple(plain_value(cell) for cell in record.values())
                room -= len(json.dumps(row, ensure_ascii=False))
                if len(taken) == limit or (room < 0 and taken):
                    more = True
                    break
                if room < 0:
                    raise InputError(too_large())
                taken.append(tuple(record.values()))
                plain.append(row)
            concepts = _concepts_in(taken, build=found["build"], tx=tx)
        except Neo4jError as error:
            raise InputError(_said(error, seconds)) from error
        return ResultTable(columns, tuple(plain), more, concepts)


def too_long(seconds: float) -> str:
    """What is said of a query that took longer."""
    return f"The query took longer than {seconds:g} seconds and was stopped. Add LIMIT, or begin at one concept."


def too_large() -> str:
    """What is said of a query that returns too much."""
    return (
        f"The query returns more than {BYTES // 10**6} MB in one row and was stopped. Return less: a property instead "
        f"of a list, or count(…)."
    )


_BUILD: Final = "MATCH (g:StudyAtlas {key: 'graph:' + $graph}) RETURN g.build AS build"
_ENDS: Final = """
MATCH (n:StudyAtlas:Concept) WHERE elementId(n) IN $ids AND n.build = $build RETURN elementId(n) AS at, n.id AS id
"""


def refuse_writing(query: str) -> None:
    """Return if the words of ``query`` are those of one that only reads.

    Raises:
        InputError: they are not; the message names the first.
    """
    if found := _ESCAPE.search(query):
        raise InputError(
            f"Write the character itself instead of {found[0]}: escapes of this kind are not allowed here."
        )
    code = _NOT_CODE.sub(" ", query)
    first = re.search(r"\w+", code)
    if first is None:
        raise InputError("There is no query. For example: MATCH (c:Concept {build: $build}) RETURN c.name LIMIT 5")
    if found := _WRITES.search(code):
        raise InputError(f"{' '.join(found[1].upper().split())} is not allowed here: queries may only read.")
    if first[0].upper() not in BEGINNINGS:
        raise InputError(
            f"A query that reads does not begin with {first[0]}, but with MATCH, OPTIONAL MATCH, WITH, UNWIND, CALL or "
            f"RETURN."
        )
    for called in _CALLED.findall(code):
        if not called.lower().replace("`", "").startswith(PROCEDURES):
            raise InputError(
                f"The procedure {called} may not be called here; full-text and vector queries and db.schema may."
            )
    for called in _FUNCTION.findall(_QUOTED.sub("`", _STRINGS.sub(" ", query))):
        name = "".join(called.split())
        if not name.lower().startswith((*FUNCTIONS, *PROCEDURES)):
            raise InputError(f"The function {name} may not be called here; those of Cypher itself may.")


def _refuse_by_plan(tx: Transaction, query: str, values: Mapping[str, object]) -> None:
    """Return if the server says that ``query`` only reads.

    Raises:
        InputError: it would write, or read what is not the database's.
    """
    summary = tx.run("EXPLAIN " + query, dict(values)).consume()
    for operator, details in _operators(summary.plan or {}):
        if _FORBIDDEN_OPERATORS.match(operator):
            raise InputError(f"This query would do {operator}; queries may only read.")
        if operator.startswith("ProcedureCall"):
            called = details.partition("(")[0].strip()
            if not called.lower().replace("`", "").startswith(PROCEDURES):
                raise InputError(f"The procedure {called} may not be called here.")
    if summary.query_type != "r":
        raise InputError("This query would write; queries may only read.")


def _operators(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names of all operators of a plan, without the database's, and their details."""
    yield (
        str(plan.get("operatorType", "")).partition("@")[0],
        str(plan.get("args", plan.get("arguments", {})).get("Details", "")),
    )
    for child in plan.get("children", ()):
        yield from _operators(child)


def _said(error: Neo4jError, seconds: float) -> str:
    message = (error.message or str(error)).strip()
    code = error.code or ""
    if "TransactionTimedOut" in code or "Terminated" in code:
        return too_long(seconds)
    if "MemoryPool" in code or "OutOfMemory" in code:
        return too_large()
    if "AccessMode" in code:
        return "This query would write; queries may only read."
    return f"Neo4j cannot run this: {message}" if isinstance(error, ClientError) else f"Neo4j failed: {message}"


def _concepts_in(table: Sequence[Sequence[Any]], *, build: str, tx: Transaction) -> tuple[str, ...]:
    """Ids of the concepts that the values hold.

    Of relationships, those at their ends, which come without their properties.
    """
    nodes = list(dict.fromkeys(n.element_id for row in table for cell in row for n in _nodes(cell)))
    known = {row["at"]: row["id"] for row in tx.run(_ENDS, ids=nodes, build=build)} if nodes else {}
    return tuple(loaded(known[n]) for n in nodes if n in known)[:CONCEPTS]


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, Relationship):
        yield from (n for n in value.nodes if n is not None)
    elif isinstance(value, Path):
        yield from value.nodes
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _nodes(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _nodes(item)


def plain_value(value: Any) -> Any:
    """``value`` as JSON can represent it; what is not for people is left out of nodes."""
    if isinstance(value, str):
        return loaded(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Node):
        labels = sorted(label for label in value.labels if label != "StudyAtlas")
        return {"labels": labels, **{k: plain_value(v) for k, v in sorted(value.items()) if k not in HIDDEN}}
    if isinstance(value, Path):
        return [plain_value(step) for pair in zip(value.nodes, value.relationships, strict=False) for step in pair] + [
            plain_value(value.end_node)
        ]
    if isinstance(value, Relationship):
        return {"type": value.type, **{k: plain_value(v) for k, v in sorted(value.items())}}
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return {str(k): plain_value(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    return str(value)


def shown(value: Any, *, most: int = 120) -> str:
    """A value of a :class:`ResultTable` in a cell: nodes by their names, relationships by their types."""
    if isinstance(value, dict) and "labels" in value:
        text = f"({value.get('name') or value.get('title') or value.get('id') or ':'.join(value['labels'])})"
    elif isinstance(value, dict) and "type" in value:
        text = f"[{value['type']}]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{k}: {shown(v)}" for k, v in value.items()) + "}"
    elif isinstance(value, list):
        text = ("-" if _is_path(value) else ", ").join(shown(v) for v in value)
    elif isinstance(value, float):
        text = f"{value:.6g}"
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _is_path(value: list[Any]) -> bool:
    return len(value) > 2 and len(value) % 2 == 1 and isinstance(value[1], dict) and "type" in value[1]
