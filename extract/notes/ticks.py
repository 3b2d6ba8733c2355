"""Runs of backticks in a line: where inline code begins and ends."""

from __future__ import annotations

import re
from typing import Final

_TICKS: Final = re.compile(r"`+")


class Ticks:
    """The runs of backticks of one line, found once so that a pass from left to right stays linear."""

    __slots__ = ("_places",)

    def __init__(self, line: str) -> None:
        self._places: dict[int, list[int]] = {}  # length -> places of the runs of this length, the last first
        if "`" in line:
            for match in reversed(list(_TICKS.finditer(line))):
                self._places.setdefault(match.end() - match.start(), []).append(match.start())

    def closing(self, start: int, end: int) -> int:
        """Place of the run that closes the code which the run from ``start`` to ``end`` opens; -1 without one.

        Ask in the order of the line: what was passed is forgotten.
        """
        places = self._places.get(end - start, [])
        while places and places[-1] <= start:
            places.pop()
        return places.pop() if places else -1

    def after(self, start: int, end: int) -> int:
        """Where the line goes on after the code that the run opens, or after the run if it opens none."""
        at = self.closing(start, end)
        return end if at < 0 else at + end - start
