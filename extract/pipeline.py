"""From a folder of notes to one graph.

Read, extract per document, then everything that needs all documents together.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from extract.collection import Found, concepts_of, with_places
from extract.concepts.definitions import find_definitions
from extract.concepts.kept_definitions import KeptDefinitions
from extract.document import Extracted, extract_document
from extract.execution.contract import Execution, Spread, batches
from extract.execution.local import local, processors
from extract.execution.memory import give_back
from extract.knowledge.corrections import Corrections, load_corrections
from extract.knowledge.fields import choose_fields
from extract.knowledge.lexicon import LexiconChoice, chosen_lexicon
from extract.llm.check import check_concepts, check_needs, check_relations, room_for
from extract.llm.combine import combined_relations, read_needs, surviving
from extract.llm.reader import LanguageReader, NoteToRead, ReadingReport, Readings, read_notes
from extract.llm.themes import worded_themes
from extract.memo import FORGETFUL, Memos, kept_memos
from extract.models import Models
from extract.note_cache import NoteCache, open_cache
from extract.notes.files import SourceFile, read_note, reading_order, source_of
from extract.notes.formats.registry import EXTRA
from extract.notes.inventory import Inventory, counted, take_inventory
from extract.packed_notes import PackedNotes
from extract.packing import PackedNote, opened, pack
from extract.per_note import BatchExtraction, light, prepare
from extract.relations.apply_corrections import corrected_prerequisites, corrected_relations
from extract.relations.find import relate
from extract.relations.kept_statements import KeptStatements
from extract.relations.knowledge import known_needs
from extract.text.occurrences import Occurrence, ParsedDoc
from extract.text.quotes import quote_of
from graph.centrality import with_salience
from graph.errors import NoNotesError
from graph.layout.compute import draw, lay_out
from graph.model import (
    LANGUAGE_MODEL,
    LANGUAGE_MODEL_AT,
    Basis,
    Concept,
    Document,
    Evidence,
    GraphSnapshot,
    Layout,
    Passage,
    Prerequisite,
    Relation,
    Skipped,
    Vectors,
)
from graph.prerequisites.acyclic import break_cycles
from graph.prerequisites.features import PairEvidence
from graph.prerequisites.find import find_prerequisites
from graph.themes.communities import find_communities
from graph.themes.summaries import describe

Progress = Callable[[str, int, int], None]
"""Called with (stage, done, total) whenever a stage moves on."""

SEED: Final = 7
_BUNDLED: Final = LexiconChoice()
MANY_BYTES: Final = 60_000
"""From this size of all notes on, a second process pays."""
FEW_LETTERS: Final = 1_000_000
"""Up to this size of all notes, what was extracted in this process stays as it is: packing would take longer."""
CIRCULAR: Final = "a prerequisite that closes a circle of those that the notes state; it is left out"
STATIC: Final = "static"
"""The encoder that is fitted on the notes."""
READING: Final = "model"
"""The stage in which a language model reads the notes, after those are extracted; without one there is none."""
STAGES: Final = ("read", "extract", "resolve", "relate", "order", "themes", "layout", "vectors")
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
class Reuse:
    """What a build took over from earlier builds."""

    notes: int
    """Notes that were not extracted again."""
    damaged: int
    """Results that were there and could not be used."""
    problem: str
    """Why the cache could not be used; empty where it could."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A finished graph, not stored yet."""

    snapshot: GraphSnapshot
    coverage: tuple[FileCoverage, ...]
    """By document, files that were skipped whole included."""
    seconds: Mapping[str, float]
    """Stage → seconds, in order."""
    inventory: Inventory
    """What the folder contains besides notes."""
    pairs: PairEvidence
    """What prerequisites are found from besides the graph."""
    packs: tuple[str, ...] = ()
    """The knowledge packs that were used, the strongest first."""
    packs_by_notes: bool = False
    """Whether the notes themselves chose the packs."""
    reading: ReadingReport | None = None
    """What a language model read, and what it took; None without one."""
    reuse: Reuse | None = None
    """What came from the cache; None without one."""


