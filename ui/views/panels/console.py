"""A console for Cypher: people's own questions to a graph in Neo4j, answered as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import streamlit as st

from ui.i18n import say

if TYPE_CHECKING:
    from graph.stores.neo4j.console import ResultTable

EXAMPLES: Final[Mapping[str, str]] = {
    "console_around": "MATCH p = (c:Concept {build: $build})-[:IS_A|PART_OF|BASED_ON|USES]->(:Concept)\n"
    "WHERE c.name CONTAINS 'RAG'\nRETURN p LIMIT 40",
    "console_needed": "MATCH (c:Concept {build: $build})-[:PREREQUISITE_OF]->(d:Concept)\n"
    "RETURN c AS concept, count(d) AS unlocks ORDER BY unlocks DESC, c.name LIMIT 15",
    "console_quotes": "MATCH (a:Concept {build: $build})-[r:ADDRESSES]->(b:Concept)\n"
    "RETURN a.name, b.name, r.quotes[0] AS quote, r.docs[0] + ':' + r.lines[0] AS at\nORDER BY r.confidence DESC LIMIT "
    "20",
    "console_search": "CALL db.index.fulltext.queryNodes('studyatlas_text', 'LoRA') YIELD node, score\n"
    "WHERE node.build = $build\nRETURN node.id AS passage, score LIMIT 10",
}
"""Key of a description → query."""
LINES: Final = 4
TABLE_HEIGHT: Final = 300


def console_panel(query: str, *, rows: int, seconds: float, lang: str, key: str) -> str | None:
    """A box for a query, filled with ``query``, and examples to choose from; ``rows`` and ``seconds`` are its limits.

    Returns:
        The query that is to be run; None for none.
    """
    chosen = st.pills(
        say("console_examples", lang), list(EXAMPLES), format_func=lambda e: say(e, lang), key=f"{key}.example"
    )
    filled = EXAMPLES[chosen] if chosen is not None else query
    with st.form(f"{key}.form", border=False):
        text = st.text_area(
            say("console_query", lang),
            filled,
            height=30 * LINES,
            key=f"{key}.query.{chosen}",
            help=say("console_help", lang, rows=rows, seconds=f"{seconds:g}"),
        )
        asked = st.form_submit_button(say("console_run", lang), type="primary")
    return text if asked else None


def table_panel(table: ResultTable, *, lang: str, key: str) -> None:
    """The rows of a result, and whether there were more."""
    from graph.stores.neo4j.console import shown

    st.caption(say("console_more" if table.more else "console_rows", lang, n=len(table.rows)))
    if table.rows:
        columns = {
            f"{i + 1}. {name}" if table.columns.count(name) > 1 else name: i for i, name in enumerate(table.columns)
        }
        st.dataframe(
            {name: [shown(row[i], most=2000) for row in table.rows] for name, i in columns.items()},
            hide_index=True,
            height=TABLE_HEIGHT if len(table.rows) > 7 else "auto",
            key=f"{key}.table",
        )
