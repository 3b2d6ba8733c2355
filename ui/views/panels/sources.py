"""A note as a page or as it was written, with the cited line marked."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from extract.notes.rendered import Node
from graph.model import Concept, Document
from graph.places import LINE, number_at
from ui.choice import Choice, ConceptChoice, PlaceChoice
from ui.i18n import say
from ui.reader import reader
from ui.reader.blocks import chips, dim, heading, para, source, title
from ui.reader.note_links import Links
from ui.reader.note_page import Find, concept_cards, note_block, note_page

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
    blocks = [title(document.title or document.id, tags=_tags(document, line, lang), small=True)]
    if len(part) < len(lines):
        blocks.append(para(dim(say("sources_part", lang, first=start + 1, last=start + len(part), total=len(lines)))))
    words = at.quote if at is not None else ""
    blocks.append(
        source(
            part, first=start + 1, marked=(line, last_line(lines, line, words)), words=words, height=height, links=links
        )
    )
    return reader(blocks, key=key)


def note_panel(
    document: Document,
    lines: Sequence[str],
    blocks: Sequence[Node],
    at: PlaceChoice | None,
    *,
    find: Find,
    concepts: Callable[[Sequence[str]], Sequence[Concept]],
    lang: str,
    key: str,
    height: int,
    links: Links | None = None,
    titled: bool = True,
) -> Choice | None:
    """A note as a page, the lines of the citation ``at`` marked and scrolled to, its concepts and links to click.

    Args:
        document: the note.
        lines: its lines.
        blocks: what they mean, from :func:`extract.notes.rendered.rendered_note`.
        at: the place that is marked; None: none.
        find: finds concepts in a text.
        concepts: gives the concepts with these ids.
        lang: of the page.
        key: names this place on the page.
        height: in pixels.
        links: open other notes.
        titled: whether the title of the note is shown above it.
    """
    line = min(max(at.line, 1), max(1, len(lines))) if at is not None else 0
    first = max(1, line - SHOWN // 3) if len(lines) > SHOWN else 1
    last = min(len(lines), first + SHOWN - 1)
    shown, named = note_page(blocks, find=find, links=links, lines=(first, last))
    words = at.quote if at is not None else ""
    texts = {
        "no_definition": say("no_definition", lang),
        "properties": say("sources_properties", lang),
        "picture": say("sources_picture", lang),
    }
    body = note_block(
        shown,
        concept_cards(concepts(named), lang),
        marked=(line, last_line(lines, line, words)),
        words=words,
        height=height,
        texts=texts,
    )
    head = [title(document.title or document.id, tags=_tags(document, line, lang), small=True)] if titled else []
    if last - first + 1 < len(lines):
        head.append(para(dim(say("sources_part", lang, first=first, last=last, total=len(lines)))))
    return reader([*head, body], key=key)


def _tags(document: Document, line: int, lang: str) -> list[str]:
    return [say("lines", lang, n=document.lines)] + ([_place(document, line, lang)] if line else [])


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
