from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.exchange.file_names import LONGEST, safe_name, unique_names
from tests.strategies import any_text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LoRA", "LoRA"),
        ("TCP/IP", "TCP-IP"),
        ("con", "_con"),
        ("COM1.txt", "_COM1.txt"),
        ("a. ", "a"),
        (".hidden", "hidden"),
        ("", "_"),
        ("[[x]]|y", "-x-y"),
        ("two\nlines", "two lines"),
    ],
)
def test_names_that_every_system_takes(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.lists(any_text, max_size=8))
def test_names_are_safe_and_unique_when_folded(texts: list[str]) -> None:
    names = unique_names([*texts, *[text.swapcase() for text in texts]])
    assert len({unicodedata.normalize("NFC", name.casefold()) for name in names}) == len(names)
    for name in names:
        assert name
        assert not set(name) & set('<>:"/\\|?*#^[]\0')
        assert name[-1] not in ". "
        assert name[0] != "."
        assert len(name.encode()) <= LONGEST + 8


def test_long_names_are_cut_between_characters() -> None:
    assert safe_name("量" * 200) == "量" * (LONGEST // 3)
