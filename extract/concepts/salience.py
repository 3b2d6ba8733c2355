"""How likely a candidate is a concept.

Readable features, two small trained models, and how many concepts a document has.

The first model sees a candidate alone. The second also sees what the first said of the candidates around it: those that
contain it, those it contains, its neighbours in lists, its head word. Features know nothing of any subject; the lexicon
is one feature among many.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extract.concepts.candidates import Candidates
from extract.concepts.forms import FLAGS, Forms
from extract.concepts.merging import alias_links
from extract.knowledge.lexicon import Lexicon
from extract.text.keys import key_of
from extract.text.segment import without_possessive
from graph.classifiers import Model, load_model
from graph.text.frequency import general_frequency
from graph.text.scripts import HAN, has_han

_ZH_GROUPS: Final = ("n", "v", "vn", "a", "m", "f", "other")
_EN_GROUPS: Final = ("NN", "NNP", "JJ", "VBG", "VBN", "CD", "other")
_POSITION_GROUPS: Final = tuple(f"zh_{g}" for g in _ZH_GROUPS) + tuple(f"en_{g}" for g in _EN_GROUPS)
_SHARED_FLAGS: Final = (
    "heading_part", "question_part", "in_item", "in_cell", "in_paragraph", "right_paren", "right_is", "left_enum",
    "right_enum",
    "block_start", "left_det",
)  # fmt: skip
_MARKED: Final = (
    "strong", "heading", "lead", "lead_strong", "cell_first", "header", "paren_in", "enumerated", "code", "quoted",
    "link",
)  # fmt: skip

_ONE_HOT: Final = tuple([float(i == k) for k in range(len(_POSITION_GROUPS))] for i in range(len(_POSITION_GROUPS)))

BASE_FEATURES: Final = (
    "count", "lines", "density", "whole_share", "left_share", "right_share", "super_share", "lefts", "rights", "first",
    "spread",
    "count_rank", *(f"n_{f}" for f in FLAGS), *(f"share_{f}" for f in _SHARED_FLAGS), "words", "cjk_letters",
    "latin_letters",
    "is_latin", "is_cjk", "is_mixed", "has_digit", "capital", "all_caps", "camel", "hyphen", "long_word",
    *(f"first_{g}" for g in _POSITION_GROUPS), *(f"last_{g}" for g in _POSITION_GROUPS), "rare_min", "rare_max",
    "rare_mean",
    "rare_first", "rare_last", "rare_whole", "unknown_words", "pmi", "generic", "generic_last", "generic_first",
    "lexicon",
    "lexicon_part", "head_others", "start_others", "marked_kinds", "doc_cjk", "doc_size",
)  # fmt: skip
"""Names of the first model's features, in the order of its vector."""

_HAN: Final = re.compile(f"[{HAN}]+")
_LATIN: Final = re.compile("[A-Za-z]")
_DIGIT: Final = re.compile(r"\d")
_CAMEL: Final = re.compile("[a-z][A-Z]")
_COUNTS: Final = 12
"""Number of features before those of the flags."""

CONTEXT_FEATURES: Final = (
    "score", "super_max", "super_gap", "sub_max", "sub_gap", "sibling_mean", "sibling_max", "head_mean", "head_max",
    "alias_max",
    "score_rank", "overlap_max",
)  # fmt: skip
"""What the second model sees besides, from the first one's scores."""


@lru_cache(maxsize=10_000)
def _group_number(tag: str) -> int:
    """Place of the tag's group among _POSITION_GROUPS."""
    return _POSITION_GROUPS.index(_group(tag))


def _group(tag: str) -> str:
    script, _, pos = tag.partition(":")
    if script == "C":
        group = (
            pos if pos in ("vn", "a", "m", "f") else "n" if pos[:1] in "nljisbz" else "v" if pos[:1] == "v" else "other"
        )
        return f"zh_{group}"
    if script == "L":
        group = (
            "NN"
            if pos in ("NN", "NNS")
            else "NNP"
            if pos.startswith("NNP")
            else pos
            if pos in ("JJ", "VBG", "VBN", "CD")
            else "other"
        )
        return f"en_{group}"
    return "en_CD" if script == "N" else "en_other"


@lru_cache(maxsize=100_000)
def _frequency(word: str) -> float:
    """Of a word in lower case, without a possessive ending, in general language."""
    return general_frequency("zh" if has_han(word) else "en").get(without_possessive(word), 0.0)


