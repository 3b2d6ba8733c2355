"""What the reader makes of a note, `verify` finds in it: two readings that share no code agree on every syntax."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.notes.files import read_note
from extract.notes.mend import split_lines
from extract.notes.parse import parse_note
from extract.pipeline import build
from graph.errors import NoNotesError
from graph.model import Skipped
from graph.verification import NoteFile, stands, verify
from tests.markup import notes

_WORD = re.compile(r"[^\W_]+")


@settings(max_examples=250, deadline=None)
@given(notes)
def test_each_line_says_what_is_written_on_it(note: str) -> None:
    written = split_lines(note)
    lines = parse_note(note).lines
    assert len(lines) == len(written)
    for number, line in enumerate(lines, start=1):
        assert not _WORD.search(line.text) or stands(line.text, number, written), (line, written[number - 1])


@settings(max_examples=150, deadline=None)
@given(notes, st.data())
def test_each_piece_of_a_block_is_where_the_block_says(note: str, data: st.DataObject) -> None:
    written = split_lines(note)
    for block in parse_note(note).blocks:
        rest = block.text
        for number in block.lines:
            assert stands(rest, number, written), (rest, number, written)
            own, _, rest = rest.partition("\n")
            if words := list(_WORD.finditer(own)):
                first = data.draw(st.integers(0, len(words) - 1))
                last = data.draw(st.integers(first, len(words) - 1))
                assert stands(own[words[first].start() : words[last].end()], number, written)


@settings(max_examples=20, deadline=None)
@given(st.lists(notes, min_size=1, max_size=3))
def test_what_a_build_quotes_is_found_right_after_it(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, text in enumerate(texts):
            (folder / f"{number}.md").write_bytes(f"LoRA 是一种微调方法。\n\n{text}".encode())
        try:
            graph = build(folder, workers=1).snapshot
        except NoNotesError:  # what was drawn does not look like text
            return

        def read(doc: str) -> NoteFile | None:
            note = read_note(folder / doc, folder)
            return None if isinstance(note, Skipped) else NoteFile(note.sha256, tuple(split_lines(note.text)))

        report = verify(graph, read)
        assert report.false == ()
        assert not report.missing


@pytest.mark.parametrize(
    ("quote", "line"),
    [
        ("a semigroup is a set", "A [[semi|semigroup]] is a set"),
        ("the first isomorphism theorem", "the [[Homs#_theorem _ first|first isomorphism]] theorem"),
        ("see AIM-9", "see [[trial-9.md|AIM-9]]"),
        ("见 第二", "见 www.example.com/a?b=1 第二"),
        ("前 ，后文", "前 https://a.b，后文"),
        ("1 说明", "[[1]](https://arxiv.org/abs/1) 说明"),
        ("的说明", "[https://a.b/c](https://a.b/c)的说明"),
        ("α angle &alpha;", "&alpha; angle &amp;alpha;"),
        ("text", "![an [inner] alternative](a.png)text"),
        ("一 二", "一 <!-- 不说 --> 二"),
        ("x → y", "x<sup>[2]</sup> → y"),
        ("a b", "a 🄰 b"),
        ("<eos></eos>", "<eos>![%%](a.png) [%% a note](a.md)</eos>"),
    ],
)
def test_what_may_be_left_out(quote: str, line: str) -> None:
    assert stands(quote, 1, [line])


def test_a_comment_may_end_on_the_next_line() -> None:
    assert stands("一 二", 1, ["一 <!-- 不说", "也不说 --> 二"])
    assert not stands("一 二", 1, ["一", "这要说 --> 二"])
    assert not stands("一 二", 1, ["一 <!-- 不说 -->", "这要说 <!-- 不说 --> 二"])


@pytest.mark.parametrize(
    ("quote", "line"),
    [
        ("one three", "one two three"),
        ("one three", "one **two** three"),
        ("one three", "one <b>two</b> three"),
        ("one three", "one [two](a.md) three"),
        ("one three", "one [[target|two]] three"),
        ("one three", "one [[two]] three"),
        ("one three", "one `two` three"),
        ("one three", "one (two) three"),
        ("one three", "one $two$ three"),
        ("论文方法", "[论文](http://x.y)提出方法"),
        ("论文方法", "[论文](http://x.y/a_(1))提出方法"),
        ("one two", "two one"),
        ("target", "one [two](x) [[three|four]]"),
    ],
)
def test_no_other_word_may_be_left_out(quote: str, line: str) -> None:
    assert not stands(quote, 1, [line])
