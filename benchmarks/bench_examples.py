"""How long a learner waits: build, cold commands and warm questions on a folder of notes.

    python -m benchmarks.bench_examples [--notes FOLDER] [--questions FILE.jsonl] [--repeat N]

Prints the seconds of each stage of the build, its rate, the time of commands started from the shell, and the latency of
warm questions."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from extract.notes.inventory import find_notes
from extract.pipeline import build
from graph.stores.opening import write_store
from queries.answer.answerer import Answerer

ROOT = Path(__file__).resolve().parents[1]


def timed(act: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def command(*arguments: str) -> float:
    """Wall seconds of ``studyatlas ARGUMENTS`` from a new process."""
    studyatlas = Path(sys.executable).with_name("studyatlas")
    return timed(lambda: subprocess.run([str(studyatlas), *arguments], check=True, capture_output=True))


def quantile(seconds: Sequence[float], share: float) -> float:
    """The ``share`` quantile by nearest rank."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=Path, default=ROOT / "examples" / "notes")
    parser.add_argument("--questions", type=Path, default=ROOT / "tests" / "quality" / "questions.jsonl")
    parser.add_argument(
        "--repeat", type=int, default=3, help="how often each is measured; the best of a build and a command counts"
    )
    args = parser.parse_args()
    size = sum(path.stat().st_size for path in find_notes(args.notes))

    results = [build(args.notes) for _ in range(args.repeat)]
    best = min(results, key=lambda r: sum(r.seconds.values()))
    total = sum(best.seconds.values())
    snapshot = best.snapshot
    print(
        f"notes {len(snapshot.documents)}  KB {size / 1000:.0f}  concepts {len(snapshot.concepts)}  relations "
        f"{len(snapshot.relations)}"
    )
    print("build  " + "  ".join(f"{stage} {seconds:.2f}" for stage, seconds in best.seconds.items()))
    print(f"build  {total:.2f} s, {size / 1000 / total:.0f} KB/s, warm, one process")

    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "graph.db"
        with write_store(graph) as store:
            store.publish(snapshot)
            answerer = Answerer.from_store(store)
            questions = [
                json.loads(line)["question"] for line in args.questions.read_text(encoding="utf-8").splitlines() if line
            ]
            waits = [timed(partial(answerer.ask, question)) for _ in range(args.repeat) for question in questions]
        middle, slow = statistics.median(waits) * 1000, quantile(waits, 0.95) * 1000
        print(f"ask    p50 {middle:.0f} ms  p95 {slow:.0f} ms, warm, {len(questions)} questions")
        for arguments in (
            ["--help"],
            ["info", "--graph", str(graph)],
            ["ask", questions[0], "--graph", str(graph)],
            ["build", str(args.notes), "--output", str(graph)],
        ):
            print(f"shell  {arguments[0]:7} {min(command(*arguments) for _ in range(args.repeat)):.2f} s")
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB at most in this process")


if __name__ == "__main__":
    main()
