"""Small trained models as JSON with the names of their features, evaluated by a few lines of numpy.

Three kinds: ``linear`` (logistic regression over standardised features), ``trees`` (boosted regression trees whose sum goes through
the logistic function) and ``mean`` (the mean probability of several models over the same features). `training/export.py` writes them.
JSON, not a pickle: it can be read, compared and shipped, and loading it runs no code.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_ROWS_AT_ONCE: Final = 4096
"""Rows of one block of tree evaluation: its (rows, trees) arrays stay in the processor's cache."""


def sigmoid(margin: Floats) -> Floats:
    """The logistic function, elementwise, without overflow for margins of any size."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * margin)))


class Model(ABC):
    """What turns a matrix of features into probabilities."""

    features: tuple[str, ...]
    """Names of the columns of the matrix, in order."""

    @abstractmethod
    def margin(self, x: ArrayLike) -> Floats:
        """Log odds for each row of ``x``, shape (rows, len(features)); finite numbers only."""

    @abstractmethod
    def contributions(self, row: ArrayLike) -> list[tuple[str, float]]:
        """What each feature of one row (shape (len(features),)) adds to the log odds, largest absolute value first."""

    def probability(self, x: ArrayLike) -> Floats:
        """Probability of the positive class for each row of ``x``, shape (rows, len(features)).

        Raises:
            ValueError: ``x`` has another number of columns than the model has features.
        """
        return sigmoid(self.margin(x))

    def _checked(self, x: ArrayLike) -> Floats:
        matrix = np.asarray(x, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != len(self.features):
            msg = f"A matrix of shape {matrix.shape} was given to a model of {len(self.features)} features."
            raise ValueError(msg)
        return matrix


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel(Model):
    """Logistic regression: margin = ((x - mean) / scale) · weights + bias."""

    features: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> LinearModel:
        """The model that a JSON object of kind ``linear`` describes."""
        mean, scale, weights = (np.asarray(record[key], dtype=np.float64) for key in ("mean", "scale", "weights"))
        features = tuple(record["features"])
        if not len(mean) == len(scale) == len(weights) == len(features):
            msg = f"A linear model names {len(features)} features but has {len(weights)} weights."
            raise ValueError(msg)
        return cls(features, mean, scale, weights, float(record["bias"]))

    def margin(self, x: ArrayLike) -> Floats:
        """See :meth:`Model.margin`."""
        return np.asarray((self._checked(x) - self.mean) / self.scale @ self.weights + self.bias)

    def contributions(self, row: ArrayLike) -> list[tuple[str, float]]:
        """Weight × standardised value; together with the bias they sum to the margin."""
        values = (self._checked(np.asarray(row, dtype=np.float64)[None, :])[0] - self.mean) / self.scale * self.weights
        return _by_size(self.features, values)


@dataclass(frozen=True, slots=True, eq=False)
class Trees(Model):
    """Boosted trees. All nodes of all trees stand in one set of arrays; a row goes left where its feature is <= the threshold.

    A leaf is its own left and right child, so every row can take ``depth`` steps in every tree without asking whether it has arrived.
    """

    features: tuple[str, ...]
    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats
    """Of leaves: what is added to the margin. Of inner nodes: the mean over the training rows below, used for contributions only."""
    roots: NDArray[np.int64]
    depth: int
    bias: float

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Trees:
        """The model that a JSON object of kind ``trees`` describes; a child of -1 marks a leaf."""
        parts: dict[str, list[NDArray[Any]]] = {key: [] for key in ("feature", "threshold", "left", "right", "value")}
        roots, start, depth = [], 0, 0
        for tree in record["trees"]:
            left, right = (np.asarray(tree[side], dtype=np.int64) for side in ("left", "right"))
            own = np.arange(len(left))
            leaf = left < 0
            depth = max(depth, _depth(left, right))
            parts["left"].append(np.where(leaf, own, left) + start)
            parts["right"].append(np.where(leaf, own, right) + start)
            parts["feature"].append(np.where(leaf, 0, np.asarray(tree["feature"], dtype=np.int64)))
            parts["threshold"].append(np.where(leaf, 0.0, np.asarray(tree["threshold"], dtype=np.float64)))
            parts["value"].append(np.asarray(tree["value"], dtype=np.float64))
            roots.append(start)
            start += len(left)
        joined = {key: np.concatenate(arrays) if arrays else np.zeros(0) for key, arrays in parts.items()}
        return cls(
            tuple(record["features"]),
            joined["feature"].astype(np.int64),
            joined["threshold"].astype(np.float64),
            joined["left"].astype(np.int64),
            joined["right"].astype(np.int64),
            joined["value"].astype(np.float64),
            np.asarray(roots, dtype=np.int64),
            depth,
            float(record["bias"]),
        )

    def margin(self, x: ArrayLike) -> Floats:
        """See :meth:`Model.margin`."""
        matrix = self._checked(x)
        total = np.full(len(matrix), self.bias)
        for begin in range(0, len(matrix), _ROWS_AT_ONCE):
            block = np.ascontiguousarray(matrix[begin : begin + _ROWS_AT_ONCE])
            total[begin : begin + _ROWS_AT_ONCE] += self.value[self._leaves(block)].sum(axis=1)
        return total

    def _leaves(self, block: Floats) -> NDArray[np.int64]:
        """The leaf of each row in each tree, shape (rows, trees)."""
        flat = block.ravel()
        base = np.arange(len(block), dtype=np.int64)[:, None] * block.shape[1]
        node = np.broadcast_to(self.roots, (len(block), len(self.roots)))
        for _ in range(self.depth):
            goes_left = flat.take(self.feature.take(node) + base) <= self.threshold.take(node)
            node = np.where(goes_left, self.left.take(node), self.right.take(node))
        return node

    def contributions(self, row: ArrayLike) -> list[tuple[str, float]]:
        """How the expected margin moves at each split of the row's paths, summed by feature (Saabas 2014, as in `treeinterpreter`)."""
        values = self._checked(np.asarray(row, dtype=np.float64)[None, :])[0]
        sums = np.zeros(len(self.features))
        for root in self.roots:
            node = int(root)
            while self.left[node] != node:
                column = int(self.feature[node])
                child = int(self.left[node] if values[column] <= self.threshold[node] else self.right[node])
                sums[column] += self.value[child] - self.value[node]
                node = child
        return _by_size(self.features, sums)


