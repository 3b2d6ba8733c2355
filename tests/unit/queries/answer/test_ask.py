from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from graph.model import Basis, GraphSnapshot, LineKind, Relation, RelationType
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from graph.stores.without_background import WithoutBackground
from graph.text.names import fold
from queries.answer.answerer import Answerer, ask
from queries.answer.ask import answer_question
from queries.answer.compose import Cited, excerpt, listing, statement
from queries.answer.refusal import missing_words
from queries.question.link import link
from queries.question.model import Answer, QuestionKind
from queries.retrieval.lines import Line
from queries.retrieval.retriever import Retriever
from tests.places import ROOT
from tests.unit.queries.query_notes import SNAPSHOT, TEXTS, bread_and_coffee

QUESTIONS = [
    "酵母是什么？",
    "What is an espresso?",
    "发酵和酵母有什么关系？",
    "How is crema related to espresso?",
    "天然酵种和商业酵母有什么区别？",
    "学习法棍之前需要先了解什么？",
    "从酵母怎么一步步学到法棍？",
    "What topics do the coffee notes cover?",
    "法棍使用的酵种由什么养出来？",
    "Which drink is based on the coffee that has crema, and what is added to it?",
]


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return bread_and_coffee()


@pytest.fixture(scope="module")
def engine(store: MemoryStore) -> Retriever:
    return Retriever.from_store(store)


def places(answer: Answer) -> set[tuple[str, int]]:
    return {(c.doc, c.line) for c in answer.citations}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_sentence_is_cited_and_every_quote_stands_on_its_line(
    store: MemoryStore, engine: Retriever, question: str
) -> None:
    answer = answer_question(store, question, engine=engine)
    assert answer.answered
    assert 0 < len(answer.citations) <= 8
    assert [c.n for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    for citation in answer.citations:
        first, *further = citation.quote.split("\n")
        assert fold(first) in fold(TEXTS[citation.doc][citation.line - 1])
        below = [fold(line) for line in TEXTS[citation.doc][citation.line : citation.line + 8]]
        places_below = [below.index(next(b for b in below if fold(line) in b)) for line in further]
        assert places_below == sorted(set(places_below))
    used = {int(n) for n in re.findall(r"\[(\d+)\]", answer.answer)}
    assert used == {c.n for c in answer.citations}
    for line in answer.answer.splitlines():
        assert re.search(r"(?:\[\d+\])+$|[:：]$", line) or "。" in line[-1:] or line.endswith("."), line


def test_definition(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "酵母是什么？", engine=engine)
    assert answer.kind is QuestionKind.DEFINITION
    assert (answer.citations[0].doc, answer.citations[0].line) == ("bread.md", 5)
    assert "单细胞真菌" in answer.answer.splitlines()[0]
    assert "二氧化碳" in answer.concepts
    assert "酵母" not in answer.concepts[:1]


def test_relation_follows_the_path(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "How is crema related to espresso?", engine=engine)
    assert [(s.head, s.type, s.tail) for s in answer.path] == [("crema", "part_of", "espresso")]
    assert ("coffee.md", 13) in places(answer)
    assert re.search(r"crema is part of espresso \[\d\]", answer.answer)


def test_comparison_quotes_the_table(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "天然酵种和商业酵母有什么区别？", engine=engine)
    assert answer.kind is QuestionKind.COMPARE
    assert ("bread.md", 13) in places(answer) or ("bread.md", 14) in places(answer)
    assert answer.lead.split("\n")[1:] == [
        "- 风味：天然酵种 酸味复杂；商业酵母 风味单一 [1]",
        "- 时间：天然酵种 十二小时以上；商业酵母 一到两小时 [2]",
    ]


def test_prerequisites_come_with_the_lines_that_say_so(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "学习法棍之前需要先了解什么？", engine=engine)
    assert answer.concepts[:2] == ("天然酵种", "面筋")
    assert ("bread.md", 21) in places(answer)
    assert {(s.head, s.tail) for s in answer.path} == {("天然酵种", "法棍"), ("面筋", "法棍")}


def test_study_path_is_in_order(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "从酵母怎么一步步学到法棍？", engine=engine)
    assert answer.kind is QuestionKind.STUDY_PATH
    assert set(answer.concepts[:3]) == {"面筋", "天然酵种", "法棍"}
    assert answer.concepts[2] == "法棍"


def test_overview_lists_the_headings(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "What topics do the coffee notes cover?", engine=engine)
    assert answer.kind is QuestionKind.GLOBAL
    assert {("coffee.md", 3), ("coffee.md", 8)} <= places(answer)


def test_all_notes_are_told_by_their_themes(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "这些笔记讲了什么？", engine=engine)
    assert answer.kind is QuestionKind.GLOBAL
    assert answer.concepts[:2] == ("酵母", "espresso")
    assert places(answer) >= {("bread.md", 5), ("coffee.md", 10)}
    assert re.search(r"^- 面包（涉及 .+）：酵母：一种单细胞真菌.* \[1\]$", answer.answer, re.MULTILINE)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("什么是量子纠缠？", "量子纠缠"),
        ("What is Kubernetes?", "Kubernetes"),
        ("酵母和 Kubernetes 有什么关系？", "Kubernetes"),
        ("Compare espresso with ristretto.", "ristretto"),
        ("干酵母是什么？", "干酵母"),
        ("发酵和冷面筋有什么区别？", "冷面筋"),
    ],
)
def test_what_is_not_in_the_notes_is_said_to_be_missing(
    store: MemoryStore, engine: Retriever, question: str, missing: str
) -> None:
    answer = answer_question(store, question, engine=engine)
    assert not answer.answered
    assert (answer.concepts, answer.citations, answer.path) == ((), (), ())
    assert missing in answer.answer
    assert answer.plan is not None
    assert answer.plan.unknown == (missing,)


