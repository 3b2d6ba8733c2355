"""What a language model read, together with what the trained models find.

A careful reader knows better than our models what a concept is and how two relate; ours find what a reader overlooks.
So what is read enters the graph, what both say is surer, and what only ours say stays where they are sure. The numbers
were fitted on annotated notes with recorded readings (docs/language-models.md).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from extract.concepts.apply_corrections import NAMED, writings_of
from extract.concepts.candidates import Candidates
from extract.concepts.clusters import AliasLink
from extract.concepts.drafts import ConceptDraft
from extract.concepts.forms import Form, FormTable
from extract.concepts.stated import StatedForms
from extract.llm.reading import ReadConcept, Reading, ReadNeed, ReadRelation
from extract.text.keys import key_of
from graph.model import MODEL, READ_BY, Basis, ConceptKind, Evidence, Prerequisite, Relation, RelationType
from graph.prerequisites.acyclic import break_cycles
from graph.prerequisites.features import Signals

READ: Final[Mapping[str, float]] = {"core": 0.97, "normal": 0.9, "minor": 0.75}
"""Probability that what a model reads as a concept of this weight is one."""
OURS: Final = 0.3
"""How much the trained models' own probability moves that, as a factor of its logit."""
EVEN: Final = 0.3
"""Their probability that moves it neither way: of names that a reader writes down they give half less."""
UNREAD: Final = 0.93
"""Least probability of a concept that a model left out of a note that it read."""
RELATION: Final = 0.57
"""Confidence of a relation that only a language model states."""
AGREED: Final = 0.9
"""Confidence of one that the trained models state with the same type and direction."""
RELATED: Final = 0.63
"""Confidence of one where they relate the two in another way."""
UNREAD_RELATION: Final = 0.62
"""Least confidence of a typed relation that only the trained models see in a note that was read.

One without a type goes: of those in the first reading that was scored none of six was right.
"""
NEED: Final[Mapping[bool, float]] = {True: 0.8, False: 0.74}
"""Confidence of a prerequisite that is read: strong, helpful."""
UNREAD_NEED: Final = 0.9
"""Least confidence of a prerequisite that only the trained models see in notes that were read."""
MOST_TYPES: Final = 2
"""Different statements about one pair."""
_REASON: Final = "model"


@dataclass(frozen=True, slots=True)
class ModelSays:
    """What was read, ready to take part in joining names and choosing concepts."""

    collection: Sequence[Candidates[FormTable]]
    """With the names that were read among the forms."""
    scores: Sequence[Mapping[str, float]]
    links: Sequence[Sequence[AliasLink]]
    """For each document the names that it uses for one thing."""
    kept: frozenset[str]
    """Keys of the names that were read as concepts."""
    read: frozenset[int]
    """Numbers of the documents of which every section was read: there nothing else is a concept unless it is sure."""
    docs: frozenset[str]
    """Their ids."""
    kinds: Mapping[str, ConceptKind] = field(default_factory=dict)
    """Key → kind."""
    definitions: Mapping[str, Evidence] = field(default_factory=dict)
    """Key → what defines it."""
    relations: tuple[tuple[int, ReadRelation], ...] = ()
    """(number of the document, statement), in their order."""
    needs: tuple[tuple[int, ReadNeed], ...] = ()


