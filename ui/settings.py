"""What the environment says, read once at start and handed on as a value.

Nothing else in studyatlas reads the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graph.errors import SettingsError
from graph.stores.address import NO_DEFAULTS, GraphDefaults

GRAPH_VARIABLE: Final = "STUDYATLAS_GRAPH"
STORE_VARIABLE: Final = "STUDYATLAS_STORE"
LANG_VARIABLE: Final = "STUDYATLAS_LANG"
USER_VARIABLE: Final = "STUDYATLAS_NEO4J_USER"
PASSWORD_VARIABLE: Final = "STUDYATLAS_NEO4J_PASSWORD"  # noqa: S105 the name of a variable
DATABASE_VARIABLE: Final = "STUDYATLAS_NEO4J_DATABASE"
STATE_VARIABLE: Final = "XDG_STATE_HOME"
LANGS: Final = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Settings:
    """What was set outside of the command line. As text it never shows a password."""

    graphs: GraphDefaults = NO_DEFAULTS
    """Which graph is meant where none is given (:mod:`graph.stores.address`)."""
    lang: str | None = None
    """``zh`` or ``en``; None: the language of the notes."""
    state: Path = Path("~/.local/state/studyatlas")
    """Where the pages keep what belongs to no graph: which were opened last, and the example."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables that are named above; empty values count as not set.

        Raises:
            SettingsError: a language other than zh and en.
        """
        return cls(
            graphs=GraphDefaults(
                graph=environment.get(GRAPH_VARIABLE) or None,
                store=environment.get(STORE_VARIABLE) or None,
                user=environment.get(USER_VARIABLE) or None,
                password=environment.get(PASSWORD_VARIABLE) or None,
                database=environment.get(DATABASE_VARIABLE) or None,
            ),
            lang=checked_lang(environment.get(LANG_VARIABLE) or None, said_by=LANG_VARIABLE),
            state=_state_folder(environment.get(STATE_VARIABLE) or ""),
        )


def _state_folder(given: str) -> Path:
    """The folder of the XDG base directory specification; a path that is not absolute is ignored, as it asks."""
    base = Path(given) if given and Path(given).is_absolute() else Path("~/.local/state")
    return base / "studyatlas"


def checked_lang(lang: str | None, *, said_by: str) -> str | None:
    """``lang`` itself if it is ``zh``, ``en`` or None.

    Raises:
        SettingsError: it is anything else.
    """
    if lang is None or lang in LANGS:
        return lang
    raise SettingsError(f"{said_by} is {lang!r}; it can be zh or en.")
