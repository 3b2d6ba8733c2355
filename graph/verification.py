"""Does a graph say what the notes say? Every quote is looked for on the line that it names, in the files as they are now."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from graph.model import Concept, Evidence, GraphSnapshot

_TARGET: Final = r"(?:\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)|\[[^\]]*\])"
"""What a link points to: ``(address "title")``, with one level of parentheses inside, or ``[label]``."""
_IMAGE: Final = re.compile(r"!\[[^\]]*\]" + _TARGET)
_LINK: Final = re.compile(r"\[([^\]]*)\]" + _TARGET)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->|<(?:https?|mailto):[^<>]*>")
_CODE_OR_TAG: Final = re.compile(r"(`+)[^`].*?\1|" + _TAG.pattern)
_URL: Final = re.compile(r"https?://[^\s)>\]）】]+")
_FOOTNOTE: Final = re.compile(r"\[\^[^\]]+\]")
_SEPARATORS: Final = re.compile(r"[\W_]+")
LINES_JOINED: Final = 60
"""Lines after its own over which a quote may run on."""


@dataclass(frozen=True, slots=True, order=True)
class Quote:
    """Something that the graph says stands in the notes."""

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
    """Quotes that do not stand on their lines, in the order of the notes."""
    changed: tuple[str, ...]
    """Documents whose files are not those that were built (other sha256)."""
    missing: tuple[str, ...]
    """Documents whose files are not there or cannot be read."""

    @property
    def holds(self) -> bool:
        """Whether every quote stands on its line."""
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
    """Check every quote of ``graph`` against the files that ``read`` gives for its documents (None: there is no such file)."""
    files = {document.id: read(document.id) for document in graph.documents}
    changed = [d.id for d in graph.documents if (now := files[d.id]) is not None and now.sha256 != d.sha256]
    missing = [d.id for d in graph.documents if files[d.id] is None]
    said = quotes(graph)
    keys: dict[tuple[str, int], tuple[str, str]] = {}
    false = []
    for quote in said:
        file = files.get(quote.doc)
        if file is None or not _stands(quote, file, keys):
            false.append(quote)
    return Verification(len(said), tuple(false), tuple(changed), tuple(missing))


def stands(text: str, line: int, lines: Sequence[str]) -> bool:
    """Whether ``text`` begins on ``line`` (1-based) of ``lines``, markup, whitespace, case and punctuation aside.

    It may run on over the following lines. A line is read as it is, and with links, images, URLs and HTML taken away.

    >>> stands("LoRA is a method", 2, ["", "**LoRA** is a", "[method](http://x.y)"])
    True
    """
    if not 1 <= line <= len(lines):
        return False
    wanted = _key(text)
    if not wanted:  # punctuation alone is looked for as it is
        return text.strip() in lines[line - 1]
    return any(_begins(wanted, line, lines, read) for read in (_key, _plain_key, _linked_key, _marked_key))


def _stands(quote: Quote, file: NoteFile, keys: dict[tuple[str, int], tuple[str, str]]) -> bool:
    """As :func:`stands`, with the keys of lines kept: thousands of mentions stand on the same lines."""
    place = (quote.doc, quote.line)
    if not 1 <= quote.line <= len(file.lines):
        return False
    if file.original and not _has_words(quote, file.original):
        return False
    if place not in keys:
        words = file.lines[quote.line - 1]
        keys[place] = (_key(words), _plain_key(words))
    wanted = _key(quote.text)
    if wanted and any(wanted in key for key in keys[place]):
        return True
    return stands(quote.text, quote.line, file.lines)


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


def _begins(wanted: str, line: int, lines: Sequence[str], read: Callable[[str], str]) -> bool:
    text = read(lines[line - 1])
    own = len(text)
    for following in lines[line : line + LINES_JOINED]:
        if len(text) >= own + len(wanted):
            break
        text += read(following)
    place = text.find(wanted)
    return 0 <= place < max(own, 1)


def _key(text: str) -> str:
    """Letters and digits only, NFKC, casefolded: what is left of a text when its writing is put aside."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))


def _plain_key(line: str) -> str:
    """The key of a line without images, HTML, and what links point to; what stands in backticks is text, tags as well."""
    text = _FOOTNOTE.sub("", _CODE_OR_TAG.sub(lambda m: m[0] if m[1] else "", _LINK.sub(r"\1", _IMAGE.sub("", line))))
    return _key(html.unescape(text))


def _linked_key(line: str) -> str:
    """The key of a line without what links point to, everything else as it is: ``<s>`` may be a word."""
    return _key(html.unescape(_LINK.sub(r"\1", line)))


def _marked_key(line: str) -> str:
    """The key of a line without HTML and any URL, but with the alternative texts of its images."""
    return _key(html.unescape(_URL.sub("", _TAG.sub("", line))))
