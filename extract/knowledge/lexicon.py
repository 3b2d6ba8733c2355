"""What is known about a field before any notes are read: names, other names and kinds, generic words, words of study.

A lexicon is one feature among many: it tells that 低秩适应 and LoRA are one thing and that 优点 is never a concept, but
a graph is built without it just as well. The files are YAML (``extract/lexicon/*.yaml``; docs/lexicon.md says how to
write one).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from extract.knowledge.yaml_nodes import compose, fields, items, line_of, read_text, scalar, scalars
from graph.errors import SettingsError
from graph.model import ConceptKind, RelationType
from graph.text.names import fold
from graph.text.nearest import did_you_mean

BUNDLED: Final = Path(__file__).with_name("lexicon_files")
"""The folder of the lexicon that comes with studyatlas."""

_STUDY_WORDS: Final = BUNDLED / "study_words.yaml"
_FILE_KEYS: Final = ("entries", "generic")
_ENTRY_KEYS: Final = ("name", "aliases", "kind")
_STUDY_KEYS: Final = ("en", "zh")

# An entry on one line in which nothing needs YAML's quoting. Over nine tenths of the bundled lines are of this form,
# and reading them this way takes 10 ms where yaml takes 90; everything else goes through yaml. A test shows that both
# readings agree.
_PLAIN: Final = r"[^\W_][^,\[\]{}:#\n]*"
_PLAIN_ENTRY: Final = re.compile(rf"- \{{name: ({_PLAIN})(?:, aliases: \[({_PLAIN}(?:, {_PLAIN})*)\])?, kind: (\w+)\}}")


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """One thing and what it is called."""

    name: str
    """The usual English name; in a lexicon of another field, whatever name is most usual."""
    aliases: tuple[str, ...]
    """Other names, abbreviations and renderings in other languages, in the order of the file; no two of them fold
    alike."""
    kind: ConceptKind
    file: str
    """Path of the file that contains the entry."""
    line: int
    """1-based."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)

    @property
    def where(self) -> str:
        """``FILE:LINE``, for messages."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class StudyWord:
    """General words of one meaning in both languages: advantage, benefit = 优点, 优势."""

    en: tuple[str, ...]
    zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that the files say, ready to be looked up by folded key (:func:`graph.text.names.fold`)."""

    entries: tuple[LexiconEntry, ...] = ()
    """In the order of the files and lines; the user's entries last."""
    by_key: Mapping[str, LexiconEntry] = field(default_factory=dict)
    """Folded name or alias → its entry. No key belongs to two entries."""
    generic: frozenset[str] = frozenset()
    """Folded words that are never concepts on their own; none of them is in ``by_key``."""
    keys: Mapping[str, int] = field(default_factory=dict)
    """Key of a candidate (:func:`extract.text.keys.key_of`: folded, Latin plural removed) → index in ``entries``. Where
    a name is another one's plural for that function, the key is the one's that is written so."""
    relations: Mapping[tuple[int, int], tuple[RelationType, ...]] = field(default_factory=dict)
    """(head, tail), numbers of ``entries`` → the types of their relations."""
    needs: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Number of an entry → its direct prerequisites."""

    def find(self, form: str) -> LexiconEntry | None:
        """The entry that is called ``form`` in any writing of it, None where there is none."""
        return self.by_key.get(fold(form))

    def kind(self, key: str) -> ConceptKind | None:
        """The kind of the entry that a candidate's ``key`` names, None where there is none."""
        index = self.keys.get(key)
        return None if index is None else self.entries[index].kind

    def own_kind(self, key: str) -> ConceptKind | None:
        """The same where the entry is not of the bundled lexicon but of the user."""
        index = self.keys.get(key)
        return None if index is None or Path(self.entries[index].file).parent == BUNDLED else self.entries[index].kind

    def is_generic(self, form: str) -> bool:
        """Whether ``form`` is a word that is never a concept on its own."""
        return fold(form) in self.generic

    def without_entries(self) -> Lexicon:
        """The same without names: what ``--no-lexicon`` builds with. Generic words stay."""
        return replace(self, entries=(), by_key={}, keys={})


def load_lexicon(paths: Sequence[Path] | None = None, *, bundled: bool = True) -> Lexicon:
    """Read lexicon files on top of the one that comes with studyatlas.

    Args:
        paths: the user's own files, in any order of subjects; None or empty: none.
        bundled: whether the bundled lexicon lies below them. An entry or generic word of the user replaces every
            bundled entry that it shares a form with, and a bundled generic word that the user gives a name to is
            generic no more.

    Returns:
        The lexicon; without ``paths`` the very one that :func:`default_lexicon` keeps.

    Raises:
        SettingsError: a file cannot be read or is not of the form that docs/lexicon.md describes, or one form belongs
            to two entries of the user. The message names file and line.
    """
    base = default_lexicon() if bundled else Lexicon()
    return _over(base, _build(paths)) if paths else base


