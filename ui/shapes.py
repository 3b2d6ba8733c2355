"""The values that ``--json``, the HTTP API and the MCP server give: one set of shapes, version :data:`VERSION`.

Plain dictionaries at run time. Their types make the schemas of the API and of the MCP server; :mod:`ui.records` makes
the values. A shape may get more keys in any version; a key that goes or changes its meaning changes the version.
"""

from __future__ import annotations

from typing import Final, NotRequired

from typing_extensions import TypedDict  # what pydantic makes schemas of before Python 3.12

VERSION: Final = "1"
"""Of all shapes; the API has it in its address."""


class EvidenceShape(TypedDict):
    """A piece of a note: what is where."""

    doc: str
    line: int
    quote: str


class ErrorShape(TypedDict):
    """Why a request has no answer, and what to do."""

    error: str
    nearest: NotRequired[list[str]]
    """Names that are most like the one that is unknown."""
    choices: NotRequired[list[str]]
    """Ids of the concepts that an ambiguous name may mean."""


class MentionShape(TypedDict):
    """A line that names a concept."""

    doc: str
    line: int
    form: str


class ConceptShape(TypedDict):
    """A concept."""

    id: str
    name: str
    aliases: list[str]
    kind: str
    salience: float
    """How central to the notes, 0..1."""
    confidence: float
    """How probably it is a concept at all, 0..1."""
    definition: EvidenceShape | None


class RelationShape(TypedDict):
    """A typed statement; ``head`` and ``tail`` are ids of concepts."""

    head: str
    type: str
    tail: str
    confidence: float
    origin: str
    basis: str
    """``extracted``, ``inferred``, ``background`` (general knowledge) or ``model:NAME`` (a language model)."""
    evidence: list[EvidenceShape]


class PrerequisiteShape(TypedDict):
    """``before`` must be understood before ``after``; both are ids of concepts."""

    before: str
    after: str
    confidence: float
    basis: str
    reasons: list[str]
    evidence: list[EvidenceShape]


class PassageShape(TypedDict):
    """A section of a note."""

    doc: str
    first_line: int
    last_line: int
    heading_path: list[str]
    text: str


class HitShape(PassageShape):
    """A section that a search found."""

    score: float


class CommunityShape(TypedDict):
    """A theme; ``concepts`` are ids."""

    id: str
    level: int
    parent: str | None
    title: str
    summary: str
    concepts: list[str]
    evidence: list[EvidenceShape]


class ThemesShape(TypedDict):
    """The themes of a level, or of all."""

    level: int | None
    communities: list[CommunityShape]


class DocumentShape(TypedDict):
    """A file of notes."""

    id: str
    title: str
    lines: int
    lang: str
    unit: str
    sha256: str


class CountsShape(TypedDict):
    """How much a graph contains."""

    documents: int
    passages: int
    concepts: int
    relations: int
    prerequisites: int
    communities: int


class SkippedShape(TypedDict):
    """Something of the notes that is not in the graph; line 0 means the whole file."""

    doc: str
    line: int
    reason: str


class InfoShape(TypedDict):
    """What a graph contains."""

    graph: str
    build: str
    source: str
    counts: CountsShape
    settings: dict[str, str]
    documents: list[DocumentShape]
    skipped: list[SkippedShape]


class MergeShape(TypedDict):
    """Why two names are one concept."""

    concept: str
    kept: str
    merged: str
    reason: str
    evidence: EvidenceShape | None


class ThemeNameShape(TypedDict):
    """A theme that contains a concept."""

    id: str
    level: int
    title: str


class CardShape(ConceptShape):
    """All that the graph knows about one concept."""

    mentions: list[MentionShape]
    relations: list[RelationShape]
    prerequisites: list[PrerequisiteShape]
    unlocks: list[PrerequisiteShape]
    themes: list[ThemeNameShape]
    merges: list[MergeShape]
    names: dict[str, str]
    """Id → name of every concept that the card mentions."""
    left_out: NotRequired[dict[str, int]]
    """How many mentions and relations are not given; only where an answer is bounded."""


class NamedShape(TypedDict):
    """A concept by its id and name."""

    id: str
    name: str


class KindedShape(NamedShape):
    """A concept by its id, name and kind."""

    kind: str


class SearchShape(TypedDict):
    """What was found by words."""

    text: str
    concepts: list[ConceptShape]
    passages: list[HitShape]


