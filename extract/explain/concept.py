"""Why something is in the graph or is not: what the models saw of it in the notes, and what each feature added.

Nothing of this is stored: it is computed again from the notes as they are now, for the few documents that name what is asked for. So a
build is not slowed, and an explanation may differ from the graph where the notes were edited after the build.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from extract.concepts.candidates import Candidates, collect, usable
from extract.concepts.forms import Forms
from extract.concepts.merging import alias_links
from extract.concepts.salience import SalienceModel
from extract.concepts.selection import budget, cluster_forms
from extract.knowledge.corrections import Corrections
from extract.knowledge.lexicon import Lexicon
from extract.notes.files import SourceFile, find_notes, read_note
from extract.notes.parse import parse
from extract.text.keys import key_of
from extract.text.parsed_doc import parsed_doc
from graph.classifiers import Model
from graph.model import Evidence, Skipped
from graph.text.name_finder import NameFinder

MOST_DOCUMENTS: Final = 4
"""Documents that are looked at for one name: those that hold it most often."""


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
    """1-based place among the candidates of the document, most probable first."""
    of: int
    """Number of candidates."""
    room: int
    """How many concepts the document has about."""


@dataclass(frozen=True, slots=True)
class NameReport:
    """Why a name is a concept or is not."""

    name: str
    reports: tuple[CandidateReport, ...]
    """One for each document that proposes it, the most probable first."""
    documents: tuple[str, ...]
    """Documents that hold the text of the name, in order."""
    reason: str
    """Where no document proposes it: ``absent`` (the notes do not hold it), ``generic`` (a general word), ``unusable`` (its characters
    cannot name a concept: a sentence, a section's title, an address, a number), ``unproposed`` (it only stands in places or as a part of
    words that name nothing). Empty where one does."""


def judged(model: Model, row: ArrayLike) -> Judgement:
    """The judgement of ``model`` on one row of features, shape (len(model.features),)."""
    values = np.asarray(row, dtype=np.float64)
    place = {name: i for i, name in enumerate(model.features)}
    parts = (Part(name, float(values[place[name]]), weight) for name, weight in model.contributions(values) if weight)
    return Judgement(float(model.probability(values[None, :])[0]), tuple(parts))


def read_sources(folder: Path) -> list[SourceFile]:
    """The notes in ``folder`` as they are now, in the order of their names; files that cannot be read are left out.

    Raises:
        InputError: there is no such folder, or it holds no notes.
    """
    notes = (read_note(path, folder) for path in find_notes(folder))
    return sorted((n for n in notes if not isinstance(n, Skipped)), key=lambda n: n.id)


def explain_name(
    sources: Sequence[SourceFile], names: Sequence[str], *, lexicon: Lexicon, model: SalienceModel | None = None
) -> NameReport:
    """Why ``names``, of one thing, are a concept or are not.

    Args:
        sources: all notes.
        names: the names of a concept, or one name that may be none.
        lexicon: the one that the graph was built with.
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
    return NameReport(names[0], ranked, documents, "" if ranked else _why_not(names[0], lexicon, stands=bool(holding)))


def _report(source: SourceFile, keys: Sequence[str], lexicon: Lexicon, model: SalienceModel) -> CandidateReport | None:
    """What the document says of the most probable of ``keys``; None where it proposes none of them."""
    candidates = candidates_of(source)
    known, alone, among = model.matrices(candidates, lexicon)
    rows = [i for i, key in enumerate(known) if key in set(keys)]
    if not rows:
        return None
    probability = model.second.probability(among)
    row = max(rows, key=lambda i: (probability[i], known[i]))
    surfaces = candidates.forms[known[row]].surfaces
    return CandidateReport(
        source.id,
        tuple(sorted(surfaces, key=lambda s: (-surfaces[s], s))),
        judged(model.first, alone[row]),
        judged(model.second, among[row]),
        int((probability > probability[row]).sum()) + 1,
        len(known),
        budget(probability.tolist(), candidates.doc.size),
    )


def candidates_of(source: SourceFile) -> Candidates[Forms]:
    """The candidates of one document."""
    return collect(parsed_doc(source.id, parse(source.text, suffix=Path(source.id).suffix)))


def _why_not(name: str, lexicon: Lexicon, *, stands: bool) -> str:
    if not stands:
        return "absent"
    if lexicon.is_generic(name):
        return "generic"
    return "unproposed" if usable(name) else "unusable"


@dataclass(frozen=True, slots=True)
class Refused:
    """Two names that something took for one concept, and that were kept apart."""

    names: tuple[str, str]
    reason: str
    """What took them for one: a code of :attr:`graph.model.Merge.reason`."""
    guard: str
    """What kept them apart: see :attr:`extract.concepts.merging.Clusters.refused`."""
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
        sources: all notes; those that hold the names most often are looked at.
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
