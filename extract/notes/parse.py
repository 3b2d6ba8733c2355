"""Markdown as notes have it, cut into blocks of plain text that know their lines, headings and neighbours.

The way: :mod:`extract.notes.mend` mends the lines (fences, numbering, JSX …), markdown-it-py finds lists, quotes,
tables and paragraphs with their lines, :mod:`extract.notes.block_builder` goes through them,
:mod:`extract.notes.wrapping` says which lines of a paragraph are one statement, :mod:`extract.notes.inline` takes the
markup off, :mod:`extract.notes.numbering` the numbers, :mod:`extract.notes.lines` says what each line is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from extract.notes.block_builder import BlockBuilder
from extract.notes.blocks import Block, BlockKind, Span, SpanKind
from extract.notes.lines import note_lines
from extract.notes.mend import mend, split_lines
from extract.notes.note_links import NoteLink, note_links
from extract.notes.properties import NoteMetadata, metadata_of
from graph.model import NoteLine

__all__ = ["Block", "BlockKind", "ParsedNote", "Span", "SpanKind", "parse", "parse_note"]


@dataclass(frozen=True, slots=True)
class ParsedNote:
    """A note as the reader understood it. Nothing after this looks at markup."""

    lines: tuple[NoteLine, ...]
    """Line *k* of the file is ``lines[k - 1]``."""
    blocks: list[Block]
    """In the order of the file."""
    metadata: NoteMetadata = field(default_factory=NoteMetadata)
    """What the properties of the note state."""
    links: tuple[NoteLink, ...] = ()
    """What may be links to other notes, in the order of the file."""
    shown: Mapping[int, str] = field(default_factory=dict)
    """0-based line → what may be shown instead of it as it is written: private comments are cut."""


def parse_note(text: str, *, suffix: str = ".md", name: str = "") -> ParsedNote:
    r"""Read a note: what each of its lines is and says, and the blocks that they make.

    Any text is accepted, and the time is linear in its length. ``suffix`` is the file's: ``.mdx`` has expressions in
    braces; ``name`` is its path in the collection: that of an export of Notion has an id in it. Lines of a paragraph
    that are separate statements become one block each; hard-wrapped lines stay together in one block. Every word of a
    block appears in the lines of the file that :attr:`Block.lines` names. A line of 200 000 characters or more is cut
    into paragraphs of about 20 000, without looking for markup.

    >>> [(line.kind.value, line.text) for line in parse_note("# 1. LoRA\n\n- **rank**：秩").lines]
    [('heading', 'LoRA'), ('blank', ''), ('item', 'rank：秩')]
    """
    note = mend(split_lines(text), suffix=suffix, name=name)
    links = note_links(note.lines)
    builder = BlockBuilder(note)
    if note.title is not None:
        builder.front(*note.title)
    builder.markdown(note.lines, 0)
    builder.flush(len(note.lines))
    lines = note_lines(note, builder.blocks, builder.said)
    return ParsedNote(lines, builder.blocks, metadata_of(note.properties, note.title), links, note.shown)


def parse(text: str, *, suffix: str = ".md", name: str = "") -> list[Block]:
    r"""The blocks of a note: see :func:`parse_note`.

    >>> [(b.kind.value, b.line, b.text) for b in parse("# 1. LoRA\n\n- **rank**：秩")]
    [('heading', 1, 'LoRA'), ('item', 3, 'rank：秩')]
    """
    return parse_note(text, suffix=suffix, name=name).blocks
