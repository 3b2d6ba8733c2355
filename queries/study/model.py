"""What study paths, the next steps and the gaps of the notes are: frozen values that say why."""

from __future__ import annotations

from dataclasses import dataclass

from graph.model import Evidence, Passage, Prerequisite, Relation


@dataclass(frozen=True, slots=True)
class Reading:
    """What to read for one step of a study path."""

    passage: Passage
    minutes: float
    again: bool = False
    """Whether an earlier step reads it as well; it then takes 0 minutes here."""


@dataclass(frozen=True, slots=True)
class StudyStep:
    """One concept to learn."""

    concept: str
    """Id."""
    name: str
    layer: int
    """0 needs nothing that is not known; layer n needs something of layer n-1."""
    why: tuple[Prerequisite, ...]
    """The edges to later steps of this path that make it necessary, those on the most certain way to the goal first;
    empty for the goal."""
    needs: tuple[str, ...]
    """Ids of earlier steps that it rests on directly."""
    definition: Evidence | None
    reading: tuple[Reading, ...]
    """What to read within the time there is, most important first."""
    minutes: float
    """Of ``reading``."""
    strength: float = 1.0
    """How likely it is that the goal needs it, 0..1: the product of the confidences along the most certain chain of
    prerequisites."""
    background: bool = False
    """Whether the goal needs it only by a long or doubtful chain, the notes take it for granted, or something known
    rests on it: many learners know it already. Background comes before all other steps and rests on none of them."""
    later: bool = False
    """Whether there is no time left for it."""
    left_out: tuple[Reading, ...] = ()
    """What should be read as well, and does not fit into the time there is."""
    unlocks: tuple[str, ...] = ()
    """Ids of the concepts that rest on it directly: those of this path first, in its order, then the others, most
    salient first."""


@dataclass(frozen=True, slots=True)
class StudyPath:
    """What to learn, in order, to understand ``goal``."""

    goal: str
    """Id."""
    steps: tuple[StudyStep, ...]
    """Every prerequisite before what needs it, background first; the goal is last. Of all that the goal
    needs ``left_out`` are not among them."""
    known: tuple[str, ...]
    """Ids that were taken as known, with what they surely rest on, sorted."""
    minutes: float
    """Of all readings of all steps, as far as they fit into ``budget``."""
    connection: tuple[Relation, ...] = ()
    """With `--from`: the chain of relations from there to the goal, where no chain of prerequisites leads in either
    direction."""
    start: str | None = None
    """With `--from`: its id."""
    chain: tuple[Prerequisite, ...] = ()
    """With `--from`: the most certain chain of prerequisites from there to the goal, or from the goal to there, where
    there is one."""
    budget: float | None = None
    """Minutes there are; None: all the time it takes."""
    left_out: int = 0
    """How many further concepts the goal rests on, most of them only by way of the background."""

    @property
    def background(self) -> tuple[StudyStep, ...]:
        """The steps before the others that a learner may know already."""
        return tuple(s for s in self.steps if s.background)

    @property
    def proper(self) -> tuple[StudyStep, ...]:
        """The steps that are not background."""
        return tuple(s for s in self.steps if not s.background)

    @property
    def background_minutes(self) -> float:
        """Minutes to read the background, were there the time."""
        return round(sum(r.minutes for s in self.background for r in (*s.reading, *s.left_out)), 1)

    @property
    def later(self) -> tuple[StudyStep, ...]:
        """The steps that there is no time for."""
        return tuple(s for s in self.steps if s.later)

    @property
    def later_minutes(self) -> float:
        """Minutes to read for the steps that there is no time for."""
        return round(sum(r.minutes for s in self.later for r in s.left_out), 1)

    @property
    def left_minutes(self) -> float:
        """Minutes of what should be read and does not fit into the time there is, background aside."""
        return round(sum(r.minutes for s in self.proper for r in s.left_out), 1)


@dataclass(frozen=True, slots=True)
class NextStep:
    """A concept that can be learned now: all that it rests on is known."""

    concept: str
    """Id."""
    name: str
    score: float
    """What it is ranked by, 0..1; see :mod:`queries.study.next_steps`."""
    builds_on: tuple[Prerequisite, ...]
    """The edges from known concepts, most certain first; empty where it needs nothing."""
    opens: tuple[str, ...]
    """Ids of the unknown concepts that rest on it directly, most salient first."""
    completes: tuple[str, ...]
    """Those of ``opens`` that need nothing else any more."""
    theme: str | None
    """Title of the theme that it shares with something known; None where it shares none."""
    definition: Evidence | None
    reading: tuple[Reading, ...]
    minutes: float


@dataclass(frozen=True, slots=True)
class NextSteps:
    """What can be learned now."""

    known: tuple[str, ...]
    """Ids that were taken as known, with what they surely rest on, sorted."""
    steps: tuple[NextStep, ...]
    """Best first."""
    ready: int
    """How many concepts can be learned now in all."""
    goal: str | None = None
    """Id of the concept that the steps lead to; None: anywhere."""
    goal_known: bool = False
    """Whether the goal itself is known already."""


@dataclass(frozen=True, slots=True)
class ThemeGap:
    """Two themes that the notes hardly connect."""

    first: str
    """Title of the larger one."""
    second: str
    first_id: str
    second_id: str
    relations: int
    """Relations between a concept of one and a concept of the other."""
    expected: float
    """How many there would be if the same concepts had as many relations each, but with no regard to themes."""
    likeness: float
    """How alike the two are in what they speak of, 0..1."""
    bridge: tuple[str, str] | None
    """Ids of the two most alike concepts, one of each theme, that no relation joins: where to look for the
    connection."""
    evidence: tuple[Evidence, ...]
    """Lines that name one of the bridge's ends each, or of the few relations that there are."""


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A concept that the notes use and never explain."""

    concept: str
    name: str
    lines: int
    """Lines that name it."""
    documents: int
    needed_by: tuple[str, ...]
    """Ids of concepts that rest on it or are stated to use it, most salient first."""
    evidence: tuple[Evidence, ...]
    """Lines that use it."""


@dataclass(frozen=True, slots=True)
class Rootless:
    """A concept with no prerequisites that looks as if it needs some."""

    concept: str
    name: str
    names: tuple[str, ...]
    """Ids of concepts that its definition names or that it is stated to use, be based on or be made of, most certain
    first."""
    evidence: tuple[Evidence, ...]
    """The lines that say so."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a learner should look up next, each sort ranked, the most worthwhile first."""

    themes: tuple[ThemeGap, ...]
    unexplained: tuple[Unexplained, ...]
    rootless: tuple[Rootless, ...]
    found: tuple[int, int, int] = (0, 0, 0)
    """How many of each sort there are in all."""
