"""Train the relation models and print their cross-validated figures: ``python -m training.train_relations``.

Each annotated part is left out with others of its fold; nothing of a part is seen by the models that judge it. Every
part is used twice, with the annotated concepts and with those that the product finds in it, so that the models carry
over to the latter. (Random wrong concepts instead were tried: they cost 0.02 of pair F1, because their errors are not
those of the product.)

The stages are those of :mod:`extract.relations.inference`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from extract.relations.inference import ScoredPairs, Sightings, decide, paired, type_votes
from extract.relations.instances import chunks
from extract.relations.knowledge import PREFIX, PairKnowledge
from extract.relations.model import RELATIONS_FILE, TYPES_FILE, RelationModel
from extract.relations.pairs import PLACE_COLUMNS, RIVAL_COLUMNS, Pairs, pair_matrix
from extract.relations.types import TypeModel, numeric_columns, numeric_matrix, word_features
from graph.classifiers import Model, from_record
from graph.model import RelationType
from training.cases import Case, Found, found_case, gold_case, lexicon_of, parsed
from training.estimators import UNIT, bags, fit_linear, fitted, vocabulary, word_weights
from training.export import rounded
from training.folds import cross_fit, folds
from training.found import found_concepts
from training.gold import ROOT
from training.setting import Setting, parser, run, setting_of
from training.train_kinds import unseen_kinds

MODELS: Final = ROOT / "extract" / "relations" / "weights"
INSTANCE_C, PAIR_C, TYPE_C = 0.02, 0.01, 0.1
RARE: Final = 3
"""Words that fewer annotated parts have are not features: they would be of one subject or one writer."""
SMALL: Final = 5
"""Words all of whose weights are smaller, in units of 1/:data:`training.estimators.UNIT`, are left out."""
SHRUNK: Final = 0.3
"""Numeric columns are scaled by this, so that the regularisation weighs on the words less than on them."""
PACK_SHRUNK: Final = 1.0
"""So are what knowledge packs say. With models that had not seen the part, .63 of the types of pairs that a pack knows
were right with .3, .66 with .6 and .67 with 1; the share of all types that can be said with .7 of them right rose from
.35 to .38."""
FLAT: Final = 0.003
"""Of the cuts whose pair F1 is this near to the best the highest is taken: fewer relations, and more of them right."""
LEAST_RIGHT: Final = 0.61
"""Share of the types said that must be right (where the pair is): the type cut is the lowest that reaches it."""
LEAST_GUESSED: Final = 0.1
"""Pairs under this probability are not looked at when cuts are chosen; no cut is lower."""
CUTS: Final = tuple(round(c, 2) for c in np.arange(0.1, 0.45, 0.02).tolist())
TYPE_CUTS: Final = tuple(round(c, 2) for c in np.arange(0.2, 0.7, 0.02).tolist())
KNOTS: Final = 10
"""Points of a calibration curve."""


# ---- what is learned from --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Example:
    """An annotated part with one set of concepts: stage 1, and what is right."""

    case: Case
    seen: Sightings
    related: NDArray[np.float64]
    """For each instance whether the annotation relates the two."""
    weight: NDArray[np.float64]
    """2 on the line that the annotation names, 0.5 on another line that names a related pair, else 1."""
    gold: tuple[NDArray[np.int64], NDArray[np.int64]]
    """For each instance the numbers of the annotated concepts, -1 where one is not annotated."""

    @property
    def group(self) -> str:
        """Name of the part."""
        return self.case.part.name


def example(case: Case) -> Example:
    """The case as arrays."""
    [notes] = list(chunks([case.doc], case.occurrences))
    seen = Sightings.of(notes, case.drafts, PairKnowledge.of(case.drafts, lexicon_of(case.part)))
    found = seen.table.instances
    owner = np.asarray(case.gold_of, dtype=np.int64)
    a, b = (owner[notes.occ_concept[side]] for side in (found.a, found.b))
    lines: dict[frozenset[int], set[int | None]] = defaultdict(set)
    for pair, said in case.part.relations.items():
        lines[frozenset(pair)] |= {line for _, line in said}
    related, weight = np.zeros(len(a)), np.ones(len(a))
    block = notes.block_index[notes.occ_block[found.b]]
    for i, (x, y, place) in enumerate(zip(a.tolist(), b.tolist(), block.tolist(), strict=True)):
        known = lines.get(frozenset((x, y))) if x >= 0 and y >= 0 and x != y else None
        if known is not None:
            related[i] = 1
            weight[i] = 2.0 if known & set(case.doc.blocks[place].lines) else 0.5
    return Example(case, seen, related, weight, (a, b))


@dataclass(frozen=True, eq=False)
class TypeRow:
    """An instance whose type the annotation says."""

    words: set[str]
    numeric: NDArray[np.float32]
    label: str
    """One of :data:`extract.relations.types.CLASSES`."""
    weight: float
    group: str
    """Name of the part."""


def type_rows(one: Example, numeric: Sequence[str]) -> list[TypeRow]:
    """The related instances with a type; those on the line that the annotation names count most."""
    labelled = _labelled(one)
    rows = np.asarray([row for row, _, _ in labelled], dtype=np.int64)
    seen = one.seen
    words = word_features(seen.notes, seen.view, seen.table, rows, seen.concepts)
    columns = numeric_matrix(seen.table, rows, numeric)
    return [TypeRow(words[i], columns[i], label, weight, one.group) for i, (_, label, weight) in enumerate(labelled)]


def _labelled(one: Example) -> list[tuple[int, str, float]]:
    """(instance, class, weight)."""
    notes, found = one.seen.notes, one.seen.table.instances
    out = []
    for row in np.flatnonzero(one.related > 0).tolist():
        labels = _classes(one.case, int(one.gold[0][row]), int(one.gold[1][row]))
        block = one.case.doc.blocks[int(notes.block_index[notes.occ_block[found.b[row]]])]
        here = sorted({name for name, line in labels if line in block.lines})
        if here:
            out += [(row, name, 1.0 / len(here)) for name in here]
        elif len({name for name, _ in labels}) == 1 and row % 3 == 0:
            out.append((row, labels[0][0], 0.25))
    return out


def _classes(case: Case, first: int, second: int) -> list[tuple[str, int | None]]:
    """(class, line) of the annotated relations of two concepts, ``first`` being named first."""
    out = []
    for pair, sign in (((first, second), ">"), ((second, first), "<")):
        said = sorted(case.part.relations.get(pair, ()), key=lambda item: (item[0].value, item[1] or 0))
        out += [(kind.value if kind.symmetric else kind.value + sign, line) for kind, line in said]
    return out


# ---- training --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Prepared:
    """All examples with what the stages before the types make of them, by models that have not seen the part."""

    given: list[Example]
    """With the annotated concepts, in the order of the parts."""
    found: list[Example]
    """With those that the product finds, in the same order."""
    names: tuple[str, ...]
    """Columns of the instance model."""
    pair_names: tuple[str, ...]
    """Columns of the pair model."""
    scored: list[ScoredPairs]
    """Of each example, those of :attr:`given` first."""
    types: list[TypeRow]
    """Of :attr:`given`."""

    @property
    def examples(self) -> list[Example]:
        """All."""
        return [*self.given, *self.found]

    @property
    def numeric(self) -> tuple[str, ...]:
        """Numeric columns of the type model."""
        return numeric_columns(self.names)


def prepared(setting: Setting, found: Mapping[str, Sequence[Found]]) -> Prepared:
    """The parts of ``setting``, ready to train the last models and to choose cuts.

    Args:
        setting: its parts are seen by nobody else.
        found: :func:`training.found.found_concepts`.
    """
    kinds = unseen_kinds(setting)
    docs = {part.name: parsed(part) for part in setting.parts}
    given = [example(gold_case(p, docs[p.name], kinds[p.name])) for p in setting.parts]
    others = [example(found_case(p, docs[p.name], found[p.name], kinds[p.name])) for p in setting.parts]
    examples = [*given, *others]
    names = tuple(examples[0].seen.table.columns)
    pair_names = (*names, *RIVAL_COLUMNS, *PLACE_COLUMNS)
    held = folds((e.group for e in examples), setting.effort.folds)
    instance = cross_fit(held, lambda out: from_record(instance_record([e for e in examples if e.group not in out])))
    scores = [instance[e.group].probability(e.seen.table.matrix(names)) for e in examples]
    pairs = [paired(e.seen, score) for e, score in zip(examples, scores, strict=True)]
    rows = list(zip(examples, pairs, strict=True))

    def pair_model(out: frozenset[str]) -> Model:
        return from_record(pair_record_of([(e, q) for e, q in rows if e.group not in out], pair_names))

    pair = cross_fit(held, pair_model)
    scored = [
        ScoredPairs(e.seen, score, q, pair[e.group].probability(pair_matrix(q, e.seen.table, pair_names)))
        for e, score, q in zip(examples, scores, pairs, strict=True)
    ]
    types = [row for e in given for row in type_rows(e, numeric_columns(names))]
    return Prepared(given, others, names, pair_names, scored, types)


def instance_record(examples: Sequence[Example]) -> dict[str, Any]:
    """A trained instance model as a JSON object."""
    names = tuple(examples[0].seen.table.columns)
    x = np.concatenate([e.seen.table.matrix(names) for e in examples])
    y, weight = np.concatenate([e.related for e in examples]), np.concatenate([e.weight for e in examples])
    return fit_linear(INSTANCE_C, x, y, names, weight=weight)


def pair_record_of(rows: Sequence[tuple[Example, Pairs]], names: Sequence[str]) -> dict[str, Any]:
    """A trained pair model as a JSON object."""
    x = np.concatenate([pair_matrix(pairs, one.seen.table, tuple(names)) for one, pairs in rows])
    y = np.concatenate([_related_pairs(one, pairs) for one, pairs in rows])
    return fit_linear(PAIR_C, x, y, names)


def _related_pairs(one: Example, pairs: Pairs) -> NDArray[np.float64]:
    """For each pair whether the annotation relates the two."""
    out = np.zeros(len(pairs))
    np.maximum.at(out, pairs.of_instance, one.related)
    return out


def types_record(rows: Sequence[TypeRow], numeric: Sequence[str]) -> dict[str, Any]:
    """A trained type model as a JSON object."""
    columns = vocabulary(((row.words, row.group) for row in rows), rare=RARE)
    values = np.stack([row.numeric for row in rows])
    scaler = StandardScaler().fit(values)
    words = bags([row.words for row in rows], columns)
    shrunk = np.asarray([PACK_SHRUNK if name.startswith(PREFIX) else SHRUNK for name in numeric])
    x = sparse.hstack([words, sparse.csr_matrix(scaler.transform(values) * shrunk)]).tocsr()
    labels, weight = [row.label for row in rows], [row.weight for row in rows]
    model = fitted(LogisticRegression(C=TYPE_C, max_iter=80), x, labels, sample_weight=weight)
    weights = model.coef_.T
    return {
        "classes": list(model.classes_),
        "unit": UNIT,
        "bias": rounded(model.intercept_),
        "mean": rounded(scaler.mean_),
        "scale": rounded(scaler.scale_),
        "numeric": {name: rounded(weights[len(columns) + i] * shrunk[i]) for i, name in enumerate(numeric)},
        "words": word_weights(weights, columns, least=SMALL),
    }


def trained_records(data: Prepared) -> dict[str, dict[str, Any]]:
    """The ``instance``, ``pair`` and ``types`` models trained on all examples, as JSON objects."""
    rows = [(e, scored.pairs) for e, scored in zip(data.examples, data.scored, strict=True)]
    return {
        "instance": instance_record(data.examples),
        "pair": pair_record_of(rows, data.pair_names),
        "types": types_record(data.types, data.numeric),
    }


def relations_without(setting: Setting, held: Iterable[str]) -> RelationModel:
    """The models trained without the parts named ``held``, with the cuts and the calibration of the package's."""
    shipped = RelationModel.default()
    records = trained_records(prepared(setting.without(held), found_concepts(setting)))
    return RelationModel(
        from_record(records["instance"]),
        from_record(records["pair"]),
        TypeModel.from_record(records["types"]),
        shipped.cut,
        shipped.type_cut,
        shipped.calibration,
    )


