"""What every place to work in can do, and how work is cut into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Spread(Protocol):
    """What :meth:`Execution.spread` does; so does ``map``, in this process."""

    def __call__(self, work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        """The result of ``work`` for each item, in their order."""


MOST: Final = 500_000
"""Size up to which items share a batch: a worker that is lost costs no more than that."""
BATCHES: Final = 8
"""Batches for each worker at least, where there is enough to do: the last ones to finish are waited for less long."""


class Execution(Protocol):
    """A place where work is done.

    ``work`` and what goes in and out must be picklable, and ``work`` must not depend on what it did before. The results
    are the same everywhere.
    """

    @property
    def workers(self) -> int:
        """How many items are worked on at once, as far as is known."""

    @property
    def elsewhere(self) -> bool:
        """Whether items and results go to other processes: results should be packed, and items be batches."""

    @property
    def shares_files(self) -> bool:
        """Whether the workers see the files of this machine under the same paths."""

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """The result of ``work`` for each item, with the item's number, as they are ready.

        Raises:
            WorkerError: the workers were lost.
            Exception: what ``work`` raises.
        """

    def spread(self, work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        """The result of ``work`` for each item, in their order, computed on this machine.

        ``work`` may refer to values of this process of any size and kind: nothing of it travels, only results do. What
        it changes is not seen here.

        Raises:
            WorkerError: a process was lost.
            Exception: what ``work`` raises.
        """

    def alongside(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Begin ``work`` on this machine while this process goes on, where it can; what is returned gives the result.

        The returned function raises what :meth:`each` does.
        """


def batches(sizes: Sequence[int], workers: int) -> list[list[int]]:
    """Numbers of the items, grouped for ``workers`` workers.

    An item larger than a batch is a batch of its own, and those come first, so that the longest is never begun last.
    The others keep their order, so that what is done so far tells how long the rest will take.
    """
    room = max(1, min(MOST, sum(sizes) // (BATCHES * workers)))
    large = sorted((i for i in range(len(sizes)) if sizes[i] > room), key=lambda i: (-sizes[i], i))
    found = [[number] for number in large]
    left = -1
    for number in (i for i in range(len(sizes)) if sizes[i] <= room):
        if sizes[number] > left:
            found.append([])
            left = room
        found[-1].append(number)
        left -= sizes[number]
    return found
