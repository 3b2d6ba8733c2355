"""What of a question the notes do not contain, and whether that leaves anything to answer.

The retrieval score does not tell: some line always matches some words. A named or rare word that appears nowhere does,
and so do more absent words than present ones around the one concept that is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import Final

import numpy as np
import rjieba

from graph.text.frequency import general_frequency
from graph.text.names import fold
from graph.text.scripts import HAN, LATIN
from queries.answer.attributes import leaves_open, missing_attribute
from queries.answer.exact_names import not_as_written
from queries.answer.fact_types import asked_properties, missing_property
from queries.answer.scope import steps_in
from queries.answer.unmet import follows_steps, unmet
from queries.question.asked_things import asked_objects
from queries.question.markup import is_markup
from queries.question.model import ConceptLink, LinkMethod, Plan, QuestionKind
from queries.question.plan import question_kind
from queries.question.words import content, counterparts, language, stem_latin, tokens, without_accents, words
from queries.retrieval.retriever import ACROSS, CONTEXT, PREFIX, Ranking, Retriever, concept_token, translations

RARE: Final = 3e-6
"""Relative frequency in general English below which a word names something (about 3 in a million words)."""
UNCOMMON: Final = 3e-5
"""The same for a question whose kind says that its words are names: ``Compare PPO with evolution strategies``."""
COMMON: Final = 1e-4
"""The same above which an absent word proves nothing: any question may say ``added`` or ``based``."""
SELDOM: Final = 1.2e-5
"""The same below which an absent word counts as much as two that are there: it is what the question is about."""
LONGEST_WORD: Final = 40
"""Letters of a word that is looked at for a misprint: trying all of thousands of letters takes half a minute."""
MISSPELT: Final = 6
"""Letters from which on a word that is one letter away from a known one is taken for that."""
MISPRINTS: Final = 100
"""A frequent misspelling (``recieved``) is so many times rarer than the word that was meant."""
DESCRIPTION: Final = 5
"""Index tokens, besides its concepts, from which on what is asked about is a description rather than a name."""
COMPOUND_LONGEST: Final = 8
"""Characters of a Chinese compound that is one name, at most."""
ENGLISH_NOTES: Final = 0.3
"""Share of lines without Chinese from which on Chinese notes are taken to be in English as well."""
NOTHING_COVERED: Final = 0.35
"""Where no concept is recognised, the best line must cover so much of the question's words (by rarity)."""

_LATIN_WORD: Final = re.compile(rf"[{LATIN}][{LATIN}0-9]*(?:[+#.][A-Za-z0-9]+|[+#]+)*|\d+[A-Za-z][A-Za-z0-9]*")
_COMPOUND: Final = re.compile(r"[A-Z][A-Za-z0-9]*(?:-[A-Z][A-Za-z0-9]*)+")
_GLOSSED: Final = re.compile(rf"[{HAN}]+\s*(?=[（(]\s*[A-Za-z ])")
"""Chinese words that the question itself translates: 凝血酶（thrombin）. The notes may be in the other language."""
_GLOSSED_LATIN: Final = re.compile(rf"[A-Za-z][A-Za-z -]*(?=[（(]\s*[{HAN}])")
_AND: Final = re.compile(r",? and |, | or ")
_NUMBER: Final = re.compile(r"(?<![\w.])\d{3,}(?![\w.])")
_ASKED_OF: Final = re.compile(rf"的([{HAN}]{{2,5}}?)(?:是什么|是多少|有多少|是哪|叫什么)")
"""What a Chinese question wants to know of a thing: the 发音 of LoRA 的发音是什么."""
_CJK_RUN: Final = re.compile(rf"[{HAN}]+")
_NAMING: Final = frozenset(
    {QuestionKind.COMPARE, QuestionKind.RELATION, QuestionKind.STUDY_PATH, QuestionKind.PREREQUISITES}
)
"""Kinds whose questions hold little but names of what is asked about."""
_WHAT_IS_SAID: Final = frozenset({QuestionKind.MULTI_HOP, QuestionKind.RELATION, QuestionKind.DEFINITION})
"""Kinds whose questions say in words of their own what they want to know."""


