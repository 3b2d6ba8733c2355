"""The command line and the pages on Neo4j: the same answers as from a file, and the verbs that only Neo4j has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from graph.exchange.exports import to_json
from graph.stores.address import GraphAddress
from graph.stores.contract import GraphStore
from graph.stores.neo4j import builds as neo4j_builds
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.connection import Neo4jLink
from graph.stores.neo4j.store import Neo4jStore
from graph.stores.opening import open_store
from graph.stores.sqlite.store import SqliteStore
from tests.neo4j.server import Server
from tests.places import APP
from tests.strategies import assert_same_graph
from tests.unit.ui.fixture import NOTES, snapshot, write_notes
from ui.cli import app

pytestmark = pytest.mark.neo4j
runner = CliRunner()


def run(*words: str, code: int = 0, given: str | None = None) -> Any:
    result = runner.invoke(app, list(words), input=given)
    assert result.exit_code == code, (result.stdout, result.stderr)
    assert "Traceback" not in result.stderr
    assert "only-for-tests" not in result.stdout + result.stderr
    return result


@pytest.fixture
def graph(server: Server, address: Neo4jAddress, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a graph, in the store of the environment, whose login is there too."""
    assert address.graph is not None
    monkeypatch.setenv("STUDYATLAS_STORE", server.plain)
    monkeypatch.setenv("STUDYATLAS_NEO4J_USER", address.user or "")
    monkeypatch.setenv("STUDYATLAS_NEO4J_PASSWORD", address.password or "")
    return address.graph


@pytest.fixture
def both(graph: str, address: Neo4jAddress, tmp_path: Path) -> tuple[str, str]:
    """(file, name): one graph in both stores."""
    path = tmp_path / "graph.db"
    with SqliteStore(path) as file, Neo4jStore.at(address) as store:
        file.publish(snapshot())
        store.publish(snapshot())
    return str(path), graph


@pytest.mark.parametrize(
    "words",
    [
        ("concept", "LoRA"),
        ("search", "注意力"),
        ("path", "QLoRA", "LoRA"),
        ("prereqs", "QLoRA"),
        ("prereqs", "QLoRA", "--tree"),
        ("study", "QLoRA"),
        ("ask", "What is LoRA?"),
        ("ask", "QLoRA 和 LoRA 有什么关系？", "--explain"),
        ("themes",),
        ("aliases",),
        ("export",),
        ("export", "--format", "graphml"),
    ],
)
def test_every_verb_answers_as_on_a_file(both: tuple[str, str], words: tuple[str, ...]) -> None:
    file, name = both
    expected = run(*words, "--graph", file).stdout
    assert expected
    assert run(*words, "--graph", name).stdout == expected


def test_info_shows_where_it_is_without_the_password(both: tuple[str, str], address: Neo4jAddress) -> None:
    shown = json.loads(run("info", "--json", "--graph", both[1]).stdout)
    assert shown["graph"] == address.shown
    assert "***" in shown["graph"]
    assert shown["counts"] == json.loads(run("info", "--json", "--graph", both[0]).stdout)["counts"]


def test_build_and_verify(graph: str, server: Server, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "notes")
    report = json.loads(run("build", str(folder), "--store", server.plain, "--graph", graph, "--json").stdout)
    assert report["graph"].endswith(f"?graph={graph}")
    assert report["counts"]["documents"] == len(NOTES)
    assert json.loads(run("verify", "--graph", graph, "--json").stdout)["holds"] is True
    run("build", str(folder), "-o", str(tmp_path / "g.db"))
    assert (
        run("export", str(tmp_path / "g.db")).stdout == run("export", "--store", server.plain, "--graph", graph).stdout
    )


