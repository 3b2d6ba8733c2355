"""Sentences that name two things without stating a relation of them."""

from __future__ import annotations

import numpy as np
import pytest

from extract.notes.parse import parse
from extract.relations.instances import chunks, instances
from extract.relations.negation import unstated
from extract.text.occurrences import locate
from extract.text.parsed_doc import parsed_doc


def silent(text: str, one: str, other: str) -> bool:
    doc = parsed_doc("a.md", parse(text, suffix=".md"))
    [notes] = list(chunks([doc], locate([doc], ((one, 0), (other, 1)))))
    found = instances(notes)
    assert len(found)
    said = unstated(notes, found, np.arange(len(found)))
    return bool(said.all())


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("Grafting spreads a plant by means other than seed dispersal.", "Grafting", "seed dispersal"),
        ("Cheese making uses rennet instead of vinegar.", "rennet", "vinegar"),
        ("Unlike granite, basalt cools quickly.", "granite", "basalt"),
        ("Basalt does not contain quartz.", "Basalt", "quartz"),
        ("玄武岩不含有而且不需要石英。", "玄武岩", "石英"),
        ("与花岗岩不同，玄武岩冷却得快。", "花岗岩", "玄武岩"),
        ("奶酪用凝乳酶而不是食醋。", "凝乳酶", "食醋"),
        ("Does basalt contain quartz?", "basalt", "quartz"),
        ("玄武岩是否含有石英？", "玄武岩", "石英"),
    ],
)
def test_a_denial_a_contrast_and_a_question_state_nothing(text: str, one: str, other: str) -> None:
    assert silent(text, one, other)


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("Basalt contains feldspar.", "Basalt", "feldspar"),
        ("Basalt is not only dark: not only iron but also feldspar is part of basalt.", "iron", "feldspar"),
        ("玄武岩不仅含有铁，也含有长石。", "玄武岩", "长石"),
        ("花岗岩和玄武岩都是岩石。", "花岗岩", "岩石"),
        ("Granite does not float. Basalt contains feldspar.", "Basalt", "feldspar"),
    ],
)
def test_a_statement_is_one(text: str, one: str, other: str) -> None:
    assert not silent(text, one, other)
