"""`build --watch`: build, and build again whenever the notes change, until Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from watchfiles import Change, watch

from extract.knowledge.corrections import FILE as CORRECTIONS
from extract.notes.inventory import is_read_by_default
from graph.errors import InputError, StudyatlasError
from graph.stores.address import FOLDER, FileAddress, new_graph
from ui.i18n import say
from ui.settings import Settings
from ui.terminal import clean, console

QUIET_MS: Final = 700
"""Milliseconds without another change after which a build begins: editors and `git` write several files at once."""
LOOK_UP_MS: Final = 500
"""Milliseconds after which the watch looks up although nothing has changed."""


@dataclass(frozen=True, slots=True)
class NotesOnly:
    """Which changes begin a build: those of files in the folder of notes, and not of what the build itself writes."""

    folder: Path
    """The notes, or one note."""
    graph: Path | None
    """The file that the graph goes to; None where it is in a database."""
    everything: bool
    """Whether hidden folders and the like are read as well."""

    def __call__(self, _change: Change, path: str) -> bool:
        """Whether a change of ``path``, of any kind, begins a build."""
        changed = Path(path)
        if self.graph is not None and changed.parent == self.graph.parent and _is_of_graph(changed, self.graph):
            return False
        if self.folder.is_file():
            return changed in (self.folder, self.folder.parent / CORRECTIONS)
        try:
            parts = changed.relative_to(self.folder).parts
        except ValueError:
            return False
        if FOLDER in parts:
            return False
        return self.everything or all(is_read_by_default(part) for part in parts)


def _is_of_graph(file: Path, graph: Path) -> bool:
    """Whether ``file`` is the graph, or one that is there while it is written."""
    return file.name == graph.name or file.name.startswith((f"{graph.name}.tmp-", f"{graph.name}-"))


def build_and_watch(
    build: Callable[[], None],
    folder: Path,
    *,
    output: str | Path | None,
    store: str | None,
    graph: str | None,
    everything: bool,
    lang: str | None,
    stop: Event | None = None,
) -> None:
    """Call ``build`` now, and again after each change of the notes, until Ctrl-C or until ``stop`` is set.

    A build that fails is told in one line, and the notes are watched on: the next change may mend it. The first one
    must succeed, so that what is wrong with the command is not taken for something that passes.

    Args:
        build: builds the graph.
        folder: the notes, or one note.
        output: as for :func:`ui.commands.build.build_graph`.
        store: as there.
        graph: as there.
        everything: as there.
        lang: language of what is said.
        stop: set to end it, for programs.

    Raises:
        InputError: the folder is not there, or cannot be watched.
        StudyatlasError: as the first ``build`` does.
    """
    if not folder.exists():
        raise InputError(f"There is no folder {folder}.")
    settings = Settings.from_environment(os.environ)
    said = lang or settings.lang or "en"
    address = new_graph(folder, output=output, store=store, graph=graph, defaults=settings.graphs)
    notes = folder.resolve()
    own = address.path.resolve() if isinstance(address, FileAddress) else None
    out = console(sys.stderr)
    where = clean(str(folder))
    changes = watch(
        notes if notes.is_dir() else notes.parent,
        watch_filter=NotesOnly(notes, own, everything),
        step=QUIET_MS,
        stop_event=stop,
        raise_interrupt=False,
        rust_timeout=LOOK_UP_MS,
        yield_on_timeout=True,
        recursive=notes.is_dir(),
    )
    try:
        next(changes, None)  # from here on it sees what changes, also during the first build
    except OSError as error:
        raise InputError(f"{folder} cannot be watched: {error}. Build it without --watch.") from error
    build()
    out.print(say("watching", said, folder=where), markup=False, soft_wrap=True)
    with suppress(KeyboardInterrupt):  # the way to end it, also in the middle of a build
        for changed in changes:
            if not changed:
                continue
            names = sorted({Path(path).name for _, path in changed})
            shown = clean(", ".join(names[:3])) + (" …" if len(names) > 3 else "")
            out.print(say("watch_changed", said, names=shown), markup=False, soft_wrap=True)
            try:
                build()
            except StudyatlasError as error:
                out.print(f"studyatlas: {clean(str(error))}", markup=False, soft_wrap=True)
            out.print(say("watching", said, folder=where), markup=False, soft_wrap=True)
