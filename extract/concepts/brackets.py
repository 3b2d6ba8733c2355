"""X (Y): whether Y can be a second name of X at all, or is a remark about it.

The trained model of :mod:`extract.concepts.alias_pairs` says how probable a pair is; this module asks for a reason. Y
is a name where it abbreviates X, is written in another script, or respells X: it shares the head word without being a
kind of X. A synonym that shares nothing with X is accepted only if the notes use it nowhere else, because two names
that live separate lives are two things (a test and the disease that it shows, a class and its member). Everything else
that people put in brackets is a remark: a period, a place, a year, a cause, an example, a list of members.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from extract.concepts.acronyms import expands, is_acronym
from extract.concepts.contrasts import contrasting
from extract.text.keys import key_of
from extract.text.segment import tokenize
from graph.text.frequency import zipf
from graph.text.scripts import has_han

_YEAR: Final = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)|\bn\.d\.|\bet al\b|世纪|年$|^[\d.,~-]+$")
_SYMBOL: Final = re.compile(r"[\\{}^$=]|^[A-Za-z]['′]?$|(?<![A-Za-z])[A-Za-z]{1,2}_|_[A-Za-z]{1,2}(?![A-Za-z])")
"""What formulas and code have and names of concepts do not."""
_ERA: Final = re.compile(
    r"(?:[东西南北前后]?(?:夏|商|殷|周|秦|汉|魏|蜀|吴|晋|隋|唐|宋|辽|金|元|明|清|齐|梁|陈|赵|燕|楚|韩|凉)(?:朝|代|末"
    r"|初|初年|末年)?"
    r"|(?:春秋|战国|三国|五代|五代十国|十六国|南北朝|六朝|民国|先秦|近代|现代|古代|当代)(?:时期|时代|初年|末年)?"
    r"|.*(?:时期|年间|王朝|时代))"
)
"""Periods of Chinese history: a closed class, one to five characters."""
_UNITS: Final = re.compile(
    r"^[a-zµμ]{1,4}/?(?:dL|L|kg|ml|min|hr?s?|s|d|day|m2?)?$|^(?:hrs?|mins?|months?|weeks?|days?|years?)$"
)
_LISTING: Final = re.compile(
    r"\s(?:and|or|vs\.?|with|without|if|in|of the|due to|from)\s|[&±+→↑↓≥≤<>=:：…⊕、]|[和或与及]"
)
_ADVERBS: Final = re.compile(
    r"^(?:\w+ly|often|usually|most|more|less|early|late|known|due|qv|cf|see|if|when|only|also|not|no|non|per|via|by"
    r"|for|to|after|before|with"
    r"|espec?|especially|incl|including|e\.?g|i\.?e|avoid|adjust|use|used|using|give|given|take|taken|treat|check"
    r"|consider|assess|need|needs"
    r"|choose|add|start|stop|rule|caused?|requires?|increases?|decreases?|post|pre)\b",
    re.IGNORECASE,
)
_ADJECTIVE: Final = re.compile(r"(?:al|ic|ive|ous|ed|ble|ary|ful|less|like|based|dependent)$", re.IGNORECASE)
_REMARK_START: Final = re.compile(r"^(?:未(?!来|定|知)|已|仅|需|由|从|转向|用于|负责|属于|来自|主要|部分|所有|暗示)")
_PLURAL: Final = re.compile(r"[a-z]{3,}s$")
_SECTION: Final = re.compile(r"^第?[一二三四五六七八九十百\d.]+[章节篇部册卷课讲条款版期级类种个]|^[上下中][册卷篇部]$")
_PROPER_TAGS: Final = ("nr", "ns", "nt", "t", "m")
"""Tags of persons, places, organisations, times and numbers."""
_DEED_TAGS: Final = ("i", "l")
"""Tags of idioms and set phrases."""
_SHORT: Final = 5
"""Letters of an abbreviation in small letters."""
_RARE: Final = 3.6
"""Zipf frequency under which an English word is a technical one."""
_COMMON_LETTERS: Final = frozenset("之的与和")


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket of a document, as far as repetition is concerned."""

    outer: str
    inner: str
    heading: bool = False
    """Whether it is in a heading."""


