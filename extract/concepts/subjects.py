"""Subjects of plain definitions: what a note says that something *is*, at the head of a sentence or of a list item.

``X is a …``, ``X are …``, ``X means …``, ``X 是 …``, ``X 指 …``, ``X：…``, ``X — …``. The rules close the noun phrase
before the copula; whether its words can name a concept at all is asked of the caller, who knows what content words are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import Final

from extract.notes.blocks import Block, BlockKind
from extract.text.segment import Token, sentence_spans
from graph.text.scripts import has_han

_MOST_TOKENS: Final = 7
"""Words of a subject, with the small words inside."""
_COPULA: Final = frozenset(["is", "are"])
_IS_A: Final = re.compile(
    r"\s*(?:(?:is|are)\s+(?:\w+ly\s+|often\s+|just\s+)?(?:an?|any|one)\s|means\s|denotes\s|refers?\s+to\s|是指|是一"
    r"|就是一|指的|指)",
    re.IGNORECASE,
)
_MEANS: Final = frozenset(["means", "denotes", "describes"])
_REFERS: Final = frozenset(["refers", "refer"])
_ADVERBS: Final = frozenset(
    [
        "simply",
        "essentially",
        "basically",
        "generally",
        "usually",
        "typically",
        "often",
        "also",
        "thus",
        "really",
        "just",
        "commonly",
        "normally",
    ]
)
_DETERMINERS: Final = frozenset(["the", "a", "an", "every", "each", "any"])
_IS_ZH: Final = frozenset(
    ["是", "就是", "是指", "指", "指的是", "指的就是", "即", "即是", "都是", "均是", "也是", "则是"]
)
_HAS_ZH: Final = frozenset(
    ["有", "没有", "具有", "含有", "包含", "包括", "能", "能够", "可以", "可", "会", "不", "通过"]
)
_ADVERBS_ZH: Final = frozenset(["通常", "一般", "主要", "其实", "本质上", "也", "都", "均", "则", "就", "实际上"])
_NOT_SAID: Final = re.compile(
    r"[\s,，]*(?:否|不|什么|怎|如何|因为|由于|为了|哪|谁|在|从|由|可以|能|要|必须|需要|多少|几)"
)
_OPENS: Final = re.compile(r"[\"“「『*]*")
_PARENTHESIS: Final = re.compile(r"\s*[（(\[][^（）()\[\]]{1,60}[）)\]]\s*")
_TRAILS: Final = re.compile(r"[：:]\s*(?=\S)|\s+[—–-]{1,2}\s+(?=\S)|\s*——\s*(?=\S)|\s*=\s*(?=\S)")


class Said(IntEnum):
    """How plainly a note says what something is; the greater the plainer."""

    HEAD = 0
    """``X：…``, ``X — …`` at the head of an item or paragraph."""
    DOES = 1
    """``X stores the …``, ``X 传递 …``: the subject of any other plain sentence; tells something in a short note
    only."""
    IS = 2
    """``X is the …``, ``X are …``, ``X 是 …``."""
    IS_A = 3
    """``X is a …``, ``X means …``, ``X 是一种 …``, ``X 是指 …``."""


IsContent = Callable[[Token], bool]


def subjects(block: Block, text: str, tokens: Sequence[Token], is_content: IsContent) -> Iterator[tuple[str, Said]]:
    """(subject as written, how it is defined) of the definitions in ``block``, in order.

    Args:
        block: paragraphs, items and quotes are read; others have no sentences.
        text: the block's text, with what names nothing masked by commas.
        tokens: the words of ``text``.
        is_content: whether a word can be part of a name.
    """
    if block.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE) or block.question:
        return
    place = 0
    for start, end in sentence_spans(text):
        while place < len(tokens) and tokens[place].start < start:
            place += 1
        last = place
        while last < len(tokens) and tokens[last].start < end:
            last += 1
        if text[end - 1 : end] not in ("?", "？"):
            found = _of_sentence(text[:end], tokens[place:last], is_content)
            if found:
                yield found[0], found[1]
        place = last
    head = _of_head(text, tokens, is_content)
    if head:
        yield head, Said.HEAD


def _of_sentence(text: str, tokens: Sequence[Token], is_content: IsContent) -> tuple[str, Said] | None:
    """The subject of one sentence and how it is defined; None where it defines nothing."""
    i = 0
    while i < len(tokens) and tokens[i].script == "P" and (tokens[i].text == "," or _OPENS.fullmatch(tokens[i].text)):
        i += 1  # a comma masks a label: 例 4 玄武岩是一种…
    if i < len(tokens) and tokens[i].text.lower() in _DETERMINERS:
        i += 1
    first = i
    end = i  # after the last word of the noun phrase
    while i < len(tokens) and i - first <= _MOST_TOKENS:
        token = tokens[i]
        if _says_what(text, tokens, i):
            found = text[tokens[first].start : tokens[end - 1].end] if end > first else ""
            if not found or "的" in found:  # 网络分层的原因: a relation to a thing rather than a thing
                return None
            return found, Said.IS_A if _IS_A.match(text, token.start) else Said.IS
        if end > first and i + 1 < len(tokens) and tokens[i + 1].pos == "POS":
            if not tokens[i - 1].text.islower():  # IBM's Watson is Watson; the gambler's fallacy is one name
                first = end = i + 2
            i += 2
            continue
        if token.script == "P":
            aside = _PARENTHESIS.match(text, token.start)
            if aside is not None and end > first:  # X (Y) is …
                while i < len(tokens) and tokens[i].start < aside.end():
                    i += 1
                continue
            if token.text in '"”」』*' and end > first:
                i += 1
                continue
            return None
        inside = token.text.lower() in ("of", "in", "的") and end > first
        if token.text.lower() in _COPULA:
            return None
        if end > first and end == i and (token.pos in ("VBZ", "VBP", "VB", "MD") or _acts(tokens, i)):
            found = text[tokens[first].start : tokens[end - 1].end]
            return None if "的" in found else (found, Said.DOES)
        adverb = token.text.lower() in _ADVERBS or token.text in _ADVERBS_ZH
        if (token.script == "C" and token.pos[:1] == "r") or (token.pos == "m" and i == first):
            return None  # 这一阶段, 两个矩阵
        if token.script == "N" or inside or is_content(token):
            if end < i and not inside and tokens[i - 1].script == "P":
                return None
            end = i + 1 if not inside else end
            i += 1
        elif adverb and end > first:
            i += 1
        else:
            return None
    return None


def _acts(tokens: Sequence[Token], i: int) -> bool:
    """Whether the Chinese word at ``i`` is a verb with an object, after a noun that it closes."""
    token = tokens[i]
    if token.script != "C" or i + 1 == len(tokens) or tokens[i + 1].script == "P":
        return False
    before, after = tokens[i - 1].pos, tokens[i + 1].pos
    if token.pos == "vn":  # a noun as well, save where it is all that the sentence can have for a verb
        own = tokens[:-1]
        return (
            tokens[-1].text == "。"
            and before[:1] == after[:1] == "n"
            and all(t.pos[:1] in ("n", "b", "a") for t in own if t is not token)
        )
    return token.text in _HAS_ZH or (
        token.pos == "v" and before[:1] in ("n", "v") and (after[:1] == "n" or after == "vn")
    )


def _says_what(text: str, tokens: Sequence[Token], i: int) -> bool:
    """Whether the word at ``i`` is a copula that says what the words before it are."""
    word = tokens[i].text.lower()
    more = i + 1 < len(tokens)
    if tokens[i].script == "C":
        return word in _IS_ZH and more and _NOT_SAID.match(text, tokens[i].end) is None
    if word in _REFERS:
        return more and tokens[i + 1].text == "to"
    if word in _MEANS:
        return more
    if word not in _COPULA:
        return False
    rest = tokens[i + 1 :]
    while rest and rest[0].text.lower() in _ADVERBS:
        rest = rest[1:]
    if not rest:
        return False
    if rest[0].text.lower() in ("a", "an", "the", "one", "any", "another"):
        return True
    for token in rest[:5]:  # without an article: HTTPS is HTTP over TLS, mitochondria are double-membraned organelles
        if token.script == "C" or token.pos in ("NN", "NNS", "NNP", "NNPS"):
            return True
        if token.pos not in ("JJ", "JJR", "JJS", "CD"):
            return False
    return False


def _of_head(text: str, tokens: Sequence[Token], is_content: IsContent) -> str:
    """What is before a colon or dash at the head of a block, where it is a noun phrase and something follows."""
    match = _TRAILS.search(text, 0, 60)
    if match is None:
        return ""
    lead = _PARENTHESIS.sub("", text[: match.start()]).strip(' *"“”「」')
    own = [t for t in tokens if t.start < match.start()]
    if not own or len(own) > _MOST_TOKENS or len(text) - match.end() < (4 if has_han(text) else 8):
        return ""
    if any(t.script == "C" and t.text in _IS_ZH for t in own) or any(t.text in (",", "，", "、") for t in own):
        return ""
    return lead if is_content(own[-1]) or own[-1].script == "P" else ""
