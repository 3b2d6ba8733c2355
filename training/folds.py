"""Groups of annotated parts that are held out together, and models that have not seen them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from training.estimators import SEED

M = TypeVar("M")


def folds(names: Iterable[str], count: int) -> list[frozenset[str]]:
    """The different ``names`` in at most ``count`` groups of about one size, at random; no group is empty."""
    different = sorted(set(names))
    order = np.random.RandomState(SEED).permutation(len(different))
    return [frozenset(different[i] for i in order[k::count]) for k in range(min(count, len(different)))]


def folds_by_size(sizes: Sequence[int], count: int) -> list[list[int]]:
    """The numbers of ``sizes`` in at most ``count`` groups, dealt out from the largest on; no group is empty."""
    order = sorted(range(len(sizes)), key=lambda i: -sizes[i])
    return [sorted(order[k::count]) for k in range(min(count, len(order)))]


def cross_fit(groups: Iterable[frozenset[str]], fit: Callable[[frozenset[str]], M]) -> Mapping[str, M]:
    """Name of each part → a model that has not seen it.

    Args:
        groups: the parts that are held out together.
        fit: trains a model without the parts of a group.
    """
    out: dict[str, M] = {}
    for held in groups:
        out |= dict.fromkeys(sorted(held), fit(held))
    return out
