from __future__ import annotations

import pytest

from extract.notes.parse import parse
from extract.text.segment import tokenize
from extract.text.unread_scripts import is_unread, names_set_apart, script_of, unread_lines
from graph.text.japanese import is_japanese
from graph.text.questions import is_question


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("광합성", "Hangul"),
        ("التمثيل الضوئي", "Arabic"),
        ("การสังเคราะห์ด้วยแสง", "Thai"),
        ("פוטוסינתזה", "Hebrew"),
        ("प्रकाश संश्लेषण", "Devanagari"),
        ("фотосинтез", "Cyrillic"),
        ("φωτοσύνθεση", "Greek"),
        ("ஒளிச்சேர்க்கை", "Tamil"),
        ("ფოტოსინთეზი", "Georgian"),
    ],
)
def test_scripts_that_are_not_read(text: str, script: str) -> None:
    assert is_unread(text)
    assert script_of(f"{text} (photosynthesis)") == script
    assert unread_lines(parse(f"# A\n\n{text} {text}\n")) == {script: [3]}


@pytest.mark.parametrize(
    "text", ["photosynthèse", "光合作用", "光合成とは", "ΔG = αβ + γ of the cell", "3.5 %", "", "Ελ cell wall"]
)
def test_scripts_that_are_read(text: str) -> None:
    assert not is_unread(text)
    assert unread_lines(parse(text)) == {}


def test_symbols_are_not_greek_prose() -> None:
    assert unread_lines(parse("α β\n\n| α | β |\n|---|---|\n| γ | δ |\n")) == {}


def test_names_that_the_note_sets_apart() -> None:
    note = "# 화산: 개요\n\n**마그마**는 [용암](a.md)이 된다. #지질\n\n| 이름 | 긴 설명 |\n|---|---|\n| 현무암 | 이것은 아주 긴 설명이다 |\n"
    assert names_set_apart(parse(note)) == {"화산: 개요", "화산", "개요", "마그마", "용암", "지질", "현무암"}


def test_japanese_words_end_where_the_script_changes() -> None:
    words = [
        t.text for t in tokenize("深層ニューラルネットワークは画像を分類する手法で、広く使われる。") if t.script == "C"
    ]
    assert words == ["深層", "ニューラルネットワーク", "画像", "手法"]


def test_chinese_that_quotes_a_japanese_word_is_chinese() -> None:
    assert not is_japanese("日语中的“の”相当于中文的“的”，是最常见的助词，表示所属关系。")


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("光合成とは何か", True),
        ("光合成とは", True),
        ("なぜ空は青いのですか", True),
        ("光合成とは、反応である。", False),
        ("何か", True),
    ],
)
def test_japanese_questions(text: str, asks: bool) -> None:
    assert is_question(text, heading=True) is asks
