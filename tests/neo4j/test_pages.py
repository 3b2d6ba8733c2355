"""The pages on a server that dies and comes back."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.store import Neo4jStore
from tests.neo4j.server import JavaServer
from tests.places import APP
from tests.unit.ui.fixture import snapshot

pytestmark = pytest.mark.neo4j


def test_a_server_that_dies_is_said_and_comes_back(mortal: JavaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    st.cache_data.clear()
    st.cache_resource.clear()
    with Neo4jStore.at(Neo4jAddress.parse(mortal.address).completed(graph="pages")) as store:
        store.publish(snapshot())
    login = Neo4jAddress.parse(mortal.address)
    monkeypatch.setenv("STUDYATLAS_GRAPH", f"{mortal.plain}?graph=pages")
    monkeypatch.setenv("STUDYATLAS_NEO4J_USER", str(login.user))
    monkeypatch.setenv("STUDYATLAS_NEO4J_PASSWORD", str(login.password))
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.query_params["page"] = "concept"
    page.query_params["concept"] = "lora"
    page.query_params["lang"] = "en"
    page.run()
    assert not page.exception
    assert not page.subheader
    mortal.kill()
    page.run()
    assert not page.exception
    assert page.subheader[0].value == "Neo4j does not answer"
    assert page.code[0].value == "docker compose up -d neo4j"
    assert str(login.password) not in page.warning[0].value
    page.button(key="trouble.again").click()
    page.run()
    assert page.subheader[0].value == "Neo4j does not answer"
    mortal.start()
    page.button(key="trouble.again").click()
    page.run()
    assert not page.exception
    assert not page.subheader
    assert page.query_params["concept"] == "lora"
