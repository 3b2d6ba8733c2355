"""Candidates: every form in a document that might name a concept, with the counts that its salience is judged by.

Generation is for recall, ranking for precision: word n-grams within runs of content words, and whatever the writer set
apart (bold, headings, what is before a colon, list items, table cells, parentheses, enumerations). Sub-spans are
enumerated once per distinct run, not once per occurrence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from extract.concepts.forms import FLAG, FLAGS, Forms, FormTable, Groups, Ints, SlimForms, sums
from extract.concepts.subjects import Said, subjects
from extract.notes.blocks import Block, BlockKind, SpanKind
from extract.text.identifiers import is_calendar_word, is_identifier, mask
from extract.text.keys import key_of
from extract.text.occurrences import ParsedDoc
from extract.text.segment import Token, tokenize
from graph.text.frequency import general_frequency
from graph.text.scripts import count_han, has_han

MAX_WORDS: Final = 6
MAX_LATIN_LETTERS: Final = 60
MAX_CJK_LETTERS: Final = 18


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ZH_TAGS: Final = frozenset("nvabzjlisghkmtxef")
_ZH_PREFIXES: Final = frozenset(
    "自双前后非多单全低高半无有去反预超子主总元未可再重跨伪泛弱强微大小长短上下内外正负逆零少过级层偏软硬共"
)
_ZH_STOP: Final = _words(
    "是 有 进行 使用 需要 可以 能够 包括 包含 具有 成为 通过 采用 利用 实现 提供 支持 如 例如 称为 叫做 做 让 使 会 要 "
    "能 可 将 把 "
    "被 给 用 于 等 到 在 应该 必须 可能 没有 不是 就是 还是 也是 都是 即 指 指的是 属于 位于 来自 用来 用于 来 去 说 "
    "看 看到 得到 "
    "变成 变得 作为 认为 叫 想 想要 希望 一个 一种 一些 一下 一般 一定 一样 这个 那个 这些 那些 这种 其中 其他 所有 "
    "每个 每一个 某个 "
    "各种 各个 多个 多种 几个 第一 第二 第三 第四 不 不同 不能 不会 不需要 无法 如下 以下 上述 相关 常见 主要 重要 "
    "非常 比较 更 最 "
    "更加 越来越 时 时候 后 前 之后 之前 之间 以上 之上 之下 里 中 上 下 内 外 因此 所以 因为 由于 然后 首先 其次 最后 "
    "同时 另外 "
    "此外 但是 而且 并且 或者 以及 如果 那么 虽然 对于 关于 根据 按照 随着 为了 为 什么 怎么 如何 为什么 哪些 哪个 "
    "多少 是否 有没有 "
    "能否 我们 你 我 他 它 它们 他们 自己 大家 解决 提高 降低 减少 增加 提升 避免 导致 存在 带来 保证 达到 产生 允许 "
    "帮助 考虑 选择 "
    "介绍 表示 说明 理解 描述 比如 譬如 诸如 叫 请 见 参考 注 问 答 基于 依赖 依据 只 仅 就 都 也 还 又 再 才 已 已经 "
    "正在 直接 完全 "
    "尽可能 往往 通常 大 小 多 少 高 低 好 差 快 慢 新 旧 强 弱 大量 少量 很多 许多 大多数 部分 整个 全部 任何 任意"
)
_ZH_FUNCTION_TAGS: Final = frozenset("cpdqrouyeh")
_ZH_COMMON: Final = 1.5e-4
"""A longer word that the tagger takes for a function word is one only if it is this frequent: 非常 is, 因果 and 绝对
are content."""
_COVERBS: Final = ("从", "由", "自", "在", "把", "被", "将", "向", "对")
"""How a preposition ends: 水从 is 水 and 从, whatever the tagger makes of it."""
_EN_TAGS: Final = frozenset(["NN", "NNS", "NNP", "NNPS", "JJ", "JJR", "JJS", "VBG", "VBN", "FW", "CD"])
_EN_STOP: Final = _words(
    "use used using uses make made many more most less least other such same different several various own new good "
    "better best "
    "first second third next last example examples way ways thing things lot lots kind kinds one two three here there "
    "e.g i.e etc vs "
    "let lets able following given based like called known see note need needs want wants help helps get gets take "
    "takes show shows "
    "shown work works however therefore instead also only even very just much few particular certain important "
    "possible available n/a "
    "able necessary sure similar today now time times case cases part parts end start starts true false yes no ok"
)
_EDGE_PUNCTUATION: Final = " \t\n,.;:!?，。；：！？、\"'“”‘’`()（）[]【】「」『』《》<>…—–-~·*|/\\=+&^%$@"
_SENTENCE_MARK: Final = re.compile(r"[。！？；!?;\n]|\.\s|，|,\s")
_ENUMERATION: Final = re.compile(
    r"[、，,/；;]|\s(?:和|与|及|或|vs\.?|and|or|&)\s"
    r"|(?<=[A-Za-z0-9\)）])\s*(?:和|与|及|或)\s*(?=[A-Za-z])|\s*(?:以及|或者)\s*"
)
_ALSO_IN: Final = re.compile(r"^\s*(?:简称|即|又称|也叫|也称|缩写为?|英文|全称|aka|also|i\.e\.)[:：]?\s*")
_PARENTHESES: Final = re.compile(r"[（(\[【]([^（）()\[\]【】]{1,80})[）)\]】]")
_COLON: Final = re.compile(r"[：:](?!//)|\s[-–—]{1,2}\s|——")
_IS: Final = frozenset(["是", "指", "即", "指的是", "就是", "为", "is", "are", "refers", "means", "was"])
_CALLED: Final = frozenset(["称为", "称作", "叫做", "叫", "即", "称", "called", "named", "termed", "as"])
_ENUM_MARKS: Final = frozenset(["、", "和", "与", "及", "以及", "或", "and", "or", "/", ","])


_NEVER: Final = re.compile(
    r"['’](?:s|ll|re|ve|d|m|t)?$|^(?-i:[Hh]ere|[Tt]here|[Tt]his|[Tt]hat|[Tt]hese|[Tt]hose|[Ii]t|[Tt]hey|[Ww]e"
    r"|[Yy]ou|[Mm]ore|[Aa]bove|[Bb]elow)$"
    r"|^(?:can|cannot|could|should|would|must|are|were|been|being|because|including|such|than) ."
    r"|^(?-i:[^A-Z]* (?:of|to|for|with|by|from|at"
    r"|and|or|the|an?|is|are|was|were|be|have|has|that|which|as|than|can|cannot|not))$"
    r"|^(?-i:[a-z](?:\.[a-z])+)\.?$|^(?:understanding|introducing|enter|exploring|choosing|getting|why|how|when|what)\b"
    r"|^(?:示例|举例|例子|实例|优点|缺点|优缺点|总结|小结|概述|简介|介绍|背景|步骤|流程|注意事项|参考资料|参考文献"
    r"|应用场景|核心思想)$"
    r"|^(?:overview|summary|introduction|conclusions?|examples?|background|references|(?:dis)?advantages?|pros|cons"
    r"|steps?|notes?)$"
    r"|^(?:key|core|main) (?:insights?|components?|characteristics|advantages?|features?|takeaways?|benefits?|ideas?"
    r"|points?|concepts?"
    r"|differences?)$"
    r"|^(?:第[一二三四五六七八九十\d]+[个种类次步章节]|[这那该其某每各][一个种些类次项]?"
    r"|对(?![比齐话抗象称偶数应角等口立])|[亿万的了]"
    r"|个(?![体人性])|把(?!手|控))"
    r"|^.{2,}(?<![集其])[上中里]$|^.{2,}(?<![实延超及临行过定])时$|^.{2,}(?:[的了等与及]|(?<![求总饱调缓温])和)$",
    re.IGNORECASE,
)
"""What names nothing, whatever the counts say: titles of sections, Chinese sentences cut at the wrong place,
possessors, contractions."""


_SHORT_NAME: Final = re.compile(r"[A-Z].*(?:[0-9]|\+\+|#)$|[1-9][DGH]$")
"""Names with one letter: F1, C++, C#, 5G; not 7B, 4K and 2M, which are amounts."""
_SET_APART: Final = (
    "strong",
    "heading",
    "lead",
    "lead_strong",
    "item",
    "cell",
    "cell_first",
    "header",
    "enumerated",
    "slash",
    "paren_in",
)
"""Flags that count a candidate which no run of content words contains."""


