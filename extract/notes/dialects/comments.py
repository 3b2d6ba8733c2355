"""What is never shown: ``%% comments %%`` of Obsidian and ``<% commands %>`` of Templater, over several lines too."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from extract.notes.dialects.line_parts import CONTAINER, replace
from extract.notes.ticks import Ticks

_OPENING: Final = re.compile(r"`+|%%|<%")
_CONTAINER: Final = re.compile(CONTAINER)
_COMMENT_LINES: Final = 200
"""Lines within which a comment that begins with text has to close."""
_COMMAND_LINES: Final = 50


def take_out_comments(lines: list[str], start: int) -> tuple[int, ...]:
    """Cut comments and commands from ``lines`` from line ``start`` on. Returns the lines that changed, in order.

    A comment hides what a writer does not want to be seen, so that one that does not close is cut as well: to the end
    of the note if its mark is alone on its line, else to the end of its paragraph or line. Inline code is text.
    """
    if not any("%%" in line or "<%" in line for line in lines[start:]):
        return ()
    cut = _Comments(lines)
    at = start
    while at < len(lines):
        at = cut.line(at) if "%%" in lines[at] or "<%" in lines[at] else at + 1
    return tuple(sorted(cut.changed))


class _Comments:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.changed: set[int] = set()
        self.places = {mark: [i for i, line in enumerate(lines) if mark in line] for mark in ("%%", "%>")}

    def line(self, at: int) -> int:
        """Cut what begins on line ``at``; returns the line to go on with."""
        line, kept, pos, look = self.lines[at], "", 0, 0
        last_command_end = line.rfind("%>")
        ticks = Ticks(line)
        while match := _OPENING.search(line, look):
            begin, after = match.span()
            if line[begin] == "`":
                look = ticks.after(begin, after)
                continue
            closing = "%%" if match[0] == "%%" else "%>"
            end = line.find(closing, after) if closing == "%%" or after <= last_command_end else -1
            if end >= 0:
                kept += line[pos:begin]
                pos = look = end + 2
                if not kept or kept[-1].isspace():
                    while line.startswith(" ", pos):
                        pos += 1
                    look = pos
                continue
            last, closes = self.last(at, begin, closing)
            if last < 0:
                look = after
                continue
            return self.cut(at, kept + line[pos:begin], last, closing if closes else "")
        self.change(at, kept + line[pos:])
        return at + 1

    def change(self, at: int, text: str) -> None:
        if text != self.lines[at]:
            replace(self.lines, at, text)
            self.changed.add(at)

    def cut(self, first: int, kept: str, last: int, closing: str) -> int:
        """Cut from the end of ``kept`` on line ``first`` to ``closing`` (or the end of the line) on line ``last``."""
        rest = self.lines[last].partition(closing)[2] if closing else ""
        for i in range(first + 1, last + 1):
            self.lines[i] = ""
            self.changed.add(i)
        if last > first:
            self.lines[last] = rest.strip()
        self.change(first, kept)
        return last if last > first else last + 1

    def last(self, at: int, begin: int, closing: str) -> tuple[int, bool]:
        """The line on which what begins at ``begin`` of line ``at`` ends, and whether it closes; -1 for mere text."""
        if closing == "%>":
            end = self.next(at, closing, _COMMAND_LINES)
            return end, True
        line = self.lines[at]
        rest = line[begin + 2 :].strip()
        container = _CONTAINER.match(line)
        paragraph = self.end_of_paragraph(at)
        if container is not None and container.end() >= begin:
            if not rest:
                end = self.next(at, closing, len(self.lines))
                return (end, True) if end >= 0 else (len(self.lines) - 1, False)
            end = self.next(at, closing, _COMMENT_LINES)
            if end >= 0 and self.lines[end].count(closing) % 2:
                return end, True
            return paragraph, False
        end = self.next(at, closing, paragraph - at)
        if end >= 0 and self.lines[end].count(closing) % 2:
            return end, True
        return (at, False) if line[begin - 1].isspace() and rest else (-1, False)

    def next(self, at: int, mark: str, reach: int) -> int:
        """The first of the ``reach`` lines below ``at`` that contains ``mark``; -1 without one."""
        places = self.places[mark]
        for k in range(bisect_right(places, at), len(places)):
            if places[k] > at + reach:
                break
            if mark in self.lines[places[k]]:
                return places[k]
        return -1

    def end_of_paragraph(self, at: int) -> int:
        """The last line of the paragraph, or of what is looked at of it."""
        limit = min(len(self.lines) - 1, at + _COMMENT_LINES)
        while at < limit and self.lines[at + 1].strip(" \t>"):
            at += 1
        return at
