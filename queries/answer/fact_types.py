"""Facts of one sort that a question may ask for (a year, a price, a place).

And whether the notes contain such a fact near a concept.

Words alone do not tell that the notes lack such a fact: ``which year`` is two words that any notes contain.
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

from graph.text.names import fold
from queries.answer.scope import further, goes_over_steps
from queries.answer.statements import sentences
from queries.retrieval.retriever import CONTEXT, Ranking, Retriever

AROUND: Final = 2
"""A fact counts for a concept that a line of the same passage at most this many lines away names."""
BEST: Final = 8
"""Where the question names no concept, so many of the best lines count."""


@dataclass(frozen=True, slots=True)
class Property:
    """A sort of fact, from ``fact_types.yaml``."""

    zh: str
    """How a refusal calls it in Chinese."""
    en: str
    """The same in English."""
    ask: re.Pattern[str]
    held: re.Pattern[str]
    own: bool
    """Whether only a line that names the concept tells such a fact of it, not a line near to one."""

    def called(self, lang: str) -> str:
        """Its name in ``lang`` (``zh`` or ``en``)."""
        return self.zh if lang == "zh" else self.en


@lru_cache(maxsize=1)
def known_properties() -> tuple[Property, ...]:
    """Load ``fact_types.yaml`` once; nothing is read at import."""
    raw = yaml.safe_load((files("queries.answer") / "fact_types.yaml").read_text(encoding="utf-8"))
    return tuple(
        Property(item["name"][0], item["name"][1], _any_of(item["ask"]), _any_of(item["held"]), bool(item.get("own")))
        for item in raw
    )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


def asked_properties(question: str) -> tuple[Property, ...]:
    """The sorts of facts that ``question`` asks for, in the order of the file.

    >>> [p.en for p in asked_properties("In which year was bread invented?")]
    ['a year or date']
    """
    return tuple(p for p in known_properties() if p.ask.search(question))


def _without(question: str, facts: Sequence[Property]) -> str:
    """``question`` without the words that ask for the facts: 总部在哪个城市 is no step."""
    for fact in facts:
        question = fact.ask.sub("", question)
    return question


def _measures(retriever: Retriever, concept: str, fact: Property) -> bool:
    """Whether a sentence that names the concept, or the one after it, tells the fact."""
    names = [fold(name) for name in retriever.concepts[concept].names]
    for row in retriever.mention_lines.get(concept, ()):
        found = sentences(retriever.lines[int(row)].text)
        for sentence, before in zip(found, ("", *found), strict=False):
            if fact.held.search(sentence) and any(name in fold(before + sentence) for name in names):
                return True
    return False


def missing_property(question: str, concepts: Sequence[str], retriever: Retriever, ranking: Ranking) -> Property | None:
    """The first sort of fact that ``question`` asks for and that no line about ``concepts``.

    And none of the best lines, contains.

    Args:
        question: what was asked.
        concepts: ids of the concepts that it names.
        retriever: the notes.
        ranking: how well each line answers it.
    """
    asked = asked_properties(question)
    if not asked:
        return None
    lines = retriever.lines
    rows = {
        int(r) for c in concepts for by in (retriever.mention_lines, retriever.subject_lines) for r in by.get(c, ())
    }
    near = {
        n
        for r in rows
        for n in range(max(r - AROUND, 0), min(r + AROUND + 1, len(lines)))
        if n in rows or lines[n].passage == lines[r].passage
    }
    steps = goes_over_steps(_without(question, asked))
    if rows and steps:
        near.update(further(retriever, sorted(rows), notes_only=True))
    if not rows:  # nothing is known to be asked about: the best lines may tell
        score = ranking.score
        near = {int(r) for r in np.argsort(-score, kind="stable")[:BEST] if score[r] > 0}
        words = [i for i, group in enumerate(ranking.query.groups) if not group[0][0].startswith(":")]
        if words and any(min(ranking.covered[i, r] for i in words) >= CONTEXT for r in sorted(near)):
            return None  # a row of a table says all that is asked, and its header what is wanted

    def told(fact: Property) -> bool:
        if fact.own and concepts and not steps:
            return any(_measures(retriever, concept, fact) for concept in concepts)
        return any(fact.held.search(lines[r].text) for r in sorted(near))

    return next((fact for fact in asked if not told(fact)), None)
