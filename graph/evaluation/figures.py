"""How near a graph comes to what careful readers annotated.

Figures from 0 to 1, and what was missed and what is spurious.

docs/gold.md tells how to annotate. Only concepts and relations that appear within the annotated lines count. Names are
compared without case, spaces, hyphens and punctuation, and without the plural s of Latin words (:func:`normal`). The
figures:

==============================
========================================================================================================
``concept_recall_core``         share of the core concepts that some concept of the graph names; the same for
``normal``, ``minor`` ``concept_precision``           share of the graph's concepts that name an annotated one; a second
one for the same counts as wrong ``concept_f1``                  of the precision and the recall of core and normal
concepts together ``alias_recall``                share of the annotated pairs (name, alias) that one concept of the
graph contains both of ``merge_errors``                concepts that contain names of two annotated ones, for each right
concept; the less the better ``relation_pair_f1``            of unordered pairs, whatever the type, among concepts that
both sides know ``relation_typed_f1``           of (head, type, tail) ``prereq_precision``            share of the
direct edges that the annotation states or implies by a chain ``prereq_recall``               share of the annotated
edges that the graph states or implies by a chain ``prereq_direction``            of the edges whose ends the annotation
orders at all, the share that it orders so ==============================
========================================================================================================

Shares are rounded to four digits, and each F1 is made of the rounded shares, so that people who read the table can
check it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import networkx as nx

from graph.evaluation.annotations import WEIGHTS, Annotations
from graph.model import Concept, Evidence, GraphSnapshot, RelationType

_IGNORED: Final = re.compile(r"[\s\-‐–—_/·.,:;'\"`*（）()\[\]【】《》“”‘’]+")
_PLURAL: Final = re.compile(r"[a-z]{3}s$")

Edges = Collection[tuple[int, int]]
"""(head, tail) or (before, after), by number of the annotated concept."""


def normal(name: str) -> str:
    """What names are compared by here. It is fixed for good, so that figures of different versions can be compared."""
    key = _IGNORED.sub("", unicodedata.normalize("NFKC", name).casefold())
    return key[:-1] if _PLURAL.search(key) and not key.endswith("ss") else key


@dataclass(frozen=True, slots=True)
class Gold:
    """The annotations of one or several pieces of notes as one: concepts that share a name are the same concept."""

    lines: Mapping[str, tuple[tuple[int, int], ...]]
    """File name of a document → its annotated ranges of lines, first and last."""
    concept_of: Mapping[str, int]
    """:func:`normal` name → number of the concept."""
    names: Mapping[int, str]
    """Number of a concept → the name that the first annotation gives it; numbers rise in the order of the
    annotations."""
    weights: Mapping[int, str]
    """Number of a concept → ``core``, ``normal`` or ``minor``: the most central that any annotation says."""
    aliases: frozenset[tuple[str, str]]
    """Pairs of different normal names that an annotation gives one concept, each in code point order."""
    relations: frozenset[tuple[int, str, int]]
    prerequisites: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, pieces: Iterable[Annotations]) -> Gold:
        """Put annotations together, in their order. Relations of names that are not annotated concepts are left out."""
        annotated = list(pieces)
        ranges: dict[str, list[tuple[int, int]]] = {}
        for piece in annotated:
            ranges.setdefault(piece.doc, []).append((piece.first, piece.last))
        concepts = [c for piece in annotated for c in piece.concepts]
        keys = [[k for k in map(normal, c.names) if k] for c in concepts]
        same = nx.Graph()
        same.add_nodes_from(range(len(concepts)))
        first: dict[str, int] = {}
        for number, some in enumerate(keys):
            same.add_edges_from((number, first.setdefault(key, number)) for key in some)
        smallest = {number: min(group) for group in nx.connected_components(same) for number in group}
        weights: dict[int, str] = {}
        for number, concept in enumerate(concepts):
            root = smallest[number]
            weights[root] = min(weights.get(root, WEIGHTS[-1]), concept.weight, key=WEIGHTS.index)
        pairs = ((normal(c.name), normal(alias)) for c in concepts for alias in c.aliases)
        number_of = {key: smallest[number] for key, number in first.items()}

        def numbered(head: str, tail: str) -> tuple[int, int] | None:
            one, other = number_of.get(normal(head)), number_of.get(normal(tail))
            return None if one is None or other is None or one == other else (one, other)

        related = ((numbered(r.head, r.tail), r.type.value) for piece in annotated for r in piece.relations)
        needed = (numbered(before, after) for piece in annotated for before, after in piece.prerequisites)
        return cls(
            {doc: tuple(some) for doc, some in ranges.items()},
            number_of,
            {root: concepts[root].name for root in sorted(weights)},
            dict(sorted(weights.items())),
            frozenset((min(pair), max(pair)) for pair in pairs if all(pair) and pair[0] != pair[1]),
            frozenset((pair[0], kind, pair[1]) for pair, kind in related if pair is not None),
            frozenset(pair for pair in needed if pair is not None),
        )

    def covers(self, doc: str, line: int) -> bool:
        """Whether the line of the document, in whatever folder, was annotated."""
        return any(first <= line <= last for first, last in self.lines.get(PurePosixPath(doc).name, ()))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a graph is worth by an annotation."""

    figures: Mapping[str, float]
    """Name → share or count, in the order in which they are shown."""
    missed_core: tuple[str, ...]
    """Core concepts that the graph does not name, in the order of the annotation."""
    spurious: tuple[str, ...]
    """Concepts of the graph that the annotation does not have, most salient first."""
    duplicates: tuple[str, ...]
    """Concepts of the graph that name an annotated one which a more salient concept names already."""


