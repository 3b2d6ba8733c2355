"""What the product finds in each annotated part with models that have not seen it: what later stages are trained on.

Models that have seen a part find its concepts better than they will find those of new notes; a stage trained on that would meet
more wrong concepts than it learned to expect.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from extract.concepts.salience import BASE_FEATURES, CONTEXT_FEATURES, SalienceModel
from extract.knowledge.lexicon import default_lexicon
from extract.pipeline import Models, build
from graph.classifiers import from_record
from training import train_aliases, train_kinds, train_salience
from training.export import from_sklearn
from training.gold import ROOT, GoldPart, gold_parts
from training.relation_cases import Found

WORK = ROOT / "benchmarks" / "results" / "parts"
"""Where the annotated parts are written as notes of their own."""
GROUPS = 4
"""The parts are held out in so many groups."""


def salience_records(held: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The salience models as JSON objects, trained without the parts named ``held``; half of the training without the lexicon's entries."""
    lexicon = default_lexicon()
    samples = [
        s
        for words in (lexicon, lexicon.without_entries())
        for s in train_salience.load(words)
        if s.part.name not in held
    ]
    first, second = train_salience.train(samples)
    return (
        {"kind": "mean", "models": [from_sklearn(m, BASE_FEATURES) for m in first]},
        {"kind": "mean", "models": [from_sklearn(m, (*BASE_FEATURES, *CONTEXT_FEATURES)) for m in second]},
    )


def salience_without(held: Collection[str]) -> SalienceModel:
    """The salience models, trained without the parts named ``held``."""
    first, second = salience_records(held)
    return SalienceModel(from_record(first), from_record(second))


def held_out(work: Path = WORK) -> list[tuple[list[GoldPart], SalienceModel]]:
    """Groups of parts, each with salience models that have not seen them; kept in ``work``: delete the file to train anew."""
    kept = work / "salience.json"
    parts = list(gold_parts())
    groups = [parts[number::GROUPS] for number in range(GROUPS)]
    if not kept.exists():
        work.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([salience_records({p.name for p in held}) for held in groups]), encoding="utf-8")
    records = json.loads(kept.read_text(encoding="utf-8"))
    return [(held, SalienceModel(from_record(a), from_record(b))) for held, (a, b) in zip(groups, records, strict=True)]


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
