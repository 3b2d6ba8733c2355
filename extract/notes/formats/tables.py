"""CSV and TSV files: one table each, its first row the header."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from extract.notes.formats.layout import starts_of
from extract.notes.formats.model import Converted, Unreadable

ROWS_READ: Final = 2000
"""A longer table is data rather than notes: the rest is left out, and the report says so."""
_COMMAS: Final = ",;\t|"
_HEAD: Final = 20
"""Lines that tell the separator."""


def convert_commas(text: str) -> Converted | Unreadable:
    """Convert comma-separated values; other separators (``;``, tab, ``|``) are recognised."""
    head = [line for line in text.split("\n", _HEAD)[:_HEAD] if line.strip()]
    counts = {mark: min((line.count(mark) for line in head), default=0) for mark in _COMMAS}
    first = head[0] if head else ""
    return _convert(text, max(_COMMAS, key=lambda mark: (counts[mark], first.count(mark), mark == ",")))


def convert_tabs(text: str) -> Converted | Unreadable:
    """Convert tab-separated values."""
    return _convert(text, "\t")


def _convert(text: str, separator: str) -> Converted | Unreadable:
    out: list[str] = []
    sources: list[int] = []
    left_out: tuple[tuple[int, str], ...] = ()
    total = text.count("\n") + 1
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    width, first = 0, 1
    try:
        for cells in reader:
            line, first = first, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(out) > ROWS_READ:
                left_out = ((len(out), f"the rest of the table: only the first {ROWS_READ} rows of a file are read"),)
                break
            out.append(_row(cells))
            sources.append(line)
            if len(out) == 1:
                width = len(cells)
                out.append("|" + "---|" * width)
                sources.append(line)
    except csv.Error as e:
        return Unreadable(f"not a table on line {first}: {e}")
    return Converted(tuple(out), starts=starts_of(sources, total), left_out=left_out)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
