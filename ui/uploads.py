"""Files that are dropped on the page, stored in the folder that was chosen and nowhere else."""

from __future__ import annotations

import os
import re
import unicodedata
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from extract.notes.formats.registry import CORE_SUFFIXES, suffix_of
from graph.errors import InputError

MOST_BYTES: Final = 200 * 1024 * 1024
"""Of all files together."""
MOST_FILES: Final = 5000
SUFFIXES: Final = (*CORE_SUFFIXES, ".pdf", ".docx", ".pptx")
"""Endings of files that are taken."""
_LONGEST: Final = 120
"""Characters of one part of a path."""
_UNSAFE: Final = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the browser sent it."""

    name: str
    """As the browser calls it: any text, with ``/`` where a folder was dropped."""
    data: bytes


def safe_path(name: str) -> Path:
    """A relative path for a file that the browser calls ``name``: it leads nowhere but down.

    Parts that lead up or hide (``..``, ``.git``) lose their dots, signs that some system forbids become ``_``.

    Raises:
        InputError: nothing is left of the name, or it does not end like a note.

    >>> safe_path("../../etc/pass:wd.md").as_posix()
    'etc/pass_wd.md'
    """
    parts = []
    for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/"):
        plain = _UNSAFE.sub("_", "".join(c for c in part if unicodedata.category(c) not in ("Cc", "Cf", "Cs")))
        plain = plain.strip().lstrip(".").rstrip(". ").strip()
        if _DEVICES.match(plain):
            plain = f"_{plain}"
        if plain:
            stem, dot, ending = plain.rpartition(".")
            parts.append(f"{stem[: _LONGEST - len(ending) - 1]}{dot}{ending}" if dot else plain[:_LONGEST])
    if not parts or suffix_of(parts[-1]) not in SUFFIXES:
        raise InputError(f"{name!r} is not a note: its name does not end in {', '.join(SUFFIXES)}.")
    return Path(*parts)


def chosen_folder(text: str) -> Path:
    """The folder that was typed, which need not be there yet; ``~`` is the home folder.

    Raises:
        InputError: it is empty, not absolute, or a file.
    """
    path = Path(text.strip()).expanduser() if text.strip() else None
    if path is None or not path.is_absolute():
        raise InputError("Give the whole path of a folder, like ~/notes.")
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file; give a folder.")
    return path


def store_uploads(uploads: Sequence[Upload], folder: Path, *, replace: bool = False) -> list[Path]:
    """Store files in ``folder``, which is made where it is not there; all of them or, where one may not be, none.

    Args:
        uploads: the files.
        folder: absolute.
        replace: whether files that are there and differ are replaced.

    Returns:
        Where each file was stored, in their order.

    Raises:
        InputError: there are too many files or bytes, two have one name, a name is not that of a note, a path leads
            out of the folder through a link, a file is there already, or the folder cannot be written to.
    """
    total = sum(len(upload.data) for upload in uploads)
    if total > MOST_BYTES or len(uploads) > MOST_FILES:
        raise InputError(
            f"These are {len(uploads)} files of {total / 2**20:.0f} MB; at most {MOST_FILES} files of"
            f" {MOST_BYTES // 2**20} MB together can be dropped. Give the path of their folder instead."
        )
    goals: dict[Path, Upload] = {}
    for upload in uploads:
        goal = folder / safe_path(upload.name)
        if goals.setdefault(goal, upload) is not upload and goals[goal].data != upload.data:
            raise InputError(f"Two of the files are called {goal.relative_to(folder)}.")
    there = [goal for goal, upload in goals.items() if _differs(goal, upload.data)]
    if there and not replace:
        names = ", ".join(str(goal.relative_to(folder)) for goal in there[:3])
        more = f" and {len(there) - 3} more" if len(there) > 3 else ""
        raise InputError(f"{folder} already has {names}{more}, with other contents. Nothing was stored.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        inside = folder.resolve()
        for goal in goals:
            _check_inside(goal, inside)
        for goal, upload in goals.items():
            goal.parent.mkdir(parents=True, exist_ok=True)
            _check_inside(goal, inside)
            _write(goal, upload.data)
    except OSError as error:
        raise InputError(f"{error.filename or folder} cannot be written: {error.strerror}.") from error
    return list(goals)


def _differs(goal: Path, data: bytes) -> bool:
    return goal.exists() and not (goal.is_file() and goal.read_bytes() == data)


def _check_inside(goal: Path, folder: Path) -> None:
    """Refuse a path that a link leads out of the folder.

    Raises:
        InputError: it does.
    """
    if not goal.resolve().is_relative_to(folder):
        raise InputError(f"{goal} leads out of {folder} through a link. Nothing was stored there.")


def _write(goal: Path, data: bytes) -> None:
    new = goal.with_name(f".{uuid.uuid4().hex[:12]}.tmp-{os.getpid()}")
    try:
        with new.open("xb") as file:
            file.write(data)
        new.replace(goal)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)
