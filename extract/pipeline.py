"""From a folder of notes to one graph: read, extract per document, then everything that needs all documents together."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from extract.concepts.apply_corrections import check_drafts, kept_keys, kind_said, named, with_named
from extract.concepts.books import rescore_for_book
from extract.concepts.candidates import Candidates, collect, slim
from extract.concepts.definitions import find_definitions
from extract.concepts.drafts import ConceptDraft
from extract.concepts.forms import FormTable, SlimForms
from extract.concepts.kinds import KindModel, kind_odds, likeliest
from extract.concepts.merging import AliasLink, Clusters, alias_links
from extract.concepts.salience import SalienceModel
from extract.concepts.selection import Cluster, choose, cluster_forms, name_of, title_key
from extract.knowledge.corrections import Corrections, load_corrections
from extract.knowledge.lexicon import Lexicon, LexiconChoice, chosen_lexicon
from extract.notes.files import SourceFile, find_notes, read_note, reading_order
from extract.notes.parse import parse_note
from extract.notes.passages import split_passages
from extract.relations.find import RelationModel, find_relations
from extract.text.occurrences import Occurrence, ParsedDoc, line_at, locate
from extract.text.parsed_doc import parsed_doc
from extract.text.segment import english_lexicon
from graph.classifiers import Model
from graph.errors import NoNotesError
from graph.model import (
    Concept,
    Document,
    Evidence,
    GraphSnapshot,
    Mention,
    Merge,
    Passage,
    Prerequisite,
    Skipped,
    Vectors,
)
from graph.prerequisites.find import PrerequisiteModel, find_prerequisites
from graph.text.frequency import general_frequency
from graph.text.names import fold
from graph.themes.communities import find_communities
from graph.themes.summaries import describe

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total) whenever a stage moves on."""

