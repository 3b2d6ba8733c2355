"""The layout of a graph, from its concepts, what relates them, and its themes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from graph.layout.areas import Polygon, cell, centroid, cut, gap_at, rounded, small_area
from graph.layout.division import Division
from graph.layout.edges import Edges
from graph.layout.importance import importance_of
from graph.layout.links import links_of
from graph.layout.names import scales
from graph.layout.pull import drawn_together, springs
from graph.layout.relax import relaxed
from graph.layout.sites import AREA, CELL, semi_axes, shape, sites
from graph.layout.tree import Node, Tree, tree_of
from graph.model import OTHER_TERRITORY, Community, Concept, Layout, Prerequisite, Relation, Territory

ROUNDS: Final = 26
"""Rounds of fitting territories to their sizes."""
PULLS_AGAIN: Final = (0.03, 0.5, 1.0)
"""How far a territory of an earlier map moves in one round, of the way to the middle of its sites.

More is tried only where less gives some territory too little or too much room, and from the second value on for parts
of a territory, whose way is short: they get round areas rather than their old places. A new map takes the last value.
"""
MISFIT: Final = 0.35
"""Error of a size, as a share of it, that is too much."""
ROUND_TO: Final = 2
"""Territories above this depth have rounded corners: what is seen from afar."""
CORNER: Final = 0.3
"""Radius of such a corner, in radii of the territory."""
CENTRAL: Final = 3.0
"""How strongly important concepts are drawn to the middle of their territory."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_Area: TypeAlias = tuple[float, float, tuple[tuple[float, float], ...]]
"""Centre and outline of a territory, as they are stored."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Where concepts and territories are: all of a layout that does not depend on what themes are called."""

    positions: Floats
    """Place of each concept, shape (concepts, 2)."""
    areas: Sequence[_Area]
    """Of the territories, in the order of the tree."""


def draw(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    prerequisites: Sequence[Prerequisite],
    communities: Sequence[Community],
    earlier: Layout | None = None,
) -> Drawn:
    """The places of a layout; see :func:`lay_out`. The communities need no titles yet."""
    place = {c.id: i for i, c in enumerate(concepts)}
    edges = Edges.of(place, relations, prerequisites)
    importance = importance_of(concepts, edges)
    tree = tree_of(concepts, communities, importance)
    known = _Known.of(place, earlier)
    kept = None if earlier is None else _unchanged(tree, place, earlier)
    if kept is not None:
        return Drawn(*kept)
    drawing = _Drawing(tree, edges, importance, known)
    return Drawn(drawing.positions(), [_area_of(outline) for outline in drawing.outlines])


def lay_out(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    prerequisites: Sequence[Prerequisite],
    communities: Sequence[Community],
    *,
    earlier: Layout | None = None,
    drawn: Drawn | None = None,
) -> Layout:
    """The map of a graph: the same graph (and the same earlier layout) gives the same map.

    Args:
        concepts: in the order of the graph.
        relations: between them.
        prerequisites: between them.
        communities: of all levels, by (level, number).
        earlier: where the concepts were before; those that are still there move as little as the new sizes of the
            themes allow.
        drawn: what :func:`draw` makes of the same, where it is known already.
    """
    if drawn is None:
        drawn = draw(concepts, relations, prerequisites, communities, earlier)
    place = {c.id: i for i, c in enumerate(concepts)}
    importance = importance_of(concepts, Edges.of(place, relations, prerequisites))
    tree = tree_of(concepts, communities, importance)
    places = np.round(drawn.positions, 1)
    territories = tuple(_territory(node, tree, area) for node, area in zip(tree.nodes, drawn.areas, strict=True))
    return Layout(
        concept_ids=tuple(place),
        positions=places.astype(np.float32),
        importance=importance.astype(np.float32),
        scale=scales([c.name for c in concepts], places, importance, titles=territories).astype(np.float32),
        homes=tree.homes.astype(np.int32),
        territories=territories,
        links=links_of(tree, place, relations, prerequisites),
    )


