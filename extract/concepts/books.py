"""Which concepts of a whole book are the most important.

What only a large collection shows, besides what each of its files says.

A file alone does not tell whether a term is one of the book or passes by. Over many files it does: terms of a subject
come in bursts (many times in few files) and are rare in general language. And a book may set its terms in bold, once
each, where it explains them; how far bold can be trusted is measured in the collection itself, since in many notes bold
only stresses. The weights were fitted on the glossaries of one textbook, with its bold type and without.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from extract.concepts.candidates import Candidates
from extract.concepts.form_rows import FormRows, largest_by
from extract.concepts.forms import FormTable, most_used
from extract.concepts.selection import Cluster
from graph.text.frequency import zipf
from graph.text.scripts import has_han

MANY_FILES: Final = 50
"""A collection of fewer files says too little about bursts."""
LARGE: Final = 150_000
"""Nor does one of less text (as :func:`graph.text.scripts.text_size` counts)."""
_LOGIT, _BURST, _WHOLE, _COMMON, _WORDS, _BOLD, _BIAS = 0.73, 1.29, 0.99, -0.43, 0.37, 7.0, -4.1
_BOLD_SURE: Final = (0.6, 0.9)
"""Mean probability of the distinct bold forms at which bold says nothing, and at which it says all."""


def is_book(collection: Sequence[Candidates[FormTable]]) -> bool:
    """Whether the collection is large enough to be judged as a whole."""
    return len(collection) >= MANY_FILES and sum(c.doc.size for c in collection) >= LARGE


def bold_reliability(rows: FormRows) -> float:
    """0..1: how far the bold type of the collection marks terms, by how probable the bold forms are as concepts."""
    bold = np.flatnonzero(rows.strong)
    keys, best = largest_by(rows.key[bold], rows.score[bold])
    met = np.unique(rows.key[bold], return_index=True)[1]  # the mean depends on the order in which they are met
    low, high = _BOLD_SURE
    return float(np.clip((np.mean(best[np.argsort(met)]) - low) / (high - low), 0.0, 1.0)) if len(keys) else 0.0


def rescore_for_book(
    chosen: Sequence[Cluster], collection: Sequence[Candidates[FormTable]], rows: FormRows
) -> list[Cluster]:
    """``chosen`` with scores that say how likely the book's glossary would have them, best first.

    As it is where there is no book. ``rows`` are the candidates of the ``collection`` with their probabilities.
    """
    if not is_book(collection):
        return list(chosen)
    trust = bold_reliability(rows)
    owner_of = {key: i for i, cluster in enumerate(chosen) for key in cluster.keys}
    owner = np.asarray([owner_of.get(key, -1) for key in rows.keys], dtype=np.int64)[rows.key]
    some = np.flatnonzero((owner >= 0) & (rows.count > 0))
    number, doc = owner[some], rows.doc()[some]
    count, whole = (
        np.bincount(number, weights=column[some], minlength=len(chosen)) for column in (rows.count, rows.whole)
    )
    bold = np.bincount(number, weights=rows.strong[some], minlength=len(chosen)) > 0
    pairs = np.unique(number * len(collection) + doc)
    files = np.bincount(pairs // len(collection), minlength=len(chosen))
    longest: list[tuple[int, str]] = [(0, "")] * len(chosen)
    bounds = np.searchsorted(doc, np.arange(len(collection) + 1)).tolist()
    for candidates, (begin, end) in zip(collection, pairwise(bounds), strict=True):
        own = some[begin:end]
        writings = candidates.forms.writings_of([rows.keys[key] for key in rows.key[own].tolist()])
        for i, times, found in zip(number[begin:end].tolist(), rows.count[own].tolist(), writings, strict=True):
            if times >= longest[i][0]:
                longest[i] = max(longest[i], (times, most_used(found)))
        candidates.forms.close()
    out = []
    for i, cluster in enumerate(chosen):
        p = min(max(cluster.score, 1e-4), 1 - 1e-4)
        words = longest[i][1].lower().split() or [cluster.keys[0]]
        common = sum(zipf(w, "zh" if has_han(w) else "en") for w in words) / len(words)
        burst = math.log1p(count[i]) - math.log1p(files[i])
        margin = (
            _LOGIT * math.log(p / (1 - p)) + _BURST * burst + _WHOLE * whole[i] / max(1.0, count[i]) + _COMMON * common
        )
        margin += _WORDS * len(words) + _BOLD * trust * bold[i] + _BIAS
        out.append(replace(cluster, score=1 / (1 + math.exp(-margin))))
    return sorted(out, key=lambda c: (-c.score, c.keys[0]))
