"""A graph as CSV files for ``neo4j-admin database import``: as large a graph as there is, without a running server.

The header of each file says what its columns are (``:ID``, ``:LABEL``, ``:START_ID``, ``:END_ID``, ``:TYPE``); see
https://neo4j.com/docs/operations-manual/current/import/. ``studyatlas copy`` writes to a running server instead, with
all that studyatlas itself needs; these files have the concepts, documents and statements for queries of your own.
"""

from __future__ import annotations

import re
from typing import Final

from graph.exchange.shared import PREREQUISITE, node_ids, one_line, snapshot_of, table, visible
from graph.model import Evidence, GraphSnapshot
from graph.stores.contract import GraphStore

LIST_SEPARATOR: Final = "␟"
"""Between the items of a list (``--array-delimiter=U+241F``); where an item has it, it becomes U+FFFD."""

_BREAK: Final = re.compile("[\t\r\n]")


def to_neo4j_tables(graph: GraphStore | GraphSnapshot) -> dict[str, str]:
    r"""The tables: text by file name, in the order in which the docs name them on the command line.

    Labels, types and names of properties are those of docs/neo4j.md. Every cell is one line, so that the importer needs
    no ``--multiline-fields``. A cell that a spreadsheet would take for a formula gets an apostrophe before it, as in
    the other tables.
    """
    whole = snapshot_of(graph)
    ids = _ids([c.id for c in whole.concepts])
    documents = _ids([d.id for d in whole.documents])
    return {
        "concepts.csv": table(
            (
                *("id:ID(Concept)", "name", "aliases:string[]", "kind", "salience:double", "confidence:double"),
                *("definition", "defined_in", "defined_at:int", ":LABEL"),
            ),
            (
                (
                    ids[c.id],
                    one_line(c.name),
                    _listed(c.aliases),
                    c.kind.value,
                    float(c.salience),
                    float(c.confidence),
                    one_line(c.definition.quote) if c.definition else "",
                    documents[c.definition.doc] if c.definition else "",
                    c.definition.line if c.definition else "",
                    "Concept",
                )
                for c in whole.concepts
            ),
        ),
        "documents.csv": table(
            ("id:ID(Document)", "title", "lines:int", "sha256", ":LABEL"),
            ((documents[d.id], one_line(d.title), d.lines, d.sha256, "Document") for d in whole.documents),
        ),
        "relations.csv": table(
            (":START_ID(Concept)", "confidence:double", "basis", *_EVIDENCE, ":END_ID(Concept)", ":TYPE"),
            (
                (
                    ids[r.head],
                    float(r.confidence),
                    one_line(r.said_by),
                    *_cells(r.evidence),
                    ids[r.tail],
                    r.type.value.upper(),
                )
                for r in whole.relations
            ),
        ),
        "prerequisites.csv": table(
            (":START_ID(Concept)", "confidence:double", "reasons:string[]", *_EVIDENCE, ":END_ID(Concept)", ":TYPE"),
            (
                (
                    ids[p.before],
                    float(p.confidence),
                    _listed(p.reasons),
                    *_cells(p.evidence),
                    ids[p.after],
                    PREREQUISITE.upper(),
                )
                for p in whole.prerequisites
            ),
        ),
        "mentions.csv": table(
            (":START_ID(Document)", "line:int", "form", ":END_ID(Concept)", ":TYPE"),
            (
                (documents[m.doc], m.line, one_line(m.form), ids[c.id], "MENTIONS")
                for c in whole.concepts
                for m in c.mentions
            ),
        ),
    }


_EVIDENCE: Final = ("docs:string[]", "lines:int[]", "quotes:string[]")


def _ids(ids: list[str]) -> dict[str, str]:
    """Ids on one line each, no two alike."""
    flat = {one: _BREAK.sub("\ufffd", shown) for one, shown in node_ids(ids).items()}
    taken: set[str] = set()
    for one in sorted(flat, key=lambda i: (flat[i] != i, i)):
        while flat[one] in taken:
            flat[one] += "\ufffd"
        taken.add(flat[one])
    return flat


def _cells(evidence: tuple[Evidence, ...]) -> tuple[str, str, str]:
    return (
        LIST_SEPARATOR.join(_BREAK.sub("\ufffd", visible(e.doc)).replace(LIST_SEPARATOR, "\ufffd") for e in evidence),
        LIST_SEPARATOR.join(str(e.line) for e in evidence),
        _listed(tuple(e.quote for e in evidence)),
    )


def _listed(items: tuple[str, ...]) -> str:
    return LIST_SEPARATOR.join(one_line(item).replace(LIST_SEPARATOR, "\ufffd") for item in items)
