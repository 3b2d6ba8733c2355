from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.retrieval.complement import Bridge, Rows, Steps, chained, pick, support
from queries.retrieval.pagerank import RESTART, ROUNDS, TO_PASSAGE, PageRankGraph, starts


def test_rows_come_back_as_they_were_put_in() -> None:
    rows = Rows.from_lists([[3, 1], [], [2]])
    which, items = rows.of(np.array([2, 0]))
    assert which.tolist() == [0, 1, 1]
    assert items.tolist() == [2, 3, 1]
    assert rows.sizes.tolist() == [2, 0, 1]


def test_transposed_rows_tell_who_holds_each_number() -> None:
    held = Rows.from_lists([[0, 2], [2], []]).transposed(4)
    assert [held.of(np.array([n]))[1].tolist() for n in range(4)] == [[0], [], [0, 1], []]


def test_rows_of_nothing_have_no_items() -> None:
    empty = Rows.from_lists([])
    assert empty.transposed(2).sizes.tolist() == [0, 0]


def test_a_name_that_many_units_hold_is_damped() -> None:
    bridge = Bridge.damped(
        Rows.from_lists([[0], [0], [1]]), Rows.from_lists([[2], [0, 1]]), np.array([2, 1]), share=2.0
    )
    assert bridge.weight == pytest.approx(
        [2.0 / (1 + 0.5 * np.log(3)), 2.0 / (1 + 0.5 * np.log(2)) / (1 + 0.5 * np.log(2))]
    )


def test_a_name_that_leads_everywhere_leads_nowhere() -> None:
    bridge = Bridge.damped(
        Rows.from_lists([[0, 1]]), Rows.from_lists([[0, 1, 2], [2]]), np.array([1, 1]), share=1.0, most=2
    )
    assert [found.tolist() for found in bridge.units.of(np.array([0, 1]))] == [[1], [2]]
    assert bridge.units.sizes.tolist() == [0, 1]
    assert bridge.weight[0] == 0.0


@pytest.fixture
def two_hops() -> tuple[np.ndarray, np.ndarray, np.ndarray, Bridge]:
    """Unit 0 covers word 0 and names what unit 1 is about; unit 1 covers word 1.

    Unit 2 covers word 1 too, and nothing names it.
    """
    strength = np.array([0.5, 0.1, 0.2])
    weights = np.array([0.6, 0.4])
    covered = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    bridge = Bridge(Rows.from_lists([[0], [], []]), Rows.from_lists([[1]]), np.array([1.0]))
    return strength, weights, covered, bridge


def test_what_a_good_unit_names_and_leaves_open_is_supported(
    two_hops: tuple[np.ndarray, np.ndarray, np.ndarray, Bridge],
) -> None:
    strength, weights, covered, bridge = two_hops
    found = support(strength, weights, covered, [bridge], Steps(base=0.1, power=2.0))
    assert found == pytest.approx([0.0, 0.5**2 * (0.1 + 0.4), 0.0])


def test_a_unit_that_covers_nothing_new_is_worth_its_base_only(
    two_hops: tuple[np.ndarray, np.ndarray, np.ndarray, Bridge],
) -> None:
    strength, weights, covered, bridge = two_hops
    covered[1, 0] = 1.0  # the source covers the second word itself
    assert support(strength, weights, covered, [bridge], Steps(base=0.1, power=1.0)) == pytest.approx([0.0, 0.05, 0.0])


def test_the_best_way_counts_and_ways_do_not_add_up(
    two_hops: tuple[np.ndarray, np.ndarray, np.ndarray, Bridge],
) -> None:
    strength, weights, covered, bridge = two_hops
    steps = Steps()
    once = support(strength, weights, covered, [bridge], steps)
    assert support(strength, weights, covered, [bridge, bridge], steps) == pytest.approx(once)


def test_a_unit_does_not_support_itself(two_hops: tuple[np.ndarray, np.ndarray, np.ndarray, Bridge]) -> None:
    strength, weights, covered, _ = two_hops
    itself = Bridge(Rows.from_lists([[0], [], []]), Rows.from_lists([[0]]), np.array([1.0]))
    assert not support(strength, weights, covered, [itself], Steps()).any()


def test_a_chain_goes_on_from_what_it_has_found() -> None:
    strength, weights = np.array([1.0, 0.0, 0.0]), np.array([0.5, 0.3, 0.2])
    bridge = Bridge(Rows.from_lists([[0], [1], []]), Rows.from_lists([[1], [2]]), np.array([1.0, 1.0]))
    steps = Steps(base=0.0, power=1.0, hops=2, later=0.5)
    # The first hop gives unit 1 its word (0.3); from there the second gives unit 2 half of 0.3 × what it covers (0.2)
    # of the open words.
    assert chained(strength, weights, np.eye(3), [bridge], steps) == pytest.approx([0.0, 0.3, 0.5 * 0.3 * 0.2])
    assert chained(strength, weights, np.eye(3), [bridge], Steps(hops=0)).tolist() == [0.0, 0.0, 0.0]


def test_only_the_best_sources_lead_on(two_hops: tuple[np.ndarray, np.ndarray, np.ndarray, Bridge]) -> None:
    strength, weights, covered, bridge = two_hops
    strength[2] = 0.9
    assert support(strength, weights, covered, [bridge], Steps(sources=1)).tolist() == [0.0, 0.0, 0.0]


