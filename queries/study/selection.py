"""Which of all that a goal rests on become steps of its path, and which are background that is only named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph.model import Concept, Prerequisite
from graph.prerequisites.ordering import reachable
from queries.question.general_words import specific
from queries.study.likelihood import LIKELY, Way

MOST_STEPS: Final = 12
"""Steps of a path, background aside."""
FEWEST_STEPS: Final = 5
"""Where fewer are likely, the likeliest of those at most :data:`NEAR` edges away are steps as well."""
NEAR: Final = 2
TAUGHT: Final = 1.0
"""Weight that the best passage about a concept has at least (:mod:`queries.study.readings`) if the notes teach it."""
WEAK: Final = 0.35
"""A prerequisite is weak where it is less certain and only the order or the references of the sections suggest it."""
DOUBTFUL: Final = 0.6
"""A concept that is less certain to be one is not a step for a weak reason alone."""
UNCERTAIN: Final = 0.7
"""A concept that is less certain and whose name consists of general words is not studied."""
KNOWLEDGE: Final = 0.5
"""How much a prerequisite that only general knowledge states counts relative to one that the notes show, but for what
the goal needs directly."""
COMMON: Final = 0.04
"""Share of all passages from which on a concept is taken for granted ..."""
COMMON_LEAST: Final = 12
"""... at least so many passages ..."""
COMMON_NOTES: Final = 0.75
"""... in at least this share of the notes."""

_SUGGESTED: Final = frozenset({"order", "reference"})


def without_subject(goal: str, edges: Sequence[Prerequisite], concepts: Mapping[str, Concept]) -> list[Prerequisite]:
    """The edges but for those from what is hardly a concept and has a name of general words alone.

    ``Main differences`` is no subject to learn.
    """
    bare = {
        e.before
        for e in edges
        if e.before != goal
        and e.before in concepts
        and concepts[e.before].confidence < UNCERTAIN
        and not any(specific(name).strip() for name in concepts[e.before].names)
    }
    return [e for e in edges if e.before not in bare]


def without_weak(goal: str, edges: Sequence[Prerequisite], concepts: Mapping[str, Concept]) -> list[Prerequisite]:
    """The edges but for the weak ones.

    A weak edge to the goal itself stays, unless what it leads from is doubtful.
    """
    return [e for e in edges if not _is_weak(e) or (e.after == goal and concepts[e.before].confidence >= DOUBTFUL)]


def _is_weak(edge: Prerequisite) -> bool:
    return bool(edge.reasons) and set(edge.reasons) <= _SUGGESTED and edge.confidence < WEAK


def discounted(goal: str, edges: Iterable[Prerequisite]) -> list[Prerequisite]:
    """The edges with the confidence that counts for choosing: less where only general knowledge states them."""
    return [
        replace(e, confidence=e.confidence * KNOWLEDGE) if e.reasons == ("background",) and e.after != goal else e
        for e in edges
    ]


def taken_for_granted(
    concepts: Iterable[Concept],
    *,
    notes: int,
    passages: int,
    passage_ids: Callable[[Sequence[tuple[str, int]]], Sequence[str | None]],
) -> set[str]:
    """Ids of the concepts that the notes name all over, as all of them use it: a reader is expected to know them.

    Args:
        concepts: those in question.
        notes: how many notes there are.
        passages: how many passages there are.
        passage_ids: gives for each (document, line) the passage that it is in.
    """
    widespread = [c for c in concepts if len({m.doc for m in c.mentions}) >= max(COMMON_NOTES * notes, 1)]
    widespread = [c for c in widespread if len(c.mentions) >= COMMON_LEAST]
    least = max(COMMON_LEAST, COMMON * passages)
    return {c.id for c in widespread if len({*passage_ids([(m.doc, m.line) for m in c.mentions])} - {None}) >= least}


def choose_steps(
    goal: str,
    edges: Sequence[Prerequisite],
    ways: Mapping[str, Way],
    *,
    common: Collection[str] = (),
    likely: Collection[str] = (),
    untaught: Collection[str] = (),
) -> set[str]:
    """The ids of the steps: at most :data:`MOST_STEPS`, the goal among them, and with each all that lies between.

    What the goal needs directly comes first, then what it needs most likely. A concept whose chains to the goal lead
    through more concepts than there is room for, or through what is taken for granted, is not a step: whoever studies
    the goal is past it.

    Args:
        goal: id.
        edges: the prerequisites among what is needed.
        ways: for all that is needed the most certain chain to the goal.
        common: ids that the notes take for granted; none of them is a step unless the goal needs it directly.
        likely: ids that the learner may know; none of them is a step.
        untaught: ids that no passage is about; none of them is a step unless the goal needs it directly or another step
            builds on it and the goal on that.
    """
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.before, []).append(edge.after)
    direct = {e.before for e in edges if e.after == goal}
    left_out = (set(common) - direct | set(likely)) - {goal}
    order = sorted(ways, key=lambda c: (c != goal, c not in direct, -ways[c].strength, ways[c].hops, c))
    steps = {goal}
    for fewest in (False, True):  # first what is likely, then what is near, as long as there are few steps
        for concept in order:
            if fewest and (len(steps) >= FEWEST_STEPS or ways[concept].hops > NEAR):
                continue
            if concept in untaught and concept not in direct:
                continue
            if not fewest and concept not in direct and ways[concept].strength < LIKELY:
                continue
            grown = steps | reachable({concept}, after)
            if len(grown) <= MOST_STEPS and not grown & left_out:
                steps = grown
    return steps


def direct_background(steps: Collection[str], edges: Iterable[Prerequisite], needed: Collection[str]) -> set[str]:
    """Of what is needed and not a step what a step rests on directly: the background that is worth naming."""
    return {e.before for e in edges if e.after in steps and e.before in needed and e.before not in steps}
