from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from graph.stores.terms import MAX_LENGTH, MAX_QUERY_TERMS, index_terms, is_prefix, query_terms
from tests.strategies import any_text


@pytest.mark.parametrize(
    ("text", "indexed", "asked"),
    [
        ("LoRA", ["lora"], ["lora"]),
        ("Self-Attention", ["self", "attention"], ["self", "attention"]),
        ("kv_cache", ["kv", "cache"], ["kv", "cache"]),
        ("微调", ["微调", "调"], ["微调"]),
        ("图", ["图"], ["图"]),
        ("图，表", ["图", "表"], ["图", "表"]),
        ("微调。方法", ["微调", "调", "方法", "法"], ["微调", "方法"]),
        ("用LoRA微调", ["用", "lora", "微调", "调"], ["lora", "微调"]),
        ("C++ and C#", ["c", "c++", "and", "c", "c#"], ["c++", "and", "c#"]),
        ("## 标题", ["标题", "题"], ["标题"]),
        ("ＧＰＴ－４", ["gpt", "4"], ["gpt", "4"]),
        ("a → b ∑ 😀，。…", ["a", "→", "b", "∑", "😀"], ["a", "→", "b", "∑", "😀"]),
        ("the cat the", ["the", "cat", "the"], ["the", "cat"]),
        ("x\x00y\ud800z", ["x", "y", "z"], ["x", "y", "z"]),
        ("**", [], []),
    ],
)
def test_terms(text: str, indexed: list[str], asked: list[str]) -> None:
    assert index_terms(text) == indexed
    assert query_terms(text) == asked


@settings(deadline=None)
@given(any_text, any_text)
def test_what_is_asked_for_is_found_in_a_text_that_holds_it(text: str, more: str) -> None:
    held = index_terms(f"{more} {text} {more}")
    for term in query_terms(text):
        assert any(h.startswith(term) for h in held) if is_prefix(term) else term in held


@settings(deadline=None)
@given(any_text)
def test_terms_hold_nothing_that_full_text_syntax_could_see(text: str) -> None:
    for term in [*index_terms(text), *query_terms(text)]:
        assert term
        assert not set(term) & set(' "*^:(){}-\t\n\x00')


def test_data_is_cut_and_pasted_pages_too() -> None:
    assert index_terms("a" * 10_000) == query_terms("a" * 10_000) == ["a" * MAX_LENGTH]
    page = " ".join(map("".join, product("abcdefghij", repeat=3)))
    assert len(query_terms(page)) == MAX_QUERY_TERMS
    assert query_terms(page)[:2] == ["aaa", "aab"]
