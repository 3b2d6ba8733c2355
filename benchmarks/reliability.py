"""What a confidence is worth.

Of the relations and prerequisites that a graph contains with a confidence of 0.6 to 0.7, how many are right.

    python -m benchmarks.reliability GRAPH GOLD_DIR… [--graph …]
    python -m benchmarks.reliability --folds FOLDER GOLD_PARENT

GRAPH is a graph file or an export in JSON, GOLD_DIR an annotated piece (docs/gold.md). ``--folds`` reads what ``python
-m training.crossvalidate --export FOLDER`` wrote: graphs by models that had not seen the annotated notes. Counted are
relations both of whose concepts are annotated; right is a relation with a type where type and direction are those of
the annotation, one without a type where the annotation relates the two at all, and a prerequisite where the
annotation's closure has it."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import networkx as nx

from graph.evaluation.annotations import gold_folders, read_gold
from graph.evaluation.figures import Gold, normal
from graph.exchange.exports import from_json
from graph.model import GraphSnapshot, RelationType
from graph.stores.opening import open_store

Judged = tuple[str, float, bool]
"""Sort of statement, confidence, whether it is right."""


def judged(graph: GraphSnapshot, gold: Gold) -> Iterator[Judged]:
    """Every statement of ``graph`` about two annotated concepts that appears in annotated lines."""
    number = {
        c.id: next((gold.concept_of[k] for n in c.names if (k := normal(n)) in gold.concept_of), None)
        for c in graph.concepts
    }
    pairs = {frozenset((a, b)) for a, _, b in gold.relations}
    order = nx.transitive_closure(nx.DiGraph(gold.prerequisites))
    for relation in graph.relations:
        head, tail = number[relation.head], number[relation.tail]
        if (
            head is None
            or tail is None
            or head == tail
            or not any(gold.covers(e.doc, e.line) for e in relation.evidence)
        ):
            continue
        if relation.type is RelationType.RELATED_TO:
            yield "related_to", relation.confidence, frozenset((head, tail)) in pairs
        else:
            kind = relation.type.value
            right = (head, kind, tail) in gold.relations or (
                relation.type.symmetric and (tail, kind, head) in gold.relations
            )
            yield "typed relation", relation.confidence, right
    for edge in graph.prerequisites:
        before, after = number[edge.before], number[edge.after]
        if before is not None and after is not None and before != after and gold.prerequisites:
            yield "prerequisite", edge.confidence, order.has_edge(before, after)


def table(rows: Iterable[Judged]) -> str:
    """A Markdown table, a row for each sort and tenth of confidence: number, mean confidence, share right."""
    bins: dict[tuple[str, int], list[tuple[float, bool]]] = defaultdict(list)
    for sort, confidence, right in rows:
        bins[sort, min(9, int(confidence * 10))].append((confidence, right))
    lines = ["| statement | confidence | number | mean | right |", "|---|---|---|---|---|"]
    for (sort, tenth), found in sorted(bins.items()):
        mean, right_share = sum(c for c, _ in found) / len(found), sum(r for _, r in found) / len(found)
        lines.append(
            f"| {sort} | {tenth / 10:.1f}–{tenth / 10 + 0.1:.1f} | {len(found)} | {mean:.2f} | {right_share:.2f} |"
        )
    return "\n".join(lines)


def read(path: Path) -> GraphSnapshot:
    """The graph in a file: an export in JSON, or a store."""
    if path.suffix == ".json":
        return from_json(path.read_text(encoding="utf-8"))
    with open_store(path) as store:
        return store.snapshot()


def main() -> None:
    """Run it; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path, nargs="?")
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--folds", type=Path)
    args = parser.parse_args()
    rows: list[Judged] = []
    if args.folds:
        parents = [args.graph, *args.gold] if args.graph else args.gold
        folders = {folder.name: folder for folder in gold_folders(parents)}
        for path in sorted(args.folds.glob("fold-*.json")):
            graph = read(path)
            for name in path.with_suffix(".txt").read_text(encoding="utf-8").split():
                rows += judged(graph, Gold.of([read_gold(folders[name])]))
    else:
        rows += judged(read(args.graph), Gold.of([read_gold(folder) for folder in gold_folders(args.gold)]))
    print(table(rows))


if __name__ == "__main__":
    main()
