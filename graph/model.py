"""The values that all parts of studyatlas share.

A graph of concepts, and where in the notes each of its statements appears.

All values are frozen. Sequences are tuples in a documented order, so that two builds of the same notes are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

SCHEMA_VERSION: Final = 1


class RelationType(StrEnum):
    """What a relation says, read head → tail: ``LoRA is_a PEFT``."""

    IS_A = "is_a"
    PART_OF = "part_of"
    USES = "uses"
    BASED_ON = "based_on"
    ADDRESSES = "addresses"
    CAUSES = "causes"
    USED_FOR = "used_for"
    CONTRASTS_WITH = "contrasts_with"
    EVALUATED_BY = "evaluated_by"
    RELATED_TO = "related_to"

    @property
    def symmetric(self) -> bool:
        """Whether head and tail may be exchanged. Symmetric relations are stored with ``head < tail``."""
        return self in (RelationType.CONTRASTS_WITH, RelationType.RELATED_TO)

    def label(self, lang: str) -> str:
        """The words between head and tail in ``lang`` (``zh`` or ``en``): ``QLoRA 基于 LoRA``."""
        return _RELATION_LABELS[self][0 if lang == "zh" else 1]


_RELATION_LABELS: Final[Mapping[RelationType, tuple[str, str]]] = {
    RelationType.IS_A: ("是一种", "is a"),
    RelationType.PART_OF: ("属于", "is part of"),
    RelationType.USES: ("使用", "uses"),
    RelationType.BASED_ON: ("基于", "is based on"),
    RelationType.ADDRESSES: ("解决", "addresses"),
    RelationType.CAUSES: ("导致", "causes"),
    RelationType.USED_FOR: ("用于", "is used for"),
    RelationType.CONTRASTS_WITH: ("对比", "contrasts with"),
    RelationType.EVALUATED_BY: ("评估指标为", "is evaluated by"),
    RelationType.RELATED_TO: ("相关", "is related to"),
}


class ConceptKind(StrEnum):
    """What sort of thing a concept is."""

    METHOD = "method"
    MODEL = "model"
    COMPONENT = "component"
    TASK = "task"
    PROBLEM = "problem"
    METRIC = "metric"
    DATASET = "dataset"
    TOOL = "tool"
    DATA = "data"
    CONCEPT = "concept"
    PROCESS = "process"
    """Something that happens by itself or step by step: photosynthesis, inflation."""
    THEORY = "theory"
    """A law, theorem, doctrine or school of thought."""
    CONDITION = "condition"
    """A state of health: a disease, a symptom."""
    SUBSTANCE = "substance"
    """Matter: a molecule, a drug, a material."""
    ORGANISM = "organism"
    EVENT = "event"
    """Something of a certain time: a war, a reform."""
    PERSON = "person"
    PLACE = "place"

    def label(self, lang: str) -> str:
        """The kind's name in ``lang`` (``zh`` or ``en``)."""
        return _KIND_LABELS[self] if lang == "zh" else self.value


_KIND_LABELS: Final[Mapping[ConceptKind, str]] = {
    ConceptKind.METHOD: "方法",
    ConceptKind.MODEL: "模型",
    ConceptKind.COMPONENT: "组件",
    ConceptKind.TASK: "任务",
    ConceptKind.PROBLEM: "问题",
    ConceptKind.METRIC: "指标",
    ConceptKind.DATASET: "数据集",
    ConceptKind.TOOL: "工具",
    ConceptKind.DATA: "数据",
    ConceptKind.CONCEPT: "概念",
    ConceptKind.PROCESS: "过程",
    ConceptKind.THEORY: "理论",
    ConceptKind.CONDITION: "病症",
    ConceptKind.SUBSTANCE: "物质",
    ConceptKind.ORGANISM: "生物",
    ConceptKind.EVENT: "事件",
    ConceptKind.PERSON: "人物",
    ConceptKind.PLACE: "地点",
}


