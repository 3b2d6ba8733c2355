from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.notes.formats import canvas, html_pages, latex, notebook, org, restructured, tables
from extract.notes.formats.layout import starts_of
from extract.notes.formats.model import Converted, Unreadable
from extract.notes.formats.registry import TEXT_READERS, suffix_of
from extract.notes.parse import parse
from graph.model import Document
from graph.places import number_at

MARKUP = st.lists(
    st.sampled_from(
        ["* H", "#+BEGIN_SRC c", "#+END_SRC", "|a|b|", "|-", "T", "====", "----", ".. note:: x", "   in", "::", "", "+--+--+",
         "|a |b |", "\\begin{itemize}", "\\item a", "\\end{itemize}", "\\section{A}", "$x$", "\\textbf{b", "}", "% c",
         "<p>a",
         "</p>", "<table><tr><td>1", "</table>", "<ul><li>x", "<!-- ", "-->", "<pre>",
         "a & b \\\\", "\\begin{verbatim}", "`x`_",
         "*a*", "[[a][b]]", ":a: b", "\"q\"\"", "{\"cells\": []}", "\\begin{equation}", "\\begin{tabular}{ll}", "\\end{tabular}"]
    )
    | st.text(max_size=12).map(lambda s: s.replace("\n", " ").replace("\r", " ")),
    max_size=14,
)  # fmt: skip


def converted(result: Converted | Unreadable) -> Converted:
    assert isinstance(result, Converted), result
    return result


@pytest.mark.parametrize("suffix", sorted(TEXT_READERS))
@settings(max_examples=60)
@given(lines=MARKUP)
def test_any_lines_are_converted_or_refused_with_a_reason(suffix: str, lines: list[str]) -> None:
    text = "\n".join(lines)
    result = TEXT_READERS[suffix](text)
    if isinstance(result, Unreadable):
        assert result.reason
        return
    assert not any("\n" in line for line in result.lines)
    assert list(result.starts) == sorted(result.starts)
    if not result.starts and result.unit == "line":
        assert len(result.lines) in (0, len(lines), len(lines) + (not lines))
    parse("\n".join(result.lines))


@pytest.mark.parametrize("suffix", sorted(TEXT_READERS))
@pytest.mark.parametrize("piece", ["[", "*", "<a ", "{", "\\x{", "`", "| ", "$", "=", '"', "<b>", "a_ ", "[[a]["])
def test_one_long_line_takes_time_in_proportion(suffix: str, piece: str) -> None:
    import time

    def seconds(n: int) -> float:
        best = 9.0
        for _ in range(2):
            started = time.process_time()
            TEXT_READERS[suffix](piece * n)
            best = min(best, time.process_time() - started)
        return best

    small, large = seconds(2_000), seconds(8_000)
    assert large < 0.2 or large < 9 * small, (small, large)


def test_org_keeps_lines_and_takes_settings_out() -> None:
    text = (
        "#+TITLE: Tides\n:PROPERTIES:\n:ID: 7\n:END:\n* TODO Spring tide :sea:\n"
        "- neap tide :: a small *range*\n| moon | tide |\n|------+------|\n| full | spring |\n"
        "#+BEGIN_SRC python\nx = 1\n#+END_SRC"
    )
    lines = converted(org.convert(text)).lines
    assert lines[0] == "# Tides"
    assert lines[1:4] == ("", "", "")
    assert lines[4] == "## Spring tide"
    assert lines[5] == "- **neap tide**: a small **range**"
    blocks = parse("\n".join(lines))
    assert [(b.kind.value, b.line, b.text) for b in blocks if b.kind.value in ("header", "cell")] == [
        ("header", 7, "moon"), ("header", 7, "tide"), ("cell", 9, "full"), ("cell", 9, "spring"),
    ]  # fmt: skip
    assert lines[9:] == ("```python", "x = 1", "```")


def test_restructured_text() -> None:
    text = (
        "=====\nTides\n=====\n\n.. _label:\n\nSpring\n------\n\n"
        "A :term:`spring tide` has ``range`` (see `NOAA <https://x.y>`_)::\n\n    code here\n\n"
        "neap\n    a weak tide\n\n.. note:: Mind this.\n\n=====  ====\nMoon   Tide\n=====  ====\n"
        "full   big\n=====  ====\n"
    )
    lines = converted(restructured.convert(text)).lines
    assert lines[1] == "# Tides"
    assert lines[4] == ""
    assert lines[6] == "## Spring"
    assert lines[9] == "A spring tide has `range` (see [NOAA](https://x.y)):"
    assert lines[13:15] == ("- **neap**:", "  a weak tide")
    assert lines[16] == "Mind this."
    kinds = [(b.kind.value, b.line, b.text) for b in parse("\n".join(lines)) if b.kind.value in ("header", "cell")]
    assert kinds == [("header", 20, "Moon"), ("header", 20, "Tide"), ("cell", 22, "full"), ("cell", 22, "big")]