def base_matrix(candidates: Candidates[Forms], lexicon: Lexicon | None) -> tuple[list[str], NDArray[np.float32]]:
    """Keys of the candidates, sorted, and their features, shape (n, len(BASE_FEATURES))."""
    forms = candidates.forms
    keys = sorted(forms)
    if not keys:
        return [], np.zeros((0, len(BASE_FEATURES)), dtype=np.float32)
    order = np.fromiter((forms.index[k] for k in keys), dtype=np.int64, count=len(keys))
    words = _words_of(forms, list(forms.index), lexicon)
    letters = _letters_of(forms.best_surface)
    counts = np.asarray(forms.count, dtype=np.float64)
    n = np.maximum(1.0, counts)
    ranks = np.searchsorted(np.sort(counts), counts) / max(1, len(keys))
    blocks = max(1, len(candidates.doc.blocks))
    spans = forms.blocks.sizes
    lowest = forms.blocks.values[np.minimum(forms.blocks.offsets[:-1], len(forms.blocks.values) - 1)]
    highest = forms.blocks.values[forms.blocks.offsets[1:] - 1]
    first = np.where(spans > 0, lowest / blocks, 1.0)
    spread = np.where(spans > 0, (highest - lowest) / blocks, 0.0)
    known = np.zeros(len(keys))
    generic = np.zeros(len(keys))
    if lexicon:
        known = np.fromiter(map(lexicon.keys.__contains__, forms.index), dtype=np.float64, count=len(keys))
        generic = np.fromiter(map(lexicon.generic.__contains__, forms.index), dtype=np.float64, count=len(keys))
    several = words.number > 1
    part = ((known == 0) & several & words.known).astype(np.float64)
    pmi = np.zeros(len(keys))
    fits = several & (words.rarest > 0)
    pmi[fits] = np.log(n[fits] / words.rarest[fits])
    cjk, latin = letters.cjk, letters.latin
    zh, en = general_frequency("zh"), general_frequency("en")
    # General words have no spaces in them.
    whole = _zipf(
        [
            0.0 if " " in s else (zh if c else en).get(s.lower(), 0.0)
            for s, c in zip(forms.best_surface, cjk.tolist(), strict=True)
        ]
    )
    first_group, last_group = words.first_group, words.last_group
    groups = np.eye(len(_POSITION_GROUPS))
    flags = forms.flags.astype(np.float64)
    shares = np.minimum(2.0, flags[:, [FLAGS.index(f) for f in _SHARED_FLAGS]] / n[:, None])
    total = max(1, candidates.tokens)
    marked = (forms.flags[:, [FLAGS.index(f) for f in _MARKED]] > 0).sum(axis=1)
    columns = [
        np.log(n), np.log1p(spans), np.log(1000.0 * n / total + 0.01), forms.whole / n, forms.left_edge / n,
        forms.right_edge / n,
        np.minimum(1.0, forms.super_count / n), np.log1p(forms.lefts.sizes), np.log1p(forms.rights.sizes), first,
        spread, ranks,
        *np.log1p(flags).T, *shares.T,
        words.number, cjk, np.minimum(latin, 40), cjk == 0, latin == 0, (cjk > 0) & (latin > 0), letters.digit,
        letters.capital,
        (latin > 1) & letters.upper, (latin > 1) & letters.camel, letters.hyphen, words.longest, *groups[first_group].T,
        *groups[last_group].T, words.rarity_min, words.rarity_max, words.rarity_sum / np.maximum(words.number, 1),
        words.rarity_first,
        words.rarity_last, whole, words.unknown, pmi, generic, words.generic_last, words.generic_first, known, part,
        np.log1p(words.heads), np.log1p(words.starts), marked,
        np.full(len(keys), 1.0 if candidates.doc.lang == "zh" else 0.0),
        np.full(len(keys), math.log1p(candidates.doc.size)),
    ]  # fmt: skip
    x = np.empty((len(keys), len(BASE_FEATURES)), dtype=np.float32)
    for number, column in enumerate(columns):
        x[:, number] = column[order]
    return keys, x


@dataclass(frozen=True, slots=True, eq=False)
class _WordColumns:
    """What a form's words say, a row for each form."""

    number: NDArray[np.int64]
    longest: NDArray[np.int64]
    first_group: NDArray[np.int64]
    last_group: NDArray[np.int64]
    rarity_min: NDArray[np.float64]
    rarity_max: NDArray[np.float64]
    rarity_sum: NDArray[np.float64]
    rarity_first: NDArray[np.float64]
    rarity_last: NDArray[np.float64]
    unknown: NDArray[np.int64]
    rarest: NDArray[np.float64]
    """Count of the rarest of its words that is a form of its own; of a word that is not one the form's own count
    is used."""
    generic_first: NDArray[np.float64]
    generic_last: NDArray[np.float64]
    known: NDArray[np.bool_]
    """Whether a word of two letters or more is a name of the lexicon."""
    heads: NDArray[np.int64]
    starts: NDArray[np.int64]


