"""What the notes do not hold is not answered, and the refusal says which part is missing."""

from __future__ import annotations

import pytest

from benchmarks.multihop import Notes
from graph.stores.memory import MemoryStore
from graph.text.frequency import general_frequency
from queries.answer.ask import answer_question
from queries.answer.fact_types import asked_properties, known_properties
from queries.answer.refusal import missing_words
from queries.question.link import Names, nearest_names
from queries.question.model import Answer
from queries.retrieval.retriever import Retriever
from tests.unit.queries.query_notes import bread_and_coffee


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return bread_and_coffee()


def refused(store: MemoryStore, question: str) -> Answer:
    answer = answer_question(store, question)
    assert not answer.answered, answer.answer
    assert len(answer.citations) <= 1  # the nearest line
    assert answer.concepts == ()
    return answer


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("天然酵种和水母有什么区别？", "水母"),
        ("How is espresso related to a telescope?", "telescope"),
        ("从酵母怎么一步步学到量子力学？", "量子力学"),
    ],
)
def test_a_near_miss_says_which_side_is_missing_and_which_is_there(
    store: MemoryStore, question: str, missing: str
) -> None:
    answer = refused(store, question)
    assert missing in answer.answer
    assert answer.plan is not None
    assert all(link.name in answer.answer for link in answer.plan.links)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("法棍是哪一年发明的？", "年份或日期"),
        ("In which year was espresso invented?", "a year or date"),
        ("How much does an espresso cost?", "a price or sum"),
        ("法棍多少钱一根？", "价格或金额"),
        ("Who invented espresso?", "who it was"),
        ("酵母的颜色是什么颜色？", "颜色"),
        ("Which university teaches espresso?", "a school"),
    ],
)
def test_a_fact_of_a_sort_that_no_line_near_the_concept_holds_is_named(
    store: MemoryStore, question: str, said: str
) -> None:
    assert said in refused(store, question).answer


def test_a_property_word_that_stands_nowhere_is_named(store: MemoryStore) -> None:
    answer = refused(store, "法棍的笔画是多少？")
    assert "法棍" in answer.answer
    assert "笔画" in answer.answer


@pytest.mark.parametrize(
    "question",
    [
        "How do volcanoes erupt under glaciers?",
        "期货合约的保证金怎么计算？",
        "Who won the 1998 World Cup?",
        "What is the offside rule in hockey?",
        "红楼梦里贾宝玉住在哪个院子？",
    ],
)
def test_questions_about_other_subjects_are_refused(store: MemoryStore, question: str) -> None:
    refused(store, question)


ANSWERED = [
    "什么是发酵？",
    "What is an espresso?",
    "法棍为什么酥？",
    "天然酵种和商业酵母有什么区别？",
    "温度对发酵有什么影响？",
]


@pytest.mark.parametrize("question", ANSWERED)
def test_what_the_notes_hold_is_answered(store: MemoryStore, question: str) -> None:
    answer = answer_question(store, question)
    assert answer.answered
    assert answer.citations


# ---- sorts of facts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "sorts"),
    [
        ("When was bread invented?", ["a year or date"]),
        ("面包是什么时候发明的？", ["a year or date"]),
        ("什么时候应该用 UDP？", []),
        ("When should I use UDP?", []),
        ("How much memory does it need?", []),
        ("这个方法的作者毕业于哪所大学？", ["who it was", "a school"]),
        ("In which city was it presented?", ["a place"]),
        ("Which method does it use?", []),
        ("哪种颜色模型更好？", []),
    ],
)
def test_questions_ask_for_sorts_of_facts(question: str, sorts: list[str]) -> None:
    assert [p.en for p in asked_properties(question)] == sorts


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a year or date", "It was released in 2017."),
        ("a year or date", "2024 年 11 月发布"),
        ("a price or sum", "一次调用 3 美元"),
        ("who it was", "由 Hu 等人提出"),
        ("a place", "总部位于巴黎"),
        ("an age", "平均 31 岁"),
        ("a school", "from the University of Washington"),
    ],
)
def test_lines_hold_sorts_of_facts(name: str, line: str) -> None:
    found = next(p for p in known_properties() if p.en == name)
    assert found.held.search(line)
    assert not found.held.search("LoRA 训练两个低秩矩阵，with rank 16")


