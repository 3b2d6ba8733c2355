"""The study page: what is ticked is kept in the learner's progress, and the progress is what is ticked."""

from __future__ import annotations

import errno
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from graph.model import Concept, GraphSnapshot, Prerequisite
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from graph.stores.sqlite.store import SqliteStore
from tests.unit.ui.fixture import HOSTILE, hostile, snapshot
from tests.unit.ui.views.test_app import _blocks, checked, opened, shown, texts
from ui.progress import change_progress, read_progress


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def file(notes: Path) -> Path:
    return notes / ".studyatlas" / "progress.json"


def marked(file: Path) -> list[str]:
    return [entry["id"] for entry in json.loads(file.read_text(encoding="utf-8"))["known"]]


def study(notes: Path, monkeypatch: pytest.MonkeyPatch, goal: str = "qlora", lang: str = "en") -> AppTest:
    page = opened(notes, monkeypatch, page="study", lang=lang)
    page.selectbox(key="keep.study.goal").set_value(goal)
    return checked(page.run())


def steps(page: AppTest) -> list[str]:
    return [b["text"].split(". ")[-1] for b in _blocks(shown(page)) if b.get("kind") == "title"]


def test_a_tick_is_kept_in_the_file_and_taken_back(notes: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = study(notes, monkeypatch)
    page.checkbox(key="study.done.lora").check()
    checked(page.run())
    assert marked(file) == ["lora"]
    assert page.multiselect(key="study.known").value == ["lora"]
    # the step stays on the path that is being followed, with what follows from it
    assert steps(page) == ["PEFT", "LoRA", "Quantization", "NF4", "QLoRA"]
    peft = page.checkbox(key="study.done.peft")
    assert (peft.value, peft.disabled) == (True, True)
    assert "2 done" in page.get("progress")[0].proto.text
    page.checkbox(key="study.done.lora").uncheck()
    checked(page.run())
    assert marked(file) == []
    assert page.checkbox(key="study.done.peft").value is False


def test_what_was_known_before_is_not_on_the_path(notes: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_progress(file, MemoryStore(snapshot()), know=["lora"])
    page = study(notes, monkeypatch)
    assert steps(page) == ["Quantization", "NF4", "QLoRA"]
    page.multiselect(key="study.known").set_value([])
    assert steps(checked(page.run())) == ["PEFT", "LoRA", "Quantization", "NF4", "QLoRA"]
    assert marked(file) == []


def test_another_program_is_seen(notes: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = study(notes, monkeypatch)
    change_progress(file, MemoryStore(snapshot()), know=["nf4"])
    checked(page.run())
    assert steps(page) == ["PEFT", "LoRA", "QLoRA"]
    page.checkbox(key="study.done.peft").check()
    checked(page.run())
    assert marked(file) == ["nf4", "peft"]


def test_a_corrupt_file_is_said_and_stays(notes: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('{"version": 1, "known": [', encoding="utf-8")
    page = study(notes, monkeypatch)
    assert "Your progress was not saved" in page.warning[0].value
    page.checkbox(key="study.done.peft").check()  # the page still works, and says that it does not keep this
    checked(page.run())
    assert page.checkbox(key="study.done.peft").value is True
    assert "cannot be understood" in page.warning[0].value
    assert file.read_text(encoding="utf-8") == '{"version": 1, "known": ['
    file.unlink()  # moved away: with the next tick, what was ticked meanwhile is kept too
    page.checkbox(key="study.done.nf4").check()
    checked(page.run())
    assert marked(file) == ["nf4", "peft"]
    assert not page.warning


def test_a_folder_that_may_not_be_written_to_is_said(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    page = study(notes, monkeypatch)
    monkeypatch.setattr("ui.progress.os.fsync", refused)  # root may write anywhere, so no mode of the folder would do
    page.checkbox(key="study.done.peft").check()
    checked(page.run())
    assert "Cannot write" in page.warning[0].value
    assert page.checkbox(key="study.done.peft").value is True


def test_a_graph_without_a_place_for_progress_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.db"
    with SqliteStore(path) as store:
        store.publish(snapshot())
    page = study(path, monkeypatch)
    page.checkbox(key="study.done.peft").check()
    checked(page.run())
    assert page.checkbox(key="study.done.peft").value is True
    assert "--progress" in page.warning[0].value.replace("\\", "")


def test_less_time_and_a_start_are_told(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = study(notes, monkeypatch)
    page.selectbox(key="keep.study.from").set_value("transformer")
    checked(page.run())
    assert any("neither is a prerequisite" in text for text in texts(shown(page)))
    page.selectbox(key="keep.study.from").set_value("peft")
    checked(page.run())
    assert any("From PEFT to QLoRA" in text for text in texts(shown(page)))
    assert steps(page) == ["LoRA", "Quantization", "NF4", "QLoRA"]


def test_a_path_can_be_taken_along(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = study(notes, monkeypatch)
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels == [
        "Download as Markdown checklist",
        "Download as CSV",
        "Download as Anki deck",
        "Download as web page",
    ]
    page.button(key="study.picture").click()
    checked(page.run())
    assert page.query_params["page"] == "map"
    assert "qlora" in page.query_params["route"]


def test_a_step_is_in_progress_or_passed_over(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = study(notes, monkeypatch)
    ready = "Ready to learn now: "
    assert "PEFT" in [r["text"] for b in _blocks(shown(page)) for r in b.get("runs", []) if isinstance(r, dict)]
    [pills] = [p for p in page.pills if p.key == "study.status.peft"]
    pills.set_value("skip")
    checked(page.run())
    assert page.query_params["skip"] == "peft"
    [line] = [b for b in _blocks(shown(page)) if b.get("kind") == "para" and ready in texts(b)]
    assert "LoRA" in texts(line)
    assert "PEFT" not in texts(line)
    [pills] = [p for p in page.pills if p.key == "study.status.peft"]
    pills.set_value("doing")
    checked(page.run())
    assert page.query_params["doing"] == "peft"
    assert "skip" not in page.query_params
    page.checkbox(key="study.done.peft").check()
    checked(page.run())
    assert "study.status.peft" not in [p.key for p in page.pills]


def test_an_address_may_take_concepts_for_known(notes: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(notes, monkeypatch, page="study", lang="en", goal="qlora", known="lora")
    assert steps(page) == ["Quantization", "NF4", "QLoRA"]
    assert any("also takes as known" in c.value and "LoRA" in c.value for c in page.caption)
    assert page.query_params["known"] == "lora"
    assert not file.exists()


def test_levels_and_themes_are_summed_up(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = texts(shown(study(notes, monkeypatch)))
    assert any(text.strip().startswith("1: 2 concepts, about") for text in said)
    assert {"level 1", "level 2", "level 3"} <= set(said)


def test_background_is_folded_and_can_be_ticked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"c{i:02}" for i in range(15)]
    path = tmp_path / "n" / ".studyatlas" / "graph.db"
    path.parent.mkdir(parents=True)
    with SqliteStore(path) as store:
        chain = tuple(Prerequisite(a, b) for a, b in pairwise(names))
        store.publish(ordered(GraphSnapshot(concepts=tuple(Concept(n, n) for n in names), prerequisites=chain)))
    page = study(path, monkeypatch, goal="c14")
    (folded,) = page.expander
    assert "(1, about 0 min)" in folded.label.replace("\\", "")
    assert [box.label for box in folded.checkbox] == ["c02"]
    assert steps(page) == names[2:]  # background first
    assert "2 more basic or less certain concepts are left out." in [c.value for c in page.caption]
    page.checkbox(key="study.done.c02").check()
    checked(page.run())
    assert marked(path.with_name("progress.json")) == ["c02"]
    assert [box.value for box in page.expander[0].checkbox] == [True]


def test_what_to_learn_next(notes: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = study(notes, monkeypatch)
    page.segmented_control(key="keep.study.view").set_value("next")
    checked(page.run())
    assert "not marked anything as known yet" in " ".join(c.value for c in page.caption)
    page.selectbox(key="keep.study.next").set_value("qlora")
    checked(page.run())
    assert set(steps(page)) == {"PEFT", "Quantization"}
    page.checkbox(key="study.next.done.quantization").check()
    checked(page.run())
    assert marked(file) == ["quantization"]
    assert set(steps(page)) == {"PEFT", "NF4"}
    assert any("builds on Quantization" in text for text in texts(shown(page)))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_gaps_of_the_notes(notes: Path, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    page = opened(notes, monkeypatch, page="gaps", lang=lang)
    assert "注意力机制与 Transformer ⇹ LoRA and QLoRA" in texts(shown(page))


@pytest.mark.parametrize("view", ["path", "next", "gaps"])
def test_hostile_notes_reach_no_markdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    path = tmp_path / "n" / ".studyatlas" / "graph.db"
    path.parent.mkdir(parents=True)
    with SqliteStore(path) as store:
        store.publish(hostile())
        change_progress(path.with_name("progress.json"), store, know=["zzhostile"])
    gone = SqliteStore(path)
    with gone:
        gone.publish(snapshot())
        assert read_progress(path.with_name("progress.json"), gone).unknown
    page = opened(
        path, monkeypatch, lang="en", **({"page": "gaps"} if view == "gaps" else {"page": "study", "view": view})
    )
    elements: list[Any] = [*page.markdown, *page.caption, *page.title, *page.warning, *page.info]
    assert elements
    assert not any(text[:12] in element.value for element in elements for text in HOSTILE)
    if view != "gaps":
        assert any("Not in this graph" in c.value for c in page.caption)
