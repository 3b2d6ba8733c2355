"""The figures of the whole pipeline on documents that its models have not seen.

    python -m training.crossvalidate [--groups 4] [--export FOLDER]

For the parts of the seeds together, and for groups of the other annotated notes, the models of salience, relations and
prerequisites are trained on all other documents; then the product builds the whole collection with these models and the
export is written, to be scored on the documents that were held out (``studyatlas evaluate``). The lexicon and the rules
are the product's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from extract.pipeline import build
from graph.classifiers import from_record
from graph.exchange.exports import to_json
from graph.prerequisites.find import PrerequisiteModel
from training.gold import ROOT, SEEDS, GoldPart
from training.held_out import models_without
from training.setting import parser, run, setting_of
from training.train_prerequisites import CUT, edge_cases, score_record


def main(argv: Sequence[str] | None = None) -> None:
    """Run it; see the module's docstring."""
    options = parser(__doc__)
    options.add_argument("--groups", type=int, default=4, help="groups of parts of each collection (default: 4)")
    options.add_argument("--export", type=Path, default=ROOT / "benchmarks" / "results" / "crossvalidation")
    arguments = options.parse_args(argv)
    setting = setting_of(arguments)
    arguments.export.mkdir(parents=True, exist_ok=True)
    cases = edge_cases(setting)
    for number, held in enumerate(groups_of(setting.parts, arguments.groups)):
        names = {p.name for p in held}
        score = score_record([c for c in cases if c.part.name not in names], setting.effort.rounds)
        models = replace(models_without(setting, names), prerequisites=PrerequisiteModel(from_record(score), CUT))
        target = arguments.export / f"fold-{number}.json"
        target.write_text(to_json(build(held[0].collection, models=models).snapshot), encoding="utf-8")
        target.with_suffix(".txt").write_text("\n".join(sorted(names)) + "\n", encoding="utf-8")
        print(f"{target}: score on {' '.join(sorted(names))}", flush=True)


def groups_of(parts: Sequence[GoldPart], count: int) -> list[list[GoldPart]]:
    """The parts of each collection in ``count`` groups, those of the seeds in one.

    Collections come in the order of their first parts.
    """
    groups = []
    for collection in dict.fromkeys(p.collection for p in parts):
        own = [p for p in parts if p.collection == collection]
        some = 1 if collection == SEEDS else min(count, len(own))
        groups += [own[k::some] for k in range(some)]
    return groups


if __name__ == "__main__":
    run(main)
