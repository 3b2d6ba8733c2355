"""What a line begins with before its text (indentation, marks of quotes and items), and what is left without text."""

from __future__ import annotations

import re
from typing import Final

QUOTES: Final = r"[ \t]*+(?:>[ \t]*+)*+"
"""Regular expression of indentation and marks of quotes; possessive, so that the time is linear."""
ITEM: Final = r"(?:[-*+]|\d{1,9}[.)])[ \t]++"
"""Regular expression of the mark of an item."""
CONTAINER: Final = rf"{QUOTES}(?:{ITEM}|[-*+]$)?+"
"""Regular expression of indentation, marks of quotes, and one mark of an item."""
_PARTS: Final = re.compile(rf"({QUOTES})({ITEM}|[-*+]$)?+")
_INVISIBLE: Final = "\u200b"
"""Keeps an item without text of its own open for what is nested in it; inline parsing removes it."""


def replace(lines: list[str], at: int, text: str) -> None:
    """Make line ``at`` say ``text``; if only its container is left, nothing.

    An item that says nothing stays an item only for what is nested in it, and a quote goes on.
    """
    match = _PARTS.match(text)
    if match is None or match.end() < len(text.rstrip()):
        lines[at] = text.rstrip()
        return
    quote, mark = match[1], match[2]
    if mark and _has_children(lines, at, len(quote.expandtabs(4))):
        lines[at] = f"{quote}{mark.rstrip()} {_INVISIBLE}"
    else:
        lines[at] = quote.strip()


def _has_children(lines: list[str], at: int, indent: int) -> bool:
    """Whether the next line that says something is indented deeper than the item on line ``at``."""
    for line in lines[at + 1 : at + 50]:
        text = line.lstrip(" \t>")
        if text:
            return len(line[: len(line) - len(text)].expandtabs(4)) > indent
    return False
