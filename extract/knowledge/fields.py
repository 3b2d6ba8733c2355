"""Which fields a collection of notes is about, by the names of the knowledge packs that occur in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Final

from extract.knowledge.compiled import pack_index
from extract.memo import Memo, forgetful
from extract.text.keys import key_of
from graph.text.names import fold
from graph.text.scripts import HAN

LEAST_NAMES: Final = 10
"""Distinct names of a field that must occur for it to be chosen next to a stronger one."""
LEAST_SHARE: Final = 0.12
"""Share of the strongest field's weight that a further field must have."""
MOST_CHARACTERS: Final = 160_000
"""Characters that are looked at, so that choosing takes at most 0.2 s: of more, an equal share of each note."""
_MOST_WORDS: Final = 4
_SHORT: Final = 4
"""Letters of an English word that counts only where it has a capital within (GAN, LoRA): short names are abbreviations,
and the same letters may be a word or a syllable in another field."""
_MOST_HAN: Final = 8
_RUN: Final = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[-'’][^\W_{HAN}]+)*[+#]*")
_IS_HAN: Final = re.compile(f"[{HAN}]")


def choose_fields(notes: Iterable[str], memo: Memo = forgetful) -> tuple[str, ...]:
    """The fields whose names are frequent in the texts of ``notes``, the strongest first.

    A field weighs as much as the distinct names of it that occur, each divided by the number of fields that have the
    name. Ordinary words and names of fewer than three letters do not count; of names within each other only the longest
    does; an English one of at most four letters needs a capital within. The strongest field is chosen where any name
    occurs; a further one has :data:`LEAST_NAMES` names or more and :data:`LEAST_SHARE` of its weight.

    Returns:
        Names of packs that come with studyatlas (:func:`extract.knowledge.compiled.bundled_fields`); the same for the
        same texts in any order. Empty where no name occurs.
    """
    names, weights = field_weights(notes, memo)
    ranked = sorted((f for f in weights if weights[f]), key=lambda f: (-weights[f], f))
    return tuple(
        f
        for f in ranked
        if f == ranked[0] or (names[f] >= LEAST_NAMES and weights[f] >= LEAST_SHARE * weights[ranked[0]])
    )


def field_weights(notes: Iterable[str], memo: Memo = forgetful) -> tuple[dict[str, int], dict[str, float]]:
    """The number of distinct names of each field in ``notes``, and their weight (:func:`choose_fields`).

    ``memo`` remembers the names in each text.
    """
    index = pack_index()
    found: set[str] = set()
    for text in _samples([*notes]):
        found.update(memo(text, partial(_distinct_names, text)))
    numbers = dict.fromkeys(index.fields, 0)
    weights = dict.fromkeys(index.fields, 0.0)
    for key in sorted(found):
        owners = index.keys[key]
        for owner in owners:
            numbers[index.fields[owner]] += 1
            weights[index.fields[owner]] += 1 / len(owners)
    return numbers, weights


def _samples(texts: Sequence[str]) -> Iterator[str]:
    """The texts, or an equal share of each where they are long: its beginning, as much from its middle and its end."""
    total = sum(map(len, texts))
    share = min(1.0, MOST_CHARACTERS / max(1, total))
    for text in texts:
        if share == 1.0:
            yield text
            continue
        part = max(1, int(len(text) * share / 3))
        for start in (0, (len(text) - part) // 2, len(text) - part):
            yield text[start : start + part]


def _distinct_names(text: str) -> list[str]:
    return sorted(set(_names_in(text)))


def _names_in(text: str) -> Iterator[str]:
    """Keys of the names of packs in a text."""
    starts = _han_starts()
    for line in text.split("\n"):
        words: list[str] = []
        for match in _RUN.finditer(line):
            run = match.group()
            if _IS_HAN.match(run):
                yield from _latin_names(words)
                words = []
                yield from _han_names(fold(run), starts)
            else:
                words.append(run)
        yield from _latin_names(words)


def _latin_names(words: Sequence[str]) -> Iterator[str]:
    """The longest names that begin at each word, one after the other."""
    keys = pack_index().keys
    folded = [_folded(word) for word in words]
    at = 0
    while at < len(words):
        for size in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            key = "".join(whole for whole, _ in folded[at : at + size - 1]) + folded[at + size - 1][1]
            if key in keys and (size > 1 or len(key) > _SHORT or not words[at][1:].islower()):
                yield key
                at += size
                break
        else:
            at += 1


@lru_cache(maxsize=50_000)
def _folded(word: str) -> tuple[str, str]:
    """A word folded, and its key: the same without the plural."""
    return fold(word), key_of(word)


def _han_names(run: str, starts: frozenset[str]) -> Iterator[str]:
    """The longest names that begin at each character, one after the other."""
    keys = pack_index().keys
    at = 0
    while at < len(run) - 1:
        if run[at : at + 2] in starts:
            for size in range(min(_MOST_HAN, len(run) - at), 1, -1):
                if run[at : at + size] in keys:
                    yield run[at : at + size]
                    at += size - 1
                    break
        at += 1


@lru_cache(maxsize=1)
def _han_starts() -> frozenset[str]:
    """The first two characters of all Chinese names: most places in a text are not looked at further."""
    return frozenset(key[:2] for key in pack_index().keys if _IS_HAN.match(key))
