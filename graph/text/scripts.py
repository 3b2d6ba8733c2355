"""Scripts and languages of texts: the one place that knows which characters are Chinese and which are wide.

Everything follows from :data:`RANGES`, the Unicode ranges of the scripts that notes may be written in. Regular
expressions take :data:`HAN` or :data:`CJK` inside their brackets (``rf"[{HAN}]+"``); other code calls the functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Final


class Script(StrEnum):
    """A script, by its ISO 15924 code."""

    LATIN = "Latn"
    HAN = "Hani"
    """Chinese characters, Traditional and Simplified, also where Japanese uses them."""
    KANA = "Hrkt"
    """Hiragana and katakana."""
    HANGUL = "Hang"
    CYRILLIC = "Cyrl"
    GREEK = "Grek"
    ARABIC = "Arab"
    HEBREW = "Hebr"
    DEVANAGARI = "Deva"
    THAI = "Thai"


RANGES: Final[Mapping[Script, tuple[tuple[int, int], ...]]] = {
    Script.LATIN: (
        (0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2B8),
        (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA722, 0xA787), (0xFB00, 0xFB06), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A),
    ),
    Script.HAN: (
        (0x3005, 0x3005), (0x3007, 0x3007), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
    ),
    Script.KANA: (
        (0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F),
    ),
    Script.HANGUL: (
        (0x1100, 0x11FF), (0x3131, 0x318E), (0xA960, 0xA97C), (0xAC00, 0xD7A3), (0xD7B0, 0xD7FB), (0xFFA0, 0xFFDC),
    ),
    Script.CYRILLIC: ((0x400, 0x52F), (0x1C80, 0x1C8A), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)),
    Script.GREEK: ((0x370, 0x37D), (0x37F, 0x3E1), (0x3F0, 0x3FF), (0x1F00, 0x1FFE)),
    Script.ARABIC: (
        (0x620, 0x65F), (0x66E, 0x6D3), (0x6D5, 0x6EF), (0x6FA, 0x6FF), (0x750, 0x77F), (0x870, 0x8FF),
        (0xFB50, 0xFDFF), (0xFE70, 0xFEFC),
    ),
    Script.HEBREW: ((0x591, 0x5C7), (0x5D0, 0x5F4), (0xFB1D, 0xFB4F)),
    Script.DEVANAGARI: ((0x900, 0x963), (0x966, 0x97F), (0xA8E0, 0xA8FF)),
    Script.THAI: ((0xE01, 0xE3A), (0xE40, 0xE4E)),
}  # fmt: skip
"""Script → first and last code points of its letters and their marks (Unicode 16, ``Scripts.txt``), by code point.

Without digits and punctuation. Han includes the iteration mark 々 and the zero 〇, which occur inside words, and all of
planes 2 and 3, which are reserved for it. Letters that notes are not written in (phonetic, historic) are left out.
"""


def characters(*scripts: Script) -> str:
    """The letters of ``scripts`` for use inside the brackets of a regular expression, such as ``A-Za-z``."""
    return "".join(f"{chr(first)}-{chr(last)}" for script in scripts for first, last in RANGES[script])


HAN: Final = characters(Script.HAN)
"""Chinese characters, for use inside a regular expression's brackets."""
CJK: Final = characters(Script.HAN, Script.KANA, Script.HANGUL)
"""Letters of Chinese, Japanese and Korean, for use inside a regular expression's brackets."""
LATIN: Final = characters(Script.LATIN)
"""Latin letters with all accents that are in use (Šindel, Nguyễn), for use inside a regular expression's brackets."""
KATAKANA: Final = "\u30a1-\u30fa\u30fc\uff66-\uff9f"
"""Katakana, for use inside a regular expression's brackets."""
OTHER: Final = (
    "\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u0591-\u05f4\u0610-\u06ff\u0700-\u109f\u10a0-\u10ff\u1100-\u11ff"
    "\u1200-\u139f\u13a0-\u1cbf\u1f00-\u1fff\u2c80-\u2dff\u3131-\u318e\ua4d0-\ua4ff\ua640-\ua69f\ua800-\uabff"
    "\uac00-\ud7ff\ufb13-\ufdff\ufe70-\ufefc\uffa0-\uffdc"
)
"""Blocks of all alphabets and syllabaries but Latin, Han, kana and bopomofo, more than there are in :class:`Script`."""
WIDE: Final = (
    "\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
    "\U00020000-\U0003ffff"
)
"""Letters and punctuation of the CJK blocks that take two columns of a terminal (East Asian Width W and F, UAX #11)."""

