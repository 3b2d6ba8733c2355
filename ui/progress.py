"""What a learner knows, kept in ``FOLDER/.studyatlas/progress.json`` across rebuilds and renamed concepts.

The file is JSON: ``{"version": 1, "known": [{"id", "name", "aliases": […], "since"}]}``, in the order in which
things were learned. It is read whole and replaced in one step; a program that changes it keeps a lock file from reading
to writing, so that two programs never lose each other's changes. A concept is found again by its id, else by its name,
else by any other name that it ever had. What is no longer in the graph stays in the file. A file that cannot be
understood is an error and is not written to.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from graph.errors import AmbiguousConcept, InputError, NoSuchConcept, ProgressError
from graph.model import Concept
from graph.stores.address import FOLDER, FileAddress, GraphAddress
from graph.stores.contract import GraphStore
from graph.text.json_text import parsed_json
from graph.text.names import fold
from queries.study.likelihood import implied_by

VERSION: Final = 1
NAME: Final = "progress.json"
PATIENCE: Final = 10.0
"""Seconds to wait for another program that is changing the file."""
_KEYS: Final = ("id", "name", "aliases", "since")


@dataclass(frozen=True, slots=True)
class Entry:
    """A concept that was marked as known."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    """Other names that it has or had and no other concept went by, sorted."""
    since: str = ""
    """When it was marked: ISO 8601, UTC; empty where nobody said."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Progress:
    """What is in the file, seen from one graph."""

    path: Path
    known: tuple[tuple[Entry, Concept], ...] = ()
    """What was marked and is in the graph, in the order of the file."""
    unknown: tuple[Entry, ...] = ()
    """What was marked and is not in the graph, or could be several of its concepts."""

    @property
    def marked(self) -> tuple[str, ...]:
        """Ids of the concepts that were marked, as the graph has them, in the order of the file, each once."""
        return tuple(dict.fromkeys(concept.id for _, concept in self.known))

    def implied(self, store: GraphStore) -> frozenset[str]:
        """Ids of the concepts that were not marked but that marked ones surely rest on.

        Whoever knows those knows these.
        """
        edges = {e.key: e for concept in self.marked for e in store.prerequisite_closure(concept)}
        return frozenset(implied_by(self.marked, edges.values()) - set(self.marked))


def progress_path(graph: GraphAddress, source: str, *, given: Path | None = None) -> Path:
    """Where the progress for a graph is kept.

    Args:
        graph: where the graph is.
        source: the folder of notes that it was built from; empty where that is unknown.
        given: a file that the user named; it wins.

    Returns:
        ``given``; else ``progress.json`` next to a graph that lies in a folder ``.studyatlas``; else that of the folder
        of notes.

    Raises:
        ProgressError: the graph lies elsewhere and its notes are not on this machine.
    """
    if given is not None:
        return given
    if isinstance(graph, FileAddress) and graph.path.absolute().parent.name == FOLDER:
        return graph.path.absolute().parent / NAME
    if source and Path(source).is_dir():
        return Path(source) / FOLDER / NAME
    raise ProgressError(
        "It is not known where the notes of this graph are, so neither is where to keep progress. Name a file: "
        "--progress FILE"
    )


def read_progress(path: Path, store: GraphStore) -> Progress:
    """What the learner knows, as ``store`` has it. Without a file nothing is known.

    Raises:
        ProgressError: the file cannot be read or understood.
    """
    return _seen(path, _read(path), store)


def change_progress(
    path: Path, store: GraphStore, *, know: Sequence[str] = (), forget: Sequence[str] = (), now: datetime | None = None
) -> Progress:
    """Mark concepts as known or not known any more, and bring the names of all that is marked up to date.

    Args:
        path: the file; it is made, with its folder, where it is not there.
        store: the graph.
        know: names, aliases or ids. What is known already stays as it is.
        forget: names, aliases or ids, also of entries that the graph does not contain.
        now: what time it is; None: the clock's.

    Raises:
        NoSuchConcept, AmbiguousConcept: a name does not mean exactly one concept (or entry). The file is as it was.
        InputError: something to forget was never marked. The file is as it was.
        ProgressError: the file cannot be read, understood or written. It is as it was.
    """
    concepts = [store.concept(name) for name in know]
    since = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    with _alone(path):
        entries = [_renewed(entry, store) for entry in _read(path)]
        for name in forget:
            entries = _without(entries, name, store)
        held = {entry.id for entry in entries}
        entries += [Entry(c.id, c.name, _own(c, store), since) for c in dict.fromkeys(concepts) if c.id not in held]
        _write(path, _joined(entries))
        return _seen(path, _joined(entries), store)


# ---- matching
# -----------------------------------------------------------------------------------------------------------


def _found(entry: Entry, store: GraphStore) -> Concept | None:
    """The concept of an entry: by id, by name, else the one that most of its other names mean.

    None where that is not one or several.
    """
    same = store.concepts([entry.id])
    if same:
        return same[0]
    with suppress(NoSuchConcept, AmbiguousConcept):
        return store.concept(entry.name)
    votes: dict[str, int] = {}
    for alias in entry.aliases:
        with suppress(NoSuchConcept, AmbiguousConcept):
            meant = store.concept(alias).id
            votes[meant] = votes.get(meant, 0) + 1
    best = [concept for concept, n in votes.items() if n == max(votes.values())]
    return store.concepts(best)[0] if len(best) == 1 else None


def _own(concept: Concept, store: GraphStore) -> tuple[str, ...]:
    """The aliases of a concept that no other concept goes by, sorted.

    Those that still tell it when its name is another.
    """
    return tuple(sorted({a for a in concept.aliases if [c.id for c in store.concepts_named(a)] == [concept.id]}))


