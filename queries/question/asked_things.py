"""The things that a question asks about, cut out of its wording: ``How is A related to B?`` asks about A and B."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from graph.text.scripts import HAN
from queries.question.model import QuestionKind
from queries.question.plan import wording
from queries.question.words import language

_TRAILING: Final = re.compile(
    r"(?<=.)在[^，,]{1,12}(?:里面|里|中)$|(?:这|那|此)(?:种|个|类|些|样|一).*$|(?:的)?(?:概念|定义|含义|意思|原理|架构|算法|技术|方法|模型|协议|问题)$|(?:之间|各自|分别|到底|究竟|主要|具体)+$|(?:谁|哪个|哪一个)更.*$"
)
_FURTHER: Final = re.compile(
    r"\s+(?:as|in|for|that|which|who|according|from|when|with respect|regarding)\s.*$", re.IGNORECASE
)
"""What an English question says about its object after naming it."""
_LEADING: Final = re.compile(
    r"^(?:.{1,8}(?:里|中)(?:面)?所?(?:说|讲|提到|介绍|定义|用)的\s*|请问|请|那么|一下|所谓|对比|比较|想|我|要|哪(?:几|些|一)?[个种类款]?"
    r"|(?:an?|the|some|plain|idea of|concept of)\s+)+",
    re.IGNORECASE,
)
_GLOSS: Final = re.compile(r"[（(]([^（）()]{1,60})[)）]")
_EDGES: Final = " \t\"'“”‘’「」《》、:："
_WHOLE: Final = re.compile(rf"[A-Za-z0-9{HAN}]")


@dataclass(frozen=True, slots=True)
class Asked:
    """A thing that a question asks about."""

    text: str
    """As the question writes it, without articles and without its gloss."""
    glosses: tuple[str, ...]
    """What is behind it in parentheses: the same thing by another name."""
    start: int
    end: int
    """Where it is in the question, gloss and all."""


def asked_objects(question: str, kind: QuestionKind) -> list[Asked]:
    """The things that ``question`` names as what it asks about, in its order; empty where its wording fits no pattern.

    >>> [a.text for a in asked_objects("How is a tide (潮汐) related to the moon?", QuestionKind.RELATION)]
    ['tide', 'moon']
    """
    for one in wording().objects.get((kind, language(question)), ()):
        match = one.search(question)
        if match:
            spans = [match.span(name) for name, value in match.groupdict().items() if value]
            return [a for start, end in sorted(spans) if (a := _asked(question, start, end)) is not None]
    return []


def _asked(question: str, start: int, end: int) -> Asked | None:
    """The object in ``question[start:end]``; None where nothing is left of it."""
    raw = question[start:end]
    glosses = tuple(g.strip() for g in _GLOSS.findall(raw))
    text = _GLOSS.sub(" ", raw).strip(_EDGES)
    text = _FURTHER.sub("", _LEADING.sub("", re.sub(r"\s+", " ", text))).strip(_EDGES)
    shorter = _TRAILING.sub("", text).strip(_EDGES)
    text = shorter if len(shorter) >= 2 else text
    return Asked(text, glosses, start, end) if _WHOLE.search(text) else None
