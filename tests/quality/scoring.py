"""What the floors of the tests compare with, and by which names."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from graph.evaluation.annotations import gold_folders, read_gold
from graph.evaluation.figures import Gold, evaluate, normal
from graph.model import GraphSnapshot

FIGURES = {
    "concept_f1": "concept_f1",
    "core_recall": "concept_recall_core",
    "alias_recall": "alias_recall",
    "relation_f1": "relation_pair_f1",
    "prerequisite_f1": "prereq_f1",
    "prerequisite_direction": "prereq_direction",
}
"""Name of a floor → name of the figure in :mod:`graph.evaluation.figures`."""

key = normal
"""What names are compared by."""


def records(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def gold_in(places: Iterable[Path]) -> Gold:
    """All annotations in ``places`` as one."""
    return Gold.of([read_gold(folder) for folder in gold_folders(places)])


def figures(graph: GraphSnapshot, gold: Gold) -> dict[str, float]:
    """The figures of ``graph`` that have a floor."""
    found = evaluate(graph, gold).figures
    return {floor: found[figure] for floor, figure in FIGURES.items()}
