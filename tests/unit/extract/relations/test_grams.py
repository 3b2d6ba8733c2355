"""What is found of all texts at once is what is found of each alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from extract.relations.grams import GramTable, TextGrams, grams

PREFIXES = ("m:", "l:")
TEXTS = st.text(alphabet="ab机器学习𠀀 \u3000\n.,…éA", max_size=40)


def test_grams_by_hand() -> None:
    assert sorted(grams("use 梯度下 a-b")) == sorted(
        ["use", "梯", "度", "下", "梯度", "度下", "梯度下", "a", "use a", "-", "a -", "b", "- b"]
    )


@given(TEXTS, st.lists(st.tuples(st.integers(0, 1), st.integers(0, 40), st.integers(0, 40)), max_size=12), st.data())
def test_parts_have_the_rows_of_their_grams(text: str, parts: list[tuple[int, int, int]], data: st.DataObject) -> None:
    possible = sorted({prefix + gram for prefix in PREFIXES for gram in grams(text + text[::-1])})
    known = data.draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    vocabulary = {name: row for row, name in enumerate(known)}
    places = [(p, min(i, len(text)), max(min(i, len(text)), min(j, len(text)))) for p, i, j in parts]
    prefix, start, end = np.asarray(places, dtype=np.int64).reshape(-1, 3).T
    found = TextGrams(text, GramTable.of(vocabulary, PREFIXES)).rows_of(prefix, start, end)
    own = [{PREFIXES[p] + gram for gram in grams(text[i:j])} & vocabulary.keys() for p, i, j in places]
    expected = [(number, row) for number, names in enumerate(own) for row in sorted(map(vocabulary.__getitem__, names))]
    assert list(zip(*(side.tolist() for side in found), strict=True)) == expected


def test_nothing_is_known_by_an_empty_model() -> None:
    found = TextGrams("a 机器", GramTable.of({}, PREFIXES)).rows_of(*np.asarray([[0], [0], [4]]))
    assert [side.tolist() for side in found] == [[], []]
