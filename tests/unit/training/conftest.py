"""Small annotated notes of five subjects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]


@pytest.fixture
def write_part(tmp_path: Path) -> Write:
    """``write_part(name, text, concepts, …)`` writes a note and its annotation; it returns the folder of the latter."""

    def write(
        name: str,
        text: str,
        concepts: list[dict[str, Any]],
        *,
        relations: list[dict[str, Any]] | None = None,
        prerequisites: list[dict[str, Any]] | None = None,
        lines: tuple[int, int] = (1, 100),
    ) -> Path:
        notes, folder = tmp_path / "notes", tmp_path / "gold" / name
        notes.mkdir(exist_ok=True)
        folder.mkdir(parents=True)
        (notes / f"{name}.md").write_text(text, encoding="utf-8")
        (folder / "meta.json").write_text(json.dumps({"doc": f"{name}.md", "lines": lines}), encoding="utf-8")
        for file, rows in (("concepts", concepts), ("relations", relations), ("prerequisites", prerequisites)):
            if rows is not None:
                (folder / f"{file}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
        return folder

    return write
