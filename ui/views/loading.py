"""What pages load, kept between clicks: stores, indexes, positions.

Keyed by the graph's build, so a rebuild shows at once.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from extract.notes.rendered import Node, rendered_note
from graph.layout.compute import lay_out
from graph.layout.tree import MOST_MARKS
from graph.model import (
    Community,
    Concept,
    Document,
    GraphInfo,
    Prerequisite,
    Relation,
    RelationType,
    Subgraph,
)
from graph.stores.address import GraphAddress
from graph.stores.contract import GraphStore
from graph.stores.opening import open_store
from graph.stores.without_background import WithoutBackground
from graph.text.name_finder import NameFinder
from graph.text.names import fold
from graph.text.nearest import nearest_names
from queries.atlas import layout_of
from queries.explore import ConceptCard, concept_card, names_of
from queries.question.model import Answer, PathStep
from ui.concept_map import Scene, script, style
from ui.concept_map.palette import REST
from ui.concept_map.scene import SENTENCES, MapData, extra, scene, sent, within_territory
from ui.concept_map.view import Whole, theme_colours
from ui.reader.note_links import Links, links_to_notes
from ui.reader.note_page import Find

if TYPE_CHECKING:
    from graph.stores.neo4j.console import ResultTable
    from queries.answer.answerer import Answerer

LAID_OUT: Final = 1000
"""Concepts that the whole map can show at most; all others are found by search and shown in focus."""
AROUND: Final = 70
"""Concepts that are shown around one in focus, at most."""
OFFERED: Final = 3000
"""Concepts that a box to choose from offers, most salient first."""


@dataclass(frozen=True, slots=True)
class GraphView:
    """A graph as a person wants to see it: part of the key of all that is kept."""

    address: GraphAddress
    background: bool = True
    """Whether to show what only general knowledge says."""


@dataclass(frozen=True, slots=True)
class GraphOverview:
    """What every page needs to know of the graph."""

    target: GraphView
    info: GraphInfo
    documents: tuple[Document, ...]
    names: dict[str, str]
    """Id → name of the concepts that can be chosen, most salient first."""
    labels: dict[str, str]
    """Id → name with its aliases, as boxes to choose from show it."""


@st.cache_resource(show_spinner=False, max_entries=4, on_release=lambda held: held.close())
def _opened(address: GraphAddress) -> GraphStore:
    """The open store of a graph."""
    return open_store(address)


def forget() -> None:
    """Close all graphs and forget what was loaded, so that the next run opens them anew."""
    st.cache_data.clear()
    st.cache_resource.clear()


def store(target: GraphView) -> GraphStore:
    """The open store of a graph, without general knowledge where that is not to be seen."""
    whole_graph = _opened(target.address)
    return whole_graph if target.background else WithoutBackground(whole_graph)


def notes(target: GraphView) -> GraphOverview:
    """The graph as it is now: asked for at every run, so that a rebuild is seen."""
    return overview(target, _opened(target.address).info().build)


@st.cache_resource(show_spinner=False, max_entries=4)
def overview(target: GraphView, build: str) -> GraphOverview:  # noqa: ARG001  the build is part of the key
    """What every page needs to know of a build of the graph."""
    with store(target).reading() as here:
        concepts = here.concepts(limit=OFFERED)
        return GraphOverview(
            target=target,
            info=here.info(),
            documents=tuple(here.documents()),
            names={c.id: c.name for c in concepts},
            labels={c.id: _label(c) for c in concepts},
        )


def _label(concept: Concept) -> str:
    aliases = ", ".join(concept.aliases[:2])
    return f"{concept.name}  ·  {aliases}" if aliases else concept.name


@st.cache_resource(show_spinner=False, max_entries=4)
def whole(target: GraphView, build: str) -> Whole:
    """The part of the graph that the whole map is drawn from."""
    with store(target).reading() as here:
        concepts = here.concepts(limit=LAID_OUT)
        between = here.subgraph([c.id for c in concepts])
        themes = tuple(here.communities(0))
        return Whole(build, tuple(concepts), between.relations, between.prerequisites, themes, here.info().concepts)


@st.cache_resource(show_spinner=False, max_entries=2)
def map_data(target: GraphView, build: str) -> MapData:
    """The whole graph with the places of its concepts."""
    with store(target).reading() as here:
        concepts, relations, prerequisites = here.concepts(), here.relations(), here.prerequisites()
        layout = layout_of(here)
        name = Path(here.info().source).name or "studyatlas"
    return MapData(build, name, tuple(concepts), tuple(relations), tuple(prerequisites), layout)


@st.cache_resource(show_spinner=False, max_entries=4)
def scene_of(target: GraphView, build: str, lang: str) -> Scene:
    """What the map's browser side gets of a graph."""
    return _scene(map_data(target, build), lang)