def model_says(
    readings: Mapping[str, Sequence[Reading]],
    whole: Collection[str],
    collection: Sequence[Candidates[FormTable]],
    scores: Sequence[Mapping[str, float]],
    same: Iterable[tuple[str, str, Evidence | None]] = (),
) -> ModelSays:
    """What was read, for the stages that choose and name concepts.

    Args:
        readings: id of a document → what was read in its sections, in order.
        whole: ids of the documents of which every section was read.
        collection: candidates of each document.
        scores: of each document, its keys' probabilities.
        same: (name, name, line) of names of one thing in different notes.
    """
    links: list[list[AliasLink]] = [[] for _ in collection]
    forms, tables = [], []
    kept: set[str] = set()
    kinds: dict[str, Counter[ConceptKind]] = defaultdict(Counter)
    definitions: dict[str, Evidence] = {}
    relations: list[tuple[int, ReadRelation]] = []
    needs: list[tuple[int, ReadNeed]] = []
    read = set()
    for number, (candidates, table) in enumerate(zip(collection, scores, strict=True)):
        doc = candidates.doc.id
        said = readings.get(doc, ())
        found = _names(said)
        names = {key: name for key, (name, _) in found.items()}
        missing = {key: name for key, name in names.items() if key not in candidates.forms}
        more = {
            key: Form(key, surfaces=writing, count=writing.total())
            for key, writing in writings_of(candidates, missing).items()
        }
        forms.append(replace(candidates, forms=StatedForms(candidates.forms, more)) if more else candidates)
        there = {key for key in names if key in candidates.forms or key in more}
        if doc in whole:
            read.add(number)
        tables.append(
            {
                **table,
                **{key: _agreed(READ[found[key][1]], table.get(key)) for key in there if found[key][1]},
                **{key: max(table.get(key, NAMED), NAMED) for key in there if not found[key][1]},
            }
        )
        kept |= {key for key in there if found[key][1]}
        for reading in said:
            for concept in reading.concepts:
                key = key_of(concept.name)
                if concept.kind is not None:
                    kinds[key][concept.kind] += 1
                if concept.definition is not None:
                    definitions.setdefault(key, concept.definition)
                links[number] += _links(concept, doc)
            relations += ((number, statement) for statement in reading.relations)
            needs += ((number, need) for need in reading.needs)
    for one, other, line in same:
        links[0].append(
            AliasLink(key_of(one), key_of(other), one, other, _REASON, line.doc if line else "", evidence=line)
        )
    return ModelSays(
        forms,
        tables,
        links,
        frozenset(kept),
        frozenset(read),
        frozenset(collection[number].doc.id for number in read),
        {key: min(found, key=lambda kind: (-found[kind], kind.value)) for key, found in kinds.items()},
        definitions,
        tuple(relations),
        tuple(needs),
    )


def _names(readings: Sequence[Reading]) -> dict[str, tuple[str, str]]:
    """Key → (writing, greatest weight); no weight for what is only another name of something."""
    found: dict[str, tuple[str, str]] = {}
    order = {weight: place for place, weight in enumerate(("", *reversed(tuple(READ))))}
    for reading in readings:
        for concept in reading.concepts:
            for name in concept.names:
                weight = concept.weight if name == concept.name else ""
                key = key_of(name)
                if key not in found or order[weight] > order[found[key][1]]:
                    found[key] = (name, weight)
    return found


def _links(concept: ReadConcept, doc: str) -> list[AliasLink]:
    first = key_of(concept.name)
    return [
        AliasLink(first, key, concept.name, alias, _REASON, doc, evidence=concept.definition)
        for alias in concept.aliases
        if (key := key_of(alias)) != first
    ]


def _agreed(read: float, ours: float | None) -> float:
    """Probability of a concept that a model read, and to which ours give ``ours`` (None: it was no candidate)."""
    own = min(max(ours if ours is not None else 0.05, 0.01), 0.99)
    return round(_squashed(_logit(read) + OURS * (_logit(own) - _logit(EVEN))), 4)


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _squashed(x: float) -> float:
    return 1 / (1 + math.exp(-x))


Number = Callable[[str, int], int | None]
"""(key, number of a document) → number of the concept that the document calls so."""


