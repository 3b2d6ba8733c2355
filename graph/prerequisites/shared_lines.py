"""Where a note mentions two concepts: the lines that are shown for what only general knowledge says of them."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from graph.model import Concept, Evidence, Passage
from graph.text.name_finder import NameFinder

_QUOTE: Final = 300
"""Characters of a quote, at most."""
_BEFORE: Final = 40
"""Characters before a name with which a quote of a longer line begins."""


class SharedLines:
    """The lines of some passages, by concept."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        """``passages``: of all documents, those of one document in their order."""
        self._passages: Mapping[str, list[Passage]] = defaultdict(list)
        for passage in passages:
            self._passages[passage.doc].append(passage)
        self._starts = {doc: [p.first_line for p in own] for doc, own in self._passages.items()}

    def of(self, one: Concept, other: Concept) -> tuple[Evidence, ...]:
        """The first line that mentions both; else, in one passage, the two nearest lines that mention one each.

        Empty where no passage mentions both.
        """
        here, there = ({(m.doc, m.line) for m in c.mentions} for c in (one, other))
        for doc, line in sorted(here & there):
            quotes = tuple(self._quotes(doc, line, one, other))
            if quotes:
                return quotes
        nearest = min(self._pairs(here, there), default=None)
        if nearest is None:
            return ()
        _, doc, first, second = nearest
        return tuple(e for line in sorted((first, second)) for e in self._quotes(doc, line, one, other))

    def _pairs(self, here: set[tuple[str, int]], there: set[tuple[str, int]]) -> Iterator[tuple[int, str, int, int]]:
        """(lines apart, document, line of the one, line of the other) for each two in one passage."""
        beside: dict[tuple[str, int], list[int]] = defaultdict(list)
        for doc, line in sorted(there):
            beside[doc, self._passage(doc, line)].append(line)
        for doc, line in sorted(here):
            passage = self._passage(doc, line)
            if passage >= 0:
                yield from ((abs(line - other), doc, line, other) for other in beside.get((doc, passage), ()))

    def _passage(self, doc: str, line: int) -> int:
        """Number of the passage of ``doc`` that has the line; -1 where none has it."""
        return bisect.bisect_right(self._starts.get(doc, []), line) - 1

    def _quotes(self, doc: str, line: int, one: Concept, other: Concept) -> Iterator[Evidence]:
        """The line, cut around the names where it is long."""
        number = self._passage(doc, line)
        text = dict(self._passages[doc][number].numbered_lines())[line].text if number >= 0 else ""
        if len(text) <= _QUOTE:
            if text:
                yield Evidence(doc, line, text)
            return
        first: dict[str, tuple[int, int]] = {}
        for found in NameFinder((name, c.id) for c in (one, other) for name in c.names).find_all(text):
            first.setdefault(found.owner, (found.start, found.end))
        shown = 0  # how far the quotes reach
        for start, end in sorted(first.values()) or [(0, 0)]:
            if end > shown or not shown:
                begin = max(shown, start - _BEFORE)
                shown = begin + _QUOTE
                yield Evidence(doc, line, text[begin:shown].strip())
