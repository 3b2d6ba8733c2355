"""The layout of a graph: one place for each concept, territories in proportion, steady over rebuilds."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from graph.layout.areas import centroid
from graph.layout.compute import lay_out
from graph.layout.names import BELOW, font_size, label_width
from graph.layout.tree import MOST_MARKS
from graph.model import (
    OTHER_TERRITORY,
    Community,
    Concept,
    GraphSnapshot,
    Layout,
    Mention,
    Relation,
    RelationType,
    Territory,
)
from graph.stores.checks import checked
from graph.themes.communities import find_communities

Parts = tuple[tuple[Concept, ...], tuple[Relation, ...], tuple[Community, ...]]


def clustered(size: int, *, groups: int = 8, loose: int = 0, seed: int = 5) -> Parts:
    """A graph of so many concepts in groups with most relations inside, and some that nothing connects."""
    rng = np.random.default_rng(seed)
    home = rng.integers(0, groups, size)
    found = {}
    for i in range(size):
        near = np.flatnonzero(home == home[i])
        for j in [*rng.choice(near, 2), *rng.choice(size, 1)]:
            if i != j:
                relation = Relation(f"c{i:05}", RelationType.USES, f"c{j:05}", 0.9, evidence=())
                found[relation.key] = relation
    concepts = concepts_of([f"c{i:05}" for i in range(size)] + [f"z{i:05}" for i in range(loose)])
    relations = tuple(found[k] for k in sorted(found))
    return concepts, relations, tuple(find_communities(concepts, relations, ()))


def concepts_of(ids: list[str]) -> tuple[Concept, ...]:
    made = (
        Concept(i, f"name {i}", salience=round(1 - n / (n + 9), 4), mentions=(Mention("a.md", n + 1, i),))
        for n, i in enumerate(ids)
    )
    return tuple(sorted(made, key=lambda c: (-c.salience, c.id)))


def laid_out(parts: Parts, earlier: Layout | None = None) -> Layout:
    return lay_out(parts[0], parts[1], (), parts[2], earlier=earlier)


def inside(territory: Territory, x: float, y: float, slack: float) -> bool:
    corners = np.array(territory.outline)
    along = np.roll(corners, -1, axis=0) - corners
    cross = along[:, 0] * (y - corners[:, 1]) - along[:, 1] * (x - corners[:, 0])
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    return bool((cross / length >= -slack).all() or (cross / length <= slack).all())


def overlap(a: Territory, b: Territory) -> float:
    """Area of the common part of two convex outlines, as a share of the smaller one."""
    points = [(x, y) for one, other in ((a, b), (b, a)) for x, y in one.outline if inside(other, x, y, 0.0)]
    if len(points) < 3:
        return 0.0
    middle = np.mean(points, axis=0)
    points.sort(key=lambda p: np.arctan2(p[1] - middle[1], p[0] - middle[0]))
    return centroid(points)[2] / min(centroid(a.outline)[2], centroid(b.outline)[2])


@pytest.fixture(scope="module")
def parts() -> Parts:
    return clustered(700, loose=40)


@pytest.fixture(scope="module")
def layout(parts: Parts) -> Layout:
    return laid_out(parts)


def test_a_graph_with_it_is_sound(parts: Parts, layout: Layout) -> None:
    concepts = tuple(replace(c, mentions=()) for c in parts[0])
    relations = tuple(replace(r, basis=type(r.basis).INFERRED) for r in parts[1])
    checked(GraphSnapshot(concepts=concepts, relations=relations, communities=parts[2], layout=layout))


def test_the_map_is_about_one_and_a_half_times_as_wide_as_high(layout: Layout) -> None:
    width, height = np.ptp(layout.positions, axis=0)
    assert 1.3 < width / height < 1.7


def test_no_two_concepts_are_in_one_place(layout: Layout) -> None:
    at = layout.positions
    distance = np.sqrt(((at[:, None] - at[None]) ** 2).sum(axis=2))
    np.fill_diagonal(distance, np.inf)
    assert distance.min() > 3.0
    assert np.percentile(distance.min(axis=1), 5) > 15.0


def test_concepts_are_inside_of_their_territory_and_of_all_above_it(layout: Layout) -> None:
    of = {t.id: t for t in layout.territories}
    for (x, y), home in zip(layout.positions.tolist(), layout.homes.tolist(), strict=True):
        territory: Territory | None = layout.territories[home]
        while territory is not None:
            assert inside(territory, x, y, 1.0)
            territory = None if territory.parent is None else of[territory.parent]


def test_territories_of_one_parent_do_not_overlap(layout: Layout) -> None:
    for a, b in combinations(layout.territories, 2):
        if a.parent == b.parent:
            assert overlap(a, b) < 0.02


def test_areas_are_in_proportion_to_the_number_of_concepts(layout: Layout) -> None:
    large = [t for t in layout.territories if t.parent is None and t.count >= 30]
    each = [centroid(t.outline)[2] / t.count for t in large]
    assert len(large) >= 5
    assert max(each) / min(each) < 1.5
    radii = np.array([t.radius**2 / t.count for t in layout.territories])
    assert np.allclose(radii, radii[0], rtol=0.01)


def test_related_territories_are_nearer_than_others() -> None:
    """A chain of eight groups, each related to the next one only."""
    ids = [f"{group}-{i:02}" for group in range(8) for i in range(40)]
    rng = np.random.default_rng(1)
    relations = {}
    for a in range(len(ids)):
        group = a // 40
        for b in [
            *rng.integers(group * 40, group * 40 + 40, 4),
            *rng.integers(group * 40, min(320, group * 40 + 80), 2),
        ]:
            if a != b:
                relations[a, b] = Relation(ids[a], RelationType.USES, ids[b])
    concepts = concepts_of(ids)
    place = {c.id: n for n, c in enumerate(concepts)}
    themes = tuple(
        Community(f"0-{g}", 0, None, f"T{g}", "", tuple(sorted(ids[g * 40 : g * 40 + 40], key=place.__getitem__)))
        for g in range(8)
    )
    at = {t.id: np.array([t.x, t.y]) for t in lay_out(concepts, list(relations.values()), (), themes).territories}
    near = [float(np.hypot(*(at[f"0-{g}"] - at[f"0-{g + 1}"]))) for g in range(7)]
    far = [float(np.hypot(*(at[f"0-{g}"] - at[f"0-{h}"]))) for g in range(8) for h in range(g + 2, 8)]
    assert np.mean(near) < 0.7 * np.mean(far)


def test_concepts_without_a_theme_are_at_the_lower_edge(layout: Layout) -> None:
    number = next(i for i, t in enumerate(layout.territories) if t.id == OTHER_TERRITORY)
    assert layout.territories[number].count == int((layout.homes == number).sum()) >= 40
    others = layout.positions[layout.homes == number, 1]
    assert others.min() > layout.positions[layout.homes != number, 1].max() - 1.0


def test_importance_spreads(parts: Parts, layout: Layout) -> None:
    assert (layout.importance.min(), layout.importance.max()) == (0.0, 1.0)
    shares = np.histogram(layout.importance, bins=5, range=(0, 1))[0]
    assert (shares > 0).all()
    best = np.sort(layout.importance)[::-1][:150]
    assert best[0] - best[-1] > 0.5
    degree = {c.id: 0 for c in parts[0]}
    for r in parts[1]:
        degree[r.head] += 1
        degree[r.tail] += 1
    order = np.argsort(-layout.importance)
    numbers = np.array([degree[layout.concept_ids[i]] for i in order])
    assert numbers[:70].mean() > 1.5 * numbers[-70:].mean()


@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0, 2.0, 9.0])
def test_names_that_are_shown_at_a_scale_do_not_overlap(parts: Parts, layout: Layout, scale: float) -> None:
    shown = [i for i in range(len(parts[0])) if layout.scale[i] <= scale]
    assert shown
    boxes = []
    for i in shown:
        font = font_size(float(layout.importance[i]))
        x, y = layout.positions[i].tolist()
        boxes.append((x * scale, y * scale, label_width(parts[0][i].name, font) / 2, (font + BELOW) / 2))
    for a, b in combinations(boxes, 2):
        assert abs(a[0] - b[0]) >= a[2] + b[2] or abs(a[1] - b[1]) >= a[3] + b[3]
    if scale > 8:
        assert len(shown) == len(parts[0])


def test_links_count_each_relation_once(parts: Parts, layout: Layout) -> None:
    of = {t.id: t for t in layout.territories}
    home = dict(zip(layout.concept_ids, layout.homes.tolist(), strict=True))

    def top(concept: str) -> str:
        territory = layout.territories[home[concept]]
        while territory.parent is not None:
            territory = of[territory.parent]
        return territory.id

    apart = sum(top(r.head) != top(r.tail) for r in parts[1])
    assert sum(link.weight for link in layout.links if of[link.a].parent is None) == apart
    between = sum(home[r.head] != home[r.tail] for r in parts[1])
    assert sum(link.weight for link in layout.links) == between


class TestRebuild:
    def test_the_same_graph_gives_the_same_map(self, parts: Parts, layout: Layout) -> None:
        assert laid_out(parts) == layout

    def test_relations_in_another_order_give_the_same_map(self, parts: Parts, layout: Layout) -> None:
        assert laid_out((parts[0], parts[1][::-1], parts[2])) == layout

    def test_a_rebuild_of_the_same_notes_moves_nothing(self, parts: Parts, layout: Layout) -> None:
        assert laid_out(parts, layout) == layout
        renamed = tuple(replace(c, title="Another title") for c in parts[2])
        again = lay_out(parts[0], parts[1], (), renamed, earlier=layout)
        assert np.array_equal(again.positions, layout.positions)
        assert {t.title for t in again.territories} == {"Another title", ""}

    def test_new_concepts_move_the_others_little(self, parts: Parts) -> None:
        """One note more: forty concepts come to seven hundred, and the themes grow by them."""
        fewer = {c.id for c in parts[0]} - {f"c{i:05}" for i in range(660, 700)}
        themes = (replace(t, members=tuple(m for m in t.members if m in fewer)) for t in parts[2])
        relations = tuple(r for r in parts[1] if r.head in fewer and r.tail in fewer)
        concepts = tuple(c for c in parts[0] if c.id in fewer)
        before = laid_out((concepts, relations, tuple(t for t in themes if t.members)))

        def median_move(after: Layout) -> float:
            at = dict(zip(after.concept_ids, after.positions, strict=True))
            moved = [np.hypot(*(at[c] - p)) for c, p in zip(before.concept_ids, before.positions, strict=True)]
            return float(np.median(moved) / np.ptp(after.positions[:, 0]))

        assert median_move(laid_out(parts, before)) < 0.04
        assert median_move(laid_out(parts)) > 0.08  # so that it is the earlier map that keeps them in their places

    def test_a_concept_that_is_gone_is_forgotten(self, parts: Parts, layout: Layout) -> None:
        concepts = parts[0][:-1]
        gone = parts[0][-1].id
        relations = tuple(r for r in parts[1] if gone not in (r.head, r.tail))
        themes = (replace(t, members=tuple(m for m in t.members if m != gone)) for t in parts[2])
        again = laid_out((concepts, relations, tuple(t for t in themes if t.members)), layout)
        assert again.concept_ids == tuple(c.id for c in concepts)

    def test_strings_hashed_otherwise_give_the_same_map(self) -> None:
        code = (
            "import hashlib, sys; sys.path.insert(0, 'tests/unit/graph/layout')\n"
            "from test_compute import clustered, laid_out\n"
            "from graph.stores.packed_layout import pack_layout\n"
            "print(hashlib.sha256(pack_layout(laid_out(clustered(300, loose=9)))).hexdigest())\n"
        )
        found = {
            subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for seed in ("1", "2")
        }
        assert len(found) == 1


class TestUnusual:
    @pytest.mark.parametrize("size", [0, 1, 2, 3, 5])
    def test_few_concepts_in_no_theme(self, size: int) -> None:
        layout = lay_out(concepts_of([f"c{i}" for i in range(size)]), (), (), ())
        assert layout.positions.shape == (size, 2)
        assert [t.count for t in layout.territories] == ([size] if size else [])
        assert len({tuple(p) for p in layout.positions.tolist()}) == size

    @pytest.mark.parametrize("size", [1, 2, 4])
    def test_few_concepts_in_one_theme(self, size: int) -> None:
        concepts = concepts_of([f"c{i}" for i in range(size)])
        theme = Community("0-0", 0, None, "All", "", tuple(c.id for c in concepts))
        layout = lay_out(concepts, (), (), (theme,))
        assert [(t.id, t.count) for t in layout.territories] == [("0-0", size)]
        assert layout.territories[0].outline

    def test_a_theme_of_one_concept_among_large_ones(self) -> None:
        concepts = concepts_of([f"c{i:03}" for i in range(201)])
        ids = [c.id for c in concepts]
        themes = (
            Community("0-0", 0, None, "Large", "", tuple(ids[:200])),
            Community("0-1", 0, None, "Small", "", (ids[200],)),
        )
        layout = lay_out(concepts, (), (), themes)
        assert [t.count for t in layout.territories] == [200, 1]
        assert overlap(*layout.territories) < 0.02

    def test_a_theme_that_is_not_divided_is_one_territory(self) -> None:
        concepts = concepts_of(["a", "b", "c"])
        ids = tuple(c.id for c in concepts)
        layout = lay_out(
            concepts, (), (), (Community("0-0", 0, None, "A", "", ids), Community("1-0", 1, "0-0", "B", "", ids))
        )
        assert [t.id for t in layout.territories] == ["0-0"]

    def test_a_giant_theme_without_parts_is_divided(self) -> None:
        concepts = concepts_of([f"c{i:04}" for i in range(2 * MOST_MARKS + 1)])
        theme = Community("0-0", 0, None, "Giant", "", tuple(c.id for c in concepts))
        layout = lay_out(concepts, (), (), (theme,))
        divided = {t.parent for t in layout.territories}
        assert all(t.count <= MOST_MARKS for t in layout.territories if t.id not in divided)
        parts = [t for t in layout.territories if t.parent == "0-0"]
        assert sum(t.count for t in parts) == len(concepts)
        assert {t.id for t in parts} == {f"0-0/{i}" for i in range(len(parts))}
        assert all(t.title for t in parts)

    def test_many_concepts_that_nothing_connects_are_divided_too(self) -> None:
        layout = lay_out(concepts_of([f"c{i:04}" for i in range(MOST_MARKS + 1)]), (), (), ())
        assert layout.territories[0].id == OTHER_TERRITORY
        assert all(t.parent == OTHER_TERRITORY for t in layout.territories[1:])
        assert len(layout.territories) > 3

    @pytest.mark.parametrize(("inside", "concepts"), [(1, 200), (2, 1000), (3, 3000), (10, 3000), (4, 1400)])
    def test_a_few_concepts_in_themes_among_many_in_none(self, inside: int, concepts: int) -> None:
        all_of_them = concepts_of([f"c{i:04}" for i in range(concepts)])
        theme = Community("0-0", 0, None, "A", "", tuple(c.id for c in all_of_them[:inside]))
        layout = lay_out(all_of_them, (), (), (theme,))
        assert layout.territories[0].count == inside
        assert len(layout.territories[0].outline) >= 3
        assert len(np.unique(layout.positions, axis=0)) == concepts

    def test_a_star(self) -> None:
        """One hub that all others are related to, and nothing else."""
        concepts = concepts_of([f"c{i:03}" for i in range(300)])
        relations = [Relation("c000", RelationType.USES, f"c{i:03}") for i in range(1, 300)]
        themes = find_communities(concepts, relations, ())
        layout = lay_out(concepts, relations, (), themes)
        assert layout.concept_ids[int(np.argmax(layout.importance))] == "c000"

    def test_strange_names(self) -> None:
        concepts = (Concept("a", "x" * 5000), Concept("b", "\ud800"), Concept("c", "注意力机制" * 100))
        layout = lay_out(concepts, (), (), ())
        assert np.isfinite(layout.scale).all()
