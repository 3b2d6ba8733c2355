"""The graph that a server reads: opened once, followed when it is rebuilt."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from graph.stores.address import GraphAddress
from graph.stores.contract import GraphStore
from graph.stores.opening import open_store
from queries.answer.answerer import Answerer


@dataclass(eq=False)
class ServedGraph:
    """An open graph, and the index that questions need, made at the first question of each build."""

    store: GraphStore
    shown: str
    """The graph's address, without a password."""
    _answerer: Answerer | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def build(self) -> str:
        """Id of the build that is read now."""
        return self.store.build()

    def answerer(self) -> Answerer:
        """What answers questions about the build that is read now.

        Raises:
            EncoderError: the model that the graph was built with cannot be used.
        """
        with self._lock:
            if self._answerer is None or self._answerer.engine.build != self.build:
                self._answerer = Answerer.from_store(self.store)
            return self._answerer


@contextmanager
def served(address: GraphAddress, *, background: bool = True) -> Iterator[ServedGraph]:
    """Open the graph at ``address`` for as long as the block lasts.

    Raises:
        StoreError: there is no graph, or it cannot be read.
    """
    with open_store(address, background=background) as store:
        store.info()  # opened once before anything is served, so that a wrong path is told at once
        yield ServedGraph(store, address.shown)
