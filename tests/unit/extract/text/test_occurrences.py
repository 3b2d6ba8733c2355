from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from extract.execution.contract import Item, Result
from extract.notes.parse import parse
from extract.text import occurrences
from extract.text.occurrences import Occurrence, Occurrences, ParsedDoc, line_at, locate, sentence_around
from extract.text.parsed_doc import parsed_doc


def doc(text: str) -> ParsedDoc:
    return parsed_doc("a.md", parse(text))


def test_locate_gives_places_in_the_order_of_the_text() -> None:
    docs = [doc("# LoRA\n\nQLoRA uses LoRA.\n"), doc("no names\n\n- LoRA\n")]
    assert list(locate(docs, [("LoRA", 0), ("QLoRA", 1)])) == [
        Occurrence(0, 0, 0, 0, 4),
        Occurrence(1, 0, 1, 0, 5),
        Occurrence(0, 0, 1, 11, 15),
        Occurrence(0, 1, 1, 0, 4),
    ]


def test_lines_of_hard_wrapped_text() -> None:
    block = doc(
        "intro\n\nthe first line of a paragraph that was wrapped by hand\nand goes on here with LoRA in it\n"
    ).blocks[1]
    assert line_at(block, 0) == 3
    assert line_at(block, block.text.index("LoRA")) == 4
    assert line_at(block, len(block.text) + 9) == 4


def test_the_sentence_around_a_place() -> None:
    block = doc("First is one. Then LoRA comes. Last.").blocks[0]
    start = block.text.index("LoRA")
    a, b = sentence_around(block, start, start + 4)
    assert block.text[a:b] == "Then LoRA comes."


def test_columns_are_what_they_are_made_of() -> None:
    rows = [Occurrence(3, 0, 1, 0, 4), Occurrence(0, 0, 2, 5, 9), Occurrence(3, 1, 0, 1, 2)]
    columns = Occurrences.of(rows)
    assert list(columns) == rows == [columns[i] for i in range(len(columns))]
    assert list(columns[1:]) == rows[1:]
    assert [o.concept for o in columns.of_concepts(np.asarray([7, 8, 9]))] == [7, 8, 9]
    assert Occurrences.of(columns) is columns
    assert list(Occurrences.of([])) == []


def test_portions_find_what_one_run_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    docs = [parsed_doc(f"{n}.md", parse(f"# KV cache {n}\n\nA kv-cache and 缓存。\n", suffix=".md")) for n in range(7)]
    names = [("KV cache", 0), ("缓存", 1), ("cache", 2)]
    whole = locate(docs, names)
    portions: list[int] = []

    def spread(work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        portions.append(len(items))
        return iter([work(item) for item in reversed(items)][::-1])

    monkeypatch.setattr(occurrences, "LOCATED", 30)
    assert list(locate(docs, names, spread)) == list(whole)
    assert portions[0] > 2
