"""What can be learned now: everything that it needs is known, and the order says what is worth most."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import NoSuchConcept
from graph.model import Community, Concept, Document, Evidence, GraphSnapshot, Mention, Passage, Prerequisite
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from queries.study.likelihood import chain_from, implied_by, likeliest_ways, missing_for
from queries.study.next_steps import next_steps
from tests.unit.queries.query_notes import bread_and_coffee
from tests.unit.queries.study.test_path import LETTERS, Edges, ancestors, chance, dags, letters_store, some


@given(dags, some)
def test_only_what_lacks_nothing_is_offered(edges: Edges, known: set[str]) -> None:
    found = next_steps(letters_store(edges), known=sorted(known), limit=99)
    likely = {c for c in LETTERS if any(chance(edges, c, k) >= 0.1 for k in known)}
    expected = {c for c in LETTERS if c not in likely and {a for a, b in edges if b == c} <= likely}
    assert {s.concept for s in found.steps} == expected
    assert found.ready == len(expected)
    assert set(found.known) == {c for c in LETTERS if any(chance(edges, c, k) >= 0.5 for k in known)}
    scores = [s.score for s in found.steps]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= s <= 1 for s in scores)
    for step in found.steps:
        assert {e.before for e in step.builds_on} == {a for a, b in edges if b == step.concept and a in found.known}
        assert set(step.completes) <= set(step.opens) <= {b for a, b in edges if a == step.concept}


@given(dags, some, st.sampled_from(LETTERS))
def test_with_a_goal_only_what_leads_to_it_is_offered(edges: Edges, known: set[str], goal: str) -> None:
    found = next_steps(letters_store(edges), known=sorted(known), goal=goal, limit=99)
    assert {s.concept for s in found.steps} <= {goal} | ancestors(edges, goal)
    assert found.goal_known == (goal in found.known)
    assert not (found.goal_known and found.steps)


@given(dags, st.sampled_from(LETTERS), some)
def test_ways_are_the_surest_of_all_chains(edges: Edges, goal: str, known: set[str]) -> None:
    values = [Prerequisite(a, b, sure) for (a, b), sure in edges.items()]
    ways = likeliest_ways([goal], values)
    assert set(ways) == {goal} | ancestors(edges, goal)
    for concept, way in ways.items():
        assert way.strength == pytest.approx(chance(edges, concept, goal))
        chain = chain_from(concept, ways)
        assert len(chain) == way.hops
        assert math.prod(e.confidence for e in chain) == pytest.approx(way.strength)
        ends = [concept, *(e.after for e in chain)]
        assert [e.before for e in chain] == ends[:-1]
        assert ends[-1] == goal
    for least in (0.0, 0.1, 0.5, 1.0):
        expected = {c for c in LETTERS if any(chance(edges, c, k) >= least for k in known)}
        assert implied_by(known, values, least=least) == expected
    missing = missing_for(goal, values, known=known)
    assert missing == _reached(edges, goal, known)


def _reached(edges: Edges, goal: str, known: set[str]) -> set[str]:
    """The goal and what leads to it outside of ``known``, by trying all pairs until nothing changes."""
    found = {goal} - known
    while more := {a for a, b in edges if b in found and a not in known} - found:
        found |= more
    return found


def test_ties_of_chains_go_to_the_shorter_one() -> None:
    edges = [Prerequisite("a", "b", 1.0), Prerequisite("b", "c", 1.0), Prerequisite("a", "c", 1.0)]
    assert chain_from("a", likeliest_ways(["c"], edges)) == (edges[2],)


def test_what_opens_most_comes_first() -> None:
    store = letters_store({("a", "c"): 0.9, ("a", "d"): 0.9, ("b", "e"): 0.9, ("c", "e"): 0.9})
    first, *_ = next_steps(store).steps
    assert first.concept == "a"
    assert first.opens == ("d", "c")  # the more salient one first
    assert first.completes == ("d", "c")
    b = next(s for s in next_steps(store, limit=9).steps if s.concept == "b")
    assert (b.opens, b.completes) == (("e",), ())  # e needs c as well


def test_building_on_what_is_known_counts() -> None:
    store = letters_store({("a", "b"): 0.9})
    fresh = next_steps(store, limit=99)
    assert fresh.steps[0].concept == "a"  # it opens the way to something
    found = next_steps(store, known=["a"], limit=99)
    (b,) = [s for s in found.steps if s.concept == "b"]
    # 0.3 * 0.9 for the edge, 0.2 * 0.2 for salience; nothing else of the formula applies
    assert b.score == pytest.approx(0.3 * 0.9 + 0.2 * 0.2)
    (h,) = [s for s in found.steps if s.concept == "h"]
    assert h.score == pytest.approx(0.2 * 0.8)


def test_a_theme_that_was_begun_counts_and_a_finer_one_counts_more() -> None:
    store = MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, 1),),
                passages=(Passage("n.md#1", "n.md", 1, 1, (), "x is y " * 220),),
                concepts=(
                    *(Concept(c, c) for c in "abcd"),
                    Concept("e", "e", definition=Evidence("n.md", 1, "x"), mentions=(Mention("n.md", 1, "x"),)),
                ),
                communities=(
                    Community("0-0", 0, None, "All", "", ("a", "b", "c")),
                    Community("1-0", 1, "0-0", "Fine", "", ("a", "b")),
                    Community("1-1", 1, "0-0", "Other", "", ("c",)),
                ),
            )
        )
    )
    found = {s.concept: (s.score, s.theme) for s in next_steps(store, known=["a"], limit=9).steps}
    assert found == {"b": (0.15, "Fine"), "c": (0.075, "All"), "d": (0.0, None), "e": (0.1, None)}
    (e,) = [s for s in next_steps(store, known=["a"], limit=9).steps if s.concept == "e"]
    assert ([r.passage.id for r in e.reading], e.minutes) == (["n.md#1"], 3.0)


def test_names_and_errors() -> None:
    store = bread_and_coffee()
    found = next_steps(store, known=["yeast"], goal="法棍", limit=1)
    assert (found.goal, found.known, found.ready) == ("法棍", ("酵母",), 2)
    assert [(s.concept, [e.before for e in s.builds_on]) for s in found.steps] == [("天然酵种", ["酵母"])]
    with pytest.raises(NoSuchConcept):
        next_steps(store, known=["nothing like it"])
    everything = [c.id for c in store.concepts()]
    assert next_steps(store, known=everything).steps == ()
    assert next_steps(store, known=["法棍"], goal="法棍").goal_known
