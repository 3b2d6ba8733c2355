"""Every place where work runs gives the same results, raises the same errors, and says in one sentence what was lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import extract.execution.local
from extract.execution.contract import MOST, Execution, batches
from extract.execution.dask_cluster import dask_cluster
from extract.execution.local import local
from extract.execution.versions import extractor_versions
from graph.errors import InputError, WorkerError
from tests.dask_cluster import Cluster, cluster, doubled, dying_once, failing, large, process_id, slowly

MakePlace = Callable[[], AbstractContextManager[Execution]]


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("dask")) as found:
        yield found


@pytest.fixture(params=["here", "processes", "dask"])
def place(request: pytest.FixtureRequest) -> Iterator[Execution]:
    if request.param == "dask":
        with dask_cluster(request.getfixturevalue("shared_cluster").address) as found:
            yield found
    else:
        with local(1 if request.param == "here" else 2, lambda: None) as found:
            yield found


def test_each_item_has_its_result_once(place: Execution) -> None:
    found = list(place.each(doubled, list(range(20))))
    assert sorted(found) == [(n, 2 * n) for n in range(20)]


def test_without_items_there_are_no_results(place: Execution) -> None:
    assert list(place.each(doubled, [])) == []


def test_what_the_work_raises_is_raised(place: Execution) -> None:
    with pytest.raises(ValueError, match="three is refused"):
        list(place.each(failing, list(range(6))))
    assert sorted(place.each(doubled, [1, 2])) == [(0, 2), (1, 4)]  # it is as usable as before


def test_large_results_arrive_whole(place: Execution) -> None:
    assert dict(place.each(large, [1, 2, 3])) == {n: large(n + 1) for n in range(3)}


def test_what_runs_alongside_gives_its_result_when_asked(place: Execution) -> None:
    results = place.alongside(partial(doubled, 21))
    assert dict(place.each(doubled, [5])) == {0: 10}
    assert results() == 42


def test_spread_work_has_what_this_process_has_and_keeps_the_order(place: Execution) -> None:
    lock = threading.Lock()  # cannot travel
    found = list(place.spread(lambda item: (item * 2, lock.locked()), [5, 3, 9, 1]))
    assert found == [(10, False), (6, False), (18, False), (2, False)]
    assert list(place.spread(lambda item: item, [])) == []


def test_spread_work_may_spread_again_and_fail(place: Execution) -> None:
    with pytest.raises(ValueError, match="three is refused"):
        list(place.spread(failing, [1, 3, 2]))
    assert [sorted(place.spread(doubled, [n, 1])) for n in (1, 2)] == [[2, 2], [2, 4]]


def test_spread_work_that_nobody_waits_for_is_ended(place: Execution) -> None:
    results = place.spread(slowly, list(range(20)))
    assert next(results) == 0
    if hasattr(results, "close"):
        results.close()
    assert list(place.spread(doubled, [1, 2])) == [2, 4]


def test_it_says_where_it_runs(place: Execution) -> None:
    ids = {found for _, found in place.each(process_id, list(range(8)))}
    assert (os.getpid() not in ids) == place.elsewhere
    assert len(ids) <= place.workers


# Batches


@given(st.lists(st.integers(0, 2 * MOST), max_size=60), st.integers(1, 40))
def test_batches_have_every_item_once_and_the_largest_alone_and_first(sizes: list[int], workers: int) -> None:
    found = batches(sizes, workers)
    assert sorted(n for batch in found for n in batch) == list(range(len(sizes)))
    assert all(found)
    room = max(1, min(MOST, sum(sizes) // (8 * workers)))
    assert all(len(batch) == 1 or sum(sizes[n] for n in batch) <= room for batch in found)
    in_order = [n for batch in found for n in batch]
    large = [sizes[n] for n in in_order if sizes[n] > room]
    assert [sizes[n] for n in in_order[: len(large)]] == large == sorted(large, reverse=True)
    assert in_order[len(large) :] == sorted(in_order[len(large) :])


# What is lost


def test_a_killed_process_is_one_sentence(tmp_path: Path) -> None:
    items = [(n, str(tmp_path / "died")) for n in range(6)]
    with pytest.raises(WorkerError) as lost, local(2, lambda: None) as place:
        list(place.each(dying_once, items))
    assert "killed by the system" in str(lost.value)
    assert "\n" not in str(lost.value)


def test_a_process_killed_alongside_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="killed by the system"), local(2, lambda: None) as place:
        place.alongside(partial(dying_once, (2, str(tmp_path / "died"))))()


def test_a_process_killed_while_work_is_spread_is_one_sentence(tmp_path: Path) -> None:
    items = [(n, str(tmp_path / "died")) for n in range(6)]
    with pytest.raises(WorkerError, match="killed by the system"), local(2, lambda: None) as place:
        list(place.spread(dying_once, items))


def test_no_process_outlives_its_block() -> None:
    with local(2, lambda: None) as place:
        ids = {found for _, found in place.each(process_id, list(range(20)))}
    for number in ids:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_another_worker_does_what_a_lost_one_had(tmp_path: Path) -> None:
    with cluster(tmp_path) as found, dask_cluster(found.address, patience=20) as place:
        items = [(n, str(tmp_path / "died")) for n in range(12)]
        assert sorted(place.each(dying_once, items)) == [(n, n) for n in range(12)]
        ended = [worker for worker in found.workers if worker.poll() is not None]
        assert len(ended) == 1


def test_a_cluster_whose_workers_are_all_lost_is_given_up(tmp_path: Path) -> None:
    with cluster(tmp_path) as found, dask_cluster(found.address, patience=2) as place:
        results = place.each(slowly, list(range(100)))
        next(results)
        for worker in found.workers:
            _kill(worker)
        with pytest.raises(WorkerError, match="has had no worker for 2 seconds") as lost:
            list(results)
        assert "\n" not in str(lost.value)


def test_a_scheduler_that_is_lost_is_given_up(tmp_path: Path) -> None:
    with cluster(tmp_path) as found, dask_cluster(found.address, patience=2) as place:
        results = place.each(slowly, list(range(100)))
        next(results)
        assert found.scheduler is not None
        _kill(found.scheduler)
        with pytest.raises(WorkerError, match="was lost and did not come back") as lost:
            list(results)
        assert "\n" not in str(lost.value)


def test_a_scheduler_that_comes_back_goes_on(tmp_path: Path) -> None:
    with cluster(tmp_path) as found, dask_cluster(found.address, patience=30) as place:
        results = place.each(slowly, list(range(30)))
        first = next(results)
        assert found.scheduler is not None
        _kill(found.scheduler)
        found.start_scheduler(int(found.address.rpartition(":")[2]))
        found.start_worker()
        assert sorted([first, *results]) == [(n, n) for n in range(30)]


def test_nobody_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("extract.execution.dask_cluster.CONNECTING", 0.5)
    begun = time.monotonic()
    with (
        pytest.raises(WorkerError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        _at("tcp://127.0.0.1:9"),
    ):
        pass
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://", "file:///tmp/x"])
def test_what_is_not_an_address(address: str) -> None:
    with pytest.raises(InputError, match=r"Expected tcp://HOST:PORT"), _at(address):
        pass


def test_a_scheduler_without_workers(tmp_path: Path) -> None:
    with (
        cluster(tmp_path, workers=0) as found,
        pytest.raises(WorkerError, match=r"has had no worker for 0\.5 seconds"),
        dask_cluster(found.address, patience=0.5),
    ):
        pass


def test_a_worker_of_another_version_is_refused(shared_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**extractor_versions(), "numpy": "1.0", "files": "0"}
    monkeypatch.setattr("extract.execution.dask_cluster.extractor_versions", lambda: other)
    with (
        pytest.raises(WorkerError, match=r"other code or models, numpy \S+ \(here 1\.0\)"),
        _at(shared_cluster.address),
    ):
        pass


def test_a_worker_of_another_python_is_told_before_it_is_sent_anything(
    shared_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {**extractor_versions(), "Python": "3.9"}
    monkeypatch.setattr("extract.execution.dask_cluster.extractor_versions", lambda: other)
    monkeypatch.setattr("distributed.Client.run", _never)
    with (
        pytest.raises(WorkerError, match=r"like this machine: Python 3\.\d+ \(here 3\.9\)"),
        _at(shared_cluster.address),
    ):
        pass


def _never(*_: object) -> None:
    raise AssertionError("Another Python was sent a function.")


def test_a_worker_that_joins_later_is_checked_too(shared_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {**extractor_versions(), "numpy": "1.0"}
    with dask_cluster(shared_cluster.address) as place:
        monkeypatch.setattr("extract.execution.dask_cluster.extractor_versions", lambda: other)
        with pytest.raises(WorkerError, match=r"is not like this machine: numpy"):
            list(place.each(doubled, [1]))


def test_a_worker_without_studyatlas_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty" / "extract"
    empty.mkdir(parents=True)
    (empty / "__init__.py").write_text("")  # in place of ours
    with cluster(tmp_path, workers=0) as found:
        found.start_worker(PYTHONPATH=str(empty.parent))
        with pytest.raises(WorkerError, match="has no studyatlas of this version"), _at(found.address):
            pass


def _at(address: str) -> AbstractContextManager[Execution]:
    return dask_cluster(address)


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_process_that_dies_at_its_start_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract.execution.local, "_ignore_interrupts", partial(os._exit, 1))
    with pytest.raises(WorkerError, match="killed by the system"), local(2, lambda: None):
        pass


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signals that can be blocked here")
def test_ctrl_c_that_another_thread_gets_waits_until_a_process_is_known(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    began: list[int] = []
    start = multiprocessing.process.BaseProcess.start

    def interrupted_start(process: multiprocessing.process.BaseProcess) -> None:
        start(process)
        began.append(process.pid or 0)
        interrupter = threading.Thread(target=_interrupt)  # as threads of libraries do, it leaves signals unblocked
        interrupter.start()
        interrupter.join()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs the tests may leave it ignored
    request.addfinalizer(partial(signal.signal, signal.SIGINT, before))
    with local(2, lambda: None) as place:
        monkeypatch.setattr("multiprocessing.process.BaseProcess.start", interrupted_start)
        with pytest.raises(KeyboardInterrupt):
            place.alongside(partial(doubled, 1))
        monkeypatch.undo()
        assert place.alongside(partial(doubled, 2))() == 4
    assert began
    assert not {child.pid for child in multiprocessing.active_children()} & set(began)


def _interrupt() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)