SEED: Final = 7
_BUNDLED: Final = LexiconChoice()
LEAST: Final = 0.02
"""Candidates under this probability are forgotten after their document was read."""
MANY_BYTES: Final = 60_000
"""From this size of all notes on, a second process pays."""
STATIC: Final = "static"
"""The encoder that is fitted on the notes."""
STAGES: Final = ("read", "extract", "resolve", "relate", "order", "themes", "vectors")
"""Names of the stages, in order, as progress reports them."""


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """What the build made of one file."""

    doc: str
    lines: int
    concepts: int
    """Concepts that the file names."""
    relations: int
    """Relations with evidence in the file."""
    encoding: str
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A finished graph, not stored yet."""

    snapshot: GraphSnapshot
    coverage: tuple[FileCoverage, ...]
    """By document, files that were skipped whole included."""
    seconds: Mapping[str, float]
    """Stage → seconds, in order."""


@dataclass(frozen=True, slots=True)
class _Extracted:
    """What the per-document stage makes of a file: a pure function of its text."""

    candidates: Candidates[SlimForms]
    """Only those of some probability."""
    scores: dict[str, float]
    links: list[AliasLink]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """Trained models to use instead of those that come with the package, e.g. ones that have not seen a document."""

    salience: SalienceModel | None = None
    relations: RelationModel | None = None
    prerequisites: PrerequisiteModel | None = None
    kinds: KindModel | None = None
    aliases: Model | None = None


def extract_document(
    source: SourceFile, *, lexicon: LexiconChoice = _BUNDLED, models: Models | None = None
) -> _Extracted:
    """Blocks, candidates and their probabilities of one document."""
    trained, words = models or Models(), chosen_lexicon(lexicon)
    note = parse_note(source.text, suffix=Path(source.id).suffix)
    candidates = collect(parsed_doc(source.id, note.blocks))
    scores = (trained.salience or SalienceModel.default()).scores(candidates, words)
    links = alias_links(candidates, scores, words, trained.aliases)
    # A title and another name are kept however unlikely they would be alone.
    named = {title_key(candidates.doc), *(key for link in links for key in (link.a, link.b))}
    kept = {key: max(score, LEAST) for key, score in scores.items() if score >= LEAST or key in named}
    return _Extracted(slim(candidates, kept), kept, links, tuple(split_passages(source.id, source.text, note)))


def build(
    folder: Path,
    *,
    workers: int | None = None,
    encoder: str = "static",
    lexicon: bool = True,
    lexicons: Sequence[Path] = (),
    order: bool = True,
    models: Models | None = None,
    corrections: Corrections | None = None,
    progress: Progress | None = None,
) -> BuildResult:
    """Build the graph of all notes under ``folder`` (or of the one file that it names).

    Args:
        folder: is read recursively; nothing in it is written.
        workers: processes; 1 works in this one alone, None takes one for each processor where the notes are large enough. The result
            does not depend on it.
        encoder: ``static``, or the name or folder of a sentence-transformers model.
        lexicon: whether the built-in lexicon helps; names that only it joins stay apart without.
        lexicons: the user's own files (docs/lexicon.md), laid over the built-in one.
        order: whether prerequisites are found; their training builds without.
        models: the trained models; None for those that come with the package.
        corrections: what the user knows better; None for what ``studyatlas.yaml`` beside the notes says.
        progress: told (stage, done, total).

    Raises:
        InputError: there is no such folder.
        SettingsError: a lexicon or the corrections cannot be read, contradict themselves, or correct what the notes do not name.
        NoNotesError: no file in it can be read as a note.
        EncoderError: the named model cannot be used.
    """
    tell = progress or _silent
    trained = models or Models()
    clock = _Clock()
    if corrections is None:
        corrections = load_corrections(folder if folder.is_dir() else folder.parent)
    choice = LexiconChoice.of(lexicons, bundled=lexicon)
    if encoder != STATIC:
        _check_encoder(encoder)
    with clock.stage("read"):
        sources, skipped = _read(folder, tell)
    with _executor(workers, sources) as pool:
        snapshot = _build(
            folder,
            sources,
            skipped,
            pool,
            trained,
            clock,
            corrections,
            encoder=encoder,
            lexicon=choice,
            order=order,
            tell=tell,
        )
    return BuildResult(snapshot, _coverage(snapshot, sources), clock.seconds)


def _build(
    folder: Path,
    sources: Sequence[SourceFile],
    skipped: Sequence[Skipped],
    pool: Executor | None,
    trained: Models,
    clock: _Clock,
    corrections: Corrections,
    *,
    encoder: str,
    lexicon: LexiconChoice,
    order: bool,
    tell: Progress,
) -> GraphSnapshot:
    with clock.stage("extract"):
        extracted = _extract_all(
            sources, pool, lexicon=lexicon, models=Models(trained.salience, aliases=trained.aliases), tell=tell
        )
    words = chosen_lexicon(lexicon)
    docs = [e.candidates.doc for e in extracted]
    passages = tuple(p for e in extracted for p in e.passages)
    with clock.stage("resolve"):
        tell("resolve", 0, 1)
        drafts, occurrences, merges = _concepts(
            extracted, words, corrections, partial=folder.is_file(), kinds=trained.kinds
        )
        definitions = find_definitions(docs, occurrences, drafts)
        concepts = _with_places(drafts, occurrences, docs, definitions)
        ahead = pool.submit(_vectors, concepts, passages, encoder) if pool is not None and encoder == STATIC else None
        tell("resolve", 1, 1)
    with clock.stage("relate"):
        tell("relate", 0, 1)
        relations = tuple(
            sorted(find_relations(docs, occurrences, drafts, model=trained.relations), key=lambda r: r.key)
        )
        tell("relate", 1, 1)
    with clock.stage("order"):
        tell("order", 0, 1)
        prerequisites: tuple[Prerequisite, ...] = ()
        if order:
            places = reading_order(sources)
            prerequisites = tuple(
                find_prerequisites(concepts, relations, passages, reading_order=places, model=trained.prerequisites)
            )
        tell("order", 1, 1)
    with clock.stage("themes"):
        tell("themes", 0, 1)
        communities = tuple(
            describe(find_communities(concepts, relations, prerequisites, seed=SEED), concepts, relations)
        )
        tell("themes", 1, 1)
    with clock.stage("vectors"):
        tell("vectors", 0, 1)
        vectors = ahead.result() if ahead is not None else _vectors(concepts, passages, encoder)
        tell("vectors", 1, 1)
    return GraphSnapshot(
        documents=tuple(Document(s.id, s.title, s.sha256, s.lines, s.lang) for s in sources),
        passages=passages,
        concepts=concepts,
        relations=relations,
        prerequisites=prerequisites,
        communities=communities,
        merges=merges,
        skipped=tuple(sorted(skipped, key=lambda s: (s.doc, s.line, s.reason))),
        vectors=vectors,
        source=str((folder if folder.is_dir() else folder.parent).resolve()),
        settings={
            "encoder": encoder,
            "lexicon": str(lexicon),
            "seed": str(SEED),
            "version": version("studyatlas"),
            **({"corrections": corrections.sha256} if corrections else {}),
        },
    )


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


class _Clock:
    """Seconds of each stage, in order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def _executor(workers: int | None, sources: Sequence[SourceFile]) -> Executor | nullcontext[None]:
    if workers is None:
        workers = (os.cpu_count() or 1) if sum(len(s.text) for s in sources) >= MANY_BYTES else 1
    if workers < 2:
        return nullcontext()
    # A forked process starts at once and has all imports; where there is no fork, processes start anew, which takes seconds.
    fork = "fork" in multiprocessing.get_all_start_methods()
    if fork:  # what every process would read for itself
        general_frequency("zh")
        general_frequency("en")
        english_lexicon()
    context = multiprocessing.get_context("fork" if fork else None)
    return ProcessPoolExecutor(workers, mp_context=context)


