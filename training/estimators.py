"""The estimators of scikit-learn that the models are, and how they are fitted. All of them take the same seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from graph.errors import InputError
from training.export import from_sklearn, mean_of

SEED: Final = 7
UNIT: Final = 100
"""Weights of words are stored as integers, this many to one."""


def linear(c: float, *, max_iter: int) -> Any:
    """Standardised logistic regression; ``c``: inverse regularisation."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=max_iter))


def fitted(model: Any, x: Any, y: Any, **weights: Any) -> Any:
    """``model``, fitted on one processor.

    Several would add in another order, so that the last digits would depend on how many there are.

    Args:
        model: an estimator; it is changed.
        x: the features of each row.
        y: the labels.
        weights: of the rows, under the names that the estimator's ``fit`` has for them.
    """
    with threadpool_limits(1):
        return model.fit(x, y, **weights)


def fit_linear(
    c: float, x: NDArray[Any], y: NDArray[Any], names: Sequence[str], *, weight: NDArray[Any] | None = None
) -> dict[str, Any]:
    """A fitted logistic regression as a JSON object.

    Raises:
        InputError: all rows have the same label.
    """
    _check_labels(y)
    return from_sklearn(fitted(linear(c, max_iter=300), x, y, logisticregression__sample_weight=weight), names)


@dataclass(frozen=True)
class Pair:
    """A logistic regression and boosted trees, whose probabilities are averaged."""

    c: float
    """Inverse regularisation of the regression."""
    rounds: int
    """Number of trees."""
    leaves: int
    """Most leaves of a tree."""
    least: int
    """Fewest rows of a leaf."""

    def shortened(self, share: float) -> Pair:
        """The same with only a share of the trees, but five at least."""
        return Pair(self.c, max(5, round(self.rounds * share)), self.leaves, self.least)

    def fit(self, x: NDArray[Any], y: NDArray[Any], weight: NDArray[Any] | None = None) -> list[Any]:
        """Both halves, fitted; ``weight``: of the rows.

        Raises:
            InputError: all rows have the same label.
        """
        _check_labels(y)
        trees = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=0.07,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.least,
            l2_regularization=3.0,
            random_state=SEED,
        )
        return [
            fitted(linear(self.c, max_iter=3000), x, y, logisticregression__sample_weight=weight),
            fitted(trees, x, y, sample_weight=weight),
        ]


def _check_labels(y: NDArray[Any]) -> None:
    if len(np.unique(y)) < 2:
        raise InputError(
            f"Nothing can be learned from {len(y)} rows that are all right or all wrong: "
            "the annotated parts are too few, or too little of them is annotated. Annotate more (docs/gold.md)."
        )


def probability(halves: Sequence[Any], x: NDArray[Any]) -> NDArray[np.float64]:
    """Mean probability of what :meth:`Pair.fit` fitted."""
    return np.asarray(np.mean([half.predict_proba(x)[:, 1] for half in halves], axis=0))


def pair_record(halves: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    """What :meth:`Pair.fit` fitted as a JSON object."""
    return mean_of([from_sklearn(half, names) for half in halves])


# ---- words -----------------------------------------------------------------------------------------------------------


def vocabulary(rows: Iterable[tuple[Iterable[str], str]], *, rare: int) -> dict[str, int]:
    """Word → its column, in code point order.

    Args:
        rows: (words, name of the annotated part) of each row.
        rare: words that fewer parts have are left out; all parts where there are fewer than this.
    """
    holders: dict[str, set[str]] = defaultdict(set)
    parts = set()
    for words, part in rows:
        parts.add(part)
        for word in words:
            holders[word].add(part)
    enough = min(rare, len(parts))
    return {word: i for i, word in enumerate(sorted(w for w, some in holders.items() if len(some) >= enough))}


def bags(rows: Sequence[Iterable[str]], columns: Mapping[str, int]) -> Any:
    """The words of each row as a sparse matrix of ones, shape (len(rows), len(columns)); unknown words are left out."""
    indices = [sorted(columns[word] for word in words if word in columns) for words in rows]
    pointers = np.cumsum([0, *map(len, indices)])
    flat = np.fromiter((i for some in indices for i in some), dtype=np.int64, count=int(pointers[-1]))
    return sparse.csr_matrix((np.ones(len(flat)), flat, pointers), shape=(len(rows), len(columns)))


def word_weights(weights: NDArray[np.float64], columns: Mapping[str, int], *, least: int) -> dict[str, list[int]]:
    """Word → its weights for the classes in units of 1/:data:`UNIT`; without words all of whose weights are small.

    Args:
        weights: shape (at least len(columns), classes).
        columns: word → row of ``weights``.
        least: a word has a weight of at least this, in units of 1/UNIT.
    """
    rounded = {word: np.round(weights[i] * UNIT).astype(int).tolist() for word, i in columns.items()}
    return {word: row for word, row in rounded.items() if max(abs(v) for v in row) >= least}
