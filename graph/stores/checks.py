"""What must be true of a whole graph, checked before any store publishes it.

:func:`checked` refuses and names the offender; it repairs nothing, because a graph that breaks its own rules comes from
a mistake upstream that sorting would hide. :func:`ordered` is for those who have put a graph together in some other
order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any, Final, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.model import (
    Basis,
    Community,
    Concept,
    Document,
    Evidence,
    GraphSnapshot,
    Layout,
    Merge,
    Passage,
    Prerequisite,
    Relation,
    Vectors,
)
from graph.places import UNITS

UNIT_TOLERANCE: Final = 1e-3
"""How far the length of a vector may be from 1: float32 sums over a thousand dimensions stay well below."""

_COMMUNITY_ID: Final = re.compile(r"(0|[1-9][0-9]*)-(0|[1-9][0-9]*)")

_T = TypeVar("_T")


def checked(snapshot: GraphSnapshot) -> GraphSnapshot:
    """Return ``snapshot`` as it is, once it is sure that it keeps every rule of :mod:`graph.model`.

    Raises:
        ValueError: the first rule that is broken, with the name of the offender: an order, a reference to something
            that is not there, an id or key that occurs twice, a number out of its range, a relation of a concept with
            itself, a symmetric relation the wrong way round, an extracted relation without evidence, a cycle of
            prerequisites.
    """
    lines = _documents(snapshot.documents)
    _passages(snapshot.passages, lines)
    place = _concepts(snapshot.concepts, lines)
    _relations(snapshot.relations, place, lines)
    _prerequisites(snapshot.prerequisites, place, lines)
    _communities(snapshot.communities, place, lines)
    _reports(snapshot, place, lines)
    if snapshot.vectors is not None:
        _vectors(snapshot.vectors, place, {p.id for p in snapshot.passages})
    if snapshot.layout is not None:
        _layout(snapshot.layout, [c.id for c in snapshot.concepts])
    return snapshot


def ordered(snapshot: GraphSnapshot) -> GraphSnapshot:
    """Return ``snapshot`` with every sequence in its documented order, mentions and members included.

    Nothing is added or dropped.

    Orders that carry meaning stay as they are: aliases, evidence, reasons, heading paths, the rows of vectors. The rows
    of the layout, which are about the concepts in their order, go with them.

    Raises:
        ValueError: a community's id is not ``LEVEL-NUMBER``, so that it has no place in the order.
    """
    concepts = tuple(
        replace(c, mentions=tuple(sorted(c.mentions)))
        for c in sorted(snapshot.concepts, key=lambda c: (-c.salience, c.id))
    )
    place = {c.id: i for i, c in enumerate(concepts)}
    communities = (
        replace(c, members=tuple(sorted(c.members, key=lambda m: (place.get(m, len(place)), m))))
        for c in snapshot.communities
    )
    return replace(
        snapshot,
        layout=None if snapshot.layout is None else _moved(snapshot.layout, place),
        documents=tuple(sorted(snapshot.documents, key=lambda d: d.id)),
        passages=tuple(sorted(snapshot.passages, key=lambda p: (p.doc, p.first_line))),
        concepts=concepts,
        relations=tuple(sorted(snapshot.relations, key=lambda r: r.key)),
        prerequisites=tuple(sorted(snapshot.prerequisites, key=lambda p: p.key)),
        communities=tuple(sorted(communities, key=_community_place)),
        merges=tuple(sorted(snapshot.merges, key=lambda m: (m.concept, m.kept, m.merged, m.reason))),
        skipped=tuple(sorted(snapshot.skipped, key=lambda s: (s.doc, s.line, s.reason))),
    )


def _moved(layout: Layout, place: Mapping[str, int]) -> Layout:
    """``layout`` with its rows in the order of ``place``; concepts that are not there, which it must not have, last."""
    ids = layout.concept_ids
    order = sorted(range(len(ids)), key=lambda i: (place.get(ids[i], len(place)), ids[i]))
    return replace(
        layout,
        concept_ids=tuple(ids[i] for i in order),
        positions=layout.positions[order],
        importance=layout.importance[order],
        scale=layout.scale[order],
        homes=layout.homes[order],
    )


def _fail(message: str) -> NoReturn:
    raise ValueError(message)


def _in_order(what: str, items: Sequence[_T], key: Callable[[_T], Any], *, twice: bool = False) -> None:
    """Fail unless the keys of ``items`` rise; with ``twice`` equal keys may follow each other."""
    for before, after in pairwise(map(key, items)):
        if before > after:
            _fail(f"{what} {after!r} comes after {before!r}, which is not their order")
        if before == after and not twice:
            _fail(f"{what} {after!r} occurs twice")


def _unique(what: str, items: Iterable[str]) -> None:
    seen: set[str] = set()
    for item in items:
        if item in seen:
            _fail(f"{what} {item!r} occurs twice")
        seen.add(item)


def _called(owner: Concept | Relation | Prerequisite | Community | Merge) -> str:
    """What a message calls ``owner``; put together only when there is a message, for there may be a million owners."""
    if isinstance(owner, Relation | Prerequisite):
        return f"{type(owner).__name__.lower()} {owner.key!r}"
    if isinstance(owner, Merge):
        return f"merge of {owner.merged!r} into {owner.kept!r}"
    return f"{type(owner).__name__.lower()} {owner.id!r}"


def _share(what: str, owner: Concept | Relation | Prerequisite, value: float) -> None:
    """Fail unless ``value`` is in 0..1; NaN is not."""
    if not 0.0 <= value <= 1.0:
        _fail(f"{what} of {_called(owner)} is {value!r}, not in 0..1")


def _place(what: str, doc: str, line: int, lines: Mapping[str, int]) -> None:
    last = lines.get(doc)
    if last is None:
        _fail(f"{what} is in document {doc!r}, which is not in the graph")
    if not 1 <= line <= last:
        _fail(f"{what} is on line {line} of {doc!r}, which has lines 1..{last}")


def _evidence(
    owner: Concept | Relation | Prerequisite | Community | Merge, evidence: Iterable[Evidence], lines: Mapping[str, int]
) -> None:
    for piece in evidence:
        if not 1 <= piece.line <= lines.get(piece.doc, 0):
            _place(f"evidence of {_called(owner)}", piece.doc, piece.line, lines)


def _documents(documents: Sequence[Document]) -> dict[str, int]:
    """Number of lines by document id."""
    _in_order("document", documents, lambda d: d.id)
    for document in documents:
        if not document.id:
            _fail("a document has no id")
        if document.lines < 0:
            _fail(f"document {document.id!r} has {document.lines} lines")
        if document.lang not in ("zh", "en"):
            _fail(f"document {document.id!r} has language {document.lang!r}, not 'zh' or 'en'")
        if document.unit not in UNITS:
            _fail(f"document {document.id!r} is counted in {document.unit!r}, not one of {', '.join(UNITS)}")
        if any(b < a for a, b in pairwise((1, *document.starts))):
            _fail(f"document {document.id!r} has places that do not ascend")
    return {d.id: d.lines for d in documents}


def _passages(passages: Sequence[Passage], lines: Mapping[str, int]) -> None:
    """Passages need not cover their document: a graph that was read from an export has none."""
    _in_order("passage", passages, lambda p: (p.doc, p.first_line))
    _unique("passage", (p.id for p in passages))
    end: tuple[str, int] = ("", 0)
    for passage in passages:
        what = f"passage {passage.id!r}"
        if passage.id != f"{passage.doc}#{passage.first_line}":
            _fail(f"{what} should be called {passage.doc}#{passage.first_line}")
        _place(f"the beginning of {what}", passage.doc, passage.first_line, lines)
        _place(f"the end of {what}", passage.doc, passage.last_line, lines)
        held = passage.text.count("\n") + 1
        if held != passage.last_line - passage.first_line + 1:
            _fail(f"{what} has {held} lines of text for its lines {passage.first_line}..{passage.last_line}")
        if passage.lines and len(passage.lines) != held:
            _fail(f"{what} tells of {len(passage.lines)} lines and has {held} lines of text")
        if end >= (passage.doc, passage.first_line):
            _fail(f"{what} begins before the passage above it ends")
        end = (passage.doc, passage.last_line)


def _concepts(concepts: Sequence[Concept], lines: Mapping[str, int]) -> dict[str, int]:
    """Place of each concept in the graph's order, by id."""
    for concept in concepts:
        if not concept.id or not concept.name.strip():
            _fail(f"{_called(concept)} has no {'name' if concept.id else 'id'}")
        _share("salience", concept, concept.salience)
        _share("confidence", concept, concept.confidence)
        if len(set(concept.names)) < len(concept.names):
            _unique(f"name of {_called(concept)},", concept.names)
        if concept.definition is not None:
            _evidence(concept, (concept.definition,), lines)
        for before, after in pairwise(concept.mentions):
            if before >= after:
                _fail(
                    f"mention {after!r} of {_called(concept)} "
                    f"{'occurs twice' if before == after else 'is not in its order'}"
                )
        for mention in concept.mentions:
            if not 1 <= mention.line <= lines.get(mention.doc, 0):
                _place(f"a mention of {_called(concept)}", mention.doc, mention.line, lines)
    _in_order("concept", concepts, lambda c: (-c.salience, c.id))
    _unique("concept", (c.id for c in concepts))
    return {c.id: i for i, c in enumerate(concepts)}


