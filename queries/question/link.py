"""Which concepts a question names.

Exact names, aliases in either language, typos, and likeness of meaning as a last resort.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rapidfuzz.distance import OSA

from graph.text import nearest
from graph.text.name_finder import Found, NameFinder, longest
from graph.text.names import fold
from graph.text.scripts import HAN, LATIN, has_han
from queries.question.model import ConceptLink, LinkMethod
from queries.question.words import words

FUZZY_LEAST: Final = 0.8
"""A word that is not known at all is taken for the name it is at least so like."""
SHORT_LEAST: Final = 0.82
"""The same for words of at most :data:`SHORT` letters: one letter for another makes ``logit`` of ``login``."""
SHORT: Final = 5
FUZZY_LENGTH: Final = 4
"""Shorter words are not guessed at: ``RAG`` is not ``RAM`` mistyped."""
VECTOR_LEAST: Final = 0.45
"""Cosine below which a concept is not taken for what a question means."""

_WORD: Final = re.compile(rf"[{LATIN}0-9][{LATIN}0-9+#._-]*|[{HAN}]+")


@dataclass(frozen=True, slots=True)
class NameOccurrence:
    """A name that appears in a text: ``text[start:end]``."""

    start: int
    end: int
    concept: str
    name: str
    """The name or alias that was recognised, as the graph writes it."""


class FindsNames(Protocol):
    """Finds names in a text."""

    def find_all(self, text: str) -> list[Found[tuple[str, str]]]:
        """All (name, concept id) in ``text``, also inside of longer ones; by start, longest first."""


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """All names of a graph, ready to be found in text. Build with :meth:`from_pairs`."""

    finder: FindsNames
    titles: Mapping[str, str]
    """Concept id → its name."""
    by_key: Mapping[str, tuple[str, ...]]
    """Folded name or alias → ids of the concepts that go by it, most salient first; in the order of the names."""
    beginning: Callable[[str], Iterable[str]]
    """First letter → the folded names that begin with it, for typos."""
    written: Callable[[str], str]
    """Folded name → how the graph writes it, of the concept that :meth:`find` finds."""

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]], *, titles: Sequence[tuple[str, str]]) -> Names:
        """Build from (name or alias, id) ``pairs``, and (id, name) ``titles`` in the order of salience.

        Where two concepts share a name, the one that is called so wins over one that is also called so, then the more
        salient.
        """
        title_of = dict(titles)
        rank = {concept: position for position, (concept, _) in enumerate(titles)}
        forms: dict[str, list[tuple[bool, int, str, str]]] = {}
        for name, concept in pairs:
            if concept not in title_of:
                continue
            key = fold(name)
            if key.isdigit() or (len(key) < 2 and not has_han(key)):
                continue
            entry = (fold(title_of[concept]) != key, rank[concept], name, concept)
            for form in {key, _plural(key), _singular(key)}:
                forms.setdefault(form, []).append((entry[0] or form != key, *entry[1:]))
        names: list[tuple[str, tuple[str, str]]] = []
        by_key: dict[str, tuple[str, ...]] = {}
        beginning: dict[str, list[str]] = {}
        forms_written: dict[str, str] = {}
        for form in sorted(forms):
            ordered = sorted(forms[form])
            names.append((form, ordered[0][2:]))
            forms_written[form] = ordered[0][2]
            by_key[form] = tuple(dict.fromkeys(concept for *_, concept in ordered))
            beginning.setdefault(form[0], []).append(form)
        return cls(
            finder=NameFinder(names, acronyms=False, spaces=False),
            titles=title_of,
            by_key=by_key,
            beginning=lambda letter: beginning.get(letter, ()),
            written=lambda form: forms_written[form],
        )

    def find(self, text: str) -> list[NameOccurrence]:
        """Names that appear in ``text``, left to right, the longest where several overlap.

        A Latin name is found as a whole word only (``RAG`` not in ``storage``), in any case, with or without hyphens,
        spaces and plural ``s``. A Chinese name may be part of a longer word of the text, as Chinese has no spaces.
        """
        found = longest(f for f in self.finder.find_all(text) if not _inside_chinese_word(text, f.start, f.end))
        return [NameOccurrence(f.start, f.end, concept, name) for f in found for name, concept in (f.owner,)]


def _plural(key: str) -> str:
    """The plural of a folded Latin name; any other name as it is."""
    return key + "s" if re.fullmatch(r"[a-z]{3,}", key) and not key.endswith("s") else key


def _singular(key: str) -> str:
    """The singular of a folded Latin name that looks like a plural; any other name as it is."""
    return key[:-1] if re.fullmatch(r"[a-z]{3,}s", key) and not key.endswith(("ss", "us", "is")) else key


def _inside_chinese_word(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is one Chinese character with another right before or behind it: part of a word."""
    return end - start == 1 and has_han(text[start]) and has_han(text[max(start - 1, 0) : start] + text[end : end + 1])


