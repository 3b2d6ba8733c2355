"""Groups that are held out, and what several trainings share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from graph.errors import InputError
from graph.model import Document, GraphSnapshot
from training.estimators import UNIT, Pair, bags, fit_linear, vocabulary, word_weights
from training.folds import cross_fit, folds, folds_by_size
from training.gold import OWN_GOLD, OWN_NOTES, read_parts
from training.setting import FULL, QUICK, Setting

NAMES = [f"p{n}" for n in range(11)]


@pytest.mark.parametrize("count", [2, 6, 11, 20])
def test_folds_are_a_partition_into_groups_of_about_one_size(count: int) -> None:
    found = folds(NAMES, count)
    assert sorted(name for fold in found for name in fold) == sorted(NAMES)
    assert len(found) == min(count, len(NAMES))
    assert max(map(len, found)) - min(map(len, found)) <= 1
    assert all(found)


def test_folds_do_not_depend_on_the_order_of_the_names() -> None:
    assert folds(NAMES, 4) == folds([*reversed(NAMES), *NAMES], 4)


def test_folds_by_size_deal_out_from_the_largest_on() -> None:
    assert folds_by_size([5, 9, 1, 7, 3], 2) == [[0, 1, 2], [3, 4]]  # 9, 5, 1 and 7, 3
    assert folds_by_size([1, 1], 5) == [[0], [1]]


def test_every_part_gets_a_model_that_has_not_seen_it() -> None:
    seen = cross_fit(folds(NAMES, 3), lambda held: frozenset(NAMES) - held)
    assert sorted(seen) == sorted(NAMES)
    assert all(name not in trained_on for name, trained_on in seen.items())
    assert {len(trained_on) for trained_on in seen.values()} <= {7, 8}


def test_words_of_few_parts_are_no_features() -> None:
    rows = [({"a", "b"}, "one"), ({"a"}, "one"), ({"a", "c"}, "two"), ({"c"}, "three")]
    assert vocabulary(rows, rare=1) == {"a": 0, "b": 1, "c": 2}
    assert vocabulary(rows, rare=2) == {"a": 0, "c": 1}
    assert vocabulary(rows[:2], rare=2) == {"a": 0, "b": 1}  # of a single part all words count


def test_bags_are_ones_where_the_words_are() -> None:
    columns = {"a": 0, "b": 1, "c": 2}
    found = bags([{"c", "a", "unknown"}, set(), ["b"]], columns).toarray()
    assert found.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert bags([set(), set()], columns).shape == (2, 3)


def test_word_weights_are_integers_and_small_ones_are_left_out() -> None:
    weights = np.array([[0.5, -0.011], [0.02, 0.0], [-0.049, 0.051]])
    assert UNIT == 100
    assert word_weights(weights, {"a": 0, "b": 1, "c": 2}, least=5) == {"a": [50, -1], "c": [-5, 5]}


def test_one_label_teaches_nothing() -> None:
    x = np.zeros((3, 1))
    with pytest.raises(InputError, match="Nothing can be learned from 3 rows that are all right or all wrong"):
        fit_linear(1.0, x, np.ones(3), ["a"])
    with pytest.raises(InputError, match="Nothing can be learned"):
        Pair(1.0, 5, 4, 1).fit(x, np.zeros(3))


def test_a_share_of_the_trees() -> None:
    pair = Pair(c=0.5, rounds=120, leaves=12, least=30)
    assert pair.shortened(1.0) == pair
    assert pair.shortened(0.1) == replace(pair, rounds=12)
    assert pair.shortened(0.001).rounds == 5


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(read_parts([OWN_GOLD], [OWN_NOTES]), tmp_path / "work")


def test_intermediate_results_are_made_once(setting: Setting) -> None:
    calls: list[int] = []

    def make() -> dict[str, int]:
        calls.append(1)
        return {"重": len(calls)}

    assert setting.kept("x", make) == setting.kept("x", make) == {"重": 1}
    assert replace(setting).kept("x", make) == {"重": 1}
    assert len(calls) == 1


def test_other_parts_or_effort_are_another_intermediate_result(setting: Setting) -> None:
    others = [replace(setting, effort=QUICK), setting.without({setting.parts[0].name})]
    assert setting.effort == FULL
    assert len({s.key for s in (setting, *others)}) == 3
    assert [s.kept("x", lambda n=n: n) for n, s in enumerate((setting, *others))] == [0, 1, 2]


def test_a_graph_is_kept(setting: Setting) -> None:
    graph = GraphSnapshot(documents=(Document("a.md", "A", "0" * 64, 3, "en"),))
    made = iter([graph])
    assert setting.kept_graph("05-分词器", lambda: next(made)) == graph
    assert setting.kept_graph("05-分词器", lambda: next(made)) == graph  # there is no second one to make


def test_a_training_that_is_killed_leaves_no_half_a_result(setting: Setting) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        setting.kept("x", killed)
    assert setting.kept("x", lambda: "whole") == "whole"
