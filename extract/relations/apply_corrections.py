"""The user's relations and prerequisites at work: what is added to those that were found, and what is taken away.

What the user states has the origin (of a relation) or the reason (of a prerequisite) ``user`` and confidence 1. Its
evidence is a line of the notes that names both concepts, or one line for each where no line does: the notes need not
say what the user knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from extract.knowledge.corrections import Corrections, Said, SaidNeed, SaidRelation
from extract.text.keys import key_of
from graph.model import Basis, Concept, Evidence, Mention, Passage, Prerequisite, Relation, RelationType
from graph.prerequisites.acyclic import break_cycles, transitive_reduction

BY_USER: Final = "user"
"""Origin of the user's relations, and reason of the user's prerequisites."""
_BELOW: Final = 1 - 1e-6
"""Confidence of a prerequisite that was found at most, next to one of the user's: theirs stays in a cycle."""
_LONGEST: Final = 300
"""Characters of a line that are quoted."""


@dataclass(frozen=True, slots=True)
class _Named:
    """Concepts by the keys of their names, and the lines that evidence quotes."""

    corrections: Corrections
    by_key: Mapping[str, Concept]
    lines: Mapping[tuple[str, int], str]

    def ends(self, one: Said, other: Said) -> tuple[Concept, Concept] | None:
        """The two concepts; None where the notes that were built do not name both.

        Raises:
            SettingsError: both names mean one concept.
        """
        first, second = self.by_key.get(one.key), self.by_key.get(other.key)
        if first is None or second is None:
            return None
        if first.id == second.id:
            raise self.corrections.refusal(
                one.line, f"{one.name!r} and {other.name!r} are names of one concept, {first.name!r}."
            )
        return first, second

    def evidence(self, one: Concept, other: Concept) -> tuple[Evidence, ...]:
        """The first line that names both, else the first line that names each."""
        places = {(m.doc, m.line) for m in other.mentions}
        both = next((m for m in one.mentions if (m.doc, m.line) in places), None)
        shown = [both] if both is not None else [*one.mentions[:1], *other.mentions[:1]]
        return tuple(self._quoted(mention) for mention in shown)

    def _quoted(self, mention: Mention) -> Evidence:
        text = self.lines.get((mention.doc, mention.line), "")[:_LONGEST]
        return Evidence(mention.doc, mention.line, text or mention.form)


def corrected_relations(
    corrections: Corrections, concepts: Sequence[Concept], relations: Sequence[Relation], passages: Sequence[Passage]
) -> tuple[Relation, ...]:
    """``relations`` with those that the user adds and without those that the user denies, by key.

    A relation that was found as well keeps its evidence and becomes certain. A relation without a type gives way to
    one of the same two concepts that the user states.

    Raises:
        SettingsError: the names of a relation mean one concept.
    """
    if not corrections.relate and not corrections.unrelate:
        return tuple(relations)
    named = _named(corrections, concepts, passages)
    kept = {r.key: r for r in relations if not any(_denies(d, r, named) for d in corrections.unrelate)}
    for said in corrections.relate:
        ends = named.ends(said.head, said.tail)
        if ends is None or said.type is None:
            continue
        head, tail = sorted(ends, key=lambda c: c.id) if said.type.symmetric else ends
        if said.type is not RelationType.RELATED_TO:
            first, second = sorted((head.id, tail.id))
            kept.pop((first, RelationType.RELATED_TO.value, second), None)
        relation = Relation(head.id, said.type, tail.id, 1.0, BY_USER, Basis.INFERRED, named.evidence(head, tail))
        found = kept.get(relation.key)
        kept[relation.key] = relation if found is None else replace(found, confidence=1.0)
    return tuple(kept[key] for key in sorted(kept))


def _denies(said: SaidRelation, relation: Relation, named: _Named) -> bool:
    ends = named.ends(said.head, said.tail)
    if ends is None or said.type not in (None, relation.type):
        return False
    asked, there = (ends[0].id, ends[1].id), (relation.head, relation.tail)
    return asked == there or ((said.type is None or said.type.symmetric) and asked[::-1] == there)


def corrected_prerequisites(
    corrections: Corrections,
    concepts: Sequence[Concept],
    prerequisites: Sequence[Prerequisite],
    passages: Sequence[Passage],
) -> tuple[Prerequisite, ...]:
    """``prerequisites`` with those that the user requires and without those that the user does not, by key.

    What was found gives way where it would close a cycle with what the user requires, and where a chain of the user's
    edges says it already; an edge of the user's always stays.

    Raises:
        SettingsError: the names of a prerequisite mean one concept.
    """
    if not corrections.require and not corrections.unrequire:
        return tuple(prerequisites)
    named = _named(corrections, concepts, passages)
    denied = {pair for pair, _ in _pairs(corrections.unrequire, named)}
    found = {e.key: e for e in prerequisites if e.key not in denied}
    mine: dict[tuple[str, str], Prerequisite] = {}
    for (before, after), (first, second) in _pairs(corrections.require, named):
        there = found.get((before, after))
        evidence = there.evidence if there is not None else named.evidence(second, first)
        reasons = tuple(dict.fromkeys((BY_USER, *(there.reasons if there is not None else ()))))
        mine[before, after] = Prerequisite(before, after, 1.0, reasons, evidence)
    below = [replace(e, confidence=min(e.confidence, _BELOW)) for key, e in found.items() if key not in mine]
    kept, _ = break_cycles([*below, *mine.values()])
    direct = {e.key for e in transitive_reduction(kept)} | mine.keys()
    return tuple(mine.get(e.key) or found[e.key] for e in kept if e.key in direct)


def _pairs(needs: Sequence[SaidNeed], named: _Named) -> Iterator[tuple[tuple[str, str], tuple[Concept, Concept]]]:
    """The ids of both ends of each prerequisite that the notes name, and the concepts."""
    for need in needs:
        ends = named.ends(need.before, need.after)
        if ends is not None:
            yield (ends[0].id, ends[1].id), ends


def _named(corrections: Corrections, concepts: Sequence[Concept], passages: Sequence[Passage]) -> _Named:
    by_key: dict[str, Concept] = {}
    for concept in concepts:  # a name wins over an alias, and the more probable concept over the other
        by_key.setdefault(key_of(concept.name), concept)
    for concept in concepts:
        for alias in concept.aliases:
            by_key.setdefault(key_of(alias), concept)
    lines = {(p.doc, number): line.text for p in passages for number, line in p.numbered_lines()}
    return _Named(corrections, by_key, lines)
