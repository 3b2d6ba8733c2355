from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.question.link import VECTOR_LEAST, Names, link
from queries.question.model import LinkMethod

PAIRS = [
    ("RAG", "rag"),
    ("Retrieval-Augmented Generation", "rag"),
    ("检索增强生成", "rag"),
    ("self-attention", "selfattention"),
    ("自注意力", "selfattention"),
    ("注意力", "attention"),
    ("transformer", "transformer"),
    ("GPT-3", "gpt3"),
    ("C++", "c++"),
]
TITLES = [
    ("rag", "RAG"),
    ("selfattention", "self-attention"),
    ("attention", "注意力"),
    ("transformer", "transformer"),
    ("gpt3", "GPT-3"),
    ("c++", "C++"),
]


@pytest.fixture(scope="module")
def names() -> Names:
    return Names.from_pairs(PAIRS, titles=TITLES)


def forms(names: Names, text: str) -> list[tuple[str, str]]:
    return [(text[o.start : o.end], o.concept) for o in names.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RAG 和 Transformers 的关系", [("RAG", "rag"), ("Transformers", "transformer")]),
        ("storage engines", []),
        ("什么是自注意力？", [("自注意力", "selfattention")]),
        ("注意力与 Self Attention", [("注意力", "attention"), ("Self Attention", "selfattention")]),
        ("ＲＡＧ 是什么", [("ＲＡＧ", "rag")]),
        ("retrieval augmented generation explained", [("retrieval augmented generation", "rag")]),
        ("C++ or C", [("C++", "c++")]),
    ],
)
def test_names_are_found_as_whole_words_longest_first(names: Names, text: str, expected: list[tuple[str, str]]) -> None:
    assert forms(names, text) == expected


def test_exact_alias_and_offsets(names: Names) -> None:
    question = "How does 检索增强生成 differ from GPT-3?"
    found = link(names, question)
    assert [(k.concept, k.method) for k in found] == [("rag", LinkMethod.ALIAS), ("gpt3", LinkMethod.EXACT)]
    assert all(question[k.start : k.start + len(k.form)] == k.form for k in found)


@pytest.mark.parametrize("word", ["transfomer", "tranformer", "transformre"])
def test_a_typo_is_forgiven(names: Names, word: str) -> None:
    (found,) = link(names, f"what is a {word}?")
    assert (found.concept, found.method) == ("transformer", LinkMethod.FUZZY)
    assert 0.8 <= found.score < 1


def test_a_wrong_number_is_another_thing(names: Names) -> None:
    assert link(names, "what is GPT-4?") == ()


def test_words_of_the_notes_are_not_taken_for_typos(names: Names) -> None:
    assert link(names, "what does it transform?", known_words={"transform"}) == ()


def test_vectors_only_where_no_name_is_found(names: Names) -> None:
    near = [("rag", VECTOR_LEAST + 0.1), ("transformer", VECTOR_LEAST - 0.1)]
    assert [(k.concept, k.start, k.method) for k in link(names, "search, then write", similar=near)] == [
        ("rag", -1, LinkMethod.VECTOR)
    ]
    assert [k.concept for k in link(names, "transformer, then write", similar=near)] == ["transformer"]


def test_each_concept_once(names: Names) -> None:
    assert [k.concept for k in link(names, "RAG（检索增强生成）和 RAG")] == ["rag"]


def test_the_one_that_is_called_so_wins_over_the_one_also_called_so() -> None:
    names = Names.from_pairs(
        [("PEFT", "library"), ("PEFT", "method"), ("peft-lib", "library")],
        titles=[("library", "peft-lib"), ("method", "PEFT")],
    )
    assert [o.concept for o in names.find("PEFT")] == ["method"]


def test_no_names_at_all() -> None:
    assert link(Names.from_pairs([], titles=[]), "anything") == ()


@given(st.text(max_size=40))
def test_any_text_can_be_searched(text: str) -> None:
    names = Names.from_pairs(PAIRS, titles=TITLES)
    found = names.find(text)
    assert all(0 <= o.start < o.end <= len(text) for o in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
