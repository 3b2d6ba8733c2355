"""Text to sentences and words: Chinese by rjieba, Latin words by rule, parts of speech for both from look-up tables.

spaCy's tokenizer (0.3 MB/s) and TextBlob's tagger (0.5 MB/s) were measured and are too slow for the 0.5 MB/s that a whole
extraction must reach, so Latin words are cut by one regular expression and tagged by TextBlob's own lexicon file, without importing it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from graph.text.frequency import data_folder
from graph.text.names import simplified
from graph.text.scripts import HAN

_TOKEN: Final = re.compile(
    rf"(?P<C>[{HAN}]+)"
    r"|(?P<L>[A-Za-zÀ-ɏͰ-ϿЀ-ӿ][A-Za-z0-9À-ɏͰ-ϿЀ-ӿ]*(?:(?:[-+._&]|['’](?![sS]\b))[A-Za-z0-9À-ɏͰ-ϿЀ-ӿ]+)*(?:\+\+|\+(?![\w+])|#(?!\w))?"
    r"|[0-9]+(?:\.[0-9]+)*(?:-?[A-Za-zÀ-ɏ][A-Za-z0-9À-ɏ]*)(?:[-+._][A-Za-z0-9À-ɏ]+)*)"
    r"|(?P<N>[0-9]+(?:[.,:/][0-9]+)*%?)"
    r"|(?P<S>\s+)"
    r"|(?P<P>.)",
    re.DOTALL,
)
_SENTENCE_END: Final = re.compile(
    r"[。！？；!?]+[”’」』）)\]]*\s*"
    rf"|(?<=[^\s.])\.[”’\")\]]*\s+(?=[A-Z0-9\"“(‘\[{HAN}])"
    r"|;\s+"
    rf"|(?<=[{HAN}])\.\s*(?=[{HAN}A-Z])"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|fig|eq|dr|mr|mrs|ms|prof|no|vol|al|approx|resp|sec|ch|st)|\b[A-Z])$", re.IGNORECASE
)


class Token(NamedTuple):
    """A word, number or punctuation mark: ``text[start:end]``."""

    text: str
    """As it stands there; Chinese in Simplified characters, whatever the notes are written in."""
    start: int
    end: int
    script: str
    """``C`` Chinese word, ``L`` Latin word (also with digits), ``N`` number, ``P`` anything else."""
    pos: str
    """Chinese: ICTCLAS-like tags of jieba (n, v, vn, a, …). Latin: Penn tags (NN, JJ, VBG, IN …), by the word alone. N and P: empty."""


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Offsets (start, end) of the sentences of ``text``, in order, without surrounding white space.

    Chinese notes use ；as a full stop; so does this. Line breaks are no boundaries: a block joins hard-wrapped lines.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.group().startswith(".") and _ABBREVIATION.search(text[max(start, match.start() - 8) : match.start()]):
            continue
        _append_stripped(spans, text, start, match.end())
        start = match.end()
    _append_stripped(spans, text, start, len(text))
    return spans


def _append_stripped(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        spans.append((start + left, start + right))


def tokenize(text: str) -> list[Token]:
    """Words, numbers and punctuation of ``text`` with their offsets, in order; white space is left out."""
    tokens: list[Token] = []
    add, make, new = tokens.append, Token, tuple.__new__
    plain, tag_of = simplified(text), _jieba_tag
    for match in _TOKEN.finditer(text):
        script = match.lastgroup
        start, end = match.span()
        if script == "C":
            for word, tag in tag_of()(
                plain[start:end]
            ):  # its dictionary, our words and the frequencies are all in Simplified characters
                end = start + len(word)
                add(new(make, (word, start, end, "C", tag)))
                start = end
        elif script == "L":
            word = text[start:end]
            add(new(make, (word, start, end, "L", latin_pos(word))))
        elif script != "S":
            add(new(make, (text[start:end], start, end, script, "")))
    return tokens


@cache
def _jieba_tag() -> Callable[[str], list[tuple[str, str]]]:
    import rjieba  # loads its dictionary: not before there is Chinese to cut

    tag: Callable[[str], list[tuple[str, str]]] = rjieba.tag
    return tag


@cache
def english_lexicon() -> Mapping[str, str]:
    """English word → its most frequent Penn tag, from the lexicon file that TextBlob carries (Brill 1992 format)."""
    path = data_folder("textblob") / "en" / "en-lexicon.txt"
    table: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, tag = line.partition(" ")
        if tag and not line.startswith(";;;"):
            table[word] = tag.split(" ")[0]
    return table


@cache
def latin_pos(word: str) -> str:
    """The Penn tag that ``word`` has most often; by its shape and ending where the lexicon does not know it."""
    table = english_lexicon()
    lower = word.lower()
    tag = table.get(lower)
    if tag is None:
        tag = table.get(word)
    if tag is not None:
        return tag
    if not lower.isascii() or any(c.isdigit() for c in word) or (len(word) > 1 and word.isupper()):
        return "NNP"
    last = re.split(r"[-/_.&]", lower)[-1]
    if last != lower and last in table:
        return "NN" if table[last] in ("NN", "NNS", "NNP") else "JJ"
    for ending, guess in _ENDINGS:
        if lower.endswith(ending) and len(lower) > len(ending) + 2:
            return guess
    return "NNP" if word[:1].isupper() else "NN"


_ENDINGS: Final = (
    ("ing", "VBG"), ("ed", "VBN"), ("ly", "RB"), ("able", "JJ"), ("ible", "JJ"), ("ous", "JJ"), ("ive", "JJ"), ("ful", "JJ"),
    ("less", "JJ"), ("ical", "JJ"), ("ic", "JJ"), ("al", "JJ"), ("ary", "JJ"), ("ise", "VB"), ("ize", "VB"), ("ify", "VB"),
    ("ss", "NN"), ("us", "NN"), ("is", "NN"), ("s", "NNS"),
)  # fmt: skip


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    r"""(1-based number, line) of ``text`` as editors count lines: at \\n, \\r\\n and \\r only."""
    yield from enumerate(re.split(r"\r\n|\n|\r", text), start=1)
