"""Progress tells the stage, the share, the speed and the time left, and says nothing that it does not know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.cli import app
from ui.commands.build import pace_words
from ui.pace import ALL_STAGES, OF_FILES, SETTLED, Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_speed_and_time_left_once_a_stage_has_settled() -> None:
    clock = Clock()
    pace = Pace(clock)
    begun = pace.told("extract", 0, 100)
    assert (begun.rate, begun.left) == (None, None)
    clock.now += SETTLED / 2
    assert pace.told("extract", 5, 100).left is None
    clock.now = 110.0
    told = pace.told("extract", 25, 100)
    assert (told.rate, told.left) == (2.5, 30.0)
    assert told.record() == {
        "stage": "extract", "done": 25, "total": 100, "share": 0.125, "files_per_second": 2.5, "seconds_left": 30.0,
    }  # fmt: skip
    assert pace_words(told, "en") == "2.5 files/s · 0:30 left"
    assert pace_words(told, "zh") == "每秒 2.5 个文件 · 还需 0:30"
    assert pace_words(begun, "en") == ""


def test_a_new_stage_begins_anew_and_only_files_have_a_speed() -> None:
    clock = Clock()
    pace = Pace(clock)
    pace.told("extract", 0, 4)
    clock.now += 60
    assert pace.told("relate", 0, 4).left is None
    clock.now += 10
    told = pace.told("relate", 2, 4)
    assert (told.rate, told.left) == (None, 10.0)
    assert pace_words(told, "en") == "0:10 left"


@given(st.lists(st.tuples(st.sampled_from(ALL_STAGES), st.integers(0, 9), st.floats(0, 50)), max_size=30))
def test_what_is_told_is_never_absurd(steps: list[tuple[str, int, float]]) -> None:
    clock = Clock()
    pace = Pace(clock)
    for stage, done, passed in steps:
        clock.now += passed
        told = pace.told(stage, done, 9)
        assert 0 <= told.share <= 1
        assert told.left is None or told.left >= 0
        assert told.rate is None or (told.rate > 0 and stage in OF_FILES)
        json.dumps(told.record(), allow_nan=False)


def test_what_a_cache_had_says_nothing_of_the_speed() -> None:
    clock = Clock()
    pace = Pace(clock)
    begun = pace.told("extract", 9_000, 10_000)
    assert (begun.rate, begun.left) == (None, None)
    clock.now += 10
    told = pace.told("extract", 9_050, 10_000)
    assert (told.rate, told.left) == (5.0, 190.0)


@pytest.mark.parametrize("shown", ["json", "none", "auto"])
def test_the_command_tells_it_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str], shown: str) -> None:
    (tmp_path / "lora.md").write_text("# LoRA\n\n**LoRA** is a method of fine-tuning that trains two small matrices.\n")
    words = ["build", str(tmp_path), "--json", "--progress", shown, "--lang", "en"]
    app(words, standalone_mode=False)
    out, err = capsys.readouterr()
    assert json.loads(out)["counts"]["documents"] == 1
    lines = err.splitlines()
    if shown == "none":
        assert lines == []
        return
    if shown == "auto":
        assert lines[:2] == ["read", "extract"]
        return
    told = [json.loads(line) for line in lines]
    assert tuple(dict.fromkeys(one["stage"] for one in told)) == ALL_STAGES
    shares = [one["share"] for one in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert {("relate", 0, 1), ("relate", 1, 1)} <= {(one["stage"], one["done"], one["total"]) for one in told}
