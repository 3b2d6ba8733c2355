"""Whether a line of the notes states something: questions, tasks and bare headings do not."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from graph.model import LineKind
from graph.text.questions import is_question, is_task
from graph.text.scripts import HAN, has_han
from queries.question.words import content, tokens
from queries.retrieval.lines import Line

MOSTLY: Final = 0.5
"""A line of which so much only asks states nothing."""
FEW: Final = 2
"""A line of more sentences that ends with a question still states what the others do."""
BRIEF: Final = {True: 20, False: 45}
"""Characters, with Chinese and without, below which a lead-in says no more than that something follows."""
NEW: Final = 0.3
"""A line says hardly more than the question where fewer of its words are new."""

_BLANK: Final = re.compile(r"_{3,}|（\s*）|\(\s+\)")
"""What is to be filled in. Brackets with nothing at all between them, as in ``forward()``, call a function."""
_EMPTIED: Final = re.compile(
    rf"(?:\b[A-Z][\w.&–'-]{{0,80}}|[\"”’』」》]|[{HAN}](?<![是为的在于由有和与]))\s*[（(]\s*[）)]"
    r"\s*(?:[,，（(]|[是为即]|(?:is|are|was|were|has|have|had|born)\b)"
)
"""A name whose pronunciation or other spelling was lost between the brackets, as in texts out of an encyclopedia."""
_NO_END: Final = re.compile(
    r"(?<=\S)(\s*[\"“「『《][^\"“”「」『』《》?？]{1,80})[?？]\s*(?=[\"”」』》])|[?？](?=\s+[a-z])"
)
"""The question mark of a quoted title or remark, or of a title that the sentence goes on after: it ends no sentence."""
_DIVIDES: Final = re.compile(r"[，,。：:；;！!|]|\.(?=\s|$)| is | are |是")
_SENTENCE: Final = re.compile(r"[^。！？!?；;]*?(?:[。！？!?；;]+|[.](?=\s|$)|$)")


def asking(line: Line) -> float:
    """The share of a line's letters that is in sentences that ask, 0..1: a question states nothing."""
    mark = line.kind in (LineKind.HEADING, LineKind.ITEM)
    if is_question(line.text, heading=mark) and len(sentences(line.text)) <= FEW:
        return 1.0
    text = _EMPTIED.sub(" ", line.text)
    if has_han(text) and _BLANK.search(text):
        return 1.0  # the choices are behind it
    found = sentences(_NO_END.sub(r"\1", text))
    size = sum(len(s) for s in found)
    asked = sum(len(s) for s in found if is_task(s) or is_question(s.rstrip("。；"), heading=True) or _BLANK.search(s))
    return asked / size if size else 0.0


@lru_cache(maxsize=20_000)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a line, without spaces around them."""
    return tuple(s for m in _SENTENCE.finditer(text) if (s := m.group().strip()))


def echoes(line: Line, known: set[str]) -> bool:
    """Whether hardly any word of the line is new to one who asks with the words ``known``."""
    said = tokens(content(line.text))
    return sum(t not in known for t in said) < NEW * len(said)


def is_bare(line: Line) -> bool:
    """Whether a line says nothing without the lines below it, or is code."""
    return line.kind in (LineKind.HEADING, LineKind.HEADER, LineKind.CODE) or announces(line)


def is_title(line: Line) -> bool:
    """Whether a line is worded like a title: short, and without anything that divides or ends a sentence."""
    return len(line.text) < BRIEF[has_han(line.text)] and not _DIVIDES.search(line.text)


def announces(line: Line) -> bool:
    """Whether all that the line says is that something follows: ``The steps:``, but not ``It is a … . Its steps:``."""
    if not line.text.endswith((":", "：")) or len(sentences(line.text)) > 1:
        return False
    return len(line.text) < BRIEF[has_han(line.text)]
