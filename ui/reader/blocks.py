"""The pieces that pages are made of, as values: every string in them is text, shown letter by letter.

A page never puts text of notes into HTML or Markdown. It builds blocks, and ``reader.js`` makes text nodes of their
strings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.model import Evidence
from queries.question.model import Citation
from ui.choice import Choice, ConceptChoice, PlaceChoice, QuestionChoice, place_of, to_value
from ui.places import place_text

Element = dict[str, Any]
Run = str | dict[str, Any]
"""A piece of a line: a string, or one with a look or a target (:func:`strong`, :func:`dim`, :func:`concept`,
:func:`cite`)."""

_CITED: Final = re.compile(r"\s*\[(\d{1,3})\]")


def strong(text: str) -> Run:
    """Text that stands out."""
    return {"text": text, "strong": True}


def dim(text: str) -> Run:
    """Text that steps back."""
    return {"text": text, "dim": True}


def concept(concept_id: str, name: str) -> Run:
    """A concept's name that leads to the concept."""
    return {"text": name, "value": to_value(ConceptChoice(concept_id))}


def cite(number: int, evidence: PlaceChoice) -> Run:
    """The number of a citation that leads to its line."""
    return {"cite": number, "title": place_text(evidence.doc, evidence.line), "value": to_value(evidence)}


def cited(text: str, evidence: Mapping[int, PlaceChoice]) -> list[Run]:
    """``text`` with each ``[n]`` whose number is known made a citation; any other bracket stays text."""
    runs: list[Run] = []
    reached = 0
    for found in _CITED.finditer(text):
        target = evidence.get(int(found[1]))
        if target is None:
            continue
        runs += [text[reached : found.start()], cite(int(found[1]), target)]
        reached = found.end()
    return [run for run in (*runs, text[reached:]) if run != ""]


def title(
    text: str,
    *,
    tags: Sequence[str] = (),
    colour: str | None = None,
    small: bool = False,
    leads_to: Choice | None = None,
) -> Element:
    """A title with small labels behind it; ``colour``: that of the first label; ``leads_to``: where a click goes."""
    labels = [{"text": tag, "colour": colour if index == 0 else None} for index, tag in enumerate(tags)]
    made = {"kind": "title", "text": text, "tags": labels, "small": small}
    return made if leads_to is None else {**made, "value": to_value(leads_to)}


def heading(text: str) -> Element:
    """A small heading between parts."""
    return {"kind": "heading", "text": text}


def para(*runs: Run, look: str = "") -> Element:
    """A paragraph; ``look``: ``lead`` for the first of an answer, ``dim``."""
    return {"kind": "para", "runs": list(runs), "look": look}


def bullets(items: Sequence[Sequence[Run]]) -> Element:
    """A list of lines."""
    return {"kind": "list", "items": [list(item) for item in items]}


def quote(evidence: Evidence | Citation, *, big: bool = False) -> Element:
    """What is where; a click leads to the line. Citations show their number."""
    number = evidence.n if isinstance(evidence, Citation) else 0
    return {
        "kind": "quote",
        "doc": evidence.doc,
        "line": evidence.line,
        "place": place_text(evidence.doc, evidence.line),
        "text": evidence.quote,
        "number": number,
        "look": "big" if big else "",
    }


def chips(items: Sequence[tuple[str, str | None]], *, stronger: int = 0) -> Element:
    """Names in a row, each (name, concept id or None); the first ``stronger`` ones stand out."""
    made = [
        {"text": name, "value": None if target is None else to_value(ConceptChoice(target)), "strong": index < stronger}
        for index, (name, target) in enumerate(items)
    ]
    return {"kind": "chips", "items": made}


def questions(texts: Sequence[str]) -> Element:
    """Questions in a row; a click asks them."""
    return {
        "kind": "chips",
        "items": [{"text": text, "value": to_value(QuestionChoice(text)), "strong": False} for text in texts],
    }


def copy(text: str, *, label: str, done: str) -> Element:
    """A button that puts ``text`` into the clipboard, and then says ``done``."""
    return {"kind": "copy", "text": text, "label": label, "done": done}


@dataclass(frozen=True, slots=True)
class MapNode:
    """A concept of a :func:`small_map`."""

    id: str
    name: str
    x: float
    """0 (left) to 1 (right)."""
    y: float
    """0 (top) to 1 (bottom)."""
    main: bool = False


def small_map(nodes: Sequence[MapNode], edges: Sequence[tuple[str, str, str, bool]], *, label: str) -> Element:
    """A small drawing of some concepts, each of which can be clicked.

    Args:
        nodes: with their places.
        edges: (id, id, words, whether the notes state it) from the first to the second.
        label: what a screen reader says of it.
    """
    return {
        "kind": "small_map",
        "label": label,
        "nodes": [
            {"id": n.id, "text": n.name, "x": n.x, "y": n.y, "main": n.main, "value": to_value(ConceptChoice(n.id))}
            for n in nodes
        ],
        "edges": [{"from": a, "to": b, "text": words, "stated": stated} for a, b, words, stated in edges],
    }


def row(runs: Sequence[Run], *below: Element) -> Element:
    """One of many lines with something below it."""
    return {"kind": "row", "runs": list(runs), "blocks": list(below)}


def card(*blocks: Element, colour: str | None = None) -> Element:
    """Blocks in a frame, with a stripe in ``colour``."""
    return {"kind": "card", "blocks": list(blocks), "colour": colour}


def grid(cards: Sequence[Element]) -> Element:
    """Cards side by side."""
    return {"kind": "grid", "cards": list(cards)}


def split(left: Sequence[Element], right: Sequence[Element]) -> Element:
    """A wide column and a narrow one; below each other where there is no room."""
    return {"kind": "split", "left": list(left), "right": list(right)}


def flow(steps: Sequence[tuple[tuple[str, str | None], str, tuple[str, str | None]]]) -> Element:
    """Hops of a path: ((name, concept id or None), words between, (name, concept id or None))."""
    return {
        "kind": "flow",
        "steps": [{"head": _end(head), "label": words, "tail": _end(tail)} for head, words, tail in steps],
    }


def _end(end: tuple[str, str | None]) -> dict[str, Any]:
    name, target = end
    return {"text": name, "value": None if target is None else to_value(ConceptChoice(target))}


def notice(text: str, *, calm: bool = False) -> Element:
    """A sentence in a coloured field."""
    return {"kind": "notice", "text": text, "look": "calm" if calm else ""}


def details(text: str, *blocks: Element) -> Element:
    """Blocks behind a line that opens them."""
    return {"kind": "details", "text": text, "blocks": list(blocks)}


def source(
    lines: Sequence[str],
    *,
    first: int,
    marked: tuple[int, int],
    words: str,
    height: int,
    links: Mapping[int, Sequence[tuple[str, PlaceChoice]]] | None = None,
) -> Element:
    """Lines of a note from line ``first`` on.

    Those from ``marked[0]`` to ``marked[1]`` are marked, and ``words`` within them. ``links``: line → the links on it,
    as they are written and where they lead.
    """
    shown = range(first, first + len(lines))
    targets = {
        str(line): [[written, to_value(place)] for written, place in found]
        for line, found in (links or {}).items()
        if line in shown
    }
    return {
        "kind": "source",
        "lines": list(lines),
        "first": first,
        "marked": list(marked),
        "quote": words,
        "height": height,
        "links": targets,
    }


def evidence_targets(evidence: Sequence[Evidence]) -> dict[int, PlaceChoice]:
    """Number (from 1) → place, as the ``[n]`` of a summary refer to them."""
    return {number: place_of(e) for number, e in enumerate(evidence, start=1)}
