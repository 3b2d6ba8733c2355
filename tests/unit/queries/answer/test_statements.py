"""Which lines ask instead of stating something."""

from __future__ import annotations

import time

import pytest

from graph.model import LineKind
from queries.answer.statements import MOSTLY, asking
from queries.retrieval.lines import Line


def _line(text: str) -> Line:
    return Line(doc="a.md", number=3, text=text, kind=LineKind.TEXT, headings=(), context="", passage="a", section="")


@pytest.mark.parametrize(
    "text",
    [
        'Maxim "Max" Rowe ( ) is the lead singer of a band. He also writes comics.',
        "The Rowe Hotel () is a resort that opened in 1999.",
        "The Northern Lights ( ) are seen near the poles.",
        "A labradoodle ( ) is a crossbreed dog. It was first bred in 1955, and it became popular much later.",
        "保罗·罗（）是德国作曲家，写过许多作品。",
        "调用 forward() 得到输出，再调用 backward() 求梯度。",
        "The optimizer calls step() once for each batch.",
        'She is the author of "Are You Being Served?" and of two other plays.',
        "Who's Afraid of Virginia Woolf? was first played in 1962, and it was a success from its first night on.",
        "When the current rises, the fuse melts.",
        "Doe v. Roe, 570 U.S. ___ (2013), was a decision of the court. It held that all facts must be found by a jury.",
    ],
)
def test_a_statement_is_not_taken_for_a_question(text: str) -> None:
    assert asking(_line(text)) < MOSTLY


def test_a_sequence_of_names_takes_time_in_proportion_to_it() -> None:
    def taken(size: int) -> float:
        line = _line("Gly-Ala-" * size)
        begun = time.process_time()
        asking(line)
        return time.process_time() - begun

    taken(100)
    assert taken(16_000) < 8 * max(taken(4_000), 0.005)


@pytest.mark.parametrize(
    "text",
    [
        "LoRA 属于（  ）微调方法。A. 全参数 B. 参数高效 C. 提示",
        "世界上最大的海洋是（ ），最小的是（ ）。",
        "在 Transformer 中，（）用于计算词之间的相关性。",
        "The enzyme ( ) breaks down starch.",
        "The enzyme ______ breaks down starch.",
        "What does pepsin break down?",
        '"What does pepsin break down?"',
    ],
)
def test_what_is_to_be_filled_in_or_answered_states_nothing(text: str) -> None:
    assert asking(_line(text)) >= MOSTLY
