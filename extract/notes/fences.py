"""Code in notes: where it begins and ends, even where a fence never closes, and what its comments say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from extract.notes.dialects.obsidian import ADMONITION, QUERY_LANGUAGES
from graph.text.scripts import CJK

_FENCE = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+)?(`{3,}(?!.*`)|~{3,})[ \t]*(.*)$")
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_CODE_SIGN = re.compile(r"[={}();<>$@\[\]|\\_]|::|->|&&")
_CODE_START = re.compile(
    r"\s*(?:def\s+\w+\s*\(|class\s+\w+\s*[(:]|import\s+\w|from\s+\w+\s+import|return\b|if\s.*[:{]$|for\s.*[:{]$|while\s.*[:{]$|elif\b|else:|try:|except\b|with\s.*:$|print\(|const\s|let\s"
    r"|var\s|function\s|public\s|private\s|static\s|void\s|int\s|pip3?\s|conda\s|git\s|docker\s|sudo\s|curl\s|wget\s|cd\s|export\s|npm\s|\$\s|>>>|@\w+|<\w+|SELECT\s|INSERT\s|UPDATE\s)"
)
_COMMENT = re.compile(r"^\s*(?:#+|//+|--|;+|%+|/?\*+)(?![!=\-])\s*(.*?)\s*(?:\*+/)?\s*$")
_TRAILING_COMMENT = re.compile(r"\s(?:#+|//+|--)\s+([^'\"]+)$")
_COMMENT_MARKS = ("#", "//", "--", ";", "%", "*")
"""No comment is without one of these."""
_PARAMETER = re.compile(r"[A-Za-z_]\w*\s*(?:\([^)]*\))?\s*[:：]")
_CONTAINER = re.compile(r"[ \t]*(?:>[ \t]?)*")
_NOTE_LANGUAGES = frozenset(["", "text", "txt", "plain", "plaintext", "markdown", "md", "prompt", "note", "none"])
_NESTING_LANGUAGES = frozenset(["markdown", "md", "mdx"])
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+\S")
_LIST_ITEM = re.compile(r"([ \t]*)(?:([-*+])|(\d{1,9}[.)]))(?=[ \t]+\S)")
_TIGHT_NUMBER = re.compile(r"([ \t\u3000]*)(\d{1,2})([.、．)）])[ \t\u3000]*(?=(\S))")
_CJK = re.compile(f"[{CJK}]")


@dataclass(slots=True)
class Code:
    """What was taken out of a note as code; lines are 0-based, in order."""

    lines: list[tuple[int, str]] = field(default_factory=list)
    """Lines of code without indentation and the marks of quotes around them."""
    comments: list[tuple[int, str]] = field(default_factory=list)
    """Comments that are sentences."""
    admonitions: list[tuple[int, int]] = field(default_factory=list)
    """Fences with text inside that is set apart: lines of the opening and of the closing fence."""


def is_prose(line: str) -> bool:
    """Whether a line reads like a sentence or a phrase of a note, not like code."""
    stripped = line.strip()
    if not stripped or stripped[-1] in "{;\\" or _CODE_START.match(stripped):
        return False
    sample = stripped[:400]
    size = len(sample.replace(" ", ""))
    signs = len(_CODE_SIGN.findall(sample))
    han = len(_CJK.findall(sample))
    if han >= 2:
        if (
            han < 0.3 * size
        ):  # names in Latin letters among Chinese words: prose too, as long as there is no sign of code
            return (
                han + sum(map(len, _WORD.findall(sample))) >= 0.75 * size
                and signs <= 0.04 * size
                and sample[0] not in "\"'#/"
            )
        return signs <= 0.12 * size and sample[0] not in "\"'#"
    words = _WORD.findall(sample)
    letters = sum(map(len, words))
    return len(words) >= 4 and letters >= 0.75 * size and signs <= 0.04 * size and sample[0] not in "#/"


def take_out_code(lines: list[str], start: int) -> Code:
    """Blank the code in ``lines`` from line ``start`` on and return it.

    Prose in fences stays among the notes, and a fence that never closes ends where prose begins again.
    """
    code = Code()
    marks = [
        (i, m[1], m[2].strip())
        for i in range(start, len(lines))
        if ("```" in lines[i] or "~~~" in lines[i]) and (m := _FENCE.match(lines[i]))
    ]
    _comments_on_code(lines, [i for i, _, _ in marks])
    at = 0
    while at < len(marks):
        first, _, info = marks[at]
        language = (info.split() or [""])[0].strip("{}.").casefold()
        closing, limit = _closing(lines, marks, at, language)
        if closing < 0 and language in _NESTING_LANGUAGES:
            end = first + 1
        elif closing < 0:
            end = _end_of_unclosed(lines, first, limit, language)
        else:
            end = marks[closing][0]
        _fence_body(lines, first, end, language, code)
        lines[first] = ""
        if closing >= 0:
            lines[end] = ""
            at = closing + 1
        else:
            at += 1
    return code


def _closing(lines: list[str], marks: list[tuple[int, str, str]], at: int, language: str) -> tuple[int, int]:
    """Index of the mark that closes mark ``at`` (-1.

    None does), and the line where the fence must end at the latest.
    """
    first, mark, _ = marks[at]
    for k in range(at + 1, len(marks)):
        line, other, info = marks[k]
        if other[0] != mark[0] or len(other) < len(mark):
            continue
        if info:  # a closing fence has no language: this opens another, so ours never closed
            return -1, line
        if language not in _NOTE_LANGUAGES and _holds_a_section(lines, first + 1, line):
            return -1, line
        return k, line
    return -1, marks[at + 1][0] if at + 1 < len(marks) and len(marks[at + 1][1]) >= len(mark) else len(lines)


def _holds_a_section(lines: list[str], first: int, last: int) -> bool:
    """Whether a heading of the note appears in these lines and prose is most of what follows it.

    The fence swallowed it.
    """
    for i in range(first, last):
        if lines[i].startswith("##") and _HEADING.match(lines[i]) and (i == first or not lines[i - 1]):
            rest = [line for line in lines[i + 1 : last] if line]
            return bool(rest) and sum(map(is_prose, rest)) >= 0.6 * len(rest)
    return False


def _end_of_unclosed(lines: list[str], first: int, limit: int, language: str) -> int:
    """The line at which a fence that never closes ends.

    The next heading or the next line of prose that is not inside the code.
    """
    indent = len(lines[first]) - len(lines[first].lstrip())
    hash_comments = language in (
        "python",
        "py",
        "bash",
        "sh",
        "shell",
        "yaml",
        "yml",
        "r",
        "ruby",
        "toml",
        "ini",
        "dockerfile",
        "perl",
    )
    for i in range(first + 1, limit):
        line = lines[i]
        if not line:
            continue
        after_blank = not lines[i - 1]
        if _HEADING.match(line) and (not hash_comments or (after_blank and line.startswith("##"))):
            return i
        outdented = len(line) - len(line.lstrip()) < indent
        numbered = _TIGHT_NUMBER.match(line) or _LIST_ITEM.match(line)
        if (after_blank or outdented or numbered or language == "") and is_prose(line):
            return i
    return limit


def _fence_body(lines: list[str], first: int, end: int, language: str, code: Code) -> None:
    """Blank the lines between two fences and add them to ``code``, if they are code."""
    if language.startswith(ADMONITION):
        code.admonitions.append((first, end))
        return
    if language in QUERY_LANGUAGES:
        lines[first + 1 : end] = [""] * (end - first - 1)
        return
    body = [_CONTAINER.sub("", lines[i], count=1) for i in range(first + 1, end)]
    if language in _NOTE_LANGUAGES:
        told = [is_prose(line) for line in body if line]
        if told and sum(told) >= 0.6 * len(told):
            if language not in _NESTING_LANGUAGES:  # a # in there is no heading of this note
                for i in range(first + 1, end):
                    lines[i] = re.sub(r"^(\s*)#+\s+", r"\1", lines[i])
            return
    lines[first + 1 : end] = [""] * (end - first - 1)
    code.lines += [(first + 1 + offset, line) for offset, line in enumerate(body) if line]
    code.comments += [(first + 1 + offset, comment) for offset, comment in _comments(body)]


def _comments(body: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Comments and docstrings in lines of code, with their offsets.

    Those that are no sentence or phrase are left out.
    """
    quotes, above = "", ""
    for offset, line in enumerate(body):
        text = line.strip()
        opening = text[:3] if not quotes and above.endswith(":") and text.startswith(('"""', "'''")) else ""
        quotes = quotes or opening
        if quotes:
            told = text.strip("\"' ")
            if is_prose(told) and not _PARAMETER.match(told):
                yield offset, told
            if quotes in text[3 if opening else 0 :]:
                quotes = ""
        elif text and (comment := _comment(line)):
            yield offset, comment
        above = text or above


def _comment(line: str) -> str:
    """The comment of a line of code if it is a sentence or a phrase, else ""."""
    if len(line) > 2000 or not any(mark in line for mark in _COMMENT_MARKS):
        return ""
    match = _COMMENT.match(line) or _TRAILING_COMMENT.search(line)
    text = match[1].strip(" \t#*=-/") if match else ""
    signs = len(_CODE_SIGN.findall(text))
    han = len(_CJK.findall(text))
    words = _WORD.findall(text)
    if signs > 0.1 * len(text) or text.startswith("!"):
        return ""
    return text if han >= 2 or (len(words) >= 3 and sum(map(len, words)) >= 0.7 * len(text.replace(" ", ""))) else ""


def _comments_on_code(lines: list[str], marks: Iterable[int]) -> None:
    """``# text`` directly above a fence, below other headings, is a comment on the code, not a title.

    Take off the mark.
    """
    titles = [i for i, line in enumerate(lines) if line.startswith("# ")]
    for i in marks:
        if i and lines[i - 1].startswith("# ") and titles and i - 1 > titles[0]:
            lines[i - 1] = lines[i - 1][2:]
