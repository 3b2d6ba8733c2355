"""Concepts as rows of Neo4j; the contract tests write and read whole graphs on a server."""

from __future__ import annotations

from typing import Any

import pytest

from graph.model import Concept
from graph.stores.neo4j import cypher, rows
from tests.contract import small_graph as g


def read_back(concept: Concept, **changed: Any) -> Concept:
    """What is read of the row that is written for ``concept``, with other values for some of its properties."""
    (written,) = (row for row in rows.concepts(g.SMALL) if row[1] == concept.id)
    properties = dict(zip(("position", *cypher.COLUMNS["Concept"]), written, strict=True)) | changed
    returned = cypher.CONCEPTS.split("RETURN ")[1].split(", ")
    return rows.concept([properties[column.strip().removeprefix("c.")] for column in returned])


@pytest.mark.parametrize("concept", g.SMALL.concepts, ids=lambda c: c.id)
def test_a_concept_is_read_as_it_was_written(concept: Concept) -> None:
    assert read_back(concept) == concept


def test_of_one_that_has_no_confidence_salience_was_the_probability() -> None:
    older = read_back(g.lora, confidence=None)
    assert (older.salience, older.confidence) == (0.9, 0.9)
