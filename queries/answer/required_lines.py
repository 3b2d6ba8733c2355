"""Which lines each kind of question needs whatever the words say.

Definitions, what names both sides, the steps of a path.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from graph.errors import NoPath
from graph.model import Basis, ConceptPath, LineKind, Prerequisite, Relation, RelationType
from graph.prerequisites.ordering import needed_for, study_order
from graph.stores.contract import GraphStore
from queries.answer.statements import MOSTLY, asking
from queries.question.model import LinkMethod, Plan, QuestionKind
from queries.retrieval.lines import ROWS
from queries.retrieval.retriever import Ranking, Retriever

DEFINITIONS: Final = 3
"""Definition lines of one answer, at most."""
BOTH: Final = 4
"""Lines that name both sides of a comparison or relation, at most."""
NEIGHBOURS: Final = 3
"""Lines of related concepts in a multi-hop answer, at most."""
DEFINED: Final = 1
"""Definition lines of a goal, at most."""
STATED: Final = 2
"""Definition lines and lines that state prerequisites, at most."""
EXPLAINED: Final = 4
"""Further lines that explain a goal, at most."""
PREREQUISITE_ROWS: Final = 6
"""Lines that the template of prerequisites brings, at most."""
NEEDED: Final = 6
"""Prerequisites that an answer names, at most."""
ENOUGH: Final = 4
"""A path of fewer steps is filled up with what the goal is made of."""
STEP_ROWS: Final = 4
"""Definition lines of the steps of a study path, at most."""
GOAL_ROWS: Final = 3
"""Further lines that explain the goal of a study path, at most."""
TOLD: Final = 2
"""A line that states an order gives the steps where it names so many besides the goal."""
LARGEST: Final = 120
"""Concepts before a goal that are looked at, at most; an answer names the nearest few, `study` shows all."""
STEPS: Final = 8
"""Concepts of a study path in an answer, at most; `study` shows all."""


_ORDER: Final = re.compile(
    r"先修|前置知识|预备知识|先(?:学|理解|了解|掌握|看|读|懂).{1,60}(?:再|后|然后|接着|之后)"
    r"|(?:学|理解|看懂|掌握).{1,30}(?:之前|以前|前[，,]).{0,12}(?:先|需|要)|→.+→"
    r"|\bprerequisites?\b|\bbefore (?:you )?(?:learn|study|read|understand)\w*\b"
    r"|\b(?:learn|study|read|understand)\b.+\bfirst\b|\bfirst (?:learn|study|read|understand)\b",
    re.IGNORECASE,
)
"""The wording of a line that says what to learn before what."""
_PREREQUISITES: Final = re.compile(r"\W*(?:先修|前置|预备知识|prerequisites?)", re.IGNORECASE)
"""The beginning of a line that says what its note presumes."""


@dataclass(frozen=True, slots=True)
class Template:
    """What a kind of question brings to its answer before the words are looked at."""

    rows: tuple[int, ...] = ()
    """Lines to cite first, most useful first."""
    concepts: tuple[str, ...] = ()
    """Ids of concepts that belong to the answer, best first."""
    paths: tuple[ConceptPath, ...] = ()
    """Chains between the question's concepts."""
    prerequisites: tuple[Prerequisite, ...] = ()
    """Edges that the answer tells."""
    stating: int = -1
    """Row of a line that itself says what to learn before what; -1 where none does."""


def template(
    store: GraphStore, retriever: Retriever, plan: Plan, ranking: Ranking, relations: Sequence[Relation]
) -> Template:
    """The template for the plan's kind.

    Args:
        store: the graph.
        retriever: its lines.
        plan: the question.
        ranking: how well each line answers it.
        relations: all relations of the question's concepts.
    """
    concepts = [k.concept for k in plan.links if k.method is not LinkMethod.VECTOR] or [k.concept for k in plan.links]
    match plan.kind:
        case QuestionKind.DEFINITION:
            return Template(rows=tuple(_definitions(retriever, ranking, concepts)[:DEFINITIONS]))
        case QuestionKind.COMPARE | QuestionKind.RELATION:
            return _sides(store, retriever, plan, ranking, concepts)
        case QuestionKind.PREREQUISITES:
            return _prerequisites(store, retriever, ranking, concepts, relations)
        case QuestionKind.STUDY_PATH:
            return _study_path(store, retriever, ranking, concepts)
        case QuestionKind.GLOBAL:
            return Template()
        case _:
            return Template(rows=tuple(_neighbours(retriever, ranking, relations)[:NEIGHBOURS]))


