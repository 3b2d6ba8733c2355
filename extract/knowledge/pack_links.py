"""Which entries the values of a knowledge pack name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from extract.knowledge.entries import NEEDS, LexiconEntry
from extract.knowledge.pack_sources import Pack
from graph.text.names import fold

NEAR: Final[Mapping[str, tuple[str, ...]]] = {
    "biology": ("medicine", "chemistry", "physics", "mathematics", "psychology"),
    "chemistry": ("physics", "biology", "mathematics", "medicine"),
    "computer-science": ("machine-learning", "mathematics", "economics"),
    "economics": ("mathematics", "psychology", "law", "history", "philosophy", "computer-science"),
    "history": ("philosophy", "law", "economics"),
    "law": ("history", "philosophy", "economics"),
    "machine-learning": ("computer-science", "mathematics", "psychology"),
    "mathematics": ("computer-science", "machine-learning", "physics", "economics"),
    "medicine": ("biology", "chemistry", "psychology", "physics", "mathematics"),
    "philosophy": ("history", "psychology", "law", "mathematics", "economics"),
    "physics": ("mathematics", "chemistry", "computer-science"),
    "psychology": ("medicine", "biology", "economics", "philosophy", "mathematics"),
}
"""Field → the fields whose words it uses, nearest first: a physicist's vector is the mathematician's."""

Place = tuple[str, int]
"""(field, index of the entry in its pack)."""


def same_concept(shared: int, keys: Sequence[str], others: Sequence[str]) -> bool:
    """Whether entries of two fields with these folded names, of which they share so many, are one concept.

    Entropy and 熵 of physics and of machine learning share two names of four; translation (biology) and machine
    translation share one.
    """
    return shared == len(keys) or (shared >= 2 and 2 * shared >= min(len(keys), len(others)))


class PackNames:
    """The names of several packs."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self.packs = {pack.field: pack for pack in packs}
        self._owners: dict[str, dict[str, int]] = {
            field: _owners(pack.entries) for field, pack in sorted(self.packs.items())
        }
        self._order: dict[str, Sequence[str]] = {}

    def place(self, value: str, field: str) -> Place | None:
        """The entry that ``value`` names in a pack of ``field``: of the same pack, else of the first other that has it.

        Of others those of :data:`NEAR` come first, then the rest in alphabetical order. None where no pack has the
        name.
        """
        key = fold(value)
        if field not in self._order:
            near = (field, *NEAR.get(field, ()))
            self._order[field] = (*near, *(other for other in self._owners if other not in near))
        for other in self._order[field]:
            index = self._owners.get(other, _NONE).get(key)
            if index is not None:
                return other, index
        return None

    def entry(self, place: Place) -> LexiconEntry:
        """The entry at a place."""
        return self.packs[place[0]].entries[place[1]]

    def links(self, field: str) -> Iterator[tuple[int, str, str, Place | None]]:
        """(index of an entry, key, value as written, entry that it names) of a pack, in the order of the file."""
        for index, entry in enumerate(self.packs[field].entries):
            for key, values in entry.links:
                for value in values:
                    yield index, key, value, self.place(value, field)

    def needs(self) -> dict[Place, list[Place]]:
        """Each entry's direct prerequisites, over all packs; values that name nothing are left out.

        Entries of several fields that are one concept count as one, the one of the first field.
        """
        first = self._firsts()
        found: dict[Place, list[Place]] = {}
        for field in self.packs:
            for index, key, _, place in self.links(field):
                if key == NEEDS and place is not None:
                    here, there = (field, index), place
                    found.setdefault(first.get(here, here), []).append(first.get(there, there))
        return {here: [there for there in some if there != here] for here, some in found.items()}

    def _firsts(self) -> dict[Place, Place]:
        """Entry → the entry of an earlier field that is the same concept."""
        first: dict[Place, Place] = {}
        owners: dict[str, Place] = {}
        keys: dict[Place, tuple[str, ...]] = {}
        for field, pack in sorted(self.packs.items()):
            for index, entry in enumerate(pack.entries):
                mine = tuple(fold(form) for form in entry.names)
                found = Counter(owners[key] for key in mine if key in owners and owners[key][0] != field)
                for other, shared in found.most_common(1):
                    if same_concept(shared, mine, keys[other]):
                        first[field, index] = other
                here = first.get((field, index), (field, index))
                keys[field, index] = mine
                for key in mine:
                    owners.setdefault(key, here)
        return first


_NONE: Mapping[str, int] = {}


def _owners(entries: Sequence[LexiconEntry]) -> dict[str, int]:
    owners: dict[str, int] = {}
    for index, entry in enumerate(entries):
        owners.setdefault(fold(entry.name), index)
    for index, entry in enumerate(entries):
        for alias in entry.aliases:
            owners.setdefault(fold(alias), index)
    return owners


def circles(needs: Mapping[Place, Sequence[Place]]) -> list[list[Place]]:
    """One circle for each entry at which a walk along ``needs`` meets its own way again, in a fixed order.

    A circle is given from its smallest entry on; no two are alike. None is found exactly where there is none.
    """
    done: set[Place] = set()
    found: set[tuple[Place, ...]] = set()
    for start in sorted(needs):
        if start in done:
            continue
        way: list[Place] = [start]
        at = {start: 0}
        waiting: list[Iterator[Place]] = [iter(sorted(set(needs.get(start, ()))))]
        while waiting:
            following = next(waiting[-1], None)
            if following is None:
                waiting.pop()
                last = way.pop()
                del at[last]
                done.add(last)
            elif following in at:
                circle = way[at[following] :]
                first = circle.index(min(circle))
                found.add((*circle[first:], *circle[:first]))
            elif following not in done:
                at[following] = len(way)
                way.append(following)
                waiting.append(iter(sorted(set(needs.get(following, ())))))
    return [list(circle) for circle in sorted(found)]
