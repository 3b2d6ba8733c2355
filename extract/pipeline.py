"""From a folder of notes to one graph: read, extract per document, then everything that needs all documents together."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

from extract.blocks import parse
from extract.candidates import Candidates, collect
from extract.concepts import Cluster, choose, cluster_forms, name_of, parsed_doc
from extract.definitions import find_definitions
from extract.documents import SourceFile, find_notes, read_note, reading_order
from extract.drafts import ConceptDraft
from extract.kinds import kind_of
from extract.lexicon import Lexicon, default_lexicon
from extract.occurrences import Occurrence, ParsedDoc, line_at, locate
from extract.passages import split_passages
from extract.relations import RelationModel, find_relations
from extract.resolve import Clusters
from extract.salience import SalienceModel
from graph.communities import find_communities
from graph.errors import NoNotesError
from graph.model import Concept, Document, Evidence, GraphSnapshot, Mention, Merge, Passage, Prerequisite, Skipped, Vectors
from graph.names import fold
from graph.prerequisites import PrerequisiteModel, find_prerequisites
from graph.static_encoder import StaticEncoder
from graph.summaries import describe
from graph.vectors import Encoder, build_vectors, load_encoder

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total) whenever a stage moves on."""

SEED: Final = 7
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

    candidates: Candidates
    scores: dict[str, float]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Models:
    """Trained models to use instead of those that come with the package, e.g. ones that have not seen a document."""

    salience: SalienceModel | None = None
    relations: RelationModel | None = None
    prerequisites: PrerequisiteModel | None = None


def extract_document(source: SourceFile, *, lexicon: bool = True, salience: SalienceModel | None = None) -> _Extracted:
    """Blocks, candidates and their probabilities of one document."""
    blocks = parse(source.text, suffix=Path(source.id).suffix)
    candidates = collect(parsed_doc(source.id, blocks))
    scores = (salience or SalienceModel.default()).scores(candidates, _lexicon(lexicon))
    return _Extracted(candidates, scores, tuple(split_passages(source.id, source.text, blocks)))


def build(
    folder: Path,
    *,
    workers: int = 1,
    encoder: str = "static",
    lexicon: bool = True,
    order: bool = True,
    models: Models | None = None,
    progress: Progress | None = None,
) -> BuildResult:
    """Build the graph of all notes under ``folder`` (or of the one file that it names).

    Args:
        folder: is read recursively; nothing in it is written.
        workers: processes for the per-document stage; 1 works in this process. The result does not depend on it.
        encoder: ``static``, or the name or folder of a sentence-transformers model.
        lexicon: whether the built-in lexicon helps; names that only it joins stay apart without.
        order: whether prerequisites are found; their training builds without.
        models: the trained models; None for those that come with the package.
        progress: told (stage, done, total).

    Raises:
        InputError: there is no such folder.
        NoNotesError: no file in it can be read as a note.
        EncoderError: the named model cannot be used.
    """
    tell = progress or _silent
    trained = models or Models()
    clock = _Clock()
    model = None if encoder == "static" else load_encoder(encoder)
    with clock.stage("read"):
        sources, skipped = _read(folder, tell)
    with clock.stage("extract"), _executor(workers, len(sources)) as pool:
        extracted = list(_extract_all(sources, pool, lexicon=lexicon, salience=trained.salience, tell=tell))
    words = _lexicon(lexicon)
    docs = [e.candidates.doc for e in extracted]
    passages = tuple(p for e in extracted for p in e.passages)
    with clock.stage("resolve"):
        tell("resolve", 0, 1)
        drafts, occurrences, merges = _concepts(extracted, words)
        definitions = find_definitions(docs, occurrences, drafts)
        concepts = _with_places(drafts, occurrences, docs, definitions)
        tell("resolve", 1, 1)
    with clock.stage("relate"):
        tell("relate", 0, 1)
        relations = tuple(sorted(find_relations(docs, occurrences, drafts, model=trained.relations), key=lambda r: r.key))
        tell("relate", 1, 1)
    with clock.stage("order"):
        tell("order", 0, 1)
        prerequisites: tuple[Prerequisite, ...] = ()
        if order:
            places = reading_order(sources)
            prerequisites = tuple(find_prerequisites(concepts, relations, passages, reading_order=places, model=trained.prerequisites))
        tell("order", 1, 1)
    with clock.stage("themes"):
        tell("themes", 0, 1)
        communities = tuple(describe(find_communities(concepts, relations, prerequisites, seed=SEED), concepts, relations))
        tell("themes", 1, 1)
    with clock.stage("vectors"):
        tell("vectors", 0, 1)
        vectors = _vectors(concepts, passages, model)
        tell("vectors", 1, 1)
    snapshot = GraphSnapshot(
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
        settings={"encoder": encoder, "lexicon": "on" if lexicon else "off", "seed": str(SEED), "version": version("studyatlas")},
    )
    return BuildResult(snapshot, _coverage(snapshot, sources), clock.seconds)


