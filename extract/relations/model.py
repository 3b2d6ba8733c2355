"""The trained models of relations and the cuts that go with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from extract.relations.types import TypeModel
from graph.classifiers import Floats, Model, from_record
from graph.model import RelationType

RELATIONS_FILE: Final = "relations.json"
"""Name of the file of the instance and pair models, the cuts and the calibration."""
TYPES_FILE: Final = "relation_types.json"
"""Name of the file of the type model."""


LEAST_TYPED: Final = 0.25
"""Confidence from which on a type is said: a reader signed two of five relations between 0.2 and 0.3, and one of six
under 0.2 (docs/benchmarks.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class RelationModel:
    """The trained models and the cuts that go with them."""

    instance: Model
    """Probability that the place relates the two concepts."""
    pair: Model
    """Probability that the document relates the two concepts."""
    types: TypeModel
    cut: float
    """Pairs under this probability are not related."""
    type_cut: float
    """A pair whose most probable type is less probable than this is ``related_to``."""
    calibration: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)
    """For relations with a type (``typed``) and without (``related_to``): rising raw confidences, and the share of such
    relations that was right on notes that no model had seen. Without an entry the raw confidence is kept."""

    def confidence(self, raw: float, kind: RelationType) -> float:
        """``raw`` as a share of right relations, by linear interpolation."""
        return float(self.confidences(np.asarray([raw]), kind)[0])

    def confidences(self, raw: Floats, kind: RelationType) -> Floats:
        """The same of several relations."""
        curve = self.calibration.get("related_to" if kind is RelationType.RELATED_TO else "typed")
        return np.interp(raw, *curve) if curve else raw

    def least_share(self, probability: float) -> float:
        """Least probability of a type that is said of a pair.

        It is :attr:`type_cut`, or more where the pair itself is so doubtful that the confidence of the relation would
        be under :data:`LEAST_TYPED`; over 1 where no type can be said.

        Args:
            probability: that the pair is related, greater than 0.
        """
        return float(self.least_shares(np.asarray([probability]))[0])

    def least_shares(self, probability: Floats) -> Floats:
        """The same for several pairs."""
        curve = self.calibration.get("typed")
        if not curve:
            return np.full(len(probability), self.type_cut)
        raw = float(np.interp(LEAST_TYPED, curve[1], curve[0])) if curve[1][0] < LEAST_TYPED else 0.0
        typed = self.confidences(probability, RelationType.IS_A) >= LEAST_TYPED
        return np.where(typed, np.maximum(self.type_cut, raw / probability), 2.0)

    @classmethod
    def from_records(cls, relations: Mapping[str, Any], types: Mapping[str, Any]) -> RelationModel:
        """The models that the JSON objects of :data:`RELATIONS_FILE` and :data:`TYPES_FILE` describe."""
        return cls(
            from_record(relations["instance"]),
            from_record(relations["pair"]),
            TypeModel.from_record(types),
            relations["cut"],
            relations["type_cut"],
            relations.get("calibration", {}),
        )

    @classmethod
    def from_folder(cls, folder: Path) -> RelationModel:
        """The models in ``folder``, as ``training/train_relations.py`` writes them."""
        relations, types = (
            json.loads((folder / name).read_text(encoding="utf-8")) for name in (RELATIONS_FILE, TYPES_FILE)
        )
        return cls.from_records(relations, types)

    @classmethod
    @cache
    def default(cls) -> RelationModel:
        """The models that come with the package; read once."""
        return cls.from_folder(Path(__file__).parent / "weights")
