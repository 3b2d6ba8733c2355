from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graph.errors import InputError
from graph.stores.address import FileAddress, existing_graph
from ui.cli import app
from ui.commands.app import PAGES, checked_port, command, environment, free_port
from ui.settings import Settings


def test_pages_are_served_to_this_machine_only_and_tell_nobody() -> None:
    options = command(8501)
    assert str(PAGES) in options
    assert PAGES.is_file()
    for option in (
        "--server.address=127.0.0.1",
        "--browser.gatherUsageStats=false",
        "--server.headless=true",
        "--server.port=8501",
    ):
        assert option in options


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
