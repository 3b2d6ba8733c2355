"""The candidates of one document as columns; a :class:`Form` is made only of those that somebody asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

FLAGS: Final = (
    "strong", "emphasis", "code", "link", "quoted", "heading", "heading_part", "question_part", "title_part", "lead",
    "lead_strong",
    "item", "cell", "cell_first", "header", "paren_in", "paren_before", "enumerated", "slash", "in_item", "in_cell",
    "in_code",
    "in_quote", "in_paragraph", "right_is", "right_colon", "right_paren", "left_called", "left_enum", "right_enum",
    "left_det",
    "block_start", "of_phrase",
)  # fmt: skip
"""Names of the counted features, in the order of the feature vector."""
FLAG: Final = {name: number for number, name in enumerate(FLAGS)}


@dataclass(slots=True)
class Form:
    """One candidate of one document: a key, its writings, and counts over its places in the document."""

    key: str
    words: tuple[str, ...] = ()
    """Words of the first writing."""
    tags: tuple[str, ...] = ()
    """Their scripts and parts of speech: ``C:n``, ``L:NN``, …."""
    surfaces: Counter[str] = field(default_factory=Counter)
    count: int = 0
    whole: int = 0
    """Places where it is a maximal run of content words."""
    left_edge: int = 0
    right_edge: int = 0
    blocks: set[int] = field(default_factory=set)
    lefts: set[str] = field(default_factory=set)
    rights: set[str] = field(default_factory=set)
    flags: Counter[str] = field(default_factory=Counter)
    """Counts of the structural and context features by name (see :data:`FLAGS`)."""
    super_count: int = 0
    """Count of the most frequent candidate that extends it by one word."""


def main_surface(form: Form) -> str:
    """The writing used most; of equally frequent ones the first in code point order."""
    return most_used(form.surfaces) if form.surfaces else form.key


def most_used(writings: Mapping[str, int]) -> str:
    """The writing used most; of equally frequent ones the first in code point order."""
    return min(writings, key=lambda s: (-writings[s], s)) if len(writings) > 1 else next(iter(writings))


class Groups:
    """For each key some distinct numbers, ascending: ``values[offsets[k]:offsets[k + 1]]``."""

    __slots__ = ("offsets", "values")

    def __init__(self, owners: Sequence[int] | Ints, numbers: Sequence[int] | Ints, size: int) -> None:
        owner, number = np.asarray(owners, dtype=np.int64), np.asarray(numbers, dtype=np.int64)
        span = int(number.max()) + 1 if len(number) else 1
        pairs = np.unique(owner * span + number)
        self.values = pairs % span
        self.offsets = np.searchsorted(pairs // span, np.arange(size + 1))

    def of(self, owner: int) -> list[int]:
        """The numbers of ``owner``."""
        return list(self.values[self.offsets[owner] : self.offsets[owner + 1]].tolist())

    @property
    def sizes(self) -> Ints:
        """How many each has."""
        return np.diff(self.offsets)


class FormTable(Mapping[str, Form]):
    """The candidates of a document by key.

    What a table can tell without making a :class:`Form` for each, it overrides.
    """

    def overview(self) -> Iterable[tuple[str, int, str]]:
        """(key, count, main writing) of all forms, in their order."""
        return ((key, form.count, main_surface(form)) for key, form in self.items())

    def columns(self) -> tuple[list[str], list[str], Ints, Ints, Ints]:
        """Keys, main writings, counts, counts as whole runs, and counts in bold, of all forms in their order."""
        forms = list(self.values())
        numbers = [(form.count, form.whole, form.flags["strong"]) for form in forms]
        count, whole, strong = np.asarray(numbers, dtype=np.int64).reshape(-1, 3).T
        return list(self), [main_surface(form) for form in forms], count, whole, strong

    def writings_of(self, keys: Sequence[str]) -> list[Mapping[str, int]]:
        """Of each of ``keys``: writing → how often."""
        return [self[key].surfaces for key in keys]

    def bold(self) -> list[str]:
        """Keys of the forms that the notes set in bold, in their order."""
        return [key for key, form in self.items() if form.flags["strong"]]

    def close(self) -> None:
        """Forget what was made for the last reader; it is made again for the next."""


class FormDict(FormTable):
    """A table of forms that are there already: what a person's corrections add, and small tables in tests."""

    __slots__ = ("_forms",)

    def __init__(self, forms: Mapping[str, Form]) -> None:
        self._forms = dict(forms)

    def __len__(self) -> int:
        return len(self._forms)

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __contains__(self, key: object) -> bool:
        return key in self._forms

    def __getitem__(self, key: str) -> Form:
        return self._forms[key]


