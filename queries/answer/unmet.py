"""What a question asks of a thing and no line about the thing says.

``Who banned the guillotine?``, 科举制是谁废除的: the notes may know the guillotine, and bans of something else. A
question of one clause is answered where its specific words meet the thing that it names: in a line that names the
thing, in a section about it or, where the question goes over several steps (``the capital of the country that …``), in
a line about something that such a line names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import rjieba

from graph.text.frequency import general_frequency
from graph.text.names import fold
from graph.text.scripts import HAN, LATIN, has_han
from queries.answer.attributes import FOREIGN, MissingAttribute
from queries.answer.fact_types import asked_properties
from queries.answer.scope import foreign_share, further, goes_over_steps, lines_about, steps_in
from queries.question.forms import parts
from queries.question.general_words import specific
from queries.question.model import ConceptLink, LinkMethod, Plan, QuestionKind
from queries.question.words import other_forms, stem_latin, tokens, words
from queries.retrieval.retriever import ACROSS, PREFIX, Retriever, concept_token, translations

MET: Final = 0.5
"""A line speaks of a word that it covers so far: in its own words, or in those of its headings."""
MOSTLY: Final = 0.5
"""Share of the words that must be missing: one of many may be said in other words. All must be where the question goes
over several steps or names several things."""
ELSEWHERE: Final = 20
"""Lines about other things that are looked at."""
LONGEST: Final = {True: 40, False: 110}
"""Characters of a question, with Chinese and without, up to which it asks for a single thing."""

_KINDS: Final = frozenset({QuestionKind.MULTI_HOP, QuestionKind.DEFINITION, QuestionKind.RELATION})
_CLAUSES: Final = re.compile(
    r"[,，;；:：、]|[?？。.!！].*\S|\b(?:and|or|but|versus|vs)\b|和|与|或|及|并|而|先|又", re.IGNORECASE
)
"""What joins or sets side by side: such a question asks more than one thing."""
_BEGINS: Final = re.compile(r"(?:\w+ )?(?:which|what|whose|who|whom|how|when|where|why)\b", re.IGNORECASE)
_TYPE: Final = re.compile(
    r"\b(?:which|what) (?P<en>(?:(?!(?:do|does|did|is|are|was|were|has|have|can)\b)[\w-]+ ){0,4}?[\w-]+)"
    r"(?= (?:do|does|did|is|are|was|were|has|have|can)\b|\s*[?.]?$)|\b(?:which|what) [\w-]+"
    rf"|哪(?:一)?(?:个|种|些|位|家|本|部|座|条|项|款|类|所|支)?(?P<zh>[{HAN}]{{0,2}})|(?:多少|几)[{HAN}]?|什么(?:地方|时候|时间|样|人)|(?<=的)人",
    re.IGNORECASE,
)
"""The sort of thing that answers: its name is a better answer than the word for its sort."""
_ROLE: Final = re.compile(r"\bthe (?:[\w-]+ ){1,2}?(?=of\b)|(?<=['’]s )[\w-]+", re.IGNORECASE)
"""What a thing is to another (``the director of …``): a note may say so in any words."""
_ASKED_OF: Final = re.compile(
    rf"的[{HAN}A-Za-z0-9 ]{{1,16}}?(?:是谁|是什么|有哪|是多少|有多|叫什么|是哪[^，,]{{0,4}})[？?]*$"
)
"""The end of 《红与黑》的作者是谁: what is asked for, and no role of another thing."""
_GLOSSED: Final = re.compile(rf"[{HAN}]+\s*(?=[（(]\s*[A-Za-z ])|[A-Za-z][A-Za-z -]*(?=[（(]\s*[{HAN}])")
"""What the question itself translates: 凝血酶（thrombin）."""
_WORD: Final = re.compile(rf"[{LATIN}][{LATIN}'’-]*|[{HAN}]+")
_NAME: Final = re.compile(r"(?<=《)[^《》]+(?=》)|\b[A-Z][\w.+#-]*(?: [A-Z0-9][\w.+#-]*)*")
_CAPITAL: Final = re.compile(r"\b[A-ZÀ-Ý][\w-]*|《")
_ENOUGH: Final = 2
"""Characters of a word that can be looked for."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of the question that is looked for."""

    text: str
    groups: tuple[tuple[tuple[str, float], ...], ...]
    """Any of these, as the index sees them, is the word."""
    concept: str = ""
    """The concept that it names; empty: none."""


