"""Titles and summaries of themes, made of the notes' own words: every sentence can be followed to its line."""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from graph.model import Basis, Community, Concept, Document, Evidence, LineKind, Passage, Relation, RelationType
from graph.text.name_finder import NameFinder, leftmost
from graph.text.names import comparable, fold
from graph.text.scripts import WIDE, columns
from graph.themes.headings import Headings
from graph.themes.statements import is_opening, is_statement
from graph.themes.titles import Member, Title, members_of, title_of

MAX_SENTENCES: Final = 6
MIN_SENTENCES: Final = 3
"""Fewer only where the members' evidence contains no more, or a theme has fewer members."""
MEMBERS_A_SENTENCE: Final = 5
"""A theme gets about one sentence for so many members, within the two bounds above."""
TOO_ALIKE: Final = 0.5
"""Jaccard of character trigrams from which two sentences say the same: the second is not taken."""
CENTRAL: Final = 0.5
"""The first sentence may define a member that has at least this share of the centrality of the most central one."""

_LONGEST: Final = 320
"""Longer sentences, in characters (a Chinese one counts two), are not taken."""
_SAYS: Final = 10
"""Nor are sentences with fewer characters besides the names: a list of names says nothing of them."""
_BEFORE: Final = 3
"""A sentence begins with a name that follows after so many columns at most: ``The``, ``在``."""
_EASY_LENGTH: Final = 160
_LEAST_WEIGHT: Final = 0.1
_REDUNDANCY: Final = 0.5
_DEFINES: Final = 0.8
"""How much of a concept a sentence explains that defines it, ..."""
_STATES: Final = 0.5
"""... that states a relation of it, ..."""
_NAMES: Final = 0.25
"""... or that names it."""
_NO_LETTER: Final = re.compile(r"[\W_]+")
_WRAPPED: Final = re.compile(rf"(?<=[{WIDE}])\s*\n\s*(?=[{WIDE}])")
"""A line break between Chinese characters or their punctuation."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that states something."""

    evidence: Evidence
    explains: Mapping[str, float]
    """For concepts the share 0..1 of what there is to say."""
    defines: frozenset[str]
    """Concepts that it defines and names."""
    begins: str | None
    """The concept that its first words name."""
    opening: bool
    """Whether it can be read first: it defines something or states a typed relation, and does not point back."""
    types: frozenset[tuple[str, str]]
    """(head, tail) of the typed relations that it states."""
    trigrams: frozenset[str]
    width: int
    """Length in characters, Chinese ones count two."""


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
    known = {c.id: c for c in concepts}
    ordered = sorted(relations, key=lambda r: (r.key, r.evidence))
    finder = NameFinder((name, c.id) for c in concepts for name in c.names)
    sentences = _Sentences(known, ordered, finder, passages)
    headings = Headings(concepts, passages, finder)
    languages = {d.id: d.lang for d in documents}
    titles: dict[str, str] = {}
    taken: dict[int, set[str]] = {}
    described = []
    looked_at: dict[str, _Theme] = {}
    for community in communities:
        above = looked_at.get(community.parent or "")
        divided = above is not None and above.size != len(community.members)
        if above is None or divided:
            members = members_of(community.members, known, sentences.within(community.members))
            found = headings.titles(community.members)
            theme = _Theme(members, found, _language(community.members, known, languages))
        else:  # a theme that is not divided is its own only child: only its title may be taken there
            theme = above
        looked_at[community.id] = theme
        avoid = {fold(titles[community.parent])} if divided and community.parent is not None else set()
        taken_here = taken.setdefault(community.level, set())
        title = title_of(theme.members, theme.headings, taken_here | avoid, theme.lang) or Title(community.id, ())
        taken_here.add(fold(title.text))
        titles[community.id] = title.text
        chosen = theme.chosen.get(title.names)
        if chosen is None:
            chosen = theme.chosen[title.names] = _chosen(
                sentences.about(community.members),
                {m.id: m.weight for m in theme.members},
                title.names,
                count=_how_many(theme.size),
            )
        text = " ".join(f"{_one_line(s.evidence.quote)} [{n}]" for n, s in enumerate(chosen, start=1))
        described.append(replace(community, title=title.text, summary=text, evidence=tuple(s.evidence for s in chosen)))
    return described


@dataclass(frozen=True, slots=True, eq=False)
class _Theme:
    """What titles and summaries ask of a theme, whatever its level."""

    members: list[Member]
    headings: list[tuple[str, float]]
    """Headings that cover the members, with their fit, best first."""
    lang: str
    chosen: dict[tuple[str, ...], list[_Sentence]] = field(default_factory=dict)
    """Members that the title names → the sentences of the summary."""

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self.members)


def _kinds(passages: Sequence[Passage], asked: Collection[tuple[str, int]]) -> dict[tuple[str, int], LineKind]:
    """What each of the lines that are ``asked`` for is, where the reader has kept it."""
    return {(p.doc, n): line.kind for p in passages if p.lines for n, line in p.numbered_lines() if (p.doc, n) in asked}


def _language(members: Sequence[str], known: Mapping[str, Concept], languages: Mapping[str, str]) -> str:
    """The language of the documents that mention the members most."""
    counts = Counter(languages[m.doc] for c in members for m in known[c].mentions if m.doc in languages)
    return "zh" if counts["zh"] > counts["en"] else "en"


# ---- sentences -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What concepts and relations take from a piece of a note; see :class:`_Sentence`."""

    explains: dict[str, float] = field(default_factory=dict)
    defines: set[str] = field(default_factory=set)
    types: set[tuple[str, str]] = field(default_factory=set)


