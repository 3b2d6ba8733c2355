"""Train the model of names that stand side by side, X (Y), and print its cross-validated figures: ``python -m training.train_aliases``.

A pair is right where the annotation has both forms in one concept; pairs neither form of which is annotated teach nothing. The scores of
the forms are those of salience models that have not seen the part. Each pair is seen with and without the lexicon's entries.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from extract.concepts.alias_pairs import FEATURES, NamePair, matrix, name_pairs, same_things
from extract.concepts.candidates import collect
from extract.knowledge.lexicon import default_lexicon
from extract.notes.parse import parse
from extract.text.parsed_doc import parsed_doc
from graph.classifiers import Model, from_record
from training.export import from_sklearn, mean_of
from training.gold import ROOT, SEED, folds, normal


@dataclass(frozen=True)
class Sample:
    """The pairs of one part, with the lexicon's entries and without, and whether they are right."""

    part: str
    pairs: tuple[list[NamePair], list[NamePair]]
    right: list[bool]


@cache
def samples(work: Path) -> tuple[Sample, ...]:
    """All gold parts; ``work``: where the models of :func:`training.work.held_out` are kept."""
    from training.work import held_out

    lexicon = default_lexicon()
    out = []
    for held, salience in held_out(work):
        for part in held:
            candidates = collect(parsed_doc(part.path.name, parse(part.text, suffix=part.path.suffix)))
            both = [
                name_pairs(candidates, salience.scores(candidates, words), words)
                for words in (lexicon, lexicon.without_entries())
            ]
            owners = [(part.forms.get(normal(p.outer)), part.forms.get(normal(p.inner))) for p in both[0]]
            known = [i for i, (a, b) in enumerate(owners) if a is not None or b is not None]
            right = [owners[i][0] == owners[i][1] for i in known]
            out.append(Sample(part.name, ([both[0][i] for i in known], [both[1][i] for i in known]), right))
    return tuple(sorted(out, key=lambda s: s.part))


def fit(rows: Sequence[Sample]) -> dict[str, Any]:
    """A trained model as a JSON object: the mean of boosted trees and a logistic regression."""
    x = np.concatenate([matrix(s.pairs[side]) for side in (0, 1) for s in rows])
    y = np.concatenate([np.array(s.right, dtype=np.int64) for _ in (0, 1) for s in rows])
    trees = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.07, max_leaf_nodes=8, min_samples_leaf=20, l2_regularization=3.0, random_state=SEED
    )
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=2000))
    trees.fit(x, y)
    linear.fit(x, y)
    return mean_of([from_sklearn(linear, FEATURES), from_sklearn(trees, FEATURES)])


def without(held: Collection[str], work: Path) -> Model:
    """The model trained without the parts named ``held``."""
    return from_record(fit([s for s in samples(work) if s.part not in held]))


def main() -> None:
    """Train, print, write."""
    from training.work import WORK

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--output", type=Path, default=ROOT / "extract" / "concepts" / "weights" / "aliases.json")
    arguments = parser.parse_args()
    rows = samples(arguments.work)
    figures: dict[float, list[int]] = defaultdict(lambda: [0, 0, 0])
    for fold in folds([s.part for s in rows]):
        model = from_record(fit([s for s in rows if s.part not in fold]))
        for sample in (s for s in rows if s.part in fold):
            pairs = sample.pairs[0]
            truth = {(p.place, p.outer): yes for p, yes in zip(pairs, sample.right, strict=True)}
            probability = model.probability(matrix(pairs)).tolist() if pairs else []
            for cut in (0.3, 0.4, 0.5, 0.6, 0.7):
                chosen = same_things(pairs, probability, least=cut)
                figures[cut][0] += len(chosen)
                figures[cut][1] += sum(truth[p.place, p.outer] for p, _ in chosen)
                figures[cut][2] += len({p.place for p, yes in zip(pairs, sample.right, strict=True) if yes})
    for cut, (chosen_count, right, wanted) in sorted(figures.items()):
        print(
            f"cut {cut}: precision {right / max(1, chosen_count):.3f} recall {right / max(1, wanted):.3f} of {wanted} places"
        )
    arguments.output.write_text(json.dumps(fit(rows), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
