"""Ctrl-C while two processes build a graph: the command ends soon and quietly, and the earlier graph is still there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.places import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
SOON = 5.0
"""Seconds in which the command must have ended."""
MOMENTS = (
    ("read", 0.0),
    ("extract", 0.0),
    ("extract", 0.2),
    ("extract", 0.6),
    ("resolve", 0.0),
    ("relate", 0.1),
    ("store", 0.0),
)
"""A stage that the command names on stderr, and seconds after it did."""


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    text = "The gradient descent algorithm minimizes the loss function. 梯度下降用于训练神经网络。\n\n"
    for number in range(24):
        (folder / f"{number}.md").write_text(f"# Gradient descent {number}\n\n" + text * 60, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("stage", "delay"), MOMENTS)
def test_ctrl_c_ends_a_build_with_two_workers(notes: Path, tmp_path: Path, stage: str, delay: float) -> None:
    graph = tmp_path / "graph.db"
    graph.write_bytes(b"")  # replaced by a build, kept by one that is interrupted
    command = [
        sys.executable,
        "-m",
        "ui.cli",
        "build",
        str(notes),
        "--output",
        str(graph),
        "--workers",
        "2",
        "--lang",
        "en",
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a group of its own, as a terminal gives it: the workers are interrupted as well
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    try:
        said = []
        while line := process.stderr.readline():
            said.append(line.decode().strip())
            if said[-1] == stage:
                break
        assert said[-1] == stage
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGINT)
        begun = time.perf_counter()
        _, rest = process.communicate(timeout=60)
        taken = time.perf_counter() - begun
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert taken < SOON
    assert b"Traceback" not in rest
    assert b"Error" not in rest
    if stage != "store":  # from there on the new graph may be whole already
        assert graph.read_bytes() == b""
    assert {path.name for path in tmp_path.iterdir()} <= {".studyatlas", "graph.db"}  # the first has the cache
    with pytest.raises(ProcessLookupError):  # no worker is left
        _until_no_process_of(process.pid)


def _until_no_process_of(group: int) -> None:
    """Raise ProcessLookupError as soon as the group of processes is empty; return after five seconds if it is not."""
    for _ in range(100):
        os.killpg(group, 0)
        time.sleep(0.05)
