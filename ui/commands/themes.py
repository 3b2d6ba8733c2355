"""The verb `themes`: the themes of the notes with their summaries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graph.model import Community
from graph.stores.address import GraphAddress
from queries.explore import names_of
from ui.commands.common import Opened, opened
from ui.i18n import say
from ui.records import community_record, print_json
from ui.terminal import place, show, styled

if TYPE_CHECKING:
    from rich.text import Text


def show_themes(
    graph: GraphAddress, *, level: int | None, as_json: bool, lang: str | None, background: bool = True
) -> None:
    """Show the themes with their summaries."""
    with opened(graph, lang=lang, background=background) as here:
        themes = here.store.communities(level)
        if as_json:
            print_json({"level": level, "communities": [community_record(c) for c in themes]})
        elif themes:
            show(line for theme in themes for line in _theme(theme, here))
        else:
            show([styled(say("no_themes", here.lang))])


def _theme(theme: Community, here: Opened) -> Iterator[Text]:
    indent = "  " * theme.level
    names = names_of(here.store, theme.members)
    yield styled(
        indent,
        (theme.title, "bold green"),
        (f"  {theme.id} · {say('n_concepts', here.lang, n=len(theme.members))}", "dim"),
    )
    if theme.summary:
        yield styled(indent, "  ", theme.summary)
    for number, evidence in enumerate(theme.evidence, start=1):
        yield styled(indent, "  ", (f"[{number}] {place(evidence)}", "cyan"))
    yield styled(indent, "  ", (" · ".join(names[i] for i in theme.members), "dim"))
