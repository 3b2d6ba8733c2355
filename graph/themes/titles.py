"""Titles of themes: what a person would write over them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from graph.model import Concept, Relation, RelationType
from graph.text.name_finder import NameFinder
from graph.text.names import fold
from graph.text.scripts import has_han, is_spaced
from graph.themes.communities import MAX_SIZE, TYPED_WEIGHT, UNTYPED_WEIGHT

STANDS_OUT: Final = 1.25
"""A member whose centrality is so many times that of the second names its theme alone."""
RELATES_TO_MOST: Final = 0.5
"""So does one that is related to at least this share of the others, where the second is not."""
RELATES_TO_SOME: Final = 0.25
"""No member names a theme of more than ``MAX_SIZE`` alone that is related to less than this share of the others."""
FITS: Final = 0.5
"""A heading that fits so well (:meth:`graph.themes.headings.Headings.titles`) comes before a member that stands out."""

UPWARD: Final = frozenset({RelationType.IS_A, RelationType.PART_OF})
_CENTRAL: Final = (0.3, 0.2, 0.15, 0.35)
"""Weights of relations, being above, appearing inside names, and salience."""
_CANDIDATES: Final = 5
"""So many of the most central members may be the second of a pair."""
_AND: Final[Mapping[str, str]] = {"zh": "与", "en": "and"}


@dataclass(frozen=True, slots=True)
class Member:
    """What titles ask of a member of a theme."""

    id: str
    name: str
    weight: float
    """Centrality, 0..1."""
    near: frozenset[str]
    """Members that it is related to, or whose name contains its own."""
    covers: frozenset[str]
    """Those of ``near`` that it is above of, so that they need not be named next to it."""


@dataclass(frozen=True, slots=True)
class Title:
    """A title, and the members that it names."""

    text: str
    names: tuple[str, ...]


def members_of(theme: Sequence[str], known: Mapping[str, Concept], inner: Sequence[Relation]) -> list[Member]:
    """The members of a theme, the most central first, ties by id.

    Central is what the others hang on: relations within the theme, being above others (is_a, part_of), appearing inside
    their names, salience: each as a share of the theme's largest, weighed by ``_CENTRAL``.

    Args:
        theme: ids of the members.
        known: concepts by id.
        inner: the relations between members.
    """
    nested = _nested(theme, known)
    ties = dict.fromkeys(theme, 0.0)
    above = dict.fromkeys(theme, 0.0)
    near: dict[str, set[str]] = {c: set() for c in theme}
    covers: dict[str, set[str]] = {c: set() for c in theme}
    for relation in inner:
        weight = relation.confidence * (UNTYPED_WEIGHT if relation.type is RelationType.RELATED_TO else TYPED_WEIGHT)
        for one, other in ((relation.head, relation.tail), (relation.tail, relation.head)):
            ties[one] += weight
            near[one].add(other)
        if relation.type in UPWARD:
            above[relation.tail] += weight
            covers[relation.tail].add(relation.head)
    for short, long in nested:
        near[short].add(long)
        covers[short].add(long)
    families = Counter(short for short, _ in nested)
    # One name inside one other is chance; only from two on is it a family.
    named = {c: float(families[c]) if families[c] > 1 else 0.0 for c in theme}
    parts = [ties, above, named, {c: known[c].salience for c in theme}]
    tops = [max(part.values(), default=0.0) or 1.0 for part in parts]
    found = [
        Member(
            c,
            known[c].name,
            math.fsum(w * part[c] / top for w, part, top in zip(_CENTRAL, parts, tops, strict=True)),
            frozenset(near[c]),
            frozenset(covers[c]),
        )
        for c in theme
    ]
    return sorted(found, key=lambda m: (-m.weight, m.id))


def _nested(members: Sequence[str], known: Mapping[str, Concept]) -> set[tuple[str, str]]:
    """(inner, outer) pairs of members where the name of one appears inside the other's.

    量化 in 权重量化, not C in cache.
    """
    finder = NameFinder((known[c].name, c) for c in members)
    pairs = {(f.owner, c) for c in members for f in finder.find_all(known[c].name)}
    return {(inner, outer) for inner, outer in pairs if fold(known[inner].name) != fold(known[outer].name)}


def title_of(
    members: Sequence[Member], headings: Sequence[tuple[str, float]], taken: Collection[str], lang: str
) -> Title | None:
    """The best title of a theme whose folded form is not in ``taken``; None where every one is.

    In this order: the most central member where most others are related to it, a heading that fits well, a member that
    stands out or is above the second one, any heading that covers most members, the two most central members.

    Args:
        members: the most central first, as :func:`members_of` gives them.
        headings: titles that cover the members, with their fit, best first.
        taken: folded titles that may not come again.
        lang: ``zh`` or ``en``, in which two names are joined.
    """
    return next((t for t in _options(members, headings, lang) if t.text and fold(t.text) not in taken), None)


def _options(members: Sequence[Member], headings: Sequence[tuple[str, float]], lang: str) -> Iterator[Title]:
    first, *others = members
    stands_out = not others or first.weight >= STANDS_OUT * others[0].weight
    if not stands_out and first.id in others[0].covers:
        first, others = others[0], [first, *others[1:]]
    alone = Title(first.name, (first.id,))
    related = len(members) <= MAX_SIZE or len(first.near) >= RELATES_TO_SOME * len(others)
    stands_out, covers = stands_out and related, bool(others) and related and others[0].id in first.covers
    if (
        others
        and _relates_to_most(first, others)
        and (stands_out or covers or not _relates_to_most(others[0], members))
    ):
        yield alone
    for heading, fit in headings:
        if fit >= FITS:
            yield _headed(heading, members)
    if stands_out or covers:
        yield alone
    for heading, _ in headings:
        yield _headed(heading, members)
    pairs = [_pair(first, other, lang) for other in _seconds(first, others)]
    yield from pairs[:1]
    yield alone
    yield from pairs[1:]


def _relates_to_most(member: Member, others: Sequence[Member]) -> bool:
    return len(member.near) >= RELATES_TO_MOST * sum(other.id != member.id for other in others)


def _headed(heading: str, members: Sequence[Member]) -> Title:
    """A heading as a title, with the members that it names, the most central first."""
    finder = NameFinder((m.name, m.id) for m in members)
    named = {found.owner for found in finder.find(heading)}
    return Title(heading, tuple(m.id for m in members if m.id in named))


def _seconds(first: Member, others: Sequence[Member]) -> list[Member]:
    """``others`` by how well they go with ``first`` in a title: central, and related to what it is not related to."""
    apart = [m for m in others if m.id not in first.covers]
    candidates, rest = apart[:_CANDIDATES], apart[_CANDIDATES:]
    reach = max((len(m.near) for m in candidates), default=0) or 1
    rated = sorted(candidates, key=lambda m: (-m.weight - len(m.near - first.near - {first.id}) / reach / 4, m.id))
    return [*rated, *rest, *(m for m in others if m.id in first.covers)]


def _pair(first: Member, second: Member, lang: str) -> Title:
    """Two names joined as one writes it: ``TCP and UDP``, ``京剧与昆曲``, ``SFT 与基座模型``.

    Next to a Chinese name the word is Chinese.
    """
    lang = "zh" if has_han(first.name + second.name) else lang
    word = _AND[lang]
    parts = [first.name, word, second.name]
    text = parts[0]
    for before, after in pairwise(parts):
        text += (" " if lang != "zh" or _spaced(before[-1]) or _spaced(after[0]) else "") + after
    return Title(text, (first.id, second.id))


def _spaced(char: str) -> bool:
    return char.isascii() or is_spaced(char)
