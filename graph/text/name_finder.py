"""Where texts name concepts: the one finder of names, in notes as in questions.

All names are looked for at once (Aho & Corasick 1975, https://doi.org/10.1145/360825.360855), in every spelling that
reads the same: any case and width, Traditional or Simplified characters, hyphens or spaces, plurals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

import ahocorasick_rs

from graph.text.frequency import general_frequency
from graph.text.names import comparable, fold, fold_with_offsets
from graph.text.scripts import HAN, is_spaced

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graph.text.joined import Joined

Owner = TypeVar("Owner")

_EDGE: Final = re.compile(rf"(?<=[{HAN}])\s+(?=[a-z0-9])|(?<=[a-z0-9])\s+(?=[{HAN}])")
_GAP: Final = re.compile(rf"(?<=[{HAN}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{HAN}])")
_COMMON: Final = 2e-6
"""A lower-case word of at least this frequency in English is the word, not the acronym spelled like it (RAG, rag)."""
_VERY_COMMON: Final = 1e-4
"""A word of at least this frequency (it, us, who) is the word with a capital at its beginning as well."""


class Found(NamedTuple, Generic[Owner]):
    """A name in a text: ``text[start:end]``."""

    start: int
    end: int
    owner: Owner
    """What goes by the name."""


def spellings(name: str) -> set[str]:
    """The spellings of ``name``, as :func:`graph.text.names.comparable` writes them; empty where it is white space.

    Returns:
        The name with and without spaces between Chinese and other characters.

    >>> sorted(spellings("KV 缓存"))
    ['kv 缓存', 'kv缓存']
    """
    base = " ".join(comparable(name).split())
    if not base:
        return set()
    if base.isascii():
        return {base}
    tight = _EDGE.sub("", base)
    return {base, tight, _GAP.sub(" ", tight)}


def plurals_of(forms: Iterable[str]) -> set[str]:
    """The plurals of those ``forms`` (of :func:`spellings`) that end with a letter a to z.

    >>> sorted(plurals_of({"policy", "kv 缓存"}))
    ['policies', 'policys']
    """
    found: set[str] = set()
    for form in forms:
        last = form[-1]
        if last.isascii() and last.isalpha() and len(form) > 2:
            found.add(form + ("es" if last in "sxz" else "s"))
            if last == "y" and form[-2] not in "aeiou":
                found.add(form[:-1] + "ies")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class FoundIn(Generic[Owner]):
    """Names in many texts, a row for each, in the order of the texts, by start and longest first."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    """Offsets in the joined texts."""
    pattern: NDArray[np.int64]
    """Number of the spelling."""
    owner_of: Sequence[Owner]
    """Number of a spelling → what goes by it."""

    @property
    def owners(self) -> list[Owner]:
        """What goes by each name."""
        return [self.owner_of[pattern] for pattern in self.pattern.tolist()]

    def leftmost(self) -> FoundIn[Owner]:
        """Those that do not overlap with one before, as :func:`leftmost` takes them."""
        import numpy as np

        reach = np.maximum.accumulate(self.end)
        kept = np.ones(len(self.start), dtype=bool)
        kept[1:] = self.start[1:] >= reach[:-1]  # what begins behind all before it is taken, whatever those are
        first = np.flatnonzero(kept)
        several = np.flatnonzero(np.diff(first, append=len(kept)) > 1)
        stops = first[several] + np.diff(first, append=len(kept))[several]
        for row, stop in zip(first[several].tolist(), stops.tolist(), strict=True):
            begins, ends = self.start[row:stop].tolist(), self.end[row:stop].tolist()
            reached = ends[0]
            for number in range(1, len(begins)):
                if begins[number] >= reached:
                    kept[row + number] = True
                    reached = ends[number]
        return FoundIn(self.start[kept], self.end[kept], self.pattern[kept], self.owner_of)


class NameFinder(Generic[Owner]):
    """Finds names in texts.

    A name that begins or ends with a letter of an alphabet or a digit does so at a word boundary: ``RAG`` is not in
    ``storage``. Chinese has no such boundaries.
    """

    def __init__(
        self,
        names: Iterable[tuple[str, Owner]],
        *,
        plurals: bool = True,
        acronyms: bool = True,
        spaces: bool = True,
    ) -> None:
        """Make ready for many texts.

        Args:
            names: (name, what goes by it). Where two share a spelling, the first one listed has it.
            plurals: find plurals too, except where a plural is spelled like another name.
            acronyms: tell acronyms from words: where ``RAG`` is a name, ``rag`` in a text is not it, and ``Who`` is not
                ``WHO``.
            spaces: spaces count. If not, neither do hyphens and punctuation: ``kvcache`` is ``KV Cache``, as people
                type questions. Names are compared by :func:`graph.text.names.fold` then, and ``plurals`` has no effect.
        """
        self._spaces = spaces
        patterns: list[str] = []
        self._owners: list[Owner] = []
        self._capital_from: list[int] = []
        """For each pattern from which letter on a capital is needed, see :func:`_capital_from`."""
        seen: set[str] = set()
        listed = [(name, owner, spellings(name) if spaces else {fold(name)}) for name, owner in names]
        # Plurals come after all names: HTTPS is a name of its own and not several HTTP.
        several = [(name, owner, plurals_of(forms)) for name, owner, forms in listed] if plurals and spaces else []
        for name, owner, forms in (*listed, *several):
            acronym = acronyms and name.isascii() and len(name) <= 6 and sum(c.isupper() for c in name) >= 2
            for form in sorted(forms):
                if form and form not in seen:
                    seen.add(form)
                    patterns.append(form)
                    self._owners.append(owner)
                    self._capital_from.append(_capital_from(form) if acronym else 0)
        self._automaton = ahocorasick_rs.AhoCorasick(patterns)

    def find(self, text: str) -> list[Found[Owner]]:
        """Names in ``text`` that do not overlap, by start: the leftmost, of those with the same start the longest."""
        return leftmost(self.find_all(text))

    def find_in(self, texts: Joined) -> FoundIn[Owner]:
        """What :meth:`find` finds in each of many texts, several times faster; where spaces count only."""
        return self.find_all_in(texts).leftmost()

    def find_all_in(self, texts: Joined) -> FoundIn[Owner]:
        """What :meth:`find_all` finds in each of many texts, several times faster; where spaces count only."""
        import numpy as np  # questions are answered without it

        matches = self._automaton.find_matches_as_indexes(texts.plain, overlapping=True)
        pattern, start, end = np.asarray(matches, dtype=np.int64).reshape(-1, 3).T
        spaced = texts.spaced  # [-1] is behind the last character, so that it may be asked for before the first one
        whole = ~(spaced[start] & spaced[start - 1]) & ~(spaced[end - 1] & spaced[end])
        letter = np.asarray(self._capital_from, dtype=np.int64)[pattern]
        for row in np.flatnonzero(whole & (letter > 0)).tolist():
            whole[row] = _has_capital(texts.text[start[row] : end[row]], int(letter[row]))
        pattern, start, end = pattern[whole], start[whole], end[whole]
        order = np.lexsort((-end, start))
        return FoundIn(start[order], end[order], pattern[order], self._owners)

    def named_in(self, text: str) -> set[Owner]:
        """What goes by the names in ``text``, those inside of longer ones included."""
        plain = comparable(text)
        matches = self._automaton.find_matches_as_indexes(plain, overlapping=True)
        return {
            self._owners[pattern]
            for pattern, start, end in matches
            if not _cuts_word(plain, start, end) and _has_capital(text[start:end], self._capital_from[pattern])
        }

    def find_all(self, text: str) -> list[Found[Owner]]:
        """All names in ``text``, also inside of longer ones; by start, longest first."""
        # All matches, and not the automaton's own leftmost-longest ones: one that cuts a word would hide a shorter one.
        plain = comparable(text)
        if self._spaces:
            matches = self._automaton.find_matches_as_indexes(plain, overlapping=True)
        else:
            folded, offsets = fold_with_offsets(text)
            matches = [
                (pattern, offsets[start], offsets[end - 1] + 1)
                for pattern, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True)
            ]
        found = sorted(
            (start, -end, pattern)
            for pattern, start, end in matches
            if not _cuts_word(plain, start, end) and _has_capital(text[start:end], self._capital_from[pattern])
        )
        return [Found(start, -minus_end, self._owners[pattern]) for start, minus_end, pattern in found]


class FoldedNames(Generic[Owner]):
    """Finds names in short texts, by looking up each part of a text: nothing is made of all names first.

    It finds what a :class:`NameFinder` finds in which neither spaces nor acronyms count.

    Args:
        number_of: the number of a folded name; None for what is not a name. Numbers ascend with the names.
        lengths: the lengths of all folded names.
        owner: what goes by the name of a number.
    """

    def __init__(
        self, number_of: Callable[[str], int | None], lengths: Iterable[int], owner: Callable[[int], Owner]
    ) -> None:
        self._number_of, self._owner = number_of, owner
        self._lengths = sorted(set(lengths))

    def find_all(self, text: str) -> list[Found[Owner]]:
        """All names in ``text``, also inside of longer ones; by start, longest first."""
        plain = comparable(text)
        folded, offsets = fold_with_offsets(text)
        found = []
        for first, start in enumerate(offsets):
            if start and is_spaced(plain[start]) and is_spaced(plain[start - 1]):
                continue  # no name begins inside of a word
            for length in self._lengths:
                if first + length > len(folded):
                    break
                end = offsets[first + length - 1] + 1
                number = self._number_of(folded[first : first + length])
                if number is not None and not _cuts_word(plain, start, end):
                    found.append((start, -end, number))
        return [Found(start, -minus_end, self._owner(number)) for start, minus_end, number in sorted(found)]


def _capital_from(form: str) -> int:
    """From which letter on (1-based) a capital tells an acronym from the word spelled like it; 0: none is needed.

    Rag may open a sentence about RAG, but It and Who do not open one about IT and the WHO.
    """
    frequency = general_frequency("en").get(form, 0.0)
    return 0 if frequency <= _COMMON else 1 if frequency <= _VERY_COMMON else 2


def _has_capital(piece: str, letter: int) -> bool:
    """Whether there is a capital in ``piece`` from its ``letter`` (1-based) on; with 0 there need not be one."""
    return letter == 0 or any(map(str.isupper, piece[letter - 1 :]))


def leftmost(found: Iterable[Found[Owner]]) -> list[Found[Owner]]:
    """Of ``found``, by start and longest first, those that do not overlap with one before."""
    kept: list[Found[Owner]] = []
    reach = 0
    for one in found:
        if one.start >= reach:
            kept.append(one)
            reach = one.end
    return kept


def longest(found: Iterable[Found[Owner]]) -> list[Found[Owner]]:
    """Of ``found`` those that do not overlap with a longer one, nor with an equally long one to the left; by start."""
    kept: list[Found[Owner]] = []
    for one in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda f: f.start)


def _cuts_word(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` begins or ends inside of a word of an alphabet or of a number."""
    if start and is_spaced(text[start]) and is_spaced(text[start - 1]):
        return True
    return end < len(text) and is_spaced(text[end - 1]) and is_spaced(text[end])
