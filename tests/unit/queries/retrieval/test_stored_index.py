"""The index that is stored with a graph: the same bytes for the same graph, and never used where it is damaged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.pipeline import extract_text
from graph.model import GraphSnapshot
from graph.stores.memory import MemoryStore
from graph.stores.sqlite.store import SqliteStore
from graph.text.name_finder import FoldedNames, NameFinder
from graph.text.names import fold
from queries.answer.ask import answer_question
from queries.question.model import Answer
from queries.retrieval.complement import Rows
from queries.retrieval.line_index import META, SEAL, VERSION, line_index
from queries.retrieval.parts import (
    COLUMN_ITEMS,
    LIST_ITEMS,
    DamagedIndex,
    Lists,
    SortedTexts,
    Texts,
    get_column,
    put_column,
    put_lists,
    put_rows,
    put_texts,
)
from queries.retrieval.retriever import Retriever
from tests.unit.queries.query_notes import SNAPSHOT

QUESTIONS = (
    "酵母是什么？",
    "What is espresso?",
    "天然酵种和商业酵母的时间有什么不同？",
    "What are the notes about?",
    "这些笔记讲了什么？",
    "Who invented yesat?",
    "What is the half-life of caesium?",
)


def reading(parts: Mapping[str, bytes]) -> Callable[[Collection[str]], dict[str, bytes]]:
    return lambda names: {name: parts[name] for name in names if name in parts}


def answers(store: MemoryStore, questions: Sequence[str] = QUESTIONS) -> list[Answer]:
    return [answer_question(store, question) for question in questions]


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    return line_index(SNAPSHOT)


@pytest.fixture(scope="module")
def expected() -> list[Answer]:
    return answers(MemoryStore(SNAPSHOT))


def published(index: Mapping[str, bytes], graph: GraphSnapshot = SNAPSHOT) -> MemoryStore:
    store = MemoryStore()
    store.publish(graph, index=index)
    return store


# ---- shapes --------------------------------------------------------------------------------------------------------

numbers = st.lists(st.integers(0, 2**31 - 1), max_size=30)


@given(numbers)
def test_columns_come_back(column: list[int]) -> None:
    held: dict[str, bytes] = {}
    put_column(held, "c", column)
    assert get_column(reading(held), "c", size=len(column), below=2**31).tolist() == column


def test_long_columns_and_lists_are_divided() -> None:
    held: dict[str, bytes] = {}
    column = np.arange(COLUMN_ITEMS + 5)
    put_column(held, "c", column)
    assert get_column(reading(held), "c", size=len(column), below=len(column)).tolist() == column.tolist()
    sizes = np.array([3, 2 * LIST_ITEMS + 7, 0, 1])
    items = np.arange(int(sizes.sum()))[::-1].copy()
    put_lists(held, "l", sizes, items, items + 1)
    lists = Lists(reading(held), "l", count=4, below=[len(items), len(items) + 1])
    for row, (end, size) in enumerate(zip(np.cumsum(sizes).tolist(), sizes.tolist(), strict=True)):
        assert lists.row(row).tolist() == items[end - size : end].tolist()
        assert lists.at(row)[1].tolist() == (items[end - size : end] + 1).tolist()
    assert lists.whole().items.tolist() == items.tolist()


@given(st.lists(numbers, max_size=6), st.data())
def test_lists_are_those_in_memory(lists: list[list[int]], data: st.DataObject) -> None:
    held: dict[str, bytes] = {}
    rows = Rows.from_lists(lists)
    put_rows(held, "l", rows)
    stored = Lists(reading(held), "l", count=len(lists), below=[2**31])
    asked = np.array(data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=4)) if lists else [], dtype=np.int64)
    for mine, theirs in zip(stored.of(asked), rows.of(asked), strict=True):
        assert mine.tolist() == theirs.tolist()
    assert stored.sizes.tolist() == rows.sizes.tolist()


texts_of_all_kinds = st.lists(st.text(st.characters(), max_size=8), max_size=8)


@given(texts_of_all_kinds)
def test_texts_come_back(texts: list[str]) -> None:
    held: dict[str, bytes] = {}
    put_texts(held, "t", texts)
    stored = Texts(reading(held), "t", count=len(texts))
    assert list(stored) == texts
    assert [stored[i] for i in range(len(texts))] == texts


@given(texts_of_all_kinds, st.text(max_size=3))
def test_sorted_texts_are_looked_up(texts: list[str], wanted: str) -> None:
    ordered = sorted(set(texts))
    held: dict[str, bytes] = {}
    put_texts(held, "t", ordered)
    stored = SortedTexts(reading(held), "t", count=len(ordered))
    assert [stored.get(text) for text in ordered] == list(range(len(ordered)))
    assert (wanted in stored) is (wanted in ordered)
    assert list(stored.beginning(wanted)) == [text for text in ordered if text.startswith(wanted)]


def test_many_texts_are_divided_and_looked_up() -> None:
    ordered = sorted(f"{n * n % 9973:05}-{n}" for n in range(20_000))
    held: dict[str, bytes] = {}
    put_texts(held, "t", ordered)
    stored = SortedTexts(reading(held), "t", count=len(ordered))
    assert len(stored.firsts) > 3
    assert all(stored.get(text) == number for number, text in enumerate(ordered))
    assert stored.get("zzz") is stored.get("") is None
    assert list(stored.beginning("00")) == [text for text in ordered if text.startswith("00")]


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"no zlib",
        zlib.compress(b""),
        zlib.compress(bytes(100_000_000)),
        zlib.compress(bytes(12)) + b"more",
        zlib.compress(bytes(12))[:-1],
        zlib.compress(b"\xff" * 12),
    ],
    ids=["missing", "empty", "other", "nothing", "bomb", "longer", "shorter", "large numbers"],
)
def test_a_part_that_is_not_what_it_should_be_is_noticed(data: bytes | None) -> None:
    held = {} if data is None else {"c/0": data}
    with pytest.raises(DamagedIndex):
        get_column(reading(held), "c", size=3, below=100)


@given(
    st.lists(st.sampled_from(["kv cache", "缓存", "kv", "c++", "rag", "rags", "ﬁt", "a-b", "中"]), max_size=6),
    st.lists(
        st.sampled_from(["KV", "-", "Cache", "缓存", " ", "C++", "storage", "RAGs", "ﬁ", "t", "中", "㎏"]), max_size=9
    ),
)
def test_names_that_are_looked_up_are_those_that_are_searched(names: list[str], text: list[str]) -> None:
    keys = sorted({fold(name) for name in names})
    number = {key: n for n, key in enumerate(keys)}
    looked_up = FoldedNames(number.get, map(len, keys), keys.__getitem__)
    searched = NameFinder([(key, key) for key in keys], acronyms=False, spaces=False)
    assert looked_up.find_all("".join(text)) == searched.find_all("".join(text))


# ---- the index -----------------------------------------------------------------------------------------------------


def test_the_stored_index_is_used_and_answers_the_same(parts: dict[str, bytes], expected: list[Answer]) -> None:
    store = published(parts)
    assert Retriever.from_store(store).stored
    assert answers(store) == expected


def test_the_stored_index_is_used_only_where_it_was_made_for_these_stages(parts: dict[str, bytes]) -> None:
    store = published(parts)
    options = Retriever.from_store(store).options
    assert not Retriever.from_store(store, options=replace(options, context=False)).stored
    assert Retriever.from_store(store, options=replace(options, chain=False)).stored


def test_the_same_graph_has_the_same_bytes_whatever_the_hash_seed(parts: dict[str, bytes]) -> None:
    code = (
        "import hashlib; from queries.retrieval.line_index import line_index;"
        "from tests.unit.queries.query_notes import SNAPSHOT;"
        "print(hashlib.sha256(repr(sorted(line_index(SNAPSHOT).items())).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[4],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert parts == line_index(SNAPSHOT)


def test_a_graph_without_notes_has_an_index() -> None:
    store = published(line_index(GraphSnapshot()), GraphSnapshot())
    assert Retriever.from_store(store).stored
    assert not answer_question(store, "What is yeast?").answered


@pytest.mark.parametrize("how", ["missing", "changed", "another's"])
def test_each_damaged_part_is_made_up_for(how: str, parts: dict[str, bytes], expected: list[Answer]) -> None:
    other = line_index(extract_text("# Tea\n\nTea is a drink. Green tea is a kind of tea.\n"))
    for name, data in parts.items():
        damaged = dict(parts)
        if how == "missing":
            del damaged[name]
        else:
            damaged[name] = {
                "changed": data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 4]) + data[len(data) // 2 + 1 :],
                "another's": other.get(name, b"x"),
            }[how]
        assert answers(published(damaged), QUESTIONS[:2]) == expected[:2], name


def test_an_index_of_another_version_or_graph_is_not_used(parts: dict[str, bytes], expected: list[Answer]) -> None:
    for change in ({"version": VERSION + 1}, {"concepts": 3}, {"lines": 10**12}, {"lines": -1}, {"more": 1}):
        meta = json.dumps({**json.loads(parts[META]), **change}).encode()
        store = published({**parts, META: meta})
        assert not Retriever.from_store(store).stored
        assert answers(store) == expected
    tea = extract_text("# Tea\n\nTea is a drink. Green tea is a kind of tea.\n")
    assert answers(published(line_index(tea))) == expected


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_crafted_index_raises_nothing(parts: dict[str, bytes], data: st.DataObject) -> None:
    """Numbers in their ranges that do not belong to this graph: whatever is answered, nothing breaks."""
    crafted = dict(parts)
    for name in data.draw(st.lists(st.sampled_from(sorted(n for n in parts if n != META)), min_size=1, max_size=6)):
        plain = bytearray(zlib.decompress(parts[name][SEAL:]))
        for _ in range(data.draw(st.integers(1, 4))):
            if plain:
                plain[data.draw(st.integers(0, len(plain) - 1))] = data.draw(st.integers(0, 255))
        crafted[name] = parts[name][:SEAL] + zlib.compress(bytes(plain))
    assert len(answers(published(crafted), QUESTIONS[1:5])) == 4


def test_a_damaged_index_is_made_once(
    parts: dict[str, bytes], expected: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = published({**parts, "postings/0": b""})
    engine = Retriever.from_store(store)
    assert engine.stored
    made = []
    monkeypatch.setattr(
        "queries.retrieval.retriever.index_parts",
        lambda *given, **more: made.append(1) or line_index_of(*given, **more),
    )
    assert [answer_question(store, question, engine=engine) for question in QUESTIONS] == expected
    assert made == [1]


def line_index_of(*given: object, **more: object) -> dict[str, bytes]:
    from queries.retrieval.line_index import index_parts

    return index_parts(*given, **more)  # type: ignore[arg-type]


def test_a_question_reads_a_few_parts(tmp_path: Path) -> None:
    notes = "".join(
        f"# Topic {n}\n\nThing{n} is a part of thing{n + 1}. It was made in {1900 + n % 99}. {'Words follow. ' * 40}\n\n"
        for n in range(400)
    )
    graph = extract_text(notes)
    with SqliteStore(tmp_path / "graph.db") as store:
        store.publish(graph, index=line_index(graph))
        read: list[str] = []
        original = store.index_parts
        store.index_parts = lambda names: read.extend(names) or original(names)  # type: ignore[method-assign]
        concepts: list[str] = []
        known = store.concepts
        store.concepts = lambda ids=None, *, limit=None: (  # type: ignore[method-assign]
            concepts.extend(["all"] if ids is None else ids) or known(ids, limit=limit)
        )
        answer_question(store, "What is thing7?")
    texts = [name for name in read if name.startswith("texts/")]
    assert 0 < len(texts) < sum(name.startswith("texts/") for name in line_index(graph))
    assert "all" not in concepts
