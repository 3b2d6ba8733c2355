"""The graph of the seed documents, which lie beside the repository where they are at all.

No figures, only what must always hold.
"""

from __future__ import annotations

import re
from pathlib import Path

import networkx as nx
import pytest

from extract.notes.blocks import BlockKind
from extract.notes.parse import parse
from extract.pipeline import BuildResult, build
from graph.model import GraphSnapshot
from graph.stores.checks import checked
from graph.text.names import fold
from graph.verification import NoteFile, verify
from tests.statements import without_both_names

pytestmark = pytest.mark.seeds

GENERIC = frozenset(
    word
    for words in (
        "优点 缺点 流程 步骤 示例 例子 总结 概述 简介 介绍 背景 问题 方法",
        "原理 特点 优势 劣势 区别 作用 目的 注意 说明 参考 结论 应用场景 核心思想",
        "example examples overview summary",
        "introduction conclusion advantages disadvantages pros cons note notes steps background references",
    )
    for word in words.split()
)
MARKUP = re.compile(r"\*\*|__|`|\]\(|<[a-z/]|^#|\||\$|https?:|www\.|[。！？；!?;，\n]|, ")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u20e3]")


@pytest.fixture(scope="module")
def result(seeds: Path) -> BuildResult:
    return build(seeds)


@pytest.fixture(scope="module")
def graph(result: BuildResult) -> GraphSnapshot:
    return result.snapshot


@pytest.fixture(scope="module")
def names(graph: GraphSnapshot) -> list[str]:
    return [name for concept in graph.concepts for name in concept.names]


def test_all_seeds_are_built_into_a_sound_graph(graph: GraphSnapshot, seeds: Path) -> None:
    checked(graph)
    assert [d.id for d in graph.documents] == sorted(p.name for p in seeds.glob("*.txt"))
    assert graph.skipped == ()
    assert len(graph.concepts) > 100
    assert graph.relations
    assert graph.prerequisites


def test_every_quote_stands_on_its_line(graph: GraphSnapshot, seeds: Path) -> None:
    def read(doc: str) -> NoteFile:
        text = (seeds / doc).read_bytes().decode("utf-8")
        sha = next(d.sha256 for d in graph.documents if d.id == doc)
        return NoteFile(sha, tuple(re.split(r"\r\n|\n|\r", text)))

    report = verify(graph, read)
    assert report.checked > 1000
    assert [f"{q.doc}:{q.line} {q.said_by}" for q in report.false[:20]] == []


def test_prerequisites_have_no_cycle(graph: GraphSnapshot) -> None:
    assert nx.is_directed_acyclic_graph(nx.DiGraph([(p.before, p.after) for p in graph.prerequisites]))


def test_names_hold_no_markup_emoji_address_or_sentence(names: list[str]) -> None:
    assert [name for name in names if MARKUP.search(name) or EMOJI.search(name)] == []


def test_names_are_short(names: list[str]) -> None:
    assert [name for name in names if len(name) > 80] == []


def test_generic_words_are_no_concepts(graph: GraphSnapshot) -> None:
    generic = {fold(word) for word in GENERIC}
    assert [c.name for c in graph.concepts if fold(c.name) in generic] == []


def test_what_only_code_says_is_no_concept(names: list[str], seeds: Path) -> None:
    identifier = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[a-z]+[A-Z]\w+\b")
    coded: set[str] = set()
    said: list[str] = []
    for path in seeds.glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        blocks = parse(text, suffix=".txt")
        said += [block.text for block in blocks if block.kind is not BlockKind.CODE]
        said += [block.text for block in blocks if block.kind is BlockKind.CODE]  # comments are prose
        coded |= set(identifier.findall("\n".join(re.findall(r"```.*?```", text, re.DOTALL))))
    prose = fold(" ".join(said))
    only_code = {fold(word) for word in coded if fold(word) not in prose}
    assert [name for name in names if fold(name) in only_code] == []


def test_the_quotes_of_a_typed_relation_have_both_names(graph: GraphSnapshot) -> None:
    assert without_both_names(graph) == []