def evaluate(graph: GraphSnapshot, gold: Gold) -> Evaluation:
    """The figures of ``graph`` by ``gold``; see the module for what each means."""
    matched = _match(graph, gold)
    parts = (_concept_figures, _relation_figures, _prerequisite_figures)
    return Evaluation(
        {name: value for part in parts for name, value in part(graph, gold, matched).items()},
        tuple(gold.names[n] for n, weight in gold.weights.items() if weight == "core" and n not in matched.found),
        tuple(c.name for c in sorted(matched.spurious, key=lambda c: (c.salience, c.name), reverse=True)),
        tuple(c.name for c in matched.duplicates),
    )


@dataclass(frozen=True, slots=True)
class _Matched:
    """Which concept of the graph is which annotated one."""

    meant: Mapping[str, int]
    """Id of a concept → number of the annotated concept that it stands for."""
    found: frozenset[int]
    """Annotated concepts that some concept names."""
    right: int
    mixed: int
    """Concepts that name two different annotated ones."""
    spurious: tuple[Concept, ...]
    duplicates: tuple[Concept, ...]

    @property
    def inside(self) -> int:
        """Number of the graph's concepts within the annotated lines."""
        return self.right + len(self.duplicates) + len(self.spurious)


def _match(graph: GraphSnapshot, gold: Gold) -> _Matched:
    """Go through the concepts within the annotated lines, most salient first.

    An annotated concept is the first one's that names it.
    """
    owner: dict[int, str] = {}
    meant: dict[str, int] = {}
    spurious, duplicates, mixed = [], [], 0
    inside = (c for c in graph.concepts if any(gold.covers(m.doc, m.line) for m in c.mentions))
    for concept in sorted(inside, key=lambda c: -c.salience):
        numbers = list(dict.fromkeys(gold.concept_of[k] for k in map(normal, concept.names) if k in gold.concept_of))
        if not numbers:
            spurious.append(concept)
            continue
        mixed += len(numbers) > 1
        meant[concept.id] = numbers[0]  # what its own name says, where that is annotated; else its most used alias
        for number in numbers:
            owner.setdefault(number, concept.id)
        if owner[numbers[0]] != concept.id:
            duplicates.append(concept)
    return _Matched(meant, frozenset(owner), len(meant) - len(duplicates), mixed, tuple(spurious), tuple(duplicates))


