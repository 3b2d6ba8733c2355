"""Models that have not seen certain documents: for cross-validation, and to train a stage on what the earlier ones make of unseen notes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from extract.lexicon import default_lexicon
from extract.pipeline import Models
from extract.relation_pairs import PLACE_COLUMNS, RIVAL_COLUMNS, pair_matrix, pairs_of
from extract.relation_types import TypeModel, numeric_columns, word_features
from extract.relations import RelationModel
from extract.salience import BASE_FEATURES, CONTEXT_FEATURES, SalienceModel
from graph.scoring import from_record
from training import train_relations, train_salience
from training.export import from_sklearn
from training.gold import ROOT, gold_parts
from training.relation_cases import gold_case, parsed, predicted_case

WORK = ROOT / "benchmarks" / "results" / "parts"
"""Where the annotated parts are written as notes of their own."""


def models_without(held: Collection[str]) -> Models:
    """Salience and relation models trained without the gold parts named ``held``."""
    return Models(salience_without(held), relations_without(held))


def salience_without(held: Collection[str]) -> SalienceModel:
    """The salience models, trained without the parts named ``held``; half of the training without the lexicon's entries."""
    lexicon = default_lexicon()
    samples = [s for words in (lexicon, lexicon.without_entries()) for s in train_salience.load(words) if s.part.name not in held]
    first, second = train_salience.train(samples)
    return SalienceModel(
        from_record({"kind": "mean", "models": [from_sklearn(m, BASE_FEATURES) for m in first]}),
        from_record({"kind": "mean", "models": [from_sklearn(m, (*BASE_FEATURES, *CONTEXT_FEATURES)) for m in second]}),
    )


def relations_without(held: Collection[str], work: Path = WORK) -> RelationModel:
    """The relation models, trained without the parts named ``held`` on given and found concepts, with the cuts of the shipped ones."""
    shipped = RelationModel.default()
    parts = [p for p in gold_parts() if p.name not in held]
    documents = {p.name: parsed(p) for p in parts}
    cases = [gold_case(p, documents[p.name]) for p in parts] + [predicted_case(p, documents[p.name], work / p.name) for p in parts]
    all_examples = train_relations.examples(cases)
    names = tuple(all_examples[0].table.columns)
    groups = [e.group for e in all_examples]
    x = [e.table.matrix(names) for e in all_examples]
    y, w = [e.related for e in all_examples], [e.weight for e in all_examples]
    probability = train_relations.cross_fit(train_relations.INSTANCE_C, groups, x, y, w, names)
    pairs = [pairs_of(e.notes, e.table, p, concepts=len(e.case.drafts)) for e, p in zip(all_examples, probability, strict=True)]
    pair_names = (*names, *RIVAL_COLUMNS, *PLACE_COLUMNS)
    px = np.concatenate([pair_matrix(q, e.table, pair_names) for q, e in zip(pairs, all_examples, strict=True)])
    py = np.concatenate([train_relations.pair_labels(e, q) for e, q in zip(all_examples, pairs, strict=True)])
    numeric = numeric_columns(names)
    typed = []
    for e in all_examples[: len(parts)]:
        labelled = train_relations.type_rows(e)
        rows = [row for row, _, _ in labelled]
        words = word_features(e.notes, e.view, e.table, rows, e.case.drafts)
        columns = np.stack([e.table.columns[name][rows] for name in numeric], axis=1)
        typed += [(words[i], columns[i], label, weight, e.group) for i, (_, label, weight) in enumerate(labelled)]
    instance = train_relations.fit(train_relations.INSTANCE_C, np.concatenate(x), np.concatenate(y), np.concatenate(w), names)
    pair = train_relations.fit(train_relations.PAIR_C, px, py, np.ones(len(py)), pair_names)
    types = TypeModel.from_record(train_relations.fit_types(typed, numeric))
    return RelationModel(from_record(instance), from_record(pair), types, shipped.cut, shipped.type_cut)
