"""Notes as the browser draws them: concepts and links in their text, and where citations open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from extract.notes.rendered import rendered_note
from graph.model import Concept, ConceptKind, Evidence
from tests.unit.ui.fixture import LORA
from tests.unit.ui.views.test_app import _blocks, _fresh_caches, opened, shown
from ui.choice import PlaceChoice
from ui.reader.formulas import VENDOR, fonts, formula_style
from ui.reader.note_page import concept_cards, note_page

__all__ = ["_fresh_caches"]


def find(text: str) -> list[tuple[int, int, str]]:
    return [(m.start(), m.end(), m[0].casefold()) for m in re.finditer("LoRA|PEFT", text)]


def drawn(text: str, **kwargs: Any) -> list[Any]:
    return note_page(rendered_note(text), find=find, **kwargs)[0]


def test_concepts_are_found_in_text_and_not_in_formulas_code_blocks_or_links() -> None:
    blocks, named = note_page(
        rendered_note("# LoRA\n\na **PEFT** `LoRA` $LoRA$ [[x|LoRA]]\n\n```\nLoRA\n```\n"),
        find=find,
        links={3: [("[[x|LoRA]]", PlaceChoice("x.md", 4))]},
    )
    assert blocks[0]["c"] == [{"t": "concept", "c": ["LoRA"], "id": "lora"}]
    line = blocks[1]["c"]
    assert line[1] == {"t": "b", "c": [{"t": "concept", "c": ["PEFT"], "id": "peft"}]}
    assert line[3] == {"t": "code", "c": [{"t": "concept", "c": ["LoRA"], "id": "lora"}]}
    assert line[5]["tex"] == "LoRA"
    assert line[7] == {"t": "a", "c": ["LoRA"], "value": {"doc": "x.md", "line": 4, "quote": ""}}
    assert blocks[2]["lines"] == ["LoRA"]
    assert named == ["lora", "peft"]


def test_links_go_by_their_line() -> None:
    links = {
        1: [("[a](b.md)", PlaceChoice("b.md", 1))],
        2: [("[a](b.md#x)", PlaceChoice("b.md", 7)), ("[[c]]", PlaceChoice("c.md", 2))],
    }
    (block,) = drawn("[a](b.md)\n[a](b.md#x) [[c]] [[d]]", links=links)
    targets = [piece.get("value", {}).get("line") for piece in block["c"] if isinstance(piece, dict)]
    assert targets == [1, None, 7, 2, None]  # the None: the break of the line, and a note that is not there


def test_references_to_blocks_are_links() -> None:
    reference = "((12345678-1234-1234-1234-123456789abc))"
    (block,) = drawn(f"LoRA, see {reference}.", links={1: [(reference, PlaceChoice("x.md", 9))]})
    assert block["c"][2] == {"t": "a", "c": [reference], "value": {"doc": "x.md", "line": 9, "quote": ""}}
    assert block["c"][3] == "."


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"]
)
def test_only_addresses_of_the_web_are_kept(target: str) -> None:
    (block,) = drawn(f"[a]({target}) [b](https://example.com/)")
    assert [piece["href"] for piece in block["c"] if isinstance(piece, dict) and piece.get("href")] == [
        "https://example.com/"
    ]


def test_blocks_outside_of_the_lines_are_left_out() -> None:
    text = "\n\n".join(f"p{n}" for n in range(50))
    assert [block["c"] for block in drawn(text, lines=(5, 7))] == [["p2"], ["p3"]]


def test_a_card_says_what_a_concept_is() -> None:
    concept = Concept("lora", "LoRA", ("A", "B"), ConceptKind.METHOD, definition=Evidence("n.md", 3, "x" * 1000))
    card = concept_cards([concept], "en")["lora"]
    assert (card["name"], card["aliases"], card["kind"], card["place"]) == ("LoRA", "A · B", "method", "n.md:3")
    assert len(card["definition"]) == 320


def test_formulas_need_no_file_of_another_place() -> None:
    style = formula_style()
    assert ".katex" in style
    assert "@font-face" not in style
    assert "url(" not in style
    assert len(fonts()) == len(list((VENDOR / "fonts").glob("*.woff2"))) == 20
    assert {weight for _, weight, _, _ in fonts()} == {"bold", "normal"}
    assert (VENDOR / "LICENSE").read_text(encoding="utf-8").startswith("The MIT License")


def test_a_citation_opens_next_to_the_answer_and_the_address_says_so(
    notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(notes, monkeypatch, page="ask", q="What is LoRA?", lang="en")
    assert not [b for b in _blocks(shown(page)) if b.get("kind") == "note"]
    page = next_to_answer(notes, monkeypatch)
    (note,) = [b for b in _blocks(shown(page)) if b.get("kind") == "note"]
    assert note["marked"] == [8, 8]
    assert [b for b in _blocks(shown(page)) if b.get("kind") == "quote"], "the answer is still there"
    page.button(key="beside.whole").click()
    page.run()
    assert (page.query_params["page"], page.query_params["doc"]) in (("sources", LORA), (["sources"], [LORA]))


def next_to_answer(notes: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The answer with the note next to it, opened by its address."""
    return opened(notes, monkeypatch, page="ask", q="What is LoRA?", lang="en", note=[LORA, "8"])  # type: ignore[arg-type]


@pytest.mark.parametrize("note", [["gone.md", "3"], [LORA, "x"], [LORA, "9" * 5000], [LORA]])
def test_a_strange_note_in_the_address_is_passed_over(
    notes: Path, monkeypatch: pytest.MonkeyPatch, note: list[str]
) -> None:
    page = opened(notes, monkeypatch, page="map", lang="en", note=note)  # type: ignore[arg-type]
    assert not [b for b in _blocks(shown(page)) if b.get("kind") == "note"]
