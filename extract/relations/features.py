"""What a model sees of two names that stand together: one row of numbers for each instance, named columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.notes.blocks import BlockKind
from extract.relations.cues import cue_counts, load_cues, phrasing_matches
from extract.relations.instances import BLOCK_KINDS, Instances, Ints, NoteColumns, Place
from graph.model import ConceptKind, RelationType
from graph.text.names import fold

Columns = dict[str, NDArray[np.float32]]
_ENUMERATOR: Final = re.compile(
    r"\s*[）)”\"'’`]*\s*(?:[、/]|[，,]\s*(?:以及|和|或|and\b|or\b|as well as\b)?|和|与|及|以及|或|或者|跟|\band\b|\bor\b|&|\+)"
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

    cues: NDArray[np.int32]
    """See :func:`extract.relations.cues.cue_counts`."""
    last_cue: NDArray[np.int32]
    """Shape (families, len(text) + 1): offset of the last cue of the family that begins before each offset, -1 without."""
    marks: dict[str, NDArray[np.int32]]
    """Cumulative counts of punctuation and function characters, each of length len(text) + 1."""
    mark_of: NDArray[np.int8]
    """For each character the number of its group in ``_MARKS`` + 3; 0 white space, 1 Latin or digit, 2 any other."""
    previous: Ints
    """Offset of the last character before each offset that is no white space; -1 without."""
    following: Ints
    """Offset of the first character at or after each offset that is no white space."""
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
    chain = _chains(notes)
    first = np.searchsorted(chain, chain)
    last = np.searchsorted(chain, chain, side="right") - 1
    cues = cue_counts(notes.text, codes)
    return View(
        cues=cues,
        last_cue=_last_cues(cues),
        marks=marks,
        mark_of=np.concatenate([mark_of, np.zeros(2, dtype=np.int8)]),
        previous=previous.astype(np.int64),
        following=following.astype(np.int64),
        chain=chain,
        chain_start=notes.occ_start[first] if len(chain) else notes.occ_start,
        chain_end=notes.occ_end[last] if len(chain) else notes.occ_end,
        chain_rank=np.arange(len(chain), dtype=np.int64) - first,
    )


def _last_cues(counts: NDArray[np.int32]) -> NDArray[np.int32]:
    starts = np.diff(counts, axis=1, append=counts[:, -1:]) > 0
    offsets = np.where(starts, np.arange(counts.shape[1]), -1).astype(np.int32)
    before = np.concatenate([np.full((len(counts), 1), -1, dtype=np.int32), offsets[:, :-1]], axis=1)
    return np.asarray(np.maximum.accumulate(before, axis=1), dtype=np.int32)


def _chains(notes: NoteColumns) -> Ints:
    """Number of the enumeration of each occurrence: neighbours are of one where nothing but an enumerator stands between them."""
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
    between: tuple[Ints, Ints]
    """Offsets of the text between the two names, enumerations left out; empty where they stand in different sentences."""

    def matrix(self, names: Sequence[str]) -> NDArray[np.float32]:
        """The columns ``names`` as a matrix, shape (instances, len(names))."""
        out = np.empty((len(self.instances), len(names)), dtype=np.float32)
        for column, name in enumerate(names):
            out[:, column] = self.columns[name]
        return out


def instance_table(notes: NoteColumns, view: View, found: Instances, drafts: Sequence[ConceptDraft]) -> InstanceTable:
    """The features of the instances ``found`` in ``notes``."""
    a, b = found.a, found.b
    block_a, block_b = notes.occ_block[a], notes.occ_block[b]
    same = notes.occ_sentence[a] == notes.occ_sentence[b]
    sibling = same & (view.chain[a] == view.chain[b])
    gap_start = np.where(same & ~sibling, view.chain_end[a], notes.occ_end[a])
    gap_end = np.where(same & ~sibling, view.chain_start[b], notes.occ_start[b])
    gap_end = np.where(same, np.maximum(gap_end, gap_start), gap_start)
    columns: Columns = {}

    def put(name: str, values: NDArray[np.generic]) -> None:
        columns[name] = values.astype(np.float32)

    for place in Place:
        put(f"place.{place.name.lower()}", found.place == place)
    put("same_sentence", same)
    put("sibling", sibling)
    put("gap", np.log1p(gap_end - gap_start))
    put("apart", np.log1p(np.maximum(notes.occ_start[b] - notes.occ_end[a], 0)))
    put("names_between", np.minimum(b - a, 30))
    odds = _kind_odds(drafts)
    first_in_sentence = np.searchsorted(notes.occ_sentence, notes.occ_sentence)
    last_in_sentence = np.searchsorted(notes.occ_sentence, notes.occ_sentence, side="right")
    for side, occ, block in (("a", a, block_a), ("b", b, block_b)):
        put(f"{side}.rank_sentence", np.minimum(occ - first_in_sentence[occ], 20))
        put(f"{side}.rank_block", np.minimum(occ - notes.first_occ[block], 30))
        put(f"{side}.names_sentence", np.minimum((last_in_sentence - first_in_sentence)[occ], 30))
        put(f"{side}.names_block", np.minimum(notes.first_occ[block + 1] - notes.first_occ[block], 40))
        put(f"{side}.offset_block", np.log1p(notes.occ_start[occ] - notes.block_start[block]))
        put(f"{side}.left_block", np.log1p(np.maximum(notes.block_end[block] - notes.occ_end[occ], 0)))
        put(
            f"{side}.offset_sentence",
            np.log1p(np.maximum(notes.occ_start[occ] - notes.sentence_start[notes.occ_sentence[occ]], 0)),
        )
        put(f"{side}.strong", notes.occ_strong[occ])
        put(f"{side}.chain_rank", np.minimum(view.chain_rank[occ], 9))
        put(f"{side}.question", notes.block_question[block])
        put(f"{side}.level", notes.block_level[block])
        for kind in (
            BlockKind.HEADING,
            BlockKind.PARAGRAPH,
            BlockKind.ITEM,
            BlockKind.CELL,
            BlockKind.QUOTE,
            BlockKind.CODE,
        ):
            put(f"{side}.in_{kind.value}", notes.block_kind[block] == BLOCK_KINDS.index(kind))
        colon = view.marks["colon"]
        put(f"{side}.after_colon", (colon[notes.occ_start[occ]] - colon[notes.block_start[block]]) > 0)
        put(f"{side}.before_colon", (colon[notes.block_end[block]] - colon[notes.occ_end[occ]]) > 0)
        depth = view.marks["open"].astype(np.int64) - view.marks["close"]
        put(f"{side}.in_brackets", (depth[notes.occ_start[occ]] - depth[notes.block_start[block]]) > 0)
        ahead, behind = view.previous[notes.occ_start[occ]], view.following[notes.occ_end[occ]]
        before = np.where(ahead >= notes.block_start[block], view.mark_of[np.maximum(ahead, 0)], 0)
        after = np.where(behind < notes.block_end[block], view.mark_of[np.minimum(behind, len(view.mark_of) - 1)], 0)
        for label, value in (("before", before), ("after", after)):
            for number, mark in enumerate(("space", "latin", "other", *_MARKS)):
                if mark != "space":
                    put(f"{side}.{label}_is_{mark}", value == number)
        for number, kind_name in enumerate(ConceptKind):
            put(f"{side}.kind_{kind_name.value}", odds[notes.occ_concept[occ], number])
    put(
        "sentences_apart",
        np.where(block_a == block_b, np.minimum(notes.occ_sentence[b] - notes.occ_sentence[a], 9), -1),
    )
    put("blocks_apart", np.log1p(np.minimum(block_b - block_a, 200)))
    for name, counts in view.marks.items():
        put(f"gap.{name}", np.minimum(counts[gap_end] - counts[gap_start], 6))
    _put_cues(columns, notes, view, a, b, gap_start, gap_end)
    _put_nearest(columns, view, gap_start, gap_end)
    phrasing = np.full(len(found), -1, dtype=np.int64)
    asked = np.flatnonzero(same & ~sibling & (gap_end > gap_start))
    phrasing[asked] = phrasing_matches(
        notes.text,
        gap_start[asked].tolist(),
        gap_end[asked].tolist(),
        view.chain_start[a[asked]].tolist(),
        view.chain_end[b[asked]].tolist(),
    )
    types = np.asarray([list(RelationType).index(p.type) for p in load_cues().phrasings])
    heads = np.asarray([p.head_first for p in load_cues().phrasings])
    for number, said in enumerate(RelationType):
        hit = (phrasing >= 0) & (types[phrasing] == number)
        if said is not RelationType.RELATED_TO:
            put(f"says.{said.value}", hit * np.where(heads[phrasing], 1, -1))
    _put_statistics(columns, notes, found, drafts)
    return InstanceTable(found, columns, phrasing, (gap_start, gap_end))


def _put_cues(
    columns: Columns, notes: NoteColumns, view: View, a: Ints, b: Ints, gap_start: Ints, gap_end: Ints
) -> None:
    families = load_cues().families
    sentence_a, sentence_b = notes.occ_sentence[a], notes.occ_sentence[b]
    block_a, block_b = notes.occ_block[a], notes.occ_block[b]
    section = notes.block_section[block_b]
    for number, family in enumerate(families):
        counts = view.cues[number]
        if family.startswith("lead."):
            in_a = counts[notes.block_end[block_a]] - counts[notes.block_start[block_a]]
            columns[f"a.{family}"] = ((in_a > 0) & (block_a != block_b)).astype(np.float32)
            above = np.where(section >= 0, counts[notes.block_end[section]] - counts[notes.block_start[section]], 0)
            columns[f"section.{family}"] = (above > 0).astype(np.float32)
            continue
        between = counts[gap_end] - counts[gap_start]
        columns[f"gap.cue.{family}"] = np.minimum(between, 4).astype(np.float32)
        ahead = counts[notes.occ_start[a]] - counts[np.minimum(notes.sentence_start[sentence_a], notes.occ_start[a])]
        columns[f"a.ahead.{family}"] = np.minimum(ahead, 4).astype(np.float32)
        rest = counts[np.maximum(notes.sentence_end[sentence_b], notes.occ_end[b])] - counts[notes.occ_end[b]]
        columns[f"b.rest.{family}"] = np.minimum(rest, 4).astype(np.float32)
        start_b = np.minimum(notes.sentence_start[sentence_b], notes.occ_start[b])
        lead = counts[notes.occ_start[b]] - counts[start_b]
        columns[f"b.ahead.{family}"] = np.minimum(lead, 4).astype(np.float32)


def _put_nearest(columns: Columns, view: View, gap_start: Ints, gap_end: Ints) -> None:
    """Which family of cues stands last between the two names: the word that governs the second one."""
    families = load_cues().families
    spoken = [n for n, family in enumerate(families) if not family.startswith("lead.")]
    last = np.stack([view.last_cue[n][gap_end] for n in spoken])
    nearest = np.where((last >= gap_start).any(axis=0), last.argmax(axis=0), -1)
    for number, n in enumerate(spoken):
        columns[f"gap.last.{families[n]}"] = (nearest == number).astype(np.float32)


def _kind_odds(drafts: Sequence[ConceptDraft]) -> NDArray[np.float32]:
    """Probability of each kind of each concept, shape (concepts, kinds); where it is not known, all kinds are alike."""
    alike = (1 / len(ConceptKind),) * len(ConceptKind)
    return np.asarray([draft.odds or alike for draft in drafts], dtype=np.float32).reshape(-1, len(ConceptKind))


def _put_statistics(columns: Columns, notes: NoteColumns, found: Instances, drafts: Sequence[ConceptDraft]) -> None:
    """Counts within the document: of each concept, of the two together, of what else stands with them."""
    size = max(len(drafts), 1)
    doc_of = notes.block_doc[notes.occ_block]
    own = doc_of * size + notes.occ_concept
    keys, inverse, total = np.unique(own, return_inverse=True, return_counts=True)
    units = np.unique(np.stack([inverse, notes.occ_block]), axis=1)[0]
    spread = np.bincount(units, minlength=len(keys))
    heading = notes.block_kind[notes.occ_block] == BLOCK_KINDS.index(BlockKind.HEADING)
    heads = np.bincount(inverse[heading], minlength=len(keys))
    strong = np.bincount(inverse[notes.occ_strong], minlength=len(keys))
    opens = (
        np.bincount(inverse[np.arange(len(inverse)) == notes.first_occ[notes.occ_block]], minlength=len(keys))
        if len(inverse)
        else heads
    )
    document_size = np.bincount(notes.block_doc, minlength=len(notes.documents))
    a, b = inverse[found.a], inverse[found.b]
    low, high = np.minimum(a, b), np.maximum(a, b)
    pair = low * max(len(keys), 1) + high
    pairs, at, together = np.unique(pair, return_inverse=True, return_counts=True)
    near = found.place == Place.SENTENCE
    near_count = np.bincount(at[near], minlength=len(pairs))
    kinds = np.unique(np.stack([at, found.place]), axis=1)[0]
    variety = np.bincount(kinds, minlength=len(pairs))
    degree = np.bincount(np.concatenate([pairs // max(len(keys), 1), pairs % max(len(keys), 1)]), minlength=len(keys))
    a_first = np.bincount(at, weights=(a == low), minlength=len(pairs)) / np.maximum(together, 1)
    blocks = document_size[notes.block_doc[notes.occ_block[found.a]]]

    def put(name: str, values: NDArray[np.generic]) -> None:
        columns[name] = values.astype(np.float32)

    for side, concept in (("a", a), ("b", b)):
        put(f"{side}.count", np.log1p(total[concept]))
        put(f"{side}.spread", np.log1p(spread[concept]))
        put(f"{side}.share", spread[concept] / np.maximum(blocks, 1))
        put(f"{side}.heads", np.minimum(heads[concept], 4))
        put(f"{side}.bold", strong[concept] / total[concept])
        put(f"{side}.opens", opens[concept] / total[concept])
        put(f"{side}.degree", np.log1p(degree[concept]))
        put(f"{side}.given", together[at] / np.maximum(total[concept], 1))
        put(f"{side}.rival", _rank_within(concept, together[at], at))
    put("together", np.log1p(together[at]))
    put("near", np.log1p(near_count[at]))
    put("variety", variety[at])
    put("pmi", np.log((near_count[at] + 0.5) * np.maximum(blocks, 1) / (spread[a] * spread[b] + 0.5)))
    put("usual_order", np.where(a == low, a_first[at], 1 - a_first[at]))
    names = [tuple(fold(n) for n in d.names) for d in drafts]
    concepts_a, concepts_b = notes.occ_concept[found.a], notes.occ_concept[found.b]
    length = np.asarray([len(d.name) for d in drafts] or [0])
    salience = np.asarray([d.salience for d in drafts] or [0.0])
    put("a.length", np.minimum(length[concepts_a], 30))
    put("b.length", np.minimum(length[concepts_b], 30))
    put("a.salience", salience[concepts_a])
    put("b.salience", salience[concepts_b])
    whole = concepts_a * size + concepts_b
    unique, back = np.unique(whole, return_inverse=True)
    a_in_b = np.asarray([_named_in(names[k // size], names[k % size]) for k in unique.tolist()], dtype=bool)
    b_in_a = np.asarray([_named_in(names[k % size], names[k // size]) for k in unique.tolist()], dtype=bool)
    put("a_in_b", a_in_b[back])
    put("b_in_a", b_in_a[back])


def _named_in(inner: Sequence[str], outer: Sequence[str]) -> bool:
    """Whether a name of one concept holds a name of the other (of two letters at least)."""
    return any(len(i) >= 2 and i != o and i in o for i in inner for o in outer)


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
