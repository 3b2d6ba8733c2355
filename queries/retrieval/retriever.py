"""From a question to the lines of the notes that answer it: weighted words, then the complement chain.

The line, not the passage, is the unit: an answer cites lines. Each stage can be switched off (:class:`Options`), so
that a benchmark can show what it adds.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from graph.model import Evidence, LineKind
from graph.stores.contract import GraphStore
from graph.text.names import fold
from graph.text.scripts import has_han
from queries.question.model import Plan
from queries.question.words import content, counterparts, study_words, tokens
from queries.retrieval.bm25 import WEIGHT_STEP
from queries.retrieval.complement import Bridge, Steps, chained, pick
from queries.retrieval.line_index import index_parts
from queries.retrieval.pagerank import PageRankGraph, starts
from queries.retrieval.parts import DamagedIndex
from queries.retrieval.stored import Beginnings, Positions, StoredConcepts, StoredIndex

CONTEXT: Final = WEIGHT_STEP
"""How much a word of a line's context (headings, announcing paragraph, table header) counts relative to a word of the
line."""
NAME_WORDS: Final = 0.4
"""How much the words of a linked name count relative to the concept itself: other spellings may appear in the notes."""
CONCEPT: Final = 1.0
"""How much a linked concept counts relative to another word of the question that is as rare."""
BM25: Final = 0.5
"""Weight of the BM25 score (relative to the best) relative to the share of the question's words that a line covers."""
DEFINITION: Final = 0.1
"""What a line gains that defines a concept of the question."""
STATED: Final = 0.05
"""What a line gains that states a relation of a concept of the question."""
VECTOR: Final = 0.3
"""What a line gains whose passage is as like the question as can be."""
CHAIN: Final = 1.2
"""Weight of the support that a line gets from a good line, relative to its own strength."""
SOURCES: Final = 10
"""Lines that the chain leads on from."""
COVERED: Final = 0.45
"""What a line loses for question words that picked lines cover already."""
ACROSS: Final = 0.8
"""Certainty that a general word of the other language is what the question means."""
WALK: Final = 0.3
"""What the most visited line gains."""
WALK_LINES: Final = 10
"""Lines that a walk starts from, besides the question's concepts."""
PREFIX: Final = 6
"""Letters by which a word is recognised as a relative of another."""
SHARED: Final = 0.5
"""Weight of a link between two lines that name the same concept, relative to one to a line that is about it."""
SHARED_MOST: Final = 60
"""A concept that more lines name does not link them."""
QUESTION_SHARE: Final = 0.85
"""A line that asks instead of telling counts less."""
CHINESE_NOTES: Final = 0.1
"""Share of lines with Chinese characters from which on notes are taken to be Chinese as well."""
CODE_SHARE: Final = 0.6
"""A line of code or of its comments counts less than a line of prose."""


@dataclass(frozen=True, slots=True)
class Options:
    """The stages of retrieval; each default is what the product uses."""

    content_words: bool = True
    """Drop question and function words."""
    context: bool = True
    """Let headings, announcing lines and table headers lend their words to a line."""
    concept_tokens: bool = True
    """All names of a concept are one word."""
    across: bool = True
    """General study words find their counterparts in the other language."""
    coverage: bool = True
    """Add the share of the question's words (by rarity) that a line covers."""
    definitions: bool = True
    """Prefer lines that define a concept of the question."""
    relations: bool = True
    """Prefer lines that are evidence of relations of the question's concepts."""
    vectors: bool = True
    """Prefer lines of passages that are alike by vector, where an encoder is at hand."""
    walk: bool = False
    """Prefer lines that a personalised PageRank over concepts, lines and passages visits."""
    chain: bool = True
    """Support lines about what a good line names and that cover what it leaves open."""
    units: bool = True
    """Prefer lines of notes and sections that are about what the question names, or that such a one leads to."""
    complement: bool = True
    """Pick lines that cover words not yet covered first."""
    templates: bool = True
    """Reserve places for what each kind of question needs."""
    spacing: int = 2
    """No second citation within so many lines of another; 0: anything goes."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question as the index sees it."""

    groups: tuple[tuple[tuple[str, float], ...], ...]
    """For each word of the question the tokens that mean it, with their certainty; the word's own token first."""
    weights: NDArray[np.float64]
    """Shape (groups,): rarity of each word; sums to 1 unless empty."""
    concepts: tuple[str, ...]
    """Ids of the linked concepts, in the order of the question."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How well each line answers a question."""

    query: Query
    strength: NDArray[np.float64]
    """Shape (lines,): what the line itself offers."""
    support: NDArray[np.float64]
    """Shape (lines,): what it adds to a good line that leads to it."""
    covered: NDArray[np.float64]
    """Shape (groups, lines), 0..1."""

    @property
    def score(self) -> NDArray[np.float64]:
        """Strength and support together."""
        return self.strength + self.support


