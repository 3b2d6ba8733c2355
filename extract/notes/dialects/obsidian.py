"""Obsidian and its plugins: callouts, admonitions, ids of blocks, tasks, queries, drawings of Excalidraw."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from extract.notes.dialects.line_parts import ITEM, QUOTES

QUERY_LANGUAGES: Final = frozenset(
    [
        *("dataview", "dataviewjs", "tasks", "query", "base", "button", "buttons", "kanban", "tracker", "leaflet"),
        *("toc", "table-of-contents", "breadcrumbs", "cardlink", "embed", "todoist", "compressed-json", "chart"),
        *("meta-bind", "meta-bind-button", "meta-bind-embed", "meta-bind-js-view"),
    ]
)
"""Languages of fences that instruct a plugin: neither text nor code that a note is about."""
ADMONITION: Final = "ad-"
"""How the language of a fence begins that has text inside (plugin Admonition)."""
_SETTING: Final = re.compile(r"(title|collapse|icon|color|metadata)\s*:\s*(.*)$", re.IGNORECASE)
_CALLOUT: Final = re.compile(rf"([ \t]*+(?:{ITEM})?+(?:>[ \t]*+)++)\[! ?[\w-]+(?:\|[^\[\]]*)?\][+-]?")
BLOCK_ID: Final = re.compile(r"(?:^|(?<=\s))\^[A-Za-z0-9-]+\s*$")
_INLINE_QUERY: Final = re.compile(
    r"\$=\s*\S|=\s*(?:this\b|\[\[)|=.*(?:\bthis\.|\[\[|\b(?:date|dateformat|dur|link|elink|choice|default)\()"
)
_TASK: Final = re.compile(rf"{QUOTES}{ITEM}\[.\][ \t]")
_TASK_FIELD: Final = re.compile(
    r"[📅📆🗓⏳⌛🛫➕✅❌]\ufe0f?[ \t]*\d{4}-\d{2}-\d{2}"
    r"|🔁\ufe0f?[ \t]*every\b[^#\U0001f000-\U0001faff\u231a-\u231b\u23e9-\u23fa\u2600-\u27bf\u2b00-\u2bff]*"
    r"|[🆔⛔]\ufe0f?[ \t]*[\w,-]+|🏁\ufe0f?[ \t]*(?:delete|keep)\b",
    re.IGNORECASE,
)

_DRAWING_KEY: Final = re.compile(r"excalidraw-plugin\s*:", re.IGNORECASE)
_DRAWING_NOTICE: Final = re.compile(r"\s*=*\s*⚠.*\bEXCALIDRAW VIEW\b", re.IGNORECASE)
_DRAWING_PART: Final = re.compile(
    r"#{1,2}[ \t]+(Excalidraw Data|Text Elements|Element Links|Embedded Files|Drawing)[ \t]*$", re.IGNORECASE
)
_TEXT_PARTS: Final = frozenset(["excalidraw data", "text elements"])
"""Parts of a drawing's file that have text; the others have addresses and compressed data."""


def is_inline_query(code: str) -> bool:
    """Whether inline code is a query of Dataview, whose result is shown instead: ``= this.file.name``, ``$= dv…``."""
    return _INLINE_QUERY.match(code) is not None


def callout_mark(line: str) -> re.Match[str] | None:
    """``> [!type]-`` at the start of a line; group 1 is what comes before the bracket."""
    return _CALLOUT.match(line)


def without_task_fields(line: str) -> str:
    """A task without the dates, repetitions and ids that the plugin Tasks writes after its text."""
    return _TASK_FIELD.sub("", line).rstrip() if _TASK.match(line) else line


def quote_admonition(lines: list[str], first: int, end: int) -> int:
    """Make the body of an admonition, between the fences on lines ``first`` and ``end``, a quote.

    Returns the line of its title, -1 without one. The other settings at its top say nothing.
    """
    title, at_top = -1, True
    for i in range(first + 1, end):
        text = lines[i].lstrip(" \t")
        indent = lines[i][: len(lines[i]) - len(text)]
        if at_top and (match := _SETTING.match(text)):
            is_title = match[1].casefold() == "title" and match[2].strip() != ""
            title = i if is_title else title
            text = match[2].strip() if is_title else ""
        elif text:
            at_top = False
        lines[i] = f"{indent}> {text}" if text else f"{indent}>"
    return title


def take_out_drawing(lines: list[str], front: Sequence[str]) -> tuple[int, ...]:
    """If the note is a drawing of Excalidraw, leave only the texts in it; returns the lines that were blanked.

    ``front`` is the front matter, whose key ``excalidraw-plugin`` tells; drawings without it have the notice.
    """
    is_drawing = any(_DRAWING_KEY.match(line) for line in front)
    if not is_drawing and not any(_DRAWING_NOTICE.match(line) for line in lines[:60]):
        return ()
    part, blanked = "", []
    for i, line in enumerate(lines):
        if match := _DRAWING_PART.match(line):
            part = match[1].casefold()
        if match or part not in ("", *_TEXT_PARTS) or _DRAWING_NOTICE.match(line) or line.strip() == "%%":
            lines[i] = ""
            blanked.append(i)
    return tuple(blanked)
