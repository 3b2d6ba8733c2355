"""What full-text search looks for: words of Latin and other spaced scripts, single characters and pairs of Chinese.

Every store cuts texts and questions with these two functions, so that they find the same passages. Chinese is not segmented:
a dictionary that cuts 参数高效微调 one way in the notes and another way in the question would find nothing, pairs of
characters always do (the same reason as for Lucene's CJK analyzer).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

MAX_LENGTH: Final = 64
"""Characters of a word that count; a longer one is data (base64, a hash), not language."""
MAX_QUERY_TERMS: Final = 200
"""Different terms of a question that are looked for: more would be a pasted page, and is searched by its beginning."""

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE: Final = re.compile(rf"([{_CJK}]+)|([^\W_{_CJK}]+)([+#]*)|([^\w\s\x00-\x7f])")


def _pieces(text: str) -> Iterator[tuple[str, str, str, str]]:
    """(CJK run, word, its ``+`` and ``#``, symbol) in the order of ``text``; one of run, word and symbol is not empty."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    for found in _PIECE.finditer(folded):
        yield found[1] or "", (found[2] or "")[:MAX_LENGTH], (found[3] or "")[:2], found[4] or ""


def index_terms(text: str) -> list[str]:
    """The terms that ``text`` can be found by, in its order, repeated as often as they stand there.

    >>> index_terms("LoRA 微调 C++")
    ['lora', '微', '调', '微调', 'c', 'c++']
    """
    terms: list[str] = []
    for run, word, suffix, symbol in _pieces(text):
        if run:
            terms += run
            terms += (a + b for a, b in pairwise(run))
        elif word:
            terms.append(word)
            if suffix:
                terms.append(word + suffix)
        elif unicodedata.category(symbol).startswith("S"):
            terms.append(symbol)
    return terms


def query_terms(text: str) -> list[str]:
    """The different terms to look for when a person asks for ``text``, in its order: at most :data:`MAX_QUERY_TERMS`.

    >>> query_terms("微调 C++ 图")
    ['微调', 'c++', '图']
    """
    terms: dict[str, None] = {}
    for run, word, suffix, symbol in _pieces(text):
        if len(run) > 1:
            terms |= dict.fromkeys(a + b for a, b in pairwise(run))
        elif symbol:
            if unicodedata.category(symbol).startswith("S"):
                terms[symbol] = None
        else:
            terms[run or word + suffix] = None
        if len(terms) >= MAX_QUERY_TERMS:
            break
    return list(terms)[:MAX_QUERY_TERMS]
