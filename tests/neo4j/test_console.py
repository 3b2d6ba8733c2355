"""Cypher that people write.

It reads, within limits, and what is not reading is refused by its words, by its plan and by the server.
"""

from __future__ import annotations

import time

import pytest
from neo4j.exceptions import ClientError

from graph.errors import InputError
from graph.stores.neo4j import console as neo4j_console
from graph.stores.neo4j.console import ResultTable, refuse_writing, run_here, shown
from graph.stores.neo4j.console_process import run_cypher
from graph.stores.neo4j.store import Neo4jStore
from tests.contract import small_graph as g
from tests.neo4j.server import Server


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("CREATE (n)", "CREATE is not allowed"),
        ("MATCH (n) SET n.x = 1", "SET is not allowed"),
        ("match (n) detach delete n", "DETACH is not allowed"),
        ("MATCH (n) REMOVE n.x", "REMOVE is not allowed"),
        ("MATCH (n)/* harmless */MERGE (m)", "MERGE is not allowed"),
        ("MATCH (n) FOREACH (i IN [1] | SET n.x = i)", "FOREACH is not allowed"),
        ("LOAD  CSV FROM 'file:///etc/passwd' AS line RETURN line", "LOAD CSV is not allowed"),
        ("DROP INDEX studyatlas_id", "DROP is not allowed"),
        ("SHOW USERS", "SHOW is not allowed"),
        ("USE system MATCH (n) RETURN n", "USE is not allowed"),
        ("UNWIND [1] AS i CALL (i) { RETURN 1 AS x } IN TRANSACTIONS RETURN x", "IN TRANSACTIONS is not allowed"),
        ("CALL dbms.listConfig()", r"The procedure dbms\.listConfig may not be called"),
        ("MATCH (n) CALL db.create.setNodeVectorProperty(n, 'x', [1.0])", r"db\.create\.setNodeVectorProperty may not"),
        ("C\\u0041LL dbms.listConfig()", r"Write the character itself instead of \\u0041"),
        ("RETURN '\\u0027 + 1 //'", r"Write the character itself instead of \\u0027"),
        ("MATCH (n) RETURN genai.vector.encode('x', 'OpenAI')", r"The function genai\.vector\.encode may not"),
        ("MATCH (n) RETURN `genai`.`vector` . encode ('x')", "The function .*encode may not"),
        ("RETURN apoc.util.sleep(1)", r"apoc\.util\.sleep may not"),
        ("EXPLAIN MATCH (n) RETURN n", "does not begin with EXPLAIN"),
        ("  // nothing", "There is no query"),
    ],
)
def test_what_is_not_reading_is_refused(query: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        refuse_writing(query)


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (n) WHERE n.name = 'CREATE' RETURN n.set, n.`delete` // SET nothing",
        'RETURN "MERGE" AS `drop`, {set: 1} AS m, $remove AS r',
        "MATCH (a)-[:USES|SET]->(b:Create) RETURN a",
        "CALL db.index.fulltext.queryNodes('studyatlas_text', 'x') YIELD node RETURN node",
        "MATCH (n) CALL (n) { MATCH (n)--(m) RETURN count(m) AS c } RETURN c",
        "optional match (n) return n",
        "RETURN date.truncate('day', datetime()), point.distance(point({x: 1, y: 1}), point({x: 2, y: 2})) AS `a.b(c)`",
        "MATCH (n) WHERE n.name =~ '.*\\\\users(.)' RETURN n.x, size(n.y), vector.similarity.cosine([1.0], [1.0])",
    ],
)
def test_words_that_are_not_clauses_are_no_writing(query: str) -> None:
    refuse_writing(query)


