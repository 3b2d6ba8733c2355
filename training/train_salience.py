"""Train the two salience models, cross-validated by document: ``python -m training.train_salience [--dump FILE]``.

Prints for each document, and as mean, how well the concepts are found when the models have not seen the document; then
trains on all documents, with and without the lexicon's entries, and writes ``salience.json`` and
``salience_context.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.budget import budget, weighed
from extract.concepts.candidates import Candidates, collect
from extract.concepts.forms import Forms
from extract.concepts.merging import alias_links
from extract.concepts.salience import (
    BASE_FEATURES,
    CONTEXT_FEATURES,
    SalienceModel,
    base_matrix,
    context_matrix,
    partners_of,
)
from extract.concepts.selection import cluster_forms, document_scores
from extract.knowledge.lexicon import Lexicon
from graph.classifiers import from_record
from training.cases import lexicon_of, parsed
from training.estimators import Pair, pair_record, probability
from training.folds import cross_fit, folds_by_size
from training.gold import ROOT, GoldPart
from training.setting import Effort, Setting, parser, run, setting_of

MODELS: Final = ROOT / "extract" / "concepts" / "weights"
PAIR: Final = Pair(c=0.05, rounds=120, leaves=12, least=30)
_WEIGHT: Final = {"core": 1.6, "normal": 1.3, "minor": 0.7}


@dataclass
class Sample:
    """One annotated part, ready for training."""

    part: GoldPart
    candidates: Candidates[Forms]
    keys: list[str]
    x: NDArray[np.float32]
    y: NDArray[np.int64]
    weight: NDArray[np.float64]


def words_of(part: GoldPart, *, names: bool) -> Lexicon:
    """The knowledge packs that a build of the part would choose; without ``names`` only their generic words."""
    lexicon = lexicon_of(part)
    return lexicon if names else lexicon.without_entries()


def load(parts: Sequence[GoldPart], *, names: bool) -> list[Sample]:
    """The parts with their candidates, features and truth; ``names``: see :func:`words_of`."""
    samples = []
    for part in parts:
        candidates = collect(parsed(part))
        keys, x = base_matrix(candidates, words_of(part, names=names))
        truth = [truth_of(candidates, key, part) for key in keys]
        y = np.array([concept is not None for concept in truth], dtype=np.int64)
        weight = np.array([_WEIGHT[part.concepts[c].weight] if c is not None else 1.0 for c in truth])
        samples.append(Sample(part, candidates, keys, x, y, weight))
    return samples


@lru_cache(maxsize=1)
def load_twice(setting: Setting) -> tuple[Sample, ...]:
    """All parts with packs, then without their names, so that the models do not lean on them."""
    return (*load(setting.parts, names=True), *load(setting.parts, names=False))


def truth_of(candidates: Candidates[Forms], key: str, part: GoldPart) -> int | None:
    """The annotated concept that a candidate is, or None."""
    return part.number_of([key, *candidates.forms[key].surfaces])


@dataclass(frozen=True)
class Halves:
    """Both models as scikit-learn has them, each a regression and trees."""

    first: list[Any]
    second: list[Any]

    def scores(self, sample: Sample) -> NDArray[np.float64]:
        """The second model's probability of each candidate."""
        return probability(self.second, second_x(sample, probability(self.first, sample.x)))

    def records(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both as JSON objects."""
        return pair_record(self.first, BASE_FEATURES), pair_record(self.second, (*BASE_FEATURES, *CONTEXT_FEATURES))


def train(samples: Sequence[Sample], effort: Effort) -> Halves:
    """Both models, the second on scores by first models that have not seen the document."""
    pair = PAIR.shortened(effort.rounds)
    sizes = {s.part.name: len(s.keys) for s in samples}
    names = list(sizes)
    groups = (frozenset(names[i] for i in group) for group in folds_by_size(list(sizes.values()), effort.inner))
    unseen = cross_fit(groups, lambda held: pair.fit(*_stacked([s for s in samples if s.part.name not in held])))
    first_scores = [probability(unseen[s.part.name], s.x) for s in samples]
    x, y, weight = _stacked(samples)
    x2 = np.concatenate([second_x(s, scores) for s, scores in zip(samples, first_scores, strict=True)])
    return Halves(pair.fit(x, y, weight), pair.fit(x2, y, weight))


def _stacked(samples: Sequence[Sample]) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
    """All samples as one matrix."""
    return (
        np.concatenate([s.x for s in samples]),
        np.concatenate([s.y for s in samples]),
        np.concatenate([s.weight for s in samples]),
    )


def second_x(sample: Sample, scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """The second model's features. ``scores``: the first model's."""
    partners = partners_of(sample.candidates, sample.keys, scores)
    return np.concatenate([sample.x, context_matrix(sample.candidates, sample.keys, scores, partners)], axis=1)


# ---- models that have not seen certain parts -------------------------------------------------------------------------


def salience_without(setting: Setting, held: Iterable[str]) -> SalienceModel:
    """The models, trained without the parts named ``held``."""
    return _model(_records_without(setting, held))


def _records_without(setting: Setting, held: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    names = set(held)
    return train([s for s in load_twice(setting) if s.part.name not in names], setting.effort).records()


def _model(records: Sequence[dict[str, Any]]) -> SalienceModel:
    first, second = records
    return SalienceModel(from_record(first), from_record(second))


def unseen_salience(setting: Setting) -> list[tuple[tuple[GoldPart, ...], SalienceModel]]:
    """All parts in groups, each with models that have not seen the group."""
    count = min(setting.effort.groups, len(setting.parts))
    groups = [setting.parts[number::count] for number in range(count)]
    records = setting.kept("salience", lambda: [_records_without(setting, (p.name for p in held)) for held in groups])
    return [(held, _model(both)) for held, both in zip(groups, records, strict=True)]


# ---- figures ---------------------------------------------------------------------------------------------------------


def cross_validate(samples: Sequence[Sample], effort: Effort) -> list[NDArray[np.float64]]:
    """Scores of every sample by models that have not seen its document."""
    final: list[NDArray[np.float64]] = [np.zeros(0)] * len(samples)
    for held in folds_by_size([len(s.keys) for s in samples], effort.documents):
        halves = train([s for i, s in enumerate(samples) if i not in held], effort)
        for i in held:
            final[i] = halves.scores(samples[i])
    return final


def evaluate(sample: Sample, scores: NDArray[np.float64], lexicon: Lexicon) -> dict[str, float]:
    """Concept figures of one document."""
    table = dict(zip(sample.keys, scores.tolist(), strict=True))
    links = [alias_links(sample.candidates, table, lexicon)]
    clusters = cluster_forms([sample.candidates], [table], lexicon, links=links)
    ranked = document_scores(table, clusters)
    size = sample.candidates.doc.size
    kept = ranked[: budget([weighed(score, size) for _, _, score in ranked], size)]
    taken: set[int] = set()
    right = 0
    for _, members, _ in kept:
        hits = {c for k in members if (c := truth_of(sample.candidates, k, sample.part)) is not None}
        right += bool(hits - taken)
        taken |= hits
    wanted = {i for i, c in enumerate(sample.part.concepts) if c.weight != "minor"}
    core = _core(sample.part)
    p, r = right / max(1, len(kept)), len(wanted & taken) / max(1, len(wanted))
    return {
        "f1": 2 * p * r / (p + r) if p + r else 0.0,
        "p": p,
        "r": r,
        "core": len(core & taken) / max(1, len(core)),
        "kept": len(kept),
    }


def _core(part: GoldPart) -> set[int]:
    return {i for i, c in enumerate(part.concepts) if c.weight == "core"}


def print_coverage(samples: Sequence[Sample]) -> None:
    """For each document how many candidates there are, and what share of the annotated concepts is among them."""
    for s in samples:
        found = {c for k in s.keys if (c := truth_of(s.candidates, k, s.part)) is not None}
        core = _core(s.part)
        coverage, core_coverage = len(found) / len(s.part.concepts), len(found & core) / max(1, len(core))
        counts = f"candidates {len(s.keys):6} positive {int(s.y.sum()):5}"
        print(f"{s.part.name:22} {counts} coverage {coverage:.3f} core {core_coverage:.3f}")


def main(argv: Sequence[str] | None = None) -> None:
    """Train, print, write."""
    options = parser(__doc__)
    options.add_argument("--no-packs", action="store_true", help="cross-validate without the names of packs")
    options.add_argument("--dump", type=Path, metavar="FILE", help="write the cross-validated scores here, as JSON")
    arguments = options.parse_args(argv)
    setting = setting_of(arguments)
    samples = load(setting.parts, names=not arguments.no_packs)
    print_coverage(samples)
    scores = cross_validate(samples, setting.effort)
    if arguments.dump:
        table = {s.part.name: dict(zip(s.keys, p.tolist(), strict=True)) for s, p in zip(samples, scores, strict=True)}
        arguments.dump.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    rows = []
    for s, p in zip(samples, scores, strict=True):
        rows.append(evaluate(s, p, words_of(s.part, names=not arguments.no_packs)))
        print(f"{s.part.name:22} " + "  ".join(f"{k} {v:.3f}" for k, v in rows[-1].items()))
    print("mean                   " + "  ".join(f"{k} {np.mean([r[k] for r in rows]):.3f}" for k in rows[0]))
    if not arguments.no_write:
        first, second = _records_without(setting, ())
        setting.write(MODELS / "salience.json", first)
        setting.write(MODELS / "salience_context.json", second)


if __name__ == "__main__":
    run(main)
