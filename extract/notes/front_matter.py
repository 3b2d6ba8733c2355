"""Front matter: what the author states about a note at its top.

It is YAML between ``---``, TOML between ``+++``, JSON between ``;;;`` or in one object in ``{ … }``.
Parsers read it, and where they fail each key is read alone, so that a broken one loses nothing but itself. Nothing here
raises, runs code or makes objects of what the note says: YAML is only composed to nodes, of which the scalars are taken
as they are written. A value that is not on a line of the file as it was read (an escape, a folded text) is left out,
because it could not be cited.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from extract.notes.properties import Property

MOST_LINES: Final = 300
"""Lines within which front matter has to end."""
_MOST_VALUES: Final = 1000
_DEEPEST: Final = 5
"""Values and levels that are looked at: aliases of YAML can make a short text endless."""
_LONGEST: Final = 100_000
"""Characters that a parser is given."""
_FIRST: Final = re.compile(r"[\"']?[^\W\d][\w .-]{0,60}[\"']?:(?:\s|$)|[A-Za-z_]\w*\s*=\s")
"""How the first line inside begins; other text between two rules is text."""
_TITLE: Final = re.compile(r"title\s*[:=]\s*(.+)$", re.IGNORECASE)
_BLOCK_SCALARS: Final = ("|", ">", "|-", ">-", "|+", ">+")
_TOP_KEY: Final = re.compile(r"[\"']?([^\s\"'#:=\[\]{}-][^:=\"'\n]{0,60}?)[\"']?\s*(:(?=\s|$)|=)\s*(.*)$")
_LIST_ITEM: Final = re.compile(r"\s*-\s+(\S.*)$")
_WIKI: Final = re.compile(r"\[\[[^\[\]]+\]\]")
_COMMA: Final = re.compile(r"[,，、;；]")
_IGNORED: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of a note."""

    end: int
    """0-based line after it."""
    title: tuple[int, str] | None
    """0-based line and text."""
    properties: tuple[Property, ...]
    """All values of all keys, by line."""


_Value = tuple[str, str, int, int]
"""Key, value, and the 0-based lines from which and before which it is written."""


def read_front_matter(lines: Sequence[str]) -> FrontMatter | None:
    """The front matter at the top of ``lines``; None where there is none."""
    if not lines:
        return None
    mark = lines[0].lstrip("\ufeff").rstrip()
    if mark in ("---", "+++", ";;;"):
        return _between(lines, mark)
    return _object(lines) if mark.startswith("{") else None


def _between(lines: Sequence[str], mark: str) -> FrontMatter | None:
    ends = (mark, "...") if mark == "---" else (mark,)
    end = next((i for i in range(1, min(len(lines), MOST_LINES)) if lines[i].rstrip() in ends), 0)
    inside = lines[1:end]
    if not end or len("\n".join(inside)) > _LONGEST:
        return None
    if mark == ";;;":
        values = _json_values("\n".join(inside), 1)
        return None if values is None else _front_matter(lines, end + 1, values)
    first = next((line for line in inside if line and not line.startswith("#")), "")
    if not _FIRST.match(first):
        return None
    read = _toml_values if mark == "+++" else _yaml_values
    values = read("\n".join(inside), 1)
    if values is None:  # one broken key: read each alone
        values = [v for start, chunk in _chunks(inside) for v in _of_chunk(chunk, start + 1, mark)]
    return _front_matter(lines, end + 1, values)


def _object(lines: Sequence[str]) -> FrontMatter | None:
    """One JSON object that begins the note and ends a line; what is all of a file is data and no front matter."""
    text = "\n".join(lines[:MOST_LINES])[:_LONGEST].lstrip("\ufeff")
    try:
        found, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return None
    rest, _, below = text[end:].partition("\n")
    if not isinstance(found, dict) or not found or rest.strip() or not below.strip():
        return None
    return _front_matter(lines, text.count("\n", 0, end) + 1, list(_of_mapping(found, text[:end], 0)))


def _front_matter(lines: Sequence[str], end: int, values: Sequence[_Value]) -> FrontMatter:
    properties = []
    title: tuple[int, str] | None = None
    for key, value, start, stop in values[:_MOST_VALUES]:
        line = _line_of(value, lines, start, min(stop, end))
        if line is None:
            continue
        properties.append(Property(line, key.casefold(), value, page=True))
        if title is None and key.casefold() == "title":
            title = (line, value.strip("\"'").strip() if value.startswith(('"', "'")) else value)
    return FrontMatter(end, title or _plain_title(lines[:end]), tuple(sorted(properties, key=lambda p: p.line)))


def _plain_title(lines: Sequence[str]) -> tuple[int, str] | None:
    """The title of front matter whose parser finds none, as it is written on its line."""
    for number, line in enumerate(lines[1:], 1):
        if match := _TITLE.match(line):
            title = match[1].strip().strip("'\"").strip()
            if title and title not in _BLOCK_SCALARS:
                return number, title
    return None