def _lexicon(entries: bool) -> Lexicon:
    """The built-in lexicon; without ``entries`` only its list of generic words."""
    return default_lexicon() if entries else default_lexicon().without_entries()


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


def _executor(workers: int, files: int) -> Executor | nullcontext[None]:
    return ProcessPoolExecutor(min(workers, files)) if workers > 1 and files > 1 else nullcontext()


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
    sources: Sequence[SourceFile], pool: Executor | None, *, lexicon: bool, salience: SalienceModel | None, tell: Progress
) -> Iterator[_Extracted]:
    work = partial(extract_document, lexicon=lexicon, salience=salience)
    results = pool.map(work, sources) if pool is not None else map(work, sources)
    tell("extract", 0, len(sources))
    for number, result in enumerate(results, start=1):
        tell("extract", number, len(sources))
        yield result


def _concepts(extracted: Sequence[_Extracted], lexicon: Lexicon | None) -> tuple[list[ConceptDraft], list[Occurrence], tuple[Merge, ...]]:
    """The concepts of the collection, where they stand, and what was merged into them."""
    collection = [e.candidates for e in extracted]
    scores = [e.scores for e in extracted]
    clusters = cluster_forms(collection, scores, lexicon)
    chosen = choose(collection, scores, clusters)
    drafts, kept = [], []
    for cluster in chosen:
        name, aliases = name_of(cluster)
        kind = kind_of((name, *aliases), None, lexicon)
        drafts.append(ConceptDraft(fold(name), name, aliases, kind, round(cluster.score, 4)))
        kept.append(cluster)
    docs = [c.doc for c in collection]
    occurrences = locate(docs, ((n, i) for i, d in enumerate(drafts) for n in d.names))
    found = {o.concept for o in occurrences}
    renumbered = {old: new for new, old in enumerate(i for i in range(len(drafts)) if i in found)}
    occurrences = [replace(o, concept=renumbered[o.concept]) for o in occurrences]
    merges = _merges(clusters, [(drafts[i], kept[i]) for i in sorted(found)], docs)
    return [drafts[i] for i in sorted(found)], occurrences, merges


def _merges(clusters: Clusters, concepts: Sequence[tuple[ConceptDraft, Cluster]], docs: Sequence[ParsedDoc]) -> tuple[Merge, ...]:
    owner = {key: draft for draft, cluster in concepts for key in cluster.keys}
    blocks = {d.id: d.blocks for d in docs}
    merges: dict[tuple[str, str, str], Merge] = {}
    for link in clusters.links:
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
    drafts: Sequence[ConceptDraft], occurrences: Sequence[Occurrence], docs: Sequence[ParsedDoc], definitions: Mapping[int, Evidence]
) -> tuple[Concept, ...]:
    mentions: dict[int, set[Mention]] = defaultdict(set)
    for o in occurrences:
        block = docs[o.doc].blocks[o.block]
        mentions[o.concept].add(Mention(docs[o.doc].id, line_at(block, o.start), " ".join(block.text[o.start : o.end].split())))
    concepts = [
        Concept(d.id, d.name, d.aliases, d.kind, d.salience, definitions.get(i), tuple(sorted(mentions[i]))) for i, d in enumerate(drafts)
    ]
    return tuple(sorted(concepts, key=lambda c: (-c.salience, c.id)))


def _vectors(concepts: Sequence[Concept], passages: Sequence[Passage], model: Encoder | None) -> Vectors:
    if model is None:
        model = StaticEncoder.fit([p.text for p in passages], [(n, c.id) for c in concepts for n in c.names], seed=SEED)
    return build_vectors(concepts, passages, model)


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
        FileCoverage(doc, lines.get(doc, 0), named[doc], related[doc], encodings.get(doc, ""), tuple(skipped.get(doc, ())))
        for doc in sorted(set(lines) | set(skipped))
    )