# ---- cuts and figures ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Guess:
    """A pair of annotated concepts, as models that have not seen the part judge it."""

    probability: float
    votes: NDArray[np.float64]
    """Probability of each of :data:`extract.relations.inference.SLOTS`."""
    ends: tuple[int, int]
    """Numbers of the annotated concepts, that of the lower draft first."""

    @property
    def pair(self) -> frozenset[int]:
        """The two concepts."""
        return frozenset(self.ends)

    def said(self, type_cut: float) -> tuple[int, RelationType, int]:
        """(head, type, tail) that the product would say; the lower number first where the type is symmetric."""
        decision = decide(self.votes, type_cut)
        head, tail = self.ends if decision.low_is_head else self.ends[::-1]
        return (
            (min(head, tail), decision.kind, max(head, tail))
            if decision.kind.symmetric
            else (head, decision.kind, tail)
        )

    def raw_confidence(self, type_cut: float) -> float:
        """What is calibrated: the probability that the pair is related, and in this way."""
        return self.probability * decide(self.votes, type_cut).share


@dataclass(frozen=True, eq=False)
class Judged:
    """A part's guesses, and what is right."""

    guesses: list[Guess]
    pairs: frozenset[frozenset[int]]
    """Related concepts."""
    triples: frozenset[tuple[int, RelationType, int]]
    """(head, type, tail); the lower number first where the type is symmetric."""


