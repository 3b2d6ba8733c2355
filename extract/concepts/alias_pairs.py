"""Names that appear side by side, X (Y) and X, or Y.

Which of them are two names of one thing, by a small trained model.

Abbreviations in parentheses follow Schwartz & Hearst (2003, doi:10.1142/9789812776303_0042); the model extends this to
translations, full forms and plain second names, and to Chinese: 低秩适应（Low-Rank Adaptation, LoRA）. Parentheses say
many other things as well (examples, amounts, hints), so features are about both names, what opens the parenthesis, and
how well one could abbreviate the other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extract.concepts.acronyms import expands, initials, is_acronym, letters_of, long_form
from extract.concepts.brackets import is_short_form, remark
from extract.concepts.candidates import Candidates
from extract.concepts.content_words import usable
from extract.concepts.forms import FLAG, Forms
from extract.knowledge.lexicon import Lexicon
from extract.notes.blocks import BlockKind
from extract.text.keys import key_of
from extract.text.segment import Token, tokenize
from graph.classifiers import Model, load_model
from graph.text.frequency import zipf
from graph.text.scripts import HAN, count_han, has_han

LIKELY: Final = 0.6
"""Pairs from this probability on are one thing."""
_REACH: Final = 8
"""Words before a parenthesis that the name before it can have."""
_MOST_PIECES: Final = 4

_LIST_OPENERS: Final = re.compile(
    r"^\s*(?:如|例如|比如|譬如|诸如|包括|包含|含|像|见|参见|参考|注|约|共|通常|一般|主要|可选|推荐|默认|不|无|仅|需|已|"
    r"e\.?g\.?|such as|like|including|see|cf|for example|by|in|with|from|to|for|on|at|not|no|only|if|when|which|"
    r"usually)(?![A-Za-z])",
    re.IGNORECASE,
)
_ALSO_IN: Final = re.compile(
    r"^\s*(?:简称为?|即|又称为?|也称为?|也叫|亦称|又叫|又名|俗称|缩写为?|英文名?|英文全称|全称为?|aka|a\.k\.a\.?|"
    r"also (?:known as|called)|also|i\.e\.,?|or|abbreviated(?: as)?|short "
    r"for|plural\s*[=:]?|singular\s*[=:]?)\s*[:：]?\s*",
    re.IGNORECASE,
)
_OR: Final = re.compile(
    r",\s+(?:or|also called|also known as|called)\s+(?:the |an? )?(?=([A-Za-z][A-Za-z '’-]{2,40}?)\s*[,.;)])"
)
_ALSO: Final = re.compile(
    r"[，,]?\s{0,20}(?:也就是|即|或称|也叫|又叫|简称|又称|亦称|也称|也可称|也可以称|也被称|又被称|称之)(?:为|做|作)?"
    rf"\s*[“\"「『*]*(?=[A-Za-z{HAN}])"
)
_QUANTITY: Final = re.compile(
    r"[~≈约<>≤≥]?\s*\d+(?:[.,]\d+)*\s*(?:[KMBTG]B?|[万亿千百]|%|tokens?\b|GB|MB|ms|年|月|天|倍|个|层|维)", re.IGNORECASE
)
"""An amount in parentheses renames nothing: 预训练（14.8T tokens）."""
_PIECES: Final = re.compile(r"[,，;；/]|\s或\s|\sor\s")
_FUNCTION_TAGS: Final = ("u", "p", "c", "r", "d", "y")
_PAREN_IN: Final = FLAG["paren_in"]

FEATURES: Final = (
    "outer_score", "inner_score", "outer_known", "inner_known", "outer_best", "outer_rank", "outer_left_edge",
    "outer_words",
    "inner_words", "outer_cjk", "inner_cjk", "same_script", "mixed", "inner_acronym", "outer_acronym", "inner_expands",
    "outer_expands",
    "initials", "inner_is_long_form", "said", "opener", "pieces", "piece", "listed", "digits", "amount",
    "letters_per_word", "fits",
    "outer_rarity", "inner_rarity", "outer_count", "inner_count", "inner_elsewhere", "contains", "numbers_differ",
    "inner_function",
    "inner_lower", "whole_inner", "same_entry", "other_entry", "in_heading", "in_item", "in_cell", "is_or", "inside",
    "rest_empty",
)  # fmt: skip
"""Names of the features, in order."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A parenthesis (or an "or") and what is before it."""

    before: str
    inner: str
    block: int
    is_or: bool
    vague: bool = False
    """The words that link them link other things as well: ``or``, 即."""


