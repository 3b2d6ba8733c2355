"""The members of a list that a question asks for, complete and one line each.

Notes list things in several ways: items, rows or paragraphs below a heading or a line that announces them, titles one
level deeper, the rows of a table whose first column is what is asked for, and statements that a thing is one of a kind
(relations ``is_a`` of the graph). What several notes list is told once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Basis, LineKind, Relation, RelationType
from graph.text.names import fold
from queries.answer.statements import MOSTLY, asking, is_bare
from queries.question.forms import form_of
from queries.question.model import Form, LinkMethod, Plan, QuestionKind
from queries.question.words import content, tokens
from queries.retrieval.lines import Line
from queries.retrieval.retriever import Retriever

MEMBERS: Final = 12
"""Members that are told, at most."""
OWN: Final = 0.8
"""A line contains a word of the question itself, and not only its context, where it covers so much of it."""
HELD: Final = 0.4
"""A line with its context contains a word that it covers so far."""
LISTED: Final = 0.15
"""A line announces the list that is asked for where it contains so much of the question itself ..."""
ALL: Final = 0.75
"""... and with its context so much."""
CONTEXT: Final = 0.5
"""What a word in the context of the announcing line counts, relative to one in the line."""
EXTRA: Final = 0.02
"""What an announcing line loses for each word that it contains."""
WHOLE: Final = 0.9
"""A list that names so much of the question is the only one that is told; others are joined with what else is one."""
SURE: Final = 0.5
"""A relation says that something is one of a kind where it is at least so certain."""
BEGINS: Final = 16
"""Characters within which a paragraph begins with what it is about."""
KEY: Final = 24
"""Characters of the beginning of a member that tell it from others."""
LISTING: Final = frozenset(("what there is of", "what the notes cover"))
"""Rules for questions about all of the notes that questions for a list may fit as well."""

_WORDS: Final[Mapping[RelationType, re.Pattern[str]]] = {
    RelationType.BASED_ON: re.compile(
        r"变体|变种|衍生|\b(?:variants?|variations|derivatives|extensions)\b", re.IGNORECASE
    ),
    RelationType.PART_OF: re.compile(
        r"部分|组成|组件|模块|\b(?:parts?|components?|modules?|consists?)\b", re.IGNORECASE
    ),
}
"""Words of a question for the members of something that are not of its kind."""
_OTHER_QUESTIONS: Final[Mapping[Form, re.Pattern[str]]] = {
    form: re.compile(pattern, re.IGNORECASE)
    for form, pattern in {
        Form.REASON: r"原因|理由|优点|好处|目的|\b(?:reasons?|causes?|benefits?|advantages?)\b",
        Form.METHOD: r"方法|办法|方式|技术|步骤|流程|措施|\b(?:ways?|methods?|techniques?|steps?|strateg\w+)\b",
        Form.NUMBER: r"(?!)",
        Form.WHEN: r"(?!)",
        Form.WHO: r"(?!)",
    }.items()
}
"""What is below a heading that asks for such a thing is only a list of what the question asks for with these words."""
_HEAD: Final = re.compile(
    r"^\W*(?:\d+[.、)）]\s*)?(.{1,60}?)\s*(?:[（(:：|，,。；;]|——| - | – |是(?:一|指)|\bis\b|\bare\b|$)"
)
"""The beginning of a member that names it."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A list that may be the one."""

    value: float
    held: float
    """Share of the question that its announcing line contains, with its context."""
    row: int
    members: tuple[int, ...]


def list_members(engine: Retriever, plan: Plan, relations: Sequence[Relation] = ()) -> list[int]:
    """Rows of the members of the list that the question asks for, in the order of the notes; empty where none is found.

    Args:
        engine: the lines.
        plan: the question, or a part of it.
        relations: all relations of the question's concepts.
    """
    return _members_of(engine, plan, relations, _best_first(_announced(engine, plan)))


def _members_of(engine: Retriever, plan: Plan, relations: Sequence[Relation], announced: Sequence[_Found]) -> list[int]:
    """:func:`list_members`, the lists that lines of the notes announce known, best first."""
    found = [f for f in announced if not _questions(engine, f.members)]
    if not found:  # ``types`` and ``parts`` are often left to the colon: ``Memory can be divided further:``
        found = _best_first(_announced(engine, plan, structural=False))
    members = list(found[0].members) if found else []
    kinds = _of_a_kind(engine, plan, relations)
    titles = bool(members) and engine.lines[members[0]].kind is LineKind.HEADING
    if len(kinds) >= 2 and (not members or (titles and not _mostly_same(engine, members, kinds))):
        members = kinds
    elif (found and found[0].held < WHOLE) or (found and _same_kind(engine, members, kinds)):
        members += kinds
    return _each_once(engine, members)[:MEMBERS]


