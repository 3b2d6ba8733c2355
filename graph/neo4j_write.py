"""A snapshot is published to Neo4j: staged under a build id that nobody reads, then made the current one in one small transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any, Final

import numpy as np
from neo4j import Session, Transaction

from graph import cypher
from graph.errors import PublishError, StoreError
from graph.model import GraphSnapshot, RelationType, Vectors
from graph.neo4j_builds import locked, remove_build, retire, sweep, sweep_retired
from graph.neo4j_link import Neo4jLink, begin, rows
from graph.neo4j_pages import CONCEPT_VECTORS, PASSAGE_VECTORS, STATE, TERMS, state_pages, term_pages, vector_pages
from graph.neo4j_rows import LONGEST_ID, Properties, Rows, batches, stored

ROWS_A_BATCH: Final = 10_000
"""Rows of one statement at most."""
HEAVY: Final = 3_000_000
"""Characters and bytes of one statement and of one transaction, about: more is not faster, and costs the server memory."""


def publish(link: Neo4jLink, graph: str, snapshot: GraphSnapshot, *, build: str, patience: float) -> None:
    """Store ``snapshot``, which must have been checked, as the new build of ``graph``.

    Args:
        link: the server.
        graph: the graph's name.
        snapshot: what to store.
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
                    _Writer(session, Rows(snapshot, graph=graph, build=build), alive=lock.alive).write()
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
                    f"Neo4j cannot hold the {what} {item[:60]!r}…: its id has {len(item)} characters, and {LONGEST_ID} is the most."
                )