class NamePair(NamedTuple):
    """Two forms that may be one thing."""

    outer: str
    inner: str
    bracket: _Place
    """Where they are."""
    place: tuple[int, int]
    """Number of the parenthesis in the document, and of the piece in it: of these only one outer form is right."""
    said: bool
    piece: str
    """The piece of the parenthesis, with the words before the inner name that join it."""
    inside: bool
    """Whether the outer form is in the parenthesis as well."""
    alone: bool
    """Whether the block has no other parenthesis."""
    features: tuple[float, ...]

    @property
    def block(self) -> int:
        """Index of the block."""
        return self.bracket.block

    @property
    def remark(self) -> str:
        """Why the inner one is a remark and no name (see :mod:`extract.concepts.brackets`).

        Empty where it may be a name. Found when asked for: only of probable pairs anybody does.
        """
        return _why_remark(self._replace(place=(0, 0), features=()))


_VAGUE: Final = re.compile(r"^[\s,，]*(?:or\b|also(?! known| called)\b|即|也就是|i\.e\.)", re.IGNORECASE)


def name_pairs(candidates: Candidates[Forms], scores: Mapping[str, float], lexicon: Lexicon | None) -> list[NamePair]:
    """All pairs of names that appear side by side in a document, in the order of the text."""
    out: list[NamePair] = []
    memo = candidates.memo
    if "places" not in memo:
        sure = [_Place(before, inner, index, is_or=False) for before, inner, index, _ in candidates.pairs]
        rest: list[tuple[list[_Place], list[tuple[str, int, bool, list[tuple[str, str]]]]]] = []
        for block in candidates.doc.blocks:
            text = block.text
            ors = [
                _Place(
                    text[max(0, m.start() - 80) : m.start()],
                    m[1],
                    block.index,
                    is_or=True,
                    vague=_VAGUE.match(m[0]) is not None,
                )
                for m in _OR.finditer(text)
            ]
            also = (
                list(_also(text, block.index, candidates))
                if "即" in text or "称" in text or "叫" in text or "也就是" in text
                else []
            )
            if ors or also:
                rest.append((ors, also))
        memo["places"] = sure, rest
    sure, rest = memo["places"]
    places = list(sure)
    for ors, also in rest:
        places += ors
        for before, index, vague, pieces in also:
            best = (0.05, "")
            for number, (piece, key) in enumerate(pieces):
                if key:
                    best = max(best, (scores.get(key, 0.0) + 0.08 * number, piece))
            if best[1]:
                places.append(_Place(before, best[1], index, is_or=True, vague=vague))
    for number, place in enumerate(places):
        if place not in memo:
            memo[place] = list(_of_place(place, candidates))
        for pair, a, b, suffixes in memo[place]:
            full = list(pair.features)
            full[_SCORE_A], full[_SCORE_B] = score_a, _ = scores.get(a, 0.0), scores.get(b, 0.0)
            full[_BEST] = float(score_a >= max((scores.get(s, 0.0) for s in suffixes), default=0.0))
            if lexicon:
                entry_a, entry_b = lexicon.keys.get(a), lexicon.keys.get(b)
                both = entry_a is not None and entry_b is not None
                full[_SAME], full[_OTHER] = float(both and entry_a == entry_b), float(both and entry_a != entry_b)
            out.append(pair._replace(place=(number, pair.place[1]), features=tuple(full)))
    return out


_SCORE_A, _SCORE_B, _BEST, _SAME, _OTHER = (
    FEATURES.index(name) for name in ("outer_score", "inner_score", "outer_best", "same_entry", "other_entry")
)


