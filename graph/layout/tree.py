"""The territories of a map, as a tree: themes, their parts, and the concepts that are in no theme."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import OTHER_TERRITORY, Community, Concept

MOST_MARKS: Final = 1500
"""A territory of more concepts that no theme divides is divided here: a view draws at most so many marks."""
PART: Final = 250
"""About how many concepts such a part has."""
MOST_PARTS: Final = 40
"""Parts of one such territory; where they are still too large, they are divided again."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Node:
    """A territory without its place."""

    id: str
    parent: int
    """Index of the territory that contains it; -1 for those that the whole map is divided into."""
    depth: int
    """0 for those without a parent."""
    title: str
    members: Ints
    """Places of its concepts in the graph's order, ascending."""


@dataclass(frozen=True, slots=True)
class Tree:
    """All territories, in the order of :attr:`graph.model.Layout.territories`."""

    nodes: tuple[Node, ...]
    homes: Ints
    """Shape (concepts,): the smallest territory of each concept."""

    def at_depth(self, depth: int) -> Ints:
        """Shape (concepts,): the territory of each concept at ``depth``, or its smallest one where that is coarser."""
        labels = np.full(len(self.homes), -1, dtype=np.int64)
        for i, node in enumerate(self.nodes):
            if node.depth <= depth:
                labels[node.members] = i  # parents come before their parts
        return labels

    @property
    def depth(self) -> int:
        """The greatest depth; -1 without territories."""
        return max((node.depth for node in self.nodes), default=-1)


def tree_of(concepts: Sequence[Concept], communities: Sequence[Community], importance: NDArray[np.float64]) -> Tree:
    """The territories of a graph.

    Args:
        concepts: in the order of the graph.
        communities: of all levels, by (level, number).
        importance: of each concept, for the titles of parts.
    """
    place = {c.id: i for i, c in enumerate(concepts)}
    made: list[Node] = []
    node_of: dict[str, int] = {}
    covered = np.zeros(len(concepts), dtype=bool)
    for community in communities:
        members = np.array(sorted(place[m] for m in community.members), dtype=np.int64)
        above = -1 if community.parent is None else node_of[community.parent]
        if above >= 0 and len(made[above].members) == len(members):
            node_of[community.id] = above  # nothing is divided here: one territory is enough
            continue
        node_of[community.id] = len(made)
        depth = 0 if above < 0 else made[above].depth + 1
        made.append(Node(community.id, above, depth, community.title, members))
        covered[members] = True
    if not covered.all():
        made.append(Node(OTHER_TERRITORY, -1, 0, "", np.flatnonzero(~covered)))
    _divide_large(made, concepts, importance)
    return _ordered(made, len(concepts))


def _divide_large(made: list[Node], concepts: Sequence[Concept], importance: NDArray[np.float64]) -> None:
    """Append parts for each territory without any that has more than :data:`MOST_MARKS` concepts.

    Concepts are divided in the order in which the notes first mention them, so that a part is a part of the notes.
    """
    divided = {node.parent for node in made}
    waiting = [i for i, node in enumerate(made) if i not in divided and len(node.members) > MOST_MARKS]
    while waiting:
        at = waiting.pop()
        whole = made[at]
        order = sorted(whole.members.tolist(), key=lambda i: (_first_mention(concepts[i]), i))
        number = min(MOST_PARTS, math.ceil(len(order) / PART))
        for k, some in enumerate(np.array_split(np.array(order, dtype=np.int64), number)):
            if len(some) > MOST_MARKS:
                waiting.append(len(made))
            best = sorted(some.tolist(), key=lambda i: (-importance[i], i))[:2]
            title = ", ".join(concepts[i].name for i in best)
            made.append(Node(f"{whole.id}/{k}", at, whole.depth + 1, title, np.sort(some)))


def _first_mention(concept: Concept) -> tuple[str, int]:
    return (concept.mentions[0].doc, concept.mentions[0].line) if concept.mentions else ("", 0)


def _ordered(made: Sequence[Node], concepts: int) -> Tree:
    """The tree with parents before parts, and the parts of one territory by falling size."""
    parts: dict[int, list[int]] = {}
    for i, node in enumerate(made):
        parts.setdefault(node.parent, []).append(i)
    order: list[int] = []
    level = [-1]
    while level:
        following = [
            i
            for above in level
            for i in sorted(
                parts.get(above, ()), key=lambda i: (made[i].id == OTHER_TERRITORY, -len(made[i].members), i)
            )
        ]
        order += following
        level = following
    new: Mapping[int, int] = {-1: -1, **{old: i for i, old in enumerate(order)}}
    nodes = tuple(Node(made[i].id, new[made[i].parent], made[i].depth, made[i].title, made[i].members) for i in order)
    homes = np.full(concepts, -1, dtype=np.int64)
    for i, node in enumerate(nodes):
        homes[node.members] = i
    return Tree(nodes, homes)
