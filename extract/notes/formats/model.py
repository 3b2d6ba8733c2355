"""What a reader of a format returns: values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Converted:
    """A file as lines of Markdown, and where in the file they are."""

    lines: tuple[str, ...]
    """Without line ends. The Markdown parser reads them as it reads a note."""
    unit: str = "line"
    """What ``starts`` counts: one of :data:`graph.places.UNITS`."""
    starts: tuple[int, ...] = ()
    """1-based line on which each unit begins, ascending: unit *n* begins on ``lines[starts[n - 1] - 1]``. Equal numbers
    mean that a unit says nothing. Empty: line *k* here is line *k* of the file."""
    left_out: tuple[tuple[int, str], ...] = ()
    """(1-based line here, or 0 for the file; reason) of what was not converted, by line."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file cannot be converted: a clause for the report of a build, such as ``not a ZIP file``."""

    reason: str
