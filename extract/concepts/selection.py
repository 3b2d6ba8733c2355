"""From scored candidates of single documents to the concepts of the whole collection: cluster, cut, name, sort."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from types import MappingProxyType
from typing import Final

import numpy as np

from extract.concepts.acronyms import is_acronym
from extract.concepts.apart import told_apart
from extract.concepts.apply_corrections import KEPT, join_and_part
from extract.concepts.budget import LIKELY_NAME, budget, log_odds, mean_by, probabilities
from extract.concepts.candidates import Candidates
from extract.concepts.clusters import AliasLink, Clusters
from extract.concepts.content_words import usable
from extract.concepts.everyday import is_slip
from extract.concepts.form_rows import FormRows, largest_by
from extract.concepts.forms import FormTable, main_surface
from extract.concepts.homonyms import separate_libraries
from extract.concepts.merging import lexicon_links, silenced, without_ending
from extract.concepts.neighbours import Neighbours
from extract.concepts.subjects import Said
from extract.concepts.translation import translations
from extract.concepts.typos import typo_links
from extract.execution.contract import Spread
from extract.knowledge.corrections import Corrections
from extract.knowledge.lexicon import Lexicon
from extract.memo import FORGETFUL, Memos
from extract.notes.blocks import BlockKind
from extract.text.keys import key_of
from extract.text.occurrences import ParsedDoc
from extract.text.segment import tokenize
from graph.text.frequency import zipf
from graph.text.names import fold, simplified
from graph.text.scripts import has_han


@dataclass(frozen=True, slots=True)
class Cluster:
    """A concept in the making: the keys that name it, with their writings over all documents."""

    keys: tuple[str, ...]
    """Most salient first."""
    surfaces: Mapping[str, int]
    """Writing → how often, over all documents."""
    score: float
    """Probability that it is a concept, in the document that speaks for it most."""
    docs: tuple[str, ...]
    """Documents in which it made the cut."""


_TECHNICAL: Final = 3.5
"""Zipf frequency of an English word below which it is technical (photosynthesis 3.0, broker 3.9)."""
_TECHNICAL_LETTERS: Final = 3
"""A Chinese word of fewer characters has several meanings more often than not."""
SURE_TRANSLATION: Final = 0.8
"""Probability from which 验证 (verification) is one thing, though both are words of general language."""


def cluster_forms(
    collection: Sequence[Candidates[FormTable]],
    scores: Sequence[Mapping[str, float]],
    lexicon: Lexicon | None,
    *,
    links: Sequence[Sequence[AliasLink]],
    minimum: float = 0.02,
    corrections: Corrections | None = None,
    memos: Memos = FORGETFUL,
    rows: FormRows | None = None,
    spread: Spread = map,
) -> Clusters:
    """Join the keys of all documents that name one concept.

    Args:
        collection: candidates of each document.
        scores: for each document, its keys' probabilities. Keys under ``minimum`` in every document are left alone.
        lexicon: whose entries join their names; None for none.
        links: what each document says about its forms being the same (:func:`extract.concepts.merging.alias_links`).
        minimum: see ``scores``.
        corrections: what the user joins and keeps apart, before anything else does.
        memos: remember what words mean and which words of a text are rare.
        rows: ``collection`` and ``scores`` as columns, where there are any already.
        spread: works on portions of the documents; the result does not depend on it.
    """
    clusters = Clusters(lexicon)
    rows = FormRows.of(collection, scores) if rows is None else rows
    if (rows.score < minimum).any():
        rows = FormRows.of(collection, [{key: p for key, p in table.items() if p >= minimum} for table in scores])
    keys, surfaces, counts, worth = _by_key(rows)
    links = silenced(links, counts)
    linked = {key for document in links for link in document for key in (link.a, link.b)}
    docs = [candidates.doc for candidates in collection]
    for key in keys:
        clusters.note(key, surfaces[key])
    if corrections is not None:
        join_and_part(corrections, clusters, counts.keys())
    separate_libraries(clusters, surfaces, lexicon)
    known = lexicon_links(keys, surfaces, lexicon) if lexicon is not None else []
    generic = lexicon.generic if lexicon else frozenset[str]()
    slips = {key for c in collection if is_slip(c.doc) for key in c.forms if key not in c.everyday}
    likely = {key: surfaces[key] for key in keys if worth[key] >= (LIKELY_NAME if key not in slips else minimum)}
    translated = [
        AliasLink(a, b, surfaces[a], surfaces[b], "translation")
        for a, b in translations(likely, worth, lexicon, memos.meanings, memos.stems)
    ]
    pairs = [(link.a, link.b) for document in links for link in document if not link.remark]
    asked = {key: surfaces[key] for link in translated for key in (link.a, link.b)}
    around = Neighbours(docs, asked, pairs, memos.words)
    # An everyday word has many meanings. A technical one has one, and of several words each was translated.
    translated = [link for link in translated if _one_meaning(link.form_a, link.form_b) or around.agree(link.a, link.b)]
    misspelt = typo_links(counts, surfaces, lexicon)
    linked |= {key for link in (*known, *misspelt, *translated) for key in (link.a, link.b)}
    clusters.tell_apart(told_apart(docs, linked, spread))
    said = [link for document in links for link in document]
    for link in (
        *_written_alike(keys, surfaces),
        *_with_particle(keys, surfaces),
        *_with_path(keys, surfaces),
        *(link for link in said if link.reason == "stated"),
        *known,
        *(link for link in said if link.reason != "stated"),
        *misspelt,
        *translated,
    ):
        if link.a in counts and link.b in counts and (_may_join_generic(link) or not generic & {link.a, link.b}):
            clusters.join(link)
    return clusters


def _by_key(rows: FormRows) -> tuple[list[str], dict[str, str], dict[str, int], dict[str, float]]:
    """The keys, sorted, and of each its first writing, how often all documents have it, and its best probability."""
    times = np.bincount(rows.key, weights=rows.count, minlength=len(rows.keys)).astype(np.int64)
    _, best = largest_by(rows.key, rows.score)  # each key has a row
    columns = (rows.surfaces, times.tolist(), best.tolist())
    surfaces, counts, worth = (dict(zip(rows.keys, column, strict=True)) for column in columns)
    return rows.keys, surfaces, counts, worth


def _may_join_generic(link: AliasLink) -> bool:
    """Whether the link may join a generic word: the lexicon, the author, and a sure translation in brackets may."""
    in_brackets = link.reason == "parenthesis" and link.certainty >= SURE_TRANSLATION
    return link.reason in ("lexicon", "stated") or (in_brackets and has_han(link.form_a) != has_han(link.form_b))


def _written_alike(keys: Sequence[str], surfaces: Mapping[str, str]) -> list[AliasLink]:
    """Joins of the forms that are one name to every reader of the graph though their keys differ.

    A key has no possessive ending, so that it differs between Euler's method and Eulers method.
    """
    first: dict[str, str] = {}
    links = []
    for key in keys:
        other = first.setdefault(fold(surfaces[key]), key)
        if other != key:
            links.append(AliasLink(other, key, surfaces[other], surfaces[key], "spelling"))
    return links


def _with_particle(keys: Sequence[str], surfaces: Mapping[str, str]) -> list[AliasLink]:
    """Joins of the names that differ by a 的 between two words only: 全局的事务, 全局事务.

    Not after a verb: 提交的事务 is a transaction that was committed, 提交事务 is to commit one.
    """
    known = set(keys)
    links = []
    for key in keys:
        surface = surfaces[key]
        if "的" not in surface:
            continue
        before, _, after = (part.strip() for part in surface.partition("的"))
        if len(before) < 2 or len(after) < 2 or "的" in after or (plain := key_of(before + after)) not in known:
            continue
        if tokenize(before)[-1].pos != "v":
            links.append(AliasLink(plain, key, surfaces[plain], surface, "spelling"))
    return links


_PATH: Final = re.compile(
    r"^[a-z][a-z0-9_-]*(?:/(?P<file>[A-Za-z]\S*\d\S*)|(?:(?:\.|::)[a-z][a-z0-9_]*)*(?:\.|::)(?P<name>[A-Z]\w{3,}))$"
)
"""What is said with its place: java.lang.ClassLoader, bigscience/mt0-xxl-7b."""


def _with_path(keys: Sequence[str], surfaces: Mapping[str, str]) -> list[AliasLink]:
    """Joins of identifiers with the same without their path, where no other path leads to one of this name."""
    known = set(keys)
    ends: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        surface = surfaces[key]
        if "." not in surface and "::" not in surface and "/" not in surface:
            continue
        found = _PATH.match(surface)
        plain = key_of(found["file"] or found["name"]) if found else ""
        if plain in known:
            ends[plain].append(key)
    return [
        AliasLink(plain, own[0], surfaces[plain], surfaces[own[0]], "spelling")
        for plain, own in sorted(ends.items())
        if len(own) == 1
    ]


def _one_meaning(latin: str, han: str) -> bool:
    """Whether a dictionary's translation needs nothing else to be trusted: several words, or technical ones."""
    return " " in latin or (len(han) >= _TECHNICAL_LETTERS and zipf(latin.lower(), "en") < _TECHNICAL)


