"""The candidates of all documents as columns: what joining, choosing and weighing them goes by.

A megabyte of notes has some forty thousand candidates. A key is a number here, in the order of the keys, so that sums
and largest values over documents and clusters are sorted columns.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extract.concepts.candidates import Candidates
from extract.concepts.forms import FormTable

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class FormRows:
    """A row for each candidate of a document that has a probability there, in the order of the documents."""

    keys: list[str]
    """All keys, sorted."""
    surfaces: list[str]
    """Of each key the main writing in the first document that has it."""
    key: Ints
    """For each row the number of its key."""
    score: Floats
    """Its probability."""
    count: Ints
    """How often the document has it."""
    whole: Ints
    strong: Ints
    """See :class:`extract.concepts.forms.Form`."""
    first: Ints
    """For each document its first row, and one more for the end."""

    @classmethod
    def of(cls, collection: Sequence[Candidates[FormTable]], scores: Sequence[Mapping[str, float]]) -> FormRows:
        """The rows of all documents."""
        number: dict[str, int] = {}
        surfaces: list[str] = []
        keys: list[int] = []
        odds: list[NDArray[np.float64]] = []
        numbers: list[tuple[Ints, Ints, Ints]] = []
        first = [0]
        for candidates, table in zip(collection, scores, strict=True):
            own, mains, values, columns = _columns(candidates.forms, table)
            for key, main in zip(own, mains, strict=True):
                at = number.get(key)
                if at is None:
                    at = number[key] = len(surfaces)
                    surfaces.append(main)
                keys.append(at)
            odds.append(np.fromiter(values, dtype=np.float64, count=len(own)))
            numbers.append(columns)
            first.append(len(keys))
        listed = list(number)
        order = sorted(range(len(listed)), key=listed.__getitem__)
        place = np.zeros(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        none = np.zeros(0, dtype=np.int64)
        count, whole, strong = (
            np.concatenate([none, *(columns[i] for columns in numbers)]).astype(np.int64) for i in range(3)
        )
        return cls(
            [listed[at] for at in order],
            [surfaces[at] for at in order],
            place[np.asarray(keys, dtype=np.int64)],
            np.concatenate([np.zeros(0), *odds]),
            count,
            whole,
            strong,
            np.asarray(first, dtype=np.int64),
        )

    def doc(self) -> Ints:
        """For each row the number of its document."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))


def _columns(
    forms: FormTable, table: Mapping[str, float]
) -> tuple[list[str], list[str], Iterable[float], tuple[Ints, Ints, Ints]]:
    """Keys of ``table`` that are forms, in its order, their main writings, probabilities and counts.

    The counts are those of all places, of those that are whole runs, and of those in bold.
    """
    keys, mains, count, whole, strong = forms.columns()
    if len(keys) == len(table) and all(map(operator.eq, keys, table)):
        return keys, mains, table.values(), (count, whole, strong)
    place = {key: at for at, key in enumerate(keys)}
    wanted = [key for key in table if key in place]
    rows = [place[key] for key in wanted]
    odds = [table[key] for key in wanted]
    return wanted, [mains[at] for at in rows], odds, (count[rows], whole[rows], strong[rows])


def largest_by(group: Ints, values: Floats) -> tuple[Ints, Floats]:
    """The distinct groups, rising, and the largest value of each."""
    order = np.argsort(group, kind="stable")
    groups = group[order]
    first = np.flatnonzero(np.diff(groups, prepend=-1))
    largest = np.maximum.reduceat(values[order], first) if len(first) else np.zeros(0)
    return groups[first], largest
