"""The pieces of the home page: how to begin, what to build, how far a build is, what it found, and recent graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import streamlit as st

from ui.i18n import STRINGS, say
from ui.jobs import BuildStatus
from ui.pace import ALL_STAGES
from ui.reader import reader
from ui.reader.blocks import Element, details, dim, heading, para, row, strong
from ui.recent import RecentGraph
from ui.settings import TOKEN_LIMIT
from ui.uploads import MOST_BYTES, SUFFIXES, Upload
from ui.views.panels.asking import plain_label

How = Literal["files", "folder", "path"]
REASONS_SHOWN: Final = 200
"""Reasons why something was left out that are listed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks to build."""

    uploads: tuple[Upload, ...] | None
    """None where a path was typed."""
    folder: str
    """The folder that uploads go to, or that is built, as it was typed."""
    replace: bool
    store: str
    """Address of a Neo4j server; empty: the graph goes to a file."""
    graph: str
    user: str
    password: str
    model: str = ""
    """The language model that reads the notes as well; empty: none."""
    model_url: str = ""
    tokens: int = TOKEN_LIMIT
    """Tokens that it may take."""
    only_doubts: bool = False


def teaching_panel(*, lang: str, key: str, example: bool) -> bool:
    """Three sentences on what this is for, and the example; returns whether that was pressed."""
    with st.container(key="teach"):
        st.header(say("home_title", lang), anchor=False)
        for number in (1, 2, 3):
            st.markdown(say(f"home_teach_{number}", lang))
        if not example:
            return False
        pressed = st.button(say("home_example", lang), key=f"{key}.example", type="primary")
        st.caption(say("home_example_hint", lang))
        return bool(pressed)


def build_panel(*, home: str, store: str, model: tuple[str, str], key_set: bool, lang: str, key: str) -> Wanted | None:
    """The form; what it asks for once "Build" was pressed.

    Args:
        home: the folder that is proposed for dropped files.
        store: the address of a Neo4j server that is proposed.
        model: name and address of the language model that are proposed.
        key_set: whether the environment has a key for it.
        lang: of the page.
        key: names this place on the page.
    """
    st.subheader(say("home_build", lang), anchor=False)
    how: How = st.segmented_control(
        say("home_how", lang),
        ["files", "folder", "path"],
        default="files",
        format_func=lambda h: say(f"home_how.{h}", lang),
        key=f"{key}.how",
        required=True,
    )
    uploads: tuple[Upload, ...] | None = None
    replace = False
    if how == "path":
        folder = st.text_input(say("home_path", lang), key=f"{key}.path", placeholder=say("home_path_hint", lang))
    else:
        size = MOST_BYTES // 2**20
        found = st.file_uploader(
            say("home_drop", lang, size=size),
            type=[suffix.removeprefix(".") for suffix in SUFFIXES],
            accept_multiple_files="directory" if how == "folder" else True,
            max_upload_size=size,
            key=f"{key}.{how}",
        )
        uploads = tuple(Upload(file.name, file.getvalue()) for file in found or ())
        folder = st.text_input(say("home_keep", lang), value=home, key=f"{key}.keep", help=say("home_keep_hint", lang))
        replace = st.checkbox(say("home_replace", lang), key=f"{key}.replace")
    target = st.segmented_control(
        say("home_target", lang),
        ["file", "neo4j"],
        default="file",
        format_func=lambda t: say(f"home_target.{t}", lang),
        key=f"{key}.target",
        required=True,
    )
    url = graph = user = password = ""
    if target == "neo4j":
        url = st.text_input(say("home_neo4j_url", lang), value=store or "neo4j://localhost:7687", key=f"{key}.url")
        left, middle, right = st.columns(3)
        graph = left.text_input(say("home_neo4j_name", lang), key=f"{key}.name")
        user = middle.text_input(say("home_neo4j_user", lang), key=f"{key}.user")
        password = right.text_input(say("home_neo4j_password", lang), key=f"{key}.password", type="password")
    with st.expander(say("home_model", lang)):
        st.caption(say("home_model_hint" if key_set else "home_model_no_key", lang))
        left, right = st.columns(2)
        name = left.text_input(say("home_model_name", lang), key=f"{key}.model", placeholder=model[0])
        address = right.text_input(say("home_model_url", lang), value=model[1], key=f"{key}.model_url")
        left, right = st.columns(2, vertical_alignment="bottom")
        tokens = left.number_input(
            say("home_model_tokens", lang), min_value=0, value=TOKEN_LIMIT, step=100_000, key=f"{key}.tokens"
        )
        doubts = right.checkbox(say("home_model_doubts", lang), key=f"{key}.doubts")
    if not st.button(say("home_start", lang), key=f"{key}.start", type="primary"):
        return None
    return Wanted(
        uploads,
        folder,
        replace,
        url.strip(),
        graph.strip(),
        user.strip(),
        password,
        name.strip(),
        address.strip(),
        int(tokens),
        doubts,
    )


def progress_panel(status: BuildStatus, *, lang: str, key: str) -> bool:
    """How far a build is; returns whether "Cancel" was pressed."""
    folder = plain_label(str(status.request.folder))
    st.markdown(f"**{say('home_running', lang, folder=folder)}**")
    st.progress(status.share, text=stage_words(status, lang))
    return bool(st.button(say("home_cancel", lang), key=f"{key}.cancel"))


def stage_words(status: BuildStatus, lang: str) -> str:
    """The stage that a build is in, and which of how many it is."""
    key = f"stage.{status.stage}"
    stage = say(key, lang) if key in STRINGS else status.stage
    number = ALL_STAGES.index(status.stage) + 1 if status.stage in ALL_STAGES else 1
    if status.total > 1:
        return say(
            "home_stage_files", lang, stage=stage, done=status.done, all=status.total, n=number, total=len(ALL_STAGES)
        )
    return say("home_stage", lang, stage=stage, n=number, total=len(ALL_STAGES))


def report_panel(record: Mapping[str, Any], *, lang: str, key: str) -> None:
    """What a build found: counts, each file, and what is not in the graph and why."""
    seconds = f"{sum(record['seconds'].values()):.1f}"
    st.success(f"**{say('home_done', lang)}** — {say('home_done_counts', lang, **record['counts'], seconds=seconds)}")
    coverage = record["coverage"]
    names = {name: say(word, lang) for name, word in _COLUMNS.items()}
    rows = [{names[name]: file[name] for name in _COLUMNS} for file in coverage]
    with st.expander(say("home_report", lang), expanded=len(rows) <= 30):
        st.dataframe(rows, hide_index=True, height=min(38 + 35 * len(rows), 380), key=f"{key}.files")
    reader(left_out(record, lang), key=f"{key}.left_out")


_COLUMNS: Final = {"doc": "file", "lines": "home_lines", "concepts": "concepts", "relations": "relations"}


def left_out(record: Mapping[str, Any], lang: str) -> list[Element]:
    """What is not in the graph, whole files first, then by file."""
    skipped = [item for file in record["coverage"] for item in file["skipped"]]
    blocks: list[Element] = []
    for ending, number in record["not_read"].items():
        blocks.append(para(dim(say("home_not_read", lang, n=number, endings=ending))))
    if not skipped:
        return [*blocks, para(dim(say("home_all_read", lang)))]
    ordered = sorted(skipped, key=lambda item: (item["line"] != 0, item["doc"], item["line"]))
    rows = [
        row([strong(item["doc"]), dim(f" {item['line']}" if item["line"] else ""), f"  {item['reason']}"])
        for item in ordered[:REASONS_SHOWN]
    ]
    whole = sum(item["line"] == 0 for item in skipped)
    words = f"{say('home_left_out', lang)} ({say('home_left_out_n', lang, n=len(skipped))})"
    listed = [heading(words), *rows] if whole and len(rows) <= 6 else [details(words, *rows)]
    return [*blocks, *listed]


def recent_panel(
    graphs: Sequence[RecentGraph], trouble: str, *, current: str, lang: str, key: str
) -> tuple[Literal["open", "remove"], RecentGraph] | None:
    """The recent graphs; what was pressed."""
    st.subheader(say("home_recent", lang), anchor=False)
    if trouble:
        st.caption(plain_label(say("home_recent_trouble", lang, why=trouble)))
    if not graphs:
        st.caption(say("home_recent_none", lang))
    pressed: tuple[Literal["open", "remove"], RecentGraph] | None = None
    for number, graph in enumerate(graphs):
        with st.container(border=True, key=f"{key}-{number}", gap="small"):
            st.markdown(f"**{plain_label(Path(graph.source).name or graph.graph)}**")
            words = [say("home_recent_item", lang, documents=graph.documents, concepts=graph.concepts)]
            words += [graph.opened[:10]] + ([] if graph.there else [say("home_recent_gone", lang)])
            st.caption(plain_label(" · ".join(words)) + "  \n" + plain_label(graph.graph))
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                if graph.graph == current:
                    st.caption(say("home_current", lang))
                elif graph.there and st.button(say("home_open", lang), key=f"{key}.open.{number}"):
                    pressed = ("open", graph)
                if st.button(say("home_remove", lang), key=f"{key}.remove.{number}", type="tertiary"):
                    pressed = ("remove", graph)
    return pressed
