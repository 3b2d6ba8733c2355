"""Which lines answer a question, among those that are about it: what is asked decides the line that goes first.

Ranking finds the lines that share words with a question. Here each is asked whether it gives what the form of the
question wants: the sentence that defines, a reason, a number, the line that contains both an attribute and its entity.
A double question is answered part by part.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from graph.model import LineKind, Relation
from graph.text.names import fold
from queries.answer.lists import list_in_overview, list_members
from queries.answer.scope import goes_over_steps
from queries.answer.statements import MOSTLY, asking, echoes, is_bare, is_title, sentences
from queries.question.asked_things import asked_objects
from queries.question.forms import Part, form_of, parts
from queries.question.model import ConceptLink, Form, LinkMethod, Plan, QuestionKind
from queries.question.words import tokens
from queries.retrieval.lines import ROWS, Line
from queries.retrieval.retriever import Ranking, Retriever, concept_token, defines

CANDIDATES: Final = 16
"""Lines of the best score that are looked at for each part."""
OWN: Final = 0.8
"""A line contains a word of the question itself, and not only its context, where it covers so much of it."""
MOST: Final[Mapping[Form, int]] = {Form.REASON: 5, Form.METHOD: 5}
"""Lines that are an answer of a form, at most; of any other form :data:`FEW`, and of a list all its members."""
FEW: Final = 3
PART: Final = 1
"""Lines that answer a part of a double question, at most."""
HOME: Final = 0.6
"""What a line gains that is in the note about what is to be learnt."""
TABLE: Final = 6
"""Rows of a table of comparison that are cited, at most."""
COMPARED: Final = 4
"""Things that one question compares, at most."""
ENOUGH: Final = 0.72
"""A further line belongs to the answer where it is worth so much of the first."""

WORDS: Final = 0.5
"""What a line gains that contains all words of the question itself."""
GIVES: Final = 0.3
"""What a line gains that gives what the form wants."""
DEFINES: Final = 1.1
"""What a line gains that defines what is asked about."""
UNDER: Final = 0.9
"""What the first line below a heading gains that is the name of what is asked about."""
ASKS: Final = 0.9
"""What a line loses that only asks."""
WHOLE: Final = 0.4
"""What a line gains that together with its context contains all of the question: an attribute and its entity."""
ALL: Final = 0.9
"""All of the question: so much of the weight of its words."""
HELD: Final = 0.4
"""A line with its context contains a word that it covers so far."""
GLOSS: Final = 0.35
"""What a line gains that gives what is asked about another name in parentheses."""
EARLY: Final = 0.2
"""What a line gains that begins with what is asked about, or tells what it does."""
BOTH: Final = 0.5
"""What a line gains that names both sides of a relation."""
SUBJECT: Final = 0.3
"""What a line gains that begins with the thing of which something is asked."""
ABOUT: Final = 0.4
"""What a line gains that names that thing, or is below a heading that is its name; half where a heading names it."""
SAYS: Final = 0.3
"""What a defining line gains that says ``is a`` and not only sets a name apart by a colon."""
SAYS_WITHIN: Final = 80
"""Characters within which it must say so."""
CALLED_BEHIND: Final = 8
"""Characters before "is called" that say what is called so."""
CALLED_WITHIN: Final = 80
"""Characters behind it that can be the name."""
ECHO: Final = 0.6
"""What a line loses that says hardly more than the question."""
SET_AGAINST: Final = 0.5
"""A line that names both sides goes before what each is where it contains so much of the question."""
SAID: Final = 0.5
"""A line for an earlier part answers a later one that names nothing where it contains so much of that, and no less than
the best line for it."""
STEP: Final = 0.2
"""What a line for a later part of a question gains that names what a line for an earlier part brought up."""
BARE: Final = 0.35
"""What a heading, a label, the header of a table or a line of code loses."""

_NAME_WITH_DIGITS: Final = re.compile(r"[A-Za-z][\w.-]*\d[\w.-]*|\[\d+\]")
"""A digit in a name counts nothing: ``GPT-3``."""
_EXPLAINS: Final = re.compile(
    r"通过|用于|用来|旨在|能够|可以|首先|帮助|使得?|技术|方法|一种"
    r"|\b(?:used (?:to|for)|allows?|enables?|helps?|lets|by \w+ing|works?|an? \w+ (?:that|which))\b",
    re.IGNORECASE,
)
"""Words of a line that tells what something does or how it works."""
_SAYS: Final = re.compile(
    r"是一|是指|指的是|是将|是把|是.{1,24}的(?:一种|一个|方法|技术|过程|模型|组件|机制|算法)|即"
    r"|\b(?:is|are) (?:an?|the|any)\b|\brefers? to\b|\bmeans\b",
    re.IGNORECASE,
)
_IS: Final = re.compile(
    r"\W*(?:它|这)?(?:指的?是|是指|是一|是(?!否|不是)|指(?!标|数|针|令|导)|即)"
    r"|\W*(?:(?:it|this|that|these|they) )?(?:is|are|refers? to|means?)\b",
    re.IGNORECASE,
)
"""The beginning of a definition whose subject is the heading above."""
_CALLED: Final = re.compile(
    r"\b(?:called|known as|referred to as|termed)\s+(?:(?:the|an?)\s+)?|称为|称作|称之为|叫做|叫作", re.IGNORECASE
)
"""Before a name by which a thing is called."""
_ABOUT_SUBJECT: Final = frozenset((Form.DEFINITION, Form.REASON, Form.METHOD, Form.NUMBER, Form.WHEN))
"""After such a part a pronoun means its subject: *What is yeast, and how is it kept?*"""
_STEPS: Final = re.compile(r"步骤|流程|阶段|\b(?:steps?|stages?|phases?)\b", re.IGNORECASE)
"""A question for a method that asks for its steps: a list."""
_CLAUSE: Final = re.compile(r"[，,；;。？?]")
_REFERS: Final = re.compile(
    r"(?:这|那|该|此|其)(?!样|么)(?:一|两|几)?(?:种|类|个|些|者)?"
    r"|\b(?:that|this|those|these|each|they|them|which of)\b",
    re.IGNORECASE,
)
"""A part of a question that refers to the answer of the part before it: ``这种架构``, ``that concept``."""
_WHAT: Final = re.compile(r"什么是|何谓|是什么|指什么|定义|含义|\bwhat (?:is|are)\b|\bdefinition\b", re.IGNORECASE)
"""A heading that asks what something is."""
_GIVES: Final[Mapping[Form, re.Pattern[str]]] = {
    form: re.compile(pattern, re.IGNORECASE)
    for form, pattern in {
        Form.COMPARISON: r"不同于|区别|相比|相对于|而是|而(?!且)|更|则"
        r"|\b(?:unlike|whereas|while|but|than|instead|differs?|compared|rather)\b",
        Form.REASON: r"因为|由于|原因|是为了|以便|从而|避免|防止|否则|导致|因此|所以|使得|目的|解决|缓解"
        r"|\b(?:because|since|so that|in order to|due to|therefore|thus|hence|otherwise|reason|avoid|prevent|causes?"
        r"|leads? to|allows?|ensures?)\b",
        Form.METHOD: r"通过|使用|采用|利用|首先|其次|然后|步骤|流程|方法|方式|先.{1,30}再|\d[.、)）]\s*\S"
        r"|\b(?:by \w+ing|first|then|next|finally|steps?|using|uses?|through|via|method|works? by)\b",
        Form.NUMBER: r"\d|[一二三四五六七八九十两百千万亿]+(?:个|种|类|层|步|倍|条|阶段|部分)"
        r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|million|billion)\b",
        Form.WHEN: r"\b(?:1[5-9]|20)\d\d\b|\d{1,4}\s*年|世纪|之后|之前|时候|当.{1,30}时"
        r"|\b(?:century|when|after|during)\b",
        Form.WHO: r"[A-Z][a-z]+|公司|团队|机构|提出|发布|\bby\b",
        Form.LIST: r"、.{1,30}(?:、|和|与|及|等)|包括|例如|如下|分为|,.{1,40}(?:,|\band\b|\bor\b)"
        r"|\b(?:includ\w+|such as|consists? of|types?|kinds?)\b",
    }.items()
}


_OF_SUBJECT: Final = frozenset({Form.ATTRIBUTE, Form.LIST, Form.WHEN, Form.WHO, Form.NUMBER, Form.REASON, Form.METHOD})
"""Forms that ask something of one thing: a line that begins with it is likely to be about it."""
_ONE_LINE: Final = frozenset({Form.DEFINITION, Form.LIST, Form.COMPARISON})
"""Forms whose lines are looked for by what they say, however the thing is described."""


@dataclass(frozen=True, slots=True)
class Lead:
    """The lines that answer a question, part by part."""

    chosen: tuple[int, ...]
    """Lines to cite before all others, in the order of the parts, the best first within each; empty where the kind of
    the question alone says which lines go first."""
    rows: tuple[int, ...]
    """Lines that, where they are cited, answer; what else is cited is more."""
    defined: bool
    """Whether the first line defines what is asked about; True where no definition is asked for."""
    members: bool = False
    """Whether the lines are the members of a list that is asked for, all of them."""


def lead(
    engine: Retriever,
    plan: Plan,
    ranking: Ranking,
    *,
    first: Sequence[int] = (),
    relations: Sequence[Relation] = (),
) -> Lead:
    """The lines that answer the question of ``plan``.

    Args:
        engine: the lines.
        plan: the question.
        ranking: how well each line fits the whole question.
        first: rows that the kind of the question asks for whatever the words say.
        relations: all relations of the question's concepts.
    """
    asked = parts(plan)
    if plan.kind is QuestionKind.GLOBAL and (listed := list_in_overview(engine, plan, relations)):
        return Lead(tuple(listed), tuple(listed), True, members=True)
    if plan.kind in (QuestionKind.GLOBAL, QuestionKind.PREREQUISITES, QuestionKind.STUDY_PATH):
        return Lead((), tuple(first), True)
    if plan.kind is QuestionKind.COMPARE:
        members = one_side_list(engine, plan, relations)
        if members:
            return Lead(tuple(members), tuple(members), True, members=True)
        rows = tuple(_compared(engine, plan, ranking, first))
        return Lead(rows, rows, True)
    if len(asked) == 1 and asked[0].form not in _ONE_LINE and goes_over_steps(plan.question):
        rows = tuple(engine.pick(ranking, limit=FEW))  # no line answers alone: each covers what those before leave open
        return Lead(rows, rows, True)
    found: list[int] = []
    defined = True
    for part in asked:
        own = part_plan(plan, part) if len(asked) > 1 else plan
        about = engine.rank(own) if len(asked) > 1 else ranking
        names = object_names(engine, own)
        value = values(engine, own, about, part.form, names, first=first)
        if part.form is Form.DEFINITION and part is asked[0] and value:
            best = max(value, key=lambda r: (value[r], -r))
            defined = _tells(engine, best, names) or _is_named(engine, best, names)
        steps = part.form is Form.METHOD and bool(_STEPS.search(own.question))
        members = list_members(engine, own, relations) if len(asked) == 1 and (steps or part.form is Form.LIST) else []
        if members:
            return Lead(tuple(members), tuple(members), True, members=True)
        if found:
            value = _led_on(engine, plan, own, about, value, found, named=asked[0].form not in _ABOUT_SUBJECT)
        most = MOST.get(part.form, FEW) if len(asked) == 1 else PART
        found += _best(engine, value, found, most)
    rows = tuple(dict.fromkeys(found))
    return Lead(rows, rows, defined)


def _led_on(
    engine: Retriever,
    plan: Plan,
    own: Plan,
    about: Ranking,
    value: Mapping[int, float],
    found: Sequence[int],
    *,
    named: bool,
) -> dict[int, float]:
    """``value`` of the lines that answer a later part, in view of the lines ``found`` for the parts before it.

    A part that names nothing is about what the first part names, or about what that answers: its line names one of
    them, or is in a section about one. A line that names what an earlier one brought up is worth more.

    Args:
        engine: the lines.
        plan: the whole question.
        own: the plan of the part.
        about: how well each line fits the part.
        value: row → how well the line answers the part.
        found: rows that answer the parts before it.
        named: whether the first part asks for the name of something, so that *it* may mean what answers that.
    """
    asked = {k.concept for k in plan.links}
    brought = {c for row in found for c in engine.line_concepts[row]} - asked
    names_nothing = not any(k.form for k in own.links)
    subjects = {k.concept for k in own.links if k.method is not LinkMethod.VECTOR}
    if named or not subjects or _REFERS.search(own.question):
        subjects |= brought
    sections = {engine.lines[row].section for row in found}
    kept = {}
    for row, worth in value.items():
        about_row = set(engine.line_concepts[row]) | set(engine.subjects[row])
        if names_nothing and subjects and not about_row & subjects and engine.lines[row].section not in sections:
            continue
        kept[row] = worth + STEP * bool(brought & about_row)
    if names_nothing and kept:
        best = max(kept, key=lambda r: (kept[r], -r))
        asks = np.array(
            [not group[0][0].startswith(concept_token("")) for group in about.query.groups]
        )  # without the subject
        said = (about.query.weights * asks) @ (about.covered >= OWN)
        total = float(about.query.weights @ asks)
        if total and any(float(said[row]) >= max(float(said[best]), SAID * total) for row in found):
            return {}  # an earlier line says it as well
    return kept


def _home(engine: Retriever, concepts: Iterable[str]) -> str:
    """The note with most lines that name one of ``concepts``; empty where none does."""
    count = Counter(engine.lines[int(r)].doc for c in concepts for r in engine.mention_lines.get(c, ()))
    return min(count, key=lambda doc: (-count[doc], doc), default="")


def explaining(engine: Retriever, concept: str, home: str) -> int | None:
    """The row of the line that defines or explains ``concept`` best, rather in ``home``; None where none names it."""
    known = engine.concepts.get(concept)
    if known is None:
        return None
    names = frozenset(fold(n) for n in known.names)
    value: dict[int, float] = {}
    for row in (int(r) for r in engine.mention_lines.get(concept, ())):
        line = engine.lines[row]
        stated = known.definition is not None and (known.definition.doc, known.definition.line) == (
            line.doc,
            line.number,
        )
        value[row] = (
            DEFINES * _defines(engine, row, names)
            + UNDER * _opens(engine, row, names)
            + _explains(line, names)
            + EARLY * stated
            + HOME * (line.doc == home)
            - ASKS * asking(line)
            - BARE * (is_bare(line) or is_title(line))
        )
    return min(value, key=lambda r: (-value[r], r), default=None)


def one_side_list(engine: Retriever, plan: Plan, relations: Sequence[Relation]) -> list[int]:
    """The members of a list whose members a question compares: ``X 有哪些替代方案，各自侧重什么``."""
    if len(side_names(engine, plan)) >= 2:
        return []
    clause = _CLAUSE.split(plan.question, maxsplit=1)[0]
    if form_of(clause, QuestionKind.MULTI_HOP) is not Form.LIST:
        return []
    return list_members(engine, part_plan(plan, Part(0, len(clause), Form.LIST)), relations)


def _compared(engine: Retriever, plan: Plan, ranking: Ranking, first: Sequence[int]) -> list[int]:
    """The rows of the table that sets the sides against each other, else lines that do, then what each side is."""
    sides = side_names(engine, plan)
    if len(sides) < 2:
        value = values(engine, plan, ranking, Form.COMPARISON, frozenset(), first=first)
        return _best(engine, value, (), FEW)
    table = _table(engine, sides, ranking)
    if table:
        return table[:TABLE]
    value = values(engine, plan, ranking, Form.COMPARISON, frozenset(), first=first)
    both = {r: v for r, v in value.items() if _named_by(engine.lines[r], sides) >= 2 and not is_bare(engine.lines[r])}
    both = {r: v for r, v in both.items() if not echoes(engine.lines[r], set(tokens(plan.question)))}
    marks = _GIVES[Form.COMPARISON]
    found = _best(engine, {r: v for r, v in both.items() if marks.search(engine.lines[r].text)}, (), 2)
    each: list[int] = []
    home = _home(engine, [k.concept for k in plan.links])
    for names in sides[:COMPARED]:
        own = next((k.concept for k in plan.links if _all_names(engine, [k]) & names), None)
        told = {
            int(r): float(ranking.score[r]) + DEFINES * _defines(engine, int(r), names)
            for k in plan.links
            for r in engine.mention_lines.get(k.concept, ())
            if (_defines(engine, int(r), names) or _opens(engine, int(r), names)) and not is_title(engine.lines[int(r)])
        }
        if own is None:
            told |= {
                r: float(ranking.score[r])
                for r in np.flatnonzero(ranking.score > 0).tolist()
                if _opens(engine, r, names)
            }
        row = explaining(engine, own, home) if own is not None and not told else None
        each += [row] if row is not None else _best(engine, told, (), 1)
    inside = [r for r in found if contained(ranking, r) >= SET_AGAINST]
    return (
        list(dict.fromkeys([*inside, *each, *found])) or _best(engine, both, (), FEW) or _best(engine, value, (), FEW)
    )


def contained(ranking: Ranking, row: int) -> float:
    """Share of the question's words that the line contains itself."""
    return float(ranking.query.weights @ (ranking.covered[:, row] >= OWN))