def test_the_folders_name_is_the_graphs_but_not_over_other_notes(graph: str, link: Neo4jLink, tmp_path: Path) -> None:
    for place in ("one", "two"):
        write_notes(tmp_path / place / graph)
    run("build", str(tmp_path / "one" / graph))
    run("build", str(tmp_path / "one" / graph))
    refused = run("build", str(tmp_path / "two" / graph), code=2)
    assert f"was built from {tmp_path / 'one' / graph}" in refused.stderr
    run("build", str(tmp_path / "two" / graph), "--graph", graph)
    assert dict(neo4j_builds.graphs(link))[graph].source == str(tmp_path / "two" / graph)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--output", "g.db", "--store", "neo4j://h"), "either --output FILE, or --store URL"),
        (("--store", "g.db"), "'g.db' is not the address of a Neo4j server"),
        (("--store", "neo4j://h?graph=a", "--graph", "b"), "names the graph 'a', and --graph names 'b'"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    assert said in run("build", str(write_notes(tmp_path / "notes")), *words, code=2).stderr


def test_graphs_and_drop(both: tuple[str, str]) -> None:
    name = both[1]
    listed = {g["graph"]: g for g in json.loads(run("graphs", "--json").stdout)["graphs"]}
    assert listed[name]["counts"]["concepts"] == len(snapshot().concepts)
    assert name in run("graphs").stdout
    assert "Aborted" in run("drop", "--graph", name, given="n\n", code=1).stderr
    assert name in run("graphs").stdout
    assert "Removed the graph" in run("drop", "--graph", name, given="y\n").stderr
    assert name not in run("graphs").stdout
    assert f"has no graph '{name}'" in run("drop", "--graph", name, "--yes", code=6).stderr


def test_copy_there_and_back_loses_nothing(both: tuple[str, str], address: Neo4jAddress, tmp_path: Path) -> None:
    file, name = both
    assert "There is a graph at" in run("copy", file, address.url, code=2).stderr
    run("copy", file, address.url, "--replace")
    back = str(tmp_path / "back.db")
    run("copy", name, back)
    with open_store(file) as one, open_store(back) as other, Neo4jStore.at(address) as store:
        assert to_json(one) == to_json(other) == to_json(store)
        assert_same_graph(one.snapshot(), other.snapshot())
    assert "onto itself" in run("copy", name, address.url, "--replace", code=2).stderr


def test_cypher(both: tuple[str, str]) -> None:
    query = "MATCH (c:Concept {build: $build})-[:BASED_ON]->(d) RETURN c.name AS name, d.name ORDER BY name"
    rows = json.loads(run("cypher", query, "--graph", both[1], "--json").stdout)
    assert {"name": "QLoRA", "d.name": "LoRA"} in rows["rows"]
    assert "QLoRA" in run("cypher", query, "--graph", both[1]).stdout
    assert "DELETE is not allowed" in run("cypher", "MATCH (n) DELETE n", "--graph", both[1], code=2).stderr
    refused = run("cypher", query, "--graph", both[0], code=2).stderr
    assert "docker compose up -d neo4j" in refused
    assert f"studyatlas copy {both[0]}" in refused


@pytest.fixture
def _fresh_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is kept from other tests, and what the pages have opened is closed."""
    import streamlit as st

    from ui.views import loading

    opened: list[GraphStore] = []

    def opening(address: GraphAddress) -> GraphStore:
        opened.append(open_store(address))
        return opened[-1]

    monkeypatch.setattr(loading, "open_store", opening)
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()
    for store in opened:
        store.close()


@pytest.mark.usefixtures("_fresh_caches")
class TestPages:
    def opened(self, graph: str, monkeypatch: pytest.MonkeyPatch, page: str) -> AppTest:
        monkeypatch.setenv("STUDYATLAS_GRAPH", graph)
        test = AppTest.from_file(str(APP), default_timeout=60)
        test.query_params["page"] = page
        test.query_params["lang"] = "en"
        return test.run()

    @pytest.mark.parametrize("page", ["map", "concept", "ask", "study", "themes", "sources", "console"])
    def test_every_page_opens(self, both: tuple[str, str], monkeypatch: pytest.MonkeyPatch, page: str) -> None:
        for graph in both:
            test = self.opened(graph, monkeypatch, page)
            assert not test.exception
            assert not test.error
            assert test.caption[0].value.startswith("2 notes · 15 concepts")

    def test_the_console_on_a_file_says_what_to_do(
        self, both: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        test = self.opened(both[0], monkeypatch, "console")
        assert "needs the graph in Neo4j" in test.info[0].value
        assert f"studyatlas copy {both[0]} 'neo4j://localhost:7687?graph=" in test.code[0].value

    def test_a_query_is_answered_by_a_table_and_a_map(
        self, both: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        test = self.opened(both[1], monkeypatch, "console")
        test.text_area[0].set_value(
            "MATCH (c:Concept {build: $build})-[:BASED_ON]->(d) RETURN c, d.name AS base ORDER BY base"
        )
        test.button[0].click()
        test.run()
        assert not test.exception
        assert not test.error
        assert list(test.dataframe[0].value.columns) == ["c", "base"]
        assert "(QLoRA)" in list(test.dataframe[0].value["c"])
        assert "studyatlas_concept_map" in [e.proto.component_name for e in test.get("bidi_component")]
        test.text_area[0].set_value("MATCH (n) DELETE n")
        test.button[0].click()
        test.run()
        assert test.error[0].value.startswith("DELETE is not allowed here")
