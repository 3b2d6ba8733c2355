"""Definitions: of all sentences that name a concept the one that says what it is, or none.

A small trained model scores each sentence by what is directly before and after the name, whether the name is its
subject, where the sentence appears (under the concept's own heading, early in the note that treats it) and how long it
is. In a table the cell of a definition column defines what the first cell of its row names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
import yaml
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.notes.blocks import Block, BlockKind, SpanKind
from extract.text.occurrences import Occurrence, ParsedDoc
from extract.text.quotes import quote_of
from extract.text.segment import sentence_spans
from graph.classifiers import Model, load_model
from graph.model import Evidence
from graph.text.names import fold
from graph.text.questions import is_question
from graph.text.scripts import has_han

ENOUGH: Final = 0.1
"""A sentence that the model gives less is not a definition."""
UNSAID: Final = 0.15
"""The same, where no words say what the concept is: its name is neither set apart nor a subject that is explained."""
PASSING: Final = 0.3
"""The same for a name that the sentence only passes: it is not the subject, no words explain it or call something so,
and it is not in bold. Of 61 such sentences below this that a reader judged, 6 said what the concept is."""
_TABLE_SCORE: Final = 0.9
_ASIDE: Final = re.compile(r"[”\"’」』*`]*\s*(?:[（(][^（）()]{1,60}[）)])?[”\"’」』*`]*")
_FEW: Final = 3
"""A concept that is named less often tells nothing by where it is named most."""
_MOST: Final = 40
"""Sentences of one concept in one document that are looked at: the first ones."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """``definitions.yaml``, compiled: one pattern for all phrasings of a side, a group for each."""

    after: re.Pattern[str]
    before: re.Pattern[str]
    names: tuple[str, ...]
    subject: re.Pattern[str]
    generic: re.Pattern[str]
    opening: re.Pattern[str]
    columns: re.Pattern[str]


@cache
def _rules() -> _Rules:
    table = yaml.safe_load((Path(__file__).with_name("definitions.yaml")).read_text(encoding="utf-8"))

    def groups(side: str) -> str:
        return "|".join(f"(?P<{side}_{name}>{'|'.join(parts)})" for name, parts in table[side].items())

    return _Rules(
        re.compile(groups("after"), re.IGNORECASE),
        re.compile(f"(?:{groups('before')})\\Z", re.IGNORECASE),
        tuple(f"{side}_{name}" for side in ("after", "before") for name in table[side]),
        re.compile(table["subject"] + r"\Z", re.IGNORECASE),
        re.compile(table["generic"], re.IGNORECASE),
        re.compile(table["opening"], re.IGNORECASE),
        re.compile("|".join(re.escape(word) for word in table["columns"]), re.IGNORECASE),
    )


@cache
def _model() -> Model:
    return load_model(Path(__file__).parent / "weights" / "definitions.json")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may define a concept."""

    occurrence: Occurrence
    start: int
    end: int
    """Offsets of the sentence in its block."""
    features: tuple[float, ...]
    """In the order of :func:`feature_names`."""
    listed: bool = False
    """Whether the name is one of an enumeration or in the middle of a chain: A、B、C, A → B → C."""

    @property
    def passing(self) -> bool:
        """Whether the sentence is about something else and no words explain the name."""
        return not any(self.features[i] for i in _about())

    @property
    def says(self) -> bool:
        """Whether the name is in bold, heads the section, is called so, or is the subject of an explanation."""
        return any(self.features[i] for i in _saying())


def feature_names() -> tuple[str, ...]:
    """Names of the features of a candidate."""
    return (*_rules().names, *_PLAIN, *(f"both_{name}" for name in _rules().names if name.startswith("after_")))


_PLAIN: Final = (
    "subject", "opening", "opens_block", "strong", "emphasis", "aside", "generic", "bad_opening", "item", "paragraph",
    "cell", "quote",
    "own_heading", "heading_names", "section_place", "first_mention", "mention_rank", "home", "share", "count", "told",
    "length",
    "short", "long", "digits", "capitalised",
)  # fmt: skip


@cache
def _saying() -> tuple[int, ...]:
    names = feature_names()
    explained = [
        n for n in names if n.startswith("both_after_") and not n.endswith(("_comma", "_stop", "_of", "_does"))
    ]
    return tuple(names.index(n) for n in (*explained, "before_called", "before_or", "strong", "own_heading"))


@cache
def _about() -> tuple[int, ...]:
    return tuple(feature_names().index(n) for n in _ABOUT)


