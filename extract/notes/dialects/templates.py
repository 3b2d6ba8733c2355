"""Marks of the programs that make pages from notes: shortcodes, Liquid, attribute lists, and MDX.

``{{< x >}}`` and ``{{% x %}}`` (Hugo), ``{% x %}`` and ``{{ x }}`` (Jekyll, Eleventy, VuePress), ``{: .class}`` and
``{#id}`` (kramdown, Pandoc), ``import``, ``export``, components and ``{expressions}`` (MDX). The marks go, what is
between them stays. Nothing is taken out of code and formulas.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_PROTECTED: Final = r"(?P<keep>`+[^`]*`+|\$\$[^$]*\$\$|\$(?![\s$])[^$`\n]{1,300}\$|\\{1,2}\(.{1,300}?\\{1,2}\)|\\[{}])"
_BRACED: Final = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,200}\}){0,200}\}){0,400}\}"
_PAIR: Final = r"[\w-]+=(?:\"[^\"{}]*\"|'[^'{}]*'|[^\s{}\"']+)"
_TEMPLATE: Final = (
    r"\{\{[<%].{0,1000}?[>%]\}\}"
    r"|\{%.{0,1000}?%\}"
    r"|\{\{(?!c\d+::)[^{}\n]{1,300}\}\}"
    rf"|\{{:?[ \t]*[#.](?![\d.])[\w:.-]+(?:[ \t]+(?:[#.][\w:.-]+|{_PAIR}))*[ \t]*\}}"
    rf"|(?:^[ \t]*|(?<=[\])\"`])|(?<=[\])\"`][ \t]))\{{:?[ \t]*{_PAIR}(?:[ \t]+(?:[#.][\w:.-]+|{_PAIR}))*[ \t]*\}}"
    r"|\{:[ \t]*[A-Za-z][\w-]*[ \t]*\}"
    r"|\{/\*.{0,1000}?\*/\}"
)
_TOKEN: Final = re.compile(rf"{_PROTECTED}|(?:{_TEMPLATE})(?P<gap>[ \t]*)")
_MDX_TOKEN: Final = re.compile(rf"{_PROTECTED}|(?:{_TEMPLATE}|{_BRACED})(?P<gap>[ \t]*)")
_OPENING: Final = re.compile(r"\{\{(?P<mark>[<%])(?!.*[>%]\}\})|\{(?P<liquid>%)(?!.*%\})|(?P<comment>\{/\*)(?!.*\*/\})")
_CONSTRUCT_LINES: Final = 60
"""Lines within which a shortcode, an expression or a component has to close."""
_MODULE_LINES: Final = 300

_PAIRED: Final = re.compile(
    r"(?P<prefix>[ \t]*(?:>[ \t]?)*[ \t]*)\{(?:\{(?P<mark>[<%])|(?P<liquid>%))-?[ \t]*(?P<closes>/?)(?P<name>[\w-]+)"
    r"(?P<rest>[^{}]*?)-?[>%]\}\}?[ \t]*$"
)
_CODE_NAMES: Final = frozenset(["highlight", "mermaid", "code", "plantuml", "chart", "echarts", "gist"])
_MATH_NAMES: Final = frozenset(["katex", "math", "latex", "mathjax", "tex"])
_COMMENT_NAMES: Final = frozenset(["comment"])
_MODULE: Final = re.compile(
    r"(?:import\s+(?:[\w*{}$, ]+\s+from\s+)?['\"][^'\"]+['\"]|import\s+(?:type\s+)?[\w$, ]*\{[\w$*, ]*$"
    r"|export\s+(?:const|default|function|async|class|type|interface|let|var|\{|\*))"
)
_SURELY: Final = re.compile(r"import\s.*(?:\sfrom\s+['\"]|\{[\w$*, ]*$)|export\s")
"""Go imports as well, but not from anywhere."""
_COMPONENT: Final = re.compile(r"</?(?P<name>[A-Z][\w.]*)(?=[\s/>]|$)|<(?P<html>[a-z][a-z0-9]*)(?=\s)")
_BRACKETS: Final = str.maketrans("{}<>", "    ")
_ONLY_TAGS: Final = re.compile(r"(?:[ \t>]*</?[A-Z][^<>]*>)+[ \t]*")
_LONGEST: Final = 5000
"""Characters of a line that is looked at."""


def mend_paired(lines: list[str], start: int) -> None:
    """Make fences of shortcodes around code and formulas, and blank those around comments.

    To be done before code is taken out: ``{{< highlight c >}}``, ``{% highlight c %}``, ``{{< katex >}}``,
    ``{% comment %}`` and their like, each on a line of its own.
    """
    open_: dict[str, list[tuple[int, str]]] = {}
    for at in range(start, len(lines)):
        line = lines[at]
        if "{{" not in line and "{%" not in line:
            continue
        match = _PAIRED.match(line)
        if match is None:
            continue
        name = match["name"].casefold()
        ends = bool(match["closes"]) or (bool(match["liquid"]) and name.startswith("end"))
        kind = name.removeprefix("end") if match["liquid"] and ends else name
        if not (kind in _CODE_NAMES or kind in _MATH_NAMES or kind in _COMMENT_NAMES):
            continue
        if not ends:
            open_.setdefault(kind, []).append((at, match["rest"].strip().strip("\"'")))
        elif begun := open_.get(kind):
            first, info = begun.pop()
            prefix = match["prefix"]
            if kind in _COMMENT_NAMES:
                lines[first : at + 1] = [""] * (at + 1 - first)
            elif kind in _MATH_NAMES:
                lines[first], lines[at] = f"{prefix}~~~~~math", f"{prefix}~~~~~"
            else:
                language = re.sub(r"[^\w+#-].*", "", info) or kind
                lines[first], lines[at] = f"{prefix}~~~~~{language}", f"{prefix}~~~~~"


def is_mdx(lines: list[str], start: int, suffix: str) -> bool:
    """Whether the note is MDX: by its name, or because it imports or exports at the beginning of a line."""
    if suffix.casefold() == ".mdx":
        return True
    modules = (line for line in lines[start:] if line.startswith(("import ", "export ")))
    return any(_MODULE.match(line) and _SURELY.match(line) for line in modules)


def mend_templates(lines: list[str], start: int, *, mdx: bool) -> None:
    """Take the marks out of ``lines`` from line ``start`` on, where code has been taken out.

    Lines of which nothing is left become blank.
    """
    if mdx:
        _modules(lines, start)
    closing = {name for line in lines[start:] if "</" in line for name in re.findall(r"</([A-Z][\w.]*)", line)}
    at = start
    while at < len(lines):
        line = lines[at]
        following = at + 1
        if len(line) <= _LONGEST:
            if "<" in line:
                _components(lines, at, closing, mdx=mdx)
            if "{" in lines[at]:
                following = _braces(lines, at, mdx=mdx)
        at = following


def _braces(lines: list[str], at: int, *, mdx: bool) -> int:
    """Take the templates out of line ``at``; returns the line to go on with."""
    line = lines[at]
    left = without_templates(line, mdx=mdx)
    opening = next((m for m in _OPENING.finditer(left) if left.count("`", 0, m.start()) % 2 == 0), None)
    if opening is None and not (mdx and left.lstrip().startswith("{")):
        lines[at] = left
        return at + 1
    if opening is not None:
        close = "*/}" if opening["comment"] else "%}" if opening["liquid"] else opening["mark"].replace("<", ">") + "}}"
        end = next((k for k in range(at + 1, min(len(lines), at + _CONSTRUCT_LINES)) if close in lines[k]), -1)
        cut = opening.start()
    else:
        close, cut = "}", 0
        end = _end_of_balance(lines, at, _CONSTRUCT_LINES)
    if end < 0:
        lines[at] = left
        return at + 1
    lines[at] = left[:cut].rstrip()
    lines[at + 1 : end] = [""] * (end - at - 1)
    lines[end] = lines[end][(lines[end].rfind(close) if close == "}" else lines[end].find(close)) + len(close) :]
    if not lines[end].strip():
        lines[end] = ""
    return end


def without_templates(line: str, *, mdx: bool = False) -> str:
    """The line without templates that begin and end on it; empty where nothing else is left."""
    left = (_MDX_TOKEN if mdx else _TOKEN).sub(_without_mark, line)
    if left == line:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    left = indent + re.sub(r"(?<=\S)[ \t]+(?=[,.;:!?，。；：！？)）]|$)", "", left.strip())
    return left if left.strip(" \t>-*+") else ""


def _without_mark(match: re.Match[str]) -> str:
    """Nothing in the place of a mark, and one gap in that of the two around it; the address of a link stays."""
    if match.string.endswith("](", 0, match.start()):
        return match[0]
    if match["keep"]:
        return match["keep"]
    line, start, end = match.string, match.start(), match.end()
    before, after = line[start - 1 : start] if start else "", line[end : end + 1]
    if before and after and before in _MARKS and after in _MARKS:  # never a mark out of the halves of two
        return " "
    return "" if before.isspace() else match["gap"]


_MARKS: Final = "[](){}<>!*_~=`$\\|&#:/"


def _end_of_balance(lines: list[str], at: int, reach: int) -> int:
    """The line on which as many brackets are closed as opened since line ``at``; -1 where none is near."""
    depth = 0
    for k in range(at, min(len(lines), at + reach)):
        depth += _balance(lines[k])
        if depth <= 0:
            return k
    return -1


@lru_cache(maxsize=1000)
def _balance(line: str) -> int:
    """How many more brackets the line opens than it closes, strings aside."""
    bare = _STRING.sub("", line) if "'" in line or '"' in line or "`" in line else line
    return sum(map(bare.count, "{[(")) - sum(map(bare.count, "}])"))


_STRING: Final = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`")


# MDX


def _modules(lines: list[str], start: int) -> None:
    """Blank imports and exports, to the line on which their brackets close."""
    at = start
    while at < len(lines):
        line = lines[at]
        if line[:1] not in ("i", "e") or not line.startswith(("import ", "export ")) or not _MODULE.match(line):
            at += 1
            continue
        end = max(_end_of_balance(lines, at, _MODULE_LINES), at)
        lines[at : end + 1] = [""] * (end + 1 - at)
        at = end + 1


def _components(lines: list[str], at: int, closing: set[str], *, mdx: bool) -> None:
    """Simplify the tags of components on line ``at``, and of HTML with attributes in braces, for the reader of lines.

    A line of nothing else becomes blank. A tag without attributes is one only if the note closes it somewhere, or if it
    is MDX. A tag at the beginning of a line may go on over the next lines.
    """
    line, place, kept = lines[at], 0, []
    while match := _COMPONENT.search(line, place):
        if line.count("`", 0, match.start()) % 2:
            kept.append(line[place : match.end()])
            place = match.end()
            continue
        end = _end_of_tag(line, match.end())
        name = match["name"]
        if end < 0 and name and not line[: match.start()].strip(" \t>") and (mdx or name in closing):
            last = _end_of_tag_below(lines, at, match.end())
            if last is not None:
                below, cut = last
                lines[at:below] = [""] * (below - at)
                lines[below] = lines[below][cut:].lstrip()
                return
        attributes = line[match.end() : max(end - 1, match.end())]
        bare = not attributes.strip(" /") and not match[0].startswith("</")
        is_nested = any(char in attributes for char in "{}<>")
        known = name is not None and (mdx or name in closing)
        if end < 0 or not ((is_nested and (name or "={" in attributes)) or (bare and known)):
            kept.append(line[place : match.end()])
            place = match.end()
            continue
        kept.append(f"{line[place : match.end()]} {attributes.translate(_BRACKETS)}>")  # all its words stay
        place = end
    if kept:
        left = "".join((*kept, line[place:]))
        lines[at] = left if _ONLY_TAGS.fullmatch(left) is None else ""


def _end_of_tag(line: str, place: int) -> int:
    """Where a tag ends whose name ends at ``place``; quotes and braces may have ``>`` inside. -1 where it does not."""
    depth, quote = 0, ""
    for at in range(place, min(len(line), place + _LONGEST)):
        char = line[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and depth == 0:
            quote = char
        elif char in "{}":
            depth += 1 if char == "{" else -1
        elif char == ">" and depth <= 0:
            return at + 1
        elif char == "<" and depth <= 0:
            return -1
    return -1


def _end_of_tag_below(lines: list[str], at: int, place: int) -> tuple[int, int] | None:
    """(line, place behind ``>``) of the end of a tag that goes on over the lines below ``at``; None without one."""
    text = lines[at][place:]
    for k in range(at + 1, min(len(lines), at + _CONSTRUCT_LINES)):
        if not lines[k].strip():
            return None
        before = len(text) + 1
        text += f"\n{lines[k]}"
        if ">" in lines[k] and (end := _end_of_tag(text, 0)) >= before:
            return k, end - before
    return None
