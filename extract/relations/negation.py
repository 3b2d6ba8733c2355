"""Where notes name two things without stating a relation of them: they deny one, set one apart, compare, or ask.

A negation counts only between the two names, or right before the first one ("unlike A, B …"): sentence-wide it would
silence what other clauses state.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import ahocorasick_rs
import numpy as np

from extract.notes.blocks import BlockKind
from extract.relations.cues import caseless
from extract.relations.instances import BLOCK_KINDS, Bools, Instances, Ints, NoteColumns, Place

_BETWEEN: Final = re.compile(
    r"而不是|而非|并非|不是|不同于|有别于|区别于|相对于|不属于|不使用|不采用|不依赖|不需要|不包括|不包含|不能|不会|无需|无须|没有|除了"
    r"|\b(?:unlike|other than|instead of|rather than|as opposed to|in contrast (?:to|with)|different from|differs? from"
    r"|not|never|nor|neither|without|except|excluding|cannot|versus|vs)\b|n['’]t\b",
    re.IGNORECASE,
)
_SIGNS: Final = (
    "不", "非", "别于", "相对于", "无", "没有", "除了",
    "unlike", "than", "instead", "opposed", "contrast", "differ", "not", "never", "nor", "neither", "without",
    "except", "exclud", "versus", "vs", "n't",
)  # fmt: skip
"""Whatever :data:`_BETWEEN` or :data:`_NO_NEGATION` matches has one of these in it."""
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
_COMPARISON: Final = re.compile(
    r"对比|区别|差异|异同|比较|不同(?:点|之处)|\b(?:vs|versus|compar(?:ed?|es|ing|isons?)|differences?|differs?"
    r"|contrast(?:s|ed|ing)?)\b",
    re.IGNORECASE,
)
"""What announces a table whose columns are compared."""
_REACH: Final = 24
"""Characters before the first name that are looked at."""


def unstated(notes: NoteColumns, found: Instances, rows: Ints) -> Bools:
    """For each of the instances ``rows``: whether their sentence states no positive relation of the two names.

    Of names in different sentences only those in two compared columns of a table are judged: what relates all others is
    the structure of the note.
    """
    silent = np.zeros(len(rows), dtype=bool)
    together = np.flatnonzero(notes.occ_sentence[found.a[rows]] == notes.occ_sentence[found.b[rows]])
    silent[together] = _unstated_in_sentence(notes, found.a[rows[together]], found.b[rows[together]])
    return silent | _in_compared_columns(notes, found, rows)


def _in_compared_columns(notes: NoteColumns, found: Instances, rows: Ints) -> Bools:
    """For each of ``rows``: whether its names are in two cells of one table row that are set against each other.

    What the cells of a row say, they say of the thing that its first cell names, not of each other. Where the columns
    themselves are compared (both headers name a concept, and the line above says that they are), the first column is no
    exception: ``| Encoder | Decoder |``.
    """
    compared = np.zeros(len(rows), dtype=bool)
    here = np.flatnonzero(found.place[rows] == Place.ROW)
    if not len(here):
        return compared
    one, other = (notes.occ_block[end[rows[here]]] for end in (found.a, found.b))
    columns = notes.block_column[one], notes.block_column[other]
    compared[here] = (columns[0] > 0) & (columns[1] > 0) & (columns[0] != columns[1])
    named = _named_headers(notes)
    for at in here[~compared[here]].tolist():
        block, second = (int(notes.occ_block[end[rows[at]]]) for end in (found.a, found.b))
        table = int(notes.block_group[block])
        ends = {(table, int(notes.block_column[b])) for b in (block, second)}
        compared[at] = len(ends) == 2 and ends <= named and _announces_comparison(notes, block)
    return compared


def _named_headers(notes: NoteColumns) -> set[tuple[int, int]]:
    """(table, column) of the headers that name a concept."""
    kind = notes.block_kind == BLOCK_KINDS.index(BlockKind.HEADER)
    headers = np.flatnonzero(kind & (notes.first_occ[1:] > notes.first_occ[:-1]))
    return set(zip(notes.block_group[headers].tolist(), notes.block_column[headers].tolist(), strict=True))


def _announces_comparison(notes: NoteColumns, cell: int) -> bool:
    """Whether the line above the table of ``cell``, or the heading of its section, says that things are compared."""
    above = (int(notes.block_lead_in[cell]), int(notes.block_section[cell]))
    return any(b >= 0 and _COMPARISON.search(notes.text[notes.block_start[b] : notes.block_end[b]]) for b in above)


def _unstated_in_sentence(notes: NoteColumns, a: Ints, b: Ints) -> Bools:
    """For each two occurrences in one sentence whether it denies, sets apart, compares or asks."""
    text, sentence = notes.text, notes.occ_sentence[a]
    sentences, of_sentence = np.unique(sentence, return_inverse=True)
    spans = zip(notes.sentence_start[sentences].tolist(), notes.sentence_end[sentences].tolist(), strict=True)
    asks = np.asarray([text[start:end].rstrip().endswith(("?", "？")) for start, end in spans], dtype=bool)
    silent = asks[of_sentence]
    signs = np.asarray(_signs().find_matches_as_indexes(caseless(text), overlapping=True), dtype=np.int64)
    begins = np.sort(signs.reshape(-1, 3)[:, 1])
    between = notes.occ_end[a], notes.occ_start[b]
    signed = np.searchsorted(begins, between[0]) < np.searchsorted(begins, between[1])
    denies: dict[str, bool] = {}  # what is between two names recurs
    for row in np.flatnonzero(signed & ~silent).tolist():
        words = text[between[0][row] : between[1][row]]
        if words not in denies:
            denies[words] = _BETWEEN.search(_NO_NEGATION.sub("", words)) is not None
        silent[row] = denies[words]
    names, of_name = np.unique(a, return_inverse=True)
    starts = np.maximum(notes.sentence_start[notes.occ_sentence[names]], notes.occ_start[names] - _REACH)
    ahead = [text[i:j] for i, j in zip(starts.tolist(), notes.occ_start[names].tolist(), strict=True)]
    apart = np.fromiter((_AHEAD.search(one) is not None for one in ahead), dtype=bool, count=len(ahead))
    for row in np.flatnonzero(apart[of_name] & ~silent).tolist():
        silent[row] = _set_apart(ahead[of_name[row]], text[between[0][row] : between[1][row]])
    return np.asarray(silent)


@cache
def _signs() -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(_SIGNS))


def _set_apart(ahead: str, between: str) -> bool:
    """Whether the first name is set apart by what is ahead of it (unlike A, B is …)."""
    return _AHEAD.search(ahead) is not None and (_OPEN.search(ahead) is None or _ASIDE.match(between) is not None)
