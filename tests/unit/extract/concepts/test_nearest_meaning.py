"""A note goes to the meaning of the note that is most like it, as a comparison with each one by one finds it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from extract.concepts.meanings import _Nearest

NAMES = st.frozensets(st.sampled_from("abcdefgh"), max_size=6)
NOTES = st.tuples(NAMES, NAMES)


@given(st.lists(NOTES, min_size=2, max_size=6), st.lists(NOTES, max_size=12))
def test_the_nearest_is_found_by_what_notes_share(told: list[Any], rest: list[Any]) -> None:
    nearest, groups = _Nearest(), [[note] for note in told]
    for number, note in enumerate(told):
        nearest.add(_use(note), number)
    for note in rest:
        alike = [max(_overlap(note, other) for other in members) for members in groups]
        number = nearest.group(_use(note), len(groups))
        assert number == alike.index(max(alike))
        groups[number].append(note)
        nearest.add(_use(note), number)


def _use(note: Any) -> Any:
    return SimpleNamespace(words=note[0], about=note[1])


def _overlap(one: Any, other: Any) -> float:
    return len(one[0] & other[0]) + len(one[1] & other[1]) / max(1, min(len(one[1]), len(other[1])))
