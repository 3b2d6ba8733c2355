"""Where concepts are mentioned, as columns: a large collection has hundreds of thousands of mentions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Concept, Passage

Ints = NDArray[np.int64]

_LINES: Final = 1 << 40
"""More lines than a document has: document and line make one number."""


@dataclass(frozen=True, slots=True, eq=False)
class Mentions:
    """All mentions of some concepts, in their order, those of one concept behind each other."""

    concept: Ints
    """For each mention the place of its concept."""
    doc: Ints
    """Number of its document; see :attr:`docs`."""
    line: Ints
    docs: Sequence[str]
    """The ids of the documents that are mentioned, sorted."""

    @classmethod
    def of(cls, concepts: Sequence[Concept]) -> Mentions:
        """The mentions of ``concepts``."""
        counts = [len(c.mentions) for c in concepts]
        named = [m.doc for c in concepts for m in c.mentions]
        docs = sorted(set(named))
        number = {doc: n for n, doc in enumerate(docs)}
        size = len(named)
        return cls(
            np.repeat(np.arange(len(counts)), counts),
            np.fromiter(map(number.__getitem__, named), dtype=np.int64, count=size),
            np.fromiter((m.line for c in concepts for m in c.mentions), dtype=np.int64, count=size),
            docs,
        )


class PassageRows:
    """Which passage each line of a document is in."""

    def __init__(self, spans: Iterable[tuple[str, int, int]]) -> None:
        """``spans``: (document, first line, last line) of all passages, those of one document in their order."""
        ends = list(spans)
        self._docs = {doc: n for n, doc in enumerate(dict.fromkeys(doc for doc, _, _ in ends))}
        first = np.asarray([first for _, first, _ in ends], dtype=np.int64)
        doc = np.asarray([self._docs[doc] for doc, _, _ in ends], dtype=np.int64)
        keys = doc * _LINES + first
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]
        self.last_line = np.asarray([last for _, _, last in ends], dtype=np.int64)
        """For each passage."""

    @classmethod
    def of_passages(cls, passages: Iterable[Passage]) -> PassageRows:
        """The same of passages."""
        return cls((p.doc, p.first_line, p.last_line) for p in passages)

    def __len__(self) -> int:
        return len(self._keys)

    def of(self, docs: Sequence[str], doc: Ints, line: Ints) -> Ints:
        """The passage of each line, or the last one before it; -1 where its document has none that begins before it.

        Args:
            docs: ids of documents.
            doc: for each line the number of its document in ``docs``.
            line: 1-based.
        """
        known = np.asarray([self._docs.get(one, -1) for one in docs], dtype=np.int64)[doc]
        at = np.searchsorted(self._keys, known * _LINES + line, side="right") - 1
        found = (known >= 0) & (at >= 0)
        found[found] = self._keys[at[found]] // _LINES == known[found]
        return np.where(found, self._order[at], -1) if len(self._keys) else np.full(len(doc), -1, dtype=np.int64)

    def of_mentions(self, mentions: Mentions) -> Ints:
        """The passage of each mention, as :meth:`of` finds it."""
        return self.of(mentions.docs, mentions.doc, mentions.line)

    def of_places(self, places: Sequence[tuple[str, int] | None]) -> Ints:
        """The passage of each (document, line), as :meth:`of` finds it; -1 for None."""
        docs = sorted({place[0] for place in places if place is not None})
        number = {doc: n for n, doc in enumerate(docs)}
        asked = [(number[p[0]], p[1]) if p is not None else (-1, 0) for p in places]
        doc, line = np.asarray(asked, dtype=np.int64).reshape(-1, 2).T
        if not docs:
            return np.full(len(asked), -1, dtype=np.int64)
        return np.where(doc >= 0, self.of(docs, np.maximum(doc, 0), line), -1)
