"""A document as the stages over the whole collection see it."""

from __future__ import annotations

from collections.abc import Sequence

from extract.notes.blocks import Block
from extract.text.bibliography import reference_blocks
from extract.text.occurrences import ParsedDoc
from graph.text.scripts import language_of, text_size


def parsed_doc(name: str, blocks: Sequence[Block]) -> ParsedDoc:
    """A document as the corpus stages see it: language and size as in :mod:`graph.text.scripts`."""
    text = "\n".join(b.text for b in blocks)
    return ParsedDoc(name, tuple(blocks), language_of(text), text_size(text), reference_blocks(blocks))
