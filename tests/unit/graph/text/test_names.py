from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.text.names import comparable, fold, names_within, simplified, simplified_characters
from tests.places import ROOT
from tests.strategies import any_text


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("LoRA", "lora"),
        ("Self-Attention", "selfattention"),
        ("self attention", "selfattention"),
        ("ＳＥＬＦ－ＡＴＴＥＮＴＩＯＮ", "selfattention"),
        ("KV_cache", "kvcache"),
        ("C", "c"),
        ("C++", "c++"),
        ("C#", "c#"),
        ("注意力 机制", "注意力机制"),
        ("《注意力》", "注意力"),
        ("ﬁne-tuning", "finetuning"),
        ("Straße", "strasse"),
        ("GPT-4o", "gpt4o"),
        ("３．５", "35"),
        ("機器學習", "机器学习"),
        ("Token 嵌入層", "token嵌入层"),
        ("注意力機制（Attention）", "注意力机制attention"),
        ("…", "..."),
        ("  → ", "→"),
        (" ", ""),
        ("", ""),
    ],
)
def test_key(name: str, key: str) -> None:
    assert fold(name) == key


def test_names_that_differ_in_what_they_say_differ_in_their_key() -> None:
    names = ["C", "C++", "C#", "注意力", "自注意力", "GPT-3", "GPT-4", "→", "←", "LoRA", "QLoRA"]
    assert len({fold(name) for name in names}) == len(names)


@settings(deadline=None)
@given(st.one_of(any_text, st.text(st.characters(), max_size=30)))
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold(fold(name)) == fold(name)


def test_every_traditional_character_folds_once_and_for_all() -> None:
    table = simplified_characters()
    assert len(table) > 4000
    assert all(fold(fold(chr(code))) == fold(chr(code)) for code in table)


@pytest.mark.parametrize("text", ["Transformer", "naïve Bayes", "注意力", "神經網路，NLP 與 𝐱²", ""])
def test_offsets_hold_in_simplified_text(text: str) -> None:
    assert len(simplified(text)) == len(text)


def test_latin_names_are_folded_without_reading_the_table() -> None:
    program = "import graph.text.names as n; n.fold('LoRA'); n.fold('naïve'); print(n.simplified_characters.cache_info().misses)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "0"


@settings(deadline=None)
@given(st.text(max_size=20))
def test_case_and_spaces_do_not_count(name: str) -> None:
    assert fold(f" {name} ") == fold(name)
    assert fold(name.casefold()) == fold(name)


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        ("CD20", "CD200", False),
        ("PT", "PTT", False),
        ("IgG", "IgG4", False),
        ("attention", "self-attention", True),
        ("neural network", "recurrent neural networks", True),
        ("学习", "机器学习", True),
        ("RAG", "RAG 系统", True),
        ("C", "C++", False),
        ("LoRA", "LoRA", False),
    ],
)
def test_a_name_is_within_another_only_at_word_borders(inner: str, outer: str, within: bool) -> None:
    assert names_within(inner, outer) is within


def test_comparable_keeps_the_length_so_that_offsets_carry_over() -> None:
    assert comparable("Ｋｖ－缓存　A_B\tC") == "kv 缓存 a b c"
    assert len(comparable("İstanbul")) == len("İstanbul"), "whose lower case is two characters long"


@given(st.text())
def test_comparable_never_changes_the_length(text: str) -> None:
    assert len(comparable(text)) == len(text)
