from __future__ import annotations

import pytest

from extract.concepts.candidates import collect
from extract.concepts.everyday import everyday, is_slip
from extract.notes.parse import parse
from extract.text.parsed_doc import parsed_doc


def passing(name: str, text: str, scores: float = 0.6) -> frozenset[str]:
    candidates = collect(parsed_doc(name, parse(text, suffix=".md")))
    return everyday(candidates, dict.fromkeys(candidates.forms, scores), None)


DIARY = "- 8:15 dentist\n- laundry with Priya\n- read on **pulleys**, mitosis and DNA\n- 洗碗。买菜。复习线粒体。\n"


def test_a_diary_names_people_and_errands_in_passing() -> None:
    found = passing("2023-10-02.md", DIARY)
    assert {"dentist", "laundry", "priya", "洗碗", "买菜"} <= found
    assert not {"pulley", "mitosi", "dna", "线粒体"} & found


def test_what_is_rare_but_unlikely_is_in_passing() -> None:
    assert "mitosi" in passing("2023-10-02.md", DIARY, scores=0.1)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("2023-10-02.md", "word " * 100, True),
        ("a.md", "# 2023-10-02 Mon\n\n" + "word " * 100, True),
        ("a.md", "# Levers\n\n" + "word " * 100, False),
        ("a.md", "# Levers\n\nA lever turns.", True),
        ("2023-10-02.md", "word " * 1000, False),
    ],
)
def test_slips(name: str, text: str, expected: bool) -> None:
    assert is_slip(parsed_doc(name, parse(text, suffix=".md"))) is expected
