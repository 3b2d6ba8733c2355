"""What was extracted of each note, kept from build to build: only notes that are new or were edited are read again.

The results are in one SQLite file, each under a checksum of all that it depends on: the note's text and name, the
lexicon, the trained models, the code and its libraries. Nothing else decides whether a result is used, so that renamed,
restored and copied notes, other packs and other versions need no special treatment. The file can be deleted at any
time. It is never trusted: each result is authenticated with a secret of the user, and reading one runs nothing
(:mod:`extract.packing`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from extract.execution.versions import extractor_versions
from extract.knowledge.lexicon import LexiconChoice
from extract.notes.files import SourceFile
from extract.packing import NotPacked, PackedNote, opened

FILE: Final = "notes.db"
"""Name of the file in the cache's folder."""
GENEROUS: Final = 4
"""The file may become so many times as large as the results of one build, and at least :data:`LEAST_BYTES`."""
LEAST_BYTES: Final = 64_000_000
PATIENCE: Final = 10.0
"""Seconds that another build may keep the file busy; then this build goes on without it."""
AT_ONCE: Final = 400
"""Results that are read in one query, and are in memory at once in packed form."""
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS result (
    key TEXT PRIMARY KEY,
    checksum BLOB NOT NULL,
    data BLOB NOT NULL,
    used INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS result_used ON result (used);
"""
_READ: Final = """
SELECT key, checksum, data FROM result WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key
"""
_SIZES: Final = """
SELECT coalesce(sum(length(data)) FILTER (WHERE used = ?), 0), coalesce(sum(length(data)), 0) FROM result
"""
_OLDEST: Final = "SELECT rowid, length(data) FROM result ORDER BY used, key"
_MOST_RUNS: Final = 2**40
_FORMAT: Final = 2
"""``PRAGMA user_version`` of the file; one of another format is recreated."""


@dataclass(slots=True)
class NoteCache:
    """The results of earlier builds. Make it with :func:`open_cache`."""

    file: Path
    connection: sqlite3.Connection | None
    """None where the file cannot be used."""
    reused: int = 0
    """Notes whose result was used."""
    damaged: int = 0
    """Results that were there and could not be used."""
    problem: str = ""
    """Why the file cannot be used, or could not be written; empty where it can."""
    secret: bytes = b""
    """What checksums are made with; see :func:`open_cache`."""
    context: bytes = b""
    """Checksum of what results depend on besides their note; see :meth:`uses`."""
    _run: int = field(default=0)

    def uses(self, lexicon: LexiconChoice) -> None:
        """From here on results are those of a build with ``lexicon``."""
        self.context = _context(lexicon)

    def key(self, note: SourceFile) -> str:
        """What the result of ``note`` is kept under, 64 hexadecimal digits."""
        digest = hashlib.sha256(self.context)
        digest.update(f"{note.id}\0".encode("utf-8", "surrogatepass"))
        digest.update(note.text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def read(self, notes: Sequence[SourceFile]) -> Iterator[tuple[int, PackedNote]]:
        """The results that are there, each with the number of its note in ``notes``.

        What is damaged counts as missing.
        """
        keys = [self.key(note) for note in notes]
        for start in range(0, len(keys), AT_ONCE):
            part = keys[start : start + AT_ONCE]
            numbers = {key: start + n for n, key in enumerate(part)}
            for key, checksum, data in self._rows(part):
                try:
                    if not self._is_ours(key, checksum, data):
                        raise NotPacked("its checksum is another")
                    found = opened(data, notes[numbers[key]].text)
                except (NotPacked, TypeError):
                    self.damaged += 1
                    continue
                self.reused += 1
                yield numbers[key], found
            self._mark(part)

    def write(self, results: Iterable[tuple[SourceFile, bytes]]) -> None:
        """Keep what :func:`extract.packing.pack` made of each note."""
        self.keep((self.key(note), data) for note, data in results)

    def find(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Those of other results that are there, by key. What is damaged counts as missing."""
        found: dict[str, bytes] = {}
        for start in range(0, len(keys), AT_ONCE):
            part = keys[start : start + AT_ONCE]
            for key, checksum, data in self._rows(part):
                if self._is_ours(key, checksum, data):
                    found[key] = data
                else:
                    self.damaged += 1
            self._mark(part)
        return found

    def keep(self, results: Iterable[tuple[str, bytes]]) -> None:
        """Keep other results under keys that depend on all that they depend on."""
        rows = ((key, self._checksum(key, data), data, self._run) for key, data in results)
        while self.connection is not None and (some := list(islice(rows, AT_ONCE))):
            with self._guarded():
                self.connection.executemany("INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?)", some)

    def trim(self) -> None:
        """Forget what was not used for longest, down to the size that is allowed, and write the rest to the disk."""
        if self.connection is None:
            return
        with self._guarded():
            own, every = self.connection.execute(_SIZES, (self._run,)).fetchone()
            over = every - max(GENEROUS * own, LEAST_BYTES)
            gone = []
            for row, size in self.connection.execute(_OLDEST).fetchall() if over > 0 else ():
                if over <= 0:
                    break
                gone.append((row,))
                over -= size
            self.connection.executemany("DELETE FROM result WHERE rowid = ?", gone)

    def _checksum(self, key: str, data: bytes) -> bytes:
        """Of a result and the key that it belongs to; nobody can make it who does not have the secret."""
        return hmac.digest(self.secret, key.encode() + b"\0" + data, "sha256")

    def _is_ours(self, key: str, checksum: object, data: object) -> bool:
        """Whether the result is whole, belongs to the key, and was written with the same secret."""
        return (
            isinstance(checksum, bytes)
            and isinstance(data, bytes)
            and hmac.compare_digest(self._checksum(key, data), checksum)
        )

    def _rows(self, keys: Sequence[str]) -> list[tuple[str, bytes, bytes]]:
        if self.connection is None:
            return []
        with self._guarded():
            return self.connection.execute(_READ, (json.dumps(keys),)).fetchall()
        return []

    def _mark(self, keys: Sequence[str]) -> None:
        if self.connection is None:
            return
        with self._guarded():
            self.connection.executemany("UPDATE result SET used = ? WHERE key = ?", ((self._run, k) for k in keys))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Commit what the block does; where the file fails, say so, and do without it from there on."""
        connection = self.connection
        if connection is None:
            return
        try:
            with connection:
                yield
        except sqlite3.Error as error:
            self.problem = str(error)
            self.connection = None
            with suppress(sqlite3.Error):
                connection.close()
            if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                _discard(self.file)  # its bytes are damaged: the next build begins anew


@contextmanager
def open_cache(folder: Path, secret: bytes = b"") -> Iterator[NoteCache]:
    """The cache in ``folder``, which is created if it is missing.

    A file that is damaged, cut off or of another format is recreated. Where it cannot be used,
    :attr:`NoteCache.problem` says why, and the build goes on without it.

    Args:
        folder: where the file is.
        secret: what checksums are made with. A folder of notes may come from somebody else, with a cache in it: results
            that were not written with this secret are not used. Without a secret, checksums tell damage only.
    """
    file = folder / FILE
    found = NoteCache(file, None, secret=secret)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink() or file.is_symlink():
            raise OSError("it is a link to another place")
        with suppress(FileExistsError), (folder / ".gitignore").open("x", encoding="utf-8") as ignored:
            ignored.write("*\n")
        found.connection = _opened(file)
        found._run = 1 + _last_run(found.connection)
    except (OSError, sqlite3.Error) as error:
        found.problem = str(error) or type(error).__name__
        found.connection = None
    try:
        yield found
        found.trim()
    finally:
        if found.connection is not None:
            found.connection.close()


def _context(lexicon: LexiconChoice) -> bytes:
    """Checksum of all that extraction depends on besides the note. The models are those of the package."""
    facts: Mapping[str, object] = {
        "versions": dict(extractor_versions()),
        "packs": lexicon.packs,
        "files": len(lexicon.files),
        "sha256": lexicon.sha256,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).digest()


def _opened(file: Path) -> sqlite3.Connection:
    """The file, made anew where it is damaged or of another format.

    Raises:
        OSError: it cannot be replaced.
        sqlite3.Error: it cannot be used.
    """
    try:
        return _connected(file)
    except sqlite3.OperationalError:
        raise  # busy, no permission, a full disk: what is in it may be right
    except sqlite3.DatabaseError:
        _discard(file)
        return _connected(file)


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=PATIENCE)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # what a power cut leaves half-written is recreated
        (kind,) = connection.execute("PRAGMA user_version").fetchone()
        if kind not in (0, _FORMAT):
            raise sqlite3.DatabaseError("a file of another format")
        with connection:
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
        _last_run(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _last_run(connection: sqlite3.Connection) -> int:
    """Number of the last build that used the file.

    Raises:
        sqlite3.DatabaseError: it is no number that this program writes.
    """
    (last,) = connection.execute("SELECT coalesce(max(used), 0) FROM result").fetchone()
    if not isinstance(last, int) or not 0 <= last < _MOST_RUNS:
        raise sqlite3.DatabaseError("a file of another program")
    return last


def _discard(file: Path) -> None:
    """Remove the file; where another build has it open on Windows, it stays until that has ended."""
    for path in (file, file.with_name(f"{FILE}-journal")):
        with suppress(OSError):
            path.unlink()
