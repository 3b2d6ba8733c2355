"""What needs no question: search by words, paths between concepts, what a concept rests on, all about one concept."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.model import (
    Basis,
    Community,
    Concept,
    ConceptPath,
    Hit,
    Merge,
    Passage,
    Prerequisite,
    Relation,
    RelationType,
)
from graph.prerequisites.ordering import layers
from graph.stores.contract import GraphStore


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found by words."""

    concepts: tuple[Concept, ...]
    """Concepts called by the text, then those whose names are most like it."""
    passages: tuple[Hit, ...]
    """Passages that contain its words, best first."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One way in which two concepts are connected."""

    path: ConceptPath
    names: tuple[str, ...]
    """The names of ``path.concepts``, as people read them."""

    @property
    def typed(self) -> int:
        """Number of hops that say more than ``related_to``."""
        return sum(r.type is not RelationType.RELATED_TO for r in self.path.relations)


@dataclass(frozen=True, slots=True)
class Needed:
    """One concept that another rests on, and why."""

    concept: Concept
    """Without mentions where the store gives none."""
    unlocks: tuple[Prerequisite, ...]
    """Edges from it to concepts of later layers or to the goal, by key: the reasons why it is needed."""


@dataclass(frozen=True, slots=True)
class RelationGroup:
    """The relations of one concept that read alike."""

    type: RelationType
    outgoing: bool
    """Whether the concept is the head: ``LoRA is_a PEFT`` seen from LoRA. Symmetric relations are always outgoing."""
    relations: tuple[Relation, ...]
    """What the notes state before what only general knowledge says, each most confident first, then by key."""


