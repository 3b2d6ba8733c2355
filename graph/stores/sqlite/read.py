"""The rows of one SQLite file become values again."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.errors import StoreError
from graph.model import (
    Basis,
    Community,
    Concept,
    ConceptKind,
    Document,
    Evidence,
    Layout,
    Mention,
    Merge,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
    Skipped,
    Vectors,
)
from graph.places import starts_of_text
from graph.stores.contract import Link
from graph.stores.packed_layout import unpack_layout
from graph.stores.packed_lines import unpack
from graph.stores.sqlite.file import loaded, open_for_reading, stored
from graph.stores.terms import is_prefix

Row: TypeAlias = tuple[Any, ...]
Identity: TypeAlias = tuple[int, int, int, int]
"""Device, inode, time of change and size of a file: another file under the same name differs in one of them."""


def identity_of(path: Path) -> Identity | None:
    """What tells this file from the one that may replace it; None where there is none."""
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_dev, now.st_ino, now.st_mtime_ns, now.st_size


_TYPES: Final = {t.value: t for t in RelationType}
_BASES: Final = {b.value: b for b in Basis}


class SqliteReader:
    """One build of a graph, open for reading.

    ``positions`` are places in the snapshot, 0-based; results come in their order.
    """

    def __init__(self, path: Path, db: sqlite3.Connection, identity: Identity | None) -> None:
        self.path = path
        self.identity = identity
        self.users = 0
        """Number of calls and blocks that read from it just now."""
        self._db = db
        self._lock = threading.RLock()

    @classmethod
    def of(cls, path: Path) -> Self:
        """Open ``path``. Raises what :func:`graph.stores.sqlite.file.open_for_reading` raises."""
        identity = identity_of(path)  # before opening: a file that comes in between is then noticed at the next call
        return cls(path, open_for_reading(path), identity)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def rows(self, sql: str, *values: object) -> list[Row]:
        """All rows of a query."""
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as e:
            raise StoreError(f"Cannot read the graph {self.path}: {e}. Build it again.") from e

    def rows_at(self, sql: str, positions: Iterable[int], *values: object) -> list[Row]:
        """All rows of a query whose first parameter is a JSON array, for ``IN (SELECT value FROM json_each(?))``."""
        return self.rows(sql, json.dumps(list(positions)), *values)

    def positions_of(self, table: str, ids: Iterable[str]) -> list[int]:
        """Positions of these ids in ``table``, rising; unknown ids are left out."""
        found: list[int] = []
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), 500):  # SQLite takes a limited number of parameters
            some = wanted[start : start + 500]
            marks = ", ".join("?" * len(some))
            query = f"SELECT position FROM {table} WHERE id IN ({marks})"  # noqa: S608 our own names and marks
            found += (p for (p,) in self.rows(query, *map(stored, some)))
        return sorted(found)

    def size(self, table: str) -> int:
        """Number of rows of ``table``; its positions are 0..size-1."""
        ((size,),) = self.rows(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(size)

    def settings(self) -> dict[str, str]:
        """How the graph was built."""
        return {loaded(name): loaded(value) for name, value in self.rows("SELECT name, value FROM setting")}

    # ---- positions: which rows a question is about
    # --------------------------------------------------------------------

    def relations_of_types(self, types: Collection[RelationType]) -> list[int]:
        """Positions of the relations of these types."""
        rows = self.rows(
            "SELECT position FROM relation WHERE type IN (SELECT value FROM json_each(?)) ORDER BY position",
            _types(types),
        )
        return [position for (position,) in rows]

    def relations_at(self, concepts: Iterable[int], *, types: Collection[RelationType] | None = None) -> list[int]:
        """Positions of the relations (of these types) that have one of ``concepts`` as head or tail."""
        rows = self.rows_at(
            "WITH here AS MATERIALIZED (SELECT value AS concept FROM json_each(?1))"
            " SELECT position FROM relation WHERE head IN here AND (?2 IS NULL OR type IN (SELECT value FROM "
            "json_each(?2)))"
            " UNION SELECT position FROM relation WHERE tail IN here AND (?2 IS NULL OR type IN (SELECT value FROM "
            "json_each(?2)))",
            concepts,
            None if types is None else _types(types),
        )
        return [position for (position,) in rows]

    def relations_between(self, concepts: Iterable[int], *, types: Collection[RelationType] | None = None) -> list[int]:
        """Positions of the relations (of these types) whose head and tail are both among ``concepts``.

        ``+tail`` keeps SQLite from looking up every pair of ``concepts`` in the index: of a thousand there are a
        million.
        """
        rows = self.rows_at(
            "WITH here AS MATERIALIZED (SELECT value AS concept FROM json_each(?1))"
            " SELECT position FROM relation WHERE head IN here AND +tail IN here"
            " AND (?2 IS NULL OR type IN (SELECT value FROM json_each(?2)))",
            concepts,
            None if types is None else _types(types),
        )
        return [position for (position,) in rows]

    def prerequisites_between(self, concepts: Iterable[int]) -> list[int]:
        """Positions of the prerequisite edges whose ends are both among ``concepts``."""
        rows = self.rows_at(
            "WITH here AS MATERIALIZED (SELECT value AS concept FROM json_each(?1))"
            " SELECT position FROM prerequisite WHERE after IN here AND +before IN here",
            concepts,
        )
        return [position for (position,) in rows]

    def neighbours(self, concepts: Iterable[int]) -> list[int]:
        """Positions of the concepts that one of ``concepts`` has a relation with, rising."""
        rows = self.rows_at(
            "WITH here AS MATERIALIZED (SELECT value AS concept FROM json_each(?1))"
            " SELECT tail FROM relation WHERE head IN here UNION SELECT head FROM relation WHERE tail IN here",
            concepts,
        )
        return sorted(concept for (concept,) in rows)

    def closure(self, concept: int, *, unlocks: bool) -> list[int]:
        """Positions of all prerequisite edges that lead to ``concept``, or with ``unlocks`` on from it."""
        rows = self.rows(
            "WITH RECURSIVE reached (concept) AS (VALUES (?1) UNION SELECT p.after FROM reached CROSS JOIN "
            "prerequisite AS p"
            " ON p.before = reached.concept) SELECT p.position FROM reached CROSS JOIN prerequisite AS p ON p.before = "
            "reached.concept"
            if unlocks
            else "WITH RECURSIVE reached (concept) AS (VALUES (?1) UNION SELECT p.before "
            "FROM reached CROSS JOIN prerequisite AS p"
            " ON p.after = reached.concept) SELECT p.position FROM reached CROSS JOIN prerequisite AS p ON p.after = "
            "reached.concept",
            concept,
        )
        return [position for (position,) in rows]

    def match(self, terms: Sequence[str], joined: str, limit: int) -> list[tuple[int, float]]:
        """(position, score) of the passages that contain ``terms``, ``" AND "`` or ``" OR "`` joined, best first.

        Every term is quoted, so none is read as FTS5 syntax; terms hold no quotation marks
        (:func:`graph.stores.terms.query_terms`).
        """
        rows = self.rows(
            "SELECT rowid, -bm25(passage_terms) AS score FROM passage_terms WHERE passage_terms MATCH ? ORDER BY score "
            "DESC, rowid LIMIT ?",
            joined.join(f'"{term}" *' if is_prefix(term) else f'"{term}"' for term in terms),
            limit,
        )
        return [(position, score) for position, score in rows]

    @cached_property
    def build(self) -> str:
        """Id of the build."""
        ((build,),) = self.rows("SELECT value FROM meta WHERE name = 'build'")
        return str(build)

    @cached_property
    def doc_ids(self) -> list[str]:
        """Ids of the documents by position."""
        return [loaded(i) for (i,) in self.rows("SELECT id FROM document ORDER BY position")]

    @cached_property
    def _spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each passage where it begins, as document << 32 | line, ascending; and where it ends."""
        rows = self.rows("SELECT doc << 32 | first_line, doc << 32 | last_line FROM passage ORDER BY position")
        first, last = np.asarray(rows, dtype=np.int64).reshape(-1, 2).T
        return first, last

    def passage_ids(self, places: Sequence[tuple[str, int]]) -> list[str | None]:
        """For each (document, line) the id of the passage that it is in; None where it is in none."""
        first, last = self._spans
        number = {doc: n for n, doc in enumerate(self.doc_ids)}
        wanted = [number.get(doc, -1) << 32 | line if 0 < line < 1 << 32 else -1 for doc, line in places]
        at = np.searchsorted(first, np.asarray(wanted, dtype=np.int64), side="right") - 1
        inside = [n if n >= 0 and place <= last[n] else -1 for n, place in zip(at.tolist(), wanted, strict=True)]
        ids = {
            n: loaded(i)
            for n, i in self.rows_at(
                "SELECT position, id FROM passage WHERE position IN (SELECT value FROM json_each(?))",
                sorted(set(inside)),
            )
        }
        return [ids.get(n) for n in inside]

    @cached_property
    def concept_ids(self) -> list[str]:
        """Ids of the concepts by position.

        Looked up here, not joined: rows get shorter and a third of the time is saved.
        """
        return [loaded(i) for (i,) in self.rows("SELECT id FROM concept ORDER BY position")]

    def _evidence(self, doc: int, line: int, quote: str | bytes) -> Evidence:
        return Evidence(self.doc_ids[doc], line, loaded(quote))

    def _evidence_at(self, table: str, owners: Sequence[int]) -> dict[int, list[Evidence]]:
        found: dict[int, list[Evidence]] = defaultdict(list)
        wanted = "owner IN (SELECT value FROM json_each(?)) ORDER BY owner, ordinal"
        sql = f"SELECT owner, doc, line, quote FROM {table} WHERE {wanted}"  # noqa: S608
        for owner, doc, line, quote in self.rows_at(sql, owners):
            found[owner].append(self._evidence(doc, line, quote))
        return found

    def documents(self) -> list[Document]:
        """All documents."""
        rows = self.rows("SELECT id, title, sha256, lines, lang, unit, starts FROM document ORDER BY position")
        return [
            Document(loaded(i), loaded(title), loaded(sha256), lines, lang, unit, starts_of_text(starts))
            for i, title, sha256, lines, lang, unit, starts in rows
        ]

    def passages(self, positions: Iterable[int]) -> list[Passage]:
        """The passages at ``positions``."""
        at = sorted(positions)
        headings: dict[int, list[str]] = defaultdict(list)
        for passage, title in self.rows_at(
            "SELECT passage, title FROM heading WHERE passage IN (SELECT value FROM json_each(?)) ORDER BY passage, "
            "ordinal",
            at,
        ):
            headings[passage].append(loaded(title))
        rows = self.rows_at(
            "SELECT position, id, doc, first_line, last_line, text, line_codes FROM passage"
            " WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position",
            at,
        )
        found = []
        for position, i, doc, first, last, text, codes in rows:
            path, words = tuple(headings.get(position, ())), loaded(text)
            found.append(Passage(loaded(i), self.doc_ids[doc], first, last, path, words, unpack(words, loaded(codes))))
        return found

    def concepts(self, positions: Iterable[int]) -> list[Concept]:
        """The concepts at ``positions``."""
        at = sorted(positions)
        names: dict[int, list[str]] = defaultdict(list)
        for concept, form in self.rows_at(
            "SELECT concept, form FROM name WHERE concept IN (SELECT value FROM json_each(?)) ORDER BY concept, "
            "ordinal",
            at,
        ):
            names[concept].append(loaded(form))
        docs = self.doc_ids
        mentions: dict[int, list[Mention]] = defaultdict(list)
        for concept, doc, line, form in self.rows_at(
            "SELECT concept, doc, line, form FROM mention WHERE concept IN (SELECT value FROM json_each(?)) ORDER BY "
            "concept, ordinal",
            at,
        ):
            mentions[concept].append(Mention(docs[doc], line, loaded(form)))
        rows = self.rows_at(
            "SELECT position, id, kind, salience, doc, line, quote, confidence FROM concept"
            " WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position",
            at,
        )
        return [
            Concept(
                id=loaded(i),
                name=names[position][0],
                aliases=tuple(names[position][1:]),
                kind=ConceptKind(kind),
                salience=salience,
                definition=None if doc is None else self._evidence(doc, line, quote),
                mentions=tuple(mentions.get(position, ())),
                confidence=confidence,
            )
            for position, i, kind, salience, doc, line, quote, confidence in rows
        ]

    def relations(self, positions: Iterable[int]) -> list[Relation]:
        """The relations at ``positions``."""
        at = sorted(positions)
        evidence = self._evidence_at("relation_evidence", at)
        ids = self.concept_ids if at else []
        rows = self.rows_at(
            "SELECT position, head, type, tail, confidence, origin, basis FROM relation"
            " WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position",
            at,
        )
        return [
            Relation(
                ids[head],
                _TYPES[kind],
                ids[tail],
                confidence,
                loaded(origin),
                _BASES[basis],
                tuple(evidence.get(position, ())),
            )
            for position, head, kind, tail, confidence, origin, basis in rows
        ]

    def links(self, concepts: Iterable[int], *, types: Collection[RelationType] | None) -> list[Link]:
        """The relations (of these types) that have one of ``concepts`` as head or tail, as steps."""
        ids = self.concept_ids
        rows = self.rows_at(
            "WITH here AS MATERIALIZED (SELECT value AS concept FROM json_each(?1))"
            " SELECT head, type, tail, confidence FROM relation WHERE head IN here"
            " UNION SELECT head, type, tail, confidence FROM relation WHERE tail IN here",
            concepts,
        )
        return [
            (ids[head], _TYPES[kind], ids[tail], confidence)
            for head, kind, tail, confidence in rows
            if types is None or _TYPES[kind] in types
        ]

    def prerequisites(self, positions: Iterable[int]) -> list[Prerequisite]:
        """The prerequisite edges at ``positions``."""
        at = sorted(positions)
        evidence = self._evidence_at("prerequisite_evidence", at)
        reasons: dict[int, list[str]] = defaultdict(list)
        for edge, code in self.rows_at(
            "SELECT prerequisite, code FROM reason WHERE prerequisite IN (SELECT value FROM json_each(?)) ORDER BY "
            "prerequisite, ordinal",
            at,
        ):
            reasons[edge].append(loaded(code))
        rows = self.rows_at(
            "SELECT position, before, after, confidence FROM prerequisite"
            " WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position",
            at,
        )
        ids = self.concept_ids if at else []
        return [
            Prerequisite(ids[before], ids[after], confidence, tuple(reasons.get(p, ())), tuple(evidence.get(p, ())))
            for p, before, after, confidence in rows
        ]

    def communities(self, level: int | None) -> list[Community]:
        """The communities of one level (None: all)."""
        rows = self.rows(
            "SELECT position, id, level, parent, title, summary FROM community WHERE ?1 IS NULL OR level = ?1 ORDER BY "
            "position",
            level,
        )
        at = [row[0] for row in rows]
        evidence = self._evidence_at("community_evidence", at)
        members: dict[int, list[str]] = defaultdict(list)
        for community, concept in self.rows_at(
            "SELECT community, concept FROM member WHERE community IN (SELECT value FROM json_each(?)) ORDER BY "
            "community, ordinal",
            at,
        ):
            members[community].append(self.concept_ids[concept])
        return [
            Community(
                i, lv, parent, loaded(title), loaded(summary), tuple(members.get(p, ())), tuple(evidence.get(p, ()))
            )
            for p, i, lv, parent, title, summary in rows
        ]

    def merges(self, concept: int | None) -> list[Merge]:
        """The merge report of the concept at this position (None: all)."""
        rows = self.rows(
            "SELECT c.id, m.kept, m.merged, m.reason, m.doc, m.line, m.quote FROM merge AS m"
            " CROSS JOIN concept AS c ON c.position = m.concept WHERE ?1 IS NULL OR m.concept = ?1 ORDER BY m.position",
            concept,
        )
        return [
            Merge(
                loaded(i),
                loaded(kept),
                loaded(merged),
                loaded(reason),
                None if doc is None else self._evidence(doc, line, quote),
            )
            for i, kept, merged, reason, doc, line, quote in rows
        ]

    def skipped(self) -> list[Skipped]:
        """What of the input is not in the graph."""
        rows = self.rows("SELECT doc, line, reason FROM skipped ORDER BY position")
        return [Skipped(loaded(doc), line, loaded(reason)) for doc, line, reason in rows]

    @cached_property
    def vectors(self) -> Vectors | None:
        """The vectors, read once; their arrays are read-only."""
        head = self.rows("SELECT name, dim, state FROM encoder")
        if not head:
            return None
        ((name, dim, state),) = head
        concepts = self.rows("SELECT concept, numbers FROM concept_vector ORDER BY position")
        passages = self.rows(
            "SELECT p.id, v.numbers FROM passage_vector AS v CROSS JOIN passage AS p ON p.position = v.passage ORDER "
            "BY v.position"
        )
        return Vectors(
            encoder=loaded(name),
            concept_ids=tuple(self.concept_ids[concept] for concept, _ in concepts),
            concepts=_matrix([numbers for _, numbers in concepts], dim),
            passage_ids=tuple(loaded(i) for i, _ in passages),
            passages=_matrix([numbers for _, numbers in passages], dim),
            state=state,
        )

    def index_parts(self, names: Collection[str]) -> dict[str, bytes]:
        """Those of these parts of the index that are there and are bytes."""
        rows = self.rows(
            "SELECT name, data FROM index_part WHERE name IN (SELECT value FROM json_each(?))",
            json.dumps(list(names)),
        )
        return {name: data for name, data in rows if isinstance(data, bytes)}

    @cached_property
    def layout(self) -> Layout | None:
        """The layout, read once; its arrays are read-only."""
        found = self.rows("SELECT packed FROM layout")
        return unpack_layout(found[0][0], self.concept_ids) if found else None


def _matrix(rows: Collection[bytes], dim: int) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(rows), dtype="<f4").reshape(len(rows), dim).astype(np.float32, copy=False)


def _types(types: Collection[RelationType]) -> str:
    """``types`` as a JSON array."""
    return json.dumps(sorted(t.value for t in types))
