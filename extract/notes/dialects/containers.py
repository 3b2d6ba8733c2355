"""Containers: boxes with a title around a part of a note, in the syntax of the programs that publish notes.

``::: tip title`` (VuePress, Docusaurus, Pandoc), ``:::{note} title`` and the same as a fence (MyST),
``!!! note "title"`` with an indented body (MkDocs). The marks go, the body is text, and the title becomes a heading
that covers its body only. ``<details>`` of HTML is in :mod:`extract.notes.dialects.details`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

TITLE: Final = "###### "
"""How the line of a title begins when it has been mended."""

_PREFIX: Final = r"(?P<prefix>[ \t]*(?:>[ \t]?)*[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?)"
_COLONS: Final = re.compile(rf"{_PREFIX}(?P<marks>:{{3,}})[ \t]*(?P<info>.*)$")
_FENCE: Final = re.compile(rf"{_PREFIX}(?P<marks>`{{3,}}(?!.*`)|~{{3,}})[ \t]*(?P<info>.*)$")
_ADMONITION: Final = re.compile(
    r"(?P<prefix>[ \t]*(?:>[ \t]?)*[ \t]*)(?P<marks>!!!|\?\?\?\+?|===\+?)[ \t]+(?P<info>[\w\"'].*)$"
)
_DIRECTIVE: Final = re.compile(r"\{(?P<name>[A-Za-z][\w:.+-]*)\}[ \t]*(?P<title>.*)$")
_LABELLED: Final = re.compile(r"(?P<name>[A-Za-z][\w-]*)\[(?P<title>.*)\][ \t]*(?:\{[^{}]*\})?$")
_NAMED: Final = re.compile(r"(?:(?P<name>[A-Za-z][\w:-]*)(?![^\s{]))?[ \t]*(?P<title>.*)$")
_ATTRIBUTES: Final = re.compile(r"(?:^|(?<=[\w-])[ \t]*)\{[^{}]*\}(?=$|[ \t])|[ \t]*\{[^{}]*\}$")
_TITLE_ATTRIBUTE: Final = re.compile(r"\b(?:title|summary|label)[ \t]*=[ \t]*(?:\"([^\"]*)\"|'([^']*)')")
_QUOTED: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_OPTION: Final = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*:[A-Za-z][\w-]*:(?:[ \t]|$)")
_RULE: Final = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*---[ \t]*$")
_KEY: Final = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*[\w-]+[ \t]*:")
_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_WORD: Final = re.compile(r"[^\W_]")
_DEEPEST: Final = 50
"""Open containers among which the one is looked for that a mark closes."""
_OPTION_LINES: Final = 30
"""Lines within which the YAML options of a directive have to close."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXT_DIRECTIVES: Final = _words(
    "admonition attention caution danger error hint important note seealso tip warning todo deprecated versionadded "
    "versionchanged dropdown details card grid grid-item grid-item-card tab-item tab-set tabs tab margin sidebar aside "
    "topic epigraph highlights pull-quote blockquote quote compound container div rubric exercise solution glossary "
    "figure table list-table definition theorem lemma proof corollary proposition example remark axiom algorithm "
    "observation property criterion conjecture assumption answer question success info abstract summary failure bug"
)
"""Directives of MyST whose body is text. Those of a domain (``prf:theorem``) are known by the part after the colon."""
_WITHOUT_TITLE: Final = _words(
    "figure table list-table image grid grid-item tab-set tabs include code code-block code-cell code-group code-tabs "
    "sourcecode literalinclude math toctree tableofcontents contents bibliography glossary container div raw mermaid "
    "iframe embed video csv-table highlight"
)
"""What follows the names of these is an address, a language or a number of columns."""
_CODE_DIRECTIVES: Final = frozenset(["code", "code-block", "sourcecode", "code-cell", "mermaid", "raw"])
"""``:::{code-block}`` has a body that is no text."""
_MATH: Final = frozenset(["math", "latex", "tex", "katex"])
"""Languages and directives of formulas."""


@dataclass(frozen=True, slots=True)
class Containers:
    """What was found of containers and of fences with formulas; lines are 0-based."""

    ends: dict[int, int] = field(default_factory=dict)
    """Line of a title → line after its container."""
    formulas: list[tuple[int, str]] = field(default_factory=list)
    """Lines of formulas, in order."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A container that has not been closed yet."""

    marks: str
    at: int
    has_title: bool


