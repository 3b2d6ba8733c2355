"""What the environment says, read once at start and handed on as a value. Nothing else in studyatlas reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from graph.errors import SettingsError, StoreError
from graph.stores.neo4j.address import Neo4jAddress, is_neo4j

GRAPH_VARIABLE: Final = "STUDYATLAS_GRAPH"
STORE_VARIABLE: Final = "STUDYATLAS_STORE"
LANG_VARIABLE: Final = "STUDYATLAS_LANG"
USER_VARIABLE: Final = "STUDYATLAS_NEO4J_USER"
PASSWORD_VARIABLE: Final = "STUDYATLAS_NEO4J_PASSWORD"  # noqa: S105 the name of a variable
DATABASE_VARIABLE: Final = "STUDYATLAS_NEO4J_DATABASE"
DEFAULT_PLACES: Final = (Path(".studyatlas") / "graph.db", Path("graph.db"))
"""Where a graph is looked for in the current folder when none is named, in this order."""
LANGS: Final = ("zh", "en")


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """What was set outside of the command line."""

    graph: str | None = None
    """File, folder or URL of the graph; None: look in the current folder."""
    lang: str | None = None
    """``zh`` or ``en``; None: the language of the notes."""
    store: str | None = None
    """URL of a Neo4j server in which graphs are looked for by name; None: graphs are files."""
    user: str | None = None
    password: str | None = None
    database: str | None = None
    """For URLs of Neo4j that do not say them."""

    def __repr__(self) -> str:
        """As text for logs and bug reports, with all passwords masked."""
        graph, store = (None if url is None else masked(url) for url in (self.graph, self.store))
        password = None if self.password is None else "***"
        return (
            f"Settings(graph={graph!r}, lang={self.lang!r}, store={store!r}, user={self.user!r}, password={password!r},"
            f" database={self.database!r})"
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables that are named above; empty values count as not set.

        Raises:
            SettingsError: a language other than zh and en.
        """
        return cls(
            graph=environment.get(GRAPH_VARIABLE) or None,
            lang=checked_lang(environment.get(LANG_VARIABLE) or None, said_by=LANG_VARIABLE),
            store=environment.get(STORE_VARIABLE) or None,
            user=environment.get(USER_VARIABLE) or None,
            password=environment.get(PASSWORD_VARIABLE) or None,
            database=environment.get(DATABASE_VARIABLE) or None,
        )


def checked_lang(lang: str | None, *, said_by: str) -> str | None:
    """``lang`` itself if it is ``zh``, ``en`` or None.

    Raises:
        SettingsError: it is anything else.
    """
    if lang is None or lang in LANGS:
        return lang
    raise SettingsError(f"{said_by} is {lang!r}; it can be zh or en.")


def is_url(target: str) -> bool:
    """Whether ``target`` names a server (``neo4j://…``, ``bolt+s://…``), not a file."""
    return "://" in target


def masked(target: str) -> str:
    """``target`` with the password of its URL, if it has one, replaced by ``***``."""
    if not is_url(target):
        return target
    parts = urlsplit(target)
    if "@" not in parts.netloc:
        return target
    user, _, _ = parts.netloc.rpartition("@")[0].partition(":")
    return urlunsplit(parts._replace(netloc=f"{user}:***@{parts.netloc.rpartition('@')[2]}"))


def graph_in(store: str | None, graph: str | None) -> str | None:
    """What ``--store`` and ``--graph`` mean together: a graph in Neo4j by its name, or ``graph`` itself where no store was given.

    Raises:
        SettingsError: the store is no address of Neo4j, or both say which graph.
    """
    if store is None:
        return graph
    if not is_neo4j(store):
        raise SettingsError(
            f"{masked(store)!r} is no address of Neo4j (neo4j://HOST). For a graph in a file give just --graph FILE."
        )
    if graph is None:
        return store
    if is_url(graph):
        raise SettingsError("Both --store and --graph are addresses; with --store, --graph is the name of a graph.")
    address = Neo4jAddress.parse(store)
    if address.graph not in (None, graph):
        raise SettingsError(f"The address of the store names the graph {address.graph!r}, and --graph names {graph!r}.")
    return address.completed(graph=graph).url


def with_login(target: str, settings: Settings) -> str:
    """``target`` with the user, password and database of the settings, where it is an address of Neo4j and leaves them open."""
    if not is_neo4j(target) or (settings.user, settings.password, settings.database) == (None, None, None):
        return target
    return (
        Neo4jAddress.parse(target)
        .completed(user=settings.user, password=settings.password, database=settings.database)
        .url
    )


def graph_target(given: str | None, settings: Settings, *, here: Path) -> str:
    """Which graph is meant: the one that was given, else the setting's, else the one of the folder ``here``.

    A folder stands for the graph that ``build`` put into it. Where the settings name a store, what is neither an address nor a file
    is the name of a graph there.

    Returns:
        A URL, with the login of the settings, or the path of an existing file.

    Raises:
        StoreError: there is no such file; the message says what was tried and how to build one.
        SettingsError: the settings' store is no address of Neo4j.
    """
    target = given or settings.graph
    if settings.store is not None and (target is None or not (is_url(target) or Path(target).exists())):
        target = graph_in(settings.store, target)
    if target is not None and is_url(target):
        return with_login(target, settings)
    places = [here / place for place in DEFAULT_PLACES] if target is None else _files(Path(target))
    for place in places:
        if place.is_file():
            return str(place)
    tried = ", ".join(str(place) for place in places)
    raise StoreError(f"No graph at {tried}. Build one with: studyatlas build FOLDER")


def _files(target: Path) -> list[Path]:
    """The files that ``target`` may stand for: itself, or the graph inside of it where it is a folder."""
    return [target / place for place in DEFAULT_PLACES] if target.is_dir() else [target]
