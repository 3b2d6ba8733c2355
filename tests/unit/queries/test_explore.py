from __future__ import annotations

import pytest

from graph.errors import NoSuchConcept
from queries.explore import prerequisite_layers, search
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
