"""The command ``studyatlas``: one verb for each thing people do with their notes.

This module only declares the verbs. What a verb does is in :mod:`ui.commands`, imported when the verb runs, so that
``studyatlas --help`` does not wait for numpy or networkx.

Exit codes: 0 done · 2 the input cannot be used · 3 the name is ambiguous · 4 no such name · 5 `verify` found quotes
that do not appear · 6 the graph cannot be opened, read or written · 7 the embedding model cannot be used · 8 the
language model cannot be asked · 9 the workers of a build cannot be reached or were lost · 1 anything else · 130
interrupted.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from graph.errors import SettingsError, StudyatlasError
from ui.commands.options import (
    BackgroundFlag,
    ConceptArgument,
    GraphFormat,
    GraphOption,
    JsonFlag,
    KnowOption,
    LangOption,
    ProgressOption,
    ProgressShown,
    StoreOption,
    UseProgressFlag,
    located,
)
from ui.settings import TOKEN_LIMIT, ModelOptions

PATIENCE: Final = 4.0
"""Seconds after Ctrl-C in which a command may clean up."""
INTERRUPTED: Final = 130
"""What a shell reports for a program that was stopped by Ctrl-C (128 + SIGINT)."""
WORDS: Final = "studyatlas.words"
"""Where Typer's context keeps the words of the command line."""
USAGE_ERRORS: Any = tuple(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError")
"""Raised for a command line that cannot be parsed: a class of click, of which newer versions of Typer have a copy."""


class Verbs(TyperGroup):
    """The group of all verbs. Turns our errors into one line on stderr and an exit code, without any password."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words of the command line, and remember them: an error may quote any of them."""
        values = (
            word.partition("=")[2] if word.startswith("--") else word[2:] for word in args if word.startswith("-")
        )
        ctx.meta[WORDS] = (*args, *values)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the verb.

        Raises:
            typer.Exit: an expected error was reported, or the user interrupted.
        """
        from graph.stores.masking import masked_in

        try:
            return super().invoke(ctx)
        except StudyatlasError as error:
            complain(masked_in(str(error), ctx.meta[WORDS]))
            raise typer.Exit(error.exit_code) from error
        except USAGE_ERRORS as error:
            error.message = masked_in(error.message or "", ctx.meta[WORDS])
            raise
        except KeyboardInterrupt as error:
            raise typer.Exit(INTERRUPTED) from error


app = typer.Typer(
    cls=Verbs,
    name="studyatlas",
    help="Turn a folder of study notes into a concept graph that you can look at, walk and question.",
    epilog="The graph is --graph FILE|FOLDER|URL, or --graph NAME in --store URL, else $STUDYATLAS_GRAPH, "
    "else .studyatlas/graph.db here. "
    "Begin with: studyatlas build FOLDER",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich's help pages take 0.45 s of imports; plain ones 0
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def complain(message: str) -> None:
    """Print one line on stderr, harmless whatever note text it contains."""
    from ui.terminal import clean

    with suppress(OSError):  # where stderr cannot be written to either, the exit code is all that is left
        typer.echo(f"studyatlas: {clean(message)}", err=True)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"studyatlas {version('studyatlas')}")
        raise typer.Exit


@app.callback()
def every_verb(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Turn a folder of study notes into a concept graph that you can look at, walk and question."""


@app.command()
def build(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="The folder of notes (Markdown, text and other formats), with its sub-folders."
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where the graph goes (default: FOLDER/.studyatlas/graph.db).",
            show_default=False,
        ),
    ] = None,
    store: StoreOption = None,
    graph: Annotated[
        str | None,
        typer.Option(
            "--graph", "-g", metavar="NAME", help="Its name in the store (default: the folder's).", show_default=False
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Number of processes (default: one per processor).")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Read the notes on the workers of a Dask cluster: the address of its scheduler, tcp://HOST:8786.",
            show_default=False,
        ),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Read every note anew, also those that have not changed.")
    ] = False,
    embedder: Annotated[
        str, typer.Option(help="'static', or the name or folder of a sentence-transformers model.")
    ] = "static",
    lexicon: Annotated[
        list[Path] | None,
        typer.Option(
            "--lexicon",
            metavar="FILE",
            help="A lexicon of your own, in addition to the knowledge packs (repeatable).",
            show_default=False,
        ),
    ] = None,
    packs: Annotated[
        list[str] | None,
        typer.Option(
            "--packs",
            metavar="FIELD,FILE…",
            help="Knowledge packs: fields of 'studyatlas packs list', or files of your own "
            "(default: the fields that the notes are about).",
            show_default=False,
        ),
    ] = None,
    no_packs: Annotated[
        bool, typer.Option("--no-packs", "--no-lexicon", help="Build without knowledge packs.")
    ] = False,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything", help="Also read hidden folders, node_modules and the like, and links out of FOLDER."
        ),
    ] = False,
    llm: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Let a language model read the notes as well ('default': the one of the settings file). "
            "Its key is in $STUDYATLAS_LLM_KEY.",
            show_default=False,
        ),
    ] = None,
    llm_base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="OpenAI-compatible address of the model, such as http://127.0.0.1:11434/v1 for Ollama.",
            show_default=False,
        ),
    ] = None,
    llm_context: Annotated[
        int | None, typer.Option(metavar="TOKENS", help="Context of the model (default: 32768).", show_default=False)
    ] = None,
    llm_price: Annotated[
        str | None,
        typer.Option(metavar="IN,OUT", help="Money per million tokens of questions, of answers.", show_default=False),
    ] = None,
    llm_limit: Annotated[
        int, typer.Option(metavar="TOKENS", min=0, help="Ask before more tokens than this are used.")
    ] = TOKEN_LIMIT,
    llm_check: Annotated[
        bool, typer.Option("--llm-check", help="Ask the model only about what is doubtful: a tenth of the tokens.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask about the cost of a language model.")] = False,
    llm_requests: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write what would be asked as a batch (OpenAI Batch API), and stop.",
            show_default=False,
        ),
    ] = None,
    llm_responses: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Build with the answers to such a batch.", show_default=False),
    ] = None,
    fresh_layout: Annotated[
        bool,
        typer.Option(
            "--fresh-layout",
            help="Draw the map anew instead of from the places that concepts have in the graph so far.",
        ),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and build again whenever a note changes (Ctrl-C to end).")
    ] = False,
    as_json: JsonFlag = False,
    progress: Annotated[
        ProgressShown,
        typer.Option(help="How to show progress on stderr: bars or names of stages, JSON lines for programs, nothing."),
    ] = ProgressShown.AUTO,
    lang: LangOption = None,
) -> None:
    """Build the graph of a folder of notes."""
    from ui.commands.build import build_graph

    work = partial(
        build_graph,
        folder,
        output=output,
        store=store,
        graph=graph,
        workers=workers,
        dask=dask,
        cache=not no_cache,
        embedder=embedder,
        lexicon=not no_packs,
        lexicons=tuple(lexicon or ()),
        packs=None if packs is None else tuple(p.strip() for some in packs for p in some.split(",") if p.strip()),
        everything=everything,
        fresh_layout=fresh_layout,
        as_json=as_json,
        progress=progress,
        lang=lang,
        language_model=ModelOptions(
            llm, llm_base_url, llm_context, llm_price, llm_limit, yes, llm_requests, llm_responses, llm_check
        ),
    )
    if not watch:
        work()
        return
    if llm_requests is not None:
        raise SettingsError("--watch and --llm-requests exclude each other: a batch is written once.")
    from ui.commands.watch import build_and_watch

    build_and_watch(
        work, folder, output=output, store=store, graph=graph, everything=everything, lang=str(lang) if lang else None
    )


