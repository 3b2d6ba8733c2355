"""Which type a pair of related concepts has, and which of the two is the head.

Logistic regression over the words around them.

Besides some columns of the instance (numeric) it sees sparse features: characters and words between the names, before
and after them, of the line that announces the second one, and the endings of the two names. All general: no name as
such is a feature.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.relations.features import InstanceTable, View
from extract.relations.grams import GramTable, TextGrams, grams
from extract.relations.instances import Bools, Ints, NoteColumns
from graph.model import RelationType
from graph.text.scripts import has_han

Floats = NDArray[np.float64]
_WORD: Final = re.compile(r"[a-z]+")
_LONG: Final = 80
"""A longer text between the names counts by its first and last half of this."""
_SHORT: Final = 12
"""Up to so many characters between the names are a feature as a whole."""
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
        rows = WordRows.of([{known[name] for name in names if name in known} for names in words])
        weights, bias = self.per_unit()
        return self.of_rows(rows, np.einsum("ij,jk->ik", np.asarray(numeric, dtype=np.float64), weights) + bias)

    def per_unit(self) -> tuple[Floats, Floats]:
        """What one unit of each numeric feature adds to the margins, and the margins of a row of zeros.

        Shapes (len(numeric), len(classes)) and (len(classes),).
        """
        weights = self.numeric_weights / self.scale[:, None]
        return weights, self.bias - np.einsum("j,jk->k", self.mean, weights)

    def of_rows(self, words: WordRows, margin: Floats) -> Floats:
        """The same for sparse features by their rows in ``weights``.

        Args:
            words: the sparse features.
            margin: what the numeric features give, shape (rows, len(classes)); is changed.
        """
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


_PREFIXES: Final = ("m:", "m<", "m>", "l:", "r:", "al:", "ar:", "bl:", "br:", "h:")


@lru_cache(maxsize=8)
def _table(model: TypeModel) -> GramTable:
    return GramTable.of(model.vocabulary, _PREFIXES)


def numeric_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the instance columns ``names`` that :data:`NUMERIC` selects, in order."""
    return tuple(name for name in names if NUMERIC.match(name))


def numeric_matrix(table: InstanceTable, rows: NDArray[np.int64], names: Sequence[str]) -> NDArray[np.float32]:
    """The columns ``names`` of the instances ``rows``, shape (len(rows), len(names))."""
    return np.stack([table.columns[name].take(rows) for name in names], axis=1)


def numeric_margin(table: InstanceTable, rows: Ints, model: TypeModel) -> Floats:
    """What the numeric features of the instances ``rows`` give to the margins, shape (len(rows), len(classes)).

    What depends on a thing that several instances share is worked out once.
    """
    weights, bias = model.per_unit()
    margin = np.tile(bias, (len(rows), 1))
    groups: dict[int, list[int]] = {}
    for number, name in enumerate(model.numeric):
        groups.setdefault(id(table.columns[name].of), []).append(number)
    for group in groups.values():
        columns = [table.columns[model.numeric[number]] for number in group]
        things, of = rows, None
        if columns[0].of is not None:
            asked = columns[0].of[rows]
            there = np.zeros(len(columns[0].values), dtype=bool)
            there[asked] = True
            things, of = np.flatnonzero(there), (np.cumsum(there) - 1)[asked]
        x = np.empty((len(things), len(columns)))
        for place, column in enumerate(columns):
            x[:, place] = column.values[things]
        # Not `@`: BLAS splits the sums by the number of threads, which shows in the last bit.
        part = np.einsum("ij,jk->ik", x, weights[group])
        margin += part if of is None else part[of]
    return margin


def word_features(
    notes: NoteColumns, view: View, table: InstanceTable, rows: Ints, drafts: Sequence[ConceptDraft]
) -> list[set[str]]:
    """The names of the sparse features of the instances ``rows`` of ``table``."""
    around = _Around.of(notes, view, table, rows, drafts)
    texts = [{context.prefix + gram for gram in grams(text)} for context in around.contexts for text in context.texts]
    bags = [*texts, *(set(names) for named in around.named for names in named.names)]
    return [set().union(*(bags[bag] for bag in own if bag >= 0)) for own in around.bags().tolist()]


