"""What only a file can suffer: other files in its place, killed builds, missing rights, full disks, other processes."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from graph.errors import NewerSchema, NotAGraph, PublishError, StoreError
from graph.model import Concept, GraphSnapshot
from graph.stores.sqlite import file as sqlite_file
from graph.stores.sqlite.file import APPLICATION_ID, MIGRATIONS, open_for_reading, remove_leftovers
from graph.stores.sqlite.store import SqliteStore
from tests.contract import small_graph as g
from tests.places import ROOT
from tests.strategies import assert_same_graph


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "graph.db") as store:
        yield store


def run(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A fresh interpreter in the repository that runs ``code``."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def listed(folder: Path) -> list[str]:
    """Names of all that is in ``folder``, sorted."""
    return sorted(entry.name for entry in folder.iterdir())


class TestForeignFiles:
    @pytest.mark.parametrize(
        ("content", "described"),
        [
            (b"", "an empty file"),
            (b"# LoRA\n", "a text file"),
            ("# 微调".encode() * 40, "a text file"),
            (b"\x89PNG\r\n\x1a\n\x00\x00", "a binary file"),
            (b"SQLite format 3\x00", "an SQLite database of another program"),
        ],
    )
    def test_reading(self, store: SqliteStore, content: bytes, described: str) -> None:
        store.path.write_bytes(content)
        with pytest.raises(NotAGraph, match=re.escape(f"{store.path} is not a studyatlas graph (it is {described}).")):
            store.info()

    @pytest.mark.parametrize("content", [b"# my notes\n", b"\x00\x01\x02"])
    def test_are_not_overwritten(self, store: SqliteStore, content: bytes) -> None:
        store.path.write_bytes(content)
        with pytest.raises(PublishError, match=r"is not a studyatlas graph .* It was not overwritten\."):
            store.publish(g.SMALL)
        assert store.path.read_bytes() == content

    def test_a_database_of_another_program(self, store: SqliteStore) -> None:
        with closing(sqlite3.connect(store.path)) as db:
            db.execute("CREATE TABLE concept (id)")
        for use in (store.info, lambda: store.publish(g.SMALL)):
            with pytest.raises(StoreError, match="an SQLite database of another program"):
                use()

    def test_an_empty_file_may_be_filled(self, store: SqliteStore) -> None:
        store.path.touch()
        store.publish(g.SMALL)
        assert_same_graph(store.snapshot(), g.SMALL)

    def test_a_folder(self, tmp_path: Path) -> None:
        with SqliteStore(tmp_path) as store:
            with pytest.raises(NotAGraph, match="it is a folder"):
                store.info()
            with pytest.raises(PublishError, match="it is a folder"):
                store.publish(g.SMALL)

    def test_a_damaged_graph_is_an_error_and_can_be_built_again(self, store: SqliteStore) -> None:
        store.publish(g.SMALL)
        whole = store.path.read_bytes()
        store.path.write_bytes(whole[:100] + bytes(len(whole) - 100))
        with pytest.raises(StoreError, match=r"Cannot read the graph .* Build it again\."):
            store.concepts()
        store.path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(StoreError, match="Build it again"):
            store.snapshot()
        store.publish(g.SMALL)
        assert_same_graph(store.snapshot(), g.SMALL)


class TestMissing:
    def test_says_how_to_build(self, store: SqliteStore) -> None:
        with pytest.raises(
            StoreError, match=r"There is no graph at .*graph\.db\. Build one with: studyatlas build FOLDER -o"
        ):
            store.info()

    def test_may_come_later(self, store: SqliteStore) -> None:
        with pytest.raises(StoreError):
            store.info()
        with SqliteStore(store.path) as other:
            other.publish(g.SMALL)
        assert store.info().concepts == 6

    def test_may_be_removed(self, store: SqliteStore) -> None:
        store.publish(g.SMALL)
        assert store.info().concepts == 6
        store.path.unlink()
        with pytest.raises(StoreError, match="There is no graph"):
            store.info()


class TestSchema:
    def test_header(self, store: SqliteStore) -> None:
        store.publish(g.SMALL)
        with closing(sqlite3.connect(store.path)) as db:
            assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
            assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def test_newer_is_neither_read_nor_overwritten(self, store: SqliteStore) -> None:
        store.publish(g.SMALL)
        with closing(sqlite3.connect(store.path)) as db:
            db.execute("PRAGMA user_version = 99")
        before = store.path.read_bytes()
        with pytest.raises(
            NewerSchema, match=rf"newer studyatlas \(schema 99, this one reads up to {len(MIGRATIONS)}\)"
        ):
            store.info()
        with pytest.raises(PublishError, match="newer studyatlas"):
            store.publish(g.SMALL)
        assert store.path.read_bytes() == before

    def test_older_is_read_through_a_copy(self, store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
        store.publish(g.SMALL)
        before = store.path.read_bytes()
        monkeypatch.setattr(
            sqlite_file, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE novelty (x); INSERT INTO novelty VALUES (7);")
        )
        with SqliteStore(store.path) as newer:
            assert_same_graph(newer.snapshot(), g.SMALL)
        with closing(open_for_reading(store.path)) as db:
            assert db.execute("SELECT x FROM novelty").fetchall() == [(7,)]
            assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
        assert store.path.read_bytes() == before

    def test_a_graph_of_the_first_schema_lacks_lines_and_one_of_two_numbers(self, store: SqliteStore) -> None:
        store.publish(g.SMALL)
        with closing(sqlite3.connect(store.path)) as db:
            db.executescript("""
                ALTER TABLE passage DROP COLUMN line_codes; ALTER TABLE document DROP COLUMN unit;
                ALTER TABLE document DROP COLUMN starts; ALTER TABLE concept DROP COLUMN confidence;
                DROP TABLE layout; DROP TABLE index_part;
                PRAGMA user_version = 1;
            """)
            (page,) = db.execute("PRAGMA page_size").fetchone()
        with store.path.open("r+b") as file:  # files of the first schema had no seal
            file.truncate(store.path.stat().st_size // page * page)
        with SqliteStore(store.path) as older:
            passages, concepts = older.passages(), older.concepts()
            assert older.layout() is None
        assert concepts == [replace(c, confidence=c.salience) for c in g.SMALL.concepts]  # salience was the probability
        assert passages == [replace(p, lines=()) for p in g.SMALL.passages]
        assert [line.text for _, line in passages[0].numbered_lines()] == g.LORA_TEXT.split("\n")

    def test_readers_cannot_write(self, store: SqliteStore) -> None:
        store.publish(g.SMALL)
        with closing(open_for_reading(store.path)) as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("DELETE FROM concept")


class TestCannotWrite:
    def test_no_such_folder(self, tmp_path: Path) -> None:
        with (
            SqliteStore(tmp_path / "no" / "graph.db") as store,
            pytest.raises(PublishError, match=r"/no does not exist\."),
        ):
            store.publish(g.SMALL)

    def test_folder_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "notes.md").touch()
        with (
            SqliteStore(tmp_path / "notes.md" / "graph.db") as store,
            pytest.raises(PublishError, match=r"notes\.md is not a folder\."),
        ):
            store.publish(g.SMALL)

    @pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where not even root can make a file")
    def test_a_file_system_that_takes_no_files(self) -> None:
        with (
            SqliteStore("/proc/graph.db") as store,
            pytest.raises(PublishError, match=r"Cannot store the graph in /proc/graph\.db: "),
        ):
            store.publish(g.SMALL)

    if os.name == "posix" and os.geteuid() != 0:  # root may write anywhere; the file system above covers it

        def test_no_permission(self, store: SqliteStore) -> None:
            store.publish(g.SMALL)
            store.path.parent.chmod(0o500)
            try:
                with pytest.raises(PublishError, match="no permission"):
                    store.publish(GraphSnapshot())
            finally:
                store.path.parent.chmod(0o700)
            assert_same_graph(store.snapshot(), g.SMALL)

    @pytest.mark.skipif(os.name != "posix", reason="needs resource limits")
    def test_no_room(self, store: SqliteStore) -> None:
        """A process that may write no file above 64 KB meets what a full disk does."""
        store.publish(g.SMALL)
        process = run(
            "import resource, signal, sys\n"
            "from graph.errors import PublishError\n"
            "from graph.model import Concept, GraphSnapshot\n"
            "from graph.stores.sqlite.store import SqliteStore\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
            "try:\n"
            "    SqliteStore(sys.argv[1]).publish(GraphSnapshot(concepts=tuple(Concept(f'{i:05}', 'x' * 99) for i in "
            "range(9999))))\n"
            "except PublishError as e:\n"
            "    print(e)\n",
            store.path,
        )
        out, err = process.communicate(timeout=60)
        assert err == ""
        assert re.search(r"Cannot store the graph in .*: .*\. The earlier graph is untouched\.", out)
        assert_same_graph(store.snapshot(), g.SMALL)
        assert listed(store.path.parent) == ["graph.db"]

    def test_an_interrupted_build_leaves_no_file(self, store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
        store.publish(g.SMALL)

        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("graph.stores.sqlite.store.write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.publish(GraphSnapshot())
        assert listed(store.path.parent) == ["graph.db"]
        assert_same_graph(store.snapshot(), g.SMALL)


class TestReplacing:
    def test_only_the_graph_is_left(self, store: SqliteStore) -> None:
        for _ in range(3):
            store.publish(g.SMALL)
            store.concepts()
        assert listed(store.path.parent) == ["graph.db"]

    @pytest.mark.skipif(os.name != "posix", reason="needs links and modes")
    def test_a_link_stays_a_link_and_the_mode_stays(self, store: SqliteStore, tmp_path: Path) -> None:
        real = tmp_path / "real"
        real.mkdir()
        store.path.symlink_to(real / "kept.db")
        store.publish(g.SMALL)
        (real / "kept.db").chmod(0o640)
        store.publish(GraphSnapshot())
        assert store.path.is_symlink()
        assert (real / "kept.db").stat().st_mode & 0o777 == 0o640
        assert store.info().concepts == 0

    def test_another_process_sees_the_new_build(self, store: SqliteStore) -> None:
        store.publish(g.SMALL)
        assert store.info().concepts == 6
        process = run(
            "import sys\nfrom graph.model import GraphSnapshot\nfrom graph.stores.sqlite.store import SqliteStore\n"
            "print(SqliteStore(sys.argv[1]).publish(GraphSnapshot()).build)\n",
            store.path,
        )
        out, err = process.communicate(timeout=60)
        assert err == ""
        assert store.info().build == out.strip()
        assert store.concepts() == []

    def test_a_copied_file_is_noticed(self, store: SqliteStore, tmp_path: Path) -> None:
        with SqliteStore(tmp_path / "other.db") as other:
            other.publish(GraphSnapshot(concepts=(Concept("a", "a"),)))
        store.publish(g.SMALL)
        assert store.info().concepts == 6
        shutil.copy(tmp_path / "other.db", store.path)
        assert store.info().concepts == 1

    @pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc to count open files")
    def test_old_builds_are_let_go(self, store: SqliteStore) -> None:
        def held() -> int:
            opened = (os.path.realpath(f"/proc/self/fd/{fd}") for fd in listed(Path("/proc/self/fd")))
            return sum("graph.db" in path for path in opened)

        for _ in range(5):
            store.publish(g.SMALL)
            with store.reading():
                store.publish(g.SMALL)
                store.concepts()
            store.concepts()
        assert held() == 1
        store.close()
        store.close()
        assert held() == 0
        with pytest.raises(StoreError, match="closed"):
            store.info()

    def test_a_block_outlives_close_in_another_thread(self, store: SqliteStore) -> None:
        store.publish(g.SMALL)
        with store.reading():
            closer = threading.Thread(target=store.close)
            closer.start()
            closer.join()
            assert len(store.concepts()) == 6
        with pytest.raises(StoreError, match="closed"):
            store.concepts()

    def test_names_that_sqlite_could_misread(self, tmp_path: Path) -> None:
        for name in ("a b?mode=rw#x.db", "100%41.db", "图谱.db", 'it\'s "q".db'):
            with SqliteStore(tmp_path / name) as store:
                store.publish(g.SMALL)
                assert_same_graph(store.snapshot(), g.SMALL)
        assert len(listed(tmp_path)) == 4


BUILD_FOR_EVER = """
import sys
from graph.model import Concept, GraphSnapshot
from graph.stores.sqlite.store import SqliteStore
sizes = [3000, 5000]
graphs = [GraphSnapshot(concepts=tuple(Concept(f"{i:05}", f"concept {i}") for i in range(size))) for size in sizes]
store = SqliteStore(sys.argv[1])
store.publish(graphs[0])
print("ready", flush=True)
while True:
    for graph in graphs:
        store.publish(graph)