class Retriever:
    """The notes of one build, indexed by line.

    Make it with :meth:`from_store` and keep it as long as the build lasts.
    """

    def __init__(self, store: GraphStore, index: StoredIndex, *, stored: bool, build: str, options: Options) -> None:
        self.build = build
        self.stored = stored
        """Whether the index comes from the store, where anybody may have written it."""
        self.lines = index.lines
        self.index = index.index
        self.names = index.names
        self.titles = index.titles
        self.concepts = StoredConcepts(store, build, index.number)
        self.line_concepts = index.line_concepts
        """For each line the ids of the concepts that it names, in the order of the line."""
        self.subjects = index.subjects
        """For each line the ids of the concepts that it is about: named first in it, or by the headings above."""
        self.units = index.units
        """The notes and sections, and the steps between them."""
        self.options = options
        self._definition_rows: dict[str, list[int]] = {}
        self._anew: Retriever | None = None
        self._anew_lock = threading.Lock()
        self.position = Positions(self.lines)
        self.mention_lines = index.mention_lines
        self.subject_lines = index.subject_lines
        self._number = index.number
        self.prefixes = Beginnings(index.vocabulary, PREFIX)
        """First letters of the longer Latin words of the notes."""
        self.english = bool(index.meta["english"])
        """Whether the notes are in English, as a whole."""
        self.chinese_lines = index.meta["chinese_lines"]
        """How many lines contain Chinese."""
        self.chinese = self.chinese_lines > CHINESE_NOTES * len(self.lines)
        """Whether a fair share of the lines contains Chinese."""
        self.heading = self.lines.is_kind(LineKind.HEADING)
        """For each line whether it is a heading."""
        code = self.lines.is_kind(LineKind.CODE)
        self.share = np.where(code, CODE_SHARE, np.where(self.lines.asks, QUESTION_SHARE, 1.0))
        """For each line how much it counts as an answer: less where it asks, or is code."""
        named, naming, about = self.line_concepts.lists, self.mention_lines.lists, self.subject_lines.lists
        self.about = Bridge.damped(named, about, naming.sizes, share=CHAIN, spread=False)
        """From a line to those about what it names."""
        self.shared = Bridge.damped(named, naming, naming.sizes, share=CHAIN * SHARED, most=SHARED_MOST, spread=False)
        """From a line to those that name the same."""

    @classmethod
    def from_store(cls, store: GraphStore, *, options: Options | None = None, stored: bool = True) -> Self:
        """The index of the build that ``store`` contains now: the one that is stored with it, in a few milliseconds.

        Where there is none, or it cannot be used, it is made: about half a second for a megabyte of notes.

        Args:
            store: the graph, which must be open as long as the retriever is used.
            options: the stages that are on.
            stored: whether to use the index that is stored.
        """
        options = options or Options()
        with store.reading():
            build, sizes = store.build(), store.sizes()
            if stored and options.context and options.concept_tokens:
                with suppress(DamagedIndex):  # none, of another version or damaged: made anew below
                    index = StoredIndex(store.index_parts, sizes)
                    return cls(store, index, stored=True, build=build, options=options)
            parts = index_parts(
                store.documents(),
                store.passages(),
                store.concepts(),
                context=options.context,
                concept_tokens=options.concept_tokens,
            )

        def made(names: Collection[str]) -> dict[str, bytes]:
            return {name: parts[name] for name in names if name in parts}

        return cls(store, StoredIndex(made, sizes), stored=False, build=build, options=options)

    def made_anew(self, store: GraphStore) -> Retriever:
        """A retriever of the same build whose index was made from the graph; made once, whoever asks for it.

        For one whose stored index turns out to be damaged.
        """
        with self._anew_lock:
            if self._anew is None:
                self._anew = Retriever.from_store(store, options=self.options, stored=False)
            return self._anew

    def with_options(self, options: Options) -> Retriever:
        """The same index with other stages on.

        Stages that shape the index itself (context, concept tokens) stay as they were built.
        """
        other = object.__new__(Retriever)
        other.__dict__.update(self.__dict__)
        other.options = replace(options, context=self.options.context)
        other._anew = None
        return other

    def query(self, plan: Plan, *, structural: bool = False) -> Query:
        """The words of the question that carry content, and its concepts.

        With ``structural`` words that name parts of notes (``core concepts``, 主要方法) stay: titles are made of them.
        """
        options = self.options
        question = plan.question
        groups: list[tuple[tuple[str, float], ...]] = []
        factor: list[float] = []
        spans = [(k.start, k.start + len(k.form)) for k in plan.links if k.start >= 0]
        rest = list(question)
        if options.concept_tokens:
            for k in plan.links:
                groups.append(((concept_token(k.concept), 1.0),))
                factor.append(CONCEPT if k.start >= 0 else CONCEPT / 2)
            for start, end in spans:
                rest[start:end] = " " * (end - start)
        outside = "".join(rest)
        outside = content(outside, structural=structural) if options.content_words else outside
        seen: set[str] = set()
        across = translations(outside) if options.across else {}
        for token in tokens(outside):
            if token not in seen:
                seen.add(token)
                groups.append(((token, 1.0), *((t, ACROSS) for t in across.get(token, ()))))
                factor.append(1.0)
        if options.concept_tokens:
            for start, end in spans:
                for token in tokens(question[start:end]):
                    if token not in seen:
                        seen.add(token)
                        groups.append(((token, 1.0),))
                        factor.append(NAME_WORDS)
        weights = np.array([f * self.rarity(g) for f, g in zip(factor, groups, strict=True)])
        total = float(weights.sum())
        concepts = tuple(k.concept for k in plan.links)
        return Query(tuple(groups), weights / total if total else weights, concepts)

    def rarity(self, group: Iterable[tuple[str, float]]) -> float:
        """Rarity of a word: that of the commonest token that means it.

        A word that appears nowhere weighs little, it cannot be found.
        """
        held = [self.index.rarity(t) for t, _ in group if t in self.index.vocabulary]
        return min(held) if held else 0.0

    def rank(
        self, plan: Plan, *, passage_scores: Mapping[str, float] | None = None, evidence: Iterable[Evidence] = ()
    ) -> Ranking:
        """Score every line for the question of ``plan``.

        Args:
            plan: the question with its concepts.
            passage_scores: passage id → likeness 0..1 by vector, for those that are alike.
            evidence: lines that state relations of the question's concepts.
        """
        options = self.options
        query = self.query(plan)
        covered = self.index.coverage(query.groups)
        share = query.weights @ covered if len(query.groups) else np.zeros(len(self.lines))
        weighted: Counter[str] = Counter()
        for group, weight in zip(query.groups, query.weights, strict=True):
            rarity = max(self.rarity(group), 1e-9)
            for token, certainty in group:
                weighted[token] += weight / rarity * certainty
        bm25 = self.index.scores(weighted)
        strength = bm25 / max(float(bm25.max(initial=0.0)), 1e-9)
        if options.coverage:
            strength = BM25 * strength + share
        if options.definitions:
            for concept in query.concepts:
                for row in self.definition_rows(concept):
                    strength[row] += DEFINITION
        if options.relations:
            for item in evidence:
                at = self.position.get((item.doc, item.line))
                if at is not None:
                    strength[at] += STATED
        if options.vectors and passage_scores:
            likeness = np.zeros(self.lines.passages)
            for passage, score in passage_scores.items():
                number = self.lines.passage_number(passage)
                if number is not None:
                    likeness[number] = score
            strength = strength + VECTOR * likeness[self.lines.passage] * (strength > 0)
        if options.walk:
            strength = strength + WALK * self._visits(query, strength)
        strength = strength * self.share
        support = self._chain(query, strength, covered) if options.chain else np.zeros(len(self.lines))
        if options.units:
            support = support + self._unit_support(plan.question, query, strength, covered)
        return Ranking(query=query, strength=strength, support=support, covered=covered)

    def _visits(self, query: Query, strength: NDArray[np.float64]) -> NDArray[np.float64]:
        """How often a walk that starts at the question's concepts and best lines visits each line, 0..1.

        See :mod:`queries.retrieval.pagerank`.
        """
        asked = [c for c in query.concepts if c in self.mention_lines]
        rarity = [self.index.rarity(concept_token(c)) for c in asked]
        concepts, lines = starts(strength, [self._number[c] for c in asked], rarity, lines=WALK_LINES)
        return self.ties.visits(concepts, lines)

    @cached_property
    def ties(self) -> PageRankGraph:
        """What a walk goes over; made when first needed."""
        return PageRankGraph.from_rows(
            self.line_concepts.lists.whole(),
            self.lines.passage,
            concepts=len(self._number),
            passages=self.lines.passages,
        )

    def _chain(self, query: Query, strength: NDArray[np.float64], covered: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each line adds to a good line that names its subject, or the same thing.

        See :mod:`queries.retrieval.complement`.
        """
        asked = [self._number[c] for c in query.concepts if c in self._number]
        weight = self.shared.weight.copy()
        weight[asked] = 0.0  # that two lines name what the question names says nothing
        bridges = (self.about, replace(self.shared, weight=weight))
        return chained(strength, query.weights, covered, bridges, Steps(sources=SOURCES))

    def _unit_support(
        self, question: str, query: Query, strength: NDArray[np.float64], covered: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What each line gains because of the note or section that it belongs to; shape (lines,).

        All that the unit gains for its best line, and for the others in proportion to their strength. Headings gain
        nothing where the unit says more than its heading: they name what the unit is about and say nothing of it.
        """
        gained = self.units.support(question, lambda t: self.rarity([(t, 1.0)]), strength, query.weights, covered)
        unit = self.units.unit_of
        told = np.where(self.heading, 0.0, strength)
        best = np.zeros(len(gained))
        np.maximum.at(best, unit, told)
        silent = (best == 0)[unit]  # it has none of the question's words, but a good unit leads to it
        part = np.where(silent, np.where(self.heading, 0.0, self.share), told / np.where(best > 0, best, 1.0)[unit])
        return np.asarray(gained[unit] * part)

    def definition_rows(self, concept: str) -> list[int]:
        """Rows of the lines that define ``concept``.

        What the graph contains as its definition first, then lines that begin with its name.
        """
        if concept not in self._definition_rows:  # hubs are named on thousands of lines, and asked about again
            self._definition_rows[concept] = self._find_definition_rows(concept)
        return list(self._definition_rows[concept])

    def _find_definition_rows(self, concept: str) -> list[int]:
        known = self.concepts.get(concept)
        if known is None:
            return []
        rows = []
        if known.definition is not None:
            at = self.position.get((known.definition.doc, known.definition.line))
            if at is not None:
                rows.append(at)
        keys = {fold(name) for name in known.names}
        for row in self.mention_lines.get(concept, ()):
            if int(row) not in rows and defines(self.lines[row].text, keys):
                rows.append(int(row))
        return rows

    def pick(
        self, ranking: Ranking, *, limit: int = 8, first: Sequence[int] = (), blocked: Iterable[int] = ()
    ) -> list[int]:
        """Rows of the lines to cite, ``first`` (in order) before the others; at most ``limit``.

        Greedy: the best score, minus :data:`COVERED` × the weight of its question words that picked lines already
        cover.
        """
        score = ranking.score.copy()
        score[list(blocked)] = 0.0
        penalty = COVERED if self.options.complement else 0.0
        query = ranking.query
        return pick(score, query.weights, ranking.covered, limit=limit, penalty=penalty, first=first, without=self.near)

    def near(self, row: int) -> list[int]:
        """Rows within the spacing of ``row``'s line, itself included."""
        line = self.lines[row]
        spread = range(line.number - self.options.spacing, line.number + self.options.spacing + 1)
        return [self.position[(line.doc, n)] for n in spread if (line.doc, n) in self.position]

    def holds(self, text: str) -> bool:
        """Whether some line contains ``text`` as it is, spaces and case aside."""
        needed = list(dict.fromkeys(tokens(text)))
        if not needed or any(t not in self.index.vocabulary for t in needed):
            return False
        covered = self.index.coverage([((t, 1.0),) for t in needed])
        key = fold(text)
        rows = np.flatnonzero((covered >= 1.0).all(axis=0)).tolist()
        return any(key in fold(self.lines.texts[row]) for row in rows)

    def quote(self, row: int) -> str:
        """What a citation of the line quotes."""
        return self.lines[row].text


def concept_token(concept: str) -> str:
    """The index token that stands for all names of a concept. No text contains it: tokens of text have no colon."""
    return f":{concept}"


def defines(text: str, keys: Iterable[str]) -> bool:
    """Whether ``text`` begins with one of the names (folded ``keys``) and goes on to say what it is.

    >>> defines("LoRA（低秩适应）：只训练低秩矩阵", {"lora"})
    True
    """
    match = _DEFINING.match(text)
    if match is None or _QUESTION.search(text):
        return False
    subject = fold(re.sub(r"[（(\[].*$", "", match.group(1)))
    return subject in keys or fold(match.group(1)) in keys


_QUESTION: Final = re.compile(r"[?？]\s*$|(?:什么|怎么|如何|哪些|为什么)")
_DEFINING: Final = re.compile(
    r"^\W*(?:什么是|The\s+|An?\s+)?(.{1,60}?(?:\s*[（(][^（）()]{1,80}[)）])?)\s*"
    r"(?:[:：]\s*\S|\||—|–| - |即|是指|指的?是|指|是一|是|用于|\bis\b|\bare\b|\brefers to\b|\bmeans\b)",
    re.IGNORECASE,
)


def translations(text: str) -> dict[str, tuple[str, ...]]:
    """For each token of ``text`` the tokens of its counterparts in the other language."""
    found: dict[str, list[str]] = {}
    for word in study_words(text):
        pairs = [t for other in counterparts(word) for t in tokens(other)]
        own = tokens(word) if has_han(word) else [word]
        for token in own:
            found.setdefault(token, []).extend(pairs)
    return {k: tuple(dict.fromkeys(v)) for k, v in found.items()}
