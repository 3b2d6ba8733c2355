"""Does a graph say what the notes say? Every quote is looked for on its line, in the files as they are now."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from graph.model import Concept, Evidence, GraphSnapshot

_SEPARATORS: Final = re.compile(r"[\W_]+")
_BRACKET: Final = re.compile(r"\\.|[\[\]()]")
_IN_URL: Final = r"""[^\s\x00-\x1f\x7f<>"'`|\[\]，。；、！？）】》”」（]"""
_BRACED: Final = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,200}\}){0,200}\}){0,400}\}"
"""Shortcodes, attributes and expressions in braces, which may have braces inside."""
_COMPONENT: Final = rf"""</?[A-Za-z][A-Za-z0-9.]*[\s/](?:[^<>"'{{}}]|"[^"]*"|'[^']*'|{_BRACED})*>"""
"""A tag whose attributes may have ``>`` in quotes or braces."""
_OPTIONAL: Final = re.compile(
    rf"""(?P<reference><sup>\s*(?:<a[^<>]*>)?\s*\[?\d+\]?\s*(?:</a>)?\s*</sup>)
    |(?P<template>\{{\{{[<%].{{0,1000}}?[>%]\}}\}}|\{{%.{{0,1000}}?%\}}|\{{\{{[^{{}}]{{0,300}}\}}\}}|{_BRACED}
    |^[^{{}}]{{0,300}}(?:[>%]\}}|%)\}}|\{{\{{?[<%](?:(?!%\}}|\}}\}}).){{0,1000}}$)
    |(?P<tag></?[A-Za-z][A-Za-z0-9.]*(?:[\s/][^<>]*)?>|<(?:https?|ftp|mailto):[^<>\s]*>)
    |(?P<component>{_COMPONENT})
    |(?P<url>(?:https?|ftp)://{_IN_URL}+|www\.[A-Za-z0-9.-]{{1,200}}+/{_IN_URL}*)
    |(?P<entity>&\#?[A-Za-z0-9]+;)
    |(?P<symbol>[\U0001f000-\U0001faff\u2600-\u27bf]+)
    |(?P<callout>\[!\ ?[\w-]+(?:\|[^\[\]]*)?\])
    |(?P<image>!\[)
    |(?P<wiki>\[\[)
    |(?P<note>\[\^)
    |(?P<target>\]\(|\]\[(?!\[))""",
    re.VERBOSE,
)
"""What of a line may be markup or text: a reader may take it out, or show it because it is inside of code."""
_TASK_SIGN: Final = "\U0001f000-\U0001faff\u231a-\u23fa\u2600-\u27bf\u2b00-\u2bff"
_DIALECT: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"!\[\[[^\[\]]*\]\]",  # embeds
        r"#?\^[\w-]+(?=\s*\]\])",  # the block in a wiki link
        r"(?<!\S)\^[A-Za-z0-9-]+\s*$",  # the id of a block
        r"\(\([0-9a-f-]{36}\)\)",  # a reference to a block
        r"\{\{cloze\s+",
        r"\\\\[^{}]{0,500}\}\}",  # the hint of a cloze
        r"\{\{(?:[^{}]|\{(?!\{)|\}(?!\}))*\}\}",  # other macros
        r"\[[\w./ -]+::\s(?:[^\[\]]|\[\[[^\[\]]*\]\])*\]",  # inline fields
        r"\([\w./ -]+::\s[^()]*\)",
        r"(?<!\w)#(?:\[\[[^\[\]]*\]\]|[\w/-]+)",  # tags
        r"(?<!`)`+\s*\$?=[^`]*`+",  # queries
        rf"[{_TASK_SIGN}]\ufe0f?\s*(?:\d{{4}}-\d\d-\d\d|[\w,-]+)",  # fields of tasks
        rf"\U0001f501[^#{_TASK_SIGN}]*",
    )
)
"""What Obsidian and Logseq write in lines for programs."""
_DIALECT_HINT: Final = re.compile(rf"\[\[|\^|\(\(|\{{\{{|::|#|`\s*\$?=|[{_TASK_SIGN}]")
_HIDDEN: Final = (("%%", "%%"), ("<%", "%>"))
"""How what is never shown begins and ends; both may be on different lines."""
_PRIVATE: Final = re.compile("%%.*?%%")
_WIDE_TAG: Final = re.compile(_COMPONENT)
_AMBIGUOUS: Final = re.compile(r"[\[\]<`|\s]")
"""What has one of these inside may only look like an address in brackets."""
LINES_JOINED: Final = 60
"""Lines after its own over which a quote may run on."""


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """Something that the graph says appears in the notes."""

    doc: str
    line: int
    text: str
    said_by: str
    """What in the graph rests on it: ``definition lora``, ``relation qlora based_on lora``, …"""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of a verification."""

    checked: int
    """Number of quotes, each place and text once."""
    false: tuple[Quote, ...]
    """Quotes that are not on their lines, in the order of the notes."""
    changed: tuple[str, ...]
    """Documents whose files are not those that were built (other sha256)."""
    missing: tuple[str, ...]
    """Documents whose files are not there or cannot be read."""

    @property
    def holds(self) -> bool:
        """Whether every quote is on its line."""
        return not self.false


@dataclass(frozen=True, slots=True)
class NoteFile:
    """A file as it is now."""

    sha256: str
    lines: tuple[str, ...]
    """As Markdown."""
    original: tuple[str, ...] = ()
    """The same lines in the markup of the file; empty where the file is Markdown or has other lines."""


def quotes(graph: GraphSnapshot) -> list[Quote]:
    """All that the graph quotes, in the order of the notes, each (place, text) once."""
    found: dict[tuple[str, int, str], Quote] = {}
    for said_by, evidence in _evidence(graph):
        found.setdefault(
            (evidence.doc, evidence.line, evidence.quote), Quote(evidence.doc, evidence.line, evidence.quote, said_by)
        )
    for concept in graph.concepts:
        for mention in concept.mentions:
            key = (mention.doc, mention.line, mention.form)
            found.setdefault(key, Quote(*key, f"mention {concept.id}"))
    return sorted(found.values())


def _evidence(graph: GraphSnapshot) -> Iterator[tuple[str, Evidence]]:
    yield from _definitions(graph.concepts)
    for relation in graph.relations:
        yield from ((f"relation {' '.join(relation.key)}", e) for e in relation.evidence)
    for edge in graph.prerequisites:
        yield from ((f"prerequisite {edge.before} before {edge.after}", e) for e in edge.evidence)
    for community in graph.communities:
        yield from ((f"theme {community.id}", e) for e in community.evidence)
    yield from ((f"alias {m.merged} of {m.concept}", m.evidence) for m in graph.merges if m.evidence is not None)


def _definitions(concepts: Sequence[Concept]) -> Iterator[tuple[str, Evidence]]:
    yield from ((f"definition {c.id}", c.definition) for c in concepts if c.definition is not None)


def verify(graph: GraphSnapshot, read: Callable[[str], NoteFile | None]) -> Verification:
    """Check every quote of ``graph`` against the files that ``read`` gives for its documents (None.

    There is no such file).
    """
    files = {document.id: read(document.id) for document in graph.documents}
    changed = [d.id for d in graph.documents if (now := files[d.id]) is not None and now.sha256 != d.sha256]
    missing = [d.id for d in graph.documents if files[d.id] is None]
    said = quotes(graph)
    read_line = lru_cache(maxsize=10_000)(_ways)  # thousands of mentions are on the same lines
    false = []
    for quote in said:
        file = files.get(quote.doc)
        if file is None or not _stands(quote.text, quote.line, file.lines, read_line) or _is_made_up(quote, file):
            false.append(quote)
    return Verification(len(said), tuple(false), tuple(changed), tuple(missing))


def stands(text: str, line: int, lines: Sequence[str]) -> bool:
    """Whether ``text`` begins on ``line`` (1-based) of ``lines``, markup, white space, case and punctuation aside.

    It may run on over the following lines. Addresses, HTML, images, footnotes and what links point to may each be part
    of it or not; no other letter or digit may be left out.

    >>> stands("LoRA is a method", 2, ["", "**LoRA** is a", "[method](http://x.y)"])
    True
    """
    return _stands(text, line, lines, _ways)


class _Ways(NamedTuple):
    """How to read a line: it is cut where something optional begins or ends."""

    keys: tuple[str, ...]
    """The key of each piece."""
    jumps: Mapping[int, Sequence[tuple[int, str]]]
    """Piece → (later piece, key): what may be read instead of all pieces from the one up to the other."""


def _stands(text: str, line: int, lines: Sequence[str], read: Callable[[str, bool], tuple[_Ways, ...]]) -> bool:
    if not 1 <= line <= len(lines):
        return False
    wanted = _key(text)
    if not wanted:  # punctuation alone is looked for as it is
        return text.strip() in lines[line - 1]
    done: set[int] = set()
    in_comment = False
    for number in range(line - 1, min(line + LINES_JOINED, len(lines))):
        begins = number == line - 1
        done = set().union(*(_read_on(wanted, done, ways, begins=begins) for ways in read(lines[number], in_comment)))
        in_comment = "-->" not in lines[number][lines[number].rfind("<!--") :] and "<!--" in lines[number]
        if len(wanted) in done:
            return True
        if not done:
            return False
    return False


def _read_on(wanted: str, done: Collection[int], ways: _Ways, *, begins: bool) -> set[int]:
    """How many characters of ``wanted`` can have been read after one more line.

    All of them as soon as that is possible.

    Args:
        wanted: the key that is looked for.
        done: how many can have been read before the line.
        ways: how to read the line.
        begins: whether the quote may begin inside of it.
    """
    reached: list[set[int]] = [set() for _ in range(len(ways.keys) + 1)]
    reached[0].update(done)
    for place, key in enumerate(ways.keys):
        if begins:
            reached[place].add(0)
        for start in reached[place]:
            if wanted.startswith(key, start):
                reached[place + 1].add(start + len(key))
            elif key.startswith(wanted[start:]):
                return {len(wanted)}
            for end, instead in ways.jumps.get(place, ()):
                if wanted.startswith(instead, start):
                    reached[end].add(start + len(instead))
        if begins and key:
            if wanted in key:
                return {len(wanted)}
            reached[place + 1].update(n for n in range(1, min(len(key) + 1, len(wanted))) if key.endswith(wanted[:n]))
    return reached[-1] - {0}


def _ways(line: str, in_comment: bool) -> tuple[_Ways, ...]:
    """The ways to read a line: as it is written, and without comments (``in_comment``: the line begins in one).

    What is left and right of a comment may be markup only together.
    """
    versions = dict.fromkeys((line, *_without_comments(line, in_comment=in_comment), _PRIVATE.sub("", line)))
    return tuple(_ways_of(version) for version in versions)


def _without_comments(line: str, *, in_comment: bool) -> tuple[str, str]:
    """The line without the comments that end on it, and without one that goes on over the next lines as well."""
    if "-->" not in line and "<!--" not in line:
        return line, line
    kept: list[str] = []
    at = line.find("-->") + 3 if in_comment and "-->" in line else 0
    while (begin := line.find("<!--", at)) >= 0:
        end = line.find("-->", begin)
        if end < 0:
            break
        kept.append(line[at:begin])
        at = end + 3
    closed = "".join((*kept, line[at:]))
    return closed, closed.partition("<!--")[0]


def _ways_of(line: str) -> _Ways:
    parts = [*_optional_parts(line), *_dialect_parts(line)]
    cuts = sorted({0, len(line), *(place for start, end, _ in parts for place in (start, end))})
    number = {place: i for i, place in enumerate(cuts)}
    jumps: dict[int, list[tuple[int, str]]] = {}
    for start, end, instead in parts:
        jumps.setdefault(number[start], []).append((number[end], instead))
    return _Ways(tuple(_key(line[a:b]) for a, b in pairwise(cuts)), jumps)


def _optional_parts(line: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, key of what may be read instead) of all that may be markup."""
    squares, rounds = _matching(line)
    at = limit = 0
    while match := _OPTIONAL.search(line, at):
        start, end = match.span()
        kind = match.lastgroup or ""
        at = end
        if kind == "entity":
            yield start, end, _key(html.unescape(match[0]))
        elif kind == "template":
            yield start, end, ""
            at = start + 1  # there may be text with other marks inside
        elif kind in _BRACKETED:
            parts = [(a, b) for a, b in _BRACKETED[kind](line, start, squares, rounds) if b > a]
            yield from ((a, b, "") for a, b in parts)
            if kind == "target" and line[start - 1 : start] != "\\":
                limit = max((limit, *(b - 1 for _, b in parts if not _AMBIGUOUS.search(line, end, b))))
            at = start + 1  # what looks like an address may be text with other marks inside
        else:
            at = limit if start < limit < end else end  # an address in brackets ends with them
            yield start, at, ""
            if kind == "url" and (brace := line.find("{", start, at)) >= 0:  # a shortcode right behind the address
                yield start, brace, ""
                at = brace
            if kind == "tag" and (wide := _WIDE_TAG.match(line, start)):
                yield start, wide.end(), ""


