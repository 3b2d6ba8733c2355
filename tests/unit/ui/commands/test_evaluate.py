"""What `evaluate` prints, run inside this process on a graph written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.unit.ui.fixture import parsed
from ui.cli import app

runner = CliRunner()


def run(*words: str, code: int = 0) -> str:
    result = runner.invoke(app, list(words))
    assert result.exit_code == code, (result.stdout, result.stderr)
    return result.stdout if code == 0 else result.stderr


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """Annotations of the fixture's English note.

    Four concepts, one of which the graph does not have, one relation, one prerequisite.
    """
    folder = tmp_path / "gold" / "lora"
    folder.mkdir(parents=True)
    concepts = [
        {"name": "LoRA", "aliases": ["Low-Rank Adaptation"], "weight": "core"},
        {"name": "QLoRA", "weight": "core"},
        {"name": "NF4"},
        {"name": "zebra", "weight": "core"},
    ]
    (folder / "meta.json").write_text('{"doc": "lora.md", "lines": [1, 9]}', encoding="utf-8")
    (folder / "concepts.jsonl").write_text("\n".join(map(json.dumps, concepts)), encoding="utf-8")
    (folder / "relations.jsonl").write_text(
        '{"head": "QLoRA", "relation": "uses", "tail": "NF4", "line": 9}', encoding="utf-8"
    )
    (folder / "prerequisites.jsonl").write_text('{"before": "LoRA", "after": "QLoRA"}', encoding="utf-8")
    return folder


def test_the_figures_of_a_graph_and_of_its_export_are_the_same(notes: Path, gold: Path, tmp_path: Path) -> None:
    found = parsed(run("evaluate", str(notes), str(gold), "--json"))
    assert isinstance(found, dict)
    assert (found["concept_recall_core"], found["concept_recall_normal"], found["alias_recall"]) == (0.6667, 1.0, 1.0)
    # the graph also says that NF4 comes before QLoRA
    assert (found["prereq_precision"], found["prereq_recall"], found["missed_core"]) == (0.5, 1.0, ["zebra"])
    assert found["parts"] == []
    run("export", str(notes), "-o", str(tmp_path / "graph.json"))
    assert parsed(run("evaluate", str(tmp_path / "graph.json"), str(gold), "--json")) == found


def test_a_folder_of_pieces_is_shown_piece_by_piece(notes: Path, gold: Path) -> None:
    other = gold.with_name("again")
    other.mkdir()
    for file in gold.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    found = parsed(run("evaluate", str(notes), str(gold.parent), "--json"))
    assert isinstance(found, dict)
    assert [Path(p["gold"]).name for p in found["parts"]] == ["again", "lora"]
    assert found["mean"]["concept_recall_core"] == found["parts"][0]["figures"]["concept_recall_core"] == 0.6667
    words = run("evaluate", str(notes), str(gold.parent), "--lang", "en")
    assert "all as one" in words
    assert "Core concepts that are missing (1)" in words
    assert "遗漏的核心概念" in run("evaluate", str(notes), str(gold), "--lang", "zh")


def test_what_counts_for_nothing_is_said(notes: Path, gold: Path) -> None:
    (gold / "relations.jsonl").write_text('{"head": "QLoRA", "relation": "uses", "tail": "Yak"}', encoding="utf-8")
    other = gold.with_name("other")
    other.mkdir()
    (other / "meta.json").write_text('{"doc": "not-here.md", "lines": [1, 9]}', encoding="utf-8")
    (other / "concepts.jsonl").write_text('{"name": "A1"}', encoding="utf-8")
    found = parsed(run("evaluate", str(notes), str(gold), str(other), "--json"))
    assert isinstance(found, dict)
    assert [p["doc"] for p in found["parts"]] == ["lora.md"]
    assert found["concept_recall_normal"] == 0.5  # NF4, and not A1, which nobody could find
    result = runner.invoke(app, ["evaluate", str(notes), str(gold), str(other)])
    assert result.exit_code == 0
    assert "Yak: no annotated concept has this name" in result.stderr
    assert "the graph has no document 'not-here.md'" in result.stderr


def test_wrong_input_is_refused_in_one_sentence(notes: Path, gold: Path, tmp_path: Path) -> None:
    (gold / "meta.json").write_text('{"doc": "x.md", "lines": [1, 9]}', encoding="utf-8")
    assert "The graph has no document 'x.md'" in run("evaluate", str(notes), str(gold), code=2)
    assert "contains no meta.json" in run("evaluate", str(notes), str(tmp_path / "notes"), code=2)
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert "JSON" in run("evaluate", str(tmp_path / "broken.json"), str(gold), code=2)
    run("evaluate", str(tmp_path / "none.db"), str(gold), code=6)
