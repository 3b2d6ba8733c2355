"""Themes are nested partitions of the connected concepts, the same for any order of the input.

And as good as another method's.
"""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.model import Basis, Community, Concept, Mention, Prerequisite, Relation, RelationType
from graph.themes.communities import MAX_SIZE, MIN_SIZE, MOST, damped, find_communities


def concept(name: str, salience: float = 0.5, *lines: int) -> Concept:
    return Concept(name, name, salience=salience, mentions=tuple(Mention("a.md", line, name) for line in lines))


def uses(head: str, tail: str, confidence: float = 1.0) -> Relation:
    return Relation(head, RelationType.USES, tail, confidence)


def planted(groups: int, size: int, inner: float, outer: float, seed: int) -> tuple[list[Concept], list[Relation]]:
    """A graph with known groups.

    Concepts g-i, relations with probability ``inner`` within a group and ``outer`` between two.
    """
    rng = random.Random(seed)
    concepts = [concept(f"{g:02}-{i:02}", 1.0 / (1 + g)) for g in range(groups) for i in range(size)]
    relations = []
    for a, b in combinations(concepts, 2):
        if rng.random() < (inner if a.id[:2] == b.id[:2] else outer):
            relations.append(uses(a.id, b.id))
    return concepts, relations


def errors_of(communities: list[Community], connected: set[str]) -> list[str]:
    """What is wrong with the levels, one sentence each."""
    errors = []
    for level in range(1 + max((c.level for c in communities), default=-1)):
        themes = [c for c in communities if c.level == level]
        members = [m for theme in themes for m in theme.members]
        if sorted(members) != sorted(connected):
            errors.append(f"level {level} is no partition")
        if [theme.id for theme in themes] != [f"{level}-{n}" for n in range(len(themes))]:
            errors.append(f"level {level} is not numbered")
        above = {c.id: set(c.members) for c in communities if c.level == level - 1}
        for theme in themes:
            if level == 0 and theme.parent is not None:
                errors.append(f"{theme.id} has a parent")
            if level > 0 and not set(theme.members) <= above.get(theme.parent or "", set()):
                errors.append(f"{theme.id} is not within {theme.parent}")
    return errors


def test_nothing_gives_nothing() -> None:
    assert find_communities([], [], []) == []
    assert find_communities([concept("a"), concept("b")], [uses("a", "a"), uses("a", "missing")], []) == []


def test_planted_groups_are_found() -> None:
    concepts, relations = planted(groups=9, size=15, inner=0.4, outer=0.005, seed=1)
    found = find_communities(concepts, relations, [], seed=0)
    top = [set(c.members) for c in found if c.level == 0]
    assert len(top) == 9
    assert {frozenset(t) for t in top} == {frozenset(c.id for c in concepts if c.id[:2] == f"{g:02}") for g in range(9)}
    # Group 0 was given the highest salience, group 8 the lowest.
    assert [min(t)[:2] for t in top] == [f"{g:02}" for g in range(9)]


def test_concepts_without_relations_belong_nowhere() -> None:
    concepts, relations = planted(groups=3, size=5, inner=1.0, outer=0.0, seed=1)
    found = find_communities([*concepts, concept("alone", 1.0)], relations, [])
    assert not errors_of(found, {c.id for c in concepts})


def test_prerequisites_alone_make_themes() -> None:
    edges = [Prerequisite("a", "b"), Prerequisite("b", "c"), Prerequisite("a", "c")]
    (theme,) = find_communities([concept("a", 0.1), concept("b", 0.2), concept("c", 0.3)], [], edges)
    assert theme == Community("0-0", 0, None, "", "", ("c", "b", "a"))


def test_a_pair_joins_the_theme_that_is_nearest_in_the_notes() -> None:
    concepts = [
        concept("a1", 0.5, 1),
        concept("a2", 0.5, 2),
        concept("a3", 0.5, 3),
        concept("b1", 0.5, 41),
        concept("b2", 0.5, 42),
    ]
    concepts += [concept("b3", 0.5, 43), concept("p", 0.5, 44), concept("q", 0.5, 45)]
    triangles = [uses(f"{g}{i}", f"{g}{j}") for g in "ab" for i, j in ((1, 2), (2, 3), (1, 3))]
    found = find_communities(concepts, [*triangles, uses("p", "q")], [])
    assert [c.members for c in found] == [("b1", "b2", "b3", "p", "q"), ("a1", "a2", "a3")]