def document_scores(table: Mapping[str, float], clusters: Clusters) -> list[tuple[str, list[str], float]]:
    """(representative, keys, score) of the clusters of one document, best first; a cluster is worth its best member."""
    groups = clusters.members(sorted(table))
    rows = [
        (root, sorted(keys, key=lambda k: (-table[k], k)), max(table[k] for k in keys)) for root, keys in groups.items()
    ]
    return sorted(rows, key=lambda r: (-r[2], r[0]))


def choose(
    collection: Sequence[Candidates[FormTable]],
    scores: Sequence[Mapping[str, float]],
    clusters: Clusters,
    *,
    kept: Collection[str] = (),
    together: bool = True,
    least: Mapping[int, float] = MappingProxyType({}),
    rows: FormRows | None = None,
) -> list[Cluster]:
    """The clusters that are concepts: of each document as many as :func:`budget` says, and those of the ``kept`` keys.

    Best first.

    Args:
        collection: candidates of each document.
        scores: for each document, its keys' probabilities.
        clusters: of all keys.
        kept: keys of what the user, the author or the script makes a concept.
        together: whether what other documents say of a cluster counts in each. Not in a book, where one file explains a
            term that many others only use.
        least: number of a document → probability from which on its clusters are concepts, instead of so many.
        rows: ``collection`` and ``scores`` as columns, where there are any already.

    Many short notes have fewer concepts than their sizes say, since each is about the one thing of its title
    (:func:`note_names`): there the titles are concepts, and another concept must be likely as well.
    """
    rows = FormRows.of(collection, scores) if rows is None else rows
    titles = note_names(collection)
    wanted = {clusters.find(key) for key in (*kept, *titles)}
    docs: dict[str, list[str]] = defaultdict(list)
    value: dict[str, float] = defaultdict(float)
    ranked = _ranked(collection, rows, clusters, wanted, together=together)
    for number, (candidates, table, own) in enumerate(zip(collection, scores, ranked, strict=True)):
        size = candidates.doc.size
        limit = budget([shared for _, _, shared in own], size)
        defined: frozenset[str] = frozenset()
        if number not in least and (candidates.subjects or size <= SHORT):
            defined = defined_roots(candidates, table, clusters, {root: shared for root, _, shared in own})
        for place, (root, score, _) in enumerate(own):
            within = place < limit and (score >= SLIP_SURE or not titles)
            if number in least:
                within = score >= least[number]
            if within or root in wanted or root in defined:
                docs[root].append(candidates.doc.id)
                value[root] = max(value[root], score, KEPT if root in wanted else 0.0)
    docs, value = _attach(rows, clusters, docs, value)
    members, writings = _members(collection, rows, clusters, docs)
    chosen = [
        Cluster(
            tuple(sorted(members[root], key=lambda k: (-members[root][k], k))),
            dict(sorted(writings[root].items(), key=lambda kv: (-kv[1], kv[0]))),
            value[root],
            tuple(docs[root]),
        )
        for root in sorted(docs)
    ]
    return sorted(chosen, key=lambda c: (-c.score, c.keys[0]))


