"""Views of the map: at most so many marks, always in the places of the one layout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graph.errors import InputError, NoSuchConcept
from graph.layout.compute import lay_out
from graph.model import (
    OTHER_TERRITORY,
    Basis,
    Community,
    Concept,
    GraphSnapshot,
    Prerequisite,
    Relation,
    RelationType,
)
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from queries.atlas import Atlas, around, breadcrumb, inside, layout_of, overview, selected, whole

SIZE = 120


def graph(*, with_layout: bool = True) -> GraphSnapshot:
    """Three themes of thirty, thirty and twenty concepts, the first in two parts; forty concepts in no theme."""
    ids = [f"c{i:03}" for i in range(SIZE)]
    relations = [
        Relation(ids[i], RelationType.USES, ids[i + 1], basis=Basis.INFERRED) for i in range(79) if i not in (29, 59)
    ]
    relations.append(Relation("c000", RelationType.IS_A, "c040", basis=Basis.INFERRED))
    snapshot = ordered(
        GraphSnapshot(
            concepts=tuple(Concept(i, f"Name {i}", salience=1 - n / 200) for n, i in enumerate(ids)),
            relations=tuple(relations),
            prerequisites=(Prerequisite("c001", "c041"), Prerequisite("c002", "c003")),
            communities=(
                Community("0-0", 0, None, "First", "", tuple(ids[:30])),
                Community("0-1", 0, None, "Second", "", tuple(ids[30:60])),
                Community("0-2", 0, None, "Third", "", tuple(ids[60:80])),
                Community("1-0", 1, "0-0", "First half", "", tuple(ids[:15])),
                Community("1-1", 1, "0-0", "Second half", "", tuple(ids[15:30])),
                Community("1-2", 1, "0-1", "Second", "", tuple(ids[30:60])),
                Community("1-3", 1, "0-2", "Third", "", tuple(ids[60:80])),
            ),
        )
    )
    laid = lay_out(snapshot.concepts, snapshot.relations, snapshot.prerequisites, snapshot.communities)
    return replace(snapshot, layout=laid) if with_layout else snapshot


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return MemoryStore(graph())


def places(atlas: Atlas) -> dict[str, tuple[float, float]]:
    return {m.id: (m.x, m.y) for m in atlas.marks}


def test_overview_shows_what_the_map_is_divided_into(store: MemoryStore) -> None:
    found = overview(store, limit=10)
    assert [(t.id, t.count) for t in found.territories] == [("0-0", 30), ("0-1", 30), ("0-2", 20), ("other", 40)]
    assert (found.shown, found.total, len(found.marks), found.trail) == (10, SIZE, 10, ())
    assert [(link.a, link.b, link.relations, link.prerequisites) for link in found.links] == [
        ("0-0", "0-1", ((RelationType.IS_A, 1),), 1)
    ]
    assert [m.importance for m in found.marks] == sorted((m.importance for m in found.marks), reverse=True)


def test_inside_a_theme_are_its_parts_and_concepts(store: MemoryStore) -> None:
    found = inside(store, "0-0")
    assert {t.id for t in found.territories} == {"1-0", "1-1"}
    assert [(link.a, link.b, link.weight) for link in found.links] == [("1-0", "1-1", 1)]
    assert set(places(found)) == {f"c{i:03}" for i in range(30)}
    assert (found.shown, found.total) == (30, 30)
    assert [t.id for t in found.trail] == ["0-0"]
    assert len(found.relations) == 29
    assert [p.key for p in found.prerequisites] == [("c002", "c003")]


def test_inside_says_how_many_it_does_not_show(store: MemoryStore) -> None:
    found = inside(store, "0-1", limit=12)
    assert (found.shown, found.total, len(found.marks), found.territories) == (12, 30, 12, ())
    ids = set(places(found))
    assert all({r.head, r.tail} <= ids for r in found.relations)


def test_a_theme_that_is_not_divided_can_be_opened_by_any_of_its_ids(store: MemoryStore) -> None:
    assert inside(store, "1-2") == inside(store, "0-1")


def test_concepts_in_no_theme_can_be_reached(store: MemoryStore) -> None:
    found = inside(store, OTHER_TERRITORY)
    assert set(places(found)) == {f"c{i:03}" for i in range(80, SIZE)}
    assert [t.id for t in breadcrumb(store, "c100")] == [OTHER_TERRITORY]


def test_every_concept_is_in_the_same_place_in_each_view(store: MemoryStore) -> None:
    layout = layout_of(store)
    at = {c: tuple(p) for c, p in zip(layout.concept_ids, layout.positions.tolist(), strict=True)}
    views = [
        overview(store),
        whole(store),
        inside(store, "0-0"),
        inside(store, "1-1", limit=3),
        around(store, "c040", depth=2),
        selected(store, ["c003", "c099", "nobody"]),
    ]
    for view in views:
        assert view.marks
        assert all(at[i] == place for i, place in places(view).items())
        assert {m.territory for m in view.marks} <= {t.id for t in layout.territories}


def test_the_whole_of_a_small_graph(store: MemoryStore) -> None:
    found = whole(store)
    assert (found.shown, found.total) == (SIZE, SIZE)
    assert len(found.territories) == 6
    assert len(found.relations) == len(store.relations())


def test_around_a_concept(store: MemoryStore) -> None:
    found = around(store, "c000")
    assert set(places(found)) == {"c000", "c001", "c040"}
    assert {t.id for t in found.territories} == {"0-0", "1-0", "0-1"}
    assert len(around(store, "c000", depth=3).marks) > 5
    typed = around(store, "c000", types=[RelationType.IS_A])
    assert set(places(typed)) == {"c000", "c040"}
    assert [r.type for r in typed.relations] == [RelationType.IS_A]
    assert around(store, "c000", depth=9, limit=4).shown == 4


def test_selected_leaves_unknown_concepts_out(store: MemoryStore) -> None:
    found = selected(store, ["c000", "c119", "nobody"])
    assert set(places(found)) == {"c000", "c119"}
    assert found.total == 2
    assert selected(store, []).marks == ()


def test_breadcrumb_from_coarse_to_fine(store: MemoryStore) -> None:
    assert [t.title for t in breadcrumb(store, "c020")] == ["First", "Second half"]


def test_what_is_not_there_is_named(store: MemoryStore) -> None:
    with pytest.raises(InputError, match="no area '9-9'"):
        inside(store, "9-9")
    with pytest.raises(NoSuchConcept):
        breadcrumb(store, "nobody")
    with pytest.raises(NoSuchConcept):
        around(store, "nobody")


def test_a_graph_without_a_layout_gets_one_that_stays() -> None:
    old = MemoryStore(graph(with_layout=False))
    assert old.layout() is None
    assert layout_of(old) is layout_of(old)
    assert layout_of(old) == graph().layout
    assert overview(old) == overview(MemoryStore(graph()))


def test_an_empty_graph() -> None:
    empty = MemoryStore()
    assert overview(empty).marks == ()
    assert whole(empty).total == 0
    assert layout_of(empty).positions.shape == (0, 2)


def test_a_large_theme_opens_into_something_readable() -> None:
    ids = [f"c{i:04}" for i in range(4000)]
    concepts = tuple(Concept(i, i, salience=round(1 - n / 5000, 4)) for n, i in enumerate(ids))
    themes = (Community("0-0", 0, None, "All", "", tuple(ids)),)
    large = MemoryStore(GraphSnapshot(concepts=concepts, communities=themes, layout=lay_out(concepts, (), (), themes)))
    found = inside(large, "0-0")
    assert found.shown == len(found.marks) == 1500
    assert found.total == 4000
    assert 4 <= len(found.territories) <= 60
    reached = {m.id for t in found.territories for m in inside(large, t.id).marks}
    assert reached == set(ids)
    assert np.isfinite([m.scale for m in found.marks]).all()
