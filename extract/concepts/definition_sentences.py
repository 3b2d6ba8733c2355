"""The sentences of a note that may define what it names, as columns: what finding definitions does note by note.

A note's sentences depend on its blocks, on where it names concepts and on the names of these alone. What only the
collection tells (where a concept is named first, in which note most, how often in all) is added by
:func:`extract.concepts.definitions.find_definitions`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import yaml
from numpy.typing import NDArray

from extract.concepts.defining_forms import Defining, Form, SentenceText, defining, other_subject
from extract.notes.blocks import Block, BlockKind, SpanKind
from extract.text.occurrences import ParsedDoc
from extract.text.segment import sentence_spans
from graph.text.names import fold, folded, simplified
from graph.text.questions import is_question
from graph.text.scripts import has_han

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Place: TypeAlias = tuple[int, int, int, int, int]
"""Number of an occurrence, its concept, block, and offsets."""

FORMS: Final = tuple(Form)
"""The order in which forms are numbered."""
_ASIDE: Final = re.compile(r"[”\"’」』*`]*(?:\s*[（(][^（）()]{1,60}[）)][”\"’」』*`]*)?")
"""A bracket and closing quotation marks behind a name. The space behind the name is not part of it: the patterns of
what follows begin with it."""
MOST: Final = 40
"""Sentences of one concept in one document that are looked at: the first ones."""
_LEAST_CELL: Final = 6
"""Characters of a cell that defines something."""


@dataclass(frozen=True, slots=True)
class Rules:
    """``definitions.yaml``, compiled: one pattern for all phrasings of a side, a group for each."""

    after: re.Pattern[str]
    before: re.Pattern[str]
    names: tuple[str, ...]
    subject: re.Pattern[str]
    generic: re.Pattern[str]
    opening: re.Pattern[str]
    columns: re.Pattern[str]


@cache
def rules() -> Rules:
    """The phrasings."""
    table = yaml.safe_load((Path(__file__).with_name("definitions.yaml")).read_text(encoding="utf-8"))

    def groups(side: str) -> str:
        return "|".join(f"(?P<{side}_{name}>{'|'.join(parts)})" for name, parts in table[side].items())

    return Rules(
        re.compile(groups("after"), re.IGNORECASE),
        re.compile(f"(?:{groups('before')})\\Z", re.IGNORECASE),
        tuple(f"{side}_{name}" for side in ("after", "before") for name in table[side]),
        re.compile(table["subject"] + r"\Z", re.IGNORECASE),
        re.compile(table["generic"], re.IGNORECASE),
        re.compile(table["opening"], re.IGNORECASE),
        re.compile("|".join(re.escape(word) for word in table["columns"]), re.IGNORECASE),
    )


def feature_names() -> tuple[str, ...]:
    """Names of the features of a candidate."""
    both = (f"both_{name}" for name in rules().names if name.startswith("after_"))
    return (*rules().names, *_PLAIN, *both, *(f"form_{form.value}" for form in Form), "defining_length")


_PLAIN: Final = (
    "subject", "opening", "opens_block", "strong", "emphasis", "aside", "generic", "bad_opening", "item", "paragraph",
    "cell", "quote",
    "own_heading", "heading_names", "section_place", "first_mention", "mention_rank", "home", "share", "count", "told",
    "length",
    "short", "long", "digits", "capitalised",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """A row for each sentence that may define a concept, in the order of the occurrences."""

    occurrence: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Number of the naming among all occurrences."""
    start: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    end: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Offsets of the sentence in its block."""
    form: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """How it explains the name, a number in :data:`FORMS`; -1 where it only names it."""
    first: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    last: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Offsets of the part that defines; of the sentence where it only names."""
    listed: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whether the name is one of an enumeration or in the middle of a chain: A、B、C, A → B → C."""
    features: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, len(feature_names())), dtype=np.float32))
    """Shape (sentences, len(:func:`feature_names`)); those of :data:`COLLECTION` are 0."""
    seen: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """For each concept and note the occurrence in the first sentence that was looked at."""
    cells: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    """(Occurrence that is the first cell of its row, index of the block that is the cell which defines it)."""

    def __len__(self) -> int:
        return len(self.occurrence)

    @classmethod
    def behind_each_other(cls, parts: Sequence[Sentences]) -> Sentences:
        """All rows of ``parts``, in their order."""
        if not parts:
            return cls()
        return cls(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(cls)))

    def by_occurrence(self) -> Sentences:
        """The same rows in the order of the occurrences."""
        order = np.argsort(self.occurrence, kind="stable")
        rows = {column.name: getattr(self, column.name)[order] for column in fields(self)[:-2]}
        cells = self.cells[np.argsort(self.cells[:, 0], kind="stable")]
        return Sentences(**rows, seen=np.sort(self.seen), cells=cells)


COLLECTION: Final = ("first_mention", "home", "share", "told")
"""Features that depend on other notes."""


@dataclass(frozen=True, slots=True)
class Names:
    """The folded names of a concept."""

    all: frozenset[str]
    letters: frozenset[str]
    """What they begin with."""

    @classmethod
    def of(cls, names: Collection[str]) -> Names:
        """The same of folded ``names``."""
        return cls(frozenset(names), frozenset(name[0] for name in names if name))

    def have(self, text: str) -> bool:
        """Whether ``text`` is one of them. Texts are sentences up to a name, so most are told by their first letter."""
        head, second = text[0], text[1:2]
        if "\u4e00" <= head <= "\u9fff":
            known = simplified(head)
        elif head.isascii() and head.isalnum() and second.isascii():  # what follows cannot be a mark on the letter
            known = head.lower()
        else:
            return folded(text) in self.all
        return known in self.letters and folded(text) in self.all


def sentences_of(doc: ParsedDoc, places: Sequence[Place], names: Sequence[Names], *, hopeless: bool) -> Sentences:
    """The sentences of a note that may define a concept; of each concept the first :data:`MOST`.

    Args:
        doc: the note.
        places: where it names concepts, in the order of the text.
        names: of each concept of the collection.
        hopeless: whether those come too that no probability makes a definition, nineteen of twenty.
    """
    counts = Counter(map(itemgetter(1), places))
    rank: Counter[int] = Counter()
    rows: list[tuple[int, int, int, int, int, int, bool]] = []
    features: list[tuple[float, ...]] = []
    seen: list[int] = []
    cells: list[tuple[int, int]] = []
    for index, group in groupby(places, key=itemgetter(2)):
        block, own = doc.blocks[index], list(group)
        if block.kind in (BlockKind.HEADING, BlockKind.HEADER, BlockKind.CODE):
            continue
        if block.kind is BlockKind.CELL and block.column == 0:
            cells += _cells(doc, block, own, names)
        if block.question:
            continue
        text = block.text
        strong = {(s.start, s.end) for s in block.spans if s.kind is SpanKind.STRONG}
        context: _Context | None = None
        for place, sentence in _first_of_sentences(block, own):
            number, concept, _, begin, stop = place
            before = rank[concept]
            rank[concept] = before + 1
            if before >= MOST:
                continue
            if not before:
                seen.append(number)
            after = _behind(text, stop)
            form = defining(text, sentence, (begin, stop), after, names[concept].have)
            bold = (begin, stop) in strong
            if form is None and not bold and not hopeless:
                continue
            context = context or _context(doc, block)
            if form is not None and form.form is Form.LABEL and _POINTERS.fullmatch(context.title):
                form = None
            if form is None and bold and _introduces(block, begin, sentence):
                form = Defining(Form.INTRODUCED, sentence.start, sentence.end)
            if form is None and not hopeless:
                continue
            in_list = _is_listed(text, begin, after)
            if form is not None and not hopeless and not may_define(form.form, listed=in_list):
                continue
            span = (form.start, form.end) if form is not None else (sentence.start, sentence.end)
            kind = FORMS.index(form.form) if form is not None else -1
            rows.append((number, sentence.start, sentence.end, kind, *span, in_list))
            features.append(
                _features(block, place, after, sentence, context, names[concept].all, (before, counts[concept]), form)
            )
    at, start, end, kinds, first, last, listed = np.asarray(rows, dtype=np.int64).reshape(-1, 7).T
    return Sentences(
        occurrence=at,
        start=start,
        end=end,
        form=kinds,
        first=first,
        last=last,
        listed=listed.astype(bool),
        features=np.asarray(features, dtype=np.float32).reshape(-1, len(feature_names())),
        seen=np.asarray(seen, dtype=np.int64),
        cells=np.asarray(cells, dtype=np.int64).reshape(-1, 2),
    )


def may_define(form: Form, *, listed: bool) -> bool:
    """Whether some probability is enough for a sentence of this form."""
    return form is Form.LABEL or not listed


_POINTERS: Final = re.compile(
    r"\d*(?:seealso|related(?:notes?|topics?|concepts?|terms?|pages?|entries|work)?|furtherreading|references?"
    r"|bibliography"
    r"|相关(?:条目|词条|概念|内容|链接|笔记|文章|主题|页面|阅读|资料)|参考(?:文献|资料|链接)?|参见|另见|(?:延伸|扩展|拓展)阅读)"
)
"""A folded heading over references: what follows a name there says why to go to it, not what it is."""


def _first_of_sentences(block: Block, places: Iterable[Place]) -> Iterator[tuple[Place, SentenceText]]:
    """The first naming of each concept in each sentence of the block that is not a question."""
    text = block.text
    spans = sentence_spans(text)
    number = 0
    seen: set[tuple[int, int]] = set()
    told: dict[tuple[int, int], SentenceText | None] = {}
    for place in places:
        _, concept, _, begin, stop = place
        while number < len(spans) - 1 and spans[number][1] <= begin:
            number += 1
        if (concept, number) in seen:
            continue
        start, end = spans[number] if spans else (0, len(text))
        start, end = min(start, begin), max(end, stop)
        if (start, end) not in told:
            asks = is_question(text[start:end].rstrip('”"’」』）) \n'))
            told[start, end] = None if asks else SentenceText.of(text, start, end)
        sentence = told[start, end]
        if sentence is not None:
            seen.add((concept, number))
            yield place, sentence


def _behind(text: str, end: int) -> int:
    """Where the text behind a name begins that ends at ``end``: a bracket or quotation mark is passed over."""
    follows = text[end : end + 2]
    if follows.isalnum() or (follows[:1] == " " and follows[1:].isalnum()):  # mostly a word
        return end
    aside = _ASIDE.match(text, end)
    return aside.end() if aside is not None else end


def _introduces(block: Block, begin: int, sentence: SentenceText) -> bool:
    """Whether an English sentence of running text explains the name at ``begin``, which it sets in bold."""
    text = block.text[sentence.start : sentence.end]
    return (
        block.kind is BlockKind.PARAGRAPH
        and not has_han(text)
        and text.count(" ") >= _SENTENCE
        and not text[0].islower()
        and _REFERS.match(text) is None
        and not other_subject(block.text, sentence.start, begin)
    )


_REFERS: Final = re.compile(r"(?:it|they|this|these|that|those|first|second|third|then|so|but)\b", re.IGNORECASE)
"""A sentence that goes on about what the one before it is about."""
_SENTENCE: Final = 8
"""Spaces in the shortest sentence that may explain something."""


def _is_listed(text: str, begin: int, after: int) -> bool:
    """Whether the name has a Chinese enumeration comma on a side, or the same dash or arrow on both.

    Brackets and quotation marks around the name are passed over.
    """
    behind = text[after:].lstrip()[:1]
    before = text[:begin].rstrip(_OPENING_MARKS)[-1:]
    return "、" in (before, behind) or (before == behind and before in _LINKS)


_LINKS: Final = frozenset("—–→⇒>＞")
"""What joins the steps of a chain."""
_OPENING_MARKS: Final = " “\"‘'「『《（([*`"


@dataclass(frozen=True, slots=True)
class _Context:
    """What all sentences of a block share."""

    title: str
    """Folded nearest heading."""
    place: float
    """Logarithm of the number of blocks since it."""
    strong: frozenset[tuple[int, int]]
    emphasis: frozenset[tuple[int, int]]


def _context(doc: ParsedDoc, block: Block) -> _Context:
    heading = doc.blocks[block.section] if block.section >= 0 else None
    marked = {
        kind: frozenset((s.start, s.end) for s in block.spans if s.kind is kind)
        for kind in (SpanKind.STRONG, SpanKind.EMPHASIS)
    }
    place = float(np.log(block.index - (heading.index if heading is not None else -1)))
    return _Context(
        fold(heading.text) if heading is not None else "", place, marked[SpanKind.STRONG], marked[SpanKind.EMPHASIS]
    )


@lru_cache(maxsize=10_000)
def _logarithm(size: float) -> float:
    """Of 1 + ``size``."""
    return float(np.log1p(size))


def _features(
    block: Block,
    place: Place,
    after: int,
    sentence: SentenceText,
    context: _Context,
    names: frozenset[str],
    mentions: tuple[int, int],
    form: Defining | None,
) -> tuple[float, ...]:
    """The row of a sentence, in the order of :func:`feature_names`.

    Args:
        block: that has it.
        place: where the name is.
        after: where the text behind the name begins.
        sentence: the sentence.
        context: of the block.
        names: of the concept, folded.
        mentions: how many sentences of the note name the concept before, and how often the note names it.
        form: how the sentence explains the name.
    """
    table, text = rules(), block.text
    _, _, _, begin, stop = place
    start, end = sentence.start, sentence.end
    behind = table.after.match(text, after)
    before = table.before.search(text, max(start, begin - 30), begin)
    hits = {match.lastgroup for match in (behind, before) if match is not None}
    opening = begin - start
    subject = opening <= 24 and table.subject.match(text[start:begin]) is not None
    rest = text[after : min(end, after + 60)]
    length = (end - start) if has_han(text[start:end]) else (end - start) / 2.5
    span = (begin, stop)
    phrasing = [float(name in hits) for name in table.names]
    rank, count = mentions
    plain = (
        float(subject), _logarithm(opening), float(start == 0), float(span in context.strong),
        float(span in context.emphasis),
        float(after - stop > 3), float(table.generic.search(rest) is not None),
        float(table.opening.match(text, start) is not None),
        float(block.kind is BlockKind.ITEM), float(block.kind is BlockKind.PARAGRAPH),
        float(block.kind is BlockKind.CELL),
        float(block.kind is BlockKind.QUOTE), float(context.title in names),
        float(any(n in context.title for n in names)), context.place,
        0.0, float(min(rank, 10)), 0.0, 0.0, _logarithm(count), 0.0, _logarithm(length),
        float(length < 16), float(length > 110),
        float(any(map(str.isdigit, rest))),
        float(text[begin].isupper()),
    )  # fmt: skip
    both = [hit * float(subject) for name, hit in zip(table.names, phrasing, strict=True) if name.startswith("after_")]
    part = text[form.start : form.end] if form is not None else ""
    forms = [float(form is not None and form.form is kind) for kind in FORMS]
    return (*phrasing, *plain, *both, *forms, _logarithm(len(part) if has_han(part) else len(part) / 2.5))


def _cells(doc: ParsedDoc, block: Block, places: Iterable[Place], names: Sequence[Names]) -> list[tuple[int, int]]:
    """(Occurrence, index of the cell that defines it) where the first cell of a row is a name.

    The table must have a column for what things are.
    """
    own = fold(block.text)
    named = [place[0] for place in places if own in names[place[1]].all]
    headers: dict[int, str] = {}
    for other in doc.blocks[max(block.group, 0) :] if named else ():
        if other.group != block.group or other.kind not in (BlockKind.HEADER, BlockKind.CELL):
            break
        if other.kind is BlockKind.HEADER:
            headers[other.column] = other.text
        elif (
            other.row == block.row
            and other.column > 0
            and rules().columns.search(headers.get(other.column, ""))
            and len(other.text) >= _LEAST_CELL
        ):
            return [(number, other.index) for number in named]
    return []
