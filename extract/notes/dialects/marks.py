"""Marks inside of a line that say something to a program only: references, macros, fields, tags, ids of blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from extract.notes.dialects.line_parts import CONTAINER, replace
from extract.notes.dialects.obsidian import BLOCK_ID, without_task_fields
from extract.notes.dialects.outliner import MACRO, UUID, macro_text, without_state
from extract.notes.dialects.properties import FIELD, read_field, read_property
from extract.notes.properties import Property
from extract.notes.ticks import Ticks
from graph.text.scripts import OTHER

_CONTAINER: Final = re.compile(CONTAINER)
_HINT: Final = re.compile(
    r"\(\(|::|#\w|#\[\[|\s\^|^\^|TODO|DOING|LATER|NOW|DONE|WAITING|\[#[A-C]\]|\[.\][ \t]|org-todo"
)
_MARK: Final = re.compile(rf"(?P<ticks>`+)|(?P<reference>{UUID})|(?P<field>{FIELD})", re.IGNORECASE)
_MACRO: Final = re.compile(rf"(?P<ticks>`+)|{MACRO}", re.IGNORECASE)
_TAG: Final = (
    r"#(?:\[\[[^\[\]]{1,200}\]\]"
    r"|(?![0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?(?![\w/-]))"  # a colour
    rf"(?=[\w/-]*[^\W\d_])(?![\w/-]*[{OTHER}])[\w/-]+)"  # in scripts that nothing else reads tags are names
)
_NESTED: Final = re.compile(r"(?<![^\s(（])#(?=[\w/-]*[^\W\d_])[\w-]+(?:/[\w-]+)+")
_ONE_TAG: Final = re.compile(_TAG)
_ONLY_TAGS: Final = re.compile(
    rf"(?P<container>{CONTAINER})(?:(?:{_TAG}[ \t]+)+{_TAG}|#\[\[[^\[\]]{{1,200}}\]\]|#[a-z][\w/-]*)[ \t]*$"
)


def take_out_macros(lines: list[str], start: int) -> None:
    """Cut the macros from ``lines`` from line ``start`` on; a cloze leaves its text."""
    for at in range(start, len(lines)):
        if "{{" in lines[at]:
            text = _cut(lines[at], _MACRO, macro_text)
            if text != lines[at]:
                replace(lines, at, text)


def take_out_marks(lines: list[str], start: int) -> list[Property]:
    """Cut the marks from ``lines`` from line ``start`` on; returns the properties among them, in order."""
    found: list[Property] = []
    top = True
    for at in range(start, len(lines)):
        line = lines[at]
        if not line:
            continue
        if (own := read_property(line, at, top=top)) is not None:
            found.append(own)
            match = _CONTAINER.match(line)
            replace(lines, at, match[0] if match else "")
            continue
        top = False
        if _HINT.search(line) or not line.isascii():
            text = _without_marks(line, at, found)
            if text != line:
                replace(lines, at, text)
    return found


def _without_marks(line: str, at: int, found: list[Property]) -> str:
    text = without_task_fields(without_state(line))

    def said(mark: re.Match[str]) -> str:
        if mark["field"]:
            found.append(read_field(mark, at))
        return ""

    text = _without_tags(_cut(text, _MARK, said))
    if "^" in text and text.count("$") % 2 == 0:
        text = BLOCK_ID.sub("", text)
    return text


def _cut(line: str, marks: re.Pattern[str], said: Callable[[re.Match[str]], str]) -> str:
    """The line with what marks outside of inline code say instead of them."""
    kept, pos, look = "", 0, 0
    ticks = Ticks(line)
    while match := marks.search(line, look):
        if match["ticks"]:
            look = ticks.after(*match.span())
            continue
        text = said(match)
        kept += line[pos : match.start()] + text
        pos = look = match.end()
        if not text and (not kept or kept[-1].isspace()):
            while line.startswith(" ", pos):
                pos += 1
            look = pos
    return kept + line[pos:] if pos else line


def _without_tags(line: str) -> str:
    """Without tags that are no word of a sentence: at the end of the line, alone on it, or with parts (``#a/b``)."""
    if "#" not in line:
        return line
    if match := _ONLY_TAGS.match(line):
        return match["container"]
    line = line if "`" in line else _NESTED.sub("", line)
    end = text = _without_last_space(line, len(line))
    while (begin := _last_word(line, end)) > 0 and _ONE_TAG.fullmatch(line, begin, end):
        end = _without_last_space(line, begin)
    return line if end == text else line[:end]


def _last_word(line: str, end: int) -> int:
    """Where the last word before ``end`` begins, or the tag of several words; 0 without a space before it."""
    if line.endswith("]]", 0, end):
        begin = line.rfind("#[[", max(end - 210, 0), end)
        return begin if begin > 0 and line[begin - 1].isspace() else 0
    return max(line.rfind(" ", 0, end), line.rfind("\t", 0, end)) + 1


def _without_last_space(line: str, end: int) -> int:
    while end and line[end - 1] in " \t":
        end -= 1
    return end
