"""What the environment says, read once at start and handed on as a value. Nothing else in studyatlas reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from graph.errors import SettingsError, StoreError

GRAPH_VARIABLE: Final = "STUDYATLAS_GRAPH"
LANG_VARIABLE: Final = "STUDYATLAS_LANG"
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

    def __repr__(self) -> str:
        """As text for logs and bug reports, with any password in the graph's URL masked."""
        shown = None if self.graph is None else masked(self.graph)
        return f"Settings(graph={shown!r}, lang={self.lang!r})"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read ``STUDYATLAS_GRAPH`` and ``STUDYATLAS_LANG``; empty values count as not set.

        Raises:
            SettingsError: a language other than zh and en.
        """
        return cls(
            graph=environment.get(GRAPH_VARIABLE) or None,
            lang=checked_lang(environment.get(LANG_VARIABLE) or None, said_by=LANG_VARIABLE),
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


def graph_target(given: str | None, settings: Settings, *, here: Path) -> str:
    """Which graph is meant: the one that was given, else the setting's, else the one of the folder ``here``.

    A folder stands for the graph that ``build`` put into it.

    Returns:
        A URL as it was given, or the path of an existing file.

    Raises:
        StoreError: there is no such file; the message says what was tried and how to build one.
    """
    target = given or settings.graph
    if target is not None and is_url(target):
        return target
    places = [here / place for place in DEFAULT_PLACES] if target is None else _files(Path(target))
    for place in places:
        if place.is_file():
            return str(place)
    tried = ", ".join(str(place) for place in places)
    raise StoreError(f"No graph at {tried}. Build one with: studyatlas build FOLDER")


def _files(target: Path) -> list[Path]:
    """The files that ``target`` may stand for: itself, or the graph inside of it where it is a folder."""
    return [target / place for place in DEFAULT_PLACES] if target.is_dir() else [target]
