"""A library and a method of one name are two concepts where the notes say so, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.concepts.homonyms import libraries_apart
from extract.knowledge.lexicon import default_lexicon
from extract.pipeline import build
from extract.text.keys import key_of
from graph.model import Concept, GraphSnapshot

NOTES = """# 参数高效微调

参数高效微调（Parameter-Efficient Fine-Tuning, PEFT）冻结预训练模型的权重，只训练少量参数。PEFT 方法包括 LoRA 和 Prefix Tuning。

## 工具

Hugging Face 的 PEFT 库实现了 LoRA、Prefix Tuning 等方法。安装 PEFT 库之后就能训练适配器。

FAISS 库用于向量检索。FAISS（Facebook AI Similarity Search）支持多种索引，FAISS 的检索很快。
"""


def surfaces(*names: str) -> dict[str, str]:
    return {key_of(name): name for name in names}


@pytest.mark.parametrize(
    ("names", "apart"),
    [
        (["PEFT", "PEFT 库", "PEFT 方法"], [("peft库", "peft")]),
        (["PEFT", "PEFT library", "PEFT method"], [("peftlibrary", "peft")]),
        (["Transformer", "Transformers 库", "Transformer 架构"], [("transformers库", "transformer")]),
        (["PEFT", "PEFT 库"], []),  # one cue only
        (["PEFT 库", "PEFT 方法"], []),  # nothing is called PEFT alone
        (["FAISS", "FAISS 库", "FAISS 索引"], []),
        (["知识", "知识库", "知识方法"], []),  # a Chinese word that ends in 库 is another word
        (["Redis", "Redis 数据库", "Redis 模型"], []),
    ],
)
def test_two_cues_are_needed(names: list[str], apart: list[tuple[str, str]]) -> None:
    assert libraries_apart(surfaces(*names), None) == apart


def test_the_lexicon_may_say_what_the_name_is() -> None:
    lexicon = default_lexicon()
    assert libraries_apart(surfaces("LoRA", "LoRA 库"), lexicon) == [("lora库", "lora")]
    assert libraries_apart(surfaces("FAISS", "FAISS 库"), lexicon) == []  # is a tool


@pytest.fixture(params=[True, False], ids=["lexicon", "no lexicon"])
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> GraphSnapshot:
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    return build(tmp_path, workers=1, lexicon=request.param).snapshot


def the_one(graph: GraphSnapshot, name: str) -> Concept:
    (found,) = [c for c in graph.concepts if name in c.names]
    return found


def test_their_places_are_divided(graph: GraphSnapshot) -> None:
    method = the_one(graph, "PEFT")
    assert "参数高效微调" in method.names
    assert "PEFT 库" not in method.names
    assert not any("库" in m.form for m in method.mentions if m.line != 7)
    assert "FAISS 库" in the_one(graph, "FAISS").names
    library = [c for c in graph.concepts if "PEFT 库" in c.names]
    assert len(library) <= 1
    for concept in library:
        assert {m.line for m in concept.mentions} == {7}


def test_the_names_of_one_library_are_one(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(
        NOTES + "\nThe PEFT library is by Hugging Face. Install the PEFT library with pip.\n", encoding="utf-8"
    )
    found = build(tmp_path, workers=1, lexicon=False).snapshot
    library = the_one(found, "PEFT library")
    assert set(library.names) == {"PEFT library", "PEFT 库"}
    assert library.id != the_one(found, "PEFT").id
