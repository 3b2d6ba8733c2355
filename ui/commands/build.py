"""The verb `build`: from a folder of notes to a stored graph, with a report of what was read."""

from __future__ import annotations

import gc
import json
import os
import secrets
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

from extract.pipeline import STATIC, BuildResult, FileCoverage, build
from graph.errors import InputError, SettingsError, StoreError
from graph.model import GraphInfo, Layout, Skipped
from graph.stores.address import FOLDER, FileAddress, GraphAddress, new_graph
from graph.stores.contract import GraphStore
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.opening import write_store
from queries.retrieval.line_index import line_index
from ui.commands.options import ProgressShown
from ui.i18n import STRINGS, notes_language, say
from ui.pace import Pace, Told
from ui.records import print_json, skipped_record
from ui.settings import NO_MODEL, LanguageModelSettings, ModelOptions, Settings
from ui.terminal import clean, console, heading, rows, show, styled

if TYPE_CHECKING:
    from rich.text import Text

    from extract.llm.reader import LanguageReader
    from graph.llm.batch import RecordedAnswers

Progress = Callable[[str, int, int], None]
CACHE: Final = "cache"
"""The folder in ``.studyatlas`` that may be deleted at any time."""
SECRET: Final = "cache.secret"  # noqa: S105 the name of a file
"""The file of :func:`cache_secret`."""
SECRET_BYTES: Final = 32
PLACES_SHOWN: Final = 4
"""Lines that are named for one reason why something was left out; the rest is only counted."""
ENCODING_USUAL: Final = ("utf-8", "ascii", "utf_8", "")


def build_graph(
    folder: Path,
    *,
    output: str | Path | None,
    store: str | None,
    graph: str | None,
    workers: int | None,
    embedder: str,
    lexicon: bool,
    lexicons: Sequence[Path],
    packs: Sequence[str] | None = None,
    dask: str | None = None,
    cache: bool = True,
    everything: bool = False,
    fresh_layout: bool = False,
    as_json: bool,
    progress: ProgressShown = ProgressShown.AUTO,
    lang: str | None,
    language_model: ModelOptions = NO_MODEL,
) -> None:
    """Build the graph of ``folder`` (or of one file) and store it; the earlier graph stays until the new one is whole.

    Args:
        folder: the notes.
        output: the file that the graph goes to, or a folder.
        store: address of a Neo4j that it goes to instead.
        graph: its name there.
        workers: processes.
        embedder: ``static``, or a sentence-transformers model.
        lexicon: whether to use knowledge packs.
        lexicons: the user's own lexicons.
        packs: which packs; None for those that the notes are about.
        dask: address of a Dask scheduler whose workers read the notes, in place of ``workers``.
        cache: whether results of single notes are taken from earlier builds and kept for later ones.
        everything: whether to read hidden folders and links out of the folder as well.
        fresh_layout: whether to forget where concepts are on the map of the graph that is replaced.
        as_json: whether to report as JSON.
        progress: how to tell progress on stderr: for people, or as lines of JSON for programs and the pages
            (:mod:`ui.jobs`).
        lang: language of the report.
        language_model: who reads the notes as well, if anybody does.

    Raises:
        InputError: there is no such folder, or the graph of other notes would be replaced.
        LanguageModelError: the language model cannot be asked at all.
        SettingsError: ``output``, ``store`` and ``graph`` do not go together, or a lexicon or the corrections cannot be
            used.
        StoreError: the graph cannot be stored.
        WorkerError: processes or machines that work for the build were lost.
    """
    if not folder.exists():
        raise InputError(f"There is no folder {folder}.")
    if dask is not None and workers is not None:
        raise SettingsError("--workers and --dask exclude each other: with --dask the cluster's workers do the work.")
    settings = Settings.from_environment(os.environ)
    address = new_graph(folder, output=output, store=store, graph=graph, defaults=settings.graphs)
    kept_in = cache_folder(address, settings)
    secret = cache_secret(settings) if cache else None
    chosen = str(lang) if lang else settings.lang
    reader, recorded = _reader(language_model, folder, chosen or "en")
    gc.set_threshold(
        200_000, 20, 100
    )  # a build makes millions of values and hardly a cycle: the collector would look through them in vain
    said = chosen or "en"
    with (
        _told_requests(language_model, said),
        write_store(address) as to,
        _progress(said, progress) as report,
    ):
        if graph is None and isinstance(address, Neo4jAddress):
            refuse_other_notes(to, folder)
        result = build(
            folder,
            workers=workers,
            dask=dask,
            encoder=embedder,
            lexicon=lexicon,
            lexicons=lexicons,
            packs=packs,
            everything=everything,
            reader=reader,
            earlier=None if fresh_layout else _earlier_layout(to),
            cache=kept_in if secret is not None else None,
            cache_secret=secret or b"",
            progress=report,
        )
        if recorded is not None and language_model.requests is not None:
            _write_requests(recorded, language_model.requests, chosen or "en")
            if recorded.missing:
                return
        started = perf_counter()
        report("store", 0, 1)
        info = to.publish(result.snapshot, index=line_index(result.snapshot))
        report("store", 1, 1)
    seconds = {**result.seconds, "store": perf_counter() - started}
    report_in = chosen or notes_language(result.snapshot.documents)
    if embedder != STATIC:
        _warn_of_poor_model(result, embedder, report_in)
    if cache and secret is None:
        _warn(say("cache_no_secret", report_in, path=clean(str(settings.state))))
    _warn_of_cache(result, kept_in, report_in)
    if as_json:
        print_json(_record(result, info, address.shown, seconds))
    else:
        _report(result, info, address.shown, seconds, report_in)


