"""The complement chain: what is worth reading next, over any units of text (lines of notes, passages of a collection).

A unit is worth reading next when a good unit names its subject AND it covers words of the question that the good one
leaves open. Mass is not spread over all that a unit mentions, as a random walk would
(:mod:`queries.retrieval.pagerank`): only the best way to a unit counts, and a way through a name that appears
everywhere counts little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAMPING: Final = 0.5
"""How fast a name loses weight with the number of units that name it: 1 / (1 + 0.5 ln(1 + n))."""


class ListsOfNumbers(Protocol):
    """For each of many things a list of numbers, in memory (:class:`Rows`) or stored."""

    @property
    def sizes(self) -> Ints:
        """Length of each list."""

    def of(self, rows: Ints, /) -> tuple[Ints, Ints]:
        """The items of several lists, as (which of ``rows``, item), in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Lists of numbers, one after the other: row ``i`` is ``items[start[i] : start[i + 1]]``."""

    start: Ints
    items: Ints

    @classmethod
    def from_lists(cls, lists: Iterable[Iterable[int]]) -> Self:
        """Rows from as many lists."""
        rows = [tuple(items) for items in lists]
        sizes = np.fromiter((len(row) for row in rows), dtype=np.int64, count=len(rows))
        items = np.fromiter((item for row in rows for item in row), dtype=np.int64, count=int(sizes.sum()))
        return cls(np.concatenate(([0], np.cumsum(sizes))), items)

    @property
    def sizes(self) -> Ints:
        """Length of each row."""
        return np.diff(self.start)

    def transposed(self, columns: int) -> Rows:
        """For each number below ``columns`` the rows that contain it, ascending."""
        order = np.argsort(self.items, kind="stable")
        owners = np.repeat(np.arange(len(self.start) - 1, dtype=np.int64), self.sizes)
        counts = np.bincount(self.items, minlength=columns) if len(self.items) else np.zeros(columns, dtype=np.int64)
        return Rows(np.concatenate(([0], np.cumsum(counts))).astype(np.int64), owners[order])

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """The items of several rows, as (which of ``rows``, item), in their order."""
        begin = self.start[rows]
        size = self.start[rows + 1] - begin
        which = np.repeat(np.arange(len(rows), dtype=np.int64), size)
        within = np.arange(int(size.sum()), dtype=np.int64) - np.repeat(np.cumsum(size) - size, size)
        return which, self.items[np.repeat(begin, size) + within]


class AtMost:
    """Lists of numbers of which those that are too long count as empty.

    Args:
        lists: all of them.
        most: the length from which on a list is too long, less one.
    """

    def __init__(self, lists: ListsOfNumbers, most: int) -> None:
        self._lists = lists
        self.kept = lists.sizes <= most
        """For each list whether it counts."""

    @property
    def sizes(self) -> Ints:
        """Length of each list."""
        return np.where(self.kept, self._lists.sizes, 0)

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """The items of several lists, as (which of ``rows``, item), in their order."""
        short = np.flatnonzero(self.kept[rows])
        which, items = self._lists.of(rows[short])
        return short[which], items


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """One way from unit to unit: the names that a unit contains, and the units that each name leads to."""

    names: ListsOfNumbers
    """For each unit its names."""
    units: ListsOfNumbers
    """For each name where it leads."""
    weight: Floats
    """Shape (names,): what a step over the name is worth, the share of its kind included."""

    @classmethod
    def damped(
        cls,
        names: ListsOfNumbers,
        units: ListsOfNumbers,
        held: Ints,
        *,
        share: float,
        most: int | None = None,
        spread: bool = True,
    ) -> Self:
        """A bridge whose names are damped by how many units contain them.

        Args:
            names: for each unit its names.
            units: for each name the units that it leads to.
            held: for each name how many units contain it.
            share: weight of this bridge relative to the others.
            most: names that lead to more units lead nowhere; None: all lead.
            spread: damp a name as well by how many units it leads to.
        """
        weight = share / (1.0 + DAMPING * np.log1p(held))
        if spread:
            weight = weight / (1.0 + DAMPING * np.log(np.maximum(units.sizes, 1)))
        if most is not None:
            units = AtMost(units, most)
            weight = np.where(units.kept, weight, 0.0)
        return cls(names, units, weight)


@dataclass(frozen=True, slots=True)
class Steps:
    """How the chain is walked."""

    sources: int = 25
    """The best units, from which it leads on."""
    base: float = 0.1
    """What a named subject is worth that covers no open word, relative to 1 for one that covers all of the question's
    words."""
    power: float = 1.5
    """Of the source's strength: above 1 the best sources lead more than the others."""
    hops: int = 2
    """Steps from the question, the first included."""
    later: float = 0.6
    """Weight of what a later step adds, relative to the first."""


