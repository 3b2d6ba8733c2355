"""What all verbs share: which graph, and which language."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from graph.stores.address import GraphAddress
from graph.stores.contract import GraphStore
from graph.stores.opening import open_store
from ui.i18n import notes_language
from ui.places import speaking_of
from ui.settings import Settings


@dataclass(frozen=True, slots=True)
class Opened:
    """A graph that is open for reading, and the language to speak about it."""

    store: GraphStore
    lang: str
    """``zh`` or ``en``."""
    address: GraphAddress
    """Where the graph is."""


@contextmanager
def opened(graph: GraphAddress, *, lang: str | None, background: bool = True) -> Iterator[Opened]:
    """Open ``graph`` and read one build of it; without ``background`` what only general knowledge says is left out.

    Raises:
        SettingsError: the environment asks for a language that there is not.
        StoreError: there is no graph, or it cannot be read.
    """
    settings = Settings.from_environment(os.environ)
    with open_store(graph, background=background) as store, store.reading():
        chosen = lang or settings.lang
        documents = store.documents()
        lang = str(chosen) if chosen else notes_language(documents)
        with speaking_of(documents, lang):
            yield Opened(store, lang, graph)


def by_document(places: Collection[tuple[str, int]]) -> dict[str, list[int]]:
    """Document → its lines in order, each once; documents in order."""
    found: dict[str, set[int]] = {}
    for doc, line in sorted(places):
        found.setdefault(doc, set()).add(line)
    return {doc: sorted(lines) for doc, lines in found.items()}
