"""The verb `evaluate`: how near a graph comes to what careful readers annotated."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from statistics import fmean
from typing import TYPE_CHECKING, Final

from graph.errors import InputError
from graph.evaluation.annotations import Annotations, gold_folders, read_gold, unknown_names
from graph.evaluation.figures import Evaluation, Gold, evaluate, normal
from graph.exchange.exports import from_json
from graph.model import GraphSnapshot
from graph.stores.address import existing_graph
from ui.commands.common import opened
from ui.i18n import say
from ui.records import print_json
from ui.settings import Settings
from ui.terminal import console, heading, rows, show, styled

if TYPE_CHECKING:
    from rich.text import Text

COLUMNS: Final = (
    "concept_f1", "concept_recall_core", "alias_recall", "merge_errors", "relation_pair_f1", "relation_typed_f1",
    "prereq_f1",
    "prereq_direction",
)  # fmt: skip
"""The figures that one line for each annotated piece shows."""
NAMES_SHOWN: Final = 40
"""Names of each list that the terminal shows; ``--json`` has all."""


def evaluate_graph(graph: str, gold: Sequence[Path], *, as_json: bool, lang: str | None) -> None:
    """Compare a graph, or its JSON export, with annotations.

    Raises:
        InputError: an annotation cannot be used, or the graph contains none of the annotated documents.
        StoreError: there is no graph, or it cannot be read.
    """
    pieces = [read_gold(folder) for folder in gold_folders(gold)]
    snapshot, words = _graph(graph, lang)
    warnings = _warnings(snapshot, pieces)
    whole = evaluate(snapshot, Gold.of(pieces))
    held = _held(snapshot)
    present = [piece for piece in pieces if piece.doc in held] if len(pieces) > 1 else []
    each = [evaluate(snapshot, Gold.of([piece])) for piece in present]
    if as_json:
        print_json(_record(whole, pieces, list(zip(present, each, strict=True)), warnings))
        return
    show((styled(warning) for warning in warnings), to=console(sys.stderr))
    out = console()
    if each:
        out.print(
            rows(
                ["", *(say(f"column.{name}", words) for name in COLUMNS)],
                _lines(present, each, whole, words),
                right=range(1, 9),
            )
        )
    figures = ([name, _shown(value), say(f"figure.{name}", words)] for name, value in whole.figures.items())
    out.print(rows(["", say("all_pieces", words), ""], figures))
    show(_names(whole, words), to=out)


def _graph(graph: str, lang: str | None) -> tuple[GraphSnapshot, str]:
    """The graph, and the language to speak about it."""
    path = Path(graph)
    if path.is_file():
        with path.open("rb") as file:
            is_text = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        if is_text:
            try:
                return from_json(path.read_text(encoding="utf-8-sig")), lang or "en"
            except (OSError, UnicodeDecodeError) as e:
                raise InputError(f"{path} cannot be read: {e}.") from e
    defaults = Settings.from_environment(os.environ).graphs
    with opened(existing_graph(graph, defaults=defaults), lang=lang) as here:
        return here.store.snapshot(), here.lang


def _warnings(graph: GraphSnapshot, pieces: Sequence[Annotations]) -> list[str]:
    """What of the annotations counts for nothing.

    Raises:
        InputError: the graph contains none of the annotated documents.
    """
    held = _held(graph)
    absent = [p for p in pieces if p.doc not in held]
    if len(absent) == len(pieces):
        raise InputError(
            f"The graph has no document {absent[0].doc!r} ({absent[0].folder}). "
            f"It has: {', '.join(sorted(held)[:5])}{' …' if len(held) > 5 else ''}"
        )
    found = [
        f"{p.folder}: the graph has no document {p.doc!r}; it counts only in the line for all as one, as missed"
        for p in absent
    ]
    return found + [f"{place}: no annotated concept has this name" for place in unknown_names(pieces, key=normal)]


def _held(graph: GraphSnapshot) -> set[str]:
    """File names of the graph's documents."""
    return {PurePosixPath(d.id).name for d in graph.documents}


def _mean(each: Sequence[Evaluation]) -> dict[str, float]:
    return {name: round(fmean(e.figures[name] for e in each), 4) for name in COLUMNS}


def _record(
    whole: Evaluation,
    pieces: Sequence[Annotations],
    each: Sequence[tuple[Annotations, Evaluation]],
    warnings: Sequence[str],
) -> dict[str, object]:
    parts = [{"gold": p.folder, "doc": p.doc, "lines": [p.first, p.last], "figures": dict(e.figures)} for p, e in each]
    return {
        **whole.figures,
        "missed_core": list(whole.missed_core),
        "spurious": list(whole.spurious),
        "duplicates": list(whole.duplicates),
        "gold": [p.folder for p in pieces],
        "parts": parts,
        "mean": _mean([e for _, e in each]) if each else {},
        "warnings": list(warnings),
    }


def _lines(
    pieces: Sequence[Annotations], each: Sequence[Evaluation], whole: Evaluation, lang: str
) -> Iterator[list[str]]:
    for piece, evaluation in zip(pieces, each, strict=True):
        yield [Path(piece.folder).name, *_cells(evaluation.figures)]
    yield [say("mean", lang), *_cells(_mean(each))]
    yield [say("as_one", lang), *_cells(whole.figures)]


def _cells(figures: Mapping[str, float]) -> list[str]:
    return [f"{figures[name]:.3f}" for name in COLUMNS]


def _shown(value: float) -> str:
    """A share with its four digits, a count or a yes as it is."""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _names(whole: Evaluation, lang: str) -> Iterator[Text]:
    for key, names in (
        ("missed_core", whole.missed_core),
        ("spurious", whole.spurious),
        ("duplicates", whole.duplicates),
    ):
        if names:
            rest = f" … {say('more', lang, n=len(names) - NAMES_SHOWN)}" if len(names) > NAMES_SHOWN else ""
            yield heading(f"{say(key, lang)} ({len(names)})")
            yield styled("  ", " · ".join(names[:NAMES_SHOWN]), (rest, "dim"))
