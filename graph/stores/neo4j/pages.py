"""What Neo4j keeps as bytes: the postings that full-text search scores, and the vectors, bit for bit.

Lucene's scores depend on all other graphs of the database and keep the length of a text in one byte; so results would
be in another order than in the other stores, and change when somebody else builds. The postings of our own terms
(:mod:`graph.stores.terms`) make them the same everywhere; a search reads only the pages of its terms. The ``cjk``
full-text index is for people's own Cypher.
"""

from __future__ import annotations

import zlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log
from typing import Final, TypeAlias

import msgpack
import numpy as np
from numpy.typing import NDArray

from graph.model import Passage, Vectors
from graph.stores.memory import FLOOR, K1, B
from graph.stores.terms import index_terms, is_prefix

TERMS: Final = "terms"
CONCEPT_VECTORS: Final = "concept-vectors"
PASSAGE_VECTORS: Final = "passage-vectors"
STATE: Final = "state"
LAYOUT: Final = "layout"
INDEX: Final = "index"
"""Parts of the index that was published with the graph, by name."""
INDEX_NAMES: Final = "index-names"
"""Their names."""

TERMS_A_PAGE: Final = 200
PAGE_BYTES: Final = 1_000_000
"""Bytes of vectors or of an encoder's state in one page."""

Postings: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]
"""Of one term: positions of the passages that contain it, how often each does, and how many terms each has."""


def term_pages(passages: Sequence[Passage]) -> tuple[list[bytes], float]:
    """The postings of all terms, spread over pages by :func:`page_of`, and the mean number of terms of a passage."""
    postings: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
    total = 0
    for position, passage in enumerate(passages):
        held = index_terms(passage.text)
        total += len(held)
        counts = Counter(held)
        counts.update(term[0] for term in held if len(term) > 1 and is_prefix(term[0]))
        for term, count in counts.items():
            postings[term].extend((position, count, len(held)))
    pages = -(-len(postings) // TERMS_A_PAGE)
    content: list[dict[str, bytes]] = [{} for _ in range(pages)]
    for term in sorted(postings):
        content[page_of(term, pages)][term] = postings.pop(term).tobytes()
    return [msgpack.packb(page) for page in content], (total / len(passages) if passages else 0.0)


def page_of(term: str, pages: int) -> int:
    """On which of ``pages`` pages a term appears."""
    return zlib.crc32(term.encode()) % pages


def postings_in(page: bytes, terms: Iterable[str]) -> dict[str, Postings]:
    """The postings of those of ``terms`` that appear on ``page``."""
    held = msgpack.unpackb(page)
    found: dict[str, Postings] = {}
    for term in terms:
        if term in held:
            rows = np.frombuffer(held[term], dtype=np.uint32).reshape(-1, 3)
            found[term] = (rows[:, 0], rows[:, 1], rows[:, 2])
    return found


def ranked(
    terms: Sequence[str], postings: Mapping[str, Postings], *, passages: int, mean: float, limit: int
) -> list[tuple[int, float]]:
    """(position, score) of the best passages.

    As :class:`graph.stores.memory.FullText` ranks them, with the same scores.

    Args:
        terms: of the question, each once.
        postings: of the terms that appear anywhere.
        passages: how many the graph has.
        mean: their mean number of terms.
        limit: how many to return at most.
    """
    if not postings:
        return []
    places = np.unique(np.concatenate([positions for positions, _, _ in postings.values()]))
    scores = np.zeros(len(places))
    held = np.zeros(len(places), dtype=np.int64)
    for term in terms:
        if term not in postings:
            continue
        positions, counts, lengths = postings[term]
        weight = max(FLOOR, log((passages - len(positions) + 0.5) / (len(positions) + 0.5)))
        at = np.searchsorted(places, positions)
        often = counts.astype(np.float64)
        scores[at] += weight * (often * (K1 + 1) / (often + K1 * (1 - B + B * lengths / mean)))
        held[at] += 1
    whole = held == len(terms)
    scores[whole] += scores[~whole].max(initial=0.0)
    order = np.lexsort((places, ~whole, -scores))[:limit]
    return [(int(places[i]), float(scores[i])) for i in order]


def vector_pages(rows: NDArray[np.float32], places: Sequence[int]) -> Iterator[bytes]:
    """``rows`` with the positions that they belong to, in their order, a megabyte a page."""
    size = max(1, PAGE_BYTES // (4 * rows.shape[1] + 4))
    for start in range(0, len(rows), size):
        some = rows[start : start + size].astype("<f4")
        yield msgpack.packb((np.asarray(places[start : start + size], dtype="<u4").tobytes(), some.tobytes()))


def state_pages(state: bytes) -> Iterator[bytes]:
    """``state``, that of an encoder or a packed layout, in pieces."""
    for start in range(0, len(state), PAGE_BYTES):
        yield state[start : start + PAGE_BYTES]


def names_page(names: Sequence[str]) -> bytes:
    """The names of the parts of an index, in their order."""
    packed: bytes = msgpack.packb(list(names))
    return packed


def names_on(pages: Iterable[bytes]) -> dict[str, int]:
    """Name of a part → number of its page; empty where there is no index."""
    packed = b"".join(pages)
    return {name: number for number, name in enumerate(msgpack.unpackb(packed))} if packed else {}


def vectors_from(
    encoder: str,
    dim: int,
    concepts: Iterable[bytes],
    concept_ids: Sequence[str],
    passages: Iterable[bytes],
    passage_ids: Sequence[str],
    state: Iterable[bytes],
) -> Vectors:
    """The vectors that stood on these pages.

    ``concept_ids`` and ``passage_ids`` are those of the graph, by position.
    """
    concept_places, concept_rows = _matrix(concepts, dim)
    passage_places, passage_rows = _matrix(passages, dim)
    return Vectors(
        encoder=encoder,
        concept_ids=tuple(concept_ids[i] for i in concept_places),
        concepts=concept_rows,
        passage_ids=tuple(passage_ids[i] for i in passage_places),
        passages=passage_rows,
        state=b"".join(state),
    )


def _matrix(pages: Iterable[bytes], dim: int) -> tuple[list[int], NDArray[np.float32]]:
    parts = [msgpack.unpackb(page) for page in pages]
    places = np.frombuffer(b"".join(p for p, _ in parts), dtype="<u4")
    rows = np.frombuffer(b"".join(r for _, r in parts), dtype="<f4")
    return places.tolist(), rows.reshape(len(places), dim).astype(np.float32, copy=False)
