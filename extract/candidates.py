"""Candidates: every form in a document that might name a concept, with the counts that its salience is judged by.

Generation is for recall, ranking for precision: word n-grams within runs of content words, and whatever the writer set apart
(bold, headings, what stands before a colon, list items, table cells, parentheses, enumerations). Sub-spans are enumerated once per
distinct run, not once per occurrence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from extract.blocks import Block, BlockKind, SpanKind
from extract.occurrences import ParsedDoc
from extract.segment import CJK, Token, has_cjk, tokenize
from graph.frequency import general_frequency
from graph.names import fold

MAX_WORDS: Final = 6
MAX_LATIN_LETTERS: Final = 60
MAX_CJK_LETTERS: Final = 18


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ZH_TAGS: Final = frozenset("nvabzjlisghkmtxef")
_ZH_PREFIXES: Final = frozenset("自双前后非多单全低高半无有去反预超子主总元未可再重跨伪泛弱强微大小长短上下内外正负逆零少过级层偏软硬共")
_ZH_STOP: Final = _words(
    "是 有 进行 使用 需要 可以 能够 包括 包含 具有 成为 通过 采用 利用 实现 提供 支持 如 例如 称为 叫做 做 让 使 会 要 能 可 将 把 "
    "被 给 用 于 等 到 在 应该 必须 可能 没有 不是 就是 还是 也是 都是 即 指 指的是 属于 位于 来自 用来 用于 来 去 说 看 看到 得到 "
    "变成 变得 作为 认为 叫 想 想要 希望 一个 一种 一些 一下 一般 一定 一样 这个 那个 这些 那些 这种 其中 其他 所有 每个 每一个 某个 "
    "各种 各个 多个 多种 几个 第一 第二 第三 第四 不 不同 不能 不会 不需要 无法 如下 以下 上述 相关 常见 主要 重要 非常 比较 更 最 "
    "更加 越来越 时 时候 后 前 之后 之前 之间 以上 之上 之下 里 中 上 下 内 外 因此 所以 因为 由于 然后 首先 其次 最后 同时 另外 "
    "此外 但是 而且 并且 或者 以及 如果 那么 虽然 对于 关于 根据 按照 随着 为了 为 什么 怎么 如何 为什么 哪些 哪个 多少 是否 有没有 "
    "能否 我们 你 我 他 它 它们 他们 自己 大家 解决 提高 降低 减少 增加 提升 避免 导致 存在 带来 保证 达到 产生 允许 帮助 考虑 选择 "
    "介绍 表示 说明 理解 描述 比如 譬如 诸如 叫 请 见 参考 注 问 答 基于 依赖 依据 只 仅 就 都 也 还 又 再 才 已 已经 正在 直接 完全 "
    "尽可能 往往 通常 大 小 多 少 高 低 好 差 快 慢 新 旧 强 弱 大量 少量 很多 许多 大多数 部分 整个 全部 任何 任意"
)
_ZH_FUNCTION_TAGS: Final = frozenset("cpdqrouyeh")
_ZH_COMMON: Final = 1.5e-4
"""A longer word that the tagger takes for a function word is one only if it is this frequent: 非常 is, 因果 and 绝对 are content."""
_EN_TAGS: Final = frozenset(["NN", "NNS", "NNP", "NNPS", "JJ", "JJR", "JJS", "VBG", "VBN", "FW", "CD"])
_EN_STOP: Final = _words(
    "use used using uses make made many more most less least other such same different several various own new good better best "
    "first second third next last example examples way ways thing things lot lots kind kinds one two three here there e.g i.e etc vs "
    "let lets able following given based like called known see note need needs want wants help helps get gets take takes show shows "
    "shown work works however therefore instead also only even very just much few particular certain important possible available "
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
_PLURAL: Final = re.compile(r"[a-z]{3,}s$")


_NEVER: Final = re.compile(
    r"^www\.|\.(?:com|org|net|io|cn|json|jsonl|ya?ml|py|md|txt|csv|html?|java|jar|pdf|png|jpg|sh)$"  # addresses and files
    r"|^(?=.*\d)[A-Za-z0-9_]{26,}$|\bet al$"  # hashes and keys, citations
    r"|^(?:understanding|introducing|enter|exploring|choosing|getting|why|how|when|what)\b"
    r"|^(?:示例|举例|例子|实例|优点|缺点|优缺点|总结|小结|概述|简介|介绍|背景|步骤|流程|注意事项|参考资料|参考文献|应用场景|核心思想)$"
    r"|^(?:overview|summary|introduction|conclusions?|examples?|background|references|(?:dis)?advantages?|pros|cons|steps?|notes?)$"
    r"|^(?:key|core|main) (?:insights?|components?|characteristics|advantages?|features?|takeaways?|benefits?|ideas?|points?|concepts?"
    r"|differences?)$"
    r"|^(?:第[一二三四五六七八九十\d]+[个种类次步章节]|[这那该其某每各][一个种些类次项]?|对(?![比齐话抗象称偶数应角等口立])|[亿万的了]"
    r"|个(?![体人性])|把(?!手|控))"
    r"|^.{2,}(?<![集其])[上中里]$|^.{2,}(?<![实延超及临行过定])时$|^.{2,}(?:[的了等与及]|(?<![求总饱调缓温])和)$",
    re.IGNORECASE,
)
"""What names nothing, whatever the counts say: addresses, file names, titles of sections, Chinese sentences cut at the wrong place."""


@lru_cache(maxsize=200_000)
def key_of(form: str) -> str:
    """The key under which forms of one candidate are counted: folded, Latin plural removed."""
    key = fold(form)
    if _PLURAL.search(key) and not key.endswith("ss") and not form.rstrip().endswith("S"):  # HTTPS is not several HTTP
        if key.endswith("ies") and len(key) > 5:
            return key[:-3] + "y"
        return key[:-1]
    return key


@dataclass(slots=True)
class Form:
    """One candidate of one document: a key, its writings, and counts over its places in the document."""

    key: str
    words: tuple[str, ...] = ()
    """Words of the first writing."""
    tags: tuple[str, ...] = ()
    """Their scripts and parts of speech: ``C:n``, ``L:NN``, …."""
    surfaces: Counter[str] = field(default_factory=Counter)
    count: int = 0
    whole: int = 0
    """Places where it is a maximal run of content words."""
    left_edge: int = 0
    right_edge: int = 0
    blocks: set[int] = field(default_factory=set)
    lefts: set[str] = field(default_factory=set)
    rights: set[str] = field(default_factory=set)
    flags: Counter[str] = field(default_factory=Counter)
    """Counts of the structural and context features by name (see :data:`FLAGS`)."""
    super_count: int = 0
    """Count of the most frequent candidate that extends it by one word."""


FLAGS: Final = (
    "strong", "emphasis", "code", "link", "quoted", "heading", "heading_part", "question_part", "title_part", "lead", "lead_strong",
    "item", "cell", "cell_first", "header", "paren_in", "paren_before", "enumerated", "slash", "in_item", "in_cell", "in_code",
    "in_quote", "in_paragraph", "right_is", "right_colon", "right_paren", "left_called", "left_enum", "right_enum", "left_det",
    "block_start", "of_phrase",
)  # fmt: skip
"""Names of the counted features, in the order of the feature vector."""

_SET_APART: Final = ("strong", "heading", "lead", "lead_strong", "item", "cell", "cell_first", "header", "enumerated", "slash", "paren_in")
"""Flags that count a candidate which no run of content words holds."""


@dataclass(slots=True)
class _Run:
    """A distinct maximal run of content words, with what its places have in common."""

    tokens: list[Token]
    text: str
    count: int = 0
    blocks: list[int] = field(default_factory=list)
    flags: Counter[str] = field(default_factory=Counter)
    lefts: Counter[str] = field(default_factory=Counter)
    rights: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Candidates:
    """All candidates of one document."""

    doc: ParsedDoc
    forms: dict[str, Form]
    tokens: int
    """Number of words of the document."""
    pairs: list[tuple[str, str, int, str]]
    """(outer text, inner text, block index, what links them) of parentheses and "also called": the material of alias resolution."""
    siblings: list[tuple[str, ...]]
    """Keys that one enumeration, list or table column puts side by side."""


def usable(form: str) -> bool:
    """Whether ``form`` can name a concept at all, by its characters: letters, not too long, not a sentence."""
    letters = sum(c.isalpha() for c in form)
    if letters == 0 or len(form) < 2 or _SENTENCE_MARK.search(form) or _NEVER.search(form):
        return False
    if has_cjk(form):
        return len(form) <= MAX_CJK_LETTERS + 14 and len(re.findall(f"[{CJK}]", form)) <= MAX_CJK_LETTERS
    named = letters >= 2 or (form[0].isupper() and len(form) <= 4 and (form[-1].isdigit() or form.endswith("++")))
    return named and len(form) <= MAX_LATIN_LETTERS and form.count(" ") <= MAX_WORDS and "http" not in form


def _is_content(token: Token) -> bool:
    """Whether the word can be part of a name, by itself."""
    if token.script == "L":
        return token.pos in _EN_TAGS and token.text.lower() not in _EN_STOP and (len(token.text) > 1 or token.text.isupper())
    return token.script == "C" and _is_chinese_content(token.text, token.pos)


@lru_cache(maxsize=100_000)
def _is_chinese_content(word: str, pos: str) -> bool:
    if len(word) == 1 and word in _ZH_PREFIXES:
        return True
    if word in _ZH_STOP:
        return False
    if pos[:1] in _ZH_FUNCTION_TAGS:
        return len(word) > 1 and general_frequency("zh").get(word, 0.0) < _ZH_COMMON
    return pos[:1] in _ZH_TAGS


def _may_join(tokens: list[Token], i: int, *, inside: bool, chinese: bool) -> bool:
    """Whether a Latin word that is mostly a verb or adverb is part of a name here: in Chinese text always, else at the edge of a run."""
    token = tokens[i]
    if token.script != "L" or token.text.lower() in _EN_STOP or len(token.text) < 3:
        return False
    if token.pos in ("VB", "VBP"):
        if chinese or token.text[:1].isupper():
            return True
        has_object = i + 1 < len(tokens) and (tokens[i + 1].pos in ("DT", "PRP$", "IN") or _is_content(tokens[i + 1]))
        return inside and not has_object
    return token.pos == "RB" and not token.text.lower().endswith("ly") and not inside and i + 1 < len(tokens) and _is_content(tokens[i + 1])


def _runs(tokens: list[Token], text: str) -> Iterator[tuple[int, int]]:
    """Token index ranges of the maximal runs of content words; a number joins a Latin word before it (LLaMA 2)."""
    start = None
    chinese = has_cjk(text)
    for i, token in enumerate(tokens):
        joined = start is not None and i > 0 and not text[tokens[i - 1].end : token.start].strip(" -")
        number = (
            token.script == "N" and joined and tokens[i - 1].script == "L" and len(token.text) <= 4 and tokens[i - 1].text[:1].isupper()
        )
        content = number or _is_content(token) or _may_join(tokens, i, inside=joined, chinese=chinese)
        if start is not None and (not content or not joined):
            yield (start, i)
            start = None
        if content and start is None:
            start = i
    if start is not None:
        yield (start, len(tokens))


class _Collector:
    """Fills the candidates of one document; used by :func:`collect` only."""

    def __init__(self, doc: ParsedDoc) -> None:
        self.doc = doc
        self.forms: dict[str, Form] = {}
        self.runs: dict[str, _Run] = {}
        self.pairs: list[tuple[str, str, int, str]] = []
        self.siblings: list[tuple[str, ...]] = []
        self.words = 0

    def form(self, surface: str, tokens: list[Token] | None = None) -> Form | None:
        key = key_of(surface)
        if not key:
            return None
        found = self.forms.get(key)
        if found is None:
            if tokens is None:
                tokens = tokenize(surface)
            found = Form(key, tuple(t.text for t in tokens), tuple(f"{t.script}:{t.pos}" for t in tokens))
            self.forms[key] = found
        return found

    def mark(self, text: str, flag: str, block: Block) -> str | None:
        """Count ``text`` as set apart by ``flag``; returns its key, or None where it cannot name a concept."""
        surface = text.strip(_EDGE_PUNCTUATION) if not text.endswith(("++", "#")) else text.strip()
        if not usable(surface):
            return None
        form = self.form(surface)
        if form is None:
            return None
        form.flags[flag] += 1
        form.surfaces[surface] += 1
        form.blocks.add(block.index)
        return form.key

    def read(self, block: Block) -> None:
        text = _without_math(block)
        tokens = tokenize(text)
        self.words += len(tokens)
        for start, end in _runs(tokens, text):
            self._add_run(block, text, tokens, start, end)
        self._read_of_phrases(block, text, tokens)
        self._read_marked(block, text)
        self._read_parentheses(block, text)
        self._read_enumerations(block, text)

    def _add_run(self, block: Block, text: str, tokens: list[Token], start: int, end: int) -> None:
        surface = text[tokens[start].start : tokens[end - 1].end]
        run = self.runs.get(surface)
        if run is None:
            run = self.runs[surface] = _Run(tokens[start:end], surface)
        run.count += 1
        run.blocks.append(block.index)
        run.flags[_CONTEXT[block.kind]] += 1
        if block.kind is BlockKind.HEADING:
            run.flags["question_part" if block.question else "title_part"] += 1
        left = tokens[start - 1].text.lower() if start else "^"
        right = tokens[end].text.lower() if end < len(tokens) else "$"
        run.lefts[left] += 1
        run.rights[right] += 1
        if left == "^":
            run.flags["block_start"] += 1

    def _read_of_phrases(self, block: Block, text: str, tokens: list[Token]) -> None:
        for i in range(1, len(tokens) - 1):
            if tokens[i].text != "of" or not (_is_content(tokens[i - 1]) and _is_content(tokens[i + 1])):
                continue
            left = i - 2 if i > 1 and _is_content(tokens[i - 2]) else i - 1
            right = i + 2 if i + 2 < len(tokens) and _is_content(tokens[i + 2]) else i + 1
            for a in {left, i - 1}:
                for b in {right, i + 1}:
                    surface = text[tokens[a].start : tokens[b].end]
                    form = self.form(surface) if usable(surface) else None
                    if form is not None:
                        form.count += 1
                        form.flags["of_phrase"] += 1
                        form.surfaces[surface] += 1
                        form.blocks.add(block.index)

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
            bold = any(s.kind is SpanKind.STRONG and s.start <= 1 and s.end >= len(lead[0].strip()) - 1 for s in block.spans)
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

    def finish(self) -> None:
        """Turn the distinct runs into the candidates that lie within them."""
        spans: list[tuple[_Run, list[tuple[int, int, Form]]]] = []
        for run in self.runs.values():
            inside: list[tuple[int, int, Form]] = []
            tokens, n = run.tokens, len(run.tokens)
            base = tokens[0].start
            for i in range(n):
                for j in range(i + 1, min(n, i + MAX_WORDS) + 1):
                    if run.count == 1 and 4 <= j - i < n:  # a long piece of a longer run that stands there once names nothing
                        continue
                    surface = run.text[tokens[i].start - base : tokens[j - 1].end - base]
                    if not usable(surface):
                        continue
                    form = self.form(surface, tokens[i:j])
                    if form is None:
                        continue
                    inside.append((i, j, form))
                    self._credit(form, run, i, j, surface)
            spans.append((run, inside))
        for _, inside in spans:
            counts = {(i, j): form.count for i, j, form in inside}
            for i, j, form in inside:
                wider = max(counts.get((i - 1, j), 0), counts.get((i, j + 1), 0))
                form.super_count = max(form.super_count, wider)
        for form in self.forms.values():
            if form.count == 0:  # in no run of content words: counted where the writer set it apart
                form.count = max(sum(form.flags[f] for f in _SET_APART), 1)

    @staticmethod
    def _credit(form: Form, run: _Run, i: int, j: int, surface: str) -> None:
        n = len(run.tokens)
        form.count += run.count
        form.blocks.update(run.blocks)
        form.surfaces[surface] += run.count
        for flag, value in run.flags.items():
            if flag != "block_start":
                form.flags[flag] += value
        if i == 0:
            form.left_edge += run.count
            form.lefts.update(run.lefts)
            form.flags["block_start"] += run.flags["block_start"]
            for word, value in run.lefts.items():
                if word in _CALLED:
                    form.flags["left_called"] += value
                elif word in _ENUM_MARKS:
                    form.flags["left_enum"] += value
                elif word in ("a", "an", "the"):
                    form.flags["left_det"] += value
        else:
            form.lefts.add(run.tokens[i - 1].text)
        if j == n:
            form.right_edge += run.count
            form.rights.update(run.rights)
            for word, value in run.rights.items():
                if word in _IS:
                    form.flags["right_is"] += value
                elif word in ("：", ":"):
                    form.flags["right_colon"] += value
                elif word in ("（", "("):
                    form.flags["right_paren"] += value
                elif word in _ENUM_MARKS:
                    form.flags["right_enum"] += value
        else:
            form.rights.add(run.tokens[j].text)
        if i == 0 and j == n:
            form.whole += run.count


_CONTEXT: Final = {
    BlockKind.HEADING: "heading_part",
    BlockKind.PARAGRAPH: "in_paragraph",
    BlockKind.ITEM: "in_item",
    BlockKind.CELL: "in_cell",
    BlockKind.HEADER: "in_cell",
    BlockKind.QUOTE: "in_quote",
    BlockKind.CODE: "in_code",
}
_MARKS: Final = {
    SpanKind.STRONG: "strong",
    SpanKind.EMPHASIS: "emphasis",
    SpanKind.CODE: "code",
    SpanKind.LINK: "link",
    SpanKind.QUOTED: "quoted",
}


def _without_math(block: Block) -> str:
    """The block's text with formulas as commas, of the same length: letters of a formula name nothing, and separate what stands around."""
    text = block.text
    for span in block.spans:
        if span.kind is SpanKind.MATH:
            text = text[: span.start] + "," * (span.end - span.start) + text[span.end :]
    return text


