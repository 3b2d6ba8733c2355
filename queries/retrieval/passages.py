"""Retrieval over plain passages (title, text) that were never built into a graph.

It is the engine of :func:`queries.answer.ask.answer_question` for other units. Words are weighted by
:mod:`queries.retrieval.bm25`, what leads from passage to passage is walked by :mod:`queries.retrieval.complement`, as
for lines of notes. Only the names differ: for lines they are concepts; here they are titles (or the first named thing
of a passage that has none) and other named things that few passages share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import NDArray

from queries.question.words import content, tokens
from queries.retrieval.bm25 import TokenIndex
from queries.retrieval.complement import Bridge, Floats, Rows, Steps, chained, pick
from queries.retrieval.phrases import PhraseFinder, key, lead_names, phrases, without_aside

if TYPE_CHECKING:
    from graph.vectors.encoders import Encoder

TITLE: Final = 2.0
"""What a word of the title counts relative to one of the text."""
LEAD_WORD: Final = 1.0
"""What a word of the first named thing gains where there is no title."""
LEADS: Final = 2
"""Ways to write the first named thing that count as names."""


@dataclass(frozen=True, slots=True)
class PassageOptions:
    """Weights of the stages; 0 switches one off."""

    bm25: float = 0.5
    """The BM25 score relative to the best, relative to the share of the question's words that a passage covers."""
    named: float = 2.5
    """A passage whose subject the question names, times the share of the question that the name is."""
    forward: float = 4.5
    """A step to the passage about a thing that this one names."""
    backward: float = 0.8
    """A step to a passage that names what this one is about."""
    shared: float = 1.0
    """A step to a passage that names the same rare thing."""
    part: float = 2.2
    """A step to a passage whose subject's name contains the thing that this one names."""
    vector: float = 0.5
    """Likeness by vector, where an encoder is given."""
    covered: float = 0.8
    """What a passage loses for words that picked ones cover already."""
    shared_most: int = 12
    """A thing that more passages name does not link them."""
    part_most: int = 20
    """A thing that appears in more names does not lead to them."""
    steps: Steps = field(default_factory=Steps)


@dataclass(frozen=True, slots=True, eq=False)
class PassageIndex:
    """Passages, ready to be searched. Make it with :meth:`from_passages`."""

    index: TokenIndex
    finder: PhraseFinder
    name_words: tuple[frozenset[str], ...]
    """Tokens of each name."""
    about: Rows
    """For each name the passages whose subject it is."""
    bridges: tuple[Bridge, ...]
    options: PassageOptions
    encoder: Encoder | None
    vectors: NDArray[np.float32] | None
    """Shape (passages, dim), with an encoder."""

    @classmethod
    def from_passages(
        cls,
        passages: Sequence[tuple[str, str]],
        *,
        encoder: Encoder | None = None,
        options: PassageOptions | None = None,
    ) -> Self:
        """Index (title, text) pairs; a title may be empty.

        Args:
            passages: their order numbers them.
            encoder: adds likeness by vector to the words; None: none.
            options: weights of the stages.

        Raises:
            EncoderError: the encoder failed.
        """
        options = options or PassageOptions()
        subjects = [_subjects(title, text) for title, text in passages]
        numbers = {name: n for n, name in enumerate(dict.fromkeys(name for found in subjects for name in found))}
        finder = PhraseFinder(list(numbers))
        subject_rows = Rows.from_lists([[numbers[name] for name in found] for found in subjects])
        named = Rows.from_lists([finder.find(f"{title} . {text}", capital=True) for title, text in passages])
        about, naming = subject_rows.transposed(len(numbers)), named.transposed(len(numbers))
        bridges = [
            Bridge.from_rows(named, about, share=options.forward),
            Bridge(subject_rows, naming, Bridge.from_rows(named, about, share=options.backward).weight),
            *_thing_bridges(passages, subjects, options),
        ]
        vectors = None
        if encoder is not None:
            vectors = np.asarray(
                encoder.encode([f"{title}\n{text}".strip() for title, text in passages]), dtype=np.float32
            )
        return cls(
            index=TokenIndex.from_texts(
                _weighted(title, text, found) for (title, text), found in zip(passages, subjects, strict=True)
            ),
            finder=finder,
            name_words=tuple(frozenset(tokens(name)) for name in numbers),
            about=about,
            bridges=tuple(bridges),
            options=options,
            encoder=encoder,
            vectors=vectors,
        )

    def search(self, question: str, k: int) -> list[int]:
        """Numbers of the passages that answer ``question`` together, at most ``k``.

        In the order in which to read them.
        """
        asked, weights, covered = self._query(question)
        strength = self._strength(question, asked, weights, covered)
        score = strength + chained(strength, weights, covered, self.bridges, self.options.steps)
        return pick(score, weights, covered, limit=k, penalty=self.options.covered)

    def _query(self, question: str) -> tuple[list[str], Floats, Floats]:
        """The question's content words, their weights (rarity, summing to 1) and what each passage covers of them."""
        asked = [t for t in dict.fromkeys(tokens(content(question)) or tokens(question)) if t in self.index.vocabulary]
        rarity = np.array([self.index.rarity(t) for t in asked])
        total = float(rarity.sum())
        return asked, rarity / total if total else rarity, self.index.coverage([((t, 1.0),) for t in asked])

    def _strength(self, question: str, asked: Sequence[str], weights: Floats, covered: Floats) -> Floats:
        """What each passage offers by itself: words, its subject being named, likeness by vector."""
        words = self.index.scores(dict.fromkeys(asked, 1.0))
        strength = self.options.bm25 * words / max(float(words.max(initial=0.0)), 1e-9)
        strength = strength + (weights @ covered if len(weights) else 0.0)
        weight_of = dict(zip(asked, weights, strict=True))
        bonus = np.zeros(self.index.size)
        for name in self.finder.find(question, capital=True) or self.finder.find(question, capital=False):
            _, units = self.about.of(np.array([name]))
            share = sum(weight_of.get(t, 0.0) for t in sorted(self.name_words[name]))
            bonus[units] = np.maximum(bonus[units], share / np.sqrt(len(units)))
        strength = strength + self.options.named * bonus
        if self.encoder is not None and self.vectors is not None:
            likeness = self.vectors @ np.asarray(self.encoder.encode([question])[0], dtype=np.float32)
            strength = strength + self.options.vector * np.maximum(likeness.astype(np.float64), 0.0)
        return strength


