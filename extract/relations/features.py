"""What a model sees of two names that appear together: one row of numbers for each instance, named columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.notes.blocks import BlockKind
from extract.relations.cues import CuePlaces, cue_places, load_cues, phrasing_matches
from extract.relations.instances import BLOCK_KINDS, Bools, Instances, Ints, NoteColumns, Place, distinct
from extract.relations.knowledge import PairKnowledge
from graph.classifiers import Floats
from graph.model import ConceptKind, RelationType
from graph.text.names import fold, letters_of, names_within

_ENUMERATOR: Final = re.compile(
    r"\s*[）)”\"'’`]*\s*(?:[、/]|[，,]\s*(?:以及|和|或|and\b|or\b|as well "
    r"as\b)?|和|与|及|以及|或|或者|跟|\band\b|\bor\b|&|\+)"
    r"\s*[“\"'‘`]*\s*(?:the |a |an )?",
    re.IGNORECASE,
)
_INSIDE_NAME: Final = re.compile(r"\s*[（(“\"]?\s*[）)”\"]?\s*")
_MARKS: Final = {
    "comma": "，,",
    "list": "、/",
    "open": "（([【",
    "close": "）)]】",
    "colon": "：:",
    "dash": "—–-→",
    "stop": "。.；;！!？?",
    "quote": "“”\"'‘’「」《》`",
    "de": "的",
    "be": "是为即",
    "and": "和与及或跟",
    "in": "中里内上下",
    "verb1": "用使让对将把被由以从到在",
}


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is computed once for the texts of some notes, before any pair is looked at."""

    cues: CuePlaces
    """Where the cue words of each family begin."""
    marks: dict[str, NDArray[np.int32]]
    """Cumulative counts of punctuation and function characters, each of length len(text) + 1."""
    mark_of: NDArray[np.int8]
    """For each character the number of its group in ``_MARKS`` + 3; 0 white space, 1 Latin or digit, 2 any other."""
    previous: Ints
    """Offset of the last character before each offset that is not a white space; -1 without."""
    following: Ints
    """Offset of the first character at or after each offset that is not a white space."""
    chain: Ints
    """For each occurrence the number of its enumeration (A、B 和 C are one)."""
    chain_start: Ints
    chain_end: Ints
    """For each occurrence where its enumeration begins and ends."""
    chain_rank: Ints
    """For each occurrence its place in the enumeration, from 0."""


def view_of(notes: NoteColumns) -> View:
    """The view of ``notes``."""
    codes = notes.codes
    mark_of = _mark_table()[np.minimum(codes, _MARKED)]
    marks = {
        name: np.concatenate([[0], np.cumsum(mark_of == number, dtype=np.int32)], dtype=np.int32)
        for number, name in enumerate(_MARKS, 3)
    }
    solid = np.where(mark_of > 0, np.arange(len(codes)), -1)
    previous = np.concatenate([[-1], np.maximum.accumulate(solid)]) if len(codes) else np.full(1, -1)
    ahead = np.where(mark_of > 0, np.arange(len(codes)), len(codes))
    following = np.concatenate([np.minimum.accumulate(ahead[::-1])[::-1], [len(codes)]]) if len(codes) else np.zeros(1)
    chains = _chains(notes)
    first = np.searchsorted(chains, chains)
    last = np.searchsorted(chains, chains, side="right") - 1
    return View(
        cues=cue_places(notes.text, codes),
        marks=marks,
        mark_of=np.concatenate([mark_of, np.zeros(2, dtype=np.int8)]),
        previous=previous.astype(np.int64),
        following=following.astype(np.int64),
        chain=chains,
        chain_start=notes.occ_start[first] if len(chains) else notes.occ_start,
        chain_end=notes.occ_end[last] if len(chains) else notes.occ_end,
        chain_rank=np.arange(len(chains), dtype=np.int64) - first,
    )


_MARKED: Final = 1 << 16
"""Characters from here on have no group of their own."""


@cache
def _mark_table() -> NDArray[np.int8]:
    """For each code point up to :data:`_MARKED` the number of its group: see :attr:`View.mark_of`."""
    table = np.full(_MARKED + 1, 2, dtype=np.int8)
    for first, last in ("az", "AZ", "09"):
        table[ord(first) : ord(last) + 1] = 1
    table[[ord(c) for c in " \n\t\u3000"]] = 0
    for number, group in enumerate(_MARKS.values(), 3):
        table[[ord(c) for c in group]] = number
    return table


