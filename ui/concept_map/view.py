"""What a person asked to see of a map, and what the browser is told of it at every run.

What the graph itself is, the browser has (:mod:`ui.concept_map.scene`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.model import Community, Concept, ConceptKind, Prerequisite, Relation, RelationType
from queries.study.model import StudyPath
from ui.concept_map.palette import PALETTE
from ui.concept_map.scene import NEEDS, SAYS, basis_number, sentence, shortened
from ui.i18n import because, say


@dataclass(frozen=True, slots=True)
class Whole:
    """A graph or a part of one."""

    build: str
    concepts: tuple[Concept, ...]
    """Most salient first, with mentions."""
    relations: tuple[Relation, ...]
    prerequisites: tuple[Prerequisite, ...]
    themes: tuple[Community, ...]
    """Of level 0."""
    total: int
    """Concepts in the graph."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked to see."""

    colour: str = "theme"
    """``theme`` or ``kind``."""
    names: str = "written"
    """``written``: as the notes write them; ``zh`` or ``en``: in that language where the notes have such a name."""
    kinds: frozenset[ConceptKind] = frozenset()
    """Only these kinds; empty: all."""
    types: frozenset[RelationType] = frozenset()
    """Only these relations; empty: all."""
    documents: frozenset[str] = frozenset()
    """Only concepts that these documents name; empty: all."""
    themes: frozenset[str] = frozenset()
    """Only these themes; empty: all."""
    confidence: float = 0.0
    """Relations at least so sure."""
    prerequisites: bool = False
    """Also draw what comes before what."""
    untyped: bool = False
    """Also draw relations that say no type; they are drawn too where ``types`` asks for them."""

    @property
    def drawn_types(self) -> frozenset[RelationType]:
        """The types of relations that are drawn; empty: all."""
        if self.types or self.untyped:
            return self.types
        return frozenset(RelationType) - {RelationType.RELATED_TO}

    def filters(self, documents: Sequence[str]) -> dict[str, Any]:
        """What the browser filters by. ``documents``: those of the scene, in its order."""
        return {
            "kinds": sorted(k.value for k in self.kinds),
            "types": sorted(t.value for t in self.types),
            "themes": sorted(self.themes),
            "documents": [i for i, doc in enumerate(documents) if doc in self.documents],
            "confidence": self.confidence,
            "needs": self.prerequisites,
            "untyped": self.untyped,
        }


def themes_of(themes: Sequence[Community]) -> dict[str, str]:
    """Concept id → id of its theme."""
    return {member: theme.id for theme in themes for member in theme.members}


def theme_colours(themes: Sequence[Community]) -> dict[str, str]:
    """Theme id → colour, as :func:`ui.concept_map.scene.territory_colours` gives it, the largest theme first."""
    largest = sorted(themes, key=lambda t: (-len(t.members), t.id))
    return {t.id: PALETTE[i % len(PALETTE)] for i, t in enumerate(largest)}


def route_of(
    path: StudyPath,
    *,
    done: Collection[str],
    names: Mapping[str, str],
    before: Sequence[Prerequisite],
    lang: str,
) -> dict[str, Any]:
    """A study path as the map draws it: steps in layers, and an arrow with its reason for each prerequisite.

    Args:
        path: what is to be learned.
        done: ids of the steps that are ticked.
        names: id → name of all that the path mentions.
        before: prerequisites that lead from what is known to a step: drawn greyed.
        lang: of the reasons.
    """
    steps = {s.concept: s for s in path.steps}
    lowest = min((s.layer for s in path.steps), default=0)
    known = sorted({edge.before for edge in before if edge.after in steps and edge.before not in steps})
    edges = {e.key: e for s in path.steps for e in s.why if {e.before, e.after} <= steps.keys()}
    edges |= {e.key: e for e in before if e.after in steps and e.before in known}
    edges |= {e.key: e for e in path.chain if {e.before, e.after} <= steps.keys()}
    drawn: list[dict[str, Any]] = []
    for edge in (edges[key] for key in sorted(edges)):
        says, place = sentence(edge)
        drawn.append(
            {
                "a": edge.before,
                "b": edge.after,
                "type": NEEDS,
                "sure": edge.confidence,
                "basis": basis_number(edge.basis),
                "why": because(edge, names, lang),
                "says": says,
                "place": place,
            }
        )
    for relation in path.connection:
        says, place = sentence(relation)
        drawn.append(
            {
                "a": relation.head,
                "b": relation.tail,
                "type": str(relation.type),
                "sure": relation.confidence,
                "basis": basis_number(relation.basis),
                "why": "",
                "says": says,
                "place": place,
            }
        )
    chain = {end for r in path.connection for end in (r.head, r.tail)} - steps.keys()
    goal = names.get(path.goal, path.goal)
    start = None if path.start in (None, path.goal) else names.get(str(path.start), str(path.start))
    return {
        "goal": path.goal,
        "title": say("map_route_from", lang, start=start, goal=goal) if start else say("map_route", lang, goal=goal),
        "steps": [
            *({"id": c, "layer": lowest - 1, "says": ""} for c in sorted({*known, *chain})),
            *(
                {
                    "id": s.concept,
                    "layer": s.layer,
                    "says": "" if s.definition is None else shortened(s.definition.quote, SAYS),
                }
                for s in path.steps
            ),
        ],
        "edges": drawn,
        "done": sorted(set(done) & steps.keys()),
        "known": known,
    }
