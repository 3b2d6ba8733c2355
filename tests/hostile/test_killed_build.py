"""kill -9 at any moment of incremental builds: the earlier graph is whole, and the next build is right.

`make soak` kills fifty builds; `make test` a few.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from extract.pipeline import build
from graph.exchange.exports import to_json
from graph.stores.opening import open_store
from tests.places import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
KILLS = int(os.environ.get("STUDYATLAS_KILLS", "2"))
PART = "The {n}th method of gradient descent ({word}) minimizes the loss. {word} 用于训练神经网络，步骤 {n}。\n\n"
WORDS = ("momentum", "Adam", "RMSProp", "AdaGrad", "Nesterov", "Lion")


def edit(notes: Path, chance: random.Random, number: int) -> None:
    """Write, rename or delete a few notes."""
    for _ in range(3):
        name = notes / f"{chance.randrange(12)}.md"
        verb = chance.choice(["write", "write", "rename", "delete"])
        if verb == "write" or not name.exists():
            body = "".join(PART.format(n=number, word=chance.choice(WORDS)) for _ in range(chance.randrange(1, 40)))
            name.write_text(f"# Gradient descent {chance.randrange(99)}\n\n{body}", encoding="utf-8")
        elif verb == "rename":
            name.rename(notes / f"{chance.randrange(12)}.md")
        else:
            name.unlink()


def started(notes: Path, graph: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "build", str(notes), "-o", str(graph), "--workers", "2"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def exported(graph: Path) -> str:
    with open_store(graph) as store:
        return to_json(store.snapshot())


def from_nothing(notes: Path) -> str:
    return to_json(build(notes, workers=1).snapshot)


@pytest.fixture
def place(tmp_path: Path) -> tuple[Path, Path, float]:
    """A folder of notes, its graph, and the seconds that a build of it takes."""
    notes, graph = tmp_path / "notes", tmp_path / "graph.db"
    notes.mkdir()
    (notes / "always.md").write_text("# Loss\n\nThe **loss** says how wrong a model is.\n")
    edit(notes, random.Random(0), 0)
    begun = time.perf_counter()
    assert started(notes, graph).wait(timeout=120) == 0
    return notes, graph, time.perf_counter() - begun


@pytest.mark.timeout(120 + 60 * KILLS)
def test_a_killed_build_leaves_the_earlier_graph_and_the_next_is_right(place: tuple[Path, Path, float]) -> None:
    notes, graph, seconds = place
    chance = random.Random(11)
    for number in range(1, KILLS + 1):
        before = exported(graph)
        edit(notes, chance, number)
        after = from_nothing(notes)
        process = started(notes, graph)
        time.sleep(chance.uniform(0.2, 1.1) * seconds)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert exported(graph) in (before, after)
        assert started(notes, graph).wait(timeout=120) == 0
        assert exported(graph) == after
