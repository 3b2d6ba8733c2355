"""The annotated notes that the models are trained on: each part with its text, and what readers marked in it.

The annotations are read by :mod:`graph.evaluation.annotations`; here they are put together with their documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from graph.errors import InputError
from graph.evaluation.annotations import Annotated, Annotations, gold_folders, read_gold
from graph.evaluation.figures import normal
from graph.model import RelationType

ROOT: Final = Path(__file__).resolve().parent.parent
"""The repository."""
SHARED: Final = ROOT.parent / "shared"
"""Notes and annotations that are not part of the repository; may be missing."""
SEEDS: Final = SHARED / "seeds"
OWN_GOLD: Final = ROOT / "tests" / "quality" / "gold"
"""Our own annotations of some of the example notes."""
OWN_NOTES: Final = ROOT / "examples" / "notes"
NOTE_PLACES: Final = (SEEDS, SHARED / "corpora" / "annotated", OWN_NOTES)
"""Where documents are looked for if no folder is given, in this order."""
LEAST_PARTS: Final = 5
"""With fewer annotated parts, too few are left to train a stage on what others make of parts they have not seen."""


@dataclass(frozen=True)
class GoldPart:
    """One annotated piece of one document."""

    name: str
    """Name of the folder of annotations; no two parts have the same."""
    path: Path
    """The document."""
    collection: Path
    """The folder of notes in which the document was found."""
    marked: Annotations

    @property
    def concepts(self) -> tuple[Annotated, ...]:
        """The annotated concepts; they are numbered by their place here."""
        return self.marked.concepts

    @cached_property
    def text(self) -> str:
        """The document up to the last annotated line; lines before the first one are blank, so that numbers stay."""
        try:
            lines = self.path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as e:
            raise InputError(f"The annotated document {self.path} cannot be read: {e}.") from e
        return "\n".join(
            "" if n < self.marked.first else line for n, line in enumerate(lines[: self.marked.last], start=1)
        )

    @cached_property
    def forms(self) -> Mapping[str, int]:
        """Name as :func:`graph.evaluation.figures.normal` compares it → number of the first concept that has it."""
        table: dict[str, int] = {}
        for number, concept in enumerate(self.concepts):
            for key in filter(None, map(normal, concept.names)):
                table.setdefault(key, number)
        return table

    @cached_property
    def relations(self) -> Mapping[tuple[int, int], frozenset[tuple[RelationType, int | None]]]:
        """(head, tail) → {(type, line)}, between annotated concepts."""
        found: dict[tuple[int, int], set[tuple[RelationType, int | None]]] = {}
        for relation in self.marked.relations:
            pair = self._pair(relation.head, relation.tail)
            if pair is not None:
                found.setdefault(pair, set()).add((relation.type, relation.line))
        return {pair: frozenset(said) for pair, said in found.items()}

    @cached_property
    def prerequisites(self) -> frozenset[tuple[int, int]]:
        """(before, after), between annotated concepts."""
        pairs = (self._pair(before, after) for before, after in self.marked.prerequisites)
        return frozenset(pair for pair in pairs if pair is not None)

    def number_of(self, names: Iterable[str]) -> int | None:
        """The first concept that one of ``names`` names, in their order; None where none does."""
        return next((self.forms[key] for name in names if (key := normal(name)) in self.forms), None)

    def _pair(self, one: str, other: str) -> tuple[int, int] | None:
        a, b = self.number_of([one]), self.number_of([other])
        return None if a is None or b is None or a == b else (a, b)


def default_gold() -> list[Path]:
    """The shared annotations where they are there, then our own."""
    shared = SHARED / "gold"
    return [*([shared] if any(shared.glob("*/meta.json")) else []), OWN_GOLD]


def read_parts(gold: Sequence[Path], notes: Sequence[Path]) -> tuple[GoldPart, ...]:
    """The annotated parts in the folders ``gold``, in the order of :func:`graph.evaluation.annotations.gold_folders`.

    Args:
        gold: folders of annotations, or folders that contain such folders.
        notes: folders of the documents, with all below them; the first that has a document of the name is taken.

    Raises:
        InputError: there are no annotations, one is not of its form, its document is in none of ``notes``, two parts
            have the same name, or there are fewer than :data:`LEAST_PARTS`.
    """
    parts = []
    for folder in gold_folders(gold):
        marked = read_gold(folder)
        path, collection = _document(marked, notes)
        parts.append(GoldPart(folder.name, path, collection, marked))
    twice = [name for name, count in Counter(p.name for p in parts).items() if count > 1]
    if twice:
        folders = " and ".join(p.marked.folder for p in parts if p.name == twice[0])
        raise InputError(f"Two annotated parts have the same name: {folders}. Rename one of the folders.")
    if len(parts) < LEAST_PARTS:
        places = ", ".join(map(str, gold))
        raise InputError(
            f"Training needs at least {LEAST_PARTS} annotated parts, and {places} has {len(parts)}. "
            "Annotate more (docs/gold.md)."
        )
    return tuple(parts)


def _document(marked: Annotations, notes: Sequence[Path]) -> tuple[Path, Path]:
    """The document of an annotation, and which of ``notes`` has it."""
    for place in notes:
        found = [place / marked.doc] if (place / marked.doc).is_file() else sorted(place.rglob(marked.doc))
        if len(found) > 1:
            raise InputError(
                f"{marked.folder} annotates {marked.doc!r}, but {place} has several documents of this name: "
                f"{found[0]}, {found[1]}. Rename one of them."
            )
        if found:
            return found[0], place
    raise InputError(
        f"The document {marked.doc!r}, which {marked.folder} annotates, is in none of {', '.join(map(str, notes))}. "
        "Name the folder that has it with --notes, or take the annotation away."
    )
