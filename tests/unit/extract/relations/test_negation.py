"""Sentences that name two things without stating a relation of them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extract.notes.parse import parse
from extract.relations import negation
from extract.relations.cues import caseless
from extract.relations.instances import Place, chunks, instances
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
        ("Granite vs. basalt", "Granite", "basalt"),
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


COMPARED = """## {title}

| {first} | {one} | {other} |
|---|---|---|
| {label} | feldspar | olivine |
|  | quartz | pyroxene |
"""


@pytest.mark.parametrize(("one", "other"), [("quartz", "pyroxene"), ("pyroxene", "quartz")])
def test_cells_of_two_columns_that_do_not_name_the_subject_state_nothing(one: str, other: str) -> None:
    text = COMPARED.format(title="Minerals", first="Property", one="Granite", other="Basalt", label="Mostly")
    assert silent(text, one, other)


@pytest.mark.parametrize(
    ("title", "one", "other"),
    [
        ("Granite vs basalt", "Granite", "Basalt"),
        ("The differences", "Granite", "Basalt"),
        ("两者的区别", "花岗岩", "玄武岩"),
    ],
)
def test_two_columns_that_are_compared_state_nothing(title: str, one: str, other: str) -> None:
    text = f"## {title}\n\n| {one} | {other} |\n|---|---|\n| feldspar | olivine |\n"
    assert row_is_silent(text, [one, other, "feldspar", "olivine"])


@pytest.mark.parametrize(
    "text",
    [
        "## Rocks\n\n| Rock | Mineral |\n|---|---|\n| feldspar | olivine |\n",
        "## The differences\n\n| Name | Content |\n|---|---|\n| feldspar | olivine |\n",
        "## The differences\n\n| | Mineral |\n|---|---|\n| feldspar | olivine |\n",
    ],
)
def test_a_row_states_something_of_its_first_cell(text: str) -> None:
    assert not row_is_silent(text, ["Rock", "Mineral", "feldspar", "olivine"])


def row_is_silent(text: str, names: list[str]) -> bool:
    """Whether the last two of ``names`` are in one row of a table that states nothing of them."""
    doc = parsed_doc("a.md", parse(text, suffix=".md"))
    [notes] = list(chunks([doc], locate([doc], ((name, i) for i, name in enumerate(names)))))
    found = instances(notes)
    ends = np.stack([notes.occ_concept[found.a], notes.occ_concept[found.b]], axis=1)
    rows = np.flatnonzero((found.place == Place.ROW) & (ends >= len(names) - 2).all(axis=1))
    assert len(rows)
    return bool(unstated(notes, found, rows).all())


@pytest.mark.parametrize("pattern", [negation._BETWEEN, negation._NO_NEGATION])
def test_what_denies_has_a_sign_of_it(pattern: re.Pattern[str]) -> None:
    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
    @given(st.from_regex(pattern, fullmatch=True))
    def check(words: str) -> None:
        assert any(sign in caseless(words) for sign in negation._SIGNS)

    check()
