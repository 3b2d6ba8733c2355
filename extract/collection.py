"""The concepts of a whole collection, from what was extracted of each document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern

import numpy as np

from extract.concepts.apply_corrections import check_drafts, kept_keys, kind_said, named, with_named
from extract.concepts.books import is_book, rescore_for_book
from extract.concepts.candidates import Candidates
from extract.concepts.clusters import Clusters
from extract.concepts.drafts import ConceptDraft
from extract.concepts.form_rows import FormRows
from extract.concepts.forms import FormTable, main_surface
from extract.concepts.kinds import KindModel, kind_odds_of, likeliest
from extract.concepts.meanings import split_meanings
from extract.concepts.selection import (
    Cluster,
    choose,
    cluster_forms,
    one_of_each_name,
)
from extract.concepts.stated import AuthorSays, author_says
from extract.document import LEAST, Extracted
from extract.execution.contract import Spread
from extract.knowledge.corrections import Corrections
from extract.knowledge.lexicon import Lexicon
from extract.llm.check import Checked
from extract.llm.combine import UNREAD, ModelSays, Number, model_says
from extract.llm.reader import Readings
from extract.memo import FORGETFUL, Memos
from extract.relations.statements import LinkedPair
from extract.text.keys import key_of
from extract.text.occurrences import Occurrences, ParsedDoc, line_at, locate, read_ahead
from graph.classifiers import Model
from graph.model import (
    Concept,
    ConceptKind,
    Evidence,
    Mention,
    Merge,
    Prerequisite,
)
from graph.text.names import fold


@dataclass(frozen=True, slots=True)
class Found:
    """The concepts of the collection, and all that later stages need of how they were found."""

    drafts: list[ConceptDraft]
    occurrences: Occurrences
    """Where their names are in the text."""
    merges: tuple[Merge, ...]
    stated: Mapping[int, Sequence[Mention]]
    """Number of a concept → where properties of notes name it."""
    needs: tuple[Prerequisite, ...]
    """The prerequisites that authors state, by key."""
    linked: tuple[LinkedPair, ...]
    """The concepts that links between notes relate."""
    number: Number
    """Which concept a document means by a key."""
    says: ModelSays | None = None
    """What a language model read."""
    defined: Mapping[int, Evidence] = field(default_factory=dict)
    """Number of a concept → what defines it, as a language model read."""


def concepts_of(
    extracted: Sequence[Extracted],
    lexicon: Lexicon | None,
    corrections: Corrections,
    *,
    partial: bool,
    kinds: KindModel | None = None,
    alias_model: Model | None = None,
    readings: Readings | None = None,
    checked: Checked | None = None,
    memos: Memos = FORGETFUL,
    spread: Spread = map,
) -> Found:
    """The concepts of the collection, where they are named, and what was merged into them.

    ``spread`` works on portions of the documents; the result does not depend on it.
    """
    collection: Sequence[Candidates[FormTable]] = [e.candidates for e in extracted]
    scores: Sequence[Mapping[str, float]] = [e.scores for e in extracted]
    if corrections:
        collection, scores = with_named(corrections, collection, scores, partial=partial)
    said = author_says([e.facts for e in extracted], collection, scores, lexicon, alias_model)
    collection, scores = said.collection, said.scores
    says = None
    if readings is not None:
        says = model_says(readings.by_doc, readings.whole, collection, scores, readings.same)
        collection, scores = says.collection, says.scores
    elif checked is not None:
        rejected = {key_of(name) for name in checked.rejected}
        kept_scores = [{key: p for key, p in table.items() if key not in rejected} for table in scores]
        says = model_says({}, (), collection, kept_scores, checked.same)
        collection, scores = says.collection, says.scores
    by_user = kept_keys(corrections, collection)
    asked = by_user | {key for e in extracted for key in e.set_apart}
    by_model = says.links if says is not None else [[] for _ in extracted]
    links = [[*own, *read, *e.links] for own, read, e in zip(said.links, by_model, extracted, strict=True)]
    rows = FormRows.of(collection, scores)
    clusters = cluster_forms(
        collection,
        scores,
        lexicon,
        links=links,
        minimum=LEAST,
        corrections=corrections,
        memos=memos,
        rows=rows,
        spread=spread,
    )
    kept_names = asked | said.kept | (says.kept if says is not None else frozenset())
    least = dict.fromkeys(says.read, UNREAD) if says is not None else {}
    together = not is_book(collection)
    chosen = choose(collection, scores, clusters, kept=kept_names, together=together, least=least, rows=rows)
    chosen = rescore_for_book(chosen, collection, rows)
    called = [
        (cluster, names)
        for cluster, own in one_of_each_name(chosen)
        if (names := named(corrections, cluster.keys, *own)) is not None
    ]
    odds_of = kind_odds_of([(name, *aliases) for _, (name, aliases) in called], lexicon, kinds)
    drafts, kept = [], []
    for (cluster, (name, aliases)), odds in zip(called, odds_of, strict=True):
        kind = kind_said(corrections, cluster.keys) or _kind_read(says, cluster.keys) or likeliest(odds)
        drafts.append(ConceptDraft(fold(name), name, aliases, kind, round(cluster.score, 4), odds))
        kept.append(cluster)
    docs = [c.doc for c in collection]
    occurrences = locate(docs, ((n, i) for i, d in enumerate(drafts) for n in d.names), spread)
    in_text = set(np.unique(occurrences.concept).tolist())
    if corrections and not partial:
        check_drafts(corrections, drafts, [cluster.keys for cluster in kept], in_text)
    owner = {key: i for i, cluster in enumerate(kept) for key in cluster.keys}
    found = sorted(in_text | {owner[key] for key in said.named if key in owner})
    renumbered = {old: new for new, old in enumerate(found)}
    occurrences = occurrences.of_concepts(np.searchsorted(found, occurrences.concept))
    clustered = [kept[i] for i in found]
    whole = {i for i, cluster in enumerate(clustered) if asked and set(asked) & set(cluster.keys)}
    drafts, occurrences, origin = split_meanings(
        docs,
        [drafts[i] for i in found],
        occurrences,
        scores,
        lambda doc, key: main_surface(collection[doc].forms[key]),
        whole=whole,
        apart=_meanings_read(readings, clustered, docs),
    )
    first = {old: new for new, old in reversed(list(enumerate(origin)))}
    merges = _merges(clusters, [(drafts[first[i]], cluster) for i, cluster in enumerate(clustered)], docs)
    in_doc = _parts_in_docs(occurrences, origin)

    def number(key: str, doc: int) -> int | None:
        """The concept that the document ``doc`` calls by the name of ``key``; None where it is not one."""
        old = renumbered.get(owner.get(key, -1))
        return None if old is None else in_doc.get((old, doc), first[old])

    defined = {
        new: evidence
        for new, old in enumerate(origin)
        if says is not None and (evidence := _definition_read(says, clustered[old].keys)) is not None
    }
    return Found(drafts, occurrences, merges, *_stated(said, drafts, number), number, says, defined)


def _parts_in_docs(occurrences: Occurrences, origin: Sequence[int]) -> dict[tuple[int, int], int]:
    """(number before the split, document) → the concept, for names that were split: the first one in the document."""
    of = np.asarray(origin, dtype=np.int64)
    split = np.bincount(of, minlength=1)[of] > 1
    own = occurrences[np.flatnonzero(split[occurrences.concept])] if len(of) else occurrences
    return {(origin[concept], doc): concept for concept, doc in reversed(_by_doc(own))}


def _by_doc(occurrences: Occurrences) -> list[tuple[int, int]]:
    """(concept, document) of each of ``occurrences``, each once, in their order."""
    docs = int(occurrences.doc.max(initial=0)) + 1
    pairs, first = np.unique(occurrences.concept * docs + occurrences.doc, return_index=True)
    return [divmod(pair, docs) for pair in pairs[np.argsort(first)].tolist()]


def _meanings_read(
    readings: Readings | None, clusters: Sequence[Cluster], docs: Sequence[ParsedDoc]
) -> dict[int, list[set[int]]]:
    """Number of a concept that means several things, as a language model read → numbers of the documents of each."""
    if readings is None or not readings.apart:
        return {}
    number = {doc.id: i for i, doc in enumerate(docs)}
    found = {}
    for i, cluster in enumerate(clusters):
        meanings = next((readings.apart[key] for key in cluster.keys if key in readings.apart), ())
        if meanings:
            found[i] = [{number[doc] for doc in meaning if doc in number} for meaning in meanings]
    return found


def _kind_read(says: ModelSays | None, keys: Sequence[str]) -> ConceptKind | None:
    """The kind that a language model gives the concept with these ``keys``; None where it gives none."""
    return next((says.kinds[key] for key in keys if key in says.kinds), None) if says is not None else None


def _definition_read(says: ModelSays, keys: Sequence[str]) -> Evidence | None:
    """What defines the concept with these ``keys``, as a language model read; None where it read nothing."""
    return next((says.definitions[key] for key in keys if key in says.definitions), None)


def _stated(
    said: AuthorSays, drafts: Sequence[ConceptDraft], number: Callable[[str, int], int | None]
) -> tuple[dict[int, list[Mention]], tuple[Prerequisite, ...], tuple[LinkedPair, ...]]:
    """The mentions, prerequisites and links that authors state, in terms of the concepts that there are."""
    mentions: dict[int, list[Mention]] = defaultdict(list)
    for key, doc, mention in said.mentions:
        concept = number(key, doc)
        if concept is not None:
            mentions[concept].append(mention)
    needs: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for need in said.needs:
        before, after = number(need.before, need.doc), number(need.after, need.doc)
        if before is not None and after is not None and before != after:
            needs[drafts[before].id, drafts[after].id].append(need.evidence)
    linked = []
    for link in said.linked:
        source, target = number(link.source, link.doc), number(link.target, link.target_doc)
        if source is not None and target is not None and source != target:
            other = number(link.label, link.doc) not in (None, target)
            linked.append(LinkedPair(link.doc, min(source, target), max(source, target), link.evidence, other))
    return (
        mentions,
        tuple(
            Prerequisite(*key, reasons=("cue",), evidence=tuple(dict.fromkeys(found)))
            for key, found in sorted(needs.items())
        ),
        tuple(linked),
    )


def _merges(
    clusters: Clusters, concepts: Sequence[tuple[ConceptDraft, Cluster]], docs: Sequence[ParsedDoc]
) -> tuple[Merge, ...]:
    owner = {key: draft for draft, cluster in concepts for key in cluster.keys}
    reasons = [(link, owner.get(link.a) or owner.get(link.b)) for link in clusters.reasons()]
    number = {d.id: i for i, d in enumerate(docs)}
    shown = [(number[link.doc], link.block) for link, draft in reasons if draft is not None and link.block >= 0]
    docs = read_ahead(docs, shown)
    merges: dict[tuple[str, str, str], Merge] = {}
    for concept, _ in concepts:
        first: dict[str, str] = {}
        for name in concept.names:  # two scripts of one name fold alike: no link was needed to join them
            kept = first.setdefault(fold(name), name)
            if kept != name:
                merges[concept.id, kept, name] = Merge(concept.id, kept, name, "spelling")
    for link, draft in reasons:
        if draft is None:
            continue
        evidence = link.evidence
        if link.block >= 0:
            block = docs[number[link.doc]].blocks[link.block]
            evidence = Evidence(link.doc, block.line, block.text.split("\n")[0][:300])
        merge = Merge(draft.id, link.form_a, link.form_b, link.reason, evidence)
        merges.setdefault((merge.concept, merge.kept, merge.merged), merge)
    return tuple(merges[k] for k in sorted(merges))


def with_places(found: Found, docs: Sequence[ParsedDoc], definitions: Mapping[int, Evidence]) -> tuple[Concept, ...]:
    """The concepts without their salience, the most probable first, then by id."""
    mentions = _mentions(found, docs)
    concepts = [
        Concept(
            id=d.id,
            name=d.name,
            aliases=d.aliases,
            kind=d.kind,
            confidence=d.confidence,
            definition=definitions.get(i),
            mentions=tuple(mentions[i]),
        )
        for i, d in enumerate(found.drafts)
    ]
    return tuple(sorted(concepts, key=lambda c: (-c.confidence, c.id)))


def _mentions(found: Found, docs: Sequence[ParsedDoc]) -> list[list[Mention]]:
    """For each concept where the notes name it, each place once, sorted."""
    mentions: list[list[Mention]] = [[] for _ in found.drafts]
    places = found.occurrences
    bounds = np.searchsorted(places.doc, np.arange(len(docs) + 1)).tolist()
    before, in_order = "", True
    for number, doc in enumerate(docs):
        before, in_order = doc.id, in_order and before < doc.id
        own = slice(bounds[number], bounds[number + 1])
        lines: dict[int, set[tuple[int, str]]] = defaultdict(set)
        columns = (places.concept, places.block, places.start, places.end)
        for concept, block, start, end in zip(*(column[own].tolist() for column in columns), strict=True):
            within = doc.blocks[block]
            name = within.text[start:end]
            line = within.lines[0] if len(within.lines) == 1 else line_at(within, start)
            lines[concept].add((line, intern(name if name.isalnum() else " ".join(name.split()))))
        for concept, said in lines.items():
            mentions[concept] += [Mention(doc.id, *place) for place in (sorted(said) if len(said) > 1 else said)]
    for concept, stated in found.stated.items():
        mentions[concept] = sorted({*mentions[concept], *stated})
    return mentions if in_order else [sorted(set(own)) for own in mentions]
