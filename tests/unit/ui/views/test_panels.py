"""What panels make of values before anything is drawn."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from extract.notes.parse import parse_note
from extract.notes.passages import split_passages
from graph.model import Concept, Document, Passage
from graph.stores.memory import MemoryStore
from queries.study.path import study_path
from tests.unit.ui.fixture import HOSTILE, LORA, snapshot
from ui.choice import ConceptChoice, PlaceChoice, from_value, to_value
from ui.exports.sheet import Sheet
from ui.exports.study_exports import escaped, markdown
from ui.reader.blocks import cited, source
from ui.reader.note_links import links_to_notes
from ui.views.panels.asking import example_questions, name_in, plain_label
from ui.views.panels.sources import last_line


def test_example_questions_are_about_what_the_notes_relate() -> None:
    graph = snapshot()
    questions = example_questions(graph.concepts, graph.relations, graph.prerequisites, lang="en")
    assert questions[0] == "What is Attention?"
    assert (
        questions[1] == "How are Transformer and Attention related?"
    )  # the most salient two that a typed relation joins
    assert questions[-1] == "What are the main themes of these notes?"
    assert example_questions((), (), (), lang="zh") == ["这些笔记有哪些主题？"]


def test_names_are_taken_in_the_language_of_the_question() -> None:
    concept = Concept("lora", "LoRA", ("低秩适应", "Low-Rank Adaptation"))
    assert (name_in(concept, "zh"), name_in(concept, "en")) == ("低秩适应", "LoRA")
    assert name_in(Concept("peft", "PEFT"), "zh") == "PEFT"


def test_only_known_numbers_become_citations() -> None:
    place = PlaceChoice("a.md", 3, "q")
    runs = cited("First. [1] Then [2] and a[1].", {1: place})
    assert [r if isinstance(r, str) else r["cite"] for r in runs] == ["First.", 1, " Then [2] and a", 1, "."]
    assert cited("no brackets", {}) == ["no brackets"]
    assert cited("", {}) == []


@pytest.mark.parametrize("choice", [ConceptChoice("lora"), PlaceChoice("a.md", 3, "q"), PlaceChoice("a.md", 1)])
def test_choices_survive_the_way_to_the_browser_and_back(choice: ConceptChoice | PlaceChoice) -> None:
    assert from_value(to_value(choice)) == choice


@pytest.mark.parametrize("value", [None, {}, {"concept": 1}, {"doc": "a"}, {"doc": "a", "line": "1"}, "lora", [1]])
def test_what_no_page_sends_chooses_nothing(value: object) -> None:
    assert from_value(value) is None


def test_a_quote_over_broken_lines_is_marked_to_its_end() -> None:
    lines = ["a", "The **method**", "that freezes", "the weights", "b"]
    assert last_line(lines, 2, "The method that freezes the weights") == 4
    assert last_line(lines, 2, "The method") == 2
    assert last_line(lines, 5, "far longer than the note") == 5


@pytest.mark.parametrize(
    "text", [*HOSTILE[:5], "**bold** _x_ # h", "[[wiki]] `code` ~~s~~", "1. a\n- b", "&lt;b&gt; <b>"]
)
def test_escaped_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    parser = MarkdownIt("commonmark", {"html": True}).enable("strikethrough")
    (inline,) = [token for token in parser.parse("- " + escaped("x " + text)) if token.type == "inline"]
    assert {child.type for child in inline.children or []} <= {"text", "text_special"}
    assert inline.children
    assert "".join(child.content for child in inline.children) == "x " + " ".join(text.split())


def test_labels_of_widgets_hold_no_markup_and_no_directives() -> None:
    label = plain_label(":material/delete: **b** [a](javascript:x) :red[x]")
    assert "**b**" not in label
    assert "](" not in label
    assert ":material" not in label
    assert plain_label("注意力 and LoRA") == "注意力 and LoRA"


def test_a_study_path_as_a_checklist() -> None:
    store = MemoryStore()
    store.publish(snapshot())
    path = study_path(store, "qlora", known=["lora"])
    lines = markdown(Sheet.of(path, store, lang="en", done={"quantization"})).splitlines()
    assert lines[0] == "# Study path: QLoRA"
    boxes = [line.split("**")[0] + line.split("**")[1] for line in lines if line.startswith("- [")]
    assert boxes == ["- [x] Quantization", "- [ ] NF4", "- [ ] QLoRA"]
    assert f"  - Why: QLoRA uses NF4. — {LORA}:9" in lines


NOTES = {
    "Heat.md": "# Heat\n\nSee [[Work|labour]], [[work#Units of work]] and [a pump](machines/pump.md#how-it-works).\n"
    "`[[Work]]` [[nowhere]] [[Heat]] ⚙️ [[Work#^b1]]\n",
    "Work.md": "# Work\n\nForce times way. ^b1\n\n## Units of work\n\nJoule.\n",
    "machines/pump.md": "# Pump\n\ntext\n\n## How it works\n\nIt moves [heat](../Heat.md).\n",
}


def read(doc: str) -> list[Passage]:
    return split_passages(doc, NOTES[doc], parse_note(NOTES[doc]))


def test_links_to_notes_lead_to_their_lines() -> None:
    documents = [Document(doc, doc, "", text.count("\n")) for doc, text in NOTES.items()]
    assert links_to_notes("Heat.md", documents, read) == {
        3: [
            ("[[Work|labour]]", PlaceChoice("Work.md", 1)),
            ("[[work#Units of work]]", PlaceChoice("Work.md", 5)),
            ("[a pump](machines/pump.md#how-it-works)", PlaceChoice("machines/pump.md", 5)),
        ],
        4: [("[[Work#^b1]]", PlaceChoice("Work.md", 3))],
    }
    assert links_to_notes("machines/pump.md", documents, read) == {
        7: [("[heat](../Heat.md)", PlaceChoice("Heat.md", 1))]
    }


def test_references_to_blocks_lead_to_the_item_that_has_the_id() -> None:
    one, other, none = (f"{n}4aa11c2-3b5d-4a8e-9f01-2c7d5e6f7a80" for n in "679")
    notes = {
        "tides.md": f"- Tides rise twice a day.\n  id:: {one}\n- See [[Moon]], (({one})) and {{{{embed (({other}))}}}}; (({none}))\n",
        "Moon.md": f"# Moon\n\n- The moon pulls the sea.\n  It is near.\n  id:: {other}\n",
    }

    def passages(doc: str) -> list[Passage]:
        return split_passages(doc, notes[doc], parse_note(notes[doc]))

    documents = [Document(doc, doc.removesuffix(".md"), "", text.count("\n")) for doc, text in notes.items()]
    assert links_to_notes("tides.md", documents, passages) == {
        3: [
            ("[[Moon]]", PlaceChoice("Moon.md", 1)),
            (f"(({one}))", PlaceChoice("tides.md", 1)),
            (f"(({other}))", PlaceChoice("Moon.md", 3)),
        ]
    }


def test_the_source_has_the_links_of_the_lines_that_it_shows() -> None:
    place = PlaceChoice("b.md", 2)
    links = {1: [("[[a]]", place)], 7: [("[[b]]", place)]}
    shown = source(["x", "[[b]]"], first=6, marked=(0, 0), words="", height=9, links=links)
    assert shown["links"] == {"7": [["[[b]]", {"doc": "b.md", "line": 2, "quote": ""}]]}
    assert source(["x"], first=1, marked=(0, 0), words="", height=9)["links"] == {}
