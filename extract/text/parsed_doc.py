"""A document as the stages over the whole collection see it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extract.notes.blocks import Block
from extract.text.occurrences import ParsedDoc
from graph.text.scripts import count_han, text_size


def parsed_doc(name: str, blocks: Sequence[Block]) -> ParsedDoc:
    """A document as the corpus stages see it: its language is that of most of its text, its size as :func:`text_size` counts."""
    text = "\n".join(b.text for b in blocks)
    han = count_han(text)
    latin = len(re.findall(r"[A-Za-z]{2,}", text))
    return ParsedDoc(name, tuple(blocks), "zh" if han > latin else "en", text_size(text))
