"""What the product finds in each annotated part with models that have not seen it: what later stages are trained on.

Models that have seen a part find its concepts better than they will find those of new notes; a stage trained on that would meet
more wrong concepts than it learned to expect.
"""

from __future__ import annotations

import json
from pathlib import Path

from extract.models import Models
from extract.pipeline import build
from training import train_aliases, train_kinds
from training.gold import GoldPart
from training.relation_cases import Found
from training.work import WORK, held_out


def found_concepts(work: Path = WORK) -> dict[str, list[Found]]:
    """Name of each part → its concepts, built alone by a salience model that has not seen it.

    Kept in ``work``; delete the file to find them anew.
    """
    kept = work / "found.json"
    if kept.exists():
        return {
            name: [(n, a, s) for n, a, s in rows] for name, rows in json.loads(kept.read_text(encoding="utf-8")).items()
        }
    out: dict[str, list[Found]] = {}
    for held, salience in held_out(work):
        names = {p.name for p in held}
        models = Models(salience=salience, kinds=train_kinds.without(names), aliases=train_aliases.without(names, work))
        for part in held:
            concepts = build(alone(part, work), order=False, models=models).snapshot.concepts
            out[part.name] = [(c.name, c.aliases, c.salience) for c in concepts]
        print(f"found the concepts of {len(out)} parts", flush=True)
    work.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(out, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    return out


def alone(part: GoldPart, work: Path = WORK) -> Path:
    """The folder in ``work`` that holds ``part`` as its only note."""
    folder = work / part.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / part.path.name).write_text(part.text, encoding="utf-8")
    return folder
