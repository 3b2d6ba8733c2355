"""Answers of language models as objects, whatever is around them or missing at their end.

Where an endpoint cannot be held to a schema, models write JSON in a fence, behind a sentence or behind their thoughts,
and where an answer is cut off, the last object is half written. What is complete is used; nothing is guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

_THOUGHT: Final = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_DECODER: Final = json.JSONDecoder(strict=False)
"""Accepts line breaks in strings, which models write."""


def parsed_object(text: str, lists: Sequence[str] = ()) -> tuple[dict[str, Any] | None, bool]:
    r"""The object that ``text`` contains, and whether it is whole.

    Args:
        text: what a model wrote.
        lists: names of properties that are lists of objects. Where the object is not whole, the complete items of
            these lists are taken.

    Returns:
        (the object, True); (what is complete of it, False); (None, False) where there is no object.

    >>> parsed_object('Here it is: ```json {"concepts": [{"name": "LoRA"}, {"na', ["concepts"])
    ({'concepts': [{'name': 'LoRA'}]}, False)
    """
    text = _THOUGHT.sub("", text)
    best: dict[str, Any] | None = None
    at = text.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1) if best is None and not lists else -1
            continue
        if isinstance(value, dict) and (best is None or _fits(value, lists) > _fits(best, lists)):
            best = value
        at = text.find("{", end)
    if best is not None and (not lists or _fits(best, lists)):
        return best, True
    partial = _complete_items(text, lists)
    return (partial, False) if partial else (None, False)


def _fits(value: dict[str, Any], lists: Sequence[str]) -> int:
    """How many of ``lists`` the object has."""
    return sum(isinstance(value.get(name), list) for name in lists)


def _complete_items(text: str, lists: Sequence[str]) -> dict[str, Any]:
    """Of each of ``lists`` the items that are complete."""
    found: dict[str, Any] = {}
    for name in lists:
        opened = re.search(rf'"{re.escape(name)}"\s*:\s*\[', text)
        if not opened:
            continue
        items: list[Any] = []
        at = opened.end()
        while True:
            start = re.compile(r"[\s,]*").match(text, at)
            at = start.end() if start else at
            if at >= len(text) or text[at] == "]":
                break
            try:
                item, at = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                break
            items.append(item)
        found[name] = items
    return found
