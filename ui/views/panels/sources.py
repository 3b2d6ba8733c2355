"""A note as it was written, with the cited line marked."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from graph.model import Document
from graph.places import LINE, number_at
from ui.choice import Choice, ConceptChoice, PlaceChoice
from ui.i18n import say
from ui.reader import reader
from ui.reader.blocks import chips, dim, heading, para, source, title
from ui.reader.note_links import Links

SHOWN: Final = 1500
"""Lines that are shown at once, around the one that is cited."""
LONGEST: Final = 4000
"""Characters of one line that are shown: a line of megabytes is data."""


def source_panel(
    document: Document,
    lines: Sequence[str],
    at: PlaceChoice | None,
    *,
    lang: str,
    key: str,
    height: int,
    links: Links | None = None,
) -> Choice | None:
    """The lines of a note, those of the citation ``at`` marked and scrolled to; ``links`` open other notes."""
    line = min(max(at.line, 1), max(1, len(lines))) if at is not None else 0
    start = max(0, line - SHOWN // 3) if len(lines) > SHOWN else 0
    part = [text if len(text) <= LONGEST else text[:LONGEST] + " …" for text in lines[start : start + SHOWN]]
    tags = [say("lines", lang, n=document.lines)] + ([_place(document, line, lang)] if line else [])
    blocks = [title(document.title or document.id, tags=tags, small=True)]
    if len(part) < len(lines):
        blocks.append(para(dim(say("sources_part", lang, first=start + 1, last=start + len(part), total=len(lines)))))
    words = at.quote if at is not None else ""
    blocks.append(
        source(
            part, first=start + 1, marked=(line, last_line(lines, line, words)), words=words, height=height, links=links
        )
    )
    return reader(blocks, key=key)


def _place(document: Document, line: int, lang: str) -> str:
    """What the label of the marked line says: its line in the file, or its page."""
    number = max(1, number_at(document, line))
    if document.unit == LINE:
        return say("sources_line", lang, line=number)
    return say(f"unit.{document.unit}", lang, n=number)


def last_line(lines: Sequence[str], first: int, words: str) -> int:
    """The line on which ``words``, which begin on line ``first`` (1-based), end: quotes run on over broken lines."""
    wanted = len(_letters(words))
    held = 0
    for number in range(first, min(first + 20, len(lines)) + 1):
        held += len(_letters(lines[number - 1])) if 0 < number <= len(lines) else 0
        if held >= wanted:
            return number
    return first


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def concepts_panel(concepts: Sequence[tuple[str, str]], *, lang: str, key: str, height: int) -> Choice | None:
    """The concepts that a note defines or names, as (name, id); a click leads to the concept."""
    choice = reader([heading(say("sources_concepts", lang)), chips(list(concepts))], key=key, height=height)
    return choice if isinstance(choice, ConceptChoice) else None
