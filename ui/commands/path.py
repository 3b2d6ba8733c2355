"""The verb `path`: how two concepts are connected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graph.stores.address import GraphAddress
from queries.explore import Connection, find_paths
from ui import verbs
from ui.commands.common import opened
from ui.commands.concept import relation_lines
from ui.i18n import say
from ui.records import print_json
from ui.terminal import heading, show, styled

if TYPE_CHECKING:
    from rich.text import Text


def show_path(
    start: str,
    end: str,
    graph: GraphAddress,
    *,
    max_hops: int,
    limit: int,
    as_json: bool,
    lang: str | None,
    background: bool = True,
) -> None:
    """Show how two concepts are connected.

    Raises:
        NoPath: they are not, within ``max_hops``.
    """
    with opened(graph, lang=lang, background=background) as here:
        if as_json:
            print_json(verbs.paths(here.store, start, end, max_hops=max_hops, limit=limit))
        else:
            found = find_paths(here.store, start, end, max_hops=max_hops, limit=limit)
            show(line for number, c in enumerate(found, start=1) for line in _connection(number, c, here.lang))


def _connection(number: int, connection: Connection, lang: str) -> Iterator[Text]:
    hops = connection.path.hops
    if not hops:
        yield styled(say("same_concept", lang))
        return
    names = dict(zip(connection.path.concepts, connection.names, strict=True))
    yield heading(say("one_hop" if hops == 1 else "hops", lang, n=number, hops=hops)) + styled(
        "  " + " → ".join(connection.names)
    )
    for relation in connection.path.relations:
        yield from relation_lines(relation, names, lang)
