"""Relations: which concepts the notes relate, in which way, in which direction, and where they say so.

:mod:`extract.relations.inference` infers what each document says about two concepts; here the documents are put
together, and each relation gets its confidence and the lines that state it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from extract.concepts.drafts import ConceptDraft
from extract.execution.contract import Spread
from extract.knowledge.lexicon import Lexicon
from extract.relations.cues import load_cues
from extract.relations.features import InstanceTable
from extract.relations.inference import SLOTS, Sightings, accepted, decide, scored_pairs, type_votes
from extract.relations.instances import Instances, NoteColumns, Place, Portion, columns_of, portions
from extract.relations.knowledge import PairKnowledge
from extract.relations.model import RelationModel
from extract.relations.pairs import Pairs
from extract.text.occurrences import Occurrence, ParsedDoc
from extract.text.quotes import MAX_QUOTE, quote_within
from graph.classifiers import Floats
from graph.model import Basis, Evidence, Relation, RelationType
from graph.prerequisites.find import PairSignal, Signals
from graph.text.names import fold, names_within

_MOST_EVIDENCE: Final = 4
"""Lines that are kept for one relation."""
_MOST_OF_ONE: Final = 12
_MOST_OF_BOTH: Final = 60
"""A relation is among the best 12 of one of its concepts in the collection, and among the best 60 of both.

See :func:`_strongest`.
"""


_MOST_UNTYPED: Final = 5
"""Relations of one concept that say no type, at most: see :func:`few_untyped`."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """What one document says about two concepts, before documents are put together."""

    low: int
    high: int
    """The concepts, by number."""
    probability: float
    types: Floats
    """Probability of each of :data:`extract.relations.inference.SLOTS`."""
    origin: str
    evidence: tuple[Evidence, ...]
    basis: Basis
    """``EXTRACTED``, or ``BACKGROUND`` where the document would not relate them without what a pack knows."""
    taken: bool
    """Whether it makes a relation; else it is only a signal."""
    linked: float = 0.0
    """Confidence that a link between notes gives the relation; 0 without one."""
    votes: bool = True
    """Whether ``types`` says anything: of a link alone it does not."""


@dataclass(frozen=True, slots=True, eq=False)
class Related:
    """What some notes say about pairs of concepts."""

    relations: tuple[Relation, ...]
    """By key."""
    signals: Signals
    """Of the related pairs and of those that are less probable, down to :data:`LEAST_SIGNAL`."""


LEAST_SIGNAL: Final = 0.12
"""Probability from which on a pair may be a prerequisite although it is no relation."""


@dataclass(frozen=True, slots=True)
class LinkedPair:
    """Two concepts that a link between notes relates."""

    doc: int
    """Number of the document of the link."""
    low: int
    high: int
    """The concepts, by number."""
    evidence: Evidence
    """The sentence of the link."""
    other: bool = False
    """Whether the link reads as the name of another concept, which the note that it leads to only treats as well."""


LINKED: Final = 0.8
LINKED_OTHER: Final = 0.4
"""Confidence of a relation that a link between notes states and nothing else; the second where the link reads as the
name of another concept."""
LINK: Final = "link"
"""Origin of such a relation."""
_UNTYPED: Final = np.array([float(slot == (RelationType.RELATED_TO, True)) for slot in SLOTS])


def relate(
    docs: Sequence[ParsedDoc],
    occurrences: Sequence[Occurrence],
    concepts: Sequence[ConceptDraft],
    *,
    model: RelationModel | None = None,
    lexicon: Lexicon | None = None,
    linked: Sequence[LinkedPair] = (),
    spread: Spread = map,
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
    """
    trained = model or RelationModel.default()
    known = PairKnowledge.of(concepts, lexicon)
    links: _Links = defaultdict(dict)
    for link in linked:
        links[link.doc].setdefault((link.low, link.high), []).append(link)
    by_pair: dict[tuple[int, int], list[Statement]] = defaultdict(list)

    def said_in(portion: Portion) -> tuple[list[Statement], list[_Link]]:
        own = {doc: dict(links[doc]) for doc in portion.docs if doc in links}
        said = [
            statement
            for notes in columns_of(docs, occurrences, portion)
            for statement in _statements(docs, notes, concepts, known, trained, own)
        ]
        left = {(doc, pair) for doc, pairs in own.items() for pair in pairs}
        return said, [(doc, pair) for doc in own for pair in links[doc] if (doc, pair) not in left]

    for said, used in spread(said_in, portions(docs, occurrences)):
        for statement in said:
            by_pair[statement.low, statement.high].append(statement)
        for doc, pair in used:
            del links[doc][pair]
    for _, of_doc in sorted(links.items()):  # what no line has both names of
        for (low, high), lines in sorted(of_doc.items()):
            by_pair[low, high].append(_by_link(low, high, lines))
    ordered = {pair: sorted(by_pair[pair], key=lambda s: -s.probability) for pair in sorted(by_pair)}
    taken = {pair: [s for s in said if s.taken] for pair, said in ordered.items()}
    found = [_together(said, concepts, trained) for said in taken.values() if said]
    names = {draft.id: draft.names for draft in concepts}
    by_link = {frozenset((concepts[link.low].id, concepts[link.high].id)) for link in linked}
    told = [
        r
        for r in found
        if r.type is not RelationType.RELATED_TO
        or frozenset((r.head, r.tail)) in by_link
        or (r.basis is not Basis.BACKGROUND and not _only_look_alike(names[r.head], names[r.tail]))
    ]
    signals = dict(_signal(said, concepts) for said in ordered.values())
    kept = few_untyped(_strongest(told), by_link)
    return Related(tuple(sorted(kept, key=lambda r: r.key)), signals)