def list_in_overview(engine: Retriever, plan: Plan, relations: Sequence[Relation] = ()) -> list[int]:
    """The members that a question for an overview asks for, where it asks for a list of statements about one thing.

    ``Which causes of hallucination are listed?`` is worded like a question about all of the notes. Where the list
    consists of headings, or where the question names nothing, an overview is the better answer.
    """
    asked = (
        plan.why in LISTING
        and any(k.start >= 0 for k in plan.links)
        and form_of(plan.question, QuestionKind.MULTI_HOP) is Form.LIST
    )
    if not asked:
        return []
    announced = _best_first(_announced(engine, plan))
    members = _members_of(engine, plan, relations, announced)
    titles = any(engine.lines[row].kind is LineKind.HEADING for f in announced[:1] for row in f.members)
    return [] if titles or any(engine.lines[row].kind is LineKind.HEADING for row in members) else members


def _best_first(found: Iterable[_Found]) -> list[_Found]:
    return sorted(found, key=lambda f: (-f.value, f.row))


def _questions(engine: Retriever, rows: Sequence[int]) -> bool:
    """Whether most of the titles at ``rows`` are questions: parts of a section, and not members of a list."""
    return 2 * sum(asking(engine.lines[row]) >= MOSTLY for row in rows) > len(rows)


def _announced(engine: Retriever, plan: Plan, *, structural: bool = True) -> Iterable[_Found]:
    """Lists below a line that, with its context, says nearly all that the question says.

    With ``structural`` that includes words like *methods*, which titles are made of; without, only lines that end with
    a colon and say all of the rest count.
    """
    query = engine.query(plan, structural=structural)
    if not len(query.groups):
        return
    covered = engine.index.coverage(query.groups)
    own, held = query.weights @ (covered >= OWN), query.weights @ (covered >= HELD)
    for row in np.flatnonzero((own >= LISTED) & (held >= (ALL if structural else WHOLE))).tolist():
        line = engine.lines[row]
        if not structural and not line.text.endswith((":", "：")):
            continue
        if asking(line) >= MOSTLY and _asks_otherwise(line.text, plan.question):
            continue
        if line.kind is LineKind.HEADER:
            members = _rows_below(engine, row) if _heads_column(engine, row, query.groups, query.weights) else []
        elif line.kind is LineKind.HEADING or line.kind is LineKind.LABEL or line.text.endswith((":", "：")):
            members = _members(engine, row)
        else:
            continue
        asked = {k.concept for k in plan.links[-1:] if k.method is not LinkMethod.VECTOR}
        if any(member_concept(engine, at) in asked for at in members):
            continue  # a list with X among other things is no list of X
        if len(members) >= 2:
            extra = EXTRA * len(tokens(content(line.text)))
            value = float(own[row]) + CONTEXT * float(held[row] - own[row]) - extra
            yield _Found(value, float(held[row]), row, tuple(members))


def _asks_otherwise(heading: str, question: str) -> bool:
    """Whether a heading asks for another form of answer: what is below it is no list of what it names."""
    words = _OTHER_QUESTIONS.get(form_of(heading, QuestionKind.MULTI_HOP))
    return words is not None and not words.search(question)


def _heads_column(
    engine: Retriever, row: int, groups: Sequence[Sequence[tuple[str, float]]], weights: NDArray[np.float64]
) -> bool:
    """Whether the title of the first column of the table is something that the question names."""
    cell = set(tokens(engine.lines[row].text.split(" | ")[0]))
    shared = sum(float(w) for g, w in zip(groups, weights, strict=True) if any(t in cell for t, _ in g))
    return shared >= LISTED


def _rows_below(engine: Retriever, row: int) -> list[int]:
    """The rows of the table with the header at ``row``."""
    first = engine.lines[row]
    found = []
    for at in range(row + 1, len(engine.lines)):
        line = engine.lines[at]
        if line.doc != first.doc or line.kind is not LineKind.ROW:
            break
        found.append(at)
    return found


def _members(engine: Retriever, row: int) -> list[int]:
    """What the line at ``row`` announces.

    The items or table rows right below it, items of items aside; where it is a heading without any, the headings one
    level deeper, else the paragraphs that each begin with a thing of its own.
    """
    first = engine.lines[row]
    items: list[int] = []
    titles: list[int] = []
    paragraphs: list[int] = []
    for at in range(row + 1, len(engine.lines)):
        line = engine.lines[at]
        if line.doc != first.doc:
            break
        if line.kind is LineKind.HEADING:
            if first.kind is not LineKind.HEADING or len(line.headings) <= len(first.headings):
                break
            if len(line.headings) == len(first.headings) + 1:
                titles.append(at)
        elif titles or line.kind in (LineKind.HEADER, LineKind.CODE):
            continue
        elif line.kind is LineKind.ITEM or line.kind is LineKind.ROW:
            outside = _outside(engine, first, items, line)
            if outside is None:
                break
            if outside:
                items.append(at)
        elif items or (first.kind is not LineKind.HEADING and line.kind is not LineKind.FORMULA):
            break
        elif line.kind is not LineKind.FORMULA:
            paragraphs.append(at)
    stated = [r for r in items if asking(engine.lines[r]) < MOSTLY]
    if len(stated) >= 2:
        return stated
    return titles if len(titles) >= 2 else _named_each(engine, paragraphs)


