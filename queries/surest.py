"""How likely a goal needs what it rests on, and by which chain of prerequisites."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.model import Prerequisite


@dataclass(frozen=True, slots=True)
class Way:
    """The surest chain of prerequisites from a concept to the goal."""

    strength: float
    """0..1: the product of the confidences of its edges; 1 for the goal itself."""
    hops: int
    first: Prerequisite | None
    """The chain's first edge; the chain goes on with that of its ``after``. None for the goal."""


def surest_ways(goal: str, edges: Iterable[Prerequisite]) -> dict[str, Way]:
    """For the goal and all that it rests on, the chain that leads to it with the greatest product of confidences.

    Dijkstra's algorithm (doi:10.1007/BF01386390) on products, which never grow along a chain. A tie goes to the shorter chain, then to
    the smaller ids. An edge is a guess with a probability; were the guesses independent, the product would be the chance that the
    chain holds. So what hangs on a long row of doubtful edges counts for little, and what one sure edge names for much.
    """
    before: dict[str, list[Prerequisite]] = {}
    for edge in edges:
        before.setdefault(edge.after, []).append(edge)
    ways = {goal: Way(1.0, 0, None)}
    heap: list[tuple[float, int, str]] = [(-1.0, 0, goal)]
    done: set[str] = set()
    while heap:
        _, _, concept = heapq.heappop(heap)
        if concept in done:
            continue
        done.add(concept)
        here = ways[concept]
        for edge in sorted(before.get(concept, ()), key=lambda e: e.key):
            way = Way(here.strength * edge.confidence, here.hops + 1, edge)
            known = ways.get(edge.before)
            if edge.before not in done and (known is None or (-way.strength, way.hops) < (-known.strength, known.hops)):
                ways[edge.before] = way
                heapq.heappush(heap, (-way.strength, way.hops, edge.before))
    return ways


def chain_from(start: str, ways: Mapping[str, Way]) -> tuple[Prerequisite, ...]:
    """The edges of the surest chain from ``start`` to the goal of ``ways``; empty where ``start`` is the goal."""
    chain: list[Prerequisite] = []
    while (edge := ways[start].first) is not None:
        chain.append(edge)
        start = edge.after
    return tuple(chain)
