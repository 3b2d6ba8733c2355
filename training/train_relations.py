"""Train the relation models and print their cross-validated figures: ``python -m training.train_relations``.

Each annotated part is left out with others of its fold; nothing of a part is seen by the models that judge it. Every part is
used twice, with the gold's concepts and with those that the product finds in it, so that the models carry over to the latter.
(Random wrong concepts instead were tried: they cost 0.02 of pair F1, because their errors are not those of the product.)
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from extract.relations.features import InstanceTable, View, instance_table, view_of
from extract.relations.inference import head_is_first, witnesses_of
from extract.relations.instances import NoteColumns, chunks, instances
from extract.relations.pairs import PLACE_COLUMNS, RIVAL_COLUMNS, Pairs, pair_matrix, pairs_of
from extract.relations.types import CLASSES, TypeModel, numeric_columns, word_features
from graph.classifiers import from_record
from graph.model import RelationType
from training import train_kinds
from training.export import from_sklearn, rounded
from training.found import found_concepts
from training.gold import ROOT, folds, gold_parts
from training.relation_cases import Case, found_case, gold_case, parsed
from training.work import WORK

INSTANCE_C, PAIR_C, TYPE_C = 0.02, 0.01, 0.1
RARE = 3
"""Words that fewer annotated parts hold are not features: they would be of one subject or one writer."""
SMALL = 5
"""Words all of whose weights are smaller, in units of 1/:data:`UNIT`, are left out."""
FLAT = 0.003
"""Of the cuts whose pair F1 is this near to the best the highest is taken: fewer relations, and more of them right."""
LEAST_RIGHT = 0.61
"""Share of the said types that must be right (where the pair is): the type cut is the lowest that reaches it."""
UNIT = 100
"""Weights of words are stored as integers, this many to one."""


TypeRow = tuple[set[str], NDArray[Any], str, float, str]
"""Words, numeric columns, class, weight, name of the annotated part."""


@dataclass(frozen=True)
class Example:
    """A case as arrays, with what is right."""

    case: Case
    group: str
    notes: NoteColumns
    view: View
    table: InstanceTable
    related: NDArray[np.float64]
    """For each instance whether the gold relates the two."""
    weight: NDArray[np.float64]
    """2 on the line that the gold quotes, 0.5 on another line that names a related pair, else 1."""
    gold: tuple[NDArray[np.int64], NDArray[np.int64]]
    """For each instance the numbers of the gold concepts, -1 for a wrong one."""
    pairs: int
    """Number of gold pairs."""


def examples(cases: Sequence[Case]) -> list[Example]:
    """The cases as arrays."""
    out = []
    for case in cases:
        [notes] = list(chunks([case.doc], case.occurrences))
        view = view_of(notes)
        table = instance_table(notes, view, instances(notes), case.drafts)
        owner = np.asarray(case.gold_of)
        a, b = (owner[notes.occ_concept[side]] for side in (table.instances.a, table.instances.b))
        lines: dict[frozenset[int], set[int]] = defaultdict(set)
        for pair, found in case.relations.items():
            lines[frozenset(pair)] |= {line for _, line in found}
        related, weight = np.zeros(len(a)), np.ones(len(a))
        block = notes.block_index[notes.occ_block[table.instances.b]]
        for i, (x, y, place) in enumerate(zip(a.tolist(), b.tolist(), block.tolist(), strict=True)):
            known = lines.get(frozenset((x, y))) if x >= 0 and y >= 0 and x != y else None
            if known is not None:
                related[i] = 1
                weight[i] = 2.0 if known & set(case.doc.blocks[place].lines) else 0.5
        out.append(Example(case, case.part.name, notes, view, table, related, weight, (a, b), len(lines)))
    return out


def linear(c: float) -> Any:
    """Standardised logistic regression."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=300))


def fit(c: float, x: NDArray[Any], y: NDArray[Any], weight: NDArray[Any], names: Sequence[str]) -> dict[str, Any]:
    """A trained linear model as a JSON object."""
    model = linear(c)
    model.fit(x, y, logisticregression__sample_weight=weight)
    return from_sklearn(model, names)


def cross_fit(
    c: float,
    groups: Sequence[str],
    x: list[NDArray[Any]],
    y: list[NDArray[Any]],
    w: list[NDArray[Any]],
    names: Sequence[str],
) -> list[NDArray[np.float64]]:
    """For each example the probabilities by a model that saw nothing of its part."""
    out: list[NDArray[np.float64]] = [np.zeros(0)] * len(groups)
    for fold in folds(groups):
        seen = [i for i, g in enumerate(groups) if g not in fold]
        x_seen, y_seen, w_seen = (np.concatenate([column[i] for i in seen]) for column in (x, y, w))
        model = from_record(fit(c, x_seen, y_seen, w_seen, names))
        for i, g in enumerate(groups):
            if g in fold:
                out[i] = model.probability(x[i])
    return out


