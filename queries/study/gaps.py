"""What the notes leave open.

Themes that nothing connects, concepts that nothing explains, concepts that appear on nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Final

from graph.model import Concept, Evidence, LineKind, Prerequisite, Relation, RelationType
from graph.prerequisites.ordering import reachable
from graph.stores.contract import GraphStore
from graph.text.name_finder import NameFinder
from graph.text.names import fold
from queries.retrieval.lines import ROWS, Line, read_lines
from queries.study.model import Gaps, Rootless, Unexplained
from queries.study.theme_gaps import QUOTED, shortened, theme_gaps

SHOWN: Final = 3
"""Lines that are shown for one gap, at most."""
LEAST_LINES: Final = 3
"""A concept that fewer lines name is not a gap: it is hardly used."""
LEAST_NEEDED: Final = 2
"""... nor is one that fewer other concepts rest on."""
LEAST_INVOLVED: Final = 2
"""A concept that is said to involve fewer others does not look as if it needs something."""
NAMED: Final = 0.3
"""Confidence that a concept involves another which its definition names, where no relation says so."""

_INVOLVES: Final = (RelationType.BASED_ON, RelationType.USES, RelationType.IS_A)
"""Relations whose tail is usually understood before the head."""
_AFTER_NAME: Final = re.compile(r"^\s*(?:[（(][^（()）]{1,60}[)）])?\s*(?:[:：|—]|-{1,2}\s|是|指|is\b|are\b|means\b)")
"""What follows a name at the beginning of a line that explains it."""


def find_gaps(store: GraphStore, *, limit: int = 5) -> Gaps:
    """What a learner should look up next: at most ``limit`` gaps of each sort, the most worthwhile first.

    Themes: :func:`queries.study.theme_gaps.theme_gaps`. Unexplained: :func:`unexplained`. Rootless: :func:`rootless`.
    """
    with store.reading():
        concepts, relations, edges = store.concepts(), store.relations(), store.prerequisites()
        lines = read_lines(store.passages())
        themes = theme_gaps(store.communities(0), concepts, relations, store.vectors(), lines)
    missing = unexplained(concepts, relations, edges, lines)
    loose = rootless(concepts, relations, edges)
    return Gaps(
        tuple(themes[:limit]), tuple(missing[:limit]), tuple(loose[:limit]), (len(themes), len(missing), len(loose))
    )


def unexplained(
    concepts: Sequence[Concept], relations: Iterable[Relation], edges: Iterable[Prerequisite], lines: Sequence[Line]
) -> list[Unexplained]:
    """Concepts that at least three lines name and at least two others rest on or use, but that no line explains.

    Explained is what has a definition, what a heading names, and what a line begins with that goes on as explanations
    do (a colon, a dash, "is", the next cell of a table). Ranked by salience times how many lines name it times how many
    rest on it (logarithms of both), then by id.
    """
    users: dict[str, set[str]] = {}
    for edge in edges:
        users.setdefault(edge.before, set()).add(edge.after)
    for relation in relations:
        if relation.type in _INVOLVES:
            users.setdefault(relation.tail, set()).add(relation.head)
    at = {(line.doc, line.number): line for line in lines}
    titles = "\n".join(
        sorted({fold(title) for line in lines for title in line.headings})
    )  # one text: looked through for every concept
    place = {c.id: n for n, c in enumerate(concepts)}
    ranked: list[tuple[float, Unexplained]] = []
    for concept in concepts:
        named = sorted({(m.doc, m.line) for m in concept.mentions})
        needed = sorted(users.get(concept.id, set()) - {concept.id}, key=lambda i: place[i])
        if concept.definition or len(named) < LEAST_LINES or len(needed) < LEAST_NEEDED:
            continue
        here = [at[key] for key in named if key in at]
        if _explained(concept, here, titles):
            continue
        docs = len({doc for doc, _ in named})
        worth = concept.salience * math.log1p(len(named)) * math.log1p(len(needed))
        gap = Unexplained(concept.id, concept.name, len(named), docs, tuple(needed), telling(here))
        ranked.append((worth, gap))
    return [gap for _, gap in sorted(ranked, key=lambda r: (-r[0], r[1].concept))]


def _explained(concept: Concept, lines: Sequence[Line], titles: str) -> bool:
    keys = [key for key in (fold(name) for name in concept.names) if len(key) > 1]
    if any(key in titles for key in keys) or any(line.kind is LineKind.HEADING for line in lines):
        return True
    names = sorted((name.casefold() for name in concept.names), key=len, reverse=True)
    for line in lines:
        text = line.text.casefold()
        if any(text.startswith(name) and _AFTER_NAME.match(text[len(name) :]) for name in names):
            return True
    return False


def telling(lines: Sequence[Line]) -> tuple[Evidence, ...]:
    """Up to three of ``lines`` that say most.

    Text rather than rows and code, one of each document first, longer ones first.
    """
    dull = ROWS | {LineKind.CODE, LineKind.FORMULA, LineKind.HEADING}
    ranked = sorted(lines, key=lambda k: (k.kind in dull, -min(len(k.text), QUOTED), k.doc, k.number))
    first: dict[str, Line] = {}
    for line in ranked:
        first.setdefault(line.doc, line)
    heads = list(first.values())
    chosen = [*heads, *(k for k in ranked if k not in heads)][:SHOWN]
    return tuple(Evidence(k.doc, k.number, shortened(k.text)) for k in chosen)


def rootless(
    concepts: Sequence[Concept], relations: Iterable[Relation], edges: Iterable[Prerequisite]
) -> list[Rootless]:
    """Concepts without prerequisites that the notes say involve at least two others.

    Involved is what the concept's definition names, and what it is stated to use, be based on or be a kind of; not what
    rests on the concept itself. Ranked by salience times the sum of the confidences (a definition counts :data:`NAMED`)
    times the logarithm of how many lines name it, then by id.
    """
    after = {edge.after for edge in edges}
    upward: dict[str, set[str]] = {}
    for edge in edges:
        upward.setdefault(edge.before, set()).add(edge.after)
    stated: dict[str, list[Relation]] = {}
    for relation in relations:
        if relation.type in _INVOLVES and relation.evidence:
            stated.setdefault(relation.head, []).append(relation)
    finder = NameFinder((name, c.id) for c in concepts for name in c.names)
    ranked: list[tuple[float, Rootless]] = []
    for concept in concepts:
        if concept.id in after:
            continue
        involved = _involved(concept, stated.get(concept.id, ()), finder)
        if len(involved) < LEAST_INVOLVED:
            continue
        for later in reachable([concept.id], upward):
            involved.pop(later, None)
        if len(involved) < LEAST_INVOLVED:
            continue
        best = sorted(involved, key=lambda i: (-involved[i][0], i))
        evidence = tuple(dict.fromkeys(involved[i][1] for i in best))[:SHOWN]
        lines = len({(m.doc, m.line) for m in concept.mentions})
        worth = concept.salience * sum(sure for sure, _ in involved.values()) * math.log1p(lines)
        ranked.append((worth, Rootless(concept.id, concept.name, tuple(best), evidence)))
    return [gap for _, gap in sorted(ranked, key=lambda r: (-r[0], r[1].concept))]


def _involved(
    concept: Concept, stated: Iterable[Relation], finder: NameFinder[str]
) -> dict[str, tuple[float, Evidence]]:
    """Id → (confidence, line) of what a concept is said to involve; the most certain line of each."""
    found: dict[str, tuple[float, Evidence]] = {}
    for relation in sorted(stated, key=lambda r: (-r.confidence, r.key)):
        found.setdefault(relation.tail, (relation.confidence, relation.evidence[0]))
    if concept.definition is not None:
        for name in finder.find(concept.definition.quote):
            if name.owner not in found:
                found[name.owner] = (NAMED, concept.definition)
    found.pop(concept.id, None)
    return found


def gap_ids(gaps: Gaps) -> set[str]:
    """Ids of all concepts that the gaps mention."""
    ids = {i for gap in gaps.themes for i in gap.bridge or ()}
    ids |= {i for gap in gaps.unexplained for i in (gap.concept, *gap.needed_by)}
    return ids | {i for gap in gaps.rootless for i in (gap.concept, *gap.names)}