def combined_relations(
    own: Sequence[Relation],
    signals: Signals,
    says: ModelSays,
    drafts: Sequence[ConceptDraft],
    number: Number,
    model: str,
) -> tuple[tuple[Relation, ...], int]:
    """The relations of the graph, by key, and how many statements are about something that is no concept of it.

    Args:
        own: what the trained models find.
        signals: how sure they are that a pair is related.
        says: what was read.
        drafts: the concepts.
        number: which concept a document means by a key.
        model: name of the language model.
    """
    said: dict[tuple[str, str], Counter[tuple[str, str, str]]] = defaultdict(Counter)
    lines: dict[tuple[str, str, str], dict[Evidence, None]] = defaultdict(dict)
    kinds = {}
    lost = 0
    for doc, statement in says.relations:
        head, tail = number(statement.head, doc), number(statement.tail, doc)
        if head is None or tail is None or head == tail:
            lost += 1
            continue
        ends = drafts[head].id, drafts[tail].id
        if statement.type.symmetric:
            ends = min(ends), max(ends)
        key = ends[0], statement.type.value, ends[1]
        kinds[key] = statement.type
        said[min(ends), max(ends)][key] += 1
        lines[key][statement.evidence] = None
    ours: dict[tuple[str, str], Relation] = {(min(r.head, r.tail), max(r.head, r.tail)): r for r in own}
    related = frozenset(signals.pairs)
    found: list[Relation] = []
    for pair, statements in said.items():
        other = ours.get(pair)
        most = sorted(statements, key=lambda key: (-statements[key], key))[:MOST_TYPES]
        for key in most:
            agreed = other is not None and other.key == key
            if agreed and other is not None:
                evidence = dict.fromkeys((*other.evidence, *lines[key]))
                sure = max(AGREED, other.confidence)
                found.append(replace(other, confidence=sure, basis=Basis.EXTRACTED, evidence=tuple(evidence)[:8]))
                continue
            sure = RELATED if other is not None or pair in related else RELATION
            found.append(
                Relation(key[0], kinds[key], key[2], sure, READ_BY + model, Basis.MODEL, tuple(lines[key])[:4])
            )
    for pair, relation in ours.items():
        sure_enough = relation.confidence >= UNREAD_RELATION and relation.type is not RelationType.RELATED_TO
        if pair not in said and (sure_enough or not _all_read(relation.evidence, says.docs)):
            found.append(relation)
    return tuple(sorted(found, key=lambda r: r.key)), lost


def read_needs(
    says: ModelSays, drafts: Sequence[ConceptDraft], number: Number, model: str
) -> tuple[tuple[Prerequisite, ...], int, int]:
    """The prerequisites that were read, without cycles, by key.

    Returns:
        (prerequisites; how many closed a cycle; how many are about something that is no concept of the graph).
    """
    found: dict[tuple[str, str], Prerequisite] = {}
    lost = 0
    for doc, need in says.needs:
        before, after = number(need.before, doc), number(need.after, doc)
        if before is None or after is None or before == after:
            lost += 1
            continue
        key = drafts[before].id, drafts[after].id
        other = found.get(key)
        sure = max(NEED[need.strong], other.confidence if other else 0.0)
        evidence = dict.fromkeys((*(other.evidence if other else ()), need.evidence))
        found[key] = Prerequisite(*key, sure, (MODEL + model,), tuple(evidence)[:3])
    kept, circular = break_cycles([found[key] for key in sorted(found)])
    return tuple(sorted(kept, key=lambda e: e.key)), len(circular), lost


def surviving(
    edges: Sequence[Prerequisite], said: Collection[tuple[str, str]], read: Collection[str], *, everything: bool
) -> tuple[Prerequisite, ...]:
    """``edges`` without those that a language model read nothing of and that the trained models are not sure of.

    Args:
        edges: those of the graph.
        said: keys of those that it read.
        read: ids of the notes of which it read every section.
        everything: whether these are all notes; then an edge that no line shows goes as well.
    """
    return tuple(
        edge
        for edge in edges
        if edge.key in said
        or edge.confidence >= UNREAD_NEED
        or edge.basis is Basis.EXTRACTED
        or not (_all_read(edge.evidence, read) if edge.evidence else everything)
    )


def _all_read(evidence: Sequence[Evidence], read: Collection[str]) -> bool:
    """Whether a language model read every note that says it."""
    return bool(evidence) and all(e.doc in read for e in evidence)
