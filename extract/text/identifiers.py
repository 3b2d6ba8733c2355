"""What notes contain besides words: hashes, citations, paths, dates, labels, symbols. None of it names a concept.

:func:`mask` replaces such places by commas, which also separates the words around them; :func:`is_identifier` judges a
whole form. Both know only how such things are written, and the closed classes of a language (weekdays, months, labels).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from graph.text.scripts import HAN

_HEX: Final = (
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"  # UUID
    r"|(?<![\w-])(?=[a-f]{0,63}[0-9])(?=[0-9]{0,63}[a-f])[0-9a-f]{7,64}(?![\w-])"
    r"|(?<![\w-])(?=\w{0,400}[0-9])(?=\w{0,400}[A-Za-z])\w{26,}(?![\w-])"
    r"|#[0-9a-fA-F]{6}\b"
)
_PUBLISHED: Final = (
    r"\b(?:doi:?\s*)?10\.\d{4,9}/[^\s,，。；;）)\]]{1,200}"
    r"|\bISBN(?:-1[03])?:?\s*[\d-]{9,17}[\dXx]\b|\bISSN:?\s*\d{4}-\d{3}[\dXx]\b"
    r"|\b(?:arXiv|PMID|PMCID|PMC|RFC draft)\s*:?\s*(?:[\w.-]+/)?\d{4,}(?:\.\d+)?(?:v\d+)?\b"
)
_AUTHOR: Final = r"(?:(?:van|von|de|der|la|le|du)\s+)*[A-ZÀ-Þ][a-zà-ÿ'’]+(?:-[A-ZÀ-Þ][a-zà-ÿ]+)?"
_AUTHORS: Final = (
    rf"{_AUTHOR}(?:,?\s+(?:[A-Z]\.\s*)*(?:(?:and|&)\s+{_AUTHOR}|et\s+al\.?)|\s*(?:和|与)\s*{_AUTHOR}|等人?)?"
)
_YEAR: Final = r"(?:1[5-9]|20)\d\d[a-z]?|n\.\s?d\."
_ONE: Final = (
    rf"(?:(?:see|cf\.|e\.g\.,?|in)\s+)?{_AUTHORS}\s*[,，]?\s*(?:{_YEAR})(?:\s*[:,，]\s*(?:pp?\.\s*)?\d+(?:[-–]\d+)?)?"
)
_CITED: Final = (
    rf"[（(\[]{_ONE}(?:\s*[;；]\s*{_ONE})*[)）\]]"
    rf"|\b{_AUTHOR}\s+et\s+al\b\.?(?:\s*[（(]?(?:{_YEAR})[)）]?)?"
    rf"|[（(]\s*[{HAN}]{{2,4}}(?:等人?)?\s*[,，]\s*(?:1[89]|20)\d\d年?\s*[)）]"
    r"|\[-?@[\w:.#$%&+?<>~/-]{1,99}(?:[^\]\n]{0,80})\]|(?<![\w@.])@[A-Za-z][A-Za-z_:-]{0,60}\d{4}[a-z]?\w{0,60}"
    r"|\bet\s+al\b\.?|\bibid\b\.?|(?<![\w.])n\.\s?d\.(?!\w)"
    # a journal: year, volume and pages
    r"|(?:\b[A-Z][A-Za-z.&]{0,40},?\s{1,3}){1,6}\(?(?:1[89]"
    r"|20)\d\d\)?\s*[;,]\s*\d+\s*(?:\([\w -]+\))?\s*[:,]\s*[A-Za-z]?\d+(?:\s*[-–]\s*\d+)?"
    r"|\b(?:pp?|vol|no|ch|chap)\.\s*\d+(?:\s*[-–]\s*\d+)?"
)
_FILE_END: Final = (
    r"(?:csv|tsv|txt|md|mdx|rst|org|tex|bib|pdf|docx?|pptx?|xlsx?|epub|jsonl?|ya?ml|toml|ini|cfg|conf|lock|log"
    r"|xml|html?|css"
    r"|scss|tsx?|jsx|py|ipynb|java|jar|class|rb|rs|go|kt|sh|bat|exe|dll|so|sql|db|zip|tar|gz|png|jpe?g"
    r"|gif|svg|webp|mp[34]|wav)"
)
_PATH: Final = (
    r"(?<![\w/.~])(?:~|\.{1,2})?/(?:[\w.@-]{1,99}/){1,20}[\w.@-]{0,99}"
    r"|(?<![\w/.])(?:~|\.{1,2})/[\w.@-]{1,99}"
    r"|\b[A-Za-z]:\\[\w.\\-]{1,200}"
    rf"|(?<![\w/.@-])(?:[\w.@-]{{1,99}}/){{1,20}}[\w@-][\w.@-]{{0,99}}\.{_FILE_END}\b"
    rf"|(?<![\w/.-])[\w-]{{1,99}}(?:\.[\w-]{{1,99}}){{0,6}}\.{_FILE_END}(?![\w-])"
    r"|(?<![\w/.)\]])\.(?:[a-z][\w-]{0,99}(?:\.[\w-]{1,99}){0,6}|[A-Z]{1,30}_\w{1,99})(?![\w])"
    r"|(?<![\w.])www\.[\w./-]+|(?<![\w.@-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.(?:com|org|net|edu|gov|io|cn"
    r"|dev)(?![\w-])(?:/[\w./-]*)?"
)
_MAIL: Final = r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}"
_PHONE: Final = r"(?<![\w.])(?:\+\d{1,3}[\s-]?)?\(?\d{2,4}\)?(?:[\s-]\d{3,4}){2,3}(?![\w.])"
_VERSION: Final = r"(?<![\w.])v\d+(?:\.\d+)+(?:[-+.][\w.]+)?|(?<![\w.])\d+\.\d+\.\d+(?:[-+][\w.]+)?(?![\w.])"
_MONTH: Final = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?"
    r"|Dec(?:ember)?)"
)
_DAY: Final = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|Mon|Tues?|Wed|Thu(?:rs?)?|Fri)"
_ANY_DAY: Final = rf"(?:{_DAY}|Sat|Sun|周[一二三四五六日]|星期[一二三四五六日天])"
"""Sat and Sun are days only where a date appears there too."""
_TIME_ZH: Final = (
    r"公元前?\s*\d{1,4}\s*年?"
    r"|\d{2,4}\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号])?|(?<!\d)\d{1,2}\s*月\s*\d{1,2}\s*[日号]"
)
_TIME: Final = (
    rf"(?:\b{_ANY_DAY},?\s+)?(?<![\w.])\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[T ]\d{{1,2}}:\d\d(?::\d\d)?(?:Z"
    rf"|[+-]\d\d:?\d\d)?)?(?![\w])(?:\s*[(,]?\s*{_ANY_DAY}\b\)?)?"
    r"|(?<![\w.])\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d(?!\w)"
    rf"|\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?(?!\w)|\b\d{{1,2}}(?:st|nd|rd"
    rf"|th)?\s+{_MONTH}\b\.?(?:,?\s+\d{{4}})?"
    rf"|\b{_MONTH}\.?,?\s+(?:19|20)\d\d\b"
    r"|\b(?:B\.?C\.?(?:E\.?)?|A\.D\.?|C\.E\.?)\s*\d{1,4}\b|\b\d{1,4}\s*(?:B\.?C\.?(?:E\.?)?|A\.?D\.?|C\.?E)(?![\w])"
    rf"|{_TIME_ZH}"
    r"|(?<![\w.:])\d{1,2}:\d\d(?::\d\d)?\s*(?:[ap]\.?m\b\.?)?(?![\w:])|\b\d{1,2}\s?[ap]m\b"
)
_LABEL_NAME: Final = (
    r"(?:Definition|Theorem|Lemma|Proposition|Corollary|Remark|Example|Exercise|Claim|Axiom|Conjecture|Fact"
    r"|Observation|Notation"
    r"|Figure|Fig\.|Table|Tab\.|Equation|Eqn?s?\.|Sec\.|Chapter|Chap\.|Step|Problem|Question|Listing|Algorithm|Appendix"
    r"|Def\.|Thm\.|Lem\.|Prop\.|Cor\.|Ex\.)"
)
_LABEL_ZH: Final = (
    r"(?:定义|定理|引理|命题|推论|公理|注|例题|例|习题|练习|图|表|公式|式|算法|附录|章|节)\s*[(（]?\d+(?:[.\-–]\d+)*[)）]?(?![\d年月日个种])"
    rf"|第\s*\d+\s*[章节页讲课](?![{HAN}]?程)"
)
_LABEL: Final = (
    rf"\b{_LABEL_NAME}s?\s*(?:\(\s*[\dA-Z]{{1,3}}(?:\.\d+)*[a-z]?\s*\)|\d+(?:\.\d+)*[a-z]?|[A-Z](?:\.\d+)+)(?![\w-])"
    r"|\bSection\s+\d{1,2}(?:\.\d+)*(?![\w-])"
    rf"|{_LABEL_ZH}"
    r"|§+\s*\d+(?:\.\d+)*"
)
_LABEL_ALONE: Final = re.compile(
    rf"^\s*(?:{_LABEL_NAME}|Proof|Recall|Note|Solution|Answer|证明|证|解|注|定义|定理|引理|命题|推论|例题?|备注)"
    r"(?=\s*(?:[.:：。]|[（(]))|^\s*(?:Proof|Recall)\b(?:\s+that\b)?",
)
"""A label without a number opens a block: ``Proof.``, ``Theorem (Bolzano)``, ``证明：``, ``Recall that``."""
_SYMBOL: Final = (
    r"(?<![\w\\])(?:\\[A-Za-z]+|[A-Za-zΑ-Ωα-ω])(?:\\[A-Za-z]+)?"
    r"(?:[_^](?:\{[^{}\n]{0,40}\}|\\[A-Za-z]+|[A-Za-z0-9](?:[A-Za-z0-9](?![A-Za-z]))?(?![A-Za-z]{2})"
    r"|[+*'-]))+(?:\([\w, ]{0,12}\))?(?![\w])"
    r"|\\(?:[a-z]+)(?:\{[^{}\n]{0,40}\})+|(?<![\w\\:])\\[a-zA-Z]+(?![\w\\])"
)
_ALL: Final = f"{_HEX}|{_PUBLISHED}|{_CITED}|{_MAIL}|{_PATH}|{_TIME}|{_VERSION}|{_PHONE}|{_LABEL}|{_SYMBOL}"
_ANY: Final = re.compile(
    rf"(?=\S)(?:(?<!\w)|(?!\w))(?:{_ALL})|(?=[\d公定引命推注例习练图表式算附章节第])(?:{_TIME_ZH}|{_LABEL_ZH})"
)
"""Nothing begins with a space, and inside of a word only what Chinese writes without spaces does: there the others are
not tried."""
_HINT: Final = re.compile(r"[0-9@/\\_^§~]|\.\w|\bet al|\bibid|n\.\s?d")
"""Nothing of :data:`_ANY` is without one of these: most blocks need no closer look."""
_SHORTHAND: Final = re.compile(r"(?<!\w)w/o?(?=\s)")
"""With, without."""
_CALENDAR: Final = re.compile(
    rf"(?:{_MONTH}|{_DAY})\.?|(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月|(?:周|星期|礼拜)[一二三四五六日天末]"
    r"|(?:今|明|昨|后|前)[天日晚早]|(?:今|明|去|前|后)年|[上下本这][周月]|[Tt]oday|[Tt]omorrow|[Yy]esterday|[Tt]onight"
)


def mask(text: str) -> str:
    """``text`` with every identifier, reference, date, label and symbol as commas; of the same length."""
    alone = _LABEL_ALONE.match(text)
    if alone is not None:
        text = "," * alone.end() + text[alone.end() :]
    if "w/" in text:
        text = _SHORTHAND.sub(lambda match: "," * len(match.group()), text)
    if not _HINT.search(text):
        return text
    return _ANY.sub(lambda match: "," * len(match.group()), text)


def is_identifier(form: str) -> bool:
    """Whether a form is or contains an identifier, or is a word of the calendar: ``e21a38c``, ``Fri``, ``图 3``."""
    return _CALENDAR.fullmatch(form) is not None or bool(_HINT.search(form) and _ANY.search(form))


@lru_cache(maxsize=100_000)
def is_calendar_word(word: str) -> bool:
    """Whether ``word`` is a weekday, a month or a day told from today, in English or Chinese."""
    return _CALENDAR.fullmatch(word) is not None
