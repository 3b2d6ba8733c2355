"""The most salient concepts are what the notes are about."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median, quantiles

import pytest

from extract.pipeline import build
from graph.model import GraphSnapshot, LineKind
from graph.text.names import fold
from tests.places import SEEDS


def ranks(graph: GraphSnapshot) -> Mapping[str, int]:
    """Folded name or alias → place of its concept, from 0; the first where several have it."""
    found: dict[str, int] = {}
    for place, concept in enumerate(graph.concepts):
        for name in concept.names:
            found.setdefault(fold(name), place)
    return found


def test_concepts_of_headings_come_before_those_that_are_named_once(example_graph: GraphSnapshot) -> None:
    headings = {
        (p.doc, number)
        for p in example_graph.passages
        for number, line in p.numbered_lines()
        if line.kind is LineKind.HEADING
    }
    headed, once = [], []
    for place, concept in enumerate(example_graph.concepts):
        lines = {(m.doc, m.line) for m in concept.mentions}
        if lines & headings:
            headed.append(place)
        elif len(lines) == 1:
            once.append(place)
    assert min(len(headed), len(once)) > 50
    before = sum(a < b for a in headed for b in once) / (len(headed) * len(once))
    assert before > 0.95
    assert median(headed) < len(example_graph.concepts) / 5


def test_what_the_example_notes_are_about_comes_first(example_graph: GraphSnapshot) -> None:
    place = ranks(example_graph)
    subjects = ("Transformer", "注意力", "Tokenizer", "KV cache", "LoRA", "RLHF", "量化", "RAG", "智能体", "DPO")
    tenth = len(example_graph.concepts) // 10
    assert {name: place[fold(name)] for name in subjects if place[fold(name)] >= tenth} == {}


def test_salience_is_spread_and_confidence_is_a_number_of_its_own(example_graph: GraphSnapshot) -> None:
    values = [c.salience for c in example_graph.concepts]
    assert values[0] == 1.0
    low, *_, high = quantiles(values, n=10)
    assert low < 0.3 < 0.5 < high
    assert len(set(values)) > len(values) / 2
    assert {c.confidence for c in example_graph.concepts} != set(values)


@pytest.mark.seeds
@pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed documents are not there")
def test_what_a_reader_would_name_comes_first_in_the_seeds() -> None:
    graph = build(SEEDS, order=False).snapshot
    place, tenth = ranks(graph), len(graph.concepts) // 10
    named = ("LLM", "Transformer", "微调", "预训练", "注意力", "LoRA", "RAG", "RLHF", "PEFT", "LangChain")
    assert {name: place[fold(name)] for name in named if place[fold(name)] >= tenth} == {}
    assert place[fold("KV Cache")] < 2 * tenth