def is_short_form(short: str, long: str) -> bool:
    """Whether ``short`` may abbreviate ``long``, both in one script: capitals, or up to five letters (``iss``, issuer).

    A number in both is compared apart from the letters, since it may move: 4-bit NormalFloat is NF4.
    """
    if " " in short or len(short) >= len(long) or has_han(short) or has_han(long):
        return False
    if not (is_acronym(short) or (len(short) <= _SHORT and short.isalpha())):
        return False
    if expands(short, long):
        return True
    letters, words = re.sub(r"\d+", "", short), re.sub(r"\d+[ -]?(?:bit\b)?", "", long).strip(" -")
    return len(letters) > 1 and re.findall(r"\d+", short) == re.findall(r"\d+", long) and expands(letters, words)


def remark(outer: str, inner: str, whole: str, *, said: bool = False, inside: bool = False, alone: bool = True) -> str:
    """Why ``inner``, in a bracket after ``outer``, is a remark and not a name; empty where it may be a name.

    Args:
        outer: what is written before the bracket.
        inner: the name in the bracket.
        whole: everything between the brackets.
        said: the notes say that it is a name (also known as); then only what can never be one is a remark.
        inside: ``outer`` is in the bracket as well, before ``inner``.
        alone: the paragraph or item has no other bracket. A row of names with a bracket each annotates them.

    Returns:
        ``symbol``, ``period``, ``citation``, ``unit``, ``contrast``, ``list``, ``phrase``, ``kind``, ``mismatch`` or
        ``unlike``.
    """
    if _SYMBOL.search(inner) or _SYMBOL.search(outer):
        return "symbol"
    if _ERA.fullmatch(inner):
        return "period"
    if _YEAR.search(inner) and not _YEAR.search(outer):
        return "citation"
    if contrasting(outer, inner):
        return "contrast"
    if said:
        return ""
    cjk_outer, cjk_inner = has_han(outer), has_han(inner)
    fits = is_short_form(inner, outer) or is_short_form(outer, inner)
    if cjk_outer != cjk_inner:
        return _across_scripts(outer, inner)
    if not cjk_inner and _UNITS.match(inner) and not fits:
        return "unit"
    if fits and not _ADVERBS.match(max(inner, outer, key=len)):
        return "list" if _several_short_forms(whole) and not _exact(outer, inner) else ""
    if inside or _LISTING.search(inner) or "、" in whole:
        return "list"
    judge = _one_script_han if cjk_inner else _one_script_latin
    return judge(outer, inner, whole, alone=alone)


def _across_scripts(outer: str, inner: str) -> str:
    """Not for a clause, and not where the Latin words in a mixed name contradict the abbreviation."""
    if has_han(inner):
        return "phrase" if _REMARK_START.match(inner) else ""
    latin = [word for word in re.findall(r"[A-Za-z]{2,}", outer) if not word.isupper()]
    if latin and is_acronym(inner):
        letters = inner.lower()
        if not any(word.lower() in letters or word[0].lower() in letters for word in latin):
            return "mismatch"
    return "list" if re.search(r"\s(?:and|or)\s|[+→±]", inner) and not re.search(r"[和与或及+]", outer) else ""


def _several_short_forms(whole: str) -> bool:
    pieces = [p.strip() for p in re.split(r"[,，;；/、]|\s(?:or|and|或|和)\s", whole)]
    return sum(is_acronym(p) for p in pieces) >= 2


def _exact(outer: str, inner: str) -> bool:
    short, long = sorted((outer, inner), key=len)
    initials = "".join(w[0] for w in re.findall(r"[a-z0-9]+", long.lower()))
    return initials == "".join(c for c in short.lower() if c.isalnum()).removesuffix("s")


def _one_script_han(outer: str, inner: str, whole: str, *, alone: bool) -> str:
    """Chinese after Chinese: a shared head, or a noun that may be a synonym.

    Never a person, a place, a deed or a number.
    """
    tags = [t.pos for t in tokenize(inner)]
    if any(t.startswith(_PROPER_TAGS) for t in tags) or _REMARK_START.match(inner) or _SECTION.match(inner):
        return "phrase"
    if outer in inner or inner in outer:
        return "kind"
    if _share_characters(outer, inner):
        return ""
    noun = not any(t.startswith(_DEED_TAGS) for t in tags) and not tags[0].startswith(("v", "a", "d", "p", "f"))
    person = any(t.pos.startswith("nr") for t in tokenize(outer))
    return "" if alone and noun and not person and inner == whole.strip() else "unlike"