def test_a_pair_in_notes_of_its_own_is_no_theme() -> None:
    concepts, relations = planted(groups=2, size=5, inner=1.0, outer=0.0, seed=1)
    found = find_communities([*concepts, concept("p"), concept("q")], [*relations, uses("p", "q")], [])
    assert not errors_of(found, {c.id for c in concepts})
    assert find_communities([concept("p"), concept("q")], [uses("p", "q")], []) == []


def test_what_only_general_knowledge_relates_counts_half() -> None:
    """Two triangles and a concept tied to both: to one by the notes, to the other by a pack, a little more surely."""
    concepts = [concept(n) for n in ("a1", "a2", "a3", "b1", "b2", "b3", "x")]
    triangles = [uses(f"{g}{i}", f"{g}{j}") for g in "ab" for i, j in ((1, 2), (2, 3), (1, 3))]
    told, known = uses("x", "a1", 0.7), replace(uses("x", "b1", 0.9), basis=Basis.BACKGROUND)
    found = find_communities(concepts, [*triangles, told, known], [])
    assert [set(c.members) for c in found if "x" in c.members] == [{"a1", "a2", "a3", "x"}]
    both = find_communities(concepts, [*triangles, told, replace(known, basis=Basis.EXTRACTED)], [])
    assert [set(c.members) for c in both if "x" in c.members] == [{"b1", "b2", "b3", "x"}]


def test_a_small_theme_joins_what_is_mentioned_next_to_it() -> None:
    concepts, relations = planted(groups=8, size=20, inner=0.4, outer=0.001, seed=2)
    concepts = [replace(c, mentions=(Mention(f"{c.id[:2]}.md", 1 + int(c.id[3:]), c.id),)) for c in concepts]
    small = [Concept(n, n, mentions=(Mention("05.md", 9, n),)) for n in ("p", "q", "r")]
    found = find_communities([*concepts, *small], [*relations, uses("p", "q"), uses("q", "r")], [])
    (home,) = [c for c in found if c.level == 0 and "p" in c.members]
    assert {"p", "q", "r", "05-01", "05-02", "05-03"} <= set(home.members)


def in_files(groups: int, size: int) -> tuple[list[Concept], list[Relation]]:
    """Groups that nothing connects, each in a file of its own."""
    concepts = [
        Concept(f"{g:04}-{i}", f"{g:04}-{i}", mentions=(Mention(f"{g:04}.md", 1 + i, f"{g:04}-{i}"),))
        for g in range(groups)
        for i in range(size)
    ]
    return concepts, [uses(f"{g:04}-0", f"{g:04}-{i}") for g in range(groups) for i in range(1, size)]


def test_thousands_of_notes_that_nothing_connects_do_not_make_thousands_of_themes() -> None:
    assert find_communities(*in_files(400, 2), []) == []
    concepts, relations = in_files(400, 3)
    found = find_communities(concepts, relations, [])
    assert not errors_of(found, {c.id for c in concepts})
    top = [c for c in found if c.level == 0]
    assert 10 <= len(top) <= MOST
    # Notes that follow each other come together.
    for theme in top:
        files = sorted({int(m[:4]) for m in theme.members})
        assert files == list(range(files[0], files[-1] + 1))


def test_small_parts_do_not_use_up_the_themes_of_large_ones() -> None:
    large, ties = planted(groups=20, size=40, inner=0.15, outer=0.0002, seed=4)
    small, more = in_files(60, 3)
    top = [c for c in find_communities([*large, *small], [*ties, *more], []) if c.level == 0]
    assert len(top) <= MOST
    for g in range(20):
        assert max(sum(m.startswith(f"{g:02}-") for m in c.members) for c in top) >= 35


@pytest.mark.parametrize("size", [12, 30, 100, 400])
def test_no_theme_has_more_than_a_quarter_where_the_graph_can_be_divided(size: int) -> None:
    rng = random.Random(size)
    concepts = [concept(f"{i:03}") for i in range(size)]
    # A long band: each concept is tied to its next ones, and nowhere is there a gap.
    relations = [uses(f"{i:03}", f"{i + k:03}") for i in range(size) for k in (1, 2) if i + k < size]
    rng.shuffle(relations)
    top = [c for c in find_communities(concepts, relations, []) if c.level == 0]
    assert max(len(c.members) for c in top) <= max(size / 4, MIN_SIZE)


def test_a_hub_with_its_leaves_is_one_theme() -> None:
    concepts = [concept("hub"), *(concept(f"{i:02}") for i in range(40))]
    found = find_communities(concepts, [uses(f"{i:02}", "hub") for i in range(40)], [])
    assert [len(c.members) for c in found if c.level == 0] == [41]


