"""What the container of the app does with Neo4j, on the tests' server: build the graph, and serve the app on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.opening import open_store
from tests.compose import Service, health_of_served, services
from tests.neo4j.server import Server
from tests.places import APP, ROOT
from tests.unit.ui.fixture import NOTES, write_notes

pytestmark = pytest.mark.neo4j


@pytest.fixture
def app(server: Server, address: Neo4jAddress) -> Service:
    """The service of the app; its graph has a name that no other test uses."""
    assert address.user is not None
    assert address.password is not None
    login = {"STUDYATLAS_NEO4J_USER": address.user, "STUDYATLAS_NEO4J_PASSWORD": address.password}
    found = services(login)["app"]
    assert (found["environment"]["STUDYATLAS_STORE"], found["environment"]["STUDYATLAS_GRAPH"]) == (
        "neo4j://neo4j:7687",
        "notes",
    )
    found["environment"] |= {"STUDYATLAS_STORE": server.plain, "STUDYATLAS_GRAPH": address.graph}
    return found


@pytest.fixture
def built(app: Service, address: Neo4jAddress, tmp_path: Path) -> dict[str, str]:
    """The environment of the app, after the first command of the service has built the graph."""
    notes = write_notes(tmp_path / "my notes")
    line = app["command"][2].partition(" && exec ")[0]
    assert line == "studyatlas build /notes --graph notes"
    words = ["build", str(notes), "--graph", str(address.graph)]
    environment = {**os.environ, **app["environment"]}
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(address.password) not in done.stdout + done.stderr
    assert not (notes / ".studyatlas").exists()
    return environment


def test_the_graph_is_built_into_neo4j(built: dict[str, str], address: Neo4jAddress) -> None:
    with open_store(address) as store:
        assert store.info().documents == len(NOTES)


@pytest.fixture
def _fresh_caches() -> Iterator[None]:
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.mark.usefixtures("_fresh_caches")
def test_the_pages_show_it(built: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in built.items():
        monkeypatch.setenv(name, value)
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.query_params["lang"] = "en"
    page.run()
    assert not page.exception
    assert not page.error
    assert page.caption[0].value.startswith(f"{len(NOTES)} notes · ")


def test_it_is_served(built: dict[str, str]) -> None:
    assert health_of_served(built) == "ok"
