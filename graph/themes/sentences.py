"""The sentences that the graph's evidence contains, as columns: most of them no summary ever looks at.

Which concepts a sentence names is found in all sentences at once. What takes a look at its words (whether it states
something, whether it can be read first, its trigrams) is found out when somebody asks for it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.model import Basis, Concept, Evidence, LineKind, Passage, Relation, RelationType
from graph.text.joined import BETWEEN, Joined, batches
from graph.text.name_finder import NameFinder
from graph.text.names import comparable
from graph.text.scripts import columns
from graph.themes.statements import is_opening, is_statement

LONGEST: Final = 320
"""Longer sentences, in columns (a Chinese character counts two), are not taken."""
SAYS: Final = 10
"""Nor are sentences with fewer columns besides the names: a list of names says nothing of them."""
BEFORE: Final = 3
"""A sentence begins with a name that follows after so many columns at most: ``The``, ``在``."""
EASY_LENGTH: Final = 160
"""Columns from which on a sentence is worth less."""
DEFINES: Final = 0.8
"""How much of a concept a sentence explains that defines it, ..."""
STATES: Final = 0.5
"""... that states a relation of it, ..."""
NAMES: Final = 0.25
"""... or that names it."""

_NO_LETTER: Final = re.compile(r"[\W_]+")
_NEVER: Final = "\1"
"""What is read in the place of :data:`graph.text.joined.BETWEEN`, which joined texts do not contain."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Values of sentences, those of one behind each other."""

    first: Ints
    """Where those of each sentence begin, and one more for the end; shape (sentences + 1,)."""
    sentence: Ints
    """The sentence of each value."""

    @classmethod
    def of(cls, sentence: Ints, number: int) -> _Rows:
        """``sentence``: rising."""
        return cls(np.searchsorted(sentence, np.arange(number + 1)), sentence)

    def __getitem__(self, sentence: int) -> slice:
        return slice(int(self.first[sentence]), int(self.first[sentence + 1]))


