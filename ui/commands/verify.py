"""The verb `verify`: every quote of the graph is looked for in the files as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from extract.verification import verify_notes
from graph.stores.address import GraphAddress
from graph.verification import Verification
from ui.commands.common import opened
from ui.i18n import say
from ui.places import place_text, speaking_of
from ui.records import Record, print_json
from ui.terminal import show, styled

if TYPE_CHECKING:
    from rich.text import Text

FALSE_QUOTES: Final = 5
"""Exit code where a quote does not is on its line."""


def verify_graph(graph: GraphAddress, *, folder: Path | None, as_json: bool, lang: str | None) -> None:
    """Check the graph against its notes.

    Raises:
        InputError: the folder of the notes is unknown or not there.
        typer.Exit: a quote does not is on its line.
    """
    with opened(graph, lang=lang) as here:
        snapshot, chosen = here.store.snapshot(), here.lang
    report = verify_notes(snapshot, folder)
    notes = folder or Path(snapshot.source)
    if as_json:
        print_json(_record(report, notes))
    else:
        with speaking_of(snapshot.documents, chosen):
            show(_lines(report, notes, chosen))
    if not report.holds:
        raise typer.Exit(FALSE_QUOTES)


def _record(report: Verification, notes: Path) -> Record:
    return {
        "notes": str(notes),
        "checked": report.checked,
        "holds": report.holds,
        "false": [{"doc": q.doc, "line": q.line, "quote": q.text, "said_by": q.said_by} for q in report.false],
        "changed": list(report.changed),
        "missing": list(report.missing),
    }


def _lines(report: Verification, notes: Path, lang: str) -> Iterator[Text]:
    for key, documents in (("changed", report.changed), ("missing", report.missing)):
        for doc in documents:
            yield styled((doc, "cyan"), f"  {say(key, lang)}")
    if report.holds:
        yield styled((say("verified", lang, n=report.checked), "bold green"))
    else:
        yield styled((say("not_verified", lang, n=report.checked, bad=len(report.false)), "bold red"))
        for quote in report.false:
            yield styled(
                "  ",
                (place_text(quote.doc, quote.line), "cyan"),
                "  ",
                (f"“{quote.text}”", "italic"),
                (f"  {quote.said_by}", "dim"),
            )
    if report.changed or report.missing:
        yield styled(say("rebuild", lang, folder=notes))
