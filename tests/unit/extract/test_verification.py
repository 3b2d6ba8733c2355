from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from extract.pipeline import build
from extract.verification import verify_notes
from graph.errors import InputError

NOTE = "# LoRA\n\n**LoRA**（低秩适应）是一种参数高效微调方法，它冻结预训练模型的权重。\n"


def test_quotes_are_looked_for_in_the_files_as_they_are_now(tmp_path: Path) -> None:
    note = tmp_path / "lora.md"
    note.write_text(NOTE, encoding="utf-8")
    graph = build(str(tmp_path)).snapshot
    found = verify_notes(graph)
    assert found.holds
    assert found.checked > 0
    assert (found.changed, found.missing) == ((), ())

    note.write_text(NOTE.replace("低秩适应", "低阶适应"), encoding="utf-8")
    edited = verify_notes(graph)
    assert "低秩适应" in {quote.text for quote in edited.false}
    assert edited.changed == ("lora.md",)

    note.unlink()
    assert verify_notes(graph, str(tmp_path)).missing == ("lora.md",)


def test_notes_that_have_moved_are_looked_for_where_they_are_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "lora.md").write_text(NOTE, encoding="utf-8")
    graph = build(tmp_path / "old").snapshot
    (tmp_path / "old").rename(tmp_path / "new")
    with pytest.raises(InputError, match=r"The notes are not at .*old"):
        verify_notes(graph)
    assert verify_notes(graph, tmp_path / "new").holds
    with pytest.raises(InputError, match="does not say where"):
        verify_notes(replace(graph, source=""))
