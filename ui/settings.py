"""What the environment and the settings file say, read once at start and handed on as values.

Nothing else in studyatlas reads the environment. The settings file (``$STUDYATLAS_SETTINGS``, else
``~/.config/studyatlas/settings.toml``) may have a part about the language model::

    [llm]
    model = "qwen3:14b"
    base_url = "http://127.0.0.1:11434/v1"
    context = 32768                 # tokens
    prices = [0.27, 1.10]           # money per million tokens of questions, of answers

The key never is in it: it is in the environment, ``STUDYATLAS_LLM_KEY``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
TOKEN_LIMIT: Final = 300_000
"""Tokens of a language model above which a person is asked first."""
FILE_VARIABLE: Final = "STUDYATLAS_SETTINGS"
KEY_VARIABLE: Final = "STUDYATLAS_LLM_KEY"
API_TOKEN_VARIABLE: Final = "STUDYATLAS_API_TOKEN"  # noqa: S105 the name of a variable
OPENAI_KEY_VARIABLE: Final = "OPENAI_API_KEY"
"""Used for OpenAI's own address only, so that no other server is ever sent it."""
OPENAI_HOST: Final = "api.openai.com"
PLACE: Final = Path("studyatlas") / "settings.toml"
"""Of the settings file in the folder where programs keep their settings."""


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


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What the command line says about the language model."""

    model: str | None = None
    base_url: str | None = None
    context: int | None = None
    prices: str | None = None
    """``QUESTIONS,ANSWERS``: money per million tokens."""
    limit: int = TOKEN_LIMIT
    yes: bool = False
    requests: Path | None = None
    """Where to write the requests instead of asking."""
    responses: Path | None = None
    """Where the answers are."""
    check: bool = False
    """Whether it is only asked about what is doubtful."""

    @property
    def recorded(self) -> bool:
        """Whether files are used instead of a server."""
        return self.requests is not None or self.responses is not None


NO_MODEL: Final = ModelOptions()


@dataclass(frozen=True, slots=True)
class LanguageModelSettings:
    """What is said about the language model outside of the command line. As text it never shows a key."""

    model: str | None = None
    base_url: str | None = None
    context: int | None = None
    prices: tuple[float, float] | None = None
    """Money per million tokens of questions and of answers."""
    key: str = field(default="", repr=False)
    openai_key: str = field(default="", repr=False)

    def key_for(self, host: str | None) -> str:
        """The key that the server ``host`` is sent; empty for none."""
        return self.key or (self.openai_key if host == OPENAI_HOST else "")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> LanguageModelSettings:
        """Read the settings file and the keys.

        Raises:
            SettingsError: the file cannot be read, or says something else than it can.
        """
        found = cls(key=environment.get(KEY_VARIABLE, ""), openai_key=environment.get(OPENAI_KEY_VARIABLE, ""))
        named = environment.get(FILE_VARIABLE)
        home = environment.get("XDG_CONFIG_HOME") or environment.get("APPDATA")
        folder = Path(home) if home else Path(environment.get("HOME", "~")).expanduser() / ".config"
        path = Path(named) if named else folder / PLACE
        if not named and not path.is_file():
            return found
        try:
            record = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"The settings file {path} cannot be read: {error.strerror or error}.") from error
        except ValueError as error:  # not UTF-8, or not TOML
            raise SettingsError(f"{path} is not a TOML file: {error}.") from error
        said = record.get("llm", {})
        if not isinstance(said, dict):
            raise SettingsError(f"{path}: llm has to be a part of its own, [llm].")
        return _with_file(found, said, path)


def _with_file(found: LanguageModelSettings, said: Mapping[str, object], path: Path) -> LanguageModelSettings:
    """``found`` with the part ``[llm]`` of the settings file.

    Raises:
        SettingsError: it has a key that is not known, or a value of another type.
    """
    if "key" in said or "api_key" in said:
        raise SettingsError(f"{path}: keys do not belong into a file. Remove it, and set {KEY_VARIABLE} instead.")
    for name, value in said.items():
        match name, value:
            case "model", str():
                found = replace(found, model=value)
            case "base_url", str():
                found = replace(found, base_url=value)
            case "context", int() if not isinstance(value, bool):
                found = replace(found, context=value)
            case "prices", [int() | float() as questions, int() | float() as answers] if min(questions, answers) >= 0:
                found = replace(found, prices=(float(questions), float(answers)))
            case _ if name in _MODEL_SETTINGS:
                raise SettingsError(f"{path}: {name} in [llm] has to be {_MODEL_SETTINGS[name]}.")
            case _:
                raise SettingsError(f"{path}: [llm] has no setting {name!r}. It can have {', '.join(_MODEL_SETTINGS)}.")
    return found


_MODEL_SETTINGS: Final = {
    "model": "text",
    "base_url": "text",
    "context": "a number of tokens",
    "prices": "two numbers, money per million tokens of questions and of answers",
}


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