def pair_labels(example: Example, pairs: Pairs) -> NDArray[np.float64]:
    """For each pair whether the gold relates the two."""
    out = np.zeros(len(pairs))
    np.maximum.at(out, pairs.of_instance, example.related)
    return out


def type_rows(example: Example) -> list[tuple[int, str, float]]:
    """(instance, class, weight) of the related instances; those on the line that the gold quotes count most."""
    out = []
    for row in np.flatnonzero(example.related > 0).tolist():
        x, y = int(example.gold[0][row]), int(example.gold[1][row])
        block = example.case.doc.blocks[
            int(example.notes.block_index[example.notes.occ_block[example.table.instances.b[row]]])
        ]
        labels = [(name, line) for name, line in _classes(example.case, x, y)]
        here = sorted({name for name, line in labels if line in block.lines})
        if here:
            out += [(row, name, 1.0 / len(here)) for name in here]
        elif len({name for name, _ in labels}) == 1 and row % 3 == 0:
            out.append((row, labels[0][0], 0.25))
    return out


def _classes(case: Case, first: int, second: int) -> list[tuple[str, int]]:
    """(class, line) of the gold's relations of two concepts, ``first`` standing first."""
    out = []
    for (head, tail), sign in (((first, second), ">"), ((second, first), "<")):
        out += [
            (kind if RelationType(kind).symmetric else kind + sign, line)
            for kind, line in sorted(case.relations.get((head, tail), ()))
        ]
    return out


def fit_types(rows: Sequence[TypeRow], numeric: Sequence[str]) -> dict[str, Any]:
    """A trained type model as a JSON object; ``rows``: see :data:`TypeRow`."""
    holders: dict[str, set[str]] = defaultdict(set)
    for words, _, _, _, part in rows:
        for word in words:
            holders[word].add(part)
    vocabulary = {word: i for i, word in enumerate(sorted(w for w, parts in holders.items() if len(parts) >= RARE))}
    indices = [sorted(vocabulary[w] for w in words if w in vocabulary) for words, *_ in rows]
    pointers = np.cumsum([0, *(len(i) for i in indices)])
    bags = sparse.csr_matrix(
        (np.ones(pointers[-1]), np.concatenate(indices), pointers), shape=(len(rows), len(vocabulary))
    )
    scaler = StandardScaler().fit(np.stack([row[1] for row in rows]))
    shrunk = 0.3  # so that the regularisation weighs on the words less than on the columns
    x = sparse.hstack([bags, sparse.csr_matrix(scaler.transform(np.stack([row[1] for row in rows])) * shrunk)]).tocsr()
    model = LogisticRegression(C=TYPE_C, max_iter=80)
    model.fit(x, [row[2] for row in rows], sample_weight=[row[3] for row in rows])
    weights = model.coef_.T
    integers = {word: np.round(weights[i] * UNIT).astype(int).tolist() for word, i in vocabulary.items()}
    return {
        "classes": list(model.classes_),
        "unit": UNIT,
        "bias": rounded(model.intercept_),
        "mean": rounded(scaler.mean_),
        "scale": rounded(scaler.scale_),
        "numeric": {name: rounded(weights[len(vocabulary) + i] * shrunk) for i, name in enumerate(numeric)},
        "words": {word: row for word, row in integers.items() if max(abs(v) for v in row) >= SMALL},
    }


@dataclass(frozen=True)
class Guess:
    """A pair of a part, as the models judge it."""

    probability: float
    votes: Mapping[tuple[int, str], float]
    """(gold head, type) → probability."""
    gold: tuple[int, int]


def figures(
    examples_: Sequence[Example], guesses: Sequence[Sequence[Guess]], cut: float, type_cut: float
) -> dict[str, float]:
    """Mean over the parts of the figures that the project is measured by."""
    rows = []
    right_type = said = right_pairs = 0
    for example, mine in zip(examples_, guesses, strict=True):
        gold = {frozenset(p) for p in example.case.relations}
        triples = {
            (min(p), t, max(p)) if RelationType(t).symmetric else (p[0], t, p[1])
            for p, found in example.case.relations.items()
            for t, _ in found
        }
        pairs, typed = set(), set()
        for guess in mine:
            if guess.probability < cut:
                continue
            pair = frozenset(guess.gold)
            pairs.add(pair)
            (head, kind), share = max(guess.votes.items(), key=lambda item: item[1])
            tail = guess.gold[1] if head == guess.gold[0] else guess.gold[0]
            if share < type_cut:
                kind = "related_to"
            triple = (min(head, tail), kind, max(head, tail)) if RelationType(kind).symmetric else (head, kind, tail)
            typed.add(triple)
            if pair in gold:
                right_pairs += 1
                said += kind != "related_to"
                right_type += kind != "related_to" and triple in triples
        rows.append(
            [
                2 * len(pairs & gold) / max(len(pairs) + len(gold), 1),
                len(pairs & gold) / max(len(pairs), 1),
                len(pairs & gold) / max(len(gold), 1),
                2 * len(typed & triples) / max(len(typed) + len(triples), 1),
            ]
        )
    mean = np.mean(rows, axis=0).tolist()
    return {
        "pair_f1": mean[0],
        "pair_p": mean[1],
        "pair_r": mean[2],
        "typed_f1": mean[3],
        "type_right": right_type / max(said, 1),
        "type_said": said / max(right_pairs, 1),
    }