AnyForms = TypeVar("AnyForms", bound=FormTable, covariant=True)


@dataclass(frozen=True, slots=True)
class Candidates(Generic[AnyForms]):
    """All candidates of one document: in full (:class:`Forms`) or as much of them as the collection's stages need."""

    doc: ParsedDoc
    forms: AnyForms
    tokens: int
    """Number of words of the document."""
    pairs: list[tuple[str, str, int, str]]
    """(outer text, inner text, block index, what links them) of parentheses and "also called": the material of alias
    resolution."""
    siblings: list[tuple[str, ...]]
    """Keys that one enumeration, list or table column puts side by side."""
    subjects: Mapping[str, Said] = field(default_factory=dict)
    """Keys of what the document defines, in the order of the text, and how plainly it does."""
    everyday: Collection[str] = ()
    """Keys that a page of a diary names in passing (:mod:`extract.concepts.everyday`)."""
    memo: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)
    """What alias resolution has found out and asks for again; nothing here depends on scores."""


def usable(form: str) -> bool:
    """Whether ``form`` can name a concept at all, by its characters: letters, not too long, not a sentence."""
    letters = len(form) if form.isalpha() else sum(map(str.isalpha, form))
    if letters == 0 or len(form) < 2 or _SENTENCE_MARK.search(form) or _NEVER.search(form) or is_identifier(form):
        return False
    if has_han(form):
        return len(form) <= MAX_CJK_LETTERS or (
            len(form) <= MAX_CJK_LETTERS + 14 and count_han(form) <= MAX_CJK_LETTERS
        )
    named = letters >= 2 or (len(form) <= 4 and _SHORT_NAME.match(form) is not None)
    return named and len(form) <= MAX_LATIN_LETTERS and form.count(" ") <= MAX_WORDS and "http" not in form


