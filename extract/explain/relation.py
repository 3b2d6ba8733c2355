"""Why two concepts are related, and why the one comes before the other, or not: computed again from the notes and the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extract.concepts.drafts import ConceptDraft
from extract.concepts.kinds import kind_odds
from extract.explain.concept import Judgement, judged
from extract.knowledge.lexicon import Lexicon
from extract.notes.files import SourceFile
from extract.notes.parse import parse
from extract.relations.features import instance_table, view_of
from extract.relations.find import (
    BEST_OF_BOTH,
    BEST_OF_ONE,
    RelationModel,
    evidence_of,
    head_is_first,
    instance_types,
    witnesses_of,
)
from extract.relations.instances import Place, chunks, instances
from extract.relations.pairs import pair_matrix, pairs_of
from extract.text.occurrences import locate
from extract.text.parsed_doc import parsed_doc
from graph.model import Concept, Evidence, Passage, Relation, RelationType
from graph.prerequisites.find import PrerequisiteModel, candidate_edges


@dataclass(frozen=True, slots=True)
class PairReport:
    """How one document relates two concepts."""

    doc: str
    related: Judgement
    """Whether it relates them at all."""
    cut: float
    """Least probability of a relation."""
    rivals: tuple[int, int]
    """0-based place of the pair among all pairs of the one and of the other concept, the better place first."""
    taken: bool
    """Whether the document gives a relation."""
    place: str
    """How the two names stand together where the document relates them best: a :class:`extract.relations.instances.Place`, in lower case."""
    line: Judgement
    """Whether this place relates them, the rest of the document aside."""
    evidence: tuple[Evidence, ...]
    types: tuple[tuple[str, str, str, float], ...]
    """The three likeliest (head id, type, tail id, probability) by the best two places, the likeliest first."""
    type_cut: float
    """Least probability of a type that is said; else the two are only related."""

    @property
    def crowded_out(self) -> bool:
        """Whether the pair is probable enough but both concepts have too many better ones."""
        return not self.taken and self.related.probability >= self.cut


@dataclass(frozen=True, slots=True)
class OrderReport:
    """Whether the one concept comes before the other."""

    before: str
    after: str
    judgement: Judgement
    cut: float
    """Least probability of a prerequisite."""
    reverse: float
    """Probability of the other order."""


def explain_relation(
    sources: Sequence[SourceFile],
    concepts: Sequence[Concept],
    pair: tuple[str, str],
    *,
    lexicon: Lexicon,
    model: RelationModel | None = None,
) -> list[PairReport]:
    """How each document that names both concepts relates them, the most probable first; empty where they never stand together.

    Args:
        sources: all notes.
        concepts: all concepts of the graph.
        pair: ids of the two.
        lexicon: the one that the graph was built with.
        model: the trained models; None for those that come with the package.
    """
    trained = model or RelationModel.default()
    number = {c.id: i for i, c in enumerate(concepts)}
    low, high = sorted((number[pair[0]], number[pair[1]]))
    both = {m.doc for m in concepts[low].mentions} & {m.doc for m in concepts[high].mentions}
    drafts = [ConceptDraft(c.id, c.name, c.aliases, c.kind, c.salience, kind_odds(c.names, lexicon)) for c in concepts]
    found = (_in_document(source, drafts, (low, high), trained) for source in sources if source.id in both)
    return sorted((report for report in found if report is not None), key=lambda r: (-r.related.probability, r.doc))


def _in_document(
    source: SourceFile, drafts: Sequence[ConceptDraft], pair: tuple[int, int], trained: RelationModel
) -> PairReport | None:
    docs = [parsed_doc(source.id, parse(source.text, suffix=Path(source.id).suffix))]
    occurrences = locate(docs, ((name, i) for i, draft in enumerate(drafts) for name in draft.names))
    notes = next(chunks(docs, occurrences))
    found = instances(notes)
    if not len(found):
        return None
    view = view_of(notes)
    table = instance_table(notes, view, found, drafts)
    seen = table.matrix(trained.instance.features)
    probability = trained.instance.probability(seen)
    pairs = pairs_of(notes, table, probability, concepts=len(drafts))
    rows = np.flatnonzero((pairs.low == pair[0]) & (pairs.high == pair[1]))
    if not len(rows):
        return None
    row = int(rows[0])
    best = int(pairs.best[row])
    related = judged(trained.pair, pair_matrix(pairs, table, trained.pair.features)[row])
    rivals = int(pairs.columns["rank.low"][row]), int(pairs.columns["rank.high"][row])
    witnesses = witnesses_of(pairs, rows[:1], probability)[0]
    votes: dict[tuple[str, str, str], float] = defaultdict(float)
    for witness, odds in zip(
        witnesses, instance_types(notes, view, table, witnesses, drafts, trained.types), strict=True
    ):
        first, second = (drafts[int(notes.occ_concept[end[witness]])].id for end in (found.a, found.b))
        share = float(probability[witness] / probability[witnesses].sum())
        for label, odd in zip(trained.types.classes, odds.tolist(), strict=True):
            kind, forward = label.rstrip("<>"), head_is_first(label, turned=False)
            head, tail = (first, second) if forward else (second, first)
            if RelationType(kind).symmetric:
                head, tail = sorted((head, tail))
            votes[head, kind, tail] += share * odd
    types = sorted(votes, key=lambda said: (-votes[said], said))[:3]
    return PairReport(
        source.id,
        related,
        trained.cut,
        rivals,
        related.probability >= trained.cut and rivals[0] < BEST_OF_ONE and rivals[1] < BEST_OF_BOTH,
        Place(int(found.place[best])).name.lower(),
        judged(trained.instance, seen[best]),
        tuple(dict.fromkeys(e for witness in witnesses for e in evidence_of(docs, notes, found, witness))),
        tuple((*said, votes[said]) for said in types),
        trained.type_cut,
    )


def explain_order(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    passages: Sequence[Passage],
    pair: tuple[str, str],
    *,
    reading_order: Mapping[str, int] | None = None,
    model: PrerequisiteModel | None = None,
) -> OrderReport | None:
    """Which of two concepts comes first, by the likelier order; None where nothing relates them, so that no order was asked for.

    Args:
        concepts: all concepts of the graph.
        relations: all relations.
        passages: all passages.
        pair: ids of the two.
        reading_order: document → place in the reading order of the folder.
        model: the trained score; None for the one that comes with the package.
    """
    trained = model or PrerequisiteModel.default()
    asked = candidate_edges(concepts, relations, passages, reading_order)
    number = {c.id: i for i, c in enumerate(concepts)}
    a, b = (number[i] for i in pair)
    rows = np.flatnonzero(((asked.before == a) & (asked.after == b)) | ((asked.before == b) & (asked.after == a)))
    if not len(rows):
        return None
    reports = [judged(trained.score, asked.x[row]) for row in rows.tolist()]
    best = max(range(len(reports)), key=lambda i: reports[i].probability)
    others = [r.probability for i, r in enumerate(reports) if i != best]
    before, after = (concepts[int(ends[rows[best]])].id for ends in (asked.before, asked.after))
    return OrderReport(before, after, reports[best], trained.cut, max(others, default=0.0))