def judged(one: Example, guesses: list[Guess]) -> Judged:
    """Guesses with the annotation of their part."""
    relations = one.case.part.relations
    triples = frozenset(
        (min(pair), kind, max(pair)) if kind.symmetric else (pair[0], kind, pair[1])
        for pair, said in relations.items()
        for kind, _ in said
    )
    return Judged(guesses, frozenset(frozenset(pair) for pair in relations), triples)


def guesses_of(one: Example, scored: ScoredPairs, types: TypeModel) -> list[Guess]:
    """All pairs of annotated concepts that may be related."""
    a, b = one.gold
    best = scored.pairs.best
    chosen = np.flatnonzero((scored.scores >= LEAST_GUESSED) & (a[best] >= 0) & (b[best] >= 0) & (a[best] != b[best]))
    votes = type_votes(scored, chosen, types).votes
    owner = one.case.gold_of
    return [
        Guess(float(scored.scores[row]), vote, (owner[int(scored.pairs.low[row])], owner[int(scored.pairs.high[row])]))
        for row, vote in zip(chosen.tolist(), votes, strict=True)
    ]


def unseen_guesses(data: Prepared, setting: Setting) -> tuple[list[Judged], list[Judged]]:
    """The guesses about :attr:`Prepared.given` and :attr:`Prepared.found`, by models that have not seen the part."""
    held = folds((e.group for e in data.examples), setting.effort.folds)
    types = cross_fit(
        held,
        lambda out: TypeModel.from_record(types_record([r for r in data.types if r.group not in out], data.numeric)),
    )
    each = [
        judged(e, guesses_of(e, scored, types[e.group])) for e, scored in zip(data.examples, data.scored, strict=True)
    ]
    return each[: len(data.given)], each[len(data.given) :]


