"""What the verbs print, run inside this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.unit.ui.fixture import ATTENTION, LORA, parsed
from ui.cli import app

runner = CliRunner()


def run(*words: str, graph: Path | None = None, code: int = 0) -> str:
    """Standard output of a verb that ends with ``code``; nothing of a failure goes to standard output."""
    result = runner.invoke(app, [*words, *(["--graph", str(graph)] if graph else [])])
    assert result.exit_code == code, (result.stdout, result.stderr)
    if code not in (0, 5):
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
    return result.stdout if code in (0, 5) else result.stderr


def record(*words: str, graph: Path, code: int = 0) -> Any:
    return parsed(run(*words, "--json", graph=graph, code=code))


def test_info_counts_what_the_graph_holds(notes: Path) -> None:
    found = record("info", graph=notes)
    assert found["counts"] == {
        "documents": 2,
        "passages": 7,
        "concepts": 15,
        "relations": 14,
        "prerequisites": 11,
        "communities": 5,
    }
    assert [d["id"] for d in found["documents"]] == [LORA, ATTENTION]
    assert found["skipped"] == [{"doc": LORA, "line": 8, "reason": "code block without comments"}]
    assert "15" in run("info", graph=notes)


def test_concept_by_alias_in_another_spelling(notes: Path) -> None:
    found = record("concept", "self attention", graph=notes)
    assert (found["id"], found["name"], found["aliases"]) == ("自注意力", "自注意力", ["Self-Attention"])
    assert found["definition"]["line"] == 10
    assert [p["before"] for p in found["prerequisites"]] == ["注意力机制", "softmax"]  # the surest first
    assert [p["after"] for p in found["unlocks"]] == ["多头注意力", "kvcache"]
    assert {(r["head"], r["type"], r["tail"]) for r in found["relations"]} == {
        ("自注意力", "is_a", "注意力机制"),
        ("自注意力", "uses", "softmax"),
        ("多头注意力", "based_on", "自注意力"),
    }
    assert {m["line"] for m in found["mentions"]} == {8, 10, 11, 13, 14}
    assert found["names"]["softmax"] == "Softmax"


def test_concept_in_words(notes: Path) -> None:
    words = run("concept", "qlora", "--lang", "en", graph=notes)
    assert "QLoRA is based on LoRA" in words
    assert f"{LORA}:8" in words
    assert "Understand first" in words
    assert "先要理解" in run("concept", "qlora", "--lang", "zh", graph=notes)


def test_a_concept_is_told_with_its_importance_and_its_confidence(notes: Path) -> None:
    assert "Importance 0.95 · Confidence 0.75" in run("concept", "LoRA", "--lang", "en", graph=notes)
    assert "重要度 0.95 · 置信度 0.75" in run("concept", "LoRA", "--lang", "zh", graph=notes)
    found = record("concept", "LoRA", graph=notes)
    assert (found["salience"], found["confidence"]) == (0.95, 0.75)


def test_labels_follow_the_language_of_the_notes_unless_told(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "定义" in run("concept", "qlora", graph=notes)  # 25 Chinese lines, 17 English ones
    monkeypatch.setenv("STUDYATLAS_LANG", "en")
    assert "Definition" in run("concept", "qlora", graph=notes)


def test_no_such_concept_names_the_nearest(notes: Path) -> None:
    assert "'LoRA'" in run("concept", "LoRAA", graph=notes, code=4)


def test_ambiguous_concept_names_the_choices(notes: Path) -> None:
    complaint = run("concept", "adapter", graph=notes, code=3)
    assert "lora" in complaint
    assert "peft" in complaint


def test_search_finds_concepts_and_lines(notes: Path) -> None:
    found = record("search", "位置编码", graph=notes)
    assert found["concepts"][0]["id"] == "位置编码"
    assert found["passages"][0]["first_line"] == 16
    assert f"{ATTENTION}:19" in run("search", "位置编码", graph=notes)
    shown = run("search", "多头注意力 拼接", graph=notes)
    assert "多头注意力：把自注意力并行做多次" in shown  # the line as it reads, not as it is written
    assert "**" not in shown
    assert record("search", "zebra", graph=notes) == {"text": "zebra", "concepts": [], "passages": []}


def test_path_hop_by_hop(notes: Path) -> None:
    found = record("path", "QLoRA", "Attention", graph=notes)
    assert [c["name"] for c in found["paths"][0]["concepts"]] == ["QLoRA", "LoRA", "Transformer", "注意力机制"]
    assert [r["type"] for r in found["paths"][0]["relations"]] == ["based_on", "related_to", "uses"]
    assert "QLoRA → LoRA → Transformer → 注意力机制" in run("path", "QLoRA", "Attention", graph=notes)


def test_path_that_is_not_there_is_said_so(notes: Path) -> None:
    assert "not connected within 2 hops" in run("path", "QLoRA", "Attention", "--max-hops", "2", graph=notes, code=1)


def test_prerequisites_in_layers_and_as_a_tree(notes: Path) -> None:
    layers = [[c["id"] for c in layer] for layer in record("prereqs", "多头注意力", graph=notes)["layers"]]
    assert layers == [["softmax", "qkv"], ["注意力机制"], ["自注意力"]]
    tree = run("prereqs", "多头注意力", "--tree", "--lang", "en", graph=notes).splitlines()
    assert [line.lstrip(" ├└─│").split("  ")[0] for line in tree] == [
        "多头注意力",
        "自注意力",
        "注意力机制",
        "QKV",
        "Softmax",
    ]
    assert "no prerequisites" in run("prereqs", "qkv", "--lang", "en", graph=notes)


def test_study_leaves_out_what_is_known(notes: Path) -> None:
    found = record("study", "qlora", "--know", "LoRA", graph=notes)
    assert [s["concept"] for s in found["steps"]] == ["quantization", "nf4", "qlora"]
    assert found["known"] == ["lora", "peft"]
    assert found["steps"][1]["why"][0]["after"] == "qlora"
    assert "NF4 是一种 Quantization" in run("study", "qlora", "--know", "LoRA", graph=notes)


def test_study_from_somewhere_else_says_how_it_is_connected(notes: Path) -> None:
    found = record("study", "qlora", "--from", "transformer", graph=notes)
    assert [(r["head"], r["tail"]) for r in found["connection"]] == [("lora", "transformer"), ("qlora", "lora")]


def test_themes_of_one_level(notes: Path) -> None:
    found = record("themes", "--level", "0", graph=notes)
    assert [c["title"] for c in found["communities"]] == ["注意力机制与 Transformer", "LoRA and QLoRA"]
    assert len(record("themes", graph=notes)["communities"]) == 5
    assert "[1] " in run("themes", graph=notes)


def test_aliases_say_why(notes: Path) -> None:
    found = record("aliases", "lora", graph=notes)
    assert found["concept"] == "lora"
    assert [(m["merged"], m["reason"]) for m in found["merges"]] == [("Low-Rank Adaptation", "parenthesis")]
    assert len(record("aliases", graph=notes)["merges"]) == 4
    assert "given in parentheses" in run("aliases", "lora", "--lang", "en", graph=notes)


def test_ask_as_the_answer_format_says(notes: Path) -> None:
    found = record("ask", "什么是自注意力？", graph=notes)
    assert set(found) == {"question", "kind", "answered", "answer", "concepts", "path", "citations"}
    assert (found["kind"], found["answered"]) == ("definition", True)
    assert {"n", "doc", "line", "quote"} == set(found["citations"][0])
    assert any(c["doc"] == ATTENTION and c["line"] == 10 for c in found["citations"])
    assert "plan" in record("ask", "什么是自注意力？", "--explain", graph=notes)
    assert record("ask", "什么是自注意力？", "--explain", graph=notes)["trace"]["lines"][0]["leads"]
    explained = run("ask", "什么是自注意力？", "--explain", graph=notes)
    assert f"{ATTENTION}:10" in explained
    assert "检索的词" in explained
    assert "[1] 本行" in explained


def test_ask_a_batch_answers_in_order(notes: Path, tmp_path: Path) -> None:
    questions = ["What is LoRA?", "什么是位置编码？", "What is a zebra?"]
    batch = tmp_path / "q.jsonl"
    batch.write_text("\n\n".join(json.dumps({"question": q, "id": 1}) for q in questions) + "\n", encoding="utf-8")
    answers = [json.loads(line) for line in run("ask", "--batch", str(batch), graph=notes).splitlines()]
    assert [a["question"] for a in answers] == questions
    assert [a["answered"] for a in answers] == [True, True, False]


@pytest.mark.parametrize(("line", "part"), [("{", "q.jsonl:2"), ('{"q": 1}', "q.jsonl:2"), ("[]", "q.jsonl:2")])
def test_a_broken_batch_is_refused_before_the_first_answer(notes: Path, tmp_path: Path, line: str, part: str) -> None:
    batch = tmp_path / "q.jsonl"
    batch.write_text('{"question": "What is LoRA?"}\n' + line + "\n", encoding="utf-8")
    assert part in run("ask", "--batch", str(batch), graph=notes, code=2)


def test_ask_wants_either_a_question_or_a_batch(notes: Path) -> None:
    run("ask", graph=notes, code=2)


def test_export_json_has_the_documented_format(notes: Path, tmp_path: Path) -> None:
    found = parsed(run("export", str(notes)))
    assert isinstance(found, dict)
    assert found["format"] == "studyatlas/1"
    assert len(found["concepts"]) == 15
    run("export", str(notes), "-f", "graphml", "-o", str(tmp_path / "g.graphml"))
    assert (tmp_path / "g.graphml").read_text(encoding="utf-8").startswith("<?xml")
    run("export", str(notes), "--format", "csv", "-o", str(tmp_path / "tables"))
    assert min(p.name for p in (tmp_path / "tables").iterdir()) == "concepts.csv"
    assert "-o FOLDER" in run("export", str(notes), "--format", "csv", code=2)


def test_export_that_cannot_be_written_leaves_what_was_there(notes: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "Cannot write" in run("export", str(notes), "-o", str(tmp_path / "folder"), code=2)
    assert list((tmp_path / "folder").iterdir()) == []


def test_verify_holds_and_then_does_not(notes: Path) -> None:
    found = record("verify", graph=notes)
    assert found["checked"] > 60
    assert (found["holds"], found["false"], found["changed"]) == (True, [], [])
    path = notes / LORA
    path.write_text(path.read_text(encoding="utf-8").replace("QLoRA uses NF4", "QLoRA needs NF4"), encoding="utf-8")
    found = record("verify", graph=notes, code=5)
    assert found["changed"] == [LORA]
    assert [(q["line"], q["quote"], q["said_by"]) for q in found["false"]] == [
        (9, "QLoRA uses NF4", "relation qlora uses nf4")
    ]
    path.unlink()
    assert record("verify", graph=notes, code=5)["missing"] == [LORA]


def test_verify_needs_to_know_where_the_notes_are(hostile_graph: Path) -> None:
    assert "--notes" in run("verify", graph=hostile_graph, code=2)


def test_the_graph_is_found_in_this_folder(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(notes)
    assert parsed(run("info", "--json"))["counts"]["concepts"] == 15  # type: ignore[index]


def test_no_graph_is_said_with_what_was_tried(tmp_path: Path) -> None:
    assert "studyatlas build" in run("info", code=6)
    assert "nothere.db" in run("info", graph=tmp_path / "nothere.db", code=6)


def test_a_file_that_is_no_graph(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("# notes", encoding="utf-8")
    run("info", graph=tmp_path / "notes.db", code=6)


def test_notes_cannot_steer_the_terminal(hostile_graph: Path) -> None:
    for words in (["concept", "zzhostile"], ["info"], ["themes"], ["search", "red"], ["path", "zzhostile", "lora"]):
        shown = run(*words, graph=hostile_graph)
        assert "\x1b" not in shown
        assert "\x07" not in shown
        assert "\u202e" not in shown
    shown = run("concept", "zzhostile", graph=hostile_graph)
    assert "<script>" in shown
    assert "[bold red]not markup[/bold red]" in shown
    complaint = run("concept", "zz\x1b[31m\nx", graph=hostile_graph, code=4)
    assert "\x1b" not in complaint
    assert complaint.count("\n") == 1


KNOWN = "general knowledge; your notes mention both here"
TOGETHER = "LoRA is mostly applied to the attention projections of a Transformer."


def test_concept_says_what_is_general_knowledge(known_notes: Path) -> None:
    words = run("concept", "lora", "--lang", "en", graph=known_notes)
    lines = words.splitlines()
    [relation] = [i for i, line in enumerate(lines) if "is used for" in line]
    assert lines[relation].endswith(KNOWN)
    assert TOGETHER in lines[relation + 1]
    assert any(line.split("  ")[1:] == ["Transformer", KNOWN] for line in lines)
    assert "常识；你的笔记在此处同时提到两者" in run("concept", "lora", "--lang", "zh", graph=known_notes)
    found = record("concept", "lora", graph=known_notes)
    assert [r["basis"] for r in found["relations"]] == ["extracted", "extracted", "background"]
    assert [p["basis"] for p in found["prerequisites"]] == ["inferred", "background"]  # what the notes say first
    plain = record("concept", "lora", "--no-background", graph=known_notes)
    assert [r["basis"] for r in plain["relations"]] == ["extracted", "extracted"]
    assert [p["before"] for p in plain["prerequisites"]] == ["peft"]


def test_concept_names_what_has_no_type_in_one_line(notes: Path) -> None:
    lines = run("concept", "lora", "--lang", "en", graph=notes).splitlines()
    assert "  is related to  Transformer" in lines
    assert TOGETHER not in "\n".join(lines)


def test_path_says_which_hop_is_general_knowledge(known_notes: Path) -> None:
    words = run("path", "QLoRA", "Attention", "--lang", "en", graph=known_notes)
    assert words.count(KNOWN) == 1
    complaint = run("path", "QLoRA", "Attention", "--no-background", graph=known_notes, code=1)
    assert "not connected" in complaint


def test_prereqs_study_and_next_say_what_is_general_knowledge(known_notes: Path, tmp_path: Path) -> None:
    for words in (
        ("prereqs", "lora"),
        ("prereqs", "lora", "--tree"),
        ("study", "lora", "--full"),
        ("next", "--know", "transformer", "--goal", "lora", "--know", "peft"),
    ):
        assert KNOWN in run(*words, "--lang", "en", graph=known_notes), words
        assert KNOWN not in run(*words, "--lang", "en", "--no-background", graph=known_notes), words
    for name in ("path.md", "path.csv"):
        for more, there in (((), True), (("--no-background",), False)):
            run("study", "lora", "--full", "-o", str(tmp_path / name), "--lang", "en", *more, graph=known_notes)
            assert (KNOWN in (tmp_path / name).read_text(encoding="utf-8")) is there


def test_ask_does_not_say_that_the_notes_state_general_knowledge(known_notes: Path) -> None:
    question = "How is LoRA related to the Transformer?"
    words = run("ask", question, "--lang", "en", graph=known_notes)
    said = [line for line in words.splitlines() if "is used for" in line]
    assert len(said) == 2
    assert all("general knowledge" in line for line in said)
    found = record("ask", question, graph=known_notes)
    assert [s["basis"] for s in found["path"]] == ["background"]
    plain = record("ask", question, "--no-background", graph=known_notes)
    assert "general knowledge" not in plain["answer"]
    assert "background" not in {s["basis"] for s in plain["path"]}


def test_a_batch_of_questions_without_general_knowledge(known_notes: Path, tmp_path: Path) -> None:
    batch = tmp_path / "questions.jsonl"
    batch.write_text('{"question": "How is LoRA related to the Transformer?"}\n', encoding="utf-8")
    assert "general knowledge" in run("ask", "--batch", str(batch), graph=known_notes)
    assert "general knowledge" not in run("ask", "--batch", str(batch), "--no-background", graph=known_notes)


def test_export_without_general_knowledge(known_notes: Path) -> None:
    whole = parsed(run("export", graph=known_notes))
    stated = parsed(run("export", "--no-background", graph=known_notes))
    assert {r["basis"] for r in whole["relations"]} == {"extracted", "background"}
    assert {r["basis"] for r in stated["relations"]} == {"extracted"}
    assert len(whole["prerequisites"]) == len(stated["prerequisites"]) + 1
    assert stated["communities"] == whole["communities"]
    graphml = run("export", "--format", "graphml", graph=known_notes)
    assert graphml.count('<data key="edge_basis">background</data>') == 2


def test_gaps_without_general_knowledge(known_notes: Path) -> None:
    assert record("gaps", "--no-background", graph=known_notes)["found"]


def test_info_counts_without_general_knowledge(known_notes: Path) -> None:
    whole = record("info", graph=known_notes)["counts"]
    stated = record("info", "--no-background", graph=known_notes)["counts"]
    assert (whole["relations"], whole["prerequisites"]) == (14, 12)
    assert (stated["relations"], stated["prerequisites"]) == (13, 11)


def test_themes_are_those_of_the_notes_either_way(known_notes: Path) -> None:
    assert record("themes", "--no-background", graph=known_notes) == record("themes", graph=known_notes)
