"""Train the model of concept kinds and print its cross-validated accuracy: ``python -m training.train_kinds``.

Each annotated concept is seen twice, with and without the lexicon's entries, so that the model does not lean on them
where a subject has none. The entries of the knowledge packs are seen as well, by their names alone: they have the kinds
that few annotated notes have (an event, a person, a disease), and names that no pack has are told by theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from sklearn.linear_model import LogisticRegression

from extract.concepts.kinds import KINDS, KindModel, kind_by_ending, likeliest, name_features, packed
from extract.knowledge.pack_sources import read_pack, source_files
from graph.errors import InputError
from graph.text.scripts import has_han
from training.cases import lexicon_of
from training.estimators import UNIT, bags, fitted, vocabulary, word_weights
from training.export import rounded
from training.folds import cross_fit, folds
from training.gold import ROOT, GoldPart
from training.setting import Effort, Setting, parser, run, setting_of

MODEL: Final = ROOT / "extract" / "concepts" / "weights" / "kinds.json"
STRENGTH: Final = 0.5
"""Inverse regularisation."""
RARE: Final = 2
"""Features that fewer annotated parts have are left out, unless the packs have them."""
PACK_RARE: Final = 4
"""Features that fewer entries of the packs have are left out, unless the annotated parts have them."""
PACK_WEIGHT: Final = 1.0
"""Weight of an entry of a pack of a kind of mean frequency; an annotated concept has weight 2."""
BALANCE: Final = 0.7
"""0: all entries have one weight; 1: the entries of each kind have one weight in sum."""
WEIGHT_UNIT: Final = 20
"""Weights are stored as characters, this many steps to one."""
SMALL: Final = 10
"""Features all of whose weights are smaller, in units of 1/:data:`training.estimators.UNIT`, are left out."""


@dataclass(frozen=True)
class NamedConcept:
    """An annotated concept: what is seen of it with the lexicon's entries and without, and its kind."""

    part: str
    names: tuple[str, ...]
    features: tuple[set[str], set[str]]
    kind: str


@dataclass(frozen=True)
class PackRows:
    """The entries of all packs, for training: each as :func:`_seen_alone` says."""

    features: tuple[set[str], ...]
    kinds: tuple[str, ...]
    words: frozenset[str]
    """Features of at least :data:`PACK_RARE` entries."""
    weights: tuple[float, ...]
    """Of each row; the rows of an entry share its weight."""


@cache
def pack_rows(every: int) -> PackRows:
    """One of ``every`` entries of the packs that come with studyatlas, as if no lexicon knew them."""
    entries = [entry for file in source_files() for entry in read_pack(file).entries][::every]
    seen = [(_seen_alone(entry.names), entry.kind.value) for entry in entries]
    frequency = Counter(kind for _, kind in seen)
    mean = len(entries) / len(frequency)
    rows = [
        (name_features(names, None), kind, PACK_WEIGHT * (mean / frequency[kind]) ** BALANCE / len(views))
        for views, kind in seen
        for names in views
    ]
    count = Counter(word for views, _ in seen for word in set().union(*(name_features(v, None) for v in views)))
    features, kinds, weights = zip(*rows, strict=True)
    return PackRows(features, kinds, frozenset(word for word, n in count.items() if n >= PACK_RARE), weights)


def _seen_alone(names: Sequence[str]) -> list[tuple[str, ...]]:
    """All names, and those of each script where there are two: notes mostly name a thing in one."""
    han, latin = (tuple(name for name in names if has_han(name) is side) for side in (True, False))
    return [tuple(names), han, latin] if han and latin else [tuple(names)]