def _chains(notes: NoteColumns) -> Ints:
    """Number of the enumeration of each occurrence.

    Neighbours are of one where nothing but an enumerator appears between them.
    """
    size = len(notes.occ_start)
    breaks = np.ones(size, dtype=np.int64)
    text, start, end, concept = notes.text, notes.occ_start, notes.occ_end, notes.occ_concept
    for i in np.flatnonzero(notes.occ_sentence[1:] == notes.occ_sentence[:-1]).tolist():
        gap = text[end[i] : start[i + 1]]
        if len(gap) <= 12 and (
            _ENUMERATOR.fullmatch(gap) or (concept[i] == concept[i + 1] and _INSIDE_NAME.fullmatch(gap))
        ):
            breaks[i + 1] = 0
    return np.cumsum(breaks) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A feature of instances, kept once for each thing that it depends on: most things are part of many instances."""

    values: NDArray[np.float32]
    """Of each thing: an instance, an occurrence, a concept, a pair."""
    of: Ints | None = None
    """For each instance the number of its thing, one array for all columns of these things; None: the instance."""

    def take(self, rows: Ints) -> NDArray[np.float32]:
        """The values of the instances ``rows``."""
        return self.values[rows if self.of is None else self.of[rows]]

    def all(self) -> NDArray[np.float32]:
        """The values of all instances."""
        return self.values if self.of is None else self.values[self.of]


@dataclass(frozen=True, slots=True, eq=False)
class InstancePairs:
    """The pairs of concepts of some instances, ordered by (document, lower concept, higher concept)."""

    of_instance: Ints
    """For each instance the number of its pair."""
    document: Ints
    """Position of the document in ``NoteColumns.documents``."""
    low: Ints
    high: Ints
    """Numbers of the two concepts."""
    low_row: Ints
    high_row: Ints
    """Their rows of :class:`DocumentCounts`."""
    count: Ints
    """Number of instances."""

    def __len__(self) -> int:
        return len(self.low)


@dataclass(frozen=True, slots=True, eq=False)
class InstanceTable:
    """The rows of some instances and what else is known of them."""

    instances: Instances
    columns: Columns
    phrasing: Ints
    """Number of the phrasing of each instance, -1 without."""
    counts: DocumentCounts
    pairs: InstancePairs

    def matrix(self, names: Sequence[str]) -> NDArray[np.float32]:
        """The columns ``names`` as a matrix, shape (instances, len(names))."""
        out = np.empty((len(self.instances), len(names)), dtype=np.float32)
        for column, name in enumerate(names):
            out[:, column] = self.columns[name].all()
        return out

    def weighted(self, weights: Mapping[str, float]) -> Floats:
        """For each instance the sum of its columns, each times its weight; what things give is summed up once."""
        groups: dict[int, list[tuple[Column, float]]] = {}
        for name, weight in weights.items():
            column = self.columns[name]
            groups.setdefault(id(column.of), []).append((column, weight))
        total = np.zeros(len(self.instances))
        for group in groups.values():
            first = group[0][0]
            own = np.zeros(len(first.values))
            product = np.empty(len(own))
            for column, weight in group:
                own += np.multiply(column.values, weight, out=product, dtype=np.float64)
            total += own if first.of is None else own[first.of]
        return total


Columns = dict[str, Column]
_Named = Iterator[tuple[str, NDArray[Any]]]
"""(name of a column, its values for all things of a kind), in the order of the table's columns."""


