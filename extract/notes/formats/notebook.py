"""Jupyter notebooks: their cells in order, Markdown as it is and code in fences; outputs are left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from extract.notes.formats.model import Converted, Unreadable


def convert(text: str) -> Converted | Unreadable:
    """Convert a notebook of format 3 or 4; places are counted in cells."""
    notebook = load_json(text)
    if isinstance(notebook, Unreadable):
        return notebook
    if not isinstance(notebook, dict):
        return Unreadable("not a notebook: its JSON is not an object")
    cells = list(_cells(notebook))
    if not cells and "cells" not in notebook and "worksheets" not in notebook:
        return Unreadable("not a notebook: it has no cells")
    metadata = notebook.get("metadata")
    language = _language(metadata) if isinstance(metadata, dict) else ""
    out: list[str] = []
    starts: list[int] = []
    for cell in cells:
        starts.append(len(out) + 1)
        said = _source(cell)
        if not any(line.strip() for line in said):
            continue
        kind = cell.get("cell_type")
        if kind == "code":
            fence = "`" * max(3, 1 + max(len(line) - len(line.lstrip("`")) for line in said))
            out += [f"{fence}{language}", *said, fence, ""]
        elif kind == "heading":  # format 3
            level = cell.get("level", 1)
            out += ["#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1) + " " + " ".join(said), ""]
        elif kind != "raw":
            out += [*said, ""]
    return Converted(tuple(out), "cell", tuple(starts))


def load_json(text: str) -> Any:
    """The value of ``text``, or :class:`Unreadable` that says on which line it is broken."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as e:
        return Unreadable(f"broken JSON on line {e.lineno}: {e.msg}")
    except (RecursionError, ValueError):  # nested too deeply; a number of too many digits
        return Unreadable("JSON that is nested too deeply or has a number of too many digits")


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    sheets = notebook.get("worksheets")
    holders = sheets if isinstance(sheets, list) else [notebook]
    for holder in holders:
        cells = holder.get("cells") if isinstance(holder, dict) else None
        if isinstance(cells, list):
            yield from (cell for cell in cells if isinstance(cell, dict))


def _source(cell: dict[str, Any]) -> list[str]:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n") if isinstance(source, str) else []


def _language(metadata: dict[str, Any]) -> str:
    info = metadata.get("language_info")
    name = info.get("name") if isinstance(info, dict) else None
    return name if isinstance(name, str) and name.isidentifier() else ""
