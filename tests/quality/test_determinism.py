"""The same notes give the same graph, whatever the hashes of strings, the processes, threads and machines that work,
the order of files, and what an earlier build left in the cache.

Each run is a process of its own with another ``PYTHONHASHSEED``. The files are made in another order, and every listing
of a folder that Python asks for comes back shuffled.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.dask_cluster import cluster
from tests.places import ROOT

NOTES = {
    "02-transformer.md": "",
    "03-注意力机制.md": "",
    "06-kv-cache.md": "",
    "08-rlhf.md": "",
    "09-偏好优化.md": "more",
    "12-rag-graphrag.md": "more/deep",
}
"""Example notes in English, Chinese and both → the folder that they are put in."""
PROGRAM = """
import hashlib, os, random, sys
from dataclasses import replace

_scandir = os.scandir
order = random.Random(sys.argv[1])

class Shuffled:
    def __init__(self, path="."):
        with _scandir(path) as found:
            self.entries = list(found)
        order.shuffle(self.entries)
    def __iter__(self): return iter(self.entries)
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def close(self): pass

os.scandir = Shuffled
_, _, folder, where, graph, out = sys.argv

from graph.stores.sqlite.store import SqliteStore
from ui.cli import app

app(["build", folder, where, "--output", graph], standalone_mode=False)
for format in ("json", "graphml"):
    app(["export", "--graph", graph, "--format", format, "--output", f"{out}.{format}"], standalone_mode=False)
with SqliteStore(graph) as store:
    snapshot = store.snapshot()
vectors = snapshot.vectors
assert vectors is not None
digest = hashlib.sha256(repr(replace(snapshot, vectors=None, source="")).encode())
digest.update(repr((vectors.concept_ids, vectors.passage_ids)).encode())
for part in (vectors.concepts.tobytes(), vectors.passages.tobytes(), vectors.state):
    digest.update(part)
with open(f"{out}.sha256", "w") as file:
    file.write(digest.hexdigest())

# What the models say before it is rounded: a sum in another order shows in the last bit, and only sometimes in a graph.
from pathlib import Path
import numpy as np
from extract.concepts.candidates import collect
from extract.concepts.drafts import ConceptDraft
from extract.concepts.kinds import KindModel, kind_odds, name_features
from extract.concepts.salience import SalienceModel
from extract.knowledge.lexicon import default_lexicon
from extract.notes.parse import parse
from extract.relations.inference import Sightings, scored_pairs, type_votes
from extract.relations.instances import chunks
from extract.relations.knowledge import PairKnowledge
from extract.relations.model import RelationModel
from extract.text.occurrences import locate
from extract.text.parsed_doc import parsed_doc

lexicon, digest = default_lexicon(), hashlib.sha256()
texts = {d.id: (Path(folder) / d.id).read_text(encoding="utf-8") for d in snapshot.documents}
docs = [parsed_doc(name, parse(text, suffix=".md")) for name, text in texts.items()]
for doc in docs:
    digest.update(repr(sorted(SalienceModel.default().scores(collect(doc), lexicon).items())).encode())
for c in snapshot.concepts:
    digest.update(KindModel.default().probabilities(name_features(c.names, lexicon)).tobytes())
drafts = [
    ConceptDraft(c.id, c.name, c.aliases, c.kind, c.confidence, kind_odds(c.names, lexicon)) for c in snapshot.concepts
]
model = RelationModel.default()
for notes in chunks(docs, locate(docs, ((n, i) for i, d in enumerate(drafts) for n in d.names))):
    scored = scored_pairs(Sightings.of(notes, drafts, PairKnowledge.of(drafts, lexicon)), model)
    votes = type_votes(scored, np.arange(len(scored.pairs)), model.types).votes
    digest.update(scored.instance_scores.tobytes() + scored.scores.tobytes() + votes.tobytes())
with open(f"{out}.scores", "w") as file:
    file.write(digest.hexdigest())
"""

EARLIER = """
import sys
from pathlib import Path
from ui.cli import app

