"""Notes in a real browser: formulas, code and tables, concepts to hover, citations next to an answer, nothing that runs.

And editing a concept: what is written, and what is shown after the graph was built again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from extract.knowledge.corrections import FILE
from extract.pipeline import build
from graph.stores.sqlite.store import SqliteStore
from tests.browser.test_app import Visit, browser, has_address, serving, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "visit"]
pytestmark = pytest.mark.browser

NOTE = r"""# Scaled dot-product attention

Scaled dot-product attention computes $\text{softmax}(QK^\top)V$ from queries and keys.

$$
\frac{a}{b}
$$

| method | cost |
|---|---|
| self-attention | $O(n^2)$ |

```python
print("<b>code</b>")
```

Self-attention is a kind of attention mechanism. See [[other]].

$\href{javascript:window.studyatlasHacked=1}{a}$ $\htmlClass{evil}{b}$ $\includegraphics{http://example.com/p.png}$
$\htmlData{onclick=x}{c}$ $\url{javascript:window.studyatlasHacked=1}$ $\def\z{\z\z}\z$ $\frac{1}{$ end
<img src=x onerror="window.studyatlasHacked=1"> <script>window.studyatlasHacked=1</script>
[b](javascript:window.studyatlasHacked=1) ![c](http://example.com/pixel.png) <svg onload="window.studyatlasHacked=1">
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "attention.md").write_text(NOTE, encoding="utf-8")
    (folder / "other.md").write_text(
        "# Other\n\nLoRA is a kind of PEFT.\n\nQLoRA is a method that is based on LoRA.\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def address(folder: Path, browser: Browser) -> Iterator[str]:
    (folder / ".studyatlas").mkdir()
    with SqliteStore(folder / ".studyatlas" / "graph.db") as store:
        store.publish(build(folder, workers=1).snapshot)
    yield from serving(folder / ".studyatlas" / "graph.db")


def test_formulas_tables_and_code_are_shown_and_nothing_runs(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&page=sources&doc=attention.md&line=3")
    note = page.locator(".reader .note")
    note.locator(".katex-display .mfrac").wait_for()
    assert note.locator("td .katex").count() == 1
    assert note.locator("pre").inner_text().strip() == 'print("<b>code</b>")'
    page.wait_for_function("() => [...document.fonts].some(f => f.family === 'KaTeX_Main' && f.status === 'loaded')")
    marked = note.locator(".line.marked")
    assert marked.count() == 1
    assert marked.get_attribute("data-line") == "3"

    page.wait_for_timeout(500)
    assert page.evaluate("() => window.studyatlasHacked") is None
    assert note.locator("script, img, svg[onload], [onclick], [onerror], iframe, .evil").count() == 0
    hrefs = note.locator("[href]").evaluate_all("found => found.map(e => e.getAttribute('href'))")
    assert hrefs == []
    assert "<script>window.studyatlasHacked=1</script>" in note.inner_text()


def test_a_concept_shows_a_card_and_leads_to_its_page(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&page=sources&doc=other.md")
    known = page.locator(".note .known", has_text="QLoRA").first
    known.hover()
    card = page.locator(".note .hover")
    card.wait_for()
    assert "QLoRA" in card.inner_text()
    assert "QLoRA is a method that is based on LoRA." in card.inner_text()
    assert known.evaluate("found => getComputedStyle(found).display") == "inline", "a line breaks as if it were text"
    known.press("Enter")
    page.locator(".reader .title", has_text="QLoRA").wait_for()
    has_address(page, "page=concept")


def test_a_link_leads_to_the_other_note(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&page=sources&doc=attention.md")
    page.locator(".note button.link").click()
    page.locator(".note h1", has_text="Other").wait_for()
    has_address(page, "doc=other.md")


def test_a_citation_opens_the_note_next_to_the_answer(visit: Visit, address: str) -> None:
    page = visit.page
    page.goto(f"{address}/?lang=en&page=ask&q=What+is+QLoRA%3F")
    page.locator(".reader button.quote", has_text="QLoRA is a method that is based on LoRA").first.click()
    marked = page.locator(".note .line.marked")
    marked.wait_for()
    assert "QLoRA is a method that is based on LoRA." in marked.inner_text()
    assert page.locator(".reader button.quote").count() > 0, "the answer stays"
    has_address(page, "note=other.md")
    page.get_by_role("button", name="Open its page").click()
    page.locator(".note .line.marked").wait_for()
    has_address(page, "page=sources")
    page.go_back()
    has_address(page, "page=ask")
    page.locator(".reader button.quote").first.wait_for()


def test_an_edit_is_written_and_the_concept_shown_by_its_new_name(visit: Visit, address: str, folder: Path) -> None:
    page = visit.page
    (folder / FILE).write_text("# mine\nkind:\n  PEFT: method  # sure\n", encoding="utf-8")
    page.goto(f"{address}/?lang=en&page=concept&concept=qlora")
    page.locator(".reader .title", has_text="QLoRA").wait_for()
    page.get_by_text("Edit", exact=True).first.click()
    box = page.get_by_role("textbox", name="New name")
    box.fill("Quantised LoRA")
    box.press("Enter")
    page.get_by_text("QLoRA: Quantised LoRA").first.wait_for()
    assert "rename" not in (folder / FILE).read_text(encoding="utf-8")
    page.get_by_role("button", name="Save and rebuild").click()
    page.locator(".reader .title", has_text="Quantised LoRA").wait_for()
    assert (folder / FILE).read_text(encoding="utf-8") == (
        "# mine\nkind:\n  PEFT: method  # sure\nrename:\n  QLoRA: Quantised LoRA\n"
    )
    page.get_by_text("Corrected").first.wait_for()


def test_an_edit_that_cannot_be_built_is_taken_back(visit: Visit, address: str, folder: Path) -> None:
    page = visit.page
    before = (folder / FILE).read_text(encoding="utf-8") if (folder / FILE).exists() else None
    page.goto(f"{address}/?lang=en&page=concept&concept=lora")
    page.locator(".reader .title", has_text="LoRA").wait_for()
    page.get_by_text("Edit", exact=True).first.click()
    page.get_by_role("radio", name="A relation").or_(page.get_by_text("A relation", exact=True)).first.click()
    other = page.get_by_role("combobox", name="The other concept")
    other.fill("Kubernetes")
    other.press("Enter")
    page.get_by_role("button", name="Save and rebuild").click()
    page.get_by_text("The notes do not name 'Kubernetes'").wait_for()
    assert ((folder / FILE).read_text(encoding="utf-8") if (folder / FILE).exists() else None) == before
