"""One thing and what it is called: the entry that lexicons and knowledge packs are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph.errors import SettingsError
from graph.model import ConceptKind, RelationType
from graph.text.names import fold
from graph.text.nearest import did_you_mean

NEEDS: Final = "needs"
RELATION_KEYS: Final = tuple(t.value for t in RelationType if t is not RelationType.RELATED_TO)
LINK_KEYS: Final = (*RELATION_KEYS, NEEDS)
"""Keys of an entry whose values name other entries: the types of relations, then direct prerequisites."""
ENTRY_KEYS: Final = ("name", "aliases", "kind", *LINK_KEYS)
KINDS: Final[Mapping[str, ConceptKind]] = {kind.value: kind for kind in ConceptKind}


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """One thing and what it is called."""

    name: str
    """The usual English name; in a lexicon of another field, whatever name is most usual."""
    aliases: tuple[str, ...]
    """Other names, abbreviations and renderings in other languages, in the order of the file; no two of them fold
    alike."""
    kind: ConceptKind
    file: str
    """Path of the file that contains the entry."""
    line: int
    """1-based."""
    field: str = ""
    """The knowledge pack it belongs to (``machine-learning``); empty for the user's own lexicon."""
    links: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(key of :data:`LINK_KEYS`, names of other entries) as the file says them. Empty for an entry of a compiled pack,
    whose relations are in the lexicon alone."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)

    @property
    def where(self) -> str:
        """``FILE:LINE``, for messages."""
        return f"{self.file}:{self.line}"


def distinct_aliases(name: str, aliases: Iterable[str]) -> tuple[str, ...]:
    """``aliases`` without those that fold like ``name`` or an earlier one."""
    distinct = {fold(name): name}
    for alias in aliases:
        distinct.setdefault(fold(alias), alias)
    return tuple(distinct.values())[1:]


def make_entry(
    name: str,
    aliases: Sequence[str],
    kind: str,
    path: str,
    line: int,
    *,
    links: Iterable[tuple[str, tuple[str, ...]]] = (),
) -> LexiconEntry:
    """The entry of a user's file.

    Raises:
        SettingsError: there is no such kind.
    """
    if kind not in KINDS:
        raise SettingsError(
            f"{path}:{line}: unknown kind {kind!r} of {name!r}.{did_you_mean(kind, KINDS)} Kinds: {', '.join(KINDS)}."
        )
    return LexiconEntry(name, distinct_aliases(name, aliases), KINDS[kind], path, line, "", tuple(links))
