"""Candidates: every form in a document that might name a concept, with the counts that its salience is judged by.

Generation is for recall, ranking for precision: word n-grams within runs of content words, and whatever the writer set
apart (bold, headings, what is before a colon, list items, table cells, parentheses, enumerations). Sub-spans are
enumerated once per distinct run, not once per occurrence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from extract.concepts.content_words import (
    MAX_WORDS,
    content_runs,
    is_clause,
    is_content,
    name_tokens,
    usable,
    with_possessives,
)
from extract.concepts.forms import FLAG, FLAGS, Forms, FormTable, Groups, Ints, SlimForms, sums
from extract.concepts.subjects import Said, subjects
from extract.notes.blocks import Block, BlockKind, SpanKind
from extract.text.identifiers import mask
from extract.text.keys import key_of
from extract.text.occurrences import ParsedDoc
from extract.text.segment import Token, tokenize
from graph.text.scripts import has_han

_EDGE_PUNCTUATION: Final = " \t\n,.;:!?，。；：！？、\"'“”‘’`()（）[]【】「」『』《》<>…—–-~·*|/\\=+&^%$@"
_ENUMERATION: Final = re.compile(
    r"[、，,/；;]|\s(?:和|与|及|或|vs\.?|and|or|&)\s"
    r"|(?<=[A-Za-z0-9\)）])\s*(?:和|与|及|或)\s*(?=[A-Za-z])|\s*(?:以及|或者)\s*"
)
_CLAUSE_END: Final = re.compile(r"[。！？；：!?;:（）()\n]|\.\s")
_LISTED: Final = ("、", ",", "/", " and ")
"""No enumeration is without one of these."""
_SLASH: Final = re.compile(r"(?<![\w/])[A-Za-z][\w.+-]{0,15}/[A-Za-z][\w.+-]{0,15}(?![\w/])")
_IN_PARENTHESES: Final = re.compile(r"[,，;；、/]|\s或\s|\sor\s")
_ALSO_IN: Final = re.compile(r"^\s*(?:简称|即|又称|也叫|也称|缩写为?|英文|全称|aka|also|i\.e\.)[:：]?\s*")
_PARENTHESES: Final = re.compile(r"[（(\[【]([^（）()\[\]【】]{1,80})[）)\]】]")
_COLON: Final = re.compile(r"[：:](?!//)|\s[-–—]{1,2}\s|——")
_LEAD: Final = 60
"""Characters before a colon that may be a name."""
_IS: Final = frozenset(["是", "指", "即", "指的是", "就是", "为", "is", "are", "refers", "means", "was"])
_CALLED: Final = frozenset(["称为", "称作", "叫做", "叫", "即", "称", "called", "named", "termed", "as"])
_ENUM_MARKS: Final = frozenset(["、", "和", "与", "及", "以及", "或", "and", "or", "/", ","])


_SET_APART: Final = (
    "strong",
    "heading",
    "lead",
    "lead_strong",
    "item",
    "cell",
    "cell_first",
    "header",
    "enumerated",
    "slash",
    "paren_in",
)
"""Flags that count a candidate which no run of content words contains."""


_NO_CLAUSE: Final = frozenset(["item", "enumerated", "cell", "strong", "emphasis", "lead", "lead_strong"])
"""Flags of what may be a whole clause; only titles are names whatever they are made of."""


AnyForms = TypeVar("AnyForms", bound=FormTable, covariant=True)


@dataclass(frozen=True, slots=True)
class Candidates(Generic[AnyForms]):
    """All candidates of one document: in full (:class:`Forms`) or as much of them as the collection's stages need."""

    doc: ParsedDoc
    forms: AnyForms
    tokens: int
    """Number of words of the document."""
    pairs: list[tuple[str, str, int, str]]
    """(outer text, inner text, block index, what links them) of parentheses and "also called": the material of alias
    resolution."""
    siblings: list[tuple[str, ...]]
    """Keys that one enumeration, list or table column puts side by side."""
    subjects: Mapping[str, Said] = field(default_factory=dict)
    """Keys of what the document defines, in the order of the text, and how plainly it does."""
    everyday: Collection[str] = ()
    """Keys that a page of a diary names in passing (:mod:`extract.concepts.everyday`)."""
    memo: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)
    """What alias resolution has found out and asks for again; nothing here depends on scores."""


def _key_if_usable(form: str) -> str:
    """The key of a form that can name a concept, else empty."""
    return key_of(form) if usable(form) else ""


