"""Which words can be part of a name, and the runs of them in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from extract.text.identifiers import is_calendar_word, is_identifier
from extract.text.segment import Token, english_lexicon, tokenize
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


_SENTENCE_MARK: Final = re.compile(r"[。！？；!?;\n]|\.\s|，|,\s")


_NEVER: Final = re.compile(
    r"(?-i:[Hh]ere|[Tt]here|[Tt]his|[Tt]hat|[Tt]hese|[Tt]hose|[Ii]t|[Tt]hey|[Ww]e"
    r"|[Yy]ou|[Mm]ore|[Aa]bove|[Bb]elow)$"
    r"|(?:can|cannot|could|should|would|must|are|were|been|being|because|including|such|than) ."
    r"|(?-i:[^A-Z]* (?:of|to|for|with|by|from|at"
    r"|and|or|the|an?|is|are|was|were|be|have|has|that|which|as|than|can|cannot|not))$"
    r"|(?-i:[a-z](?:\.[a-z])+)\.?$|(?:understanding|introducing|enter|exploring|choosing|getting|why|how|when|what)\b"
    r"|(?:示例|举例|例子|实例|优点|缺点|优缺点|总结|小结|概述|简介|介绍|背景|步骤|流程|注意事项|参考资料|参考文献"
    r"|应用场景|核心思想)$"
    r"|(?:overview|summary|introduction|conclusions?|examples?|background|references|(?:dis)?advantages?|pros|cons"
    r"|steps?|notes?)$"
    r"|(?:key|core|main) (?:insights?|components?|characteristics|advantages?|features?|takeaways?|benefits?|ideas?"
    r"|points?|concepts?"
    r"|differences?)$"
    r"|(?:第[一二三四五六七八九十\d]+[个种类次步章节]|[这那该其某每各][一个种些类次项]?"
    r"|对(?![比齐话抗象称偶数应角等口立])|[亿万的了]"
    r"|个(?![体人性])|把(?!手|控))",
    re.IGNORECASE,
)
"""How what names nothing begins, whatever the counts say: titles of sections, Chinese sentences cut at the wrong
place. Matched at the start."""


_CUT_SHORT: Final = re.compile(
    r".(?<![集其])[上中里]$|.(?<![实延超及临行过定])时$|.(?:[的了等与及]|(?<![求总饱调缓温])和)$"
)
"""How Chinese names of three characters or more do not end. Matched from the last but one."""


_POSSESSOR: Final = re.compile(r"['’](?:s|ll|re|ve|d|m|t)?$", re.IGNORECASE)
"""How possessors and contractions end."""


_SHORT_NAME: Final = re.compile(r"[A-Z].*(?:[0-9]|\+\+|#)$|[1-9][DGH]$")
"""Names with one letter: F1, C++, C#, 5G; not 7B, 4K and 2M, which are amounts."""


@lru_cache(maxsize=200_000)
def usable(form: str) -> bool:
    """Whether ``form`` can name a concept at all, by its characters: letters, not too long, not a sentence."""
    if len(form) > MAX_LATIN_LETTERS:  # the longest of all
        return False
    unspaced = form.replace(" ", "")
    if unspaced.isalpha():
        letters = len(unspaced)
    else:
        letters = sum(map(str.isalpha, form))
        if _SENTENCE_MARK.search(form) or (("'" in form or "’" in form) and _POSSESSOR.search(form)):
            return False
    if letters == 0 or len(form) < 2 or _NEVER.match(form) or is_identifier(form):
        return False
    if len(form) > 2 and _CUT_SHORT.match(form, len(form) - 2):
        return False
    if has_han(form):
        return len(form) <= MAX_CJK_LETTERS or (
            len(form) <= MAX_CJK_LETTERS + 14 and count_han(form) <= MAX_CJK_LETTERS
        )
    named = letters >= 2 or (len(form) <= 4 and _SHORT_NAME.match(form) is not None)
    return named and len(form) <= MAX_LATIN_LETTERS and form.count(" ") <= MAX_WORDS and "http" not in form


def is_content(token: Token) -> bool:
    """Whether the word can be part of a name, by itself."""
    return _is_content_word(token.text, token.script, token.pos)


@lru_cache(maxsize=100_000)
def _is_content_word(word: str, script: str, pos: str) -> bool:
    if script == "L":
        return (
            pos in _EN_TAGS
            and word.lower() not in _EN_STOP
            and (len(word) > 1 or word.isupper())
            and not is_calendar_word(word)
        )
    return script == "C" and _is_chinese_content(word, pos)


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


