"""A half of a surrogate pair, which JSON can write and no encoding can, is read as U+FFFD."""

from __future__ import annotations

from pathlib import Path

from extract.pipeline import build
from graph.exchange.exports import to_json


def test_a_notebook_with_half_a_character_is_read(tmp_path: Path) -> None:
    cell = r'{"cell_type": "markdown", "metadata": {}, "source": ["# LoRA\n", "\n", "**LoRA** \ud800 is a method.\n"]}'
    notebook = f'{{"cells": [{cell}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}'
    (tmp_path / "lora.ipynb").write_text(notebook, encoding="utf-8")
    snapshot = build(tmp_path, workers=1, cache=tmp_path / "cache").snapshot
    assert "LoRA" in {concept.name for concept in snapshot.concepts}
    assert "\ufffd" in snapshot.passages[0].text
    to_json(snapshot).encode("utf-8")