"""


HOLD_A_FILE = """
import sys, time
from pathlib import Path
from graph.stores.sqlite.file import replacing
with replacing(Path(sys.argv[1])) as new:
    print(new.name, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
class TestKilled:
    def test_at_any_moment_a_whole_graph_is_there(self, store: SqliteStore) -> None:
        moments = random.Random(7)
        for _ in range(4):
            process = run(BUILD_FOR_EVER, store.path)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(moments.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)
            concepts = store.snapshot().concepts
            assert len(concepts) in (3000, 5000)
            assert [c.name for c in concepts] == [f"concept {i}" for i in range(len(concepts))]
        store.publish(g.SMALL)
        assert listed(store.path.parent) == ["graph.db"]

    def test_leftovers_are_removed_and_nothing_else(self, store: SqliteStore) -> None:
        folder = store.path.parent
        ours = [
            "graph.db.tmp-0123abcd",
            "graph.db.tmp-0123abcd.lock",
            "graph.db.tmp-1123abcd",  # killed before it could remove its lock, or after
            "graph.db.tmp-2123abcd.lock",
            "graph.db.tmp-123-0123abcd",  # of an earlier version
        ]
        others = [
            "other.db.tmp-0123abcd",
            "graph.db.tmp-0123abc",
            "graph.db.tmp-0123abcd.bak",
            "graph.db.tmp-x-0123abcd",
            "graphXdb.tmp-0123abcd",
            "graph.db.lock",
        ]
        for name in [*ours, *others]:
            (folder / name).touch()
        store.publish(g.SMALL)
        assert listed(folder) == sorted(["graph.db", *others])

    def test_the_file_of_a_build_that_goes_on_is_no_leftover(self, store: SqliteStore) -> None:
        """It was told by the number of its process, which means nothing to a build in another container."""
        other = run(HOLD_A_FILE, store.path)
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        try:
            store.publish(g.SMALL)
            assert listed(store.path.parent) == sorted(["graph.db", name, f"{name}.lock"])
        finally:
            other.kill()
            other.communicate(timeout=60)
        store.publish(g.SMALL)
        assert listed(store.path.parent) == ["graph.db"]

    def test_a_build_of_this_process_is_no_leftover(self, store: SqliteStore) -> None:
        with sqlite_file.replacing(store.path) as new:
            remove_leftovers(store.path)
            assert new.exists()
            with closing(sqlite3.connect(new)) as db:
                sqlite_file.migrate(db)
        assert not new.exists()
        assert store.path.exists()