def figures(parts: Sequence[Judged], cut: float, type_cut: float) -> dict[str, float]:
    """Mean over the parts of the figures that the project is measured by."""
    rows = []
    right_type = said_type = right_pairs = 0
    for part in parts:
        taken = [g for g in part.guesses if g.probability >= cut]
        pairs, typed = {g.pair for g in taken}, {g.said(type_cut) for g in taken}
        rows.append((*_shares(pairs, part.pairs), _shares(typed, part.triples)[0]))
        for one in taken:
            if one.pair in part.pairs:
                said = one.said(type_cut)
                right_pairs += 1
                said_type += said[1] is not RelationType.RELATED_TO
                right_type += said[1] is not RelationType.RELATED_TO and said in part.triples
    mean = np.mean(rows, axis=0).tolist()
    return {
        **dict(zip(("pair_f1", "pair_p", "pair_r", "typed_f1"), mean, strict=True)),
        "type_right": right_type / max(said_type, 1),
        "type_said": said_type / max(right_pairs, 1),
    }


def _shares(own: set[Any], gold: frozenset[Any]) -> tuple[float, float, float]:
    """F1, precision and recall."""
    both = len(own & gold)
    return 2 * both / max(len(own) + len(gold), 1), both / max(len(own), 1), both / max(len(gold), 1)