@dataclass(slots=False, eq=False)
class Forms(FormTable):
    """Candidates as columns, by number in the order in which they were met."""

    index: dict[str, int]
    """Key → number."""
    words: list[tuple[str, ...]]
    tags: list[tuple[str, ...]]
    count: Ints
    whole: Ints
    left_edge: Ints
    right_edge: Ints
    super_count: Ints
    flags: Ints
    """Shape (forms, len(FLAGS))."""
    blocks: Groups
    lefts: Groups
    rights: Groups
    neighbours: list[str]
    """The words that ``lefts`` and ``rights`` number."""
    surface_text: list[str]
    surface_key: Ints
    surface_count: Ints
    made: dict[str, Form] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.index)

    def __iter__(self) -> Iterator[str]:
        return iter(self.index)

    def __contains__(self, key: object) -> bool:
        return key in self.index

    @cached_property
    def _surfaces(self) -> tuple[list[int], list[int]]:
        order = np.argsort(self.surface_key, kind="stable")
        return order.tolist(), np.searchsorted(self.surface_key[order], np.arange(len(self.index) + 1)).tolist()

    @cached_property
    def best_surface(self) -> list[str]:
        """Of each form the writing used most; of equally frequent ones the last in code point order."""
        best: list[str] = [""] * len(self.index)
        held = [-1] * len(self.index)
        for text, key, count in zip(
            self.surface_text, self.surface_key.tolist(), self.surface_count.tolist(), strict=True
        ):
            if count > held[key] or (count == held[key] and text > best[key]):
                held[key], best[key] = count, text
        return best

    @cached_property
    def main_surfaces(self) -> list[str]:
        """Of each form the writing used most; of equally frequent ones the first in code point order."""
        best: list[str] = [""] * len(self.index)
        most = [-1] * len(self.index)
        for text, key, count in zip(
            self.surface_text, self.surface_key.tolist(), self.surface_count.tolist(), strict=True
        ):
            if count > most[key] or (count == most[key] and text < best[key]):
                most[key], best[key] = count, text
        return best

    def overview(self) -> Iterable[tuple[str, int, str]]:  # noqa: D102
        return zip(self.index, self.count.tolist(), self.main_surfaces, strict=True)

    def writings(self, number: int) -> Counter[str]:
        """Writing → how often."""
        order, offsets = self._surfaces
        counter: Counter[str] = Counter()
        dict.update(
            counter,
            ((self.surface_text[s], int(self.surface_count[s])) for s in order[offsets[number] : offsets[number + 1]]),
        )
        return counter

    def __getitem__(self, key: str) -> Form:
        form = self.made.get(key)
        if form is None:
            k = self.index[key]
            flags: Counter[str] = Counter()
            row = self.flags[k]
            for column in np.flatnonzero(row).tolist():
                flags[FLAGS[column]] = int(row[column])
            form = self.made[key] = Form(
                key,
                self.words[k],
                self.tags[k],
                self.writings(k),
                int(self.count[k]),
                int(self.whole[k]),
                int(self.left_edge[k]),
                int(self.right_edge[k]),
                set(self.blocks.of(k)),
                {self.neighbours[w] for w in self.lefts.of(k)},
                {self.neighbours[w] for w in self.rights.of(k)},
                flags,
                int(self.super_count[k]),
            )
        return form


def sums(owners: Ints, weights: Any, size: int) -> Ints:
    """Sum of ``weights`` by owner."""
    return np.bincount(owners, weights=weights, minlength=size).astype(np.int64)


