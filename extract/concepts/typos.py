"""Mistyped names: a rare form one letter away from a frequent one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

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
    frequent = sorted(k for k, n in counts.items() if n >= 3 and k.isascii() and len(k) >= 7)
    signatures: dict[str, list[str]] = defaultdict(list)
    for key in frequent:
        for signature in _deletions(key):
            signatures[signature].append(key)
    links = []
    for key in sorted(counts):
        if counts[key] > 2 or not key.isascii() or len(key) < 7 or any(c.isdigit() for c in key):
            continue
        surface = surfaces[key]
        if table.get(surface.lower(), 0.0) > 0 or (lexicon and key in lexicon.keys):
            continue
        near = {
            other
            for signature in _deletions(key)
            for other in signatures.get(signature, ())
            if other != key and other[0] == key[0] and OSA.distance(key, other, score_cutoff=1) == 1
        }
        near = {other for other in near if _is_slip(surface, surfaces[other])}
        if near:
            best = max(sorted(near), key=lambda k: counts[k])
            if counts[best] >= 3 * counts[key] and not different_family(surface, surfaces[best]):
                links.append(AliasLink(best, key, surfaces[best], surface, "typo"))
    return links


_IRREGULAR: Final = (("us", "i"), ("um", "a"), ("on", "a"), ("is", "es"), ("ex", "ices"), ("ix", "ices"))
"""Endings of one noun in the singular and the plural."""


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


def _deletions(key: str) -> set[str]:
    return {key} | {key[:i] + key[i + 1 :] for i in range(1, len(key))}
