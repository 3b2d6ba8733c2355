"""Where points belong, roughly: what is related comes close together, within the area of its parent."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.layout.edges import Edges
from graph.layout.sites import ASPECT

SWEEPS: Final = 24
SPRING_STEPS: Final = 90
_TURN: Final = math.pi * (3.0 - math.sqrt(5.0))

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def drawn_together(parents: Ints, centres: Floats, radii: Floats, edges: Edges) -> Floats:
    """Places of points, each within the area of its parent and towards what it is related to.

    Each point goes to the mean of its neighbours, and the points of each parent are spread out again, over and over:
    the power iteration that finds the smoothest drawing (Koren 2005, https://doi.org/10.1016/j.camwa.2004.08.015), for
    all parents at once. Neighbours in other areas count too, so that a point is on the side of its area that faces
    them. Points without edges stay where they begin: on a sunflower, the first of each parent in its middle.

    Args:
        parents: shape (points,), index of the parent of each.
        centres: shape (parents, 2).
        radii: shape (parents,).
        edges: between the points.
    """
    size, number = len(parents), len(radii)
    counts = np.bincount(parents, minlength=number)
    rank = _rank_within(parents)
    reach = np.sqrt((rank + 0.5) / np.maximum(counts[parents], 1))
    angle = rank * _TURN + parents
    start = reach[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    strength = edges.strength(size)
    tied = strength > 0
    unit = np.maximum(radii[parents], 1e-9)[:, None]
    at = start.copy()
    for _ in range(SWEEPS if tied.any() else 0):
        whole = centres[parents] + at * unit
        target = np.stack([edges.sums(whole[:, axis]) for axis in (0, 1)], axis=1)
        target = (target / np.where(tied, strength, 1.0)[:, None] - centres[parents]) / unit
        far = np.maximum(1.0, np.hypot(target[:, 0], target[:, 1]))[:, None]
        at = np.where(tied[:, None], 0.35 * at + 0.65 * target / far, at)
        at = _spread(at, parents, counts) * 0.9 + 0.1 * start
    return np.asarray(centres[parents] + at * unit)


def _spread(at: Floats, parents: Ints, counts: Ints) -> Floats:
    """Points around (0, 0) of each parent with a root mean square distance of 0.7, the one of an even disc."""
    number = len(counts)
    mean = np.stack([np.bincount(parents, at[:, i], number) for i in (0, 1)], axis=1) / np.maximum(counts, 1)[:, None]
    off = at - mean[parents]
    size = np.sqrt(np.bincount(parents, (off**2).sum(axis=1), number) / np.maximum(counts, 1))
    spread = off * (0.7 / np.maximum(size, 1e-6))[parents][:, None]
    return np.where((counts > 1)[parents][:, None], spread, 0.0)


def _rank_within(parents: Ints) -> Ints:
    """For each point how many points of the same parent come before it."""
    order = np.argsort(parents, kind="stable")
    starts = np.searchsorted(parents[order], np.arange(int(parents.max(initial=-1)) + 1))
    rank = np.empty(len(parents), dtype=np.int64)
    rank[order] = np.arange(len(parents)) - starts[parents[order]]
    return rank


def springs(sizes: Ints, edges: Edges) -> Floats:
    """Places of the territories of the whole map: those that are related most next to each other.

    Springs (Fruchterman & Reingold 1991, https://doi.org/10.1002/spe.4380211102) from a sunflower, the largest in the
    middle; the number of pairs is the square of that of the themes of the first level, of which there are few. Shape
    (territories, 2), in a box of ±1 that is wider than high.
    """
    number = len(sizes)
    share = np.sqrt(sizes / sizes.sum())
    rank = np.arange(number)
    reach = np.sqrt((rank + 0.5) / number)
    at = reach[:, None] * np.stack([np.cos(rank * _TURN), np.sin(rank * _TURN)], axis=1)
    weight = edges.weight / np.sqrt(sizes[edges.a] * sizes[edges.b])
    weight = weight / max(float(weight.max(initial=0.0)), 1e-12)
    near = 2.0 * (share[:, None] + share[None, :])
    for step in range(SPRING_STEPS if number > 1 else 0):
        off = at[:, None, :] - at[None, :, :]
        distance = np.sqrt((off**2).sum(axis=2)) + 1e-6
        np.fill_diagonal(distance, np.inf)
        force = ((near / distance) ** 2 * 0.05 / distance)[:, :, None] * off
        push = force.sum(axis=1)
        along = at[edges.b] - at[edges.a]
        for axis in (0, 1):
            drawn = weight * along[:, axis]
            push[:, axis] += np.bincount(edges.a, drawn, number) - np.bincount(edges.b, drawn, number)
        push -= 0.3 * at
        length = np.maximum(np.hypot(push[:, 0], push[:, 1]), 1e-9)[:, None]
        heat = 0.15 * (1.0 - step / SPRING_STEPS) + 0.005
        at += push / length * np.minimum(length, heat)
    at -= at.mean(axis=0)
    size = max(float(np.abs(at).max(initial=0.0)), 1e-9)
    return np.asarray(at / size * np.array([1.0, 1.0 / ASPECT]))
