"""Personalised PageRank over concepts, lines and passages.

Where a walker is found who keeps coming back to what the question names.

A line is tied to the concepts that it names and to its passage: the concept–sentence–passage graph of LinearRAG
(https://arxiv.org/abs/2510.10114), after HippoRAG (https://arxiv.org/abs/2405.14831); neither needs relations here.
Hubs are damped twice: the walk leaves a concept evenly over its lines, and a restart weighs concepts by their rarity.

It is off unless :class:`queries.retrieval.retriever.Options` says ``walk``: on top of the complement chain it was
measured to cost a little (docs/benchmarks.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from queries.retrieval.complement import Floats, Ints, Rows

RESTART: Final = 0.5
"""Probability of going back to the question at each step: HippoRAG's value, so most mass stays within two or three
steps."""
ROUNDS: Final = 12
"""Steps of the power iteration; what is left to move after them is below 0.5 ** 12."""
TO_PASSAGE: Final = 0.3
"""Weight of the tie between a line and its passage, relative to 1 for a concept that the line names."""


@dataclass(frozen=True, slots=True, eq=False)
class PageRankGraph:
    """The ties between concepts, lines and passages. Build with :meth:`from_rows`.

    Plain arrays instead of a scipy matrix: a cold question should not wait for scipy's import, and a walk has a dozen
    steps only.
    """

    source: Ints
    """Shape (ties,): nodes in the order lines, concepts, passages."""
    target: Ints
    share: Floats
    """Parallel to them: the part of the source's mass that goes over the tie."""
    lines: int
    nodes: int

    @classmethod
    def from_rows(cls, named: Rows, passage_of: Ints, *, concepts: int, passages: int) -> Self:
        """Tie lines to what they name and to the passage that contains them.

        Args:
            named: for each line its concepts.
            passage_of: shape (lines,): the passage of each line.
            concepts: number of concepts.
            passages: number of passages.
        """
        lines = len(passage_of)
        every = np.arange(lines, dtype=np.int64)
        here = np.concatenate((np.repeat(every, named.sizes), every))
        there = np.concatenate((lines + named.items, lines + concepts + passage_of))
        weight = np.concatenate((np.ones(len(named.items)), np.full(lines, TO_PASSAGE)))
        source, target, both = (
            np.concatenate((here, there)),
            np.concatenate((there, here)),
            np.concatenate((weight, weight)),
        )
        nodes = lines + concepts + passages
        leaving = np.bincount(source, weights=both, minlength=nodes)
        return cls(source, target, both / leaving[source], lines, nodes)

    def visits(self, concepts: Mapping[int, float], lines: Floats) -> Floats:
        """How often the walker is at each line, relative to the most visited one.

        Shape (lines,), 0 where nothing starts the walk.

        Args:
            concepts: where the walk starts and comes back to: concept → weight.
            lines: shape (lines,): further starts, the strength of each line.
        """
        start = np.zeros(self.nodes)
        start[: self.lines] = lines
        for concept, weight in sorted(concepts.items()):
            start[self.lines + concept] += weight
        total = float(start.sum())
        if total <= 0:
            return np.zeros(self.lines)
        start /= total
        mass = start
        for _ in range(ROUNDS):
            moved = np.bincount(self.target, weights=self.share * mass[self.source], minlength=self.nodes)
            mass = RESTART * start + (1.0 - RESTART) * moved
        found = mass[: self.lines]
        return np.asarray(found / max(float(found.max(initial=0.0)), 1e-12))


def starts(
    ranked: Floats, concepts: Sequence[int], rarity: Sequence[float], *, lines: int
) -> tuple[dict[int, float], Floats]:
    """Where a walk begins: half at the question's concepts by rarity, half at the best ``lines`` lines by strength.

    Args:
        ranked: shape (all lines,): strength of each line.
        concepts: numbers of the concepts that the question names.
        rarity: their inverse document frequency.
        lines: how many lines start the walk.
    """
    total = sum(rarity)
    at = {c: r / total for c, r in zip(concepts, rarity, strict=True)} if total > 0 else {}
    best = np.argsort(-ranked, kind="stable")[:lines]
    kept = np.zeros(len(ranked))
    kept[best] = np.maximum(ranked[best], 0.0)
    mass = float(kept.sum())
    return at, kept / mass if mass > 0 else kept
