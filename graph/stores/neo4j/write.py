"""A snapshot is published to Neo4j.

Staged under a build id that nobody reads, then made the current one in one small transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
from neo4j import Result, Session, Transaction

from graph.errors import PublishError, StoreError
from graph.model import GraphSnapshot, RelationType, Vectors
from graph.stores.neo4j import cypher
from graph.stores.neo4j import rows as neo4j_rows
from graph.stores.neo4j.builds import locked, remove_build, retire, sweep, sweep_retired
from graph.stores.neo4j.connection import Neo4jLink, begin
from graph.stores.neo4j.pages import (
    CONCEPT_VECTORS,
    INDEX,
    INDEX_NAMES,
    LAYOUT,
    PASSAGE_VECTORS,
    STATE,
    TERMS,
    names_page,
    state_pages,
    term_pages,
    vector_pages,
)
from graph.stores.neo4j.rows import LONGEST_ID, Row, stored
from graph.stores.packed_layout import pack_layout

ROWS_A_BATCH: Final = 10_000
"""Rows of one statement at most."""
ROW_COSTS: Final = 300
"""What a row weighs besides its text: a new node with a relationship takes five kilobytes of the server's memory until
it is committed."""
HEAVY: Final = 3_000_000
"""Characters and bytes of one statement and of one transaction, about: more is not faster, and costs the server
memory."""


def publish(
    link: Neo4jLink,
    graph: str,
    snapshot: GraphSnapshot,
    index: Mapping[str, bytes],
    *,
    build: str,
    patience: float,
) -> None:
    """Store ``snapshot``, which must have been checked, as the new build of ``graph``.

    Args:
        link: the server.
        graph: the graph's name.
        snapshot: what to store.
        index: parts that were computed from it.
        build: an id that no other build has.
        patience: seconds to wait for another build of the same graph.

    Raises:
        PublishError: nothing has changed for readers; what was written is removed, now or by the next publish.
    """
    _refuse_long_ids(snapshot)
    earlier = ""
    try:
        link.make_ready()
        with locked(link, graph, build, patience=patience) as lock:
            earlier = lock.earlier or ""
            sweep(link, graph, keep=(earlier,))
            try:
                with link.session(write=True) as session:  # which rolls back what is open when it is left
                    _Writer(session, snapshot, index, graph=graph, build=build, alive=lock.alive).write()
                lock.flip()
            except BaseException:
                with suppress(StoreError):  # the connection may be what has failed; then the next publish removes it
                    remove_build(link, graph, build)
                raise
    except PublishError:
        raise
    except StoreError as e:
        kept = " The earlier graph is untouched." if earlier else " Nothing was stored."
        raise PublishError(f"Cannot store the graph {graph!r}: {e}{kept}") from e
    if earlier:
        with suppress(StoreError):  # the graph is stored; what is left over the next publish removes
            retire(link, earlier)
            sweep_retired(link, graph)


def _refuse_long_ids(snapshot: GraphSnapshot) -> None:
    for what, ids in (
        ("document", (d.id for d in snapshot.documents)),
        ("passage", (p.id for p in snapshot.passages)),
        ("concept", (c.id for c in snapshot.concepts)),
    ):
        for item in ids:
            if len(item) > LONGEST_ID:
                raise PublishError(
                    f"Neo4j cannot store the {what} {item[:60]!r}…: its id has {len(item)} characters, and "
                    f"{LONGEST_ID} is the most."
                )


class _Writer:
    """Writes the rows of one build, in transactions of a few megabytes."""

    def __init__(
        self,
        session: Session,
        snapshot: GraphSnapshot,
        index: Mapping[str, bytes],
        *,
        graph: str,
        build: str,
        alive: Callable[[], None],
    ) -> None:
        self._session = session
        self._index = index
        self._snapshot = snapshot
        self._where = {"graph": graph, "build": build}
        self._alive = alive
        self._tx: Transaction | None = None
        self._sent: Result | None = None
        """Of the statement that the server works on."""
        self._written = 0
        """Weight of what the open transaction has written."""

    def write(self) -> None:
        """Write everything, the build's own node first, so that a build that is killed can be found; then count it.

        Raises:
            PublishError: the server contains other numbers than it was given.
        """
        snapshot = self._snapshot
        terms, mean = term_pages(snapshot.passages)
        self._send(cypher.CREATE_BUILD, HEAVY, properties=self._build_node(len(terms), mean))
        documents = self._batched(cypher.create_nodes("Document"), neo4j_rows.documents(snapshot))
        of_document = {d.id: node for d, node in zip(snapshot.documents, documents, strict=True)}
        passages = self._batched(cypher.create_nodes("Passage", to="OF"), neo4j_rows.passages(snapshot, of_document))
        concepts = self._batched(cypher.create_nodes("Concept"), neo4j_rows.concepts(snapshot))
        of_concept = {c.id: node for c, node in zip(snapshot.concepts, concepts, strict=True)}
        self._batched(cypher.CREATE_MENTIONS, neo4j_rows.mentions(snapshot, concepts, passages))
        self._communities(of_concept)
        self._batched(cypher.create_nodes("Merge", to="INTO"), neo4j_rows.merges(snapshot, of_concept))
        self._batched(cypher.create_nodes("Skipped"), neo4j_rows.left_out(snapshot))
        self._pages(TERMS, terms)
        self._relations(neo4j_rows.prerequisites(snapshot, of_concept))
        self._relations(neo4j_rows.relations(snapshot, of_concept))
        if snapshot.vectors is not None:
            self._vectors(snapshot.vectors, concepts, passages)
        if snapshot.layout is not None:
            self._pages(LAYOUT, state_pages(pack_layout(snapshot.layout)))
        if self._index:
            names = sorted(self._index)
            self._pages(INDEX_NAMES, state_pages(names_page(names)))
            self._pages(INDEX, map(self._index.__getitem__, names))
        self._verify()

    def _build_node(self, term_pages: int, mean: float) -> dict[str, object]:
        snapshot = self._snapshot
        vectors = snapshot.vectors
        encoder = {} if vectors is None else {"encoder": stored(vectors.encoder), "dim": vectors.dim}
        return {
            "position": 0,
            "schema": cypher.SCHEMA,
            "source": stored(snapshot.source),
            "settings": stored(json.dumps(dict(sorted(snapshot.settings.items())), ensure_ascii=False)),
            "documents": len(snapshot.documents),
            "passages": len(snapshot.passages),
            "concepts": len(snapshot.concepts),
            "relations": len(snapshot.relations),
            "prerequisites": len(snapshot.prerequisites),
            "communities": len(snapshot.communities),
            "merges": len(snapshot.merges),
            "skipped": len(snapshot.skipped),
            "term_pages": term_pages,
            "mean_terms": mean,
            **encoder,
        }

    def _send(self, statement: str, weight: int, **values: object) -> None:
        """Send one statement, and begin a new transaction after it if this one has grown heavy.

        Nothing is tried again: a transaction whose outcome is not known could be written twice, and the earlier graph
        is still there.
        """
        self._receive()
        if self._tx is None:
            self._tx = begin(self._session, "stage", self._where["graph"], self._where["build"])
        self._sent = self._tx.run(statement, {**self._where, **values})
        self._written += weight

    def _receive(self) -> list[Any]:
        """Wait for the statement that was sent; what it returned in its first column.

        Between the two the server works, and so do we: on the rows of the next statement.
        """
        found = [] if self._sent is None else [row[0] for row in self._sent.values()]
        self._sent = None
        if self._written >= HEAVY:
            self._commit()
        return found

    def _commit(self) -> None:
        if self._tx is not None:
            self._tx.commit()
            self._tx = None
        self._written = 0
        self._alive()

    def _batched(self, statement: str, items: Iterable[Row]) -> list[str]:
        """Run ``statement`` on all ``items``; what it returned in its first column, in their order."""
        found: list[str] = []
        self._receive()
        for batch, weight in batches(items):
            found += self._receive()
            self._send(statement, weight, rows=batch)
        return found + self._receive()

    def _pages(self, kind: str, pages: Iterable[bytes]) -> None:
        self._batched(cypher.create_nodes("Page", kind=kind), ([i, page] for i, page in enumerate(pages)))

    def _communities(self, concepts: Mapping[str, str]) -> None:
        snapshot = self._snapshot
        made = self._batched(cypher.create_nodes("Community"), neo4j_rows.communities(snapshot))
        ids = {c.id: node for c, node in zip(snapshot.communities, made, strict=True)}
        self._batched(
            cypher.CREATE_MEMBERS, ([concepts[m], ids[c.id]] for c in snapshot.communities for m in c.members)
        )
        self._batched(
            cypher.CREATE_WITHIN, ([ids[c.id], ids[c.parent]] for c in snapshot.communities if c.parent is not None)
        )

    def _relations(self, relations: Iterable[tuple[RelationType | None, Row]]) -> None:
        """Write relations, each type by itself, because a type cannot be a parameter."""
        waiting: defaultdict[RelationType | None, list[Row]] = defaultdict(list)
        for kind, row in relations:
            waiting[kind].append(row)
            if len(waiting[kind]) == ROWS_A_BATCH:
                self._send_all(cypher.create_relations(kind), waiting.pop(kind))
        for kind in list(waiting):
            self._send_all(cypher.create_relations(kind), waiting.pop(kind))
        self._receive()

    def _send_all(self, statement: str, items: list[Row]) -> None:
        for batch, weight in batches(items):
            self._send(statement, weight, rows=batch)

    def _vectors(self, vectors: Vectors, concepts: Sequence[str], passages: Sequence[str]) -> None:
        snapshot = self._snapshot
        concept_at = {c.id: i for i, c in enumerate(snapshot.concepts)}
        passage_at = {p.id: i for i, p in enumerate(snapshot.passages)}
        for kind, matrix, places, nodes, statement in (
            (
                CONCEPT_VECTORS,
                vectors.concepts,
                [concept_at[i] for i in vectors.concept_ids],
                concepts,
                cypher.SET_CONCEPT_VECTORS,
            ),
            (
                PASSAGE_VECTORS,
                vectors.passages,
                [passage_at[i] for i in vectors.passage_ids],
                passages,
                cypher.SET_PASSAGE_VECTORS,
            ),
        ):
            self._pages(kind, vector_pages(matrix, places))
            some = np.flatnonzero(
                matrix.any(axis=1)
            ).tolist()  # a vector of zeros is like nothing, and Neo4j refuses it
            self._batched(statement, ([nodes[places[i]], matrix[i].tolist()] for i in some))
        self._pages(STATE, state_pages(vectors.state))

    def _verify(self) -> None:
        snapshot = self._snapshot
        wanted = {
            "documents": len(snapshot.documents),
            "passages": len(snapshot.passages),
            "concepts": len(snapshot.concepts),
            "relations": len(snapshot.relations),
            "prerequisites": len(snapshot.prerequisites),
            "communities": len(snapshot.communities),
            "merges": len(snapshot.merges),
        }
        self._send(cypher.HELD, 0)
        (held,) = self._receive()
        self._commit()
        for what, number in wanted.items():
            if held[what] != number:
                raise PublishError(
                    f"Neo4j has {held[what]} of {number} {what} after they were written. The new graph was not "
                    f"published."
                )


def batches(items: Iterable[Row]) -> Iterator[tuple[list[Row], int]]:
    """Lists of at most :data:`ROWS_A_BATCH` items and of about :data:`HEAVY`, with their weights.

    A heavier item goes alone.
    """
    batch: list[Row] = []
    total = 0
    for item in items:
        mine = _weight(item)
        if batch and (len(batch) >= ROWS_A_BATCH or total + mine > HEAVY):
            yield batch, total
            batch, total = [], 0
        batch.append(item)
        total += mine
    if batch:
        yield batch, total


def _weight(row: Row) -> int:
    """About how much of a transaction a row takes."""
    total = 0
    for value in row:
        if isinstance(value, str | bytes):
            total += len(value)
        elif isinstance(value, list) and value:
            total += sum(map(len, value)) if isinstance(value[0], str) else 8 * len(value)
    return total + ROW_COSTS
