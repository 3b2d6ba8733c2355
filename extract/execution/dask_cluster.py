"""Work on the workers of a Dask cluster (https://distributed.dask.org), which need the same studyatlas as this machine.

Items and results travel as compressed bytes, so that Dask itself needs to understand none of our classes. A worker that
is lost costs its batches, which others do again; so does a scheduler that comes back. Nothing is loaded on to workers.
"""

from __future__ import annotations

import logging
import pickle
import queue
import threading
import time
import uuid
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from extract.execution.versions import differences, extractor_versions
from graph.errors import InputError, WorkerError

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

CONNECTING: Final = 10.0
"""Seconds that a scheduler has to answer."""
PATIENCE: Final = 30.0
"""Seconds for which a cluster may have no worker, or no scheduler, before it is given up: a nanny starts a worker that
died again in a few."""
LOOK: Final = 1.0
"""Seconds between two looks at whether the cluster is still there."""
AHEAD: Final = 3
"""Batches for each thread of the cluster that are handed over before their turn. The scheduler keeps no more, however
large the collection is."""
_SCHEMES: Final = ("tcp://", "tls://", "ucx://", "ws://", "wss://")
_ALONE: Final = threading.Lock()
"""One batch at a time in a worker that has several threads: the work is of Python, so they would only wait."""
_SAME: Final = "The graph so far was not changed."


