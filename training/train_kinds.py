"""Train the model of concept kinds and print its cross-validated accuracy: ``python -m training.train_kinds``.

Each gold concept is seen twice, with and without the lexicon's entries, so that the model does not lean on them where a subject has none.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

from extract.concepts.kinds import KINDS, KindModel, kind_by_ending, likeliest, name_features
from extract.knowledge.lexicon import default_lexicon
from training.export import rounded
from training.gold import ROOT, folds, gold_parts

STRENGTH = 0.3
"""Inverse regularisation."""
RARE = 2
"""Features that fewer annotated parts hold are left out."""
UNIT = 100
"""Weights are stored as integers, this many to one."""


@dataclass(frozen=True)
class Sample:
    """A gold concept: what is seen of it with the lexicon's entries and without, and its kind."""

    part: str
    names: tuple[str, ...]
    features: tuple[set[str], set[str]]
    kind: str


def samples() -> list[Sample]:
    """All gold concepts."""
    lexicon = default_lexicon()
    out = []
    for part in gold_parts():
        for concept in part.concepts:
            names = (concept["name"], *concept.get("aliases", []))
            seen = name_features(names, lexicon), name_features(names, lexicon.without_entries())
            out.append(Sample(part.name, names, seen, concept["type"]))
    return out


def fit(rows: Sequence[Sample]) -> dict[str, Any]:
    """A trained model as a JSON object."""
    holders: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for word in row.features[0] | row.features[1]:
            holders[word].add(row.part)
    vocabulary = {word: i for i, word in enumerate(sorted(w for w, parts in holders.items() if len(parts) >= RARE))}
    bags = [sorted(vocabulary[w] for w in row.features[side] if w in vocabulary) for side in (0, 1) for row in rows]
    pointers = np.cumsum([0, *(len(bag) for bag in bags)])
    x = sparse.csr_matrix((np.ones(pointers[-1]), np.concatenate(bags), pointers), shape=(len(bags), len(vocabulary)))
    model = LogisticRegression(C=STRENGTH, max_iter=300)
    model.fit(x, [row.kind for row in rows] * 2)
    weights = np.round(model.coef_.T * UNIT).astype(int)
    return {
        "classes": list(model.classes_),
        "unit": UNIT,
        "bias": rounded(model.intercept_),
        "words": {word: weights[i].tolist() for word, i in vocabulary.items() if np.abs(weights[i]).max() >= 3},
    }


def without(held: Collection[str]) -> KindModel:
    """The model trained without the parts named ``held``."""
    return KindModel.from_record(fit([s for s in samples() if s.part not in held]))


def cross_fit(rows: Sequence[Sample] | None = None) -> dict[str, KindModel]:
    """Name of each gold part → the model of its fold, which saw nothing of it; ``rows``: see :func:`samples`."""
    known = rows if rows is not None else samples()
    out: dict[str, KindModel] = {}
    for fold in folds([s.part for s in known]):
        out |= dict.fromkeys(sorted(fold), KindModel.from_record(fit([s for s in known if s.part not in fold])))
    return out


def main() -> None:
    """Train, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "extract" / "concepts" / "weights")
    arguments = parser.parse_args()
    rows = samples()
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[str] = Counter()
    models = cross_fit(rows)
    for row in rows:
        total[row.kind] += 1
        right["endings", row.kind] += kind_by_ending(row.names).value == row.kind
        for label, features in zip(("lexicon", "no lexicon"), row.features, strict=True):
            right[label, row.kind] += likeliest(models[row.part].probabilities(features).tolist()).value == row.kind
    for label in ("endings", "no lexicon", "lexicon"):
        each = {kind.value: round(right[label, kind.value] / max(1, total[kind.value]), 2) for kind in KINDS}
        print(f"{label:10} accuracy {sum(right[label, k] for k in total) / sum(total.values()):.3f} {each}")
    path = arguments.output / "kinds.json"
    text = json.dumps(fit(rows), ensure_ascii=False, separators=(",", ":")).replace('],"', '],\n"')
    path.write_text(text + "\n", encoding="utf-8")
    print(f"{path} {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
