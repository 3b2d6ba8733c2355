"""Inline Markdown, one line at a time: what is text stays, what is markup becomes spans.

We do not use the inline rules of CommonMark here: notes hold ``**`` that never closes, bold that touches Chinese punctuation (which
CommonMark does not accept), and links cut in two by a line break. Each construct is found in one left-to-right pass; nothing looks
back or scans to the end of the line twice, so the time is linear in the length of the line.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import NamedTuple

from extract.notes.blocks import Span, SpanKind


class Plain(NamedTuple):
    """A line without markup."""

    text: str
    spans: tuple[Span, ...] = ()


_TAGS = """a abbr address article aside audio b base bdi bdo big blockquote body br button canvas caption center cite code col
colgroup dd del details dfn div dl dt em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img
input ins kbd label legend li link main mark meta nav noscript object ol p param picture pre q rp rt ruby s samp script section select
small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr tt u ul var
video wbr"""
HTML_TAGS = frozenset(_TAGS.split())
"""Names that are markup between ``<`` and ``>``. Others, such as ``<eos>``, are what the note talks about."""

SYMBOLS = (
    "\U0001f000-\U0001faff\u2600-\u2775\u2794-\u27bf\u2b00-\u2bff\u231a\u231b\u23e9-\u23fa"  # emoji, stars, dingbats without ❶…➓
    "\ufe0e\ufe0f\u200b-\u200d\u2060\ufeff\u20e3\U000e0020-\U000e007f"  # what joins, varies and pads them
)

_SPECIAL = re.compile(rf"[\\`*_<&\[\]$~={SYMBOLS}]|://|www\.")
_CANDIDATE = re.compile(rf"[\\`*_<&\[\]$~=!{SYMBOLS}]|https?://|ftp://|www\.|\d(?=\ufe0f?\u20e3)")
_TOKEN = re.compile(
    rf"""(?P<tex>\\\([^\n]{{1,300}}?\\\)|\\\[[^\n]{{1,300}}?\\\])
    |(?P<escape>\\[!-/:-@\[-`{{-~])
    |(?P<ticks>`+)
    |(?P<math>\$\$[^$]{{1,400}}\$\$|\$(?![\s$])[^$`]{{1,300}}(?<![\s\\])\$(?![\d$]))
    |(?P<note><sup>\s*(?:<a[^<>]{{0,500}}>)?\s*\[?\d{{1,3}}\]?\s*(?:</a>)?\s*</sup>)
    |(?P<auto><(?:https?://|mailto:|ftp://)[^<>\s]*>)
    |(?P<tag></?(?P<name>[A-Za-z][A-Za-z0-9.]*)(?P<attributes>[\s/][^<>]*)?>)
    |(?P<url>(?:https?|ftp)://[^\s<>"'`|，。；、！？）】》”」（]+|www\.[\w.-]{1, 200}/[^\s<>"'`|，。；、！？）】》”」（]*)
    |(?P<keycap>\d\ufe0f?\u20e3)
    |(?P<run>\*+|_+|~~+|==+)
    |(?P<open>!?\[)
    |(?P<close>\])
    |(?P<entity>&(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,31}});)
    |(?P<symbol>[{SYMBOLS}]+)""",
    re.VERBOSE,
)
_TEX_SIGN = re.compile(r"[\\^_={}]")
_BRACKET = re.compile(r"\\.|[\[\]()]")
_TICKS = re.compile(r"`+")
_QUOTED = re.compile(
    r"“([^“”]{1,80})”|「([^「」]{1,80})」|『([^『』]{1,80})』|《([^《》]{1,80})》|(?<![\w\"])\"([^\"\s][^\"]{0,78})\""
)
_QUOTE_MARK = re.compile('[“「『《"]')
_ASCII_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_PRIORITY = {
    SpanKind.STRONG: 0,
    SpanKind.CODE: 1,
    SpanKind.MATH: 2,
    SpanKind.LINK: 3,
    SpanKind.EMPHASIS: 4,
    SpanKind.QUOTED: 5,
}


def clean(line: str, *, references: AbstractSet[str] = frozenset()) -> list[Plain]:
    """Return the text of ``line`` with its spans: one piece, or several where ``<br>`` breaks the line. Pieces may be empty.

    ``references`` are the labels that the document defines (``[label]: url``), casefolded: only those make ``[label]`` a link.
    Every word of the result stands in ``line``: only entities for punctuation are decoded, ``&alpha;`` stays as it is.
    """
    line = line.strip()
    if not _SPECIAL.search(line):
        return [Plain(line, _quoted(line))]
    scan = _Scan(line, references)
    scan.run()
    return [_piece(*part) for part in scan.parts()]


def plain(line: str) -> str:
    """The text of ``line`` without markup; ``<br>`` becomes a space."""
    return " ".join(piece.text for piece in clean(line) if piece.text)


def _pairs(line: str) -> tuple[dict[int, int], dict[int, int]]:
    """Positions of matching square brackets and of matching round brackets, opening → closing, backslash escapes aside."""
    squares: dict[int, int] = {}
    rounds: dict[int, int] = {}
    square_stack: list[int] = []
    round_stack: list[int] = []
    for match in _BRACKET.finditer(line):
        char, at = match.group(), match.start()
        if char == "[":
            square_stack.append(at)
        elif char == "(":
            round_stack.append(at)
        elif char == "]" and square_stack:
            squares[square_stack.pop()] = at
        elif char == ")" and round_stack:
            rounds[round_stack.pop()] = at
    return squares, rounds


class _Scan:
    """One pass over a line. Output is a list of pieces; marks refer to places in that list until its lengths are settled."""

    def __init__(self, line: str, references: AbstractSet[str]) -> None:
        self.line = line
        self.references = references
        self.out: list[str] = []
        self.marks: list[tuple[SpanKind, int, int]] = []
        self.breaks: list[int] = []
        self.runs: dict[tuple[str, int], list[int]] = {}
        self.closing: dict[
            int, tuple[int, int]
        ] = {}  # position of ] -> (position after the link, place of its opening)
        self.squares, self.rounds = _pairs(line) if "[" in line or "]" in line else ({}, {})
        self.literal_close: set[int] = set()
        self.ticks: dict[int, list[int]] = {}
        if "`" in line:
            for match in reversed(list(_TICKS.finditer(line))):
                self.ticks.setdefault(match.end() - match.start(), []).append(match.start())

    def run(self) -> None:
        line, pos, look = self.line, 0, 0
        while candidate := _CANDIDATE.search(line, look):  # much faster than to search for the tokens themselves
            match = _TOKEN.match(line, candidate.start())
            if match is None:
                look = candidate.end()
                continue
            if match.start() > pos:
                self.out.append(line[pos : match.start()])
            look = pos = getattr(self, f"_{match.lastgroup if match.lastgroup in _GROUPS else 'tag'}")(match)
        self.out.append(line[pos:])

    def _after_removal(self, pos: int) -> int:
        """Take the spaces after something that was removed if there is a space before it as well."""
        if not self.out or self.out[-1].endswith(" ") or not "".join(self.out[-3:]):
            while pos < len(self.line) and self.line[pos] == " ":
                pos += 1
        return pos

    def _escape(self, match: re.Match[str]) -> int:
        self.out.append(match.group()[1])
        return match.end()

    def _ticks(self, match: re.Match[str]) -> int:
        places = self.ticks.get(match.end() - match.start(), [])
        while places and places[-1] <= match.start():
            places.pop()
        if not places:
            return match.end()
        end = places.pop()
        content = self.line[match.end() : end].strip()
        self.marks.append((SpanKind.CODE, len(self.out), len(self.out) + 1))
        self.out.append(content)
        return end + match.end() - match.start()

    def _math(self, match: re.Match[str]) -> int:
        self.marks.append((SpanKind.MATH, len(self.out), len(self.out) + 1))
        self.out.append(match.group().strip("$").strip())
        return match.end()

    def _tex(self, match: re.Match[str]) -> int:
        if not _TEX_SIGN.search(match.group(), 2, match.end() - match.start() - 2):  # only escaped brackets
            self.out.append(match.group()[1])
            return match.start() + 2
        self.marks.append((SpanKind.MATH, len(self.out), len(self.out) + 1))
        self.out.append(match.group()[2:-2].strip())
        return match.end()

    def _note(self, match: re.Match[str]) -> int:
        return match.end()

    def _auto(self, match: re.Match[str]) -> int:
        return self._after_removal(match.end())

    _url = _auto
    _symbol = _auto

    def _tag(self, match: re.Match[str]) -> int:
        name = match["name"]
        lower = name.casefold()
        is_component = name[0].isupper() and (match["attributes"] is not None or match.group().startswith("</"))
        if lower not in HTML_TAGS and not is_component:
            self.out.append(match.group())
            return match.end()
        if lower == "br":
            self.breaks.append(len(self.out))
            self.out.append("")
        elif lower in ("b", "strong", "i", "em"):
            self._html_emphasis(lower, closes=match.group().startswith("</"))
        return match.end()

    def _html_emphasis(self, name: str, *, closes: bool) -> None:
        kind = SpanKind.STRONG if name in ("b", "strong") else SpanKind.EMPHASIS
        stack = self.runs.setdefault((name, 0), [])
        if not closes:
            stack.append(len(self.out))
            self.out.append("")
        elif stack:
            self.marks.append((kind, stack.pop(), len(self.out)))

    def _keycap(self, match: re.Match[str]) -> int:
        self.out.append(f"{match.group()[0]}. ")
        return match.end()

    def _run(self, match: re.Match[str]) -> int:
        mark, start, end = match.group(), match.start(), match.end()
        char, length = mark[0], end - start
        before, after = self.line[start - 1 : start], self.line[end : end + 1]
        opens = bool(after) and not after.isspace()
        closes = bool(before) and not before.isspace()
        if char in "_=":  # snake_case and a==b are no emphasis
            opens = opens and before not in _ASCII_WORD
            closes = closes and after not in _ASCII_WORD
        if (not opens and not closes) or (char in "~=" and length > 2):
            self.out.append(mark if length < 4 and before != "" and after != "" else "")
        elif length <= 3:
            for size in (2, 1) if length == 3 else (length,):
                self._delimiter(char, size, opens=opens, closes=closes)
        return end

    def _delimiter(self, char: str, size: int, *, opens: bool, closes: bool) -> None:
        stack = self.runs.setdefault((char, size), [])
        if closes and stack:
            start = stack.pop()
            self.out[start] = ""
            if char in "*_":
                self.marks.append((SpanKind.STRONG if size == 2 else SpanKind.EMPHASIS, start, len(self.out)))
        elif opens:
            stack.append(len(self.out))
            # A lone * or _ is a letter like any other until its partner comes; a lone ** is a slip of the pen.
            self.out.append("" if char == "*" and size == 2 else char * size)
        elif not (char == "*" and size == 2):
            self.out.append(char * size)

    def _open(self, match: re.Match[str]) -> int:
        line, start = self.line, match.end() - 1
        end = self.squares.get(start)
        image = match.group()[0] == "!"
        if end is None:
            self.out.append("[" if not image else "![")
            return match.end()
        if image:
            after = self._destination(end)
            if after is None:
                self.out.append("!")
                return start
            return self._after_removal(after)
        if line.startswith("[^", start):
            return end + 2 if line.startswith(":", end + 1) else end + 1
        if line.startswith("[[", start) and self.squares.get(start + 1) == end - 1:
            target = line[start + 2 : end - 1].rpartition("|")[2]
            self.marks.append((SpanKind.LINK, len(self.out), len(self.out) + 1))
            self.out.append(target.strip())
            return end + 1
        after = self._destination(end)
        if after is None and line[start + 1 : end].casefold() in self.references:
            after = end + 1
        if after is None:
            self.out.append("[")
            self.literal_close.add(end)
            return match.end()
        self.closing[end] = (after, len(self.out))
        return match.end()

    def _destination(self, close: int) -> int | None:
        """Where the ``(url)`` or ``[label]`` after the bracket at ``close`` ends; None where there is neither."""
        line, at = self.line, close + 1
        if line.startswith("(", at):
            end = self.rounds.get(at)
            if end is None:
                end = line.find(")", at, at + 2000)
            return end + 1 if end >= 0 else None
        if line.startswith("[", at) and not line.startswith("[^", at):
            end = self.squares.get(at)
            if end is not None and (end == at + 1 or line[at + 1 : min(end, at + 200)].casefold() in self.references):
                return end + 1
        return None

    def _close(self, match: re.Match[str]) -> int:
        at = match.start()
        if at in self.closing:
            after, place = self.closing[at]
            self.marks.append((SpanKind.LINK, place, len(self.out)))
            return after
        if at in self.literal_close or not self.line.startswith("](", at):
            self.out.append("]")
            return at + 1
        after_stray = self._destination(at)  # the second half of a link that a line break cut in two
        return after_stray if after_stray is not None else at + 1

    def _entity(self, match: re.Match[str]) -> int:
        written = match.group()
        decoded = html.unescape(written)
        is_mark = decoded != written and not any(c.isalnum() or c == "_" or c in "\r\n" for c in decoded)
        self.out.append((" " if decoded.isspace() else decoded) if is_mark else written)
        return match.end()

    def parts(self) -> list[tuple[str, list[tuple[SpanKind, int, int]]]]:
        """The pieces between breaks, each with its marks as offsets into it."""
        offsets = [0]
        for text in self.out:
            offsets.append(offsets[-1] + len(text))
        whole = "".join(self.out)
        spans = [
            (kind, offsets[min(a, len(offsets) - 1)], offsets[min(b, len(offsets) - 1)]) for kind, a, b in self.marks
        ]
        if not self.breaks:
            return [(whole, spans)]
        edges = [0, *(offsets[b] for b in self.breaks), len(whole)]
        parts: list[tuple[str, list[tuple[SpanKind, int, int]]]] = []
        spans.sort(key=lambda s: s[1])
        at = 0
        for low, high in pairwise(edges):
            inside: list[tuple[SpanKind, int, int]] = []
            while at < len(spans) and spans[at][1] < high:
                kind, a, b = spans[at]
                inside.append((kind, max(a, low) - low, min(b, high) - low))
                at += 1
            parts.append((whole[low:high], inside))
        return parts


_GROUPS = frozenset(
    [
        "tex",
        "escape",
        "ticks",
        "math",
        "note",
        "auto",
        "tag",
        "url",
        "keycap",
        "run",
        "open",
        "close",
        "entity",
        "symbol",
    ]
)


def _piece(text: str, marks: list[tuple[SpanKind, int, int]]) -> Plain:
    """Strip ``text``, move its marks along, and drop those that are empty or overlap a stronger one."""
    lead = len(text) - len(text.lstrip())
    text = text.strip()
    spans = [Span(kind, *_tight(text, a - lead, b - lead)) for kind, a, b in marks]
    spans.extend(_quoted(text))
    return Plain(text, _apart(spans))


def _tight(text: str, start: int, end: int) -> tuple[int, int]:
    start, end = max(start, 0), min(end, len(text))
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _apart(spans: list[Span]) -> tuple[Span, ...]:
    """Spans by start without overlaps: the stronger kind wins, then the longer; QUOTED may lie within STRONG."""
    if len(spans) < 2:
        return tuple(s for s in spans if s.end > s.start)
    held: list[Span] = []  # disjoint, by start
    quoted: list[Span] = []
    for span in sorted(spans, key=lambda s: (_PRIORITY[s.kind], s.start, -s.end)):
        if span.end <= span.start:
            continue
        at = bisect_left(held, span.end, key=lambda s: s.start)  # the last one that begins before this ends
        other = held[at - 1] if at else None
        is_free = other is None or other.end <= span.start
        if span.kind is not SpanKind.QUOTED:
            if is_free:
                held.insert(at, span)
        elif is_free or (
            other is not None and other.kind is SpanKind.STRONG and other.start <= span.start and span.end <= other.end
        ):
            quoted.append(span)
    return tuple(sorted(held + quoted, key=lambda s: (s.start, -s.end)))


def _quoted(text: str) -> tuple[Span, ...]:
    if not _QUOTE_MARK.search(text):
        return ()
    return tuple(Span(SpanKind.QUOTED, *m.span(m.lastindex or 0)) for m in _QUOTED.finditer(text))