class _Writer:
    """Writes the rows of one build, in transactions of a few megabytes."""

    def __init__(self, session: Session, made: Rows, *, alive: Callable[[], None]) -> None:
        self._session = session
        self._rows = made
        self._alive = alive
        self._tx: Transaction | None = None
        self._written = 0
        """Weight of what the open transaction has written."""

    def write(self) -> None:
        """Write everything, the build's own node first, so that a build that is killed can be found; then count it.

        Raises:
            PublishError: the server holds other numbers than it was given.
        """
        snapshot = self._rows.snapshot
        terms, mean = term_pages(snapshot.passages)
        self._run(cypher.CREATE_BUILD, HEAVY, build=self._build_node(len(terms), mean))
        documents = self._nodes("Document", self._rows.documents())
        doc_ids = {d.id: documents[i] for i, d in enumerate(snapshot.documents)}
        passages = self._batched(cypher.CREATE_PASSAGES, ([doc_ids[doc], row] for doc, row in self._rows.passages()))
        concepts = self._nodes("Concept", self._rows.concepts())
        concept_ids = {c.id: concepts[i] for i, c in enumerate(snapshot.concepts)}
        self._batched(cypher.CREATE_NAMES, ([concepts[i], row] for i, row in self._rows.names()))
        self._batched(cypher.CREATE_MENTIONS, ([concepts[c], passages[p], lines] for c, p, lines in self._rows.mentions()))
        self._communities(concept_ids)
        self._batched(cypher.CREATE_MERGES, ([concept_ids[c], row] for c, row in self._rows.merges()))
        self._nodes("Skipped", self._rows.skipped())
        self._pages(TERMS, terms)
        self._relations(self._rows.prerequisites(), concept_ids)
        self._relations(self._rows.relations(), concept_ids)
        if snapshot.vectors is not None:
            self._vectors(snapshot.vectors, concepts, passages)
        self._verify()

    def _build_node(self, term_pages: int, mean: float) -> Properties:
        snapshot = self._rows.snapshot
        vectors = snapshot.vectors
        encoder = {} if vectors is None else {"encoder": stored(vectors.encoder), "dim": vectors.dim}
        return self._rows.node(
            "build",
            0,
            schema=cypher.SCHEMA,
            source=stored(snapshot.source),
            settings=json.dumps(dict(sorted(snapshot.settings.items()))),
            documents=len(snapshot.documents),
            passages=len(snapshot.passages),
            concepts=len(snapshot.concepts),
            relations=len(snapshot.relations),
            prerequisites=len(snapshot.prerequisites),
            communities=len(snapshot.communities),
            merges=len(snapshot.merges),
            skipped=len(snapshot.skipped),
            term_pages=term_pages,
            mean_terms=mean,
            **encoder,
        )

    def _run(self, statement: str, weight: int, **values: object) -> list[list[Any]]:
        """Run one statement, and begin a new transaction after it if this one has grown heavy.

        Nothing is tried again: a transaction whose outcome is not known could be written twice, and the earlier graph is still there.
        """
        if self._tx is None:
            self._tx = begin(self._session, "stage", self._rows.graph, self._rows.build)
        found = rows(self._tx, statement, **values)
        self._written += weight
        if self._written >= HEAVY:
            self._commit()
        return found

    def _commit(self) -> None:
        if self._tx is not None:
            self._tx.commit()
            self._tx = None
        self._written = 0
        self._alive()

    def _batched(self, statement: str, items: Iterable[Any]) -> list[Any]:
        """Run ``statement`` on all ``items``; what it returned in its first column, in their order."""
        found: list[Any] = []
        for batch in batches(items, most=ROWS_A_BATCH, heavy=HEAVY, weight=_weight):
            found += [row[0] for row in self._run(statement, sum(map(_weight, batch)), rows=batch)]
        return found

    def _nodes(self, label: str, nodes: Iterable[Properties]) -> list[str]:
        return self._batched(cypher.create_nodes(label), nodes)

    def _pages(self, kind: str, pages: Iterable[bytes]) -> None:
        self._nodes("Page", (self._rows.node(kind, i, data=page) for i, page in enumerate(pages)))

    def _communities(self, concepts: Mapping[str, str]) -> None:
        snapshot = self._rows.snapshot
        made = self._nodes("Community", self._rows.communities())
        ids = {c.id: made[i] for i, c in enumerate(snapshot.communities)}
        members = ([concepts[m], ids[c.id]] for c in snapshot.communities for m in c.members)
        self._batched(cypher.CREATE_MEMBERS, members)
        self._batched(cypher.CREATE_WITHIN, ([ids[c.id], ids[c.parent]] for c in snapshot.communities if c.parent is not None))

    def _relations(self, relations: Iterable[tuple[RelationType | None, str, str, Properties]], concepts: Mapping[str, str]) -> None:
        """Write relations. Each batch is cut by type, because a type cannot be a parameter."""
        for batch in batches(relations, most=ROWS_A_BATCH, heavy=HEAVY, weight=lambda item: _weight(item[3])):
            batch.sort(key=lambda item: "" if item[0] is None else item[0].value)
            for kind, group in groupby(batch, key=lambda item: item[0]):
                some = [[concepts[head], concepts[tail], row] for _, head, tail, row in group]
                self._run(cypher.create_relations(kind), sum(_weight(row[2]) for row in some), rows=some)

    def _vectors(self, vectors: Vectors, concepts: Sequence[str], passages: Sequence[str]) -> None:
        snapshot = self._rows.snapshot
        for kind, ids, matrix, place, nodes, statement in (
            (
                CONCEPT_VECTORS,
                vectors.concept_ids,
                vectors.concepts,
                {c.id: i for i, c in enumerate(snapshot.concepts)},
                concepts,
                cypher.SET_CONCEPT_VECTORS,
            ),
            (
                PASSAGE_VECTORS,
                vectors.passage_ids,
                vectors.passages,
                {p.id: i for i, p in enumerate(snapshot.passages)},
                passages,
                cypher.SET_PASSAGE_VECTORS,
            ),
        ):
            places = [place[i] for i in ids]
            self._pages(kind, vector_pages(matrix, places))
            some = np.flatnonzero(matrix.any(axis=1)).tolist()  # a vector of zeros is like nothing, and Neo4j refuses it
            self._batched(statement, ([nodes[places[i]], matrix[i].tolist()] for i in some))
        self._pages(STATE, state_pages(vectors.state))

    def _verify(self) -> None:
        snapshot = self._rows.snapshot
        wanted = {
            "documents": len(snapshot.documents),
            "passages": len(snapshot.passages),
            "concepts": len(snapshot.concepts),
            "relations": len(snapshot.relations),
            "prerequisites": len(snapshot.prerequisites),
            "communities": len(snapshot.communities),
            "merges": len(snapshot.merges),
        }
        ((held,),) = self._run(cypher.HELD, 0, build=self._rows.build)
        self._commit()
        for what, number in wanted.items():
            if held[what] != number:
                raise PublishError(f"Neo4j holds {held[what]} of {number} {what} after they were written. The new graph was not published.")


def _weight(item: Any) -> int:
    """About how many characters and bytes a row has."""
    if isinstance(item, str | bytes):
        return len(item)
    if isinstance(item, dict):
        return sum(map(_weight, item.values()))
    if isinstance(item, list | tuple):
        return 8 * len(item) if item and isinstance(item[0], float) else sum(map(_weight, item))
    return 8