def test_latex() -> None:
    text = (
        "\\documentclass{article}\n\\title{Tides}\n\\begin{document}\n"
        "\\section{Spring \\emph{tide}} % remark\n"
        'G\\"odel saw \\textbf{neap tide}\\cite{a} at \\(h\\).\n\\begin{description}\n'
        "\\item[Ebb] the fall\n\\end{description}\n\\begin{tabular}{ll}\nMoon & Tide \\\\\n"
        "full & big \\\\\n\\end{tabular}\n\\begin{verbatim}\n\\x{1}\n\\end{verbatim}\n"
        "\\end{document}\nnothing"
    )
    lines = converted(latex.convert(text)).lines
    assert lines[0] == ""
    assert lines[1] == "# Tides"
    assert lines[3] == "## Spring *tide*"
    assert lines[4] == "Gödel saw **neap tide** at $h$."
    assert lines[6] == "- **Ebb**: the fall"
    assert lines[12:15] == ("```", "\\x{1}", "```")
    assert lines[16] == ""
    assert [b.text for b in parse("\n".join(lines)) if b.kind.value == "cell"] == ["Moon", "Tide", "full", "big"]


def test_html_keeps_lines_unless_blocks_share_one() -> None:
    page = (
        "<html><head><title>T</title><style>p{}</style></head>\n<body><h1>Tides</h1>\n"
        "<p>The <b>neap\ntide</b> is <a href='x.html'>weak</a>.</p>\n<ul><li>ebb</li>\n"
        "<li>flow</li></ul><script>x()</script></body></html>"
    )
    result = converted(html_pages.convert(page))
    assert result.starts == ()
    assert [line.strip() for line in result.lines] == [
        "", "# Tides", "The **neap", "tide** is [weak](x.html).", "- ebb", "- flow",
    ]  # fmt: skip
    flat = converted(html_pages.convert("<h1>Tides</h1><p>One &lt; two.</p><p>Three.</p>\n<p>Four.</p>"))
    assert flat.lines == ("# Tides", "", "One &lt; two.", "", "Three.", "", "Four.")
    document = Document("a.html", "", "", len(flat.lines), starts=flat.starts)
    assert [number_at(document, n) for n in (1, 3, 5, 7)] == [1, 1, 1, 2]


def test_notebook_cells_in_order_without_outputs() -> None:
    book = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Tides\n", "ebb"]},
            {"cell_type": "code", "source": "x = 1", "outputs": [{"text": "secret"}]},
            {"cell_type": "raw", "source": "raw"},
            {"cell_type": "markdown", "source": "flow"},
        ],
        "metadata": {"language_info": {"name": "python"}},
    }
    result = converted(notebook.convert(json.dumps(book)))
    assert result.lines == ("# Tides", "ebb", "", "```python", "x = 1", "```", "", "flow", "")
    assert (result.unit, result.starts) == ("cell", (1, 4, 8, 8))


def test_tables_say_the_line_of_a_row() -> None:
    result = converted(tables.convert_commas('Term;Meaning\nebb;"fall\nof water"\n\nflow;rise|fall\n'))
    assert result.lines == ("| Term | Meaning |", "|---|---|", "| ebb | fall of water |", "| flow | rise\\|fall |")
    document = Document("a.csv", "", "", 4, starts=result.starts)
    assert [number_at(document, n) for n in (1, 3, 4)] == [1, 2, 5]
    long = converted(tables.convert_tabs("a\tb\n" * 3000))
    assert "only the first 2000 rows" in long.left_out[0][1]


def test_canvas_cards_from_top_to_bottom() -> None:
    nodes = [
        {"id": "b", "type": "text", "text": "second", "x": 0, "y": 10},
        {"id": "a", "type": "text", "text": "# First\nebb", "x": 0, "y": -5},
        {"id": "c", "type": "file", "file": "sea/Moon.md", "x": 0, "y": 20},
    ]
    result = converted(canvas.convert(json.dumps({"nodes": nodes, "edges": []})))
    assert result.lines == ("# First", "ebb", "", "second", "", "[[sea/Moon]]", "")
    assert (result.unit, result.starts) == ("card", (1, 4, 6))


@pytest.mark.parametrize(
    ("reader", "text", "reason"),
    [
        (notebook.convert, '{"cells": [', "broken JSON on line 1"),
        (notebook.convert, "[]", "not a notebook"),
        (notebook.convert, "{}", "it has no cells"),
        (notebook.convert, "[" * 100_000, "nested too deeply"),
        (canvas.convert, '{\n"nodes": {}}', "no list of nodes"),
        (canvas.convert, "x", "broken JSON"),
        (tables.convert_commas, '"' + "x" * 200_000, "not a table on line 1"),
    ],
)
def test_broken_files_are_refused_with_one_reason(reader: object, text: str, reason: str) -> None:
    assert callable(reader)
    result = reader(text)
    assert isinstance(result, Unreadable)
    assert reason in result.reason
    assert "\n" not in result.reason


def test_endings() -> None:
    assert [suffix_of(name) for name in ("A.MD", "a.b.Rmd", "Makefile", ".env", "a.")] == [".md", ".rmd", "", "", ""]
    assert starts_of([1, 1, 4], 5) == (1, 3, 3, 3, 4)
