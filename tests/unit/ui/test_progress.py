"""What a learner knows: kept whatever happens to the graph, the file or other programs."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graph.errors import AmbiguousConcept, InputError, NoSuchConcept, ProgressError
from graph.model import Concept, GraphSnapshot, Prerequisite
from graph.stores.address import FileAddress
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from graph.stores.neo4j.address import Neo4jAddress
from graph.stores.sqlite.store import SqliteStore
from tests.unit.ui.fixture import snapshot
from ui.progress import Entry, change_progress, progress_path, read_progress

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(snapshot())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes" / ".studyatlas" / "progress.json"


def of(*concepts: Concept) -> MemoryStore:
    """These concepts alone."""
    return MemoryStore(
        ordered(GraphSnapshot(concepts=tuple(replace(c, definition=None, mentions=()) for c in concepts)))
    )


def renamed(concept: str, to: Concept) -> MemoryStore:
    """The fixture's concepts alone, with one of them replaced."""
    return of(*(to if c.id == concept else c for c in snapshot().concepts))


def test_nothing_is_known_without_a_file(path: Path, store: MemoryStore) -> None:
    found = read_progress(path, store)
    assert (found.known, found.unknown, found.marked) == ((), (), ())
    assert not path.parent.exists()


def test_what_is_marked_stands_in_the_file(path: Path, store: MemoryStore) -> None:
    found = change_progress(path, store, know=["Self attention", "LoRA", "lora"], now=NOON)
    assert found.marked == ("自注意力", "lora")
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "version": 1,
        "known": [
            {"id": "自注意力", "name": "自注意力", "aliases": ["Self-Attention"], "since": "2026-01-02T12:00:00+00:00"},
            {"id": "lora", "name": "LoRA", "aliases": ["Low-Rank Adaptation"], "since": "2026-01-02T12:00:00+00:00"},
        ],
    }
    again = change_progress(path, store, know=["lora"], now=NOON.replace(year=2027))
    assert [e.since[:4] for e, _ in again.known] == ["2026", "2026"]  # the first time counts
    assert read_progress(path, store) == again
    assert [p.name for p in path.parent.iterdir() if "tmp" in p.name] == []


def test_what_marked_concepts_rest_on_follows(path: Path, store: MemoryStore) -> None:
    found = change_progress(path, store, know=["自注意力"])
    # 注意力机制 with 0.95, softmax with 0.6; qkv only with 0.95 * 0.5, which is less likely than not
    assert found.implied(store) == {"注意力机制", "softmax"}


def test_a_mark_is_taken_away_by_any_name(path: Path, store: MemoryStore) -> None:
    change_progress(path, store, know=["lora", "自注意力"])
    assert change_progress(path, store, forget=["low rank adaptation"]).marked == ("自注意力",)
    with pytest.raises(InputError, match="follows from '自注意力'"):
        change_progress(path, store, forget=["注意力机制"])
    with pytest.raises(InputError, match=r"'LoRA' is not marked as known\. Nothing"):
        change_progress(path, store, forget=["lora"])
    with pytest.raises(NoSuchConcept):
        change_progress(path, store, forget=["nothing like it"])
    with pytest.raises(AmbiguousConcept):
        change_progress(path, store, know=["qkv", "Adapter"])
    assert read_progress(path, store).marked == ("自注意力",)


def test_a_renamed_concept_is_found_by_a_name_that_it_had(path: Path, store: MemoryStore) -> None:
    change_progress(path, store, know=["lora"], now=NOON)
    after = renamed("lora", Concept("低秩适应", "低秩适应", ("low rank adaptation",), salience=0.95))
    assert read_progress(path, after).marked == ("低秩适应",)
    # a change writes the new name down and keeps the old ones, so that the next renaming finds it too
    change_progress(path, after, know=["qkv"], now=NOON)
    entry = read_progress(path, after).known[0][0]
    assert (entry.id, entry.name) == ("低秩适应", "低秩适应")
    assert entry.aliases == ("LoRA", "Low-Rank Adaptation", "low rank adaptation")
    assert entry.since == "2026-01-02T12:00:00+00:00"
    assert read_progress(path, store).marked == ("lora", "qkv")  # and back


