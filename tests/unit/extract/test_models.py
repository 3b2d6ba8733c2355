"""Trained models from a folder, as the training writes them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from extract.concepts.kinds import KINDS, KindModel
from extract.models import Models
from extract.pipeline import build
from extract.relations.features import FEATURE_KINDS
from graph.errors import InputError
from graph.model import ConceptKind
from tests.places import ROOT

SHIPPED = (
    *sorted((ROOT / "extract" / "concepts" / "weights").glob("*.json")),
    *sorted((ROOT / "extract" / "relations" / "weights").glob("*.json")),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The models of the package in one folder."""
    place = tmp_path / "models"
    place.mkdir()
    for path in SHIPPED:
        shutil.copy(path, place)
    shutil.copy(ROOT / "graph" / "prerequisites" / "weights.json", place / "prerequisites.json")
    return place


def test_the_models_of_the_package_from_a_folder_build_the_same_graph(folder: Path) -> None:
    models = Models.from_folder(folder)
    assert None not in (models.salience, models.relations, models.prerequisites)
    assert None not in (models.kinds, models.aliases, models.definitions)
    note = ROOT / "examples" / "notes" / "08-rlhf.md"
    own, packaged = (build(note, workers=1, models=some).snapshot for some in (models, None))
    assert own.prerequisites
    assert replace(own, vectors=None) == replace(packaged, vectors=None)


def test_what_is_not_there_is_left_to_the_package(folder: Path) -> None:
    for name in ("salience.json", "salience_context.json", "definitions.json"):
        (folder / name).unlink()
    models = Models.from_folder(folder)
    assert models.salience is None
    assert models.definitions is None
    assert models.kinds is not None


@pytest.mark.parametrize(
    ("name", "model"), [("salience_context.json", "salience"), ("relation_types.json", "relations")]
)
def test_half_a_model_is_an_error(folder: Path, name: str, model: str) -> None:
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"a part of the {model} model only: {name} is missing"):
        Models.from_folder(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "linear"}'])
def test_a_file_that_is_no_model_is_named(folder: Path, text: str) -> None:
    for name in ("kinds.json", "prerequisites.json", "definitions.json"):
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"The prerequisites model in .* cannot be read: .*\. Train it again\."):
        Models.from_folder(folder)


def test_a_folder_without_models_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no trained model\. Expected some of: salience\.json, "):
        Models.from_folder(tmp_path)


def test_a_kind_that_a_model_never_saw_has_no_probability() -> None:
    """Five annotated notes may have no task among their concepts: such a model could not be read."""
    record = {
        "classes": ["model", "method"],
        "unit": 10,
        "bias": [0.0, 0.0],
        "words": {"last net": [10, 0]},
    }
    odds = dict(zip(KINDS, KindModel.from_record(record).probabilities({"last net"}).tolist(), strict=True))
    assert odds[ConceptKind.MODEL] == pytest.approx(np.e / (np.e + 1))
    assert odds[ConceptKind.METHOD] == pytest.approx(1 / (np.e + 1))
    assert sum(odds.values()) == pytest.approx(1.0)


def test_the_shipped_kinds_say_the_kinds_that_the_relation_models_know() -> None:
    record = json.loads((ROOT / "extract" / "concepts" / "weights" / "kinds.json").read_text(encoding="utf-8"))
    assert {k.value for k in FEATURE_KINDS} <= set(record["classes"]) <= {k.value for k in ConceptKind}
