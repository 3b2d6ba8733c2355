"""The map: which places to draw, from the one layout of a graph.

Every function returns an :class:`Atlas`, whose places are those of the layout, and which says of how many concepts it
shows how many. So however large a graph is, one view has at most ``MOST_MARKS`` marks, and a concept is in the
same place in each view.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np

from graph.errors import InputError, NoSuchConcept
from graph.layout.compute import lay_out
from graph.layout.tree import MOST_MARKS, Ints
from graph.model import (
    Concept,
    ConceptKind,
    GraphInfo,
    Layout,
    Prerequisite,
    Relation,
    RelationType,
    Territory,
    TerritoryLink,
)
from graph.stores.contract import GraphStore

LANDMARKS: Final = 150
"""Concepts of :func:`overview`."""
_KEPT: Final = 3
"""Layouts of graphs without a stored one that are kept."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A concept on the map."""

    id: str
    name: str
    kind: ConceptKind
    x: float
    """In map units, as ``y``."""
    y: float
    importance: float
    """0..1: how large to draw it."""
    scale: float
    """Pixels per map unit from which its name has room."""
    territory: str
    """Id of the smallest territory that contains it."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """A view of the map."""

    territories: tuple[Territory, ...]
    """Those to draw, parents before their parts; without the ones in :attr:`trail`."""
    links: tuple[TerritoryLink, ...]
    """Between these territories."""
    marks: tuple[Mark, ...]
    """Most important first."""
    relations: tuple[Relation, ...]
    """Between the marks, by key."""
    prerequisites: tuple[Prerequisite, ...]
    """Between the marks, by key."""
    shown: int
    """Number of marks."""
    total: int
    """Concepts that the view is about, of which the marks are the most important."""
    trail: tuple[Territory, ...] = ()
    """The breadcrumb: the territories that contain all of the view, coarsest first."""


def layout_of(store: GraphStore) -> Layout:
    """The layout of the graph; of one that was built before layouts were stored, it is computed once for each build."""
    with store.reading():
        stored = store.layout()
        if stored is not None:
            return stored
        return _COMPUTED.of(store, store.info())


def overview(store: GraphStore, *, limit: int = LANDMARKS) -> Atlas:
    """The whole map: the territories that it is divided into, their links, and the most important concepts."""
    with store.reading():
        return _Map.of(store).inside(None, limit)


def whole(store: GraphStore, *, limit: int = MOST_MARKS) -> Atlas:
    """The whole map with all territories that contain a mark: for graphs that are small enough to be seen at once."""
    with store.reading():
        here = _Map.of(store)
        return here.atlas(np.arange(len(here.layout.concept_ids)), limit)


def inside(store: GraphStore, territory: str, *, limit: int = MOST_MARKS) -> Atlas:
    """A territory that is opened: its parts with their links, and the ``limit`` most important of its concepts.

    Args:
        store: the graph.
        territory: id of a territory or of a theme (:attr:`graph.model.Community.id`) of any level.
        limit: the most marks.

    Raises:
        InputError: there is no such territory.
    """
    with store.reading():
        here = _Map.of(store)
        return here.inside(here.number_of(territory), limit)


def around(
    store: GraphStore,
    concept: str,
    *,
    depth: int = 1,
    types: Collection[RelationType] | None = None,
    limit: int = MOST_MARKS,
) -> Atlas:
    """A concept and those within ``depth`` relations of these types (None: all), in their places on the whole map.

    Nearer concepts come before farther ones where there are more than ``limit``; ``total`` counts those that were
    found.

    Raises:
        NoSuchConcept: no concept has this id.
    """
    with store.reading():
        here = _Map.of(store)
        here.place_of(concept)
        found = store.neighbourhood([concept], hops=depth, limit=limit, types=types)
        return here.atlas(here.places_of([c.id for c in found.concepts]), limit, types=types)


def selected(store: GraphStore, concepts: Collection[str], *, limit: int = MOST_MARKS) -> Atlas:
    """These concepts in their places on the whole map; unknown ids are left out."""
    with store.reading():
        here = _Map.of(store)
        return here.atlas(here.places_of(concepts), limit)


def breadcrumb(store: GraphStore, concept: str) -> tuple[Territory, ...]:
    """The territories that contain a concept, coarsest first.

    Raises:
        NoSuchConcept: no concept has this id.
    """
    with store.reading():
        here = _Map.of(store)
        return here.trail(int(here.layout.homes[here.place_of(concept)]))


class _Computed:
    """Layouts of graphs that have none, the last few builds that were asked for. Threads may share it."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, Layout] = OrderedDict()
        self._guard = Lock()

    def of(self, store: GraphStore, info: GraphInfo) -> Layout:
        with self._guard:
            if info.build not in self._found:
                self._found[info.build] = lay_out(
                    store.concepts(), store.relations(), store.prerequisites(), store.communities()
                )
                while len(self._found) > _KEPT:
                    self._found.popitem(last=False)
            self._found.move_to_end(info.build)
            return self._found[info.build]


