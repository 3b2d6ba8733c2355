"""A real Dask scheduler and real workers on this machine, and what the tests let them do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.places import ROOT

PATIENCE = 60.0
"""Seconds in which a scheduler and its workers must have started."""


@dataclass
class Cluster:
    """Processes of one cluster; each can be killed."""

    folder: Path
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_scheduler(self, port: int = 0) -> None:
        place = self.folder / "scheduler.json"
        place.unlink(missing_ok=True)
        words = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--scheduler-file", str(place)]
        self.scheduler = _started("dask_scheduler", words, self.folder / "scheduler.log")
        limit = time.monotonic() + PATIENCE
        while not self.address:
            if place.is_file() and place.stat().st_size:
                self.address = json.loads(place.read_text())["address"]
            assert time.monotonic() < limit, (self.folder / "scheduler.log").read_text()
            time.sleep(0.05)

    def start_worker(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker of one thread that nobody starts anew, and wait until the scheduler knows it."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        given = ["--no-nanny", "--nthreads", "1", "--no-dashboard", "--memory-limit", "0", *words]
        given += ["--local-directory", str(self.folder), self.address]
        self.workers.append(_started("dask_worker", given, log, **environment))
        limit = time.monotonic() + PATIENCE
        while b"Registered to" not in log.read_bytes():
            assert time.monotonic() < limit, log.read_text()
            time.sleep(0.05)
        return self.workers[-1]

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            if process is not None:
                process.kill()
                process.wait()


def _started(program: str, words: Sequence[str], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *words],
            cwd=log.parent,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def cluster(folder: Path, workers: int = 2, **environment: str) -> Iterator[Cluster]:
    """A scheduler with ``workers`` workers; none of the processes outlives the block."""
    found = Cluster(folder)
    try:
        found.start_scheduler()
        for _ in range(workers):
            found.start_worker(**environment)
        yield found
    finally:
        found.end()


# What the workers do in tests: they import this module.


def doubled(item: int) -> int:
    return item * 2


def failing(item: int) -> int:
    if item == 3:
        raise ValueError("three is refused")
    return item


def large(item: int) -> bytes:
    return bytes([item]) * 2_000_000


def slowly(item: int) -> int:
    time.sleep(0.2)
    return item


def dying_once(item: tuple[int, str]) -> int:
    """Kill this process where item 2 is worked on for the first time; ``item[1]`` is a file that remembers it."""
    number, place = item
    if number == 2 and not Path(place).exists():
        Path(place).touch()
        os.kill(os.getpid(), 9)
    return number


def process_id(_: int) -> int:
    return os.getpid()
