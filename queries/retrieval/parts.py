"""Arrays and texts as named parts: bytes that a store keeps with a graph, read one by one when they are needed.

A part is compressed and of bounded size, so that a question reads a few of thousands. Nothing in a part is trusted: a
graph's file may come from somebody else. Sizes are known before a part is unpacked, numbers are compared with the range
that they are used in, and nothing that is read is ever executed. What does not agree is a :class:`DamagedIndex`, and
the caller computes the index anew.

Three shapes are enough:

- a *column*: one number for each of many things;
- *lists*: for each of many things a list of numbers (postings, for one), of which single ones are read;
- *texts*: many short texts, of which single ones are read, or looked up where they are sorted.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from queries.retrieval.complement import Ints, Rows

Read = Callable[[Collection[str]], Mapping[str, bytes]]
"""Reads parts by name; those that are not there are left out."""

LIST_ITEMS: Final = 1 << 14
"""Numbers of lists in a part: unpacked in a third of a millisecond."""
COLUMN_ITEMS: Final = 1 << 17
"""Numbers of a column in a part: columns are read as a whole."""
TEXT_SIZE: Final = 1 << 15
"""Characters of texts in a part, about; one that is longer has a part of its own."""
TEXT_COUNT: Final = 1 << 12
"""Texts in a part, at most."""
LARGEST: Final = 1 << 28
"""Bytes that a part may have when it is unpacked."""
KEPT: Final = 2048
"""Unpacked parts of one array that are kept; then all are forgotten, and read again as they are needed."""
_LEVEL: Final = 3
"""Of zlib. On real parts 6 takes three times as long for 4 % less."""
_ITEM: Final = np.dtype("<u4")


class DamagedIndex(Exception):
    """A stored index is not what it should be. Never shown: the index is computed anew."""


# ---- writing -------------------------------------------------------------------------------------------------------


def put_column(parts: dict[str, bytes], name: str, numbers: NDArray[np.integer] | Sequence[int]) -> None:
    """Add a column of numbers, each 0..2^31-1."""
    array = np.asarray(numbers, dtype=np.int64)
    for part, first in enumerate(range(0, len(array), COLUMN_ITEMS)):
        parts[f"{name}/{part}"] = _packed(array[first : first + COLUMN_ITEMS])


def put_lists(parts: dict[str, bytes], name: str, sizes: NDArray[np.integer], *fields: NDArray[np.integer]) -> None:
    """Add lists.

    Args:
        parts: where to add them.
        name: what they are called.
        sizes: shape (lists,): how long each is.
        fields: each of shape (sum of sizes,): the numbers, 0..2^31-1, of all lists one after the other.
    """
    put_column(parts, f"{name}.size", sizes)
    for part, first in enumerate(range(0, len(fields[0]), LIST_ITEMS)):
        parts[f"{name}/{part}"] = _packed(*(field[first : first + LIST_ITEMS] for field in fields))


def put_rows(parts: dict[str, bytes], name: str, rows: Rows) -> None:
    """Add lists of one number for each item."""
    put_lists(parts, name, rows.sizes, rows.items)


def put_texts(parts: dict[str, bytes], name: str, texts: Iterable[str]) -> None:
    """Add texts, in their order."""
    firsts: list[str] = []
    counts: list[int] = []
    for part, some in enumerate(_portions(texts)):
        parts[f"{name}/{part}"] = _packed_texts(some)
        firsts.append(some[0])
        counts.append(len(some))
    put_column(parts, f"{name}.count", counts)
    parts[f"{name}.first"] = _packed_texts(firsts)


def _portions(texts: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    size = 0
    for text in texts:
        if some and (size + len(text) > TEXT_SIZE or len(some) == TEXT_COUNT):
            yield some
            some, size = [], 0
        some.append(text)
        size += len(text)
    if some:
        yield some


def _packed(*fields: NDArray[np.integer]) -> bytes:
    """Numbers as differences, zigzag coded, low bytes first: all high bytes of small differences are zero."""
    planes = []
    for field in fields:
        numbers = np.asarray(field, dtype=np.int64)
        if len(numbers) and (int(numbers.min()) < 0 or int(numbers.max()) >= 1 << 31):
            raise ValueError("a number of an index is not in 0..2^31-1")
        step = np.diff(numbers, prepend=0).astype(np.int32)
        coded = ((step << 1) ^ (step >> 31)).astype(_ITEM)
        planes.append(np.ascontiguousarray(coded.view(np.uint8).reshape(-1, 4).T).tobytes())
    return zlib.compress(b"".join(planes), _LEVEL)


def _packed_texts(texts: Sequence[str]) -> bytes:
    head = np.fromiter((len(texts), *map(len, texts)), dtype=_ITEM, count=len(texts) + 1)
    return zlib.compress(head.tobytes() + "".join(texts).encode("utf-8", "surrogatepass"), _LEVEL)


# ---- reading -------------------------------------------------------------------------------------------------------


def _plain(data: bytes | None, *, size: int | None = None) -> bytes:
    """A part as it was before it was compressed, of just ``size`` bytes where that is known."""
    if data is None:
        raise DamagedIndex("a part is missing")
    most = LARGEST if size is None else size
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(data, most + 1)
    except zlib.error as e:
        raise DamagedIndex("a part cannot be unpacked") from e
    if not unpacker.eof or unpacker.unused_data or len(plain) > most or (size is not None and len(plain) != size):
        raise DamagedIndex("a part has another size")
    return plain


def _unpacked(data: bytes | None, count: int, below: Sequence[int]) -> list[NDArray[np.int32]]:
    plain = np.frombuffer(_plain(data, size=4 * count * len(below)), dtype=np.uint8)
    found = []
    for number, most in enumerate(below):
        planes = plain[4 * count * number : 4 * count * (number + 1)].reshape(4, count)
        coded = np.ascontiguousarray(planes.T).view(_ITEM).reshape(count)
        step = (coded >> 1).astype(np.int32) ^ -(coded & 1).astype(np.int32)
        numbers = np.cumsum(step, dtype=np.int32)
        if count and (int(numbers.min()) < 0 or int(numbers.max()) >= most):
            raise DamagedIndex("a number is out of its range")
        found.append(numbers)
    return found


def get_column(read: Read, name: str, *, size: int, below: int) -> Ints:
    """The column of ``size`` numbers, each 0..``below``-1.

    Raises:
        DamagedIndex: it is not there, or has other numbers.
    """
    counts = [min(COLUMN_ITEMS, size - first) for first in range(0, size, COLUMN_ITEMS)]
    names = [f"{name}/{part}" for part in range(len(counts))]
    held = read(names) if names else {}
    pieces = [_unpacked(held.get(n), count, [below])[0] for n, count in zip(names, counts, strict=True)]
    return np.concatenate(pieces).astype(np.int64) if pieces else np.zeros(0, dtype=np.int64)


class Lists:
    """Stored lists of numbers, read when they are asked for; like :class:`queries.retrieval.complement.Rows`.

    Args:
        read: reads parts.
        name: what they are called.
        count: number of lists.
        below: for each field the number that its items are below.
    """

    def __init__(self, read: Read, name: str, *, count: int, below: Sequence[int]) -> None:
        self._read, self._name, self._below = read, name, tuple(below)
        self.sizes: Ints = get_column(read, f"{name}.size", size=count, below=1 << 31)
        """Length of each list."""
        self._start = np.concatenate(([0], np.cumsum(self.sizes)))
        self._total = int(self._start[-1])
        if self._total >= 1 << 40:
            raise DamagedIndex("the lists are too long")
        self._parts: dict[int, list[NDArray[np.int32]]] = {}

    def __len__(self) -> int:
        return len(self.sizes)

    def at(self, row: int) -> list[Ints]:
        """For each field the numbers of one list."""
        begin, end = int(self._start[row]), int(self._start[row + 1])
        if begin == end:
            return [np.zeros(0, dtype=np.int64) for _ in self._below]
        pieces = []
        for number in range(begin // LIST_ITEMS, (end - 1) // LIST_ITEMS + 1):
            here = number * LIST_ITEMS
            pieces.append([field[max(begin - here, 0) : end - here] for field in self._part(number)])
        return [np.concatenate(field).astype(np.int64) for field in zip(*pieces, strict=True)]

    def row(self, row: int) -> Ints:
        """The numbers of one list, its first field."""
        return self.at(row)[0]

    def of(self, rows: Ints) -> tuple[Ints, Ints]:
        """The items of several lists, as (which of ``rows``, item), in their order."""
        found = [self.row(row) for row in rows.tolist()]
        which = np.repeat(np.arange(len(found), dtype=np.int64), [len(items) for items in found])
        return which, np.concatenate(found) if found else np.zeros(0, dtype=np.int64)

    def whole(self) -> Rows:
        """All of them."""
        parts = range(-(-self._total // LIST_ITEMS))
        items = [self._part(number)[0] for number in parts]
        return Rows(self._start, np.concatenate(items).astype(np.int64) if items else np.zeros(0, dtype=np.int64))

    def _part(self, number: int) -> list[NDArray[np.int32]]:
        found = self._parts.get(number)
        if found is None:
            name = f"{self._name}/{number}"
            count = min(LIST_ITEMS, self._total - number * LIST_ITEMS)
            found = _unpacked(self._read([name]).get(name), count, self._below)
            if len(self._parts) >= KEPT:
                self._parts.clear()
            self._parts[number] = found
        return found


class Texts(Sequence[str]):
    """Stored texts, read when they are asked for.

    Args:
        read: reads parts.
        name: what they are called.
        count: number of texts.
    """

    def __init__(self, read: Read, name: str, *, count: int) -> None:
        self._read, self._name, self._count = read, name, count
        first = _texts(read([f"{name}.first"]).get(f"{name}.first"))
        counts = get_column(read, f"{name}.count", size=len(first), below=TEXT_COUNT + 1)
        if int(counts.sum()) != count or (len(counts) and int(counts.min()) < 1):
            raise DamagedIndex("the texts are of another number")
        self.firsts: list[str] = first
        """The first text of each part."""
        self.starts: list[int] = list(accumulate(counts.tolist(), initial=0))
        """Number of the first text of each part, and at the end the number of texts."""
        self._parts: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> str:  # type: ignore[override]  # slices are not needed
        if not 0 <= number < self._count:
            raise IndexError(number)
        part = bisect_right(self.starts, number) - 1
        return self.part(part)[number - self.starts[part]]

    def __iter__(self) -> Iterator[str]:
        for part in range(len(self.firsts)):
            yield from self.part(part)

    def part(self, part: int) -> list[str]:
        """The texts that are together in one part."""
        found = self._parts.get(part)
        if found is None:
            name = f"{self._name}/{part}"
            found = _texts(self._read([name]).get(name), count=self.starts[part + 1] - self.starts[part])
            if len(self._parts) >= KEPT:
                self._parts.clear()
            self._parts[part] = found
        return found


class SortedTexts(Texts):
    """Stored texts in the order of their code points, each once: a text leads to its number."""

    def __init__(self, read: Read, name: str, *, count: int) -> None:
        super().__init__(read, name, count=count)
        self._numbers: dict[int, dict[str, int]] = {}

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.get(text) is not None

    def get(self, text: str) -> int | None:
        """The number of ``text``; None where it is not one of them."""
        part = bisect_right(self.firsts, text) - 1
        if part < 0:
            return None
        numbers = self._numbers.get(part)
        if numbers is None:
            numbers = {found: number for number, found in enumerate(self.part(part), self.starts[part])}
            if len(self._numbers) >= KEPT:
                self._numbers.clear()
            self._numbers[part] = numbers
        return numbers.get(text)

    def number(self, text: str) -> int:
        """The number of ``text``, which is one of them.

        Raises:
            KeyError: it is not.
        """
        number = self.get(text)
        if number is None:
            raise KeyError(text)
        return number

    def beginning(self, prefix: str) -> Iterator[str]:
        """The texts that begin with ``prefix``, in order."""
        part = max(bisect_right(self.firsts, prefix) - 1, 0)
        while part < len(self.firsts) and (self.firsts[part] < prefix or self.firsts[part].startswith(prefix)):
            texts = self.part(part)
            for number in range(bisect_left(texts, prefix), len(texts)):
                if not texts[number].startswith(prefix):
                    return
                yield texts[number]
            part += 1


def _texts(data: bytes | None, *, count: int | None = None) -> list[str]:
    """The texts of a part; ``count``: how many, where that is known."""
    plain = _plain(data)
    held = int.from_bytes(plain[:4], "little")
    if (count is not None and held != count) or len(plain) < 4 * (held + 1):
        raise DamagedIndex("a part has another number of texts")
    sizes = np.frombuffer(plain, dtype=_ITEM, count=held, offset=4).astype(np.int64)
    try:
        joined = plain[4 * (held + 1) :].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as e:
        raise DamagedIndex("a part of texts is not text") from e
    ends = np.cumsum(sizes)
    if (int(ends[-1]) if held else 0) != len(joined):
        raise DamagedIndex("the texts of a part have another size")
    return [joined[end - size : end] for end, size in zip(ends.tolist(), sizes.tolist(), strict=True)]
