"""Whether what was typed as a question is markup or code."""

from __future__ import annotations

import re
from typing import Final

from graph.text.scripts import HAN
from queries.question.words import words

_SYMBOLS: Final = 0.12
"""Share of the characters, spaces aside, from which on brackets and operators make a text code."""
FEWEST: Final = 3
"""Fewer symbols are part of a name (``pass@k``)."""
_SENTENCE: Final = 3
"""English words that a question has at least around the markup that it asks about."""
_CHINESE: Final = 2
"""Chinese characters that it has at least."""

_MARKUP: Final = re.compile(
    r"```.*?(?:```|$)|`[^`]*`|<(script|style)\b.*?</\1>|<!--.*?-->|</?[A-Za-z!][^<>]*>|!?\[[^\]]*\]\([^)]*\)|"
    r"\$\$.*?\$\$|\$[^$\n]+\$|\\[A-Za-z]+(?:\{[^{}]*\})*|^\s*\|.*\|\s*$",
    re.DOTALL | re.MULTILINE,
)
_STATEMENT: Final = re.compile(
    r"^\s*(?:import\s+\w[\w.]*(?:\s+as\s+\w+)?\s*;?|from\s+[\w.]+\s+import\b.*|(?:async\s+)?def\s+\w+\s*\(.*|class\s+\w+\s*[(:{].*|"
    r"function\s*\w*\s*\(.*|(?:const|let|var)\s+\w+\s*=.*|#include\s*[<\"].*|(?:SELECT|INSERT|UPDATE|DELETE)\b.+\b(?:FROM|INTO|SET)\b.*|"
    r"[\w.]+\s*(?:\[[^\]]*\])?\s*[+*/-]?=\s*[^=\s].*[^?？]|[\w.]+\((?:[^()]*\)\s*;|[^()]+\))|[}\])]+;?)\s*$"
)
_SYMBOL: Final = re.compile(r"\"\s*:|[{}\[\]<>=;|\\$`*_^&~@#]|\(\)|::|->")
_HAN: Final = re.compile(rf"[{HAN}]")
_QUESTION: Final = re.compile(
    r"[?？]\s*$|^\s*(?:what|which|who|why|how|when|where|is|are|does|do|can)\b", re.IGNORECASE
)
_WORD: Final = re.compile(r"[A-Za-z]{2,}(?:['’][a-z]+)?")


def is_markup(question: str) -> bool:
    """Whether ``question`` is markup or code rather than a question, even one about markup or code.

    >>> is_markup("<b>bread</b>"), is_markup("What does <b> do in HTML?")
    (True, False)
    """
    rest = _MARKUP.sub(" ", question)
    lines = [line for line in rest.splitlines() if line.strip()]
    prose = " ".join(line for line in lines if not _STATEMENT.match(line))
    tight = re.sub(r"\s", "", question)
    coded = len(prose.strip()) < len(question.strip()) and prose.strip() != question.strip()
    signs = [len(m) for m in _SYMBOL.findall(tight)]
    symbols = len(signs) >= FEWEST and sum(signs) >= _SYMBOLS * len(tight)
    if symbols and not coded:
        return not _QUESTION.search(question) and len(_HAN.findall(question)) < _CHINESE
    return coded and not _asks(prose)


def _asks(prose: str) -> bool:
    """Whether there is a sentence in it: some words, one of them a function word, or some Chinese."""
    english = _WORD.findall(prose)
    small = any(w.lower() in words().function_en for w in english)
    return len(_HAN.findall(prose)) >= _CHINESE or (len(english) >= _SENTENCE and small)