class _Collector:
    """Fills the candidates of one document; used by :func:`collect` only.

    Everything is appended to columns; :meth:`finish` counts.
    """

    def __init__(self, doc: ParsedDoc) -> None:
        self.doc = doc
        self.index: dict[str, int] = {}
        self.form_words: list[tuple[str, ...]] = []
        self.form_tags: list[tuple[str, ...]] = []
        self.surfaces: dict[str, int] = {}
        self.surface_key: list[int] = []
        self.marks: list[tuple[int, int, int, int]] = []  # form, surface, flag, block
        self.of_phrases: list[tuple[int, int, int]] = []  # form, surface, block
        self.runs: dict[str, int] = {}
        self.run_tokens: list[list[Token]] = []
        self.places: list[
            tuple[int, int, int, int, int, int]
        ] = []  # run, block, context, part of title or question, left, right
        self.neighbours: dict[str, int] = {"^": 0, "$": 1}
        self.pairs: list[tuple[str, str, int, str]] = []
        self.siblings: list[tuple[str, ...]] = []
        self.subjects: dict[str, Said] = {}
        self.possessives: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self.words = 0

    def form(self, key: str, surface: str) -> tuple[int, int]:
        """Numbers of the form and of its writing."""
        number = self.index.get(key)
        if number is None:
            number = self.add(key, with_possessives(name_tokens(surface)))
        return number, self.surface(surface, number)

    def add(self, key: str, tokens: Sequence[Token]) -> int:
        """Number of a new form of these words."""
        number = self.index[key] = len(self.index)
        self.form_words.append(tuple([t.text for t in tokens]))
        self.form_tags.append(tuple([f"{t.script}:{t.pos}" for t in tokens]))
        return number

    def surface(self, surface: str, form: int) -> int:
        number = self.surfaces.get(surface)
        if number is None:
            number = self.surfaces[surface] = len(self.surfaces)
            self.surface_key.append(form)
        return number

    def mark(self, text: str, flag: str, block: Block) -> str | None:
        """Count ``text`` as set apart by ``flag``; returns its key, or None where it cannot name a concept."""
        surface = _trimmed(text)
        key = _key_if_usable(surface)
        if not key or (flag in _NO_CLAUSE and is_clause(surface)):
            return None
        self.marks.append((*self.form(key, surface), FLAG[flag], block.index))
        return key

    def read(self, block: Block) -> None:
        text = mask(_without_math(block))
        tokens = tokenize(text)
        self.words += len(tokens)
        for start, end in content_runs(tokens, text):
            self._add_run(block, text, tokens, start, end)
        self._read_of_phrases(block, text, tokens)
        self._read_possessives(block, text, tokens)
        self._read_subjects(block, text, tokens)
        self._read_marked(block, text)
        self._read_parentheses(block, text)
        self._read_enumerations(block, text)

    def _add_run(self, block: Block, text: str, tokens: list[Token], start: int, end: int) -> None:
        surface = text[tokens[start].start : tokens[end - 1].end]
        run = self.runs.get(surface)
        if run is None:
            run = self.runs[surface] = len(self.runs)
            self.run_tokens.append(tokens[start:end])
        part = -1
        if block.kind is BlockKind.HEADING:
            part = FLAG["question_part"] if block.question else FLAG["title_part"]
        names = self.neighbours
        left = names.setdefault(tokens[start - 1].text.lower(), len(names)) if start else 0
        right = names.setdefault(tokens[end].text.lower(), len(names)) if end < len(tokens) else 1
        self.places.append((run, block.index, _CONTEXT_FLAG[block.kind], part, left, right))

    def _read_subjects(self, block: Block, text: str, tokens: list[Token]) -> None:
        for written, said in subjects(block, text, tokens, is_content):
            surface = _trimmed(written)
            key = _key_if_usable(surface)
            if not key:
                continue
            self.subjects[key] = max(said, self.subjects.get(key, said))
            if not all(map(is_content, name_tokens(surface))):  # no run of content words: nothing else proposes it
                self.mark(surface, "lead", block)

    def _read_possessives(self, block: Block, text: str, tokens: list[Token]) -> None:
        """Collect phrases such as gambler's fallacy; they count where a document uses them twice or defines them."""
        if "'" not in text and "’" not in text:
            return
        for i in range(1, len(tokens) - 2):
            if tokens[i + 1].pos != "POS" or not is_content(tokens[i - 1]) or not tokens[i - 1].text.islower():
                continue
            end = i + 2
            while end < len(tokens) and end < i + 4 and is_content(tokens[end]):
                end += 1
            for last in range(i + 3, end + 1):
                surface = text[tokens[i - 1].start : tokens[last - 1].end]
                key = _key_if_usable(surface)
                if key:
                    self.possessives[key].append((surface, block.index))

    def _keep_possessives(self) -> None:
        for key, places in self.possessives.items():
            if len(places) > 1 or key in self.subjects or key in self.index:
                self.of_phrases += [(*self.form(key, surface), block) for surface, block in places]

    def _read_of_phrases(self, block: Block, text: str, tokens: list[Token]) -> None:
        for i in [i for i, token in enumerate(tokens) if token.text == "of"] if "of" in text else ():
            if not 0 < i < len(tokens) - 1 or not (is_content(tokens[i - 1]) and is_content(tokens[i + 1])):
                continue
            left = i - 2 if i > 1 and is_content(tokens[i - 2]) else i - 1
            right = i + 2 if i + 2 < len(tokens) and is_content(tokens[i + 2]) else i + 1
            for a in {left, i - 1}:
                for b in {right, i + 1}:
                    surface = text[tokens[a].start : tokens[b].end]
                    key = _key_if_usable(surface)
                    if key:
                        self.of_phrases.append((*self.form(key, surface), block.index))

    def _read_marked(self, block: Block, text: str) -> None:
        for span in block.spans:
            flag = _MARKS.get(span.kind)
            if flag is not None:
                for piece in _pieces(text[span.start : span.end]):
                    self.mark(piece, flag, block)
        if block.kind is BlockKind.HEADING:
            for piece in _pieces(text):
                self.mark(piece, "heading", block)
            parts = _COLON.split(text, maxsplit=1)
            if len(parts) > 1:
                for part in parts:
                    for piece in _pieces(part):
                        self.mark(piece, "heading_part", block)
        elif block.kind in (BlockKind.CELL, BlockKind.HEADER):
            flag = "header" if block.kind is BlockKind.HEADER else "cell_first" if block.column == 0 else "cell"
            for piece in _pieces(text):
                self.mark(piece, flag, block)
        elif (colon := _COLON.search(text[: _LEAD + 10])) and colon.start() <= _LEAD:
            lead = text[: colon.start()]
            bold = any(
                s.kind is SpanKind.STRONG and s.start <= 1 and s.end >= len(lead.strip()) - 1 for s in block.spans
            )
            for piece in _pieces(lead):
                self.mark(piece, "lead_strong" if bold else "lead", block)
        elif block.kind is BlockKind.ITEM:
            for piece in _pieces(text):
                self.mark(piece, "item", block)

    def _read_parentheses(self, block: Block, text: str) -> None:
        for match in _PARENTHESES.finditer(text):
            inner = match.group(1)
            for piece in _IN_PARENTHESES.split(inner):
                self.mark(_ALSO_IN.sub("", piece), "paren_in", block)
            before = text[max(0, match.start() - 80) : match.start()].rstrip()
            if before:
                self.pairs.append((before, inner, block.index, "parenthesis"))

    def _read_enumerations(self, block: Block, text: str) -> None:
        for clause in _CLAUSE_END.split(text) if any(mark in text for mark in _LISTED) else ():
            if not any(mark in clause for mark in _LISTED):
                continue
            pieces = [p.strip(_EDGE_PUNCTUATION) for p in _ENUMERATION.split(clause)]
            if len(pieces) < 2:
                continue
            keys = []
            for number, piece in enumerate(pieces):
                inner = 0 < number < len(pieces) - 1
                if len(piece) <= 30 and (inner or "、" in clause or "/" in clause) and usable(piece):
                    key = self.mark(piece, "enumerated", block)
                    if key:
                        keys.append(key)
            if len(keys) > 1:
                self.siblings.append(tuple(keys))
        for match in _SLASH.finditer(text) if "/" in text else ():
            self.mark(match.group(), "slash", block)

    def finish(self) -> Forms:
        """Turn the distinct runs into the candidates that lie within them, and count all."""
        self._keep_possessives()
        pieces, slots, token_ids, token_start = self._spans()
        size = len(self.index)
        places = _RunPlaces.of(self.places, len(self.runs))
        marks = np.asarray(self.marks, dtype=np.int64).reshape(-1, 4).T
        phrases = np.asarray(self.of_phrases, dtype=np.int64).reshape(-1, 3).T
        key, weight, opens, closes = pieces.key, pieces.weight, pieces.opens, pieces.closes
        count = sums(key, weight, size) + np.bincount(phrases[0], minlength=size)
        super_count = _wider_counts(pieces, slots, count, size)
        flags = self._flags(places, pieces, marks, phrases)
        # In no run of content words: counted where the writer set it apart.
        apart = flags[:, [FLAG[f] for f in _SET_APART]].sum(axis=1)
        count = np.where(count == 0, np.maximum(apart, 1), count)
        row, at = pieces.at(places)
        blocks = Groups(
            np.concatenate([key[row], marks[0], phrases[0]]),
            np.concatenate([places.block[at], marks[3], phrases[2]]), size,
        )  # fmt: skip
        before, after = token_start[pieces.run] + pieces.begin - 1, token_start[pieces.run] + pieces.end
        lefts = Groups(
            np.concatenate([key[row][opens[row]], key[~opens]]),
            np.concatenate([places.left[at][opens[row]], token_ids[before[~opens]]]), size,
        )  # fmt: skip
        rights = Groups(
            np.concatenate([key[row][closes[row]], key[~closes]]),
            np.concatenate([places.right[at][closes[row]], token_ids[after[~closes]]]), size,
        )  # fmt: skip
        written = np.concatenate([pieces.surface, marks[1], phrases[1]])
        used = sums(written, np.concatenate([weight, np.ones(marks.shape[1] + phrases.shape[1])]), len(self.surfaces))
        return Forms(
            self.index, self.form_words, self.form_tags, count, sums(key[opens & closes], weight[opens & closes], size),
            sums(key[opens], weight[opens], size), sums(key[closes], weight[closes], size), super_count, flags, blocks,
            lefts, rights,
            list(self.neighbours), list(self.surfaces), np.asarray(self.surface_key, dtype=np.int64), used,
        )  # fmt: skip

    def _flags(self, places: _RunPlaces, pieces: _Pieces, marks: Ints, phrases: Ints) -> Ints:
        """How often each form is seen with each flag, shape (forms, len(FLAGS))."""
        size, flags_n = len(self.index), len(FLAGS)
        flags = np.bincount(marks[0] * flags_n + marks[2], minlength=size * flags_n).reshape(size, flags_n)
        flags[:, FLAG["of_phrase"]] += np.bincount(phrases[0], minlength=size)
        for column in np.unique(np.concatenate([places.context, places.part[places.part >= 0]])).tolist():
            of_runs = places.count((places.context == column) | (places.part == column))
            flags[:, column] += sums(pieces.key, of_runs[pieces.run], size)
        names = list(self.neighbours)
        sides = (
            (pieces.opens, places.left, _LEFT, FLAG["block_start"]), (pieces.closes, places.right, _RIGHT, -1),
        )  # fmt: skip
        for edge, neighbour, classes, at_start in sides:
            said = np.fromiter((classes.get(name, -1) for name in names), dtype=np.int64, count=len(names))[neighbour]
            if at_start >= 0:
                said[neighbour == 0] = at_start
            for column in np.unique(said[said >= 0]).tolist():
                of_runs = places.count(said == column)
                flags[:, column] += sums(pieces.key[edge], of_runs[pieces.run[edge]], size)
        return flags

    def _spans(self) -> tuple[_Pieces, Ints, Ints, Ints]:
        """The candidates in runs; slot → form, -1 without one; the words of all runs by number; where each begins."""
        times = np.bincount(np.asarray([p[0] for p in self.places], dtype=np.int64), minlength=len(self.runs))
        named: dict[str, tuple[int, int] | None] = {}
        words: list[str] = []
        sizes: list[int] = []
        columns: list[int] = []
        for run, (text, tokens, often) in enumerate(zip(self.runs, self.run_tokens, times.tolist(), strict=True)):
            n, base = len(tokens), tokens[0].start
            sizes.append(n)
            words += [t.text for t in tokens]
            ends = [t.end - base for t in tokens]
            for i in range(n):
                start = tokens[i].start - base
                for j in range(i + 1, min(n, i + MAX_WORDS) + 1):
                    if often == 1 and 4 <= j - i < n:  # a long piece of a longer run that appears there once
                        continue  # names nothing
                    surface = text[start : ends[j - 1]]
                    if surface not in named:
                        named[surface] = self._named(surface, tokens[i:j])
                    numbers = named[surface]
                    if numbers is not None:
                        columns += (run, i, j, *numbers)
        table = np.fromiter(columns, dtype=np.int64, count=len(columns)).reshape(-1, 5)
        names = self.neighbours
        token_ids = np.fromiter((names.setdefault(w, len(names)) for w in words), dtype=np.int64, count=len(words))
        size = np.asarray(sizes, dtype=np.int64)
        first = np.cumsum(size) - size
        pieces = _Pieces.of(table, size, first, times)
        slots = np.full(len(token_ids) * MAX_WORDS + 1, -1, dtype=np.int64)
        slots[pieces.slot] = pieces.key
        return pieces, slots, token_ids, first

    def _named(self, surface: str, tokens: Sequence[Token]) -> tuple[int, int] | None:
        """Numbers of the form and of its writing, for words in a run; None where they cannot name a concept."""
        key = _key_if_usable(surface)
        if not key:
            return None
        number = self.index.get(key)
        if number is None:
            number = self.add(key, tokens)
        return number, self.surface(surface, number)


