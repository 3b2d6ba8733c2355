"""A type loses as much as the kinds of its ends make it implausible."""

from __future__ import annotations

import numpy as np
import pytest

from extract.concepts.drafts import ConceptDraft
from extract.relations.inference import SLOTS
from extract.relations.plausible import plausibility
from graph.model import ConceptKind, RelationType


def draft(name: str, **odds: float) -> ConceptDraft:
    kinds = tuple(odds.get(kind.value, 0.0) for kind in ConceptKind)
    return ConceptDraft(name, name, (), ConceptKind.CONCEPT, 0.5, kinds if odds else ())


def left(concepts: list[ConceptDraft], kind: RelationType, *, low_is_head: bool = True) -> float:
    table = plausibility(concepts, np.asarray([0]), np.asarray([1]), SLOTS)
    return float(table[0, SLOTS.index((kind, low_is_head))])


def test_an_era_uses_no_work_and_a_method_no_problem() -> None:
    assert left([draft("Tang", event=1.0), draft("woodblock printing", method=1.0)], RelationType.USES) == 0.0
    assert left(
        [draft("cache", method=0.8, tool=0.2), draft("latency", metric=0.9)], RelationType.USES
    ) == pytest.approx(0.1)
    assert left([draft("cache", method=1.0), draft("hash table", tool=1.0)], RelationType.USES) == 1.0


def test_the_direction_decides_which_end_is_judged() -> None:
    pair = [draft("drought", problem=1.0), draft("irrigation", method=1.0)]
    assert left(pair, RelationType.ADDRESSES) == 0.0
    assert left(pair, RelationType.ADDRESSES, low_is_head=False) == 1.0


def test_types_that_join_anything_and_concepts_of_unknown_kind_lose_nothing() -> None:
    pair = [draft("Tang", event=1.0), draft("Chang'an", place=1.0)]
    assert (
        left(pair, RelationType.PART_OF) == left(pair, RelationType.IS_A) == left(pair, RelationType.RELATED_TO) == 1.0
    )
    assert left([draft("a"), draft("b")], RelationType.USES) == 1.0
