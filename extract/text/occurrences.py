"""Where names appear in the notes.

All names at once, the longest at each place, in any spelling that reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from extract.execution.contract import Spread
from extract.notes.blocks import Block
from extract.text.lazy_blocks import LazyBlocks, SomeBlocks, letters_of
from extract.text.segment import sentence_spans
from graph.text.joined import Joined, batches
from graph.text.name_finder import NameFinder

CHUNK: Final = 150_000
"""Characters of block text that are worked on at a time: bounds memory to a few hundred MB."""
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ParsedDoc:
    """A document as the corpus stages see it."""

    id: str
    blocks: Sequence[Block]
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


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences(Sequence[Occurrence]):
    """Occurrences as columns: forty thousand of them come with each megabyte of notes."""

    concept: Ints
    doc: Ints
    block: Ints
    start: Ints
    end: Ints

    @classmethod
    def of(cls, occurrences: Sequence[Occurrence]) -> Occurrences:
        """The same as columns."""
        if isinstance(occurrences, Occurrences):
            return occurrences
        rows = [(o.concept, o.doc, o.block, o.start, o.end) for o in occurrences]
        return cls(*np.asarray(rows, dtype=np.int64).reshape(-1, 5).T)

    def __len__(self) -> int:
        return len(self.concept)

    @overload
    def __getitem__(self, at: int) -> Occurrence: ...
    @overload
    def __getitem__(self, at: slice | Ints) -> Occurrences: ...
    def __getitem__(self, at: int | slice | Ints) -> Occurrence | Occurrences:
        """One occurrence, or some of them as columns."""
        columns = [column[at] for column in (self.concept, self.doc, self.block, self.start, self.end)]
        return Occurrence(*(int(column) for column in columns)) if isinstance(at, int) else Occurrences(*columns)

    def __iter__(self) -> Iterator[Occurrence]:
        columns = (self.concept, self.doc, self.block, self.start, self.end)
        return map(Occurrence, *(column.tolist() for column in columns))

    def of_concepts(self, concepts: Ints) -> Occurrences:
        """The same occurrences, each of the concept that ``concepts`` gives it."""
        return replace(self, concept=concepts)


@dataclass(frozen=True, slots=True)
class Portion:
    """Some documents that follow each other, and their occurrences, by number."""

    docs: range
    occurrences: range


def portions(docs: Sequence[ParsedDoc], occurrences: Sequence[Occurrence], *, size: int = CHUNK) -> list[Portion]:
    """The documents in portions of about ``size`` characters, whole documents only.

    ``occurrences`` are in document order.
    """
    places = Occurrences.of(occurrences)
    found: list[Portion] = []
    begin, position, held = 0, 0, 0
    for end, doc in enumerate(docs, start=1):
        held += letters_of(doc.blocks)
        if held >= size or end == len(docs):
            stop = int(np.searchsorted(places.doc, end))
            found.append(Portion(range(begin, end), range(position, stop)))
            begin, position, held = end, stop, 0
    return found


def locate(docs: Sequence[ParsedDoc], names: Iterable[tuple[str, int]], spread: Spread = map) -> Occurrences:
    """All occurrences of ``names`` ((name, concept number) pairs), in the order (doc, block, start).

    ``spread`` works on portions of the documents; the result does not depend on it.
    """
    finder = NameFinder(names)
    work = portions(docs, (), size=LOCATED)
    parts = list(spread(lambda portion: _located(docs, portion.docs, finder).astype(np.int32), work))
    return Occurrences(*np.concatenate([np.zeros((0, 5), dtype=np.int64), *parts]).T)


LOCATED: Final = 500_000
"""Characters of block text in which names are looked for at a time."""


def _located(docs: Sequence[ParsedDoc], numbers: range, finder: NameFinder[int]) -> Ints:
    """The occurrences in some documents, a row (concept, document, block, start, end) for each."""
    places: list[tuple[int, int]] = []
    texts: list[str] = []
    for number in numbers:
        own = [(b, block.text) for b, block in enumerate(docs[number].blocks) if b not in docs[number].references]
        places += [(number, b) for b, _ in own]
        texts += [text for _, text in own]
    where = np.asarray(places, dtype=np.int64).reshape(-1, 2)
    parts = [np.zeros((0, 5), dtype=np.int64)]
    for numbers in batches(texts):
        joined = Joined.of(texts[numbers.start : numbers.stop])
        found = finder.find_in(joined)
        text = joined.text_of(found.start)
        doc, block = where[numbers.start + text].T
        offset = joined.first[text]
        owners = np.asarray(found.owners, dtype=np.int64)
        parts.append(np.stack([owners, doc, block, found.start - offset, found.end - offset], axis=1))
    return np.concatenate(parts)


def read_ahead(docs: Sequence[ParsedDoc], places: Iterable[tuple[int, int]]) -> Sequence[ParsedDoc]:
    """``docs`` with the blocks at ``places`` in memory, for who asks for these in another order than that of the notes.

    Args:
        docs: all documents.
        places: (number of a document, index of a block).
    """
    asked: dict[int, set[int]] = {}
    for doc, block in places:
        if isinstance(docs[doc].blocks, LazyBlocks):
            asked.setdefault(doc, set()).add(block)
    if not asked:
        return docs
    found = list(docs)
    for doc in sorted(asked):
        blocks = docs[doc].blocks
        found[doc] = replace(docs[doc], blocks=SomeBlocks({b: blocks[b] for b in sorted(asked[doc])}, blocks))
    return found


def line_at(block: Block, offset: int) -> int:
    """1-based file line on which the character ``offset`` of the block's text appears."""
    return block.lines[min(block.text.count("\n", 0, offset), len(block.lines) - 1)] if block.lines else block.line


def sentence_around(block: Block, start: int, end: int) -> tuple[int, int]:
    """Offsets of the sentence of ``block.text`` that contains ``start``."""
    for a, b in sentence_spans(block.text):
        if a <= start < b or start < a:
            return (a, max(b, end))
    return (0, len(block.text))