def instance_table(
    notes: NoteColumns, view: View, found: Instances, drafts: Sequence[ConceptDraft], known: PairKnowledge
) -> InstanceTable:
    """The features of the instances ``found`` in ``notes``; ``known``: what packs say of ``drafts``."""
    gaps = _gaps_of(notes, view, found)
    phrasing = _phrasings_of(notes, view, found, gaps)
    counts = _document_counts(notes, len(drafts))
    pairs = _pairs_of(found, counts)
    ordered = _OrderedPairs.of(notes, found, pairs)
    sides = {"a": _Side.of(found.a, notes, counts), "b": _Side.of(found.b, notes, counts)}
    occurrences = [
        *_position_columns(notes), *_context_columns(notes, view), *_neighbour_columns(notes, view)
    ]  # fmt: skip
    occurrences = [(name, values.astype(np.float32)) for name, values in occurrences]
    odds = _kind_odds(drafts)
    kinds = [(f"kind_{kind.value}", odds[number]) for number, kind in enumerate(FEATURE_KINDS)]
    at_instance: Ints | None = None

    def columns() -> Iterator[tuple[str, NDArray[Any], Ints | None]]:
        yield from _with(_place_columns(notes, found, gaps), at_instance)
        for name, side in sides.items():
            yield from _with(((f"{name}.{column}", values) for column, values in occurrences), side.occurrence)
            yield from _with(((f"{name}.{column}", values) for column, values in kinds), side.concept)
        yield from _with(_distance_columns(notes, found), at_instance)
        yield from _with(_mark_columns(view, gaps), at_instance)
        yield from _cue_columns(notes, view, found, gaps, sides)
        yield from _with(_nearest_cue_columns(view, gaps), at_instance)
        yield from _with(_phrasing_columns(phrasing), at_instance)
        yield from _count_columns(notes, found, counts, pairs, ordered, sides)
        yield from _name_columns(drafts, pairs, ordered, sides)
        yield from _with(known.columns(ordered.a, ordered.b), ordered.of_instance)

    table = {name: Column(values.astype(np.float32, copy=False), of) for name, values, of in columns()}
    return InstanceTable(found, table, phrasing, counts, pairs)


_Columns = Iterator[tuple[str, NDArray[Any], Ints | None]]
"""(name of a column, its values for all things of a kind, for each instance the number of its thing)."""


def _with(named: Iterable[tuple[str, NDArray[Any]]], of: Ints | None) -> _Columns:
    return ((name, values, of) for name, values in named)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """For each instance the things that one of its two names belongs to."""

    occurrence: Ints
    concept: Ints
    counted: Ints
    """Row of :class:`DocumentCounts`."""

    @classmethod
    def of(cls, occurrences: Ints, notes: NoteColumns, counts: DocumentCounts) -> _Side:
        return cls(occurrences, notes.occ_concept[occurrences], counts.row[occurrences])


@dataclass(frozen=True, slots=True, eq=False)
class _OrderedPairs:
    """The pairs of concepts by which of the two is named first: each pair once or twice, in the order of the pairs."""

    of_instance: Ints
    pair: Ints
    a: Ints
    b: Ints
    """Numbers of the concepts that are named first and second."""
    turned: Bools
    """Whether the first one has the higher number."""

    @classmethod
    def of(cls, notes: NoteColumns, found: Instances, pairs: InstancePairs) -> _OrderedPairs:
        turned = notes.occ_concept[found.a] > notes.occ_concept[found.b]
        key = 2 * pairs.of_instance + turned
        there = np.bincount(key, minlength=2 * len(pairs)) > 0
        keys = np.flatnonzero(there)
        pair, swapped = keys // 2, keys % 2 > 0
        low, high = pairs.low[pair], pairs.high[pair]
        number = (np.cumsum(there) - 1)[key]
        return cls(number, pair, np.where(swapped, high, low), np.where(swapped, low, high), swapped)


def _pairs_of(found: Instances, counts: DocumentCounts) -> InstancePairs:
    """The pairs of ``found``: concepts are counted by document, so that their rows rise by (document, concept)."""
    size = max(len(counts), 1)
    a, b = counts.row[found.a], counts.row[found.b]
    keys, at, together = np.unique(np.minimum(a, b) * size + np.maximum(a, b), return_inverse=True, return_counts=True)
    low, high = keys // size, keys % size
    return InstancePairs(at, counts.document[low], counts.concept[low], counts.concept[high], low, high, together)


@dataclass(frozen=True, slots=True, eq=False)
class _Gaps:
    """What lies between the two names of each instance."""

    same: Bools
    """The names are in one sentence."""
    sibling: Bools
    """The names are of one enumeration."""
    start: Ints
    end: Ints
    """Offsets of the text between the names, enumerations left out; empty where they are in different sentences."""


