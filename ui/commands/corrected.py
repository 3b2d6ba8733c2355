"""The user's corrections in words: which lines of ``studyatlas.yaml`` concern a concept."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from extract.knowledge.corrections import Corrections, Said
from extract.text.keys import key_of


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction."""

    line: int
    """1-based line of the file."""
    what: str
    """``merge``, ``split``, ``rename``, ``ignore``, ``add``, ``kind``, ``relate``, ``unrelate``, ``require`` or
    ``unrequire``."""
    names: tuple[str, ...]
    value: str = ""
    """The new name, the kind or the type, for ``rename``, ``kind``, ``add``, ``relate`` and ``unrelate``."""

    @property
    def text(self) -> str:
        """As it appears in the file, about: ``rename LLMs: 大语言模型``."""
        return f"{self.what} {', '.join(self.names)}" + (f": {self.value}" if self.value else "")


def listed(corrections: Corrections) -> list[Correction]:
    """All corrections, by line."""
    return sorted(_all(corrections), key=lambda c: (c.line, c.what, c.names))


def concerning(corrections: Corrections, names: Collection[str]) -> list[Correction]:
    """The corrections that speak of one of ``names``, in any writing of it, by line."""
    keys = {key_of(name) for name in names}
    return [
        c
        for c in listed(corrections)
        if keys & {key_of(n) for n in (*c.names, *([c.value] if c.what == "rename" else []))}
    ]


def _all(corrections: Corrections) -> Iterator[Correction]:
    for what, groups in (("merge", corrections.merge), ("split", corrections.split)):
        for group in groups:
            yield _group(what, group)
    for old, new in corrections.rename:
        yield Correction(old.line, "rename", (old.name,), new)
    for said in corrections.ignore:
        yield Correction(said.line, "ignore", (said.name,))
    for addition in corrections.add:
        kind = addition.kind.value if addition.kind is not None else ""
        yield Correction(addition.name.line, "add", tuple(s.name for s in addition.names), kind)
    for said, given in corrections.kind:
        yield Correction(said.line, "kind", (said.name,), given.value)
    for what, relations in (("relate", corrections.relate), ("unrelate", corrections.unrelate)):
        for relation in relations:
            type_ = relation.type.value if relation.type is not None else ""
            yield Correction(relation.head.line, what, (relation.head.name, relation.tail.name), type_)
    for what, needs in (("require", corrections.require), ("unrequire", corrections.unrequire)):
        for need in needs:
            yield Correction(need.after.line, what, (need.after.name, need.before.name))


def _group(what: str, group: Sequence[Said]) -> Correction:
    return Correction(group[0].line, what, tuple(s.name for s in group))
