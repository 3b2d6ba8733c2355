"""Emphasis in a line: runs of ``*``, ``_``, ``~`` and ``=``, and the HTML elements for bold and italics.

Unlike CommonMark, bold may touch Chinese punctuation, and ``**`` that never closes is dropped as a slip of the pen.
"""

from __future__ import annotations

from typing import Final

from extract.notes.blocks import SpanKind
from extract.notes.inline_output import Output

_ASCII_WORD: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_ELEMENTS: Final = {
    "b": SpanKind.STRONG,
    "strong": SpanKind.STRONG,
    "i": SpanKind.EMPHASIS,
    "em": SpanKind.EMPHASIS,
}


class Emphasis:
    """The delimiters of one line that are open, each with the place of its piece in the output."""

    __slots__ = ("_open", "_out")

    def __init__(self, out: Output) -> None:
        self._out = out
        self._open: dict[tuple[str, int], list[int]] = {}

    def run(self, line: str, start: int, end: int) -> None:
        """Read the run of one delimiter that is ``line[start:end]``."""
        char, length = line[start], end - start
        before, after = line[start - 1 : start], line[end : end + 1]
        opens = bool(after) and not after.isspace()
        closes = bool(before) and not before.isspace()
        if char in "_=":  # snake_case and a==b are not emphasis
            opens = opens and before not in _ASCII_WORD
            closes = closes and after not in _ASCII_WORD
        if (not opens and not closes) or (char in "~=" and length > 2):
            self._out.pieces.append(line[start:end] if length < 4 and before != "" and after != "" else "")
        elif length <= 3:
            for size in (2, 1) if length == 3 else (length,):
                self._delimiter(char, size, opens=opens, closes=closes)

    def element(self, name: str, *, closes: bool) -> None:
        """Read the tag ``<name>`` or ``</name>``; other elements than those of emphasis are ignored."""
        kind = _ELEMENTS.get(name)
        if kind is None:
            return
        stack = self._open.setdefault((name, 0), [])
        if not closes:
            stack.append(len(self._out.pieces))
            self._out.pieces.append("")
        elif stack:
            self._out.marks.append((kind, stack.pop(), len(self._out.pieces)))

    def _delimiter(self, char: str, size: int, *, opens: bool, closes: bool) -> None:
        pieces = self._out.pieces
        stack = self._open.setdefault((char, size), [])
        if closes and stack:
            start = stack.pop()
            pieces[start] = ""
            if char in "*_":
                self._out.marks.append((SpanKind.STRONG if size == 2 else SpanKind.EMPHASIS, start, len(pieces)))
        elif opens:
            stack.append(len(pieces))
            # A lone * or _ is a letter like any other until its partner comes; a lone ** is a slip of the pen.
            pieces.append("" if char == "*" and size == 2 else char * size)
        elif not (char == "*" and size == 2):
            pieces.append(char * size)
