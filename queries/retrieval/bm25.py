"""A BM25 index over short texts that also tells which words of a question each text covers.

It serves lines of notes (:mod:`queries.retrieval.retriever`) and whole passages alike: it knows only weighted tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

K1: Final = 1.2
B: Final = 0.5
"""Length normalisation. Half of the usual strength: lines differ in length because of layout more than of topic."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenIndex:
    """Token weights per text. Build with :meth:`from_texts`."""

    vocabulary: Mapping[str, int]
    """Token → its number."""
    start: NDArray[np.int64]
    """Shape (tokens + 1,): the texts that contain token ``t`` are ``texts[start[t] : start[t + 1]]``, ascending."""
    texts: NDArray[np.int32]
    bm25: NDArray[np.float64]
    """Parallel to ``texts``: what the token adds to the text's BM25 score, idf included."""
    presence: NDArray[np.float64]
    """Parallel to ``texts``, 0..1: how surely the text covers the token (1 for its own words, less for words of its
    context)."""
    idf: NDArray[np.float64]
    """Shape (tokens,)."""
    size: int
    """Number of texts."""

    @classmethod
    def from_texts(cls, texts: Iterable[Mapping[str, float]]) -> TokenIndex:
        """Index ``texts``, each a mapping from token to its weight there (count.

        With words of the context at less than 1).

        Okapi BM25 (Robertson & Zaragoza 2009, https://doi.org/10.1561/1500000019) on weighted counts; idf is
        ``ln(1 + (n - df + 0.5) / (df + 0.5))``, never negative.
        """
        vocabulary: defaultdict[str, int] = defaultdict(count().__next__)
        rows: list[int] = []
        values: list[float] = []
        sizes: list[int] = []
        lengths: list[float] = []
        for text in texts:
            rows.extend(map(vocabulary.__getitem__, text))
            values.extend(text.values())
            sizes.append(len(text))
            lengths.append(sum(text.values()))
        size = len(lengths)
        row = np.asarray(rows, dtype=np.int64)
        column = np.repeat(np.arange(size, dtype=np.int32), sizes)
        order = np.argsort(row, kind="stable")
        row, column_of = row[order], column[order]
        weight_of = np.asarray(values, dtype=np.float64)[order]
        frequency = np.bincount(row, minlength=len(vocabulary)).astype(np.float64)
        idf = np.log(1 + (size - frequency + 0.5) / (frequency + 0.5))
        length = np.asarray(lengths)
        norm = K1 * (1 - B + B * length / max(float(length.mean()) if size else 1.0, 1e-9))
        return cls(
            vocabulary=dict(vocabulary),
            start=np.concatenate(([0], np.cumsum(frequency))).astype(np.int64),
            texts=column_of,
            bm25=idf[row] * weight_of * (K1 + 1) / (weight_of + norm[column_of]),
            presence=np.minimum(weight_of, 1.0),
            idf=idf,
            size=size,
        )

    def rarity(self, token: str) -> float:
        """The token's idf; for a token that appears nowhere that of one that appears once."""
        row = self.vocabulary.get(token)
        return float(np.log(1 + self.size)) if row is None else float(self.idf[row])

    def scores(self, query: Mapping[str, float]) -> NDArray[np.float64]:
        """BM25 score of every text for the weighted tokens of ``query``; shape (texts,)."""
        scores = np.zeros(self.size)
        for token, weight in query.items():
            number = self.vocabulary.get(token)
            if number is not None:
                where = slice(self.start[number], self.start[number + 1])
                scores[self.texts[where]] += weight * self.bm25[where]
        return scores

    def coverage(self, groups: Sequence[Sequence[tuple[str, float]]]) -> NDArray[np.float64]:
        """How surely each text covers each group of tokens that mean the same; shape (groups, texts), 0..1.

        Each token of a group comes with the certainty 0..1 that it means the group's word; the best one counts.
        """
        covered = np.zeros((len(groups), self.size))
        for number, group in enumerate(groups):
            for token, certainty in group:
                row = self.vocabulary.get(token)
                if row is not None:
                    where = slice(self.start[row], self.start[row + 1])
                    held = self.texts[where]
                    covered[number, held] = np.maximum(covered[number, held], certainty * self.presence[where])
        return covered
