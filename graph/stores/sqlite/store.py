"""The graph in one SQLite file: the store that needs no server."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

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
from graph.stores.contract import GraphStore, Link, Sizes
from graph.stores.sqlite.file import check_seal, loaded, replacing, stored
from graph.stores.sqlite.read import SqliteReader, identity_of
from graph.stores.sqlite.write import write
from graph.stores.terms import query_terms
from graph.text.names import fold


class SqliteStore(GraphStore):
    """A graph in the file ``path``. Threads may share a store; processes may share the file.

    Nothing is opened before the first method is called. Publishing writes a new file and renames it over the old one
    (:mod:`graph.stores.sqlite.file`); whoever reads the old one goes on with it until the next call.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._guard = threading.Lock()
        self._current: SqliteReader | None = None
        self._closed = False
        self._pins = threading.local()

    # ---- which build -----------------------------------------------------------------------------------------------

    @contextmanager
    def _reader(self) -> Iterator[SqliteReader]:
        """The build that this call answers from: the one this thread holds, or the one that is in the file now."""
        pinned: SqliteReader | None = getattr(self._pins, "reader", None)
        if pinned is not None:
            yield pinned
            return
        reader = self._take()
        try:
            yield reader
        finally:
            self._give_back(reader)

    def _take(self) -> SqliteReader:
        with self._guard:
            if self._closed:
                raise StoreError(f"The graph {self.path} was closed.")
            held = self._current
            if held is None or held.identity != identity_of(self.path):
                self._current = SqliteReader.of(self.path)
                if held is not None and not held.users:
                    held.close()
            assert self._current is not None  # noqa: S101  # for mypy: it was set in this block
            self._current.users += 1
            return self._current

    def _give_back(self, reader: SqliteReader) -> None:
        with self._guard:
            reader.users -= 1
            if not reader.users and reader is not self._current:
                reader.close()

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Hold one build for several calls of this thread; other threads are not held."""
        outer: SqliteReader | None = getattr(self._pins, "reader", None)
        with self._reader() as reader:
            self._pins.reader = reader
            try:
                yield self
            finally:
                self._pins.reader = outer

    def close(self) -> None:
        """Let go of the file; calls and blocks of other threads that read from it just now come to their end first."""
        with self._guard:
            held, self._current, self._closed = self._current, None, True
            if held is not None and not held.users:
                held.close()

    # ---- primitives ------------------------------------------------------------------------------------------------

    def publish(self, snapshot: GraphSnapshot, *, index: Mapping[str, bytes] | None = None) -> GraphInfo:
        """Replace the file by a new one that contains ``snapshot``."""
        try:
            checked(snapshot)
        except ValueError as e:
            raise PublishError(f"The new graph is not sound and was not stored: {e}.") from e
        build = uuid.uuid4().hex
        with replacing(self.path) as new:
            write(new, snapshot, build=build, index=index or {})
        return GraphInfo.of(snapshot, build)

    def info(self) -> GraphInfo:
        """What the file contains, in numbers."""
        with self._reader() as reader:
            meta = {name: loaded(value) for name, value in reader.rows("SELECT name, value FROM meta")}
            ((documents, passages, concepts, relations, prerequisites, communities),) = reader.rows(
                "SELECT (SELECT count(*) FROM document), (SELECT count(*) FROM passage), (SELECT count(*) FROM "
                "concept),"
                " (SELECT count(*) FROM relation), (SELECT count(*) FROM prerequisite), (SELECT count(*) FROM "
                "community)"
            )
            return GraphInfo(
                build=meta["build"],
                source=meta["source"],
                documents=documents,
                passages=passages,
                concepts=concepts,
                relations=relations,
                prerequisites=prerequisites,
                communities=communities,
                settings=reader.settings(),
            )

    def snapshot(self) -> GraphSnapshot:
        """The whole graph, equal to what was published."""
        with self.reading(), self._reader() as reader:
            ((source,),) = reader.rows("SELECT value FROM meta WHERE name = 'source'")
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
                source=loaded(source),
                settings=reader.settings(),
            )

    def concepts(self, ids: Collection[str] | None = None, *, limit: int | None = None) -> list[Concept]:
        """Concepts with these ids (None: all), most salient first."""
        with self._reader() as reader:
            at = range(reader.size("concept")) if ids is None else reader.positions_of("concept", ids)
            return reader.concepts(at[:limit])

    def concepts_named(self, name: str) -> list[Concept]:
        """Concepts that go by ``name``, most salient first."""
        with self._reader() as reader:
            at = reader.positions_of("concept", [name])
            if not at:
                rows = reader.rows("SELECT DISTINCT concept FROM name WHERE folded = ?", stored(fold(name)))
                at = [concept for (concept,) in rows]
            return reader.concepts(at)

    def names(self) -> list[tuple[str, str]]:
        """All (name or alias, concept id) pairs, by (id, name)."""
        with self._reader() as reader:
            ids = reader.concept_ids
            pairs = [(ids[concept], loaded(form)) for form, concept in reader.rows("SELECT form, concept FROM name")]
        return [(form, concept) for concept, form in sorted(pairs)]

    def relations(self, concept: str | None = None, *, types: Collection[RelationType] | None = None) -> list[Relation]:
        """Relations of one concept (None: all) of these types (None: all), by key."""
        with self._reader() as reader:
            at: Sequence[int]
            if concept is None:
                at = range(reader.size("relation")) if types is None else reader.relations_of_types(types)
            else:
                at = reader.relations_at(reader.positions_of("concept", [concept]), types=types)
            return reader.relations(at)

    def prerequisites(self, *, before: str | None = None, after: str | None = None) -> list[Prerequisite]:
        """Direct prerequisite edges with these ends (None: any), by key."""
        with self._reader() as reader:
            if before is None and after is None:
                return reader.prerequisites(range(reader.size("prerequisite")))
            ends = [
                None if end is None else (reader.positions_of("concept", [end]) or [-1])[0] for end in (before, after)
            ]
            rows = reader.rows(
                "SELECT position FROM prerequisite WHERE after = ?2 AND (?1 IS NULL OR before = ?1)"
                if after is not None
                else "SELECT position FROM prerequisite WHERE before = ?1 AND (?2 IS NULL OR after = ?2)",
                *ends,
            )
            return reader.prerequisites([position for (position,) in rows])

    def communities(self, level: int | None = None) -> list[Community]:
        """Communities of one level (None: all), by (level, number)."""
        with self._reader() as reader:
            return reader.communities(level)

    def documents(self) -> list[Document]:
        """All documents, by id."""
        with self._reader() as reader:
            return reader.documents()

    def passages(self, doc: str | None = None, *, ids: Collection[str] | None = None) -> list[Passage]:
        """Passages of one document (None: all) with these ids (None: all), by (doc, first line)."""
        with self._reader() as reader:
            at: Collection[int] = range(reader.size("passage")) if ids is None else reader.positions_of("passage", ids)
            if doc is not None:
                homes = reader.positions_of("document", [doc])
                rows = reader.rows("SELECT position FROM passage WHERE doc = ?", homes[0] if homes else -1)
                at = [position for (position,) in rows] if ids is None else {position for (position,) in rows} & set(at)
            return reader.passages(at)

    def search(self, text: str, *, limit: int = 10) -> list[Hit]:
        """Passages that contain words of ``text``, best first: those that contain all of them, then by FTS5's BM25."""
        terms = query_terms(text)
        if not terms or limit < 1:
            return []
        with self._reader() as reader:
            whole = reader.match(terms, " AND ", limit)
            part = reader.match(terms, " OR ", limit + len(whole)) if len(terms) > 1 and len(whole) < limit else []
            complete = {position for position, _ in whole}
            part = [(position, score) for position, score in part if position not in complete]
            best_part = part[0][1] if part else 0.0
            best = [*((position, score + best_part) for position, score in whole), *part][:limit]
            passages = dict(zip(sorted(p for p, _ in best), reader.passages(p for p, _ in best), strict=True))
            return [Hit(passages[position], score) for position, score in best]

    def merges(self, concept: str | None = None) -> list[Merge]:
        """The merge report of one concept (None: all), by (concept, kept, merged)."""
        with self._reader() as reader:
            if concept is None:
                return reader.merges(None)
            return reader.merges((reader.positions_of("concept", [concept]) or [-1])[0])

    def skipped(self) -> list[Skipped]:
        """What of the input is not in the graph, by (doc, line)."""
        with self._reader() as reader:
            return reader.skipped()

    def vectors(self) -> Vectors | None:
        """The vectors of concepts and passages, None where the graph was built without; read once for each build."""
        with self._reader() as reader:
            return reader.vectors

    def layout(self) -> Layout | None:
        """The place of each concept on the map, None where the graph was built without; read once for each build."""
        with self._reader() as reader:
            return reader.layout

    def index_parts(self, names: Collection[str]) -> dict[str, bytes]:
        """Those of these parts of the index that were published with the graph."""
        with self._reader() as reader:
            return reader.index_parts(names)

    def build(self) -> str:
        """Id of the build that is read now."""
        with self._reader() as reader:
            return reader.build

    def sizes(self) -> Sizes:
        """How many documents, passages and concepts there are."""
        with self._reader() as reader:
            return Sizes(reader.size("document"), reader.size("passage"), reader.size("concept"))

    # ---- derived methods that SQL does in one step -------------------------------------------------------------------

    def check(self) -> None:
        """Compare the file with its seal, look through SQLite's own structure, and read the whole graph."""
        with self.reading(), self._reader() as reader:
            check_seal(self.path, full=True)
            ((verdict,), *_) = reader.rows("PRAGMA integrity_check(1)")
            if verdict != "ok":
                raise StoreError(f"Cannot read the graph {self.path}: it is damaged ({verdict}). Build it again.")
            super().check()

    def passage_ids(self, places: Sequence[tuple[str, int]]) -> list[str | None]:
        """For each (document, line) the id of the passage that it is in; None where it is in none."""
        with self._reader() as reader:
            return reader.passage_ids(places)

    def degree(self, concept: str) -> int:
        """Number of other concepts that ``concept`` has a relation with."""
        with self._reader() as reader:
            at = reader.positions_of("concept", [concept])
            return len(reader.neighbours(at)) if at else 0

    def subgraph(self, concepts: Collection[str], *, types: Collection[RelationType] | None = None) -> Subgraph:
        """The given concepts, and the relations (of these types) and prerequisites between any two of them."""
        with self._reader() as reader:
            at = reader.positions_of("concept", concepts)
            return Subgraph(
                concepts=tuple(reader.concepts(at)),
                relations=tuple(reader.relations(reader.relations_between(at, types=types))),
                prerequisites=tuple(reader.prerequisites(reader.prerequisites_between(at))),
            )

    def prerequisite_closure(self, concept: str, *, unlocks: bool = False) -> list[Prerequisite]:
        """All edges that lead to ``concept``, or with ``unlocks`` all that lead on from it."""
        with self._reader() as reader:
            at = reader.positions_of("concept", [concept])
            return reader.prerequisites(reader.closure(at[0], unlocks=unlocks)) if at else []

    def _links(self, concepts: Collection[str], *, types: Collection[RelationType] | None = None) -> Collection[Link]:
        with self._reader() as reader:
            return reader.links(reader.positions_of("concept", concepts), types=types)

    def _relations_of(self, keys: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], Relation]:
        with self._reader() as reader:
            between = reader.relations_between(
                reader.positions_of("concept", {end for head, _, tail in keys for end in (head, tail)})
            )
            return {r.key: r for r in reader.relations(between) if r.key in keys}
