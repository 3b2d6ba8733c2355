"""How likely a candidate is a concept: readable features, two small trained models, and how many concepts a document has.

The first model sees a candidate alone. The second also sees what the first said of the candidates around it: those that contain it,
those it contains, its neighbours in lists, its head word. Features know nothing of any subject; the lexicon is one feature among many.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from extract.candidates import FLAGS, Candidates, Form, key_of
from extract.lexicon import Lexicon
from extract.resolve import alias_links
from extract.segment import has_cjk
from graph.frequency import zipf
from graph.scoring import Model, load_model

_ZH_GROUPS: Final = ("n", "v", "vn", "a", "m", "f", "other")
_EN_GROUPS: Final = ("NN", "NNP", "JJ", "VBG", "VBN", "CD", "other")
_POSITION_GROUPS: Final = tuple(f"zh_{g}" for g in _ZH_GROUPS) + tuple(f"en_{g}" for g in _EN_GROUPS)
_SHARED_FLAGS: Final = (
    "heading_part", "question_part", "in_item", "in_cell", "in_paragraph", "right_paren", "right_is", "left_enum", "right_enum",
    "block_start", "left_det",
)  # fmt: skip
_MARKED: Final = (
    "strong", "heading", "lead", "lead_strong", "cell_first", "header", "paren_in", "enumerated", "code", "quoted", "link",
)  # fmt: skip

_ONE_HOT: Final = tuple([float(i == k) for k in range(len(_POSITION_GROUPS))] for i in range(len(_POSITION_GROUPS)))

BASE_FEATURES: Final = (
    "count", "lines", "density", "whole_share", "left_share", "right_share", "super_share", "lefts", "rights", "first", "spread",
    "count_rank", *(f"n_{f}" for f in FLAGS), *(f"share_{f}" for f in _SHARED_FLAGS), "words", "cjk_letters", "latin_letters",
    "is_latin", "is_cjk", "is_mixed", "has_digit", "capital", "all_caps", "camel", "hyphen", "long_word",
    *(f"first_{g}" for g in _POSITION_GROUPS), *(f"last_{g}" for g in _POSITION_GROUPS), "rare_min", "rare_max", "rare_mean",
    "rare_first", "rare_last", "rare_whole", "unknown_words", "pmi", "generic", "generic_last", "generic_first", "lexicon",
    "lexicon_part", "head_others", "start_others", "marked_kinds", "doc_cjk", "doc_size",
)  # fmt: skip
"""Names of the first model's features, in the order of its vector."""

_HAN: Final = re.compile("[㐀-鿿]+")
_LATIN: Final = re.compile("[A-Za-z]")
_DIGIT: Final = re.compile(r"\d")
_CAMEL: Final = re.compile("[a-z][A-Z]")
_COUNTS: Final = 12
"""Number of features before those of the flags."""

