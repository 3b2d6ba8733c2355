"""A study path as a file: in study order, with its sources, and harmless wherever it is opened."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt

from graph.errors import InputError
from graph.model import Community, Concept, Document, Evidence, GraphSnapshot, Mention, Passage, Prerequisite
from graph.stores.checks import ordered
from graph.stores.memory import MemoryStore
from queries.study.path import study_path
from tests.reading import read_passages
from tests.unit.ui.fixture import ATTENTION, HOSTILE, LORA, hostile, snapshot
from ui.exports.sheet import Sheet
from ui.exports.study_anki import _field, anki_deck
from ui.exports.study_exports import (
    StudyFormat,
    csv_table,
    export_format,
    exported,
    markdown,
    write_study,
    write_study_path,
)
from ui.exports.study_html import html_page


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(snapshot("/home/me/notes"))


def sheet(
    store: MemoryStore, goal: str = "qlora", *, lang: str = "en", minutes: float | None = None, **known: object
) -> Sheet:
    return Sheet.of(study_path(store, goal, minutes=minutes), store, lang=lang)


class Card(NamedTuple):
    """A note of a deck with its only card."""

    guid: str
    fields: list[str]
    tags: list[str]
    due: int
    modified: int


def cards(data: bytes, tmp_path: Path) -> tuple[str, list[Card]]:
    """Name of the deck, and its cards in the order in which Anki shows new ones."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert sorted(file.namelist()) == ["collection.anki2", "media"]
        file.extract("collection.anki2", tmp_path)
    with closing(sqlite3.connect(tmp_path / "collection.anki2")) as db:
        rows = db.execute(
            "SELECT n.guid, n.flds, n.tags, c.due, n.mod FROM notes n JOIN cards c ON c.nid = n.id ORDER BY c.due"
        ).fetchall()
        decks = db.execute("SELECT decks FROM col").fetchone()[0]
    name = next(n for n in _names(decks) if n != "Default")
    return name, [Card(guid, fields.split("\x1f"), tags.split(), due, mod) for guid, fields, tags, due, mod in rows]


def _names(decks: str) -> Iterator[str]:
    yield from (deck["name"] for deck in json.loads(decks).values())


ORDER = ["PEFT", "LoRA", "Quantization", "NF4", "QLoRA"]


def test_a_deck_in_study_order_with_sources(store: MemoryStore, tmp_path: Path) -> None:
    name, found = cards(anki_deck(sheet(store), now=1000), tmp_path)
    assert name == "studyatlas::notes::QLoRA"
    assert [c.fields[0] for c in found] == ORDER
    assert [c.due for c in found] == [1, 2, 3, 4, 5]
    lora = found[1]
    assert lora.fields[1] == "What is LoRA?"
    assert lora.fields[2].startswith("LoRA (Low-Rank Adaptation) is a fine-tuning method")
    assert lora.fields[3] == f"notes/{LORA}:3"
    assert lora.fields[4] == "Why: QLoRA is based on LoRA."
    assert lora.fields[5].startswith(f"Read: {LORA}:1-5")
    assert lora.tags == ["studyatlas", "theme::LoRA_and_QLoRA::LoRA"]
    # PEFT has no definition: the line that says most of it stands in for it, and that is said
    assert found[0].fields[2].startswith("(Your notes do not define it. They say about it:) LoRA is a kind of PEFT")
    assert found[0].fields[3] == f"notes/{LORA}:4"


def test_notes_keep_their_identity_across_rebuilds_and_goals(store: MemoryStore, tmp_path: Path) -> None:
    _, first = cards(anki_deck(sheet(store), now=1000), tmp_path)
    # another day, another salience, a definition more, another language: the same notes, changed later
    changed = tuple(replace(c, salience=c.salience / 2) for c in snapshot().concepts)
    later = MemoryStore(
        ordered(replace(snapshot("/elsewhere/notes"), concepts=changed, prerequisites=snapshot().prerequisites[3:]))
    )
    _, second = cards(anki_deck(sheet(later, lang="zh"), now=2000), tmp_path)
    guids = {c.fields[0]: c.guid for c in first}
    assert len(set(guids.values())) == 5
    assert all(guids[c.fields[0]] == c.guid for c in second)
    assert {c.modified for c in first} == {1000}
    assert {c.modified for c in second} == {2000}
    _, other_goal = cards(anki_deck(sheet(store, "lora")), tmp_path)
    assert [c.guid for c in other_goal] == [guids["PEFT"], guids["LoRA"]]
    # the concept of that name in another collection is another note
    _, elsewhere = cards(anki_deck(sheet(MemoryStore(snapshot("/home/me/biology")), "lora")), tmp_path)
    assert not {c.guid for c in elsewhere} & set(guids.values())


def test_the_same_path_gives_the_same_bytes(store: MemoryStore) -> None:
    assert anki_deck(sheet(store), now=1000) == anki_deck(sheet(store), now=1000)