_ASIDE: Final = re.compile(r"[（(\[【][^（）()\[\]【】]*[）)\]】]")


def _pieces(text: str) -> Iterable[str]:
    """``text`` without its parentheses, and its parts where it names several things (``A 与 B``, ``A vs B``, ``A/B``)."""
    bare = _ASIDE.sub(" ", text).strip(_EDGE_PUNCTUATION)
    yield bare
    if has_cjk(bare) or len(bare) < 80:
        parts = [p.strip(_EDGE_PUNCTUATION) for p in re.split(r"、|/|\s+(?:vs\.?|VS|and|&|or)\s+|\s*(?:和|与|及|以及|或)\s*|,\s", bare)]
        if 1 < len(parts) <= 8:
            yield from parts


def collect(doc: ParsedDoc) -> Candidates:
    """The candidates of ``doc``. Time is linear in its length; code blocks give comments only."""
    collector = _Collector(doc)
    for block in doc.blocks:
        collector.read(block)
    collector.finish()
    return Candidates(doc, collector.forms, collector.words, collector.pairs, collector.siblings)


def slim(candidates: Candidates, keys: Collection[str]) -> Candidates:
    """``candidates`` with the forms of ``keys`` only, with what choosing and naming a concept needs: cheap to hand to another process."""
    forms = {}
    for key in keys:
        form = candidates.forms[key]
        bold = Counter(strong=form.flags["strong"]) if form.flags["strong"] else Counter[str]()
        forms[key] = Form(key, surfaces=form.surfaces, count=form.count, whole=form.whole, flags=bold)
    return Candidates(candidates.doc, forms, candidates.tokens, [], [])
