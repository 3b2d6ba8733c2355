"""One name, two things: a bond in a note on chemistry and a bond in a note on finance; a generator in a GAN and in RAG.

Notes that define a name differently may still speak of one thing, so a name is split only where everything says so:
both notes define it in a sentence of which it is the subject, the two definitions share no word of content, the places
where the notes name it share none either, the notes share hardly a concept, and no second name of the thing is in both.
A wrong split is worse than a missed one.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.drafts import ConceptDraft
from extract.concepts.translation import stem
from extract.notes.blocks import BlockKind
from extract.text.keys import key_of
from extract.text.occurrences import Occurrence, Occurrences, ParsedDoc, read_ahead, sentence_around
from extract.text.segment import tokenize
from graph.text.frequency import zipf
from graph.text.names import fold
from graph.text.scripts import has_han

_IS: Final = re.compile(
    r"[*_`\"”’]*\s*(?:[（(][^（）()]{1,60}[）)])?[*_`\"”’]*\s*(?:(?:is|are|was) (?:an?|the|one "
    r"of|any|what)\b|means\b|refers to\b"
    r"|denotes\b|are (?=[a-z]+ )|是(?:指|一|由|用|把|将|在|具|对)|是(?=[^，。]{2,30}的)|指的?是?|即)",
    re.IGNORECASE,
)
"""What says what something is. A colon does not: notes have it after every label."""
_OPENING: Final = re.compile(r"\W*(?:(?:the|an?|every|each)\s+)?\W*", re.IGNORECASE)
_COMMON_EN: Final = 5.2
_COMMON_ZH: Final = 5.4
"""Zipf frequencies from which a word of a definition says nothing about its subject."""
_LEAST_WORDS: Final = 2
"""Words of content that a definition needs to be compared."""
_LIKELY: Final = 0.3
"""Probability from which a form counts as something that a note is about."""
_SHARED: Final = 0.08
"""Share of what the smaller note is about: from this on two notes are about one subject."""


@dataclass(frozen=True, eq=False)
class _Use:
    """How one document uses a name; what takes long to find out only where it is asked for."""

    doc: ParsedDoc
    own: Sequence[Occurrence]
    """The occurrences of the name in the document."""
    definition: frozenset[str]
    """Stems of the content words of its defining sentences; empty where it defines nothing."""
    han: bool
    table: Mapping[str, float]
    """Key → probability that the form is a concept."""
    keys: frozenset[str]
    """Of the thing's names."""
    without: frozenset[str]
    """Words that say nothing here: those of the names."""

    @cached_property
    def words(self) -> frozenset[str]:
        """Stems of the content words of all lines that have the name."""
        return _content(_lines(self.doc, self.own)) - self.without

    @cached_property
    def about(self) -> frozenset[str]:
        """Keys of what the document is about, without the name."""
        likely = (key for key, score in self.table.items() if score >= _LIKELY)
        return frozenset(key for key in likely if not any(name in key for name in self.keys))

    @cached_property
    def names(self) -> frozenset[str]:
        """Folded names of the thing that it uses."""
        return frozenset(fold(self.doc.blocks[o.block].text[o.start : o.end]) for o in self.own)


