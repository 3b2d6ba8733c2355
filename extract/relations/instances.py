"""Notes as arrays: all texts behind each other, and which two names appear together in which way.

Everything downstream (features, cues, the choice of pairs) is numpy over these arrays. A collection is worked through
in chunks of whole documents, because nothing here looks across documents: what a note says about two concepts does not
depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.notes.blocks import Block, BlockKind, SpanKind
from extract.text.occurrences import CHUNK, Occurrence, Occurrences, ParsedDoc, Portion, portions
from extract.text.segment import sentence_spans
from graph.text.names import simplified

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BLOCK_KINDS: Final = tuple(BlockKind)
"""``NoteColumns.block_kind`` is a position in this tuple."""
_STRONG: Final = (SpanKind.STRONG, SpanKind.CODE, SpanKind.QUOTED)
"""Spans that set a name apart."""
MOST_OCCURRENCES: Final = 40_000
"""Names of concepts in a text that are worked on at a time: each appears in up to nine pairs of a thousand bytes."""
_NEAR: Final = 8
"""Names of a sentence are paired with the next eight, and with the first."""


class Place(IntEnum):
    """How the two names of an instance appear together; the first one always appears earlier in the document."""

    SENTENCE = 0
    LINE = 1
    """The first name of a block, and a name in a later sentence of it."""
    LEAD_IN = 2
    """The line that announces a list or table, and one of the first names of an item."""
    PARENT = 3
    """A list item, and one of the first names of an item nested in it."""
    HEADING = 4
    """The nearest heading, and a name in a block under it."""
    UPPER = 5
    """A heading, and a name of a heading nested in it; or the heading above the nearest, and the first name of a
    block."""
    ROW = 6
    """The first cell of a table row, and a name in another cell of the row."""
    COLUMN = 7
    """The header of a table column, and a name in one of its cells."""
    NEXT = 8
    """The first name of a block, and one of the first names of the next block of its section."""


@dataclass(frozen=True, slots=True, eq=False)
class NoteColumns:
    """Some documents as arrays.

    Offsets count in ``text``; blocks, sentences and occurrences are numbered in document order.
    """

    text: str
    """The texts of all blocks in Simplified characters, each followed by a line break."""
    codes: NDArray[np.uint32]
    """Code points of ``text``."""
    documents: tuple[int, ...]
    """Numbers of the documents in the whole collection."""
    block_doc: Ints
    """Position of the block's document in ``documents``."""
    block_index: Ints
    """The block's own index in its document."""
    block_start: Ints
    block_end: Ints
    block_kind: Ints
    block_level: Ints
    block_section: Ints
    """Number of the nearest heading above, here and below as a block number in these arrays; -1 without."""
    block_parent: Ints
    block_lead_in: Ints
    block_group: Ints
    block_row: Ints
    block_column: Ints
    block_question: Bools
    sentence_start: Ints
    sentence_end: Ints
    sentence_block: Ints
    occ_concept: Ints
    occ_start: Ints
    occ_end: Ints
    occ_sentence: Ints
    occ_block: Ints
    occ_strong: Bools
    """The name appears in bold, code or quotation marks."""
    first_occ: Ints
    """For each block: number of its first occurrence; ``first_occ[b + 1]`` is the end of its occurrences. Length blocks
    + 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Instances:
    """Pairs of occurrences that appear together. ``a`` appears before ``b`` in the document."""

    a: Ints
    b: Ints
    place: Ints

    def __len__(self) -> int:
        return len(self.a)

    def take(self, rows: NDArray[Any]) -> Instances:
        """The instances of ``rows`` (numbers or a mask)."""
        return Instances(self.a[rows], self.b[rows], self.place[rows])


def distinct(values: Ints) -> Ints:
    """The different values, rising. Quicker than :func:`numpy.unique`, which hashes them."""
    rising = np.sort(values)
    return rising[np.diff(rising, prepend=rising[:1] - 1) > 0]


def columns_of(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    portion: Portion,
    *,
    most: int = MOST_OCCURRENCES,
) -> Iterator[NoteColumns]:
    """The documents of a portion as arrays: once, or with the next ``most`` occurrences each time if there are more."""
    places, texts = Occurrences.of(occurrences), _texts_of(docs, portion.docs)
    position, stop = portion.occurrences.start, portion.occurrences.stop
    for first in range(position, max(stop, position + 1), most):
        yield _notes(texts, portion.docs, places[first : min(first + most, stop)])


def chunks(
    docs: Sequence[ParsedDoc], occurrences: Sequence[Occurrence], *, size: int = CHUNK, most: int = MOST_OCCURRENCES
) -> Iterator[NoteColumns]:
    """All documents as arrays, portion by portion; see :func:`portions` and :func:`columns_of`."""
    for portion in portions(docs, occurrences, size=size):
        yield from columns_of(docs, occurrences, portion, most=most)


def _notes(texts: _Texts, numbers: range, occurrences: Occurrences) -> NoteColumns:
    table = np.asarray(texts.blocks, dtype=np.int64).reshape(-1, 13).T
    spans = np.asarray(texts.sentences, dtype=np.int64).reshape(-1, 3).T
    blocks = np.asarray(texts.first_block, dtype=np.int64)[occurrences.doc - numbers.start] + occurrences.block
    start, end = occurrences.start + table[2][blocks], occurrences.end + table[2][blocks]
    return NoteColumns(
        text=texts.text,
        codes=np.frombuffer(texts.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32),
        documents=tuple(numbers),
        block_doc=table[0],
        block_index=table[1],
        block_start=table[2],
        block_end=table[3],
        block_kind=table[4],
        block_level=table[5],
        block_section=table[6],
        block_parent=table[7],
        block_lead_in=table[8],
        block_group=table[9],
        block_row=table[10],
        block_column=table[11],
        block_question=table[12].astype(bool),
        sentence_start=spans[0],
        sentence_end=spans[1],
        sentence_block=spans[2],
        occ_concept=occurrences.concept,
        occ_start=start,
        occ_end=end,
        occ_sentence=np.maximum(np.searchsorted(spans[0], start, side="right") - 1, 0),
        occ_block=blocks,
        occ_strong=_inside(texts.marked, start, len(texts.text)),
        first_occ=np.searchsorted(blocks, np.arange(len(texts.blocks) + 1)),
    )


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of some documents behind each other. Offsets count in ``text``, blocks from the first of them all."""

    text: str
    blocks: list[tuple[int, ...]]
    """For each block the columns ``block_doc`` to ``block_question``, in the order of :class:`NoteColumns`."""
    sentences: list[tuple[int, int, int]]
    """(start, end, block)."""
    marked: list[tuple[int, int]]
    """(start, end) of what is in bold, code or quotation marks."""
    first_block: list[int]
    """For each document the number of its first block."""