class Sentences:
    """Definitions of concepts and lines that state relations; each is called by its number, by evidence."""

    def __init__(
        self,
        number: Mapping[str, int],
        concepts: Sequence[Concept],
        relations: Sequence[Relation],
        finder: NameFinder[int],
        passages: Sequence[Passage],
    ) -> None:
        """Look for the names in all sentences.

        Args:
            number: id of a concept → its place in ``concepts``.
            concepts: those of the graph.
            relations: between two of them.
            finder: of all names, with the places of the concepts.
            passages: those of the graph, in which lines are told from headings, code and tables.
        """
        self._passages = passages
        said: dict[Evidence, int] = {}
        about: list[tuple[int, int, float]] = []
        typed: list[tuple[int, int, int]] = []
        self._defined: dict[int, list[int]] = defaultdict(list)
        for place, concept in enumerate(concepts):
            if concept.definition:
                sentence = said.setdefault(concept.definition, len(said))
                about.append((sentence, place, DEFINES))
                self._defined[sentence].append(place)
        for relation in relations:
            head, tail = number[relation.head], number[relation.tail]
            is_typed = relation.type is not RelationType.RELATED_TO and relation.basis is Basis.EXTRACTED
            for evidence in relation.evidence:
                sentence = said.setdefault(evidence, len(said))
                about += ((sentence, head, STATES), (sentence, tail, STATES))
                if is_typed:
                    typed.append((sentence, head, tail))
        met = list(said)
        order = sorted(range(len(met)), key=lambda i: (met[i].doc, met[i].line, met[i].quote))
        rank = np.empty(len(met), dtype=np.int64)
        rank[order] = np.arange(len(met))
        self.evidence = [met[i] for i in order]
        self._defined = {int(rank[i]): found for i, found in self._defined.items()}
        self._find_names(finder)
        self._explain(rank, about, len(concepts))
        ends = np.asarray(typed, dtype=np.int64).reshape(-1, 3)
        ends[:, 0] = rank[ends[:, 0]]
        self.typed = np.unique(ends, axis=0)
        """(sentence, head, tail) of the typed relations that each states."""
        self._typed = _Rows.of(self.typed[:, 0], len(met))
        self._stated: dict[int, bool] = {}
        self._opens: dict[int, bool] = {}
        self._explained: dict[int, list[tuple[int, float]]] = {}
        self._trigrams: dict[int, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self.evidence)

    def _find_names(self, finder: NameFinder[int]) -> None:
        texts = [e.quote.replace(BETWEEN, _NEVER) for e in self.evidence]
        parts: list[tuple[Ints, Ints, Ints, Ints]] = []
        widths: list[Ints] = []
        everywhere: dict[int, set[int]] = {sentence: set() for sentence in self._defined}
        for run in batches(texts):
            joined = Joined.of([texts[i] for i in run])
            widths.append(joined.columns())
            found = finder.find_all_in(joined)
            owner = np.asarray(found.owner_of, dtype=np.int64)
            where = joined.text_of(found.start) + run.start
            defining = np.flatnonzero(np.isin(where, list(everywhere)))
            for sentence, concept in zip(
                where[defining].tolist(), owner[found.pattern[defining]].tolist(), strict=True
            ):
                everywhere[sentence].add(concept)
            kept = found.leftmost()
            where = joined.text_of(kept.start)
            first = joined.first[where]
            parts.append((where + run.start, kept.start - first, kept.end - first, owner[kept.pattern]))
        empty = np.zeros(0, dtype=np.int64)
        where, self._start, self._end, self._owner = map(
            np.concatenate, zip((empty, empty, empty, empty), *parts, strict=True)
        )
        self.columns = np.concatenate([empty, *widths])
        """Width of each."""
        self.length: list[float] = np.sqrt(np.maximum(1.0, self.columns / EASY_LENGTH)).tolist()
        """How much less each is worth for its length: 1 or more."""
        self._names = _Rows.of(where, len(texts))
        defined = ((i, c) for i, found in self._defined.items() for c in found if c in everywhere[i])
        self.defining: dict[int, int] = {concept: sentence for sentence, concept in defined}
        """Concept → the sentence that defines and names it."""

    def _explain(self, rank: Ints, about: Sequence[tuple[int, int, float]], concepts: int) -> None:
        said = np.asarray([(sentence, concept) for sentence, concept, _ in about], dtype=np.int64).reshape(-1, 2)
        keys = rank[said[:, 0]] * concepts + said[:, 1]
        named = self._names.sentence * concepts + self._owner
        shares = np.concatenate([[share for _, _, share in about], np.full(len(named), NAMES)])
        every, at = np.unique(np.concatenate([keys, named]), return_inverse=True)
        largest = np.zeros(len(every))
        np.maximum.at(largest, at, shares)
        self.explained, self.share = every % max(concepts, 1), largest
        """The concept that each value of :attr:`explains` is about, and the share 0..1 of what there is to say."""
        self.explains = _Rows.of(every // max(concepts, 1), len(self.evidence))
        mine = np.unique(keys)
        self.about = np.stack([mine // max(concepts, 1), mine % max(concepts, 1)], axis=1)
        """(sentence, concept) where it defines the concept or states a relation of it, by sentence."""

    # ---- what takes a look at the words ------------------------------------------------------------------------------

    def states(self, sentence: int) -> bool:
        """Whether it states something: it is not too long, and not little but names or the second half of one."""
        known = self._stated.get(sentence)
        if known is None:
            known = self._stated[sentence] = self._states(sentence)
        return known

    def _states(self, sentence: int) -> bool:
        evidence = self.evidence[sentence]
        if self.columns[sentence] > LONGEST:
            return False
        text, names = comparable(evidence.quote), self._names[sentence]
        begins, ends = self._start[names].tolist(), self._end[names].tolist()
        if evidence.quote[:1].islower() and begins[:1] != [0]:
            return False  # the second half of a sentence
        besides = "".join(text[a:b] for a, b in zip([0, *ends], [*begins, len(text)], strict=True))
        if columns(_letters(besides)) < SAYS:
            return False
        return is_statement(evidence.quote, self._kinds.get((evidence.doc, evidence.line)))

    def begins_with(self, sentence: int) -> int | None:
        """The concept that its first words name."""
        return int(self._owner[self._names.first[sentence]]) if self._begins_with_name(sentence) else None

    def _begins_with_name(self, sentence: int) -> bool:
        first, stop = self._names.first[sentence], self._names.first[sentence + 1]
        if first == stop:
            return False
        return columns(_letters(comparable(self.evidence[sentence].quote)[: int(self._start[first])])) <= BEFORE

    def opens(self, sentence: int) -> bool:
        """Whether it can be read first: it defines something or states a typed relation, and does not point back."""
        known = self._opens.get(sentence)
        if known is None:
            known = self._opens[sentence] = self._can_open(sentence)
        return known

    def _can_open(self, sentence: int) -> bool:
        typed = self._typed[sentence]
        if (sentence not in self._defined and typed.start == typed.stop) or not self.states(sentence):
            return False
        quote = self.evidence[sentence].quote
        label = comparable(quote).find(":")
        return is_opening(quote, label_names=bool((self._end[self._names[sentence]] <= label).any()))

    def beginning_with(self, concept: int) -> list[int]:
        """Sentences with typed relations whose first words name the concept, by number."""
        return [i for i in self._first_named.get(concept, ()) if self._begins_with_name(i)]

    @cached_property
    def _first_named(self) -> Mapping[int, list[int]]:
        """Concept → the sentences with typed relations in which no other is named before it."""
        found: dict[int, list[int]] = defaultdict(list)
        typed = np.unique(self.typed[:, 0])
        first = self._names.first[typed]
        some = first < self._names.first[typed + 1]
        for sentence, concept in zip(typed[some].tolist(), self._owner[first[some]].tolist(), strict=True):
            found[concept].append(sentence)
        return found

    def types_of(self, sentence: int) -> list[tuple[int, int]]:
        """(head, tail) of the typed relations that it states."""
        return [(head, tail) for _, head, tail in self.typed[self._typed[sentence]].tolist()]

    def shares(self, sentence: int) -> list[tuple[int, float]]:
        """(concept, share 0..1 of what there is to say) of what it explains."""
        known = self._explained.get(sentence)
        if known is None:
            rows = self.explains[sentence]
            known = list(zip(self.explained[rows].tolist(), self.share[rows].tolist(), strict=True))
            self._explained[sentence] = known
        return known

    def trigrams(self, sentence: int) -> frozenset[str]:
        """Of its letters."""
        known = self._trigrams.get(sentence)
        if known is None:
            letters = _letters(comparable(self.evidence[sentence].quote))
            known = frozenset(letters[i : i + 3] for i in range(max(len(letters) - 2, 1)))
            self._trigrams[sentence] = known
        return known

    @cached_property
    def _kinds(self) -> Mapping[tuple[str, int], LineKind]:
        """What each line is on which a sentence begins, where the reader has kept it."""
        asked: dict[str, list[int]] = {}
        for evidence in self.evidence:  # by document and line
            lines = asked.setdefault(evidence.doc, [])
            if not lines or lines[-1] != evidence.line:
                lines.append(evidence.line)
        found: dict[tuple[str, int], LineKind] = {}
        for passage in self._passages:
            lines, first = asked.get(passage.doc, []), passage.first_line
            begin, end = bisect_left(lines, first), bisect_right(lines, passage.last_line)
            if begin < end:
                kept = passage.lines
                inside = (n for n in lines[begin:end] if n - first < len(kept))
                found.update(((passage.doc, n), kept[n - first].kind) for n in inside)
        return found


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text)
