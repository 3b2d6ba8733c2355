"""What each document says about pairs of concepts, as columns, before documents are put together.

A collection has some fifty thousand statements for each megabyte of notes, and every fourth one becomes part of a
relation that is kept. So a statement is a row of numbers, and its quotes are cut when a relation shows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.relations.cues import load_cues
from extract.relations.features import InstanceTable
from extract.relations.inference import SLOTS, Sightings, accepted, scored_pairs, type_votes
from extract.relations.instances import Bools, Instances, Ints, NoteColumns, Place
from extract.relations.knowledge import PairKnowledge
from extract.relations.model import RelationModel
from extract.relations.pairs import Pairs
from extract.text.occurrences import ParsedDoc
from extract.text.quotes import MAX_QUOTE, quote_within
from graph.classifiers import Floats
from graph.model import Evidence, RelationType

MOST_EVIDENCE: Final = 4
"""Lines that are kept for one statement."""
LEAST_SIGNAL: Final = 0.12
"""Probability from which on a pair may be a prerequisite although it is no relation."""


@dataclass(frozen=True, slots=True)
class LinkedPair:
    """Two concepts that a link between notes relates."""

    doc: int
    """Number of the document of the link."""
    low: int
    high: int
    """The concepts, by number."""
    evidence: Evidence
    """The sentence of the link."""
    other: bool = False
    """Whether the link reads as the name of another concept, which the note that it leads to only treats as well."""


Links: TypeAlias = dict[int, dict[tuple[int, int], list[LinkedPair]]]
"""Number of a document → two concepts → the links there that relate them."""
LINKED: Final = 0.8
LINKED_OTHER: Final = 0.4
"""Confidence of a relation that a link between notes states and nothing else; the second where the link reads as the
name of another concept."""
_LINK: Final = -100
"""Origin of such a relation: less than that of any place."""
UNTYPED: Final = np.array([float(slot == (RelationType.RELATED_TO, True)) for slot in SLOTS])
"""The votes of what says no type."""
QUOTE_COLUMNS: Final = 7
"""See :attr:`Statements.quotes`."""


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """A row for each document and pair of which it says anything, in the order of the documents."""

    low: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    high: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """The concepts, by number."""
    probability: Floats = field(default_factory=lambda: np.zeros(0))
    types: Floats = field(default_factory=lambda: np.zeros((0, len(SLOTS))))
    """Probability of each of :data:`extract.relations.inference.SLOTS`, shape (statements, slots)."""
    origin: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """See :func:`origin_name`."""
    stated: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whether the document relates the two by itself, and not only by what a pack knows."""
    taken: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whether it makes a relation; else it is only a signal."""
    linked: Floats = field(default_factory=lambda: np.zeros(0))
    """Confidence that a link between notes gives the relation; 0 without one."""
    votes: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whether ``types`` says anything: of a link alone it does not."""
    quotes: Ints = field(default_factory=lambda: np.zeros((0, QUOTE_COLUMNS), dtype=np.int64))
    """The lines that state those taken, by statement: (statement, document, block, start and end of the names, start
    and end of their sentences), offsets in the block's text."""
    doc: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Number of the document."""
    shown: Mapping[int, tuple[Evidence, ...]] = field(default_factory=dict)
    """Number of a statement → its lines, where they are not those of ``quotes``: of what links say."""

    def __len__(self) -> int:
        return len(self.low)

    def of_documents(self, numbers: Ints) -> Statements:
        """The same where document ``i`` has the number ``numbers[i]``."""
        quotes = self.quotes.copy()
        quotes[:, 1] = numbers[quotes[:, 1]]
        return replace(self, quotes=quotes, doc=numbers[self.doc])

    def evidence(self, docs: Sequence[ParsedDoc], statement: int) -> tuple[Evidence, ...]:
        """The lines of a statement, at most :data:`MOST_EVIDENCE`."""
        if statement in self.shown:
            return self.shown[statement]
        first, last = np.searchsorted(self.quotes[:, 0], [statement, statement + 1])
        return tuple(dict.fromkeys(_cut(docs, self.quotes[first:last, 1:])))[:MOST_EVIDENCE]

    def places(self, statements: Sequence[int]) -> list[tuple[int, int]]:
        """(document, block) of each line of ``statements``."""
        own = self.quotes[np.isin(self.quotes[:, 0], np.asarray(statements, dtype=np.int64))]
        return [(doc, block) for doc, block in own[:, 1:3].tolist()]


class StatementsBuilder:
    """Puts statements behind each other, column by column, so that hardly more than the result is in memory."""

    def __init__(self) -> None:
        self._columns: dict[str, list[NDArray[Any]]] = {
            column.name: [getattr(Statements(), column.name)] for column in fields(Statements) if column.name != "shown"
        }
        self._shown: dict[int, tuple[Evidence, ...]] = {}
        self._size = 0

    def add(self, part: Statements) -> None:
        """Put ``part`` behind all others."""
        for name, columns in self._columns.items():
            values = getattr(part, name)
            columns.append(
                values + np.asarray([self._size, *[0] * (QUOTE_COLUMNS - 1)]) if name == "quotes" else values
            )
        self._shown |= {row + self._size: lines for row, lines in part.shown.items()}
        self._size += len(part)

    def sort(self) -> None:
        """Put all statements so far in the order of the documents; those of one document stay in their order."""
        rows = np.argsort(np.concatenate(self._columns["doc"]), kind="stable")
        place = np.argsort(rows)
        quotes = np.concatenate(self._columns.pop("quotes"))
        quotes[:, 0] = place[quotes[:, 0]]
        quotes = quotes[np.argsort(quotes[:, 0], kind="stable")]
        for columns in self._columns.values():
            joined = np.concatenate(columns)
            columns.clear()
            columns.append(joined[rows])
        self._columns["quotes"] = [quotes]
        self._shown = {int(place[row]): lines for row, lines in self._shown.items()}

    def finish(self) -> Statements:
        """All statements. The builder is of no use afterwards."""
        joined = {name: np.concatenate(self._columns.pop(name)) for name in list(self._columns)}
        return Statements(**joined, shown=self._shown)


def statements_of(
    docs: Sequence[ParsedDoc],
    notes: NoteColumns,
    concepts: Sequence[ConceptDraft],
    known: PairKnowledge,
    trained: RelationModel,
    links: Links,
) -> Statements:
    """What the documents of ``notes`` say. The ``links`` of pairs that they say anything of are taken out."""
    # Only the concepts that these notes name: what is made of all concepts for every piece would grow in the square.
    here, own = np.unique(notes.occ_concept, return_inverse=True)
    notes = replace(notes, occ_concept=own)
    seen = Sightings.of(notes, [concepts[i] for i in here.tolist()], known.among(here))
    scored = scored_pairs(seen, trained)
    stated = (scored_pairs(seen.without_packs(), trained) if known else scored).scores >= trained.cut
    likely = np.zeros(len(scored.pairs), dtype=bool)
    likely[accepted(scored, trained.cut)] = True
    by_link = _linked_rows(scored.pairs, here, notes, links)
    probable = np.flatnonzero(scored.scores >= min(trained.cut, LEAST_SIGNAL))
    asked = np.union1d(probable, np.asarray(sorted(by_link), dtype=np.int64)).astype(np.int64)
    said = type_votes(scored, asked, trained.types)
    instances = seen.table.instances
    best = said.voters[said.first[:-1]]
    shown_rows = likely[asked]
    shown_rows[np.searchsorted(asked, np.asarray(sorted(by_link), dtype=np.int64))] = True
    of_voter = np.repeat(np.arange(len(asked)), np.diff(said.first))
    quoted = shown_rows[of_voter]  # of a signal nobody sees a line
    found = Statements(
        low=here[scored.pairs.low[asked]],
        high=here[scored.pairs.high[asked]],
        probability=scored.scores[asked],
        types=said.votes,
        origin=_origins(seen.table, best),
        stated=stated[asked],
        taken=likely[asked],
        linked=np.zeros(len(asked)),
        votes=np.ones(len(asked), dtype=bool),
        quotes=_quotes(notes, instances, np.stack([of_voter[quoted], said.voters[quoted]], axis=1)),
        doc=np.asarray(notes.documents, dtype=np.int64)[scored.pairs.document[asked]],
    )
    shown = {}
    for row in sorted(by_link):
        number = int(np.searchsorted(asked, row))
        lines = _lines_of(by_link[row])
        told = any(_one_block(notes, instances, w, docs, lines) for w in said.witnesses(number))
        shown[number] = _state_by_link(found, number, by_link[row], found.evidence(docs, number), told=told)
    return replace(found, shown=shown)


def _state_by_link(
    said: Statements, number: int, links: Sequence[LinkedPair], evidence: Sequence[Evidence], *, told: bool
) -> tuple[Evidence, ...]:
    """Let a statement of ``said`` be one of ``links`` as well, and return the lines of both.

    Args:
        said: is changed.
        number: of the statement.
        links: those of its pair.
        evidence: the lines of the statement.
        told: whether one of these is in the block of a link. Where the pair is too unlikely without the link, only what
            the link's own sentence says counts.
    """
    lines = _lines_of(links)
    said.stated[number], said.linked[number] = True, _sure(links)
    if said.taken[number]:
        return tuple(dict.fromkeys((*evidence[: MOST_EVIDENCE - 1], *lines)))[:MOST_EVIDENCE]
    said.taken[number], said.probability[number], said.origin[number] = True, _sure(links), _LINK
    if not told:
        said.votes[number], said.types[number] = False, UNTYPED
    return tuple(dict.fromkeys((*lines, *(evidence if told else ()))))[:MOST_EVIDENCE]


def by_links(links: Links) -> Statements:
    """What ``links`` say of pairs that no place of their document names together."""
    pairs = [(*pair, lines) for _, of_doc in sorted(links.items()) for pair, lines in sorted(of_doc.items())]
    docs = [doc for doc, of_doc in sorted(links.items()) for _ in of_doc]
    sure = np.asarray([_sure(lines) for _, _, lines in pairs], dtype=np.float64)
    size = len(pairs)
    return Statements(
        np.asarray([low for low, _, _ in pairs], dtype=np.int64),
        np.asarray([high for _, high, _ in pairs], dtype=np.int64),
        sure,
        np.tile(UNTYPED, (size, 1)),
        np.full(size, _LINK, dtype=np.int64),
        np.ones(size, dtype=bool),
        np.ones(size, dtype=bool),
        sure,
        np.zeros(size, dtype=bool),
        doc=np.asarray(docs, dtype=np.int64),
        shown={number: _lines_of(lines)[:MOST_EVIDENCE] for number, (_, _, lines) in enumerate(pairs)},
    )


def _lines_of(links: Sequence[LinkedPair]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(link.evidence for link in links))


def _sure(links: Sequence[LinkedPair]) -> float:
    """The confidence that the links give."""
    return max(LINKED_OTHER if link.other else LINKED for link in links)


def _one_block(
    notes: NoteColumns, found: Instances, row: int, docs: Sequence[ParsedDoc], lines: Sequence[Evidence]
) -> bool:
    """Whether the instance is in one block that has one of ``lines``."""
    block = notes.occ_block[int(found.a[row])]
    if block != notes.occ_block[int(found.b[row])]:
        return False
    own = docs[notes.documents[int(notes.block_doc[block])]].blocks[int(notes.block_index[block])]
    return any(line.line in own.lines for line in lines)


def _linked_rows(pairs: Pairs, here: Ints, notes: NoteColumns, links: Links) -> dict[int, list[LinkedPair]]:
    """Row of ``pairs`` → the lines of the links that relate the two in its document; they leave ``links``.

    ``here``: the numbers of the concepts that ``pairs`` count in.
    """
    found: dict[int, list[LinkedPair]] = {}
    if not links:
        return found
    columns = (pairs.document, here[pairs.low], here[pairs.high])
    for row, (place, low, high) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        lines = links.get(notes.documents[place], {}).pop((low, high), None)
        if lines is not None:
            found[row] = lines
    return found


def _origins(table: InstanceTable, rows: Ints) -> Ints:
    """The origin of each of ``rows``: the phrasing between the names, else the way in which they appear together."""
    return np.where(table.phrasing[rows] >= 0, table.phrasing[rows], -1 - table.instances.place[rows])


def origin_name(origin: int) -> str:
    """What a graph says of an origin: the name of the phrasing, or of the way in which two names appear together."""
    if origin == _LINK:
        return "link"
    if origin >= 0:
        return f"pattern:{load_cues().phrasings[origin].name}"
    return f"model:{Place(-1 - origin).name.lower()}"


def evidence_of(docs: Sequence[ParsedDoc], notes: NoteColumns, found: Instances, row: int) -> list[Evidence]:
    """The line that states it: all quotes together have both names.

    Where the names appear in different blocks, the line that announces it comes second; where they are too far apart
    for one quote, each has its own.
    """
    return _cut(docs, _quotes(notes, found, np.asarray([(0, row)], dtype=np.int64))[:, 1:])


def _quotes(notes: NoteColumns, found: Instances, witnesses: Ints) -> Ints:
    """The rows of :attr:`Statements.quotes` for (statement, instance) pairs ``witnesses``, in their order."""
    statement, a, b = witnesses[:, 0], found.a[witnesses[:, 1]], found.b[witnesses[:, 1]]
    first, last = np.minimum(a, b), np.maximum(a, b)
    together = notes.occ_block[a] == notes.occ_block[b]
    length = np.maximum(notes.occ_end[a], notes.occ_end[b]) - notes.occ_start[first]
    one = together & (length <= MAX_QUOTE)
    # (first occurrence, last occurrence) of the one quote, or of the first one of two; and of the second one.
    begin = np.stack([np.where(together, first, b), np.where(together, last, a)], axis=1)
    end = np.stack([np.where(one, last, begin[:, 0]), begin[:, 1]], axis=1)
    kept = np.stack([np.ones(len(one), dtype=bool), ~one], axis=1).ravel()
    first, last, statement = begin.ravel()[kept], end.ravel()[kept], np.repeat(statement, 2)[kept]
    block = notes.occ_block[first]
    offset = notes.block_start[block]
    names = notes.occ_start[first] - offset, np.maximum(notes.occ_end[first], notes.occ_end[last]) - offset
    left = np.minimum(notes.sentence_start[notes.occ_sentence[first]] - offset, names[0])
    right = np.maximum(notes.sentence_end[notes.occ_sentence[last]] - offset, names[1])
    doc = np.asarray(notes.documents, dtype=np.int64)[notes.block_doc[block]]
    return np.stack([statement, doc, notes.block_index[block], *names, left, right], axis=1)


def _cut(docs: Sequence[ParsedDoc], quotes: Ints) -> list[Evidence]:
    """The quotes (document, block, names, sentences) as evidence."""
    return [
        quote_within(docs[doc], docs[doc].blocks[block], (first, last), (start, end))
        for doc, block, first, last, start, end in quotes.tolist()
    ]