def _english() -> Mapping[str, float]:
    """General-language frequencies of English words, of those of at least 1e-6; loaded when first asked."""
    return general_frequency("en", size="small")


def missing_words(retriever: Retriever, question: str, links: Sequence[ConceptLink]) -> tuple[str, ...]:
    """Named or rare words of ``question`` that appear nowhere in the notes, in its order.

    Latin words: names (by their capitals or digits, or because they appear in a Chinese question) and rare words; a
    common English word proves nothing where the notes are Chinese, unless the question is of a kind that contains
    little but names. Chinese: words of the dictionary that contain a known name but appear nowhere themselves, and runs
    of content characters most of whose neighbouring pairs appear nowhere; where a run is all that the question names,
    or one of two sides, it must appear in the notes as it is.
    """
    chinese = language(question) == "zh"
    naming = question_kind(question)[0] in _NAMING
    outside = _outside_links(question, links)
    plain = _GLOSSED_LATIN.sub(lambda m: " " * len(m.group()), question)
    found: list[tuple[int, str]] = []
    for match in _LATIN_WORD.finditer(outside):
        word = match.group()
        if _holds(retriever, word) or _misspelt(retriever, word):
            continue
        first = not question[: match.start()].strip(" \"'“‘(（")
        common = _english().get(word.lower(), 0.0)
        if (
            _named(word, first=first)
            or chinese
            or (
                not _relative(retriever, word)
                and (
                    (retriever.english and common < RARE)
                    or (naming and common < UNCOMMON and plain[match.start()] != " ")
                )
            )
        ):
            found.append((match.start(), word))
    found += [
        (m.start(), m.group())
        for m in _COMPOUND.finditer(question)
        if fold(m.group()) not in retriever.names.by_key and not retriever.holds(m.group())
    ]
    found += not_as_written(retriever, question)
    held = any(_holds_name(retriever, m.group()) for m in _LATIN_WORD.finditer(outside))
    linked = any(item.method in (LinkMethod.EXACT, LinkMethod.ALIAS) for item in links)
    for run in _CJK_RUN.finditer(content(_GLOSSED.sub(" ", outside))):
        side = _is_side(question, run.group())
        unknown = _unknown_run(retriever, run.group(), named_object=side or not (held or linked))
        if unknown and (side or not (held or linked)):
            found.append((max(question.find(unknown), 0), unknown))
    found += [(at, word) for at, word in _longer_words(question, links) if not retriever.holds(word)]
    mistyped = [k for k in links if k.method is LinkMethod.FUZZY]
    for thing in asked_objects(question, question_kind(question)[0]):
        said = any(thing.start <= at < thing.end for at, _ in found)
        guessed = any(thing.start <= k.start < thing.end for k in mistyped)
        open_ = leaves_open(question, links, retriever, (thing.start, thing.end))
        described = steps_in(question) > 0 and bool(retriever.names.find(thing.text))
        if (
            not said
            and not guessed
            and not open_
            and not described
            and not any(stands(retriever, name) for name in (thing.text, *thing.glosses))
        ):
            found.append((thing.start, thing.text))
    words = tuple(dict.fromkeys(word for _, word in sorted(found)))
    return tuple(w for w in words if not any(w in other and w != other for other in words))


