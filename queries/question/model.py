"""What questions become and what comes back: frozen values that carry their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph.model import Basis


class QuestionKind(StrEnum):
    """What sort of answer a question asks for."""

    DEFINITION = "definition"
    RELATION = "relation"
    MULTI_HOP = "multi_hop"
    COMPARE = "compare"
    PREREQUISITES = "prerequisites"
    STUDY_PATH = "study_path"
    GLOBAL = "global"


class Form(StrEnum):
    """What an answer must give: it decides which line comes first and how many lines are an answer."""

    DEFINITION = "definition"
    ATTRIBUTE = "attribute"
    REASON = "reason"
    METHOD = "method"
    NUMBER = "number"
    WHEN = "when"
    WHO = "who"
    LIST = "list"
    FACT = "fact"
    """Anything else that a line or two can say."""
    COMPARISON = "comparison"
    RELATION = "relation"
    PREREQUISITES = "prerequisites"
    STUDY_PATH = "study_path"
    OVERVIEW = "overview"


class LinkMethod(StrEnum):
    """How a part of a question was recognised as a concept."""

    EXACT = "exact"
    ALIAS = "alias"
    FUZZY = "fuzzy"
    VECTOR = "vector"


@dataclass(frozen=True, slots=True)
class ConceptLink:
    """A concept that a question names."""

    concept: str
    """Id."""
    name: str
    form: str
    """How the question writes it; for a vector link the whole question."""
    start: int
    """Offset of the form in the question; -1 for a vector link."""
    method: LinkMethod
    score: float
    """1 for exact and alias; likeness 0..1 otherwise."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question will be answered; `ask --explain` shows it."""

    question: str
    lang: str
    """``zh`` or ``en``: the language the answer is framed in."""
    kind: QuestionKind
    links: tuple[ConceptLink, ...]
    """In the order of the question; vector links last."""
    unknown: tuple[str, ...]
    """Named or rare words of the question that appear nowhere in the notes."""
    why: str
    """The rule that recognised the kind."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Numbered evidence of an answer."""

    n: int
    """1-based; the answer's text refers to it as ``[n]``."""
    doc: str
    line: int
    quote: str


@dataclass(frozen=True, slots=True)
class PathStep:
    """One hop of the path an answer followed, with names as people read them."""

    head: str
    type: str
    tail: str
    basis: Basis = Basis.EXTRACTED
    """``BACKGROUND`` where general knowledge says so, and the notes only mention both ends."""


@dataclass(frozen=True, slots=True)
class LineScore:
    """Why a cited line was chosen; `ask --explain` shows it."""

    n: int
    """Number of its citation."""
    own: float
    """What the line offers by its words and concepts, relative to the best line of all; 0 where the kind of the
    question asks for the line whatever its words."""
    led: float
    """What it gains because a good line or note leads to it, relative to the best line of all."""
    words: float
    """Share of the question's words (by rarity) that it contains itself, 0..1."""
    leads: bool
    """Whether it answers; otherwise it is one more line about the subject."""


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about, stage by stage."""

    words: tuple[tuple[str, float], ...] = ()
    """What the notes were searched for: words and names with their weight; the weights sum to 1."""
    lines: tuple[LineScore, ...] = ()
    """One for each citation, in their order."""
    refused: str = ""
    """The rule that refused the question; empty where it is answered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or an honest statement that the notes do not contain one."""

    question: str
    kind: QuestionKind
    answered: bool
    answer: str
    """In the question's language; each sentence is followed by the ``[n]`` of its citations."""
    concepts: tuple[str, ...]
    """Names of the concepts that answer the question, best first; empty where it is not answered."""
    path: tuple[PathStep, ...]
    citations: tuple[Citation, ...]
    """Of an unanswered question the nearest line, where the answer quotes one."""
    plan: Plan | None = None
    more: str = ""
    """The end of ``answer`` that no longer answers but says what else the notes contain; the app folds it."""

    trace: Trace = Trace()

    @property
    def lead(self) -> str:
        """The beginning of ``answer`` that answers: all of it but ``more``."""
        return self.answer.removesuffix(self.more).rstrip("\n") if self.more else self.answer