def link(
    names: Names,
    question: str,
    *,
    known_words: Container[str] = (),
    similar: Sequence[tuple[str, float]] = (),
) -> tuple[ConceptLink, ...]:
    """The concepts that ``question`` names, in its order; vector links last.

    Args:
        names: all names of the graph.
        question: what was asked.
        known_words: Latin words that appear in the notes, folded; they are not taken for typos.
        similar: (concept id, cosine) of the concepts nearest to the question by vector; used only where nothing else is
            linked.
    """
    found: list[ConceptLink] = []
    spans: list[tuple[int, int]] = []
    for occurrence in names.find(question):
        title = names.titles[occurrence.concept]
        exact = fold(title) in (fold(occurrence.name), _singular(fold(occurrence.name)))
        form = question[occurrence.start : occurrence.end]
        if form.lower() in words().function_en and not (form.isupper() or (form[0].isupper() and occurrence.start)):
            continue
        if form in words().function_zh:
            continue
        found.append(
            ConceptLink(
                occurrence.concept, title, form, occurrence.start, LinkMethod.EXACT if exact else LinkMethod.ALIAS, 1.0
            )
        )
        spans.append((occurrence.start, occurrence.end))
    for match in _WORD.finditer(question):
        if any(match.start() < end and start < match.end() for start, end in spans):
            continue
        guess = _mistyped(names, match.group(), known_words)
        if guess is not None:
            concept, likeness = guess
            found.append(
                ConceptLink(concept, names.titles[concept], match.group(), match.start(), LinkMethod.FUZZY, likeness)
            )
    found.sort(key=lambda item: item.start)
    if not found:
        found = [
            ConceptLink(concept, names.titles[concept], question, -1, LinkMethod.VECTOR, round(min(score, 1.0), 4))
            for concept, score in similar[:2]
            if score >= VECTOR_LEAST and concept in names.titles
        ]
    return tuple(_once(found))


def nearest_names(names: Names, word: str, *, limit: int) -> list[str]:
    """Names of the concepts whose names or aliases are most like ``word``, best first, each concept once.

    Only forms with the same first letter, or of which one contains the other, are offered: a refusal should not offer
    ``OpenAI`` for ``Mona``.
    """
    key = fold(word)
    forms = (
        (form, names.by_key[form][0])
        for form in names.by_key
        if key and (form[0] == key[0] or form in key or key in form)
    )
    return [names.titles[concept] for _, concept in nearest.nearest_names(word, forms, limit=limit)]


def _once(links: Iterable[ConceptLink]) -> list[ConceptLink]:
    """The first link of each concept."""
    seen: set[str] = set()
    kept = []
    for item in links:
        if item.concept not in seen:
            seen.add(item.concept)
            kept.append(item)
    return kept


def _mistyped(names: Names, word: str, known_words: Container[str]) -> tuple[str, float] | None:
    """The concept whose name ``word`` is most like, and how like (0..1); None where no name is close.

    Likeness is 1 less the share of letters to insert, delete, substitute or swap with a neighbour (normalised optimal
    string alignment). Only words that the notes do not contain are guessed at. The first letter and all digits must
    agree: GPT-3 is not GPT-4 mistyped. A Chinese name must have as many characters.
    """
    key = fold(word)
    chinese = has_han(word)
    if len(key) < FUZZY_LENGTH or key in known_words or word.lower() in words().function_en:
        return None
    digits = re.sub(r"\D", "", key)
    reach = 0 if chinese else 2
    least = FUZZY_LEAST if len(key) > SHORT else SHORT_LEAST
    scored = (
        (-OSA.normalized_similarity(key, form), form)
        for form in names.beginning(key[0])
        if abs(len(form) - len(key)) <= reach and has_han(form) == chinese and re.sub(r"\D", "", form) == digits
    )
    best = min(((minus, form) for minus, form in scored if -minus >= least), default=None)
    return (names.by_key[best[1]][0], round(-best[0], 4)) if best else None
