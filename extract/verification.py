"""Does a graph say what a folder of notes says? Reads the files for :func:`graph.verification.verify`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from extract.notes.files import read_note
from graph.errors import InputError
from graph.model import GraphSnapshot, Skipped
from graph.verification import NoteFile, Verification, verify

_WHERE: Final = "Name their folder (on the command line: --notes FOLDER)."


def verify_notes(graph: GraphSnapshot, folder: str | Path | None = None) -> Verification:
    """Look for every quote of ``graph`` on the line that it names.

    Args:
        graph: the whole graph; :meth:`graph.stores.contract.GraphStore.snapshot` gives that of a store.
        folder: where the notes are now; None: where they were when the graph was built.

    Raises:
        InputError: there is no such folder, or the graph does not say where its notes were.
    """
    if folder is None and not graph.source:
        raise InputError(f"The graph does not say where its notes are. {_WHERE}")
    notes = Path(graph.source if folder is None else folder)
    if not notes.is_dir():
        raise InputError(f"The notes are not at {notes}. {_WHERE}")
    return verify(graph, partial(_now, notes))


def _now(notes: Path, doc: str) -> NoteFile | None:
    """The file as it is now; None where it is gone or can no longer be read as text."""
    note = read_note(notes / doc, notes)
    return None if isinstance(note, Skipped) else NoteFile(note.sha256, tuple(note.text.split("\n")), note.original)
