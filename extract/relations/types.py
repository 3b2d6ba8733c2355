"""Which type a pair of related concepts has, and which of the two is the head.

Logistic regression over the words around them.

Besides some columns of the instance (numeric) it sees sparse features: characters and words between the names, before
and after them, of the line that announces the second one, and the endings of the two names. All general: no name as
such is a feature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.relations.features import InstanceTable, View
from extract.relations.instances import NoteColumns
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
        return self.of_rows([{known[name] for name in names if name in known} for names in words], numeric)

    def of_rows(self, words: Sequence[Iterable[int]], numeric: NDArray[np.floating[Any]]) -> Floats:
        """The same for sparse features by their rows in ``weights``.

        Summed in their order, so that sums do not depend on hashes.
        """
        scaled = (np.asarray(numeric, dtype=np.float64) - self.mean) / self.scale
        # Not `@`: BLAS splits the sums by the number of threads, which shows in the last bit.
        margin = np.einsum("ij,jk->ik", scaled, self.numeric_weights) + self.bias
        ordered = [sorted(rows) for rows in words]
        for begin in range(0, len(ordered), _ROWS_AT_ONCE):
            held = [i for i in range(begin, min(begin + _ROWS_AT_ONCE, len(ordered))) if ordered[i]]
            if held:
                flat = np.fromiter((r for i in held for r in ordered[i]), dtype=np.int64)
                starts = np.cumsum([0, *(len(ordered[i]) for i in held[:-1])])
                margin[held] += np.add.reduceat(self.weights[flat], starts, axis=0)
        margin -= margin.max(axis=1, keepdims=True, initial=-np.inf)
        odds = np.exp(margin)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


_ROWS_AT_ONCE: Final = 1024


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
        self.seen: dict[tuple[str, str], tuple[int, ...]] = {}

    def grams(self, text: str, prefix: str, out: set[int]) -> None:
        """As :func:`_add_grams`, rows instead of names."""
        found = self.seen.get((prefix, text))
        if found is None:
            table, rows, last = self.tables[prefix], set(), ""
            for piece in _PIECE.findall(text):
                if has_han(piece):
                    for size in (1, 2, 3):
                        rows.update(
                            [
                                row
                                for i in range(len(piece) - size + 1)
                                if (row := table.get(piece[i : i + size])) is not None
                            ]
                        )
                else:
                    row = table.get(piece)
                    if row is not None:
                        rows.add(row)
                    if last and (row := table.get(f"{last} {piece}")) is not None:
                        rows.add(row)
                    last = piece
            found = self.seen[prefix, text] = tuple(rows)
        out.update(found)

    def name(self, name: str, out: set[int]) -> None:
        """The row of a feature by its whole name."""
        row = self.vocabulary.get(name)
        if row is not None:
            out.add(row)


class _Names:
    """Names of features, for training."""

    def grams(self, text: str, prefix: str, out: set[str]) -> None:
        """See :func:`_add_grams`."""
        _add_grams(text, prefix, out)

    def name(self, name: str, out: set[str]) -> None:
        """The name itself."""
        out.add(name)


_PREFIXES: Final = ("m:", "m<", "m>", "l:", "r:", "al:", "ar:", "bl:", "br:", "h:")


def numeric_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the instance columns ``names`` that :data:`NUMERIC` selects, in order."""
    return tuple(name for name in names if NUMERIC.match(name))


def numeric_matrix(table: InstanceTable, rows: NDArray[np.int64], names: Sequence[str]) -> NDArray[np.float32]:
    """The columns ``names`` of the instances ``rows``, shape (len(rows), len(names))."""
    return np.stack([table.columns[name][rows] for name in names], axis=1)


def word_features(
    notes: NoteColumns, view: View, table: InstanceTable, rows: Iterable[int], drafts: Sequence[ConceptDraft]
) -> list[set[str]]:
    """The names of the sparse features of the instances ``rows`` of ``table``."""
    return _features(notes, view, table, rows, drafts, _Names())


def word_rows(
    notes: NoteColumns,
    view: View,
    table: InstanceTable,
    rows: Iterable[int],
    drafts: Sequence[ConceptDraft],
    model: TypeModel,
) -> list[set[int]]:
    """The same as rows of the weights of ``model``."""
    return _features(notes, view, table, rows, drafts, _Rows(model))