def _gaps_of(notes: NoteColumns, view: View, found: Instances) -> _Gaps:
    a, b = found.a, found.b
    same = notes.occ_sentence[a] == notes.occ_sentence[b]
    sibling = same & (view.chain[a] == view.chain[b])
    start = np.where(same & ~sibling, view.chain_end[a], notes.occ_end[a])
    end = np.where(same & ~sibling, view.chain_start[b], notes.occ_start[b])
    return _Gaps(same, sibling, start, np.where(same, np.maximum(end, start), start))


def _place_columns(notes: NoteColumns, found: Instances, gaps: _Gaps) -> _Named:
    for place in Place:
        yield f"place.{place.name.lower()}", found.place == place
    yield "same_sentence", gaps.same
    yield "sibling", gaps.sibling
    yield "gap", np.log1p(gaps.end - gaps.start)
    yield "apart", np.log1p(np.maximum(notes.occ_start[found.b] - notes.occ_end[found.a], 0))
    yield "names_between", np.minimum(found.b - found.a, 30)


def _position_columns(notes: NoteColumns) -> _Named:
    """The place of each name in its sentence and block, and the number of names there."""
    block, sentence = notes.occ_block, notes.occ_sentence
    occ = np.arange(len(block))
    first = np.searchsorted(notes.occ_sentence, sentence)
    last = np.searchsorted(notes.occ_sentence, sentence, side="right")
    yield "rank_sentence", np.minimum(occ - first, 20)
    yield "rank_block", np.minimum(occ - notes.first_occ[block], 30)
    yield "names_sentence", np.minimum(last - first, 30)
    yield "names_block", np.minimum(notes.first_occ[block + 1] - notes.first_occ[block], 40)
    yield "offset_block", np.log1p(notes.occ_start - notes.block_start[block])
    yield "left_block", np.log1p(np.maximum(notes.block_end[block] - notes.occ_end, 0))
    yield "offset_sentence", np.log1p(np.maximum(notes.occ_start - notes.sentence_start[sentence], 0))


FEATURE_KINDS: Final = tuple(ConceptKind)[: list(ConceptKind).index(ConceptKind.CONCEPT) + 1]
"""The kinds that the relation models know as columns, in their order: method to concept."""
_ALL_KINDS: Final = tuple(ConceptKind)
_NEAREST_KIND: Final = {
    ConceptKind.PROCESS: ConceptKind.METHOD,
    ConceptKind.CONDITION: ConceptKind.PROBLEM,
    ConceptKind.SUBSTANCE: ConceptKind.COMPONENT,
}
_COLUMN_KINDS: Final = (
    BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.CELL, BlockKind.QUOTE, BlockKind.CODE
)  # fmt: skip
"""Kinds of blocks that have a column of their own."""


def _context_columns(notes: NoteColumns, view: View) -> _Named:
    """How each name is set apart, and what kind of block it is in."""
    block, kind = notes.occ_block, notes.block_kind[notes.occ_block]
    yield "strong", notes.occ_strong
    yield "chain_rank", np.minimum(view.chain_rank, 9)
    yield "question", notes.block_question[block]
    yield "level", notes.block_level[block]
    for number in _COLUMN_KINDS:
        yield f"in_{number.value}", kind == BLOCK_KINDS.index(number)
    colon = view.marks["colon"]
    yield "after_colon", (colon[notes.occ_start] - colon[notes.block_start[block]]) > 0
    yield "before_colon", (colon[notes.block_end[block]] - colon[notes.occ_end]) > 0
    opened, closed = (
        view.marks[mark][notes.occ_start] - view.marks[mark][notes.block_start[block]] for mark in ("open", "close")
    )
    yield "in_brackets", opened > closed


def _neighbour_columns(notes: NoteColumns, view: View) -> _Named:
    """The group of the character right before and right after each name, within its block."""
    block = notes.occ_block
    ahead, behind = view.previous[notes.occ_start], view.following[notes.occ_end]
    before = np.where(ahead >= notes.block_start[block], view.mark_of[np.maximum(ahead, 0)], 0)
    after = np.where(behind < notes.block_end[block], view.mark_of[np.minimum(behind, len(view.mark_of) - 1)], 0)
    for label, value in (("before", before), ("after", after)):
        for number, mark in enumerate(("space", "latin", "other", *_MARKS)):
            if mark != "space":
                yield f"{label}_is_{mark}", value == number