def _is_content(token: Token) -> bool:
    """Whether the word can be part of a name, by itself."""
    if token.script == "L":
        return (
            token.pos in _EN_TAGS
            and token.text.lower() not in _EN_STOP
            and (len(token.text) > 1 or token.text.isupper())
            and not is_calendar_word(token.text)
        )
    return token.script == "C" and _is_chinese_content(token.text, token.pos)


@lru_cache(maxsize=100_000)
def _is_chinese_content(word: str, pos: str) -> bool:
    if len(word) == 1 and word in _ZH_PREFIXES:
        return True
    if word in _ZH_STOP or is_calendar_word(word):
        return False
    if pos[:1] in _ZH_FUNCTION_TAGS:
        if pos[:1] == "u" and word[-1] in "了着过":  # 学了: a verb with its particle
            return False
        return (
            len(word) > 1
            and not (pos == "p" and word.endswith(_COVERBS))
            and general_frequency("zh").get(word, 0.0) < _ZH_COMMON
        )
    return pos[:1] in _ZH_TAGS


def _may_join(tokens: list[Token], i: int, *, inside: bool, chinese: bool) -> bool:
    """Whether a Latin word that is mostly a verb or adverb is part of a name here.

    In Chinese text always, else at the edge of a run.
    """
    token = tokens[i]
    if token.script != "L" or token.text.lower() in _EN_STOP or len(token.text) < 3:
        return False
    if i and tokens[i - 1].pos == "DT" and token.pos in ("VB", "VBP"):  # the mean value theorem
        return True
    if token.pos in ("VB", "VBP"):
        if chinese or token.text[:1].isupper():
            return True
        has_object = i + 1 < len(tokens) and (tokens[i + 1].pos in ("DT", "PRP$", "IN") or _is_content(tokens[i + 1]))
        return inside and not has_object
    return (
        token.pos == "RB"
        and not token.text.lower().endswith("ly")
        and not inside
        and i + 1 < len(tokens)
        and _is_content(tokens[i + 1])
    )


def _runs(tokens: list[Token], text: str) -> Iterator[tuple[int, int]]:
    """Token index ranges of the maximal runs of content words; a number joins a Latin word before it (LLaMA 2)."""
    start = None
    chinese = has_han(text)
    for i, token in enumerate(tokens):
        joined = start is not None and i > 0 and not text[tokens[i - 1].end : token.start].strip(" -")
        number = (
            token.script == "N"
            and joined
            and tokens[i - 1].script == "L"
            and len(token.text) <= 4
            and tokens[i - 1].text[:1].isupper()
        )
        number = number or _counts_nothing(tokens, i)
        if _is_verb_here(tokens, i, inside=joined):
            if start is not None:
                yield (start, i)
                start = None
            continue
        if (
            token.script == "L" and text[max(0, token.start - 2) : token.start] == ",-"
        ):  # the rest of a symbol's name: σ-algebra
            if start is not None:
                yield (start, i)
                start = None
            continue
        content = number or _is_content(token) or _may_join(tokens, i, inside=joined, chinese=chinese)
        if start is not None and (not content or not joined):
            yield (start, i)
            start = None
        if content and start is None:
            start = i
    if start is not None:
        yield (start, len(tokens))


def _is_verb_here(tokens: list[Token], i: int, *, inside: bool) -> bool:
    """Whether a word that may be a noun is the verb of its clause.

    A Latin word with -s before a determiner (the index stores the keys; where it is not the object of a
    preposition), 有 after a noun, and the last verb of a Chinese sentence that otherwise is one run of content
    words (上行通路传递感觉。).
    """
    token = tokens[i]
    if i + 1 == len(tokens):
        return False
    after = tokens[i + 1]
    if token.script == "L":
        if token.pos != "NNS" or after.pos not in ("DT", "PRP$") or not token.text.islower():
            return False
        before = tokens[i - 1] if i else None
        return before is None or before.script == "P" or (inside and before.pos in ("NN", "NNP"))
    if token.script != "C" or not inside or tokens[i - 1].script != "C":
        return False
    if token.text[-1] in "向到至往入" and i > 1 and tokens[i - 2].text.endswith(("从", "由", "自")):
        return after.script == "C"  # 从低处流向高处
    if token.text == "有":
        return tokens[i - 1].pos[:1] == "n" and after.script == "C"
    return token.pos in ("v", "vn") and tokens[i - 1].pos[:1] == "n" and _is_main_verb(tokens, i)