def _also(
    text: str, block: int, candidates: Candidates[Forms]
) -> Iterator[tuple[str, int, bool, list[tuple[str, str]]]]:
    """X，即 Y and the like: what is before, the block, whether 即 links them, and the pieces that may be Y.

    With the keys of forms.
    """
    for match in _ALSO.finditer(text):
        after = text[match.end() : match.end() + 40]
        pieces: list[tuple[str, str]] = []
        for number, token in enumerate(tokenize(after)):
            if number >= _REACH or token.script == "P":
                break
            piece = after[: token.end].strip()
            key = key_of(piece)
            pieces.append((piece, key if key in candidates.forms and usable(piece) else ""))
        vague = _VAGUE.match(match[0]) is not None
        yield text[max(0, match.start() - 80) : match.start()], block, vague, pieces


def _of_place(place: _Place, candidates: Candidates[Forms]) -> Iterator[tuple[NamePair, str, str, tuple[str, ...]]]:
    """(pair without what scores say of it, its keys, keys of the forms before the parenthesis)."""
    raw = [p.strip(" \"'“”*_`") for p in _PIECES.split(place.inner)]
    pieces = [p for p in raw if p]
    if not pieces or len(pieces) > _MOST_PIECES:
        return
    opener = _LIST_OPENERS.match(place.inner) is not None
    suffixes = _suffixes(place.before, candidates)
    suffix_keys = tuple(key_of(s) for s, _ in suffixes)
    earlier: list[str] = []
    text = candidates.doc.blocks[place.block].text
    alone = text.count("(") + text.count("（") < 2
    for index, piece in enumerate(pieces):
        marked = _ALSO_IN.match(piece)
        name = piece[marked.end() :].strip(" \"'“”*_`") if marked else piece
        if not usable(name) or name.lower() in ("the", "and"):
            continue
        for rank, (outer, edge) in enumerate([*suffixes, *((e, True) for e in earlier)]):
            if key_of(outer) == key_of(name):
                continue
            inside = rank >= len(suffixes)
            row = _features(
                outer, name, place, candidates, edge=edge, rank=rank, said=marked is not None, opener=opener,
                pieces=len(pieces), index=index, inside=inside,
            )  # fmt: skip
            said = marked is not None or place.is_or
            pair = NamePair(outer, name, place, (0, index), said, piece, inside, alone, row)
            yield pair, key_of(outer), key_of(name), suffix_keys
        earlier.append(name)


@lru_cache(maxsize=10_000)
def _why_remark(pair: NamePair) -> str:
    """Why the inner name is a remark about the outer; empty where it may be a second name."""
    place, outer, name = pair.bracket, pair.outer, pair.inner
    vague = place.vague or (not place.is_or and _VAGUE.match(pair.piece) is not None)
    before = place.before[: place.before.rfind(outer)].rstrip(' *_`“"') if outer in place.before else ""
    if vague and pair.said and not has_han(name) and not is_short_form(name, outer):
        if pair.inside or before.endswith((",", "，", "、", ";", "/")):
            return "list"  # breast, lung, or prostate
        return remark(outer, name, place.inner, said=True)
    return remark(outer, name, place.inner, said=pair.said and not vague, inside=pair.inside, alone=pair.alone)


def _suffixes(before: str, candidates: Candidates[Forms]) -> list[tuple[str, bool]]:
    """(form, whether it begins a run of words) of all forms that end where ``before`` ends, the longest first."""
    tail = before[-80:].rstrip(' *_`"”’」』')
    tokens: list[Token] = []
    for token in reversed(tokenize(tail)):
        if len(tokens) >= _REACH or token.script == "P":
            break
        tokens.append(token)
    out = []
    for count, token in reversed(list(enumerate(tokens, 1))):
        piece = tail[token.start :].strip()
        if key_of(piece) in candidates.forms and usable(piece):
            out.append((piece, count == len(tokens)))
    return out


class _Name(NamedTuple):
    """What the letters of a name say, whatever it is next to."""

    key: str
    han: bool
    size: float
    """Chinese characters, or words between spaces where it has none."""
    letters: int
    """Chinese characters."""
    units: int
    """Capitals of an abbreviation, else Latin words and numbers; at least 1."""
    latin: bool
    acronym: bool
    rarity: float
    numbers: tuple[str, ...]
    digit: bool
    amount: bool
    function_word: bool
    """A Chinese name has a word that is no noun, verb or adjective."""
    lower: bool