def reliability(examples_: Sequence[Example], guesses: Sequence[Sequence[Guess]]) -> dict[float, tuple[float, int]]:
    """Lower end of each tenth of probability → (share of its pairs that the gold relates, number)."""
    tenths: dict[float, list[bool]] = defaultdict(list)
    for example, mine in zip(examples_, guesses, strict=True):
        gold = {frozenset(p) for p in example.case.relations}
        for one in mine:
            tenths[int(one.probability * 10) / 10].append(frozenset(one.gold) in gold)
    return {low: (round(float(np.mean(hits)), 2), len(hits)) for low, hits in sorted(tenths.items())}


KNOTS = 10
"""Points of a calibration curve."""


def calibration(
    examples_: Sequence[Example], guesses: Sequence[Sequence[Guess]], cut: float, type_cut: float
) -> dict[str, list[list[float]]]:
    """For relations with a type and without: raw confidences and the share of those around them that is right, both rising.

    Isotonic regression over relations whose two concepts are annotated, by models that had not seen the part.
    """
    rows: dict[str, list[tuple[float, bool]]] = {"typed": [], "related_to": []}
    for example, mine in zip(examples_, guesses, strict=True):
        gold = {frozenset(p) for p in example.case.relations}
        triples = {(h, t, o) for (h, o), found in example.case.relations.items() for t, _ in found}
        for one in (g for g in mine if g.probability >= cut):
            (head, kind), share = max(one.votes.items(), key=lambda item: item[1])
            tail = one.gold[1] if head == one.gold[0] else one.gold[0]
            if share < type_cut:
                rows["related_to"].append((one.probability, frozenset(one.gold) in gold))
            else:
                right = (head, kind, tail) in triples or (
                    RelationType(kind).symmetric and (tail, kind, head) in triples
                )
                rows["typed"].append((one.probability * share, right))
    curves = {}
    for name, found in rows.items():
        x, y = np.array([c for c, _ in found]), np.array([float(ok) for _, ok in found])
        fitted = IsotonicRegression(out_of_bounds="clip").fit(x, y)
        groups = np.array_split(np.sort(x), KNOTS)
        knots = [float(np.mean(g)) for g in groups if len(g)]
        values = [float(np.mean(fitted.predict(g))) for g in groups if len(g)]
        curves[name] = [[round(v, 4) for v in knots], [round(v, 4) for v in values]]
        print(f"{name}: {len(x)} relations, calibrated", dict(zip(*curves[name], strict=True)))
    return curves


def guess(
    example: Example, pairs: Pairs, certainty: NDArray[Any], probability: NDArray[Any], types: TypeModel
) -> list[Guess]:
    """All pairs of gold concepts that may be related."""
    a, b = example.gold
    best = pairs.best
    chosen = np.flatnonzero((certainty >= 0.1) & (a[best] >= 0) & (b[best] >= 0) & (a[best] != b[best]))
    witnesses = witnesses_of(pairs, chosen, probability)
    rows = [row for group in witnesses for row in group]
    if not rows:
        return []
    numeric = np.stack([example.table.columns[name][rows] for name in types.numeric], axis=1)
    lines = types.probabilities(
        word_features(example.notes, example.view, example.table, rows, example.case.drafts), numeric
    )
    out, position = [], 0
    for number, group in zip(chosen.tolist(), witnesses, strict=True):
        first, second = int(a[group[0]]), int(b[group[0]])
        votes: dict[tuple[int, str], float] = defaultdict(float)
        weights = probability[group] / probability[group].sum()
        for row, weight in zip(group, weights, strict=True):
            turned = int(a[row]) != first
            for name, value in zip(types.classes, lines[position].tolist(), strict=True):
                votes[first if head_is_first(name, turned=turned) else second, name.rstrip("<>")] += weight * value
            position += 1
        out.append(Guess(float(certainty[number]), votes, (first, second)))
    return out