@dataclass(frozen=True, slots=True, eq=False)
class _RunPlaces:
    """Where the distinct runs occur, a row for each occurrence, in the order of the runs."""

    run: Ints
    block: Ints
    context: Ints
    """Flag of the kind of block."""
    part: Ints
    """Flag of a part of a heading; -1 elsewhere."""
    left: Ints
    """Number of the word before the run, 0 at the start of the block."""
    right: Ints
    """Number of the word after the run, 1 at the end of the block."""
    times: Ints
    """For each run the number of its occurrences."""

    @classmethod
    def of(cls, places: Sequence[tuple[int, ...]], runs: int) -> _RunPlaces:
        columns = np.asarray(places, dtype=np.int64).reshape(-1, 6).T
        run, block, context, part, left, right = columns[:, np.argsort(columns[0], kind="stable")]
        return cls(run, block, context, part, left, right, np.bincount(run, minlength=runs))

    def count(self, which: NDArray[np.bool_]) -> Ints:
        """For each run the number of its occurrences in ``which``."""
        return np.bincount(self.run[which], minlength=len(self.times))


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """The candidates that lie in runs, a row for each (run, piece of it)."""

    run: Ints
    begin: Ints
    end: Ints
    """First word of the piece and end, counted in the run."""
    key: Ints
    """Number of the form."""
    surface: Ints
    """Number of the writing."""
    slot: Ints
    """Place of (first word of the piece, counted over all runs; its length) in a table of all pieces there could be."""
    weight: Ints
    """Number of occurrences of the run."""
    opens: NDArray[np.bool_]
    """The piece begins the run."""
    closes: NDArray[np.bool_]
    """The piece ends the run."""

    @classmethod
    def of(cls, table: Ints, sizes: Ints, first: Ints, times: Ints) -> _Pieces:
        """Make the columns.

        Args:
            table: run, first word, end, form and writing of each piece.
            sizes: number of words of each run.
            first: number of words in the runs before it.
            times: number of its occurrences.
        """
        run, begin, end, key, surface = table.T
        slot = (first[run] + begin) * MAX_WORDS + end - begin - 1
        return cls(run, begin, end, key, surface, slot, times[run], begin == 0, end == sizes[run])

    def at(self, places: _RunPlaces) -> tuple[Ints, Ints]:
        """(piece, occurrence of its run) for all occurrences of all pieces: all that lies in a run occurs with it."""
        first = np.concatenate([[0], np.cumsum(places.times)])
        row = np.repeat(np.arange(len(self.key)), self.weight)
        within = np.arange(len(row)) - np.repeat(np.cumsum(self.weight) - self.weight, self.weight)
        return row, first[self.run[row]] + within


