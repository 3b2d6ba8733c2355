"""Japanese, which is written without spaces: words are found at the changes between kanji, katakana and hiragana."""

from __future__ import annotations

import re
from typing import Final

from graph.text.scripts import Script, characters, count_han

KANA: Final = re.compile(f"[{characters(Script.KANA)}]")
_SHARE: Final = 0.15
"""Least share of kana among kana and Chinese characters of a Japanese text; Chinese notes quote a word at most."""
_QUESTION: Final = re.compile(
    r"(?:とは(?:何か|なに|なにか|何ですか|何でしょうか)?|(?:です|ます|でしょう|ません|[何誰の])か|なぜか)[?？。.]?$"
    rf"|[{characters(Script.HAN, Script.KANA)}]か[。.]$"
)
_VERB: Final = re.compile("[\u3041-\u3096]")
_SURU: Final = re.compile("(?:する|した|して|しな|され|させ|でき)")


def is_japanese(text: str) -> bool:
    """Whether ``text`` is Japanese rather than Chinese: kana are among its characters in number.

    >>> is_japanese("光合成は植物の働きである。"), is_japanese("光合作用是植物的过程。")
    (True, False)
    """
    kana = len(KANA.findall(text))
    return kana > 1 and kana >= _SHARE * (kana + count_han(text))


def is_verb(text: str, start: int, end: int) -> bool:
    """Whether the kanji ``text[start:end]`` are the stem of a verb or adjective (使う, 利用する)."""
    if end - start == 1:
        return _VERB.match(text, end) is not None
    return _SURU.match(text, end) is not None


def is_question(text: str) -> bool:
    """Whether ``text`` asks: it ends with とは, とは何か, ですか and the like.

    >>> is_question("光合成とは何か"), is_question("光合成とは、植物の働きである。")
    (True, False)
    """
    return _QUESTION.search(text.strip()) is not None