def test_a_near_miss_names_the_part_that_is_known(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "酵母和 Kubernetes 有什么关系？", engine=engine)
    assert "笔记里有的是：酵母" in answer.answer


def test_an_unknown_property_of_a_known_concept(store: MemoryStore, engine: Retriever) -> None:
    answer = answer_question(store, "Which company patented the espresso logo in Milan?", engine=engine)
    assert not answer.answered


def test_a_typo_does_not_make_a_word_unknown(engine: Retriever) -> None:
    question = "what is an expresso?"
    links = link(engine.names, question, known_words=engine.index.vocabulary)
    assert [k.name for k in links] == ["espresso"]
    assert missing_words(engine, question, links) == ()


def test_an_engine_of_another_build_is_not_used(store: MemoryStore) -> None:
    empty = Retriever.from_store(MemoryStore(GraphSnapshot()))
    assert answer_question(store, "酵母是什么？", engine=empty).answered


def test_the_vectors_of_the_graph_are_used_without_being_asked_for(example_graph: GraphSnapshot) -> None:
    store = MemoryStore(example_graph)
    answerer = Answerer.from_store(store)
    assert answerer.encoder is not None
    vague = "how can a model forget less while it is being adapted"
    assert ask(store, vague) == answerer.ask(vague)
    with_vectors = answer_question(store, vague, encoder=answerer.encoder, engine=answerer.engine)
    assert ask(store, vague) == with_vectors != answer_question(store, vague, engine=answerer.engine)


def test_an_answerer_answers_from_the_newest_build(example_graph: GraphSnapshot) -> None:
    store = bread_and_coffee()
    answerer = Answerer.from_store(store)
    assert answerer.ask("酵母是什么？").answered
    store.publish(example_graph)  # its vectors are of another encoder: the earlier one knows nothing of these notes
    assert not answerer.ask("酵母是什么？").answered
    assert answerer.ask("QLoRA 是什么？") == ask(store, "QLoRA 是什么？")
    assert answerer.ask("QLoRA 是什么？").answered


def test_an_empty_graph_answers_nothing() -> None:
    answer = answer_question(MemoryStore(GraphSnapshot()), "酵母是什么？")
    assert not answer.answered
    assert answer.answer


@pytest.mark.parametrize("question", ["", "   ", "？", "[1]", "a" * 5000, "🍞🍞", "\x00", "的的的", "what is the of"])
def test_any_question_gets_an_answer_or_a_refusal(store: MemoryStore, engine: Retriever, question: str) -> None:
    answer = answer_question(store, question, engine=engine)
    assert answer.answer
    assert answer.question == question


def test_excerpt_keeps_whole_sentences_that_hold_what_is_wanted() -> None:
    text = " ".join(f"Sentence {i} speaks of nothing at all and goes on for quite a while." for i in range(12))
    text += " The crema comes from carbon dioxide." + " And so it goes on." * 10
    found = excerpt(text, {"crema": 1.0})
    assert "The crema comes from carbon dioxide." in found
    assert len(found) <= 520
    assert found in text
    assert excerpt("short", {}) == "short"


def test_listing() -> None:
    assert listing(["a"], "en") == "a"
    assert listing(["a", "b", "c"], "en") == "a, b and c"
    assert listing(["甲", "乙", "丙"], "zh") == "甲、乙 和 丙"
    assert listing([], "zh") == ""


def test_the_unanswerable_questions_are_of_five_sorts() -> None:
    path = ROOT / "tests" / "quality" / "unanswerable_seeds.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    sorts = {r["sort"] for r in records}
    assert len(records) >= 40
    assert len(sorts) == 5
    assert {r["lang"] for r in records} == {"zh", "en"}


def test_the_notes_of_these_tests_are_a_sound_graph() -> None:
    assert len(SNAPSHOT.concepts) == 12
    assert all(c.mentions for c in SNAPSHOT.concepts)


