"""Options that several verbs of the command line share, and what they mean together."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from graph.stores.address import GraphAddress


class Lang(StrEnum):
    """Language of labels."""

    ZH = "zh"
    EN = "en"


class ProgressShown(StrEnum):
    """How a build shows its progress on stderr."""

    AUTO = "auto"
    """Bars in a terminal, else the names of the stages."""
    JSON = "json"
    """One JSON object a line."""
    NONE = "none"


class GraphFormat(StrEnum):
    """How a graph is written."""

    JSON = "json"
    GRAPHML = "graphml"
    GEXF = "gexf"
    CSV = "csv"
    NEO4J = "neo4j"
    OBSIDIAN = "obsidian"
    SKOS = "skos"
    MERMAID = "mermaid"
    DOT = "dot"


GraphOption = Annotated[
    str | None,
    typer.Option(
        "--graph",
        "-g",
        metavar="FILE|FOLDER|URL|NAME",
        help="The graph to read; with --store, its name.",
        show_default=False,
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="The Neo4j server (neo4j://HOST; default: $STUDYATLAS_STORE).",
        show_default=False,
    ),
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on standard output.")]
LangOption = Annotated[
    Lang | None, typer.Option("--lang", help="Language of labels (default: that of the notes).", show_default=False)
]
ConceptArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Name, alias or id of a concept, in any spelling.")
]
KnowOption = Annotated[
    list[str] | None,
    typer.Option("--know", "-k", metavar="NAME", help="A concept that you know (repeatable).", show_default=False),
]
ProgressOption = Annotated[
    Path | None,
    typer.Option(
        "--progress",
        metavar="FILE",
        help="What you know (default: .studyatlas/progress.json of the notes).",
        show_default=False,
    ),
]
UseProgressFlag = Annotated[bool, typer.Option(" /--no-progress", help="Ignore your progress; only --know counts.")]

BackgroundFlag = Annotated[
    bool,
    typer.Option(" /--no-background", help="Leave out what only general knowledge says, not your notes."),
]


def located(graph: str | None, store: str | None) -> GraphAddress:
    """The graph that --graph, --store and the environment mean together (:func:`graph.stores.address.existing_graph`).

    Raises:
        SettingsError: they do not go together.
        StoreError: there is no such graph.
    """
    import os

    from graph.stores.address import existing_graph
    from ui.settings import Settings

    return existing_graph(graph, store=store, defaults=Settings.from_environment(os.environ).graphs)
