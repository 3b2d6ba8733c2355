"""Processes and machines that work for a build and are killed in the middle of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from benchmarks.varied_notes import write_varied
from extract.pipeline import build
from graph.exchange.exports import to_json
from graph.stores.sqlite.store import SqliteStore
from tests.dask_cluster import Cluster, cluster
from tests.places import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of work, in more batches than two workers take at once."""
    folder = tmp_path_factory.mktemp("notes")
    write_varied(folder, 160_000)
    return folder


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An earlier graph, as its file is."""
    folder = tmp_path_factory.mktemp("old")
    (folder / "lora.md").write_text("# LoRA\n\n**LoRA** is a method of fine-tuning that trains two small matrices.\n")
    with SqliteStore(folder / "graph.db") as store:
        store.publish(build(folder, workers=1).snapshot)
    return (folder / "graph.db").read_bytes()


@pytest.fixture(scope="module")
def expected(notes: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The export of a build in one process."""
    return built(notes, tmp_path_factory.mktemp("one") / "graph.db", "--workers", "1")


def exported(graph: Path) -> str:
    with SqliteStore(graph) as store:
        return to_json(store.snapshot())


@contextmanager
def building(notes: Path, graph: Path, *words: str, program: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A build that tells its progress on stderr as lines of JSON; ``program`` runs before it."""
    code = f"{program}\nfrom ui.cli import main\nmain()"
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            code,
            "build",
            str(notes),
            "--output",
            str(graph),
            "--progress",
            "json",
            "--json",
            *words,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # who runs the tests may leave it ignored
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def built(notes: Path, graph: Path, *words: str) -> str:
    """The export of a build."""
    with building(notes, graph, *words) as process:
        _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said
    return exported(graph)


def complaints(said: bytes) -> list[str]:
    """The lines of stderr that are not progress."""
    return [line for line in said.decode().splitlines() if not line.startswith("{")]


def until_extracting(process: subprocess.Popen[bytes]) -> None:
    """Return when some of the notes are extracted and others are not."""
    assert process.stderr is not None
    for line in process.stderr:
        told = json.loads(line)
        if told["stage"] == "extract" and 0 < told["done"] < told["total"]:
            return
    raise AssertionError("the notes were never extracted in part")


def children(process: subprocess.Popen[bytes]) -> list[int]:
    found = Path(f"/proc/{process.pid}/task").glob("*/children")
    return sorted(int(number) for path in found for number in path.read_text().split())


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the processes in /proc")
def test_a_killed_process_is_told_in_one_sentence(notes: Path, old: bytes, tmp_path: Path) -> None:
    graph = tmp_path / "graph.db"
    graph.write_bytes(old)
    with building(notes, graph, "--workers", "2") as process:
        until_extracting(process)
        os.kill(children(process)[0], signal.SIGKILL)
        out, said = process.communicate(timeout=120)
    assert process.returncode == 9
    assert len(complaints(said)) == 1, said
    assert complaints(said)[0].startswith("studyatlas: A process of the build was killed by the system")
    assert out == b""
    assert graph.read_bytes() == old
    assert {path.name for path in tmp_path.iterdir()} <= {".studyatlas", "graph.db"}


@pytest.fixture(scope="module")
def lasting_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """For tests that leave the cluster as it is."""
    with cluster(tmp_path_factory.mktemp("dask")) as found:
        yield found


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Cluster]:
    place = tmp_path / "dask"
    place.mkdir()
    with cluster(place) as found:
        yield found


def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(
    notes: Path, expected: str, workers: Cluster, tmp_path: Path
) -> None:
    graph = tmp_path / "graph.db"
    with building(notes, graph, "--dask", workers.address) as process:
        until_extracting(process)
        workers.workers[0].kill()
        _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said
    assert workers.workers[1].poll() is None
    assert exported(graph) == expected


@pytest.mark.parametrize("lost", ["scheduler", "workers"])
def test_a_cluster_that_is_lost_for_good_is_told_in_one_sentence(
    notes: Path, old: bytes, workers: Cluster, tmp_path: Path, lost: str
) -> None:
    graph = tmp_path / "graph.db"
    graph.write_bytes(old)
    impatient = "import extract.execution.dask_cluster as cluster\ncluster.PATIENCE = 2.0"
    with building(notes, graph, "--dask", workers.address, program=impatient) as process:
        until_extracting(process)
        for ended in workers.workers if lost == "workers" else [workers.scheduler]:
            assert ended is not None
            ended.kill()
        out, said = process.communicate(timeout=120)
    assert process.returncode == 9
    assert len(complaints(said)) == 1, said
    wording = {"scheduler": "was lost and did not come back", "workers": "has had no worker for"}
    assert wording[lost] in complaints(said)[0]
    assert out == b""
    assert graph.read_bytes() == old
    assert {path.name for path in tmp_path.iterdir()} <= {".studyatlas", "dask", "graph.db"}


def test_ctrl_c_ends_a_build_on_a_cluster(notes: Path, old: bytes, lasting_workers: Cluster, tmp_path: Path) -> None:
    graph = tmp_path / "graph.db"
    graph.write_bytes(old)
    with building(notes, graph, "--dask", lasting_workers.address) as process:
        until_extracting(process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert complaints(said) == []
    assert graph.read_bytes() == old
    assert all(worker.poll() is None for worker in lasting_workers.workers)


def test_a_lexicon_of_the_user_goes_to_the_workers(lasting_workers: Cluster, tmp_path: Path) -> None:
    notes, lexicon = tmp_path / "bees", tmp_path / "bees.yaml"
    notes.mkdir()
    (notes / "bees.md").write_text("# Bees\n\nThe waggle run tells others where food is. 摇摆舞 says how far it is.\n")
    lexicon.write_text("- {name: Waggle run, aliases: [摇摆舞], kind: process}\n", encoding="utf-8")
    words = ["--lexicon", str(lexicon), "--no-packs"]
    here = built(notes, tmp_path / "here.db", "--workers", "1", *words)
    assert built(notes, tmp_path / "there.db", "--dask", lasting_workers.address, *words) == here
    assert "摇摆舞" in here
