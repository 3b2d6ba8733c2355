"""Where names stand in the notes: all names at once, the longest at each place, in any spelling that reads the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import ahocorasick_rs

from extract.notes.blocks import Block
from extract.text.segment import CJK, sentence_spans
from graph.text.frequency import general_frequency
from graph.text.names import simplified

_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_JOINERS: Final = {ord(c): " " for c in "-‐‑‒–—_－＿\t\n "}
_APOSTROPHES: Final = {ord(c): "'" for c in "’ʼ＇"}
_NORMAL: Final = str.maketrans(_WIDE | _JOINERS | _APOSTROPHES)
_EDGE: Final = re.compile(rf"(?<=[{CJK}])\s+(?=[a-z0-9])|(?<=[a-z0-9])\s+(?=[{CJK}])")
_GAP: Final = re.compile(rf"(?<=[{CJK}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{CJK}])")
_COMMON: Final = 2e-6
"""A lower-case word at least this frequent in English is the word, not the acronym that is spelled like it (RAG, rag; PAL, pal)."""


_VERY_COMMON: Final = 1e-4
"""A word at least this frequent (it, us, who) is the word with a capital at its beginning as well."""


@dataclass(frozen=True, slots=True)
class ParsedDoc:
    """A document as the corpus stages see it."""

    id: str
    blocks: tuple[Block, ...]
    lang: str
    size: int
    """Characters of block text, an English word counting two: what the number of concepts grows with."""
    references: frozenset[int] = frozenset()
    """Indexes of the blocks that are a bibliography: they give no concepts, and naming one there says nothing of it."""


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
    """The comparable spellings of ``name`` itself: with spaces between scripts and without."""
    base = " ".join(comparable(name).split())
    if not base:
        return set()
    tight = _EDGE.sub("", base)
    return {base, tight, _GAP.sub(" ", tight)}


def plurals(forms: Iterable[str]) -> set[str]:
    """The plurals of spellings that end in a Latin letter."""
    forms = set(forms)
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
        self._owner: list[tuple[int, int]] = []
        seen: set[str] = set()
        listed = [(name, concept, spellings(name)) for name, concept in names]
        # All names as they are before the plural of any: HTTPS is a name of its own and not several HTTP.
        for name, concept, forms in (*listed, *((n, c, plurals(own) - own) for n, c, own in listed)):
            acronym = name.isascii() and len(name) <= 6 and sum(c.isupper() for c in name) >= 2
            for form in sorted(forms):
                if form not in seen:
                    seen.add(form)
                    self._patterns.append(form)
                    self._owner.append((concept, _capitals(form) if acronym else 0))
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
            if shouted and not any(map(str.isupper, text[start + shouted - 1 : end])):
                continue
            hits.append((start, -end, concept))
        return [(start, -minus_end, concept) for start, minus_end, concept in sorted(hits)]


def _capitals(form: str) -> int:
    """From which letter on (1-based) a capital is needed to tell an acronym from the word spelled like it; 0: none is.

    Rag may open a sentence about RAG, but It and Who do not open one about IT and the WHO.
    """
    frequency = general_frequency("en").get(form, 0.0)
    return 0 if frequency <= _COMMON else 1 if frequency <= _VERY_COMMON else 2


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether the span begins or ends within a Latin word or number."""
    if start and _latin(text[start]) and _latin(text[start - 1]):
        return True
    return end < len(text) and _latin(text[end - 1]) and _latin(text[end])


def _latin(char: str) -> bool:
    return char.isalnum() and char < "⺀"


def locate(docs: Sequence[ParsedDoc], names: Iterable[tuple[str, int]]) -> list[Occurrence]:
    """All occurrences of ``names`` ((name, concept number) pairs), in the order (doc, block, start)."""
    finder = NameFinder(names)
    return [
        Occurrence(concept, d, b, start, end)
        for d, doc in enumerate(docs)
        for b, block in enumerate(doc.blocks)
        if b not in doc.references
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


def text_size(text: str) -> int:
    """Length of ``text`` in Chinese characters; a Latin word counts two (it takes about as long to read as two characters)."""
    return len(re.findall(f"[{CJK}]", text)) + 2 * len(re.findall(r"[A-Za-z0-9]+(?:[-'][A-Za-z0-9]+)*", text))
