"""What the pass over a line writes: pieces of text, marks over them, and the places where ``<br>`` breaks the line."""

from __future__ import annotations

from itertools import pairwise

from extract.notes.blocks import SpanKind
from extract.notes.spans import Mark, Plain, tidy


class Output:
    """Pieces of text in order.

    Marks refer to places in that list until its lengths are settled: a piece may still be blanked.
    """

    __slots__ = ("breaks", "marks", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.marks: list[Mark] = []
        """(kind, index of the first piece, index after the last)."""
        self.breaks: list[int] = []
        """Indices of the pieces that stand for a break."""

    def marked(self, kind: SpanKind, text: str) -> None:
        """Write ``text`` and mark it."""
        at = len(self.pieces)
        self.marks.append((kind, at, at + 1))
        self.pieces.append(text)

    def line_break(self) -> None:
        """Write a break."""
        self.breaks.append(len(self.pieces))
        self.pieces.append("")

    def lines(self) -> list[Plain]:
        """The texts between breaks with their spans."""
        offsets = [0]
        for piece in self.pieces:
            offsets.append(offsets[-1] + len(piece))
        whole, last = "".join(self.pieces), len(offsets) - 1
        marks = [(kind, offsets[min(a, last)], offsets[min(b, last)]) for kind, a, b in self.marks]
        if not self.breaks:
            return [tidy(whole, marks)]
        edges = [0, *(offsets[b] for b in self.breaks), len(whole)]
        marks.sort(key=lambda mark: mark[1])
        found: list[Plain] = []
        at = 0
        for low, high in pairwise(edges):
            inside: list[Mark] = []
            while at < len(marks) and marks[at][1] < high:
                kind, a, b = marks[at]
                inside.append((kind, max(a, low) - low, min(b, high) - low))
                at += 1
            found.append(tidy(whole[low:high], inside))
        return found
