"""What a text says besides words that only ask for a sort of statement."""

from __future__ import annotations

import pytest

from queries.question.general_words import specific


@pytest.mark.parametrize("text", ["the main drawback", "purposes", "核心区别", "主要问题", "What are the steps"])
def test_general_words_say_nothing(text: str) -> None:
    assert not specific(text).strip()


@pytest.mark.parametrize(
    ("text", "left"), [("vocabulary size", "vocabulary"), ("训练方法", "训练"), ("activation function", "activation")]
)
def test_the_rest_is_kept(text: str, left: str) -> None:
    assert specific(text).strip() == left