def _share_characters(outer: str, inner: str) -> bool:
    shared = {c for c in set(outer) & set(inner) if has_han(c)} - _COMMON_LETTERS
    return bool(shared) and (outer[-1] == inner[-1] or len(shared) >= 2)


def _stems(name: str) -> list[str]:
    return [key_of(word) for word in re.findall(r"[A-Za-z0-9]+", name)]


def _one_script_latin(outer: str, inner: str, whole: str, *, alone: bool) -> str:
    """English after English: a shared head word, or a rare noun that may be a synonym (see :func:`needs_silence`)."""
    one, other = _stems(outer), _stems(inner)
    if not one or not other or _ADVERBS.match(inner):
        return "phrase"
    if set(one) == set(other):
        return ""
    if set(one) < set(other) or set(other) < set(one):
        return "kind"
    if _share_head(one, other):
        return ""
    words = re.findall(r"[A-Za-z]+", inner)
    rare = min((zipf(w.lower(), "en") for w in words if len(w) > 2), default=9.0) < _RARE
    single = inner.strip() == whole.strip(" \"'“”*_`")
    if not alone or not single or not rare or is_acronym(inner) or is_acronym(outer) or any(c.isdigit() for c in inner):
        return "unlike"
    if _ADJECTIVE.search(words[-1]) or (_PLURAL.search(outer) and not _PLURAL.search(inner)):
        return "unlike"
    attributed = len(words) == 1 and inner[:1].isupper() and outer[:1].islower()
    return "unlike" if attributed else ""  # a theorem and who found it, a finding and where


def _share_head(one: Sequence[str], other: Sequence[str]) -> bool:
    return one[-1] in other or other[-1] in one or len(set(one) & set(other)) >= 2


def needs_silence(outer: str, inner: str) -> bool:
    """Whether ``inner`` is a second name only if the notes use it nowhere but next to ``outer``.

    So it is where nothing in the two names shows that they are one (dry mouth, xerostomia): names that live separate
    lives are two things.
    """
    if has_han(outer) != has_han(inner) or is_short_form(inner, outer) or is_short_form(outer, inner):
        return False
    if has_han(outer):
        return not _share_characters(outer, inner)
    one, other = _stems(outer), _stems(inner)
    return bool(one and other) and set(one) != set(other) and not _share_head(one, other)


def repeated(brackets: Iterable[Bracket]) -> set[tuple[str, str]]:
    """(outer key, inner key) of the brackets that their own repetition shows to be remarks.

    One remark follows several different terms (范宽（北宋）, 郭熙（北宋）); one heading term is qualified in several
    ways (Expected value (Discrete), Expected value (Continuous)). An abbreviation is exempt: it fits its long form by
    its letters. A name in another script may translate two synonyms (小样本学习, 少样本学习); it takes three terms that
    share nothing to make it a remark.
    """
    items = list(brackets)
    after: dict[str, set[str]] = defaultdict(set)
    qualified: dict[str, set[str]] = defaultdict(set)
    for item in items:
        after[key_of(item.inner)].add(item.outer.lower())
        if item.heading and has_han(item.inner) == has_han(item.outer):
            qualified[key_of(item.outer)].add(key_of(item.inner))
    found = set()
    for item in items:
        outer, inner = key_of(item.outer), key_of(item.inner)
        if is_short_form(item.inner, item.outer) or is_short_form(item.outer, item.inner):
            continue
        terms = 2 if has_han(item.inner) == has_han(item.outer) else 3
        if _different(sorted(after[inner])) >= terms or (item.heading and len(qualified[outer]) > 1):
            found.add((outer, inner))
    return found


def _different(names: Sequence[str]) -> int:
    """How many of ``names``, taken greedily, share no word and no Chinese character."""
    seen: list[set[str]] = []
    for name in names:
        parts = set(re.findall(r"[a-z0-9]+", name)) | {c for c in name if has_han(c)}
        if all(not parts & other for other in seen):
            seen.append(parts)
    return len(seen)
