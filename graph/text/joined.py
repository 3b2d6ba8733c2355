"""Many texts as one, for what is much quicker over one long text than over many short ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.text.names import COMPARABLE, comparable, simplified_characters
from graph.text.scripts import WIDE, is_spaced

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BETWEEN: Final = "\0"
"""What texts are joined by: no name has it, and no word goes on over it."""
AT_ONCE: Final = 1_000_000
"""Characters that are worked on at a time: bounds memory to some ten megabytes."""
_RANGE: Final = re.compile("(.)-(.)")
_CHANGES_LENGTH: Final = "\u0130"
"""The one letter of which :meth:`str.lower` makes two characters."""


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """Some texts behind each other."""

    text: str
    """The texts themselves."""
    plain: str
    """The same as :func:`graph.text.names.comparable` writes them."""
    spaced: Bools
    """For each character of ``plain`` whether it is one that words are made of (:func:`is_spaced`), and False behind
    the last one."""
    first: Ints
    """Where each text begins, and one more for the end."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> Joined:
        """``texts``, none of which contains :data:`BETWEEN`."""
        text = BETWEEN.join(texts)
        plain = decoded(_comparable_table()[encoded(text)]).lower()
        if _CHANGES_LENGTH in text:
            plain = BETWEEN.join(map(comparable, texts))
        codes = encoded(plain)
        spaced = np.zeros(len(codes) + 1, dtype=bool)
        alphabet = _alphabets()
        low = codes < len(alphabet)
        spaced[:-1][low] = alphabet[codes[low]]
        first = np.cumsum([0, *(len(one) + len(BETWEEN) for one in texts)], dtype=np.int64)
        return cls(text, plain, spaced, first)

    def columns(self) -> Ints:
        """The columns of each text as ``plain`` has it, as :func:`graph.text.scripts.columns` counts them."""
        wide = _wide()
        codes = np.minimum(encoded(self.plain), len(wide) - 1)
        before = np.concatenate([[0], np.cumsum(wide[codes])])
        ends = self.first[1:] - len(BETWEEN)
        return np.asarray(ends - self.first[:-1] + before[ends] - before[self.first[:-1]], dtype=np.int64)

    def text_of(self, offsets: Ints) -> Ints:
        """The number of the text that each offset is in."""
        return np.searchsorted(self.first, offsets, side="right") - 1


def batches(texts: Sequence[str], size: int = AT_ONCE) -> Iterator[range]:
    """The numbers of ``texts`` in runs of about ``size`` characters, so that each run is not too long to be joined."""
    begin = held = 0
    for number, text in enumerate(texts, start=1):
        held += len(text)
        if held >= size or number == len(texts):
            yield range(begin, number)
            begin, held = number, 0


def encoded(text: str) -> NDArray[np.uint32]:
    """The code points of ``text``; not to be changed."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def decoded(codes: NDArray[np.uint32]) -> str:
    """The text that :func:`encoded` made ``codes`` of."""
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _comparable_table() -> NDArray[np.uint32]:
    """Code point → the one that :func:`graph.text.names.comparable` has for it before it makes it lower case."""
    simplified, written = (np.arange(0x110000, dtype=np.uint32) for _ in range(2))
    for table, mapping in ((simplified, simplified_characters()), (written, COMPARABLE)):
        table[list(mapping)] = [other if isinstance(other, int) else ord(other) for other in mapping.values()]
    return written[simplified]


@cache
def _wide() -> Bools:
    """Code point → whether it takes two columns; the last one answers for all behind it."""
    ranges = [(ord(one), ord(other)) for one, other in _RANGE.findall(WIDE)]
    table = np.zeros(max(last for _, last in ranges) + 2, dtype=bool)
    for begin, last in ranges:
        table[begin : last + 1] = True
    return table


@cache
def _alphabets() -> Bools:
    """Code point → whether it is a character that words are made of; those behind the end of the table are none."""
    spaced = [is_spaced(chr(code)) for code in range(0x3000)]
    return np.asarray(spaced[: max(code for code, is_one in enumerate(spaced) if is_one) + 1], dtype=bool)
