from __future__ import annotations

import pytest

from extract.concepts.content_words import is_content
from extract.concepts.subjects import Said, subjects
from extract.notes.parse import parse
from extract.text.segment import tokenize


def found(text: str) -> list[tuple[str, Said]]:
    return [s for b in parse(text, suffix=".md") for s in subjects(b, b.text, tokenize(b.text), is_content)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A lathe is a machine.", [("lathe", Said.IS_A)]),
        ("The traveller's dilemma (TD) is a game.", [("traveller's dilemma", Said.IS_A)]),
        ("Dowels are wooden pins.", [("Dowels", Said.IS)]),
        ("Flux means a cleaning agent.", [("Flux", Said.IS_A)]),
        ("I/O is data transfer.", [("I/O", Said.IS)]),
        ("气孔是叶片表面的小孔。", [("气孔", Said.IS)]),
        ("气孔是一种小孔。", [("气孔", Said.IS_A)]),
        ("木质部运输水分。", [("木质部", Said.DOES)]),
        ("- Kerf: the width of a cut", [("Kerf", Said.HEAD)]),
        ("Dowels are wet.", []),
        ("It is a machine.", []),
        ("Is a lathe a machine?", []),
        ("Tools are used here.", []),
        ("分层的原因是降低复杂度。", []),
        ("这一阶段是开始。", []),
    ],
)
def test_subjects(text: str, expected: list[tuple[str, Said]]) -> None:
    assert found(text) == expected