def _by_score(ranking: Ranking, rows: Iterable[int]) -> list[int]:
    """``rows`` without doubles, best first."""
    score = ranking.score
    return sorted(dict.fromkeys(rows), key=lambda r: (-float(score[r]), r))


def _definitions(retriever: Retriever, ranking: Ranking, concepts: Sequence[str]) -> list[int]:
    """Definition lines of the concepts: those that the graph contains as such, then the others; each best first."""
    rows = {c: retriever.definition_rows(c) for c in concepts}
    known = [found[0] for c, found in rows.items() if found and retriever.concepts[c].definition is not None]
    return list(
        dict.fromkeys([*_by_score(ranking, known), *_by_score(ranking, (r for found in rows.values() for r in found))])
    )


def _sides(store: GraphStore, retriever: Retriever, plan: Plan, ranking: Ranking, concepts: Sequence[str]) -> Template:
    """Lines under a heading that names both sides (table rows first), then lines with both.

    And the paths between them.
    """
    if len(concepts) < 2:
        return Template(rows=tuple(_definitions(retriever, ranking, concepts)[:1]))
    groups = {c: i for i, c in enumerate(ranking.query.concepts)}
    held = [ranking.covered[groups[c]] for c in concepts if c in groups]
    count = sum((row > 0).astype(int) for row in held)
    both = [int(r) for r in (count >= min(len(held), 2)).nonzero()[0]]
    tables = [r for r in both if retriever.lines[r].kind in ROWS and retriever.lines[r].context]
    inside = [r for r in both if sum(float(row[r]) >= 1.0 for row in held) >= 2]
    ordered = [*_by_score(ranking, tables), *_by_score(ranking, inside), *_by_score(ranking, both)]
    ordered = sorted(
        dict.fromkeys(ordered), key=lambda r: retriever.lines[r].text.endswith(("?", "？"))
    )  # what only asks comes last
    rows = [r for r in ordered if ranking.score[r] > 0][:BOTH]
    try:
        paths = tuple(store.paths(concepts[0], concepts[1], max_hops=3, limit=2)) if concepts[0] != concepts[1] else ()
    except NoPath:
        paths = ()
    # A chain that the notes state throughout goes first.
    paths = tuple(sorted(paths, key=lambda path: any(r.basis is Basis.BACKGROUND for r in path.relations)))
    if plan.kind is QuestionKind.COMPARE and not rows:
        rows = [r for c in concepts[:3] for r in _definitions(retriever, ranking, [c])[:1]]
    return Template(rows=tuple(rows), paths=paths)


def _neighbours(retriever: Retriever, ranking: Ranking, relations: Sequence[Relation]) -> list[int]:
    """Lines that state relations of the question's concepts, best first."""
    rows = []
    for relation in relations:
        for item in relation.evidence[:1] if relation.basis is not Basis.BACKGROUND else ():
            at = retriever.position.get((item.doc, item.line))
            if at is not None:
                rows.append(at)
    return _by_score(ranking, rows)


def _prerequisites(
    store: GraphStore, retriever: Retriever, ranking: Ranking, concepts: Sequence[str], relations: Sequence[Relation]
) -> Template:
    """The goal's definition, what it rests on directly with the lines that say so, and the lines that explain it."""
    if not concepts:
        return Template()
    goal = concepts[0]
    edges = sorted(store.prerequisites(after=goal), key=lambda e: (e.basis is Basis.BACKGROUND, -e.confidence, e.key))
    before = [e.before for e in edges[:NEEDED]]
    before += [c for c in components(relations, goal) if c not in before][: max(0, NEEDED - len(before))]
    rows = _definitions(retriever, ranking, [goal])[:DEFINED]
    for edge in edges[:NEEDED]:
        if edge.basis is not Basis.BACKGROUND:
            rows += [
                retriever.position[(e.doc, e.line)] for e in edge.evidence[:1] if (e.doc, e.line) in retriever.position
            ]
    stating = _stating_order(retriever, ranking, goal)
    rows = list(dict.fromkeys([*stating, *rows]))[:STATED]
    rows += _explanation(retriever, ranking, goal, before)[:EXPLAINED]
    home = _home(retriever, goal)
    for concept in before[:3]:
        rows += _definition_at(retriever, concept, home)
    return Template(
        rows=tuple(dict.fromkeys(rows))[:PREREQUISITE_ROWS],
        concepts=tuple(dict.fromkeys([*_named(retriever, stating, goal), *before])),
        prerequisites=tuple(edges[:NEEDED]),
        stating=stating[0] if stating else -1,
    )


