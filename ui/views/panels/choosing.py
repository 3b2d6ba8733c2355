"""Concepts to choose from: where none is chosen yet, or the address names one that the graph does not have."""

from __future__ import annotations

from collections.abc import Sequence

from ui.choice import ConceptChoice
from ui.i18n import say
from ui.reader import reader
from ui.reader.blocks import Element, chips, heading, notice


def concept_list_panel(names: Sequence[tuple[str, str]], *, lang: str, key: str) -> ConceptChoice | None:
    """The most important concepts, as (name, id)."""
    choice = reader([heading(say("concept_start", lang)), chips(list(names), stronger=5)], key=key)
    return choice if isinstance(choice, ConceptChoice) else None


def unknown_concept_panel(wanted: str, near: Sequence[tuple[str, str]], *, lang: str, key: str) -> ConceptChoice | None:
    """Say that there is no concept ``wanted``; ``near``: (name, id) of those whose names are most like it."""
    blocks: list[Element] = [notice(say("concept_none", lang, name=wanted))]
    if near:
        blocks += [heading(say("concept_near", lang)), chips(list(near))]
    choice = reader(blocks, key=key)
    return choice if isinstance(choice, ConceptChoice) else None
