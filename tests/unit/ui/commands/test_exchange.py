"""Exports, and what comes back from them, as commands."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import pytest
import rdflib
from typer.testing import CliRunner

from ui.cli import app


def run(*words: str, graph: Path | None = None, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, *(["--graph", str(graph)] if graph else [])])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.output


FOLDERS = {
    "csv": "concepts.csv",
    "neo4j": "concepts.csv",
    "obsidian": "concepts/LoRA.md",
}


@pytest.mark.parametrize("form", FOLDERS)
def test_formats_of_several_files_want_a_folder(notes: Path, tmp_path: Path, form: str) -> None:
    assert "-o FOLDER" in run("export", str(notes), "--format", form, code=2)
    run("export", str(notes), "--format", form, "-o", str(tmp_path / form))
    text = (tmp_path / form / FOLDERS[form]).read_bytes()
    assert text.startswith(b"\xef\xbb\xbf") == (form == "csv")


def test_formats_of_one_file(notes: Path, tmp_path: Path) -> None:
    run("export", str(notes), "-f", "gexf", "-o", str(tmp_path / "g.gexf"))
    assert nx.read_gexf(tmp_path / "g.gexf", version="1.3").number_of_nodes() == 15
    run("export", str(notes), "-f", "skos", "-o", str(tmp_path / "g.jsonld"))
    assert len(rdflib.Graph().parse(tmp_path / "g.jsonld", format="json-ld")) > 50
    assert run("export", str(notes), "-f", "dot").startswith("digraph studyatlas {")
    assert run("export", str(notes), "-f", "mermaid", "--concept", "QLoRA").startswith("flowchart TD\n")
    assert '["QLoRA"]' in run("export", str(notes), "-f", "mermaid", "--concept", "QLoRA", "--to", "LoRA")


def test_options_that_do_not_go_together(notes: Path) -> None:
    run("export", str(notes), "--concept", "LoRA", code=2)
    run("export", str(notes), "-f", "dot", "--to", "LoRA", code=2)
    run("export", str(notes), "-f", "dot", "--concept", "nobody at all", code=4)


def test_an_edited_vault_comes_back_and_is_not_overwritten(notes: Path, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    run("export", str(notes), "-f", "obsidian", "-o", str(vault))
    run("export", str(notes), "-f", "obsidian", "-o", str(vault))  # unedited, it is renewed
    assert json.loads(run("corrections", "import", str(vault), "--json", graph=notes))["edits"] == []
    assert not (notes / "studyatlas.yaml").exists()
    (vault / "concepts" / "QLoRA.md").rename(vault / "concepts" / "Quantised LoRA.md")
    path = vault / "concepts" / "LoRA.md"
    path.write_text(path.read_text(encoding="utf-8").replace("kind: method", "kind: model"), encoding="utf-8")
    assert "corrections import" in run("export", str(notes), "-f", "obsidian", "-o", str(vault), code=2)
    run("corrections", "import", str(vault), "--dry-run", graph=notes)
    assert not (notes / "studyatlas.yaml").exists()
    said = run("corrections", "import", str(vault), graph=notes)
    assert "studyatlas build" in said
    assert (notes / "studyatlas.yaml").read_text(encoding="utf-8") == (
        "rename:\n  QLoRA: Quantised LoRA\nkind:\n  LoRA: model\n"
    )
    run("export", str(notes), "-f", "obsidian", "-o", str(vault), "--replace")
    assert "kind: method" in path.read_text(encoding="utf-8")


def test_an_export_removes_notes_of_the_last_one_and_nothing_else(notes: Path, tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    run("export", str(notes), "-f", "obsidian", "-o", str(vault))
    manifest = vault / ".studyatlas" / "vault.json"
    record = json.loads(manifest.read_text(encoding="utf-8"))
    (vault / "mine.md").write_text("mine", encoding="utf-8")
    (tmp_path / "outside.md").write_text("", encoding="utf-8")
    (vault / "concepts" / "Old.md").write_text("", encoding="utf-8")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    record["files"] |= {"concepts/Old.md": empty, "../outside.md": empty}
    manifest.write_text(json.dumps(record), encoding="utf-8")
    run("export", str(notes), "-f", "obsidian", "-o", str(vault))
    assert not (vault / "concepts" / "Old.md").exists()
    assert (vault / "mine.md").exists()
    assert (tmp_path / "outside.md").exists()


def test_a_lexicon_of_an_export(notes: Path, tmp_path: Path) -> None:
    run("export", str(notes), "-f", "skos", "-o", str(tmp_path / "g.jsonld"))
    run("lexicon", "import", str(tmp_path / "g.jsonld"), "-o", str(tmp_path / "g.yaml"))
    run("packs", "check", str(tmp_path / "g.yaml"))
    assert "name: " in run("lexicon", "import", str(tmp_path / "g.jsonld"))


def test_the_demo_builds_the_example_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    run("demo", "--no-app")
    assert (tmp_path / "state" / "studyatlas" / "example" / ".studyatlas" / "graph.db").is_file()
