"""What full-text search looks for: words of Latin and other spaced scripts, single characters and pairs of Chinese.

Every store cuts texts and questions with these two functions, so that they find the same passages. Chinese is not
segmented: a dictionary that cuts 参数高效微调 one way in the notes and another way in the question would find nothing,
pairs of characters always do (the same reason as for Lucene's CJK analyzer). Traditional characters are looked for as
Simplified ones.
"""

from __future__ import annotations

import re
import unicodedata
from operator import add
from typing import Final

from graph.text.names import simplified
from graph.text.scripts import CJK

MAX_LENGTH: Final = 64
"""Characters of a word that count; a longer one is data (base64, a hash), not language."""
MAX_QUERY_TERMS: Final = 200
"""Different terms of a question that are looked for: more would be a pasted page, and is searched by its beginning."""

_PIECE: Final = re.compile(rf"([{CJK}]+)|([^\W_{CJK}]+)([+#]*)|([^\w\s\x00-\x7f])")
_ONE_CJK: Final = re.compile(f"[{CJK}]")


def _pieces(text: str) -> list[tuple[str, str, str, str]]:
    """(CJK run, word, its ``+`` and ``#``, symbol) in the order of ``text``.

    Just one of run, word and symbol is not empty.
    """
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _PIECE.findall(simplified(unicodedata.normalize("NFKC", folded.casefold())))


def _is_word(symbol: str) -> bool:
    """Whether a character that is not a letter is worth looking for: → ∑ 😀 are, punctuation is not."""
    return unicodedata.category(symbol).startswith("S")


def index_terms(text: str) -> list[str]:
    """The terms that ``text`` can be found by, in its order, repeated as often as they appear there.

    A run of n Chinese characters has n terms: its pairs and its last character. So each character begins one term, and
    a single one is found by :func:`is_prefix` without terms of its own, which would double the index.

    >>> index_terms("LoRA 微调法 C++")
    ['lora', '微调', '调法', '法', 'c', 'c++']
    """
    terms: list[str] = []
    for run, word, suffix, symbol in _pieces(text):
        if run:
            terms.extend(map(add, run, run[1:]))
            terms.append(run[-1])
        elif word:
            terms.append(word[:MAX_LENGTH])
            if suffix:
                terms.append(word[:MAX_LENGTH] + suffix[:2])
        elif _is_word(symbol):
            terms.append(symbol)
    return terms


def query_terms(text: str) -> list[str]:
    """The different terms to look for when a person asks for ``text``, in its order: at most :data:`MAX_QUERY_TERMS`.

    Single Chinese characters between other words (LoRA 和 QLoRA) are grammar; they are looked for only where there is
    nothing else.

    >>> query_terms("微调法和C++"), query_terms("图 C"), query_terms("图")
    (['微调', '调法', '法和', 'c++'], ['c'], ['图'])
    """
    terms: dict[str, None] = {}
    for run, word, suffix, symbol in _pieces(text):
        if run:
            terms |= dict.fromkeys(map(add, run, run[1:])) if len(run) > 1 else {run: None}
        elif word:
            terms[word[:MAX_LENGTH] + suffix[:2]] = None
        elif _is_word(symbol):
            terms[symbol] = None
        if len(terms) >= MAX_QUERY_TERMS:
            break
    wanted = [term for term in terms if not is_prefix(term)] or list(terms)
    return wanted[:MAX_QUERY_TERMS]


def is_prefix(term: str) -> bool:
    """Whether ``term`` of a question stands for all terms that begin with it: a single Chinese character does."""
    return len(term) == 1 and _ONE_CJK.match(term) is not None
