"""Where names appear in the notes.

All names at once, the longest at each place, in any spelling that reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extract.notes.blocks import Block
from extract.text.segment import sentence_spans
from graph.text.name_finder import NameFinder


@dataclass(frozen=True, slots=True)
class ParsedDoc:
    """A document as the corpus stages see it."""

    id: str
    blocks: tuple[Block, ...]
    lang: str
    size: int
    """Characters of block text, an English word counting two: what the number of concepts grows with."""
    references: frozenset[int] = frozenset()
    """Indexes of the blocks that are a bibliography: they give no concepts, and naming one there says nothing of it."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name of a concept at a place: ``docs[doc].blocks[block].text[start:end]``."""

    concept: int
    doc: int
    block: int
    start: int
    end: int


def locate(docs: Sequence[ParsedDoc], names: Iterable[tuple[str, int]]) -> list[Occurrence]:
    """All occurrences of ``names`` ((name, concept number) pairs), in the order (doc, block, start)."""
    finder = NameFinder(names)
    return [
        Occurrence(concept, d, b, start, end)
        for d, doc in enumerate(docs)
        for b, block in enumerate(doc.blocks)
        if b not in doc.references
        for start, end, concept in finder.find(block.text)
    ]


def line_at(block: Block, offset: int) -> int:
    """1-based file line on which the character ``offset`` of the block's text appears."""
    return block.lines[min(block.text.count("\n", 0, offset), len(block.lines) - 1)] if block.lines else block.line


def sentence_around(block: Block, start: int, end: int) -> tuple[int, int]:
    """Offsets of the sentence of ``block.text`` that contains ``start``."""
    for a, b in sentence_spans(block.text):
        if a <= start < b or start < a:
            return (a, max(b, end))
    return (0, len(block.text))
