"""What sort of answer a question asks for, which concepts it names, and which of its words the notes do not hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from queries.link import Names, link
from queries.model import Link, Plan, QuestionKind
from queries.words import language

_RULES: Final[tuple[tuple[QuestionKind, str, str], ...]] = (
    # (kind, name of the rule, pattern). The first that matches decides, so the more particular kinds come first.
    (QuestionKind.STUDY_PATH, "from … to … as learning", r"从.{1,40}(?:学到|学会|学至|走到|过渡到|进阶到|入门到)"),
    (
        QuestionKind.STUDY_PATH,
        "a road of learning",
        r"学习(?:路线|路径|顺序|计划|步骤)|(?:什么|怎样的?|哪种|按.{0,4})顺序.{0,6}学|学.{0,6}顺序",
    ),
    (QuestionKind.STUDY_PATH, "step by step", r"(?:一步步|一步一步|逐步|循序渐进).{0,6}(?:学|理解|掌握|了解|弄懂|搞懂)"),
    (QuestionKind.STUDY_PATH, "order of study", r"先学(?:什么|哪些|哪个|啥).{0,6}(?:后|再)学|从(?:零|头|0).{0,6}(?:学|入门)"),
    (QuestionKind.STUDY_PATH, "from … to …", r"从.{1,30}到.{1,30}(?:怎么学|如何学|学习|该怎么走|路线|路径)"),
    (
        QuestionKind.STUDY_PATH,
        "get from … to",
        r"\b(?:get|go|move|progress|come|learn|study|path|road|route|way|roadmap)\b[^.?!]{0,25}\bfrom\b.+\bto\b",
    ),
    (QuestionKind.STUDY_PATH, "get from … to", r"\bstarting (?:from|with|at)\b.+\b(?:learn|study|reach|understand|get to)\b"),
    (QuestionKind.STUDY_PATH, "get from … to", r"\b(?:learn|study|understand|get to|reach)\b.+\bstarting (?:from|with|at)\b"),
    (
        QuestionKind.STUDY_PATH,
        "order of study",
        r"\b(?:in (?:what|which) order|learning path|study path|study plan|learning plan|roadmap|step[- ]by[- ]step)\b",
    ),
    (
        QuestionKind.PREREQUISITES,
        "what comes before",
        r"(?:之前|以前|前).{0,5}(?:需要|要|得|应该|应|必须|该)?.{0,4}先?.{0,3}(?:了解|懂|学|掌握|知道|搞懂|弄懂|具备|熟悉|理解|会)",
    ),
    (
        QuestionKind.PREREQUISITES,
        "what must be known",
        r"先(?:要|得|需要?)?(?:了解|懂|学会|学|掌握|知道|搞懂|弄懂|具备|熟悉)(?:什么|哪些|哪|啥)|得先|要先|需先|先修|前置(?:知识|概念|条件|内容)|预备知识|前提(?:知识|概念)",
    ),
    (
        QuestionKind.PREREQUISITES,
        "what is needed to understand",
        r"(?:需要|要)(?:具备|有|懂|会|了解|掌握).{0,8}(?:基础|知识|概念).{0,4}(?:才能|才可以)",
    ),
    (
        QuestionKind.PREREQUISITES,
        "prerequisites",
        r"\bprerequisites?\b|\bprior knowledge\b|\bbackground (?:do i|is) need|\brequired (?:background|knowledge)\b",
    ),
    (
        QuestionKind.PREREQUISITES,
        "before studying",
        r"\bbefore\b.{0,25}\b(?:stud\w+|learn\w*|understand\w*|read\w*|tackl\w+|start\w*|div\w+|approach\w*|get into)\b",
    ),
    (
        QuestionKind.PREREQUISITES,
        "understand before",
        r"\b(?:understand|know|learn|study|read|master|grasp|familiar with)\b.{0,25}\b(?:before|first|beforehand|in order to understand)\b",
    ),
    (
        QuestionKind.PREREQUISITES,
        "needed to understand",
        r"\bneed (?:to (?:know|understand|learn)|for)\b.{0,20}\bto (?:understand|learn|study|follow)\b",
    ),
    (
        QuestionKind.GLOBAL,
        "themes",
        r"主题|(?:这|该|本|整).{0,8}(?:笔记|文档|材料|资料|文章|章|部分|课程|教程|书).{0,12}(?:讲|介绍|涵盖|覆盖|包括|包含|涉及|列|总结|概括|内容)",
    ),
    (
        QuestionKind.GLOBAL,
        "overview",
        r"(?:总结|概括|概述|归纳|梳理)(?:一下)?.{0,20}(?:内容|要点|主要|全文|笔记|文档)|(?:主要|都|一共)(?:讲|介绍|讨论|涵盖)了?(?:什么|哪些|啥)",
    ),
    (QuestionKind.GLOBAL, "what there is of", r"(?:存在|面临|遇到|有)(?:哪些|什么)(?:主要的?)?(?:问题|挑战|局限|局限性|缺陷|难点|困难)"),
    (QuestionKind.GLOBAL, "themes", r"\b(?:themes?|topics?|subjects? covered|main (?:ideas?|points?)|overview|gist|big picture)\b"),
    (
        QuestionKind.GLOBAL,
        "what the notes cover",
        r"\b(?:what|which)\b.{0,50}\b(?:do(?:es)?|are|is|did)\b.{0,40}\b(?:notes?|document|text|chapter|material|article|course|section|covered|discussed|listed|presented|introduced|surveyed)\b.{0,20}(?:\b(?:cover|list|discuss|mention|present|introduce|describe|name|include|contain|treat)\w*\b)?\s*\??$",
    ),
    (QuestionKind.GLOBAL, "summarise", r"\b(?:summari[sz]e|sum up|outline)\b"),
    (
        QuestionKind.COMPARE,
        "difference",
        r"区别|不同(?:点|之处|在哪|吗|？|\?|。|，|,|$)|(?:有(?:什么|何|哪些)|什么)不同|差别|差异|异同|对比|比较(?!好|高|低|大|小|多|少|快|慢)|相比|哪个更|哪种更|谁更|孰优|优劣|比.{1,16}(?:好|强|差|快|慢|省|优|难|简单)(?:在哪|在什么|吗|多少|么|？|\?|$)",
    ),
    (
        QuestionKind.COMPARE,
        "set side by side",
        r"^(?:和|与|跟|同|比起).{1,30}比(?:起来|较)?[,，]|替代方案.{0,10}(?:各自|分别|哪些)|各有(?:什么|何|哪些).{0,4}(?:优|特|缺)|各自(?:侧重|的优缺点|有什么特点|的特点)",
    ),
    (
        QuestionKind.COMPARE,
        "difference",
        r"\b(?:differences?|differ|differs|different from|compare[ds]?|comparison|comparing|contrast(?:ed|ing|s)? (?:between|with|to)|versus|vs\.?|distinguish\w*|in contrast to|better than|pros and cons|trade-?offs? between)\b",
    ),
    (
        QuestionKind.RELATION,
        "relation",
        r"关系|联系(?!方式)|关联|(?:怎么|如何|怎样)(?:结合|影响|作用于|联动|配合)|对.{1,30}(?:起|有)(?:到|着)?(?:什么|怎样的|何|哪些)?(?:作用|影响|帮助)|在.{1,30}中(?:起|扮演|有)(?:什么|怎样的|何)?(?:作用|角色)",
    ),
    (
        QuestionKind.RELATION,
        "derived from",
        r"(?:基于|源自|源于|脱胎于|建立在|在)(?:什么|哪个|哪种|哪些|哪)[^，,；;？?]{0,12}(?:基础上|之上|而来|优化来|改进来|发展来|上优化|上改进)",
    ),
    (
        QuestionKind.RELATION,
        "relation",
        r"\b(?:relat(?:ed?|es|ion|ionship|ions)\b(?! questions?)|connect(?:ed|ion|s)?\b(?!-)|interact(?:s|ion)?\b|linked (?:to|with)|depend(?:s|ent)? on\b|have to do with|tied to|associated with|role of .{1,40} in\b|fit together|work together)",
    ),
    (
        QuestionKind.RELATION,
        "one in the other",
        r"\bwhat (?:is|are|role (?:do|does)) .{2,40} (?:used for|play|plays|for|do) in [A-Z\w].{1,40}\?$",
    ),
)
_COMPILED: Final = tuple((kind, name, re.compile(pattern, re.IGNORECASE)) for kind, name, pattern in _RULES)

_DEFINITION_ZH: Final = re.compile(
    r"是什么(?!关系|区别|样|架构|模型|时候)|什么是|什么意思|是指|指的是|指什么|含义|定义|(?:是|究竟|到底).{0,3}(?:啥|指)|是怎么做的|怎么做的|是做什么|(?:解释|介绍|说明|描述|讲讲|谈谈)(?:一下|下)?"
)
_DEFINITION_EN: Final = re.compile(
    r"^\s*(?:(?:please|can you|could you)\s+)?(?:what(?:'s| is| are| was| were)\b|what (?:does|do|did) .{1,60}\b(?:mean|do|measure|stand for|refer to|describe|consist of)\b"
    r"|define\b|explain\b|describe\b|tell me about\b|definition of\b|meaning of\b|who (?:is|are)\b)",
    re.IGNORECASE,
)
_SOURCE: Final = re.compile(
    r"(?:,\s*)?\b(?:according to|based on|from|in)\s+(?:the|this|these|my)\s+(?:text|notes?|documents?|material|chapter|article)\b|(?:根据|按照|依据|在)(?:这份|这篇|这些|我的|本)?(?:笔记|文档|材料|资料|文章|课程)(?:里|中|的说法)?",
    re.IGNORECASE,
)
"""Where a question says what to look in: no part of what it asks."""
_CLAUSE: Final = re.compile(r"[？?；;。]|[，,](?=\s*(?:它|其|这|那|该|又|再|哪|什么|和|与|and|which|what|how|合))", re.IGNORECASE)
_ASKS: Final = re.compile(r"哪|什么|谁|多少|如何|怎|\b(?:which|what|who|how)\b", re.IGNORECASE)
_BARE_NAME: Final = re.compile(r"^[^，,。;；.!！]{1,30}?(?:的(?:原理|定义|含义|概念|作用|思想|意思|机制))?\s*[?？]?$")
_MAIN_CLAUSE_ONLY: Final = frozenset({"difference", "relation", "one in the other", "themes", "what the notes cover"})
_DESCRIBED: Final = re.compile(
    r"^(?:用|由|根据|被|属于|采用|遇到|如果|当|让|要|为了|基于).{3,}|(?:所|那个|那种|那一)[^，,？?]{1,14}|^(?:a|the) .{3,40}(?:;|\.)|^\w[^?？]{3,80}[.。;；]\s*\w.*[?？]$",
    re.IGNORECASE,
)


def question_kind(question: str) -> tuple[QuestionKind, str]:
    """What sort of answer ``question`` asks for, and the name of the rule that decided.

    Rules over the question's wording, tried in the order study_path, prerequisites, global, compare, relation, definition; what
    fits none needs facts from several places: multi_hop. A word like ``different`` decides only where it belongs to the first
    thing that is asked: after a clause that asks for another fact it is one hop of several.
    """
    text = _SOURCE.sub(" ", question.strip())
    for kind, name, pattern in _COMPILED:
        match = pattern.search(text)
        if match:
            if name in _MAIN_CLAUSE_ONLY and _after_another_question(text, match.start(), match.end()):
                return QuestionKind.MULTI_HOP, f"{name}, after another question"
            return kind, name
    if _asks_what_it_is(text):
        return QuestionKind.DEFINITION, "asks what it is"
    if len(text) <= 40 and not _ASKS.search(text) and _BARE_NAME.search(text):
        return QuestionKind.DEFINITION, "names a thing and nothing else"
    return QuestionKind.MULTI_HOP, "asks for facts from several places"


def _after_another_question(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` stands in a later clause, and the first clause asks for a fact of its own."""
    clauses = [m.start() for m in _CLAUSE.finditer(text)]
    if not clauses or not any(start <= c < end or c < start for c in clauses):
        return False
    first = text[: clauses[0]]
    return clauses[0] < end and clauses[0] <= start and bool(_ASKS.search(first))