def main() -> None:
    """Train, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="where the parts are written")
    parser.add_argument("--output", type=Path, default=ROOT / "extract" / "relations" / "weights")
    arguments = parser.parse_args()
    gold_cases, found_cases = [], []
    kinds, found = train_kinds.cross_fit(), found_concepts(arguments.work)
    for part in gold_parts():
        doc = parsed(part)
        gold_cases.append(gold_case(part, doc, kinds[part.name]))
        found_cases.append(found_case(part, doc, found[part.name], kinds[part.name]))
    all_examples = examples([*gold_cases, *found_cases])
    groups = [e.group for e in all_examples]
    names = tuple(all_examples[0].table.columns)
    x = [e.table.matrix(names) for e in all_examples]
    y, w = [e.related for e in all_examples], [e.weight for e in all_examples]
    probability = cross_fit(INSTANCE_C, groups, x, y, w, names)
    pairs = [
        pairs_of(e.notes, e.table, p, concepts=len(e.case.drafts))
        for e, p in zip(all_examples, probability, strict=True)
    ]
    pair_names = (*names, *RIVAL_COLUMNS, *PLACE_COLUMNS)
    px = [pair_matrix(q, e.table, pair_names) for q, e in zip(pairs, all_examples, strict=True)]
    py = [pair_labels(e, q) for e, q in zip(all_examples, pairs, strict=True)]
    pw = [np.ones(len(q)) for q in pairs]
    certainty = cross_fit(PAIR_C, groups, px, py, pw, pair_names)
    numeric = numeric_columns(names)
    typed: list[list[TypeRow]] = []
    for e in all_examples[: len(gold_cases)]:
        labelled = type_rows(e)
        rows = [row for row, _, _ in labelled]
        words = word_features(e.notes, e.view, e.table, rows, e.case.drafts)
        columns = np.stack([e.table.columns[name][rows] for name in numeric], axis=1)
        typed.append([(words[i], columns[i], label, weight, e.group) for i, (_, label, weight) in enumerate(labelled)])
    guesses: list[list[Guess]] = [[] for _ in all_examples]
    for fold in folds(groups):
        seen = [row for e, rows in zip(all_examples, typed, strict=False) if e.group not in fold for row in rows]
        model = TypeModel.from_record(fit_types(seen, numeric))
        for i, e in enumerate(all_examples):
            if e.group in fold:
                guesses[i] = guess(e, pairs[i], certainty[i], probability[i], model)
    half = len(gold_cases)
    sets = {"gold concepts": slice(0, half), "found concepts": slice(half, None)}
    cuts = [round(c, 2) for c in np.arange(0.1, 0.45, 0.02)]
    pair_f1 = {c: figures(all_examples[half:], guesses[half:], c, 0.0)["pair_f1"] for c in cuts}
    cut = max(c for c in cuts if pair_f1[c] >= max(pair_f1.values()) - FLAT)
    type_cuts = [round(c, 2) for c in np.arange(0.2, 0.7, 0.02)]
    right = {c: figures(all_examples, guesses, cut, c)["type_right"] for c in type_cuts}
    type_cut = next((c for c in type_cuts if right[c] >= LEAST_RIGHT), type_cuts[-1])
    for label, half_of in sets.items():
        for c in (cut - 0.06, cut, cut + 0.06):
            print(
                f"{label}, cut {c:.2f}",
                {k: round(v, 3) for k, v in figures(all_examples[half_of], guesses[half_of], c, 0.0).items()},
            )
        for c in (0.3, 0.4, 0.5, type_cut):
            print(
                f"{label}, type cut {c}",
                {k: round(v, 3) for k, v in figures(all_examples[half_of], guesses[half_of], cut, c).items()},
            )
    print("found concepts, reliability of pairs:", reliability(all_examples[half:], guesses[half:]))
    record = {
        "cut": cut,
        "type_cut": type_cut,
        "calibration": calibration(all_examples[half:], guesses[half:], cut, type_cut),
        "instance": fit(INSTANCE_C, np.concatenate(x), np.concatenate(y), np.concatenate(w), names),
        "pair": fit(PAIR_C, np.concatenate(px), np.concatenate(py), np.concatenate(pw), pair_names),
    }
    write(arguments.output / "relations.json", record)
    write(arguments.output / "relation_types.json", fit_types([row for rows in typed for row in rows], numeric))
    assert set(CLASSES) >= set(
        TypeModel.from_record(json.loads((arguments.output / "relation_types.json").read_text("utf-8"))).classes
    )


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write JSON with one feature or number list a line, so that differences can be read."""
    path.write_text(
        json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace('],"', '],\n"') + "\n", encoding="utf-8"
    )
    print(f"{path} {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