@pytest.mark.neo4j
class TestOnAServer:
    @pytest.fixture
    def small(self, store: Neo4jStore) -> Neo4jStore:
        store.publish(g.SMALL)
        return store

    @pytest.fixture
    def unlooked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lets every query pass the look at its words."""
        monkeypatch.setattr(neo4j_console, "refuse_writing", lambda _: None)

    def test_values(self, small: Neo4jStore) -> None:
        table = run_cypher(
            small,
            "MATCH (a:Concept {build: $build, id: 'qlora'})-[r:USES]->(b) RETURN a.name AS name, type(r), "
            "r.confidence, r.lines, b, $graph",
        )
        assert table.columns == ("name", "type(r)", "r.confidence", "r.lines", "b", "$graph")
        ((name, kind, confidence, lines, node, graph),) = table.rows
        assert (name, kind, confidence, lines, graph) == ("QLoRA", "USES", 0.7, [3], small.graph)
        assert (node["labels"], node["name"], node["definition_line"]) == (["Concept"], "NF4", 2)
        assert "concept_vector" not in node
        assert (table.more, table.concepts) == (False, ("nf4",))
        assert shown(node) == "(NF4)"

    def test_paths_and_relationships_lead_to_their_concepts(self, small: Neo4jStore) -> None:
        path = run_cypher(
            small, "MATCH p = (:Concept {build: $build, id: 'qlora'})-[:BASED_ON]->()-[:IS_A]->() RETURN p"
        )
        assert path.concepts == ("qlora", "lora", "微调")
        assert shown(path.rows[0][0]) == "(QLoRA)-[BASED_ON]-(LoRA)-[IS_A]-(微调)"
        relationship = run_cypher(small, "MATCH (:Concept {build: $build})-[r:USES]->() RETURN collect(r) AS r")
        assert sorted(relationship.concepts) == ["nf4", "qlora"]

    def test_at_most_so_many_rows(self, small: Neo4jStore) -> None:
        table = run_cypher(small, "UNWIND range(1, 1000000) AS i RETURN i", limit=3)
        assert (table.rows, table.more) == (((1,), (2,), (3,)), True)
        assert not run_cypher(small, "UNWIND range(1, 3) AS i RETURN i", limit=3).more

    def test_at_most_so_long(self, small: Neo4jStore) -> None:
        slow = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b < 0 RETURN count(*)"
        with pytest.raises(InputError, match=r"took longer than 0\.5 seconds and was stopped"):
            run_cypher(small, slow, seconds=0.5)

    @pytest.mark.parametrize(
        "query",
        [
            "RETURN range(1, 100000000)",
            "UNWIND range(1, 5) AS i RETURN range(1, 10000000)",
            "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN collect(a + b)",
        ],
    )
    def test_what_the_server_does_not_stop_is_ended_all_the_same(self, small: Neo4jStore, query: str) -> None:
        began = time.monotonic()
        with pytest.raises(InputError, match="was stopped"):
            run_cypher(small, query, seconds=3)
        assert time.monotonic() - began < 40  # a busy machine starts a process in some seconds
        until = time.monotonic() + 20
        left = True
        while left and time.monotonic() < until:
            with small.link.session() as session:
                left = session.run(
                    "SHOW TRANSACTIONS YIELD metaData, currentQuery, status WHERE metaData.graph = $graph "
                    "AND NOT status STARTS WITH 'Terminated' AND currentQuery CONTAINS 'range(' AND NOT currentQuery CONTAINS 'SHOW' RETURN count(*) AS n",
                    graph=small.graph,
                ).single(strict=True)["n"]
            time.sleep(0.3)
        assert not left
        assert run_cypher(small, "RETURN 1 AS one").rows == ((1,),)

    def test_at_most_so_many_bytes(self, small: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
        table = run_cypher(small, "UNWIND range(1, 100) AS i RETURN [x IN range(1, 100000) | x]", limit=100)
        assert 1 <= len(table.rows) < 100
        assert table.more
        with pytest.raises(InputError, match="more than 4 MB in one row"):
            run_cypher(small, "RETURN range(1, 1000000)")

    def test_no_cypher(self, small: Neo4jStore) -> None:
        with pytest.raises(InputError, match=r"Neo4j cannot run this: .*Invalid input"):
            run_cypher(small, "MATCH (n RETURN n")
        with pytest.raises(InputError, match="Neo4j cannot run this"):
            run_cypher(small, "RETURN 1 / 0")

    @staticmethod
    def here(store: Neo4jStore, query: str) -> ResultTable:
        """In this process, where parts can be left out."""
        return run_here(store.link, store.graph, query, limit=10, seconds=10)

    @pytest.mark.usefixtures("unlooked")
    @pytest.mark.parametrize(
        "query",
        [
            "CREATE (n:StudyAtlas) RETURN n",
            "C\\u0041LL db.createLabel('x')",
            "CALL dbms.listConfig() YIELD name RETURN name",
            "MATCH (n) SET n.x = 1",
            "CREATE INDEX x IF NOT EXISTS FOR (n:X) ON (n.x)",
        ],
    )
    def test_the_plan_is_looked_at_too(self, small: Neo4jStore, query: str) -> None:
        with pytest.raises(InputError, match=r"queries may only read|This query would write|may not be called here"):
            self.here(small, query)

    @pytest.mark.usefixtures("unlooked")
    def test_and_so_is_reading_files(self, small: Neo4jStore) -> None:
        with pytest.raises(InputError, match="would do LoadCSV"):
            self.here(small, "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line")

    @pytest.mark.usefixtures("unlooked")
    def test_and_the_session_is_for_reading(self, small: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(neo4j_console, "_refuse_by_plan", lambda *_: None)
        before = small.info()
        with pytest.raises(InputError, match="This query would write"):
            self.here(small, "MATCH (n:StudyAtlas) DETACH DELETE n")
        assert small.info() == before


@pytest.mark.neo4j
def test_the_server_itself_refuses_to_write_in_a_session_for_reading(server: Server) -> None:
    from neo4j import GraphDatabase

    from graph.stores.neo4j.address import Neo4jAddress

    address = Neo4jAddress.parse(server.address)
    assert address.user is not None
    assert address.password is not None
    with (
        GraphDatabase.driver(address.server, auth=(address.user, address.password)) as driver,
        driver.session(default_access_mode="READ") as session,
        pytest.raises(ClientError, match=r"(?i)writing"),
    ):
        session.run("CREATE (n)").consume()
