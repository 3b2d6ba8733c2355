from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.names import fold
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


@settings(deadline=None)
@given(st.text(max_size=20))
def test_case_and_spaces_do_not_count(name: str) -> None:
    assert fold(f" {name} ") == fold(name)
    assert fold(name.casefold()) == fold(name)
