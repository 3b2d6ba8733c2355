"""How long warm questions take on a large graph.

Definition, relation, comparison, several hops, prerequisites, study path, overview.

    python -m benchmarks.bench_ask [--concepts N] [--relations N] [--dim N] [--times N] [--seed N] [--graph FILE]

Without --graph a synthetic graph (:mod:`benchmarks.synthetic`) is stored in SQLite.
The concepts asked about are drawn at random with a seed.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.bench_examples import quantile
from benchmarks.synthetic import synthetic
from graph.stores.contract import GraphStore
from graph.stores.opening import open_store, write_store
from queries.answer.ask import answer_question
from queries.retrieval.retriever import Retriever

FRAMES: Final = {
    "definition": "What is {a}?",
    "relation": "How is {a} related to {b}?",
    "compare": "{a} 和 {b} 有什么区别？",
    "multi_hop": "Which method does {a} use, and what does {b} add to it?",
    "prerequisites": "What should I understand before I study {a}?",
    "study_path": "从 {a} 怎么一步步学到 {b}？",
    "global": "What topics do the notes cover?",
}


def asked(store: GraphStore, times: int, seed: int) -> dict[str, list[float]]:
    """Kind → milliseconds of each question."""
    engine = Retriever.from_store(store)
    names = [concept.name for concept in store.concepts()]
    draw = random.Random(seed)
    waits: dict[str, list[float]] = {}
    for kind, frame in FRAMES.items():
        for number in range(times + 1):
            question = frame.format(a=draw.choice(names), b=draw.choice(names))
            start = time.perf_counter()
            answer_question(store, question, engine=engine)
            if number:  # the first one of a kind loads word lists
                waits.setdefault(kind, []).append((time.perf_counter() - start) * 1000)
    return waits


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concepts", type=int, default=100_000)
    parser.add_argument("--relations", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=10, help="questions of each kind")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--graph", type=Path, help="a graph that was built, instead of a synthetic one")
    args = parser.parse_args(arguments)
    with ExitStack() as stack:
        if args.graph is None:
            graph = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "graph.db"
            with write_store(graph) as store:
                store.publish(synthetic(args.concepts, args.relations, seed=args.seed))
        else:
            graph = args.graph
        store = stack.enter_context(open_store(graph))
        start = time.perf_counter()
        waits = asked(store, args.times, args.seed)
        total = time.perf_counter() - start
    every = [wait for found in waits.values() for wait in found]
    for kind, found in [*waits.items(), ("all", every)]:
        print(
            f"{kind:14} p50 {statistics.median(found):6.0f} ms   p95 {quantile(found, 0.95):6.0f} ms   {len(found)} "
            f"questions"
        )
    print(
        f"index and all questions {total:.1f} s, memory "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
