"""A note as the browser draws it: the blocks of :mod:`extract.notes.rendered` with concepts and links in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from extract.notes.rendered import Inline, Node
from graph.model import Concept
from ui.choice import ConceptChoice, PlaceChoice, to_value
from ui.places import place_text
from ui.reader.blocks import Element
from ui.reader.note_links import Links

Find = Callable[[str], Sequence[tuple[int, int, str]]]
"""Where a text names concepts: (start, end, concept id), by start, without overlaps."""
_OPENED: Final = ("http://", "https://", "mailto:")
"""Addresses that a click may open; any other is shown and leads nowhere."""
DEFINITION: Final = 320
"""Characters of a definition that a card shows."""


@dataclass(slots=True)
class _Writer:
    """Goes through the blocks of a note in their order."""

    find: Find
    links: Mapping[int, Sequence[tuple[str, PlaceChoice]]]
    line: int = 0
    """The line that the next text is on."""
    used: dict[int, int] = field(default_factory=dict)
    """Line → how many of its links were met."""
    concepts: dict[str, None] = field(default_factory=dict)
    """Ids of the concepts that were named, in the order in which they are."""

    def block(self, block: Node) -> Node:
        """``block`` as it is drawn."""
        self.line = int(block.get("line", self.line))
        match block["t"]:
            case "h" | "p":
                return {**block, "c": self.inline(block["c"])}
            case "ul" | "ol":
                return {**block, "items": [self.block(item) for item in block["items"]]}
            case "item" | "quote":
                return {**block, "c": [self.block(inner) for inner in block["c"]]}
            case "table":
                return {**block, "rows": [self._row(row) for row in block["rows"]]}
        return block

    def _row(self, row: Node) -> Node:
        self.line = int(row["line"])
        return {**row, "cells": [self.inline(cell) for cell in row["cells"]]}

    def inline(self, content: Sequence[Inline], *, named: bool = True) -> list[Inline]:
        """The pieces of a line; ``named``: whether concepts are looked for in them."""
        made: list[Inline] = []
        for piece in content:
            if isinstance(piece, str):
                made += self._text(piece) if named else [piece]
            elif piece["t"] == "nl":
                self.line = int(piece["line"])
                made.append(piece)
            elif piece["t"] == "a":
                made.append(self._link(piece))
            elif "c" in piece:
                made.append({**piece, "c": self.inline(piece["c"], named=named and piece["t"] != "img")})
            else:
                made.append(piece)
        return made

    def _text(self, text: str) -> Iterator[Inline]:
        """A text with the links that Markdown does not know (references to blocks of Logseq) and the concepts in it."""
        for written, place in self.links.get(self.line, ()):
            before, found, after = text.partition(written)
            if found:
                yield from self._concepts_in(before)
                yield {"t": "a", "c": [written], "value": to_value(place)}
                text = after
        yield from self._concepts_in(text)

    def _concepts_in(self, text: str) -> Iterator[Inline]:
        reached = 0
        for start, end, concept in self.find(text):
            if start > reached:
                yield text[reached:start]
            self.concepts.setdefault(concept)
            yield {"t": "concept", "c": [text[start:end]], "id": concept}
            reached = end
        if reached < len(text):
            yield text[reached:]

    def _link(self, link: Node) -> Node:
        """A link with the place that it leads to; one to the web keeps its address, any other leads nowhere."""
        here = self.links.get(self.line, ())
        for written, place in here[self.used.get(self.line, 0) :]:
            if written == link.get("written") or (link["href"] and f"]({link['href']}" in written):
                self.used[self.line] = self.used.get(self.line, 0) + 1
                return {"t": "a", "c": self.inline(link["c"], named=False), "value": to_value(place)}
        if link["href"].lower().startswith(_OPENED):
            return {"t": "a", "c": self.inline(link["c"], named=False), "href": link["href"]}
        return {"t": "a", "c": self.inline(link["c"])}


def note_page(
    blocks: Sequence[Node], *, find: Find, links: Links | None = None, lines: tuple[int, int] | None = None
) -> tuple[list[Node], list[str]]:
    """The blocks of a note as the browser draws them, and the ids of the concepts that they name.

    Args:
        blocks: from :func:`extract.notes.rendered.rendered_note`.
        find: finds concepts in a text.
        links: where the links of each line lead.
        lines: first and last line that are wanted; None: all. Blocks that reach into them are kept whole.
    """
    writer = _Writer(find, links or {})
    kept = [b for b in blocks if lines is None or (b["line"] <= lines[1] and b["last"] >= lines[0])]
    return [writer.block(block) for block in kept], list(writer.concepts)


def concept_cards(concepts: Sequence[Concept], lang: str) -> dict[str, dict[str, Any]]:
    """Concept id → what its card says: name, other names, kind, definition and where that is."""
    return {
        c.id: {
            "name": c.name,
            "aliases": " · ".join(c.aliases[:4]),
            "kind": c.kind.label(lang),
            "definition": _short(c.definition.quote) if c.definition is not None else "",
            "place": place_text(c.definition.doc, c.definition.line) if c.definition is not None else "",
            "value": to_value(ConceptChoice(c.id)),
        }
        for c in concepts
    }


def _short(text: str) -> str:
    return text if len(text) <= DEFINITION else text[: DEFINITION - 1] + "…"


def note_block(
    blocks: Sequence[Node],
    cards: Mapping[str, Mapping[str, Any]],
    *,
    marked: tuple[int, int],
    words: str,
    height: int,
    texts: Mapping[str, str],
) -> Element:
    """The element that ``reader.js`` draws a note from.

    Args:
        blocks: from :func:`note_page`.
        cards: from :func:`concept_cards`.
        marked: first and last line that are marked; (0, 0): none.
        words: what of the marked lines is quoted.
        height: pixels after which the note scrolls.
        texts: ``no_definition``, ``properties`` and ``picture`` in the language of the page.
    """
    return {
        "kind": "note",
        "blocks": list(blocks),
        "cards": dict(cards),
        "marked": list(marked),
        "quote": words,
        "height": height,
        "texts": dict(texts),
    }
