"""What is known about a field before any notes are read: names, kinds, relations, prerequisites, generic words.

A lexicon is one feature among many: it tells that 低秩适应 and LoRA are one thing and that 优点 is never a concept, but
a graph is built without it just as well. It is made of knowledge packs, one for each field (docs/packs.md), of the
user's own lexicon files in YAML (docs/lexicon.md), and of general words.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from extract.knowledge.compiled import CompiledPack, bundled_pack
from extract.knowledge.entries import (
    ENTRY_KEYS,
    LINK_KEYS,
    NEEDS,
    LexiconEntry,
    make_entry,
)
from extract.knowledge.pack_links import same_concept
from extract.knowledge.pack_sources import PACKS, SUFFIX, Pack, usable_pack
from extract.knowledge.yaml_nodes import compose, fields, items, line_of, read_text, scalar, scalars
from extract.text.keys import key_of
from graph.errors import SettingsError
from graph.model import ConceptKind, RelationType
from graph.text.names import fold

WORDS: Final = Path(__file__).with_name("words")
"""The folder of the general words that come with studyatlas."""
HOME_PACKS: Final = ("machine-learning", "computer-science")
"""The packs that are used where nobody asks for others and there are no notes to choose by. Graphs of versions that
had one lexicon were built with what is in them now."""

_STUDY_WORDS: Final = WORDS / "study_words.yaml"
_FILE_KEYS: Final = ("entries", "generic")
_STUDY_KEYS: Final = ("en", "zh")
_BUNDLED_PREFIX: Final = str(PACKS)


@dataclass(frozen=True, slots=True)
class StudyWord:
    """General words of one meaning in both languages: advantage, benefit = 优点, 优势."""

    en: tuple[str, ...]
    zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All that the files say, ready to be looked up by folded key (:func:`graph.text.names.fold`)."""

    entries: tuple[LexiconEntry, ...] = ()
    """In the order of the packs and lines; the user's entries last."""
    by_key: Mapping[str, LexiconEntry] = field(default_factory=dict)
    """Folded name or alias → its entry. No key belongs to two entries."""
    generic: frozenset[str] = frozenset()
    """Folded words that are never concepts on their own; none of them is in ``by_key``."""
    keys: Mapping[str, int] = field(default_factory=dict)
    """Key of a candidate (:func:`extract.text.keys.key_of`: folded, Latin plural removed) → index in ``entries``. Where
    a name is another one's plural for that function, the key is the one's that is written so."""
    relations: Mapping[tuple[int, int], tuple[RelationType, ...]] = field(default_factory=dict)
    """(head, tail), both indices of ``entries`` → what the packs and the user's files say of the pair, read head → tail
    as written; one type, or several where two files differ. ``contrasts_with`` is there in both directions."""
    needs: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Index of an entry → those of its direct prerequisites: what must be understood first. There is no circle in what
    the bundled packs say."""
    fields: tuple[str, ...] = ()
    """The fields of the packs, in the order of the choice: an ambiguous name means the entry of the first."""

    def find(self, form: str) -> LexiconEntry | None:
        """The entry that is called ``form`` in any writing of it, None where there is none."""
        return self.by_key.get(fold(form))

    def kind(self, key: str) -> ConceptKind | None:
        """The kind of the entry that a candidate's ``key`` names, None where there is none."""
        index = self.keys.get(key)
        return None if index is None else self.entries[index].kind

    def own_kind(self, key: str) -> ConceptKind | None:
        """The same where the entry is not of a bundled pack but of the user."""
        index = self.keys.get(key)
        if index is None or self.entries[index].file.startswith(_BUNDLED_PREFIX):
            return None
        return self.entries[index].kind

    def is_generic(self, form: str) -> bool:
        """Whether ``form`` is a word that is never a concept on its own."""
        return fold(form) in self.generic

    def without_entries(self) -> Lexicon:
        """The same without names: what ``--no-packs`` builds with. Generic words stay."""
        return replace(self, entries=(), by_key={}, keys={}, relations={}, needs={}, fields=())


