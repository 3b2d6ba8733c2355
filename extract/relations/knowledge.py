"""What knowledge packs say of two concepts, as columns that the models see.

A pack is general knowledge of a field (:mod:`extract.knowledge`). It does not decide: its relations are features next
to what the notes themselves say, so that a sentence of the notes wins where the training shows that it should.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.knowledge.lexicon import Lexicon
from extract.relations.instances import Ints
from extract.text.keys import key_of
from graph.model import RelationType

PREFIX: Final = "pack."
"""How the names of the columns begin."""
TYPES: Final[tuple[RelationType, ...]] = tuple(kind for kind in RelationType if kind is not RelationType.RELATED_TO)


@dataclass(frozen=True, eq=False)
class PairKnowledge:
    """What packs say of the concepts of a collection."""

    entry: Ints
    """For each concept the number of its entry in the packs, -1 where they have none. Shape (concepts,)."""
    entries: int
    """Number of entries."""
    heads: Ints
    tails: Ints
    types: Ints
    """Relations between entries; types are numbers in :data:`TYPES`. Symmetric ones appear in both directions."""
    after: Ints
    before: Ints
    """Prerequisites: entry ``after[i]`` directly needs ``before[i]``."""

    @classmethod
    def of(cls, drafts: Sequence[ConceptDraft], lexicon: Lexicon | None) -> PairKnowledge:
        """What ``lexicon`` says of ``drafts``; nothing where it is None."""
        if lexicon is None:
            return cls(np.full(len(drafts), -1, dtype=np.int64), 0, *(np.zeros(0, dtype=np.int64) for _ in range(5)))
        entry = np.asarray([entry_of(draft.names, lexicon) for draft in drafts], dtype=np.int64).reshape(-1)
        present = np.zeros(len(lexicon.entries) + 1, dtype=bool)
        present[entry] = True
        numbers: dict[RelationType, int] = {kind: number for number, kind in enumerate(TYPES)}
        said = [
            (one, other, numbers[kind])
            for (head, tail), kinds in lexicon.relations.items()
            if present[head] or present[tail]
            for kind in kinds
            for one, other in ([(head, tail), (tail, head)] if kind.symmetric else [(head, tail)])
        ]
        needed = [(after, before) for after, firsts in lexicon.needs.items() if present[after] for before in firsts]
        return cls(entry, len(lexicon.entries), *_columns(said, 3), *_columns(needed, 2))

    def __bool__(self) -> bool:
        """Whether packs know a relation or prerequisite of the concepts."""
        return len(self.heads) + len(self.after) > 0

    def among(self, concepts: Ints) -> PairKnowledge:
        """The same of some concepts only, which are numbered anew in the order of ``concepts``."""
        part = replace(self, entry=self.entry[concepts])
        part.__dict__.update(_neighbours=self._neighbours, _classes=self._classes)  # worked out once for all parts
        return part

    def columns(self, a: Ints, b: Ints) -> Iterator[tuple[str, NDArray[np.generic]]]:
        """(name, values) for pairs of concepts.

        ``pack.T`` is 1 where the first concept is the head of a relation of type T, -1 where the second one is;
        ``pack.needs`` is 1 where the second one directly needs the first, -1 where the first needs the second.

        Args:
            a: numbers of the first concepts.
            b: numbers of the second ones, of the same shape.
        """
        one, other = self.entry[a], self.entry[b]
        both = (one >= 0) & (other >= 0) & (one != other)
        asked = np.flatnonzero(both)  # hardly any pairs: packs say nothing of the others
        forward, backward = one[asked] * self.entries + other[asked], other[asked] * self.entries + one[asked]

        def spread(values: NDArray[np.generic]) -> NDArray[np.generic]:
            """``values`` of the pairs ``asked`` as those of all."""
            column = np.zeros(len(a), dtype=values.dtype)
            column[asked] = values
            return column

        related = np.zeros(len(asked), dtype=bool)
        for number, kind in enumerate(TYPES):
            of_type = self.types == number
            keys = self.heads[of_type] * self.entries + self.tails[of_type]
            towards, back = np.isin(forward, keys), np.isin(backward, keys)
            related |= towards | back
            yield f"{PREFIX}{kind.value}", spread(towards if kind.symmetric else towards.astype(np.int8) - back)
        keys = self.after * self.entries + self.before
        needs = np.isin(backward, keys).astype(np.int8) - np.isin(forward, keys)
        yield f"{PREFIX}needs", spread(needs)
        yield f"{PREFIX}related", spread(related | (needs != 0))
        yield f"{PREFIX}a", one >= 0
        yield f"{PREFIX}b", other >= 0
        yield f"{PREFIX}both", both
        pairs, back = np.unique(forward, return_inverse=True)
        ends = [divmod(pair, self.entries) for pair in pairs.tolist()]
        yield f"{PREFIX}common", spread(np.log1p(_shared(self._neighbours, ends)[back]))
        yield f"{PREFIX}siblings", spread(_shared(self._classes, ends)[back] > 0)

    def around(self, entry: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What pairs with the entry may depend on besides the pair: its neighbours and its classes, rising."""
        return tuple(sorted(self._neighbours.get(entry, ()))), tuple(sorted(self._classes.get(entry, ())))

    @cached_property
    def _neighbours(self) -> Mapping[int, frozenset[int]]:
        """Entry → the entries that it is related to, needs or is needed by."""
        ends = [
            (self.heads, self.tails),
            (self.tails, self.heads),
            (self.after, self.before),
            (self.before, self.after),
        ]
        return _grouped(*(np.concatenate(side) for side in zip(*ends, strict=True)))

    @cached_property
    def _classes(self) -> Mapping[int, frozenset[int]]:
        """Entry → what it is a kind of."""
        kinds = self.types == TYPES.index(RelationType.IS_A)
        return _grouped(self.heads[kinds], self.tails[kinds])


