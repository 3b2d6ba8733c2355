"""Documents cut into passages: what a reader is sent to, what a search returns, how long reading takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from extract.notes.blocks import BlockKind
from extract.notes.parse import ParsedNote
from graph.model import NoteLine, Passage

MAX_LINES: Final = 60
"""A longer section is cut at an empty line, if it has one."""
_BREAK: Final = re.compile(r"\r\n|\n|\r")


def split_passages(doc: str, text: str, note: ParsedNote) -> list[Passage]:
    """The passages of a document, of which ``note`` is what the reader made.

    One for each section, long sections in parts.

    Together they cover every line. A heading opens a passage. Text before the first heading is a passage without
    heading path.
    """
    lines = _BREAK.split(text)
    if lines and lines[-1] == "" and len(lines) > 1:
        lines.pop()
    lines = [note.shown.get(at, line) for at, line in enumerate(lines)]
    read = note.lines or (NoteLine(),)  # an empty file has one line to show
    headings = [b for b in note.blocks if b.kind is BlockKind.HEADING and b.level <= 6]
    starts: dict[int, tuple[str, ...]] = {}
    path: list[tuple[int, str]] = []
    for heading in headings:
        while path and path[-1][0] >= heading.level:
            path.pop()
        path.append((heading.level, heading.text.replace("\n", " ")))
        starts[heading.line] = tuple(title for _, title in path)
    if 1 not in starts:
        starts[1] = ()
    order = sorted(starts)
    passages = []
    for number, first in enumerate(order):
        last = order[number + 1] - 1 if number + 1 < len(order) else len(lines)
        for a, b in _parts(lines, first, last):
            text = "\n".join(lines[a - 1 : b])
            passages.append(Passage(f"{doc}#{a}", doc, a, b, starts[first], text, read[a - 1 : b]))
    return passages


def _parts(lines: Sequence[str], first: int, last: int) -> list[tuple[int, int]]:
    """``first..last`` (1-based, inclusive) in parts of at most MAX_LINES lines, cut after empty lines."""
    parts = []
    while last - first + 1 > MAX_LINES:
        cut = next(
            (n for n in range(first + MAX_LINES - 1, first + MAX_LINES // 2, -1) if not lines[n - 1].strip()),
            first + MAX_LINES - 1,
        )
        parts.append((first, cut))
        first = cut + 1
    if first <= last:
        parts.append((first, last))
    return parts
