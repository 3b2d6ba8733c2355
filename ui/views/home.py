"""The home page: build a graph from notes, see how far it is and what was found, open one that was built before."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Final

import streamlit as st

from extract.knowledge.lexicon import LexiconChoice
from graph.errors import InputError, StudyatlasError
from graph.model import LANGUAGE_MODEL_AT
from graph.stores.address import FileAddress, GraphAddress, GraphDefaults, graph_to_read, new_graph
from ui import recent
from ui.example import copy_example, example_notes
from ui.i18n import say
from ui.jobs import BuildJob, BuildRequest, BuildStatus, dismiss, last_build, start_build
from ui.settings import LanguageModelSettings, Settings
from ui.uploads import chosen_folder, store_uploads
from ui.views import address, current, loading, state
from ui.views.panels.asking import plain_label
from ui.views.panels.home import Wanted, build_panel, progress_panel, recent_panel, report_panel, teaching_panel

EVERY: Final = 0.7
"""Seconds after which the progress of a build is drawn again."""
_SETTLED: Final = "at.build.settled"
"""The build whose graph this session has opened."""


def home_page(notes: loading.GraphOverview | None, lang: str) -> None:
    """Build and open graphs; ``notes``: the graph that is open, None where there is none."""
    settings = Settings.from_environment(os.environ)
    job = last_build()
    try:
        _settle(job, settings)
        left, right = st.columns([1.7, 1], gap="large")
        with left:
            if job is not None and job.status.running:
                with st.container(border=True):
                    running(lang, "home.job")
            else:
                _idle(notes, job, settings, lang)
        with right:
            _recent_shown(notes, settings, lang)
            if notes is not None and example_notes() is not None:
                st.caption(say("home_example_hint", lang))
                if st.button(say("home_example", lang), key="home.example", disabled=bool(job and job.status.running)):
                    _start(_example(settings))
    except StudyatlasError as error:
        st.error(plain_label(str(error)))


def _idle(notes: loading.GraphOverview | None, job: BuildJob | None, settings: Settings, lang: str) -> None:
    """What is on the page while nothing is built."""
    if notes is None and teaching_panel(lang=lang, key="home", example=example_notes() is not None):
        _start(_example(settings))
    if job is not None:
        _ended(job.status, lang)
    elif notes is not None:
        _rebuild_offered(notes, lang)
    proposed = str(Path("~/studyatlas/notes").expanduser())
    model = LanguageModelSettings.from_environment(os.environ)
    wanted = build_panel(
        home=proposed,
        store=settings.graphs.store or "",
        model=(model.model or "", model.base_url or ""),
        key_set=bool(model.key or model.openai_key),
        lang=lang,
        key="home.build",
    )
    if wanted is not None:
        _start(_request(wanted, settings.graphs, lang))


# ---- builds


def _start(request: BuildRequest) -> None:
    start_build(request, os.environ)
    st.rerun()


def _request(wanted: Wanted, defaults: GraphDefaults, lang: str) -> BuildRequest:
    """What the form asks for, with its files stored.

    Raises:
        InputError: there is nothing to build, or a file cannot be stored.
        StudyatlasError: the store is not the address of a Neo4j server.
    """
    if wanted.uploads is None:
        folder = Path(wanted.folder.strip()).expanduser()
        if not wanted.folder.strip() or not folder.exists():
            raise InputError(say("home_no_folder", lang, folder=wanted.folder.strip() or "''"))
    else:
        if not wanted.uploads:
            raise InputError(say("home_nothing", lang))
        folder = chosen_folder(wanted.folder)
        store_uploads(wanted.uploads, folder, replace=wanted.replace)
    folder = folder.resolve()
    login = GraphDefaults(
        user=wanted.user or defaults.user,
        password=wanted.password or defaults.password,
        database=defaults.database,
    )
    target = new_graph(
        folder, output=None, store=wanted.store or None, graph=wanted.graph or None if wanted.store else None,
        defaults=login,
    )  # fmt: skip
    return BuildRequest(folder, target, language_model=_model_words(wanted))


def _model_words(wanted: Wanted) -> tuple[str, ...]:
    """The language model that the form names, as words of the command line."""
    if not wanted.model:
        return ()
    words = ["--llm", wanted.model, "--llm-limit", str(wanted.tokens)]
    words += ["--llm-base-url", wanted.model_url] if wanted.model_url else []
    return (*words, *(["--llm-check"] if wanted.only_doubts else []))


def _example(settings: Settings) -> BuildRequest:
    """The example notes, copied to where they may be written to."""
    folder = copy_example(settings.state / "example")
    return BuildRequest(folder, FileAddress(folder / ".studyatlas" / "graph.db"))


def rebuild_request(notes: loading.GraphOverview) -> BuildRequest:
    """How to build the graph that is open again: the same notes, encoder, packs, lexicons and language model.

    Raises:
        InputError: its notes are not on this machine.
    """
    source = Path(notes.info.source) if notes.info.source else None
    if source is None or not source.is_dir():
        raise InputError(f"The notes of this graph are not on this machine ({notes.info.source or 'no folder known'}).")
    used = notes.info.settings
    choice = LexiconChoice.from_settings(used)
    target = notes.target.address
    if isinstance(target, FileAddress):
        target = replace(target, path=target.path.resolve())
    return BuildRequest(
        source,
        target,
        encoder=used.get("encoder", "static"),
        packs=choice.packs,
        lexicons=tuple(Path(file) for file in choice.files),
        language_model=tuple(shlex.split(used.get(LANGUAGE_MODEL_AT, ""))),
    )


def _ended(status: BuildStatus, lang: str) -> None:
    if status.record is not None:
        with st.container(border=True):
            report_panel(status.record, lang=lang, key="home.report")
            with st.container(horizontal=True):
                if st.button(say("home_open_map", lang), key="home.map", type="primary"):
                    state.later({address.PAGE: "map"})
                if st.button(say("home_close", lang), key="home.close"):
                    dismiss()
                    st.rerun()
    else:
        ended_badly(status, lang)


def ended_badly(status: BuildStatus, lang: str) -> None:
    """Say why a build has made no graph."""
    if status.cancelled:
        st.info(say("home_cancelled", lang))
    else:
        st.error(f"{say('home_failed', lang)}  \n{plain_label(status.trouble)}")


@st.fragment(run_every=EVERY)
def running(lang: str, key: str) -> None:
    """The progress of the build that is running; the whole page is drawn anew where it ends."""
    job = last_build()
    if job is None or not job.status.running:
        st.rerun()
    elif progress_panel(job.status, lang=lang, key=key):
        job.cancel()
        st.rerun()


def _settle(job: BuildJob | None, settings: Settings) -> None:
    """Show the graph of a build that has ended, once."""
    if job is None or job.status.record is None or state.value(_SETTLED) is job:
        return
    state.put(_SETTLED, job)
    open_graph(job.status.request.target, settings)
    st.rerun()


def open_graph(graph: GraphAddress, settings: Settings) -> None:
    """Show a graph from now on, and put it at the head of the recent ones.

    Raises:
        StoreError: it cannot be opened; the one that is shown stays.
    """
    info = loading.notes(loading.GraphView(graph)).info
    current.choose(graph)
    recent.remember(settings.state, graph, info)


def _rebuild_offered(notes: loading.GraphOverview, lang: str) -> None:
    if not notes.info.source or not Path(notes.info.source).is_dir():
        return
    name = Path(notes.info.source).name
    with st.container(border=True, key="now"):
        words, button = st.columns([3, 1], vertical_alignment="center")
        words.markdown(f"{say('home_current', lang)}: **{plain_label(name)}**")
        words.caption(plain_label(say("home_rebuild_hint", lang, folder=notes.info.source)))
        if button.button(say("home_rebuild", lang), key="home.rebuild", width="stretch"):
            _start(rebuild_request(notes))


def _recent_shown(notes: loading.GraphOverview | None, settings: Settings, lang: str) -> None:
    graphs, trouble = recent.recent_graphs(settings.state)
    now = ""
    if notes is not None:
        here = notes.target.address
        now = str(here.path.resolve()) if isinstance(here, FileAddress) else replace(here, password=None).url
    pressed = recent_panel(graphs, trouble, current=now, lang=lang, key="home.recent")
    if pressed is None:
        return
    what, graph = pressed
    if what == "remove":
        recent.forget(settings.state, graph.graph)
        st.rerun()
    open_graph(graph_to_read(graph.graph, defaults=settings.graphs), settings)
    state.later({address.PAGE: "map"})
