"""Why something is in the graph or is not: what the models saw of it in the notes, and what each feature added.

Nothing of this is stored: it is computed again from the notes as they are now, for the few documents that name what is
asked for. So a build is not slowed, and an explanation may differ from the graph where the notes were edited after the
build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from extract.concepts.budget import budget, weighed
from extract.concepts.candidates import Candidates, collect
from extract.concepts.content_words import usable
from extract.concepts.everyday import everyday
from extract.concepts.forms import Forms
from extract.concepts.merging import alias_links
from extract.concepts.salience import SalienceModel
from extract.concepts.selection import (
    SLIP_NOTES,
    SLIP_SURE,
    cluster_forms,
    document_scores,
    note_names,
)
from extract.concepts.stated import tags_in
from extract.document import LEAST
from extract.knowledge.corrections import Corrections
from extract.knowledge.lexicon import Lexicon
from extract.notes.files import SourceFile, read_note
from extract.notes.inventory import find_notes
from extract.notes.parse import parse, parse_note
from extract.text.identifiers import is_identifier
from extract.text.keys import key_of
from extract.text.parsed_doc import parsed_doc
from graph.classifiers import Model
from graph.model import Concept, Evidence, Skipped
from graph.text.name_finder import NameFinder

MOST_DOCUMENTS: Final = 4
"""Documents that are looked at for one name: those that contain it most often."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one feature added."""

    feature: str
    value: float
    """The feature's value here."""
    weight: float
    """Log odds that it added: positive speaks for, negative against."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model says of one thing, and why."""

    probability: float
    parts: tuple[Part, ...]
    """Of all features that added anything, the largest absolute weight first."""


@dataclass(frozen=True, slots=True)
class CandidateReport:
    """How one document speaks for a name."""

    doc: str
    writings: tuple[str, ...]
    """As it is written there, most used first."""
    alone: Judgement
    """By the candidate itself."""
    among: Judgement
    """By the candidate and those around it: the probability that counts."""
    place: int
    """1-based place among the candidates of the document, most probable first; those that name one thing are one."""
    of: int
    """Number of candidates, counted so."""
    room: int
    """How many concepts the document has about."""
    passing: bool = False
    """It is named in passing on a page of a diary, or in a note of a line or two."""
    joined: frozenset[str] = frozenset()
    """Keys of the document that name the same thing."""


@dataclass(frozen=True, slots=True)
class NameReport:
    """Why a name is a concept or is not."""

    name: str
    reports: tuple[CandidateReport, ...]
    """One for each document that proposes it, the most probable first."""
    documents: tuple[str, ...]
    """Documents that contain the text of the name, in order."""
    reason: str
    """Empty for a concept. Where a document proposes it, the cut that it missed: ``joined`` (one of ``others`` has
    it as a name or a variant), ``covered`` (it only occurs inside of ``others``, longer names), ``passing`` (a
    page of a diary names it in passing), ``slip`` (in a collection of one note for each thing, what is not a title
    must be likelier), ``room`` (likelier candidates fill what documents of its size have), ``unlikely`` (its
    probability is under :data:`LEAST`), ``collection`` (the notes as a whole, or a correction, removed it).
    Else ``absent`` (the notes do not contain it), ``generic`` (a general word), ``identifier`` (a hash, date, label,
    file, symbol …), ``unusable`` (its characters cannot name a concept: a sentence, a section's title, an address,
    a number), ``unproposed`` (it only appears in places or as a part of words that name nothing)."""
    others: tuple[str, ...] = ()
    """Names of the concepts that ``reason`` speaks of."""


def judged(model: Model, row: ArrayLike) -> Judgement:
    """The judgement of ``model`` on one row of features, shape (len(model.features),)."""
    values = np.asarray(row, dtype=np.float64)
    place = {name: i for i, name in enumerate(model.features)}
    parts = (Part(name, float(values[place[name]]), weight) for name, weight in model.contributions(values) if weight)
    return Judgement(float(model.probability(values[None, :])[0]), tuple(parts))