def _texts_of(docs: Sequence[ParsedDoc], numbers: range) -> _Texts:
    texts: list[str] = []
    blocks: list[tuple[int, ...]] = []
    sentences: list[tuple[int, int, int]] = []
    marked: list[tuple[int, int]] = []
    first_block: list[int] = []
    offset = 0
    for place, number in enumerate(numbers):
        first_block.append(len(blocks))
        for block in docs[number].blocks:
            end = offset + len(block.text)
            sentences += [(offset + a, offset + b, len(blocks)) for a, b in sentence_spans(block.text)]
            marked += [(offset + s.start, offset + s.end) for s in block.spans if s.kind in _STRONG]
            blocks.append((place, block.index, offset, end, *_block_columns(block, first_block[-1])))
            texts.append(block.text)
            offset = end + 1
    return _Texts(simplified("\n".join([*texts, ""])), blocks, sentences, marked, first_block)


def _block_columns(block: Block, base: int) -> tuple[int, ...]:
    """``block_kind`` to ``block_question`` of a block. ``base``: number of the first block of its document."""
    links = (block.section, block.parent, block.lead_in, block.group)
    return (
        BLOCK_KINDS.index(block.kind),
        block.level,
        *(base + link if link >= 0 else -1 for link in links),
        block.row,
        block.column,
        int(block.question),
    )


def _inside(spans: Sequence[tuple[int, int]], offsets: Ints, size: int) -> Bools:
    """Whether each of ``offsets`` lies in one of ``spans``, (start, end) within a text of ``size`` characters."""
    depth = np.zeros(size + 1, dtype=np.int64)
    for start, end in spans:
        depth[start] += 1
        depth[end] -= 1
    return np.asarray(np.cumsum(depth) > 0)[offsets]


def instances(notes: NoteColumns) -> Instances:
    """All instances of ``notes``, in the order (place, a, b).

    An instance is two occurrences of different concepts of one document that appear together in one of the ways of
    :class:`Place`.
    """
    parts = [
        (Place.SENTENCE, *_same_sentence(notes)),
        (Place.LINE, *_same_line(notes)),
        (Place.LEAD_IN, *_linked(notes, notes.block_lead_in, most_a=6, most_b=3)),
        (Place.PARENT, *_linked(notes, notes.block_parent, most_a=3, most_b=3)),
        (Place.HEADING, *_under_heading(notes)),
        (Place.UPPER, *_under_upper_heading(notes)),
        (Place.ROW, *_table_rows(notes)),
        (Place.COLUMN, *_table_columns(notes)),
        (Place.NEXT, *_next_block(notes)),
    ]
    a = np.concatenate([first for _, first, _ in parts])
    b = np.concatenate([second for _, _, second in parts])
    place = np.concatenate([np.full(len(first), int(kind), dtype=np.int64) for kind, first, _ in parts])
    different = notes.occ_concept[a] != notes.occ_concept[b]
    return Instances(a[different], b[different], place[different])


def _same_sentence(notes: NoteColumns) -> tuple[Ints, Ints]:
    sentence = notes.occ_sentence
    size = len(sentence)
    numbers = np.arange(size, dtype=np.int64)
    firsts, seconds = [], []
    for step in range(1, _NEAR + 1):
        first = numbers[: max(size - step, 0)]
        first = first[sentence[first] == sentence[first + step]]
        firsts.append(first)
        seconds.append(first + step)
    opening = np.searchsorted(sentence, sentence)
    far = numbers[numbers - opening > _NEAR]
    a, b = np.concatenate([*firsts, opening[far]]), np.concatenate([*seconds, far])
    order = np.lexsort((b, a))
    return a[order], b[order]