def stands(retriever: Retriever, thing: str) -> bool:
    """Whether the notes speak of ``thing``.

    It is a concept's name, appears in a line as it is, or a line contains all of its words.

    A short Chinese compound must appear as it is: 弱一致性 is not 一致性. A longer description needs only a concept
    that it names. Where the notes are in the other language that is enough for any name, or most of its words.
    """
    if fold(thing) in retriever.names.by_key or retriever.holds(thing):
        return True
    several = [part for part in _AND.split(thing) if part.strip()]
    if len(several) > 1:
        return all(stands(retriever, part.strip()) for part in several)
    named = retriever.names.find(thing)
    rest = list(thing)
    for occurrence in named:
        rest[occurrence.start : occurrence.end] = " " * (occurrence.end - occurrence.start)
    left = "".join(rest)
    words_left = dict.fromkeys(tokens(content(left)))
    across = translations(left)
    groups: list[tuple[tuple[str, float], ...]] = [((concept_token(o.concept), 1.0),) for o in named]
    groups += [((t, 1.0), *((other, ACROSS) for other in across.get(t, ()))) for t in words_left]
    if not groups:
        return True
    chinese = bool(_CJK_RUN.search(thing))
    foreign = not retriever.chinese if chinese else _little_english(retriever)
    if named and (foreign or "的" in thing or len(words_left) >= DESCRIPTION):
        return True
    if chinese and not foreign and len(thing) <= COMPOUND_LONGEST and _CJK_RUN.fullmatch(thing):
        return False
    owner, of, _ = thing.partition("的")
    if (
        of and not named and retriever.holds(owner)
    ):  # 第一次世界大战的导火索: the header of a table may say what is asked
        return bool((retriever.index.coverage(groups) >= CONTEXT).all(axis=0).any())
    covered = (retriever.index.coverage(groups) >= ACROSS).mean(axis=0).max(initial=0.0)
    return bool(covered > 0.5 if foreign else covered == 1.0)


def _little_english(retriever: Retriever) -> bool:
    """Whether the notes are Chinese and have but a few lines of English."""
    if not retriever.chinese:
        return False
    return len(retriever.lines) - retriever.chinese_lines < ENGLISH_NOTES * len(retriever.lines)


def _longer_words(question: str, links: Sequence[ConceptLink]) -> list[tuple[int, str]]:
    """Words of the dictionary that contain a linked Chinese name and more, with where they are.

    蒸馏塔 is another thing than 蒸馏.
    """
    spans = [(k.start, k.start + len(k.form)) for k in links if k.start >= 0 and _CJK_RUN.fullmatch(k.form)]
    found, start = [], 0
    for word in rjieba.cut(question, False):  # without guessing words that the dictionary does not have
        start = question.find(word, start)
        if _CJK_RUN.fullmatch(word) and any(
            start <= a and b <= start + len(word) and b - a < len(word) for a, b in spans
        ):
            found.append((start, word))
        start += len(word)
    return found


def _outside_links(question: str, links: Sequence[ConceptLink]) -> str:
    """The question with its linked names blanked out, every other character in its place."""
    rest = list(question)
    for item in links:
        if item.start >= 0:
            rest[item.start : item.start + len(item.form)] = " " * len(item.form)
    return "".join(rest)


def _named(word: str, *, first: bool) -> bool:
    """Whether the writing shows a name: a capital inside, a digit, or a capital that does not begin the sentence."""
    return bool(re.search(r"[A-Za-z]\d|\d[A-Za-z]|.[A-Z]", word)) or (word[0].isupper() and not first and len(word) > 1)


def _holds(retriever: Retriever, word: str) -> bool:
    """Whether the notes contain the word (plural and ending aside), or it says nothing that notes could contain."""
    low = without_accents(word.lower())
    if low in words().function_en and not (word.isupper() and len(word) > 2):
        return True
    stem = stem_latin(low)
    return (
        stem in retriever.index.vocabulary
        or low in retriever.index.vocabulary
        or bool(counterparts(stem))
        or len(low) < 2
        or ("." in low and retriever.holds(word))  # initials: the C.J of C.J. Hunter
    )


def _misspelt(retriever: Retriever, word: str) -> bool:
    """Whether ``word`` is not a word, but one letter away from one of the notes or of general English.

    What is written wrongly (``recieved``, ``skyscaper``) is not missing from the notes. Names of a kind are often one
    letter apart as well, so short words and those with digits or capitals are taken as they are written.
    """
    if not MISSPELT <= len(word) <= LONGEST_WORD or not re.fullmatch("[a-z]+", word):
        return False
    known = _english()
    enough = MISPRINTS * known.get(word, 0.0)
    return any(
        known.get(other, 0.0) > enough or (word not in known and stem_latin(other) in retriever.index.vocabulary)
        for other in sorted(_one_letter_away(word))
    )


