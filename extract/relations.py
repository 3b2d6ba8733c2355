"""Relations: which concepts the notes relate, in which way, in which direction, and where they say so.

Three small models, one after the other. The first judges each instance (two names that stand together, :mod:`extract.contexts`), the second
each pair of concepts of a document by its best instance and its rivals, the third says type and direction. No sentence relates all
that it names: of the pairs of a document those are taken that are probable enough, and where the type is unsure the relation is
``related_to``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.contexts import Instances, Notes, Place, chunks, instances
from extract.cues import load_cues
from extract.drafts import ConceptDraft
from extract.occurrences import Occurrence, ParsedDoc
from extract.quotes import quote_of
from extract.relation_features import Table, View, instance_table, view_of
from extract.relation_pairs import Pairs, pair_matrix, pairs_of
from extract.relation_types import TypeModel, word_features
from extract.scoring import Floats, Model, from_record
from graph.model import Basis, Evidence, Relation, RelationType

_MOST_EVIDENCE: Final = 4
"""Lines that are kept for one relation."""
_CHAIN: Final = 3
"""Instances of a pair that vote on its type."""


@dataclass(frozen=True, slots=True, eq=False)
class RelationModel:
    """The trained models and the cuts that go with them."""

    instance: Model
    pair: Model
    types: TypeModel
    cut: float
    """Pairs under this probability are no relation."""
    type_cut: float
    """Types under this probability are not said."""

    @classmethod
    @cache
    def default(cls) -> RelationModel:
        """The models that come with the package."""
        path = Path(__file__).parent / "models" / "relations.json"
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(from_record(record["instance"]), from_record(record["pair"]), TypeModel.default(), record["cut"], record["type_cut"])


@dataclass(frozen=True, slots=True)
class Statement:
    """What one document says about two concepts, before documents are put together."""

    document: int
    first: int
    second: int
    """The concepts, ``first`` the one that stands first in the clearest instance."""
    probability: float
    types: tuple[tuple[int, RelationType, float], ...]
    """(head, type, probability) for each class; for symmetric types the head is ``first``."""
    origin: str
    evidence: tuple[Evidence, ...]


def find_relations(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    concepts: Sequence[ConceptDraft],
    *,
    model: RelationModel | None = None,
) -> list[Relation]:
    """The relations that ``docs`` state among ``concepts``, by key.

    Args:
        docs: all documents.
        occurrences: where the concepts are named, in document order.
        concepts: their names; ``Occurrence.concept`` counts in this sequence.
        model: the trained models; None for those that come with the package.
    """
    trained = model or RelationModel.default()
    by_pair: dict[tuple[int, int], list[Statement]] = defaultdict(list)
    for notes in chunks(docs, occurrences):
        for statement in _statements(docs, notes, concepts, trained):
            by_pair[min(statement.first, statement.second), max(statement.first, statement.second)].append(statement)
    relations = [_together(by_pair[pair], concepts, trained) for pair in sorted(by_pair)]
    return sorted(relations, key=lambda r: r.key)


def _statements(docs: Sequence[ParsedDoc], notes: Notes, concepts: Sequence[ConceptDraft], trained: RelationModel) -> Iterator[Statement]:
    found = instances(notes)
    if not len(found):
        return
    view = view_of(notes)
    table = instance_table(notes, view, found, concepts)
    probability = trained.instance.probability(table.matrix(trained.instance.features))
    pairs = pairs_of(notes, table, probability, concepts=len(concepts))
    certainty = trained.pair.probability(pair_matrix(pairs, table, trained.pair.features))
    taken = np.flatnonzero(certainty >= trained.cut)
    if not len(taken):
        return
    witnesses = witnesses_of(pairs, taken, probability)
    types = instance_types(notes, view, table, [row for rows in witnesses for row in rows], concepts, trained.types)
    position = 0
    for number, rows in zip(taken.tolist(), witnesses, strict=True):
        mine = types[position : position + len(rows)]
        position += len(rows)
        yield _statement(docs, notes, table, rows, (trained.types.classes, mine), probability, float(certainty[number]))


def witnesses_of(pairs: Pairs, taken: NDArray[np.int64], probability: Floats) -> list[list[int]]:
    """For each of the pairs ``taken`` its most probable instances, the best first: at most three, none half as probable as the best."""
    wanted = np.full(len(pairs), -1, dtype=np.int64)
    wanted[taken] = np.arange(len(taken))
    rows = np.flatnonzero(wanted[pairs.of_instance] >= 0)
    rows = rows[np.lexsort((rows, -probability[rows], wanted[pairs.of_instance[rows]]))]
    groups: list[list[int]] = [[] for _ in taken]
    for row, owner in zip(rows.tolist(), wanted[pairs.of_instance[rows]].tolist(), strict=True):
        group = groups[owner]
        if not group or (len(group) < _CHAIN and probability[row] >= 0.5 * probability[group[0]]):
            group.append(row)
    return groups


def instance_types(
    notes: Notes, view: View, table: Table, rows: Sequence[int], concepts: Sequence[ConceptDraft], model: TypeModel
) -> Floats:
    """Probabilities of the classes of ``model`` for the instances ``rows``, shape (len(rows), classes)."""
    index = np.asarray(rows, dtype=np.int64)
    numeric = np.stack([table.columns[name][index] for name in model.numeric], axis=1)
    return model.probabilities(word_features(notes, view, table, rows, concepts), numeric)


def _statement(
    docs: Sequence[ParsedDoc],
    notes: Notes,
    table: Table,
    rows: Sequence[int],
    types: tuple[Sequence[str], Floats],
    probability: Floats,
    certainty: float,
) -> Statement:
    found = table.instances
    first, second = (int(notes.occ_concept[side[rows[0]]]) for side in (found.a, found.b))
    weights = probability[np.asarray(rows)]
    sums: dict[tuple[int, RelationType], float] = defaultdict(float)
    for row, weight, line in zip(rows, weights / weights.sum(), types[1], strict=True):
        turned = int(notes.occ_concept[found.a[row]]) != first
        for name, value in zip(types[0], line.tolist(), strict=True):
            sums[first if head_is_first(name, turned=turned) else second, RelationType(name.rstrip("<>"))] += float(weight) * value
    evidence = list(dict.fromkeys(e for row in rows for e in _evidence(docs, notes, found, row)))
    block = int(notes.occ_block[found.b[rows[0]]])
    return Statement(
        notes.documents[int(notes.block_doc[block])],
        first,
        second,
        certainty,
        tuple((head, kind, value) for (head, kind), value in sorted(sums.items(), key=lambda item: (-item[1], item[0]))),
        _origin(table, rows[0]),
        tuple(evidence[:_MOST_EVIDENCE]),
    )


def head_is_first(name: str, *, turned: bool) -> bool:
    """Whether by class ``name`` the first concept is the head; ``turned``: the instance names the second concept first."""
    return name[-1] not in "<>" or (name[-1] == ">") != turned


def _origin(table: Table, row: int) -> str:
    """Name of the phrasing that stands between the names, else of the way in which they stand together."""
    phrasing = int(table.phrasing[row])
    if phrasing >= 0:
        return f"pattern:{load_cues().phrasings[phrasing].name}"
    return f"model:{Place(int(table.instances.place[row])).name.lower()}"


def _evidence(docs: Sequence[ParsedDoc], notes: Notes, found: Instances, row: int) -> list[Evidence]:
    """The line that states it; where the two names stand in different blocks, then also the line that announces it."""
    a, b = int(found.a[row]), int(found.b[row])
    block_a, block_b = int(notes.occ_block[a]), int(notes.occ_block[b])
    doc = docs[notes.documents[int(notes.block_doc[block_b])]]
    start_a, start_b = int(notes.block_start[block_a]), int(notes.block_start[block_b])
    at_a = (int(notes.occ_start[a]) - start_a, int(notes.occ_end[a]) - start_a)
    at_b = (int(notes.occ_start[b]) - start_b, int(notes.occ_end[b]) - start_b)
    if block_a == block_b:
        return [quote_of(doc, doc.blocks[int(notes.block_index[block_b])], min(at_a[0], at_b[0]), max(at_a[1], at_b[1]))]
    return [
        quote_of(doc, doc.blocks[int(notes.block_index[block_b])], *at_b),
        quote_of(doc, doc.blocks[int(notes.block_index[block_a])], *at_a),
    ]


def _together(statements: Sequence[Statement], concepts: Sequence[ConceptDraft], trained: RelationModel) -> Relation:
    """What all documents say about one pair: the type by their weighted vote, the confidence of the surest."""
    best = max(statements, key=lambda s: s.probability)
    weight = sum(s.probability for s in statements)
    votes: dict[tuple[int, RelationType], float] = defaultdict(float)
    for statement in statements:
        for head, kind, value in statement.types:
            votes[min(statement.first, statement.second) if kind.symmetric else head, kind] += value * statement.probability / weight
    (head, kind), share = min(votes.items(), key=lambda item: (-item[1], item[0]))
    ordered = sorted(statements, key=lambda s: -s.probability)
    evidence = tuple(dict.fromkeys(e for s in ordered for e in s.evidence[: 2 if len(ordered) > 1 else _MOST_EVIDENCE]))
    ids = concepts[best.first].id, concepts[best.second].id
    if share < trained.type_cut or kind.symmetric:
        kind = kind if share >= trained.type_cut else RelationType.RELATED_TO
        first, second = sorted(ids)
        share = 1.0 if kind is RelationType.RELATED_TO else share
    else:
        first = concepts[head].id
        second = ids[1] if first == ids[0] else ids[0]
    confidence = round(best.probability * share, 4)
    return Relation(first, kind, second, confidence, best.origin, Basis.EXTRACTED, evidence[: 2 * _MOST_EVIDENCE])