_, folder, where, graph, other = sys.argv
notes = Path(folder)
build = ["build", folder, where, "--output", graph]
more, edited = notes / "more" / "other.md", min(notes.rglob("*.md"))
text = edited.read_bytes()

more.write_bytes(Path(other).read_bytes())
app(build, standalone_mode=False)
more.unlink()
edited.write_bytes(text.replace(b"attention", b"regard") + b"\\n\\n# More\\n\\nLoRA is a probe.\\n")
app(build, standalone_mode=False)
edited.write_bytes(text)
Path(graph).unlink()  # a map keeps its places from the graph before
"""
"""Two builds that fill the cache: with one more note, and with another edited, which is undone."""
OTHER = "01-training-stages.md"


@dataclass(frozen=True)
class Run:
    """How one run differs from the others."""

    hash_seed: int
    workers: int
    """0: the two workers of a Dask cluster."""
    threads: str = ""
    """Threads of the linear algebra; empty for as many as there are processors."""
    incremental: bool = False
    """Whether it takes from the cache what builds of other notes left there."""


RUNS = (
    Run(0, 1),
    Run(0, 2, "1"),
    Run(1, 1, "1"),
    Run(1, 2),
    Run(4242, 1),
    Run(4242, 2, "2"),
    Run(77, 0),
    Run(9, 2, "", True),
)


def make_notes(folder: Path, seed: str) -> None:
    names = sorted(NOTES)
    random.Random(seed).shuffle(names)
    for name in names:
        (folder / NOTES[name]).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "examples" / "notes" / name, folder / NOTES[name] / name)


def exports(place: Path, run: Run, scheduler: str) -> Mapping[str, bytes]:
    """Ending → contents of what is written of a graph that is built as ``run`` says."""
    where = f"--workers={run.workers}" if run.workers else f"--dask={scheduler}"
    seed = f"{run.hash_seed} {run.workers}"
    make_notes(place / "notes", seed)
    words = [seed, str(place / "notes"), where, str(place / "graph.db"), str(place / "out")]
    threads = {name: run.threads for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS") if run.threads}
    programs = [[PROGRAM, *words]]
    if run.incremental:
        programs.insert(0, [EARLIER, *words[1:4], str(ROOT / "examples" / "notes" / OTHER)])
    for program in programs:
        done = subprocess.run(
            [sys.executable, "-c", *program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(run.hash_seed), **threads},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert any((place / ".studyatlas" / "cache").iterdir())
    return {path.suffix: path.read_bytes() for path in sorted(place.glob("out.*"))}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Run, Mapping[str, bytes]]:
    with cluster(tmp_path_factory.mktemp("dask"), PYTHONHASHSEED="5") as workers:
        return {run: exports(tmp_path_factory.mktemp("run"), run, workers.address) for run in RUNS}


def test_the_runs_differ_as_they_should(tmp_path: Path) -> None:
    assert {run.hash_seed for run in RUNS} == {0, 1, 9, 77, 4242}
    assert {run.incremental for run in RUNS} == {False, True}
    assert {run.workers for run in RUNS} == {0, 1, 2}
    assert all({run.workers for run in RUNS if run.hash_seed == seed} == {1, 2} for seed in (0, 1, 4242))
    orders = set()
    for run in RUNS:
        names = sorted(NOTES)
        random.Random(f"{run.hash_seed} {run.workers}").shuffle(names)
        orders.add(tuple(names))
    assert len(orders) == len(RUNS)


@pytest.mark.parametrize("ending", [".json", ".graphml", ".sha256", ".scores"])
def test_every_run_writes_the_same_bytes(found: Mapping[Run, Mapping[str, bytes]], ending: str) -> None:
    """``.sha256``: of the whole graph, with texts, merges and vectors, too. ``.scores``: of unrounded probabilities."""
    first = found[RUNS[0]][ending]
    assert len(first) >= 64
    assert [run for run in RUNS if found[run][ending] != first] == []