_HAN_CHARACTER: Final = re.compile(f"[{HAN}]")
_HAN_RUN: Final = re.compile(f"[{HAN}]+")
_WIDE_CHARACTER: Final = re.compile(f"[{WIDE}]")
_FIRST_UNSPACED: Final = "\u2e80"
"""The first of the CJK blocks. All alphabets lie below."""


def has_han(text: str) -> bool:
    """Whether ``text`` contains a Chinese character."""
    return _HAN_CHARACTER.search(text) is not None


def han_runs(text: str) -> list[str]:
    """The runs of Chinese characters in ``text``, in order."""
    return _HAN_RUN.findall(text)


def count_han(text: str) -> int:
    """Number of Chinese characters in ``text``."""
    return sum(map(len, han_runs(text)))


def scripts_of(text: str) -> dict[Script, int]:
    """The scripts that ``text`` is written in, each with its number of letters; the most frequent first.

    Ties come in the order of :class:`Script`. Digits, punctuation and symbols belong to no script, so that the result
    for ``"3.5 %"`` is empty.

    >>> [script.name for script in scripts_of("LoRA は低秩適応です")]
    ['LATIN', 'HAN', 'KANA']
    """
    found = {script: sum(map(len, run.findall(text))) for script, run in _runs().items()}
    return dict(sorted(((script, n) for script, n in found.items() if n), key=lambda item: -item[1]))


@cache
def _runs() -> dict[Script, re.Pattern[str]]:
    return {script: re.compile(f"[{characters(script)}]+") for script in Script}


def is_spaced(char: str) -> bool:
    """Whether ``char`` is a letter or digit of a script that puts spaces between words: Latin, Greek, Cyrillic, Arabic.

    No name begins or ends inside a run of such characters. Chinese, Japanese and Korean are not among these scripts:
    the first two have no spaces, and Korean writes its particles onto the nouns.
    """
    return char.isalnum() and char < _FIRST_UNSPACED


_FENCED: Final = re.compile(r"^[ \t]*```.*?^[ \t]*```", re.DOTALL | re.MULTILINE)
_LATIN_WORD: Final = re.compile(r"(?<![\w/.:])[A-Za-z]{2,}(?![\w/:])")
_LANGUAGE_SAMPLE: Final = 200_000
"""Characters that are looked at."""


def language_of(text: str) -> str:
    """``zh`` if there are more Chinese characters than Latin words outside of code and addresses, else ``en``.

    A Chinese word is about two characters long, so one word in three must be Chinese: Chinese notes name many of their
    concepts in English.

    >>> language_of("LoRA 是一种 PEFT 方法，它冻结 base model 的权重。")
    'zh'
    """
    prose = _FENCED.sub("", text[:_LANGUAGE_SAMPLE])
    return "zh" if count_han(prose) > len(_LATIN_WORD.findall(prose)) else "en"


_SIZED_WORD: Final = re.compile(r"[A-Za-z0-9]+(?:[-'][A-Za-z0-9]+)*")


def text_size(text: str) -> int:
    """Length of ``text`` in Chinese characters; a Latin word counts two, since it takes about as long to read.

    >>> text_size("the self-attention of 模型")
    8
    """
    return count_han(text) + 2 * len(_SIZED_WORD.findall(text))


def columns(text: str) -> int:
    """Columns of ``text`` on a terminal: a wide character (:data:`WIDE`) takes two.

    >>> columns("LoRA 微调")
    9
    """
    return len(text) if text.isascii() else len(text) + len(_WIDE_CHARACTER.findall(text))
