"""Which lines show that a note mentions two concepts."""

from __future__ import annotations

import pytest

from graph.model import Concept, Evidence, LineKind, Mention, NoteLine, Passage
from graph.prerequisites.shared_lines import SharedLines


def passage(doc: str, first: int, *lines: str) -> Passage:
    read = tuple(NoteLine(LineKind.TEXT, line) if line else NoteLine() for line in lines)
    return Passage(f"{doc}#{first}", doc, first, first + len(lines) - 1, (), "\n".join(lines), read)


def concept(name: str, *places: tuple[str, int]) -> Concept:
    return Concept(name, name, mentions=tuple(Mention(doc, line, name) for doc, line in sorted(places)))


PASSAGES = (
    passage("a.md", 1, "An oven is hot.", "", "It has no fan.", "Far away: a thermostat."),
    passage("a.md", 5, "A thermostat controls the oven."),
    passage("b.md", 1, "The oven again.", "Then a timer."),
)


def test_a_line_that_mentions_both_is_enough() -> None:
    oven = concept("oven", ("a.md", 1), ("a.md", 5), ("b.md", 1))
    thermostat = concept("thermostat", ("a.md", 4), ("a.md", 5))
    expected = (Evidence("a.md", 5, "A thermostat controls the oven."),)
    assert SharedLines(PASSAGES).of(oven, thermostat) == expected
    assert SharedLines(PASSAGES).of(thermostat, oven) == expected


def test_else_the_two_nearest_lines_of_a_passage() -> None:
    oven = concept("oven", ("a.md", 1), ("b.md", 1))
    assert SharedLines(PASSAGES).of(concept("timer", ("b.md", 2)), oven) == (
        Evidence("b.md", 1, "The oven again."),
        Evidence("b.md", 2, "Then a timer."),
    )
    assert SharedLines(PASSAGES).of(oven, concept("thermostat", ("a.md", 4), ("a.md", 5))) == (
        Evidence("a.md", 1, "An oven is hot."),
        Evidence("a.md", 4, "Far away: a thermostat."),
    )


def test_nothing_where_no_passage_mentions_both() -> None:
    assert SharedLines(PASSAGES).of(concept("fan", ("a.md", 3)), concept("timer", ("b.md", 2))) == ()
    assert SharedLines(()).of(concept("fan", ("a.md", 3)), concept("oven", ("a.md", 1))) == ()


@pytest.mark.parametrize("gap", [0, 200, 1000])
def test_a_long_line_is_cut_so_that_both_are_quoted(gap: int) -> None:
    text = "so " * 50 + "the oven " + "and " * (gap // 4) + "the thermostat " + "so " * 50
    quotes = SharedLines([passage("a.md", 1, text)]).of(
        concept("oven", ("a.md", 1)), concept("thermostat", ("a.md", 1))
    )
    assert all(len(e.quote) <= 300 and e.quote in text for e in quotes)
    assert "oven" in quotes[0].quote
    assert "thermostat" in quotes[-1].quote
    assert len(quotes) == (2 if gap == 1000 else 1)
