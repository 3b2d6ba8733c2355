"""Notes as pages show them: what markup means is kept with its line, and nothing becomes HTML."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.notes.rendered import rendered_note


def inline(text: str) -> list[Any]:
    (block,) = rendered_note(text)
    return block["c"]  # type: ignore[no-any-return]


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = (
        [v for k, v in value.items() if k != "written"]
        if isinstance(value, dict)
        else value
        if isinstance(value, list)
        else ()
    )
    return [text for item in items for text in strings(item)]


def test_blocks_know_their_lines() -> None:
    blocks = rendered_note("---\na: 1\n---\n# T\n\none\ntwo\n\n- x\n  - y\n\n```py\nz = 1\n```\n\n---\n")
    assert [(b["t"], b["line"], b["last"]) for b in blocks] == [
        ("front", 1, 3), ("h", 4, 4), ("p", 6, 7), ("ul", 9, 11), ("code", 12, 14), ("hr", 16, 16)
    ]  # fmt: skip
    assert blocks[2]["c"] == ["one", {"t": "nl", "line": 7}, "two"]
    assert (blocks[4]["lang"], blocks[4]["first"], blocks[4]["lines"]) == ("py", 13, ["z = 1"])
    assert blocks[3]["items"][0]["c"][1]["items"][0]["line"] == 10


def test_a_table_has_rows_with_lines() -> None:
    (table,) = rendered_note("| a | b |\n|---|---|\n| $x$ | **2** |\n")
    assert [(row["line"], row["head"]) for row in table["rows"]] == [(1, True), (3, False)]
    assert table["rows"][1]["cells"][0][0]["tex"] == "x"
    assert table["rows"][1]["cells"][1] == [{"t": "b", "c": ["2"]}]


@pytest.mark.parametrize(
    ("text", "tex", "display"),
    [
        ("so $a_1 * b_2$.", "a_1 * b_2", False),
        (r"so \(a_1\).", "a_1", False),
        ("so $$a$$ is", "a", True),
        (r"so \[a\] is", "a", True),
    ],
)
def test_formulas_in_lines(text: str, tex: str, display: bool) -> None:
    (found,) = [piece for piece in inline(text) if isinstance(piece, dict)]
    assert (found["t"], found["tex"], found["display"]) == ("tex", tex, display)


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("$$\na\n$$", "a"),
        ("$$a$$", "a"),
        ("\\[\na\nb\n\\]", "a\nb"),
        ("\\begin{align}\na&=b\n\\end{align}", "\\begin{align}\na&=b\n\\end{align}"),
        ("```math\na\n```", "a"),
    ],
)
def test_formulas_of_their_own(text: str, tex: str) -> None:
    (found,) = rendered_note(text)
    assert (found["t"], found["tex"], found["line"], found["last"]) == ("math", tex, 1, text.count("\n") + 1)


@pytest.mark.parametrize("text", ["costs $5 and $6", r"costs \$5 and \$6", "in `$HOME` and `$PATH`", "$ a $", "$$"])
def test_dollars_that_are_no_formula(text: str) -> None:
    assert '"tex"' not in repr(rendered_note(text)).replace("'", '"')


def test_links_callouts_tasks_and_marks() -> None:
    assert inline("see [[work#Units|its units]]")[1] == {
        "t": "a", "c": ["its units"], "written": "[[work#Units|its units]]", "href": ""
    }  # fmt: skip
    assert inline("see [b](my%20note.md#x)")[1] == {"t": "a", "c": ["b"], "href": "my note.md#x"}
    assert inline("==a *b*==") == [{"t": "mark", "c": ["a ", {"t": "i", "c": ["b"]}]}]
    (quote,) = rendered_note("> [!Tip]+ Title\n> body")
    assert (quote["call"], quote["c"][0]["c"][0]) == ("tip", "Title")
    (tasks,) = rendered_note("- [x] a\n- [ ] b\n- c")
    assert [item["done"] for item in tasks["items"]] == [True, False, None]
    assert tasks["items"][0]["c"][0]["c"] == ["a"]


def test_html_is_text_unless_it_only_says_how_text_looks() -> None:
    assert inline('<script>a()</script> <b onclick="x">c</b> <b>d</b>') == [
        '<script>a()</script> <b onclick="x">c</b> ', {"t": "b", "c": ["d"]}
    ]  # fmt: skip
    assert inline('<img src=x onerror="a()" alt="cat"> <!-- private -->x') == [{"t": "img", "c": ["cat"]}, " x"]
    assert inline("<i>never closed</b>") == [{"t": "i", "c": ["never closed</b>"]}]


@given(st.text(st.sampled_from("a b\n\n#*_`$\\[](){}|-=<>!&~:0123é中"), max_size=120))
def test_any_text_is_read_and_every_line_is_in_the_note(text: str) -> None:
    blocks = rendered_note(text)
    last = text.count("\n") + 1
    assert all(1 <= block["line"] <= block["last"] <= last for block in blocks)
    if "<" not in text and "[" not in text:  # comments, addresses and the names of containers are not shown
        shown = "".join(strings(blocks))
        assert sum(text.count(c) for c in "é中") == sum(shown.count(c) for c in "é中")


def test_long_lines_and_deep_nesting_take_no_time() -> None:
    assert len(strings(rendered_note("x" * 1_000_000))[1]) < 5000
    rendered_note("> " * 3000 + "a")
    rendered_note("[" * 5000 + "]" * 5000)
    rendered_note("$" * 20001)
    rendered_note("\\begin{a}\n" * 3000)
