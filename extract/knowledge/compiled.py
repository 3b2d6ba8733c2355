"""The compiled form of the knowledge packs: what a build reads.

A field is one file of two lines of JSON. The first has the names: of each entry its kind, its names, their folded keys,
and, for keys of candidates (:func:`extract.text.keys.key_of`) that are not folded names, the entry. The second has the
relations and prerequisites as numbers of entries; a number past the last entry means an entry of another field, which
is listed by field and name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from extract.knowledge.entries import RELATION_KEYS, LexiconEntry
from extract.knowledge.pack_sources import PACKS, SUFFIX
from graph.errors import SettingsError
from graph.model import ConceptKind, RelationType
from graph.text.nearest import did_you_mean

FORMAT: Final = 1
COMPILED: Final = PACKS / "compiled"
INDEX: Final = "index.json"
_KINDS: Final = tuple(ConceptKind)
_TYPES: Final = tuple(RelationType(key) for key in RELATION_KEYS)


def code_of(kind: ConceptKind) -> int:
    """The number of a kind in a compiled file."""
    return _KINDS.index(kind)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPack:
    """The names and relations of one field."""

    field: str
    sha256: str
    """Of the source."""
    entries: tuple[LexiconEntry, ...]
    keys: tuple[tuple[str, ...], ...]
    """Of each entry the folded keys of its names, in their order."""
    singular: dict[str, int]
    """Further keys of candidates → index of the entry."""
    relations: tuple[tuple[int, RelationType, int], ...]
    """(head, type, tail), indices of ``entries``; from ``len(entries)`` on those of ``outside``."""
    needs: tuple[tuple[int, int], ...]
    """(entry, prerequisite) in the same way."""
    outside: tuple[tuple[str, str], ...]
    """(field, name) of entries of other fields."""


@dataclass(frozen=True, slots=True, eq=False)
class PackIndex:
    """What all packs that come with studyatlas say together."""

    fields: tuple[str, ...]
    sha256: dict[str, str]
    """Field → checksum of the source that was compiled."""
    counts: dict[str, tuple[int, int, int, int]]
    """Field → number of concepts, names, relations, prerequisites."""
    keys: dict[str, tuple[int, ...]]
    """Key of a name that tells something about the field of a text → numbers of the fields that have it."""


def parse_compiled(text: str, file: str) -> CompiledPack:
    """The pack in the text of a compiled file; ``file`` is the source, which entries name."""
    first, second = text.split("\n", 1)
    head, links = json.loads(first), json.loads(second)
    field = str(head["field"])
    kinds = [_KINDS[code] for code in head["kinds"]]
    entries = tuple(
        LexiconEntry(names[0], tuple(names[1:]), kind, file, line, field)
        for line, (names, kind) in enumerate(zip(head["names"], kinds, strict=True), 1)
    )
    flat, pairs = links["relations"], links["needs"]
    return CompiledPack(
        field,
        str(head["sha256"]),
        entries,
        tuple(map(tuple, head["keys"])),
        head["singular"],
        tuple(zip(flat[::3], (_TYPES[t] for t in flat[1::3]), flat[2::3], strict=True)),
        tuple(zip(pairs[::2], pairs[1::2], strict=True)),
        tuple((field, name) for field, name in links["outside"]),
    )


@lru_cache(maxsize=32)
def bundled_pack(field: str) -> CompiledPack:
    """The pack of a field that comes with studyatlas, read once for each process.

    Raises:
        SettingsError: there is none of this field.
    """
    path = COMPILED / f"{field}.json"
    if field not in bundled_fields():
        known = bundled_fields()
        raise SettingsError(
            f"There is no knowledge pack {field!r}.{did_you_mean(field, known)} "
            f"Packs: {', '.join(known)}; or the path of a file that ends in {SUFFIX}."
        )
    return parse_compiled(path.read_text(encoding="utf-8"), str(PACKS / f"{field}{SUFFIX}"))


@lru_cache(maxsize=1)
def bundled_fields() -> tuple[str, ...]:
    """The fields that there is a compiled pack of, in alphabetical order."""
    return tuple(sorted(path.stem for path in COMPILED.glob("*.json") if path.name != INDEX))


@lru_cache(maxsize=1)
def pack_index() -> PackIndex:
    """What tells the field of a text, read once for each process."""
    raw = json.loads((COMPILED / INDEX).read_text(encoding="utf-8"))
    keys: dict[str, tuple[int, ...]] = {}
    for numbers, some in raw["groups"].items():
        keys.update(dict.fromkeys(some.split("\n"), tuple(map(int, numbers.split(" ")))))
    counts = {field: tuple(some) for field, some in zip(raw["fields"], raw["counts"], strict=True)}
    return PackIndex(tuple(raw["fields"]), raw["sha256"], counts, keys)


def source_of_pack(field: str) -> Path:
    """Where the source of a field's pack is."""
    return PACKS / f"{field}{SUFFIX}"
