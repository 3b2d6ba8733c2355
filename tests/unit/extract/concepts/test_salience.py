from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.concepts.candidates import Candidates, collect
from extract.concepts.salience import (
    _MOST_WORDS,
    BASE_FEATURES,
    CONTEXT_FEATURES,
    SalienceModel,
    _same_heads,
    base_matrix,
    context_matrix,
    partners_of,
)
from extract.knowledge.lexicon import Lexicon, default_lexicon
from extract.notes.parse import parse
from extract.text.parsed_doc import parsed_doc

NOTE = """# 参数高效微调

## 低秩适应（LoRA）

**低秩适应**（Low-Rank Adaptation, LoRA）是一种参数高效微调方法：冻结预训练权重，只训练两个低秩矩阵。
这种方法的优点是简单，缺点是有时效果不好。

- **秩**：低秩矩阵的大小，通常是一个很小的数。
- QLoRA：在 4-bit 量化的模型上训练 LoRA，节省显存。

| 方法 | 显存 |
| --- | --- |
| LoRA | 低 |
| QLoRA | 更低 |

例如，我们可以使用 LoRA 微调一个大语言模型，效果接近全参数微调。
"""


def candidates_of(text: str) -> Candidates:
    return collect(parsed_doc("a.md", parse(text)))


def without_entries() -> Lexicon:
    return default_lexicon().without_entries()


def test_each_feature_has_a_name_and_each_name_a_feature() -> None:
    keys, x = base_matrix(candidates_of(NOTE), default_lexicon())
    assert keys == sorted(candidates_of(NOTE).forms)
    assert x.shape == (len(keys), len(BASE_FEATURES))
    assert len(set(BASE_FEATURES)) == len(BASE_FEATURES)
    scores = np.linspace(0, 1, len(keys))
    assert context_matrix(candidates_of(NOTE), keys, scores, {}).shape == (len(keys), len(CONTEXT_FEATURES))
    model = SalienceModel.default()
    assert tuple(model.first.features) == BASE_FEATURES
    assert tuple(model.second.features) == (*BASE_FEATURES, *CONTEXT_FEATURES)


def test_features_say_what_their_names_say() -> None:
    keys, x = base_matrix(candidates_of(NOTE), default_lexicon())
    rows = {key: dict(zip(BASE_FEATURES, map(float, row), strict=True)) for key, row in zip(keys, x, strict=True)}
    lora = rows["lora"]
    assert lora["count"] == pytest.approx(np.log(candidates_of(NOTE).forms["lora"].count))
    assert lora["is_latin"] == 1
    assert lora["is_cjk"] == 0
    assert lora["words"] == 1
    assert lora["latin_letters"] == 4
    assert lora["lexicon"] == 1
    assert lora["doc_cjk"] == 1
    assert rows["低秩适应"]["is_cjk"] == 1
    assert rows["低秩适应"]["cjk_letters"] == 4
    assert rows["低秩适应"]["n_strong"] == pytest.approx(
        np.log1p(candidates_of(NOTE).forms["低秩适应"].flags["strong"])
    )


def test_without_entries_the_lexicon_features_are_zero() -> None:
    _, x = base_matrix(candidates_of(NOTE), without_entries())
    assert not x[:, BASE_FEATURES.index("lexicon")].any()


def test_no_text_no_scores() -> None:
    assert SalienceModel.default().scores(candidates_of(""), None) == {}
    keys, x = base_matrix(candidates_of(""), None)
    assert keys == []
    assert x.shape == (0, len(BASE_FEATURES))


@pytest.mark.parametrize("lexicon", ["with", "without"])
def test_generic_words_are_below_terms(lexicon: str) -> None:
    scores = SalienceModel.default().scores(
        candidates_of(NOTE), default_lexicon() if lexicon == "with" else without_entries()
    )
    terms = [scores[key] for key in ("lora", "低秩适应", "qlora", "参数高效微调")]
    generic = [scores[key] for key in ("方法", "效果", "大小", "简单") if key in scores]
    assert len(generic) >= 3
    assert min(terms) > 0.3 > max(generic)


@settings(max_examples=40)
@given(st.lists(st.one_of(st.sampled_from(NOTE.splitlines()), st.text(max_size=20)), max_size=12).map("\n".join))
def test_scores_are_probabilities_and_repeatable(text: str) -> None:
    candidates = candidates_of(text)
    scores = SalienceModel.default().scores(candidates, default_lexicon())
    assert scores.keys() == candidates.forms.keys()
    assert all(0.0 <= score <= 1.0 for score in scores.values())
    assert scores == SalienceModel.default().scores(candidates_of(text), default_lexicon())


def test_partners_are_mutual() -> None:
    candidates = candidates_of(NOTE)
    keys = sorted(candidates.forms)
    likely = SalienceModel.default().scores(candidates, None)
    partners = partners_of(candidates, keys, np.array([likely[key] for key in keys]))
    assert "lora" in partners["低秩适应"] | partners["lowrankadaptation"]
    assert all(a in partners[b] for a, group in partners.items() for b in group)


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(["a", "b", "Model", "model"]), min_size=1, max_size=_MOST_WORDS + 1).map(tuple),
            st.sampled_from([0.0, 0.1, 0.25, 0.7, 0.9]),
        )
    )
)
def test_scores_of_forms_with_the_same_last_word(rows: list[tuple[tuple[str, ...], float]]) -> None:
    others, top = _same_heads([words for words, _ in rows], [score for _, score in rows])
    for number, (words, score) in enumerate(rows):
        same = [
            s
            for i, (own, s) in enumerate(rows)
            if 1 < len(own) <= _MOST_WORDS and own[-1].lower() == words[-1].lower() and i != number
        ]
        if len(words) == 1:
            assert (others[number], top[number]) == (0.0, 0.0)
        elif len(words) <= _MOST_WORDS:
            assert others[number] == pytest.approx(sum(same) / len(same) if same else 0.0)
            lower = max((s for s in same if s < score), default=0.0)
            best = max([score, *same])
            assert top[number] == (lower if score == best else best)
