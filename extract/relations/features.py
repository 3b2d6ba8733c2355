"""What a model sees of two names that appear together: one row of numbers for each instance, named columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.notes.blocks import BlockKind
from extract.relations.cues import CuePlaces, cue_places, load_cues, phrasing_matches
from extract.relations.instances import BLOCK_KINDS, Bools, Instances, Ints, NoteColumns, Place
from extract.relations.knowledge import PairKnowledge
from graph.model import ConceptKind, RelationType
from graph.text.names import fold, letters_of, names_within

Columns = dict[str, NDArray[np.float32]]
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
    mark_of = np.full(len(codes), 2, dtype=np.int8)
    lower = codes | 0x20
    mark_of[((lower >= 97) & (lower <= 122)) | ((codes >= 48) & (codes <= 57))] = 1
    mark_of[(codes == 32) | (codes == 10) | (codes == 9) | (codes == 0x3000)] = 0
    marks = {}
    for number, (name, group) in enumerate(_MARKS.items()):
        hit = np.isin(codes, np.asarray([ord(c) for c in group], dtype=np.uint32))
        mark_of[hit] = number + 3
        marks[name] = np.concatenate([[0], np.cumsum(hit)]).astype(np.int32)
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
class InstanceTable:
    """The rows of some instances and what else is known of them."""

    instances: Instances
    columns: Columns
    phrasing: Ints
    """Number of the phrasing of each instance, -1 without."""

    def matrix(self, names: Sequence[str]) -> NDArray[np.float32]:
        """The columns ``names`` as a matrix, shape (instances, len(names))."""
        out = np.empty((len(self.instances), len(names)), dtype=np.float32)
        for column, name in enumerate(names):
            out[:, column] = self.columns[name]
        return out


_Named = Iterator[tuple[str, NDArray[Any]]]
"""(name of a column, its values for all instances), in the order of the table's columns."""


def instance_table(
    notes: NoteColumns, view: View, found: Instances, drafts: Sequence[ConceptDraft], known: PairKnowledge
) -> InstanceTable:
    """The features of the instances ``found`` in ``notes``; ``known``: what packs say of ``drafts``."""
    gaps = _gaps_of(notes, view, found)
    phrasing = _phrasings_of(notes, view, found, gaps)
    columns = chain(
        _place_columns(notes, found, gaps),
        _side_columns("a", found.a, notes, view, drafts),
        _side_columns("b", found.b, notes, view, drafts),
        _distance_columns(notes, found),
        _mark_columns(view, gaps),
        _cue_columns(notes, view, found, gaps),
        _nearest_cue_columns(view, gaps),
        _phrasing_columns(phrasing),
        _count_columns(notes, found, drafts),
        _name_columns(notes, found, drafts),
        known.columns(notes.occ_concept[found.a], notes.occ_concept[found.b]),
    )
    return InstanceTable(found, {name: values.astype(np.float32) for name, values in columns}, phrasing)


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


def _side_columns(side: str, occ: Ints, notes: NoteColumns, view: View, drafts: Sequence[ConceptDraft]) -> _Named:
    """What is known of one of the two names: ``occ`` is its occurrence in each instance, ``side`` is ``a`` or ``b``."""
    odds = _kind_odds(drafts)
    parts = (_position_columns(notes, occ), _context_columns(notes, view, occ), _neighbour_columns(notes, view, occ))
    for name, values in chain(*parts):
        yield f"{side}.{name}", values
    for number, kind in enumerate(FEATURE_KINDS):
        yield f"{side}.kind_{kind.value}", odds[notes.occ_concept[occ], number]


def _position_columns(notes: NoteColumns, occ: Ints) -> _Named:
    """The place of the name in its sentence and block, and the number of names there."""
    block, sentence = notes.occ_block[occ], notes.occ_sentence[occ]
    first = np.searchsorted(notes.occ_sentence, sentence)
    last = np.searchsorted(notes.occ_sentence, sentence, side="right")
    yield "rank_sentence", np.minimum(occ - first, 20)
    yield "rank_block", np.minimum(occ - notes.first_occ[block], 30)
    yield "names_sentence", np.minimum(last - first, 30)
    yield "names_block", np.minimum(notes.first_occ[block + 1] - notes.first_occ[block], 40)
    yield "offset_block", np.log1p(notes.occ_start[occ] - notes.block_start[block])
    yield "left_block", np.log1p(np.maximum(notes.block_end[block] - notes.occ_end[occ], 0))
    yield "offset_sentence", np.log1p(np.maximum(notes.occ_start[occ] - notes.sentence_start[sentence], 0))


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


