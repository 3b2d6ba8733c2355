"""What was edited by hand in an Obsidian vault of ours, as corrections of the notes.

The vault (:mod:`graph.exchange.vault`) keeps what was exported; what differs from it is what the user knows better:

- a note or its title has another name: ``rename``;
- an alias that was added: ``merge``, where it is a name of another concept, else ``add``;
- an alias that was removed: ``split``;
- another kind: ``kind``;
- a note is gone: ``ignore``, unless its name became another concept's alias: then the two are merged.

Everything else in the notes (text, links, further properties) means nothing here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from extract.knowledge.edit_corrections import Edit
from extract.knowledge.entries import KINDS
from extract.text.keys import key_of
from graph.errors import InputError
from graph.exchange.vault import FORMAT, MANIFEST, escaped
from graph.text.nearest import did_you_mean

_FRONT: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TITLE: Final = re.compile(r"^# +(.*?)[ \t]*\r?$", re.MULTILINE)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_ORDER: Final = ("split", "merge", "add", "rename", "kind", "ignore")


@dataclass(frozen=True, slots=True)
class VaultEdits:
    """What the vault says otherwise than the graph that it was exported from."""

    edits: tuple[Edit, ...]
    """In the order in which they are to be written."""
    unknown: tuple[str, ...]
    """Paths in the vault of notes that were not exported: they are no corrections."""


@dataclass(frozen=True, slots=True)
class _Exported:
    """A concept as it was exported."""

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    path: str

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(map(key_of, (self.name, *self.aliases)))


@dataclass(frozen=True, slots=True)
class _Note:
    """A note as it is now."""

    path: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    """As it is written, markup included."""

    def texts(self, *names: str) -> list[str] | None:
        """The values of the first of these properties that is there; None without any."""
        for name in names:
            if name in self.properties:
                value = self.properties[name]
                items = value if isinstance(value, list) else [value]
                return [item.strip() for item in items if isinstance(item, str) and item.strip()]
        return None


def vault_edits(vault: Path) -> VaultEdits:
    """Compare a vault with what was exported.

    Raises:
        InputError: the folder is not a vault that studyatlas exported, a note cannot be read, or an edit is ambiguous.
    """
    exported, others = _manifest(vault)
    by_id = {one.id: one for one in exported}
    at_path = {_plain(one.path): one.id for one in exported}
    notes: dict[str, _Note] = {}
    unknown = []
    for note in _notes(vault):
        said = note.properties.get("id")
        concept = said if isinstance(said, str) and said else at_path.get(_plain(note.path), "")
        if concept not in by_id:
            if _plain(note.path) not in others:
                unknown.append(note.path)
        elif concept in notes:
            raise InputError(
                f"{vault}: {notes[concept].path} and {note.path} have the same id, {concept!r}. Remove the copy."
            )
        else:
            notes[concept] = note
    edits = list(_edits(exported, notes, vault))
    return VaultEdits(tuple(sorted(edits, key=lambda e: _ORDER.index(e.what))), tuple(unknown))


def _manifest(vault: Path) -> tuple[list[_Exported], set[str]]:
    """The concepts that were exported, and the paths of the other files."""
    path = vault / MANIFEST
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{vault} is not a vault that studyatlas exported: {MANIFEST} is missing.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    try:
        if record["format"] != FORMAT:
            raise InputError(f"{path} is of format {record['format']!r}, not {FORMAT!r}. Export the vault again.")
        concepts = [
            _Exported(said["id"], said["name"], tuple(said["aliases"]), said["kind"], note)
            for note, said in record["notes"].items()
        ]
        return concepts, {_plain(name) for name in record["files"]} - {_plain(one.path) for one in concepts}
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is not what studyatlas wrote ({error!r}). Export the vault again.") from error


def _notes(vault: Path) -> Iterator[_Note]:
    """The notes of the vault in the order of their paths, without hidden folders."""
    for path in sorted(vault.rglob("*.md")):
        relative = path.relative_to(vault)
        if any(part.startswith(".") for part in relative.parts) or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read: {error}.") from error
        yield _parsed(text, relative.as_posix(), path)


def _parsed(text: str, relative: str, path: Path) -> _Note:
    front = _FRONT.match(text)
    properties: Any = {}
    if front is not None:
        try:
            properties = yaml.load(front[1], Loader=yaml.BaseLoader)  # noqa: S506 every scalar stays a string
        except yaml.YAMLError as error:
            raise InputError(f"The properties of {path} are not YAML: {error}.") from error
    title = _TITLE.search(text, front.end() if front else 0)
    return _Note(relative, properties if isinstance(properties, dict) else {}, title[1].strip() if title else "")


def _edits(exported: list[_Exported], notes: Mapping[str, _Note], vault: Path) -> Iterator[Edit]:
    names = Counter(key_of(one.name) for one in exported)
    owners = {key for one in exported for key in one.keys}
    joined = {key for one in exported if one.id in notes for key in _added(one, notes[one.id])}
    for one in exported:
        found = list(_changes(one, notes.get(one.id), owners, joined, vault))
        if found and names[key_of(one.name)] > 1:
            raise InputError(
                f"Several concepts are called {one.name!r}, and corrections go by name. Write what you mean into "
                f"studyatlas.yaml by hand, and undo the change of {one.path}."
            )
        yield from found


def _changes(one: _Exported, note: _Note | None, owners: set[str], joined: set[str], vault: Path) -> Iterator[Edit]:
    """What became of one concept."""
    if note is None:
        if key_of(one.name) not in joined:
            yield Edit("ignore", (one.name,))
        return
    name = _name(one, note, vault)
    if name != one.name:
        yield Edit("rename", (one.name,), name)
    added = _added(one, note)
    known = [alias for key, alias in added.items() if key in owners]
    new = [alias for key, alias in added.items() if key not in owners and key != key_of(name)]
    if known:
        yield Edit("merge", (one.name, *known))
    if new:
        yield Edit("add", (one.name, *new))
    listed = note.texts("aliases", "alias")
    if listed is not None:
        kept = {key_of(alias) for alias in (name, *listed)}
        for alias in one.aliases:
            if key_of(alias) not in kept | {key_of(one.name)}:
                yield Edit("split", (one.name, alias))
    kind = (note.texts("kind") or [one.kind])[0]
    if kind not in KINDS:
        raise InputError(f"{vault / note.path}: unknown kind {kind!r}.{did_you_mean(kind, KINDS)}")
    if kind != one.kind:
        yield Edit("kind", (one.name,), kind)


def _added(one: _Exported, note: _Note) -> dict[str, str]:
    """Key → alias of those that the note has and the concept had not."""
    found: dict[str, str] = {}
    for alias in note.texts("aliases", "alias") or []:
        if key_of(alias) not in one.keys:
            found.setdefault(key_of(alias), alias)
    return found


def _name(one: _Exported, note: _Note, vault: Path) -> str:
    """The concept's name now: the file's where the file was renamed, else the title's where that was changed.

    Raises:
        InputError: both were changed, to different names.
    """
    stem = _plain(PurePosixPath(note.path).stem)
    moved = stem != _plain(PurePosixPath(one.path).stem)
    title = " ".join(_ESCAPED.sub(r"\1", note.title).split())
    retitled = bool(title) and title != one.name and note.title != escaped(one.name)
    if moved and retitled and _plain(title) != stem:
        raise InputError(
            f"{vault / note.path}: the file is called {stem!r} and its title is {title!r}, and {one.name!r} was "
            "exported. Give both the new name."
        )
    return title if retitled else stem if moved else one.name


def _plain(text: str) -> str:
    """``text`` as systems compare names of files: macOS decomposes letters."""
    return unicodedata.normalize("NFC", text)
