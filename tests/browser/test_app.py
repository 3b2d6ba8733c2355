"""The pages in a real browser.

A click on the map leads to the definition, a citation to its line, and nothing leaves this machine.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from extract.pipeline import build
from graph.stores.sqlite.store import SqliteStore
from tests.places import ROOT
from tests.unit.ui.fixture import ATTENTION, LORA, hostile, snapshot, with_background

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 90_000
"""Milliseconds: the first page waits for the server's imports, on machines that do other things as well."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """Where `studyatlas app` serves the fixture's graph."""
    folder = tmp_path_factory.mktemp("app")
    with SqliteStore(folder / "graph.db") as store:
        store.publish(snapshot(str(folder)))
    yield from serving(folder / "graph.db")


def serving(graph: Path) -> Iterator[str]:
    """Serve ``graph`` until the fixture ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "ui.cli", "app", "--graph", str(graph), "--port", str(port), "--no-browser"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ)
    )
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=30)
        assert b"Traceback" not in output, output.decode()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(900):
        assert process.poll() is None, process.communicate()[0].decode()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the app never listened")


class Visit:
    """A page, with every host that it asked for anything and everything it complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.on(
            "request", lambda request: self.hosts.add(urlsplit(request.url).hostname or urlsplit(request.url).scheme)
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.set_default_timeout(PATIENCE)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-US")
    found = Visit(context.new_page())
    yield found
    context.close()
    assert found.hosts <= {"127.0.0.1", "data", "blob"}, found.hosts
    assert "127.0.0.1" in found.hosts
    assert found.complaints == []


def has_address(page: Page, part: str) -> None:
    """Wait until the address contains ``part``: it follows the page, a moment after it."""
    page.wait_for_function("part => decodeURIComponent(location.href).includes(part)", arg=part)


def where(page: Page, concept: str) -> dict[str, float]:
    """Where the map draws a concept, in pixels of the page."""
    page.wait_for_function("() => document.querySelector('.stApp')")
    root = page.locator(".atlas[data-version]")
    root.wait_for()
    return root.evaluate("(root, id) => root.atlas.where(id)", concept)  # type: ignore[no-any-return]


def test_from_the_map_to_the_definition_to_its_line_to_an_answer(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en")

    point = where(page, "qlora")
    canvas = page.locator(".atlas canvas.ink").bounding_box()
    assert canvas is not None
    assert canvas["width"] > 500
    assert canvas["x"] < point["x"] < canvas["x"] + canvas["width"]
    view = page.locator(".atlas").evaluate("root => root.atlas.view()")
    page.mouse.click(point["x"], point["y"])
    definition = page.locator(
        ".reader button.quote", has_text="QLoRA is based on LoRA and keeps the frozen weights"
    ).first
    definition.wait_for()
    assert page.locator(".reader .title").first.inner_text().startswith("QLoRA")
    assert page.locator(".atlas").evaluate("root => root.atlas.view()") == view, "a click must not move the map"

    definition.click()
    marked = page.locator(".note .line.marked")
    marked.wait_for()
    assert marked.count() == 1
    assert marked.get_attribute("data-line") == "8"
    assert "QLoRA is based on LoRA and keeps the frozen weights in 4-bit precision." in marked.inner_text()
    words = "".join(marked.locator("mark").all_inner_texts())
    assert words.startswith("QLoRA is based on LoRA and keeps the frozen weights")
    has_address(page, LORA)

    page.get_by_role("radio", name="Ask").or_(page.get_by_role("button", name="Ask", exact=True)).first.click()
    box = page.get_by_role("textbox", name="Ask your notes")
    box.fill("什么是位置编码？")
    box.press("Enter")
    citation = page.locator(f'.reader button.quote[data-line="20"][data-doc="{ATTENTION}"]').first
    citation.wait_for()
    assert "位置编码给每个词加上它在序列中的位置信息" in citation.inner_text()
    page.locator(".reader button.cite").first.click()
    page.locator(".note .line.marked").first.wait_for()


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """Where the graph of two notes that link to each other is served."""
    folder = tmp_path_factory.mktemp("linked")
    (folder / "heat.md").write_text(
        "# Heat\n\nIt moves; \u2699 see [[work#Units|its units]] & <b>.\n", encoding="utf-8"
    )
    (folder / "work.md").write_text("# Work\n\nForce times way.\n\n## Units\n\nJoule.\n", encoding="utf-8")
    with SqliteStore(folder / "graph.db") as store:
        store.publish(build(folder, workers=1).snapshot)
    yield from serving(folder / "graph.db")


def test_a_link_in_a_note_opens_the_other_note_at_its_heading(visit: Visit, linked: str) -> None:
    page = visit.page
    page.goto(f"{linked}/?lang=en&page=sources&doc=heat.md&line=3")
    link = page.locator(".note button.link")
    link.wait_for()
    assert link.inner_text() == "its units"
    assert "It moves; \u2699 see its units & " in page.locator('.note .line[data-line="3"]').inner_text()
    page.get_by_text("Show as written").click()
    link = page.locator(".source button.link")
    link.wait_for()
    assert link.inner_text() == "[[work#Units|its units]]"
    line = page.locator('.source .line[data-line="3"]').inner_text()
    assert line.endswith("It moves; \u2699 see [[work#Units|its units]] & <b>.")
    link.click()
    marked = page.locator('.source .marked[data-line="5"]')
    marked.wait_for()
    assert "## Units" in marked.inner_text()
    has_address(page, "doc=work.md")


def test_search_focuses_and_the_legend_filters(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en")
    where(page, "qlora")
    page.get_by_role("combobox", name="Find a concept").fill("Low-Rank")  # an alias
    page.get_by_role("option", name="LoRA").first.click()
    page.locator(".atlas .top .count", has_text="3 of 15 concepts").wait_for()
    assert page.locator(".reader .title").first.inner_text().startswith("LoRA")
    page.locator(".atlas .legend button").first.click()
    page.locator('.atlas .legend button[aria-pressed="false"]').wait_for()


def atlas(page: Page, expression: str, argument: object = None) -> Any:
    """What the map says about itself: ``expression`` is JavaScript over ``atlas`` and ``argument``."""
    page.locator(".atlas[data-version]").wait_for()
    return page.locator(".atlas").evaluate(
        f"(root, argument) => {{ const atlas = root.atlas; return {expression}; }}", argument
    )


def until(page: Page, expression: str, argument: object = None) -> Any:
    """Wait until ``expression`` over ``atlas`` is true; the map may be made anew meanwhile."""
    for _ in range(200):
        found = atlas(page, expression, argument)
        if found:
            return found
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {expression}")


def test_the_legend_hides_a_theme_with_its_territory_and_repaints_nothing(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en")
    where(page, "qlora")
    before = {i: atlas(page, "atlas.colour(argument)", i) for i in ("qlora", "transformer")}
    assert before["qlora"] != before["transformer"]
    assert "LoRA and QLoRA" in atlas(page, "atlas.territories()")
    entry = page.locator(".atlas .legend button", has_text="LoRA and QLoRA")
    entry.click()
    until(page, "atlas.hidden('qlora')")
    assert not atlas(page, "atlas.hidden('transformer')")
    assert "LoRA and QLoRA" not in atlas(page, "atlas.territories()") + atlas(page, "atlas.titles()")
    assert "注意力机制与 Transformer" in atlas(page, "atlas.territories()")
    entry.click()
    until(page, "!atlas.hidden('qlora')")
    assert "LoRA and QLoRA" in atlas(page, "atlas.territories()")
    assert {i: atlas(page, "atlas.colour(argument)", i) for i in before} == before


def test_card_map_and_address_tell_one_concept(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en")
    title = page.locator(".reader .title").first

    def one(concept: str, name: str) -> None:
        page.locator(".reader .title", has_text=re.compile(rf"^\s*{name}")).first.wait_for()  # QLoRA ends with LoRA
        has_address(page, f"concept={concept}")
        assert title.inner_text().startswith(name)
        assert atlas(page, "atlas.selected()") == concept

    point = where(page, "qlora")
    page.mouse.click(point["x"], point["y"])
    one("qlora", "QLoRA")
    page.get_by_role("combobox", name="Find a concept").fill("Low-Rank")
    page.get_by_role("option", name="LoRA").first.click()
    page.locator(".atlas .top .count", has_text="3 of 15 concepts").wait_for()
    one("lora", "LoRA")
    has_address(page, "focus=lora")
    point = where(page, "qlora")
    page.mouse.click(point["x"], point["y"])
    one("qlora", "QLoRA")
    has_address(page, "focus=lora")
    box = page.locator(".atlas canvas.ink").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 30, box["y"] + 60)  # the ground
    page.wait_for_function("() => !location.href.includes('concept=')")
    assert atlas(page, "atlas.selected()") is None
    page.locator(".reader .title").first.wait_for(state="detached")


@pytest.fixture
def known(tmp_path: Path, browser: Browser) -> Iterator[str]:
    """Where a graph is served that has something which only general knowledge says."""
    with SqliteStore(tmp_path / "graph.db") as store:
        store.publish(with_background(str(tmp_path)))
    yield from serving(tmp_path / "graph.db")


def test_general_knowledge_is_in_the_legend_until_it_is_switched_off(visit: Visit, known: str) -> None:
    page = visit.page
    page.goto(f"{known}/?lang=en&focus=lora")
    where(page, "transformer")
    entry = page.locator(".atlas .legend .basis2")
    assert entry.inner_text().split() == ["general", "knowledge", "2"]
    page.get_by_role("button", name="Filters").click()
    page.get_by_text("General knowledge", exact=True).click()
    entry.wait_for(state="detached")
    page.wait_for_url("**background=0**")


def test_pages_speak_both_languages(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=zh&page=themes")
    page.locator(".reader .card").first.wait_for()
    assert page.get_by_text("学习路径").first.is_visible()
    page.get_by_text("English", exact=True).first.click()
    page.get_by_text("Study path").first.wait_for()


@pytest.mark.parametrize("name", ["map", "concept", "themes", "sources", "study", "ask"])
def test_hostile_notes_are_shown_letter_by_letter(
    visit: Visit, browser: Browser, tmp_path_factory: pytest.TempPathFactory, name: str, hostile_address: str
) -> None:
    page = visit.page
    page.goto(
        f"{hostile_address}/?page={name}&concept=zzhostile&doc=zz-hostile.md&focus=zzhostile&lang=en&q=What+is+LoRA%3F"
    )
    page.locator(".reader > *").first.wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("() => window.studyatlasHacked") is None
    assert page.locator("img[src*='example.com']").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator(".katex").count() == (2 if name == "sources" else 0)
    assert page.locator(".katex [href], .katex [onclick]").count() == 0


@pytest.fixture(scope="module")
def hostile_address(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hostile")
    with SqliteStore(folder / "graph.db") as store:
        store.publish(hostile(str(folder)))
    yield from serving(folder / "graph.db")
