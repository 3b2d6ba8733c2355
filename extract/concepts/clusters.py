"""Groups of names that are one concept: what joins them, and the guards that keep them apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from extract.concepts.acronyms import is_acronym
from extract.concepts.apart import ToldApart
from extract.concepts.brackets import is_short_form
from extract.knowledge.lexicon import Lexicon
from graph.model import Evidence
from graph.text.names import fold
from graph.text.scripts import has_han

_T = TypeVar("_T")


_FAMILY: Final = re.compile(r"\d+(?:\.\d+)?|(?<![A-Za-z])[A-Z]$|\b[ivxIVX]{1,4}\b")


_MARKED: Final = re.compile(r"\d|[A-Z]|\b[ivx]{1,4}\b")
"""No abbreviation and no member of a family is without one of these."""
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
    evidence: Evidence | None = None
    """The line that says so, where it is in no block."""


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
        if _MARKED.search(surface) is None:  # most names
            return
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
        said = link.reason in ("user", "stated")
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
        if link.reason == "user":
            return ""
        if link.reason == "lexicon":
            return "contrast" if self._rivals(a) & self._of(b) else ""
        if link.reason == "stated":
            return "contrast" if self._rivals(a) & self._of(b) else ""
        if len(self._acronyms[a] | self._acronyms[b]) > 1:
            return "abbreviations"
        separate = self._separate(link, a, b)
        if separate:
            return separate
        said = link.reason in ("parenthesis", "abbreviation", "also_called")
        if len(self._families[a] | self._families[b]) > 1 or different_family(link.form_a, link.form_b, said=said):
            return "numbers"
        plain = link.block >= 0 and _OVERRULES <= link.certainty < 1
        return "lexicon" if len(self._entries_of(a) | self._entries_of(b)) > 1 and not plain else ""

    def _of(self, root: str) -> set[str]:
        return self._members.get(root) or {root}

    def _rivals(self, root: str) -> set[str]:
        """Keys that the notes contrast with a key of the cluster."""
        return set().union(*(self._apart.contrasted.get(key, ()) for key in self._of(root)))

    def _separate(self, link: AliasLink, a: str, b: str) -> str:
        """Which guard sees two things in the clusters ``a`` and ``b`` as wholes; empty where none does."""
        one, other = self._of(a), self._of(b)
        sure = is_short_form(link.form_b, link.form_a) or is_short_form(link.form_a, link.form_b)
        if self._rivals(a) & other and not sure:
            return "contrast"
        if link.reason == "translation" and a in self._bilingual and b in self._bilingual:
            return "translations"
        if link.reason in ("translation", "parenthesis", "also_called", "linked") and not sure:
            said = set() if link.reason == "translation" else {link.a, link.b}
            homes = self._apart.homes.keys()
            if any(
                {x, y} != said and self._apart.separate(x, y)
                for x in sorted(one & homes)
                for y in sorted(other & homes)
            ):
                return "sections"
        doubtful = link.reason in ("parenthesis", "linked") and link.certainty < _OVERRULES
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

    What the user or the author of the notes ``said`` to be one is one, though it be two abbreviations: the first one's
    marks stand for it, and others may still join.
    """
    one, other = marks.pop(a, set()), marks.pop(b, set())
    marks[root] = (one or other) if said else one | other


def different_family(a: str, b: str, *, said: bool = False) -> bool:
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
