"""Graphs to look at, from a folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.stores.sqlite.store import SqliteStore
from tests.unit.ui.fixture import hostile, snapshot, with_background, write_notes


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder of notes with its graph in .studyatlas/graph.db."""
    folder = write_notes(tmp_path / "notes")
    publish(folder / ".studyatlas" / "graph.db", source=str(folder))
    return folder


@pytest.fixture
def known_notes(tmp_path: Path) -> Path:
    """A folder of notes whose graph has a relation and a prerequisite that are general knowledge."""
    folder = write_notes(tmp_path / "known")
    path = folder / ".studyatlas" / "graph.db"
    path.parent.mkdir(parents=True)
    with SqliteStore(path) as store:
        store.publish(with_background(str(folder)))
    return folder


@pytest.fixture
def hostile_graph(tmp_path: Path) -> Path:
    """A graph whose notes try to be HTML, Markdown, LaTeX, rich markup and terminal escapes."""
    path = tmp_path / "hostile.db"
    with SqliteStore(path) as store:
        store.publish(hostile())
    return path


def publish(path: Path, *, source: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with SqliteStore(path) as store:
        store.publish(snapshot(source))
    return path
