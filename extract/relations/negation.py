"""Where a sentence names two things without stating a relation of them: it denies one, sets one apart, or asks.

A negation counts only between the two names, or right before the first one ("unlike A, B …"): sentence-wide it would
silence what other clauses state.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from extract.relations.instances import Bools, Instances, Ints, NoteColumns

_BETWEEN: Final = re.compile(
    r"而不是|而非|并非|不是|不同于|有别于|区别于|相对于|不属于|不使用|不采用|不依赖|不需要|不包括|不包含|不能|不会|无需|无须|没有|除了"
    r"|\b(?:unlike|other than|instead of|rather than|as opposed to|in contrast (?:to|with)|different from|differs? from"
    r"|not|never|nor|neither|without|except|excluding|cannot)\b|n['’]t\b",
    re.IGNORECASE,
)
_NO_NEGATION: Final = re.compile(
    r"不仅仅?是?|不只是?|不但|不光|不能不|没有不|\bnot (?:only|just|merely|simply|least)\b", re.IGNORECASE
)
"""What looks like one: not only … but also."""
_AHEAD: Final = re.compile(
    r"(?:与|和|跟|不同于|有别于|区别于|而不是|而非|除了?|\b(?:unlike|other than|instead of|rather than|as opposed to"
    r"|in contrast (?:to|with)|without|except(?: for)?))\s*(?:an?|the)?\s*[“\"'‘`*]*$",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(r"^[”\"'’`*\s]*(?:不同|相反|相比|不一样|以外|之外|有所不同)")
"""与 A 不同，B …: what follows the name that 与 precedes."""
_OPEN: Final = re.compile(r"(?:与|和|跟|除了?)[“\"'‘`*\s]*$")
_QUESTION: Final = re.compile(r"[?？]\s*$")
_REACH: Final = 24
"""Characters before the first name that are looked at."""


def unstated(notes: NoteColumns, found: Instances, rows: Ints) -> Bools:
    """For each of the instances ``rows``: whether their sentence states no positive relation of the two names.

    Names in different sentences are not judged: what relates them is the structure of the note.
    """
    return np.asarray([_is_unstated(notes, int(found.a[row]), int(found.b[row])) for row in rows.tolist()], dtype=bool)


def _is_unstated(notes: NoteColumns, a: int, b: int) -> bool:
    sentence = int(notes.occ_sentence[a])
    if sentence != int(notes.occ_sentence[b]):
        return False
    start, end = int(notes.sentence_start[sentence]), int(notes.sentence_end[sentence])
    first, second = int(notes.occ_start[a]), int(notes.occ_start[b])
    between = notes.text[int(notes.occ_end[a]) : second]
    ahead = notes.text[max(start, first - _REACH) : first]
    if _BETWEEN.search(_NO_NEGATION.sub("", between)):
        return True
    if _AHEAD.search(ahead) and (not _OPEN.search(ahead) or _ASIDE.match(between)):
        return True
    return bool(_QUESTION.search(notes.text[start:end]))
