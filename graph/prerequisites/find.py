"""What must be understood before what.

A trained score over what the notes say of two related concepts, without cycles and direct only.

Most prerequisites coincide with a relation, so the candidates are the related pairs, and pairs of which one defines or
names the other. The type of the relation gives the usual direction (the tail of is_a, uses and based_on comes first, of
part_of the head); definitions, names, reference distance (RefD: Liang, Wu, Huang & Giles 2015,
doi:10.18653/v1/D15-1193) and places decide the rest.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.classifiers import Model, from_record
from graph.model import (
    GENERAL_KNOWLEDGE,
    Basis,
    Concept,
    ConceptKind,
    Evidence,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
)
from graph.prerequisites.acyclic import break_cycles, transitive_reduction
from graph.prerequisites.features import FEATURES, Floats, Ints, PairEvidence, PairFeatures, pair_features
from graph.prerequisites.shared_lines import SharedLines
from graph.prerequisites.title_references import TitleReference, title_references

_MOST: Final = 6
"""Direct prerequisites that one concept has at most: a learner reads no longer list."""
_PER_CONCEPT: Final = 1.0
"""Edges that a graph has at most for each concept, before those that others imply are taken out; the most probable ones
stay. Annotated notes have .55 to .7 direct ones. Long notes name so many concepts near each other that the cut alone
leaves 1.04, after the implied ones are gone: with this limit F1 is .41 there instead of .37, on models that have not
seen the notes, and .96 instead of .94 of the edges point the right way."""
_FEW: Final = 100
"""A graph of up to this many edges keeps all of them."""
_SIDED: Final = 0.7
"""Share of the pair's probability that its likelier order must have. On notes that no model had seen, .80 of the edges
pointed the right way with .6, .81 with .65 and .84 with .7, at an F1 of .28, .27 and .25: a wrong order costs a learner
more than a missing one."""
_NO_STEPS: Final = frozenset([ConceptKind.PERSON, ConceptKind.PLACE])
"""Who did something and where is told along with it: neither is a step of understanding, unless the author says so."""
_SECTIONS: Final = 60
"""A collection of at least so many documents is made of short ones, each about one thing."""
_SECTIONS_CUT: Final = 0.27
"""The cut there: with many places to choose from more wrong pairs reach any probability. On a textbook whose order was
hidden .80 of the edges point the way in which it teaches with this cut, .77 with the usual one."""
_DOCUMENTS: Final = (2, 8)
"""Fewer documents that name one of two concepts say nothing about their order; the first number where documents are
short."""
_HOME: Final = 0.2
"""Confidence of an edge that only :mod:`graph.prerequisites.title_references` tells: below that of any edge that the
model takes, so that it gives way first."""
_REASON_OF: Final = {
    RelationType.IS_A: "is_a",
    RelationType.PART_OF: "part_of",
    RelationType.BASED_ON: "based_on",
    RelationType.USES: "uses",
}


@dataclass(frozen=True, slots=True, eq=False)
class PrerequisiteModel:
    """The trained score and its cut."""

    score: Model
    cut: float
    """Edges under this probability are none."""

    @classmethod
    @cache
    def default(cls) -> PrerequisiteModel:
        """The model that comes with the package."""
        return cls.from_file(Path(__file__).with_name("weights.json"))

    @classmethod
    def from_file(cls, path: Path) -> PrerequisiteModel:
        """The model in ``path``, as ``training/train_prerequisites.py`` writes it.

        Raises:
            ValueError: it was trained on other features.
        """
        record = json.loads(path.read_text(encoding="utf-8"))
        score = from_record(record["score"])
        if score.features != FEATURES:
            msg = f"{path} was trained on other features: run `make train`."
            raise ValueError(msg)
        return cls(score, float(record["cut"]))


@dataclass(frozen=True, slots=True, eq=False)
class CandidateEdges:
    """Ordered pairs that may be prerequisites: both orders of each pair, next to each other."""

    before: Ints
    """Index of the concept that would come first."""
    after: Ints
    features: PairFeatures

    def __len__(self) -> int:
        return len(self.before)

    @property
    def x(self) -> Floats:
        """The features of all, shape (n, len(FEATURES))."""
        return self.features.of(np.arange(len(self) // 2))

    def probability(self, model: Model) -> Floats:
        """Of each, by ``model``: shape (n,). Its features are made for some of the pairs at a time."""
        pairs = np.arange(len(self) // 2)
        parts = [pairs[i : i + _PAIRS_AT_ONCE] for i in range(0, len(pairs), _PAIRS_AT_ONCE)]
        return np.concatenate([np.zeros(0), *(model.probability(self.features.of(part)) for part in parts)])

    def rows(self, chosen: Ints) -> Iterator[tuple[int, Floats]]:
        """(number, features of shape (len(FEATURES),)) of each of ``chosen``, made for some of them at a time."""
        for begin in range(0, len(chosen), _PAIRS_AT_ONCE):
            part = chosen[begin : begin + _PAIRS_AT_ONCE]
            both = self.features.of(part // 2).reshape(-1, 2, len(FEATURES))
            yield from zip(part.tolist(), both[np.arange(len(part)), part % 2], strict=True)


_PAIRS_AT_ONCE: Final = 20_000
"""Pairs whose features are in memory at a time: 700 bytes for each order of each."""


def candidate_edges(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    passages: Sequence[Passage],
    reading_order: Mapping[str, int] | None = None,
    pairs: PairEvidence | None = None,
) -> CandidateEdges:
    """Both orders of each pair that is related or may be, or of which one's definition names the other.

    A pair of which a knowledge pack says that one needs the other is a candidate where a passage names both.

    Args:
        concepts: with mentions and definitions.
        relations: between them, by id.
        passages: of all documents.
        reading_order: document → place in the order in which the folder is read; None where it has none.
        pairs: what else is known of pairs; None for nothing.
    """
    found = pair_features(concepts, relations, passages, reading_order or {}, pairs or PairEvidence())
    low_first = np.stack([found.low, found.high], axis=1)
    return CandidateEdges(low_first.ravel(), low_first[:, ::-1].ravel(), found)


def find_prerequisites(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    passages: Sequence[Passage],
    *,
    reading_order: Mapping[str, int] | None = None,
    pairs: PairEvidence | None = None,
    stated: Sequence[Prerequisite] = (),
    model: PrerequisiteModel | None = None,
) -> list[Prerequisite]:
    """The direct prerequisites among ``concepts``: acyclic, transitively reduced, by key.

    Args:
        concepts: with mentions and definitions.
        relations: between them.
        passages: of all documents.
        reading_order: document → place in the reading order; one feature among many.
        pairs: what else is known of pairs of concepts; None for nothing.
        stated: what the authors of the notes say: such an edge decides its pair, gives way only to others of its kind,
            and is left out only where a longer chain of them says it.
        model: the trained score; None for the one that comes with the package.
    """
    trained = model or PrerequisiteModel.default()
    candidates = candidate_edges(concepts, relations, passages, reading_order, pairs)
    probability = candidates.probability(trained.score)
    other = probability.reshape(-1, 2)[:, ::-1].ravel()  # the same pair the other way round is next to it
    short = len({p.doc for p in passages}) >= _SECTIONS
    cut = max(trained.cut, _SECTIONS_CUT) if short else trained.cut
    chosen = np.flatnonzero((probability >= cut) & (probability >= _SIDED * (probability + other)))
    by_pair: dict[tuple[str, str], list[Relation]] = defaultdict(list)
    for relation in relations:
        by_pair[min(relation.head, relation.tail), max(relation.head, relation.tail)].append(relation)
    enough = _DOCUMENTS[0] if short else _DOCUMENTS[1]
    shared = SharedLines(passages)
    per_after: dict[int, int] = defaultdict(int)
    counted: dict[str, Counter[str]] = {}

    def named_in(concept: Concept) -> Counter[str]:
        """How often each document names it; counted once, as frequent concepts end many edges."""
        if concept.id not in counted:
            counted[concept.id] = Counter(m.doc for m in concept.mentions)
        return counted[concept.id]

    edges: list[Prerequisite] = []
    most = max(_FEW, round(_PER_CONCEPT * len(concepts)))
    for i, row in candidates.rows(chosen[np.argsort(-probability[chosen], kind="stable")]):
        after = int(candidates.after[i])
        if len(edges) >= most:
            break
        if per_after[after] >= _MOST:
            continue
        first, second = concepts[int(candidates.before[i])], concepts[after]
        if {first.kind, second.kind} & _NO_STEPS or _refers_back(named_in(first), named_in(second), enough):
            continue
        per_after[after] += 1
        between = by_pair.get((min(first.id, second.id), max(first.id, second.id)), [])
        edge = _edge(first, second, float(probability[i]), row, between)
        if edge.basis is Basis.BACKGROUND:
            edge = replace(edge, evidence=shared.of(first, second) or _both_lines(between))
        edges.append(edge)
    decided = {frozenset((e.before, e.after)) for e in edges}
    says = {frozenset(edge.key) for edge in stated}
    named: dict[tuple[str, str], TitleReference] = {}
    for home in title_references(concepts, passages, most=_MOST):
        if {concepts[home.before].kind, concepts[home.after].kind} & _NO_STEPS:
            continue
        pair = frozenset(key := (concepts[home.before].id, concepts[home.after].id))
        if per_after[home.after] < _MOST and pair not in decided:
            per_after[home.after] += 1
            if pair in says:
                edges.append(Prerequisite(*key, _HOME, ("reference",), (home.evidence,)))
            else:
                edges.append(Prerequisite(*key, _HOME, ("reference",)))
                named[key] = home  # its line is looked for where the edge stays
    if not stated:
        kept, _ = break_cycles(edges)
        found = transitive_reduction(kept)
    else:
        said, _ = break_cycles(stated)
        kept, _ = break_cycles(_with_stated(said, edges))
        keys = {edge.key for edge in said}
        own = transitive_reduction([edge for edge in kept if edge.key in keys])
        found = list({e.key: e for e in (*transitive_reduction(kept), *own)}.values())
    return [
        replace(edge, evidence=(named[edge.key].evidence,)) if edge.key in named else edge
        for edge in sorted(found, key=lambda e: e.key)
    ]


def _both_lines(relations: Sequence[Relation]) -> tuple[Evidence, ...]:
    """The lines of the most confident of ``relations`` in which the notes mention both ends."""
    return max(relations, key=lambda r: r.confidence).evidence[:2] if relations else ()


_INFERRED: Final = 0.9999
"""Confidence that an edge has at most beside edges that authors state, whose confidence is 1."""


def _with_stated(stated: Sequence[Prerequisite], edges: Sequence[Prerequisite]) -> list[Prerequisite]:
    """``edges`` and what authors state: of an edge that both have, the reasons and lines of both."""
    inferred = {edge.key: edge for edge in edges}
    decided = {frozenset(edge.key) for edge in stated}
    found = []
    for edge in stated:
        other = inferred.get(edge.key)
        more, lines = ((), ()) if other is None else (other.reasons, other.evidence)
        reasons, evidence = dict.fromkeys((*edge.reasons, *more)), dict.fromkeys((*edge.evidence, *lines))
        found.append(replace(edge, reasons=tuple(reasons), evidence=tuple(evidence)[:3]))
    rest = (edge for edge in edges if frozenset(edge.key) not in decided)
    return [*found, *(replace(edge, confidence=min(edge.confidence, _INFERRED)) for edge in rest)]


def _refers_back(first: Counter[str], second: Counter[str], enough: int) -> bool:
    """Whether the documents contradict the order of two concepts, each given by how often documents name it.

    Those on the first name the second more than the reverse (RefD over documents).

    Only where the two appear in ``enough`` documents to tell. On a textbook of 198 sections this raised the share of
    edges that agree with its order from .77 to .85, and from .60 to .67 where frequency tells nothing.
    """
    if len(first.keys() | second.keys()) < enough:
        return False
    towards = sum(n for doc, n in second.items() if doc in first) / max(1, second.total())
    back = sum(n for doc, n in first.items() if doc in second) / max(1, first.total())
    return towards <= back


def _edge(
    before: Concept, after: Concept, probability: float, row: NDArray[np.float64], relations: Sequence[Relation]
) -> Prerequisite:
    """The edge with its reasons, strongest first, and the lines that show it."""
    value = dict(zip(FEATURES, row.tolist(), strict=True))
    ranked: list[tuple[float, str]] = []
    evidence: list[Evidence] = []
    known = bool(value["needed"])
    for relation in sorted(relations, key=lambda r: -r.confidence):
        reason = _REASON_OF.get(relation.type)
        first = relation.head if relation.type is RelationType.PART_OF else relation.tail
        if reason and first == before.id and relation.basis is Basis.BACKGROUND:
            known = True  # the notes do not state it, so that it is no reason in their words
        elif reason and first == before.id:
            ranked.append((1.0 + relation.confidence, reason))
            evidence = [*evidence, *relation.evidence[:1]]
    if value["defined_with"] and after.definition is not None:
        ranked.append((1.5, "defined_with"))
        evidence.append(after.definition)
    if value["named_after"]:
        ranked.append((1.2, "named_after"))
    # A section that names both is where general knowledge finds them together: that alone refers to nothing.
    if value["refd"] > 0.2 or (value["home_refers"] and not known):
        ranked.append((0.5 + 0.4 * value["refd"], "reference"))
    if known and not ranked:
        ranked.append((0.2, GENERAL_KNOWLEDGE))
    if value["first_earlier"] > 0 and not ranked:
        ranked.append((0.1, "order"))
    if not evidence:
        evidence = [e for r in relations for e in r.evidence[:1]]
    reasons = tuple(dict.fromkeys(reason for _, reason in sorted(ranked, key=lambda r: (-r[0], r[1])))) or (
        "reference",
    )
    return Prerequisite(before.id, after.id, round(probability, 4), reasons, tuple(dict.fromkeys(evidence))[:3])
