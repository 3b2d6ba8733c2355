"""Small trained models as JSON with the names of their features, evaluated by a few lines of numpy.

Three kinds: ``linear`` (logistic regression over standardised features), ``trees`` (boosted regression trees whose sum
goes through the logistic function) and ``mean`` (the mean probability of several models over the same features).
`training/export.py` writes them. JSON, not a pickle: it can be read, compared and shipped, and loading it runs no code.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_ROWS_AT_ONCE: Final = 1024
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
        # Not `@`: BLAS splits the sums by the number of threads, which shows in the last bit.
        scaled = self._checked(x) - self.mean
        scaled /= self.scale
        return np.asarray(np.einsum("ij,j->i", scaled, self.weights) + self.bias)

    def per_unit(self) -> tuple[Mapping[str, float], float]:
        """What one unit of each feature adds to the margin, and the margin of a row of zeros."""
        weights = self.weights / self.scale
        return dict(zip(self.features, weights.tolist(), strict=True)), self.bias - float((self.mean * weights).sum())

    def contributions(self, row: ArrayLike) -> list[tuple[str, float]]:
        """Weight × standardised value; together with the bias they sum to the margin."""
        values = (self._checked(np.asarray(row, dtype=np.float64)[None, :])[0] - self.mean) / self.scale * self.weights
        return _by_size(self.features, values)


@dataclass(frozen=True, slots=True, eq=False)
class Trees(Model):
    """Boosted trees. All nodes of all trees appear in one set of arrays.

    A row goes left where its feature is <= the threshold.

    A leaf is its own left and right child, so every row can take ``depth`` steps in every tree without asking whether
    it has arrived.
    """

    features: tuple[str, ...]
    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: Floats
    """Of leaves: what is added to the margin. Of inner nodes: the mean over the training rows below, used for
    contributions only."""
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
            block = matrix[begin : begin + _ROWS_AT_ONCE]
            total[begin : begin + _ROWS_AT_ONCE] += self._values(block).sum(axis=1)
        return total

    def _values(self, block: Floats) -> Floats:
        """The value of the leaf of each row in each tree, shape (rows, trees).

        Leaves of a tree are bits, left to right; a split that sends a row to the right takes away the leaves on its
        left. What is left of all splits' leaves begins with the row's own (Lucchese et al. 2015, "QuickScorer").
        """
        cuts = _cuts(self)
        columns = np.ascontiguousarray(block.T)
        alive = np.full((len(block), len(cuts.start)), cuts.all, dtype=cuts.all.dtype)
        for column, thresholds, masks in cuts.columns:
            alive &= masks.take(np.searchsorted(thresholds, columns[column], side="left"), axis=0)
        lowest = alive & -alive
        first = cuts.exponent.take(lowest) if cuts.exponent is not None else _bit(lowest)
        return cuts.leaf.take(first + cuts.start)

    def contributions(self, row: ArrayLike) -> list[tuple[str, float]]:
        """How the expected margin moves at each split of the row's paths, summed by feature (Saabas 2014.

        As in `treeinterpreter`).
        """
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


class _Cuts(NamedTuple):
    """Trees as tables of leaves that stay (see :meth:`Trees._values`)."""

    leaf: Floats
    """Values of all leaves, tree by tree."""
    start: NDArray[np.int64]
    """Place of each tree's first leaf in ``leaf``."""
    all: Any
    """All leaves."""
    columns: list[tuple[int, Floats, NDArray[Any]]]
    """(feature; its thresholds, rising; the leaves of each tree that stay after each number of thresholds, shape
    (thresholds + 1, trees))."""
    exponent: NDArray[np.uint8] | None
    """Power of two → its exponent; None where there are too many leaves for a table."""


@lru_cache(maxsize=32)
def _cuts(model: Trees) -> _Cuts:
    """Made once for each model."""
    splits: dict[int, dict[int, list[tuple[float, int]]]] = {}
    values: list[list[float]] = []
    for number, root in enumerate(model.roots.tolist()):
        leaves: list[float] = []

        def down(node: int, number: int = number, leaves: list[float] = leaves) -> int:
            """The leaves below as bits."""
            if int(model.left[node]) == node:
                leaves.append(float(model.value[node]))
                return 1 << (len(leaves) - 1)
            below = down(int(model.left[node]))
            splits.setdefault(int(model.feature[node]), {}).setdefault(number, []).append(
                (float(model.threshold[node]), below)
            )
            return below | down(int(model.right[node]))

        down(root)
        values.append(leaves)
    most = max(map(len, values), default=1)
    kind = np.uint16 if most <= 16 else np.uint32 if most <= 32 else np.uint64
    if most > 64:
        msg = f"A tree has {most} leaves, more than the 64 that can be evaluated."
        raise ValueError(msg)
    everything = kind((1 << most) - 1)
    columns = []
    for feature, of_trees in sorted(splits.items()):
        thresholds = sorted({t for cuts in of_trees.values() for t, _ in cuts})
        place = {t: i for i, t in enumerate(thresholds)}
        masks = np.full((len(thresholds) + 1, len(values)), everything, dtype=kind)
        for tree, cuts in of_trees.items():
            for threshold, below in cuts:
                masks[place[threshold] + 1 :, tree] &= everything ^ kind(below)
        columns.append((feature, np.asarray(thresholds), masks))
    exponent = None
    if most <= 16:
        exponent = np.zeros(1 << (most - 1) << 1, dtype=np.uint8)
        exponent[1 << np.arange(most)] = np.arange(most)
    sizes = np.fromiter(map(len, values), dtype=np.int64, count=len(values))
    leaf = np.asarray([value for own in values for value in own], dtype=np.float64)
    return _Cuts(leaf, np.cumsum(sizes) - sizes, everything, columns, exponent)


def _bit(powers: NDArray[Any]) -> NDArray[np.int64]:
    """Exponents of powers of two."""
    return np.asarray(np.log2(powers.astype(np.float64)), dtype=np.int64)


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
        matrix = self._checked(x)
        return np.asarray(np.mean([model.probability(matrix) for model in self.models], axis=0))

    def contributions(self, row: ArrayLike) -> list[tuple[str, float]]:
        """The mean of the models' contributions.

        An approximation, since probabilities are averaged and not log odds.
        """
        sums = dict.fromkeys(self.features, 0.0)
        for model in self.models:
            for name, value in model.contributions(row):
                sums[name] += value / len(self.models)
        return _by_size(tuple(sums), np.asarray(list(sums.values())))


_KINDS: Final[Mapping[str, type[LinearModel] | type[Trees] | type[MeanModel]]] = {
    "linear": LinearModel,
    "trees": Trees,
    "mean": MeanModel,
}


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
        ValueError: it does not contain a model.
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