def test_a_single_concept_joins_what_it_is_tied_to() -> None:
    concepts, relations = planted(groups=4, size=8, inner=0.9, outer=0.0, seed=3)
    found = find_communities([*concepts, concept("leaf")], [*relations, uses("leaf", "02-03", 0.1)], [])
    (home,) = [c for c in found if c.level == 0 and "leaf" in c.members]
    assert {m[:2] for m in home.members if m != "leaf"} == {"02"}


def test_large_themes_are_divided_and_no_part_is_tiny() -> None:
    concepts, relations = planted(groups=5, size=60, inner=0.08, outer=0.001, seed=7)
    found = find_communities(concepts, relations, [])
    connected = {c for r in relations for c in (r.head, r.tail)}
    assert not errors_of(found, connected)
    assert max(c.level for c in found) >= 1
    assert min(len(c.members) for c in found) >= MIN_SIZE
    last = max(c.level for c in found)
    assert sum(len(c.members) > MAX_SIZE for c in found if c.level == last) < sum(
        len(c.members) > MAX_SIZE for c in found if c.level == 0
    )


@pytest.mark.parametrize(("size", "least", "most"), [(200, 6, 16), (800, 10, 30)])
def test_there_are_about_as_many_themes_as_a_learner_can_oversee(size: int, least: int, most: int) -> None:
    """A graph like those of notes: chapters of uneven size, each grown by attachment, few relations between them."""
    rng = random.Random(11)
    concepts = [concept(f"c{i:03}", rng.random()) for i in range(size)]
    chapters: list[list[str]] = [[] for _ in range(size // 25)]
    relations = []
    for c in concepts:
        chapter = chapters[min(int(rng.expovariate(4.0 / len(chapters))), len(chapters) - 1)]
        relations += [uses(c.id, other) for other in rng.sample(chapter, min(len(chapter), 2))]
        chapter.append(c.id)
    relations += [uses(*rng.sample([c.id for c in concepts], 2)) for _ in range(size // 5)]
    found = find_communities(concepts, relations, [])
    assert least <= sum(c.level == 0 for c in found) <= most


def test_the_division_is_not_worse_than_louvain() -> None:
    concepts, relations = planted(groups=6, size=20, inner=0.15, outer=0.01, seed=5)
    graph = nx.Graph()
    pairs = {(min(r.head, r.tail), max(r.head, r.tail)): 1.0 for r in relations}
    for (a, b), weight in damped(dict(sorted(pairs.items()))).items():
        graph.add_edge(a, b, weight=weight)
    ours = [set(c.members) for c in find_communities(concepts, relations, []) if c.level == 0]
    theirs = nx.community.louvain_communities(graph, weight="weight", seed=0)
    assert nx.community.modularity(graph, ours, weight="weight") >= 0.97 * nx.community.modularity(
        graph, theirs, weight="weight"
    )


def test_damping_by_hand() -> None:
    # Totals: a 4, b 3, c 1.
    assert damped({("a", "b"): 3.0, ("a", "c"): 1.0}) == pytest.approx({("a", "b"): 3 / 12**0.5, ("a", "c"): 1 / 2})


@given(st.integers(0, 1000), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_any_order_of_the_input_gives_the_same_nested_partition(seed: int, rng: random.Random) -> None:
    concepts, relations = planted(groups=rng.randint(1, 6), size=rng.randint(1, 15), inner=0.3, outer=0.02, seed=seed)
    prerequisites = [Prerequisite(r.tail, r.head, 0.1 * rng.randint(1, 9)) for r in relations[::3]]
    found = find_communities(concepts, relations, prerequisites)
    graph = nx.Graph([(r.head, r.tail) for r in relations])
    parts = [part for part in nx.connected_components(graph) if len(part) >= MIN_SIZE]
    assert not errors_of(found, {c for part in parts for c in part})
    for values in (concepts, relations, prerequisites):
        rng.shuffle(values)  # type: ignore[arg-type]
    assert find_communities(concepts, relations, prerequisites) == found


def test_another_process_finds_the_same() -> None:
    program = (
        "from graph.themes.communities import find_communities as f; from graph.model import Concept, Relation, "
        "RelationType as T\n"
        "c = [Concept(str(i), str(i)) for i in range(90)]\n"
        "r = [Relation(str(i), T.USES, str((i * k + 1) % 90), 0.1 * k) for i in range(90) for k in (1, 7) if i != (i * "
        "k + 1) % 90]\n"
        "print([x.members for x in f(c, r, [])])"
    )
    runs = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
    assert len(runs.pop()) > 500
