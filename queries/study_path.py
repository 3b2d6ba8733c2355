"""What to learn, in which order and how long it takes, to understand a goal."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from graph.errors import NoPath
from graph.model import Concept, Passage, Prerequisite, Relation
from graph.ordering import needed_for, study_order
from graph.store import GraphStore
from queries.study_model import Reading, StudyPath, StudyStep
from queries.words import CJK

CHINESE_PER_MINUTE: Final = 300
"""Chinese characters that a learner reads in a minute, with understanding."""
ENGLISH_PER_MINUTE: Final = 220
"""English words that a learner reads in a minute, with understanding."""
READINGS: Final = 3
"""Passages to read for one step, at most."""

_CHINESE: Final = re.compile(rf"[{CJK}]")
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9'’-]*")


def reading_minutes(text: str) -> float:
    """Minutes to read ``text``: 300 Chinese characters or 220 English words a minute, to a tenth of a minute.

    >>> reading_minutes("注意力" * 100)
    1.0
    """
    return round(len(_CHINESE.findall(text)) / CHINESE_PER_MINUTE + len(_LATIN.findall(text)) / ENGLISH_PER_MINUTE, 1)


def plan_study(
    store: GraphStore, goal: str, *, known: Sequence[str] = (), start: str | None = None, minutes: float | None = None
) -> StudyPath:
    """The smallest path to ``goal``: what it rests on, without what is known, every prerequisite before what needs it.

    Args:
        store: the graph.
        goal: name, alias or id of what to understand.
        known: names, aliases or ids of what is known already; what they rest on is known as well.
        start: name, alias or id of where to begin; it counts as known. Where no prerequisite chain leads from it to the goal,
            ``connection`` tells how the two are related.
        minutes: time at hand. Readings are shortened to the most important passage of each step, then left out from the least
            salient step on, until the path fits; steps are never left out, for the goal needs each. None: all the time there is.

    Returns:
        The path; without steps where the goal itself is known.

    Raises:
        NoSuchConcept, AmbiguousConcept: a name does not mean exactly one concept.
    """
    with store.reading():
        target = store.concept(goal)
        begin = store.concept(start) if start is not None else None
        given = {store.concept(name).id for name in known} | ({begin.id} if begin else set())
        edges = store.prerequisite_closure(target.id)
        for concept in sorted(given):
            edges += store.prerequisite_closure(concept)
        edges = list({e.key: e for e in edges}.values())
        needed = needed_for([target.id], edges, known=given)
        taken = _known(given, edges)
        concepts = {c.id: c for c in store.concepts(needed)}
        theme_of = {m: c.id for c in store.communities(0) for m in c.members if m in needed}
        order = study_order(needed, edges, theme_of=theme_of, salience={i: c.salience for i, c in concepts.items()})
        readings = _readings(store, [concepts[c] for c in order])
        connection = _connection(store, begin, target, edges) if begin else ()
    readings = _within(readings, order, concepts, minutes)
    steps = _steps(order, concepts, edges, readings)
    return StudyPath(
        goal=target.id,
        steps=steps,
        known=tuple(sorted(taken)),
        minutes=round(sum(s.minutes for s in steps), 1),
        connection=connection,
    )


def _known(given: Collection[str], edges: Sequence[Prerequisite]) -> set[str]:
    """The given concepts and all that they rest on."""
    return needed_for(given, edges)


def _connection(store: GraphStore, begin: Concept, target: Concept, edges: Sequence[Prerequisite]) -> tuple[Relation, ...]:
    """The relations that lead from ``begin`` to ``target``, where ``target`` does not rest on ``begin``."""
    if begin.id == target.id or begin.id in needed_for([target.id], edges):
        return ()
    try:
        return store.paths(begin.id, target.id, limit=1)[0].relations
    except NoPath:
        return ()


def _readings(store: GraphStore, concepts: Sequence[Concept]) -> dict[str, tuple[Reading, ...]]:
    """For each concept the passages to read, most important first; a passage is read once, at the first step that needs it.

    The passage that defines the concept, then those that name it in their heading or most often.
    """
    wanted = {(m.doc, m.line) for c in concepts for m in c.mentions}
    wanted |= {(c.definition.doc, c.definition.line) for c in concepts if c.definition}
    passages = [p for doc in sorted({d for d, _ in wanted}) for p in store.passages(doc)]
    at: dict[tuple[str, int], Passage] = {}
    for passage in passages:
        for line in range(passage.first_line, passage.last_line + 1):
            at[(passage.doc, line)] = passage
    read: set[str] = set()
    found: dict[str, tuple[Reading, ...]] = {}
    for concept in concepts:
        weight: dict[str, float] = {}
        held: dict[str, Passage] = {}
        for mention in concept.mentions:
            passage_at = at.get((mention.doc, mention.line))
            if passage_at is not None:
                held[passage_at.id] = passage_at
                title = passage_at.heading_path[-1] if passage_at.heading_path else ""
                weight[passage_at.id] = weight.get(passage_at.id, 3.0 if mention.form in title else 0.0) + 1.0
        if concept.definition:
            passage_at = at.get((concept.definition.doc, concept.definition.line))
            if passage_at is not None:
                held[passage_at.id] = passage_at
                weight[passage_at.id] = weight.get(passage_at.id, 0.0) + 100.0
        best = sorted(weight, key=lambda i: (-weight[i], i))
        least = 2.0 if best and weight[best[0]] >= 2.0 else 0.0
        chosen = [i for i in best if i not in read and weight[i] >= least][:READINGS]
        read.update(chosen)
        found[concept.id] = tuple(Reading(held[i], reading_minutes(held[i].text)) for i in chosen)
    return found


def _within(
    readings: dict[str, tuple[Reading, ...]], order: Sequence[str], concepts: Mapping[str, Concept], minutes: float | None
) -> dict[str, tuple[Reading, ...]]:
    """Readings that fit into ``minutes``: first the later passages of each step go, then whole readings of the least salient steps."""
    if minutes is None:
        return readings
    kept = dict(readings)

    def total() -> float:
        return sum(r.minutes for found in kept.values() for r in found)

    for most in range(READINGS - 1, 0, -1):
        if total() <= minutes:
            return kept
        kept = {c: found[:most] for c, found in kept.items()}
    for concept in sorted(order[:-1], key=lambda c: (concepts[c].salience, c)):
        if total() <= minutes:
            return kept
        kept[concept] = ()
    return kept


def _steps(
    order: Sequence[str], concepts: Mapping[str, Concept], edges: Sequence[Prerequisite], readings: Mapping[str, tuple[Reading, ...]]
) -> tuple[StudyStep, ...]:
    """The steps with their reasons; ``layer`` counts from what needs nothing that is not known."""
    place = {concept: position for position, concept in enumerate(order)}
    inside = [e for e in edges if e.before in place and e.after in place]
    layer: dict[str, int] = {}
    steps = []
    for concept in order:
        needs = sorted((e.before for e in inside if e.after == concept), key=lambda c: place[c])
        layer[concept] = 1 + max((layer[c] for c in needs), default=-1)
        steps.append(
            StudyStep(
                concept=concept,
                name=concepts[concept].name,
                layer=layer[concept],
                why=tuple(sorted((e for e in inside if e.before == concept), key=lambda e: (-e.confidence, e.key))),
                needs=tuple(needs),
                definition=concepts[concept].definition,
                reading=readings.get(concept, ()),
                minutes=round(sum(r.minutes for r in readings.get(concept, ())), 1),
            )
        )
    return tuple(steps)
