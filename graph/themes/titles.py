"""Titles of themes: what a person would write over them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from graph.text.names import fold
from graph.text.scripts import has_han, is_spaced
from graph.themes.communities import MAX_SIZE
from graph.themes.members import Member, Members

STANDS_OUT: Final = 1.25
"""A member whose centrality is so many times that of the second names its theme alone."""
RELATES_TO_MOST: Final = 0.5
"""So does one that is related to at least this share of the others, where the second is not."""
RELATES_TO_SOME: Final = 0.25
"""No member names a theme of more than ``MAX_SIZE`` alone that is related to less than this share of the others."""
FITS: Final = 0.5
"""A heading that fits so well (:meth:`graph.themes.headings.Headings.titles`) comes before a member that stands out."""

_CANDIDATES: Final = 5
"""So many of the most central members may be the second of a pair."""
_AND: Final[Mapping[str, str]] = {"zh": "与", "en": "and"}


@dataclass(frozen=True, slots=True)
class Title:
    """A title, and the members that it names."""

    text: str
    names: tuple[int, ...]
    """Places in the order of the concepts."""


def title_of(
    members: Members, headings: Sequence[tuple[str, float]], taken: Collection[str], lang: str
) -> Title | None:
    """The best title of a theme whose folded form is not in ``taken``; None where every one is.

    In this order: the most central member where most others are related to it, a heading that fits well, a member that
    stands out or is above the second one, any heading that covers most members, the two most central members.

    Args:
        members: of the theme.
        headings: titles that cover the members, with their fit, best first.
        taken: folded titles that may not come again.
        lang: ``zh`` or ``en``, in which two names are joined.
    """
    return next((t for t in _options(members, headings, lang) if t.text and fold(t.text) not in taken), None)


def _options(members: Members, headings: Sequence[tuple[str, float]], lang: str) -> Iterator[Title]:
    first, *others = members.ranked
    stands_out = not others or first.weight >= STANDS_OUT * others[0].weight
    if not stands_out and first.place in members.covers(others[0]):
        first, others = others[0], [first, *others[1:]]
    alone = Title(first.name, (first.place,))
    near = len(members.near(first))
    related = len(members) <= MAX_SIZE or near >= RELATES_TO_SOME * len(others)
    stands_out = stands_out and related
    covers = bool(others) and related and others[0].place in members.covers(first)
    # Both are related to all but themselves at most.
    if (
        others
        and near >= RELATES_TO_MOST * len(others)
        and (stands_out or covers or len(members.near(others[0])) < RELATES_TO_MOST * len(others))
    ):
        yield alone
    for heading, fit in headings:
        if fit >= FITS:
            yield _headed(heading, members)
    if stands_out or covers:
        yield alone
    for heading, _ in headings:
        yield _headed(heading, members)
    seconds = _seconds(first, others, members)
    yield from (_pair(first, other, lang) for other in seconds[:1])
    yield alone
    yield from (_pair(first, other, lang) for other in seconds[1:])


def _headed(heading: str, members: Members) -> Title:
    """A heading as a title, with the members that it names, the most central first."""
    named = members.named_in(heading)
    return Title(heading, tuple(m.place for m in members.ranked if m.place in named))


def _seconds(first: Member, others: Sequence[Member], members: Members) -> list[Member]:
    """``others`` by how well they go with ``first`` in a title: central, and related to what it is not related to."""
    covered = members.covers(first)
    apart = [m for m in others if m.place not in covered]
    candidates, rest = apart[:_CANDIDATES], apart[_CANDIDATES:]
    near, around = {m.place: members.near(m) for m in candidates}, members.near(first) | {first.place}
    reach = max(map(len, near.values()), default=0) or 1
    rated = sorted(candidates, key=lambda m: (-m.weight - len(near[m.place] - around) / reach / 4, m.id))
    return [*rated, *rest, *(m for m in others if m.place in covered)]


def _pair(first: Member, second: Member, lang: str) -> Title:
    """Two names joined as one writes it: ``TCP and UDP``, ``京剧与昆曲``, ``SFT 与基座模型``.

    Next to a Chinese name the word is Chinese.
    """
    lang = "zh" if has_han(first.name + second.name) else lang
    word = _AND[lang]
    parts = [first.name, word, second.name]
    text = parts[0]
    for before, after in pairwise(parts):
        text += (" " if lang != "zh" or _spaced(before[-1]) or _spaced(after[0]) else "") + after
    return Title(text, (first.place, second.place))


def _spaced(char: str) -> bool:
    return char.isascii() or is_spaced(char)