def test_nothing_good_leads_nowhere(two_hops: tuple[np.ndarray, np.ndarray, np.ndarray, Bridge]) -> None:
    _, weights, covered, bridge = two_hops
    assert support(np.zeros(3), weights, covered, [bridge], Steps()).tolist() == [0.0, 0.0, 0.0]


def slow_support(
    strength: np.ndarray, weights: np.ndarray, covered: np.ndarray, bridge: Bridge, steps: Steps
) -> list[float]:
    """The formula, unit by unit."""
    best = sorted((u for u in range(len(strength)) if strength[u] > 0), key=lambda u: (-strength[u], u))[
        : steps.sources
    ]
    gained = [0.0] * len(strength)
    for source in best:
        for name in bridge.names.items[bridge.names.start[source] : bridge.names.start[source + 1]]:
            for unit in bridge.units.items[bridge.units.start[name] : bridge.units.start[name + 1]]:
                if unit != source:
                    new = sum(w * (1 - covered[k, source]) * covered[k, unit] for k, w in enumerate(weights))
                    gained[unit] = max(
                        gained[unit], bridge.weight[name] * strength[source] ** steps.power * (steps.base + new)
                    )
    return gained


@given(data=st.data())
def test_support_is_what_the_formula_says(data: st.DataObject) -> None:
    units, names, words = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 4)), data.draw(st.integers(0, 3))
    values = st.floats(0, 1, allow_nan=False)
    strength = np.array(data.draw(st.lists(values, min_size=units, max_size=units)))
    weights = np.array(data.draw(st.lists(values, min_size=words, max_size=words)))
    covered = np.array(
        data.draw(st.lists(st.lists(values, min_size=units, max_size=units), min_size=words, max_size=words))
    )
    covered = covered.reshape(words, units)
    of_unit = data.draw(st.lists(st.lists(st.integers(0, names - 1), max_size=3), min_size=units, max_size=units))
    of_name = data.draw(st.lists(st.lists(st.integers(0, units - 1), max_size=3), min_size=names, max_size=names))
    bridge = Bridge.damped(
        Rows.from_lists(of_unit),
        Rows.from_lists(of_name),
        np.bincount([name for found in of_unit for name in found], minlength=names),
        share=1.0,
    )
    steps = Steps(sources=3)
    assert support(strength, weights, covered, [bridge], steps) == pytest.approx(
        slow_support(strength, weights, covered, bridge, steps)
    )


# ---- picking -------------------------------------------------------------------------------------------------------


def test_a_unit_that_covers_what_is_covered_comes_later() -> None:
    score, weights = np.array([1.0, 0.9, 0.8]), np.array([0.5, 0.5])
    covered = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert pick(score, weights, covered, limit=3, penalty=0.0) == [0, 1, 2]
    assert pick(score, weights, covered, limit=3, penalty=0.6) == [0, 2, 1]


def test_units_without_a_score_are_not_picked() -> None:
    assert pick(np.array([0.0, 0.3, 0.0]), np.zeros(0), np.zeros((0, 3)), limit=5, penalty=0.5) == [1]


def test_first_units_come_first_unless_one_before_rules_them_out() -> None:
    rules_out = {0: [1], 3: [2]}
    score = np.array([0.1, 0.2, 0.3, 0.4])
    picked = pick(
        score, np.zeros(0), np.zeros((0, 4)), limit=3, penalty=0.0, first=[0, 1], without=lambda u: rules_out.get(u, [])
    )
    assert picked == [0, 3]


# ---- the walk ------------------------------------------------------------------------------------------------------


def test_the_walk_is_the_power_iteration_of_its_matrix() -> None:
    named, passage_of = Rows.from_lists([[0], [0, 1], []]), np.array([0, 0, 1])
    graph = PageRankGraph.from_rows(named, passage_of, concepts=2, passages=2)
    ties = np.zeros((7, 7))  # lines 0-2, concepts 3-4, passages 5-6
    for a, b, weight in ((0, 3, 1), (1, 3, 1), (1, 4, 1), (0, 5, TO_PASSAGE), (1, 5, TO_PASSAGE), (2, 6, TO_PASSAGE)):
        ties[a, b] = ties[b, a] = weight
    step = ties / ties.sum(axis=0)
    start = np.array([0.25, 0, 0, 0.75, 0, 0, 0])
    mass = start
    for _ in range(ROUNDS):
        mass = RESTART * start + (1 - RESTART) * step @ mass
    found = graph.visits({0: 1.5}, np.array([0.5, 0.0, 0.0]))
    assert found == pytest.approx(mass[:3] / mass[:3].max())
    assert found[2] == 0.0


def test_a_walk_without_a_start_visits_nothing() -> None:
    graph = PageRankGraph.from_rows(Rows.from_lists([[0]]), np.array([0]), concepts=1, passages=1)
    assert graph.visits({}, np.zeros(1)).tolist() == [0.0]


def test_a_walk_starts_half_at_concepts_by_rarity_and_half_at_the_best_lines() -> None:
    concepts, lines = starts(np.array([0.2, 0.6, 0.0, -1.0]), [4, 7], [1.0, 3.0], lines=2)
    assert concepts == {4: 0.25, 7: 0.75}
    assert lines == pytest.approx([0.25, 0.75, 0.0, 0.0])
    assert starts(np.zeros(2), [], [], lines=2)[0] == {}
