"""Names that differ by what makes an opposite: hyper- and hypo-, ab- and ad-, -ate and -ite, 高 and 低.

They are never one thing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_PREFIXES: Final = (
    ("hyper", "hypo"), ("ab", "ad"), ("af", "ef"), ("inter", "intra"), ("endo", "exo"), ("endo", "ecto"),
    ("ante", "anti"),
    ("pre", "post"), ("macro", "micro"), ("in", "ex"), ("im", "ex"), ("mono", "poly"), ("mono", "di"), ("di", "tri"),
    ("uni", "bi"),
    ("uni", "multi"), ("bi", "tri"), ("homo", "hetero"), ("over", "under"), ("up", "down"), ("super", "sub"),
    ("supra", "infra"),
    ("tachy", "brady"), ("intra", "extra"), ("ortho", "para"), ("ortho", "meta"), ("meta", "para"), ("en", "de"),
    ("de", "re"), ("peri", "para"),
    ("pre", "pro"), ("per", "pro"), ("is ", "ir"), ("is ", "in"),
    *((prefix, "") for prefix in (
        "un", "non", "non-", "not ", "in", "im", "ir", "il", "dis", "anti", "a", "an", "de", "sub", "semi", "pseudo",
        "co", "contra",
        "pre", "post", "over", "under", "multi", "inter", "bi", "hyper", "hypo", "super", "auto", "meta", "proto",
        "quasi-", "half-",
    )),
)  # fmt: skip
_SUFFIXES: Final = (
    ("ate", "ite"), ("ide", "ite"), ("ide", "ate"), ("ane", "ene"), ("ene", "yne"), ("ane", "yne"), ("ol", "al"),
    ("one", "ol"),
    ("one", "ane"), ("ase", "ose"), ("ic", "ous"), ("in", "ine"), ("er", "ee"), ("or", "ee"), ("ful", "less"),
    ("ness", "less"),
    ("itis", "osis"), ("oma", "osis"), ("itis", "oma"), ("otic", "itic"), ("scope", "scopy"), ("tomy", "stomy"),
    ("ectomy", "ostomy"), ("ectomy", "otomy"), ("phil", "phobe"),
    ("philic", "phobic"), ("gen", "gin"), ("ism", "ist"), ("tion", "tor"),
)  # fmt: skip
_HAN: Final = (
    "高低", "动静", "正负", "正反", "正逆", "上下", "左右", "前后", "内外", "大小", "长短", "快慢", "强弱", "多少",
    "加减", "乘除", "增减", "升降",
    "阴阳", "男女", "雌雄", "公私", "主从", "主被", "同异", "开闭", "开关", "先后", "早晚", "新旧", "东西", "南北",
    "冷热", "寒热", "虚实", "表里",
    "深浅", "厚薄", "粗细", "轻重", "软硬", "干湿", "凹凸", "奇偶", "有无", "显隐", "顺逆", "供求", "供需", "买卖",
    "借贷", "收支", "攻守", "胜负",
    "首尾", "纵横", "横竖", "单双", "单多", "串并", "读写", "推拉", "存取", "父子", "酸碱", "离合", "聚散", "全半",
    "真假", "因果", "甲乙", "乙丙",
    "甲丙", "一二", "二三", "一三", "春秋", "冬夏", "昼夜", "海陆", "中西", "缓急", "急慢", "疏密", "稀密", "宽窄",
    "远近", "胀缩", "屈伸", "交直",
    "上中", "下中", "入出", "进出", "吸呼", "客服", "编解",
)  # fmt: skip
"""Two characters each that set two things apart where the rest of two names is the same."""
_OPPOSITE: Final = frozenset(frozenset(pair) for pair in _HAN)


def contrasting(a: str, b: str) -> bool:
    """Whether two names differ only by parts that set things apart: one opposed prefix, ending or Chinese character.

    The order of the names does not matter, nor does case.
    """
    one, other = a.lower().strip(), b.lower().strip()
    if one == other:
        return False
    if len(one) == len(other):
        differ = [(x, y) for x, y in zip(one, other, strict=True) if x != y]
        if 0 < len(differ) <= 2 and any(frozenset(pair) in _OPPOSITE for pair in differ):
            return True
    first, second = re.split(r"[\s-]+", one), re.split(r"[\s-]+", other)
    if len(first) == len(second):
        changed = [(x, y) for x, y in zip(first, second, strict=True) if x != y]
        return len(changed) == 1 and _words_contrast(*sorted(changed[0]))
    return _words_contrast(*sorted((one, other)))


@lru_cache(maxsize=65536)
def _words_contrast(a: str, b: str) -> bool:
    # What two words have in common is at least three letters long.
    if a[-3:] == b[-3:] and (_by_prefix(a, b) or _by_prefix(b, a)):
        return True
    return a[:3] == b[:3] and (_by_suffix(a, b) or _by_suffix(b, a))


def _by_prefix(a: str, b: str) -> bool:
    return any(
        a.startswith(x) and b.startswith(y) and len(a) - len(x) >= 3 and a[len(x) :] == b[len(y) :]
        for x, y in _PREFIXES
    )


def _by_suffix(a: str, b: str) -> bool:
    return any(
        a.endswith(x) and b.endswith(y) and len(a) - len(x) >= 3 and a[: len(a) - len(x)] == b[: len(b) - len(y)]
        for x, y in _SUFFIXES
    )
