"""What 120 questions about the example notes ask for: 60 in each language, written before the rules were tried."""

from __future__ import annotations

import json
from typing import Any

import pytest

from queries.question.forms import parts
from queries.question.model import Form, Plan, QuestionKind
from queries.question.plan import question_kind
from tests.places import ROOT

FLOOR = 0.95
RECORDS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "tests" / "quality" / "question_forms.jsonl").read_text(encoding="utf-8").splitlines()
]


def test_the_questions_are_of_all_kinds_and_forms_in_both_languages() -> None:
    for lang in ("zh", "en"):
        own = [r for r in RECORDS if r["lang"] == lang]
        assert len(own) == len({r["question"] for r in own}) == 60
        assert {r["kind"] for r in own} == {k.value for k in QuestionKind}
        assert {r["form"] for r in own} == {f.value for f in Form}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_kinds_are_told_apart(lang: str) -> None:
    own = [r for r in RECORDS if r["lang"] == lang]
    wrong = [r["question"] for r in own if question_kind(r["question"])[0].value != r["kind"]]
    assert len(wrong) <= (1 - FLOOR) * len(own), wrong


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_forms_are_told_apart(lang: str) -> None:
    """The form of the first thing that is asked."""
    own = [r for r in RECORDS if r["lang"] == lang]
    wrong = []
    for record in own:
        kind, why = question_kind(record["question"])
        found = parts(Plan(record["question"], lang, kind, (), (), why))
        wrong += [record["question"]] if found[0].form.value != record["form"] else []
    assert len(wrong) <= (1 - FLOOR) * len(own), wrong
