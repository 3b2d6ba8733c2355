"""What ties the members of themes, against looking at each theme alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.model import Concept
from graph.text.name_finder import NameFinder
from graph.text.names import fold
from graph.themes.members import Members, Ties

NAMES = ["HTTP", "HTTPS", "https", "http server", "policy", "Policies", "policy gradient", "KV缓存", "KV 缓存", "缓存",
         "IT", "it", "IT policy", "Cache", "caches", "cache line", "a b", "A-B", "a b c"]  # fmt: skip
GRAPHS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 2)), min_size=1, max_size=12)
TEXTS = st.lists(st.sampled_from([*NAMES, "the", "的", ","]), max_size=6).map(" ".join)


def _themes(graph: list[tuple[str, int]]) -> tuple[list[Concept], list[Members]]:
    concepts = [Concept(f"{i:02}", name) for i, (name, _) in enumerate(graph)]
    groups = [[i for i, (_, theme) in enumerate(graph) if theme == number] for number in range(3)]
    themes = [np.asarray(group, dtype=np.int64) for group in groups if group]
    return concepts, Ties(concepts, {c.id: i for i, c in enumerate(concepts)}, []).level(themes)


@given(GRAPHS)
def test_names_inside_of_names_are_those_that_each_theme_finds_alone(graph: list[tuple[str, int]]) -> None:
    concepts, themes = _themes(graph)
    for theme in themes:
        places = sorted(m.place for m in theme.ranked)
        finder = NameFinder((concepts[i].name, i) for i in places)
        expected = {
            (f.owner, i)
            for i in places
            for f in finder.find_all(concepts[i].name)
            if fold(concepts[f.owner].name) != fold(concepts[i].name)
        }
        assert {(m.place, other) for m in theme.ranked for other in theme.covers(m)} == expected


@given(GRAPHS, TEXTS)
def test_a_text_names_the_members_that_each_theme_finds_alone(graph: list[tuple[str, int]], text: str) -> None:
    for theme in _themes(graph)[1]:
        finder = NameFinder((m.name, m.place) for m in theme.ranked)
        assert theme.named_in(text) == {f.owner for f in finder.find(text)}
