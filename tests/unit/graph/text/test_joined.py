"""Many texts at once, against one text at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.text.joined import BETWEEN, Joined, batches
from graph.text.name_finder import NameFinder
from graph.text.names import comparable
from graph.text.scripts import columns, is_spaced

NAMES = ["RAG", "IT", "KV 缓存", "缓存", "self-attention", "attention", "policy", "C++", "機器學習", "ΣΟΦΙΑΣ", "a"]
PIECES = st.sampled_from(
    ["RAG", "rag", "It", "IT", " ", "-", "kv", "缓存", "緩存", "Self", "attention", "policies", "C++", "机器学习", "İ",
     "ΟΔΟΣ", "Σ", "ΣΟΦΙΑΣ", "ＫＶ", "’", "\n", "𠮷", "x", "。"]
)  # fmt: skip
TEXTS = st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=6)


@given(TEXTS)
def test_names_in_many_texts_are_those_in_each(texts: list[str]) -> None:
    finder = NameFinder((name, name) for name in NAMES)
    joined = Joined.of(texts)
    found = finder.find_in(joined)
    where = joined.text_of(found.start)
    offsets = joined.first[where]
    columns = (where, found.start - offsets, found.end - offsets)
    rows = [(*row, owner) for row, owner in zip(zip(*(c.tolist() for c in columns)), found.owners, strict=True)]  # noqa: B905
    assert rows == [(number, *one) for number, text in enumerate(texts) for one in finder.find(text)]


@given(TEXTS)
def test_all_names_in_many_texts_are_those_in_each(texts: list[str]) -> None:
    finder = NameFinder((name, name) for name in NAMES)
    joined = Joined.of(texts)
    found = finder.find_all_in(joined)
    where = joined.text_of(found.start)
    spans = (where, found.start - joined.first[where], found.end - joined.first[where])
    rows = [(*row, owner) for row, owner in zip(zip(*(c.tolist() for c in spans)), found.owners, strict=True)]  # noqa: B905
    assert rows == [(number, *one) for number, text in enumerate(texts) for one in finder.find_all(text)]


@given(TEXTS)
def test_each_text_is_as_wide_as_alone(texts: list[str]) -> None:
    assert Joined.of(texts).columns().tolist() == [columns(comparable(text)) for text in texts]


@given(TEXTS)
def test_the_texts_are_written_as_each_alone(texts: list[str]) -> None:
    joined = Joined.of(texts)
    assert joined.plain == BETWEEN.join(map(comparable, texts))
    assert joined.spaced.tolist() == [*map(is_spaced, joined.plain), False]


def test_a_name_is_found_in_its_text_only() -> None:
    joined = Joined.of(["KV", "缓存 RAG", ""])
    found = NameFinder([("KV 缓存", 0), ("RAG", 1)]).find_in(joined)
    assert [joined.text[a:b] for a, b in zip(found.start.tolist(), found.end.tolist(), strict=True)] == ["RAG"]


def test_nothing_in_nothing() -> None:
    assert NameFinder([("a", 0)]).find_in(Joined.of([])).owners == []
    assert list(batches([])) == []


@pytest.mark.parametrize(
    ("size", "expected"), [(1, [range(1), range(1, 2), range(2, 3)]), (4, [range(2), range(2, 3)])]
)
def test_batches_have_about_the_size(size: int, expected: list[range]) -> None:
    assert list(batches(["abc", "de", "f"], size)) == expected
