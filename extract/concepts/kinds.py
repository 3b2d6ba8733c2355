"""What sort of thing a concept is, by the words of its names and the lexicon.

A small trained model over readable features.

What is around the names (what the notes say they are, the words before and behind, the names in the same list or under
the same heading) was tried and made it worse or gained less than 0.005: names carry it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extract.knowledge.lexicon import HOME_PACKS, Lexicon
from extract.text.keys import key_of
from extract.text.segment import tokenize
from graph.model import ConceptKind
from graph.text.scripts import HAN, has_han

KINDS: Final = tuple(ConceptKind)
"""The order of all probabilities here."""
_MOST_NAMES: Final = 6
"""Names of a concept that are looked at, the display name first."""

_ENDINGS: Final[tuple[tuple[ConceptKind, str], ...]] = (
    (
        ConceptKind.DATASET,
        r"数据集|语料库|基准|榜单|benchmark|dataset|corpus|bench|leaderboard",
    ),
    (
        ConceptKind.TASK,
        (
            r"任务|分类|摘要|翻译|问答|生成|识别|检索|推理|task|classification|summarization|translation|generation|recognition|retrieval|"
            r"answering|detection"
        ),
    ),
    (
        ConceptKind.PROBLEM,
        (
            r"问题|幻觉|遗忘|偏差|误差|瓶颈|爆炸|消失|过拟合|泄露|泄漏|攻击|冲突|死锁|风险|崩溃|漂移|problem|hallucination|forgetting|bias|"
            r"overfitting|attack|disease|deadlock|failure|leak|bottleneck|disorder|error"
        ),
    ),
    (
        ConceptKind.METRIC,
        (
            r"率|指标|得分|分数|延迟|吞吐量?|困惑度|精度|相似度|复杂度|利用率|score|rate|metric|accuracy|perplexity|latency|throughput|"
            r"recall|precision|ratio"
        ),
    ),
    (
        ConceptKind.METHOD,
        (
            r"方法|算法|技术|策略|微调|训练|量化|采样|蒸馏|剪枝|优化|学习|并行|编码|对齐|缓存|调度|搜索|提示|机制|正则化|归一化|加速|"
            r"method|algorithm|technique|strategy|tuning|training|learning|quantization|sampling|distillation|pruning|optimization|"
            r"parallelism|search|prompting|decoding|mechanism|normalization|regularization|caching"
        ),
    ),
    (
        ConceptKind.TOOL,
        (
            r"框架|库|工具|平台|引擎|软件|服务器|数据库|协议|接口|framework|library|tool|toolkit|platform|engine|server|database|protocol|"
            r"api|sdk"
        ),
    ),
    (
        ConceptKind.COMPONENT,
        (
            r"层|模块|组件|单元|头|网络|矩阵|编码器|解码器|注意力|权重|参数|门|细胞|器|layer|module|component|head|network|matrix|encoder|"
            r"decoder|attention|block|unit|weight|weights|gate|cell|adapter"
        ),
    ),
    (
        ConceptKind.MODEL,
        r"模型|大模型|model|models|transformer|gpt|bert|llama|lm|llm",
    ),
    (
        ConceptKind.DATA,
        (
            r"数据|样本|文本|语料|标签|序列|向量|令牌|词表|文档|token|tokens|data|sample|text|label|labels|sequence|vector|embedding|"
            r"document|vocabulary"
        ),
    ),
)
_RULES: Final = tuple((kind, re.compile(rf"(?:{words})(?:s|es)?$", re.IGNORECASE)) for kind, words in _ENDINGS)
_NOT_HAN: Final = re.compile(f"[^{HAN}]")
_WORD: Final = re.compile("[a-z]+")
_TITLED: Final = re.compile(r"(?:[A-ZÀ-Þ][\w.'’-]*(?:\s+|$)|(?:of|the|de|von|van|and)\s+)+")
"""Every word begins with a capital, as in the names of people, places and events."""
_PROPER: Final = frozenset(("nr", "nrt", "nrfg", "ns", "nt", "nz", "t"))
"""Tags of jieba for names of people, places, organisations and others, and for times."""


def kind_by_ending(names: Sequence[str]) -> ConceptKind:
    """The kind that the last word of the first telling name says; ``CONCEPT`` where none does."""
    for name in names:
        for kind, rule in _RULES:
            if rule.search(name):
                return kind
    return ConceptKind.CONCEPT


def name_features(names: Sequence[str], lexicon: Lexicon | None) -> set[str]:
    """The features of a concept with these ``names``.

    Endings, beginnings and words of each, their writing, what the lexicon knows.
    """
    known = {kind for name in names if lexicon is not None and (kind := lexicon.kind(key_of(name))) is not None}
    out = {f"lexicon {kind.value}" for kind in known} or {"lexicon -"}
    out.add(f"ending {kind_by_ending(names).value}")
    for number, name in enumerate(names[:_MOST_NAMES]):
        lower = name.lower()
        if has_han(lower):
            _han_features(lower, out)
        else:
            _latin_features(name, lower, number, out)
    return out


def _han_features(name: str, out: set[str]) -> None:
    letters = _NOT_HAN.sub("", name)
    tags = [token.pos for token in tokenize(name) if token.pos]
    if tags:
        # A part of speech: nr is a person's name, ns a place's, nt an organisation's.
        out.add(f"tag {tags[-1]}" if len(tags) > 1 else f"one tag {tags[-1]}")
        out.update(f"tag {tag}" for tag in tags if tag in _PROPER)
    out.update(f"-{letters[-size:]}" for size in (1, 2, 3))
    out.update(f"{letters[:size]}-" for size in (1, 2))
    out.update(f"has {letters[i : i + 2]}" for i in range(len(letters) - 1))
    out.add(f"letters {min(len(letters), 8)}")
    if len(letters) < len(name):
        out.add("mixed")


def _latin_features(name: str, lower: str, number: int, out: set[str]) -> None:
    words = _WORD.findall(lower)
    if words:
        out.update(
            (
                f"last {words[-1]}",
                f"-{words[-1][-3:]}",
                f"-{words[-1][-4:]}",
                f"first {words[0]}",
                f"words {min(len(words), 4)}",
            )
        )
        out.update(f"has {word}" for word in words)
        if len(words) > 1 and _TITLED.fullmatch(name):
            out.add("titled")
        if len(words) == 1 and number == 0:
            out.add("single " + _writing(name))
    if any(c.isdigit() for c in name):
        out.add("digit")
    if "-" in name or "_" in name:
        out.add("joined")
    if "(" in name or "." in name:
        out.add("code")


def _writing(name: str) -> str:
    if name.isupper():
        return "capitals"
    if re.search("[a-z][A-Z]", name):
        return "camel"
    return "capital" if name[:1].isupper() else "small"


_ZERO: Final = ord("O")
_MOST: Final = 43


def packed(steps: Sequence[int]) -> str:
    """The weights of a feature as a printable ASCII character each: ``O`` is 0, ``P`` 1, ``N`` -1.

    With 18 kinds the file is half as long as with numbers, and loads faster. Weights beyond ±43 steps are cut.
    """
    return "".join(chr(_ZERO + max(-_MOST, min(_MOST, step))) for step in steps)


@dataclass(frozen=True, slots=True, eq=False)
class KindModel:
    """Multinomial logistic regression over named binary features."""

    vocabulary: Mapping[str, int]
    weights: NDArray[np.float32]
    """Shape (len(vocabulary), len(KINDS))."""
    bias: NDArray[np.float32]
    annotated: frozenset[ConceptKind]
    """The kinds of the annotated notes that it was trained on: how far a pack is right about these it has learned. The
    others it knows from the names in the packs."""

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> KindModel:
        """The model that a JSON object describes. A kind that is not among its classes has probability 0."""
        classes = {name: column for column, name in enumerate(record["classes"])}
        words = record["words"]
        rows = list(words.values())
        if rows and isinstance(rows[0], str):
            steps = np.frombuffer("".join(rows).encode("ascii"), dtype=np.uint8).astype(np.float32) - _ZERO
        else:  # a list of numbers for each feature, as version 0.1 wrote it
            steps = np.asarray(rows, dtype=np.float32)
        given = steps.reshape(-1, len(classes)) / record["unit"]
        weights = np.zeros((len(words), len(KINDS)), dtype=np.float32)
        bias = np.full(len(KINDS), -np.inf, dtype=np.float32)
        for number, kind in enumerate(KINDS):
            if kind.value in classes:
                weights[:, number] = given[:, classes[kind.value]]
                bias[number] = record["bias"][classes[kind.value]]
        annotated = frozenset(map(ConceptKind, record.get("annotated", classes)))
        return cls({name: row for row, name in enumerate(words)}, weights, bias, annotated)

    @classmethod
    def from_file(cls, path: Path) -> KindModel:
        """The model in ``path``, as ``training/train_kinds.py`` writes it."""
        return cls.from_record(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    @cache
    def default(cls) -> KindModel:
        """The model that comes with the package."""
        return cls.from_file(Path(__file__).parent / "weights" / "kinds.json")

    def probabilities(self, features: Iterable[str]) -> NDArray[np.float32]:
        """Probability of each of :data:`KINDS`; unknown features are passed over."""
        found: NDArray[np.float32] = self.probabilities_of([self.rows(features)])[0]
        return found

    def rows(self, features: Iterable[str]) -> list[int]:
        """Numbers of the known ones of ``features``."""
        return [self.vocabulary[name] for name in sorted(features) if name in self.vocabulary]

    def probabilities_of(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Probability of each of :data:`KINDS` for concepts with these features, shape (len(rows), len(KINDS))."""
        order = sorted(range(len(rows)), key=lambda number: -len(rows[number]))
        margin = np.zeros((len(rows), len(KINDS)), dtype=np.float32)
        left = [rows[number] for number in order]
        for place in range(len(left[0]) if left else 0):  # one feature after the other, so that sums do not depend
            while len(left[-1]) <= place:  # on what other concepts have
                left.pop()
            margin[: len(left)] += self.weights[[own[place] for own in left]]
        margin[order] = margin.copy()
        margin += self.bias
        odds = np.exp(margin - margin.max(axis=1, keepdims=True, initial=-np.inf))
        found: NDArray[np.float32] = odds / odds.sum(axis=1, keepdims=True)
        return found


