"""Notes in Traditional and Simplified characters.

One concept for each thing, and questions in the other variety find it.
"""

from __future__ import annotations

import pytest

from extract.pipeline import build
from extract.text.segment import tokenize
from graph.model import GraphSnapshot
from graph.stores.checks import checked
from graph.stores.memory import MemoryStore
from queries.question.link import Names
from queries.question.plan import make_plan

NOTES = {
    "1-簡介.md": """# 機器學習

**機器學習**（Machine Learning, ML）是人工智慧的一個分支，它從資料中學習規律。機器學習的方法包括監督學習與強化學習。

## 監督學習

監督學習是一種機器學習方法，它用帶標籤的資料訓練模型。神經網路常用於監督學習。

## 強化學習

強化學習是一種機器學習方法，智能體透過獎勵學習策略。
""",
    "2-笔记.md": """# 强化学习

**强化学习**是机器学习的一种方法，智能体通过奖励学习策略。强化学习的核心是策略梯度。

## 策略梯度

策略梯度是一种强化学习方法，它直接优化策略。机器学习课程里常讲策略梯度。
""",
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> GraphSnapshot:
    folder = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return checked(build(folder, workers=1).snapshot)


@pytest.mark.parametrize(("traditional", "same"), [("強化學習", "强化学习"), ("機器學習", "机器学习")])
def test_both_varieties_are_one_concept_with_both_names(graph: GraphSnapshot, traditional: str, same: str) -> None:
    owners = [c for c in graph.concepts if {traditional, same} & set(c.names)]
    assert len(owners) == 1
    assert {traditional, same} <= set(owners[0].names)
    assert {m.doc for m in owners[0].mentions} == set(NOTES)
    assert {m.form for m in owners[0].mentions} >= {traditional, same}
    assert any(m.reason == "spelling" and {m.kept, m.merged} == {traditional, same} for m in graph.merges)


def test_what_is_shown_is_the_variety_that_the_notes_use_more(graph: GraphSnapshot) -> None:
    shown = {c.id: c.name for c in graph.concepts}
    assert shown["强化学习"] == "强化学习"  # four times, against three
    assert shown["机器学习"] == "機器學習"  # four times, against two


@pytest.mark.parametrize(
    ("question", "concept"),
    [
        ("監督學習是什麼？", "监督学习"),
        ("监督学习是什么？", "监督学习"),
        ("什麼是策略梯度？", "策略梯度"),
        ("機器學習", "机器学习"),
    ],
)
def test_a_question_in_either_variety_finds_the_concept(graph: GraphSnapshot, question: str, concept: str) -> None:
    names = Names.from_pairs(
        [(name, c.id) for c in graph.concepts for name in c.names], titles=[(c.id, c.name) for c in graph.concepts]
    )
    found = names.find(question)
    assert concept in {occurrence.concept for occurrence in found}
    assert all(question[o.start : o.end] for o in found)


@pytest.mark.parametrize(
    ("traditional", "same"),
    [
        ("什麼是監督學習？", "什么是监督学习？"),
        ("監督學習和強化學習有什麼區別？", "监督学习和强化学习有什么区别？"),
        ("學習策略梯度之前要先學什麼？", "学习策略梯度之前要先学什么？"),
        ("監督學習和神經網路有什麼關係？", "监督学习和神经网路有什么关系？"),
    ],
)
def test_questions_are_understood_alike_in_both(graph: GraphSnapshot, traditional: str, same: str) -> None:
    names = Names.from_pairs(
        [(name, c.id) for c in graph.concepts for name in c.names], titles=[(c.id, c.name) for c in graph.concepts]
    )
    one, other = make_plan(names, traditional), make_plan(names, same)
    assert one.question == traditional
    assert (one.kind, [(k.concept, k.start) for k in one.links]) == (
        other.kind,
        [(k.concept, k.start) for k in other.links],
    )
    assert one.links


def test_traditional_text_is_cut_and_read_like_simplified_text() -> None:
    traditional, same = (
        "監督學習是一種機器學習方法，它用帶標籤的資料訓練模型。",
        "监督学习是一种机器学习方法，它用带标签的资料训练模型。",
    )
    assert tokenize(traditional) == tokenize(same)


def test_full_text_search_finds_either_variety(graph: GraphSnapshot) -> None:
    store = MemoryStore(graph)
    assert (
        {hit.passage.doc for hit in store.search("策略 獎勵")}
        == {hit.passage.doc for hit in store.search("策略 奖励")}
        == set(NOTES)
    )
    assert store.concept("監督學習") == store.concept("监督学习")
