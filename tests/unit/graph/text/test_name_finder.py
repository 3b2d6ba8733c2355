from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.text.name_finder import Found, NameFinder, longest, plurals_of, spellings
from graph.text.names import fold, fold_with_offsets
from tests.strategies import any_text


def found(names: list[str], text: str) -> list[tuple[str, str]]:
    """(what stands in the text, name that it is) of every hit."""
    finder = NameFinder((name, number) for number, name in enumerate(names))
    return [(text[a:b], names[n]) for a, b, n in finder.find(text)]


def test_the_longest_name_at_a_place_wins() -> None:
    names = ["注意力", "自注意力", "自注意力机制", "attention", "multi-head attention"]
    assert found(names, "自注意力机制和注意力") == [("自注意力机制", "自注意力机制"), ("注意力", "注意力")]
    assert found(names, "Multi-head attention is attention") == [
        ("Multi-head attention", "multi-head attention"),
        ("attention", "attention"),
    ]


def test_words_are_not_cut() -> None:
    assert found(["AI", "AI agent"], "AI agents and an AI agency") == [("AI agents", "AI agent"), ("AI", "AI")]
    assert found(["LoRA", "RA"], "用LoRA微调") == [("LoRA", "LoRA")]
    assert found(["C", "C++"], "C, C++ and C#") == [("C", "C"), ("C++", "C++"), ("C", "C")]


def test_the_leftmost_name_wins_over_a_longer_one_that_begins_inside_it() -> None:
    assert found(["知识图谱", "图谱构建方法"], "知识图谱构建方法") == [("知识图谱", "知识图谱")]


@pytest.mark.parametrize("text", ["AdaLoRA", "LoRAs2", "xlora", "LoRA2", "QLoRA-x"])
def test_latin_names_are_whole_words(text: str) -> None:
    assert found(["LoRA"], text) == []


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("用LoRA微调", "LoRA"),
        ("（LoRA）", "LoRA"),
        ("LoRA-based", "LoRA"),
        ("the LORAS work", "LORAS"),
        ("ＬｏＲＡ 微调", "ＬｏＲＡ"),
        ("lora.", "lora"),
    ],
)
def test_latin_names_stand_in_any_case_width_and_surroundings(text: str, hit: str) -> None:
    assert found(["LoRA"], text) == [(hit, "LoRA")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("embedding", "embeddings"),
        ("policy", "policies"),
        ("matrix", "matrixes"),
        ("KV 缓存", "KV缓存"),
        ("KV缓存", "kv 缓存"),
        ("self-attention", "Self Attention"),
        ("self attention", "self‑attention"),
        ("tool calling", "tool_calling"),
        ("tool calling", "tool\ncalling"),
        ("Transformer 解码器", "ｔｒａｎｓｆｏｒｍｅｒ　解码器"),
    ],
)
def test_names_are_found_in_plural_and_with_other_spaces_hyphens_and_widths(name: str, text: str) -> None:
    assert found([name], text) == [(text, name)]


def test_an_acronym_in_small_letters_is_the_common_word_instead() -> None:
    assert found(["RAG", "PAL"], "a rag and a pal") == []
    assert found(["RAG"], "RAG, Rag and RAGs") == [("RAG", "RAG"), ("Rag", "RAG"), ("RAGs", "RAG")]
    assert found(["IT", "US"], "It is for us; IT in the US") == [("IT", "IT"), ("US", "US")]
    assert found(["LoRA"], "lora"), "not a word of English, so the acronym whatever its case"


def test_the_first_of_two_concepts_with_one_spelling_has_it() -> None:
    finder = NameFinder([("KV cache", 4), ("kv-cache", 2)])
    assert finder.find("KV Cache") == [(0, 8, 4)]


def test_a_name_of_its_own_is_no_plural_of_another() -> None:
    assert found(["HTTP", "HTTPS"], "HTTPS over HTTP") == [("HTTPS", "HTTPS"), ("HTTP", "HTTP")]
    assert found(["HTTP"], "HTTPs") == [("HTTPs", "HTTP")]


def test_curly_and_straight_apostrophes_are_one() -> None:
    assert found(["Euler's theorem"], "Euler’s theorem") == [("Euler’s theorem", "Euler's theorem")]


