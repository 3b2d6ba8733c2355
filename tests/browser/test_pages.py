"""Moving about in a real browser: the address, Back and Forward, the search, languages, a phone, and what can go wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from graph.model import Concept, GraphSnapshot, Prerequisite
from graph.stores.checks import ordered
from graph.stores.sqlite.store import SqliteStore
from tests.browser.test_app import Visit, _wait_for, address, browser, has_address, serving, visit
from tests.places import ROOT
from tests.unit.ui.fixture import LORA, snapshot
from ui.commands.app import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["address", "browser", "visit"]
pytestmark = pytest.mark.browser


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def title(page: Page, text: str) -> None:
    """Wait until the page has a card with this title."""
    page.locator(".reader .title > :first-child", has_text=re.compile(f"^{re.escape(text)}$")).first.wait_for()


def box(page: Page) -> None:
    """Wait until the search box is there, and put the cursor into it from the keyboard."""
    page.locator(".search input").wait_for()
    page.keyboard.press("/")
    page.wait_for_function(
        "() => document.activeElement?.shadowRoot?.activeElement?.matches('input') "
        "|| document.activeElement?.matches('.search input')"
    )


def test_from_an_answer_to_its_citation_and_back(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?page=ask&lang=en")
    question = page.get_by_role("textbox", name="Ask your notes")
    question.fill("What is QLoRA?")
    question.press("Enter")
    page.locator(".reader button.quote").first.click()
    marked = page.locator(".note .line.marked").first  # next to the answer
    marked.wait_for()
    has_address(page, f"note={LORA}")
    line, words = marked.get_attribute("data-line"), page.locator(".note mark").count()
    page.go_back()
    page.locator(".note").wait_for(state="detached")
    page.locator(".reader button.cite").first.wait_for()
    assert question.input_value() == "What is QLoRA?"
    assert asked(page)["q"] == ["What is QLoRA?"]
    page.go_forward()
    marked.wait_for()
    assert marked.get_attribute("data-line") == line
    assert page.locator(".note mark").count() == words  # the words of the citation as well


def test_back_and_forward_restore_every_view(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&page=concept&concept=qlora")
    title(page, "QLoRA")
    page.locator(".reader button", has_text=re.compile("^LoRA$")).first.click()
    title(page, "LoRA")
    has_address(page, "concept=lora")
    page.get_by_role("radio", name="Themes").or_(page.get_by_role("button", name="Themes", exact=True)).first.click()
    has_address(page, "page=themes")
    title(page, "LoRA and QLoRA")
    page.go_back()
    title(page, "LoRA")
    page.go_back()
    title(page, "QLoRA")
    assert asked(page)["concept"] == ["qlora"]
    page.go_forward()
    title(page, "LoRA")


def test_a_theme_opens_on_the_map_and_the_whole_map_is_a_click_away(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&page=themes")
    page.locator(".reader .title button", has_text="LoRA and QLoRA").click()
    has_address(page, "theme=0-1")
    page.locator(".atlas[data-version]").wait_for()
    page.locator(".atlas .crumbs .here", has_text="LoRA and QLoRA").wait_for()
    page.get_by_role("button", name="Whole map").click()
    page.wait_for_function("() => !location.href.includes('theme=')")
    page.go_back()
    has_address(page, "theme=0-1")
    page.locator(".atlas .crumbs .here", has_text="LoRA and QLoRA").wait_for()


def test_the_slash_finds_a_concept_from_every_page(visit: Visit, address: str) -> None:
    page = visit.page
    for name in ("ask", "study", "gaps", "sources"):
        page.goto(f"{address}/?lang=en&page={name}")
        box(page)
        page.keyboard.type("lora")
        page.keyboard.press("Enter")
        title(page, "LoRA")
        has_address(page, "concept=lora")
    box(page)
    page.keyboard.type("zyl")  # the initials of 注意力
    page.locator(".search .line", has_text="注意力机制").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    title(page, "注意力机制")
    box(page)
    page.keyboard.type("tranformr")  # only the server finds what is misspelled
    page.locator(".search .line", has_text="Transformer").click()
    title(page, "Transformer")


def test_a_slash_in_a_box_is_a_slash(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&page=ask")
    question = page.get_by_role("textbox", name="Ask your notes")
    question.click()
    page.keyboard.type("a/b")
    assert question.input_value() == "a/b"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    """Where a graph of more concepts is served than the browser gets names of, or any box offers."""
    folder = tmp_path_factory.mktemp("large")
    names = [f"filler {number:04}" for number in range(6000)]
    concepts = [Concept(name.replace(" ", ""), name, salience=0.9) for name in names]
    rare = [
        Concept("sharegenes", "share genes", salience=0.01),
        Concept("dna", "DNA", salience=0.01),
        Concept("dnapolymerase", "DNA polymerase", salience=0.02),
        Concept("pcr", "PCR", salience=0.01),
    ]
    edges = (Prerequisite("dna", "dnapolymerase", 0.9), Prerequisite("dnapolymerase", "pcr", 0.9))
    with SqliteStore(folder / "graph.db") as store:
        store.publish(ordered(GraphSnapshot(concepts=(*concepts, *rare), prerequisites=edges)))
    yield from serving(folder / "graph.db")


def test_concepts_beyond_those_that_boxes_offer_open_as_themselves(visit: Visit, large: str) -> None:
    page = visit.page
    page.goto(f"{large}/?lang=en&page=concept&concept=sharegenes")
    title(page, "share genes")
    box(page)
    page.keyboard.type("dna")
    page.locator(".search .line", has_text=re.compile("^DNA$")).wait_for()
    page.keyboard.press("Enter")
    title(page, "DNA")
    box(page)
    page.keyboard.type("DNA", delay=0)
    page.keyboard.press("Enter")  # before any suggestion came
    title(page, "DNA")
    page.locator(".reader button", has_text="DNA polymerase").first.click()
    title(page, "DNA polymerase")
    page.goto(f"{large}/?lang=en&page=study&goal=pcr")
    title(page, "1. DNA")


def test_an_id_that_is_not_there_is_said(visit: Visit, large: str) -> None:
    page = visit.page
    page.goto(f"{large}/?lang=en&page=concept&concept=dnapolymerse")
    page.get_by_text("There is no concept 'dnapolymerse'.").wait_for()
    assert page.locator(".reader .title").count() == 0
    page.locator(".reader button", has_text="DNA polymerase").click()
    title(page, "DNA polymerase")


@pytest.mark.parametrize(
    ("locale", "menu", "lang"),
    [("zh-CN", "学习路径", "zh-Hans"), ("en-GB", "Study path", "en"), ("fr-FR", "学习路径", "zh-Hans")],
)
def test_the_language_is_the_browsers_then_the_notes(
    browser: Browser, address: str, locale: str, menu: str, lang: str
) -> None:
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(address)
    page.get_by_text(menu, exact=True).first.wait_for()
    page.wait_for_function("lang => document.documentElement.lang === lang", arg=lang)
    other = "English" if lang != "en" else "中文"
    page.get_by_text(other, exact=True).first.click()
    page.wait_for_function("lang => document.documentElement.lang !== lang", arg=lang)
    has_address(page, "lang=")
    context.close()


@pytest.mark.parametrize("name", ["map", "concept", "ask", "study", "gaps", "themes", "sources"])
def test_nothing_is_cut_off_on_a_phone(browser: Browser, address: str, name: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US", has_touch=True)
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{address}/?page={name}&concept=lora&q=What+is+LoRA%3F&doc={LORA}&line=8")
    page.locator(".search input").wait_for()
    page.locator(".atlas, .reader > *").first.wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for card in page.locator(".reader .card").all():
        shape = card.bounding_box()
        assert shape is None or (shape["x"] >= 0 and shape["x"] + shape["width"] <= 390), name
    head = page.locator(".st-key-head").bounding_box()
    assert head is not None
    assert head["y"] + head["height"] < 150
    context.close()


def test_the_map_begins_high_on_a_phone_and_ends_above_its_lower_edge(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US", has_touch=True)
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{address}/?page=map")
    page.locator(".atlas[data-version]").wait_for()
    page.locator(".search input").wait_for()
    shape = page.locator(".atlas").bounding_box()
    assert shape is not None
    assert shape["y"] < 220
    assert shape["y"] + shape["height"] < 800
    filters = page.get_by_role("button", name="Filters").bounding_box()  # the controls scroll sideways; this is first
    assert filters is not None
    assert filters["x"] + filters["width"] < 200
    context.close()


@pytest.mark.parametrize("width", [1280, 1366, 1400, 1600])
def test_the_head_is_one_row_on_a_laptop(browser: Browser, address: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 720}, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{address}/?page=concept")
    page.locator(".search input").wait_for()
    head = page.locator(".st-key-head").bounding_box()
    assert head is not None
    parts = [page.locator(f".st-key-{name}").bounding_box() for name in ("brand", "find", "keep-page", "keep-lang")]
    for left, right in pairwise(part for part in parts if part is not None):
        assert left["x"] + left["width"] <= right["x"] + 1
    words = page.locator(".st-key-brand p").first.bounding_box()
    assert words is not None
    assert words["y"] + words["height"] <= head["y"] + head["height"] + 1
    context.close()


def test_a_graph_that_vanishes_is_said_and_comes_back(visit: Visit, tmp_path: Path, browser: Browser) -> None:
    path = tmp_path / "graph.db"
    with SqliteStore(path) as store:
        store.publish(snapshot(str(tmp_path)))
    served = serving(path)
    page = visit.page
    page.goto(f"{next(served)}/?lang=en&page=concept&concept=lora")
    title(page, "LoRA")
    path.rename(tmp_path / "away.db")
    page.get_by_text("Themes", exact=True).first.click()
    page.get_by_text("There is no graph here").wait_for()
    assert "Traceback" not in page.content()
    (tmp_path / "away.db").rename(path)
    page.get_by_role("button", name="Try again").click()
    title(page, "LoRA and QLoRA")
    served.close()


def test_a_program_that_was_stopped_is_said_and_may_come_back(browser: Browser, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "graph.db") as store:
        store.publish(replace(snapshot(), source=str(tmp_path)))
    port = free_port()
    line = [sys.executable, "-m", "ui.cli", "app", "--graph", str(tmp_path / "graph.db"), "--port", str(port)]

    def started() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*line, "--no-browser"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(os.environ)
        )
        _wait_for(port, process)
        return process

    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.set_default_timeout(90_000)
    first = started()
    page.goto(f"http://127.0.0.1:{port}/?page=concept&concept=lora")
    title(page, "LoRA")
    page.locator(".search input").wait_for()
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=30)
    page.get_by_text("studyatlas was stopped").wait_for()
    again = started()
    try:
        page.get_by_text("studyatlas was stopped").wait_for(state="detached")
        title(page, "LoRA")
    finally:
        context.close()
        again.terminate()
        again.communicate(timeout=30)