def _distance_columns(notes: NoteColumns, found: Instances) -> _Named:
    block_a, block_b = notes.occ_block[found.a], notes.occ_block[found.b]
    apart = np.minimum(notes.occ_sentence[found.b] - notes.occ_sentence[found.a], 9)
    yield "sentences_apart", np.where(block_a == block_b, apart, -1)
    yield "blocks_apart", np.log1p(np.minimum(block_b - block_a, 200))


def _mark_columns(view: View, gaps: _Gaps) -> _Named:
    for name, counts in view.marks.items():
        yield f"gap.{name}", np.minimum(counts[gaps.end] - counts[gaps.start], 6)


def _cue_columns(notes: NoteColumns, view: View, found: Instances, gaps: _Gaps, sides: Mapping[str, _Side]) -> _Columns:
    """Number of cues of each family before, between and after the two names, and in the lines that announce them."""
    start, end = notes.occ_start, notes.occ_end
    left = np.minimum(notes.sentence_start[notes.occ_sentence], start)
    right = np.maximum(notes.sentence_end[notes.occ_sentence], end)
    section = notes.block_section[notes.occ_block]
    blocks = notes.occ_block[found.a], notes.occ_block[found.b]
    apart = blocks[0] != blocks[1]
    first, second = sides["a"].occurrence, sides["b"].occurrence
    for number, family in enumerate(load_cues().families):
        counts = view.cues.counts(number)
        if family.startswith("lead."):
            there = counts[notes.block_end] > counts[notes.block_start]
            yield f"a.{family}", there[blocks[0]] & apart, None
            yield f"section.{family}", (section >= 0) & there[section], second
            continue
        ahead = np.minimum(counts[start] - counts[left], 4).astype(np.float32)
        yield f"gap.cue.{family}", np.minimum(counts[gaps.end] - counts[gaps.start], 4), None
        yield f"a.ahead.{family}", ahead, first
        yield f"b.rest.{family}", np.minimum(counts[right] - counts[end], 4), second
        yield f"b.ahead.{family}", ahead, second


def _nearest_cue_columns(view: View, gaps: _Gaps) -> _Named:
    """Which family of cues comes last between the two names: the word that governs the second one."""
    families = load_cues().families
    spoken = [n for n, family in enumerate(families) if not family.startswith("lead.")]
    start, family = view.cues.last_before(spoken, gaps.end)
    nearest = np.where((start >= 0) & (start >= gaps.start), family, -1)
    for number, n in enumerate(spoken):
        yield f"gap.last.{families[n]}", nearest == number


def _phrasings_of(notes: NoteColumns, view: View, found: Instances, gaps: _Gaps) -> Ints:
    """Number of the phrasing between the two names of each instance, -1 without."""
    phrasing = np.full(len(found), -1, dtype=np.int64)
    asked = np.flatnonzero(gaps.same & ~gaps.sibling & (gaps.end > gaps.start))
    phrasing[asked] = phrasing_matches(
        notes.text,
        gaps.start[asked].tolist(),
        gaps.end[asked].tolist(),
        view.chain_start[found.a[asked]].tolist(),
        view.chain_end[found.b[asked]].tolist(),
    )
    return phrasing


def _phrasing_columns(phrasing: Ints) -> _Named:
    """For each type 1 where the phrasing says it of the first name, -1 where of the second."""
    types = np.asarray([list(RelationType).index(p.type) for p in load_cues().phrasings])
    heads = np.asarray([p.head_first for p in load_cues().phrasings])
    for number, said in enumerate(RelationType):
        if said is not RelationType.RELATED_TO:
            hit = (phrasing >= 0) & (types[phrasing] == number)
            yield f"says.{said.value}", hit * np.where(heads[phrasing], 1, -1)