def _area_of(outline: Polygon) -> _Area:
    x, y, _ = centroid(outline)
    return round(x, 1), round(y, 1), tuple((round(px, 1), round(py, 1)) for px, py in outline)


def _territory(node: Node, tree: Tree, area: _Area) -> Territory:
    x, y, outline = area
    return Territory(
        node.id,
        None if node.parent < 0 else tree.nodes[node.parent].id,
        node.title,
        len(node.members),
        x,
        y,
        round(math.sqrt(len(node.members) * AREA / math.pi), 1),
        outline,
    )


# ---- earlier maps --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """Where concepts were on an earlier map, enlarged to the size of the new one."""

    at: Floats
    """Shape (concepts, 2); 0 where nothing is known."""
    known: NDArray[np.bool_]

    @classmethod
    def of(cls, place: Mapping[str, int], earlier: Layout | None) -> _Known:
        at, known = np.zeros((len(place), 2)), np.zeros(len(place), dtype=bool)
        if earlier is not None and earlier.concept_ids:
            grown = semi_axes(len(place))[0] / semi_axes(len(earlier.concept_ids))[0]
            for concept, (x, y) in zip(earlier.concept_ids, earlier.positions.tolist(), strict=True):
                i = place.get(concept)
                if i is not None:
                    at[i], known[i] = (x * grown, y * grown), True
        return cls(at, known)


def _unchanged(tree: Tree, place: Mapping[str, int], earlier: Layout) -> tuple[Floats, list[_Area]] | None:
    """The earlier places and areas, if the same concepts are divided in the same way; else None."""
    old = earlier
    if len(place) != len(earlier.concept_ids) or any(c not in place for c in earlier.concept_ids):
        return None
    if len(old.territories) != len(tree.nodes):
        return None
    at = np.array([place[c] for c in earlier.concept_ids], dtype=np.int64)
    number = {t.id: i for i, t in enumerate(old.territories)}
    new_of: dict[int, int] = {}
    for before, now in {(int(o), int(tree.homes[i])) for o, i in zip(old.homes.tolist(), at.tolist(), strict=True)}:
        while before >= 0 or now >= 0:
            if before < 0 or now < 0 or new_of.setdefault(before, now) != now:
                return None
            parent = old.territories[before].parent
            before, now = -1 if parent is None else number[parent], tree.nodes[now].parent
    if len(set(new_of.values())) != len(tree.nodes):
        return None
    positions = np.zeros((len(place), 2))
    positions[at] = old.positions
    old_of = {now: before for before, now in new_of.items()}
    areas = [old.territories[old_of[i]] for i in range(len(tree.nodes))]
    return positions, [(area.x, area.y, area.outline) for area in areas]


# ---- a new map -----------------------------------------------------------------------------------------------------


