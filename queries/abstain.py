"""What of a question the notes do not hold, and whether that leaves anything to answer.

The retrieval score does not tell: some line always matches some words. A named or rare word that stands nowhere does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import rjieba
from wordfreq import get_frequency_dict

from queries.model import Link, LinkMethod, Plan, QuestionKind
from queries.retrieve import PREFIX, Ranking, Retriever
from queries.words import CJK, content, counterparts, language, stem_latin, tokens, words

RARE: Final = 3e-6
"""Relative frequency in general English below which a word names something (about 3 in a million words)."""

NOTHING_COVERED: Final = 0.35
"""Where no concept is recognised, the best line must cover so much of the question's words (by rarity)."""

_LATIN_WORD: Final = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ0-9]*(?:[+#.][A-Za-z0-9]+|[+#]+)*|\d+[A-Za-z][A-Za-z0-9]*")
_GLOSSED: Final = re.compile(rf"[{CJK}]+\s*(?=[（(]\s*[A-Za-z ])")
"""Chinese words that the question itself translates: 凝血酶（thrombin）. The notes may be in the other language."""
_CJK_RUN: Final = re.compile(rf"[{CJK}]+")


@lru_cache(maxsize=1)
def _english() -> dict[str, float]:
    """General-language frequencies of English words; loaded once, when first asked."""
    return dict(get_frequency_dict("en"))


def missing_words(retriever: Retriever, question: str, links: Sequence[Link]) -> tuple[str, ...]:
    """Named or rare words of ``question`` that stand nowhere in the notes, in its order.

    Latin words: names (by their capitals or digits, or because they stand in a Chinese question) and rare words; a common
    English word proves nothing where the notes are Chinese. Chinese: runs of content characters most of whose neighbouring
    pairs stand nowhere.
    """
    chinese = language(question) == "zh"
    rest = list(question)
    for item in links:
        if item.start >= 0:
            rest[item.start : item.start + len(item.form)] = " " * len(item.form)
    outside = "".join(rest)
    found: list[tuple[int, str]] = []
    for match in _LATIN_WORD.finditer(outside):
        word = match.group()
        if _holds(retriever, word):
            continue
        first = not question[: match.start()].strip(" \"'“‘(（")
        if (
            _named(word, first=first)
            or chinese
            or (_english().get(word.lower(), 0.0) < RARE and not _relative(retriever, word) and retriever.english)
        ):
            found.append((match.start(), word))
    held = any(_holds_name(retriever, m.group()) for m in _LATIN_WORD.finditer(outside))
    linked = any(item.method in (LinkMethod.EXACT, LinkMethod.ALIAS) for item in links)
    for run in _CJK_RUN.finditer(content(_GLOSSED.sub(" ", outside))):
        unknown = _unknown_run(retriever, run.group(), named_object=not held and not linked)
        if unknown and (not (held or linked) or _is_side(question, unknown)):
            found.append((max(question.find(unknown), 0), unknown))
    return tuple(dict.fromkeys(word for _, word in sorted(found)))


def _named(word: str, *, first: bool) -> bool:
    """Whether the writing shows a name: a capital inside, a digit, or a capital that does not begin the sentence."""
    return bool(re.search(r"[A-Za-z]\d|\d[A-Za-z]|.[A-Z]", word)) or (word[0].isupper() and not first and len(word) > 1)


def _holds(retriever: Retriever, word: str) -> bool:
    """Whether the notes hold the word (plural and ending aside), or it says nothing that notes could hold."""
    low = word.lower()
    if low in words().function_en and not (word.isupper() and len(word) > 2):
        return True
    stem = stem_latin(low)
    return stem in retriever.index.vocabulary or low in retriever.index.vocabulary or bool(counterparts(stem)) or len(low) < 2


def _relative(retriever: Retriever, word: str) -> bool:
    """Whether a longer word of the notes begins like ``word``."""
    return len(word) > PREFIX and word.lower()[:PREFIX] in retriever.prefixes


def _holds_name(retriever: Retriever, word: str) -> bool:
    """Whether the notes hold a Latin word that carries content."""
    return word.lower() not in words().function_en and stem_latin(word.lower()) in retriever.index.vocabulary


def _is_side(question: str, part: str) -> bool:
    """Whether ``part`` is one of two things that the question sets side by side: the other being known does not help."""
    return bool(re.search(rf"(?:和|与|跟|同|到|至){re.escape(part)}|{re.escape(part)}\s*(?:和|与|跟|同)", re.sub(r"\s+", "", question)))


def _unknown_run(retriever: Retriever, run: str, *, named_object: bool) -> str:
    """The part of a run of Chinese content that the notes do not hold; empty where they hold enough of it.

    Args:
        retriever: the notes.
        run: characters between function words.
        named_object: the run is all that the question names, so it must stand in the notes as it is.
    """
    if len(run) < 2:
        return ""
    pairs = tokens(run)
    absent = [p not in retriever.index.vocabulary for p in pairs]
    if len(pairs) >= 3 and sum(absent) * 2 > len(pairs):
        return run
    strangers = [w for w in rjieba.cut(run) if len(w) >= 3 and all(t not in retriever.index.vocabulary for t in tokens(w))]
    if strangers:
        return strangers[0]
    return run if named_object and any(absent) and len(run) >= 3 and not retriever.holds(run) else ""


def reason_to_abstain(plan: Plan, ranking: Ranking) -> str:
    """Why the notes do not answer: ``unknown``, ``nothing`` or ``uncovered``; empty where they may.

    ``unknown``: a word of the question stands nowhere. ``nothing``: no concept is recognised and no line covers much of the
    question. ``uncovered``: what is asked about the concept stands nowhere near it.
    """
    if plan.unknown:
        return "unknown"
    real = [k for k in plan.links if k.method is not LinkMethod.VECTOR and len(k.form) >= 2]
    share = ranking.query.weights @ ranking.covered if len(ranking.query.groups) else None
    best = float(share.max(initial=0.0)) if share is not None else 0.0
    if plan.kind is QuestionKind.GLOBAL and not plan.links and not ranking.query.groups:
        return ""
    if not real and best < NOTHING_COVERED:
        return "nothing"
    return ""
