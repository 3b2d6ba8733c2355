"""Which forms are one concept: parentheses, abbreviations, "also called", generic endings and the lexicon.

Never bare containment.

The result says of each merge what was joined and why. Names that appear side by side are judged by
:mod:`extract.concepts.alias_pairs`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from extract.concepts.acronyms import expands, is_acronym
from extract.concepts.alias_pairs import LIKELY, default_model, matrix, name_pairs, same_things
from extract.concepts.brackets import Bracket, needs_silence, repeated
from extract.concepts.candidates import Candidates
from extract.concepts.clusters import AliasLink
from extract.concepts.content_words import usable
from extract.concepts.forms import Forms
from extract.concepts.kinds import kind_of
from extract.knowledge.lexicon import Lexicon
from extract.notes.blocks import Block, BlockKind
from extract.text.keys import key_of
from extract.text.segment import Token, tokenize
from graph.classifiers import Model
from graph.model import ConceptKind
from graph.text.frequency import general_frequency
from graph.text.scripts import HAN, has_han

_ALSO_CALLED: Final = re.compile(
    r"[，,（(]?\s{0,20}(?:又称为?|也称为?|亦称|也叫做?|又叫做?|又名|简称为?|缩写为|也被称为|又被称为|也可称为|俗称"
    r"|(?:which is |is |are )?(?:also|sometimes|commonly|often) (?:known as|called|referred to as|termed)"
    r"|(?:abbreviated|shortened) (?:as|to)|a\.?k\.?a\.?)\s*(?:the |an |a )?[“\"「『]?",
    re.IGNORECASE,
)
_CALLED_WORDS: Final = (
    "称", "叫", "又名", "缩写", "known as", "called", "referred to as", "termed", "abbreviated", "shortened",
    "aka", "a.ka", "ak.a", "a.k.a",
)  # fmt: skip
"""Nothing of :data:`_ALSO_CALLED` is without one of these."""
_ZH_ENDINGS: Final = (
    "机制", "技术", "方法", "算法", "架构", "框架", "协议", "策略", "系列", "系", "结构", "任务", "模型", "过程",
    "阶段", "系统",
    "工具", "库", "数据集", "函数", "方案", "模式", "模块",
)  # fmt: skip
_ZH_LAST: Final = frozenset(ending[-1] for ending in _ZH_ENDINGS)
_EN_ENDINGS: Final = frozenset([
    "method", "algorithm", "technique", "mechanism", "framework", "architecture", "approach", "model", "protocol",
    "library", "strategy", "series", "task", "family",
])  # fmt: skip
_OPEN_ENDINGS: Final[Mapping[str, int]] = {
    "机制": 3, "技术": 4, "方法": 4, "算法": 3, "策略": 4, "任务": 4, "阶段": 2, "过程": 4, "模块": 4,
    "架构": 5,
    "结构": 5,
}  # fmt: skip
"""Ending → letters that a Chinese name before it must have to be the same thing without it: 文本生成任务 is 文本生成.

