"""Org files (Emacs) as lines of Markdown; every line keeps its number."""

from __future__ import annotations

import re
from typing import Final

from extract.notes.formats.layout import html_row
from extract.notes.formats.model import Converted

_HEADING: Final = re.compile(
    r"(\*+)\s+(?:(?:TODO|DONE|NEXT|WAITING|HOLD|CANCELLED|CANCELED|STARTED)\s+)?(?:\[#[A-Z0-9]\]\s*)?(.*?)(?:\s+:[\w@#%:]+:)?\s*$"
)
_KEYWORD: Final = re.compile(r"\s*#\+(\w+)(?:\[[^\]]*\])?:\s*(.*)$")
_BEGIN: Final = re.compile(r"\s*#\+begin_(\w+)\s*(\S*)", re.IGNORECASE)
_DRAWER: Final = re.compile(r"\s*:[\w-]+:\s*$")
_PLANNING: Final = re.compile(r"\s*(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):")
_COMMENT: Final = re.compile(r"\s*#(?:\s|$)")
_TERM: Final = re.compile(r"(\s*[-+]\s+)(.{1,200}?)\s+::(?:\s+|$)")
_BOX: Final = re.compile(r"(\s*(?:[-+*]|\d+[.)])\s+)\[[ Xx-]\]\s+")
_ROW: Final = re.compile(r"\s*\|")
_RULE: Final = re.compile(r"\s*\|[-+|:\s]*$")
_LINK: Final = re.compile(r"\[\[([^\[\]]{1,2000})\](?:\[([^\[\]]{1,2000})\])?\]")
_FOOTNOTE: Final = re.compile(r"\[fn:[^\[\]]*\]|[<\[]\d{4}-\d\d-\d\d[^<>\[\]]{0,40}[>\]]")
_MARKUP: Final = re.compile(r"(?<![\w*/=~+\\])([*/=~+_])(?=\S)([^\n]{0,300}?)(?<=\S)\1(?![\w*/=~])")
_MARKS: Final = {"*": "**", "/": "*", "=": "`", "~": "`", "+": "", "_": ""}
_CODE: Final = frozenset(("src", "example", "export", "comment"))


def convert(text: str) -> Converted:
    """Convert an Org file. Drawers, comments, planning lines and settings become blank."""
    lines = text.split("\n")
    has_title = any(line.casefold().startswith("#+title:") for line in lines[:100])
    out: list[str] = []
    block, drawer = "", False
    for line in lines:
        if block in _CODE:
            ends = line.strip().casefold() == f"#+end_{block}"
            out.append(
                ("```" if block in ("src", "example") else "") if ends else line if block in ("src", "example") else ""
            )
            block = "" if ends else block
            continue
        if drawer:
            drawer = line.strip().casefold() != ":end:"
            out.append("")
        elif match := _BEGIN.match(line):
            block = match[1].casefold()
            out.append(f"```{match[2]}" if block == "src" else "```" if block == "example" else "")
        elif block and line.strip().casefold().startswith("#+end_"):
            block = ""
            out.append("")
        elif match := _KEYWORD.match(line):
            key = match[1].casefold()
            out.append(
                f"# {inline(match[2])}" if key == "title" and match[2] else inline(match[2]) if key == "caption" else ""
            )
        elif _DRAWER.match(line):
            drawer = line.strip().casefold() != ":end:"
            out.append("")
        elif _COMMENT.match(line) or _PLANNING.match(line):
            out.append("")
        elif match := _HEADING.match(line):
            out.append("#" * min(6, len(match[1]) + has_title) + " " + inline(match[2]))
        elif _ROW.match(line):
            out.append(line)  # whole tables are converted below
        else:
            out.append(("> " if block == "quote" and line.strip() else "") + _line(line))
    _tables(out)
    return Converted(tuple(out))


def _line(line: str) -> str:
    if match := _BOX.match(line):
        line = match[1] + line[match.end() :]
    if match := _TERM.match(line):
        return f"{match[1]}**{inline(match[2])}**: {inline(line[match.end() :])}"
    return inline(line)


def _tables(out: list[str]) -> None:
    """Give each table its header: the rows above the first rule, if there is one."""
    at, in_code = 0, False
    while at < len(out):
        in_code ^= out[at].startswith("```")
        if in_code or not _ROW.match(out[at]):
            at += 1
            continue
        end = at
        while end < len(out) and _ROW.match(out[end]):
            end += 1
        rules = [i for i in range(at, end) if _RULE.match(out[i])]
        heads = rules[0] if rules and rules[0] > at else at
        for i in range(at, end):
            cells = [inline(cell) for cell in out[i].strip().strip("|").split("|")]
            out[i] = "" if i in rules else html_row(cells, header=i < heads)
        out[at] = "<table>" + out[at]
        out[end - 1] += "</table>"
        at = end


def inline(text: str) -> str:
    """Inline markup as Markdown.

    >>> inline("*bold* /it/ =code= and [[https://x.y][a page]]")
    '**bold** *it* `code` and [a page](https://x.y)'
    """
    text = _FOOTNOTE.sub("", text)
    return _MARKUP.sub(_mark, _LINK.sub(_link, text)) if "[[" not in text else _outside_links(text)


def _outside_links(text: str) -> str:
    parts, at = [], 0
    for match in _LINK.finditer(text):
        parts += [_MARKUP.sub(_mark, text[at : match.start()]), _link(match)]
        at = match.end()
    return "".join([*parts, _MARKUP.sub(_mark, text[at:])])


def _mark(match: re.Match[str]) -> str:
    mark = _MARKS[match[1]]
    return f"{mark}{match[2]}{mark}"


def _link(match: re.Match[str]) -> str:
    target, label = match[1], match[2]
    if label:
        return f"[{label}]({target.replace(' ', '%20')})"
    return f"<{target}>" if "://" in target else target.removeprefix("file:").removesuffix(".org")
