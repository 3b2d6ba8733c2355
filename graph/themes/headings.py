"""Headings of the notes as titles of themes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from graph.model import Concept, Passage
from graph.text.name_finder import NameFinder
from graph.text.names import fold
from graph.text.questions import is_question
from graph.text.scripts import HAN, columns

LEAST_COVERED: Final = 0.5
"""A heading is a title only where at least this share of a theme's members is mentioned or introduced below it, ..."""
LEAST_FILLED: Final = 0.3
"""... and where these members are at least this share of what is below it."""
WHOLE: Final = 0.5
"""A heading over more than this share of all concepts is the title of the whole collection, not of a theme."""
_LONGEST: Final = 44
"""In columns: a longer heading is a sentence."""
_NUMBER: Final = re.compile(
    r"""^\s*(?:
      第\s*[一二三四五六七八九十百零〇两\d]{1,4}\s*(?:[章节讲课篇回卷]|部分|单元)(?:\s*[:：、.．\-—]\s*|\s+)
    | (?i:chapter|part|section|lesson|lecture|week|unit|module)\s+(?:\d{1,3}|[ivx]{1,4})\s*[:：.、—–\-]\s*
    | [（(]\s*(?:[一二三四五六七八九十]{1,3}|\d{1,3}|[a-h]|[ivx]{1,4})\s*[）)]\s*
    | [一二三四五六七八九十]{1,3}\s*[、.．:：]\s*
    | \d{1,3}(?:\.\d{1,3})*(?:[.、．）):：]\s*(?!\d)|\s+(?=\D))
    | [\u2460-\u249b\u2776-\u2793]\s*
    )""",
    re.VERBOSE,
)
_EDGES: Final = " \t*_#`~=|-–—:：，,、；;。."

Place = tuple[str, ...]
"""A document and the headings down to one."""


def clean_heading(text: str) -> str:
    """``text`` without numbering and marks at its ends.

    >>> clean_heading("3.2 前缀微调：")
    '前缀微调'
    """
    return _NUMBER.sub("", " ".join(text.split())).strip(_EDGES)


class Headings:
    """Where concepts are mentioned, by headings."""

    def __init__(self, concepts: Sequence[Concept], passages: Sequence[Passage], finder: NameFinder[str]) -> None:
        self._starts: dict[str, list[int]] = defaultdict(list)
        self._paths: dict[str, list[Place]] = defaultdict(list)
        for passage in passages:
            self._starts[passage.doc].append(passage.first_line)
            self._paths[passage.doc].append(tuple(passage.heading_path))
        self._shares = {c.id: self._below(c) for c in concepts} if passages else {}
        self._filled: dict[Place, float] = defaultdict(float)
        for shares in self._shares.values():
            for place, share in shares.items():
                self._filled[place] += share
        held = sum(1 for shares in self._shares.values() if shares)
        places = Counter(fold(place[-1]) for place in self._filled)
        self._titles = {
            place: title
            for place, filled in self._filled.items()
            if filled <= WHOLE * held
            if places[fold(place[-1])] == 1  # one that comes again is structure: Overview, 优点
            if (title := _title(place, finder))
        }
        self._shares = {
            c: {place: share for place, share in shares.items() if place in self._titles}
            for c, shares in self._shares.items()
        }

    def _below(self, concept: Concept) -> dict[Place, float]:
        """For each heading the share of the concept that is below it: of its mentions, or all where it is introduced.

        It is introduced where it is defined, else where it is mentioned first.
        """
        counts: Counter[Place] = Counter()
        for mention in concept.mentions:
            counts.update(self._above(mention.doc, mention.line))
        shares = {place: count / len(concept.mentions) for place, count in counts.items()}
        home = concept.definition or next(iter(concept.mentions), None)
        if home is not None:
            shares.update(dict.fromkeys(self._above(home.doc, home.line), 1.0))
        return shares

    def _above(self, doc: str, line: int) -> list[Place]:
        """The headings above a line, outermost first."""
        row = bisect_right(self._starts.get(doc, []), line) - 1
        path = self._paths[doc][row] if row >= 0 else ()
        return [(doc, *path[: depth + 1]) for depth in range(len(path))]

    def titles(self, members: Sequence[str]) -> list[tuple[str, float]]:
        """Headings that cover ``members``, as titles, best first, each with how well it fits, 0..1.

        The fit is the harmonic mean of the share of the members that is below the heading and of the share of what is
        below it that they are.
        """
        covered: dict[Place, float] = defaultdict(float)
        for member in members:
            for place, share in self._shares.get(member, {}).items():
                covered[place] += share
        found = []
        for place, mass in covered.items():
            share, filled = mass / len(members), mass / self._filled[place]
            if share >= LEAST_COVERED and filled >= LEAST_FILLED:
                found.append((self._titles[place], 2 * share * filled / (share + filled), place))
        return [(title, fit) for title, fit, _ in sorted(found, key=lambda f: (-f[1], len(f[2]), f[2]))]


def _title(place: Place, finder: NameFinder[str]) -> str:
    """The last heading of ``place`` as a title; empty where it is none.

    It may not ask, be long, a sentence or a file name; below the heading of a document it must name a concept, or it
    only says what sort of text follows (Background, 注意事项).
    """
    title = clean_heading(place[-1])
    letters = sum(char.isalnum() or char.isspace() for char in title)
    if not 2 <= columns(title) <= _LONGEST or letters < 0.7 * len(title) or is_question(title, heading=True):
        return ""
    if re.search("[_，；。]", title) or not re.search(rf"[{HAN}]|[^\W\d_]{{2}}", title):
        return ""
    return title if len(place) == 2 or finder.find(title) else ""
