from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from extract.notes.parse import parse_note
from extract.notes.passages import MAX_LINES, split_passages
from graph.model import Passage


def passages(text: str) -> list[Passage]:
    return split_passages("a.md", text, parse_note(text))


def test_each_section_is_a_passage_with_its_heading_path() -> None:
    found = passages("intro\n\n# One\ntext\n## Two\nmore\n# Three\n")
    assert [(p.id, p.first_line, p.last_line, p.heading_path) for p in found] == [
        ("a.md#1", 1, 2, ()),
        ("a.md#3", 3, 4, ("One",)),
        ("a.md#5", 5, 6, ("One", "Two")),
        ("a.md#7", 7, 7, ("Three",)),
    ]
    assert found[1].text == "# One\ntext"


def test_a_heading_of_a_skipped_level_lies_under_the_nearest_above() -> None:
    found = passages("# A\n### B\n## C\n")
    assert [p.heading_path for p in found] == [("A",), ("A", "B"), ("A", "C")]


def test_a_long_section_is_cut_after_an_empty_line_of_its_second_half() -> None:
    lines = ["# T", *["text"] * 99]
    lines[49] = lines[9] = ""
    found = passages("\n".join(lines))
    assert [(p.first_line, p.last_line) for p in found] == [(1, 50), (51, 100)]
    assert all(p.heading_path == ("T",) for p in found)


def test_a_long_section_without_empty_lines_is_cut_at_the_limit() -> None:
    found = passages("\n".join(["# T", *["- item"] * 149]))
    assert [(p.first_line, p.last_line) for p in found] == [(1, 60), (61, 120), (121, 150)]


def test_line_ends_of_all_systems_count() -> None:
    assert [(p.first_line, p.last_line, p.text) for p in passages("a\r\n# B\rc\n")] == [
        (
            1,
            1,
            "a",
        ),
        (2, 3, "# B\nc"),
    ]


lines_of_notes = st.sampled_from(
    [
        "# A",
        "## B",
        "### C",
        "",
        "text",
        "- item",
        "1. 一",
        "**bold**",
        "---",
        "```",
        "| a | b |",
        "| - | - |",
        "===",
        "> # q",
        "    x",
        "\u2028",
        "<div>",
    ]
)
notes = st.one_of(
    st.text(max_size=60),
    st.lists(lines_of_notes, max_size=150).flatmap(
        lambda ls: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(ls))
    ),
)


@given(notes)
@example("")
@example("\n")
@example("a\n\n")
def test_passages_hold_every_line_once_and_in_order(text: str) -> None:
    lines = re.split(r"\r\n|\r|\n", text)
    if lines[-1] == "" and len(lines) > 1:
        lines.pop()
    found = passages(text)
    assert [n for p in found for n in range(p.first_line, p.last_line + 1)] == list(range(1, len(lines) + 1))
    assert [line for p in found for line in p.text.split("\n")] == lines
    assert all(p.last_line - p.first_line < MAX_LINES for p in found)
    assert all(p.id == f"a.md#{p.first_line}" and p.doc == "a.md" for p in found)