class SlimForms(FormTable):
    """What choosing and naming concepts needs of a document's candidates, packed: a few dozen bytes for each form.

    Keys and writings are one string each, cut where they are asked for; nothing but the last row that was made is kept.
    """

    __slots__ = ("_cache", "_keys", "_surfaces", "count", "offsets", "strong", "times", "whole")

    def __init__(
        self, keys: str, surfaces: str, count: Ints, whole: Ints, strong: Ints, offsets: Ints, times: Ints
    ) -> None:
        self._keys, self._surfaces = keys, surfaces
        self.count, self.whole, self.strong, self.offsets, self.times = count, whole, strong, offsets, times
        self._cache: tuple[dict[str, int], list[str]] | None = None

    @classmethod
    def of(cls, forms: Forms, keys: Sequence[str]) -> SlimForms:
        """Those of ``forms`` with these ``keys``."""
        rows = [forms.index[key] for key in keys]
        order, starts = forms._surfaces
        chosen = [s for k in rows for s in order[starts[k] : starts[k + 1]]]
        small = np.int32
        return cls(
            "\n".join(keys),
            "\n".join([forms.surface_text[s] for s in chosen]),
            forms.count[rows].astype(small),
            forms.whole[rows].astype(small),
            forms.flags[rows, FLAG["strong"]].astype(small),
            np.cumsum([0, *(starts[k + 1] - starts[k] for k in rows)]).astype(small),
            forms.surface_count[chosen].astype(small),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return SlimForms, (self._keys, self._surfaces, self.count, self.whole, self.strong, self.offsets, self.times)

    def keys_list(self) -> list[str]:
        """The keys in order."""
        return self._keys.split("\n") if len(self.count) else []

    def surfaces_list(self) -> list[str]:
        """The writings of all forms in order."""
        return self._surfaces.split("\n") if len(self.times) else []

    def _opened(self) -> tuple[dict[str, int], list[str]]:
        if self._cache is None:
            self._cache = {key: k for k, key in enumerate(self.keys_list())}, self.surfaces_list()
        return self._cache

    def close(self) -> None:  # noqa: D102
        self._cache = None

    def bold(self) -> list[str]:  # noqa: D102
        keys = self.keys_list()
        return [keys[k] for k in np.flatnonzero(self.strong).tolist()]

    def overview(self) -> Iterable[tuple[str, int, str]]:  # noqa: D102
        return zip(self.keys_list(), self.count.tolist(), self.mains(), strict=True)

    def columns(self) -> tuple[list[str], list[str], Ints, Ints, Ints]:  # noqa: D102
        return self.keys_list(), self.mains(), self.count, self.whole, self.strong

    def writings_of(self, keys: Sequence[str]) -> list[Mapping[str, int]]:  # noqa: D102
        index, surfaces = self._opened()
        offsets, times = self.offsets.tolist(), self.times.tolist()
        found: list[Mapping[str, int]] = []
        for key in keys:
            k = index[key]
            a, b = offsets[k], offsets[k + 1]
            found.append({surfaces[a]: times[a]} if b - a == 1 else dict(zip(surfaces[a:b], times[a:b], strict=True)))
        return found

    def __len__(self) -> int:
        return len(self.count)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_list())

    def __contains__(self, key: object) -> bool:
        return key in self._opened()[0]

    def __getitem__(self, key: str) -> Form:
        index, surfaces = self._opened()
        k = index[key]
        a, b = int(self.offsets[k]), int(self.offsets[k + 1])
        writings: Counter[str] = Counter()
        dict.update(writings, zip(surfaces[a:b], self.times[a:b].tolist(), strict=True))
        bold = Counter(strong=int(self.strong[k])) if self.strong[k] else Counter[str]()
        return Form(key, surfaces=writings, count=int(self.count[k]), whole=int(self.whole[k]), flags=bold)

    def mains(self) -> list[str]:
        """Of each form the writing used most; of equally frequent ones the first in code point order."""
        surfaces, times, offsets = self.surfaces_list(), self.times.tolist(), self.offsets.tolist()
        best = []
        for key, (first, end) in zip(self.keys_list(), pairwise(offsets), strict=True):
            if end - first == 1:
                best.append(surfaces[first])
            else:
                most = min(range(first, end), key=lambda i: (-times[i], surfaces[i]), default=None)
                best.append(key if most is None else surfaces[most])
        return best
