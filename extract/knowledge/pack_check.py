"""What is wrong with knowledge packs: the linter behind ``studyatlas packs check``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from extract.knowledge.entries import NEEDS
from extract.knowledge.pack_links import PackNames, Place, circles
from extract.knowledge.pack_sources import Pack, PackProblem
from graph.model import RelationType
from graph.text.names import fold

_CONTRASTS = RelationType.CONTRASTS_WITH.value


def check_packs(packs: Sequence[Pack], *, among: Sequence[Pack] = ()) -> list[PackProblem]:
    """All problems of ``packs``, by file and line.

    The form of each line; names of two entries of one field; values that no entry is called; relations of an entry with
    itself; two types for one pair; contrasts that only one side tells; circles of prerequisites.

    Args:
        packs: what is checked.
        among: further packs, whose entries values may name; what is wrong with them is not told.
    """
    names = PackNames([*packs, *(pack for pack in among if pack.field not in {p.field for p in packs})])
    fields = {pack.field for pack in packs}
    found = [problem for pack in packs for problem in pack.problems]
    for pack in packs:
        found += _shared_names(pack)
        found += _link_problems(pack, names)
    found += _pair_problems(names, fields)
    found += _circle_problems(names, fields)
    return sorted(set(found))


def _shared_names(pack: Pack) -> Iterator[PackProblem]:
    owners: dict[str, int] = {}
    for index, entry in enumerate(pack.entries):
        for form in entry.names:
            other = pack.entries[owners.setdefault(fold(form), index)]
            if other is not entry:
                what = "the name of two entries" if fold(other.name) == fold(entry.name) else "a name of two entries"
                yield PackProblem(
                    pack.file,
                    entry.line,
                    f"{form!r} is {what} of this field, {entry.name!r} and {other.name!r} of line {other.line}; "
                    "give it to the one that is usually meant.",
                )


def _link_problems(pack: Pack, names: PackNames) -> Iterator[PackProblem]:
    for index, key, value, place in names.links(pack.field):
        entry = pack.entries[index]
        if place is None:
            message = f"{key!r} of {entry.name!r} names {value!r}, which is not an entry of this or another pack."
            yield PackProblem(pack.file, entry.line, message)
        elif place == (pack.field, index):
            yield PackProblem(pack.file, entry.line, f"{key!r} of {entry.name!r} names the entry itself ({value!r}).")


def _pair_problems(names: PackNames, fields: Collection[str]) -> Iterator[PackProblem]:
    said: dict[tuple[Place, Place], list[tuple[str, Place, Place]]] = {}
    for field in names.packs:
        for index, key, _, place in names.links(field):
            here = (field, index)
            if key != NEEDS and place is not None and place != here:
                said.setdefault((min(here, place), max(here, place)), []).append((key, here, place))
    for statements in said.values():
        types = sorted({key for key, _, _ in statements})
        ways = {(here, there) for _, here, there in statements}
        key, here, there = statements[-1]
        if here[0] not in fields:
            key, here, there = statements[0]
        if here[0] not in fields:
            continue
        entry, other = names.entry(here), names.entry(there)
        if len(types) > 1:
            yield PackProblem(
                entry.file,
                entry.line,
                f"{entry.name!r} and {other.name!r} are related by more than one type ({', '.join(types)}); keep one.",
            )
        elif key == _CONTRASTS and len(ways) == 1 and there[0] in fields:
            yield PackProblem(
                entry.file,
                entry.line,
                f"{entry.name!r} contrasts with {other.name!r}, but {other.where} does not say so.",
            )
        elif key != _CONTRASTS and len(ways) > 1:
            yield PackProblem(
                entry.file,
                entry.line,
                f"{key!r} is said of {entry.name!r} and {other.name!r} in both directions; keep one.",
            )


def _circle_problems(names: PackNames, fields: Collection[str]) -> Iterator[PackProblem]:
    for circle in circles(names.needs()):
        own = [place for place in circle if place[0] in fields]
        if own:
            entry = names.entry(own[0])
            way = " -> ".join(repr(names.entry(place).name) for place in (*circle, circle[0]))
            yield PackProblem(entry.file, entry.line, f"prerequisites in a circle: {way}; drop one of them.")
