"""What the product finds in each annotated part with models that have not seen it: what later stages are trained on.

Models that have seen a part find its concepts better than they will find those of new notes; a stage trained on that
would meet more wrong concepts than it learned to expect.
"""

from __future__ import annotations

from collections.abc import Mapping

from extract.models import Models
from extract.pipeline import build
from training.cases import Found
from training.setting import Setting
from training.train_aliases import aliases_without
from training.train_kinds import kinds_of
from training.train_salience import unseen_salience


def found_concepts(setting: Setting) -> Mapping[str, list[Found]]:
    """Name of each part → its concepts, built alone by models of salience, kinds and aliases that have not seen it."""
    rows = setting.kept("found", lambda: _found(setting))
    return {part: [(name, aliases, confidence) for name, aliases, confidence in found] for part, found in rows.items()}


def _found(setting: Setting) -> dict[str, list[Found]]:
    out: dict[str, list[Found]] = {}
    for held, salience in unseen_salience(setting):
        names = frozenset(p.name for p in held)
        models = Models(
            salience=salience, kinds=kinds_of(setting.without(names)), aliases=aliases_without(setting, names)
        )
        for part in held:
            concepts = build(setting.folder_of(part), order=False, models=models).snapshot.concepts
            out[part.name] = [(c.name, c.aliases, c.confidence) for c in concepts]
        print(f"found the concepts of {len(out)} of {len(setting.parts)} parts", flush=True)
    return out
