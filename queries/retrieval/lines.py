"""The lines of the notes as retrieval sees them: plain text, and the context that a reader would have in mind at that line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from graph.model import Passage

_IMAGE: Final = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->")
_FENCE: Final = re.compile(r"^\s*(`{3,}|~{3,})\s*(\w*)")
_HEADING: Final = re.compile(r"^\s{0,3}(?:(#{1,6})\s+|(#{2,6})(?=[^\s#]))(.*?)\s*#*\s*$")
"""Notes also have ``###2、 title``, without the space that CommonMark asks for."""
_ITEM: Final = re.compile(r"^(\s*)(?:[-*+•]\s+|\d{1,3}(?:[.)]\s+|、\s*)|[①-⑳]\s*)(?=\S)")
_ROW: Final = re.compile(r"^\s*\|.*\|\s*$")
_RULE: Final = re.compile(r"^[\s|:+=-]*$")
_BOLD_LINE: Final = re.compile(r"^\s*(?:[★☆\s\d.、()（）]*)\*\*[^*]+\*\*\s*[:：]?\s*$")
_QUESTION: Final = re.compile(r"^\s*(?:[★☆\d]+[\d.、★☆\s]*.{4,80}|[^\s|>*+-].{3,30})[?？]\s*$")
_LABEL: Final = re.compile(
    r"^\s*(?:第[一二三四五六七八九十]+[种类步个点层章]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[)）]).{0,30}$|^.{1,40}[:：]\s*$"
)
"""A short line that announces the lines under it."""
_MARKS: Final = re.compile(r"(?<!\\)(\*\*|__|~~|`+)")
_STAR: Final = re.compile(r"(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
_ANCHOR: Final = re.compile(r"\s*\[\[[^\]]*\]\]\s*$|\s*\{#[\w-]+\}\s*$|^\[[ xX]\]\s+")
_STARS: Final = re.compile(r"[★☆✅❌⭐]+\s*")


class LineKind(StrEnum):
    """What a line is."""

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the notes that says something."""

    doc: str
    number: int
    """1-based line in the file."""
    kind: LineKind
    text: str
    """Plain: markup aside, otherwise as written. What a citation quotes."""
    headings: tuple[str, ...]
    """Titles above, outermost first; a line of bold text or a numbered question acts as the innermost."""
    context: str
    """Further words that a reader has in mind here: the paragraph that announces the list, the parent items. For a row
    of a table: its header, cells apart by `` | ``, and on a second line what announces the table."""
    section: str
    """Id of what groups lines: the nearest heading line's ``DOC#LINE``."""
    passage: str
    """Id of the passage that holds it."""


def plain(text: str) -> str:
    """A line without its markup: marks, bullets, numbering, links, images, HTML; table cells stand apart by ``|``.

    >>> plain("- **LoRA**：[低秩适应](a.md) `r=8`")
    'LoRA：低秩适应 r=8'
    """
    text = _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))
    text = re.sub(r"^[\s>]*", "", text)
    heading = _HEADING.match(text)
    if heading:
        text = heading.group(3)
    elif _ROW.match(text):
        text = " | ".join(cell.strip() for cell in text.strip().strip("|").split("|"))
    text = _MARKS.sub("", text)
    text = re.sub(r"^(?:[-*+•]\s+|\d{1,3}[.)、](?=\D)\s*)", "", text.strip())
    text = _ANCHOR.sub("", _STARS.sub("", _STAR.sub("", text)))
    return re.sub(r"\s+", " ", text).strip()


def read_lines(passages: Iterable[Passage]) -> list[Line]:
    """All lines of ``passages`` (by document and first line) that say something, in that order.

    A code block ends at its fence, or at the next passage under another heading where the fence was forgotten.
    """
    found: list[Line] = []
    reader = _Reader()
    for passage in passages:
        reader.enter(passage)
        for offset, raw in enumerate(passage.text.split("\n")):
            line = reader.line(raw, passage.first_line + offset)
            if line is not None:
                found.append(line)
    return found


