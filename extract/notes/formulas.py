r"""Formulas over several lines: ``$$``, ``\[ … \]``, ``\\[ … \\]``, ``\( … \)`` and environments of LaTeX.

Lines that say nothing but a formula are taken out and kept apart. Where a formula begins or ends inside of a line of
text its part of the line is put between dollars, so that the reader of single lines takes it for a formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

FORMULA_LINES: Final = 200
"""Lines within which a formula has to close; beyond, its start was a slip of the pen."""
_IN_TEXT: Final = 30
"""As above, for a formula that begins behind text."""
_ENVIRONMENTS: Final = (
    r"equation|align|alignat|gather|multline|flalign|eqnarray|displaymath|math|aligned|alignedat|gathered|split|array"
    r"|subarray|(?:[pbvBV]|small)?matrix|[dr]?cases|CD|tikzcd|tikzpicture|circuitikz|dmath|IEEEeqnarray"
    r"|algorithm|algorithmic"
)
_OPENING: Final = re.compile(
    rf"(?P<code>`+)|(?P<dollars>(?<!\\)\$\$)|(?P<square>(?<!\\)\\{{1,2}}\[)|(?P<round>(?<!\\)\\{{1,2}}\()"
    rf"|\\begin\{{(?P<name>(?:{_ENVIRONMENTS})(?:\\?\*)?)\}}"
)
_HINT: Final = ("$$", "\\[", "\\(", "\\begin{")
_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_PREFIX: Final = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?")
_TEX_SIGN: Final = re.compile(r"[\\^_={}+<>]")
_WORD: Final = re.compile(r"[^\W_]")
_LETTER: Final = re.compile(r"[^\W\d_]")

Find = Callable[[str, int, int], int]
"""The first line from a line on, within a number of lines, that contains a piece of text; -1 if none does."""


def begins_formula(line: str) -> bool:
    """Whether a formula may begin on the line."""
    return any(hint in line for hint in _HINT)


def take_formulas(lines: list[str], i: int, find: Find) -> tuple[int, list[tuple[int, str]]]:
    """Mend the formula over several lines that begins on line ``i``, and one that is all that the line says.

    Args:
        lines: of the note; changed in place.
        i: 0-based.
        find: looks for the closing mark.

    Returns:
        The line to go on with, and the lines of formulas that were taken out. The line to go on with is that of the
        closing mark where text follows there.
    """
    line = lines[i]
    place = 0
    while match := _OPENING.search(line, place):
        if match["code"]:
            end = line.find(match["code"], match.end())
            place = match.end() if end < 0 else end + len(match["code"])
            continue
        close = _closing(match)
        inside = line.find(close, match.end())
        while inside > 0 and line[inside - 1] == "\\" and close[0] == "\\":
            inside = line.find(close, inside + 1)
        if inside >= 0:
            place = inside + len(close)
            if not line[: match.start()].strip(" \t>") and not _LETTER.search(line[place:]):
                return _all_of_line(lines, i, match, inside)
            continue
        return _over_lines(lines, i, match, close, find)
    return i + 1, []


def _closing(match: re.Match[str]) -> str:
    if match["name"]:
        return rf"\end{{{match['name']}}}"
    if match["dollars"]:
        return "$$"
    return match[0][:-1] + ("]" if match["square"] else ")")


def _all_of_line(lines: list[str], i: int, match: re.Match[str], inside: int) -> tuple[int, list[tuple[int, str]]]:
    """A line that is one formula from end to end, unless its brackets are only escaped ones."""
    line = lines[i]
    said = line[match.start() :].strip() if match["name"] else line[match.end() : inside].strip()
    if (match["square"] or match["round"]) and not (_TEX_SIGN.search(said) and match["square"]):
        return i + 1, []
    lines[i] = ""
    return i + 1, [(i, said)] if said else []


def _over_lines(
    lines: list[str], i: int, match: re.Match[str], close: str, find: Find
) -> tuple[int, list[tuple[int, str]]]:
    line = lines[i]
    lead = _PREFIX.match(line)
    after_text = match.start() > (lead.end() if lead else 0)
    end = find(close.casefold(), i + 1, _IN_TEXT if after_text or match["round"] else FORMULA_LINES)
    first, last, cut = line[match.end() :].strip(), "", -1
    if end >= 0:
        closing = re.search(re.escape(close), lines[end], re.IGNORECASE)  # casefolding would move it: ß becomes ss
        cut = closing.start() if closing is not None else -1
        last = lines[end][:cut].strip(" \t>")
    stops = end < 0 or cut < 0 or any(_HEADING.match(text) for text in lines[i + 1 : end])
    brackets = bool(match["square"] or match["round"])
    if not stops and brackets and not _TEX_SIGN.search("".join([first, *lines[i + 1 : end], last])):
        stops = True
    running = bool(first) and (brackets or after_text)  # the rest of a line of text: not over blank lines
    if stops or ((running or match["round"]) and not all(text.strip(" \t>") for text in lines[i + 1 : end])):
        if match["dollars"] and not after_text:
            lines[i] = line.replace("$$", "", 1)
        return i + 1, []
    found: list[tuple[int, str]] = []
    opening = match[0] if match["name"] else ""
    before, rest = line[: match.start()].rstrip(), lines[end][cut + len(close) :]
    if before.strip(" \t>") and after_text:
        lines[i] = before + (f" {_dollars(first)}" if first else "")
    else:
        lines[i] = ""
        found += [(i, f"{opening}{first}")]
    found += [(k, lines[k].strip(" \t>")) for k in range(i + 1, end)]
    lines[i + 1 : end] = [""] * (end - i - 1)
    if _LETTER.search(rest):
        begins = _PREFIX.match(lines[end]) if cut else None
        head = lines[end][: len(lines[end]) - len(lines[end].lstrip(" \t>"))] if begins else ""
        lines[end] = f"{head}{_dollars(last)} {rest.lstrip()}" if last else f"{head}{rest.lstrip()}"
        return end, [(k, text) for k, text in found if _WORD.search(text)]
    lines[end] = ""
    found.append((end, f"{last}{close if opening else ''} {rest.strip()}".strip()))  # with the number of the equation
    return end + 1, [(k, text) for k, text in found if text]


def _dollars(part: str) -> str:
    """A part of a formula as a formula in a line; dollars inside (of a text in the formula) are put aside."""
    return f"$${part.replace('$', ' ')}$$"
