"""A document as the stages over the whole collection see it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extract.notes.blocks import Block
from extract.text.bibliography import reference_blocks
from extract.text.occurrences import ParsedDoc, text_size


def parsed_doc(name: str, blocks: Sequence[Block]) -> ParsedDoc:
    """A document as the corpus stages see it: its language is that of most of its text, its size as :func:`text_size` counts."""
    text = "\n".join(b.text for b in blocks)
    cjk = sum(1 for c in text if "㐀" <= c <= "鿿")
    latin = len(re.findall(r"[A-Za-z]{2,}", text))
    return ParsedDoc(name, tuple(blocks), "zh" if cjk > latin else "en", text_size(text), reference_blocks(blocks))
