"""How central each concept is to the notes: :attr:`graph.model.Concept.salience`.

A concept is central when the notes come back to it in many places, have sections of its own about it, define it and
relate it to many others, and when other concepts cannot be understood without it. These are sums that grow without
limit and very unevenly, so each is damped by a logarithm and divided by the largest one of the collection. With

- *spread* = Σ over documents of ln(1 + sections of the document that name the concept),
- *own* = Σ over sections of their number of lines × the share of a heading that the concept's names fill, the largest
  share among the headings that the section is under (all levels, and the title of the document),
- *defined* = 1 where the notes define it, else 0,
- *ties* = Σ over the concepts that the notes relate it to of the confidence of the most confident typed relation,
- *needed* = Σ over the concepts that need it directly of confidence × (1 + *needed* of that concept ÷ how many concepts
  that one needs), which counts those that need it through others too,

and f(x) = ln(1 + x) / ln(1 + the largest x)::

    central  = SPREAD f(spread) + OWN f(own) + DEFINED defined + TIES f(ties) + NEEDED f(needed)
    salience = (BASE + (1 - BASE) central) × (confidence + (1 - confidence) central ^ DOUBT)

where both are divided by the largest of the collection before they are used.

The weights sum to 1. Everything is relative to the collection: the most central concept of any notes has salience 1,
and where notes have nothing of a kind (a note without headings, without relations), that part is 0 for all concepts. A
doubtful concept counts less, but the more central it is, the less the doubt matters: what many sections are about is
worth showing even where the model of names was unsure of it. A heading that several sections share (Review Questions)
counts as one section, since it names a kind of section and not a subject.

Spread, position and headings are what keyphrase extraction ranks by (Hulth 2003, https://aclanthology.org/W03-1028),
ties are degree centrality, and *needed* is passed on along prerequisites as PageRank passes on importance along links
(Brin & Page 1998, https://doi.org/10.1016/S0169-7552(98)00110-X). The weights are judgement, checked against concepts
that people annotated as core, normal or minor and against the glossary of a textbook (docs/design.md).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import Final

from graph.model import Basis, Concept, Document, LineKind, Passage, Prerequisite, Relation, RelationType
from graph.text.names import fold

SPREAD: Final = 0.2
"""Weight of the number of sections that name a concept."""
OWN: Final = 0.35
"""Weight of the sections whose headings name it."""
DEFINED: Final = 0.1
"""Weight of a definition in the notes."""
TIES: Final = 0.2
"""Weight of its typed relations."""
NEEDED: Final = 0.15
"""Weight of the concepts that need it."""
BASE: Final = 0.2
"""What a certain concept counts that is not central at all, as a share of the most central one."""
DOUBT: Final = 2
"""The larger, the more central a doubtful concept must be."""
DIGITS: Final = 4
"""Salience is rounded to so many digits, so that sums in another order cannot change the order of concepts."""


def with_salience(
    concepts: Iterable[Concept],
    passages: Iterable[Passage],
    relations: Iterable[Relation],
    prerequisites: Sequence[Prerequisite],
    documents: Iterable[Document],
) -> tuple[Concept, ...]:
    """The concepts with their salience, most salient first, then by id.

    All arguments may come in any order.

    Args:
        concepts: those of a graph, with mentions, definitions and confidence; the salience that they have is ignored.
        passages: those of the graph, with their lines.
        relations: those of the graph.
        prerequisites: those of the graph, without cycles.
        documents: those of the graph.

    Raises:
        CycleError: the prerequisites have a cycle.
    """
    known = sorted(concepts, key=lambda c: c.id)
    sections = _sections(passages, documents)
    parts = (
        (SPREAD, _damped([_spread(c, sections) for c in known])),
        (OWN, _damped(_own(known, sections))),
        (DEFINED, [float(c.definition is not None) for c in known]),
        (TIES, _damped(_of(known, _ties(relations)))),
        (NEEDED, _damped(_of(known, _needed(prerequisites)))),
    )
    central = _shares([math.fsum(weight * part[i] for weight, part in parts) for i in range(len(known))])
    salience = _shares(
        [
            (BASE + (1.0 - BASE) * share) * (c.confidence + (1.0 - c.confidence) * share**DOUBT)
            for c, share in zip(known, central, strict=True)
        ]
    )
    placed = (replace(c, salience=round(value, DIGITS)) for c, value in zip(known, salience, strict=True))
    return tuple(sorted(placed, key=lambda c: (-c.salience, c.id)))


def _shares(values: Sequence[float]) -> list[float]:
    """Each value as a share of the largest, 0..1; all 0 where nothing is more than 0."""
    top = max(values, default=0.0)
    return [value / top for value in values] if top else [0.0] * len(values)


def _damped(values: Sequence[float]) -> list[float]:
    """ln(1 + value) of each as a share of the largest, 0..1; all 0 where nothing is more than 0."""
    return _shares([math.log1p(value) for value in values])


def _of(concepts: Sequence[Concept], values: Mapping[str, float]) -> list[float]:
    return [values.get(c.id, 0.0) for c in concepts]


# ---- places --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Sections:
    """The sections of one document: what is between two headings, or a part of it where that is long."""

    title: str
    """The title of the document, folded."""
    first_lines: list[int] = field(default_factory=list)
    """Line on which each section begins, ascending."""
    lengths: list[int] = field(default_factory=list)
    """Lines of each section that are not blank."""
    under: dict[int, list[int]] = field(default_factory=dict)
    """Line of a heading → the sections that are under it, the ones of lower headings included."""
    headings: dict[int, str] = field(default_factory=dict)
    """Line of a heading → its text, folded."""
    weight: dict[int, float] = field(default_factory=dict)
    """Line of a heading → 1 / headings of the collection with the same text: what heads every chapter (Review
    Questions, Summary) is a kind of section and not what the notes are about."""

    def at(self, line: int) -> int:
        """The section that ``line`` is in; -1 before the first."""
        return bisect_right(self.first_lines, line) - 1


def _sections(passages: Iterable[Passage], documents: Iterable[Document]) -> dict[str, _Sections]:
    """Id of a document → its sections."""
    found = {d.id: _Sections(fold(d.title)) for d in documents}
    above: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for passage in sorted(passages, key=lambda p: (p.doc, p.first_line)):
        if passage.doc in found:
            _add(found[passage.doc], passage, above[passage.doc])
    alike = Counter(heading for one in found.values() for heading in one.headings.values())
    for one in found.values():
        one.weight = {line: 1.0 / alike[heading] for line, heading in one.headings.items()}
    return found


def _add(sections: _Sections, passage: Passage, above: list[tuple[int, int]]) -> None:
    """Divide ``passage`` at its headings. ``above``: (depth, line) of the headings that are open, outermost first."""

    def begin(line: int) -> None:
        for _, heading in above:
            sections.under[heading].append(len(sections.first_lines))
        sections.first_lines.append(line)
        sections.lengths.append(0)

    begin(passage.first_line)
    for number, line in passage.numbered_lines():
        if line.kind is LineKind.HEADING:
            while above and above[-1][0] >= line.depth:
                above.pop()
            above.append((line.depth, number))
            sections.headings[number] = fold(line.text)
            sections.under[number] = []
            begin(number)
        sections.lengths[-1] += line.kind is not LineKind.BLANK


def _spread(concept: Concept, sections: Mapping[str, _Sections]) -> float:
    """Sections that name ``concept``, damped within each document."""
    named: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for mention in concept.mentions:
        if mention.doc in sections:
            here, found = sections[mention.doc], named[mention.doc]
            section = here.at(mention.line)
            found[section] = max(here.weight.get(mention.line, 1.0), found.get(section, 0.0))
    return math.fsum(math.log1p(math.fsum(found.values())) for found in named.values())


def _own(concepts: Sequence[Concept], sections: Mapping[str, _Sections]) -> list[float]:
    """Lines under headings that name each concept, times the share of the heading that its names are."""
    titled: defaultdict[str, list[str]] = defaultdict(list)
    for doc in sorted(sections):
        titled[sections[doc].title].append(doc)
    values = []
    for concept in concepts:
        best: dict[tuple[str, int], float] = {}
        for doc, under, share in _headings_of(concept, sections, titled):
            for section in under:
                best[doc, section] = max(share, best.get((doc, section), 0.0))
        values.append(math.fsum(share * sections[doc].lengths[i] for (doc, i), share in best.items()))
    return values


def _headings_of(
    concept: Concept, sections: Mapping[str, _Sections], titled: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, Sequence[int], float]]:
    """(document, sections under the heading, share of the heading) of the headings and titles that name ``concept``."""
    forms: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for mention in concept.mentions:
        if mention.doc in sections and mention.line in sections[mention.doc].headings:
            forms[mention.doc, mention.line].add(fold(mention.form))
    for (doc, line), names in forms.items():
        here = sections[doc]
        share = min(1.0, sum(map(len, names)) / max(1, len(here.headings[line])))
        yield doc, here.under[line], share * here.weight[line]
    for name in {fold(name) for name in concept.names}:
        for doc in titled.get(name, ()):
            yield doc, range(len(sections[doc].first_lines)), 1.0


# ---- other concepts ------------------------------------------------------------------------------------------------


def _ties(relations: Iterable[Relation]) -> dict[str, float]:
    """Id of a concept → sum of the confidences of its typed relations, the most confident one to each other concept.

    What only general knowledge of the field says tells nothing about these notes.
    """
    best: dict[tuple[str, str], float] = {}
    for relation in relations:
        if relation.type is not RelationType.RELATED_TO and relation.basis is not Basis.BACKGROUND:
            for pair in ((relation.head, relation.tail), (relation.tail, relation.head)):
                best[pair] = max(relation.confidence, best.get(pair, 0.0))
    parts: defaultdict[str, list[float]] = defaultdict(list)
    for (concept, _), confidence in best.items():
        parts[concept].append(confidence)
    return {concept: math.fsum(values) for concept, values in parts.items()}


_BACKGROUND: Final = (Basis.BACKGROUND.value,)
"""Reasons of a prerequisite that the notes say nothing about."""


def _needed(prerequisites: Iterable[Prerequisite]) -> dict[str, float]:
    """Id of a concept → how much needs it, directly and through others."""
    after: defaultdict[str, list[Prerequisite]] = defaultdict(list)
    needs: defaultdict[str, int] = defaultdict(int)
    order: TopologicalSorter[str] = TopologicalSorter()
    for edge in prerequisites:
        if edge.reasons != _BACKGROUND:
            after[edge.before].append(edge)
            needs[edge.after] += 1
            order.add(edge.before, edge.after)
    value: dict[str, float] = {}
    for concept in order.static_order():
        value[concept] = math.fsum(e.confidence * (1.0 + value[e.after] / needs[e.after]) for e in after[concept])
    return value
