"""The stages of the inference of relations, each by itself, and that build and explanation run the same ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from extract.concepts.drafts import ConceptDraft
from extract.explain.relation import explain_relation
from extract.knowledge.lexicon import LexiconChoice, chosen_lexicon
from extract.notes.files import SourceFile, read_note
from extract.notes.parse import parse
from extract.pipeline import build
from extract.relations.inference import (
    BEST_OF_ONE,
    SLOTS,
    ScoredPairs,
    Sightings,
    accepted,
    decide,
    instance_scores,
    instance_types,
    pair_scores,
    paired,
    scored_pairs,
    type_votes,
)
from extract.relations.instances import chunks
from extract.relations.knowledge import PairKnowledge
from extract.relations.model import RelationModel
from extract.text.occurrences import locate
from extract.text.parsed_doc import parsed_doc
from graph.model import ConceptKind, RelationType
from graph.text.names import fold
from tests.places import ROOT

NOTE = """# Sorting

Quicksort uses partitioning. Mergesort uses Quicksort. Quicksort is faster than Mergesort.
Mergesort needs no partitioning.
"""


def sightings(text: str, *names: str) -> Sightings:
    doc = parsed_doc("a.md", parse(text, suffix=".md"))
    drafts = [ConceptDraft(fold(n), n, (), ConceptKind.CONCEPT, 0.5) for n in names]
    [notes] = list(chunks([doc], locate([doc], ((n, i) for i, n in enumerate(names)))))
    return Sightings.of(notes, drafts, PairKnowledge.of(drafts, None))


@pytest.fixture(scope="module")
def scored() -> ScoredPairs:
    return scored_pairs(sightings(NOTE, "Quicksort", "partitioning", "Mergesort"), RelationModel.default())


def test_the_stages_one_by_one_give_what_they_give_together(scored: ScoredPairs) -> None:
    model = RelationModel.default()
    scores = instance_scores(scored.seen, model.instance)
    pairs = paired(scored.seen, scores)
    np.testing.assert_array_equal(scores, scored.instance_scores)
    np.testing.assert_array_equal(pair_scores(scored.seen, pairs, model.pair), scored.scores)
    assert len(scored.seen) == len(scores) > len(pairs) == len(scored.scores) == 3


def test_a_pair_is_found_by_its_concepts(scored: ScoredPairs) -> None:
    row = scored.row_of(0, 1)
    assert row is not None
    assert (scored.pairs.low[row], scored.pairs.high[row]) == (0, 1)
    assert scored.row_of(1, 0) is None  # the lower number comes first


def test_accepted_are_probable_enough_and_among_the_best_of_one_concept(scored: ScoredPairs) -> None:
    assert accepted(scored, 0.0).tolist() == [0, 1, 2]
    assert accepted(scored, 1.1).tolist() == []
    between = float(np.sort(scored.scores)[1])
    assert accepted(scored, between).tolist() == np.flatnonzero(scored.scores >= between).tolist()
    assert len(accepted(scored, between)) == 2


def test_a_hub_is_not_related_to_everything() -> None:
    """All pairs of the hub are rivals; its partners have no other pair, so that each is the best of one concept."""
    partners = [f"Part{n}" for n in range(BEST_OF_ONE + 3)]
    text = "\n\n".join(f"The hub uses {name}." for name in partners)
    all_pairs = scored_pairs(sightings(text, "hub", *partners), RelationModel.default())
    assert {all_pairs.rivals(row)[0] for row in range(len(all_pairs.pairs))} == {0}
    assert len(accepted(all_pairs, 0.0)) == len(partners)
    worst = max(all_pairs.rivals(row)[1] for row in range(len(all_pairs.pairs)))
    assert worst == len(all_pairs.pairs) - 1


def test_votes_are_the_mean_of_what_the_witnesses_say_by_their_probability(scored: ScoredPairs) -> None:
    model = RelationModel.default().types
    rows = np.arange(len(scored.pairs))
    said = type_votes(scored, rows, model)
    notes, found = scored.seen.notes, scored.seen.table.instances
    for row in rows.tolist():
        expected = dict.fromkeys(SLOTS, 0.0)
        witnesses = said.witnesses(row)
        total = sum(scored.instance_scores[w] for w in witnesses)
        for w, odds in zip(witnesses, instance_types(scored.seen, np.asarray(witnesses), model), strict=True):
            first_is_low = notes.occ_concept[found.a[w]] < notes.occ_concept[found.b[w]]
            for name, p in zip(model.classes, odds.tolist(), strict=True):
                kind = RelationType(name.rstrip("<>"))
                low_is_head = kind.symmetric or name.endswith(">") == first_is_low
                expected[kind, bool(low_is_head)] += p * scored.instance_scores[w] / total
        np.testing.assert_allclose(said.votes[row], list(expected.values()), atol=1e-12)
        assert said.votes[row].sum() == pytest.approx(1.0)
        assert scored.pairs.best[row] == witnesses[0]


def test_no_pairs_no_votes(scored: ScoredPairs) -> None:
    said = type_votes(scored, np.zeros(0, dtype=np.int64), RelationModel.default().types)
    assert said.voters.tolist() == []
    assert said.votes.shape == (0, len(SLOTS))


def test_the_decision_is_the_best_slot_or_no_type() -> None:
    votes = np.zeros(len(SLOTS))
    votes[SLOTS.index((RelationType.USES, False))] = 0.6
    votes[SLOTS.index((RelationType.IS_A, True))] = 0.4
    sure = decide(votes, 0.6)
    assert (sure.kind, sure.low_is_head, sure.share) == (RelationType.USES, False, 0.6)
    unsure = decide(votes, 0.61)
    assert (unsure.kind, unsure.share) == (RelationType.RELATED_TO, 1.0)


def test_nothing_is_inferred_where_nothing_is_named_together() -> None:
    nothing = scored_pairs(sightings("# A\n\nnothing\n", "Quicksort", "Mergesort"), RelationModel.default())
    assert len(nothing.seen) == len(nothing.pairs) == 0
    assert accepted(nothing, 0.0).tolist() == []


def test_an_explanation_takes_what_the_build_takes() -> None:
    """Relations of one note are explained as taken, with the figures that their confidence was made of."""
    path = ROOT / "examples" / "notes" / "08-rlhf.md"
    graph = build(path, workers=1).snapshot
    source = read_note(path, path.parent)
    assert isinstance(source, SourceFile)
    model = RelationModel.default()
    assert graph.relations
    lexicon = chosen_lexicon(LexiconChoice.from_settings(graph.settings))
    for relation in graph.relations[::7]:
        [report] = explain_relation([source], graph.concepts, (relation.head, relation.tail), lexicon=lexicon)
        assert report.taken
        head, kind, tail, share = report.types[0]
        if relation.type is RelationType.RELATED_TO:
            assert share < report.type_cut or kind == RelationType.RELATED_TO
            share = 1.0
        else:
            assert (head, kind, tail) == relation.key
        raw = report.related.probability * share
        assert model.confidence(raw, relation.type) == pytest.approx(relation.confidence, abs=1e-3)


def test_no_type_is_said_of_a_pair_so_doubtful_that_it_would_mostly_be_wrong() -> None:
    model = replace(RelationModel.default(), type_cut=0.4, calibration={"typed": ([0.1, 0.3, 0.9], [0.1, 0.3, 0.8])})
    assert model.least_share(0.2) > 1.0, "no share gives a confidence of 0.25"
    assert model.least_share(0.5) == pytest.approx(0.5)
    assert model.least_share(0.9) == 0.4
    assert replace(model, calibration={}).least_share(0.2) == 0.4
