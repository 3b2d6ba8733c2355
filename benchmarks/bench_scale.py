"""How build time, memory and the speed of questions grow with the notes.

Varied notes of rising size (:mod:`benchmarks.varied_notes`) are built with the command line, then asked.

    python -m benchmarks.bench_scale [--megabytes 1 3 10 30 100] [--workers N] [--seed N] [--keep FOLDER] [--build-only]

Times are CPU seconds of all processes, and seconds on the clock; memory is the largest sum of the proportional set
sizes of all processes of a build (Linux only), looked at every two seconds. "Cold" questions are commands of their own,
with what Python and its libraries take to start; "warm" ones are asked in one process, on concepts drawn with a seed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.bench_examples import quantile
from benchmarks.varied_notes import write_varied
from graph.errors import NoPath
from graph.stores.opening import open_store
from queries.answer.ask import answer_question
from queries.retrieval.retriever import Retriever
from queries.study.path import study_path

ROOT: Final = Path(__file__).resolve().parents[1]
COMMAND: Final = (sys.executable, "-m", "ui.cli")
LOOK: Final = 2.0
"""Seconds between two looks at the memory."""
ASKED: Final = 20
"""Questions of each kind in one process."""


@dataclass(frozen=True)
class Measured:
    """What one command took."""

    wall: float
    cpu: float
    own: float
    """CPU seconds of the first process; the others had the rest."""
    peak: float
    """MB of all processes."""
    output: str


def measured(words: Sequence[str]) -> Measured:
    """Run the command ``studyatlas`` with these words.

    Raises:
        RuntimeError: it failed.
    """
    before, started = _cpu(), time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([*COMMAND, *words], cwd=ROOT, stdout=out, stderr=err)
        peak = own = 0.0
        while process.poll() is None:
            peak = max(peak, sum(map(_memory, _family(process.pid))))
            own = max(own, _own_cpu(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK)
        wall = time.perf_counter() - started
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)}: code {process.returncode}: {err.read().decode()[-2000:]}")
        return Measured(wall, _cpu() - before, own, peak, out.read().decode())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _own_cpu(number: int) -> float:
    """CPU seconds of a process so far, without those of its children; 0 where it has ended."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _family(number: int) -> Iterator[int]:
    """The process and all its children."""
    yield number
    with suppress(OSError):
        for place in Path(f"/proc/{number}/task").glob("*/children"):
            for child in place.read_text().split():
                yield from _family(int(child))


def _memory(number: int) -> float:
    """MB of a process; memory that several share is divided among them. 0 where it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    return 0.0


def cold(graph: Path, names: Sequence[str]) -> dict[str, Measured]:
    """Commands of their own: opening, a concept, a question, a path, a study plan."""
    a, b = names[:2]
    verbs = {
        "open": ["info"],
        "concept": ["concept", a],
        "ask": ["ask", f"What is {a}?"],
        "path": ["path", a, b],
        "study": ["study", a],
    }
    found = {}
    for verb, words in verbs.items():
        with suppress(RuntimeError) if verb == "path" else nullcontext():  # two concepts may not be connected
            found[verb] = measured([*words, "--graph", str(graph), "--json"])
    return found


def warm(graph: Path, seed: int) -> dict[str, list[float]]:
    """Kind → milliseconds of each question in one process, the first of each kind aside."""
    draw = random.Random(seed)
    with open_store(graph) as store:
        names = [concept.name for concept in store.concepts()]
        engine = Retriever.from_store(store)
        kinds: dict[str, Callable[[str, str], Any]] = {
            "concept": lambda a, _: (store.concept(a), store.relations(store.concept(a).id)),
            "ask": lambda a, _: answer_question(store, f"What is {a}?", engine=engine),
            "ask how related": lambda a, b: answer_question(store, f"How is {a} related to {b}?", engine=engine),
            "path": lambda a, b: store.paths(store.concept(a).id, store.concept(b).id),
            "study": lambda a, _: study_path(store, a),
        }
        found: dict[str, list[float]] = {}
        for kind, act in kinds.items():
            for number in range(ASKED + 1):
                a, b = draw.choice(names), draw.choice(names)
                start = time.perf_counter()
                with suppress(NoPath):
                    act(a, b)
                if number:
                    found.setdefault(kind, []).append((time.perf_counter() - start) * 1000)
    return found


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, nargs="+", default=[1, 3, 10, 30, 100])
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="Keep notes and graphs here, and use the notes that are there.")
    parser.add_argument("--build-only", action="store_true", help="Ask nothing.")
    args = parser.parse_args(arguments)
    for megabytes in args.megabytes:
        with _folder(args.keep) as folder:
            notes, graph = folder / f"notes-{megabytes:g}", folder / f"{megabytes:g}.db"
            if not notes.is_dir():
                write_varied(notes, int(megabytes * 1e6), seed=args.seed)
            files = [path.stat().st_size for path in notes.rglob("*.md")]
            _tell_build(notes, graph, sum(files) / 1e6, len(files), args.workers)
            if not args.build_only:
                _tell_questions(graph, args.seed)


def _tell_build(notes: Path, graph: Path, size: float, files: int, workers: int) -> None:
    graph.unlink(missing_ok=True)
    built = measured(["build", str(notes), "--output", str(graph), "--workers", str(workers), "--json"])
    record = json.loads(built.output)
    counts, seconds = record["counts"], record["seconds"]
    print(
        f"\n{size:.1f} MB, {files} files, {workers} workers: {built.wall:.0f} s, {built.cpu:.0f} CPU s "
        f"({built.cpu / size:.1f} CPU s/MB), peak {built.peak:.0f} MB ({built.peak / size:.0f} MB/MB), "
        f"{counts['concepts']} concepts, {counts['relations']} relations, {counts['prerequisites']} prerequisites, "
        f"{counts['communities']} themes, graph {graph.stat().st_size / 1e6:.0f} MB"
    )
    shortest = built.own + (built.cpu - built.own) / max(1, workers)
    print(
        f"  critical path {shortest / size:.1f} CPU s/MB: the first process, and the others' work divided by {workers}"
    )
    print("  s/MB on the clock: " + ", ".join(f"{stage} {taken / size:.2f}" for stage, taken in seconds.items()))
    sys.stdout.flush()


def _tell_questions(graph: Path, seed: int) -> None:
    with open_store(graph) as store:
        names = [concept.name for concept in store.concepts()]
    for verb, taken in cold(graph, random.Random(seed).sample(names, 2)).items():
        print(f"  cold {verb}: {taken.wall:.2f} s, {taken.cpu:.2f} CPU s, {taken.peak:.0f} MB")
    for kind, waits in warm(graph, seed).items():
        print(f"  warm {kind}: median {statistics.median(waits):.0f} ms, p95 {quantile(waits, 0.95):.0f} ms")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
