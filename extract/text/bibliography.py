"""Which blocks of a note are its bibliography: they name papers, people and publishers, not what the note is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from extract.notes.blocks import Block, BlockKind, SpanKind
from extract.text.identifiers import mask

_SURE: Final = re.compile(
    r"(?:参考|引用)(?:文献|文獻|资料|資料|链接|书目|书籍|文章)|(?:延伸|扩展|拓展|推荐|相关|进一步)阅读|bibliography"
    r"|works cited"
    r"|(?:further|suggested|recommended|additional) readings?|external links|literature cited"
    r"|references? (?:and|&) (?:further readings?|links|notes)|(?:notes|links|sources) (?:and|&) references?",
    re.IGNORECASE,
)
_LIKELY: Final = re.compile(
    r"references?|sources?|links?|literature|citations?|resources?|参考|引用|来源|出处|资料来源|链接", re.IGNORECASE
)
"""Titles that may also head a chapter (references in C++, sources of law): the lines below decide."""
_YEAR: Final = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_SHARE: Final = 0.5


def reference_blocks(blocks: Sequence[Block]) -> frozenset[int]:
    """Indexes of the blocks under a heading, or a line before a list, that announces a bibliography."""
    found: set[int] = set()
    for block in blocks:
        title = block.text.strip(" :：*#.")
        if len(title) > 40 or not (_SURE.fullmatch(title) or _LIKELY.fullmatch(title)):
            continue
        if block.kind is BlockKind.HEADING:
            own = _below(blocks, block)
        elif block.text.rstrip().endswith((":", "：")):
            own = [b for b in blocks[block.index + 1 :] if b.kind is BlockKind.ITEM and b.lead_in == block.index]
        else:
            continue
        if _SURE.fullmatch(title) or sum(map(_cites, own)) >= _SHARE * max(1, len(own)):
            found.update(b.index for b in own)
            found.add(block.index)
    return frozenset(found)


def _below(blocks: Sequence[Block], heading: Block) -> list[Block]:
    own: list[Block] = []
    for block in blocks[heading.index + 1 :]:
        if block.kind is BlockKind.HEADING and block.level <= heading.level:
            break
        own.append(block)
    return own


def _cites(block: Block) -> bool:
    """Whether the block reads like an entry of a bibliography: mostly a link, or with a year or identifier."""
    linked = sum(s.end - s.start for s in block.spans if s.kind is SpanKind.LINK)
    return linked * 2 > len(block.text) or bool(_YEAR.search(block.text)) or mask(block.text) != block.text