def _features(
    notes: NoteColumns, view: View, table: InstanceTable, rows: Iterable[int], drafts: Sequence[ConceptDraft], to: Any
) -> list[set[Any]]:
    text = notes.text.lower()
    if len(text) != len(notes.text):
        text = notes.text
    endings = [_endings(draft) for draft in drafts]
    found = table.instances
    columns = (
        notes.occ_start, notes.occ_end, notes.occ_block, notes.occ_sentence, notes.occ_concept, notes.sentence_start,
        notes.sentence_end,
        notes.block_start, notes.block_end, notes.block_section, view.chain_start, view.chain_end,
    )  # fmt: skip
    plain = [
        column.tolist() for column in columns
    ]  # one number of an array costs a hundred nanoseconds, one of a list ten
    chosen = np.asarray(list(rows), dtype=np.int64)
    places = zip(found.a[chosen].tolist(), found.b[chosen].tolist(), found.place[chosen].tolist(), strict=True)
    return [_words(text, plain, a, b, place, endings, to) for a, b, place in places]


def _words(
    text: str, plain: Sequence[list[int]], a: int, b: int, place: int, endings: Sequence[tuple[str, ...]], to: Any
) -> set[Any]:
    (
        occ_start,
        occ_end,
        occ_block,
        occ_sentence,
        concept,
        sentence_starts,
        sentence_ends,
        block_start,
        block_end,
        sections,
        *chains,
    ) = plain
    out: set[Any] = set()
    grams, name = to.grams, to.name
    name(f"place {place}", out)
    start_a, end_a, start_b, end_b = occ_start[a], occ_end[a], occ_start[b], occ_end[b]
    block_a, block_b = occ_block[a], occ_block[b]
    sentence_start, sentence_end = sentence_starts[occ_sentence[b]], sentence_ends[occ_sentence[b]]
    if occ_sentence[a] == occ_sentence[b]:
        start, end = chains[1][a], chains[0][b]
        if end < start:
            start, end = end_a, start_b
        between = text[start:end]
        if len(between) > _LONG:
            between = between[: _LONG // 2] + " … " + between[-_LONG // 2 :]
        grams(between, "m:", out)
        grams(between[:4], "m<", out)
        grams(between[-4:], "m>", out)
        if len(between) <= 12:
            name("m=" + between.strip(), out)
        grams(text[max(sentence_start, start_a - 8) : start_a], "l:", out)
        grams(text[end_b : min(sentence_end, end_b + 10)], "r:", out)
    else:
        grams(text[max(block_start[block_a], start_a - 30) : start_a], "al:", out)
        grams(text[end_a : min(block_end[block_a], end_a + 30)], "ar:", out)
        grams(text[max(sentence_start, start_b - 24) : start_b], "bl:", out)
        grams(text[end_b : min(sentence_end, end_b + 16)], "br:", out)
    for ending in endings[concept[a]]:
        name("a" + ending, out)
    for ending in endings[concept[b]]:
        name("b" + ending, out)
    name(f"kinds {endings[concept[a]][0]} {endings[concept[b]][0]}", out)
    section = sections[block_b]
    if section >= 0:
        grams(text[block_start[section] : block_end[section]][:40], "h:", out)
    return out


def _endings(draft: ConceptDraft) -> tuple[str, ...]:
    """How the name ends and begins, and of what kind the concept is (first)."""
    lower = draft.name.lower()
    kind = f" kind {draft.kind.value}"
    if has_han(lower):
        return (kind, f"-{lower[-1:]}", f"-{lower[-2:]}", f"^{lower[:2]}")
    words = _WORD.findall(lower)
    shape = (" capitals",) if draft.name.isupper() else ()
    return (kind, f"-{words[-1]}", f"-{words[-1][-4:]}", *shape) if words else (kind,)


def _add_grams(text: str, prefix: str, out: set[str]) -> None:
    """One to three neighbouring Chinese characters, Latin words and pairs of them, other characters."""
    last = ""
    for piece in _PIECE.findall(text):
        if has_han(piece):
            for size in (1, 2, 3):
                out.update(prefix + piece[i : i + size] for i in range(len(piece) - size + 1))
        else:
            out.add(prefix + piece)
            if last:
                out.add(f"{prefix}{last} {piece}")
            last = piece
