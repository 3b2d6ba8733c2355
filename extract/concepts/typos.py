"""Mistyped names: a rare form one letter away from a frequent one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from extract.concepts.clusters import AliasLink, different_family
from extract.concepts.contrasts import contrasting
from extract.knowledge.lexicon import Lexicon
from extract.text.keys import key_of
from graph.text.frequency import general_frequency


def typo_links(counts: Mapping[str, int], surfaces: Mapping[str, str], lexicon: Lexicon | None) -> list[AliasLink]:
    """Rare Latin forms one edit away from a frequent one (Embeding, Embedding), unless both are words or numbered.

    An edit inserts, deletes or substitutes a letter or swaps two neighbours, never the first letter.
    """
    table = general_frequency("en")
    ours = [key for key in sorted(counts) if len(key) >= _SHORTEST and key.isascii()]
    often = [key for key in ours if counts[key] >= _FREQUENT]
    rare = [key for key in ours if counts[key] < _FREQUENT]
    links = []
    for key, others in _near(rare, often).items():
        surface = surfaces[key]
        if any(map(str.isdigit, key)) or table.get(surface.lower(), 0.0) > 0 or (lexicon and key in lexicon.keys):
            continue
        near = [
            other
            for other in others
            if other[0] == key[0]
            and OSA.distance(key, other, score_cutoff=1) == 1
            and _is_slip(surface, surfaces[other])
        ]
        if near:
            best = max(near, key=lambda k: counts[k])
            if counts[best] >= 3 * counts[key] and not different_family(surface, surfaces[best]):
                links.append(AliasLink(best, key, surfaces[best], surface, "typo"))
    return links


_FREQUENT: Final = 3
"""How often the notes have a name that is spelled as it should be."""
_SHORTEST: Final = 7
"""Letters of a name that is looked at."""


def _near(rare: Sequence[str], often: Sequence[str]) -> dict[str, list[str]]:
    """Which of the keys ``often`` may be one edit away from each of the ``rare`` ones, sorted; all that are, are there.

    Two texts are one edit apart only if one is the other without a letter, or both are the same without one each
    (deletion neighbourhoods: Mor & Fraenkel 1982, https://doi.org/10.1145/358728.358752). Texts without a letter are
    compared by a number each.
    """
    numbers, owners = _without_a_letter(often)
    order = np.argsort(numbers, kind="stable")
    numbers, owners = numbers[order], owners[order]
    asked, of = _without_a_letter(rare)
    first, end = (np.searchsorted(numbers, asked, side=side) for side in ("left", "right"))
    found: dict[str, set[str]] = defaultdict(set)
    for row in np.flatnonzero(end > first).tolist():
        found[rare[of[row]]].update(often[owners[at]] for at in range(first[row], end[row]))
    return {key: sorted(found[key]) for key in sorted(found)}


def _without_a_letter(keys: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A number for each key, and for each without one of its letters but the first; and the numbers of the keys.

    Texts of one letter less or more have the same number where they are the same (a polynomial over the code points,
    modulo 2^64).
    """
    by_length: dict[int, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        by_length[len(key)].append(number)
    found, owners = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int64)]
    for length, own in sorted(by_length.items()):
        letters = np.frombuffer("".join([keys[number] for number in own]).encode("ascii"), dtype=np.uint8)
        powers = np.cumprod(np.full(length, _BASE, dtype=np.uint64), dtype=np.uint64)
        terms = letters.reshape(-1, length).astype(np.uint64) * powers
        before = np.cumsum(terms, axis=1, dtype=np.uint64)
        moved = letters.reshape(-1, length)[:, 1:].astype(np.uint64) * powers[:-1]  # each in the place before its own
        behind = np.cumsum(moved[:, ::-1], axis=1, dtype=np.uint64)[:, ::-1]
        whole = before[:, -1:]
        without = before[:, :-1].copy()  # of letter i, from 1 on: what is before it, and what is behind it
        without[:, :-1] += behind[:, 1:]
        found.append(np.concatenate([whole, without], axis=1).ravel())
        owners.append(np.repeat(np.asarray(own, dtype=np.int64), length))
    return np.concatenate(found), np.concatenate(owners)


_IRREGULAR: Final = (("us", "i"), ("um", "a"), ("on", "a"), ("is", "es"), ("ex", "ices"), ("ix", "ices"))
"""Endings of one noun in the singular and the plural."""


_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
"""An odd number, so that no power of it is 0."""
_A_WORD: Final = 3e-8
"""Frequency from which a string of letters is an English word, and not a slip that many people make."""


_NEAR_LETTERS: Final = 4
"""A word that one letter changes must have more letters than this: in a short one a letter makes another word."""


def _is_slip(rare: str, frequent: str) -> bool:
    """Whether ``rare`` is ``frequent`` with one word misspelt or in another number.

    The misspelt word must not be a word itself, nor an opposite of the other (hyper-, hypo-; -ate, -ite), and no word
    may come or go: affine n-space is not affine space, what is not closed is not non-closed.
    """
    one, other = (re.findall(r"[^\s\-–_/]+", name.lower().replace("’", "'")) for name in (rare, frequent))
    if len(one) != len(other):
        return "".join(one) == "".join(other)
    changed = [(x, y) for x, y in zip(one, other, strict=True) if not _same_noun(x, y)]
    if len(changed) != 1:
        return not changed
    word, right = changed[0]
    known = general_frequency("en").get(word, 0.0)
    if min(len(word), len(right)) <= _NEAR_LETTERS or not (word.isalpha() and right.isalpha()):
        return False
    return known < _A_WORD and not contrasting(word, right)


def _same_noun(one: str, other: str) -> bool:
    """Whether two words are one noun in two numbers, or with and without a possessive s."""
    if key_of(one.removesuffix("'s")) == key_of(other.removesuffix("'s")):
        return True
    return any(
        x.endswith(a) and len(x) - len(a) >= 3 and x[: -len(a)] + b == y
        for a, b in (*_IRREGULAR, ("es", ""))
        for x, y in ((one, other), (other, one))
    )
