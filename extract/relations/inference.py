"""How relations are inferred, stage by stage. The build, `explain` and the training all run these functions.

1. :meth:`Sightings.of`: the places where two concepts are named together, with their features.
2. :func:`instance_scores`: the probability of each place, by the instance model.
3. :func:`paired`: the pairs of concepts, with the features of their best place and of their rivals.
4. :func:`pair_scores`: the probability of each pair, by the pair model.
5. :func:`accepted`: the pairs that are probable enough, and among the best of their concepts.
6. :func:`type_votes`: the probability of each type and direction, by the best places of a pair.
7. :func:`decide`: the type of a relation, or ``related_to`` where no type is probable enough.

The build calibrates the confidence afterwards (:meth:`extract.relations.model.RelationModel.confidence`). The training
runs the stages with models that have not seen the document; that is why each stage takes the scores of the stage before
it as an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from extract.concepts.drafts import ConceptDraft
from extract.relations.features import InstanceTable, View, instance_table, view_of
from extract.relations.instances import Ints, NoteColumns, Place, instances
from extract.relations.knowledge import PREFIX, PairKnowledge
from extract.relations.model import RelationModel
from extract.relations.negation import unstated
from extract.relations.pairs import Pairs, pair_matrix, pairs_of
from extract.relations.plausible import plausibility
from extract.relations.types import TypeModel, numeric_margin, word_rows
from graph.classifiers import Floats, LinearModel, Model, sigmoid
from graph.model import RelationType

BEST_OF_ONE: Final = 8
BEST_OF_BOTH: Final = 40
"""A pair is among the best 8 of one of its concepts in the document, and among the best 40 of both.

So hubs are not related to everything.
"""
SLOTS: Final = tuple((kind, low_is_head) for kind in RelationType for low_is_head in (True, False))
"""What a pair may be: a type, and whether the concept of the lower number is its head (symmetric types: True)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Stage 1: the instances in some notes, and all that the models may see of them."""

    notes: NoteColumns
    view: View
    table: InstanceTable
    concepts: Sequence[ConceptDraft]
    """``NoteColumns.occ_concept`` counts in this sequence."""

    def __len__(self) -> int:
        return len(self.table.instances)

    @classmethod
    def of(cls, notes: NoteColumns, concepts: Sequence[ConceptDraft], known: PairKnowledge) -> Sightings:
        """All instances in ``notes``, in the order of :func:`extract.relations.instances.instances`.

        ``known``: what packs say of ``concepts``.
        """
        view = view_of(notes)
        return cls(notes, view, instance_table(notes, view, instances(notes), concepts, known), concepts)

    def without_packs(self) -> Sightings:
        """The same as if no pack knew the concepts."""
        columns = {
            name: replace(column, values=np.zeros_like(column.values)) if name.startswith(PREFIX) else column
            for name, column in self.table.columns.items()
        }
        return replace(self, table=replace(self.table, columns=columns))


_DENIABLE: Final = np.asarray([kind is RelationType.CONTRASTS_WITH for kind, _ in SLOTS], dtype=np.float64)
"""1 for what a sentence may say of two things by setting them apart."""
_UNTYPED: Final = SLOTS.index((RelationType.RELATED_TO, True))


def instance_scores(seen: Sightings, model: Model) -> Floats:
    """Stage 2: for each instance the probability that its place relates the two concepts."""
    if not isinstance(model, LinearModel):
        return model.probability(seen.table.matrix(model.features))
    weights, bias = model.per_unit()
    return sigmoid(seen.table.weighted(weights) + bias)


def paired(seen: Sightings, scores: Floats) -> Pairs:
    """Stage 3: the pairs of concepts of each document. ``scores``: of each instance, from stage 2."""
    return pairs_of(seen.notes, seen.table, scores)


def pair_scores(seen: Sightings, pairs: Pairs, model: Model) -> Floats:
    """Stage 4: for each pair the probability that its document relates the two concepts."""
    if not isinstance(model, LinearModel):
        return model.probability(pair_matrix(pairs, seen.table, model.features))
    weights, bias = model.per_unit()
    margin = seen.table.weighted({n: weight for n, weight in weights.items() if n not in pairs.columns})[pairs.best]
    for name, values in pairs.columns.items():
        if name in weights:
            margin += np.multiply(values, weights[name], dtype=np.float64)
    return sigmoid(margin + bias)


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPairs:
    """The result of stages 1 to 4."""

    seen: Sightings
    instance_scores: Floats
    """Shape (instances,)."""
    pairs: Pairs
    scores: Floats
    """Shape (pairs,)."""

    def row_of(self, low: int, high: int) -> int | None:
        """Number of the first pair of the concepts ``low`` < ``high``; None where no place names both."""
        rows = np.flatnonzero((self.pairs.low == low) & (self.pairs.high == high))
        return int(rows[0]) if len(rows) else None

    def rivals(self, row: int) -> tuple[int, int]:
        """0-based rank of the pair among all pairs of the one and of the other concept, the better rank first."""
        return int(self.pairs.columns["rank.low"][row]), int(self.pairs.columns["rank.high"][row])


def scored_pairs(seen: Sightings, model: RelationModel) -> ScoredPairs:
    """Stages 2 to 4 with the models of ``model``."""
    scores = instance_scores(seen, model.instance)
    pairs = paired(seen, scores)
    return ScoredPairs(seen, scores, pairs, pair_scores(seen, pairs, model.pair))


def accepted(scored: ScoredPairs, cut: float) -> Ints:
    """Stage 5: numbers of the pairs that are relations, rising. ``cut``: least probability."""
    near, far = scored.pairs.columns["rank.low"], scored.pairs.columns["rank.high"]
    return np.flatnonzero((scored.scores >= cut) & (near < BEST_OF_ONE) & (far < BEST_OF_BOTH))


@dataclass(frozen=True, slots=True, eq=False)
class TypeVotes:
    """The result of stage 6, a row for each pair that was asked for."""

    voters: Ints
    """Numbers of the instances that voted, of each pair the most probable one first."""
    first: Ints
    """For each pair the place of its first voter in ``voters``; one more entry for the end."""
    votes: Floats
    """Probability of each of :data:`SLOTS`, shape (pairs, len(SLOTS)); rows sum to 1."""

    def witnesses(self, row: int) -> list[int]:
        """The voters of one pair; never empty."""
        return list(self.voters[self.first[row] : self.first[row + 1]].tolist())


def type_votes(scored: ScoredPairs, rows: Ints, model: TypeModel) -> TypeVotes:
    """Stage 6: what the witnesses of the pairs ``rows`` say about type and direction, weighted by their probability.

    A witness that denies, compares or asks votes for nothing but a contrast (:mod:`extract.relations.negation`). So do
    two paragraphs that follow each other, where no other place has both names: none of them states or announces
    anything of both.
    """
    voters, first = witnesses_of(scored.pairs, rows, scored.instance_scores)
    if not len(rows):
        return TypeVotes(voters, first, np.zeros((0, len(SLOTS))))
    seen, found = scored.seen, scored.seen.table.instances
    said = instance_types(seen, voters, model)
    turned = seen.notes.occ_concept[found.a[voters]] > seen.notes.occ_concept[found.b[voters]]
    share = scored.instance_scores[voters]
    starts = first[:-1]
    slots = np.zeros((len(voters), len(SLOTS)))
    for numbers, way in ((np.flatnonzero(~turned), False), (np.flatnonzero(turned), True)):
        slots[numbers[:, None], _slots_of(model.classes, turned=way)] = said[numbers]
    apart = np.logical_and.reduceat(found.place[voters] == Place.NEXT, starts)
    silent = unstated(seen.notes, found, voters) | np.repeat(apart, np.diff(first))
    slots[silent] *= _DENIABLE
    slots[:, _UNTYPED] += 1.0 - slots.sum(axis=1)
    votes = np.add.reduceat(slots * share[:, None], starts) / np.add.reduceat(share, starts)[:, None]
    votes *= plausibility(seen.concepts, scored.pairs.low[rows], scored.pairs.high[rows], SLOTS)
    votes[:, _UNTYPED] += 1.0 - votes.sum(axis=1)
    return TypeVotes(voters, first, votes)


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of stage 7."""

    kind: RelationType
    low_is_head: bool
    """Whether the concept of the lower number is the head; means nothing where ``kind`` is symmetric."""
    share: float
    """Probability of the type, 1 where no type is said."""


