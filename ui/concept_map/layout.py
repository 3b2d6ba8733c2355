"""Where concepts appear on the map: themes as islands, what belongs together close together, no name over another.

Positions are computed here once for a build, not in the browser: a map that stands still can be learned by heart, and a
browser that simulates springs for a thousand names freezes. Everything is seeded; the same graph gives the same map.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import networkx as nx
import numpy as np
from numpy.typing import NDArray

SEED: Final = 7
ASPECT: Final = 1.35
"""How much wider than high themes and rings are drawn: names are wide."""
SCREEN: Final = 1.4
"""Width of the part of the page that the map fills, for a height of 1."""
ROW: Final = 58.0
"""Height that a concept takes: its dot and the name below."""
GAP: Final = 56.0
"""Space between two themes."""
PULLS: Final = ((0.978, 0.978), (0.984, 0.978), (0.988, 0.978), (0.991, 0.978), (0.9945, 0.977))
"""How much nearer to the middle themes are drawn in one step, along x and y: from round maps to wide ones, the best is
taken."""
STEPS: Final = 450
"""Steps of drawing themes together; a few more follow in which they only push each other apart."""
ROUNDS: Final = 220
"""Passes of pushing overlapping boxes apart; most need far fewer."""

Positions = dict[str, tuple[float, float]]
Edge = tuple[str, str, float]
"""Two concepts and how strongly they pull each other."""


@dataclass(frozen=True, slots=True)
class Box:
    """A concept with the room that its name takes."""

    id: str
    group: str
    """Concepts of one group are drawn as one island."""
    width: float
    height: float = ROW


def label_width(name: str, size: float) -> float:
    """Rough width of ``name`` in pixels at font size ``size``.

    A full-width character is as wide as the size, others just over half.
    """
    return sum(size if unicodedata.east_asian_width(c) in "WF" else 0.56 * size for c in name)


def islands(boxes: Sequence[Box], edges: Iterable[Edge]) -> Positions:
    """Positions of all boxes: each group a round island, islands that share many edges near each other.

    Centred on (0, 0).
    """
    groups: dict[str, list[Box]] = {}
    for box in boxes:
        groups.setdefault(box.group, []).append(box)
    known = {box.id: box.group for box in boxes}
    held = [(a, b, w) for a, b, w in edges if a in known and b in known and a != b]
    inner = {group: _cluster(members, held) for group, members in groups.items()}
    radius = {group: _radius(members, inner[group]) for group, members in groups.items()}
    centres = _centres(radius, _between(held, known))
    placed = {
        box.id: (inner[group][box.id][0] + centres[group][0], inner[group][box.id][1] + centres[group][1])
        for group, members in groups.items()
        for box in members
    }
    return _rounded(placed)


def around(
    focus: str, boxes: Sequence[Box], edges: Iterable[Edge], *, start: Mapping[str, tuple[float, float]]
) -> Positions:
    """Positions for the surroundings of one concept: ``focus`` in the middle, every other at its distance in hops.

    On each ring the others keep the direction in which they appear in ``start`` (the whole map), as far as there is
    room.
    """
    ids = [box.id for box in boxes]
    graph = nx.Graph()
    graph.add_nodes_from(ids)
    graph.add_edges_from((a, b) for a, b, _ in edges if a in graph and b in graph and a != b)
    hops = nx.single_source_shortest_path_length(graph, focus)
    farthest = max(hops.values(), default=0) + 1
    rings: dict[int, list[str]] = {}
    for concept in ids:
        rings.setdefault(hops.get(concept, farthest), []).append(concept)
    widths = {box.id: box.width for box in boxes}
    points: Positions = {}
    reach = 0.0
    for ring in sorted(rings):
        members = sorted(rings[ring], key=lambda c: (_direction(c, focus, start), c))
        if ring == 0:
            points[focus] = (0.0, 0.0)
            continue
        around_it = sum(widths[c] * 0.75 + 40.0 for c in members)
        reach = max(reach + 190.0, around_it / (2 * math.pi))
        for index, concept in enumerate(members):
            angle = 2 * math.pi * index / len(members) - math.pi / 2
            points[concept] = (reach * ASPECT * math.cos(angle), reach * math.sin(angle))
    return _rounded(apart(boxes, points))


def _direction(concept: str, focus: str, start: Mapping[str, tuple[float, float]]) -> float:
    if concept not in start or focus not in start:
        return 0.0
    (x, y), (fx, fy) = start[concept], start[focus]
    return math.atan2(y - fy, x - fx)


def apart(boxes: Sequence[Box], points: Positions) -> Positions:
    """Push overlapping boxes apart on the axis of less overlap, for at most :data:`ROUNDS` rounds."""
    if len(boxes) < 2:
        return dict(points)
    at = np.array([points[b.id] for b in boxes], dtype=np.float64)
    sizes = np.array([(b.width + 14.0, b.height) for b in boxes], dtype=np.float64)
    need = (sizes[:, None, :] + sizes[None, :, :]) / 2
    for _ in range(ROUNDS if len(boxes) <= 400 else ROUNDS // 4):
        if not _push(at, need):
            break
    return {b.id: (float(x), float(y)) for b, (x, y) in zip(boxes, at, strict=True)}


def _push(at: NDArray[np.float64], need: NDArray[np.float64]) -> bool:
    """One pass over all pairs at once; whether any two boxes overlapped. Changes ``at``."""
    delta = at[:, None, :] - at[None, :, :]
    overlap = need - np.abs(delta)
    hit: NDArray[np.bool_] = np.asarray((overlap > 0.5).all(axis=2))
    np.fill_diagonal(hit, val=False)
    if not hit.any():
        return False
    share = overlap / need  # by share, not by pixels: wide names would else be piled into a tower
    along_x = hit & (share[:, :, 0] < share[:, :, 1])
    along_y = hit & ~along_x
    order = np.arange(len(at))
    tie = np.where(order[:, None] < order[None, :], -1.0, 1.0)  # boxes on one spot part in the order of the list
    for axis, pairs in ((0, along_x), (1, along_y)):
        way = np.where(delta[:, :, axis] == 0, tie, np.sign(delta[:, :, axis]))
        at[:, axis] += (np.where(pairs, overlap[:, :, axis] * way, 0.0) * 0.5).sum(axis=1) / np.maximum(
            1, pairs.sum(axis=1) ** 0.5
        )
    return True


def _cluster(members: Sequence[Box], edges: Sequence[Edge]) -> Positions:
    """Positions inside an island around (0, 0), by springs (Fruchterman, Reingold 1991, doi:10.1002/spe.4380211102)."""
    graph = nx.Graph()
    graph.add_nodes_from(box.id for box in members)
    for a, b, weight in edges:
        if a in graph and b in graph:
            graph.add_edge(a, b, weight=graph.edges[a, b]["weight"] + weight if graph.has_edge(a, b) else weight)
    if len(members) == 1:
        return {members[0].id: (0.0, 0.0)}
    if graph.number_of_edges():
        springs = nx.spring_layout(graph, seed=SEED, iterations=60, k=1.4 / math.sqrt(len(members)), method="force")
    else:
        springs = _spiral([box.id for box in members])
    room = math.sqrt(sum((box.width + 14.0) * box.height for box in members)) * 0.5
    points = {i: (float(x) * room * ASPECT, float(y) * room) for i, (x, y) in springs.items()}
    return _centred(apart(members, points))


def _spiral(ids: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Points of a sunflower, the first in the middle.

    For concepts that nothing connects (Vogel 1979, doi:10.1016/0025-5564(79)90080-4).
    """
    turn = math.pi * (3 - math.sqrt(5))
    scale = 1 / math.sqrt(len(ids))
    return {
        c: (scale * math.sqrt(i) * math.cos(i * turn), scale * math.sqrt(i) * math.sin(i * turn))
        for i, c in enumerate(ids)
    }


