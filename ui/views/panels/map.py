"""The concept map with its controls."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st

from graph.model import Community, ConceptKind, Document, RelationType
from ui.choice import Choice, ConceptChoice
from ui.concept_map.view import Wishes
from ui.i18n import say
from ui.reader import reader
from ui.reader.blocks import card, chips, heading, para
from ui.views import address, state
from ui.views.panels.asking import plain_label
from ui.views.panels.background import background_toggle

LIMITS: Final = (50, 100, 150, 250, 400, 700, 1000)
"""Steps of the number of concepts shown; positions are computed once for each."""
DEFAULT_LIMIT: Final = 150


@dataclass(frozen=True, slots=True)
class Controls:
    """What the controls above the map say."""

    depth: int
    wishes: Wishes


def controls_panel(
    themes: Sequence[Community],
    documents: Sequence[Document],
    *,
    total: int,
    focused: bool,
    lang: str,
) -> Controls:
    """Depth, colour and filters.

    The values are those of :mod:`ui.views.address`, which the session keeps.
    """
    depth, colour, needs, filters = st.columns([1.5, 1.5, 1.3, 1.1], vertical_alignment="bottom")
    hops = depth.slider(say("map_depth", lang), 1, 3, key=address.DEPTH, disabled=not focused)
    by = colour.segmented_control(
        say("map_colour", lang),
        ["theme", "kind"],
        format_func=lambda c: say(f"map_colour.{c}", lang),
        key=address.COLOUR,
        required=True,
    )
    prerequisites = needs.toggle(say("map_prerequisites", lang), key=address.NEEDS)
    with filters.popover(say("map_filters", lang), width="stretch"):
        background_toggle(lang=lang, key=address.BACKGROUND)
        untyped = st.toggle(say("map_untyped", lang), key=address.UNTYPED, help=say("map_untyped_hint", lang))
        wishes = _filters(themes, documents, total=total, lang=lang)
    return Controls(hops, replace(wishes, colour=by or "theme", prerequisites=prerequisites, untyped=untyped))


def _filters(themes: Sequence[Community], documents: Sequence[Document], *, total: int, lang: str) -> Wishes:
    limits = [n for n in LIMITS if n < total] + [next((n for n in LIMITS if n >= total), LIMITS[-1])]
    start = DEFAULT_LIMIT if DEFAULT_LIMIT in limits else limits[-1]
    state.assume(address.LIMIT, limits, start)
    limit = st.select_slider(say("map_limit", lang), limits, key=address.LIMIT) if len(limits) > 1 else limits[0]
    kinds = st.pills(
        say("map_kinds", lang),
        list(ConceptKind),
        selection_mode="multi",
        format_func=lambda k: k.label(lang),
        key=address.KINDS,
    )
    types = st.pills(
        say("map_types", lang),
        list(RelationType),
        selection_mode="multi",
        format_func=lambda t: t.label(lang),
        key=address.TYPES,
    )
    titles = {t.id: t.title for t in themes}
    _keep_offered(address.THEMES, titles)
    in_themes = st.multiselect(
        say("map_themes", lang),
        list(titles),
        format_func=lambda i: titles.get(i, i),
        key=address.THEMES,
        placeholder=say("map_all", lang),
    )
    ids = [d.id for d in documents]
    _keep_offered(address.DOCUMENTS, ids)
    in_documents = st.multiselect(
        say("map_documents", lang), ids, key=address.DOCUMENTS, placeholder=say("map_all", lang)
    )
    least = st.slider(say("map_confidence", lang), 0.0, 1.0, step=0.05, key=address.CONFIDENCE)
    return Wishes(
        limit=limit,
        kinds=frozenset(kinds),
        types=frozenset(types),
        documents=frozenset(in_documents),
        themes=frozenset(in_themes),
        confidence=least,
    )


def _keep_offered(key: str, options: Collection[Any]) -> None:
    """Leave in a list of the view only what is offered: the address may name what this graph does not have."""
    state.put(key, [item for item in state.value(key) if item in options])


def welcome_panel(names: Sequence[tuple[str, str]], *, lang: str, key: str) -> ConceptChoice | None:
    """What is next to the map while no concept is chosen: how to use it, and (name, id) of concepts to begin with."""
    choice: Choice | None = reader(
        [card(para(say("map_hint", lang))), heading(say("map_start", lang)), chips(list(names), stronger=5)], key=key
    )
    return choice if isinstance(choice, ConceptChoice) else None


def actions_panel(*, focused: bool, lang: str, key: str) -> str | None:
    """What can be done with the concept next to the map: ``focus``, ``whole``, ``page`` or ``study``.

    None: nothing was pressed.
    """
    names = {"whole" if focused else "focus": say("map_whole" if focused else "map_focus_here", lang)}
    names |= {"page": say("open_concept", lang), "study": say("plan_for_it", lang)}
    pressed = None
    with st.container(horizontal=True, gap="small"):
        for action, name in names.items():
            if st.button(plain_label(name), key=f"{key}.{action}", type="tertiary"):
                pressed = action
    return pressed
