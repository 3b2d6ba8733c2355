"""Whether a thing and what is asked about it meet anywhere in the notes.

``What is the learning rate of LoRA?`` names two things that the notes may know. They answer it only where the learning
rate is spoken of in a line that names LoRA, or in a section about LoRA; anywhere else it is that of something else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import yaml

from graph.model import LineKind
from graph.text.names import fold
from graph.text.scripts import HAN, has_han
from queries.answer.compose import listing, phrase, told_cells
from queries.answer.fact_types import asked_properties
from queries.answer.scope import contains_name, foreign_share, lines_about
from queries.answer.statements import BRIEF, MOSTLY, asking, is_bare, sentences
from queries.question.general_words import specific
from queries.question.model import Citation, ConceptLink, LinkMethod, Plan
from queries.question.words import content, tokens
from queries.retrieval.retriever import ACROSS, Retriever, concept_token, translations

MET: Final = 0.5
"""Share of the attribute's words, by rarity, that a line must contain; words of its headings count by half."""
FOREIGN: Final = 0.3
"""Where a larger share of the lines about the thing is in the other language, the attribute's wording cannot be
expected there: only its concepts count."""

SURELY: Final = 0.9
"""Share from which on a line speaks of the attribute for certain."""
ELSEWHERE: Final = 20
"""Lines about other things that are looked at."""
QUOTE: Final = 120
"""Characters of what a refusal quotes."""

_ARTICLE: Final = re.compile(r"^(?:an?|the|this|that|its|default|usual|typical|一个|这个|默认)\s*", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Z][\w.+#-]*(?: [A-Z0-9][\w.+#-]*)*")
"""A Latin name: the notes may mention what the graph has no concept for."""
_FURTHER: Final = re.compile(r"\s(?:compared (?:with|to)|measured in|in|during|when|according to)\s", re.IGNORECASE)
"""What an English question says about the owner after naming it."""
_OF: Final = re.compile(r"\s+(?:of|in|for)\s+(?:the\s+|an?\s+)?", re.IGNORECASE)
_ENDED: Final = re.compile(r"[.。!！?？:：;；][\"”’)）]*\s*$")
_HAN_NAME: Final = re.compile(rf"[《]?[{HAN}·]{{2,12}}[》]?")
_NUMBER: Final = re.compile(
    r"(?<![A-Za-z\d.-])\d|\bO\(|[二两三四五六七八九十百千万亿几]\s*(?:个|种|层|步|类|项|条|次|倍|份|位|组|张|头|轮|台|部分|阶段|方面)|"
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|hundreds?|thousands?|millions?|"
    r"billions?|trillions?|none|single|both|half|few|several|many)\b",
    re.IGNORECASE,
)
"""What a line that tells how many contains: neither a digit inside a name (``GPT-2``) nor 一个 (``a``)."""


@dataclass(frozen=True, slots=True)
class AskedAttribute:
    """What a question wants to know of a thing that it names."""

    owner: tuple[int, int]
    """Offsets of the thing in the question."""
    attribute: tuple[int, int]
    """Offsets of what is asked about it."""
    number: bool
    """Whether the answer is a number."""


@dataclass(frozen=True, slots=True)
class MissingAttribute:
    """An attribute that no line about its owner speaks of."""

    owner: str
    """Id of the concept, or the name where the graph has none for it."""
    called: str
    """As the graph calls it."""
    attribute: str
    """As the question writes it."""
    elsewhere: tuple[int, ...]
    """Rows of the lines about other things that speak of it, best first."""
    number: bool
    """Whether the notes speak of it and lack only the number."""


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], bool], ...]:
    """The patterns of ``attributes.yaml``, and whether each asks for a number; loaded once."""
    raw = yaml.safe_load((files("queries.answer") / "attributes.yaml").read_text(encoding="utf-8"))
    return tuple((re.compile(i["pattern"], re.IGNORECASE), bool(i.get("number"))) for i in raw["patterns"])


def asked_attribute(question: str) -> AskedAttribute | None:
    """The thing and its attribute that ``question`` asks for; None where its wording fits no pattern.

    >>> question = "How many legs does a spider have?"
    >>> found = asked_attribute(question)
    >>> [question[slice(*span)] for span in (found.owner, found.attribute)]
    ['a spider', 'legs']
    """
    for pattern, number in _patterns():
        match = pattern.search(question)
        if match:
            return AskedAttribute(match.span("owner"), match.span("attribute"), number)
    return None