def decide(votes: Floats, type_cut: float) -> Decision:
    """Stage 7: the most probable of :data:`SLOTS`, the first of equals; or ``related_to`` if none is probable enough.

    Args:
        votes: shape (len(SLOTS),).
        type_cut: least probability of a type.
    """
    slot = int(np.argmax(votes))
    kind, low_is_head = SLOTS[slot]
    share = float(votes[slot])
    return (
        Decision(RelationType.RELATED_TO, low_is_head, 1.0)
        if share < type_cut or kind is RelationType.RELATED_TO
        else Decision(kind, low_is_head, share)
    )


def witnesses_of(pairs: Pairs, rows: Ints, scores: Floats) -> tuple[Ints, Ints]:
    """For each of the pairs ``rows`` its most probable instances, best first.

    At most two, and none that is less than half as probable as the best.

    Returns:
        :attr:`TypeVotes.voters` and :attr:`TypeVotes.first`.
    """
    both = np.stack([pairs.best[rows], pairs.second[rows]], axis=1)
    voting = np.ones(both.shape, dtype=bool)
    voting[:, 1] = (both[:, 1] >= 0) & (scores[both[:, 1]] >= 0.5 * scores[both[:, 0]])
    return both[voting], np.concatenate([[0], np.cumsum(voting.sum(axis=1))])


def instance_types(seen: Sightings, rows: Ints, model: TypeModel) -> Floats:
    """Probabilities of the classes of ``model`` for the instances ``rows``, shape (len(rows), classes)."""
    words = word_rows(seen.notes, seen.view, seen.table, rows, seen.concepts, model)
    return model.of_rows(words, numeric_margin(seen.table, rows, model))


def head_is_first(name: str, *, turned: bool) -> bool:
    """Whether by class ``name`` the first concept is the head; ``turned``: the instance names the second one first."""
    return name[-1] not in "<>" or (name[-1] == ">") != turned


def _slots_of(classes: Sequence[str], *, turned: bool) -> Ints:
    """For each class its place in :data:`SLOTS`; ``turned``: instances name the concept of the higher number first."""
    kinds = [(RelationType(name.rstrip("<>")), name) for name in classes]
    return np.asarray(
        [SLOTS.index((kind, kind.symmetric or head_is_first(name, turned=turned))) for kind, name in kinds],
        dtype=np.int64,
    )
