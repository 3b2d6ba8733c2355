"""What the user knows better.

``studyatlas.yaml`` next to the notes, read and checked here, applied by :mod:`extract.concepts.apply_corrections`.

::

    merge:                      # names of one concept; the first is the name that is shown
    - [LoRA, 低秩适应]
    split:                      # never one concept
    - [PEFT, PEFT 库]
    rename:                     # what is shown; the old name stays an alias
      LLMs: 大语言模型
    ignore: [流程]              # no concept, and no name of one
    add:                        # a concept, whatever the statistics say
    - 灰度发布
    - {name: 分页注意力, aliases: [PagedAttention], kind: method}
    kind:
      LoRA: method
    relate:                     # relations, as head, type, tail
    - [QLoRA, uses, 量化]
    unrelate:                   # no such relation; with two names none at all
    - [LoRA, contrasts_with, PEFT]
    require:                    # what must be understood before
      QLoRA: [LoRA]
    unrequire:                  # what need not be
      LoRA: [QLoRA]

Names are compared as everywhere (:func:`extract.text.keys.key_of`): case, spaces, hyphens and a plural s do not count.
docs/corrections.md is the page for users.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Final

import yaml

from extract.knowledge.pack_sources import SUFFIX
from extract.knowledge.yaml_nodes import compose, fields, items, line_of, read_text, scalar, scalars
from extract.text.keys import key_of
from graph.errors import SettingsError
from graph.model import ConceptKind, RelationType
from graph.text.nearest import did_you_mean

FILE: Final = "studyatlas.yaml"
"""Name of the file, in the folder that is built."""

KEYS: Final = (
    "merge",
    "split",
    "rename",
    "ignore",
    "add",
    "kind",
    "relate",
    "unrelate",
    "require",
    "unrequire",
    "packs",
)
"""What the file may say."""
_ADD_KEYS: Final = ("name", "aliases", "kind")
_KINDS: Final = {kind.value: kind for kind in ConceptKind}
_TYPES: Final = {type_.value: type_ for type_ in RelationType}


@dataclass(frozen=True, slots=True)
class Said:
    """A name in the file."""

    name: str
    line: int
    """1-based."""

    @property
    def key(self) -> str:
        """What it is compared by."""
        return key_of(self.name)


@dataclass(frozen=True, slots=True)
class Addition:
    """A concept that the user adds."""

    name: Said
    aliases: tuple[Said, ...] = ()
    """Other names; they need not appear in the notes, so that a concept can be asked for in another language."""
    kind: ConceptKind | None = None

    @property
    def names(self) -> tuple[Said, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class SaidRelation:
    """A relation in the file."""

    head: Said
    type: RelationType | None
    """None where a relation of any type is meant."""
    tail: Said


@dataclass(frozen=True, slots=True)
class SaidNeed:
    """A prerequisite in the file."""

    before: Said
    after: Said


@dataclass(frozen=True, slots=True)
class Corrections:
    """All that the file says, free of contradictions; everything in the order of the file."""

    path: str = ""
    """Empty where there is no file."""
    sha256: str = ""
    """Of the file's text."""
    merge: tuple[tuple[Said, ...], ...] = ()
    """Names of one concept each, the one that is shown first; at least two."""
    split: tuple[tuple[Said, ...], ...] = ()
    """Names no two of which are one concept; at least two."""
    rename: tuple[tuple[Said, str], ...] = ()
    """(a name, the name to show)."""
    ignore: tuple[Said, ...] = ()
    add: tuple[Addition, ...] = ()
    kind: tuple[tuple[Said, ConceptKind], ...] = ()
    relate: tuple[SaidRelation, ...] = ()
    """Relations that the graph has, whatever the notes say; each with a type."""
    unrelate: tuple[SaidRelation, ...] = ()
    """Relations that it does not have."""
    require: tuple[SaidNeed, ...] = ()
    unrequire: tuple[SaidNeed, ...] = ()
    packs: tuple[str, ...] | None = None
    """The knowledge packs to build with, files with the path of the folder; None where the file does not say."""

    def __bool__(self) -> bool:
        """Whether anything is corrected; a choice of packs is not a correction."""
        return any((self.merge, self.split, self.rename, self.ignore, self.add, self.kind, *self._between))

    @property
    def _between(self) -> tuple[tuple[SaidRelation | SaidNeed, ...], ...]:
        """What is said about two concepts."""
        return (self.relate, self.unrelate, self.require, self.unrequire)

    @property
    def joined(self) -> tuple[tuple[Said, ...], ...]:
        """All groups of names that are one concept: those of ``merge``, then those of ``add``."""
        return (*self.merge, *(a.names for a in self.add if a.aliases))

    @property
    def wanted(self) -> Iterator[Said]:
        """Names of concepts that the graph must contain, because the user speaks of them.

        All but the ignored and optional aliases.
        """
        for group in (*self.merge, *self.split):
            yield from group
        yield from (old for old, _ in self.rename)
        yield from (a.name for a in self.add)
        yield from (name for name, _ in self.kind)
        for relation in (*self.relate, *self.unrelate):
            yield from (relation.head, relation.tail)
        for need in (*self.require, *self.unrequire):
            yield from (need.before, need.after)

    def refusal(self, line: int, message: str) -> SettingsError:
        """An error about a line of the file."""
        return SettingsError(f"{self.path}:{line}: {message}")


