"""How long the layout of a graph takes, and how much memory, at several sizes; with two layouts of networkx as peers.

``python -m benchmarks.bench_layout [CONCEPTS …] [--peer-up-to N] [--graph FILE …]``

The graphs are synthetic (``benchmarks/synthetic.py``) with three relations for each concept, most of them within one of
many groups, and with the themes that a build finds in them. Each layout runs in a process of its own, so that its peak
of memory is its own. *Order* is how well a layout keeps what is related together: the mean distance of two related
concepts, divided by that of two arbitrary ones (1: no order at all). *Names* is how many names
can be read at once on a screen of 1500 × 1000 pixels, if those of the concepts with most relations are written first
and none over another.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.synthetic import synthetic
from graph.layout.compute import lay_out
from graph.layout.names import label_width
from graph.model import Concept, Prerequisite, Relation
from graph.stores.opening import open_store
from graph.themes.communities import find_communities

SIZES = (1_000, 10_000, 100_000)
PEERS = ("spring_layout", "forceatlas2_layout")
GROUP = 40
"""Concepts of one group of the synthetic graph."""
INSIDE = 0.8
"""Share of the relations that stay within a group."""
FONT, LINE = 13.0, 18.0
"""Size of a name and height of a line, in pixels."""
SCREEN = (1500.0, 1000.0)

Graph = tuple[tuple[Concept, ...], tuple[Relation, ...], tuple[Prerequisite, ...]]


def grouped(size: int) -> Graph:
    """A synthetic graph, most of whose relations lead to another concept of the same group."""
    whole = synthetic(size, 3 * size)
    place = {c.id: i for i, c in enumerate(whole.concepts)}
    rng = np.random.default_rng(size)
    found: dict[tuple[str, str, str], Relation] = {}
    for relation in whole.relations:
        at = place[relation.head] // GROUP * GROUP
        near = whole.concepts[min(size - 1, at + int(rng.integers(GROUP)))].id
        tail = near if rng.random() < INSIDE else relation.tail
        if tail != relation.head:
            moved = replace(relation, tail=tail)
            found[moved.key] = moved
    return whole.concepts, tuple(found[key] for key in sorted(found)), ()


def measured(graph: Graph, method: str) -> dict[str, float]:
    """Seconds, megabytes and quality of one layout of ``graph``, in this process."""
    concepts, relations, prerequisites = graph
    themes = find_communities(concepts, relations, prerequisites) if method == "studyatlas" else []
    before, started = _megabytes(), time.process_time()
    if method == "studyatlas":
        layout = lay_out(concepts, relations, prerequisites, themes)
        points = layout.positions.astype(np.float64)
    else:
        points = _peer(concepts, relations, method)
    seconds = time.process_time() - started
    place = {c.id: i for i, c in enumerate(concepts)}
    ends = np.array([(place[r.head], place[r.tail]) for r in relations])
    degree = Counter(ends.ravel().tolist())
    order = sorted(range(len(concepts)), key=lambda i: (-degree[i], i))
    return {
        "concepts": len(concepts),
        "themes": len(themes),
        "seconds": seconds,
        "megabytes": _megabytes() - before,
        "order": _order(points, ends),
        "names": _readable(points[order], [concepts[i].name for i in order]),
    }


def _peer(concepts: tuple[Concept, ...], relations: tuple[Relation, ...], method: str) -> NDArray[np.float64]:
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(c.id for c in concepts)
    graph.add_weighted_edges_from((r.head, r.tail, float(r.confidence)) for r in relations)
    found = getattr(nx, method)(graph, seed=7)
    return np.array([found[c.id] for c in concepts], dtype=np.float64)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _order(points: NDArray[np.float64], ends: NDArray[np.int64]) -> float:
    shuffled = np.random.default_rng(0).permutation(len(points))[ends[:, 1] % len(points)]
    related = np.hypot(*(points[ends[:, 0]] - points[ends[:, 1]]).T).mean()
    return float(related / np.hypot(*(points[ends[:, 0]] - points[shuffled]).T).mean())


def _readable(points: NDArray[np.float64], names: list[str]) -> int:
    size = np.maximum(np.ptp(points, axis=0), 1e-9)
    at = points * float(min(SCREEN[0] / size[0], SCREEN[1] / size[1]))
    written = np.zeros((0, 3))
    for (x, y), name in zip(at.tolist(), names, strict=True):
        half = label_width(name, FONT) / 2.0
        over = (np.abs(written[:, 0] - x) < written[:, 2] + half) & (np.abs(written[:, 1] - y) < LINE)
        if not over.any():
            written = np.vstack([written, (x, y, half)])
    return len(written)


def _run(source: str, method: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_layout", "--one", source, method]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def _graph(source: str) -> Graph:
    if source.isdigit():
        return grouped(int(source))
    with open_store(Path(source)) as store:
        return tuple(store.concepts()), tuple(store.relations()), tuple(store.prerequisites())


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", type=int, help="concepts of synthetic graphs")
    parser.add_argument("--peer-up-to", type=int, default=1_000, help="largest graph that the peers lay out")
    parser.add_argument("--graph", action="append", default=[], help="a graph that was built")
    parser.add_argument("--one", nargs=2, metavar=("SOURCE", "METHOD"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(_graph(given.one[0]), given.one[1])))
        return
    print("| graph | layout | themes | CPU seconds | MB more | order | names |\n|---|---|---|---|---|---|---|")
    for source in [*map(str, given.sizes or (() if given.graph else SIZES)), *given.graph]:
        ours = _run(source, "studyatlas")
        shown = f"{int(ours['concepts'])}" + ("" if source.isdigit() else f" ({Path(source).stem})")
        small = ours["concepts"] <= given.peer_up_to
        for method, row in [("studyatlas", ours), *((peer, _run(source, peer)) for peer in PEERS if small)]:
            print(
                f"| {shown} | {method} | {int(row['themes'])} | {row['seconds']:.2f} | {row['megabytes']:.0f} "
                f"| {row['order']:.2f} | {int(row['names'])} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
