"""Where texts name concepts: all names at once, the longest at each place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from graph.text.names import simplified
from graph.text.scripts import is_spaced

_GAP = re.compile(r"[\s\-‐‑_]+")


def plain(text: str) -> str:
    """``text`` as names are looked for: NFKC, casefolded, Simplified; spaces, line breaks, hyphens and underscores are one space each run.

    Unlike :func:`graph.text.names.fold` it keeps word boundaries.
    """
    if text.isascii():
        return _GAP.sub(" ", text.lower())
    return _GAP.sub(" ", simplified(unicodedata.normalize("NFKC", text).casefold()))


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a plain text: ``text[start:end]``."""

    start: int
    end: int
    concept: str


class PlainFinder:
    """Finds the names of concepts in text.

    Args:
        names: (name, concept id). Where two concepts share a name, the smaller id has it.
    """

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        owner: dict[str, str] = {}
        for name, concept in sorted(names, key=lambda pair: pair[1]):
            if key := plain(name).strip():
                owner.setdefault(key, concept)
        self._forms = sorted(owner)
        self._owners = [owner[form] for form in self._forms]
        self._automaton = AhoCorasick(self._forms)

    def find(self, text: str) -> list[Found]:
        """Names in ``text`` (as :func:`plain` gives it), by start, without overlaps: the leftmost, and of these the longest.

        A name that begins or ends with a letter of an alphabet or a digit does so at a word boundary; a plural ``s`` may follow
        a name. Chinese has no such boundaries.
        """
        return [Found(start, end, concept) for start, end, concept in self.spans(text)]

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, concept) of what :meth:`find` finds."""
        found: list[tuple[int, int, str]] = []
        reached = 0
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if len(matches) > 1:
            matches = sorted([(start, -end, which) for which, start, end in matches])
        else:
            matches = [(start, -end, which) for which, start, end in matches]
        for start, minus_end, which in matches:
            if start >= reached and _bounded(text, start, -minus_end):
                found.append((start, -minus_end, self._owners[which]))
                reached = -minus_end
        return found

    def find_all(self, text: str) -> list[Found]:
        """Like :meth:`find`, but with the names inside of longer names; by start, longest first."""
        # The automaton is asked for all matches: of its leftmost-longest ones, one that ends inside a word would hide a shorter one.
        matches = [
            (start, -end, which)
            for which, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True)
            if _bounded(text, start, end)
        ]
        return [Found(start, -minus_end, self._owners[which]) for start, minus_end, which in sorted(matches)]


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` does not cut a word of an alphabet in two."""
    if start > 0 and is_spaced(text[start]) and is_spaced(text[start - 1]):
        return False
    if end == len(text) or not is_spaced(text[end - 1]) or not is_spaced(text[end]):
        return True
    return (
        text[end] == "s"
        and end - start > 2
        and text[end - 1].isalpha()
        and (end + 1 == len(text) or not is_spaced(text[end + 1]))
    )
