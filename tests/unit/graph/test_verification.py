from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from graph.verification import NoteFile, Quote, _has_words, quotes, stands, verify
from tests.unit.ui.fixture import LORA, NOTES, snapshot


def files(changes: dict[str, str | None]) -> dict[str, NoteFile | None]:
    found: dict[str, NoteFile | None] = {}
    for doc, text in {**NOTES, **changes}.items():
        found[doc] = (
            None if text is None else NoteFile(hashlib.sha256(text.encode()).hexdigest(), tuple(text.split("\n")))
        )
    return found


@pytest.mark.parametrize(
    ("quote", "line"),
    [
        ("LoRA is a method", "**LoRA** is a `method`."),
        ("LoRA（Low-Rank Adaptation）", "### 1. LoRA (Low‑Rank  Adaptation)"),
        ("see the paper first", '- see [the paper](http://example.com/a_(b)?x=1 "title") first'),
        ("see the paper first", "see [the paper][1] first"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("before after", "before ![alt](x.png) after"),
        ("bold word", "<b>bold</b> <span style='x'>word</span>"),
        ("开头 <s>，结尾 </s>，见对话模板", "开头 `<s>`，结尾 `</s>`，见[对话模板](a.md)"),
        ("开头 <s>，见<b>", "**开头** <s>，见<b>"),
        ("C++", "C\\+\\+"),
        ("——", "a —— b"),
        ("a 1 b", "a[^1] 1 b"),
    ],
)
def test_quotes_stand_markup_aside(quote: str, line: str) -> None:
    assert stands(quote, 2, ["", line, ""])


@pytest.mark.parametrize(
    ("quote", "number"),
    [("LoRA", 1), ("LoRA", 3), ("LoRA", 0), ("LoRA", 4), ("LoRA is good", 2), ("!!", 2)],
)
def test_quotes_that_do_not_stand(quote: str, number: int) -> None:
    assert not stands(quote, number, ["QLo", "LoRA is a method", "of"])


def test_a_quote_may_run_on_but_begins_on_its_line() -> None:
    lines = ["The method", "that **freezes", "the weights** is LoRA."]
    assert stands("that freezes the weights is LoRA", 2, lines)
    assert stands("The method that freezes the weights", 1, lines)
    assert not stands("the weights is LoRA", 2, lines)


def test_a_word_that_only_a_converter_wrote_is_found() -> None:
    graph = snapshot()
    doc = graph.documents[0].id
    said = [q for q in quotes(graph) if q.doc == doc]
    text = tuple(NOTES[doc].split("\n"))
    honest = replace(files({})[doc], original=tuple(f"\\emph{{{line}}}" for line in text))  # type: ignore[type-var]
    assert verify(graph, lambda name: honest if name == doc else files({})[name]).holds
    empty = replace(honest, original=tuple("" for _ in text))
    assert set(verify(graph, lambda name: empty if name == doc else files({})[name]).false) == {
        q for q in said if any(c.isalnum() for c in q.text)
    }


def test_accents_and_ligatures_of_another_markup_count_as_their_letters() -> None:
    quote = Quote("a.tex", 1, "Gödel, Søren & Cæsar", "x")
    assert _has_words(quote, ['G\\"odel, S{\\o}ren \\& C\\ae sar'])
    assert not _has_words(quote, ["Goethe"])


def test_every_quote_of_the_fixture_stands() -> None:
    report = verify(snapshot(), files({}).__getitem__)
    assert report.holds
    assert report.checked == len(quotes(snapshot())) > 60
    assert (report.changed, report.missing) == ((), ())


def test_a_changed_line_is_found_and_the_file_named() -> None:
    report = verify(snapshot(), files({LORA: NOTES[LORA].replace("is a kind of", "is one of")}).__getitem__)
    assert report.changed == (LORA,)
    assert [q.said_by for q in report.false] == [
        "relation lora is_a peft"
    ]  # the prerequisite rests on the same quote, said once


def test_a_change_that_no_quote_rests_on_is_no_error() -> None:
    report = verify(snapshot(), files({LORA: NOTES[LORA] + "\nMore.\n"}).__getitem__)
    assert (report.holds, report.changed) == (True, (LORA,))


def test_a_line_that_moved_is_an_error() -> None:
    report = verify(snapshot(), files({LORA: "\n" + NOTES[LORA]}).__getitem__)
    assert len(report.false) > 10
    assert {q.doc for q in report.false} == {LORA}


def test_a_missing_file_fails_all_its_quotes() -> None:
    report = verify(snapshot(), files({LORA: None}).__getitem__)
    assert report.missing == (LORA,)
    assert {q.doc for q in report.false} == {LORA}


def test_a_graph_without_quotes_holds() -> None:
    empty = replace(snapshot(), concepts=(), relations=(), prerequisites=(), communities=(), merges=())
    assert verify(empty, files({}).__getitem__).checked == 0