@dataclass(frozen=True, slots=True)
class LexiconChoice:
    """Which lexicon a build uses.

    Small enough to go to every process, which then reads it once (:func:`chosen_lexicon`).
    """

    bundled: bool = True
    """Whether the names of the bundled lexicon are used; its generic words always are."""
    files: tuple[str, ...] = ()
    """The user's own, over the bundled one."""
    sha256: str = ""
    """Of the contents of ``files``, so that an edited file is another choice."""

    @classmethod
    def of(cls, files: Sequence[Path], *, bundled: bool = True) -> LexiconChoice:
        """Choose the files as they are now, and make sure that they can be used.

        Raises:
            SettingsError: see :func:`load_lexicon`.
        """
        contents = "\0".join(read_text(path, "lexicon") for path in files)
        choice = cls(bundled, tuple(map(str, files)), hashlib.sha256(contents.encode()).hexdigest() if files else "")
        chosen_lexicon(choice)
        return choice

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> LexiconChoice:
        """The choice that a graph was built with, from what :meth:`to_settings` made of it.

        Graphs of version 0.1 say the names of the files but not where they are (``on + bees.yaml``): their choice
        has no files.

        Raises:
            SettingsError: the settings are not of this form.
        """
        bundled = settings.get(_BUNDLED_KEY, _ON).split(" + ")[0]
        try:
            files = json.loads(settings.get(_FILES_KEY, "[]"))
        except ValueError:
            files = None
        if bundled not in (_ON, _OFF) or not isinstance(files, list) or not all(isinstance(f, str) for f in files):
            said = ", ".join(f"{k}={settings[k]!r}" for k in (_BUNDLED_KEY, _FILES_KEY) if k in settings)
            raise SettingsError(f"The graph does not say which lexicon it was built with ({said}). Build it again.")
        return cls(bundled == _ON, tuple(files), settings.get(_SHA_KEY, ""))

    def to_settings(self) -> dict[str, str]:
        """The choice as settings of a graph.

        ``lexicon`` is ``on`` or ``off`` for the bundled names; with files of the user there are also ``lexicon_files``,
        a JSON list of absolute paths, and ``lexicon_sha256``.
        """
        settings = {_BUNDLED_KEY: _ON if self.bundled else _OFF}
        if self.files:
            paths = [str(Path(file).absolute()) for file in self.files]
            settings |= {_FILES_KEY: json.dumps(paths, ensure_ascii=False), _SHA_KEY: self.sha256}
        return settings

    def as_now(self) -> LexiconChoice:
        """The same files with the contents that they have now.

        Raises:
            SettingsError: a file is gone, or can no longer be used.
        """
        gone = [file for file in self.files if not Path(file).is_file()]
        if gone:
            raise SettingsError(
                f"The graph was built with the lexicon {gone[0]}, which is not there any more. "
                "Put it back, or build the graph again."
            )
        return LexiconChoice.of([Path(file) for file in self.files], bundled=self.bundled)


_BUNDLED_KEY: Final = "lexicon"
_FILES_KEY: Final = "lexicon_files"
_SHA_KEY: Final = "lexicon_sha256"
_ON: Final = "on"
_OFF: Final = "off"


@lru_cache(maxsize=4)
def chosen_lexicon(choice: LexiconChoice) -> Lexicon:
    """The lexicon of a choice, read once for each process."""
    base = default_lexicon() if choice.bundled else default_lexicon().without_entries()
    return _over(base, _build(Path(file) for file in choice.files)) if choice.files else base


@lru_cache(maxsize=1)
def default_lexicon() -> Lexicon:
    """The lexicon that comes with studyatlas, read once for each process (about 50 ms)."""
    return _build(path for path in sorted(BUNDLED.glob("*.yaml")) if path != _STUDY_WORDS)


@lru_cache(maxsize=1)
def load_study_words() -> tuple[StudyWord, ...]:
    """General English and Chinese words of study, which match a question in one language with notes in the other.

    A word may appear in several pairs (推理: reasoning, inference). Only questions need them, so they are read apart,
    once.
    """
    node = compose(read_text(_STUDY_WORDS, "lexicon"), _STUDY_WORDS, 1)
    return tuple(_study_word(item, _STUDY_WORDS) for item in items(node, "study words", _STUDY_WORDS))


@dataclass(frozen=True, slots=True)
class _Contents:
    """What one file says."""

    entries: tuple[LexiconEntry, ...] = ()
    generic: tuple[tuple[str, str], ...] = ()
    """(word, where it is)."""


def _build(paths: Iterable[Path]) -> Lexicon:
    files = [_read(path) for path in paths]
    entries = tuple(entry for file in files for entry in file.entries)
    by_key = _indexed(entries)
    generic = set()
    for word, where in (pair for file in files for pair in file.generic):
        key = fold(word)
        if key in by_key:
            raise SettingsError(
                f"{where}: {word!r} is listed as generic, but {by_key[key].where} names {by_key[key].name!r} so."
            )
        generic.add(key)
    return _keyed(Lexicon(entries, by_key, frozenset(generic)))


