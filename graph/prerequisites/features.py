"""What a model sees of two concepts of which one may have to be understood first: a row for each order of each pair.

Everything that depends on one concept is worked out once for each concept, and the pairs are columns: a collection has
a hundred pairs that may be prerequisites for each one that is.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from graph.mentions import Mentions, PassageRows
from graph.model import Concept, Passage, Relation, RelationType
from graph.text.inner_names import inner_names
from graph.text.joined import BETWEEN, Joined, batches
from graph.text.name_finder import NameFinder
from graph.text.names import fold

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TYPES: Final = tuple(RelationType)
"""The order of types in all arrays here."""
VOTED: Final = tuple(t for t in TYPES if t is not RelationType.RELATED_TO)
"""The types whose votes are features."""
FEATURES: Final = (
    *(f"{t.value}_after" for t in TYPES),
    *(f"{t.value}_before" for t in TYPES),
    *(
        "strongest",
        "types",
        "named_after",
        "names_before",
        "defined_with",
        "defines_before",
        "home_refers",
        "home_referred",
    ),
    *("together_after", "together_before", "refd", "first_earlier", "home_earlier", "reading_earlier", "same_home"),
    *(
        "count_before",
        "count_after",
        "count_gap",
        "degree_before",
        "degree_after",
        "degree_gap",
        "salience_before",
        "salience_after",
    ),
    *("spread_before", "spread_after", "explained_before", "explained_after", "length_gap"),
    *("probability", *(f"vote.{t.value}_after" for t in VOTED), *(f"vote.{t.value}_before" for t in VOTED)),
    *("needed", "needed_back"),
)
"""Names of the features of an ordered pair (before, after)."""


# ---- what is known of pairs besides the graph ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PairSignal:
    """What the notes say about two concepts, before anything is cut off."""

    probability: float
    """That they are related."""
    votes: Mapping[tuple[str, RelationType], float]
    """(id of the head, type) → probability of the type and direction; symmetric types under both heads."""


@dataclass(frozen=True, slots=True, eq=False)
class IdPairs(Sequence[tuple[str, str]]):
    """Pairs of ids as numbers: a collection has forty thousand of them for each megabyte of notes."""

    ids: tuple[str, ...]
    ends: Ints
    """Numbers in ``ids``, shape (pairs, 2)."""

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, at: int) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, at: slice) -> IdPairs: ...
    def __getitem__(self, at: int | slice) -> tuple[str, str] | IdPairs:
        """One pair, or some of them."""
        if isinstance(at, slice):
            return IdPairs(self.ids, self.ends[at])
        one, other = self.ends[at].tolist()
        return self.ids[one], self.ids[other]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        ids = self.ids
        return ((ids[one], ids[other]) for one, other in self.ends.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as of other sequences that are compared by their members

    def numbers(self, number: Mapping[str, int]) -> Ints:
        """The pairs with the ``number`` of each id, shape (pairs, 2)."""
        numbers = np.zeros(len(self.ids), dtype=np.int64)
        for place in np.flatnonzero(np.bincount(self.ends.ravel(), minlength=len(self.ids))).tolist():
            numbers[place] = number[self.ids[place]]
        return numbers[self.ends]


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """What the notes say about pairs of concepts, as columns: there are many times more pairs than relations."""

    pairs: Sequence[tuple[str, str]] = ()
    """(smaller id, larger id), each pair once."""
    probability: Floats = field(default_factory=partial(np.zeros, 0))
    """That they are related, shape (pairs,)."""
    votes: Floats = field(default_factory=partial(np.zeros, (0, 2, len(TYPES))))
    """Probability of each of :data:`TYPES` where the smaller id is the head, and where the larger one is; symmetric
    types in both. Shape (pairs, 2, types)."""

    @classmethod
    def of(cls, said: Mapping[tuple[str, str], PairSignal]) -> Signals:
        """The same, from an object for each pair (smaller id, larger id)."""
        votes = np.zeros((len(said), 2, len(TYPES)))
        for row, (pair, signal) in enumerate(said.items()):
            for (head, kind), share in signal.votes.items():
                votes[row, pair.index(head), TYPES.index(kind)] = share
        return cls(tuple(said), np.asarray([signal.probability for signal in said.values()], dtype=np.float64), votes)

    def items(self) -> Iterator[tuple[tuple[str, str], PairSignal]]:
        """What :meth:`of` takes, pair by pair."""
        for pair, probability, votes in zip(self.pairs, self.probability.tolist(), self.votes.tolist(), strict=True):
            shares = [(pair[side], kind, votes[side][n]) for n, kind in enumerate(TYPES) for side in (0, 1)]
            yield pair, PairSignal(probability, {(head, kind): share for head, kind, share in shares if share})


Needs = Mapping[tuple[str, str], int]
"""(id before, id after) → steps between the two in the prerequisites of knowledge packs, 1 for direct ones."""


@dataclass(frozen=True, slots=True, eq=False)
class PairEvidence:
    """What is known of pairs of concepts besides relations and places."""

    signals: Signals = field(default_factory=Signals)
    """Of related pairs and of others that may be."""
    needs: Needs = field(default_factory=dict)
    """What knowledge packs say."""


# ---- places ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where concepts appear. A cell is a passage with a concept that it names."""

    passages: int
    """Number of all passages."""
    cells: Ints
    """concept × passages + passage, rising."""
    times: Ints
    """How often the passage names the concept, for each cell."""
    first_cell: Ints
    """For each concept the number of its first cell, shape (concepts + 1,)."""
    home: Ints
    """For each concept the passage with a heading that names it, else with its definition, else with most mentions; -1
    without mentions."""
    first_doc: Ints
    first_line: Ints
    """For each concept its first mention: number of the document (0 without mentions) and line."""

    def named(self, concepts: Ints, passages: Ints) -> Ints:
        """How often each of ``passages`` (-1: none) names the concept of the same row."""
        if not len(self.cells):
            return np.zeros(len(concepts), dtype=np.int64)
        asked = concepts * self.passages + passages
        at = np.minimum(np.searchsorted(self.cells, asked), len(self.cells) - 1)
        return np.where((self.cells[at] == asked) & (passages >= 0), self.times[at], 0)

    def shared(self, asked: Ints) -> Ints:
        """How many passages name both concepts of each pair, given as smaller × concepts + larger and rising.

        Passage by passage: a passage has few pairs of concepts, and two frequent concepts have many passages.
        """
        size, found = len(self.home), np.zeros(len(asked), dtype=np.int64)
        passage, concept = self.cells % max(self.passages, 1), self.cells // max(self.passages, 1)
        order = np.argsort(passage, kind="stable")
        passage, concept = passage[order], concept[order]
        later = np.searchsorted(passage, passage, side="right") - np.arange(len(passage)) - 1
        before = np.cumsum(later) - later  # pairs of the cells before, so that some pairs are in memory at a time
        begin = 0
        while begin < len(later) and len(asked):
            end = max(begin + 1, int(np.searchsorted(before, before[begin] + _PAIRS_AT_ONCE)))
            times = later[begin:end]
            first = np.repeat(np.arange(begin, end), times)
            other = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(times) - times, times)
            pairs = np.sort(concept[first] * size + concept[other])
            at = np.minimum(np.searchsorted(asked, pairs), len(asked) - 1)
            found += np.bincount(at[asked[at] == pairs], minlength=len(asked))
            begin = end
        return found


