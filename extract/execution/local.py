"""Work in this process, or in processes of this machine."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from extract.execution.contract import Execution
from graph.errors import WorkerError

_FORKS: Final = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
"""Whether processes are forked. On macOS, libraries of the system do not survive a fork in the middle of work."""
MOST_PROCESSES: Final = 61
"""More processes than this cannot be waited for on Windows."""
Item = TypeVar("Item")
Result = TypeVar("Result")


class Here:
    """Work in this process, one item after the other."""

    workers = 1
    elsewhere = False
    shares_files = True

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """See :class:`extract.execution.contract.Execution`."""
        for number, item in enumerate(items):
            yield number, work(item)

    def spread(self, work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        """In this process, one item after the other."""
        return map(work, items)

    def alongside(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Leave the work to the moment in which its result is asked for."""
        return work


class LocalProcesses:
    """Work in processes of this machine; made by :func:`local`."""

    elsewhere = True
    shares_files = True

    def __init__(self, workers: int, pools: ExitStack) -> None:
        """Start the processes; ``pools`` ends them."""
        self.workers = workers
        self._pools = pools
        self._own: _Pool | None = self._started(workers)

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """See :class:`extract.execution.contract.Execution`."""
        pool = self._pool()
        try:  # all is handed over before anybody asks for a result
            futures = {pool.executor.submit(work, item): n for n, item in enumerate(items)}
        except BrokenProcessPool as error:
            raise _lost() from error
        return self._each(futures)

    def _each(self, futures: dict[Future[Result], int]) -> Iterator[tuple[int, Result]]:
        yield from _results(futures)
        # What they have learned about words takes as much memory as the notes, and a forked process starts at once.
        if _FORKS and self._own is not None:
            self._own.end()
            self._own = None

    def spread(self, work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        """In processes that are forked now, and so have all that this one has; in this one where there is no fork."""
        if not _FORKS or len(items) < 2:
            return map(work, items)
        return _spread(work, items, min(self.workers, len(items)))

    def alongside(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Begin the work in a process that is forked now; in one of the processes where there is no fork."""
        if not _FORKS:
            return _result_of(self._pool(), work)
        _inherited.append(lambda _: work())
        try:
            alone = self._started(1)
        finally:
            _inherited.pop()
        return _result_of(alone, partial(_inherited_work, 0), end=alone.end)

    def _pool(self) -> _Pool:
        if self._own is None:
            self._own = self._started(self.workers)
        return self._own

    def _started(self, workers: int) -> _Pool:
        place = ExitStack()
        with _interrupts_held():  # until it is known what is to be ended
            executor = place.enter_context(_pool(workers))
            self._pools.push(place)
        return _Pool(executor, place.close)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Some processes."""

    executor: ProcessPoolExecutor
    end: Callable[[], None]


def _result_of(pool: _Pool, work: Callable[[], Result], end: Callable[[], None] = lambda: None) -> Callable[[], Result]:
    """Begin the work in ``pool``; the result when it is asked for, after which ``end`` is called."""
    try:
        future = pool.executor.submit(work)
    except BrokenProcessPool as error:
        raise _lost() from error

    def result() -> Result:
        try:
            found = future.result()
        except BrokenProcessPool as error:
            raise _lost() from error
        end()
        return found

    return result


def _results(futures: dict[Future[Result], int]) -> Iterator[tuple[int, Result]]:
    try:
        for future in as_completed(futures):
            number = futures.pop(future)  # so that the result is kept no longer than whoever asked needs it
            yield number, future.result()
    except BrokenProcessPool as error:
        raise _lost() from error


_inherited: list[Callable[[int], Any]] = []
"""In a process that :func:`_spread` has forked: what to do with the item of a number."""


def _spread(work: Callable[[Item], Result], items: Sequence[Item], workers: int) -> Iterator[Result]:
    _inherited.append(lambda number: work(items[number]))
    try:
        with _pool(workers) as pool:
            try:
                yield from pool.map(_inherited_work, range(len(items)))
            except BrokenProcessPool as error:
                raise _lost() from error
    finally:
        _inherited.pop()


def _inherited_work(number: int) -> Any:
    return _inherited[-1](number)


@contextmanager
def local(workers: int, prepare: Callable[[], object]) -> Iterator[Execution]:
    """This process where ``workers`` is 1, else as many others.

    When the block fails or is interrupted they are killed: nobody wants what they are making, and it may take minutes.

    Args:
        workers: how many processes.
        prepare: reads what every process would read for itself, before they are forked.
    """
    if workers < 2:
        yield Here()
        return
    if _FORKS:
        prepare()
    with ExitStack() as pools:
        yield LocalProcesses(workers, pools)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that have started. When the block fails or is left early they are killed."""
    # A forked process starts at once and has all imports; where there is no fork, processes start anew, which takes
    # seconds.
    context = multiprocessing.get_context("fork" if _FORKS else None)
    pool = ProcessPoolExecutor(min(workers, MOST_PROCESSES), mp_context=context, initializer=_begin)
    try:
        try:
            with _interrupts_held():
                pool.submit(os.getpid).result()  # with fork, the first task starts all processes
        except (BrokenProcessPool, OSError) as error:
            raise _lost() from error
        yield pool
    except BaseException:
        for process in list((pool._processes or {}).values()):  # Python 3.14: kill_workers()
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a new process: what comes before any work."""
    _ignore_interrupts()
    gc.freeze()  # the collector would write to all that the process shares with its parent, and so copy it


def _ignore_interrupts() -> None:
    """In a new process: leave Ctrl-C to the process that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _lost() -> WorkerError:
    return WorkerError(
        "A process of the build was killed by the system, most likely because memory ran out. "
        "The graph so far was not changed. Close other programs, or build with --workers 1, which needs less memory."
    )


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait until the end of the block; threads and processes that are started in it never get it.

    A terminal interrupts the processes of a command as well as the command itself, and each would print a traceback.
    Blocking the signal in this thread is not enough: threads of libraries get it then, and Python would interrupt this
    one all the same, perhaps between the start of a process and the moment from which on it is known and can be ended.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    came: list[int] = []
    main = threading.current_thread() is threading.main_thread()  # the only one that Python interrupts
    handler = signal.signal(signal.SIGINT, lambda number, _: came.append(number)) if main else None
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)
