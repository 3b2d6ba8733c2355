"""Lines and names in scripts that studyatlas has no words for (Korean, Arabic, Thai, Cyrillic, Greek, …)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from extract.notes.blocks import Block, BlockKind, SpanKind
from graph.text.scripts import OTHER, Script, scripts_of

_RUN: Final = re.compile(f"[{OTHER}]+")
_PROSE: Final = re.compile(f"[{OTHER}]{{3}}")
_READ: Final = frozenset([Script.LATIN, Script.HAN, Script.KANA])
_SYMBOLS: Final = "Greek"
"""The script whose single letters are symbols: αβ is not text in Greek."""
_TAG: Final = re.compile(rf"(?<![\w#/])#([\w/-]*[{OTHER}][\w/-]*)")
_EDGE: Final = " \t\n,.;:!?،؛؟。，；：！？、\"'“”‘’«»()（）[]【】「」『』《》…—–-·*|"
_LONGEST: Final = 40
_MOST_WORDS: Final = 4
_COLON: Final = re.compile(r"[:：]")


def has_unread(text: str) -> bool:
    """Whether ``text`` contains a letter of a script that is not read."""
    return _RUN.search(text) is not None


def unread_share(text: str) -> float:
    """Share of the letters of ``text`` that are of scripts that are not read, 0..1; 0 for a text without letters."""
    unread = sum(sum(map(str.isalpha, run)) for run in _RUN.findall(text))
    return unread / sum(map(str.isalpha, text)) if unread else 0.0


def is_unread(text: str) -> bool:
    """Whether most letters of ``text`` are of a script that is not read."""
    return unread_share(text) > 0.5


def script_of(text: str) -> str:
    """The script in English of most letters of ``text`` that are not read; empty where all are read.

    >>> script_of("광합성 photosynthesis")
    'Hangul'
    """
    known = [script for script in scripts_of(text) if script not in _READ]
    if known:
        return known[0].name.title()
    letter = next((c for run in _RUN.findall(text) for c in run if c.isalpha()), "")
    return unicodedata.name(letter, "another script").split(" ")[0].title() if letter else ""


def unread_lines(blocks: Iterable[Block]) -> dict[str, list[int]]:
    """Script → 1-based numbers of the lines that are mostly in it, ascending; scripts by name."""
    lines: defaultdict[int, list[str]] = defaultdict(list)
    for block in blocks:
        if block.kind is not BlockKind.CODE and _RUN.search(block.text):
            for number, line in zip(block.lines, block.text.split("\n"), strict=False):
                lines[number].append(line)
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, pieces in sorted(lines.items()):
        line = " ".join(pieces)
        if is_unread(line) and ((script := script_of(line)) != _SYMBOLS or _PROSE.search(line)):
            found[script].append(number)
    return dict(sorted(found.items()))


def names_set_apart(blocks: Iterable[Block]) -> set[str]:
    """Names in unread scripts that need no words to be found: headings, bold, links, table cells, tags."""
    found = {_stripped(text) for block in blocks if _RUN.search(block.text) for text in _set_apart(block)}
    return {name for name in found if _is_name(name)}


def _set_apart(block: Block) -> Iterator[str]:
    text = block.text
    if block.kind is BlockKind.HEADING and not block.question:
        yield text
        yield from _COLON.split(text, maxsplit=1)
    elif block.kind is BlockKind.CELL and len(_stripped(text).split()) <= (_MOST_WORDS if block.column == 0 else 2):
        yield text
    for span in block.spans:
        if span.kind in (SpanKind.STRONG, SpanKind.LINK):
            yield text[span.start : span.end]
    yield from _TAG.findall(text)


def _stripped(text: str) -> str:
    return text.strip(_EDGE)


def _is_name(text: str) -> bool:
    return 2 <= len(text) <= _LONGEST and len(text.split()) <= _MOST_WORDS and is_unread(text)


def unread_reason(script: str, lines: int) -> str:
    """What the report of a build says of ``lines`` lines in ``script``."""
    return (
        f"{lines} line{'s' if lines != 1 else ''} in {script}, which studyatlas does not read: "
        "only headings, bold, links, tables and tags become concepts"
    )
