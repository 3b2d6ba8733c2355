"""Titles and summaries of themes, made of the notes' own words: every sentence can be followed to its line."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.mentions import Mentions
from graph.model import Community, Concept, Document, Passage, Relation
from graph.text.name_finder import NameFinder
from graph.text.names import fold
from graph.text.scripts import WIDE
from graph.themes.headings import Headings
from graph.themes.members import Members, Ties
from graph.themes.sentences import Sentences
from graph.themes.titles import Title, title_of

MAX_SENTENCES: Final = 6
MIN_SENTENCES: Final = 3
"""Fewer only where the members' evidence contains no more, or a theme has fewer members."""
MEMBERS_A_SENTENCE: Final = 5
"""A theme gets about one sentence for so many members, within the two bounds above."""
TOO_ALIKE: Final = 0.5
"""Jaccard of character trigrams from which two sentences say the same: the second is not taken."""
CENTRAL: Final = 0.5
"""The first sentence may define a member that has at least this share of the centrality of the most central one."""

_LEAST_WEIGHT: Final = 0.1
_REDUNDANCY: Final = 0.5
_WRAPPED: Final = re.compile(rf"(?<=[{WIDE}])\s*\n\s*(?=[{WIDE}])")
"""A line break between Chinese characters or their punctuation."""