def _ranked(
    collection: Sequence[Candidates[FormTable]],
    rows: FormRows,
    clusters: Clusters,
    wanted: Collection[str],
    *,
    together: bool,
) -> Iterator[list[tuple[str, float, float]]]:
    """For each document (representative, probability there, probability in view of others) of its clusters.

    The most probable first. What a page of a diary names in passing is left out unless it is ``wanted``.
    """
    root_of = [clusters.find(key) for key in rows.keys]
    roots = sorted(set(root_of))
    place = {root: number for number, root in enumerate(roots)}
    group = np.asarray([place[root] for root in root_of], dtype=np.int64)[rows.key] + rows.doc() * len(roots)
    sizes = [candidates.doc.size for candidates in collection]
    passing = [
        row
        for number, candidates in enumerate(collection)
        if candidates.everyday
        for row in range(rows.first[number], rows.first[number + 1])
        if rows.keys[rows.key[row]] in candidates.everyday and root_of[rows.key[row]] not in wanted
    ]
    everywhere = None
    if together:
        every, best = largest_by(group, rows.score)
        odds = log_odds(best, sizes, every // max(len(roots), 1))
        everywhere = mean_by(every % max(len(roots), 1), odds, len(roots))
    chosen, best = largest_by(np.delete(group, passing), np.delete(rows.score, passing))
    doc, root = np.divmod(chosen, max(len(roots), 1))
    shared = probabilities(log_odds(best, sizes, doc), None if everywhere is None else everywhere[root])
    order = np.lexsort((root, -shared, doc))
    bounds = np.searchsorted(doc, np.arange(len(collection) + 1)).tolist()
    names = [roots[number] for number in root[order].tolist()]
    found = list(zip(names, best[order].tolist(), shared[order].tolist(), strict=True))
    return (found[begin:end] for begin, end in pairwise(bounds))


def _members(
    collection: Sequence[Candidates[FormTable]], rows: FormRows, clusters: Clusters, chosen: Collection[str]
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, int]]]:
    """Of each of the ``chosen`` clusters: key → best probability, and writing → how often."""
    root_of = [root if (root := clusters.find(key)) in chosen else "" for key in rows.keys]
    members: dict[str, dict[str, float]] = defaultdict(dict)
    keys, best = largest_by(rows.key, rows.score)
    for key, score in zip(keys.tolist(), best.tolist(), strict=True):
        if root_of[key]:
            members[root_of[key]][rows.keys[key]] = score
    writings: dict[str, dict[str, int]] = defaultdict(dict)
    taken = np.asarray([root != "" for root in root_of], dtype=bool)[rows.key]
    for number, candidates in enumerate(collection):
        begin, end = rows.first[number], rows.first[number + 1]
        own = rows.key[begin:end][taken[begin:end]].tolist()
        for key, surfaces in zip(own, candidates.forms.writings_of([rows.keys[key] for key in own]), strict=True):
            counted = writings[root_of[key]]
            for surface, count in surfaces.items():
                counted[surface] = counted.get(surface, 0) + count
        candidates.forms.close()
    return members, writings


