"""Which forms are one concept: parentheses, abbreviations, "also called", generic endings, typos and the lexicon.

Never bare containment.

The result says of each merge what was joined and why. Names that appear side by side are judged by
:mod:`extract.concepts.alias_pairs`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from rapidfuzz.distance import OSA

from extract.concepts.acronyms import expands, is_acronym
from extract.concepts.alias_pairs import default_model, matrix, name_pairs, same_things
from extract.concepts.apart import ToldApart
from extract.concepts.brackets import Bracket, is_short_form, needs_silence, repeated
from extract.concepts.candidates import Candidates, usable
from extract.concepts.contrasts import contrasting
from extract.concepts.forms import Forms
from extract.concepts.kinds import kind_of
from extract.knowledge.lexicon import Lexicon
from extract.notes.blocks import Block, BlockKind
from extract.text.keys import key_of
from extract.text.segment import Token, tokenize
from graph.classifiers import Model
from graph.model import ConceptKind
from graph.text.frequency import general_frequency
from graph.text.names import fold
from graph.text.scripts import HAN, has_han

_T = TypeVar("_T")
_ALSO_CALLED: Final = re.compile(
    r"[，,（(]?\s{0,20}(?:又称为?|也称为?|亦称|也叫做?|又叫做?|又名|简称为?|缩写为|也被称为|又被称为|也可称为|俗称"
    r"|(?:which is |is |are )?(?:also|sometimes|commonly|often) (?:known as|called|referred to as|termed)"
    r"|(?:abbreviated|shortened) (?:as|to)|a\.?k\.?a\.?)\s*(?:the |an |a )?[“\"「『]?",
    re.IGNORECASE,
)
_FAMILY: Final = re.compile(r"\d+(?:\.\d+)?|(?<![A-Za-z])[A-Z]$|\b[ivxIVX]{1,4}\b")
_ZH_ENDINGS: Final = (
    "机制", "技术", "方法", "算法", "架构", "框架", "协议", "策略", "系列", "系", "结构", "任务", "模型", "过程",
    "阶段", "系统",
    "工具", "库", "数据集", "函数", "方案", "模式", "层", "模块",
)  # fmt: skip
_EN_ENDINGS: Final = (
    "method", "algorithm", "technique", "mechanism", "framework", "architecture", "approach", "model", "protocol",
    "library",
    "strategy", "series", "task", "family",
)  # fmt: skip
_OPEN_ENDINGS: Final[Mapping[str, int]] = {
    "机制": 3, "技术": 4, "方法": 4, "算法": 3, "策略": 4, "任务": 4, "阶段": 2, "过程": 4, "模块": 4, "框架": 5,
    "架构": 5,
    "结构": 5,
}  # fmt: skip
"""Ending → letters that a Chinese name before it must have to be the same thing without it: 文本生成任务 is 文本生成.

