"""``<details>`` of HTML: its summary is the title of a container."""

from __future__ import annotations

import re
from typing import Final

from extract.notes.dialects.containers import TITLE

_TAG: Final = re.compile(r"<(?P<closes>/?)details\b[^<>]*>", re.IGNORECASE)
_SUMMARY: Final = re.compile(r"<summary\b[^<>]*>", re.IGNORECASE)
_END: Final = re.compile(r"</summary\s*>", re.IGNORECASE)
_PREFIX: Final = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?")
_WORD: Final = re.compile(r"[^\W_]")
_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_SUMMARY_LINES: Final = 8
_LONGEST: Final = 5000
"""Characters of a line that is looked at."""


def mend_details(lines: list[str], start: int) -> dict[int, int]:
    """Mend ``<details>`` with a summary in ``lines`` from line ``start`` on, where code has been taken out.

    The tags go, a summary becomes a line that begins with :data:`extract.notes.dialects.containers.TITLE`; text on the
    line of its closing tag is put behind ``<br>``.

    Returns:
        line of a title → line after the container, both 0-based.
    """
    ends: dict[int, int] = {}
    open_: list[int] = []  # the titles, -1 without one
    for at in range(start, len(lines)):
        if "<" not in lines[at] or len(lines[at]) > _LONGEST:
            continue
        place = 0
        while match := _TAG.search(lines[at], place):
            line = lines[at]
            if match["closes"]:
                if open_ and (title := open_.pop()) >= 0:
                    ends[title] = max(at, title + 1)
                lines[at] = (line[: match.start()] + line[match.end() :]).rstrip()
                place = match.start()
                continue
            title = _mend_summary(lines, at, match)
            open_.append(title)
            place = 0 if title == at else len(lines[at])
            if title < 0:
                place = match.end()
    for title in open_:
        if title >= 0:
            later = (k for k in range(title + 1, len(lines)) if _HEADING.match(lines[k]) and k not in ends)
            ends[title] = next(later, len(lines))
    return ends


def _mend_summary(lines: list[str], at: int, opening: re.Match[str]) -> int:
    """Mend the summary of the details that begin on line ``at``; returns the line of the title, -1 without one."""
    line = lines[at]
    before, after = line[: opening.start()], line[opening.end() :]
    prefix = _PREFIX.match(line)
    lead = prefix[0] if prefix else ""
    first = at
    if not after.strip():
        first = next((k for k in range(at + 1, min(at + 4, len(lines))) if lines[k].strip(" \t>")), -1)
        if first < 0:
            return -1
        after = lines[first]
        before_summary = _PREFIX.match(after)
        after = after[before_summary.end() if before_summary else 0 :]
    summary = _SUMMARY.match(after.lstrip())
    if summary is None or before.strip(" \t>-*+.)0123456789"):
        return -1
    pieces = {first: after.lstrip()[summary.end() :]}
    last = first
    while not _END.search(pieces[last]):
        last += 1
        if last >= min(first + _SUMMARY_LINES, len(lines)):
            return -1
        pieces[last] = lines[last].lstrip(" \t>").rstrip()
    end = _END.search(pieces[last])
    rest = pieces[last][end.end() :].strip() if end else ""
    pieces[last] = pieces[last][: end.start()] if end else pieces[last]
    said = [k for k, text in pieces.items() if _WORD.search(re.sub(r"<[^<>]*>", "", text))]
    if len(said) != 1 or (rest and said[0] != last):
        return -1
    lines[at : last + 1] = [""] * (last + 1 - at)
    lines[said[0]] = f"{lead}{TITLE}{pieces[said[0]].strip()}" + (f"<br>{rest}" if rest else "")
    return said[0]
