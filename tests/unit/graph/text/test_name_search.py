from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.text.name_search import find_names, forms_of, name_index, sounds_of

NAMES = [
    ("LoRA", "lora"),
    ("Low-Rank Adaptation", "lora"),
    ("lora_alpha", "loraalpha"),
    ("QLoRA", "qlora"),
    ("DNA", "dna"),
    ("DNA polymerase", "dnapolymerase"),
    ("recombinant DNA", "recombinantdna"),
    ("Sdna", "sdna"),
    ("量化", "量化"),
    ("Quantization", "量化"),
    ("量化感知训练", "量化感知训练"),
    ("离合诗", "离合诗"),
    ("KV 缓存", "kv缓存"),
    ("注意力", "注意力"),
    ("Transformer", "transformer"),
    ("C++", "c++"),
]
INDEX = name_index(forms_of(NAMES, {concept: rank for rank, (_, concept) in enumerate(NAMES)}))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lora", ["lora", "loraalpha", "qlora"]),
        ("LoRA", ["lora", "loraalpha", "qlora"]),
        ("low rank adaptation", ["lora"]),
        ("adapt", ["lora"]),
        ("dna", ["dna", "dnapolymerase", "recombinantdna", "sdna"]),
        ("DNA", ["dna", "dnapolymerase", "recombinantdna", "sdna"]),
        ("poly", ["dnapolymerase"]),
        ("lh", ["量化", "量化感知训练", "离合诗"]),
        ("lianghua", ["量化", "量化感知训练"]),
        ("kvhc", ["kv缓存"]),
        ("zyl", ["注意力"]),
        ("力", ["注意力"]),
        ("量化", ["量化", "量化感知训练"]),
        ("tranformer", ["transformer"]),
        ("quantisation", ["量化"]),
        ("C++", ["c++"]),
        ("zzzz", []),
        ("  ", []),
        ("", []),
    ],
)
def test_what_is_found_and_in_which_order(typed: str, found: list[str]) -> None:
    assert [form.concept for form in find_names(INDEX, typed)] == found


def test_at_most_so_many() -> None:
    assert len(find_names(INDEX, "l", limit=2)) == 2
    assert find_names(INDEX, "l", limit=0) == []


def test_pinyin() -> None:
    assert sounds_of("KV 缓存") == ["kvhc", "kvhuancun"]
    assert sounds_of("LoRA") == []


@given(st.sampled_from(NAMES))
def test_every_name_finds_its_concept_first_or_shares_its_key(name: tuple[str, str]) -> None:
    text, concept = name
    assert find_names(INDEX, text)[0].concept == concept


@given(st.text(max_size=20))
def test_any_text_is_searched_for(text: str) -> None:
    found = find_names(INDEX, text)
    assert len({form.concept for form in found}) == len(found)
