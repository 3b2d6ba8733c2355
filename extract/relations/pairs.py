"""From instances to pairs.

Of each two concepts of a document the best instance, and how it appears among its rivals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extract.relations.features import InstanceTable
from extract.relations.instances import Ints, NoteColumns, Place
from graph.classifiers import Floats

PLACE_COLUMNS: Final = tuple(f"best.{place.name.lower()}" for place in Place)
RIVAL_COLUMNS: Final = (
    "top", "second", "sum", "either", "instances", "a.rank", "b.rank", "a.mass", "b.mass", "rank.low", "rank.high",
    "sentence.rank", "sentence.mass", "sentence.size", "document.concepts", "document.mass", "document.length",
)  # fmt: skip
"""What a pair is judged by besides the features of its best instance and :data:`PLACE_COLUMNS`."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The pairs of concepts of each document, ordered by (document, lower concept, higher concept)."""

    document: Ints
    """Position of the document in ``NoteColumns.documents``."""
    low: Ints
    high: Ints
    """Numbers of the two concepts."""
    best: Ints
    """Number of the most probable instance."""
    of_instance: Ints
    """For each instance the number of its pair."""
    columns: dict[str, NDArray[np.float32]]
    """:data:`RIVAL_COLUMNS` and :data:`PLACE_COLUMNS`."""

    def __len__(self) -> int:
        return len(self.low)


def pairs_of(notes: NoteColumns, table: InstanceTable, probability: Floats, *, concepts: int) -> Pairs:
    """The pairs of all instances of ``table``.

    Args:
        notes: where the instances appear.
        table: the instances.
        probability: of each instance, that the line says how the two are related.
        concepts: number of concepts of the collection.
    """
    found = table.instances
    size = max(concepts, 1)
    a, b = notes.occ_concept[found.a], notes.occ_concept[found.b]
    document = notes.block_doc[notes.occ_block[found.a]]
    low, high = np.minimum(a, b), np.maximum(a, b)
    keys, pair, count = np.unique((document * size + low) * size + high, return_inverse=True, return_counts=True)
    order = np.lexsort((np.arange(len(pair)), -probability, pair))
    first = np.searchsorted(pair[order], np.arange(len(keys)))
    best = order[first]
    top = probability[best]
    runner_up = order[np.minimum(first + 1, max(len(order) - 1, 0))]
    second = np.where(count > 1, probability[runner_up], 0.0)
    pair_document, pair_low, pair_high = keys // (size * size), keys // size % size, keys % size
    rank_low, mass_low, rank_high, mass_high = _rivals(
        pair_document * size + pair_low, pair_document * size + pair_high, top
    )
    forward = a[best] == pair_low
    sentence = notes.occ_sentence[found.b]
    sentences = len(notes.sentence_start)
    documents = len(notes.documents)
    own = np.unique(notes.block_doc[notes.occ_block] * size + notes.occ_concept) // size
    length = np.bincount(notes.block_doc, weights=notes.block_end - notes.block_start, minlength=documents)
    columns = {
        "top": _log_odds(top),
        "second": _log_odds(second),
        "sum": np.bincount(pair, weights=probability, minlength=len(keys)),
        "either": -np.bincount(pair, weights=np.log1p(-np.minimum(probability, 0.999)), minlength=len(keys)),
        "instances": np.log1p(count),
        "a.rank": np.where(forward, rank_low, rank_high),
        "b.rank": np.where(forward, rank_high, rank_low),
        "a.mass": np.where(forward, mass_low, mass_high),
        "b.mass": np.where(forward, mass_high, mass_low),
        "rank.low": np.minimum(rank_low, rank_high),
        "rank.high": np.maximum(rank_low, rank_high),
        "sentence.rank": _rank(sentence, probability)[best],
        "sentence.mass": np.bincount(sentence, weights=probability, minlength=sentences)[sentence[best]],
        "sentence.size": np.bincount(sentence, minlength=sentences)[sentence[best]],
        "document.concepts": np.log1p(np.bincount(own, minlength=documents))[pair_document],
        "document.mass": np.log1p(np.bincount(document, weights=probability, minlength=documents))[pair_document],
        "document.length": np.log1p(length)[pair_document],
    }
    by_place = np.zeros((len(keys), len(Place)))
    np.maximum.at(by_place, (pair, found.place), probability)
    for place, name in zip(Place, PLACE_COLUMNS, strict=True):
        columns[name] = by_place[:, place]
    ordered = {name: columns[name].astype(np.float32) for name in (*RIVAL_COLUMNS, *PLACE_COLUMNS)}
    return Pairs(pair_document, pair_low, pair_high, best, pair, ordered)


def pair_matrix(pairs: Pairs, table: InstanceTable, names: tuple[str, ...]) -> NDArray[np.float32]:
    """The columns ``names`` of the pairs: their own, and those of their best instances. Shape (pairs, len(names))."""
    out = np.empty((len(pairs), len(names)), dtype=np.float32)
    for column, name in enumerate(names):
        out[:, column] = pairs.columns[name] if name in pairs.columns else table.columns[name][pairs.best]
    return out


def _log_odds(probability: Floats) -> Floats:
    clipped = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _rank(group: Ints, score: Floats) -> Ints:
    """The place of each row within its group, the highest score first, ties in order."""
    order = np.lexsort((np.arange(len(group)), -score, group))
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return rank


def _rivals(low: Ints, high: Ints, score: Floats) -> tuple[Ints, Floats, Ints, Floats]:
    """For both concepts of each pair.

    The pair's rank among all pairs of the concept, and the sum of those pairs' scores.
    """
    groups, inverse = np.unique(np.concatenate([low, high]), return_inverse=True)
    both = np.concatenate([score, score])
    rank = _rank(inverse, both)
    mass = np.bincount(inverse, weights=both, minlength=len(groups)).astype(np.float64)[inverse]
    half = len(low)
    return rank[:half], mass[:half], rank[half:], mass[half:]
