"""The verb `demo`: the example notes as a graph, in the app."""

from __future__ import annotations

import os
from pathlib import Path

from graph.stores.address import FileAddress
from ui.commands.app import serve
from ui.commands.build import build_graph
from ui.example import copy_example
from ui.settings import Settings


def run_demo(folder: Path | None, *, port: int | None, browser: bool, opens: bool, lang: str | None) -> int:
    """Copy the example notes to ``folder``, build their graph there and serve the pages until they are stopped.

    Args:
        folder: None: ``example`` in the user's folder for state, where the home page puts it too.
        port: of the pages; None: a free one.
        browser: whether to open a browser window.
        opens: whether to serve the pages at all; without, only the graph is built.
        lang: ``zh`` or ``en``; None: the language of the notes.

    Returns:
        The exit code.

    Raises:
        InputError: the notes cannot be copied, or the port is taken.
    """
    state = Settings.from_environment(os.environ).state
    notes = copy_example(state / "example" if folder is None else folder)
    graph = notes / ".studyatlas" / "graph.db"
    build_graph(
        notes,
        output=graph,
        store=None,
        graph=None,
        workers=None,
        embedder="static",
        lexicon=True,
        lexicons=(),
        as_json=False,
        lang=lang,
    )
    return serve(FileAddress(graph), port=port, browser=browser, lang=lang) if opens else 0