def components(relations: Sequence[Relation], goal: str) -> list[str]:
    """Ids of what ``goal`` is made of, works by or is derived from, by its relations.

    The most certain come first, and what only general knowledge says comes last.

    They stand in for prerequisites where the graph knows too few of them.
    """
    found: dict[str, tuple[bool, float, str]] = {}
    for relation in relations:
        other = relation.tail if relation.head == goal else relation.head
        inward = relation.tail == goal and relation.type is RelationType.PART_OF
        outward = relation.head == goal and relation.type in (
            RelationType.USES,
            RelationType.BASED_ON,
            RelationType.IS_A,
        )
        if inward or outward:
            rank = (relation.basis is Basis.BACKGROUND, -relation.confidence, other)
            found[other] = min(found.get(other, rank), rank)
    return sorted(found, key=lambda c: found[c])


def _home(retriever: Retriever, concept: str) -> str:
    """The document that names ``concept`` on most lines; empty where none does."""
    count = Counter(retriever.lines[int(r)].doc for r in retriever.mention_lines.get(concept, ()))
    return min(count, key=lambda doc: (-count[doc], doc), default="")


def _definition_at(retriever: Retriever, concept: str, home: str) -> list[int]:
    """The definition line of ``concept``, from the document ``home`` where that has one; at most one."""
    rows = retriever.definition_rows(concept)
    return sorted(rows, key=lambda r: (retriever.lines[r].doc != home, rows.index(r)))[:1]


def _explanation(retriever: Retriever, ranking: Ranking, goal: str, before: Sequence[str]) -> list[int]:
    """Lines that explain ``goal``.

    Those of sections that are about it, the more other concepts they name the better.
    """
    needed = set(before)
    value: dict[int, float] = {}
    for row in retriever.subject_lines.get(goal, ()):
        at = int(row)
        others = [c for c in retriever.line_concepts[at] if c != goal]
        if others and ranking.score[at] > 0:
            gain = sum(
                (1.0 if c in needed else 0.5) / (1.0 + 0.25 * math.log1p(len(retriever.mention_lines[c])))
                for c in others
            )
            value[at] = float(ranking.score[at]) * (1.0 + min(gain, 2.0))
    return sorted(value, key=lambda r: (-value[r], r))


def _stating_order(retriever: Retriever, ranking: Ranking, goal: str) -> list[int]:
    """The line that itself says what to learn before ``goal``, if one does: at most one.

    A line that begins with ``Prerequisites:`` is about the note that it is in; any other line names the goal.
    """
    score = ranking.score
    rows: list[int] = []
    for row in {int(r) for c in (retriever.mention_lines, retriever.subject_lines) for r in c.get(goal, ())}:
        line = retriever.lines[row]
        if line.kind is LineKind.HEADING or score[row] <= 0 or not _ORDER.search(line.text):
            continue
        named = goal in retriever.line_concepts[row]
        if named != bool(_PREREQUISITES.match(line.text)) and asking(line) < MOSTLY:
            rows.append(row)
    return _by_score(ranking, rows)[:1]


def _named(retriever: Retriever, rows: Sequence[int], goal: str) -> list[str]:
    """Ids of the concepts that ``rows`` name, in their order, without ``goal``; what is named after it comes later."""
    found: list[str] = []
    for row in rows:
        named = retriever.line_concepts[row]
        before = named[: named.index(goal)] if goal in named else named
        found += before if len(before) >= TOLD else [c for c in named if c != goal]
    return list(dict.fromkeys(found))