_COMPUTED: Final = _Computed()


@dataclass(frozen=True, slots=True)
class _Map:
    """The layout of a graph with its look-ups."""

    store: GraphStore
    layout: Layout
    number: dict[str, int]
    """Id of a territory → its place in the layout."""
    parents: tuple[int, ...]
    """Of each territory; -1 for those without."""

    @classmethod
    def of(cls, store: GraphStore) -> _Map:
        layout = layout_of(store)
        number = {t.id: i for i, t in enumerate(layout.territories)}
        return cls(
            store, layout, number, tuple(-1 if t.parent is None else number[t.parent] for t in layout.territories)
        )

    # ---- look-ups --------------------------------------------------------------------------------------------------

    def number_of(self, territory: str) -> int:
        """The place of a territory; of a theme that has none of its own, that of the theme that it is all of.

        Raises:
            InputError: there is neither.
        """
        if territory in self.number:
            return self.number[territory]
        parents = {c.id: c.parent for c in self.store.communities()}
        above = parents.get(territory)
        while above is not None and above not in self.number:
            above = parents[above]
        if above is None:
            raise InputError(f"There is no area {territory!r} on the map of this graph.")
        return self.number[above]

    def places_of(self, concepts: Collection[str]) -> Ints:
        """Rows of the layout of these concepts, ascending; unknown ids are left out."""
        wanted = set(concepts)
        return np.array([i for i, c in enumerate(self.layout.concept_ids) if c in wanted], dtype=np.int64)

    def place_of(self, concept: str) -> int:
        """Row of one concept.

        Raises:
            NoSuchConcept: no concept has this id.
        """
        found = self.places_of([concept])
        if not len(found):
            raise NoSuchConcept(concept, self.store.nearest_names(concept))
        return int(found[0])

    def trail(self, territory: int) -> tuple[Territory, ...]:
        """The territory and all that contain it, coarsest first."""
        found: list[Territory] = []
        while territory >= 0:
            found.append(self.layout.territories[territory])
            territory = self.parents[territory]
        return tuple(reversed(found))

    # ---- views -----------------------------------------------------------------------------------------------------

    def inside(self, territory: int | None, limit: int) -> Atlas:
        """What is in a territory (None: on the whole map), with its parts and the links between them."""
        above = -1 if territory is None else territory
        held = [False] * len(self.parents)
        for i, parent in enumerate(self.parents):  # parents come before their parts
            held[i] = above < 0 or i == above or (parent >= 0 and held[parent])
        rows = np.flatnonzero(np.array(held, dtype=bool)[self.layout.homes]) if self.parents else np.arange(0)
        shown = [i for i, parent in enumerate(self.parents) if parent == above]
        trail = () if territory is None else self.trail(territory)
        return self._view(rows, limit, shown, trail, None)

    def atlas(self, rows: Ints, limit: int, *, types: Collection[RelationType] | None = None) -> Atlas:
        """The concepts of these rows, with all territories that contain one of those that are shown."""
        homes = set(self.layout.homes[self._best(rows, limit)].tolist())
        shown: set[int] = set()
        for home in homes:
            while home >= 0 and home not in shown:
                shown.add(home)
                home = self.parents[home]
        return self._view(rows, limit, sorted(shown), (), types)

    def _best(self, rows: Ints, limit: int) -> Ints:
        """The ``limit`` most important of ``rows``, most important first."""
        order = np.lexsort((rows, -self.layout.importance[rows]))
        return np.asarray(rows[order[: max(limit, 0)]])

    def _view(
        self,
        rows: Ints,
        limit: int,
        shown: Sequence[int],
        trail: tuple[Territory, ...],
        types: Collection[RelationType] | None,
    ) -> Atlas:
        best = self._best(rows, limit)
        ids = [self.layout.concept_ids[i] for i in best.tolist()]
        part = self.store.subgraph(ids, types=types)
        concepts = {c.id: c for c in part.concepts}
        areas = {self.layout.territories[i].id for i in shown}
        return Atlas(
            territories=tuple(self.layout.territories[i] for i in shown),
            links=tuple(link for link in self.layout.links if link.a in areas and link.b in areas),
            marks=tuple(self._mark(row, concepts[i]) for row, i in zip(best.tolist(), ids, strict=True)),
            relations=part.relations,
            prerequisites=part.prerequisites,
            shown=len(ids),
            total=len(rows),
            trail=trail,
        )

    def _mark(self, row: int, concept: Concept) -> Mark:
        layout = self.layout
        x, y = layout.positions[row].tolist()
        return Mark(
            concept.id,
            concept.name,
            concept.kind,
            x,
            y,
            float(layout.importance[row]),
            float(layout.scale[row]),
            layout.territories[int(layout.homes[row])].id,
        )
