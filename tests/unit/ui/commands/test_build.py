"""The verb `build` on small folders, and what other verbs make of its graph."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from graph.model import Layout
from graph.stores.address import FileAddress
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.opening import open_store, write_store
from tests.unit.ui.fixture import ATTENTION, LORA, NOTES, parsed, write_notes
from ui.cli import app
from ui.commands.build import cache_folder, cache_secret
from ui.settings import Settings

runner = CliRunner()


def run(*words: str, code: int = 0) -> Any:
    result = runner.invoke(app, list(words))
    assert result.exit_code == code, (result.stdout, result.stderr)
    assert "Traceback" not in result.stderr
    return result


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A folder with a graph of its own, and what `build --json` said of it."""
    folder = write_notes(tmp_path_factory.mktemp("built"))
    (folder / "旧笔记.txt").write_bytes("# 位置编码\n\n位置编码是给每个词加上位置信息的方法。\n".encode("gb18030"))
    (folder / "picture.md").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    return folder, parsed(run("build", str(folder), "--json").stdout)


def test_what_was_built_is_reported_file_by_file(built: tuple[Path, Any]) -> None:
    folder, report = built
    assert report["graph"] == str(folder / ".studyatlas" / "graph.db")
    by_doc = {c["doc"]: c for c in report["coverage"]}
    assert set(by_doc) == {ATTENTION, LORA, "旧笔记.txt", "picture.md"}
    assert by_doc[ATTENTION]["lines"] == NOTES[ATTENTION].count("\n")
    assert by_doc[ATTENTION]["concepts"] > 3
    assert by_doc["旧笔记.txt"]["encoding"] == "gb18030"
    assert [s["line"] for s in by_doc["picture.md"]["skipped"]] == [0]
    assert by_doc["picture.md"]["skipped"][0]["reason"]
    assert report["counts"]["documents"] == 3
    assert list(report["seconds"])[-1] == "store"


def test_the_graph_in_the_folder_is_found_and_true(built: tuple[Path, Any]) -> None:
    folder, _ = built
    assert parsed(run("verify", "--json", "--graph", str(folder)).stdout)["holds"] is True  # type: ignore[index]
    found = parsed(run("concept", "LoRA", "--json", "--graph", str(folder)).stdout)
    assert isinstance(found, dict)
    assert "Low-Rank Adaptation" in found["aliases"]
    assert {k: found["definition"][k] for k in ("doc", "line")} == {"doc": LORA, "line": 3}


def test_the_report_in_words(tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "notes")
    (folder / "old.txt").write_bytes("# 位置编码\n\n位置编码是给每个词加上位置信息的方法。\n".encode("gb18030"))
    result = run("build", str(folder), "-o", str(tmp_path / "g.db"), "--lang", "en")
    assert "gb18030" in result.stdout
    assert f"Wrote {tmp_path / 'g.db'}" in result.stdout
    assert not (folder / ".studyatlas").exists()
    assert result.stderr.split()[:2] == ["read", "extract"]  # the names of stages, as no terminal is there for bars


def test_one_note_is_enough(tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "notes")
    report = parsed(run("build", str(folder / LORA), "--json").stdout)
    assert report["counts"]["documents"] == 1  # type: ignore[index]
    assert (folder / "en" / ".studyatlas" / "graph.db").is_file()


def test_a_folder_without_notes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("build", str(tmp_path / "empty"), code=2).stdout == ""
    assert run("build", str(tmp_path / "nothere"), code=2).stdout == ""


def test_an_earlier_graph_survives_a_build_that_fails(tmp_path: Path, notes: Path) -> None:
    graph = notes / ".studyatlas" / "graph.db"
    before = graph.read_bytes()
    for note in notes.rglob("*.md"):
        note.write_bytes(bytes(range(256)) * 20)
    run("build", str(notes), code=2)
    assert graph.read_bytes() == before


def test_a_file_that_is_not_ours_is_not_overwritten(tmp_path: Path, notes: Path) -> None:
    other = tmp_path / "thesis.db"
    other.write_text("years of work", encoding="utf-8")
    assert "thesis.db" in run("build", str(notes), "-o", str(other), code=6).stderr
    assert other.read_text(encoding="utf-8") == "years of work"