def _context_columns(notes: NoteColumns, view: View, occ: Ints) -> _Named:
    """How the name is set apart, and what kind of block it is in."""
    block = notes.occ_block[occ]
    yield "strong", notes.occ_strong[occ]
    yield "chain_rank", np.minimum(view.chain_rank[occ], 9)
    yield "question", notes.block_question[block]
    yield "level", notes.block_level[block]
    for kind in _COLUMN_KINDS:
        yield f"in_{kind.value}", notes.block_kind[block] == BLOCK_KINDS.index(kind)
    colon = view.marks["colon"]
    yield "after_colon", (colon[notes.occ_start[occ]] - colon[notes.block_start[block]]) > 0
    yield "before_colon", (colon[notes.block_end[block]] - colon[notes.occ_end[occ]]) > 0
    depth = view.marks["open"].astype(np.int64) - view.marks["close"]
    yield "in_brackets", (depth[notes.occ_start[occ]] - depth[notes.block_start[block]]) > 0


def _neighbour_columns(notes: NoteColumns, view: View, occ: Ints) -> _Named:
    """The group of the character right before and right after the name, within its block."""
    block = notes.occ_block[occ]
    ahead, behind = view.previous[notes.occ_start[occ]], view.following[notes.occ_end[occ]]
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


def _cue_columns(notes: NoteColumns, view: View, found: Instances, gaps: _Gaps) -> _Named:
    """Number of cues of each family before, between and after the two names, and in the lines that announce them."""
    a, b = found.a, found.b
    sentence_a, sentence_b = notes.occ_sentence[a], notes.occ_sentence[b]
    block_a, block_b = notes.occ_block[a], notes.occ_block[b]
    section = notes.block_section[block_b]
    start_a = np.minimum(notes.sentence_start[sentence_a], notes.occ_start[a])
    start_b = np.minimum(notes.sentence_start[sentence_b], notes.occ_start[b])
    end_b = np.maximum(notes.sentence_end[sentence_b], notes.occ_end[b])
    for number, family in enumerate(load_cues().families):
        counts = view.cues.counts(number)
        if family.startswith("lead."):
            in_a = counts[notes.block_end[block_a]] - counts[notes.block_start[block_a]]
            yield f"a.{family}", (in_a > 0) & (block_a != block_b)
            above = np.where(section >= 0, counts[notes.block_end[section]] - counts[notes.block_start[section]], 0)
            yield f"section.{family}", above > 0
            continue
        yield f"gap.cue.{family}", np.minimum(counts[gaps.end] - counts[gaps.start], 4)
        yield f"a.ahead.{family}", np.minimum(counts[notes.occ_start[a]] - counts[start_a], 4)
        yield f"b.rest.{family}", np.minimum(counts[end_b] - counts[notes.occ_end[b]], 4)
        yield f"b.ahead.{family}", np.minimum(counts[notes.occ_start[b]] - counts[start_b], 4)


def _nearest_cue_columns(view: View, gaps: _Gaps) -> _Named:
    """Which family of cues comes last between the two names: the word that governs the second one."""
    families = load_cues().families
    spoken = [n for n, family in enumerate(families) if not family.startswith("lead.")]
    last = np.stack([view.cues.last_before(n, gaps.end) for n in spoken])
    nearest = np.where((last >= gaps.start).any(axis=0), last.argmax(axis=0), -1)
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
    """Probability of each of :data:`FEATURE_KINDS` of each concept, shape (concepts, kinds).

    Where it is not known, all are alike. Kinds that the models were not trained with count as the one they are nearest
    to.
    """
    alike = (1 / len(FEATURE_KINDS),) * len(FEATURE_KINDS)
    rows = []
    for draft in drafts:
        row = list(draft.odds[: len(FEATURE_KINDS)]) or list(alike)
        for number, odds in enumerate(draft.odds[len(FEATURE_KINDS) :], len(FEATURE_KINDS)):
            if odds:
                row[FEATURE_KINDS.index(_NEAREST_KIND.get(_ALL_KINDS[number], ConceptKind.CONCEPT))] += odds
        rows.append(row)
    return np.asarray(rows, dtype=np.float32).reshape(-1, len(FEATURE_KINDS))


@dataclass(frozen=True, slots=True, eq=False)
class _DocumentCounts:
    """Counts of each concept within each document, a row for each (document, concept) that is named."""

    row: Ints
    """For each occurrence the row of its concept in its document."""
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


def _document_counts(notes: NoteColumns, concepts: int) -> _DocumentCounts:
    own = notes.block_doc[notes.occ_block] * max(concepts, 1) + notes.occ_concept
    keys, row, total = np.unique(own, return_inverse=True, return_counts=True)
    heading = notes.block_kind[notes.occ_block] == BLOCK_KINDS.index(BlockKind.HEADING)
    opening = np.arange(len(row)) == notes.first_occ[notes.occ_block]

    def count(rows: Ints) -> Ints:
        return np.bincount(rows, minlength=len(keys))

    units = np.unique(np.stack([row, notes.occ_block]), axis=1)[0]
    return _DocumentCounts(
        row, total, count(units), count(row[heading]), count(row[notes.occ_strong]), count(row[opening])
    )


