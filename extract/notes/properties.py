"""What the author states about a note outside of its text: properties, and what they mean.

Front matter (:mod:`extract.notes.front_matter`) and lines such as ``alias:: A, B`` give the same :class:`Property`, and
:func:`metadata_of` reads both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Property:
    """One value of one key."""

    line: int
    """0-based line on which the value is written."""
    key: str
    """Casefolded."""
    value: str
    """As written, links included. It may list several things; one that contains a comma itself is in quotation
    marks."""
    page: bool = True
    """Whether it is about the whole note and not about one block."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A name in a property."""

    line: int
    """1-based line of the file."""
    name: str
    """What people read: of a link its label, else the last part of its target."""
    target: str = ""
    """Of a link to a note what it points to; empty where the name is plain text."""


@dataclass(frozen=True, slots=True)
class NoteMetadata:
    """What the properties of a note say, each in the order of the file and without repetitions."""

    title: Stated | None = None
    aliases: tuple[Stated, ...] = ()
    tags: tuple[Stated, ...] = ()
    prerequisites: tuple[Stated, ...] = ()


_ALIASES: Final = frozenset(["alias", "aliases", "别名"])
_TAGS: Final = frozenset(["tag", "tags", "keyword", "keywords", "category", "categories", "标签", "关键词"])
_PREREQUISITES: Final = frozenset(
    [
        *("prerequisite", "prerequisites", "prereq", "prereqs", "requires", "depends", "dependson"),
        *("先修", "先修知识", "前置", "前置知识"),
    ]
)
_KEY_SIGNS: Final = re.compile(r"[\s_-]+")
_STATUS: Final = frozenset(
    [
        *(
            "todo",
            "done",
            "doing",
            "draft",
            "wip",
            "seedling",
            "budding",
            "evergreen",
            "published",
            "publish",
            "private",
        ),
        *("public", "archive", "archived", "inbox", "stub", "fleeting", "permanent", "note", "notes", "moc", "index"),
        *("草稿", "待办", "完成", "笔记", "已发布", "未完成"),
    ]
)
"""Tags that say how far a note is, not what it is about."""
_PART: Final = re.compile(
    r"""\s*(?:
        \[\[(?P<wiki>[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]\]
        |\[(?P<label>[^\[\]]*)\]\((?P<address>[^()]*(?:\([^()]*\)[^()]*)*)\)
        |"(?P<double>[^"]*)"(?=\s*(?:[,，、;；]|$))
        |'(?P<single>[^']*)'(?=\s*(?:[,，、;；]|$))
        |(?P<plain>[^,，、;；\[]+(?:\[(?!\[)[^,，、;；\[]*)*|\[)
    )\s*[,，、;；]*""",
    re.VERBOSE,
)
_MOST: Final = 50
"""Names that one note states with one key; a longer list is not written by a person for readers."""
_LONGEST: Final = 200


def metadata_of(properties: Sequence[Property], title: tuple[int, str] | None = None) -> NoteMetadata:
    """What the properties of a note say; those of single blocks say nothing about the note.

    Args:
        properties: of the note, in the order of its lines.
        title: of the front matter: 0-based line and text.
    """
    of_page = [p for p in properties if p.page]
    tags = [s for s in _stated(of_page, _TAGS) if s.name.casefold() not in _STATUS]
    return NoteMetadata(
        None if title is None else Stated(title[0] + 1, title[1]),
        _distinct(_stated(of_page, _ALIASES)),
        _distinct(tags),
        _distinct(_stated(of_page, _PREREQUISITES)),
    )


def _stated(properties: Iterable[Property], keys: frozenset[str]) -> list[Stated]:
    return [
        stated
        for p in properties
        if _KEY_SIGNS.sub("", p.key.casefold()) in keys
        for stated in names_in(p.value, p.line + 1)
    ]


def _distinct(found: Sequence[Stated]) -> tuple[Stated, ...]:
    first: dict[str, Stated] = {}
    for stated in found:
        first.setdefault(stated.name.casefold(), stated)
    return tuple(first.values())[:_MOST]


def names_in(value: str, line: int) -> list[Stated]:
    """The names that a value lists.

    >>> [(s.name, s.target) for s in names_in("[[b#part|B]], 'x, y'、C; [d](e.md)", 1)]
    [('B', 'b#part'), ('x, y', ''), ('C', ''), ('d', 'e.md')]
    """
    found = []
    for match in _PART.finditer(value[: _MOST * _LONGEST]):
        if match["wiki"] is not None:
            target, _, label = match["wiki"].partition("|")
            name, target = label.strip() or page_name(target), target.strip()
        elif match["label"] is not None:
            name, target = match["label"].strip(), match["address"].strip()
        else:
            plain = next(p for p in (match["double"], match["single"], match["plain"]) if p is not None)
            name, target = plain.strip().strip("\"'").removeprefix("#").strip(), ""
        if any(c.isalnum() for c in name) and len(name) <= _LONGEST:
            found.append(Stated(line, name, target))
    return found


def page_name(target: str) -> str:
    """The name of the note that a wiki link or a path points to: its file without folders, suffix and heading.

    >>> page_name("../physics/Krebs%20cycle.md#steps")
    'Krebs cycle'
    """
    path = unquote(target.partition("#")[0]).strip().replace("\\", "/").rstrip("/")
    name = PurePosixPath(path).name if path else ""
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and suffix.casefold() in _SUFFIXES else name


_SUFFIXES: Final = frozenset(["md", "mdx", "markdown", "org", "rst", "txt", "html", "htm", "qmd", "ipynb", "tex"])