@dataclass(frozen=True, slots=True, eq=False)
class MeanModel(Model):
    """The mean probability of several models over the same features."""

    features: tuple[str, ...]
    models: tuple[Model, ...]

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> MeanModel:
        """The model that a JSON object of kind ``mean`` describes."""
        models = tuple(from_record(part) for part in record["models"])
        if not models or len({m.features for m in models}) != 1:
            msg = "A mean needs at least one model, and all over the same features."
            raise ValueError(msg)
        return cls(models[0].features, models)

    def margin(self, x: ArrayLike) -> Floats:
        """Log odds of the mean probability."""
        p = np.clip(self.probability(x), 1e-12, 1 - 1e-12)
        return np.asarray(np.log(p / (1 - p)))

    def probability(self, x: ArrayLike) -> Floats:
        """See :meth:`Model.probability`."""
        return np.asarray(np.mean([model.probability(x) for model in self.models], axis=0))

    def contributions(self, row: ArrayLike) -> list[tuple[str, float]]:
        """The mean of the models' contributions: an approximation, since probabilities are averaged and not log odds."""
        sums = dict.fromkeys(self.features, 0.0)
        for model in self.models:
            for name, value in model.contributions(row):
                sums[name] += value / len(self.models)
        return _by_size(tuple(sums), np.asarray(list(sums.values())))


_KINDS: Final[Mapping[str, type[LinearModel] | type[Trees] | type[MeanModel]]] = {"linear": LinearModel, "trees": Trees, "mean": MeanModel}


def from_record(record: Mapping[str, Any]) -> Model:
    """The model that a JSON object describes.

    Raises:
        ValueError: its ``kind`` is unknown or its parts do not fit together.
    """
    kind = str(record.get("kind"))
    if kind not in _KINDS:
        msg = f"Unknown kind of model {kind!r}. There are: {', '.join(sorted(_KINDS))}."
        raise ValueError(msg)
    return _KINDS[kind].from_record(record)


def load_model(path: Path) -> Model:
    """The model in the JSON file ``path``.

    Raises:
        OSError: the file cannot be read.
        ValueError: it does not hold a model.
    """
    return from_record(json.loads(path.read_text(encoding="utf-8")))


def _depth(left: NDArray[np.int64], right: NDArray[np.int64]) -> int:
    """Number of splits on the longest path of a tree whose leaves have -1 for children."""
    level, depth = [0], 0
    while True:
        level = [int(child) for node in level if left[node] >= 0 for child in (left[node], right[node])]
        if not level:
            return depth
        depth += 1


def _by_size(names: Sequence[str], values: Floats) -> list[tuple[str, float]]:
    return sorted(zip(names, (float(v) for v in values), strict=True), key=lambda pair: (-abs(pair[1]), pair[0]))
