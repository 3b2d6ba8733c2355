"""Train the two salience models and the cut, cross-validated by document.

    python -m training.train_salience [--folds 8] [--no-write]

Prints for each document, and as mean, how well the concepts are found when the models have not seen the document; then trains on all
documents, with and without the lexicon's entries, and writes ``extract/concepts/weights/salience.json`` and ``salience_context.json``.
"""

from __future__ import annotations

import argparse
import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from extract.concepts.candidates import Candidates, collect
from extract.concepts.forms import Forms
from extract.concepts.merging import alias_links
from extract.concepts.salience import BASE_FEATURES, CONTEXT_FEATURES, base_matrix, context_matrix, partners_of
from extract.concepts.selection import budget, cluster_forms, document_scores
from extract.knowledge.lexicon import Lexicon, default_lexicon
from extract.notes.parse import parse
from extract.text.parsed_doc import parsed_doc
from training.gold import GoldPart, gold_parts, normal

MODELS = Path(__file__).resolve().parent.parent / "extract" / "concepts" / "weights"
SEED = 7


@dataclass
class Sample:
    """One gold part, ready for training."""

    part: GoldPart
    candidates: Candidates[Forms]
    keys: list[str]
    x: NDArray[np.float32]
    y: NDArray[np.int64]
    weight: NDArray[np.float64]


def load(lexicon: Lexicon | None) -> list[Sample]:
    """All gold parts with their candidates, features and truth."""
    samples = []
    for part in gold_parts():
        candidates = collect(parsed_doc(part.path.name, parse(part.text, suffix=part.path.suffix)))
        keys, x = base_matrix(candidates, lexicon)
        truth = part.forms
        y = np.array([truth_of(candidates, k, truth) is not None for k in keys], dtype=np.int64)
        weight = np.array(
            [
                _WEIGHT[part.concepts[c]["weight"]] if (c := truth_of(candidates, k, truth)) is not None else 1.0
                for k in keys
            ]
        )
        samples.append(Sample(part, candidates, keys, x, y, weight))
    return samples


_WEIGHT = {"core": 1.6, "normal": 1.3, "minor": 0.7}


def truth_of(candidates: Candidates[Forms], key: str, truth: dict[str, int]) -> int | None:
    """The gold concept that a candidate is, or None."""
    for surface in [key, *candidates.forms[key].surfaces]:
        found = truth.get(normal(surface))
        if found is not None:
            return found
    return None


def linear() -> Any:
    """The linear half of a model."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))


def trees() -> Any:
    """The boosted half of a model."""
    return HistGradientBoostingClassifier(
        max_iter=120,
        learning_rate=0.07,
        max_leaf_nodes=12,
        min_samples_leaf=30,
        l2_regularization=3.0,
        random_state=SEED,
    )


def fit(x: NDArray[np.float32], y: NDArray[np.int64], weight: NDArray[np.float64]) -> list[Any]:
    """Both halves, fitted."""
    a, b = linear(), trees()
    a.fit(x, y, logisticregression__sample_weight=weight)
    b.fit(x, y, sample_weight=weight)
    return [a, b]


def predict(models: list[Any], x: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean probability of the halves."""
    return np.mean([m.predict_proba(x)[:, 1] for m in models], axis=0)


def stack(samples: list[Sample]) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
    """All samples as one matrix."""
    return (
        np.concatenate([s.x for s in samples]),
        np.concatenate([s.y for s in samples]),
        np.concatenate([s.weight for s in samples]),
    )


