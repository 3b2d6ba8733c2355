"""Sentences that may define concepts are read from earlier builds where a note has the same again."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

import pytest

from extract.concepts.definitions import find_definitions
from extract.concepts.drafts import ConceptDraft
from extract.concepts.kept_definitions import KeptDefinitions
from extract.notes.parse import parse
from extract.text.occurrences import locate
from extract.text.parsed_doc import parsed_doc
from graph.model import ConceptKind, Evidence
from graph.text.names import fold

TEXTS = {
    "a.md": "# Locks\n\nMany use a mutex. A mutex is a lock that one thread has at a time. Every mutex waits.\n",
    "b.md": "# 缓存\n\n**缓存**是一种把常用的数据放在快的存储里的方法。互斥锁很慢。\n",
    "c.md": "# Terms\n\n| term | meaning |\n|---|---|\n| spinlock | a lock that waits in a loop |\n| mutex | see above |\n",
    "d.md": "# Empty\n\nNothing of interest.\n",
}
NAMES: Mapping[str, tuple[str, ...]] = {"mutex": ("互斥锁",), "缓存": (), "spinlock": (), "lock": ()}


class Kept:
    """Results in memory."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}
        self.new = 0

    def find(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self.found[key] for key in keys if key in self.found}

    def keep(self, results: Iterable[tuple[str, bytes]]) -> None:
        new = dict(results)
        self.new = len(new)
        self.found.update(new)


def defined(
    texts: Mapping[str, str], kept: Kept | None = None, names: Mapping[str, tuple[str, ...]] = NAMES
) -> dict[int, Evidence]:
    docs = [parsed_doc(name, parse(text, suffix=".md")) for name, text in sorted(texts.items())]
    drafts = [ConceptDraft(fold(n), n, more, ConceptKind.CONCEPT, 0.5) for n, more in names.items()]
    occurrences = locate(docs, ((n, i) for i, draft in enumerate(drafts) for n in draft.names))
    notes = [f"{name} {text}" for name, text in sorted(texts.items())]
    return find_definitions(docs, occurrences, drafts, kept=None if kept is None else KeptDefinitions(notes, kept))


def test_a_second_build_finds_the_same_and_looks_at_nothing() -> None:
    kept, plain = Kept(), defined(TEXTS)
    assert len(plain) == 3
    assert defined(TEXTS, kept) == plain
    assert kept.new == 3, "a note without names is not looked at"
    assert defined(TEXTS, kept) == plain
    assert kept.new == 0


def test_only_notes_that_say_something_else_are_looked_at() -> None:
    kept = Kept()
    defined(TEXTS, kept)
    more = TEXTS | {"aa.md": "# Cache\n\nThe 缓存 and the mutex. A mutex is a thing of some importance in programs.\n"}
    assert defined(more, kept) == defined(more)
    assert kept.new == 1
    fewer = {name: text for name, text in TEXTS.items() if name != "a.md"}
    assert defined(fewer, kept) == defined(fewer)
    assert kept.new == 0


def test_other_names_of_a_concept_are_another_key() -> None:
    kept = Kept()
    defined(TEXTS, kept)
    renamed = {name: more for name, more in NAMES.items() if name != "mutex"} | {"mutex": ("waits",)}
    assert defined(TEXTS, kept, renamed) == defined(TEXTS, names=renamed)
    assert kept.new > 0


@pytest.mark.parametrize("damage", ["cut", "counts", "longer"])
def test_bytes_of_something_else_are_refused(damage: str) -> None:
    """The cache checks that results are whole; here even results that belong to nothing end no build."""
    kept = Kept()
    plain = defined(TEXTS, kept)
    for key, data in sorted(kept.found.items()):
        raw = zlib.decompress(data)
        bad = {"cut": raw[: len(raw) // 2], "counts": b"\xff" * 12 + raw[12:], "longer": raw + b"\0"}[damage]
        kept.found[key] = zlib.compress(bad)
    assert defined(TEXTS, kept) == plain
    assert kept.new == 3
    assert defined(TEXTS, kept) == plain
    assert kept.new == 0
