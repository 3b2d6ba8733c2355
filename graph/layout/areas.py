"""The outlines of territories: convex polygons that do not overlap, with a gap between neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.layout.sites import CELL

GAPS: Final = (0.34, 0.2, 0.12, 0.06)
"""Gap between two territories by depth, the last for all deeper ones, in heights of a cell; of a small territory at
most the tenth part of its radius."""
ROUNDING: Final = (0.0, 0.5, 1.0)
"""Points of the curve that takes the place of a corner."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Polygon = list[tuple[float, float]]


def gap_at(depth: int, radius: float) -> float:
    """Half of the gap around a territory, in map units."""
    return min(GAPS[min(depth, len(GAPS) - 1)] * CELL[1], 0.1 * radius)


def cell(whole: Polygon, me: int, centres: Floats, weights: Floats, gap: float) -> Polygon:
    """The part of ``whole`` that is nearest to centre ``me`` in the power diagram, ``gap`` away from its borders."""
    off = centres - centres[me]
    distance = np.sqrt((off**2).sum(axis=1))
    there = np.flatnonzero(distance > 0.0)
    normal = off[there] / distance[there][:, None]
    border = (distance[there] ** 2 + weights[me] - weights[there]) / (2.0 * distance[there]) - gap
    order = np.argsort(border, kind="stable")
    x, y = centres[me].tolist()
    found, reach = whole, math.inf
    for (nx, ny), limit in zip(normal[order].tolist(), border[order].tolist(), strict=True):
        if limit >= reach:  # the nearest borders have left nothing that the others could cut
            break
        found = cut(found, nx, ny, x * nx + y * ny + limit)
        if not found:
            break
        reach = max(math.hypot(px - x, py - y) for px, py in found)
    return found


def cut(polygon: Polygon, nx: float, ny: float, limit: float) -> Polygon:
    """What of a convex polygon has x·nx + y·ny ≤ ``limit`` (Sutherland & Hodgman 1974, doi:10.1145/360767.360802)."""
    along = [x * nx + y * ny - limit for x, y in polygon]
    if max(along, default=0.0) <= 0.0:
        return polygon
    found: Polygon = []
    for i, ((x, y), here) in enumerate(zip(polygon, along, strict=True)):
        (px, py), before = polygon[i - 1], along[i - 1]
        if (before <= 0.0) != (here <= 0.0):
            t = before / (before - here)
            found.append((px + t * (x - px), py + t * (y - py)))
        if here <= 0.0:
            found.append((x, y))
    return found


def rounded(polygon: Polygon, radius: float) -> Polygon:
    """A convex polygon with its corners cut to arcs that begin at most ``radius`` before them."""
    found: Polygon = []
    for i, (x, y) in enumerate(polygon):
        (ax, ay), (bx, by) = polygon[i - 1], polygon[(i + 1) % len(polygon)]
        before, after = math.hypot(ax - x, ay - y), math.hypot(bx - x, by - y)
        if before < 1e-9 or after < 1e-9:
            continue
        s, t = min(0.4, radius / before), min(0.4, radius / after)
        px, py, qx, qy = x + s * (ax - x), y + s * (ay - y), x + t * (bx - x), y + t * (by - y)
        for u in ROUNDING:  # a quadratic Bézier curve with the corner as its control point
            v = 1.0 - u
            found.append((v * v * px + 2 * u * v * x + u * u * qx, v * v * py + 2 * u * v * y + u * u * qy))
    return found


def small_area(whole: Polygon, near: Floats, half: float) -> Polygon:
    """A square of at most twice ``half`` in the convex polygon ``whole``, on the way from its middle to ``near``."""
    x, y, area = centroid(whole)
    half = min(half, math.sqrt(area) / 6.0)
    ahead = near - np.array([x, y])
    share = 1.0
    for (ax, ay), (bx, by) in zip(whole, whole[1:] + whole[:1], strict=True):
        length = math.hypot(bx - ax, by - ay)
        if length < 1e-9:
            continue
        nx, ny = (by - ay) / length, (ax - bx) / length
        limit = nx * (ax - x) + ny * (ay - y)
        if limit < 0.0:
            nx, ny, limit = -nx, -ny, -limit
        out = nx * float(ahead[0]) + ny * float(ahead[1])
        if out > 0.0:
            share = min(share, max(0.0, limit - 1.5 * half) / out)
    cx, cy = x + share * float(ahead[0]), y + share * float(ahead[1])
    return [(cx - half, cy - half), (cx + half, cy - half), (cx + half, cy + half), (cx - half, cy + half)]


def centroid(polygon: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """(x, y, area) of a convex polygon; the mean of its corners where it has no area."""
    at = np.array(polygon, dtype=np.float64)
    following = np.roll(at, -1, axis=0)
    cross = at[:, 0] * following[:, 1] - following[:, 0] * at[:, 1]
    area = float(cross.sum()) / 2.0
    if abs(area) < 1e-9:
        x, y = at.mean(axis=0)
        return float(x), float(y), 0.0
    x, y = ((at + following) * cross[:, None]).sum(axis=0) / (6.0 * area)
    return float(x), float(y), abs(area)
