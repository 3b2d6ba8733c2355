"""The concept map with its controls."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Controls:
    """What the controls above the map say."""

    depth: int
    wishes: Wishes


def controls_panel(themes: Sequence[Community], documents: Sequence[Document], *, focused: bool, lang: str) -> Controls:
    """Depth, colour, names and filters.

    The values are those of :mod:`ui.views.address`, which the session keeps.
    """
    hops = int(state.value(address.DEPTH) or 1)
    with st.container(key="mapbar", horizontal=True, vertical_alignment="bottom", gap="medium"):
        if focused:
            with st.container(width=180):
                hops = st.slider(say("map_depth", lang), 1, 3, key=address.DEPTH)
        by = st.segmented_control(
            say("map_colour", lang),
            ["theme", "kind"],
            format_func=lambda c: say(f"map_colour.{c}", lang),
            key=address.COLOUR,
            required=True,
        )
        called = st.segmented_control(
            say("map_names", lang),
            list(address.NAMINGS),
            format_func=lambda n: say(f"map_names.{n}", lang),
            key=address.NAMES,
            required=True,
        )
        prerequisites = st.toggle(say("map_prerequisites", lang), key=address.NEEDS)
        with st.popover(say("map_filters", lang)):
            background_toggle(lang=lang, key=address.BACKGROUND)
            untyped = st.toggle(say("map_untyped", lang), key=address.UNTYPED, help=say("map_untyped_hint", lang))
            wishes = _filters(themes, documents, lang=lang)
    wishes = replace(
        wishes, colour=by or "theme", names=called or "written", prerequisites=prerequisites, untyped=untyped
    )
    return Controls(hops, wishes)


def _filters(themes: Sequence[Community], documents: Sequence[Document], *, lang: str) -> Wishes:
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
    """What can be done with the concept next to the map.

    ``focus``, ``whole``, ``route``, ``page`` or ``study``; None: nothing was pressed.
    """
    names = {"whole" if focused else "focus": say("map_whole" if focused else "map_focus_here", lang)}
    names |= {
        "route": say("map_route_here", lang),
        "page": say("open_concept", lang),
        "study": say("plan_for_it", lang),
    }
    pressed = None
    with st.container(key="mapdo", horizontal=True, gap="small"):
        for action, name in names.items():
            if st.button(plain_label(name), key=f"{key}.{action}", type="tertiary"):
                pressed = action
    return pressed


def route_panel(
    labels: Mapping[str, str], *, title: str, start: str | None, lang: str, key: str
) -> tuple[str | None, bool]:
    """The head of the list next to a route: where it starts, and a button that leaves it.

    ``labels``: id → name as the box shows it. Returns the start that is chosen (None: what is known) and whether the
    route is left.
    """
    st.markdown(f"**{plain_label(title)}**")
    box, leave = st.columns([3, 1.4], vertical_alignment="bottom")
    ids = list(labels)
    chosen = box.selectbox(
        say("map_route_start", lang),
        ids,
        index=None if start is None or start not in labels else ids.index(start),
        format_func=lambda i: labels.get(i, i),
        key=f"{key}.start",
        placeholder=say("map_route_known", lang),
    )
    return chosen, leave.button(say("map_whole", lang), key=f"{key}.leave", type="tertiary")
