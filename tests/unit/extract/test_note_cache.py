"""Results of single notes from build to build: the graph is that of a build from nothing, whatever happened between."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import extract.note_cache
from extract.note_cache import FILE
from extract.pipeline import BuildResult, build
from graph.exchange.exports import to_json
from graph.model import GraphSnapshot
from tests.places import ROOT
from ui.cli import app

EXAMPLES = sorted((ROOT / "examples" / "notes").glob("*.md"))
PARTS = [
    "**LoRA** freezes the weights of a model and trains two small matrices. LoRA is a method of fine-tuning.",
    "**低秩适应（LoRA）**冻结原有权重，只训练两个小矩阵，因此显存占用小。",
    "A **KV cache** keeps the keys and values of earlier tokens. The KV cache needs memory.",
    "**注意力机制**给每个词一个权重。Transformer 由多层注意力机制组成。",
    "| method | memory |\n|---|---|\n| LoRA | low |\n| full fine-tuning | high |",
    "PPO 是一种强化学习算法，RLHF 常用 PPO 训练模型。",
]
NAMES = ["a.md", "b.md", "笔记/c.md", "d.txt"]


def edition(result: BuildResult) -> tuple[str, bytes]:
    """All of a graph: its export, and the vectors."""
    snapshot: GraphSnapshot = result.snapshot
    assert snapshot.vectors is not None
    vectors = snapshot.vectors.concepts.tobytes() + snapshot.vectors.passages.tobytes()
    return to_json(snapshot), vectors


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        write(tmp_path / "notes", name, f"# {name}\n\n{PARTS[number]}\n")
    return tmp_path / "notes"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def reused(notes: Path, cache: Path, **options: object) -> int:
    result = build(notes, workers=1, cache=cache, **options)  # type: ignore[arg-type]
    assert result.reuse is not None
    assert result.reuse.problem == ""
    return result.reuse.notes


edits = st.lists(
    st.tuples(
        st.sampled_from(["write", "append", "rename", "delete"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.integers(0, len(PARTS) - 1),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(edits, min_size=1, max_size=3))
def test_the_graph_is_that_of_a_build_from_nothing(
    rounds: list[list[tuple[str, str, str, int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("edits")
    notes, cache = folder / "notes", folder / "cache"
    write(notes, "always.md", f"# Always\n\n{PARTS[0]}\n\n{PARTS[3]}\n")
    build(notes, workers=1, cache=cache)
    for edit in rounds:
        for verb, name, other, part in edit:
            path = notes / name
            if verb == "write":
                write(notes, name, f"# {name}\n\n{PARTS[part]}\n")
            elif verb == "append":
                write(notes, name, (path.read_text(encoding="utf-8") if path.exists() else "") + f"\n{PARTS[part]}\n")
            elif verb == "rename" and path.exists():
                write(notes, other, path.read_text(encoding="utf-8"))
                if other != name:
                    path.unlink()
            elif verb == "delete":
                path.unlink(missing_ok=True)
        assert edition(build(notes, workers=1, cache=cache)) == edition(build(notes, workers=1))


def test_a_concept_of_a_new_note_may_change_what_others_say(notes: Path, cache: Path) -> None:
    """Prerequisites of a pack are features of the pairs around a concept as soon as any note names it."""
    body = "The **activation function** is used before the **backward pass**. The backward pass needs the activation function.\n"
    for number in range(3):
        write(notes, f"pass{number}.md", f"# Backward pass {number}\n\n{body}")
    build(notes, workers=1, cache=cache, packs=["machine-learning"])
    write(
        notes, "value.md", "# Activation value\n\nAn **activation value** is a number. The activation value is kept.\n"
    )
    kept = build(notes, workers=1, cache=cache, packs=["machine-learning"])
    fresh = build(notes, workers=1, packs=["machine-learning"])
    assert edition(kept) == edition(fresh)
    assert list(kept.pairs.signals.items()) == list(fresh.pairs.signals.items())


def test_only_what_is_new_is_extracted(notes: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reused(notes, cache) == 0
    assert reused(notes, cache) == 4
    write(notes, "a.md", f"# Another\n\n{PARTS[4]}\n")
    assert reused(notes, cache) == 3
    (notes / "b.md").rename(notes / "e.md")
    assert reused(notes, cache) == 3, "a note's name is a part of its evidence"
    (notes / "e.md").rename(notes / "b.md")
    assert reused(notes, cache) == 4, "what was there before is kept for a while"
    assert reused(notes, cache, packs=["biology"]) == 0
    assert reused(notes, cache, lexicon=False) == 0
    assert reused(notes, cache) == 4
    monkeypatch.setattr(extract.note_cache, "extractor_versions", lambda: {"studyatlas": "another"})
    assert reused(notes, cache) == 0


def test_processes_write_what_one_process_reads(cache: Path) -> None:
    folder = EXAMPLES[0].parent
    first = build(folder, workers=2, cache=cache)
    second = build(folder, workers=1, cache=cache)
    assert second.reuse is not None
    assert second.reuse.notes == len(EXAMPLES)
    assert edition(first) == edition(second)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _overwritten(file: Path) -> None:
    file.write_bytes(b"no database at all\n" * 500)


def _flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    chance = random.Random(3)
    for _ in range(200):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    file.write_bytes(data)


def _one_result(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(
            "UPDATE result SET data = zeroblob(length(data)) WHERE rowid = (SELECT min(rowid) FROM result)"
        )


def _of_another_version(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE result")
        connection.execute("CREATE TABLE result (other TEXT)")
        connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize("damage", [_cut, _emptied, _overwritten, _flipped, _one_result, _of_another_version])
def test_a_damaged_file_is_never_trusted(notes: Path, cache: Path, damage: Callable[[Path], None]) -> None:
    expected = edition(build(notes, workers=1))
    build(notes, workers=1, cache=cache)
    damage(cache / FILE)
    result = build(notes, workers=1, cache=cache)
    assert edition(result) == expected
    assert result.reuse is not None
    assert result.reuse.notes < 4
    for _ in range(2):  # a file that failed in the middle is begun anew by the next build
        result = build(notes, workers=1, cache=cache)
    assert result.reuse is not None
    assert (result.reuse.notes, result.reuse.damaged, result.reuse.problem) == (4, 0, "")


def test_a_damaged_result_is_counted(notes: Path, cache: Path) -> None:
    build(notes, workers=1, cache=cache)
    _one_result(cache / FILE)
    reuse = build(notes, workers=1, cache=cache).reuse
    assert reuse is not None
    assert (reuse.notes, reuse.damaged) == (3, 1)


def test_a_result_under_another_note_is_refused(notes: Path, cache: Path) -> None:
    """The bytes are right, and belong to another text."""
    build(notes, workers=1, cache=cache)
    with sqlite3.connect(cache / FILE) as connection:
        rows = connection.execute("SELECT checksum, data, key FROM result ORDER BY key").fetchall()
        for (checksum, data, _), (_, _, key) in zip(rows, [*rows[1:], rows[0]], strict=True):
            connection.execute("UPDATE result SET checksum = ?, data = ? WHERE key = ?", (checksum, data, key))
    result = build(notes, workers=1, cache=cache)
    assert edition(result) == edition(build(notes, workers=1))


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_cache_that_cannot_be_used_is_done_without(notes: Path, cache: Path, what: str) -> None:
    if what == "file":
        cache.write_text("I was here first")
    else:
        (cache / FILE).mkdir(parents=True)
    result = build(notes, workers=1, cache=cache)
    assert result.reuse is not None
    assert result.reuse.problem
    assert edition(result) == edition(build(notes, workers=1))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("what", ["folder", "file", ".gitignore"])
def test_nothing_is_written_through_a_link(notes: Path, cache: Path, tmp_path: Path, what: str) -> None:
    """A folder of notes that comes from somebody else may have links in it."""
    mine = tmp_path / "mine"
    if what == "folder":
        mine.mkdir()
        cache.symlink_to(mine)
    else:
        mine.write_text("my own file")
        cache.mkdir()
        (cache / (FILE if what == "file" else what)).symlink_to(mine)
    result = build(notes, workers=1, cache=cache)
    assert edition(result) == edition(build(notes, workers=1))
    assert (list(mine.iterdir()) == []) if what == "folder" else (mine.read_text() == "my own file")
    assert result.reuse is not None
    assert bool(result.reuse.problem) is (what != ".gitignore")


def test_a_cache_of_somebody_else_is_not_used(notes: Path, cache: Path) -> None:
    build(notes, workers=1, cache=cache, cache_secret=b"theirs")
    result = build(notes, workers=1, cache=cache, cache_secret=b"mine")
    assert result.reuse is not None
    assert (result.reuse.notes, result.reuse.problem) == (0, "")
    assert result.reuse.damaged >= 4
    assert reused(notes, cache, cache_secret=b"mine") == 4


@pytest.mark.parametrize("value", ["'many'", str(2**62), "-1", "NULL + 1.5"])
def test_a_number_of_builds_that_is_none_begins_a_new_file(notes: Path, cache: Path, value: str) -> None:
    build(notes, workers=1, cache=cache)
    with sqlite3.connect(cache / FILE) as connection:
        connection.execute(f"UPDATE result SET used = coalesce({value}, 'x')")
    assert reused(notes, cache) == 0
    assert reused(notes, cache) == 4


def test_text_in_place_of_bytes_is_no_result(notes: Path, cache: Path) -> None:
    build(notes, workers=1, cache=cache)
    with sqlite3.connect(cache / FILE) as connection:
        connection.execute("UPDATE result SET data = 'text'")
    reuse = build(notes, workers=1, cache=cache).reuse
    assert reuse is not None
    assert reuse.notes == 0
    assert reuse.damaged >= 4


def test_a_full_disk_costs_nothing_but_the_next_build_time(
    notes: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = extract.note_cache._connected

    def full(file: Path) -> sqlite3.Connection:
        connection = connected(file)
        connection.execute("PRAGMA max_page_count = 5")
        return connection

    monkeypatch.setattr(extract.note_cache, "_connected", full)
    for name in NAMES:
        write(notes, name, "\n\n".join([f"# {name}", *PARTS * 20]))
    result = build(notes, workers=1, cache=cache)
    assert result.reuse is not None
    assert "full" in result.reuse.problem
    assert edition(result) == edition(build(notes, workers=1))
    monkeypatch.undo()
    assert reused(notes, cache) < 4
    assert reused(notes, cache) == 4


def test_the_size_is_bounded(notes: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract.note_cache, "LEAST_BYTES", 0)
    monkeypatch.setattr(extract.note_cache, "GENEROUS", 2)
    for number in range(6):
        for name in NAMES:
            write(notes, name, f"# {name} {number}\n\n{PARTS[0]}\n\nRound {number}.\n")
        build(notes, workers=1, cache=cache)
    with sqlite3.connect(cache / FILE) as connection:
        (every,) = connection.execute("SELECT sum(length(data)) FROM result").fetchone()
        (own,) = connection.execute(
            "SELECT sum(length(data)) FROM result WHERE used = (SELECT max(used) FROM result)"
        ).fetchone()
    assert own <= every <= 2 * own
    assert reused(notes, cache) == 4, "what this build used is not what is forgotten"


def test_it_may_be_deleted_and_is_not_for_git(notes: Path, cache: Path) -> None:
    build(notes, workers=1, cache=cache)
    assert (cache / ".gitignore").read_text() == "*\n"
    shutil.rmtree(cache)
    assert reused(notes, cache) == 0


def test_two_builds_at_once_share_it(notes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graphs = [tmp_path / f"{n}.db" for n in range(2)]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "ui.cli", "build", str(notes), "-o", str(graph)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for graph in graphs
    ]
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
        assert b"cache" not in errors
    app(["build", str(notes), "-o", str(graphs[0]), "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["reused"] == 4
