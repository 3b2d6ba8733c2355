"""The cheapest chains between two concepts of a large graph, reading no more of it than they need."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

Links = Callable[[Collection[str]], Mapping[str, Mapping[str, float]]]
"""For each of some concepts: the cost of a hop to each of its neighbours. A hop costs the same in both directions."""

LEAST_COST: Final = 1.0
"""No hop may cost less: so a chain of n hops costs at least n, and the search knows when longer ones cannot be
cheaper."""


def cheapest_chains(
    start: str, end: str, *, links: Links, degree: Callable[[str], int], hub_limit: int, max_hops: int, limit: int
) -> list[tuple[str, ...]]:
    """Up to ``limit`` chains from ``start`` to another concept ``end``.

    The cheapest, of equally cheap ones the shortest, then by ids.

    No concept occurs twice in a chain, and none but its ends has more than ``hub_limit`` neighbours.

    Chains of 1 hop are looked for, then of up to 2, and so on to ``max_hops``. For each further hop the smaller of the
    two balls around the ends grows by one, as in bidirectional search (Pohl 1971); every hop of a chain then starts in
    the one or ends in the other. Within the balls chains are taken cheapest first; one that can no longer reach the end
    is not followed.
    """
    near_start, near_end = _Ball({start: 0}, [start]), _Ball({end: 0}, [end])
    costs: dict[str, dict[str, float]] = {}
    """What has been read: complete for the concepts inside a ball, and from the other side for those on its surface."""
    inside: set[str] = set()

    def hub(concept: str) -> bool:
        if concept in (start, end):
            return False
        return (len(costs[concept]) if concept in inside else degree(concept)) > hub_limit

    def grow(ball: _Ball) -> None:
        fresh = sorted(set(ball.surface) - inside)
        for concept, neighbours in links(fresh).items():
            costs[concept] = dict(neighbours)
            for other, cost in neighbours.items():
                if other not in inside:
                    costs.setdefault(other, {})[concept] = cost
        inside.update(fresh)
        ball.radius += 1
        reached = {
            other for concept in ball.surface if not hub(concept) for other in costs[concept]
        } - ball.distances.keys()
        ball.surface = sorted(reached)
        ball.distances |= dict.fromkeys(ball.surface, ball.radius)

    def chains(hops_allowed: int) -> list[tuple[float, tuple[str, ...]]]:
        found: list[tuple[float, tuple[str, ...]]] = []
        heap: list[tuple[float, int, tuple[str, ...]]] = [(0.0, 0, (start,))]
        while heap and len(found) < limit:
            cost, hops, chain = heapq.heappop(heap)
            here = chain[-1]
            if here == end:
                found.append((cost, chain))
            elif hops < hops_allowed and not hub(here):
                for other, price in costs[here].items():
                    left = near_end.distances.get(other, near_end.radius + 1)
                    if hops + 1 + left <= hops_allowed and other not in chain:
                        heapq.heappush(heap, (round(cost + price, 6), hops + 1, (*chain, other)))
        return found

    found: list[tuple[float, tuple[str, ...]]] = []
    for hops in range(1, max_hops + 1):
        grow(near_start if len(near_start.surface) <= len(near_end.surface) else near_end)
        found = chains(hops)
        complete = len(found) == limit and found[-1][0] <= (hops + 1) * LEAST_COST
        if complete or near_start.without(end) or near_end.without(start):
            break
    return [chain for _, chain in found]


@dataclass(slots=True)
class _Ball:
    """The concepts within ``radius`` hops of one end, hubs on its way not led through."""

    distances: dict[str, int]
    surface: list[str]
    """Those at the distance ``radius``, whose neighbours have not been looked at."""
    radius: int = 0

    def without(self, other: str) -> bool:
        """Whether the ball has come to its end and ``other`` is not in it."""
        return not self.surface and other not in self.distances
