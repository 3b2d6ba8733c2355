"""Cycles are broken at their weakest edge, detours are dropped, and study orders respect every edge."""

from __future__ import annotations

import random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Evidence, Prerequisite
from graph.prerequisites.acyclic import break_cycles, transitive_reduction
from graph.prerequisites.ordering import layers, needed_for, study_order, topological_order


def edge(before: str, after: str, confidence: float = 1.0) -> Prerequisite:
    return Prerequisite(
        before, after, confidence, reasons=("uses",), evidence=(Evidence("a.md", 1, f"{before} {after}"),)
    )


def keys(edges: list[Prerequisite]) -> list[str]:
    return [e.before + e.after for e in edges]


def digraph(edges: list[Prerequisite]) -> nx.DiGraph:
    return nx.DiGraph([e.key for e in edges])


@st.composite
def graphs(draw: st.DrawFn) -> list[Prerequisite]:
    size = draw(st.integers(1, 12))
    pairs = draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=50, unique=True))
    return [edge(f"n{a}", f"n{b}", draw(st.sampled_from([0.1, 0.5, 0.5, 0.9]))) for a, b in pairs]


def greedy(edges: list[Prerequisite]) -> list[Prerequisite]:
    """The slow version: one path search for each edge."""
    graph = nx.DiGraph()
    graph.add_nodes_from(c for e in edges for c in e.key)
    kept = []
    for e in sorted(edges, key=lambda e: (-e.confidence, e.key)):
        if not nx.has_path(graph, e.after, e.before):
            graph.add_edge(*e.key)
            kept.append(e)
    return sorted(kept, key=lambda e: e.key)


def without_detours(edges: list[Prerequisite]) -> list[Prerequisite]:
    """The slow version of the reduction: an edge goes if its end can be reached without it."""
    kept = []
    for e in sorted(edges, key=lambda e: e.key):
        seen, stack = {e.before}, [e.before]
        while stack:
            here = stack.pop()
            steps = {o.after for o in edges if o.before == here and o is not e} - seen
            seen |= steps
            stack += steps
        if e.after not in seen:
            kept.append(e)
    return kept


def test_the_weakest_edge_of_each_cycle_goes() -> None:
    kept, dropped = break_cycles(
        [edge("a", "b", 0.9), edge("b", "c", 0.4), edge("c", "a", 0.8), edge("c", "d", 0.1), edge("d", "d", 1.0)]
    )
    assert keys(kept) == ["ab", "ca", "cd"]
    assert keys(dropped) == ["bc", "dd"]


def test_no_edges_at_all() -> None:
    assert break_cycles([]) == ([], [])
    assert transitive_reduction([]) == []
    assert layers([], []) == []


def test_a_detour_is_dropped_and_a_direct_edge_keeps_its_evidence() -> None:
    a_b, b_c, a_c = edge("a", "b"), edge("b", "c"), edge("a", "c")
    assert transitive_reduction([a_c, b_c, a_b]) == [a_b, b_c]


def test_reduction_refuses_cycles() -> None:
    with pytest.raises(ValueError, match="cycle among or before: a, b"):
        transitive_reduction([edge("a", "b"), edge("b", "a")])


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_breaking_is_the_greedy_choice_acyclic_and_minimal(edges: list[Prerequisite]) -> None:
    kept, dropped = break_cycles(edges)
    assert sorted(kept + dropped, key=lambda e: e.key) == sorted(edges, key=lambda e: e.key)
    assert nx.is_directed_acyclic_graph(digraph(kept))
    assert kept == greedy(edges)
    for e in dropped:
        assert not nx.is_directed_acyclic_graph(digraph([*kept, e]))


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_edges_does_not_matter(edges: list[Prerequisite], rng: random.Random) -> None:
    shuffled = list(edges)
    rng.shuffle(shuffled)
    assert break_cycles(shuffled) == break_cycles(edges)


