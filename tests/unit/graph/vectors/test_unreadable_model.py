"""A model that cannot read the notes' language is told from one that can, and the build says so."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from graph.vectors.encoders import UNREAD_MOST, SentenceTransformerEncoder, unread_chinese
from graph.vectors.static_encoder import StaticEncoder
from tests.requirements import need
from tests.unit.graph.vectors.test_encoders import packaged_model
from ui.commands.build import build_graph

CHINESE = ["注意力机制让模型关注相关的词。", "量化用更少的比特表示权重。"]


class Tokenizer:
    unk_token = "[UNK]"

    def __init__(self, known: str, *, as_bytes: bool = False) -> None:
        self.known, self.as_bytes = known, as_bytes

    def tokenize(self, text: str) -> list[str]:
        if self.as_bytes:
            return [p for c in text for p in ([c] if c in self.known else [f"<{b}>" for b in c.encode()])]
        return [c if c in self.known else "[UNK]" for c in text]


class Model:
    def __init__(self, tokenizer: object) -> None:
        self.tokenizer = tokenizer

    def encode(
        self, texts: list[str], *, batch_size: int = 32, convert_to_numpy: bool, show_progress_bar: bool
    ) -> NDArray[np.float32]:
        return np.ones((len(texts), 2), dtype=np.float32)


def encoder(tokenizer: object) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(Model(tokenizer), name="m", dim=2)


def test_unknown_characters_are_counted() -> None:
    assert encoder(Tokenizer("词权")).unread("词权重量") == 0.5
    assert encoder(Tokenizer("词权重量")).unread("词权重量") == 0.0


def test_characters_that_are_cut_into_bytes_are_not_read() -> None:
    # three bytes a character: two pieces more than characters, for each of two
    assert encoder(Tokenizer("词权", as_bytes=True)).unread("词权重量") == 1.0
    assert encoder(Tokenizer("词权重量", as_bytes=True)).unread("词权重量") == 0.0


def test_a_model_without_a_tokenizer_is_not_judged() -> None:
    assert encoder(None).unread("词") is None
    assert encoder(Tokenizer("")).unread("") is None
    assert unread_chinese(encoder(None), CHINESE) == 0.0


def test_only_notes_with_chinese_are_asked_about() -> None:
    blind = encoder(Tokenizer(""))
    assert unread_chinese(blind, CHINESE) == 1.0
    assert unread_chinese(blind, ["Attention weighs words. " * 20 + "词"]) == 0.0
    assert unread_chinese(blind, []) == 0.0
    assert unread_chinese(encoder(Tokenizer("".join(CHINESE))), CHINESE) == 0.0


def test_the_static_encoder_reads_all() -> None:
    assert unread_chinese(StaticEncoder.fit(CHINESE, ()), CHINESE) == 0.0


@pytest.mark.parametrize(("known", "warned"), [("", True), ("".join(CHINESE), False)])
def test_the_build_says_when_a_model_cannot_read_the_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], known: str, warned: bool
) -> None:
    module = ModuleType("sentence_transformers")
    module.SentenceTransformer = lambda name: Model(Tokenizer(known))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    (tmp_path / "笔记.md").write_text("# 注意力机制\n\n" + "\n\n".join(CHINESE), encoding="utf-8")
    options = {
        "store": None,
        "graph": None,
        "workers": 1,
        "lexicon": True,
        "lexicons": (),
        "as_json": True,
        "lang": None,
    }
    build_graph(tmp_path, output=tmp_path / "g.db", embedder="org/model", **options)  # type: ignore[arg-type]
    err = capsys.readouterr().err
    assert ("org/model" in err and "100%" in err and "汉字" in err) is warned
    assert 0 < UNREAD_MOST < 1


@pytest.mark.embeddings
@pytest.mark.filterwarnings("default")  # of torch and transformers: not ours to mend
def test_a_real_english_model_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    need("sentence_transformers", "the extra 'embeddings' is not installed")
    model = SentenceTransformerEncoder.from_name(str(packaged_model()))
    assert unread_chinese(model, ["缓存缩减链路骤然变慢，检索器召回段落，裁剪掉冗余的梯度。"]) > UNREAD_MOST
    assert model.unread("attention weighs the words of a sentence") == 0.0
