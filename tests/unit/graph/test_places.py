from __future__ import annotations

import pytest

from graph.exchange.exports import from_json, to_json
from graph.model import Document, GraphSnapshot
from graph.places import number_at, starts_of_text, starts_text
from graph.stores.checks import checked

LECTURE = Document("l.pdf", "Tides", "0" * 64, 9, unit="page", starts=(1, 4, 4, 8))


def test_places_of_pages() -> None:
    assert [number_at(LECTURE, line) for line in (1, 3, 4, 7, 8, 9)] == [1, 1, 3, 3, 4, 4]
    assert starts_of_text(starts_text(LECTURE.starts)) == LECTURE.starts


def test_an_export_keeps_the_pages() -> None:
    graph = GraphSnapshot(documents=(LECTURE,))
    assert from_json(to_json(graph)).documents[0].starts == LECTURE.starts
    assert from_json(to_json(graph)).documents[0].unit == "page"


@pytest.mark.parametrize("document", [Document("a", "", "", 1, unit="verse"), Document("a", "", "", 1, starts=(3, 1))])
def test_places_that_cannot_be_are_refused(document: Document) -> None:
    with pytest.raises(ValueError, match="document 'a'"):
        checked(GraphSnapshot(documents=(document,)))
