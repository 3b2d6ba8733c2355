"""The graph in memory: the fake for users' tests, and the oracle that the other stores are compared with."""

from __future__ import annotations

import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from typing import Final, Self

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
    Vectors,
)
from graph.stores.checks import checked
from graph.stores.contract import GraphStore
from graph.stores.terms import index_terms, is_prefix, query_terms
from graph.text.names import fold

K1: Final = 1.2
"""BM25: how soon a term that is repeated stops counting."""
B: Final = 0.75
"""BM25: how much a long passage counts less than a short one."""
FLOOR: Final = 1e-6
"""BM25: weight of a term that half of the passages contain. K1, B and FLOOR are those of SQLite's FTS5."""


class FullText:
    """Passages by the terms they contain, scored by BM25 (Robertson and Zaragoza 2009, doi:10.1561/1500000019)."""

    def __init__(self, passages: Collection[Passage]) -> None:
        self.passages = tuple(passages)
        terms = [index_terms(p.text) for p in self.passages]
        self._lengths = [len(held) for held in terms]
        self._counts = [Counter(held) + Counter(t[0] for t in held if len(t) > 1 and is_prefix(t[0])) for held in terms]
        self._mean = sum(self._lengths) / len(self._lengths) if self._lengths else 0.0
        self._holders: dict[str, list[int]] = defaultdict(list)
        for place, counts in enumerate(self._counts):
            for term in counts:
                self._holders[term].append(place)

    def search(self, text: str, limit: int) -> list[Hit]:
        """Passages that contain terms of ``text``.

        Those that contain all come first, then by score, then in the order of passages.
        """
        terms = query_terms(text)
        scores: defaultdict[int, float] = defaultdict(float)
        held: Counter[int] = Counter()
        for term in terms:
            places = self._holders.get(term, [])
            weight = max(FLOOR, log((len(self.passages) - len(places) + 0.5) / (len(places) + 0.5)))
            for place in places:
                scores[place] += weight * self._share(place, term)
                held[place] += 1
        best_partial = max((s for place, s in scores.items() if held[place] < len(terms)), default=0.0)
        for place in scores:
            if held[place] == len(terms):
                scores[place] += best_partial
        best = sorted(scores, key=lambda place: (-scores[place], held[place] < len(terms), place))[:limit]
        return [Hit(self.passages[place], scores[place]) for place in best]

    def _share(self, place: int, term: str) -> float:
        count = self._counts[place][term]
        return count * (K1 + 1) / (count + K1 * (1 - B + B * self._lengths[place] / self._mean))


@dataclass(frozen=True, slots=True)
class _Build:
    """One published graph with its look-ups. Lists are in the order of the graph."""

    id: str
    graph: GraphSnapshot
    place: dict[str, int]
    by_key: dict[str, list[Concept]]
    relations: dict[str, list[Relation]]
    before: dict[str, list[Prerequisite]]
    after: dict[str, list[Prerequisite]]
    full_text: FullText
    index: Mapping[str, bytes]

    @classmethod
    def of(cls, graph: GraphSnapshot, index: Mapping[str, bytes] | None = None) -> Self:
        by_key: dict[str, list[Concept]] = defaultdict(list)
        relations: dict[str, list[Relation]] = defaultdict(list)
        before: dict[str, list[Prerequisite]] = defaultdict(list)
        after: dict[str, list[Prerequisite]] = defaultdict(list)
        for concept in graph.concepts:
            for key in sorted({fold(name) for name in concept.names}):
                by_key[key].append(concept)
        for relation in graph.relations:
            relations[relation.head].append(relation)
            relations[relation.tail].append(relation)
        for edge in graph.prerequisites:
            before[edge.before].append(edge)
            after[edge.after].append(edge)
        return cls(
            id=uuid.uuid4().hex,
            graph=graph,
            place={c.id: i for i, c in enumerate(graph.concepts)},
            by_key=dict(by_key),
            relations=dict(relations),
            before=dict(before),
            after=dict(after),
            full_text=FullText(graph.passages),
            index=dict(index or {}),
        )


