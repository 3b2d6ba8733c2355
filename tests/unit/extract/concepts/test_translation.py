from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.concepts.translation import Phrases, _Known, stem, translations
from extract.knowledge.lexicon import default_lexicon
from extract.memo import forgetful


@pytest.mark.parametrize(
    ("latin", "han", "yes"),
    [
        ("client", "客户端", True),
        ("Transmission Control Protocol", "传输控制协议", True),
        ("File Transfer Protocol", "传输控制协议", False),
        ("data link layer", "数据链路层", True),
        ("network layer", "应用层", False),
        ("complex tasks", "完成任务", False),
        ("sequence-to-sequence", "序列化", False),
        ("smooth muscle", "平滑肌", True),
        ("table", "客户端", False),
    ],
)
def test_what_a_dictionary_translates(latin: str, han: str, yes: bool) -> None:
    assert translations({"l": latin, "h": han}, {"l": 0.5, "h": 0.5}, None) == ([("l", "h")] if yes else [])


def test_words_of_the_field_come_from_the_lexicon() -> None:
    names, worth = {"l": "Layer Normalization", "h": "层归一化"}, {"l": 0.5, "h": 0.5}
    assert translations(names, worth, None) == []
    assert translations(names, worth, default_lexicon()) == [("l", "h")]


def test_of_several_translations_of_one_word_the_likeliest_is_taken() -> None:
    names = {"l": "token", "a": "令牌", "b": "标记"}
    assert translations(names, {"l": 0.5, "a": 0.4, "b": 0.6}, None) == [("l", "b")]
    assert translations(names, {"l": 0.5, "a": 0.7, "b": 0.6}, None) == [("l", "a")]


def test_names_of_one_language_need_no_dictionary() -> None:
    assert translations({"a": "client", "b": "server"}, {"a": 0.5, "b": 0.5}, None) == []


def test_meanings_leave_remarks_out() -> None:
    known = _Known({}, ["client"], forgetful, stem)
    found = known.meanings("客户端")
    assert known.meanings("没有这个词") is None
    assert found is not None
    assert "client" in found.whole
    assert not any("(" in text for text in found.whole)
    assert (3, frozenset(["client"])) in known.beginnings("客户端软件")


def test_relatives_have_one_stem() -> None:
    assert stem("parallelism") == stem("parallel")
    assert stem("quantization") == stem("quantize")
    assert stem("layers") == stem("layer")
    assert stem("tokenizer") == stem("Tokenization")
    assert stem("complex") != stem("complete")
    assert stem("generation") != stem("general")


def _all_cuts(name: str, count: int) -> list[tuple[str, ...]]:
    if count == 1:
        return [(name,)]
    return [(name[:end], *rest) for end in range(1, len(name) - count + 2) for rest in _all_cuts(name[end:], count - 1)]


@given(
    name=st.text("甲乙丙", min_size=1, max_size=6),
    words=st.lists(st.sampled_from("abc"), min_size=2, max_size=4),
    meant=st.dictionaries(st.text("甲乙丙", min_size=1, max_size=3), st.frozensets(st.sampled_from("abc"))),
)
def test_a_name_is_cut_as_if_all_cuts_were_tried(name: str, words: list[str], meant: dict[str, frozenset[str]]) -> None:
    slow = (
        len(name) > len(words)
        and len(set(words)) == len(words)
        and any(
            sum(len(piece) == 1 for piece in pieces) <= 1
            and all(word in meant.get(piece, ()) for word, piece in zip(words, pieces, strict=True))
            for pieces in _all_cuts(name, len(words))
        )
    )
    phrases = Phrases()

    def beginnings(text: str) -> list[tuple[int, frozenset[str]]]:
        return [(end, meant[text[:end]]) for end in range(1, len(text) + 1) if text[:end] in meant]

    phrases.add(words, "key")
    fast = "key" in set(phrases.fitting(name, beginnings))
    assert fast is slow
