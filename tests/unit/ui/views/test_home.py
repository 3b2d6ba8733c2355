"""The home page and editing, run by Streamlit's test harness."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from extract.knowledge.corrections import FILE
from extract.pipeline import build
from graph.stores.sqlite.store import SqliteStore
from tests.places import APP
from tests.unit.ui.fixture import write_notes
from tests.unit.ui.views.test_app import checked, opened, shown, texts
from ui import jobs
from ui.jobs import last_build
from ui.recent import recent_graphs
from ui.views import current


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    jobs._running.clear()
    current.choose(None)
    for name in ("STUDYATLAS_GRAPH", "STUDYATLAS_STORE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder of notes with a graph that was really built from them."""
    folder = write_notes(tmp_path / "built")
    (folder / ".studyatlas").mkdir()
    with SqliteStore(folder / ".studyatlas" / "graph.db") as store:
        store.publish(build(folder, workers=1).snapshot)
    return folder


def first_page(lang: str = "en") -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=60)
    page.query_params["lang"] = lang
    return checked(page.run())


@pytest.mark.parametrize(("lang", "words"), [("en", "Turn your notes into an atlas"), ("zh", "把笔记变成图谱")])
def test_without_a_graph_the_home_page_teaches(lang: str, words: str) -> None:
    page = first_page(lang)
    assert page.header[0].value == words
    assert page.button(key="home.example")
    assert page.query_params["page"] == ["home"] or page.query_params["page"] == "home"


def test_a_typed_path_is_built_and_shown(tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "mine")
    page = first_page()
    page.segmented_control(key="home.build.how").set_value("path")
    checked(page.run())
    page.text_input(key="home.build.path").set_value(str(folder))
    page.button(key="home.build.start").click()
    checked(page.run())
    job = last_build()
    assert job is not None
    assert job.wait(60).record is not None
    checked(page.run())
    assert "2 notes" in page.success[0].value
    assert page.button(key="home.map")
    [graph] = recent_graphs(tmp_path / "state" / "studyatlas")[0]
    assert graph.source == str(folder)
    page.button(key="home.map").click()
    assert len(shown(checked(page.run()), "studyatlas_concept_map")) == 1


def test_what_cannot_be_built_is_said(tmp_path: Path) -> None:
    page = first_page()
    page.segmented_control(key="home.build.how").set_value("path")
    checked(page.run())
    page.text_input(key="home.build.path").set_value(str(tmp_path / "nowhere"))
    page.button(key="home.build.start").click()
    page.run()
    assert "nowhere" in page.error[0].value
    assert last_build() is None


def test_dropped_notes_must_be_there(tmp_path: Path) -> None:
    page = first_page()
    page.button(key="home.build.start").click()
    page.run()
    assert page.error[0].value.replace("\\", "") == "Drop some notes first."


def test_recent_graphs_are_opened_and_taken_off(notes: Path, built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from graph.stores.address import FileAddress
    from ui.recent import remember

    state = Path(built.parent / "state" / "studyatlas")
    with SqliteStore(built / ".studyatlas" / "graph.db") as store:
        remember(state, FileAddress(built / ".studyatlas" / "graph.db"), store.info())
    page = opened(notes, monkeypatch, page="home", lang="en")
    page.button(key="home.recent.open.0").click()
    checked(page.run())
    assert current.is_chosen()
    assert not page.caption[0].value.startswith("2 notes · 15 concepts")
    again = opened(notes, monkeypatch, page="home", lang="en")
    again.button(key="home.recent.remove.0").click()
    checked(again.run())
    assert recent_graphs(state)[0] == []


def test_an_edit_is_shown_before_it_is_written_and_then_built(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(built, monkeypatch, page="concept", concept="qlora", lang="en")
    page.text_input(key="edit.qlora.name").set_value("Quantised LoRA")
    checked(page.run())
    assert "+rename:\n+  QLoRA: Quantised LoRA" in page.code[0].value
    assert not (built / FILE).exists()
    page.button(key="edit.save").click()
    checked(page.run())
    assert (built / FILE).read_text(encoding="utf-8") == "rename:\n  QLoRA: Quantised LoRA\n"
    job = last_build()
    assert job is not None
    assert job.wait(60).record is not None
    checked(page.run())
    assert "Quantised LoRA" in texts(shown(page))
    assert page.query_params["concept"] in ("quantisedlora", ["quantisedlora"])
    assert page.success


def test_an_edit_that_fails_is_taken_back(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (built / FILE).write_text("# mine\n", encoding="utf-8")
    page = opened(built, monkeypatch, page="concept", concept="qlora", lang="en")
    page.text_input(key="edit.qlora.name").set_value("LoRA")  # the name of another concept
    checked(page.run())
    page.button(key="edit.save").click()
    checked(page.run())
    job = last_build()
    assert job is not None
    assert job.wait(60).record is None
    page.run()
    assert "name of another concept" in page.error[0].value
    assert (built / FILE).read_text(encoding="utf-8") == "# mine\n"


def test_a_graph_without_its_notes_cannot_be_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unit.ui.conftest import publish

    page = opened(publish(tmp_path / "alone.db"), monkeypatch, page="concept", concept="lora", lang="en")
    assert "The notes of this graph are not on this machine, so it cannot be corrected here." in {
        caption.value for caption in page.caption
    }
