"""Building in a real browser: from nothing to a map by dropping notes, cancelled and failed builds, the example."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_app import Visit, _wait_for, browser, visit
from tests.places import ROOT
from tests.unit.ui.fixture import NOTES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["browser", "visit"]
pytestmark = pytest.mark.browser


@pytest.fixture
def empty(tmp_path: Path, browser: Browser) -> Iterator[str]:
    """Where the pages are served from a folder that has no graph."""
    (tmp_path / "work").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STUDYATLAS_")}
    env = {**kept, "XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "app", "--port", str(port), "--no-browser"],
        cwd=tmp_path / "work",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=env,
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=30)
        assert b"Traceback" not in output, output.decode()


def drop(page: Page, *files: tuple[str, str]) -> None:
    """Give files to the page as if they were dropped."""
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(
        [{"name": name, "mimeType": "text/markdown", "buffer": text.encode()} for name, text in files]
    )
    for name, _ in files:
        page.get_by_text(name.rpartition("/")[2], exact=True).first.wait_for()


def test_from_nothing_to_a_map_by_dropping_notes(visit: Visit, empty: str, tmp_path: Path) -> None:
    page = visit.page
    page.goto(f"{empty}/?lang=en")
    page.get_by_role("heading", name="Turn your notes into an atlas").wait_for()
    drop(page, *((name.rpartition("/")[2], text) for name, text in NOTES.items()))
    folder = tmp_path / "mine"
    box = page.get_by_role("textbox", name="Keep the notes in this folder")
    box.fill(str(folder))
    box.press("Enter")
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text("The graph is ready").wait_for()
    assert sorted(path.name for path in folder.iterdir()) == [".studyatlas", "lora.md", "注意力机制.md"]
    assert page.get_by_text("2 notes ·").first.is_visible()
    page.get_by_role("button", name="Open the map").click()
    page.locator(".atlas").first.wait_for()
    page.goto(f"{empty}/?lang=en&page=home")
    page.get_by_text("Recent graphs").wait_for()
    page.get_by_text(str(folder / ".studyatlas" / "graph.db")).first.wait_for()


def test_a_build_that_fails_says_why(visit: Visit, empty: str, tmp_path: Path) -> None:
    page = visit.page
    (tmp_path / "void").mkdir()
    page.goto(f"{empty}/?lang=en")
    page.get_by_text("Type a path").click()
    box = page.get_by_role("textbox", name="Folder of your notes")
    box.fill(str(tmp_path / "void"))
    box.press("Enter")
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_text("The build failed").wait_for()
    page.get_by_text("void").last.wait_for()


def test_a_build_can_be_cancelled(visit: Visit, empty: str, tmp_path: Path) -> None:
    page = visit.page
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(400):
        text = "\n\n".join(f"Term{number}{i} is a kind of method{i} that uses model{number}." for i in range(60))
        (folder / f"{number}.md").write_text(f"# Note {number}\n\n{text}\n", encoding="utf-8")
    page.goto(f"{empty}/?lang=en")
    page.get_by_text("Type a path").click()
    box = page.get_by_role("textbox", name="Folder of your notes")
    box.fill(str(folder))
    box.press("Enter")
    page.get_by_role("button", name="Build", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The build was cancelled").wait_for()
    assert not (folder / ".studyatlas" / "graph.db").exists()


def test_the_example_is_one_click_away(visit: Visit, empty: str) -> None:
    page = visit.page
    page.goto(f"{empty}/?lang=zh")
    page.get_by_role("button", name="先看示例图谱").click()
    page.get_by_text("图谱已就绪").wait_for()
    page.get_by_text("16 篇笔记").first.wait_for()
