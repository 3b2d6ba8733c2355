"""Which concepts become steps of a study path, on small graphs."""

from __future__ import annotations

from collections.abc import Sequence

from graph.model import Concept, Mention, Passage, Prerequisite
from queries.study.likelihood import likeliest_ways
from queries.study.selection import (
    choose_steps,
    direct_background,
    discounted,
    taken_for_granted,
    without_subject,
    without_weak,
)


def chosen(edges: list[Prerequisite], **left_out: set[str]) -> set[str]:
    return choose_steps("goal", edges, likeliest_ways(["goal"], discounted("goal", edges)), **left_out)


def test_what_only_general_knowledge_states_counts_less_but_for_what_the_goal_needs_directly() -> None:
    edges = [
        Prerequisite("a", "goal", 0.5, ("background",)),
        Prerequisite("b", "a", 0.5, ("background",)),
        Prerequisite("c", "a", 0.5, ("uses",)),
    ]
    assert [round(e.confidence, 2) for e in discounted("goal", edges)] == [0.5, 0.25, 0.5]


def test_a_weak_edge_goes_unless_it_leads_from_a_sure_concept_to_the_goal() -> None:
    concepts = {n: Concept(n, n, confidence=0.9) for n in ("sure", "far", "goal")}
    concepts["doubtful"] = Concept("doubtful", "doubtful", confidence=0.5)
    weak = [
        Prerequisite("sure", "goal", 0.2, ("reference",)),
        Prerequisite("doubtful", "goal", 0.2, ("reference", "order")),
        Prerequisite("far", "sure", 0.2, ("order",)),
    ]
    strong = [
        Prerequisite("doubtful", "goal", 0.2, ("reference", "uses")),
        Prerequisite("far", "sure", 0.9, ("order",)),
    ]
    assert without_weak("goal", [*weak, *strong], concepts) == [weak[0], *strong]


def test_an_uncertain_concept_of_general_words_is_not_studied() -> None:
    names = {"a": ("main differences", 0.6), "b": ("main differences", 0.9), "c": ("yeast", 0.6), "goal": ("step", 0.1)}
    concepts = {i: Concept(i, name, confidence=sure) for i, (name, sure) in names.items()}
    edges = [Prerequisite(i, "goal", 0.9, ("uses",)) for i in "abc"]
    assert [e.before for e in without_subject("goal", edges, concepts)] == ["b", "c"]


def test_what_the_notes_take_for_granted_is_a_step_only_where_the_goal_needs_it_directly() -> None:
    edges = [Prerequisite("a", "goal", 0.9), Prerequisite("common", "a", 0.9), Prerequisite("b", "common", 0.9)]
    assert chosen(edges, common={"common"}) == {"a", "goal"}
    assert chosen([*edges, Prerequisite("common", "goal", 0.9)], common={"common"}) == {"a", "b", "common", "goal"}
    assert direct_background({"a", "goal"}, edges, {"a", "b", "common", "goal"}) == {"common"}


def test_what_no_passage_is_about_is_a_step_only_where_the_goal_needs_it_directly() -> None:
    edges = [Prerequisite("a", "goal", 0.9), Prerequisite("b", "a", 0.9)]
    assert chosen(edges, untaught={"a", "b"}) == {"a", "goal"}


def test_steps_are_few_and_closed() -> None:
    """A direct need whose other uses lead through many concepts is not a step: there would be too many."""
    names = [f"c{i:02}" for i in range(14)]
    chain = [Prerequisite(a, b, 0.99) for a, b in zip(["root", *names], [*names, "goal"], strict=True)]
    found = chosen([*chain, Prerequisite("root", "goal", 0.99)])
    assert found == {"goal", *names[-11:]}


def test_common_concepts_are_named_all_over_the_notes() -> None:
    passages = [Passage(f"{d}#{n}", f"{d}.md", n, n, (), "text") for d in "abcd" for n in range(1, 6)]
    everywhere = Concept("x", "x", mentions=tuple(Mention(p.doc, p.first_line, "x") for p in passages[:15]))
    one_note = Concept("y", "y", mentions=tuple(Mention("a.md", n, "y") for n in range(1, 6)))

    def passage_ids(places: Sequence[tuple[str, int]]) -> list[str | None]:
        return [next((p.id for p in passages if (p.doc, p.first_line) == place), None) for place in places]

    assert taken_for_granted([everywhere, one_note], notes=4, passages=len(passages), passage_ids=passage_ids) == {"x"}

    def never(places: Sequence[tuple[str, int]]) -> list[str | None]:
        raise AssertionError

    assert taken_for_granted([one_note], notes=4, passages=len(passages), passage_ids=never) == set()