def named_concepts(parts: Sequence[GoldPart]) -> list[NamedConcept]:
    """All annotated concepts that have a kind.

    Raises:
        InputError: one has a kind that there is not.
    """
    known = {kind.value for kind in KINDS}
    out = []
    for part in parts:
        lexicon = lexicon_of(part)
        for concept in part.concepts:
            if concept.type and concept.type not in known:
                raise InputError(
                    f"{part.marked.folder}: {concept.name!r} is of type {concept.type!r}. "
                    f"There are: {', '.join(sorted(known))}."
                )
            if concept.type:
                seen = (
                    name_features(concept.names, lexicon), name_features(concept.names, lexicon.without_entries())
                )  # fmt: skip
                out.append(NamedConcept(part.name, concept.names, seen, concept.type))
    if not out:
        raise InputError("None of the annotated concepts has a type, so there are no kinds to learn (docs/gold.md).")
    return out


def kind_record(rows: Sequence[NamedConcept], effort: Effort) -> dict[str, Any]:
    """A trained model as a JSON object."""
    packs = pack_rows(effort.entries)
    noted = vocabulary(((row.features[0] | row.features[1], row.part) for row in rows), rare=RARE)
    columns = {word: i for i, word in enumerate(sorted(noted.keys() | packs.words))}
    x = bags([*(row.features[side] for side in (0, 1) for row in rows), *packs.features], columns)
    y = [row.kind for row in rows] * 2 + list(packs.kinds)
    weights = np.asarray([1.0] * 2 * len(rows) + list(packs.weights))
    model = fitted(LogisticRegression(C=STRENGTH, max_iter=200), x, y, sample_weight=weights)
    return {
        "classes": list(model.classes_),
        "annotated": sorted({row.kind for row in rows}),
        "unit": WEIGHT_UNIT,
        "bias": rounded(model.intercept_),
        "words": {
            word: packed([round(weight * WEIGHT_UNIT / UNIT) for weight in row])
            for word, row in word_weights(model.coef_.T, columns, least=SMALL).items()
        },
    }


def kinds_of(setting: Setting) -> KindModel:
    """The model trained on all parts of ``setting``."""
    return KindModel.from_record(kind_record(named_concepts(setting.parts), setting.effort))


def unseen_kinds(setting: Setting) -> Mapping[str, KindModel]:
    """Name of each part → a model that saw nothing of it."""
    rows = named_concepts(setting.parts)
    return cross_fit(
        folds((part.name for part in setting.parts), setting.effort.folds),
        lambda held: KindModel.from_record(kind_record([r for r in rows if r.part not in held], setting.effort)),
    )


def print_figures(setting: Setting, rows: Sequence[NamedConcept]) -> None:
    """Accuracy by the last word of the name alone, and by the model with and without the lexicon.

    Of all concepts, as a mean over the parts, and by kind.
    """
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[str] = Counter()
    parts: Counter[tuple[str, str]] = Counter()
    models = unseen_kinds(setting)
    sizes = Counter(row.part for row in rows)
    for row in rows:
        total[row.kind] += 1
        told = {"endings": kind_by_ending(row.names).value}
        for label, features in zip(("lexicon", "no lexicon"), row.features, strict=True):
            told[label] = likeliest(models[row.part].probabilities(features).tolist()).value
        for label, kind in told.items():
            right[label, row.kind] += kind == row.kind
            parts[label, row.part] += kind == row.kind
    for label in ("endings", "no lexicon", "lexicon"):
        each = {kind: round(right[label, kind] / n, 2) for kind, n in sorted(total.items())}
        whole = sum(right[label, k] for k in total) / sum(total.values())
        mean = sum(parts[label, part] / n for part, n in sizes.items()) / len(sizes)
        print(f"{label:10} accuracy {whole:.3f}, mean over parts {mean:.3f} {each}")


def main(argv: Sequence[str] | None = None) -> None:
    """Train, print, write."""
    arguments = parser(__doc__).parse_args(argv)
    setting = setting_of(arguments)
    rows = named_concepts(setting.parts)
    print_figures(setting, rows)
    if not arguments.no_write:
        setting.write(MODEL, kind_record(rows, setting.effort))


if __name__ == "__main__":
    run(main)
