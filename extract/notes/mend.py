"""The lines of a note as people write them, mended so that a CommonMark parser reads what was meant.

Lines are changed in place and never added or removed, so that line k of the result is line k of the file. Code, front
matter, JSX, HTML tables and comments are taken out here (their lines become blank); what they say to a reader is kept
apart: the title, the code and the comments in it, formulas, the cells of the tables.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from extract.notes.dialects.comments import take_out_comments
from extract.notes.dialects.containers import mend_containers
from extract.notes.dialects.details import mend_details
from extract.notes.dialects.marks import take_out_macros, take_out_marks
from extract.notes.dialects.notion import is_notion, take_properties
from extract.notes.dialects.obsidian import callout_mark, quote_admonition, take_out_drawing
from extract.notes.dialects.outliner import take_out_drawers, take_out_org_blocks
from extract.notes.dialects.templates import is_mdx, mend_paired, mend_templates, without_templates
from extract.notes.fences import Code, take_out_code
from extract.notes.formulas import begins_formula, take_formulas
from extract.notes.front_matter import read_front_matter
from extract.notes.html_tags import HTML_TAGS
from extract.notes.properties import Property
from graph.text.scripts import CJK

LONG_LINE = 200_000
"""Characters from which on a line is not Markdown that a person wrote; it is read as one paragraph without markup."""
DIALECT_SUFFIXES = frozenset([".md", ".markdown", ".mdx", ".canvas"])
"""Files in which the syntax of Obsidian and Logseq is read."""
LONG_LINE_MARK = "\ue000"
"""Stands for such a line while the rest is parsed."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_SPACE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f]")
"""What is read as a space: control characters, and spaces of other widths, which come from copied web pages."""
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_TIGHT_HEADING = re.compile(r" {0,3}(#{1,6})(?=[^\s#!\\])")
_BULLET = re.compile(r"([ \t\u3000]*)([•·●○◆◇■□▪▫‣➢➤▶►▸◦❖➔✦※])[ \t\u3000]*(?=\S)")
_LIST_ITEM = re.compile(r"([ \t]*)(?:([-*+])|(\d{1,9}[.)]))(?=[ \t]+\S)")
_TIGHT_NUMBER = re.compile(r"([ \t\u3000]*)(\d{1,2})([.、．)）])[ \t\u3000]*(?=(\S))")
_CJK = re.compile(f"[{CJK}]")
_IMAGE_ONLY = re.compile(r"[ \t]*(?:\[?!\[[^\]]*\]\([^)\n]*\)(?:\]\([^)\n]*\))?[ \t]*)+$")
_TEMPLATE = re.compile(r"\s*\{[#:/@][^}]*\}\s*$")
_OPEN_TAG = re.compile(r"\s*(?:>\s?)*<([A-Za-z][\w.]*)(?:\s[^<>]*)?$")
_BLOCK_TAGS = re.compile(r"\s*<(script|style|svg|pre)\b", re.IGNORECASE)
_REFERENCE = re.compile(r" {0,3}\[([^\[\]^][^\[\]]{0,200})\]:[ \t]*\S+(?:[ \t]+[\"'(].*)?$")
_TABLE_START = re.compile(r"<table\b", re.IGNORECASE)
_TABLE_TAG = re.compile(r"<(/?)(tr|td|th|table|thead|tbody)\b[^<>]*>", re.IGNORECASE)