def _kind_odds(drafts: Sequence[ConceptDraft]) -> NDArray[np.float32]:
    """Probability of each of :data:`FEATURE_KINDS` of each concept, shape (kinds, concepts).

    Where it is not known, all are alike. Kinds that the models were not trained with count as the one they are nearest
    to.
    """
    known = len(FEATURE_KINDS)
    alike = (*(1 / known,) * known, *(0.0,) * (len(_ALL_KINDS) - known))
    odds = np.asarray([draft.odds or alike for draft in drafts], dtype=np.float64).reshape(-1, len(_ALL_KINDS)).T
    rows = odds[:known].copy()
    for number, kind in enumerate(_ALL_KINDS[known:], known):
        rows[FEATURE_KINDS.index(_NEAREST_KIND.get(kind, ConceptKind.CONCEPT))] += odds[number]
    return rows.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class DocumentCounts:
    """Counts of each concept within each document, a row for each (document, concept) that is named."""

    row: Ints
    """For each occurrence the row of its concept in its document."""
    document: Ints
    concept: Ints
    """Of each row; rows rise by (document, concept)."""
    total: Ints
    """Occurrences."""
    spread: Ints
    """Blocks that name it."""
    heads: Ints
    """Occurrences in headings."""
    strong: Ints
    """Occurrences in bold, code or quotation marks."""
    opens: Ints
    """Occurrences that are the first of their block."""

    def __len__(self) -> int:
        return len(self.total)


def _document_counts(notes: NoteColumns, concepts: int) -> DocumentCounts:
    size = max(concepts, 1)
    own = notes.block_doc[notes.occ_block] * size + notes.occ_concept
    keys, row, total = np.unique(own, return_inverse=True, return_counts=True)
    heading = notes.block_kind[notes.occ_block] == BLOCK_KINDS.index(BlockKind.HEADING)
    opening = np.arange(len(row)) == notes.first_occ[notes.occ_block]

    def count(rows: Ints) -> Ints:
        return np.bincount(rows, minlength=len(keys))

    blocks = max(len(notes.block_kind), 1)
    units = distinct(row * blocks + notes.occ_block) // blocks
    return DocumentCounts(
        row,
        keys // size,
        keys % size,
        total,
        count(units),
        count(row[heading]),
        count(row[notes.occ_strong]),
        count(row[opening]),
    )


def _count_columns(
    notes: NoteColumns,
    found: Instances,
    counts: DocumentCounts,
    pairs: InstancePairs,
    ordered: _OrderedPairs,
    sides: Mapping[str, _Side],
) -> _Columns:
    """Counts within the document: of each concept, of the two together, of what else is named with them."""
    at, together = pairs.of_instance, pairs.count
    size = len(pairs)
    near = np.bincount(at[found.place == Place.SENTENCE], minlength=size)
    variety = (
        (np.bincount(at * len(Place) + found.place, minlength=size * len(Place)) > 0)
        .reshape(size, len(Place))
        .sum(axis=1)
    )
    degree = np.bincount(np.concatenate([pairs.low_row, pairs.high_row]), minlength=len(counts))
    low_first = np.bincount(at, weights=sides["a"].counted < sides["b"].counted, minlength=size) / np.maximum(
        together, 1
    )
    documents = np.bincount(notes.block_doc, minlength=len(notes.documents))
    blocks = documents[counts.document]
    shares = together[ordered.pair]
    low, high = pairs.low_row[ordered.pair], pairs.high_row[ordered.pair]
    rows = np.where(ordered.turned, high, low), np.where(ordered.turned, low, high)
    for (side, names), concept in zip(sides.items(), rows, strict=True):
        yield f"{side}.count", np.log1p(counts.total), names.counted
        yield f"{side}.spread", np.log1p(counts.spread), names.counted
        yield f"{side}.share", counts.spread / np.maximum(blocks, 1), names.counted
        yield f"{side}.heads", np.minimum(counts.heads, 4), names.counted
        yield f"{side}.bold", counts.strong / counts.total, names.counted
        yield f"{side}.opens", counts.opens / counts.total, names.counted
        yield f"{side}.degree", np.log1p(degree), names.counted
        yield f"{side}.given", shares / np.maximum(counts.total[concept], 1), ordered.of_instance
        yield f"{side}.rival", _rank_within(concept, shares), ordered.of_instance
    spread = counts.spread[pairs.low_row] * counts.spread[pairs.high_row]
    yield "together", np.log1p(together), at
    yield "near", np.log1p(near), at
    yield "variety", variety, at
    yield "pmi", np.log((near + 0.5) * np.maximum(documents[pairs.document], 1) / (spread + 0.5)), at
    usual = low_first[ordered.pair]
    yield "usual_order", np.where(ordered.turned, 1 - usual, usual), ordered.of_instance