@pytest.mark.parametrize(
    ("row", "header", "said"),
    [
        ("stability | delicate | good", "| PPO | DPO", "stability: PPO delicate; DPO good [1]"),
        (
            "stability | delicate | good",
            "aspect | PPO | DPO\nThe two compared:",
            "stability: PPO delicate; DPO good [1]",
        ),
        ("stability | delicate | good", "PPO", "stability | delicate | good [1]"),
    ],
)
def test_cells_of_a_table_say_what_they_stand_under(row: str, header: str, said: str) -> None:
    line = Line("a.md", 3, LineKind.ROW, row, (), header, "a.md#1", "a.md#p1")
    assert statement(Cited(1, 0, (line,), row)) == said


def known(*ends: str) -> MemoryStore:
    """The two notes where general knowledge alone says what has to do with one of ``ends``; none given: all of it."""
    relations = tuple(
        replace(r, basis=Basis.BACKGROUND) if not ends or {r.head, r.tail} & {*ends} else r for r in SNAPSHOT.relations
    )
    needs = tuple(
        replace(p, reasons=("background",)) if not ends or {*p.key} & {*ends} else p for p in SNAPSHOT.prerequisites
    )
    return MemoryStore(replace(SNAPSHOT, relations=relations, prerequisites=needs))


@pytest.mark.parametrize(
    ("question", "stated", "marked"),
    [
        (
            "发酵和酵母有什么关系？",
            "- 发酵 使用 酵母 [1]",
            "- 发酵 使用 酵母（常识；你的笔记在此处同时提到两者 [1]）",
        ),
        (
            "How is crema related to espresso?",
            "- crema is part of espresso [1]",
            "- crema is part of espresso (general knowledge; your notes mention both here [1])",
        ),
    ],
)
def test_a_hop_of_general_knowledge_is_named_as_such_and_comes_last(question: str, stated: str, marked: str) -> None:
    assert ask(bread_and_coffee(), question).lead.split("\n")[0] == stated
    answer = ask(known(), question)
    assert stated not in answer.answer.split("\n")
    assert answer.lead.split("\n")[-1] == marked
    assert [step.basis for step in answer.path] == [Basis.BACKGROUND]


def test_prerequisites_of_general_knowledge_come_after_those_of_the_notes() -> None:
    question = "学习法棍之前需要先了解什么？"
    first, *_, last = ask(known("面筋"), question).lead.split("\n")
    assert first.startswith("学习 法棍 之前，先了解 天然酵种。")
    assert last == "常识上还要先了解 面筋；你的笔记只是同时提到它们。 [1]"
    answer = ask(known(), question)
    first, *_, last = answer.lead.split("\n")
    assert first == "笔记没有列出 法棍 的先修知识；它的解释涉及："
    assert last.startswith("常识上还要先了解 天然酵种 和 面筋；")
    assert {step.basis for step in answer.path} == {Basis.BACKGROUND}
    assert "常识" not in ask(WithoutBackground(known()), question).answer


def test_an_order_of_general_knowledge_is_named_as_such() -> None:
    question = "从酵母怎么一步步学到法棍？"
    mixed = ask(known("面筋"), question).lead.split("\n")
    assert mixed[0].startswith("学习顺序：天然酵种 → 面筋 → 法棍。")
    assert mixed[-1].startswith("其中这些先后来自常识，你的笔记只是同时提到它们：面筋 → 法棍。")
    assert ask(known(), question).answer.startswith("学习顺序（来自常识，你的笔记没有说明先后）：天然酵种")


def test_an_answer_begins_with_what_answers_and_not_with_a_frame() -> None:
    question = "Which drink is based on the coffee that has crema, and what is added to it?"
    answer = ask(bread_and_coffee(), question)
    assert answer.lead.startswith("- Crema: the foam on top of an espresso")
    untyped = tuple(
        Relation(min(r.head, r.tail), RelationType.RELATED_TO, max(r.head, r.tail), r.confidence, evidence=r.evidence)
        for r in SNAPSHOT.relations
    )
    assert ask(MemoryStore(ordered(replace(SNAPSHOT, relations=untyped))), question).path == ()


def test_an_untyped_hop_is_no_statement_of_an_answer() -> None:
    untyped = tuple(
        Relation(min(r.head, r.tail), RelationType.RELATED_TO, max(r.head, r.tail), r.confidence, evidence=r.evidence)
        for r in SNAPSHOT.relations
    )
    store = MemoryStore(ordered(replace(SNAPSHOT, relations=untyped)))
    answer = ask(store, "How is crema related to espresso?")
    assert "is related to" not in answer.answer
    assert answer.lead == "- Crema: the foam on top of an espresso, made of carbon dioxide and oils. [1]"


def test_of_a_word_of_thousands_of_letters_no_misprints_are_tried() -> None:
    from queries.answer.refusal import LONGEST_WORD, _misspelt

    class Index:
        vocabulary = frozenset({"skyscraper", "a" * LONGEST_WORD})

    class Notes:
        index = Index()

    assert _misspelt(Notes(), "skyscaper")  # type: ignore[arg-type]
    assert not _misspelt(Notes(), "a" * (LONGEST_WORD + 1))  # type: ignore[arg-type]
