"""Markup and code are told from questions, even from questions about them."""

from __future__ import annotations

import pytest

from queries.question.markup import is_markup


@pytest.mark.parametrize(
    "text",
    [
        "<b>bread</b>",
        "<script>alert('bread')</script>",
        "```python\nprint(1)\n```",
        "import torch",
        "def bake(dough): return bread",
        "SELECT * FROM loaves",
        "loaf = bake(dough, minutes=40)",
        "| a | b |\n|---|---|",
        "![](loaf.png)",
        "[bread](bread.md)",
        "$$\\frac{a}{b}$$",
        '{"name": "bake"}',
        "<div class='x'><p>bread</p></div>",
        "for (int i = 0; i < n; i++) { sum += a[i]; }",
        "bake();",
    ],
)
def test_markup_and_code(text: str) -> None:
    assert is_markup(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is bread?",
        "bread",
        "C++",
        "pass@k",
        "LLM.int8()",
        "LLM.int8() 是什么",
        "What does <s> mean in a vocabulary?",
        "词表里的 <pad> 是什么？",
        "What is `r` in a config?",
        "W' = W + BA 是什么意思？",
        "<b>What is the rank?</b>",
        "how does Attention(Q, K, V) work",
        "7B × 16 = 112 GB 怎么算的",
        "A = B?",
        "1F1B",
    ],
)
def test_questions(text: str) -> None:
    assert not is_markup(text)
