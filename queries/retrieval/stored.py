"""The index of a graph's lines as it is read: what every question needs at once, the rest when it is asked for.

See :mod:`queries.retrieval.line_index` for what is in it. Lines, names and concepts behave like the sequences and
mappings that they would be in memory.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.errors import StoreError
from graph.model import Concept, LineKind
from graph.stores.contract import GraphStore, Sizes
from graph.text.name_finder import FoldedNames
from queries.question.link import Names
from queries.retrieval.bm25 import WEIGHT_STEP, TokenIndex
from queries.retrieval.complement import Ints
from queries.retrieval.line_index import KINDS, META, META_NUMBERS, SEAL, VERSION
from queries.retrieval.lines import Line
from queries.retrieval.parts import DamagedIndex, Lists, Read, SortedTexts, Texts, get_column
from queries.retrieval.phrases import NamesInQuestion
from queries.retrieval.units import UnitIndex, UnitOptions, UnitSteps, bridges_of

MOST: Final = 1 << 31
"""What every number of an index is below."""
KEPT: Final = 1 << 17
"""Lines or concepts that are kept once they were read; then all are forgotten, and made again as they are needed."""


class LineTable(Sequence[Line]):
    """All lines, made when they are asked for. Their columns can be read without making them."""

    def __init__(self, read: Read, meta: Mapping[str, int]) -> None:
        size, documents, passages = meta["lines"], meta["documents"], meta["passages"]
        self.passages = passages
        """Number of passages."""
        self.docs = list(Texts(read, "documents", count=documents))
        """Ids of the documents."""
        self.doc = get_column(read, "line.doc", size=size, below=documents)
        """For each line its document's place in :attr:`docs`."""
        self.number = get_column(read, "line.number", size=size, below=MOST)
        coded = get_column(read, "line.kind", size=size, below=2 * len(KINDS))
        self.kind = coded >> 1
        """For each line the place of its kind in :data:`queries.retrieval.line_index.KINDS`."""
        self.asks = (coded & 1).astype(bool)
        """For each line whether it ends with a question mark."""
        self.passage = get_column(read, "line.passage", size=size, below=passages)
        self.path = get_column(read, "line.path", size=size, below=meta["paths"])
        self._context = get_column(read, "line.context", size=size, below=meta["contexts"])
        self._section = get_column(read, "line.section", size=size, below=passages)
        self._passage_doc = get_column(read, "passage.doc", size=passages, below=documents)
        self._passage_line = get_column(read, "passage.line", size=passages, below=MOST)
        self._place = (self.doc << 32) | self.number
        places = (self._passage_doc << 32) | self._passage_line
        if (np.diff(self._place) <= 0).any() or (np.diff(places) <= 0).any():
            raise DamagedIndex("lines or passages are not in their order")
        self._passage_place = places
        self._paths = Lists(read, "paths", count=meta["paths"], below=[meta["headings"]])
        self._headings = Texts(read, "headings", count=meta["headings"])
        self._contexts = Texts(read, "contexts", count=meta["contexts"])
        self.texts = Texts(read, "texts", count=size)
        """What each line says."""
        self._ids: dict[int, str] = {}
        self._above: dict[int, tuple[str, ...]] = {}
        self._doc_number = {doc: number for number, doc in enumerate(self.docs)}
        self._made: dict[int, Line] = {}

    def __len__(self) -> int:
        return len(self.number)

    def __getitem__(self, row: int) -> Line:  # type: ignore[override]  # slices are not needed
        found = self._made.get(row)
        if found is None:
            if not -len(self) <= row < len(self):
                raise IndexError(row)
            row %= len(self)
            found = Line(
                self.docs[self.doc.item(row)],
                self.number.item(row),
                KINDS[self.kind.item(row)],
                self.texts[row],
                self._headings_of(self.path.item(row)),
                self._contexts[self._context.item(row)],
                self._passage_id(self._section.item(row)),
                self._passage_id(self.passage.item(row)),
            )
            if len(self._made) >= KEPT:
                self._made.clear()
            self._made[row] = found
        return found

    @cached_property
    def depth(self) -> Ints:
        """For each line how many headings it is under."""
        return np.asarray(self._paths.sizes[self.path])

    @cached_property
    def opens(self) -> NDArray[np.bool_]:
        """For each line whether it is the first below a heading: no heading itself and no code."""
        heading = self.is_kind(LineKind.HEADING)
        below = np.zeros(len(self), dtype=np.bool_)
        below[1:] = heading[:-1] & (self.doc[1:] == self.doc[:-1])
        return below & (self.depth > 0) & ~heading & ~self.is_kind(LineKind.CODE)

    def title(self, row: int) -> str:
        """The innermost heading above a line that has one."""
        return self._headings_of(self.path.item(row))[-1]

    def _headings_of(self, path: int) -> tuple[str, ...]:
        found = self._above.get(path)
        if found is None:
            found = tuple(self._headings[number] for number in self._paths.row(path).tolist())
            if len(self._above) >= KEPT:
                self._above.clear()
            self._above[path] = found
        return found

    def is_kind(self, kind: LineKind) -> NDArray[np.bool_]:
        """For each line whether it is of this kind."""
        return np.asarray(self.kind == KINDS.index(kind))

    def row_of(self, doc: str, number: int) -> int | None:
        """The row of a line of a document; None where it says nothing, or is not there."""
        at = self._doc_number.get(doc)
        return None if at is None or not 0 <= number < MOST else _place_in(self._place, (at << 32) | number)

    def passage_number(self, passage: str) -> int | None:
        """The place of a passage among all of them."""
        doc, _, line = passage.rpartition("#")
        at = self._doc_number.get(doc)
        return None if at is None else _place_in(self._passage_place, (at << 32) | int(line))

    def _passage_id(self, passage: int) -> str:
        found = self._ids.get(passage)
        if found is None:
            found = f"{self.docs[self._passage_doc.item(passage)]}#{self._passage_line.item(passage)}"
            if len(self._ids) >= KEPT:
                self._ids.clear()
            self._ids[passage] = found
        return found


