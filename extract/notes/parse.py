"""Markdown as notes have it, cut into blocks of plain text that know their lines, headings and neighbours.

The way: :mod:`extract.notes.mend` mends the lines (fences, numbering, JSX …), markdown-it-py finds lists, quotes, tables and paragraphs with
their lines, :mod:`extract.notes.block_builder` goes through them, :mod:`extract.notes.wrapping` says which lines of a paragraph are one statement,
:mod:`extract.notes.inline` takes the markup off, :mod:`extract.notes.numbering` the numbers.
"""

from __future__ import annotations

from extract.notes.block_builder import BlockBuilder
from extract.notes.blocks import Block, BlockKind, Span, SpanKind
from extract.notes.mend import mend, split_lines

__all__ = ["Block", "BlockKind", "Span", "SpanKind", "parse"]


def parse(text: str, *, suffix: str = ".md") -> list[Block]:
    r"""Cut a note into blocks, in the order of the file.

    Any text is accepted, and the time is linear in its length. ``suffix`` is the file's: ``.mdx`` has comments in braces.
    Lines of a paragraph that are separate statements become one block each; hard-wrapped lines stay together in one block.
    Every word of a block stands in the lines of the file that :attr:`Block.lines` names.
    A line of 200 000 characters or more is cut into paragraphs of about 20 000, without looking for markup.

    >>> [(b.kind.value, b.line, b.text) for b in parse("# 1. LoRA\n\n- **rank**：秩")]
    [('heading', 1, 'LoRA'), ('item', 3, 'rank：秩')]
    """
    note = mend(split_lines(text), suffix=suffix)
    walk = BlockBuilder(note)
    if note.title is not None:
        walk.front(*note.title)
    walk.markdown(note.lines, 0)
    walk.flush(len(note.lines))
    return walk.blocks
