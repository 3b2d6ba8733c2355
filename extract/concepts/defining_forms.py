"""Forms in which a sentence says what a thing is: a copula with a genus, an apposition, a colon, "is called".

After the lexico-syntactic patterns of Hearst (1992) and of definition extraction (Navigli & Velardi 2010: definiendum,
definitor, definiens). A form also tells which part of its sentence is the definition, so that what follows it in the
same sentence is left out. General language only, in English and Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from extract.text.segment import latin_pos, tokenize
from graph.text.scripts import han_runs, has_han


class Form(Enum):
    """How a sentence explains a name."""

    GENUS = "genus"
    """X is a …, X 是一种…."""
    MEANS = "means"
    """X refers to …, X 是指…."""
    COPULA = "copula"
    """X is the …, X are …, X 是…."""
    LABEL = "label"
    """X: …, X — …, at the beginning of a line."""
    CALLED = "called"
    """… is called X, …被称为 X."""
    ASIDE = "aside"
    """X, a …, and X, which is …."""
    INVERSE = "inverse"
    """The cell that … is the X: the name ends a sentence that says what it is."""
    PLACE = "place"
    """X is between …, X consists of …, X is responsible for …: where it is, what it is made of, what it is for."""
    INTRODUCED = "introduced"
    """The sentence of a running English text that sets the name in bold, as textbooks do where they explain a term."""
    DOES = "does"
    """X as the subject of another verb: says what it does, not what it is."""


@dataclass(frozen=True, slots=True)
class Defining:
    """A form, and the part of the text that defines."""

    form: Form
    start: int
    end: int


_HEAD: Final = re.compile(
    r"\s*(?:模型|算法|方法|技术|机制|框架|架构|协议|系统|系列模型|函数|器)(?:\s*[（(][^（）()]{1,60}[）)])?(?=\s*(?:[是指把让将为]|通过|用于|能够?|可以|负责|旨在))"
)
"""The head noun that a name may leave out: 注意力 in 注意力机制是…."""
_BRACKET: Final = re.compile(r"\s*[）)”\"’」』*`]")
_PHRASE: Final = re.compile(
    r"\s+(?:in|of|for|within) (?:an?\s|the\s)?[a-z-]+(?: [a-z-]+)?(?=\s+(?:is|are|refers?|means)\b)"
)
"""A restriction between the name and its verb: minerals in food are."""
_ADVERB: Final = (
    r"(?:(?:simply|essentially|basically|generally|usually|typically|often|also|thus|therefore|really|both|actually|"
    r"primarily|mainly|commonly|merely|all|collectively) )?"
)
_ZH_ADVERB: Final = r"(?:通常|一般|主要|其实|本质上|实际上|简单来说|也|则|就|都|均)?"
_GENUS: Final = re.compile(
    rf"\s+(?:is|are|was|were)\s+{_ADVERB}(?:an?|one of|any)\s+(?!few\b|lot\b|bit\b|must\b|good\b|bad\b|great\b|key\b)"
    rf"|\s*[，,]?{_ZH_ADVERB}(?:是|为|属于)(?:由[^，。]{{1,30}}的)?一[种个类项款套组门片段系张条支名位本部]",
    re.IGNORECASE,
)
_MEANS: Final = re.compile(
    r"\s+(?:refers? to|means|denotes?|stands? for|describes?|(?:is|are) (?:defined|described) (?:as|by)|"
    r"(?:is|are) (?:the|a) (?:term|name|process|study|state|number|amount|ability|act|movement|region|part|layer|study|"
    r"measure|condition|branch|science|use)\b)"
    r"|\s*(?:とは|というのは)[、,]?"
    rf"|\s*[，,]?{_ZH_ADVERB}(?:是指|指的是|指的就是|被?定义为|的定义[是为]|泛指|特指|专指|意思是|指(?![可使将便标令针定数出示导向纹引])|"
    r"即(?![可使将便]))",
    re.IGNORECASE,
)
_COPULA: Final = re.compile(
    rf"\s+(?:is|are|was|were)\s+{_ADVERB}(?P<the>(?:the|its|their)\s+)?(?=(?P<next>[\w’'-]+))"
    rf"|\s*[，,]?{_ZH_ADVERB}是(?![否不非什如怎因由为在从很最更])"
    r"|は[、,]?(?!何)",
    re.IGNORECASE,
)
_ZH_QUALITY: Final = re.compile(
    r"(?:必要|必须|重要|关键|核心|基础|前提|可能|可以|典型|常见|主流|有限|固定|独立|相同|不同|一样|正确|错误|指数级|动态|静态|线性|并行|串行|目前|当前)"
    r"[^，。；]{0,2}[，。；]|(?:目前|当前)?最(?:常|主|重|关|基)|[^，。；]{0,20}最[^，。；]{1,12}之一|[^，。；]{0,30}(?:标杆|首选|主流|趋势|代表|关键所在)[，。；]"
)
"""是 before a quality, not before what something is."""
_LABEL: Final = re.compile(r"(?:\s*[、和与及]\s*[^：:，。；、]{1,12}){0,2}\s*(?:[：:]|——|—|–|\s--?\s)\s*(?=\S.{3})")
_LEAD: Final = re.compile(r"(?P<number>[\s\d.、)*•·○●–—\-①-⑩]*)(?:\b(?:the|an?)\s+)?[“\"「『*`]*", re.IGNORECASE)
"""Numbers and marks at the beginning of a line, an article, an opening quotation mark."""
_INTRODUCED: Final = re.compile(
    r"(?:(?:[A-Z][\w’'-]*(?: [\w’'-]+){0,6}|in (?:an? )?[\w ]{3,30}),\s+(?:the |an? |each |every )?[“\"*]*"
    r"|(?:其中|所谓(?:的)?|注|在[^，。：]{1,14}[中里]|具体来说|简单来说)[，,：:]?\s*[“\"「*]*"
    r"|(?:这里|此处)的\s*)\Z"
)
"""A phrase before the subject: in chemistry, a …; as its name implies, the …."""
_INTRODUCES: Final = frozenset("其所注在具简这此")
"""Without a comma such a phrase begins with one of these."""
_DETERMINER: Final = re.compile(r"(?:the|an?|each|every|most|one|another)\s+[“\"*]*\Z", re.IGNORECASE)
_EVERY: Final = re.compile(r"\W*every\s+[“\"*]*", re.IGNORECASE)
"""Every planar graph is …: a theorem about all of them."""
_CALLED: Final = re.compile(
    r"(?:\b(?:(?:is|are|was|were)?\s*(?:also |often |commonly |sometimes |collectively )?(?:called|known as|termed|"
    r"referred to as|named|labeled))\s+(?:(?:the|an?|as|its|his or her|your|a person’s)\s+)?[“\"*]*"
    r"|(?:称为|称作|叫做|叫作|称之为|命名为|合称为?|统称为?|简称为?|誉为|就叫|叫)\s*[“\"「《*]*)\Z",
    re.IGNORECASE,
)
_CALLING: Final = ("called", "known", "termed", "referred", "named", "labeled", "称", "叫", "命名", "誉")
"""What every match contains, in lower case: most sentences need not be searched."""
_CALLED_REACH: Final = 40
"""Characters before a name in which it is called so."""
_ASIDE_GENUS: Final = re.compile(
    r"\s*(?:,|—|–|--)\s*(?:an?|the|one of|any)\s+(?P<np>[^,;:.—–]{8,160}?)\s*(?=[,;—–]|\.\s*\Z|\.\)|\Z|\. )",
    re.IGNORECASE,
)
_ASIDE_WHICH: Final = re.compile(
    r"\s*,\s*which\s+(?:is|are|was|were|refers?|means|describes?)\s+(?P<np>[^;.—–]{8,200}?)\s*"
    r"(?=[;—–]|\.\s*\Z|\.\)|\Z|\. |, and )"
    r"|\s*[，,]\s*(?:它|其|也就)?是(?P<zh>一[种个类项][^。；]{4,})",
    re.IGNORECASE,
)
_ASIDE_OPENS: Final = re.compile(r"\s*(?:[,，—–]|--)")
"""How every match of the two patterns begins."""
_NO_GENUS: Final = re.compile(r"\A\W*the (?:more|less)\b| and the ")
"""The more …, the more …; the one and the other."""
_FIGURE: Final = re.compile(
    r"\s*[（(]\s*(?:see\s+)?(?:the\s+)?(?:figure|table|fig\.|interactive link|如?[上下]?图|见[图表上下])"
    r"[^（）()]*[)）]",
    re.IGNORECASE,
)
_SECOND: Final = re.compile(
    r"\s*(?:;\s|,\s+(?:and|whereas|while|so)\s+(?:(?:the|an?|its?|they|this|these|those|there|each|other|most)\s)?"
    r"[\w’' -]{1,40}?\s(?:is|are|was|were|has|have|can|may|will|does|do)\s)"
)
"""Where a second main clause begins, about something else."""
_ZH_SECOND: Final = re.compile(r"[，,](?:因此|所以|从而|例如|比如|譬如|故|于是)")
_LISTED: Final = re.compile(r"[、/|+]|《|,\s|→|>")
_POINTING: Final = re.compile(
    r"\s*(?:如下|见|参见|参考|see\b|as follows|the following|https?:|www\.|\[|！\[|注意|例如|比如|"
    r"e\.g\.|for example|我们|你|您|请|"
    r"we |you |let|this |these |那么|那|可见|因为|由于|如果|假设|比(?!如)|"
    r"这|原始|对于|最常|目前最|见于|first,|it |if |when |why |how )",
    re.IGNORECASE,
)
_NOT_VERB_SUBJECT: Final = re.compile(
    r"\s*(?:[,，、;；)）]|(?:and|or|of|in|to|for|with|from|that|which|who)\b|[和与及或的等中里上下之])"
)
_PLACE: Final = re.compile(
    rf"\s+(?:(?:is|are)\s+{_ADVERB}"
    r"(?:(?:also )?(?:located|situated|positioned|responsible for|"
    r"composed of|made (?:up )?of|comprised of|formed (?:by|when|from)|characteri[sz]ed by|named for|attached to|"
    r"divided into|derived from)|between|within|inside|"
    r"beneath|where|when|what)\b"
    r"|(?:consists? of|comprises?|occurs? (?:when|where|as)|contains?|includes?|extends?|begins?|lies|connects?)\b)"
    r"|\s*(?:由[^，。；]{2,40}(?:组成|构成)|位于|发生[在于]|负责|用于|用来|旨在|通过|提供|允许|帮助|使得?|让|将|把|在[^，。；]{2,40}[，,时中]|对|根据|描述|衡量|表示|包含|包括)",
    re.IGNORECASE,
)
_INVERSE: Final = re.compile(r"\b(?:is|are|was|were)\s+the\s+(?:[a-z-]+\s){0,2}?[“\"*]*\Z", re.IGNORECASE)
_IS_THE: Final = re.compile(r"\b(?:is|are|was|were)\s+the\s", re.IGNORECASE)
"""What every match of the pattern contains."""
_USED: Final = re.compile(
    r"\s+(?:is|are|was|were|has been|have been|can|may|might|should|must|will|would|could|did|had)\b"
    r"|\s*(?:被|应|应该|需要|必须|可能|会|已|已经|没有|无|不|使用|采用|拥有|具有|也可|创立|建立了|提出了|认为|获得|荣获|还|比|有(?!助)|正在|越|最|更|很|非常|十分)",
    re.IGNORECASE,
)
"""Predicates that tell what happened to something, not what it is or does."""


_LONGEST: Final = 2_000
"""Characters of a sentence. What goes on for longer without an end is a list or data, each of whose names would have it
searched from its beginning."""


@dataclass(frozen=True, slots=True)
class SentenceText:
    """A sentence, and what no name in it need be asked for again."""

    start: int
    end: int
    """Its offsets in the text of its block."""
    stop: int
    """Its end without a reference to a figure."""
    quotes: bool
    """Whether a quotation may open in it."""
    calls: bool
    """Whether it may call something so; see :data:`Form.CALLED`."""
    inverse: bool
    """Whether it may say that something is the name; see :data:`Form.INVERSE`."""

    @classmethod
    def of(cls, text: str, start: int, end: int) -> SentenceText:
        """The sentence ``text[start:end]``."""
        own = text[start:end]
        lower = own.lower()
        return cls(
            start,
            end,
            _without_pointer(text, (start, end)),
            not _OPENING_QUOTES.isdisjoint(own),
            any(word in lower for word in _CALLING),
            _IS_THE.search(own) is not None,
        )


def defining(
    text: str, sentence: SentenceText, name: tuple[int, int], after: int, is_name: Callable[[str], bool]
) -> Defining | None:
    """The form in which the sentence explains the name, and the part that does; None where it only names it.

    Args:
        text: of the block.
        sentence: of which the name is a part.
        name: offsets of the name in ``text``.
        after: where the text after the name begins, a bracket or quotation mark behind it passed over.
        is_name: whether a piece of text is another name of the same thing.
    """
    start, end = sentence.start, sentence.stop
    if sentence.end - start > _LONGEST:
        return None
    lead = text[start : name[0]]
    if sentence.quotes and _is_quoted_claim(lead, text[after:end]):
        return None
    first, opened = _subject(lead, is_name)
    aside = _ASIDE_OPENS.match(text, after, end) is not None
    if first is None and not (aside or sentence.calls or sentence.inverse):
        return None  # most names are neither the subject nor explained in passing
    if _EVERY.fullmatch(lead):
        return None
    found = None
    if first is not None:
        bracket = _BRACKET.match(text, after)
        behind = bracket.end() if bracket is not None else after
        head = _HEAD.match(text, behind)
        found = _predicate(text, start + first, head.end() if head is not None else behind, end, opened=opened)
        after = behind
    return found or _in_passing(text, sentence, name, after)


def _is_quoted_claim(lead: str, rest: str) -> bool:
    """Whether a quotation contains the name with its predicate and the sentence goes on about the quotation.

    “X is all that matters” is a myth: the sentence does not say itself what X is. A quotation that ends its sentence
    is taken as the words of the notes.
    """
    for opening, closing in _QUOTES:
        at = lead.rfind(opening)
        if at < 0 or closing in lead[at + 1 :] or (opening == closing and lead.count(opening) % 2 == 0):
            continue
        inside, found, behind = rest.partition(closing)
        if found and sum(c.isalnum() for c in inside) >= _CLAUSE and any(c.isalnum() for c in behind):
            return True
    return False


_QUOTES: Final = (("“", "”"), ('"', '"'), ("「", "」"), ("『", "』"))
_OPENING_QUOTES: Final = frozenset(opening for opening, _ in _QUOTES)


def _without_pointer(text: str, sentence: tuple[int, int]) -> int:
    """The end of the sentence without a reference to a figure before its full stop."""
    if _BRACKETS.isdisjoint(text[sentence[0] : sentence[1]]):
        return sentence[1]
    pointer = None
    for pointer in _FIGURE.finditer(text, *sentence):  # noqa: B007 (the last one)
        pass
    if pointer is not None and sentence[1] - pointer.end() <= 1:
        return pointer.start()
    return sentence[1]


_BRACKETS: Final = frozenset("（(")


def _subject(lead: str, is_name: Callable[[str], bool]) -> tuple[int | None, bool]:
    """Where the definition begins in ``lead`` if the name is the subject of the sentence, and whether it opens it."""
    mark = _LEAD.match(lead)
    number, opening = (mark.end("number"), mark.end()) if mark is not None else (0, 0)
    rest = lead[opening:].strip(' （(“"「*/')
    if opening == len(lead) or (rest and is_name(rest)):
        return number, True
    if _DETERMINER.fullmatch(lead):
        return 0, True
    if ("," in lead or lead[0] in _INTRODUCES) and _INTRODUCED.fullmatch(lead):
        determiner = _DETERMINER.search(lead)
        return (determiner.start() if determiner is not None else len(lead.rstrip('“"「*'))), False
    return None, False


def _predicate(text: str, start: int, at: int, end: int, *, opened: bool) -> Defining | None:
    """The form whose subject ends at ``at``."""
    phrase = _PHRASE.match(text, at, end)
    at = phrase.end() if phrase is not None else at
    if (match := _GENUS.match(text, at, end)) and _enough(text, match.end(), end, words=_GENUS_WORDS):
        return Defining(Form.GENUS, start, _close(text, match.end(), end))
    if (match := _MEANS.match(text, at, end)) and _enough(text, match.end(), end):
        return Defining(Form.MEANS, start, _close(text, match.end(), end))
    match = _COPULA.match(text, at, end)
    if match is not None and _enough(text, match.end(), end) and _names_a_class(text, match, end):
        return Defining(Form.COPULA, start, _close(text, match.end(), end))
    if (aside := _aside(text, at, end)) is not None:
        return Defining(Form.ASIDE, start, aside)
    if opened and (match := _LABEL.match(text, at, end)) is not None:
        return Defining(Form.LABEL, start, end) if _explains(text[match.end() : end]) else None
    if (
        (match := _PLACE.match(text, at, end))
        and _enough(text, match.end(), end)
        and not _NOT_VERB_SUBJECT.match(text[at:end])
    ):
        return Defining(Form.PLACE, start, _close(text, match.end(), end))
    if _acts(text, at, end):
        return Defining(Form.DOES, start, _close(text, at, end))
    return None


def _aside(text: str, at: int, end: int) -> int | None:
    """The end of an apposition that begins at ``at``; None where there is none."""
    match = _ASIDE_WHICH.match(text, at, end)
    if match is not None:
        return match.end() if match["zh"] or _is_class(match["np"]) else None
    match = _ASIDE_GENUS.match(text, at, end)
    if (
        match is None
        or len(match["np"].split()) < 3
        or _NO_GENUS.search(match.group())
        or re.match(r"\s*,\s*(?:and|or|the|an?)\b", text[match.end() : end])
    ):
        return None
    return match.end()


def other_subject(text: str, start: int, name: int) -> bool:
    """Whether the sentence that begins at ``start`` says what something else is, with the name at ``name`` in it."""
    return _OTHER.match(text, start, name) is not None


_OTHER: Final = re.compile(r"[\w’'()-]+(?: [\w’'()-]+){0,4} (?:is|are) (?:an?|one of|any|the)\b")


def _in_passing(text: str, sentence: SentenceText, name: tuple[int, int], after: int) -> Defining | None:
    """The form of a sentence whose subject is something else: it calls something so, or explains the name aside."""
    start, end = sentence.start, sentence.stop
    near = max(start, name[0] - _CALLED_REACH)
    if sentence.calls and any(word in text[near : name[0]].lower() for word in _CALLING):
        called = _CALLED.search(text, near, name[0])
        if called is not None and _calls(text[start : called.start()]):
            rest = text[after:end]
            stop = after if re.match(r"\s*(?:[,，—–]|and\b|but\b)", rest) else _close(text, after, end)
            return Defining(Form.CALLED, start, max(stop, after))
    if (
        sentence.inverse
        and (inverse := _INVERSE.search(text, start, name[0])) is not None
        and _calls(text[start : inverse.start()])
        and re.match(r"[\s*”\"]*(?:[.。;；,，)]|\Z|\(|which\b)", text[after:end])
    ):
        return Defining(Form.INVERSE, start, _close(text, after, end))
    aside = _aside(text, after, end)
    if aside is None:
        return None
    before = text[start : name[0]]
    last = not any(map(str.isalnum, text[aside:end]))
    if _ADVERBIAL.fullmatch(before) or (last and _OPENED.match(before)):
        return None  # If incomes rise, the good …: what follows the comma is the main clause
    if not re.search(r"[,、]\s*(?:and\s+|or\s+)?(?:the\s+|an?\s+)?\Z", before):
        article = _DETERMINER.search(text, start, name[0])
        return Defining(Form.ASIDE, article.start() if article is not None else name[0], aside)
    return None


_ADVERBIAL: Final = re.compile(
    r"[^\w(（]*(?:in|at|on|during|with|for|of|to|by|from|as|after|before|when)\s+(?:the\s+|an?\s+)?[“\"*]*",
    re.IGNORECASE,
)
"""All before a name whose preposition begins the sentence."""
_OPENED: Final = re.compile(
    r"[^\w(（]*(?:in|at|on|during|with|for|under|within|among|if|when(?:ever)?|while|because|since|although|though|"
    r"unless|once|after|before|until|where)\s[^,;:—–]*\Z",
    re.IGNORECASE,
)
"""A name that ends a phrase or clause which begins the sentence."""


def _calls(before: str) -> bool:
    """Whether ``before`` says enough of what is called so."""
    if has_han(before):
        return len(before) >= 8
    return len(re.findall(r"[A-Za-z]{2,}", before)) >= 4


_BLANK: Final = re.compile(r"__|\s[.。]\s*\Z")
"""A blank to fill in, as in an exercise; a parser of Markdown takes the underscores for markup and leaves the space."""


_GENUS_WORDS: Final = 2
"""Words behind "is a" that say enough, however short: a class and what sets it apart (a male bee)."""


def _enough(text: str, start: int, end: int, *, words: int = 0) -> bool:
    """Whether what follows says enough: by its letters, or by so many ``words``."""
    rest = text[start:end]
    if _BLANK.search(rest) or rest.rstrip(" *").endswith((":", "：")):
        return False
    enough = _letters(rest[:_FIRST]) >= _LETTERS or _letters(rest) >= _LETTERS
    return enough or (words > 0 and len(re.findall(r"[A-Za-z]{3,}", rest)) >= words)


_LETTERS: Final = 10
"""Letters that say enough; a Chinese character counts two."""
_FIRST: Final = 20
"""Characters that have as many in most texts."""


def _letters(text: str) -> int:
    """How many letters and digits ``text`` has; a Chinese character counts two."""
    return sum(map(str.isalnum, text)) + sum(map(str.isalnum, "".join(han_runs(text))))


def _names_a_class(text: str, match: re.Match[str], end: int) -> bool:
    """Whether the copula is followed by what the subject is, not by a quality of it or what is done to it."""
    word = match["next"]
    if word is None:
        return _ZH_QUALITY.match(text, match.end(), end) is None
    if match["the"]:
        return re.match(r"(?:same|reason|case|first|last|most|main|key|best|only)\b", word.lower()) is None
    return _is_class(text[match.end() : end])


def _is_class(text: str) -> bool:
    """Whether an English text begins with a noun phrase, not with a quality, a place or what is done to something."""
    words = re.findall(r"[\w’'-]+", text)[:5]
    if words and words[0].lower() in ("a", "an", "the", "one", "any"):
        return True
    tags = [latin_pos(w) for w in words]
    if not tags or tags[0][:2] in ("VB", "IN", "TO", "RB", "MD", "PO", "PR", "WR", "WD", "CD"):
        return False
    for tag in tags:
        if tag[:2] == "NN":
            return True
        if tag[:2] not in ("JJ", "CC") and tag != "VBG":
            return False
    return False


_OTHERS: Final = re.compile(r"[A-Z][\w.-]*\s?(?:的|只|在|是|模型)")
"""What follows a label says something of another thing, or of one case: BERT 的基本结构就是…."""
_IN_BRACKETS: Final = re.compile(r"\s*[（(][^（）()]*[)）]")


def _explains(rest: str) -> bool:
    """Whether what follows a label is an explanation: not a list of names, a pointer, a number or a heading."""
    letters = _letters(rest)
    if (
        letters < 12
        or _BLANK.search(rest)
        or _POINTING.match(rest)
        or rest.rstrip(" *").endswith((":", "：", "?", "？"))
    ):
        return False
    if has_han(rest) and max(map(len, re.split("[、，,；;。 ]", rest))) < _CLAUSE:
        return False  # a list of words
    digits = sum(map(str.isdigit, rest))
    if _OTHERS.match(rest):
        return False
    parts = [part.strip() for part in _LISTED.split(_IN_BRACKETS.sub("", rest))]
    short = sum(0 < len(part) <= (8 if has_han(part) else 24) for part in parts)
    return digits * 4 <= letters and not (len(parts) >= 3 and short >= 0.7 * len(parts))


_CLAUSE: Final = 6
"""Characters of the shortest Chinese clause that explains something."""


def _acts(text: str, at: int, end: int) -> bool:
    """Whether an active verb follows the subject."""
    rest = text[at:end]
    if _NOT_VERB_SUBJECT.match(rest) or _USED.match(rest) or not _enough(text, at + _LONGER, end):
        return False
    if has_han(rest[:6]):
        tokens = tokenize(rest[:16].lstrip())
        verb = bool(tokens) and (tokens[0].pos or "").startswith(("v", "p", "d"))
        return verb and re.search("[：:]", rest[:16]) is None
    if re.match(r"(?:\s+\w+){1,2}\s+(?:no|not|only)\b", rest):
        return False
    word = re.match(r"\s+(?:[a-z]+ly\s+)?([a-z]+)\s", rest)
    if word is None:
        return False
    tag = latin_pos(word[1])
    plural = text[at - 1 : at] == "s"
    return tag in ("VBZ", "VBP", "VB") or (tag == "NNS" and not plural) or (tag == "NN" and plural)


_LONGER: Final = 10
"""Characters that a sentence without a copula has more than one with."""


def _close(text: str, start: int, end: int) -> int:
    """Where the defining clause that contains ``start`` ends: before a second clause about something else."""
    second = (_ZH_SECOND if has_han(text[start:end]) else _SECOND).search(text, min(start + 12, end), end)
    return second.start() if second is not None else end