def _place_in(ordered: Ints, wanted: int) -> int | None:
    at = int(np.searchsorted(ordered, wanted))
    return at if at < len(ordered) and int(ordered[at]) == wanted else None


class Positions:
    """(document, line) → row."""

    def __init__(self, lines: LineTable) -> None:
        self._lines = lines

    def get(self, place: tuple[str, int]) -> int | None:
        """The row of the line; None where it says nothing."""
        return self._lines.row_of(*place)

    def __contains__(self, place: tuple[str, int]) -> bool:
        return self._lines.row_of(*place) is not None

    def __getitem__(self, place: tuple[str, int]) -> int:
        row = self._lines.row_of(*place)
        if row is None:
            raise KeyError(place)
        return row


class ConceptsOfLines(Sequence[tuple[str, ...]]):
    """For each line ids of concepts."""

    def __init__(self, lists: Lists, ids: Sequence[str]) -> None:
        self.lists, self._ids = lists, ids

    def __len__(self) -> int:
        return len(self.lists)

    def __getitem__(self, row: int) -> tuple[str, ...]:  # type: ignore[override]  # slices are not needed
        return tuple(self._ids[number] for number in self.lists.row(row).tolist())


class LinesOfConcepts:
    """Concept id → rows, ascending; concepts without any are not in it."""

    def __init__(self, lists: Lists, number: Mapping[str, int]) -> None:
        self.lists, self._number = lists, number

    def __contains__(self, concept: str) -> bool:
        return len(self.get(concept)) > 0

    def __getitem__(self, concept: str) -> Ints:
        found = self.get(concept)
        if not len(found):
            raise KeyError(concept)
        return found

    def get(self, concept: str, default: Sequence[int] = ()) -> Ints:  # noqa: ARG002  # as a mapping has it
        """The rows of ``concept``; none where it has none."""
        number = self._number.get(concept)
        return np.zeros(0, dtype=np.int64) if number is None else self.lists.row(number)


class Titles:
    """The words and concepts in the titles of documents and in headings."""

    def __init__(self, read: Read, meta: Mapping[str, int]) -> None:
        self._documents = meta["documents"]
        self._words = SortedTexts(read, "title_words", count=meta["title_words"])
        most = meta["documents"] + meta["lines"]
        self._lists = Lists(read, "titles", count=meta["title_words"], below=[most])

    def naming(self, words: Iterable[str]) -> tuple[list[int], list[int]]:
        """The documents whose titles contain one of these index tokens, and the rows of such headings; ascending."""
        numbers = [number for word in words if (number := self._words.get(word)) is not None]
        _, found = self._lists.of(np.array(numbers, dtype=np.int64))
        found = np.unique(found)
        documents = found[found < self._documents]
        return documents.tolist(), (found[len(documents) :] - self._documents).tolist()