def word_rows(
    notes: NoteColumns, view: View, table: InstanceTable, rows: Ints, drafts: Sequence[ConceptDraft], model: TypeModel
) -> WordRows:
    """The same as rows of the weights of ``model``."""
    around = _Around.of(notes, view, table, rows, drafts)
    known = _table(model)
    contexts = around.contexts
    numbers = np.repeat(np.arange(len(contexts)), [len(context.start) for context in contexts])
    prefix = np.asarray([_PREFIXES.index(context.prefix) for context in contexts], dtype=np.int64)[numbers]
    cut = np.concatenate([context.cut for context in contexts])
    start, end = (np.concatenate([getattr(context, side) for context in contexts]) for side in ("start", "end"))
    owner, row = TextGrams(around.text, known).rows_of(prefix, start, np.where(cut, start, end))
    # Of a text that is cut in the middle two words meet that do not in the notes.
    long = [
        (part, found)
        for part in np.flatnonzero(cut).tolist()
        for gram in set(grams(_shortened(around.text[int(start[part]) : int(end[part])])))
        if (found := model.vocabulary.get(_PREFIXES[prefix[part]] + gram)) is not None
    ]
    named = [
        (number, found)
        for number, names in enumerate((names for named in around.named for names in named.names), len(start))
        for name in dict.fromkeys(names)
        if (found := model.vocabulary.get(name)) is not None
    ]
    more = np.asarray([*long, *named], dtype=np.int64).reshape(-1, 2)
    owner, row = np.concatenate([owner, more[:, 0]]), np.concatenate([row, more[:, 1]])
    bags = around.bags()
    size = np.bincount(owner, minlength=len(start) + sum(len(named.names) for named in around.named) + 1)
    flat = row[np.argsort(owner, kind="stable")]
    first = np.cumsum(size) - size
    count = size[bags]  # the last bag, -1, is empty
    total = count.sum(axis=1)
    taken = count.ravel()
    place = np.arange(int(taken.sum())) + np.repeat(first[bags].ravel() - (np.cumsum(taken) - taken), taken)
    width = max(len(model.vocabulary), 1)
    keys = np.repeat(np.arange(len(total)), total) * width + flat[place]
    return WordRows(np.sort(keys) % width, np.concatenate([[0], np.cumsum(total)]))


@dataclass(frozen=True, slots=True, eq=False)
class _Context:
    """The texts at one place relative to two names, each once."""

    prefix: str
    """Of its features."""
    text: str
    """That of all notes, in lower case."""
    start: Ints
    end: Ints
    of: Ints
    """For each instance the number of its text, -1 without."""
    cut: Bools
    """Whether the text is so long that only its ends count."""

    @property
    def texts(self) -> Iterator[str]:
        """The texts as they are looked at."""
        for start, end, cut in zip(self.start.tolist(), self.end.tolist(), self.cut.tolist(), strict=True):
            text = self.text[start:end]
            yield _shortened(text) if cut else text


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """Features by their whole names, for each thing that they depend on."""

    names: Sequence[Sequence[str]]
    of: Ints
    """For each instance the number of its thing, -1 without."""


@dataclass(frozen=True, slots=True, eq=False)
class _Around:
    """What the sparse features of some instances are made of: most instances share these things with others."""

    text: str
    contexts: list[_Context]
    named: list[_Named]

    def bags(self) -> Ints:
        """For each instance the numbers of its texts and named things, counted in one row; -1 for none.

        No two of one instance have a feature in common. Shape (instances, contexts and named things).
        """
        sizes = [*(len(context.start) for context in self.contexts), *(len(named.names) for named in self.named)]
        offsets = (np.cumsum(sizes) - sizes).tolist()
        of = [*(context.of for context in self.contexts), *(named.of for named in self.named)]
        return np.stack([np.where(own >= 0, own + offset, -1) for own, offset in zip(of, offsets, strict=True)], axis=1)

    @classmethod
    def of(
        cls, notes: NoteColumns, view: View, table: InstanceTable, rows: Ints, drafts: Sequence[ConceptDraft]
    ) -> _Around:
        """Those of the instances ``rows``."""
        text = notes.text.lower()
        if len(text) != len(notes.text):
            text = notes.text
        found = table.instances
        a, b = found.a[rows], found.b[rows]
        same = notes.occ_sentence[a] == notes.occ_sentence[b]
        contexts, between = _between(text, notes, view, (a, b), same)
        starts, ends = notes.occ_start, notes.occ_end
        sentence = notes.sentence_start[notes.occ_sentence], notes.sentence_end[notes.occ_sentence]
        block = notes.block_start[notes.occ_block], notes.block_end[notes.occ_block]
        near = (
            # (prefix, whose text, of which instances, from, to), offsets of all occurrences
            ("l:", a, same, np.maximum(sentence[0], starts - 8), starts),
            ("r:", b, same, ends, np.minimum(sentence[1], ends + 10)),
            ("al:", a, ~same, np.maximum(block[0], starts - 30), starts),
            ("ar:", a, ~same, ends, np.minimum(block[1], ends + 30)),
            ("bl:", b, ~same, np.maximum(sentence[0], starts - 24), starts),
            ("br:", b, ~same, ends, np.minimum(sentence[1], ends + 16)),
        )
        for prefix, names, where, left, right in near:
            numbers, of = _each(np.where(where, names, -1))
            contexts.append(_context(prefix, text, left[numbers], right[numbers], of))
        numbers, of = _each(notes.block_section[notes.occ_block[b]])
        left, right = notes.block_start[numbers], notes.block_end[numbers]
        contexts.append(_context("h:", text, left, np.minimum(right, left + 40), of))
        return cls(text, contexts, [between, *_of_ends(notes, found.place[rows], (a, b), drafts)])