def split_meanings(
    docs: Sequence[ParsedDoc],
    drafts: Sequence[ConceptDraft],
    occurrences: Occurrences,
    scores: Sequence[Mapping[str, float]],
    written: Callable[[int, str], str],
    *,
    whole: Collection[int] = (),
    apart: Mapping[int, Sequence[Collection[int]]] = MappingProxyType({}),
) -> tuple[list[ConceptDraft], Occurrences, list[int]]:
    """Split the concepts whose name means two things.

    Args:
        docs: all documents.
        drafts: the concepts.
        occurrences: of their names, in document order.
        scores: of each document, key → probability that the form is a concept.
        written: (number of a document, key of a form) → how the document writes the form.
        whole: numbers of drafts that stay as they are, because the user speaks of them.
        apart: number of a draft → numbers of the documents of each of its meanings, where somebody has read them.

    Returns:
        The concepts, their occurrences in the same order as before, and for each concept the number of the draft that
        it comes from. The parts of a split draft follow each other, the one with most occurrences first; each has the
        name with a label ("bond · coupon") and the bare name as an alias.
    """
    rows = np.argsort(occurrences.concept, kind="stable")
    first = np.searchsorted(occurrences.concept[rows], np.arange(len(drafts) + 1))
    out: list[ConceptDraft] = []
    origin: list[int] = []
    moved = np.zeros(len(occurrences), dtype=np.int64)
    taken = {draft.id for draft in drafts}
    defining = _defining_notes(docs, occurrences, whole)
    compared = {index for index, said in defining.items() if len(said) > 1}
    lines = occurrences[np.flatnonzero(np.isin(occurrences.concept, sorted(compared)))]
    ahead = read_ahead(docs, ((o.doc, o.block) for o in lines if o.doc in defining[o.concept]))
    uses, told = {}, {}
    for index in sorted(compared - apart.keys()):
        use = _Uses(ahead, drafts[index], _by_doc(occurrences[rows[first[index] : first[index + 1]]]), scores)
        found = _told_apart(use, defining[index])
        if len(found) > 1:
            uses[index], told[index] = use, found
    lines = occurrences[np.flatnonzero(np.isin(occurrences.concept, sorted(told)))]
    ahead = read_ahead(docs, ((o.doc, o.block) for o in lines))
    for index, draft in enumerate(drafts):
        own = rows[first[index] : first[index + 1]]
        in_doc = occurrences.doc[own]
        groups: list[list[int]] = []
        read = apart.get(index) if index not in whole else None
        if read is not None and len(own) and in_doc[0] != in_doc[-1]:
            groups = _read_groups(read, _by_doc(occurrences[own]))
        elif index in told:
            groups = _with_the_rest(replace(uses[index], docs=ahead), told[index], defining[index])
        if len(groups) < 2:
            moved[own] = len(out)
            out.append(draft)
            origin.append(index)
            continue
        for group, label in zip(groups, _labels(draft, groups, docs, scores, written), strict=True):
            name = f"{draft.name} · {label}"
            if fold(name) in taken:
                name = f"{name} {docs[group[0]].id}"
            taken.add(fold(name))
            moved[own[np.isin(in_doc, group)]] = len(out)
            out.append(replace(draft, id=fold(name), name=name, aliases=draft.names))
            origin.append(index)
    return out, occurrences.of_concepts(moved), origin


def _read_groups(meanings: Sequence[Collection[int]], places: Mapping[int, Sequence[Occurrence]]) -> list[list[int]]:
    """The documents of each meaning that somebody read; those that nobody spoke of go with the first."""
    found = [sorted(set(meaning) & places.keys()) for meaning in meanings]
    found = [meaning for meaning in found if meaning]
    if found:
        found[0] = sorted({*found[0], *(places.keys() - {doc for meaning in found for doc in meaning})})
    return found


def _by_doc(occurrences: Occurrences) -> dict[int, list[Occurrence]]:
    places: dict[int, list[Occurrence]] = defaultdict(list)
    for occurrence in occurrences:
        places[occurrence.doc].append(occurrence)
    return places


@dataclass(frozen=True, eq=False)
class _Uses:
    """How the documents use the names of one concept."""

    docs: Sequence[ParsedDoc]
    draft: ConceptDraft
    places: Mapping[int, Sequence[Occurrence]]
    """Number of a document → where it has one of the names."""
    scores: Sequence[Mapping[str, float]]

    def of(self, doc: int, definition: str) -> _Use:
        """How one document uses them; ``definition``: its sentences that say what the concept is, joined."""
        keys, without = self._left_out
        own = self.places[doc]
        han = has_han(definition or _lines(self.docs[doc], own))
        return _Use(self.docs[doc], own, _content(definition) - without, han, self.scores[doc], keys, without)

    @cached_property
    def _left_out(self) -> tuple[frozenset[str], frozenset[str]]:
        keys = frozenset(key_of(name) for name in self.draft.names)
        return keys, keys | {stem(word) for name in self.draft.names for word in re.findall("[A-Za-z]+", name)}


