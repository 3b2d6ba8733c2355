"""What pulls concepts together on the map: their relations and prerequisites as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Basis, Prerequisite, Relation, RelationType

UNTYPED: Final = 0.4
"""What a relation without a type pulls, of what one with a type does."""
NEEDED: Final = 0.5
"""What a prerequisite pulls; mostly it repeats a relation."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Edges:
    """Weighted pairs of points, each once or more, in no order that matters."""

    a: Ints
    b: Ints
    weight: Floats

    @classmethod
    def of(
        cls, place: Mapping[str, int], relations: Sequence[Relation], prerequisites: Sequence[Prerequisite]
    ) -> Edges:
        """The edges between concepts; ``place``: id → place in the graph's order.

        What only general knowledge says pulls nothing: the map shows what the notes are about.
        """
        stated = [r for r in relations if r.basis is not Basis.BACKGROUND]
        needs = [p for p in prerequisites if p.basis is not Basis.BACKGROUND]
        pairs = [(place[r.head], place[r.tail]) for r in stated] + [(place[p.before], place[p.after]) for p in needs]
        weights = [r.confidence * (UNTYPED if r.type is RelationType.RELATED_TO else 1.0) for r in stated]
        weights += [NEEDED * p.confidence for p in needs]
        ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return cls(ends[:, 0], ends[:, 1], np.array(weights, dtype=np.float64)).joined()

    def joined(self) -> Edges:
        """Each pair once, its weights added up; without pairs of a point and itself."""
        apart = self.a != self.b
        low, high = np.minimum(self.a, self.b)[apart], np.maximum(self.a, self.b)[apart]
        if not len(low):
            return Edges(low, high, self.weight[apart])
        width = int(high.max()) + 1
        keys, at = np.unique(low * width + high, return_inverse=True)
        return Edges(keys // width, keys % width, _added(at, self.weight[apart], len(keys)))

    def between(self, labels: Ints) -> Edges:
        """The edges between groups of points; ``labels``: the group of each point."""
        return Edges(labels[self.a], labels[self.b], self.weight).joined()

    def sums(self, values: Floats) -> Floats:
        """For each point the sum of weight × value of its neighbours; ``values``: shape (points,)."""
        size = len(values)
        return _added(self.a, self.weight * values[self.b], size) + _added(self.b, self.weight * values[self.a], size)

    def strength(self, size: int) -> Floats:
        """For each of ``size`` points the sum of its weights."""
        return _added(self.a, self.weight, size) + _added(self.b, self.weight, size)


def _added(at: Ints, values: Floats, size: int) -> Floats:
    """The sums of the values at each of ``size`` places."""
    return np.asarray(np.bincount(at, values, size), dtype=np.float64)
