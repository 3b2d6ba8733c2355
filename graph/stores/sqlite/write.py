"""A snapshot becomes the rows of a new SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.model import Evidence, GraphSnapshot, Vectors
from graph.places import starts_text
from graph.stores.packed_layout import pack_layout
from graph.stores.packed_lines import pack
from graph.stores.sqlite.file import migrate, stored
from graph.stores.sqlite.seal import seal
from graph.stores.terms import index_terms
from graph.text.names import fold

Row: TypeAlias = tuple[object, ...]

HASH_SIZE: Final = 16_000_000
"""Bytes of full-text index that are collected in memory before they are written."""


def write(path: Path, snapshot: GraphSnapshot, *, build: str, index: Mapping[str, bytes]) -> None:
    """Write ``snapshot``, which must have been checked, and its ``index`` into the empty file ``path``.

    And make sure that it is there whole.

    Rows are made while they are written: beyond the snapshot, memory holds only the places of concepts, documents and
    passages.

    Raises:
        OSError: the seal cannot be written.
        sqlite3.Error: writing failed, or what was written is not what should have been; the file is worth nothing.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        # Nobody reads this file before it is complete, and it is thrown away when anything fails: no journal is needed.
        db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = "
            "-65536;"
        )
        migrate(db)
        db.execute("BEGIN")
        docs = {d.id: i for i, d in enumerate(snapshot.documents)}
        concepts = {c.id: i for i, c in enumerate(snapshot.concepts)}
        _write_texts(db, snapshot, docs, build)
        _write_concepts(db, snapshot, docs)
        _write_relations(db, snapshot, docs, concepts)
        _write_communities(db, snapshot, docs, concepts)
        _write_reports(db, snapshot, docs, concepts)
        if snapshot.vectors is not None:
            passages = {p.id: i for i, p in enumerate(snapshot.passages)}
            _write_vectors(db, snapshot.vectors, concepts, passages)
        if snapshot.layout is not None:
            _insert(db, "layout", [(0, pack_layout(snapshot.layout))])
        _insert(db, "index_part", sorted(index.items()))
        db.execute("COMMIT")
        db.execute("INSERT INTO passage_terms (passage_terms) VALUES ('optimize')")
    _verify(path, snapshot)
    seal(path)


def _insert(db: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    """Insert ``rows`` into ``table``, whose name is one of ours; each row has a value for every column."""
    width = len(db.execute(f"PRAGMA table_info({table})").fetchall())
    db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)  # noqa: S608


def _evidence(owners: Iterable[tuple[Evidence, ...]], docs: Mapping[str, int]) -> Iterator[Row]:
    for owner, pieces in enumerate(owners):
        for ordinal, e in enumerate(pieces):
            yield owner, ordinal, docs[e.doc], e.line, stored(e.quote)


def _place(evidence: Evidence | None, docs: Mapping[str, int]) -> Row:
    """(doc, line, quote), all None without evidence."""
    return (None, None, None) if evidence is None else (docs[evidence.doc], evidence.line, stored(evidence.quote))


def _write_texts(db: sqlite3.Connection, snapshot: GraphSnapshot, docs: Mapping[str, int], build: str) -> None:
    _insert(db, "meta", [("build", build), ("source", stored(snapshot.source))])
    _insert(db, "setting", ((stored(k), stored(v)) for k, v in sorted(snapshot.settings.items())))
    _insert(
        db,
        "document",
        (
            (i, stored(d.id), stored(d.title), stored(d.sha256), d.lines, d.lang, d.unit, starts_text(d.starts))
            for i, d in enumerate(snapshot.documents)
        ),
    )
    _insert(
        db,
        "passage",
        (
            (i, stored(p.id), docs[p.doc], p.first_line, p.last_line, stored(p.text), stored(pack(p.text, p.lines)))
            for i, p in enumerate(snapshot.passages)
        ),
    )
    _insert(
        db,
        "heading",
        ((i, k, stored(title)) for i, p in enumerate(snapshot.passages) for k, title in enumerate(p.heading_path)),
    )
    # FTS5 writes a segment whenever this many bytes have come together; with the default of 1 MB it merges segments
    # most of the time.
    db.execute("INSERT INTO passage_terms (passage_terms, rank) VALUES ('hashsize', ?)", (HASH_SIZE,))
    db.executemany(
        "INSERT INTO passage_terms (rowid, terms) VALUES (?, ?)",
        ((i, " ".join(index_terms(p.text))) for i, p in enumerate(snapshot.passages)),
    )