# ---- names and frequencies -----------------------------------------------------------------------------------------


def test_nearest_names_are_alike_and_each_concept_comes_once() -> None:
    names = Names.from_pairs(
        [("sourdough", "a"), ("sour dough starter", "a"), ("source", "b"), ("espresso", "c")],
        titles=[("a", "sourdough"), ("b", "source"), ("c", "espresso")],
    )
    assert nearest_names(names, "sourdouhg", limit=3)[0] == "sourdough"
    assert nearest_names(names, "sour", limit=3) == ["source", "sourdough"]
    assert nearest_names(names, "sour", limit=1) == ["source"]
    assert nearest_names(names, "?", limit=3) == []


def test_the_small_list_of_frequencies_agrees_with_the_large_one() -> None:
    small, large = general_frequency("en", size="small"), general_frequency("en")
    assert len(small) > 20_000
    assert all(large[word] == frequency for word, frequency in small.items())
    assert min(small.values()) >= 1e-6


@pytest.mark.parametrize("word", ["beverege", "bevrage", "bevearge", "recieved", "esprresso"])
def test_a_misspelt_word_is_not_missing_from_the_notes(store: MemoryStore, word: str) -> None:
    engine = Retriever.from_store(store)
    assert missing_words(engine, f"哪种咖啡里的 {word} 有 crema？", ()) == ()


@pytest.mark.parametrize("word", ["peroxisome", "Cremax", "crem4a", "latfe"])
def test_a_rare_word_a_name_and_a_short_word_are_taken_as_they_are_written(store: MemoryStore, word: str) -> None:
    engine = Retriever.from_store(store)
    assert missing_words(engine, f"哪种咖啡里的 {word} 有 crema？", ()) == (word,)


def test_a_description_over_steps_is_no_name() -> None:
    """All its words need not be in one line: several notes say them."""
    notes = Notes.from_passages(
        [
            ("Ada Rowe", "Ada Rowe is a painter who attended Elm College."),
            ("Elm College", "Elm College is a college of the arts."),
            ("Average rainfall", "Average rainfall is the rain of a usual year."),
            ("Oakham", "The average rainfall of Oakham is 600 mm. Ada Rowe lives in Oakham."),
        ]
    )
    assert notes.answerer.ask("What is the usual average rainfall in the town where Ada Rowe lives?").answered
    assert not notes.answerer.ask("What is the Oakham average snowfall?").answered


def test_letters_with_any_accent_belong_to_a_word() -> None:
    """Š and ễ are no letters of Latin-1: a name was cut at them, and its rest was said to be missing."""
    engine = Notes.from_passages(
        [
            ("Jan Šindel", "Jan Šindel was a Czech scientist."),
            ("Nguyễn Du", "Nguyễn Du was a poet."),
            ("Châu Đức", "Châu Đức is a district. Łódź is a town."),
        ]
    ).answerer.engine
    for name in ("Jan Šindel", "Nguyễn Du", "Châu Đức", "Łódź"):
        assert missing_words(engine, f"In what country is {name} known?", ()) == ()
    assert missing_words(engine, "Was Jan Žižka a scientist?", ()) == ("Žižka",)


def test_initials_and_accents_do_not_hide_a_name() -> None:
    engine = Notes.from_passages(
        [("C.J. Benítez", "C.J. Benítez is a runner who was born in the U.S. in 1970.")]
    ).answerer.engine
    assert missing_words(engine, "Was C.J. Benitez of the U.S. a runner?", ()) == ()
    assert missing_words(engine, "Was D.K. Benitez a runner?", ()) == ("D.K",)
