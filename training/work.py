"""Work that several trainings share: models that have not seen the documents they are applied to."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from extract.concepts.salience import BASE_FEATURES, CONTEXT_FEATURES, SalienceModel
from extract.knowledge.lexicon import default_lexicon
from graph.classifiers import from_record
from training import train_salience
from training.export import from_sklearn
from training.gold import ROOT, GoldPart, gold_parts

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
