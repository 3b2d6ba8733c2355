"""What a server answers from its indexes, and graphs that an earlier version has written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.synthetic import synthetic
from graph.errors import NewerSchema
from graph.stores.memory import MemoryStore
from graph.stores.neo4j import read as neo4j_read
from graph.stores.neo4j import store as neo4j_store
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.connection import Neo4jLink
from graph.stores.neo4j.read import Neo4jReader
from graph.stores.neo4j.store import Neo4jStore
from tests.contract import small_graph as g
from tests.strategies import assert_same_graph

pytestmark = pytest.mark.neo4j

AS_SCHEMA_1 = (
    "CREATE INDEX studyatlas_folded IF NOT EXISTS FOR (n:StudyAtlas) ON (n.build, n.folded)",
    "MATCH (b:StudyAtlas:Build {graph: $graph}) SET b.schema = 1",
    """MATCH (c:StudyAtlas:Concept {graph: $graph}) UNWIND c.keys AS key
       CREATE (:StudyAtlas:Name {key: c.build + ':name:' + c.id + key, graph: $graph, build: c.build, folded: key})-[:NAMES]->(c)""",
    "MATCH (c:StudyAtlas:Concept {graph: $graph}) REMOVE c.keys",
)
"""What makes a graph as the first schema had it."""


def run(link: Neo4jLink, statement: str, graph: str) -> None:
    with link.session(write=True) as session:
        session.run(statement, graph=graph).consume()


class TestSchemas:
    def test_a_graph_of_the_first_one_is_read_and_replaced(self, store: Neo4jStore, link: Neo4jLink) -> None:
        store.publish(g.SMALL)
        for statement in AS_SCHEMA_1:
            run(link, statement, store.graph)
        assert_same_graph(store.snapshot(), g.SMALL)
        assert store.concepts_named("Low Rank Adaptation") == [g.lora]
        assert store.concepts_named("Fine Tuning") == [g.tuning, g.lonely]
        assert store.concepts_named("nobody") == []
        store.publish(g.SMALL)
        assert store.concepts_named("Low Rank Adaptation") == [g.lora]
        with link.reading("") as tx:
            ((names,),) = tx.run("MATCH (n:Name {graph: $graph}) RETURN count(n)", graph=store.graph).values()
        assert names == 0

    def test_a_newer_one_is_refused(self, store: Neo4jStore, link: Neo4jLink) -> None:
        store.publish(g.SMALL)
        run(link, "MATCH (b:StudyAtlas:Build {graph: $graph}) SET b.schema = 99", store.graph)
        with pytest.raises(NewerSchema, match=r"newer studyatlas \(schema 99, this one reads up to 2\)"):
            store.info()


class TestTheVectorIndex:
    """Of a small graph all vectors are compared; the tests make small graphs count as large."""

    @pytest.fixture(autouse=True)
    def _from_the_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(neo4j_store, "INDEXED_FROM", 1)

        def refuse(_: Neo4jReader) -> None:
            raise AssertionError("all vectors were read")

        monkeypatch.setattr(Neo4jReader, "vectors", refuse)

    def test_finds_what_a_comparison_with_all_finds(self, store: Neo4jStore, address: Neo4jAddress) -> None:
        """Also beside another graph of the same database with the same vectors."""
        made = synthetic(400, 800, dim=24)
        assert made.vectors is not None
        memory = MemoryStore()
        memory.publish(made)
        store.publish(made)
        name = f"{store.graph}-other"
        with Neo4jStore.at(Neo4jAddress.parse(address.url.partition("?")[0]).completed(graph=name)) as other:
            other.publish(made)
            draw = np.random.default_rng(5)
            for _ in range(10):
                vector = draw.normal(size=24).astype(np.float32)
                assert store.similar_concepts(vector, limit=7) == memory.similar_concepts(vector, limit=7)
                assert store.similar_passages(vector, limit=3) == memory.similar_passages(vector, limit=3)
            neo4j_store.neo4j_builds.drop(other.link, name, patience=5)

    def test_leaves_out_what_is_not_alike(self, store: Neo4jStore) -> None:
        store.publish(g.SMALL)
        up = np.array([0, 5, 0], np.float32)
        assert [(i, round(s, 3)) for i, s in store.similar_concepts(up)] == [("nf4", 1.0), ("qlora", 0.6)]
        assert [h.passage.id for h in store.similar_passages(up, limit=1)] == ["quant.md#1"]
        assert store.similar_concepts(np.zeros(3, np.float32)) == store.similar_concepts(up, limit=0) == []

    def test_is_not_asked_without_vectors(self, store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
        store.publish(replace(g.SMALL, vectors=None))
        monkeypatch.setattr(Neo4jReader, "vectors", lambda _: None)
        assert store.similar_concepts(np.array([1.0, 0, 0], np.float32)) == []


def test_where_other_builds_crowd_the_index_all_are_compared(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_store, "INDEXED_FROM", 1)
    monkeypatch.setattr(Neo4jReader, "nearest", lambda *_: None)
    store.publish(g.SMALL)
    assert [i for i, _ in store.similar_concepts(np.array([0, 5, 0], np.float32))] == ["nf4", "qlora"]


@pytest.mark.parametrize("at_once", [1, 7, 600])
def test_a_closure_is_the_same_in_any_number_of_rows(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    made = synthetic(600, 1000)
    bare = tuple(replace(p, evidence=(), reasons=()) if i % 3 else p for i, p in enumerate(made.prerequisites))
    made = replace(made, prerequisites=bare)
    store.publish(made)
    monkeypatch.setattr(neo4j_read, "CONCEPTS_A_ROW", at_once)
    oracle = MemoryStore(made)
    closures = {c.id: oracle.prerequisite_closure(c.id) for c in made.concepts}
    largest = max(closures, key=lambda c: (len(closures[c]), c))
    assert len({end for edge in closures[largest] for end in edge.key}) > 7, "several rows"
    assert store.prerequisite_closure(largest) == closures[largest]
    first = closures[largest][0].before
    assert store.prerequisite_closure(first, unlocks=True) == oracle.prerequisite_closure(first, unlocks=True)


def test_questions_at_size_take_few_round_trips(store: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """However large the graph: a server may be far away."""
    made = synthetic(600, 6000)
    store.publish(made)
    asked: list[str] = []
    answer = Neo4jReader._each_row

    def counted(reader: Neo4jReader, statement: str, **values: object) -> Iterator[list[object]]:
        asked.append(statement)
        return answer(reader, statement, **values)

    monkeypatch.setattr(Neo4jReader, "_each_row", counted)
    ids = [c.id for c in made.concepts]
    hops = 4
    for start, end in zip(ids[::60], ids[30::60], strict=True):
        asked.clear()
        assert store.paths(start, end, max_hops=hops)
        assert len(asked) <= hops + 1, "one for each hop, and one for what the relations rest on"
        asked.clear()
        assert len(store.prerequisite_closure(start)) >= len(store.prerequisites(after=start))
        assert len(asked) == 2, "one for each of the two methods"
        asked.clear()
        assert store.search("which is based on 使用")
        assert len(asked) == 2, "the postings, and the passages"
        asked.clear()
        store.concept(made.concepts[ids.index(start)].name)
        assert len(asked) <= 3, "by id, by folded name, and what is found"
