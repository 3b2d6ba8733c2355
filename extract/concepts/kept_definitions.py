"""What earlier builds found of the sentences of a note that may define concepts, for notes that have the same again.

These sentences depend on the note's blocks, on where it names concepts and on the names of these; not on how concepts
are numbered beyond their order. A checksum of all that is their key.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.definition_sentences import FORMS, Ints, Names, Sentences, feature_names
from extract.memo import Results
from extract.text.occurrences import Occurrences

_KIND: Final = "definitions"
_LEVEL: Final = 1
"""Of zlib: most features of a sentence are 0."""
_COLUMNS: Final = (("occurrence", "<i4"), ("start", "<i4"), ("end", "<i4"), ("form", "<i1"), ("first", "<i4"),
                   ("last", "<i4"), ("listed", "<i1"))  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class KeptDefinitions:
    """Where the sentences of earlier builds are, for one collection."""

    notes: Sequence[str]
    """For each document a checksum of all that its blocks depend on, the code included."""
    results: Results

    def keys(self, places: Occurrences, names: Sequence[Names]) -> list[str]:
        """For each document the key of its sentences.

        Args:
            places: where the documents name concepts, in document order.
            names: of each concept.
        """
        looks = [_look(own) for own in names]
        bounds = np.searchsorted(places.doc, np.arange(len(self.notes) + 1)).tolist()
        found = []
        for note, begin, end in zip(self.notes, bounds[:-1], bounds[1:], strict=True):
            here, own = np.unique(places.concept[begin:end], return_inverse=True)
            digest = hashlib.sha256(f"{_KIND} {note} {len(here)} {end - begin}\0".encode())
            for column in (own, places.block[begin:end], places.start[begin:end], places.end[begin:end]):
                digest.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
            digest.update(b"".join([looks[concept] for concept in here.tolist()]))
            found.append(digest.hexdigest())
        return found

    def read(self, keys: Sequence[str], places: Occurrences) -> dict[int, Sentences]:
        """Number of a document → its sentences, for those of ``keys`` that are there and whole."""
        bounds = np.searchsorted(places.doc, np.arange(len(keys) + 1)).tolist()
        results = self.results.find(keys)
        unpacked = {
            doc: _unpacked(results[key], bounds[doc], bounds[doc + 1]) for doc, key in enumerate(keys) if key in results
        }
        return {doc: found for doc, found in unpacked.items() if found is not None}

    def write(self, keys: Mapping[int, str], found: Sentences, places: Occurrences) -> None:
        """Keep the sentences of the documents that have ``keys``; ``found`` is in the order of the documents."""
        numbers = np.asarray(list(keys), dtype=np.int64)
        begin, end = (np.searchsorted(places.doc, numbers, side=side) for side in ("left", "right"))
        parts = [
            zip(*(np.searchsorted(column, edge).tolist() for edge in (begin, end)), strict=True)
            for column in (found.occurrence, found.seen, found.cells[:, 0])
        ]
        rows = zip(keys.values(), begin.tolist(), *parts, strict=True)
        self.results.keep((key, _packed(found, first, own, seen, cells)) for key, first, own, seen, cells in rows)


def _look(names: Names) -> bytes:
    """A checksum of the names of a concept."""
    return hashlib.sha256(repr(sorted(names.all)).encode("utf-8", "surrogatepass")).digest()


def _packed(found: Sentences, first: int, own: tuple[int, int], seen: tuple[int, int], cells: tuple[int, int]) -> bytes:
    """The rows of one document, whose occurrences begin with the ``first``."""
    rows, some, few = slice(*own), slice(*seen), slice(*cells)
    counts = np.asarray([own[1] - own[0], seen[1] - seen[0], cells[1] - cells[0]], dtype="<i4")
    columns = [getattr(found, name)[rows] - (first if name == "occurrence" else 0) for name, _ in _COLUMNS[:-1]]
    parts = [np.ascontiguousarray(c, dtype=kind) for c, (_, kind) in zip(columns, _COLUMNS[:-1], strict=True)]
    parts += [
        np.ascontiguousarray(found.listed[rows], dtype="<i1"),
        np.ascontiguousarray(found.features[rows].T, dtype="<f4"),
        np.ascontiguousarray(found.seen[some] - first, dtype="<i4"),
        np.ascontiguousarray(found.cells[few] - [first, 0], dtype="<i4"),
    ]
    return zlib.compress(b"".join(part.tobytes() for part in (counts, *parts)), _LEVEL)


def _unpacked(data: bytes, first: int, end: int) -> Sentences | None:
    """What :func:`_packed` made ``data`` of, for the document with the occurrences ``first`` to ``end``.

    None where it cannot be of it.
    """
    width = len(feature_names())
    try:
        raw = zlib.decompress(data)  # ours: the cache has authenticated it
        own, seen, cells = np.frombuffer(raw, dtype="<i4", count=3).tolist()
    except (zlib.error, ValueError):
        return None
    shapes = [*((own, kind) for _, kind in _COLUMNS), (own * width, "<f4"), (seen, "<i4"), (cells * 2, "<i4")]
    if min(own, seen, cells) < 0 or len(raw) != 12 + sum(n * np.dtype(kind).itemsize for n, kind in shapes):
        return None
    columns: list[NDArray[Any]] = []
    at = 12
    for count, kind in shapes:
        columns.append(np.frombuffer(raw, dtype=kind, count=count, offset=at))
        at += columns[-1].nbytes
    *plain, listed, features, some, few = columns
    numbers = [column.astype(np.int64) for column in plain]
    pairs = few.reshape(-1, 2).astype(np.int64)
    pairs[:, 0] += first
    occurrences = (numbers[0] + first, some.astype(np.int64) + first, pairs[:, 0])
    if not all(_within(column, first, end) for column in occurrences) or not _within(numbers[3], -1, len(FORMS)):
        return None
    return Sentences(
        occurrence=occurrences[0],
        start=numbers[1],
        end=numbers[2],
        form=numbers[3],
        first=numbers[4],
        last=numbers[5],
        listed=listed.astype(bool),
        features=np.ascontiguousarray(features.reshape(width, own).T),
        seen=occurrences[1],
        cells=pairs,
    )


def _within(numbers: Ints, least: int, end: int) -> bool:
    return not len(numbers) or bool(least <= numbers.min() and numbers.max() < end)
