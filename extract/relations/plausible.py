"""Which kinds of things a type of relation can join: nothing uses a problem, and a place is not evaluated by a person.

The type model knows the words around two names better than what the names mean. Where the kind of an end is one that a
type cannot have there, the type loses as much as that kind is probable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from extract.concepts.drafts import ConceptDraft
from extract.relations.instances import Ints
from graph.classifiers import Floats
from graph.model import ConceptKind, RelationType

_K = ConceptKind
_WHO_AND_WHERE: Final = frozenset([_K.PERSON, _K.PLACE, _K.EVENT])
_NO_HEAD: Final[Mapping[RelationType, frozenset[ConceptKind]]] = {
    RelationType.USES: _WHO_AND_WHERE | {_K.PROBLEM, _K.CONDITION, _K.METRIC},
    RelationType.ADDRESSES: frozenset([_K.PLACE, _K.PROBLEM, _K.CONDITION, _K.METRIC]),
    RelationType.USED_FOR: _WHO_AND_WHERE | {_K.PROBLEM, _K.CONDITION},
    RelationType.EVALUATED_BY: frozenset([_K.PERSON, _K.PLACE]),
    RelationType.BASED_ON: frozenset([_K.PLACE, _K.PROBLEM]),
}
_NO_TAIL: Final[Mapping[RelationType, frozenset[ConceptKind]]] = {
    RelationType.USES: _WHO_AND_WHERE | {_K.PROBLEM, _K.CONDITION, _K.METRIC},
    RelationType.ADDRESSES: _WHO_AND_WHERE | {_K.TOOL, _K.DATASET, _K.MODEL, _K.METRIC},
    RelationType.USED_FOR: frozenset([_K.PERSON, _K.PLACE]),
    RelationType.EVALUATED_BY: _WHO_AND_WHERE | {_K.PROBLEM, _K.CONDITION, _K.SUBSTANCE, _K.ORGANISM},
    RelationType.BASED_ON: frozenset([_K.PLACE, _K.PROBLEM]),
}
"""Type → kinds that its head, and its tail, cannot be of."""


def plausibility(
    concepts: Sequence[ConceptDraft], low: Ints, high: Ints, slots: Sequence[tuple[RelationType, bool]]
) -> Floats:
    """What is left of the probability of each slot, 0..1, shape (pairs, len(slots)).

    Args:
        concepts: with the odds of their kinds; without odds everything is plausible.
        low: numbers of the one end of each pair.
        high: numbers of the other.
        slots: types, and whether ``low`` is the head.
    """
    kinds = list(ConceptKind)
    odds = np.asarray([c.odds or (0.0,) * len(kinds) for c in concepts], dtype=np.float64).reshape(-1, len(kinds))
    out = np.ones((len(low), len(slots)))
    for column, (kind, low_is_head) in enumerate(slots):
        head, tail = (low, high) if low_is_head else (high, low)
        for side, barred in ((head, _NO_HEAD.get(kind)), (tail, _NO_TAIL.get(kind))):
            if barred:
                left = 1.0 - odds[:, [kinds.index(k) for k in sorted(barred)]].sum(axis=1)
                out[:, column] *= left[side]
    return np.clip(out, 0.0, 1.0)