def _read(folder: Path, tell: Progress) -> tuple[list[SourceFile], list[Skipped]]:
    paths = find_notes(folder)
    root = folder if folder.is_dir() else folder.parent
    sources: list[SourceFile] = []
    skipped: list[Skipped] = []
    for number, path in enumerate(paths):
        tell("read", number, len(paths))
        note = read_note(path, root)
        if isinstance(note, Skipped):
            skipped.append(note)
        else:
            sources.append(note)
    tell("read", len(paths), len(paths))
    if not sources:
        reasons = "; ".join(f"{s.doc}: {s.reason}" for s in skipped[:3])
        more = f" and {len(skipped) - 3} more" if len(skipped) > 3 else ""
        msg = f"None of the {len(paths)} files in {folder} can be read as a note ({reasons}{more})."
        raise NoNotesError(msg)
    return sorted(sources, key=lambda s: s.id), skipped


def _extract_all(
    sources: Sequence[SourceFile], pool: Executor | None, *, lexicon: LexiconChoice, models: Models, tell: Progress
) -> list[_Extracted]:
    """What the per-document stage makes of each source, in their order."""
    work = partial(extract_document, lexicon=lexicon, models=models)
    found: dict[int, _Extracted] = {}
    order = sorted(
        range(len(sources)), key=lambda i: (-len(sources[i].text), i)
    )  # the longest first, so that none is waited for at the end
    tell("extract", 0, len(sources))
    if pool is None:
        for i in order:
            found[i] = work(sources[i])
            tell("extract", len(found), len(sources))
    else:
        futures = {pool.submit(work, sources[i]): i for i in order}
        _import_later_stages()
        for future in as_completed(futures):
            found[futures[future]] = future.result()
            tell("extract", len(found), len(sources))
    return [found[i] for i in range(len(sources))]


def _import_later_stages() -> None:
    """Import what later stages need, while other processes work: it takes a second."""
    import scipy.sparse.csgraph  # noqa: F401


def _concepts(
    extracted: Sequence[_Extracted],
    lexicon: Lexicon | None,
    corrections: Corrections,
    *,
    partial: bool,
    kinds: KindModel | None = None,
) -> tuple[list[ConceptDraft], list[Occurrence], tuple[Merge, ...]]:
    """The concepts of the collection, where they stand, and what was merged into them."""
    collection: Sequence[Candidates[FormTable]] = [e.candidates for e in extracted]
    scores: Sequence[Mapping[str, float]] = [e.scores for e in extracted]
    if corrections:
        collection, scores = with_named(corrections, collection, scores, partial=partial)
    asked = kept_keys(corrections, collection)
    links = [e.links for e in extracted]
    clusters = cluster_forms(collection, scores, lexicon, links=links, minimum=LEAST, corrections=corrections)
    chosen = rescore_for_book(choose(collection, scores, clusters, kept=asked), collection, scores)
    drafts, kept = [], []
    for cluster in chosen:
        names = named(corrections, cluster.keys, *name_of(cluster))
        if names is None:
            continue
        name, aliases = names
        odds = kind_odds((name, *aliases), lexicon, kinds)
        kind = kind_said(corrections, cluster.keys) or likeliest(odds)
        drafts.append(ConceptDraft(fold(name), name, aliases, kind, round(cluster.score, 4), odds))
        kept.append(cluster)
    docs = [c.doc for c in collection]
    occurrences = locate(docs, ((n, i) for i, d in enumerate(drafts) for n in d.names))
    found = {o.concept for o in occurrences}
    if corrections and not partial:
        check_drafts(corrections, drafts, [cluster.keys for cluster in kept], found)
    renumbered = {old: new for new, old in enumerate(i for i in range(len(drafts)) if i in found)}
    occurrences = [replace(o, concept=renumbered[o.concept]) for o in occurrences]
    merges = _merges(clusters, [(drafts[i], kept[i]) for i in sorted(found)], docs)
    return [drafts[i] for i in sorted(found)], occurrences, merges