_PLAIN: Final = 8
"""Words of a sentence whose verb is looked for; longer ones have function words that tell it."""


def _is_main_verb(tokens: list[Token], i: int) -> bool:
    """Whether the Chinese sentence around ``i`` is content words only, and the verb at ``i`` is its last."""
    start, end = i, i + 1
    while start and i - start < _PLAIN and tokens[start - 1].script != "P":
        start -= 1
    while end < len(tokens) and end - i < _PLAIN and tokens[end].script != "P":
        end += 1
    if end == len(tokens) or tokens[end].text not in "。.；;" or not 3 <= end - start <= _PLAIN:
        return False
    own, later = tokens[start:end], tokens[i + 1 : end]
    if not later or not (later[-1].pos[:1] == "n" or later[-1].pos == "vn") or not all(map(_is_content, own)):
        return False
    verbs = [t for t in own if t.pos == "v"] or [t for t in own[1:-1] if t.pos == "vn"]  # 木质部运输水分。
    return bool(verbs) and verbs[-1] is tokens[i]


def _with_possessives(tokens: list[Token]) -> list[Token]:
    """The words of a name, gambler's as one."""
    for i in range(len(tokens) - 1, 1, -1):
        if tokens[i].pos == "POS":
            noun = tokens[i - 2]
            tokens[i - 2 : i + 1] = [noun._replace(text=f"{noun.text}'s", end=tokens[i].end)]
    return tokens


def _counts_nothing(tokens: list[Token], i: int) -> bool:
    """Whether the number at ``i`` is a part of a Chinese name (21三体) and counts nothing: no measure word follows."""
    token = tokens[i]
    if token.script != "N" or not token.text.isdigit() or i + 1 == len(tokens):
        return False
    after = tokens[i + 1]
    return after.script == "C" and after.start == token.end and after.pos[:1] == "n" and len(after.text) > 1


@lru_cache(maxsize=100_000)
def _is_clause(surface: str) -> bool:
    """Whether a Latin text of several words has a verb and an object: photosynthesis needs light."""
    if " " not in surface or not surface.isascii():
        return False
    tokens = tokenize(surface)
    return any(t.pos in ("VBZ", "MD") and t.text.islower() and t.text != "means" for t in tokens[1:-1])


@lru_cache(maxsize=200_000)
def _key_if_usable(form: str) -> str:
    """The key of a form that can name a concept, else empty."""
    return key_of(form) if usable(form) else ""