def _same_line(notes: NoteColumns) -> tuple[Ints, Ints]:
    opening = notes.first_occ[notes.occ_block]
    later = (
        np.flatnonzero(notes.occ_sentence > notes.occ_sentence[opening])
        if len(opening)
        else np.zeros(0, dtype=np.int64)
    )
    return opening[later], later


def _linked(notes: NoteColumns, link: Ints, *, most_a: int, most_b: int) -> tuple[Ints, Ints]:
    """The last ``most_a`` occurrences of the block that each block is linked to × its own first ``most_b``."""
    blocks = np.flatnonzero(link >= 0)
    other = link[blocks]
    a_end = notes.first_occ[other + 1]
    a_begin = np.maximum(notes.first_occ[other], a_end - most_a)
    b_begin = notes.first_occ[blocks]
    b_end = np.minimum(notes.first_occ[blocks + 1], b_begin + most_b)
    return _cross(a_begin, a_end, b_begin, b_end)


def _under_heading(notes: NoteColumns) -> tuple[Ints, Ints]:
    heading = notes.block_kind == BLOCK_KINDS.index(BlockKind.HEADING)
    return _linked(notes, np.where(heading, -1, notes.block_section), most_a=3, most_b=12)


def _under_upper_heading(notes: NoteColumns) -> tuple[Ints, Ints]:
    heading = notes.block_kind == BLOCK_KINDS.index(BlockKind.HEADING)
    section = notes.block_section
    upper = np.where(section >= 0, section[section], -1)
    a, b = _linked(notes, np.where(heading, section, -1), most_a=3, most_b=3)
    c, d = _linked(notes, np.where(heading, -1, upper), most_a=2, most_b=1)
    return np.concatenate([a, c]), np.concatenate([b, d])


def _table_rows(notes: NoteColumns) -> tuple[Ints, Ints]:
    cells = np.flatnonzero(notes.block_kind == BLOCK_KINDS.index(BlockKind.CELL))
    key = notes.block_group[cells] * (1 << 20) + notes.block_row[cells]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    lead = np.full(len(notes.block_kind), -1, dtype=np.int64)
    lead[cells] = cells[first][inverse]
    lead[lead == np.arange(len(lead))] = -1
    return _linked(notes, lead, most_a=3, most_b=8)


def _table_columns(notes: NoteColumns) -> tuple[Ints, Ints]:
    headers = np.flatnonzero(notes.block_kind == BLOCK_KINDS.index(BlockKind.HEADER))
    cells = np.flatnonzero(notes.block_kind == BLOCK_KINDS.index(BlockKind.CELL))
    link = np.full(len(notes.block_kind), -1, dtype=np.int64)
    if len(headers) and len(cells):
        header_key = notes.block_group[headers] * (1 << 20) + notes.block_column[headers]
        order = np.argsort(header_key, kind="stable")
        cell_key = notes.block_group[cells] * (1 << 20) + notes.block_column[cells]
        at = np.minimum(np.searchsorted(header_key[order], cell_key), len(order) - 1)
        found = headers[order][at]
        link[cells] = np.where(header_key[order][at] == cell_key, found, -1)
    return _linked(notes, link, most_a=3, most_b=8)


def _next_block(notes: NoteColumns) -> tuple[Ints, Ints]:
    """The first name of the last block that has one × the first two names of the next block.

    Where both are paragraphs of one section.
    """
    named = np.flatnonzero(notes.first_occ[1:] > notes.first_occ[:-1])
    before, after = named[:-1], named[1:]
    paragraph = BLOCK_KINDS.index(BlockKind.PARAGRAPH)
    fits = (
        (notes.block_section[before] == notes.block_section[after])
        & (notes.block_doc[before] == notes.block_doc[after])
        & (notes.block_kind[before] == paragraph)
        & (notes.block_kind[after] == paragraph)
    )
    link = np.full(len(notes.block_kind), -1, dtype=np.int64)
    link[after[fits]] = before[fits]
    a, b = _linked(notes, link, most_a=1_000_000, most_b=2)
    opening = a == notes.first_occ[notes.occ_block[a]] if len(a) else np.zeros(0, dtype=bool)
    return a[opening], b[opening]


def _cross(a_begin: Ints, a_end: Ints, b_begin: Ints, b_end: Ints) -> tuple[Ints, Ints]:
    """Row by row the products range(a_begin, a_end) × range(b_begin, b_end), behind each other."""
    width = np.maximum(b_end - b_begin, 0)
    count = np.maximum(a_end - a_begin, 0) * width
    row = np.repeat(np.arange(len(count), dtype=np.int64), count)
    within = np.arange(len(row), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    wide = np.maximum(width[row], 1)
    return a_begin[row] + within // wide, b_begin[row] + within % wide