DEFINED: Final = {Said.IS_A: 0.05, Said.IS: 0.2, Said.DOES: 2.0, Said.HEAD: 0.5}
"""From which probability on the subject of a definition is a concept, whatever the size of the document leaves
room for. Of those beyond the budget 10 of 12 subjects of sentences and 30 of 44 heads of items are right in the
annotated notes."""

COMMON: Final = 5.5
"""A word of this Zipf frequency (way, problem) says too little, whatever a sentence says that it is."""


def defined_keys(candidates: Candidates[FormTable], lexicon: Lexicon | None) -> dict[str, float]:
    """Key → least probability of what the document defines with *is a*, however unlikely its name looks.

    In a long note it takes a sign, a digit or capitals besides, since not all that *is a* something is a term there.
    """
    found = {}
    for key, said in candidates.subjects.items():
        if said < Said.IS_A or key not in candidates.forms:
            continue
        surface = main_surface(candidates.forms[key])
        if lexicon is not None and key in lexicon.generic and not surface.isupper():  # who, and WHO
            continue
        signed = any(map(str.isdigit, surface)) or sum(map(str.isupper, surface)) > 1 or surface[-1] in "+#"
        common = zipf(surface.lower(), "zh" if has_han(surface) else "en") >= COMMON and not surface.isupper()
        if not common and (signed or candidates.doc.size <= SHORT):
            found[key] = DEFINED[Said.IS_A]
    return found


