"""The SQLite file of a graph: how it is recognised, what tables it has, how it is opened and how it is replaced.

A graph's file is written once, next to the one it replaces, and never changed after it has its name. So readers need no
locks (``immutable=1``), a killed build leaves nothing but a temporary file, and no journal or WAL file can outlive its
database and be replayed into another one.
"""

from __future__ import annotations

import os
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graph.errors import NewerSchema, NotAGraph, PublishError, StoreError
from graph.stores.sqlite.seal import is_whole

if TYPE_CHECKING:
    from filelock import BaseFileLock

APPLICATION_ID: Final = int.from_bytes(b"SATL", "big")
"""Stands in the header of each of our files (``PRAGMA application_id``)."""

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    CREATE TABLE document (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL,
                           lines INTEGER NOT NULL, lang TEXT NOT NULL);
    CREATE TABLE passage (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, doc INTEGER NOT NULL,
                          first_line INTEGER NOT NULL, last_line INTEGER NOT NULL, text TEXT NOT NULL);
    CREATE INDEX passage_doc ON passage (doc);
    CREATE TABLE heading (passage INTEGER NOT NULL, ordinal INTEGER NOT NULL, title TEXT NOT NULL,
                          PRIMARY KEY (passage, ordinal)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE passage_terms USING fts5 (terms, content='', tokenize="ascii tokenchars '+#'");

    CREATE TABLE concept (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, salience REAL NOT NULL,
                          doc INTEGER, line INTEGER, quote TEXT);
    CREATE TABLE name (concept INTEGER NOT NULL, ordinal INTEGER NOT NULL, form TEXT NOT NULL, folded TEXT NOT NULL,
                       PRIMARY KEY (concept, ordinal)) WITHOUT ROWID;
    CREATE INDEX name_folded ON name (folded);
    CREATE TABLE mention (concept INTEGER NOT NULL, ordinal INTEGER NOT NULL, doc INTEGER NOT NULL, line INTEGER NOT NULL,
                          form TEXT NOT NULL, PRIMARY KEY (concept, ordinal)) WITHOUT ROWID;

    CREATE TABLE relation (position INTEGER PRIMARY KEY, head INTEGER NOT NULL, type TEXT NOT NULL, tail INTEGER NOT NULL,
                           confidence REAL NOT NULL, origin TEXT NOT NULL, basis TEXT NOT NULL);
    CREATE INDEX relation_head ON relation (head, tail);
    CREATE INDEX relation_tail ON relation (tail, head);
    CREATE TABLE relation_evidence (owner INTEGER NOT NULL, ordinal INTEGER NOT NULL, doc INTEGER NOT NULL,
                                    line INTEGER NOT NULL, quote TEXT NOT NULL, PRIMARY KEY (owner, ordinal)) WITHOUT ROWID;

    CREATE TABLE prerequisite (position INTEGER PRIMARY KEY, before INTEGER NOT NULL, after INTEGER NOT NULL,
                               confidence REAL NOT NULL);
    CREATE INDEX prerequisite_before ON prerequisite (before);
    CREATE INDEX prerequisite_after ON prerequisite (after);
    CREATE TABLE reason (prerequisite INTEGER NOT NULL, ordinal INTEGER NOT NULL, code TEXT NOT NULL,
                         PRIMARY KEY (prerequisite, ordinal)) WITHOUT ROWID;
    CREATE TABLE prerequisite_evidence (owner INTEGER NOT NULL, ordinal INTEGER NOT NULL, doc INTEGER NOT NULL,
                                        line INTEGER NOT NULL, quote TEXT NOT NULL, PRIMARY KEY (owner, ordinal)) WITHOUT ROWID;

    CREATE TABLE community (position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, level INTEGER NOT NULL, parent TEXT,
                            title TEXT NOT NULL, summary TEXT NOT NULL);
    CREATE TABLE member (community INTEGER NOT NULL, ordinal INTEGER NOT NULL, concept INTEGER NOT NULL,
                         PRIMARY KEY (community, ordinal)) WITHOUT ROWID;
    CREATE TABLE community_evidence (owner INTEGER NOT NULL, ordinal INTEGER NOT NULL, doc INTEGER NOT NULL,
                                     line INTEGER NOT NULL, quote TEXT NOT NULL, PRIMARY KEY (owner, ordinal)) WITHOUT ROWID;

    CREATE TABLE merge (position INTEGER PRIMARY KEY, concept INTEGER NOT NULL, kept TEXT NOT NULL, merged TEXT NOT NULL,
                        reason TEXT NOT NULL, doc INTEGER, line INTEGER, quote TEXT);
    CREATE INDEX merge_concept ON merge (concept);
    CREATE TABLE skipped (position INTEGER PRIMARY KEY, doc TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL);

    CREATE TABLE encoder (name TEXT NOT NULL, dim INTEGER NOT NULL, state BLOB NOT NULL);
    CREATE TABLE concept_vector (position INTEGER PRIMARY KEY, concept INTEGER NOT NULL, numbers BLOB NOT NULL);
    CREATE TABLE passage_vector (position INTEGER PRIMARY KEY, passage INTEGER NOT NULL, numbers BLOB NOT NULL);
    """,
    """
    ALTER TABLE document ADD COLUMN unit TEXT NOT NULL DEFAULT 'line';
    ALTER TABLE document ADD COLUMN starts TEXT NOT NULL DEFAULT '';
    """,
    """
    ALTER TABLE passage ADD COLUMN line_codes TEXT NOT NULL DEFAULT '';
    """,
    """
    ALTER TABLE concept ADD COLUMN confidence REAL NOT NULL DEFAULT 1.0;
    UPDATE concept SET confidence = salience;
    """,
    """
    CREATE TABLE layout (position INTEGER PRIMARY KEY, packed BLOB NOT NULL);
    """,
    """
    CREATE TABLE index_part (name TEXT PRIMARY KEY, data BLOB NOT NULL);
    """,
)
"""The schema: number n takes a file of schema n-1 to schema n. Only ever append. ``position`` is the place in the
snapshot, so that ``ORDER BY position`` is the documented order, whatever SQLite thinks of the text."""

_MAGIC: Final = b"SQLite format 3\0"


def stored(text: str) -> str | bytes:
    """``text`` as SQLite can store it: lone surrogates, which have no UTF-8, make it a blob.

    :func:`loaded` is the way back.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def loaded(value: str | bytes) -> str:
    """The text that :func:`stored` made ``value`` of."""
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")


def schema_of(path: Path) -> int:
    """The schema number of the graph file ``path``.

    Raises:
        StoreError: there is no such file, or it cannot be read.
        NotAGraph: it is something else; the message says what.
        NewerSchema: a newer studyatlas wrote it.
    """
    try:
        if path.is_dir():
            raise NotAGraph(f"{path} is not a studyatlas graph (it is a folder).")
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError as e:
        raise StoreError(f"There is no graph at {path}. Build one with: studyatlas build FOLDER -o {path}") from e
    except OSError as e:
        raise StoreError(f"Cannot read {path}: {e.strerror}.") from e
    if not header.startswith(_MAGIC) or len(header) < 100 or int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise NotAGraph(f"{path} is not a studyatlas graph (it is {_described(header)}).")
    schema = int.from_bytes(header[60:64], "big")
    if schema > len(MIGRATIONS):
        raise NewerSchema(
            f"{path} was written by a newer studyatlas (schema {schema}, this one reads up to {len(MIGRATIONS)}). "
            f"Update studyatlas."
        )
    return schema


def _described(header: bytes) -> str:
    if not header:
        return "an empty file"
    if header.startswith(_MAGIC):
        return "an SQLite database of another program"
    try:
        header[:96].decode("utf-8", "strict" if len(header) < 96 else "ignore")
    except UnicodeDecodeError:
        return "a binary file"
    return "a binary file" if b"\0" in header else "a text file"


def open_for_reading(path: Path) -> sqlite3.Connection:
    """A read-only connection to the graph file ``path``, which other threads may use too, one at a time.

    A file of an older schema is read through a copy in memory that is brought up to date; the file itself stays as it
    is.

    Raises:
        StoreError: the file was damaged after it had been written.
        NotAGraph, NewerSchema: see :func:`schema_of`.
    """
    schema = schema_of(path)
    check_seal(path)
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        db = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        if schema == len(MIGRATIONS):
            return db
        with closing(db):
            copy = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
            db.backup(copy)
        migrate(copy)
    except sqlite3.Error as e:
        raise StoreError(f"Cannot read the graph {path}: {e}. Build it again.") from e
    return copy


def check_seal(path: Path, *, full: bool = False) -> None:
    """Return if ``path`` contains what was written; see :func:`graph.stores.sqlite.seal.is_whole`.

    Raises:
        StoreError: it does not, or it cannot be read.
    """
    try:
        whole = is_whole(path, full=full)
    except OSError as e:
        raise StoreError(f"Cannot read {path}: {e.strerror}.") from e
    if not whole:
        raise StoreError(
            f"Cannot read the graph {path}: it is damaged, its content is not what was written. Build it again."
        )


def migrate(db: sqlite3.Connection) -> None:
    """Bring ``db`` to the newest schema, one transaction for each step."""
    (schema,) = db.execute("PRAGMA user_version").fetchone()
    for number, script in enumerate(MIGRATIONS[schema:], start=schema + 1):
        db.executescript(
            f"BEGIN; {script}; PRAGMA user_version = {number}; PRAGMA application_id = {APPLICATION_ID}; COMMIT;"
        )


def check_writable(path: Path) -> None:
    """Return if a graph can be written to ``path``, as far as can be known before it is written.

    Raises:
        PublishError: the folder is not there or may not be written to, or ``path`` contains something that must not be
            lost.
    """
    folder = path.parent
    if not folder.is_dir():
        missing = "is not a folder" if folder.exists() else "does not exist"
        raise PublishError(f"Cannot store the graph in {path}: {folder} {missing}.")
    if not os.access(folder, os.W_OK):
        raise PublishError(f"Cannot store the graph in {path}: no permission to write in {folder}.")
    try:
        if path.exists() and (path.is_dir() or path.stat().st_size):
            schema_of(path)
    except OSError as e:
        raise PublishError(f"Cannot store the graph in {path}: {e.strerror}.") from e
    except StoreError as e:
        raise PublishError(f"{e} It was not overwritten.") from e


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """The path of a new, empty file next to ``path``.

    When the block ends well, the file takes the place of ``path`` in one step.

    It is on the disk, and so is its name, before this returns. When the block fails, the new file is removed.

    Raises:
        PublishError: the file cannot be made, written or moved; ``path`` is as it was.
    """
    path = path.resolve()  # where path is a link, what it points to is replaced
    check_writable(path)
    remove_leftovers(path)
    new = path.with_name(f"{path.name}.tmp-{uuid.uuid4().hex[:8]}")
    lock = _lock_of(new)
    try:
        lock.acquire()
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield new
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        _flush(new)
        new.replace(path)
        with suppress(OSError):  # some file systems cannot flush a folder; the graph is in its place all the same
            _flush(path.parent)
    except OSError as e:
        raise PublishError(_failed(path, e.strerror or str(e))) from e
    except sqlite3.Error as e:
        full = getattr(e, "sqlite_errorname", "") == "SQLITE_FULL"
        raise PublishError(_failed(path, "the disk is full" if full else str(e))) from e
    finally:
        _discard(new, lock)


def _failed(path: Path, why: str) -> str:
    return f"Cannot store the graph in {path}: {why}." + (" The earlier graph is untouched." if path.exists() else "")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files that killed builds of ``path`` have left: those that no program has locked."""
    pattern = re.compile(
        re.escape(path.name) + r"\.tmp-(?:\d{1,10}-)?[0-9a-f]{8}(?=(?:\.lock)?$)"
    )  # once with a process id
    names = {found.group() for entry in path.parent.iterdir() if (found := pattern.match(entry.name))}
    for new in (path.with_name(name) for name in sorted(names)):
        lock = _lock_of(new)
        with suppress(OSError):  # it is locked, or another user's
            lock.acquire()
            _discard(new, lock)


def _lock_of(new: Path) -> BaseFileLock:
    """The lock of a temporary file, which goes with the program that contains it.

    To acquire a held one is an OSError.
    """
    from filelock import FileLock  # 60 ms: not for people who only read

    return FileLock(new.with_name(f"{new.name}.lock"), blocking=False)


def _discard(new: Path, lock: BaseFileLock) -> None:
    """Remove a temporary file, if it is there, and its lock."""
    with suppress(OSError):  # on Windows a file that somebody has open cannot be removed
        new.unlink(missing_ok=True)
    lock.release()
    with suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
