"""Train the model of concept kinds and print its cross-validated accuracy: ``python -m training.train_kinds``.

Each annotated concept is seen twice, with and without the lexicon's entries, so that the model does not lean on them
where a subject has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sklearn.linear_model import LogisticRegression

from extract.concepts.kinds import KINDS, KindModel, kind_by_ending, likeliest, name_features
from graph.errors import InputError
from training.cases import lexicon_of
from training.estimators import UNIT, bags, fitted, vocabulary, word_weights
from training.export import rounded
from training.folds import cross_fit, folds
from training.gold import ROOT, GoldPart
from training.setting import Setting, parser, run, setting_of

MODEL: Final = ROOT / "extract" / "concepts" / "weights" / "kinds.json"
STRENGTH: Final = 0.3
"""Inverse regularisation."""
RARE: Final = 2
"""Features that fewer annotated parts have are left out."""
SMALL: Final = 3
"""Features all of whose weights are smaller, in units of 1/:data:`training.estimators.UNIT`, are left out."""


@dataclass(frozen=True)
class NamedConcept:
    """An annotated concept: what is seen of it with the lexicon's entries and without, and its kind."""

    part: str
    names: tuple[str, ...]
    features: tuple[set[str], set[str]]
    kind: str


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


def kind_record(rows: Sequence[NamedConcept]) -> dict[str, Any]:
    """A trained model as a JSON object."""
    columns = vocabulary(((row.features[0] | row.features[1], row.part) for row in rows), rare=RARE)
    x = bags([row.features[side] for side in (0, 1) for row in rows], columns)
    model = fitted(LogisticRegression(C=STRENGTH, max_iter=300), x, [row.kind for row in rows] * 2)
    return {
        "classes": list(model.classes_),
        "unit": UNIT,
        "bias": rounded(model.intercept_),
        "words": word_weights(model.coef_.T, columns, least=SMALL),
    }


def kinds_of(setting: Setting) -> KindModel:
    """The model trained on all parts of ``setting``."""
    return KindModel.from_record(kind_record(named_concepts(setting.parts)))


def unseen_kinds(setting: Setting) -> Mapping[str, KindModel]:
    """Name of each part → a model that saw nothing of it."""
    rows = named_concepts(setting.parts)
    return cross_fit(
        folds((part.name for part in setting.parts), setting.effort.folds),
        lambda held: KindModel.from_record(kind_record([row for row in rows if row.part not in held])),
    )


def print_figures(setting: Setting, rows: Sequence[NamedConcept]) -> None:
    """Accuracy by the last word of the name alone, and by the model with and without the lexicon, whole and by kind."""
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[str] = Counter()
    models = unseen_kinds(setting)
    for row in rows:
        total[row.kind] += 1
        right["endings", row.kind] += kind_by_ending(row.names).value == row.kind
        for label, features in zip(("lexicon", "no lexicon"), row.features, strict=True):
            right[label, row.kind] += likeliest(models[row.part].probabilities(features).tolist()).value == row.kind
    for label in ("endings", "no lexicon", "lexicon"):
        each = {kind.value: round(right[label, kind.value] / max(1, total[kind.value]), 2) for kind in KINDS}
        print(f"{label:10} accuracy {sum(right[label, k] for k in total) / sum(total.values()):.3f} {each}")


def main(argv: Sequence[str] | None = None) -> None:
    """Train, print, write."""
    arguments = parser(__doc__).parse_args(argv)
    setting = setting_of(arguments)
    rows = named_concepts(setting.parts)
    print_figures(setting, rows)
    if not arguments.no_write:
        setting.write(MODEL, kind_record(rows))


if __name__ == "__main__":
    run(main)