CONTEXT_FEATURES: Final = (
    "score", "super_max", "super_gap", "sub_max", "sub_gap", "sibling_mean", "sibling_max", "head_mean", "head_max", "alias_max",
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
        group = pos if pos in ("vn", "a", "m", "f") else "n" if pos[:1] in "nljisbz" else "v" if pos[:1] == "v" else "other"
        return f"zh_{group}"
    if script == "L":
        group = "NN" if pos in ("NN", "NNS") else "NNP" if pos.startswith("NNP") else pos if pos in ("JJ", "VBG", "VBN", "CD") else "other"
        return f"en_{group}"
    return "en_CD" if script == "N" else "en_other"


_word_key = lru_cache(maxsize=100_000)(key_of)


def base_matrix(candidates: Candidates, lexicon: Lexicon | None) -> tuple[list[str], NDArray[np.float32]]:
    """Keys of the candidates, sorted, and their features, shape (n, len(BASE_FEATURES))."""
    forms = candidates.forms
    keys = sorted(forms)
    heads: dict[str, int] = defaultdict(int)
    starts: dict[str, int] = defaultdict(int)
    for form in forms.values():
        if len(form.words) > 1 and form.count > 0:
            heads[form.words[-1].lower()] += 1
            starts[form.words[0].lower()] += 1
    counts = np.array([forms[k].count for k in keys], dtype=np.float64)
    ranks = np.searchsorted(np.sort(counts), counts) / max(1, len(keys))
    blocks = max(1, len(candidates.doc.blocks))
    total = max(1, candidates.tokens)
    doc = (1.0 if candidates.doc.lang == "zh" else 0.0, math.log1p(candidates.doc.size))
    unigrams = {f.words[0].lower(): f.count for f in forms.values() if len(f.words) == 1}
    rows = [
        _row(
            forms[key],
            rank=float(rank),
            heads=heads,
            starts=starts,
            blocks=blocks,
            total=total,
            doc=doc,
            unigrams=unigrams,
            lexicon=lexicon,
        )
        for key, rank in zip(keys, ranks, strict=True)
    ]
    plain = np.array(rows, dtype=np.float64).reshape(len(keys), len(BASE_FEATURES) - len(FLAGS) - len(_SHARED_FLAGS))
    flags = np.array([[forms[k].flags.get(f, 0) for f in FLAGS] for k in keys], dtype=np.float64).reshape(len(keys), len(FLAGS))
    shares = np.minimum(2.0, flags[:, [FLAGS.index(f) for f in _SHARED_FLAGS]] / np.maximum(1.0, counts)[:, None])
    return keys, np.concatenate([plain[:, :_COUNTS], np.log1p(flags), shares, plain[:, _COUNTS:]], axis=1).astype(np.float32)


def _row(
    form: Form,
    *,
    rank: float,
    heads: Mapping[str, int],
    starts: Mapping[str, int],
    blocks: int,
    total: int,
    doc: tuple[float, float],
    unigrams: Mapping[str, int],
    lexicon: Lexicon | None,
) -> list[float]:
    count = max(1, form.count)
    surface = max(form.surfaces, key=lambda s: (form.surfaces[s], s)) if form.surfaces else form.key
    words = [w.lower() for w in form.words] or [form.key]
    flags = form.flags
    first, last = (min(form.blocks) / blocks, (max(form.blocks) - min(form.blocks)) / blocks) if form.blocks else (1.0, 0.0)
    row = [
        math.log(count), math.log1p(len(form.blocks)), math.log(1000.0 * count / total + 0.01), form.whole / count,
        form.left_edge / count, form.right_edge / count, min(1.0, form.super_count / count),
        math.log1p(len(form.lefts)), math.log1p(len(form.rights)), first, last, rank,
    ]  # fmt: skip
    cjk = len(surface) - len(_HAN.sub("", surface))
    latin = len(_LATIN.findall(surface))
    row += [
        float(len(words)), float(cjk), float(min(latin, 40)), float(cjk == 0), float(latin == 0), float(cjk > 0 and latin > 0),
        float(_DIGIT.search(surface) is not None), float(surface[:1].isupper()), float(latin > 1 and surface.upper() == surface),
        float(latin > 1 and _CAMEL.search(surface) is not None), float("-" in surface), float(max(map(len, words))),
    ]  # fmt: skip
    tags = form.tags or ("L:NN",)
    row += _ONE_HOT[_group_number(tags[0])]
    row += _ONE_HOT[_group_number(tags[-1])]
    rarity = [zipf(w, "zh" if has_cjk(w) else "en") for w in words]
    whole = zipf(surface.lower(), "zh" if cjk else "en")
    unknown = sum(1 for r in rarity if r == 0.0)
    pmi = 0.0
    if len(words) > 1:
        product = min(unigrams.get(w, count) for w in words)
        pmi = math.log(count / product) if product else 0.0
    generic = lexicon.generic if lexicon else frozenset()
    known = 0.0
    part = 0.0
    if lexicon:
        known = 1.0 if form.key in lexicon.keys else 0.0
        part = 1.0 if not known and len(words) > 1 and any(_word_key(w) in lexicon.keys for w in words if len(w) > 1) else 0.0
    row += [
        min(rarity), max(rarity), sum(rarity) / len(rarity), rarity[0], rarity[-1], whole, float(unknown), pmi,
        float(form.key in generic), float(_word_key(words[-1]) in generic), float(_word_key(words[0]) in generic), known, part,
        math.log1p(heads.get(words[-1], 0)), math.log1p(starts.get(words[0], 0)),
        float(sum(flags.get(f, 0) > 0 for f in _MARKED)),
        *doc,
    ]  # fmt: skip
    return row


def context_matrix(
    candidates: Candidates, keys: Sequence[str], scores: NDArray[np.float64], partners: Mapping[str, set[str]]
) -> NDArray[np.float32]:
    """The second model's additional features, shape (n, len(CONTEXT_FEATURES)).

    Args:
        candidates: of one document.
        keys: their keys, as :func:`base_matrix` gives them.
        scores: the first model's probability of each.
        partners: keys that alias resolution joins with a key.
    """
    score = {k: float(s) for k, s in zip(keys, scores, strict=True)}
    supers: dict[str, list[str]] = defaultdict(list)
    subs: dict[str, list[str]] = defaultdict(list)
    heads: dict[str, list[float]] = defaultdict(list)
    for key in keys:
        form = candidates.forms[key]
        n = len(form.words)
        if n < 2 or n > 8:
            continue
        heads[form.words[-1].lower()].append(score[key])
        for i in range(n):
            for j in range(i + 1, n + 1):
                if j - i < n:
                    inner = key_of("".join(form.words[i:j]))
                    if inner in score and inner != key:
                        subs[key].append(inner)
                        supers[inner].append(key)
    siblings: dict[str, list[float]] = defaultdict(list)
    for group in candidates.siblings:
        for key in group:
            siblings[key] += [score[k] for k in group if k != key and k in score]
    ordered = np.sort(scores)
    two_best = {inner: sorted(((score[k], k) for k in around), reverse=True)[:2] for inner, around in supers.items()}
    rows = []
    for key in keys:
        own = score[key]
        above = max((score[k] for k in supers.get(key, ())), default=0.0)
        below = max((score[k] for k in subs.get(key, ())), default=0.0)
        beside = siblings.get(key, ())
        same_head = heads.get(candidates.forms[key].words[-1].lower(), []) if len(candidates.forms[key].words) > 1 else []
        others = (sum(same_head) - own) / (len(same_head) - 1) if len(same_head) > 1 else 0.0
        inside = subs.get(key, ())
        overlap = max((s for b in inside for s, k in two_best[b] if k != key), default=0.0) if len(inside) < 20 else 0.0
        rows.append([
            own, above, own - above, below, own - below, sum(beside) / len(beside) if beside else 0.0, max(beside, default=0.0), others,
            max((s for s in same_head if s != own), default=0.0), max((score.get(k, 0.0) for k in partners.get(key, ())), default=0.0),
            float(np.searchsorted(ordered, own)) / max(1, len(keys)), overlap,
        ])  # fmt: skip
    return np.array(rows, dtype=np.float32).reshape(len(keys), len(CONTEXT_FEATURES))


@dataclass(frozen=True, slots=True, eq=False)
class SalienceModel:
    """The two trained models."""

    first: Model
    second: Model

    @classmethod
    @cache
    def default(cls) -> SalienceModel:
        """The models that ship with the package; read once."""
        folder = Path(__file__).parent / "models"
        return cls(load_model(folder / "salience.json"), load_model(folder / "salience_context.json"))

    def scores(self, candidates: Candidates, lexicon: Lexicon | None) -> dict[str, float]:
        """Key → probability that the candidate is a concept."""
        keys, _, y = self.matrices(candidates, lexicon)
        return {k: float(p) for k, p in zip(keys, self.second.probability(y), strict=True)} if keys else {}

    def matrices(self, candidates: Candidates, lexicon: Lexicon | None) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
        """Keys of the candidates, sorted, and what the first and the second model see of them, a row for each key."""
        keys, x = base_matrix(candidates, lexicon)
        if not keys:
            return [], x, np.zeros((0, len(BASE_FEATURES) + len(CONTEXT_FEATURES)), dtype=np.float32)
        first = self.first.probability(x)
        return keys, x, np.concatenate([x, context_matrix(candidates, keys, first, partners_of(candidates, keys, first))], axis=1)


def partners_of(candidates: Candidates, keys: Sequence[str], scores: NDArray[np.float64]) -> dict[str, set[str]]:
    """Key → keys that the document itself says are the same."""
    partners: dict[str, set[str]] = defaultdict(set)
    for link in alias_links(candidates, {k: float(s) for k, s in zip(keys, scores, strict=True)}):
        partners[link.a].add(link.b)
        partners[link.b].add(link.a)
    return dict(partners)
