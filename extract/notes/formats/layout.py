"""Pieces of a file laid out as lines of Markdown, each on its own line of the file where that is possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from extract.notes.formats.model import Converted

HARD_BREAK: Final = "  "
"""At the end of a line: what follows is a statement of its own."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a block of text that is on one line of the file."""

    line: int
    """1-based line of the file."""
    text: str
    begins: bool
    """Whether a block begins here."""
    joined: bool = False
    """Whether the block belongs to the one above: list items and rows of tables are not separated by blank lines."""


def lay_out(pieces: Sequence[Piece], lines: int) -> Converted:
    """The pieces as Markdown, for a file of ``lines`` lines; ``pieces`` are in order of their lines.

    Where no two blocks share a line of the file, every piece keeps its line. Otherwise (HTML on one line) each block
    gets lines of its own, and the result says which line of the file they are from.
    """
    if all(b.line > a.line for a, b in pairwise(pieces)):
        out = [""] * lines
        for piece, following in zip(pieces, [*pieces[1:], Piece(lines + 1, "", begins=False)], strict=False):
            ends = following.begins and following.line == piece.line + 1
            out[piece.line - 1] = piece.text + (HARD_BREAK if ends and not piece.text.startswith("#") else "")
        return Converted(tuple(out))
    out, sources = list[str](), list[int]()
    for piece in pieces:
        if piece.begins and out and not piece.joined:
            out.append("")
            sources.append(piece.line)
        out.append(piece.text)
        sources.append(piece.line)
    return Converted(tuple(out), starts=starts_of(sources, lines))


def starts_of(sources: Sequence[int], lines: int) -> tuple[int, ...]:
    """For each of the file's ``lines`` lines the 1-based converted line on which it begins.

    ``sources`` has for each converted line the line of the file that it is from.

    Lines of the file that nothing is from begin where the next one does.

    >>> starts_of([2, 2, 5], 6)
    (1, 1, 3, 3, 3, 4)
    """
    starts, at = [], 0
    for line in range(1, lines + 1):
        while at < len(sources) and sources[at] < line:
            at += 1
        starts.append(at + 1)
    return tuple(starts)


def html_row(cells: Sequence[str], *, header: bool = False) -> str:
    """A row of a table on one line, which needs no line for a delimiter as a Markdown table does.

    >>> html_row(["a", "b"])
    '<tr><td>a</td><td>b</td></tr>'
    """
    tag = "th" if header else "td"
    return "<tr>" + "".join(f"<{tag}>{cell.strip()}</{tag}>" for cell in cells) + "</tr>"
