"""The queries of docs/neo4j.md.

Each runs on the example notes and returns what the table below it shows the shape of.
"""

from __future__ import annotations

import re

import pytest

from graph.model import GraphSnapshot
from graph.stores.neo4j.console import ResultTable, shown
from graph.stores.neo4j.console_process import run_cypher
from graph.stores.neo4j.store import Neo4jStore
from tests.places import ROOT

pytestmark = pytest.mark.neo4j

PAGE = ROOT / "docs" / "neo4j.md"
QUERY = re.compile(r"```cypher\n(.*?)```\n\n((?:\|[^\n]*\n)*)", re.DOTALL)


def as_table(table: ResultTable) -> str:
    """A result as Markdown writes it."""
    cells = [list(table.columns), ["---"] * len(table.columns), *([shown(cell) for cell in row] for row in table.rows)]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |\n" for row in cells)


def test_the_ten_queries(store: Neo4jStore, example_graph: GraphSnapshot, request: pytest.FixtureRequest) -> None:
    """Which rows there are depends on how well the notes are read today.

    ``make golden`` writes today's into the page.
    """
    store.publish(example_graph)
    text = PAGE.read_text(encoding="utf-8")
    found = QUERY.findall(text)
    assert len(found) == 10
    for query, table in found:
        result = run_cypher(store, query)
        assert result.rows, query
        if request.config.getoption("--renew-golden"):
            text = text.replace(f"```cypher\n{query}```\n\n{table}", f"```cypher\n{query}```\n\n{as_table(result)}")
        else:
            assert table, f"no output is shown below {query}; make golden writes it"
            assert table.splitlines()[0] == as_table(result).splitlines()[0]
            assert len(table.splitlines()) > 2
    if request.config.getoption("--renew-golden"):
        PAGE.write_text(text, encoding="utf-8")
