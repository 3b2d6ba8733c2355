"""A thing and its attribute must meet in the notes; where they don't, the question is refused in clear words."""

from __future__ import annotations

import pytest

from extract import extract_text
from graph.stores.memory import MemoryStore
from queries.answer.ask import answer_question
from queries.answer.attributes import asked_attribute

NOTE = """\
# Headache

## Migraine

**Migraine** is a recurring headache on one side of the head. Migraine often comes with nausea.
A migraine lasts between 4 and 72 hours. **Aura** is a symptom of migraine.

## Tension headache

A **tension headache** is a dull headache on both sides. The **treatment** of a tension headache is rest.
The **dosage** of **ibuprofen** is 400 mg. Ibuprofen is a painkiller.

## Cluster headache

A **cluster headache** has three phases. The treatment of a cluster headache is **oxygen**.
"""


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return MemoryStore(extract_text(NOTE, name="headache.md"))


@pytest.mark.parametrize(
    ("question", "owner", "attribute", "number"),
    [
        ("How many legs does a spider have?", "a spider", "legs", True),
        ("What is the treatment of migraine?", "migraine", "treatment", False),
        ("Which tokenizer does BERT use?", "BERT", "tokenizer", False),
        ("How does GPTQ handle outliers?", "GPTQ", "outliers", False),
        ("LoRA 的秩一般取多少？", "LoRA", "秩", True),
        ("MMLU 包含多少个学科？", "MMLU", "学科", True),
        ("T5 用什么分词器？", "T5", "分词器", False),
        ("DPO 的变体有哪些？", "DPO", "变体", False),
    ],
)
def test_the_wording_tells_the_thing_and_its_attribute(question: str, owner: str, attribute: str, number: bool) -> None:
    found = asked_attribute(question)
    assert found is not None
    assert (question[slice(*found.owner)], question[slice(*found.attribute)]) == (owner, attribute)
    assert found.number is number


@pytest.mark.parametrize("question", ["What is migraine?", "Compare migraine and aura", "为什么会头痛？"])
def test_other_questions_ask_for_no_attribute(question: str) -> None:
    assert asked_attribute(question) is None


def test_what_never_meets_is_refused_and_both_sides_are_told(store: MemoryStore) -> None:
    answer = answer_question(store, "What is the treatment of migraine?")
    assert not answer.answered
    assert "mention migraine, but nothing about its “treatment”".lower() in answer.answer.lower()
    assert "headache on one side of the head" in answer.answer
    assert "headache" in answer.answer.split("They speak of “treatment” only with")[1]


@pytest.mark.parametrize(
    "question",
    [
        "What is the treatment of a tension headache?",
        "What is the dosage of ibuprofen?",
        "How many phases does a cluster headache have?",
        "What is the purpose of ibuprofen?",
    ],
)
def test_what_meets_or_is_asked_in_general_words_is_answered(store: MemoryStore, question: str) -> None:
    assert answer_question(store, question).answered


def test_a_number_must_be_told(store: MemoryStore) -> None:
    answer = answer_question(store, "How many sides does a tension headache have?")
    assert answer.answered  # "both"
    answer = answer_question(store, "How many hours does ibuprofen need?")
    assert not answer.answered


def test_markup_is_refused(store: MemoryStore) -> None:
    answer = answer_question(store, "<script>alert('migraine')</script>")
    assert not answer.answered
    assert answer.answer == "This is markup or code, not a question. Ask in a sentence."