_PAIRS_AT_ONCE: Final = 1_000_000
"""Pairs of concepts in one passage that are in memory at a time."""


def _places(concepts: Sequence[Concept], passages: Sequence[Passage]) -> _Places:
    spans, title_of = [], []
    titles: dict[str, int] = {"": 0}
    for passage in passages:
        spans.append((passage.doc, passage.first_line, passage.last_line))
        title_of.append(titles.setdefault(passage.heading_path[-1] if passage.heading_path else "", len(titles)))
    rows, mentions = PassageRows(spans), Mentions.of(concepts)
    size, number = max(len(spans), 1), len(concepts)
    where = rows.of_mentions(mentions)
    cells, times = np.unique((mentions.concept * size + where)[where >= 0], return_counts=True)
    concept, passage = cells // size, cells % size
    defined = rows.of_places([(c.definition.doc, c.definition.line) if c.definition else None for c in concepts])
    shares = _title_shares(concepts, list(titles), concept, np.asarray(title_of, dtype=np.int64)[passage])
    # The passage with a heading that names it, else with its definition, else with most mentions, else the first.
    weight = times + 6.0 * shares + np.where(passage == defined[concept], 3.0, 0.0)
    best = np.lexsort((passage, -weight, concept))
    first_cell = np.searchsorted(concept, np.arange(number + 1))
    some = np.flatnonzero(np.diff(first_cell))
    home = np.full(number, -1, dtype=np.int64)
    home[some] = passage[best[first_cell[some]]]
    first_doc, first_line = _first_mentions(mentions, number)
    return _Places(len(spans), cells, times, first_cell, home, first_doc, first_line)