@app.command()
def info(
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="First read all of it and compare it with its checksums.")
    ] = False,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show what is in a graph."""
    from ui.commands.info import show_info

    show_info(located(graph, store), check=check, as_json=as_json, lang=lang, background=background)


@app.command()
def concept(
    name: ConceptArgument,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show what the notes say about a concept.

    Definition, names, relations, what it needs, what it unlocks, where it is mentioned.
    """
    from ui.commands.concept import show_concept

    show_concept(name, located(graph, store), as_json=as_json, lang=lang, background=background)


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words to look for, in any language.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number of passages.")] = 10,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Find concepts and passages of the notes."""
    from ui.commands.search import show_search

    show_search(text, located(graph, store), limit=limit, as_json=as_json, lang=lang)


@app.command()
def path(
    start: Annotated[str, typer.Argument(metavar="A", help="A concept.")],
    end: Annotated[str, typer.Argument(metavar="B", help="Another concept.")],
    max_hops: Annotated[int, typer.Option("--max-hops", min=1, max=8, help="Maximum length of a path.")] = 4,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number of paths.")] = 3,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show how two concepts are connected, hop by hop."""
    from ui.commands.path import show_path

    show_path(
        start,
        end,
        located(graph, store),
        max_hops=max_hops,
        limit=limit,
        as_json=as_json,
        lang=lang,
        background=background,
    )


@app.command()
def prereqs(
    name: ConceptArgument,
    tree: Annotated[
        bool, typer.Option("--tree/--layers", help="Show a tree from NAME down, or layers from the foundations up.")
    ] = False,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show what must be understood before a concept."""
    from ui.commands.prereqs import show_prerequisites

    show_prerequisites(name, located(graph, store), tree=tree, as_json=as_json, lang=lang, background=background)


@app.command()
def study(
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="The concept to understand.")],
    know: KnowOption = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="NAME", help="A concept to start from.", show_default=False)
    ] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", "-m", min=1, help="Minutes available.", show_default=False)
    ] = None,
    full: Annotated[
        bool, typer.Option("--all", "--full", help="Plan everything that the goal rests on, step by step.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write a check-list (.md), a table (.csv) or an Anki deck (.apkg).",
            show_default=False,
        ),
    ] = None,
    progress: ProgressOption = None,
    use_progress: UseProgressFlag = True,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Plan what to learn, in order, to understand a concept.

    What you know (--know, and what `progress` has marked) is left out. With --minutes: what fits, and what is left.
    """
    from ui.commands.study import show_study

    show_study(
        goal,
        located(graph, store),
        known=tuple(know or ()),
        start=start,
        minutes=minutes,
        full=full,
        progress=progress,
        use_progress=use_progress,
        output=output,
        as_json=as_json,
        lang=lang,
        background=background,
    )


@app.command(name="next")
def next_(
    know: KnowOption = None,
    goal: Annotated[
        str | None,
        typer.Option("--goal", metavar="NAME", help="Only concepts that lead to this one.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number of concepts.")] = 5,
    progress: ProgressOption = None,
    use_progress: UseProgressFlag = True,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show what you can learn now, most worthwhile first."""
    from ui.commands.next import show_next

    show_next(
        located(graph, store),
        known=tuple(know or ()),
        goal=goal,
        limit=limit,
        progress=progress,
        use_progress=use_progress,
        as_json=as_json,
        lang=lang,
        background=background,
    )


@app.command()
def gaps(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number of each sort.")] = 5,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show what the notes leave open, so that you can look it up.

    Themes that hardly anything connects, concepts that are used and never explained, concepts that seem to lack
    prerequisites.
    """
    from ui.commands.gaps import show_gaps

    show_gaps(located(graph, store), limit=limit, as_json=as_json, lang=lang, background=background)


@app.command(name="progress")
def progress_(
    know: Annotated[
        list[str] | None,
        typer.Option("--know", "-k", metavar="NAME", help="Mark a concept as known (repeatable).", show_default=False),
    ] = None,
    forget: Annotated[
        list[str] | None,
        typer.Option("--forget", metavar="NAME", help="Remove a mark (repeatable).", show_default=False),
    ] = None,
    progress: ProgressOption = None,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show or change what you know; kept in FOLDER/.studyatlas/progress.json."""
    from ui.commands.progress import show_progress

    show_progress(
        located(graph, store),
        know=tuple(know or ()),
        forget=tuple(forget or ()),
        progress=progress,
        as_json=as_json,
        lang=lang,
    )


@app.command()
def ask(
    question: Annotated[
        str | None, typer.Argument(metavar="QUESTION", help="A question, in Chinese or English.", show_default=False)
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            help='A file with one {"question": …} on each line; prints one JSON answer per line.', show_default=False
        ),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also show how the question was understood.")] = False,
    background: BackgroundFlag = True,
    llm: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Let a language model word the answer, from the cited lines only ('default': the one of the settings "
            "file). Its key is in $STUDYATLAS_LLM_KEY.",
            show_default=False,
        ),
    ] = None,
    llm_base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="OpenAI-compatible address of the model.", show_default=False)
    ] = None,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Answer a question from the notes, with citations."""
    from ui.commands.ask import show_answer, show_batch

    if (question is None) == (batch is None):
        raise typer.BadParameter("Give either QUESTION or --batch FILE.")
    model = ModelOptions(llm, llm_base_url)
    if batch is not None:
        show_batch(batch, located(graph, store), explain=explain, background=background, language_model=model)
    elif question is not None:
        show_answer(
            question,
            located(graph, store),
            explain=explain,
            as_json=as_json,
            lang=lang,
            background=background,
            language_model=model,
        )


@app.command()
def themes(
    level: Annotated[
        int | None, typer.Option(min=0, help="Only this level; 0 is the coarsest.", show_default=False)
    ] = None,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show the themes of the notes, with cited summaries."""
    from ui.commands.themes import show_themes

    show_themes(located(graph, store), level=level, as_json=as_json, lang=lang, background=background)


@app.command()
def aliases(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A concept (default: all).", show_default=False)
    ] = None,
    refused: Annotated[
        bool,
        typer.Option("--refused", help="Also show joins that were considered and rejected, from the current notes."),
    ] = False,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Show which names were joined into one concept, and why."""
    from ui.commands.aliases import show_aliases

    show_aliases(name, located(graph, store), refused=refused, as_json=as_json, lang=lang)


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A concept or any other name.")],
    other: Annotated[
        str | None,
        typer.Argument(metavar="OTHER", help="Another concept: explain how the two are related.", show_default=False),
    ] = None,
    notes: Annotated[
        Path | None,
        typer.Option(
            "--notes", help="Where the notes are now (default: where they were built from).", show_default=False
        ),
    ] = None,
    lexicon: Annotated[
        list[Path] | None,
        typer.Option("--lexicon", metavar="FILE", help="A lexicon that the graph was built with.", show_default=False),
    ] = None,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Explain why a name is a concept or not, or why two concepts are related.

    What the models saw is computed again from the notes.
    """
    from ui.commands.explain import explain as explain_names

    explain_names(
        name,
        other,
        located(graph, store),
        notes=notes,
        lexicons=tuple(lexicon or ()),
        as_json=as_json,
        lang=lang,
        background=background,
    )


@app.command()
def export(
    source: Annotated[
        str | None, typer.Argument(metavar="GRAPH", help="The graph, instead of --graph.", show_default=False)
    ] = None,
    form: Annotated[GraphFormat, typer.Option("--format", "-f", help="Output format.")] = GraphFormat.JSON,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="File to write, for csv, neo4j and obsidian a folder (default: standard output).",
            show_default=False,
        ),
    ] = None,
    concept: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="With mermaid and dot: what must be understood before NAME.", show_default=False
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With --concept: how the two are connected, instead.", show_default=False),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="With obsidian: also replace notes that were edited since the last export."),
    ] = False,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Write the graph in a format that other programs read.

    docs/exports.md says what each format has.
    """
    from ui.commands.export import export_graph

    if source is not None and graph is not None:
        raise typer.BadParameter("Give either GRAPH or --graph, not both.")
    if as_json and form is not GraphFormat.JSON:
        raise typer.BadParameter("--json and --format disagree.")
    if to is not None and concept is None:
        raise typer.BadParameter("--to goes with --concept: the concept where the path begins.")
    if concept is not None and form not in (GraphFormat.MERMAID, GraphFormat.DOT):
        raise typer.BadParameter("--concept goes with --format mermaid or dot.")
    export_graph(
        located(source or graph, store),
        form=form,
        output=output,
        concept=concept,
        to=to,
        replace=replace,
        background=background,
        lang=lang,
    )


@app.command()
def evaluate(
    graph: Annotated[
        str, typer.Argument(metavar="GRAPH", help="A graph, a folder that contains one, or a JSON export.")
    ],
    gold: Annotated[
        list[Path],
        typer.Argument(metavar="GOLD_DIR...", help="Folders of annotations, or a folder that contains them."),
    ],
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Compare a graph with human annotations.

    docs/gold.md says how to annotate notes.
    """
    from ui.commands.evaluate import evaluate_graph

    evaluate_graph(graph, gold, as_json=as_json, lang=lang)


@app.command()
def verify(
    source: Annotated[
        str | None, typer.Argument(metavar="GRAPH", help="The graph, instead of --graph.", show_default=False)
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--notes", help="Where the notes are now (default: where they were built from).", show_default=False
        ),
    ] = None,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Check every quote against the notes as they are now.

    Exit code 5 where one does not is on its line.
    """
    from ui.commands.verify import verify_graph

    if source is not None and graph is not None:
        raise typer.BadParameter("Give either GRAPH or --graph, not both.")
    verify_graph(located(source or graph, store), folder=folder, as_json=as_json, lang=lang)


@app.command()
def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Serve over HTTP on this machine instead of standard input and output.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="With --http (default: 8765).", show_default=False)
    ] = None,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
) -> None:
    """Serve the graph to an assistant or editor (Model Context Protocol)."""
    from ui.commands.serve import serve_mcp

    serve_mcp(located(graph, store), http=http, port=port, background=background)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this machine's needs $STUDYATLAS_API_TOKEN.")
    ] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: a free one.", show_default=False)] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Another name that the server may be called by.", show_default=False),
    ] = None,
    background: BackgroundFlag = True,
    graph: GraphOption = None,
    store: StoreOption = None,
    lang: LangOption = None,
) -> None:
    """Serve the graph to programs as an HTTP API; its description is at /docs."""
    from ui.commands.serve import serve_api

    serve_api(
        located(graph, store), host=host, port=port, hosts=tuple(allow_host or ()), background=background, lang=lang
    )


