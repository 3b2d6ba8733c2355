"""`build --watch` builds again when notes change, and outlives a build that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from watchfiles import Change

from graph.errors import StoreError
from graph.stores.opening import open_store
from tests.places import ROOT
from ui.commands.watch import NotesOnly

LORA = "# LoRA\n\n**LoRA** is a method of fine-tuning that trains two small matrices.\n"
CACHE = "# KV cache\n\nA **KV cache** keeps the keys and values of earlier tokens.\n"


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("a.md", True),
        ("deep/笔记.txt", True),
        ("studyatlas.yaml", True),
        (".studyatlas/graph.db", False),
        (".studyatlas/cache/notes.db-wal", False),
        (".git/index", False),
        ("node_modules/x/readme.md", False),
        (".a.md.swp", False),
        ("graph.db", False),
        ("graph.db.tmp-0a1b2c3d", False),
        ("graph.db-wal", False),
        ("graph.db.md", True),
        ("../elsewhere.md", False),
    ],
)
def test_only_notes_begin_a_build(path: str, begins: bool) -> None:
    notes = Path("/notes")
    only = NotesOnly(notes, notes / "graph.db", everything=False)
    assert only(Change.modified, os.path.normpath(notes / path)) is begins


def test_hidden_folders_count_where_everything_is_read() -> None:
    only = NotesOnly(Path("/notes"), None, everything=True)
    assert only(Change.added, "/notes/.drafts/a.md")
    assert not only(Change.added, "/notes/.studyatlas/graph.db")


def test_of_a_single_note_only_that_counts(tmp_path: Path) -> None:
    note = tmp_path / "a.md"
    note.write_text(LORA)
    only = NotesOnly(note, None, everything=False)
    assert only(Change.modified, str(note))
    assert only(Change.modified, str(tmp_path / "studyatlas.yaml"))
    assert not only(Change.modified, str(tmp_path / "b.md"))


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[tuple[Path, list[str], subprocess.Popen[str]]]:
    """A folder of notes, the lines that `build --watch` has said on stderr so far, and its process."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "lora.md").write_text(LORA)
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "build", str(notes), "--watch", "--lang", "en"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # what a background job ignores
    )
    said: list[str] = []
    assert process.stderr is not None
    reader = Thread(target=said.extend, args=(iter(process.stderr.readline, ""),), daemon=True)
    reader.start()
    try:
        yield notes, said, process
    finally:
        process.kill()
        process.wait()
        reader.join(timeout=20)
        process.stderr.close()


def until(happened: Callable[[], bool], said: list[str]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("".join(said))


def concepts(notes: Path) -> set[str]:
    try:
        with open_store(notes / ".studyatlas" / "graph.db") as store:
            return {concept.name for concept in store.concepts()}
    except StoreError:
        return set()


def test_a_change_is_built_and_a_failure_outlived(
    watching: tuple[Path, list[str], subprocess.Popen[str]],
) -> None:
    notes, said, process = watching

    def times_waiting() -> int:
        return sum(line.startswith("Watching") for line in said)

    until(lambda: any(line.startswith("relate") for line in said), said)
    (notes / "cache.md").write_text(CACHE)  # the first build has read the folder before
    until(lambda: times_waiting() == 2, said)
    assert "KV cache" in concepts(notes)
    (notes / "studyatlas.yaml").write_text("packs: [no-such-field]\n")
    until(lambda: times_waiting() == 3, said)
    assert any("no-such-field" in line for line in said)
    assert not any("Traceback" in line for line in said)
    assert process.poll() is None
    assert "KV cache" in concepts(notes), "the earlier graph is whole"
    (notes / "studyatlas.yaml").unlink()
    (notes / "lora.md").unlink()
    until(lambda: times_waiting() == 4, said)
    assert "LoRA" not in concepts(notes)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 0
    assert not any("Traceback" in line for line in said)


@pytest.mark.parametrize("where", ["nowhere", "no/where/at/all"])
def test_the_first_build_must_succeed(tmp_path: Path, where: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "build", str(tmp_path / where), "--watch"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert where in done.stderr
    assert "Traceback" not in done.stderr