_NEARLY: Final = 1.0 + 1e-9
"""By so much more than the sum that numpy finds a sentence may be worth, which is rounded once only."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def describe(
    communities: Sequence[Community],
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    *,
    passages: Sequence[Passage] = (),
    documents: Sequence[Document] = (),
) -> list[Community]:
    """The communities with title, summary and evidence, in their order.

    The title is what a person would write over the theme (:func:`graph.themes.titles.title_of`): the member that most
    others are related to, a heading of the notes that covers most members, or two members, ``A and B`` or ``A与B``. No
    two themes of a level share a title, and a part of a theme does not repeat the title of the whole.

    The first sentence of the summary says what the theme is about: the definition of a concept that the title names,
    else of a central member, else a sentence that states a typed relation of one. The others are definitions and
    relation sentences of the members, chosen greedily so that they explain as many and as central members as they can,
    each member less the better it is explained already (a monotone submodular function, Lin & Bilmes 2011,
    https://aclanthology.org/P11-1052), less what a sentence repeats. Each sentence is followed by `` [n]``, the 1-based
    number of its evidence. Only sentences that state something are taken
    (:func:`graph.themes.statements.is_statement`); a theme without a first sentence has an empty summary.

    Args:
        communities: by (level, number), parents before children, as :func:`graph.themes.communities.find_communities`
            gives them.
        concepts: those of the graph, at least the members.
        relations: those of the graph, in any order.
        passages: those of the graph, by (doc, first_line): where they are given, headings may be titles, and lines
            that are headings, code or rows of tables are told from text.
        documents: those of the graph, for the language in which two names are joined. It is Chinese where one of
            them has Chinese characters, and English without documents.
    """
    notes = _Notes(concepts, relations, passages, documents)
    titles: dict[str, str] = {}
    described = []
    looked_at: dict[str, _Theme] = {}
    for _, level in groupby(communities, key=lambda c: c.level):
        here = list(level)
        taken: set[str] = set()
        looked_at |= notes.themes([c for c in here if not _is_whole(c, looked_at)])
        for community in here:
            whole = _is_whole(community, looked_at)
            if whole:  # its own only child: only its title may be taken here
                looked_at[community.id] = looked_at[community.parent or ""]
            theme = looked_at[community.id]
            above = None if whole else community.parent
            avoid = set() if above is None else {fold(titles[above])}
            title = title_of(theme.members, theme.headings, taken | avoid, theme.lang) or Title(community.id, ())
            taken.add(fold(title.text))
            titles[community.id] = title.text
            chosen = [notes.sentences.evidence[i] for i in theme.summary(title.names)]
            text = " ".join(f"{_one_line(e.quote)} [{n}]" for n, e in enumerate(chosen, start=1))
            described.append(replace(community, title=title.text, summary=text, evidence=tuple(chosen)))
    return described


def _is_whole(community: Community, looked_at: Mapping[str, _Theme]) -> bool:
    """Whether a theme of the level above is not divided, but is its own only part."""
    above = looked_at.get(community.parent or "")
    return above is not None and len(above.members) == len(community.members)


class _Notes:
    """What themes are described from."""

    def __init__(
        self,
        concepts: Sequence[Concept],
        relations: Sequence[Relation],
        passages: Sequence[Passage],
        documents: Sequence[Document],
    ) -> None:
        self._number = {c.id: i for i, c in enumerate(concepts)}
        between = [r for r in relations if r.head != r.tail and r.head in self._number and r.tail in self._number]
        between.sort(key=lambda r: (r.key, r.evidence))
        finder = NameFinder((name, place) for place, c in enumerate(concepts) for name in c.names)
        self.sentences = Sentences(self._number, concepts, between, finder, passages)
        self._headings = Headings(concepts, passages, finder)
        self._ties = Ties(concepts, self._number, between)
        self._chinese, self._english = _languages(concepts, documents)

    def themes(self, communities: Sequence[Community]) -> dict[str, _Theme]:
        """By id, the themes ``communities``, of which no two share a concept."""
        places = [np.asarray([self._number[m] for m in c.members], dtype=np.int64) for c in communities]
        members = self._ties.level(places)
        headings = self._headings.titles(places)
        rated = self._rated(members)
        return {
            community.id: _Theme(own, titles, self._language(at), self.sentences, *found)
            for community, own, titles, at, found in zip(communities, members, headings, places, rated, strict=True)
        }

    def _language(self, places: Ints) -> str:
        """The language of the documents that mention the concepts most."""
        return "zh" if self._chinese[places].sum() > self._english[places].sum() else "en"

    def _rated(self, themes: Sequence[Members]) -> Iterator[tuple[Ints, Floats, Ints]]:
        """For each theme its sentences, what each is worth at most, and those that state a typed relation in it.

        Its sentences are those that define a member or state a relation of one. At most: a little more than what
        :class:`_Theme` finds while nothing is taken.
        """
        sentences, size = self.sentences, max(len(self.sentences), 1)
        theme_of = np.full(len(self._number), -1, dtype=np.int64)
        open_share = np.zeros(len(self._number))
        for number, theme in enumerate(themes):
            own = [m.place for m in theme.ranked]
            theme_of[own] = number
            open_share[own] = [_LEAST_WEIGHT + m.weight for m in theme.ranked]
        sentence, concept = sentences.about.T
        usable = np.unique(theme_of[concept] * size + sentence)
        usable = usable[usable >= 0]
        rows = np.flatnonzero(theme_of[sentences.explained] >= 0)
        concept = sentences.explained[rows]
        keys = theme_of[concept] * size + sentences.explains.sentence[rows]
        at, known = _places_in(usable, keys)
        adds = np.bincount(at[known], (open_share[concept] * sentences.share[rows])[known], len(usable))
        most = adds / np.asarray(sentences.length)[usable % size] * _NEARLY
        stated, head, tail = sentences.typed.T
        inside = (theme_of[head] == theme_of[tail]) & (theme_of[head] >= 0)
        within = np.unique(theme_of[head][inside] * size + stated[inside])
        borders = np.arange(len(themes) + 1) * size
        ends = (pairwise(np.searchsorted(keys, borders).tolist()) for keys in (usable, within))
        for (begin, end), (first, last) in zip(*ends, strict=True):
            yield usable[begin:end] % size, most[begin:end], within[first:last] % size


def _places_in(values: Ints, wanted: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """For each of ``wanted`` its place in ``values``, which rise, and whether it has one."""
    if not len(values):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    at = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return at, values[at] == wanted


def _languages(concepts: Sequence[Concept], documents: Sequence[Document]) -> tuple[Ints, Ints]:
    """For each concept how many of its mentions are in documents in Chinese, and in English."""
    mentions = Mentions.of(concepts)
    languages = {d.id: d.lang for d in documents}
    lang = np.asarray([languages.get(doc, "") for doc in mentions.docs], dtype=np.str_)
    zh, en = (
        np.bincount(mentions.concept[(lang == one)[mentions.doc]], minlength=len(concepts)) for one in ("zh", "en")
    )
    return zh, en


class _Theme:
    """What titles and summaries ask of a theme, whatever its level."""

    def __init__(
        self,
        members: Members,
        headings: list[tuple[str, float]],
        lang: str,
        sentences: Sentences,
        usable: Ints,
        most: Floats,
        within: Ints,
    ) -> None:
        self.members = members
        self.headings = headings
        """Headings that cover the members, with their fit, best first."""
        self.lang = lang
        self._sentences = sentences
        self._usable = usable
        """The sentences that define a member or state a relation of one."""
        self._most = most
        """What each is worth at most."""
        self._within = within
        """The sentences that state a typed relation between two members."""
        self._summaries: dict[tuple[int, ...], list[int]] = {}

    def summary(self, titled: tuple[int, ...]) -> list[int]:
        """The sentences of the summary under a title that names the members ``titled``."""
        chosen = self._summaries.get(titled)
        if chosen is None:
            first = self._first(titled)
            chosen = self._summaries[titled] = [] if first is None else self._chosen(first)
        return chosen

    def _first(self, titled: Sequence[int]) -> int | None:
        """The sentence that says what the theme is about; None where none does."""
        weights = {m.place: m.weight for m in self.members.ranked}
        for choice in self._choices(titled, weights):
            # Of those that can be read first the one that explains most; to look at few, the best are looked at first.
            rated = sorted((-self._worth(i, weights, 0.0), i) for i in choice)
            found = next((i for _, i in rated if self._sentences.opens(i)), None)
            if found is not None:
                return found
        return None

    def _choices(self, titled: Sequence[int], weights: Mapping[int, float]) -> Iterator[Sequence[int]]:
        """Sentences that may be the first, the kinds that are preferred first."""
        said = self._sentences
        central = CENTRAL * max(weights.values())
        yield from self._defining(titled)
        for concept in titled:
            beginning = said.beginning_with(concept)
            yield [i for i in beginning if any(a in weights or b in weights for a, b in said.types_of(i))]
        yield from self._defining(concept for concept, weight in weights.items() if weight >= central)
        yield self._within.tolist()
        yield from self._defining(weights)

    def _defining(self, concepts: Iterable[int]) -> Iterator[Sequence[int]]:
        """For each concept the sentence that defines it, if any."""
        return ([self._sentences.defining[concept]] for concept in concepts if concept in self._sentences.defining)

    def _chosen(self, first: int) -> list[int]:
        """Up to as many sentences as the theme gets: the ``first``, then those that explain most.

        Of a member of weight w, a set of sentences explains w · (1 - Π (1 - share)); a sentence is worth what it adds,
        less the share that it repeats of a sentence taken before, less where it is long. It is not taken where it says
        the same as one before.
        """
        said, count = self._sentences, _how_many(len(self.members))
        open_share = {m.place: _LEAST_WEIGHT + m.weight for m in self.members.ranked}
        chosen: list[int] = []
        # What a sentence is worth only falls as others are taken, so most need not be looked at again (lazy greedy:
        # Minoux 1978). Sentences of the same worth come by number.
        order = np.lexsort((self._usable, -self._most))
        unseen = zip((-self._most[order]).tolist(), self._usable[order].tolist(), strict=True)
        following = next(unseen, None)
        heap: list[tuple[float, int]] = []
        looked: dict[int, _Looked] = {}
        taken: int | None = first
        while taken is not None:
            chosen.append(taken)
            for concept, share in said.shares(taken):
                if concept in open_share:
                    open_share[concept] *= 1.0 - share
            taken = None
            while taken is None and len(chosen) < count and (heap or following is not None):
                if following is not None and (not heap or following < heap[0]):
                    number, following = following[1], next(unseen, None)
                    if number == first:
                        continue
                    looked[number] = _Looked()
                else:
                    number = heapq.heappop(heap)[1]
                # Cheap before dear: what it adds now, whether it states something, what it repeats.
                known, before = looked[number], looked[number].repeats
                if known.rated == len(chosen):
                    if not known.compared and not said.states(number):
                        continue
                    for other in chosen[known.compared :]:
                        known.repeats = max(known.repeats, self._alike(number, other))
                    known.compared = len(chosen)
                    if known.repeats == before:
                        taken = number
                        continue
                known.rated = len(chosen)
                if known.repeats < TOO_ALIKE:
                    heapq.heappush(heap, (-self._worth(number, open_share, known.repeats), number))
        return chosen

    def _worth(self, sentence: int, open_share: Mapping[int, float], repeated: float) -> float:
        said = self._sentences
        adds = math.fsum(open_share[c] * share for c, share in said.shares(sentence) if c in open_share)
        return adds * (1.0 - _REDUNDANCY * repeated) / said.length[sentence]

    def _alike(self, one: int, other: int) -> float:
        """Jaccard of the trigrams; 1 where one sentence is part of the other."""
        a, b = self._sentences.trigrams(one), self._sentences.trigrams(other)
        shared, smaller = len(a & b), min(len(a), len(b))
        return 1.0 if shared == smaller else shared / (len(a) + len(b) - shared)


@dataclass(slots=True)
class _Looked:
    """What is known of a sentence that may be taken."""

    repeats: float = 0.0
    """How much it repeats of those that were taken."""
    compared: int = 0
    """How many of those it was compared to."""
    rated: int = 0
    """How many of those there were when it was last asked what it adds."""


def _how_many(members: int) -> int:
    return min(MAX_SENTENCES, max(MIN_SENTENCES, math.ceil(members / MEMBERS_A_SENTENCE)))


def _one_line(quote: str) -> str:
    """``quote`` on one line: a break between Chinese characters goes, any other becomes a space."""
    return re.sub(r"\s*\n\s*", " ", _WRAPPED.sub("", quote)).strip()