def _first_mentions(mentions: Mentions, number: int) -> tuple[Ints, Ints]:
    """For each of ``number`` concepts its first mention: the document, 1 for the first one, and the line; 0 without."""
    order = np.lexsort((mentions.line, mentions.doc, mentions.concept))
    concepts, first = np.unique(mentions.concept[order], return_index=True)
    docs, lines = np.zeros(number, dtype=np.int64), np.zeros(number, dtype=np.int64)
    docs[concepts], lines[concepts] = mentions.doc[order[first]] + 1, mentions.line[order[first]]
    return docs, lines


def _title_shares(concepts: Sequence[Concept], titles: Sequence[str], concept: Ints, title: Ints) -> Floats:
    """How much of each ``title`` the first name of the ``concept`` of the same row is that is in it; 0 to 1.

    Args:
        concepts: all.
        titles: all.
        concept: place in ``concepts``, for each row.
        title: place in ``titles``, for each row.
    """
    names = [(place, name) for place, c in enumerate(concepts) for name in c.names if len(fold(name)) > 1]
    within = inner_names([name for _, name in names], titles)
    same: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(titles):
        same[fold(text)].append(number)
    equal = [(n, number) for n, (_, name) in enumerate(names) for number in same.get(fold(name), ())]
    pairs = np.concatenate([within, np.asarray(equal, dtype=np.int64).reshape(-1, 2)])
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    owner = np.asarray([place for place, _ in names], dtype=np.int64)
    letters = np.asarray([len(fold(name)) for _, name in names], dtype=np.int64)
    lengths = np.asarray([max(1, len(fold(text))) for text in titles], dtype=np.int64)
    keys, first = np.unique(owner[pairs[:, 0]] * len(titles) + pairs[:, 1], return_index=True)
    shares = letters[pairs[first, 0]] / lengths[pairs[first, 1]]
    at = _found_in(keys, concept * len(titles) + title)
    return np.where((at >= 0) & (title > 0), _take(shares, at), 0.0)