def _one_letter_away(word: str) -> set[str]:
    """What ``word`` may have been: one letter more, less or other, or two neighbours the other way round."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return {
        *(a + b[1:] for a, b in cuts if b),
        *(a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1),
        *(a + c + b[1:] for a, b in cuts if b for c in ascii_lowercase),
        *(a + c + b for a, b in cuts for c in ascii_lowercase),
    } - {word}


def _relative(retriever: Retriever, word: str) -> bool:
    """Whether a longer word of the notes begins like ``word``."""
    return len(word) > PREFIX and word.lower()[:PREFIX] in retriever.prefixes


def _holds_name(retriever: Retriever, word: str) -> bool:
    """Whether the notes contain a Latin word that carries content."""
    return word.lower() not in words().function_en and (
        stem_latin(without_accents(word.lower())) in retriever.index.vocabulary
    )


def _is_side(question: str, part: str) -> bool:
    """Whether ``part`` is one of two things that the question sets side by side.

    The other being known does not help.
    """
    tight = re.sub(r"\s+", "", question)
    return bool(
        re.search(
            rf"[A-Za-z0-9](?:和|与|跟|同|到|至|vs){re.escape(part)}|{re.escape(part)}(?:和|与|跟|同)[A-Za-z0-9]", tight
        )
    )


def _unknown_run(retriever: Retriever, run: str, *, named_object: bool) -> str:
    """The part of a run of Chinese content that the notes do not contain; empty where they contain enough of it.

    Args:
        retriever: the notes.
        run: characters between function words.
        named_object: the run is a thing that the question asks about, so it must appear in the notes as it is.
    """
    if len(run) < 2:
        return ""
    pairs = tokens(run)
    absent = [p not in retriever.index.vocabulary for p in pairs]
    if len(pairs) >= 3 and sum(absent) * 2 > len(pairs):
        return run
    strangers = [
        w for w in rjieba.cut(run) if len(w) >= 3 and all(t not in retriever.index.vocabulary for t in tokens(w))
    ]
    if strangers:
        return strangers[0]
    return run if named_object and len(run) >= 3 and not retriever.holds(run) else ""


def reason_to_abstain(plan: Plan, retriever: Retriever, ranking: Ranking) -> str:
    """Why the notes do not answer; empty where they may.

    - ``markup``: it is markup or code (:mod:`queries.question.markup`).
    - ``unknown``: a word of the question appears nowhere.
    - ``nothing``: no concept is recognised and no line covers much of the question.
    - ``attribute``: the thing that the question names and what it asks about it never meet
      (:mod:`queries.answer.attributes`).
    - ``unmet``: a word of the question is in no line about the thing that it names (:mod:`queries.answer.unmet`).
    - ``property``: it asks for a sort of fact that no line about the concept contains
      (:mod:`queries.answer.fact_types`).
    - ``uncovered``: what is asked about the known concept appears nowhere.
    """
    if is_markup(plan.question):
        return "markup"
    if plan.unknown:
        return "unknown"
    if plan.kind is QuestionKind.GLOBAL and not plan.links and not ranking.query.groups:
        return ""
    real = _linked(plan)
    share = ranking.query.weights @ ranking.covered if len(ranking.query.groups) else np.zeros(1)
    if not real and not _names_something(plan, retriever) and float(share.max(initial=0.0)) < NOTHING_COVERED:
        return "nothing"
    if missing_attribute(plan.question, plan.links, retriever) is not None:
        return "attribute"
    if missing_property(plan.question, of_which(plan.question, real), retriever, ranking) is not None:
        return "property"
    if unmet(plan, retriever) is not None:
        return "unmet"
    if follows_steps(plan, retriever):
        return ""
    if plan.kind in _WHAT_IS_SAID and not _other_language(plan, retriever, real):
        return _uncovered(plan, retriever, names=len(real))
    return ""


def of_which(question: str, links: Sequence[ConceptLink]) -> list[str]:
    """Ids of the concepts of which a fact is asked: all but those that are words of the fact (``the weight of``)."""
    asking = [m.span() for fact in asked_properties(question) for m in fact.ask.finditer(question)]
    own = [k.concept for k in links if not any(a <= k.start and k.start + len(k.form) <= b for a, b in asking)]
    return own or [k.concept for k in links]


def _linked(plan: Plan) -> list[ConceptLink]:
    """The concepts that the question names, not those that are only near it."""
    return [k for k in plan.links if k.method is not LinkMethod.VECTOR and len(k.form) >= 2]


def missing_part(plan: Plan, retriever: Retriever, ranking: Ranking, reason: str) -> tuple[str, ...]:
    """What of the question the notes do not contain, in words for the reader.

    A sort of fact, or words of the question.
    """
    if reason == "property":
        found = missing_property(plan.question, of_which(plan.question, _linked(plan)), retriever, ranking)
        return (found.called(plan.lang),) if found is not None else ()
    return tuple(dict.fromkeys(asked_words(plan, retriever)[0])) if reason == "uncovered" else ()


def _uncovered(plan: Plan, retriever: Retriever, *, names: int) -> str:
    """``uncovered`` or ``nothing`` where the notes lack most of what the question says of its ``names``, else empty."""
    absent, present = asked_words(plan, retriever)
    asked = _ASKED_OF.search(plan.question)
    if asked and set(rjieba.cut(asked.group(1))) <= set(absent):
        owner_ends = len(plan.question[: asked.start()].rstrip())
        if any(k.start + len(k.form) == owner_ends for k in plan.links):
            return "uncovered"
    if plan.kind is not QuestionKind.MULTI_HOP:  # what is asked about is a name: further words say little
        return "uncovered" if names and len(absent) >= 2 and len(absent) > 2 * len(present) else ""
    if not names:  # no concept to rely on: as much is absent as is there
        half = _seldom(absent, UNCOMMON) and 2 * len(absent) >= len(present)
        return "nothing" if absent and (half or len(absent) >= len(present)) else ""
    if any(map(str.isascii, absent)) or len(absent) > 1:  # one Chinese word may be another way to say what is there
        more = len(absent) > len(present) + names - 1
        if more or (_seldom(absent, SELDOM) and 2 * len(absent) >= len(present) + names):
            return "uncovered"
    return ""


def _seldom(absent: Sequence[str], least: float) -> bool:
    """Whether one of the words is a Latin one that general English uses less than ``least``, or a number."""
    return any(word.isascii() and _english().get(word.lower(), 0.0) < least for word in absent)


def _names_something(plan: Plan, retriever: Retriever) -> bool:
    """Whether the question contains an uncommon Latin word that the notes contain: a name that the graph has missed."""
    return any(
        _english().get(m.group().lower(), 0.0) < UNCOMMON and _holds_name(retriever, m.group())
        for m in _LATIN_WORD.finditer(plan.question)
    )


def asked_words(plan: Plan, retriever: Retriever) -> tuple[list[str], list[str]]:
    """The content words of the question besides its linked names.

    Those that the notes do not contain, and those that they do.

    Common English words that the notes do not contain are left out: they prove nothing.
    """
    absent: list[str] = []
    present: list[str] = []
    left = _GLOSSED.sub(" ", _outside_links(plan.question, plan.links))
    for fact in asked_properties(plan.question):
        left = fact.ask.sub(" ", left) if fact.own else left  # its unit tells it, not the word
    text = content(left)
    for match in _LATIN_WORD.finditer(text):
        word = match.group()
        if _holds(retriever, word) or _relative(retriever, word):
            present.append(word)
        elif _english().get(word.lower(), 0.0) < COMMON:
            absent.append(word)
    absent += [m.group() for m in _NUMBER.finditer(text) if m.group() not in retriever.index.vocabulary]
    for run in _CJK_RUN.findall(text):
        for word in rjieba.cut(run):
            if len(word) >= 2:
                (present if any(t in retriever.index.vocabulary for t in tokens(word)) else absent).append(word)
    return absent, present


def _other_language(plan: Plan, retriever: Retriever, links: Sequence[ConceptLink]) -> bool:
    """Whether a Chinese question asks about a concept that appears in English lines.

    Its other words cannot be expected there.
    """
    if plan.lang != "zh":
        return False
    for item in links:
        rows = retriever.mention_lines.get(item.concept, ())
        chinese = sum(bool(_CJK_RUN.search(retriever.lines[int(r)].text)) for r in rows)
        if len(rows) and chinese * 5 < len(rows):
            return True
    return False