class MemoryStore(GraphStore):
    """A graph that lives as long as this object. Threads may share it."""

    def __init__(self, snapshot: GraphSnapshot | None = None) -> None:
        self._current: _Build | None = _Build.of(checked(GraphSnapshot() if snapshot is None else snapshot))
        self._pins = threading.local()

    @property
    def _build(self) -> _Build:
        pinned: _Build | None = getattr(self._pins, "build", None)
        build = pinned or self._current
        if build is None:
            raise StoreError("This graph was closed.")
        return build

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Hold one build for several calls of this thread."""
        outer = getattr(self._pins, "build", None)
        self._pins.build = self._build
        try:
            yield self
        finally:
            self._pins.build = outer

    def publish(self, snapshot: GraphSnapshot, *, index: Mapping[str, bytes] | None = None) -> GraphInfo:
        """Replace the graph by ``snapshot``."""
        try:
            build = _Build.of(checked(snapshot), index)
        except ValueError as e:
            raise PublishError(f"The new graph is not sound and was not stored: {e}.") from e
        self._current = build
        return _info(build)

    def info(self) -> GraphInfo:
        """What the store contains, in numbers."""
        return _info(self._build)

    def snapshot(self) -> GraphSnapshot:
        """The very snapshot that was published."""
        return self._build.graph

    def concepts(self, ids: Collection[str] | None = None, *, limit: int | None = None) -> list[Concept]:
        """Concepts with these ids (None: all), most salient first."""
        build = self._build
        if ids is None:
            return list(build.graph.concepts[:limit])
        places = sorted({build.place[i] for i in ids if i in build.place})
        return [build.graph.concepts[place] for place in places[:limit]]

    def concepts_named(self, name: str) -> list[Concept]:
        """Concepts that go by ``name``, most salient first."""
        build = self._build
        if name in build.place:
            return [build.graph.concepts[build.place[name]]]
        return list(build.by_key.get(fold(name), ()))

    def names(self) -> list[tuple[str, str]]:
        """All (name or alias, concept id) pairs, by (id, name)."""
        pairs = [(name, c.id) for c in self._build.graph.concepts for name in c.names]
        return sorted(pairs, key=lambda pair: (pair[1], pair[0]))

    def relations(self, concept: str | None = None, *, types: Collection[RelationType] | None = None) -> list[Relation]:
        """Relations of one concept (None: all) of these types (None: all), by key."""
        build = self._build
        found = build.graph.relations if concept is None else build.relations.get(concept, ())
        return [r for r in found if types is None or r.type in types]

    def prerequisites(self, *, before: str | None = None, after: str | None = None) -> list[Prerequisite]:
        """Direct prerequisite edges with these ends (None: any), by key."""
        build = self._build
        if before is not None:
            return [p for p in build.before.get(before, ()) if after is None or p.after == after]
        return list(build.graph.prerequisites if after is None else build.after.get(after, ()))

    def communities(self, level: int | None = None) -> list[Community]:
        """Communities of one level (None: all), by (level, number)."""
        return [c for c in self._build.graph.communities if level is None or c.level == level]

    def documents(self) -> list[Document]:
        """All documents, by id."""
        return list(self._build.graph.documents)

    def passages(self, doc: str | None = None, *, ids: Collection[str] | None = None) -> list[Passage]:
        """Passages of one document (None: all) with these ids (None: all), by (doc, first line)."""
        wanted = None if ids is None else set(ids)
        found = self._build.graph.passages
        return [p for p in found if (doc is None or p.doc == doc) and (wanted is None or p.id in wanted)]

    def search(self, text: str, *, limit: int = 10) -> list[Hit]:
        """Passages that contain words of ``text``, best first (:class:`FullText`)."""
        return self._build.full_text.search(text, limit)

    def merges(self, concept: str | None = None) -> list[Merge]:
        """The merge report of one concept (None: all), by (concept, kept, merged)."""
        return [m for m in self._build.graph.merges if concept is None or m.concept == concept]

    def skipped(self) -> list[Skipped]:
        """What of the input is not in the graph, by (doc, line)."""
        return list(self._build.graph.skipped)

    def vectors(self) -> Vectors | None:
        """The vectors of concepts and passages, None where the graph was built without."""
        return self._build.graph.vectors

    def layout(self) -> Layout | None:
        """The place of each concept on the map, None where the graph was built without."""
        return self._build.graph.layout

    def index_parts(self, names: Collection[str]) -> dict[str, bytes]:
        """Those of these parts of the index that were published with the graph."""
        held = self._build.index
        return {name: held[name] for name in names if name in held}

    def build(self) -> str:
        """Id of the build that is read now."""
        return self._build.id

    def close(self) -> None:
        """Let go of the graph."""
        self._current = None


def _info(build: _Build) -> GraphInfo:
    graph = build.graph
    return GraphInfo.of(graph, build.id)
