"""What the notes leave open: what to look up next."""

from __future__ import annotations

from collections.abc import Mapping

from queries.study.model import Gaps, Rootless, ThemeGap, Unexplained
from ui.choice import Choice
from ui.i18n import say
from ui.reader import reader
from ui.reader.blocks import Element, card, chips, concept, dim, grid, heading, notice, para, quote, title

NAMED = 6
"""Concepts that one gap names, at most."""


def gaps_panel(gaps: Gaps, *, names: Mapping[str, str], lang: str, key: str) -> Choice | None:
    """A card for each gap, sort by sort; returns what was clicked.

    ``names``: id → name of every concept that is mentioned.
    """
    if not any(gaps.found):
        return reader([notice(say("gaps_none", lang), calm=True)], key=key)
    blocks: list[Element] = []
    cards = (
        ("gaps_unexplained", [_unexplained(g, names, lang) for g in gaps.unexplained]),
        ("gaps_themes", [_themes(g, names, lang) for g in gaps.themes]),
        ("gaps_rootless", [_rootless(g, names, lang) for g in gaps.rootless]),
    )
    found = {"gaps_themes": gaps.found[0], "gaps_unexplained": gaps.found[1], "gaps_rootless": gaps.found[2]}
    for sort, shown in cards:
        if shown:
            blocks += [
                heading(f"{say(sort, lang)} · {say('gaps_some', lang, shown=len(shown), n=found[sort])}"),
                grid(shown),
            ]
    return reader(blocks, key=key)


def _names(ids: tuple[str, ...], names: Mapping[str, str]) -> Element:
    rest = len(ids) - NAMED
    return chips([*((names.get(i, i), i) for i in ids[:NAMED]), *([(f"+{rest}", None)] if rest > 0 else [])])


def _unexplained(gap: Unexplained, names: Mapping[str, str], lang: str) -> Element:
    said = say("gap_unexplained", lang, n=gap.lines, documents=gap.documents)
    return card(
        para(concept(gap.concept, gap.name), look="lead"),
        para(said),
        para(dim(say("gap_needed_by", lang))),
        _names(gap.needed_by, names),
        *(quote(e) for e in gap.evidence),
    )


def _themes(gap: ThemeGap, names: Mapping[str, str], lang: str) -> Element:
    blocks = [
        title(f"{gap.first} ⇹ {gap.second}", small=True),
        para(say("gap_theme", lang, n=gap.relations, expected=f"{gap.expected:g}", likeness=f"{gap.likeness:.2f}")),
    ]
    if gap.bridge is not None:
        first, second = gap.bridge
        blocks.append(para(dim(say("gap_bridge", lang, a=names.get(first, first), b=names.get(second, second)))))
        blocks.append(_names(gap.bridge, names))
    return card(*blocks, *(quote(e) for e in gap.evidence))


def _rootless(gap: Rootless, names: Mapping[str, str], lang: str) -> Element:
    return card(
        para(concept(gap.concept, gap.name), look="lead"),
        para(dim(say("gap_rootless_short", lang))),
        _names(gap.names, names),
        *(quote(e) for e in gap.evidence),
    )