def _may_join(tokens: Sequence[Token], i: int, *, inside: bool, chinese: bool) -> bool:
    """Whether a Latin word that is mostly a verb or adverb is part of a name here.

    In Chinese text always, else at the edge of a run.
    """
    token = tokens[i]
    if token.script != "L" or token.text.lower() in _EN_STOP or len(token.text) < 3:
        return False
    if inside and token.pos in ("VB", "VBP") and token.text.islower() and tokens[i - 1].pos == "NNS":
        return False  # programs tend to, vectors become: the verb of a plural
    if i and tokens[i - 1].pos == "DT" and token.pos in ("VB", "VBP"):  # the mean value theorem
        return True
    if token.pos in ("VB", "VBP"):
        if chinese or token.text[:1].isupper():
            return True
        has_object = i + 1 < len(tokens) and (tokens[i + 1].pos in ("DT", "PRP$", "IN") or is_content(tokens[i + 1]))
        return inside and not has_object
    return (
        token.pos == "RB"
        and not token.text.lower().endswith("ly")
        and not inside
        and i + 1 < len(tokens)
        and is_content(tokens[i + 1])
    )


def content_runs(tokens: Sequence[Token], text: str) -> Iterator[tuple[int, int]]:
    """Token index ranges of the maximal runs of content words; a number joins a Latin word before it (LLaMA 2)."""
    start = None
    chinese, symbols = has_han(text), ",-" in text
    for i, token in enumerate(tokens):
        joined = start is not None and i > 0 and not text[tokens[i - 1].end : token.start].strip(" -")
        content = (
            is_content(token)
            or _may_join(tokens, i, inside=joined, chinese=chinese)
            or (token.script == "N" and (_is_version(tokens, i, inside=joined) or _counts_nothing(tokens, i)))
        )
        if content and (_is_verb_here(tokens, i, inside=joined) or (symbols and _follows_symbol(text, token))):
            content = False
        if start is not None and not (content and joined):
            yield (start, i)
            start = None
        if content and start is None:
            start = i
    if start is not None:
        yield (start, len(tokens))


def _is_version(tokens: Sequence[Token], i: int, *, inside: bool) -> bool:
    """Whether the number at ``i`` belongs to the Latin name before it: LLaMA 2."""
    before = tokens[i - 1]
    return inside and before.script == "L" and len(tokens[i].text) <= 4 and before.text[:1].isupper()


def _follows_symbol(text: str, token: Token) -> bool:
    """Whether a Latin word is the rest of a symbol's name: σ-algebra, whose σ is masked by a comma."""
    return token.script == "L" and text.startswith(",-", max(0, token.start - 2))


def _is_verb_here(tokens: Sequence[Token], i: int, *, inside: bool) -> bool:
    """Whether a word that may be a noun is the verb of its clause, or says where or when in front of it.

    A Latin word with -s before a determiner (the index stores the keys; where it is not the object of a
    preposition), 有 after a noun, and the last verb of a Chinese sentence that otherwise is one run of content
    words (上行通路传递感觉。).
    """
    token = tokens[i]
    if i + 1 == len(tokens) or not _may_be_verb_here(token):
        return False
    after = tokens[i + 1]
    if token.script == "L":
        if inside and (_has_object(tokens, i) or _is_past(tokens, i) or _is_asked(tokens, i)):
            return True
        if i > 1 and token.text in _PARTICLES and _has_object(tokens, i - 1):
            return True
        if i and tokens[i - 1].text.lower() in _RELATIVE and token.pos == "NNS" and _may_be_verb(token.text):
            return True  # reactions that release energy, a gland that releases hormones
        if token.pos != "NNS" or after.pos not in ("DT", "PRP$") or not token.text.islower():
            return False
        before = tokens[i - 1] if i else None
        return before is None or before.script == "P" or (inside and before.pos in ("NN", "NNP"))
    if _is_circumstance(tokens, i) or (i and _is_circumstance(tokens, i - 1)):
        return True
    if token.script != "C" or not inside or tokens[i - 1].script != "C":
        return False
    if token.text[-1] in _TOWARDS and i > 1 and tokens[i - 2].text.endswith(("从", "由", "自")):
        return after.script == "C"  # 从低处流向高处
    if token.text == "有":
        return tokens[i - 1].pos[:1] == "n" and after.script == "C"
    return token.pos in ("v", "vn") and tokens[i - 1].pos[:1] == "n" and _is_main_verb(tokens, i)