def _known(owner: Relation | Prerequisite | Community | Merge, concept: str, place: Collection[str]) -> None:
    if concept not in place:
        _fail(f"{_called(owner)} names concept {concept!r}, which is not in the graph")


def _relations(relations: Sequence[Relation], place: Collection[str], lines: Mapping[str, int]) -> None:
    _in_order("relation", relations, lambda r: r.key)
    for relation in relations:
        _known(relation, relation.head, place)
        _known(relation, relation.tail, place)
        if relation.head == relation.tail:
            _fail(f"{_called(relation)} relates a concept to itself")
        if relation.head > relation.tail and relation.type.symmetric:
            _fail(f"{_called(relation)} is symmetric and should be stored as {relation.tail!r}, {relation.head!r}")
        _share("confidence", relation, relation.confidence)
        if relation.basis is not Basis.INFERRED and not relation.evidence:
            _fail(f"{_called(relation)} is {relation.basis.value} but has no evidence")
        _evidence(relation, relation.evidence, lines)


def _prerequisites(prerequisites: Sequence[Prerequisite], place: Collection[str], lines: Mapping[str, int]) -> None:
    _in_order("prerequisite", prerequisites, lambda p: p.key)
    needs: dict[str, list[str]] = {}
    for edge in prerequisites:
        _known(edge, edge.before, place)
        _known(edge, edge.after, place)
        if edge.before == edge.after:
            _fail(f"{_called(edge)} makes a concept its own prerequisite")
        _share("confidence", edge, edge.confidence)
        _evidence(edge, edge.evidence, lines)
        needs.setdefault(edge.after, []).append(edge.before)
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        _fail(f"prerequisites form a cycle: {' → '.join(map(repr, error.args[1]))}")


