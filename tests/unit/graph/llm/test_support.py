from __future__ import annotations

import pytest

from graph.llm.support import content_of, is_supported, share_supported

LINE = "LoRA freezes the pretrained weights and trains two low-rank matrices of rank 8."
ZH = "LoRA 冻结预训练权重，只训练两个低秩矩阵，秩取 8，显存占用降低 3 倍。"


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("LoRA trains two low-rank matrices.", LINE),
        ("With LoRA the pretrained weights are frozen.", LINE),
        ("LoRA 只训练低秩矩阵，预训练权重是冻结的。", ZH),
        ("显存占用降低 3 倍。", ZH),
    ],
)
def test_what_the_line_says_is_supported(sentence: str, line: str) -> None:
    assert is_supported(sentence, [line])


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("LoRA trains matrices of rank 16.", LINE),
        ("LoRA does not train matrices.", LINE),
        ("Hu invented LoRA at Microsoft Research.", LINE),
        ("LoRA 的秩取 64。", ZH),
        ("LoRA 不训练低秩矩阵。", ZH),
        ("它由微软研究院的团队于当年提出并开源。", ZH),
    ],
)
def test_what_the_line_does_not_say_is_not(sentence: str, line: str) -> None:
    assert not is_supported(sentence, [line])


def test_not_only_denies_nothing() -> None:
    assert is_supported("LoRA 不仅冻结权重，还训练低秩矩阵。", [ZH])


def test_several_lines_support_together() -> None:
    assert is_supported("LoRA freezes weights; QLoRA quantizes them to NF4.", [LINE, "QLoRA quantizes to NF4."])


def test_content_is_words_and_pairs_of_characters() -> None:
    assert content_of("the KV-cache of 注意力") >= {"注意", "意力"}
    assert "the" not in content_of("the cache")
    assert share_supported("", ["x"]) == 1.0
