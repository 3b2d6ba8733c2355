"""A route on the map: a study path as the map draws it and as the list next to it tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from queries.study.model import StudyPath
from ui.concept_map.view import route_of
from ui.views import loading, state, study_loading
from ui.views.panels.study import Ticks


@dataclass(frozen=True, slots=True)
class Route:
    """A study path with all that is needed to show it."""

    path: StudyPath
    names: Mapping[str, str]
    """Id → name of all that it mentions."""
    themes: Mapping[str, tuple[str, ...]]
    """As the list of the path needs them."""
    ticks: Ticks
    drawn: dict[str, Any]
    """As the map draws it."""

    @property
    def concepts(self) -> tuple[str, ...]:
        """Ids of what is drawn."""
        return tuple(step["id"] for step in self.drawn["steps"])

    def tick(self, concept_id: str | None) -> None:
        """Mark a step as known, or no longer."""
        if concept_id is not None and not (concept_id in self.ticks.implied and concept_id not in self.ticks.marked):
            self.ticks.change(concept_id, concept_id not in self.ticks.marked)


def route(notes: loading.GraphOverview, goal: str, start: str | None, lang: str) -> Route:
    """What to learn to understand ``goal``, from ``start`` or from what the learner knows.

    What is ticked here stays on the route; what was known before is greyed.
    """
    target, build = notes.target, notes.info.build
    marks = study_loading.marks(target)
    here = state.ticked_here(goal)
    known = tuple(i for i in marks.ids if i not in here)
    sheet = study_loading.study_sheet(target, build, goal, known, start, None, lang)
    path = sheet.path
    ticks = study_loading.ticks(target, build, marks, goal)
    steps = {s.concept for s in path.steps}
    taken = set(path.known) | set(ticks.implied)
    before = [e for e in loading.map_data(target, build).prerequisites if e.before in taken and e.after in steps]
    ends = {end for r in path.connection for end in (r.head, r.tail)}
    ends |= {end for e in (*path.chain, *before) for end in e.key} | {i for s in path.steps for i in s.unlocks}
    names = {**sheet.names, **loading.names(target, sorted(ends))}
    done = [i for i in steps if ticks.known(i)]
    return Route(path, names, sheet.themes, ticks, route_of(path, done=done, names=names, before=before, lang=lang))
