from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect
from typer.testing import CliRunner

from graph.errors import InputError
from graph.stores.address import FileAddress, existing_graph
from ui.cli import app
from ui.commands.app import SERVER, _listens, checked_port, command, environment, free_port
from ui.server import QuietlyLost, is_from_here
from ui.settings import Settings

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


def test_pages_are_served_to_this_machine_only_and_tell_nobody() -> None:
    options = command(8501)
    assert str(SERVER) in options
    assert SERVER.is_file()
    for option in (
        "--server.address=127.0.0.1",
        "--browser.gatherUsageStats=false",
        "--server.headless=true",
        "--server.port=8501",
    ):
        assert option in options


@pytest.mark.parametrize(
    ("host", "origin", "answered"),
    [
        ("127.0.0.1:8501", None, True),
        ("localhost:8501", "http://localhost:8501", True),
        ("[::1]:8501", "http://[::1]:8501", True),
        ("LOCALHOST:8501", "http://127.0.0.1:8501", True),
        ("localhost", "http://localhost", True),
        ("127.0.0.2:8501", None, True),
        ("192.168.0.7:8501", None, False),
        ("127.0.0.1.evil.example:8501", None, False),
        ("evil.example:8501", None, False),
        ("evil.example:8501", "http://evil.example:8501", False),
        ("localhost.evil.example:8501", None, False),
        ("127.0.0.1:8501", "http://evil.example", False),
        ("127.0.0.1:8501", "http://localhost:3000", False),
        ("127.0.0.1:8501", "null", False),
        ("127.0.0.1:8501", "file://", False),
        ("127.0.0.1:x", None, False),
        ("127.0.0.1@evil.example", None, False),
        ("evil@127.0.0.1", None, False),
        ("127.0.0.1, evil.example", None, False),
        ("127.0.0.1/x", None, False),
        ("[::1", None, False),
        ("", None, False),
        (None, None, False),
    ],
)
def test_only_this_machine_is_answered(host: str | None, origin: str | None, answered: bool) -> None:
    assert is_from_here(host, origin) is answered


async def _talk(scope: Scope, receive: Receive, send: Send) -> None:
    """As Streamlit does: what sending runs into is looked at nowhere, then more is received."""
    websocket = WebSocket(scope, receive, send)
    await websocket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        await websocket.send_text("forward")
    await websocket.receive_bytes()


async def _received() -> Message:
    return {"type": "websocket.connect"}


def test_a_page_that_has_gone_leaves_no_traceback() -> None:
    async def gone(message: Message) -> None:
        if message["type"] == "websocket.send":
            raise OSError("the page was closed")

    scope = {"type": "websocket", "headers": [], "path": "/"}
    with pytest.raises(RuntimeError):  # else the server prints it over the user's terminal
        asyncio.run(_talk(scope, _received, gone))
    asyncio.run(QuietlyLost(_talk)(scope, _received, gone))


def test_a_fault_of_a_page_that_is_there_stays_a_fault() -> None:
    async def sent(message: Message) -> None:
        pass

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"):
        asyncio.run(QuietlyLost(broken)({"type": "websocket", "headers": []}, _received, sent))


def _answer(port: int, head: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as there:
        there.sendall(head.replace("\n", "\r\n").encode())
        return there.recv(200).split(b"\r\n")[0]


def test_a_real_server_refuses_foreign_hosts_and_origins(notes: Path) -> None:
    """Requests letter by letter, as no browser would send them: a name that was made to point here."""
    port = free_port()
    line = command(port)
    process = subprocess.Popen(
        line, env={**os.environ, "STUDYATLAS_GRAPH": str(notes)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    upgrade = (
        "GET /_stcore/stream HTTP/1.1\nHost: {host}\n{origin}Connection: Upgrade\nUpgrade: websocket\n"
        "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n"
    )
    plain = "GET {path} HTTP/1.1\nHost: {host}\n{origin}Connection: close\n\n"
    ours, foreign = f"127.0.0.1:{port}", f"evil.example:{port}"
    try:
        assert _listens(port, process)
        for path in ("/", "/_stcore/health", "/_stcore/host-config"):
            assert b" 200 " in _answer(port, plain.format(path=path, host=ours, origin=""))
            assert b" 403 " in _answer(port, plain.format(path=path, host=foreign, origin=""))
            evil = "Origin: http://evil.example\n"
            assert b" 403 " in _answer(port, plain.format(path=path, host=ours, origin=evil))
        assert b" 101 " in _answer(port, upgrade.format(host=ours, origin=f"Origin: http://{ours}\n"))
        for host, origin in (
            (foreign, f"http://{foreign}"),
            (ours, "http://evil.example"),
            (foreign, f"http://{ours}"),
        ):
            assert b" 403 " in _answer(port, upgrade.format(host=host, origin=f"Origin: {origin}\n"))
        assert b" 403 " in _answer(port, upgrade.format(host=foreign, origin=""))
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_the_graph_and_the_language_go_along(tmp_path: Path) -> None:
    found = environment(FileAddress(Path("graph.db")), "zh")
    assert (found["STUDYATLAS_GRAPH"], found["STUDYATLAS_LANG"]) == (str(tmp_path / "graph.db"), "zh")


def test_a_login_goes_into_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("neo4j://db.local:7687", "neo4j://ann:s3cret@db.local/db?graph=a", "neo4j://ann@db.local?graph=a"):
        monkeypatch.setenv("STUDYATLAS_NEO4J_USER", "bob")
        monkeypatch.setenv("STUDYATLAS_NEO4J_PASSWORD", "of-bob")
        address = existing_graph(given, defaults=Settings.from_environment(os.environ).graphs)
        there = environment(address, None)
        assert not any("s3cret" in value for name, value in there.items() if name != "STUDYATLAS_NEO4J_PASSWORD")
        assert existing_graph(None, defaults=Settings.from_environment(there).graphs) == address
    assert "STUDYATLAS_NEO4J_PASSWORD" not in there


def test_a_port_that_is_taken_is_refused(notes: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=str(port)):
            checked_port(port)
        result = CliRunner().invoke(app, ["app", "--graph", str(notes), "--port", str(port), "--no-browser"])
        assert (result.exit_code, result.stdout) == (2, "")
    assert checked_port(free_port()) > 0


def test_a_wrong_graph_is_told_before_anything_starts(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["app", "--graph", str(tmp_path / "none.db"), "--no-browser"])
    assert result.exit_code == 6
    assert "none.db" in result.stderr
