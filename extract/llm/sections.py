"""What one request shows of a note: whole sections, their lines numbered, as the reader of notes understood them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graph.llm.requests import tokens_of
from graph.model import LineKind, NoteLine, Passage

INSTRUCTIONS: Final = 2_600
"""Tokens that the instructions, the examples and the names found so far take, at most."""
SHARE: Final = 0.3
"""Share of the rest of the context that the notes take: what a careful reader finds takes twice as much."""
MOST_TOKENS: Final = 4_000
"""Tokens of notes in one request, whatever the context: of longer texts models leave out more."""
LEAST_TOKENS: Final = 400
CODE_SHOWN: Final = 2
"""Lines of a block of code that are shown; the rest is only counted, because code names no concepts."""


@dataclass(frozen=True, slots=True)
class Section:
    """Some consecutive lines of one note."""

    doc: str
    rows: tuple[tuple[int, str], ...]
    """(1-based line in the file, its text without markup), without empty lines."""
    shown: str
    """What the model is shown."""
    path: tuple[str, ...] = ()
    """Titles of the headings above the first line, outermost first."""

    @property
    def first_line(self) -> int:
        """The first line that is shown."""
        return self.rows[0][0]

    @property
    def last_line(self) -> int:
        """The last line that is shown."""
        return self.rows[-1][0]

    @property
    def place(self) -> str:
        """For people: ``notes/lora.md, lines 1-80``."""
        return f"{self.doc}, lines {self.first_line}-{self.last_line}"


def tokens_for_notes(context: int) -> int:
    """Tokens of notes that a request shows to a model with ``context`` tokens."""
    return max(LEAST_TOKENS, min(MOST_TOKENS, int((context - INSTRUCTIONS) * SHARE)))


def sections_of(passages: Sequence[Passage], most_tokens: int) -> list[Section]:
    """The notes in sections of at most ``most_tokens``, in the order of ``passages``; no section has two notes.

    Passages stay whole where they fit. A longer one is cut between lines, a line that is longer still within it.
    """
    found: list[Section] = []
    rows: list[tuple[int, str, str]] = []
    taken, doc = 0, ""
    path: tuple[str, ...] = ()

    def close() -> None:
        nonlocal rows, taken
        if rows:
            shown = "\n".join(text for _, text, _ in rows)
            kept = tuple((n, plain) for n, _, plain in rows if plain)
            if kept:
                found.append(Section(doc, kept, shown, path))
        rows, taken = [], 0

    for passage in passages:
        lines = list(_lines(passage, most_tokens))
        size = sum(tokens_of(text) for _, text, _ in lines)
        if passage.doc != doc or taken + size > most_tokens:
            close()
        for number, text, plain in lines:
            cost = tokens_of(text)
            if rows and taken + cost > most_tokens:
                close()
            if not rows:
                doc, path = passage.doc, passage.heading_path
            rows.append((number, text, plain))
            taken += cost
    close()
    return found


def halves(section: Section) -> list[Section]:
    """The section in two, for an answer that was cut off; itself where it has one line."""
    if len(section.rows) < 2:
        return [section]
    shown = section.shown.split("\n")
    if len(shown) < 2:
        return [section]
    middle = section.rows[len(section.rows) // 2][0]
    parts = (
        [(n, text) for n, text in section.rows if n < middle],
        [(n, text) for n, text in section.rows if n >= middle],
    )
    return [
        Section(
            section.doc,
            tuple(part),
            "\n".join(line for line in shown if (_number(line) < middle) == first),
            section.path,
        )
        for part, first in zip(parts, (True, False), strict=True)
        if part
    ]


def _number(shown: str) -> int:
    return int(shown.partition("|")[0])


def _lines(passage: Passage, most_tokens: int) -> Iterator[tuple[int, str, str]]:
    """(line, what is shown, its plain text) of the lines that are not empty."""
    code = 0
    for number, line in passage.numbered_lines():
        code = code + 1 if line.kind is LineKind.CODE else 0
        text = " ".join(line.text.split())
        if not text or code > CODE_SHOWN:
            continue
        for part in _parts(text, most_tokens):
            yield number, f"{number}| {_mark(line)}{part}", part


def _parts(text: str, most_tokens: int) -> Iterator[str]:
    """``text`` in parts that fit; nearly always itself."""
    most = most_tokens  # characters: a Chinese one may be a token
    while tokens_of(text) > most_tokens:
        cut = max(text.rfind(mark, most // 2, most) for mark in ("。", ". ", "；", "; ", "，", ", ", " "))
        cut = cut + 1 if cut > 0 else most
        yield text[:cut]
        text = text[cut:].lstrip()
    if text:
        yield text


def _mark(line: NoteLine) -> str:
    """The sign before a line that says what it is."""
    match line.kind:
        case LineKind.HEADING:
            return "#" * min(line.depth, 6) + " "
        case LineKind.ITEM:
            return "  " * line.depth + "- "
        case LineKind.QUOTE:
            return "> "
        case LineKind.CODE:
            return "    "
        case _:
            return "  " * line.depth