class DaskCluster:
    """Work on a cluster; made by :func:`dask_cluster`."""

    elsewhere = True
    shares_files = False

    def __init__(self, client: Client, address: str, patience: float) -> None:
        self._client, self._address, self._patience = client, address, patience
        self._seen = time.monotonic()
        self.workers = 0
        self._look()

    def each(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[int, Result]]:
        """See :class:`extract.execution.contract.Execution`."""
        waiting = deque(range(len(items)))
        running: dict[Future, int] = {}
        ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        run = uuid.uuid4().hex
        tries = 0
        try:
            while waiting or running:
                while waiting and self.workers and len(running) < AHEAD * self.workers:
                    number, tries = waiting.popleft(), tries + 1
                    future = self._client.submit(
                        work_on,
                        packed((work, items[number])),
                        dict(extractor_versions()),
                        key=f"studyatlas-{run}-{number}-{tries}",
                        pure=False,
                    )
                    running[future] = number
                    future.add_done_callback(ended.put)
                try:
                    future = ended.get(timeout=LOOK)
                except queue.Empty:
                    self._look()
                    lost = [future for future in running if future.cancelled()]
                    waiting.extend(running.pop(future) for future in lost)
                    continue
                if future not in running:
                    continue
                number = running.pop(future)
                data = None if future.cancelled() else self._result(future)
                if data is None:  # lost with the connection to the scheduler, or with the worker that had the result
                    waiting.append(number)
                    self._look()
                    continue
                yield number, unpacked(data)
        finally:
            if running:
                with suppress(Exception):  # a cluster that is gone needs to be told nothing
                    self._client.cancel(list(running), force=True)

    def spread(self, work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        """In this process, one item after the other."""
        return map(work, items)

    def alongside(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Leave the work to the moment in which its result is asked for: what needs all notes is done here."""
        return work

    def _result(self, future: Future) -> bytes | None:
        """The packed result; None where it was lost and nobody has made it again in time.

        Raises:
            WorkerError: the work killed several workers.
            Exception: what the work raised.
        """
        from distributed import KilledWorker

        try:
            error = future.exception(timeout=self._patience)
            data: bytes | None = future.result(timeout=self._patience) if error is None else None
        except (OSError, TimeoutError, CancelledError):
            return None
        if isinstance(error, KilledWorker):
            raise WorkerError(
                f"Workers of {self._address} died again and again over the same notes, most likely because memory ran "
                f"out. {_SAME} Give them more memory (dask worker --memory-limit)."
            ) from error
        if error is not None:
            raise error
        return data

    def _look(self) -> None:
        """See who is there; wait where nobody is.

        Raises:
            WorkerError: nobody has been there for too long, or a worker is not like this machine.
        """
        while True:
            threads = self._threads()
            if threads:
                self._seen = time.monotonic()
                self.workers = sum(threads.values())
                return
            self.workers = 0
            if self._client.status == "closed" or time.monotonic() - self._seen > self._patience:
                raise self._gone() if threads is None else self._no_workers()
            time.sleep(LOOK / 4)

    def _threads(self) -> Mapping[str, int] | None:
        """Address of each worker → how many threads it has; None where the scheduler does not answer."""
        if self._client.status != "running":
            return None
        try:
            return dict(self._client.nthreads())
        except (OSError, TimeoutError, RuntimeError, AttributeError):  # the connection breaks at this moment
            return None

    def _gone(self) -> WorkerError:
        return WorkerError(
            f"The Dask scheduler {self._address} was lost and did not come back in {self._patience:g} seconds. {_SAME}"
        )

    def _no_workers(self) -> WorkerError:
        return WorkerError(
            f"The Dask scheduler {self._address} has had no worker for {self._patience:g} seconds. {_SAME} "
            f"Start one: dask worker {self._address}"
        )


@contextmanager
def dask_cluster(address: str, *, patience: float | None = None) -> Iterator[DaskCluster]:
    """The cluster whose scheduler is at ``address``, such as ``tcp://10.0.0.5:8786``.

    Args:
        address: where the scheduler is.
        patience: seconds for which there may be no worker or no scheduler; None for :data:`PATIENCE`.

    Raises:
        InputError: it is not an address, or Dask is not installed.
        WorkerError: nobody answers there, there is no worker, or a worker has another studyatlas, Python or library.
    """
    if not address.startswith(_SCHEMES) or not address.partition("://")[2]:
        raise InputError(f"{address!r} is not the address of a Dask scheduler. Expected tcp://HOST:PORT.")
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError("For --dask, Dask is needed: pip install 'studyatlas[dask]'") from error
    _quieten()
    try:
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise WorkerError(
            f"No Dask scheduler answers at {address} ({_last_words(error)}). {_SAME} Start one: dask scheduler"
        ) from error
    try:
        cluster = DaskCluster(client, address, PATIENCE if patience is None else patience)
        _check_versions(client)
        yield cluster
    finally:
        with suppress(Exception):  # nothing can be done about a cluster that does not say goodbye
            client.close(timeout=2)


class _Unsaid(logging.Filter):
    """Drops what Dask reports of its connections, with tracebacks: what matters of it is said in one sentence."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is shown."""
        kind = record.exc_info[0] if record.exc_info else None
        return not (record.name.startswith("distributed") or (kind is not None and "distributed" in kind.__module__))


_UNSAID: Final = _Unsaid()


def _quieten() -> None:
    """Drop the records of Dask, and those of asyncio that are about Dask; a second call changes nothing."""
    for handler in logging.getLogger("distributed").handlers:
        handler.addFilter(_UNSAID)
    logging.getLogger("asyncio").addFilter(_UNSAID)


def _last_words(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].rstrip(".")


def _check_versions(client: Client) -> None:
    """Compare all workers with this machine.

    The version of Python comes first, and as Dask itself tells it: functions are sent as its bytecode, which another
    Python could not even read.

    Raises:
        WorkerError: one is not like it.
    """
    here = extractor_versions()
    for worker, told_by_dask in sorted(client.get_versions()["workers"].items()):
        python = ".".join(str(told_by_dask["host"]["python"]).split(".")[:2])
        _check(worker, {"Python": here["Python"]}, {"Python": python})

    def told() -> dict[str, str] | str:  # a function in a function travels as code: a worker may have no studyatlas
        try:
            from extract.execution.versions import extractor_versions
        except ImportError as error:
            return str(error)
        return dict(extractor_versions())

    try:
        answers = client.run(told)
    except Exception as error:  # whatever a worker with another Python, or one that was just lost, makes of it
        raise WorkerError(
            f"The Dask workers could not be asked for their versions: {_last_words(error)}. {_SAME}"
        ) from error
    for worker, found in sorted(answers.items()):
        if isinstance(found, str):
            raise WorkerError(f"The Dask worker {worker} has no studyatlas of this version ({found}). {_SAME}")
        _check(worker, here, found)


def _check(worker: str, client: Mapping[str, str], found: Mapping[str, str]) -> None:
    differ = differences(client, found)
    if differ:
        raise WorkerError(
            f"The Dask worker {worker} is not like this machine: {', '.join(differ)}. {_SAME} "
            f"Install the same versions on both."
        )


def work_on(data: bytes, client: Mapping[str, str]) -> bytes:
    """On a worker: do the work of one batch.

    Args:
        data: the function and its argument, packed.
        client: the versions of the machine that builds: a worker may have joined after the others were asked.

    Raises:
        WorkerError: this worker is not like that machine.
        Exception: what the function raises.
    """
    from distributed import get_worker

    _check(get_worker().address, client, extractor_versions())
    work, item = unpacked(data)
    with _ALONE:
        return packed(work(item))


def packed(value: object) -> bytes:
    """``value`` as compressed bytes."""
    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 1)


def unpacked(data: bytes) -> Any:
    """What :func:`packed` made ``data`` of; only for what this program's own workers and client wrote."""
    return pickle.loads(zlib.decompress(data))  # noqa: S301  whoever can talk to a Dask cluster can run code on it
