"""What the result of extracting a note depends on besides the note: the code, the trained models, the libraries."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path
from types import MappingProxyType
from typing import Final

import graph.errors

SAME: Final = frozenset(
    ["filelock", "genanki", "neo4j", "rich", "streamlit", "threadpoolctl", "typer", "typing-extensions"]
)
"""Libraries that no extraction uses."""
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


@cache
def extractor_versions() -> Mapping[str, str]:
    """Name → version of everything that the result of an extraction depends on, the same in all its processes.

    ``files`` is a checksum of the code, the word lists and the trained models of the two packages that extract. It
    takes about 50 ms, once for each process.
    """
    found = {
        "Python": ".".join(map(str, sys.version_info[:2])),
        "studyatlas": version("studyatlas"),
        "files": _checksum(Path(__file__).resolve().parents[1], Path(graph.errors.__file__).resolve().parent),
    }
    for name in _libraries():
        found[name] = version(name)
    return MappingProxyType(found)


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """What differs between two such sets, as ``numpy 2.1 (here 2.4)``; empty where nothing does."""
    names = dict.fromkeys([*here, *there])
    shown = {"files": "other code or models"}
    return [
        shown.get(name, f"{name} {there.get(name, 'missing')} (here {here.get(name, 'missing')})")
        for name in names
        if here.get(name) != there.get(name)
    ]


def _libraries() -> Iterator[str]:
    """The libraries that studyatlas needs in any installation, without those of :data:`SAME`."""
    for requirement in sorted(requires("studyatlas") or ()):
        match = _NAME.match(requirement)
        if match and "extra ==" not in requirement and match[0] not in SAME:
            yield match[0]


def _checksum(*folders: Path) -> str:
    """Of names and contents of all files in the packages ``folders``; what Python compiles aside."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file() and "__pycache__" not in path.parts:
                name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
                digest.update(f"{name}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()