def _words_of(forms: Forms, keys: Sequence[str], lexicon: Lexicon | None) -> _WordColumns:
    size = len(keys)
    words = [own or (key,) for own, key in zip(forms.words, keys, strict=True)]
    length = np.fromiter(map(len, words), dtype=np.int64, count=size)
    flat = list(chain.from_iterable(words))
    numbers: dict[str, int] = {}
    # A writing → the number of its lower case: lowering each once is enough.
    number = {w: numbers.setdefault(w.lower(), len(numbers)) for w in dict.fromkeys(flat)}
    word = np.fromiter(map(number.__getitem__, flat), dtype=np.int64, count=len(flat))
    begin = np.cumsum(length) - length
    end = begin + length - 1
    texts = list(numbers)
    rarity = _zipf([_frequency(w) for w in texts])
    letters = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    generic, known = np.zeros(len(texts)), np.zeros(len(texts), dtype=bool)
    if lexicon:
        folded = list(map(key_of, texts))
        generic = np.fromiter((w in lexicon.generic for w in folded), dtype=np.float64, count=len(texts))
        known = np.fromiter((w in lexicon.keys for w in folded), dtype=bool, count=len(texts)) & (letters > 1)
    ends = [(own[0], own[-1]) if own else ("L:NN", "L:NN") for own in forms.tags]
    group = {tag: _group_number(tag) for tag in dict.fromkeys(chain.from_iterable(ends))}
    first_group = np.fromiter((group[first] for first, _ in ends), dtype=np.int64, count=size)
    last_group = np.fromiter((group[last] for _, last in ends), dtype=np.int64, count=size)
    real = np.fromiter(map(len, forms.words), dtype=np.int64, count=size)
    counted = (real > 1) & (forms.count > 0)
    heads = np.bincount(word[end[counted]], minlength=len(texts))
    starts = np.bincount(word[begin[counted]], minlength=len(texts))
    alone = np.full(len(texts), -1.0)
    single = np.flatnonzero(real == 1)
    alone[word[begin[single]]] = forms.count[single]  # of several the last, as they were met
    own_count = np.maximum(1, forms.count).astype(np.float64)
    low, high, total = rarity[word[begin]], rarity[word[begin]], rarity[word[begin]].copy()
    longest, unknown, holds = letters[word[begin]], (rarity[word[begin]] == 0).astype(np.int64), known[word[begin]]
    rarest = np.where(alone[word[begin]] >= 0, alone[word[begin]], own_count)
    for step in range(1, int(length.max())):
        rows = np.flatnonzero(length > step)
        w = word[begin[rows] + step]
        low[rows], high[rows] = np.minimum(low[rows], rarity[w]), np.maximum(high[rows], rarity[w])
        total[rows] += rarity[w]
        longest[rows] = np.maximum(longest[rows], letters[w])
        unknown[rows] += rarity[w] == 0
        holds[rows] |= known[w]
        rarest[rows] = np.minimum(rarest[rows], np.where(alone[w] >= 0, alone[w], own_count[rows]))
    return _WordColumns(
        length, longest, first_group, last_group, low, high, total, rarity[word[begin]], rarity[word[end]], unknown,
        rarest,
        generic[word[begin]], generic[word[end]], holds, heads[word[end]], starts[word[begin]],
    )  # fmt: skip