def _dialect_parts(line: str) -> Iterator[tuple[int, int, str]]:
    """The same of the syntax of Obsidian and Logseq, which may overlap with other markup."""
    if _DIALECT_HINT.search(line):
        for pattern in _DIALECT:
            yield from ((*match.span(), "") for match in pattern.finditer(line) if match.end() > match.start())
    for opening, closing in _HIDDEN:
        at, last = 0, line.rfind(closing)
        while (begin := line.find(opening, at)) >= 0:
            end = line.find(closing, begin + 2) if begin < last else -1
            yield begin, end + 2 if end >= 0 else len(line), ""
            at = begin + 2
            if opening == closing:  # any mark may end what began on a line above, or begin what ends on one below
                yield 0, at, ""
                yield begin, len(line), ""
        if opening != closing and (end := line.find(closing)) >= 0:
            yield 0, end + 2, ""


_Places: TypeAlias = Mapping[int, int]


def _image(line: str, start: int, squares: _Places, rounds: _Places) -> list[tuple[int, int]]:  # noqa: ARG001  # as the others
    """Of ``![alternative text](address)`` all but the address."""
    end = squares.get(start + 1, 0)
    return [(start, end)] if line.startswith(("(", "["), end + 1) else []


def _wiki(line: str, start: int, squares: _Places, rounds: _Places) -> list[tuple[int, int]]:  # noqa: ARG001
    """Of ``[[target|text]]`` the target."""
    return [(start, line.rfind("|", start, squares.get(start + 1, start)) + 1)]


