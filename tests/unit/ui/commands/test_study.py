"""The verbs of learners: study, next, progress, gaps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.model import Evidence, GraphSnapshot, Relation, RelationType
from graph.stores.sqlite.store import SqliteStore
from tests.unit.queries.study.test_gaps import LINES, needs
from tests.unit.queries.study.test_gaps import bread as gaps_of_bread
from tests.unit.ui.commands.test_verbs import record, run
from tests.unit.ui.conftest import publish
from tests.unit.ui.fixture import HOSTILE, LORA, hostile, write_notes


def shape(value: Any) -> Any:
    """The keys of records, as deep as they go."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


READING = {"doc": None, "first_line": None, "last_line": None, "heading_path": [None], "minutes": None, "again": None}
EVIDENCE = {"doc": None, "line": None, "quote": None}
EDGE = {
    **dict.fromkeys(("before", "after", "confidence", "basis")),
    "reasons": [None],
    "evidence": [EVIDENCE],
}


def test_study_says_why_what_to_read_and_what_it_opens(notes: Path) -> None:
    found = record("study", "qlora", graph=notes)
    assert [s["concept"] for s in found["steps"]] == ["peft", "lora", "quantization", "nf4", "qlora"]
    assert found["background_minutes"] == 0
    assert (found["budget"], found["left_minutes"], found["start"], found["chain"], found["connection"]) == (
        None,
        0,
        None,
        [],
        [],
    )
    assert shape(found["steps"][1]) == {
        **dict.fromkeys(("concept", "name", "layer", "minutes", "strength", "background", "later", "left_out")),
        "definition": EVIDENCE,
        "why": [EDGE],
        "needs": [None],
        "unlocks": [None],
        "reading": [READING],
    }
    lora = found["steps"][1]
    assert (lora["needs"], lora["unlocks"], lora["strength"]) == (["peft"], ["qlora"], 0.97)
    shown = run("study", "qlora", "--lang", "en", graph=notes)
    assert "5 steps" in shown
    assert "Why: QLoRA is based on LoRA." in shown
    assert f"Read {LORA}:1-5" in shown
    assert "Opens QLoRA" in shown
    assert "300 Chinese characters or 220 English words" in shown


def test_study_in_a_minute_says_what_is_left(tmp_path: Path) -> None:
    publish(tmp_path / "g.db")
    found = record("study", "transformer", "--minutes", "1", graph=tmp_path / "g.db")
    assert found["budget"] == 1
    assert found["minutes"] <= 1
    whole = record("study", "transformer", graph=tmp_path / "g.db")
    assert whole["minutes"] == pytest.approx(
        sum(r["minutes"] for s in found["steps"] for r in (*s["reading"], *s["left_out"])), abs=0.01
    )
    assert "All 7 steps fit into 1 minutes" in run(
        "study", "transformer", "--minutes", "1", "--lang", "en", graph=tmp_path / "g.db"
    )


def test_study_from_says_how_the_two_are_connected(notes: Path) -> None:
    assert "neither is a prerequisite of the other. They are" in run(
        "study", "qlora", "--from", "transformer", "--lang", "en", graph=notes
    )
    shown = run("study", "qlora", "--from", "peft", "--lang", "en", graph=notes)
    assert "From PEFT to QLoRA: PEFT is a prerequisite of QLoRA." in shown
    assert "PEFT → LoRA" in shown
    back = run("study", "peft", "--from", "qlora", "--lang", "en", graph=notes)
    assert "PEFT is a prerequisite of QLoRA" in back
    assert "You know all of it already." in back
    assert "no chain of up to four relations" in run("study", "gqa", "--from", "nf4", "--lang", "en", graph=notes)
    assert "The start is the goal." in run("study", "lora", "--from", "lora", "--lang", "en", graph=notes)


def test_progress_is_kept_and_used(notes: Path) -> None:
    file = notes / ".studyatlas" / "progress.json"
    assert record("progress", graph=notes)["known"] == []
    assert not file.exists()
    found = record("progress", "--know", "Low-Rank Adaptation", "-k", "qkv", graph=notes)
    assert [(k["id"], k["marked_as"]) for k in found["known"]] == [("lora", "LoRA"), ("qkv", "QKV")]
    assert (found["file"], found["implied"], found["concepts"]) == (str(file), ["peft"], 15)
    assert [(t["id"], t["known"], t["concepts"]) for t in found["themes"]] == [("0-0", 1, 10), ("0-1", 2, 5)]
    assert file.is_file()
    assert [s["concept"] for s in record("study", "qlora", graph=notes)["steps"]] == ["quantization", "nf4", "qlora"]
    assert len(record("study", "qlora", "--no-progress", graph=notes)["steps"]) == 5
    shown = run("study", "qlora", "--lang", "en", graph=notes)
    assert "LoRA · QKV (and 1 that they depend on)" in shown
    assert "2 of them from your progress" in shown
    assert "3 of 15 concepts known (2 marked, 1 implied)" in run("progress", "--lang", "en", graph=notes)
    assert record("progress", "--forget", "LoRA", graph=notes)["known"][0]["id"] == "qkv"


def test_progress_is_not_touched_by_a_mistake(notes: Path) -> None:
    run("progress", "--know", "lora", graph=notes)
    file = notes / ".studyatlas" / "progress.json"
    before = file.read_bytes()
    assert "No concept named" in run("progress", "--know", "nothing like it", graph=notes, code=4)
    assert "may mean" in run("progress", "--know", "Adapter", graph=notes, code=3)
    assert "follows from 'LoRA'" in run("progress", "--forget", "PEFT", graph=notes, code=2)
    assert file.read_bytes() == before
    file.write_text("{", encoding="utf-8")
    for words in (["progress"], ["study", "qlora"], ["next"]):
        assert "progress.json cannot be understood: line 1" in run(*words, graph=notes, code=6)
    assert run("next", "--no-progress", graph=notes)
    assert file.read_text(encoding="utf-8") == "{"


