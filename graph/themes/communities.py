"""Themes: concepts that belong together, at several levels of detail."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from graspologic_native import leiden

from graph.model import Community, Concept, Prerequisite, Relation, RelationType

TYPED_WEIGHT: Final = 1.0
"""Weight of a typed relation with confidence 1."""
UNTYPED_WEIGHT: Final = 0.4
"""Weight of ``related_to`` with confidence 1: it says that two concepts are met together, not how they belong
together."""
PREREQUISITE_WEIGHT: Final = 0.5
"""Weight that a prerequisite with confidence 1 adds: mostly it repeats a relation."""
MIN_SIZE: Final = 3
"""A theme of fewer concepts is not a theme: it joins the one that it is tied to best."""
MAX_SIZE: Final = 20
"""A theme of more concepts is divided at the next level: about what a person takes in at one glance."""
MAX_LEVELS: Final = 5

_RESOLUTIONS: Final = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
_ITERATIONS: Final = 3

Edges = Mapping[tuple[str, str], float]
"""Weight of each unordered pair of concepts, smaller id first, in sorted order."""


def find_communities(
    concepts: Sequence[Concept], relations: Sequence[Relation], prerequisites: Sequence[Prerequisite], *, seed: int = 0
) -> list[Community]:
    """Divide the connected concepts into themes, and large themes into smaller ones.

    Leiden with modularity (Traag, Waltman & van Eck 2019, https://doi.org/10.1038/s41598-019-41695-z), run again inside
    each theme of more than ``MAX_SIZE`` concepts. An edge weighs what its relations and prerequisites say together,
    divided by the root of its ends' weights, so that a hub does not glue all themes together. At level 0 the resolution
    is chosen so that there are about √n / 2 to √n themes (7 to 14 for 200 concepts, 14 to 28 for 800, never more than
    30 where the graph allows it).

    The division inside themes is done here and not by ``hierarchical_leiden`` of the same library, because themes that
    are too small are merged before they are divided, and because there a theme that is not divided ends.

    Each level is a partition of the concepts that have a relation or prerequisite to another; a theme that is not
    divided any more is its own only child, and the last level is the last on which something was divided. A part of the
    graph with fewer than ``MIN_SIZE`` concepts joins the theme that is nearest in the notes; only where its documents
    contain no other theme, it stays small.

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
        said.setdefault(_pair(relation.head, relation.tail), []).append(weight * relation.confidence)
    for prerequisite in prerequisites:
        said.setdefault(_pair(prerequisite.before, prerequisite.after), []).append(
            PREREQUISITE_WEIGHT * prerequisite.confidence
        )
    weights = {pair: math.fsum(parts) for pair, parts in sorted(said.items())}
    return {(a, b): w for (a, b), w in weights.items() if a != b and a in known and b in known and w > 0}


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _themes(edges: Edges, known: Mapping[str, Concept], seed: int) -> list[tuple[str, ...]]:
    """The partition of level 0."""
    size = len({c for pair in edges for c in pair})
    least, most = min(15.0, math.sqrt(size) / 2), min(30.0, math.sqrt(size))

    def partition(resolution: float) -> list[tuple[str, ...]]:
        return _nearest_joined(_joined(_leiden(edges, resolution, seed), edges), known)

    tried = {1.0: partition(1.0)}
    step = 1 if len(tried[1.0]) < least else -1
    # Outwards from 1, so that the usual graph pays one run; the first that fits is the one nearest to plain modularity.
    for resolution in _RESOLUTIONS[_RESOLUTIONS.index(1.0) + step :: step]:
        if any(least <= len(found) <= most for found in tried.values()):
            break
        tried[resolution] = partition(resolution)
    return min(tried.items(), key=lambda item: (_outside(len(item[1]), least, most), abs(math.log(item[0]))))[1]


def _outside(count: int, least: float, most: float) -> float:
    return max(least - count, count - most, 0.0)


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


def _joined(groups: Sequence[tuple[str, ...]], edges: Edges, *, everything: bool = False) -> list[tuple[str, ...]]:
    """``groups`` with each that is too small put to the one it has most weight to, smallest first.

    Args:
        groups: a partition of what ``edges`` join, or of a part of that.
        edges: all edges; those that leave the groups are ignored.
        everything: put a small group without an edge to another group to the largest one.
    """
    home = {c: i for i, group in enumerate(groups) for c in group}
    members = {i: list(group) for i, group in enumerate(groups)}
    ties: dict[int, dict[int, float]] = {i: {} for i in members}
    for (a, b), weight in edges.items():
        i, j = home.get(a), home.get(b)
        if i is not None and j is not None and i != j:
            ties[i][j] = ties[i].get(j, 0.0) + weight
            ties[j][i] = ties[j].get(i, 0.0) + weight
    small = sorted((len(m), i) for i, m in members.items() if len(m) < MIN_SIZE)
    for _, i in small:
        if i not in members or len(members[i]) >= MIN_SIZE:
            continue
        if ties[i]:
            best = min(ties[i], key=lambda j: (-ties[i][j], j))
        elif everything and len(members) > 1:
            best = min((j for j in members if j != i), key=lambda j: (-len(members[j]), j))
        else:
            continue
        members[best] += members.pop(i)
        for j, weight in ties.pop(i).items():
            del ties[j][i]
            if j != best:
                ties[best][j] = ties[best].get(j, 0.0) + weight
                ties[j][best] = ties[best][j]
    return sorted(tuple(sorted(m)) for m in members.values())


def _nearest_joined(groups: Sequence[tuple[str, ...]], known: Mapping[str, Concept]) -> list[tuple[str, ...]]:
    """``groups`` with each that is too small put to the large one that its documents mention nearest.

    Where there is one.
    """
    large = [group for group in groups if len(group) >= MIN_SIZE]
    small = [group for group in groups if len(group) < MIN_SIZE]
    if not large or not small:
        return list(groups)
    votes = _near(small, large, known)
    members = [list(group) for group in large]
    left = []
    for i, group in enumerate(small):
        if votes[i]:
            members[min(votes[i], key=lambda j: (-votes[i][j], j))] += group
        else:
            left.append(group)
    return sorted([*left, *(tuple(sorted(m)) for m in members)])


def _near(
    small: Sequence[tuple[str, ...]], large: Sequence[tuple[str, ...]], known: Mapping[str, Concept]
) -> list[dict[int, float]]:
    """For each small group: how near each large group of the same documents is mentioned.

    A large group does not win by size alone.
    """
    places: list[tuple[str, int, int, int]] = []
    for side, groups in ((0, small), (1, large)):
        places += [(m.doc, m.line, side, i) for i, group in enumerate(groups) for c in group for m in known[c].mentions]
    votes: list[dict[int, float]] = [{} for _ in small]
    last: dict[int, tuple[str, int]] = {}
    for ordered, sign in ((sorted(places), 1), (sorted(places, reverse=True), -1)):
        last.clear()
        for doc, line, side, i in ordered:
            if side == 1:
                last[i] = (doc, line)
                continue
            for j, (other, where) in last.items():
                distance = (line - where) * sign
                if other == doc:
                    votes[i][j] = votes[i].get(j, 0.0) + 1.0 / ((1 + distance) * math.sqrt(len(large[j])))
    return votes


def _numbered(levels: Sequence[Sequence[tuple[str, ...]]], known: Mapping[str, Concept]) -> list[Community]:
    found: list[Community] = []
    for level, themes in enumerate(levels):
        above = {c: community.id for community in found if community.level == level - 1 for c in community.members}
        weighed = sorted((-math.fsum(known[c].salience for c in theme), theme) for theme in themes)
        for number, (_, theme) in enumerate(weighed):
            members = tuple(sorted(theme, key=lambda c: (-known[c].salience, c)))
            found.append(Community(f"{level}-{number}", level, above.get(theme[0]), "", "", members))
    return found
