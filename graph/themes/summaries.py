"""Titles and summaries of themes, made of the notes' own words: every sentence can be followed to its line."""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from graph.model import Community, Concept, Evidence, Relation, RelationType
from graph.text.name_finder import NameFinder
from graph.text.names import comparable, fold
from graph.text.scripts import WIDE, columns
from graph.themes.communities import TYPED_WEIGHT, UNTYPED_WEIGHT

MAX_SENTENCES: Final = 6
MIN_SENTENCES: Final = 3
"""Fewer only where the members' evidence contains no more, or a theme has fewer members."""
MEMBERS_A_SENTENCE: Final = 5
"""A theme gets about one sentence for so many members, within the two bounds above."""
TOO_ALIKE: Final = 0.5
"""Jaccard of character trigrams from which two sentences say the same: the second is not taken."""
STANDS_OUT: Final = 1.25
"""A member whose centrality is so many times that of the second names its theme alone."""

_LONGEST: Final = 320
"""Longer sentences, in characters (a Chinese one counts two), are taken only where there is nothing better."""
_SAYS: Final = 10
"""So are questions, and sentences with fewer characters besides the names: a heading or a list of names says nothing of
them."""
_WHOLE: Final = 70
"""A shorter line without a full stop is a title or an item."""
_EASY_LENGTH: Final = 160
_LEAST_WEIGHT: Final = 0.1
_REDUNDANCY: Final = 0.5
_DEFINES: Final = 0.8
"""How much of a concept a sentence explains that defines it, ..."""
_STATES: Final = 0.5
"""... that states a relation of it, ..."""
_NAMES: Final = 0.25
"""... or that names it."""
_UPWARD: Final = frozenset({RelationType.IS_A, RelationType.PART_OF})
_CENTRAL: Final = (0.3, 0.2, 0.15, 0.35)
"""Weights of relations, being above, appearing inside names, and salience."""
_SEPARATOR: Final = " · "
_WRAPPED: Final = re.compile(rf"(?<=[{WIDE}])\s*\n\s*(?=[{WIDE}])")
"""A line break between Chinese characters or their punctuation."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    evidence: Evidence
    explains: Mapping[str, float]
    """For concepts the share 0..1 of what there is to say."""
    trigrams: frozenset[str]
    width: int
    """Length in characters, Chinese ones count two."""
    says: int
    """The same without names, spaces and punctuation."""
    unfinished: bool
    """Whether it asks, announces what follows, or is a title."""


def describe(
    communities: Sequence[Community], concepts: Sequence[Concept], relations: Sequence[Relation]
) -> list[Community]:
    """The communities with title, summary and evidence, in their order.

    The title is the member that the others hang on: much related to them, above them in is_a and part_of, named inside
    their names, salient. Where none stands out it is the first two, joined by ``·``; or one of them alone where it
    covers the other (is above it, or appears inside its name). No two themes of a level share a title, and a part of a
    theme does not repeat the title of the whole.

    The summary is made of definitions and relation sentences of the members, chosen greedily so that they explain as
    many and as central members as they can, each member less the better it is explained already (a monotone submodular
    function, Lin & Bilmes 2011, https://aclanthology.org/P11-1052), less what a sentence repeats. Each sentence is
    followed by `` [n]``, the 1-based number of its evidence. A theme about which the notes contain no sentence has an
    empty summary.

    Args:
        communities: by (level, number), parents before children, as :func:`graph.themes.communities.find_communities`
            gives them.
        concepts: those of the graph, at least the members.
        relations: those of the graph, in any order.
    """
    known = {c.id: c for c in concepts}
    ordered = sorted(relations, key=lambda r: (r.key, r.evidence))
    finder = NameFinder((name, c.id) for c in concepts for name in c.names)
    sentences = _Sentences(known, ordered, finder)
    titles: dict[str, str] = {}
    taken: dict[int, set[str]] = {}
    described = []
    sizes = {c.id: len(c.members) for c in communities}
    for community in communities:
        inner = sentences.within(community.members)
        nested = _nested(community.members, known)
        weights = _centrality(community.members, known, inner, nested)
        divided = community.parent is not None and sizes.get(community.parent) != len(community.members)
        avoid = {fold(titles[community.parent])} if divided and community.parent in titles else set()
        covered = nested | {(r.tail, r.head) for r in inner if r.type in _UPWARD}
        title = _title(weights, known, covered, taken.setdefault(community.level, set()) | avoid) or community.id
        taken[community.level].add(fold(title))
        titles[community.id] = title
        chosen = _chosen(sentences.about(community.members), weights, count=_how_many(len(community.members)))
        text = " ".join(f"{_one_line(s.evidence.quote)} [{n}]" for n, s in enumerate(chosen, start=1))
        described.append(replace(community, title=title, summary=text, evidence=tuple(s.evidence for s in chosen)))
    return described


# ---- titles --------------------------------------------------------------------------------------------------------


def _centrality(
    members: Sequence[str], known: Mapping[str, Concept], inner: Sequence[Relation], nested: Collection[tuple[str, str]]
) -> dict[str, float]:
    """How much the others of a theme hang on each member, 0..1, largest first, ties by id.

    Relations within the theme, being above others (is_a, part_of), appearing inside their names, salience: each as a
    share of the theme's largest, weighed by ``_CENTRAL``.
    """
    ties = dict.fromkeys(members, 0.0)
    above = dict.fromkeys(members, 0.0)
    for relation in inner:
        weight = relation.confidence * (UNTYPED_WEIGHT if relation.type is RelationType.RELATED_TO else TYPED_WEIGHT)
        ties[relation.head] += weight
        ties[relation.tail] += weight
        if relation.type in _UPWARD:
            above[relation.tail] += weight
    salience = {c: known[c].salience for c in members}
    families = Counter(short for short, _ in nested)
    # One name inside one other is chance; only from two on is it a family.
    named = {c: float(families[c]) if families[c] > 1 else 0.0 for c in members}
    parts = [ties, above, named, salience]
    tops = [max(part.values(), default=0.0) or 1.0 for part in parts]
    total = {
        c: math.fsum(w * part[c] / top for w, part, top in zip(_CENTRAL, parts, tops, strict=True)) for c in members
    }
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _nested(members: Sequence[str], known: Mapping[str, Concept]) -> set[tuple[str, str]]:
    """(inner, outer) pairs of members where the name of one appears inside the other's.

    量化 in 权重量化, not C in cache.
    """
    finder = NameFinder((known[c].name, c) for c in members)
    pairs = {(f.owner, c) for c in members for f in finder.find_all(known[c].name)}
    return {(inner, outer) for inner, outer in pairs if fold(known[inner].name) != fold(known[outer].name)}


def _title(
    weights: Mapping[str, float],
    known: Mapping[str, Concept],
    covered: Collection[tuple[str, str]],
    taken: Collection[str],
) -> str:
    """A title whose folded form is not in ``taken``; empty where every one is.

    Args:
        weights: centrality of the members, the most central first.
        known: concepts by id.
        covered: pairs of members of which the first covers the second, so that it need not be next to it.
        taken: folded titles that may not come again.
    """
    first, *others = weights
    stands_out = not others or weights[first] >= STANDS_OUT * weights[others[0]]
    if not stands_out and (others[0], first) in covered:
        first, others = others[0], [first, *others[1:]]
    name = known[first].name
    beside = [c for c in others if (first, c) not in covered]
    pairs = [_SEPARATOR.join((name, known[c].name)) for c in [*beside, *(c for c in others if (first, c) in covered)]]
    options = [name, *pairs] if stands_out or (first, others[0]) in covered else [*pairs[:1], name, *pairs[1:]]
    return next((title for title in options if fold(title) not in taken), "")


# ---- sentences -----------------------------------------------------------------------------------------------------


class _Sentences:
    """The sentences that the graph's evidence contains, found by the concepts they explain."""

    def __init__(self, known: Mapping[str, Concept], relations: Sequence[Relation], finder: NameFinder[str]) -> None:
        self._relations: dict[str, list[Relation]] = {}
        explains: dict[Evidence, dict[str, float]] = {}
        for concept in known.values():
            if concept.definition:
                explains.setdefault(concept.definition, {})[concept.id] = _DEFINES
        for relation in relations:
            if relation.head in known and relation.tail in known and relation.head != relation.tail:
                self._relations.setdefault(relation.head, []).append(relation)
                for evidence in relation.evidence:
                    share = explains.setdefault(evidence, {})
                    for end in (relation.head, relation.tail):
                        share[end] = max(share.get(end, 0.0), _STATES)
        self._about: dict[str, list[_Sentence]] = {}
        for evidence in sorted(explains):
            sentence = _sentence(evidence, explains[evidence], finder)
            for concept_id in explains[evidence]:
                self._about.setdefault(concept_id, []).append(sentence)

    def within(self, members: Sequence[str]) -> list[Relation]:
        """Relations between members."""
        inside = set(members)
        return [r for head in sorted(inside) for r in self._relations.get(head, ()) if r.tail in inside]

    def about(self, members: Sequence[str]) -> list[_Sentence]:
        """Sentences that define a member or state a relation of one, by evidence."""
        found = {s.evidence: s for c in members for s in self._about.get(c, ())}
        return [found[e] for e in sorted(found)]


def _sentence(evidence: Evidence, explains: Mapping[str, float], finder: NameFinder[str]) -> _Sentence:
    text = comparable(evidence.quote)
    found = finder.find(evidence.quote)
    starts, ends = [0, *(f.end for f in found)], [*(f.start for f in found), len(text)]
    beside = "".join(text[start:end] for start, end in zip(starts, ends, strict=True))
    letters = _letters(text)
    trigrams = frozenset(letters[i : i + 3] for i in range(max(len(letters) - 2, 1)))
    named = {f.owner: _NAMES for f in found}
    end = text.rstrip(' *_"”）)')[-1:]  # wide marks are narrow ones by now
    unfinished = end in ("?", ":") or (end not in (".", "!", ";", "。", "…") and columns(text) < _WHOLE)
    return _Sentence(evidence, {**named, **explains}, trigrams, columns(text), columns(_letters(beside)), unfinished)


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _how_many(members: int) -> int:
    return min(MAX_SENTENCES, max(MIN_SENTENCES, math.ceil(members / MEMBERS_A_SENTENCE)))


def _chosen(sentences: Sequence[_Sentence], weights: Mapping[str, float], *, count: int) -> list[_Sentence]:
    """Up to ``count`` sentences, the one that explains most first.

    Of a member of weight w, a set of sentences explains w · (1 - Π (1 - share)); a sentence is worth what it adds, less
    the share that it repeats of a sentence taken before, less where it is long. It is not taken where it says the same
    as one before.
    """
    usable = [s for s in sentences if s.width <= _LONGEST and s.says >= _SAYS and not s.unfinished] or list(sentences)
    open_share = {concept: _LEAST_WEIGHT + weight for concept, weight in weights.items()}
    chosen: list[_Sentence] = []
    # What a sentence is worth only falls as others are taken, so most need not be looked at again (lazy greedy: Minoux
    # 1978).
    repeats = [0.0] * len(usable)
    compared = [0] * len(usable)
    heap = [
        (-_worth(s, open_share, 0.0), i) for i, s in enumerate(usable)
    ]  # of equals the first: they are ordered by evidence
    heapq.heapify(heap)
    fresh = [0] * len(usable)
    while heap and len(chosen) < count:
        _, i = heap[0]
        if fresh[i] < len(chosen):
            for taken in chosen[compared[i] :]:
                repeats[i] = max(repeats[i], _alike(usable[i], taken))
            compared[i] = fresh[i] = len(chosen)
            if repeats[i] >= TOO_ALIKE:
                heapq.heappop(heap)
            else:
                heapq.heapreplace(heap, (-_worth(usable[i], open_share, repeats[i]), i))
            continue
        heapq.heappop(heap)
        chosen.append(usable[i])
        for concept, share in usable[i].explains.items():
            if concept in open_share:
                open_share[concept] *= 1.0 - share
    return chosen


def _worth(sentence: _Sentence, open_share: Mapping[str, float], repeated: float) -> float:
    adds = math.fsum(open_share[c] * share for c, share in sentence.explains.items() if c in open_share)
    return adds * (1.0 - _REDUNDANCY * repeated) / math.sqrt(max(1.0, sentence.width / _EASY_LENGTH))


def _alike(a: _Sentence, b: _Sentence) -> float:
    """Jaccard of the trigrams; 1 where one sentence is part of the other."""
    shared = len(a.trigrams & b.trigrams)
    smaller = min(len(a.trigrams), len(b.trigrams))
    return 1.0 if shared == smaller else shared / (len(a.trigrams) + len(b.trigrams) - shared)


def _one_line(quote: str) -> str:
    """``quote`` on one line: a break between Chinese characters goes, any other becomes a space."""
    return re.sub(r"\s*\n\s*", " ", _WRAPPED.sub("", quote)).strip()