def kind_odds_of(
    concepts: Sequence[Sequence[str]], lexicon: Lexicon | None, model: KindModel | None = None
) -> list[tuple[float, ...]]:
    """:func:`kind_odds` of many concepts, each given by its names: the model is asked once for all."""
    model = model or KindModel.default()
    decided = [_decided(names, lexicon, model) for names in concepts]
    open_ = [number for number, odds in enumerate(decided) if odds is None]
    rows = [model.rows(name_features(concepts[number], lexicon)) for number in open_]
    found = iter(model.probabilities_of(rows).astype(np.float64).tolist())
    return [odds if odds is not None else tuple(round(p, 4) for p in next(found)) for odds in decided]


def kind_odds(names: Sequence[str], lexicon: Lexicon | None, model: KindModel | None = None) -> tuple[float, ...]:
    """Probability of each of :data:`KINDS` for a concept with these ``names``, the display name first.

    An entry of the user's own lexicon is not weighed: it decides. So does a knowledge pack of another field than the
    annotated notes are of, or one that says a kind that they do not have (an organism, an event).
    """
    return kind_odds_of([names], lexicon, model)[0]


def _decided(names: Sequence[str], lexicon: Lexicon | None, model: KindModel) -> tuple[float, ...] | None:
    """What the lexicon decides; None where it leaves the kind to the model."""
    for name in names:
        kind = lexicon.own_kind(key_of(name)) if lexicon is not None else None
        if kind is not None:
            return tuple(float(k is kind) for k in KINDS)
    known = (
        [lexicon.entries[i] for name in names if (i := lexicon.keys.get(key_of(name))) is not None] if lexicon else []
    )
    kinds = {entry.kind for entry in known}
    if len(kinds) == 1 and not (kinds <= model.annotated and any(entry.field in HOME_PACKS for entry in known)):
        return tuple(float(k in kinds) for k in KINDS)
    return None


def likeliest(odds: Sequence[float]) -> ConceptKind:
    """The most probable kind; of equal ones the first of :data:`KINDS`."""
    return KINDS[max(range(len(KINDS)), key=lambda i: (odds[i], -i))]


def kind_of(names: Sequence[str], lexicon: Lexicon | None) -> ConceptKind:
    """The most probable kind of a concept with these ``names``."""
    return likeliest(kind_odds(names, lexicon))
