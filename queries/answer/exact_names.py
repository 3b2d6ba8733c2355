"""Names that the notes must contain as they are written: titles, and names with a number.

``ZeRO-5`` is another thing than ``ZeRO-3``, and 战国九雄 than 战国七雄, although most of each name is in the notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from graph.text.names import fold
from graph.text.scripts import HAN
from queries.question.general_words import general_words
from queries.question.words import stem_latin, tokens, words
from queries.retrieval.retriever import Retriever

_TITLE: Final = re.compile(r"《([^《》]{1,60})》")
_MEASURE: Final = "个種种层步类项条次倍份位组张头轮台年月日岁阶篇道亿万%％块张卡"
_VERSION: Final = re.compile(
    r"(?<![\w.-])(?P<name>[A-Za-z][A-Za-z]*(?:[.+-][A-Za-z]+)*)(?P<gap>[ -])"
    r"(?P<number>v?\d+(?:\.\d+)*(?:[xX]\d+)?[A-Za-z]{0,2})(?![A-Za-z0-9])(?!\.\d)"
    rf"(?P<counted>\s*[{_MEASURE}]| [a-z]+s\b)?"
)
"""A name and, behind a space or hyphen, its number: ``GPT-4``, ``MCP 3.0``, ``Mixtral 8x7B``; not ``PPO 4 models``."""
_YEAR: Final = re.compile(r"(?:1[5-9]|20)\d\d")
_ROMAN: Final = re.compile(r"\b(?P<name>[A-Za-z]{3,}) (?P<number>[IVX]{2,5})\b")
_NUMERAL: Final = "一二两三四五六七八九十百"
_ORDINAL: Final = re.compile(rf"第\s*(?P<number>[\d{_NUMERAL}]+)\s*(?P<unit>[次届代版期])(?P<rest>[{HAN}·]{{0,8}})")
_COLLECTIVE: Final = re.compile(rf"(?=(?P<left>[{HAN}]{{2}})(?P<number>[{_NUMERAL}])(?P<right>[{HAN}]{{1,2}}))")
_END: Final = re.compile(r"(?:的|是|有|在|由|给|颁|怎|如何|什么|谁|哪|和|与).*$")


def not_as_written(retriever: Retriever, question: str) -> list[tuple[int, str]]:
    """Titles and numbered names of ``question`` that no line contains, with where they begin.

    A numbered name counts only where the notes contain the name without its number, or with another one: what they do
    not know at all is found as a word that appears nowhere.
    """
    return sorted(
        {
            *_titles(retriever, question),
            *_versions(retriever, question),
            *_ordinals(retriever, question),
            *_collectives(retriever, question),
        }
    )


def _titles(retriever: Retriever, question: str) -> Iterator[tuple[int, str]]:
    for match in _TITLE.finditer(question):
        if not retriever.holds(match.group(1)):
            yield match.start(), match.group()


def _versions(retriever: Retriever, question: str) -> Iterator[tuple[int, str]]:
    for match in [*_VERSION.finditer(question), *_ROMAN.finditer(question)]:
        name, number = match.group("name", "number")
        roman = match.re is _ROMAN
        if not roman and (_YEAR.fullmatch(number) or not _is_name(name) or (match["counted"] and match["gap"] == " ")):
            continue
        known = _texts_with(retriever, name)
        if not known or fold(name + number) in retriever.names.by_key:
            continue
        if not (_told_roman(known, name, number) if roman else _told(known, name, number)):
            yield match.start(), match.group()[: match.end("number") - match.start()]


def _is_name(word: str) -> bool:
    """Whether a word may have a number of its own: it has a capital and is neither a function nor a general word."""
    low = word.lower()
    ordinary = low in words().function_en or stem_latin(low) in general_words()
    return any(c.isupper() for c in word) and not ordinary


def _texts_with(retriever: Retriever, name: str) -> list[str]:
    """The lines that contain all tokens of ``name``."""
    needed = list(dict.fromkeys(tokens(name)))
    if not needed or any(t not in retriever.index.vocabulary for t in needed):
        return []
    rows = np.flatnonzero((retriever.index.coverage([((t, 1.0),) for t in needed]) >= 1.0).all(axis=0))
    return [retriever.lines[int(row)].text for row in rows]


def _told(texts: list[str], name: str, number: str) -> bool:
    """Whether one of ``texts`` has the name with the number, alone or in a series: ``ZeRO-1/2/3``."""
    series = re.compile(
        rf"{re.escape(name)}[\s-]*((?:v?\d[\w.]*\s*(?:/|、|,|，|~|-|and|or|to|和|与|或|到)?\s*)+)", re.IGNORECASE
    )
    bare = number.lower().removeprefix("v")
    for text in texts:
        for match in series.finditer(text):
            if bare in [n.rstrip(".") for n in re.findall(r"\d[\w.]*", match.group(1).lower())]:
                return True
    return False


def _told_roman(texts: list[str], name: str, number: str) -> bool:
    """Whether one of ``texts`` has the name with the number, in Roman or Arabic digits, alone or in a series."""
    series = re.compile(
        rf"\b{name}s?\b\W+(?:(?:[IVX]+|\d+)\b\W*(?:(?:and|or|to)\W+)?)*?\b(?:{number}|{_value(number)})\b",
        re.IGNORECASE,
    )
    return any(series.search(text) for text in texts)


def _value(roman: str) -> int:
    values = {"I": 1, "V": 5, "X": 10}
    pairs = zip(roman, [*roman[1:], "I"], strict=True)
    return sum(values[a] if values[a] >= values[b] else -values[a] for a, b in pairs)


def _ordinals(retriever: Retriever, question: str) -> Iterator[tuple[int, str]]:
    for match in _ORDINAL.finditer(question):
        number, unit = match.group("number", "unit")
        forms = {f"第{n}{unit}" for n in (number, *_otherwise(number))}
        known = [
            text
            for form in sorted(forms)
            for text in _texts_with(retriever, form[1:-1] if form[1:-1].isdigit() else form)
        ]
        if not any(fold(form) in fold(text) for form in forms for text in known):
            yield match.start(), _END.sub("", match.group())


def _otherwise(number: str) -> tuple[str, ...]:
    """A number up to 10 in the other writing."""
    digits = "零一二三四五六七八九十"
    if number.isdigit():
        return (digits[int(number)],) if int(number) < len(digits) else ()
    return (str(digits.index(number)),) if number in digits else ()


def _collectives(retriever: Retriever, question: str) -> Iterator[tuple[int, str]]:
    """What is named by how many there are (战国七雄), where the notes know it with another number only."""
    for match in _COLLECTIVE.finditer(question):
        left, number, right = match.group("left", "number", "right")
        if right[0] in _MEASURE:
            continue
        for end in dict.fromkeys((right, right[:1])):
            others = [n for n in _NUMERAL if n != number and retriever.holds(left + n + end)]
            if others and not retriever.holds(left + number + end):
                yield match.start(), left + number + _END.sub("", end)
                break