def _wider_counts(pieces: _Pieces, slots: Ints, count: Ints, size: int) -> Ints:
    """For each form the count of the most frequent form that is one word longer and contains it; 0 without one."""
    known = np.concatenate([[0], count])  # of no form: 0
    wider = np.zeros(len(pieces.key), dtype=np.int64)
    longer = pieces.end - pieces.begin < MAX_WORDS
    before, after = longer & ~pieces.opens, longer & ~pieces.closes
    wider[before] = known[slots[pieces.slot[before] - MAX_WORDS + 1] + 1]
    wider[after] = np.maximum(wider[after], known[slots[pieces.slot[after] + 1] + 1])
    out = np.zeros(size, dtype=np.int64)
    np.maximum.at(out, pieces.key, wider)
    return out


_CONTEXT: Final = {
    BlockKind.HEADING: "heading_part",
    BlockKind.PARAGRAPH: "in_paragraph",
    BlockKind.ITEM: "in_item",
    BlockKind.CELL: "in_cell",
    BlockKind.HEADER: "in_cell",
    BlockKind.QUOTE: "in_quote",
    BlockKind.CODE: "in_code",
}
_CONTEXT_FLAG: Final = {kind: FLAG[name] for kind, name in _CONTEXT.items()}
_LEFT: Final = (
    dict.fromkeys(("a", "an", "the"), FLAG["left_det"]) | dict.fromkeys(_ENUM_MARKS, FLAG["left_enum"])
    | dict.fromkeys(_CALLED, FLAG["left_called"])
)  # fmt: skip
_RIGHT: Final = (
    dict.fromkeys(_ENUM_MARKS, FLAG["right_enum"]) | dict.fromkeys("（(", FLAG["right_paren"])
    | dict.fromkeys("：:", FLAG["right_colon"]) | dict.fromkeys(_IS, FLAG["right_is"])
)  # fmt: skip
"""Word next to a candidate → the flag that it counts for."""
_MARKS: Final = {
    SpanKind.STRONG: "strong",
    SpanKind.EMPHASIS: "emphasis",
    SpanKind.CODE: "code",
    SpanKind.LINK: "link",
    SpanKind.QUOTED: "quoted",
}


