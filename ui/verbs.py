"""The verbs that read a graph, as the command line, the HTTP API and the MCP server give them: the same values.

Each is a function from an open store to a shape of :mod:`ui.shapes`. What they raise are the errors of
:mod:`graph.errors`; sizes are bounded where an answer could be as large as the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from graph.errors import InputError, shortened
from graph.model import Concept, RelationType
from graph.stores.contract import GraphStore
from graph.text.nearest import did_you_mean
from queries.answer.answerer import Answerer
from queries.explore import ConceptCard, Connection, Needed, find_paths, prerequisite_layers, search
from queries.explore import concept_card as card_of
from queries.study.gaps import find_gaps
from queries.study.next_steps import next_steps as steps_now
from queries.study.path import study_path as path_to
from ui.records import (
    answer_record,
    community_record,
    concept_record,
    gaps_record,
    hit_record,
    info_record,
    mention_records,
    merge_record,
    next_record,
    prerequisite_record,
    relation_record,
    study_record,
)
from ui.shapes import (
    AnswerShape,
    CardShape,
    ConnectionShape,
    GapsShape,
    InfoShape,
    LayersShape,
    LineShape,
    LinesShape,
    NeighboursShape,
    NextShape,
    PathsShape,
    SearchShape,
    StudyShape,
    ThemesShape,
)

MOST_LINES: Final = 400
"""Lines of a note that are read at a time."""


def info(store: GraphStore, graph: str) -> InfoShape:
    """What the graph contains, in numbers, and its documents. ``graph``: what it is called."""
    with store.reading():
        return info_record(store.info(), graph=graph, documents=store.documents(), skipped=store.skipped())


def found_by_words(store: GraphStore, text: str, *, limit: int = 10) -> SearchShape:
    """The concepts that are called like ``text`` and the passages that contain its words, at most ``limit`` of each."""
    found = search(store, text, limit=limit)
    return {
        "text": text,
        "concepts": [concept_record(c) for c in found.concepts],
        "passages": [hit_record(h) for h in found.passages],
    }


def concept_card(store: GraphStore, name: str, *, most: int | None = None) -> CardShape:
    """All about the one concept that goes by ``name``.

    Args:
        store: the graph.
        name: name, alias or id.
        most: mentions, and relations, that are given at most; ``left_out`` then says how many are not. None: all.

    Raises:
        NoSuchConcept, AmbiguousConcept: the name does not mean exactly one concept.
    """
    card = card_record(card_of(store, name))
    if most is None:
        return card
    mentions, relations = card["mentions"], card["relations"]
    card["left_out"] = {
        "mentions": max(0, len(mentions) - most),
        "relations": max(0, len(relations) - most),
    }
    card["mentions"] = mentions[:most]
    card["relations"] = sorted(relations, key=lambda r: -r["confidence"])[:most]
    return card


def card_record(card: ConceptCard) -> CardShape:
    """A card as programs read it."""
    concept = concept_record(card.concept)
    return {
        "id": concept["id"],
        "name": concept["name"],
        "aliases": concept["aliases"],
        "kind": concept["kind"],
        "salience": concept["salience"],
        "confidence": concept["confidence"],
        "definition": concept["definition"],
        "mentions": mention_records(card.concept),
        "relations": [relation_record(r) for group in card.relations for r in group.relations],
        "prerequisites": [prerequisite_record(p) for p in card.prerequisites],
        "unlocks": [prerequisite_record(p) for p in card.unlocks],
        "themes": [{"id": c.id, "level": c.level, "title": c.title} for c in card.themes],
        "merges": [merge_record(m) for m in card.merges],
        "names": dict(sorted(card.names.items())),
    }


def neighbours(
    store: GraphStore, name: str, *, depth: int = 1, limit: int = 50, types: Sequence[str] = ()
) -> NeighboursShape:
    """The concepts within ``depth`` relations of the one that goes by ``name``, the nearest and most central first.

    Args:
        store: the graph.
        name: name, alias or id.
        depth: relations to follow.
        limit: concepts at most.
        types: types of relations to follow; none: all.

    Raises:
        NoSuchConcept, AmbiguousConcept: the name does not mean exactly one concept.
        InputError: there is no such type of relation.
    """
    wanted = [_type(value) for value in types] or None
    with store.reading():
        concept = store.concept(name)
        part = store.neighbourhood([concept.id], hops=depth, limit=limit + 1, types=wanted)
        more = len(part.concepts) > limit
        if more:  # one more than fits says that there are others
            part = store.neighbourhood([concept.id], hops=depth, limit=limit, types=wanted)
    return {
        "concept": {"id": concept.id, "name": concept.name},
        "depth": depth,
        "concepts": [concept_record(c) for c in part.concepts],
        "relations": [relation_record(r) for r in part.relations],
        "prerequisites": [prerequisite_record(p) for p in part.prerequisites],
        "more": more,
    }


def _type(value: str) -> RelationType:
    known = [t.value for t in RelationType]
    if value not in known:
        raise InputError(
            f"There is no type of relation {shortened(value)!r}.{did_you_mean(value, known)} Types: {', '.join(known)}."
        )
    return RelationType(value)


def paths(store: GraphStore, start: str, end: str, *, max_hops: int = 4, limit: int = 3) -> PathsShape:
    """How two concepts are connected, the best way first.

    Raises:
        NoSuchConcept, AmbiguousConcept: a name does not mean exactly one concept.
        NoPath: they are not, within ``max_hops``.
    """
    found = find_paths(store, start, end, max_hops=max_hops, limit=limit)
    return {"start": start, "end": end, "max_hops": max_hops, "paths": [connection_record(c) for c in found]}


def connection_record(connection: Connection) -> ConnectionShape:
    """A way between two concepts as programs read it."""
    path = connection.path
    return {
        "concepts": [
            {"id": concept, "name": name} for concept, name in zip(path.concepts, connection.names, strict=True)
        ],
        "relations": [relation_record(r) for r in path.relations],
    }


def prerequisites(store: GraphStore, name: str) -> LayersShape:
    """What the concept that goes by ``name`` rests on, layer by layer.

    Raises:
        NoSuchConcept, AmbiguousConcept: the name does not mean exactly one concept.
    """
    with store.reading():
        concept = store.concept(name)
        layers = prerequisite_layers(store, concept.id)
    return layers_record(concept, layers)


def layers_record(concept: Concept, layers: Sequence[Sequence[Needed]]) -> LayersShape:
    """What a concept rests on as programs read it."""
    edges = {edge.key: edge for layer in layers for needed in layer for edge in needed.unlocks}
    return {
        "concept": concept_record(concept),
        "layers": [
            [{"id": n.concept.id, "name": n.concept.name, "kind": n.concept.kind.value} for n in layer]
            for layer in layers
        ],
        "prerequisites": [prerequisite_record(edges[key]) for key in sorted(edges)],
    }


def study_path(
    store: GraphStore,
    goal: str,
    *,
    known: Sequence[str] = (),
    start: str | None = None,
    minutes: float | None = None,
    full: bool = False,
) -> StudyShape:
    """What to learn in order to understand ``goal``, in order.

    Raises:
        NoSuchConcept, AmbiguousConcept: a name does not mean exactly one concept.
    """
    return study_record(path_to(store, goal, known=known, start=start, minutes=minutes, full=full))


def next_steps(store: GraphStore, *, known: Sequence[str] = (), goal: str | None = None, limit: int = 5) -> NextShape:
    """What can be learned now.

    Raises:
        NoSuchConcept, AmbiguousConcept: a name does not mean exactly one concept.
    """
    return next_record(steps_now(store, known=known, goal=goal, limit=limit))


def answer(answerer: Answerer, question: str, *, explain: bool = False) -> AnswerShape:
    """The answer to a question, with its citations.

    Raises:
        InputError: the question is too long.
    """
    return answer_record(answerer.ask(question), explain=explain)


def themes(store: GraphStore, *, level: int | None = None) -> ThemesShape:
    """The themes of a level (None: of all), with their summaries."""
    return {"level": level, "communities": [community_record(c) for c in store.communities(level)]}


def gaps(store: GraphStore, *, limit: int = 5) -> GapsShape:
    """What the notes leave open, at most ``limit`` of each sort."""
    return gaps_record(find_gaps(store, limit=limit))


def read_lines(store: GraphStore, doc: str, *, first: int = 1, last: int | None = None) -> LinesShape:
    """Lines of a note as they are written, at most :data:`MOST_LINES`.

    Args:
        store: the graph.
        doc: id of the note: its path in the folder.
        first: 1-based.
        last: included; None for as many as are read at a time.

    Raises:
        InputError: there is no such note, or it has no such lines.
    """
    with store.reading():
        documents = {d.id: d for d in store.documents()}
        if doc not in documents:
            raise InputError(f"There is no note {shortened(doc)!r}.{did_you_mean(doc, documents)}")
        document = documents[doc]
        end = min(document.lines, first + MOST_LINES - 1 if last is None else last)
        if not 1 <= first <= document.lines or end < first:
            raise InputError(f"{doc} has lines 1 to {document.lines}; {first} to {last or end} was asked for.")
        end = min(end, first + MOST_LINES - 1)
        found: list[LineShape] = [
            {"line": passage.first_line + i, "text": text}
            for passage in store.passages(doc)
            if passage.last_line >= first and passage.first_line <= end
            for i, text in enumerate(passage.text.split("\n"))
            if first <= passage.first_line + i <= end
        ]
    return {"doc": doc, "title": document.title, "lines": found, "last_line": document.lines}