def _merges(
    clusters: Clusters, concepts: Sequence[tuple[ConceptDraft, Cluster]], docs: Sequence[ParsedDoc]
) -> tuple[Merge, ...]:
    owner = {key: draft for draft, cluster in concepts for key in cluster.keys}
    blocks = {d.id: d.blocks for d in docs}
    merges: dict[tuple[str, str, str], Merge] = {}
    for concept, _ in concepts:
        first: dict[str, str] = {}
        for name in concept.names:  # two scripts of one name fold alike: no link was needed to join them
            kept = first.setdefault(fold(name), name)
            if kept != name:
                merges[concept.id, kept, name] = Merge(concept.id, kept, name, "spelling")
    for link in clusters.reasons():
        draft = owner.get(link.a) or owner.get(link.b)
        if draft is None:
            continue
        evidence = None
        if link.block >= 0:
            block = blocks[link.doc][link.block]
            evidence = Evidence(link.doc, block.line, block.text.split("\n")[0][:300])
        merge = Merge(draft.id, link.form_a, link.form_b, link.reason, evidence)
        merges.setdefault((merge.concept, merge.kept, merge.merged), merge)
    return tuple(merges[k] for k in sorted(merges))


def _with_places(
    drafts: Sequence[ConceptDraft],
    occurrences: Sequence[Occurrence],
    docs: Sequence[ParsedDoc],
    definitions: Mapping[int, Evidence],
) -> tuple[Concept, ...]:
    mentions: dict[int, set[Mention]] = defaultdict(set)
    for o in occurrences:
        block = docs[o.doc].blocks[o.block]
        mentions[o.concept].add(
            Mention(docs[o.doc].id, line_at(block, o.start), " ".join(block.text[o.start : o.end].split()))
        )
    concepts = [
        Concept(d.id, d.name, d.aliases, d.kind, d.salience, definitions.get(i), tuple(sorted(mentions[i])))
        for i, d in enumerate(drafts)
    ]
    return tuple(sorted(concepts, key=lambda c: (-c.salience, c.id)))


def _check_encoder(encoder: str) -> None:
    """Load the named model before an hour of work, so that a wrong name costs nothing."""
    from graph.vectors.encoders import load_encoder

    load_encoder(encoder)


def _vectors(concepts: Sequence[Concept], passages: Sequence[Passage], encoder: str) -> Vectors:
    from graph.vectors.encoders import Encoder, build_vectors, load_encoder
    from graph.vectors.static_encoder import StaticEncoder

    chosen: Encoder
    if encoder == STATIC:
        chosen = StaticEncoder.fit(
            [p.plain_text for p in passages], [(n, c.id) for c in concepts for n in c.names], seed=SEED
        )
    else:
        chosen = load_encoder(encoder)
    return build_vectors(concepts, passages, chosen)


def _coverage(snapshot: GraphSnapshot, sources: Sequence[SourceFile]) -> tuple[FileCoverage, ...]:
    named: dict[str, int] = defaultdict(int)
    for concept in snapshot.concepts:
        for doc in {m.doc for m in concept.mentions}:
            named[doc] += 1
    related: dict[str, int] = defaultdict(int)
    for relation in snapshot.relations:
        for doc in {e.doc for e in relation.evidence}:
            related[doc] += 1
    encodings = {s.id: s.encoding for s in sources}
    lines = {s.id: s.lines for s in sources}
    skipped: dict[str, list[Skipped]] = defaultdict(list)
    for item in snapshot.skipped:
        skipped[item.doc].append(item)
    return tuple(
        FileCoverage(
            doc, lines.get(doc, 0), named[doc], related[doc], encodings.get(doc, ""), tuple(skipped.get(doc, ()))
        )
        for doc in sorted(set(lines) | set(skipped))
    )