def _keyed(lexicon: Lexicon) -> Lexicon:
    """``lexicon`` with its ``keys``, and with the singulars of its generic words."""
    from extract.text.keys import key_of

    indices = {id(entry): i for i, entry in enumerate(lexicon.entries)}
    keys = {key: indices[id(entry)] for key, entry in lexicon.by_key.items()}
    for i, entry in enumerate(lexicon.entries):
        for form in entry.names:
            keys.setdefault(key_of(form), i)
    return replace(
        lexicon, keys=keys, generic=lexicon.generic | ({key_of(word) for word in lexicon.generic} - keys.keys())
    )


def _indexed(entries: Iterable[LexiconEntry]) -> dict[str, LexiconEntry]:
    """Folded form → entry; a form of two entries is an error, because a merge must never rest on an ambiguous name."""
    by_key: dict[str, LexiconEntry] = {}
    for entry in entries:
        for form in entry.names:
            other = by_key.setdefault(fold(form), entry)
            if other is not entry:
                raise SettingsError(
                    f"{entry.where}: {form!r} is a form of {entry.name!r}, but {other.where} gives it to "
                    f"{other.name!r}. "
                    "A form belongs to one entry."
                )
    return by_key


def _over(base: Lexicon, user: Lexicon) -> Lexicon:
    """``user`` laid over ``base``: see :func:`load_lexicon`."""
    taken = user.by_key.keys() | user.generic
    replaced = {entry.where for key in taken if (entry := base.by_key.get(key)) is not None}
    kept = {key: entry for key, entry in base.by_key.items() if entry.where not in replaced}
    merged = Lexicon(
        entries=tuple(entry for entry in base.entries if entry.where not in replaced) + user.entries,
        by_key=kept | dict(user.by_key),
        generic=(base.generic - user.by_key.keys()) | user.generic,
    )
    return _keyed(merged)


# ---- reading one file ------------------------------------------------------------------------------------------------


def _read(path: Path) -> _Contents:
    text = read_text(path, "lexicon")
    lines = [line.rstrip() for line in text.split("\n")]
    if all(not line or line.startswith(("#", "- {")) for line in lines):
        return _Contents(
            entries=tuple(_line_entry(line, path, n) for n, line in enumerate(lines, 1) if line.startswith("- {"))
        )
    return _contents(compose(text, path, 1), path)


def _line_entry(line: str, path: Path, number: int) -> LexiconEntry:
    """The entry that appears on one line: directly where it is plain, by yaml otherwise."""
    plain = _PLAIN_ENTRY.fullmatch(line)
    if plain is not None:
        name, aliases, kind = plain.groups()
        return _entry(
            name.strip(), [alias.strip() for alias in aliases.split(", ")] if aliases else (), kind, str(path), number
        )
    return _entries(compose(line, path, number), path, number)[0]


def _contents(node: yaml.Node | None, path: Path) -> _Contents:
    if node is None:
        return _Contents()
    if isinstance(node, yaml.SequenceNode):
        return _Contents(entries=tuple(_entries(node, path)))
    given = fields(node, _FILE_KEYS, path)
    generic = scalars(given["generic"], "generic", path) if "generic" in given else []
    return _Contents(
        entries=tuple(_entries(given["entries"], path)) if "entries" in given else (),
        generic=tuple((word, f"{path}:{line}") for word, line in generic),
    )


def _entries(node: yaml.Node | None, path: Path, first_line: int = 1) -> list[LexiconEntry]:
    entries = []
    for item in items(node, "entries", path):
        given = fields(item, _ENTRY_KEYS, path, first_line)
        line = line_of(item, first_line)
        if "name" not in given:
            raise SettingsError(f"{path}:{line}: an entry without a name.")
        name = scalar(given["name"], "name", path, first_line)
        aliases = [a for a, _ in scalars(given["aliases"], "aliases", path, first_line)] if "aliases" in given else []
        kind = scalar(given["kind"], "kind", path, first_line) if "kind" in given else ConceptKind.CONCEPT.value
        entries.append(_entry(name, aliases, kind, str(path), line))
    return entries


_KINDS: Final[Mapping[str, ConceptKind]] = {kind.value: kind for kind in ConceptKind}


def _entry(name: str, aliases: Sequence[str], kind: str, path: str, line: int) -> LexiconEntry:
    if kind not in _KINDS:
        raise SettingsError(
            f"{path}:{line}: unknown kind {kind!r} of {name!r}.{did_you_mean(kind, _KINDS)} Kinds: {', '.join(_KINDS)}."
        )
    distinct = {fold(name): name}
    for alias in aliases:
        distinct.setdefault(fold(alias), alias)
    return LexiconEntry(name, tuple(distinct.values())[1:], _KINDS[kind], path, line)


def _study_word(node: yaml.Node, path: Path) -> StudyWord:
    given = fields(node, _STUDY_KEYS, path)
    missing = [key for key in _STUDY_KEYS if key not in given]
    if missing:
        raise SettingsError(f"{path}:{line_of(node)}: study words without {missing[0]!r}.")
    en, zh = (tuple(word for word, _ in scalars(given[key], key, path)) for key in _STUDY_KEYS)
    return StudyWord(en, zh)
