"""What a folder contains: the files to read as notes, and everything else by the reason why it is not read."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from extract.notes.collection_files import about_collection, purpose_of
from extract.notes.files import natural_key
from extract.notes.formats.registry import CORE_SUFFIXES, is_installed, suffix_of
from graph.errors import InputError, NoNotesError
from graph.model import Skipped

MACHINE_FOLDERS: Final = frozenset(
    [
        "node_modules",
        "bower_components",
        "__pycache__",
        "site-packages",
        "venv",
        "env.bak",
        "_site",
        "jupyter_execute",
        "$recycle.bin",
        "__macosx",
    ]
)
"""Folders that programs fill, like those whose names begin with a dot (.git, .obsidian, .trash, .venv)."""
_LOGSEQ_COPIES: Final = frozenset(["bak", "version-files"])
_COPIES: Final = "a folder of older versions that Logseq keeps"
OWN_FOLDER: Final = ".studyatlas"
"""Where the graph goes by default: it is not part of the notes, and no build mentions it."""
_KNOWN: Final = frozenset(
    [
        "studyatlas.yaml",
        "_meta.json",
        "_meta.js",
        "_meta.ts",
        "_category_.json",
        "_category_.yml",
        "_toctree.yml",
        "_toc.yml",
        "mkdocs.yml",
    ]
)
"""Files that a build reads for something else: corrections, and the order of the notes."""
NO_ENDING: Final = "no ending"
_LINK_OUT: Final = "a link out of the folder; build with --everything to follow it"


@dataclass(frozen=True, slots=True)
class Inventory:
    """All entries of a folder, each in one of the fields."""

    notes: tuple[Path, ...]
    """Files to read, in natural order."""
    left_out: tuple[Skipped, ...] = ()
    """Folders, links, special files and files about the collection that are not read, by path."""
    unread: Mapping[str, int] = field(default_factory=dict)
    """Lower-case ending (``.png``) → number of files that are not notes, by ending."""
    needs_extra: Mapping[str, int] = field(default_factory=dict)
    """The same for files that could be read if the extra ``files`` were installed."""


def find_notes(folder: Path) -> list[Path]:
    """The notes of :func:`take_inventory`."""
    return list(take_inventory(folder).notes)


def take_inventory(folder: Path, *, everything: bool = False) -> Inventory:
    """Look through ``folder`` and its sub-folders, in natural order (2 before 10, 第二章 before 第十章).

    A single file is taken as it is. Links inside of the folder are followed, but no folder is entered twice.
    Folders that may not be listed and links to nothing are among the notes, so that
    :func:`extract.notes.files.read_note` can say what is missing. No file is opened.

    Args:
        folder: the notes, or one note.
        everything: also enter hidden folders and those that programs fill, and follow links out of the folder.

    Raises:
        InputError: there is no such file or folder, or the file has an ending that cannot be read.
        NoNotesError: the folder has no notes.
    """
    _check(folder)
    if not folder.is_dir():
        return Inventory((folder,))
    found = _Search(folder, everything=everything)
    found.run()
    if not found.notes:
        raise NoNotesError(_no_notes(folder, found))
    key = {path: natural_key(path.relative_to(folder).as_posix()) for path in found.notes}
    return Inventory(
        tuple(sorted(found.notes, key=lambda path: key[path])),
        tuple(sorted(found.left_out, key=lambda s: s.doc)),
        dict(sorted(found.unread.items())),
        dict(sorted(found.needs_extra.items())),
    )


def is_read_by_default(name: str) -> bool:
    """Whether a folder or file of this name is looked at: not what is hidden, nor a folder that a program fills."""
    return not name.startswith(".") and name.casefold() not in MACHINE_FOLDERS


def counted(endings: Mapping[str, int]) -> str:
    """Endings with their numbers: ``.canvas 1, .png 5``."""
    return ", ".join(f"{ending} {number}" for ending, number in sorted(endings.items()))


def _check(folder: Path) -> None:
    """Raise InputError unless ``folder`` is a folder or a single note."""
    try:
        status = folder.stat()
    except OSError as e:
        if not folder.is_symlink() and not folder.exists():
            raise InputError(f"There is no folder {folder}. Give a folder of notes, or a single note.") from None
        raise InputError(f"{folder} cannot be read: {e.strerror}.") from None
    if stat.S_ISDIR(status.st_mode):
        return
    ending = suffix_of(folder.name)
    if ending not in CORE_SUFFIXES and not is_installed(ending):
        raise InputError(
            f"{folder} is not a note file; expected a name ending in {', '.join(CORE_SUFFIXES)}. "
            "Give a folder of notes, or a single note."
        )


def _no_notes(folder: Path, found: _Search) -> str:
    suffixes = ", ".join(CORE_SUFFIXES)
    others = found.unread + found.needs_extra
    seen = f" It has other files: {counted(others)}." if others else ""
    return f"No notes in {folder}: no file ends in {suffixes}.{seen} Give the folder that contains your notes."


class _Search:
    """A walk through a folder, real folders first: a link never takes the place of the folder it leads to."""

    def __init__(self, root: Path, *, everything: bool) -> None:
        self.root = root
        self.real_root = Path(os.path.realpath(root))
        self.everything = everything
        self.notes: list[Path] = []
        self.left_out: list[Skipped] = []
        self.unread: Counter[str] = Counter()
        self.needs_extra: Counter[str] = Counter()
        self._waiting = [root]
        self._links: list[Path] = []

    def run(self) -> None:
        """Visit every folder once."""
        visited: set[tuple[int, int]] = set()
        while self._waiting or self._links:
            here = self._waiting.pop() if self._waiting else self._links.pop(0)
            try:
                status = here.stat()
                if (status.st_dev, status.st_ino) in visited:
                    continue
                visited.add((status.st_dev, status.st_ino))
                with os.scandir(here) as listing:
                    entries = sorted(listing, key=lambda e: natural_key(e.name))
            except OSError:
                self.notes.append(here)
                continue
            for entry in entries:
                self._visit(entry)

    def _visit(self, entry: os.DirEntry[str]) -> None:
        path = Path(entry.path)
        try:
            mode = entry.stat().st_mode
        except OSError:  # a link to nothing or in a circle: reading the file says which
            if suffix_of(entry.name) in CORE_SUFFIXES and not entry.name.startswith("."):
                self.notes.append(path)
            else:
                self._leave_out(path, "a link that leads to no file")
            return
        if entry.is_symlink() and not self.everything and not self._is_inside(path):
            self._leave_out(path, _LINK_OUT)
        elif stat.S_ISDIR(mode):
            self._folder(entry, path)
        elif not stat.S_ISREG(mode):
            self._leave_out(path, _special(mode))
        else:
            self._file(entry.name, path)

    def _folder(self, entry: os.DirEntry[str], path: Path) -> None:
        name = entry.name
        if name.casefold() == OWN_FOLDER:
            return
        if name in _LOGSEQ_COPIES and path.parent.name == "logseq" and not self.everything:
            self._leave_out(path, f"{_COPIES}; build with --everything to read it")
            return
        if not is_read_by_default(name) and not self.everything:
            what = "a hidden folder" if name.startswith(".") else "a folder that a program fills"
            self._leave_out(path, f"{what}; build with --everything to read it")
        else:
            (self._links if entry.is_symlink() else self._waiting).append(path)

    def _file(self, name: str, path: Path) -> None:
        doc = path.relative_to(self.root).as_posix()
        ending = suffix_of(name)
        purpose = purpose_of(doc, None)
        if name.casefold() in _KNOWN:
            return
        if purpose is not None:
            self._leave_out(path, about_collection(purpose))
        elif name.startswith("."):
            if ending in CORE_SUFFIXES:
                self._leave_out(path, "a hidden file")
        elif ending in CORE_SUFFIXES or is_installed(ending):
            self.notes.append(path)
        elif is_installed(ending) is False:
            self.needs_extra[ending] += 1
        else:
            self.unread[ending or NO_ENDING] += 1

    def _is_inside(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.real_root)

    def _leave_out(self, path: Path, reason: str) -> None:
        doc = path.relative_to(self.root).as_posix()
        self.left_out.append(Skipped(doc.encode("utf-8", "backslashreplace").decode(), 0, reason))


def _special(mode: int) -> str:
    kinds = (
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return next((what for test, what in kinds if test(mode)), "a special file") + ", never opened"