class _Drawing:
    """A map while it is computed: territories first, level by level, then concepts."""

    def __init__(self, tree: Tree, edges: Edges, importance: Floats, known: _Known) -> None:
        self.tree, self.edges, self.importance, self.known = tree, edges, importance, known
        number = len(tree.homes)
        self.sites = sites(number)
        self.owners = np.full(number, -1, dtype=np.int64)
        """The territory that each site belongs to, so far."""
        self.outlines: list[Polygon] = [[] for _ in tree.nodes]
        self._coast: Polygon = [(float(x), float(y)) for x, y in shape(number)]
        self._middles = np.zeros((len(tree.nodes), 2))
        for depth in range(tree.depth + 1):
            self._divide([i for i, node in enumerate(tree.nodes) if node.depth == depth], depth)

    def positions(self) -> Floats:
        """The place of each concept; shape (concepts, 2)."""
        at = self._wanted()
        result = np.zeros_like(at)
        divided = {node.parent for node in self.tree.nodes}
        by_owner = np.argsort(self.owners, kind="stable")
        edges = np.searchsorted(self.owners[by_owner], np.arange(len(self.tree.nodes) + 1))
        for i, node in enumerate(self.tree.nodes):
            if i in divided:
                continue
            here = self.sites[by_owner[edges[i] : edges[i + 1]]]
            result[node.members] = self._assigned(at[node.members], here, node)
        return relaxed(result, self.importance, self.tree.homes, self.outlines)

    def _assigned(self, wanted: Floats, here: Floats, node: Node) -> Floats:
        """The sites ``here`` in the order of the concepts of ``node`` that take them."""
        middle = here.mean(axis=0)
        cost = ((wanted[:, None, :] - here[None, :, :]) ** 2).sum(axis=2)
        fresh = ~self.known.known[node.members]
        outwards = ((here - middle) ** 2).sum(axis=1)
        cost += CENTRAL * (self.importance[node.members] ** 2 * fresh)[:, None] * outwards[None, :]
        _, chosen = linear_sum_assignment(cost)
        return np.asarray(here[chosen])

    def _wanted(self) -> Floats:
        """Where each concept should be, roughly."""
        number = len(self.tree.homes)
        order = np.lexsort((np.arange(number), -self.importance))
        back = np.empty(number, dtype=np.int64)
        back[order] = np.arange(number)
        sizes = np.array([len(node.members) for node in self.tree.nodes], dtype=np.float64)
        radii = np.sqrt(sizes * AREA / math.pi)
        moved = Edges(back[self.edges.a], back[self.edges.b], self.edges.weight)
        known = self.known.known
        if not known.any():
            return drawn_together(self.tree.homes[order], self._middles, radii, moved)[back]
        # What is new belongs among what it is related to, else in the middle of its territory.
        weight = self.edges.sums(known.astype(np.float64))
        near = np.stack([self.edges.sums(self.known.at[:, axis] * known) for axis in (0, 1)], axis=1)
        between = near / np.where(weight > 0, weight, 1.0)[:, None]
        fresh = np.where((weight > 0)[:, None], between, self._middles[self.tree.homes])
        return np.where(known[:, None], self.known.at, fresh)

    def _divide(self, level: list[int], depth: int) -> None:
        """Give each territory of one depth its sites and its outline."""
        nodes = self.tree.nodes
        rim = [i for i in level if nodes[i].id == OTHER_TERRITORY] if len(level) > 1 else []
        for i in rim:
            self._at_the_rim(i)
        inner = [i for i in level if i not in rim]
        if not inner:
            return
        parent_ids = sorted({nodes[i].parent for i in inner})
        number_of = {p: k for k, p in enumerate(parent_ids)}
        parents = np.array([number_of[nodes[i].parent] for i in inner], dtype=np.int64)
        sizes = np.array([len(nodes[i].members) for i in inner], dtype=np.int64)
        number = np.full(len(nodes) + 1, -1, dtype=np.int64)
        number[parent_ids] = np.arange(len(parent_ids))  # index -1, the whole map, is the last
        mine = np.flatnonzero(number[self.owners] >= 0)
        labels = np.full(len(self.tree.homes), -1, dtype=np.int64)
        for k, i in enumerate(inner):
            labels[nodes[i].members] = k
        again = bool(self.known.known.any())
        division = Division(parents, sizes, self._centres(inner, parents, parent_ids, labels))
        pulls = PULLS_AGAIN if depth == 0 else PULLS_AGAIN[1:]
        for pull in pulls if again else PULLS_AGAIN[-1:]:
            got = division.fit(self.sites[mine], number[self.owners[mine]], rounds=ROUNDS, pull=pull)
            if division.misfit < MISFIT:
                break
        self.owners[mine] = np.array(inner, dtype=np.int64)[got]
        starts: dict[int, list[int]] = {}
        for k, p in enumerate(parents.tolist()):
            starts.setdefault(p, []).append(k)
        for p, siblings in starts.items():
            whole = self._coast if parent_ids[p] < 0 else self.outlines[parent_ids[p]]
            for j, k in enumerate(siblings):
                self._outline(inner[k], whole, j, division.centres[siblings], division.weights[siblings], depth)

    def _outline(self, i: int, whole: Polygon, me: int, centres: Floats, weights: Floats, depth: int) -> None:
        size = len(self.tree.nodes[i].members)
        area = size * AREA
        gap = gap_at(depth, math.sqrt(area / math.pi))
        found = cell(whole, me, centres, weights, gap) if len(centres) > 1 else whole
        if len(found) < 3 or centroid(found)[2] < 0.1 * area:
            # The discrete division has room here that the continuous one has not: a small area near its sites.
            found = small_area(whole, self.sites[self.owners == i].mean(axis=0), math.sqrt(area) / 4.0)
        elif depth < ROUND_TO:
            found = rounded(found, CORNER * math.sqrt(area / math.pi))
        self.outlines[i] = found
        self._middles[i] = centroid(found)[:2]

    def _at_the_rim(self, i: int) -> None:
        """Give a territory the sites at the lower edge of the map."""
        size, free = len(self.tree.nodes[i].members), len(self.sites)
        lowest = np.lexsort((self.sites[:, 0], -self.sites[:, 1]))[:size]
        self.owners[lowest] = i
        low, high = -semi_axes(free)[1], semi_axes(free)[1]
        for _ in range(40):  # the height at which the part below has its share of the area
            at = (low + high) / 2.0
            below = cut(self._coast, 0.0, -1.0, -at)
            low, high = (at, high) if _area(below) > _area(self._coast) * size / free else (low, at)
        gap = gap_at(0, math.sqrt(size * AREA / math.pi))
        self.outlines[i] = cut(self._coast, 0.0, -1.0, -(low + gap)) or cut(self._coast, 0.0, -1.0, -low)
        self._middles[i] = centroid(self.outlines[i])[:2]
        self._coast = cut(self._coast, 0.0, 1.0, low - gap) or cut(self._coast, 0.0, 1.0, low)

    def _centres(self, inner: list[int], parents: Ints, parent_ids: list[int], labels: Ints) -> Floats:
        """Where each of the territories ``inner`` should be, roughly."""
        nodes = self.tree.nodes
        sizes = np.array([len(nodes[i].members) for i in inner], dtype=np.int64)
        known = self.known.known
        if known.any():
            return self._earlier_centres(inner, parents, parent_ids, labels)
        inside = (labels[self.edges.a] >= 0) & (labels[self.edges.b] >= 0)
        edges = Edges(self.edges.a[inside], self.edges.b[inside], self.edges.weight[inside]).between(labels)
        if parent_ids == [-1]:
            middle = np.array(centroid(self._coast)[:2])
            low, high = np.min(self._coast, axis=0), np.max(self._coast, axis=0)
            return np.asarray(middle + springs(sizes, edges) * np.array([0.4, 0.6]) * (high - low))
        wholes = np.array([len(nodes[p].members) for p in parent_ids], dtype=np.float64)
        radii = np.sqrt(wholes * AREA / math.pi)
        return drawn_together(parents, self._middles[parent_ids], radii, edges)

    def _earlier_centres(self, inner: list[int], parents: Ints, parent_ids: list[int], labels: Ints) -> Floats:
        """Where most concepts of each territory were: the median, for themes are sometimes put together anew.

        Else the middle of its parent.
        """
        number = len(inner)
        here = np.flatnonzero(self.known.known & (labels >= 0))
        here = here[np.argsort(labels[here], kind="stable")]
        edges = np.searchsorted(labels[here], np.arange(number + 1))
        counts = np.diff(edges)
        found = np.zeros((number, 2))
        for k in np.flatnonzero(counts).tolist():
            found[k] = np.median(self.known.at[here[edges[k] : edges[k + 1]]], axis=0)
        middles = np.array([centroid(self._coast)[:2] if p < 0 else self._middles[p] for p in parent_ids])
        # New territories of one parent must not all begin in one place.
        turn = np.arange(number) * 2.4
        aside = np.stack([np.cos(turn), np.sin(turn)], axis=1) * CELL[1]
        return np.where((counts > 0)[:, None], found, middles[parents] + aside)


def _area(polygon: Polygon) -> float:
    return centroid(polygon)[2] if len(polygon) > 2 else 0.0
