"""Sites are divided between territories: each gets as many as it has concepts, in one convex piece.

The division is a power diagram whose weights are fitted to the wanted sizes, as in Voronoi treemaps (Balzer & Deussen
2005, https://doi.org/10.1109/INFVIS.2005.1532128; Nocaj & Brandes 2012,
https://doi.org/10.1111/j.1467-8659.2012.03078.x), over discrete sites instead of a plane. All territories of one level
are fitted at once: a power diagram is a nearest-neighbour search in one more dimension, and another dimension keeps
sites from going to a territory of another parent.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from graph.layout.sites import AREA

SAMPLE: Final = 4000
"""Sites that are looked at while few territories divide very many."""
SITES_EACH: Final = 60
"""... where each territory still has about so many of them."""
SETTLED: Final = 8
"""In so many rounds at the end only weights are fitted, which is easier while centres stay."""
FINAL: Final = 4
"""Rounds over all sites after those over a sample."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Division:
    """The territories of one level, which divide the sites of their parents."""

    def __init__(self, parents: Ints, sizes: Ints, centres: Floats) -> None:
        """All of shape (territories, …).

        Args:
            parents: index of the parent of each; those with one parent divide its sites.
            sizes: sites that each should get; together those of the parent.
            centres: where each should be, roughly.
        """
        self.parents, self.sizes = parents, sizes
        self.centres = centres.copy()
        self.weights = np.zeros(len(sizes))
        self.misfit = 0.0
        """After :meth:`fit`: the largest error of a size, as a share of it, that was mended at borders only."""

    def fit(self, points: Floats, owners: Ints, *, rounds: int, pull: float) -> Ints:
        """Fit centres and weights; which territory each of ``points`` goes to, with exactly the sizes that are wanted.

        Args:
            points: shape (sites, 2).
            owners: shape (sites,): the parent that each belongs to.
            rounds: of fitting.
            pull: 0..1, how far a centre moves to the middle of its sites in one round: 1 makes round territories,
                little leaves them where they were.
        """
        some = self._sample(len(points))
        for left in range(rounds, 0, -1):
            whole = some is None or left <= FINAL
            here, of = (points, owners) if whole or some is None else (points[some], owners[some])
            self._round(here, of, len(points) / max(1, len(here)), pull if left > SETTLED else 0.0)
        labels = self._nearest(points, owners)
        counts = np.bincount(labels, minlength=len(self.sizes))
        self.misfit = float((np.abs(counts - self.sizes) / (self.sizes + 4.0)).max(initial=0.0))
        return self._exact(points, labels)

    def _sample(self, sites: int) -> Ints | None:
        wanted = max(SAMPLE, SITES_EACH * len(self.sizes))
        if wanted * 2 > sites:
            return None
        return np.sort(np.random.default_rng(sites).permutation(sites)[:wanted]).astype(np.int64)

    def _round(self, points: Floats, owners: Ints, share: float, pull: float) -> None:
        number = len(self.sizes)
        labels = self._nearest(points, owners)
        counts = np.bincount(labels, minlength=number)
        if not counts.all():
            self._revive(np.flatnonzero(counts == 0), points, owners)
            labels = self._nearest(points, owners)
            counts = np.bincount(labels, minlength=number)
        sums = np.stack([np.bincount(labels, points[:, axis], number) for axis in (0, 1)], axis=1)
        middle = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], self.centres)
        self.centres += pull * (middle - self.centres)
        # A border moves by the change of weight / (2 × distance of the centres, about two radii), along a perimeter of
        # 2π radii: the area grows by about π/2 × the change.
        missing = (self.sizes - counts * share) * AREA
        self.weights += 0.7 * (2.0 / math.pi) * np.clip(missing, -self.sizes * AREA, self.sizes * AREA)
        self._level_weights()

    def _level_weights(self) -> None:
        """Make the largest weight of each parent 0; only differences between them count."""
        top = np.full(int(self.parents.max()) + 1, -np.inf)
        np.maximum.at(top, self.parents, self.weights)
        self.weights -= top[self.parents]

    def _revive(self, empty: Ints, points: Floats, owners: Ints) -> None:
        """Give territories without a site one: a centre on the nearest site, and the weight that it needs there."""
        far = 4.0 * (float(np.abs(points).max(initial=1.0)) + float(np.abs(self.centres).max(initial=1.0)))
        tree = cKDTree(np.column_stack([points, owners * far]))
        at = tree.query(np.column_stack([self.centres[empty], self.parents[empty] * far]))[1]
        self.centres[empty] = points[at]
        winner = self._nearest(points[at], owners[at])
        needed = self.weights[winner] - ((self.centres[winner] - points[at]) ** 2).sum(axis=1)
        self.weights[empty] = np.maximum(self.weights[empty], needed + self.sizes[empty] * AREA / math.pi)
        self._level_weights()

    def _nearest(self, points: Floats, owners: Ints) -> Ints:
        lift = np.sqrt(np.maximum(-self.weights, 0.0))  # the largest weight of each parent is 0
        extent = float(np.abs(points).max(initial=1.0)) + float(np.abs(self.centres).max(initial=1.0))
        apart = 4.0 * (extent + float(lift.max(initial=0.0)))
        tree = cKDTree(np.column_stack([self.centres, lift, self.parents * apart]))
        query = np.column_stack([points, np.zeros(len(points)), owners * apart])
        return np.asarray(tree.query(query)[1], dtype=np.int64)

    def _exact(self, points: Floats, labels: Ints) -> Ints:
        """``labels`` changed at the borders until all sizes are right."""
        counts = np.bincount(labels, minlength=len(self.sizes))
        wrong = np.unique(self.parents[counts != self.sizes])
        if not len(wrong):
            return labels
        labels = labels.copy()
        by_parent = np.argsort(self.parents, kind="stable")
        starts = np.searchsorted(self.parents[by_parent], wrong, "left")
        ends = np.searchsorted(self.parents[by_parent], wrong, "right")
        order = np.argsort(labels, kind="stable")
        edges = np.searchsorted(labels[order], np.arange(len(self.sizes) + 1))
        for start, end in zip(starts, ends, strict=True):
            parts = by_parent[start:end]
            held = {int(p): order[edges[p] : edges[p + 1]] for p in parts}
            self._level(points, labels, parts, held)
        return labels

    def _level(self, points: Floats, labels: Ints, parts: Ints, held: dict[int, Ints]) -> None:
        """Move sites between neighbours, along a tree that connects all ``parts``, until each has its size.

        On a tree there is one way only: each edge carries what is missing or too much beyond it. What is too much goes
        to the root first, then what is missing comes from there, so that no part ever gives more than it has.
        """
        above = _spanning_tree(self.centres[parts])
        order = [i for i, _ in above]
        parent = dict(above)
        net = {i: len(held[int(parts[i])]) - int(self.sizes[parts[i]]) for i in order}
        for i in reversed(order[1:]):
            net[parent[i]] += net[i]
        for i in reversed(order[1:]):
            if net[i] > 0:
                self._move(points, labels, held, int(parts[i]), int(parts[parent[i]]), net[i])
        for i in order[1:]:
            if net[i] < 0:
                self._move(points, labels, held, int(parts[parent[i]]), int(parts[i]), -net[i])

    def _move(self, points: Floats, labels: Ints, held: dict[int, Ints], giver: int, taker: int, number: int) -> None:
        here = held[giver]
        at = points[here]
        loss = ((at - self.centres[taker]) ** 2).sum(axis=1) - ((at - self.centres[giver]) ** 2).sum(axis=1)
        order = np.argsort(loss, kind="stable")
        moved = here[order[:number]]
        held[giver] = here[order[number:]]
        held[taker] = np.concatenate([held[taker], moved])
        labels[moved] = taker


def _spanning_tree(points: Floats) -> list[tuple[int, int]]:
    """A shortest tree that connects all points (Prim 1957): (point, the point that it hangs on), from the root."""
    left = np.ones(len(points), dtype=bool)
    distance = np.full(len(points), np.inf)
    near = np.zeros(len(points), dtype=np.int64)
    found: list[tuple[int, int]] = []
    here = 0
    for _ in range(len(points)):
        found.append((here, int(near[here]) if found else -1))
        left[here] = False
        to_here = ((points - points[here]) ** 2).sum(axis=1)
        closer = left & (to_here < distance)
        distance[closer], near[closer] = to_here[closer], here
        if not left.any():
            break
        here = int(np.argmin(np.where(left, distance, np.inf)))
    return found
