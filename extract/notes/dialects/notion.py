"""What an export of Notion writes under the title of a page: its properties, which are no text."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from graph.text.scripts import columns

_ID: Final = re.compile(r"(?:^|[\s_-])[0-9a-f]{32}(?:_all)?$")
_TITLE: Final = re.compile(r"#[ \t]+\S")
_PROPERTY: Final = re.compile(r"(?P<key>[^\s:：#>*\-|`\[!<][^:：]{0,40}?):(?:[ \t]+(?P<value>\S.*))?$")
_LINK: Final = re.compile(r"[0-9a-f]{32}\.(?:md|csv)|https?://|%20")
_SENTENCE_END: Final = re.compile(r"[.。!！;；]$")
_ONE_WIDTH: Final = 40
"""Columns of the value of a property that is the only one; a longer one may be a sentence."""
_WIDTH: Final = 160
_UNTITLED: Final = re.compile(r"!?\[Untitled(?: [^\]]{0,40})?\]\([^()\s]*\)")
"""What Notion calls pages and pictures without a name."""


class PropertyLine(NamedTuple):
    """A property of a page: 0-based line, key as written, value."""

    line: int
    key: str
    value: str


def is_notion(name: str) -> bool:
    """Whether a file (path with ``/``) is of an export of Notion: its name or that of a folder ends with a page id."""
    path = PurePosixPath(name)
    return any(_ID.search(part) for part in (path.stem, *path.parts[:-1]))


def take_properties(lines: list[str], start: int) -> list[PropertyLine]:
    """Blank the properties right under the title, and the names that Notion itself gives, and return the properties.

    Two or more lines ``Key: value`` in a row, or one with a short value that is no sentence.
    """
    for at in range(start, len(lines)):
        if "Untitled" in lines[at]:
            lines[at] = _UNTITLED.sub("", lines[at]).rstrip()
    at = start
    while at < len(lines) and not lines[at]:
        at += 1
    if at < len(lines) and _TITLE.match(lines[at]):
        at += 1
    while at < len(lines) and not lines[at]:
        at += 1
    found: list[PropertyLine] = []
    while at < len(lines) and (match := _PROPERTY.match(lines[at])):
        found.append(PropertyLine(at, match["key"].strip(), (match["value"] or "").strip()))
        at += 1
    ends = at == len(lines) or not lines[at]
    if not found or not ends or not all(_is_value(p.value, alone=len(found) == 1) for p in found):
        return []
    for one in found:
        lines[one.line] = ""
    return found


def _is_value(value: str, *, alone: bool) -> bool:
    if _LINK.search(value):
        return True
    if alone:
        return columns(value) <= _ONE_WIDTH and len(value.split()) <= 6 and not _SENTENCE_END.search(value)
    return columns(value) <= _WIDTH