def load_lexicon(
    paths: Sequence[Path] | None = None, *, bundled: bool = True, packs: Sequence[str] = HOME_PACKS
) -> Lexicon:
    """Read lexicon files on top of the knowledge packs.

    Args:
        paths: the user's own files, in any order of subjects; None or empty: none.
        bundled: whether there is anything below them: packs and generic words.
        packs: the packs, each a field that comes with studyatlas or the path of a file that ends in ``.jsonl``; the
            first owns a name of two fields. An entry or generic word of the user's files replaces every entry of a
            pack that it shares a form with, and a generic word that the user gives a name to is generic no more.

    Returns:
        The lexicon; without arguments the very one that :func:`default_lexicon` keeps.

    Raises:
        SettingsError: there is no such pack, a file cannot be read or is not of the form that docs/lexicon.md or
            docs/packs.md describes, or one form belongs to two entries of the user. The message names file and line.
    """
    base = _packs_lexicon(tuple(packs)) if bundled else Lexicon()
    return _over(base, _build(paths)) if paths else base


@dataclass(frozen=True, slots=True)
class LexiconChoice:
    """Which lexicon a build uses.

    Small enough to go to every process, which then reads it once (:func:`chosen_lexicon`).
    """

    packs: tuple[str, ...] = HOME_PACKS
    """The knowledge packs, the strongest in the notes first: fields that come with studyatlas, and files of the user
    that end in ``.jsonl``. None: only general words are used."""
    files: tuple[str, ...] = ()
    """The user's own lexicon files, over the packs."""
    sha256: str = ""
    """Of the contents of the user's files, so that an edited file is another choice."""

    @property
    def pack_files(self) -> tuple[str, ...]:
        """Those of ``packs`` that are files of the user."""
        return tuple(pack for pack in self.packs if pack.endswith(SUFFIX))

    @classmethod
    def of(cls, files: Sequence[Path], *, packs: Sequence[str] = HOME_PACKS) -> LexiconChoice:
        """Choose the files as they are now, and make sure that they can be used.

        Raises:
            SettingsError: see :func:`load_lexicon`.
        """
        chosen = tuple(dict.fromkeys(packs))
        own = [*files, *(Path(pack) for pack in chosen if pack.endswith(SUFFIX))]
        contents = "\0".join(read_text(path, "lexicon") for path in own)
        sha256 = hashlib.sha256(contents.encode()).hexdigest() if own else ""
        choice = cls(chosen, tuple(map(str, files)), sha256)
        chosen_lexicon(choice)
        return choice

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> LexiconChoice:
        """The choice that a graph was built with, from what :meth:`to_settings` made of it.

        Graphs of versions without packs say only whether the lexicon was used: :data:`HOME_PACKS` have its names. Those
        of version 0.1 say the names of the files but not where they are (``on + bees.yaml``): their choice has no
        files.

        Raises:
            SettingsError: the settings are not of this form.
        """
        bundled = settings.get(_BUNDLED_KEY, _ON).split(" + ")[0]
        files, packs = _names(settings.get(_FILES_KEY, "[]")), _names(settings.get(_PACKS_KEY, "[]"))
        if bundled not in (_ON, _OFF) or files is None or packs is None:
            said = ", ".join(f"{k}={settings[k]!r}" for k in (_BUNDLED_KEY, _PACKS_KEY, _FILES_KEY) if k in settings)
            raise SettingsError(f"The graph does not say which lexicon it was built with ({said}). Build it again.")
        if _PACKS_KEY not in settings and bundled == _ON:
            packs = HOME_PACKS
        return cls(packs, files, settings.get(_SHA_KEY, ""))

    def to_settings(self) -> dict[str, str]:
        """The choice as settings of a graph.

        ``lexicon`` is ``on`` where there are packs, else ``off``; ``packs`` is a JSON list of fields and absolute
        paths; with lexicon files of the user there is also ``lexicon_files``, a JSON list of absolute paths, and with
        any file ``lexicon_sha256``.
        """
        packs = [_absolute(pack) if pack.endswith(SUFFIX) else pack for pack in self.packs]
        settings = {_BUNDLED_KEY: _ON if packs else _OFF, _PACKS_KEY: json.dumps(packs, ensure_ascii=False)}
        if self.files:
            settings[_FILES_KEY] = json.dumps([_absolute(file) for file in self.files], ensure_ascii=False)
        if self.files or self.pack_files:
            settings[_SHA_KEY] = self.sha256
        return settings

    def as_now(self) -> LexiconChoice:
        """The same files with the contents that they have now.

        Raises:
            SettingsError: a file is gone, or can no longer be used.
        """
        gone = [file for file in (*self.files, *self.pack_files) if not Path(file).is_file()]
        if gone:
            raise SettingsError(
                f"The graph was built with the lexicon {gone[0]}, which is not there any more. "
                "Put it back, or build the graph again."
            )
        return LexiconChoice.of([Path(file) for file in self.files], packs=self.packs)


