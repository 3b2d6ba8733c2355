"""Abbreviations and what they abbreviate, after Schwartz & Hearst (2003, doi:10.1142/9789812776303_0042)."""

from __future__ import annotations

import re
from typing import Final

_ACRONYM: Final = re.compile(r"^[A-Za-z][A-Za-z0-9&+./-]{1,11}$")


def initials(words: str) -> str:
    """The first letters and digits of the words."""
    return "".join(word[0] for word in re.findall(r"[a-z0-9]+", words.lower()))


def is_acronym(form: str) -> bool:
    """Whether ``form`` is written like an abbreviation: no spaces, at least two capitals, at most 12 characters."""
    return _ACRONYM.match(form) is not None and sum(c.isupper() for c in form) >= 2


def expands(acronym: str, words: str) -> bool:
    """Whether the letters of ``acronym`` appear in order in ``words``, the first at its very beginning."""
    letters = letters_of(acronym, words)
    text = iter(words.lower())
    return words[:1].lower() == letters[:1] and all(letter in text for letter in letters)


def letters_of(acronym: str, words: str) -> str:
    """The letters that ``words`` must contain.

    All of the acronym's, without the s of a plural that ``words`` does not have.
    """
    letters = "".join(c for c in acronym.lower() if c.isalnum())
    is_plural = len(letters) > 2 and letters[-1] == "s" and not words.lower().rstrip(".").endswith("s")
    return letters[:-1] if is_plural else letters


def long_form(acronym: str, before: str) -> str | None:
    """The phrase at the end of ``before`` that ``acronym`` abbreviates, or None.

    It is the shortest whose words begin with the acronym's letters (PPO is proximal policy optimization, though policy
    optimization contains its letters too), or else the shortest that contains the letters in order, as Schwartz &
    Hearst have it.
    """
    words = list(re.finditer(r"[A-Za-z0-9][\w'’-]*", before))
    letters = sum(c.isalnum() for c in acronym)
    shortest = None
    for match in reversed(words[-min(letters + 5, letters * 2) :]):
        phrase = before[match.start() :].strip(" \"'“”*")
        if re.search(r"[，。；：,;:.!?()（）]", phrase):
            break
        if " " not in phrase.replace("-", " ") or not expands(acronym, phrase):
            continue
        if initials(phrase) == letters_of(acronym, phrase):
            return phrase
        shortest = shortest or phrase
    return shortest
