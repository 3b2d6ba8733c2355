"""Texts that ask instead of stating something, in Chinese, English and Japanese."""

from __future__ import annotations

import re

from graph.text import japanese

_QUESTION_END = re.compile(r"[?？][\s*!！]*$")
_QUESTION_ZH = re.compile(
    r"(?:请|请你|你能|能否|能不能|可以)?(?:简述|简要介绍|简单介绍|介绍一下|简单\s*介绍|解释一下|描述一下|谈谈|说说|讲讲|讲一下|说一下|聊聊|对比一下|列举)"
    r"|请(?:简要|详细|简单)?(?:介绍|解释|说明|描述|比较|分析)"
    r"|什么是|什么叫|什么时候|什么情况|为什么|为啥|为何|如何|怎么|怎样|何谓|何时|哪些|哪种|哪个|是否|有没有|能不能|能否|你(?:是否|如何|怎么|了解|知道|用过)"
)
_QUESTION_ZH_END = re.compile(
    r"(?:是什么|是啥|指什么|做什么|有哪些|有什么(?:区别|不同|优点|缺点|优势|问题|作用|好处|特点|用)?|有哪些[^，。；、]{1,8}|什么区别|哪几种|怎么办|怎么做|怎么样|为什么|多少|吗"
    r"|咋选|怎么选|怎么回事)[。.]?$"
)
_TASK_ZH = re.compile(r"(?:详细|简要|具体)?(?:描述|解释|讨论|阐述|简述|概述|论述)(?![器符性子区员者])\S{2,}")
_QUESTION_EN = re.compile(
    r"(?:what|why|how|which|who|whom|whose|when|where)(?:'s|’s)?\s+\w|(?:is|are|was|were|do|does|did|can|could"
    r"|should|would|will|has|have)\s+(?:\w+\s+){2,}",
    re.IGNORECASE,
)
_STEM_LIMIT = 60


def is_question(text: str, *, heading: bool = False) -> bool:
    """Whether ``text`` asks something: it ends with a question mark, or is short and begins or ends like a question.

    Tasks of an examination (描述…, 解释…) count as questions where they are headings. English sentences begin with
    "When …" or "What …" without asking, so that in running text only the mark counts there; a ``heading`` (or list
    item) that begins so is a question.
    """
    if _QUESTION_END.search(text, max(0, len(text) - 12)) or japanese.is_question(text[-24:]):
        return True
    if len(text) > _STEM_LIMIT * (2 if text.isascii() else 1) or any(mark in text[:-1] for mark in "。：？?"):
        return False
    if _QUESTION_ZH.match(text) or _QUESTION_ZH_END.search(text):
        return heading or not text.endswith(("，", "；", ";", ","))
    if heading and _TASK_ZH.match(text):
        return True
    return heading and _QUESTION_EN.match(text) is not None and not text.endswith((".", ":", ";"))


_TASK = re.compile(
    r"^\W*(?:\d+\W+)?(?:请(?!求|注意)|讨论|(?:详细|简要|简单)?描述|解释|简述|阐述|概述|论述|谈谈|说说|列举|编写"
    r"|(?:describe|explain|discuss|define|identify|outline|summari[sz]e|compare and|write a)\b)"
    r"(?!了|性|[器符子区员者])",
    re.IGNORECASE,
)
"""A sentence that sets a task instead of stating something."""


def is_task(text: str) -> bool:
    """Whether ``text`` sets a task instead of stating something.

    >>> is_task("Describe the water cycle."), is_task("It describes the water cycle.")
    (True, False)
    """
    return _TASK.match(text) is not None
