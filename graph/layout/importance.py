"""How large each concept is drawn: :attr:`graph.model.Layout.importance`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.layout.edges import Edges
from graph.model import Concept

DAMPING: Final = 0.85
"""Probability that a walk goes on along a relation, as usual for PageRank."""
STEPS: Final = 30
DIGITS: Final = 9
"""Scores are compared to so many digits, so that sums in another order cannot change ranks."""

Floats = NDArray[np.float64]


def importance_of(concepts: Sequence[Concept], edges: Edges) -> Floats:
    """Importance of each concept, 0..1, in their order.

    The mean of how many lines name the concept, what its relations weigh, its PageRank (Brin & Page 1998,
    https://doi.org/10.1016/S0169-7552(98)00110-X) and its salience, each damped by a logarithm, gives an order. The
    number is 1 - ln(1 + rank) / ln(concepts), because scores lie close together and would draw all concepts alike:
    this way each halving of the number of concepts is as large a step as the one before it.
    """
    size = len(concepts)
    if size < 2:
        return np.ones(size)
    lines = np.array([len({(m.doc, m.line) for m in c.mentions}) for c in concepts], dtype=np.float64)
    salience = np.array([c.salience for c in concepts], dtype=np.float64)
    parts = (_damped(lines), _damped(edges.strength(size)), _damped(size * _page_rank(edges, size)), salience)
    score = np.round(np.sum(parts, axis=0), DIGITS)
    by_id = np.argsort(np.argsort(np.array([c.id for c in concepts], dtype=object), kind="stable"), kind="stable")
    rank = np.empty(size)
    rank[np.lexsort((by_id, -score))] = np.arange(size)
    return np.asarray(1.0 - np.log1p(rank) / np.log(size))


def _damped(values: Floats) -> Floats:
    damped = np.log1p(values)
    top = damped.max(initial=0.0)
    return damped / top if top > 0 else damped


def _page_rank(edges: Edges, size: int) -> Floats:
    """The share of a random walk's time at each point; points without edges pass their share on to all."""
    strength = edges.strength(size)
    loose = strength <= 0
    share = np.full(size, 1.0 / size)
    for _ in range(STEPS):
        sent = np.where(loose, 0.0, share / np.where(loose, 1.0, strength))
        share = (1.0 - DAMPING) / size + DAMPING * (edges.sums(sent) + share[loose].sum() / size)
    return share
