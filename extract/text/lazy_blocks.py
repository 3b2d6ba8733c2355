"""The blocks of a note that is packed in memory: they are unpacked when somebody asks for one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import overload

from extract.notes.blocks import Block


class LazyBlocks(Sequence[Block]):
    """All blocks of a note.

    Reading them in order is cheap; so is looking at one note's blocks again and again. Looking at one block here and
    one there is not, because the whole note is unpacked for each: see :func:`extract.text.occurrences.read_ahead`.
    """

    __slots__ = ("_number", "_opened", "_size", "letters")

    def __init__(self, opened: Callable[[int], tuple[Block, ...]], number: int, size: int, letters: int) -> None:
        """The ``size`` blocks that ``opened(number)`` gives, whose texts have so many ``letters``."""
        self._opened, self._number, self._size = opened, number, size
        self.letters = letters

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Block]:
        return iter(self._opened(self._number))

    @overload
    def __getitem__(self, at: int) -> Block: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Block]: ...
    def __getitem__(self, at: int | slice) -> Block | Sequence[Block]:
        return self._opened(self._number)[at]

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, LazyBlocks | tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


class SomeBlocks(Sequence[Block]):
    """The blocks of a note, some of them in memory."""

    __slots__ = ("_all", "_some")

    def __init__(self, some: Mapping[int, Block], every: Sequence[Block]) -> None:
        """Those of ``every`` block; ``some`` are there already, by index."""
        self._some, self._all = some, every

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Block]:
        return iter(self._all)

    @overload
    def __getitem__(self, at: int) -> Block: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Block]: ...
    def __getitem__(self, at: int | slice) -> Block | Sequence[Block]:
        found = self._some.get(at) if isinstance(at, int) else None
        return self._all[at] if found is None else found


def letters_of(blocks: Sequence[Block]) -> int:
    """Characters of the text of all ``blocks``."""
    return blocks.letters if isinstance(blocks, LazyBlocks) else sum(len(block.text) for block in blocks)
