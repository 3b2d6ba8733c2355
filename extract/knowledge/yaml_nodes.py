"""YAML that people write, read node by node, so that each complaint names the line it is about.

``yaml.compose`` keeps line numbers and, with a base loader, leaves every scalar a string: a term ``NO`` or ``1e5`` is
not a value. All functions raise :class:`graph.errors.SettingsError` with ``FILE:LINE`` where the file is not of the
form that is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from graph.errors import SettingsError
from graph.text.nearest import did_you_mean

_Loader: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_text(path: Path, what: str) -> str:
    """The text of a UTF-8 file; ``what`` says in a message what sort of file it is."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"The {what} {path} cannot be read: {e}.") from e


def compose(text: str, path: Path, first_line: int = 1) -> yaml.Node | None:
    """The root node of ``text``, which begins on ``first_line`` of the file.

    None where there is nothing but comments.
    """
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as e:
        line = first_line + (e.problem_mark.line if e.problem_mark else 0)
        raise SettingsError(f"{path}:{line}: not YAML: {e.problem or e.context}.") from e
    except yaml.YAMLError as e:
        raise SettingsError(f"{path}: not YAML: {e}.") from e
    except RecursionError as e:
        raise SettingsError(f"{path}: not YAML that can be read: it is nested too deeply.") from e
    return node


def line_of(node: yaml.Node, first_line: int = 1) -> int:
    """1-based line of the file on which ``node`` begins."""
    return int(node.start_mark.line) + first_line


def fields(node: yaml.Node, known: Sequence[str], path: Path, first_line: int = 1) -> dict[str, yaml.Node]:
    """The values of a mapping whose keys must be among ``known``, each at most once."""
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{path}:{line_of(node, first_line)}: expected a mapping with the keys {', '.join(known)}.")
    found: dict[str, yaml.Node] = {}
    for key_node, value in node.value:
        key, line = key_node.value, line_of(key_node, first_line)
        if key not in known:
            raise SettingsError(
                f"{path}:{line}: unknown key {key!r}.{did_you_mean(str(key), known)} Keys: {', '.join(known)}."
            )
        if key in found:
            raise SettingsError(f"{path}:{line}: {key!r} is given twice.")
        found[key] = value
    return found


def items(node: yaml.Node | None, key: str, path: Path, first_line: int = 1) -> list[yaml.Node]:
    """The items of the list that ``key`` contains."""
    if not isinstance(node, yaml.SequenceNode):
        where = f"{path}:{line_of(node, first_line)}" if node is not None else str(path)
        raise SettingsError(f"{where}: {key!r} should be a list.")
    return list(node.value)


def scalars(node: yaml.Node, key: str, path: Path, first_line: int = 1) -> list[tuple[str, int]]:
    """The (text, line) of each item of a list of names."""
    return [
        (scalar(item, key, path, first_line), line_of(item, first_line)) for item in items(node, key, path, first_line)
    ]


def scalar(node: yaml.Node, key: str, path: Path, first_line: int = 1) -> str:
    """The name that appears at ``node``, without white space around it; it may not be empty."""
    if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
        raise SettingsError(f"{path}:{line_of(node, first_line)}: {key!r} contains something that is not a name.")
    return str(node.value).strip()
