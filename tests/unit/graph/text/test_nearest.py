from __future__ import annotations

import pytest

from graph.text.nearest import did_you_mean, nearest_names, nearest_words

KNOWN = [
    ("LoRA", "lora"),
    ("Low-Rank Adaptation", "lora"),
    ("QLoRA", "qlora"),
    ("注意力", "attention"),
    ("自注意力", "self"),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lora", ["LoRA", "QLoRA"]),  # 1 + 0.2, 8/9 + 0.2
        ("low rank adaption", ["Low-Rank Adaptation"]),
        ("自注意力机制", ["自注意力", "注意力"]),  # 8/10 + 0.2, 6/9 + 0.2
        ("rank", ["Low-Rank Adaptation"]),  # which contains it; LoRA has only 4/8
        ("R", []),
        ("zzz", []),
        ("", []),
        ("…", []),
    ],
)
def test_nearest_names_one_of_each_concept(name: str, expected: list[str]) -> None:
    assert [form for form, _ in nearest_names(name, KNOWN)] == expected


def test_the_limit_and_the_order_of_ties() -> None:
    pairs = [("abce", "2"), ("abcd", "1"), ("abcf", "3")]
    assert nearest_names("abcx", pairs, limit=2) == [("abcd", "1"), ("abce", "2")]
    assert nearest_names("abcx", pairs[::-1], limit=2) == [("abcd", "1"), ("abce", "2")]
    assert nearest_names("abcx", pairs, limit=0) == []


def test_nearest_words_and_the_hint_made_of_them() -> None:
    assert nearest_words("renme", ["rename", "merge", "remove"], limit=3) == [
        "rename",
        "remove",
    ]  # 10/11, 6/11 is too little
    assert did_you_mean("mehtod", ["metric", "method", "model"]) == " Did you mean 'method'?"
    assert did_you_mean("数据", ["metric", "method"]) == ""
    assert did_you_mean("x", []) == ""
