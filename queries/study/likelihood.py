"""How likely a goal needs what it rests on, by which chain of prerequisites.

And what follows from that for a learner.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from graph.model import Prerequisite
from graph.prerequisites.ordering import reachable

SURE: Final = 0.5
"""Who knows a concept is taken to know what it rests on where that is at least as likely as not ..."""
LIKELY: Final = 0.1
"""... and may know it where there is at least this chance. What a goal needs with a lesser chance is background."""


@dataclass(frozen=True, slots=True)
class Way:
    """The most certain chain of prerequisites from a concept to a goal."""

    strength: float
    """0..1: the product of the confidences of its edges; 1 for a goal itself."""
    hops: int
    first: Prerequisite | None
    """The chain's first edge; the chain goes on with that of its ``after``. None for a goal."""


def likeliest_ways(goals: Iterable[str], edges: Iterable[Prerequisite]) -> dict[str, Way]:
    """For the goals and all they depend on, the chain to one of them with the greatest product of confidences.

    Dijkstra's algorithm (doi:10.1007/BF01386390) on products, which never grow along a chain. A tie goes to the
    shorter chain, then to the smaller ids. An edge is a guess with a probability; were the guesses independent, the
    product would be the chance that the chain is right. So what depends on a long row of doubtful edges counts for
    little, and what one certain edge names for much.
    """
    before: dict[str, list[Prerequisite]] = {}
    for edge in edges:
        before.setdefault(edge.after, []).append(edge)
    ways = {goal: Way(1.0, 0, None) for goal in goals}
    heap: list[tuple[float, int, str]] = [(-1.0, 0, goal) for goal in sorted(ways)]
    heapq.heapify(heap)
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
    """The edges of the most certain chain from ``start`` to a goal of ``ways``; empty where ``start`` is one."""
    chain: list[Prerequisite] = []
    while (edge := ways[start].first) is not None:
        chain.append(edge)
        start = edge.after
    return tuple(chain)


def implied_by(known: Collection[str], edges: Iterable[Prerequisite], *, least: float = SURE) -> set[str]:
    """The known concepts, and what they rest on with a chance of ``least`` or more: whoever knows those knows these.

    Not simply all that they rest on: at the end of a long row of doubtful edges appears what the learner never heard
    of.
    """
    return {concept for concept, way in likeliest_ways(known, edges).items() if way.strength >= least}


def missing_for(goal: str, edges: Iterable[Prerequisite], *, known: Collection[str]) -> set[str]:
    """The goal and what it rests on, but not what is known nor what only known concepts rest on.

    Empty where the goal is known.
    """
    before: dict[str, list[str]] = {}
    for edge in edges:
        if edge.before not in known:
            before.setdefault(edge.after, []).append(edge.before)
    return reachable({goal} - set(known), before)
