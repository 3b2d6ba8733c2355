"""Numbers before a text (``3.2.1``, ``①``, ``第一种：``, ``Q1:``) and texts that are questions."""

from __future__ import annotations

import re

from graph.text.questions import is_question as is_question
from graph.text.scripts import HAN

_NUM = "一二三四五六七八九十百零〇两"
_NUMBER = re.compile(
    rf"""\s*(?:
      第\s*(?:[{_NUM}]{{1,4}}|\d{{1,3}})\s*(?:[章节讲课篇回卷]|部分|单元)(?:\s*[:：、.．\-—]\s*|\s+|$)
    | 第\s*(?:[{_NUM}]{{1,4}}|\d{{1,3}})\s*(?:[种类步个点条层代项天周级期]|阶段|方面|大类|部分|方式|方法)?\s*[:：、]\s*
    | [{_NUM}]{{1,3}}\s*[、.．:：]\s*(?![{_NUM}]{{1,2}}[、和与])
    | [（(]\s*(?:[{_NUM}]{{1,3}}|\d{{1,3}}|[a-hA-H]|[ivx]{{1,4}})\s*[）)]\s*[、.．:：]?\s*
    | \d{{1,3}}(?:\.\d{{1,3}}){{1,4}}(?:[.、．）)]\s*|\s*[:：]\s*|\s+|(?=[{HAN}]))
      (?![倍%亿万千个位倍比版年月日]|[GMKTB]B?\b)
    | \d{{1,3}}\s*(?:[、．.）)](?!\d)\s*|[:：](?![\d/])\s*)
    | [\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf]\s*[、.．:：]?\s*
    | [QqAa]\d{{0,3}}\s*[:：]\s* | [Qq]\d{{1,3}}[.、]\s*
    | (?:问题|题目|步骤|阶段|方法|方案|要点|痛点)\s*(?:\d{{1,3}}|[{_NUM}]{{1,3}})\s*[:：、.．]\s*
    | (?i:question|step|stage|phase|part|chapter|section|lesson|week|day|rule|tip|module)\s+
      (?:\d{{1,3}}|[IVX]{{1,4}}|[a-d])\s*[:：.、—–\-]\s*
    | [a-hA-H](?:[)）]\s*|、(?![A-Za-z](?![A-Za-z]))\s*|[.．]\s+) | (?:I{{1,3}}|IV|VI{{0,3}}|IX|X)[.、]\s*(?=\S)
    )""",
    re.VERBOSE,
)
_WORD = re.compile(r"[^\W_]")
_BARE = re.compile(rf"\s*(\d{{1,2}})\s+(?=[A-Z{HAN}])(?![个种类大点步条层项次年月日周天分位倍台张块])")
_DECIMAL = re.compile(r"\s*(?:0|\d+\.0|\d{3,})\.")
_KIND = re.compile(
    r"\d+|[" + _NUM + r"]+|[\u2460-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf]|[a-zA-Z](?=[)）.．、])"
)


def cut_number(text: str, *, heading: bool = False) -> tuple[str, int]:
    """Return the numbering at the start of ``text``, without spaces around it, and how many characters to cut for it.

    A text that is nothing but a number keeps it: ``("", 0)``. In a ``heading`` a number alone counts too: ``2 方法``.

    >>> cut_number("3.2.1 前缀微调")
    ('3.2.1', 6)
    >>> cut_number("3.5 倍")
    ('', 0)
    """
    match = _NUMBER.match(text) or (_BARE.match(text) if heading else None)
    if match is None or not _WORD.search(text, match.end()) or _DECIMAL.match(text):
        return "", 0
    return match.group().strip(), match.end()


def number_style(number: str) -> str:
    """The shape of a numbering, equal for those that count the same list: ``1、`` and ``12、`` but not ``1)``."""
    return _KIND.sub(lambda m: "1" if m.group()[0].isdigit() and m.group().isascii() else "n", number)


def only_counts(number: str) -> bool:
    """Whether a text loses nothing with this numbering: ``1.``, ``（一）``, ``Q1:`` and ``IV.``.

    ``第一步：`` and ``Step 2:`` are words, and a bare ``3.5`` may be a quantity.
    """
    return _WORDED.search(number) is None and _QUANTITY.fullmatch(number) is None


_WORDED = re.compile(rf"(?![{_NUM}])[{HAN}]|[A-Za-z][a-z]{{2}}")
_QUANTITY = re.compile(r"\d+(?:\.\d+)+")