def _centred(points: Positions) -> Positions:
    xs, ys = [x for x, _ in points.values()], [y for _, y in points.values()]
    cx, cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return {i: (x - cx, y - cy) for i, (x, y) in points.items()}


def _radius(members: Sequence[Box], points: Positions) -> float:
    return max(math.hypot(abs(points[b.id][0]) + b.width / 2, abs(points[b.id][1]) + b.height / 2) for b in members)


def _between(edges: Sequence[Edge], group: Mapping[str, str]) -> dict[tuple[str, str], float]:
    """How strongly each two groups are connected; groups in order."""
    found: dict[tuple[str, str], float] = {}
    for a, b, weight in edges:
        if group[a] != group[b]:
            pair = (min(group[a], group[b]), max(group[a], group[b]))
            found[pair] = found.get(pair, 0.0) + weight
    return found


def _centres(radius: Mapping[str, float], between: Mapping[tuple[str, str], float]) -> Positions:
    """Centres of the islands.

    Springs first, then drawn together until they touch, to the shape that fills the screen best.
    """
    if len(radius) < 2:
        return dict.fromkeys(radius, (0.0, 0.0))
    graph = nx.Graph()
    graph.add_nodes_from(sorted(radius))
    graph.add_weighted_edges_from((a, b, math.log1p(w)) for (a, b), w in sorted(between.items()))
    springs = nx.spring_layout(graph, seed=SEED, iterations=120, k=2.0 / math.sqrt(len(radius)), method="force")
    sizes = np.array([radius[g] for g in sorted(radius)])
    start = np.array([springs[g] for g in sorted(radius)], dtype=np.float64) * sizes.sum() * np.array([ASPECT, 1.0])
    best = min((_drawn_together(start, sizes, np.array(pull)) for pull in PULLS), key=lambda at: _extent(at, sizes))
    return {g: (float(x), float(y)) for g, (x, y) in zip(sorted(radius), best, strict=True)}


def _drawn_together(
    start: NDArray[np.float64], sizes: NDArray[np.float64], pull: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Discs of these sizes drawn towards the middle while they push each other apart."""
    at = start.copy()
    for step in range(STEPS + STEPS // 3):
        if step < STEPS:
            at *= pull
        _part_discs(at, sizes)
    return at


def _extent(at: NDArray[np.float64], sizes: NDArray[np.float64]) -> float:
    """Height of the screen that shows all discs, on a screen of the aspect that the map has."""
    low, high = (at - sizes[:, None]).min(axis=0), (at + sizes[:, None]).max(axis=0)
    wide, tall = high - low
    return float(max(wide / SCREEN, tall))


def _part_discs(at: NDArray[np.float64], sizes: NDArray[np.float64]) -> None:
    """Push discs that overlap apart by half of what they overlap. Changes ``at``."""
    delta = at[:, None, :] - at[None, :, :]
    distance = np.sqrt((delta**2).sum(axis=2))
    np.fill_diagonal(distance, np.inf)
    overlap = sizes[:, None] + sizes[None, :] + GAP - distance
    push = np.where((overlap > 0) & np.isfinite(distance), overlap / 2, 0.0)
    unit = delta / np.maximum(distance, 1e-9)[:, :, None]
    at += (unit * push[:, :, None]).sum(axis=1)


def _rounded(points: Positions) -> Positions:
    """Tenths of a pixel: enough to draw, and short as JSON."""
    return {i: (round(x, 1), round(y, 1)) for i, (x, y) in points.items()}
