"""Text as index tokens: Latin words without endings, Chinese character pairs.

And which words of a question carry content.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import rjieba
import yaml

from graph.text.scripts import HAN, LATIN, count_han, has_han

_ACCENTS: Final = re.compile("(?<=[a-zA-Z])[\u0300-\u036f]+")
_PIECES: Final = re.compile(rf"[0-9{LATIN}]+(?:[+#]+|(?:['’][a-z]+))?|[{HAN}]+")
_CHAPTERS: Final = re.compile(
    r"(?:前|后|第)[一二三四五六七八九十两几\d]+(?:章|节|部分|篇|讲|课)|\b(?:first|last)\s+(?:\w+\s+)?chapters?\b",
    re.IGNORECASE,
)
"""Where in the notes to look: says nothing that a line could contain."""
_ENDINGS: Final = (
    ("ization", "iz"),
    ("isation", "iz"),
    ("izing", "iz"),
    ("ized", "iz"),
    ("ize", "iz"),
    ("ises", "iz"),
    ("izes", "iz"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists of ``words.yaml``."""

    function_en: frozenset[str]
    function_zh: frozenset[str]
    phrases_zh: re.Pattern[str]
    """Matches any function phrase of three characters or more, longest first."""
    structural: frozenset[str]
    """Those of both that titles are made of."""
    across: dict[str, tuple[str, ...]]
    """Index tokens of a general study word → tokens of its counterparts in the other language."""


@lru_cache(maxsize=1)
def words() -> Words:
    """Load the lists once; nothing is read at import."""
    raw = yaml.safe_load((files("queries.question") / "words.yaml").read_text(encoding="utf-8"))
    english = frozenset(raw["function_en"].split())
    chinese = frozenset(raw["function_zh"].split())
    phrases = sorted((w for w in chinese if len(w) >= 3), key=lambda w: (-len(w), w))
    across: dict[str, set[str]] = {}
    for word, counterparts in raw["pairs"].items():
        stem = stem_latin(word)
        for counterpart in counterparts.split():
            across.setdefault(stem, set()).add(counterpart)
            across.setdefault(counterpart, set()).add(stem)
    return Words(
        function_en=english | {stem_latin(w) for w in english},
        function_zh=chinese,
        structural=frozenset(raw["structural"].split()),
        phrases_zh=re.compile("|".join(re.escape(w) for w in phrases)),
        across={k: tuple(sorted(v)) for k, v in across.items()},
    )


def normal(text: str) -> str:
    """NFKC and lower case: what is compared. May change the text's length."""
    return unicodedata.normalize("NFKC", text).lower()


