"""Definitions: the sentence that says what a concept is, not the first one that names it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from extract.concepts.defining_forms import Defining, Form
from extract.concepts.definition_sentences import feature_names
from extract.concepts.definitions import candidates, find_definitions, matrix
from extract.concepts.drafts import ConceptDraft
from extract.notes.parse import parse
from extract.text.occurrences import locate
from extract.text.parsed_doc import parsed_doc
from graph.model import ConceptKind, Evidence
from graph.text.names import fold


def defined(text: str, *names: str) -> dict[str, Evidence]:
    doc = parsed_doc("a.md", parse(text, suffix=".md"))
    drafts = [ConceptDraft(fold(n), n, (), ConceptKind.CONCEPT, 0.5) for n in names]
    occurrences = locate([doc], ((n, i) for i, n in enumerate(names)))
    return {names[i]: e for i, e in find_definitions([doc], occurrences, drafts).items()}


@pytest.mark.parametrize(
    ("text", "name", "quote"),
    [
        (
            (
                "# Notes\n\nMany systems rely on consensus. Consensus is a procedure by which several machines agree on "
                "one value.\n"
            ),
            "Consensus",
            "Consensus is a procedure by which several machines agree on one value.",
        ),
        (
            "# 笔记\n\n很多服务都要限流。常见的做法有很多。\n\n限流是一种控制单位时间内请求数量的方法。\n",
            "限流",
            "限流是一种控制单位时间内请求数量的方法。",
        ),
        (
            (
                "# Heart\n\nBlood flows on. The thin membrane that covers the heart is called the **epicardium** by "
                "anatomists.\n"
            ),
            "epicardium",
            "The thin membrane that covers the heart is called the epicardium by anatomists.",
        ),
        (
            "# 缓存\n\n- **缓存穿透**：查询一个不存在的数据，请求每次都会打到数据库上\n- 其他\n",
            "缓存穿透",
            "缓存穿透：查询一个不存在的数据，请求每次都会打到数据库上",
        ),
    ],
)
def test_the_defining_sentence(text: str, name: str, quote: str) -> None:
    assert defined(text, name)[name].quote == quote


def test_it_stands_on_its_line() -> None:
    text = "# A\n\nText.\n\nA mutex is a lock that one thread can hold at a time.\n"
    assert defined(text, "mutex")["mutex"].line == 5


def test_a_question_defines_nothing() -> None:
    assert defined("# FAQ\n\nWhat is a mutex?\n\nMutex 是什么？\n", "mutex") == {}


def test_a_heading_defines_nothing() -> None:
    assert defined("# Mutex\n\n## Semaphore\n", "Mutex", "Semaphore") == {}


def test_the_definition_column_of_a_table() -> None:
    text = "| 术语 | 定义 | 年份 |\n|---|---|---|\n| 熔断 | 下游故障时暂时停止调用它 | 2011 |\n"
    assert defined(text, "熔断")["熔断"] == Evidence("a.md", 3, "下游故障时暂时停止调用它")


def test_other_columns_do_not_define() -> None:
    assert "熔断" not in defined("| 术语 | 年份 |\n|---|---|\n| 熔断 | 二零一一年前后 |\n", "熔断")


def test_definition_beats_a_mention_in_passing() -> None:
    text = (
        "# Storage\n\nCompaction, a cache and an index all matter for speed. "
        "An index is a structure that finds rows without a scan. We also rebuild the index at night.\n"
    )
    assert defined(text, "index")["index"].quote == "An index is a structure that finds rows without a scan."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# 笔记\n\n该书采访了私人理财顾问、基金经理、企业家和审计师，讲述影子经济。\n", "基金经理"),
        ("# 作家\n\n韩愈（唐）、柳宗元（唐）、王安石（北宋）都写过很多文章，影响很大。\n", "韩愈"),
        ("# 图书馆\n\n本站收录历年讲义与电子书，支持在线浏览与下载，欢迎使用。\n", "在线浏览"),
        ("# 编码\n\n语义的缺失：用 One-Hot 编码之后，近义词的向量之间也没有任何联系。\n", "One-Hot"),
        ("# Infection\n\nThe first choice of most clinics is nafcillin with gentamicin for two weeks.\n", "gentamicin"),
    ],
)
def test_a_name_in_passing_is_not_defined(text: str, name: str) -> None:
    assert name not in defined(text, name)


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("缓存、索引都很重要。", True),
        ("锁（lock）、索引和缓存都很重要。", False),
        ("常用的有锁、“缓存”和索引。", True),
        ("缓存（cache）、索引都很重要。", True),
        ("缓存，索引都很重要。", False),
        ("缓存是快的存储。", False),
        ("寄存器—缓存—内存—磁盘，越来越慢。", True),
        ("寄存器 → 缓存（cache） → 内存，越来越慢。", True),
        ("快的存储——缓存，常用的数据放在里面。", False),
    ],
)
def test_one_of_an_enumeration_or_a_chain(text: str, listed: bool) -> None:
    doc = parsed_doc("a.md", parse(f"# A\n\n{text}\n", suffix=".md"))
    (found,) = candidates([doc], locate([doc], [("缓存", 0)]), [{"缓存"}])
    assert found.listed is listed


def test_a_list_whose_members_are_explained_may_define_them() -> None:
    text = "# A\n\n- **缓存**、索引：常用的数据先放在快的存储里\n\n互斥锁、自旋锁是一种同步的方法。\n"
    assert "自旋锁" not in defined(text, "自旋锁")
    assert "缓存" in defined(text, "缓存")


def test_features_have_their_names() -> None:
    doc = parsed_doc("a.md", parse("# A\n\nRAFT (a protocol) is a way to agree.\n", suffix=".md"))
    found = list(candidates([doc], locate([doc], [("RAFT", 0)]), [{"raft"}]))
    assert len(found) == 1
    row = dict(zip(feature_names(), found[0].features, strict=True))
    assert (row["subject"], row["after_is_a"], row["both_after_is_a"], row["aside"], row["before_called"]) == (
        1,
        1,
        1,
        1,
        0,
    )
    assert row["form_genus"] == 1
    assert found[0].defining == Defining(Form.GENUS, 0, 36)
    assert matrix(found).shape == (1, len(feature_names()))
    assert matrix([]).shape == (0, len(feature_names()))


def test_each_sentence_counts_once_for_a_concept() -> None:
    doc = parsed_doc("a.md", parse("# A\n\nA tree of a tree is a tree. A tree grows.\n", suffix=".md"))
    found = list(candidates([doc], locate([doc], [("tree", 0)]), [{"tree"}]))
    texts: Sequence[str] = [doc.blocks[c.occurrence.block].text[c.start : c.end] for c in found]
    assert texts == ["A tree of a tree is a tree.", "A tree grows."]
    assert np.isfinite(matrix(found)).all()


def test_the_space_behind_a_name_does_not_hide_the_verb() -> None:
    doc = parsed_doc("a.md", parse("# A\n\nA mutex is a lock that one thread has at a time.\n", suffix=".md"))
    (found,) = candidates([doc], locate([doc], [("mutex", 0)]), [{"mutex"}])
    assert dict(zip(feature_names(), found.features, strict=True))["both_after_is_a"] == 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# Locks\n\nA mutex is used in the scheduler and in the file system of the kernel.\n", "mutex"),
        ("# Locks\n\nSee the figure of a mutex and of a semaphore on the next page of this chapter.\n", "mutex"),
        ("# 笔记\n\n- **互斥锁**：见下一章的说明，那里有更多的例子\n", "互斥锁"),
        ("# 作家\n\n关汉卿《拜月亭》、王实甫《西厢记》被称为元代两大爱情剧。\n", "关汉卿"),
        ("# 测验\n\nATP is an important molecule of the cell because it ________.\n", "ATP"),
    ],
)
def test_what_is_only_named_or_used_is_not_defined(text: str, name: str) -> None:
    assert name not in defined(text, name)


@pytest.mark.parametrize(
    ("text", "name", "quote"),
    [
        (
            "# Legs\n\nThe tibia is the larger bone of the leg, and the fibula is the thin bone beside it.\n",
            "tibia",
            "The tibia is the larger bone of the leg",
        ),
        (
            "# Cells\n\nATP, the energy currency of cells, can be used immediately to power molecular machines.\n",
            "ATP",
            "ATP, the energy currency of cells",
        ),
        (
            "# 训练\n\n过拟合指模型记住了训练样本却在没见过的样本上出错，因此要用验证集来观察。\n",
            "过拟合",
            "过拟合指模型记住了训练样本却在没见过的样本上出错",
        ),
        (
            "# Organs\n\nThe uterus is the muscular organ that nourishes the growing embryo (see the figure).\n",
            "uterus",
            "The uterus is the muscular organ that nourishes the growing embryo",
        ),
    ],
)
def test_only_the_clause_that_defines_is_quoted(text: str, name: str, quote: str) -> None:
    assert defined(text, name)[name].quote == quote


@pytest.mark.parametrize("heading", ["See also", "Related notes", "相关条目", "延伸阅读"])
def test_what_follows_a_name_among_references_does_not_define_it(heading: str) -> None:
    references = f"# 航海\n\n船随潮水进港。\n\n## {heading}\n\n- 潮汐 - 进港时间的背景知识和计算方法\n"
    assert "潮汐" not in defined(references, "潮汐")
    assert "潮汐" in defined(references.replace(heading, "名词"), "潮汐")
