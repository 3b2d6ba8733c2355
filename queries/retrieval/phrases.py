"""Names in running text without a graph: the named things of a passage, its first one, and where known names appear.

This serves the subjects of notes (:mod:`queries.retrieval.units`): the people, places and works that notes name are
seldom concepts of the graph.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final

from ahocorasick_rs import AhoCorasick

from graph.text.scripts import HAN, has_han
from queries.question.words import without_accents, words

LEAD: Final = 200
"""Characters at the beginning of a passage in which its first named thing is looked for."""
LEAD_WORDS: Final = 10
"""Words of a name at the beginning of a passage, at most."""
SHORTEST: Final = 3
"""Letters of a Latin name, at least."""

_WORD: Final = re.compile(rf"[{HAN}]|[^\W_{HAN}]+")
_CAPITAL: Final = rf"[^\W\d_a-zß-öø-ÿ{HAN}]"
_PHRASE: Final = re.compile(
    rf"(?:(?:{_CAPITAL}|\d)[\w'’.-]*)(?:\s+(?:(?:of|the|and|de|von|van|la|le|du|da|di|del|der|bin|ibn|al|for|in|on|at|to|an?|&)\s+){{0,2}}(?:{_CAPITAL}|\d)[\w'’.-]*)*"
    r"|[《「“](?P<quoted>[^《》「」“”]{2,40})[》」”]"
)
"""Words with a capital (or digits), with the small words that names contain between them; or a quoted title."""
_SUBJECT: Final = re.compile(
    r"^\W*(?P<name>.{2,90}?)\s*(?:[(（\[,，;:：]|\s(?:is|was|are|were|has|had|refers|means|born)\b|是|指)",
    re.IGNORECASE,
)
_ASIDE: Final = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
_BEFORE_NAMES: Final = frozenset({"the", "a", "an", "in", "at", "on", "from", "after", "during", "by", "as", "for"})


def key(text: str) -> str:
    """Words of ``text`` in lower case, one space between, without accents; a Chinese character is a word.

    What names are compared by.

    >>> key("Maurice, Prince of Orange")
    'maurice prince of orange'
    """
    return " ".join(_WORD.findall(without_accents(unicodedata.normalize("NFKC", text)))).lower()


def without_aside(title: str) -> str:
    """A title without what tells it apart from others of that name: ``Excalibur (film)`` is called Excalibur.

    >>> without_aside("Excalibur (film)")
    'Excalibur'
    """
    return _ASIDE.sub("", title) or title


def phrases(text: str) -> list[str]:
    """Keys of the named things in ``text``, in its order, each once: runs of words with capitals, and quoted titles.

    >>> phrases("It was founded by Leo Fong of the United States, near Reno.")
    ['leo fong of the united states', 'reno']
    """
    found = (_named_thing(m.group("quoted") or m.group()) for m in _PHRASE.finditer(text))
    return list(dict.fromkeys(k for k in found if k))


@lru_cache(maxsize=50_000)
def _named_thing(phrase: str) -> str:
    """The key of a thing that a text names so; empty where it cannot be a name."""
    found = _without_article(key(phrase))
    return found if may_be_name(found) else ""


def lead_names(text: str) -> list[str]:
    """Keys of what the passage ``text`` seems to be about.

    What is before its first verb or parenthesis, and its first named thing.

    >>> lead_names("The Blood Demon is a film by Harald Reinl.")
    ['the blood demon', 'blood demon']
    """
    opening = text[:LEAD]
    match = _SUBJECT.match(opening)
    found = [key(match.group("name"))] if match else []
    found = [k for k in found if len(k.split()) <= LEAD_WORDS] + phrases(opening)[:1]
    names: list[str] = []
    for name in found:
        names += [name, _without_article(name)]
    return list(dict.fromkeys(k for k in names if may_be_name(k)))


def _without_article(name: str) -> str:
    """A key without the articles and prepositions that it begins with."""
    parts = name.split()
    while parts and parts[0] in _BEFORE_NAMES:
        parts = parts[1:]
    return " ".join(parts)


def may_be_name(name: str) -> bool:
    """Whether a key can be a name: no number, no function word, not too short."""
    chinese = has_han(name)
    return (
        not name.replace(" ", "").isdigit()
        and name not in words().function_en
        and len(name) >= (2 if chinese else SHORTEST)
    )


class PhraseFinder(ABC):
    """Finds known names in text, at word boundaries; the longest at each place."""

    def find(self, text: str, *, capital: bool) -> list[int]:
        """Numbers of the names in ``text``, in its order, each once.

        Args:
            text: any text.
            capital: only where the text writes the name's first letter as a capital (Chinese and digits always count).
        """
        cased = " " + " ".join(_WORD.findall(without_accents(unicodedata.normalize("NFKC", text)))) + " "
        low = cased.lower()
        if len(low) != len(cased):  # a letter whose small form is longer: offsets would not meet
            cased = low.upper() if len(low.upper()) == len(low) else low
        matches = [
            (start, -end, number)
            for number, start, end in self._matches(low)
            if not capital or not cased[start + 1].islower()
        ]
        found: list[int] = []
        reached = 0
        for start, minus_end, number in sorted(matches):
            if start + 1 >= reached:
                found.append(number)
                reached = -minus_end
        return list(dict.fromkeys(found))

    @abstractmethod
    def _matches(self, low: str) -> Iterable[tuple[int, int, int]]:
        """(number, start, end) of all names in ``low``, words with one space before and behind each of them.

        The spaces before and behind a name belong to it.
        """


class NamesInTexts(PhraseFinder):
    """For many texts: all names are looked for at once.

    Args:
        names: keys; the number of a name is its place.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._automaton = AhoCorasick([f" {name} " for name in names])

    def _matches(self, low: str) -> Iterable[tuple[int, int, int]]:
        return self._automaton.find_matches_as_indexes(low, overlapping=True)


class NamesInQuestion(PhraseFinder):
    """For a few short texts: each run of words is looked up, so that nothing has to be made of all names first.

    Args:
        number_of: the number of a key; None where it is not a name.
        longest: words of the longest name.
    """

    def __init__(self, number_of: Callable[[str], int | None], *, longest: int) -> None:
        self._number_of, self._longest = number_of, longest

    def _matches(self, low: str) -> Iterable[tuple[int, int, int]]:
        gaps = [at for at, letter in enumerate(low) if letter == " "]
        for first, start in enumerate(gaps):
            for end in gaps[first + 1 : first + 1 + self._longest]:
                number = self._number_of(low[start + 1 : end])
                if number is not None:
                    yield number, start, end + 1