def test_what_the_graph_does_not_hold_is_kept_and_said(path: Path, store: MemoryStore) -> None:
    change_progress(path, store, know=["lora", "nf4"])
    without = of(*(c for c in snapshot().concepts if c.id != "nf4"))
    found = change_progress(path, without, know=["qkv"])
    assert found.marked == ("lora", "qkv")
    assert [e.name for e in found.unknown] == ["NF4"]
    assert read_progress(path, store).marked == ("lora", "nf4", "qkv")
    gone = change_progress(path, without, forget=["nf 4"])  # unknown to the graph, known to the file
    assert gone.unknown == ()


def test_an_alias_that_means_several_concepts_finds_none(path: Path) -> None:
    first = of(Concept("x", "x", ("Adapter",)))  # LoRA and PEFT both go by it in the fixture
    change_progress(path, first, know=["x"])
    assert [e.name for e in read_progress(path, MemoryStore(snapshot())).unknown] == ["x"]


def test_names_that_mean_different_concepts_find_the_one_that_most_of_them_mean(path: Path) -> None:
    change_progress(path, of(Concept("x", "x", ("a", "b", "c"))), know=["x"])
    assert read_progress(path, of(Concept("y", "y", ("a", "c")), Concept("z", "z", ("b",)))).marked == ("y",)
    assert read_progress(path, of(Concept("y", "y", ("a",)), Concept("z", "z", ("b",)))).marked == ()
    assert read_progress(path, of(Concept("y", "y", ("x",)), Concept("z", "z", ("a", "b")))).marked == (
        "y",
    )  # the name itself wins


def test_two_marks_of_concepts_that_became_one_are_one(path: Path, store: MemoryStore) -> None:
    change_progress(path, store, know=["qlora", "nf4", "peft"], now=NOON)
    merged = of(Concept("qlora", "QLoRA", ("NF4",)), Concept("peft", "PEFT"))
    assert read_progress(path, merged).marked == ("qlora", "peft")
    change_progress(path, merged, know=["peft"])
    assert [e.id for e, _ in read_progress(path, merged).known] == ["qlora", "peft"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1, column 1"),
        ('{"version": 1, "known": [', "line 1, column 26"),
        ("[]", 'no "version"'),
        ('{"version": true, "known": []}', 'no "version"'),
        ('{"version": 1}', '"known" is not a list'),
        ('{"version": 1, "known": [], "more": 1}', "unknown key 'more'"),
        ('{"version": 1, "known": [1]}', 'entry 1 of known has no "name"'),
        ('{"version": 1, "known": [{"name": "a"}, {"name": " "}]}', 'entry 2 of known has no "name"'),
        (
            '{"version": 1, "known": [{"name": "a", "aliases": "b"}]}',
            "entry 1 of known contains something other than text",
        ),
        ('{"version": 1, "known": [{"name": "a", "when": "b"}]}', "unknown key 'when'"),
        ('{"version": 2, "known": []}', "newer studyatlas"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_cannot_be_understood_is_an_error_and_stays(
    path: Path, store: MemoryStore, text: str, says: str
) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    for attempt in (lambda: read_progress(path, store), lambda: change_progress(path, store, know=["lora"])):
        with pytest.raises(ProgressError) as caught:
            attempt()
        assert says in str(caught.value)
        assert str(path) in str(caught.value)
        assert path.read_text(encoding="utf-8") == text


def test_bytes_that_are_no_text_are_an_error(path: Path, store: MemoryStore) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b'{"version": \xff')
    with pytest.raises(ProgressError, match="byte 12 is not UTF-8"):
        read_progress(path, store)


def test_a_file_written_by_hand_needs_names_only(path: Path, store: MemoryStore) -> None:
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 1, "known": [{"name": "self attention"}]}', encoding="utf-8")
    assert read_progress(path, store).marked == ("自注意力",)


