"""What can be learned now: concepts whose prerequisites are all known, the most worthwhile first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.model import Community, Concept, Prerequisite
from graph.stores.contract import GraphStore
from queries.study.likelihood import LIKELY, implied_by, likeliest_ways, missing_for
from queries.study.model import NextStep, NextSteps
from queries.study.readings import share_readings, weigh_passages

READ: Final = 2
"""Passages to read for one of the steps, at most."""
FAMILIAR: Final = 0.3
"""Weight of building on what is known: 1 where an edge with confidence 1 comes from something known."""
OPENING: Final = 0.25
"""Weight of what a concept opens the way to, on a logarithmic scale; what needs nothing else any more counts twice."""
SALIENT: Final = 0.2
"""Weight of salience."""
NEAR: Final = 0.15
"""Weight of a theme that is shared with something known: whole for one of the finest themes, half for a coarser one."""
EXPLAINED: Final = 0.1
"""Weight of a definition in the notes."""
TOWARDS: Final = 0.5
"""With a goal: weight of how likely the goal needs the concept; the others share the rest."""


@dataclass(frozen=True, slots=True)
class _Rated:
    """A concept that can be learned now, and what it is ranked by."""

    concept: Concept
    score: float
    builds_on: tuple[Prerequisite, ...]
    opens: tuple[str, ...]
    completes: tuple[str, ...]
    theme: str | None


def next_steps(store: GraphStore, *, known: Sequence[str] = (), goal: str | None = None, limit: int = 5) -> NextSteps:
    """The concepts that can be learned now, given what is known.

    A concept can be learned when every concept that it rests on directly is known, or may be known because something
    known rests on it (:func:`queries.study.likelihood.implied_by`); what may be known is not offered either. Ranked by
    a weighted sum, each part 0..1, of the module's constants: building on what is known, opening the way to others,
    salience, a theme shared with something known, a definition. With a goal, half of the score is how likely the goal
    needs the concept (:mod:`queries.study.likelihood`). Ties go by id.

    Args:
        store: the graph.
        known: names, aliases or ids of what is known; what they surely rest on is known as well.
        goal: name, alias or id; only what it needs is offered, and at last itself.
        limit: at most this many steps.

    Raises:
        NoSuchConcept, AmbiguousConcept: a name does not mean exactly one concept.
    """
    with store.reading():
        target = None if goal is None else store.concept(goal).id
        edges = store.prerequisites()
        given = {store.concept(name).id for name in known}
        taken = implied_by(given, edges)
        likely = implied_by(given, edges, least=LIKELY)
        before: dict[str, list[Prerequisite]] = {}
        for edge in edges:
            before.setdefault(edge.after, []).append(edge)
        wanted = None if target is None else missing_for(target, edges, known=taken)
        concepts = store.concepts()
        ready = [
            c
            for c in concepts
            if (c.id not in likely or c.id == target)
            and (wanted is None or c.id in wanted)
            and all(e.before in likely for e in before.get(c.id, ()))
        ]
        rated = _rate(ready, taken, edges, store.communities(), {c.id: n for n, c in enumerate(concepts)})
        if target is not None:
            ways = likeliest_ways([target], edges)
            rated = [_towards(r, ways[r.concept.id].strength) for r in rated]
        best = sorted(rated, key=lambda r: (-r.score, r.concept.id))[:limit]
        order = [r.concept.id for r in best]
        readings = share_readings(weigh_passages(store, [r.concept for r in best]), order)
    steps = tuple(
        NextStep(
            concept=r.concept.id,
            name=r.concept.name,
            score=round(r.score, 4),
            builds_on=r.builds_on,
            opens=r.opens,
            completes=r.completes,
            theme=r.theme,
            definition=r.concept.definition,
            reading=readings[r.concept.id][:READ],
            minutes=round(sum(x.minutes for x in readings[r.concept.id][:READ]), 1),
        )
        for r in best
    )
    return NextSteps(tuple(sorted(taken)), steps, len(ready), target, target is not None and target in taken)


def _towards(rated: _Rated, strength: float) -> _Rated:
    score = TOWARDS * strength + (1 - TOWARDS) * rated.score
    return _Rated(rated.concept, score, rated.builds_on, rated.opens, rated.completes, rated.theme)


def _rate(
    ready: Sequence[Concept],
    known: set[str],
    edges: Sequence[Prerequisite],
    themes: Sequence[Community],
    rank: Mapping[str, int],
) -> list[_Rated]:
    """``ready`` with scores, in its order. ``rank``: place of every concept by salience."""
    missing: dict[str, set[str]] = {}
    after: dict[str, set[str]] = {}
    builds: dict[str, list[Prerequisite]] = {}
    for edge in edges:
        if edge.before in known:
            builds.setdefault(edge.after, []).append(edge)
        elif edge.after not in known:
            missing.setdefault(edge.after, set()).add(edge.before)
            after.setdefault(edge.before, set()).add(edge.after)
    near = _near(themes, known)
    rated = []
    most = max((_weight(after.get(c.id, set()), c.id, missing) for c in ready), default=0.0)
    for concept in ready:
        opens = sorted(after.get(concept.id, ()), key=lambda i: rank[i])
        completes = [i for i in opens if missing[i] == {concept.id}]
        built = sorted(builds.get(concept.id, ()), key=lambda e: (-e.confidence, e.key))
        share, title = near.get(concept.id, (0.0, None))
        score = (
            FAMILIAR * (1 - math.prod(1 - e.confidence for e in built))
            + OPENING * (_weight(set(opens), concept.id, missing) / most if most else 0.0)
            + SALIENT * concept.salience
            + NEAR * share
            + EXPLAINED * (concept.definition is not None)
        )
        rated.append(_Rated(concept, score, tuple(built), tuple(opens), tuple(completes), title))
    return rated


def _weight(opens: set[str], concept: str, missing: Mapping[str, set[str]]) -> float:
    return math.log1p(sum(2 if missing[i] == {concept} else 1 for i in opens))


def _near(themes: Sequence[Community], known: set[str]) -> dict[str, tuple[float, str | None]]:
    """Concept → how near its finest theme that contains something known is (1 for the finest level, 0.5 for others).

    And its title.
    """
    finest = max((t.level for t in themes), default=0)
    found: dict[str, tuple[float, str | None]] = {}
    for theme in sorted(themes, key=lambda t: (t.level, t.id)):  # finer themes, which come later, win
        if not known.isdisjoint(theme.members):
            for member in theme.members:
                found[member] = (1.0 if theme.level == finest else 0.5, theme.title)
    return found
