"""What the notes tell apart.

Names that they contrast or list side by side, and names that they treat in sections of their own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from extract.execution.contract import Spread
from extract.notes.blocks import BlockKind
from extract.text.keys import key_of
from extract.text.occurrences import ParsedDoc, Portion, portions
from extract.text.segment import tokenize
from graph.text.scripts import has_han

_REACH: Final = 24
"""Characters on either side of a cue that may name one of the two things."""
_ENGLISH_DIFFERENCE: Final = (
    r"(?:differences? between|distinguish|compar(?:e|ing|ison of)|confus(?:e|ed))\s+(?:an? |the )?(?P<c>[\w' "
    r"-]{2,40}?)"
    r"\s+(?:and|from|with|to)\s+(?:an? |the )?(?P<d>[\w' "
    r"-]{2,40}?)(?=[.,;:?!)]|\s(?:is|are|in|of|for|when|because)\b|$)"
)
_DIFFERENCE: Final = re.compile(
    r"(?P<a>[^，。；;:：!?？\n（）()]{2,24}?)(?:与|和|跟|同)(?P<b>[^，。；;:：!?？\n（）()]{2,24}?)"
    r"(?:之间)?的?(?:区别|差异|差别|不同|对比|比较|异同)|" + _ENGLISH_DIFFERENCE,
    re.IGNORECASE,
)
_DIFFERENCE_WITHOUT_HAN: Final = re.compile("(?P<a>(?!))|" + _ENGLISH_DIFFERENCE, re.IGNORECASE)
"""The same for texts without Chinese, in which the other looks for a 与 from each character."""
_VERSUS: Final = re.compile(
    r"(?<!\s)\s*(?:\bvs\b\.?|\bversus\b|而不是|而非|不等于|不同于|有别于|不是|区别于|\bis not an?\b|\bare "
    r"not\b|\bdiffers? from\b"
    r"|\brather than\b|\bas opposed to\b|\bin contrast to\b|\bunlike\b)\s*(?:an? |the )?",
    re.IGNORECASE,
)
_DIFFER: Final = (
    "区别", "差异", "差别", "不同", "对比", "比较", "异同", "differen", "disting", "compar", "confus"
)  # fmt: skip
_SET_AGAINST: Final = (
    "而不是", "而非", "不等于", "不同于", "有别于", "不是", "区别于", "vs", "versus", "is not a", "are not", "differ",
    "rather than", "as opposed to", "in contrast to", "unlike",
)  # fmt: skip
"""What every match of the two patterns contains, in lower case: looking for it takes a tenth of the time."""
_SIDE_BY_SIDE: Final = re.compile(r"[^、，,。；;：:\n]{1,24}(?:、[^、，,。；;：:\n]{1,24}){2,}")
_COMMAS: Final = re.compile(r"(?:[A-Za-z][\w' -]{1,30}, ){2,40}(?:and |or )[A-Za-z][\w' -]{1,40}")
"""Bounded: from each item of an endless list it would look for the last."""
_NO_ITEM: Final = re.compile(r"[^\w', -]+")
_ASIDE: Final = re.compile(r"[（(\[【][^（(\[【）)\]】]*[）)\]】]")
_BRACKETS: Final = frozenset("（([【")
"""No aside is without one of these."""
_NUMBERING: Final = re.compile(r"^(?:第?[\d一二三四五六七八九十]+[章节.、）)]|[\d.]+\s+|[（(]\d+[)）])\s*")
_DEFINED: Final = re.compile(
    r"^\s*(?:the |an? )?(?P<name>[^，。,.;；:：]{2,40}?)\s*(?:是指|是|指的是|：|:|\bis an?\b|\bare\b|\bmeans\b)",
    re.IGNORECASE,
)


_LIST_REACH: Final = 40
"""Items of a list that are compared with those that follow: more would take time in the square of an endless list."""


@dataclass(frozen=True, slots=True)
class ToldApart:
    """What the notes keep apart, by keys."""

    contrasted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Key → the keys that a sentence contrasts with it, or lists next to it."""
    homes: Mapping[str, frozenset[tuple[str, int]]] = field(default_factory=dict)
    """Key → (document, index of the block) of its own headings and definitions."""

    def separate(self, a: str, b: str) -> bool:
        """Whether one document treats ``a`` and ``b`` in two places of their own."""
        one, other = self.homes.get(a), self.homes.get(b)
        if not one or not other or one & other:
            return False
        return bool({doc for doc, _ in one} & {doc for doc, _ in other})


