"""The export of the example notes is, byte for byte, what it was.

Whoever changes it on purpose runs ``make golden`` and reads the diff.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from graph.exchange.exports import to_json
from graph.model import GraphSnapshot

GOLDEN = Path(__file__).with_name("examples.json")
SHOWN = 15


def test_the_export_of_the_example_notes(
    example_graph: GraphSnapshot, golden: Callable[[str, str], None], request: pytest.FixtureRequest
) -> None:
    text = to_json(example_graph)
    renew = request.config.getoption("--renew-golden")
    if not renew and GOLDEN.is_file() and GOLDEN.read_bytes() != text.encode():
        pytest.fail(differences(json.loads(GOLDEN.read_text(encoding="utf-8")), json.loads(text)), pytrace=False)
    golden(GOLDEN.name, text)


def differences(old: dict[str, Any], new: dict[str, Any]) -> str:
    """What is no longer as it was, in a few lines: what came, what went, and how many records changed otherwise."""
    lines = ["The export of examples/notes has changed. If that is meant, run: make golden (and read the diff)"]
    for part, name in NAMES.items():
        before, after = ({name(r): r for r in export[part]} for export in (old, new))
        came, went = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
        changed = [n for n in before if n in after and before[n] != after[n]]
        if came or went or changed:
            lines.append(f"{part}: {len(came)} more, {len(went)} less, {len(changed)} changed")
            lines += (
                shown("+", came)
                + shown("-", went)
                + shown("~", (f"{n}: {fields(before[n], after[n])}" for n in changed))
            )
    if len(lines) == 1:
        lines.append("Only the order or the form of the records is another.")
    return "\n".join(lines)


NAMES: dict[str, Callable[[dict[str, Any]], str]] = {
    "documents": lambda r: r["id"],
    "concepts": lambda r: r["name"],
    "relations": lambda r: f"{r['head']} {r['type']} {r['tail']}",
    "prerequisites": lambda r: f"{r['before']} before {r['after']}",
    "communities": lambda r: f"{r['id']} {r['title']}",
}
"""What records of each part of an export are called."""


def shown(mark: str, names: Iterable[str]) -> list[str]:
    rows = [f"  {mark} {name}" for name in names]
    return rows if len(rows) <= SHOWN else [*rows[:SHOWN], f"  {mark} … {len(rows) - SHOWN} more"]


def fields(before: dict[str, Any], after: dict[str, Any]) -> str:
    return ", ".join(field for field in after if before.get(field) != after[field])


def test_differences_are_told_by_name() -> None:
    old: dict[str, Any] = {part: [] for part in NAMES} | {
        "concepts": [{"name": "LoRA", "salience": 0.5}, {"name": "Adam", "salience": 0.5}]
    }
    new: dict[str, Any] = {part: [] for part in NAMES} | {
        "concepts": [{"name": "LoRA", "salience": 0.6}, {"name": "秩", "salience": 0.5}]
    }
    told = differences(old, new)
    assert "make golden" in told
    assert told.splitlines()[1:] == ["concepts: 1 more, 1 less, 1 changed", "  + 秩", "  - Adam", "  ~ LoRA: salience"]
    assert "Only the order" in differences(new, new)
    assert shown("+", map(str, range(99)))[-1] == "  + … 84 more"
