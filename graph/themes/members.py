"""What ties the members of themes to each other, for all themes of a level at once.

What depends on two concepts alone (relations, names inside of names) is found once; a theme takes what is within it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Concept, Relation, RelationType
from graph.text.joined import BETWEEN, Joined, batches
from graph.text.name_finder import Found, NameFinder, leftmost, plurals_of, spellings
from graph.text.names import fold
from graph.themes.communities import TYPED_WEIGHT, UNTYPED_WEIGHT

UPWARD: Final = frozenset({RelationType.IS_A, RelationType.PART_OF})
_CENTRAL: Final = (0.3, 0.2, 0.15, 0.35)
"""Weights of relations, being above, appearing inside names, and salience."""
_NEVER: Final = "\1"
"""What is read in the place of :data:`graph.text.joined.BETWEEN`, which joined texts do not contain."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a theme."""

    id: str
    place: int
    """In the order of the concepts."""
    name: str
    weight: float
    """Centrality, 0..1."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """The members of one theme, and what titles ask of them."""

    ranked: Sequence[Member]
    """The most central first, ties by id."""
    theme: int
    """Number of the theme on its level."""
    level: _Level

    def __len__(self) -> int:
        return len(self.ranked)

    def near(self, member: Member) -> frozenset[int]:
        """Places of the members that it is related to, or whose name contains its own."""
        return self._within(self.level.ties.related(member.place)) | self._containing(member)

    def covers(self, member: Member) -> frozenset[int]:
        """Those of :meth:`near` that it is above of, so that they need not be named next to it."""
        return self._within(self.level.ties.below(member.place)) | self._containing(member)

    def named_in(self, text: str) -> frozenset[int]:
        """Places of those whose display names are in ``text``: of names that overlap the leftmost, then the longest."""
        level, clashing = self.level, self.level.clashing.get(self.theme, frozenset())
        found = [
            one
            for one in level.ties.names.find_all(text)
            if level.theme_of[one.owner] == self.theme and one.owner not in clashing
        ]
        if clashing:
            found += NameFinder((m.name, m.place) for m in self.ranked if m.place in clashing).find_all(text)
        return frozenset(one.owner for one in leftmost(sorted(found, key=lambda one: (one.start, -one.end))))

    def _within(self, places: Ints) -> frozenset[int]:
        return frozenset(places[self.level.theme_of[places] == self.theme].tolist())

    def _containing(self, member: Member) -> frozenset[int]:
        return frozenset(self.level.containing.of(member.place).tolist())


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """What the themes of one level have in common."""

    ties: Ties
    theme_of: Ints
    """For each concept the number of its theme, -1 without."""
    containing: _Grouped
    """For each concept the members of its theme whose names contain its own."""
    clashing: Mapping[int, frozenset[int]]
    """Theme → those of its concepts that may be spelled like another of them."""


@dataclass(frozen=True, slots=True, eq=False)
class _Grouped:
    """Values of concepts, those of each behind each other."""

    values: Ints
    first: Ints
    """Where those of each concept begin, and one more for the end."""

    @classmethod
    def by(cls, concepts: Ints, values: Ints, number: int) -> _Grouped:
        """``values`` of the ``concepts`` of the same rows, of which there are ``number``."""
        order = np.argsort(concepts, kind="stable")
        return cls(values[order], np.searchsorted(concepts[order], np.arange(number + 1)))

    def of(self, concept: int) -> Ints:
        """The values of one concept, in their order."""
        return self.values[self.first[concept] : self.first[concept + 1]]


class Ties:
    """Relations between concepts, and names inside of names, as columns."""

    def __init__(self, concepts: Sequence[Concept], number: Mapping[str, int], relations: Sequence[Relation]) -> None:
        """Take the ties of all concepts.

        Args:
            concepts: those of the graph.
            number: id of a concept → its place in ``concepts``.
            relations: between two of them, by key.
        """
        self.names = _DisplayNames(concepts)
        self._concepts = concepts
        self._salience = np.asarray([c.salience for c in concepts], dtype=np.float64)
        self._id_rank = np.empty(len(concepts), dtype=np.int64)
        self._id_rank[sorted(range(len(concepts)), key=lambda place: concepts[place].id)] = np.arange(len(concepts))
        ends = [(number[r.head], number[r.tail]) for r in relations]
        self._head, self._tail = np.asarray(ends, dtype=np.int64).reshape(-1, 2).T
        weights = (UNTYPED_WEIGHT if r.type is RelationType.RELATED_TO else TYPED_WEIGHT for r in relations)
        self._weight = np.asarray([r.confidence * w for r, w in zip(relations, weights, strict=True)], dtype=np.float64)
        self._upward = np.asarray([r.type in UPWARD for r in relations], dtype=bool)

    def level(self, themes: Sequence[Ints]) -> list[Members]:
        """The members of each of ``themes``, of which no two share a concept; each by the places of its concepts.

        Central is what the others hang on: relations within the theme, being above others (is_a, part_of), appearing
        inside their names, salience: each as a share of the theme's largest, weighed by ``_CENTRAL``.
        """
        size = len(self._concepts)
        theme_of = np.full(size, -1, dtype=np.int64)
        for theme, places in enumerate(themes):
            theme_of[places] = theme
        inside = (theme_of[self._head] == theme_of[self._tail]) & (theme_of[self._head] >= 0)
        head, tail, weight = self._head[inside], self._tail[inside], self._weight[inside]
        # Added in the order of the relations: the sums do not depend on how many themes there are.
        ties = _added(np.stack([head, tail], axis=1).ravel(), np.repeat(weight, 2), size)
        upward = self._upward[inside]
        above = _added(tail[upward], weight[upward], size)
        clashing = self.names.clashing(theme_of)
        inner, outer = self.names.within(themes, theme_of, clashing).T
        families = np.bincount(inner, minlength=size)
        # One name inside one other is chance; only from two on is it a family.
        named = np.where(families > 1, families, 0).astype(np.float64)
        level = _Level(self, theme_of, _Grouped.by(inner, outer, size), clashing)
        parts = (ties, above, named, self._salience)
        return [Members(self._ranked(places, parts), theme, level) for theme, places in enumerate(themes)]

    def _ranked(self, places: Ints, parts: Sequence[Floats]) -> list[Member]:
        own = [part[places] for part in parts]
        tops = [float(part.max(initial=0.0)) or 1.0 for part in own]
        rows = [(share * part / top).tolist() for share, part, top in zip(_CENTRAL, own, tops, strict=True)]
        weights = np.asarray([math.fsum(row) for row in zip(*rows, strict=True)], dtype=np.float64)
        order = np.lexsort((self._id_rank[places], -weights))
        return [
            Member(self._concepts[place].id, place, self._concepts[place].name, weight)
            for place, weight in zip(places[order].tolist(), weights[order].tolist(), strict=True)
        ]

    def related(self, place: int) -> Ints:
        """Places of the concepts that a concept is related to."""
        return np.concatenate([self._tails.of(place), self._heads.of(place)])

    def below(self, place: int) -> Ints:
        """Places of the concepts that are parts or kinds of a concept."""
        return self._lower.of(place)

    @cached_property
    def _tails(self) -> _Grouped:
        return _Grouped.by(self._head, self._tail, len(self._concepts))

    @cached_property
    def _heads(self) -> _Grouped:
        return _Grouped.by(self._tail, self._head, len(self._concepts))

    @cached_property
    def _lower(self) -> _Grouped:
        return _Grouped.by(self._tail[self._upward], self._head[self._upward], len(self._concepts))


def _added(at: Ints, values: Floats, size: int) -> Floats:
    """The sums of the values at each of ``size`` places, added one after the other."""
    return np.asarray(np.bincount(at, values, size), dtype=np.float64)


class _DisplayNames:
    """Which names are inside of which others: 量化 in 权重量化, not C in cache.

    Where two concepts of a theme may be spelled alike (HTTP in the plural, HTTPS), the first one has the spelling.
    Which one that is differs from theme to theme, so that those are looked for in each theme.
    """

    def __init__(self, concepts: Sequence[Concept]) -> None:
        self._names = [c.name for c in concepts]
        owners: dict[str, list[int]] = defaultdict(list)
        layer_of: list[int] = []
        for place, name in enumerate(self._names):
            forms = spellings(name)
            layer = 0
            for form in forms | plurals_of(forms):
                before = owners[form]
                layer = max(layer, 1 + max((layer_of[other] for other in before), default=-1))
                before.append(place)
            layer_of.append(layer)
        clashes = {pair for own in owners.values() if len(own) > 1 for pair in combinations(own, 2)}
        self._clashes = np.asarray(sorted(clashes), dtype=np.int64).reshape(-1, 2)
        layers: dict[int, list[int]] = defaultdict(list)
        for place, layer in enumerate(layer_of):
            layers[layer].append(place)
        self._finders = [NameFinder((self._names[place], place) for place in layers[layer]) for layer in sorted(layers)]
        """In each of them no two concepts are spelled alike."""

    def find_all(self, text: str) -> list[Found[int]]:
        """All display names in ``text``, each as if no other were spelled like it; in no order."""
        return [one for finder in self._finders for one in finder.find_all(text)]

    def clashing(self, theme_of: Ints) -> dict[int, frozenset[int]]:
        """Theme → those of its concepts that may be spelled like another of them."""
        one, other = self._clashes.T
        found: dict[int, set[int]] = defaultdict(set)
        for pair in self._clashes[(theme_of[one] == theme_of[other]) & (theme_of[one] >= 0)].tolist():
            found[int(theme_of[pair[0]])].update(pair)
        return {theme: frozenset(own) for theme, own in found.items()}

    def within(self, themes: Sequence[Ints], theme_of: Ints, clashing: Mapping[int, frozenset[int]]) -> Ints:
        """(inner, outer) places of two members of one theme where the name of one appears inside the other's."""
        inner, outer = self._pairs.T
        looked_for = sorted(set().union(*clashing.values()))
        kept = (theme_of[inner] == theme_of[outer]) & (theme_of[inner] >= 0) & ~np.isin(inner, looked_for)
        found = [self._pairs[kept]]
        for theme, own in sorted(clashing.items()):
            members = themes[theme].tolist()
            finder = NameFinder((self._names[place], place) for place in members if place in own)
            found.append(self._found(finder, members))
        return np.concatenate(found)

    @cached_property
    def _pairs(self) -> Ints:
        return np.concatenate([self._found(finder, range(len(self._names))) for finder in self._finders])

    def _found(self, finder: NameFinder[int], places: Sequence[int]) -> Ints:
        """(inner, outer): what of ``finder`` is in the names of the concepts at ``places``."""
        texts = [self._names[place].replace(BETWEEN, _NEVER) for place in places]
        pairs: set[tuple[int, int]] = set()
        for run in batches(texts):
            joined = Joined.of([texts[i] for i in run])
            found = finder.find_all_in(joined)
            where = (joined.text_of(found.start) + run.start).tolist()
            pairs.update((inner, places[i]) for inner, i in zip(found.owners, where, strict=True))
        apart = [(i, o) for i, o in sorted(pairs) if i != o and fold(self._names[i]) != fold(self._names[o])]
        return np.asarray(apart, dtype=np.int64).reshape(-1, 2)