def test_names_without_utf8_are_kept(path: Path) -> None:
    store = of(Concept("a\ud800", "A\ud800"))
    change_progress(path, store, know=["A\ud800"])
    assert read_progress(path, store).marked == ("a\ud800",)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, store: MemoryStore) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ProgressError, match="Cannot write"):
        change_progress(tmp_path / "file" / "progress.json", store, know=["lora"])
    (tmp_path / "progress.json").mkdir()
    with pytest.raises(ProgressError, match="Cannot read"):
        change_progress(tmp_path / "progress.json", store, know=["lora"])


@pytest.mark.skipif(os.name == "nt", reason="rights are others there")
def test_a_failed_write_leaves_the_file_as_it_was(
    path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_progress(path, store, know=["lora"], now=NOON)
    before = path.read_bytes()

    def full(file: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProgressError, match="No space left on device"):
        change_progress(path, store, know=["qkv"])
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == ["progress.json", "progress.json.lock"]


def test_a_link_is_followed(path: Path, store: MemoryStore, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.json"
    real.write_text('{"version": 1, "known": []}', encoding="utf-8")
    path.parent.mkdir(parents=True)
    path.symlink_to(real)
    change_progress(path, store, know=["lora"])
    assert path.is_symlink()
    assert "LoRA" in real.read_text(encoding="utf-8")


def _mark(path: Path, graph: Path, names: list[str]) -> None:
    with SqliteStore(graph) as store:
        for name in names:
            change_progress(path, store, know=[name])


def test_two_programs_lose_nothing_of_each_other(path: Path, tmp_path: Path) -> None:
    graph = tmp_path / "graph.db"
    names = [f"c{i}" for i in range(24)]
    with SqliteStore(graph) as store:
        store.publish(of(*(Concept(n, n) for n in names)).snapshot())
        spawn = multiprocessing.get_context("spawn")
        workers = [spawn.Process(target=_mark, args=(path, graph, names[i::3])) for i in range(2)]
        for worker in workers:
            worker.start()
        _mark(path, graph, names[2::3])
        for worker in workers:
            worker.join(60)
            assert worker.exitcode == 0
        assert sorted(read_progress(path, store).marked) == sorted(names)


def test_threads_of_one_program_lose_nothing_either(path: Path) -> None:
    names = [f"c{i}" for i in range(20)]
    store = of(*(Concept(n, n) for n in names))
    threads = [threading.Thread(target=change_progress, args=(path, store), kwargs={"know": [n]}) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_progress(path, store).marked) == sorted(names)


def test_waiting_for_the_lock_ends(path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr("ui.progress.PATIENCE", 0.05)
    path.parent.mkdir(parents=True)
    with path.with_name("progress.json.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ProgressError, match="Another program"):
            change_progress(path, store, know=["lora"])
    assert change_progress(path, store, know=["lora"]).marked == ("lora",)


def test_where_progress_is_kept(tmp_path: Path) -> None:
    graph = tmp_path / "notes" / ".studyatlas" / "graph.db"
    beside = graph.with_name("progress.json")
    assert progress_path(FileAddress(graph), "/nowhere") == beside
    assert progress_path(FileAddress(tmp_path / "g.db"), str(tmp_path)) == tmp_path / ".studyatlas" / "progress.json"
    assert (
        progress_path(Neo4jAddress("neo4j://host", database="x"), str(tmp_path))
        == tmp_path / ".studyatlas" / "progress.json"
    )
    assert progress_path(FileAddress(graph), "", given=Path("p.json")) == Path("p.json")
    with pytest.raises(ProgressError, match="--progress FILE"):
        progress_path(Neo4jAddress("neo4j://host", database="x"), "/nowhere/at/all")


def test_the_same_marks_mean_the_same_after_a_rebuild(path: Path, store: MemoryStore) -> None:
    change_progress(path, store, know=["lora"])
    base = snapshot()
    rebuilt = MemoryStore(
        replace(base, prerequisites=(*base.prerequisites[:-1], Prerequisite(*base.prerequisites[-1].key, 0.3)))
    )
    assert read_progress(path, rebuilt).marked == ("lora",)
    assert Entry("a", "A", ("b",)).names == ("A", "b")
