"""A BM25 index over short texts that also tells which words of a question each text covers.

It serves lines of notes (:mod:`queries.retrieve`) and whole passages alike: it knows only weighted tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

K1: Final = 1.2
B: Final = 0.5
"""Length normalisation. Half of the usual strength: lines differ in length because of layout more than of topic."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenIndex:
    """Token weights per text. Build with :meth:`from_texts`."""

    vocabulary: Mapping[str, int]
    """Token → row of ``bm25`` and ``presence``."""
    bm25: sparse.csr_matrix
    """Shape (tokens, texts): what a token adds to a text's BM25 score, idf included."""
    presence: sparse.csr_matrix
    """Shape (tokens, texts), 0..1: how surely a text covers a token (1 for its own words, less for words of its context)."""
    idf: NDArray[np.float64]
    """Shape (tokens,)."""
    size: int
    """Number of texts."""

    @classmethod
    def from_texts(cls, texts: Iterable[Mapping[str, float]]) -> TokenIndex:
        """Index ``texts``, each a mapping from token to its weight there (count, with words of the context at less than 1).

        Okapi BM25 (Robertson & Zaragoza 2009, https://doi.org/10.1561/1500000019) on weighted counts; idf is
        ``ln(1 + (n - df + 0.5) / (df + 0.5))``, never negative.
        """
        vocabulary: dict[str, int] = {}
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        lengths: list[float] = []
        for column, text in enumerate(texts):
            lengths.append(sum(text.values()))
            for token, weight in text.items():
                rows.append(vocabulary.setdefault(token, len(vocabulary)))
                columns.append(column)
                values.append(weight)
        size = len(lengths)
        shape = (len(vocabulary), size)
        row, column_of = np.asarray(rows, dtype=np.int32), np.asarray(columns, dtype=np.int32)
        weight_of = np.asarray(values, dtype=np.float64)
        # A word that a text holds only in its context counts for half: a heading's word is no sign that it is rare.
        frequency = np.bincount(row, minlength=shape[0]).astype(np.float64)
        idf = np.log(1 + (size - frequency + 0.5) / (frequency + 0.5))
        length = np.asarray(lengths) if size else np.zeros(0)
        norm = K1 * (1 - B + B * length / max(float(length.mean()) if size else 1.0, 1e-9))
        score = idf[row] * weight_of * (K1 + 1) / (weight_of + norm[column_of]) if size else weight_of
        return cls(
            vocabulary=vocabulary,
            bm25=sparse.csr_matrix((score, (row, column_of)), shape=shape),
            presence=sparse.csr_matrix((np.minimum(weight_of, 1.0), (row, column_of)), shape=shape),
            idf=idf,
            size=size,
        )

    def rarity(self, token: str) -> float:
        """The token's idf; for a token that stands nowhere that of one that stands once."""
        row = self.vocabulary.get(token)
        return float(np.log(1 + self.size)) if row is None else float(self.idf[row])

    def scores(self, query: Mapping[str, float]) -> NDArray[np.float64]:
        """BM25 score of every text for the weighted tokens of ``query``; shape (texts,)."""
        known = [(self.vocabulary[t], w) for t, w in query.items() if t in self.vocabulary]
        if not known:
            return np.zeros(self.size)
        rows, weights = zip(*known, strict=True)
        return np.asarray(np.asarray(weights) @ self.bm25[list(rows)]).ravel()

    def coverage(self, groups: Sequence[Sequence[tuple[str, float]]]) -> NDArray[np.float64]:
        """How surely each text covers each group of tokens that mean the same; shape (groups, texts), 0..1.

        Each token of a group comes with the certainty 0..1 that it means the group's word; the best one counts.
        """
        covered = np.zeros((len(groups), self.size))
        for number, group in enumerate(groups):
            for token, certainty in group:
                row = self.vocabulary.get(token)
                if row is not None:
                    start, end = self.presence.indptr[row], self.presence.indptr[row + 1]
                    where = self.presence.indices[start:end]
                    covered[number, where] = np.maximum(covered[number, where], certainty * self.presence.data[start:end])
        return covered
