"""How many statements of a graph are right, judged by a person on a random sample.

    python -m benchmarks.trust draw GRAPH SHEET.jsonl [--count 100] [--seed 7] [--sort SORT …]
    python -m benchmarks.trust score SHEET.jsonl …
    python -m benchmarks.trust strip SHEET.jsonl STRIPPED.jsonl

``draw`` writes a sheet: one JSON object a line with a statement in words, the lines of the notes behind it, and an
empty field ``right``. A quarter of the sample each are relations with a type, prerequisites, merges of names and
definitions; where a graph has too few of one sort the others take its place. ``--sort`` draws only some of the sorts.
Whoever judges fills in ``true`` or ``false`` (or ``null`` where it cannot be told, which is not counted) by their own
knowledge of the subject and the lines.

``score`` prints for each sort the share that is right, with the 95 % interval of Wilson (1927,
doi:10.1080/01621459.1927.10502953).

``strip`` writes a copy in which each line of the notes is only named (``DOC:LINE``), not quoted: what can be kept where
the notes themselves may not be copied. The judged sheets in ``tests/quality/trust`` were stripped so. They record what
a reader found, and with the notes at hand they show whether a statement that was judged wrong comes again.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import NormalDist
from typing import Final

from graph.errors import InputError, StudyatlasError
from graph.model import Basis, Evidence, GraphSnapshot, RelationType
from graph.stores.opening import open_store

SORTS = ("relation", "prerequisite", "merge", "definition")
"""What is judged."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of a sheet."""

    sort: str
    """One of :data:`SORTS`."""
    statement: str
    """In words."""
    lines: tuple[str, ...]
    """``DOC:LINE: quote`` of what it is based on; ``DOC:LINE`` in a stripped sheet."""
    confidence: float | None
    background: bool = False
    """Whether only general knowledge says so."""
    right: bool | None = None


def statements(graph: GraphSnapshot) -> Iterator[Statement]:
    """All statements of ``graph`` that a person can judge, in its order."""
    name = {c.id: c.name for c in graph.concepts}
    for r in graph.relations:
        if r.type is not RelationType.RELATED_TO:
            said = f"{name[r.head]} — {r.type.label('en')} — {name[r.tail]}"
            yield Statement("relation", said, _lines(r.evidence), r.confidence, r.basis is Basis.BACKGROUND)
    for p in graph.prerequisites:
        said = f"{name[p.before]} must be understood before {name[p.after]} ({', '.join(p.reasons)})"
        yield Statement("prerequisite", said, _lines(p.evidence), p.confidence, p.reasons == ("background",))
    for m in graph.merges:
        said = f"{m.kept} and {m.merged} are two names of one thing ({m.reason})"
        yield Statement("merge", said, _lines([m.evidence] if m.evidence else []), None)
    for c in graph.concepts:
        if c.definition is not None:
            yield Statement("definition", f"This says what {c.name} is", _lines([c.definition]), None)