def load_corrections(folder: Path) -> Corrections:
    """The corrections next to the notes in ``folder``; none where there is no such file.

    Raises:
        SettingsError: the file cannot be read, has a key or kind that is not known, or contradicts itself. The message
            names file, line and, where something was probably meant, the nearest.
    """
    path = folder / FILE
    if not path.exists():
        other = path.with_suffix(".yml")
        if other.exists():
            raise SettingsError(f"{other} is not read; rename it to {FILE}.")
        return Corrections()
    if not path.is_file():  # a named pipe would wait for a writer for ever
        raise SettingsError(f"{path} is not a regular file; replace it with a YAML file or remove it.")
    return _checked(_parse(read_text(path, "file of corrections"), path))


def check_corrections(text: str, path: Path) -> Corrections:
    """The corrections that ``text``, of the file ``path``, says.

    Raises:
        SettingsError: as :func:`load_corrections`.
    """
    return _checked(_parse(text.removeprefix("\ufeff"), path))


# ---- reading
# ------------------------------------------------------------------------------------------------------------


def _parse(text: str, path: Path) -> Corrections:
    found = Corrections(str(path), hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    root = compose(text, path)
    if root is None:
        return found
    given = {key: node for key, node in fields(root, KEYS, path).items() if not _empty(node)}
    return replace(
        found,
        merge=tuple(_group(item, "merge", path) for item in items(given["merge"], "merge", path))
        if "merge" in given
        else (),
        split=tuple(_group(item, "split", path) for item in items(given["split"], "split", path))
        if "split" in given
        else (),
        rename=tuple(_pairs(given["rename"], "rename", path)) if "rename" in given else (),
        ignore=_names(given["ignore"], "ignore", path) if "ignore" in given else (),
        add=tuple(_addition(item, path) for item in items(given["add"], "add", path)) if "add" in given else (),
        kind=tuple((name, _kind(kind, name, path)) for name, kind in _pairs(given["kind"], "kind", path))
        if "kind" in given
        else (),
        relate=_relations(given["relate"], "relate", path) if "relate" in given else (),
        unrelate=_relations(given["unrelate"], "unrelate", path) if "unrelate" in given else (),
        require=tuple(_needs(given["require"], "require", path)) if "require" in given else (),
        unrequire=tuple(_needs(given["unrequire"], "unrequire", path)) if "unrequire" in given else (),
        packs=_packs(given["packs"], path) if "packs" in given else None,
    )


def _relations(node: yaml.Node, key: str, path: Path) -> tuple[SaidRelation, ...]:
    """Lists of head, type and tail; for ``unrelate`` the type may be left out."""
    return tuple(_relation(item, key, path) for item in items(node, key, path))


def _relation(node: yaml.Node, key: str, path: Path) -> SaidRelation:
    words = scalars(node, key, path)
    if len(words) == 2 and key == "unrelate":
        (head, line), (tail, _) = words
        return SaidRelation(_said(head, line, path), None, _said(tail, line, path))
    if len(words) != 3:
        form = "[HEAD, TYPE, TAIL]" + (" or [NAME, NAME]" if key == "unrelate" else "")
        raise SettingsError(f"{path}:{line_of(node)}: each item of {key!r} should be {form}.")
    (head, line), (type_, _), (tail, _) = words
    if type_ not in _TYPES:
        raise SettingsError(
            f"{path}:{line}: unknown type of relation {type_!r}.{did_you_mean(type_, _TYPES)} Types: "
            f"{', '.join(_TYPES)}."
        )
    return SaidRelation(_said(head, line, path), _TYPES[type_], _said(tail, line, path))


def _needs(node: yaml.Node, key: str, path: Path) -> Iterator[SaidNeed]:
    """The prerequisites of a mapping from a concept to the list of those that come first."""
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{path}:{line_of(node)}: {key!r} should be a mapping, one `NAME: [NAME, …]` a line.")
    for name, before in node.value:
        after = _said(scalar(name, key, path), line_of(name), path)
        for said in _names(before, key, path):
            yield SaidNeed(said, after)


def _packs(node: yaml.Node, path: Path) -> tuple[str, ...]:
    """Fields as they are, files as seen from the folder of the corrections."""
    named = (name for name, _ in scalars(node, "packs", path))
    return tuple(str(path.parent / name) if name.endswith(SUFFIX) else name for name in named)


def _empty(node: yaml.Node) -> bool:
    """Whether a key appears there with nothing behind it, as in a template whose examples are comments."""
    return isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null")


def _names(node: yaml.Node, key: str, path: Path) -> tuple[Said, ...]:
    return tuple(_said(name, line, path) for name, line in scalars(node, key, path))


def _said(name: str, line: int, path: Path) -> Said:
    if not any(c.isalnum() for c in name):
        raise SettingsError(f"{path}:{line}: {name!r} is not a name: it has neither letters nor digits.")
    return Said(name, line)


def _group(node: yaml.Node, key: str, path: Path) -> tuple[Said, ...]:
    """A list of names of which two are different."""
    group = _names(node, key, path)
    if len({s.key for s in group}) < 2:
        shown = ", ".join(repr(s.name) for s in group)
        raise SettingsError(
            f"{path}:{line_of(node)}: {key!r} needs two names that differ in more than case, spaces and plural; here "
            f"is {shown}."
        )
    return group


def _pairs(node: yaml.Node, key: str, path: Path) -> Iterator[tuple[Said, str]]:
    """The (name, text) of a mapping."""
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{path}:{line_of(node)}: {key!r} should be a mapping, one `NAME: …` a line.")
    for name, value in node.value:
        yield _said(scalar(name, key, path), line_of(name), path), scalar(value, key, path)


def _kind(word: str, name: Said, path: Path) -> ConceptKind:
    if word not in _KINDS:
        raise SettingsError(
            f"{path}:{name.line}: unknown kind {word!r} of {name.name!r}.{did_you_mean(word, _KINDS)} Kinds: "
            f"{', '.join(_KINDS)}."
        )
    return _KINDS[word]


def _addition(node: yaml.Node, path: Path) -> Addition:
    """A name, or a mapping with more."""
    if isinstance(node, yaml.ScalarNode):
        return Addition(_said(scalar(node, "add", path), line_of(node), path))
    given = fields(node, _ADD_KEYS, path)
    if "name" not in given:
        raise SettingsError(f"{path}:{line_of(node)}: something is added without a name.")
    name = _said(scalar(given["name"], "name", path), line_of(given["name"]), path)
    aliases = _names(given["aliases"], "aliases", path) if "aliases" in given else ()
    kind = _kind(scalar(given["kind"], "kind", path), name, path) if "kind" in given else None
    return Addition(name, tuple(a for a in aliases if a.key != name.key), kind)


# ---- contradictions
# -----------------------------------------------------------------------------------------------------


def _checked(found: Corrections) -> Corrections:
    """``found``, once no two lines of it contradict each other."""
    ignored = {s.key: s for s in found.ignore}
    for said in (*found.wanted, *(alias for a in found.add for alias in a.aliases)):
        if said.key in ignored:
            raise found.refusal(said.line, f"{said.name!r} is also ignored (line {ignored[said.key].line}).")
    groups = _Groups(found.joined)
    for group in found.split:
        seen: dict[str, Said] = {}
        for said in group:
            other = seen.setdefault(groups.of(said.key), said)
            if other.key != said.key:
                line = groups.line(said.key)
                raise found.refusal(
                    said.line, f"{other.name!r} and {said.name!r} are to stay apart, but line {line} makes them one."
                )
    _one_each(found, "is shown as", ((old, new) for old, new in found.rename), groups)
    kinds = [*found.kind, *((a.name, a.kind) for a in found.add if a.kind is not None)]
    _one_each(found, "is of kind", ((name, kind.value) for name, kind in kinds), groups)
    _check_relations(found, groups)
    _check_needs(found, groups)
    return found


def _check_relations(found: Corrections, groups: _Groups) -> None:
    """Fail where a relation is of a concept with itself, or is both stated and denied."""
    for relation in (*found.relate, *found.unrelate):
        _check_two(found, relation.head, relation.tail, groups)
    for relation in found.relate:
        ends = [groups.of(relation.head.key), groups.of(relation.tail.key)]
        for denied in found.unrelate:
            others = [groups.of(denied.head.key), groups.of(denied.tail.key)]
            unordered = denied.type is None or denied.type.symmetric
            if denied.type in (None, relation.type) and (ends == others or (unordered and ends == others[::-1])):
                raise found.refusal(
                    relation.head.line,
                    f"{relation.head.name!r} and {relation.tail.name!r} are related here, and unrelated on line "
                    f"{denied.head.line}.",
                )


def _check_needs(found: Corrections, groups: _Groups) -> None:
    """Fail where prerequisites go in a circle, or one is both required and not."""
    denied = {(groups.of(n.before.key), groups.of(n.after.key)): n for n in found.unrequire}
    needed: dict[str, dict[str, SaidNeed]] = {}
    for need in (*found.require, *found.unrequire):
        _check_two(found, need.before, need.after, groups)
    for need in found.require:
        ends = (groups.of(need.before.key), groups.of(need.after.key))
        if ends in denied:
            raise found.refusal(
                need.after.line,
                f"{need.after.name!r} requires {need.before.name!r} here, and not on line {denied[ends].after.line}.",
            )
        needed.setdefault(ends[1], {})[ends[0]] = need
    try:
        TopologicalSorter({after: list(before) for after, before in needed.items()}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        need = needed[circle[1]][circle[0]]
        shown = " → ".join(repr(needed[b][a].before.name) for a, b in pairwise(circle))
        raise found.refusal(need.after.line, f"These require each other in a circle: {shown}.") from error


def _check_two(found: Corrections, one: Said, other: Said, groups: _Groups) -> None:
    if groups.of(one.key) == groups.of(other.key):
        raise found.refusal(one.line, f"{one.name!r} and {other.name!r} are one concept; two are needed here.")


def _one_each(found: Corrections, what: str, pairs: Iterable[tuple[Said, str]], groups: _Groups) -> None:
    """Fail where two lines give one concept two different values."""
    first: dict[str, tuple[Said, str]] = {}
    for said, value in pairs:
        other, given = first.setdefault(groups.of(said.key), (said, value))
        if given != value:
            raise found.refusal(
                said.line, f"{said.name!r} {what} {value!r} here, and {given!r} on line {other.line} ({other.name!r})."
            )


class _Groups:
    """Keys that the user makes one, by union-find over small groups."""

    def __init__(self, groups: Iterable[tuple[Said, ...]]) -> None:
        self._root: dict[str, str] = {}
        self._line: dict[str, int] = {}
        for group in groups:
            roots = {self.of(s.key) for s in group}
            target = min(roots)
            for said in group:
                self._root.setdefault(said.key, said.key)
                self._line[said.key] = said.line
            for key in list(self._root):
                if self._root[key] in roots:
                    self._root[key] = target

    def of(self, key: str) -> str:
        """One key that stands for all that are one with ``key``."""
        return self._root.get(key, key)

    def line(self, key: str) -> int:
        """The line that last put ``key`` into a group."""
        return self._line.get(key, 0)
