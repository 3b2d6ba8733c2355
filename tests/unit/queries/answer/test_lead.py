"""Which lines lead an answer, by notes of subjects that no rule was written for."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract import build, extract_text
from graph.stores.memory import MemoryStore
from queries.answer.answerer import Answerer
from queries.question.forms import parts
from queries.question.model import Answer

ENZYMES = """# Enzymes

An enzyme is a protein that speeds up a reaction. Pepsin is an enzyme that works in the stomach.
Pepsin breaks down proteins.

The optimum pH of pepsin is 2. The optimum pH of trypsin is 8.

Insulin is a hormone made by the pancreas. Insulin lowers blood sugar.
"""

SAILING = """# 帆船笔记

## 帆

什么是三角帆？
三角帆（jib）挂在桅杆前面，用来改善逆风时的气流。

- 讨论三角帆和主帆的配合，并解释它们的分工。

为了避免侧翻，水手在强风中要缩帆。缩帆的步骤如下：

1. 把船头转向风。
2. 松开主帆索。
3. 降下一部分主帆，绑好缩帆带。

## 龙骨

常见的龙骨有以下类型：

- 鳍形龙骨：阻力小，转向灵活。
- 长龙骨：航向稳定。
- 摆动龙骨：可以收起，适合浅水。

## 单体船和双体船

| 方面 | 单体船 | 双体船 |
|---|---|---|
| 稳定性 | 会倾斜，但不易翻覆 | 平稳，翻覆后难以扶正 |
| 吃水 | 深 | 浅 |

## 压载

水手长在压载舱里装水。压载让船在强风中更稳，压载水靠泵排出，港口要求先处理压载水。

```python
ballast.fill(tank=2)  # 压载
```
"""


def told(text: str, question: str) -> Answer:
    return Answerer.from_store(MemoryStore(extract_text(text))).ask(question)


def first(answer: Answer) -> str:
    return answer.lead.split("\n")[0].removeprefix("- ")


def test_the_attribute_of_an_entity_is_told_by_the_line_with_both() -> None:
    answer = told(ENZYMES, "What is the optimum pH of pepsin?")
    assert first(answer).startswith("The optimum pH of pepsin is 2.")


def test_a_definition_leads_and_nothing_is_put_before_it() -> None:
    assert first(told(SAILING, "三角帆是什么？")).startswith("三角帆（jib）挂在桅杆前面")
    assert first(told(ENZYMES, "What is pepsin?")).startswith(
        "An enzyme is a protein"
    ) or "Pepsin is an enzyme" in first(told(ENZYMES, "What is pepsin?"))


def test_what_no_line_defines_is_explained_and_said_to_be() -> None:
    answer = told(SAILING, "什么是压载？")
    assert answer.lead.startswith("笔记没有给出 压载")
    assert "压载让船在强风中更稳" in answer.lead
    assert 1 <= answer.lead.count("\n- ") <= 3


def test_a_double_question_is_answered_part_by_part() -> None:
    answer = told(SAILING, "三角帆是什么，为什么要缩帆？")
    assert "挂在桅杆前面" in answer.lead
    assert "为了避免侧翻" in answer.lead


@pytest.mark.parametrize("question", ["三角帆是什么？", "三角帆和主帆有什么关系？", "怎么缩帆？", "三角帆有什么作用？"])
def test_neither_a_question_nor_a_task_is_quoted(question: str) -> None:
    answer = told(SAILING, question)
    assert answer.answered
    assert "什么是三角帆" not in answer.answer
    assert "讨论三角帆" not in answer.answer


def test_a_reason_and_the_steps_of_a_method_lead() -> None:
    assert "为了避免侧翻" in first(told(SAILING, "为什么要缩帆？"))
    assert "松开主帆索" in told(SAILING, "怎么缩帆？").lead


def test_all_members_of_a_list_and_nothing_else_lead() -> None:
    lines = told(SAILING, "龙骨有哪些类型？").lead.split("\n")
    assert [line.split("：")[0] for line in lines] == ["- 鳍形龙骨", "- 长龙骨", "- 摆动龙骨"]


def test_a_comparison_is_one_table_of_criteria() -> None:
    lines = told(SAILING, "单体船和双体船有什么区别？").lead.split("\n")
    assert [line.removeprefix("- ") for line in lines[-2:]] == [
        "稳定性：单体船 会倾斜，但不易翻覆；双体船 平稳，翻覆后难以扶正 [1]",
        "吃水：单体船 深；双体船 浅 [2]",
    ]


@pytest.mark.parametrize("question", ["什么是压载？", "龙骨有哪些类型？", "单体船和双体船有什么区别？", "帆是什么？"])
def test_no_heading_header_or_lead_in_is_quoted_alone(question: str) -> None:
    answer = told(SAILING, question)
    for citation in answer.citations:
        lines = citation.quote.split("\n")
        assert lines != ["方面 | 单体船 | 双体船"]
        assert len(lines) > 1 or not lines[0].endswith(("：", ":"))
        assert len(lines) > 1 or lines[0] not in ("龙骨", "帆", "压载", "单体船和双体船")


def test_code_leads_no_answer_and_is_marked_as_code() -> None:
    answer = told(SAILING, "什么是压载？")
    assert "ballast.fill" not in answer.lead
    assert "ballast.fill" not in answer.more or "`ballast.fill" in answer.more


def test_what_several_notes_say_word_for_word_is_quoted_once(tmp_path: Path) -> None:
    line = "压载水（ballast water）是装进船舱里让船更稳的水。"
    (tmp_path / "a.md").write_text(f"# 压载\n\n{line}\n", encoding="utf-8")
    (tmp_path / "b.md").write_text(f"# 港口\n\n港口检查船只。\n\n{line}\n", encoding="utf-8")
    answer = Answerer.from_store(MemoryStore(build(tmp_path, workers=1).snapshot)).ask("什么是压载水？")
    assert answer.answer.count(line) == 1
    assert "（另见 b.md:5）" in answer.lead or "（另见 a.md:3）" in answer.lead


def test_more_is_the_end_of_the_answer() -> None:
    answer = told(SAILING, "三角帆是什么？")
    assert answer.answer == (f"{answer.lead}\n{answer.more}" if answer.more else answer.lead)


BREAD = """# Bread