if os.name == "posix" and os.geteuid() != 0:  # root may write anywhere but in /proc

    def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
        folder = write_notes(tmp_path / "notes")
        folder.chmod(0o500)
        try:
            run("build", str(folder), code=6)
        finally:
            folder.chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where not even root can make a file")
def test_an_output_that_no_one_may_write(notes: Path) -> None:
    assert "/proc/graph.db" in run("build", str(notes), "-o", "/proc/graph.db", code=6).stderr


def test_an_output_in_no_folder(tmp_path: Path, notes: Path) -> None:
    assert run("build", str(notes), "-o", str(tmp_path / "no" / "such" / "g.db"), code=6).stderr.count("\n") == 1


def test_a_rebuild_starts_from_the_places_of_the_graph_that_it_replaces(tmp_path: Path) -> None:
    folder = write_notes(tmp_path)
    database = folder / ".studyatlas" / "graph.db"

    def layout(*options: str) -> Layout:
        run("build", str(folder), *options)
        with open_store(database) as store:
            found = store.layout()
        assert found is not None
        return found

    first = layout()
    with open_store(database) as store:
        graph = store.snapshot()
    turned = replace(first, positions=-first.positions)
    with write_store(database) as store:
        store.publish(replace(graph, layout=turned))
    assert (layout().positions == turned.positions).all()
    assert layout("--fresh-layout") == first


def test_what_was_not_read_anew_is_told(tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "notes")
    assert "not read anew" not in run("build", str(folder), "--lang", "en").stdout
    number = len(NOTES)
    assert f"{number} of {number} notes were unchanged" in run("build", str(folder), "--lang", "en").stdout
    assert parsed(run("build", str(folder), "--json").stdout)["reused"] == number
    assert parsed(run("build", str(folder), "--json", "--no-cache").stdout)["reused"] == 0
    assert sorted(path.name for path in (folder / ".studyatlas").iterdir()) == ["cache", "graph.db"]


def test_a_cache_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "notes")
    (folder / ".studyatlas").mkdir()
    (folder / ".studyatlas" / "cache").write_text("something else")
    done = run("build", str(folder), "--lang", "en")
    (line,) = [line for line in done.stderr.splitlines() if "cache" in line]
    assert str(folder / ".studyatlas" / "cache") in line
    assert "the graph is complete" in line
    assert (folder / ".studyatlas" / "cache").read_text() == "something else"


def test_the_cache_of_a_graph_in_a_database_is_not_among_the_notes(tmp_path: Path) -> None:
    settings = replace(Settings(), state=tmp_path / "state")
    assert cache_folder(FileAddress(tmp_path / ".studyatlas" / "g.db"), settings) == tmp_path / ".studyatlas" / "cache"
    assert cache_folder(FileAddress(tmp_path / "g.db"), settings) == tmp_path / ".studyatlas" / "cache"
    address = Neo4jAddress("bolt://localhost:7687", graph="notes")
    assert cache_folder(address, settings) == tmp_path / "state" / "cache"


def test_without_a_place_for_the_secret_there_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another secret each time would call all results damaged."""
    (tmp_path / "state").write_text("a file where a folder should be")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = write_notes(tmp_path / "notes")
    for _ in range(2):
        done = run("build", str(folder), "--lang", "en", "--json")
        assert parsed(done.stdout)["reused"] == 0
        (line,) = [line for line in done.stderr.splitlines() if "cache" in line]
        assert str(tmp_path / "state") in line
        assert "damaged" not in line
    assert [path.name for path in (folder / ".studyatlas").iterdir()] == ["graph.db"]


def test_the_secret_is_made_once_and_for_the_user_alone(tmp_path: Path) -> None:
    settings = replace(Settings(), state=tmp_path / "state")
    first = cache_secret(settings)
    assert first is not None
    assert len(first) == 32
    assert cache_secret(settings) == first
    if os.name != "nt":
        assert (tmp_path / "state" / "cache.secret").stat().st_mode & 0o077 == 0
    (tmp_path / "state" / "cache.secret").write_bytes(b"cut")
    assert cache_secret(settings) not in (first, b"cut", None)
