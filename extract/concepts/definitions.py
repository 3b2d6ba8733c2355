"""Definitions: of all sentences that name a concept the one that says what it is, or none.

A small trained model scores each sentence by what is directly before and after the name, whether the name is its
subject, where the sentence appears (under the concept's own heading, early in the note that treats it) and how long it
is. In a table the cell of a definition column defines what the first cell of its row names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import yaml
from numpy.typing import NDArray

from extract.concepts.defining_forms import Defining, Form, defining, other_subject
from extract.concepts.drafts import ConceptDraft
from extract.execution.contract import Spread
from extract.notes.blocks import Block, BlockKind, SpanKind
from extract.text.occurrences import Occurrence, Occurrences, ParsedDoc, Portion, portions, read_ahead
from extract.text.quotes import quote_of, quote_within
from extract.text.segment import sentence_spans
from graph.classifiers import Model, load_model
from graph.model import Evidence
from graph.text.names import fold
from graph.text.questions import is_question
from graph.text.scripts import has_han

ENOUGH: Final = 0.1
"""A sentence that the model gives less is not a definition."""
LEAST: Final[Mapping[Form, float]] = {
    Form.GENUS: 0.04,
    Form.MEANS: 0.04,
    Form.COPULA: 0.1,
    Form.LABEL: 0.02,
    Form.CALLED: 0.1,
    Form.ASIDE: 0.1,
    Form.INVERSE: 0.15,
    Form.PLACE: 0.2,
    Form.INTRODUCED: 0.1,
    Form.DOES: 0.25,
}
"""The same by the form of the sentence; a sentence of none of these forms is never a definition. Chosen by reading
about 20 sentences of each form in five collections. The textbook that the model learns from labels nothing with a
colon, so that labelled lines get low probabilities."""
_LABEL_RANK: Final = 5
"""How many times its probability a labelled line counts against other sentences, for the same reason."""
_TABLE_SCORE: Final = 0.9
_ASIDE: Final = re.compile(r"[”\"’」』*`]*(?:\s*[（(][^（）()]{1,60}[）)][”\"’」』*`]*)?")
"""A bracket and closing quotation marks behind a name. The space behind the name is not part of it: the patterns of
what follows begin with it."""
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
    defining: Defining | None = None
    """How the sentence explains the name, and which part of it does; None where it only names it."""

    @property
    def span(self) -> tuple[int, int]:
        """Offsets of the part that defines, else of the sentence."""
        return (self.defining.start, self.defining.end) if self.defining is not None else (self.start, self.end)


def feature_names() -> tuple[str, ...]:
    """Names of the features of a candidate."""
    both = (f"both_{name}" for name in _rules().names if name.startswith("after_"))
    return (*_rules().names, *_PLAIN, *both, *(f"form_{form.value}" for form in Form), "defining_length")


_PLAIN: Final = (
    "subject", "opening", "opens_block", "strong", "emphasis", "aside", "generic", "bad_opening", "item", "paragraph",
    "cell", "quote",
    "own_heading", "heading_names", "section_place", "first_mention", "mention_rank", "home", "share", "count", "told",
    "length",
    "short", "long", "digits", "capitalised",
)  # fmt: skip


def least(candidate: Candidate, enough: float = ENOUGH) -> float:
    """The least probability from which ``candidate`` is a definition; more than 1 where it never is.

    Args:
        candidate: the sentence.
        enough: at least this, whatever the form.
    """
    form = candidate.defining.form if candidate.defining is not None else None
    if form is None or not _may_define(form, listed=candidate.listed):
        return NEVER
    return max(enough, LEAST[form]) if enough > ENOUGH else LEAST[form]


def _may_define(form: Form, *, listed: bool) -> bool:
    """Whether some probability is enough for a sentence of this form."""
    return form is Form.LABEL or not listed


NEVER: Final = 2.0
"""No probability is as large."""


def find_definitions(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    concepts: Sequence[ConceptDraft],
    *,
    enough: float = ENOUGH,
    model: Model | None = None,
    spread: Spread = map,
) -> dict[int, Evidence]:
    """The best defining sentence, cell or item of each concept that has one: concept number → evidence.

    Args:
        docs: all documents.
        occurrences: where the concepts are named, in document order.
        concepts: their names; ``Occurrence.concept`` counts in this sequence.
        enough: the least probability of a definition. Ties go to the earlier place.
        model: scores the sentences; None for the one that comes with the package.
        spread: works on portions of the documents; the result does not depend on it.
    """
    names = [{fold(n) for n in c.names} for c in concepts]
    best: dict[int, tuple[float, float, Occurrence, int, int]] = {}
    found = list(candidates(docs, occurrences, names, hopeless=False, spread=spread))
    scores = (model or _model()).probability(matrix(found))
    for candidate, score in zip(found, scores.tolist(), strict=True):
        held = best.get(candidate.occurrence.concept)
        rank = score * (_LABEL_RANK if candidate.defining is not None and candidate.defining.form is Form.LABEL else 1)
        wanted = score >= least(candidate, enough) and (held is None or rank > held[0])
        start, end = candidate.span
        if wanted and _says_something(
            _text_of(docs, candidate.occurrence)[start:end], names[candidate.occurrence.concept]
        ):
            best[candidate.occurrence.concept] = (rank, score, candidate.occurrence, start, end)
    for occurrence, cell in _table_definitions(docs, occurrences, names):
        held = best.get(occurrence.concept)
        if held is None or held[1] < _TABLE_SCORE:
            place = Occurrence(occurrence.concept, occurrence.doc, cell.index, 0, 0)
            best[occurrence.concept] = (0.0, _TABLE_SCORE, place, 0, len(cell.text))
    out = {}
    docs = read_ahead(docs, ((occurrence.doc, occurrence.block) for _, _, occurrence, _, _ in best.values()))
    for concept, (_, _, occurrence, start, end) in sorted(best.items()):
        doc = docs[occurrence.doc]
        block = doc.blocks[occurrence.block]
        name = (occurrence.start, occurrence.end)
        if name == (0, 0):  # a cell of a table, which need not name it
            out[concept] = quote_of(doc, block, start, end)
        else:
            out[concept] = quote_within(doc, block, name, (min(start, name[0]), max(end, name[1])))
    return out


def matrix(found: Sequence[Candidate]) -> NDArray[np.float32]:
    """The features of the candidates, shape (len(found), len(feature_names()))."""
    return np.asarray([c.features for c in found], dtype=np.float32).reshape(-1, len(feature_names()))


def candidates(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    names: Sequence[set[str]],
    *,
    hopeless: bool = True,
    spread: Spread = map,
) -> Iterator[Candidate]:
    """The sentences that may define each concept, in document order; of each concept and document the first forty.

    Args:
        docs: all documents.
        occurrences: where the concepts are named, in document order.
        names: the folded names of each concept.
        hopeless: whether those come too that no probability makes a definition, nineteen of twenty.
        spread: works on portions of the documents.
    """
    places = Occurrences.of(occurrences)
    counts = Counter(zip(places.concept.tolist(), places.doc.tolist(), strict=True))
    most: dict[int, int] = {}
    total: Counter[int] = Counter()
    for (concept, _), count in counts.items():
        most[concept] = max(most.get(concept, 0), count)
        total[concept] += count
    work = partial(_candidates_in, docs, occurrences, names, (counts, total, most), hopeless=hopeless)
    seen_before: set[int] = set()
    for found, seen in spread(work, portions(docs, occurrences)):
        for candidate in found:
            yield _named_before(candidate) if candidate.occurrence.concept in seen_before else candidate
        seen_before |= seen


_Counts: TypeAlias = tuple[Mapping[tuple[int, int], int], Mapping[int, int], Mapping[int, int]]
"""How often each concept is named in each document; in all; in the document that names it most."""


def _named_before(candidate: Candidate) -> Candidate:
    """The candidate of a concept that an earlier portion names."""
    place = feature_names().index("first_mention")
    features = (*candidate.features[:place], 0.0, *candidate.features[place + 1 :])
    return candidate if features == candidate.features else replace(candidate, features=features)


def _candidates_in(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    names: Sequence[set[str]],
    counted: _Counts,
    portion: Portion,
    *,
    hopeless: bool,
) -> tuple[list[Candidate], set[int]]:
    """What :func:`candidates` finds in a portion, as if it were the first, and the concepts whose sentences it saw."""
    counts, total, most = counted
    rank: Counter[tuple[int, int]] = Counter()
    seen_anywhere: set[int] = set()
    candidates_here: list[Candidate] = []
    here = occurrences[portion.occurrences.start : portion.occurrences.stop]
    for (d, b), group in groupby(here, key=lambda o: (o.doc, o.block)):
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
            form = _defining(block.text, occurrence, start, end, names[concept])
            if form is not None and form.form is Form.LABEL and _POINTERS.fullmatch(context.title):
                form = None
            if form is None and _introduces(block, occurrence, start, end, context):
                form = Defining(Form.INTRODUCED, start, end)
            if form is None and not hopeless:
                continue
            listed = _is_listed(block.text, occurrence)
            if form is not None and not hopeless and not _may_define(form.form, listed=listed):
                continue
            count = counts[concept, d]
            told = (
                total[concept] >= _FEW
            )  # where a concept is treated can be told only of one that is named often enough
            home, share = (float(count == most[concept]), count / total[concept]) if told else (0.0, 0.0)
            mentions = (float(first), float(min(place, 10)), home, share, float(np.log1p(count)), float(told))
            features = _features(block, occurrence, start, end, context, names[concept], mentions, form)
            candidates_here.append(Candidate(occurrence, start, end, features, listed, form))
    return candidates_here, seen_anywhere


_POINTERS: Final = re.compile(
    r"\d*(?:seealso|related(?:notes?|topics?|concepts?|terms?|pages?|entries|work)?|furtherreading|references?"
    r"|bibliography"
    r"|相关(?:条目|词条|概念|内容|链接|笔记|文章|主题|页面|阅读|资料)|参考(?:文献|资料|链接)?|参见|另见|(?:延伸|扩展|拓展)阅读)"
)
"""A folded heading over references: what follows a name there says why to go to it, not what it is."""


def _first_of_sentences(block: Block, group: Sequence[Occurrence]) -> Iterator[tuple[Occurrence, int, int]]:
    """The first naming of each concept in each sentence of the block that is not a question."""
    spans = sentence_spans(block.text)
    place = 0
    seen: set[tuple[int, int]] = set()
    asks: dict[tuple[int, int], bool] = {}
    for occurrence in group:
        while place < len(spans) - 1 and spans[place][1] <= occurrence.start:
            place += 1
        start, end = spans[place] if spans else (0, len(block.text))
        start, end = min(start, occurrence.start), max(end, occurrence.end)
        if (occurrence.concept, place) in seen:
            continue
        if (start, end) not in asks:
            asks[start, end] = is_question(block.text[start:end].rstrip('”"’」』）) \n'))
        if not asks[start, end]:
            seen.add((occurrence.concept, place))
            yield occurrence, start, end


def _defining(text: str, occurrence: Occurrence, start: int, end: int, names: Collection[str]) -> Defining | None:
    """How the sentence explains the name; see :func:`extract.concepts.defining_forms.defining`."""
    aside = _ASIDE.match(text, occurrence.end)
    after = aside.end() if aside is not None else occurrence.end
    return defining(text, (start, end), (occurrence.start, occurrence.end), after, lambda part: fold(part) in names)


def _introduces(block: Block, occurrence: Occurrence, start: int, end: int, context: _Context) -> bool:
    """Whether an English sentence of running text sets the name in bold."""
    text = block.text[start:end]
    return (
        block.kind is BlockKind.PARAGRAPH
        and (occurrence.start, occurrence.end) in context.strong
        and not has_han(text)
        and text.count(" ") >= _SENTENCE
        and not text[0].islower()
        and _REFERS.match(text) is None
        and not other_subject(block.text, start, occurrence.start)
    )


_REFERS: Final = re.compile(r"(?:it|they|this|these|that|those|first|second|third|then|so|but)\b", re.IGNORECASE)
"""A sentence that goes on about what the one before it is about."""
_SENTENCE: Final = 8
"""Spaces in the shortest sentence that may explain something."""


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
    form: Defining | None,
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
    part = text[form.start : form.end] if form is not None else ""
    forms = [float(form is not None and form.form is kind) for kind in Form]
    return (*phrasing, *plain, *both, *forms, float(np.log1p(len(part) if has_han(part) else len(part) / 2.5)))


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