def missing_attribute(question: str, links: Sequence[ConceptLink], retriever: Retriever) -> MissingAttribute | None:
    """The attribute that the question asks for and that never meets its owner in the notes; None where it may.

    Judged only where the question names one thing that the notes know and one attribute of it. They meet in a line that
    names the thing or is in a section about it, and that contains a concept of the attribute or half of its words.
    Where the question asks for a number, such a line must contain one. General words (``purpose``, ``limitation``) need
    not appear. Where many of the lines about the thing are in another language than the question, an attribute for
    which the notes have no concept is not missed.

    Args:
        question: what was asked.
        links: the concepts that it names.
        retriever: the notes.
    """
    found = asked_attribute(question)
    owner = _owner(question, links, found, retriever) if found else None
    if any(fact.own for fact in asked_properties(question)):
        return None  # a measure is told by its unit: 8 cm is a length
    if found is None or owner is None:
        return None
    start, end = found.attribute
    text = question[start:end]
    named = [k for k in links if start <= k.start and k.start + len(k.form) <= end]
    groups = _groups(text, start, named)
    about = lines_about(retriever, owner)
    general = not specific(text).strip()
    if not about or ((not groups or general) and not found.number):
        return None
    called = retriever.concepts[owner].name if owner in retriever.concepts else owner
    if not groups or general:  # nothing but the number can be missing
        named_in = [r for r in about if contains_name(retriever.lines[r].text, fold(called))]
        told = not named_in or any(_NUMBER.search(t) for r in named_in for t in _sentence(retriever, r))
        return None if told else MissingAttribute(owner, called, text, (), number=True)
    covered = retriever.index.coverage(groups)
    weights = np.array([retriever.rarity(g) or retriever.index.rarity("") for g in groups])
    share = weights @ covered / weights.sum()
    names = [fold(n) for k in named for n in retriever.concepts[k.concept].names if len(fold(n)) > 1]
    meets = [r for r in about if share[r] >= MET or any(contains_name(retriever.lines[r].text, n) for n in names)]
    best = np.argsort(-share, kind="stable")[:ELSEWHERE]
    elsewhere = [int(r) for r in best if share[r] >= SURELY and r not in about]
    if not meets:
        whole = any(not specific(text.replace(k.form, " ")).strip() for k in named)
        translated = bool(groups) and all(len(group) > 1 for group in groups)
        if whole or translated or foreign_share(retriever, text, about) <= FOREIGN:
            return MissingAttribute(owner, called, text, tuple(elsewhere), number=False)
        if not found.number:
            return None
        chinese = has_han(text)  # in the other language only the number can tell
        lines = retriever.lines
        meets = [r for r in about if has_han(lines[r].text) != chinese and contains_name(lines[r].text, fold(called))]
    if found.number and not any(_NUMBER.search(text) for r in meets for text in _sentence(retriever, r)):
        return MissingAttribute(owner, called, text, tuple(elsewhere), number=True)
    return None


def without_attribute(
    plan: Plan, retriever: Retriever, lacking: MissingAttribute, *, said: bool = False
) -> tuple[str, tuple[Citation, ...]]:
    """A refusal that says what the notes say about the thing, and with which other things they speak of the attribute.

    ``Your notes mention migraine, but nothing about its “treatment”. What they say about migraine: “…” [1].``

    Args:
        plan: the question.
        retriever: the notes.
        lacking: what is missing.
        said: it is a word that is said of a thing (``banned``), and no attribute that a thing has.

    Returns:
        The text, and the citation of the line that it quotes; none where every line about the thing is a heading.
    """
    lang = plan.lang
    key = "attribute_number" if lacking.number else "unmet" if said else "attribute"
    parts = [phrase(key, lang, name=lacking.called, attribute=lacking.attribute)]
    there, citations = nearest_line(retriever, lacking.owner, lang)
    parts += [there] if there else []
    named = _spoken_of_with(retriever, lacking)
    if named and not lacking.number:
        parts.append(phrase("attribute_of", lang, attribute=lacking.attribute, names=listing(named[:3], lang)))
    return ("" if lang == "zh" else " ").join(parts), citations


def nearest_line(retriever: Retriever, owner: str, lang: str) -> tuple[str, tuple[Citation, ...]]:
    """What the notes say about a thing: one sentence in words for the reader, and its citation, number 1.

    Both empty where every line about it is a heading, a question or an announcement.
    """
    known = retriever.concepts.get(owner)
    rows = [*retriever.definition_rows(owner), *lines_about(retriever, owner)]
    row = next((r for r in rows if not is_bare(retriever.lines[r]) and asking(retriever.lines[r]) < MOSTLY), None)
    if row is None:
        return "", ()
    names = [fold(name) for name in known.names] if known else [fold(owner)]
    line = retriever.lines[row]
    text = line.text
    if line.kind is LineKind.ROW:
        quote, told = text, told_cells(line)
    else:
        after = retriever.lines[row + 1] if row + 1 < len(retriever.lines) else line
        if line.kind is LineKind.TEXT and not _ENDED.search(text) and after.passage == line.passage != after.text:
            text = f"{text}\n{after.text}" if after.kind is LineKind.TEXT else text
        quote = _shortest(text, names)
        told = quote.replace("\n", " ")
    told = told if len(told) <= QUOTE else told[:QUOTE].rstrip(" ，,；;。.") + "…"
    called = known.name if known else owner
    said = phrase("attribute_there", lang, name=called, quote=told.rstrip("。.：:；;"))
    return said, (Citation(1, line.doc, line.number, quote),)


