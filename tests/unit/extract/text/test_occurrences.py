from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.notes.parse import parse
from extract.text.occurrences import (
    NameFinder,
    Occurrence,
    ParsedDoc,
    comparable,
    line_at,
    locate,
    sentence_around,
    spellings,
)
from extract.text.parsed_doc import parsed_doc


def found(names: list[str], text: str) -> list[tuple[str, str]]:
    """(what stands in the text, name that it is) of every hit."""
    finder = NameFinder((name, number) for number, name in enumerate(names))
    return [(text[a:b], names[n]) for a, b, n in finder.find(text)]


def doc(text: str) -> ParsedDoc:
    return parsed_doc("a.md", parse(text))


def test_the_longest_name_at_a_place_wins() -> None:
    names = ["注意力", "自注意力", "自注意力机制", "attention", "multi-head attention"]
    assert found(names, "自注意力机制和注意力") == [("自注意力机制", "自注意力机制"), ("注意力", "注意力")]
    assert found(names, "Multi-head attention is attention") == [
        ("Multi-head attention", "multi-head attention"),
        ("attention", "attention"),
    ]


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
    assert found(["LoRA"], "lora"), "not a word of English, so the acronym whatever its case"


def test_the_first_of_two_concepts_with_one_spelling_has_it() -> None:
    finder = NameFinder([("KV cache", 4), ("kv-cache", 2)])
    assert finder.find("KV Cache") == [(0, 8, 4)]


def test_a_finder_without_names_finds_nothing() -> None:
    assert NameFinder([]).find("text") == []
    assert NameFinder([("", 0), (" ", 1)]).find("text") == []


def test_comparable_keeps_the_length_so_that_offsets_carry_over() -> None:
    assert comparable("Ｋｖ－缓存　A_B\tC") == "kv 缓存 a b c"
    assert len(comparable("İstanbul")) == len("İstanbul"), "whose lower case is two characters long"


@given(st.text())
def test_comparable_never_changes_the_length(text: str) -> None:
    assert len(comparable(text)) == len(text)


def test_spellings() -> None:
    assert spellings("KV 缓存") == {"kv 缓存", "kv缓存"}
    assert spellings("LLM") == {"llm", "llms"}
    assert spellings("policy") == {"policy", "policys", "policies"}
    assert spellings("loss") == {"loss", "losses"}
    assert spellings("  ") == set()


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


def test_locate_gives_places_in_the_order_of_the_text() -> None:
    docs = [doc("# LoRA\n\nQLoRA uses LoRA.\n"), doc("no names\n\n- LoRA\n")]
    assert locate(docs, [("LoRA", 0), ("QLoRA", 1)]) == [
        Occurrence(0, 0, 0, 0, 4),
        Occurrence(1, 0, 1, 0, 5),
        Occurrence(0, 0, 1, 11, 15),
        Occurrence(0, 1, 1, 0, 4),
    ]


def test_lines_of_hard_wrapped_text() -> None:
    block = doc(
        "intro\n\nthe first line of a paragraph that was wrapped by hand\nand goes on here with LoRA in it\n"
    ).blocks[1]
    assert line_at(block, 0) == 3
    assert line_at(block, block.text.index("LoRA")) == 4
    assert line_at(block, len(block.text) + 9) == 4


def test_the_sentence_around_a_place() -> None:
    block = doc("First is one. Then LoRA comes. Last.").blocks[0]
    start = block.text.index("LoRA")
    a, b = sentence_around(block, start, start + 4)
    assert block.text[a:b] == "Then LoRA comes."
