"""Text to sentences and words: Chinese by rjieba, Latin words by rule, parts of speech for both from look-up tables.

spaCy's tokenizer (0.3 MB/s) and TextBlob's tagger (0.5 MB/s) were measured and are too slow for the 0.5 MB/s that a
whole extraction must reach, so Latin words are cut by one regular expression and tagged by TextBlob's own lexicon file,
without importing it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Final, NamedTuple

from graph.text.frequency import data_folder
from graph.text.japanese import KANA, is_japanese, is_verb
from graph.text.names import simplified
from graph.text.scripts import HAN, KATAKANA

_TOKEN: Final = re.compile(
    rf"(?P<C>[{HAN}]+)"
    r"|(?P<L>(?<![\w/])[A-Z]/[A-Z](?![\w/])|(?<![\w.)\]])\.[A-Z]{2,}(?!\w)"
    r"|(?:[A-Za-zÀ-ɏͰ-ϿЀ-ӿ][A-Za-z0-9À-ɏͰ-ϿЀ-ӿ]*(?:(?:[-+._&]|['’](?![sS]\b))[A-Za-z0-9À-ɏͰ-ϿЀ-ӿ]+)*(?:\+\+"
    r"|\+(?![\w+])|#(?!\w))?"
    r"|[0-9]+(?:\.[0-9]+)*(?:-?[A-Za-zÀ-ɏ][A-Za-z0-9À-ɏ]*)(?:[-+._][A-Za-z0-9À-ɏ]+)*)"
    r"(?:['’]s(?=\s+\w)|(?<=s)['’](?=\s+[A-Za-z]))?)"
    r"|(?P<N>[0-9]+(?:[.,:/][0-9]+)*%?)"
    r"|(?P<P>\S)"
)
_JAPANESE_TOKEN: Final = re.compile(rf"(?P<C>[{HAN}ヶ]+|[{KATAKANA}]+)|{_TOKEN.pattern.partition('|')[2]}")
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
    """As it appears there; Chinese in Simplified characters, whatever the notes are written in."""
    start: int
    end: int
    script: str
    """``C`` Chinese word, ``L`` Latin word (also with digits), ``N`` number, ``P`` anything else."""
    pos: str
    """Chinese: ICTCLAS-like tags of jieba (n, v, vn, a, …). Latin: Penn tags (NN, JJ, VBG, IN …), by the word alone. N
    and P: empty."""


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Offsets (start, end) of the sentences of ``text``, in order, without surrounding white space.

    Chinese notes use ；as a full stop; so does this. Line breaks are not boundaries: a block joins hard-wrapped lines.
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
    if KANA.search(text) and is_japanese(text):
        return _japanese_tokens(text)
    # The dictionary, our words and the frequencies are all in Simplified characters.
    plain, tag_of = simplified(text), _jieba_tag
    for match in _TOKEN.finditer(text):
        script = match.lastgroup
        start, end = match.span()
        if script == "C":
            for word, tag in tag_of()(plain[start:end]):
                end = start + len(word)
                add(new(make, (word, start, end, "C", tag)))
                start = end
        elif script == "L":
            word = text[start:end]
            if not word.isalnum() and word[-1] in _POSSESSIVE_END and not _names_one(word, text, end):
                stem = start + len(without_possessive(word))
                add(new(make, (text[start:stem], start, stem, "L", latin_pos(text[start:stem]))))
                add(new(make, (text[stem], stem, stem + 1, "P", "")))
                if stem + 1 < end:
                    add(new(make, (text[stem + 1 : end], stem + 1, end, "L", "POS")))
                continue
            add(new(make, (word, start, end, "L", latin_pos(word))))
        else:
            add(new(make, (text[start:end], start, end, script, "")))
    return tokens


_POSSESSIVE_END: Final = frozenset("s'’")
_NEXT_WORD: Final = re.compile(r"\s+([A-Za-z]+)(?![^\W_])")


def _names_one(word: str, text: str, end: int) -> bool:
    """Whether ``word`` is one token: it is not a possessive, or one that makes a name with the common noun behind it.

    Euler's theorem and Zorn's Lemma are names; OpenAI's GPT-4 is GPT-4, and the encoder's output is two things.
    """
    stem = without_possessive(word)
    if stem == word:
        return True
    if not stem[0].isupper():
        return stem.lower() in _CONTRACTED
    follows = _NEXT_WORD.match(text, end)
    if latin_pos(word) == "PRP":
        return True
    if follows is None:
        return False
    noun = follows[1]
    return noun.islower() or english_lexicon().get(noun.lower(), "") in ("NN", "NNS", "JJ", "VB")


_CONTRACTED: Final = frozenset(
    ["it", "that", "this", "there", "here", "what", "who", "he", "she", "let", "where", "when", "how", "one"]
)


def _japanese_tokens(text: str) -> list[Token]:
    """As :func:`tokenize`: a run of kanji or of katakana is a word, and a stem of a verb is none."""
    tokens: list[Token] = []
    for match in _JAPANESE_TOKEN.finditer(text):
        script, word = match.lastgroup or "P", match[0]
        if script == "C" and is_verb(text, match.start(), match.end()):
            script = "P"
        tag = "n" if script == "C" else latin_pos(word) if script == "L" else ""
        tokens.append(Token(word, match.start(), match.end(), script, tag))
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


@lru_cache(maxsize=200_000)
def latin_pos(word: str) -> str:
    """The Penn tag that ``word`` has most often; by its shape and ending where the lexicon does not know it."""
    table = english_lexicon()
    tag: str | None
    if not word.isalnum():
        word = word.replace("’", "'")
        if _CONTRACTION.search(word):
            return "MD"
        if word.endswith(("'s", "'")):
            stem = without_possessive(word)
            if not stem:
                return "POS"
            tag = latin_pos(stem)
            if tag[:2] not in ("NN", "JJ", "VB", "FW"):
                return "PRP"  # it's, that's: a verb, not a possessive
            return "NNP" if word[0].isupper() else tag
    lower = word.lower()
    tag = table.get(lower)
    if tag in ("PRP", "WP") and len(word) > 1 and word.isupper():
        return "NNP"  # US, IT, WHO
    if tag is None:
        tag = table.get(word)
    if tag is not None:
        return tag
    if not lower.isascii() or any(c.isdigit() for c in word) or (len(word) > 1 and word.isupper()):
        return "NNP"
    last = re.split(r"[-/_.&]", lower)[-1]
    if last != lower and last in table:
        return "NN" if table[last] in ("NN", "NNS", "NNP") else "JJ"
    if word == lower and (
        (lower[-1] == "s" and len(lower) > 4 and table.get(lower[:-1]) in ("VB", "VBP")) or _VERB_ENDING.search(lower)
    ):
        return "VBZ"
    for ending, guess in _ENDINGS:
        if lower.endswith(ending) and len(lower) > len(ending) + 2:
            return guess
    return "NNP" if word[:1].isupper() else "NN"


_CONTRACTION: Final = re.compile(r"(?:n't|'(?:ll|re|ve|d|m))$", re.IGNORECASE)
_VERB_ENDING: Final = re.compile(r"(?:[a-z]{3,}i[sz]es|[a-z]{2,}ifies)$")
"""generalises, optimizes, quantifies: nouns with these endings (diseases, crises) are in the lexicon."""


def without_possessive(word: str) -> str:
    """``word`` without a possessive ending: Euler's and Euler’s are Euler, Stokes' is Stokes."""
    for ending in ("'s", "’s", "'", "’"):
        if word.endswith(ending):
            return word[: -len(ending)]
    return word


_ENDINGS: Final = (
    ("ing", "VBG"), ("ed", "VBN"), ("ly", "RB"), ("able", "JJ"), ("ible", "JJ"), ("ous", "JJ"), ("ive", "JJ"),
    ("ful", "JJ"),
    ("less", "JJ"), ("ical", "JJ"), ("ic", "JJ"), ("al", "JJ"), ("ary", "JJ"), ("ise", "VB"), ("ize", "VB"),
    ("ify", "VB"),
    ("ss", "NN"), ("us", "NN"), ("is", "NN"), ("s", "NNS"),
)  # fmt: skip


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    r"""(1-based number, line) of ``text`` as editors count lines: at \\n, \\r\\n and \\r only."""
    yield from enumerate(re.split(r"\r\n|\n|\r", text), start=1)