packs_app = typer.Typer(
    help="List, check and draft knowledge packs: what is known about a field before any notes are read.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(packs_app, name="packs")


@packs_app.command(name="list")
def packs_list(as_json: JsonFlag = False, lang: LangOption = None) -> None:
    """List the fields that there are packs of."""
    from ui.commands.packs import list_packs

    list_packs(as_json=as_json, lang=lang)


@packs_app.command(name="draft")
def packs_draft(
    field: Annotated[str, typer.Option(metavar="NAME", help="What the field is called: 'beekeeping'.")],
    notes: Annotated[Path, typer.Option("--from", metavar="FOLDER", help="Notes whose concepts the pack is about.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Default: NAME.jsonl here.", show_default=False),
    ] = None,
    most: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number of concepts.")] = 500,
    llm: Annotated[str | None, typer.Option(metavar="MODEL", help="Who writes.", show_default=False)] = None,
    llm_base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="OpenAI-compatible address of the model.", show_default=False)
    ] = None,
    llm_requests: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the requests as a batch, and stop.", show_default=False)
    ] = None,
    llm_responses: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Use the answers to such a batch.", show_default=False)
    ] = None,
    lang: LangOption = None,
) -> None:
    """Let a language model draft a pack about the concepts of some notes, for you to read and edit."""
    from ui.commands.packs import draft

    model = ModelOptions(llm, llm_base_url, requests=llm_requests, responses=llm_responses)
    draft(field, notes, output=output, most=most, language_model=model, lang=lang)


