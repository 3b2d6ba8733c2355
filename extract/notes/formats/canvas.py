"""Obsidian canvases (JSON Canvas 1.0): the texts of the cards, from top to bottom and left to right."""

from __future__ import annotations

from typing import Any

from extract.notes.formats.model import Converted, Unreadable
from extract.notes.formats.notebook import load_json


def convert(text: str) -> Converted | Unreadable:
    """Convert a canvas; places are counted in cards. Groups give headings, files a link to the note."""
    canvas = load_json(text)
    if isinstance(canvas, Unreadable):
        return canvas
    nodes = canvas.get("nodes", []) if isinstance(canvas, dict) else None
    if not isinstance(nodes, list):
        return Unreadable("not a canvas: it has no list of nodes")
    out: list[str] = []
    starts: list[int] = []
    cards = [node for node in nodes if isinstance(node, dict) and _said(node)]
    for card in sorted(cards, key=lambda node: (_number(node, "y"), _number(node, "x"), str(node.get("id", "")))):
        starts.append(len(out) + 1)
        out += [*_said(card), ""]
    return Converted(tuple(out), "card", tuple(starts))


def _number(node: dict[str, Any], key: str) -> float:
    value = node.get(key)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e12 else 0.0


def _said(node: dict[str, Any]) -> list[str]:
    kind, text = node.get("type"), node.get("text")
    if kind == "text" and isinstance(text, str) and text.strip():
        return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    label, file = node.get("label"), node.get("file")
    if kind == "group" and isinstance(label, str) and label.strip():
        return ["## " + " ".join(label.split())]
    if kind == "file" and isinstance(file, str) and file.casefold().endswith(".md"):
        return [f"[[{file[:-3]}]]"]
    return []
