"""The graph in a Neo4j database: the store for teams, large graphs and Cypher."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from graph.errors import PublishError, StoreError
from graph.model import (
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
    Subgraph,
    Vectors,
)
from graph.stores.checks import checked
from graph.stores.contract import GraphStore, Link, nearest
from graph.stores.neo4j import builds as neo4j_builds
from graph.stores.neo4j import cypher
from graph.stores.neo4j import write as neo4j_write
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.neo4j.connection import Neo4jLink
from graph.stores.neo4j.read import Neo4jReader
from graph.stores.terms import query_terms
from graph.text.names import fold

INDEXED_FROM: Final = 5000
"""Concepts or passages from which on the vector index is asked for those that are like a vector."""
PATIENCE: Final = 15.0
"""Seconds that a publish waits for another one of the same graph before it is refused."""


class Neo4jStore(GraphStore):
    """The graph ``graph`` of the database behind ``link``, which the store owns and closes. Threads may share a store.

    Each call, and each :meth:`reading` block, is one read transaction. The graph need not be there before it is
    published.
    """

    def __init__(self, link: Neo4jLink, graph: str) -> None:
        self.link = link
        self.graph = graph
        self._closed = False
        self._pins = threading.local()
        self._vectors: tuple[str, Vectors | None] | None = None
        self._layout: tuple[str, Layout | None] | None = None
        self._index_pages: tuple[str, dict[str, int]] | None = None

    @classmethod
    def at(cls, address: Neo4jAddress) -> Self:
        """The store of the graph that ``address`` names, or of the only one of its database.

        Raises:
            StoreError: the server cannot be used, or no graph is named and there are none or several.
        """
        link = Neo4jLink.to(address)
        try:
            return cls(link, address.graph or neo4j_builds.the_only(link))
        except BaseException:
            link.close()
            raise

    # ---- which build -----------------------------------------------------------------------------------------------

    @contextmanager
    def _reader(self) -> Iterator[Neo4jReader]:
        """The build that this call answers from: the one this thread holds, or the one that is current now."""
        pinned: Neo4jReader | None = getattr(self._pins, "reader", None)
        if pinned is not None:
            yield pinned
            return
        if self._closed:
            raise StoreError(f"The graph {self.graph!r} was closed.")
        with self.link.reading(self.graph) as tx:
            reader = Neo4jReader.of(tx, self.graph)
            if reader is None:
                where = self.link.address.server
                raise StoreError(
                    f"There is no graph {self.graph!r} at {where}. Build one with: studyatlas build FOLDER --store "
                    f"{where} --graph NAME"
                )
            yield reader

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Hold one build for several calls of this thread, which read in one transaction.

        Other threads are not held.
        """
        outer: Neo4jReader | None = getattr(self._pins, "reader", None)
        with self._reader() as reader:
            self._pins.reader = reader
            try:
                yield self
            finally:
                self._pins.reader = outer

    def close(self) -> None:
        """Close all connections."""
        if not self._closed:
            self._closed = True
            self.link.close()

    # ---- primitives ------------------------------------------------------------------------------------------------

    def publish(self, snapshot: GraphSnapshot, *, index: Mapping[str, bytes] | None = None) -> GraphInfo:
        """Store ``snapshot`` as a new build, and make it the one that is read."""
        if self._closed:
            raise StoreError(f"The graph {self.graph!r} was closed.")
        try:
            checked(snapshot)
        except ValueError as e:
            raise PublishError(f"The new graph is not sound and was not stored: {e}.") from e
        build = uuid.uuid4().hex
        neo4j_write.publish(self.link, self.graph, snapshot, index or {}, build=build, patience=PATIENCE)
        return GraphInfo.of(snapshot, build)

    def info(self) -> GraphInfo:
        """What the graph contains, in numbers."""
        with self._reader() as reader:
            return reader.info()

    def snapshot(self) -> GraphSnapshot:
        """The whole graph, equal to what was published."""
        with self.reading(), self._reader() as reader:
            return GraphSnapshot(
                documents=tuple(self.documents()),
                passages=tuple(self.passages()),
                concepts=tuple(self.concepts()),
                relations=tuple(self.relations()),
                prerequisites=tuple(self.prerequisites()),
                communities=tuple(self.communities()),
                merges=tuple(self.merges()),
                skipped=tuple(self.skipped()),
                vectors=self.vectors(),
                layout=self.layout(),
                source=reader.source,
                settings=reader.settings,
            )

    def concepts(self, ids: Collection[str] | None = None, *, limit: int | None = None) -> list[Concept]:
        """Concepts with these ids (None: all), most salient first."""
        with self._reader() as reader:
            at = range(reader.size("concepts")) if ids is None else reader.positions_of("Concept", ids)
            return reader.concepts(at[:limit])

    def concepts_named(self, name: str) -> list[Concept]:
        """Concepts that go by ``name``, most salient first."""
        with self._reader() as reader:
            at = reader.positions_of("Concept", [name])
            if at:
                return reader.concepts(at)
            key = fold(name)
            return [c for c in reader.concepts(reader.named(key)) if any(fold(form) == key for form in c.names)]

    def names(self) -> list[tuple[str, str]]:
        """All (name or alias, concept id) pairs, by (id, name)."""
        with self._reader() as reader:
            return sorted(reader.names(), key=lambda pair: (pair[1], pair[0]))

    def relations(self, concept: str | None = None, *, types: Collection[RelationType] | None = None) -> list[Relation]:
        """Relations of one concept (None: all) of these types (None: all), by key."""
        with self._reader() as reader:
            return reader.relations(types) if concept is None else reader.relations_of(concept, types)

    def prerequisites(self, *, before: str | None = None, after: str | None = None) -> list[Prerequisite]:
        """Direct prerequisite edges with these ends (None: any), by key."""
        with self._reader() as reader:
            return reader.prerequisites(before, after)

    def communities(self, level: int | None = None) -> list[Community]:
        """Communities of one level (None: all), by (level, number)."""
        with self._reader() as reader:
            return reader.communities(level)

    def documents(self) -> list[Document]:
        """All documents, by id."""
        with self._reader() as reader:
            return list(reader.documents)

    def passages(self, doc: str | None = None, *, ids: Collection[str] | None = None) -> list[Passage]:
        """Passages of one document (None: all) with these ids (None: all), by (doc, first line)."""
        with self._reader() as reader:
            at: Collection[int] = range(reader.size("passages")) if ids is None else reader.positions_of("Passage", ids)
            if doc is not None:
                of_doc = reader.passages_of(doc)
                at = of_doc if ids is None else set(of_doc) & set(at)
            return reader.passages(at)

    def search(self, text: str, *, limit: int = 10) -> list[Hit]:
        """Passages with words of ``text``, best first, scored as in the other stores."""
        terms = query_terms(text)
        if not terms or limit < 1:
            return []
        with self._reader() as reader:
            best = reader.match(terms, limit)
            at = sorted(position for position, _ in best)
            passages = dict(zip(at, reader.passages(at), strict=True))
            return [Hit(passages[position], score) for position, score in best]

    def merges(self, concept: str | None = None) -> list[Merge]:
        """The merge report of one concept (None: all), by (concept, kept, merged)."""
        with self._reader() as reader:
            return reader.merges(concept)

    def skipped(self) -> list[Skipped]:
        """What of the input is not in the graph, by (doc, line)."""
        with self._reader() as reader:
            return reader.skipped()

    def vectors(self) -> Vectors | None:
        """The vectors of concepts and passages, None where the graph was built without.

        Those of the last build that was read are kept.
        """
        with self._reader() as reader:
            if self._vectors is None or self._vectors[0] != reader.build:
                self._vectors = (reader.build, reader.vectors())
            return self._vectors[1]

    def layout(self) -> Layout | None:
        """The place of each concept on the map, None where the graph was built without.

        That of the last build that was read is kept.
        """
        with self._reader() as reader:
            if self._layout is None or self._layout[0] != reader.build:
                self._layout = (reader.build, reader.layout())
            return self._layout[1]

    def index_parts(self, names: Collection[str]) -> dict[str, bytes]:
        """Those of these parts of the index that were published with the graph.

        On which pages they are is kept for the last build that was read.
        """
        with self._reader() as reader:
            if self._index_pages is None or self._index_pages[0] != reader.build:
                self._index_pages = (reader.build, reader.index_names())
            pages = self._index_pages[1]
            wanted = {name: pages[name] for name in names if name in pages}
            return reader.index_parts(wanted) if wanted else {}

    def build(self) -> str:
        """Id of the build that is read now."""
        with self._reader() as reader:
            return reader.build

    # ---- derived methods that Cypher does in one step
    # ------------------------------------------------------------------

    def degree(self, concept: str) -> int:
        """Number of other concepts that ``concept`` has a relation with."""
        with self._reader() as reader:
            return reader.degree(concept)

    def neighbourhood(
        self,
        concepts: Sequence[str],
        *,
        hops: int = 1,
        limit: int = 50,
        types: Collection[RelationType] | None = None,
    ) -> Subgraph:
        """The concepts within ``hops`` relations of the given ones, nearest and most salient first.

        And what lies between them.
        """
        with self._reader() as reader:
            frontier = reader.positions_of("Concept", concepts)[:limit]
            kept = set(frontier)
            for _ in range(hops):
                if len(kept) >= limit or not frontier:
                    break
                frontier = reader.neighbours(frontier, kept=kept, types=types, room=limit - len(kept))
                kept.update(frontier)
            return _subgraph(reader, sorted(kept), types)

    def subgraph(self, concepts: Collection[str], *, types: Collection[RelationType] | None = None) -> Subgraph:
        """The given concepts, and the relations (of these types) and prerequisites between any two of them."""
        with self._reader() as reader:
            return _subgraph(reader, reader.positions_of("Concept", concepts), types)

    def prerequisite_closure(self, concept: str, *, unlocks: bool = False) -> list[Prerequisite]:
        """All edges that lead to ``concept``, or with ``unlocks`` all that lead on from it."""
        with self._reader() as reader:
            return reader.closure(concept, unlocks=unlocks)

    def similar_passages(self, vector: NDArray[np.float32], *, limit: int = 10) -> list[Hit]:
        """Passages whose vectors are nearest to ``vector``; in a large graph those that the vector index finds."""
        with self.reading(), self._reader() as reader:
            found = self._nearest(reader, "passages", cypher.NEAREST_PASSAGES, vector, limit)
            if found is None:
                return super().similar_passages(vector, limit=limit)
            passages = {p.id: p for p in self.passages(ids=[i for i, _ in found])}
            return [Hit(passages[i], score) for i, score in found]

    def similar_concepts(self, vector: NDArray[np.float32], *, limit: int = 10) -> list[tuple[str, float]]:
        """Concepts whose vectors are nearest to ``vector``; in a large graph those that the vector index finds."""
        with self.reading(), self._reader() as reader:
            found = self._nearest(reader, "concepts", cypher.NEAREST_CONCEPTS, vector, limit)
            return super().similar_concepts(vector, limit=limit) if found is None else found

    def _nearest(
        self, reader: Neo4jReader, what: str, statement: str, vector: NDArray[np.float32], limit: int
    ) -> list[tuple[str, float]] | None:
        """Ids and cosines that the vector index finds; None where all vectors are to be compared.

        Those of a small graph are, which is exact and takes less time than a question to the server, and so are those
        that are in memory already.
        """
        loaded = self._vectors is not None and self._vectors[0] == reader.build
        if loaded or not reader.has_vectors or reader.size(what) < INDEXED_FROM or len(vector) != reader.size("dim"):
            return None
        if limit < 1 or not vector.any():
            return []
        found = reader.nearest(statement, vector, limit)
        return None if found is None else nearest(found[1], found[0], vector, limit)

    def _links(self, concepts: Collection[str], *, types: Collection[RelationType] | None = None) -> Collection[Link]:
        with self._reader() as reader:
            return reader.links(concepts, types)

    def _relations_of(self, keys: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], Relation]:
        with self._reader() as reader:
            return {r.key: r for r in reader.relations_keyed(keys)}


def _subgraph(reader: Neo4jReader, at: Sequence[int], types: Collection[RelationType] | None) -> Subgraph:
    return Subgraph(
        concepts=tuple(reader.concepts(at)),
        relations=tuple(reader.relations_between(at, types)),
        prerequisites=tuple(reader.prerequisites_between(at)),
    )
