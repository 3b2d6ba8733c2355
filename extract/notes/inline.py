"""Inline Markdown, one line at a time: what is text stays, what is markup becomes spans.

We do not use the inline rules of CommonMark here: notes contain ``**`` that never closes, bold that touches Chinese
punctuation (which CommonMark does not accept), and links cut in two by a line break. Each construct is found in one
left-to-right pass; nothing looks back or scans to the end of the line twice, so the time is linear in the length of the
line.

The pass finds tokens (:data:`_TOKEN`) and gives each to its handler (:data:`_HANDLERS`). A new construct is a group of
the one and an entry of the other.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from extract.notes.blocks import SpanKind
from extract.notes.dialects.obsidian import is_inline_query
from extract.notes.emphasis import Emphasis
from extract.notes.html_tags import HTML_TAGS
from extract.notes.inline_output import Output
from extract.notes.links import Links, after_removal
from extract.notes.spans import Plain, quoted
from extract.notes.ticks import Ticks

_SYMBOLS: Final = (
    # emoji, stars, dingbats without ❶…➓
    "\U0001f000-\U0001faff\u2600-\u2775\u2794-\u27bf\u2b00-\u2bff\u231a\u231b\u23e9-\u23fa"
    "\ufe0e\ufe0f\u200b-\u200d\u2060\ufeff\u20e3\U000e0020-\U000e007f"  # what joins, varies and pads them
)
_SPECIAL: Final = re.compile(rf"[\\`*_<&\[\]$~={_SYMBOLS}]|://|www\.")
_CANDIDATE: Final = re.compile(rf"[\\`*_<&\[\]$~=!{_SYMBOLS}]|https?://|ftp://|www\.|\d(?=\ufe0f?\u20e3)")
_IN_URL: Final = r"""[^\s<>"'`|\[\]，。；、！？）】》”」（]"""
_TOKEN: Final = re.compile(
    rf"""(?P<hugo>\\\\\([^\n]{{1,300}}?\\\\\)|\\\\\[[^\n]{{1,300}}?\\\\\])
    |(?P<tex>\\\([^\n]{{1,300}}?\\\)|\\\[[^\n]{{1,300}}?\\\])
    |(?P<environment>\\begin\{{[a-zA-Z]+\\?\*?\}}[^\n]{{1,400}}?\\end\{{[a-zA-Z]+\\?\*?\}})
    |(?P<ticked>\$`[^`\n]{{1,300}}`\$)
    |(?P<escape>\\[!-/:-@\[-`{{-~])
    |(?P<ticks>`+)
    |(?P<math>\$\$[^$]{{1,400}}\$\$|\$(?![\s$])[^$`]{{1,300}}(?<![\s\\])\$(?![\d$]))
    |(?P<note><sup>\s*(?:<a[^<>]{{0,500}}>)?\s*\[?\d{{1,3}}\]?\s*(?:</a>)?\s*</sup>)
    |(?P<auto><(?:https?://|mailto:|ftp://)[^<>\s]*>)
    |(?P<tag></?(?P<name>[A-Za-z][A-Za-z0-9.]*)(?P<attributes>[\s/][^<>]*)?>)
    |(?P<url>(?:https?|ftp)://{_IN_URL}+|www\.[A-Za-z0-9.-]{{1,200}}+/{_IN_URL}*)
    |(?P<keycap>\d\ufe0f?\u20e3)
    |(?P<run>\*+|_+|~~+|==+)
    |(?P<open>!?\[)
    |(?P<close>\])
    |(?P<entity>&(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,31}});)
    |(?P<symbol>[{_SYMBOLS}]+)""",
    re.VERBOSE,
)
_TEX_SIGN: Final = re.compile(r"[\\^_={}]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_WORD: Final = re.compile(r"[^\W\d_]{2}")


def clean(line: str, *, references: AbstractSet[str] = frozenset()) -> list[Plain]:
    """Return the text of ``line`` with its spans: one piece, or several where ``<br>`` breaks the line.

    Pieces may be empty.

    ``references`` are the labels that the document defines (``[label]: url``), casefolded: only those make ``[label]``
    a link. Every word of the result appears in ``line``: only entities for punctuation are decoded, ``&alpha;`` stays
    as it is.
    """
    line = line.strip()
    if not _SPECIAL.search(line):
        return [Plain(line, quoted(line))]
    scan = _Scan(line, references)
    pieces, pos, look = scan.out.pieces, 0, 0
    while candidate := _CANDIDATE.search(line, look):  # much faster than to search for the tokens themselves
        match = _TOKEN.match(line, candidate.start())
        if match is None:
            look = candidate.end()
            continue
        if match.start() > pos:
            pieces.append(line[pos : match.start()])
        look = pos = _HANDLERS[match.lastgroup or ""](scan, match)
    pieces.append(line[pos:])
    return scan.out.lines()


class _Scan:
    """A line that is being read."""

    __slots__ = ("emphasis", "line", "links", "out", "ticks")

    def __init__(self, line: str, references: AbstractSet[str]) -> None:
        self.line = line
        self.out = Output()
        self.emphasis = Emphasis(self.out)
        self.links = Links(line, self.out, references)
        self.ticks = Ticks(line)


_Handler = Callable[[_Scan, re.Match[str]], int]
"""Writes what a token says and returns where to go on."""


def _escape(scan: _Scan, match: re.Match[str]) -> int:
    scan.out.pieces.append(match.group()[1])
    return match.end()


def _ticks(scan: _Scan, match: re.Match[str]) -> int:
    end = scan.ticks.closing(*match.span())
    if end < 0:
        return match.end()
    code = scan.line[match.end() : end].strip()
    if not is_inline_query(code):
        scan.out.marked(SpanKind.CODE, code)
    return end + match.end() - match.start()


def _math(scan: _Scan, match: re.Match[str]) -> int:
    scan.out.marked(SpanKind.MATH, match.group().strip("$").strip())
    return match.end()


def _tex(scan: _Scan, match: re.Match[str]) -> int:
    said = match.group()[2:-2]
    plain = _WORD.search(said) or not _LETTER.search(said) or match[0][1] == "["
    if plain and not _TEX_SIGN.search(said):  # only escaped brackets
        scan.out.pieces.append(match.group()[1])
        return match.start() + 2
    scan.out.marked(SpanKind.MATH, said.strip())
    return match.end()


def _hugo(scan: _Scan, match: re.Match[str]) -> int:
    """A formula between escaped backslashes, which Hugo and Jekyll need."""
    scan.out.marked(SpanKind.MATH, match.group()[3:-3].strip())
    return match.end()


def _ticked(scan: _Scan, match: re.Match[str]) -> int:
    """A formula of GitLab."""
    scan.out.marked(SpanKind.MATH, match.group()[2:-2].strip())
    return match.end()


def _environment(scan: _Scan, match: re.Match[str]) -> int:
    scan.out.marked(SpanKind.MATH, match.group())
    return match.end()


def _drop(scan: _Scan, match: re.Match[str]) -> int:  # noqa: ARG001  # a handler
    return match.end()


def _drop_with_space(scan: _Scan, match: re.Match[str]) -> int:
    return after_removal(scan.line, match.end(), scan.out)


def _tag(scan: _Scan, match: re.Match[str]) -> int:
    name = match["name"]
    lower = name.casefold()
    closes = match.group().startswith("</")
    is_component = name[0].isupper() and (match["attributes"] is not None or closes)
    if lower not in HTML_TAGS and not is_component:
        scan.out.pieces.append(match.group())
    elif lower == "br":
        scan.out.line_break()
    else:
        scan.emphasis.element(lower, closes=closes)
    return match.end()


def _keycap(scan: _Scan, match: re.Match[str]) -> int:
    scan.out.pieces.append(f"{match.group()[0]}. ")
    return match.end()


def _run(scan: _Scan, match: re.Match[str]) -> int:
    scan.emphasis.run(scan.line, match.start(), match.end())
    return match.end()


def _open(scan: _Scan, match: re.Match[str]) -> int:
    return scan.links.open(match.end() - 1, image=match.end() - match.start() == 2)


def _close(scan: _Scan, match: re.Match[str]) -> int:
    return scan.links.close(match.start())


def _entity(scan: _Scan, match: re.Match[str]) -> int:
    written = match.group()
    decoded = html.unescape(written)
    is_mark = decoded != written and not any(c.isalnum() or c == "_" or c in "\r\n" for c in decoded)
    scan.out.pieces.append((" " if decoded.isspace() else decoded) if is_mark else written)
    return match.end()


_HANDLERS: Final[Mapping[str, _Handler]] = {
    "hugo": _hugo,
    "tex": _tex,
    "environment": _environment,
    "ticked": _ticked,
    "escape": _escape,
    "ticks": _ticks,
    "math": _math,
    "note": _drop,
    "auto": _drop_with_space,
    "tag": _tag,
    "url": _drop_with_space,
    "keycap": _keycap,
    "run": _run,
    "open": _open,
    "close": _close,
    "entity": _entity,
    "symbol": _drop_with_space,
}
"""Group of :data:`_TOKEN` → what reads it."""