def read_sources(folder: Path) -> list[SourceFile]:
    """The notes in ``folder`` as they are now, in the order of their names; files that cannot be read are left out.

    Raises:
        InputError: there is no such folder, or it contains no notes.
    """
    notes = (read_note(path, folder) for path in find_notes(folder))
    return sorted((n for n in notes if not isinstance(n, Skipped)), key=lambda n: n.id)


def explain_name(
    sources: Sequence[SourceFile],
    names: Sequence[str],
    *,
    lexicon: Lexicon,
    concepts: Sequence[Concept] | None = None,
    model: SalienceModel | None = None,
) -> NameReport:
    """Why ``names``, of one thing, are a concept or are not.

    Args:
        sources: all notes.
        names: the names of a concept, or one name that may be none.
        lexicon: the one that the graph was built with.
        concepts: all concepts of the graph where ``names`` is a name that is not one; None where it is one.
        model: the trained model; None for the one that comes with the package.
    """
    finder = NameFinder((name, 0) for name in names)
    counts = {source.id: len(finder.find(source.text)) for source in sources}
    holding = sorted((source for source in sources if counts[source.id]), key=lambda s: (-counts[s.id], s.id))
    keys = [key_of(name) for name in names]
    reports = []
    for source in holding[:MOST_DOCUMENTS]:
        report = _report(source, keys, lexicon, model or SalienceModel.default())
        if report is not None:
            reports.append(report)
    ranked = tuple(sorted(reports, key=lambda r: (-r.among.probability, r.doc)))
    documents = tuple(sorted(source.id for source in holding))
    if not ranked:
        return NameReport(names[0], ranked, documents, _why_not(names[0], lexicon, stands=bool(holding)))
    reason, others = ("", ()) if concepts is None else _missed(names[0], ranked[0], sources, holding, concepts)
    return NameReport(names[0], ranked, documents, reason, others)


def _missed(
    name: str,
    best: CandidateReport,
    sources: Sequence[SourceFile],
    holding: Sequence[SourceFile],
    concepts: Sequence[Concept],
) -> tuple[str, tuple[str, ...]]:
    """The cut that a proposed name missed, the most definite first, and the concepts that took its place."""
    key = key_of(name)
    same = sorted({c.name for c in concepts if key in {key_of(other) for other in c.names}})
    if same:
        return "joined", tuple(same)
    longer = _covering(name, holding, concepts)
    if longer:
        return "covered", longer
    if best.passing:
        return "passing", ()
    if best.among.probability < LEAST:
        return "unlikely", ()
    if best.place <= best.room and best.among.probability < SLIP_SURE and _is_slip_box(sources):
        return "slip", ()
    if best.place > best.room:
        return "room", ()
    owners = tuple(sorted({c.name for c in concepts if best.joined & {key_of(other) for other in c.names}}))
    return ("joined", owners) if owners else ("collection", ())


def _covering(name: str, holding: Sequence[SourceFile], concepts: Sequence[Concept]) -> tuple[str, ...]:
    """The longer names around ``name``, the most frequent first; none where it also occurs outside of them."""
    found: Counter[str] = Counter()
    numbered = {len(concepts): name} | {i: c.name for i, c in enumerate(concepts)}
    finder = NameFinder([*((n, i) for i, c in enumerate(concepts) for n in c.names), (name, len(concepts))])
    for source in holding:
        blocks = parse(source.text, suffix=Path(source.id).suffix, name=source.id)
        for block in blocks:
            spans = finder.find_all(block.text)
            outer = [s for s in spans if s[2] != len(concepts)]
            for start, end, which in spans:
                if which != len(concepts):
                    continue
                around = [o for o in outer if o[0] <= start and end <= o[1]]
                if not around:
                    return ()
                found[numbered[around[0][2]]] += 1
    return tuple(sorted(found, key=lambda n: (-found[n], n)))[:5]


def _is_slip_box(sources: Sequence[SourceFile]) -> bool:
    """Whether each note is about the thing of its title: see :func:`extract.concepts.selection.note_names`."""
    if len(sources) < SLIP_NOTES:
        return False
    return bool(note_names([candidates_of(source) for source in sources]))