def _count_columns(notes: NoteColumns, found: Instances, drafts: Sequence[ConceptDraft]) -> _Named:
    """Counts within the document: of each concept, of the two together, of what else is named with them."""
    counts = _document_counts(notes, len(drafts))
    size = max(len(counts), 1)
    a, b = counts.row[found.a], counts.row[found.b]
    low, high = np.minimum(a, b), np.maximum(a, b)
    pairs, at, together = np.unique(low * size + high, return_inverse=True, return_counts=True)
    near = np.bincount(at[found.place == Place.SENTENCE], minlength=len(pairs))
    variety = np.bincount(np.unique(np.stack([at, found.place]), axis=1)[0], minlength=len(pairs))
    degree = np.bincount(np.concatenate([pairs // size, pairs % size]), minlength=len(counts))
    low_first = np.bincount(at, weights=(a == low), minlength=len(pairs)) / np.maximum(together, 1)
    blocks = np.bincount(notes.block_doc, minlength=len(notes.documents))[notes.block_doc[notes.occ_block[found.a]]]
    for side, concept in (("a", a), ("b", b)):
        yield f"{side}.count", np.log1p(counts.total[concept])
        yield f"{side}.spread", np.log1p(counts.spread[concept])
        yield f"{side}.share", counts.spread[concept] / np.maximum(blocks, 1)
        yield f"{side}.heads", np.minimum(counts.heads[concept], 4)
        yield f"{side}.bold", counts.strong[concept] / counts.total[concept]
        yield f"{side}.opens", counts.opens[concept] / counts.total[concept]
        yield f"{side}.degree", np.log1p(degree[concept])
        yield f"{side}.given", together[at] / np.maximum(counts.total[concept], 1)
        yield f"{side}.rival", _rank_within(concept, together[at], at)
    yield "together", np.log1p(together[at])
    yield "near", np.log1p(near[at])
    yield "variety", variety[at]
    yield "pmi", np.log((near[at] + 0.5) * np.maximum(blocks, 1) / (counts.spread[a] * counts.spread[b] + 0.5))
    yield "usual_order", np.where(a == low, low_first[at], 1 - low_first[at])


def _name_columns(notes: NoteColumns, found: Instances, drafts: Sequence[ConceptDraft]) -> _Named:
    """What the two names are, whatever the place."""
    a, b = notes.occ_concept[found.a], notes.occ_concept[found.b]
    length = np.asarray([len(d.name) for d in drafts] or [0])
    # The columns keep the name that the probability had when the first weights were stored.
    confidence = np.asarray([d.confidence for d in drafts] or [0.0])
    yield "a.length", np.minimum(length[a], 30)
    yield "b.length", np.minimum(length[b], 30)
    yield "a.salience", confidence[a]
    yield "b.salience", confidence[b]
    size = max(len(drafts), 1)
    low, high = np.minimum(a, b), np.maximum(a, b)
    pairs, back = np.unique(low * size + high, return_inverse=True)
    names = _Names.of(drafts)
    within = np.asarray(
        [(names.within(i, j), names.within(j, i)) for i, j in (divmod(k, size) for k in pairs.tolist())]
    )
    within = within.reshape(-1, 2).astype(bool)[back]
    yield "a_in_b", np.where(a == low, within[:, 0], within[:, 1])
    yield "b_in_a", np.where(a == low, within[:, 1], within[:, 0])


@dataclass(frozen=True, slots=True, eq=False)
class _Names:
    """The names of some concepts, made ready to be looked for in each other."""

    names: list[tuple[str, ...]]
    folded: list[list[tuple[str, str]]]
    """(folded, as it is) for each name."""
    letters: list[str]
    """All names of a concept as they are looked through, one a line."""

    @classmethod
    def of(cls, drafts: Sequence[ConceptDraft]) -> _Names:
        """Those of ``drafts``."""
        names = [draft.names for draft in drafts]
        folded = [[(fold(name), name) for name in own] for own in names]
        return cls(names, folded, ["\n".join(map(letters_of, own)) for own in names])

    def within(self, inner: int, outer: int) -> bool:
        """Whether a name of one concept is a whole word of a name of the other (of two letters at least)."""
        letters = self.letters[outer]
        return any(
            key in letters and any(names_within(name, other) for other in self.names[outer])
            for key, name in self.folded[inner]
        )


def _rank_within(group: Ints, score: Ints, item: Ints) -> Ints:
    """For each row the place of its item among the different items of its group, the highest score first, 0 to 20."""
    key = group * (int(item.max()) + 1 if len(item) else 1) + item
    unique, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    groups, scores = group[first], score[first]
    order = np.lexsort((unique, -scores, groups))
    start = np.searchsorted(groups[order], groups[order])
    rank = np.empty(len(unique), dtype=np.int64)
    rank[order] = np.arange(len(unique)) - start
    return np.minimum(rank[inverse], 20)