def known_needs(drafts: Sequence[ConceptDraft], lexicon: Lexicon | None) -> dict[tuple[str, str], int]:
    """(id before, id after) → steps between them in the prerequisites of the packs, 1 to :data:`_FARTHEST`."""
    if lexicon is None or not lexicon.needs:
        return {}
    ids: dict[int, str] = {}
    for draft in drafts:
        entry = entry_of(draft.names, lexicon)
        if entry >= 0:
            ids.setdefault(entry, draft.id)
    out: dict[tuple[str, str], int] = {}
    for entry, after in ids.items():
        seen, edge = {entry}, {entry}
        for steps in range(1, _FARTHEST + 1):
            edge = {before for one in edge for before in lexicon.needs.get(one, ())} - seen
            seen |= edge
            out |= {(ids[before], after): steps for before in sorted(edge) if before in ids}
    return dict(sorted(out.items()))


_FARTHEST: Final = 3
"""Steps from a concept to what it needs indirectly that are followed."""


def entry_of(names: Iterable[str], lexicon: Lexicon) -> int:
    """The number of the first entry that one of ``names`` names, in their order; -1 where none does."""
    found = (lexicon.keys.get(key_of(name)) for name in names)
    return next((number for number in found if number is not None), -1)


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> tuple[Ints, ...]:
    table = np.asarray(sorted(rows), dtype=np.int64).reshape(-1, width)
    return tuple(table[:, i] for i in range(width))


def _grouped(keys: Ints, values: Ints) -> Mapping[int, frozenset[int]]:
    out: dict[int, set[int]] = defaultdict(set)
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        out[key].add(value)
    return {key: frozenset(group) for key, group in out.items()}


def _shared(groups: Mapping[int, frozenset[int]], pairs: Sequence[tuple[int, int]]) -> Ints:
    """For each two entries how many members their groups share."""
    nothing: frozenset[int] = frozenset()
    return np.asarray([len(groups.get(a, nothing) & groups.get(b, nothing)) for a, b in pairs], dtype=np.int64)
