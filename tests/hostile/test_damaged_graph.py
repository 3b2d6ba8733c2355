"""A graph's file of which bytes were changed: every verb that reads it says so, or answers as it did before."""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graph.errors import StoreError
from graph.stores.sqlite.file import check_seal, open_for_reading
from graph.stores.sqlite.store import SqliteStore
from tests.contract import small_graph as g
from ui.cli import app

VERBS = (
    ("info", "--json"),
    ("export", "--format", "json"),
    ("themes",),
    ("gaps",),
    ("search", "attention"),
    ("concept", "LoRA"),
    ("info", "--check", "--json"),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("graph") / "graph.db"
    with SqliteStore(path) as store:
        store.publish(g.SMALL)
    return path.read_bytes()


def spoken(path: Path, *verb: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [verb[0], *verb[1:], "--graph", str(path)])
    assert done.exception is None or isinstance(done.exception, SystemExit), (verb, done.exception)
    return done.exit_code, done.stdout


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_are_an_error_or_change_nothing(whole: bytes, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = tmp_path / "graph.db"
    path.write_bytes(whole)
    before = {verb: spoken(path, *verb) for verb in VERBS}
    assert {code for code, _ in before.values()} <= {0, 3}, before  # LoRA is a name of two concepts there
    damaged = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 20))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    path.write_bytes(damaged)
    for verb in VERBS:
        code, said = spoken(path, *verb)
        assert (code, said) == before[verb] or (code, said) == (6, ""), verb


@pytest.mark.parametrize("cut", [1, 32, 33, 512, 5000])
def test_a_file_that_lost_its_end_is_damaged(whole: bytes, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "graph.db"
    path.write_bytes(whole[:-cut])
    if cut == 32:  # the seal alone: as studyatlas 0.1 wrote it
        check_seal(path)
        return
    with pytest.raises(StoreError):
        SqliteStore(path).check()


def test_every_single_bit_of_the_first_page_matters_or_is_noticed(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    for place in range(0, 4096, 37):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(StoreError):
            open_for_reading(path).close()


def test_check_finds_what_contradicts_itself(tmp_path: Path) -> None:
    """A file without a seal whose rows are readable but wrong."""
    import sqlite3

    path = tmp_path / "graph.db"
    with SqliteStore(path) as store:
        store.publish(g.SMALL)
        store.check()
    path.write_bytes(path.read_bytes()[:-32])
    with sqlite3.connect(path) as db:
        db.execute("UPDATE relation SET confidence = 7 WHERE position = 0")
    db.close()
    with SqliteStore(path) as store, pytest.raises(StoreError, match="confidence"):
        store.check()


def test_looking_at_the_seal_of_four_megabytes_takes_less_than_twenty_milliseconds(tmp_path: Path) -> None:
    from graph.stores.sqlite.seal import is_whole, seal

    path = tmp_path / "pages"
    path.write_bytes(random.Random(1).randbytes(4 << 20))
    seal(path)

    def seconds() -> float:
        begun = time.process_time()
        assert is_whole(path)
        return time.process_time() - begun

    assert statistics.median(seconds() for _ in range(9)) < 0.02