def _lines(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(f"{e.doc}:{e.line}: {' '.join(e.quote.split())}" for e in evidence)


def sample(found: Iterable[Statement], count: int, seed: int) -> list[Statement]:
    """``count`` of the statements at random, as many of each sort as there can be."""
    by_sort: dict[str, list[Statement]] = {sort: [] for sort in SORTS}
    for one in found:
        by_sort[one.sort].append(one)
    dice = random.Random(seed)  # a sample, no secret
    for rows in by_sort.values():
        dice.shuffle(rows)
    taken: list[Statement] = []
    while len(taken) < count and any(by_sort.values()):
        for sort in SORTS:
            if by_sort[sort] and len(taken) < count:
                taken.append(by_sort[sort].pop())
    return sorted(taken, key=lambda s: (SORTS.index(s.sort), s.statement))


def read_sheet(path: Path) -> list[Statement]:
    """The statements of a sheet.

    Raises:
        InputError: the file cannot be read, or a line is not one of a sheet.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        found = [Statement(**{**row, "lines": tuple(row["lines"])}) for row in rows]
    except (OSError, ValueError, TypeError, KeyError) as e:
        raise InputError(f"{path} is not a sheet that `draw` wrote: {e}.") from e
    wrong = next((s.sort for s in found if s.sort not in SORTS), None)
    if wrong is not None:
        raise InputError(f"{path} has a statement of the sort {wrong!r}; there are {', '.join(SORTS)}.")
    return found


def stripped(rows: Iterable[Statement]) -> list[Statement]:
    """The statements with the places of their lines, without what the lines say."""
    return [replace(row, lines=tuple(_PLACE.sub(r"\1", line) for line in row.lines)) for row in rows]


_PLACE: Final = re.compile(r"^(.*?:\d+): .*$", re.DOTALL)
"""A line of a sheet; the group is ``DOC:LINE``."""


def write_sheet(path: Path, rows: Iterable[Statement]) -> None:
    """Write a sheet.

    Raises:
        InputError: there is a file of this name: judgements would be lost.
    """
    if path.exists():
        raise InputError(f"{path} is there already: judgements would be lost. Choose another name.")
    text = "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def interval(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of Wilson for a share."""
    z = NormalDist().inv_cdf(0.975)
    centre = (right + z * z / 2) / (count + z * z)
    half = z / (count + z * z) * (right * (count - right) / count + z * z / 4) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def table(sheets: Mapping[str, Sequence[Statement]]) -> str:
    """A Markdown table: for each sheet and sort the number judged, the share right and its interval."""
    rows = ["| sheet | sort | judged | right | 95 % |", "|---|---|---|---|---|"]
    pooled: dict[str, list[bool]] = defaultdict(list)
    for name, found in sheets.items():
        for sort in SORTS:
            judged = [s.right for s in found if s.sort == sort and s.right is not None]
            pooled[sort] += judged
            if judged:
                rows.append(_row(name, sort, judged))
    rows += [_row("all", sort, judged) for sort, judged in pooled.items() if judged and len(sheets) > 1]
    return "\n".join(rows)


def _row(name: str, sort: str, judged: Sequence[bool]) -> str:
    low, high = interval(sum(judged), len(judged))
    return f"| {name} | {sort} | {len(judged)} | {sum(judged) / len(judged):.2f} | {low:.2f}–{high:.2f} |"


def main(argv: Sequence[str] | None = None) -> None:
    """Draw, score or strip; see the module's docstring."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = options.add_subparsers(dest="command", required=True)
    draw = commands.add_parser("draw", help="write a sheet to judge")
    draw.add_argument("graph", type=Path, help="a graph file")
    draw.add_argument("sheet", type=Path, help="where the sheet goes; an existing file is not overwritten")
    draw.add_argument("--count", type=int, default=100)
    draw.add_argument("--seed", type=int, default=7)
    draw.add_argument("--sort", nargs="+", choices=SORTS, default=SORTS, help="what to judge (default: all sorts)")
    score = commands.add_parser("score", help="print what judged sheets say")
    score.add_argument("sheets", type=Path, nargs="+")
    strip = commands.add_parser("strip", help="copy a sheet without the text of the lines")
    strip.add_argument("sheet", type=Path, help="a sheet, judged or not")
    strip.add_argument("copy", type=Path, help="where the copy goes; an existing file is not overwritten")
    arguments = options.parse_args(argv)
    if arguments.command == "score":
        print(table({path.stem: read_sheet(path) for path in arguments.sheets}))
        return
    if arguments.command == "strip":
        write_sheet(arguments.copy, stripped(read_sheet(arguments.sheet)))
        return
    with open_store(arguments.graph) as store:
        found = [s for s in statements(store.snapshot()) if s.sort in arguments.sort]
    rows = sample(found, arguments.count, arguments.seed)
    write_sheet(arguments.sheet, rows)
    print(f"{arguments.sheet}: {len(rows)} statements to judge")


if __name__ == "__main__":
    try:
        main()
    except StudyatlasError as e:
        print(f"trust: {e}", file=sys.stderr)
        raise SystemExit(e.exit_code) from e
