"""How many concepts a document has, and how probable a candidate is in view of the document's length and of the others.

The models score each document by itself. What they say is corrected for the length of the document (:func:`weighed`),
averaged with what the other documents say of the same name (:func:`probabilities`), and as many are taken as are
probable, drawn towards what documents of that length have (:func:`budget`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from extract.concepts.form_rows import Floats, Ints

LIKELY_NAME: Final = 0.3
"""Forms under this probability are not looked up in the dictionary."""
SURE: Final = 0.42
"""A cluster of at least this probability, as :func:`weighed` and :data:`SHARED` leave it, counts towards the number of
concepts of its document."""
DENSITY: Final = 1.35
"""A document of size s has about DENSITY · √s concepts (the mean of the annotated notes), up to :data:`USUAL`."""
USUAL: Final = 6000
"""Beyond this size the number of concepts grows with the size itself: what a book-long note contains grows faster than
what the annotated notes, most of them shorter, show."""
TRUST: Final = 0.8
"""How much the probabilities say of the number of concepts, besides the size: the exponent of a weighted geometric
mean."""
LEAST_SHARE: Final = 0.75
"""Share of the number that its size says which a note has at least, where so many candidates are likely: in a note of a
few lines the scores are low, since nothing in it comes twice."""
PLAIN: Final = 4500
"""Up to this size the models' probabilities are taken as they are."""
INFLATION: Final = 1.3
"""Exponent of the size beyond :data:`PLAIN` by which the odds of every candidate are divided. The counts that the
models go by are larger in a longer note whether or not the candidate is a concept. Where the best cut is at a
probability of .4 to .7 in notes of 2 000 to 5 000 characters, it is at .90 in one of 14 000 and at .92 in one of
35 000."""
SHARED: Final = 0.5
"""Weight of the mean log odds over all documents that name a cluster, against its log odds in one document. Words that
one note makes a concept of and the others use in passing (performance, training data) are seldom concepts: of those
whose mean probability is under .27 a quarter, of those over .5 three quarters."""


def _log_odds(probability: float) -> float:
    p = min(max(probability, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


def _inflation(size: int) -> float:
    """What is taken off the log odds in a document of ``size``."""
    return INFLATION * max(0.0, math.log(max(1, size) / PLAIN))


def weighed(probability: float, size: int) -> float:
    """``probability`` of a candidate as it would be in a note of usual length.

    Args:
        probability: what the models say.
        size: of the document, as :func:`graph.text.scripts.text_size` counts.
    """
    inflation = _inflation(size)
    return 1 / (1 + math.exp(inflation - _log_odds(probability))) if inflation else probability


def budget(scores: Sequence[float], size: int) -> int:
    """How many concepts a document has: mostly as many as are probable, drawn towards what documents of its size have.

    By models that have not seen the notes, concepts F1 is .74 on five long notes built together (three annotated
    parts), .71 on 26 others built together, and .73 on these built alone. It was .665, .698 and .727 with the
    probabilities of single documents as they are, a count from .5 on and a trust of .55; alone, neither the size nor
    the probabilities fit notes of all lengths.

    Args:
        scores: of all clusters of the document, as :func:`weighed` returns them.
        size: as :func:`graph.text.scripts.text_size` counts.
    """
    by_size = DENSITY * math.sqrt(min(size, USUAL)) * max(1.0, size / USUAL)
    sure = sum(score >= SURE for score in scores)
    least = weighed(LIKELY_NAME, size)
    likely = sum(score >= least for score in scores)
    law = math.pow(sure, TRUST) * math.pow(by_size, 1 - TRUST)
    return round(max(law, min(likely, LEAST_SHARE * by_size)))


def log_odds(probabilities: Floats, sizes: Sequence[int], doc: Ints) -> Floats:
    """Log odds of :func:`weighed` for each of some candidates.

    Args:
        probabilities: what the models say.
        sizes: of all documents.
        doc: for each candidate the number of its document.
    """
    distinct, number = np.unique(probabilities, return_inverse=True)
    odds = np.asarray([_log_odds(p) for p in distinct.tolist()], dtype=np.float64)[number]
    found: Floats = odds - np.asarray([_inflation(size) for size in sizes], dtype=np.float64)[doc]
    return found


def mean_by(group: Ints, values: Floats, groups: int) -> Floats:
    """Mean of ``values`` for each of so many groups, added in their order; 0 where there are none."""
    number = np.maximum(np.bincount(group, minlength=groups), 1)
    found: Floats = np.bincount(group, weights=values, minlength=groups) / number
    return found


def probabilities(own: Floats, everywhere: Floats | None) -> Floats:
    """Probabilities of clusters in documents, in view of the log odds that they have ``everywhere`` if these count."""
    margin = -own if everywhere is None else -(1 - SHARED) * own - SHARED * everywhere
    return np.asarray([1 / (1 + math.exp(value)) for value in margin.tolist()], dtype=np.float64)