class NeighboursShape(TypedDict):
    """The surroundings of a concept."""

    concept: NamedShape
    depth: int
    concepts: list[ConceptShape]
    relations: list[RelationShape]
    prerequisites: list[PrerequisiteShape]
    more: bool
    """Whether there are others as near that did not fit."""


class ConnectionShape(TypedDict):
    """One way in which two concepts are connected."""

    concepts: list[NamedShape]
    relations: list[RelationShape]


class PathsShape(TypedDict):
    """How two concepts are connected, the best way first."""

    start: str
    end: str
    max_hops: int
    paths: list[ConnectionShape]


class LayersShape(TypedDict):
    """What a concept rests on; layer 0 needs nothing."""

    concept: ConceptShape
    layers: list[list[KindedShape]]
    prerequisites: list[PrerequisiteShape]


class LinkShape(TypedDict):
    """A concept that a question names."""

    concept: str
    name: str
    form: str
    start: int
    method: str
    score: float


class StepShape(TypedDict):
    """A hop of the path that an answer followed."""

    head: str
    type: str
    tail: str
    basis: str


class CitationShape(TypedDict):
    """Numbered evidence of an answer."""

    n: int
    doc: str
    line: int
    quote: str


class AnswerShape(TypedDict):
    """An answer from the notes, or an honest statement that they do not contain one."""

    question: str
    kind: str
    answered: bool
    answer: str
    """Each sentence is followed by the ``[n]`` of its citations."""
    concepts: list[str]
    path: list[StepShape]
    citations: list[CitationShape]
    plan: NotRequired[object]
    """How the question was understood; only where it was asked for."""
    trace: NotRequired[object]
    """How the lines were found and scored; only where it was asked for."""


class ReadingShape(TypedDict):
    """What to read."""

    doc: str
    first_line: int
    last_line: int
    heading_path: list[str]
    minutes: float
    again: bool
    """Whether an earlier step reads it as well."""


class StudyStepShape(TypedDict):
    """One step of a study path."""

    concept: str
    name: str
    layer: int
    minutes: float
    strength: float
    background: bool
    later: bool
    definition: EvidenceShape | None
    why: list[PrerequisiteShape]
    needs: list[str]
    unlocks: list[str]
    reading: list[ReadingShape]
    left_out: list[ReadingShape]


class StudyShape(TypedDict):
    """What to learn in order to understand a concept, in order."""

    goal: str
    minutes: float
    background_minutes: float
    left_minutes: float
    left_out: int
    budget: float | None
    known: list[str]
    steps: list[StudyStepShape]
    start: str | None
    chain: list[PrerequisiteShape]
    connection: list[RelationShape]


class NextStepShape(TypedDict):
    """A concept that can be learned now."""

    concept: str
    name: str
    score: float
    builds_on: list[PrerequisiteShape]
    opens: list[str]
    completes: list[str]
    theme: str | None
    definition: EvidenceShape | None
    reading: list[ReadingShape]
    minutes: float


class NextShape(TypedDict):
    """What can be learned now, the most useful first."""

    goal: str | None
    goal_known: bool
    known: list[str]
    ready: int
    steps: list[NextStepShape]


class TitledShape(TypedDict):
    """A theme by its id and title."""

    id: str
    title: str


class ThemeGapShape(TypedDict):
    """Two themes that the notes hardly connect."""

    first: TitledShape
    second: TitledShape
    relations: int
    expected: float
    likeness: float
    bridge: list[str]
    evidence: list[EvidenceShape]


class UnexplainedShape(TypedDict):
    """A concept that others need and the notes never explain."""

    concept: str
    name: str
    lines: int
    documents: int
    needed_by: list[str]
    evidence: list[EvidenceShape]


class RootlessShape(TypedDict):
    """A concept whose explanation involves others, of which none is a prerequisite."""

    concept: str
    name: str
    involves: list[str]
    evidence: list[EvidenceShape]


class GapsShape(TypedDict):
    """What the notes leave open."""

    found: dict[str, int]
    themes: list[ThemeGapShape]
    unexplained: list[UnexplainedShape]
    rootless: list[RootlessShape]


class LineShape(TypedDict):
    """A line of a note as it is written."""

    line: int
    text: str


class LinesShape(TypedDict):
    """Some lines of a note."""

    doc: str
    title: str
    lines: list[LineShape]
    last_line: int
    """Of the whole note."""
