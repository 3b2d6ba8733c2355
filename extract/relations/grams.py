"""Words and runs of characters around names, found in a text all at once.

The type model knows texts by their grams: one to three neighbouring Chinese characters, Latin words and pairs of them,
other characters. A megabyte of notes has a hundred thousand short texts around names, whose grams overlap. So each gram
of the notes is looked up once, and a text takes those that are within it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extract.relations.instances import Bools, Ints, distinct
from graph.text.scripts import HAN, RANGES, Script, has_han

_PIECE: Final = re.compile(rf"[{HAN}]+|[a-z]+|[^\sa-z{HAN}]")
_LONGEST: Final = 3
"""Chinese characters of one gram, at most."""
Hashes = NDArray[np.uint64]
_BASE: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_BASE, -1, 1 << 64)
_SPREAD: Final = np.uint64(0xD1B54A32D192ED03)
_BITS: Final = 20
"""Of the table that tells which hashes may be those of known grams."""
_HAN, _LETTER, _OTHER, _SPACE = range(4)


def grams(text: str) -> Iterator[str]:
    """The grams of ``text``, which is in lower case."""
    last = ""
    for piece in _PIECE.findall(text):
        if not piece.isascii() and has_han(piece):
            for size in range(1, _LONGEST + 1):
                for i in range(len(piece) - size + 1):
                    yield piece[i : i + size]
        else:
            yield piece
            if last:
                yield f"{last} {piece}"
            last = piece


@dataclass(frozen=True, slots=True, eq=False)
class GramTable:
    """The grams that a model knows, with the rows of its weights."""

    hashes: Hashes
    """Of the grams, rising (:class:`_Hashed`)."""
    rows: NDArray[np.int64]
    """For each prefix the row of each gram, -1 where the model does not know it there. Shape (prefixes, grams)."""
    possible: Bools
    """For each beginning of a hash whether a known gram has it."""

    @classmethod
    def of(cls, vocabulary: Mapping[str, int], prefixes: Sequence[str]) -> GramTable:
        """Those of ``vocabulary``, name of a feature → row, whose names begin with one of ``prefixes``."""
        known = [
            (number, name[len(prefix) :], row)
            for name, row in vocabulary.items()
            for number, prefix in enumerate(prefixes)
            if name.startswith(prefix) and len(name) > len(prefix)
        ]
        text = "".join(gram for _, gram, _ in known)
        end = np.cumsum([len(gram) for _, gram, _ in known], dtype=np.int64)
        start = np.concatenate([[0], end])[:-1]
        hashes, gram = np.unique(_Hashed.of(_codes(text)).between(start, end), return_inverse=True)
        rows = np.full((len(prefixes), len(hashes)), -1, dtype=np.int64)
        rows[[number for number, _, _ in known], gram] = [row for _, _, row in known]
        possible = np.zeros(1 << _BITS, dtype=bool)
        possible[hashes >> np.uint64(64 - _BITS)] = True
        return cls(hashes, rows, possible)

    def find(self, hashes: Hashes) -> Ints:
        """The number of the gram of each hash, -1 where it is that of none."""
        found = np.full(len(hashes), -1, dtype=np.int64)
        if len(self.hashes):
            asked = np.flatnonzero(self.possible[hashes >> np.uint64(64 - _BITS)])
            at = np.minimum(np.searchsorted(self.hashes, hashes[asked]), len(self.hashes) - 1)
            known = self.hashes[at] == hashes[asked]
            found[asked[known]] = at[known]
        return found


@lru_cache(maxsize=8)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    """The powers of the base and of its inverse, from 0 to ``size`` - 1."""
    both = []
    for base in (_BASE, _INVERSE):
        steps = np.full(size, base, dtype=np.uint64)
        steps[:1] = 1
        both.append(np.cumprod(steps, dtype=np.uint64))
    return both[0], both[1]


@dataclass(frozen=True, slots=True, eq=False)
class _Hashed:
    """Hashes of all parts of a text: the sum of code × base ** place, modulo 2 ** 64 (Karp & Rabin 1987).

    With some ten million lookups among ten thousand grams, one of 10 ** 8 runs meets two texts of one hash.
    """

    sums: Hashes
    """Of the characters before each offset."""
    power: Hashes
    inverse: Hashes

    @classmethod
    def of(cls, codes: NDArray[np.uint32]) -> _Hashed:
        size = 1 << int(len(codes) + 1).bit_length()  # few different sizes
        power, inverse = _powers(size)
        sums = np.concatenate([[np.uint64(0)], np.cumsum(codes * power[: len(codes)], dtype=np.uint64)])
        return cls(sums, power, inverse)

    def plain(self, start: Ints, end: Ints) -> Hashes:
        """The sums of the parts from ``start`` to ``end``, as if they began the text."""
        return (self.sums[end] - self.sums[start]) * self.inverse[start]

    def between(self, start: Ints, end: Ints) -> Hashes:
        """The hashes of the parts."""
        return self.plain(start, end) * _SPREAD

    def joined(self, first: tuple[Ints, Ints], second: tuple[Ints, Ints]) -> Hashes:
        """The hashes of two parts each with a space between them."""
        length = first[1] - first[0]
        space = np.uint64(ord(" ")) * self.power[length]
        return np.asarray((self.plain(*first) + space + self.plain(*second) * self.power[length + 1]) * _SPREAD)


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Grams at places of a text: only those that the model knows."""

    gram: Ints
    """In the order of their places."""
    before: Ints
    """For each place, and one behind the last, how many begin before it."""

    @classmethod
    def of(cls, gram: Ints) -> _Runs:
        """``gram``: of each place, -1 for none."""
        known = gram >= 0
        return cls(gram[known], np.concatenate([[0], np.cumsum(known)]))

    def within(self, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """(number of the text, gram) of all grams at the places ``first`` ≤ i < ``last`` of each text."""
        end = len(self.before) - 1
        begin = self.before[np.minimum(first, end)]
        count = self.before[np.minimum(np.maximum(first, last), end)] - begin
        owner = np.repeat(np.arange(len(begin)), count)
        place = np.arange(len(owner)) + np.repeat(begin - (np.cumsum(count) - count), count)
        return owner, self.gram[place]


class TextGrams:
    """The known grams of a text, for any of its parts."""

    def __init__(self, text: str, table: GramTable) -> None:
        """``text``: in lower case."""
        codes = _codes(text)
        kind = _kinds(codes)
        self._table, self._hashed = table, _Hashed.of(codes)
        han = kind == _HAN
        self._han: list[_Runs] = []
        run = han
        for size in range(1, _LONGEST + 1):
            if size > 1:
                run = run[:-1] & han[size - 1 :]
            gram = np.full(len(codes), -1, dtype=np.int64)
            start = np.flatnonzero(run)
            gram[start] = table.find(self._hashed.between(start, start + size))
            self._han.append(_Runs.of(gram))
        letter, other = kind == _LETTER, kind == _OTHER
        self._start = np.flatnonzero(other | (letter & ~np.concatenate([[False], letter])[:-1]))
        self._end = np.flatnonzero(other | (letter & ~np.concatenate([letter, [False]])[1:])) + 1
        words = (self._start, self._end)
        self._words = _Runs.of(table.find(self._hashed.between(*words)))
        first, second = ((words[0][side], words[1][side]) for side in (slice(None, -1), slice(1, None)))
        self._couples = _Runs.of(table.find(self._hashed.joined(first, second)))

    def rows_of(self, prefix: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """The rows of the weights for parts of the text, each of which is looked at under one prefix.

        Args:
            prefix: number of the prefix of each part.
            start: where each part begins.
            end: where it ends; a part may be empty.

        Returns:
            (number of the part, row), each once, rising.
        """
        found = [
            runs.within(start, np.maximum(end - size, start)) for size, runs in enumerate(self._han)
        ] + self._words_within(start, end)  # fmt: skip
        owner, gram = (np.concatenate(side) for side in zip(*found, strict=True))
        row = self._table.rows[prefix[owner], gram]
        known = row >= 0
        width = int(self._table.rows.max(initial=0)) + 1
        key = distinct(owner[known] * width + row[known])
        return key // width, key % width

    def _words_within(self, start: Ints, end: Ints) -> list[tuple[Ints, Ints]]:
        """(number of the part, gram) of words and couples; those at the ends of a part may be cut off there."""
        first = np.searchsorted(self._end, start, side="right")
        last = np.searchsorted(self._start, end, side="left") - 1
        found = [
            self._words.within(first + 1, np.maximum(last, first + 1)),
            self._couples.within(first + 1, np.maximum(last - 1, first + 1)),
        ] if len(self._start) else []  # fmt: skip
        some = np.flatnonzero((last >= first) & (end > start))
        first, last = first[some], last[some]
        opening = np.maximum(self._start[first], start[some]), np.minimum(self._end[first], end[some])
        closing = self._start[last], np.minimum(self._end[last], end[some])
        several, many = last > first, last > first + 1
        second, previous = first[many] + 1, last[many] - 1
        near = several & ~many

        def take(part: tuple[Ints, Ints], rows: Bools) -> tuple[Ints, Ints]:
            return part[0][rows], part[1][rows]

        hashes = self._hashed
        ends = [
            (some, hashes.between(*opening)),
            (some[several], hashes.between(*take(closing, several))),
            (some[near], hashes.joined(take(opening, near), take(closing, near))),
            (some[many], hashes.joined(take(opening, many), (self._start[second], self._end[second]))),
            (some[many], hashes.joined((self._start[previous], self._end[previous]), take(closing, many))),
        ]
        for owner, hashed in ends:
            gram = self._table.find(hashed)
            found.append((owner[gram >= 0], gram[gram >= 0]))
        return found


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _kinds(codes: NDArray[np.uint32]) -> NDArray[np.int8]:
    """Whether each character is Chinese, a small Latin letter, white space or another."""
    table = _kind_table()
    kind = table[np.minimum(codes, len(table) - 1)]
    for first, last in RANGES[Script.HAN]:
        if last >= len(table):
            kind[(codes >= first) & (codes <= last)] = _HAN
    return kind


@cache
def _kind_table() -> NDArray[np.int8]:
    """The kind of each character of the first plane; the last place counts for all others."""
    table = np.full((1 << 16) + 1, _OTHER, dtype=np.int8)
    table[[code for code in range(1 << 16) if chr(code).isspace()]] = _SPACE
    table[ord("a") : ord("z") + 1] = _LETTER
    for first, last in RANGES[Script.HAN]:
        table[first : last + 1] = _HAN
    table[1 << 16] = _OTHER
    return table