@packs_app.command(name="check")
def packs_check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE…", help="Packs (.jsonl) or lexicons (.yaml) of your own.", show_default="the bundled packs"
        ),
    ] = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Check the form of packs, and that what they say agrees.

    Exit code 1 where there is a problem.
    """
    from ui.commands.packs import check_files

    check_files(tuple(files or ()), as_json=as_json, lang=lang)


corrections_app = typer.Typer(
    help="Bring corrections that were made elsewhere into studyatlas.yaml (docs/corrections.md).",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(corrections_app, name="corrections")


@corrections_app.command(name="import")
def corrections_import(
    vault: Annotated[
        Path, typer.Argument(metavar="VAULT", help="A vault of `export --format obsidian`, edited by hand.")
    ],
    notes: Annotated[
        Path | None,
        typer.Option("--notes", help="The folder of the notes (default: the graph's).", show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Write what you changed in an exported Obsidian vault into studyatlas.yaml of the notes."""
    from ui.commands.corrections import import_vault

    import_vault(
        vault,
        located(graph, store) if notes is None else None,
        notes=notes,
        dry_run=dry_run,
        as_json=as_json,
        lang=lang,
    )


lexicon_app = typer.Typer(
    help="Make a lexicon (docs/lexicon.md) of what other programs know of a field.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(lexicon_app, name="lexicon")


@lexicon_app.command(name="import")
def lexicon_import(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="SKOS as JSON-LD (.jsonld, .json), Turtle (.ttl) or RDF/XML (.rdf); or .csv."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The lexicon (default: standard output).", show_default=False
        ),
    ] = None,
    lang: LangOption = None,
) -> None:
    """Make a lexicon of a SKOS vocabulary or a table of names."""
    from ui.commands.lexicon import import_lexicon

    import_lexicon(source, output=output, lang=lang)


