"""How texts are read into words: all at once, against each sentence alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.text.names import comparable
from graph.vectors.static_encoder import _FUNCTION_WORDS_ZH, _SENTENCE_END, _Texts, _Tokenizer, _words

NAMES = [("KV 缓存", "kv"), ("缓存", "cache"), ("U.S. Army", "army"), ("attention", "a"), ("Yahoo!", "yahoo"),
         ("model, two", "m2"), ("a b", "ab")]  # fmt: skip
PIECES = st.sampled_from(
    ["KV", " ", "缓存", "U.S.", "Army", "attention", "Yahoo!", "\n", "。", ". ", ".", "!", "；", "为什么", "的", "介绍",
     "一下", "请", "C++", "7", "a", "b", "\0", "\1", "\2", "\3", "\4", "model", ",", "two", "。\n", "é"]
)  # fmt: skip
TEXT = st.lists(PIECES, max_size=10).map("".join)
TITLED = st.lists(st.tuples(TEXT, TEXT), max_size=5)


def _said(texts: _Texts, tokenizer: _Tokenizer) -> list[list[list[str]]]:
    """The words of each sentence of each text."""
    words = [tokenizer.words.tokens[i].word for i in texts.ids.tolist()]
    sentences = [words[a:b] for a, b in zip(texts.sentence[:-1].tolist(), texts.sentence[1:].tolist(), strict=True)]
    return [sentences[a:b] for a, b in zip(texts.text[:-1].tolist(), texts.text[1:].tolist(), strict=True)]


@given(TITLED)
def test_sentences_and_whole_texts_are_those_that_are_read_alone(notes: list[tuple[str, str]]) -> None:
    tokenizer = _Tokenizer(NAMES)
    sentences, whole = tokenizer.titled([title for title, _ in notes], [text for _, text in notes])

    def alone(text: str) -> list[str]:
        return _said(tokenizer.whole([text]), tokenizer)[0][0]

    assert _said(sentences, tokenizer) == [
        [words for part in _SENTENCE_END.split(text) if (words := alone(part))] for _, text in notes
    ]
    assert _said(whole, tokenizer) == [[alone(f"{title}\n{text}" if title else text)] for title, text in notes]


@given(st.text(alphabet="为什么怎样如何请问介绍一下解释的了是在A b1模型", max_size=12))
def test_function_words_are_those_of_the_expression(text: str) -> None:
    tokenizer = _Tokenizer([("zzz", "z")])
    [[words]] = _said(tokenizer.whole([text]), tokenizer)
    assert words == [token.word for token in _words(comparable(text))]
    assert "(" not in _FUNCTION_WORDS_ZH.pattern
