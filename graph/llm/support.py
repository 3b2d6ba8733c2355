"""Whether lines of the notes support a sentence that a language model wrote, by simple checks.

No entailment model is at hand, so what is checked is what can be checked without one: the sentence says hardly anything
that the lines do not, no number that is not in them, and denies nothing that they state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from graph.text.frequency import zipf
from graph.text.names import comparable
from graph.text.scripts import HAN

LEAST: Final = 0.55
"""Share of a sentence's content that the cited lines contain."""
_WORD: Final = re.compile(r"[a-z][a-z0-9+#'-]*[a-z0-9+#]|[a-z]")
_HAN_RUN: Final = re.compile(f"[{HAN}]+")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_COMMON: Final = 5.3
"""Zipf frequency from which an English word is no content: the, with, most."""
_FILLING: Final = frozenset("的了是在和与或也就都而及其这那它们之为以被把对从到用有可不会能中上下个种")
_DENIED: Final = re.compile(
    r"不|没有|无法|并非|未|\b(?:not|never|no|none|cannot|without|neither|nor)\b|n['’]t\b", re.IGNORECASE
)
_NO_DENIAL: Final = re.compile(r"不仅|不但|不只|不同|不断|\bnot only\b", re.IGNORECASE)


def content_of(text: str) -> set[str]:
    """What ``text`` is about: its English words but the common ones, and pairs of Chinese characters."""
    plain = comparable(text).lower()
    found = {word for word in _WORD.findall(plain) if zipf(word, "en") < _COMMON}
    for run in _HAN_RUN.findall(plain):
        pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        found.update(pair for pair in pairs if not set(pair) & _FILLING)
    return found


def share_supported(sentence: str, lines: Sequence[str]) -> float:
    """The share, 0 to 1, of the content of ``sentence`` that ``lines`` contain; 1 where it has none.

    A word counts as there in any of its endings (cache, cached, caching).
    """
    wanted = content_of(sentence)
    if not wanted:
        return 1.0
    there = content_of(" ".join(lines))
    stems = {_stem(word) for word in there}
    return sum(word in there or _stem(word) in stems for word in wanted) / len(wanted)


def is_supported(sentence: str, lines: Sequence[str]) -> bool:
    """Whether ``lines`` support ``sentence``.

    >>> is_supported("LoRA freezes the weights.", ["LoRA freezes the pretrained weights of a model."])
    True
    >>> is_supported("LoRA was published in 2021.", ["LoRA freezes the pretrained weights of a model."])
    False
    """
    text = " ".join(lines)
    numbers = set(_NUMBER.findall(text))
    if any(number not in numbers for number in _NUMBER.findall(sentence)):
        return False
    if _denies(sentence) and not _denies(text):
        return False
    return share_supported(sentence, lines) >= LEAST


def _denies(text: str) -> bool:
    return bool(_DENIED.search(_NO_DENIAL.sub("", text)))


def _stem(word: str) -> str:
    """The first letters of an English word, without what endings change; a Chinese pair itself."""
    return word[: max(4, len(word) - 3)] if word.isascii() and len(word) > 4 else word