class Basis(StrEnum):
    """Whether the notes say it or we concluded it."""

    EXTRACTED = "extracted"
    """A sentence, table cell, list or heading states it."""
    INFERRED = "inferred"
    """A model concluded it from several places; the evidence shows what it rests on."""
    BACKGROUND = "background"
    """General knowledge of the field relates them; the notes only mention both there."""
    MODEL = "model"
    """A language model read it in the notes, at the lines that are given; its name is in ``GraphSnapshot.settings``."""


GENERAL_KNOWLEDGE: Final = "background"
"""The reason of a prerequisite that only general knowledge gives."""
MODEL: Final = "model:"
"""How the reason of a prerequisite begins that a language model read in the notes; the name of the model follows."""
READ_BY: Final = "llm:"
"""How the origin of a relation begins that only a language model read; the name of the model follows."""
LANGUAGE_MODEL: Final = "language_model"
"""Setting of a graph: the language model that read the notes."""
LANGUAGE_MODEL_AT: Final = "language_model_at"
"""Setting of a graph: how to ask it again, as words of the command line without any key."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """A piece of a note: what appears where."""

    doc: str
    """Id of the document: its path relative to the folder that was built, with ``/``."""
    line: int
    """1-based line in the file as the user has it, on which the quote begins."""
    quote: str
    """Text of the note, markup aside. It begins on ``line`` and may run on over the following lines."""


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A line that names a concept."""

    doc: str
    line: int
    form: str
    """The name as it is written there."""


