from __future__ import annotations

from graph.model import Document
from ui.places import place_text, speaking_of

LECTURE = Document("l.pdf", "Tides", "0" * 64, 9, unit="page", starts=(1, 4, 4, 8))


def test_the_words_for_a_place_are_those_of_the_open_graph() -> None:
    table = Document("t.csv", "", "", 5, starts=(1, 3, 5))
    with speaking_of([LECTURE, table], "en"):
        assert place_text("l.pdf", 5) == "l.pdf page 3"
        assert place_text("t.csv", 4) == "t.csv:2"
        assert place_text("a.md", 5) == "a.md:5"
    with speaking_of([LECTURE], "zh"):
        assert place_text("l.pdf", 5) == "l.pdf 第 3 页"
    assert place_text("l.pdf", 5) == "l.pdf:5"
