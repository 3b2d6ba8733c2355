"""What packs say of two concepts: the columns that the models see, and the steps between prerequisites."""

from __future__ import annotations

import numpy as np
import pytest

from extract.concepts.drafts import ConceptDraft
from extract.knowledge.lexicon import Lexicon, LexiconEntry
from extract.relations.knowledge import PairKnowledge, entry_of, known_needs
from extract.text.keys import key_of
from graph.model import ConceptKind, RelationType
from graph.text.names import fold

NAMES = ("Bread", "Dough", "Flour", "Cake", "Oven", "Baking")
BREAD, DOUGH, FLOUR, CAKE, OVEN, BAKING = range(6)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    entries = tuple(LexiconEntry(n, (), ConceptKind.CONCEPT, "bakery", i) for i, n in enumerate(NAMES))
    return Lexicon(
        entries,
        {fold(n): e for n, e in zip(NAMES, entries, strict=True)},
        keys={key_of(n): i for i, n in enumerate(NAMES)},
        relations={
            (DOUGH, BREAD): (RelationType.PART_OF,),
            (DOUGH, FLOUR): (RelationType.USES,),
            (BREAD, BAKING): (RelationType.IS_A,),
            (CAKE, BAKING): (RelationType.IS_A,),
            (BREAD, CAKE): (RelationType.CONTRASTS_WITH,),
        },
        needs={BREAD: (DOUGH,), DOUGH: (FLOUR,), FLOUR: (OVEN,)},
    )


def draft(name: str, *aliases: str) -> ConceptDraft:
    return ConceptDraft(fold(name), name, aliases, ConceptKind.CONCEPT, 0.5)


def columns(known: PairKnowledge, *pairs: tuple[int, int]) -> dict[str, list[float]]:
    table = np.asarray(pairs, dtype=np.int64)
    return {name: np.asarray(v, dtype=float).tolist() for name, v in known.columns(table[:, 0], table[:, 1])}


def test_a_relation_has_a_sign_by_its_direction(lexicon: Lexicon) -> None:
    drafts = [draft(n) for n in NAMES]
    got = columns(PairKnowledge.of(drafts, lexicon), (DOUGH, BREAD), (BREAD, DOUGH), (CAKE, OVEN), (BREAD, CAKE))
    assert got["pack.part_of"] == [1, -1, 0, 0]
    assert got["pack.uses"] == [0, 0, 0, 0]
    assert got["pack.contrasts_with"] == [0, 0, 0, 1]
    assert got["pack.needs"] == [1, -1, 0, 0]
    assert got["pack.related"] == [1, 1, 0, 1]
    assert got["pack.siblings"] == [0, 0, 0, 1]
    assert got["pack.both"] == [1, 1, 1, 1]


def test_symmetric_relations_count_both_ways(lexicon: Lexicon) -> None:
    got = columns(PairKnowledge.of([draft(n) for n in NAMES], lexicon), (CAKE, BREAD), (BREAD, CAKE))
    assert got["pack.contrasts_with"] == [1, 1]


def test_a_concept_is_known_by_any_of_its_names(lexicon: Lexicon) -> None:
    drafts = [draft("sponge", "Cake"), draft("Bread"), draft("Kitchen")]
    assert entry_of(drafts[0].names, lexicon) == CAKE
    got = columns(PairKnowledge.of(drafts, lexicon), (0, 1), (0, 2), (2, 1))
    assert got["pack.contrasts_with"] == [1, 0, 0]
    assert got["pack.a"] == [1, 1, 0]
    assert got["pack.b"] == [1, 0, 1]
    assert got["pack.both"] == [1, 0, 0]


def test_two_concepts_of_one_entry_are_not_related(lexicon: Lexicon) -> None:
    got = columns(PairKnowledge.of([draft("Bread"), draft("loaf", "bread")], lexicon), (0, 1))
    assert not any(got[name][0] for name in ("pack.both", "pack.related", "pack.common"))


def test_without_packs_all_columns_are_zero() -> None:
    known = PairKnowledge.of([draft("Bread"), draft("Dough")], None)
    assert not known
    assert not any(any(values) for values in columns(known, (0, 1), (1, 0)).values())


def test_steps_between_prerequisites(lexicon: Lexicon) -> None:
    needs = known_needs([draft(n) for n in ("Bread", "Flour", "Oven", "Cake")], lexicon)
    assert needs == {("flour", "bread"): 2, ("oven", "bread"): 3, ("oven", "flour"): 1}
    assert known_needs([draft("Bread"), draft("Flour")], None) == {}
