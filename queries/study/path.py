"""What to learn, in which order and how long it takes, to understand a goal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph.errors import NoPath
from graph.model import Basis, Concept, Evidence, Passage, Prerequisite, Relation
from graph.prerequisites.ordering import study_order
from graph.stores.contract import GraphStore
from graph.text.names import fold
from graph.text.questions import is_question, is_task
from queries.study.likelihood import LIKELY, Way, chain_from, implied_by, likeliest_ways, missing_for
from queries.study.model import Reading, StudyPath, StudyStep
from queries.study.readings import fit, is_order, share_readings, weigh_passages
from queries.study.selection import (
    MOST_STEPS,
    TAUGHT,
    choose_steps,
    direct_background,
    discounted,
    taken_for_granted,
    without_subject,
    without_weak,
)

STATED: Final = 4
"""Characters besides the names of two concepts that a line has at least that says something of them."""


def study_path(
    store: GraphStore,
    goal: str,
    *,
    known: Sequence[str] = (),
    start: str | None = None,
    minutes: float | None = None,
    full: bool = False,
) -> StudyPath:
    """The smallest path to ``goal``: what it rests on, without what is known, every prerequisite before what needs it.

    At most twelve concepts are steps (:func:`queries.study.selection.choose_steps`). What they rest on directly besides
    is background: it comes first, and whoever knows it passes over it. That is what the goal needs only by a long or
    doubtful chain of prerequisites (:func:`queries.study.likelihood.likeliest_ways`), what the notes take for granted,
    and what the learner may know because something known rests on it. What only the background rests on is left out
    and counted, and so are weak prerequisites of a long path.

    Args:
        store: the graph.
        goal: name, alias or id of what to understand.
        known: names, aliases or ids of what is known already; what they surely rest on is known as well
            (:func:`queries.study.likelihood.implied_by`), and what only they need is not needed.
        start: name, alias or id of where to begin; it counts as known. The path tells how it leads to the goal: by a
            chain of prerequisites, in either direction, or else by relations.
        minutes: time at hand, see :func:`queries.study.readings.fit`. None: all the time there is.
        full: every concept that the goal rests on is a step.

    Returns:
        The path; without steps where the goal itself is known.

    Raises:
        NoSuchConcept, AmbiguousConcept: a name does not mean exactly one concept.
    """
    with store.reading():
        target = store.concept(goal)
        begin = store.concept(start) if start is not None else None
        given = {store.concept(name).id for name in known} | ({begin.id} if begin else set())
        edges = _edges(store, target.id, given)
        taken = implied_by(given, edges)
        needed = missing_for(target.id, edges, known=taken)
        concepts = {c.id: c for c in store.concepts(needed)}
        everything = len(needed)
        if not full:
            edges = without_subject(target.id, edges, concepts)
            if everything > MOST_STEPS:
                edges = without_weak(target.id, edges, concepts)
            needed = missing_for(target.id, edges, known=taken)
        theme_of = {m: c.id for c in store.communities(0) for m in c.members if m in needed}
        salience = {i: c.salience for i, c in concepts.items()}
        inside = [_telling(e, concepts) for e in edges if e.before in needed and e.after in needed]
        weights = weigh_passages(store, [concepts[c] for c in sorted(needed)], inside)
        ways = likeliest_ways([target.id], inside)
        proper = set(needed)
        sizes = store.sizes()
        if not full and needed:
            proper = choose_steps(
                target.id,
                inside,
                likeliest_ways([target.id], discounted(target.id, inside)),
                common=taken_for_granted(
                    (concepts[c] for c in sorted(needed)),
                    notes=sizes.documents,
                    passages=sizes.passages,
                    passage_ids=store.passage_ids,
                ),
                likely=implied_by(given, edges, least=LIKELY),
                untaught={c for c in needed if concepts[c].mentions and max(weights[c].values(), default=0.0) < TAUGHT},
            )
        background = direct_background(proper, inside, needed)
        ahead = study_order(background, edges, theme_of=theme_of, salience=salience)
        steps_in_order = study_order(proper, edges, theme_of=theme_of, salience=salience)
        readings = _readings(weights, ahead, steps_in_order)
        unlocks = _unlocks(store, [*ahead, *steps_in_order])
        chain, connection = _how_connected(store, begin, target, edges) if begin else ((), ())
    steps = fit(_steps([*ahead, *steps_in_order], background, concepts, inside, ways, readings, unlocks), minutes)
    return StudyPath(
        goal=target.id,
        steps=steps,
        known=tuple(sorted(taken)),
        minutes=round(sum(s.minutes for s in steps), 1),
        connection=connection,
        start=begin.id if begin else None,
        chain=chain,
        budget=minutes,
        left_out=everything - len(steps),
    )


def _edges(store: GraphStore, goal: str, given: Collection[str]) -> list[Prerequisite]:
    """All prerequisites that lead to the goal or to what is known, by key."""
    edges = {e.key: e for concept in [goal, *sorted(given)] for e in store.prerequisite_closure(concept)}
    return [edges[k] for k in sorted(edges)]


def _how_connected(
    store: GraphStore, begin: Concept, target: Concept, edges: Sequence[Prerequisite]
) -> tuple[tuple[Prerequisite, ...], tuple[Relation, ...]]:
    """The most certain chain of prerequisites between the two, or else the cheapest chain of relations.

    Both empty where there is none.

    A chain of prerequisites that hardly contains (:data:`LIKELY`) is only told where no relations connect the two.
    """
    chains: list[tuple[float, tuple[Prerequisite, ...]]] = []
    for first, last in ((begin.id, target.id), (target.id, begin.id)):
        ways = likeliest_ways([last], edges)
        if first in ways and first != last:
            chains.append((ways[first].strength, chain_from(first, ways)))
    if any(strength >= LIKELY for strength, _ in chains) or begin.id == target.id:
        return (chains[0][1] if chains else ()), ()
    try:
        return (), store.paths(begin.id, target.id, limit=1)[0].relations
    except NoPath:
        return (chains[0][1] if chains else ()), ()


def _readings(
    weights: Mapping[str, Mapping[Passage, float]], background: Sequence[str], proper: Sequence[str]
) -> dict[str, tuple[Reading, ...]]:
    """What to read at each step.

    Who passes over the background must miss nothing, so it only gets what no other step reads.
    """
    readings = share_readings(weights, proper)
    taken = {r.passage for found in readings.values() for r in found}
    left = {c: {p: w for p, w in weights[c].items() if p not in taken} for c in background}
    return {**readings, **{c: found[:1] for c, found in share_readings(left, background).items()}}


def _unlocks(store: GraphStore, order: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each step the ids of the concepts that rest on it directly.

    Those of the path first, then the most salient.
    """
    after = {c: {e.after for e in store.prerequisites(before=c)} for c in order}
    place = {c: n for n, c in enumerate(order)}
    beyond = {c.id: len(order) + n for n, c in enumerate(store.concepts(set().union(*after.values())))}
    return {c: tuple(sorted(found, key=lambda i: place.get(i, beyond[i]))) for c, found in after.items()}


