from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graph.errors import NotAGraph, PublishError, StoreError
from graph.stores.address import FileAddress
from graph.stores.opening import open_store, write_store
from graph.stores.sqlite.store import SqliteStore
from tests.contract import small_graph as g


def build(path: Path) -> Path:
    with SqliteStore(path) as store:
        store.publish(g.SMALL)
    return path


class TestOpen:
    def test_file(self, tmp_path: Path) -> None:
        with open_store(build(tmp_path / "any.name")) as store:
            assert store.info().concepts == 6

    def test_folder_of_notes(self, tmp_path: Path) -> None:
        (tmp_path / ".studyatlas").mkdir()
        build(tmp_path / ".studyatlas" / "graph.db")
        with SqliteStore(tmp_path / "graph.db") as other:
            other.publish(g.GraphSnapshot())
        with open_store(str(tmp_path)) as store:
            assert store.info().concepts == 6

    def test_folder_with_a_graph(self, tmp_path: Path) -> None:
        build(tmp_path / "graph.db")
        with open_store(tmp_path) as store:
            assert store.info().concepts == 6

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(
            StoreError, match=rf"There is no graph in {tmp_path} .*\. Build one with: studyatlas build {tmp_path}"
        ):
            open_store(tmp_path)
        with pytest.raises(StoreError, match="There is no graph at"):
            open_store(tmp_path / "graph.db")
        with pytest.raises(StoreError, match="There is no graph at"):
            open_store(FileAddress(tmp_path / "graph.db"))

    def test_not_a_graph(self, tmp_path: Path) -> None:
        (tmp_path / "notes.md").write_text("# LoRA")
        with pytest.raises(NotAGraph, match="it is a text file"):
            open_store(tmp_path / "notes.md")


class TestWrite:
    def test_folder_of_notes_gets_a_folder_of_ours(self, tmp_path: Path) -> None:
        for _ in range(2):
            with write_store(tmp_path) as store:
                store.publish(g.SMALL)
        assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == [
            ".studyatlas",
            ".studyatlas/graph.db",
        ]
        with open_store(tmp_path) as store:
            assert store.info().concepts == 6

    def test_file(self, tmp_path: Path) -> None:
        with write_store(str(tmp_path / "graph.db")) as store:
            store.publish(g.SMALL)
        with (
            write_store(FileAddress(tmp_path / "graph.db")) as store,
            open_store(FileAddress(tmp_path / "graph.db")) as read,
        ):
            store.publish(g.GraphSnapshot())
            assert read.info().concepts == 0
        assert (tmp_path / "graph.db").is_file()

    def test_is_refused_before_the_work_begins(self, tmp_path: Path) -> None:
        (tmp_path / "notes.md").write_text("# LoRA")
        with pytest.raises(PublishError, match="It was not overwritten"):
            write_store(tmp_path / "notes.md")
        with pytest.raises(PublishError, match="does not exist"):
            write_store(tmp_path / "no" / "graph.db")
        (tmp_path / ".studyatlas").touch()
        with pytest.raises(PublishError, match=r"Cannot store the graph in .*graph\.db"):
            write_store(tmp_path)


@pytest.mark.parametrize("use", [open_store, write_store])
class TestAddresses:
    def test_nobody_listens(self, use: object) -> None:
        assert callable(use)
        with pytest.raises(
            StoreError, match=r"Neo4j at bolt://127\.0\.0\.1:1 cannot be reached: .*docker compose up -d neo4j"
        ):
            use("bolt://ann:s3cret@127.0.0.1:1?graph=notes")

    def test_no_address(self, use: object) -> None:
        assert callable(use)
        with pytest.raises(StoreError, match=r"neo4j://ann:\*\*\*@h:x is not an address"):
            use("neo4j://ann:s3cret@h:x")
        if use is write_store:
            with pytest.raises(StoreError, match=r"neo4j://ann:\*\*\*@h does not say which graph\. Add its name"):
                use("neo4j://ann:s3cret@h")

    def test_others_are_unknown(self, use: object) -> None:
        assert callable(use)
        with pytest.raises(StoreError, match="No store answers to http:// addresses"):
            use("http://localhost:7474")


def test_neither_driver_nor_heavy_packages_are_imported() -> None:
    code = "import sys, graph.stores.opening, graph.exchange.exports; print({'neo4j', 'networkx', 'torch', 'streamlit'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