def build(
    folder: str | Path,
    *,
    workers: int | None = None,
    dask: str | None = None,
    encoder: str = "static",
    lexicon: bool = True,
    lexicons: Sequence[str | Path] = (),
    packs: Sequence[str] | None = None,
    order: bool = True,
    models: Models | None = None,
    corrections: Corrections | None = None,
    everything: bool = False,
    earlier: Layout | None = None,
    reader: LanguageReader | None = None,
    cache: Path | None = None,
    cache_secret: bytes = b"",
    progress: Progress | None = None,
) -> BuildResult:
    """Build the graph of all notes under ``folder`` (or of the one file that it names).

    Args:
        folder: is read recursively; nothing in it is written.
        workers: processes; 1 works in this one alone, None takes one for each processor where the notes are large
            enough. The result does not depend on it.
        dask: address of a Dask scheduler whose workers do what is done note by note (docs/scaling.md); the rest is done
            in this process. ``workers`` does not count then.
        encoder: ``static``, or the name or folder of a sentence-transformers model.
        lexicon: whether knowledge packs help; names that only they join stay apart without.
        lexicons: the user's own files (docs/lexicon.md), laid over the packs.
        packs: which knowledge packs (docs/packs.md): fields, or paths of files that end in ``.jsonl``, the one that an
            ambiguous name belongs to first. None for those that ``studyatlas.yaml`` next to the notes says, else those
            that the notes are about (:func:`extract.knowledge.fields.choose_fields`).
        order: whether prerequisites are found; their training builds without.
        models: the trained models; None for those that come with the package.
        corrections: what the user knows better; None for what ``studyatlas.yaml`` next to the notes says.
        everything: whether hidden folders, folders that programs fill and links out of the folder are read as well.
        earlier: the map of an earlier build, from whose places the new map begins; None for a map that only the notes
            decide.
        reader: a language model that reads the notes as well; None for none. What it does not answer is as without it.
        cache: a folder in which results of single notes are kept, so that the next build extracts only notes that are
            new or were edited; None for none. It is made where it is missing. The graph does not depend on it. With
            ``models`` of one's own it is not used.
        cache_secret: authenticates the results in the cache: those that were written with another one are not used. A
            folder of notes that comes from somebody else may come with a cache.
        progress: told (stage, done, total).

    Raises:
        InputError: there is no such folder, or the reader's cost was not approved.
        LanguageModelError: the reader's model cannot be asked at all.
        SettingsError: a lexicon or the corrections cannot be read, contradict themselves, or correct what the notes do
            not name.
        NoNotesError: no file in it can be read as a note.
        EncoderError: the named model cannot be used.
        WorkerError: processes or a cluster that work for the build cannot be reached or were lost.
    """
    folder = Path(folder)
    if corrections is None:
        corrections = load_corrections(folder if folder.is_dir() else folder.parent)
    given = (corrections.packs if packs is None else packs) if lexicon else ()
    _check_lexicons(lexicons, given)
    if encoder != STATIC:
        _check_encoder(encoder)
    clock = _Clock(progress or _silent)
    with ExitStack() as places:
        cluster = places.enter_context(_cluster(dask)) if dask is not None else None
        kept = places.enter_context(open_cache(cache, cache_secret)) if cache is not None and models is None else None
        memos = places.enter_context(kept_memos(kept)) if kept is not None else FORGETFUL
        with clock.stage("read"):
            inventory = take_inventory(folder, everything=everything)
            sources, skipped = _read(folder, inventory, memos, clock.tell)
            choice = _chosen(lexicons, given, (source.text for source in sources), memos)
            if kept is not None:
                kept.uses(choice)
        trained = models or Models()
        task = _Task(folder, sources, skipped, trained, corrections, choice, encoder, order, inventory, earlier, reader)
        place = cluster or places.enter_context(local(workers or _workers_for(sources), prepare))
        snapshot, pairs, report = _build(task, place, kept, memos, clock)
    coverage = _coverage(snapshot, sources)
    return BuildResult(
        snapshot,
        coverage,
        clock.seconds,
        inventory,
        pairs,
        choice.packs,
        given is None,
        report,
        Reuse(kept.reused, kept.damaged, kept.problem) if kept is not None else None,
    )


def _check_lexicons(lexicons: Sequence[str | Path], packs: Sequence[str] | None) -> None:
    """Tell what is wrong with files and packs before the notes are read.

    Raises:
        SettingsError: a file cannot be used, or there is no such pack.
    """
    LexiconChoice.of([Path(file) for file in lexicons], packs=packs or ())


