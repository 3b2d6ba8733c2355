"""Train the model of two names next to each other, X (Y): ``python -m training.train_aliases``.

A pair is right where the annotation has both forms in one concept; pairs neither form of which is annotated teach
nothing. The scores of the forms are those of salience models that have not seen the part. Each pair is seen with and
without the lexicon's entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from extract.concepts.alias_pairs import FEATURES, NamePair, matrix, name_pairs, same_things
from extract.concepts.candidates import collect
from graph.classifiers import Model, from_record
from training.cases import lexicon_of, parsed
from training.estimators import Pair, pair_record
from training.folds import cross_fit, folds
from training.gold import ROOT
from training.setting import Setting, parser, run, setting_of
from training.train_salience import unseen_salience

MODEL: Final = ROOT / "extract" / "concepts" / "weights" / "aliases.json"
PAIR: Final = Pair(c=0.05, rounds=80, leaves=8, least=20)
CUTS: Final = (0.3, 0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class PartPairs:
    """The pairs of one part, with the lexicon's entries and without, and whether they are right."""

    part: str
    pairs: tuple[list[NamePair], list[NamePair]]
    right: list[bool]


@lru_cache(maxsize=1)
def part_pairs(setting: Setting) -> tuple[PartPairs, ...]:
    """The pairs of all parts, by name of the part."""
    out = []
    for held, salience in unseen_salience(setting):
        for part in held:
            candidates, lexicon = collect(parsed(part)), lexicon_of(part)
            both = [
                name_pairs(candidates, salience.scores(candidates, words), words)
                for words in (lexicon, lexicon.without_entries())
            ]
            owners = [(part.number_of([p.outer]), part.number_of([p.inner])) for p in both[0]]
            known = [i for i, (a, b) in enumerate(owners) if a is not None or b is not None]
            right = [owners[i][0] == owners[i][1] for i in known]
            out.append(PartPairs(part.name, ([both[0][i] for i in known], [both[1][i] for i in known]), right))
    return tuple(sorted(out, key=lambda s: s.part))


def alias_record(rows: Sequence[PartPairs], rounds: float) -> dict[str, Any]:
    """A trained model as a JSON object; ``rounds``: share of the trees."""
    x = np.concatenate([matrix(s.pairs[side]) for side in (0, 1) for s in rows])
    y = np.concatenate([np.array(s.right, dtype=np.int64) for _ in (0, 1) for s in rows])
    return pair_record(PAIR.shortened(rounds).fit(x, y), FEATURES)


def aliases_without(setting: Setting, held: frozenset[str]) -> Model:
    """The model trained without the parts named ``held``."""
    return from_record(alias_record([s for s in part_pairs(setting) if s.part not in held], setting.effort.rounds))


def print_figures(setting: Setting) -> None:
    """Precision and recall of the places where two names are one thing, at each of :data:`CUTS`."""
    rows = part_pairs(setting)
    models = cross_fit(folds((s.part for s in rows), setting.effort.folds), lambda held: aliases_without(setting, held))
    figures: dict[float, list[int]] = defaultdict(lambda: [0, 0, 0])
    for sample in rows:
        pairs = sample.pairs[0]
        truth = {(p.place, p.outer): yes for p, yes in zip(pairs, sample.right, strict=True)}
        probability = models[sample.part].probability(matrix(pairs)).tolist() if pairs else []
        for cut in CUTS:
            chosen = same_things(pairs, probability, least=cut)
            figures[cut][0] += len(chosen)
            figures[cut][1] += sum(truth[p.place, p.outer] for p, _ in chosen)
            figures[cut][2] += len({p.place for p, yes in zip(pairs, sample.right, strict=True) if yes})
    for cut, (count, right, wanted) in sorted(figures.items()):
        precision, recall = right / max(1, count), right / max(1, wanted)
        print(f"cut {cut}: precision {precision:.3f} recall {recall:.3f} of {wanted} places")


def main(argv: Sequence[str] | None = None) -> None:
    """Train, print, write."""
    arguments = parser(__doc__).parse_args(argv)
    setting = setting_of(arguments)
    print_figures(setting)
    if not arguments.no_write:
        setting.write(MODEL, alias_record(part_pairs(setting), setting.effort.rounds))


if __name__ == "__main__":
    run(main)
