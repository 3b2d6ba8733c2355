"""What the blocks of a note are: values only. :mod:`extract.notes.parse` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    """One LINE of a paragraph in notes that break lines on purpose; else all its lines, joined (see
    :func:`extract.notes.parse.parse`)."""
    ITEM = "item"
    """The own text of a list item, without its children."""
    CELL = "cell"
    """One body cell of a table."""
    HEADER = "header"
    """One header cell of a table."""
    QUOTE = "quote"
    CODE = "code"
    """A comment inside a code block; code itself never becomes a block."""


class SpanKind(StrEnum):
    """Markup that a piece of a block's text stood in."""

    STRONG = "strong"
    EMPHASIS = "emphasis"
    CODE = "code"
    LINK = "link"
    QUOTED = "quoted"
    """In quotation marks: “…”, 「…」, 《…》; the marks themselves lie outside the span."""
    MATH = "math"
    """A formula in TeX, kept as text without its dollars: a name for nothing, so not where to look for concepts."""


@dataclass(frozen=True, slots=True)
class Span:
    """A marked piece of ``Block.text``: ``text[start:end]``."""

    kind: SpanKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document with one line of thought. ``index`` is its place among the document's blocks."""

    index: int
    kind: BlockKind
    line: int
    """1-based line of the file on which the text begins."""
    text: str
    """Plain: no markup, no images, no HTML, no URLs, no numbering, no bullets, no stars, no emoji. Otherwise as written
    (no case or width folding). Line breaks inside are ``\\n``: the k-th line of the text appears on ``lines[k]`` of the
    file."""
    lines: tuple[int, ...]
    """1-based file line of each line of ``text``; a line of the file appears twice where the note breaks it with
    ``<br>``."""
    spans: tuple[Span, ...] = ()
    """By start. Spans do not overlap, save that QUOTED may lie within STRONG."""
    level: int = 0
    """Headings: 1..6 (bold-only or numbered lines that act as headings: 7). Items: depth, 0 outermost."""
    section: int = -1
    """Index of the nearest heading block above (for a heading: of its parent heading); -1 at the top."""
    parent: int = -1
    """Items: index of the item that this one is nested in, -1 for outermost. Continuation paragraphs of an item: the
    item."""
    lead_in: int = -1
    """Outermost items, tables, and lines right under such: index of the paragraph that announces them (it ends with a
    colon or directly precedes the list); headings: the colon paragraph that announces them and their siblings; -1 where
    the list stands alone."""
    group: int = -1
    """Items: index of the first item of the same list. Cells: index of the first header (or body) cell of the table."""
    row: int = -1
    """Cells: 0-based body row; headers: -1."""
    column: int = -1
    """Cells and headers: 0-based column."""
    number: str = ""
    """The numbering that was cut from the start of the text: ``1.``, ``3.2``, ``①``, ``一、``, ``第一种：``; empty
    without."""
    question: bool = False
    """The text is a question (ends with ?/？ or begins like one: 什么是…, 如何…, How does …)."""
    front: bool = False
    """The title of the front matter, a heading of level 1."""
