"""The marked parts of a plain text, put in order: trimmed, without overlaps, with the quotation marks found as well."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from extract.notes.blocks import Span, SpanKind


class Plain(NamedTuple):
    """A line without markup."""

    text: str
    spans: tuple[Span, ...] = ()


Mark: TypeAlias = tuple[SpanKind, int, int]
"""What was marked, before it is tidied: kind, start and end."""

_QUOTED: Final = re.compile(
    r"“([^“”]{1,80})”|「([^「」]{1,80})」|『([^『』]{1,80})』|《([^《》]{1,80})》|(?<![\w\"])\"([^\"\s][^\"]{0,78})\""
)
_QUOTE_MARK: Final = re.compile('[“「『《"]')
_PRIORITY: Final[Mapping[SpanKind, int]] = {
    SpanKind.STRONG: 0,
    SpanKind.CODE: 1,
    SpanKind.MATH: 2,
    SpanKind.LINK: 3,
    SpanKind.EMPHASIS: 4,
    SpanKind.QUOTED: 5,
}


def tidy(text: str, marks: Iterable[Mark]) -> Plain:
    """Strip ``text``, move its marks along, and drop those that are empty or overlap a stronger one."""
    lead = len(text) - len(text.lstrip())
    text = text.strip()
    spans = [Span(kind, *_tight(text, a - lead, b - lead)) for kind, a, b in marks]
    spans.extend(quoted(text))
    return Plain(text, _apart(spans))


def quoted(text: str) -> tuple[Span, ...]:
    """What ``text`` has in quotation marks, without the marks."""
    if not _QUOTE_MARK.search(text):
        return ()
    return tuple(Span(SpanKind.QUOTED, *m.span(m.lastindex or 0)) for m in _QUOTED.finditer(text))


def _tight(text: str, start: int, end: int) -> tuple[int, int]:
    start, end = max(start, 0), min(end, len(text))
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _apart(spans: list[Span]) -> tuple[Span, ...]:
    """Spans by start without overlaps: the stronger kind wins, then the longer; QUOTED may lie within STRONG."""
    if len(spans) < 2:
        return tuple(s for s in spans if s.end > s.start)
    kept: list[Span] = []  # disjoint, by start
    quotes: list[Span] = []
    for span in sorted(spans, key=lambda s: (_PRIORITY[s.kind], s.start, -s.end)):
        if span.end <= span.start:
            continue
        at = bisect_left(kept, span.end, key=lambda s: s.start)  # the last one that begins before this ends
        other = kept[at - 1] if at else None
        is_free = other is None or other.end <= span.start
        if span.kind is not SpanKind.QUOTED:
            if is_free:
                kept.insert(at, span)
        elif is_free or (
            other is not None and other.kind is SpanKind.STRONG and other.start <= span.start and span.end <= other.end
        ):
            quotes.append(span)
    return tuple(sorted(kept + quotes, key=lambda s: (s.start, -s.end)))
