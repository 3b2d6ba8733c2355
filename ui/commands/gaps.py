"""The verb `gaps`: what the notes leave open, and so what to look up next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from graph.stores.address import GraphAddress
from queries.explore import names_of
from queries.study.gaps import find_gaps, gap_ids
from queries.study.model import Gaps
from ui.commands.common import Opened, opened
from ui.i18n import say
from ui.records import gaps_record, print_json
from ui.terminal import heading, quoted, show, styled

if TYPE_CHECKING:
    from rich.text import Text

NAMED: Final = 5
"""Concepts that are named in one line, at most."""


def show_gaps(graph: GraphAddress, *, limit: int, as_json: bool, lang: str | None, background: bool = True) -> None:
    """Show what the notes leave open."""
    with opened(graph, lang=lang, background=background) as here:
        gaps = find_gaps(here.store, limit=limit)
        if as_json:
            print_json(gaps_record(gaps))
        elif any(gaps.found):
            show(_lines(gaps, here))
        else:
            show([styled(say("gaps_none", here.lang))])


def _lines(gaps: Gaps, here: Opened) -> Iterator[Text]:
    names, lang = names_of(here.store, gap_ids(gaps)), here.lang
    for key, shown, found in zip(
        ("gaps_themes", "gaps_unexplained", "gaps_rootless"),
        (gaps.themes, gaps.unexplained, gaps.rootless),
        gaps.found,
        strict=True,
    ):
        if not found:
            continue
        yield heading(say(key, lang)) + styled((f"  {say('gaps_some', lang, shown=len(shown), n=found)}", "dim"))
        if key == "gaps_themes":
            yield from _theme_lines(gaps, names, lang)
        elif key == "gaps_unexplained":
            yield from _unexplained_lines(gaps, names, lang)
        else:
            yield from _rootless_lines(gaps, names, lang)


def _theme_lines(gaps: Gaps, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    for gap in gaps.themes:
        yield styled("  ", (gap.first, "bold"), " ⇹ ", (gap.second, "bold"))
        yield styled(
            "      ",
            say("gap_theme", lang, n=gap.relations, expected=f"{gap.expected:g}", likeness=f"{gap.likeness:.2f}"),
        )
        if gap.bridge is not None:
            yield styled("      ", say("gap_bridge", lang, a=names[gap.bridge[0]], b=names[gap.bridge[1]]))
        yield from (quoted(evidence, indent="      ") for evidence in gap.evidence)


def _unexplained_lines(gaps: Gaps, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    for gap in gaps.unexplained:
        said = say("gap_unexplained", lang, n=gap.lines, documents=gap.documents)
        yield styled("  ", (gap.name, "bold"), f"  {said}")
        yield styled("      ", (say("gap_needed_by", lang) + " ", "dim"), named(gap.needed_by, names, lang))
        yield from (quoted(evidence, indent="      ") for evidence in gap.evidence)


def _rootless_lines(gaps: Gaps, names: Mapping[str, str], lang: str) -> Iterator[Text]:
    for gap in gaps.rootless:
        yield styled("  ", (gap.name, "bold"), f"  {say('gap_rootless', lang, names=named(gap.names, names, lang))}")
        yield from (quoted(evidence, indent="      ") for evidence in gap.evidence)


def named(ids: Sequence[str], names: Mapping[str, str], lang: str) -> str:
    """The names of the first few ids, and how many there are besides."""
    rest = len(ids) - NAMED
    shown = " · ".join(names[i] for i in ids[:NAMED])
    return f"{shown} {say('unlocks_more', lang, n=len(ids) if lang == 'zh' else rest)}" if rest > 0 else shown