_FORMULA_STARTS = ("$$", "\\[", "\\\\[", "\\begin{")
_CONSTRUCT_LINES = 200
"""Lines within which a comment, tag, formula or HTML table has to close; beyond, its start was a slip of the pen."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of an HTML table: ``pieces`` are (0-based line, raw text)."""

    header: bool
    row: int
    column: int
    pieces: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class Mended:
    """What :func:`mend` makes of a note."""

    raw: list[str]
    lines: list[str]
    """As many as ``raw``."""
    title: tuple[int, str] | None = None
    """Of the front matter: 0-based line and text."""
    properties: list[Property] = field(default_factory=list)
    """What the note states in its front matter and in properties of its text (``key:: value``), by line."""
    code: Code = field(default_factory=Code)
    """What was inside of fences."""
    formulas: list[tuple[int, str]] = field(default_factory=list)
    """Lines of formulas between ``$$``: 0-based line and text, by line."""
    tables: list[tuple[int, list[TableCell]]] = field(default_factory=list)
    """HTML tables: 0-based first line and cells, by line."""
    containers: dict[int, int] = field(default_factory=dict)
    """Line of the title of a container → line after the container, both 0-based. The title is mended to a heading."""
    references: set[str] = field(default_factory=set)
    """Labels of ``[label]: url``, casefolded."""
    callouts: set[int] = field(default_factory=set)
    """0-based lines that have the title of a callout or admonition, which heads the quote below it."""
    shown: dict[int, str] = field(default_factory=dict)
    """Lines with private comments or the data of a drawing: 0-based line and what may be shown of it."""
    has_titles: bool = False
    """Whether a line begins with ``# ``."""
    places: dict[str, list[int]] = field(default_factory=dict)
    """Where closing marks appear, found once for the whole note so that marks that never close cost nothing."""

    def find(self, what: str, start: int, reach: int) -> int:
        """The first of the ``reach`` lines from ``start`` on that contains ``what`` (lower case); -1 if none does."""
        if what not in self.places:
            self.places[what] = [i for i, line in enumerate(self.lines) if what in line.casefold()]
        places = self.places[what]
        at = bisect_left(places, start)
        return places[at] if at < len(places) and places[at] < start + reach else -1


def split_lines(text: str) -> list[str]:
    r"""The lines of ``text`` as an editor counts them: ended by ``\n``, ``\r\n`` or ``\r``, by nothing else.

    A final line end does not begin another line; an empty text has no lines.
    """
    lines = _LINE_END.split(text) if "\r" in text else text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines


def mend(raw: list[str], *, suffix: str = ".md", name: str = "") -> Mended:
    """Mend the lines of one note, a file with the ending ``suffix``.

    ``name`` is its path in the collection, which tells what wrote it.
    """
    clean = [LONG_LINE_MARK if len(line) >= LONG_LINE else _SPACE.sub(" ", line) for line in raw]
    note = Mended(raw=raw, lines=[line if line and not line.isspace() else "" for line in clean])
    start = _front_matter(note)
    has_dialects = suffix.casefold() in DIALECT_SUFFIXES
    if has_dialects:
        note.shown.update((i, "") for i in take_out_drawing(note.lines, raw[:start]))
    if is_notion(name):
        note.properties += [Property(p.line, p.key.casefold(), p.value) for p in take_properties(note.lines, start)]
    mend_paired(note.lines, start)
    boxes = mend_containers(note.lines, start)
    note.code = take_out_code(note.lines, start)
    if has_dialects:
        _hidden(note, start)
    note.has_titles = any(line.startswith("# ") for line in note.lines)
    mend_templates(note.lines, start, mdx=is_mdx(note.lines, start, suffix))
    note.containers = {**boxes.ends, **mend_details(note.lines, start)}
    _constructs(note, start)
    note.formulas = sorted({**dict(note.formulas), **dict(boxes.formulas)}.items())
    if has_dialects:
        marks = take_out_marks(note.lines, start)
        note.properties += marks
        titles = ((p.line, p.value) for p in marks if p.page and p.key == "title")
        note.title = note.title or _plain_title(next(titles, None))
    _single_lines(note, start)
    return note


def _hidden(note: Mended, start: int) -> None:
    """Take out what dialects hide or mark over several lines."""
    lines = note.lines
    for first, end in note.code.admonitions:
        title = quote_admonition(lines, first, end)
        if title >= 0:
            note.callouts.add(title)
    changed = take_out_comments(lines, start)
    note.shown.update((i, lines[i]) for i in changed)
    code = take_out_org_blocks(lines, start)
    take_out_drawers(lines, start)
    take_out_macros(lines, start)
    blank = {i for i in changed if not lines[i]}
    note.code.lines = sorted((i, text) for i, text in (*note.code.lines, *code) if i not in blank)
    note.code.comments = [(i, text) for i, text in note.code.comments if i not in blank]