def _voters(statements: Sequence[Statement]) -> Sequence[Statement]:
    """Those that say anything about the type; all where none does."""
    return [s for s in statements if s.votes] or statements


def _votes(statements: Sequence[Statement]) -> Floats:
    """The mean of what the documents say about the type, by their probability."""
    voters = _voters(statements)
    if len(voters) == 1:
        return voters[0].types
    return np.average([s.types for s in voters], axis=0, weights=[s.probability for s in voters])


def _signal(statements: Sequence[Statement], concepts: Sequence[ConceptDraft]) -> tuple[tuple[str, str], PairSignal]:
    low, high = concepts[statements[0].low].id, concepts[statements[0].high].id
    votes: dict[tuple[str, RelationType], float] = {}
    for (kind, low_is_head), share in zip(SLOTS, _votes(statements).tolist(), strict=True):
        if share > 0:
            heads = (low, high) if kind.symmetric else (low,) if low_is_head else (high,)
            votes |= {(head, kind): share for head in heads}
    return (min(low, high), max(low, high)), PairSignal(statements[0].probability, votes)


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


def _statements(
    docs: Sequence[ParsedDoc],
    notes: NoteColumns,
    concepts: Sequence[ConceptDraft],
    known: PairKnowledge,
    trained: RelationModel,
    links: _Links,
) -> Iterator[Statement]:
    """What the documents of ``notes`` say. The ``links`` of pairs that they say anything of are taken out."""
    seen = Sightings.of(notes, concepts, known)
    scored = scored_pairs(seen, trained)
    stated = (scored_pairs(seen.without_packs(), trained) if known else scored).scores >= trained.cut
    likely = set(accepted(scored, trained.cut).tolist())
    by_link = _linked_rows(scored.pairs, notes, links)
    probable = np.flatnonzero(scored.scores >= min(trained.cut, LEAST_SIGNAL))
    asked = np.union1d(probable, np.asarray(sorted(by_link), dtype=np.int64)).astype(np.int64)
    said = type_votes(scored, asked, trained.types)
    for row, witnesses, votes in zip(asked.tolist(), said.witnesses, said.votes, strict=True):
        low, high = int(scored.pairs.low[row]), int(scored.pairs.high[row])
        links_here = by_link.get(row, ())
        quoted = witnesses if links_here or row in likely else []  # of a signal nobody sees a line
        found = (e for w in quoted for e in evidence_of(docs, notes, seen.table.instances, w))
        evidence = tuple(dict.fromkeys(found))
        lines = _lines_of(links_here)
        if links_here and row not in likely:  # too unlikely without the link: only what its own sentence says counts
            told = any(_one_block(notes, seen.table.instances, w, docs, lines) for w in witnesses)
            yield _by_link(low, high, links_here, votes if told else None, evidence if told else ())
            continue
        shown = tuple(dict.fromkeys((*evidence[: _MOST_EVIDENCE - 1], *lines))) if lines else evidence
        yield Statement(
            low,
            high,
            float(scored.scores[row]),
            votes,
            origin_of(seen.table, witnesses[0]),
            shown[:_MOST_EVIDENCE],
            Basis.EXTRACTED if stated[row] or lines else Basis.BACKGROUND,
            taken=row in likely,
            linked=_sure(links_here),
        )


_Link: TypeAlias = tuple[int, tuple[int, int]]
"""Number of a document and two concepts."""
_Links: TypeAlias = dict[int, dict[tuple[int, int], list[LinkedPair]]]
"""Number of a document → two concepts → the links there that relate them."""


