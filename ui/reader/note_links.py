"""Where the links in a note lead, for the page that shows it: to the line of the heading or block that they name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Final

from extract.notes.note_links import NoteIndex
from extract.notes.parse import parse_note
from graph.model import Document, LineKind, Passage
from graph.text.names import fold
from ui.choice import PlaceChoice

Links = dict[int, list[tuple[str, PlaceChoice]]]
"""1-based line → the links on it in order: as they are written, and where they lead."""

_BLOCK: Final = re.compile(r"\^([\w-]+)\s*$")


def links_to_notes(doc: str, documents: Sequence[Document], passages: Callable[[str], Sequence[Passage]]) -> Links:
    """The links of the note ``doc`` that lead to other notes of the graph.

    Args:
        doc: id of the note.
        documents: all of the graph.
        passages: gives those of a document; asked for this note and for those that its links name a part of.
    """
    text = "\n".join(p.text for p in passages(doc))
    written = parse_note(text, suffix=PurePosixPath(doc).suffix).links
    if not written:
        return {}
    index = NoteIndex((d.id for d in documents), {d.id: [d.title] for d in documents})
    found: Links = defaultdict(list)
    for link in written:
        target = index.find(link, doc)
        if target is not None and target != doc:
            line = part_line(passages(target), link.anchor) if link.anchor else 1
            found[link.line].append((link.written, PlaceChoice(target, line)))
    return dict(found)


def part_line(passages: Sequence[Passage], anchor: str) -> int:
    """The line of the heading (or of the block, ``^id``) that ``anchor`` names; 1 where there is none."""
    part = anchor.rpartition("#")[2].strip()
    if part.startswith("^"):
        for passage in passages:
            for number, raw in enumerate(passage.text.split("\n"), start=passage.first_line):
                match = _BLOCK.search(raw)
                if match is not None and match[1] == part[1:]:
                    return number
        return 1
    headings = (
        number
        for passage in passages
        for number, line in passage.numbered_lines()
        if line.kind is LineKind.HEADING and fold(line.text) == fold(part)
    )
    return next(headings, 1)