_ABOUT: Final = (
    "subject", "strong", "own_heading", "before_called", "before_or", "after_is_a", "after_is_the", "after_is",
    "after_which_is", "after_apposition",
)  # fmt: skip
"""Features that make a sentence be about the name, or explain it in passing: a fibrocyte, a form of fibroblast."""


def least(candidate: Candidate, enough: float = ENOUGH) -> float:
    """The least probability from which ``candidate`` is a definition; more than 1 where it never is.

    Args:
        candidate: the sentence.
        enough: the least probability of a sentence that says what the concept is.
    """
    if candidate.says:
        return enough
    if candidate.listed:
        return NEVER
    return max(enough, PASSING if candidate.passing else UNSAID)


NEVER: Final = 2.0
"""No probability is as large."""


def find_definitions(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    concepts: Sequence[ConceptDraft],
    *,
    enough: float = ENOUGH,
    model: Model | None = None,
) -> dict[int, Evidence]:
    """The best defining sentence, cell or item of each concept that has one: concept number → evidence.

    Args:
        docs: all documents.
        occurrences: where the concepts are named, in document order.
        concepts: their names; ``Occurrence.concept`` counts in this sequence.
        enough: the least probability of a definition. Ties go to the earlier place.
        model: scores the sentences; None for the one that comes with the package.
    """
    names = [{fold(n) for n in c.names} for c in concepts]
    best: dict[int, tuple[float, Occurrence, int, int]] = {}
    found = list(candidates(docs, occurrences, names))
    scores = (model or _model()).probability(matrix(found))
    for candidate, score in zip(found, scores.tolist(), strict=True):
        held = best.get(candidate.occurrence.concept)
        wanted = score >= least(candidate, enough) and (held is None or score > held[0])
        if wanted and _says_something(
            _text_of(docs, candidate.occurrence)[candidate.start : candidate.end], names[candidate.occurrence.concept]
        ):
            best[candidate.occurrence.concept] = (score, candidate.occurrence, candidate.start, candidate.end)
    for occurrence, cell in _table_definitions(docs, occurrences, names):
        held = best.get(occurrence.concept)
        if held is None or held[0] < _TABLE_SCORE:
            place = Occurrence(occurrence.concept, occurrence.doc, cell.index, 0, 0)
            best[occurrence.concept] = (_TABLE_SCORE, place, 0, len(cell.text))
    out = {}
    for concept, (_, occurrence, start, end) in sorted(best.items()):
        doc = docs[occurrence.doc]
        out[concept] = quote_of(doc, doc.blocks[occurrence.block], start, end)
    return out


def matrix(found: Sequence[Candidate]) -> NDArray[np.float32]:
    """The features of the candidates, shape (len(found), len(feature_names()))."""
    return np.asarray([c.features for c in found], dtype=np.float32).reshape(-1, len(feature_names()))


def candidates(
    docs: Sequence[ParsedDoc], occurrences: Sequence[Occurrence], names: Sequence[set[str]]
) -> Iterator[Candidate]:
    """The sentences that may define each concept, in document order; of each concept and document the first forty."""
    counts = Counter((o.concept, o.doc) for o in occurrences)
    most: dict[int, int] = {}
    total: Counter[int] = Counter()
    for (concept, _), count in counts.items():
        most[concept] = max(most.get(concept, 0), count)
        total[concept] += count
    rank: Counter[tuple[int, int]] = Counter()
    seen_anywhere: set[int] = set()
    for (d, b), group in groupby(occurrences, key=lambda o: (o.doc, o.block)):
        block = docs[d].blocks[b]
        if block.kind in (BlockKind.HEADING, BlockKind.HEADER, BlockKind.CODE) or block.question:
            continue
        context = _context(docs[d], block)
        for occurrence, start, end in _first_of_sentences(block, list(group)):
            concept = occurrence.concept
            place = rank[concept, d]
            rank[concept, d] += 1
            if place >= _MOST:
                continue
            first = concept not in seen_anywhere
            seen_anywhere.add(concept)
            count = counts[concept, d]
            told = (
                total[concept] >= _FEW
            )  # where a concept is treated can be told only of one that is named often enough
            home, share = (float(count == most[concept]), count / total[concept]) if told else (0.0, 0.0)
            mentions = (float(first), float(min(place, 10)), home, share, float(np.log1p(count)), float(told))
            features = _features(block, occurrence, start, end, context, names[concept], mentions)
            yield Candidate(occurrence, start, end, features, _is_listed(block.text, occurrence))


