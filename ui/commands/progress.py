"""The verb `progress`: what the learner knows, and how much of the notes that is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from graph.model import Community
from graph.stores.address import GraphAddress
from ui.commands.common import Opened, opened
from ui.i18n import say
from ui.progress import Entry, Progress, change_progress, progress_path, read_progress
from ui.records import Record, print_json
from ui.terminal import heading, show, styled

if TYPE_CHECKING:
    from rich.text import Text

BAR: Final = 20
"""Characters of a bar."""


def show_progress(
    graph: GraphAddress,
    *,
    know: tuple[str, ...],
    forget: tuple[str, ...],
    progress: Path | None,
    as_json: bool,
    lang: str | None,
) -> None:
    """Mark concepts as known or not known any more, where any are given, and show what is known.

    Raises:
        ProgressError: the file cannot be read, understood or written; it is as it was.
    """
    with opened(graph, lang=lang) as here:
        path = progress_path(here.address, here.store.info().source, given=progress)
        found = (
            change_progress(path, here.store, know=know, forget=forget)
            if know or forget
            else read_progress(path, here.store)
        )
        implied = found.implied(here.store)
        themes = here.store.communities(0)
        if as_json:
            print_json(progress_record(found, implied, themes, total=here.store.info().concepts))
        else:
            show(_lines(found, implied, themes, here))


def progress_record(found: Progress, implied: frozenset[str], themes: list[Community], *, total: int) -> Record:
    """See :mod:`ui.records`."""
    known = {*found.marked, *implied}
    return {
        "file": str(found.path),
        "known": [{"id": c.id, "name": c.name, "since": e.since, "marked_as": e.name} for e, c in found.known],
        "implied": sorted(implied),
        "unknown": [{"id": e.id, "name": e.name, "aliases": list(e.aliases), "since": e.since} for e in found.unknown],
        "concepts": total,
        "themes": [
            {"id": t.id, "title": t.title, "known": len(known.intersection(t.members)), "concepts": len(t.members)}
            for t in themes
        ],
    }


def _lines(found: Progress, implied: frozenset[str], themes: list[Community], here: Opened) -> Iterator[Text]:
    lang, known = here.lang, {*found.marked, *implied}
    counts = say(
        "progress_counts",
        lang,
        known=len(known),
        total=here.store.info().concepts,
        marked=len(found.marked),
        implied=len(implied),
    )
    yield heading(say("progress", lang)) + styled("  ", counts)
    yield styled((str(found.path), "dim"))
    begun = [t for t in themes if known.intersection(t.members)]
    if begun:
        yield heading(say("progress_themes", lang))
    for theme in begun:
        share = len(known.intersection(theme.members)) / len(theme.members)
        full = round(share * BAR) or 1
        yield styled("  ", ("█" * full, "green"), ("░" * (BAR - full), "dim"), f" {share:4.0%}  ", theme.title)
    if not found.known:
        yield styled((say("progress_none", lang), "dim"))
    else:
        yield heading(say("progress_marked", lang))
    for entry, concept in found.known:
        renamed = f"  {say('progress_renamed', lang, name=entry.name)}" if entry.name != concept.name else ""
        yield styled("  ", (concept.name, "bold"), (f"  {_day(entry)}{renamed}", "dim"))
    if found.unknown:
        yield heading(say("progress_unknown", lang))
    for entry in found.unknown:
        yield styled("  ", entry.name, (f"  {_day(entry)}", "dim"))


def _day(entry: Entry) -> str:
    return entry.since[:10]
