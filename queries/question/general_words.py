"""Words that ask for a sort of statement (``purpose``, 步骤), which notes make without the word.

``It stabilises training`` tells a purpose. Nothing follows from the absence of such a word, and a name of nothing but
such words names no subject of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from importlib.resources import files
from typing import Final

import rjieba

from graph.text.scripts import HAN, has_han
from queries.question.words import content, stem_latin

_HAN_RUN: Final = re.compile(rf"[{HAN}]+")
_LATIN_WORD: Final = re.compile(r"[A-Za-z-]+")


@lru_cache(maxsize=1)
def general_words() -> frozenset[str]:
    """The words of ``general_words.txt``, Latin ones stemmed; loaded once, nothing is read at import."""
    lines = (files("queries.question") / "general_words.txt").read_text(encoding="utf-8").splitlines()
    listed = " ".join(line for line in lines if not line.startswith("#")).split()
    return frozenset(w if has_han(w) else stem_latin(w) for w in listed)


def specific(text: str) -> str:
    """What ``text`` says besides function words and general words; blank where it says nothing else.

    >>> specific("the main drawback").strip(), specific("训练方法").strip()
    ('', '训练')
    """
    general = general_words()
    left = content(text)
    left = _LATIN_WORD.sub(lambda m: " " if stem_latin(m.group().lower()) in general else m.group(), left)
    return _HAN_RUN.sub(lambda m: "".join(_shorter(w, general) for w in rjieba.cut(m.group())), left)


def _shorter(word: str, general: Collection[str]) -> str:
    """A Chinese word without the general word that it is or ends in: 训练 of 训练方法."""
    at = next((n for n in range(len(word) - 1) if word[n:] in general), len(word))
    return word[:at] or " "