_MAY_BE_VERBS: Final = frozenset(["NNS", "VBN", "VBD", "VB", "VBP"])


def _may_be_verb_here(token: Token) -> bool:
    """Whether :func:`_is_verb_here` can be true of the word, wherever it is: of most words it cannot."""
    if token.script == "L":
        return token.pos in _MAY_BE_VERBS or token.text in _PARTICLES
    return token.pos in ("v", "vn") or token.text[-1] in _LOCALISERS + _TOWARDS or token.text == "有"


_PLAIN: Final = 8
"""Words of a sentence whose verb is looked for; longer ones have function words that tell it."""


def _is_main_verb(tokens: Sequence[Token], i: int) -> bool:
    """Whether the Chinese sentence around ``i`` is content words only, and the verb at ``i`` is its last."""
    start, end = i, i + 1
    while start and i - start < _PLAIN and tokens[start - 1].script != "P":
        start -= 1
    while end < len(tokens) and end - i < _PLAIN and tokens[end].script != "P":
        end += 1
    if end == len(tokens) or tokens[end].text not in "。.；;" or not 3 <= end - start <= _PLAIN:
        return False
    own, later = tokens[start:end], tokens[i + 1 : end]
    if not later or not (later[-1].pos[:1] == "n" or later[-1].pos == "vn") or not all(map(is_content, own)):
        return False
    verbs = [t for t in own if t.pos == "v"] or [t for t in own[1:-1] if t.pos == "vn"]  # 木质部运输水分。
    return bool(verbs) and verbs[-1] is tokens[i]


@lru_cache(maxsize=50_000)
def name_tokens(surface: str) -> tuple[Token, ...]:
    """The tokens of a name."""
    return tuple(tokenize(surface))


def with_possessives(name: Sequence[Token]) -> list[Token]:
    """The words of a name, gambler's as one."""
    tokens = list(name)
    for i in range(len(tokens) - 1, 1, -1):
        if tokens[i].pos == "POS":
            noun = tokens[i - 2]
            tokens[i - 2 : i + 1] = [noun._replace(text=f"{noun.text}'s", end=tokens[i].end)]
    return tokens


def _counts_nothing(tokens: Sequence[Token], i: int) -> bool:
    """Whether the number at ``i`` is a part of a Chinese name (21三体) and counts nothing: no measure word follows."""
    token = tokens[i]
    if token.script != "N" or not token.text.isdigit() or i + 1 == len(tokens):
        return False
    after = tokens[i + 1]
    return after.script == "C" and after.start == token.end and after.pos[:1] == "n" and len(after.text) > 1


_FINITE: Final = frozenset(["VBZ", "VBP", "VBD", "MD"])
_BEFORE_VERB: Final = frozenset(["DT", "PRP$", "JJ", "JJR", "JJS", "NN", "NNP", "FW", "CD", "VBN", "VBG"])
"""What the subject of a sentence is made of."""
_SUBJECT_ENDS: Final = ("NN", "NNP", "FW")
_LOCALISERS: Final = "上下中内外里时后前"
_TOWARDS: Final = "向到至往入"


def _has_object(tokens: Sequence[Token], i: int) -> bool:
    """Whether a Latin word with -s, which may be a plural, is the verb between a singular subject and an object.

    Pepsin breaks peptide bonds, a covalent bond shares electrons between atoms: nothing but the subject is before it
    in its clause, there is no other finite verb, and the object is a plural or ends the sentence. In a compound
    (control systems engineering) the first noun is a plural only if there is no verb of the same stem.
    """
    token = tokens[i]
    if token.pos != "NNS" or not token.text.islower() or tokens[i - 1].pos not in _SUBJECT_ENDS:
        return False
    start, end = _clause_around(tokens, i)
    if any(t.pos not in _BEFORE_VERB for t in tokens[start:i]) or any(t.pos in _FINITE for t in tokens[i + 1 : end]):
        return False
    first = i + 2 if tokens[i + 1].text in _PARTICLES else i + 1
    last = first
    while last < end and is_content(tokens[last]):
        last += 1
    if first > i + 1 and last > first and _may_be_verb(token.text):
        return True  # breaks down proteins in the small intestine
    if last == first or not (_may_be_verb(token.text) or _is_only_verb(tokens, start, end)):
        return False
    return tokens[last - 1].pos == "NNS" or (last == end < len(tokens) and tokens[end].text == ".")


