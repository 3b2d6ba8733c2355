"""Which names are within which others, for many of both at once."""

from __future__ import annotations

from collections.abc import Sequence

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from graph.text.joined import BETWEEN, batches
from graph.text.names import fold, with_edges

Ints = NDArray[np.int64]


def inner_names(inner: Sequence[str], outer: Sequence[str]) -> Ints:
    """(inner, outer): the numbers of all two names of which :func:`graph.text.names.names_within` says that one is.

    All are looked for in one pass over the outer names, where most of them are in none. Shape (pairs, 2), rising.
    """
    keys = [fold(name) for name in inner]
    patterns = sorted({key for key in keys if len(key) > 1})
    finder = ahocorasick_rs.AhoCorasick(patterns)
    written = [with_edges(name) for name in outer]
    found: list[Ints] = [np.zeros((0, 2), dtype=np.int64)]
    for run in batches([text for text, _ in written]):
        first = np.cumsum([0, *(len(written[i][0]) + len(BETWEEN) for i in run)], dtype=np.int64)
        text = BETWEEN.join(written[i][0] for i in run)
        border = np.zeros(int(first[-1]) + 1, dtype=bool)
        starts = first.tolist()
        border[[starts[n] + edge for n, i in enumerate(run) for edge in written[i][1]]] = True
        matches = finder.find_matches_as_indexes(text, overlapping=True)
        pattern, start, end = np.asarray(matches, dtype=np.int64).reshape(-1, 3).T
        where = np.searchsorted(first, start, side="right") - 1
        whole = (start == first[where]) & (end == first[where + 1] - len(BETWEEN))
        kept = border[start] & border[end] & ~whole
        found.append(np.stack([pattern[kept], where[kept] + run.start], axis=1))
    pairs = np.unique(np.concatenate(found), axis=0)
    return _spelled_out(pairs, keys, patterns)


def _spelled_out(pairs: Ints, keys: Sequence[str], patterns: Sequence[str]) -> Ints:
    """``pairs`` of a pattern and something, for each of the ``keys`` that is written like the pattern."""
    number = {pattern: n for n, pattern in enumerate(patterns)}
    pattern_of = np.asarray([number.get(key, -1) for key in keys], dtype=np.int64)
    order = np.argsort(pattern_of, kind="stable")
    first = np.searchsorted(pattern_of[order], np.arange(len(patterns) + 1))
    times = first[pairs[:, 0] + 1] - first[pairs[:, 0]]
    at = np.repeat(first[pairs[:, 0]] - (np.cumsum(times) - times), times) + np.arange(int(times.sum()))
    found = np.stack([order[at], np.repeat(pairs[:, 1], times)], axis=1)
    return found[np.lexsort((found[:, 1], found[:, 0]))]
