"""What `explain` says about names and pairs, and that its figures are those of the build."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extract.concepts.salience import BASE_FEATURES, CONTEXT_FEATURES
from extract.explain.concept import Part
from extract.knowledge.lexicon import default_lexicon
from extract.pipeline import build
from extract.relations.model import RelationModel
from graph.model import RelationType
from graph.prerequisites.features import FEATURES
from graph.prerequisites.find import PrerequisiteModel
from graph.stores.sqlite.store import SqliteStore
from tests.unit.ui.fixture import parsed
from ui.cli import app
from ui.commands.explain import grouped
from ui.i18n import STRINGS

NOTES = """# 参数高效微调

参数高效微调（Parameter-Efficient Fine-Tuning, PEFT）冻结预训练模型的权重，只训练少量参数。

## LoRA

**LoRA**（Low-Rank Adaptation）是一种参数高效微调方法，它用两个低秩矩阵的乘积代替权重的变化量。LoRA 的优点是省显存。

## QLoRA

**QLoRA** 是在 LoRA 基础上加入量化的方法。QLoRA 使用 NF4，显存更少。
"""
OTHER = "# 检索\n\n**BM25** 是一种检索算法，它按词频给文档打分。\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Notes with their graph beside them."""
    place = tmp_path_factory.mktemp("notes")
    (place / "lora.md").write_text(NOTES, encoding="utf-8")
    (place / "bm25.md").write_text(OTHER, encoding="utf-8")
    (place / ".studyatlas").mkdir()
    with SqliteStore(place / ".studyatlas" / "graph.db") as store:
        store.publish(build(place, workers=1).snapshot)
    return place


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["explain", *words])
    assert result.exit_code == code, (result.stdout, result.stderr)
    return result.stdout if code == 0 else result.stderr


def record(*words: str) -> Mapping[str, Any]:
    found = parsed(run(*words, "--json"))
    assert isinstance(found, dict)
    return found


def test_a_concept_is_as_probable_as_its_confidence_says(folder: Path) -> None:
    found = record("qlora", "-g", str(folder))
    best = found["candidates"][0]
    assert found["concept"]["id"] == "qlora"
    assert round(best["among"]["probability"], 4) == found["concept"]["confidence"]
    assert best["place"] <= best["room"] < best["of"]
    assert {p["feature"] for p in best["alone"]["parts"]} <= set(BASE_FEATURES)
    assert {p["feature"] for p in best["among"]["parts"]} <= {*BASE_FEATURES, *CONTEXT_FEATURES}
    words = run("qlora", "-g", str(folder), "--lang", "en")
    assert "emphasis: bold, headings" in words
    assert "By itself" in words


@pytest.mark.parametrize(
    ("name", "reason", "words"),
    [
        ("优点", "generic", "general word"),
        ("zebra", "absent", "does not appear in the notes"),
        ("https://x.org/a.json", "absent", "does not appear in the notes"),
    ],
)
def test_what_is_no_candidate_is_told_why(folder: Path, name: str, reason: str, words: str) -> None:
    found = record(name, "-g", str(folder))
    assert (found["reason"], found["candidates"], found["concept"]) == (reason, [], None)
    assert words in run(name, "-g", str(folder), "--lang", "en")


def test_a_candidate_that_was_not_taken_is_told_how_likely_it_was(folder: Path) -> None:
    found = record("乘积", "-g", str(folder))
    assert found["concept"] is None
    best = found["candidates"][0]
    assert best["doc"] == "lora.md"
    assert best["among"]["probability"] < 0.5
    assert "not a concept of this graph" in run("乘积", "-g", str(folder), "--lang", "en")


def test_what_the_user_ignores_is_told_first(folder: Path, tmp_path: Path) -> None:
    for name in ("lora.md", "bm25.md"):
        (tmp_path / name).write_text((folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "studyatlas.yaml").write_text("# mine\nignore: [NF4]\n", encoding="utf-8")
    lines = run("nf4", "-g", str(folder), "--notes", str(tmp_path), "--lang", "en").splitlines()
    assert "studyatlas.yaml:2: ignore NF4" in lines[1]
    assert record("nf4", "-g", str(folder), "--notes", str(tmp_path))["corrections"] == [
        {"line": 2, "what": "ignore", "names": ["NF4"]}
    ]


def test_a_pair_is_as_probable_as_its_relation_says(folder: Path) -> None:
    found = record("LoRA", "QLoRA", "-g", str(folder))
    assert len(found["relations"]) == 1
    report = found["related"][0]
    assert report["taken"]
    stated = found["relations"][0]
    head, kind, tail, share = report["types"][0]
    if share >= report["type_cut"]:
        assert (stated["head"], stated["type"], stated["tail"]) == (head, kind, tail)
    else:
        assert (stated["type"], share) == ("related_to", share)
        share = 1.0
    sure = RelationModel.default().confidence(report["related"]["probability"] * share, RelationType(stated["type"]))
    assert math.isclose(stated["confidence"], sure, abs_tol=2e-4)
    assert [e["quote"] for e in report["evidence"]] == [e["quote"] for e in stated["evidence"]][
        : len(report["evidence"])
    ]
    assert found["order"]["judgement"]["probability"] > found["order"]["reverse"]
    words = run("LoRA", "QLoRA", "-g", str(folder), "--lang", "en")
    assert "Most likely types" in words
    assert "at least" in words


def test_two_concepts_that_never_meet(folder: Path) -> None:
    found = record("BM25", "QLoRA", "-g", str(folder))
    assert (found["relations"], found["related"], found["order"]) == ([], [], None)
    assert "never appear together" in run("BM25", "QLoRA", "-g", str(folder), "--lang", "en")


def test_two_names_of_one_concept(folder: Path) -> None:
    found = record("PEFT", "参数高效微调", "-g", str(folder))
    assert found["same"]
    assert found["merges"]


def test_the_notes_may_be_elsewhere_and_may_have_changed(folder: Path, tmp_path: Path) -> None:
    for name in ("lora.md", "bm25.md"):
        (tmp_path / name).write_text((folder / name).read_text(encoding="utf-8") + "\nBM25.\n", encoding="utf-8")
    found = record("QLoRA", "-g", str(folder), "--notes", str(tmp_path))
    assert found["changed"] == ["bm25.md", "lora.md"]
    assert "--notes" in run("QLoRA", "-g", str(folder), "--notes", str(tmp_path / "none"), code=2)
    assert "Nearest" in run("LoRA", "QLoRAA", "-g", str(folder), code=4)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_feature_of_every_model_has_words(lang: str) -> None:
    features = {
        "salience": (*BASE_FEATURES, *CONTEXT_FEATURES),
        "relation": (*RelationModel.default().pair.features, *RelationModel.default().instance.features),
        "prerequisite": (*FEATURES, *PrerequisiteModel.default().score.features),
    }
    for what, names in features.items():
        parts = [Part(name, 1.0, 0.5) for name in dict.fromkeys(names)]
        rows = grouped(parts, what, lang)
        assert not {words for _, words, _ in rows} & set(names), what
        assert math.isclose(sum(weight for weight, _, _ in rows), 0.5 * len(parts))
        assert 5 <= len(rows) <= 16
    assert default_lexicon().is_generic("优点")


def test_every_place_has_words() -> None:
    from extract.relations.instances import Place

    assert all(f"explain_place.{place.name.lower()}" in STRINGS for place in Place)
