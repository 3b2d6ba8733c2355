"""Places in documents as people look them up: the line of a text file, the page of a PDF, the cell of a notebook.

Evidence counts lines of the text that was read (:attr:`graph.model.Document.lines` of them). For most formats that is
the file's own text, and the place is the line. For the others the document says on which lines its pages, slides or
cells begin.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from graph.model import Document

LINE: Final = "line"
UNITS: Final = (LINE, "page", "slide", "cell", "card", "section", "paragraph")
"""What documents are counted in. Card: of a canvas. Section: a file inside of an EPUB. Paragraph: of a Word file."""


def number_at(document: Document, line: int) -> int:
    """The 1-based number of the unit that ``line`` (1-based) of the text that was read belongs to.

    >>> number_at(Document("a.pdf", "A", "", 9, unit="page", starts=(1, 4, 4, 8)), 5)
    3
    """
    return bisect_right(document.starts, line) if document.starts else line


def starts_text(starts: tuple[int, ...]) -> str:
    """``starts`` of a document as stores keep it: numbers separated by spaces."""
    return " ".join(map(str, starts))


def starts_of_text(text: str) -> tuple[int, ...]:
    """What :func:`starts_text` made the text of."""
    return tuple(map(int, text.split()))