# ---- pairs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class PairFeatures:
    """Pairs of concepts that may be prerequisites of each other, and what their features are made of."""

    low: Ints
    high: Ints
    """The two concepts of each pair, the smaller index first; the pairs rise."""
    stated: Floats
    """Largest confidence of a relation of each type, by what may come first: ``[:, 0]`` where the lower concept is
    before the higher one and is the relation's tail (or the type is symmetric), ``[:, 1]`` where it is the head. Shape
    (pairs, 2, types)."""
    types: Ints
    """Number of different types of their relations."""
    defines: NDArray[np.bool_]
    """Whether the definition of the higher concept names the lower one, and the reverse. Shape (pairs, 2)."""
    shared: Ints
    """Passages that name both."""
    signal: Ints
    """For each pair its number in ``signals``, -1 without."""
    signals: Signals
    turned: NDArray[np.bool_]
    """For each of ``signals`` whether its smaller id is that of the higher concept."""
    needed: Floats
    """1 / steps from the lower concept to the higher one in the prerequisites of packs, and the reverse; 0 without.
    Shape (pairs, 2)."""
    concepts: _ConceptColumns
    places: _Places

    def __len__(self) -> int:
        return len(self.low)

    def of(self, pairs: Ints) -> Floats:
        """The rows of ``pairs`` (numbers), both orders next to each other, the lower concept first in the first one.

        Shape (2 · len(pairs), len(FEATURES)).
        """
        low, high = self.low[pairs], self.high[pairs]
        rows = np.zeros((len(pairs), 2, len(FEATURES)))
        within = self.concepts.names_within(low, high), self.concepts.names_within(high, low)
        for side, (before, after) in enumerate(((low, high), (high, low))):
            columns = (
                *self._stated(pairs, side),
                within[side],
                within[1 - side],
                self.defines[pairs, side],
                self.defines[pairs, 1 - side],
                *self._places(pairs, before, after),
                *self.concepts.columns(before, after),
                *self._signals(pairs, side),
                self.needed[pairs, side],
                self.needed[pairs, 1 - side],
            )
            for column, values in enumerate(columns):
                rows[:, side, column] = values
        return rows.reshape(-1, len(FEATURES))

    def _stated(self, pairs: Ints, side: int) -> Iterator[NDArray[Any]]:
        """Confidence by type and direction, of the most confident relation, and the number of types."""
        stated = self.stated[pairs]
        yield from stated[:, side].T
        yield from np.where(_SYMMETRIC, 0.0, stated[:, 1 - side]).T
        yield stated.max(axis=(1, 2))
        yield self.types[pairs]

    def _places(self, pairs: Ints, before: Ints, after: Ints) -> Iterator[NDArray[Any]]:
        """``home_refers`` to ``same_home``."""
        places, shared = self.places, self.shared[pairs]
        spread = np.maximum(np.diff(places.first_cell), 1)
        home_before, home_after = places.home[before], places.home[after]
        yield _log1p(places.named(before, home_after))
        yield _log1p(places.named(after, home_before))
        yield shared / spread[after]
        yield shared / spread[before]
        yield shared / spread[after] - shared / spread[before]
        one_doc = places.first_doc[before] == places.first_doc[after]
        yield np.where(one_doc, np.sign(places.first_line[after] - places.first_line[before]), 0)
        yield np.where((home_before >= 0) & (home_after >= 0), np.sign(home_after - home_before), 0)
        yield np.sign(self.concepts.reading[after] - self.concepts.reading[before])
        yield home_before == home_after

    def _signals(self, pairs: Ints, side: int) -> Iterator[NDArray[Any]]:
        """``probability`` and the votes, those with the later concept as the head first."""
        rows = self.signal[pairs]
        known = rows >= 0
        voted = [TYPES.index(t) for t in VOTED]
        yield np.where(known, _take(self.signals.probability, rows), 0.0)
        turned = _take(self.turned, rows)  # then the smaller id, the first of the votes, is the higher concept
        votes = _take(self.signals.votes, rows) * known[:, None, None]
        for later in (1, 0):
            head = (side + later) % 2
            yield from np.where(turned[:, None], votes[:, 1 - head], votes[:, head]).T[voted]


_SYMMETRIC: Final = np.asarray([t.symmetric for t in TYPES])


def _take(values: NDArray[Any], rows: Ints) -> NDArray[Any]:
    """``values[rows]``; zeros where there are no values, so that -1 may stand for none."""
    return values[rows] if len(values) else np.zeros((len(rows), *values.shape[1:]), dtype=values.dtype)


