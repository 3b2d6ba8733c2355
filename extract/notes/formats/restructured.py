"""reStructuredText (Sphinx) as lines of Markdown; every line keeps its number."""

from __future__ import annotations

import itertools
import re
from typing import Final

from extract.notes.formats.layout import html_row
from extract.notes.formats.model import Converted

_ADORNMENT: Final = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*$")
_DIRECTIVE: Final = re.compile(r"(\s*)\.\.\s+(?:\|[^|]+\|\s+)?([\w:+-]+)::\s*(.*)$")
_EXPLICIT: Final = re.compile(r"(\s*)\.\.(?:\s|$)")
_FIELD: Final = re.compile(r"\s*:[^:`\s][^:`]*:(?:\s|$)")
_CODE: Final = frozenset(
    [
        "code",
        "code-block",
        "sourcecode",
        "literalinclude",
        "highlight",
        "parsed-literal",
        "ipython",
        "prompt",
        "doctest",
        "testcode",
    ]
)
_PROSE: Final = frozenset(
    [
        "note",
        "warning",
        "tip",
        "hint",
        "important",
        "caution",
        "danger",
        "error",
        "attention",
        "admonition",
        "seealso",
        "versionadded",
        "versionchanged",
        "deprecated",
        "topic",
        "sidebar",
        "epigraph",
        "pull-quote",
        "highlights",
        "compound",
        "container",
        "rubric",
        "figure",
        "table",
        "list-table",
        "definition",
        "theorem",
        "proof",
        "lemma",
        "example",
        "exercise",
        "remark",
        "todo",
        "only",
        "centered",
        "glossary",
        "hlist",
        "dropdown",
        "card",
        "tab-item",
    ]
)
"""Directives whose body is text of the document."""
_TITLED: Final = frozenset(
    [
        "admonition",
        "topic",
        "sidebar",
        "rubric",
        "definition",
        "theorem",
        "lemma",
        "example",
        "exercise",
        "remark",
        "centered",
        "dropdown",
        "card",
    ]
)
_GRID: Final = re.compile(r"\s*\+(?:[-=]+\+)+\s*$")
_SIMPLE: Final = re.compile(r"\s*=+(?:\s+=+)+\s*$")
_ROLE: Final = re.compile(r":([\w:+.-]+):`([^`]{1,500})`")
_LINK: Final = re.compile(r"`([^`<>]{1,500}?)\s*<([^`<>\s]{1,2000})>`__?")
_NAMED: Final = re.compile(r"`([^`]{1,300})`__?(?!\w)")
_LITERAL: Final = re.compile(r"``(.+?)``")
_REFERENCE: Final = re.compile(r"\[(?:#?\w*|\*)\]_(?!\w)")
_WORD_LINK: Final = re.compile(r"(?<![\w`])([A-Za-z][\w-]*[A-Za-z0-9])__?(?=[\s.,;:!?)]|$)")
_SUBSTITUTION: Final = re.compile(r"(?<!\w)\|([^|\s][^|]{0,80})\|_{0,2}(?!\w)")
_TARGET: Final = re.compile(r"(.*?)\s*<[^<>]*>$")
_ITEM: Final = re.compile(r"\s*(?:[-*+•]|\(?(?:\d+|#|[a-zA-Z])[.)])\s+")


def convert(text: str) -> Converted:
    """Convert a file. Comments, labels, tables of contents and settings become blank; code goes into fences."""
    return Converted(tuple(_Reader(text.split("\n")).run()))