_PARTICLES: Final = frozenset(["down", "up", "out", "off", "away", "apart", "back", "together", "over"])
"""What belongs to a verb and stands between it and its object."""
_RELATIVE: Final = frozenset(["that", "which", "who"])
_AUXILIARIES: Final = frozenset(
    ["does", "do", "did", "can", "could", "will", "would", "should", "must", "may", "might"]
)


def _is_asked(tokens: Sequence[Token], i: int) -> bool:
    """Whether a Latin word is the verb of a question with an auxiliary: What does ARP resolve?"""
    if tokens[i].pos not in ("VB", "VBP") or not tokens[i].text.islower():
        return False
    start, _ = _clause_around(tokens, i)
    subject = i
    while subject > start and tokens[subject - 1].pos in _BEFORE_VERB:
        subject -= 1
    return subject > start and tokens[subject - 1].text.lower() in _AUXILIARIES


def _is_only_verb(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a sentence is made of content words and determiners only: one of them must be its verb."""
    return (
        end < len(tokens)
        and tokens[end].text == "."
        and tokens[start].text[:1].isupper()
        and all(t.pos in ("DT", "PRP$") or is_content(t) for t in tokens[start:end])
    )


def _is_past(tokens: Sequence[Token], i: int) -> bool:
    """Whether a word with -ed is the verb of a sentence of content words only that begins with a name.

    Durkheim studied anomie.
    """
    token = tokens[i]
    if token.pos not in ("VBN", "VBD") or not token.text.endswith("ed") or not token.text.islower():
        return False
    start, end = _clause_around(tokens, i)
    if end == len(tokens) or tokens[end].text != "." or end == i + 1 or any(t.pos == "VBN" for t in tokens[start:i]):
        return False
    return all(t.pos == "NNP" for t in tokens[start:i]) and all(
        t.pos in ("DT", "PRP$") or is_content(t) for t in tokens[i + 1 : end]
    )


def _clause_around(tokens: Sequence[Token], i: int) -> tuple[int, int]:
    """First and last + 1 of the words between two punctuation marks around ``i``."""
    start, end = i, i + 1
    while start and i - start < _CLAUSE and tokens[start - 1].script != "P":
        start -= 1
    while end < len(tokens) and end - i < _CLAUSE and tokens[end].script != "P":
        end += 1
    return start, end


_CLAUSE: Final = 12
"""Words on each side within which a clause is looked at."""


@lru_cache(maxsize=20_000)
def _may_be_verb(word: str) -> bool:
    """Whether an English word with -s is the form of a verb as well: the lexicon has its stem as a verb, or with -ing.

    breaks, shares, splits; not systems, graphics, proteins.
    """
    lexicon = english_lexicon()
    stems = [
        word[:-1],
        *([word[:-2]] if word.endswith("es") else []),
        *([word[:-3] + "y"] if word[-3:] == "ies" else []),
    ]
    return any(
        lexicon.get(stem, "") in ("VB", "VBP")
        or any(lexicon.get(f"{base}ing") == "VBG" for base in (stem, stem.removesuffix("e"), stem + stem[-1:]))
        for stem in stems
        if len(stem) > 2
    )


def _is_circumstance(tokens: Sequence[Token], i: int) -> bool:
    """Whether the Chinese word at ``i`` says where or when the verb and object behind it happen: 常温下呈液态.

    A word of two characters may be part of a name (线上学习平台), unless the verb is one character.
    """
    if i + 2 >= len(tokens) or tokens[i].script != "C" or tokens[i].text[-1] not in _LOCALISERS:
        return False
    verb, after = tokens[i + 1], tokens[i + 2]
    return verb.pos == "v" and after.pos[:1] == "n" and len(tokens[i].text) >= (2 if len(verb.text) == 1 else 3)


@lru_cache(maxsize=100_000)
def is_clause(surface: str) -> bool:
    """Whether a text has a verb and what belongs to it: photosynthesis needs light, vectors become, 常温下呈液态."""
    if surface.isascii():
        if " " not in surface:
            return False
        tokens = name_tokens(surface)
        inner = range(1, len(tokens) - 1)
        return (
            any(
                tokens[i].pos in ("VBZ", "MD") and tokens[i].text.islower() and tokens[i].text != "means" for i in inner
            )
            or any(_has_object(tokens, i) for i in inner)
            or (tokens[-1].pos in ("VB", "VBP") and tokens[-2].pos == "NNS" and tokens[-1].text.islower())
        )
    if not has_han(surface) or not any(mark in surface for mark in _LOCALISERS):
        return False
    tokens = name_tokens(surface)
    return any(_is_circumstance(tokens, i) for i in range(len(tokens)))
