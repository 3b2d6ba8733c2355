"""Relations: which concepts the notes relate, in which way, in which direction, and where they say so.

:mod:`extract.relations.inference` infers what each document says about two concepts; here the documents are put
together, and each relation gets its confidence and the lines that state it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

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
    behind_each_other,
    by_links,
    origin_name,
    statements_of,
)
from extract.text.occurrences import Occurrence, Occurrences, ParsedDoc, Portion, portions, read_ahead
from graph.classifiers import Floats
from graph.model import Basis, Evidence, Relation, RelationType
from graph.prerequisites.features import TYPES, Signals
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
    by_documents = _said(work, links, spread) if kept is None else _said_or_kept(work, links, spread, kept)
    said = behind_each_other([by_documents, by_links(links)])  # the links left over: no line has both names
    ids = [draft.id for draft in concepts]
    taken = _Pairs.of(said, said.taken)
    found, pair_of = _together(said, taken, ids, trained)
    names = {draft.id: draft.names for draft in concepts}
    by_link = {frozenset((ids[link.low], ids[link.high])) for link in linked}
    told = [
        r
        for r in found
        if r.type is not RelationType.RELATED_TO
        or frozenset((r.head, r.tail)) in by_link
        or (r.basis is not Basis.BACKGROUND and not _only_look_alike(names[r.head], names[r.tail]))
    ]
    left = sorted(few_untyped(_strongest(told), by_link), key=lambda r: r.key)
    stating = [taken.statements(pair_of[r.key]) for r in left]
    docs = read_ahead(docs, said.places([number for own in stating for number in own[: 2 * MOST_EVIDENCE]]))
    shown = (replace(r, evidence=_evidence(docs, said, own)) for r, own in zip(left, stating, strict=True))
    return Related(tuple(shown), _signals(said, _Pairs.of(said), ids))


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
    """What the documents say, in their order; only what is left over stays in ``links``."""

    def said_in(portion: Portion) -> tuple[list[Statements], Links]:
        """What the documents of a portion say, and their links that are left over."""
        own: Links = {doc: dict(links[doc]) for doc in portion.docs if doc in links}
        columns = columns_of(work.docs, work.places, portion)
        return [statements_of(work.docs, n, work.concepts, work.known, work.trained, own) for n in columns], own

    parts: list[Statements] = []
    for said_there, left in spread(said_in, portions(work.docs, work.places)):
        parts += said_there
        links.update(left)
    return behind_each_other(parts)


def _said_or_kept(work: _Work, links: Links, spread: Spread, kept: KeptStatements) -> Statements:
    """The same; what earlier builds found is read, and what is new is kept. Links make a document new each time."""
    keys = kept.keys(work.places, work.concepts, work.known)
    asked = {doc: key for doc, key in enumerate(keys) if doc not in links}
    found = kept.read(asked, work.docs, work.places)
    missing = np.asarray([doc for doc in range(len(keys)) if doc not in found], dtype=np.int64)
    own: Links = {new: links[old] for new, old in enumerate(missing.tolist()) if old in links}
    fresh = _said(work.only(missing), own, spread).of_documents(missing)
    links.update({int(missing[new]): left for new, left in own.items()})
    kept.write({doc: key for doc, key in asked.items() if doc not in found}, fresh, work.places)
    return behind_each_other([fresh, *found.values()]).by_document()


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
        for one in np.flatnonzero(np.diff(start) > 1).tolist():
            own = voters[start[one] : start[one + 1]]
            votes[one] = np.average(said.types[own], axis=0, weights=said.probability[own])
        return cls(rows, first, best, votes)

    def __len__(self) -> int:
        return len(self.first) - 1

    def statements(self, pair: int) -> list[int]:
        """The statements about a pair, the most probable one first."""
        return list(self.rows[self.first[pair] : self.first[pair + 1]].tolist())


def _signals(said: Statements, pairs: _Pairs, ids: Sequence[str]) -> Signals:
    """What the statements say of each pair. Takes ``pairs.votes`` over: there is room for one such table only."""
    first = pairs.rows[pairs.first[:-1]]
    ends = [(ids[low], ids[high]) for low, high in np.stack([said.low[first], said.high[first]], axis=1).tolist()]
    votes = pairs.votes.reshape(-1, len(TYPES), 2).swapaxes(1, 2)  # SLOTS: of each type the lower concept as head first
    symmetric = [number for number, kind in enumerate(TYPES) if kind.symmetric]
    votes[:, 1, symmetric] = votes[:, 0, symmetric]
    turned = np.asarray([low > high for low, high in ends], dtype=bool)
    votes[turned] = votes[turned][:, ::-1]
    return Signals([(min(pair), max(pair)) for pair in ends], said.probability[first], votes)


def _only_look_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether a name of one begins like a name of the other without being a word of it.

    CD20 and CD200, not IgG and IgG 4.

    Such names are listed together because of their letters, so that mere proximity does not relate them.
    """
    pairs = [(a, b) for a in one for b in other]
    alike = any(fold(a).startswith(fold(b)) or fold(b).startswith(fold(a)) for a, b in pairs if min(len(a), len(b)) > 1)
    return alike and not any(names_within(a, b) or names_within(b, a) for a, b in pairs)


def _strongest(relations: Sequence[Relation]) -> list[Relation]:
    """Those that are among the most probable of one of their concepts, and not among the least probable of the other.

    A book names a frequent concept next to hundreds of others; a learner can look at a few dozen.
    """
    rank: dict[tuple[str, int], int] = {}
    seen: Counter[str] = Counter()
    for number, relation in sorted(enumerate(relations), key=lambda item: (-item[1].confidence, item[1].key)):
        for end in (relation.head, relation.tail):
            rank[end, number] = seen[end]
            seen[end] += 1
    kept = []
    for number, relation in enumerate(relations):
        near, far = sorted((rank[relation.head, number], rank[relation.tail, number]))
        if near < _MOST_OF_ONE and far < _MOST_OF_BOTH:
            kept.append(relation)
    return kept


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


def _together(
    said: Statements, pairs: _Pairs, ids: Sequence[str], trained: RelationModel
) -> tuple[list[Relation], dict[tuple[str, str, str], int]]:
    """What documents say about each of ``pairs``, without its lines: the type by weighted vote.

    Returns:
        The relations, and key of a relation → number of its pair.
    """
    if not len(pairs):
        return [], {}
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
    found = []
    columns = (pairs.best, slot, untyped, sure, stated, said.low[pairs.best], said.high[pairs.best])
    for best, at, plain, confidence, own, low, high in zip(*(column.tolist() for column in columns), strict=True):
        kind, low_is_head = SLOTS[at]
        kind = RelationType.RELATED_TO if plain else kind
        head, tail = (ids[low], ids[high]) if low_is_head else (ids[high], ids[low])
        if kind.symmetric:
            head, tail = min(head, tail), max(head, tail)
        basis = Basis.EXTRACTED if own else Basis.BACKGROUND
        found.append(Relation(head, kind, tail, round(confidence, 4), origin_name(int(said.origin[best])), basis))
    return found, {relation.key: pair for pair, relation in enumerate(found)}


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
