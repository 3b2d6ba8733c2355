from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extract.concepts.drafts import ConceptDraft
from extract.concepts.kinds import KINDS, KindModel, kind_by_ending, kind_odds, kind_of, likeliest, packed
from extract.knowledge.lexicon import default_lexicon, load_lexicon
from extract.relations.features import FEATURE_KINDS, _kind_odds
from graph.model import ConceptKind as Kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("梯度下降算法", Kind.METHOD),
        ("instruction tuning", Kind.METHOD),
        ("中文维基语料库", Kind.DATASET),
        ("VisualBench", Kind.DATASET),
        ("命名实体识别", Kind.TASK),
        ("question answering", Kind.TASK),
        ("梯度消失", Kind.PROBLEM),
        ("memory bottlenecks", Kind.PROBLEM),
        ("显存利用率", Kind.METRIC),
        ("F1 score", Kind.METRIC),
        ("推理引擎", Kind.TOOL),
        ("job scheduler framework", Kind.TOOL),
        ("前馈网络", Kind.COMPONENT),
        ("cross-attention layers", Kind.COMPONENT),
        ("世界模型", Kind.MODEL),
        ("偏好数据", Kind.DATA),
        ("position embeddings", Kind.DATA),
        ("上下文", Kind.CONCEPT),
    ],
)
def test_the_last_word_of_a_name_tells(name: str, kind: Kind) -> None:
    assert kind_by_ending((name,)) is kind


def test_an_alias_tells_where_the_name_does_not() -> None:
    assert kind_of(("Foo", "Foo 框架"), None) is Kind.TOOL


def test_the_lexicon_of_the_user_decides(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("entries:\n  - {name: Distillation Method, kind: dataset}\n", encoding="utf-8")
    assert kind_of(("Distillation Method",), default_lexicon()) is Kind.METHOD
    assert kind_of(("Distillation Method",), load_lexicon([path])) is Kind.DATASET


def test_the_bundled_lexicon_is_weighed() -> None:
    plain, helped = kind_odds(("BERTopic",), None), kind_odds(("LoRA",), default_lexicon())
    assert sum(plain) == pytest.approx(1.0, abs=1e-3)
    assert helped[KINDS.index(Kind.METHOD)] > kind_odds(("LoRA",), None)[KINDS.index(Kind.METHOD)]


def test_of_equal_odds_the_first_kind_is_taken() -> None:
    assert likeliest((0.0, 0.3, 0.3) + (0.05,) * (len(KINDS) - 3)) is KINDS[1]


def test_unknown_features_say_nothing() -> None:
    model = KindModel.default()
    assert model.probabilities(["never seen"]).tolist() == model.probabilities([]).tolist()


def test_a_pack_of_another_field_decides() -> None:
    lexicon = load_lexicon(packs=["biology"])
    odds = kind_odds(("Photosynthesis", "光合作用"), lexicon)
    assert likeliest(odds) is Kind.PROCESS
    assert odds[KINDS.index(Kind.PROCESS)] == 1.0
    assert max(kind_odds(("Photosynthesis",), lexicon.without_entries())) < 1.0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("城濮之战", Kind.EVENT),
        ("柳公权", Kind.PERSON),
        ("司马睿", Kind.PERSON),
        ("chronic bronchitis", Kind.CONDITION),
        ("囚徒悖论定理", Kind.THEORY),
    ],
)
def test_names_that_no_pack_has_are_of_any_kind(name: str, kind: Kind) -> None:
    assert kind_of((name,), None) is kind


def test_the_model_knows_every_kind() -> None:
    assert np.isfinite(KindModel.default().bias).all()


def test_packed_weights_come_back() -> None:
    record = {
        "classes": ["method", "person"],
        "annotated": ["method"],
        "unit": 20,
        "bias": [0.0, 0.0],
        "words": {"last tuning": packed([13, -60]), "tag nr": packed([0, 20])},
    }
    model = KindModel.from_record(record)
    columns = [KINDS.index(Kind.METHOD), KINDS.index(Kind.PERSON)]
    assert model.weights[:, columns].tolist() == [
        [pytest.approx(0.65), pytest.approx(-2.15)], [0.0, pytest.approx(1.0)]
    ]  # fmt: skip
    assert model.annotated == {Kind.METHOD}
    assert model.probabilities(["tag nr"])[KINDS.index(Kind.EVENT)] == 0.0


def test_relation_features_see_new_kinds_as_the_nearest_old_one() -> None:
    odds = tuple(float(kind is Kind.CONDITION) for kind in KINDS)
    [column] = _kind_odds([ConceptDraft("a", "A", (), Kind.CONDITION, 0.5, odds)]).T
    assert dict(zip(FEATURE_KINDS, column.tolist(), strict=True))[Kind.PROBLEM] == 1.0
    assert column.sum() == 1.0