def cache_folder(address: GraphAddress, settings: Settings) -> Path:
    """Where results of single notes are kept: in ``.studyatlas`` next to the graph.

    Where the graph is in a database nothing of a build is next to the notes, which may be read-only: then it is the
    folder in which the pages keep their state.
    """
    if isinstance(address, FileAddress):
        own = address.path.parent
        return (own if own.name == FOLDER else own / FOLDER) / CACHE
    return settings.state.expanduser() / CACHE


def cache_secret(settings: Settings) -> bytes | None:
    """What the results in caches are authenticated with: made once for each user, and readable by nobody else.

    Returns:
        None where it cannot be stored: with another secret each time no result would be used again.
    """
    file = settings.state.expanduser() / SECRET
    for _ in range(2):  # the second time it is there, whoever has made it
        with suppress(OSError):
            found = file.read_bytes()
            if len(found) == SECRET_BYTES:
                return found
            file.unlink()
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(secrets.token_bytes(SECRET_BYTES))
    return None


def refuse_other_notes(store: GraphStore, folder: Path) -> None:
    """Return if the graph that would be replaced was built from ``folder``, or there is none.

    The name was not given but taken from the folder, and two people may each have a folder called notes.

    Raises:
        InputError: it was built from another folder.
    """
    earlier = ""
    with suppress(StoreError):  # there is none yet
        earlier = store.info().source
    mine = folder.resolve() if folder.is_dir() else folder.resolve().parent
    if earlier and Path(earlier) != mine:
        name = folder.resolve().name
        raise InputError(
            f"The graph {name!r} in this store was built from {earlier}."
            f" Pass --graph {name} to replace it, or choose another name."
        )


def _earlier_layout(store: GraphStore) -> Layout | None:
    """The map of the graph that will be replaced, from whose places the new one begins; None where there is none."""
    with suppress(StoreError):  # there is no graph yet, or none that can be read: the new map begins anew
        return store.layout()
    return None


def _warn_of_poor_model(result: BuildResult, embedder: str, lang: str) -> None:
    """Say on stderr when the model cannot read the Chinese of the notes."""
    from graph.vectors.encoders import UNREAD_MOST, load_encoder, unread_chinese

    unread = unread_chinese(load_encoder(embedder), [p.text for p in result.snapshot.passages])
    if unread > UNREAD_MOST:
        console(sys.stderr).print(say("poor_model", lang, model=clean(embedder), share=f"{unread:.0%}"), markup=False)


