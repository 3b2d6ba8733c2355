"""Train the score of prerequisites on what the pipeline finds in the annotated notes, cross-validated by document.

    python -m training.train_prerequisites [--no-write]

The pairs are those that the product sees: predicted concepts and relations. Prints precision, recall, F1 and direction as the product
is judged (direct edges against the annotation's closure), then writes ``graph/prerequisites/weights.json``.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from extract.models import Models
from extract.pipeline import build
from graph.classifiers import from_record
from graph.model import GraphSnapshot
from graph.prerequisites.find import FEATURES, PrerequisiteModel, candidate_edges, find_prerequisites
from training.export import from_sklearn, mean_of
from training.gold import ROOT, GoldPart, gold_parts, normal
from training.held_out import models_without
from training.work import held_out

MODEL = ROOT / "graph" / "prerequisites" / "weights.json"
SEED = 7
FOLDS = 6
"""Groups of parts that are held out together while the stages before are trained."""
CUT = 0.2
"""Edges under this probability are none. Best F1 on the seeds as one graph, with models that had not seen them; lower cuts are better for
notes built alone, but point the wrong way more often."""


@dataclass(frozen=True)
class Case:
    """One annotated part, as the product sees it when it builds that part alone."""

    part: GoldPart
    snapshot: GraphSnapshot
    gold_of: tuple[int | None, ...]
    """Gold concept of each predicted concept."""
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.int64]
    weight: NDArray[np.float64]


def closure(edges: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """All pairs that a chain of edges connects."""
    following: dict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        following[a].add(b)
    reached = set()
    for start in list(following):
        seen: set[int] = set()
        stack = list(following[start])
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack += following.get(node, ())
        reached |= {(start, node) for node in seen if node != start}
    return reached


def gold_edges(part: GoldPart) -> set[tuple[int, int]]:
    """Direct edges of the annotation, as numbers of its concepts."""
    edges = set()
    for record in part.prerequisites:
        before, after = part.forms.get(normal(record["before"])), part.forms.get(normal(record["after"]))
        if before is not None and after is not None and before != after:
            edges.add((before, after))
    return edges


def cases(work: Path) -> list[Case]:
    """All annotated parts, each built alone by models of salience and relations that have not seen it.

    Models that have seen a part say its relations better than they will say those of new notes; a score trained on that would trust
    the types of relations too much. Kept in ``work``; delete it to build anew.
    """
    kept = work / "cases.pickle"
    if kept.exists():
        found: list[Case] = pickle.loads(kept.read_bytes())
        return found
    parts = list(gold_parts())
    made: dict[str, Case] = {}
    for held, salience in held_out(work):
        models = models_without({p.name for p in held}, salience=salience)
        made |= {p.name: case_of(p, work / p.name, models) for p in held}
        print(f"built {len(made)} of {len(parts)} parts", flush=True)
    kept.write_bytes(pickle.dumps([made[p.name] for p in parts]))
    return [made[p.name] for p in parts]


def case_of(part: GoldPart, folder: Path, models: Models) -> Case:
    """Build ``part`` alone (its text goes to ``folder``) with ``models`` and compare with its annotation."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / part.path.name).write_text(part.text, encoding="utf-8")
    snapshot = build(folder, order=False, models=models).snapshot
    gold_of = tuple(
        next((g for n in c.names if (g := part.forms.get(normal(n))) is not None), None) for c in snapshot.concepts
    )
    pairs = candidate_edges(snapshot.concepts, snapshot.relations, snapshot.passages)
    direct = gold_edges(part)
    indirect = closure(direct)
    y, weight = [], []
    for a, b in zip(pairs.before.tolist(), pairs.after.tolist(), strict=True):
        ga, gb = gold_of[a], gold_of[b]
        edge = (ga, gb)
        y.append(int(edge in indirect))
        known = ga is not None and gb is not None
        weight.append((1.0 if edge in direct else 0.4) if edge in indirect else 1.0 if known else 0.3)
    return Case(part, snapshot, gold_of, pairs.before, pairs.after, pairs.x, np.array(y), np.array(weight))


def fit(cases: Sequence[Case]) -> dict[str, Any]:
    """The model as a record: the mean of boosted trees and a logistic regression."""
    x = np.concatenate([c.x for c in cases])
    y = np.concatenate([c.y for c in cases])
    weight = np.concatenate([c.weight for c in cases])
    trees = HistGradientBoostingClassifier(
        max_iter=90, learning_rate=0.07, max_leaf_nodes=8, min_samples_leaf=25, l2_regularization=3.0, random_state=SEED
    )
    trees.fit(x, y, sample_weight=weight)
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=3000))
    linear.fit(x, y, logisticregression__sample_weight=weight)
    return mean_of([from_sklearn(trees, FEATURES), from_sklearn(linear, FEATURES)])


def judge(case: Case, model: PrerequisiteModel) -> tuple[int, int, int, int, int]:
    """(predicted with both ends in the annotation, right, annotated, found, wrong way round)."""
    found = find_prerequisites(case.snapshot.concepts, case.snapshot.relations, case.snapshot.passages, model=model)
    number = {c.id: i for i, c in enumerate(case.snapshot.concepts)}
    predicted = set()
    for edge in found:
        a, b = case.gold_of[number[edge.before]], case.gold_of[number[edge.after]]
        if a is not None and b is not None and a != b:
            predicted.add((a, b))
    direct = gold_edges(case.part)
    indirect, reach = closure(direct), closure(predicted)
    return (
        len(predicted),
        len(predicted & indirect),
        len(direct),
        len(direct & reach),
        sum((b, a) in indirect for a, b in predicted),
    )


def summary(rows: Sequence[tuple[int, int, int, int, int]]) -> str:
    """Mean figures over documents."""
    p = [right / max(1, n) for n, right, _, _, _ in rows]
    r = [found / max(1, gold) for _, _, gold, found, _ in rows]
    f = [2 * a * b / (a + b) if a + b else 0.0 for a, b in zip(p, r, strict=True)]
    d = [right / max(1, right + wrong) for _, right, _, _, wrong in rows]
    return f"P {np.mean(p):.3f} R {np.mean(r):.3f} F1 {np.mean(f):.3f} direction {np.mean(d):.3f} edges {np.mean([n for n, *_ in rows]):.0f}"


def folds(cases: Sequence[Case]) -> list[list[int]]:
    """Groups of documents, alike in size."""
    order = sorted(range(len(cases)), key=lambda i: -len(cases[i].y))
    return [sorted(order[k::FOLDS]) for k in range(FOLDS)]


def main() -> None:
    """Run the training; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-write", action="store_true")
    parser.add_argument(
        "--work", type=Path, default=ROOT / "benchmarks" / "results" / "parts", help="where the parts are written"
    )
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    found = cases(args.work)
    print(
        f"{len(found)} documents, {sum(len(c.y) for c in found)} ordered pairs, {sum(int(c.y.sum()) for c in found)} right"
    )
    held: dict[int, PrerequisiteModel] = {}
    for fold in folds(found):
        model = PrerequisiteModel(from_record(fit([c for i, c in enumerate(found) if i not in fold])), 0.0)
        held |= dict.fromkeys(fold, model)
    for cut in np.arange(0.14, 0.5, 0.04):
        rows = [judge(c, replace(held[i], cut=float(cut))) for i, c in enumerate(found)]
        line = summary(rows)
        print(f"cut {cut:.2f}: {line}")
    if not args.no_write:
        MODEL.parent.mkdir(exist_ok=True)
        MODEL.write_text(json.dumps({"cut": CUT, "score": fit(found)}, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