def _study_path(store: GraphStore, retriever: Retriever, ranking: Ranking, concepts: Sequence[str]) -> Template:
    """The steps between the first and the last concept that the question names.

    With their definitions and what explains the goal.
    """
    if not concepts:
        return Template()
    goal, known = concepts[-1], [c for c in concepts[:-1] if c != concepts[-1]]
    edges = _leading_to(store, goal)
    needed = needed_for([goal], edges, known=known)
    if len(needed) < ENOUGH:
        needed |= _between(store, retriever, goal, known)
    needed &= retriever.concepts.keys()
    salience = {c: retriever.concepts[c].salience for c in needed}
    led = {e.after for e in edges}
    found = {e.key: e for e in [*edges, *(e for c in sorted(needed - led) for e in store.prerequisites(after=c))]}
    inside = [found[key] for key in sorted(found) if set(key) <= needed]
    order = study_order(needed, inside, theme_of={}, salience=salience)
    if len(order) > STEPS:
        order = _nearest(order, edges, goal, known)
    stating = _stating_order(retriever, ranking, goal)
    told_by_notes = [c for c in _named(retriever, stating, goal) if c not in known]
    if len(told_by_notes) >= TOLD:
        order = told_by_notes
    order = [*(c for c in order if c != goal), goal]
    home = _home(retriever, goal)
    steps = [r for c in [*known[:1], *order] for r in _definition_at(retriever, c, home)][:STEP_ROWS]
    explained = _explanation(retriever, ranking, goal, order)[:GOAL_ROWS]
    rows = [*stating, *explained[:1], *steps, *explained[1:]]
    shown = {*known, *order[-STEPS:]}
    told = tuple(e for e in inside if set(e.key) <= shown)
    return Template(
        rows=tuple(dict.fromkeys(rows)),
        concepts=tuple(order[-STEPS:]),
        prerequisites=told,
        stating=stating[0] if stating else -1,
    )


def _leading_to(store: GraphStore, goal: str) -> list[Prerequisite]:
    """The prerequisites of ``goal`` and of all that it needs, the nearest first.

    Those of :data:`LARGEST` concepts at most.
    """
    edges: list[Prerequisite] = []
    reached, queue = {goal}, [goal]
    for concept in queue:  # grows while it is walked
        for edge in store.prerequisites(after=concept):
            edges.append(edge)
            if edge.before not in reached and len(reached) < LARGEST:
                reached.add(edge.before)
                queue.append(edge.before)
    return edges


def _between(store: GraphStore, retriever: Retriever, goal: str, known: Sequence[str]) -> set[str]:
    """Ids of what leads to ``goal`` by relations, where prerequisites say too little.

    Its components, and the chain from what is known.
    """
    found = set(components(store.relations(goal), goal)[:ENOUGH])
    for concept in known[:1]:
        try:
            found |= set(store.paths(concept, goal, max_hops=3, limit=1)[0].concepts)
        except NoPath:
            continue
    return {c for c in found - set(known) if c in retriever.concepts} | {goal}


def _nearest(
    order: Sequence[str], edges: Sequence[Prerequisite], goal: str, known: Sequence[str], *, limit: int = STEPS
) -> list[str]:
    """The steps of ``order`` that matter most.

    Those that lead on from what is known, then those nearest to the goal.
    """
    after: dict[str, set[str]] = {}
    before: dict[str, set[str]] = {}
    for edge in edges:
        after.setdefault(edge.before, set()).add(edge.after)
        before.setdefault(edge.after, set()).add(edge.before)

    def distances(start: Iterable[str], steps: dict[str, set[str]]) -> dict[str, int]:
        found = dict.fromkeys(start, 0)
        frontier = list(found)
        for here in frontier:  # grows while it is walked
            for other in sorted(steps.get(here, ())):
                if other not in found:
                    found[other] = found[here] + 1
                    frontier.append(other)
        return found

    from_known, to_goal = distances(known, after), distances([goal], before)
    place = {c: n for n, c in enumerate(order)}
    kept = set(sorted(order, key=lambda c: (c not in from_known, to_goal.get(c, len(order)), place[c]))[:limit])
    return [c for c in order if c in kept or c == goal]
