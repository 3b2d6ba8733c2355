"""Servers that cannot be used, and addresses that do not name one: one clear sentence each, without the password."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from unittest.mock import create_autospec

import pytest
from neo4j import Driver
from neo4j.api import ServerInfo
from neo4j.exceptions import ConfigurationError, ServiceUnavailable

from graph.errors import StoreError
from graph.stores.neo4j import connection as neo4j_link
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.connection import Neo4jLink
from graph.stores.neo4j.store import Neo4jStore
from tests.contract import small_graph as g
from tests.neo4j.server import Server


class TestAddress:
    @pytest.mark.parametrize(
        ("url", "server", "user", "password", "database", "graph"),
        [
            ("neo4j://localhost", "neo4j://localhost", None, None, None, None),
            ("BOLT+S://h:7687/", "bolt+s://h:7687", None, None, None, None),
            ("neo4j://ann:p%40ss%2F@h:1/db?graph=%E6%88%91+notes", "neo4j://h:1", "ann", "p@ss/", "db", "我 notes"),
            ("bolt://ann@[::1]:7687?graph=a%26b", "bolt://[::1]:7687", "ann", None, None, "a&b"),
        ],
    )
    def test_parts(self, url: str, server: str, user: str, password: str, database: str, graph: str) -> None:
        address = Neo4jAddress.parse(url)
        assert address == Neo4jAddress(server, user, password, database, graph)
        assert Neo4jAddress.parse(address.url) == address
        assert password is None or password not in repr(address) + address.shown

    @pytest.mark.parametrize(
        "url",
        [
            "http://h",
            "neo4j://",
            "neo4j://ann:s3cret@h:port",
            "neo4j://ann:s3cret@h?grap=x",
            "neo4j://ann:s3cret@h?graph=",
            "neo4j://h#x",
            "neo4j://ann:s3cret",
            "neo4j://ann:s3cret@h?graph=a@b",
            "neo4j://ann:1/s3cret@h",
            "neo4j://ann:1?s3cret@h",
            "neo4j://ann:1#s3cret@h",
            "neo4j://ann:s3cret\u2100@h",
            "neo4j://ann:[s3cret@h",
        ],
    )
    def test_what_is_none_is_refused_without_the_password(self, url: str) -> None:
        with pytest.raises(StoreError) as caught:
            Neo4jAddress.parse(url)
        assert "s3cret" not in str(caught.value)
        assert caught.value.__context__ is None

    def test_a_password_is_for_its_user(self) -> None:
        address = Neo4jAddress.parse("neo4j://ann@h")
        assert address.completed(user="bob", password="p").password is None
        assert address.completed(user="ann", password="p").password == "p"
        assert address.completed(password="p", database="d", graph="g") == Neo4jAddress(
            "neo4j://h", "ann", "p", "d", "g"
        )
        assert Neo4jAddress.parse("neo4j://ann:q@h/d").completed(user="bob", password="p", database="e").password == "q"

    def test_a_login_without_a_user_is_kept(self) -> None:
        address = Neo4jAddress.parse("neo4j://:p@h")
        assert (address.user, address.password, address.shown) == (None, "p", "neo4j://:***@h")
        assert Neo4jAddress.parse(address.url) == address


class TestUnreachable:
    def test_nobody_listens(self) -> None:
        with pytest.raises(
            StoreError, match=r"Neo4j at neo4j://127\.0\.0\.1:1 cannot be reached: Connection refused\. Is it running\?"
        ):
            Neo4jLink.to(Neo4jAddress.parse("neo4j://ann:s3cret@127.0.0.1:1"))

    def test_something_else_listens(self) -> None:
        def answer() -> None:
            for _ in range(2):  # the first call only looks whether somebody listens
                with closing(other.accept()[0]) as caller:
                    caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with closing(socket.create_server(("127.0.0.1", 0))) as other:
            threading.Thread(target=answer, daemon=True).start()
            with pytest.raises(StoreError, match=r"Neo4j at bolt://127\.0\.0\.1:\d+ cannot be reached"):
                Neo4jLink.to(Neo4jAddress.parse(f"bolt://ann:s3cret@127.0.0.1:{other.getsockname()[1]}"))

    @pytest.mark.parametrize(
        ("agent", "said"),
        [
            ("Neo4j/4.4.30", r"is Neo4j 4\.4\.30; studyatlas needs Neo4j 5\.26 or newer"),
            ("Neo4j/5.25.1", r"is Neo4j 5\.25\.1; studyatlas needs"),
            ("Memgraph/2.1", r"is not a Neo4j server \(it says 'Memgraph/2\.1'\)"),
        ],
    )
    def test_too_old_or_no_neo4j(self, monkeypatch: pytest.MonkeyPatch, agent: str, said: str) -> None:
        driver = create_autospec(Driver, instance=True)
        driver.get_server_info.return_value = create_autospec(ServerInfo, instance=True, agent=agent)
        monkeypatch.setattr(neo4j_link.GraphDatabase, "driver", lambda *_, **__: driver)
        with closing(socket.create_server(("127.0.0.1", 0))) as other, pytest.raises(StoreError, match=said):
            Neo4jLink.to(Neo4jAddress.parse(f"neo4j://127.0.0.1:{other.getsockname()[1]}"))
        driver.close.assert_called_once()

    def test_what_the_driver_says_is_said_without_the_password(self) -> None:
        address = Neo4jAddress.parse("neo4j://ann:s3cret@h")
        for error in (ConfigurationError("bad: ('ann', 's3cret')"), ServiceUnavailable("ann:s3cret@h is not there")):
            for done in ("reached", "read"):
                with pytest.raises(StoreError, match=r"'?\*\*\*") as caught, neo4j_link.translated(address, done):
                    raise error
                assert "s3cret" not in str(caught.value)

    @pytest.mark.parametrize("agent", ["Neo4j/5.26.0", "Neo4j/5.26.30", "Neo4j/2025.01.0", "Neo4j/2026.05.0"])
    def test_these_are_known(self, agent: str) -> None:
        neo4j_link._check_version(Neo4jAddress.parse("neo4j://h"), agent)


@pytest.mark.neo4j
class TestRefused:
    def test_wrong_password(self, server: Server) -> None:
        address = Neo4jAddress.parse(server.plain).completed(user="neo4j", password="s3cret-but-wrong")
        with pytest.raises(
            StoreError, match=r"refuses user 'neo4j' with this password\. Set STUDYATLAS_NEO4J_USER"
        ) as caught:
            Neo4jLink.to(address)
        assert "s3cret" not in str(caught.value)

    def test_no_password(self, server: Server) -> None:
        with pytest.raises(StoreError, match="refuses a connection without user and password"):
            Neo4jLink.to(Neo4jAddress.parse(server.plain))

    def test_no_such_database(self, server: Server) -> None:
        with pytest.raises(StoreError, match=r"has no database 'nowhere'"):
            Neo4jLink.to(Neo4jAddress.parse(server.address).completed(database="nowhere"))

    def test_no_such_graph_and_none_named(self, store: Neo4jStore, server: Server) -> None:
        with pytest.raises(
            StoreError, match=rf"There is no graph '{store.graph}' at bolt://.* Build one with: studyatlas build"
        ):
            store.info()
        store.publish(g.SMALL)
        with Neo4jStore.at(Neo4jAddress.parse(server.address).completed(graph="another")) as other:
            other.publish(g.SMALL)
            with pytest.raises(StoreError, match=rf"graphs\. Choose one with --graph NAME: .*{store.graph}"):
                Neo4jStore.at(Neo4jAddress.parse(server.address))
            from graph.stores.neo4j.builds import drop

            drop(other.link, "another", patience=5)
        with pytest.raises(StoreError, match="was closed"):
            other.info()
