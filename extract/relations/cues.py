"""Words and phrasings that tell how two names are related, from ``cues_*.yaml``, found in a text all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import ahocorasick_rs
import numpy as np
import yaml
from numpy.typing import NDArray

from graph.model import RelationType
from graph.text.names import comparable
from graph.text.scripts import has_han

_FOLDER: Final = Path(__file__).parent
_LANGUAGES: Final = ("zh", "en")
_ANY: Final = {"zh": "(?:[^，。；：、,;:!?！？\\n（）()]{0,12}?)", "en": "(?:(?:[A-Za-z0-9'’/-]+\\s+){0,5}?)"}
MAX_BETWEEN: Final = 60
"""Longer texts between two names are not matched against the phrasings."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """What may appear between two names that are related in a certain way."""

    name: str
    """``zh.is_kind``: language and name in the YAML file."""
    type: RelationType
    head_first: bool
    """Whether the name that appears first is the head."""
    match: re.Pattern[str]
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    needs: tuple[str, ...] = ()
    """In lower case: each text that matches has one of these in it; nothing where it is not known."""


@dataclass(frozen=True, slots=True)
class Cues:
    """All cue words and phrasings of both languages."""

    families: tuple[str, ...]
    """Names of the families, ``cues`` first, then ``lead`` families as ``lead.kinds``."""
    words: tuple[str, ...]
    word_family: tuple[int, ...]
    """The family of each word; a word of two families appears twice."""
    phrasings: tuple[Phrasing, ...]
    prefilter: Mapping[str, re.Pattern[str]]
    """For each language one pattern that fully matches whatever one of its phrasings without ``needs`` matches. Its
    groups are these phrasings in their order, so that the group that matches is the first one that does."""


@cache
def load_cues() -> Cues:
    """The cues of both languages."""
    tables = {lang: yaml.safe_load((_FOLDER / f"cues_{lang}.yaml").read_text(encoding="utf-8")) for lang in _LANGUAGES}
    families = [*tables["zh"]["cues"], *(f"lead.{name}" for name in tables["zh"]["lead"])]
    words: list[str] = []
    word_family: list[int] = []
    for table in tables.values():
        groups = {**table["cues"], **{f"lead.{name}": group for name, group in table["lead"].items()}}
        for family, group in groups.items():
            folded = sorted({comparable(str(word)) for word in group})
            words += folded
            word_family += [families.index(family)] * len(folded)
    phrasings = [_phrasing(lang, record) for lang, table in tables.items() for record in table["between"]]
    prefilter = {
        lang: re.compile(
            "|".join(f"({p.match.pattern})" for p in phrasings if p.name.startswith(lang) and not p.needs),
            re.IGNORECASE,
        )
        for lang in _LANGUAGES
    }
    return Cues(tuple(families), tuple(words), tuple(word_family), tuple(phrasings), prefilter)


def _phrasing(lang: str, record: Mapping[str, Any]) -> Phrasing:
    def compiled(key: str, template: str) -> re.Pattern[str] | None:
        source = record.get(key)
        return re.compile(template.format(source.replace("{any}", _ANY[lang])), re.IGNORECASE) if source else None

    match = compiled("match", "{}")
    if match is None:
        msg = f"The phrasing {record.get('name')!r} of {lang}.yaml says nothing under `match`."
        raise ValueError(msg)
    if match.groups:
        msg = f"The phrasing {record['name']!r} of {lang}.yaml has a group: write (?:…) instead of (…)."
        raise ValueError(msg)
    return Phrasing(
        f"{lang}.{record['name']}",
        RelationType(record["type"]),
        record["head"] == "first",
        match,
        compiled("before", r"(?:{})\s*\Z"),
        compiled("after", r"\s*(?:{})"),
        tuple(record.get("needs", ())),
    )


@dataclass(frozen=True, slots=True, eq=False)
class CuePlaces:
    """Where the cue words of a text begin.

    Only places are kept: a table of families × characters takes a gigabyte for ten megabytes.
    """

    size: int
    """Length of the text."""
    starts: tuple[NDArray[np.int64], ...]
    """For each family the rising offsets at which its cue words begin; a word that it lists twice appears twice."""

    def counts(self, family: int) -> NDArray[np.int32]:
        """How many cue words of ``family`` begin before each offset: shape (size + 1,), cumulative.

        So ``counts[y] - counts[x]`` cue words begin at offsets x ≤ i < y.
        """
        return np.cumsum(np.bincount(self.starts[family] + 1, minlength=self.size + 1), dtype=np.int32)

    def last_before(
        self, families: Sequence[int], offsets: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each of ``offsets`` the last cue of ``families`` that begins before it.

        Returns:
            (where it begins, its place in ``families``), the first one where several begin there; -1 where none does.
        """
        family = np.full(self.size + 1, -1, dtype=np.int64)
        for place in range(len(families) - 1, -1, -1):
            family[self.starts[families[place]]] = place
        begins = np.flatnonzero(family >= 0)
        count = np.concatenate([[0], np.cumsum(family >= 0)])[offsets]
        start = np.concatenate([[-1], begins])[count]
        return start, np.where(start >= 0, family[start], -1)