def _zipf(frequencies: Sequence[float]) -> NDArray[np.float64]:
    """As :func:`graph.text.frequency.zipf`."""
    f = np.asarray(frequencies, dtype=np.float64)
    return np.where(f > 0, np.log10(np.where(f > 0, f, 1.0)) + 9.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _LetterColumns:
    """What the letters of some writings are, a row for each."""

    cjk: NDArray[np.int64]
    latin: NDArray[np.int64]
    digit: NDArray[np.bool_]
    capital: NDArray[np.bool_]
    """The first letter."""
    upper: NDArray[np.bool_]
    """Nothing in it has another upper case."""
    camel: NDArray[np.bool_]
    hyphen: NDArray[np.bool_]


def _letters_of(surfaces: Sequence[str]) -> _LetterColumns:
    text = "\n".join([*surfaces, ""])
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    size = np.fromiter(map(len, surfaces), dtype=np.int64, count=len(surfaces))
    end = np.cumsum(size + 1) - 1
    begin = end - size
    different, which = np.unique(codes, return_inverse=True)
    chars = [chr(c) for c in different.tolist()]

    def have(values: Sequence[bool]) -> NDArray[np.bool_]:
        return np.asarray(values, dtype=bool)[which]

    def number(hits: NDArray[np.bool_]) -> NDArray[np.int64]:
        sums = np.concatenate([[0], np.cumsum(hits)])
        return np.asarray(sums[end] - sums[begin])

    small, large = (codes >= 97) & (codes <= 122), (codes >= 65) & (codes <= 90)
    camel = np.concatenate([small[:-1] & large[1:], [False]])
    return _LetterColumns(
        number(have([has_han(c) for c in chars])),
        number(small | large),
        number(have([c.isdecimal() for c in chars])) > 0,
        have([c.isupper() for c in chars])[begin],
        number(have([c.upper() != c for c in chars])) == 0,
        number(camel) > 0,
        number(codes == 45) > 0,
    )


_BESIDE: Final = 100
"""Members of a list that a form is seen next to, in each direction: a list of n members would have n² pairs."""
_MOST_WORDS: Final = 8
"""Forms of more words are not taken apart."""


def context_matrix(
    candidates: Candidates[Forms], keys: Sequence[str], scores: NDArray[np.float64], partners: Mapping[str, set[str]]
) -> NDArray[np.float32]:
    """The second model's additional features, shape (n, len(CONTEXT_FEATURES)).

    Args:
        candidates: of one document.
        keys: their keys, as :func:`base_matrix` gives them.
        scores: the first model's probability of each.
        partners: keys that alias resolution joins with a key.
    """
    size = len(keys)
    if not size:
        return np.zeros((0, len(CONTEXT_FEATURES)), dtype=np.float32)
    forms = candidates.forms
    place = {k: i for i, k in enumerate(keys)}
    own_words = [forms.words[forms.index[k]] for k in keys]
    outer, inner = _containment(own_words, place)
    own = np.asarray(scores, dtype=np.float64)
    above, below = np.zeros(size), np.zeros(size)
    np.maximum.at(above, inner, own[outer])
    np.maximum.at(below, outer, own[inner])
    others, top_head = _same_heads(own_words, own.tolist())
    sibling_mean, sibling_max = _sibling_scores(candidates.siblings, place, own.tolist())
    rank = np.searchsorted(np.sort(own), own) / size
    columns = (
        own, above, own - above, below, own - below, sibling_mean, sibling_max, others, top_head,
        _partner_scores(partners, place, own.tolist()), rank, _overlaps(outer, inner, own),
    )  # fmt: skip
    return np.stack(columns, axis=1).astype(np.float32)


_MOST_INNER: Final = 20
"""The overlaps of a form that contains as many others or more are not looked at."""


def _overlaps(outer: NDArray[np.int64], inner: NDArray[np.int64], own: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each form the best score of another form that contains something that it contains, too.

    Args:
        outer: the containing forms, as :func:`_containment` gives them.
        inner: the contained ones.
        own: score of each form.
    """
    overlap = np.zeros(len(own))
    if not len(inner):
        return overlap
    # Of all that contain a form the two best are enough: where the one is the form itself, the other counts.
    order = np.lexsort((-outer, -own[outer], inner))
    ranked_inner, ranked_outer = inner[order], outer[order]
    top = np.searchsorted(ranked_inner, inner)
    following = np.minimum(top + 1, len(inner) - 1)
    best, second = ranked_outer[top], ranked_outer[following]
    has_second = (ranked_inner[following] == inner) & (following > top)
    other = np.where(best != outer, own[best], np.where(has_second & (second != outer), own[second], 0.0))
    np.maximum.at(overlap, outer, other)
    overlap[np.bincount(outer, minlength=len(own)) >= _MOST_INNER] = 0.0
    return overlap


def _sibling_scores(
    groups: Sequence[tuple[str, ...]], place: Mapping[str, int], own: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each form the mean and the best score of those that are enumerated with it; 0 without any."""
    total: defaultdict[str, float] = defaultdict(float)
    count: Counter[str] = Counter()
    mean, best = np.zeros(len(own)), np.zeros(len(own))
    for group in groups:
        for at, key in enumerate(group):
            near = group[max(0, at - _BESIDE) : at + _BESIDE + 1]
            scores = [own[place[k]] for k in near if k != key and k in place]
            if scores and key in place:
                total[key] = sum(scores, total[key])
                count[key] += len(scores)
                best[place[key]] = max(best[place[key]], *scores)
    for key, number in count.items():
        mean[place[key]] = total[key] / number
    return mean, best


def _partner_scores(
    partners: Mapping[str, set[str]], place: Mapping[str, int], own: Sequence[float]
) -> NDArray[np.float64]:
    """For each form the best score of those that the document says are the same; 0 without any."""
    best = np.zeros(len(own))
    for key, found in partners.items():
        if key in place:
            best[place[key]] = max((own[place[k]] if k in place else 0.0 for k in found), default=0.0)
    return best


def _containment(
    words: Sequence[tuple[str, ...]], place: Mapping[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(outer, inner) for each span of a form's words that is a form itself."""
    rows = _RowOfText(place)
    outer, inner = [], []
    for row, own in enumerate(words):
        if not 2 <= len(own) <= _MOST_WORDS:
            continue
        for i in range(len(own)):
            span = ""
            for word in own[i:] if i else own[:-1]:
                span += word
                found = rows[span]
                if found >= 0 and found != row:
                    outer.append(row)
                    inner.append(found)
    return np.asarray(outer, dtype=np.int64), np.asarray(inner, dtype=np.int64)


class _RowOfText(dict[str, int]):
    """Text → row of the form whose key it has, -1 without one; found once for each text."""

    def __init__(self, place: Mapping[str, int]) -> None:
        super().__init__()
        self._place = place

    def __missing__(self, text: str) -> int:
        row = self[text] = self._place.get(key_of(text), -1)
        return row


def _same_heads(
    words: Sequence[tuple[str, ...]], scores: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each form the mean score of the others with its last word, and the best score there that is not its own."""
    score = np.asarray(scores, dtype=np.float64)
    length = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
    numbers: dict[str, int] = {}
    head = np.fromiter((numbers.setdefault(own[-1].lower(), len(numbers)) for own in words), np.int64, len(words))
    counted = (length > 1) & (length <= _MOST_WORDS)
    own, their = head[counted], score[counted]
    number = np.bincount(own, minlength=len(numbers))
    total = np.bincount(own, weights=their, minlength=len(numbers))
    best, second = np.zeros(len(numbers)), np.zeros(len(numbers))
    np.maximum.at(best, own, their)
    lower = their < best[own]
    np.maximum.at(second, own[lower], their[lower])
    others, top = np.zeros(len(words)), np.zeros(len(words))
    several = (length > 1) & (number[head] > 1)
    others[several] = (total[head[several]] - score[several]) / (number[head[several]] - 1)
    some = (length > 1) & (number[head] > 0)
    top[some] = np.where(score[some] == best[head[some]], second[head[some]], best[head[some]])
    return others, top


@dataclass(frozen=True, slots=True, eq=False)
class SalienceModel:
    """The two trained models."""

    first: Model
    second: Model

    @classmethod
    def from_folder(cls, folder: Path) -> SalienceModel:
        """The models in ``folder``, as ``training/train_salience.py`` writes them."""
        return cls(load_model(folder / "salience.json"), load_model(folder / "salience_context.json"))

    @classmethod
    @cache
    def default(cls) -> SalienceModel:
        """The models that ship with the package; read once."""
        return cls.from_folder(Path(__file__).parent / "weights")

    def scores(self, candidates: Candidates[Forms], lexicon: Lexicon | None) -> dict[str, float]:
        """Key → probability that the candidate is a concept."""
        keys, _, y = self.matrices(candidates, lexicon)
        return dict(zip(keys, self.second.probability(y).tolist(), strict=True)) if keys else {}

    def matrices(
        self, candidates: Candidates[Forms], lexicon: Lexicon | None
    ) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
        """Keys of the candidates, sorted, and what the first and the second model see of them, a row for each key."""
        keys, x = base_matrix(candidates, lexicon)
        if not keys:
            return [], x, np.zeros((0, len(BASE_FEATURES) + len(CONTEXT_FEATURES)), dtype=np.float32)
        first = self.first.probability(x)
        return (
            keys,
            x,
            np.concatenate([x, context_matrix(candidates, keys, first, partners_of(candidates, keys, first))], axis=1),
        )


def partners_of(candidates: Candidates[Forms], keys: Sequence[str], scores: NDArray[np.float64]) -> dict[str, set[str]]:
    """Key → keys that the document itself says are the same."""
    partners: dict[str, set[str]] = defaultdict(set)
    for link in alias_links(candidates, dict(zip(keys, scores.tolist(), strict=True))):
        partners[link.a].add(link.b)
        partners[link.b].add(link.a)
    return dict(partners)