class StoredConcepts(Mapping[str, Concept]):
    """The concepts of one build, read from its store when they are asked for."""

    def __init__(self, store: GraphStore, build: str, ids: Mapping[str, int]) -> None:
        self._store, self._build, self._ids = store, build, ids
        self._read: dict[str, Concept] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __contains__(self, concept: object) -> bool:
        return concept in self._ids

    def __getitem__(self, concept: str) -> Concept:
        found = self._read.get(concept)
        if found is None:
            if concept not in self._ids:
                raise KeyError(concept)
            self.prepare([concept])
            found = self._read[concept]
        return found

    def prepare(self, concepts: Iterable[str]) -> None:
        """Read several at once, which is faster than one by one.

        Raises:
            StoreError: the store contains another build by now.
            DamagedIndex: the graph has no such concept, though the index says so.
        """
        missing = sorted({c for c in concepts if c in self._ids and c not in self._read})
        if not missing:
            return
        with self._store.reading():
            if self._store.build() != self._build:
                raise StoreError("The graph was built again while it was being read. Ask again.")
            found = self._store.concepts(missing)
        if len(found) != len(missing):
            raise DamagedIndex("the graph has not all concepts of the index")
        if len(self._read) >= KEPT:
            self._read.clear()
        self._read.update((c.id, c) for c in found)


class _Titles(Mapping[str, str]):
    """Concept id → its name."""

    def __init__(self, names: Texts, number: Mapping[str, int]) -> None:
        self._names, self._number = names, number

    def __len__(self) -> int:
        return len(self._number)

    def __iter__(self) -> Iterator[str]:
        return iter(self._number)

    def __contains__(self, concept: object) -> bool:
        return concept in self._number

    def __getitem__(self, concept: str) -> str:
        return self._names[self._number[concept]]


class _ByKey(Mapping[str, tuple[str, ...]]):
    """Folded name → ids of the concepts that go by it."""

    def __init__(self, keys: SortedTexts, concepts: ConceptsOfLines) -> None:
        self._keys, self._concepts = keys, concepts

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __getitem__(self, key: str) -> tuple[str, ...]:
        return self.at(self._keys.number(key))

    def at(self, number: int) -> tuple[str, ...]:
        """The ids for the key of this number."""
        found = self._concepts[number]
        if not found:
            raise DamagedIndex("nothing goes by a name")
        return found


class StoredIndex:
    """The index of one build's lines.

    Args:
        read: reads parts.
        sizes: of the graph that the index belongs to.

    Raises:
        DamagedIndex: it is not there, of another version, of another graph, or damaged. What is read later is
            compared then.
    """

    def __init__(self, read: Read, sizes: Sizes) -> None:
        meta = _meta(read, sizes)
        self.meta = meta
        read = _unsealed(read, meta["seal"].to_bytes(SEAL, "big"))
        concepts, size = meta["concepts"], meta["lines"]
        self.lines = LineTable(read, meta)
        ids = list(Texts(read, "concept.id", count=concepts))
        self.titles = Titles(read, meta)
        self.number = {concept: number for number, concept in enumerate(ids)}
        """Concept id → its place in the graph's order."""
        if len(self.number) != concepts:
            raise DamagedIndex("a concept occurs twice")
        self.line_concepts = ConceptsOfLines(Lists(read, "line_concepts", count=size, below=[concepts]), ids)
        self.subjects = ConceptsOfLines(Lists(read, "subjects", count=size, below=[concepts]), ids)
        self.mention_lines = LinesOfConcepts(Lists(read, "mention_lines", count=concepts, below=[size]), self.number)
        self.subject_lines = LinesOfConcepts(Lists(read, "subject_lines", count=concepts, below=[size]), self.number)
        self.vocabulary = SortedTexts(read, "tokens", count=meta["tokens"])
        self.index = TokenIndex.from_postings(
            self.vocabulary,
            Lists(read, "postings", count=meta["tokens"], below=[size, MOST]),
            get_column(read, "line.length", size=size, below=MOST).astype(np.float64) * WEIGHT_STEP,
        )
        self.names = _names(read, meta, ids, self.number)
        self.units = _units(read, meta)


