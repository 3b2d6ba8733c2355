"""What a person chose on a page: a concept, a place in the notes, a theme, or a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.model import Evidence


@dataclass(frozen=True, slots=True)
class ConceptChoice:
    """A concept that was clicked."""

    id: str


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A citation that was clicked: where it is and what it quotes."""

    doc: str
    line: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class ThemeChoice:
    """A theme that was clicked, to be seen on the map."""

    id: str


@dataclass(frozen=True, slots=True)
class QuestionChoice:
    """A question that was clicked, to be asked."""

    text: str


Choice = ConceptChoice | PlaceChoice | ThemeChoice | QuestionChoice


def to_value(choice: Choice) -> dict[str, Any]:
    """The choice as the browser carries it and sends it back."""
    if isinstance(choice, ConceptChoice):
        return {"concept": choice.id}
    if isinstance(choice, ThemeChoice):
        return {"theme": choice.id}
    if isinstance(choice, QuestionChoice):
        return {"question": choice.text}
    return {"doc": choice.doc, "line": choice.line, "quote": choice.quote}


def from_value(value: object) -> Choice | None:
    """The choice that the browser sent; None where it sent none, or something that no page of ours sends."""
    match value:
        case {"concept": str(concept)}:
            return ConceptChoice(concept)
        case {"theme": str(theme)}:
            return ThemeChoice(theme)
        case {"question": str(text)} if text.strip():
            return QuestionChoice(text)
        case {"doc": str(doc), "line": int(line), **rest}:
            quote = rest.get("quote", "")
            return PlaceChoice(doc, line, quote if isinstance(quote, str) else "")
    return None


def place_of(evidence: Evidence) -> PlaceChoice:
    """The place of a piece of evidence."""
    return PlaceChoice(evidence.doc, evidence.line, evidence.quote)
