"""The verb `info`: what a graph was built from and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graph.model import GraphInfo
from graph.stores.address import GraphAddress
from ui.commands.build import not_read_lines
from ui.commands.common import Opened, opened
from ui.i18n import say
from ui.records import info_record, print_json
from ui.terminal import console, rows, show, styled

if TYPE_CHECKING:
    from rich.text import Text


def show_info(graph: GraphAddress, *, check: bool, as_json: bool, lang: str | None, background: bool = True) -> None:
    """Say what the graph contains; with ``check`` only after all of it was read and found to be what was built.

    Raises:
        StoreError: there is no graph, or it is damaged.
    """
    with opened(graph, lang=lang, background=background) as here:
        if check:
            here.store.check()
        info, documents = here.store.info(), here.store.documents()
        if as_json:
            print_json(info_record(info, graph=graph.shown, documents=documents, skipped=here.store.skipped()))
            return
        out = console()
        if check:
            out.print(styled(say("graph_whole", here.lang)))
        show(_facts(here, info), to=out)
        show(not_read_lines(info.settings, here.lang), to=out)
        header = [say("file", here.lang), say("n_lines", here.lang)]
        out.print(rows(header, ([d.id, str(d.lines)] for d in documents), right=[1]))


def _facts(here: Opened, info: GraphInfo) -> Iterator[Text]:
    counts = ("documents", "passages", "concepts", "relations", "prerequisites", "communities")
    facts = [("graph", here.address.shown), ("notes_folder", info.source), ("build", info.build)]
    facts += [(name, str(getattr(info, name))) for name in counts]
    facts += [
        ("setting", f"{key}={value}") for key, value in sorted(info.settings.items()) if not key.startswith("not_read")
    ]
    for key, value in facts:
        yield styled((say(key, here.lang) + "  ", "bold"), value)
