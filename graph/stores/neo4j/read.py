"""One build of a graph in Neo4j, read in one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any, Final

import numpy as np
from neo4j import Record, Transaction
from numpy.typing import NDArray

from graph.errors import NewerSchema
from graph.model import (
    Community,
    Concept,
    Document,
    GraphInfo,
    Layout,
    Merge,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Skipped,
    Vectors,
)
from graph.stores.contract import Link
from graph.stores.neo4j import cypher
from graph.stores.neo4j import rows as neo4j_rows
from graph.stores.neo4j.connection import Row, rows
from graph.stores.neo4j.pages import (
    CONCEPT_VECTORS,
    INDEX,
    INDEX_NAMES,
    LAYOUT,
    PASSAGE_VECTORS,
    STATE,
    TERMS,
    Postings,
    names_on,
    page_of,
    postings_in,
    ranked,
    vectors_from,
)
from graph.stores.neo4j.rows import loaded, stored
from graph.stores.packed_layout import unpack_layout

AT_ONCE: Final = 5000
"""Concepts whose rows one statement returns."""
CONCEPTS_A_ROW: Final = 2000
"""Concepts of a closure whose edges come in one row: of so many they take some megabytes."""
NEAREST_AT_ONCE: Final = 50
"""Vectors that the vector index is asked for at first, besides four times as many as are wanted: an index that is asked
for more looks at more, and misses less."""
MOST_NEAREST: Final = 4000
"""Vectors that the vector index is asked for at most."""


class Neo4jReader:
    """The build that ``node``, its (:Build), describes.

    ``at`` are positions, places in the snapshot; results come in their order.
    """

    def __init__(self, tx: Transaction, node: dict[str, Any]) -> None:
        self._tx = tx
        self._node = node
        self.build = str(node["build"])
        self.degrees: dict[str, int] = {}
        """Numbers of neighbours that came along with links, by concept id."""

    @classmethod
    def of(cls, tx: Transaction, graph: str) -> Neo4jReader | None:
        """The current build of ``graph``; None where there is no such graph.

        Raises:
            NewerSchema: a newer studyatlas wrote it.
        """
        found = rows(tx, cypher.CURRENT, graph=graph)
        if not found:
            return None
        ((node,),) = found
        if node["schema"] > cypher.SCHEMA:
            raise NewerSchema(
                f"The graph {graph!r} was written by a newer studyatlas (schema {node['schema']}, this one reads up to "
                f"{cypher.SCHEMA})."
                " Update studyatlas."
            )
        return cls(tx, node)

    def _each_row(self, statement: str, **values: object) -> Iterator[Row]:
        """The rows of a statement as they come, so that we work on one while the server works on the next."""
        return map(Record.values, self._tx.run(statement, {"build": self.build, **values}))

    def _rows(self, statement: str, **values: object) -> list[Row]:
        return list(self._each_row(statement, **values))

    def size(self, what: str) -> int:
        """Number of ``concepts``, ``passages`` and so on."""
        return int(self._node[what])

    @property
    def source(self) -> str:
        """The folder that was built."""
        return loaded(self._node["source"])

    @property
    def settings(self) -> dict[str, str]:
        """How it was built."""
        return dict(json.loads(loaded(self._node["settings"])))

    def info(self) -> GraphInfo:
        """What the build contains, in numbers."""
        return info_of(self._node)

    # ---- positions: which nodes a question is about
    # ---------------------------------------------------------------------

    def positions_of(self, label: str, ids: Iterable[str]) -> list[int]:
        """Positions of the nodes of a kind with these ids, rising; unknown ids are left out."""
        wanted = [stored(i) for i in sorted(set(ids))]
        return [position for (position,) in self._rows(cypher.POSITIONS, ids=wanted, label=label)] if wanted else []

    def named(self, folded: str) -> list[int]:
        """Positions of the concepts that may have a name of this folded key.

        A long one is compared by its beginning only.
        """
        key = neo4j_rows.key_of(folded)
        if self._node["schema"] == 1:
            return [position for (position,) in self._rows(cypher.NAMED_BY_NODES, folded=key)]
        return [position for (position,) in self._rows(cypher.NAMED, phrase=neo4j_rows.phrase_of(key))]

    def passages_of(self, doc: str) -> list[int]:
        """Positions of the passages of a document."""
        return [position for (position,) in self._rows(cypher.PASSAGES_OF, doc=stored(doc))]

    def neighbours(
        self, at: Sequence[int], *, kept: Collection[int], types: Collection[RelationType] | None, room: int
    ) -> list[int]:
        """Positions of the ``room`` most salient concepts that are related to one at ``at``.

        But for those that are ``kept``.
        """
        if types is not None and not types:
            return []
        found = self._rows(cypher.neighbours(types), at=list(at), kept=sorted(kept), room=room)
        return [position for (position,) in found]

    # ---- values
    # ---------------------------------------------------------------------------------------------------------

    @cached_property
    def concept_ids(self) -> list[str]:
        """Ids of all concepts, by position."""
        return [loaded(i) for _, i in sorted(self._rows(cypher.CONCEPT_IDS, size=self.size("concepts")))]

    @cached_property
    def documents(self) -> list[Document]:
        """All documents."""
        return [neo4j_rows.document(row) for row in self._rows(cypher.DOCUMENTS, size=self.size("documents"))]

    def passages(self, at: Iterable[int]) -> list[Passage]:
        """The passages at ``at``."""
        return [neo4j_rows.passage(row) for row in self._chunked(cypher.PASSAGES, at)]

    def concepts(self, at: Iterable[int]) -> list[Concept]:
        """The concepts at ``at``."""
        return [neo4j_rows.concept(row) for row in self._chunked(cypher.CONCEPTS, at)]

    def _chunked(self, statement: str, at: Iterable[int]) -> list[Row]:
        """Rows of a statement over ``$at``, in the order of the first column."""
        wanted = sorted(set(at))
        found: list[Row] = []
        for start in range(0, len(wanted), AT_ONCE):
            found += self._rows(statement, at=wanted[start : start + AT_ONCE])
        found.sort(key=_first)
        return found

    def names(self) -> Iterator[tuple[str, str]]:
        """(name or alias, concept id) pairs of all concepts, in any order."""
        for concept, name, aliases in self._rows(cypher.NAMES, size=self.size("concepts")):
            for form in (name, *aliases):
                yield loaded(form), loaded(concept)

    def relations(self, types: Collection[RelationType] | None) -> list[Relation]:
        """All relations of these types (None: all)."""
        if types is not None and not types:
            return []
        return [
            neo4j_rows.relation(row) for row in self._chunked(cypher.all_relations(types), range(self.size("concepts")))
        ]

    def relations_of(self, concept: str, types: Collection[RelationType] | None) -> list[Relation]:
        """Relations of one concept of these types (None: all)."""
        if types is not None and not types:
            return []
        return _sorted_relations(self._rows(cypher.relations_of(types), id=stored(concept)))

    def relations_between(self, at: Sequence[int], types: Collection[RelationType] | None) -> list[Relation]:
        """Relations of these types (None: all) between concepts at ``at``."""
        if not at or (types is not None and not types):
            return []
        return _sorted_relations(self._rows(cypher.relations_between(types), at=list(at)))

    def relations_keyed(self, keys: Iterable[tuple[str, str, str]]) -> list[Relation]:
        """The relations with these keys."""
        wanted = [[stored(head), RelationType(kind).name, stored(tail)] for head, kind, tail in sorted(keys)]
        return _sorted_relations(self._rows(cypher.RELATIONS_KEYED, keys=wanted))

    def links(self, concepts: Iterable[str], types: Collection[RelationType] | None) -> set[Link]:
        """Relations of these types with an end among ``concepts``, as steps.

        The degrees of their ends go to :attr:`degrees`.
        """
        found: set[Link] = set()
        if types is not None and not types:
            return found
        for here, kind, other, confidence, forward, mine, others in self._rows(
            cypher.links(types), ids=[stored(c) for c in sorted(set(concepts))]
        ):
            one, two = loaded(here), loaded(other)
            self.degrees[one], self.degrees[two] = mine, others
            head, tail = (one, two) if forward else (two, one)
            found.add((head, neo4j_rows.relation_type(kind), tail, confidence))
        return found

    def degree(self, concept: str) -> int:
        """Number of other concepts that a concept has a relation with."""
        if concept not in self.degrees:
            found = self._rows(cypher.DEGREE, id=stored(concept))
            self.degrees[concept] = found[0][0] if found else 0
        return self.degrees[concept]

    def prerequisites(self, before: str | None, after: str | None) -> list[Prerequisite]:
        """Prerequisite edges with these ends (None: any)."""
        if before is not None:
            found = self._rows(
                cypher.PREREQUISITES_BEFORE, before=stored(before), after=None if after is None else stored(after)
            )
        elif after is not None:
            found = self._rows(cypher.PREREQUISITES_AFTER, after=stored(after))
        else:
            found = self._rows(cypher.PREREQUISITES, size=self.size("concepts"))
        return _sorted_edges(found)

    def prerequisites_between(self, at: Sequence[int]) -> list[Prerequisite]:
        """Prerequisite edges between concepts at ``at``."""
        return _sorted_edges(self._rows(cypher.PREREQUISITES_BETWEEN, at=list(at))) if at else []

    def closure(self, concept: str, *, unlocks: bool) -> list[Prerequisite]:
        """All prerequisite edges that lead to a concept, or with ``unlocks`` on from it."""
        statement = cypher.UNLOCKED if unlocks else cypher.CLOSURE
        found: list[tuple[int, Prerequisite]] = []
        for columns in self._each_row(statement, id=stored(concept), step=CONCEPTS_A_ROW):
            found += ((int(edge[0]), neo4j_rows.prerequisite(edge)) for edge in zip(*columns, strict=True))
        return [edge for _, edge in sorted(found, key=itemgetter(0))]

    def communities(self, level: int | None) -> list[Community]:
        """The communities of one level (None: all)."""
        found = self._rows(cypher.COMMUNITIES, size=self.size("communities"), level=level)
        return [neo4j_rows.community(row) for row in found]

    def merges(self, concept: str | None) -> list[Merge]:
        """The merge report of a concept (None: all)."""
        if concept is None:
            found = self._rows(cypher.MERGES, size=self.size("merges"))
        else:
            found = self._rows(cypher.MERGES_INTO, id=stored(concept))
        return [neo4j_rows.merge(row) for row in found]

    def skipped(self) -> list[Skipped]:
        """What is not in the graph."""
        return [neo4j_rows.skipped(row) for row in self._rows(cypher.SKIPPED, size=self.size("skipped"))]

    # ---- pages
    # ----------------------------------------------------------------------------------------------------------

    def _pages(self, kind: str, at: Iterable[int]) -> list[bytes]:
        return [bytes(data) for _, data in sorted(self._rows(cypher.PAGES, kind=kind, at=sorted(set(at))))]

    def _all_pages(self, kind: str) -> Iterator[bytes]:
        """The pages of a kind, in order, up to the last."""
        start, some = 0, 16
        while pages := self._pages(kind, range(start, start + some)):
            yield from pages
            start += some

    def match(self, terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
        """(position, score) of the passages that contain ``terms``, best first."""
        number = self.size("term_pages")
        if not number:
            return []
        postings: dict[str, Postings] = {}
        for page in self._pages(TERMS, {page_of(term, number) for term in terms}):
            postings |= postings_in(page, terms)
        return ranked(
            terms, postings, passages=self.size("passages"), mean=float(self._node["mean_terms"]), limit=limit
        )

    @property
    def has_vectors(self) -> bool:
        """Whether the graph was built with vectors."""
        return "encoder" in self._node

    def vectors(self) -> Vectors | None:
        """The vectors; None where the graph was built without."""
        if not self.has_vectors:
            return None
        passages = [loaded(row[1]) for row in sorted(self._rows(cypher.PASSAGE_IDS, size=self.size("passages")))]
        return vectors_from(
            loaded(self._node["encoder"]),
            self.size("dim"),
            self._all_pages(CONCEPT_VECTORS),
            self.concept_ids,
            self._all_pages(PASSAGE_VECTORS),
            passages,
            self._all_pages(STATE),
        )

    def nearest(
        self, statement: str, vector: NDArray[np.float32], limit: int
    ) -> tuple[list[str], NDArray[np.float32]] | None:
        """Ids and vectors of at least ``limit`` nodes nearest to ``vector``, found by the vector index.

        The index is approximate, and has the vectors of all builds of the database: more are asked for until enough
        are of this build.

        Args:
            statement: :data:`cypher.NEAREST_CONCEPTS` or :data:`cypher.NEAREST_PASSAGES`.
            vector: not of zeros; shape (dim,).
            limit: how many are wanted.

        Returns:
            None where :data:`MOST_NEAREST` were not enough, because other builds of the database have vectors like
            these.
        """
        wanted = [float(x) for x in vector]
        number = NEAREST_AT_ONCE + 4 * limit
        most = max(MOST_NEAREST, number)
        while True:
            ((found, mine),) = self._rows(statement, vector=wanted, number=number)
            if len(mine) >= 2 * limit or found < number:
                ids = [loaded(item) for item, _ in mine]
                return ids, np.array([row for _, row in mine], dtype=np.float32).reshape(len(mine), len(vector))
            if number == most:
                return None
            number = min(8 * number, most)

    def index_names(self) -> dict[str, int]:
        """Name of a part of the index → number of its page."""
        return names_on(self._all_pages(INDEX_NAMES))

    def index_parts(self, pages: Mapping[str, int]) -> dict[str, bytes]:
        """The parts of the index with these names, which are on these pages."""
        names = {page: name for name, page in pages.items()}
        return {names[at]: bytes(data) for at, data in self._rows(cypher.PAGES, kind=INDEX, at=sorted(names))}

    def layout(self) -> Layout | None:
        """The layout; None where the graph was built without, or before layouts were stored."""
        packed = b"".join(self._all_pages(LAYOUT))
        return unpack_layout(packed, self.concept_ids) if packed else None


def info_of(node: dict[str, Any]) -> GraphInfo:
    """What a (:Build) says of its build."""
    return GraphInfo(
        build=node["build"],
        source=loaded(node["source"]),
        documents=node["documents"],
        passages=node["passages"],
        concepts=node["concepts"],
        relations=node["relations"],
        prerequisites=node["prerequisites"],
        communities=node["communities"],
        settings=json.loads(loaded(node["settings"])),
    )


def _first(row: Row) -> int:
    return int(row[0])


def _sorted_relations(found: list[Row]) -> list[Relation]:
    return [neo4j_rows.relation(row) for row in sorted(found, key=_first)]


def _sorted_edges(found: list[Row]) -> list[Prerequisite]:
    return [neo4j_rows.prerequisite(row) for row in sorted(found, key=_first)]
