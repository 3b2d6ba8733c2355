"""Relations: which concepts the notes relate, in which way, in which direction, and where they say so.

Three small models, one after the other. The first judges each instance (two names that stand together, :mod:`extract.relations.instances`), the second
each pair of concepts of a document by its best instance and its rivals, the third says type and direction. No sentence relates all
that it names: of the pairs of a document those are taken that are probable enough, and where the type is unsure the relation is
``related_to``.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.relations.cues import load_cues
from extract.relations.features import InstanceTable, View, instance_table, view_of
from extract.relations.instances import Instances, NoteColumns, Place, chunks, instances
from extract.relations.pairs import Pairs, pair_matrix, pairs_of
from extract.relations.types import TypeModel, word_rows
from extract.text.occurrences import Occurrence, ParsedDoc
from extract.text.quotes import quote_within
from graph.classifiers import Floats, Model, from_record
from graph.model import Basis, Evidence, Relation, RelationType

_MOST_EVIDENCE: Final = 4
"""Lines that are kept for one relation."""
BEST_OF_ONE: Final = 8
BEST_OF_BOTH: Final = 40
"""A pair is among the best 8 of one of its concepts in the document, and among the best 40 of both: hubs are not related to everything."""
_MOST_OF_ONE: Final = 12
_MOST_OF_BOTH: Final = 60
"""The same over all documents."""
_WITNESSES: Final = 2
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
    calibration: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)
    """For relations with a type (``typed``) and without (``related_to``): rising raw confidences and how many of a hundred such
    relations were right on notes that no model had seen; without an entry the raw confidence stands."""

    def confidence(self, raw: float, kind: RelationType) -> float:
        """``raw`` as a share of right relations, by linear interpolation."""
        curve = self.calibration.get("related_to" if kind is RelationType.RELATED_TO else "typed")
        return float(np.interp(raw, *curve)) if curve else raw

    @classmethod
    @cache
    def default(cls) -> RelationModel:
        """The models that come with the package."""
        path = Path(__file__).parent / "weights" / "relations.json"
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            from_record(record["instance"]),
            from_record(record["pair"]),
            TypeModel.default(),
            record["cut"],
            record["type_cut"],
            record.get("calibration", {}),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """What one document says about two concepts, before documents are put together."""

    low: int
    high: int
    """The concepts, by number."""
    probability: float
    types: Floats
    """Probability of each of :data:`SLOTS`."""
    origin: str
    evidence: tuple[Evidence, ...]


SLOTS: Final = tuple((kind, low_is_head) for kind in RelationType for low_is_head in (True, False))
"""What a pair may be: a type, and whether the concept of the lower number is its head."""


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
            by_pair[statement.low, statement.high].append(statement)
    return sorted(
        _strongest([_together(by_pair[pair], concepts, trained) for pair in sorted(by_pair)]), key=lambda r: r.key
    )


def _strongest(relations: Sequence[Relation]) -> list[Relation]:
    """Those that are among the surest of one of their concepts, and not among the least of the other.

    A book names a frequent concept beside hundreds of others; a learner can look at a few dozen.
    """
    rank: dict[tuple[str, int], int] = {}
    seen: Counter[str] = Counter()
    for number, relation in sorted(enumerate(relations), key=lambda item: (-item[1].confidence, item[1].key)):
        for end in (relation.head, relation.tail):
            rank[end, number] = seen[end]
            seen[end] += 1
    kept = []
    for number, relation in enumerate(relations):
        near, far = sorted((rank[relation.head, number], rank[relation.tail, number]))
        if near < _MOST_OF_ONE and far < _MOST_OF_BOTH:
            kept.append(relation)
    return kept


def _statements(
    docs: Sequence[ParsedDoc], notes: NoteColumns, concepts: Sequence[ConceptDraft], trained: RelationModel
) -> Iterator[Statement]:
    found = instances(notes)
    if not len(found):
        return
    view = view_of(notes)
    table = instance_table(notes, view, found, concepts)
    probability = trained.instance.probability(table.matrix(trained.instance.features))
    pairs = pairs_of(notes, table, probability, concepts=len(concepts))
    certainty = trained.pair.probability(pair_matrix(pairs, table, trained.pair.features))
    rivals = pairs.columns["rank.low"], pairs.columns["rank.high"]
    taken = np.flatnonzero((certainty >= trained.cut) & (rivals[0] < BEST_OF_ONE) & (rivals[1] < BEST_OF_BOTH))
    if not len(taken):
        return
    witnesses = witnesses_of(pairs, taken, probability)
    rows = np.asarray([row for group in witnesses for row in group], dtype=np.int64)
    types = instance_types(notes, view, table, rows.tolist(), concepts, trained.types)
    turned = notes.occ_concept[found.a[rows]] > notes.occ_concept[found.b[rows]]
    share = probability[rows]
    starts = np.cumsum([0, *(len(group) for group in witnesses[:-1])])
    slots = np.where(
        turned[:, None],
        types @ _slots_of(trained.types.classes, turned=True),
        types @ _slots_of(trained.types.classes, turned=False),
    )
    votes = np.add.reduceat(slots * share[:, None], starts) / np.add.reduceat(share, starts)[:, None]
    for number, group, vote in zip(taken.tolist(), witnesses, votes, strict=True):
        evidence = dict.fromkeys(e for row in group for e in evidence_of(docs, notes, found, row))
        origin = origin_of(table, group[0])
        yield Statement(
            int(pairs.low[number]),
            int(pairs.high[number]),
            float(certainty[number]),
            vote,
            origin,
            tuple(evidence)[:_MOST_EVIDENCE],
        )


def _slots_of(classes: Sequence[str], *, turned: bool) -> Floats:
    """Matrix from classes to :data:`SLOTS`, where the concept that stands first has the lower number (``turned``: the higher one)."""
    out = np.zeros((len(classes), len(SLOTS)))
    for row, name in enumerate(classes):
        kind = RelationType(name.rstrip("<>"))
        out[row, SLOTS.index((kind, kind.symmetric or head_is_first(name, turned=turned)))] = 1.0
    return out


def witnesses_of(pairs: Pairs, taken: NDArray[np.int64], probability: Floats) -> list[list[int]]:
    """For each of the pairs ``taken`` its most probable instances, best first: at most two, none half as probable as the best."""
    wanted = np.full(len(pairs), -1, dtype=np.int64)
    wanted[taken] = np.arange(len(taken))
    rows = np.flatnonzero(wanted[pairs.of_instance] >= 0)
    rows = rows[np.lexsort((rows, -probability[rows], wanted[pairs.of_instance[rows]]))]
    groups: list[list[int]] = [[] for _ in taken]
    for row, owner in zip(rows.tolist(), wanted[pairs.of_instance[rows]].tolist(), strict=True):
        group = groups[owner]
        if not group or (len(group) < _WITNESSES and probability[row] >= 0.5 * probability[group[0]]):
            group.append(row)
    return groups


def instance_types(
    notes: NoteColumns,
    view: View,
    table: InstanceTable,
    rows: Sequence[int],
    concepts: Sequence[ConceptDraft],
    model: TypeModel,
) -> Floats:
    """Probabilities of the classes of ``model`` for the instances ``rows``, shape (len(rows), classes)."""
    index = np.asarray(rows, dtype=np.int64)
    numeric = np.stack([table.columns[name][index] for name in model.numeric], axis=1)
    return model.of_rows(word_rows(notes, view, table, rows, concepts, model), numeric)


def head_is_first(name: str, *, turned: bool) -> bool:
    """Whether by class ``name`` the first concept is the head; ``turned``: the instance names the second concept first."""
    return name[-1] not in "<>" or (name[-1] == ">") != turned


def origin_of(table: InstanceTable, row: int) -> str:
    """Name of the phrasing that stands between the names, else of the way in which they stand together."""
    phrasing = int(table.phrasing[row])
    if phrasing >= 0:
        return f"pattern:{load_cues().phrasings[phrasing].name}"
    return f"model:{Place(int(table.instances.place[row])).name.lower()}"


def evidence_of(docs: Sequence[ParsedDoc], notes: NoteColumns, found: Instances, row: int) -> list[Evidence]:
    """The line that states it; where the two names stand in different blocks, then also the line that announces it."""
    a, b = int(found.a[row]), int(found.b[row])
    if notes.occ_block[a] == notes.occ_block[b]:
        return [_quote(docs, notes, min(a, b), max(a, b))]
    return [_quote(docs, notes, b, b), _quote(docs, notes, a, a)]


def _quote(docs: Sequence[ParsedDoc], notes: NoteColumns, first: int, last: int) -> Evidence:
    """The sentences of one block from occurrence ``first`` to occurrence ``last``."""
    block = int(notes.occ_block[first])
    offset = int(notes.block_start[block])
    doc = docs[notes.documents[int(notes.block_doc[block])]]
    names = int(notes.occ_start[first]) - offset, max(int(notes.occ_end[first]), int(notes.occ_end[last])) - offset
    start = min(int(notes.sentence_start[notes.occ_sentence[first]]) - offset, names[0])
    end = max(int(notes.sentence_end[notes.occ_sentence[last]]) - offset, names[1])
    return quote_within(doc, doc.blocks[int(notes.block_index[block])], names, (start, end))


def _together(statements: Sequence[Statement], concepts: Sequence[ConceptDraft], trained: RelationModel) -> Relation:
    """What all documents say about one pair: the type by their weighted vote, the confidence of the surest."""
    ordered = sorted(statements, key=lambda s: -s.probability)
    best = ordered[0]
    votes = (
        best.types
        if len(ordered) == 1
        else np.average([s.types for s in ordered], axis=0, weights=[s.probability for s in ordered])
    )
    slot = int(np.argmax(votes))
    kind, low_is_head = SLOTS[slot]
    share = float(votes[slot])
    evidence = tuple(dict.fromkeys(e for s in ordered for e in s.evidence[: 2 if len(ordered) > 1 else _MOST_EVIDENCE]))
    head, tail = (concepts[i].id for i in ((best.low, best.high) if low_is_head else (best.high, best.low)))
    if share < trained.type_cut:
        kind, share = RelationType.RELATED_TO, 1.0
    if kind.symmetric:
        head, tail = sorted((head, tail))
    confidence = round(trained.confidence(best.probability * share, kind), 4)
    return Relation(head, kind, tail, confidence, best.origin, Basis.EXTRACTED, evidence[: 2 * _MOST_EVIDENCE])