@dataclass(slots=True)
class _Reader:
    """Goes through the lines of a note from top to bottom; used by :func:`mend_containers` only."""

    lines: list[str]
    found: Containers = field(default_factory=Containers)
    open_: list[_Open] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)

    def close(self, number: int, end: int) -> None:
        """Close the container ``number`` on line ``end``, and what is open inside of it."""
        for place, one in enumerate(self.open_[number:]):
            if one.has_title:
                self.found.ends[one.at] = (
                    end if place == 0 and end < len(self.lines) else self.next_heading(one.at, end)
                )
        del self.open_[number:]

    def closed_by(self, colons: str) -> int:
        """Number of the container that a line of colons closes, -1 without one.

        The innermost with as many colons, else the innermost with fewer: Pandoc closes so.
        """
        smaller = -1
        innermost = range(len(self.open_) - 1, max(-1, len(self.open_) - 1 - _DEEPEST), -1)
        for number in innermost:
            marks = self.open_[number].marks
            if marks == colons:
                return number
            if smaller < 0 and colons.startswith(marks):
                smaller = number
        return smaller

    def next_heading(self, at: int, limit: int) -> int:
        """The first heading below line ``at``: there ends what nobody closes."""
        place = bisect_right(self.headings, at)
        return min(limit, self.headings[place]) if place < len(self.headings) else limit

    def begin(self, at: int, prefix: str, marks: str, title: str) -> None:
        """Open a container on line ``at``, which becomes its title, or blank without one."""
        has_title = _WORD.search(title) is not None
        self.lines[at] = f"{prefix}{TITLE}{title.strip()}" if has_title else ""
        self.open_.append(_Open(marks, at, has_title))


def mend_containers(lines: list[str], start: int) -> Containers:
    """Mend the containers in ``lines`` from line ``start`` on, except HTML; to be done before code is taken out.

    Marks and options become blank, the bodies of MkDocs lose their indentation, a title becomes a line that begins with
    :data:`TITLE`, and fences of formulas become blank. A container without a closing mark ends with the next heading,
    or with the note.
    """
    reader = _Reader(lines)
    at = start
    while at < len(lines):
        line = lines[at]
        stripped = line.lstrip(" \t>")
        following = at + 1
        if not stripped:
            pass
        elif ":::" in line and (match := _COLONS.match(line)):
            following = _colons(reader, at, match)
        elif ("```" in line or "~~~" in line) and (match := _FENCE.match(line)):
            following = _fence(reader, at, match)
        elif stripped[0] in "!?=" and (match := _ADMONITION.match(line)):
            _admonition(reader, at, match)
        elif _HEADING.match(line):
            reader.headings.append(at)
        at = following
    reader.close(0, len(lines))
    return reader.found


# Colons


def _colons(reader: _Reader, at: int, match: re.Match[str]) -> int:
    """A line of ``:::``; returns the line to go on with."""
    lines, marks = reader.lines, match["marks"]
    info = match["info"].strip()
    if not info:
        if (number := reader.closed_by(marks)) >= 0:
            reader.close(number, at)
        lines[at] = ""
        return at + 1
    one_line = info.endswith(":::")
    name, title = _name_and_title(info.rstrip(": \t") if one_line else info)
    if name in _CODE_DIRECTIVES or name in _MATH:
        end = next((k for k in range(at + 1, len(lines)) if ":::" in lines[k] and _COLONS.match(lines[k])), len(lines))
        if name in _MATH:
            return _take_formula(reader, at, end)
        lines[at] = f"{match['prefix']}```code"
        _blank_options(lines, at + 1)
        if end < len(lines):
            lines[end] = f"{match['prefix']}```"
        return end + 1
    reader.begin(at, match["prefix"], marks, title)
    return _blank_options(lines, at + 1)


def _name_and_title(info: str) -> tuple[str, str]:
    """The kind of a container, casefolded, and its title; each may be empty."""
    if match := _DIRECTIVE.match(info):
        name = match["name"].casefold().rpartition(":")[2]
        return name, "" if name in _WITHOUT_TITLE else match["title"]
    if match := _LABELLED.match(info):
        return match["name"].casefold(), match["title"]
    attributes = " ".join(_ATTRIBUTES.findall(info))
    given = _TITLE_ATTRIBUTE.search(attributes)
    match = _NAMED.match(_ATTRIBUTES.sub("", info).strip())
    name, title = (match["name"] or "", match["title"]) if match else ("", "")
    if given:
        title = given[1] or given[2] or ""
    name = name.casefold()
    return name, "" if name in _WITHOUT_TITLE else title


