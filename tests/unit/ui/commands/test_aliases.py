"""What `aliases` says: rules, lines of the notes, the user's corrections, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extract.pipeline import build
from graph.stores.sqlite.store import SqliteStore
from tests.unit.ui.fixture import parsed
from ui.cli import app
from ui.i18n import STRINGS

NOTES = """# 参数高效微调

参数高效微调（Parameter-Efficient Fine-Tuning, PEFT）冻结预训练模型的权重，只训练少量参数。

**LoRA**（Low-Rank Adaptation）是一种参数高效微调方法，它用两个低秩矩阵的乘积代替权重的变化量。

**QLoRA**（Quantized LoRA）在 LoRA 的基础上使用量化，因此显存更少。
"""
CORRECTIONS = """# mine
merge:
- [LoRA, 低秩矩阵]
split:
- [QLoRA, Quantized LoRA]
rename:
  QLoRA: 量化 LoRA
kind:
  PEFT: concept
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Notes and corrections with their graph beside them."""
    (tmp_path / "lora.md").write_text(NOTES, encoding="utf-8")
    (tmp_path / "studyatlas.yaml").write_text(CORRECTIONS, encoding="utf-8")
    (tmp_path / ".studyatlas").mkdir()
    with SqliteStore(tmp_path / ".studyatlas" / "graph.db") as store:
        store.publish(build(tmp_path, workers=1).snapshot)
    return tmp_path


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["aliases", *words])
    assert result.exit_code == code, (result.stdout, result.stderr)
    return result.stdout if code == 0 else result.stderr


def record(*words: str) -> Mapping[str, Any]:
    found = parsed(run(*words, "--json"))
    assert isinstance(found, dict)
    return found


def test_each_name_has_its_reason_and_its_line(folder: Path) -> None:
    found = record("PEFT", "-g", str(folder))
    by_name = {m["merged"]: m for m in found["merges"]} | {m["kept"]: m for m in found["merges"]}
    assert {"PEFT", "参数高效微调", "Parameter-Efficient Fine-Tuning"} <= set(by_name)
    assert all(m["evidence"]["line"] == 3 for m in found["merges"] if m["evidence"])
    assert [(c["line"], c["what"], c["value"]) for c in found["corrections"]] == [(9, "kind", "concept")]
    assert "kind PEFT: concept" in run("PEFT", "-g", str(folder), "--lang", "en")


def test_what_the_user_joined_is_told_with_its_line(folder: Path) -> None:
    found = record("LoRA", "-g", str(folder))
    assert ("LoRA", "低秩矩阵", "user") in {(m["kept"], m["merged"], m["reason"]) for m in found["merges"]}
    assert [(c["line"], c["what"]) for c in found["corrections"]] == [(3, "merge")]
    words = run("LoRA", "-g", str(folder), "--lang", "en")
    assert "set by you" in words
    assert "studyatlas.yaml:3  merge LoRA, 低秩矩阵" in words
    assert "studyatlas.yaml:3" in run("-g", str(folder))  # all concepts, all corrections


def test_what_was_refused_is_looked_up_in_the_notes(folder: Path) -> None:
    found = record("QLoRA", "--refused", "-g", str(folder))
    assert ({"QLoRA", "Quantized LoRA"}, "user") in [(set(r["names"]), r["guard"]) for r in found["refused"]]
    words = run("QLoRA", "--refused", "-g", str(folder), "--lang", "en")
    assert "≠" in words
    assert "you keep them apart" in words
    assert record("QLoRA", "-g", str(folder))["refused"] == []
    assert "aliases NAME --refused" in run("--refused", "-g", str(folder), code=2)


def test_corrections_that_are_newer_than_the_graph_are_told_so(folder: Path) -> None:
    assert not record("LoRA", "-g", str(folder))["corrections_changed"]
    (folder / "studyatlas.yaml").write_text("ignore: [LoRA]\n", encoding="utf-8")
    assert record("LoRA", "-g", str(folder))["corrections_changed"]
    assert "studyatlas build" in run("LoRA", "-g", str(folder), "--lang", "en")
    (folder / "studyatlas.yaml").unlink()
    assert record("LoRA", "-g", str(folder))["corrections_changed"]


def test_every_guard_has_words() -> None:
    guards = (
        *("user", "homonym", "abbreviations", "numbers", "lexicon"),
        *("remark", "contrast", "sections", "translations", "chain"),
    )
    assert {key for key in STRINGS if key.startswith("guard.")} == {f"guard.{guard}" for guard in guards}