def _subjects(title: str, text: str) -> list[str]:
    """Keys of the names of what a passage is about: its title, and what its text begins with."""
    own = [key(without_aside(title))] if title.strip() else []
    leads = lead_names(text)[:LEADS]
    if own:
        leads = [
            name for name in leads if " " in name
        ]  # one word at the beginning is surer to be a chance word than a title is
    return [name for name in dict.fromkeys([*own, *leads]) if len(name) > 1]


def _weighted(title: str, text: str, subjects: Sequence[str]) -> dict[str, float]:
    """Weighted tokens of a passage."""
    weights: dict[str, float] = dict(Counter(tokens(text)))
    more, times = (tokens(title), TITLE) if title.strip() else (tokens(subjects[0]) if subjects else [], LEAD_WORD)
    for token in more:
        weights[token] = weights.get(token, 0.0) + times
    return weights


def _thing_bridges(
    passages: Sequence[tuple[str, str]], subjects: Sequence[Sequence[str]], options: PassageOptions
) -> list[Bridge]:
    """Ways over named things that are not subject.

    To passages that name the same one, and to subjects whose name contains it.
    """
    things = [phrases(text) for _, text in passages]
    frequency = Counter(t for found in things for t in found)
    rare = {t: n for n, t in enumerate(sorted(t for t, n in frequency.items() if 2 <= n <= options.shared_most))}
    naming = Rows.from_lists([[rare[t] for t in found if t in rare] for found in things])
    shared = Bridge.from_rows(naming, naming.transposed(len(rare)), share=options.shared, spread=False)
    inside: dict[str, list[int]] = {}
    for number, found in enumerate(subjects):
        for part in dict.fromkeys(p for name in found[:1] for p in _parts(name) if p in frequency):
            inside.setdefault(part, []).append(number)
    led = sorted(inside)
    numbers = {part: n for n, part in enumerate(led)}
    mentioned = Rows.from_lists([[numbers[t] for t in found if t in numbers] for found in things])
    within = Rows.from_lists([inside[part] for part in led])
    return [shared, Bridge.from_rows(mentioned, within, share=options.part, most=options.part_most)]


def _parts(name: str) -> Iterable[str]:
    """The shorter runs of words in a name."""
    words = name.split()
    for first in range(len(words)):
        for last in range(first + 1, len(words) + 1):
            if last - first < len(words):
                yield " ".join(words[first:last])
