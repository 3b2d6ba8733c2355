"""The themes of the notes: what belongs together, and what the notes say about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from graph.model import Community
from ui.choice import Choice, ThemeChoice
from ui.i18n import say
from ui.reader import reader
from ui.reader.blocks import Element, card, chips, cited, details, dim, evidence_targets, grid, para, title

MEMBERS_SHOWN: Final = 18
_CITATION: Final = re.compile(r"\[\d{1,3}\]")


def themes_panel(
    themes: Sequence[Community],
    *,
    names: Mapping[str, str],
    parents: Mapping[str, str],
    colours: Mapping[str, str],
    lang: str,
    key: str,
) -> Choice | None:
    """A card for each theme.

    ``names``: id → name of concepts; ``parents``: id → title of themes; ``colours``: id → colour.
    """
    return reader([grid([_theme(theme, names, parents, colours.get(theme.id), lang) for theme in themes])], key=key)


def _theme(
    theme: Community, names: Mapping[str, str], parents: Mapping[str, str], colour: str | None, lang: str
) -> Element:
    above = [para(dim(parents.get(theme.parent, "")))] if theme.parent is not None else []
    members = [(names.get(i, i), i) for i in theme.members[:MEMBERS_SHOWN]]
    rest = len(theme.members) - len(members)
    return card(
        *above,
        title(
            theme.title,
            tags=[say("n_concepts", lang, n=len(theme.members))],
            small=True,
            leads_to=ThemeChoice(theme.id),
        ),
        *_summary(theme, lang),
        chips([*members, *([(f"+{rest}", None)] if rest > 0 else [])], stronger=3),
        colour=colour,
    )


def _summary(theme: Community, lang: str) -> list[Element]:
    """The first sentence of the summary, up to its citation; the others are folded."""
    targets = evidence_targets(theme.evidence)
    ended = _CITATION.search(theme.summary)
    first, rest = (theme.summary[: ended.end()], theme.summary[ended.end() :]) if ended else (theme.summary, "")
    blocks = [para(*cited(first.strip(), targets))] if first.strip() else []
    if rest.strip():
        blocks.append(details(say("themes_more", lang), para(*cited(rest.strip(), targets))))
    return blocks