def _first_of_sentences(block: Block, group: Sequence[Occurrence]) -> Iterator[tuple[Occurrence, int, int]]:
    """The first naming of each concept in each sentence of the block that is not a question."""
    spans = sentence_spans(block.text)
    place = 0
    seen: set[tuple[int, int]] = set()
    for occurrence in group:
        while place < len(spans) - 1 and spans[place][1] <= occurrence.start:
            place += 1
        start, end = spans[place] if spans else (0, len(block.text))
        start, end = min(start, occurrence.start), max(end, occurrence.end)
        if (occurrence.concept, place) not in seen and not is_question(block.text[start:end].rstrip('”"’」』）) \n')):
            seen.add((occurrence.concept, place))
            yield occurrence, start, end


def _is_listed(text: str, occurrence: Occurrence) -> bool:
    """Whether the name has a Chinese enumeration comma on a side, or the same dash or arrow on both.

    Brackets and quotation marks around the name are passed over.
    """
    aside = _ASIDE.match(text, occurrence.end)
    after = text[aside.end() if aside is not None else occurrence.end :].lstrip()[:1]
    before = text[: occurrence.start].rstrip(_OPENING_MARKS)[-1:]
    return "、" in (before, after) or (before == after and before in _LINKS)


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


def _features(
    block: Block,
    occurrence: Occurrence,
    start: int,
    end: int,
    context: _Context,
    names: set[str],
    mentions: tuple[float, ...],
) -> tuple[float, ...]:
    rules, text = _rules(), block.text
    aside = _ASIDE.match(text, occurrence.end)
    stop = aside.end() if aside is not None else occurrence.end
    after = rules.after.match(text, stop)
    before = rules.before.search(text, max(start, occurrence.start - 30), occurrence.start)
    hits = {match.lastgroup for match in (after, before) if match is not None}
    opening = occurrence.start - start
    subject = opening <= 24 and rules.subject.match(text[start : occurrence.start]) is not None
    rest = text[stop : min(end, stop + 60)]
    length = (end - start) if has_han(text[start:end]) else (end - start) / 2.5
    span = (occurrence.start, occurrence.end)
    phrasing = [float(name in hits) for name in rules.names]
    plain = (
        float(subject), float(np.log1p(opening)), float(start == 0), float(span in context.strong),
        float(span in context.emphasis),
        float(stop - occurrence.end > 3), float(rules.generic.search(rest) is not None),
        float(rules.opening.match(text, start) is not None),
        float(block.kind is BlockKind.ITEM), float(block.kind is BlockKind.PARAGRAPH),
        float(block.kind is BlockKind.CELL),
        float(block.kind is BlockKind.QUOTE), float(context.title in names),
        float(any(n in context.title for n in names)), context.place,
        *mentions, float(np.log1p(length)), float(length < 16), float(length > 110),
        float(any(c.isdigit() for c in rest)),
        float(text[occurrence.start].isupper()),
    )  # fmt: skip
    both = [hit * float(subject) for name, hit in zip(rules.names, phrasing, strict=True) if name.startswith("after_")]
    return (*phrasing, *plain, *both)


def _table_definitions(
    docs: Sequence[ParsedDoc], occurrences: Sequence[Occurrence], names: Sequence[set[str]]
) -> Iterator[tuple[Occurrence, Block]]:
    """(occurrence, defining cell) for rows whose first cell is the name and that have a column for what it is."""
    columns = _rules().columns
    for occurrence in occurrences:
        doc = docs[occurrence.doc]
        block = doc.blocks[occurrence.block]
        if block.kind is not BlockKind.CELL or block.column != 0 or fold(block.text) not in names[occurrence.concept]:
            continue
        headers = {}
        for other in doc.blocks[max(block.group, 0) :]:
            if other.group != block.group or other.kind not in (BlockKind.HEADER, BlockKind.CELL):
                break
            if other.kind is BlockKind.HEADER:
                headers[other.column] = other.text
            elif (
                other.row == block.row
                and other.column > 0
                and columns.search(headers.get(other.column, ""))
                and len(other.text) >= 6
            ):
                yield occurrence, other
                break


def _text_of(docs: Sequence[ParsedDoc], occurrence: Occurrence) -> str:
    return docs[occurrence.doc].blocks[occurrence.block].text


def _says_something(text: str, names: Collection[str]) -> bool:
    """Whether more than the concept's names (folded) appears in ``text``: 束搜索 (beam search): explains nothing."""
    rest = fold(text)
    for name in sorted(names, key=lambda n: (-len(n), n)):
        rest = rest.replace(name, "")
    return sum(2 if has_han(c) else 1 for c in rest) >= _LEAST


_LEAST: Final = 10
"""Letters that a definition has besides the name; a Chinese character counts two."""