def test_making_a_deck_leaves_nothing_behind(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    anki_deck(sheet(store))
    assert list(tmp_path.iterdir()) == []


def test_hostile_notes_are_text_in_a_deck(tmp_path: Path) -> None:
    _, found = cards(anki_deck(sheet(MemoryStore(hostile()), "zzhostile")), tmp_path)
    (card,) = found
    for field in card.fields:
        assert "<script" not in field
        assert "\x1b" not in field
        assert "<" not in field.replace("<br>", "")
    assert "&lt;script&gt;window.studyatlasHacked=1&lt;/script&gt;" in card.fields[2]
    assert r"\(\sqrt{x}\) and \(E=mc^2\)" in card.fields[2]  # formulas as they are
    assert card.tags == ["studyatlas", "theme::![x](http_//example.com/pixel.png)"]
    assert not any(c.isspace() for tag in card.tags for c in tag)


def one_concept(name: str, says: str) -> MemoryStore:
    return MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, 1),),
                passages=(Passage("n.md#1", "n.md", 1, 1, (), says),),
                concepts=(
                    Concept("x", name, definition=Evidence("n.md", 1, says), mentions=(Mention("n.md", 1, name),)),
                ),
                communities=(Community("0-0", 0, None, " :: \t", "", ("x",)),),
            )
        )
    )


@pytest.mark.parametrize(
    "said", ["[sound:x.mp3]", "[latex]\\input{/etc/passwd}[/latex]", "[$]x[/$]", "[$$]x[/$$]", "[anki:play:q:0]"]
)
def test_what_anki_would_run_is_text(said: str, tmp_path: Path) -> None:
    _, (card,) = cards(anki_deck(sheet(one_concept("x", f"a {said} [b] list[0]"), "x")), tmp_path)
    assert "[sound" not in card.fields[2]
    assert "[latex" not in card.fields[2]
    assert "[/latex" not in card.fields[2]
    assert "[$" not in card.fields[2]
    assert "[/$" not in card.fields[2]
    assert "[anki" not in card.fields[2]
    assert card.fields[2].endswith(" [b] list[0]")
    assert html.unescape(card.fields[2]) == f"a {said} [b] list[0]"
    assert card.tags == ["studyatlas"]  # a title of nothing but signs is no tag


def test_names_of_any_unicode_make_a_deck(tmp_path: Path) -> None:
    _, (card,) = cards(anki_deck(sheet(one_concept("\ud800 \x1f 注意力 {{c1::x}}", "y"), "x")), tmp_path)
    assert card.fields[0].endswith("注意力 {{c1::x}}")
    assert len(card.fields) == 6


def test_a_table_in_study_order(store: MemoryStore) -> None:
    found = replace(sheet(store), done=frozenset({"peft"}))
    rows = list(csv.DictReader(io.StringIO(csv_table(found))))
    assert [r["concept"] for r in rows] == ORDER
    assert [r["step"] for r in rows] == ["1", "2", "3", "4", "5"]
    assert [r["status"] for r in rows] == ["done", "todo", "todo", "todo", "todo"]
    assert rows[1]["needs"] == "PEFT"
    assert rows[1]["definition_at"] == f"{LORA}:3"
    assert rows[1]["why_at"] == f"{LORA}:8"
    assert rows[1]["themes"] == "LoRA and QLoRA | LoRA"
    assert rows[1]["read"].startswith(f"{LORA}:1-5")
    assert exported(found, StudyFormat.CSV).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(csv_table(sheet(one_concept(name, f"{name} is a formula"), "x")), newline=""))
    for cell in row.values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["concept"].startswith("'")


def test_a_concept_without_definition_is_told_by_its_longest_line_without_markup() -> None:
    text = "# Sourdough starter, fed twice a day\n\n- the ~~old~~ **starter** of [the baker](a.md) `300 g`\n- starter"
    mentions = tuple(Mention("n.md", line, "starter") for line in (1, 3, 4))
    store = MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, 4),),
                passages=read_passages("n.md", text),
                concepts=(Concept("starter", "starter", mentions=mentions),),
            )
        )
    )
    assert sheet(store, "starter").said == {"starter": Evidence("n.md", 3, "the old starter of the baker 300 g")}


