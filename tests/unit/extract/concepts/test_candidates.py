from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.concepts.candidates import Candidates, collect
from extract.concepts.content_words import MAX_WORDS, usable
from extract.concepts.forms import FLAGS, Form, Forms, FormTable
from extract.notes.parse import parse
from extract.text.keys import key_of
from extract.text.parsed_doc import parsed_doc


def collected(text: str) -> Candidates[Forms]:
    return collect(parsed_doc("a.md", parse(text)))


def form(text: str, name: str) -> Form:
    return collected(text).forms[key_of(name)]


def surfaces(text: str) -> set[str]:
    return {surface for f in collected(text).forms.values() for surface in f.surfaces}


def test_bold_words() -> None:
    assert form("用 **低秩适应** 微调", "低秩适应").flags["strong"] == 1


def test_a_heading_and_its_parts() -> None:
    text = "# 1. KV Cache 与 PagedAttention\n"
    assert form(text, "KV Cache").flags["heading"] == form(text, "PagedAttention").flags["heading"] == 1


def test_what_stands_before_a_colon() -> None:
    text = "- **学习率**：步长\n- alpha: scaling\n"
    assert form(text, "学习率").flags["lead_strong"] == 1
    assert form(text, "alpha").flags["lead"] == 1


def test_enumerations_are_siblings() -> None:
    found = collected("LoRA、Adapter、Prefix Tuning 和 IA3")
    assert found.siblings == [("lora", "adapter", "prefixtuning", "ia3")]
    assert found.forms["adapter"].flags["enumerated"] == 1


def test_parentheses_are_pairs() -> None:
    found = collected("低秩适应（Low-Rank Adaptation，简称 LoRA）很小")
    assert [(before, inner) for before, inner, _, _ in found.pairs] == [("低秩适应", "Low-Rank Adaptation，简称 LoRA")]
    assert found.forms["lowrankadaptation"].flags["paren_in"] == 1
    assert found.forms["lora"].flags["paren_in"] == 1, "the words that lead a name in are no part of it"


def test_cells_and_headers_of_tables() -> None:
    text = "| 方法 | 显存 |\n|---|---|\n| QLoRA | AdamW |\n"
    assert form(text, "显存").flags["header"] == 1
    assert form(text, "QLoRA").flags["cell_first"] == 1
    assert form(text, "AdamW").flags["cell"] == 1


def test_code_gives_only_its_comments() -> None:
    text = "```python\nsecret_loader = build_loader(maxDepth)\n# the tokenizer pads batches\n```\n"
    names = " ".join(surfaces(text))
    assert "tokenizer" in names
    for identifier in ("secret", "loader", "maxDepth"):
        assert identifier not in names


def test_formulas_name_nothing_and_separate_words() -> None:
    names = surfaces(r"损失 $\mathcal{L}_{total}$ 函数")
    assert names == {"损失", "函数"}


def test_a_question_is_flagged_and_its_words_are_candidates() -> None:
    found = form("## 什么是幻觉？\n", "幻觉")
    assert found.flags["question_part"] == 1
    assert found.flags["title_part"] == 0


def test_phrases_with_of() -> None:
    found = form("It uses mixture of experts.", "mixture of experts")
    assert found.flags["of_phrase"] == 1


def test_numbers_join_the_name_before_them() -> None:
    assert "LLaMA 2" in surfaces("We train LLaMA 2 here")
    assert "train 2" not in surfaces("We train 2 models")


def test_counts_and_lines() -> None:
    found = form("LoRA is small.\n\nLoRA works. QLoRA extends LoRA.\n", "LoRA")
    assert found.count == 3
    assert found.blocks == {0, 1}
    assert found.flags["right_is"] == 1
    assert found.surfaces["LoRA"] == 3


def test_a_longer_form_counts_towards_its_parts() -> None:
    text = "知识蒸馏。知识蒸馏。知识蒸馏损失。"
    assert form(text, "知识蒸馏").count == 3
    assert form(text, "知识蒸馏").super_count == 1
    assert form(text, "知识蒸馏损失").count == 1


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("LoRA", True),
        ("C++", True),
        ("Q8", True),
        ("强化学习", True),
        ("x", False),
        ("", False),
        ("2024", False),
        ("这是句子。", False),
        ("first, second", False),
        ("It works. Really", False),
        ("a\nb", False),
        ("https://example.org", False),
        ("字" * 19, False),
        ("word " * 8, False),
        ("x" * 61, False),
    ],
)
def test_what_can_name_a_concept(text: str, yes: bool) -> None:
    assert usable(text) is yes


note = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "# 什么是 LoRA？\n",
                "**低秩适应**（Low-Rank Adaptation, LoRA）是一种方法，它冻结权重。\n",
                "- 学习率：0.1；批量大小：8\n",
                "The model is trained, and it works. What next?\n",
                "| a | b |\n|---|---|\n| GPT-4、Qwen2 | 是的，没错。 |\n",
                "```python\nx = f(y)  # 注释：梯度\n```\n",
                "$E=mc^2$ and $$x$$\n",
                "\n",
            ]
        ),
        st.text(max_size=30),
    ),
    max_size=8,
).map("".join)


@given(note)
def test_no_sentence_is_a_candidate_and_counts_agree(text: str) -> None:
    found = collected(text)
    blocks = len(found.doc.blocks)
    for key, item in found.forms.items():
        assert key == item.key
        assert item.count >= 1
        assert item.blocks <= set(range(blocks))
        assert max(item.whole, item.left_edge, item.right_edge) <= item.count
        assert set(item.flags) <= set(FLAGS)
        assert len(item.words) == len(item.tags)
        for surface in item.surfaces:
            assert key_of(surface) == key
            assert usable(surface)
            assert not set(surface) & set("。！？；!?;，\n")
    for group in found.siblings:
        assert len(group) > 1
        assert set(group) <= set(found.forms)


def test_time_is_linear_in_a_run_of_content_words() -> None:
    found = collected("language " * 3000)
    assert all(len(f.words) <= MAX_WORDS for f in found.forms.values())


@pytest.mark.parametrize("text", ["示例", "优缺点", "Overview", "examples", "config.yaml", "第一步", "Key insights"])
def test_titles_of_sections_and_files_name_nothing(text: str) -> None:
    assert not usable(text)
    assert text not in surfaces(f"## {text}\n\n{text}\n")


@given(
    st.lists(
        st.sampled_from(
            ["自注意力", "LoRA", "lora", "LORA", "**低秩适应**", "key-value cache", "，", "\n\n", "是", " "]
        )
    )
)
def test_the_overview_of_columns_is_that_of_the_forms(pieces: list[str]) -> None:
    forms = collected("".join(pieces)).forms
    assert list(forms.overview()) == list(FormTable.overview(forms))