_BUNDLED_KEY: Final = "lexicon"
_PACKS_KEY: Final = "packs"
_FILES_KEY: Final = "lexicon_files"
_SHA_KEY: Final = "lexicon_sha256"
_ON: Final = "on"
_OFF: Final = "off"


def _names(text: str) -> tuple[str, ...] | None:
    """The strings in a JSON list, None where it is not one."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return tuple(found) if isinstance(found, list) and all(isinstance(item, str) for item in found) else None


def _absolute(file: str) -> str:
    return str(Path(file).absolute())


@lru_cache(maxsize=32)
def chosen_lexicon(choice: LexiconChoice) -> Lexicon:
    """The lexicon of a choice, read once for each process."""
    # What is in a pack of the user is part of the choice only by its checksum, so such packs are not kept by name.
    base = _combined(choice.packs) if choice.pack_files else _packs_lexicon(choice.packs)
    return _over(base, _build(Path(file) for file in choice.files)) if choice.files else base


def default_lexicon() -> Lexicon:
    """The lexicon of :data:`HOME_PACKS`, read once for each process (about 60 ms)."""
    return _packs_lexicon(HOME_PACKS)


@lru_cache(maxsize=1)
def _general_words() -> frozenset[str]:
    """The generic words that come with studyatlas, folded."""
    return _build([WORDS / "generic_en.yaml", WORDS / "generic_zh.yaml"]).generic


@lru_cache(maxsize=16)
def _packs_lexicon(packs: tuple[str, ...]) -> Lexicon:
    return _combined(packs)


@lru_cache(maxsize=1)
def load_study_words() -> tuple[StudyWord, ...]:
    """General English and Chinese words of study, which match a question in one language with notes in the other.

    A word may appear in several pairs (推理: reasoning, inference). Only questions need them, so they are read apart,
    once.
    """
    node = compose(read_text(_STUDY_WORDS, "lexicon"), _STUDY_WORDS, 1)
    return tuple(_study_word(item, _STUDY_WORDS) for item in items(node, "study words", _STUDY_WORDS))


# ---- several packs as one lexicon -----------------------------------------------------------------------------------


def _combined(packs: Sequence[str]) -> Lexicon:
    """The lexicon of several packs and of the generic words.

    A name of two fields belongs to the first of them, unless the two entries are one concept
    (:func:`extract.knowledge.pack_links.same_concept`): then the later one's further names and its relations are the
    first's.
    """
    generic = _general_words()
    parts = [_of_user(usable_pack(Path(pack))) if pack.endswith(SUFFIX) else bundled_pack(pack) for pack in packs]
    entries: list[LexiconEntry] = []
    forms: list[tuple[str, ...]] = []
    index: dict[str, int] = {}
    places: dict[str, list[int]] = {}
    for part in parts:
        place: list[int] = []
        for entry, all_keys in zip(part.entries, part.keys, strict=True):
            keys = all_keys if generic.isdisjoint(all_keys) else tuple(key for key in all_keys if key not in generic)
            if not index.keys().isdisjoint(keys):
                owner = Counter(index[key] for key in keys if key in index).most_common(1)[0]
                if same_concept(owner[1], keys, forms[owner[0]]):
                    entries[owner[0]] = _with_names(entries[owner[0]], entry, all_keys, index)
                    free = tuple(key for key in keys if key not in index)
                    forms[owner[0]] += free
                    index.update(dict.fromkeys(free, owner[0]))
                    place.append(owner[0])
                    continue
                entry = _without_names(entry, all_keys, index)
                keys = tuple(key for key in keys if key not in index)
            place.append(len(entries))
            index.update(dict.fromkeys(keys, len(entries)))
            entries.append(entry)
            forms.append(keys)
        places[part.field] = place
    relations, needs = _links(parts, places)
    keys_of = dict(index)
    for part in parts:
        for key, number in part.singular.items():
            if key not in generic:
                keys_of.setdefault(key, places[part.field][number])
    lexicon = Lexicon(
        tuple(entries),
        {key: entries[number] for key, number in index.items()},
        generic | ({key_of(word) for word in generic} - keys_of.keys()),
        keys_of,
        relations,
        needs,
        tuple(part.field for part in parts),
    )
    return _linked(lexicon) if any(pack.endswith(SUFFIX) for pack in packs) else lexicon


def _with_names(
    entry: LexiconEntry, other: LexiconEntry, keys: Sequence[str], index: Mapping[str, int]
) -> LexiconEntry:
    """``entry`` with the names of ``other`` that nobody has, and with what it says of others."""
    free = tuple(name for name, key in zip(other.names, keys, strict=True) if key not in index)
    return replace(entry, aliases=entry.aliases + free, links=entry.links + other.links)


def _without_names(entry: LexiconEntry, keys: Sequence[str], index: Mapping[str, int]) -> LexiconEntry:
    """``entry`` with those of its names that nobody has; at least one is left."""
    names = [name for name, key in zip(entry.names, keys, strict=True) if key not in index] or [entry.name]
    return replace(entry, name=names[0], aliases=tuple(names[1:]))


def _links(
    parts: Sequence[CompiledPack], places: Mapping[str, Sequence[int]]
) -> tuple[dict[tuple[int, int], tuple[RelationType, ...]], dict[int, tuple[int, ...]]]:
    """The relations and prerequisites of compiled packs; what leads to a pack that was not chosen is left out."""
    relations: dict[tuple[int, int], tuple[RelationType, ...]] = {}
    needs: dict[int, tuple[int, ...]] = {}
    named: dict[str, dict[str, int]] = {}
    by_field = {part.field: part for part in parts}
    for part in parts:
        place: list[int | None] = [*places[part.field]]
        for field_name, name in part.outside:
            if field_name not in by_field:
                place.append(None)
                continue
            if field_name not in named:
                named[field_name] = {entry.name: i for i, entry in enumerate(by_field[field_name].entries)}
            number = named[field_name].get(name)
            place.append(None if number is None else places[field_name][number])
        for head, kind, tail in part.relations:
            a, b = place[head], place[tail]
            if a is None or b is None or a == b:
                continue
            said = relations.get((a, b))
            if said is None:
                relations[a, b] = (kind,)
            elif kind not in said:
                relations[a, b] = (*said, kind)
        for entry, before in part.needs:
            a, b = place[entry], place[before]
            if a is not None and b is not None and a != b and b not in needs.get(a, ()):
                needs[a] = (*needs.get(a, ()), b)
    return relations, needs


def _of_user(pack: Pack) -> CompiledPack:
    """A pack of the user, as if it were compiled; what its values name is found when all names are known."""
    keys = tuple(tuple(fold(form) for form in entry.names) for entry in pack.entries)
    taken = {key for some in keys for key in some}
    singular: dict[str, int] = {}
    for number, entry in enumerate(pack.entries):
        for form in entry.names:
            if (key := key_of(form)) not in taken:
                singular.setdefault(key, number)
    return CompiledPack(pack.field, "", pack.entries, keys, singular, (), (), ())


def _linked(lexicon: Lexicon) -> Lexicon:
    """``lexicon`` with what its entries say in words (``links``), in place of what packs say of the same pairs.

    A value that is nobody's name is passed over: whether it is one depends on the packs that were chosen.
    """
    index = {id(entry): number for number, entry in enumerate(lexicon.entries)}
    relations, needs = dict(lexicon.relations), dict(lexicon.needs)
    own: dict[tuple[int, int], tuple[RelationType, ...]] = {}
    for number, entry in enumerate(lexicon.entries):
        for key, values in entry.links:
            for value in values:
                named = lexicon.by_key.get(fold(value))
                other = number if named is None else index[id(named)]
                if other == number:
                    continue
                if key == NEEDS:
                    if other not in needs.get(number, ()):
                        needs[number] = (*needs.get(number, ()), other)
                    continue
                kind = RelationType(key)
                for pair in ((number, other), (other, number))[: 2 if kind.symmetric else 1]:
                    own[pair] = tuple(dict.fromkeys((*own.get(pair, ()), kind)))
    for a, b in own:
        relations.pop((a, b), None)
        relations.pop((b, a), None)
    return replace(lexicon, relations=relations | own, needs=needs)


# ---- the user's files -----------------------------------------------------------------------------------------------


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
    return _linked(_keyed(Lexicon(entries, by_key, frozenset(generic))))


def _keyed(lexicon: Lexicon) -> Lexicon:
    """``lexicon`` with its ``keys``, and with the singulars of its generic words."""
    indices = {id(entry): i for i, entry in enumerate(lexicon.entries)}
    keys = {key: indices[id(entry)] for key, entry in lexicon.by_key.items()}
    for i, entry in enumerate(lexicon.entries):
        for form in entry.names:
            key = key_of(form)
            if key not in lexicon.generic:
                keys.setdefault(key, i)
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
    """``user`` laid over ``base``: see :func:`load_lexicon`.

    Where an entry of the user repeats one of a pack (:func:`extract.knowledge.pack_links.same_concept`), the pack's
    relations of it stay.
    """
    taken = user.by_key.keys() | user.generic
    replaced = {id(entry): entry for key in taken if (entry := base.by_key.get(key)) is not None}
    kept = {key: entry for key, entry in base.by_key.items() if id(entry) not in replaced}
    entries = [entry for entry in base.entries if id(entry) not in replaced]
    index = {id(entry): number for number, entry in enumerate((*entries, *user.entries))}
    place = [index.get(id(entry)) for entry in base.entries]
    for number, entry in enumerate(base.entries):
        if id(entry) in replaced:
            forms = {fold(form) for form in entry.names}
            owners = Counter(index[id(user.by_key[form])] for form in sorted(forms) if form in user.by_key)
            for owner, shared in owners.most_common(1):
                others = [fold(form) for form in user.entries[owner - len(entries)].names]
                place[number] = owner if same_concept(shared, tuple(forms), others) else None
    relations = {
        (a, b): kinds
        for (head, tail), kinds in base.relations.items()
        if (a := place[head]) is not None and (b := place[tail]) is not None and a != b
    }
    needs = {
        a: some
        for number, before in base.needs.items()
        if (a := place[number]) is not None
        and (some := tuple(b for n in before if (b := place[n]) is not None and b != a))
    }
    merged = Lexicon(
        entries=(*entries, *user.entries),
        by_key=kept | dict(user.by_key),
        generic=(base.generic - user.by_key.keys()) | user.generic,
        relations=relations,
        needs=needs,
        fields=base.fields,
    )
    return _linked(_keyed(merged))


# ---- reading one file ------------------------------------------------------------------------------------------------


def lexicon_as_pack(path: Path) -> Pack:
    """The entries of a lexicon file in YAML, for the checks of :mod:`extract.knowledge.pack_check`.

    Raises:
        SettingsError: it cannot be read or is not of the form of docs/lexicon.md.
    """
    return Pack(path.stem, str(path), _read(path).entries)


def _read(path: Path) -> _Contents:
    return _contents(compose(read_text(path, "lexicon"), path, 1), path)


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


def _entries(node: yaml.Node | None, path: Path) -> list[LexiconEntry]:
    entries = []
    for item in items(node, "entries", path):
        given = fields(item, ENTRY_KEYS, path)
        line = line_of(item)
        if "name" not in given:
            raise SettingsError(f"{path}:{line}: an entry without a name.")
        name = scalar(given["name"], "name", path)
        aliases = [a for a, _ in scalars(given["aliases"], "aliases", path)] if "aliases" in given else []
        kind = scalar(given["kind"], "kind", path) if "kind" in given else ConceptKind.CONCEPT.value
        links = [(key, tuple(v for v, _ in scalars(given[key], key, path))) for key in LINK_KEYS if key in given]
        entries.append(make_entry(name, aliases, kind, str(path), line, links=links))
    return entries


def _study_word(node: yaml.Node, path: Path) -> StudyWord:
    given = fields(node, _STUDY_KEYS, path)
    missing = [key for key in _STUDY_KEYS if key not in given]
    if missing:
        raise SettingsError(f"{path}:{line_of(node)}: study words without {missing[0]!r}.")
    en, zh = (tuple(word for word, _ in scalars(given[key], key, path)) for key in _STUDY_KEYS)
    return StudyWord(en, zh)
