r"""What the reader made of a passage's lines, as one short text.

A store that has the notes as written need not keep them twice.

Each line is one code that ends with a line feed; a passage without lines is the empty text. A code has a letter for the
kind, the depth unless it is 0, and how the text follows from the line of the note::

                    (empty) a blank line
    t               text: the line as it is written
    i1 2,4,2        an item inside of another: leave out 2 characters, take 4, leave out 2, take the rest
    h2 3,8          a heading of level 2: leave out 3 characters, take 8, leave out the rest
    r=a | b         a row that is not made of the line's characters in order: here it is (backslash and line breaks
    escaped)

Measured on notes, the codes take a tenth of the room of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from graph.model import LineKind, NoteLine

_LETTERS: Final[Mapping[LineKind, str]] = {
    LineKind.BLANK: "b",
    LineKind.HEADING: "h",
    LineKind.TEXT: "t",
    LineKind.LABEL: "l",
    LineKind.ITEM: "i",
    LineKind.HEADER: "n",
    LineKind.ROW: "r",
    LineKind.QUOTE: "q",
    LineKind.CODE: "c",
    LineKind.FORMULA: "f",
}
_KINDS: Final[Mapping[str, LineKind]] = {letter: kind for kind, letter in _LETTERS.items()}
_BLANK: Final = NoteLine()
_CODE: Final = re.compile(r"([a-z])(\d*)(?: ([\d,]+)|=(.*))?", re.DOTALL)
_ESCAPED: Final = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_WRITTEN: Final[Mapping[str, str]] = {code: char for char, code in _ESCAPED.items()}
_ESCAPE: Final = str.maketrans(_ESCAPED)
_ESCAPES: Final = re.compile(r"\\[\\nr]")


def pack(text: str, lines: Sequence[NoteLine]) -> str:
    """The codes of ``lines``, as many as ``text`` has lines (or none at all)."""
    if not lines:
        return ""
    return "".join(f"{_code(raw, line)}\n" for raw, line in zip(text.split("\n"), lines, strict=True))


def unpack(text: str, codes: str) -> tuple[NoteLine, ...]:
    """The lines whose codes are ``codes``, those of a passage whose text is ``text``."""
    if not codes:
        return ()
    return tuple(_line(raw, code) for raw, code in zip(text.split("\n"), codes[:-1].split("\n"), strict=True))


def _code(raw: str, line: NoteLine) -> str:
    if line == _BLANK:
        return ""
    head = f"{_LETTERS[line.kind]}{line.depth or ''}"
    if line.text == raw:
        return head
    literal = f"={line.text.translate(_ESCAPE)}"
    cuts = _cuts(raw, line.text)
    if cuts is None:
        return head + literal
    return head + min(f" {','.join(map(str, cuts))}", literal, key=len)


def _cuts(raw: str, text: str) -> list[int] | None:
    """How many characters of ``raw`` to leave out and to take in turns so that ``text`` remains.

    None where it never does.
    """
    if not text:
        return None
    at = raw.find(text)
    if at >= 0:
        return [at] if at + len(text) == len(raw) else [at, len(text)]
    cuts: list[int] = []
    read = done = 0
    while done < len(text):
        at = raw.find(text[done], read)
        if at < 0:
            return None
        size = _agreeing(raw, at, text, done)
        cuts += [at - read, size]
        read, done = at + size, done + size
    return cuts[:-1] if read == len(raw) else cuts


def _agreeing(raw: str, at: int, text: str, done: int) -> int:
    """How many characters ``raw`` from ``at`` on and ``text`` from ``done`` on have in common."""
    size, most = 0, min(len(raw) - at, len(text) - done)
    while size < most and raw[at + size] == text[done + size]:
        size += 1
    return size


def _line(raw: str, code: str) -> NoteLine:
    if not code:
        return _BLANK
    match = _CODE.fullmatch(code)
    if match is None:
        raise ValueError(f"{code!r} is not the code of a line")
    letter, depth, cuts, literal = match.groups()
    if cuts is not None:
        text = "".join(_taken(raw, [int(number) for number in cuts.split(",")]))
    elif literal is not None:
        text = _ESCAPES.sub(lambda found: _WRITTEN[found[0]], literal)
    else:
        text = raw
    return NoteLine(_KINDS[letter], text, int(depth or 0))


def _taken(raw: str, cuts: Sequence[int]) -> Iterator[str]:
    at = 0
    for left_out, taken in zip(cuts[::2], [*cuts[1::2], None], strict=False):
        at += left_out
        yield raw[at:] if taken is None else raw[at : at + taken]
        at += taken or 0