def _front_matter(note: Mended) -> int:
    """Blank the front matter and keep its title and properties. Returns the line after it."""
    found = read_front_matter(note.lines)
    if found is None:
        return 0
    note.title = _plain_title(found.title)
    note.properties = list(found.properties)
    note.lines[: found.end] = [""] * found.end
    return found.end


def _plain_title(title: tuple[int, str] | None) -> tuple[int, str] | None:
    """The title without templates (``{{date}}``); None where nothing else is in it."""
    text = without_templates(title[1]).strip() if title is not None else ""
    return (title[0], text) if title is not None and text else None


# Constructs over several lines


def _constructs(note: Mended, start: int) -> None:
    """Blank HTML comments, scripts, formulas, JSX and tags over several lines; keep the cells of HTML tables."""
    lines = note.lines
    i = start
    while i < len(lines):
        line = lines[i]
        following = i + 1
        if "<" in line and not line.lstrip(" \t>").startswith(_FORMULA_STARTS):
            following = _html(note, i)
        if following == i + 1 and begins_formula(lines[i]):
            following, formulas = take_formulas(lines, i, note.find)
            note.formulas += formulas
        i = following


def _blank(lines: list[str], first: int, last: int) -> int:
    lines[first : last + 1] = [""] * (last + 1 - first)
    return last + 1


def _html(note: Mended, i: int) -> int:
    lines = note.lines
    line = lines[i]
    if "<!--" in line:
        return _html_comment(note, i)
    if _TABLE_START.search(line):
        end = note.find("</table", i, _CONSTRUCT_LINES * 5)
        if end < 0:
            return i + 1
        for k in range(i, end + 1):
            if "<!--" in lines[k]:
                _html_comment(note, k)
        note.tables.append((i, _table_cells(lines, i, end)))
        return _blank(lines, i, end)
    if match := _BLOCK_TAGS.match(line):
        end = note.find(f"</{match[1].casefold()}", i, _CONSTRUCT_LINES)
        return _blank(lines, i, end) if end >= 0 else i + 1
    if (match := _OPEN_TAG.match(line)) and (match[1][0].isupper() or match[1].casefold() in HTML_TAGS):
        return _open_tag(lines, i, component=match[1][0].isupper())
    return i + 1


def _html_comment(note: Mended, i: int) -> int:
    """Cut the comments of line ``i``; the last may run on over the next lines. Returns the line to go on with."""
    lines = note.lines
    parts: list[str] = []
    line, pos = lines[i], 0
    while (begin := line.find("<!--", pos)) >= 0:
        parts.append(line[pos:begin])
        end = line.find("-->", begin + 4)
        if end < 0:
            last = note.find("-->", i + 1, _CONSTRUCT_LINES)
            if last < 0:
                parts.append(f" {line[begin + 4 :]}")
                break
            lines[i] = "".join(parts).rstrip()
            _blank(lines, i + 1, last - 1)
            lines[last] = lines[last].partition("-->")[2].rstrip()
            return last if "<" in lines[last] else last + 1
        pos = end + 3
    else:
        parts.append(line[pos:])
    lines[i] = "".join(parts).rstrip()
    return i if "<" in lines[i] and "<!--" not in lines[i] else i + 1


def _open_tag(lines: list[str], i: int, *, component: bool) -> int:
    """A tag that goes on over the next lines: its attributes are not text."""
    for k in range(i + 1, min(len(lines), i + _CONSTRUCT_LINES)):
        stripped = lines[k].strip()
        if stripped.startswith("<") or (not stripped and not component):
            break
        if stripped.endswith("/>") or stripped == ">" or (">" in stripped and not component):
            rest = "" if component else stripped.partition(">")[2]
            _blank(lines, i, k)
            lines[k] = rest
            return k + 1
    lines[i] = ""
    return i + 1