def _name_columns(
    drafts: Sequence[ConceptDraft], pairs: InstancePairs, ordered: _OrderedPairs, sides: Mapping[str, _Side]
) -> _Columns:
    """What the two names are, whatever the place."""
    length = np.minimum(np.asarray([len(d.name) for d in drafts] or [0]), 30)
    # The columns keep the name that the probability had when the first weights were stored.
    confidence = np.asarray([d.confidence for d in drafts] or [0.0])
    yield "a.length", length, sides["a"].concept
    yield "b.length", length, sides["b"].concept
    yield "a.salience", confidence, sides["a"].concept
    yield "b.salience", confidence, sides["b"].concept
    names = _Names.of(drafts)
    forward, backward = names.within(pairs.low, pairs.high), names.within(pairs.high, pairs.low)
    forward, backward = forward[ordered.pair], backward[ordered.pair]
    yield "a_in_b", np.where(ordered.turned, backward, forward), ordered.of_instance
    yield "b_in_a", np.where(ordered.turned, forward, backward), ordered.of_instance


@dataclass(frozen=True, slots=True, eq=False)
class _Names:
    """The names of some concepts, made ready to be looked for in each other."""

    names: list[tuple[str, ...]]
    letters: list[str]
    """All names of a concept as they are looked through, one a line."""
    has: NDArray[np.uint64]
    """Their characters, as bits of 64 groups."""
    folded: list[tuple[str, str]]
    """(folded, as it is) for each name of each concept."""
    first: Ints
    """For each concept the place of its first name in ``folded``; one more entry for the end."""
    needs: NDArray[np.uint64]
    """The characters of each of ``folded``: it is only in others that have all its groups."""

    @classmethod
    def of(cls, drafts: Sequence[ConceptDraft]) -> _Names:
        """Those of ``drafts``."""
        looks = [_look_of(draft.names) for draft in drafts]
        return cls(
            [draft.names for draft in drafts],
            [letters for letters, _, _, _ in looks],
            np.asarray([has for _, has, _, _ in looks], dtype=np.uint64),
            [name for _, _, folded, _ in looks for name in folded],
            np.cumsum([0, *(len(folded) for _, _, folded, _ in looks)]),
            np.asarray([bits for _, _, _, needs in looks for bits in needs], dtype=np.uint64),
        )

    def within(self, inner: Ints, outer: Ints) -> Bools:
        """Whether a name of the one concept is a whole word of a name of the other (of two letters at least)."""
        count = np.diff(self.first)[inner]
        pair = np.repeat(np.arange(len(inner)), count)
        name = np.arange(len(pair)) + np.repeat(self.first[inner] - (np.cumsum(count) - count), count)
        maybe = np.flatnonzero((self.needs[name] & ~self.has[outer[pair]]) == 0)
        found = np.zeros(len(inner), dtype=bool)
        for row, one, other in zip(
            pair[maybe].tolist(), name[maybe].tolist(), outer[pair[maybe]].tolist(), strict=True
        ):
            key, written = self.folded[one]
            if key in self.letters[other] and any(names_within(written, longer) for longer in self.names[other]):
                found[row] = True
        return found


@lru_cache(maxsize=100_000)
def _look_of(names: tuple[str, ...]) -> tuple[str, int, list[tuple[str, str]], list[int]]:
    """What :class:`_Names` has of one concept: portions of a collection share most of their concepts."""
    folded = [(fold(name), name) for name in names]
    letters = "\n".join(map(letters_of, names))
    return letters, _groups_of(letters), folded, [_groups_of(key) for key, _ in folded]


def _groups_of(text: str) -> int:
    """The groups of the characters of ``text`` as bits."""
    bits = 0
    for character in set(text):
        bits |= 1 << (ord(character) & 63)
    return bits


def _rank_within(group: Ints, score: Ints) -> Ints:
    """For each row its place within its group, the highest score first, ties in order, 0 to 20."""
    order = np.lexsort((-score, group))
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(group[order], group[order])
    return np.minimum(rank, 20)
