"""Builds in a process of their own: watched to the end, cancelled, failed; the earlier graph stays whole."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from graph.errors import InputError
from graph.stores.address import FileAddress
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.sqlite.store import SqliteStore
from tests.unit.ui.fixture import write_notes
from ui import jobs
from ui.jobs import BuildRequest, BuildStatus, dismiss, last_build, start_build
from ui.pace import ALL_STAGES


@pytest.fixture(autouse=True)
def _no_build() -> None:
    jobs._running.clear()


def request(folder: Path) -> BuildRequest:
    return BuildRequest(folder, FileAddress(folder / ".studyatlas" / "graph.db"))


def test_a_build_is_watched_to_its_end(notes: Path) -> None:
    job = start_build(request(notes), os.environ)
    assert last_build() is job
    shares = []
    while job.status.running:
        shares.append(job.status.share)
        time.sleep(0.01)
    status = job.wait(60)
    assert status.record is not None
    assert status.record["counts"]["documents"] == 2
    assert {file["doc"] for file in status.record["coverage"]} == {"en/lora.md", "注意力机制.md"}
    assert shares == sorted(shares)
    assert status.share == 1.0
    assert (status.trouble, status.cancelled) == ("", False)
    with SqliteStore(notes / ".studyatlas" / "graph.db") as store:
        assert store.info().build == status.record["build"]
    dismiss()
    assert last_build() is None


def test_a_build_that_fails_says_why_and_leaves_the_graph(notes: Path) -> None:
    before = (notes / ".studyatlas" / "graph.db").read_bytes()
    (notes / "studyatlas.yaml").write_text("ignor: [x]\n", encoding="utf-8")
    status = start_build(request(notes), os.environ).wait(60)
    assert status.record is None
    assert "unknown key 'ignor'" in status.trouble
    assert not status.trouble.startswith("studyatlas:")
    assert (notes / ".studyatlas" / "graph.db").read_bytes() == before


def test_a_cancelled_build_leaves_the_graph(tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "many")
    for n in range(300):
        text = "\n".join(f"Term{n}x{i} is a kind of method{i}.\n" for i in range(60))
        (folder / f"{n}.md").write_text(f"# Note {n}\n\n{text}", encoding="utf-8")
    job = start_build(request(folder), os.environ)
    with pytest.raises(InputError, match="is running"):
        start_build(request(folder), os.environ)
    job.cancel()
    status = job.wait(30)
    assert (status.running, status.cancelled, status.record, status.trouble) == (False, True, None, "")
    assert not (folder / ".studyatlas" / "graph.db").exists()
    job.cancel()  # once more, to no effect


def test_no_password_is_on_the_command_line() -> None:
    address = Neo4jAddress.parse("neo4j://me:secret@localhost:7687/db?graph=notes")
    asked = BuildRequest(Path("/notes"), address, packs=(), lexicons=(Path("/mine.yaml"),))
    line = asked.command()
    assert "secret" not in " ".join(line)
    assert line[line.index("--graph") + 1] == "notes"
    assert line[line.index("--store") + 1] == "neo4j://localhost:7687/db"
    assert "--no-packs" in line
    assert line[-2:] == ["--lexicon", "/mine.yaml"]
    environment = asked.environment({"PATH": "/bin", "STUDYATLAS_STORE": "neo4j://other"})
    assert environment["STUDYATLAS_NEO4J_PASSWORD"] == "secret"
    assert "STUDYATLAS_STORE" not in environment


def test_the_share_grows_from_stage_to_stage() -> None:
    asked = BuildRequest(Path("/n"), FileAddress(Path("/g")))
    shares = [BuildStatus(asked, stage, done, 2).share for stage in ALL_STAGES for done in (0, 1, 2)]
    assert shares == sorted(shares)
    assert (shares[0], round(shares[-1], 6)) == (0.0, 1.0)
