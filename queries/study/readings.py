"""Which passages to read for which concept, how long that takes, and what of it fits into the time there is."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph.model import Concept, LineKind, NoteLine, Passage, Prerequisite
from graph.stores.contract import GraphStore
from graph.text.names import fold
from graph.text.questions import is_question
from graph.text.scripts import count_han
from queries.study.model import Reading, StudyStep

CHINESE_PER_MINUTE: Final = 300
"""Chinese characters that a learner reads in a minute, with understanding."""
ENGLISH_PER_MINUTE: Final = 220
"""English words that a learner reads in a minute, with understanding."""
READINGS: Final = 3
"""Passages to read for one step, at most."""

TELLING: Final = 0.5
"""A passage of which at least this share of the lines tells nothing does not teach."""
ARROWS: Final = 3
"""So many arrows make a line a list of what to learn."""

SHORTEST_PLURAL: Final = 4
"""Characters of a name above which its last ``s`` may be a plural."""

_PLURAL: Final = re.compile(r"[a-z]s$(?<!ss)(?<!us)(?<!is)")
_APART: Final = re.compile(
    r"(?:\d+[.、]?\s*)?(?:references?|bibliography|further reading|see also|links|sources|"
    r"(?:table of )?contents|index|exercises?|problems|quiz|(?:self[- ])?test|check yourself|"
    r"(?:(?:interactive link|review|critical thinking|study|practice) )?questions|"
    r"参考文献|参考资料|参考|引用|延伸阅读|扩展阅读|相关链接|链接|"
    r"目录|索引|习题|练习题?|思考题|复习题|自测题?|面试题|问题清单)[:：]?",
    re.IGNORECASE,
)
"""Headings of sections that explain nothing."""
_SUMMARY: Final = re.compile(
    r"(?:chapter |section )?(?:review|summary|recap)|key (?:points|takeaways)|to remember|takeaways|cheat sheet|"
    r"小结|总结|本章小结|要点|速查",
    re.IGNORECASE,
)
"""Headings of sections that sum up what others explain."""
_ADDRESS: Final = re.compile(r"https?://|\bdoi:|\barXiv:", re.IGNORECASE)
_ARROW: Final = re.compile(r"→|->|⇒")
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9'’-]*")
_TITLED: Final = 4.0
"""Weight of a passage whose own heading names the concept ..."""
_UNDER: Final = 1.0
"""... or a heading further out does."""
_DEFINES: Final = 6.0
"""Weight of the passage that defines the concept."""
_REASON: Final = 1.5
"""Weight of a passage that tells why the concept is needed."""
_DENSE: Final = 2.0
"""Weight of one line that names it in a passage of no length; a passage of a minute weighs half as much a line, of
three a quarter."""
POOR: Final = 0.6
"""A passage of so little of the best one's weight does not take its place."""
_REVIEW: Final = 0.5
"""Weight of a summary relative to the passage that it sums up."""
_OFTEN: Final = 3.0
"""No passage gets more weight for naming a concept often: what is not about it only uses it."""
_WORTH: Final = 4.0
"""Lighter passages are only read where there is no heavier one."""


def is_order(text: str) -> bool:
    """Whether a line only says in which order to learn things: ``A → B → C → D``."""
    return len(_ARROW.findall(text)) >= ARROWS


def reading_minutes(text: str) -> float:
    """Minutes to read ``text``: 300 Chinese characters or 220 English words a minute, to a tenth of a minute.

    >>> reading_minutes("注意力" * 100)
    1.0
    """
    return round(count_han(text) / CHINESE_PER_MINUTE + len(_LATIN.findall(text)) / ENGLISH_PER_MINUTE, 1)


def weigh_passages(
    store: GraphStore, concepts: Sequence[Concept], edges: Iterable[Prerequisite] = ()
) -> dict[str, dict[Passage, float]]:
    """For each concept (by id) the passages that teach it, with how much each is about it.

    They name or define it, and tell something (:func:`teaches`): a concept that only questions, exercises and lists of
    references name has none.

    Args:
        store: the graph.
        concepts: what to read about.
        edges: why the concepts are read about; a passage that says so is the better for it.
    """
    said: dict[str, set[tuple[str, int]]] = {}
    for edge in edges:
        said.setdefault(edge.before, set()).update((e.doc, e.line) for e in edge.evidence)
    wanted = {(m.doc, m.line) for c in concepts for m in c.mentions}
    wanted |= {(c.definition.doc, c.definition.line) for c in concepts if c.definition}
    places = sorted(wanted | {place for found in said.values() for place in found})
    with store.reading():
        ids = dict(zip(places, store.passage_ids(places), strict=True))
        needed = {i for place in wanted if (i := ids[place]) is not None}
        read = {p.id: p for p in store.passages(ids=needed)}
    at = {place: read[i] for place, i in ids.items() if i in read}
    return {c.id: _weights(c, at, said.get(c.id, ())) for c in concepts}


def _weights(
    concept: Concept, at: Mapping[tuple[str, int], Passage], said: Collection[tuple[str, int]]
) -> dict[Passage, float]:
    lines: dict[Passage, set[int]] = {}
    for mention in concept.mentions:
        passage = at.get((mention.doc, mention.line))
        if passage is not None:
            lines.setdefault(passage, set()).add(mention.line)
    defining = at.get((concept.definition.doc, concept.definition.line)) if concept.definition else None
    if defining is not None:
        lines.setdefault(defining, set())
    keys = [_singular(key) for key in (fold(name) for name in concept.names) if len(key) > 1] or [fold(concept.name)]
    found = {}
    reasons = {at[place] for place in said if place in at}
    for passage, named in lines.items():
        if not teaches(passage):
            continue
        *outer, own = [fold(title) for title in passage.heading_path] or [""]
        often = _DENSE * len(named) / (1 + reading_minutes(passage.text))
        weight = _OFTEN * -math.expm1(-often / _OFTEN)
        weight += _TITLED if _names(own, keys) else _UNDER if any(_names(title, keys) for title in outer) else 0.0
        weight += _REASON if passage in reasons else 0.0
        weight += _DEFINES if passage == defining else 0.0
        found[passage] = weight * (_REVIEW if _SUMMARY.fullmatch((passage.heading_path or ("",))[-1].strip()) else 1.0)
    return found