def _note(line: str, start: int, squares: _Places, rounds: _Places) -> list[tuple[int, int]]:  # noqa: ARG001
    """A footnote, ``[^1]``, is all."""
    return [(start, squares.get(start, -1) + 1)]


def _target(line: str, start: int, squares: _Places, rounds: _Places) -> list[tuple[int, int]]:
    """Of ``[text](address)`` the address, of ``[text][label]`` the label without its last bracket.

    Where round brackets do not match the address ends with the first; in a table they may match those of another cell.
    """
    opening = start + 1
    if line[opening] == "[":
        return [(opening, squares.get(opening, -1))]
    return [(opening, rounds.get(opening, -1) + 1), (opening, line.find(")", opening) + 1)]


_BRACKETED: Final[Mapping[str, Callable[[str, int, _Places, _Places], list[tuple[int, int]]]]] = {
    "image": _image,
    "wiki": _wiki,
    "note": _note,
    "target": _target,
}


def _matching(line: str) -> tuple[dict[int, int], dict[int, int]]:
    """Opening → closing places of square and of round brackets."""
    pairs: dict[str, dict[int, int]] = {"[": {}, "(": {}}
    if "[" in line:
        open_: dict[str, list[int]] = {"[": [], "(": []}
        for match in _BRACKET.finditer(line):
            char = match[0]
            if char in open_:
                open_[char].append(match.start())
            elif char in "])" and open_[opening := "[" if char == "]" else "("]:
                pairs[opening][open_[opening].pop()] = match.start()
    return pairs["["], pairs["("]


def _is_made_up(quote: Quote, file: NoteFile) -> bool:
    """Whether a converter wrote words that the file itself does not have at this place."""
    return bool(file.original) and not _has_words(quote, file.original)


def _has_words(quote: Quote, original: Sequence[str]) -> bool:
    r"""Whether all words of the quote are in the file at its place, whatever a converter made of the lines.

    Accents that markup writes apart from their letters (``\\'e``) do not count.
    """
    words = [_bare_letters(word) for word in re.findall(r"[^\W_]+", quote.text)]
    for reach in (0, LINES_JOINED):  # most quotes are on one line
        there = original[quote.line - 1 : quote.line + reach]
        letters = _bare_letters(html.unescape("\n".join(there)))
        if all(word in letters for word in words):
            return True
    return False


def _bare_letters(text: str) -> str:
    """Letters and digits, without accents and in lower case."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES)).casefold()
    return "".join(c for c in decomposed if c.isalnum())


_LIGATURES: Final = str.maketrans(
    {"æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss"}
)


def _key(text: str) -> str:
    """Letters and digits only, NFKC, casefolded: what is left of a text when its writing is put aside."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))
