"""Numbers before a text (``3.2.1``, ``①``, ``第一种：``, ``Q1:``) and texts that are questions."""

from __future__ import annotations

import re

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


_QUESTION_END = re.compile(r"[?？][\s*!！]*$")
_QUESTION_ZH = re.compile(
    r"(?:请|请你|你能|能否|能不能|可以)?(?:简述|简要介绍|简单介绍|介绍一下|简单\s*介绍|解释一下|描述一下|谈谈|说说|讲讲|讲一下|说一下|聊聊|对比一下|列举)"
    r"|请(?:简要|详细|简单)?(?:介绍|解释|说明|描述|比较|分析)"
    r"|什么是|什么叫|什么时候|什么情况|为什么|为啥|为何|如何|怎么|怎样|何谓|何时|哪些|哪种|哪个|是否|有没有|能不能|能否|你(?:是否|如何|怎么|了解|知道|用过)"
)
_QUESTION_ZH_END = re.compile(
    r"(?:是什么|是啥|指什么|做什么|有哪些|有什么(?:区别|不同|优点|缺点|优势|问题|作用|好处|特点|用)?|有哪些[^，。；、]{1,8}|什么区别|哪几种|怎么办|怎么做|怎么样|为什么|多少|吗|咋选|怎么选|怎么回事)[。.]?$"
)
_TASK_ZH = re.compile(r"(?:详细|简要|具体)?(?:描述|解释|讨论|阐述|简述|概述|论述)(?![器符性子区员者])\S{2,}")
_QUESTION_EN = re.compile(
    r"(?:what|why|how|which|who|whom|whose|when|where)(?:'s|’s)?\s+\w|(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have)\s+(?:\w+\s+){2,}",
    re.IGNORECASE,
)
_STEM_LIMIT = 60


def is_question(text: str, *, heading: bool = False) -> bool:
    """Whether ``text`` asks something: it ends with a question mark, or is short and begins or ends like a question.

    Tasks of an examination (描述…, 解释…) count as questions where they are headings. English sentences begin with "When …" or
    "What …" without asking, so that in running text only the mark counts there; a ``heading`` (or list item) that begins so is a
    question.
    """
    if _QUESTION_END.search(text, max(0, len(text) - 12)):
        return True
    if len(text) > _STEM_LIMIT * (2 if text.isascii() else 1) or any(mark in text[:-1] for mark in "。：？?"):
        return False
    if _QUESTION_ZH.match(text) or _QUESTION_ZH_END.search(text):
        return heading or not text.endswith(("，", "；", ";", ","))
    if heading and _TASK_ZH.match(text):
        return True
    return heading and _QUESTION_EN.match(text) is not None and not text.endswith((".", ":", ";"))