## Sourdough

Means a dough that rises with wild yeast. It keeps for a week.

## Levain

Levain is a dough that is kept alive with flour and water. It is fed twice a day with rye.

## Rye

Rye is a grain. Its bran holds the yeast that feeds on sugar. Rye is grown in cold countries.

## Oven

An oven is fed with wood. Brick stores heat.
"""


def test_a_definition_may_have_its_subject_in_the_heading_above() -> None:
    lead = told(BREAD, "What is sourdough?").lead
    assert "Means a dough that rises with wild yeast." in lead.split("\n")[0]
    assert "do not define" not in lead


def test_a_later_part_is_about_the_same_thing_or_left_to_the_line_that_says_both() -> None:
    lead = told(BREAD, "What is levain, and what is it fed with?").lead
    assert "fed twice a day with rye" in lead
    assert "oven" not in lead.lower()


def test_parts_that_only_name_things_are_asked_with_what_is_asked_of_them() -> None:
    answer = told(BREAD, "Which grain and which bran does rye bread need?")
    assert answer.plan is not None
    assert len(parts(answer.plan)) == 1
    answer = told(BREAD, "Which grain is rye, and which countries is it grown in?")
    assert answer.plan is not None
    assert len(parts(answer.plan)) == 2


PLAN = """# Sailing course

## Knots

Prerequisites: rope and loop.

A knot holds a rope. The bowline is a knot.

## Reefing

To understand reefing, learn knots and sail trim first.

Reefing is a way to make a sail smaller. Sail trim is how a sail meets the wind.

## Heavy weather

先理解绳结，再学缩帆，最后学大风航行。大风航行是在强风中驾船。绳结是把绳子系住的方法。缩帆是把帆变小的做法。
"""


def test_a_line_that_states_what_to_learn_first_goes_before_what_we_put_together() -> None:
    assert first(told(PLAN, "What should I learn before reefing?")).startswith("To understand reefing, learn knots")


def test_a_list_of_prerequisites_is_about_its_own_section_and_not_about_what_it_names() -> None:
    assert first(told(PLAN, "What do I need to know before loop?")) != "Prerequisites: rope and loop. [1]"


def test_the_steps_of_a_path_are_those_that_a_line_of_the_notes_states() -> None:
    assert first(told(PLAN, "从绳结怎么一步步学到大风航行？")).startswith("先理解绳结，再学缩帆")


def test_the_trace_tells_the_words_the_scores_and_what_leads() -> None:
    answer = told(ENZYMES, "What is the optimum pH of pepsin?")
    assert sum(weight for _, weight in answer.trace.words) == pytest.approx(1.0, abs=0.01)
    assert [line.n for line in answer.trace.lines] == [c.n for c in answer.citations]
    assert answer.trace.lines[0].leads
    assert max(line.own + line.led for line in answer.trace.lines) == pytest.approx(1.0, abs=0.01)
    refused = told(ENZYMES, "What is the boiling point of mercury?")
    assert not refused.answered
    assert refused.trace.refused
    assert refused.trace.lines == ()


def test_a_line_that_calls_something_by_the_name_defines_it() -> None:
    text = "# Sailing\n\nThe sideways slip of a boat in the wind is referred to as leeway.\n\nLeeway costs time.\n"
    answer = told(text, "What is leeway?")
    assert answer.lead.startswith("The sideways slip of a boat")
    assert "do not define" not in answer.lead


def test_a_comparison_is_not_said_of_a_word_that_is_only_like_a_side() -> None:
    text = (
        "# Trade\n\n**Demanders** are those who wish to buy. A change in demand is a shift of the curve.\n\n"
        "A change in quantity demanded is a movement along the curve.\n"
    )
    answer = told(text, "Compare a change in demand and a change in quantity demanded")
    assert "emanders:" not in answer.lead.split("\n")[0]
    assert "a movement along the curve" in answer.lead


def test_how_many_days_asks_for_a_number() -> None:
    answer = told("# 发酵\n\n酸面团是一种老面。\n\n酸面团至少发酵 3 天。\n", "酸面团至少发酵几天？")
    assert [p.form.value for p in parts(answer.plan)] == ["number"]
    assert "3 天" in first(answer)


def test_the_parts_of_one_thing_are_not_told_as_those_of_another() -> None:
    text = (
        "# 帆船\n\n## 桅杆\n\n桅杆的关键组成部分由三大部分构成：杆身部分、横桁部分和索具部分。\n\n"
        "桅杆是一种支撑帆的结构，每个部分都由木材组成。\n\n"
        "## 风向标\n\n风向标用于指示风向，先看箭头，再看尾翼。\n\n风向标是一种装在船顶的仪器。\n"
    )
    assert "桅杆" not in told(text, "风向标有哪些组成部分？").lead
    assert "桅杆的关键组成部分" in told(text, "桅杆有哪些组成部分？").lead
