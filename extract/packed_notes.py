"""What was extracted of all notes, in packed form: a note's text, blocks and candidates are there while it is read.

The stages of a whole collection go from note to note many times. As Python objects, what they read would be in memory
for the whole build, seventeen bytes for each byte of notes; packed it is less than two. So a stage gets sequences that
look like those objects and unpack one note at a time. The few notes that were read last stay unpacked.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from extract.concepts.candidates import Candidates
from extract.concepts.forms import Form, FormTable, Ints, SlimForms
from extract.document import Extracted
from extract.notes.blocks import Block
from extract.packing import PackedNote, blocks_of, forms_of, passages_of
from extract.text.lazy_blocks import LazyBlocks
from graph.model import NoteLine, Passage

LEAST_KEPT: Final = 4
"""Notes of which each part stays unpacked, at least."""
ROOM: Final = 1_000_000
"""More of them stay so where all together have up to so many characters: they are not unpacked for each stage again."""
_Table = tuple[SlimForms, dict[str, float]]


class PackedNotes:
    """The notes of a collection, packed. Whatever it gives out goes on with its work as long as it is used."""

    def __init__(self, notes: Sequence[PackedNote], texts: Sequence[str]) -> None:
        """``notes`` with the text of each."""
        self.notes = tuple(notes)
        self.texts = tuple(text.encode("utf-8", "surrogatepass") for text in texts)
        self.kept = max(LEAST_KEPT, ROOM * len(self.texts) // max(sum(map(len, texts)), 1))
        self.blocks: Callable[[int], tuple[Block, ...]] = lru_cache(self.kept)(self._blocks)
        self.tables: Callable[[int], _Table] = lru_cache(self.kept)(self._tables)
        self.passages: Callable[[int], tuple[Passage, ...]] = lru_cache(self.kept)(self._passages)

    def __reduce__(self) -> tuple[Any, ...]:
        return PackedNotes, (self.notes, [self._text(number) for number in range(len(self.texts))])

    def _text(self, number: int) -> str:
        """A text in UTF-8 takes half of what Python takes for one that has a single Chinese character."""
        return self.texts[number].decode("utf-8", "surrogatepass")

    def open_blocks(self, number: int) -> tuple[Block, ...]:
        """The blocks of a note."""
        return self.blocks(number)

    def extracted(self) -> list[Extracted]:
        """The notes as the extraction gave them, unpacked where they are read."""
        return [self._extracted(number) for number in range(len(self.notes))]

    def _extracted(self, number: int) -> Extracted:
        note = self.notes[number]
        head = note.head
        doc = replace(head.candidates.doc, blocks=LazyBlocks(self.open_blocks, number, note.blocks, note.letters))
        candidates: Candidates[Any] = head.candidates
        return replace(
            head,
            candidates=replace(candidates, doc=doc, forms=PackedForms(self, number)),
            scores=PackedScores(self, number),
            passages=tuple(_LazyPassage.of(self, number, place) for place in range(len(head.passages))),
        )

    def _blocks(self, number: int) -> tuple[Block, ...]:
        return blocks_of(self.notes[number], self._text(number))

    def _tables(self, number: int) -> _Table:
        return forms_of(self.notes[number], self._text(number))

    def _passages(self, number: int) -> tuple[Passage, ...]:
        return passages_of(self.notes[number], self._text(number))


class PackedForms(FormTable):
    """The candidates of a note of :class:`PackedNotes`."""

    __slots__ = ("_notes", "_number")

    def __init__(self, notes: PackedNotes, number: int) -> None:
        self._notes, self._number = notes, number

    @property
    def _forms(self) -> SlimForms:
        return self._notes.tables(self._number)[0]

    def overview(self) -> Iterable[tuple[str, int, str]]:  # noqa: D102
        return self._forms.overview()

    def columns(self) -> tuple[list[str], list[str], Ints, Ints, Ints]:  # noqa: D102
        return self._forms.columns()

    def writings_of(self, keys: Sequence[str]) -> list[Mapping[str, int]]:  # noqa: D102
        return self._forms.writings_of(keys)

    def bold(self) -> list[str]:  # noqa: D102
        return self._forms.bold()

    def __len__(self) -> int:
        return len(self._forms)

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __contains__(self, key: object) -> bool:
        return key in self._forms

    def __getitem__(self, key: str) -> Form:
        return self._forms[key]


class PackedScores(Mapping[str, float]):
    """The probabilities of the candidates of a note of :class:`PackedNotes`."""

    __slots__ = ("_notes", "_number")

    def __init__(self, notes: PackedNotes, number: int) -> None:
        self._notes, self._number = notes, number

    @property
    def _scores(self) -> dict[str, float]:
        return self._notes.tables(self._number)[1]

    def __len__(self) -> int:
        return len(self._scores)

    def __iter__(self) -> Iterator[str]:
        return iter(self._scores)

    def __contains__(self, key: object) -> bool:
        return key in self._scores

    def __getitem__(self, key: str) -> float:
        return self._scores[key]

    def get(self, key: str, default: Any = None, /) -> Any:  # noqa: D102
        return self._scores.get(key, default)

    def keys(self) -> KeysView[str]:  # noqa: D102
        return self._scores.keys()

    def values(self) -> ValuesView[float]:  # noqa: D102
        return self._scores.values()

    def items(self) -> ItemsView[str, float]:  # noqa: D102
        return self._scores.items()


class _LazyPassage(Passage):
    """A passage whose text and lines are unpacked when they are read."""

    __slots__ = ("_notes", "_number", "_place")
    _notes: PackedNotes
    _number: int
    _place: int

    @classmethod
    def of(cls, notes: PackedNotes, number: int, place: int) -> _LazyPassage:
        """The passage at ``place`` of a note."""
        head = notes.notes[number].head.passages[place]
        made = cls.__new__(cls)
        for name in ("id", "doc", "first_line", "last_line", "heading_path"):
            object.__setattr__(made, name, getattr(head, name))
        for name, value in (("_notes", notes), ("_number", number), ("_place", place)):
            object.__setattr__(made, name, value)
        return made

    @property
    def text(self) -> str:
        return self._whole().text

    @property
    def lines(self) -> tuple[NoteLine, ...]:
        return self._whole().lines

    def _whole(self) -> Passage:
        return self._notes.passages(self._number)[self._place]

    def __reduce__(self) -> tuple[Any, ...]:
        return _LazyPassage.of, (self._notes, self._number, self._place)

    def __eq__(self, other: object) -> bool:
        whole = other._whole() if isinstance(other, _LazyPassage) else other
        return self._whole() == whole if isinstance(whole, Passage) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._whole())

    def __repr__(self) -> str:
        return repr(self._whole())
