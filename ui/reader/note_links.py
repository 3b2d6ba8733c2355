"""Where the links in a note lead, for the page that shows it: to the line of the heading or block that they name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
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
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_REFERENCE: Final = re.compile(rf"\(\(({_UUID})\)\)")
_ID: Final = re.compile(rf"[ \t]*(?:[-*+][ \t]+)?id::[ \t]+({_UUID})[ \t]*$")
_ITEM: Final = re.compile(r"[ \t]*[-*+][ \t]+(?!id::)")


def links_to_notes(doc: str, documents: Sequence[Document], passages: Callable[[str], Sequence[Passage]]) -> Links:
    """The links of the note ``doc`` that lead to other notes of the graph, and its references to blocks of any note.

    Args:
        doc: id of the note.
        documents: all of the graph.
        passages: gives those of a document; asked for this note, for those that its links name a part of, and
            where the note refers to a block (``((uuid))``) for one after the other until it is found.
    """
    text = "\n".join(p.text for p in passages(doc))
    found: Links = defaultdict(list)
    for number, reference, place in _references(text, doc, documents, passages):
        found[number].append((reference, place))
    written = parse_note(text, suffix=PurePosixPath(doc).suffix).links
    if written:
        index = NoteIndex((d.id for d in documents), {d.id: [d.title] for d in documents})
        for link in written:
            target = index.find(link, doc)
            if target is not None and target != doc:
                line = part_line(passages(target), link.anchor) if link.anchor else 1
                found[link.line].append((link.written, PlaceChoice(target, line)))
    lines = text.split("\n")
    return {n: sorted(some, key=lambda one: lines[n - 1].find(one[0])) for n, some in sorted(found.items())}


def _references(
    text: str, doc: str, documents: Sequence[Document], passages: Callable[[str], Sequence[Passage]]
) -> Iterator[tuple[int, str, PlaceChoice]]:
    """1-based line, writing and place of the blocks that a note of Logseq refers to: ``((uuid))``."""
    wanted = [
        (number, match[0], match[1])
        for number, line in enumerate(text.split("\n"), start=1)
        if "((" in line
        for match in _REFERENCE.finditer(line)
    ]
    if not wanted:
        return
    places: dict[str, PlaceChoice] = {}
    missing = {uuid for _, _, uuid in wanted}
    for other in [doc, *(d.id for d in documents if d.id != doc)]:
        if not missing - places.keys():
            break
        places |= {
            u: PlaceChoice(other, line) for u, line in block_lines(passages(other)) if u in missing - places.keys()
        }
    for number, reference, uuid in wanted:
        if uuid in places:
            yield number, reference, places[uuid]


def block_lines(passages: Sequence[Passage]) -> Iterator[tuple[str, int]]:
    """(uuid, 1-based line) of the blocks of a note that have an ``id::``: the line of the item above it."""
    item = 1
    for passage in passages:
        for number, raw in enumerate(passage.text.split("\n"), start=passage.first_line):
            if _ITEM.match(raw):
                item = number
            elif (match := _ID.match(raw)) is not None:
                yield match[1], item


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