def cue_places(text: str, codes: NDArray[np.uint32]) -> CuePlaces:
    """The cue words of each family in ``text``, whose code points are ``codes``. Latin cues are whole words."""
    cues = load_cues()
    hits = np.asarray(_machine().find_matches_as_indexes(comparable(text), overlapping=True), dtype=np.int64)
    word, start, end = hits.reshape(-1, 3).T
    padded = np.concatenate([[False], _latin(codes), [False]])
    inside = (padded[start] & padded[start + 1]) | (padded[end] & padded[end + 1])
    family_of = np.asarray(cues.word_family, dtype=np.int64)
    families, places = [], []
    owners = _owners()[1]
    for copy in range(owners.shape[1]):
        owner = owners[word, copy]
        good = ~inside & (owner >= 0)
        families.append(family_of[owner[good]])
        places.append(start[good])
    family, place = np.concatenate(families), np.concatenate(places)
    return CuePlaces(len(text), tuple(np.sort(place[family == number]) for number in range(len(cues.families))))


@cache
def _machine() -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(_owners()[0]))


@cache
def _owners() -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The different words, and for each the numbers of its entries in ``Cues.words`` (-1 where there are fewer)."""
    places: dict[str, list[int]] = {}
    for number, word in enumerate(load_cues().words):
        places.setdefault(word, []).append(number)
    most = max(len(numbers) for numbers in places.values())
    table = np.full((len(places), most), -1, dtype=np.int64)
    for row, numbers in enumerate(places.values()):
        table[row, : len(numbers)] = numbers
    return tuple(places), table


def _latin(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which characters belong to Latin words and numbers."""
    lower = codes | 0x20
    return ((lower >= 97) & (lower <= 122)) | ((codes >= 48) & (codes <= 57)) | ((codes >= 0xC0) & (codes < 0x250))


@lru_cache(maxsize=100_000)
def _first_phrasing(between: str) -> int:
    """Number of the first phrasing that the text between two names matches in full, -1 without; most texts recur."""
    lang = _language(between)
    text, cues = _framed(between, lang), load_cues()
    easy = cues.prefilter[lang].fullmatch(text)
    first = _easy(lang)[easy.lastindex - 1] if easy is not None and easy.lastindex is not None else len(cues.phrasings)
    for number in _possible(between, lang):
        if number < first and cues.phrasings[number].match.fullmatch(text):
            first = number
    return first if first < len(cues.phrasings) else -1


def _next_phrasing(between: str, last: int) -> int:
    """Number of the first phrasing after number ``last`` that the text matches, -1 without."""
    lang = _language(between)
    text, phrasings = _framed(between, lang), load_cues().phrasings
    left = sorted(n for n in (*_easy(lang), *_possible(between, lang)) if n > last)
    return next((n for n in left if phrasings[n].match.fullmatch(text)), -1)


def _language(between: str) -> str:
    return "zh" if has_han(between) else "en"


def _framed(between: str, lang: str) -> str:
    return f" {between} " if lang == "en" else between


@cache
def _easy(lang: str) -> tuple[int, ...]:
    """The numbers of the phrasings of a language without ``needs``."""
    return tuple(n for n, p in enumerate(load_cues().phrasings) if p.name.startswith(lang) and not p.needs)


def _possible(between: str, lang: str) -> set[int]:
    """The numbers of the phrasings of a language of whose ``needs`` the text has one."""
    machine, owners = _needs(lang)
    if not owners:
        return set()
    plain = between.lower() if between.isascii() else caseless(between)
    words = {word for word, _, _ in machine.find_matches_as_indexes(plain, overlapping=True)}
    return {number for word in words for number in owners[word]}


@cache
def _needs(lang: str) -> tuple[ahocorasick_rs.AhoCorasick, tuple[tuple[int, ...], ...]]:
    """What finds the ``needs`` of a language, and for each of them the numbers of its phrasings."""
    owners: dict[str, list[int]] = {}
    for number, phrasing in enumerate(load_cues().phrasings):
        for word in phrasing.needs if phrasing.name.startswith(lang) else ():
            owners.setdefault(word, []).append(number)
    return ahocorasick_rs.AhoCorasick(list(owners)), tuple(map(tuple, owners.values()))


_ALSO_MATCHED: Final = str.maketrans("\u0130\u0131\u017f", "iis")
"""What :data:`re.IGNORECASE` takes for a Latin letter besides its capital."""


def caseless(text: str) -> str:
    """``text`` as patterns that do not regard case see its Latin letters; of the same length."""
    return comparable(text if text.isascii() else text.translate(_ALSO_MATCHED))


def _phrasing_at(text: str, start: int, end: int, before: int, after: int) -> int:
    """Number of the first phrasing that ``text[start:end]`` matches in full, or -1.

    ``before`` and ``after`` are the offsets at which the first name begins and the second one ends.
    """
    between = text[start:end].strip()
    number = _first_phrasing(between)
    phrasings = load_cues().phrasings
    while number >= 0:
        phrasing = phrasings[number]
        if (phrasing.before is None or phrasing.before.search(text[max(0, before - 24) : before])) and (
            phrasing.after is None or phrasing.after.match(text[after : after + 24])
        ):
            return number
        number = _next_phrasing(between, number)
    return -1


def phrasing_matches(
    text: str, starts: Sequence[int], ends: Sequence[int], before: Sequence[int], after: Sequence[int]
) -> NDArray[np.int64]:
    """For each instance the number of its phrasing or -1: the first one that fits between and around the two names.

    Args:
        text: the notes.
        starts: where the text between the names begins.
        ends: where it ends.
        before: where the first name begins.
        after: where the second one ends.
    """
    return np.asarray(
        [
            _phrasing_at(text, s, e, b, a) if 0 < e - s <= MAX_BETWEEN else -1
            for s, e, b, a in zip(starts, ends, before, after, strict=True)
        ],
        dtype=np.int64,
    )