SHORT: Final = 400
"""A note up to this size (as :func:`graph.text.scripts.text_size` counts) says little besides what it is
about."""
DEFINED_SHORT: Final = {Said.IS_A: 0.05, Said.IS: 0.1, Said.DOES: 0.1, Said.HEAD: 0.4}


HEADED: Final = 0.3
"""From which probability on the title of a section is a concept in such a note. In longer notes two of three such
titles beyond the budget are none (Training process, Main results)."""


def defined_roots(
    candidates: Candidates[FormTable], table: Mapping[str, float], clusters: Clusters, shared: Mapping[str, float]
) -> frozenset[str]:
    """Representatives of the clusters that the document defines, by the structure of its sentences and items.

    In a short note also those of the titles of its sections.

    Args:
        candidates: of the document.
        table: key → probability.
        clusters: of the collection.
        shared: representative → probability of its cluster in this document in view of all others. What is not plainly
            said to be something (*is a*) is asked for this one: in long notes many items only look like definitions.
    """
    short = candidates.doc.size <= SHORT
    least = DEFINED_SHORT if short else DEFINED
    found = {
        key
        for key, said in candidates.subjects.items()
        if (table.get(key, 0.0) if short or said is Said.IS_A else shared.get(clusters.find(key), 0.0)) >= least[said]
    }
    if short:
        titles = (b.text for b in candidates.doc.blocks if b.kind is BlockKind.HEADING and not b.question)
        found |= {key for title in titles if table.get(key := key_of(title), 0.0) >= HEADED}
    return frozenset(clusters.find(key) for key in found)


SLIP_NOTES: Final = 20
"""A collection of fewer notes is not taken for one where each note is about one thing."""
SLIP_SIZE: Final = 2000
"""Nor is one whose notes are mostly larger (as :func:`graph.text.scripts.text_size` counts)."""
_SLIP_SHARE: Final = 0.7
SLIP_SURE: Final = 0.5
"""Probability that a concept of a slip box has to have unless it is a title."""
_ARTICLE: Final = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)


def title_key(doc: ParsedDoc) -> str:
    """Key of the name that the note's title is, empty where it is none: no title, a question, a sentence."""
    title = next((b.text for b in doc.blocks if b.kind is BlockKind.HEADING and b.level == 1), "")
    name = _ARTICLE.sub("", title.strip())
    return key_of(name) if name and usable(name) else ""


