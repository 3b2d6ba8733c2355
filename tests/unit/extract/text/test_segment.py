from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extract.text.segment import english_lexicon, latin_pos, lines_of, sentence_spans, tokenize
from graph.text.frequency import general_frequency
from graph.text.japanese import is_japanese
from graph.text.names import simplified
from graph.text.scripts import HAN, KATAKANA

note_text = st.text(
    st.one_of(st.sampled_from("ab Z1.,;!?。；！，：（）-+#'’\n\t注意力机制的LoRA\ud800\x00😀éſ"), st.characters()),
    max_size=80,
)
"""Any Unicode, mostly what notes are made of."""


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


def words(text: str) -> list[str]:
    return [t.text for t in tokenize(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LoRA 冻结权重。只训练 A、B！真的吗？", ["LoRA 冻结权重。", "只训练 A、B！", "真的吗？"]),
        ("第一步预训练；第二步微调；完", ["第一步预训练；", "第二步微调；", "完"]),
        ("他说“不行。”然后走了。", ["他说“不行。”", "然后走了。"]),
        ("It has two parts. The first is small.", ["It has two parts.", "The first is small."]),
        ("Is it fast? Yes! Very.", ["Is it fast?", "Yes!", "Very."]),
        ("It is small; it is fast.", ["It is small;", "it is fast."]),
        ("量化降低显存.推理更快", ["量化降低显存.", "推理更快"]),
        ("一段文字\n换行但没有完。下一句", ["一段文字\n换行但没有完。", "下一句"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "See e.g. LoRA for this",
        "Compare LoRA vs. QLoRA in Fig. 3 of Hu et al. 2021",
        "The rank r = 0.5 is small",
        "Dr. Smith wrote it",
        "use model.fit to train",
        "J. Hu invented it",
    ],
)
def test_abbreviations_and_numbers_end_no_sentence(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u3000"])
def test_white_space_has_no_sentences_and_no_words(text: str) -> None:
    assert sentence_spans(text) == []
    assert tokenize(text) == []


@given(note_text)
@example("。。。")
@example(". A. B. C")
def test_sentences_hold_every_character_that_is_not_white_space_once_and_in_order(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(text[a:b] == text[a:b].strip() for a, b in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPT-4 uses self-attention.", ["GPT-4", "uses", "self-attention", "."]),
        ("C++ and C# are used, A+B too", ["C++", "and", "C#", "are", "used", ",", "A+B", "too"]),
        ("vLLM的吞吐量提升了24x", ["vLLM", "的", "吞吐量", "提升", "了", "24x"]),
        ("12.5% of 1,024", ["12.5%", "of", "1,024"]),
        ("Adam's β2 is naïve", ["Adam", "'", "s", "β2", "is", "naïve"]),
        ("Euler’s theorem, Stokes' Law", ["Euler’s", "theorem", ",", "Stokes'", "Law"]),
        ("OpenAI's GPT-4; the model's loss", ["OpenAI", "'", "s", "GPT-4", ";", "the", "model", "'", "s", "loss"]),
        ("A/B testing of I/O in .NET and F#", ["A/B", "testing", "of", "I/O", "in", ".NET", "and", "F#"]),
        ("don't", ["don't"]),
        ("4-bit NF4", ["4-bit", "NF4"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_scripts_and_parts_of_speech() -> None:
    found = {t.text: (t.script, t.pos) for t in tokenize("模型 training is 99 ！")}
    assert found["模型"] == ("C", "n")
    assert found["training"][0] == "L"
    assert found["is"] == ("L", "VBZ")
    assert found["99"] == ("N", "")
    assert found["！"] == ("P", "")


@given(note_text)
def test_every_word_is_its_slice_and_none_overlap_and_all_text_is_covered(text: str) -> None:
    tokens = tokenize(text)
    letters = f"{HAN}{KATAKANA}ヶ" if is_japanese(text) else HAN  # Japanese names are written in both
    reach = 0
    for token in tokens:
        assert (
            simplified(text[token.start : token.end]) == simplified(token.text) != ""
        )  # Chinese words are read as Simplified
        assert not text[reach : token.start].strip(), "only white space lies between words"
        assert token.script in "CLNP"
        assert (token.script == "C") == bool(re.fullmatch(f"[{letters}]+", token.text))
        reach = token.end
    assert not text[reach:].strip()


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("method", "NN"),
        ("LoRA", "NNP"),
        ("KV", "NNP"),
        ("gpt4", "NNP"),
        ("self-attention", "NN"),
        ("tokenizing", "VBG"),
        ("quantized", "VBN"),
        ("sparsely", "RB"),
        ("bigrams", "NNS"),
        ("Mamba", "NNP"),
        ("'s", "POS"),
        ("’", "POS"),
    ],
)
def test_latin_parts_of_speech(word: str, tag: str) -> None:
    assert latin_pos(word) == tag


def test_language_data_ships_with_the_packages() -> None:
    assert english_lexicon()["the"] == "DT"
    assert general_frequency("en")["the"] > general_frequency("en")["embedding"] > 0
    assert general_frequency("zh")["的"] > general_frequency("zh")["模型"] > 0


def test_lines_are_counted_as_editors_do() -> None:
    assert list(lines_of("a\r\nb\rc\n\u2028d\x0ce")) == [(1, "a"), (2, "b"), (3, "c"), (4, "\u2028d\x0ce")]
