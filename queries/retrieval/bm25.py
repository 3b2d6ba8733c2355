"""A BM25 index over short texts that also tells which words of a question each text covers.

It serves lines of notes (:mod:`queries.retrieval.retriever`) and whole passages alike: it knows only weighted tokens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

K1: Final = 1.2
B: Final = 0.5
"""Length normalisation. Half of the usual strength: lines differ in length because of layout more than of topic."""


WEIGHT_STEP: Final = 0.5
"""Weights of tokens are multiples of it, so that they are stored as whole numbers: counts, and half for a word of the
context."""


class Vocabulary(Protocol):
    """Which tokens there are, and their numbers."""

    def __contains__(self, token: object, /) -> bool: ...

    def get(self, token: str, /) -> int | None:
        """The number of ``token``; None where no text contains it."""


class Postings(Protocol):
    """For each token the texts that contain it."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Shape (tokens,): how many texts contain each token."""

    def at(self, row: int, /) -> Sequence[NDArray[np.int64]]:
        """The texts that contain a token, ascending, and its weight in each, in steps of :data:`WEIGHT_STEP`."""


@dataclass(frozen=True, slots=True, eq=False)
class ListedPostings:
    """Postings in memory: for each token (text, weight in steps)."""

    lists: Sequence[Sequence[tuple[int, int]]]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Shape (tokens,): how many texts contain each token."""
        return np.array([len(found) for found in self.lists], dtype=np.int64)

    def at(self, row: int) -> Sequence[NDArray[np.int64]]:
        """The texts that contain a token, ascending, and its weight in each."""
        return list(np.array(self.lists[row], dtype=np.int64).reshape(-1, 2).T)


@dataclass(frozen=True, slots=True, eq=False)
class TokenIndex:
    """Token weights per text. Build with :meth:`from_postings` or :meth:`from_texts`."""

    vocabulary: Vocabulary
    postings: Postings
    idf: NDArray[np.float64]
    """Shape (tokens,)."""
    norm: NDArray[np.float64]
    """Shape (texts,): how much the length of a text dampens a token's weight in it."""

    @classmethod
    def from_postings(cls, vocabulary: Vocabulary, postings: Postings, lengths: NDArray[np.float64]) -> Self:
        """An index over ``postings``.

        Okapi BM25 (Robertson & Zaragoza 2009, https://doi.org/10.1561/1500000019) on weighted counts; idf is
        ``ln(1 + (n - df + 0.5) / (df + 0.5))``, never negative.

        Args:
            vocabulary: the tokens.
            postings: where they are.
            lengths: shape (texts,): the sum of the weights of each text.
        """
        size = len(lengths)
        frequency = postings.sizes.astype(np.float64)
        return cls(
            vocabulary=vocabulary,
            postings=postings,
            idf=np.log(1 + (size - frequency + 0.5) / (frequency + 0.5)),
            norm=K1 * (1 - B + B * lengths / max(float(lengths.mean()) if size else 1.0, 1e-9)),
        )

    @classmethod
    def from_texts(cls, texts: Iterable[Mapping[str, float]]) -> Self:
        """Index texts that are given as mappings from token to weight, a multiple of :data:`WEIGHT_STEP`.

        For a few texts; the lines of notes are indexed by :mod:`queries.retrieval.line_index`.
        """
        lists: dict[str, list[tuple[int, int]]] = {}
        lengths = []
        for number, text in enumerate(texts):
            lengths.append(sum(text.values()))
            for token, weight in text.items():
                lists.setdefault(token, []).append((number, round(weight / WEIGHT_STEP)))
        vocabulary = {token: number for number, token in enumerate(lists)}
        return cls.from_postings(
            vocabulary, ListedPostings(list(lists.values())), np.asarray(lengths, dtype=np.float64)
        )

    @property
    def size(self) -> int:
        """Number of texts."""
        return len(self.norm)

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
                texts, held = self._weights(number)
                scores[texts] += weight * (self.idf[number] * held * (K1 + 1) / (held + self.norm[texts]))
        return scores

    def coverage(self, groups: Sequence[Sequence[tuple[str, float]]]) -> NDArray[np.float64]:
        """How surely each text covers each group of tokens that mean the same; shape (groups, texts), 0..1.

        A text covers its own words with certainty 1, words of its context with less. Each token of a group comes with
        the certainty 0..1 that it means the group's word; the best one counts.
        """
        covered = np.zeros((len(groups), self.size))
        for number, group in enumerate(groups):
            for token, certainty in group:
                row = self.vocabulary.get(token)
                if row is not None:
                    texts, held = self._weights(row)
                    covered[number, texts] = np.maximum(covered[number, texts], certainty * np.minimum(held, 1.0))
        return covered

    def _weights(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The texts that contain a token, and its weight in each."""
        texts, steps = self.postings.at(number)
        return texts, steps.astype(np.float64) * WEIGHT_STEP
