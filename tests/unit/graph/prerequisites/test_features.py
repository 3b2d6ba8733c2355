"""Features of pairs, against a slow version that works them out pair by pair."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from graph.model import Concept, Evidence, Mention, Passage, Relation, RelationType
from graph.prerequisites.features import FEATURES, TYPES, VOTED, PairEvidence, PairSignal, Signals, pair_features
from graph.text.names import fold, names_within

PASSAGES = (
    Passage("a.md#1", "a.md", 1, 4, ("Attention",), "Attention weighs tokens.\n\nSelf-attention is attention."),
    Passage("a.md#2", "a.md", 5, 9, ("Attention", "Cache"), "A cache keeps keys of attention."),
    Passage("b.md#1", "b.md", 1, 9, ("Self-attention",), "Self-attention and the cache."),
)
CONCEPTS = (
    Concept(
        "attention", "Attention", confidence=0.9, mentions=(
            Mention("a.md", 1, "Attention"), Mention("a.md", 3, "attention"), Mention("a.md", 5, "attention"),
        ),
    ),
    Concept(
        "cache", "Cache", confidence=0.5, mentions=(Mention("a.md", 5, "cache"), Mention("b.md", 1, "cache")),
        definition=Evidence("a.md", 5, "A cache keeps keys of attention."),
    ),
    Concept("nowhere", "K", confidence=0.1),
    Concept(
        "selfattention", "Self-attention", confidence=0.8,
        mentions=(Mention("a.md", 3, "Self-attention"), Mention("b.md", 1, "Self-attention")),
        definition=Evidence("a.md", 3, "Self-attention is attention."),
    ),
)  # fmt: skip
RELATIONS = (
    Relation("selfattention", RelationType.IS_A, "attention", 0.9),
    Relation("selfattention", RelationType.USES, "attention", 0.4),
    Relation("cache", RelationType.CONTRASTS_WITH, "selfattention", 0.3),
    Relation("attention", RelationType.PART_OF, "nowhere", 0.2),
)
SIGNALS = {
    ("attention", "cache"): PairSignal(0.6, {("cache", RelationType.USES): 0.5, ("attention", RelationType.IS_A): 0.1}),
    ("cache", "nowhere"): PairSignal(0.9, {("cache", RelationType.USES): 0.5}),
    ("cache", "selfattention"): PairSignal(0.3, {("selfattention", RelationType.PART_OF): 0.7}),
}
NEEDS = {("attention", "selfattention"): 1, ("selfattention", "cache"): 2, ("nowhere", "cache"): 1}
READING = {"a.md": 1, "b.md": 0}


def homes() -> dict[str, int]:
    return {"attention": 0, "cache": 1, "nowhere": -1, "selfattention": 2}


def where(concept: Concept) -> dict[int, int]:
    counts: dict[int, int] = {}
    for m in concept.mentions:
        passage = next(i for i, p in enumerate(PASSAGES) if p.doc == m.doc and p.first_line <= m.line <= p.last_line)
        counts[passage] = counts.get(passage, 0) + 1
    return counts


def slow_row(a: Concept, b: Concept) -> Mapping[str, float]:
    """The features of ``a`` before ``b``."""
    between = [r for r in RELATIONS if {r.head, r.tail} == {a.id, b.id}]
    row = dict.fromkeys(FEATURES, 0.0)
    for r in between:
        side = "after" if r.type.symmetric or r.tail == a.id else "before"
        row[f"{r.type.value}_{side}"] = max(row[f"{r.type.value}_{side}"], r.confidence)
    row["strongest"] = max((r.confidence for r in between), default=0.0)
    row["types"] = len({r.type for r in between})
    row["named_after"] = any(names_within(name, b.name) for name in a.names)
    row["names_before"] = any(names_within(name, a.name) for name in b.names)
    row["defined_with"] = b.definition is not None and fold(a.name) in fold(b.definition.quote).replace(
        fold(b.name), ""
    )
    row["defines_before"] = a.definition is not None and fold(b.name) in fold(a.definition.quote).replace(
        fold(a.name), ""
    )
    ca, cb, home_a, home_b = where(a), where(b), homes()[a.id], homes()[b.id]
    row["home_refers"], row["home_referred"] = math.log1p(ca.get(home_b, 0)), math.log1p(cb.get(home_a, 0))
    shared = len(ca.keys() & cb.keys())
    row["together_after"], row["together_before"] = shared / max(1, len(cb)), shared / max(1, len(ca))
    row["refd"] = row["together_after"] - row["together_before"]
    first_a, first_b = (min(((m.doc, m.line) for m in c.mentions), default=("", 0)) for c in (a, b))
    row["first_earlier"] = np.sign(first_b[1] - first_a[1]) if first_a[0] == first_b[0] else 0
    row["home_earlier"] = np.sign(home_b - home_a) if min(home_a, home_b) >= 0 else 0
    read_a, read_b = (min((READING[m.doc] for m in c.mentions), default=0) for c in (a, b))
    row["reading_earlier"] = np.sign(read_b - read_a)
    row["same_home"] = home_a == home_b
    degree = {c.id: len({r.head if r.tail == c.id else r.tail for r in RELATIONS if c.id in r.key}) for c in (a, b)}
    for name, one, other in (
        ("count", math.log1p(sum(ca.values())), math.log1p(sum(cb.values()))),
        ("degree", math.log1p(degree[a.id]), math.log1p(degree[b.id])),
        ("salience", a.confidence, b.confidence),
        ("spread", math.log1p(len(ca)), math.log1p(len(cb))),
        ("explained", a.definition is not None, b.definition is not None),
    ):
        row[f"{name}_before"], row[f"{name}_after"] = one, other
        if f"{name}_gap" in row:
            row[f"{name}_gap"] = one - other
    if min(len(a.name), len(b.name)) > 1:
        row["length_gap"] = max(-12, min(12, len(fold(b.name)) - len(fold(a.name))))
    signal = SIGNALS.get((min(a.id, b.id), max(a.id, b.id)))
    if signal is not None:
        row["probability"] = signal.probability
        for kind in VOTED:
            row[f"vote.{kind.value}_after"] = signal.votes.get((b.id, kind), 0.0)
            row[f"vote.{kind.value}_before"] = signal.votes.get((a.id, kind), 0.0)
    row["needed"] = 1 / NEEDS[a.id, b.id] if (a.id, b.id) in NEEDS else 0.0
    row["needed_back"] = 1 / NEEDS[b.id, a.id] if (b.id, a.id) in NEEDS else 0.0
    return {name: float(value) for name, value in row.items()}


@pytest.mark.parametrize("concepts", [CONCEPTS, CONCEPTS[::-1]], ids=["by id", "turned"])
def test_the_columns_are_what_one_finds_pair_by_pair(concepts: Sequence[Concept]) -> None:
    found = pair_features(concepts, RELATIONS, PASSAGES, READING, PairEvidence(Signals.of(SIGNALS), NEEDS))
    pairs = {frozenset((concepts[a].id, concepts[b].id)) for a, b in zip(found.low, found.high, strict=True)}
    together = {frozenset(("attention", "cache")), frozenset(("cache", "selfattention"))}
    assert pairs == together | {frozenset((r.head, r.tail)) for r in RELATIONS}
    assert frozenset(("cache", "nowhere")) not in pairs  # no passage names both
    rows = found.of(np.arange(len(found)))
    for pair in range(len(found)):
        low, high = concepts[found.low[pair]], concepts[found.high[pair]]
        for side, (before, after) in enumerate(((low, high), (high, low))):
            expected = slow_row(before, after)
            assert dict(zip(FEATURES, rows[2 * pair + side].tolist(), strict=True)) == pytest.approx(
                expected, abs=1e-15
            )


def test_signals_are_what_they_were_made_of() -> None:
    assert dict(Signals.of(SIGNALS).items()) == SIGNALS
    assert Signals.of(SIGNALS).votes.shape == (len(SIGNALS), 2, len(TYPES))


def test_features_of_nothing() -> None:
    found = pair_features((), (), (), {}, PairEvidence())
    assert found.of(np.arange(0)).shape == (0, len(FEATURES))
