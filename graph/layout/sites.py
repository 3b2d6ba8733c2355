"""The sites of a map: as many places as concepts, evenly spread over an oval that is wider than high."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

CELL: Final = (96.0, 56.0)
"""Width and height of the area of one concept, in map units: a short name at scale 1 fits."""
AREA: Final = CELL[0] * CELL[1]
ASPECT: Final = 1.5
"""Width of the map for a height of 1."""
ROUNDNESS: Final = 2.6
"""Exponent of the superellipse |x/a|^p + |y/b|^p = 1: 2 is an ellipse, more is nearer to a rectangle."""
CORNERS: Final = 72

Floats = NDArray[np.float64]


def semi_axes(concepts: int) -> tuple[float, float]:
    """Half of the width and of the height of the map, so that each concept has the same area."""
    power = 1.0 / ROUNDNESS
    unit = 4.0 * math.gamma(1.0 + power) ** 2 / math.gamma(1.0 + 2.0 * power)  # the area for half axes of 1
    height = math.sqrt(max(concepts, 1) * AREA / (unit * ASPECT))
    return ASPECT * height, height


def shape(concepts: int) -> Floats:
    """The coast of the map as a convex polygon, in order; shape (:data:`CORNERS`, 2)."""
    a, b = semi_axes(concepts)
    angle = np.linspace(0.0, 2.0 * math.pi, CORNERS, endpoint=False)
    cos, sin, power = np.cos(angle), np.sin(angle), 2.0 / ROUNDNESS
    return np.stack([a * np.sign(cos) * np.abs(cos) ** power, b * np.sign(sin) * np.abs(sin) ** power], axis=1)


def sites(concepts: int) -> Floats:
    """So many places of a hexagonal grid, those nearest to the middle; shape (concepts, 2), by (y, x)."""
    a, b = semi_axes(concepts)
    width, height = CELL
    rows, columns = math.ceil(b / height) + 2, math.ceil(a / width) + 2
    y, x = np.meshgrid(np.arange(-rows, rows + 1), np.arange(-columns, columns + 1), indexing="ij")
    points = np.stack([(x + 0.5 * (y % 2)) * width, y * height], axis=2).reshape(-1, 2).astype(np.float64)
    outside = np.abs(points[:, 0] / a) ** ROUNDNESS + np.abs(points[:, 1] / b) ** ROUNDNESS
    nearest = np.lexsort((points[:, 0], points[:, 1], np.round(outside, 9)))[:concepts]
    chosen = points[np.sort(nearest)]
    return np.asarray(chosen - (chosen.min(axis=0) + chosen.max(axis=0)) / 2.0) if concepts else chosen
