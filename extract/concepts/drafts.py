"""A concept before it is one.

What the corpus stages hand to each other while mentions, relations and definitions are still being found.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph.model import ConceptKind


@dataclass(frozen=True, slots=True)
class ConceptDraft:
    """A concept that was chosen and named.

    :attr:`extract.text.occurrences.Occurrence.concept` is its index in the list of drafts.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    """Other names, without ``name``; most used first."""
    kind: ConceptKind
    confidence: float
    """Probability that it is a concept, 0..1; drafts are ordered by it, highest first."""
    odds: tuple[float, ...] = ()
    """Probability of each of :data:`extract.concepts.kinds.KINDS`; empty: not known."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)