def _seen(path: Path, entries: Sequence[Entry], store: GraphStore) -> Progress:
    with store.reading():
        found = [(entry, _found(entry, store)) for entry in entries]
    return Progress(path, tuple((e, c) for e, c in found if c is not None), tuple(e for e, c in found if c is None))


def _renewed(entry: Entry, store: GraphStore) -> Entry:
    """The entry under the id and the name that its concept has now; no name that it ever had is lost."""
    concept = _found(entry, store)
    if concept is None:
        return entry
    names = {*entry.names, *_own(concept, store)} - {concept.name}
    return replace(entry, id=concept.id, name=concept.name, aliases=tuple(sorted(names)))


def _joined(entries: Sequence[Entry]) -> list[Entry]:
    """Entries of one id as one, at the place of the first, with all their names."""
    found: dict[str, Entry] = {}
    for entry in entries:
        first = found.get(entry.id)
        if first is None:
            found[entry.id] = entry
        else:
            names = {*first.names, *entry.names} - {first.name}
            found[entry.id] = replace(first, aliases=tuple(sorted(names)))
    return list(found.values())


def _without(entries: Sequence[Entry], name: str, store: GraphStore) -> list[Entry]:
    """``entries`` without the one that ``name`` means, in the graph or in the file alone.

    Raises:
        NoSuchConcept, AmbiguousConcept, InputError: see :func:`change_progress`.
    """
    ids = {
        e.id for e in entries if name == e.id or (fold(name) in {fold(n) for n in e.names} and _found(e, store) is None)
    }
    if not ids:
        concept = store.concept(name)
        ids = {e.id for e in entries if e.id == concept.id}
        if not ids:
            follows = [e.name for e in entries if concept.id in implied_by([e.id], store.prerequisite_closure(e.id))]
            reason = f"; it follows from {follows[0]!r}, which is" if follows else ""
            raise InputError(f"{concept.name!r} is not marked as known{reason}. Nothing was changed.")
    return [e for e in entries if e.id not in ids]


# ---- the file
# -----------------------------------------------------------------------------------------------------------


def _read(path: Path) -> list[Entry]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ProgressError(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _unusable(path, f"byte {error.start} is not UTF-8") from error
    try:
        value = parsed_json(text)
    except json.JSONDecodeError as error:
        raise _unusable(path, f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except ValueError as error:
        raise _unusable(path, str(error)) from error
    if not isinstance(value, dict) or not isinstance(value.get("version"), int) or isinstance(value["version"], bool):
        raise _unusable(path, 'it has no "version"')
    if value["version"] > VERSION:
        raise ProgressError(
            f"{path} was written by a newer studyatlas (version {value['version']}, this one reads {VERSION}). Update "
            f"it."
        )
    if not isinstance(value.get("known"), list):
        raise _unusable(path, '"known" is not a list')
    if set(value) - {"version", "known"}:
        raise _unusable(path, f"unknown key {min(set(value) - {'version', 'known'})!r}; there are: version, known")
    return [_entry(path, n, item) for n, item in enumerate(value["known"], start=1)]


def _entry(path: Path, number: int, item: Any) -> Entry:
    where = f"entry {number} of known"
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"].strip():
        raise _unusable(path, f'{where} has no "name"')
    if set(item) - set(_KEYS):
        raise _unusable(
            path, f"{where} has the unknown key {min(set(item) - set(_KEYS))!r}; there are: {', '.join(_KEYS)}"
        )
    aliases = item.get("aliases", [])
    texts = [item.get("id", ""), item.get("since", ""), *(aliases if isinstance(aliases, list) else [None])]
    if not all(isinstance(text, str) for text in texts):
        raise _unusable(path, f"{where} contains something other than text")
    return Entry(item.get("id") or fold(item["name"]), item["name"], tuple(aliases), item.get("since", ""))


def _unusable(path: Path, why: str) -> ProgressError:
    return ProgressError(f"{path} cannot be understood: {why}. Mend it or move it away; it was not changed.")


def _write(path: Path, entries: Sequence[Entry]) -> None:
    """Replace the file in one step: it contains either the old or the new entries, whatever happens meanwhile."""
    known = [{"id": e.id, "name": e.name, "aliases": list(e.aliases), "since": e.since} for e in entries]
    value = {"version": VERSION, "known": known}
    try:
        data = json.dumps(value, ensure_ascii=False, indent=1).encode()
    except UnicodeEncodeError:  # a lone surrogate in a name has no UTF-8
        data = json.dumps(value, indent=1).encode()
    path = path.resolve()  # where it is a link, what it points to is replaced
    new = path.with_name(f"{path.name}.tmp-{os.getpid()}-{uuid.uuid4().hex[:8]}")
    try:
        with new.open("xb") as file:
            file.write(data + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        new.replace(path)
    except OSError as error:
        raise ProgressError(f"Cannot write {path}: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of ``path``.

    A file next to it, which stays there, for a lock on a file that is removed protects nothing.

    Raises:
        ProgressError: the folder cannot be written to, or another program holds the lock for too long.
    """
    from filelock import FileLock, Timeout  # 60 ms: not for people who only ask

    path = path.resolve()
    lock = FileLock(path.with_name(path.name + ".lock"), timeout=PATIENCE, poll_interval=0.02, preserve_lock_file=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise ProgressError(
            f"Another program has been changing {path} for {PATIENCE:g} seconds. Nothing was changed; try again."
        ) from error
    except OSError as error:
        raise ProgressError(f"Cannot write {path}: {error.strerror}.") from error
    try:
        yield
    finally:
        lock.release()
