"""LaTeX as lines of Markdown; every line keeps its number, and macros that are not known give their text."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from extract.notes.formats.layout import html_row
from extract.notes.formats.model import Converted

_COMMENT: Final = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_BEGIN: Final = re.compile(r"\\begin\s*\{(\w+\*?)\}((?:\[[^\[\]\n]{0,300}\])?)")
_END: Final = re.compile(r"\\end\s*\{(\w+\*?)\}")
_VERBATIM: Final = ("verbatim", "lstlisting", "minted", "Verbatim")
_FORMULAS: Final = frozenset(
    ["equation", "align", "gather", "multline", "eqnarray", "displaymath", "flalign", "alignat", "math"]
)
_DRAWINGS: Final = frozenset(
    ["tikzpicture", "picture", "pspicture", "thebibliography", "filecontents", "comment", "axis"]
)
_TABLES: Final = frozenset(["tabular", "tabularx", "longtable", "tabulary"])
_LEVELS: Final = {
    "part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "frametitle": 2, "title": 1,
}  # fmt: skip
_HEADING: Final = re.compile(
    r"\\(part|chapter|section|subsection|subsubsection|frametitle|title)\*?\s*(?:\[[^\[\]]{0,300}\])?\s*"
    r"\{((?:[^{}]|\{[^{}]*\}){0,1000})\}"
)
_BOLD: Final = re.compile(r"\\(?:textbf|emph|textit|term|keyword|alert|index@)\s*\{([^{}]*)\}")
_ONE: Final = {"textbf": "**", "alert": "**", "term": "**", "keyword": "**", "emph": "*", "textit": "*", "texttt": "`"}
_COMMAND: Final = re.compile(r"\\([A-Za-z@]+)\*?\s*((?:\[[^\[\]]{0,300}\])?)\s*\{([^{}]*)\}((?:\{[^{}]*\})?)")
_DROPPED: Final = frozenset(
    [
        "label",
        "ref",
        "eqref",
        "cref",
        "Cref",
        "autoref",
        "pageref",
        "cite",
        "citep",
        "citet",
        "citeauthor",
        "citeyear",
        "nocite",
        "bibliography",
        "bibliographystyle",
        "input",
        "include",
        "includegraphics",
        "usepackage",
        "documentclass",
        "newcommand",
        "renewcommand",
        "vspace",
        "hspace",
        "setlength",
        "index",
        "pagestyle",
        "thispagestyle",
        "author",
        "date",
        "institute",
        "hypersetup",
        "graphicspath",
        "addbibresource",
        "printbibliography",
        "tableofcontents",
        "setcounter",
        "newtheorem",
        "theoremstyle",
        "vskip",
        "hskip",
        "usetheme",
        "color",
        "definecolor",
        "input@path",
        "bibitem",
        "url",
    ]
)
_ACCENT: Final = re.compile(r"\\(['`^\"~=.]|[cvuHk](?=[\s{]))\s*(?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))")
_COMBINING: Final = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328",
}  # fmt: skip
_LETTERS: Final = {
    "ss": "ß",
    "o": "ø",
    "O": "Ø",
    "ae": "æ",
    "AE": "Æ",
    "aa": "å",
    "AA": "Å",
    "l": "ł",
    "L": "Ł",
    "oe": "œ",
}
_LETTER: Final = re.compile(r"\\(ss|o|O|ae|AE|aa|AA|l|L|oe)(?![A-Za-z])(?:\{\})?\s?")
_ITEM: Final = re.compile(r"\\item\b\s*(?:\[((?:[^\[\]]){0,300})\])?\s*")
_FORMULA: Final = re.compile(r"(?<!\\)\$\$.*?\$\$|(?<!\\)\$[^$\n]{1,1000}\$", re.DOTALL)
_BARE: Final = re.compile(r"\\(?:[A-Za-z@]+\*?[ \t]?|\\(?:\[[^\]\n]{0,20}\])?)")
_LISTS: Final = frozenset(["itemize", "enumerate", "description"])
_CODE_LINE: Final = re.compile("\5(\\d+)\6")
_ARGUMENTS: Final = re.compile(r"(?:\{(?:[^{}]|\{[^{}]*\}){0,300}\})+")
_ROUNDS: Final = 8
"""Depth to which commands inside of commands are read."""


def convert(text: str) -> Converted:
    """Convert a LaTeX file; the preamble gives the title only."""
    count = text.count("\n") + 1
    body = _without_preamble(_COMMENT.sub(r"\1", text))
    code: list[str] = []
    lines = _environments(body.split("\n"), code)
    out = _CODE_LINE.sub(lambda m: code[int(m[1])], _inline("\n".join(lines))).split("\n")
    return Converted(tuple(line.rstrip() for line in (out + [""] * count)[:count]))


def _blank(text: str) -> str:
    return "\n" * text.count("\n")


def _without_preamble(text: str) -> str:
    at = text.find("\\begin{document}")
    if at < 0:
        return text
    preamble, document = text[:at], text[at + len("\\begin{document}") :].partition("\\end{document}")
    match = _HEADING.search(preamble)
    while match and match[1] != "title":
        match = _HEADING.search(preamble, match.end())
    title = _blank(preamble)
    if match:
        after = preamble.count("\n", 0, match.end())
        before = preamble.count("\n", 0, match.start())
        title = "\n" * before + match[0] + "\n" * (preamble.count("\n") - after)
    return title + document[0] + _blank(document[2])


def _environments(lines: list[str], code: list[str]) -> list[str]:
    """Lists, tables and formulas, line by line; lines of code go into ``code`` and are marked with their number."""
    out: list[str] = []
    stack: list[str] = []
    for line in lines:
        inner = stack[-1] if stack else ""
        if inner in _VERBATIM:
            ends = f"\\end{{{inner}}}" in line
            code.append("```" if ends else line)
            out.append(f"\5{len(code) - 1}\6")
            if ends:
                stack.pop()
            continue
        words = line
        began = ""
        for match in _BEGIN.finditer(line):
            name = match[1].rstrip("*")
            stack.append(name)
            began = _opened(name, match[2].strip("[]"), line[match.end() :])
            after = _ARGUMENTS.match(line, match.end()) if name in _TABLES else None
            words = words.replace(match[0] + (after[0] if after else ""), began, 1)
        if stack and stack[-1] in _VERBATIM:
            code.append("```")
            out.append(f"\5{len(code) - 1}\6")
            continue
        if any(name in _DRAWINGS for name in stack):
            words = ""
        table = next((name for name in reversed(stack) if name in _TABLES), "")
        for match in _END.finditer(line):
            name = match[1].rstrip("*")
            words = words.replace(match[0], _closed(name), 1)
            if name in stack:
                while stack.pop() != name:
                    pass
        if table and "&" in words and not any(name in _FORMULAS for name in stack):
            words = _row(words)
        depth = sum(name in _LISTS for name in stack)
        if depth and (item := _ITEM.search(words)):
            mark = "1. " if "enumerate" in stack[-1:] else "- "
            term = f"\\textbf{{{item[1]}}}: " if item[1] else ""
            words = "    " * (depth - 1) + mark + term + words[item.end() :].strip()
        elif depth and words.strip() and not began:
            words = "    " * (depth - 1) + "  " + words.strip()
        out.append(words if depth else words.lstrip())
    return out


def _opened(name: str, title: str, rest: str) -> str:
    if name in _FORMULAS:
        return "$$"
    if name in _TABLES:
        return "<table>"
    if name == "frame" and (match := re.match(r"\s*\{([^{}]+)\}", rest)):
        return f"\\frametitle{match[0].strip()}\0drop"
    return (
        f"\\textbf{{{title}}} " if title and name not in ("figure", "table", "enumerate", "itemize", "minipage") else ""
    )


def _closed(name: str) -> str:
    return "$$" if name in _FORMULAS else "</table>" if name in _TABLES else ""


def _row(words: str) -> str:
    cells = [re.sub(r"\\(?:hline|toprule|midrule|bottomrule)\b", "", cell) for cell in re.split(r"(?<!\\)&", words)]
    closes = "</table>" if "</table>" in cells[-1] else ""
    opens = "<table>" if "<table>" in cells[0] else ""
    cells = [cell.replace("</table>", "").replace("<table>", "") for cell in cells]
    return opens + html_row([re.sub(r"\\\\.*$", "", cell) for cell in cells]) + closes


def _inline(text: str) -> str:
    text = re.sub(r"\0drop\s*\{[^{}\n]*\}", "", text)
    text = text.replace("\\[", "$$").replace("\\]", "$$").replace("\\(", "$").replace("\\)", "$")
    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        formulas.append(match[0])
        return f"\1{len(formulas) - 1}\2" + _blank(match[0])

    text = _FORMULA.sub(keep, text)
    text = _LETTER.sub(lambda m: _LETTERS[m[1]], _ACCENT.sub(_accented, text))
    text = re.sub(r"\\verb\*?([^\w\s])(.*?)\1", r"`\2`", text)
    text = text.replace("\\&", "&").replace("\\%", "%").replace("\\#", "#").replace("\\_", "_").replace("\\$", "\3")
    for _ in range(_ROUNDS):
        changed = _COMMAND.sub(_command, text)
        if changed == text:
            break
        text = changed
    text = _BARE.sub(" ", _HEADING.sub(_command_heading, text))
    text = (
        text.replace("``", "“")
        .replace("''", "”")
        .replace("~", " ")
        .replace("---", "—")
        .replace("{", "")
        .replace("}", "")
    )
    text = re.sub(
        "\1(\\d+)\2(\n*)",
        lambda m: formulas[int(m[1])] + m[2][: max(0, len(m[2]) - formulas[int(m[1])].count("\n"))],
        text,
    )
    return text.replace("\3", "$")


def _accented(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", (match[2] or match[3]) + _COMBINING[match[1]])


def _command(match: re.Match[str]) -> str:
    name, words, second = match[1], match[3], match[4]
    if name in _LEVELS:
        return _titled(name, words) + second
    if name in _ONE:
        mark = _ONE[name]
        return f"{mark}{words.strip()}{mark}{second}" if words.strip() else _blank(match[0])
    if name == "href":
        label = second.strip("{}")
        return f"[{label}]({words})" if label else words
    if name == "paragraph" or name == "subparagraph":
        return f"**{words}** {second}"
    if name == "footnote":
        return f" ({words}){second}"
    if name in _DROPPED:
        return _blank(match[0])
    return words + second


def _command_heading(match: re.Match[str]) -> str:
    return _titled(match[1], match[2])


def _titled(name: str, words: str) -> str:
    """A heading on one line; the line ends inside of it come after it."""
    return "#" * _LEVELS[name] + " " + " ".join(words.split()) + _blank(words)