Other endings belong to a Chinese name (语言模型 is not 语言, 应用层协议 not 应用层); after a Latin name none does (GPT
模型 is GPT). """
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
_OVERRULES: Final = 0.9
"""Probability from which the notes may join two entries of the lexicon."""


@dataclass(frozen=True, slots=True)
class AliasLink:
    """Two keys of one concept, and why."""

    a: str
    b: str
    form_a: str
    form_b: str
    reason: str
    """A code of :attr:`graph.model.Merge.reason`."""
    doc: str = ""
    block: int = -1
    """Index of the block that says so, -1 where none does."""
    certainty: float = 1.0
    """How probable it is, where a model judged."""
    remark: str = ""
    """Why the second form is a remark in brackets and not a name: a code of :func:`extract.concepts.brackets.remark`,
    or ``repeated``. Such a link joins nothing; it is there to be explained."""
    silent: bool = False
    """The second form is a name only if the notes use it nowhere else."""


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
    why = [pair.remark or ("repeated" if (key_of(pair.outer), key_of(pair.inner)) in remarks else "") for pair in pairs]
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
        memo["called"] = [block for block in doc.blocks if _ALSO_CALLED.search(block.text)]
        memo["headings"] = list(_bilingual_headings(candidates))
    for block in memo["called"]:
        links += _also_called(block, candidates, scores)
    links += memo["headings"]
    links += _endings(candidates, scores, lexicon)
    return [link for link in links if link.a and link.b and link.a != link.b]


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
        memo["endings"] = list(_with_endings(candidates))
    for key, surface, base, ending, base_key in memo["endings"]:
        if scores.get(key, 0.0) < _DOUBTFUL or scores.get(base_key, 0.0) < 0.35:
            continue
        if ending in ("模型", "model", "models") and kind_of((base,), lexicon) is not ConceptKind.MODEL:
            continue  # a LangChain model is no LangChain, a GPT model is GPT
        if _adds_nothing(ending, base):
            yield AliasLink(base_key, key, base, surface, "spelling", candidates.doc.id, -1)


def _with_endings(candidates: Candidates[Forms]) -> Iterator[tuple[str, str, str, str, str]]:
    """(key, writing, writing without the ending, ending, key of what is left) of all forms that end so, by key."""
    forms = candidates.forms
    for key in sorted(forms):
        number = forms.index[key]
        words, surface = forms.words[number], forms.best_surface[number] or key
        if len(words) < 2 and not has_han(key):
            continue
        base, ending = _split_ending(surface)
        base_key = key_of(base) if base else ""
        if base and base_key in forms and len(base_key) >= 2:
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
    for ending in _ZH_ENDINGS if surface.endswith(_ZH_ENDINGS) else ():
        if surface.endswith(ending) and len(surface) > len(ending) + 1:
            return surface[: -len(ending)].rstrip(), ending
    words = surface.split()
    if len(words) > 1 and words[-1].lower().rstrip("s") in _EN_ENDINGS and surface.isascii():
        return " ".join(words[:-1]), words[-1]
    return "", ""


_LOOSE: Final = re.compile(
    r"(?:的)?(?:机制|技术|架构|系列|系|类|结构|任务|过程|阶段|问题|现象|功能|状态|特性|服务|关键字|语句|原语|记录"
    r"|属性)$|"
    r"[\s(（-]*\d+(?:\.\d+)?[BM][)）]?$|"
    r"\s(?:techniques?|mechanisms?|architectures?|approach(?:es)?|process(?:es)?|phases?|stages?|steps?|famil(?:y"
    r"|ies))$"
)
"""Endings that make another thing now and then, but mostly another name: for forms that are no concept of their own."""


def without_ending(surface: str) -> str:
    """``surface`` without a word behind it that says what sort of thing it is, or its size.

    Empty where there is none.
    """
    found = _LOOSE.search(surface)
    base = surface[: found.start()].rstrip() if found else ""
    return base if len(base) > 1 else ""


class Clusters:
    """Keys joined into concepts, with guards against joining what must stay apart."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._parent: dict[str, str] = {}
        self._known = lexicon.keys if lexicon else {}
        self._entries: dict[str, set[int]] = {}
        self._acronyms: dict[str, set[str]] = defaultdict(set)
        self._families: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._sides: dict[str, dict[int, str]] = defaultdict(dict)
        """Representative → number of a group that must stay apart → its member in the cluster."""
        self._groups: list[str] = []
        """Of each such group: what keeps it apart."""
        self._apart = ToldApart()
        self._members: dict[str, set[str]] = defaultdict(set)
        """Representative → all keys of its cluster, for clusters of more than one."""
        self._bilingual: set[str] = set()
        """Representatives of the clusters whose names the notes themselves give in two scripts."""
        self.links: list[AliasLink] = []
        """The links that were accepted, in order."""
        self.confirmed: list[AliasLink] = []
        """The links between keys that were one already, in order."""
        self.refused: list[tuple[AliasLink, str]] = []
        """The links that a guard refused, in order, each with the guard: ``user`` (the user keeps them apart),
        ``homonym`` (a library and a method of one name), ``abbreviations`` (two different ones), ``numbers`` (two of a
        numbered family), ``lexicon`` (two entries), ``remark`` (what is in the brackets is not a name), ``contrast``
        (the notes contrast the two or list them side by side), ``sections`` (they treat them in two places),
        ``translations`` (each has another translation in the notes), ``chain`` (a doubtful pair would join two
        groups)."""

    def find(self, key: str) -> str:
        """The representative of ``key``'s cluster."""
        parent = self._parent
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    def note(self, key: str, surface: str) -> None:
        """Tell how ``key`` is written.

        So that two different abbreviations never join, nor two members of a numbered family.
        """
        if is_acronym(surface):
            self._acronyms[self.find(key)].add(fold(surface.removesuffix("s")))
        if not has_han(surface) and _family(surface):
            self._families[self.find(key)].add(_family(surface))

    def tell_apart(self, apart: ToldApart) -> None:
        """Never join what the notes contrast or treat apart, neither directly nor through others.

        The user and the lexicon may.
        """
        self._apart = apart

    def keep_apart(self, keys: Sequence[str], *, guard: str = "user") -> None:
        """Never have two of ``keys`` in one cluster, whatever links them, unless they are in one already."""
        roots = {key: self.find(key) for key in keys}
        if len(set(roots.values())) == len(roots):
            self._groups.append(guard)
            for key, root in roots.items():
                self._sides[root][len(self._groups) - 1] = key

    def join(self, link: AliasLink) -> bool:
        """Join the link's keys unless a guard refuses; whether they are one now."""
        if link.remark:
            self.refused.append((link, "remark"))
            return False
        a, b = self.find(link.a), self.find(link.b)
        if a == b:
            self.confirmed.append(link)
            return True
        guard = self._guard(link, a, b)
        if guard:
            self.refused.append((link, guard))
            return False
        root, other = min(a, b), max(a, b)
        self._sides[root] |= self._sides.pop(other, {})
        self._members[root] = self._of(root) | self._of(other)
        self._members.pop(other, None)
        if {root, other} & self._bilingual or (link.block >= 0 and has_han(link.form_a) != has_han(link.form_b)):
            self._bilingual.add(root)
        self._entries_of(root), self._entries_of(other)
        said = link.reason == "user"
        _unite(self._acronyms, a, b, root, said=said)
        _unite(self._families, a, b, root, said=said)
        _unite(self._entries, a, b, root, said=said)
        self._parent[other] = root
        self.links.append(link)
        return True

    def _guard(self, link: AliasLink, a: str, b: str) -> str:
        """Which guard refuses ``link`` between the clusters ``a`` and ``b`` (see :attr:`refused`).

        Empty where none does.
        """
        sides, others = self._sides.get(a, {}), self._sides.get(b, {})
        clash = next((group for group, key in sorted(sides.items()) if others.get(group, key) != key), None)
        if clash is not None:
            return self._groups[clash]
        if link.reason in ("lexicon", "user"):
            return ""
        if len(self._acronyms[a] | self._acronyms[b]) > 1:
            return "abbreviations"
        separate = self._separate(link, a, b)
        if separate:
            return separate
        said = link.reason in ("parenthesis", "abbreviation", "also_called")
        if len(self._families[a] | self._families[b]) > 1 or _different_family(link.form_a, link.form_b, said=said):
            return "numbers"
        plain = link.block >= 0 and _OVERRULES <= link.certainty < 1
        return "lexicon" if len(self._entries_of(a) | self._entries_of(b)) > 1 and not plain else ""

    def _of(self, root: str) -> set[str]:
        return self._members.get(root) or {root}

    def _separate(self, link: AliasLink, a: str, b: str) -> str:
        """Which guard sees two things in the clusters ``a`` and ``b`` as wholes; empty where none does."""
        one, other = self._of(a), self._of(b)
        sure = is_short_form(link.form_b, link.form_a) or is_short_form(link.form_a, link.form_b)
        rivals: set[str] = set().union(*(self._apart.contrasted.get(key, ()) for key in one))
        if rivals & other and not sure:
            return "contrast"
        if link.reason == "translation" and a in self._bilingual and b in self._bilingual:
            return "translations"
        if link.reason in ("translation", "parenthesis", "also_called") and not sure:
            said = set() if link.reason == "translation" else {link.a, link.b}
            homes = self._apart.homes.keys()
            if any(
                {x, y} != said and self._apart.separate(x, y)
                for x in sorted(one & homes)
                for y in sorted(other & homes)
            ):
                return "sections"
        doubtful = link.reason == "parenthesis" and link.certainty < _OVERRULES
        return "chain" if doubtful and not sure and len(one) > 1 and len(other) > 1 else ""

    def _entries_of(self, root: str) -> set[int]:
        """Lexicon entries that the cluster's names belong to: two entries are two things."""
        if root not in self._entries:
            self._entries[root] = {self._known[root]} if root in self._known else set()
        return self._entries[root]

    def reasons(self) -> list[AliasLink]:
        """Links that make the clusters what they are, none twice.

        What the notes state goes before what only the lexicon knows.
        """
        looked_up = ("lexicon", "translation")
        stated = [link for link in self.links if link.reason not in looked_up] + [
            link for link in self.confirmed if link.block >= 0
        ]
        known = [link for link in self.links if link.reason in looked_up]
        found: list[AliasLink] = []
        group: dict[str, set[str]] = {}
        for link in (*stated, *known):
            one, other = (group.setdefault(key, {key}) for key in (link.a, link.b))
            if one is not other:
                found.append(link)
                one |= other
                group |= dict.fromkeys(other, one)
        return found

    def members(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Representative → its keys among ``keys``, in their order."""
        groups: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            groups[self.find(key)].append(key)
        return dict(groups)


def _unite(marks: dict[str, set[_T]], a: str, b: str, root: str, *, said: bool) -> None:
    """Give ``root`` the marks of the clusters ``a`` and ``b``, of which it is one.

    What the user ``said`` to be one is one, though it be two abbreviations: the first one's marks stand for it, and
    others may still join.
    """
    one, other = marks.pop(a, set()), marks.pop(b, set())
    marks[root] = (one or other) if said else one | other


def _different_family(a: str, b: str, *, said: bool = False) -> bool:
    """Whether two names are of one numbered or lettered family (factor IX, factor XI; Qwen2, Qwen3) and so two things.

    Where the notes say that they are one (``said``), a number in one of them alone is not an obstacle: factor XII
    (Hageman factor).
    """
    if has_han(a) != has_han(b):
        return False
    one, other = _family(a), _family(b)
    return one != other and not (said and not (one and other))


def _family(name: str) -> tuple[str, ...]:
    """The numbers and single letters of ``name`` that tell members of a family apart: ("IX",) of factor IX."""
    return tuple(sorted(_FAMILY.findall(name)))


def typo_links(counts: Mapping[str, int], surfaces: Mapping[str, str], lexicon: Lexicon | None) -> list[AliasLink]:
    """Rare Latin forms one edit away from a frequent one (Embeding, Embedding), unless both are words or numbered.

    An edit inserts, deletes or substitutes a letter or swaps two neighbours, never the first letter.
    """
    table = general_frequency("en")
    frequent = sorted(k for k, n in counts.items() if n >= 3 and k.isascii() and len(k) >= 7)
    signatures: dict[str, list[str]] = defaultdict(list)
    for key in frequent:
        for signature in _deletions(key):
            signatures[signature].append(key)
    links = []
    for key in sorted(counts):
        if counts[key] > 2 or not key.isascii() or len(key) < 7 or any(c.isdigit() for c in key):
            continue
        surface = surfaces[key]
        if table.get(surface.lower(), 0.0) > 0 or (lexicon and key in lexicon.keys):
            continue
        near = {
            other
            for signature in _deletions(key)
            for other in signatures.get(signature, ())
            if other != key and other[0] == key[0] and OSA.distance(key, other, score_cutoff=1) == 1
        }
        near = {other for other in near if _is_slip(surface, surfaces[other])}
        if near:
            best = max(sorted(near), key=lambda k: counts[k])
            if counts[best] >= 3 * counts[key] and not _different_family(surface, surfaces[best]):
                links.append(AliasLink(best, key, surfaces[best], surface, "typo"))
    return links


_IRREGULAR: Final = (("us", "i"), ("um", "a"), ("on", "a"), ("is", "es"), ("ex", "ices"), ("ix", "ices"))
"""Endings of one noun in the singular and the plural."""
_A_WORD: Final = 3e-8
"""Frequency from which a string of letters is an English word, and not a slip that many people make."""
_NEAR_LETTERS: Final = 4
"""A word that one letter changes must have more letters than this: in a short one a letter makes another word."""


def _is_slip(rare: str, frequent: str) -> bool:
    """Whether ``rare`` is ``frequent`` with one word misspelt or in another number.

    The misspelt word must not be a word itself, nor an opposite of the other (hyper-, hypo-; -ate, -ite), and no word
    may come or go: affine n-space is not affine space, what is not closed is not non-closed.
    """
    one, other = (re.findall(r"[^\s\-–_/]+", name.lower().replace("’", "'")) for name in (rare, frequent))
    if len(one) != len(other):
        return "".join(one) == "".join(other)
    changed = [(x, y) for x, y in zip(one, other, strict=True) if not _same_noun(x, y)]
    if len(changed) != 1:
        return not changed
    word, right = changed[0]
    known = general_frequency("en").get(word, 0.0)
    if min(len(word), len(right)) <= _NEAR_LETTERS or not (word.isalpha() and right.isalpha()):
        return False
    return known < _A_WORD and not contrasting(word, right)


def _same_noun(one: str, other: str) -> bool:
    """Whether two words are one noun in two numbers, or with and without a possessive s."""
    if key_of(one.removesuffix("'s")) == key_of(other.removesuffix("'s")):
        return True
    return any(
        x.endswith(a) and len(x) - len(a) >= 3 and x[: -len(a)] + b == y
        for a, b in (*_IRREGULAR, ("es", ""))
        for x, y in ((one, other), (other, one))
    )


def _deletions(key: str) -> set[str]:
    return {key} | {key[:i] + key[i + 1 :] for i in range(1, len(key))}


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
