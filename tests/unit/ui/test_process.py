"""The command as a shell runs it: streams, exit codes, pipes and Ctrl-C.

Each test starts processes, so there are few.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.places import ROOT

COMMAND = [sys.executable, "-m", "ui.cli"]


def run(*words: str, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error", **environment},
        capture_output=True,
        timeout=timeout,
        check=False,
    )


def test_help_needs_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['studyatlas', '--help']\n"
        "from ui.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'numpy', 'networkx', 'scipy', 'spacy', 'rich', 'streamlit', 'extract', 'queries'} & "
        "set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.skipif(os.name == "nt", reason="no resource usage of children on Windows")
def test_help_takes_less_than_half_a_second() -> None:
    import resource

    def seconds() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    taken = []
    for _ in range(3):  # processor time, the best of three: what it takes, not what else the machine is doing
        before = seconds()
        assert run("--help").returncode == 0
        taken.append(seconds() - before)
    assert min(taken) < 0.5, taken


def test_json_alone_on_stdout_in_utf8_whatever_the_locale(notes: Path) -> None:
    done = run("concept", "自注意力", "--json", "--graph", str(notes), LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode("utf-8"))["name"] == "自注意力"
    assert done.stderr == b""


def test_errors_go_to_stderr_in_one_line(notes: Path) -> None:
    done = run("concept", "nothing like it", "--json", "--graph", str(notes))
    assert (done.returncode, done.stdout) == (4, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


def test_no_colours_in_pipes(notes: Path) -> None:
    done = run("concept", "lora", "--graph", str(notes), TERM="xterm-256color")
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="no SIGPIPE on Windows")
def test_a_closed_pipe_is_quiet(notes: Path) -> None:
    producer = subprocess.Popen(
        [*COMMAND, "export", str(notes)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert producer.stdout is not None
    assert producer.stderr is not None
    producer.stdout.close()
    assert producer.stderr.read() == b""
    producer.stderr.close()
    producer.wait(timeout=60)


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    fifo = tmp_path / "questions.jsonl"
    os.mkfifo(fifo)  # nobody writes into it: the verb waits until it is interrupted
    heeded = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a job in the background of a shell would ignore it
    (tmp_path / "g.db").touch()  # it is opened after the questions have been read
    process = subprocess.Popen(
        [*COMMAND, "ask", "--batch", str(fifo), "--graph", str(tmp_path / "g.db")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heeded,
    )
    try:
        writer = _until_it_waits_for(fifo)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        os.close(writer)  # not before: the verb would read an empty file and go on
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"")


def _until_it_waits_for(fifo: Path) -> int:
    """Wait until a process has the pipe open for reading, and open it for writing, which only then does not block.

    The descriptor.
    """
    for _ in range(600):
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the verb never opened its file")
