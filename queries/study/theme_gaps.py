"""Themes that the notes hardly connect, although they speak of like things."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Community, Concept, Evidence, LineKind, Relation, Vectors
from queries.retrieval.lines import Line
from queries.study.model import ThemeGap

THEMES: Final = 20
"""The largest themes only: what lies between two small ones is not a gap."""
LEAST_MEMBERS: Final = 4
LEAST_EXPECTED: Final = 2.0
"""Relations that two themes would have by their sizes; where it is fewer, nothing is missing."""
HARDLY: Final = 0.35
"""Two themes are hardly connected where they have less than this share of the expected relations."""
LEAST_LIKENESS: Final = 0.1
"""Themes that are less alike have nothing to do with each other."""
PAIRS: Final = 3
"""Pairs of concepts that likeness is measured on."""
QUOTED: Final = 200
"""Characters of a line that is shown, at most."""
ENDS: Final = 25
"""Concepts of a theme, the most salient ones, that a bridge may begin or end at."""


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """Vectors of concepts, rows of length 1 or 0, by id."""

    row: Mapping[str, int]
    vectors: NDArray[np.float64]

    def of(self, ids: Sequence[str]) -> NDArray[np.float64]:
        """The rows of ``ids``."""
        return self.vectors[[self.row[i] for i in ids]]


def theme_gaps(
    themes: Sequence[Community],
    concepts: Sequence[Concept],
    relations: Iterable[Relation],
    vectors: Vectors | None,
    lines: Sequence[Line],
) -> list[ThemeGap]:
    """Pairs of the main themes with far fewer relations than their sizes let expect, though they are alike.

    Expected are as many relations as there would be if every concept kept its number of relations but had them with
    anybody (the null model of modularity: Newman & Girvan 2004, doi:10.1103/PhysRevE.69.026113). Themes are alike where
    some of their concepts are that no section names together, by the cosine of vectors; without vectors, of the numbers
    of lines in which each document names them. Ranked by likeness times the share of relations that is missing times
    the logarithm of the expected number, then by ids.

    Args:
        themes: of the coarsest level.
        concepts: all, most salient first.
        relations: all.
        vectors: of the graph, None where it was built without.
        lines: of all notes, to show where the themes appear.
    """
    titled = [t for t in themes if len(t.members) >= LEAST_MEMBERS and t.title.strip()]
    main = sorted(titled, key=lambda t: (-len(t.members), t.id))[:THEMES]
    home = {member: t.id for t in main for member in t.members}
    joined = {
        (min(r.head, r.tail), max(r.head, r.tail)): r for r in sorted(relations, key=lambda r: (r.confidence, r.key))
    }
    ends: dict[str, int] = {}
    between: dict[frozenset[str], list[Relation]] = {}
    for (head, tail), relation in sorted(joined.items()):
        for end in (head, tail):
            if end in home:
                ends[home[end]] = ends.get(home[end], 0) + 1
        if head in home and tail in home and home[head] != home[tail]:
            between.setdefault(frozenset((home[head], home[tail])), []).append(relation)
    space = _space(concepts, vectors)
    at = {(line.doc, line.number): line for line in lines}
    ends_of = {member for t in main for member in t.members[:ENDS]}
    held = {c.id: c for c in concepts if c.id in ends_of}
    sections = {i: {at[m.doc, m.line].passage for m in c.mentions if (m.doc, m.line) in at} for i, c in held.items()}
    ranked: list[tuple[float, ThemeGap]] = []
    for first, second in combinations(main, 2):
        expected = ends.get(first.id, 0) * ends.get(second.id, 0) / (2 * len(joined)) if joined else 0.0
        there = between.get(frozenset((first.id, second.id)), [])
        if expected < LEAST_EXPECTED or len(there) >= HARDLY * expected:
            continue
        likeness, bridge = _bridge(first, second, joined, sections, space)
        if likeness < LEAST_LIKENESS:
            continue
        worth = likeness * (1 - len(there) / expected) * math.log1p(expected)
        gap = ThemeGap(
            first=first.title,
            second=second.title,
            first_id=first.id,
            second_id=second.id,
            relations=len(there),
            expected=round(expected, 1),
            likeness=round(likeness, 2),
            bridge=bridge,
            evidence=_shown([held[i] for i in bridge or ()], there, at),
        )
        ranked.append((worth, gap))
    return [gap for _, gap in sorted(ranked, key=lambda r: (-r[0], r[1].first_id, r[1].second_id))]


def _space(concepts: Sequence[Concept], vectors: Vectors | None) -> _Space:
    if vectors is not None and len(vectors.concept_ids) and vectors.concepts.shape[1]:
        return _Space({c: n for n, c in enumerate(vectors.concept_ids)}, vectors.concepts.astype(np.float64))
    docs = {doc: n for n, doc in enumerate(sorted({m.doc for c in concepts for m in c.mentions}))}
    counts = np.zeros((len(concepts), len(docs)))
    for n, concept in enumerate(concepts):
        for doc, _ in {(m.doc, m.line) for m in concept.mentions}:
            counts[n, docs[doc]] += 1
    length = np.linalg.norm(counts, axis=1, keepdims=True)
    return _Space({c.id: n for n, c in enumerate(concepts)}, np.divide(counts, length, out=counts, where=length > 0))


def _bridge(
    first: Community,
    second: Community,
    joined: Collection[tuple[str, str]],
    sections: Mapping[str, set[str]],
    space: _Space,
) -> tuple[float, tuple[str, str] | None]:
    """How alike two themes are, and the two concepts, one of each, that are most alike.

    0 and None where there are no such concepts.

    It is the mean cosine of the :data:`PAIRS` most alike pairs of their most salient concepts, no concept twice, that
    no relation joins and no section names together.
    """
    ends = [[m for m in theme.members[:ENDS] if m in space.row and m in sections] for theme in (first, second)]
    cosine = space.of(ends[0]) @ space.of(ends[1]).T
    pairs = sorted(
        (-round(float(cosine[i, j]), 6), i, j)
        for i, a in enumerate(ends[0])
        for j, b in enumerate(ends[1])
        if (min(a, b), max(a, b)) not in joined and sections[a].isdisjoint(sections[b])
    )
    best: list[tuple[float, int, int]] = []
    for pair in pairs:
        if len(best) < PAIRS and not any(pair[1] == i or pair[2] == j for _, i, j in best):
            best.append(pair)
    if not best:
        return 0.0, None
    return -sum(c for c, _, _ in best) / PAIRS, (ends[0][best[0][1]], ends[1][best[0][2]])


def _shown(
    ends: Sequence[Concept], there: Sequence[Relation], at: Mapping[tuple[str, int], Line]
) -> tuple[Evidence, ...]:
    """A line for each end of the bridge, its definition where it has one, then one for each relation that there is.

    Three at most.
    """
    found: list[Evidence] = []
    for concept in ends:
        said = [at[m.doc, m.line] for m in concept.mentions if (m.doc, m.line) in at]
        told = [
            line for line in said if line.kind in (LineKind.TEXT, LineKind.LABEL, LineKind.ITEM, LineKind.QUOTE)
        ] or said
        if concept.definition is not None:
            found.append(concept.definition)
        elif told:
            found.append(Evidence(told[0].doc, told[0].number, shortened(told[0].text)))
    found += [relation.evidence[0] for relation in there if relation.evidence]
    return tuple(dict.fromkeys(found))[:3]


def shortened(text: str) -> str:
    """``text`` cut to :data:`QUOTED` characters."""
    return text if len(text) <= QUOTED else text[: QUOTED - 1].rstrip() + "…"