def reliability(parts: Sequence[Judged]) -> dict[float, tuple[float, int]]:
    """Lower end of each tenth of probability → (share of its pairs that the annotation relates, number)."""
    tenths: dict[float, list[bool]] = defaultdict(list)
    for part in parts:
        for one in part.guesses:
            tenths[int(one.probability * 10) / 10].append(one.pair in part.pairs)
    return {low: (round(float(np.mean(hits)), 2), len(hits)) for low, hits in sorted(tenths.items())}


def calibration(parts: Sequence[Judged], cut: float, type_cut: float) -> dict[str, list[list[float]]]:
    """For relations with a type and without.

    Raw confidences and the share of those around them that is right, both rising.

    Isotonic regression over relations whose two concepts are annotated, by models that had not seen the part.
    """
    rows: dict[str, list[tuple[float, bool]]] = {"typed": [], "related_to": []}
    for part in parts:
        for one in (g for g in part.guesses if g.probability >= cut):
            said, raw = one.said(type_cut), one.raw_confidence(type_cut)
            if said[1] is RelationType.RELATED_TO:
                rows["related_to"].append((raw, one.pair in part.pairs))
            else:
                rows["typed"].append((raw, said in part.triples))
    curves = {}
    for name, found in rows.items():
        if not found:
            continue
        x, y = np.array([c for c, _ in found]), np.array([float(ok) for _, ok in found])
        fitted = IsotonicRegression(out_of_bounds="clip").fit(x, y)
        groups = [g for g in np.array_split(np.sort(x), KNOTS) if len(g)]
        knots = [round(float(np.mean(g)), 4) for g in groups]
        values = [round(float(np.mean(fitted.predict(g))), 4) for g in groups]
        curves[name] = [knots, values]
        print(f"{name}: {len(x)} relations, calibrated", dict(zip(knots, values, strict=True)))
    return curves


def chosen_cuts(given: Sequence[Judged], found: Sequence[Judged]) -> tuple[float, float]:
    """(cut, type cut): see :data:`FLAT` and :data:`LEAST_RIGHT`."""
    pair_f1 = {c: figures(found, c, 0.0)["pair_f1"] for c in CUTS}
    cut = max(c for c in CUTS if pair_f1[c] >= max(pair_f1.values()) - FLAT)
    both = [*given, *found]
    return cut, next((c for c in TYPE_CUTS if figures(both, cut, c)["type_right"] >= LEAST_RIGHT), TYPE_CUTS[-1])


def print_figures(given: Sequence[Judged], found: Sequence[Judged], cut: float, type_cut: float) -> None:
    """The figures around the cuts."""

    def shown(parts: Sequence[Judged], pair_cut: float, least: float) -> dict[str, float]:
        return {name: round(value, 3) for name, value in figures(parts, pair_cut, least).items()}

    for label, parts in (("gold concepts", given), ("found concepts", found)):
        for c in (cut - 0.06, cut, cut + 0.06):
            print(f"{label}, cut {c:.2f}", shown(parts, c, 0.0))
        for c in (0.3, 0.4, 0.5, type_cut):
            print(f"{label}, type cut {c}", shown(parts, cut, c))
    print("found concepts, reliability of pairs:", reliability(found))


def main(argv: Sequence[str] | None = None) -> None:
    """Train, print, write."""
    arguments = parser(__doc__).parse_args(argv)
    setting = setting_of(arguments)
    data = prepared(setting, found_concepts(setting))
    given, found = unseen_guesses(data, setting)
    cut, type_cut = chosen_cuts(given, found)
    print_figures(given, found, cut, type_cut)
    curves = calibration(found, cut, type_cut)
    if not arguments.no_write:
        records = trained_records(data)
        types = records.pop("types")
        setting.write(MODELS / RELATIONS_FILE, {"cut": cut, "type_cut": type_cut, "calibration": curves, **records})
        setting.write(MODELS / TYPES_FILE, types)


if __name__ == "__main__":
    run(main)
