"""Exact pieces of a note as evidence: the sentence around some names, cut at clauses where it is long."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from operator import itemgetter
from typing import Final

from extract.notes.blocks import Block
from extract.text.occurrences import ParsedDoc, line_at
from extract.text.segment import sentence_spans
from graph.model import Evidence

MAX_QUOTE: Final = 300
"""Characters of the longest quote."""
_CLAUSE: Final = re.compile(r"[，,；;：:、]\s*|\s+[—–-]+\s+|\n")


def quote_of(doc: ParsedDoc, block: Block, start: int, end: int) -> Evidence:
    """The sentences of ``block.text`` that contain ``text[start:end]``, at most :data:`MAX_QUOTE` characters.

    As evidence.

    A longer piece is cut where a clause begins and ends, so that ``text[start:end]`` stays inside if it fits; white
    space is one space.
    """
    return quote_within(doc, block, (start, end), _sentences(block.text, start, end))


def quote_within(doc: ParsedDoc, block: Block, names: tuple[int, int], sentences: tuple[int, int]) -> Evidence:
    """``block.text`` over ``sentences`` as evidence; cut to clauses around ``names`` where it is long."""
    left, right = sentences
    if right - left > MAX_QUOTE:
        left, right = _clauses(block.text, left, right, *names)
    while left < right and block.text[left].isspace():
        left += 1
    return Evidence(doc.id, line_at(block, left), " ".join(block.text[left:right].split()))


def _sentences(text: str, start: int, end: int) -> tuple[int, int]:
    """From the beginning of the sentence that contains ``start`` to the end of the one that contains ``end``."""
    spans = _spans(text)
    first = bisect_right(spans, start, key=itemgetter(0)) - 1
    last = bisect_left(spans, end, key=itemgetter(1))
    return spans[first][0] if first >= 0 else 0, max(spans[last][1] if last < len(spans) else len(text), end)


@lru_cache(maxsize=16)
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    """The sentences of ``text``; kept, as most quotes are of the text that the quote before was of."""
    return tuple(sentence_spans(text))


def _clauses(text: str, left: int, right: int, start: int, end: int) -> tuple[int, int]:
    """The part of ``text[left:right]`` around ``text[start:end]`` that fits, in whole clauses."""
    end = min(end, start + MAX_QUOTE)
    # No border further away can be chosen, and a line of a megabyte has a hundred thousand.
    left, right = max(left, start - 2 * MAX_QUOTE), min(right, end + 2 * MAX_QUOTE)
    borders = [left, *(m.end() for m in _CLAUSE.finditer(text, left, right)), right]
    first = max(b for b in borders if b <= start)
    last = min(b for b in borders if b >= end)
    if last - first > MAX_QUOTE:
        first, last = (first, first + MAX_QUOTE) if end - first <= MAX_QUOTE else (start, min(right, start + MAX_QUOTE))
        return first, last
    while True:
        earlier = max((b for b in borders if b < first), default=None)
        later = min((b for b in borders if b > last), default=None)
        if later is not None and later - first <= MAX_QUOTE:
            last = later
        elif earlier is not None and last - earlier <= MAX_QUOTE:
            first = earlier
        else:
            return first, last
