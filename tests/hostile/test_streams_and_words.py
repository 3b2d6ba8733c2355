"""Output that cannot be written and words that are no Unicode: one clear sentence and an exit code, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph.errors import AmbiguousConcept, NoPath, NoSuchConcept
from graph.stores.sqlite.store import SqliteStore
from tests.contract import small_graph as g
from tests.places import ROOT

BAD = b"x\xffy"
"""What becomes a lone surrogate in Python."""


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "graph.db"
    with SqliteStore(path) as store:
        store.publish(g.SMALL)
    return path


def run(shell: str, *words: bytes | str) -> subprocess.CompletedProcess[bytes]:
    """Run the command with ``words``, its streams as ``shell`` says."""
    command = f'exec "{sys.executable}" -m ui.cli "$@" {shell}'
    return subprocess.run(
        ["/bin/sh", "-c", command, "sh", *words], cwd=ROOT, capture_output=True, timeout=60, check=False
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")  # noqa: PTH110
@pytest.mark.parametrize("words", [("info",), ("info", "--json"), ("export",), ("themes",)])
def test_a_full_disk_behind_the_output(graph: Path, words: tuple[str, ...]) -> None:
    done = run(">/dev/full", *words, "--graph", str(graph))
    assert done.returncode == 1
    assert done.stderr == b"studyatlas: Cannot write the output: No space left on device.\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_a_closed_output(graph: Path) -> None:
    done = run(">&-", "info", "--graph", str(graph))
    assert done.returncode == 1
    assert done.stderr.startswith(b"studyatlas: Standard output is closed")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_closed_errors(graph: Path) -> None:
    assert run("2>&-", "concept", "nothing like it", "--graph", str(graph)).returncode == 4


@pytest.mark.skipif(os.name == "nt", reason="names of files are Unicode on Windows")
@pytest.mark.parametrize(
    ("words", "code"),
    [(("concept", BAD), 4), (("search", BAD), 0), (("path", BAD, BAD), 4), (("info", "--lang", BAD), 2)],
)
def test_words_that_are_no_unicode(graph: Path, words: tuple[bytes | str, ...], code: int) -> None:
    done = run("", *words, "--graph", str(graph))
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_files_whose_names_are_no_unicode(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/" + BAD
    os.mkdir(folder)  # noqa: PTH102
    Path(os.fsdecode(folder), "a.md").write_text(
        "# Gradient descent\n\n**Gradient descent** is a method.\n", encoding="utf-8"
    )
    Path(os.fsdecode(folder + b"/" + BAD + b".md")).write_text("# Other\n\n**Other** is a method.\n", encoding="utf-8")
    done = run("", "build", folder, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert b"not valid Unicode" in done.stdout
    for verb in ("info", "verify"):
        assert run("", verb, "--graph", folder).returncode == 0
    missing = run("", "info", "--graph", folder + b"/none.db")
    assert (missing.returncode, missing.stderr.count(b"\n")) == (6, 1)


@pytest.mark.parametrize("question", ["1" * 5000, "[" * 100_000])
def test_json_that_python_refuses(graph: Path, tmp_path: Path, question: str) -> None:
    (tmp_path / "questions.jsonl").write_text(f'{{"question": {question}}}\n', encoding="utf-8")
    done = run("", "ask", "--batch", str(tmp_path / "questions.jsonl"), "--graph", str(graph))
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"questions.jsonl:1" in done.stderr


def test_errors_cut_long_names() -> None:
    name = "x" * 5000
    for error in (
        NoSuchConcept(name, [name, name]),
        AmbiguousConcept(name, [name, name]),
        NoPath(name, name, 3),
    ):
        assert len(str(error)) < 350
        assert "x" * 79 + "…" in str(error)
        assert "x" * 80 not in str(error)
    assert str(NoSuchConcept("y" * 80)) == f"No concept named {'y' * 80!r}."
