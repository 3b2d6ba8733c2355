"""Candidates of all documents as columns say what the documents say one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.concepts.budget import log_odds, mean_by, probabilities, weighed
from extract.concepts.candidates import Candidates
from extract.concepts.form_rows import FormRows, largest_by
from extract.concepts.forms import Form, FormDict, FormTable
from extract.concepts.typos import _near
from extract.text.occurrences import ParsedDoc


def note(name: str, *forms: Form, size: int = 400) -> Candidates[FormTable]:
    return Candidates(ParsedDoc(name, (), "en", size), FormDict({f.key: f for f in forms}), size, [], [])


def form(key: str, *surfaces: str, strong: int = 0) -> Form:
    return Form(key, surfaces=Counter(surfaces), count=len(surfaces), whole=1, flags=Counter(strong=strong))


def test_a_row_for_each_candidate_with_a_probability() -> None:
    collection = [
        note("a", form("valve", "Valve", "valve", "valve"), form("pump", "pump", strong=2)),
        note("b"),
        note("c", form("pump", "Pump", "Pump"), form("atom", "atom"), form("left out", "left out")),
    ]
    scores = [{"valve": 0.5, "pump": 0.3}, {}, {"atom": 0.9, "pump": 0.4, "no form": 0.8}]
    rows = FormRows.of(collection, scores)
    assert rows.keys == ["atom", "pump", "valve"]
    assert rows.surfaces == ["atom", "pump", "valve"], "the writing used most in the first document"
    assert rows.key.tolist() == [2, 1, 0, 1]
    assert rows.score.tolist() == [0.5, 0.3, 0.9, 0.4]
    assert rows.count.tolist() == [3, 1, 1, 2]
    assert rows.strong.tolist() == [0, 2, 0, 0]
    assert rows.doc().tolist() == [0, 0, 2, 2]


def test_nothing_has_no_rows() -> None:
    rows = FormRows.of([], [])
    assert (rows.keys, len(rows.key), rows.doc().tolist()) == ([], 0, [])
    assert [column.tolist() for column in largest_by(rows.key, rows.score)] == [[], []]


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1)), max_size=30))
def test_the_largest_of_each_group(pairs: list[tuple[int, float]]) -> None:
    groups, values = (
        (np.asarray(column) for column in zip(*pairs, strict=True)) if pairs else (np.zeros(0), np.zeros(0))
    )
    slow: dict[int, float] = {}
    for group, value in pairs:
        slow[group] = max(value, slow.get(group, 0.0))
    found, largest = largest_by(groups.astype(np.int64), values)
    assert dict(zip(found.tolist(), largest.tolist(), strict=True)) == slow
    assert found.tolist() == sorted(slow)


def test_probabilities_in_view_of_other_documents() -> None:
    odds = log_odds(np.asarray([0.8, 0.8, 0.2]), [400, 9000], np.asarray([0, 1, 1]))
    assert probabilities(odds, None).tolist() == pytest.approx([0.8, weighed(0.8, 9000), weighed(0.2, 9000)])
    everywhere = mean_by(np.asarray([0, 1, 1]), odds, 3)
    assert everywhere[2] == 0
    shared = probabilities(odds[1:], everywhere[[1, 1]])
    assert weighed(0.2, 9000) < shared[1] < shared[0] < weighed(0.8, 9000)


@given(st.lists(st.text("abc", min_size=7, max_size=10), unique=True, max_size=60))
def test_names_that_are_nearly_the_same(keys: list[str]) -> None:
    def without_a_letter(key: str) -> set[str]:
        return {key} | {key[:i] + key[i + 1 :] for i in range(1, len(key))}

    rare, often = keys[::2], keys[1::2]
    slow = {key: sorted(o for o in often if without_a_letter(key) & without_a_letter(o)) for key in sorted(rare)}
    assert _near(rare, often) == {key: found for key, found in slow.items() if found}