def without_accents(text: str) -> str:
    """Latin letters without their accents, as people type names; ``ø`` and the like are letters of their own.

    >>> without_accents("Benítez, Šubrtová, 注意力, が")
    'Benitez, Subrtova, 注意力, が'
    """
    if text.isascii():
        return text
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=100_000)
def stem_latin(word: str) -> str:
    """Take common endings off an English word, so that ``tokenizers`` meets ``tokenization``.

    A short list instead of Porter's algorithm: words of notes are names first, and a name must not be changed beyond
    recognition. Words with digits and short words only lose a possessive or a plural ``s``.

    >>> stem_latin("embeddings") == stem_latin("embedding")
    True
    """
    word = re.sub(r"['’].*$", "", word)
    if len(word) <= 3 or any(c.isdigit() for c in word):
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending, kept in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + kept
    for ending in ("ing", "ed", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            return word
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


@lru_cache(maxsize=1)
def _irregular() -> dict[str, tuple[str, ...]]:
    """Each form of ``irregular_verbs.txt`` → the other forms of its verb; loaded once, nothing is read at import."""
    lines = (files("queries.question") / "irregular_verbs.txt").read_text(encoding="utf-8").splitlines()
    found: dict[str, tuple[str, ...]] = {}
    for forms in (line.split() for line in lines if not line.startswith("#")):
        for form in forms:
            found[form] = (*found.get(form, ()), *(other for other in forms if other != form))
    return found


def other_forms(word: str) -> tuple[str, ...]:
    """The other forms of an irregular English verb, without regular endings; empty for all other words.

    >>> other_forms("grew")
    ('grow', 'grown')
    """
    low = word.lower()
    return next(
        (_irregular()[w] for w in (low, low.removesuffix("s"), low.removesuffix("ing")) if w in _irregular()), ()
    )


def tokens(text: str) -> list[str]:
    """Index tokens of ``text`` in order.

    Stems of Latin words without accents, pairs of neighbouring Chinese characters (a lone one as itself).
    """
    return [token for piece in pieces(text) for token in tokens_of(piece)]


def pieces(text: str) -> list[str]:
    """Runs of letters in ``text`` in order, normalised: Latin words, and Chinese characters without anything between.

    >>> pieces("KV-Cache：键值缓存")
    ['kv', 'cache', '键值缓存']
    """
    found: list[str] = _PIECES.findall(without_accents(normal(text)))
    return found


def tokens_of(piece: str) -> list[str]:
    """The index tokens of one of :func:`pieces`."""
    if has_han(piece):
        return [piece[i : i + 2] for i in range(len(piece) - 1)] or [piece]
    return [stem_latin(piece)]


def content(question: str, *, structural: bool = False) -> str:
    """``question`` without its question and function words, each replaced by a space. Latin words keep their writing.

    With ``structural`` the words that titles are made of (核心概念, ``concepts``) are kept.

    Chinese is cut into words by jieba's dictionary first: 一致性 is not 一 + 致性, and 中 goes only where it stands
    alone.
    """
    lists = words()
    text = lists.phrases_zh.sub(" ", _CHAPTERS.sub(" ", unicodedata.normalize("NFKC", question)))
    text = re.sub(
        rf"[{HAN}]+",
        lambda m: "".join(
            " " if w in lists.function_zh and not (structural and w in lists.structural) else w
            for w in rjieba.cut(m.group())
        ),
        text,
    )
    return re.sub(
        rf"[{LATIN}]+(?:['’][A-Za-z]+)?",
        lambda m: (
            " "
            if m.group().lower() in lists.function_en
            and not _named(m)
            and not (structural and m.group().lower() in lists.structural)
            else m.group()
        ),
        text,
    )


def _named(match: re.Match[str]) -> bool:
    """Whether the writing says that a word is a name although it is a function word.

    The ``Call`` of ``a Function Call``, ``IS``.
    """
    word = match.group()
    return len(word) > 1 and (
        word.isupper()
        or (word[0].isupper() and bool(re.search(r"[a-z,]\s+$|[a-z]\s+[A-Z]\w+\s+$", match.string[: match.start()])))
    )


def counterparts(token_run: str) -> tuple[str, ...]:
    """Words of the other language for a general study word (stem or Chinese word); empty for all other words."""
    return words().across.get(token_run, ())


def study_words(text: str) -> list[str]:
    """The general study words in ``text`` that have a counterpart in the other language.

    As keys of :func:`counterparts`.
    """
    lists = words()
    low = normal(text)
    found = [stem_latin(w) for w in re.findall(r"[a-z]+", low) if stem_latin(w) in lists.across]
    for run in re.findall(rf"[{HAN}]+", low):
        start = 0
        while start < len(run):
            for size in (4, 3, 2):
                if run[start : start + size] in lists.across and len(run[start : start + size]) == size:
                    found.append(run[start : start + size])
                    start += size - 1
                    break
            start += 1
    return found


def language(text: str) -> str:
    """``zh`` where ``text`` contains Chinese function words or mostly Chinese letters, else ``en``.

    The language to answer in.

    An English question may quote a Chinese term (``layer 4 load balancing (四层负载均衡)``) and stays English; a
    Chinese question full of English names stays Chinese, because its function words are Chinese.
    """
    chinese = count_han(text)
    latin: list[str] = re.findall(r"[A-Za-z]+", text)
    small = sum(w.lower() in words().function_en for w in latin)
    if not chinese:
        return "en"
    if small >= 3 or (small >= 2 and chinese < 2 * len(latin)):
        return "en"
    return "zh"