def _chosen(
    lexicons: Sequence[str | Path], packs: Sequence[str] | None, texts: Iterable[str], memos: Memos = FORGETFUL
) -> LexiconChoice:
    """The lexicon of these files and packs; where ``packs`` is None, of the packs that ``texts`` are about."""
    chosen = choose_fields(texts, memos.fields) if packs is None else packs
    return LexiconChoice.of([Path(file) for file in lexicons], packs=chosen)


def _not_read(inventory: Inventory) -> dict[str, str]:
    """What :command:`info` says of files that were not read; empty where there are none."""
    unread, missing = inventory.unread, inventory.needs_extra
    return {
        **({"not_read": counted(unread)} if unread else {}),
        **({"not_read_without_extra": f"{counted(missing)}: pip install '{EXTRA}'"} if missing else {}),
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What is built of which notes, and with what."""

    folder: Path
    sources: list[SourceFile]
    """Without their texts as soon as these were extracted."""
    skipped: Sequence[Skipped]
    models: Models
    corrections: Corrections
    lexicon: LexiconChoice
    encoder: str
    order: bool
    inventory: Inventory
    earlier: Layout | None
    reader: LanguageReader | None = None

    @property
    def settings(self) -> dict[str, str]:
        """What the graph says about how it was built."""
        return {
            "encoder": self.encoder,
            **self.lexicon.to_settings(),
            "seed": str(SEED),
            "version": _version(),
            **({"corrections": self.corrections.sha256} if self.corrections else {}),
            **({LANGUAGE_MODEL: self.reader.model.name, LANGUAGE_MODEL_AT: self.reader.again} if self.reader else {}),
            **_not_read(self.inventory),
        }


def _build(
    task: _Task, place: Execution, cache: NoteCache | None, memos: Memos, clock: _Clock
) -> tuple[GraphSnapshot, PairEvidence, ReadingReport | None]:
    with clock.stage("extract"):
        note_keys = [cache.key(source) for source in task.sources] if cache is not None else []
        extracted = _extract_all(task, place, cache, clock.tell)
        # From here on their texts are with what was extracted of them. In place: whoever called has them too.
        task.sources[:] = [_without_text(source) for source in task.sources]
    reader = task.reader
    checking = reader is not None and reader.only_doubts
    room: Mapping[str, int] = {}
    readings = _read_by_model(task, extracted, clock) if reader is not None and not checking else None
    report = readings.report if readings is not None else ReadingReport(reader.model.name) if reader else None
    docs = [e.candidates.doc for e in extracted]
    skipped = [*task.skipped, *(item for e in extracted for item in e.unread), *(readings.skipped if readings else ())]
    passages = tuple(p for e in extracted for p in e.passages)
    with clock.step("resolve"):
        words, one_file = chosen_lexicon(task.lexicon), task.folder.is_file()
        trained = task.models
        found = concepts_of(
            extracted,
            words,
            task.corrections,
            partial=one_file,
            kinds=trained.kinds,
            alias_model=trained.aliases,
            readings=readings,
            memos=memos,
            spread=place.spread,
        )
        if reader is not None and report is not None and checking:
            room = room_for(passages, reader.model.context)
            found = _concepts_checked(task, extracted, docs, found, reader, report, room)
        drafts, occurrences = found.drafts, found.occurrences
        give_back()  # before processes are forked
        definitions = find_definitions(
            docs,
            occurrences,
            drafts,
            model=task.models.definitions,
            spread=place.spread,
            kept=KeptDefinitions(note_keys, cache) if cache is not None else None,
        )
        definitions = {**definitions, **found.defined}
        placed = with_places(found, docs, definitions)
        work = partial(_vectors, placed, passages, task.encoder)
        begin = partial(place.alongside, work) if task.encoder == STATIC else lambda: work
        # All processes relate the notes; where most of that is known, only this one has something to do.
        mostly_known = cache is not None and 2 * cache.reused > len(task.sources)
        early = begin() if mostly_known else None
        del extracted
    with clock.stage("relate"):
        model = task.models.relations
        related = relate(
            docs,
            occurrences,
            drafts,
            model=model,
            lexicon=words,
            linked=found.linked,
            spread=clock.spread("relate", place.spread),
            kept=KeptStatements(note_keys, cache) if cache is not None else None,
        )
    vectors_of = early or begin()
    with clock.step("order"):
        found_relations = related.relations
        shown = {draft.id: draft.name for draft in drafts}
        if reader is not None and report is not None and checking:
            found_relations = check_relations(found_relations, shown, reader.model, report, room["statements"])
        elif found.says is not None and reader is not None:
            found_relations, _ = combined_relations(
                found_relations, related.signals, found.says, drafts, found.number, reader.model.name
            )
        relations = corrected_relations(task.corrections, placed, found_relations, passages)
        pairs = PairEvidence(related.signals, known_needs(drafts, words))
        keys = {r.key for r in relations}
        left = [r for r in found_relations if r.key in keys]  # what the models know the signals of
        prerequisites, circular = _ordered(task, placed, left, passages, pairs, found)
        if reader is not None and report is not None and checking:
            prerequisites = check_needs(prerequisites, shown, reader.model, report, room["needs"])
        skipped += circular
    documents = tuple(Document(s.id, s.title, s.sha256, s.lines, s.lang, s.unit, s.starts) for s in task.sources)
    with clock.step("themes"):
        # Importance, themes and summaries tell what the notes say, so that they stay as they are without general
        # knowledge.
        stated = [r for r in relations if r.basis is not Basis.BACKGROUND]
        needs = [p for p in prerequisites if p.basis is not Basis.BACKGROUND]
        concepts = with_salience(placed, passages, stated, needs, documents)
        themes = find_communities(concepts, stated, needs, seed=SEED)
        # The places of the map depend on who is in a theme, not on what it is called.
        drawn_of = place.alongside(partial(draw, concepts, relations, prerequisites, themes, task.earlier))
        communities = tuple(describe(themes, concepts, stated, passages=passages, documents=documents))
        if reader is not None and readings is not None and readings.by_doc:
            worded, asked, answers = worded_themes(communities, concepts, stated, reader.model)
            communities = tuple(worded)
            readings.report.count(asked, answers)
    with clock.step("layout"):
        layout = lay_out(concepts, relations, prerequisites, communities, drawn=drawn_of())
    with clock.step("vectors"):  # in the order in which another process has the concepts
        vectors = vectors_of()
    snapshot = GraphSnapshot(
        documents=documents,
        passages=passages,
        concepts=concepts,
        relations=relations,
        prerequisites=prerequisites,
        communities=communities,
        merges=found.merges,
        skipped=tuple(sorted(skipped, key=lambda s: (s.doc, s.line, s.reason))),
        vectors=vectors,
        layout=layout,
        source=str((task.folder if task.folder.is_dir() else task.folder.parent).resolve()),
        settings=task.settings,
    )
    return snapshot, pairs, report


def _concepts_checked(
    task: _Task,
    extracted: Sequence[Extracted],
    docs: Sequence[ParsedDoc],
    found: Found,
    reader: LanguageReader,
    report: ReadingReport,
    room: Mapping[str, int],
) -> Found:
    """The concepts anew, as the language model leaves those that are doubtful."""
    first: dict[int, Occurrence] = {}
    for occurrence in found.occurrences:
        first.setdefault(occurrence.concept, occurrence)

    def line_of(concept: int) -> Evidence | None:
        at = first.get(concept)
        return None if at is None else quote_of(docs[at.doc], docs[at.doc].blocks[at.block], at.start, at.end)

    checked = check_concepts(found.drafts, line_of, reader.model, report, room)
    if not checked.rejected and not checked.same:
        return found
    return concepts_of(
        extracted,
        chosen_lexicon(task.lexicon),
        task.corrections,
        partial=task.folder.is_file(),
        kinds=task.models.kinds,
        alias_model=task.models.aliases,
        checked=checked,
    )


def _read_by_model(task: _Task, extracted: Sequence[Extracted], clock: _Clock) -> Readings:
    """What the task's language model reads in the notes."""
    if task.reader is None:
        raise ValueError("There is no language model.")
    notes = [
        NoteToRead(
            source.id,
            source.lang,
            found.passages,
            {name: found.scores[key] for key, _, name in found.candidates.forms.overview() if key in found.scores},
        )
        for source, found in zip(task.sources, extracted, strict=True)
    ]
    with clock.stage(READING):
        return read_notes(notes, task.reader, lambda done, total: clock.tell(READING, done, total))


def _ordered(
    task: _Task,
    concepts: Sequence[Concept],
    relations: Sequence[Relation],
    passages: Sequence[Passage],
    pairs: PairEvidence,
    notes: Found,
) -> tuple[tuple[Prerequisite, ...], list[Skipped]]:
    """The prerequisites, none where the task asks for none; and those that authors state in a circle."""
    if not task.order:
        return (), []
    places = reading_order(task.sources)
    stated, says = notes.needs, notes.says
    name = task.reader.model.name if task.reader is not None else ""
    read = read_needs(says, notes.drafts, notes.number, name)[0] if says is not None else ()
    decided = {frozenset(edge.key) for edge in stated}
    read = tuple(edge for edge in read if frozenset(edge.key) not in decided)
    found = find_prerequisites(
        concepts,
        relations,
        passages,
        reading_order=places,
        pairs=pairs,
        stated=(*stated, *read),
        model=task.models.prerequisites,
    )
    if says is not None:
        found = list(
            surviving(
                found, {edge.key for edge in read}, says.docs, everything=says.docs >= {s.id for s in task.sources}
            )
        )
    circular = break_cycles(stated)[1]
    corrected = corrected_prerequisites(task.corrections, concepts, found, passages)
    return corrected, [Skipped(e.doc, e.line, CIRCULAR) for edge in circular for e in edge.evidence]


def extract_text(
    text: str,
    *,
    name: str = "text.md",
    lexicon: bool = True,
    lexicons: Sequence[str | Path] = (),
    packs: Sequence[str] | None = None,
    relations: bool = True,
) -> GraphSnapshot:
    """The concepts and relations of one text in memory, as :func:`build` finds them in a file.

    What only a whole graph needs (prerequisites, themes, vectors) is left out, so that a short text takes milliseconds.

    Args:
        text: plain text or Markdown, Chinese, English or both.
        name: what evidence calls the text. A name that ends in ``.mdx`` has it read as MDX.
        lexicon: as for :func:`build`.
        lexicons: as for :func:`build`.
        packs: as for :func:`build`.
        relations: whether relations are looked for.

    Returns:
        A graph with one document; without any where the text is blank.

    Raises:
        SettingsError: a lexicon cannot be used.
    """
    choice = _chosen(lexicons, packs if lexicon else (), [text])
    settings = {**choice.to_settings(), "version": _version()}
    source = source_of(text, name)
    if not source.text.strip():
        return GraphSnapshot(settings=settings)
    extracted = [extract_document(source, lexicon=choice)]
    docs = [e.candidates.doc for e in extracted]
    named = concepts_of(extracted, chosen_lexicon(choice), Corrections(), partial=True)
    concepts = with_places(named, docs, find_definitions(docs, named.occurrences, named.drafts))
    words = chosen_lexicon(choice)
    found = relate(docs, named.occurrences, named.drafts, lexicon=words).relations if relations else ()
    documents = (Document(source.id, source.title, source.sha256, source.lines, source.lang),)
    return GraphSnapshot(
        documents=documents,
        passages=extracted[0].passages,
        concepts=with_salience(concepts, extracted[0].passages, found, (), documents),
        relations=found,
        merges=named.merges,
        settings=settings,
    )


@cache
def _version() -> str:
    """Of the installed studyatlas; it takes a millisecond to find out."""
    return version("studyatlas")


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


class _Clock:
    """Seconds of each stage, in order; tells the progress."""

    def __init__(self, tell: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self.tell = tell

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage that tells its progress itself."""
        start = time.perf_counter()
        yield
        give_back()
        self.seconds[name] = time.perf_counter() - start

    def spread(self, name: str, over: Spread) -> Spread:
        """``over``, whose items are the parts of the stage ``name``: progress tells how many of them are done."""

        def told(work: Callable[[Any], Any], items: Sequence[Any], /) -> Iterator[Any]:
            self.tell(name, 0, len(items))
            for done, result in enumerate(over(work, items), start=1):
                yield result
                self.tell(name, done, len(items))

        return told

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a stage that is done in one step."""
        self.tell(name, 0, 1)
        with self.stage(name):
            yield
        self.tell(name, 1, 1)


def _without_text(source: SourceFile) -> SourceFile:
    return replace(source, text="", original=(), left_out=())


def _workers_for(sources: Sequence[SourceFile]) -> int:
    """One for each processor; 1 where the notes are so few that starting others takes longer."""
    return processors() if sum(len(s.text) for s in sources) >= MANY_BYTES else 1


def _cluster(address: str) -> AbstractContextManager[Execution]:
    """See :func:`extract.execution.dask_cluster.dask_cluster`, whose import is only made where it is needed."""
    from extract.execution.dask_cluster import dask_cluster

    return dask_cluster(address)


def _read(folder: Path, inventory: Inventory, memos: Memos, tell: Progress) -> tuple[list[SourceFile], list[Skipped]]:
    paths = inventory.notes
    root = folder if folder.is_dir() else folder.parent
    sources: list[SourceFile] = []
    skipped = list(inventory.left_out)
    for number, path in enumerate(paths):
        tell("read", number, len(paths))
        note = read_note(path, root, memos.titles)
        if isinstance(note, Skipped):
            skipped.append(note)
        else:
            sources.append(note)
            skipped.extend(note.left_out)
    tell("read", len(paths), len(paths))
    if not sources:
        failed = skipped[len(inventory.left_out) :]
        reasons = "; ".join(f"{s.doc}: {s.reason}" for s in failed[:3])
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        msg = f"None of the {len(paths)} files in {folder} can be read as a note ({reasons}{more})."
        raise NoNotesError(msg)
    return sorted(sources, key=lambda s: s.id), skipped


def _extract_all(task: _Task, place: Execution, cache: NoteCache | None, tell: Progress) -> list[Extracted]:
    """What the per-document stage makes of each source, in their order; from the cache where that has it.

    It stays packed (:mod:`extract.packed_notes`), but for a few notes that are extracted in this process.
    """
    sources = task.sources
    found: dict[int, PackedNote] = {}
    unpacked: dict[int, Extracted] = {}
    if cache is not None:
        found.update(cache.read(sources))
    tell("extract", len(found), len(sources))
    missing = [i for i in range(len(sources)) if i not in found]
    if not place.elsewhere:
        many = sum(len(source.text) for source in sources) > FEW_LETTERS
        work = partial(extract_document, lexicon=task.lexicon, models=task.models)
        for number, extracted in place.each(work, [sources[i] for i in missing]):
            source = sources[missing[number]]
            data = pack(extracted, source.text) if many or cache is not None else b""
            if many:
                found[missing[number]] = opened(data, source.text)
            else:
                unpacked[missing[number]] = extracted
            if cache is not None:
                cache.write([(source, data)])
            tell("extract", len(found) + len(unpacked), len(sources))
    else:
        extraction = BatchExtraction.of(task.lexicon, task.models, shares_files=place.shares_files)
        numbers = batches([len(sources[i].text) for i in missing], place.workers)
        results = place.each(extraction, [[light(sources[missing[n]]) for n in batch] for batch in numbers])
        _import_later_stages()
        for batch, packed in results:
            read = [missing[n] for n in numbers[batch]]
            for i, data in zip(read, packed, strict=True):
                found[i] = opened(data, sources[i].text)
            if cache is not None:
                cache.write([(sources[i], data) for i, data in zip(read, packed, strict=True)])
            tell("extract", len(found), len(sources))
    numbered = sorted(found)
    notes = PackedNotes([found[i] for i in numbered], [sources[i].text for i in numbered]).extracted()
    unpacked.update(zip(numbered, notes, strict=True))
    return [unpacked[i] for i in range(len(sources))]


def _import_later_stages() -> None:
    """Import what later stages need, while other processes work: it takes a second."""
    import scipy.sparse.csgraph  # noqa: F401


def _check_encoder(encoder: str) -> None:
    """Load the named model before an hour of work, so that a wrong name costs nothing."""
    from graph.vectors.encoders import load_encoder

    load_encoder(encoder)


def _vectors(concepts: Sequence[Concept], passages: Sequence[Passage], encoder: str) -> Vectors:
    from graph.vectors.encoders import build_vectors, load_encoder
    from graph.vectors.static_encoder import StaticEncoder

    if encoder == STATIC:
        # Passages are read once, to learn from them and to encode them.
        read = [("\n".join(p.heading_path), p.plain_text) for p in passages]
        names = [(n, c.id) for c in concepts for n in c.names]
        fitted, rows = StaticEncoder.fit_titled([t for t, _ in read], [b for _, b in read], names, seed=SEED)
        return build_vectors(concepts, passages, fitted, rows=rows)
    return build_vectors(concepts, passages, load_encoder(encoder))


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
