"""Relations: which concepts the notes relate, in which way, in which direction, and where they say so.

:mod:`extract.relations.inference` infers what each document says about two concepts; here the documents are put
together, and each relation gets its confidence and the lines that state it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.execution.contract import Spread
from extract.knowledge.lexicon import Lexicon
from extract.relations.inference import SLOTS
from extract.relations.instances import Bools, Ints, columns_of
from extract.relations.kept_statements import KeptStatements
from extract.relations.knowledge import PairKnowledge
from extract.relations.model import RelationModel
from extract.relations.statements import (
    MOST_EVIDENCE,
    LinkedPair,
    Links,
    Statements,
    StatementsBuilder,
    by_links,
    origin_name,
    statements_of,
)
from extract.text.occurrences import Occurrence, Occurrences, ParsedDoc, Portion, portions, read_ahead
from graph.classifiers import Floats
from graph.model import Basis, Evidence, Relation, RelationType
from graph.prerequisites.features import TYPES, IdPairs, Signals
from graph.text.names import fold, names_within

_MOST_OF_ONE: Final = 12
_MOST_OF_BOTH: Final = 60
"""A relation is among the best 12 of one of its concepts in the collection, and among the best 60 of both.

See :func:`_strongest`.
"""


_MOST_UNTYPED: Final = 5
"""Relations of one concept that say no type, at most: see :func:`few_untyped`."""


@dataclass(frozen=True, slots=True, eq=False)
class Related:
    """What some notes say about pairs of concepts."""

    relations: tuple[Relation, ...]
    """By key."""
    signals: Signals
    """Of the related pairs and of those that are less probable, down to :data:`LEAST_SIGNAL`."""


def relate(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    concepts: Sequence[ConceptDraft],
    *,
    model: RelationModel | None = None,
    lexicon: Lexicon | None = None,
    linked: Sequence[LinkedPair] = (),
    spread: Spread = map,
    kept: KeptStatements | None = None,
) -> Related:
    """What ``docs`` say about pairs of ``concepts``.

    Args:
        docs: all documents.
        occurrences: where the concepts are named, in document order.
        concepts: their names; ``Occurrence.concept`` counts in this sequence.
        model: the trained models; None for those that come with the package.
        lexicon: whose relations and prerequisites are features of the models; None for none.
        linked: the concepts that links between notes relate, whatever the models make of the place.
        spread: works on portions of the documents; the result does not depend on it.
        kept: what earlier builds found of documents that say the same again; the result does not depend on it.
    """
    trained = model or RelationModel.default()
    known = PairKnowledge.of(concepts, lexicon)
    links: Links = defaultdict(dict)
    for link in linked:
        links[link.doc].setdefault((link.low, link.high), []).append(link)
    places = Occurrences.of(occurrences)
    work = _Work(docs, places, concepts, known, trained)
    said = _said(work, links, spread) if kept is None else _said_or_kept(work, links, spread, kept)
    ids = [draft.id for draft in concepts]
    taken = _Pairs.of(said, said.taken)
    chosen = _strongest(said, taken, concepts, linked, trained)
    by_link = {frozenset((ids[link.low], ids[link.high])) for link in linked}
    found = {r.key: (r, pair) for pair, r in _relations(chosen, ids)}
    left = sorted(few_untyped([r for r, _ in found.values()], by_link), key=lambda r: r.key)
    stating = [taken.statements(found[r.key][1]) for r in left]
    docs = read_ahead(docs, said.places([number for own in stating for number in own[: 2 * MOST_EVIDENCE]]))
    shown = tuple(replace(r, evidence=_evidence(docs, said, own)) for r, own in zip(left, stating, strict=True))
    del taken, chosen, found, left
    return Related(shown, _signals(said, _Pairs.of(said), ids))


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """The documents whose statements are looked for, and all that these depend on."""

    docs: Sequence[ParsedDoc]
    places: Occurrences
    concepts: Sequence[ConceptDraft]
    known: PairKnowledge
    trained: RelationModel

    def only(self, numbers: Ints) -> _Work:
        """The same for some of the documents, which are numbered anew in the order of ``numbers``, rising."""
        own = self.places[np.flatnonzero(np.isin(self.places.doc, numbers))]
        docs = [self.docs[number] for number in numbers.tolist()]
        return replace(self, docs=docs, places=replace(own, doc=np.searchsorted(numbers, own.doc)))


def _said(work: _Work, links: Links, spread: Spread) -> Statements:
    """What the documents say, in their order, and then what is left over of ``links``: no line has both names."""
    gathered = StatementsBuilder()
    for part in _said_in_portions(work, links, spread):
        gathered.add(part)
    gathered.add(by_links(links))
    return gathered.finish()


def _said_in_portions(work: _Work, links: Links, spread: Spread) -> Iterator[Statements]:
    """What the documents say, in their order; only what is left over stays in ``links``."""

    def said_in(portion: Portion) -> tuple[list[Statements], Links]:
        """What the documents of a portion say, and their links that are left over."""
        own: Links = {doc: dict(links[doc]) for doc in portion.docs if doc in links}
        columns = columns_of(work.docs, work.places, portion)
        return [statements_of(work.docs, n, work.concepts, work.known, work.trained, own) for n in columns], own

    for said_there, left in spread(said_in, portions(work.docs, work.places)):
        yield from said_there
        links.update(left)


def _said_or_kept(work: _Work, links: Links, spread: Spread, kept: KeptStatements) -> Statements:
    """The same; what earlier builds found is read, and what is new is kept. Links make a document new each time."""
    keys = kept.keys(work.places, work.concepts, work.known)
    asked = {doc: key for doc, key in enumerate(keys) if doc not in links}
    found = kept.read(asked, work.docs, work.places)
    missing = np.asarray([doc for doc in range(len(keys)) if doc not in found], dtype=np.int64)
    own: Links = {new: links[old] for new, old in enumerate(missing.tolist()) if old in links}
    gathered = StatementsBuilder()
    for part in _said_in_portions(work.only(missing), own, spread):
        gathered.add(part.of_documents(missing))
    links.update({int(missing[new]): left for new, left in own.items()})
    fresh = gathered.finish()
    kept.write({doc: key for doc, key in asked.items() if doc not in found}, fresh, work.places)
    gathered = StatementsBuilder()
    gathered.add(fresh)
    del fresh
    for doc in list(found):
        gathered.add(found.pop(doc))
    gathered.sort()
    gathered.add(by_links(links))
    return gathered.finish()


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Statements by pair of concepts: pairs by (low, high), the statements of each by falling probability."""

    rows: Ints
    """Numbers of the statements."""
    first: Ints
    """For each pair the place of its first statement in ``rows``; one more entry for the end."""
    best: Ints
    """For each pair its most probable statement that votes on the type; of all where none does."""
    votes: Floats
    """What these statements say of the type: their mean by probability, shape (pairs, len(SLOTS))."""

    @classmethod
    def of(cls, said: Statements, chosen: Bools | None = None) -> _Pairs:
        """The pairs of all statements, or of the ``chosen`` ones."""
        rows = np.arange(len(said)) if chosen is None else np.flatnonzero(chosen)
        rows = rows[np.lexsort((-said.probability[rows], said.high[rows], said.low[rows]))]
        new = (np.diff(said.low[rows], prepend=-1) != 0) | (np.diff(said.high[rows], prepend=-1) != 0)
        first = np.append(np.flatnonzero(new), len(rows))
        pair = np.cumsum(new) - 1
        heard = np.bincount(pair, weights=said.votes[rows], minlength=len(first) - 1) > 0
        voting = said.votes[rows] | ~heard[pair]
        voters, owner = rows[voting], pair[voting]
        start = np.searchsorted(owner, np.arange(len(first)))
        best = voters[start[:-1]]
        votes = said.types[best]
        several = np.flatnonzero(np.diff(start) > 1)
        size = np.diff(start)[several]
        begin = np.cumsum(size) - size
        own = voters[np.repeat(start[several] - begin, size) + np.arange(int(size.sum()))]
        weights = said.probability[own]
        if len(several):
            total = np.add.reduceat(said.types[own] * weights[:, None], begin)
            votes[several] = total / np.add.reduceat(weights, begin)[:, None]
        return cls(rows, first, best, votes)

    def __len__(self) -> int:
        return len(self.first) - 1

    def statements(self, pair: int) -> list[int]:
        """The statements about a pair, the most probable one first."""
        return list(self.rows[self.first[pair] : self.first[pair + 1]].tolist())


