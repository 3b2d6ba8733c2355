"""Links from one note to another: found in the mended lines of a note, led to a note of the collection by its path.

Code, comments and front matter are gone from mended lines; code inside of a line is skipped here. Which block a link is
in does not matter: a link is known by its line.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from extract.notes.properties import page_name
from graph.text.names import fold


@dataclass(frozen=True, slots=True)
class NoteLink:
    """A link as it is written."""

    line: int
    """1-based line of the file."""
    target: str
    """Path or name of a note, without its heading; never an address of the web, a picture or a part of the same
    note."""
    anchor: str
    """Heading or block inside of the note, empty without one."""
    label: str
    """What people read."""
    wiki: bool
    """Written as ``[[target]]``: a name; else a path."""
    written: str = ""
    """With its brackets, as it is on the line."""


_LINK: Final = re.compile(
    r"""(?P<code>`+)
    |(?<!!)\[\[(?P<wiki>[^\[\]\n]{1,400})\]\]
    |(?P<open>!?)\[(?P<label>(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]{0,200}\]){0,400})\]
     \(\s*(?P<address>\{\{[^{}\n]{0,300}\}\}|<[^<>\n]{0,400}>|[^()\s\n]{0,400}(?:\([^()\s\n]{0,200}\)[^()\s\n]{0,200})?)
     (?:\s+(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'))?\s*\)""",
    re.VERBOSE,
)
_REF: Final = re.compile(r"\{\{[<%]\s*(?:rel)?ref\s+[\"']?([^\"'\s}]+)[\"']?\s*[>%]\}\}")
"""How Hugo links to a note."""
_SCHEME: Final = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+:|//")
_NOT_NOTES: Final = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|pdf|mp[34]|mov|webm|zip|csv|xlsx?|docx?|pptx?|css|js|py|json|ya?ml)$", re.IGNORECASE
)


def note_links(lines: Sequence[str]) -> tuple[NoteLink, ...]:
    """The links in the lines of a note that may lead to other notes, in their order."""
    return tuple(link for number, line in enumerate(lines, 1) if "[" in line for link in _of_line(line, number))


def _of_line(line: str, number: int) -> Iterable[NoteLink]:
    at = 0
    while match := _LINK.search(line, at):
        at = match.end()
        if match["code"]:
            close = _closing(line, match["code"], at)
            at = close if close >= 0 else at
            continue
        if match["wiki"] is not None:
            # In a table the bar before the label is escaped.
            written, _, label = match["wiki"].replace("\\|", "|").partition("|")
            link = _link(number, written, label, match[0], wiki=True)
        elif match["open"]:
            continue
        else:
            ref = _REF.fullmatch(match["address"])
            link = _link(number, ref[1] if ref else match["address"].strip("<>"), match["label"], match[0], wiki=False)
        if link is not None:
            yield link


def _closing(line: str, ticks: str, at: int) -> int:
    """Where code that ``ticks`` open ends; -1 where nothing closes it."""
    for match in re.finditer("`+", line[at:]):
        if match[0] == ticks:
            return at + match.end()
    return -1


def _link(number: int, address: str, label: str, written: str, *, wiki: bool) -> NoteLink | None:
    target, _, anchor = address.strip().partition("#")
    target = target.strip().removeprefix("file:").partition("?")[0]
    if not target or _SCHEME.match(target) or _NOT_NOTES.search(target):
        return None
    target = target if wiki else unquote(target)
    return NoteLink(number, target, anchor.strip(), " ".join(label.split()) or page_name(target), wiki, written)


class NoteIndex:
    """Which note of a collection a link leads to."""

    def __init__(self, docs: Iterable[str], titles: Mapping[str, Iterable[str]]) -> None:
        """Make the index.

        Args:
            docs: ids of all notes.
            titles: id → names that the note goes by besides that of its file: its title, its aliases.
        """
        self._docs = sorted(docs)
        self._by_path: dict[str, list[str]] = defaultdict(list)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_title: dict[str, list[str]] = defaultdict(list)
        for doc in self._docs:
            bare = _bare(doc)
            self._by_path[bare].append(doc)
            stem = PurePosixPath(bare).name
            if stem in _FOLDER_NOTES and "/" in bare:
                self._by_path[posixpath.dirname(bare)].append(doc)
                stem = PurePosixPath(bare).parent.name
            parts = stem.replace("___", "/").split("/")
            for name in {stem, "/".join(parts), fold(stem)}:
                self._by_name[name].append(doc)
            for title in titles.get(doc, ()):
                self._by_title[fold(title)].append(doc)

    def find(self, link: NoteLink, source: str) -> str | None:
        """Id of the note that ``link`` in the note ``source`` leads to; None where there is none, or several."""
        folder = posixpath.dirname(source)
        target = link.target.replace("\\", "/")
        if not link.wiki:
            near = _bare(posixpath.normpath(posixpath.join(folder, target.lstrip("/"))))
            far = _bare(posixpath.normpath(target.lstrip("/")))
            paths = [far, near] if target.startswith("/") else [near, far]
            for path in paths:
                if found := self._only(self._by_path.get(path, []), folder):
                    return found
            name = _bare(PurePosixPath(target).name)
            return self._only(self._by_name.get(name, []), folder) if name else None
        for path in (_bare(target), _bare(posixpath.normpath(posixpath.join(folder, target)))):
            if found := self._only(self._by_path.get(path, []), folder):
                return found
        if "/" in target:  # a path from the top of the vault, of which this folder is a part
            ends = [doc for doc in self._by_name.get(_bare(PurePosixPath(target).name), []) if _ends(doc, target)]
            if found := self._only(ends, folder):
                return found
        for name in (_bare(target), fold(target)):
            if found := self._only(self._by_name.get(name, []), folder):
                return found
        return self._only(self._by_title.get(fold(target), []), folder)

    def _only(self, found: Sequence[str], folder: str) -> str | None:
        """The one note of ``found``, or the one of them in ``folder``."""
        if len(set(found)) > 1:
            found = [doc for doc in found if posixpath.dirname(doc) == folder]
        return found[0] if len(set(found)) == 1 else None


_FOLDER_NOTES: Final = frozenset(["index", "_index", "readme"])
_SUFFIX: Final = re.compile(r"\.(?:md|mdx|markdown|mkd|org|rst|txt|html?|qmd|rmd|ipynb|tex)$")


def _bare(path: str) -> str:
    """A path without suffix, for comparison."""
    return _SUFFIX.sub("", path.casefold().removeprefix("./").strip())


def _ends(doc: str, target: str) -> bool:
    """Whether the path of ``doc`` and the path ``target`` end alike, as far as the shorter one goes."""
    one, other = _bare(doc).split("/"), _bare(target).split("/")
    least = min(len(one), len(other))
    return one[-least:] == other[-least:]