def _outside(engine: Retriever, first: Line, items: Sequence[int], line: Line) -> bool | None:
    """Whether an item belongs to the list itself and not to one of its items; None where the list has ended."""
    if line.kind is LineKind.ROW:
        return True
    if not items:
        below = first.kind is not LineKind.ITEM or len(line.context) > len(first.context)
        return True if below else None
    own = engine.lines[items[0]].context
    if line.context == own:
        return True
    return False if len(line.context) > len(own) and line.context.startswith(own) else None


def _named_each(engine: Retriever, rows: Sequence[int]) -> list[int]:
    """The paragraphs at ``rows`` behind the introduction, if each of at least two begins with a concept of its own."""
    begins = [_begins_with(engine, row) for row in rows]
    start = next((at for at, concept in enumerate(begins) if concept), len(rows))
    subjects = [concept for concept in begins[start:] if concept]
    apart = len(subjects) == len(rows) - start == len(set(subjects))
    return list(rows[start:]) if apart and len(subjects) >= 2 else []


def _begins_with(engine: Retriever, row: int) -> str | None:
    """The concept that the paragraph begins with; None where it begins with something else or states nothing."""
    line, named = engine.lines[row], engine.line_concepts[row]
    if not named or is_bare(line) or asking(line) >= MOSTLY:
        return None
    text = fold(line.text)
    return named[0] if any(0 <= text.find(fold(n)) <= BEGINS for n in engine.concepts[named[0]].names) else None


def _of_a_kind(engine: Retriever, plan: Plan, relations: Sequence[Relation]) -> list[int]:
    """Lines that say of something that it is one of what the question names last, the most certain first.

    Where the question asks for parts or variants: that it is one of those.
    """
    wanted = next((t for t, words in _WORDS.items() if words.search(plan.question)), RelationType.IS_A)
    asked = [k.concept for k in plan.links if k.method is not LinkMethod.VECTOR]
    found = []
    for relation in sorted(relations, key=lambda r: (-r.confidence, r.key)):
        kind = relation.type is wanted and relation.tail in asked[-1:] and relation.head not in asked
        if not kind or relation.confidence < SURE or relation.basis is Basis.BACKGROUND:
            continue
        rows = [engine.position[(e.doc, e.line)] for e in relation.evidence if (e.doc, e.line) in engine.position]
        begin = [r for r in rows if member_concept(engine, r) == relation.head and not is_bare(engine.lines[r])]
        found += begin[:1]
    return list(dict.fromkeys(found))


def _same_kind(engine: Retriever, members: Sequence[int], kinds: Sequence[int]) -> bool:
    """Whether some member of a list is among what is known to be one of a kind: then the rest of those are as well."""
    subjects = {member_concept(engine, row) for row in members} - {None}
    return bool(subjects & {member_concept(engine, row) for row in kinds})


def _mostly_same(engine: Retriever, members: Sequence[int], kinds: Sequence[int]) -> bool:
    """Whether most of the titles below the heading of a thing name what is known to be one of its kind."""
    known = {member_concept(engine, row) for row in kinds}
    return 2 * sum(member_concept(engine, row) in known for row in members) > len(members)


def member_concept(engine: Retriever, row: int) -> str | None:
    """Id of the concept that the member at ``row`` is: the one that its beginning names; None where there is none."""
    match = _HEAD.match(engine.lines[row].text)
    head = fold(match.group(1)) if match else ""
    for concept in engine.line_concepts[row]:
        names = [fold(n) for n in engine.concepts[concept].names]
        if head and any(n in head and 2 * len(n) >= len(head) for n in names):
            return concept
    return None


def _each_once(engine: Retriever, rows: Sequence[int]) -> list[int]:
    """``rows`` without those that tell of a member that an earlier one tells of."""
    seen: set[str] = set()
    found = []
    for row in dict.fromkeys(rows):
        match = _HEAD.match(engine.lines[row].text)
        key = member_concept(engine, row) or fold(match.group(1) if match else engine.lines[row].text)[:KEY]
        if key not in seen:
            found.append(row)
        seen.add(key)
    return found