def unmet(plan: Plan, retriever: Retriever) -> MissingAttribute | None:
    """The first word of the question that no line about the thing that it names contains; None where all meet.

    Judged only for a question that asks one thing in one clause and names a concept, or a name that the notes contain.
    General words, the sort of thing that is asked for (``which country``) and words of a fact's sort
    (:mod:`queries.answer.fact_types`) need not appear. Where many of the lines about the thing are in another language
    than the question, only words with a known counterpart there are judged.
    """
    question = plan.question
    links = [k for k in plan.links if k.method in (LinkMethod.EXACT, LinkMethod.ALIAS)]
    thing = _thing(links, question, retriever) if _asks_one_thing(plan) else None
    if thing is None:
        return None
    owner, span, called = thing
    about = lines_about(retriever, owner)
    if not about:
        return None
    steps = goes_over_steps(question)
    if steps and asked_properties(question):
        return None  # the fact is known to be there, and how it is said is not
    if steps_in(question) > 1:
        return None  # farther than the lines that are looked at
    if steps:
        about = further(retriever, about)
    missing = _missing(question, links, span, retriever, about, steps=steps)
    if missing is None:
        return None
    return MissingAttribute(
        owner, called, missing.text, tuple(_elsewhere(retriever, missing, set(about))), number=False
    )


def follows_steps(plan: Plan, retriever: Retriever) -> bool:
    """Whether :func:`unmet` judges the question by lines that are steps away from the thing that it names."""
    links = [k for k in plan.links if k.method in (LinkMethod.EXACT, LinkMethod.ALIAS)]
    return (
        _asks_one_thing(plan)
        and goes_over_steps(plan.question)
        and any(_written_as_name(k) for k in links)
        and (thing := _thing(links, plan.question, retriever)) is not None
        and bool(lines_about(retriever, thing[0]))
    )


def _asks_one_thing(plan: Plan) -> bool:
    question = plan.question.strip()
    return (
        plan.kind in _KINDS
        and len(question) <= LONGEST[has_han(question)]
        and (has_han(question) or _BEGINS.match(question) is not None)
        and not _CLAUSES.search(question.rstrip("?？。.!！ "))
        and len(parts(plan)) == 1
        and not any(k.method is LinkMethod.FUZZY and not _is_word(k.form) for k in plan.links)
    )


def _is_word(form: str) -> bool:
    """Whether it is an English word, and no misprint of a name."""
    return form.lower() in general_frequency("en", size="small")


def _thing(
    links: Sequence[ConceptLink], question: str, retriever: Retriever
) -> tuple[str, tuple[int, int], str] | None:
    """The thing that the question is about: what fewest lines name of what it names; its id, span and name."""
    kind = _TYPE.search(question)
    at = kind.span() if kind else (-1, -1)
    own = [k for k in links if not (at[0] <= k.start and k.start + len(k.form) <= at[1]) and specific(k.form).strip()]
    if not own:
        return _name(question, retriever)
    named = [k for k in own if _written_as_name(k)]
    if not named and any(m.start() for m in _CAPITAL.finditer(question)):
        return None  # it names something that the graph does not have
    named = named or own
    one = min(named, key=lambda k: (len(retriever.mention_lines.get(k.concept, ())), k.start))
    return one.concept, (one.start, one.start + len(one.form)), one.name


def _written_as_name(link: ConceptLink) -> bool:
    """Whether the question writes it as a name: in Chinese, or with a capital that does not begin the sentence."""
    return has_han(link.form) or (link.start > 0 and any(c.isupper() for c in link.form))


def _name(question: str, retriever: Retriever) -> tuple[str, tuple[int, int], str] | None:
    """The first name of the question that the graph has no concept for, and a line contains as it is."""
    for match in _NAME.finditer(question):
        text = match.group()
        ordinary = text.split()[0].lower() in words().function_en
        if match.start() and not ordinary and retriever.holds(text):
            return text, match.span(), text
    return None


def _missing(
    question: str,
    links: Sequence[ConceptLink],
    span: tuple[int, int],
    retriever: Retriever,
    about: Sequence[int],
    *,
    steps: bool,
) -> _Word | None:
    """The first word that does not meet the thing, where so many do not that it is no matter of wording."""
    asked = _asked(question, links, span, steps=steps)
    foreign = foreign_share(retriever, question, about) > FOREIGN
    judged = [word for word in asked if not foreign or word.concept or _has_counterpart(word)]
    missing = [word for word in judged if not _meets(retriever, word, about)]
    share = len(missing) / len(judged) if judged else 0.0
    apart = steps or _names_several(question, links, span)
    return missing[0] if missing and (share == 1.0 if apart else share >= MOSTLY) else None