def test_background_and_what_is_left_are_told_apart() -> None:
    names = [f"c{i:02}" for i in range(15)]
    text = "word " * 220
    store = MemoryStore(
        ordered(
            GraphSnapshot(
                documents=(Document("n.md", "N", "0" * 64, 15),),
                passages=tuple(Passage(f"n.md#{i}", "n.md", i, i, (n,), text) for i, n in enumerate(names, 1)),
                concepts=tuple(Concept(n, n, mentions=(Mention("n.md", i, n),)) for i, n in enumerate(names, 1)),
                prerequisites=tuple(Prerequisite(a, b) for a, b in itertools.pairwise(names)),
            )
        )
    )
    found = sheet(store, names[-1], minutes=5)
    rows = list(csv.DictReader(io.StringIO(csv_table(found))))
    assert [r["status"] for r in rows] == ["background"] + ["todo"] * 5 + ["later"] * 7
    assert [float(r["minutes"]) for r in rows] == [0] + [1] * 5 + [0] * 7
    assert all(r["left_out"] for r in rows if r["status"] in ("background", "later"))
    lines = markdown(found).splitlines()
    heads = [line for line in lines if line.startswith("##")]
    assert [h.split(" ")[1] for h in heads] == ["Background", "Steps", "Left"]
    assert heads[-1] == "## Left for later: 7 steps (about 7 min)"
    boxes = [line for line in lines if line.startswith("- [")]
    assert [b.split("**")[1] for b in boxes] == names[2:]
    assert "2 more basic or less certain concepts are left out." in lines
    assert sum("Read: n.md" in line.replace("\\", "") or "No time for" in line for line in lines) == 13


def test_a_check_list_is_markdown_that_shows_the_text() -> None:
    text = markdown(sheet(MemoryStore(hostile()), "zzhostile"))
    tokens = MarkdownIt("commonmark", {"html": True}).parse(text)
    kinds = {child.type for token in tokens for child in token.children or []}
    assert kinds <= {"text", "text_special", "strong_open", "strong_close"}
    shown = "".join(child.content for token in tokens for child in token.children or [])
    assert HOSTILE[0] in shown


def test_the_ending_says_what_a_file_is(store: MemoryStore, tmp_path: Path) -> None:
    assert export_format(Path("a.MD")) is StudyFormat.MARKDOWN
    with pytest.raises(InputError, match=r"\.md, \.csv, \.apkg"):
        export_format(Path("a.pdf"))
    for form in StudyFormat:
        write_study(sheet(store), tmp_path / "deep" / f"p{form.value}", form)
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["p.apkg", "p.csv", "p.md"]
    assert "# Study path: QLoRA" in (tmp_path / "deep" / "p.md").read_text(encoding="utf-8")
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(InputError, match="Cannot write"):
        write_study(sheet(store), tmp_path / "folder.md", StudyFormat.MARKDOWN)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep", "folder.md"]


def test_a_path_is_written_in_one_call_in_the_language_of_the_notes(store: MemoryStore, tmp_path: Path) -> None:
    path = study_path(store, "QLoRA")
    write_study_path(path, str(tmp_path / "p.md"), store, lang="en")
    assert (tmp_path / "p.md").read_text(encoding="utf-8") == markdown(Sheet.of(path, store, lang="en"))
    write_study_path(path, tmp_path / "q.md", store)
    assert (tmp_path / "q.md").read_text(encoding="utf-8").startswith("# 学习路径: QLoRA")
    with pytest.raises(InputError, match=r"\.md, \.csv, \.apkg"):
        write_study_path(path, tmp_path / "p.pdf", store)


def test_a_path_without_steps_is_a_file_too(store: MemoryStore, tmp_path: Path) -> None:
    path = study_path(store, "注意力机制", known=["自注意力"])
    found = Sheet.of(path, store, lang="zh")
    assert "自注意力" in markdown(found)
    assert cards(anki_deck(found), tmp_path)[1] == []
    assert len(csv_table(found).splitlines()) == 1
    assert ATTENTION not in csv_table(found)


def test_a_web_page_needs_nothing_and_escapes_notes() -> None:
    store = MemoryStore(hostile())
    path = study_path(store, "QLoRA")
    first = replace(path.steps[0], name='<script>alert("x")</script>', concept='a" onclick="b')
    page = html_page(Sheet.of(replace(path, steps=(first, *path.steps[1:])), store, lang="en"))
    assert page.count("<script>") == 1  # ours
    assert "&lt;script&gt;alert" in page
    assert 'onclick="b' not in page
    assert not re.search(r"https?:|src=|href=", page)
    assert page.count('type="checkbox"') == len(path.steps)
    assert "QLoRA is based on LoRA" in page


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("$E = mc^2$", r"\(E = mc^2\)"),
        ("a $x<y$ b", r"a \(x&lt;y\) b"),
        ("$$\\sum_i x_i$$", r"\[ \sum_i x_i \]"),
        ("$$ [sound:a.mp3] $$", r"\[ &#91;sound:a.mp3] \]"),
        ("it costs $5 or $6", "it costs $5 or $6"),
        ("US$5 and $x$", r"US$5 and \(x\)"),
        (r"\$5 is $\$5$", r"\$5 is \(\$5\)"),
        (r"\(x\) stays", r"\(x\) stays"),
        ("$ x $", "$ x $"),
        ("$$$$", "$$$$"),
    ],
)
def test_formulas_are_marked_as_anki_knows_them(text: str, field: str) -> None:
    assert _field(text) == field
