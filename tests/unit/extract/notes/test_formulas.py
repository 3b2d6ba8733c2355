"""Formulas in every notation: what is one, what is none, and what their lines say."""

from __future__ import annotations

import pytest

from extract.notes.blocks import SpanKind
from extract.notes.parse import parse, parse_note


def said(*lines: str) -> list[tuple[str, str]]:
    """Kind and text of the lines that say something."""
    return [(line.kind.value, line.text) for line in parse_note("\n".join(lines)).lines if line.text]


@pytest.mark.parametrize(
    ("line", "formula"),
    [
        ("the speed $v_i$ grows", "v_i"),
        ("the speed $$v_i$$ grows", "v_i"),
        (r"the speed \(v_i\) grows", "v_i"),
        (r"the speed \(v\) grows", "v"),
        (r"the speed \\(v_i\\) grows", "v_i"),
        (r"the speed \\(v\\) grows", "v"),
        (r"the speed \[v_i\] grows", "v_i"),
        (r"the speed \\[v_i\\] grows", "v_i"),
        ("the speed $`v`$ grows", "v"),
        (r"the speed \begin{cases}v\end{cases} grows", r"\begin{cases}v\end{cases}"),
    ],
)
def test_a_formula_in_a_line(line: str, formula: str) -> None:
    block = parse(line)[0]
    assert block.text == f"the speed {formula} grows"
    assert [block.text[s.start : s.end] for s in block.spans if s.kind is SpanKind.MATH] == [formula]


@pytest.mark.parametrize(
    "line", ["It costs $5 and $6.", r"\(see below\) and \[x\]", "costs $5-$6, or US$7", "a \\$5 and \\$6 note"]
)
def test_what_is_no_formula(line: str) -> None:
    assert all(s.kind is not SpanKind.MATH for b in parse(line) for s in b.spans)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("$$", "$$"),
        (r"\[", r"\]"),
        (r"\\[", r"\\]"),
        ("```math", "```"),
        ("```latex", "```"),
        ("```tex", "```"),
        ("```{math}", "```"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "> "])
def test_a_formula_over_several_lines(first: str, last: str, prefix: str) -> None:
    lines = [f"{prefix}{line}" for line in (first, "x_1 = y", last)]
    assert said("Before.", "", *lines, "", "After.") == [
        ("text", "Before."),
        ("formula", "x_1 = y"),
        ("text", "After."),
    ]


def test_an_environment_over_several_lines() -> None:
    assert said(r"\begin{align*}", "x &< y", r"\end{align*}") == [
        ("formula", r"\begin{align*}"),
        ("formula", "x &< y"),
        ("formula", r"\end{align*}"),
    ]


def test_a_formula_that_begins_and_ends_in_lines_of_text() -> None:
    blocks = parse("The sum $$a_1\n+ b_1$$ is small.")
    assert "\n".join(b.text for b in blocks) == "The sum a_1\n+ b_1 is small."
    assert [b.text[s.start : s.end] for b in blocks for s in b.spans] == ["a_1", "+ b_1"]
    assert said("- The gain $$", "  k = 1", "  $$ is small.") == [
        ("item", "The gain"),
        ("formula", "k = 1"),
        ("text", "is small."),
    ]


def test_a_mark_that_never_closes_takes_no_text_away() -> None:
    assert said("One $$ two", "", "## Three", "", "Four $$ five") == [
        ("text", "One $$ two"),
        ("heading", "Three"),
        ("text", "Four $$ five"),
    ]
    assert said(r"\[TODO", "", "Text.", "", r"done\]")[1] == ("text", "Text.")


def test_letters_that_grow_when_folded_do_not_move_the_end_of_a_formula() -> None:
    lines = parse_note("a\n$$\nßß $$ rest\n").lines
    assert [line.text for line in lines] == ["a", "", "ßß rest"]
