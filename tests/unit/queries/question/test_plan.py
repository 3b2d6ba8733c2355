from __future__ import annotations

import pytest

from queries.question.asked_things import asked_objects
from queries.question.link import Names
from queries.question.model import QuestionKind as Kind
from queries.question.plan import make_plan, question_kind
from queries.question.words import content, language, stem_latin, tokens

QUESTIONS = [
    ("什么是发酵？", Kind.DEFINITION),
    ("酵母是什么意思", Kind.DEFINITION),
    ("介绍一下法棍", Kind.DEFINITION),
    ("法棍", Kind.DEFINITION),
    ("What is an espresso?", Kind.DEFINITION),
    ("Define extraction.", Kind.DEFINITION),
    ("What does crema mean?", Kind.DEFINITION),
    ("酵母和发酵有什么关系？", Kind.RELATION),
    ("How is crema related to espresso?", Kind.RELATION),
    ("温度对发酵有什么影响？", Kind.RELATION),
    ("天然酵种和商业酵母有什么区别？", Kind.COMPARE),
    ("espresso vs cappuccino", Kind.COMPARE),
    ("What is the difference between espresso and filter coffee?", Kind.COMPARE),
    ("手冲比意式好在哪？", Kind.COMPARE),
    ("做法棍之前需要先了解什么？", Kind.PREREQUISITES),
    ("What should I understand before I study espresso?", Kind.PREREQUISITES),
    ("法棍的前置知识有哪些", Kind.PREREQUISITES),
    ("从酵母怎么一步步学到法棍？", Kind.STUDY_PATH),
    ("How do I get from extraction to cappuccino?", Kind.STUDY_PATH),
    ("In which order should I study these?", Kind.STUDY_PATH),
    ("我想学会烘焙，应该先学什么后学什么", Kind.STUDY_PATH),
    ("这份笔记讲了哪些主题？", Kind.GLOBAL),
    ("What topics do the notes cover?", Kind.GLOBAL),
    ("总结一下这些笔记", Kind.GLOBAL),
    ("法棍用的酵种里含有哪种细菌，它产生什么？", Kind.MULTI_HOP),
    ("Which drink is based on the coffee that has crema, and what is added to it?", Kind.MULTI_HOP),
    ("为什么要揉面？", Kind.MULTI_HOP),
]


@pytest.mark.parametrize(("question", "kind"), QUESTIONS)
def test_the_kind_is_recognised_by_how_one_asks(question: str, kind: Kind) -> None:
    assert question_kind(question)[0] is kind


def test_a_sign_in_a_later_clause_is_one_hop_of_several() -> None:
    kind, why = question_kind("法棍用的酵种叫什么？它和商业酵母有什么不同？")
    assert (kind, why) == (Kind.MULTI_HOP, "difference, after another question")


def test_where_to_look_is_no_part_of_what_is_asked() -> None:
    assert question_kind("What is crema according to these notes?")[0] is Kind.DEFINITION


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("what is LoRA", "en"),
        ("LoRA 是什么", "zh"),
        ("How is a frame (帧) related to a packet?", "en"),
        ("Transformer 和 RNN 对比", "zh"),
        ("LoRA vs QLoRA", "en"),
    ],
)
def test_language_of_the_answer(text: str, lang: str) -> None:
    assert language(text) == lang


def test_plan_holds_links_missing_words_and_the_reason() -> None:
    names = Names.from_pairs(
        [("酵母", "yeast"), ("法棍", "baguette")], titles=[("yeast", "酵母"), ("baguette", "法棍")]
    )
    plan = make_plan(names, "法棍和可颂有什么区别？", missing=lambda question, links: ["可颂"] if links else [])
    assert plan.kind is Kind.COMPARE
    assert plan.lang == "zh"
    assert [k.concept for k in plan.links] == ["baguette"]
    assert plan.unknown == ("可颂",)
    assert plan.why == "difference"


def test_content_keeps_words_whole() -> None:
    assert content("什么是数据一致性？").split() == ["数据一致性?"]
    assert content("What is the purpose of crema?").split() == ["purpose", "crema?"]


def test_content_keeps_names_that_look_like_function_words() -> None:
    assert "Call" in content("how a Function Call works")


def test_tokens_meet_across_endings_and_neighbouring_characters() -> None:
    assert stem_latin("embeddings") == stem_latin("embedding") == "embed"
    assert stem_latin("GPT-4".lower()) == "gpt-4"
    assert tokens("注意力") == ["注意", "意力"]
    assert tokens("帧") == ["帧"]
    assert tokens("") == []


@pytest.mark.parametrize(
    ("question", "objects"),
    [
        ("什么是天然酵种？", ["天然酵种"]),
        ("酵母（yeast）是什么意思？", ["酵母"]),
        ("What is an espresso and who drinks it?", ["espresso"]),
        ("发酵和温度之间是什么关系？", ["发酵", "温度"]),
        ("How is crema related to the pressure of the machine?", ["crema", "pressure of the machine"]),
        ("Compare filter coffee with espresso.", ["filter coffee", "espresso"]),
        ("从酵母怎么一步步学到法棍？", ["酵母", "法棍"]),
        ("What should I know before I study latte art?", ["latte art"]),
        ("学习摘要之前要先了解什么？", ["摘要"]),
        ("为什么要揉面，揉多久？", []),
    ],
)
def test_what_a_question_asks_about(question: str, objects: list[str]) -> None:
    assert [a.text for a in asked_objects(question, question_kind(question)[0])] == objects


def test_a_gloss_is_another_name_of_the_object() -> None:
    (asked,) = asked_objects("酵母（yeast）是什么意思？", Kind.DEFINITION)
    assert asked.glosses == ("yeast",)