class _Sentences:
    """The sentences that the graph's evidence contains, found by the concepts they explain."""

    def __init__(
        self,
        known: Mapping[str, Concept],
        relations: Sequence[Relation],
        finder: NameFinder[str],
        passages: Sequence[Passage],
    ) -> None:
        self._relations: dict[str, list[Relation]] = {}
        said: dict[Evidence, _Said] = {}
        for concept in known.values():
            if concept.definition:
                found = said.setdefault(concept.definition, _Said())
                found.explains[concept.id] = _DEFINES
                found.defines.add(concept.id)
        for relation in relations:
            if relation.head in known and relation.tail in known and relation.head != relation.tail:
                self._relations.setdefault(relation.head, []).append(relation)
                typed = relation.type is not RelationType.RELATED_TO and relation.basis is Basis.EXTRACTED
                for evidence in relation.evidence:
                    found = said.setdefault(evidence, _Said())
                    for end in (relation.head, relation.tail):
                        found.explains[end] = max(found.explains.get(end, 0.0), _STATES)
                    if typed:
                        found.types.add((relation.head, relation.tail))
        kinds = _kinds(passages, {(evidence.doc, evidence.line) for evidence in said})
        self._about: dict[str, list[int]] = {}
        self._all: list[_Sentence] = []
        for evidence in sorted(said):
            if not is_statement(evidence.quote, kinds.get((evidence.doc, evidence.line))):
                continue
            sentence = _sentence(evidence, said[evidence], finder)
            if sentence is not None:
                for concept_id in said[evidence].explains:
                    self._about.setdefault(concept_id, []).append(len(self._all))
                self._all.append(sentence)

    def within(self, members: Sequence[str]) -> list[Relation]:
        """Relations between members."""
        inside = set(members)
        return [r for head in sorted(inside) for r in self._relations.get(head, ()) if r.tail in inside]

    def about(self, members: Sequence[str]) -> list[_Sentence]:
        """Sentences that define a member or state a relation of one, by evidence."""
        return [self._all[n] for n in sorted({n for c in members for n in self._about.get(c, ())})]


def _sentence(evidence: Evidence, said: _Said, finder: NameFinder[str]) -> _Sentence | None:
    """The sentence that ``evidence`` is; None where it is too long, or little but names."""
    text = comparable(evidence.quote)
    everywhere = finder.find_all(evidence.quote)
    found = leftmost(everywhere)
    starts, ends = [0, *(f.end for f in found)], [*(f.start for f in found), len(text)]
    beside = "".join(text[start:end] for start, end in zip(starts, ends, strict=True))
    if columns(text) > _LONGEST or columns(_letters(beside)) < _SAYS:
        return None
    first = found[0] if found and columns(_letters(text[: found[0].start])) <= _BEFORE else None
    if evidence.quote[:1].islower() and (first is None or first.start > 0):
        return None  # the second half of a sentence
    letters = _letters(text)
    trigrams = frozenset(letters[i : i + 3] for i in range(max(len(letters) - 2, 1)))
    label = text.find(":")
    return _Sentence(
        evidence,
        explains={**{f.owner: _NAMES for f in found}, **said.explains},
        defines=frozenset(said.defines.intersection(f.owner for f in everywhere)),
        begins=None if first is None else first.owner,
        opening=bool(said.defines or said.types)
        and is_opening(evidence.quote, label_names=any(f.end <= label for f in found)),
        types=frozenset(said.types),
        trigrams=trigrams,
        width=columns(text),
    )


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", text)


def _how_many(members: int) -> int:
    return min(MAX_SENTENCES, max(MIN_SENTENCES, math.ceil(members / MEMBERS_A_SENTENCE)))


def _first(usable: Sequence[_Sentence], weights: Mapping[str, float], titled: Sequence[str]) -> int | None:
    """Which of ``usable`` says what the theme is about; None where none does."""
    opening = [i for i, sentence in enumerate(usable) if sentence.opening]
    defining: dict[str, list[int]] = {}
    stating: dict[str | None, list[int]] = {}
    for i in opening:
        for concept in usable[i].defines & weights.keys():
            defining.setdefault(concept, []).append(i)
    within = [i for i in opening if any(a in weights and b in weights for a, b in usable[i].types)]
    for i in opening:
        if any(a in weights or b in weights for a, b in usable[i].types):
            stating.setdefault(usable[i].begins, []).append(i)
    least = CENTRAL * max(weights.values())
    choices = [
        *(defining.get(concept) for concept in titled),
        *(stating.get(concept) for concept in titled),
        *(defining.get(concept) for concept, weight in weights.items() if weight >= least),
        within,
        *(defining.get(concept) for concept in weights),
    ]
    found = next((choice for choice in choices if choice), None)
    return None if found is None else max(found, key=lambda i: (_worth(usable[i], weights, 0.0), -i))


def _chosen(
    usable: Sequence[_Sentence], weights: Mapping[str, float], titled: Sequence[str], *, count: int
) -> list[_Sentence]:
    """Up to ``count`` sentences: the one that says what the theme is about, then those that explain most.

    Of a member of weight w, a set of sentences explains w · (1 - Π (1 - share)); a sentence is worth what it adds, less
    the share that it repeats of a sentence taken before, less where it is long. It is not taken where it says the same
    as one before.
    """
    first = _first(usable, weights, titled)
    if first is None:
        return []
    open_share = {concept: _LEAST_WEIGHT + weight for concept, weight in weights.items()}
    chosen: list[_Sentence] = []
    # What a sentence is worth only falls as others are taken, so most need not be looked at again (lazy greedy: Minoux
    # 1978).
    repeats = [0.0] * len(usable)
    compared = [0] * len(usable)
    heap = [
        (-_worth(s, open_share, 0.0), i) for i, s in enumerate(usable)
    ]  # of equals the first: they are ordered by evidence
    heap[first] = (-math.inf, first)
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