def told_apart(docs: Sequence[ParsedDoc], keys: Collection[str], spread: Spread = map) -> ToldApart:
    """What ``docs`` keep apart of the names with these ``keys``; ``spread`` works on portions of them."""

    def told_in(portion: Portion) -> tuple[set[tuple[str, str]], set[tuple[str, str, int]]]:
        """Pairs that documents contrast, and (key, document, index of the block) of what they treat."""
        pairs: set[tuple[str, str]] = set()
        treated: set[tuple[str, str, int]] = set()
        for doc in (docs[number] for number in portion.docs):
            for block in doc.blocks:
                pairs.update(_contrasts(block.text, keys))
                treated.update((key, doc.id, block.index) for key in _treated(block.text, block.kind) if key in keys)
        return pairs, treated

    contrasted: dict[str, set[str]] = defaultdict(set)
    homes: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for pairs, treated in spread(told_in, portions(docs, ()) if keys else []):
        for a, b in pairs:
            if a != b:
                contrasted[a].add(b)
                contrasted[b].add(a)
        for key, name, index in treated:
            homes[key].add((name, index))
    return ToldApart(
        {key: frozenset(found) for key, found in contrasted.items()},
        {key: frozenset(found) for key, found in homes.items()},
    )


def _treated(text: str, kind: BlockKind) -> set[str]:
    """Keys of what a block is about: the names of a heading, the subject of a definition."""
    if kind is BlockKind.HEADING:
        title = _NUMBERING.sub("", text.strip()).strip(" :：")
        inner = [m[0].strip("（()）[]【】 ") for m in _ASIDE.finditer(title)]
        return {key_of(name) for name in (_ASIDE.sub("", title).strip(), *inner) if 1 < len(name) < 60}
    if kind in (BlockKind.CELL, BlockKind.HEADER):
        return set()
    found = _DEFINED.match(_ASIDE.sub("", text[:120]))
    return {key_of(found["name"].strip(" *_`"))} if found else set()


def _contrasts(text: str, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """Pairs of keys that ``text`` contrasts or lists."""
    lower = text.lower()
    if any(cue in lower for cue in _DIFFER):
        for match in (_DIFFERENCE if has_han(text) else _DIFFERENCE_WITHOUT_HAN).finditer(text):
            left, right = (match["a"], match["b"]) if match["a"] else (match["c"], match["d"])
            yield from _named(left, right, keys)
    if any(cue in lower for cue in _SET_AGAINST):
        for match in _VERSUS.finditer(text):
            yield from _named(
                text[max(0, match.start() - _REACH) : match.start()], text[match.end() : match.end() + _REACH], keys
            )
    if "、" not in text and ", " not in text:
        return
    plain = text if _BRACKETS.isdisjoint(text) else _ASIDE.sub("", text)
    if plain.count("、") > 1:
        for match in _SIDE_BY_SIDE.finditer(plain):
            yield from _listed(match[0].split("、"), keys)
    if ", and " not in plain and ", or " not in plain:
        return
    for piece in _NO_ITEM.split(plain):  # no list goes on over what none of its items has
        if ", and " in piece or ", or " in piece:
            for match in _COMMAS.finditer(piece):
                yield from _listed(re.split(r", (?:and |or )?", match[0]), keys)


def _listed(pieces: Sequence[str], keys: Collection[str]) -> Iterator[tuple[str, str]]:
    names = [key for number, piece in enumerate(pieces) if (key := _of_item(piece.strip(), number, len(pieces), keys))]
    for i, one in enumerate(names):
        for other in names[i + 1 : i + 1 + _LIST_REACH]:
            yield one, other


def _of_item(piece: str, number: int, count: int, keys: Collection[str]) -> str:
    """The name that an item of a list is; of the first what ends there, of the last what begins there."""
    if key_of(piece) in keys:
        return key_of(piece)
    return _ending(piece, keys) if number == 0 else _beginning(piece, keys) if number == count - 1 else ""


def _named(left: str, right: str, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    one, other = _ending(left, keys), _beginning(right, keys)
    if one and other:
        yield one, other


def _ending(text: str, keys: Collection[str]) -> str:
    """Key of the longest name that ``text`` ends with; empty where there is none."""
    clean = text.rstrip(' *_`"”」')
    starts = [t.start for t in tokenize(clean)[-6:]]
    return next((key for start in starts if (key := key_of(clean[start:].strip())) in keys and len(key) > 1), "")


def _beginning(text: str, keys: Collection[str]) -> str:
    """Key of the longest name that ``text`` begins with."""
    clean = text.lstrip(' *_`"“「')
    ends = [t.end for t in tokenize(clean)[:6]]
    return next((key for end in reversed(ends) if (key := key_of(clean[:end].strip())) in keys and len(key) > 1), "")