def side_names(engine: Retriever, plan: Plan) -> list[frozenset[str]]:
    """For each thing that is compared its folded names."""
    sides: list[frozenset[str]] = []
    objects = asked_objects(plan.question, plan.kind)
    for asked in objects:
        inside = [k for k in plan.links if asked.start <= k.start < asked.end]
        inside = [k for k in inside if k.method is not LinkMethod.FUZZY or fold(k.form) == fold(asked.text)]
        sides.append(frozenset({fold(asked.text), *(fold(g) for g in asked.glosses)}) | _all_names(engine, inside[:1]))
    if len(sides) < 2:
        sides = [_all_names(engine, [k]) for k in plan.links]
    return [s for s in sides if s]


def _table(engine: Retriever, sides: Sequence[frozenset[str]], ranking: Ranking) -> list[int]:
    """The rows below the header of a table that names at least two of ``sides`` in cells of their own; the best one."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for row in np.flatnonzero(ranking.score > 0).tolist():  # the words of its header are among a row's
        line = engine.lines[row]
        if line.kind is not LineKind.ROW or not line.context:
            continue
        header = line.context.split("\n")[0]
        cells = [c.strip() for c in header.split("|")]
        if sum(any(_cell_names(c, n) for c in cells for n in names) for names in sides) >= 2:
            found.setdefault((line.doc, line.section, header), []).append(row)
    tables = sorted(found.values(), key=lambda rows: (-max(float(ranking.score[r]) for r in rows), rows[0]))
    return tables[0] if tables else []


def _cell_names(cell: str, name: str) -> bool:
    """Whether the title of a column is ``name`` (folded), with or without a gloss."""
    if fold(cell) == name:
        return True
    bare = re.sub(r"[（(].*$", "", cell).strip()
    gloss = [g.strip() for g in re.findall(r"[（(]([^（）()]+)[)）]", cell)]
    return name in (cell, fold(bare), *map(fold, gloss))


def _named_by(line: Line, sides: Sequence[frozenset[str]]) -> int:
    """How many of ``sides`` the line names itself."""
    text = fold(line.text)
    return sum(any(len(n) > 1 and n in text for n in names) for names in sides)


def part_plan(plan: Plan, part: Part) -> Plan:
    """``plan`` for one part of its question: all else blanked.

    A part that names nothing is about what the first names: ``KV cache 是什么，怎么减少它的显存占用``.
    """
    text = " " * part.start + plan.question[part.start : part.end] + " " * (len(plan.question) - part.end)
    inside = tuple(k for k in plan.links if part.start <= k.start < part.end)
    carried = inside or tuple(plan.links[:1])
    kind = QuestionKind.DEFINITION if part.form is Form.DEFINITION else QuestionKind.MULTI_HOP
    carried = tuple(replace(k, form="", start=part.start) if k not in inside else k for k in carried)
    return replace(plan, question=text, kind=kind, links=carried)


def object_names(engine: Retriever, plan: Plan) -> frozenset[str]:
    """The folded names of what the question asks about: its words, their gloss, the names of a concept that it is."""
    question = plan.question.strip()
    objects = asked_objects(question, QuestionKind.DEFINITION)
    if not objects:
        return _all_names(engine, plan.links[:1])
    asked = objects[0]
    head = _head(asked.text)
    at = question.find(head)
    shift = len(plan.question) - len(plan.question.lstrip())
    names = {fold(head), *(fold(g) for g in asked.glosses)}
    for item in plan.links:
        inside = at <= item.start - shift < at + len(head)
        known = engine.concepts.get(item.concept)
        if known and inside and (fold(item.form) in names or len(item.form) * 10 >= len(head) * 6):
            names |= {fold(n) for n in known.names}
    return frozenset(n for n in names if n)


def _head(text: str) -> str:
    """What a name with a place around it names: ``LangChain 里的 Chain``, ``the memory of LangChain``."""
    text = re.sub(r"^.{1,20}(?:里面|里|中|当中)的\s*", "", text)
    return re.sub(r"\s+(?:module|component|part|concept|method|task|model)?\s*\b(?:of|in|for)\s.*$", "", text).strip()


def _all_names(engine: Retriever, links: Iterable[ConceptLink]) -> frozenset[str]:
    known = (engine.concepts[k.concept] for k in links if k.concept in engine.concepts)
    return frozenset(fold(n) for c in known for n in c.names)


def values(
    engine: Retriever,
    plan: Plan,
    ranking: Ranking,
    form: Form,
    names: frozenset[str],
    *,
    first: Sequence[int] = (),
) -> dict[int, float]:
    """Row → how well the line answers, for the lines that may; the more the better, 1 being a good line."""
    score = ranking.score
    order = np.argsort(-score, kind="stable")[:CANDIDATES]
    rows = {int(r) for r in order if score[r] > 0} | set(first)
    if form is Form.DEFINITION:
        rows |= set(_about(engine, plan, names, np.flatnonzero(score > 0).tolist()))
        rows |= {int(r) for k in plan.links[:1] for r in engine.mention_lines.get(k.concept, ()) if score[r] > 0}
    best = max((float(score[r]) for r in rows), default=1.0) or 1.0
    own = ranking.query.weights @ (ranking.covered >= OWN) if len(ranking.query.groups) else np.zeros(len(score))
    known_names = {t for n in names for t in tokens(n)} if form is Form.DEFINITION else set()
    held = ranking.query.weights @ (ranking.covered >= HELD) if len(ranking.query.groups) else np.zeros(len(score))
    known = {t for group in ranking.query.groups for t, _ in group} | set(tokens(plan.question)) | known_names
    subject = _all_names(engine, plan.links[:1])
    of_subject = {k.concept for k in plan.links[:1] if k.method is not LinkMethod.VECTOR}
    sides = side_names(engine, plan) if form is Form.RELATION else []
    found = {}
    for row in sorted(rows):
        line = engine.lines[row]
        opens = form is Form.DEFINITION and _opens(engine, row, names)
        value = float(score[row]) / best + WORDS * float(held[row] if opens else own[row])
        if form in (Form.ATTRIBUTE, Form.LIST, Form.REASON, Form.NUMBER, Form.WHEN, Form.WHO):
            value += WHOLE * (float(held[row]) >= ALL)
        if form is Form.RELATION:
            value += BOTH * (_named_by(line, sides) >= 2)
        if form in _OF_SUBJECT and of_subject and form is not Form.ATTRIBUTE:
            below = bool(line.headings) and bool(_title(line.headings[-1]) & subject)
            named = below or bool(of_subject & {*engine.line_concepts[row]})
            value += ABOUT * (1.0 if named else 0.5 * bool(of_subject & {*engine.subjects[row]}))
        if form in _OF_SUBJECT and any(fold(line.text).startswith(n) for n in subject):
            value += SUBJECT
        if form is Form.DEFINITION:
            value += _explains(line, names)
            value += SAYS * bool(_defines(engine, row, names) and _SAYS.search(line.text[:SAYS_WITHIN]))
            says = _defines(engine, row, names) or _is_named(engine, row, names)
            value += DEFINES * (says or (opens and bool(_IS.match(line.text)))) + UNDER * opens
            value += 0.1 * (_definition_of(engine, plan, row))
        elif form in _GIVES and _GIVES[form].search(_NAME_WITH_DIGITS.sub(" ", line.text)):
            value += GIVES
        found[row] = value - ASKS * asking(line) - BARE * is_bare(line) - ECHO * echoes(line, known)
    if form is Form.LIST and len(plan.links) == 1 and of_subject:  # the parts of another thing are no answer
        about = {r: v for r, v in found.items() if of_subject & {*engine.line_concepts[r], *engine.subjects[r]}}
        return about or found
    return found


def _explains(line: Line, names: frozenset[str]) -> float:
    """What a line is worth that explains what it does not define: its subject, a gloss, what it does; rows say less."""
    if line.kind in ROWS:
        return -EARLY
    text = fold(line.text)
    at = min((text.find(n) for n in names if n in text), default=-1)
    if at < 0:
        return 0.0
    glossed = any(pattern.search(line.text) for pattern in _glossed(names))
    return EARLY * (at <= 12) + EARLY * bool(_EXPLAINS.search(line.text)) + GLOSS * glossed


@lru_cache(maxsize=100)
def _glossed(names: frozenset[str]) -> list[re.Pattern[str]]:
    """What finds one of ``names`` before a parenthesis or in one."""
    return [
        re.compile(rf"{re.escape(n)}\W{{0,3}}[（(]|[（(]\W{{0,2}}{re.escape(n)}", re.IGNORECASE) for n in sorted(names)
    ]


def _about(engine: Retriever, plan: Plan, names: frozenset[str], scored: Sequence[int]) -> list[int]:
    """Those of ``scored`` that begin with one of ``names``, or are first below a heading that is one."""
    opens = engine.lines.opens
    titles: dict[int, bool] = {}  # lines of a section have the same headings
    known: set[int] | None = None
    if plan.links and all(k.method is not LinkMethod.VECTOR for k in plan.links):
        known = {int(r) for k in plan.links for r in engine.mention_lines.get(k.concept, ())}
    found = []
    for row in scored:
        below = False
        if opens[row]:
            path = engine.lines.path.item(row)
            if path not in titles:
                titles[path] = _titles_of(engine.lines.title(row), names)
            below = titles[path]
        if below or ((known is None or row in known) and _defines(engine, row, names)):
            found.append(row)
    return found


def _defines(engine: Retriever, row: int, names: frozenset[str]) -> bool:
    line = engine.lines[row]
    if line.kind in (LineKind.CODE, LineKind.HEADER) or asking(line) >= MOSTLY:
        return False
    return any(defines(sentence, names) for sentence in sentences(line.text))


def _tells(engine: Retriever, row: int, names: frozenset[str]) -> bool:
    """Whether the line says what the thing is, by its wording or by its place."""
    line = engine.lines[row]
    if any(re.match(rf"\W*{re.escape(n)}\W*[（(]", fold(line.text), re.IGNORECASE) for n in names):
        return True
    asked = _opens(engine, row, names) and bool(_WHAT.search(line.headings[-1]) or _IS.match(line.text))
    return asked or _defines(engine, row, names)


def _opens(engine: Retriever, row: int, names: frozenset[str]) -> bool:
    """Whether the line is the first below a heading that names what is asked about."""
    return bool(engine.lines.opens[row]) and _titles_of(engine.lines.title(row), names)


def _titles_of(title: str, names: frozenset[str]) -> bool:
    """Whether a heading is one of ``names``, or asks what it is."""
    return bool(_title(title) & names) or (bool(_WHAT.search(title)) and any(n in fold(title) for n in names))


def _title(heading: str) -> set[str]:
    """The folded names that a heading gives: itself, without numbering, its gloss, without what asks."""
    text = re.sub(r"^[\W\d一二三四五六七八九十]+[、.．)）\s]\s*", "", heading).strip()
    bare = re.sub(
        r"^(?:什么是|何谓|What(?:'s| is| are) (?:an? |the )?)|(?:是什么|的?(?:定义|概念|原理|简介|介绍))?[?？]?$",
        "",
        text,
    )
    pieces = [text, bare, *re.split(r"[（()）]", bare)]
    return {fold(p.strip()) for p in pieces if p.strip()}


def _definition_of(engine: Retriever, plan: Plan, row: int) -> bool:
    """Whether the graph contains the line as the definition of what the question names."""
    line = engine.lines[row]
    known = (engine.concepts[k.concept] for k in plan.links if k.concept in engine.concepts)
    return any(
        c.definition is not None and (c.definition.doc, c.definition.line) == (line.doc, line.number) for c in known
    )


def _is_named(engine: Retriever, row: int, names: frozenset[str]) -> bool:
    """Whether the line says that something is called by one of the folded ``names``, and enough of what it is."""
    line = engine.lines[row]
    if line.kind in (LineKind.CODE, LineKind.HEADER) or asking(line) >= MOSTLY:
        return False
    return any(
        called.start() >= CALLED_BEHIND and fold(line.text[called.end() :][:CALLED_WITHIN]).startswith(tuple(names))
        for called in _CALLED.finditer(line.text)
    )


def best_sentence(engine: Retriever, plan: Plan, line: Line) -> str:
    """The sentence of the line that gives what the question wants; empty where none does more than the others."""
    part = parts(plan)[0]
    if part.form is Form.DEFINITION:
        names = object_names(engine, plan)
        return next((s for s in sentences(line.text) if defines(s, names)), "")
    return ""


def _best(engine: Retriever, value: Mapping[int, float], taken: Sequence[int], most: int) -> list[int]:
    """The best rows of ``value``, at most ``most``, none close to another or itself ``taken``."""
    found: list[int] = []
    near = set(taken)
    top = 0.0
    for row in sorted(value, key=lambda r: (-value[r], r)):
        if row in near or (found and value[row] < ENOUGH * top):
            continue
        top = top or value[row]
        found.append(row)
        near |= set(engine.near(row)) if engine.lines[row].kind not in ROWS else {row}
        if len(found) == most:
            break
    return found
