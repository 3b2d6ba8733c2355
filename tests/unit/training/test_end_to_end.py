"""All trainings on the annotated notes that come with the repository, with small settings: anyone can run them."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path

import pytest

from extract.models import Models
from extract.pipeline import build
from graph.evaluation.figures import Gold, evaluate
from graph.model import GraphSnapshot
from training.gold import OWN_GOLD, OWN_NOTES, ROOT, read_parts
from training.train_definitions import OWN_GLOSSARY
from training.train_relations import LEAST_GUESSED

ORDER = ("kinds", "aliases", "salience", "definitions", "relations", "prerequisites")
"""As in the Makefile."""
FILES = (
    "aliases.json", "definitions.json", "kinds.json", "prerequisites.json", "relation_types.json", "relations.json",
    "salience.json", "salience_context.json",
)  # fmt: skip


def train(name: str, work: Path, output: Path, *more: str) -> None:
    where = ["--gold", str(OWN_GOLD), "--notes", str(OWN_NOTES), "--work", str(work), "--output", str(output)]
    importlib.import_module(f"training.train_{name}").main([*where, "--quick", *more])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the textbook, the work and the models of all trainings."""
    folder = tmp_path_factory.mktemp("training")
    shutil.copytree(OWN_NOTES, folder / "textbook" / "notes")
    shutil.copy(OWN_GLOSSARY, folder / "textbook" / "terms.json")
    for name in ORDER:
        more = ("--textbook", str(folder / "textbook")) if name == "definitions" else ()
        train(name, folder / "work", folder / "models", *more)
    return folder


@pytest.fixture(scope="module")
def models(place: Path) -> Models:
    return Models.from_folder(place / "models")


@pytest.fixture(scope="module")
def graph(models: Models) -> GraphSnapshot:
    return build(OWN_NOTES, workers=1, models=models).snapshot


def test_every_training_has_a_place_in_the_order() -> None:
    modules = {
        p.stem.removeprefix("train_") for p in Path(importlib.import_module("training").__path__[0]).glob("train_*.py")
    }
    assert modules == set(ORDER)


def test_every_model_is_written_and_loads(place: Path, models: Models) -> None:
    assert sorted(p.name for p in (place / "models").iterdir()) == sorted(FILES)
    for field in ("salience", "relations", "prerequisites", "kinds", "aliases", "definitions"):
        assert getattr(models, field) is not None, field
    assert models.relations is not None
    assert LEAST_GUESSED <= models.relations.cut < 0.5
    assert models.relations.types.vocabulary


def test_the_models_are_of_these_notes(place: Path) -> None:
    """Not the ones of the package, written again."""
    record = json.loads((place / "models" / "kinds.json").read_text(encoding="utf-8"))
    own = {c.type for part in read_parts([OWN_GOLD], [OWN_NOTES]) for c in part.concepts}
    assert set(record["annotated"]) == own
    assert own < set(record["classes"])  # the packs teach the others
    package = json.loads((ROOT / "extract" / "concepts" / "weights" / "kinds.json").read_text(encoding="utf-8"))
    assert record["bias"] != package["bias"]


def test_a_build_with_these_models_finds_what_was_annotated(graph: GraphSnapshot) -> None:
    figures = evaluate(graph, Gold.of(part.marked for part in read_parts([OWN_GOLD], [OWN_NOTES]))).figures
    assert figures["concept_f1"] > 0.6
    assert figures["relation_pair_f1"] > 0.4
    assert figures["prereq_precision"] > 0.3
    assert graph.prerequisites
    assert sum(c.definition is not None for c in graph.concepts) > 50
    assert {r.type for r in graph.relations} > {"uses", "is_a"}


@pytest.mark.parametrize("name", ["kinds", "definitions", "relations", "prerequisites"])
def test_training_again_gives_the_same_models(place: Path, tmp_path: Path, name: str) -> None:
    more = ("--textbook", str(place / "textbook")) if name == "definitions" else ()
    train(name, place / "work", tmp_path, *more)
    written = sorted(tmp_path.iterdir())
    assert written
    for path in written:
        assert path.read_bytes() == (place / "models" / path.name).read_bytes(), path.name


def test_figures_only(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train("kinds", place / "work", tmp_path, "--no-write")
    assert "accuracy" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
