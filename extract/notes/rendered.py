r"""A note as a page shows it: headings, lists, tables, formulas and code as values, each piece with its line.

The reader of :mod:`extract.notes.parse` takes markup off; this keeps what markup means. It is the CommonMark parser
with tables, strikethrough, formulas (``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]``, environments), links of wikis and marks
(``==…==``). What it does not know stays text, letter by letter: nothing here is HTML.

A node is a dictionary with ``t``, its type, as JSON has it:

- blocks: ``h`` (``level``, ``c``), ``p`` (``c``), ``ul`` and ``ol`` (``items``, ``start``), ``item`` (``c``, ``done``:
  None, false or true), ``quote`` (``c``, ``call``: the word of a callout, else empty), ``code`` (``lang``, ``first``,
  ``lines``), ``table`` (``rows`` of ``{line, head, cells}``), ``math`` (``tex``), ``hr``, ``front`` (``first``,
  ``lines``)
- in lines: a string, ``b`` ``i`` ``s`` ``mark`` ``sub`` ``sup`` ``kbd`` ``u`` (``c``), ``code`` (``c``: one string),
  ``tex`` (``tex``, ``display``), ``a`` (``c``, ``written``, ``href``), ``img`` (``c``: its words), ``nl``
  (``line``: the line that begins here)

``line`` and ``last`` of a block are 1-based lines of the note.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

Node = dict[str, Any]
Inline = str | Node

_ENVIRONMENT: Final = re.compile(r"\\begin\{([A-Za-z]{1,20}\*?)\}")
_MATH_CLOSE: Final = {"$$": "$$", "\\[": "\\]"}
_FORMULA_LINES: Final = 200
"""Lines within which a formula has to close."""
_FORMULA_LENGTH: Final = 4000
"""Characters of a formula that are typeset; a longer one is shown as it is written."""
_WIKI: Final = re.compile(r"!?\[\[([^\[\]\n]{1,400})\]\]")
_CALLOUT: Final = re.compile(r"\[!([A-Za-z][\w -]{0,30})\][+-]?[ \t]*")
_TASK: Final = re.compile(r"\[([ xX])\][ \t]+")
_FRONT_END: Final = ("---", "...")
_FRONT_LINES: Final = 200
_TAGS: Final = {
    "b": "b",
    "strong": "b",
    "i": "i",
    "em": "i",
    "s": "s",
    "del": "s",
    "mark": "mark",
    "sub": "sub",
    "sup": "sup",
    "kbd": "kbd",
    "u": "u",
}
"""Elements of HTML that say only how text looks: their content is kept, and nothing else of them."""
_TAG: Final = re.compile(r"<(/?)([A-Za-z]+)\s*/?>")
_IMAGE: Final = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_WORDS: Final = re.compile(r"\balt\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE)
_OPENED: Final = {"strong_open": "b", "em_open": "i", "s_open": "s", "mark_open": "mark"}
_LONG: Final = 20_000
"""Characters of one line beyond which it is data: shown as it is written, cut."""
_SHOWN: Final = 4000


def rendered_note(text: str) -> list[Node]:
    """The blocks of a note, in order. Any text is accepted.

    >>> rendered_note("# A *b*")
    [{'t': 'h', 'level': 1, 'c': ['A ', {'t': 'i', 'c': ['b']}], 'line': 1, 'last': 1}]
    """
    lines = [line if len(line) <= _LONG else line[:_SHOWN] + " …" for line in text.split("\n")]
    front, skipped = _front(lines)
    body = "\n".join([*[""] * skipped, *lines[skipped:]])
    builder = _Builder(lines)
    return [*front, *builder.blocks(_parser().parse(body))]


def _front(lines: Sequence[str]) -> tuple[list[Node], int]:
    """The front matter as a block, and how many lines it has."""
    if not lines or lines[0].strip() != "---":
        return [], 0
    for i in range(1, min(len(lines), _FRONT_LINES)):
        if lines[i].strip() in _FRONT_END:
            return [{"t": "front", "first": 2, "lines": list(lines[1:i]), "line": 1, "last": i + 1}], i + 1
    return [], 0


# ---- the parser ----------------------------------------------------------------------------------------------------


def _parser() -> MarkdownIt:
    # html: elements are tokens of their own, of which few are understood; blocks of HTML are read line by line.
    parser = MarkdownIt("commonmark", {"maxNesting": 40, "html": True}).enable(["table", "strikethrough"])
    parser.disable(["html_block", "code"])  # an indented block is mostly a badly indented list
    parser.block.ruler.before("fence", "formula", _formula_block, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.inline.ruler.before("link", "wiki", _wiki)
    parser.inline.ruler.before("emphasis", "marked", _marked)
    return parser


def _formula_block(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    r"""A formula that begins a line: ``$$``, ``\[`` or an environment, to its close."""
    start, stop = state.bMarks[first] + state.tShift[first], state.eMarks[first]
    opening = state.src[start:stop]
    mark = next((mark for mark in _MATH_CLOSE if opening.startswith(mark)), None)
    environment = _ENVIRONMENT.match(opening) if mark is None else None
    if mark is None and environment is None:
        return False
    close = _MATH_CLOSE[mark] if mark else "\\end{" + (environment[1] if environment else "") + "}"
    skipped = len(mark or "")
    parts: list[str] = []
    for line in range(first, min(end, first + _FORMULA_LINES)):
        raw = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        if line > first and state.sCount[line] < state.blkIndent and raw:
            return False
        at = raw.find(close, skipped if line == first else 0)
        if at < 0:
            parts.append(raw[skipped:] if line == first else raw)
            continue
        if raw[at + len(close) :].strip(" .,;。，；"):
            return False  # text follows: a formula inside of a line
        if silent:
            return True
        kept = raw[:at] if mark else raw[: at + len(close)]
        parts.append(kept[skipped:] if line == first else kept)
        state.line = line + 1
        token = state.push("formula_block", "", 0)
        token.content = "\n".join(parts).strip()
        token.map = [first, line + 1]
        return True
    return False


def _formula(state: StateInline, silent: bool) -> bool:
    """A formula inside of a line."""
    source, at = state.src, state.pos
    for mark, close in (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$")):
        if not source.startswith(mark, at):
            continue
        begin = at + len(mark)
        end = source.find(close, begin, begin + _FORMULA_LENGTH)
        while mark == "$" and end > 0 and source[end - 1] == "\\":
            end = source.find(close, end + 1, begin + _FORMULA_LENGTH)
        tex = source[begin:end]
        if end <= begin or not tex.strip() or "\n\n" in tex:
            continue
        if mark == "$" and not _is_dollar_formula(source, begin, end):
            return False
        if not silent:
            token = state.push("formula", "", 0)
            token.content, token.meta = tex, {"display": mark in _MATH_CLOSE, "written": source[at : end + len(close)]}
        state.pos = end + len(close)
        return True
    return False


def _is_dollar_formula(source: str, begin: int, end: int) -> bool:
    """Whether dollars are the marks of a formula and not of prices, by the rules of Pandoc."""
    after = source[end + 1 : end + 2]
    return not source[begin].isspace() and not source[end - 1].isspace() and not after.isdecimal()


def _wiki(state: StateInline, silent: bool) -> bool:
    """``[[note#heading|words]]`` and ``![[picture]]``."""
    match = _WIKI.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        token = state.push("wiki", "", 0)
        token.content, token.meta = match[1], {"written": match[0]}
    state.pos = match.end()
    return True


def _marked(state: StateInline, silent: bool) -> bool:
    """``==words==``."""
    if not state.src.startswith("==", state.pos):
        return False
    end = state.src.find("==", state.pos + 2)
    inner = state.src[state.pos + 2 : end]
    if end < 0 or not inner.strip() or "\n" in inner or inner[0].isspace() or inner[0] == "=":
        return False
    if not silent:
        last = state.posMax
        state.push("mark_open", "", 1)
        state.pos, state.posMax = state.pos + 2, end
        state.md.inline.tokenize(state)
        state.posMax = last
        state.push("mark_close", "", -1)
    state.pos = end + 2
    return True


# ---- from tokens to nodes ------------------------------------------------------------------------------------------


class _Builder:
    """Goes through the tokens of a note."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def blocks(self, tokens: Sequence[Token]) -> list[Node]:
        """The blocks that ``tokens`` say."""
        found: list[Node] = []
        i = 0
        while i < len(tokens):
            end = _closing(tokens, i)
            node = self._block(tokens, i, end)
            if node is not None:
                first, last = tokens[i].map or (0, 1)
                found.append({**node, "line": first + 1, "last": max(first + 1, last)})
            i = end + 1
        return found

    def _block(self, tokens: Sequence[Token], i: int, end: int) -> Node | None:
        token = tokens[i]
        match token.type:
            case "heading_open":
                return {"t": "h", "level": int(token.tag[1]), "c": self._inline(tokens[i + 1])}
            case "paragraph_open":
                return {"t": "p", "c": self._inline(tokens[i + 1])}
            case "bullet_list_open" | "ordered_list_open":
                items = [self._item(tokens, a, b) for a, b in _children(tokens, i, end)]
                start = int(token.attrGet("start") or 1)
                return {"t": "ul" if token.type.startswith("bullet") else "ol", "start": start, "items": items}
            case "blockquote_open":
                return self._quote(self.blocks(tokens[i + 1 : end]))
            case "fence" | "code_block":
                return self._code(token)
            case "formula_block":
                return {"t": "math", "tex": token.content} if len(token.content) <= _FORMULA_LENGTH else _raw(token)
            case "table_open":
                return {"t": "table", "rows": list(self._rows(tokens, i, end))}
            case "hr":
                return {"t": "hr"}
            case "inline":
                return {"t": "p", "c": self._inline(token)}
        return None

    def _item(self, tokens: Sequence[Token], i: int, end: int) -> Node:
        blocks = self.blocks(tokens[i + 1 : end])
        done: bool | None = None
        text = blocks[0]["c"][0] if blocks and blocks[0]["t"] == "p" and blocks[0]["c"] else None
        if isinstance(text, str) and (match := _TASK.match(text)) is not None:
            done = match[1] != " "
            blocks[0]["c"][0] = text[match.end() :]
        first, last = tokens[i].map or (0, 1)
        return {"t": "item", "c": blocks, "done": done, "line": first + 1, "last": last}

    def _quote(self, blocks: list[Node]) -> Node:
        call = ""
        text = blocks[0]["c"][0] if blocks and blocks[0]["t"] == "p" and blocks[0]["c"] else None
        if isinstance(text, str) and (match := _CALLOUT.match(text)) is not None:
            call = match[1].casefold()
            blocks[0]["c"][0] = text[match.end() :]
        return {"t": "quote", "call": call, "c": blocks}

    def _code(self, token: Token) -> Node:
        lang = (token.info or "").strip().split(" ")[0].strip("{}.")[:40]
        content = token.content.removesuffix("\n")
        if lang == "math" and len(content) <= _FORMULA_LENGTH:
            return {"t": "math", "tex": content}
        first = (token.map or [0, 1])[0] + (2 if token.type == "fence" else 1)
        return {"t": "code", "lang": lang, "first": first, "lines": content.split("\n")}

    def _rows(self, tokens: Sequence[Token], i: int, end: int) -> list[Node]:
        rows: list[Node] = []
        head = False
        for j in range(i + 1, end):
            token = tokens[j]
            if token.type == "thead_open":
                head = True
            elif token.type == "tbody_open":
                head = False
            elif token.type == "tr_open":
                rows.append({"line": (token.map or [0])[0] + 1, "head": head, "cells": []})
            elif token.type == "inline":
                token.map = [rows[-1]["line"] - 1, rows[-1]["line"]]
                rows[-1]["cells"].append(self._inline(token))
        return rows

    # ---- lines

    def _inline(self, token: Token) -> list[Inline]:
        line = (token.map or [0])[0] + 1
        stack: list[tuple[str, list[Inline]]] = [("", [])]
        for child in token.children or ():
            content = stack[-1][1]
            match child.type:
                case "text":
                    _add(content, child.content)
                case "softbreak" | "hardbreak":
                    line += 1
                    content.append({"t": "nl", "line": line})
                case "code_inline":
                    content.append({"t": "code", "c": [child.content]})
                case "formula":
                    written = str(child.meta["written"])
                    content.append(
                        {"t": "tex", "tex": child.content, "display": child.meta["display"], "written": written}
                    )
                    line += written.count("\n")
                    if "\n" in written:
                        content.append({"t": "nl", "line": line, "soft": True})
                case "wiki":
                    content.append(_wiki_node(child))
                case "image":
                    content.append({"t": "img", "c": [child.content or str(child.attrGet("src") or "")]})
                case "html_inline":
                    _html(child.content, stack, line)
                case "link_open":
                    stack.append(("a", []))
                    content.append({"t": "a", "c": stack[-1][1], "href": unquote(str(child.attrGet("href") or ""))})
                case opened if opened in _OPENED:
                    stack.append((_OPENED[opened], []))
                    content.append({"t": _OPENED[opened], "c": stack[-1][1]})
                case closed if closed.endswith("_close") and len(stack) > 1:
                    _close(stack, "a" if closed == "link_close" else _OPENED[closed.replace("_close", "_open")])
        return stack[0][1]


def _raw(token: Token) -> Node:
    return {"t": "code", "lang": "tex", "first": (token.map or [0])[0] + 1, "lines": token.content.split("\n")}


def _add(content: list[Inline], text: str) -> None:
    """Add text, to the text before it where there is some."""
    if not text:
        return
    if content and isinstance(content[-1], str):
        content[-1] += text
    else:
        content.append(text)


def _wiki_node(token: Token) -> Node:
    """A link is called by the words behind its last bar, else by its target."""
    written, inner = str(token.meta["written"]), token.content
    target, _, words = inner.partition("|")
    if written.startswith("!"):
        return {"t": "img", "c": [words or target]}
    return {"t": "a", "c": [words.strip() or target.strip()], "written": written, "href": ""}


def _html(tag: str, stack: list[tuple[str, list[Inline]]], line: int) -> None:
    """An element that says only how text looks, a line break or a picture; any other is text."""
    content = stack[-1][1]
    if _IMAGE.fullmatch(tag):
        words = _WORDS.search(tag)
        content.append({"t": "img", "c": [(words[1] or words[2] or "") if words is not None else ""]})
        return
    if tag.startswith("<!--"):
        return
    match = _TAG.fullmatch(tag)
    name = match[2].lower() if match is not None else ""
    if name == "br":
        content.append({"t": "nl", "line": line})
    elif match is not None and name in _TAGS:
        if match[1]:
            if not _close(stack, _TAGS[name]):
                _add(content, tag)
        else:
            stack.append((_TAGS[name], []))
            content.append({"t": _TAGS[name], "c": stack[-1][1]})
    else:
        _add(content, tag)


def _close(stack: list[tuple[str, list[Inline]]], kind: str) -> bool:
    """End the innermost open piece of this kind with all inside of it; False without one."""
    for depth in range(len(stack) - 1, 0, -1):
        if stack[depth][0] == kind:
            del stack[depth:]
            return True
    return False


def _closing(tokens: Sequence[Token], i: int) -> int:
    """Index of the token that closes the one at ``i``; ``i`` itself where it is one of its own."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += tokens[j].nesting
        if depth <= 0:
            return j
    return len(tokens) - 1


def _children(tokens: Sequence[Token], i: int, end: int) -> list[tuple[int, int]]:
    """(opening, closing) of the tokens directly inside of the ones at ``i`` and ``end``."""
    found = []
    j = i + 1
    while j < end:
        close = _closing(tokens, j)
        found.append((j, close))
        j = close + 1
    return found