def _line_of(value: str, lines: Sequence[str], start: int, stop: int) -> int | None:
    """The first of the lines that says ``value``, punctuation aside; None where none does."""
    wanted = _letters(value)
    return next(
        (i for i in range(start, max(stop, start + 1)) if i < len(lines) and wanted in _letters(lines[i])), None
    )


def _letters(text: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())


def _chunks(inside: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The pieces that a key at the margin begins, with the places of their first lines."""
    starts = [i for i, line in enumerate(inside) if _TOP_KEY.match(line)]
    for start, stop in zip(starts, [*starts[1:], len(inside)], strict=True):
        yield start, list(inside[start:stop])


def _of_chunk(chunk: Sequence[str], start: int, mark: str) -> list[_Value]:
    """One key, by the parser; as it is written where the parser fails.

    ``start`` is the line of the file on which the chunk begins.
    """
    values = (_toml_values if mark == "+++" else _yaml_values)("\n".join(chunk), start)
    if values is not None:
        return values
    match = _TOP_KEY.match(chunk[0])
    if match is None:
        return []
    key, rest = match[1].strip(), match[3].strip()
    found = [] if not rest or rest in _BLOCK_SCALARS else [(key, _unquoted(_unbracketed(rest)), start, start + 1)]
    for number, line in enumerate(chunk[1:], start + 1):
        if item := _LIST_ITEM.match(line):
            found.append((key, _item(_unquoted(item[1].strip())), number, number + 1))
    return found


def _unbracketed(text: str) -> str:
    """``text`` without the brackets of a list; those of a wiki link stay."""
    closed = text.startswith("[") and text.endswith("]") and not _WIKI.match(text)
    return text[1:-1].strip() if closed else text


def _unquoted(text: str) -> str:
    """``text`` without quotation marks around it, where it has none inside."""
    quoted = len(text) > 1 and text[0] in "\"'" and text[-1] == text[0] and text[0] not in text[1:-1]
    return text[1:-1].strip() if quoted else text


def _item(value: str) -> str:
    """An item of a list as one name: in quotation marks where it would be taken for several."""
    bare = _WIKI.sub("", value)
    return f'"{value}"' if _COMMA.search(bare) and '"' not in value else value


# YAML


def _yaml_values(text: str, first: int) -> list[_Value] | None:
    """The scalars under the keys of a mapping, which begins on line ``first``; None where ``text`` is no mapping."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    if not isinstance(root, yaml.MappingNode):
        return None
    values: list[_Value] = []
    for key, node in root.value:
        if isinstance(key, yaml.ScalarNode) and len(values) < _MOST_VALUES:
            values += _of_node(key.value, node, text, first, budget=[_MOST_VALUES])
    return values


def _of_node(name: str, node: yaml.Node, text: str, first: int, *, budget: list[int], depth: int = 0) -> list[_Value]:
    """The values in ``node``; ``budget`` has the number of nodes that may still be looked at."""
    budget[0] -= 1
    if budget[0] < 0 or depth > _DEEPEST:
        return []
    start, stop = first + node.start_mark.line, first + node.end_mark.line + 1
    written = text[node.start_mark.index : node.end_mark.index]
    if isinstance(node, yaml.ScalarNode):
        empty = node.tag == "tag:yaml.org,2002:null" or not node.value.strip()
        value = " ".join(node.value.split())
        return [] if empty else [(name, _item(value) if depth else value, start, stop)]
    if _WIKI.fullmatch(written):  # [[A]] is a link, whatever YAML makes of it
        return [(name, written, start, stop)]
    children = (
        [child for _, child in node.value] if isinstance(node, yaml.MappingNode) else node.value  # a sequence
    )
    return [v for child in children for v in _of_node(name, child, text, first, budget=budget, depth=depth + 1)]


# TOML and JSON, whose parsers tell no lines


def _toml_values(text: str, first: int) -> list[_Value] | None:
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None
    return list(_of_mapping(found, text, first))


def _json_values(text: str, first: int) -> list[_Value] | None:
    try:
        found = json.loads(text if text.lstrip().startswith("{") else f"{{{text}}}")
    except (ValueError, RecursionError):
        return None
    return list(_of_mapping(found, text, first)) if isinstance(found, dict) else None


def _of_mapping(found: dict[str, Any], text: str, first: int) -> Iterator[_Value]:
    lines = text.split("\n")
    for key, value in found.items():
        written = re.compile(rf"[\s{{,]*[\"']?{re.escape(key)}[\"']?\s*[:=]")
        start = next((i for i, line in enumerate(lines) if written.match(line)), 0)
        for scalar in _scalars(value, _DEEPEST):
            yield key, scalar, first + start, first + len(lines)


def _scalars(value: Any, deepest: int, *, listed: bool = False) -> Iterator[str]:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        text = " ".join(str(value).split())
        if text:
            yield _item(text) if listed else text
    elif deepest and isinstance(value, list | dict):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _scalars(child, deepest - 1, listed=True)
