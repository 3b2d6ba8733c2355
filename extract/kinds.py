"""What sort of thing a concept is, by the words of its names, the lexicon, and what the notes say it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from extract.candidates import key_of
from extract.lexicon import Lexicon
from graph.model import ConceptKind

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

_IS_ZH: Final = re.compile(r"(?:是|指|即)(?:一种|一类|一个|一款|一项|用于|指)?[^，。；：,;]{0,40}")
_IS_EN: Final = re.compile(
    r"\b(?:is|are|refers to|means)\s+(?:an?|the|one|any)?\s*[^,.;:()]{0,80}?"
    r"(?=\s(?:that|which|for|of|to|in|used|where|with|by)\b|[,.;:()]|$)"
)


def kind_of(names: Sequence[str], definition: str | None, lexicon: Lexicon | None) -> ConceptKind:
    """The kind of a concept with these ``names``, whose defining text is ``definition`` (None: the notes have none).

    The lexicon knows best; then the last word of a name; then the noun that the definition says it is (X 是一种…方法, X is a … method).
    """
    if lexicon is not None:
        for name in names:
            kind = lexicon.kind(key_of(name))
            if kind is not None:
                return kind
    for name in names:
        for kind, rule in _RULES:
            if rule.search(name):
                return kind
    if definition:
        said = _IS_ZH.search(definition) or _IS_EN.search(definition)
        if said:
            for kind, rule in _RULES:
                if rule.search(said.group().rstrip()):
                    return kind
    return ConceptKind.CONCEPT
