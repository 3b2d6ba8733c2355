"""Templates: files that a program copies to begin a note, with placeholders for its title, date and so on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

_FOLDERS: Final = frozenset(["template", "templates", "_template", "_templates", "模板", "模版", "_模板"])
"""Names of folders of templates. Notes on templates in C++ may be in such a folder too: it takes a placeholder."""
_VAULT: Final = (".obsidian", "logseq/config.edn")
"""What the root of a collection has whose program knows such folders."""
_PLACEHOLDER: Final = re.compile(
    r"\{\{\s*(?:title|date|time|name|value|week|month|quarter|year|today|yesterday|tomorrow|monday|sunday"
    r"|标题|日期|时间)\s*(?::[^{}\n]*)?\}\}"
    r"|<%[-_*+~]?\s*(?:tp\.|await\b|current page|today|yesterday|tomorrow|time\b)",
    re.IGNORECASE,
)
_ANY: Final = re.compile(r"\{\{[^{}\n]{0,200}\}\}|<%.{0,300}?%>")
_HEADING: Final = re.compile(r"#[ \t]+(.*)$")
_TITLE: Final = re.compile(r"title[ \t]*:(.*)$", re.IGNORECASE)
_CODE: Final = re.compile(r"`[^`\n]*`")
_LETTER: Final = re.compile(r"[^\W\d_]")
_FENCE: Final = re.compile(r"\s*(?:```|~~~)")
_MOST_FILES: Final = 30
_HEAD: Final = 20_000
"""Characters of another file of the folder that are looked at."""


def is_template(doc: str, path: Path, lines: Sequence[str]) -> bool:
    """Whether a note is a template: its title is yet to be filled in, or it is in a folder of templates.

    Args:
        doc: its path relative to the folder of notes.
        path: where it is; other files of its folder may be read.
        lines: its text.
    """
    if _to_fill_in(PurePosixPath(doc).stem) or _to_fill_in(_first_title(lines)):
        return True
    parts = PurePosixPath(doc).parts
    depth = next((k for k, part in enumerate(parts[:-1]) if part.casefold() in _FOLDERS), -1)
    if depth < 0:
        return False
    if any(_PLACEHOLDER.search(line) for line in lines):
        return True
    root = path.parents[len(parts) - 1]
    if any((root / mark).exists() for mark in _VAULT):
        return True
    folder = path.parents[len(parts) - 2 - depth]
    others = sorted(other for other in folder.rglob("*.md") if other != path)[:_MOST_FILES]
    return any(_PLACEHOLDER.search(_head(other)) for other in others)


def _first_title(lines: Sequence[str]) -> str:
    """The first heading of level 1, else the title of the front matter, as it is written."""
    title = ""
    for line in lines:
        if _FENCE.match(line):
            break
        if match := _HEADING.match(line):
            return match[1]
        if not title and (match := _TITLE.match(line)):
            title = match[1]
    return title


def _to_fill_in(title: str) -> bool:
    """Whether a title has a placeholder that note programs know, or nothing but placeholders."""
    title = _CODE.sub("", title)
    return _PLACEHOLDER.search(title) is not None or (
        _ANY.search(title) is not None and _LETTER.search(_ANY.sub("", title)) is None
    )


def _head(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_HEAD)
    except OSError:  # the build says of every file why it cannot be read
        return ""
