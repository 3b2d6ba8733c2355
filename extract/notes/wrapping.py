"""Which lines of a paragraph belong together.

Hard-wrapped text is one statement, lines broken on purpose are several.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graph.text.scripts import WIDE, columns

_WIDE = re.compile(f"[{WIDE}]")
_CLOSED = re.compile(r"[。！？；：.!?;:…][\s\"”’」』）)\]】*]*$")
_OPEN = re.compile(r"[，,、（(\[“「/&+–—-]$|\b(?:and|or|the|a|an|of|to|in|for|with|by|is|are|that|which)$")
_LABEL = re.compile(r"[^，。,：:；;\s]{1,15}\s?[：:]|[^，。,：:；;]{1,40}：|[-*+•]\s|\d{1,3}[.、)）]")
_NARROW = 50
"""Columns below which a line was not wrapped by an editor."""


def statements(lines: Sequence[str], *, broken: Sequence[bool]) -> list[tuple[int, int]]:
    """Cut the lines of a paragraph into statements.

    Ranges ``(first, last + 1)`` of lines, in order, that cover all of them.

    ``broken[i]`` says that line ``i`` ends in a hard line break. Lines are kept together where the first ends in the
    middle of a sentence: with a comma or an opening bracket, before a line that begins in lower case, or because the
    paragraph is filled to one width.
    """
    if len(lines) == 1:
        return [(0, 1)]
    filled = _is_filled(lines)
    cuts = [
        0,
        *(i + 1 for i in range(len(lines) - 1) if broken[i] or not _goes_on(lines[i], lines[i + 1], filled=filled)),
    ]
    return list(zip(cuts, [*cuts[1:], len(lines)], strict=True))


def _goes_on(line: str, following: str, *, filled: bool) -> bool:
    if _LABEL.match(following):
        return False
    if filled:
        return True
    tail = line[-40:]
    if _CLOSED.search(tail):
        return False
    if _OPEN.search(tail):
        return True
    if _WIDE.search(tail):  # Chinese notes begin lines with redis or python
        return False
    return following[:1].isascii() and following[:1].islower() and tail[-1:].isalnum()


def _is_filled(lines: Sequence[str]) -> bool:
    """Whether an editor filled the lines to one width.

    All but the last are about as long as the longest, and most end mid-sentence.
    """
    widths = [columns(line) for line in lines]
    longest = max(widths[:-1])
    is_han = _WIDE.search(lines[0]) is not None
    if longest < _NARROW or (is_han and len(lines) == 2 and longest < 70) or widths[-1] > longest * 1.1:
        return False
    if longest > (130 if is_han else 160):  # nobody fills text so wide: these are whole paragraphs, one a line
        return False
    least = longest * (0.9 if is_han else 0.75)
    if any(w < least for w in widths[:-1]):
        return False
    closed = sum(_CLOSED.search(line[-40:]) is not None for line in lines[:-1])
    return closed <= 0.4 * (len(lines) - 1)
