"""Lists that are asked for, by notes of subjects that no rule was written for."""

from __future__ import annotations

import pytest

from extract import extract_text
from graph.stores.memory import MemoryStore
from queries.answer.answerer import Answerer
from queries.answer.lists import list_members
from queries.question.model import Answer

GARDEN = """# Garden

## Soil

Soil decides what grows.

### Improving clay

- Compost: mix a spade's depth of it in every autumn.
- Sharp sand: only where water stands in winter.
    - Never use sand from a beach.
- Lime: raises the pH and binds fine particles.

Clay warms slowly in spring.

## Mulches

| mulch | lasts | keeps weeds down |
|---|---|---|
| bark chips | three years | well |
| straw | one season | fairly |
| gravel | for ever | well |

## Substitutes for peat

Is there anything better than peat?

Coir is made of the husks of coconuts. It holds water well.

Leaf mould is made of leaves that rot for two years. It costs nothing.

## Why hedges die

- Drought: the roots dry out in August.
- Honey fungus: it spreads under the bark.
"""

TEA = """# 茶

## 茶的分类

六大茶类按发酵程度可以细分：

- 绿茶：不发酵，例如龙井。
- 乌龙茶：半发酵，例如铁观音。
- 红茶：全发酵，例如祁门红茶。

## 泡茶

### 泡茶的步骤

1. 温壶：用热水烫一遍茶壶。
2. 投茶：放入五克茶叶。
3. 注水：水温看茶而定。

## 茶的缺点

- 空腹喝茶伤胃。
- 睡前喝茶影响睡眠。
"""


def told(text: str, question: str) -> Answer:
    return Answerer.from_store(MemoryStore(extract_text(text))).ask(question)


def members(answer: Answer) -> list[str]:
    return [line.removeprefix("- ") for line in answer.lead.split("\n")]


def beginnings(answer: Answer) -> list[str]:
    return [line.split(":")[0].split("：")[0] for line in members(answer)]


def test_items_are_members_and_items_of_items_are_not() -> None:
    answer = told(GARDEN, "What are the ways of improving clay?")
    assert beginnings(answer) == ["Compost", "Sharp sand", "Lime"]
    assert "beach" not in answer.lead


def test_the_rows_of_a_table_whose_first_column_is_asked_for_are_members() -> None:
    assert beginnings(told(GARDEN, "List the mulches.")) == ["bark chips", "straw", "gravel"]


def test_paragraphs_that_each_begin_with_a_thing_are_members_without_what_introduces_them() -> None:
    lines = members(told(GARDEN, "What are the substitutes for peat?"))
    assert [line.split(" is made")[0] for line in lines] == ["Coir", "Leaf mould"]


def test_what_is_below_a_question_for_reasons_is_no_list_of_the_things_that_it_names() -> None:
    answerer = Answerer.from_store(MemoryStore(extract_text(GARDEN)))
    plan = answerer.ask("Which kinds of hedges are there?").plan
    why = answerer.ask("Which causes of hedges that die are there?").plan
    assert plan is not None
    assert why is not None
    assert list_members(answerer.engine, plan) == []
    assert len(list_members(answerer.engine, why)) == 2


def test_a_lead_in_may_leave_the_word_for_kinds_to_its_colon() -> None:
    assert beginnings(told(TEA, "六大茶类有哪些类型？")) == ["绿茶", "乌龙茶", "红茶"]


def test_the_steps_of_a_method_are_a_list() -> None:
    assert beginnings(told(TEA, "泡茶有什么步骤？")) == ["温壶", "投茶", "注水"]


@pytest.mark.parametrize("question", ["茶有哪些缺点？", "茶存在哪些缺点？"])
def test_a_list_is_told_whether_or_not_the_question_is_worded_like_one_for_an_overview(question: str) -> None:
    assert members(told(TEA, question)) == ["空腹喝茶伤胃。 [1]", "睡前喝茶影响睡眠。 [2]"]


def test_the_concepts_of_the_members_are_those_that_answer() -> None:
    answer = told(TEA, "六大茶类有哪些类型？")
    assert set(answer.concepts[:3]) <= {"绿茶", "乌龙茶", "红茶"}
    assert answer.concepts