def _blank_options(lines: list[str], at: int) -> int:
    """Blank the options of a directive, ``:key: value`` or YAML between rules; returns the line after them."""
    if at < len(lines) and _RULE.match(lines[at]):
        for end in range(at + 1, min(len(lines), at + _OPTION_LINES)):
            if _RULE.match(lines[end]):
                lines[at : end + 1] = [""] * (end + 1 - at)
                return end + 1
            if lines[end] and not _KEY.match(lines[end]):
                break
        return at
    while at < len(lines) and _OPTION.match(lines[at]):
        lines[at] = ""
        at += 1
    return at


# Fences


def _fence(reader: _Reader, at: int, match: re.Match[str]) -> int:
    """A fence: one that closes a container, a directive whose body is text, formulas, or code.

    Returns the line to go on with.
    """
    lines, marks, info = reader.lines, match["marks"], match["info"].strip()
    if not info:
        for number in range(len(reader.open_) - 1, max(-1, len(reader.open_) - 1 - _DEEPEST), -1):
            if marks.startswith(reader.open_[number].marks):
                reader.close(number, at)
                lines[at] = ""
                return at + 1
    directive = _DIRECTIVE.match(info)
    name, title = _name_and_title(info) if directive else ((info.split() or [""])[0].casefold(), "")
    if directive and name in _TEXT_DIRECTIVES:
        reader.begin(at, match["prefix"], marks, title)
        return _blank_options(lines, at + 1)
    end = _end_of_code(lines, at + 1, marks)
    if end < 0:
        return at + 1
    return _take_formula(reader, at, end) if name in _MATH else end + 1


def _end_of_code(lines: list[str], start: int, marks: str) -> int:
    """The line that closes a fence; -1 where another one opens before, or none closes."""
    for k in range(start, len(lines)):
        if marks in lines[k] and (match := _FENCE.match(lines[k])) and match["marks"].startswith(marks):
            return -1 if match["info"].strip() else k
    return -1


def _take_formula(reader: _Reader, first: int, last: int) -> int:
    """Blank the lines from one mark to the other and keep the formulas; returns the line after them."""
    lines = reader.lines
    _blank_options(lines, first + 1)
    said = ((k, lines[k].strip(" \t>")) for k in range(first + 1, min(last, len(lines))))
    reader.found.formulas.extend((k, text) for k, text in said if text)
    lines[first : last + 1] = [""] * (min(last + 1, len(lines)) - first)
    return last + 1


# Indented bodies


def _admonition(reader: _Reader, at: int, match: re.Match[str]) -> None:
    """``!!! note "title"``: the lines below it that are indented by four columns are its body."""
    lines, prefix, info = reader.lines, match["prefix"], match["info"].strip()
    quoted = _QUOTED.search(info)
    if match["marks"][0] == "=" and (quoted is None or quoted.start() > 0):
        return
    end = at + 1
    body: list[int] = []
    for k, rest in _below(lines, at + 1, prefix):
        if rest is None:
            continue
        if not rest.startswith(("    ", "\t")):
            break
        body.append(k)
        end = k + 1
    if not body and quoted is None:
        return
    for k in body:
        rest = lines[k][len(prefix) :]
        lines[k] = prefix + (rest[1:] if rest.startswith("\t") else rest[4:])
    title = (quoted[1] or quoted[2] or "") if quoted else ""
    has_title = _WORD.search(title) is not None
    lines[at] = f"{prefix}{TITLE}{title.strip()}" if has_title else ""
    if has_title:
        reader.found.ends[at] = end


def _below(lines: list[str], start: int, prefix: str) -> Iterator[tuple[int, str | None]]:
    """(line, what is after ``prefix``) of the lines from ``start`` on, None if blank. Ends where it is missing."""
    for k in range(start, len(lines)):
        if not lines[k].strip(" \t>"):
            yield k, None
        elif lines[k].startswith(prefix):
            yield k, lines[k][len(prefix) :]
        else:
            return
