"""How near a graph comes to what a careful reader annotated: figures from 0 to 1, for the floors of the tests.

Only what lies within the annotated lines counts. Names are compared folded, a plural s aside. The figures:

- ``concept_f1``: of the precision of the graph's concepts (a second concept for one annotated concept counts as wrong) and the recall
  of the annotated concepts that are not minor;
- ``core_recall``: share of the core concepts that some concept of the graph names;
- ``alias_recall``: share of the annotated pairs (name, alias) that one concept of the graph holds both of;
- ``relation_f1``: of unordered pairs, whatever the type, among concepts that both sides know;
- ``prerequisite_f1``: of direct edges, a shortcut or detour counting as right where the other side's edges lead the same way;
- ``prerequisite_direction``: of the edges whose ends the annotation orders at all, the share that goes its way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx

from graph.model import Concept, GraphSnapshot
from graph.names import fold

WEIGHTS = ("core", "normal", "minor")


def records(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one JSON object a line."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def key(name: str) -> str:
    """The form under which names are compared."""
    folded = fold(name)
    return folded[:-1] if re.search(r"[a-z]{3}s$", folded) and not folded.endswith("ss") else folded


@dataclass(frozen=True, slots=True)
class Gold:
    """The annotations of some notes, as one: concepts that share a name are the same."""

    lines: dict[str, tuple[int, int]]
    """Document → first and last annotated line."""
    weights: dict[int, str]
    """Number of a concept → ``core``, ``normal`` or ``minor``: the highest that any note gives it."""
    concept_of: dict[str, int]
    """Key of a name → number of its concept."""
    aliases: frozenset[tuple[str, str]]
    relations: frozenset[frozenset[int]]
    prerequisites: frozenset[tuple[int, int]]

    @classmethod
    def from_folders(cls, folders: Iterable[Path]) -> Gold:
        """Read annotations as ``tests/quality/gold/README.md`` describes them."""
        lines, named = {}, nx.Graph()
        weights: dict[str, str] = {}
        aliases, pairs, edges = set(), [], []
        for folder in sorted(folders):
            meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
            lines[meta["doc"]] = (meta["lines"][0], meta["lines"][1])
            for concept in records(folder / "concepts.jsonl"):
                name = key(concept["name"])
                named.add_node(name)
                for alias in map(key, concept.get("aliases", [])):
                    named.add_edge(name, alias)
                    if alias != name:
                        aliases.add((name, alias))
                weights[name] = min(weights.get(name, "minor"), concept["weight"], key=WEIGHTS.index)
            pairs += [(key(r["head"]), key(r["tail"])) for r in records(folder / "relations.jsonl")]
            edges += [(key(r["before"]), key(r["after"])) for r in records(folder / "prerequisites.jsonl")]
        groups = [sorted(group) for group in nx.connected_components(named)]
        number = {name: n for n, group in enumerate(sorted(groups)) for name in group}
        best: dict[int, str] = {}
        for name, weight in weights.items():
            best[number[name]] = min(best.get(number[name], "minor"), weight, key=WEIGHTS.index)
        known = [(number[a], number[b]) for a, b in pairs if a in number and b in number]
        needed = [(number[a], number[b]) for a, b in edges if a in number and b in number]
        return cls(
            lines,
            best,
            number,
            frozenset(aliases),
            frozenset(frozenset(pair) for pair in known if pair[0] != pair[1]),
            frozenset(edge for edge in needed if edge[0] != edge[1]),
        )

    def covers(self, doc: str, line: int) -> bool:
        """Whether the line was annotated."""
        first, last = self.lines.get(doc, (1, 0))
        return first <= line <= last


def figures(graph: GraphSnapshot, gold: Gold) -> dict[str, float]:
    """The figures of ``graph`` (see the module)."""
    inside = [c for c in graph.concepts if any(gold.covers(m.doc, m.line) for m in c.mentions)]
    meant: dict[str, int] = {}
    found: set[int] = set()
    first: set[int] = set()
    for concept in inside:
        targets = _targets(concept, gold)
        if targets:
            meant[concept.id] = targets[0]
            found |= set(targets)
            first.add(targets[0])
    main = {n for n, weight in gold.weights.items() if weight != "minor"}
    core = {n for n, weight in gold.weights.items() if weight == "core"}
    held = [{key(name) for name in c.names} for c in graph.concepts]
    related = {
        frozenset((meant[r.head], meant[r.tail]))
        for r in graph.relations
        if r.head in meant and r.tail in meant and meant[r.head] != meant[r.tail] and any(gold.covers(e.doc, e.line) for e in r.evidence)
    }
    needed = {
        (meant[p.before], meant[p.after])
        for p in graph.prerequisites
        if p.before in meant and p.after in meant and meant[p.before] != meant[p.after]
    }
    right, implied = _reach(gold.prerequisites), _reach(needed)
    ordered = [(a, b) for a, b in needed if (a, b) in right or (b, a) in right]
    return {
        "concept_f1": _f1(_share(len(first), len(inside)), _share(len(found & main), len(main))),
        "core_recall": _share(len(found & core), len(core)),
        "alias_recall": _share(sum(any({a, b} <= names for names in held) for a, b in gold.aliases), len(gold.aliases)),
        "relation_f1": _f1(_share(len(related & gold.relations), len(related)), _share(len(related & gold.relations), len(gold.relations))),
        "prerequisite_f1": _f1(
            _share(len(needed & right), len(needed)), _share(len(gold.prerequisites & implied), len(gold.prerequisites))
        ),
        "prerequisite_direction": _share(sum(edge in right for edge in ordered), len(ordered)),
    }


def _targets(concept: Concept, gold: Gold) -> Sequence[int]:
    """The annotated concepts that ``concept`` names, that of its own name first."""
    return list(dict.fromkeys(gold.concept_of[key(name)] for name in concept.names if key(name) in gold.concept_of))


def _reach(edges: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    return set(nx.transitive_closure(nx.DiGraph(sorted(edges)), reflexive=None).edges) if edges else set()


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
