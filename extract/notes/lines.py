"""What each line of a note is and says.

Collected while its blocks are made, and read by everything that shows or searches lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from extract.notes.blocks import Block, BlockKind
from extract.notes.mend import Mended
from extract.notes.numbering import only_counts
from extract.notes.titles import announces
from graph.model import LineKind, NoteLine

BETWEEN_CELLS: Final = " | "
_WORD: Final = re.compile(r"[^\W_]")
_BLANK: Final = NoteLine()
_KINDS: Final[Mapping[BlockKind, LineKind]] = {
    BlockKind.HEADING: LineKind.HEADING,
    BlockKind.PARAGRAPH: LineKind.TEXT,
    BlockKind.ITEM: LineKind.ITEM,
    BlockKind.CELL: LineKind.TEXT,  # in HTML, where a row is spread over lines
    BlockKind.HEADER: LineKind.TEXT,
    BlockKind.QUOTE: LineKind.QUOTE,
    BlockKind.CODE: LineKind.CODE,
}


@dataclass(slots=True)
class LineTexts:
    """The plain text of the lines that a note's blocks were made of; lines are 0-based."""

    texts: dict[int, str] = field(default_factory=dict)
    cells: dict[int, list[str]] = field(default_factory=dict)
    """Rows of tables: their cells, empty ones too."""
    headers: set[int] = field(default_factory=set)
    """The rows that name the columns."""
    code: dict[int, str] = field(default_factory=dict)

    def say(self, line: int, text: str) -> None:
        """Line ``line``, which is not a row, says ``text``."""
        self.texts[line] = text

    def add_cell(self, line: int, text: str, *, header: bool) -> None:
        """The row on ``line`` has a further cell."""
        self.cells.setdefault(line, []).append(text)
        if header:
            self.headers.add(line)

    def spread(self, lines: Sequence[int]) -> None:
        """These lines are one row together: none of them is a row by itself."""
        for line in lines:
            if line in self.cells:
                self.texts[line] = " ".join(self.cells.pop(line)).strip()


def note_lines(note: Mended, blocks: Sequence[Block], said: LineTexts) -> tuple[NoteLine, ...]:
    """The lines of the note: as many as it has, in order."""
    first: dict[int, Block] = {}
    last: dict[int, Block] = {}
    for block in blocks:
        for number in block.lines:
            first.setdefault(number - 1, block)
            last[number - 1] = block
    code = {**dict(note.code.lines), **said.code}
    formulas = dict(note.formulas)

    def line(at: int) -> NoteLine:
        block = first.get(at)
        depth = 0 if block is None else _depth(blocks, block)
        if at in code:
            return NoteLine(LineKind.CODE, code[at].strip(), depth)
        if at in said.cells:
            return _row(said.cells[at], depth, header=at in said.headers)
        text = " ".join(said.texts.get(at, "").split())
        if block is not None:
            return _said(text, at + 1, block, last[at], depth)
        text = text or formulas.get(at, "")  # a line that is in no block has no word but in formulas
        return NoteLine(LineKind.FORMULA, text) if _WORD.search(text) else _BLANK

    return tuple(line(at) for at in range(len(note.raw)))


def _depth(blocks: Sequence[Block], block: Block) -> int:
    """How many items the block is inside of; of a heading its level."""
    if block.kind in (BlockKind.HEADING, BlockKind.ITEM):
        return block.level
    return blocks[block.parent].level + 1 if block.parent >= 0 else 0


def _row(cells: Sequence[str], depth: int, *, header: bool) -> NoteLine:
    cells = [" ".join(cell.split()) for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return NoteLine(LineKind.HEADER if header else LineKind.ROW, BETWEEN_CELLS.join(cells).strip(), depth)


def _said(text: str, number: int, block: Block, last: Block, depth: int) -> NoteLine:
    """Line ``number`` (1-based), which begins in ``block`` and ends in ``last``."""
    kind = _KINDS[block.kind]
    if number == block.line and block.number and text.startswith(block.number) and only_counts(block.number):
        text = text[len(block.number) :].lstrip()
    if kind is LineKind.HEADING:
        return NoteLine(kind, text.rstrip("：: "), depth)
    if kind is LineKind.ITEM and number != block.line:
        return NoteLine(LineKind.TEXT, text, depth + 1)
    if kind is LineKind.TEXT and last.kind is BlockKind.PARAGRAPH and number == last.lines[-1] and announces(last.text):
        kind = LineKind.LABEL
    return NoteLine(kind, text, depth)
