"""Graphs in a real server, each test with a name of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest

from graph.stores.neo4j import builds as neo4j_builds
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.connection import Neo4jLink
from graph.stores.neo4j.store import Neo4jStore
from tests.neo4j.server import LTS, JavaServer, NoServer, Server, shared, start
from tests.requirements import missing


@pytest.fixture(scope="session")
def server() -> Server:
    try:
        return shared(LTS)
    except NoServer as error:
        missing(f"Neo4j: {error}")


@pytest.fixture(scope="session")
def link(server: Server) -> Iterator[Neo4jLink]:
    with closing(Neo4jLink.to(Neo4jAddress.parse(server.address))) as link:
        yield link


@pytest.fixture
def address(server: Server, link: Neo4jLink) -> Iterator[Neo4jAddress]:
    """The address of a graph that is not there yet; removed after the test."""
    name = f"test-{uuid.uuid4().hex}"
    yield Neo4jAddress.parse(server.address).completed(graph=name)
    if name in neo4j_builds.names(link):
        neo4j_builds.drop(link, name, patience=10)


@pytest.fixture
def store(address: Neo4jAddress) -> Iterator[Neo4jStore]:
    with Neo4jStore.at(address) as store:
        yield store


@pytest.fixture(scope="module")
def mortal() -> Iterator[JavaServer]:
    """A server of our own, that a test may kill."""
    try:
        server = start(LTS, java_only=True)
    except NoServer as error:
        missing(f"a Neo4j to kill: {error}")
    assert isinstance(server, JavaServer)
    yield server
    server.stop()
