"""Where concepts are treated, and what is named there: prerequisites that need no training.

A note that is headed by a concept explains it by naming what it rests on. If it names another concept that has a note
of its own, which does not name the first one back, then the other one comes first. On notes of another subject than any
model was trained on, half of such edges are ones that people drew, and nineteen of twenty point the right way. Between
sections of one note the rule is no good (a quarter of its edges point the wrong way), so only places in different
documents count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from graph.model import Concept, Evidence, Passage
from graph.text.joined import BETWEEN, Joined, batches
from graph.text.name_finder import NameFinder
from graph.text.names import fold

_HUB: Final = 0.2
"""A concept that more than this share of all places name belongs to the subject as a whole: it explains none of
them."""
_FEW: Final = 10
"""Among fewer places nothing is called a hub."""
_QUOTE: Final = 300


@dataclass(frozen=True, slots=True, eq=False)
class TitleReference:
    """``after``'s own place names ``before``, and not the reverse."""

    before: int
    after: int
    """Indices of the concepts."""
    times: int
    """How often."""
    names: Sequence[str] = field(repr=False)
    """What the concept that comes first is called."""
    passages: Sequence[Passage] = field(repr=False)
    """The place of the one that comes after."""

    @property
    def evidence(self) -> Evidence:
        """The first line of the place that names the concept.

        The first that says anything where a name runs over a line break. It is looked for when it is asked for: most
        references give way to others.
        """
        finder = NameFinder((name, None) for name in self.names)
        lines = [(p.doc, number, line.text) for p in self.passages for number, line in p.numbered_lines() if line.text]
        doc, number, text = next((line for line in lines if finder.find_all(line[2])), lines[0])
        return Evidence(doc, number, text[:_QUOTE])


def title_references(concepts: Sequence[Concept], passages: Sequence[Passage], *, most: int) -> list[TitleReference]:
    """Which concepts with a note of their own each concept's note names, by (after, times down, before).

    Args:
        concepts: any concepts.
        passages: of all documents. A passage belongs to the concept that the title of its note names.
        most: edges into one concept at most.
    """
    keys: dict[str, int] = {}
    for i, concept in enumerate(concepts):
        for name in concept.names:
            keys.setdefault(fold(name), i)
    places: dict[int, list[Passage]] = defaultdict(list)
    for passage in passages:
        owner = keys.get(fold(passage.heading_path[0])) if passage.heading_path else None
        if owner is not None:
            places[owner].append(passage)
    if len(places) < 2:
        return []
    named = _named(places, NameFinder((name, i) for i in places for name in concepts[i].names))
    hubs = Counter(before for counts in named.values() for before in counts)
    docs = {concept: {p.doc for p in own} for concept, own in places.items()}
    limit = max(_HUB * len(places), _FEW / 2)
    edges = []
    for after, counts in named.items():
        ranked = sorted(
            (b for b in counts if after not in named[b] and hubs[b] <= limit and not docs[after] & docs[b]),
            key=lambda b: (-counts[b], hubs[b], b),
        )
        edges += [TitleReference(b, after, counts[b], concepts[b].names, places[after]) for b in ranked[:most]]
    return edges


def _named(places: Mapping[int, Sequence[Passage]], finder: NameFinder[int]) -> dict[int, dict[int, int]]:
    """For each concept with a place how often that names each other one, names inside of longer ones included."""
    found: dict[int, dict[int, int]] = {after: {} for after in sorted(places)}
    owners = [after for after in found for _ in places[after]]
    texts = [p.plain_text.replace(BETWEEN, " ") for after in found for p in places[after]]
    size = max(found) + 1
    for run in batches(texts):
        joined = Joined.of([texts[i] for i in run])
        names = finder.find_all_in(joined)
        where = np.asarray(owners, dtype=np.int64)[joined.text_of(names.start) + run.start]
        pairs, times = np.unique(where * size + np.asarray(names.owners, dtype=np.int64), return_counts=True)
        for pair, number in zip(pairs.tolist(), times.tolist(), strict=True):
            after, before = divmod(pair, size)
            if after != before:
                found[after][before] = found[after].get(before, 0) + number
    return found
