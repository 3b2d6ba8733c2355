"""Names that a person may mean while typing: exact before prefix, prefix before word, word before a misspelling.

Chinese names are also found by their pinyin, whole (``lianghua``) or by the initials of the syllables (``lh``), as
input methods do. All keys are computed once (:func:`name_index`); 100 000 names are then searched in some milliseconds,
because exact keys and prefixes are found by bisection, and in some 30 ms where a misspelling must be looked for.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import Indel

from graph.text.names import fold
from graph.text.nearest import LEAST
from graph.text.scripts import HAN, has_han

EXACT_NAME, EXACT_ALIAS, PREFIX, WORD, INITIALS, INSIDE, ALIKE = range(7)
"""How a name was found, best first."""
_ENOUGH: Final = 400
"""Hits of one tier that are ranked at most: a single letter is the beginning of thousands of names."""
_ALIKE: Final = 12
"""Misspelled names that are looked for at most."""
_WORDS: Final = re.compile(r"[\W_]+")
_HAN_RUNS: Final = re.compile(rf"[{HAN}]+|[^{HAN}]+")
_BREAK: Final = "\n"
"""Between keys that are searched as one text; no key contains it."""


@dataclass(frozen=True, slots=True)
class Form:
    """One name of one concept."""

    text: str
    """As the notes write it."""
    concept: str
    """The id of the concept."""
    rank: int
    """Place of the concept by importance, from 0."""
    main: bool
    """Whether the concept is called so; False: an alias."""


@dataclass(frozen=True, slots=True)
class NameIndex:
    """All names with the keys by which they are found. Make it with :func:`name_index`."""

    forms: tuple[Form, ...]
    keys: tuple[str, ...]
    """The folded key of each form."""
    by_key: tuple[tuple[str, int], ...]
    """(key, number of the form), sorted."""
    by_word: tuple[tuple[str, int], ...]
    """(key from the second or a later word on, number of the form), sorted."""
    by_initials: tuple[tuple[str, int], ...]
    """(initials or whole pinyin, number of the form), sorted."""
    joined: str
    """The keys in their order, each with a line break behind it."""
    starts: tuple[int, ...]
    """Where in ``joined`` each key begins."""


def name_index(forms: Iterable[Form]) -> NameIndex:
    """Prepare names for :func:`find_names`. About 20 µs a name, 60 µs a Chinese one."""
    listed = tuple(forms)
    keys = tuple(fold(form.text) for form in listed)
    words: list[tuple[str, int]] = []
    sounds: list[tuple[str, int]] = []
    starts: list[int] = []
    at = 0
    for number, (form, key) in enumerate(zip(listed, keys, strict=True)):
        parts = [part for part in _WORDS.split(form.text) if part]
        words += [(fold(" ".join(parts[i:])), number) for i in range(1, min(len(parts), 8))]
        sounds += [(sound, number) for sound in sounds_of(form.text)]
        starts.append(at)
        at += len(key) + 1
    return NameIndex(
        listed,
        keys,
        tuple(sorted((key, number) for number, key in enumerate(keys))),
        tuple(sorted(words)),
        tuple(sorted(sounds)),
        "".join(key + _BREAK for key in keys),
        tuple(starts),
    )


def sounds_of(name: str) -> list[str]:
    """How a Chinese name may be typed: the initials of its syllables, and its pinyin; letters stay as they are.

    Empty for names without Chinese characters.

    >>> sounds_of("KV 缓存")
    ['kvhc', 'kvhuancun']
    """
    if not has_han(name):
        return []
    # The dictionaries are loaded with the first Chinese name that is prepared (0.1 s), not with the program.
    from pypinyin import lazy_pinyin

    initials: list[str] = []
    whole: list[str] = []
    for run in _HAN_RUNS.findall(name):
        syllables = lazy_pinyin(run) if has_han(run) else [run]
        whole += syllables
        initials += [syllable[0] for syllable in syllables] if has_han(run) else [run]
    return list(dict.fromkeys((fold("".join(initials)), fold("".join(whole)))))


def find_names(index: NameIndex, text: str, *, limit: int = 10) -> list[Form]:
    """The names that ``text`` may mean, best first, one of each concept.

    In this order: names that are ``text``, aliases that are, names that begin with it, names with a word that begins
    with it, Chinese names whose pinyin or initials begin with it, names that contain it (from two letters on), names
    that are spelled alike (from three; only where nothing else was found). Within each, what ``text`` is whole comes
    first, then by the importance of the concept, a name before an alias, then by length and spelling.
    """
    key = fold(text)
    if not key or limit < 1:
        return []
    best: dict[str, tuple[tuple[int, bool, int, bool, int, str], Form]] = {}

    def take(tier: int, found: Iterable[tuple[int, bool]]) -> None:
        for number, whole in found:
            form = index.forms[number]
            own = (EXACT_NAME if form.main else EXACT_ALIAS) if tier == PREFIX and whole else tier
            place = (own, not whole, form.rank, not form.main, len(form.text), form.text)
            if form.concept not in best or place < best[form.concept][0]:
                best[form.concept] = (place, form)

    take(PREFIX, _beginning_with(index.by_key, key))
    take(WORD, _beginning_with(index.by_word, key))
    take(INITIALS, _beginning_with(index.by_initials, key))
    if len(best) < limit and (len(key) > 1 or has_han(key)):
        take(INSIDE, _containing(index, key))
    if not best and len(key) > (1 if has_han(key) else 2):
        alike = process.extract(
            key, index.keys, scorer=Indel.normalized_similarity, processor=None, score_cutoff=LEAST, limit=_ALIKE
        )
        take(ALIKE, ((number, False) for _, _, number in alike))
    return [form for _, form in sorted(best.values(), key=lambda pair: pair[0])[:limit]]


def _beginning_with(keys: Sequence[tuple[str, int]], key: str) -> Iterator[tuple[int, bool]]:
    """Numbers of the forms whose key begins with ``key``, and whether it is all of it."""
    first = bisect_left(keys, (key, -1))
    for found, number in keys[first : first + _ENOUGH]:
        if not found.startswith(key):
            return
        yield number, found == key


def _containing(index: NameIndex, key: str) -> Iterator[tuple[int, bool]]:
    """Numbers of the forms whose key contains ``key``."""
    at = index.joined.find(key)
    for _ in range(_ENOUGH):
        if at < 0:
            return
        yield bisect_left(index.starts, at + 1) - 1, False
        at = index.joined.find(key, at + len(key))


def forms_of(names: Iterable[tuple[str, str]], ranks: Mapping[str, int]) -> list[Form]:
    """The forms of (name or alias, concept id) pairs as a store lists them.

    The name of a concept is the one that its id is made of.

    Args:
        names: by (id, name).
        ranks: concept id → place by importance; those that are missing come after all others.
    """
    last = len(ranks)
    return [
        Form(text, concept, ranks.get(concept, last), fold(text) == concept.partition("~")[0])
        for text, concept in names
    ]