class _Reader:
    """What is known while going down a document: open fence, heading, announcing paragraph, parent items, table header."""

    def __init__(self) -> None:
        self.doc = self.passage = self.section = ""
        self.path: tuple[str, ...] = ()
        self.minor = ""
        self.in_code = False
        self._reset()

    def _reset(self) -> None:
        self.lead = ""
        self.parents: list[tuple[int, str]] = []
        self.header = ""
        self.previous_row = False
        self.announced = False
        self.blank = False

    def enter(self, passage: Passage) -> None:
        """Go to the next passage: another document or heading ends whatever was open."""
        if passage.doc != self.doc or passage.heading_path != self.path:
            self.in_code, self.minor = False, ""
            self.section = passage.id
            self._reset()
        self.doc, self.passage = passage.doc, passage.id
        self.path = passage.heading_path

    def line(self, raw: str, number: int) -> Line | None:
        """The line as retrieval sees it; None for an empty one, a rule or a fence."""
        fence = _FENCE.match(raw)
        if fence:
            self.in_code = bool(fence.group(2)) or not self.in_code
            return None
        if self.in_code:
            text = plain(raw) if raw.strip() else ""
            return self._made(LineKind.CODE, text, number, "") if len(text) > 1 else None
        if not raw.strip():
            self.blank = True
            self.previous_row = False
            return None
        text = plain(raw)
        if not text or _RULE.match(text):
            return None
        line = self._classified(raw, text, number)
        self.blank = False
        return line

    def _classified(self, raw: str, text: str, number: int) -> Line:
        if _HEADING.match(raw):
            self.minor = ""
            self._reset()
            return self._made(LineKind.HEADING, text, number, "")
        if _ROW.match(raw):
            if not self.previous_row:
                self.header, self.previous_row = text, True
                return self._made(LineKind.ROW, text, number, self.lead)
            return self._made(LineKind.ROW, text, number, f"{self.header}\n{self.lead}")
        self.previous_row = False
        if _BOLD_LINE.match(raw) or _QUESTION.match(raw):
            self._reset()
            self.minor = ""
            line = self._made(LineKind.HEADING, text, number, "")
            self.minor = text
            return line
        item = _ITEM.match(raw)
        if item:
            depth = len(item.group(1).expandtabs(4))
            self.parents = [(d, t) for d, t in self.parents if d < depth]
            context = " ".join([self.lead, *(t for _, t in self.parents)]).strip()
            self.parents.append((depth, text[:120]))
            return self._made(LineKind.ITEM, text, number, context)
        indent = len(raw) - len(raw.lstrip())
        if indent and self.parents:
            context = " ".join([self.lead, *(t for d, t in self.parents if d < indent)]).strip()
            return self._made(LineKind.TEXT, text, number, context)
        self.parents = []
        if _LABEL.match(text) or _LABEL.match(raw):
            self.lead, self.announced, self.header = text[-160:], True, ""
            return self._made(LineKind.TEXT, text, number, "")
        if self.announced and not self.blank:
            return self._made(LineKind.TEXT, text, number, self.lead)
        context = self.lead if self.header else ""
        self.lead, self.header, self.announced = text[-160:], "", False
        return self._made(LineKind.TEXT, text, number, context)

    def _made(self, kind: LineKind, text: str, number: int, context: str) -> Line:
        headings = (*self.path, self.minor) if self.minor else self.path
        if kind is LineKind.HEADING and headings and _same(headings[-1], text):
            headings = headings[:-1]
        return Line(self.doc, number, kind, text, headings, context, self.section, self.passage)


def _same(heading: str, text: str) -> bool:
    """Whether a heading line is the innermost title of its own path (markup and numbering aside)."""
    return bool(heading) and (heading in text or text in heading)