def _names_several(question: str, links: Sequence[ConceptLink], span: tuple[int, int]) -> bool:
    """Whether the question writes something else as a name besides the thing in ``span``."""
    rest = question[: span[0]] + " " * (span[1] - span[0]) + question[span[1] :]
    return any(m.start() for m in _CAPITAL.finditer(rest)) or any(
        k.start != span[0] and has_han(question) and not has_han(k.form) for k in links
    )


def _has_counterpart(word: _Word) -> bool:
    """Whether it is known how the other language says the word."""
    return any(has_han(token) != has_han(group[0][0]) for group in word.groups for token, _ in group[1:])


def _asked(question: str, links: Sequence[ConceptLink], span: tuple[int, int], *, steps: bool) -> list[_Word]:
    """The words that must meet the thing in ``span``: other concepts, then specific words, in the question's order."""
    rest = list(question)

    def blank(start: int, end: int) -> None:
        rest[start:end] = " " * (end - start)

    blank(*span)
    for match in (*_TYPE.finditer(question), *_GLOSSED.finditer(question)):
        blank(*match.span())
    for start, end in _roles(question, steps=steps):
        blank(start, end)
    for fact in asked_properties(question):
        for match in fact.ask.finditer(question):
            blank(*match.span())
    text = "".join(rest)
    found: list[tuple[int, _Word]] = []
    for link in links:
        end = link.start + len(link.form)
        if text[link.start : end].strip() and (link.start, end) != span:
            if specific(link.form).strip():
                own = tokens(link.form)
                groups = (((concept_token(link.concept), 1.0), *(((own[0], 1.0),) if len(own) == 1 else ())),)
                found.append((link.start, _Word(link.form, groups, link.concept)))
            blank(link.start, end)
    for match in _WORD.finditer("".join(rest)):
        pieces = rjieba.cut(match.group()) if has_han(match.group()) else [match.group()]
        start = match.start()
        for piece in pieces:
            left = specific(piece).strip()
            if len(left) >= _ENOUGH and left == piece and (sought := tuple(_groups(piece))):
                found.append((start, _Word(piece, sought)))
            start += len(piece)
    return [word for _, word in sorted(found, key=lambda item: item[0])]


def _roles(question: str, *, steps: bool) -> list[tuple[int, int]]:
    """Where the question says what one thing is to another: 导演 of 盐路的导演出生于哪里."""
    found = [m.span() for m in _ROLE.finditer(question)] if steps else []
    if has_han(question) and (steps or not _ASKED_OF.search(question)):
        for match in re.finditer(rf"的(?=[{HAN}])", question):
            word = next(iter(rjieba.cut(question[match.end() :])), "")
            found.append((match.end(), match.end() + len(word)))
    return found


def _groups(word: str) -> list[tuple[tuple[str, float], ...]]:
    across = translations(word)
    forms = [t for other in other_forms(word) for t in tokens(other)]
    return [
        ((t, 1.0), *((f, 1.0) for f in forms), *((o, ACROSS) for o in across.get(t, ())))
        for t in dict.fromkeys(tokens(word))
    ]


def _meets(retriever: Retriever, word: _Word, about: Sequence[int]) -> bool:
    """Whether one of the lines contains the word, a word of the same stem, or its counterpart in the other language."""
    covered = retriever.index.coverage(word.groups)[:, list(about)]
    if bool((covered >= MET).any()):
        return True
    names = [fold(n) for n in retriever.concepts[word.concept].names if len(fold(n)) > 1] if word.concept else []
    if any(name in fold(retriever.lines[r].text) for r in about for name in names):
        return True
    begins = stem_latin(word.text.lower())[:PREFIX]
    if not begins.isascii() or len(begins) < 4:
        return False
    same = re.compile(rf"\b{re.escape(begins)}", re.IGNORECASE)
    return any(same.search(retriever.lines[r].text) for r in about)


def _elsewhere(retriever: Retriever, word: _Word, about: set[int]) -> list[int]:
    covered = retriever.index.coverage(word.groups).min(axis=0)
    best = np.argsort(-covered, kind="stable")[:ELSEWHERE]
    return [int(r) for r in best if covered[r] >= 1.0 and int(r) not in about]