def _scene(data: MapData, lang: str) -> Scene:
    content = scene(data, lang=lang, script=script(), style=style())
    rows = [data.concepts[i] for i in sent(data.layout)]
    documents = tuple(sorted({m.doc for c in rows for m in c.mentions}))
    edges = len(data.relations) + len(data.prerequisites)
    key = hashlib.sha256(content).hexdigest()[:16]
    return Scene(key, content, documents, frozenset(c.id for c in rows), edges <= SENTENCES)


def missing(target: GraphView, build: str, lang: str, around: Sequence[tuple[str, int]]) -> dict[str, Any] | None:
    """What the browser lacks to show these concepts (id, hops around it): None where the scene contains all of it."""
    found = scene_of(target, build, lang)
    if not around or (found.sentences and all(concept in found.sent for concept, _ in around)):
        return None
    concepts: dict[str, Concept] = {}
    relations: dict[tuple[str, str, str], Relation] = {}
    needs: dict[tuple[str, str], Prerequisite] = {}
    for concept, hops in around:
        near = surroundings(target, build, concept, hops, ())
        concepts |= {c.id: c for c in near.concepts}
        relations |= {r.key: r for r in near.relations}
        needs |= {p.key: p for p in near.prerequisites}
    return extra(
        list(concepts.values()),
        list(relations.values()),
        list(needs.values()),
        data=map_data(target, build),
        lang=lang,
    )


@st.cache_data(show_spinner=False, max_entries=20)
def members_of(target: GraphView, build: str, lang: str, territory: str) -> dict[str, Any] | None:
    """What the browser lacks of a territory that is opened: its most important concepts with what relates them."""
    data, found = map_data(target, build), scene_of(target, build, lang)
    if len(found.sent) == len(data.concepts):
        return None
    inside = within_territory(data, territory, MOST_MARKS)
    ids = [c.id for c in inside]
    with store(target).reading() as here:
        between = here.subgraph(ids)
    return extra(inside, between.relations, between.prerequisites, data=data, lang=lang)


@st.cache_data(show_spinner=False, max_entries=200)
def surroundings(
    target: GraphView,
    build: str,  # noqa: ARG001  part of the key
    concept: str,
    hops: int,
    types: tuple[RelationType, ...],
) -> Subgraph:
    """A concept with all within ``hops`` relations, and what it directly needs and unlocks."""
    with store(target).reading() as here:
        near = here.neighbourhood([concept], hops=hops, limit=AROUND, types=types or None)
        edges: list[Prerequisite] = [*here.prerequisites(after=concept), *here.prerequisites(before=concept)]
        ids = {c.id for c in near.concepts} | {end for edge in edges for end in edge.key}
        return here.subgraph(sorted(ids), types=types or None)


@st.cache_data(show_spinner=False, max_entries=200)
def card(target: GraphView, build: str, concept: str) -> ConceptCard:  # noqa: ARG001
    """All about one concept."""
    return concept_card(store(target), concept)


@st.cache_data(show_spinner=False, max_entries=500)
def concept(target: GraphView, build: str, concept_id: str) -> Concept | None:  # noqa: ARG001
    """The concept with this id, looked up in the store; None where the graph has none."""
    return next(iter(store(target).concepts([concept_id])), None)


@st.cache_data(show_spinner=False, max_entries=200)
def called(target: GraphView, build: str, name: str) -> Concept | None:  # noqa: ARG001
    """The concept that goes by ``name``, the most salient one of several; None where none does."""
    return next(iter(store(target).concepts_named(name)), None)


@st.cache_data(show_spinner=False, max_entries=50)
def nearest(target: GraphView, build: str, name: str) -> list[tuple[str, str]]:  # noqa: ARG001
    """(name, id) of the concepts whose names are most like ``name``, best first."""
    return nearest_names(name, store(target).names())


@st.cache_resource(show_spinner=False, max_entries=2)
def answerer(target: GraphView, build: str) -> Answerer:  # noqa: ARG001
    """The graph, ready to be asked. Imported here: the map need not wait for all that answering needs."""
    from queries.answer.answerer import Answerer

    return Answerer.from_store(store(target))


@st.cache_data(show_spinner=False, max_entries=200)
def answer(target: GraphView, build: str, question: str) -> Answer:
    """The answer to a question."""
    return answerer(target, build).ask(question)