def _without_math(block: Block) -> str:
    """The block's text with formulas as commas, of the same length.

    Letters of a formula name nothing, and separate what is around.
    """
    text = block.text
    for span in block.spans:
        if span.kind is SpanKind.MATH:
            text = text[: span.start] + "," * (span.end - span.start) + text[span.end :]
    return text


def _trimmed(text: str) -> str:
    """``text`` without the punctuation around it; what belongs to a name stays: C++, C#, .NET."""
    if text[:1].isalnum() and text[-1:].isalnum():
        return text
    text = text.strip()
    start = text.lstrip(_EDGE_PUNCTUATION)
    if len(text) > len(start) and text[len(text) - len(start) - 1] == "." and start[:2].isupper():
        start = "." + start
    end = start.rstrip(_EDGE_PUNCTUATION)
    return end + "++" if start.startswith(end + "++") else end


_ASIDE: Final = re.compile(r"[（(\[【][^（）()\[\]【】]*[）)\]】]")


_SEVERAL: Final = re.compile(r"、|/|\s+(?:vs\.?|VS|and|&|or)\s+|\s*(?:和|与|及|以及|或)\s*|,\s")


def _pieces(text: str) -> Iterable[str]:
    """``text`` without its parentheses.

    And its parts where it names several things (``A 与 B``, ``A vs B``, ``A/B``).
    """
    bare = _ASIDE.sub(" ", text).strip(_EDGE_PUNCTUATION)
    yield bare
    if has_han(bare) or len(bare) < 80:
        parts = [p.strip(_EDGE_PUNCTUATION) for p in _SEVERAL.split(bare)]
        if 1 < len(parts) <= 8:
            yield from parts


def collect(doc: ParsedDoc, emphasised: Iterable[tuple[str, int]] = ()) -> Candidates[Forms]:
    """The candidates of ``doc``. Time is linear in its length; code blocks give comments only.

    Args:
        doc: the document.
        emphasised: (writing, index of a block that has it) of what its author emphasises outside of the text.
    """
    collector = _Collector(doc)
    for block in doc.blocks:
        if block.index not in doc.references:
            collector.read(block)
    for written, index in emphasised:
        collector.mark(written, "emphasis", doc.blocks[index])
    return Candidates(doc, collector.finish(), collector.words, collector.pairs, collector.siblings, collector.subjects)


def slim(candidates: Candidates[Forms], keys: Collection[str]) -> Candidates[SlimForms]:
    """``candidates`` with the forms of ``keys`` only, with what choosing and naming a concept needs.

    Cheap to hand to another process.
    """
    return Candidates(
        candidates.doc,
        SlimForms.of(candidates.forms, list(keys)),
        candidates.tokens,
        [],
        [],
        candidates.subjects,
        candidates.everyday,
    )