def _table_cells(lines: list[str], first: int, last: int) -> list[TableCell]:
    cells: list[TableCell] = []
    pieces: list[tuple[int, str]] = []
    inside = header = head_row = False
    row, column = -1, -1

    def finish() -> None:
        nonlocal inside
        if inside:
            cells.append(TableCell(header, row, column, tuple(pieces)))
        inside = False

    for i in range(first, last + 1):
        line, pos = lines[i], 0
        for match in _TABLE_TAG.finditer(line):
            if inside:
                pieces.append((i, line[pos : match.start()]))
            pos = match.end()
            name, closes = match[2].casefold(), bool(match[1])
            finish()
            if name == "tr" and not closes:
                column, head_row = -1, False
                row += 1
            elif name in ("td", "th") and not closes:
                if column < 0 and name == "th":
                    head_row = True
                    row -= 1
                inside, column, pieces = True, column + 1, []
                header = head_row
        if inside:
            pieces.append((i, line[pos:]))
    finish()
    return cells


# Single lines


def _single_lines(note: Mended, start: int) -> None:
    lines = note.lines
    base = -1  # indentation of the numbered line right above, -1 without one
    shift = 0
    for i in range(start, len(lines)):
        line = lines[i]
        if not line:
            if not shift:
                base = -1
            continue
        line = _mend_line(note, line)
        if mark := callout_mark(line):
            title = line[mark.end() :].strip()
            line = mark[1] + title
            if title:
                note.callouts.add(i)
        if line.isspace():  # no parser may take it for text
            line = ""
        if match := _LIST_ITEM.match(line):
            indent = len(match[1].expandtabs(4))
            if indent < base:
                base, shift = -1, 0
            if match[3]:
                if indent <= base or not shift:
                    base, shift = indent, 0
            elif base >= 0 and indent == base and not shift:
                # "1. A" directly above "- a" at the same indentation: CommonMark sees two lists, the writer meant one
                # inside the other
                shift = 4
            if shift:
                line = " " * shift + line
        elif shift:
            indent = len(line) - len(line.lstrip())
            if indent > base:
                line = " " * shift + line
            else:
                base, shift = -1, 0
        lines[i] = line


def _mend_line(note: Mended, line: str) -> str:
    head = line.lstrip(" \t\u3000")
    first = head[0] if head else ""
    if first == "#":
        return _mend_heading(note, line)
    if first.isdigit():
        return _mend_number(line)
    if first == "[":
        if match := _REFERENCE.match(line):
            note.references.add(match[1].casefold())
            return ""
        return "" if _IMAGE_ONLY.match(line) else line
    if first == "!":
        return "" if _IMAGE_ONLY.match(line) else line
    if first == "{" and _TEMPLATE.match(line):
        return ""
    if match := _BULLET.match(line):
        return f"{match[1].replace(chr(0x3000), '  ')}- {line[match.end() :]}"
    if line[0] == "\u3000" or line.startswith(" \u3000"):
        return head
    return line


def _mend_heading(note: Mended, line: str) -> str:
    """``##标题`` is a heading.

    So is ``#标题``, unless the note writes ``# 标题`` elsewhere: then it is a tag or a comment.
    """
    match = _TIGHT_HEADING.match(line)
    if match is None:
        return line
    rest = line[match.end() :]
    if len(match[1]) == 1:
        if note.has_titles:
            return rest if _CJK.search(rest) and "#" not in rest else line
        if "#" in rest or not (_CJK.match(rest[0]) or rest[0].isupper() or rest[0].isdigit()):
            return line
    return f"{match[1]} {rest}" if rest.strip("# \t") else line


def _mend_number(line: str) -> str:
    """``3.系统`` and ``1、数据`` are items of a list as well; ``1、什么是…？`` is a heading and ``3.5`` a number."""
    match = _TIGHT_NUMBER.match(line)
    if match is None or match[4].isdigit():
        return line
    indent, number, mark, following = match.groups()
    rest = line[match.end() :]
    if mark in ".)":
        if line[match.end(3)] in " \t" or not (_CJK.match(following) or following.isupper() or following in "*`“《"):
            return line
    elif rest.rstrip().endswith(("?", "？")):
        return line
    return f"{indent.replace(chr(0x3000), '  ')}{number}{mark if mark in '.)' else '.'} {rest}"
