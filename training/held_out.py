"""Models that have not seen certain documents: for cross-validation, and to train a stage on what the earlier ones make of unseen notes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from extract.concepts.salience import SalienceModel
from extract.models import Models
from extract.relations.model import RelationModel
from extract.relations.pairs import PLACE_COLUMNS, RIVAL_COLUMNS, pair_matrix, pairs_of
from extract.relations.types import TypeModel, numeric_columns, word_features
from graph.classifiers import from_record
from training import train_aliases, train_kinds, train_relations
from training.found import found_concepts
from training.gold import gold_parts
from training.relation_cases import found_case, gold_case, parsed
from training.work import WORK, salience_without


def models_without(held: Collection[str], *, salience: SalienceModel | None = None) -> Models:
    """Salience, relation, kind and alias models trained without the gold parts named ``held``.

    ``salience``: the one to take where it is there already.
    """
    return Models(
        salience or salience_without(held),
        relations_without(held),
        kinds=train_kinds.without(held),
        aliases=train_aliases.without(held, WORK),
    )


def relations_without(held: Collection[str], work: Path = WORK) -> RelationModel:
    """The relation models, trained without the parts named ``held`` on given and found concepts, with the cuts of the shipped ones."""
    shipped = RelationModel.default()
    parts = [p for p in gold_parts() if p.name not in held]
    documents = {p.name: parsed(p) for p in parts}
    kinds, found = train_kinds.cross_fit([s for s in train_kinds.samples() if s.part not in held]), found_concepts(work)
    cases = [gold_case(p, documents[p.name], kinds[p.name]) for p in parts]
    cases += [found_case(p, documents[p.name], found[p.name], kinds[p.name]) for p in parts]
    all_examples = train_relations.examples(cases)
    names = tuple(all_examples[0].table.columns)
    groups = [e.group for e in all_examples]
    x = [e.table.matrix(names) for e in all_examples]
    y, w = [e.related for e in all_examples], [e.weight for e in all_examples]
    probability = train_relations.cross_fit(train_relations.INSTANCE_C, groups, x, y, w, names)
    pairs = [
        pairs_of(e.notes, e.table, p, concepts=len(e.case.drafts))
        for e, p in zip(all_examples, probability, strict=True)
    ]
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
    instance = train_relations.fit(
        train_relations.INSTANCE_C, np.concatenate(x), np.concatenate(y), np.concatenate(w), names
    )
    pair = train_relations.fit(train_relations.PAIR_C, px, py, np.ones(len(py)), pair_names)
    types = TypeModel.from_record(train_relations.fit_types(typed, numeric))
    return RelationModel(
        from_record(instance), from_record(pair), types, shipped.cut, shipped.type_cut, shipped.calibration
    )
