from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model import LineKind, Passage
from queries.question.plan import make_plan
from queries.retrieval.bm25 import K1, B, TokenIndex
from queries.retrieval.lines import Line, read_lines
from queries.retrieval.retriever import Options, Ranking, Retriever, concept_token, defines
from tests.reading import read_passages
from tests.unit.queries.query_notes import BREAD, bread_and_coffee


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return Retriever.from_store(bread_and_coffee())


def ranked(retriever: Retriever, question: str) -> Ranking:
    return retriever.rank(make_plan(retriever.names, question))


def cited(retriever: Retriever, question: str, *, limit: int = 3) -> list[tuple[str, int]]:
    rows = retriever.pick(ranked(retriever, question), limit=limit)
    return [(retriever.lines[r].doc, retriever.lines[r].number) for r in rows]


# ---- lines ---------------------------------------------------------------------------------------------------------


def test_lines_know_their_context() -> None:
    lines = {line.number: line for line in read_lines(bread_and_coffee().passages("bread.md"))}
    assert lines[3].kind is LineKind.HEADING
    assert lines[3].headings == ("面包笔记",)
    assert lines[13].kind is LineKind.ROW
    assert lines[13].text == "风味 | 酸味复杂 | 风味单一"
    assert "天然酵种 | 商业酵母" in lines[13].context
    assert lines[13].headings == ("面包笔记", "天然酵种与商业酵母的区别")
    assert 12 not in lines, "the rule of a table says nothing"


def test_a_forgotten_fence_ends_at_the_next_heading() -> None:
    lines = {line.number: line for line in read_lines(bread_and_coffee().passages("bread.md"))}
    assert BREAD[23] == "dough.rest(hours=12)  # 冷藏发酵"
    assert lines[24].kind is LineKind.CODE
    assert lines[28].kind is LineKind.TEXT


def test_list_items_carry_their_parents_and_what_announces_them() -> None:
    text = "The process has stages:\n\n- mixing\n  - flour first\n- baking\n\nAfter that, rest."
    lines = read_lines(read_passages("a.md", text))
    assert [(line.text, line.context) for line in lines] == [
        ("The process has stages:", ""),
        ("mixing", "The process has stages:"),
        ("flour first", "The process has stages: mixing"),
        ("baking", "The process has stages:"),
        ("After that, rest.", ""),
    ]


def read(*lines: str) -> list[Line]:
    return read_lines(read_passages("a.md", "\n".join(lines)))


def test_a_table_without_a_header_is_headed_by_its_first_row() -> None:
    """Notes that a program exported have a row of empty cells below the header, where a rule should be."""
    lines = read("| 类型 | 静态 | 上下文 |", "|  |  |  |", "| 代表 | GloVe | BERT |", "", "后文。")
    assert [(line.kind, line.context) for line in lines] == [
        (LineKind.HEADER, ""),
        (LineKind.ROW, "类型 | 静态 | 上下文\n"),
        (LineKind.TEXT, ""),
    ]


def test_the_header_of_one_table_does_not_head_the_next() -> None:
    lines = read("| a | b |", "|---|---|", "| 1 | 2 |", "", "| c | d |", "| 3 | 4 |")
    assert [(line.text, line.kind, line.context) for line in lines] == [
        ("a | b", LineKind.HEADER, ""),
        ("1 | 2", LineKind.ROW, "a | b\n"),
        ("c | d", LineKind.HEADER, ""),
        ("3 | 4", LineKind.ROW, "c | d\n"),
    ]


def test_a_short_question_heads_its_answer() -> None:
    lines = read("微调和 RAG 的优劣势？", "微调改变参数。", "", "RAG 改变输入。")
    assert [(line.kind, line.headings) for line in lines] == [
        (LineKind.HEADING, ()),
        (LineKind.TEXT, ("微调和 RAG 的优劣势？",)),
        (LineKind.TEXT, ("微调和 RAG 的优劣势？",)),
    ]


def test_what_says_nothing_is_not_a_line() -> None:
    assert [line.text for line in read("```", "}", "f(x)", "```", "![x](y.png)", "---", "……")] == ["f(x)"]


def test_a_graph_without_lines_is_read_as_it_is_written() -> None:
    """Graphs that were built before lines were kept."""
    lines = read_lines([Passage("a#1", "a", 1, 3, (), "# One\n\n**two**")])
    assert [(line.number, line.kind, line.text) for line in lines] == [
        (1, LineKind.TEXT, "# One"),
        (3, LineKind.TEXT, "**two**"),
    ]


# ---- index ---------------------------------------------------------------------------------------------------------