def _by_link(
    low: int, high: int, links: Sequence[LinkedPair], votes: Floats | None = None, evidence: Sequence[Evidence] = ()
) -> Statement:
    """What links say of two concepts that nothing else relates; ``votes``: what the sentence of one says."""
    sure, told = _sure(links), votes is not None
    shown = tuple(dict.fromkeys((*_lines_of(links), *evidence)))[:_MOST_EVIDENCE]
    types = _UNTYPED if votes is None else votes
    return Statement(low, high, sure, types, LINK, shown, Basis.EXTRACTED, taken=True, linked=sure, votes=told)


def _lines_of(links: Sequence[LinkedPair]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(link.evidence for link in links))


def _sure(links: Sequence[LinkedPair]) -> float:
    """The confidence that the links give; 0 without one."""
    return max((LINKED_OTHER if link.other else LINKED for link in links), default=0.0)


def _one_block(
    notes: NoteColumns, found: Instances, row: int, docs: Sequence[ParsedDoc], lines: Sequence[Evidence]
) -> bool:
    """Whether the instance is in one block that has one of ``lines``."""
    block = notes.occ_block[int(found.a[row])]
    if block != notes.occ_block[int(found.b[row])]:
        return False
    own = docs[notes.documents[int(notes.block_doc[block])]].blocks[int(notes.block_index[block])]
    return any(line.line in own.lines for line in lines)


def _linked_rows(pairs: Pairs, notes: NoteColumns, links: _Links) -> dict[int, list[LinkedPair]]:
    """Row of ``pairs`` → the lines of the links that relate the two in its document; they leave ``links``."""
    found: dict[int, list[LinkedPair]] = {}
    if not links:
        return found
    for row, (place, low, high) in enumerate(
        zip(pairs.document.tolist(), pairs.low.tolist(), pairs.high.tolist(), strict=True)
    ):
        lines = links.get(notes.documents[place], {}).pop((low, high), None)
        if lines is not None:
            found[row] = lines
    return found


def origin_of(table: InstanceTable, row: int) -> str:
    """Name of the phrasing that appears between the names, else of the way in which they appear together."""
    phrasing = int(table.phrasing[row])
    if phrasing >= 0:
        return f"pattern:{load_cues().phrasings[phrasing].name}"
    return f"model:{Place(int(table.instances.place[row])).name.lower()}"


def evidence_of(docs: Sequence[ParsedDoc], notes: NoteColumns, found: Instances, row: int) -> list[Evidence]:
    """The line that states it: all quotes together have both names.

    Where the names appear in different blocks, the line that announces it comes second; where they are too far apart
    for one quote, each has its own.
    """
    a, b = int(found.a[row]), int(found.b[row])
    if notes.occ_block[a] == notes.occ_block[b]:
        first, last = min(a, b), max(a, b)
        if max(notes.occ_end[a], notes.occ_end[b]) - notes.occ_start[first] <= MAX_QUOTE:
            return [_quote(docs, notes, first, last)]
        return [_quote(docs, notes, first, first), _quote(docs, notes, last, last)]
    return [_quote(docs, notes, b, b), _quote(docs, notes, a, a)]


def _quote(docs: Sequence[ParsedDoc], notes: NoteColumns, first: int, last: int) -> Evidence:
    """The sentences of one block from occurrence ``first`` to occurrence ``last``."""
    block = int(notes.occ_block[first])
    offset = int(notes.block_start[block])
    doc = docs[notes.documents[int(notes.block_doc[block])]]
    names = int(notes.occ_start[first]) - offset, max(int(notes.occ_end[first]), int(notes.occ_end[last])) - offset
    start = min(int(notes.sentence_start[notes.occ_sentence[first]]) - offset, names[0])
    end = max(int(notes.sentence_end[notes.occ_sentence[last]]) - offset, names[1])
    return quote_within(doc, doc.blocks[int(notes.block_index[block])], names, (start, end))


def _together(statements: Sequence[Statement], concepts: Sequence[ConceptDraft], trained: RelationModel) -> Relation:
    """What documents say about one pair, the most probable statement first: the type by weighted vote."""
    best = _voters(statements)[0]
    linked = max(s.linked for s in statements)
    decision = decide(_votes(statements), trained.type_cut if linked else trained.least_share(best.probability))
    confidence = trained.confidence(best.probability * decision.share, decision.kind)
    confidence = round(max(confidence, linked * decision.share), 4)
    most = 2 if len(statements) > 1 else _MOST_EVIDENCE
    evidence = tuple(dict.fromkeys(e for s in statements for e in s.evidence[:most]))
    ends = (best.low, best.high) if decision.low_is_head else (best.high, best.low)
    head, tail = (concepts[i].id for i in ends)
    if decision.kind.symmetric:
        head, tail = sorted((head, tail))
    basis = Basis.EXTRACTED if any(s.basis is Basis.EXTRACTED for s in statements) else Basis.BACKGROUND
    return Relation(head, decision.kind, tail, confidence, best.origin, basis, evidence[: 2 * _MOST_EVIDENCE])
