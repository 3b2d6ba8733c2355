"""Logseq and other outliners: drawers, dates of tasks, ``#+BEGIN`` blocks, macros, references to blocks, states."""

from __future__ import annotations

import re
from typing import Final

from extract.notes.dialects.line_parts import CONTAINER, ITEM, QUOTES, replace

_DRAWER: Final = re.compile(rf"{CONTAINER}:([A-Za-z][\w-]*):[ \t]*$")
_DRAWER_END: Final = re.compile(r"[ \t>]*:END:[ \t]*$", re.IGNORECASE)
_DRAWER_LINES: Final = 200
_DATES: Final = re.compile(
    rf"{CONTAINER}(?:(?:SCHEDULED|DEADLINE|CLOSED):[ \t]*[<\[][^<>\[\]]*[>\]][ \t]*|CLOCK:[ \t]*\[[^\[\]]*\].*)+$"
)
_BEGIN: Final = re.compile(rf"(?P<container>{CONTAINER})#\+BEGIN_(?P<kind>\w+)(?:[ \t].*)?$", re.IGNORECASE)
_END: Final = re.compile(r"[ \t>]*#\+END_(\w+)(?:[ \t]+[#^].*)?[ \t]*$", re.IGNORECASE)
_CODE_KINDS: Final = frozenset(["src", "example"])
_HIDDEN_KINDS: Final = frozenset(["query", "comment", "export"])
_STATE: Final = re.compile(
    rf"(?P<head>{QUOTES}(?:{ITEM}(?:#{{1,6}}[ \t]+)?|#{{1,6}}[ \t]+)"
    r"(?:\[[ xX]\][ \t]+)?)"
    r"(?:(?:TODO|DOING|LATER|NOW|DONE|WAITING|<span class=\"org-todo[^<>]*>\w+</span>)(?:[ \t]+|$))?"
    r"(?:\[#[A-C]\](?:[ \t]+|$))?"
)

UUID: Final = r"\(\([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\)\)"
"""Regular expression of a reference to a block."""
_REFERENCE: Final = re.compile(UUID)
MACRO: Final = (
    r"\{\{\s*(?P<macro>embed|query|renderer|cloze|video|audio|img|iframe|youtube(?:-timestamp)?|vimeo|bilibili|tweet"
    r"|twitter|pdf|namespace|function|table|zotero-[\w-]+|attr-table|word-count|\[\[(?:query|embed|TODO|DONE|table)\]\])"
    r"(?P<argument>(?::|\s)(?:[^{}]|\{(?!\{)|\}(?!\})){0,2000})?\}\}"
)
"""Regular expression of a macro; placeholders like ``{{title}}`` and braces of TeX are none."""


def without_state(line: str) -> str:
    """An item or heading without the state of its task (``TODO``, also as Org exports it) and its priority."""
    match = _STATE.match(line)
    return line if match is None or match.end() == match.end("head") else match["head"] + line[match.end() :]


def macro_text(match: re.Match[str]) -> str:
    r"""What a macro says: the text of ``{{cloze text \\ hint}}``; the others show something from elsewhere."""
    if match["macro"].casefold() != "cloze":
        return ""
    return _REFERENCE.sub("", (match["argument"] or "").partition("\\\\")[0]).strip()


def take_out_drawers(lines: list[str], start: int) -> None:
    """Blank drawers (``:LOGBOOK:`` to ``:END:``) and lines that only say when a task is due or was worked on."""
    at = start
    while at < len(lines):
        line = lines[at]
        if ":" in line:
            if _DRAWER.match(line):
                for end in range(at + 1, min(len(lines), at + _DRAWER_LINES)):
                    if _DRAWER_END.match(lines[end]):
                        lines[at : end + 1] = [""] * (end + 1 - at)
                        at = end
                        break
            elif _DATES.match(line):
                lines[at] = ""
        at += 1


def take_out_org_blocks(lines: list[str], start: int) -> list[tuple[int, str]]:
    """Take off the marks of ``#+BEGIN_NOTE`` to ``#+END_NOTE``.

    The body stays if it is text. Returns the lines of code that were in blocks of code, which are blanked.
    """
    code: list[tuple[int, str]] = []
    if not any("#+" in line for line in lines[start:]):
        return code
    ends: dict[str, list[int]] = {}
    for i in range(len(lines) - 1, start - 1, -1):
        if "#+" in lines[i] and (match := _END.match(lines[i])):
            ends.setdefault(match[1].casefold(), []).append(i)
    for at in range(start, len(lines)):
        if "#+" not in lines[at] or (match := _BEGIN.match(lines[at])) is None:
            continue
        kind = match["kind"].casefold()
        places = ends.get(kind, [])
        while places and places[-1] < at:
            places.pop()
        if places:
            end = places.pop()
            lines[end] = ""
            if kind in _CODE_KINDS or kind in _HIDDEN_KINDS:
                if kind in _CODE_KINDS:
                    code += [(i, lines[i].strip(" \t>")) for i in range(at + 1, end) if lines[i].strip(" \t>")]
                lines[at + 1 : end] = [""] * (end - at - 1)
        replace(lines, at, match["container"])
    for places in ends.values():
        for i in places:
            lines[i] = ""
    return code