def slow_bm25(texts: list[dict[str, float]], query: dict[str, float]) -> list[float]:
    """Okapi BM25 written down term by term."""
    n, mean = len(texts), sum(sum(t.values()) for t in texts) / len(texts)
    scores = []
    for text in texts:
        norm = K1 * (1 - B + B * sum(text.values()) / mean)
        score = 0.0
        for token, weight in query.items():
            df = sum(token in t for t in texts)
            if token in text:
                score += weight * log(1 + (n - df + 0.5) / (df + 0.5)) * text[token] * (K1 + 1) / (text[token] + norm)
        scores.append(score)
    return scores


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcde"), st.sampled_from([0.5, 1.0, 2.0]), min_size=1), min_size=1, max_size=8
    ),
    st.dictionaries(st.sampled_from("abcdx"), st.floats(0.1, 2.0), max_size=4),
)
def test_bm25_is_what_the_slow_version_says(texts: list[dict[str, float]], query: dict[str, float]) -> None:
    assert TokenIndex.from_texts(texts).scores(query) == pytest.approx(slow_bm25(texts, query))


def test_coverage_takes_the_surest_token_of_a_group() -> None:
    index = TokenIndex.from_texts([{"a": 2.0}, {"b": 0.5}, {"a": 0.5, "b": 1.0}])
    covered = index.coverage([(("a", 1.0), ("b", 0.7)), (("x", 1.0),)])
    assert covered.tolist() == [[1.0, 0.35, 0.7], [0.0, 0.0, 0.0]]


def test_an_index_of_nothing() -> None:
    index = TokenIndex.from_texts([])
    assert index.scores({"a": 1.0}).shape == (0,)
    assert index.coverage([(("a", 1.0),)]).shape == (1, 0)


# ---- ranking -------------------------------------------------------------------------------------------------------


def test_the_answering_line_comes_first(retriever: Retriever) -> None:
    assert cited(retriever, "酵母产生什么气体？", limit=1) == [("bread.md", 6)]
    assert cited(retriever, "What pressure is an espresso made under?", limit=1) == [("coffee.md", 10)]


def test_a_question_in_the_other_language_finds_the_line_by_its_alias(retriever: Retriever) -> None:
    assert cited(retriever, "What is yeast?", limit=1) == [("bread.md", 5)]


def test_table_rows_are_found_by_their_header(retriever: Retriever) -> None:
    assert ("bread.md", 13) in cited(retriever, "商业酵母的风味怎么样？", limit=2)


def test_all_names_of_a_concept_are_one_token(retriever: Retriever) -> None:
    query = retriever.query(make_plan(retriever.names, "yeast"))
    assert query.groups[0] == ((concept_token("酵母"), 1.0),)
    assert query.weights.sum() == pytest.approx(1.0)


def test_the_complement_chain_brings_the_second_hop() -> None:
    store = bread_and_coffee()
    question = "法棍使用的酵种是由哪些东西养出来的？"
    with_chain = Retriever.from_store(store)
    without = with_chain.with_options(replace(Options(), chain=False))
    row = with_chain.position[("bread.md", 16)]
    gain = with_chain.rank(make_plan(with_chain.names, question)).support[row]
    assert gain > 0
    assert not without.rank(make_plan(without.names, question)).support.any()


def test_no_two_citations_within_two_lines(retriever: Retriever) -> None:
    rows = retriever.pick(ranked(retriever, "天然酵种 商业酵母 风味 时间"), limit=8)
    places = [(retriever.lines[r].doc, retriever.lines[r].number) for r in rows]
    assert len(places) > 2
    assert all(abs(a[1] - b[1]) > 2 for i, a in enumerate(places) for b in places[:i] if a[0] == b[0])


def test_what_must_come_first_comes_first(retriever: Retriever) -> None:
    first = retriever.position[("coffee.md", 14)]
    assert retriever.pick(ranked(retriever, "酵母产生什么气体？"), limit=2, first=[first])[0] == first


@pytest.mark.parametrize(
    "stage", ["content_words", "context", "concept_tokens", "across", "coverage", "definitions", "chain", "complement"]
)
def test_every_stage_can_be_switched_off(stage: str) -> None:
    retriever = Retriever.from_store(bread_and_coffee(), options=replace(Options(), **{stage: False}))
    ranking = ranked(retriever, "酵母是什么？")
    assert np.isfinite(ranking.score).all()
    assert retriever.pick(ranking)


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("LoRA（低秩适应）：只训练低秩矩阵", "lora", True),
        ("An espresso is a small coffee", "espresso", True),
        ("酵母 | 真菌", "酵母", True),
        ("发酵依靠酵母", "酵母", False),
        ("酵母是怎么工作的？", "酵母", False),
        ("法棍：用酵母发酵", "酵母", False),
    ],
)
def test_defining_lines_begin_with_the_name(text: str, key: str, expected: bool) -> None:
    assert defines(text, {key}) is expected


def test_the_same_question_gets_the_same_ranking(retriever: Retriever) -> None:
    again = Retriever.from_store(bread_and_coffee())
    question = "天然酵种和商业酵母的时间有什么不同？"
    assert np.array_equal(ranked(retriever, question).score, ranked(again, question).score)
    assert Counter(retriever.pick(ranked(retriever, question))) == Counter(again.pick(ranked(again, question)))
