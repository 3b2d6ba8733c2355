from __future__ import annotations

import pytest

from graph.errors import NoSuchConcept
from graph.model import Concept, GraphSnapshot, Mention, Passage, Prerequisite
from graph.stores.memory import MemoryStore
from queries.explore import Treatment, near_layers, prerequisite_layers, search, treatments
from tests.unit.queries.query_notes import bread_and_coffee


def test_search_gives_what_goes_by_the_words_first_then_what_is_called_alike() -> None:
    found = search(bread_and_coffee(), "Espreso")
    assert found.concepts[0].name == "espresso"
    exact = search(bread_and_coffee(), "YEAST")
    assert exact.concepts[0].name == "酵母"
    assert len({c.id for c in exact.concepts}) == len(exact.concepts)


def test_search_gives_passages_with_the_words_and_at_most_so_many() -> None:
    found = search(bread_and_coffee(), "酵母", limit=2)
    assert len(found.passages) == 2
    assert all("酵母" in hit.passage.text for hit in found.passages)
    assert len(found.concepts) <= 2
    assert search(bread_and_coffee(), "Kubernetes").passages == ()


def test_layers_are_asked_for_by_any_name() -> None:
    store = bread_and_coffee()
    by_alias = prerequisite_layers(store, "sourdough starter")
    assert by_alias == prerequisite_layers(store, "天然酵种")
    assert [n.concept.name for row in by_alias for n in row] == ["酵母"]
    with pytest.raises(NoSuchConcept, match="Nearest"):
        prerequisite_layers(store, "expresso")


def test_treatments_count_lines_by_section() -> None:
    mentions = [Mention("a.md", n, "X") for n in (1, 4, 5, 5, 9)] + [Mention("b.md", 2, "X"), Mention("c.md", 1, "X")]
    passages = [
        Passage("a.md#1", "a.md", 1, 2, (), "x\n"),
        Passage("a.md#3", "a.md", 3, 6, ("A", "One"), "a\nb\nc\nd"),
        Passage("a.md#7", "a.md", 7, 9, ("A", "One"), "a\nb\nc"),
        Passage("b.md#1", "b.md", 1, 2, ("B",), "a\nb"),
    ]
    assert treatments(Concept("x", "X", mentions=tuple(mentions)), passages) == [
        Treatment("a.md", "One", 4, 3),
        Treatment("a.md", "", 1, 1),
        Treatment("b.md", "B", 2, 1),
    ]


def test_near_layers_go_both_ways_and_no_further_than_asked() -> None:
    edges = [
        ("a", "b", 0.5),
        ("b", "c", 0.9),
        ("x", "c", 0.6),
        ("a", "x", 0.4),
        ("c", "d", 0.7),
        ("d", "e", 0.7),
        ("a", "c", 0.8),
    ]
    store = MemoryStore()
    store.publish(
        GraphSnapshot(
            concepts=tuple(Concept(i, i.upper()) for i in "abcdex"),
            prerequisites=tuple(Prerequisite(b, a, sure) for b, a, sure in sorted(edges)),
        )
    )
    layers, drawn = near_layers(store, "c")
    assert layers == [["b", "a", "x"]]
    assert [e.key for e in drawn] == [("a", "c"), ("b", "c"), ("x", "c")]
    layers, drawn = near_layers(store, "c", unlocks=True)
    assert layers == [["d"], ["e"]]
    assert [e.key for e in drawn] == [("c", "d"), ("d", "e")]
    assert near_layers(store, "c", width=1)[0] == [["b"]]
    assert near_layers(store, "e", steps=1)[0] == [["d"]]
    assert near_layers(store, "a") == ([], [])
