"""The figures of the whole pipeline on documents that its models have not seen.

    python -m training.crossvalidate [--folds 4] [--export FOLDER]

For the parts of the seeds together, and for groups of the other annotated notes, the models of salience, relations and prerequisites
are trained on all other documents; then the product builds the whole collection with these models and the export is written, to be
scored on the documents that were held out. The lexicon and the rules are the product's own.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from extract.pipeline import build
from graph.classifiers import from_record
from graph.exchange.exports import to_json
from graph.prerequisites.find import PrerequisiteModel
from training import train_prerequisites
from training.gold import ROOT, SHARED, GoldPart, gold_parts
from training.held_out import models_without


def main() -> None:
    """Run it; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--export", type=Path, default=ROOT / "benchmarks" / "results" / "crossvalidation")
    args = parser.parse_args()
    args.export.mkdir(parents=True, exist_ok=True)
    parts = list(gold_parts())
    cases = {c.part.name: c for c in train_prerequisites.cases(args.export / "parts")}
    for number, (collection, held) in enumerate(groups_of(parts, args.folds)):
        names = {p.name for p in held}
        score = from_record(train_prerequisites.fit([c for name, c in cases.items() if name not in names]))
        prerequisites = PrerequisiteModel(score, PrerequisiteModel.default().cut)
        snapshot = build(collection, models=replace(models_without(names), prerequisites=prerequisites)).snapshot
        target = args.export / f"fold-{number}.json"
        target.write_text(to_json(snapshot), encoding="utf-8")
        (args.export / f"fold-{number}.txt").write_text("\n".join(sorted(names)) + "\n", encoding="utf-8")
        print(f"{target}: score on {' '.join(sorted(names))}", flush=True)


def groups_of(parts: list[GoldPart], folds: int) -> list[tuple[Path, list[GoldPart]]]:
    """(collection, held-out parts): the seeds' parts as one group, the other shared notes in ``folds`` groups."""
    seeds = [p for p in parts if p.path.parent == SHARED / "seeds"]
    others = [p for p in parts if p.path.parent == SHARED / "corpora" / "annotated"]
    groups = [(SHARED / "seeds", seeds)] if seeds else []
    return groups + [(SHARED / "corpora" / "annotated", others[k::folds]) for k in range(folds) if others[k::folds]]


if __name__ == "__main__":
    main()
