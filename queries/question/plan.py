"""What sort of answer a question asks for, which concepts it names, and which of its words the notes do not contain."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import yaml

from graph.text.names import simplified
from queries.question.link import Names, link
from queries.question.model import ConceptLink, Plan, QuestionKind
from queries.question.words import language

BARE_NAME: Final = 40
"""A question of at most this many characters that asks nothing is a name to be explained."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """One way to recognise a kind of question, from ``kinds.yaml``."""

    kind: QuestionKind
    name: str
    pattern: re.Pattern[str]
    first: bool
    """Whether it decides only where it belongs to the first thing that is asked."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How people ask: the rules in the order in which they are tried, and further signs by name."""

    rules: tuple[KindRule, ...]
    signs: Mapping[str, re.Pattern[str]]
    objects: Mapping[tuple[QuestionKind, str], tuple[re.Pattern[str], ...]]
    """How questions of a kind in a language name what they ask about (see
    :func:`queries.question.asked_things.asked_objects`)."""


@lru_cache(maxsize=1)
def wording() -> Wording:
    """Load ``kinds.yaml`` once; nothing is read at import."""
    raw = yaml.safe_load((files("queries.question") / "kinds.yaml").read_text(encoding="utf-8"))
    return Wording(
        rules=tuple(
            KindRule(QuestionKind(r["kind"]), r["rule"], _any_of(r["any"]), bool(r.get("first", False)))
            for r in raw["rules"]
        ),
        signs={name: _any_of(patterns) for name, patterns in raw["signs"].items()},
        objects={
            (QuestionKind(kind), lang): tuple(re.compile(p, re.IGNORECASE) for p in patterns)
            for kind, by_language in raw["objects"].items()
            for lang, patterns in by_language.items()
        },
    )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def question_kind(question: str) -> tuple[QuestionKind, str]:
    """What sort of answer ``question`` asks for, and the name of the rule that decided.

    Rules over the question's wording, tried in the order study_path, prerequisites, global, compare, relation,
    definition; what fits none needs facts from several places: multi_hop. A word like ``different`` decides only where
    it belongs to the first thing that is asked: after a clause that asks for another fact it is one hop of several.

    >>> question_kind("LoRA 和 QLoRA 有什么区别？")[0].value
    'compare'
    """
    known = wording()
    text = known.signs["source"].sub(" ", question.strip())
    for rule in known.rules:
        match = rule.pattern.search(text)
        if match:
            if rule.first and _after_another_question(text, match.start()):
                return QuestionKind.MULTI_HOP, f"{rule.name}, after another question"
            return rule.kind, rule.name
    if _asks_what_it_is(text):
        return QuestionKind.DEFINITION, "asks what it is"
    if len(text) <= BARE_NAME and not known.signs["asks"].search(text) and known.signs["bare_name"].search(text):
        return QuestionKind.DEFINITION, "names a thing and nothing else"
    return QuestionKind.MULTI_HOP, "asks for facts from several places"


def _after_another_question(text: str, start: int) -> bool:
    """Whether ``text[start:]`` belongs to a later clause, while the first clause asks for a fact of its own."""
    signs = wording().signs
    end = signs["clause"].search(text)
    return end is not None and end.start() <= start and bool(signs["asks"].search(text[: end.start()]))


def _asks_what_it_is(text: str) -> bool:
    """Whether the question asks what one thing is, does or means."""
    signs = wording().signs
    if language(text) == "en":
        hops = len(re.findall(r"\b(?:what|which|whose)\b", text, re.IGNORECASE))
        through = re.search(r"\b(?:with|by|from|in|on|to|for) which\b", text, re.IGNORECASE)
        return bool(signs["definition_en"].search(text)) and hops < 3 and not through
    first = re.split(r"[？?，,。；;]", text, maxsplit=1)[0]
    return bool(signs["definition_zh"].search(first)) and not signs["described"].search(first)


def make_plan(
    names: Names,
    question: str,
    *,
    known_words: Container[str] = (),
    similar: Sequence[tuple[str, float]] = (),
    missing: Callable[[str, Sequence[ConceptLink]], Sequence[str]] | None = None,
) -> Plan:
    """How ``question`` will be answered.

    Args:
        names: all names of the graph.
        question: what was asked, in Chinese, English or both.
        known_words: Latin words of the notes, folded (see :func:`queries.question.link.link`).
        similar: (concept id, cosine) of the concepts nearest to the question by vector.
        missing: gives the named or rare words of the question that appear nowhere in the notes; None: none are looked
            for.
    """
    text = simplified(question)  # the rules and lists of words know Simplified characters only; offsets hold
    kind, why = question_kind(text)
    guesses = () if kind is QuestionKind.GLOBAL else similar  # an overview without names is about everything
    links = link(names, text, known_words=known_words, similar=guesses)
    return Plan(
        question=question,
        lang=language(question),
        kind=kind,
        links=links,
        unknown=tuple(missing(text, links)) if missing is not None else (),
        why=why,
    )
