"""What earlier builds found that a document says about pairs of concepts, for documents that say it again.

What a document says depends on its blocks, on where it names concepts, and on the names, kinds and probabilities of
these concepts; not on its neighbours, nor on how concepts are numbered beyond their order. A checksum of all that is
the key of its statements, so that whatever else changes in a collection changes nothing here: a new note has the
statements of those documents made again that name a concept which the note makes more probable or gives a name.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from extract.concepts.drafts import ConceptDraft
from extract.memo import Results
from extract.relations.cues import load_cues
from extract.relations.inference import SLOTS
from extract.relations.instances import Ints, Place
from extract.relations.knowledge import PairKnowledge
from extract.relations.statements import QUOTE_COLUMNS, Statements
from extract.text.occurrences import Occurrences, ParsedDoc

_KIND: Final = "statements"
_AT_ONCE: Final = 400
"""Documents whose packed statements are in memory at once."""
_LEVEL: Final = 1
"""Of zlib: the probabilities of the types are most of the bytes, and hardly a type is possible for most pairs."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptStatements:
    """Where the statements of earlier builds are, for one collection."""

    notes: Sequence[str]
    """For each document a checksum of all that its blocks depend on, the lexicon and the code included."""
    results: Results

    def keys(self, places: Occurrences, concepts: Sequence[ConceptDraft], known: PairKnowledge) -> list[str]:
        """For each document the key of its statements.

        Args:
            places: where the documents name ``concepts``, in document order.
            concepts: the concepts of the collection.
            known: what packs say of them.
        """
        entries = known.entry.tolist()
        looks = [_look(draft, entry, known.around(entry)) for draft, entry in zip(concepts, entries, strict=True)]
        first = np.searchsorted(places.doc, np.arange(len(self.notes) + 1)).tolist()
        found = []
        for note, begin, end in zip(self.notes, first[:-1], first[1:], strict=True):
            here, own = np.unique(places.concept[begin:end], return_inverse=True)
            digest = hashlib.sha256(f"{_KIND} {note} {bool(known)} {len(here)} {end - begin}\0".encode())
            for column in (own, places.block[begin:end], places.start[begin:end], places.end[begin:end]):
                digest.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
            digest.update(b"".join([looks[concept] for concept in here.tolist()]))
            found.append(digest.hexdigest())
        return found

    def read(self, keys: Mapping[int, str], docs: Sequence[ParsedDoc], places: Occurrences) -> dict[int, Statements]:
        """Number of a document → its statements, for those of ``keys`` that are there and whole."""
        found = {}
        numbers = list(keys)
        for start in range(0, len(numbers), _AT_ONCE):
            part = numbers[start : start + _AT_ONCE]
            results = self.results.find([keys[doc] for doc in part])
            for doc in part:
                data = results.get(keys[doc])
                said = None if data is None else _unpacked(data, doc, _named_in(places, doc), len(docs[doc].blocks))
                if said is not None:
                    found[doc] = said
        return found

    def write(self, keys: Mapping[int, str], said: Statements, places: Occurrences) -> None:
        """Keep the statements of the documents that have ``keys``; ``said`` is in the order of the documents."""
        numbers = list(keys)
        first, last = (np.searchsorted(said.doc, numbers, side=side).tolist() for side in ("left", "right"))
        rows = zip(numbers, first, last, strict=True)
        self.results.keep((keys[n], _packed(said, begin, end, _named_in(places, n))) for n, begin, end in rows)


def _look(draft: ConceptDraft, entry: int, around: tuple[tuple[int, ...], ...]) -> bytes:
    """A checksum of what a statement may depend on of a concept.

    What a pack says ``around`` its entry is a part of it: prerequisites count only for concepts that the collection
    has, so that another note may change it.
    """
    facts = repr((draft.names, draft.kind.value, draft.confidence, draft.odds, entry, around))
    return hashlib.sha256(facts.encode("utf-8", "surrogatepass")).digest()


def _named_in(places: Occurrences, doc: int) -> Ints:
    """Numbers of the concepts that a document names, rising."""
    first, last = np.searchsorted(places.doc, [doc, doc + 1])
    return np.unique(places.concept[first:last])


def _packed(said: Statements, begin: int, end: int, here: Ints) -> bytes:
    """The statements ``begin`` to ``end``, all of one document that names the concepts ``here``."""
    first, last = np.searchsorted(said.quotes[:, 0], [begin, end])
    quotes = said.quotes[first:last]
    rows = slice(begin, end)
    flags = said.stated[rows] + 2 * said.taken[rows].astype(np.int64)
    columns: tuple[tuple[object, str], ...] = (
        (np.searchsorted(here, said.low[rows]), "<i4"),
        (np.searchsorted(here, said.high[rows]), "<i4"),
        (said.origin[rows], "<i2"),
        (flags, "<i1"),
        (said.probability[rows], "<f8"),
        (said.types[rows], "<f8"),
        (quotes[:, 0] - begin, "<i4"),
        (quotes[:, 2:], "<i4"),
    )
    counts = np.asarray([end - begin, last - first], dtype="<i4").tobytes()
    parts = [np.ascontiguousarray(column, dtype=kind).tobytes() for column, kind in columns]
    return zlib.compress(counts + b"".join(parts), _LEVEL)


def _unpacked(data: bytes, doc: int, here: Ints, blocks: int) -> Statements | None:
    """What :func:`_packed` made ``data`` of, for the document of that number; None where it cannot be of it.

    Args:
        data: the bytes.
        doc: number of the document.
        here: the concepts that it names.
        blocks: how many blocks it has.
    """
    try:
        raw = zlib.decompress(data)  # ours: the cache has authenticated it
        size, quoted = np.frombuffer(raw, dtype="<i4", count=2).tolist()
    except (zlib.error, ValueError):
        return None
    shapes = (
        *((size, 1, kind) for kind in ("<i4", "<i4", "<i2", "<i1", "<f8")),
        (size, len(SLOTS), "<f8"),
        (quoted, 1, "<i4"),
        (quoted, QUOTE_COLUMNS - 2, "<i4"),
    )
    if min(size, quoted) < 0 or len(raw) != 8 + sum(n * width * np.dtype(kind).itemsize for n, width, kind in shapes):
        return None
    columns, at = [], 8
    for count, width, kind in shapes:
        column = np.frombuffer(raw, dtype=kind, count=count * width, offset=at)
        columns.append(column.reshape(count, width) if width > 1 else column)
        at += column.nbytes
    low, high, origin, flags, probability, types, statement, places = columns
    limits = ((low, 0, len(here)), (high, 0, len(here)), (statement, 0, size), (places[:, 0], 0, blocks))
    origins = (origin, -len(Place), len(load_cues().phrasings))
    if any(
        len(values) and not least <= values.min() <= values.max() < end for values, least, end in (*limits, origins)
    ):
        return None
    return Statements(
        low=here[low],
        high=here[high],
        probability=probability,
        types=types,
        origin=origin.astype(np.int64),
        stated=(flags & 1).astype(bool),
        taken=(flags & 2).astype(bool),
        linked=np.zeros(size),
        votes=np.ones(size, dtype=bool),
        quotes=np.column_stack([statement, np.full(quoted, doc), places]).astype(np.int64),
        doc=np.full(size, doc, dtype=np.int64),
    )
