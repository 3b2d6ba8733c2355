"""What notes and their sections are about, and the steps between them.

A short note is about one thing, a long document about what the heading of each section names. Such *units* have
subjects: their title and what their text begins with. A question that names a subject is answered there, and a unit
that names the subject of another one leads to it (:mod:`queries.retrieval.complement`). Concepts are not enough for
this: the people, places and works that a note names are seldom concepts of the graph, but often titles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Self

import numpy as np

from graph.model import LineKind
from queries.question.words import content, tokens
from queries.retrieval.complement import Bridge, Floats, Ints, ListsOfNumbers, Rows, Steps, chained
from queries.retrieval.lines import Line
from queries.retrieval.phrases import NamesInTexts, PhraseFinder, key, lead_names, may_be_name, phrases, without_aside

SHORT_NOTE: Final = 40
"""Lines up to which a note is one unit; longer documents are divided at their headings."""
LEADS: Final = 2
"""Ways to write the first named thing that count as names."""


@dataclass(frozen=True, slots=True)
class UnitOptions:
    """Weights of the stages; 0 switches one off."""

    named: float = 2.5
    """A unit whose subject the question names, times the share of the question that the name is."""
    forward: float = 4.5
    """A step to the unit about a thing that this one names."""
    backward: float = 0.8
    """A step to a unit that names what this one is about."""
    shared: float = 1.0
    """A step to a unit that names the same rare thing."""
    part: float = 2.2
    """A step to a unit whose subject's name contains the thing that this one names."""
    shared_most: int = 12
    """A thing that more units name does not link them."""
    part_most: int = 20
    """A thing that appears in more names does not lead to them."""
    section: float = 0.0
    """What a section of a long document gains, relative to a short note.

    It leads on to notes all the same. Its own lines are found by their words, and by the concepts that its heading
    names. In a hundred questions about long notes 0.05 found half a line more, and a concept and a half less.
    """
    steps: Steps = field(default_factory=Steps)


@dataclass(frozen=True, slots=True)
class Unit:
    """A short note, or a section of a long document."""

    title: str
    """Empty where it has none."""
    text: str
    rows: tuple[int, ...]
    """Its lines, ascending."""
    section: bool
    """Whether it is a part of a longer document."""


def units_of(lines: Sequence[Line], titles: Mapping[str, str]) -> list[Unit]:
    """The units of all lines.

    Args:
        lines: grouped by document, in order.
        titles: document → its title.
    """
    found = []
    for doc, group in groupby(range(len(lines)), key=lambda row: lines[row].doc):
        rows = list(group)
        if len(rows) <= SHORT_NOTE:
            found.append(_unit(lines, rows, titles.get(doc, ""), section=False))
        else:
            sections = groupby(rows, key=lambda row: lines[row].section)
            found += [_section(lines, list(part), titles.get(doc, "")) for _, part in sections]
    return found


def _section(lines: Sequence[Line], rows: Sequence[int], title: str) -> Unit:
    first = lines[rows[0]]
    if first.kind is LineKind.HEADING:
        title = first.text
    elif first.headings:
        title = first.headings[-1]
    return _unit(lines, rows, title, section=True)


def _unit(lines: Sequence[Line], rows: Sequence[int], title: str, *, section: bool) -> Unit:
    told = [lines[row].text for row in rows if lines[row].kind is not LineKind.HEADING or lines[row].text != title]
    return Unit(title, "\n".join(told), tuple(rows), section)


