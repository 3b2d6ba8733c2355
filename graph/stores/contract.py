"""The store contract: what every place that can keep a graph offers, with the same results in the same order.

A store implements the primitives (abstract methods); the base class builds the rest on them. A store whose database can
do better (a recursive query, a full-text index) overrides the derived method and must return the same.
``tests/contract`` runs one class of tests on all stores; :class:`graph.stores.memory.MemoryStore` is the oracle.

Order: unless a method says otherwise, concepts come most salient first, then by id; relations and prerequisites by key.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.errors import AmbiguousConcept, NoPath, NoSuchConcept, StoreError
from graph.model import (
    Community,
    Concept,
    ConceptPath,
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
from graph.stores.paths import cheapest_chains
from graph.text.names import fold
from graph.text.nearest import nearest_names

HUB_SHARE: Final = 0.10
"""A concept that touches more than this share of all concepts explains nothing: paths do not lead through it."""
HUB_FLOOR: Final = 25
"""... unless it has at most this many neighbours: in a small graph everything touches a large share."""
TYPED_COST: Final = 1.0
"""Cost of one hop along a typed relation with confidence 1, see :meth:`GraphStore.hop_cost`."""
UNTYPED_COST: Final = 2.0
"""Cost of one hop along ``related_to`` with confidence 1: two typed hops explain as much as one untyped."""


ROUNDING: Final = 1e-5
"""More than a product of unit vectors in single precision is wrong by."""

Link: TypeAlias = tuple[str, RelationType, str, float]
"""A relation as a step: (head, type, tail, confidence)."""


class Sizes(NamedTuple):
    """How many there are of what neither general knowledge nor its absence changes."""

    documents: int
    passages: int
    concepts: int


class GraphStore(ABC):
    """One stored graph, read as of its last complete publish.

    Readers never see a mix of two builds: a store notices a newer build when a method is called, never inside of one.
    Stores are context managers; after :meth:`close` no method may be called.
    """

    # ---- primitives ------------------------------------------------------------------------------------------------

    @abstractmethod
    def publish(self, snapshot: GraphSnapshot, *, index: Mapping[str, bytes] | None = None) -> GraphInfo:
        """Replace the stored graph by ``snapshot``, all or nothing, and say what is stored now.

        Args:
            snapshot: the graph.
            index: what was computed from it and is stored with it, in named parts of a few hundred kilobytes at most;
                see :meth:`index_parts`. None: nothing.

        Raises:
            PublishError: nothing was stored and the earlier graph, if any, is still there, whole.
        """

    @abstractmethod
    def info(self) -> GraphInfo:
        """What the store contains, in numbers."""

    @abstractmethod
    def snapshot(self) -> GraphSnapshot:
        """The whole graph, equal to what was published."""

    @abstractmethod
    def concepts(self, ids: Collection[str] | None = None, *, limit: int | None = None) -> list[Concept]:
        """Concepts with these ids (None: all), at most ``limit`` (None: no limit). Unknown ids are left out."""

    @abstractmethod
    def concepts_named(self, name: str) -> list[Concept]:
        """Concepts with the folded name or alias ``name`` (:func:`graph.text.names.fold`), or whose id is ``name``.

        A concept whose id is exactly ``name`` is returned alone; so a qualified id always means one concept.
        """

    @abstractmethod
    def names(self) -> list[tuple[str, str]]:
        """All (name or alias, concept id) pairs, by (id, name)."""

    @abstractmethod
    def relations(self, concept: str | None = None, *, types: Collection[RelationType] | None = None) -> list[Relation]:
        """Relations that have ``concept`` as head or tail (None: all), of these types (None: all types)."""

    @abstractmethod
    def prerequisites(self, *, before: str | None = None, after: str | None = None) -> list[Prerequisite]:
        """Direct prerequisite edges with this ``before`` and this ``after`` (None: any)."""

    @abstractmethod
    def communities(self, level: int | None = None) -> list[Community]:
        """Communities of one level (None: all), by (level, number)."""

    @abstractmethod
    def documents(self) -> list[Document]:
        """All documents, by id."""

    @abstractmethod
    def passages(self, doc: str | None = None, *, ids: Collection[str] | None = None) -> list[Passage]:
        """Passages of one document (None: all) with these ids (None: all), by (doc, first line).

        Unknown ids are left out.
        """

    @abstractmethod
    def search(self, text: str, *, limit: int = 10) -> list[Hit]:
        """Passages that contain words of ``text`` (full text, any language), best first, ties in the order of passages.

        The score is BM25-like and differs between stores; that passages which contain all words come first, and nothing
        is found for words that appear nowhere, does not. Words are those of :func:`graph.stores.terms.query_terms`: no
        syntax, no word forms. Empty where ``text`` has no words.
        """

    @abstractmethod
    def merges(self, concept: str | None = None) -> list[Merge]:
        """The merge report of one concept (None: all), by (concept, kept, merged)."""

    @abstractmethod
    def skipped(self) -> list[Skipped]:
        """What of the input is not in the graph, by (doc, line)."""

    @abstractmethod
    def vectors(self) -> Vectors | None:
        """The vectors of concepts and passages, None where the graph was built without."""

    @abstractmethod
    def layout(self) -> Layout | None:
        """The place of each concept on the map, None where the graph was built without."""

    @abstractmethod
    def index_parts(self, names: Collection[str]) -> dict[str, bytes]:
        """Those of these parts of the index that were published with the graph.

        Stores keep them as they are and do not know what they say: whoever reads them must be ready for any bytes, and
        compute anew what cannot be used.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections. May be called twice."""

    # ---- derived: a store may do these in its database, with the same result -----------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def build(self) -> str:
        """Id of the build that is read now, as :meth:`info` says it."""
        return self.info().build

    def sizes(self) -> Sizes:
        """How many documents, passages and concepts there are, as :meth:`info` says it."""
        info = self.info()
        return Sizes(info.documents, info.passages, info.concepts)

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """Hold one build for several calls.

        Inside the block every method, called from this thread, answers from the same build.
        """
        yield self

    def concept(self, name: str) -> Concept:
        """The one concept that goes by ``name`` (name, alias or id; any spelling that folds alike).

        A name wins over an alias: where one concept is *called* so and others only also, it is the one.

        Raises:
            NoSuchConcept: with up to five nearest names.
            AmbiguousConcept: several concepts go by it.
        """
        with self.reading():
            found = self.concepts_named(name)
            if not found:
                raise NoSuchConcept(name, self.nearest_names(name))
            if len(found) > 1:
                called = [c for c in found if fold(c.name) == fold(name)]
                if len(called) != 1:
                    raise AmbiguousConcept(name, [c.id for c in found])
                found = called
            return found[0]

    def nearest_names(self, name: str, *, limit: int = 5) -> list[str]:
        """Names and aliases most like ``name``, best first, at most one a concept; empty where nothing is alike.

        See :func:`graph.text.nearest.nearest_names`.
        """
        return [form for form, _ in nearest_names(name, self.names(), limit=limit)]

    def check(self) -> None:
        """Read the whole graph and return if it is sound and, where the store can tell, just what was published.

        Raises:
            StoreError: it is not; the message says what is wrong.
        """
        try:
            checked(self.snapshot())
        except (ValueError, LookupError, TypeError) as e:
            raise StoreError(f"The graph is damaged: {e}. Build it again.") from e

    def passage_ids(self, places: Sequence[tuple[str, int]]) -> list[str | None]:
        """For each (document, line) the id of the passage that it is in; None where it is in none."""
        lines: dict[str, set[int]] = {}
        for doc, line in places:
            lines.setdefault(doc, set()).add(line)
        found: dict[tuple[str, int], str] = {}
        with self.reading():
            for doc, wanted in sorted(lines.items()):
                for passage in self.passages(doc):
                    inside = (n for n in wanted if passage.first_line <= n <= passage.last_line)
                    found.update(((doc, line), passage.id) for line in inside)
        return [found.get(place) for place in places]

    def degree(self, concept: str) -> int:
        """Number of other concepts that ``concept`` has a relation with."""
        return len({r.tail if r.head == concept else r.head for r in self.relations(concept)} - {concept})

    def neighbourhood(
        self,
        concepts: Sequence[str],
        *,
        hops: int = 1,
        limit: int = 50,
        types: Collection[RelationType] | None = None,
    ) -> Subgraph:
        """The concepts within ``hops`` relations of the given ones, and what lies between them.

        Breadth first: nearer concepts before farther ones, within one distance the most salient; at most ``limit``
        concepts, the given ones first. Relations of other ``types`` (None: all) are not followed and not returned.
        """
        with self.reading():
            frontier = [c.id for c in self.concepts(concepts, limit=limit)]
            kept = set(frontier)
            for _ in range(hops):
                if len(kept) >= limit or not frontier:
                    break
                reached = {end for head, _, tail, _ in self._links(frontier, types=types) for end in (head, tail)}
                frontier = [c.id for c in self.concepts(reached - kept, limit=limit - len(kept))]
                kept.update(frontier)
            return self.subgraph(kept, types=types)

    def subgraph(self, concepts: Collection[str], *, types: Collection[RelationType] | None = None) -> Subgraph:
        """The given concepts, and the relations (of these types) and prerequisites between any two of them."""
        with self.reading():
            found = self.concepts(concepts)
            inside = {c.id for c in found}
            relations = {
                r.key: r
                for c in inside
                for r in self.relations(c, types=types)
                if r.head in inside and r.tail in inside
            }
            needs = {p.key: p for c in inside for p in self.prerequisites(after=c) if p.before in inside}
            return Subgraph(
                concepts=tuple(found),
                relations=tuple(relations[k] for k in sorted(relations)),
                prerequisites=tuple(needs[k] for k in sorted(needs)),
            )

    def prerequisite_closure(self, concept: str, *, unlocks: bool = False) -> list[Prerequisite]:
        """All edges that lead to ``concept`` (what must be known first), or with ``unlocks`` those that lead on."""
        with self.reading():
            edges: dict[tuple[str, str], Prerequisite] = {}
            seen, frontier = {concept}, [concept]
            while frontier:
                here = frontier.pop()
                for edge in self.prerequisites(before=here) if unlocks else self.prerequisites(after=here):
                    edges[edge.key] = edge
                    other = edge.after if unlocks else edge.before
                    if other not in seen:
                        seen.add(other)
                        frontier.append(other)
            return [edges[k] for k in sorted(edges)]

    @staticmethod
    def hop_cost(relation: Relation) -> float:
        """What following ``relation`` costs: low for typed and sure, high for untyped and doubtful."""
        return _hop_cost(relation.type, relation.confidence)

    def hub_limit(self) -> int:
        """The number of neighbours above which a concept is a hub that paths avoid."""
        return max(HUB_FLOOR, int(HUB_SHARE * self.info().concepts))

    def paths(self, start: str, end: str, *, max_hops: int = 4, limit: int = 3) -> list[ConceptPath]:
        """Up to ``limit`` cheapest chains of relations between two concept ids, in either direction of each relation.

        Cheapest by the sum of :meth:`hop_cost` (the best relation of each pair), then fewest hops, then ids. No concept
        twice. Hubs (:meth:`hub_limit`) are not led through unless they are an end. ``start == end`` gives one path
        without relations; an id that the graph does not contain is connected with nothing.

        Raises:
            NoPath: there is none within ``max_hops``.
        """
        if start == end:
            return [ConceptPath((start,), ())]
        with self.reading():
            return self._paths(start, end, max_hops, limit)

    def _paths(self, start: str, end: str, max_hops: int, limit: int) -> list[ConceptPath]:
        best: dict[tuple[str, str], tuple[float, tuple[str, str, str]]] = {}
        """(cost, key) of the cheapest relation from the one concept to the other, in either direction."""

        def links(concepts: Collection[str]) -> dict[str, dict[str, float]]:
            costs: dict[str, dict[str, float]] = {c: {} for c in concepts}
            for head, kind, tail, confidence in self._links(concepts):
                step = (_hop_cost(kind, confidence), (head, kind.value, tail))
                for here, other in ((head, tail), (tail, head)):
                    if here in costs and (other not in costs[here] or step < best[here, other]):
                        best[here, other] = best[other, here] = step
                        costs[here][other] = step[0]
            return costs

        chains = cheapest_chains(
            start, end, links=links, degree=self.degree, hub_limit=self.hub_limit(), max_hops=max_hops, limit=limit
        )
        if not chains:
            raise NoPath(start, end, max_hops)
        keys = [[best[pair][1] for pair in pairwise(chain)] for chain in chains]
        relations = self._relations_of({key for some in keys for key in some})
        return [
            ConceptPath(chain, tuple(relations[key] for key in some)) for chain, some in zip(chains, keys, strict=True)
        ]

    def _links(self, concepts: Collection[str], *, types: Collection[RelationType] | None = None) -> Collection[Link]:
        """Relations (of these types) with an end among ``concepts``, each once, in any order.

        And without what they rest on.
        """
        relations = {r.key: r for c in concepts for r in self.relations(c, types=types)}.values()
        return [(r.head, r.type, r.tail, r.confidence) for r in relations]

    def _relations_of(self, keys: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], Relation]:
        """The relations with these keys, which the graph must contain."""
        return {r.key: r for head in sorted({k[0] for k in keys}) for r in self.relations(head) if r.key in keys}

    def similar_passages(self, vector: NDArray[np.float32], *, limit: int = 10) -> list[Hit]:
        """Passages whose vectors are nearest to ``vector`` (cosine; shape (dim,)), best first, ties by id.

        Empty without vectors.
        """
        with self.reading():
            known = self.vectors()
            if known is None or not len(known.passage_ids):
                return []
            best = nearest(known.passages, known.passage_ids, vector, limit)
            passages = {p.id: p for p in self.passages(ids=[i for i, _ in best])}
            return [Hit(passages[i], score) for i, score in best]

    def similar_concepts(self, vector: NDArray[np.float32], *, limit: int = 10) -> list[tuple[str, float]]:
        """(concept id, cosine) of the concepts whose vectors are nearest to ``vector``, best first, ties by id.

        Empty without vectors.
        """
        known = self.vectors()
        return [] if known is None else nearest(known.concepts, known.concept_ids, vector, limit)


def _hop_cost(kind: RelationType, confidence: float) -> float:
    base = UNTYPED_COST if kind is RelationType.RELATED_TO else TYPED_COST
    return base + (1.0 - confidence)


def nearest(
    rows: NDArray[np.float32], ids: Sequence[str], vector: NDArray[np.float32], limit: int
) -> list[tuple[str, float]]:
    """Ids and cosines of the rows nearest to ``vector``; rows that are not alike at all (cosine ≤ 0) are left out.

    The best are found by a product of matrices, whose last digits depend on where in the matrix a row is; so some more
    are taken, and each of these is multiplied by itself. Equal rows then have equal cosines in every store.
    """
    length = float(np.linalg.norm(vector))
    if length == 0.0 or not len(ids) or limit < 1:
        return []
    unit = (vector / length).astype(np.float32)
    scores = rows @ unit
    least = float(np.partition(scores, -limit)[-limit]) if limit < len(ids) else 0.0
    some = np.flatnonzero(scores >= max(least, 0.0) - ROUNDING)
    cosines = np.einsum("ij,j->i", rows[some].astype(np.float64), unit.astype(np.float64)).astype(np.float32)
    near = [(ids[i], cosine) for i, cosine in zip(some.tolist(), cosines.tolist(), strict=True) if cosine > 0]
    return sorted(near, key=lambda pair: (-pair[1], pair[0]))[:limit]
