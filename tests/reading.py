"""Notes written in tests, read as a build reads them."""

from __future__ import annotations

from pathlib import PurePath

from extract.notes.parse import parse_note
from extract.notes.passages import split_passages
from graph.model import Passage


def read_passages(doc: str, text: str) -> tuple[Passage, ...]:
    """The passages of the note ``text``, with what the reader made of their lines."""
    return tuple(split_passages(doc, text, parse_note(text, suffix=PurePath(doc).suffix)))
