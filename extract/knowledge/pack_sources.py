"""Knowledge packs as people write them: JSON Lines, one concept a line (docs/packs.md)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from extract.knowledge.entries import ENTRY_KEYS, KINDS, LINK_KEYS, LexiconEntry, distinct_aliases
from graph.errors import SettingsError
from graph.model import ConceptKind
from graph.text.names import fold
from graph.text.nearest import did_you_mean

PACKS: Final = Path(__file__).with_name("packs")
"""The folder of the packs that come with studyatlas, ``FIELD.jsonl`` each."""
SUFFIX: Final = ".jsonl"


@dataclass(frozen=True, slots=True, order=True)
class PackProblem:
    """Something in a pack that is not as it must be."""

    file: str
    line: int
    """1-based."""
    message: str
    """One sentence: what is wrong and, where it is not obvious, what to do."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Pack:
    """What one file says, and what is wrong with its form."""

    field: str
    """Name of the file without its ending."""
    file: str
    entries: tuple[LexiconEntry, ...]
    problems: tuple[PackProblem, ...] = ()


def source_files() -> list[Path]:
    """The files of all packs that come with studyatlas, by name of the field."""
    return sorted(PACKS.glob(f"*{SUFFIX}"))


def parse_pack(text: str, path: Path) -> Pack:
    """The entries of a file; a line that is not an entry is left out and told among the problems."""
    entries: list[LexiconEntry] = []
    problems: list[PackProblem] = []
    field = path.name.removesuffix(SUFFIX)
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        found, said = _entry(line, str(path), number, field)
        problems += [PackProblem(str(path), number, message) for message in said]
        if found is not None:
            entries.append(found)
    return Pack(field, str(path), tuple(entries), tuple(problems))


def read_pack(path: Path) -> Pack:
    """The pack in ``path``, with the problems of its form.

    Raises:
        SettingsError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"The knowledge pack {path} cannot be read: {e}.") from e
    return parse_pack(text, path)


def usable_pack(path: Path) -> Pack:
    """The pack in ``path`` where its form is right.

    Raises:
        SettingsError: it cannot be read, or a line of it is not of the form of docs/packs.md; the first is named.
    """
    pack = read_pack(path)
    if pack.problems:
        more = f" ({len(pack.problems)} problems in all)" if len(pack.problems) > 1 else ""
        raise SettingsError(f"{pack.problems[0]}{more} 'studyatlas packs check {path}' lists them.")
    return pack


def _entry(line: str, file: str, number: int, field: str) -> tuple[LexiconEntry | None, list[str]]:
    """The entry on a line, None where there is none; and what is wrong with it."""
    try:
        raw = json.loads(line, object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as e:
        return None, [f"not a JSON object: {e}."]
    if not isinstance(raw, dict):
        return None, ["not a JSON object."]
    problems = [
        f"unknown key {key!r}.{did_you_mean(key, ENTRY_KEYS)} Keys: {', '.join(ENTRY_KEYS)}."
        for key in raw
        if key not in ENTRY_KEYS
    ]
    name = raw.get("name")
    if not isinstance(name, str) or not name.strip():
        return None, [*problems, "an entry without a name."]
    problems += [f"the name {said}" for said in _faults(name)]
    kind = raw.get("kind", ConceptKind.CONCEPT.value)
    if kind not in KINDS:
        problems.append(
            f"unknown kind {kind!r} of {name!r}.{did_you_mean(str(kind), KINDS)} Kinds: {', '.join(KINDS)}."
        )
        kind = ConceptKind.CONCEPT.value
    lists: dict[str, tuple[str, ...]] = {}
    for key in ("aliases", *LINK_KEYS):
        if key in raw:
            lists[key], said = _names(raw[key], key, name)
            problems += said
    aliases = lists.pop("aliases", ())
    distinct = distinct_aliases(name, aliases)
    if len(distinct) < len(aliases):
        kept = {*distinct, name}
        again = next((alias for alias in aliases if alias not in kept), aliases[-1])
        problems.append(
            f"{again!r} is given twice among the names of {name!r} (case, spaces and hyphens do not count)."
        )
    return LexiconEntry(name, distinct, KINDS[kind], file, number, field, tuple(lists.items())), problems


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key!r} is given twice")
        found[key] = value
    return found


def _names(given: object, key: str, name: str) -> tuple[tuple[str, ...], list[str]]:
    """The names in a list, and what is wrong with it."""
    if not isinstance(given, list) or not all(isinstance(item, str) and item.strip() for item in given):
        return (), [f"{key!r} of {name!r} should be a list of names."]
    problems = [f"a name in {key!r} {said}" for item in given for said in _faults(item)]
    if not given:
        problems.append(f"{key!r} of {name!r} is empty: leave the key out.")
    if key != "aliases" and len({fold(item) for item in given}) < len(given):
        problems.append(f"{key!r} of {name!r} names something twice.")
    return tuple(given), problems


def _faults(name: str) -> Iterator[str]:
    """What is wrong with the writing of a name."""
    if unicodedata.normalize("NFC", name) != name:
        yield f"is not in Unicode normal form NFC: {name!r}."
    if " ".join(name.split()) != name:
        yield f"has white space around it or more than one space within: {name!r}."
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in name):
        yield f"contains a character that is not visible: {name!r}."
