"""What the study page loads, kept between clicks and keyed by the graph's build.

And the learner's progress, which is not kept.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from graph.errors import ProgressError, StudyatlasError
from queries.study.gaps import find_gaps
from queries.study.likelihood import implied_by
from queries.study.model import Gaps, NextSteps, StudyPath
from queries.study.next_steps import next_steps
from queries.study.path import study_path
from ui.exports.sheet import Sheet
from ui.progress import change_progress, progress_path, read_progress
from ui.views import address, state
from ui.views.loading import GraphView, store
from ui.views.panels.study import Ticks

NEXT: int = 6
"""Concepts that the page offers to learn next, at most."""
GAPS: int = 6
"""Gaps of each sort that the page shows, at most."""


@st.cache_data(show_spinner=False, max_entries=100)
def study_sheet(
    target: GraphView,
    build: str,  # noqa: ARG001  part of the key
    goal: str,
    known: tuple[str, ...],
    start: str | None,
    minutes: float | None,
    lang: str,
) -> Sheet:
    """What to learn to understand ``goal``, with all that is said about it."""
    path: StudyPath = study_path(store(target), goal, known=known, start=start, minutes=minutes)
    return Sheet.of(path, store(target), lang=lang)


@st.cache_data(show_spinner=False, max_entries=100)
def next_up(target: GraphView, build: str, known: tuple[str, ...], goal: str | None) -> NextSteps:  # noqa: ARG001
    """What can be learned now."""
    return next_steps(store(target), known=known, goal=goal, limit=NEXT)


@st.cache_data(show_spinner=False, max_entries=2)
def gaps(target: GraphView, build: str) -> Gaps:  # noqa: ARG001
    """What the notes leave open."""
    return find_gaps(store(target), limit=GAPS)


@st.cache_data(show_spinner=False, max_entries=100)
def implied(target: GraphView, build: str, known: tuple[str, ...]) -> frozenset[str]:  # noqa: ARG001
    """What follows from what is known, without it."""
    edges = {e.key: e for concept in known for e in store(target).prerequisite_closure(concept)}
    return frozenset(implied_by(known, edges.values()) - set(known))


@dataclass(frozen=True, slots=True)
class Marks:
    """What the learner marked as known."""

    ids: tuple[str, ...]
    """In the order in which they were marked."""
    unknown: tuple[str, ...] = ()
    """Names of what was marked and is not in the graph."""
    trouble: str | None = None
    """Why the marks are not kept; they then last as long as the page is open."""


def marks(target: GraphView) -> Marks:
    """The marks as they are in the file now, so that those of another program are seen.

    Those of this page where it cannot be used.
    """
    if state.trouble() is not None:
        return Marks(tuple(sorted(state.done())), trouble=state.trouble())
    try:
        found = read_progress(_path(target), store(target))
    except ProgressError as error:
        return Marks(tuple(sorted(state.done())), trouble=str(error))
    return Marks(found.marked, tuple(entry.name for entry in found.unknown))


def change_marks(target: GraphView, *, know: Collection[str] = (), forget: Collection[str] = ()) -> None:
    """Mark and unmark concepts (ids). Where the file cannot be written, the page remembers them and says so."""
    before = marks(target)
    wanted = (set(before.ids) | set(know)) - set(forget)
    try:
        path = _path(target)
        kept = set(read_progress(path, store(target)).marked)
        # after trouble, what was marked meanwhile is kept as well
        lost = wanted - kept if before.trouble is not None else set(know)
        change_progress(path, store(target), know=sorted(lost), forget=sorted(kept & set(forget)))
        state.set_trouble(None)
    except StudyatlasError as error:
        state.tick(wanted)
        state.set_trouble(str(error))


def ticks(target: GraphView, build: str, marks: Marks, goal: str | None) -> Ticks:
    """The boxes of a path to ``goal`` (None: of none), and what a click on one does."""

    def change(concept: str, ticked: bool) -> None:
        if ticked:
            state.tick_here(goal, concept)
            change_marks(target, know=[concept])
        else:
            change_marks(target, forget=[concept])

    return Ticks(
        set(marks.ids),
        implied(target, build, marks.ids),
        change,
        doing=state.value(address.DOING),
        skipped=state.value(address.SKIPPED),
        change_status=None if goal is None else state.set_status,
    )


def _path(target: GraphView) -> Path:
    return progress_path(target.address, store(target).info().source)
