"""The form of an answer that a question asks for, and the parts of a double question.

A :class:`~queries.question.model.QuestionKind` says what an answer is made from; its form says which line must come
first and how many lines are an answer: one that gives a reason, a number, all members of a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import yaml

from graph.text.names import simplified
from queries.question.model import Form, Plan, QuestionKind
from queries.question.plan import question_kind, wording

_BREAK: Final = re.compile(
    r"[？?；;。]+\s*|[，,]\s*(?=[^，,？?；;。]*(?:哪|什么|谁|多少|如何|怎|为何|为啥|几))"
    r"|,?\s+and\s+(?=(?:how|why|what|which|when|where|who)\b)|,\s*(?=(?:how|why|what|which|when|where|who)\b)",
    re.IGNORECASE,
)
"""Where one thing that is asked may end and the next begin."""
_WHY: Final = re.compile(r"为何|为啥|多[大长高]|几[个种]|\b(?:why|when|where)\b", re.IGNORECASE)
"""Words that ask and are no sign of a kind."""
_ONLY_NAMES: Final = re.compile(
    r"\s*(?:which|what)(?:\s+(?!is\b|are\b|was\b|were\b|do\b|does\b|did\b|has\b|have\b|can\b)[\w-]+){1,4}\s*$",
    re.IGNORECASE,
)
"""A part that only names what is asked for: ``Which format, which protocol and which port does it use?``."""
_OF_ITS_OWN: Final[dict[QuestionKind, Form]] = {
    QuestionKind.RELATION: Form.RELATION,
    QuestionKind.COMPARE: Form.COMPARISON,
    QuestionKind.PREREQUISITES: Form.PREREQUISITES,
    QuestionKind.STUDY_PATH: Form.STUDY_PATH,
    QuestionKind.GLOBAL: Form.OVERVIEW,
}
"""Kinds that have one form whatever else the wording says."""
PARTS: Final = 3
"""Parts of one question that are answered each by itself, at most; what follows belongs to the last."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a question asks: ``question[start:end]``."""

    start: int
    end: int
    form: Form


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[Form, re.Pattern[str]], ...]:
    """``forms.yaml``, loaded once; nothing is read at import."""
    raw = yaml.safe_load((files("queries.question") / "forms.yaml").read_text(encoding="utf-8"))
    return tuple((Form(r["form"]), re.compile("|".join(r["any"]), re.IGNORECASE)) for r in raw)


def form_of(text: str, kind: QuestionKind) -> Form:
    """The form that ``text``, a question of ``kind`` or a part of one, asks for.

    >>> form_of("为什么要揉面？", QuestionKind.MULTI_HOP).value
    'reason'
    """
    if kind in _OF_ITS_OWN:
        return _OF_ITS_OWN[kind]
    known = simplified(text)
    found = next((form for form, pattern in _forms() if pattern.search(known)), None)
    if found is not None:
        return found
    return Form.DEFINITION if kind is QuestionKind.DEFINITION else Form.FACT


def parts(plan: Plan) -> tuple[Part, ...]:
    """The things that the question asks, in its order; one that is all of it where it asks for a single thing.

    A clause that asks nothing belongs to the one after it. Kinds with a form of their own are not divided.

    >>> [p.form.value for p in parts(Plan("酵母是什么，怎么养？", "zh", QuestionKind.DEFINITION, (), (), ""))]
    ['definition', 'method']
    """
    text, whole = plan.question, Part(0, len(plan.question), form_of(plan.question, plan.kind))
    if plan.kind in _OF_ITS_OWN:
        return (whole,)
    asks = wording().signs["asks"]
    found: list[Part] = []
    start = 0
    for end, following in [*(m.span() for m in _BREAK.finditer(text)), (len(text), len(text))]:
        clause = text[start:end]
        last = len(found) == PARTS - 1 and following < len(text)
        if _ONLY_NAMES.match(clause) and following < len(text):
            continue  # what is asked of it comes with the next one
        if not last and (asks.search(simplified(clause)) or _WHY.search(simplified(clause))):
            found.append(Part(start, end, _part_form(clause)))
            start = following
    if found and start < len(text) and text[start:].strip():
        found[-1] = Part(found[-1].start, len(text), found[-1].form)
    return tuple(found) if len(found) > 1 else (whole,)


def _part_form(clause: str) -> Form:
    kind = question_kind(simplified(clause))[0]
    return form_of(clause, kind if kind is QuestionKind.DEFINITION else QuestionKind.MULTI_HOP)
