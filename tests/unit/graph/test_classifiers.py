"""The models in JSON say what the estimators that they were exported from say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from graph.classifiers import from_record, load_model
from training.export import from_sklearn, mean_of

NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def data() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(500, 4)) * [1, 10, 0.1, 1] + [0, 5, 0, 0]
    x[:, 3] = np.round(x[:, 3])
    y = (x[:, 0] + x[:, 3] * (x[:, 1] > 5) + rng.normal(scale=0.5, size=500) > 0).astype(np.int64)
    return x, y


ESTIMATORS: list[Any] = [
    make_pipeline(StandardScaler(), LogisticRegression()),
    LogisticRegression(max_iter=2000),
    HistGradientBoostingClassifier(max_iter=20, max_depth=4, random_state=0),
    GradientBoostingClassifier(n_estimators=20, max_depth=3, random_state=0),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=["pipeline", "logistic", "hist", "gradient"])
def test_probabilities_are_those_of_the_estimator(estimator: Any, data: tuple[Any, Any], tmp_path: Path) -> None:
    x, y = data
    estimator.fit(x, y)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(from_sklearn(estimator, NAMES)), encoding="utf-8")
    model = load_model(path)
    assert model.features == NAMES
    wanted = estimator.predict_proba(x)[:, 1]
    assert wanted.min() < 0.2 < 0.8 < wanted.max()
    np.testing.assert_allclose(model.probability(x), wanted, atol=1e-4)


def test_linear_by_hand() -> None:
    model = from_record(
        {"kind": "linear", "features": ["a", "b"], "mean": [1, 0], "scale": [2, 1], "weights": [3, -1], "bias": 0.5}
    )
    # (5 - 1) / 2 * 3 - 2 + 0.5 = 4.5
    assert model.probability([[5.0, 2.0]])[0] == pytest.approx(1 / (1 + math.exp(-4.5)))
    assert model.contributions([5.0, 2.0]) == [("a", 6.0), ("b", -2.0)]


def stump(threshold: float, low: float, high: float) -> dict[str, Any]:
    return {
        "feature": [0, -1, -1],
        "threshold": [threshold, 0, 0],
        "left": [1, -1, -1],
        "right": [2, -1, -1],
        "value": [(low + high) / 2, low, high],
    }


def test_trees_by_hand() -> None:
    leaf = {"feature": [-1], "threshold": [0], "left": [-1], "right": [-1], "value": [0.25]}
    model = from_record({"kind": "trees", "features": ["a"], "bias": 1.0, "trees": [stump(0.5, -2.0, 2.0), leaf]})
    np.testing.assert_allclose(model.margin([[0.5], [0.6]]), [-0.75, 3.25])
    assert model.contributions([0.6]) == [("a", 2.0)]


def test_mean_of_two() -> None:
    zero = {"kind": "linear", "features": ["a"], "mean": [0], "scale": [1], "weights": [0], "bias": 0}
    sure = zero | {"bias": 50.0}
    model = from_record(mean_of([zero, sure]))
    assert model.probability([[1.0]])[0] == pytest.approx(0.75)
    assert model.margin([[1.0]])[0] == pytest.approx(math.log(3))


def test_many_rows_are_scored_like_single_ones() -> None:
    model = from_record(
        {"kind": "trees", "features": ["a"], "bias": 0.0, "trees": [stump(t, -t, t) for t in (0.1, 0.4, 0.8)]}
    )
    x = np.linspace(0, 1, 10_001)[:, None]
    wanted = [sum(t if v > t else -t for t in (0.1, 0.4, 0.8)) for v in x[:, 0]]
    np.testing.assert_allclose(model.margin(x), wanted)
    assert model.margin(np.zeros((0, 1))).shape == (0,)


def test_extreme_margins_do_not_overflow() -> None:
    model = from_record({"kind": "linear", "features": ["a"], "mean": [0], "scale": [1], "weights": [1], "bias": 0})
    np.testing.assert_allclose(model.probability([[-1e9], [1e9]]), [0.0, 1.0])


@pytest.mark.parametrize("record", [{"kind": "forest"}, {"kind": "mean", "models": []}, {}])
def test_what_is_no_model_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Unknown kind|at least one"):
        from_record(record)


def test_wrong_number_of_columns_is_refused() -> None:
    model = from_record({"kind": "linear", "features": ["a"], "mean": [0], "scale": [1], "weights": [1], "bias": 0})
    with pytest.raises(ValueError, match="1 features"):
        model.probability([[1.0, 2.0]])
