"""The verb `graphs`: which graphs a Neo4j server has."""

from __future__ import annotations

import os

from ui.commands.servers import language, server
from ui.i18n import say
from ui.records import print_json
from ui.settings import Settings
from ui.terminal import console, rows, styled


def show_graphs(store: str | None, *, as_json: bool, lang: str | None) -> None:
    """List the graphs of a Neo4j database."""
    from graph.stores.neo4j.builds import graphs

    settings = Settings.from_environment(os.environ)
    with server(store, settings) as link:
        found, where = graphs(link), link.address.server
    if as_json:
        print_json(
            {
                "store": where,
                "graphs": [
                    {
                        "graph": name,
                        "build": info.build,
                        "source": info.source,
                        "counts": {
                            what: getattr(info, what)
                            for what in (
                                "documents",
                                "passages",
                                "concepts",
                                "relations",
                                "prerequisites",
                                "communities",
                            )
                        },
                    }
                    for name, info in found
                ],
            }
        )
        return
    chosen = language(lang, settings)
    if not found:
        console().print(styled(say("no_graphs", chosen, where=where)))
        return
    header = [say(key, chosen) for key in ("graph", "documents", "concepts", "relations", "notes_folder")]
    body = [[name, str(i.documents), str(i.concepts), str(i.relations), i.source] for name, i in found]
    console().print(rows(header, body, right=[1, 2, 3]))
