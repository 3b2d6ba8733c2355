"""A graph without general knowledge: only what the notes state, or what was concluded from them.

The one place that decides what is left out. Commands, pages and exports read through :class:`WithoutBackground` where
general knowledge is switched off, and need not look at the basis of each statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.errors import PublishError
from graph.model import (
    Basis,
    Community,
    Concept,
    Document,
    GraphInfo,
    GraphSnapshot,
    Hit,
    Layout,
    Merge,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Skipped,
    Vectors,
)
from graph.stores.contract import GraphStore, Sizes

_Statement = TypeVar("_Statement", Relation, Prerequisite)


class WithoutBackground(GraphStore):
    """What another store contains, without the relations and prerequisites whose basis is ``BACKGROUND``.

    Concepts, passages and themes stay as they were built. It can only be read; closing it closes the other store.
    """

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self._counted: GraphInfo | None = None

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Hold one build for several calls of this thread."""
        with self._store.reading():
            yield self

    def publish(
        self,
        snapshot: GraphSnapshot,  # noqa: ARG002
        *,
        index: Mapping[str, bytes] | None = None,  # noqa: ARG002
    ) -> GraphInfo:
        """Refuse: a part of a graph would replace the whole.

        Raises:
            PublishError: always.
        """
        raise PublishError("A graph without general knowledge can only be read. Publish to the store itself.")

    def info(self) -> GraphInfo:
        """What the store contains without general knowledge, in numbers. Counted once for each build."""
        with self.reading():
            now = self._store.info()
            counted = self._counted
            if counted is None or counted.build != now.build:
                counted = replace(now, relations=len(self.relations()), prerequisites=len(self.prerequisites()))
                self._counted = counted
            return counted

    def snapshot(self) -> GraphSnapshot:
        """The graph without general knowledge."""
        whole = self._store.snapshot()
        return replace(
            whole, relations=tuple(_stated(whole.relations)), prerequisites=tuple(_stated(whole.prerequisites))
        )

    def relations(self, concept: str | None = None, *, types: Collection[RelationType] | None = None) -> list[Relation]:
        """Relations of one concept (None: all) of these types (None: all), by key."""
        return _stated(self._store.relations(concept, types=types))

    def prerequisites(self, *, before: str | None = None, after: str | None = None) -> list[Prerequisite]:
        """Direct prerequisite edges with these ends (None: any), by key."""
        return _stated(self._store.prerequisites(before=before, after=after))

    def hub_limit(self) -> int:
        """The number of neighbours above which a concept is a hub that paths avoid."""
        return self._store.hub_limit()

    def check(self) -> None:
        """Read the whole graph, general knowledge included, and return if it is sound."""
        self._store.check()

    def close(self) -> None:
        """Close the store that is read."""
        self._store.close()

    # ---- what general knowledge does not change ----------------------------------------------------------------------

    def concepts(self, ids: Collection[str] | None = None, *, limit: int | None = None) -> list[Concept]:
        """Concepts with these ids (None: all), most salient first."""
        return self._store.concepts(ids, limit=limit)

    def concepts_named(self, name: str) -> list[Concept]:
        """Concepts that go by ``name``, most salient first."""
        return self._store.concepts_named(name)

    def names(self) -> list[tuple[str, str]]:
        """All (name or alias, concept id) pairs, by (id, name)."""
        return self._store.names()

    def communities(self, level: int | None = None) -> list[Community]:
        """Communities of one level (None: all), by (level, number)."""
        return self._store.communities(level)

    def documents(self) -> list[Document]:
        """All documents, by id."""
        return self._store.documents()

    def passages(self, doc: str | None = None, *, ids: Collection[str] | None = None) -> list[Passage]:
        """Passages of one document (None: all) with these ids (None: all), by (doc, first line)."""
        return self._store.passages(doc, ids=ids)

    def passage_ids(self, places: Sequence[tuple[str, int]]) -> list[str | None]:
        """For each (document, line) the id of the passage that it is in; None where it is in none."""
        return self._store.passage_ids(places)

    def search(self, text: str, *, limit: int = 10) -> list[Hit]:
        """Passages that contain words of ``text``, best first."""
        return self._store.search(text, limit=limit)

    def merges(self, concept: str | None = None) -> list[Merge]:
        """The merge report of one concept (None: all), by (concept, kept, merged)."""
        return self._store.merges(concept)

    def skipped(self) -> list[Skipped]:
        """What of the input is not in the graph, by (doc, line)."""
        return self._store.skipped()

    def vectors(self) -> Vectors | None:
        """The vectors of concepts and passages, None where the graph was built without."""
        return self._store.vectors()

    def layout(self) -> Layout | None:
        """The place of each concept on the map, None where the graph was built without.

        The links between its territories count general knowledge too.
        """
        return self._store.layout()

    def index_parts(self, names: Collection[str]) -> dict[str, bytes]:
        """Those of these parts of the index that were published with the graph.

        It is an index of lines, concepts and names, which are all there.
        """
        return self._store.index_parts(names)

    def build(self) -> str:
        """Id of the build that is read now."""
        return self._store.build()

    def sizes(self) -> Sizes:
        """How many documents, passages and concepts there are."""
        return self._store.sizes()

    def similar_passages(self, vector: NDArray[np.float32], *, limit: int = 10) -> list[Hit]:
        """Passages whose vectors are nearest to ``vector``, best first."""
        return self._store.similar_passages(vector, limit=limit)

    def similar_concepts(self, vector: NDArray[np.float32], *, limit: int = 10) -> list[tuple[str, float]]:
        """(concept id, cosine) of the concepts whose vectors are nearest to ``vector``, best first."""
        return self._store.similar_concepts(vector, limit=limit)


def _stated(statements: Iterable[_Statement]) -> list[_Statement]:
    return [s for s in statements if s.basis is not Basis.BACKGROUND]
