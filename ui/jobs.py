"""Builds that run in a process of their own while the pages go on: started, watched, cancelled.

The process is `studyatlas build` with its progress as lines of JSON. It publishes the graph in one step at its end, so
a build that fails or is cancelled leaves the earlier graph whole. One build runs at a time, whoever looks at the pages.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from graph.errors import InputError
from graph.stores.address import FileAddress, GraphAddress
from ui.pace import share_done
from ui.settings import DATABASE_VARIABLE, PASSWORD_VARIABLE, STORE_VARIABLE, USER_VARIABLE

PATIENCE: Final = 5.0
"""Seconds that a build which is cancelled has to end."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What to build, and where the graph goes."""

    folder: Path
    target: GraphAddress
    encoder: str = "static"
    packs: tuple[str, ...] | None = None
    """None: those that the notes or their corrections choose."""
    lexicons: tuple[Path, ...] = ()
    language_model: tuple[str, ...] = ()
    """Words of the command line that say which language model reads the notes as well; none: nobody."""

    def command(self) -> list[str]:
        """The command line of the process; no password is on it."""
        line = [sys.executable, "-m", "ui.cli", "build", str(self.folder), "--json", "--progress", "json"]
        if isinstance(self.target, FileAddress):
            line += ["--output", str(self.target.path)]
        else:
            line += ["--store", replace(self.target, user=None, password=None, graph=None).url]
            line += ["--graph", self.target.graph] if self.target.graph else []
        line += ["--embedder", self.encoder]
        if self.packs is not None:
            line += ["--packs", ",".join(self.packs)] if self.packs else ["--no-packs"]
        line += self.language_model
        return line + [part for file in self.lexicons for part in ("--lexicon", str(file))]

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """The environment of the process: ``base`` with the login of this store and no other choice of a graph."""
        chosen = {name: value for name, value in base.items() if name != STORE_VARIABLE}
        if not isinstance(self.target, FileAddress):
            login = {
                USER_VARIABLE: self.target.user,
                PASSWORD_VARIABLE: self.target.password,
                DATABASE_VARIABLE: self.target.database,
            }
            chosen |= {name: value for name, value in login.items() if value is not None}
        return chosen


@dataclass(frozen=True, slots=True)
class BuildStatus:
    """How far a build is."""

    request: BuildRequest
    stage: str = "read"
    done: int = 0
    total: int = 1
    running: bool = True
    cancelled: bool = False
    record: Mapping[str, Any] | None = None
    """What `build --json` reports; None before the end, and where the build failed."""
    trouble: str = ""
    """Why it failed, for people; empty where it did not."""

    @property
    def share(self) -> float:
        """How much of the whole is done, 0..1, by the usual shares of the stages."""
        if self.record is not None:
            return 1.0
        return share_done(self.stage, self.done, self.total)


class BuildJob:
    """One build."""

    def __init__(self, request: BuildRequest, environment: Mapping[str, str]) -> None:
        self._status = BuildStatus(request)
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 our own command line, no shell
            request.command(),
            env=request.environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # so that its own processes end with it
        )
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def status(self) -> BuildStatus:
        """How far it is now."""
        with self._lock:
            return self._status

    def cancel(self) -> None:
        """End the build; the graph stays as it was. Nothing happens where it has ended."""
        if not self.status.running:
            return
        self._set(cancelled=True)
        self._signal(signal.SIGINT)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        self.wait()

    def wait(self, timeout: float | None = None) -> BuildStatus:
        """The status once the build has ended, or after ``timeout`` seconds."""
        self._watcher.join(timeout)
        return self.status

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self._process.pid, number)

    def _set(self, **changes: Any) -> None:
        with self._lock:
            self._status = replace(self._status, **changes)

    def _watch(self) -> None:
        output: list[str] = []
        said: list[str] = []
        with self._process as process:  # closes the pipes at its end
            out, err = process.stdout, process.stderr
            assert out is not None  # noqa: S101 both are pipes
            assert err is not None  # noqa: S101
            reader = threading.Thread(target=lambda: output.append(out.read()), daemon=True)
            reader.start()
            for line in err:
                progress = _progress(line)
                if progress is None:
                    said.append(line.strip())
                else:
                    self._set(**progress)
            code = process.wait()
            reader.join()
        record = _record("".join(output)) if code == 0 else None
        trouble = "" if record is not None or self.status.cancelled else _trouble(said, code)
        self._set(running=False, record=record, trouble=trouble, cancelled=self.status.cancelled and record is None)


def _progress(line: str) -> dict[str, Any] | None:
    """What a line of progress says; None for any other line."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    match value:
        case {"stage": str(stage), "done": int(done), "total": int(total)}:
            return {"stage": stage, "done": done, "total": total}
    return None


def _record(text: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _trouble(said: list[str], code: int) -> str:
    """The last thing that the process complained about, without the name of the program."""
    lines = [line for line in said if line]
    if not lines:
        return f"The build ended without a message (code {code})."
    whole = " ".join(lines[-3:]) if lines[-1].startswith(" ") else lines[-1]
    return whole.removeprefix("studyatlas: ")


_running: list[BuildJob] = []
"""The last build of this process, which may have ended."""
_starting: Final = threading.Lock()


def start_build(request: BuildRequest, environment: Mapping[str, str]) -> BuildJob:
    """Start a build.

    Raises:
        InputError: another one is running.
    """
    with _starting:
        if _running and _running[-1].status.running:
            raise InputError(f"A build of {_running[-1].status.request.folder} is running. Wait for it or cancel it.")
        _running[:] = [BuildJob(request, environment)]
        return _running[-1]


def last_build() -> BuildJob | None:
    """The build that was started last; None before the first, and after :func:`dismiss`."""
    return _running[-1] if _running else None


def dismiss() -> None:
    """Forget the last build where it has ended."""
    with _starting:
        if _running and not _running[-1].status.running:
            _running.clear()
