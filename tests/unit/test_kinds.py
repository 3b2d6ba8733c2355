from __future__ import annotations

import pytest

from extract.kinds import kind_of
from extract.lexicon import default_lexicon
from graph.model import ConceptKind as Kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("梯度下降算法", Kind.METHOD),
        ("instruction tuning", Kind.METHOD),
        ("中文维基语料库", Kind.DATASET),
        ("VisualBench", Kind.DATASET),
        ("命名实体识别", Kind.TASK),
        ("question answering", Kind.TASK),
        ("梯度消失", Kind.PROBLEM),
        ("memory bottlenecks", Kind.PROBLEM),
        ("显存利用率", Kind.METRIC),
        ("F1 score", Kind.METRIC),
        ("推理引擎", Kind.TOOL),
        ("job scheduler framework", Kind.TOOL),
        ("前馈网络", Kind.COMPONENT),
        ("cross-attention layers", Kind.COMPONENT),
        ("世界模型", Kind.MODEL),
        ("偏好数据", Kind.DATA),
        ("position embeddings", Kind.DATA),
        ("上下文", Kind.CONCEPT),
    ],
)
def test_the_last_word_of_a_name_tells(name: str, kind: Kind) -> None:
    assert kind_of((name,), None, None) is kind


def test_an_alias_tells_where_the_name_does_not() -> None:
    assert kind_of(("Foo", "Foo 框架"), None, None) is Kind.TOOL


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ("Zork 是一种在推理时压缩缓存的方法。", Kind.METHOD),
        ("Zork 是一个框架，用来部署模型。", Kind.TOOL),
        ("Zork is a training method that saves memory.", Kind.METHOD),
        ("Zork is an open benchmark for agents.", Kind.DATASET),
        ("Zork works well.", Kind.CONCEPT),
    ],
)
def test_the_definition_tells_where_no_name_does(definition: str, kind: Kind) -> None:
    assert kind_of(("Zork",), definition, None) is kind


def test_the_name_is_asked_before_the_definition() -> None:
    assert kind_of(("Zork 数据集",), "Zork 是一种方法。", None) is Kind.DATASET


def test_the_lexicon_is_asked_first() -> None:
    lexicon = default_lexicon()
    assert lexicon.kind("lora") is not None
    assert kind_of(("LoRA 数据集", "LoRA"), None, lexicon) is lexicon.kind("lora")
