"""A language model that is asked only about what is doubtful."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from extract.llm.check import CONFIRMED, check_needs, check_relations
from extract.llm.reader import LanguageReader, ReadingReport
from extract.pipeline import build
from extract.verification import verify_notes
from graph.llm.requests import Answers, Keep, Request, Tell
from graph.model import Basis, Evidence, Prerequisite, Relation, RelationType

LINE = (Evidence("a.md", 1, "A uses B, unlike C."),)
ROOM = 1000
NAMES = {"a": "A", "b": "B", "c": "C"}


class Judge:
    name = "judge"
    context = 8192

    def __init__(self, say: Callable[[Request], Any]) -> None:
        self.say = say
        self.asked: list[Request] = []

    def answer(self, requests: Sequence[Request], tell: Tell | None = None, keep: Keep | None = None) -> Answers:
        self.asked += requests
        texts = {r.id: json.dumps(said) for r in requests if (said := self.say(r)) is not None}
        return Answers(texts, {r.id: "no" for r in requests if r.id not in texts}, len(texts))


def relation(head: str, kind: RelationType, tail: str, confidence: float = 0.4) -> Relation:
    return Relation(head, kind, tail, confidence, "pattern", Basis.EXTRACTED, LINE)


def checked(relations: Sequence[Relation], *verdicts: dict[str, object]) -> tuple[Relation, ...]:
    return check_relations(
        relations, NAMES, Judge(lambda _: {"verdicts": list(verdicts)}), ReadingReport("judge"), ROOM
    )


USES = relation("a", RelationType.USES, "b")


def test_what_it_confirms_is_surer() -> None:
    (found,) = checked([USES], {"n": 1, "type": "uses", "reversed": 0})
    assert (found.key, found.basis, found.confidence) == (USES.key, Basis.EXTRACTED, CONFIRMED)


def test_what_it_denies_goes() -> None:
    assert checked([USES], {"n": 1, "type": "none", "reversed": 0}) == ()


@pytest.mark.parametrize(
    ("verdict", "key"),
    [
        ({"n": 1, "type": "part_of", "reversed": 0}, ("a", "part_of", "b")),
        ({"n": 1, "type": "uses", "reversed": 1}, ("b", "uses", "a")),
        ({"n": 1, "type": "contrasts_with", "reversed": 1}, ("a", "contrasts_with", "b")),
    ],
)
def test_another_type_or_direction_is_the_models_word(verdict: dict[str, object], key: tuple[str, str, str]) -> None:
    (found,) = checked([USES], verdict)
    assert (found.key, found.basis, found.said_by, found.evidence) == (key, Basis.MODEL, "model:judge", LINE)


@pytest.mark.parametrize("verdict", [{"n": 9, "type": "none"}, {"n": "1"}, {"n": 1, "type": "loves"}, {}, {"n": True}])
def test_a_verdict_about_nothing_changes_nothing(verdict: dict[str, object]) -> None:
    assert checked([USES], verdict) == (USES,)


def test_what_is_sure_or_general_knowledge_is_not_asked() -> None:
    judge = Judge(lambda _: {"verdicts": []})
    sure = relation("a", RelationType.USES, "b", 0.8)
    check_relations([sure], NAMES, judge, ReadingReport("judge"), ROOM)
    assert judge.asked == []


def test_prerequisites_that_it_denies_go_and_the_others_are_surer() -> None:
    edges = [Prerequisite("a", "b", 0.4, ("uses",), LINE), Prerequisite("b", "c", 0.3, ("reference",), LINE)]
    judge = Judge(lambda _: {"wrong": [1, 7]})
    found = check_needs(edges, NAMES, judge, ReadingReport("judge"), ROOM)
    assert [(e.key, e.confidence) for e in found] == [(("a", "b"), CONFIRMED)]
    assert "2. A -> B <line>A uses B, unlike C.</line>" in judge.asked[0].user


def test_without_an_answer_all_stays() -> None:
    report = ReadingReport("judge")
    edges = [Prerequisite("a", "b", 0.4, ("uses",), LINE)]
    assert check_needs(edges, NAMES, Judge(lambda _: None), report, ROOM) == tuple(edges)
    assert check_relations([USES], NAMES, Judge(lambda _: None), report, ROOM) == (USES,)
    assert report.failed == 2


def test_a_build_asks_little_and_stays_true(tmp_path: Path) -> None:
    notes = Path(__file__).parents[4] / "examples" / "notes"
    judge = Judge(lambda r: {"wrong": [1]} if r.task in ("concepts", "needs") else {"verdicts": [], "same": []})
    result = build(notes, workers=1, reader=LanguageReader(judge, only_doubts=True))
    without = build(notes, workers=1)
    assert {r.task for r in judge.asked} >= {"concepts", "statements", "needs"}
    first = next(r for r in judge.asked if r.task == "concepts").user.split("\n")[0]
    rejected = first.removeprefix("1. ").partition(" <line>")[0]
    assert rejected in {c.name for c in without.snapshot.concepts}
    assert rejected not in {c.name for c in result.snapshot.concepts}
    assert len(result.snapshot.prerequisites) < len(without.snapshot.prerequisites)
    assert verify_notes(result.snapshot, notes).holds


def test_checking_takes_a_tenth_of_reading(tmp_path: Path) -> None:
    notes = Path(__file__).parents[4] / "examples" / "notes"
    judge, reading = Judge(lambda _: {}), Judge(lambda _: None)
    build(notes, workers=1, reader=LanguageReader(judge, only_doubts=True))
    build(notes, workers=1, reader=LanguageReader(reading))
    whole = sum(3 * r.tokens for r in reading.asked if r.task == "read")  # with the answers
    assert sum(r.tokens for r in judge.asked) <= 0.12 * whole


def test_what_is_doubted_most_is_asked_first() -> None:
    judge = Judge(lambda _: {"verdicts": []})
    middle = [relation(f"h{n}", RelationType.USES, f"t{n}", 0.25 + n / 100) for n in range(30)]
    names = {end: end for r in middle for end in (r.head, r.tail)}
    check_relations(middle, names, judge, ReadingReport("judge"), 120)
    (asked,) = judge.asked
    assert 1 <= asked.user.count("<line>") < 10
    assert "h16" in asked.user
    assert "h0 " not in asked.user


def test_of_a_long_line_the_piece_with_both_names_is_shown() -> None:
    long = Evidence("a.md", 1, "word " * 80 + "A uses B " + "word " * 80)
    judge = Judge(lambda _: {"verdicts": []})
    apart = Relation(
        "a", RelationType.USES, "b", 0.4, "pattern", Basis.EXTRACTED, (Evidence("a.md", 1, "Only A."), long)
    )
    check_relations([apart], NAMES, judge, ReadingReport("judge"), ROOM)
    shown = judge.asked[0].user
    assert "A uses B" in shown
    assert len(shown) < 250
