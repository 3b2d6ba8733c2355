"""SQLite and Neo4j side by side: how long a large graph takes to store, and how long each operation takes on it.

    python -m benchmarks.bench_stores [--concepts N] [--relations N] [--dim N] [--store URL] [--times N] [--seed N]

Without --store a Neo4j is started by Java, as for the tests (tests/neo4j/server.py), with 2.5 GB of heap and 1 GB of
page cache; its data are removed at the end. Every operation is asked of each store in one process, about the same
concepts, which are drawn at random with a seed; the first calls of each are not counted, and the answers of both are
compared."""

from __future__ import annotations

import argparse
import gc
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.bench_examples import quantile
from benchmarks.synthetic import synthetic
from graph.errors import NoPath
from graph.model import GraphSnapshot
from graph.stores.contract import GraphStore
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.store import Neo4jStore
from graph.stores.sqlite.store import SqliteStore
from tests.neo4j.server import LTS, start

WARM: Final = 5
HEAP: Final = {"heap_mb": 2500, "pages_mb": 1024}


def operations(snapshot: GraphSnapshot, times: int, seed: int) -> Mapping[str, Callable[[GraphStore, int], object]]:
    """Name → what is asked of a store the n-th time."""
    draw = random.Random(seed)
    size = len(snapshot.concepts)
    ids = [snapshot.concepts[draw.randrange(size)].id for _ in range(times + WARM)]
    hubs = [snapshot.concepts[draw.randrange(max(1, size // 100))].id for _ in range(times + WARM)]
    names = [snapshot.concepts[draw.randrange(size)].name for _ in range(times + WARM)]
    texts = [
        snapshot.passages[draw.randrange(len(snapshot.passages))].text.split("\n")[0][:40] for _ in range(times + WARM)
    ]
    groups = [[snapshot.concepts[draw.randrange(size)].id for _ in range(300)] for _ in range(times + WARM)]
    return {
        "concept by name": lambda s, n: s.concept(names[n]),
        "relations of a concept": lambda s, n: s.relations(ids[n]),
        "relations of a salient one": lambda s, n: s.relations(hubs[n]),
        "neighbourhood, 1 hop": lambda s, n: s.neighbourhood([ids[n]]),
        "neighbourhood, 2 hops": lambda s, n: s.neighbourhood([ids[n]], hops=2),
        "subgraph of 300 concepts": lambda s, n: s.subgraph(groups[n]),
        "prerequisite closure": lambda s, n: s.prerequisite_closure(ids[n]),
        "3 paths, up to 3 hops": lambda s, n: _paths(s, ids[n], hubs[n], 3),
        "3 paths, up to 4 hops": lambda s, n: _paths(s, ids[n], ids[-1 - n], 4),
        "search": lambda s, n: [(h.passage.id, round(h.score, 6)) for h in s.search(texts[n])],
    }


def likeness(snapshot: GraphSnapshot, times: int, seed: int) -> Mapping[str, Callable[[GraphStore, int], object]]:
    """As :func:`operations`, of a graph with vectors. Answers may differ: Neo4j's index is approximate."""
    if snapshot.vectors is None:
        return {}
    dim = snapshot.vectors.dim
    vectors = np.random.default_rng(seed).normal(size=(times + WARM, dim)).astype(np.float32)
    return {
        "similar concepts": lambda s, n: [i for i, _ in s.similar_concepts(vectors[n])],
        "similar passages": lambda s, n: [h.passage.id for h in s.similar_passages(vectors[n])],
    }


def _paths(store: GraphStore, start: str, end: str, hops: int) -> object:
    try:
        return store.paths(start, end, max_hops=hops)
    except NoPath:
        return None


@contextmanager
def stores(url: str | None) -> Iterator[dict[str, GraphStore]]:
    """The stores that are compared, empty."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if url is None:
            server = start(LTS, java_only=True, **HEAP)
            stack.callback(server.stop)
            url = server.address
        address = Neo4jAddress.parse(url).completed(graph="benchmark")
        yield {
            "SQLite": stack.enter_context(SqliteStore(folder / "graph.db")),
            "Neo4j": stack.enter_context(Neo4jStore.at(address)),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concepts", type=int, default=100_000)
    parser.add_argument("--relations", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=0, help="length of the vectors; 0 for none")
    parser.add_argument("--store", help="a running Neo4j, with user and password; its graph 'benchmark' is replaced")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    snapshot = synthetic(args.concepts, args.relations, seed=args.seed, dim=args.dim)
    gc.freeze()  # a graph of this size in memory is no part of what is measured: walking it takes seconds
    print(
        f"concepts {len(snapshot.concepts)}  relations {len(snapshot.relations)}  prerequisites "
        f"{len(snapshot.prerequisites)}"
        f"  passages {len(snapshot.passages)}  vectors {args.dim or 'none'}  rust extension "
        f"{'yes' if find_spec('neo4j._rust') else 'no'}",
        flush=True,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with stores(args.store) as compared:
        for name, store in compared.items():
            began, worked = time.perf_counter(), time.process_time()
            store.publish(snapshot)
            seconds, own = time.perf_counter() - began, time.process_time() - worked
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
            print(
                f"{name:7} publish {seconds:7.1f} s  CPU here {own:6.1f} s  "
                f"{len(snapshot.relations) / seconds:8.0f} relations/s  +{grown:.0f} MB here",
                flush=True,
            )
        print(f"{'ms':28}" + "".join(f"{name + ' p50':>13}{name + ' p95':>13}" for name in compared))
        questions = {**operations(snapshot, args.times, args.seed), **likeness(snapshot, args.times, args.seed)}
        for what, ask in questions.items():
            line, answers = f"{what:28}", {}
            for name, store in compared.items():
                waits, answers[name] = measured(store, ask, args.times)
                line += f"{quantile(waits, 0.5) * 1000:13.1f}{quantile(waits, 0.95) * 1000:13.1f}"
            same = len({repr(answer) for answer in answers.values()}) == 1
            print(line + ("" if same else "   DIFFERENT ANSWERS"), flush=True)


def measured(store: GraphStore, ask: Callable[[GraphStore, int], object], times: int) -> tuple[list[float], list[Any]]:
    """Seconds of each call but the first few, and what they answered."""
    waits: list[float] = []
    answers: list[Any] = []
    for n in range(times + WARM):
        began = time.perf_counter()
        answers.append(ask(store, n))
        if n >= WARM:
            waits.append(time.perf_counter() - began)
    return waits, answers


if __name__ == "__main__":
    main()
