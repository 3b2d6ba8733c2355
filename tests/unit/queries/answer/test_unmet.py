"""What the notes say of something else, and names with another number, are refused; what is said in two steps is not."""

from __future__ import annotations

import pytest

from extract import extract_text
from graph.stores.memory import MemoryStore
from queries.answer.ask import answer_question
from queries.answer.scope import goes_over_steps
from queries.question.model import Answer

NOTE = """\
# 桥梁 Bridges

## Stone bridges

The **Anji Bridge** is a stone bridge in Hebei. Li Chun designed the Anji Bridge. The span of the Anji Bridge is 37 m.
**Li Chun** was a mason of the Sui dynasty. He taught many pupils.

## Ferries

The **ferry** was abolished in 1950. A **ferry** weighs 40 tons and carries carts.

## Standards

**BS-5** is a standard for steel bridges. BS-3 and BS-4 were withdrawn. Phase II of **BS-5** covers rivets.

## 名桥

**四大名桥**包括安济桥和卢沟桥。第一次大修在明朝，由工部主持。《桥梁志》记录了**卢沟桥**的石狮。
**卢沟桥**在清朝被重修。

## 浮桥

**浮桥**被洪水冲毁。
"""


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return MemoryStore(extract_text(NOTE, name="bridges.md"))


def asked(store: MemoryStore, question: str) -> Answer:
    return answer_question(store, question)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("Who abolished the Anji Bridge?", "abolished"),
        ("卢沟桥是谁冲毁的？", "冲毁"),
        ("What does BS-9 cover?", "BS-9"),
        ("What is phase IV of BS-5 about?", "IV"),
        ("五大名桥有哪些？", "五"),
        ("第三次大修是谁主持的？", "第三次"),
        ("《桥梁新志》写了什么？", "桥梁新志"),
        ("How heavy is the Anji Bridge?", "weight"),
    ],
)
def test_what_is_said_of_something_else_is_refused(store: MemoryStore, question: str, missing: str) -> None:
    answer = asked(store, question)
    assert not answer.answered, answer.answer
    assert missing in answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "Who designed the Anji Bridge?",
        "What is the span of the Anji Bridge?",
        "What does BS-5 cover?",
        "What happened to BS-4?",
        "How heavy is a ferry?",
        "四大名桥有哪些？",
        "第一次大修是谁主持的？",
        "《桥梁志》记录了什么？",
        "Whom did the designer of the Anji Bridge teach?",
        "At which place can you find the Anji Bridge?",
        "When did the dynasty of the Anji Bridge's designer end?",
    ],
)
def test_what_the_notes_say_is_answered(store: MemoryStore, question: str) -> None:
    assert asked(store, question).answered, asked(store, question).answer


def test_a_refusal_cites_the_nearest_line(store: MemoryStore) -> None:
    answer = asked(store, "Who abolished the Anji Bridge?")
    (citation,) = answer.citations
    assert citation.line == 5
    assert citation.quote.startswith("The Anji Bridge is a stone bridge in Hebei.")
    assert "[1]" in answer.answer


@pytest.mark.parametrize(
    ("question", "steps"),
    [
        ("盐路的导演出生于哪里？", True),
        ("Where was the director of Metropolis born?", True),
        ("Who painted the wall that divides Berlin?", True),
        ("When was the university Ada Rowe attended founded?", True),
        ("What language is used by the person after whom the lectures are named?", True),
        ("What is the plot of Metropolis?", False),
        ("When was the programming language Python created?", False),
        ("Why does the optimizer Adam converge faster?", False),
        ("LoRA 的秩是多少？", False),
        ("KTO 是哪一年提出的？", False),
    ],
)
def test_a_question_over_two_steps_is_told_by_its_wording(question: str, steps: bool) -> None:
    assert goes_over_steps(question) is steps


@pytest.mark.parametrize(
    ("question", "cited"),
    [("Which ×× banned the Anji Bridge?", "Anji Bridge"), ("What is the ×÷ of the ferry?", "ferry was abolished")],
)
def test_signs_that_are_no_word_do_not_end_a_question(store: MemoryStore, question: str, cited: str) -> None:
    assert cited in answer_question(store, question).answer
