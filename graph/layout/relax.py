"""Concepts move a little: from the grid of their sites to even distances, with more room around important ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from graph.layout.areas import Polygon, centroid
from graph.layout.sites import CELL

STEPS: Final = 14
NEIGHBOURS: Final = 7
ROOM: Final = 0.95
"""Distance, in cells, at which two concepts of no importance stop pushing each other; of two important ones twice as
much."""
PUSH: Final = 0.3
MARGIN: Final = 9.0
"""How far inside of its territory a concept is where there is room, in map units."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def relaxed(points: Floats, importance: Floats, homes: Ints, outlines: Sequence[Polygon]) -> Floats:
    """``points``, each inside of the outline of its home, evenly spread.

    Args:
        points: shape (concepts, 2).
        importance: shape (concepts,), 0..1.
        homes: shape (concepts,), index of the outline that each belongs in.
        outlines: convex polygons.
    """
    if not len(points):
        return points
    fence = _Fence(homes, outlines)
    unit = np.array(CELL)
    room = ROOM * (0.5 + 0.5 * importance**2)
    at = fence.inside(points)
    for _ in range(STEPS if len(points) > 1 else 0):
        scaled = at / unit
        near = cKDTree(scaled).query(scaled, k=min(NEIGHBOURS, len(at)))[1][:, 1:]
        off = scaled[:, None, :] - scaled[near]
        distance = np.sqrt((off**2).sum(axis=2))
        lacking = np.maximum(room[:, None] + room[near] - distance, 0.0)
        way = off / np.maximum(distance, 1e-6)[:, :, None]
        at = fence.inside(at + PUSH * unit * (way * lacking[:, :, None]).sum(axis=1))
    return at


class _Fence:
    """The outlines of all homes as half-planes, one row for each concept and edge."""

    def __init__(self, homes: Ints, outlines: Sequence[Polygon]) -> None:
        used = np.unique(homes)
        edges = {int(h): _half_planes(outlines[int(h)]) for h in used}
        self._rows = np.repeat(np.arange(len(homes)), [len(edges[h][1]) for h in homes.tolist()])
        self._starts = np.searchsorted(self._rows, np.arange(len(homes)))
        self._normals = np.concatenate([edges[h][0] for h in homes.tolist()])
        self._limits = np.concatenate([edges[h][1] for h in homes.tolist()])
        self._middles = np.array([centroid(outlines[h])[:2] for h in range(len(outlines)) if h in edges])[
            np.searchsorted(used, homes)
        ]

    def inside(self, points: Floats) -> Floats:
        """Move what is outside towards the middle of its home, to the border: convex areas contain all of that way."""
        off = points - self._middles
        out = (off[self._rows] * self._normals).sum(axis=1)
        ratio = np.where(out > self._limits, self._limits / np.maximum(out, 1e-12), 1.0)
        share = np.minimum.reduceat(ratio, self._starts)
        return np.asarray(self._middles + off * np.clip(share, 0.0, 1.0)[:, None])


def _half_planes(outline: Polygon) -> tuple[Floats, Floats]:
    """Normals and limits, from the middle of ``outline``, of the area that concepts may be in."""
    corners = np.array(outline) - np.array(centroid(outline)[:2])
    along = np.roll(corners, -1, axis=0) - corners
    length = np.hypot(along[:, 0], along[:, 1])
    real = length > 1e-9
    normals = np.stack([along[real, 1], -along[real, 0]], axis=1) / length[real][:, None]
    limits = (normals * corners[real]).sum(axis=1)
    turned = np.where(limits < 0.0, -1.0, 1.0)  # normals point outwards, whichever way the corners run
    limits = limits * turned
    return normals * turned[:, None], limits - np.minimum(MARGIN, 0.4 * limits)
