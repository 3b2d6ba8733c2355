"""Models of all stages before the prerequisites that have not seen certain parts."""

from __future__ import annotations

from collections.abc import Iterable

from extract.concepts.salience import SalienceModel
from extract.models import Models
from training.setting import Setting
from training.train_aliases import aliases_without
from training.train_kinds import kinds_of
from training.train_relations import relations_without
from training.train_salience import salience_without


def models_without(setting: Setting, held: Iterable[str], *, salience: SalienceModel | None = None) -> Models:
    """Salience, relation, kind and alias models trained without the parts named ``held``.

    Args:
        setting: all parts.
        held: names of those that no model sees.
        salience: the salience models where they are there already; None to train them.
    """
    names = frozenset(held)
    return Models(
        salience or salience_without(setting, names),
        relations_without(setting, names),
        kinds=kinds_of(setting.without(names)),
        aliases=aliases_without(setting, names),
    )