def _write_concepts(db: sqlite3.Connection, snapshot: GraphSnapshot, docs: Mapping[str, int]) -> None:
    _insert(
        db,
        "concept",
        (
            (i, stored(c.id), c.kind.value, c.salience, *_place(c.definition, docs), c.confidence)
            for i, c in enumerate(snapshot.concepts)
        ),
    )
    _insert(
        db,
        "name",
        ((i, k, stored(n), stored(fold(n))) for i, c in enumerate(snapshot.concepts) for k, n in enumerate(c.names)),
    )
    _insert(
        db,
        "mention",
        (
            (i, k, docs[m.doc], m.line, stored(m.form))
            for i, c in enumerate(snapshot.concepts)
            for k, m in enumerate(c.mentions)
        ),
    )


def _write_relations(
    db: sqlite3.Connection, snapshot: GraphSnapshot, docs: Mapping[str, int], concepts: Mapping[str, int]
) -> None:
    _insert(
        db,
        "relation",
        (
            (i, concepts[r.head], r.type.value, concepts[r.tail], r.confidence, stored(r.origin), r.basis.value)
            for i, r in enumerate(snapshot.relations)
        ),
    )
    _insert(db, "relation_evidence", _evidence((r.evidence for r in snapshot.relations), docs))
    _insert(
        db,
        "prerequisite",
        ((i, concepts[p.before], concepts[p.after], p.confidence) for i, p in enumerate(snapshot.prerequisites)),
    )
    _insert(
        db, "reason", ((i, k, stored(r)) for i, p in enumerate(snapshot.prerequisites) for k, r in enumerate(p.reasons))
    )
    _insert(db, "prerequisite_evidence", _evidence((p.evidence for p in snapshot.prerequisites), docs))


def _write_communities(
    db: sqlite3.Connection, snapshot: GraphSnapshot, docs: Mapping[str, int], concepts: Mapping[str, int]
) -> None:
    _insert(
        db,
        "community",
        ((i, c.id, c.level, c.parent, stored(c.title), stored(c.summary)) for i, c in enumerate(snapshot.communities)),
    )
    _insert(
        db, "member", ((i, k, concepts[m]) for i, c in enumerate(snapshot.communities) for k, m in enumerate(c.members))
    )
    _insert(db, "community_evidence", _evidence((c.evidence for c in snapshot.communities), docs))


def _write_reports(
    db: sqlite3.Connection, snapshot: GraphSnapshot, docs: Mapping[str, int], concepts: Mapping[str, int]
) -> None:
    _insert(
        db,
        "merge",
        (
            (i, concepts[m.concept], stored(m.kept), stored(m.merged), stored(m.reason), *_place(m.evidence, docs))
            for i, m in enumerate(snapshot.merges)
        ),
    )
    _insert(db, "skipped", ((i, stored(s.doc), s.line, stored(s.reason)) for i, s in enumerate(snapshot.skipped)))


def _write_vectors(
    db: sqlite3.Connection, vectors: Vectors, concepts: Mapping[str, int], passages: Mapping[str, int]
) -> None:
    """One row for each vector: a blob may contain 10^9 bytes, which a matrix of 250 000 × 1024 numbers exceeds."""
    _insert(db, "encoder", [(stored(vectors.encoder), vectors.passages.shape[1], vectors.state)])
    _insert(db, "concept_vector", _vector_rows(vectors.concept_ids, vectors.concepts, concepts))
    _insert(db, "passage_vector", _vector_rows(vectors.passage_ids, vectors.passages, passages))


def _vector_rows(ids: Iterable[str], rows: NDArray[np.float32], places: Mapping[str, int]) -> Iterator[Row]:
    for i, item in enumerate(ids):
        yield i, places[item], rows[i].astype("<f4").tobytes()


def _verify(path: Path, snapshot: GraphSnapshot) -> None:
    """Raise :class:`sqlite3.DatabaseError` unless the file is sound and has a row for each thing of the snapshot."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the new file is damaged ({verdict})")
        for table, wanted in (
            ("document", len(snapshot.documents)),
            ("passage", len(snapshot.passages)),
            ("concept", len(snapshot.concepts)),
            ("name", sum(len(c.names) for c in snapshot.concepts)),
            ("mention", sum(len(c.mentions) for c in snapshot.concepts)),
            ("relation", len(snapshot.relations)),
            ("relation_evidence", sum(len(r.evidence) for r in snapshot.relations)),
            ("prerequisite", len(snapshot.prerequisites)),
            ("community", len(snapshot.communities)),
        ):
            (held,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
            if held != wanted:
                raise sqlite3.DatabaseError(f"the new file has {held} of {wanted} rows of {table}")
