"""Which type a pair of related concepts has, and which of the two is the head: logistic regression over the words around them.

Beside some columns of the instance (numeric) it sees sparse features: characters and words between the names, before and after them, of
the line that announces the second one, and the endings of the two names. All general: no name as such is a feature.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.contexts import Notes
from extract.drafts import ConceptDraft
from extract.relation_features import Table, View
from extract.segment import has_cjk
from graph.model import RelationType

Floats = NDArray[np.float64]
_PIECE: Final = re.compile(r"[㐀-鿿]+|[a-z]+|[^\sa-z㐀-鿿]")
_WORD: Final = re.compile(r"[a-z]+")
_LONG: Final = 80
"""A longer text between the names counts by its first and last half of this."""
NUMERIC: Final = re.compile(
    r"(says|gap|place|section|best)\.|(a|b)\.(lead|in_|ahead|rest|heads|strong|before|after|rank|degree|count|kind_)|a_in_b|b_in_a|sibling|usual_order|same_sentence"
)
"""Columns of the instance table that the types are told by."""
CLASSES: Final = tuple(
    name
    for kind in RelationType
    if kind is not RelationType.RELATED_TO
    for name in ([kind.value] if kind.symmetric else [f"{kind.value}>", f"{kind.value}<"])
)
"""``uses>``: the concept that stands first in the document is the head; ``uses<``: the other one; without a sign: symmetric."""


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

    @classmethod
    @cache
    def default(cls) -> TypeModel:
        """The model that comes with the package."""
        path = Path(__file__).parent / "models" / "relation_types.json"
        return cls.from_record(json.loads(path.read_text(encoding="utf-8")))

    def probabilities(self, words: Sequence[Iterable[str]], numeric: NDArray[np.floating[Any]]) -> Floats:
        """Probability of each class for each row, shape (rows, classes).

        Args:
            words: names of the sparse features of each row; unknown ones are passed over.
            numeric: shape (rows, len(self.numeric)).
        """
        margin = (np.asarray(numeric, dtype=np.float64) - self.mean) / self.scale @ self.numeric_weights + self.bias
        known = self.vocabulary
        for row, names in enumerate(words):
            ids = [known[name] for name in names if name in known]
            if ids:
                margin[row] += self.weights[ids].sum(axis=0)
        margin -= margin.max(axis=1, keepdims=True, initial=-np.inf)
        odds = np.exp(margin)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def numeric_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the instance columns ``names`` that :data:`NUMERIC` selects, in order."""
    return tuple(name for name in names if NUMERIC.match(name))


def word_features(notes: Notes, view: View, table: Table, rows: Iterable[int], drafts: Sequence[ConceptDraft]) -> list[set[str]]:
    """The names of the sparse features of the instances ``rows`` of ``table``."""
    text = notes.text.lower()
    if len(text) != len(notes.text):
        text = notes.text
    endings = [_endings(draft) for draft in drafts]
    found = table.instances
    return [_words(text, notes, view, int(found.a[r]), int(found.b[r]), int(found.place[r]), endings) for r in rows]


def _words(text: str, notes: Notes, view: View, a: int, b: int, place: int, endings: Sequence[tuple[str, ...]]) -> set[str]:
    out = {f"place {place}"}
    start_a, end_a, start_b, end_b = (int(v) for v in (notes.occ_start[a], notes.occ_end[a], notes.occ_start[b], notes.occ_end[b]))
    block_a, block_b = int(notes.occ_block[a]), int(notes.occ_block[b])
    sentence_start = int(notes.sentence_start[notes.occ_sentence[b]])
    sentence_end = int(notes.sentence_end[notes.occ_sentence[b]])
    if notes.occ_sentence[a] == notes.occ_sentence[b]:
        start, end = int(view.chain_end[a]), int(view.chain_start[b])
        if end < start:
            start, end = end_a, start_b
        between = text[start:end]
        if len(between) > _LONG:
            between = between[: _LONG // 2] + " … " + between[-_LONG // 2 :]
        _add_grams(between, "m:", out)
        _add_grams(between[:4], "m<", out)
        _add_grams(between[-4:], "m>", out)
        if len(between) <= 12:
            out.add("m=" + between.strip())
        _add_grams(text[max(sentence_start, start_a - 8) : start_a], "l:", out)
        _add_grams(text[end_b : min(sentence_end, end_b + 10)], "r:", out)
    else:
        _add_grams(text[max(int(notes.block_start[block_a]), start_a - 30) : start_a], "al:", out)
        _add_grams(text[end_a : min(int(notes.block_end[block_a]), end_a + 30)], "ar:", out)
        _add_grams(text[max(sentence_start, start_b - 24) : start_b], "bl:", out)
        _add_grams(text[end_b : min(sentence_end, end_b + 16)], "br:", out)
    out.update("a" + name for name in endings[notes.occ_concept[a]])
    out.update("b" + name for name in endings[notes.occ_concept[b]])
    out.add(f"kinds {endings[notes.occ_concept[a]][0]} {endings[notes.occ_concept[b]][0]}")
    section = int(notes.block_section[block_b])
    if section >= 0:
        _add_grams(text[int(notes.block_start[section]) : int(notes.block_end[section])][:40], "h:", out)
    return out


def _endings(draft: ConceptDraft) -> tuple[str, ...]:
    """How the name ends and begins, and of what kind the concept is (first)."""
    lower = draft.name.lower()
    kind = f" kind {draft.kind.value}"
    if has_cjk(lower):
        return (kind, f"-{lower[-1:]}", f"-{lower[-2:]}", f"^{lower[:2]}")
    words = _WORD.findall(lower)
    shape = (" capitals",) if draft.name.isupper() else ()
    return (kind, f"-{words[-1]}", f"-{words[-1][-4:]}", *shape) if words else (kind,)


def _add_grams(text: str, prefix: str, out: set[str]) -> None:
    """One to three neighbouring Chinese characters, Latin words and pairs of them, other characters."""
    last = ""
    for piece in _PIECE.findall(text):
        if "㐀" <= piece[0] <= "鿿":
            for size in (1, 2, 3):
                out.update(prefix + piece[i : i + size] for i in range(len(piece) - size + 1))
        else:
            out.add(prefix + piece)
            if last:
                out.add(f"{prefix}{last} {piece}")
            last = piece
