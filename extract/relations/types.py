"""Which type a pair of related concepts has, and which of the two is the head.

Logistic regression over the words around them.

Besides some columns of the instance (numeric) it sees sparse features: characters and words between the names, before
and after them, of the line that announces the second one, and the endings of the two names. All general: no name as
such is a feature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.relations.features import InstanceTable, View
from extract.relations.instances import Ints, NoteColumns
from graph.model import RelationType
from graph.text.scripts import HAN, has_han

Floats = NDArray[np.float64]
_PIECE: Final = re.compile(rf"[{HAN}]+|[a-z]+|[^\sa-z{HAN}]")
_WORD: Final = re.compile(r"[a-z]+")
_LONG: Final = 80
"""A longer text between the names counts by its first and last half of this."""
NUMERIC: Final = re.compile(
    r"(says|gap|place|section|best|pack)\.|(a|b)\.(lead|in_|ahead|rest|heads|strong|before|after|rank|degree|count|kind_)|a_in_b|b_in_a|sibling|usual_order|same_sentence"
)
"""Columns of the instance table that the types are told by."""
CLASSES: Final = tuple(
    name
    for kind in RelationType
    if kind is not RelationType.RELATED_TO
    for name in ([kind.value] if kind.symmetric else [f"{kind.value}>", f"{kind.value}<"])
)
"""``uses>``: the concept that appears first in the document is the head; ``uses<``: the other one; without a sign:
symmetric."""


@dataclass(frozen=True, slots=True, eq=False)
class TypeModel:
    """Multinomial logistic regression with named sparse and numeric features."""

    classes: tuple[str, ...]
    vocabulary: Mapping[str, int]
    weights: NDArray[np.float32]
    """Shape (len(vocabulary), len(classes))."""
    numeric: tuple[str, ...]
    mean: Floats
    scale: Floats
    numeric_weights: Floats
    """Shape (len(numeric), len(classes))."""
    bias: Floats

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> TypeModel:
        """The model that a JSON object describes."""
        classes = tuple(record["classes"])
        words = record["words"]
        numeric = record["numeric"]
        return cls(
            classes,
            {name: row for row, name in enumerate(words)},
            np.asarray(list(words.values()), dtype=np.float32).reshape(-1, len(classes)) / record["unit"],
            tuple(numeric),
            np.asarray(record["mean"], dtype=np.float64),
            np.asarray(record["scale"], dtype=np.float64),
            np.asarray(list(numeric.values()), dtype=np.float64).reshape(-1, len(classes)),
            np.asarray(record["bias"], dtype=np.float64),
        )

    def probabilities(self, words: Sequence[Iterable[str]], numeric: NDArray[np.floating[Any]]) -> Floats:
        """Probability of each class for each row, shape (rows, classes).

        Args:
            words: names of the sparse features of each row; unknown ones are passed over.
            numeric: shape (rows, len(self.numeric)).
        """
        known = self.vocabulary
        return self.of_rows(WordRows.of([{known[name] for name in names if name in known} for names in words]), numeric)

    def of_rows(self, words: WordRows, numeric: NDArray[np.floating[Any]]) -> Floats:
        """The same for sparse features by their rows in ``weights``."""
        scaled = (np.asarray(numeric, dtype=np.float64) - self.mean) / self.scale
        # Not `@`: BLAS splits the sums by the number of threads, which shows in the last bit.
        margin = np.einsum("ij,jk->ik", scaled, self.numeric_weights) + self.bias
        for begin in range(0, len(words), _ROWS_AT_ONCE):
            first = words.first[begin : begin + _ROWS_AT_ONCE + 1]
            held = np.flatnonzero(np.diff(first))
            if len(held):
                weights = self.weights[words.rows[first[0] : first[-1]]]
                margin[begin + held] += np.add.reduceat(weights, first[held] - first[0], axis=0)
        margin -= margin.max(axis=1, keepdims=True, initial=-np.inf)
        odds = np.exp(margin)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


_ROWS_AT_ONCE: Final = 1024


@dataclass(frozen=True, slots=True, eq=False)
class WordRows:
    """The sparse features of some instances, as rows of a model's weights."""

    rows: NDArray[np.int64]
    """Of all instances behind each other; those of one rise, so that sums do not depend on hashes."""
    first: NDArray[np.int64]
    """For each instance the place of its first one, and the end of all. Shape (instances + 1,)."""

    @classmethod
    def of(cls, instances: Sequence[Collection[int]]) -> WordRows:
        """The rows of each instance."""
        rows = np.fromiter((row for own in instances for row in sorted(own)), dtype=np.int64)
        return cls(rows, np.cumsum([0, *map(len, instances)], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.first) - 1


@lru_cache(maxsize=8)
def _tables(model: TypeModel) -> dict[str, dict[str, int]]:
    """For each prefix: gram → row."""
    return {
        prefix: {n[len(prefix) :]: row for n, row in model.vocabulary.items() if n.startswith(prefix)}
        for prefix in _PREFIXES
    }


class _Rows:
    """Looks grams up in a model's vocabulary, the prefix cut off once; remembers texts, since most contexts recur."""

    def __init__(self, model: TypeModel) -> None:
        self.vocabulary, self.tables = model.vocabulary, _tables(model)
        self.seen: dict[tuple[str, str], frozenset[int]] = {}

    def grams(self, text: str, prefix: str) -> frozenset[int]:
        """As :func:`_grams`, rows instead of names."""
        found = self.seen.get((prefix, text))
        if found is None:
            table = self.tables[prefix]
            found = frozenset([row for gram in _grams(text) if (row := table.get(gram)) is not None])
            self.seen[prefix, text] = found
        return found

    def name(self, name: str) -> frozenset[int]:
        """The row of a feature by its whole name."""
        row = self.vocabulary.get(name)
        return frozenset() if row is None else frozenset([row])


class _Features(Protocol):
    """Makes features of texts and names."""

    def grams(self, text: str, prefix: str) -> frozenset[Any]:
        """The features of the grams of a text."""

    def name(self, name: str) -> frozenset[Any]:
        """The feature with this name."""


class _Names:
    """Names of features, for training."""

    def grams(self, text: str, prefix: str) -> frozenset[str]:
        """See :func:`_grams`."""
        return frozenset(prefix + gram for gram in _grams(text))

    def name(self, name: str) -> frozenset[str]:
        """The name itself."""
        return frozenset([name])


_PREFIXES: Final = ("m:", "m<", "m>", "l:", "r:", "al:", "ar:", "bl:", "br:", "h:")


def numeric_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the instance columns ``names`` that :data:`NUMERIC` selects, in order."""
    return tuple(name for name in names if NUMERIC.match(name))


def numeric_matrix(table: InstanceTable, rows: NDArray[np.int64], names: Sequence[str]) -> NDArray[np.float32]:
    """The columns ``names`` of the instances ``rows``, shape (len(rows), len(names))."""
    return np.stack([table.columns[name].take(rows) for name in names], axis=1)


def word_features(
    notes: NoteColumns, view: View, table: InstanceTable, rows: Ints, drafts: Sequence[ConceptDraft]
) -> list[set[str]]:
    """The names of the sparse features of the instances ``rows`` of ``table``."""
    bags: _Bags[str] = _bags_of(notes, view, table, rows, drafts, _Names())
    return [{name for bag in own for name in bags.bags[bag]} for own in bags.of.tolist()]


def word_rows(
    notes: NoteColumns, view: View, table: InstanceTable, rows: Ints, drafts: Sequence[ConceptDraft], model: TypeModel
) -> WordRows:
    """The same as rows of the weights of ``model``."""
    bags: _Bags[int] = _bags_of(notes, view, table, rows, drafts, _Rows(model))
    size = np.fromiter(map(len, bags.bags), dtype=np.int64, count=len(bags.bags))
    flat = np.fromiter((row for bag in bags.bags for row in bag), dtype=np.int64, count=int(size.sum()))
    start = np.cumsum(size) - size
    count = size[bags.of]
    total = count.sum(axis=1)
    taken = count.ravel()
    place = np.arange(int(taken.sum())) + np.repeat(start[bags.of].ravel() - (np.cumsum(taken) - taken), taken)
    width = max(len(model.vocabulary), 1)
    keys = np.repeat(np.arange(len(total)), total) * width + flat[place]
    return WordRows(np.sort(keys) % width, np.concatenate([[0], np.cumsum(total)]))


Item = TypeVar("Item", int, str)


@dataclass(frozen=True, slots=True, eq=False)
class _Bags(Generic[Item]):
    """Sparse features of some instances: a bag for each thing that they depend on, such as what is before a name.

    Most instances share these things with others, so that each is looked at once.
    """

    bags: list[frozenset[Item]]
    of: Ints
    """For each instance the numbers of its bags, which have no feature in common. Shape (instances, bags of each)."""


def _bags_of(
    notes: NoteColumns, view: View, table: InstanceTable, rows: Ints, drafts: Sequence[ConceptDraft], to: _Features
) -> _Bags[Any]:
    """The features of the instances ``rows``; ``to`` makes a bag of a text or a name."""
    text = notes.text.lower()
    if len(text) != len(notes.text):
        text = notes.text
    found = table.instances
    a, b = found.a[rows], found.b[rows]
    same = notes.occ_sentence[a] == notes.occ_sentence[b]
    around = _Around(text, notes, to)
    kinds = [draft.kind.value for draft in drafts]
    kind = np.unique(np.asarray(kinds or [""]), return_inverse=True)[1]
    one, other = notes.occ_concept[a], notes.occ_concept[b]
    section = notes.block_section[notes.occ_block[b]]
    begin, end = np.where(same, view.chain_end[a], 0), np.where(same, view.chain_start[b], 0)
    crossed = end < begin
    begin, end = np.where(crossed, notes.occ_end[a], begin), np.where(crossed, notes.occ_start[b], end)
    between = [text[i:j] for i, j in zip(begin.tolist(), end.tolist(), strict=True)]
    numbers = {piece: number for number, piece in enumerate(dict.fromkeys(between))}
    pieces = list(numbers)
    middle = np.fromiter((numbers[piece] for piece in between), dtype=np.int64, count=len(between))

    def endings(side: str, concept: int) -> frozenset[Any]:
        return frozenset().union(*(to.name(side + ending) for ending in _endings(drafts[concept])))

    def of_kinds(pair: int) -> frozenset[Any]:
        return to.name("kinds  kind {}  kind {}".format(*(kinds[i] for i in divmod(pair, len(drafts)))))

    first_of_kind = np.unique(kind, return_index=True)[1]
    parts = (
        _each(found.place[rows], lambda place: to.name(f"place {place}")),
        _each(np.where(same, middle, -1), lambda number: _between(pieces[number], to)),
        _each(np.where(same, a, -1), around.before),
        _each(np.where(same, b, -1), around.after),
        _each(np.where(same, -1, a), around.first),
        _each(np.where(same, -1, b), around.second),
        _each(one, lambda concept: endings("a", concept)),
        _each(other, lambda concept: endings("b", concept)),
        _each(first_of_kind[kind[one]] * len(drafts) + first_of_kind[kind[other]], of_kinds),
        _each(section, around.heading),
    )
    offsets = np.cumsum([0, *(len(bags) for bags, _ in parts[:-1])])
    numbered = [at + offset for (_, at), offset in zip(parts, offsets, strict=True)]
    return _Bags([bag for bags, _ in parts for bag in bags], np.stack(numbered, axis=1))


def _each(values: Ints, bag_of: Callable[[int], frozenset[Any]]) -> tuple[list[frozenset[Any]], Ints]:
    """The bag of each different value, empty where it is -1; and for each of ``values`` the number of its bag."""
    different, at = np.unique(values, return_inverse=True)
    return [bag_of(value) if value >= 0 else frozenset() for value in different.tolist()], at


def _between(text: str, to: _Features) -> frozenset[Any]:
    """What is between two names of one sentence."""
    if len(text) > _LONG:
        text = text[: _LONG // 2] + " … " + text[-_LONG // 2 :]
    parts = [to.grams(text, "m:"), to.grams(text[:4], "m<"), to.grams(text[-4:], "m>")]
    if len(text) <= 12:
        parts.append(to.name("m=" + text.strip()))
    return frozenset().union(*parts)


class _Around:
    """What is around an occurrence, by its number."""

    def __init__(self, text: str, notes: NoteColumns, to: _Features) -> None:
        """``text``: that of ``notes``, in lower case."""
        self.text, self.to = text, to
        # One number of an array costs a hundred nanoseconds, one of a list ten.
        self.start, self.end = notes.occ_start.tolist(), notes.occ_end.tolist()
        self.block = list(zip(notes.block_start.tolist(), notes.block_end.tolist(), strict=True))
        self.sentence = list(zip(notes.sentence_start.tolist(), notes.sentence_end.tolist(), strict=True))
        self.block_of, self.sentence_of = notes.occ_block.tolist(), notes.occ_sentence.tolist()

    def before(self, name: int) -> frozenset[Any]:
        """Before the first of two names of one sentence."""
        start = self.start[name]
        return self.to.grams(self.text[max(self.sentence[self.sentence_of[name]][0], start - 8) : start], "l:")

    def after(self, name: int) -> frozenset[Any]:
        """After the second of two names of one sentence."""
        end = self.end[name]
        return self.to.grams(self.text[end : min(self.sentence[self.sentence_of[name]][1], end + 10)], "r:")

    def first(self, name: int) -> frozenset[Any]:
        """Around the first of two names of different sentences."""
        start, end = self.start[name], self.end[name]
        left, right = self.block[self.block_of[name]]
        return self.to.grams(self.text[max(left, start - 30) : start], "al:") | self.to.grams(
            self.text[end : min(right, end + 30)], "ar:"
        )

    def second(self, name: int) -> frozenset[Any]:
        """Around the second of two names of different sentences."""
        start, end = self.start[name], self.end[name]
        left, right = self.sentence[self.sentence_of[name]]
        return self.to.grams(self.text[max(left, start - 24) : start], "bl:") | self.to.grams(
            self.text[end : min(right, end + 16)], "br:"
        )

    def heading(self, block: int) -> frozenset[Any]:
        """The text of a heading."""
        start, end = self.block[block]
        return self.to.grams(self.text[start:end][:40], "h:")


def _endings(draft: ConceptDraft) -> tuple[str, ...]:
    """How the name ends and begins, and of what kind the concept is (first)."""
    lower = draft.name.lower()
    kind = f" kind {draft.kind.value}"
    if has_han(lower):
        return (kind, f"-{lower[-1:]}", f"-{lower[-2:]}", f"^{lower[:2]}")
    words = _WORD.findall(lower)
    shape = (" capitals",) if draft.name.isupper() else ()
    return (kind, f"-{words[-1]}", f"-{words[-1][-4:]}", *shape) if words else (kind,)


def _grams(text: str) -> Iterator[str]:
    """One to three neighbouring Chinese characters, Latin words and pairs of them, other characters."""
    last = ""
    for piece in _PIECE.findall(text):
        if not piece.isascii() and has_han(piece):
            for size in (1, 2, 3):
                for i in range(len(piece) - size + 1):
                    yield piece[i : i + size]
        else:
            yield piece
            if last:
                yield f"{last} {piece}"
            last = piece