def _community_place(community: Community) -> tuple[int, int]:
    found = _COMMUNITY_ID.fullmatch(community.id)
    if found is None or int(found[1]) != community.level:
        _fail(f"community {community.id!r} of level {community.level} should be called {community.level}-NUMBER")
    return community.level, int(found[2])


def _communities(communities: Sequence[Community], place: Mapping[str, int], lines: Mapping[str, int]) -> None:
    _in_order("community", communities, _community_place)
    known: dict[str, tuple[int, set[str]]] = {}
    homes: dict[tuple[int, str], str] = {}
    for community in communities:
        members = set(community.members)
        if not members:
            _fail(f"{_called(community)} has no members")
        for member in community.members:
            _known(community, member, place)
            home = homes.setdefault((community.level, member), community.id)
            if home != community.id:
                _fail(f"concept {member!r} is in communities {home!r} and {community.id!r} of one level")
        _in_order(f"member of {_called(community)},", [(place[m], m) for m in community.members], lambda m: m)
        _parent(community, members, known)
        known[community.id] = (community.level, members)
        _evidence(community, community.evidence, lines)


def _parent(community: Community, members: set[str], known: Mapping[str, tuple[int, set[str]]]) -> None:
    what = _called(community)
    if community.level == 0:
        if community.parent is not None:
            _fail(f"{what} is of the coarsest level but has the parent {community.parent!r}")
        return
    level, held = known.get(community.parent or "", (None, set()))
    if level != community.level - 1:
        _fail(f"{what} has the parent {community.parent!r}, which is not a community of level {community.level - 1}")
    if not members <= held:
        _fail(f"{what} has the member {min(members - held)!r}, which its parent {community.parent!r} has not")


