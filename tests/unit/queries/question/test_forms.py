from __future__ import annotations

import pytest

from queries.question.forms import form_of, parts
from queries.question.model import Form, Plan, QuestionKind


def asked(question: str, kind: QuestionKind = QuestionKind.MULTI_HOP) -> list[tuple[str, str]]:
    return [(question[p.start : p.end], p.form.value) for p in parts(Plan(question, "", kind, (), (), ""))]


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("为什么要揉面？", Form.REASON),
        ("Why does the dough rest?", Form.REASON),
        ("酵种怎么养？", Form.METHOD),
        ("How do you steam milk?", Form.METHOD),
        ("一炉烤几个？", Form.NUMBER),
        ("How many grams of coffee are in a cup?", Form.NUMBER),
        ("法棍是哪一年出现的？", Form.WHEN),
        ("When was the espresso invented?", Form.WHEN),
        ("意式咖啡机是谁发明的？", Form.WHO),
        ("Who invented the machine?", Form.WHO),
        ("法棍的缺点有哪些？", Form.LIST),
        ("List the kinds of flour.", Form.LIST),
        ("法棍的温度是什么", Form.ATTRIBUTE),
        ("What is the optimum pH of pepsin?", Form.ATTRIBUTE),
        ("法棍的含义是什么", Form.DEFINITION),
        ("训练效率如何", Form.DEFINITION),
    ],
)
def test_the_form_is_recognised_by_how_one_asks(question: str, form: Form) -> None:
    assert form_of(question, QuestionKind.DEFINITION) is form


def test_a_double_question_has_two_parts() -> None:
    assert asked("酵母是什么，怎么养它？") == [("酵母是什么", "definition"), ("怎么养它", "method")]
    assert asked("What is crema and why does it form?") == [
        ("What is crema", "definition"),
        ("why does it form", "reason"),
    ]


def test_a_clause_that_asks_nothing_belongs_to_the_next() -> None:
    question = "面团放了一夜，酵母会怎样变化，味道有什么不同？"
    assert [text for text, _ in asked(question)] == ["面团放了一夜，酵母会怎样变化", "味道有什么不同"]


def test_the_parts_cover_a_question_of_any_number_of_clauses() -> None:
    found = asked("谁做的？怎么做？为什么？多少钱？")
    assert [text for text, _ in found] == ["谁做的", "怎么做", "为什么？多少钱"]


@pytest.mark.parametrize("kind", [QuestionKind.COMPARE, QuestionKind.STUDY_PATH, QuestionKind.GLOBAL])
def test_a_kind_with_a_form_of_its_own_is_not_divided(kind: QuestionKind) -> None:
    assert len(asked("A 和 B 有什么区别，哪个更好？", kind)) == 1


def test_no_question_is_one_part() -> None:
    assert asked("") == [("", "fact")]
