"""From the sources of the knowledge packs to the form that a build reads.

What takes time is done here, once: folding names, finding what values name, telling names from ordinary words.
:mod:`extract.knowledge.compiled` reads what is written here and says what is in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from extract.knowledge.compiled import FORMAT, INDEX, code_of
from extract.knowledge.entries import NEEDS, RELATION_KEYS
from extract.knowledge.pack_links import PackNames, Place
from extract.knowledge.pack_sources import Pack, parse_pack
from extract.text.keys import key_of
from graph.text.frequency import zipf
from graph.text.names import fold
from graph.text.scripts import has_han

ORDINARY_EN = 4.0
"""Zipf frequency from which an English name of one word tells nothing of a field: 10 in a million words."""
ORDINARY_ZH = 4.6
"""The same of a Chinese name."""


def compile_packs(sources: Iterable[Path]) -> dict[str, str]:
    """File name → contents of the compiled form of the packs in ``sources``. The packs must be free of problems."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(sources)}
    names = PackNames(parse_pack(text, path) for path, text in texts.items())
    shas = {path.stem: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}
    files = {f"{field}.json": _compiled(names.packs[field], names, shas[field]) for field in names.packs}
    return files | {INDEX: _index([*names.packs.values()], shas)}


def compile_pack(pack: Pack) -> str:
    """The compiled form of one pack alone: values that name entries of other packs are left out."""
    return _compiled(pack, PackNames([pack]), "")


def _compiled(pack: Pack, names: PackNames, sha256: str) -> str:
    keys = [[fold(form) for form in entry.names] for entry in pack.entries]
    taken = {key for some in keys for key in some}
    plural: dict[str, int] = {}
    for index, entry in enumerate(pack.entries):
        for form in entry.names:
            key = key_of(form)
            if key not in taken:
                plural.setdefault(key, index)
    head = {
        "format": FORMAT,
        "field": pack.field,
        "sha256": sha256,
        "kinds": [code_of(entry.kind) for entry in pack.entries],
        "names": [list(entry.names) for entry in pack.entries],
        "keys": keys,
        "singular": plural,
    }
    return f"{_dumped(head)}\n{_dumped(_links(pack, names))}\n"


def _links(pack: Pack, names: PackNames) -> dict[str, object]:
    """The relations and prerequisites, as numbers."""
    outside: dict[Place, int] = {}
    size = len(pack.entries)

    def number(place: Place) -> int:
        return place[1] if place[0] == pack.field else size + outside.setdefault(place, len(outside))

    relations: list[list[int]] = []
    needs: list[list[int]] = []
    for index, key, _, place in names.links(pack.field):
        if place is None or place == (pack.field, index):
            continue
        if key == NEEDS:
            needs.append([index, number(place)])
        else:
            relations.append([index, RELATION_KEYS.index(key), number(place)])
    return {
        "relations": [n for row in relations for n in row],
        "needs": [n for row in needs for n in row],
        "outside": [[field, names.entry((field, index)).name] for field, index in outside],
    }


def _index(packs: Sequence[Pack], shas: Mapping[str, str]) -> str:
    """What tells the field of a text: the names that are not ordinary words, by the fields that have them."""
    fields = [pack.field for pack in packs]
    owners: dict[str, set[int]] = {}
    for number, pack in enumerate(packs):
        for entry in pack.entries:
            for form in entry.names:
                if tells_field(form):
                    owners.setdefault(key_of(form), set()).add(number)
    groups: dict[str, list[str]] = {}
    for key, some in sorted(owners.items()):
        groups.setdefault(" ".join(map(str, sorted(some))), []).append(key)
    return (
        _dumped(
            {
                "format": FORMAT,
                "fields": fields,
                "sha256": shas,
                "counts": [_counts(pack) for pack in packs],
                "groups": {some: "\n".join(keys) for some, keys in sorted(groups.items())},
            }
        )
        + "\n"
    )


def _counts(pack: Pack) -> list[int]:
    """Concepts, names, relations and prerequisites."""
    return [
        len(pack.entries),
        sum(len(entry.names) for entry in pack.entries),
        sum(len(values) for entry in pack.entries for key, values in entry.links if key != NEEDS),
        sum(len(values) for entry in pack.entries for key, values in entry.links if key == NEEDS),
    ]


def tells_field(form: str) -> bool:
    """Whether the occurrence of a name says something about the field of a text.

    Not a name of fewer than three letters (two Chinese characters), nor one that is an ordinary word.
    """
    key = fold(form)
    if has_han(form):
        return len(key) >= 2 and zipf(key, "zh") < ORDINARY_ZH
    words = form.split()
    return len(key) >= 3 and (len(words) > 1 or zipf(form.casefold(), "en") < ORDINARY_EN)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
