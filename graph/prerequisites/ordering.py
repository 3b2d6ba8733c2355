"""In which order concepts are learned: every prerequisite before what rests on it."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

from graph.model import Prerequisite


def needed_for(goals: Iterable[str], edges: Sequence[Prerequisite], *, known: Iterable[str] = ()) -> set[str]:
    """The goals and all that they rest on, without the known concepts and all that those rest on.

    Whoever knows a concept knows what it rests on, so a goal that a known concept rests on is not needed either.
    """
    before: dict[str, list[str]] = {}
    for edge in edges:
        before.setdefault(edge.after, []).append(edge.before)
    return reachable(goals, before) - reachable(known, before)


def reachable(starts: Iterable[str], steps: Mapping[str, Iterable[str]]) -> set[str]:
    """``starts`` and all that ``steps`` lead to from them."""
    seen = set(starts)
    stack = list(seen)
    while stack:
        for other in steps.get(stack.pop(), ()):
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return seen


def topological_order(concepts: Collection[str], edges: Sequence[Prerequisite]) -> list[str]:
    """``concepts`` with every prerequisite before what rests on it, the smallest id first where there is a choice.

    Edges that leave ``concepts`` are ignored.

    Raises:
        ValueError: the edges have a cycle; the message names concepts on it or behind it.
    """
    return study_order(concepts, edges, theme_of=dict.fromkeys(concepts, ""), salience={})


def layers(edges: Sequence[Prerequisite], goals: Iterable[str], *, known: Iterable[str] = ()) -> list[list[str]]:
    """What is needed for ``goals``, layer by layer.

    Layer 0 needs nothing that is not known, layer n something of layer n-1.

    Returns:
        Ids, sorted within each layer; empty where the goals are known.

    Raises:
        ValueError: the edges have a cycle.
    """
    needed = needed_for(goals, edges, known=known)
    before: dict[str, list[str]] = {}
    for edge in edges:
        if edge.before in needed and edge.after in needed:
            before.setdefault(edge.after, []).append(edge.before)
    depth: dict[str, int] = {}
    found: list[list[str]] = []
    for concept in topological_order(needed, edges):
        depth[concept] = 1 + max((depth[b] for b in before.get(concept, ())), default=-1)
        if depth[concept] == len(found):
            found.append([])
        found[depth[concept]].append(concept)
    return [sorted(layer) for layer in found]


def study_order(
    needed: Collection[str],
    edges: Sequence[Prerequisite],
    *,
    theme_of: Mapping[str, str],
    salience: Mapping[str, float],
) -> list[str]:
    """``needed`` in an order to study.

    Every prerequisite before what rests on it, and one theme at a time as far as that allows.

    The reader stays in a theme while something of it can be learned. Then comes the theme of which the largest share
    can be learned at once, so that themes are rather finished than begun; ties go to the more salient concept, then to
    the smaller id. Within a theme the most salient concept comes first, then the smaller id.

    Args:
        needed: ids; edges that leave them are ignored.
        edges: prerequisites without a cycle, direct or not.
        theme_of: the theme of a concept; a concept without one is a theme of its own.
        salience: 0 for concepts that are not in it.

    Raises:
        ValueError: the edges have a cycle; the message names concepts on it or behind it.
    """
    work = _Work(needed, edges, theme_of, salience)
    order: list[str] = []
    while work.ready:
        theme = work.next_theme()
        while heap := work.ready.get(theme):
            concept = heapq.heappop(heap)[1]
            if not heap:
                del work.ready[theme]
            work.learn(concept)
            order.append(concept)
    if len(order) < len(set(needed)):
        left = sorted(set(needed) - set(order))
        raise ValueError(
            f"Prerequisites have a cycle among or before: {', '.join(left[:10])}{' …' if len(left) > 10 else ''}"
        )
    return order


class _Work:
    """What is left to learn, and what of it can be learned now."""

    def __init__(
        self,
        needed: Collection[str],
        edges: Sequence[Prerequisite],
        theme_of: Mapping[str, str],
        salience: Mapping[str, float],
    ) -> None:
        members = set(needed)
        self._theme: dict[str, Hashable] = {c: theme_of.get(c, (c,)) for c in members}
        self._rank = {c: (-salience.get(c, 0.0), c) for c in members}
        self._after: dict[str, list[str]] = {c: [] for c in members}
        self._missing = dict.fromkeys(members, 0)
        for before, after in {(e.before, e.after) for e in edges}:
            if before in members and after in members:
                self._after[before].append(after)
                self._missing[after] += 1
        self._left: dict[Hashable, int] = {}
        for theme in self._theme.values():
            self._left[theme] = self._left.get(theme, 0) + 1
        self.ready: dict[Hashable, list[tuple[tuple[float, str], str]]] = {}
        """For each theme the heap of concepts that can be learned now. Themes without such are not in it."""
        for concept, missing in self._missing.items():
            if not missing:
                self._push(concept)
        self._run: dict[Hashable, int] = {}

    def _push(self, concept: str) -> None:
        heapq.heappush(self.ready.setdefault(self._theme[concept], []), (self._rank[concept], concept))

    def learn(self, concept: str) -> None:
        """Take ``concept`` as learned: what waited only for it becomes ready."""
        self._left[self._theme[concept]] -= 1
        self._run.pop(self._theme[concept], None)
        for after in self._after[concept]:
            self._missing[after] -= 1
            self._run.pop(self._theme[after], None)
            if not self._missing[after]:
                self._push(after)

    def next_theme(self) -> Hashable:
        """The theme to go on with, see :func:`study_order`."""
        return min(self.ready, key=lambda theme: (-self._runs(theme) / self._left[theme], self.ready[theme][0]))

    def _runs(self, theme: Hashable) -> int:
        """How many concepts of ``theme`` can be learned one after the other without leaving it."""
        if theme not in self._run:
            stack = [concept for _, concept in self.ready[theme]]
            missing: dict[str, int] = {}
            count = 0
            while stack:
                count += 1
                for after in self._after[stack.pop()]:
                    if self._theme[after] == theme:
                        missing[after] = missing.get(after, self._missing[after]) - 1
                        if not missing[after]:
                            stack.append(after)
            self._run[theme] = count
        return self._run[theme]