@app.command(name="app")
def open_app(
    graph: GraphOption = None,
    store: StoreOption = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port on this machine (default: a free one).", show_default=False),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    lang: LangOption = None,
) -> None:
    """Open the app in a browser."""
    from ui.commands.app import serve

    # With nothing named and no graph here, the pages begin with building one.
    found = located(graph, store) if graph is not None or store is not None else None
    raise typer.Exit(serve(found, port=port, browser=browser, lang=lang))


@app.command()
def demo(
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Where the notes are copied to (default: your state folder).", show_default=False
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port on this machine (default: a free one).", show_default=False),
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    opens: Annotated[bool, typer.Option("--app/--no-app", help="Open the app; else only build the graph.")] = True,
    lang: LangOption = None,
) -> None:
    """Build the graph of the example notes that come with studyatlas, and open the app."""
    from ui.commands.demo import run_demo

    raise typer.Exit(run_demo(folder, port=port, browser=browser, opens=opens, lang=lang))


@app.command(name="graphs")
def graphs_(store: StoreOption = None, as_json: JsonFlag = False, lang: LangOption = None) -> None:
    """List the graphs of a Neo4j database."""
    from ui.commands.graphs import show_graphs

    show_graphs(store, as_json=as_json, lang=lang)


@app.command()
def drop(
    graph: Annotated[
        str, typer.Option("--graph", "-g", metavar="NAME", help="The graph to remove.", show_default=False)
    ],
    store: StoreOption = None,
    sure: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    lang: LangOption = None,
) -> None:
    """Remove a graph from a Neo4j database. Asks first."""
    from ui.commands.drop import drop_graph

    drop_graph(graph, store, sure=sure, lang=lang)


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="SRC", help="A graph: FILE, FOLDER, URL.")],
    target: Annotated[
        str, typer.Argument(metavar="DST", help="Where it goes: FILE, FOLDER, URL (neo4j://HOST?graph=NAME).")
    ],
    replace: Annotated[bool, typer.Option("--replace", help="Replace the graph that is there.")] = False,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Copy a graph between a file and Neo4j, without loss."""
    from ui.commands.copy import copy_graph

    copy_graph(source, target, replace=replace, as_json=as_json, lang=lang)


@app.command()
def cypher(
    query: Annotated[
        str,
        typer.Argument(metavar="QUERY", help="A query that only reads; $graph and $build are the graph and its build."),
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Maximum number of rows.")] = 200,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="Maximum time in seconds.")] = 10.0,
    graph: GraphOption = None,
    store: StoreOption = None,
    as_json: JsonFlag = False,
    lang: LangOption = None,
) -> None:
    """Run a read-only Cypher query on a graph in Neo4j."""
    from ui.commands.cypher import show_cypher

    show_cypher(query, located(graph, store), limit=limit, seconds=seconds, as_json=as_json, lang=lang)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command ``studyatlas``. A reader that has gone (`… | head`) ends it quietly.

    Args:
        arguments: what follows ``studyatlas`` on the command line; None: the arguments of this process.

    Raises:
        SystemExit: always, with the exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # What is piped is UTF-8 wherever we are; a terminal keeps its own encoding. Nothing that a note contains
            # may be unprintable.
            reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    if sys.stderr is None:  # closed by whoever called us: nobody wants to hear
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as the process runs
    if sys.stdout is None:
        complain("Standard output is closed, so there is nowhere to write to.")
        sys.exit(1)
    code: int | str | None = None
    try:
        with _ended_in_time() if arguments is None else nullcontext():
            app(arguments)
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:  # before or after the verb itself ran
        code = INTERRUPTED
    except OSError as error:
        if error.filename is not None or error.errno not in _NOT_WRITTEN:
            raise
        complain(f"Cannot write the output: {error.strerror}.")
        code = 1
    code = _flushed(code)
    if code == INTERRUPTED and arguments is None:
        # Python ends by the signal, not with a code, where Ctrl-C met an import that runs generated code (dataclasses).
        os._exit(INTERRUPTED)
    sys.exit(code)


@contextmanager
def _ended_in_time() -> Iterator[None]:
    """See to it that this process ends within :data:`PATIENCE` seconds of Ctrl-C, whatever it waits for.

    Python interrupts the main thread only between two of its own instructions: a long calculation of a library goes on.
    """
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        yield  # set_wakeup_fd takes sockets only there, and works in no other thread
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    done = threading.Event()

    def watch() -> None:
        while (signals := os.read(reader, 64)) and signal.SIGINT not in signals:
            pass
        if not signals or done.wait(PATIENCE):
            return
        import multiprocessing

        for process in multiprocessing.active_children():
            process.kill()
        os._exit(INTERRUPTED)

    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        os.close(writer)
        watcher.join()
        os.close(reader)


_NOT_WRITTEN = (errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF, getattr(errno, "EDQUOT", errno.ENOSPC))
"""What a stream says that cannot be written to: the disk is full, or behind it there is nothing any more."""


def _flushed(code: int | str | None) -> int | str | None:
    """Write what is left of the output; the exit code: ``code``, or 1 where it cannot be written.

    Python would write it when it ends, and say in its own way that it cannot.
    """
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except OSError as error:
            if not code:
                complain(f"Cannot write the output: {error.strerror or error}.")
            code = code or 1
            with suppress(OSError, ValueError):  # the stream of a program that runs us may have no descriptor
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


if __name__ == "__main__":
    main()