def teaches(passage: Passage) -> bool:
    """Whether the passage explains something.

    Bare headings do not, nor do lists of questions, exercises, references, links or contents, nor code by itself.
    """
    if any(_APART.fullmatch(title.strip()) for title in passage.heading_path[-2:]):
        return False
    told = [line for _, line in passage.numbered_lines() if line.text and line.kind is not LineKind.HEADING]
    silent = sum(_tells_nothing(line) for line in told)
    return silent < TELLING * len(told)


def _tells_nothing(line: NoteLine) -> bool:
    asked = line.kind in (LineKind.ITEM, LineKind.LABEL)
    return (
        line.kind is LineKind.CODE
        or is_question(line.text, heading=asked)
        or bool(_ADDRESS.search(line.text))
        or len(_ARROW.findall(line.text)) >= ARROWS
    )


def _singular(key: str) -> str:
    """A folded Latin name without a plural ``s``: the section *The Sarcomere* is about sarcomeres."""
    return key[:-1] if len(key) > SHORTEST_PLURAL and key.isascii() and _PLURAL.search(key) else key


def _names(title: str, keys: Sequence[str]) -> bool:
    return any(key in title for key in keys)


def share_readings(
    weights: Mapping[str, Mapping[Passage, float]], order: Sequence[str]
) -> dict[str, tuple[Reading, ...]]:
    """What to read at each step of ``order``.

    Up to three passages, most important first, each passage at the step it is most about.

    A step whose passages are all more about other steps, or all but poor ones, reads its best one all the same: again
    where an earlier step reads it, and instead of the later step where that has a better one.
    """
    place = {concept: n for n, concept in enumerate(order)}
    owner: dict[Passage, str] = {}
    for concept in order:
        for passage, weight in weights[concept].items():
            if passage not in owner or weight > weights[owner[passage]][passage]:
                owner[passage] = concept
    chosen: dict[str, list[Passage]] = {}
    for concept in order:
        best = _best(weights[concept])
        own = [p for p in best if owner[p] == concept]
        if own and weights[concept][own[0]] < POOR * weights[concept][best[0]]:
            own = []
        chosen[concept] = [p for n, p in enumerate(own) if n == 0 or weights[concept][p] >= _WORTH][:READINGS]
    for concept in order:
        if not chosen[concept] and weights[concept]:
            passage = _best(weights[concept])[0]
            holder = owner[passage]
            if passage in chosen[holder][1:] and place[holder] > place[concept]:
                chosen[holder].remove(passage)
            chosen[concept] = [passage]
    return {c: tuple(Reading(p, reading_minutes(p.text)) for p in chosen[c]) for c in order}


def _best(weights: Mapping[Passage, float]) -> list[Passage]:
    return sorted(weights, key=lambda p: (-weights[p], p.doc, p.first_line))


def fit(steps: Sequence[StudyStep], minutes: float | None) -> tuple[StudyStep, ...]:
    """The steps with what of their readings fits into ``minutes`` (None: all of it), and the rest told as left out.

    First comes one passage for each step, in order; the first step for which there is no time, and all after it, are
    for later (but for background, which a learner may know). With time to spare further passages are added, then those
    of the background. No passage takes time twice.
    """
    allowed = float("inf") if minutes is None else minutes
    kept: set[tuple[str, str]] = set()
    read: set[str] = set()
    spent = 0.0

    def take(step: StudyStep, reading: Reading) -> bool:
        nonlocal spent
        took = 0.0 if reading.passage.id in read else reading.minutes
        if spent + took > allowed + 1e-9:
            return False
        spent += took
        read.add(reading.passage.id)
        kept.add((step.concept, reading.passage.id))
        return True

    proper = [s for s in steps if not s.background]
    later = len(proper)
    for n, step in enumerate(proper):
        if step.reading and not take(step, step.reading[0]):
            later = n
            break
    if later == len(proper):
        for rank in range(1, READINGS):
            for step in proper:
                if rank < len(step.reading):
                    take(step, step.reading[rank])
        for step in steps:
            if step.background:
                for reading in step.reading:
                    take(step, reading)
    put_off = {s.concept for s in proper[later:]}
    return _told(steps, kept, put_off)


def _told(steps: Sequence[StudyStep], kept: set[tuple[str, str]], put_off: set[str]) -> tuple[StudyStep, ...]:
    """The steps with their kept readings, those that an earlier step reads marked, and the others as left out.

    Each passage once.
    """
    read: set[str] = set()
    missed: set[str] = set()
    found = []
    for step in steps:
        reading: list[Reading] = []
        for r in step.reading:
            if (step.concept, r.passage.id) in kept:
                reading.append(replace(r, minutes=0.0, again=True) if r.passage.id in read else r)
                read.add(r.passage.id)
        found.append(replace(step, reading=tuple(reading), minutes=round(sum(r.minutes for r in reading), 1)))
    for n, step in enumerate(steps):
        left = [
            r for r in step.reading if (step.concept, r.passage.id) not in kept and r.passage.id not in read | missed
        ]
        missed |= {r.passage.id for r in left}
        found[n] = replace(found[n], left_out=tuple(left), later=step.concept in put_off)
    return tuple(found)