@dataclass(frozen=True, slots=True)
class Concept:
    """Something a learner could look up in a glossary."""

    id: str
    """Stable: the folded name, followed by ``~`` and a qualifier where two concepts share a name."""
    name: str
    aliases: tuple[str, ...] = ()
    """Other names in the notes, without ``name``; most used first."""
    kind: ConceptKind = ConceptKind.CONCEPT
    salience: float = 0.0
    """How central the concept is to the notes, 0..1 (:mod:`graph.centrality`); concepts of a graph are ordered by
    it."""
    definition: Evidence | None = None
    """The sentence, cell or list item that defines it; None where the notes never do."""
    mentions: tuple[Mention, ...] = ()
    """One for each line and form, in the order (doc, line, form)."""
    confidence: float = 1.0
    """Probability that it is a concept at all, 0..1."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed, directed statement about two concepts."""

    head: str
    type: RelationType
    tail: str
    confidence: float = 1.0
    """0..1."""
    origin: str = ""
    """Name of the rule or model that found it, e.g. ``pattern:zh.is_a`` or ``table.row``."""
    basis: Basis = Basis.EXTRACTED
    evidence: tuple[Evidence, ...] = ()
    """At least one for an extracted relation; the clearest first."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies a relation in a graph: (head, type, tail). Relations of a graph are ordered by it."""
        return (self.head, self.type.value, self.tail)

    @property
    def said_by(self) -> str:
        """The basis, as exports show it: ``model:NAME`` where only a language model read it."""
        return MODEL + self.origin.removeprefix(READ_BY) if self.basis is Basis.MODEL else self.basis.value


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """``before`` must be understood in order to understand ``after``.

    Direct edges only; a graph's edges have no cycle.
    """

    before: str
    after: str
    confidence: float = 1.0
    reasons: tuple[str, ...] = ()
    """Why, as codes that the user interface translates, strongest first: ``is_a``, ``part_of``, ``based_on``, ``uses``,
    ``defined_with`` (after's definition names before), ``named_after`` (after's name contains before's), ``reference``
    (after's sections refer to before and not the reverse), ``order`` (before is introduced earlier), ``cue`` (the notes
    say so), ``background`` (only a knowledge pack says so; the notes mention both in one place), ``user`` (the user's
    corrections say so), ``model:NAME`` (a language model of that name read it in the notes)."""
    evidence: tuple[Evidence, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """(before, after): prerequisites of a graph are ordered by it."""
        return (self.before, self.after)

    @property
    def said_by(self) -> str:
        """The basis, as exports show it: ``model:NAME`` where a language model read it."""
        if self.basis is not Basis.MODEL:
            return self.basis.value
        return next(reason for reason in self.reasons if reason.startswith(MODEL))

    @property
    def basis(self) -> Basis:
        """``EXTRACTED`` where the notes say so, ``MODEL`` where a language model read it there.

        ``BACKGROUND`` where general knowledge is the only reason.
        """
        if "cue" in self.reasons:
            return Basis.EXTRACTED
        if any(reason.startswith(MODEL) for reason in self.reasons):
            return Basis.MODEL
        return Basis.BACKGROUND if self.reasons == (GENERAL_KNOWLEDGE,) else Basis.INFERRED


@dataclass(frozen=True, slots=True)
class Community:
    """A theme: concepts that belong together.

    Each level is a partition of the same concepts: the connected ones, without parts of one or two that nothing else is
    near to.
    """

    id: str
    """``LEVEL-NUMBER``, e.g. ``0-3``; level 0 is the coarsest."""
    level: int
    parent: str | None
    """Id of the community of the next coarser level that contains this one; None at level 0."""
    title: str
    summary: str
    """Sentences of the notes, each followed by ``[n]``, the 1-based number of its evidence."""
    members: tuple[str, ...]
    """Ids of concepts, most salient first."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A file of notes."""

    id: str
    """Path relative to the folder that was built, with ``/``."""
    title: str
    sha256: str
    """Of the file's bytes."""
    lines: int
    lang: str = "en"
    """``zh`` or ``en``: the language that most of its letters are written in."""
    unit: str = "line"
    """What people count places of the document in: ``line``, ``page``, ``cell`` … (:mod:`graph.places`)."""
    starts: tuple[int, ...] = ()
    """Line on which each unit begins (unit *n*: ``starts[n - 1]``), ascending; empty where a line is the unit."""


class LineKind(StrEnum):
    """What a line of a note is."""

    BLANK = "blank"
    """Empty, or syntax alone: a fence, a rule, the delimiter row of a table, a comment, front matter. Its text is
    empty."""
    HEADING = "heading"
    TEXT = "text"
    """A line of a paragraph."""
    LABEL = "label"
    """A line of a paragraph that announces what follows: it ends with a colon."""
    ITEM = "item"
    """The first line of a list item; its further lines are text."""
    HEADER = "header"
    """The row of a table that names the columns. Cells are separated by `` | ``. An empty cell stays, so that columns
    agree; where it is the first, the text begins with ``| ``."""
    ROW = "row"
    """Another row of a table, written like the header; its text is empty where all its cells are."""
    QUOTE = "quote"
    CODE = "code"
    FORMULA = "formula"
    """Nothing but a formula."""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a note as the reader understood it."""

    kind: LineKind = LineKind.BLANK
    text: str = ""
    """Without markup, addresses and symbols, runs of spaces made one; otherwise as written. A number at its beginning
    is left out where it only counts (``1.``, ``①``), and kept where it is words or may be a quantity (``第一步：``,
    ``3.5``)."""
    depth: int = 0
    """Headings: 1..6, and 7 for a line that acts as a heading without being marked as one. Others: how many list items
    the line is inside of; an item of an outermost list is inside of none."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of a document, or a part of a long one. A document's passages cover all its lines, in order."""

    id: str
    """``DOC#FIRST_LINE``."""
    doc: str
    first_line: int
    last_line: int
    heading_path: tuple[str, ...]
    """Titles of the headings above, outermost first."""
    text: str
    """The lines as they appear in the file, joined with ``\\n``: line ``first_line + i`` is
    ``text.split("\\n")[i]``."""
    lines: tuple[NoteLine, ...] = field(default=(), hash=False)
    """What the reader made of each line of ``text``; empty in a graph that was built before lines were kept. Read them
    with :meth:`numbered_lines`."""

    def numbered_lines(self) -> Iterator[tuple[int, NoteLine]]:
        """Each line with its number in the file.

        Where a graph has kept none they are text as written, markup included.
        """
        lines = self.lines or (NoteLine(LineKind.TEXT, raw) if raw.strip() else _BLANK for raw in self.text.split("\n"))
        return enumerate(lines, start=self.first_line)

    @property
    def plain_text(self) -> str:
        r"""What the lines say, without markup, joined with ``\n``."""
        return "\n".join(line.text for _, line in self.numbered_lines())


_BLANK: Final = NoteLine()


@dataclass(frozen=True, slots=True)
class Merge:
    """Why two names are one concept: one line of the merge report."""

    concept: str
    """Id of the concept that contains both."""
    kept: str
    merged: str
    reason: str
    """A code: ``parenthesis``, ``abbreviation``, ``spelling``, ``plural``, ``typo``, ``also_called``, ``stated`` (an
    alias in the properties of the note), ``linked`` (what a link calls the note), ``translation``, ``lexicon``,
    ``user``."""
    evidence: Evidence | None = None
    """The line that says so, where one does."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of the input that is not in the graph, and why. Nothing is left out in silence."""

    doc: str
    line: int
    """1-based; 0 for the whole file."""
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """What the encoder that the build used made of the graph. Compare with :meth:`same`, not ``==``."""

    encoder: str
    """``static`` or the name of a sentence-transformers model."""
    concept_ids: tuple[str, ...]
    concepts: NDArray[np.float32]
    """Shape (len(concept_ids), dim), rows of length 1 (or 0 where nothing is known)."""
    passage_ids: tuple[str, ...]
    passages: NDArray[np.float32]
    """Shape (len(passage_ids), dim), rows of length 1 or 0."""
    state: bytes = b""
    """What the static encoder needs to encode a question (:meth:`graph.vectors.encoders.StaticEncoder.to_bytes`); empty
    for a named model."""

    @property
    def dim(self) -> int:
        """Length of one vector."""
        return int(self.passages.shape[1]) if self.passages.ndim == 2 else 0

    def same(self, other: Vectors) -> bool:
        """Whether both hold the same names and numbers, bit for bit."""
        return (
            (self.encoder, self.concept_ids, self.passage_ids, self.state)
            == (other.encoder, other.concept_ids, other.passage_ids, other.state)
            and np.array_equal(self.concepts, other.concepts)
            and np.array_equal(self.passages, other.passages)
        )


OTHER_TERRITORY: Final = "other"
"""Id of the territory of the concepts that are in no theme."""


@dataclass(frozen=True, slots=True)
class Territory:
    """An area of the map: that of a theme, of a part of one, or of the concepts that are in no theme.

    Territories form a tree. A theme that the next level does not divide is one territory, named by its coarsest level.
    """

    id: str
    """Of the :class:`Community`; ``other`` for the concepts in no theme; ``PARENT/NUMBER`` for a part of a territory
    that has too many concepts for one view and no finer themes."""
    parent: str | None
    """Id of the territory that contains this one; None for those that the whole map is divided into."""
    title: str
    """Of the theme, else the names of its two most important concepts; empty for ``other``, which the user interface
    names."""
    count: int
    """Concepts inside, those of its parts included."""
    x: float
    """Centre, in map units; the title belongs here."""
    y: float
    radius: float
    """Of a circle of the same area, in map units. The areas of all territories are in proportion to their ``count``."""
    outline: tuple[tuple[float, float], ...] = ()
    """Corners (x, y) of its convex area, in order; it contains the place of each of its concepts."""


@dataclass(frozen=True, slots=True)
class TerritoryLink:
    """How two territories with the same parent are related: the sum of what relates their concepts."""

    a: str
    """Id of a territory, smaller than ``b``."""
    b: str
    relations: tuple[tuple[RelationType, int], ...] = ()
    """How many relations of each type, in the order of :class:`RelationType`; types without any are left out."""
    prerequisites: int = 0

    @property
    def weight(self) -> int:
        """Relations of all types together."""
        return sum(number for _, number in self.relations)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The one map of a graph: a place for each concept, computed when the graph is built (:mod:`graph.layout`).

    Map units are pixels at scale 1, x to the right and y down, (0, 0) in the middle. Row *i* of each array is about the
    concept ``concept_ids[i]``.
    """

    concept_ids: tuple[str, ...]
    """All concepts, in the order of the graph."""
    positions: NDArray[np.float32]
    """Shape (concepts, 2)."""
    importance: NDArray[np.float32]
    """Shape (concepts,), 0..1: how large to draw it. Spread over the whole range: the most important has 1, and in
    between it falls with the logarithm of the rank."""
    scale: NDArray[np.float32]
    """Shape (concepts,), above 0: pixels per map unit from which the name has room. At no scale do two names overlap
    that both have at most this ``scale``, if they are written as :mod:`graph.layout.names` says."""
    homes: NDArray[np.int32]
    """Shape (concepts,): the smallest territory that contains it, as an index into ``territories``."""
    territories: tuple[Territory, ...] = ()
    """Parents before their parts; the parts of one territory by falling ``count``, then by id; ``other`` last among
    those without a parent."""
    links: tuple[TerritoryLink, ...] = ()
    """By (a, b); only pairs that something relates."""

    def __eq__(self, other: object) -> bool:
        """Whether both are the same, bit for bit."""
        if not isinstance(other, Layout):
            return NotImplemented
        if (self.concept_ids, self.territories, self.links) != (other.concept_ids, other.territories, other.links):
            return False
        return all(
            np.array_equal(mine, theirs)
            for mine, theirs in (
                (self.positions, other.positions),
                (self.importance, other.importance),
                (self.scale, other.scale),
                (self.homes, other.homes),
            )
        )

    def __hash__(self) -> int:
        return hash((self.concept_ids, self.territories, self.links))


@dataclass(frozen=True, slots=True)
class GraphSnapshot:
    """One whole graph. Every sequence is in the order that its field says; :func:`checked` makes sure of it."""

    documents: tuple[Document, ...] = ()
    """By id."""
    passages: tuple[Passage, ...] = ()
    """By (doc, first_line)."""
    concepts: tuple[Concept, ...] = ()
    """Most salient first, then by id."""
    relations: tuple[Relation, ...] = ()
    """By key."""
    prerequisites: tuple[Prerequisite, ...] = ()
    """By key."""
    communities: tuple[Community, ...] = ()
    """By (level, number)."""
    merges: tuple[Merge, ...] = ()
    """By (concept, kept, merged)."""
    skipped: tuple[Skipped, ...] = ()
    """By (doc, line)."""
    vectors: Vectors | None = None
    layout: Layout | None = None
    """None in a graph that was built before maps were stored."""
    source: str = ""
    """The folder that was built, absolute; empty when it is unknown. `verify` reads the files there."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """How it was built (encoder, seed, lexicon, version): shown by `info`, not part of the export."""


@dataclass(frozen=True, slots=True)
class GraphInfo:
    """What a store contains, in numbers."""

    build: str
    """Id of the build that is being read: changes with every publish."""
    source: str
    documents: int
    passages: int
    concepts: int
    relations: int
    prerequisites: int
    communities: int
    schema: int = SCHEMA_VERSION
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: GraphSnapshot, build: str) -> GraphInfo:
        """What a store says of itself when ``graph`` is in it as ``build``."""
        return cls(
            build=build,
            source=graph.source,
            documents=len(graph.documents),
            passages=len(graph.passages),
            concepts=len(graph.concepts),
            relations=len(graph.relations),
            prerequisites=len(graph.prerequisites),
            communities=len(graph.communities),
            settings=dict(graph.settings),
        )


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Part of a graph: some concepts and all that a question allowed between them."""

    concepts: tuple[Concept, ...]
    """Most salient first, then by id; without mentions where the store says so."""
    relations: tuple[Relation, ...]
    """By key."""
    prerequisites: tuple[Prerequisite, ...]
    """By key."""


@dataclass(frozen=True, slots=True)
class ConceptPath:
    """A chain of relations between two concepts."""

    concepts: tuple[str, ...]
    """Ids, from start to end: one more than relations."""
    relations: tuple[Relation, ...]
    """The relation between concepts i and i+1, in its own direction (which may be against the path's)."""

    @property
    def hops(self) -> int:
        """Number of relations."""
        return len(self.relations)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found."""

    passage: Passage
    score: float
    """Higher is better; comparable within one search only."""
