"""The lines of the notes that are about a thing, and those that they lead to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from graph.model import LineKind
from graph.text.names import fold
from graph.text.scripts import has_han
from queries.retrieval.retriever import Retriever

STEP: Final = 60
"""A thing that more lines or notes name leads nowhere in particular."""
_ANNOUNCED: Final = 4
"""Lines that belong to one that announces them, at most."""

_ATTRIBUTE: Final = re.compile(
    r"^\s*(?:in |on |at )?(?:which|what|who|whose)\b(?: (?:is|are|was|were) the [^?]*?\b(?:of|for|in)\b)?",
    re.IGNORECASE,
)
"""The beginning of a question up to the thing that it is about, where it asks for an attribute of that."""
_STEPS: Final = re.compile(r"\b(?:that|which|who|whom|whose|where|of)\b|['’]s\b", re.IGNORECASE)
_REDUCED: Final = re.compile(
    r"\bthe (?:[a-z-]+ ){1,3}[A-ZÀ-Þ][\w.'’-]*(?: (?:of |the |and )?[A-ZÀ-Þ][\w.'’-]*)* [a-z]{3,}"
    r"(?: [a-z]+)*? (?![a-z]*(?:ly|er|st)\b)[a-z]{4,}"
)
"""A relative clause without its word, and the verb of the sentence behind it: ``the university Ada Rowe attended
founded``; ``the language Python created`` has one verb."""
_STEPS_ZH: Final = re.compile(
    r"的.*的|的(?![^的]{1,16}?(?:是|有|取|设|占|用|要|等于|怎么|如何|从哪里|叫|一般|通常|默认|大约|应该|一共|总共))"
)
_EMPHASIS: Final = re.compile(r"的\s*[？?。]*\s*$")
"""The end of 是谁发明的: it joins nothing."""


def goes_over_steps(question: str) -> bool:
    """Whether the thing that is asked about is described by another one, so that two lines may answer.

    >>> goes_over_steps("Where was the director of Metropolis born?")
    True
    >>> goes_over_steps("When was the university Ada Rowe attended founded?")
    True
    >>> goes_over_steps("What is the plot of Metropolis?")
    False
    """
    if has_han(question) and _STEPS_ZH.search(_EMPHASIS.sub("", question)):
        return True
    asked = _ATTRIBUTE.sub("", question, count=1)
    return bool(_STEPS.search(asked) or _REDUCED.search(asked))


def steps_in(question: str) -> int:
    """How many times a thing that an English question is about is described by another one.

    >>> steps_in("When did the country of Izgoy's performer join?")
    2
    """
    return len(_STEPS.findall(_ATTRIBUTE.sub("", question, count=1)))


def lines_about(retriever: Retriever, owner: str) -> list[int]:
    """Rows of the lines that name the owner or are in a section about it.

    Under a heading that names several things (``DPO and GRPO``) a section about one of them is not about the others.
    """
    if owner not in retriever.concepts:
        return [r for r, line in enumerate(retriever.lines) if contains_name(line.text, fold(owner))]
    naming = {int(r) for r in retriever.mention_lines.get(owner, ())}
    naming |= {other for r in sorted(naming) for other in _announced(retriever, r)}
    under = {int(r) for r in retriever.subject_lines.get(owner, ())} - naming
    sections: dict[tuple[str, ...], bool] = {}
    for row in sorted(under):
        headings = retriever.lines[row].headings
        if headings not in sections:
            sections[headings] = _is_about(retriever, owner, headings)
    return sorted(naming | {r for r in under if sections[retriever.lines[r].headings]})


def _announced(retriever: Retriever, row: int) -> list[int]:
    """The rows that the line of ``row`` announces, if it ends in a colon."""
    lines = retriever.lines
    if not lines[row].text.rstrip().endswith((":", "：")):
        return []
    near = range(row + 1, min(row + 1 + _ANNOUNCED, len(lines)))
    return [n for n in near if lines[n].passage == lines[row].passage]


def _is_about(retriever: Retriever, owner: str, headings: Sequence[str]) -> bool:
    named = [{o.concept for o in retriever.names.find(heading)} for heading in headings]
    at = max((n for n, found in enumerate(named) if owner in found), default=-1)
    return at < 0 or not any(found & named[at] for found in named[at + 1 :])


def contains_name(text: str, key: str) -> bool:
    """Whether ``text`` contains the folded name ``key``."""
    return key in fold(text)


def further(retriever: Retriever, about: Sequence[int], *, notes_only: bool = False) -> list[int]:
    """``about``, the notes and sections that it is in, and the lines about what those name.

    A thing that is named everywhere leads nowhere. Besides the concepts of the graph the titles of notes count: they
    are what a question over several notes goes by (:mod:`queries.retrieval.units`). With ``notes_only`` nothing else
    counts, and only short notes: each of them is about one thing.
    """
    units = retriever.units
    own = np.unique(units.unit_of[list(about)])
    leads = units.bridges[0]
    names = np.unique(leads.names.of(own)[1])
    reached = np.unique(np.concatenate([own, leads.units.of(names[leads.units.sizes[names] <= STEP])[1]]))
    if notes_only:
        reached = reached[units.weight[reached] == 1.0]
        return sorted({*about, *np.flatnonzero(np.isin(units.unit_of, reached)).tolist()})
    found = set(np.flatnonzero(np.isin(units.unit_of, reached)).tolist())
    for concept in dict.fromkeys(c for row in about for c in retriever.line_concepts[row]):
        named = retriever.mention_lines[concept]
        if len(named) <= STEP:
            found.update(int(r) for r in (*named, *retriever.subject_lines.get(concept, ())))
    return sorted(found | set(about))


def foreign_share(retriever: Retriever, text: str, rows: Sequence[int]) -> float:
    """The share of the lines that are in another language than ``text``; code is in none."""
    chinese = has_han(text)
    prose = [r for r in rows if retriever.lines[r].kind not in (LineKind.CODE, LineKind.FORMULA)]
    return sum(has_han(retriever.lines[r].text) != chinese for r in prose) / len(prose) if prose else 1.0