def pair_features(
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    passages: Sequence[Passage],
    reading_order: Mapping[str, int],
    known: PairEvidence,
) -> PairFeatures:
    """The pairs that are related or may be, or of which one's definition names the other.

    A pair of which only signals or knowledge packs say anything is among them where a passage names both.

    Args:
        concepts: with mentions and definitions.
        relations: between them, by id.
        passages: of all documents.
        reading_order: document → place in the order in which the folder is read; empty where it has none.
        known: what else is known of pairs.
    """
    size = max(len(concepts), 1)
    places = _places(concepts, passages)
    number = {c.id: i for i, c in enumerate(concepts)}
    ends = _numbers(((r.head, r.tail) for r in relations), number)
    defining = _definitions(concepts)
    signals, needs = _numbers(known.signals.pairs, number), _numbers(known.needs, number)
    certain = np.unique(np.concatenate([_keys(ends, size), _keys(defining, size)]))
    keys = np.unique(np.concatenate([certain, _keys(signals, size), _keys(needs, size)]))
    shared = places.shared(keys)
    kept = shared > 0
    kept[np.searchsorted(keys, certain)] = True
    keys, shared = keys[kept], shared[kept]
    rows = np.searchsorted(keys, _keys(ends, size))
    kinds = np.asarray([TYPES.index(r.type) for r in relations], dtype=np.int64)
    steps = np.asarray(list(known.needs.values()), dtype=np.float64)
    low, high = keys // size, keys % size
    return PairFeatures(
        low,
        high,
        stated=_stated(ends, rows, kinds, np.asarray([r.confidence for r in relations]), len(keys)),
        types=np.bincount(np.unique(rows * len(TYPES) + kinds) // len(TYPES), minlength=len(keys)),
        defines=_by_order(keys, defining, size, np.ones(len(defining))) > 0,
        shared=shared,
        signal=_places_in(_keys(signals, size), keys),
        signals=known.signals,
        turned=signals[:, 0] > signals[:, 1],
        needed=_by_order(keys, needs, size, 1.0 / steps),
        concepts=_ConceptColumns.of(concepts, ends, places, reading_order),
        places=places,
    )


def _numbers(pairs: Iterable[tuple[str, str]], number: Mapping[str, int]) -> Ints:
    """Pairs of ids as pairs of numbers, shape (pairs, 2)."""
    if isinstance(pairs, IdPairs):
        return pairs.numbers(number)
    return np.asarray([(number[one], number[other]) for one, other in pairs], dtype=np.int64).reshape(-1, 2)


def _keys(pairs: Ints, size: int) -> Ints:
    """One number for each unordered pair of two numbers below ``size``; they rise by (smaller, larger)."""
    return np.minimum(pairs[:, 0], pairs[:, 1]) * size + np.maximum(pairs[:, 0], pairs[:, 1])


def _places_in(values: Ints, wanted: Ints) -> Ints:
    """For each of ``wanted`` its place in ``values``, which has nothing twice; -1 where it has none."""
    order = np.argsort(values)
    at = _found_in(values[order], wanted)
    return np.where(at >= 0, _take(order, at), -1)


def _found_in(values: Ints, wanted: Ints) -> Ints:
    """The same for ``values`` that rise."""
    if not len(values):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return np.where(values[at] == wanted, at, -1)


def _by_order(keys: Ints, pairs: Ints, size: int, values: Floats) -> Floats:
    """Values of ordered ``pairs`` (before, after) for each of ``keys``, the lower one before first; 0 without."""
    found = np.zeros((len(keys), 2))
    at = np.searchsorted(keys, _keys(pairs, size))
    inside = at < len(keys)
    inside[inside] = keys[at[inside]] == _keys(pairs, size)[inside]
    found[at[inside], (pairs[:, 0] > pairs[:, 1]).astype(np.int64)[inside]] = values[inside]
    return found


def _stated(ends: Ints, rows: Ints, kinds: Ints, confidence: Floats, pairs: int) -> Floats:
    """See :attr:`PairFeatures.stated`; of each relation the numbers of head and tail, its pair, type and confidence."""
    stated = np.zeros((pairs, 2, len(TYPES)))
    head_is_low = (ends[:, 0] < ends[:, 1]).astype(np.int64)
    np.maximum.at(stated, (rows, head_is_low, kinds), confidence)
    either = _SYMMETRIC[kinds]
    np.maximum.at(stated, (rows[either], 1 - head_is_low[either], kinds[either]), confidence[either])
    return stated


def _definitions(concepts: Sequence[Concept]) -> Ints:
    """(concept, concept whose definition names it), shape (n, 2)."""
    finder = NameFinder((name, i) for i, c in enumerate(concepts) for name in c.names)
    defined = [i for i, concept in enumerate(concepts) if concept.definition is not None]
    texts = [c.definition.quote.replace(BETWEEN, " ") for c in concepts if c.definition is not None]
    parts: list[Ints] = [np.zeros((0, 2), dtype=np.int64)]
    for run in batches(texts):
        joined = Joined.of([texts[i] for i in run])
        found = finder.find_in(joined)
        where = np.asarray(defined, dtype=np.int64)[joined.text_of(found.start) + run.start]
        parts.append(np.stack([np.asarray(found.owners, dtype=np.int64), where], axis=1))
    pairs = np.unique(np.concatenate(parts), axis=0)
    return np.asarray(pairs[pairs[:, 0] != pairs[:, 1]], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _ConceptColumns:
    """What a pair's features take from each of its concepts alone."""

    count: Floats
    degree: Floats
    spread: Floats
    """Logarithms of 1 + the number of mentions in passages, of concepts that it is related to, of passages."""
    confidence: Floats
    explained: NDArray[np.bool_]
    """Whether it has a definition."""
    length: Ints
    """Letters of the first name with two letters at least; 0 without one."""
    reading: Ints
    """Place in the reading order of the first document that names it."""
    within: Ints
    """Inner × concepts + outer where a name of two letters at least is within the display name of another; rising."""

    @classmethod
    def of(
        cls, concepts: Sequence[Concept], ends: Ints, places: _Places, reading_order: Mapping[str, int]
    ) -> _ConceptColumns:
        """The columns of ``concepts``. ``ends``: numbers of heads and tails of the relations."""
        size = len(concepts)
        links = np.unique(np.concatenate([ends, ends[:, ::-1]]), axis=0)
        inner = [[name for name in c.names if len(fold(name)) > 1] for c in concepts]
        docs = ({m.doc for m in c.mentions} for c in concepts)
        reading = [min((reading_order[d] for d in own if d in reading_order), default=0) for own in docs]
        owner = np.repeat(np.arange(size), np.diff(places.first_cell))
        return cls(
            _log1p(np.bincount(owner, weights=places.times, minlength=size).astype(np.int64)),
            _log1p(np.bincount(links[:, 0], minlength=size)),
            _log1p(np.diff(places.first_cell)),
            np.asarray([c.confidence for c in concepts], dtype=np.float64),
            np.asarray([c.definition is not None for c in concepts], dtype=bool),
            np.asarray([len(fold(own[0])) if own else 0 for own in inner], dtype=np.int64),
            np.asarray(reading, dtype=np.int64),
            _names_within(inner, [c.name for c in concepts]),
        )

    def columns(self, before: Ints, after: Ints) -> Iterator[NDArray[Any]]:
        """``count_before`` to ``length_gap``."""
        for values in (self.count, self.degree):
            yield values[before]
            yield values[after]
            yield values[before] - values[after]
        for plain in (self.confidence, self.spread, self.explained):
            yield plain[before]
            yield plain[after]
        one, other = self.length[before], self.length[after]
        yield np.where((one > 0) & (other > 0), np.clip(other - one, -12, 12), 0)

    def names_within(self, inner: Ints, outer: Ints) -> NDArray[np.bool_]:
        """Whether a name of ``inner`` is within the display name of ``outer``, for each row."""
        return _found_in(self.within, inner * len(self.count) + outer) >= 0


def _names_within(names: Sequence[Sequence[str]], outer: Sequence[str]) -> Ints:
    """See :attr:`_ConceptColumns.within`; ``names``: of each concept."""
    owner = np.repeat(np.arange(len(names)), [len(own) for own in names])
    pairs = inner_names([name for own in names for name in own], outer)
    return np.unique(owner[pairs[:, 0]] * len(outer) + pairs[:, 1])


def _log1p(counts: Ints) -> Floats:
    """ln(1 + n) of each, taken once for each different count."""
    values, rows = np.unique(counts, return_inverse=True)
    return np.asarray([math.log1p(n) for n in values.tolist()], dtype=np.float64)[rows]