def note_names(collection: Sequence[Candidates[FormTable]]) -> set[str]:
    """Keys of the notes' titles where each note is about the one thing that its title names, as in a slip box.

    Else none.

    Such a title is a concept however rarely the notes name it.
    """
    if len(collection) < SLIP_NOTES:
        return set()
    sizes = sorted(c.doc.size for c in collection)
    if sizes[len(sizes) // 2] > SLIP_SIZE:
        return set()
    keys = {key for c in collection if (key := title_key(c.doc)) in c.forms}
    return keys if len(keys) >= _SLIP_SHARE * len(collection) else set()


def _attach(
    rows: FormRows, clusters: Clusters, docs: Mapping[str, list[str]], value: Mapping[str, float]
) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Give forms such as DNS 服务 or 数据倾斜问题 to the concept that they name with a word behind it.

    Returns ``docs`` and ``value`` by the representatives that the clusters have then.
    """
    taken = {clusters.find(root) for root in docs}
    known = set(rows.keys)
    for key, surface in zip(rows.keys, rows.surfaces, strict=True):
        base = without_ending(surface)
        if not base or clusters.find(key) in taken:
            continue
        root = clusters.find(key_of(base)) if key_of(base) in known else ""
        if root in taken and clusters.join(AliasLink(key_of(base), key, base, surface, "spelling")):
            taken.add(clusters.find(key))
    return {clusters.find(r): found for r, found in docs.items()}, {
        clusters.find(r): score for r, score in value.items()
    }


_TRAILING: Final = re.compile(r"^[\s\-–—*#•·]+|(?:(?<!\w)#|[\s\-–—*•·])+$")


def name_of(cluster: Cluster) -> tuple[str, tuple[str, ...]]:
    """The name and the aliases of a concept.

    The name is the writing used most, with a bonus for a short form that the field uses (an abbreviation); aliases
    follow by use. Writings that differ only in case, spaces or plural count as one, and the one used most stands for
    them; where the notes write it in Traditional and in Simplified characters, the one used less is an alias.
    """
    if len(cluster.surfaces) == 1:  # most concepts
        (surface,) = cluster.surfaces
        return _TRAILING.sub("", " ".join(surface.split())) or cluster.keys[0], ()
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for surface, count in cluster.surfaces.items():
        clean = _TRAILING.sub("", " ".join(surface.split()))
        if clean:
            groups[key_of(clean)][clean] += count
    if not groups:
        return cluster.keys[0], ()
    spelled = {key: min(group, key=lambda s: (-group[s], s.endswith("s"), s)) for key, group in groups.items()}
    weight = {key: sum(group.values()) * (1.3 if is_acronym(spelled[key]) else 1.0) for key, group in groups.items()}
    order = sorted(groups, key=lambda key: (-weight[key], key))
    others = [_other_script(groups[key], spelled[key]) for key in order]
    return spelled[order[0]], (*(spelled[key] for key in order[1:]), *(name for name in others if name))


def _other_script(writings: Mapping[str, int], main: str) -> str:
    """The writing used most of those that differ from ``main`` in Traditional or Simplified characters.

    Empty where none does.
    """
    others = [w for w in writings if w != main and simplified(w) == simplified(main)]
    return min(others, key=lambda w: (-writings[w], w), default="")


def one_of_each_name(chosen: Sequence[Cluster]) -> list[tuple[Cluster, tuple[str, tuple[str, ...]]]]:
    """``chosen`` with the clusters joined that have one name, the place of the first kept; each with its names.

    No note writes such a pair alike, or a guard kept it apart (:func:`cluster_forms`); but each is written most often
    as the other, so that no reader could tell the two concepts apart: Waddam's Grove, Waddams Grove.
    """
    found = [(cluster, name_of(cluster)) for cluster in chosen]
    while True:
        by_name: dict[str, list[tuple[Cluster, tuple[str, tuple[str, ...]]]]] = defaultdict(list)
        for cluster, names in found:
            by_name[fold(names[0])].append((cluster, names))
        if len(by_name) == len(found):
            return found
        found = [own[0] if len(own) == 1 else _named(reduce(_both, [c for c, _ in own])) for own in by_name.values()]


def _named(cluster: Cluster) -> tuple[Cluster, tuple[str, tuple[str, ...]]]:
    return cluster, name_of(cluster)


def _both(one: Cluster, other: Cluster) -> Cluster:
    writings = Counter(one.surfaces) + Counter(other.surfaces)
    return Cluster(
        (*one.keys, *other.keys),
        dict(sorted(writings.items(), key=lambda kv: (-kv[1], kv[0]))),
        max(one.score, other.score),
        tuple(dict.fromkeys((*one.docs, *other.docs))),
    )