@st.cache_data(show_spinner=False, max_entries=200)
def ids_called(
    target: GraphView,
    build: str,  # noqa: ARG001  part of the key
    names: tuple[str, ...],
    path: tuple[PathStep, ...],
) -> dict[str, str]:
    """Name → id of the concepts that an answer names; a name of several concepts is that of the most salient."""
    wanted = dict.fromkeys((*names, *(end for step in path for end in (step.head, step.tail))))
    found = {}
    with store(target).reading() as here:
        for name in wanted:
            called = here.concepts_named(name)
            own = [concept for concept in called if concept.name == name]
            if called:
                found[name] = (own or called)[0].id
    return found


@st.cache_resource(show_spinner=False, max_entries=2)
def themes(target: GraphView, build: str) -> tuple[Community, ...]:  # noqa: ARG001
    """The themes of all levels, by (level, number)."""
    return tuple(store(target).communities())


def colours(themes: Sequence[Community]) -> dict[str, str]:
    """Theme id → the colour that it, or the coarsest theme above it, has on the map."""
    top = theme_colours([theme for theme in themes if theme.level == 0])
    found = dict(top)
    for theme in themes:
        if theme.parent is not None:
            found[theme.id] = found.get(theme.parent, REST)
    return found


@st.cache_data(show_spinner=False, max_entries=20)
def concepts_in(target: GraphView, build: str, doc: str) -> list[tuple[str, str]]:
    """(name, id) of the concepts that a document names, most salient first."""
    find = name_finder(target, build)
    named = {concept for line in lines(target, build, doc) for _, _, concept in find(line)}
    return [(c.name, c.id) for c in store(target).concepts(sorted(named))]


@st.cache_data(show_spinner=False, max_entries=20)
def lines(target: GraphView, build: str, doc: str) -> list[str]:  # noqa: ARG001
    """The lines of a document."""
    return [line for passage in store(target).passages(doc) for line in passage.text.split("\n")]


@st.cache_data(show_spinner=False, max_entries=20)
def rendered(target: GraphView, build: str, doc: str) -> list[Node]:
    """The blocks of a document, as a page shows them."""
    return rendered_note("\n".join(lines(target, build, doc)))


@st.cache_resource(show_spinner=False, max_entries=2)
def name_finder(target: GraphView, build: str) -> Find:  # noqa: ARG001
    """Finds the concepts of the graph in texts; a name of several means the most salient."""
    here = store(target)
    names = here.names()
    counted = Counter(fold(name) for name, _ in names)
    shared = sorted({i for name, i in names if counted[fold(name)] > 1})
    rank = {c.id: n for n, c in enumerate(here.concepts(shared))} if shared else {}
    finder = NameFinder(sorted(names, key=lambda pair: (rank.get(pair[1], 0), pair)))

    def find(text: str) -> list[tuple[int, int, str]]:
        return [(found.start, found.end, found.owner) for found in finder.find(text)]

    return find


@st.cache_data(show_spinner=False, max_entries=20)
def links(target: GraphView, build: str, doc: str) -> Links:
    """The links of a document that lead to other notes, by line."""
    return links_to_notes(doc, overview(target, build).documents, store(target).passages)


def names(target: GraphView, ids: Sequence[str]) -> dict[str, str]:
    """Id → name of these concepts, which may be beyond those that boxes offer."""
    return names_of(store(target), ids)


@st.cache_data(show_spinner=False, max_entries=20)
def cypher(target: GraphView, build: str, query: str) -> ResultTable:  # noqa: ARG001
    """The rows of a read-only query to a graph in Neo4j."""
    from graph.stores.neo4j.console_process import run_cypher
    from graph.stores.neo4j.store import Neo4jStore

    asked = _opened(target.address)
    assert isinstance(asked, Neo4jStore)  # noqa: S101  # for mypy: the page asks for addresses of Neo4j only
    return run_cypher(asked, query)


@st.cache_resource(show_spinner=False, max_entries=4)
def part_scene(target: GraphView, build: str, concepts: tuple[str, ...], lang: str) -> Scene:
    """Some concepts and all between them, as a map of their own."""
    with store(target).reading() as here:
        held = here.subgraph(concepts)
        kept = {c.id for c in held.concepts}
        themes = [
            replace(theme, members=tuple(m for m in theme.members if m in kept), parent=None)
            for theme in here.communities(0)
            if kept & set(theme.members)
        ]
    layout = lay_out(held.concepts, held.relations, held.prerequisites, themes)
    return _scene(MapData(build, "Cypher", tuple(held.concepts), held.relations, held.prerequisites, layout), lang)


def part(target: GraphView, build: str, concepts: Sequence[str]) -> Whole:
    """Some concepts and all between them."""
    with store(target).reading() as here:
        held = here.subgraph(concepts)
        return Whole(
            build, held.concepts, held.relations, held.prerequisites, tuple(here.communities(0)), len(held.concepts)
        )