def _report(source: SourceFile, keys: Sequence[str], lexicon: Lexicon, model: SalienceModel) -> CandidateReport | None:
    """What the document says of the most probable of ``keys``; None where it proposes none of them."""
    candidates = candidates_of(source)
    known, alone, among = model.matrices(candidates, lexicon)
    rows = [i for i, key in enumerate(known) if key in set(keys)]
    if not rows:
        return None
    probability = model.second.probability(among)
    row = max(rows, key=lambda i: (probability[i], known[i]))
    scores = {key: float(p) for key, p in zip(known, probability.tolist(), strict=True)}
    passing = everyday(candidates, scores, lexicon)
    clusters = cluster_forms([candidates], [scores], lexicon, links=[alias_links(candidates, scores, lexicon)])
    ranked = document_scores({k: s for k, s in scores.items() if k not in passing or k == known[row]}, clusters)
    place = next(i for i, (_, own, _) in enumerate(ranked) if known[row] in own)
    surfaces = candidates.forms[known[row]].surfaces
    return CandidateReport(
        source.id,
        tuple(sorted(surfaces, key=lambda s: (-surfaces[s], s))),
        judged(model.first, alone[row]),
        judged(model.second, among[row]),
        place + 1,
        len(ranked),
        budget([weighed(score, candidates.doc.size) for _, _, score in ranked], candidates.doc.size),
        known[row] in passing,
        frozenset(ranked[place][1]),
    )


def candidates_of(source: SourceFile) -> Candidates[Forms]:
    """The candidates of one document."""
    note = parse_note(source.text, suffix=Path(source.id).suffix, name=source.id)
    return collect(parsed_doc(source.id, note.blocks), tags_in(note.metadata, note.blocks))


def _why_not(name: str, lexicon: Lexicon, *, stands: bool) -> str:
    if not stands:
        return "absent"
    if lexicon.is_generic(name):
        return "generic"
    if is_identifier(name):
        return "identifier"
    return "unproposed" if usable(name) else "unusable"


@dataclass(frozen=True, slots=True)
class Refused:
    """Two names that something took for one concept, and that were kept apart."""

    names: tuple[str, str]
    reason: str
    """What took them for one: a code of :attr:`graph.model.Merge.reason`."""
    guard: str
    """What kept them apart: see :attr:`extract.concepts.clusters.Clusters.refused`."""
    evidence: Evidence | None
    """The line that was read so, where there is one."""


def refused_links(
    sources: Sequence[SourceFile],
    names: Sequence[str],
    *,
    lexicon: Lexicon,
    corrections: Corrections,
    model: SalienceModel | None = None,
) -> list[Refused]:
    """What might have been joined with a concept and was not, in the order in which it was considered.

    Args:
        sources: all notes; those that contain the names most often are looked at.
        names: of the concept.
        lexicon: the one that the graph was built with.
        corrections: what the user keeps apart.
        model: the trained model; None for the one that comes with the package.
    """
    finder = NameFinder((name, 0) for name in names)
    counts = {source.id: len(finder.find(source.text)) for source in sources}
    holding = sorted((s for s in sources if counts[s.id]), key=lambda s: (-counts[s.id], s.id))[:MOST_DOCUMENTS]
    collection = [candidates_of(source) for source in holding]
    scores = [(model or SalienceModel.default()).scores(candidates, lexicon) for candidates in collection]
    links = [alias_links(c, table, lexicon) for c, table in zip(collection, scores, strict=True)]
    clusters = cluster_forms(collection, scores, lexicon, links=links, corrections=corrections)
    own = {clusters.find(key_of(name)) for name in names}
    blocks = {c.doc.id: c.doc.blocks for c in collection}
    found: dict[tuple[str, str, str], Refused] = {}
    for link, guard in clusters.refused:
        if own & {clusters.find(link.a), clusters.find(link.b)}:
            block = blocks[link.doc][link.block] if link.block >= 0 else None
            evidence = None if block is None else Evidence(link.doc, block.line, block.text.split("\n")[0][:300])
            found.setdefault(
                (link.form_a, link.form_b, guard), Refused((link.form_a, link.form_b), link.reason, guard, evidence)
            )
    return list(found.values())
