"""Which form a sentence explains a name in, and which part of it does."""

from __future__ import annotations

import pytest

from extract.concepts.defining_forms import Form, SentenceText, defining


def form_of(text: str, name: str) -> tuple[Form, str] | None:
    start = text.index(name)
    end = start + len(name)
    found = defining(text, SentenceText.of(text, 0, len(text)), (start, end), end, lambda part: part == "也叫它")
    return None if found is None else (found.form, text[found.start : found.end])


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("A perforin is a protein that forms pores in membranes.", "perforin", Form.GENUS),
        ("In chemistry, a polar molecule is a molecule with two charged ends.", "polar molecule", Form.GENUS),
        ("胶囊网络是一种旨在处理层次关系的神经网络。", "胶囊网络", Form.GENUS),
        ("Afterload refers to the tension that the ventricles must develop.", "Afterload", Form.MEANS),
        ("扩展法则是指性能随着规模的增加而改善的规律。", "扩展法则", Form.MEANS),
        ("The ventricles are the open spaces within the brain.", "ventricles", Form.COPULA),
        ("B cells are immune cells that produce antibodies.", "B cells", Form.COPULA),
        ("谥号：帝王死后，根据其生平行为给予的一种称号", "谥号", Form.LABEL),
        ("The softer tissue that fills most bones is called bone marrow.", "bone marrow", Form.CALLED),
        ("汉代习惯把采自民间的歌谣称为乐府民歌", "乐府民歌", Form.CALLED),
        ("A fibrocyte, a less active form of fibroblast, is common in tissue.", "fibrocyte", Form.ASIDE),
        ("The most abundant cell in this tissue is the fibroblast.", "fibroblast", Form.INVERSE),
        ("The nerve is responsible for controlling the muscles of the throat.", "nerve", Form.PLACE),
        ("Renin converts one protein of the blood into another.", "Renin", Form.DOES),
    ],
)
def test_the_form(text: str, name: str, form: Form) -> None:
    found = form_of(text, name)
    assert found is not None
    assert found[0] is form


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nafcillin is used in most clinics for two weeks.", "Nafcillin"),
        ("The artery was damaged and had been affected for years.", "artery"),
        ("解耦：RAG、缓存、索引、量化", "解耦"),
        ("颜真卿创立了颜体，影响了后来很多人", "颜真卿"),
        ("李建伟老师从一个商人的立场来观察公司法的运行", "李建伟"),
        ("It contains the heart, the lungs, and the vessels.", "heart"),
        ("微调是必要的，也是常见的做法。", "微调"),
        ("Motown is 's own label of soul music.", "Motown"),
        ("Warmup: see the next chapter for what it does.", "Warmup"),
    ],
)
def test_a_name_without_an_explanation(text: str, name: str) -> None:
    assert form_of(text, name) is None


def test_another_name_may_precede_the_subject() -> None:
    assert form_of("也叫它（缓存）是一种快的存储，数据放在里面。", "缓存") is not None
    assert form_of("数据库（缓存）是一种快的存储，数据放在里面。", "缓存") is None


def test_a_class_and_what_sets_it_apart_are_enough_however_short() -> None:
    text = "A drone is a male bee."
    found = defining(text, SentenceText.of(text, 0, len(text)), (2, 7), 7, lambda _: False)
    assert found is not None
    assert found.form is Form.GENUS
    bare = "A drone is a bee."
    assert defining(bare, SentenceText.of(bare, 0, len(bare)), (2, 7), 7, lambda _: False) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("“In a closed harbour, the tide that ships wait for is the same as outside”", "closed harbour"),
        ("For a light boat, the wind will push in the same direction as the current.", "light boat"),
        ("When wind and tide agree, the sea is in a state of calm.", "tide agree"),
        ("If the price of a ticket rises while wages rise, the trip is a luxury for many.", "wages rise"),
    ],
)
def test_a_name_that_ends_an_introductory_clause_is_not_explained_by_the_main_clause(text: str, name: str) -> None:
    assert form_of(text, name) is None


def test_a_claim_in_quotation_marks_that_the_sentence_comments_on_defines_nothing() -> None:
    assert form_of("“潮汐是船长唯一需要知道的事” → 实情：风同样重要", "潮汐") is None
    assert form_of('"A keel is a needless weight in every boat" is what beginners say.', "keel") is None
    assert form_of('A "keel" is a fin below the boat that keeps it upright.', "keel") is not None
    assert form_of("“潮汐是月球引力引起的一种周期性涨落现象。”", "潮汐") is not None


def test_a_theorem_about_all_of_a_kind_is_no_definition() -> None:
    assert form_of("Every square number is a sum of odd numbers.", "square number") is None
    assert form_of("A square number is a sum of odd numbers.", "square number") is not None


def test_an_enumeration_is_no_apposition() -> None:
    assert (
        form_of("We counted the masts, the number of decks below, the length of the keel, and more.", "masts") is None
    )


def test_an_endless_sentence_defines_nothing() -> None:
    sentence = "A perforin is a protein that forms pores in membranes"
    assert form_of(sentence + ", and so on" * 100, "perforin") is not None
    assert form_of(sentence + ", and so on" * 200, "perforin") is None