def _reports(snapshot: GraphSnapshot, place: Collection[str], lines: Mapping[str, int]) -> None:
    _in_order("merge", snapshot.merges, lambda m: (m.concept, m.kept, m.merged), twice=True)
    for merge in snapshot.merges:
        _known(merge, merge.concept, place)
        if merge.evidence is not None:
            _evidence(merge, (merge.evidence,), lines)
    _in_order("skipped", snapshot.skipped, lambda s: (s.doc, s.line), twice=True)
    for skipped in snapshot.skipped:
        if skipped.line < 0:  # its document need not be known: what could not be read is not a document of the graph
            _fail(f"skipped part of {skipped.doc!r} is on line {skipped.line}")


def _vectors(vectors: Vectors, concepts: Collection[str], passages: Collection[str]) -> None:
    for what, ids, rows, known in (
        ("concept", vectors.concept_ids, vectors.concepts, concepts),
        ("passage", vectors.passage_ids, vectors.passages, passages),
    ):
        _unique(f"vector of {what}", ids)
        for item in ids:
            if item not in known:
                _fail(f"there is a vector of {what} {item!r}, which is not in the graph")
        if rows.dtype != np.float32 or rows.ndim != 2 or len(rows) != len(ids):
            _fail(
                f"vectors of {what}s are {rows.dtype}{rows.shape}, not float32 with one row for each of {len(ids)} ids"
            )
        _unit_rows(what, ids, rows)
    if vectors.concepts.shape[1] != vectors.passages.shape[1]:
        _fail(
            f"vectors of concepts have {vectors.concepts.shape[1]} dimensions and those of passages "
            f"{vectors.passages.shape[1]}"
        )


def _unit_rows(what: str, ids: Sequence[str], rows: NDArray[np.float32]) -> None:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    wrong = np.flatnonzero(~((lengths == 0.0) | (np.abs(lengths - 1.0) <= UNIT_TOLERANCE)))
    if len(wrong):
        _fail(f"vector of {what} {ids[int(wrong[0])]!r} has length {lengths[int(wrong[0])]:.4g}, not 1 or 0")


def _layout(layout: Layout, ids: Sequence[str]) -> None:
    concepts = len(ids)
    if list(layout.concept_ids) != ids:
        _fail("the layout is not about the concepts of the graph, in their order")
    for what, rows, shape, kind in (
        ("positions", layout.positions, (concepts, 2), np.float32),
        ("importance", layout.importance, (concepts,), np.float32),
        ("scale", layout.scale, (concepts,), np.float32),
        ("homes", layout.homes, (concepts,), np.int32),
    ):
        if rows.shape != shape or rows.dtype != kind:
            _fail(f"the layout's {what} are {rows.dtype}{rows.shape}, not {np.dtype(kind)}{shape}")
    if not np.isfinite(layout.positions).all():
        _fail("the layout has a place that is not a finite number")
    if not ((layout.importance >= 0.0) & (layout.importance <= 1.0)).all():
        _fail("the layout has an importance that is not in 0..1")
    if not ((layout.scale > 0.0) & np.isfinite(layout.scale)).all():
        _fail("the layout has a scale that is not above 0")
    if concepts and not 0 <= int(layout.homes.min()) <= int(layout.homes.max()) < len(layout.territories):
        _fail(f"the layout has {len(layout.territories)} territories and a concept in another one")
    _territories(layout)


def _territories(layout: Layout) -> None:
    _unique("territory", (t.id for t in layout.territories))
    number = {t.id: i for i, t in enumerate(layout.territories)}
    parents = [i if t.parent is None else number.get(t.parent, i) for i, t in enumerate(layout.territories)]
    for i, territory in enumerate(layout.territories):
        if territory.parent is not None and parents[i] >= i:
            _fail(f"territory {territory.id!r} has the parent {territory.parent!r}, which does not come before it")
    inside = np.bincount(layout.homes, minlength=len(number)) if len(layout.homes) else np.zeros(len(number))
    for i in range(len(number) - 1, -1, -1):
        territory = layout.territories[i]
        if territory.count != inside[i]:
            _fail(f"territory {territory.id!r} counts {territory.count} concepts and contains {int(inside[i])}")
        if parents[i] != i:
            inside[parents[i]] += inside[i]
    _in_order("link of territories", layout.links, lambda link: (link.a, link.b))
    for link in layout.links:
        if link.a >= link.b:
            _fail(f"link of territories {link.a!r} and {link.b!r} is the wrong way round")
        for end in (link.a, link.b):
            if end not in number:
                _fail(f"a link of territories names {end!r}, which is not on the map")
        if layout.territories[number[link.a]].parent != layout.territories[number[link.b]].parent:
            _fail(f"territories {link.a!r} and {link.b!r} are linked and have different parents")
