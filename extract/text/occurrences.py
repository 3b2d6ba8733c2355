"""Where names stand in the notes: all names at once, the longest at each place, in any spelling that reads the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import ahocorasick_rs

from extract.notes.blocks import Block
from extract.text.segment import sentence_spans
from graph.text.frequency import general_frequency
from graph.text.names import simplified
from graph.text.scripts import HAN, is_spaced

_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_JOINERS: Final = {ord(c): " " for c in "-‐‑‒–—_－＿\t\n "}
_NORMAL: Final = str.maketrans(_WIDE | _JOINERS)
_EDGE: Final = re.compile(rf"(?<=[{HAN}])\s+(?=[a-z0-9])|(?<=[a-z0-9])\s+(?=[{HAN}])")
_GAP: Final = re.compile(rf"(?<=[{HAN}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{HAN}])")
_COMMON: Final = 2e-6
"""A lower-case word at least this frequent in English is the word, not the acronym that is spelled like it (RAG, rag; PAL, pal)."""


@dataclass(frozen=True, slots=True)
class ParsedDoc:
    """A document as the corpus stages see it."""

    id: str
    blocks: tuple[Block, ...]
    lang: str
    size: int
    """Characters of block text, an English word counting two: what the number of concepts grows with."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name of a concept at a place: ``docs[doc].blocks[block].text[start:end]``."""

    concept: int
    doc: int
    block: int
    start: int
    end: int


def comparable(text: str) -> str:
    """``text`` in lower case, half width and Simplified characters, hyphens and breaks as spaces; of the same length, so offsets hold."""
    mapped = simplified(text).translate(_NORMAL)
    lower = mapped.lower()
    return lower if len(lower) == len(mapped) else "".join(c.lower() if len(c.lower()) == 1 else c for c in mapped)


def spellings(name: str) -> set[str]:
    """The comparable spellings under which ``name`` is looked for: spaces between scripts or not, plural of Latin words."""
    base = " ".join(comparable(name).split())
    if not base:
        return set()
    tight = _EDGE.sub("", base)
    forms = {base, tight, _GAP.sub(" ", tight)}
    for form in sorted(forms):  # a copy: the set grows
        last = form[-1]
        if last.isascii() and last.isalpha() and len(form) > 2:
            if last not in "sxz":
                forms.add(form + "s")
            else:
                forms.add(form + "es")
            if last == "y" and form[-2] not in "aeiou":
                forms.add(form[:-1] + "ies")
    return forms


class NameFinder:
    """Finds the names of many concepts in a text, the longest at each place (leftmost first)."""

    def __init__(self, names: Iterable[tuple[str, int]]) -> None:
        """``names``: (name, concept number). Where two concepts share a spelling, the first one listed has it."""
        self._patterns: list[str] = []
        self._owner: list[tuple[int, bool]] = []
        seen: set[str] = set()
        for name, concept in names:
            acronym = name.isascii() and len(name) <= 6 and sum(c.isupper() for c in name) >= 2
            for form in sorted(spellings(name)):
                if form not in seen:
                    seen.add(form)
                    self._patterns.append(form)
                    self._owner.append((concept, acronym and general_frequency("en").get(form, 0.0) > _COMMON))
        self._machine = ahocorasick_rs.AhoCorasick(self._patterns) if self._patterns else None

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(start, end, concept) of the names in ``text``, by start; none overlap."""
        found: list[tuple[int, int, int]] = []
        reach = 0
        for start, end, concept in self.find_all(text):
            if start >= reach:
                found.append((start, end, concept))
                reach = end
        return found

    def find_all(self, text: str) -> list[tuple[int, int, int]]:
        """Like :meth:`find`, but with the names inside of longer names; by start, longest first."""
        if self._machine is None:
            return []
        folded = comparable(text)
        hits = []
        for pattern, start, end in self._machine.find_matches_as_indexes(folded, overlapping=True):
            if _inside_word(folded, start, end):
                continue
            concept, shouted = self._owner[pattern]
            if shouted and text[start:end].islower():
                continue
            hits.append((start, -end, concept))
        return [(start, -minus_end, concept) for start, minus_end, concept in sorted(hits)]


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether the span begins or ends within a Latin word or number."""
    if start and is_spaced(text[start]) and is_spaced(text[start - 1]):
        return True
    return end < len(text) and is_spaced(text[end - 1]) and is_spaced(text[end])


def locate(docs: Sequence[ParsedDoc], names: Iterable[tuple[str, int]]) -> list[Occurrence]:
    """All occurrences of ``names`` ((name, concept number) pairs), in the order (doc, block, start)."""
    finder = NameFinder(names)
    return [
        Occurrence(concept, d, b, start, end)
        for d, doc in enumerate(docs)
        for b, block in enumerate(doc.blocks)
        for start, end, concept in finder.find(block.text)
    ]


def line_at(block: Block, offset: int) -> int:
    """1-based file line on which the character ``offset`` of the block's text stands."""
    return block.lines[min(block.text.count("\n", 0, offset), len(block.lines) - 1)] if block.lines else block.line


def sentence_around(block: Block, start: int, end: int) -> tuple[int, int]:
    """Offsets of the sentence of ``block.text`` that holds ``start``."""
    for a, b in sentence_spans(block.text):
        if a <= start < b or start < a:
            return (a, max(b, end))
    return (0, len(block.text))