class _Reader:
    """Goes through the lines once; ``out`` has a line for each."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = [line.expandtabs(8).rstrip() for line in lines]
        self.out = [""] * len(lines)
        self.styles: list[str] = []
        """Adornments of titles in the order in which they occur: the first is level 1."""

    def run(self) -> list[str]:
        at = 0
        while at < len(self.lines):
            at = self._step(at)
        return self.out

    def _step(self, at: int) -> int:
        line = self.lines[at]
        if not line:
            return at + 1
        for attempt in (self._table, self._title, self._explicit):
            after = attempt(at)
            if after > at:
                return after
        if at == 0 or not self.lines[at - 1]:
            if _FIELD.match(line) and line.startswith(":") is not False and self._is_docinfo(at):
                return at + 1
            if self._is_term(at):
                self.out[at] = f"- **{inline(line.strip())}**:"
                return self._definition(at + 1)
        return self._text(at)

    def _is_docinfo(self, at: int) -> bool:
        """A field list at the top (author, date, orphan) is about the file; elsewhere it is text."""
        return all(not said or said.startswith("#") for said in self.out[:at])

    # Titles and text

    def _title(self, at: int) -> int:
        line = self.lines[at]
        following = self.lines[at + 1] if at + 1 < len(self.lines) else ""
        if _ADORNMENT.match(line) and following and at + 2 < len(self.lines) and self.lines[at + 2] == line:
            return self._heading(at + 1, line[0] * 2, at + 3)
        if _ADORNMENT.match(line):
            return at + 1 if not following else at
        under = _ADORNMENT.match(following)
        above = self.lines[at - 1] if at else ""
        if under and line[0] != " " and not above and len(following) >= min(len(line), 3) and len(line) <= 200:
            return self._heading(at, following[0], at + 2)
        return at

    def _heading(self, at: int, style: str, after: int) -> int:
        if style not in self.styles:
            self.styles.append(style)
        self.out[at] = "#" * min(6, self.styles.index(style) + 1) + " " + inline(self.lines[at].strip())
        return after

    def _text(self, at: int) -> int:
        """A line of text; ``::`` at its end announces code."""
        line = self.lines[at]
        if line.endswith("::") and at + 1 < len(self.lines) and not self.lines[at + 1]:
            self.out[at] = "" if line.strip() == "::" else inline(line[:-1])
            return self._literal(at + 1, _indent(line))
        self.out[at] = inline(line)
        return at + 1

    def _is_term(self, at: int) -> bool:
        if at + 1 >= len(self.lines) or self.lines[at][0] == " " or _ITEM.match(self.lines[at]):
            return False
        following = self.lines[at + 1]
        return following.startswith("  ") and not _ITEM.match(following) and len(self.lines[at]) <= 120

    def _definition(self, at: int) -> int:
        while at < len(self.lines) and self.lines[at].startswith(" "):
            self.out[at] = "  " + inline(self.lines[at].strip())
            at += 1
        return at

    # Directives and comments

    def _explicit(self, at: int) -> int:
        line = self.lines[at]
        match = _DIRECTIVE.match(line)
        if match is None:
            comment = _EXPLICIT.match(line)
            return self._end(at, len(comment[1])) if comment else at
        name, title = match[2].casefold().rsplit(":", 1)[-1], match[3]
        if name in _CODE:
            return self._literal(at + 1, len(match[1]))
        if name == "math":
            return self._formula(at, len(match[1]), title)
        if name not in _PROSE:
            return self._end(at, len(match[1]))
        if title and name in _TITLED:
            self.out[at] = f"**{inline(title)}**"
        elif title and name not in ("figure", "only", "glossary") and not title[0].isdigit():
            self.out[at] = inline(title)
        return self._body(at + 1, len(match[1]), terms=name == "glossary", table=name == "list-table")

    def _end(self, at: int, indent: int) -> int:
        """The line after the body of what begins on line ``at``: lines that are blank or indented further."""
        after = at + 1
        while after < len(self.lines) and (not self.lines[after] or _indent(self.lines[after]) > indent):
            after += 1
        return after

    def _literal(self, at: int, indent: int) -> int:
        """Code, in a fence where there are blank lines for its ends."""
        after = self._end(at - 1, indent)
        last = after - 1
        while last > at and self.lines[last]:
            last -= 1
        if last > at and not self.lines[at] and not any(self.lines[last + 1 : after]):
            self.out[at], self.out[last] = "```", "```"
            for i in range(at + 1, last):
                self.out[i] = "" if _FIELD.match(self.lines[i]) else self.lines[i].strip() and self.lines[i]
        return after

    def _formula(self, at: int, indent: int, title: str) -> int:
        if title:
            self.out[at] = f"$${title}$$"
        after = self._end(at, indent)
        for i in range(at + 1, after):
            body = self.lines[i].strip()
            self.out[i] = f"$${body}$$" if body and not _FIELD.match(body) else ""
        return after

    def _body(self, at: int, indent: int, *, terms: bool, table: bool) -> int:
        after = self._end(at - 1, indent)
        inside = [i for i in range(at, after) if self.lines[i]]
        options = 0
        while options < len(inside) and _FIELD.match(self.lines[inside[options]]):
            options += 1
        body = inside[options:]
        if not body:
            return after
        margin = min(_indent(self.lines[i]) for i in body)
        if table:
            headers = any(":header-rows:" in self.lines[i] for i in inside[:options])
            self._list_table(body, headers=headers)
            return after
        nested = _Reader([self.lines[i][margin:] if i in set(body) else "" for i in range(at, after)])
        nested.styles = self.styles
        if terms:
            for i, line in enumerate(nested.lines):
                if line:
                    is_term = line[0] != " "
                    nested.out[i] = f"- **{inline(line)}**:" if is_term else "  " + inline(line.strip())
        else:
            nested.run()
        self.out[at:after] = nested.out
        return after

    # Tables

    def _list_table(self, body: list[int], *, headers: bool) -> None:
        rows: list[list[tuple[int, str]]] = []
        for i in body:
            text = self.lines[i].strip()
            if text.startswith("* -"):
                rows.append([(i, text[3:].strip())])
            elif text.startswith("-") and rows:
                rows[-1].append((i, text[1:].strip()))
            elif rows:
                rows[-1].append((i, "\0" + text))
        for number, row in enumerate(rows):
            tag = "th" if headers and number == 0 else "td"
            for k, (i, text) in enumerate(row):
                goes_on = text.startswith("\0")
                self.out[i] = ("<tr>" if k == 0 else "") + ("" if goes_on else f"<{tag}>") + inline(text.lstrip("\0"))
        if rows:
            self.out[body[0]] = "<table>" + self.out[body[0]]
            self.out[body[-1]] += "</table>"

    def _table(self, at: int) -> int:
        line = self.lines[at]
        grid = _GRID.match(line) is not None
        if not grid and not _SIMPLE.match(line):
            return at
        after = at + 1
        borders = [at]
        while after < len(self.lines):
            row = self.lines[after]
            if grid and not row.lstrip().startswith(("|", "+")):
                break
            if (_GRID if grid else _SIMPLE).match(row):
                borders.append(after)
                if not grid and (after + 1 == len(self.lines) or not self.lines[after + 1]):
                    after += 1
                    break
            after += 1
        if len(borders) < 2:
            return at
        head = borders[1] if (len(borders) > 2 and (not grid or "=" in self.lines[borders[1]])) else at
        if grid:
            self._grid_rows(borders, head)
        else:
            spans = [match.span() for match in re.finditer("=+", line)]
            for i in range(at + 1, borders[-1]):
                if self.lines[i] and i not in borders:
                    ends = [start for start, _ in spans[1:]] + [len(self.lines[i]) + 1]
                    cells = [self.lines[i][start:end] for (start, _), end in zip(spans, ends, strict=True)]
                    self.out[i] = html_row([inline(cell.strip()) for cell in cells], header=i < head)
        self.out[at], self.out[borders[-1]] = "<table>", "</table>"
        return max(after, borders[-1] + 1)

    def _grid_rows(self, borders: list[int], head: int) -> None:
        for top, bottom in itertools.pairwise(borders):
            cells: list[str] = []
            for i in range(top + 1, bottom):
                parts = self.lines[i].strip().strip("|").split("|")
                cells += [""] * (len(parts) - len(cells))
                for k, part in enumerate(parts):
                    cells[k] = f"{cells[k]} {part.strip()}".strip()
            if cells:
                self.out[top + 1] = html_row([inline(cell) for cell in cells], header=bottom <= head)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def inline(text: str) -> str:
    """Inline markup as Markdown.

    >>> inline(":term:`Entropy <entropy>` is ``-p log p``, see `a page <https://x.y>`_")
    'Entropy is `-p log p`, see [a page](https://x.y)'
    """
    if "`" in text:
        text = _LITERAL.sub(lambda m: f"\0{m[1]}\0", text)
        text = _ROLE.sub(_role, text)
        text = _NAMED.sub(r"\1", _LINK.sub(r"[\1](\2)", text))
        text = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"*\1*", text).replace("\0", "`")
    if "_" in text:
        text = _WORD_LINK.sub(r"\1", _REFERENCE.sub("", text))
    return _SUBSTITUTION.sub(r"\1", text) if "|" in text else text


def _role(match: re.Match[str]) -> str:
    name, said = match[1].rsplit(":", 1)[-1], match[2]
    if name == "math":
        return f"${said}$"
    if name in ("code", "samp", "file", "command", "kbd", "option", "envvar"):
        return f"\0{said}\0"
    if name in ("cite", "label", "eq", "numref"):
        return ""
    title = _TARGET.match(said)
    return title[1] if title and title[1] else said.lstrip("~!")