def test_a_finder_without_names_finds_nothing() -> None:
    assert NameFinder([]).find("text") == []
    assert NameFinder([("", 0), (" ", 1)]).find("text") == []


def test_spellings() -> None:
    assert spellings("KV 缓存") == {"kv 缓存", "kv缓存"}
    assert spellings("LLM") == {"llm"}
    assert spellings("  ") == set()


def test_plurals() -> None:
    assert plurals_of({"llm"}) == {"llms"}
    assert plurals_of({"policy"}) == {"policys", "policies"}
    assert plurals_of({"loss", "缓存", "ai"}) == {"losses"}


alphabet = "abA1 -_注力Ａｂ－　."
names_of_any_kind = st.lists(
    st.text("ab1 -注力", min_size=1, max_size=5).filter(lambda s: s.strip(" -")), min_size=1, max_size=5
)


@given(names_of_any_kind, st.text(alphabet, max_size=30))
def test_find_agrees_with_looking_at_every_piece_of_the_text(names: list[str], text: str) -> None:
    def plain(piece: str) -> str:
        return "".join(" " if c in "-_" else c for c in unicodedata.normalize("NFKC", piece).lower())

    def latin(char: str) -> bool:
        return plain(char) in "ab1"

    owner: dict[str, int] = {}
    for number, name in enumerate(names):
        for form in spellings(name):
            owner.setdefault(form, number)
    expected, at = [], 0
    while at < len(text):
        for end in range(len(text), at, -1):
            inside = (at > 0 and latin(text[at - 1]) and latin(text[at])) or (
                end < len(text) and latin(text[end - 1]) and latin(text[end])
            )
            if plain(text[at:end]) in owner and not inside:
                expected.append((at, end, owner[plain(text[at:end])]))
                at = end
                break
        else:
            at += 1
    assert NameFinder((name, number) for number, name in enumerate(names)).find(text) == expected


def test_names_inside_of_longer_ones_are_found_on_demand() -> None:
    finder = NameFinder([("attention", "a"), ("multi-head attention", "m"), ("head", "h")])
    text = "Multi-head attention"
    assert finder.find(text) == [(0, 20, "m")]
    assert finder.find_all(text) == [(0, 20, "m"), (6, 10, "h"), (11, 20, "a")]


def test_plurals_and_acronyms_can_be_left_to_the_caller() -> None:
    names = [("policy", 0), ("RAG", 1)]
    assert [f.owner for f in NameFinder(names).find("policies for a rag")] == [0]
    assert [f.owner for f in NameFinder(names, plurals=False).find("policies for a policy")] == [0]
    assert [f.owner for f in NameFinder(names, acronyms=False).find("a rag, two rags")] == [1, 1]


@pytest.mark.parametrize(
    ("name", "text", "hit"),
    [
        ("KV Cache", "the kvcache.", "kvcache"),
        ("FlashAttention", "what is flash-attention?", "flash-attention"),
        ("self attention", "SelfAttention", "SelfAttention"),
        ("C++", "a C++ or", "C++"),
        ("KV 缓存", "什么是ＫＶ缓存？", "ＫＶ缓存"),
        ("ﬁne-tuning", "fine tuning", "fine tuning"),
        ("機器學習", "机器 学习", "机器 学习"),
    ],
)
def test_without_spaces_names_are_found_however_they_are_spaced(name: str, text: str, hit: str) -> None:
    assert [text[f.start : f.end] for f in NameFinder([(name, 0)], spaces=False).find(text)] == [hit]
    assert NameFinder([("RAG", 0), ("cache", 1)], spaces=False).find("storage, rag2, caches") == []


@given(any_text)
def test_folding_with_offsets_takes_every_character_from_its_place(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert len(folded) == len(offsets)
    assert offsets == sorted(offsets)
    for character, offset in zip(folded, offsets, strict=True):
        assert character in fold(text[offset])


def test_the_longest_is_taken_wherever_it_begins() -> None:
    found = [Found(0, 4, "知识图谱"), Found(2, 8, "图谱构建方法"), Found(8, 9, "x"), Found(8, 9, "y")]
    assert [f.owner for f in longest(found)] == ["图谱构建方法", "x"]
    assert longest([]) == []
