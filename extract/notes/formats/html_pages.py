"""HTML as lines of Markdown: text, headings, lists, tables, bold and links; no scripts, menus and forms."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from extract.notes.formats.layout import Piece, lay_out
from extract.notes.formats.model import Converted, Unreadable

_SILENT: Final = frozenset(
    [
        "script",
        "style",
        "svg",
        "template",
        "noscript",
        "nav",
        "button",
        "form",
        "select",
        "object",
        "iframe",
        "canvas",
        "math",
    ]
)
_VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "body",
        "blockquote",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "header",
        "hgroup",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "ul",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "br",
    ]
)
_TABLE: Final = frozenset(["table", "thead", "tbody", "tfoot", "tr", "td", "th"])
_MARKS: Final = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "kbd": "`", "tt": "`"}
_HEADING: Final = re.compile(r"h([1-6])$")
_SPACE: Final = re.compile(r"\s+")
_SPECIAL: Final = re.compile(r"([\\`*])")
_STRAY: Final = re.compile(r"<(?![!/?a-zA-Z](?:[^<>\"']++|\"[^\"]{0,1000}+\"|'[^']{0,1000}+'|[\"']){0,200}+>)")
"""A sign that opens no tag. Python's parser would look for the end of such a tag again and again."""
_LARGEST: Final = 50_000_000
"""Characters of a page that are read."""


def convert(text: str) -> Converted | Unreadable:
    """Convert a page; broken HTML is read as browsers do, as far as it goes."""
    if len(text) > _LARGEST:
        return Unreadable("an HTML file of more than 50 million characters")
    lines = text.count("\n") + 1
    page = _Page(has_title=re.search(r"<h1[\s>]", text, re.IGNORECASE) is None)
    page.feed(_STRAY.sub("&lt;", _without_comments(text)))
    page.close()
    page.end_block()
    return lay_out(page.pieces, lines)


def _without_comments(text: str) -> str:
    """The page without its comments, lines kept; one that does not end is taken for text."""
    parts, at = [], 0
    while (begin := text.find("<!--", at)) >= 0 and (end := text.find("-->", begin + 4)) >= 0:
        parts += [text[at:begin], "\n" * text.count("\n", begin, end)]
        at = end + 3
    return "".join([*parts, text[at:].replace("<!--", " ")])


class _Page(HTMLParser):
    """Collects pieces of text with their lines."""

    def __init__(self, *, has_title: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self._has_title = has_title
        self._silent: list[str] = []
        self._prefix = ""
        self._lists: list[str] = []
        self._links: list[str] = []
        self._quotes = 0
        self._in_code = self._in_table = 0
        self._in_title = False
        self._begun = True
        self._joined = False
        self._line, self._words = 0, ""

    # Tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent:
            if tag not in _VOID:
                self._silent.append(tag)
            return
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag == "title":
            self._in_title = True
            self._open("# ")
        elif tag in _TABLE:
            self._table_tag(tag, opens=True)
        elif match := _HEADING.match(tag):
            self._open("#" * int(match[1]) + " ")
        elif tag in ("ul", "ol", "menu", "dl"):
            self.end_block()
            self._lists.append("1. " if tag == "ol" else "- ")
        elif tag in ("li", "dt"):
            self._open("    " * max(0, len(self._lists) - 1) + (self._lists[-1] if self._lists else "- "), joined=True)
            if tag == "dt":
                self._say("**")
        elif tag == "dd":
            self._open("    " * len(self._lists), joined=True)
        elif tag == "blockquote":
            self.end_block()
            self._quotes += 1
        elif tag == "pre":
            self.end_block()
            self._in_code += 1
        elif tag in _BLOCKS:
            self._open("")
        elif tag == "a":
            self._links.append(_SPACE.sub("%20", next((v or "" for k, v in attrs if k == "href"), "").strip()))
            self._say("[" if self._links[-1] else "")
        elif tag in _MARKS and not self._in_code:
            self._say(_MARKS[tag])

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            while tag in self._silent:  # whatever was left open inside ends with it
                if self._silent.pop() == tag:
                    break
            return
        if tag == "title":
            self.end_block()
            self._in_title = False
        elif tag in _TABLE:
            self._table_tag(tag, opens=False)
        elif tag in ("ul", "ol", "menu", "dl"):
            self.end_block()
            if self._lists:
                self._lists.pop()
        elif tag == "blockquote":
            self.end_block()
            self._quotes = max(0, self._quotes - 1)
        elif tag == "dt":
            self._say("**:")
            self.end_block()
        elif tag == "pre":
            self.end_block()
            self._in_code = max(0, self._in_code - 1)
        elif tag in _BLOCKS:
            self.end_block()
        elif tag == "a" and self._links:
            target = self._links.pop()
            self._say(f"]({target})" if target else "")
        elif tag in _MARKS and not self._in_code:
            self._say(_MARKS[tag])

    def _table_tag(self, tag: str, *, opens: bool) -> None:
        """Tables stay HTML, which the Markdown parser reads with the line of every cell."""
        if tag == "table":
            self.end_block()
            self._in_table = max(0, self._in_table + (1 if opens else -1))
            self._open("", joined=not opens)
        self._say(f"<{'' if opens else '/'}{tag}>")
        if tag == "table" and not opens:
            self.end_block()

    # Text

    def handle_data(self, data: str) -> None:
        if self._silent or (self._in_title and not self._has_title):
            return
        first = self.getpos()[0]
        for offset, part in enumerate(data.split("\n")):
            if offset and self._words.strip():
                self._flush()
            words = _SPACE.sub(" ", part)
            if words.strip() or (words and self._words):
                escaped = words if self._in_code else _SPECIAL.sub(r"\\\1", words)
                self._add(escaped.replace("<", "&lt;"), first + offset)

    def _say(self, mark: str) -> None:
        if mark:
            self._add(mark, self.getpos()[0])

    def _add(self, words: str, line: int) -> None:
        if self._words and line != self._line:
            self._flush()
        if not self._words:
            words = words.lstrip()
        self._line = line
        self._words += words

    def _flush(self) -> None:
        words = self._words.rstrip()
        self._words = ""
        if words in ("", "**", "**:", "`", "*"):
            return
        indent = "" if self._begun else " " * (len(self._prefix) - len(self._prefix.lstrip(" ")))
        prefix = self._prefix if self._begun else ("  " if self._prefix.strip() in ("-", "1.") else "") + indent
        if self._in_code:
            prefix = ""
        text = "> " * self._quotes + prefix + words
        self.pieces.append(Piece(self._line, text, self._begun, self._joined or self._in_table > 0))
        self._begun = False

    def end_block(self) -> None:
        """Close the block of text; what follows begins another."""
        self._flush()
        self._begun, self._prefix, self._joined = True, "", False

    def _open(self, prefix: str, *, joined: bool = False) -> None:
        self.end_block()
        self._prefix, self._joined = prefix, joined
