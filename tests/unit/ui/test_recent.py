"""The list of recent graphs: last first, no password, and no reason to stop where it is damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from graph.stores.address import FileAddress
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.sqlite.store import SqliteStore
from tests.unit.ui.conftest import publish
from ui.recent import KEPT, NAME, forget, recent_graphs, remember
from ui.settings import Settings


def test_the_last_one_comes_first_and_each_once(tmp_path: Path) -> None:
    paths = [publish(tmp_path / str(n) / "graph.db", source=f"/notes/{n}") for n in range(3)]
    for path in (*paths, paths[0]):
        with SqliteStore(path) as store:
            remember(tmp_path / "state", FileAddress(path), store.info())
    found, trouble = recent_graphs(tmp_path / "state")
    assert trouble == ""
    assert [graph.source for graph in found] == ["/notes/0", "/notes/2", "/notes/1"]
    assert found[0].there
    assert (found[0].documents, found[0].concepts) == (2, 15)
    forget(tmp_path / "state", found[0].graph)
    assert [graph.source for graph in recent_graphs(tmp_path / "state")[0]] == ["/notes/2", "/notes/1"]
    paths[2].unlink()
    assert not recent_graphs(tmp_path / "state")[0][0].there


def test_no_password_is_written_and_the_list_is_short(tmp_path: Path) -> None:
    with SqliteStore(publish(tmp_path / "graph.db")) as store:
        info = store.info()
    address = Neo4jAddress.parse("neo4j://me:secret@localhost?graph=notes")
    remember(tmp_path, address, info)
    assert "secret" not in (tmp_path / NAME).read_text(encoding="utf-8")
    for n in range(KEPT + 5):
        remember(tmp_path, replace(address, graph=f"g{n}"), info)
    assert len(recent_graphs(tmp_path)[0]) == KEPT


def test_a_damaged_list_is_said_and_replaced(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"version": 9, "graphs": []}', '{"version": 1, "graphs": [{"x": 1}]}'):
        (tmp_path / NAME).write_text(text, encoding="utf-8")
        found, trouble = recent_graphs(tmp_path)
        assert found == []
        assert NAME in trouble
    with SqliteStore(publish(tmp_path / "graph.db")) as store:
        remember(tmp_path, FileAddress(tmp_path / "graph.db"), store.info())
    assert len(recent_graphs(tmp_path)[0]) == 1


def test_the_folder_follows_the_environment(tmp_path: Path) -> None:
    assert Settings.from_environment({"XDG_STATE_HOME": str(tmp_path)}).state == tmp_path / "studyatlas"
    assert Settings.from_environment({"XDG_STATE_HOME": "relative"}).state == Path("~/.local/state/studyatlas")
    assert Settings.from_environment({}).state == Path("~/.local/state/studyatlas")
