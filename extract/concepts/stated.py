"""What authors state about their notes, as the stages over the whole collection use it.

The names of a note's concept (its title and its aliases), what must be understood before it, and the notes that it
links to. The author's word joins names before any rule does; only what contradicts itself is left out: an alias that
two notes claim, that is the title of another note, or that is an everyday word.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from extract.concepts.alias_pairs import LIKELY, default_model, matrix, name_pairs
from extract.concepts.apply_corrections import NAMED
from extract.concepts.brackets import is_short_form, needs_silence, remark
from extract.concepts.candidates import Candidates, collect
from extract.concepts.clusters import AliasLink
from extract.concepts.content_words import usable
from extract.concepts.forms import Form, FormDict, FormTable, Ints, main_surface
from extract.concepts.subjects import Said
from extract.knowledge.lexicon import Lexicon
from extract.notes.blocks import Block, BlockKind
from extract.notes.note_links import NoteIndex, NoteLink
from extract.notes.parse import ParsedNote, parse
from extract.notes.properties import NoteMetadata, Stated
from extract.text.keys import key_of
from extract.text.occurrences import ParsedDoc
from extract.text.parsed_doc import parsed_doc
from extract.text.quotes import quote_of
from graph.classifiers import Model
from graph.model import Evidence, Mention
from graph.text.frequency import zipf
from graph.text.names import names_within
from graph.text.scripts import has_han

COMMON: Final = 5.5
"""A word of this Zipf frequency (way, problem) has too many meanings to be an alias wherever it appears."""
LINKED_SURE: Final = 0.3
"""Probability from which a title is a concept because another note links to it."""
LABEL_SURE: Final = 0.2
"""Probability that the label of a link must have to be another name of the note."""
TRANSLATED: Final = 0.8
"""Probability from which a label in another script is one thing with the title: a note is also linked to for what it
merely treats. On the example notes the three wrong labels reach .75 and the five right ones .96."""
MOSTLY_LINKS: Final = 0.5
"""Share of a note's letters in links from which it is a list of notes."""
MOST_LINKED: Final = 24
"""Notes that one note may be related to by its links; a list of more notes says nothing of any of them."""
_QUOTE: Final = 300
_ARTICLE: Final = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)
_ASIDE: Final = re.compile(r"\s*[（(【][^（）()【】]*[）)】]\s*$")
_COUNT: Final = re.compile(r"^\d{1,4}[-_. ]+(?=\D)")
_NO_TITLES: Final = frozenset(["index", "readme", "_index", "untitled", "home", "summary", "overview"])
_LIST_MARK: Final = re.compile(r"^\s*(?:[-*]\s+)?")


@dataclass(frozen=True, slots=True)
class NoteFacts:
    """What one note states: a pure function of its text."""

    doc: str
    title: str = ""
    """The name that its title is: of the front matter, else the first heading of level 1, else the file's name. Empty
    where it can name nothing."""
    metadata: NoteMetadata = field(default_factory=NoteMetadata)
    links: tuple[NoteLink, ...] = ()
    by_file: bool = False
    """Whether ``title`` is the file's name."""
    lists_notes: bool = False
    """Whether it is mostly links."""
    lines: Mapping[int, str] = field(default_factory=dict)
    """1-based line → what is written there, for the lines of ``metadata``."""

    @property
    def keys(self) -> frozenset[str]:
        """Keys of all names that it states: its aliases, what it rests on, and the title that these are about."""
        said = [s.name for s in (*self.metadata.aliases, *self.metadata.prerequisites)]
        return frozenset(key_of(name) for name in (self.title, *said) if name) if said else frozenset()

    @property
    def names(self) -> tuple[Stated, ...]:
        """The aliases that can be names."""
        return tuple(s for s in self.metadata.aliases if usable(s.name))


def facts_of(doc: str, text: str, note: ParsedNote) -> NoteFacts:
    """What the note ``doc`` states."""
    said = note.metadata
    wanted = {s.line for s in (*said.aliases, *said.prerequisites)}
    raw = text.split("\n") if wanted else []
    lines = {n: _LIST_MARK.sub("", raw[n - 1]).strip() for n in sorted(wanted) if n <= len(raw)}
    headed = any(b.kind is BlockKind.HEADING and b.level == 1 for b in note.blocks)
    letters = sum(len(block.text) for block in note.blocks)
    linked = sum(len(link.label) for link in note.links)
    return NoteFacts(
        doc,
        title_name(doc, note.blocks),
        said,
        note.links,
        by_file=not headed,
        lists_notes=linked >= MOSTLY_LINKS * max(letters, 1),
        lines=lines,
    )