@dataclass(frozen=True, slots=True, eq=False)
class UnitLists:
    """What the units of a collection name; the numbers of names are their places in ``names``."""

    names: tuple[str, ...]
    """Keys of all subjects, sorted."""
    subjects: Rows
    """For each unit the names of what it is about."""
    named: Rows
    """For each unit the names in it."""
    rare: Rows
    """For each unit the things in it that a few units name and that are no subjects."""
    rare_things: int
    mentioned: Rows
    """For each unit the things in it that are parts of names."""
    containing: Rows
    """For each of those things the units whose first name contains it."""

    @classmethod
    def from_units(
        cls,
        units: Sequence[Unit],
        *,
        also: Callable[[str], Iterable[str]] = lambda _: (),
        shared_most: int,
    ) -> Self:
        """Read the units.

        Args:
            units: their order numbers them.
            also: the other names of what a title names.
            shared_most: a thing that more units name does not link them.
        """
        subjects = [_subjects(unit.title, unit.text, also) for unit in units]
        names = tuple(sorted({name for found in subjects for name in found}))
        numbers = {name: n for n, name in enumerate(names)}
        finder = NamesInTexts(names)
        things = [phrases(unit.text) for unit in units]
        frequency = Counter(t for found in things for t in found)
        rare = {t: n for n, t in enumerate(sorted(t for t, n in frequency.items() if 2 <= n <= shared_most))}
        inside: dict[str, list[int]] = {}
        for number, found in enumerate(subjects):
            for part in dict.fromkeys(p for name in found[:1] for p in _parts(name) if p in frequency):
                inside.setdefault(part, []).append(number)
        led = sorted(inside)
        parts = {part: n for n, part in enumerate(led)}
        return cls(
            names=names,
            subjects=Rows.from_lists([[numbers[name] for name in found] for found in subjects]),
            named=Rows.from_lists([finder.find(f"{unit.title} . {unit.text}", capital=True) for unit in units]),
            rare=Rows.from_lists([[rare[t] for t in found if t in rare] for found in things]),
            rare_things=len(rare),
            mentioned=Rows.from_lists([[parts[t] for t in found if t in parts] for found in things]),
            containing=Rows.from_lists([inside[part] for part in led]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class UnitSteps:
    """The lists that the steps between units go over."""

    named: ListsOfNumbers
    """For each unit the names in it."""
    subjects: ListsOfNumbers
    """For each unit the names of what it is about."""
    about: ListsOfNumbers
    """For each name the units that are about it."""
    naming: ListsOfNumbers
    """For each name the units that it is in."""
    rare: ListsOfNumbers
    """For each unit the things in it that a few units name."""
    sharing: ListsOfNumbers
    """For each of those things the units that name it."""
    mentioned: ListsOfNumbers
    """For each unit the things in it that are parts of names."""
    containing: ListsOfNumbers
    """For each of those things the units whose first name contains it."""
    mentions: Ints
    """For each of those things how many units name it."""


def bridges_of(lists: UnitSteps, options: UnitOptions) -> tuple[Bridge, ...]:
    """The ways from unit to unit; the first leads from a unit to those about what it names.

    Then back, over rare things that both name, and to subjects whose name contains a thing.
    """
    held = lists.naming.sizes
    return (
        Bridge.damped(lists.named, lists.about, held, share=options.forward),
        Bridge(
            lists.subjects,
            lists.naming,
            Bridge.damped(lists.named, lists.about, held, share=options.backward).weight,
        ),
        Bridge.damped(lists.rare, lists.sharing, lists.sharing.sizes, share=options.shared, spread=False),
        Bridge.damped(lists.mentioned, lists.containing, lists.mentions, share=options.part, most=options.part_most),
    )


@dataclass(frozen=True, slots=True, eq=False)
class UnitIndex:
    """The units of a collection, ready to be searched."""

    finder: PhraseFinder
    names: Sequence[str]
    """The names of the subjects of units."""
    about: ListsOfNumbers
    """For each name the units whose subject it is."""
    bridges: tuple[Bridge, ...]
    unit_of: Ints
    """Shape (lines,): the unit of each line."""
    first: Ints
    """Shape (units,): the first line of each unit."""
    weight: Floats
    """Shape (units,): what its scores count."""
    options: UnitOptions

    def support(
        self, question: str, rarity: Callable[[str], float], strength: Floats, weights: Floats, covered: Floats
    ) -> Floats:
        """What each unit gains because the question names its subject, or because a good unit leads to it.

        Args:
            question: what was asked.
            rarity: how much a word of the question counts.
            strength: shape (lines,): what each line offers by its words.
            weights: shape (words,): how much each word of the question counts.
            covered: shape (words, lines), 0..1: how surely each line covers each word.

        Returns:
            Shape (units,).
        """
        if not self.weight.any():
            return np.zeros(len(self.first))
        named = self._named(question, rarity)
        own = np.maximum.reduceat(strength, self.first) + named
        held = np.maximum.reduceat(covered, self.first, axis=1) if len(weights) else np.zeros((0, len(own)))
        return self.weight * (named + chained(own, weights, held, self.bridges, self.options.steps))

    def _named(self, question: str, rarity: Callable[[str], float]) -> Floats:
        """What each unit gains whose subject the question names, by the share of the question that the name is."""
        asked = {t: rarity(t) for t in dict.fromkeys(tokens(content(question)) or tokens(question))}
        total = max(sum(asked.values()), 1e-9)
        bonus = np.zeros(len(self.first))
        for name in self.finder.find(question, capital=True) or self.finder.find(question, capital=False):
            _, units = self.about.of(np.array([name]))
            share = sum(asked.get(t, 0.0) for t in sorted(set(tokens(self.names[name])))) / total
            bonus[units] = np.maximum(bonus[units], share / np.sqrt(len(units)))
        return self.options.named * bonus


def _subjects(title: str, text: str, also: Callable[[str], Iterable[str]]) -> list[str]:
    """Keys of the names of what a unit is about: its title, and what its text begins with."""
    own = [name for name in [key(without_aside(title))] if may_be_name(name)]  # a date is the title of many a note
    leads = lead_names(text)[:LEADS]
    if own:
        own += map(key, also(without_aside(title)))
        # One word at the beginning is more likely to be a chance word than a title is.
        leads = [name for name in leads if " " in name]
    return [name for name in dict.fromkeys([*own, *leads]) if len(name) > 1]


def _parts(name: str) -> Iterable[str]:
    """The shorter runs of words in a name."""
    words = name.split()
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            if last - first < len(words):
                yield " ".join(words[first:last])
