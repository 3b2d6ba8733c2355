"""From notes to a concept graph: concepts, relations and prerequisites, each with the line that states it.

The names in ``__all__`` are the public interface (docs/python.md). The modules below are private: they may change in
any version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.lazy import lazy_names

if TYPE_CHECKING:
    from extract.knowledge.corrections import Corrections, load_corrections
    from extract.knowledge.entries import LexiconEntry
    from extract.knowledge.lexicon import Lexicon, load_lexicon
    from extract.notes.blocks import Block, BlockKind, Span, SpanKind
    from extract.notes.parse import parse
    from extract.pipeline import BuildResult, FileCoverage, build, extract_text
    from extract.verification import verify_notes

__all__ = [
    "Block",
    "BlockKind",
    "BuildResult",
    "Corrections",
    "FileCoverage",
    "Lexicon",
    "LexiconEntry",
    "Span",
    "SpanKind",
    "build",
    "extract_text",
    "load_corrections",
    "load_lexicon",
    "parse",
    "verify_notes",
]

if not TYPE_CHECKING:  # a checker that saw __getattr__ would take any name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "extract.knowledge.corrections": ("Corrections", "load_corrections"),
            "extract.knowledge.entries": ("LexiconEntry",),
            "extract.knowledge.lexicon": ("Lexicon", "load_lexicon"),
            "extract.notes.blocks": ("Block", "BlockKind", "Span", "SpanKind"),
            "extract.notes.parse": ("parse",),
            "extract.pipeline": ("BuildResult", "FileCoverage", "build", "extract_text"),
            "extract.verification": ("verify_notes",),
        },
    )
