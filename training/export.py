"""From fitted scikit-learn estimators to the JSON objects that :mod:`graph.classifiers` reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

_DIGITS: Final = 7
"""Significant digits that are kept: the probability moves by less than 1e-5, and the files are half as long."""


def from_sklearn(model: Any, features: Sequence[str]) -> dict[str, Any]:
    """The JSON object for a fitted binary classifier over ``features``.

    Args:
        model: LogisticRegression, a Pipeline of StandardScaler and LogisticRegression, HistGradientBoostingClassifier
            (without categorical features) or GradientBoostingClassifier.
        features: names of the columns, in order.

    Raises:
        TypeError: another estimator.
        ValueError: not binary, or the number of features differs.
    """
    if len(model.classes_) != 2 or model.n_features_in_ != len(features):
        has = f"{len(model.classes_)} classes over {model.n_features_in_} features"
        msg = f"{type(model).__name__} has {has}, not 2 over {len(features)}."
        raise ValueError(msg)
    if isinstance(model, Pipeline | LogisticRegression):
        return _linear(model, features)
    if isinstance(model, HistGradientBoostingClassifier):
        return _hist_trees(model, features)
    if isinstance(model, GradientBoostingClassifier):
        return _gradient_trees(model, features)
    msg = f"No export for {type(model).__name__}."
    raise TypeError(msg)


def mean_of(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The JSON object for the mean probability of several exported models over the same features."""
    return {"kind": "mean", "models": list(records)}


def rounded(values: Any) -> list[float]:
    """``values`` (any numeric array) as a list of floats with :data:`_DIGITS` significant digits."""
    return [float(f"{float(v):.{_DIGITS}g}") for v in np.ravel(np.asarray(values))]


def _linear(model: Any, features: Sequence[str]) -> dict[str, Any]:
    size = len(features)
    mean, scale = np.zeros(size), np.ones(size)
    classifier = model
    if isinstance(model, Pipeline):
        classifier = model[-1]
        for step in model[:-1]:
            if not isinstance(step, StandardScaler):
                msg = f"No export for a pipeline with {type(step).__name__}."
                raise TypeError(msg)
            mean = step.mean_ if step.mean_ is not None else mean
            scale = step.scale_ if step.scale_ is not None else scale
    return {
        "kind": "linear",
        "features": list(features),
        "mean": rounded(mean),
        "scale": rounded(scale),
        "weights": rounded(classifier.coef_[0]),
        "bias": float(classifier.intercept_[0]),
    }


def _hist_trees(model: HistGradientBoostingClassifier, features: Sequence[str]) -> dict[str, Any]:
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        if nodes["is_categorical"].any():
            msg = "No export for categorical splits."
            raise TypeError(msg)
        leaf = nodes["is_leaf"].astype(bool)
        trees.append(
            _tree(
                nodes["feature_idx"],
                nodes["num_threshold"],
                nodes["left"],
                nodes["right"],
                leaf,
                nodes["value"],
                nodes["count"],
            )
        )
    return {
        "kind": "trees",
        "features": list(features),
        "bias": float(np.ravel(model._baseline_prediction)[0]),
        "trees": trees,
    }


def _gradient_trees(model: GradientBoostingClassifier, features: Sequence[str]) -> dict[str, Any]:
    trees = []
    for (regressor,) in model.estimators_:
        t = regressor.tree_
        leaf = t.children_left < 0
        trees.append(
            _tree(
                t.feature,
                t.threshold,
                t.children_left,
                t.children_right,
                leaf,
                model.learning_rate * t.value[:, 0, 0],
                t.n_node_samples,
            )
        )
    zero = np.zeros((1, len(features)))
    bias = float(np.ravel(model._raw_predict_init(zero))[0])
    return {"kind": "trees", "features": list(features), "bias": bias, "trees": trees}


def _tree(feature: Any, threshold: Any, left: Any, right: Any, leaf: Any, value: Any, count: Any) -> dict[str, Any]:
    """One tree; the value of an inner node becomes the mean of its children's, weighted by training rows."""
    values = np.array(value, dtype=np.float64)
    counts = np.asarray(count, dtype=np.float64)
    for node in range(len(values) - 1, -1, -1):  # children appear after their parent
        if not leaf[node]:
            a, b = int(left[node]), int(right[node])
            values[node] = (values[a] * counts[a] + values[b] * counts[b]) / max(counts[a] + counts[b], 1.0)
    return {
        "feature": [-1 if end else int(f) for end, f in zip(leaf, feature, strict=True)],
        # not rounded: a threshold may be a value that occurs, and a row that has it must still go left
        "threshold": [0.0 if end else float(t) for end, t in zip(leaf, threshold, strict=True)],
        "left": [-1 if end else int(n) for end, n in zip(leaf, left, strict=True)],
        "right": [-1 if end else int(n) for end, n in zip(leaf, right, strict=True)],
        "value": rounded(values),
    }