class _Collector:
    """Fills the candidates of one document; used by :func:`collect` only.

    Everything is appended to columns; :meth:`finish` counts.
    """

    def __init__(self, doc: ParsedDoc) -> None:
        self.doc = doc
        self.index: dict[str, int] = {}
        self.form_words: list[tuple[str, ...]] = []
        self.form_tags: list[tuple[str, ...]] = []
        self.surfaces: dict[str, int] = {}
        self.surface_key: list[int] = []
        self.marks: list[tuple[int, int, int, int]] = []  # form, surface, flag, block
        self.of_phrases: list[tuple[int, int, int]] = []  # form, surface, block
        self.runs: dict[str, int] = {}
        self.run_tokens: list[list[Token]] = []
        self.places: list[
            tuple[int, int, int, int, int, int]
        ] = []  # run, block, context, part of title or question, left, right
        self.neighbours: dict[str, int] = {"^": 0, "$": 1}
        self.pairs: list[tuple[str, str, int, str]] = []
        self.siblings: list[tuple[str, ...]] = []
        self.subjects: dict[str, Said] = {}
        self.possessives: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        self.words = 0

    def form(self, key: str, surface: str) -> tuple[int, int]:
        """Numbers of the form and of its writing."""
        number = self.index.get(key)
        if number is None:
            tokens = _with_possessives(tokenize(surface))
            number = self.index[key] = len(self.index)
            self.form_words.append(tuple([t.text for t in tokens]))
            self.form_tags.append(tuple([f"{t.script}:{t.pos}" for t in tokens]))
        return number, self.surface(surface, number)

    def surface(self, surface: str, form: int) -> int:
        number = self.surfaces.get(surface)
        if number is None:
            number = self.surfaces[surface] = len(self.surfaces)
            self.surface_key.append(form)
        return number

    def mark(self, text: str, flag: str, block: Block) -> str | None:
        """Count ``text`` as set apart by ``flag``; returns its key, or None where it cannot name a concept."""
        surface = _trimmed(text)
        key = _key_if_usable(surface)
        if not key or (flag in ("item", "enumerated") and _is_clause(surface)):
            return None
        self.marks.append((*self.form(key, surface), FLAG[flag], block.index))
        return key

    def read(self, block: Block) -> None:
        text = mask(_without_math(block))
        tokens = tokenize(text)
        self.words += len(tokens)
        for start, end in _runs(tokens, text):
            self._add_run(block, text, tokens, start, end)
        self._read_of_phrases(block, text, tokens)
        self._read_possessives(block, text, tokens)
        self._read_subjects(block, text, tokens)
        self._read_marked(block, text)
        self._read_parentheses(block, text)
        self._read_enumerations(block, text)

    def _add_run(self, block: Block, text: str, tokens: list[Token], start: int, end: int) -> None:
        surface = text[tokens[start].start : tokens[end - 1].end]
        run = self.runs.get(surface)
        if run is None:
            run = self.runs[surface] = len(self.runs)
            self.run_tokens.append(tokens[start:end])
        part = -1
        if block.kind is BlockKind.HEADING:
            part = FLAG["question_part"] if block.question else FLAG["title_part"]
        names = self.neighbours
        left = names.setdefault(tokens[start - 1].text.lower(), len(names)) if start else 0
        right = names.setdefault(tokens[end].text.lower(), len(names)) if end < len(tokens) else 1
        self.places.append((run, block.index, _CONTEXT_FLAG[block.kind], part, left, right))

    def _read_subjects(self, block: Block, text: str, tokens: list[Token]) -> None:
        for written, said in subjects(block, text, tokens, _is_content):
            surface = _trimmed(written)
            key = _key_if_usable(surface)
            if not key:
                continue
            self.subjects[key] = max(said, self.subjects.get(key, said))
            if not all(map(_is_content, tokenize(surface))):  # no run of content words: nothing else proposes it
                self.mark(surface, "lead", block)

    def _read_possessives(self, block: Block, text: str, tokens: list[Token]) -> None:
        """Collect phrases such as gambler's fallacy; they count where a document uses them twice or defines them."""
        for i in range(1, len(tokens) - 2):
            if tokens[i + 1].pos != "POS" or not _is_content(tokens[i - 1]) or not tokens[i - 1].text.islower():
                continue
            end = i + 2
            while end < len(tokens) and end < i + 4 and _is_content(tokens[end]):
                end += 1
            for last in range(i + 3, end + 1):
                surface = text[tokens[i - 1].start : tokens[last - 1].end]
                key = _key_if_usable(surface)
                if key:
                    self.possessives[key].append((surface, block.index))

    def _keep_possessives(self) -> None:
        for key, places in self.possessives.items():
            if len(places) > 1 or key in self.subjects or key in self.index:
                self.of_phrases += [(*self.form(key, surface), block) for surface, block in places]

    def _read_of_phrases(self, block: Block, text: str, tokens: list[Token]) -> None:
        for i in range(1, len(tokens) - 1):
            if tokens[i].text != "of" or not (_is_content(tokens[i - 1]) and _is_content(tokens[i + 1])):
                continue
            left = i - 2 if i > 1 and _is_content(tokens[i - 2]) else i - 1
            right = i + 2 if i + 2 < len(tokens) and _is_content(tokens[i + 2]) else i + 1
            for a in {left, i - 1}:
                for b in {right, i + 1}:
                    surface = text[tokens[a].start : tokens[b].end]
                    key = _key_if_usable(surface)
                    if key:
                        self.of_phrases.append((*self.form(key, surface), block.index))

    def _read_marked(self, block: Block, text: str) -> None:
        for span in block.spans:
            flag = _MARKS.get(span.kind)
            if flag is not None:
                for piece in _pieces(text[span.start : span.end]):
                    self.mark(piece, flag, block)
        lead = _COLON.split(text, maxsplit=1)
        if block.kind is BlockKind.HEADING:
            for piece in _pieces(text):
                self.mark(piece, "heading", block)
            if len(lead) > 1:
                for part in lead:
                    for piece in _pieces(part):
                        self.mark(piece, "heading_part", block)
        elif block.kind in (BlockKind.CELL, BlockKind.HEADER):
            flag = "header" if block.kind is BlockKind.HEADER else "cell_first" if block.column == 0 else "cell"
            for piece in _pieces(text):
                self.mark(piece, flag, block)
        elif len(lead) > 1 and len(lead[0]) <= 60:
            bold = any(
                s.kind is SpanKind.STRONG and s.start <= 1 and s.end >= len(lead[0].strip()) - 1 for s in block.spans
            )
            for piece in _pieces(lead[0]):
                self.mark(piece, "lead_strong" if bold else "lead", block)
        elif block.kind is BlockKind.ITEM:
            for piece in _pieces(text):
                self.mark(piece, "item", block)

    def _read_parentheses(self, block: Block, text: str) -> None:
        for match in _PARENTHESES.finditer(text):
            inner = match.group(1)
            for piece in re.split(r"[,，;；、/]|\s或\s|\sor\s", inner):
                self.mark(_ALSO_IN.sub("", piece), "paren_in", block)
            before = text[max(0, match.start() - 80) : match.start()].rstrip()
            if before:
                self.pairs.append((before, inner, block.index, "parenthesis"))

    def _read_enumerations(self, block: Block, text: str) -> None:
        for clause in re.split(r"[。！？；：!?;:（）()\n]|\.\s", text):
            if "、" not in clause and "," not in clause and "/" not in clause and " and " not in clause:
                continue
            pieces = [p.strip(_EDGE_PUNCTUATION) for p in _ENUMERATION.split(clause)]
            if len(pieces) < 2:
                continue
            keys = []
            for number, piece in enumerate(pieces):
                inner = 0 < number < len(pieces) - 1
                if usable(piece) and (inner or "、" in clause or "/" in clause) and len(piece) <= 30:
                    key = self.mark(piece, "enumerated", block)
                    if key:
                        keys.append(key)
            if len(keys) > 1:
                self.siblings.append(tuple(keys))
        for match in re.finditer(r"(?<![\w/])[A-Za-z][\w.+-]{0,15}/[A-Za-z][\w.+-]{0,15}(?![\w/])", text):
            self.mark(match.group(), "slash", block)

    def finish(self) -> Forms:
        """Turn the distinct runs into the candidates that lie within them, and count all."""
        self._keep_possessives()
        spans, slots, token_ids, token_start = self._spans()
        size = len(self.index)
        places = _RunPlaces.of(self.places, len(self.runs))
        pieces = _Pieces.of(spans, places.times)
        marks = np.asarray(self.marks, dtype=np.int64).reshape(-1, 4).T
        phrases = np.asarray(self.of_phrases, dtype=np.int64).reshape(-1, 3).T
        key, weight, opens, closes = pieces.key, pieces.weight, pieces.opens, pieces.closes
        count = sums(key, weight, size) + np.bincount(phrases[0], minlength=size)
        super_count = _wider_counts(pieces, slots, count, size)
        flags = self._flags(places, pieces, marks, phrases)
        # In no run of content words: counted where the writer set it apart.
        apart = flags[:, [FLAG[f] for f in _SET_APART]].sum(axis=1)
        count = np.where(count == 0, np.maximum(apart, 1), count)
        row, at = pieces.at(places)
        blocks = Groups(
            np.concatenate([key[row], marks[0], phrases[0]]),
            np.concatenate([places.block[at], marks[3], phrases[2]]), size,
        )  # fmt: skip
        before, after = token_start[pieces.run] + pieces.begin - 1, token_start[pieces.run] + pieces.end
        lefts = Groups(
            np.concatenate([key[row][opens[row]], key[~opens]]),
            np.concatenate([places.left[at][opens[row]], token_ids[before[~opens]]]), size,
        )  # fmt: skip
        rights = Groups(
            np.concatenate([key[row][closes[row]], key[~closes]]),
            np.concatenate([places.right[at][closes[row]], token_ids[after[~closes]]]), size,
        )  # fmt: skip
        written = np.concatenate([pieces.surface, marks[1], phrases[1]])
        used = sums(written, np.concatenate([weight, np.ones(marks.shape[1] + phrases.shape[1])]), len(self.surfaces))
        return Forms(
            self.index, self.form_words, self.form_tags, count, sums(key[opens & closes], weight[opens & closes], size),
            sums(key[opens], weight[opens], size), sums(key[closes], weight[closes], size), super_count, flags, blocks,
            lefts, rights,
            list(self.neighbours), list(self.surfaces), np.asarray(self.surface_key, dtype=np.int64), used,
        )  # fmt: skip

    def _flags(self, places: _RunPlaces, pieces: _Pieces, marks: Ints, phrases: Ints) -> Ints:
        """How often each form is seen with each flag, shape (forms, len(FLAGS))."""
        size, flags_n = len(self.index), len(FLAGS)
        flags = np.bincount(marks[0] * flags_n + marks[2], minlength=size * flags_n).reshape(size, flags_n)
        flags[:, FLAG["of_phrase"]] += np.bincount(phrases[0], minlength=size)
        for column in np.unique(np.concatenate([places.context, places.part[places.part >= 0]])).tolist():
            of_runs = places.count((places.context == column) | (places.part == column))
            flags[:, column] += sums(pieces.key, of_runs[pieces.run], size)
        names = list(self.neighbours)
        sides = (
            (pieces.opens, places.left, _LEFT, FLAG["block_start"]), (pieces.closes, places.right, _RIGHT, -1),
        )  # fmt: skip
        for edge, neighbour, classes, at_start in sides:
            said = np.fromiter((classes.get(name, -1) for name in names), dtype=np.int64, count=len(names))[neighbour]
            if at_start >= 0:
                said[neighbour == 0] = at_start
            for column in np.unique(said[said >= 0]).tolist():
                of_runs = places.count(said == column)
                flags[:, column] += sums(pieces.key[edge], of_runs[pieces.run[edge]], size)
        return flags

    def _spans(self) -> tuple[list[tuple[int, ...]], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(run, first word, end, words of the run, form, writing, slot) of all candidates in runs; slot → form.

        Numbers of all words.
        """
        spans: list[tuple[int, ...]] = []
        index, names, surfaces, surface_key = self.index, self.neighbours, self.surfaces, self.surface_key
        form_words, form_tags = self.form_words, self.form_tags
        repeated = np.bincount(
            np.asarray([p[0] for p in self.places], dtype=np.int64), minlength=len(self.runs)
        ).tolist()
        token_ids: list[int] = []
        token_start: list[int] = []
        for run, (text, tokens) in enumerate(zip(self.runs, self.run_tokens, strict=True)):
            n, base, first = len(tokens), tokens[0].start, len(token_ids)
            token_start.append(first)
            texts = [t.text for t in tokens]
            token_ids += [names.setdefault(t, len(names)) for t in texts]
            ends = [t.end - base for t in tokens]
            tags: list[str] = []
            once = repeated[run] == 1
            for i in range(n):
                start = tokens[i].start - base
                slot = (first + i) * MAX_WORDS - i - 1
                for j in range(i + 1, min(n, i + MAX_WORDS) + 1):
                    if once and 4 <= j - i < n:  # a long piece of a longer run that appears there once names nothing
                        continue
                    surface = text[start : ends[j - 1]]
                    key = _key_if_usable(surface)
                    if not key:
                        continue
                    form = index.get(key)
                    if form is None:
                        form = index[key] = len(index)
                        tags = tags or [f"{t.script}:{t.pos}" for t in tokens]
                        form_words.append(tuple(texts[i:j]))
                        form_tags.append(tuple(tags[i:j]))
                    written = surfaces.get(surface)
                    if written is None:
                        written = surfaces[surface] = len(surfaces)
                        surface_key.append(form)
                    spans.append((run, i, j, n, form, written, slot + j))
        slots = np.full(len(token_ids) * MAX_WORDS + 1, -1, dtype=np.int64)
        for span in spans:
            slots[span[6]] = span[4]
        return spans, slots, np.asarray(token_ids, dtype=np.int64), np.asarray(token_start, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _RunPlaces:
    """Where the distinct runs occur, a row for each occurrence, in the order of the runs."""

    run: Ints
    block: Ints
    context: Ints
    """Flag of the kind of block."""
    part: Ints
    """Flag of a part of a heading; -1 elsewhere."""
    left: Ints
    """Number of the word before the run, 0 at the start of the block."""
    right: Ints
    """Number of the word after the run, 1 at the end of the block."""
    times: Ints
    """For each run the number of its occurrences."""

    @classmethod
    def of(cls, places: Sequence[tuple[int, ...]], runs: int) -> _RunPlaces:
        columns = np.asarray(places, dtype=np.int64).reshape(-1, 6).T
        run, block, context, part, left, right = columns[:, np.argsort(columns[0], kind="stable")]
        return cls(run, block, context, part, left, right, np.bincount(run, minlength=runs))

    def count(self, which: NDArray[np.bool_]) -> Ints:
        """For each run the number of its occurrences in ``which``."""
        return np.bincount(self.run[which], minlength=len(self.times))


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """The candidates that lie in runs, a row for each (run, piece of it)."""

    run: Ints
    begin: Ints
    end: Ints
    """First word of the piece and end, counted in the run."""
    key: Ints
    """Number of the form."""
    surface: Ints
    """Number of the writing."""
    slot: Ints
    """See :meth:`_Collector._spans`."""
    weight: Ints
    """Number of occurrences of the run."""
    opens: NDArray[np.bool_]
    """The piece begins the run."""
    closes: NDArray[np.bool_]
    """The piece ends the run."""

    @classmethod
    def of(cls, spans: Sequence[tuple[int, ...]], times: Ints) -> _Pieces:
        run, begin, end, words, key, surface, slot = np.asarray(spans, dtype=np.int64).reshape(-1, 7).T
        return cls(run, begin, end, key, surface, slot, times[run], begin == 0, end == words)

    def at(self, places: _RunPlaces) -> tuple[Ints, Ints]:
        """(piece, occurrence of its run) for all occurrences of all pieces: all that lies in a run occurs with it."""
        first = np.concatenate([[0], np.cumsum(places.times)])
        row = np.repeat(np.arange(len(self.key)), self.weight)
        within = np.arange(len(row)) - np.repeat(np.cumsum(self.weight) - self.weight, self.weight)
        return row, first[self.run[row]] + within


def _wider_counts(pieces: _Pieces, slots: Ints, count: Ints, size: int) -> Ints:
    """For each form the count of the most frequent form that is one word longer and contains it; 0 without one."""
    known = np.concatenate([[0], count])  # of no form: 0
    wider = np.zeros(len(pieces.key), dtype=np.int64)
    longer = pieces.end - pieces.begin < MAX_WORDS
    before, after = longer & ~pieces.opens, longer & ~pieces.closes
    wider[before] = known[slots[pieces.slot[before] - MAX_WORDS + 1] + 1]
    wider[after] = np.maximum(wider[after], known[slots[pieces.slot[after] + 1] + 1])
    out = np.zeros(size, dtype=np.int64)
    np.maximum.at(out, pieces.key, wider)
    return out


_CONTEXT: Final = {
    BlockKind.HEADING: "heading_part",
    BlockKind.PARAGRAPH: "in_paragraph",
    BlockKind.ITEM: "in_item",
    BlockKind.CELL: "in_cell",
    BlockKind.HEADER: "in_cell",
    BlockKind.QUOTE: "in_quote",
    BlockKind.CODE: "in_code",
}
_CONTEXT_FLAG: Final = {kind: FLAG[name] for kind, name in _CONTEXT.items()}
_LEFT: Final = (
    dict.fromkeys(("a", "an", "the"), FLAG["left_det"]) | dict.fromkeys(_ENUM_MARKS, FLAG["left_enum"])
    | dict.fromkeys(_CALLED, FLAG["left_called"])
)  # fmt: skip
_RIGHT: Final = (
    dict.fromkeys(_ENUM_MARKS, FLAG["right_enum"]) | dict.fromkeys("（(", FLAG["right_paren"])
    | dict.fromkeys("：:", FLAG["right_colon"]) | dict.fromkeys(_IS, FLAG["right_is"])
)  # fmt: skip
"""Word next to a candidate → the flag that it counts for."""
_MARKS: Final = {
    SpanKind.STRONG: "strong",
    SpanKind.EMPHASIS: "emphasis",
    SpanKind.CODE: "code",
    SpanKind.LINK: "link",
    SpanKind.QUOTED: "quoted",
}


def _without_math(block: Block) -> str:
    """The block's text with formulas as commas, of the same length.

    Letters of a formula name nothing, and separate what is around.
    """
    text = block.text
    for span in block.spans:
        if span.kind is SpanKind.MATH:
            text = text[: span.start] + "," * (span.end - span.start) + text[span.end :]
    return text


def _trimmed(text: str) -> str:
    """``text`` without the punctuation around it; what belongs to a name stays: C++, C#, .NET."""
    text = text.strip()
    start = text.lstrip(_EDGE_PUNCTUATION)
    if len(text) > len(start) and text[len(text) - len(start) - 1] == "." and start[:2].isupper():
        start = "." + start
    end = start.rstrip(_EDGE_PUNCTUATION)
    return end + "++" if start.startswith(end + "++") else end


_ASIDE: Final = re.compile(r"[（(\[【][^（）()\[\]【】]*[）)\]】]")


def _pieces(text: str) -> Iterable[str]:
    """``text`` without its parentheses.

    And its parts where it names several things (``A 与 B``, ``A vs B``, ``A/B``).
    """
    bare = _ASIDE.sub(" ", text).strip(_EDGE_PUNCTUATION)
    yield bare
    if has_han(bare) or len(bare) < 80:
        parts = [
            p.strip(_EDGE_PUNCTUATION)
            for p in re.split(r"、|/|\s+(?:vs\.?|VS|and|&|or)\s+|\s*(?:和|与|及|以及|或)\s*|,\s", bare)
        ]
        if 1 < len(parts) <= 8:
            yield from parts


def collect(doc: ParsedDoc) -> Candidates[Forms]:
    """The candidates of ``doc``. Time is linear in its length; code blocks give comments only."""
    collector = _Collector(doc)
    for block in doc.blocks:
        if block.index not in doc.references:
            collector.read(block)
    return Candidates(doc, collector.finish(), collector.words, collector.pairs, collector.siblings, collector.subjects)


def slim(candidates: Candidates[Forms], keys: Collection[str]) -> Candidates[SlimForms]:
    """``candidates`` with the forms of ``keys`` only, with what choosing and naming a concept needs.

    Cheap to hand to another process.
    """
    return Candidates(
        candidates.doc,
        SlimForms.of(candidates.forms, list(keys)),
        candidates.tokens,
        [],
        [],
        candidates.subjects,
        candidates.everyday,
    )