def _steps(
    order: Sequence[str],
    background: Collection[str],
    concepts: Mapping[str, Concept],
    edges: Sequence[Prerequisite],
    ways: Mapping[str, Way],
    readings: Mapping[str, tuple[Reading, ...]],
    unlocks: Mapping[str, tuple[str, ...]],
) -> list[StudyStep]:
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
                why=tuple(
                    sorted(
                        (e for e in inside if e.before == concept),
                        key=lambda e: (-e.confidence * ways[e.after].strength, e.key),
                    )
                ),
                needs=tuple(needs),
                definition=_definition(concepts[concept]),
                reading=readings.get(concept, ()),
                minutes=0.0,
                strength=ways[concept].strength,
                background=concept in background,
                unlocks=unlocks[concept],
            )
        )
    return steps


def _telling(edge: Prerequisite, concepts: Mapping[str, Concept]) -> Prerequisite:
    """The edge with only those of its lines that name what comes first and state something.

    A question or task, a label, and what is nothing but the two names (a cell, the header of a table) explain nothing.
    """
    names = [fold(name) for name in concepts[edge.before].names]
    both = [fold(name) for end in edge.key for name in concepts[end].names]
    kept = tuple(
        e
        for e in edge.evidence
        if _states(e, both) and (edge.basis is Basis.BACKGROUND or any(name in fold(e.quote) for name in names))
    )
    return replace(edge, evidence=kept) if kept != edge.evidence else edge


def _states(evidence: Evidence, names: Sequence[str]) -> bool:
    quote = evidence.quote.strip()
    _, asked, task = quote.replace("？", "?").rpartition("?")
    if asked and is_task(task):
        return False
    if is_question(quote) or is_task(quote) or quote.endswith((":", "：")) or quote.startswith("| "):
        return False
    left = fold(evidence.quote)
    for name in sorted(names, key=lambda name: (-len(name), name)):
        left = left.replace(name, "")
    return len(left) >= STATED


def _definition(concept: Concept) -> Evidence | None:
    """The definition of a concept, unless it is a list of what to learn in which order."""
    found = concept.definition
    return found if found is not None and not is_order(found.quote) else None
