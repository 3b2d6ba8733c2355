"""Headings of the notes as titles of themes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.mentions import Mentions, PassageRows
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

Ints = NDArray[np.int64]
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

    def __init__(self, concepts: Sequence[Concept], passages: Sequence[Passage], finder: NameFinder[int]) -> None:
        self._finder = finder
        self._titles: dict[int, str] = {}
        number: dict[Place, int] = {}
        above: list[int] = []
        levels: list[int] = []
        spans: list[tuple[str, int, int]] = []
        for passage in passages:
            spans.append((passage.doc, passage.first_line, passage.last_line))
            path = tuple(passage.heading_path)
            above += (number.setdefault((passage.doc, *path[: n + 1]), len(number)) for n in range(len(path)))
            levels.append(len(path))
        self._places = list(number)
        self._above = np.asarray(above, dtype=np.int64)
        """Headings above the passages, outermost first, those of one passage behind each other."""
        self._first = np.cumsum([0, *levels])
        self._take(concepts, PassageRows(spans))
        endings = Counter(fold(self._places[place][-1]) for place in np.unique(self._heading).tolist())
        self._again = {ending for ending, times in endings.items() if times > 1}

    def _take(self, concepts: Sequence[Concept], rows: PassageRows) -> None:
        """Find for each concept and heading which share of the concept is below it.

        The share of its mentions, or all of it where it is introduced there: where it is defined, else where it is
        mentioned first.
        """
        mentions = Mentions.of(concepts)
        number, size = len(concepts), max(len(self._places), 1)
        mentioned = self._under(mentions.concept, rows.of_mentions(mentions))
        introduced = self._under(np.arange(number), rows.of_places([_home(concept) for concept in concepts]))
        keys, at = np.unique(np.concatenate([mentioned, introduced]), return_inverse=True)
        concept_of, self._heading = keys // size, keys % size
        times = np.bincount(mentions.concept, minlength=number)
        self._share = np.bincount(at[: len(mentioned)], minlength=len(keys)) / np.maximum(times, 1)[concept_of]
        self._share[at[len(mentioned) :]] = 1.0
        self._of = np.searchsorted(concept_of, np.arange(number + 1))
        """Where the headings of each concept begin, and one more for the end."""
        self._filled = np.bincount(self._heading, self._share, size)
        self._some = int((np.diff(self._of) > 0).sum())
        """Concepts that are below a heading."""

    def _under(self, concept: Ints, row: Ints) -> Ints:
        """Concept × headings + heading, for each heading above the passage of each row; -1 is no passage."""
        known = row >= 0
        concept, row = concept[known], row[known]
        levels = self._first[row + 1] - self._first[row]
        at = np.repeat(self._first[row] - (np.cumsum(levels) - levels), levels) + np.arange(int(levels.sum()))
        return np.repeat(concept, levels) * max(len(self._places), 1) + self._above[at]

    def titles(self, themes: Sequence[Ints]) -> list[list[tuple[str, float]]]:
        """For each theme the headings that cover its members, as titles, best first, each with how well it fits, 0..1.

        The fit is the harmonic mean of the share of the members that is below the heading and of the share of what is
        below it that they are.

        Args:
            themes: places of the concepts of each.
        """
        sizes = np.asarray([len(theme) for theme in themes], dtype=np.int64)
        members = np.concatenate([np.zeros(0, dtype=np.int64), *themes])
        times = self._of[members + 1] - self._of[members]
        at = np.repeat(self._of[members] - (np.cumsum(times) - times), times) + np.arange(int(times.sum()))
        size = max(len(self._places), 1)
        theme_of = np.repeat(np.repeat(np.arange(len(themes)), sizes), times)
        keys, inverse = np.unique(theme_of * size + self._heading[at], return_inverse=True)
        mass = np.bincount(inverse, self._share[at], len(keys))
        theme, heading = keys // size, keys % size
        share, filled = mass / sizes[theme], mass / self._filled[heading]
        kept = np.flatnonzero((share >= LEAST_COVERED) & (filled >= LEAST_FILLED))
        found: list[list[tuple[str, float, Place]]] = [[] for _ in themes]
        fits = 2 * share[kept] * filled[kept] / (share[kept] + filled[kept])
        for number, place, fit in zip(theme[kept].tolist(), heading[kept].tolist(), fits.tolist(), strict=True):
            title = self._title(place)
            if title:
                found[number].append((title, fit, self._places[place]))
        return [
            [(title, fit) for title, fit, _ in sorted(own, key=lambda f: (-f[1], len(f[2]), f[2]))] for own in found
        ]

    def _title(self, place: int) -> str:
        """A heading as a title; empty where it is none."""
        title = self._titles.get(place)
        if title is None:
            path = self._places[place]
            whole = self._filled[place] > WHOLE * self._some
            # One that comes again is structure: Overview, 优点.
            title = "" if whole or fold(path[-1]) in self._again else _title(path, self._finder)
            self._titles[place] = title
        return title


def _home(concept: Concept) -> tuple[str, int] | None:
    """Where a concept is introduced: (document, line)."""
    home = concept.definition or next(iter(concept.mentions), None)
    return None if home is None else (home.doc, home.line)


def _title(place: Place, finder: NameFinder[int]) -> str:
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