@lru_cache(maxsize=20_000)
def _name(written: str) -> _Name:
    han, letters, acronym = has_han(written), count_han(written), is_acronym(written)
    units = sum(c.isupper() for c in written) if acronym else len(re.findall(r"[A-Za-z0-9]+", written))
    return _Name(
        key_of(written), han, float(letters if han else len(written.split())), letters, max(1, units),
        re.search("[A-Za-z]", written) is not None, acronym, zipf(written.lower(), "zh" if han else "en"),
        tuple(re.findall(r"\d+", written)), any(c.isdigit() for c in written), _QUANTITY.match(written) is not None,
        han and any(t.pos[:1] in _FUNCTION_TAGS for t in tokenize(written)), written.islower(),
    )  # fmt: skip


def _features(
    outer: str,
    name: str,
    place: _Place,
    candidates: Candidates[Forms],
    *,
    edge: bool,
    rank: int,
    said: bool,
    opener: bool,
    pieces: int,
    index: int,
    inside: bool,
) -> tuple[float, ...]:
    """The features, without those of scores and lexicon."""
    one, other = _name(outer), _name(name)
    forms = candidates.forms
    number_a, number_b = forms.index.get(one.key), forms.index.get(other.key)
    count_a = 0 if number_a is None else int(forms.count[number_a])
    count_b, paren_b = 0, 0
    if number_b is not None:
        count_b, paren_b = int(forms.count[number_b]), int(forms.flags[number_b, _PAREN_IN])
    kind = candidates.doc.blocks[place.block].kind
    crossing = one.han != other.han
    letters, count = (one.letters, other.units) if one.han else (other.letters, one.units)
    return (
        0.0, 0.0, float(number_a is not None), float(number_b is not None), 0.0, float(min(rank, 8)), float(edge),
        one.size, other.size, float(one.han), float(other.han), float(not crossing), float(one.han and one.latin),
        float(other.acronym), float(one.acronym),
        float(other.acronym and not one.han and expands(name, outer)),
        float(one.acronym and not other.han and expands(outer, name)),
        float(other.acronym and initials(outer) == letters_of(name, outer)),
        float(other.acronym and not one.han and long_form(name, place.before) == outer),
        float(said), float(opener), float(pieces), float(index), float("、" in place.inner),
        float(other.digit), float(other.amount), min(6.0, letters / count) if crossing else 0.0,
        float(crossing and count - 0.5 <= letters <= 5 * count + 2), one.rarity, other.rarity,
        math.log1p(count_a), math.log1p(count_b), math.log1p(max(0, count_b - paren_b)),
        float(one.key in other.key or other.key in one.key), float(one.numbers != other.numbers),
        float(other.function_word), float(other.lower), float(name == place.inner.strip()), 0.0, 0.0,
        float(kind is BlockKind.HEADING), float(kind is BlockKind.ITEM), float(kind is BlockKind.CELL),
        float(place.is_or), float(inside), float(pieces == 1),
    )  # fmt: skip


def matrix(pairs: Sequence[NamePair]) -> NDArray[np.float64]:
    """The features of ``pairs``, shape (len(pairs), len(FEATURES))."""
    return np.array([pair.features for pair in pairs], dtype=np.float64).reshape(len(pairs), len(FEATURES))


@cache
def default_model() -> Model:
    """The model that comes with the package."""
    return load_model(Path(__file__).parent / "weights" / "aliases.json")


def same_things(
    pairs: Sequence[NamePair], probability: Sequence[float], *, least: float = LIKELY
) -> list[tuple[NamePair, float]]:
    """The pairs that are one thing, with their probability, in their order.

    For each name in parentheses at most one form before it.
    """
    best: dict[tuple[int, int], int] = {}
    for i, pair in enumerate(pairs):
        if probability[i] >= least and (pair.place not in best or probability[i] > probability[best[pair.place]]):
            best[pair.place] = i
    return [(pairs[i], probability[i]) for i in sorted(best.values())]