@dataclass(frozen=True, slots=True)
class ConceptCard:
    """All that the graph knows about one concept."""

    concept: Concept
    relations: tuple[RelationGroup, ...]
    """In the order of :class:`graph.model.RelationType`, outgoing before incoming."""
    prerequisites: tuple[Prerequisite, ...]
    """Direct edges that lead to it, most confident first; those that only general knowledge gives come last."""
    unlocks: tuple[Prerequisite, ...]
    """Direct edges that lead on from it, in the same order."""
    themes: tuple[Community, ...]
    """Communities that contain it, coarsest first."""
    merges: tuple[Merge, ...]
    """Why its names are one concept."""
    names: Mapping[str, str]
    """Concept id → name, for every id that the card mentions."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """A section of a note that names a concept."""

    doc: str
    section: str
    """Title of the innermost heading; empty above the first one."""
    line: int
    """1-based line of the first mention in it."""
    count: int
    """Lines of it that name the concept."""


def treatments(concept: Concept, passages: Iterable[Passage]) -> list[Treatment]:
    """Where a concept is treated: the sections that name it, the most lines first, then in the order of the notes.

    Args:
        concept: with its mentions.
        passages: of the documents that are looked at; mentions elsewhere are left out.
    """
    lines: dict[str, set[int]] = {}
    for mention in concept.mentions:
        lines.setdefault(mention.doc, set()).add(mention.line)
    ordered = {doc: sorted(numbers) for doc, numbers in lines.items()}
    found: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for passage in passages:
        own = ordered.get(passage.doc, [])
        here = own[bisect_left(own, passage.first_line) : bisect_right(own, passage.last_line)]
        if here:
            found.setdefault((passage.doc, passage.heading_path), []).extend(here)
    made = [Treatment(doc, path[-1] if path else "", min(places), len(places)) for (doc, path), places in found.items()]
    return sorted(made, key=lambda t: (-t.count, t.doc, t.line))


def near_layers(
    store: GraphStore, concept_id: str, *, unlocks: bool = False, steps: int = 2, width: int = 6
) -> tuple[list[list[str]], list[Prerequisite]]:
    """What a concept needs (or unlocks) within a few steps, as layers of a small graph.

    Args:
        store: the graph.
        concept_id: the concept.
        unlocks: what rests on it and not what it rests on.
        steps: layers at most, without the concept itself.
        width: concepts of a layer at most, those with the most confident edge first.

    Returns:
        Ids of concepts, nearest layer first, and the edges between neighbouring layers (the first layer's lead to the
        concept, or from it), by key.
    """
    layers_found: list[list[str]] = []
    edges: dict[tuple[str, str], Prerequisite] = {}
    seen, front = {concept_id}, [concept_id]
    with store.reading():
        for _ in range(steps):
            best: dict[str, float] = {}
            met: list[Prerequisite] = []
            for here in front:
                for edge in store.prerequisites(before=here) if unlocks else store.prerequisites(after=here):
                    end = edge.after if unlocks else edge.before
                    if end not in seen:
                        met.append(edge)
                        best[end] = max(best.get(end, 0.0), edge.confidence)
            layer = sorted(best, key=lambda c: (-best[c], c))[:width]
            if not layer:
                break
            edges |= {e.key: e for e in met if (e.after if unlocks else e.before) in layer}
            layers_found.append(layer)
            seen |= best.keys()
            front = layer
    return layers_found, [edges[key] for key in sorted(edges)]


def search(store: GraphStore, text: str, *, limit: int = 10) -> SearchResult:
    """Find concepts and passages by words, in any language and spelling; at most ``limit`` of each."""
    with store.reading():
        found = {c.id: c for c in store.concepts_named(text)}
        for name in store.nearest_names(text, limit=limit):
            found |= {c.id: c for c in store.concepts_named(name) if c.id not in found}
        return SearchResult(tuple(found.values())[:limit], tuple(store.search(text, limit=limit)))


def find_paths(store: GraphStore, a: str, b: str, *, max_hops: int = 4, limit: int = 3) -> list[Connection]:
    """How the concepts that go by ``a`` and ``b`` are connected: up to ``limit`` chains of relations, cheapest first.

    Raises:
        NoSuchConcept, AmbiguousConcept: a name does not mean exactly one concept.
        NoPath: there is no chain of at most ``max_hops`` relations that avoids hubs.
    """
    with store.reading():
        start, end = store.concept(a).id, store.concept(b).id
        found = store.paths(start, end, max_hops=max_hops, limit=limit)
        names = names_of(store, (c for path in found for c in path.concepts))
    return [Connection(path, tuple(names[c] for c in path.concepts)) for path in found]


def prerequisite_layers(store: GraphStore, name: str) -> list[tuple[Needed, ...]]:
    """What the concept that goes by ``name`` rests on, layer by layer, without the concept itself.

    Layer 0 needs nothing. Within a layer the most salient concept comes first. Empty where it has no prerequisites.

    Raises:
        NoSuchConcept, AmbiguousConcept: the name does not mean exactly one concept.
    """
    with store.reading():
        concept_id = store.concept(name).id
        edges = store.prerequisite_closure(concept_id)
        rows = layers(edges, [concept_id])
        concepts = {c.id: c for c in store.concepts([c for row in rows for c in row])}
    found = []
    for row in rows:
        ordered = sorted(
            (concepts[c] for c in row if c != concept_id and c in concepts), key=lambda c: (-c.salience, c.id)
        )
        if ordered:
            found.append(tuple(Needed(c, tuple(e for e in edges if e.before == c.id)) for c in ordered))
    return found


def concept_card(store: GraphStore, name: str) -> ConceptCard:
    """All about the one concept that goes by ``name``.

    Raises:
        NoSuchConcept, AmbiguousConcept: the name does not mean exactly one concept.
    """
    with store.reading():
        concept = store.concept(name)
        groups: dict[tuple[RelationType, bool], list[Relation]] = {}
        for relation in store.relations(concept.id):
            outgoing = relation.head == concept.id or relation.type.symmetric
            groups.setdefault((relation.type, outgoing), []).append(relation)
        before = _surest(store.prerequisites(after=concept.id))
        after = _surest(store.prerequisites(before=concept.id))
        themes = tuple(c for c in store.communities() if concept.id in c.members)
        ids = {concept.id}
        for related in groups.values():
            ids |= {c for r in related for c in (r.head, r.tail)}
        ids |= {c for e in (*before, *after) for c in e.key}
        names = names_of(store, ids)
        merges = tuple(store.merges(concept.id))
    order = {kind: position for position, kind in enumerate(RelationType)}
    return ConceptCard(
        concept=concept,
        relations=tuple(
            RelationGroup(kind, outgoing, tuple(sorted(related, key=_surest_first)))
            for (kind, outgoing), related in sorted(
                groups.items(), key=lambda item: (order[item[0][0]], not item[0][1])
            )
        ),
        prerequisites=before,
        unlocks=after,
        themes=themes,
        merges=merges,
        names=names,
    )


def names_of(store: GraphStore, ids: Iterable[str]) -> dict[str, str]:
    """Concept id → name, for those of ``ids`` that the store contains."""
    return {c.id: c.name for c in store.concepts(sorted(set(ids)))}


def _surest(edges: Iterable[Prerequisite]) -> tuple[Prerequisite, ...]:
    return tuple(sorted(edges, key=_surest_first))


def _surest_first(statement: Relation | Prerequisite) -> tuple[bool, float, tuple[str, ...]]:
    """How statements are ordered: those of the notes first, then by confidence, then by key."""
    return (statement.basis is Basis.BACKGROUND, -statement.confidence, statement.key)
