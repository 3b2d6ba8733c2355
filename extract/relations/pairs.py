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
    second: Ints
    """Number of the next most probable one, -1 without."""
    of_instance: Ints
    """For each instance the number of its pair."""
    columns: dict[str, NDArray[np.float32]]
    """:data:`RIVAL_COLUMNS` and :data:`PLACE_COLUMNS`."""

    def __len__(self) -> int:
        return len(self.low)


def pairs_of(notes: NoteColumns, table: InstanceTable, probability: Floats) -> Pairs:
    """The pairs of all instances of ``table``.

    Args:
        notes: where the instances appear.
        table: the instances.
        probability: of each instance, that the line says how the two are related.
    """
    found, same, counts = table.instances, table.pairs, table.counts
    pair, pair_document = same.of_instance, same.document
    falling = np.argsort(-probability, kind="stable")
    order = falling[grouped(pair[falling], len(same))]
    first = np.cumsum(same.count) - same.count
    best = order[first]
    top = probability[best]
    runner_up = order[np.minimum(first + 1, max(len(order) - 1, 0))]
    several = same.count > 1
    second = np.where(several, probability[runner_up], 0.0)
    rank_low, mass_low, rank_high, mass_high = _rivals(same.low_row, same.high_row, top, len(counts))
    forward = notes.occ_concept[found.a[best]] == same.low
    sentence = notes.occ_sentence[found.b]
    sentences = len(notes.sentence_start)
    documents = len(notes.documents)
    own = np.bincount(counts.document, minlength=documents)
    length = np.bincount(notes.block_doc, weights=notes.block_end - notes.block_start, minlength=documents)
    mass = np.bincount(pair_document[pair], weights=probability, minlength=documents)
    columns = {
        "top": _log_odds(top),
        "second": _log_odds(second),
        "sum": np.bincount(pair, weights=probability, minlength=len(same)),
        "either": -np.bincount(pair, weights=np.log1p(-np.minimum(probability, 0.999)), minlength=len(same)),
        "instances": np.log1p(same.count),
        "a.rank": np.where(forward, rank_low, rank_high),
        "b.rank": np.where(forward, rank_high, rank_low),
        "a.mass": np.where(forward, mass_low, mass_high),
        "b.mass": np.where(forward, mass_high, mass_low),
        "rank.low": np.minimum(rank_low, rank_high),
        "rank.high": np.maximum(rank_low, rank_high),
        "sentence.rank": _rank(sentence, falling, sentences)[best],
        "sentence.mass": np.bincount(sentence, weights=probability, minlength=sentences)[sentence[best]],
        "sentence.size": np.bincount(sentence, minlength=sentences)[sentence[best]],
        "document.concepts": np.log1p(own)[pair_document],
        "document.mass": np.log1p(mass)[pair_document],
        "document.length": np.log1p(length)[pair_document],
    }
    by_place = np.zeros((len(same), len(Place)))
    np.maximum.at(by_place.ravel(), pair * len(Place) + found.place, probability)
    for place, name in zip(Place, PLACE_COLUMNS, strict=True):
        columns[name] = by_place[:, place]
    ordered = {name: columns[name].astype(np.float32) for name in (*RIVAL_COLUMNS, *PLACE_COLUMNS)}
    return Pairs(pair_document, same.low, same.high, best, np.where(several, runner_up, -1), pair, ordered)


def pair_matrix(pairs: Pairs, table: InstanceTable, names: tuple[str, ...]) -> NDArray[np.float32]:
    """The columns ``names`` of the pairs: their own, and those of their best instances. Shape (pairs, len(names))."""
    out = np.empty((len(pairs), len(names)), dtype=np.float32)
    for column, name in enumerate(names):
        out[:, column] = pairs.columns[name] if name in pairs.columns else table.columns[name].take(pairs.best)
    return out


def _log_odds(probability: Floats) -> Floats:
    clipped = np.clip(probability, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(clipped / (1 - clipped)))


def grouped(groups: Ints, most: int) -> Ints:
    """The order that sorts rows by their group (0 to ``most`` - 1); those of one group stay in their order.

    Sixteen bits are sorted by counting.
    """
    order = np.argsort((groups & 0xFFFF).astype(np.uint16), kind="stable")
    if most > 1 << 16:
        order = order[np.argsort(groups[order] >> 16, kind="stable")]
    return order


def _rank(group: Ints, falling: Ints, most: int) -> Ints:
    """The place of each row within its group, the highest score first, ties in order.

    Args:
        group: of each row.
        falling: the rows by falling score, ties in order.
        most: number of groups.
    """
    order = falling[grouped(group[falling], most)]
    size = np.bincount(group, minlength=most)
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(np.cumsum(size) - size, size)
    return rank


def _rivals(low: Ints, high: Ints, score: Floats, most: int) -> tuple[Ints, Floats, Ints, Floats]:
    """For both concepts of each pair.

    The pair's rank among all pairs of the concept, and the sum of those pairs' scores. Concepts are numbered by
    document, 0 to ``most`` - 1.
    """
    both, scores = np.concatenate([low, high]), np.concatenate([score, score])
    rank = _rank(both, np.argsort(-scores, kind="stable"), most)
    mass = np.bincount(both, weights=scores, minlength=most)[both]
    half = len(low)
    return rank[:half], mass[:half], rank[half:], mass[half:]