def _shortest(text: str, names: Sequence[str]) -> str:
    """The sentence of a line that names the thing first; the whole line where none does or it hardly says anything."""
    found = next((s for s in sentences(text) if any(name in fold(s) for name in names)), "")
    return found if len(found) >= BRIEF[has_han(found)] else text


def _spoken_of_with(retriever: Retriever, lacking: MissingAttribute) -> list[str]:
    """Names of the other things in whose lines the attribute appears as the question writes it, best first."""
    wanted = fold(lacking.attribute)
    found = []
    for row in lacking.elsewhere:
        line = retriever.lines[row]
        for concept in retriever.line_concepts[row][:1] if wanted in fold(line.text) else ():
            name = retriever.concepts[concept].name
            if concept != lacking.owner and wanted not in fold(name) and fold(name) not in wanted:
                found.append(name)
    return list(dict.fromkeys(found))


def _owner(question: str, links: Sequence[ConceptLink], found: AskedAttribute, retriever: Retriever) -> str | None:
    """The id of the concept that is all of the owner's words, or the name itself where the graph has none for it.

    None where the owner is anything else: ``the director of Metropolis`` is somebody whom another line names.
    """
    start, end = found.owner
    further = _FURTHER.search(question, start, end)
    end = further.start() if further else end
    inside = [k for k in links if start <= k.start and k.start + len(k.form) <= end]
    if not inside:
        name = _ARTICLE.sub("", question[start:end]).strip().strip("《》")
        known = _NAME.fullmatch(name) or (_HAN_NAME.fullmatch(name) and "的" not in name and retriever.holds(name))
        return name if known else None
    link = inside[0]
    if len(inside) > 1 and _OF.fullmatch(question[link.start + len(link.form) : inside[1].start]):
        end = link.start + len(link.form)  # the draft model of vLLM: what is asked is the draft model's
    elif len(inside) > 1:
        return None
    if link.method not in (LinkMethod.EXACT, LinkMethod.ALIAS) or not specific(link.form).strip():
        return None
    before = _ARTICLE.sub("", question[start : link.start])
    after = question[link.start + len(link.form) : end]
    return link.concept if not content(before).strip() and not content(after).strip() else None


def _groups(text: str, start: int, named: Sequence[ConceptLink]) -> list[tuple[tuple[str, float], ...]]:
    """The attribute ``text``, which begins at ``start`` of the question, as the index sees it.

    Its concepts come first, then its other words with their counterparts.
    """
    rest = list(text)
    groups: list[tuple[tuple[str, float], ...]] = []
    for link in named:
        rest[link.start - start : link.start - start + len(link.form)] = " " * len(link.form)
        own = tokens(link.form)
        groups.append(((concept_token(link.concept), 1.0), *(((own[0], 1.0),) if len(own) == 1 else ())))
    left = specific("".join(rest))
    across = translations(left)
    return groups + [((t, 1.0), *((o, ACROSS) for o in across.get(t, ()))) for t in dict.fromkeys(tokens(left))]


def leaves_open(question: str, links: Sequence[ConceptLink], retriever: Retriever, span: tuple[int, int]) -> bool:
    """Whether nothing follows from the notes not containing the words in ``span``, because they are an attribute's.

    That is so for general words (``the drawback``), and where :func:`missing_attribute` judges.
    """
    found = asked_attribute(question)
    if found is None or not (found.attribute[0] < span[1] and span[0] < found.attribute[1]):
        return False
    start, end = found.owner
    text = question[slice(*found.attribute)]
    owner = _owner(question, links, found, retriever)
    inside = any(start <= k.start and k.start + len(k.form) <= end for k in links)
    known = inside and all(t in retriever.index.vocabulary for t in tokens(content(text)))
    return owner in retriever.concepts or known or not specific(text).strip()


def _sentence(retriever: Retriever, row: int) -> list[str]:
    """The line of ``row``, what it announces, and the lines around it that its sentences go on over."""
    lines = retriever.lines
    near = [row]
    if lines[row].text.rstrip().endswith((":", "：")):
        near += [row + 1, row + 2]
    elif lines[row].kind is LineKind.TEXT:
        near += [row - 1] if row and not _ENDED.search(lines[row - 1].text) else []
        near += [row + 1] if not _ENDED.search(lines[row].text) else []
    return [lines[n].text for n in near if n < len(lines) and lines[n].passage == lines[row].passage]
