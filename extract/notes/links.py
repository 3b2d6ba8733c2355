"""Square brackets in a line: links, images, wiki links, footnotes, and brackets that are only brackets."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import Final

from extract.notes.blocks import SpanKind
from extract.notes.inline_output import Output

_BRACKET: Final = re.compile(r"\\.|[\[\]()]")
_ADDRESS: Final = re.compile(r"\((?:[a-z]{2,9}://|mailto:|[#./])")
"""How an address begins; other words in round brackets explain what is linked."""
_EMBED: Final = re.compile(r"\[\[[^\[\]]*\]\]")
_BLOCK: Final = re.compile(r"#?\^[\w-]+\s*$")
"""The id of a block at the end of a wiki link."""
_FARTHEST: Final = 2000
"""Characters within which the ``)`` of an address is looked for where brackets do not match."""


class Links:
    """The brackets of one line, matched once so that the time stays linear."""

    __slots__ = ("_closing", "_line", "_literal", "_out", "_references", "_rounds", "_squares")

    def __init__(self, line: str, out: Output, references: AbstractSet[str]) -> None:
        self._line = line
        self._out = out
        self._references = references
        self._squares, self._rounds = _pairs(line)
        self._closing: dict[int, tuple[int, int]] = {}  # place of ] -> (place after the link, piece of its opening)
        self._literal: set[int] = set()

    def open(self, start: int, *, image: bool) -> int:
        """Read the ``[`` or ``![`` whose bracket is at ``start``; returns where to go on."""
        line, end = self._line, self._squares.get(start)
        if end is None:
            self._out.pieces.append("![" if image else "[")
            return start + 1
        if image:
            if _EMBED.match(line, start):
                return after_removal(line, end + 1, self._out)  # what it embeds is shown instead of it
            return self._image(start, end)
        if line.startswith("[^", start):
            return end + 2 if line.startswith(":", end + 1) else end + 1
        if line.startswith("[[", start) and self._squares.get(start + 1) == end - 1:
            self._wiki(line[start + 2 : end - 1])
            after = self._destination(end) if _ADDRESS.match(line, end + 1) else None  # [[1]](http://x.y)
            return end + 1 if after is None else after
        after = self._destination(end)
        if after is None and line[start + 1 : end].casefold() in self._references:
            after = end + 1
        if after is None:
            self._out.pieces.append("[")
            self._literal.add(end)
        else:
            self._closing[end] = (after, len(self._out.pieces))
        return start + 1

    def close(self, at: int) -> int:
        """Read the ``]`` at ``at``; returns where to go on."""
        if at in self._closing:
            after, first = self._closing[at]
            self._out.marks.append((SpanKind.LINK, first, len(self._out.pieces)))
            return after
        if at in self._literal or not self._line.startswith("](", at):
            self._out.pieces.append("]")
            return at + 1
        after_stray = self._destination(at)  # the second half of a link that a line break cut in two
        return after_stray if after_stray is not None else at + 1

    def _wiki(self, inside: str) -> None:
        """Write what a wiki link shows: its text, or the note and the heading in it; the id of a block says nothing."""
        _, bar, text = inside.rpartition("|")
        if bar:
            self._out.marked(SpanKind.LINK, text.strip())
            return
        page, _, part = _BLOCK.sub("", text).partition("#")
        self._out.marked(SpanKind.LINK, page.strip())
        if part:
            self._out.pieces.append(" > " if page.strip() else "")
            self._out.marked(SpanKind.LINK, part.strip())

    def _image(self, start: int, end: int) -> int:
        after = self._destination(end)
        if after is None:
            self._out.pieces.append("!")
            return start
        return after_removal(self._line, after, self._out)

    def _destination(self, close: int) -> int | None:
        """Where the ``(url)`` or ``[label]`` after the bracket at ``close`` ends; None where there is neither."""
        line, at = self._line, close + 1
        if line.startswith("(", at):
            end = self._rounds.get(at)
            if end is None:
                end = line.find(")", at, at + _FARTHEST)
            return end + 1 if end >= 0 else None
        if line.startswith("[", at) and not line.startswith("[^", at):
            end = self._squares.get(at)
            if end is not None and (end == at + 1 or line[at + 1 : min(end, at + 200)].casefold() in self._references):
                return end + 1
        return None


def after_removal(line: str, pos: int, out: Output) -> int:
    """Where to go on after something was removed up to ``pos``.

    Without the spaces there if there is a space before it as well.
    """
    pieces = out.pieces
    if not pieces or pieces[-1].endswith(" ") or not "".join(pieces[-3:]):
        while line.startswith(" ", pos):
            pos += 1
    return pos


def _pairs(line: str) -> tuple[dict[int, int], dict[int, int]]:
    """Positions of matching square and of matching round brackets, opening → closing, backslash escapes aside."""
    squares: dict[int, int] = {}
    rounds: dict[int, int] = {}
    if "[" not in line and "]" not in line:
        return squares, rounds
    square_stack: list[int] = []
    round_stack: list[int] = []
    for match in _BRACKET.finditer(line):
        char, at = match.group(), match.start()
        if char == "[":
            square_stack.append(at)
        elif char == "(":
            round_stack.append(at)
        elif char == "]" and square_stack:
            squares[square_stack.pop()] = at
        elif char == ")" and round_stack:
            rounds[round_stack.pop()] = at
    return squares, rounds
