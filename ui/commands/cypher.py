"""The verb `cypher`: a reading query to a Neo4j server."""

from __future__ import annotations

import sys

from graph.errors import InputError
from graph.stores.address import FileAddress, GraphAddress
from ui.commands.common import opened
from ui.commands.servers import needs_neo4j
from ui.i18n import say
from ui.records import print_json
from ui.terminal import console, rows, styled


def show_cypher(
    query: str, graph: GraphAddress, *, limit: int, seconds: float, as_json: bool, lang: str | None
) -> None:
    """Run a Cypher query that only reads, and print its rows.

    Raises:
        InputError: the graph is a file, or the query would write, is wrong, or took too long.
    """
    with opened(graph, lang=lang) as here:
        if isinstance(graph, FileAddress):
            raise InputError(needs_neo4j(graph, here.store.info().source))
        from graph.stores.neo4j.console import shown
        from graph.stores.neo4j.console_process import run_cypher
        from graph.stores.neo4j.store import Neo4jStore

        assert isinstance(here.store, Neo4jStore)  # noqa: S101  # for mypy: the address is one of Neo4j
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
