"""How names are compared: one folded key for every writing of the same name.

Names keep the writing of the notes wherever people see them. Only keys are compared, so that ``Self-Attention``, ``self
attention`` and ``ＳＥＬＦ－ＡＴＴＥＮＴＩＯＮ`` are one name, and so are 機器學習 and 机器学习, while ``C``, ``C++``
and ``C#`` stay three.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from graph.text.scripts import has_han, is_spaced

_DROPPED = re.compile(r"[^\w+#]+|_+", re.UNICODE)
_IDEOGRAPHS: Final = re.compile("[\u4e00-\u9fff]+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=200_000)
def fold(name: str) -> str:
    """Return the key by which ``name`` is compared.

    NFKC, casefold, Simplified characters, and no spaces, hyphens or punctuation; ``+`` and ``#`` stay because they tell
    C, C++ and C# apart. Folding is idempotent. A name made of punctuation alone is its own key (NFKC, casefolded,
    stripped), so no two different such names collide on the empty string.

    >>> fold("Low-Rank Adaptation") == fold("low rank adaptation")
    True
    >>> fold("機器學習")
    '机器学习'
    """
    return folded(name)


def folded(name: str) -> str:
    """As :func:`fold`, for callers that keep the result themselves."""
    if name.isascii():  # NFKC and Simplified characters change nothing
        text = name.lower()
    elif _IDEOGRAPHS.fullmatch(name):  # nor NFKC and case these
        text = _simplified_han(name)
    else:
        text = simplified(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()))
    return text if text.isalnum() else _DROPPED.sub("", text) or text.strip()


def valid_unicode(text: str) -> str:
    """``text`` with U+FFFD for each lone surrogate, which Python makes of bytes that are no UTF-8."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def names_within(inner: str, outer: str) -> bool:
    """Whether ``inner`` is a part of the name ``outer`` that begins and ends where words do.

    Spaces and hyphens do not count. Letters and digits of one script run together are one word: CD20 is not
    within CD200, IgG not within IgG4. Chinese has no such borders.

    >>> names_within("attention", "self-attention"), names_within("CD20", "CD200"), names_within("学习", "机器学习")
    (True, False, True)
    """
    short = fold(inner)
    long, edges = with_edges(outer)
    if len(short) < 2 or short == long:
        return False
    start = long.find(short)
    while start >= 0:
        if start in edges and start + len(short) in edges:
            return True
        start = long.find(short, start + 1)
    return False


def letters_of(name: str) -> str:
    """``name`` as :func:`names_within` looks for others in it: what is not in it as folded is not within it."""
    return with_edges(name)[0]


@lru_cache(maxsize=100_000)
def with_edges(name: str) -> tuple[str, frozenset[int]]:
    """The folded name and the offsets in it at which a word may begin or end.

    A plural s is not a part of the word before it.
    """
    text, edges = "", {0}
    for word in re.findall(r"[^\W_+#]+[+#]*|[+#]+", unicodedata.normalize("NFKC", name)):
        key = fold(word)
        for number, char in enumerate(key):
            if number and not (is_spaced(char) and is_spaced(key[number - 1])):
                edges.add(len(text) + number)
        text += key
        edges.add(len(text))
        if len(key) > 3 and key.endswith("s") and is_spaced(key[-2]):
            edges.add(len(text) - 1)
    return text, frozenset(edges)


def fold_with_offsets(text: str) -> tuple[str, list[int]]:
    """``text`` as :func:`fold` folds names, and the offset in ``text`` that each character of the result comes from.

    Characters are folded one by one, so a letter and a combining mark behind it stay two.

    >>> fold_with_offsets("KV-缓存")
    ('kv缓存', [0, 1, 3, 4])
    """
    out: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text):
        for piece in _folded_character(character):
            out.append(piece)
            offsets.append(offset)
    return "".join(out), offsets


@lru_cache(maxsize=20_000)
def _folded_character(character: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    return _DROPPED.sub("", simplified(folded))


_JOINERS: Final = {ord(c): " " for c in "-‐‑‒–—_－＿\t\n\u3000"}
_HALF_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_APOSTROPHES: Final = {ord(c): "'" for c in "’ʼ＇"}
COMPARABLE: Final = str.maketrans(_HALF_WIDTH | _JOINERS | _APOSTROPHES)
"""Code point → what :func:`comparable` writes for it."""


def comparable(text: str) -> str:
    """``text`` as names are looked for in it: of the same length, so offsets carry over.

    In lower case, half width and Simplified characters, with a space for each hyphen, dash, underscore and line break
    and a straight apostrophe for each curly one.

    >>> comparable("Ｋｖ－缓存　A_B")
    'kv 缓存 a b'
    """
    mapped = simplified(text).translate(COMPARABLE)
    lower = mapped.lower()
    return lower if len(lower) == len(mapped) else "".join(c.lower() if len(c.lower()) == 1 else c for c in mapped)


def simplified(text: str) -> str:
    """``text`` with each Traditional character replaced by the Simplified one.

    Of the same length, so offsets carry over.

    Character by character, as names are short and only compared: where one Traditional character has several Simplified
    ones, the most usual is taken, whatever appears around it. Words that differ by region (網路, 网络) stay different.
    """
    return text if text.isascii() or not has_han(text) else _simplified_han(text)


def _simplified_han(text: str) -> str:
    """As :func:`simplified`, for texts with Chinese characters."""
    # Looking takes a third of the time of translate().
    return text if _traditional().isdisjoint(text) else text.translate(simplified_characters())


@cache
def _traditional() -> frozenset[str]:
    """The Traditional characters that have a Simplified one."""
    return frozenset(map(chr, simplified_characters()))


@cache
def simplified_characters() -> Mapping[int, str]:
    """Code point of a Traditional character → its Simplified one, from the table that OpenCC carries.

    Read once (about 10 ms).

    The file is read without importing the package, which would load the dictionaries of phrases as well.
    """
    spec = find_spec("opencc")
    if spec is None or not spec.submodule_search_locations:
        msg = "the package opencc-python-reimplemented, whose table of characters is used, is not installed"
        raise ImportError(msg)
    path = Path(next(iter(spec.submodule_search_locations))) / "dictionary" / "TSCharacters.txt"
    pairs = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line)
    table = {traditional: others.split(" ")[0] for traditional, others in pairs}
    table = {
        one: table.get(other, other) for one, other in table.items()
    }  # one row leads to another: folding twice must change nothing
    return {ord(one): other for one, other in table.items() if len(one) == len(other) == 1 and one != other}