def _signals(said: Statements, pairs: _Pairs, ids: Sequence[str]) -> Signals:
    """What the statements say of each pair. Takes ``pairs.votes`` over: there is room for one such table only."""
    first = pairs.rows[pairs.first[:-1]]
    rank = _order_of(ids)
    ends = np.stack([said.low[first], said.high[first]], axis=1)
    turned = rank[ends[:, 0]] > rank[ends[:, 1]]
    ends[turned] = ends[turned][:, ::-1]
    votes = pairs.votes.reshape(-1, len(TYPES), 2).swapaxes(1, 2)  # SLOTS: of each type the lower concept as head first
    symmetric = [number for number, kind in enumerate(TYPES) if kind.symmetric]
    votes[:, 1, symmetric] = votes[:, 0, symmetric]
    votes[turned] = votes[turned][:, ::-1]
    return Signals(IdPairs(tuple(ids), ends), said.probability[first], votes)


def _only_look_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether a name of one begins like a name of the other without being a word of it.

    CD20 and CD200, not IgG and IgG 4.

    Such names are listed together because of their letters, so that mere proximity does not relate them.
    """
    pairs = [(a, b) for a in one for b in other]
    alike = any(fold(a).startswith(fold(b)) or fold(b).startswith(fold(a)) for a, b in pairs if min(len(a), len(b)) > 1)
    return alike and not any(names_within(a, b) or names_within(b, a) for a, b in pairs)


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """Relations as columns, some of those that pairs may be."""

    pair: Ints
    head: Ints
    tail: Ints
    """Numbers of the concepts."""
    kind: Ints
    """Numbers in :data:`TYPES`."""
    confidence: Floats
    """Rounded to four digits."""
    stated: Bools
    """Whether the notes state it themselves."""
    origin: Ints
    """See :func:`origin_name`."""

    def take(self, rows: NDArray[Any]) -> _Chosen:
        """The relations of ``rows`` (numbers or a mask)."""
        return _Chosen(*(getattr(self, column.name)[rows] for column in fields(self)))


def _strongest(
    said: Statements,
    pairs: _Pairs,
    concepts: Sequence[ConceptDraft],
    linked: Sequence[LinkedPair],
    trained: RelationModel,
) -> _Chosen:
    """The relations that are among the most probable of one concept, and not among the least probable of the other.

    A book names a frequent concept next to hundreds of others; a learner can look at a few dozen. Before, those are
    left out that say no type and that neither a link nor a line of the notes states, or only of names that look alike.
    """
    found = _together(said, pairs, concepts, trained)
    size = max(len(concepts), 1)
    by_link = np.asarray(sorted({link.low * size + link.high for link in linked}), dtype=np.int64)
    ends = np.minimum(found.head, found.tail), np.maximum(found.head, found.tail)
    told = (found.kind != _RELATED_TO) | np.isin(ends[0] * size + ends[1], by_link)
    asked = np.flatnonzero(~told & found.stated)
    told[asked] = ~_look_alike(concepts, ends[0][asked], ends[1][asked])
    found = found.take(told)
    order = np.lexsort((*_key_columns(found, concepts), -found.confidence))
    both = np.stack([found.head[order], found.tail[order]], axis=1).ravel()
    of_end = np.argsort(both, kind="stable")
    count = np.bincount(both, minlength=size)
    rank = np.empty(len(both), dtype=np.int64)
    rank[of_end] = np.arange(len(both)) - np.repeat(np.cumsum(count) - count, count)
    near, far = rank.reshape(-1, 2).min(axis=1), rank.reshape(-1, 2).max(axis=1)
    return found.take(np.sort(order[(near < _MOST_OF_ONE) & (far < _MOST_OF_BOTH)]))


def _key_columns(found: _Chosen, concepts: Sequence[ConceptDraft]) -> tuple[Ints, Ints, Ints]:
    """What relations are ordered by as :attr:`graph.model.Relation.key` orders them, the last one first."""
    ids = _order_of([draft.id for draft in concepts])
    return ids[found.tail], _order_of([kind.value for kind in TYPES])[found.kind], ids[found.head]


def _order_of(names: Sequence[str]) -> Ints:
    """For each name its place in their order; they are different."""
    place = np.empty(len(names), dtype=np.int64)
    place[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return place


def _look_alike(concepts: Sequence[ConceptDraft], low: Ints, high: Ints) -> Bools:
    """See :func:`_only_look_alike`, for pairs of concepts."""
    alike = np.zeros(len(low), dtype=bool)
    names = {number: concepts[number].names for number in np.unique(np.concatenate([low, high])).tolist()}
    # A name that begins like another of two letters at least shares its first two with it.
    begins = {number: {fold(name)[:2] for name in own} for number, own in names.items()}
    short = {number for number, own in begins.items() if min(map(len, own)) < 2}
    for row, (one, other) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        if one in short or other in short or not begins[one].isdisjoint(begins[other]):
            alike[row] = _only_look_alike(names[one], names[other])
    return alike


def _relations(chosen: _Chosen, ids: Sequence[str]) -> Iterator[tuple[int, Relation]]:
    """(number of the pair, relation without lines) of each of ``chosen``."""
    columns = (chosen.pair, chosen.head, chosen.tail, chosen.kind, chosen.confidence, chosen.stated, chosen.origin)
    for pair, head, tail, kind, confidence, stated, origin in zip(*(c.tolist() for c in columns), strict=True):
        basis = Basis.EXTRACTED if stated else Basis.BACKGROUND
        yield pair, Relation(ids[head], TYPES[kind], ids[tail], confidence, origin_name(origin), basis)


def few_untyped(relations: Sequence[Relation], by_link: Collection[frozenset[str]]) -> list[Relation]:
    """``relations`` with at most :data:`_MOST_UNTYPED` that say no type for each concept, the most confident ones.

    A concept that would be left without any relation keeps its most confident one. ``by_link``: the ends of those that
    authors state by a link; they count, and none of them is left out.
    """
    kept = [r for r in relations if r.type is not RelationType.RELATED_TO]
    related = {end for r in kept for end in (r.head, r.tail)}
    untyped: Counter[str] = Counter()
    left: list[Relation] = []

    def keep(relation: Relation) -> None:
        kept.append(relation)
        for end in (relation.head, relation.tail):
            related.add(end)
            untyped[end] += 1

    rest = [r for r in relations if r.type is RelationType.RELATED_TO]
    for relation in sorted(rest, key=lambda r: (frozenset((r.head, r.tail)) not in by_link, -r.confidence, r.key)):
        ends = frozenset((relation.head, relation.tail))
        if ends in by_link or all(untyped[end] < _MOST_UNTYPED for end in ends):
            keep(relation)
        else:
            left.append(relation)
    for relation in left:
        if relation.head not in related or relation.tail not in related:
            keep(relation)
    return kept


def _together(said: Statements, pairs: _Pairs, concepts: Sequence[ConceptDraft], trained: RelationModel) -> _Chosen:
    """What documents say about each of ``pairs``: the type by weighted vote."""
    if not len(pairs):
        nothing = np.zeros(0, dtype=np.int64)
        return _Chosen(nothing, nothing, nothing, nothing, np.zeros(0), np.zeros(0, dtype=bool), nothing)
    starts = pairs.first[:-1]
    linked = np.maximum.reduceat(said.linked[pairs.rows], starts)
    stated = np.logical_or.reduceat(said.stated[pairs.rows], starts)
    probability = said.probability[pairs.best]
    cuts = np.where(linked > 0, trained.type_cut, trained.least_shares(probability))
    slot = pairs.votes.argmax(axis=1)
    share = pairs.votes[np.arange(len(pairs)), slot]
    untyped = (share < cuts) | np.isin(slot, _RELATED)
    share = np.where(untyped, 1.0, share)
    raw = probability * share
    sure = np.where(
        untyped, trained.confidences(raw, RelationType.RELATED_TO), trained.confidences(raw, RelationType.IS_A)
    )
    sure = np.maximum(sure, linked * share)
    kind = np.where(untyped, _RELATED_TO, _KIND_OF[slot])
    low, high = said.low[pairs.best], said.high[pairs.best]
    order = _order_of([draft.id for draft in concepts])
    # Of what has no direction the smaller id is the head.
    turned = np.where(_SYMMETRIC[kind], order[low] > order[high], ~_LOW_IS_HEAD[slot])
    rounded = np.asarray([round(confidence, 4) for confidence in sure.tolist()])
    head, tail = np.where(turned, high, low), np.where(turned, low, high)
    return _Chosen(np.arange(len(pairs)), head, tail, kind, rounded, stated, said.origin[pairs.best])


_RELATED_TO: Final = TYPES.index(RelationType.RELATED_TO)
_KIND_OF: Final = np.asarray([TYPES.index(kind) for kind, _ in SLOTS])
_LOW_IS_HEAD: Final = np.asarray([low_is_head for _, low_is_head in SLOTS])
_SYMMETRIC: Final = np.asarray([kind.symmetric for kind in TYPES])
_RELATED: Final = tuple(number for number, (kind, _) in enumerate(SLOTS) if kind is RelationType.RELATED_TO)


def _evidence(docs: Sequence[ParsedDoc], said: Statements, statements: Sequence[int]) -> tuple[Evidence, ...]:
    """The lines of a relation from ``statements``, the most probable one first."""
    most = 2 if len(statements) > 1 else MOST_EVIDENCE
    lines: dict[Evidence, None] = {}
    for number in statements:
        if len(lines) >= 2 * MOST_EVIDENCE:
            break
        lines.update(dict.fromkeys(said.evidence(docs, number)[:most]))
    return tuple(lines)[: 2 * MOST_EVIDENCE]