def _meta(read: Read, sizes: Sizes) -> dict[str, int]:
    """What the index says of itself: numbers, each below :data:`MOST`."""
    data = read([META]).get(META)
    if data is None:
        raise DamagedIndex("there is no index")
    try:
        found = json.loads(data)
    except ValueError as e:
        raise DamagedIndex("the index does not say what it is") from e
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise DamagedIndex("the index is of another version")
    most = {"seal": 1 << 8 * SEAL}
    if set(found) != META_NUMBERS or not all(
        isinstance(v, int) and 0 <= v < most.get(n, MOST) for n, v in found.items()
    ):
        raise DamagedIndex("the index does not say what it is")
    if any(found[what] != number for what, number in sizes._asdict().items()):
        raise DamagedIndex("the index is of another graph")
    return found


def _unsealed(read: Read, seal: bytes) -> Read:
    """Reads the parts that have this seal, without it."""

    def found(names: Collection[str]) -> dict[str, bytes]:
        return {name: data[SEAL:] for name, data in read(names).items() if data.startswith(seal)}

    return found


def _names(read: Read, meta: Mapping[str, int], ids: Sequence[str], number: Mapping[str, int]) -> Names:
    keys = SortedTexts(read, "names", count=meta["names"])
    by_key = _ByKey(
        keys,
        ConceptsOfLines(Lists(read, "names.concept", count=meta["names"], below=[meta["concepts"]]), ids),
    )
    written = Texts(read, "names.written", count=meta["names"])
    lengths = get_column(read, "names.length", size=meta["name_lengths"], below=MOST)
    return Names(
        finder=FoldedNames(keys.get, lengths.tolist(), lambda name: (written[name], by_key.at(name)[0])),
        titles=_Titles(Texts(read, "concept.name", count=meta["concepts"]), number),
        by_key=by_key,
        beginning=keys.beginning,
        written=lambda key: written[keys.number(key)],
    )


def _units(read: Read, meta: Mapping[str, int]) -> UnitIndex:
    options = UnitOptions()
    units, names, parts = meta["units"], meta["unit_names"], meta["parts_of_names"]

    def lists(name: str, count: int, below: int) -> Lists:
        return Lists(read, f"units.{name}", count=count, below=[below])

    steps = UnitSteps(
        named=lists("named", units, names),
        subjects=lists("subjects", units, names),
        about=lists("about", names, units),
        naming=lists("naming", names, units),
        rare=lists("rare", units, meta["rare_things"]),
        sharing=lists("sharing", meta["rare_things"], units),
        mentioned=lists("mentioned", units, parts),
        containing=lists("containing", parts, units),
        mentions=get_column(read, "units.mentions", size=parts, below=MOST),
    )
    keys = SortedTexts(read, "unit_names", count=names)
    sizes = get_column(read, "unit.lines", size=units, below=MOST)
    section = get_column(read, "unit.section", size=units, below=2)
    if int(sizes.sum()) != meta["lines"] or (units and int(sizes.min()) < 1):
        raise DamagedIndex("the notes and sections have not all lines")
    return UnitIndex(
        finder=NamesInQuestion(keys.get, longest=meta["unit_words"]),
        names=keys,
        about=steps.about,
        bridges=bridges_of(steps, options),
        unit_of=np.repeat(np.arange(units, dtype=np.int64), sizes),
        first=np.cumsum(sizes) - sizes,
        weight=np.where(section == 1, options.section, 1.0),
        options=options,
    )


class Beginnings(Container[str]):
    """The first letters of the longer Latin words of the notes, looked up among all tokens."""

    def __init__(self, tokens: SortedTexts, length: int) -> None:
        self._tokens, self._length = tokens, length

    def __contains__(self, prefix: object) -> bool:
        return (
            isinstance(prefix, str)
            and len(prefix) == self._length
            and any(token.isascii() and token.isalpha() for token in self._tokens.beginning(prefix))
        )
