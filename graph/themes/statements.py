"""Which lines of notes are sentences that state something."""

from __future__ import annotations

import re
from statistics import median
from typing import Final

from graph.model import LineKind
from graph.text.questions import is_question
from graph.text.scripts import HAN, columns

_STATED: Final = frozenset({LineKind.TEXT, LineKind.ITEM, LineKind.QUOTE})
_WHOLE: Final = 70
"""A shorter line without a full stop is a title or an item, in columns."""
_SHORT: Final = 12
_NOT_SHORT: Final = 20
"""A list of names has parts of so many columns at most, half of them of ``_SHORT``."""
_LEAST_SAID: Final = 18
"""Columns of text outside of brackets that a statement has at least."""
_LEAST_LETTERS: Final = 0.6
"""Share of letters and digits below which a line is code or a formula."""
_NO_LETTER: Final = re.compile(r"[\W_]+")
_STOPS: Final = ".!;。！；…"
_CLOSING: Final = " *_\"'”’）)」』]】"
_ANNOUNCES: Final = re.compile(
    r"如下|以下(?:是|为|列|介绍|几|内容|方面|步骤)|^(?:以下|下面|下列)|下面(?:是|列|介绍|给出|的)|见下(?:文|表|图)"
    r"|\bas follows\b|\bthe following\b|\b(?:listed|shown|given|described|see) below\b",
    re.IGNORECASE,
)
_TASK: Final = re.compile(
    r"^请(?!求)|^(?:试|简要|详细|具体|分别)*(?:描述|解释|讨论|阐述|简述|概述|论述|列举|说明|比较|分析|介绍|谈谈|设计|编写|证明"
    r"|思考|探讨)(?![器符性子区员者力了着])"
    r"|^(?:使用|用|利用)[^，。]{1,30}(?:编写|实现|写)(?:一个|一段|出)"
    r"|^(?:please\s+)?(?:explain|describe|discuss|list|compare|outline|define|state|derive|show|prove|compute|calculate"
    r"|give|write|design|implement|consider|name|identify|suppose|evaluate|find|let)\s+(?!\w+\s+(?:is|are|was|were)\b)",
    re.IGNORECASE,
)
_BROKEN_OFF: Final = re.compile(
    r"\b(?:such that|that|such|by|where|is|are|of|the|an?|as|with|to|and|or|if|for|in|at|from|we have|i\.e\.)$",
    re.IGNORECASE,
)
"""A sentence that a formula or picture ends."""
_POINTS_BACK: Final = re.compile(
    r"(?:这|该|它|其(?!他|实)|此|他们?|她|因此|所以|但|然而|而|然后|于是|同时|另外|此外|例如|比如|首先|其次|最后|注[:：]"
    r"|是|指(?:的是|出)|即(?:是|为|可)|主要(?:是|用|为))"
    r"|(?:this|that|these|those|it|its|they|their|he|she|here|there|so|thus|therefore|hence|however|but|and|or|also"
    r"|then|such|instead|otherwise|moreover|furthermore|similarly|likewise|note|recall|for example|for instance|e\.g\."
    r"|because of|we (?!say|call|define)|you(?:'|’| ))\b",
    re.IGNORECASE,
)
_ABOVE: Final = re.compile(
    r"上述|前述|这些|这种|这类|这个|这两|它们|以上(?:几|方法|内容)|\b(?:this|these|the above|the latter)\b",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(r"[^:：，,。.]{1,16}[:：]")
_OPENING: Final = "《“\"「『【‘'"
_BRACKETS: Final = re.compile(r"《[^》]*》|（[^）]*）|\([^)]*\)|“[^”]*”|「[^」]*」|\[[^\]]*\]")
_SEPARATORS: Final = re.compile(r"[、；;/|·]+|[—\-–]{1,2}>?|→|,(?!\d)|\s{2,}")


def is_statement(text: str, kind: LineKind | None = None) -> bool:
    """Whether ``text`` can be read on its own as a statement.

    Not: a question or a task of an examination, a line that announces what follows, a title, a list of names, a row of
    a table, code or a formula.

    Args:
        text: a piece of a note, markup aside.
        kind: what the line is that it begins on; None where that is not known.
    """
    plain = " ".join(text.split())
    bare = plain.rstrip(_CLOSING)
    end = bare[-1:]
    if not plain or (kind is not None and kind not in _STATED) or end in (":", "：", "?", "？", ",", "，", "、"):
        return False
    if end not in _STOPS and columns(plain) < _WHOLE:
        return False
    if (
        "?" in plain
        or "？" in plain
        or " | " in plain
        or is_question(plain.rstrip("。.；;"))
        or _TASK.match(plain)
        or _ANNOUNCES.search(plain)
    ):
        return False
    return _letters(plain) and not _BROKEN_OFF.search(bare) and not _is_list(plain)


def is_opening(text: str, label_names: bool) -> bool:
    """Whether a statement can be the first one that somebody reads of a theme: it does not point to what came before.

    Args:
        text: as in :func:`is_statement`.
        label_names: whether the words before its first colon name a concept; ``优点：`` alone says of nothing what it
            is good for.
    """
    plain = text.strip()
    return (
        _POINTS_BACK.match(plain) is None
        and _ABOVE.search(plain) is None
        and (plain[0].isalnum() or plain[0] in _OPENING)
        and (label_names or _LABEL.match(plain) is None)
    )


def _letters(text: str) -> bool:
    dense = "".join(text.split())
    return len(_NO_LETTER.sub("", dense)) >= _LEAST_LETTERS * len(dense)


def _is_list(text: str) -> bool:
    """Whether nothing but names is in ``text``: brackets and what they contain aside, it is short parts in a row."""
    bare = _BRACKETS.sub("", text).strip(_STOPS + _CLOSING + " ")
    if columns(bare) < _LEAST_SAID:
        return True
    if re.search(rf"[{HAN}]", bare) and re.search("[，。]", bare):
        return False
    lengths = [columns(part.strip()) for part in _SEPARATORS.split(bare) if part.strip()]
    return len(lengths) >= 3 and median(lengths) <= _SHORT and max(lengths) <= _NOT_SHORT