def _asks_what_it_is(text: str) -> bool:
    """Whether the question asks what one thing is, does or means."""
    if language(text) == "en":
        hops = len(re.findall(r"\b(?:what|which|whose)\b", text, re.IGNORECASE))
        return (
            bool(_DEFINITION_EN.search(text))
            and hops < 3
            and not re.search(r"\b(?:with|by|from|in|on|to|for) which\b", text, re.IGNORECASE)
        )
    first = re.split(r"[？?，,。；;]", text, maxsplit=1)[0]
    return bool(_DEFINITION_ZH.search(first)) and not _DESCRIBED.search(first)


def make_plan(
    names: Names,
    question: str,
    *,
    known_words: frozenset[str] | set[str] = frozenset(),
    similar: Sequence[tuple[str, float]] = (),
    missing: Callable[[str, Sequence[Link]], Sequence[str]] | None = None,
) -> Plan:
    """How ``question`` will be answered.

    Args:
        names: all names of the graph.
        question: what was asked, in Chinese, English or both.
        known_words: Latin words of the notes, folded (see :func:`queries.link.link`).
        similar: (concept id, cosine) of the concepts nearest to the question by vector.
        missing: gives the named or rare words of the question that stand nowhere in the notes; None: none are looked for.
    """
    links = link(names, question, known_words=known_words, similar=similar)
    kind, why = question_kind(question)
    return Plan(
        question=question,
        lang=language(question),
        kind=kind,
        links=links,
        unknown=tuple(missing(question, links)) if missing is not None else (),
        why=why,
    )