@contextmanager
def _progress(lang: str, shown: ProgressShown = ProgressShown.AUTO) -> Iterator[Progress]:
    """A bar for each stage on stderr; only the names of stages where stderr is not a terminal.

    For programs all that is told, as one JSON object a line: see :meth:`ui.pace.Told.record`.
    """
    pace = Pace()
    if shown is ProgressShown.NONE:
        yield lambda _stage, _done, _total: None
        return
    if shown is ProgressShown.JSON:
        yield lambda stage, done, total: _tell_line(pace.told(stage, done, total))
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    err = console(sys.stderr)
    if not err.is_terminal:
        seen: set[str] = set()

        def name_only(stage: str, _done: int, _total: int) -> None:
            if stage not in seen:
                seen.add(stage)
                err.print(_stage(stage, lang))

        yield name_only
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
    )
    with Progress(*columns, console=err, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def draw(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(_stage(stage, lang), total=total, pace="")
            told = pace.told(stage, done, total)
            bars.update(tasks[stage], completed=done, total=total, pace=pace_words(told, lang))

        yield draw


def _tell_line(told: Told) -> None:
    sys.stderr.write(json.dumps(told.record()) + "\n")
    sys.stderr.flush()


def pace_words(told: Told, lang: str) -> str:
    """How fast a stage goes on and how long it will still take; empty where neither is known."""
    said = []
    if told.rate is not None:
        said.append(say("pace_files", lang, rate=f"{told.rate:.0f}" if told.rate >= 10 else f"{told.rate:.1f}"))
    if told.left is not None and told.done < told.total:
        minutes, seconds = divmod(round(told.left), 60)
        said.append(say("pace_left", lang, time=f"{minutes}:{seconds:02}"))
    return " · ".join(said)


def _stage(name: str, lang: str) -> str:
    """What people call a stage; one that has no words here is shown as it is."""
    return say(f"stage.{name}", lang) if f"stage.{name}" in STRINGS else clean(name)


def _record(result: BuildResult, info: GraphInfo, shown: str, seconds: Mapping[str, float]) -> dict[str, object]:
    return {
        "graph": shown,
        "build": info.build,
        "counts": {
            "documents": info.documents,
            "passages": info.passages,
            "concepts": info.concepts,
            "relations": info.relations,
            "prerequisites": info.prerequisites,
            "communities": info.communities,
        },
        "seconds": {stage: round(taken, 3) for stage, taken in seconds.items()},
        "coverage": [
            {
                "doc": c.doc,
                "lines": c.lines,
                "concepts": c.concepts,
                "relations": c.relations,
                "encoding": c.encoding,
                "skipped": [skipped_record(s) for s in c.skipped],
            }
            for c in result.coverage
        ],
        "reused": result.reuse.notes if result.reuse is not None else 0,
        "packs": list(result.packs),
        "not_read": {**result.inventory.unread, **result.inventory.needs_extra},
        **({"language_model": _reading_record(result)} if result.reading is not None else {}),
    }


def _report(result: BuildResult, info: GraphInfo, shown: str, seconds: Mapping[str, float], lang: str) -> None:
    out = console()
    header = [say(key, lang) for key in ("file", "n_lines", "concepts", "relations")]
    body = [[_label(c, lang), str(c.lines), str(c.concepts), str(c.relations)] for c in result.coverage]
    out.print(rows(header, body, right=[1, 2, 3]))
    show(_left_out(result.coverage, lang), to=out)
    show(not_read_lines(result.snapshot.settings, lang), to=out)
    out.print(packs_line(result.packs, by_notes=result.packs_by_notes, lang=lang))
    show(_reading_lines(result, lang), to=out)
    show(_reuse_lines(result, lang), to=out)
    stages = ", ".join(f"{_stage(stage, lang)} {taken:.1f}" for stage, taken in seconds.items() if taken >= 0.05)
    counts = ("documents", "passages", "concepts", "relations", "prerequisites", "communities")
    out.print(styled(" · ".join(f"{say(key, lang)} {getattr(info, key)}" for key in counts)))
    out.print(styled(say("seconds", lang, total=f"{sum(seconds.values()):.1f}", stages=stages)))
    out.print(styled((say("built", lang, path=shown), "bold")))


def _reader(options: ModelOptions, folder: Path, lang: str) -> tuple[LanguageReader | None, RecordedAnswers | None]:
    """Who reads the notes, as :func:`ui.commands.language_model.reader_of`; its imports are only made where needed."""
    if options == NO_MODEL:
        return None, None
    from ui.commands.language_model import reader_of

    return reader_of(options, LanguageModelSettings.from_environment(os.environ), folder, lang)


@contextmanager
def _told_requests(options: ModelOptions, lang: str) -> Iterator[None]:
    """End quietly where nothing but the requests to a language model was asked for."""
    if options.requests is None:
        yield
        return
    from ui.commands.language_model import RequestsWritten

    try:
        yield
    except RequestsWritten as written:
        _tell_requests(written.number, options.requests, lang)
        raise SystemExit(0) from None


def _tell_requests(number: int, path: Path, lang: str) -> None:
    key = "llm_requests" if number else "llm_no_requests"
    console(sys.stderr).print(say(key, lang, n=number, path=clean(str(path))), markup=False, soft_wrap=True)


def _write_requests(recorded: RecordedAnswers, path: Path, lang: str) -> None:
    """Write what is still to be asked, and say so."""
    from ui.commands.language_model import write_missing

    _tell_requests(write_missing(recorded, path), path, lang)


def _reading_record(result: BuildResult) -> dict[str, object]:
    from ui.commands.language_model import reading_record

    return reading_record(result.reading) if result.reading is not None else {}


def _reading_lines(result: BuildResult, lang: str) -> Iterator[Text]:
    """What a language model read, and what it took."""
    if result.reading is not None:
        from ui.commands.language_model import report_lines

        yield from (styled(line) for line in report_lines(result.reading, lang))


def _reuse_lines(result: BuildResult, lang: str) -> Iterator[Text]:
    """How many notes were as the last build had seen them."""
    if result.reuse is not None and result.reuse.notes:
        total = len(result.snapshot.documents)
        yield styled(say("reused", lang, reused=result.reuse.notes, notes=total))


def _warn_of_cache(result: BuildResult, folder: Path, lang: str) -> None:
    """Say on stderr in one line what is wrong with the cache, if anything is."""
    reuse = result.reuse
    if reuse is None or not (reuse.problem or reuse.damaged):
        return
    line = (
        say("cache_unused", lang, path=clean(str(folder)), why=clean(reuse.problem))
        if reuse.problem
        else say("cache_damaged", lang, n=reuse.damaged)
    )
    _warn(line)


def _warn(line: str) -> None:
    """Say something on stderr, in one line."""
    console(sys.stderr).print(line, markup=False, soft_wrap=True)


def packs_line(packs: Sequence[str], *, by_notes: bool, lang: str) -> Text:
    """Which knowledge packs were used, and how to use others."""
    said = ("、" if lang == "zh" else ", ").join(clean(pack) for pack in packs) or say("packs_none", lang)
    return styled(say("packs_chosen" if by_notes else "packs_asked", lang, packs=said))


def _label(coverage: FileCoverage, lang: str) -> str:
    usual = coverage.encoding.lower() in ENCODING_USUAL
    return coverage.doc if usual else f"{coverage.doc}  ({say('encoding', lang)}: {coverage.encoding})"


def _left_out(coverage: tuple[FileCoverage, ...], lang: str) -> Iterator[Text]:
    """What is not in the graph, by file and reason, with the first lines concerned."""
    if not any(c.skipped for c in coverage):
        return
    yield heading(say("skipped", lang))
    for file in coverage:
        for reason, places in _by_reason(file.skipped).items():
            lines = [str(line) if line else say("whole_file", lang) for line in places]
            where = ", ".join(lines[:PLACES_SHOWN]) + (" …" if len(lines) > PLACES_SHOWN else "")
            if places == [0]:
                yield styled("  ", (file.doc, "cyan"), "  ", reason)
                continue
            yield styled(
                "  ", (file.doc, "cyan"), "  ", say("skipped_places", lang, reason=reason, n=len(places), where=where)
            )


def not_read_lines(settings: Mapping[str, str], lang: str) -> Iterator[Text]:
    """Which files of the folder were not read, by ending, from the settings of a graph."""
    endings = settings.get("not_read", "")
    if endings:
        number = sum(int(part.rsplit(" ", 1)[1]) for part in endings.split(", "))
        yield styled(say("not_read", lang, n=number, endings=endings))
    endings, _, remedy = settings.get("not_read_without_extra", "").partition(": ")
    if endings:
        for part in endings.split(", "):
            ending, _, count = part.rpartition(" ")
            yield styled(say("not_read_without_extra", lang, n=int(count), ending=ending, remedy=remedy))


def _by_reason(skipped: tuple[Skipped, ...]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for item in skipped:
        found[item.reason].append(item.line)
    return dict(found)
