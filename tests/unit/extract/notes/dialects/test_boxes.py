"""Containers: their titles, what they cover and where they end."""

from __future__ import annotations

import pytest

from extract.notes.blocks import BlockKind
from extract.notes.mend import mend, split_lines
from extract.notes.parse import parse, parse_note


def under(*lines: str) -> dict[str, str]:
    """Text of each block → text of the heading that it belongs to."""
    blocks = parse("\n".join(lines))
    return {b.text: blocks[b.section].text if b.section >= 0 else "" for b in blocks}


@pytest.mark.parametrize(
    ("opening", "title"),
    [
        ("::: tip Felting", "Felting"),
        (":::tip Felting", "Felting"),
        (":::note[Felting]", "Felting"),
        (":::note[Felting]{.wide}", "Felting"),
        (":::{admonition} Felting", "Felting"),
        (":::{prf:theorem} Felting", "Felting"),
        ("::: {.callout-tip title='Felting'}", "Felting"),
        ("::: details Felting :::", "Felting"),
        ("::: 制毡", "制毡"),
        ("::: tip", ""),
        ("::: {.class #id}", ""),
        (":::{note}", ""),
        ("::: code-group", ""),
        (":::: {grid} 2", ""),
    ],
)
def test_the_title_of_a_container(opening: str, title: str) -> None:
    found = parse_note(f"{opening}\n\nWool is combed.\n\n{':' * opening.count(':', 0, 4)}\n")
    assert [b.text for b in found.blocks if b.kind is BlockKind.HEADING] == ([title] if title else [])
    assert found.lines[0].text == title
    assert found.lines[4].text == ""
    assert found.blocks[-1].text == "Wool is combed."


def test_text_behind_a_container_belongs_to_the_section_before() -> None:
    assert under("# Wool", "::: tip Felting", "Wet it.", ":::", "Dry it.") == {
        "Wool": "",
        "Felting": "Wool",
        "Wet it.": "Felting",
        "Dry it.": "Wool",
    }


def test_containers_inside_of_containers() -> None:
    found = under("# W", ":::: tip Outer", "One.", "::: note Inner", "Two.", ":::", "Three.", "::::", "Four.")
    assert found == {
        "W": "",
        "Outer": "W",
        "One.": "Outer",
        "Inner": "Outer",
        "Two.": "Inner",
        "Three.": "Outer",
        "Four.": "W",
    }


def test_an_inner_container_that_nobody_closes_ends_with_the_outer_one() -> None:
    found = under("# W", ":::: tip Outer", "::: note Inner", "Two.", "::::", "Four.")
    assert found["Two."] == "Inner"
    assert found["Four."] == "W"


def test_a_container_that_nobody_closes_ends_with_the_next_heading() -> None:
    found = under("# W", "## A", "::: tip Box", "One.", "## B", "Two.")
    assert found["One."] == "Box"
    assert found["B"] == "W"
    assert found["Two."] == "B"


def test_headings_inside_of_a_container_end_with_it() -> None:
    found = under("# W", "::: tip Box", "## Part", "One.", ":::", "Two.")
    assert found["Part"] == "Box"
    assert found["One."] == "Part"
    assert found["Two."] == "W"


def test_a_container_in_a_list_and_in_a_quote() -> None:
    found = under(
        "# W", "- item", "  ::: tip Box", "  One.", "  :::", "- next", "", "> ::: tip Other", "> Two.", "> :::"
    )
    assert found["One."] == "Box"
    assert found["next"] == "W"
    assert found["Two."] == "Other"


def test_a_table_of_html_belongs_to_its_container() -> None:
    found = under("# W", "::: tip Box", "<table><tr><td>Carding</td></tr></table>", ":::", "After.")
    assert found["Carding"] == "Box"
    assert found["After."] == "W"


def test_options_of_directives_are_no_text() -> None:
    lines = parse_note(
        "```{note} Felting\n:class: x\n\nWet it.\n```\n\n:::{tip}\n---\nopen: true\n---\nDry it.\n:::\n"
    ).lines
    assert [line.text for line in lines if line.text] == ["Felting", "Wet it.", "Dry it."]


def test_code_and_formulas_in_directives() -> None:
    note = parse_note("```{code-block} c\nint x;\n```\n:::{code-block} c\nint y;\n:::\n```{math}\nx_1\n```\n")
    assert [(line.kind.value, line.text) for line in note.lines if line.text] == [
        ("code", "int x;"),
        ("code", "int y;"),
        ("formula", "x_1"),
    ]
    assert note.blocks == []


def test_the_body_of_mkdocs_is_text_and_ends_with_its_indentation() -> None:
    found = under("# W", '!!! note "Felting"', "    Wet it.", "", "    !!! tip 'Soap'", "        Rub it.", "Dry it.")
    assert found == {
        "W": "",
        "Felting": "W",
        "Wet it.": "Felting",
        "Soap": "Felting",
        "Rub it.": "Soap",
        "Dry it.": "W",
    }
    assert under("??? question", "    Wet it.") == {"Wet it.": ""}


def test_an_exclamation_is_no_container() -> None:
    assert parse("!!! stop\n\nText.")[0].text == "!!! stop"


def test_marks_inside_of_code_stay() -> None:
    code = parse_note('```text\n::: tip A\n!!! note "B"\n    c = {d}\n:::\n```\n').lines
    assert [line.text for line in code if line.text] == ["::: tip A", '!!! note "B"', "c = {d}", ":::"]


@pytest.mark.parametrize(
    "lines",
    [
        ["<details>", "<summary>Felting</summary>", "", "Wet it.", "</details>", "", "After."],
        ["<details open><summary><b>Felting</b></summary>Wet it.</details>", "", "After."],
        ["<details>", "<summary>", "Felting", "</summary>", "Wet it.", "", "</details>", "After."],
    ],
)
def test_the_summary_of_details_is_a_title(lines: list[str]) -> None:
    assert under("# W", *lines) == {"W": "", "Felting": "W", "Wet it.": "Felting", "After.": "W"}


def test_lines_stay_where_they_are() -> None:
    text = "# W\n\n::: tip A\nb\n:::\n\n<details><summary>c</summary>\n\nd\n\n</details>\n\n!!! note 'e'\n    f\n"
    note = mend(split_lines(text))
    assert len(note.lines) == len(note.raw)
    assert [block.line for block in parse(text)] == [1, 3, 4, 7, 9, 13, 14]
