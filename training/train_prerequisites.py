"""Train the score of prerequisites, cross-validated by document: ``python -m training.train_prerequisites``.

The pairs are those that the product sees in the annotated notes: predicted concepts and relations. Prints
precision, recall, F1 and direction as the product is judged (direct edges against the annotation's closure), then
writes the model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.salience import SalienceModel
from extract.models import Models
from extract.pipeline import build
from graph.classifiers import from_record
from graph.model import GraphSnapshot, RelationType
from graph.prerequisites.features import FEATURES, PairEvidence, PairSignal, Signals
from graph.prerequisites.find import PrerequisiteModel, candidate_edges, find_prerequisites
from training.estimators import Pair, pair_record
from training.folds import folds_by_size
from training.gold import ROOT, GoldPart
from training.held_out import models_without
from training.setting import Setting, parser, run, setting_of
from training.train_salience import unseen_salience

MODEL: Final = ROOT / "graph" / "prerequisites" / "weights.json"
OUTPUT_NAME: Final = "prerequisites.json"
"""Name of the file in a folder of models (:meth:`extract.models.Models.from_folder`)."""
PAIR: Final = Pair(c=0.1, rounds=90, leaves=8, least=25)
CUT: Final = 0.25
"""Edges under this probability are none. In sheets of five collections a reader signed 17 of 46 edges between .2 and .3
and 25 of 32 between .3 and .4; with .18 F1 is .02 higher on annotated notes, but one edge in eleven points the wrong
way instead of one in fifteen."""


@dataclass(frozen=True, eq=False)
class EdgeCase:
    """One annotated part, as the product sees it when it builds that part alone."""

    part: GoldPart
    snapshot: GraphSnapshot
    pairs: PairEvidence
    gold_of: tuple[int | None, ...]
    """Annotated concept of each concept of the graph."""
    x: NDArray[np.float64]
    """Features of the ordered pairs that may be prerequisites."""
    y: NDArray[np.int64]
    """Whether the annotation states or implies them."""
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


def edge_cases(setting: Setting) -> list[EdgeCase]:
    """All parts, each built alone by models of salience and relations that have not seen it.

    Models that have seen a part say its relations better than they will say those of new notes; a score trained on that
    would trust the types of relations too much.
    """
    graphs: dict[str, tuple[GraphSnapshot, PairEvidence]] = {}
    for held, salience in unseen_salience(setting):
        graphs |= _unseen_graphs(setting, held, salience)
        print(f"built {len(graphs)} of {len(setting.parts)} parts", flush=True)
    return [edge_case(part, *graphs[part.name]) for part in setting.parts]


def _unseen_graphs(
    setting: Setting, held: Sequence[GoldPart], salience: SalienceModel
) -> dict[str, tuple[GraphSnapshot, PairEvidence]]:
    """The graph of each part of ``held``, by models that are trained without them where a graph has to be built."""
    models: list[Models] = []

    def made(part: GoldPart) -> GraphSnapshot:
        if not models:
            models.append(models_without(setting, (p.name for p in held), salience=salience))
        result = build(setting.folder_of(part), order=False, models=models[0])
        setting.kept(f"{part.name}-pairs", lambda: pairs_record(result.pairs))
        return result.snapshot

    graphs = {part.name: setting.kept_graph(part.name, partial(made, part)) for part in held}
    kept = {part.name: setting.kept(f"{part.name}-pairs", dict) for part in held}
    return {name: (graph, pairs_of_record(kept[name])) for name, graph in graphs.items()}


def pairs_record(pairs: PairEvidence) -> dict[str, Any]:
    """The pairs as a JSON object."""
    signals = [
        [*key, one.probability, [[head, kind.value, share] for (head, kind), share in one.votes.items()]]
        for key, one in pairs.signals.items()
    ]
    return {"signals": signals, "needs": [[*key, steps] for key, steps in pairs.needs.items()]}


def pairs_of_record(record: Mapping[str, Any]) -> PairEvidence:
    """What :func:`pairs_record` made a JSON object of."""
    signals = {
        (one, other): PairSignal(probability, {(head, RelationType(kind)): share for head, kind, share in votes})
        for one, other, probability, votes in record["signals"]
    }
    return PairEvidence(Signals.of(signals), {(before, after): steps for before, after, steps in record["needs"]})


def edge_case(part: GoldPart, snapshot: GraphSnapshot, known: PairEvidence) -> EdgeCase:
    """The graph of ``part`` compared with its annotation."""
    gold_of = tuple(part.number_of(c.names) for c in snapshot.concepts)
    pairs = candidate_edges(snapshot.concepts, snapshot.relations, snapshot.passages, pairs=known)
    direct, indirect = part.prerequisites, closure(part.prerequisites)
    y, weight = [], []
    for a, b in zip(pairs.before.tolist(), pairs.after.tolist(), strict=True):
        edge = (gold_of[a], gold_of[b])
        y.append(int(edge in indirect))
        weight.append((1.0 if edge in direct else 0.4) if edge in indirect else 0.3 if None in edge else 1.0)
    return EdgeCase(part, snapshot, known, gold_of, pairs.x, np.array(y, dtype=np.int64), np.array(weight))


def score_record(cases: Sequence[EdgeCase], rounds: float) -> dict[str, Any]:
    """A trained score as a JSON object; ``rounds``: share of the trees."""
    x, y = np.concatenate([c.x for c in cases]), np.concatenate([c.y for c in cases])
    weight = np.concatenate([c.weight for c in cases])
    return pair_record(PAIR.shortened(rounds).fit(x, y, weight), FEATURES)


@dataclass(frozen=True)
class Counts:
    """How one part was done."""

    predicted: int
    """Edges whose ends are both annotated."""
    right: int
    """Of these, those that the annotation states or implies."""
    annotated: int
    found: int
    """Annotated edges that the predicted ones state or imply."""
    reversed: int
    """Predicted edges the other way round."""


def judge(case: EdgeCase, model: PrerequisiteModel) -> Counts:
    """The prerequisites that ``model`` finds, against the annotation."""
    graph = case.snapshot
    found = find_prerequisites(graph.concepts, graph.relations, graph.passages, pairs=case.pairs, model=model)
    gold_of = dict(zip((c.id for c in case.snapshot.concepts), case.gold_of, strict=True))
    ends = ((gold_of[edge.before], gold_of[edge.after]) for edge in found)
    predicted = {(a, b) for a, b in ends if a is not None and b is not None and a != b}
    direct, indirect, reach = case.part.prerequisites, closure(case.part.prerequisites), closure(predicted)
    turned = sum((b, a) in indirect for a, b in predicted)
    return Counts(len(predicted), len(predicted & indirect), len(direct), len(direct & reach), turned)


def summary(rows: Sequence[Counts]) -> str:
    """Mean figures over documents."""
    p = [c.right / max(1, c.predicted) for c in rows]
    r = [c.found / max(1, c.annotated) for c in rows]
    f = [2 * a * b / (a + b) if a + b else 0.0 for a, b in zip(p, r, strict=True)]
    d = [c.right / max(1, c.right + c.reversed) for c in rows]
    edges = np.mean([c.predicted for c in rows])
    return f"P {np.mean(p):.3f} R {np.mean(r):.3f} F1 {np.mean(f):.3f} direction {np.mean(d):.3f} edges {edges:.0f}"


def unseen_scores(setting: Setting, cases: Sequence[EdgeCase]) -> Mapping[int, PrerequisiteModel]:
    """Number of each case → a score that has not seen it."""
    out: dict[int, PrerequisiteModel] = {}
    for fold in folds_by_size([len(c.y) for c in cases], setting.effort.folds):
        record = score_record([c for i, c in enumerate(cases) if i not in fold], setting.effort.rounds)
        out |= dict.fromkeys(fold, PrerequisiteModel(from_record(record), 0.0))
    return out


def main(argv: Sequence[str] | None = None) -> None:
    """Train, print, write."""
    arguments = parser(__doc__).parse_args(argv)
    setting = setting_of(arguments)
    cases = edge_cases(setting)
    pairs, right = sum(len(c.y) for c in cases), sum(int(c.y.sum()) for c in cases)
    print(f"{len(cases)} documents, {pairs} ordered pairs, {right} right")
    scores = unseen_scores(setting, cases)
    for cut in np.arange(0.14, 0.5, 0.04).tolist():
        print(f"cut {cut:.2f}: {summary([judge(c, replace(scores[i], cut=cut)) for i, c in enumerate(cases)])}")
    if not arguments.no_write:
        record = {"cut": CUT, "score": score_record(cases, setting.effort.rounds)}
        setting.write(MODEL, record, name=OUTPUT_NAME)


if __name__ == "__main__":
    run(main)