Other endings belong to a Chinese name (语言模型 is not 语言, 应用层协议 not 应用层); after a Latin name none does (GPT
模型 is GPT). """
_OF_TOOLS: Final = frozenset(["函数", "任务", "过程", "阶段", "task", "tasks"])
"""Endings that name something of a tool or model, but the same thing after any other name."""
_EN_OPEN: Final = frozenset(["method", "algorithm", "technique", "approach", "mechanism", "strategy", "task"])
"""English endings that add nothing to any name of two words; the others add nothing to an abbreviation or proper name
only."""


_SENTENCE: Final = 1000
"""Characters before "also called" in which its sentence must begin if its first words are to be the subject."""
_REACHED: Final = 400
"""Characters in which the few words are found that a name at the beginning of a text may have."""
_LOOK: Final = 0.3
"""Brackets from this probability on show by their repetition what is a remark."""
_DOUBTFUL: Final = 0.02
"""Forms under this probability join nothing."""


def alias_links(
    candidates: Candidates[Forms],
    scores: Mapping[str, float],
    lexicon: Lexicon | None = None,
    model: Model | None = None,
) -> list[AliasLink]:
    """What one document says about its forms being the same.

    Names side by side in the order of the text, then the other rules.

    Args:
        candidates: of the document.
        scores: key → probability that the form is a concept.
        lexicon: whose entries are one feature of the model among many; None for none.
        model: judges names that appear side by side (:mod:`extract.concepts.alias_pairs`); None for the one that comes
            with the package.
    """
    links: list[AliasLink] = []
    doc = candidates.doc
    pairs = name_pairs(candidates, scores, lexicon)
    probability = (model or default_model()).probability(matrix(pairs)).tolist() if pairs else []
    remarks = repeated(
        Bracket(pair.outer, pair.inner, heading=doc.blocks[pair.block].kind is BlockKind.HEADING)
        for pair, _ in same_things(pairs, probability, least=_LOOK)
        if not pair.said
    )
    why = [
        "" if p < LIKELY else pair.remark or ("repeated" if (key_of(pair.outer), key_of(pair.inner)) in remarks else "")
        for pair, p in zip(pairs, probability, strict=True)
    ]  # what is not likely joins nothing anyway
    allowed = [0.0 if reason else p for reason, p in zip(why, probability, strict=True)]
    accepted = [(pair, p, "") for pair, p in same_things(pairs, allowed)]
    taken = {pair.place for pair, _, _ in accepted}
    explained = {(pair.place, pair.outer): reason for pair, reason in zip(pairs, why, strict=True)}
    refused = [
        (pair, p, explained[pair.place, pair.outer])
        for pair, p in same_things(pairs, probability)
        if pair.place not in taken
    ]
    for pair, certainty, remark in (*accepted, *refused):
        reason = (
            "also_called"
            if pair.said
            else "abbreviation"
            if is_acronym(pair.inner) and not has_han(pair.outer)
            else "parenthesis"
        )
        links.append(
            AliasLink(
                key_of(pair.outer),
                key_of(pair.inner),
                pair.outer,
                pair.inner,
                reason,
                doc.id,
                pair.block,
                certainty,
                remark,
                not pair.said and needs_silence(pair.outer, pair.inner),
            )
        )
    memo = candidates.memo
    if "headings" not in memo:
        memo["called"] = [block for block in doc.blocks if _says_called(block.text)]
        memo["headings"] = list(_bilingual_headings(candidates))
    for block in memo["called"]:
        links += _also_called(block, candidates, scores)
    links += memo["headings"]
    links += _endings(candidates, scores, lexicon)
    return [link for link in links if link.a and link.b and link.a != link.b]


def _says_called(text: str) -> bool:
    folded = text.casefold()
    return any(word in folded for word in _CALLED_WORDS) and _ALSO_CALLED.search(text) is not None


_BARE: Final = frozenset(["phrase", "unlike", "unit", "citation", "symbol"])
"""Kinds of remarks that say something of a thing and name nothing themselves."""


def bare_remarks(links: Iterable[AliasLink], forms: Forms) -> set[str]:
    """Keys of what a document has only once, as a remark in brackets (未开源).

    No concept, though a bracket usually contains one.
    """
    return {
        link.b
        for link in links
        if link.remark in _BARE and link.b in forms.index and int(forms.count[forms.index[link.b]]) == 1
    }


_SURE_SYNONYM: Final = 0.8
"""Probability from which a pair that shares nothing may be one thing."""


def silenced(links: Sequence[Sequence[AliasLink]], counts: Mapping[str, int]) -> list[list[AliasLink]]:
    """``links``, marked as remarks where they need a silent second name and the notes use it elsewhere.

    Args:
        links: of each document.
        counts: key → how often all documents have it.
    """
    beside: dict[tuple[str, str], int] = defaultdict(int)
    for document in links:
        for link in document:
            beside[link.a, link.b] += 1
    return [
        [
            replace(link, remark="elsewhere")
            if link.silent
            and not link.remark
            and (counts.get(link.b, 0) > beside[link.a, link.b] or link.certainty < _SURE_SYNONYM)
            else link
            for link in document
        ]
        for document in links
    ]


def _also_called(block: Block, candidates: Candidates[Forms], scores: Mapping[str, float]) -> Iterator[AliasLink]:
    """X（又称 Y）, X is also known as Y: the subject is what is right before, or else what the sentence begins with."""
    for match in _ALSO_CALLED.finditer(block.text):
        before = block.text[max(0, match.start() - _SENTENCE) : match.start()]
        after = block.text[match.end() : match.end() + 60]
        outer = best_suffix(before, candidates, scores) or _subject(before, candidates, scores)
        name = best_prefix(after, candidates, scores)
        if outer and name and key_of(outer) != key_of(name) and not re.match(r"\s*(?:as|to)\b", after):
            yield AliasLink(key_of(outer), key_of(name), outer, name, "also_called", candidates.doc.id, block.index)


def _nominal(text: str) -> bool:
    """Whether a Chinese piece reads as a name: no function words, not only a verb or adjective of general language."""
    tokens = tokenize(text)
    if len(text) > 14 or any(t.script == "P" or t.pos[:1] in ("u", "p", "c", "r", "d", "y") for t in tokens):
        return False
    return not (len(tokens) == 1 and general_frequency("zh").get(text, 0.0) > 1e-4)


def best_suffix(before: str, candidates: Candidates[Forms], scores: Mapping[str, float]) -> str | None:
    """The most salient candidate that ends where ``before`` ends; of nearly equal ones the longer."""
    tail = before[-80:].rstrip(' *_`"”’」』')
    tokens = list(_reach(reversed(tokenize(tail))))
    return _best((tail[t.start :] for t in tokens), candidates, scores)


def best_prefix(after: str, candidates: Candidates[Forms], scores: Mapping[str, float]) -> str | None:
    """The most salient candidate that begins where ``after`` begins."""
    head = after.lstrip(' *_`"“‘「『')
    return _best((head[: t.end] for t in _reach(iter(tokenize(head[:_REACHED])))), candidates, scores)


def _reach(tokens: Iterator[Token]) -> Iterator[Token]:
    for number, token in enumerate(tokens):
        if number >= 7 or token.script == "P":
            return
        yield token


def _subject(before: str, candidates: Candidates[Forms], scores: Mapping[str, float]) -> str | None:
    """The form at the beginning of the sentence: "X 是…，又称 Y"."""
    parts = re.split(r"[。！？；!?;\n]|\.\s", before)
    if len(parts) == 1 and len(before) >= _SENTENCE:
        return None
    sentence = parts[-1].lstrip(" -*·")
    return best_prefix(re.sub(r"^(?:The|An|A|the)\s", "", sentence), candidates, scores) if sentence else None


def _best(pieces: Iterator[str], candidates: Candidates[Forms], scores: Mapping[str, float]) -> str | None:
    best: tuple[float, str] | None = None
    for number, piece in enumerate(pieces):
        key = key_of(piece)
        if key in candidates.forms and usable(piece):
            value = scores.get(key, 0.0) + 0.08 * number
            if best is None or value > best[0]:
                best = (value, piece.strip())
    return best[1] if best and best[0] > 0.05 else None


_FULL_FORM: Final = re.compile(r"^\W*([A-Za-z][A-Za-z0-9-]{1,9})\s*[：:─—–-]+\s*([A-Za-z][A-Za-z -]+[A-Za-z])\s*$")
"""MCP：Model Context Protocol, as a heading or item has it."""
_LATIN_PART: Final = r"[A-Za-z][A-Za-z0-9 .+-]*[A-Za-z0-9]"
_BILINGUAL: Final = re.compile(
    rf"^(?:(?P<l1>{_LATIN_PART})\s*(?P<c1>[{HAN}]{{2,10}})|(?P<c2>[{HAN}]{{2,10}})\s*(?P<l2>{_LATIN_PART}))$"
)


def _bilingual_headings(candidates: Candidates[Forms]) -> Iterator[AliasLink]:
    """Headings that say a thing twice (Gradient Checkpointing 梯度检查点).

    A word of the Latin part stands for one to three characters.
    """
    for block in candidates.doc.blocks:
        short = (
            _FULL_FORM.match(block.text)
            if block.kind.value in ("heading", "item", "cell") and len(block.text) < 90
            else None
        )
        if short is not None and is_acronym(short[1]) and expands(short[1], short[2]) and usable(short[2]):
            yield AliasLink(
                key_of(short[1]), key_of(short[2]), short[1], short[2], "abbreviation", candidates.doc.id, block.index
            )
        match = (
            _BILINGUAL.match(block.text)
            if block.kind.value in ("heading", "item", "cell") and len(block.text) < 60
            else None
        )
        if match is None:
            continue
        latin, chinese = match["l1"] or match["l2"], match["c1"] or match["c2"]
        words = re.split(r"[ -]+", latin)
        fits = len(words) >= 2 and len(words) * 1.4 <= len(chinese) <= len(words) * 3
        if fits and _nominal(chinese) and chinese not in _ZH_ENDINGS:
            yield AliasLink(
                key_of(latin), key_of(chinese), latin, chinese, "parenthesis", candidates.doc.id, block.index
            )


def _endings(
    candidates: Candidates[Forms], scores: Mapping[str, float], lexicon: Lexicon | None
) -> Iterator[AliasLink]:
    """自注意力机制 = 自注意力, LoRA 方法 = LoRA.

    A name with a word behind it that only says what sort of thing it is.
    """
    memo = candidates.memo
    if "endings" not in memo:
        memo["endings"] = sorted(_with_endings(candidates))
    for key, surface, base, ending, base_key in memo["endings"]:
        if scores.get(key, 0.0) < _DOUBTFUL or scores.get(base_key, 0.0) < 0.35:
            continue
        if ending in ("模型", "model", "models") and kind_of((base,), lexicon) is not ConceptKind.MODEL:
            continue  # a LangChain model is no LangChain, a GPT model is GPT
        if ending in _OF_TOOLS and kind_of((base,), lexicon) in (ConceptKind.TOOL, ConceptKind.MODEL):
            continue  # a Python function is no Python, the softmax function is softmax
        if _adds_nothing(ending, base):
            yield AliasLink(base_key, key, base, surface, "spelling", candidates.doc.id, -1)


def _with_endings(candidates: Candidates[Forms]) -> Iterator[tuple[str, str, str, str, str]]:
    """(key, writing, writing without the ending, ending, key of what is left) of all forms that end so."""
    forms = candidates.forms
    for key, words, surface in zip(forms.index, forms.words, forms.best_surface, strict=True):
        base, ending = _split_ending(surface)
        if not base or (len(words) < 2 and not has_han(key)):
            continue
        base_key = key_of(base)
        if base_key in forms and len(base_key) >= 2:
            yield key, surface, base, ending, base_key


def _adds_nothing(ending: str, base: str) -> bool:
    """Whether ``base`` is the same thing with ``ending`` behind it.

    低秩适应方法 is 低秩适应, a language model is not a language.
    """
    if has_han(base):
        return len(base) >= _OPEN_ENDINGS.get(ending, 99) and general_frequency("zh").get(base, 0.0) <= 1e-4
    if " " not in base and (
        is_acronym(base) or any(c.isupper() for c in base[1:]) or (has_han(ending) and base[:1].isupper())
    ):
        return True
    if ending in _OPEN_ENDINGS:
        return len(base) > 4
    return ending.lower().rstrip("s") in _EN_OPEN and (" " in base or "-" in base)


def _split_ending(surface: str) -> tuple[str, str]:
    """A writing without its last word or characters that say what sort of thing it is, and these; else empty texts."""
    if surface.isascii():
        before, *last = surface.rsplit(None, 1)
        if last and last[0].lower().rstrip("s") in _EN_ENDINGS:
            return " ".join(before.split()), last[0]
    for ending in _ZH_ENDINGS if surface[-1] in _ZH_LAST else ():
        if surface.endswith(ending) and len(surface) > len(ending) + 1:
            return surface[: -len(ending)].rstrip(), ending
    return "", ""


_LOOSE: Final = re.compile(
    r"(?:的)?(?:机制|技术|架构|系列|系|类|结构|任务|过程|阶段|问题|现象|功能|状态|特性|服务|关键字|语句|原语|记录"
    r"|属性|环境|方式|关系|接口|指标|编码|运算|风险)$|"
    r"[\s(（-]*\d+(?:\.\d+)?[BM][)）]?$|"
    r"\s(?:techniques?|mechanisms?|architectures?|approach(?:es)?|process(?:es)?|phases?|stages?|steps?|famil(?:y"
    r"|ies)|patterns?|systems?|tasks?|structures?|librar(?:y|ies))$"
)
"""Endings that make another thing now and then, but mostly another name: for forms that are no concept of their own."""


def without_ending(surface: str) -> str:
    """``surface`` without a word behind it that says what sort of thing it is, or its size.

    Empty where there is none.
    """
    found = _LOOSE.search(surface)
    base = surface[: found.start()].rstrip() if found else ""
    return base if len(base) > 1 else ""


def lexicon_links(keys: Sequence[str], surfaces: Mapping[str, str], lexicon: Lexicon) -> list[AliasLink]:
    """Forms that one lexicon entry contains."""
    first: dict[int, str] = {}
    links = []
    for key in keys:
        entry = lexicon.keys.get(key)
        if entry is None:
            continue
        if entry in first:
            links.append(AliasLink(first[entry], key, surfaces[first[entry]], surfaces[key], "lexicon"))
        else:
            first[entry] = key
    return links
