"""What is spelled most like a name or word, for hints to people who mistyped it.

Likeness is the normalised Indel similarity: twice the length of the longest common subsequence, divided by the sum of
the lengths; 1 for equal strings, 0 for strings without a common character.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import Indel

from graph.text.names import fold
from graph.text.scripts import has_han

LEAST: Final = 0.6
"""Least likeness of what is offered. With .5 hints were mostly noise: ``CUDA`` for ``UDP``, ``GC`` for ``magic``."""
PART_BONUS: Final = 0.2
"""What is added where one of two names contains the other."""


def nearest_names(name: str, known: Iterable[tuple[str, str]], *, limit: int = 5) -> list[tuple[str, str]]:
    """The names that are most like ``name``, best first, at most one of each concept.

    A name that contains ``name``, or is contained in it, always counts as alike, and gets :data:`PART_BONUS` on top of
    its likeness; the shorter of the two must have three letters or two Chinese characters, or most names would
    contain ``R``.

    Args:
        name: any text; it is compared by its folded key.
        known: (name or alias, concept id).
        limit: the most names to return.

    Returns:
        (name or alias, concept id) of those with a likeness of at least :data:`LEAST`, ties by name.
    """
    key = fold(name)
    scored: dict[str, tuple[float, str]] = {}
    for form, concept in known if key else ():
        folded = fold(form)
        short, long = sorted((key, folded), key=len)
        part = short in long and len(short) > (1 if has_han(short) else 2)
        likeness = Indel.normalized_similarity(key, folded)
        if part or likeness >= LEAST:
            rank = (-likeness - PART_BONUS * part, form)
            scored[concept] = min(scored.get(concept, rank), rank)
    best = heapq.nsmallest(max(limit, 0), ((rank, concept) for concept, rank in scored.items()))
    return [(form, concept) for (_, form), concept in best]


def nearest_words(word: str, known: Iterable[str], *, limit: int = 1) -> list[str]:
    """Those of ``known`` with a likeness to ``word`` of at least :data:`LEAST`, best first, ties in code point order.

    >>> nearest_words("mrege", ["merge", "split", "rename"])
    ['merge']
    """
    # Without rapidfuzz's own cut-off: version 3.14 also drops what is exactly as like as that.
    found = process.extract(
        word,
        sorted(set(known)),
        scorer=Indel.normalized_similarity,
        processor=None,
        limit=limit,
    )
    return [near for near, likeness, _ in found if likeness >= LEAST]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that names what of ``known`` is most like ``word``, with a space before it; empty where nothing is."""
    near = nearest_words(word, known)
    return f" Did you mean {near[0]!r}?" if near else ""