def second_x(sample: Sample, scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """The second model's features."""
    partners = partners_of(sample.candidates, sample.keys, scores)
    return np.concatenate([sample.x, context_matrix(sample.candidates, sample.keys, scores, partners)], axis=1)


def folds_of(samples: list[Sample], count: int) -> list[list[int]]:
    """Groups of documents: every n-th, by size, so that folds are alike."""
    order = sorted(range(len(samples)), key=lambda i: -len(samples[i].keys))
    return [sorted(order[k::count]) for k in range(count)]


def cross_validate(samples: list[Sample], folds: int) -> list[NDArray[np.float64]]:
    """Second-model scores of every sample by models that have not seen its document (nested)."""
    final: list[NDArray[np.float64] | None] = [None] * len(samples)
    for held in folds_of(samples, folds):
        train = [i for i in range(len(samples)) if i not in held]
        inner: dict[int, NDArray[np.float64]] = {}
        subset = [samples[i] for i in train]
        for inside in folds_of(subset, 4):
            rest = [s for k, s in enumerate(subset) if k not in inside]
            models = fit(*stack(rest))
            for k in inside:
                inner[train[k]] = predict(models, samples[train[k]].x)
        x2 = np.concatenate([second_x(samples[i], inner[i]) for i in train])
        _, y, w = stack(subset)
        second = fit(x2, y, w)
        first = fit(*stack(subset))
        for i in held:
            final[i] = predict(second, second_x(samples[i], predict(first, samples[i].x)))
    return [f for f in final if f is not None]


def evaluate(sample: Sample, scores: NDArray[np.float64], lexicon: Lexicon | None) -> dict[str, float]:
    """Concept figures of one document, as score.py has them."""
    table = dict(zip(sample.keys, (float(s) for s in scores), strict=True))
    clusters = cluster_forms(
        [sample.candidates], [table], lexicon, links=[alias_links(sample.candidates, table, lexicon)]
    )
    ranked = document_scores(table, clusters)
    truth = sample.part.forms
    taken: set[int] = set()
    right = 0
    kept = ranked[: budget([score for _, _, score in ranked], sample.candidates.doc.size)]
    for _, members, _ in kept:
        hits = {c for k in members if (c := truth_of(sample.candidates, k, truth)) is not None}
        right += bool(hits - taken)
        taken |= hits
    wanted = {i for i, c in enumerate(sample.part.concepts) if c["weight"] != "minor"}
    core = {i for i, c in enumerate(sample.part.concepts) if c["weight"] == "core"}
    p, r = right / max(1, len(kept)), len(wanted & taken) / max(1, len(wanted))
    return {
        "f1": 2 * p * r / (p + r) if p + r else 0.0,
        "p": p,
        "r": r,
        "core": len(core & taken) / max(1, len(core)),
        "kept": len(kept),
    }


def main() -> None:
    """Run the training; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=8)
    parser.add_argument("--no-lexicon", action="store_true")
    parser.add_argument("--no-write", action="store_true")
    parser.add_argument("--dump", type=Path, help="write the cross-validated scores here (for experiments)")
    args = parser.parse_args()
    lexicon = default_lexicon().without_entries() if args.no_lexicon else default_lexicon()
    samples = load(lexicon)
    for s in samples:
        found = {c for k in s.keys if (c := truth_of(s.candidates, k, s.part.forms)) is not None}
        core = {i for i, c in enumerate(s.part.concepts) if c["weight"] == "core"}
        coverage, core_coverage = len(found) / len(s.part.concepts), len(found & core) / max(1, len(core))
        counts = f"candidates {len(s.keys):6} positive {int(s.y.sum()):5}"
        print(f"{s.part.name:22} {counts} coverage {coverage:.3f} core {core_coverage:.3f}")
    scores = cross_validate(samples, args.folds)
    if args.dump:
        args.dump.write_bytes(pickle.dumps((samples, scores)))
    rows = []
    for s, p in zip(samples, scores, strict=True):
        rows.append(evaluate(s, p, lexicon))
        print(f"{s.part.name:22} " + "  ".join(f"{k} {v:.3f}" for k, v in rows[-1].items()))
    print("mean                   " + "  ".join(f"{k} {np.mean([r[k] for r in rows]):.3f}" for k in rows[0]))
    if not args.no_write:
        # Half of the training never saw the lexicon's entries, so that the models do not lean on them where a subject has none.
        write(samples + load(lexicon.without_entries()))


def train(samples: list[Sample]) -> tuple[list[Any], list[Any]]:
    """Both models, the second on scores by first models that have not seen the document."""
    inner: dict[int, NDArray[np.float64]] = {}
    for inside in folds_of(samples, 4):
        held = {samples[k].part.name for k in inside}
        models = fit(*stack([s for s in samples if s.part.name not in held]))
        for k in inside:
            inner[k] = predict(models, samples[k].x)
    x2 = np.concatenate([second_x(s, inner[i]) for i, s in enumerate(samples)])
    x, y, w = stack(samples)
    return fit(x, y, w), fit(x2, y, w)


def write(samples: list[Sample]) -> None:
    """Train on everything and write the models."""
    from training.export import from_sklearn

    first, second = train(samples)
    for name, halves, features in (
        ("salience", first, BASE_FEATURES),
        ("salience_context", second, (*BASE_FEATURES, *CONTEXT_FEATURES)),
    ):
        record = {"kind": "mean", "models": [from_sklearn(h, features) for h in halves]}
        (MODELS / f"{name}.json").write_text(json.dumps(record, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
