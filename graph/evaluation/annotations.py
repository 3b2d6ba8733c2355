"""Annotations of notes by careful readers, as docs/gold.md describes them: one folder for each annotated piece.

A folder contains ``meta.json`` (``{"doc": FILE NAME, "lines": [FIRST, LAST]}``) and ``concepts.jsonl``;
``relations.jsonl`` and ``prerequisites.jsonl`` where there are any. All errors are :class:`graph.errors.InputError` and
name the file and line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graph.errors import InputError
from graph.model import RelationType
from graph.text.json_text import parsed_json
from graph.text.nearest import did_you_mean

META: Final = "meta.json"
WEIGHTS: Final = ("core", "normal", "minor")
"""How central an annotated concept is, most central first."""
_RELATIONS: Final = tuple(r.value for r in RelationType)


@dataclass(frozen=True, slots=True)
class Annotated:
    """A concept that a reader marked."""

    name: str
    aliases: tuple[str, ...]
    weight: str
    """One of :data:`WEIGHTS`."""
    type: str = ""
    """What the annotation calls its kind, usually a :class:`graph.model.ConceptKind`; empty where it says none."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class AnnotatedRelation:
    """A statement about two concepts that a reader marked."""

    head: str
    type: RelationType
    tail: str
    line: int | None = None
    """1-based line that states it; None where the annotation says none."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """What a reader marked in one piece of a document."""

    folder: str
    """Where it was read from."""
    doc: str
    """File name of the document."""
    first: int
    """First and last annotated line, 1-based."""
    last: int
    concepts: tuple[Annotated, ...]
    relations: tuple[AnnotatedRelation, ...]
    prerequisites: tuple[tuple[str, str], ...]
    """(before, after), by name."""


def gold_folders(places: Iterable[Path]) -> list[Path]:
    """The folders of annotations that ``places`` mean.

    Each place that is one, or else all that lie right in it, by name.

    Raises:
        InputError: a place is not a folder of annotations and contains none.
    """
    found = []
    for place in places:
        inside = [place] if (place / META).is_file() else sorted(path.parent for path in place.glob(f"*/{META}"))
        if not inside:
            problem = (
                f"There is no folder {place}"
                if not place.is_dir()
                else f"{place} contains no {META}, nor does any folder in it"
            )
            raise InputError(f"{problem}. docs/gold.md says how to annotate notes.")
        found += inside
    return found


def read_gold(folder: Path) -> Annotations:
    """The annotations in ``folder``.

    Raises:
        InputError: a file is missing, cannot be read, is not of its form, or contains nothing.
    """
    meta_file = folder / META
    meta = _object(_text(meta_file), meta_file, 1)
    doc = _name(meta, "doc", f"{meta_file}")
    lines = meta.get("lines")
    if not (
        isinstance(lines, list) and len(lines) == 2 and all(type(n) is int for n in lines) and 1 <= lines[0] <= lines[1]
    ):
        raise InputError(
            f"{meta_file}: 'lines' should be [FIRST, LAST], two line numbers from 1 on; it is {json.dumps(lines)}."
        )
    concepts = tuple(_concept(record, where) for record, where in _records(folder / "concepts.jsonl"))
    if not concepts:
        raise InputError(f"{folder / 'concepts.jsonl'} contains no concept, so there is nothing to compare with.")
    relations = tuple(_relation(r, where) for r, where in _records(folder / "relations.jsonl", optional=True))
    edges = tuple(
        (_name(r, "before", where), _name(r, "after", where))
        for r, where in _records(folder / "prerequisites.jsonl", optional=True)
    )
    return Annotations(str(folder), doc, lines[0], lines[1], concepts, relations, edges)


def unknown_names(pieces: Sequence[Annotations], *, key: Callable[[str], str]) -> list[str]:
    """Names in relations and prerequisites that no annotated concept has, with where: they count for nothing.

    Args:
        pieces: the annotations that are used together.
        key: what names are compared by.
    """
    known = {key(name) for piece in pieces for concept in piece.concepts for name in concept.names}
    found = []
    for piece in pieces:
        used = [name for relation in piece.relations for name in (relation.head, relation.tail)]
        used += [name for edge in piece.prerequisites for name in edge]
        found += [f"{piece.folder}: {name}" for name in dict.fromkeys(used) if key(name) not in known]
    return found


# ---- reading
# ------------------------------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(f"The annotations {path} cannot be read: {e}.") from e


def _records(path: Path, *, optional: bool = False) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The (object, ``FILE:LINE``) of a file with one JSON object a line."""
    if optional and not path.exists():
        return
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if line.strip():
            yield _object(line, path, number), f"{path}:{number}"


def _object(text: str, path: Path, line: int) -> Mapping[str, Any]:
    try:
        value = parsed_json(text)
    except ValueError as e:
        raise InputError(f"{path}:{line}: not JSON: {e}.") from e
    if not isinstance(value, dict):
        raise InputError(f"{path}:{line}: expected a JSON object.")
    return value


def _name(record: Mapping[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: {key!r} should be a name; it is {json.dumps(value, ensure_ascii=False)}.")
    return value


def _one_of(value: str, known: Sequence[str], what: str, where: str) -> str:
    if value not in known:
        hint = did_you_mean(value, known)
        raise InputError(f"{where}: unknown {what} {value!r}.{hint} There are: {', '.join(known)}.")
    return value


def _concept(record: Mapping[str, Any], where: str) -> Annotated:
    aliases = record.get("aliases", [])
    if not (isinstance(aliases, list) and all(isinstance(a, str) for a in aliases)):
        raise InputError(
            f"{where}: 'aliases' should be a list of names; it is {json.dumps(aliases, ensure_ascii=False)}."
        )
    weight = _one_of(str(record.get("weight", "normal")), WEIGHTS, "weight", where)
    return Annotated(_name(record, "name", where), tuple(aliases), weight, str(record.get("type") or ""))


def _relation(record: Mapping[str, Any], where: str) -> AnnotatedRelation:
    kind = _one_of(_name(record, "relation", where), _RELATIONS, "relation", where)
    line = record.get("line")
    return AnnotatedRelation(
        _name(record, "head", where),
        RelationType(kind),
        _name(record, "tail", where),
        line if type(line) is int else None,
    )
