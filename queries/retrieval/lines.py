"""The lines of the notes as retrieval sees them.

Plain text, and the context that a reader would have in mind at that line.

What a line is and says comes from the graph (:class:`graph.model.NoteLine`). Here the lines of a document are read from
top to bottom, to know for each which headings, announcing lines, parent items and table headers it is under.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from graph.model import LineKind, NoteLine, Passage

ROWS: Final = frozenset((LineKind.HEADER, LineKind.ROW))
"""Lines of tables."""
_ACTING: Final = 7
"""Depth of a line that acts as a heading without being marked as one: its passage does not begin with it."""
_WORD: Final = re.compile(r"[^\W_]")
_QUESTION_LENGTH: Final = 60
"""Characters up to which a question by itself acts as the heading of its answer."""
_LEAD: Final = 160
"""Characters of an announcing line that are kept, its end."""
_PARENT: Final = 120
"""Characters of a parent item that are kept, its beginning."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the notes that says something."""

    doc: str
    number: int
    """1-based line in the file."""
    kind: LineKind
    """As the reader told it, but a short question that its answer follows is a heading as well, and the first row of a
    table a header."""
    text: str
    """Plain: markup aside, otherwise as written. What a citation quotes."""
    headings: tuple[str, ...]
    """Titles above, outermost first; a line that acts as a heading is the innermost."""
    context: str
    """Further words that a reader has in mind here: the paragraph that announces the list, the parent items. For a row
    of a table: its header, cells separated by `` | ``, and on a second line what announces the table."""
    section: str
    """Id of what groups lines: the nearest heading line's ``DOC#LINE``."""
    passage: str
    """Id of the passage that it is part of."""


def read_lines(passages: Iterable[Passage]) -> list[Line]:
    """All lines of ``passages`` (by document and first line) that say something, in that order."""
    return list(each_line(passages))


def each_line(passages: Iterable[Passage]) -> Iterator[Line]:
    """As :func:`read_lines`, one by one."""
    reader = _Reader()
    for passage in passages:
        reader.enter(passage)
        for number, note in passage.numbered_lines():
            line = reader.line(note, number)
            if line is not None:
                yield line


class _Reader:
    """What is known while going down a document: heading, announcing paragraph, parent items, table header."""

    def __init__(self) -> None:
        self.doc = self.passage = self.section = ""
        self.path: tuple[str, ...] = ()
        self.minor = ""
        self._reset()

    def _reset(self) -> None:
        self.lead = ""
        self.parents: list[tuple[int, str]] = []
        self.header = ""
        self.below_table = self.announced = False
        self.above = LineKind.BLANK

    def enter(self, passage: Passage) -> None:
        """Go to the next passage: another document or heading ends whatever was open."""
        if passage.doc != self.doc or passage.heading_path != self.path:
            self.minor = ""
            self.section = passage.id
            self._reset()
        self.doc, self.passage = passage.doc, passage.id
        self.path = passage.heading_path

    def line(self, note: NoteLine, number: int) -> Line | None:
        """The line as retrieval sees it; None for one that says nothing."""
        if note.kind is LineKind.BLANK:
            if self.above is LineKind.ROW:  # below a header it is the delimiter row
                self.header = ""
            self.above = LineKind.BLANK
            return None
        line = self._read(note, number) if _WORD.search(note.text) else None
        self.above = note.kind
        return line

    def _read(self, note: NoteLine, number: int) -> Line:
        kind, text = note.kind, note.text
        if kind is LineKind.CODE:
            return self._made(kind, text, number, "")
        if kind is LineKind.HEADING or _asks(note):
            return self._heading(note, number)
        if kind in ROWS:
            return self._row(kind, text, number)
        self.header = ""
        if kind is LineKind.FORMULA:
            return self._made(kind, text, number, self.lead)
        self.parents = [(depth, words) for depth, words in self.parents if depth < note.depth]
        if kind is LineKind.ITEM or note.depth:
            context = " ".join([self.lead, *(words for _, words in self.parents)]).strip()
            if kind is LineKind.ITEM:
                self.parents.append((note.depth, text[:_PARENT]))
            return self._made(kind, text, number, context)
        return self._made(kind, text, number, self._of_paragraph(kind, text))

    def _heading(self, note: NoteLine, number: int) -> Line:
        self._reset()
        self.minor = ""
        line = self._made(LineKind.HEADING, note.text, number, "")
        if note.kind is not LineKind.HEADING or note.depth >= _ACTING:
            self.minor = note.text
        return line

    def _row(self, kind: LineKind, text: str, number: int) -> Line:
        """A row of a table; where none is a header, the first one acts as such."""
        if kind is LineKind.ROW and self.header:
            return self._made(kind, text, number, f"{self.header}\n{self.lead}")
        self.header, self.below_table = text, True
        return self._made(LineKind.HEADER, text, number, self.lead)

    def _of_paragraph(self, kind: LineKind, text: str) -> str:
        """The context of a line outside of lists and tables, which may announce what follows."""
        if kind is LineKind.LABEL:
            self.lead, self.announced, self.below_table = text[-_LEAD:], True, False
            return ""
        if self.announced and self.above is not LineKind.BLANK:
            return self.lead
        context = self.lead if self.below_table else ""
        self.lead, self.announced, self.below_table = text[-_LEAD:], False, False
        return context

    def _made(self, kind: LineKind, text: str, number: int, context: str) -> Line:
        headings = (*self.path, self.minor) if self.minor else self.path
        if kind is LineKind.HEADING and headings and _same(headings[-1], text):
            headings = headings[:-1]
        return Line(self.doc, number, kind, text, headings, context, self.section, self.passage)


def _asks(note: NoteLine) -> bool:
    """Whether the line is a short question outside of lists.

    Behind a label (``Question: …``) it is what somebody says.
    """
    return (
        note.kind is LineKind.TEXT
        and note.depth == 0
        and len(note.text) <= _QUESTION_LENGTH
        and note.text.endswith(("?", "？"))
        and not any(colon in note.text for colon in ("：", ": "))
    )


def _same(heading: str, text: str) -> bool:
    """Whether a heading line is the innermost title of its own path (numbering aside)."""
    return bool(heading) and (heading in text or text in heading)
