"""What all verbs share: which graph, and which language."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.stores.contract import GraphStore
from graph.stores.opening import open_store
from ui.i18n import notes_language
from ui.settings import Settings, graph_target, masked


@dataclass(frozen=True, slots=True)
class Opened:
    """A graph that is open for reading, and the language to speak about it."""

    store: GraphStore
    lang: str
    """``zh`` or ``en``."""
    target: str
    """Where the graph is: a file or a URL."""

    @property
    def shown(self) -> str:
        """The target as people may see it: without a password."""
        return masked(self.target)


@contextmanager
def opened(graph: str | None, *, lang: str | None) -> Iterator[Opened]:
    """Open the graph that is meant (see :func:`ui.settings.graph_target`) and hold one build of it.

    Raises:
        SettingsError: the environment holds something unusable.
        StoreError: there is no graph, or it cannot be read.
    """
    settings = Settings.from_environment(os.environ)
    target = graph_target(graph, settings, here=Path())
    with open_store(target) as store, store.reading():
        chosen = lang or settings.lang
        yield Opened(store, str(chosen) if chosen else notes_language(store.documents()), target)


def by_document(places: Collection[tuple[str, int]]) -> dict[str, list[int]]:
    """Document → its lines in order, each once; documents in order."""
    found: dict[str, set[int]] = {}
    for doc, line in sorted(places):
        found.setdefault(doc, set()).add(line)
    return {doc: sorted(lines) for doc, lines in found.items()}
