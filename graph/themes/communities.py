"""Themes: concepts that belong together, at several levels of detail."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from graspologic_native import leiden
from numpy.typing import NDArray

from graph.mentions import Mentions
from graph.model import Basis, Community, Concept, Prerequisite, Relation, RelationType

TYPED_WEIGHT: Final = 1.0
"""Weight of a typed relation with confidence 1."""
UNTYPED_WEIGHT: Final = 0.4
"""Weight of ``related_to`` with confidence 1: it says that two concepts are met together, not how they belong
together."""
PREREQUISITE_WEIGHT: Final = 0.5
"""Weight that a prerequisite with confidence 1 adds: mostly it repeats a relation."""
BACKGROUND_SHARE: Final = 0.5
"""What a relation of general knowledge weighs of one that the notes state."""
MIN_SIZE: Final = 3
"""A theme of fewer concepts is not a theme: it joins the one that it is tied to best."""
MOST: Final = 30
"""Themes of level 0, at most."""
MIN_MOST: Final = 5
"""So many are never too many."""
LEAST_SHARE: Final = 0.25
"""A theme of less than this part of a fair share (all concepts by the most themes that there may be) joins the one that
it is tied to best or mentioned nearest to, if any."""
LARGEST: Final = 4
"""No theme of level 0 has more than the fourth part of the connected concepts ..."""
DIVIDED_FROM: Final = 12
"""... where there are at least so many of them."""
MAX_SIZE: Final = 20
"""A theme of more concepts is divided at the next level: about what a person takes in at one glance."""
MAX_LEVELS: Final = 5

_RESOLUTIONS: Final = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
_FINER: Final = (1.0, 1.4, 2.0, 4.0)
"""Resolutions for a theme that is too large."""
_ITERATIONS: Final = 3
_REACH: Final = 8
"""How many groups mentioned before a place are near to it, at most: it bounds the work."""
_AT_ONCE: Final = 100_000
"""Mentions that are looked at together: each has up to ``_REACH`` rows meanwhile."""
_EDGES_FIRST: Final = 1000.0
"""What an edge weighs where groups are put together, of a mention in the same place."""

Ints = NDArray[np.int64]
Edges = Mapping[tuple[str, str], float]
"""Weight of each unordered pair of concepts, smaller id first, in sorted order."""


def find_communities(
    concepts: Sequence[Concept], relations: Sequence[Relation], prerequisites: Sequence[Prerequisite], *, seed: int = 0
) -> list[Community]:
    """Divide the connected concepts into themes, and large themes into smaller ones.

    Leiden with modularity (Traag, Waltman & van Eck 2019, https://doi.org/10.1038/s41598-019-41695-z), run again inside
    each theme of more than ``MAX_SIZE`` concepts. An edge weighs what its relations and prerequisites say together,
    divided by the root of its ends' weights, so that a hub does not glue all themes together; a relation of general
    knowledge counts half. At level 0 the resolution is chosen so that there are about √n / 2 themes (7 for 200
    concepts, 14 for 800), and a theme of more than the fourth part of all concepts is divided with growing resolution
    where the graph has the structure for it. There are never more than ``MOST``: the smallest themes are put together
    with those that they are tied to, or are mentioned near to, or else with those of the neighbouring documents.

    The division inside themes is done here and not by ``hierarchical_leiden`` of the same library, because themes that
    are too small are merged before they are divided, and because there a theme that is not divided ends.

    Each level is a partition of the same concepts; a theme that is not divided any more is its own only child, and the
    last level is the last on which something was divided. A part of the graph with fewer than ``MIN_SIZE`` concepts
    joins the theme that is nearest in the notes; where its documents contain no theme, its concepts belong to none, as
    those without a relation or prerequisite.

    Args:
        concepts: in any order.
        relations: in any order; those whose ends are not among ``concepts`` are ignored.
        prerequisites: likewise.
        seed: for Leiden. Same input in any order and same seed: same themes.

    Returns:
        Themes by (level, number), numbered by the sum of their members' salience, largest first; without title, summary
        and evidence.
    """
    known = {c.id: c for c in concepts}
    edges = damped(_edges(known, relations, prerequisites))
    if not edges:
        return []
    levels = [_themes(edges, known, seed)]
    while len(levels) < MAX_LEVELS:
        finer = [
            _divide(theme, inner, seed)
            for theme, inner in zip(levels[-1], _inner_edges(levels[-1], edges), strict=True)
        ]
        if all(len(parts) == 1 for parts in finer):
            break
        levels.append([part for parts in finer for part in parts])
    return _numbered(levels, known)


def damped(edges: Edges) -> dict[tuple[str, str], float]:
    """Each weight divided by the root of the product of its ends' total weights, as in a normalised Laplacian."""
    total: dict[str, float] = {}
    for (a, b), weight in edges.items():
        total[a] = total.get(a, 0.0) + weight
        total[b] = total.get(b, 0.0) + weight
    return {(a, b): weight / math.sqrt(total[a] * total[b]) for (a, b), weight in edges.items()}


def _edges(
    known: Collection[str], relations: Sequence[Relation], prerequisites: Sequence[Prerequisite]
) -> dict[tuple[str, str], float]:
    said: dict[tuple[str, str], list[float]] = {}
    for relation in relations:
        weight = UNTYPED_WEIGHT if relation.type is RelationType.RELATED_TO else TYPED_WEIGHT
        share = BACKGROUND_SHARE if relation.basis is Basis.BACKGROUND else 1.0
        said.setdefault(_pair(relation.head, relation.tail), []).append(weight * share * relation.confidence)
    for prerequisite in prerequisites:
        said.setdefault(_pair(prerequisite.before, prerequisite.after), []).append(
            PREREQUISITE_WEIGHT * prerequisite.confidence
        )
    weights = {pair: math.fsum(parts) for pair, parts in sorted(said.items())}
    return {(a, b): w for (a, b), w in weights.items() if a != b and a in known and b in known and w > 0}


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _themes(edges: Edges, known: Mapping[str, Concept], seed: int) -> list[tuple[str, ...]]:
    """The themes of level 0, each of at least ``MIN_SIZE`` concepts."""
    size = len({c for pair in edges for c in pair})
    least, most = min(15.0, 0.35 * math.sqrt(size)), _most(size)
    limit = size / LARGEST if size >= DIVIDED_FROM else float(size)
    floor = max(MIN_SIZE, math.floor(size / most * LEAST_SHARE))

    def partition(resolution: float) -> list[tuple[str, ...]]:
        return _joined(_leiden(edges, resolution, seed), edges)

    def count(groups: Sequence[tuple[str, ...]]) -> int:
        return sum(len(group) >= floor for group in groups)

    tried = {1.0: partition(1.0)}
    step = 1 if count(tried[1.0]) < least else -1
    # Outwards from 1, so that the usual graph pays one run; the first that fits is the one nearest to plain modularity.
    for resolution in _RESOLUTIONS[_RESOLUTIONS.index(1.0) + step :: step]:
        if any(least <= count(found) <= most for found in tried.values()):
            break
        tried[resolution] = partition(resolution)
    best = min(tried, key=lambda r: (_outside(count(tried[r]), least, most), abs(math.log(r))))
    found = _not_over(tried[best], edges, limit, seed)
    if all(len(theme) >= floor for theme in found) and len(found) <= most:
        return found
    ties = _between(found, edges, known)
    joined = [theme for theme in _joined(found, ties, least=floor, limit=limit) if len(theme) >= MIN_SIZE]
    return _at_most(most, joined, ties, known, floor, limit)


def _at_most(
    most: int, themes: list[tuple[str, ...]], ties: Edges, known: Mapping[str, Concept], floor: int, limit: float
) -> list[tuple[str, ...]]:
    """``themes`` with the smallest put together until there are at most ``most``.

    Those of fewer than ``floor`` concepts, which nothing joins, in the order of their documents, and then by ``ties``.
    """
    if len(themes) <= most:
        return themes
    share = sum(len(theme) for theme in themes) / most
    small = [theme for theme in themes if len(theme) < floor]
    themes = [theme for theme in themes if len(theme) >= floor] + _shelved(small, known, share)
    themes = _joined(themes, ties, most=most, limit=limit)
    return themes if len(themes) <= most else _shelved(themes, known, share)


def _most(size: int) -> int:
    """How many themes there are at level 0 at most, of ``size`` connected concepts."""
    return min(MOST, max(MIN_MOST, math.floor(0.8 * math.sqrt(size))))


def _outside(count: int, least: float, most: float) -> float:
    return max(least - count, count - most, 0.0)


def _not_over(groups: Sequence[tuple[str, ...]], edges: Edges, limit: float, seed: int) -> list[tuple[str, ...]]:
    """``groups`` with each that has more than ``limit`` concepts divided by Leiden with growing resolution.

    The first division without a part over ``limit`` is taken. A group that has none, such as a hub with its leaves,
    is divided so that its largest part is smallest.
    """
    found: list[tuple[str, ...]] = []
    for group, inner in zip(groups, _inner_edges(groups, edges), strict=True):
        best = [group]
        for resolution in _FINER if len(group) > limit else ():
            parts = _joined(_leiden(inner, resolution, seed), inner, limit=limit)
            if _largest(parts) < _largest(best) and all(len(part) >= MIN_SIZE for part in parts):
                best = parts
            if _largest(best) <= limit:
                break
        found += best
    return sorted(found)


def _largest(groups: Sequence[tuple[str, ...]]) -> int:
    return max(len(group) for group in groups)


def _inner_edges(themes: Sequence[tuple[str, ...]], edges: Edges) -> list[dict[tuple[str, str], float]]:
    """For each theme of a partition the edges within it, in their order.

    One pass over all edges, however many themes there are.
    """
    home = {c: i for i, theme in enumerate(themes) for c in theme}
    inner: list[dict[tuple[str, str], float]] = [{} for _ in themes]
    for pair, weight in edges.items():
        i = home.get(pair[0], -1)
        if i >= 0 and i == home.get(pair[1]):
            inner[i][pair] = weight
    return inner


def _divide(theme: tuple[str, ...], inner: Edges, seed: int) -> list[tuple[str, ...]]:
    """``theme`` in parts of at least ``MIN_SIZE``, or itself where it is small or of one piece.

    ``inner``: the edges within it.
    """
    if len(theme) <= MAX_SIZE or not inner:
        return [theme]
    parts = _leiden(inner, 1.0, seed)
    loose = set(theme).difference(*parts)
    return _joined([*parts, *((c,) for c in sorted(loose))], inner, everything=True)


def _leiden(edges: Edges, resolution: float, seed: int) -> list[tuple[str, ...]]:
    """Communities with sorted members, by first member."""
    _, found = leiden(
        [(a, b, w) for (a, b), w in edges.items()], resolution=resolution, iterations=_ITERATIONS, seed=seed
    )
    groups: dict[int, list[str]] = {}
    for concept, group in found.items():
        groups.setdefault(group, []).append(concept)
    return sorted(tuple(sorted(group)) for group in groups.values())


def _joined(
    groups: Sequence[tuple[str, ...]],
    ties: Edges,
    *,
    least: int = MIN_SIZE,
    everything: bool = False,
    most: float = math.inf,
    limit: float = math.inf,
) -> list[tuple[str, ...]]:
    """``groups`` with each that is too small put to the one it has most weight to, smallest first.

    Args:
        groups: a partition of some concepts.
        ties: weights between concepts; those that leave the groups are ignored.
        least: a group of fewer concepts is too small.
        everything: put a small group without a tie to another group to the largest one.
        most: go on with the smallest group while there are more than so many.
        limit: where there is a choice, do not let a group grow beyond so many concepts; where only ``most`` asks for
            a larger one, leave the two apart.
    """
    home = {c: i for i, group in enumerate(groups) for c in group}
    members = {i: list(group) for i, group in enumerate(groups)}
    between: dict[int, dict[int, float]] = {i: {} for i in members}
    for (a, b), weight in ties.items():
        i, j = home.get(a), home.get(b)
        if i is not None and j is not None and i != j:
            between[i][j] = between[i].get(j, 0.0) + weight
            between[j][i] = between[j].get(i, 0.0) + weight
    smallest = [(len(m), i) for i, m in members.items()]
    heapq.heapify(smallest)
    while smallest:
        size, i = heapq.heappop(smallest)
        if i not in members or len(members[i]) != size:
            continue
        if size >= least and len(members) <= most:
            break
        fitting = [j for j in between[i] if size + len(members[j]) <= limit]
        if between[i] and (fitting or size < MIN_SIZE):
            # Between groups the tie counts by the root of the other's size, or the largest would take all.
            scale = {j: math.sqrt(len(members[j])) if size >= MIN_SIZE else 1.0 for j in between[i]}
            best = min(fitting or between[i], key=lambda j: (-between[i][j] / scale[j], j))
        elif everything and len(members) > 1:
            best = min((j for j in members if j != i), key=lambda j: (-len(members[j]), j))
        else:
            continue
        members[best] += members.pop(i)
        for j, weight in between.pop(i).items():
            del between[j][i]
            if j != best:
                between[best][j] = between[best].get(j, 0.0) + weight
                between[j][best] = between[best][j]
        heapq.heappush(smallest, (len(members[best]), best))
    return sorted(tuple(sorted(m)) for m in members.values())


def _between(
    groups: Sequence[tuple[str, ...]], edges: Edges, known: Mapping[str, Concept]
) -> dict[tuple[str, str], float]:
    """What ties groups to each other, for the first members of each two: their edges, and how near they are mentioned.

    Each mention votes for the last ``_REACH`` other groups that its document mentions before it, the nearer the more;
    a group does not win by size alone.
    """
    home = {c: i for i, group in enumerate(groups) for c in group}
    sizes = np.asarray([len(group) for group in groups], dtype=np.float64)
    ties = _Ties(len(groups))
    apart = [(home[a], home[b], weight) for (a, b), weight in edges.items() if home[a] != home[b]]
    one, other = np.asarray([(i, j) for i, j, _ in apart], dtype=np.int64).reshape(-1, 2).T
    ties.add(one, other, np.asarray([_EDGES_FIRST * weight for _, _, weight in apart], dtype=np.float64))
    for group, line, near, where in _mentioned_before(home, known):
        distance = 1 + line - where
        ties.add(group, near, 1.0 / (distance * np.sqrt(np.maximum(sizes[group], sizes[near]))))
    return {(groups[i][0], groups[j][0]): weight for (i, j), weight in ties.sums()}


def _mentioned_before(home: Mapping[str, int], known: Mapping[str, Concept]) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """Groups and the other groups that a document mentions before, the last ``_REACH`` of them.

    In columns, some mentions at a time: the number of a group, the line, a group before it, and the line of that.
    """
    owners = list(home)
    mentions = Mentions.of([known[c] for c in owners])
    group_of = np.asarray([home[c] for c in owners], dtype=np.int64)[mentions.concept]
    order = np.lexsort((group_of, mentions.line, mentions.doc))
    docs, lines, groups = (column[order] for column in (mentions.doc, mentions.line, group_of))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (docs[1:] != docs[:-1]) | (lines[1:] != lines[:-1]) | (groups[1:] != groups[:-1])
    docs, lines, groups = docs[new], lines[new], groups[new]
    document, last = -1, dict[int, int]()
    for begin in range(0, len(docs), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        near: list[int] = []
        where: list[int] = []
        times: list[int] = []
        for doc, line, i in zip(docs[part].tolist(), lines[part].tolist(), groups[part].tolist(), strict=True):
            if doc != document:
                document, last = doc, {}
            last.pop(i, None)
            near.extend(last)
            where.extend(last.values())
            times.append(len(last))
            last[i] = line
            if len(last) > _REACH:
                del last[next(iter(last))]
        before, there = (np.asarray(column, dtype=np.int64) for column in (near, where))
        yield np.repeat(groups[part], times), np.repeat(lines[part], times), before, there


class _Ties:
    """Sums of weights between groups, added one after the other."""

    def __init__(self, groups: int) -> None:
        self._groups = groups
        self._keys = np.zeros(0, dtype=np.int64)
        """Smaller × groups + larger, rising."""
        self._sums = np.zeros(0)

    def add(self, one: Ints, other: Ints, weight: NDArray[np.float64]) -> None:
        """Add a weight for each two groups, in their order."""
        keys = np.minimum(one, other) * self._groups + np.maximum(one, other)
        every = np.union1d(self._keys, keys)
        sums = np.zeros(len(every))
        sums[np.searchsorted(every, self._keys)] = self._sums
        np.add.at(sums, np.searchsorted(every, keys), weight)
        self._keys, self._sums = every, sums

    def sums(self) -> Iterator[tuple[tuple[int, int], float]]:
        """The sum of each two groups, the smaller number first, rising."""
        return zip(map(self._pair, self._keys.tolist()), self._sums.tolist(), strict=True)

    def _pair(self, key: int) -> tuple[int, int]:
        return key // self._groups, key % self._groups


def _shelved(groups: Sequence[tuple[str, ...]], known: Mapping[str, Concept], share: float) -> list[tuple[str, ...]]:
    """``groups`` with those of fewer than ``share`` concepts put together as their documents are.

    The groups are taken in the order of the paths that mention them most, so that those of one folder come together,
    and put together until they have ``share`` concepts. What is left at the end joins the group before it, if any.
    """
    found = [group for group in groups if len(group) >= share]
    shelves: list[list[str]] = [[]]
    for group in sorted((g for g in groups if len(g) < share), key=lambda g: (_document(g, known), g)):
        if len(shelves[-1]) >= share:
            shelves.append([])
        shelves[-1] += group
    if len(shelves) > 1 and len(shelves[-1]) < share:
        rest = shelves.pop()
        shelves[-1] += rest
    return sorted([*found, *(tuple(sorted(shelf)) for shelf in shelves if shelf)])


def _document(group: Sequence[str], known: Mapping[str, Concept]) -> str:
    """The document that mentions a group most; empty where none does."""
    counts = Counter(m.doc for c in group for m in known[c].mentions)
    return min(counts, key=lambda doc: (-counts[doc], doc), default="")


def _numbered(levels: Sequence[Sequence[tuple[str, ...]]], known: Mapping[str, Concept]) -> list[Community]:
    found: list[Community] = []
    for level, themes in enumerate(levels):
        above = {c: community.id for community in found if community.level == level - 1 for c in community.members}
        weighed = sorted((-math.fsum(known[c].salience for c in theme), theme) for theme in themes)
        for number, (_, theme) in enumerate(weighed):
            members = tuple(sorted(theme, key=lambda c: (-known[c].salience, c)))
            found.append(Community(f"{level}-{number}", level, above.get(theme[0]), "", "", members))
    return found