def _told_apart(uses: _Uses, defining: Mapping[int, str]) -> list[set[int]]:
    """The documents of each meaning among those whose definition can be compared, by their first.

    ``defining`` has for each document its sentences of which the name is the subject and that say what it is, joined.
    """
    if len(defining) < 2:
        return []
    use = {doc: uses.of(doc, said) for doc, said in sorted(defining.items())}
    telling = sorted(doc for doc in defining if len(use[doc].definition) >= _LEAST_WORDS)
    if len({use[doc].han for doc in telling}) > 1:  # what is defined in two languages is not compared
        return [set(telling)]
    group = {doc: {doc} for doc in telling}

    def join(one: int, other: int) -> None:
        if group[one] is not group[other]:
            group[one] |= group[other]
            group.update(dict.fromkeys(group[other], group[one]))

    first: dict[str, int] = {}
    for doc in telling:  # in any order the groups are the same: the quick comparison first
        for word in use[doc].definition:
            join(first.setdefault(word, doc), doc)
    for alike in (_defined_alike, _used_alike):
        for one, other in combinations(telling, 2):
            if group[one] is not group[other] and alike(use[one], use[other]):
                join(one, other)
    return [members for _, members in sorted({min(members): members for members in group.values()}.items())]


def _with_the_rest(uses: _Uses, told: Sequence[Collection[int]], defining: Mapping[int, str]) -> list[list[int]]:
    """The documents of each meaning, the meaning with most occurrences first.

    A document that ``told`` does not have goes where its nearest is, those that came before it included.
    """
    groups = [set(members) for members in told]
    nearest = _Nearest()
    for number, members in enumerate(groups):
        for doc in sorted(members):
            nearest.add(uses.of(doc, defining.get(doc, "")), number)
    for doc in sorted(uses.places.keys() - set().union(*groups)):
        use = uses.of(doc, defining.get(doc, ""))
        number = nearest.group(use, len(groups))
        groups[number].add(doc)
        nearest.add(use, number)
    return sorted(map(sorted, groups), key=lambda g: (-sum(len(uses.places[d]) for d in g), g))


class _Nearest:
    """Documents with their groups, of which the one that is most like another is found by what they share."""

    def __init__(self) -> None:
        self._groups: list[int] = []
        self._abouts: list[int] = []
        """Number of things that each document is about."""
        self._rows: tuple[dict[str, array[int]], dict[str, array[int]]] = {}, {}
        """Word, and thing that it is about → rows of the documents that have it."""

    def add(self, use: _Use, group: int) -> None:
        """Add a document that belongs to the group of this number."""
        for having, members in zip(self._rows, (use.words, use.about), strict=True):
            for member in members:
                having.setdefault(member, array("q")).append(len(self._groups))
        self._groups.append(group)
        self._abouts.append(len(use.about))

    def group(self, use: _Use, groups: int) -> int:
        """The group of the document most like it, by words that both have and the share of what both are about.

        The first of several; all ``groups`` have a document.
        """
        words, about = (
            self._shared(having, own) for having, own in zip(self._rows, (use.words, use.about), strict=True)
        )
        alike = words + about / np.maximum(1, np.minimum(len(use.about), np.asarray(self._abouts)))
        best = np.zeros(groups)
        np.maximum.at(best, np.asarray(self._groups), alike)
        return int(best.argmax())

    def _shared(self, having: Mapping[str, array[int]], own: Collection[str]) -> NDArray[np.int64]:
        """How many of ``own`` each document has."""
        rows = [np.frombuffer(having[member], dtype=np.int64) for member in own if member in having]
        there = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
        return np.bincount(there, minlength=len(self._groups))