def support(strength: Floats, weights: Floats, covered: Floats, bridges: Iterable[Bridge], steps: Steps) -> Floats:
    """What each unit adds to a good unit that leads to it; shape (units,).

    The maximum over sources and bridges of weight of the step × strength of the source ** power × (base + weight of the
    words that the unit covers and the source leaves open).

    Args:
        strength: shape (units,), not negative: how good each unit is by now.
        weights: shape (words,): how much each word of the question counts; sums to 1.
        covered: shape (words, units), 0..1: how surely each unit covers each word.
        bridges: the ways from unit to unit.
        steps: how the chain is walked.
    """
    gained = np.zeros(len(strength))
    sources = _best(strength, steps.sources)
    if not len(sources):
        return gained
    offered = strength[sources] ** steps.power
    left_open = weights[:, None] * (1.0 - covered[:, sources])
    for bridge in bridges:
        source, name = bridge.names.of(sources)
        step, unit = bridge.units.of(name)
        if not len(unit):
            continue
        came = source[step]
        new = np.einsum("we,we->e", left_open[:, came], covered[:, unit]) if len(weights) else 0.0
        value = bridge.weight[name][step] * offered[came] * (steps.base + new)
        value[sources[came] == unit] = 0.0
        np.maximum.at(gained, unit, value)
    return gained


def chained(strength: Floats, weights: Floats, covered: Floats, bridges: Sequence[Bridge], steps: Steps) -> Floats:
    """The support of each unit after all hops; shape (units,).

    The score of a unit is its strength and this; see :func:`support`.
    """
    if steps.hops < 1:
        return np.zeros(len(strength))
    found = support(strength, weights, covered, bridges, steps)
    for _ in range(steps.hops - 1):
        further = support(strength + found, weights, covered, bridges, steps)
        found = np.maximum(found, steps.later * further)
    return found


def _best(strength: Floats, count: int) -> Ints:
    """Units with the highest positive strength, at most ``count``; the best first, ties by number."""
    if len(strength) > count:
        least = float(np.partition(strength, len(strength) - count)[len(strength) - count])
        candidates = np.flatnonzero((strength >= least) & (strength > 0))
    else:
        candidates = np.flatnonzero(strength > 0)
    return np.asarray(candidates[np.argsort(-strength[candidates], kind="stable")][:count], dtype=np.int64)


def pick(
    score: Floats,
    weights: Floats,
    covered: Floats,
    *,
    limit: int,
    penalty: float,
    first: Iterable[int] = (),
    without: Callable[[int], Iterable[int]] | None = None,
) -> list[int]:
    """Units in the order in which to read them, at most ``limit``, ``first`` (in order) before the others.

    Greedy: the best score, minus ``penalty`` × the weight of the question's words that picked units cover already.
    Units without a score are not picked.

    Args:
        score: shape (units,).
        weights: shape (words,).
        covered: shape (words, units).
        limit: how many.
        penalty: 0: by score alone.
        first: units to take whatever their score, unless one taken before rules them out.
        without: the units that a picked one rules out; None: itself alone.
    """
    left = score.copy()
    chosen: list[int] = []
    ruled_out: set[int] = set()
    done = np.zeros(len(weights))
    queue = list(first)
    while len(chosen) < limit:
        if queue:
            unit = queue.pop(0)
            if unit in ruled_out:
                continue
        else:
            value = left
            if penalty and done.any():
                value = np.where(left > 0, left - penalty * ((weights * done) @ covered), -np.inf)
            unit = int(np.argmax(value)) if len(value) else -1
            if unit < 0 or left[unit] <= 0:
                break
        chosen.append(unit)
        if len(weights):
            done = np.maximum(done, covered[:, unit])
        others = [unit, *(without(unit) if without is not None else ())]
        ruled_out.update(others)
        left[others] = 0.0
    return chosen
