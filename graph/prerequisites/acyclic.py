"""Prerequisites without cycles and without detours: what a study path can be ordered by.

Two steps, each a function of edges alone: :func:`break_cycles` leaves the least confident edges out until no cycle is
left, and :func:`transitive_reduction` leaves out the edges that a longer chain says already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from graph.model import Prerequisite
from graph.prerequisites.ordering import topological_order

_BITS: Final = 4096
"""Concepts of which it is known at a time from where chains lead to them: 600 bytes for each concept of the graph."""
_BATCH: Final = 1000
"""Edges that :func:`break_cycles` asks about together: most of those that must go are found by one pass over the edges
taken so far, where a search for each would cost milliseconds."""


def break_cycles(edges: Sequence[Prerequisite]) -> tuple[list[Prerequisite], list[Prerequisite]]:
    """Leave out as little confidence as a greedy choice can, so that no cycle is left.

    Edges are taken from the most confident down (ties by key) and skipped where they would close a cycle with those
    taken. So the weakest edge of each cycle goes, and each dropped edge would close a cycle if it were put back. Only
    edges inside a strongly connected component can lie on a cycle; all others are kept without looking. The order of
    the taken edges is maintained as they come (Pearce & Kelly 2007, https://doi.org/10.1145/1187436.1210590).

    Args:
        edges: any directed edges; an edge from a concept to itself is a cycle of its own.

    Returns:
        The kept and the dropped edges, both by key.
    """
    component = _components(edges)
    kept: list[Prerequisite] = []
    dropped: list[Prerequisite] = []
    inside: dict[int, list[Prerequisite]] = {}
    for edge in edges:
        if edge.before == edge.after:
            dropped.append(edge)
        elif component[edge.before] == component[edge.after]:
            inside.setdefault(component[edge.before], []).append(edge)
        else:
            kept.append(edge)
    for knot in inside.values():
        order = _GrowingOrder(_likely_order(knot))
        knot.sort(key=lambda e: (-e.confidence, e.key))
        for start in range(0, len(knot), _BATCH):
            batch = knot[start : start + _BATCH]
            hopeless = order.closing([e.key for e in batch]) if start else frozenset()
            for edge in batch:
                taken = edge.key not in hopeless and order.add(edge.before, edge.after)
                (kept if taken else dropped).append(edge)
    return sorted(kept, key=_key), sorted(dropped, key=_key)


def transitive_reduction(edges: Sequence[Prerequisite]) -> list[Prerequisite]:
    """The edges that no longer chain implies; each is kept whole, with its reasons and evidence.

    For a graph without cycles the result is unique (Aho, Garey & Ullman 1972, https://doi.org/10.1137/0201008): the
    same concepts can be reached from each concept, by the fewest edges.

    Returns:
        The direct edges, by key.

    Raises:
        ValueError: the edges have a cycle; the message names concepts on it or behind it.
    """
    order = topological_order({c for e in edges for c in e.key}, edges)  # fails on a cycle, and names it
    place = {concept: i for i, concept in enumerate(order)}
    after: list[list[int]] = [[] for _ in order]
    for before, later in sorted({e.key for e in edges}):
        after[place[before]].append(place[later])
    implied: set[tuple[int, int]] = set()
    for begin in range(0, len(order), _BITS):
        implied |= _implied(after, begin, begin + _BITS)
    return sorted((e for e in edges if (place[e.before], place[e.after]) not in implied), key=_key)


def _implied(after: Sequence[Sequence[int]], begin: int, end: int) -> set[tuple[int, int]]:
    """The edges (before, after) with ``begin`` ≤ after < ``end`` beside which there is a longer chain.

    Args:
        after: for each concept, in a topological order, those that edges lead to.
        begin: the first end of an edge that is looked at.
        end: the one behind the last.
    """
    reached = [0] * len(after)  # for each concept the bits of those that edges and chains lead to
    found = set()
    for here in range(min(end, len(after)) - 1, -1, -1):
        chains = direct = 0
        for there in after[here]:
            chains |= reached[there]
            if begin <= there < end:
                direct |= 1 << (there - begin)
        reached[here] = chains | direct
        if chains & direct:
            found |= {(here, there) for there in after[here] if begin <= there < end and chains >> (there - begin) & 1}
    return found


def _key(edge: Prerequisite) -> tuple[str, str]:
    return edge.key


def _components(edges: Sequence[Prerequisite]) -> dict[str, int]:
    """For each concept the number of its strongly connected component."""
    from scipy.sparse import coo_array  # a second of import, which a build spends while it waits for other processes
    from scipy.sparse.csgraph import connected_components

    concepts = sorted({e.before for e in edges} | {e.after for e in edges})
    if not concepts:
        return {}
    place = {concept: i for i, concept in enumerate(concepts)}
    rows, columns = [place[e.before] for e in edges], [place[e.after] for e in edges]
    matrix = coo_array((np.ones(len(edges), dtype=np.int8), (rows, columns)), shape=(len(concepts), len(concepts)))
    labels = connected_components(matrix.tocsr(), directed=True, connection="strong")[1]
    return {concept: int(label) for concept, label in zip(concepts, labels, strict=True)}


def _likely_order(edges: Sequence[Prerequisite]) -> list[str]:
    """The concepts of ``edges``, those that much confidence leads out of first.

    An order that most edges agree with already.
    """
    balance: dict[str, float] = {}
    for edge in sorted(edges, key=_key):
        balance[edge.before] = balance.get(edge.before, 0.0) + edge.confidence
        balance[edge.after] = balance.get(edge.after, 0.0) - edge.confidence
    return sorted(balance, key=lambda c: (-balance[c], c))


class _GrowingOrder:
    """A topological order of edges that arrive one by one."""

    def __init__(self, concepts: Sequence[str]) -> None:
        self._place = {concept: i for i, concept in enumerate(concepts)}
        self._after: dict[str, set[str]] = {c: set() for c in concepts}
        self._before: dict[str, set[str]] = {c: set() for c in concepts}

    def add(self, before: str, after: str) -> bool:
        """Take the edge and return True, or return False where it would close a cycle."""
        if self._place[after] < self._place[before]:
            low, high = self._place[after], self._place[before]
            ahead = self._reach(after, self._after, low, high)
            if before in ahead:
                return False
            behind = self._reach(before, self._before, low, high)
            moved = [*sorted(behind, key=self._place.__getitem__), *sorted(ahead, key=self._place.__getitem__)]
            places = sorted(self._place[c] for c in moved)
            self._place.update(zip(moved, places, strict=True))
        self._after[before].add(after)
        self._before[after].add(before)
        return True

    def closing(self, edges: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of ``edges`` (before, after) that would close a cycle with the edges taken so far."""
        bit = {concept: 1 << i for i, concept in enumerate(sorted({before for before, _ in edges}))}
        reach: dict[str, int] = {}
        for here in sorted(self._place, key=self._place.__getitem__, reverse=True):
            found = bit.get(here, 0)
            for there in self._after[here]:
                found |= reach[there]
            reach[here] = found
        return frozenset((before, after) for before, after in edges if reach[after] & bit[before])

    def _reach(self, start: str, steps: dict[str, set[str]], low: int, high: int) -> set[str]:
        """Concepts reached from ``start`` whose places lie within ``low`` .. ``high``."""
        place = self._place
        seen, stack = {start}, [start]
        while stack:
            for other in steps[stack.pop()]:
                if other not in seen and low <= place[other] <= high:
                    seen.add(other)
                    stack.append(other)
        return seen
