"""What publishing to a server can suffer: killed builds, other builds, other people's data, a server that dies."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from graph.errors import PublishError, StoreError
from graph.model import Concept, GraphSnapshot
from graph.stores.neo4j import builds as neo4j_builds
from graph.stores.neo4j import store as neo4j_store
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.connection import Neo4jLink, begin, rows
from graph.stores.neo4j.store import Neo4jStore
from tests.contract import small_graph as g
from tests.neo4j.server import JavaServer
from tests.places import ROOT
from tests.strategies import assert_same_graph

pytestmark = pytest.mark.neo4j

BUILD_FOR_EVER = """
import os, sys
from graph.model import Concept, GraphSnapshot
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.store import Neo4jStore
graphs = [GraphSnapshot(concepts=tuple(Concept(f"{i:05}", f"concept {i}") for i in range(size))) for size in (300, 500)]
for _ in sys.stdin:
    child = os.fork()
    if not child:
        store = Neo4jStore.at(Neo4jAddress.parse(sys.argv[1]))
        while True:
            for graph in graphs:
                store.publish(graph)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""For each line of input a process that publishes until it is killed: tells its number, and what it died of."""


def labels(link: Neo4jLink, graph: str) -> Counter[str]:
    """How many nodes of each label carry the name of a graph."""
    with link.reading("") as tx:
        found = rows(
            tx,
            "MATCH (n:StudyAtlas {graph: $graph}) RETURN [l IN labels(n) WHERE l <> 'StudyAtlas'][0], count(*)",
            graph=graph,
        )
    return Counter(dict(found))


def everything_else(link: Neo4jLink, graph: str) -> int:
    """Number of nodes that do not carry the name of a graph."""
    with link.reading("") as tx:
        ((count,),) = rows(tx, "MATCH (n) WHERE coalesce(n.graph, '') <> $graph RETURN count(n)", graph=graph)
    return int(count)


def test_a_publish_leaves_its_own_build_and_nothing_else(store: Neo4jStore, link: Neo4jLink) -> None:
    store.publish(g.SMALL)
    once = labels(link, store.graph)
    assert once == {
        "Graph": 1,
        "Build": 1,
        "Document": 2,
        "Passage": 4,
        "Concept": 6,
        "Community": 3,
        "Merge": 3,
        "Skipped": 2,
    } | {"Page": once["Page"]}
    store.publish(g.SMALL)
    assert labels(link, store.graph) == once


@pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")
def test_killed_at_twenty_moments_the_last_complete_graph_is_there(
    store: Neo4jStore, address: Neo4jAddress, link: Neo4jLink
) -> None:
    store.publish(g.SMALL)
    clean = labels(link, store.graph)
    others = everything_else(link, store.graph)
    moments = random.Random(7)
    seen: Counter[int] = Counter()
    leftovers = 0
    command = [sys.executable, "-c", BUILD_FOR_EVER, address.url]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        for _ in range(20):
            parent.stdin.write("go\n")
            child = int(parent.stdout.readline())
            time.sleep(moments.uniform(0.02, 0.6))
            os.kill(child, signal.SIGKILL)
            assert parent.stdout.readline() == f"{-signal.SIGKILL}\n"
            concepts = store.snapshot().concepts
            seen[len(concepts)] += 1
            if len(concepts) == 6:
                assert concepts == g.SMALL.concepts
            else:
                assert [c.name for c in concepts] == [f"concept {i}" for i in range(len(concepts))]
            leftovers += labels(link, store.graph)["Build"] > 1
        parent.stdin.close()
    assert sum(seen.values()) == 20
    assert set(seen) <= {6, 300, 500}
    assert leftovers, "no kill fell into a publish: this test shows nothing"
    store.publish(g.SMALL)
    assert labels(link, store.graph) == clean
    assert everything_else(link, store.graph) == others
    assert_same_graph(store.snapshot(), g.SMALL)


class TestTwoBuildsOfOneGraph:
    def test_the_second_waits(self, store: Neo4jStore, address: Neo4jAddress) -> None:
        builds: list[str] = []

        def publish() -> None:
            with Neo4jStore.at(address) as mine:
                builds.append(mine.publish(g.SMALL).build)

        threads = [threading.Thread(target=publish) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(builds)) == 3
        assert store.info().build in builds
        assert_same_graph(store.snapshot(), g.SMALL)

    def test_and_is_refused_when_it_has_waited_long_enough(
        self, store: Neo4jStore, link: Neo4jLink, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = store.publish(g.SMALL)
        monkeypatch.setattr(neo4j_store, "PATIENCE", 0.5)
        with (
            neo4j_builds.locked(link, store.graph, "somebody-else", patience=1),
            pytest.raises(
                PublishError, match=rf"The graph '{store.graph}' is being built by neo4j since .*Wait until it is done"
            ),
        ):
            store.publish(GraphSnapshot())
        assert store.info() == before
        with neo4j_builds.locked(link, "another graph", "somebody-else", patience=1):
            store.publish(GraphSnapshot())
        assert store.concepts() == []

    def test_it_cannot_be_dropped_meanwhile(self, store: Neo4jStore, link: Neo4jLink) -> None:
        store.publish(g.SMALL)
        with neo4j_builds.locked(link, store.graph, "b", patience=1), pytest.raises(StoreError, match="is being built"):
            neo4j_builds.drop(link, store.graph, patience=0.3)
        assert_same_graph(store.snapshot(), g.SMALL)


def test_a_build_that_somebody_else_has_swept_is_no_error(store: Neo4jStore, link: Neo4jLink) -> None:
    build = store.publish(g.SMALL).build
    first = neo4j_builds.retire(link, build)
    assert first is not None
    assert neo4j_builds.retire(link, build) == first, "it is retired once"
    neo4j_builds.remove_build(link, store.graph, build)
    assert neo4j_builds.retire(link, build) is None


class TestReaders:
    def test_a_build_that_is_read_stays_until_it_is_not(self, store: Neo4jStore, link: Neo4jLink) -> None:
        store.publish(g.SMALL)
        with store.reading() as held:
            for _ in range(3):
                store.publish(GraphSnapshot())
            assert_same_graph(held.snapshot(), g.SMALL)
            assert labels(link, store.graph)["Build"] == 4
        store.publish(GraphSnapshot())
        assert labels(link, store.graph) == {"Graph": 1, "Build": 1}

    def test_an_unfinished_build_is_never_seen(self, store: Neo4jStore, link: Neo4jLink) -> None:
        with link.session(write=True) as session, begin(session, "stage", store.graph, "b") as tx:
            rows(tx, "CREATE (:StudyAtlas:Build {key: 'b:build:0', graph: $graph, build: 'b'})", graph=store.graph)
            tx.commit()
        with pytest.raises(StoreError, match="There is no graph"):
            store.info()
        assert store.graph not in neo4j_builds.names(link)
        store.publish(g.SMALL)
        assert labels(link, store.graph)["Build"] == 1


class TestOtherPeoplesData:
    FOREIGN = """
    CREATE (a:Concept {foreign: $graph, id: 'lora', name: 'LoRA', graph: $graph, build: 'x', key: 'graph:' + $graph, text: 'LoRA'})
           -[:USES]->(b:Graph {foreign: $graph, name: $graph}), (c:Passage {foreign: $graph, id: 'peft.md#1', graph: $graph, key: 'x'})
    """
    STANDS = "MATCH (n {foreign: $graph}) RETURN labels(n)[0], size(keys(n)), COUNT { (n)--() } ORDER BY 1"

    def test_is_neither_read_nor_touched(self, store: Neo4jStore, link: Neo4jLink) -> None:
        with link.session(write=True) as session:
            session.run(self.FOREIGN, graph=store.graph).consume()
        try:
            for _ in range(2):
                store.publish(g.SMALL)
            assert_same_graph(store.snapshot(), g.SMALL)
            assert [h.passage.id for h in store.search("LoRA")] == ["peft.md#1"]
            neo4j_builds.drop(link, store.graph, patience=5)
            with link.reading("") as tx:
                found = rows(tx, self.STANDS, graph=store.graph)
            assert found == [["Concept", 7, 1], ["Graph", 2, 1], ["Passage", 4, 0]]
        finally:
            with link.session(write=True) as session:
                session.run("MATCH (n {foreign: $graph}) DETACH DELETE n", graph=store.graph).consume()

    def test_nor_are_other_graphs(self, store: Neo4jStore, address: Neo4jAddress, link: Neo4jLink) -> None:
        name = f"{store.graph}' OR 1=1 //"
        other = Neo4jAddress.parse(address.url.partition("?")[0]).completed(graph=name)
        store.publish(GraphSnapshot(concepts=(Concept("a", "a"),)))
        with Neo4jStore.at(other) as second:
            second.publish(g.SMALL)
            assert [c.id for c in store.concepts()] == ["a"]
            assert_same_graph(second.snapshot(), g.SMALL)
            assert store.search("LoRA") == []
            assert [name for name, _ in neo4j_builds.graphs(link) if name.startswith(store.graph)] == [
                store.graph,
                name,
            ]
            neo4j_builds.drop(link, name, patience=5)
            with pytest.raises(StoreError, match="There is no graph"):
                second.info()
        assert [c.id for c in store.concepts()] == ["a"]
        with pytest.raises(StoreError, match="has no graph"):
            neo4j_builds.drop(link, name, patience=5)


@pytest.mark.timeout(200)
def test_a_server_that_dies_in_mid_publish(mortal: JavaServer) -> None:
    """The publish fails with a clear error.

    The server comes back with the last complete graph, and the next publish cleans up.
    """
    many = GraphSnapshot(concepts=tuple(Concept(f"{i:06}", f"concept {i}") for i in range(60_000)))
    address = Neo4jAddress.parse(mortal.address).completed(graph="notes")
    with Neo4jStore.at(address) as store:
        store.publish(g.SMALL)
        killer = threading.Timer(2.0, mortal.kill)
        killer.start()
        with pytest.raises(
            PublishError, match=r"Cannot store the graph 'notes': .*(lost|reached).*The earlier graph is untouched\."
        ):
            store.publish(many)
        killer.join()
        with pytest.raises(StoreError, match=r"cannot be reached|was lost"):
            store.info()
    mortal.start()
    with Neo4jStore.at(address) as store:
        assert_same_graph(store.snapshot(), g.SMALL)
        store.publish(g.SMALL)
        counts = labels(store.link, "notes")
        assert (counts["Build"], counts["Concept"], counts["Graph"]) == (1, 6, 1)
