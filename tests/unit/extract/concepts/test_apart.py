from __future__ import annotations

import pytest

from extract.concepts.apart import told_apart
from extract.concepts.brackets import Bracket, is_short_form, remark, repeated
from extract.concepts.contrasts import contrasting
from extract.notes.parse import parse
from extract.text.keys import key_of
from extract.text.parsed_doc import parsed_doc


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hyperthermia", "hypothermia"),
        ("abduction", "adduction"),
        ("chlorate", "chlorite"),
        ("高血压", "低血压"),
        ("静态分析", "动态分析"),
        ("typical pneumonia", "atypical pneumonia"),
    ],
)
def test_opposites_contrast_in_either_order(one: str, other: str) -> None:
    assert contrasting(one, other)
    assert contrasting(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("embedding", "embeding"), ("Transformer", "Tansformer"), ("线性层", "全连接层")]
)
def test_slips_and_synonyms_do_not_contrast(one: str, other: str) -> None:
    assert not contrasting(one, other)


@pytest.mark.parametrize(
    ("outer", "inner", "whole"),
    [
        ("李清照", "南宋", "南宋"),
        ("hash", "key", "key"),
        ("r", "s_t", "s_t, a_t"),
        ("statins", "rhabdomyolysis", "rhabdomyolysis, cost"),
        ("supervised learning", "unsupervised learning", "unsupervised learning"),
        ("streptococcus", "Streptococcus mutans", "Streptococcus mutans"),
        ("fixed point theorem", "Brouwer", "Brouwer"),
        ("survival analysis", "Cox 1972", "Cox 1972"),
    ],
)
def test_remarks(outer: str, inner: str, whole: str) -> None:
    assert remark(outer, inner, whole)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("gradient descent", "GD"),
        ("4-bit NormalFloat", "NF4"),
        ("iss", "issuer"),
        ("束搜索", "beam search"),
        ("二阶段提交", "2PC"),
        ("top-k search", "nearest neighbour search"),
        ("全连接层", "线性层"),
    ],
)
def test_names(outer: str, inner: str) -> None:
    assert remark(outer, inner, inner) == ""


def test_a_remark_after_several_names_shows_itself() -> None:
    brackets = [Bracket("莫扎特", "古典乐派"), Bracket("海顿", "古典乐派"), Bracket("束搜索", "beam search")]
    assert repeated(brackets) == {(key_of("莫扎特"), key_of("古典乐派")), (key_of("海顿"), key_of("古典乐派"))}


def test_one_translation_of_two_synonyms_is_no_repeated_remark() -> None:
    assert repeated([Bracket("小样本学习", "few-shot learning"), Bracket("少样本学习", "few-shot learning")]) == set()


def test_short_forms_need_the_letters_in_order() -> None:
    assert is_short_form("GD", "gradient descent")
    assert not is_short_form("TNM", "staging")


def test_what_notes_contrast_list_and_treat_apart() -> None:
    text = "# 网络\n\n## 集线器\n\n集线器与交换机的区别在于转发。\n\n## 交换机\n\n路由器、网关、网桥都转发数据。\n"
    keys = {"集线器", "交换机", "路由器", "网关", "网桥"}
    apart = told_apart([parsed_doc("a.md", parse(text))], keys)
    assert "交换机" in apart.contrasted["集线器"]
    assert {"网关", "网桥"} <= apart.contrasted["路由器"]
    assert apart.separate("集线器", "交换机")
    assert not apart.separate("集线器", "路由器")
