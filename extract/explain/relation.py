"""Why two concepts are related, and why the one comes before the other, or not.

Computed again from the notes and the graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from extract.concepts.drafts import ConceptDraft
from extract.concepts.kinds import kind_odds
from extract.explain.concept import Judgement, judged
from extract.knowledge.lexicon import Lexicon
from extract.notes.files import SourceFile
from extract.notes.parse import parse
from extract.relations.inference import SLOTS, Sightings, accepted, scored_pairs, type_votes
from extract.relations.instances import Place, chunks
from extract.relations.knowledge import PairKnowledge
from extract.relations.model import RelationModel
from extract.relations.pairs import pair_matrix
from extract.relations.statements import evidence_of
from extract.text.occurrences import locate
from extract.text.parsed_doc import parsed_doc
from graph.classifiers import Floats
from graph.model import Concept, Evidence, Passage, Relation
from graph.prerequisites.find import PrerequisiteModel, candidate_edges

_MOST_TYPES: Final = 3
"""Types that a report shows."""


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
    """How the two names appear together where the document relates them best: a
    :class:`extract.relations.instances.Place`, in lower case."""
    line: Judgement
    """Whether this place relates them, the rest of the document aside."""
    evidence: tuple[Evidence, ...]
    types: tuple[tuple[str, str, str, float], ...]
    """The three most likely (head id, type, tail id, probability) by the best two places, the most likely first."""
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
    """How each document that names both concepts relates them, the most probable first.

    Empty where they never appear together.

    Args:
        sources: all notes.
        concepts: all concepts of the graph.
        pair: ids of the two.
        lexicon: the one that the graph was built with.
        model: the trained models; None for those that come with the package.
    """
    trained = model or RelationModel.default()
    concepts = sorted(concepts, key=lambda c: (-c.confidence, c.id))  # as a build has them: ties go by number
    number = {c.id: i for i, c in enumerate(concepts)}
    low, high = sorted((number[pair[0]], number[pair[1]]))
    both = {m.doc for m in concepts[low].mentions} & {m.doc for m in concepts[high].mentions}
    drafts = [
        ConceptDraft(c.id, c.name, c.aliases, c.kind, c.confidence, kind_odds(c.names, lexicon)) for c in concepts
    ]
    known = PairKnowledge.of(drafts, lexicon)
    found = (_in_document(source, drafts, known, (low, high), trained) for source in sources if source.id in both)
    return sorted((report for report in found if report is not None), key=lambda r: (-r.related.probability, r.doc))


def _in_document(
    source: SourceFile,
    drafts: Sequence[ConceptDraft],
    known: PairKnowledge,
    pair: tuple[int, int],
    trained: RelationModel,
) -> PairReport | None:
    docs = [parsed_doc(source.id, parse(source.text, suffix=Path(source.id).suffix, name=source.id))]
    occurrences = locate(docs, ((name, i) for i, draft in enumerate(drafts) for name in draft.names))
    seen = Sightings.of(next(chunks(docs, occurrences, most=len(occurrences) or 1)), drafts, known)
    scored = scored_pairs(seen, trained)
    row = scored.row_of(*pair)
    if row is None:
        return None
    found, best = seen.table.instances, int(scored.pairs.best[row])
    said = type_votes(scored, np.asarray([row]), trained.types)
    return PairReport(
        source.id,
        judged(trained.pair, pair_matrix(scored.pairs, seen.table, trained.pair.features)[row]),
        trained.cut,
        scored.rivals(row),
        row in accepted(scored, trained.cut),
        Place(int(found.place[best])).name.lower(),
        judged(trained.instance, seen.table.matrix(trained.instance.features)[best]),
        tuple(dict.fromkeys(e for witness in said.witnesses(0) for e in evidence_of(docs, seen.notes, found, witness))),
        _likeliest_types(said.votes[0], drafts, pair),
        trained.least_share(float(scored.scores[row])),
    )


def _likeliest_types(
    votes: Floats, drafts: Sequence[ConceptDraft], pair: tuple[int, int]
) -> tuple[tuple[str, str, str, float], ...]:
    """The three most likely (head id, type, tail id, probability), by probability, then by name."""
    low, high = (drafts[i].id for i in pair)
    named = []
    for (kind, low_is_head), vote in zip(SLOTS, votes.tolist(), strict=True):
        head, tail = (low, high) if low_is_head else (high, low)
        if kind.symmetric:
            head, tail = sorted((head, tail))
        named.append((head, kind.value, tail, vote))
    return tuple(sorted((said for said in named if said[3] > 0), key=lambda said: (-said[3], said[:3]))[:_MOST_TYPES])


def explain_order(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    passages: Sequence[Passage],
    pair: tuple[str, str],
    *,
    reading_order: Mapping[str, int] | None = None,
    model: PrerequisiteModel | None = None,
) -> OrderReport | None:
    """Which of two concepts comes first, by the likelier order.

    None where nothing relates them, so that no order was asked for.

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
    reports = [judged(trained.score, row) for _, row in asked.rows(rows)]
    best = max(range(len(reports)), key=lambda i: reports[i].probability)
    others = [r.probability for i, r in enumerate(reports) if i != best]
    before, after = (concepts[int(ends[rows[best]])].id for ends in (asked.before, asked.after))
    return OrderReport(before, after, reports[best], trained.cut, max(others, default=0.0))
