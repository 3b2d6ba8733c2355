"""What a build costs after one note of many has changed, next to a build from nothing in the same run.

    python -m benchmarks.bench_incremental [--notes 1000] [--kilobytes 1000] [--edits 3] [--workers N] [--seed N]

Varied notes (:mod:`benchmarks.varied_notes`) are built with the command line: once without a cache, once into an empty
one, and after each edit. An edit adds a sentence with a new name and a name that other notes have. At the end the graph
must be that of a build from nothing, byte for byte. Seconds are those of the clock and of the CPU, all processes, with
what Python takes to start; "read" to "store" are the stages as the build reports them.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.varied_notes import write_varied

ROOT: Final = Path(__file__).resolve().parents[1]
COMMAND: Final = (sys.executable, "-m", "ui.cli")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one build took."""

    name: str
    clock: float
    cpu: float
    reused: int
    stages: dict[str, float]


def build(name: str, notes: Path, graph: Path, *options: str) -> Cost:
    """Build ``notes`` with the command line."""
    before, started = _cpu(), time.perf_counter()
    command = [*COMMAND, "build", str(notes), "--output", str(graph), "--json", "--fresh-layout", *options]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    clock, cpu = time.perf_counter() - started, _cpu() - before
    report = json.loads(done.stdout)
    return Cost(name, clock, cpu, report["reused"], report["seconds"])


def export(graph: Path, target: Path) -> bytes:
    """The graph as JSON."""
    command = [*COMMAND, "export", "--graph", str(graph), "--format", "json", "--output", str(target)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return target.read_bytes()


def edit(notes: Path, random_: random.Random, number: int) -> None:
    """Add a sentence to one of the notes: a new name, and the title of another note."""
    paths = sorted(notes.rglob("*.md"))
    path, other = random_.sample(paths, 2)
    title = other.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\nThe **Quillon gate {number}** is a kind of sensor. The Quillon gate {number} uses {title}.\n")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run it; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=int, default=1000)
    parser.add_argument("--kilobytes", type=int, default=1000)
    parser.add_argument("--edits", type=int, default=3)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    workers = ("--workers", str(args.workers)) if args.workers else ()
    random_ = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        notes, graph, plain = Path(folder, "notes"), Path(folder, "kept.db"), Path(folder, "plain.db")
        size = write_varied(notes, args.kilobytes * 1000, seed=args.seed, note=args.kilobytes * 1000 // args.notes)
        costs = [build("from nothing, no cache", notes, plain, "--no-cache", *workers)]
        costs.append(build("from nothing, into a cache", notes, graph, *workers))
        costs.append(build("nothing changed", notes, graph, *workers))
        for number in range(1, args.edits + 1):
            edit(notes, random_, number)
            costs.append(build(f"edit {number}", notes, graph, *workers))
        build("", notes, plain, "--no-cache", *workers)
        same = export(graph, Path(folder, "kept.json")) == export(plain, Path(folder, "plain.json"))
        kept = sum(path.stat().st_size for path in Path(folder, ".studyatlas", "cache").iterdir())
    stages = list(costs[0].stages)
    print(f"{size / 1e6:.2f} MB of notes, cache {kept / 1e6:.1f} MB, the graph is the same: {same}\n")
    print("| build | s | CPU s | share of CPU | reused | " + " | ".join(stages) + " |")
    print("|---" * (5 + len(stages)) + "|")
    for cost in costs:
        row = (cost.name, f"{cost.clock:.1f}", f"{cost.cpu:.1f}", f"{cost.cpu / costs[0].cpu:.0%}", f"{cost.reused}")
        print("| " + " | ".join((*row, *(f"{cost.stages.get(stage, 0.0):.2f}" for stage in stages))) + " |")
    if not same:
        sys.exit("The graph of the last edit is not that of a build from nothing.")


if __name__ == "__main__":
    main()