def _between(
    text: str, notes: NoteColumns, view: View, ends: tuple[Ints, Ints], same: Bools
) -> tuple[list[_Context], _Named]:
    """What is between the two names of each instance, of those in one sentence."""
    a, b = ends
    start, end = view.chain_end[a], view.chain_start[b]
    crossed = end < start
    start, end = np.where(crossed, notes.occ_end[a], start), np.where(crossed, notes.occ_start[b], end)
    width = len(text) + 1
    keys, of = _each(np.where(same, start * width + end, -1))
    start, end = keys // width, keys % width
    contexts = [
        _context("m:", text, start, end, of, cut=end - start > _LONG),
        _context("m<", text, start, np.minimum(end, start + 4), of),
        _context("m>", text, np.maximum(end - 4, start), end, of),
    ]
    short = [
        (f"m={text[i:j].strip()}",) if j - i <= _SHORT else ()
        for i, j in zip(start.tolist(), end.tolist(), strict=True)
    ]
    return contexts, _Named(short, of)


def _context(prefix: str, text: str, start: Ints, end: Ints, of: Ints, *, cut: Bools | None = None) -> _Context:
    return _Context(
        prefix, text, start, np.maximum(start, end), of, np.zeros(len(start), dtype=bool) if cut is None else cut
    )


def _of_ends(
    notes: NoteColumns, place: Ints, ends: tuple[Ints, Ints], drafts: Sequence[ConceptDraft]
) -> Iterator[_Named]:
    """Features by the place, by how the names end, and by the kinds of the two."""
    places, of = _each(place)
    yield _Named([(f"place {number}",) for number in places.tolist()], of)
    kinds = [draft.kind.value for draft in drafts]
    kind = np.unique(np.asarray(kinds or [""]), return_inverse=True)[1]
    first_of_kind = np.unique(kind, return_index=True)[1]
    concepts = []
    for side, occurrence in zip("ab", ends, strict=True):
        numbers, of = _each(notes.occ_concept[occurrence])
        concepts.append(first_of_kind[kind[notes.occ_concept[occurrence]]])
        yield _Named([[side + ending for ending in _endings(drafts[number])] for number in numbers.tolist()], of)
    pairs, of = _each(concepts[0] * len(drafts) + concepts[1])
    both = (divmod(pair, len(drafts)) for pair in pairs.tolist())
    yield _Named([(f"kinds  kind {kinds[one]}  kind {kinds[other]}",) for one, other in both], of)


def _each(values: Ints) -> tuple[Ints, Ints]:
    """The different ``values`` without -1; and for each of ``values`` its number among them, -1 for -1."""
    if len(values) and values.max() < _DENSE * len(values):  # without sorting
        there = np.zeros(int(values.max()) + 2, dtype=bool)
        there[values] = True
        there[-1] = False  # -1
        number = np.cumsum(there) - 1
        number[-1] = -1
        return np.flatnonzero(there), number[values]
    different, at = np.unique(values, return_inverse=True)
    if len(different) and different[0] < 0:
        return different[1:], at - 1
    return different, at


_DENSE: Final = 16


def _shortened(text: str) -> str:
    """What counts of a long text between two names."""
    return text[: _LONG // 2] + " … " + text[-_LONG // 2 :]


def _endings(draft: ConceptDraft) -> tuple[str, ...]:
    """How the name ends and begins, and of what kind the concept is (first)."""
    lower = draft.name.lower()
    kind = f" kind {draft.kind.value}"
    if has_han(lower):
        return (kind, f"-{lower[-1:]}", f"-{lower[-2:]}", f"^{lower[:2]}")
    words = _WORD.findall(lower)
    shape = (" capitals",) if draft.name.isupper() else ()
    return (kind, f"-{words[-1]}", f"-{words[-1][-4:]}", *shape) if words else (kind,)
