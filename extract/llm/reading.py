"""What a language model read in a section, as far as it appears there.

A name or a quote that the section does not contain is dropped and counted, so that every statement leads back to a line
whatever a model makes up, and whatever a note told it to write. Only the properties of the schema are read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from extract.concepts.content_words import usable
from extract.llm.prompts import LISTS, STRENGTHS, WEIGHTS
from extract.llm.sections import Section
from extract.text.keys import key_of
from graph.llm.objects import parsed_object
from graph.model import ConceptKind, Evidence, RelationType
from graph.text.name_finder import NameFinder
from graph.text.names import fold, fold_with_offsets

LONGEST_NAME: Final = 80
LONGEST_QUOTE: Final = 300
LEAST_QUOTE: Final = 2
"""Letters of a quote, without spaces and signs; a shorter one is anywhere."""
LEAD: Final = 12
"""Lines above a quote in which the other name may be: a lead-in or the head of a table."""
_TYPES: Final[Mapping[str, RelationType]] = {t.value: t for t in RelationType} | {"example_of": RelationType.IS_A}
_KINDS: Final = {kind.value: kind for kind in ConceptKind}


@dataclass(frozen=True, slots=True)
class ReadConcept:
    """A concept that a section names."""

    name: str
    aliases: tuple[str, ...]
    kind: ConceptKind | None
    weight: str
    """``core``, ``normal`` or ``minor``."""
    line: int
    definition: Evidence | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The name, then the aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class ReadRelation:
    """A typed statement, by keys of names."""

    head: str
    type: RelationType
    tail: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ReadNeed:
    """A prerequisite, by keys of names."""

    before: str
    after: str
    strong: bool
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one section."""

    section: Section
    concepts: tuple[ReadConcept, ...] = ()
    relations: tuple[ReadRelation, ...] = ()
    needs: tuple[ReadNeed, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Why something was dropped → how often: ``name``, ``alias``, ``quote``, ``type``, ``self``, ``undeclared``,
    ``unrelated`` (the quote names neither end), ``form`` (not as the schema says)."""
    whole: bool = True
    """Whether the answer was complete."""


def reading_of(section: Section, text: str) -> Reading | None:
    """What the answer ``text`` says about ``section``; None where it has nothing of the form that was asked for."""
    record, whole = parsed_object(text, LISTS)
    if record is None or not any(isinstance(record.get(name), list) for name in LISTS):
        return None
    return _Reader(section).read(record, whole)


class _Reader:
    """Reads one answer."""

    def __init__(self, section: Section) -> None:
        self._section = section
        self._dropped: Counter[str] = Counter()
        self._writings: dict[str, tuple[str, ...]] = {}
        """Key → all names of the concept that goes by it."""
        folded, lines = [], []
        at, starts = 0, []
        self._offsets: list[list[int]] = []
        for number, plain in section.rows:
            text, offsets = fold_with_offsets(plain)
            starts.append(at)
            folded.append(text)
            self._offsets.append(offsets)
            lines.append(number)
            at += len(text)
        self._text = "".join(folded)
        self._starts, self._lines = starts, lines

    def read(self, record: Mapping[str, Any], whole: bool) -> Reading:
        """All that the record says and the section contains."""
        entries = [e for e in self._items(record, "concepts") if self._name(e.get("name"))]
        wanted = [str(e["name"]) for e in entries] + [a for e in entries for a in _texts(e.get("aliases"))]
        there = self._named(wanted)
        concepts = tuple(c for e in entries if (c := self._concept(e, there)) is not None)
        self._writings = {key_of(name): concept.names for concept in concepts for name in concept.names}
        relations = tuple(r for e in self._items(record, "relations") if (r := self._relation(e)) is not None)
        needs = tuple(n for e in self._items(record, "prerequisites") if (n := self._need(e)) is not None)
        return Reading(
            self._section, concepts, _once(relations), _once(needs), dict(sorted(self._dropped.items())), whole
        )

    def _items(self, record: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
        items = record.get(name)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield item
            else:
                self._dropped["form"] += 1

    def _name(self, name: object) -> bool:
        fine = isinstance(name, str) and 0 < len(name.strip()) <= LONGEST_NAME and bool(fold(name)) and usable(name)
        if not fine:
            self._dropped["form"] += 1
        return fine

    def _named(self, names: Sequence[str]) -> dict[str, tuple[str, int]]:
        """Key → how the section writes the name, and the first line; without names that it does not contain."""
        finder = NameFinder(((name, key_of(name)) for name in names), acronyms=False)
        found: dict[str, tuple[str, int]] = {}
        for number, plain in self._section.rows:
            for start, end, key in finder.find_all(plain):
                found.setdefault(key, (" ".join(plain[start:end].split()), number))
        return found

    def _concept(self, entry: Mapping[str, Any], there: Mapping[str, tuple[str, int]]) -> ReadConcept | None:
        names: dict[str, str] = {}
        for name in (str(entry["name"]), *_texts(entry.get("aliases"))):
            key = key_of(name)
            if key in there:
                names.setdefault(key, there[key][0])
            else:
                self._dropped["alias" if names or name != entry["name"] else "name"] += 1
        if key_of(str(entry["name"])) not in names:  # the model calls it by a name of its own
            return None
        first = key_of(str(entry["name"]))
        weight = entry.get("weight")
        quote = entry.get("definition")
        definition = self._quoted(quote, entry.get("line")) if isinstance(quote, str) and quote.strip() else None
        if definition is None and isinstance(quote, str) and quote.strip():
            self._dropped["quote"] += 1
        return ReadConcept(
            names.pop(first),
            tuple(names.values()),
            _KINDS.get(str(entry.get("kind"))),
            str(weight) if weight in WEIGHTS else "normal",
            there[first][1],
            definition,
        )

    def _relation(self, entry: Mapping[str, Any]) -> ReadRelation | None:
        ends = self._ends(entry, "head", "tail")
        kind = _TYPES.get(str(entry.get("type")))
        if kind is None:
            self._dropped["type"] += 1
        if ends is None or kind is None:
            return None
        evidence = self._evidence(entry, ends)
        return None if evidence is None else ReadRelation(ends[0], kind, ends[1], evidence)

    def _need(self, entry: Mapping[str, Any]) -> ReadNeed | None:
        ends = self._ends(entry, "before", "after")
        if ends is None:
            return None
        evidence = self._evidence(entry, ends)
        strong = entry.get("strength", STRENGTHS[0]) == STRENGTHS[0]
        return None if evidence is None else ReadNeed(*ends, strong, evidence)

    def _ends(self, entry: Mapping[str, Any], one: str, other: str) -> tuple[str, str] | None:
        names = entry.get(one), entry.get(other)
        if not all(isinstance(name, str) and name.strip() for name in names):
            self._dropped["form"] += 1
            return None
        first, second = (key_of(str(name)) for name in names)
        if first == second:
            self._dropped["self"] += 1
            return None
        if first not in self._writings or second not in self._writings:
            self._dropped["undeclared"] += 1
            return None
        return first, second

    def _evidence(self, entry: Mapping[str, Any], ends: tuple[str, str]) -> Evidence | None:
        """The quote, where it names one of the two and the other is there, above it or in a heading."""
        found = self._quoted(entry.get("quote"), entry.get("line"))
        if found is None:
            self._dropped["quote"] += 1
            return None
        finder = NameFinder(((name, key) for key in ends for name in self._writings[key]), acronyms=False)
        here = {f.owner for f in finder.find_all(found.quote)}
        above = {
            f.owner
            for number, plain in self._section.rows
            if found.line - LEAD <= number <= found.line
            for f in finder.find_all(plain)
        }
        headed = {f.owner for title in self._section.path for f in finder.find_all(title)}
        if not here or not set(ends) <= here | above | headed:
            self._dropped["unrelated"] += 1
            return None
        return found

    def _quoted(self, quote: object, line: object) -> Evidence | None:
        """The piece of the section that ``quote`` repeats, nearest to ``line``; signs, spaces and case do not count."""
        if not isinstance(quote, str):
            return None
        wanted, _ = fold_with_offsets(quote[: 2 * LONGEST_QUOTE])
        if len(wanted) < LEAST_QUOTE:
            return None
        near = line if isinstance(line, int) else self._lines[0]
        best: tuple[int, int] | None = None
        start = self._text.find(wanted)
        while start >= 0:
            row = bisect_right(self._starts, start) - 1
            rank = (abs(self._lines[row] - near), start)
            best = rank if best is None or rank < best else best
            start = self._text.find(wanted, start + 1)
        return None if best is None else self._piece(best[1], best[1] + len(wanted), quote.rstrip()[-1:])

    def _piece(self, start: int, end: int, closing: str) -> Evidence:
        """The text from ``start`` to ``end`` of the folded text, as it is written, with ``closing`` if it follows."""
        first, last = bisect_right(self._starts, start) - 1, bisect_right(self._starts, end - 1) - 1
        pieces = []
        for row in range(first, last + 1):
            plain, offsets, at = self._section.rows[row][1], self._offsets[row], self._starts[row]
            left = offsets[start - at] if row == first else 0
            right = offsets[end - 1 - at] + 1 if row == last else len(plain)
            right += row == last and plain[right : right + 1] == closing
            pieces.append(plain[left:right])
        return Evidence(self._section.doc, self._lines[first], " ".join(pieces)[:LONGEST_QUOTE].strip())


def _texts(values: object) -> list[str]:
    """The items of a list that are names of a sensible length."""
    items = values if isinstance(values, list) else ()
    return [v for v in items if isinstance(v, str) and 0 < len(v.strip()) <= LONGEST_NAME and fold(v) and usable(v)]


def _once(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Without repetitions, in order."""
    return tuple(dict.fromkeys(items))
