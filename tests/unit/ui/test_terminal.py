from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from graph.model import Document, Prerequisite
from ui.i18n import STRINGS, notes_language, say, why
from ui.terminal import clean, console, rows, show, styled


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://example.com\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mx", "x"),
        ("a\nb\tc", "a b c"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ufeff\x00中文\x08", "中文"),
        ("\x1bc\x1b(0reset", "reset"),
        ("[bold]x[/bold] :smile:", "[bold]x[/bold] :smile:"),
    ],
)
def test_clean_takes_away_what_steers_a_terminal(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text())
def test_clean_text_is_one_harmless_line_and_stays_as_it_is(text: str) -> None:
    once = clean(text)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in once)
    assert clean(once) == once


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Zs"))))
def test_clean_keeps_letters_of_any_language(text: str) -> None:
    assert clean(text) == text


def test_rich_markup_of_notes_is_text() -> None:
    stream = io.StringIO()
    show([styled("[red]x[/red] [link=http://a]b[/link] :smile:")], to=console(stream))
    assert stream.getvalue() == "[red]x[/red] [link=http://a]b[/link] :smile:\n"


def test_wide_characters_take_two_columns() -> None:
    stream = io.StringIO()
    Console(file=stream, width=60).print(rows(["名称", "n"], [["注意力机制", "3"], ["ab", "10"]], right=[1]))
    lines = [line.rstrip() for line in stream.getvalue().splitlines() if "3" in line or "10" in line]
    assert lines == [" 注意力机制    3", " ab           10"]


def test_every_string_has_both_languages_and_the_same_braces() -> None:
    assert len(STRINGS) > 100
    for key, (chinese, english) in STRINGS.items():
        assert chinese, key
        assert english, key
        for part in english.split("|"):
            assert _braces(chinese) == _braces(part), key


def _braces(text: str) -> set[str]:
    import string

    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_singular_and_plural() -> None:
    assert (say("lines", "en", n=1), say("lines", "en", n=2), say("lines", "zh", n=1)) == ("1 line", "2 lines", "1 行")


def test_the_language_of_most_lines_is_that_of_the_notes() -> None:
    assert notes_language([Document("a", "", "", 10, "zh"), Document("b", "", "", 9, "en")]) == "zh"
    assert notes_language([]) == "en"


def test_reasons_name_both_concepts() -> None:
    edge = Prerequisite("lora", "qlora", 1.0, ("based_on", "defined_with", "order"))
    names = {"lora": "LoRA", "qlora": "QLoRA"}
    assert why(edge, names, "en") == "QLoRA is based on LoRA; QLoRA is defined with LoRA"
    assert why(edge, names, "zh", most=1) == "QLoRA 基于 LoRA"
    assert why(Prerequisite("lora", "qlora", 1.0, ("a_new_code",)), names, "en") == "a_new_code"