def _concept_figures(graph: GraphSnapshot, gold: Gold, matched: _Matched) -> dict[str, float]:
    figures: dict[str, float] = {"predicted_in_scope": matched.inside, "gold_concepts": len(gold.weights)}
    of_weight = {weight: {n for n, w in gold.weights.items() if w == weight} for weight in WEIGHTS}
    for weight, numbers in of_weight.items():
        figures[f"concept_recall_{weight}"] = _share(len(numbers & matched.found), len(numbers))
    main = of_weight["core"] | of_weight["normal"]
    figures["concept_precision"] = _share(matched.right, matched.inside)
    figures["concept_f1"] = _f1(figures["concept_precision"], _share(len(main & matched.found), len(main)))
    held = [{normal(name) for name in c.names} for c in graph.concepts]
    holders: dict[str, set[int]] = {}
    for place, keys in enumerate(held):
        for key in keys:
            holders.setdefault(key, set()).add(place)
    joined = sum(not holders.get(a, set()).isdisjoint(holders.get(b, ())) for a, b in gold.aliases)
    figures["alias_recall"] = _share(joined, len(gold.aliases))
    figures["merge_errors"] = _share(matched.mixed, matched.right)
    return figures


def _relation_figures(graph: GraphSnapshot, gold: Gold, matched: _Matched) -> dict[str, float]:
    def inside(evidence: Sequence[Evidence]) -> bool:
        return not evidence or any(gold.covers(e.doc, e.line) for e in evidence)

    meant = matched.meant
    known = (r for r in graph.relations if {r.head, r.tail} <= meant.keys() and inside(r.evidence))
    own = {(meant[r.head], r.type.value, meant[r.tail]) for r in known if meant[r.head] != meant[r.tail]}
    figures = _three("relation_pair", _without_type(own), _without_type(gold.relations))
    return {**figures, **_three("relation_typed", set(map(_undirected, own)), set(map(_undirected, gold.relations)))}


def _without_type(relations: Iterable[tuple[int, str, int]]) -> set[frozenset[int]]:
    return {frozenset((head, tail)) for head, _, tail in relations}


def _undirected(relation: tuple[int, str, int]) -> tuple[int, str, int]:
    """The relation with its ends in order where it has no direction."""
    head, kind, tail = relation
    return (min(head, tail), kind, max(head, tail)) if kind == RelationType.CONTRASTS_WITH else relation


def _three(what: str, own: Collection[object], gold: Collection[object]) -> dict[str, float]:
    """Precision, recall and F1 of one set by another."""
    both = len(set(own) & set(gold))
    precision, recall = _share(both, len(own)), _share(both, len(gold))
    return {f"{what}_precision": precision, f"{what}_recall": recall, f"{what}_f1": _f1(precision, recall)}


def _prerequisite_figures(graph: GraphSnapshot, gold: Gold, matched: _Matched) -> dict[str, float]:
    meant = matched.meant
    ends = ((meant[p.before], meant[p.after]) for p in graph.prerequisites if {p.before, p.after} <= meant.keys())
    own = {(before, after) for before, after in ends if before != after}
    right, implied = _implied(gold.prerequisites), _implied(own)
    precision, recall = (
        _share(len(own & right), len(own)),
        _share(len(gold.prerequisites & implied), len(gold.prerequisites)),
    )
    decided = [(before, after) for before, after in own if (before, after) in right or (after, before) in right]
    whole = nx.DiGraph((p.before, p.after) for p in graph.prerequisites)
    return {
        "prereq_predicted": len(own),
        "prereq_precision": precision,
        "prereq_recall": recall,
        "prereq_f1": _f1(precision, recall),
        "prereq_direction": _share(sum(edge in right for edge in decided), len(decided)),
        "prereq_acyclic": nx.is_directed_acyclic_graph(whole),
    }


def _implied(edges: Edges) -> set[tuple[int, int]]:
    """All pairs that a chain of ``edges`` leads from and to; of a concept on a cycle also the pair with itself."""
    return set(nx.transitive_closure(nx.DiGraph(edges)).edges)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _f1(precision: float, recall: float) -> float:
    return round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0
