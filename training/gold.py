"""The annotated notes that the models are trained on: each part with its text, its concepts, relations and prerequisites."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
SEED = 7
FOLDS = 6


def normal(name: str) -> str:
    """The fold by which gold names are compared: NFKC, lower case, no spaces, hyphens, punctuation or final plural s of Latin words."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub(r"[\s\-‐–—_/·.,:;'\"`*（）()\[\]【】《》“”‘’]+", "", text)
    if re.search(r"[a-z]{3,}s$", text) and not text.endswith("ss"):
        text = text[:-1]
    return text


@dataclass(frozen=True)
class GoldPart:
    """One annotated piece of one document."""

    name: str
    path: Path
    """The document."""
    first: int
    last: int
    concepts: tuple[dict[str, Any], ...]
    relations: tuple[dict[str, Any], ...]
    prerequisites: tuple[dict[str, Any], ...]

    @cached_property
    def text(self) -> str:
        """The document's text with the lines outside the annotated range blanked at the end cut off: line numbers hold."""
        lines = self.path.read_text(encoding="utf-8").split("\n")
        return "\n".join(
            ("" if number < self.first else line) for number, line in enumerate(lines[: self.last], start=1)
        )

    @cached_property
    def forms(self) -> dict[str, int]:
        """Folded form → number of its concept."""
        table: dict[str, int] = {}
        for number, concept in enumerate(self.concepts):
            for form in [concept["name"], *concept.get("aliases", [])]:
                key = normal(form)
                if key:
                    table.setdefault(key, number)
        return table


def gold_folders() -> list[Path]:
    """Folders of annotations: the shared ones where they are there, then our own for the example notes."""
    folders = [p.parent for p in sorted((SHARED / "gold").glob("*/meta.json"))]
    folders += [p.parent for p in sorted((ROOT / "tests" / "quality" / "gold").glob("*/meta.json"))]
    return folders


def _lines(path: Path) -> tuple[dict[str, Any], ...]:
    if not path.exists():
        return ()
    return tuple(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def gold_parts() -> Iterator[GoldPart]:
    """All annotated parts, in the order of their names. Documents are looked for in the seeds, the annotated notes and the examples."""
    for folder in gold_folders():
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        places = [SHARED / "seeds", SHARED / "corpora" / "annotated", ROOT / "examples" / "notes"]
        path = next((place / meta["doc"] for place in places if (place / meta["doc"]).exists()), None)
        if path is None:
            continue
        first, last = meta["lines"]
        yield GoldPart(
            folder.name,
            path,
            first,
            last,
            _lines(folder / "concepts.jsonl"),
            _lines(folder / "relations.jsonl"),
            _lines(folder / "prerequisites.jsonl"),
        )


def folds(groups: Sequence[str]) -> list[set[str]]:
    """The names of the parts of each fold."""
    names = sorted(set(groups))
    order = np.random.RandomState(SEED).permutation(len(names))
    return [{names[i] for i in order[fold::FOLDS]} for fold in range(FOLDS)]