def test_progress_survives_a_rebuild(notes: Path) -> None:
    run("progress", "--know", "lora", graph=notes)
    publish(notes / ".studyatlas" / "graph.db", source=str(notes))
    assert [k["id"] for k in record("progress", graph=notes)["known"]] == ["lora"]


def test_progress_of_a_graph_elsewhere_lies_with_the_notes(tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "n")
    publish(tmp_path / "g.db", source=str(folder))
    run("progress", "--know", "lora", graph=tmp_path / "g.db")
    assert (folder / ".studyatlas" / "progress.json").is_file()
    publish(tmp_path / "lost.db")
    assert "--progress FILE" in run("progress", graph=tmp_path / "lost.db", code=6)
    run("progress", "--know", "lora", "--progress", str(tmp_path / "p.json"), graph=tmp_path / "lost.db")
    named = record("study", "qlora", "--progress", str(tmp_path / "p.json"), graph=tmp_path / "lost.db")
    assert named["known"] == ["lora", "peft"]
    assert record("study", "qlora", graph=tmp_path / "lost.db")["known"] == []  # no place for progress: there is none


def test_next_says_what_can_be_learned_now(notes: Path) -> None:
    found = record("next", "--know", "lora", "-n", "99", graph=notes)
    assert set(found) == {"goal", "goal_known", "known", "ready", "steps"}
    assert found["known"] == ["lora", "peft"]
    assert found["ready"] == len(found["steps"])
    assert {s["concept"] for s in found["steps"]} == {"qkv", "softmax", "位置编码", "quantization", "gqa", "重复计算"}
    assert shape(found["steps"][0])["reading"] == [READING]
    to_qlora = record("next", "--know", "lora", "--know", "quantization", "--goal", "qlora", graph=notes)
    assert [(s["concept"], s["completes"]) for s in to_qlora["steps"]] == [("nf4", ["qlora"])]
    assert [e["before"] for e in to_qlora["steps"][0]["builds_on"]] == ["quantization"]
    shown = run("next", "--know", "quantization", "--know", "lora", "--goal", "qlora", "--lang", "en", graph=notes)
    assert "builds on Quantization, which you know" in shown
    assert "Then you can learn QLoRA" in shown
    assert "You already know the goal." in run(
        "next", "--know", "qlora", "--goal", "qlora", "--lang", "en", graph=notes
    )
    assert "not marked anything as known yet" in run("next", "--lang", "en", graph=notes)


def test_gaps_are_said_with_lines(notes: Path, tmp_path: Path) -> None:
    found = record("gaps", graph=notes)
    assert found["found"] == {"themes": 1, "unexplained": 0, "rootless": 0}
    (gap,) = found["themes"]
    assert (gap["first"]["id"], gap["second"]["id"], gap["relations"]) == ("0-0", "0-1", 1)
    assert gap["evidence"]
    shown = run("gaps", "--lang", "en", graph=notes)
    assert "注意力机制与 Transformer ⇹ LoRA and QLoRA" in shown
    assert "1 relation, about" in shown
    bread = tmp_path / "bread.db"
    stated = Relation("crust", RelationType.USES, "yeast", 0.8, evidence=(Evidence("b.md", 6, LINES[5]),))
    with SqliteStore(bread) as store:
        store.publish(gaps_of_bread(edges=needs("flour>dough", "flour>gluten"), relations=(stated,)).snapshot())
    found = record("gaps", graph=bread)
    assert [(g["concept"], g["needed_by"], g["evidence"][0]["line"]) for g in found["unexplained"]] == [
        ("flour", ["dough", "gluten"], 2)
    ]
    shown = run("gaps", "--lang", "en", graph=bread)
    assert "flour  mentioned on 3 lines (notes: 1); no line defines it and no section is about it" in shown
    assert f"“{LINES[1]}”  b.md:2" in shown
    empty = tmp_path / "empty.db"
    with SqliteStore(empty) as store:
        store.publish(GraphSnapshot())
    assert "No gaps were found." in run("gaps", "--lang", "en", graph=empty)
    assert "nothing left to learn" in run("next", "--lang", "en", graph=empty)


@pytest.mark.parametrize("ending", [".md", ".csv", ".apkg"])
def test_a_path_is_written_to_a_file(notes: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"path{ending}"
    assert str(out) in run("study", "qlora", "-o", str(out), graph=notes)
    assert out.stat().st_size > 100
    assert json.loads(run("study", "qlora", "-o", str(out), "--json", graph=notes))["goal"] == "qlora"
    assert ".apkg" in run("study", "qlora", "-o", str(tmp_path / "path.pdf"), graph=notes, code=2)
    assert not (tmp_path / "path.pdf").exists()


def test_hostile_notes_cannot_steer_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "n"
    graph = folder / ".studyatlas" / "graph.db"
    graph.parent.mkdir(parents=True)
    with SqliteStore(graph) as store:
        store.publish(hostile(str(folder)))
    for words in (["study", "zzhostile"], ["next", "-n", "99"], ["progress", "--know", "zzhostile"], ["gaps"]):
        shown = run(*words, graph=graph)
        assert not any(c in shown for c in "\x1b\x07\u202e")
    assert HOSTILE[0] in run("progress", graph=graph)
