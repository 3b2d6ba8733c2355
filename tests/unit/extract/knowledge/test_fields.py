"""Notes choose their fields by the names that occur in them."""

from __future__ import annotations

import pytest

from extract.knowledge.fields import LEAST_NAMES, MOST_CHARACTERS, choose_fields, field_weights
from tests.places import ROOT

CELL = (
    "Photosynthesis takes place in the chloroplast; the light reactions in the thylakoid make ATP and NADPH. Mitosis."
)
LAW = "合同法规定了违约责任、不当得利与无因管理；侵权责任以过错为原则。刑法讲罪刑法定和无罪推定。"


@pytest.mark.parametrize(
    ("text", "strongest"),
    [
        (CELL, "biology"),
        (LAW, "law"),
        ("LoRA 是一种参数高效微调方法，QLoRA 用 NF4 量化预训练模型的权重。", "machine-learning"),
        (
            "A B+ tree index needs a page split; MVCC gives snapshot isolation in PostgreSQL. TCP 三次握手。",
            "computer-science",
        ),
        ("The Schrödinger equation, the photoelectric effect and Compton scattering; Lorentz force.", "physics"),
        ("Pareto efficiency, deadweight loss, price elasticity of demand and the Phillips curve.", "economics"),
    ],
)
def test_the_strongest_field(text: str, strongest: str) -> None:
    assert choose_fields([text])[0] == strongest


def test_one_word_of_another_field_chooses_nothing() -> None:
    """Translation is a stage of gene expression; in notes on compilers it is an ordinary word."""
    assert choose_fields([CELL, "The translation of the note mentions a compiler."]) == ("biology",)


def test_further_fields_need_enough_names() -> None:
    few = "LoRA. QLoRA."
    many = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples" / "notes").rglob("*.md")))
    names, weights = field_weights([CELL, few])
    assert 0 < names["machine-learning"] < LEAST_NAMES
    assert choose_fields([CELL, few]) == ("biology",)
    assert choose_fields([CELL, many])[0] == "machine-learning"
    assert weights["biology"] > weights["machine-learning"] > 0


def test_no_names_no_fields() -> None:
    assert choose_fields([]) == choose_fields(["", "Dear diary, today the weather was nice."]) == ()


def test_neither_order_nor_repetition_counts() -> None:
    assert choose_fields([CELL, LAW]) == choose_fields([LAW, CELL]) == choose_fields([LAW] * 9 + [CELL])


def test_long_notes_are_sampled_evenly() -> None:
    padding = "的" * MOST_CHARACTERS
    assert choose_fields([padding + CELL])[:1] == ("biology",)
    assert choose_fields([CELL + padding])[:1] == ("biology",)


def test_the_example_notes() -> None:
    notes = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples" / "notes").rglob("*.md"))]
    assert choose_fields(notes)[0] == "machine-learning"
    assert not {"biology", "medicine", "history", "law"} & set(choose_fields(notes))