def _defining_notes(
    docs: Sequence[ParsedDoc], occurrences: Occurrences, whole: Collection[int]
) -> dict[int, dict[int, str]]:
    """What documents say that a concept is: number of the concept → number of the document → its sentences that do.

    The name is the subject of these. They are joined; concepts that stay ``whole`` have none.
    """
    found: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    in_block = -1, -1
    text, passed = "", True
    block = None
    columns = (occurrences.concept, occurrences.doc, occurrences.block, occurrences.start, occurrences.end)
    for concept, d, b, begin, end in zip(*(column.tolist() for column in columns), strict=True):
        if (d, b) != in_block:
            in_block, block = (d, b), docs[d].blocks[b]
            text = block.text
            passed = block.kind in (BlockKind.HEADING, BlockKind.HEADER, BlockKind.CODE) or block.question
        if passed or block is None or not _IS.match(text, end) or concept in whole:  # hardly any name passes
            continue
        first, last = sentence_around(block, begin, end)
        if _OPENING.fullmatch(text[first:begin]):
            found[concept][d].append(text[first:last])
    return {concept: {d: " ".join(said) for d, said in own.items()} for concept, own in found.items()}


def _lines(doc: ParsedDoc, own: Sequence[Occurrence]) -> str:
    """The text of all blocks with one of the occurrences."""
    return " ".join(doc.blocks[b].text for b in sorted({o.block for o in own}))


def _content(text: str) -> frozenset[str]:
    """Stems of the words of ``text`` that say something: neither function words nor the commonest ones."""
    found = set()
    for token in tokenize(text):
        word = text[token.start : token.end].lower()
        if token.script == "P" or len(word) < 2 or word.isdigit():
            continue
        common = zipf(word, "zh") >= _COMMON_ZH if has_han(word) else zipf(word, "en") >= _COMMON_EN or len(word) < 3
        if not common:
            found.add(word if has_han(word) else stem(word))
    return frozenset(found)


def _defined_alike(one: _Use, other: _Use) -> bool:
    """Whether two notes may speak of one thing, by their definitions and the names that they use."""
    if one.han != other.han or one.definition & other.definition:
        return True
    return len({key_of(n) for n in one.names & other.names}) > 1


def _used_alike(one: _Use, other: _Use) -> bool:
    """The same, by what else the notes are about and by the lines that have the name."""
    shared = one.about & other.about
    return len(shared) > _SHARED * min(len(one.about), len(other.about)) or bool(one.words & other.words)


def _labels(
    draft: ConceptDraft,
    groups: Sequence[Sequence[int]],
    docs: Sequence[ParsedDoc],
    scores: Sequence[Mapping[str, float]],
    written: Callable[[int, str], str],
) -> list[str]:
    """What tells the meanings apart: the title of the note, else its folder, else what it is about most."""
    for name_of in (_title, _folder):
        labels = [name_of(docs[group[0]]) for group in groups]
        usable = all(len(label) > 2 and fold(label) not in {fold(n) for n in draft.names} for label in labels)
        if usable and len({fold(label) for label in labels}) == len(labels):
            return labels
    return [_topic(draft, group, groups, docs, scores, written) for group in groups]


def _title(doc: ParsedDoc) -> str:
    return next((" ".join(b.text.split())[:40] for b in doc.blocks if b.kind is BlockKind.HEADING and b.level == 1), "")


def _folder(doc: ParsedDoc) -> str:
    return PurePosixPath(doc.id).parent.name


def _topic(
    draft: ConceptDraft,
    group: Sequence[int],
    groups: Sequence[Sequence[int]],
    docs: Sequence[ParsedDoc],
    scores: Sequence[Mapping[str, float]],
    written: Callable[[int, str], str],
) -> str:
    """The most probable other name of the first note that no note of another meaning has.

    The note's path where there is none.
    """
    elsewhere = {key for other in groups if other is not group for doc in other for key in scores[doc]}
    keys = [key_of(name) for name in draft.names]
    doc = group[0]
    own = [(-s, k) for k, s in scores[doc].items() if k not in elsewhere and not any(key in k for key in keys)]
    title = key_of(_title(docs[doc]))
    return next((written(doc, key) for _, key in sorted(own) if key != title), docs[doc].id)