@given(graphs())
@settings(max_examples=100, deadline=None)
def test_reduction_keeps_the_closure_with_the_fewest_edges(edges: list[Prerequisite]) -> None:
    kept, _ = break_cycles(edges)
    reduced = transitive_reduction(kept)
    assert set(reduced) <= set(kept)
    assert set(nx.transitive_closure(digraph(reduced)).edges) == set(nx.transitive_closure(digraph(kept)).edges)
    assert reduced == without_detours(kept)


def test_batches_agree_with_the_slow_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.prerequisites.acyclic._BATCH", 9)
    rng = random.Random(5)
    pairs = {(rng.randrange(60), rng.randrange(60)) for _ in range(400)}
    edges = [edge(f"n{a}", f"n{b}", rng.random()) for a, b in sorted(pairs)]
    kept, dropped = break_cycles(edges)
    assert len(dropped) > 50
    assert kept == greedy(edges)
    assert transitive_reduction(kept) == without_detours(kept)


def test_what_is_known_and_what_it_rests_on_is_not_needed() -> None:
    edges = [edge("a", "b"), edge("b", "c"), edge("x", "c"), edge("c", "d")]
    assert needed_for(["c"], edges) == {"a", "b", "c", "x"}
    assert needed_for(["c"], edges, known=["b"]) == {"c", "x"}
    assert needed_for(["a"], edges, known=["b"]) == set()
    assert needed_for(["alone"], edges) == {"alone"}


def test_a_layer_needs_something_of_the_layer_before() -> None:
    edges = [edge("a", "b"), edge("b", "c"), edge("x", "c"), edge("a", "c")]
    assert layers(edges, ["c"]) == [["a", "x"], ["b"], ["c"]]
    assert layers(edges, ["c"], known=["a"]) == [["b", "x"], ["c"]]


def test_a_theme_is_finished_before_the_next_begins() -> None:
    themes = {"a1": "A", "a2": "A", "a3": "A", "b1": "B", "b2": "B"}
    edges = [edge("a1", "a2"), edge("b1", "b2"), edge("b2", "a3"), edge("a2", "goal"), edge("a3", "goal")]
    salience = {"a1": 0.9, "a2": 0.1, "b1": 0.2}
    # A is more salient, but only two of its three can be learned now; B can be finished at once.
    assert study_order([*themes, "goal"], edges, theme_of=themes, salience=salience) == [
        "b1",
        "b2",
        "a1",
        "a2",
        "a3",
        "goal",
    ]


def test_ties_go_to_salience_then_id() -> None:
    assert study_order(["c", "b", "a"], [], theme_of={"a": "T", "b": "T", "c": "T"}, salience={"c": 0.5}) == [
        "c",
        "a",
        "b",
    ]
    assert topological_order(["c", "b", "a"], [edge("c", "a"), edge("c", "elsewhere")]) == ["b", "c", "a"]


def test_an_order_of_a_cycle_is_refused() -> None:
    with pytest.raises(ValueError, match="a, b, c"):
        study_order(["a", "b", "c", "d"], [edge("a", "b"), edge("b", "a"), edge("b", "c")], theme_of={}, salience={})


@given(graphs(), st.integers(1, 4), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_every_order_respects_every_edge(edges: list[Prerequisite], themes: int, rng: random.Random) -> None:
    kept, _ = break_cycles(edges)
    concepts = sorted({c for e in edges for c in e.key})
    theme_of = {c: f"t{rng.randrange(themes)}" for c in concepts if rng.random() < 0.9}
    salience = {c: rng.random() for c in concepts}
    order = study_order(concepts, kept, theme_of=theme_of, salience=salience)
    assert sorted(order) == concepts
    assert all(order.index(e.before) < order.index(e.after) for e in kept)
    rng.shuffle(concepts)
    assert study_order(concepts, kept[::-1], theme_of=theme_of, salience=salience) == order
    if concepts:
        found = layers(kept, [concepts[0]])
        assert sorted(c for layer in found for c in layer) == sorted(needed_for([concepts[0]], kept))
        depth = {c: i for i, layer in enumerate(found) for c in layer}
        for c, i in depth.items():
            assert i == max((depth[e.before] + 1 for e in kept if e.after == c), default=0)
