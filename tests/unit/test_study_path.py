from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.checks import ordered
from graph.errors import NoPath, NoSuchConcept
from graph.memory import MemoryStore
from graph.model import Concept, Document, GraphSnapshot, Mention, Passage, Prerequisite, RelationType
from queries.study_path import plan_study, reading_minutes
from queries.traverse import concept_card, connections, prerequisite_layers
from tests.unit.query_notes import bread_and_coffee

LETTERS = "abcdefgh"


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return bread_and_coffee()


def letters_store(edges: list[tuple[str, str]]) -> MemoryStore:
    """A graph of eight concepts, one line each, with these prerequisites."""
    text = "\n".join(f"concept {c} is here" for c in LETTERS)
    return MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, len(LETTERS)),),
                passages=(Passage("n.md#1", "n.md", 1, len(LETTERS), (), text),),
                concepts=tuple(Concept(c, c, salience=0.1 * i, mentions=(Mention("n.md", i, c),)) for i, c in enumerate(LETTERS, 1)),
                prerequisites=tuple(Prerequisite(a, b, 0.5, ("order",)) for a, b in edges),
            )
        )
    )


dags = st.lists(st.sampled_from(list(combinations(LETTERS, 2))), unique=True, max_size=14)
"""Edges from earlier to later letters: never a cycle."""


def ancestors(edges: list[tuple[str, str]], concept: str) -> set[str]:
    """Everything that ``concept`` rests on, by trying all pairs until nothing changes."""
    found: set[str] = set()
    while True:
        more = {a for a, b in edges if b == concept or b in found} - found
        if not more:
            return found
        found |= more


@given(dags, st.sampled_from(LETTERS), st.sets(st.sampled_from(LETTERS), max_size=2))
def test_a_path_holds_what_is_needed_in_order_and_nothing_else(edges: list[tuple[str, str]], goal: str, known: set[str]) -> None:
    path = plan_study(letters_store(edges), goal, known=sorted(known))
    order = [s.concept for s in path.steps]
    taken = known.union(*(ancestors(edges, k) for k in known))
    assert set(order) == ({goal} | ancestors(edges, goal)) - taken
    assert len(order) == len(set(order))
    place = {c: i for i, c in enumerate(order)}
    assert all(place[a] < place[b] for a, b in edges if a in place and b in place)
    if order:
        assert order[-1] == goal
    for step in path.steps:
        assert {e.before for e in step.why} <= {step.concept}
        assert all(e.after in place for e in step.why)
        assert set(step.needs) == {a for a, b in edges if b == step.concept and a in place}
        assert step.layer == 1 + max((s.layer for s in path.steps if s.concept in step.needs), default=-1)
        assert step.why or step.concept == goal


@given(dags, st.sampled_from(LETTERS))
def test_layers_hold_all_prerequisites_each_above_what_it_needs(edges: list[tuple[str, str]], goal: str) -> None:
    layers = prerequisite_layers(letters_store(edges), goal)
    height = {n.concept.id: i for i, row in enumerate(layers) for n in row}
    assert set(height) == ancestors(edges, goal)
    assert all(height[a] < height[b] for a, b in edges if a in height and b in height)


def test_the_path_to_a_baguette(store: MemoryStore) -> None:
    path = plan_study(store, "法棍")
    assert path.goal == "法棍"
    assert {s.name for s in path.steps} == {"酵母", "天然酵种", "面筋", "法棍"}
    assert path.known == ()
    first = next(s for s in path.steps if s.name == "酵母")
    assert first.layer == 0
    assert [(e.after, e.evidence[0].line) for e in first.why] == [("天然酵种", 16)]
    assert first.definition is not None
    assert first.definition.line == 5
    assert path.minutes == pytest.approx(sum(r.minutes for s in path.steps for r in s.reading), abs=0.2)


def test_a_passage_is_read_once(store: MemoryStore) -> None:
    path = plan_study(store, "法棍")
    read = [r.passage.id for s in path.steps for r in s.reading]
    assert read
    assert len(read) == len(set(read))


def test_known_by_alias_leaves_out_what_it_rests_on(store: MemoryStore) -> None:
    path = plan_study(store, "法棍", known=["sourdough starter"])
    assert [s.name for s in path.steps] == ["面筋", "法棍"]
    assert path.known == ("天然酵种", "酵母")


def test_a_known_goal_needs_nothing(store: MemoryStore) -> None:
    path = plan_study(store, "酵母", known=["天然酵种"])
    assert (path.steps, path.minutes) == ((), 0)


def test_from_tells_the_connection_where_no_prerequisite_leads(store: MemoryStore) -> None:
    path = plan_study(store, "法棍", start="发酵")
    assert [(r.head, r.type, r.tail) for r in path.connection] == [
        ("发酵", RelationType.USES, "酵母"),
        ("天然酵种", RelationType.USES, "酵母"),
        ("法棍", RelationType.USES, "天然酵种"),
    ]
    assert [s.name for s in path.steps] == ["天然酵种", "面筋", "法棍"] or [s.name for s in path.steps] == ["面筋", "天然酵种", "法棍"]
    assert plan_study(store, "法棍", start="酵母").connection == ()
    assert plan_study(store, "法棍", start="espresso").connection == ()


def test_less_time_means_less_reading_but_no_step_less(store: MemoryStore) -> None:
    whole = plan_study(store, "法棍")
    short = plan_study(store, "法棍", minutes=0.1)
    assert [s.concept for s in short.steps] == [s.concept for s in whole.steps]
    assert short.minutes < whole.minutes


def test_reading_minutes() -> None:
    assert reading_minutes("字" * 600) == 2.0
    assert reading_minutes("word " * 440) == 2.0
    assert reading_minutes("字" * 300 + " word" * 220) == 2.0
    assert reading_minutes("123 -- !!") == 0.0


def test_an_unknown_goal_names_the_nearest(store: MemoryStore) -> None:
    with pytest.raises(NoSuchConcept, match="Nearest: 'espresso'"):
        plan_study(store, "expresso")


def test_connections_come_with_names(store: MemoryStore) -> None:
    (found,) = connections(store, "cappuccino", "crema", max_hops=2)
    assert found.names == ("cappuccino", "espresso", "crema")
    assert found.typed == 2
    with pytest.raises(NoPath):
        connections(store, "酵母", "espresso")


def test_the_card_of_a_concept(store: MemoryStore) -> None:
    card = concept_card(store, "yeast")
    assert card.concept.name == "酵母"
    assert [(g.type, g.outgoing, len(g.relations)) for g in card.relations] == [
        (RelationType.USES, False, 2),
        (RelationType.CAUSES, True, 1),
    ]
    assert card.prerequisites == ()
    assert {e.after for e in card.unlocks} == {"发酵", "天然酵种"}
    assert [t.title for t in card.themes] == ["面包"]
    assert card.names["二氧化碳"] == "二氧化碳"
    with pytest.raises(NoSuchConcept):
        concept_card(store, "nothing like it at all")


def test_layers_of_a_baguette_with_reasons(store: MemoryStore) -> None:
    layers = prerequisite_layers(store, "法棍")
    assert [[n.concept.name for n in row] for row in layers] == [["酵母", "面筋"], ["天然酵种"]]
    assert [e.reasons for e in layers[1][0].unlocks] == [("uses",)]
