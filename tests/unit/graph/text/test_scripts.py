from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.text.scripts import (
    CJK,
    HAN,
    OTHER,
    RANGES,
    WIDE,
    Script,
    characters,
    columns,
    count_han,
    has_han,
    is_spaced,
    language_of,
    scripts_of,
    text_size,
)

IN_NAMES = {
    Script.LATIN: "LATIN ",
    Script.HAN: "CJK ",
    Script.KANA: "HIRAGANA |KATAKANA",
    Script.HANGUL: "HANGUL ",
    Script.CYRILLIC: "CYRILLIC ",
    Script.GREEK: "GREEK ",
    Script.ARABIC: "ARABIC ",
    Script.HEBREW: "HEBREW ",
    Script.DEVANAGARI: "DEVANAGARI ",
    Script.THAI: "THAI ",
}
"""What the Unicode names of a script's letters contain."""


@pytest.mark.parametrize("script", Script)
def test_ranges_agree_with_the_names_of_the_characters(script: Script) -> None:
    inside = [chr(c) for first, last in RANGES[script] for c in range(first, min(last, 0x2FFFF) + 1)]
    letters = [c for c in inside if unicodedata.category(c).startswith("L") and unicodedata.name(c, "")]
    assert len(letters) > 40
    shared = "MODIFIER LETTER|ORDINAL INDICATOR|IDEOGRAPHIC ITERATION MARK"
    assert [c for c in letters if not re.search(f"{IN_NAMES[script]}|{shared}", unicodedata.name(c))] == []


@pytest.mark.parametrize("script", Script)
def test_ranges_are_sorted_and_apart(script: Script) -> None:
    ends = [end for pair in RANGES[script] for end in pair]
    assert ends == sorted(ends)
    others = [pair for other in Script if other is not script for pair in RANGES[other]]
    assert [(a, b) for a, b in RANGES[script] for c, d in others if a <= d and c <= b] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("3.5 %, 😀（）。", {}),
        ("LoRA", {Script.LATIN: 4}),
        ("LoRA 微调", {Script.LATIN: 4, Script.HAN: 2}),
        ("機械学習はデータから学ぶ", {Script.HAN: 5, Script.KANA: 7}),
        ("어텐션 is attention", {Script.LATIN: 11, Script.HANGUL: 3}),
        ("التعلم الآلي", {Script.ARABIC: 11}),
        ("การเรียนรู้", {Script.THAI: 11}),
        ("глубокое обучение", {Script.CYRILLIC: 16}),
        ("λόγος", {Script.GREEK: 5}),
        ("למידה", {Script.HEBREW: 5}),
        ("सीखना", {Script.DEVANAGARI: 5}),
    ],
)
def test_scripts_of_texts_with_the_number_of_letters(text: str, expected: dict[Script, int]) -> None:
    assert scripts_of(text) == expected


def test_the_most_frequent_script_comes_first() -> None:
    assert list(scripts_of("用 LoRA 微调")) == [Script.LATIN, Script.HAN]
    assert list(scripts_of("参数高效微调 LoRA")) == [Script.HAN, Script.LATIN]


@given(st.text())
def test_every_letter_belongs_to_one_script_at_most(text: str) -> None:
    assert sum(scripts_of(text).values()) <= len(text)


def test_classes_for_regular_expressions() -> None:
    assert re.findall(f"[{HAN}]+", "微调 (LoRA) 𠮷野家 々") == ["微调", "𠮷野家", "々"]
    assert re.findall(f"[{CJK}]+", "低秩アダプテーション，어텐션") == ["低秩アダプテーション", "어텐션"]
    assert re.fullmatch(f"[{characters(Script.THAI, Script.ARABIC)}]+", "กعข")
    assert re.fullmatch(f"[{WIDE}]+", "（微调）、カナ한글ＡＢ")
    assert not re.search(f"[{WIDE}]", "LoRA “x” ｶﾅ")


@pytest.mark.parametrize("script", Script)
def test_other_scripts_are_all_but_those_that_are_read(script: Script) -> None:
    read = {Script.LATIN, Script.HAN, Script.KANA}
    letters = [chr(c) for first, last in RANGES[script] for c in range(first, last + 1)]
    assert {re.match(f"[{OTHER}]", c) is None for c in letters} == {script in read}


def test_chinese_characters() -> None:
    assert has_han("a注b")
    assert has_han("々")
    assert not has_han("abc ，。 カナ")
    assert count_han("注意力 attention 機制") == 5


@pytest.mark.parametrize(
    ("char", "expected"), [("a", True), ("é", True), ("7", True), ("я", True), ("注", False), ("-", False)]
)
def test_characters_of_words_between_spaces(char: str, expected: bool) -> None:
    assert is_spaced(char) == expected


@pytest.mark.parametrize("text", ["LoRA", "LoRA 微调", "（注意力）！", "ＫＶ", "カナ", ""])
def test_columns_are_the_east_asian_widths(text: str) -> None:
    assert columns(text) == sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_languages() -> None:
    assert language_of("LoRA 是一种 PEFT 方法，它冻结 base model 的权重。") == "zh"
    assert language_of("Attention (注意力) lets a model look at all words of its input.") == "en"
    assert (
        language_of("说明如下\n```python\nimport torch as th\nfor item in data: print(item, model, other)\n```\n")
        == "zh"
    )
    assert language_of("见 https://example.org/some/long/address/of/a/page") == "zh"
    assert language_of("") == "en"


def test_a_latin_word_counts_two_chinese_characters() -> None:
    assert text_size("大模型") == 3
    assert text_size("the self-attention of 模型") == 2 * 3 + 2
    assert text_size("") == text_size("，。!") == 0