def title_name(doc: str, blocks: Sequence[Block]) -> str:
    """The name that the title of a note is; empty where it is none: a question, a sentence, a date."""
    first = [b for b in blocks if b.kind is BlockKind.HEADING and b.level == 1][:2]
    title = first[0].text if first else ""
    if len(first) > 1 and first[0].front and names_within(first[1].text, title):  # "Turgor: what it is" above "Turgor"
        title = first[1].text
    if not title:
        stem = PurePosixPath(doc).stem
        if stem.casefold() in _NO_TITLES:
            return ""
        title = _COUNT.sub("", stem)
        title = title if " " in title or has_han(title) else re.sub(r"[_-]+", " ", title)
    for name in (_ARTICLE.sub("", title.strip()), _ASIDE.sub("", _ARTICLE.sub("", title.strip()))):
        if name and usable(name):
            return name
    return ""


def tags_in(metadata: NoteMetadata, blocks: Sequence[Block]) -> list[tuple[str, int]]:
    """(writing, index of the block) of the tags that the text of the note names: its author emphasises them."""
    found = []
    for tag in metadata.tags:
        name = tag.name.rpartition("/")[2]
        words = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", name)))
        pattern = re.compile(words if has_han(name) else rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
        for block in blocks if usable(name) else ():
            if match := pattern.search(block.text):
                found.append((match[0], block.index))
                break
    return found


class StatedForms(FormTable):
    """The forms of a document, and names that its author states in addition."""

    __slots__ = ("_base", "_more")

    def __init__(self, base: FormTable, more: Mapping[str, Form]) -> None:
        self._base, self._more = base, more

    def overview(self) -> Iterable[tuple[str, int, str]]:  # noqa: D102
        yield from self._base.overview()
        for key, form in self._more.items():
            yield key, form.count, next(iter(form.surfaces))

    def columns(self) -> tuple[list[str], list[str], Ints, Ints, Ints]:  # noqa: D102
        keys, mains, *numbers = self._base.columns()
        more_keys, more_mains, *more = FormDict(self._more).columns()
        count, whole, strong = (np.concatenate(pair) for pair in zip(numbers, more, strict=True))
        return keys + more_keys, mains + more_mains, count, whole, strong

    def bold(self) -> list[str]:  # noqa: D102
        return self._base.bold()

    def close(self) -> None:  # noqa: D102
        self._base.close()

    def __len__(self) -> int:
        return len(self._base) + len(self._more)

    def __iter__(self) -> Iterator[str]:
        yield from self._base
        yield from self._more

    def __contains__(self, key: object) -> bool:
        return key in self._more or key in self._base

    def __getitem__(self, key: str) -> Form:
        return self._more[key] if key in self._more else self._base[key]


class StatedScores(Mapping[str, float]):
    """The probabilities of the forms of a document, and those of names that its author states in addition."""

    __slots__ = ("_base", "_more")

    def __init__(self, base: Mapping[str, float], more: Mapping[str, float]) -> None:
        """``base`` and ``more``, which have no key in common."""
        self._base, self._more = base, more

    def __len__(self) -> int:
        return len(self._base) + len(self._more)

    def __iter__(self) -> Iterator[str]:
        yield from self._base
        yield from self._more

    def __contains__(self, key: object) -> bool:
        return key in self._more or key in self._base

    def __getitem__(self, key: str) -> float:
        return self._more[key] if key in self._more else self._base[key]


@dataclass(frozen=True, slots=True)
class StatedNeed:
    """``before`` must be understood before ``after``, by their keys."""

    before: str
    after: str
    doc: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class LinkedTitles:
    """A note about ``source`` links to a note about ``target``, by their keys."""

    source: str
    target: str
    doc: int
    """Number of the document of the link."""
    target_doc: int
    label: str
    """Key of what people read."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class AuthorSays:
    """What all notes state, ready to take part in joining names."""

    collection: Sequence[Candidates[FormTable]]
    """With the stated names among the forms."""
    scores: Sequence[Mapping[str, float]]
    links: Sequence[Sequence[AliasLink]]
    """For each document the names that its author states to be one."""
    kept: frozenset[str]
    """Keys of names that are concepts because an author says so."""
    mentions: tuple[tuple[str, int, Mention], ...]
    """Key, number of the document, and where the properties name it."""
    needs: tuple[StatedNeed, ...]
    linked: tuple[LinkedTitles, ...]

    @property
    def named(self) -> frozenset[str]:
        """Keys of the names that properties name, or that the files are called to which they belong."""
        needed = (key for need in self.needs for key in (need.before, need.after))
        return frozenset([*(key for key, _, _ in self.mentions), *needed])


def author_says(
    facts: Sequence[NoteFacts],
    collection: Sequence[Candidates[FormTable]],
    scores: Sequence[Mapping[str, float]],
    lexicon: Lexicon | None,
    model: Model | None = None,
) -> AuthorSays:
    """What the notes of a collection state, together.

    Args:
        facts: of each note.
        collection: candidates of each note, in the same order.
        scores: of each note, its keys' probabilities.
        lexicon: whose generic words are no aliases; None for none.
        model: judges what links call a note (:mod:`extract.concepts.alias_pairs`); None for the one that comes with the
            package.
    """
    facts = [_told(fact, lexicon) for fact in facts]
    titles = [key_of(f.title) if f.title else "" for f in facts]
    owners = _owners(facts, titles)
    notes = NoteIndex(
        (f.doc for f in facts), {f.doc: [n for n in (f.title, *(s.name for s in f.names)) if n] for f in facts}
    )
    number = {f.doc: i for i, f in enumerate(facts)}
    names: list[dict[str, str]] = [{} for _ in facts]
    links: list[list[AliasLink]] = [[] for _ in facts]
    kept: set[str] = set()
    mentions: list[tuple[str, int, Mention]] = []
    needs: list[StatedNeed] = []
    for i, fact in enumerate(facts):
        aliases = [s for s in fact.names if not _is_everyday(s.name, lexicon) and owners[key_of(s.name)] <= {titles[i]}]
        needed = [(s, *_needed(s, fact, notes, number, titles, facts)) for s in fact.metadata.prerequisites]
        own = [Stated(0, fact.title)] if fact.title else []
        if not own:
            subject = _subject(collection[i]) if aliases or needed else ""
            own = [Stated(0, subject)] if subject else list(aliases[:1])
        for stated in aliases:
            key, quote = key_of(stated.name), _quote(fact, stated)
            names[i][key] = stated.name
            kept.add(key)
            mentions.append((key, i, Mention(fact.doc, stated.line, stated.name)))
            first = key_of(own[0].name)
            if key != first:
                links[i].append(AliasLink(first, key, own[0].name, stated.name, "stated", fact.doc, evidence=quote))
        wanted = [(s, name, key) for s, name, key in needed if key and own and key != key_of(own[0].name)]
        for stated, name, key in wanted:
            names[i].setdefault(key, name)
            kept.add(key)
            if key == key_of(stated.name):  # a label may be another word than the name of the note
                mentions.append((key, i, Mention(fact.doc, stated.line, stated.name)))
            needs.append(StatedNeed(key, key_of(own[0].name), i, _quote(fact, stated)))
        if own and (aliases or wanted):
            names[i].setdefault(key_of(own[0].name), own[0].name)
            kept.add(key_of(own[0].name))
    linked, labels = _linked(facts, titles, notes, number, [c.doc for c in collection])
    times = Counter((pair.target, pair.label) for pair in linked)
    for i, called in _called(labels, times, facts, owners, collection, scores, lexicon, model):
        links[i].append(called)
        names[i].setdefault(called.a, called.form_a)
    with_names, tables = _with_names(names, titles, collection, scores)
    kept |= _linked_titles(linked, tables, {titles[i] for i, f in enumerate(facts) if f.lists_notes})
    return AuthorSays(
        with_names, tables, links, frozenset(kept), tuple(mentions), tuple(needs), _within_reason(linked, facts)
    )


def _told(fact: NoteFacts, lexicon: Lexicon | None) -> NoteFacts:
    """``fact`` without a title that only the file's name gives and that is an everyday word (page, new)."""
    return replace(fact, title="") if fact.by_file and _is_everyday(fact.title, lexicon) else fact


def _subject(candidates: Candidates[FormTable]) -> str:
    """What a note without a name for a title says first that it *is a* something; empty where it says so of nothing."""
    for key, said in candidates.subjects.items():
        if said is Said.IS_A and key in candidates.forms:
            return main_surface(candidates.forms[key])
    return ""


def _owners(facts: Sequence[NoteFacts], titles: Sequence[str]) -> Mapping[str, set[str]]:
    """Key → titles of the notes that claim the name, as their title or as an alias."""
    owners: dict[str, set[str]] = defaultdict(set)
    for fact, title in zip(facts, titles, strict=True):
        if title:
            owners[title].add(title)
        for stated in fact.names:
            owners[key_of(stated.name)].add(title)
    return owners


def _is_everyday(name: str, lexicon: Lexicon | None) -> bool:
    if name.isupper():  # WHO is not who
        return False
    generic = lexicon is not None and key_of(name) in lexicon.generic
    return generic or zipf(name.lower(), "zh" if has_han(name) else "en") >= COMMON


def _needed(
    stated: Stated,
    fact: NoteFacts,
    notes: NoteIndex,
    number: Mapping[str, int],
    titles: Sequence[str],
    facts: Sequence[NoteFacts],
) -> tuple[str, str]:
    """Name and key of what a prerequisite names: the concept of the note that it leads to, else the name itself."""
    target = stated.target or stated.name
    wiki = not stated.target or not re.search(r"[/.]", stated.target)
    link = NoteLink(stated.line, target.partition("#")[0].strip(), "", stated.name, wiki)
    doc = notes.find(link, fact.doc) if link.target else None
    if doc is not None and titles[number[doc]]:
        return facts[number[doc]].title, titles[number[doc]]
    return (stated.name, key_of(stated.name)) if usable(stated.name) else ("", "")


def _quote(fact: NoteFacts, stated: Stated) -> Evidence:
    """The line on which a property is written; the name alone where the line is long."""
    line = fact.lines.get(stated.line, "")
    return Evidence(fact.doc, stated.line, line if 0 < len(line) <= _QUOTE else stated.name)


def _with_names(
    names: Sequence[Mapping[str, str]],
    titles: Collection[str],
    collection: Sequence[Candidates[FormTable]],
    scores: Sequence[Mapping[str, float]],
) -> tuple[list[Candidates[FormTable]], list[Mapping[str, float]]]:
    """The candidates and scores of each document with ``names`` (key → writing) among them.

    A name that the text does not have counts nothing, so that it is not the writing used most, but for a title.
    """
    own_titles = frozenset(titles)
    found: list[Candidates[FormTable]] = []
    tables: list[Mapping[str, float]] = []
    for own, candidates, table in zip(names, collection, scores, strict=True):
        more = {
            key: Form(key, surfaces=Counter({name: int(key in own_titles)}), count=int(key in own_titles))
            for key, name in own.items()
            if key not in candidates.forms
        }
        found.append(replace(candidates, forms=StatedForms(candidates.forms, more)) if more else candidates)
        added = {key: NAMED for key in own if key not in table}
        tables.append(StatedScores(table, added) if added else table)
    return found, tables


# Links


def _linked(
    facts: Sequence[NoteFacts],
    titles: Sequence[str],
    notes: NoteIndex,
    number: Mapping[str, int],
    docs: Sequence[ParsedDoc],
) -> tuple[list[LinkedTitles], dict[tuple[str, str], tuple[int, int, str, Evidence]]]:
    """The links between notes whose titles are names, in the order of the notes.

    And what links to whole notes call them: (title, label) → number of the first note that does, and of the other, the
    label as it is written, and the place.
    """
    found: list[LinkedTitles] = []
    labels: dict[tuple[str, str], tuple[int, int, str, Evidence]] = {}
    for i, fact in enumerate(facts):
        at: dict[int, Block] | None = None
        for link in fact.links if titles[i] else ():
            target = notes.find(link, fact.doc)
            other = number[target] if target is not None else i
            if other == i or titles[other] in ("", titles[i]):
                continue
            if at is None:
                at = {}
                for block in docs[i].blocks:
                    for line in block.lines:
                        at.setdefault(line, block)
            if link.line in at:
                evidence = _sentence(docs[i], at[link.line], link)
                label = key_of(link.label)
                found.append(LinkedTitles(titles[i], titles[other], i, other, label, evidence))
                if not link.anchor:
                    labels.setdefault((titles[other], label), (i, other, link.label, evidence))
    return found, labels


def _sentence(doc: ParsedDoc, block: Block, link: NoteLink) -> Evidence:
    """The sentence around a link."""
    row = block.lines.index(link.line)
    begin = sum(len(line) + 1 for line in block.text.split("\n")[:row])
    start = block.text.find(link.label, begin)
    start, end = (start, start + len(link.label)) if start >= 0 else (begin, begin + 1)
    return quote_of(doc, block, start, min(end, len(block.text)))


def _called(
    labels: Mapping[tuple[str, str], tuple[int, int, str, Evidence]],
    times: Mapping[tuple[str, str], int],
    facts: Sequence[NoteFacts],
    owners: Mapping[str, set[str]],
    collection: Sequence[Candidates[FormTable]],
    scores: Sequence[Mapping[str, float]],
    lexicon: Lexicon | None,
    model: Model | None,
) -> Iterator[tuple[int, AliasLink]]:
    """The labels of links that are other names of the notes that they lead to, with the number of the link's note.

    A label may be any word of its sentence. So it is judged like a name in brackets behind the title, and has to be the
    label of this one note, likely to be a name, and no part of the title nor the reverse. Something in the two names
    has to show that they are one (:func:`extract.concepts.brackets.needs_silence`): in notes on mathematics three of
    four that showed nothing were wrong.
    """
    called = Counter(label for _, label in labels)
    used: Counter[str] | None = None
    for (title, label), (doc, other, written, evidence) in labels.items():
        name, score = facts[other].title, scores[doc].get(label, 0.0)
        alone = called[label] == 1 and not owners.get(label) and label != title
        if not alone or score < LABEL_SURE or not usable(written) or _is_everyday(written, lexicon):
            continue
        if names_within(written, name) or names_within(name, written) or needs_silence(name, written):
            continue
        if remark(name, written, written, said=False):
            continue
        free = _unused_elsewhere(name, written)
        if free is None:
            used = _times(called.keys(), collection) if used is None else used
            free = used[label] <= times[title, label]
        if not free:
            continue
        text = f"{name} ({written})"
        candidates = collect(parsed_doc("", parse(text)))
        known = {title: max(score, scores[other].get(title, 0.0)), label: score}
        pairs = [
            p for p in name_pairs(candidates, known, lexicon) if (key_of(p.outer), key_of(p.inner)) == (title, label)
        ]
        chances = (model or default_model()).probability(matrix(pairs)).tolist() if pairs else []
        best = max((p for pair, p in zip(pairs, chances, strict=True) if not pair.remark), default=0.0)
        if best >= (TRANSLATED if has_han(name) != has_han(written) else LIKELY):
            yield (
                doc,
                AliasLink(
                    title,
                    label,
                    name,
                    written,
                    "linked",
                    evidence.doc,
                    certainty=best,
                    evidence=evidence,
                ),
            )


def _unused_elsewhere(name: str, written: str) -> bool | None:
    """Whether a label may be another name however the notes use it; None where that depends on how often they do.

    An abbreviation may be used anywhere. A translation too, but not a proper name in capitals (ZeRO). Others are names
    of their own if the notes use them without the link.
    """
    if has_han(name) != has_han(written):
        return not any(c.isupper() for c in written[1:])
    return True if is_short_form(written, name) or is_short_form(name, written) else None


def _times(keys: Collection[str], collection: Sequence[Candidates[FormTable]]) -> Counter[str]:
    """How often all notes use each of ``keys``."""
    found: Counter[str] = Counter()
    for candidates in collection:
        for key, count, _ in candidates.forms.overview():
            if key in keys:
                found[key] += count
    return found


def _linked_titles(
    linked: Iterable[LinkedTitles], scores: Sequence[Mapping[str, float]], lists: Collection[str]
) -> set[str]:
    """Keys of the titles that other notes link to and that are likely to be names."""
    found = set()
    for pair in linked:
        best = max(scores[pair.doc].get(pair.target, 0.0), scores[pair.target_doc].get(pair.target, 0.0))
        if pair.target not in lists and best >= LINKED_SURE:
            found.add(pair.target)
    return found


def _within_reason(linked: Sequence[LinkedTitles], facts: Sequence[NoteFacts]) -> tuple[LinkedTitles, ...]:
    """Of each note the links to the notes that it links to most, at most :data:`MOST_LINKED` of them."""
    by_doc: dict[int, list[LinkedTitles]] = defaultdict(list)
    for pair in linked:
        by_doc[pair.doc].append(pair)
    kept: list[LinkedTitles] = []
    for doc, pairs in sorted(by_doc.items()):
        times = Counter(pair.target for pair in pairs)
        first = {target: n for n, target in enumerate(times)}
        if len(times) > MOST_LINKED and facts[doc].lists_notes:
            continue
        most = set(sorted(times, key=lambda target: (-times[target], first[target]))[:MOST_LINKED])
        kept += [pair for pair in pairs if pair.target in most]
    return tuple(kept)
